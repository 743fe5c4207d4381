/* Connections of the caller's, with every kind of placeholder, bare and in the wrappers. */
#include <glib/gstdio.h>
#include <string.h>

#include "db/fault.h"
#include "db/trace.h"
#include "driver_suite.h"
#include "given.h"

static repoint_placeholder placeholder; /* of the connections to come */

static void remove_file(const char *path)
{
    static const char *const endings[] = {"", "-wal", "-shm", "-journal"};
    for (size_t i = 0; i < G_N_ELEMENTS(endings); i++) {
        g_autofree char *name = g_strconcat(path, endings[i], NULL);
        g_unlink(name);
    }
}

static repoint_status open_given(const char *path, const rp_db_options *options, rp_db **ret_db,
                                 repoint_error *error)
{
    return given_open(given_connect(path, placeholder), options, ret_db, error);
}

static void ignore_statement(void *context, const char *statement, double milliseconds, int64_t rows)
{
    (void)context, (void)statement, (void)milliseconds, (void)rows;
}

static rp_db *wrap_in_both(rp_db *inner)
{
    static rp_fault never = {.kind = RP_FAULT_NONE};
    return rp_trace_wrap(rp_fault_wrap(inner, &never), ignore_statement, NULL);
}

static int run(const char *path, const char *name, repoint_placeholder kind, rp_db *(*wrap)(rp_db *inner))
{
    const driver_under_test driver = {
        .name = name, .url = path, .open = open_given, .reset = remove_file, .wrap = wrap, .is_shared = true};
    placeholder = kind;
    return driver_suite_run(&driver);
}

int main(void)
{
    g_autofree char *folder = g_dir_make_tmp("repoint-driver-XXXXXX", NULL);
    if (folder == NULL)
        return 1;
    g_autofree char *path = g_build_filename(folder, "orders.db", NULL);
    int failed = run(path, "given, ?", REPOINT_QUESTION_MARK, NULL);
    failed += run(path, "given, %s, in fault, traced", REPOINT_PERCENT_S, wrap_in_both);
    failed += run(path, "given, $1", REPOINT_DOLLAR_NUMBER, NULL);
    failed += run(path, "given, :1", REPOINT_COLON_NUMBER, NULL);
    remove_file(path);
    g_rmdir(folder);
    return failed;
}
