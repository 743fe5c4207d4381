/* MariaDB, bare and in the wrappers: one may not tell the difference. */
#include <string.h>

#include "db/fault.h"
#include "db/sql.h"
#include "db/trace.h"
#include "driver_test.h"

/* The URL's database, anew. */
static void drop_everything(const char *url)
{
    repoint_error error = REPOINT_ERROR_INIT;
    g_autoptr(rp_db) db = NULL;
    g_autoptr(rp_rows) rows = NULL;
    bool has_row = false;
    assert_ok(rp_db_open(url, &(rp_db_options){.busy_seconds = 30}, &db, &error), &error);
    assert_ok(
        rp_db_query(
            db,
            "SELECT table_name, table_type FROM information_schema.tables WHERE table_schema = DATABASE()",
            RP_NO_VALUES, &rows, &error),
        &error);
    while (rp_rows_next(rows, &has_row, &error) == REPOINT_OK && has_row) {
        bool is_view = strcmp(rp_rows_text(rows, 1), "VIEW") == 0;
        g_autofree char *sql =
            rp_sql(db, "DROP %s %n", is_view ? "VIEW" : "TABLE", NULL, rp_rows_text(rows, 0));
        assert_ok(rp_db_execute(db, sql, RP_NO_VALUES, NULL, &error), &error);
    }
}

static int64_t rows_read(rp_db *db)
{
    return integer(db, "SELECT CAST(SUM(variable_value) AS INTEGER) FROM information_schema.session_status"
                       " WHERE variable_name LIKE 'Handler_read%'");
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
    const driver_under_test driver = {.name = name,
                                      .url = url,
                                      .reset = drop_everything,
                                      .wrap = wrap,
                                      .rows_read = rows_read,
                                      .is_shared = true};
    return driver_suite_run(&driver);
}

int main(void)
{
    if (g_getenv("REPOINT_TEST_MARIADB") == NULL) {
        printf("skipped: REPOINT_TEST_MARIADB is not set: no MariaDB to test with\n");
        return 77;
    }
    return run("REPOINT_TEST_MARIADB", "mariadb", NULL) +
           run("REPOINT_TEST_MARIADB", "mariadb in fault, traced", wrap_in_both);
}
