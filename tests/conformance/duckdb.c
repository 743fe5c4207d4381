/* DuckDB, bare and in the wrappers; and what only DuckDB does: two instances of one file. */
#include <dlfcn.h>
#include <glib/gstdio.h>
#include <string.h>

#include "db/db.h"
#include "db/duckdb/library.h"
#include "db/fault.h"
#include "db/trace.h"
#include "driver_suite.h"

static void remove_file(const char *url)
{
    static const char *const endings[] = {"", ".wal"};
    for (size_t i = 0; i < G_N_ELEMENTS(endings); i++) {
        g_autofree char *path = g_strconcat(url + strlen("duckdb:"), endings[i], NULL);
        g_unlink(path);
    }
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

static int run(const char *url, const char *name, rp_db *(*wrap)(rp_db *inner))
{
    const driver_under_test driver = {
        .name = name, .url = url, .reset = remove_file, .wrap = wrap, .is_shared = true, .is_file = true};
    return driver_suite_run(&driver);
}

/* ---- a second instance ---- */

static rp_db *open_url(const char *url, repoint_error *error)
{
    rp_db *db = NULL;
    rp_db_open(url, &(rp_db_options){.create = true, .busy_seconds = 0.05}, &db, error);
    return db;
}

static void test_a_file_that_somebody_else_in_this_process_has_open(void **state)
{
    const char *url = *state;
    const duck_library *duck = NULL;
    repoint_error error = REPOINT_ERROR_INIT;
    duck_database other = NULL;
    remove_file(url);
    assert_ok(rp_duck_library(&duck, &error), &error);
    rp_db_close(open_url(url, &error));
    assert_int_equal(duck->open_ext(url + strlen("duckdb:"), &other, NULL, NULL), DUCK_OK);

    assert_null(open_url(url, &error));
    assert_int_equal(error.status, REPOINT_REFUSED);
    assert_non_null(strstr(error.message, url + strlen("duckdb:")));
    repoint_error_clear(&error);

    duck->close(&other);
    rp_db *db = open_url(url, &error);
    assert_non_null(db);
    rp_db_close(db);
}

/* It cannot be kept from opening the file; nothing is written as long as it has it. */
static void test_a_file_that_somebody_else_opens_afterwards(void **state)
{
    const char *url = *state;
    const duck_library *duck = NULL;
    repoint_error error = REPOINT_ERROR_INIT;
    duck_database other = NULL;
    remove_file(url);
    assert_ok(rp_duck_library(&duck, &error), &error);
    rp_db *db = open_url(url, &error);
    assert_non_null(db);
    assert_ok(rp_db_execute(db, "CREATE TABLE orders (name TEXT)", RP_NO_VALUES, NULL, &error), &error);
    assert_int_equal(duck->open_ext(url + strlen("duckdb:"), &other, NULL, NULL), DUCK_OK);
    assert_int_equal(rp_db_begin(db, RP_DB_WRITE, &error), REPOINT_REFUSED);
    repoint_error_clear(&error);
    assert_int_equal(rp_db_execute(db, "INSERT INTO orders VALUES ('a')", RP_NO_VALUES, NULL, NULL),
                     REPOINT_REFUSED);
    duck->close(&other);
    assert_ok(rp_db_begin(db, RP_DB_WRITE, &error), &error);
    rp_db_rollback(db);
    rp_db_close(db);
}

int main(void)
{
    const duck_library *duck = NULL;
    repoint_error error = REPOINT_ERROR_INIT;
    if (rp_duck_library(&duck, &error) != REPOINT_OK) {
        printf("skipped: %s\n", error.message);
        repoint_error_clear(&error);
        return 77;
    }
    g_autofree char *folder = g_dir_make_tmp("repoint-driver-XXXXXX", NULL);
    if (folder == NULL)
        return 1;
    g_autofree char *url = g_strdup_printf("duckdb:%s/orders.db", folder);
    struct CMUnitTest own[] = {{.name = "a file that somebody else in this process has open",
                                .test_func = test_a_file_that_somebody_else_in_this_process_has_open,
                                .initial_state = url},
                               {.name = "a file that somebody else opens afterwards",
                                .test_func = test_a_file_that_somebody_else_opens_afterwards,
                                .initial_state = url}};
    int failed = run(url, "duckdb", NULL) + run(url, "duckdb in fault, traced", wrap_in_both);
    failed += cmocka_run_group_tests(own, NULL, NULL);
    remove_file(url);
    g_rmdir(folder);
    return failed;
}
