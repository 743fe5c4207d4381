/* PostgreSQL, bare, in the wrappers and through a pooler: one may not tell the difference. */
#include "db/fault.h"
#include "db/trace.h"
#include "driver_suite.h"

static void drop_everything(const char *url)
{
    repoint_error error = REPOINT_ERROR_INIT;
    g_autoptr(rp_db) db = NULL;
    assert_ok(rp_db_open(url, &(rp_db_options){.busy_seconds = 30}, &db, &error), &error);
    assert_ok(rp_db_execute(db, "DROP SCHEMA IF EXISTS public CASCADE", RP_NO_VALUES, NULL, &error), &error);
    assert_ok(rp_db_execute(db, "CREATE SCHEMA public", RP_NO_VALUES, NULL, &error), &error);
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

static int run(const char *variable, const char *name, rp_db *(*wrap)(rp_db *inner))
{
    const char *url = g_getenv(variable);
    if (url == NULL) {
        printf("skipped: %s: %s is not set\n", name, variable);
        return 0;
    }
    const driver_under_test driver = {
        .name = name, .url = url, .reset = drop_everything, .wrap = wrap, .is_shared = true};
    return driver_suite_run(&driver);
}

int main(void)
{
    if (g_getenv("REPOINT_TEST_POSTGRES") == NULL) {
        printf("skipped: REPOINT_TEST_POSTGRES is not set: no PostgreSQL to test with\n");
        return 77;
    }
    return run("REPOINT_TEST_POSTGRES", "postgresql", NULL) +
           run("REPOINT_TEST_POSTGRES", "postgresql in fault, traced", wrap_in_both) +
           run("REPOINT_TEST_PGBOUNCER", "postgresql through a pooler", NULL);
}
