/* Connections of the caller's that are used wrongly, that break, and that are in use. */
#include "db/external/external.h"

#include <glib/gstdio.h>
#include <string.h>

#include "db/db.h"
#include "given.h"
#include "story.h"

static repoint_store *try_create(story *in, given *connection, repoint_error *error)
{
    repoint_store_options options = story_options(in);
    repoint_store *store = NULL;
    repoint_store_create_driver(&given_driver, connection, &options, NULL, &store, NULL, error);
    return store;
}

/* ---- tables that are wrong ---- */

static void assert_refused(story *in, const repoint_driver *table, const char *because)
{
    unsigned closed = 0;
    repoint_error error = REPOINT_ERROR_INIT;
    repoint_store *store = NULL;
    given *connection = given_connect(in->path, REPOINT_QUESTION_MARK);
    connection->closed = &closed;
    assert_int_equal(repoint_store_open_driver(table, connection, NULL, &store, &error), REPOINT_INVALID);
    assert_null(store);
    assert_non_null(strstr(error.message, because));
    assert_int_equal(closed, 0); /* nothing of it was called */
    repoint_error_clear(&error);
    given_driver.close(connection);
}

static void test_a_table_that_is_wrong_is_not_called(void **state)
{
    story *in = *state;
    repoint_driver table = given_driver;
    assert_refused(in, NULL, "no table");
    table.version = REPOINT_DRIVER_VERSION + 1;
    assert_refused(in, &table, "version 2");
    table = given_driver;
    table.dialect = "oracle";
    assert_refused(in, &table, "oracle");
    table.dialect = NULL;
    assert_refused(in, &table, "dialect");
    table = given_driver;
    table.placeholder = (repoint_placeholder)77;
    assert_refused(in, &table, "77");
}

static void test_every_function_but_two_is_needed(void **state)
{
    static const size_t members[] = {
        offsetof(repoint_driver, execute),   offsetof(repoint_driver, query),
        offsetof(repoint_driver, rows_next), offsetof(repoint_driver, rows_close),
        offsetof(repoint_driver, begin),     offsetof(repoint_driver, commit),
        offsetof(repoint_driver, rollback),
    };
    story *in = *state;
    for (size_t i = 0; i < G_N_ELEMENTS(members); i++) {
        repoint_driver table = given_driver;
        memset((char *)&table + members[i], 0, sizeof table.execute);
        assert_refused(in, &table, "missing");
    }
    repoint_driver table = given_driver;
    repoint_error error = REPOINT_ERROR_INIT;
    repoint_store *store = NULL;
    given *connection = given_connect(in->path, REPOINT_QUESTION_MARK);
    table.close = NULL;
    table.interrupt = NULL;
    assert_ok(repoint_store_create_driver(&table, connection, NULL, NULL, &store, NULL, &error), &error);
    repoint_store_close(store);
    given_driver.close(connection);
}

static void test_the_connection_is_closed_once_whatever_happens(void **state)
{
    story *in = *state;
    unsigned closed = 0;
    repoint_error error = REPOINT_ERROR_INIT;
    repoint_store *store = NULL;
    given *connection = given_connect(in->path, REPOINT_QUESTION_MARK);
    connection->closed = &closed;
    assert_int_equal(repoint_store_open_driver(&given_driver, connection, NULL, &store, &error),
                     REPOINT_NOT_A_STORE);
    assert_int_equal(closed, 1);
    repoint_error_clear(&error);
    connection = given_connect(in->path, REPOINT_QUESTION_MARK);
    connection->closed = &closed;
    store = try_create(in, connection, &error);
    assert_non_null(store);
    assert_int_equal(closed, 1);
    repoint_store_close(store);
    assert_int_equal(closed, 2);
}

/* ---- connections that break ---- */

static void test_a_failure_without_a_reason_is_one_all_the_same(void **state)
{
    story *in = *state;
    rp_fault fault = {.kind = RP_FAULT_ERROR_BEFORE, .at = 1};
    repoint_error error = REPOINT_ERROR_INIT;
    given *connection = given_connect(in->path, REPOINT_QUESTION_MARK);
    connection->fault = &fault;
    connection->gives_no_reason = true;
    assert_null(try_create(in, connection, &error));
    assert_int_equal(error.status, REPOINT_FAILED);
    assert_non_null(strstr(error.message, "the shop's connection"));
    repoint_error_clear(&error);
    g_free(fault.statement);
}

/* What a function must not say, it has not said. */
static repoint_status say_nonsense(void *connection, const char *sql, const repoint_value *values,
                                   size_t count, void **ret_rows, size_t *ret_columns,
                                   repoint_driver_error *error)
{
    (void)connection, (void)sql, (void)values, (void)count, (void)ret_rows, (void)ret_columns;
    return repoint_driver_fail(error, (repoint_status)4711, 0, "a long SQLSTATE", "not \xff text");
}

