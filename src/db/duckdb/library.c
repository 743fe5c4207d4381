/* Finding and loading DuckDB's C library. See library.h. */
#include "db/duckdb/library.h"

#include <dlfcn.h>

#ifdef __APPLE__
#define DEFAULT_NAME "libduckdb.dylib"
#else
#define DEFAULT_NAME "libduckdb.so"
#endif

static GMutex loading;

static repoint_status fail_absent(const char *name, const char *reason, repoint_error *error)
{
    return rp_fail(error, REPOINT_INVALID,
                   "get libduckdb for your system from duckdb.org (the version that your SQLMesh uses), and "
                   "name it in REPOINT_DUCKDB_LIBRARY",
                   "DuckDB's library %s cannot be loaded: %s", name, reason);
}

static repoint_status load(duck_library *library, repoint_error *error)
{
    const char *given = g_getenv("REPOINT_DUCKDB_LIBRARY");
    const char *name = given != NULL && *given != '\0' ? given : DEFAULT_NAME;
    void *handle = dlopen(name, RTLD_NOW | RTLD_LOCAL);
    if (handle == NULL) {
        const char *reason = dlerror();
        return fail_absent(name, reason != NULL ? reason : "no reason given", error);
    }
#define DUCK_LOAD(result, function, parameters)                                                              \
    *(void **)&library->function = dlsym(handle, "duckdb_" #function);                                       \
    if (library->function == NULL)                                                                           \
        return fail_absent(name, "it has no function duckdb_" #function ", and so is too old", error);
    DUCK_FUNCTIONS(DUCK_LOAD)
#undef DUCK_LOAD
    return REPOINT_OK;
}

repoint_status rp_duck_library(const duck_library **ret_library, repoint_error *error)
{
    static duck_library library;
    static bool is_loaded;
    g_mutex_lock(&loading);
    repoint_status status = is_loaded ? REPOINT_OK : load(&library, error);
    is_loaded = status == REPOINT_OK;
    g_mutex_unlock(&loading);
    if (status == REPOINT_OK)
        *ret_library = &library;
    return status;
}
