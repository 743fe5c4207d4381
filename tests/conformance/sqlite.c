/* SQLite, on a file and in memory, bare and inside the wrappers: one may not tell the difference. */
#include <glib/gstdio.h>
#include <string.h>

#include "db/fault.h"
#include "db/trace.h"
#include "driver_suite.h"

static void remove_file(const char *url)
{
    static const char *const endings[] = {"", "-wal", "-shm", "-journal"};
    for (size_t i = 0; i < G_N_ELEMENTS(endings); i++) {
        g_autofree char *path = g_strconcat(url + strlen("sqlite:"), endings[i], NULL);
        g_unlink(path);
    }
}

static void ignore_statement(void *context, const char *statement, double milliseconds, int64_t rows)
{
    (void)context, (void)statement, (void)milliseconds, (void)rows;
}

static rp_db *wrap_in_trace(rp_db *inner)
{
    return rp_trace_wrap(inner, ignore_statement, NULL);
}

static rp_db *wrap_in_fault(rp_db *inner)
{
    static rp_fault never = {.kind = RP_FAULT_NONE};
    return rp_fault_wrap(inner, &never);
}

static rp_db *wrap_in_both(rp_db *inner)
{
    return wrap_in_trace(wrap_in_fault(inner));
}

static int run_on_file_and_in_memory(const char *url, const char *name, rp_db *(*wrap)(rp_db *inner))
{
    g_autofree char *file_name = g_strdup_printf("sqlite%s", name),
                    *memory_name = g_strdup_printf("memory%s", name);
    const driver_under_test file = {.name = file_name,
                                    .url = url,
                                    .reset = remove_file,
                                    .wrap = wrap,
                                    .is_shared = true,
                                    .is_file = true};
    const driver_under_test memory = {.name = memory_name, .url = "memory:", .wrap = wrap};
    return driver_suite_run(&file) + driver_suite_run(&memory);
}

int main(void)
{
    g_autofree char *folder = g_dir_make_tmp("repoint-driver-XXXXXX", NULL);
    if (folder == NULL)
        return 1;
    g_autofree char *url = g_strdup_printf("sqlite:%s/orders.db", folder);
    int failed = run_on_file_and_in_memory(url, "", NULL);
    failed += run_on_file_and_in_memory(url, " traced", wrap_in_trace);
    failed += run_on_file_and_in_memory(url, " in fault", wrap_in_fault);
    failed += run_on_file_and_in_memory(url, " in fault, traced", wrap_in_both);
    remove_file(url);
    g_rmdir(folder);
    return failed;
}