static void test_a_status_that_no_function_may_return_is_a_failure(void **state)
{
    story *in = *state;
    repoint_driver table = given_driver;
    repoint_error error = REPOINT_ERROR_INIT;
    repoint_store *store = NULL;
    table.query = say_nonsense;
    given *connection = given_connect(in->path, REPOINT_QUESTION_MARK);
    assert_int_equal(repoint_store_open_driver(&table, connection, NULL, &store, &error), REPOINT_FAILED);
    assert_true(g_utf8_validate(error.message, -1, NULL));
    assert_string_equal(error.sqlstate, "a lon");
    repoint_error_clear(&error);
}

static void test_after_a_lost_connection_nothing_is_called_but_close(void **state)
{
    story *in = *state;
    unsigned closed = 0;
    rp_fault fault = {.kind = RP_FAULT_NONE};
    repoint_error error = REPOINT_ERROR_INIT;
    repoint_versions versions;
    given *connection = given_connect(in->path, REPOINT_QUESTION_MARK);
    connection->fault = &fault;
    connection->closed = &closed;
    repoint_store *store = try_create(in, connection, &error);
    assert_non_null(store);
    connection->is_lost = true;
    assert_int_equal(repoint_store_versions(store, &versions, NULL), REPOINT_UNREACHABLE);
    unsigned calls = fault.count;
    assert_int_equal(repoint_store_versions(store, &versions, NULL), REPOINT_UNREACHABLE);
    assert_int_equal(fault.count, calls);
    repoint_store_close(store);
    assert_int_equal(closed, 1);
}

/* ---- connections in use ---- */

static void test_the_caller_may_use_it_between_the_calls(void **state)
{
    story *in = *state;
    repoint_error error = REPOINT_ERROR_INIT;
    repoint_versions versions;
    given *connection = given_connect(in->path, REPOINT_QUESTION_MARK);
    sqlite3 *sqlite = connection->sqlite;
    repoint_store *store = try_create(in, connection, &error);
    assert_non_null(store);
    assert_int_equal(sqlite3_exec(sqlite, "BEGIN; CREATE TABLE orders (name TEXT); COMMIT", NULL, NULL, NULL),
                     SQLITE_OK);
    assert_ok(repoint_store_versions(store, &versions, &error), &error);
    assert_int_equal(versions.schema_version, REPOINT_NEWEST_SCHEMA_VERSION);
    assert_int_equal(sqlite3_get_autocommit(sqlite), 1); /* no transaction of ours is left behind */
    repoint_store_close(store);
}

/* A driver of our own reads what was written through the caller's connection, and the other way round. */
static void test_a_store_is_the_same_through_either_connection(void **state)
{
    story *in = *state;
    repoint_error error = REPOINT_ERROR_INIT;
    story_given_shop(in);
    g_autofree char *before = story_dump(in);
    repoint_store_options options = story_options(in);
    repoint_store *store = NULL;
    given *connection = given_connect(in->path, REPOINT_DOLLAR_NUMBER);
    repoint_driver table = given_table(REPOINT_DOLLAR_NUMBER);
    assert_ok(repoint_store_open_driver(&table, connection, &options, &store, &error), &error);
    repoint_environment *prod = story_prod_like_dev(store, "next");
    repoint_promote_options all_gaps = {.gap_check = REPOINT_GAPS_NONE};
    assert_ok(repoint_promote(store, prod, &all_gaps, NULL, &error), &error);
    assert_ok(repoint_finalize(store, prod, &error), &error);
    repoint_environment_free(prod);
    repoint_store_close(store);

    store = story_open(in);
    prod = story_environment(store, "prod");
    assert_string_equal(repoint_environment_plan_id(prod), "next");
    repoint_environment_free(prod);
    repoint_store_close(store);
    g_autofree char *after = story_dump(in);
    g_autofree char *difference = story_difference(before, after);
    assert_non_null(difference);
}

static int set_up(void **state)
{
    story *of = g_new0(story, 1);
    story_begin(of);
    *state = of;
    return 0;
}

static int tear_down(void **state)
{
    story_end(*state);
    g_free(*state);
    return 0;
}

#define TEST(function) cmocka_unit_test_setup_teardown(function, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_a_table_that_is_wrong_is_not_called),
        TEST(test_every_function_but_two_is_needed),
        TEST(test_the_connection_is_closed_once_whatever_happens),
        TEST(test_a_failure_without_a_reason_is_one_all_the_same),
        TEST(test_a_status_that_no_function_may_return_is_a_failure),
        TEST(test_after_a_lost_connection_nothing_is_called_but_close),
        TEST(test_the_caller_may_use_it_between_the_calls),
        TEST(test_a_store_is_the_same_through_either_connection),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
