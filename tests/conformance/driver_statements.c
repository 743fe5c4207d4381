/* Statements, names, and what is done with files. */
#include <glib/gstdio.h>
#include <unistd.h>

#include "driver_test.h"

/* ---- statements ---- */

static void test_rows_stay_open_while_others_run(void **state)
{
    static const char all[] = "SELECT name FROM orders ORDER BY name";
    g_autoptr(rp_db) db = open_empty(driver_of(state));
    create_orders(db);
    given_order(db, "a", 1);
    given_order(db, "b", 2);
    given_order(db, "c", 3);
    begin(db, RP_DB_WRITE);
    g_autoptr(rp_rows) outer = query(db, all, RP_NO_VALUES);
    for (char name = 'a'; name <= 'c'; name++) {
        assert_true(next(outer));
        g_autoptr(rp_rows) inner = query(db, all, RP_NO_VALUES); /* the same text too */
        assert_true(next(inner));
        assert_string_equal(rp_rows_text(inner, 0), "a");
        repoint_error error = REPOINT_ERROR_INIT;
        assert_ok(rp_db_execute(db, "UPDATE orders SET amount = amount + 10 WHERE name = ?1",
                                RP_VALUES(rp_db_text(rp_rows_text(outer, 0))), NULL, &error),
                  &error);
        assert_int_equal(rp_rows_text(outer, 0)[0], name);
    }
    assert_false(next(outer));
    g_clear_pointer(&outer, rp_rows_close);
    commit(db);
    assert_int_equal(integer(db, "SELECT SUM(amount) FROM orders"), 36);
}

/* More rows than a driver has in hand at a time. */
static void test_many_rows_stay_open_while_others_run(void **state)
{
    enum { MANY = 30000 };
    g_autoptr(rp_db) db = open_empty(driver_of(state));
    create_orders(db);
    g_autofree rp_db_value *values = g_new(rp_db_value, 2 * MANY);
    g_autoptr(GPtrArray) names = g_ptr_array_new_with_free_func(g_free);
    for (int i = 0; i < MANY; i++) {
        g_ptr_array_add(names, g_strdup_printf("order %d", i));
        values[2 * i] = rp_db_text(g_ptr_array_index(names, i));
        values[2 * i + 1] = rp_db_integer(i);
    }
    repoint_error error = REPOINT_ERROR_INIT;
    begin(db, RP_DB_WRITE);
    rp_insert into = {.table = "orders", .columns = "name, amount"};
    assert_ok(rp_db_insert(db, &into, values, MANY, NULL, &error), &error);
    g_autoptr(rp_rows) rows = query(db, "SELECT amount FROM orders", RP_NO_VALUES);
    int64_t sum = 0, count = 0;
    for (; next(rows); count++) {
        sum += rp_rows_integer(rows, 0, 0);
        if (count == 10)
            assert_int_equal(count_orders(db), MANY);
    }
    assert_int_equal(count, MANY);
    assert_int_equal(sum, (int64_t)MANY * (MANY - 1) / 2);
    g_autoptr(rp_rows) unread = query(db, "SELECT amount FROM orders", RP_NO_VALUES);
    assert_true(next(unread));
    commit(db);
    assert_int_equal(count_orders_elsewhere(driver_of(state), db), MANY);
}

static void test_rows_may_be_closed_early(void **state)
{
    g_autoptr(rp_db) db = open_empty(driver_of(state));
    create_orders(db);
    given_order(db, "a", 1);
    given_order(db, "b", 2);
    rp_rows *unread = query(db, "SELECT name FROM orders", RP_NO_VALUES);
    rp_rows_close(unread);
    rp_rows *begun = query(db, "SELECT name FROM orders", RP_NO_VALUES);
    assert_true(next(begun));
    rp_rows_close(begun);
    begin(db, RP_DB_WRITE);
    execute(db, "DELETE FROM orders");
    commit(db);
    assert_int_equal(count_orders(db), 0);
}

static void test_a_query_may_delete_what_it_reads(void **state)
{
    g_autoptr(rp_db) db = open_empty(driver_of(state));
    create_orders(db);
    given_order(db, "b", 2);
    given_order(db, "a", 1);
    given_order(db, "c", 30);
    const char *sql = "WITH gone AS (DELETE FROM orders AS o USING (SELECT DISTINCT name FROM orders WHERE"
                      " amount < 10) k WHERE o.name = k.name RETURNING o.*)"
                      " SELECT name FROM gone ORDER BY name";
    repoint_error error = REPOINT_ERROR_INIT;
    g_autoptr(rp_rows) rows = NULL;
    begin(db, RP_DB_WRITE);
    repoint_status status = rp_db_query(db, sql, RP_NO_VALUES, &rows, &error);
    if (!rp_db_can(db, RP_DB_DELETING_QUERIES)) {
        assert_int_equal(status, REPOINT_FAILED);
        repoint_error_clear(&error);
        return;
    }
    assert_ok(status, &error);
    assert_true(next(rows));
    assert_string_equal(rp_rows_text(rows, 0), "a");
    assert_int_equal(count_orders(db), 1); /* whether the rows have been read or not */
    assert_true(next(rows));
    assert_string_equal(rp_rows_text(rows, 0), "b");
    assert_false(next(rows));
    g_clear_pointer(&rows, rp_rows_close);
    rp_db_rollback(db);
    assert_int_equal(count_orders(db), 3);
}

static void test_a_key_that_exists_is_a_conflict(void **state)
{
    g_autoptr(rp_db) db = open_empty(driver_of(state));
    create_orders(db);
    if (!rp_db_can(db, RP_DB_KEYS))
        return;
    given_order(db, "first", 1);
    repoint_error error = REPOINT_ERROR_INIT;
    assert_int_equal(insert_order(db, "first", 2, &error), REPOINT_CONFLICT);
    assert_int_equal(error.status, REPOINT_CONFLICT);
    assert_non_null(error.message);
    repoint_error_clear(&error);
    begin(db, RP_DB_WRITE);
    given_order(db, "second", 2);
    assert_int_equal(insert_order(db, "first", 2, NULL), REPOINT_CONFLICT);
    rp_db_rollback(db);
    assert_int_equal(count_orders(db), 1);
}

static void test_a_wrong_statement_fails_and_leaves_outputs_alone(void **state)
{
    g_autoptr(rp_db) db = open_empty(driver_of(state));
    repoint_error error = REPOINT_ERROR_INIT;
    int64_t changed = 77;
    assert_int_equal(rp_db_execute(db, "DELETE FROM no_such_table", RP_NO_VALUES, &changed, &error),
                     REPOINT_FAILED);
    assert_int_equal(changed, 77);
    assert_non_null(strstr(error.message, "no_such_table"));
    repoint_error_clear(&error);
    assert_int_equal(rp_db_execute(db, "this is not SQL", RP_NO_VALUES, NULL, NULL), REPOINT_FAILED);
    assert_int_equal(integer(db, "SELECT 1"), 1);
}

/* ---- names ---- */

static void test_tables_and_views_are_listed(void **state)
{
    g_autoptr(rp_db) db = open_empty(driver_of(state));
    create_orders(db);
    execute(db, "CREATE VIEW revenue AS SELECT name, amount FROM orders");
    g_autofree char *sql = rp_sql(db, "SELECT o.name, o.type, o.definition FROM %o o WHERE o.name IN "
                                      "('orders', 'revenue') ORDER BY o.name");
    g_autoptr(rp_rows) rows = query(db, sql, RP_NO_VALUES);
    assert_true(next(rows));
    assert_string_equal(rp_rows_text(rows, 0), "orders");
    assert_string_equal(rp_rows_text(rows, 1), "table");
    assert_true(next(rows));
    assert_string_equal(rp_rows_text(rows, 0), "revenue");
    assert_string_equal(rp_rows_text(rows, 1), "view");
    assert_non_null(strstr(rp_rows_text(rows, 2), "orders")); /* its text, or what it reads */
    assert_false(next(rows));
    g_clear_pointer(&rows, rp_rows_close);

    g_autofree char *schemas =
        rp_sql(db, "SELECT COUNT(*) FROM %o o WHERE o.name = 'orders' AND o.schema_name IS NOT NULL");
    assert_int_equal(integer(db, schemas), rp_db_can(db, RP_DB_SCHEMAS));
}

static void test_any_name_can_be_quoted(void **state)
{
    static const char *const names[] = {
        "select",    "with \"quotes\"",       "it's", "shop.orders", "Größe 東京",
        "back`tick", "semi;colon -- comment", "%i ?1"};
    g_autoptr(rp_db) db = open_empty(driver_of(state));
    for (size_t i = 0; i < G_N_ELEMENTS(names); i++) {
        g_autofree char *create = rp_sql(db, "CREATE TABLE %n (%i BIGINT)", NULL, names[i], names[i]);
        g_autofree char *insert = rp_sql(db, "INSERT INTO %n (%i) VALUES (?1)", NULL, names[i], names[i]);
        g_autofree char *select = rp_sql(db, "SELECT %i FROM %n", names[i], NULL, names[i]);
        g_autofree char *listed = rp_sql(db, "SELECT COUNT(*) FROM %o o WHERE o.name = %l", names[i]);
        repoint_error error = REPOINT_ERROR_INIT;
        execute(db, create);
        assert_ok(rp_db_execute(db, insert, RP_VALUES(rp_db_integer(7)), NULL, &error), &error);
        assert_int_equal(integer(db, select), 7);
        assert_int_equal(integer(db, listed), 1);
    }
}

/* Text of others, such as a check's: what looks like a parameter in it is none. */
static void test_without_values_a_question_mark_is_text(void **state)
{
    g_autoptr(rp_db) db = open_empty(driver_of(state));
    assert_int_equal(integer(db, "SELECT 17 /* is it ?1, or what? */"), 17);
}

static void test_locking_rows_is_spelled_as_the_database_has_it(void **state)
{
    g_autoptr(rp_db) db = open_empty(driver_of(state));
    create_orders(db);
    given_order(db, "first", 1);
    begin(db, RP_DB_WRITE);
    g_autofree char *sql = rp_sql(db, "SELECT amount FROM %n WHERE name = 'first'%u", NULL, "orders");
    assert_int_equal(integer(db, sql), 1);
    commit(db);
}

/* ---- files ---- */

static char *url_beside(const driver_under_test *driver, const char *ending)
{
    return g_strconcat(driver->url, ending, NULL);
}

static const char *path_of(const char *url)
{
    return strchr(url, ':') + 1;
}

static void test_a_missing_file_is_made_only_when_asked(void **state)
{
    const driver_under_test *driver = driver_of(state);
    if (!driver->is_file)
        return;
    g_autofree char *url = url_beside(driver, "-missing");
    rp_db *db = NULL;
    assert_int_equal(try_open(driver, url, &(rp_db_options){0}, &db, NULL), REPOINT_UNREACHABLE);
    assert_null(db);
    assert_false(g_file_test(path_of(url), G_FILE_TEST_EXISTS));
    repoint_error error = REPOINT_ERROR_INIT;
    assert_ok(try_open(driver, url, &(rp_db_options){.create = true}, &db, &error), &error);
    create_orders(db);
    rp_db_close(db);
    assert_true(g_file_test(path_of(url), G_FILE_TEST_EXISTS));
    g_unlink(path_of(url));
}

/* The status of opening it and asking something. */
static repoint_status ask(const driver_under_test *driver, const char *url)
{
    g_autoptr(rp_db) db = NULL;
    repoint_status status = try_open(driver, url, &(rp_db_options){0}, &db, NULL);
    if (status != REPOINT_OK)
        return status;
    g_autofree char *sql = rp_sql(db, "SELECT COUNT(*) FROM %o o");
    g_autoptr(rp_rows) rows = NULL;
    bool has_row = false;
    status = rp_db_query(db, sql, RP_NO_VALUES, &rows, NULL);
    return status == REPOINT_OK ? rp_rows_next(rows, &has_row, NULL) : status;
}

static void test_what_is_no_database_is_said_to_be_none(void **state)
{
    const driver_under_test *driver = driver_of(state);
    if (!driver->is_file)
        return;
    static const char text[] = "order;amount\nfirst;1\n";
    g_autofree char *url = url_beside(driver, ".csv");
    GString *csv = g_string_new(NULL);
    for (int i = 0; i < 100; i++)
        g_string_append(csv, text);
    assert_true(g_file_set_contents(path_of(url), csv->str, (gssize)csv->len, NULL));
    assert_int_equal(ask(driver, url), REPOINT_NOT_A_STORE);
    g_autofree char *after = NULL;
    assert_true(g_file_get_contents(path_of(url), &after, NULL, NULL));
    assert_string_equal(after, csv->str);
    g_string_free(csv, TRUE);
    g_unlink(path_of(url));

    g_autofree char *folder_url = url_beside(driver, ".folder");
    assert_int_equal(g_mkdir(path_of(folder_url), 0700), 0);
    assert_int_equal(ask(driver, folder_url), REPOINT_NOT_A_STORE);
    g_rmdir(path_of(folder_url));
}

/* Permissions do not bind the superuser: as one, the test goes on as nobody. */
static void test_a_file_that_may_only_be_read_is_read(void **state)
{
    const driver_under_test *driver = driver_of(state);
    if (!driver->is_file)
        return;
    rp_db *db = open_empty(driver);
    create_orders(db);
    given_order(db, "first", 1);
    rp_db_close(db);
    g_autofree char *folder = g_path_get_dirname(path_of(driver->url));
    assert_int_equal(g_chmod(path_of(driver->url), 0444), 0);
    assert_int_equal(g_chmod(folder, 0555), 0);
    bool is_superuser = geteuid() == 0;
    if (is_superuser)
        assert_int_equal(seteuid(65534), 0);

    db = open_with(driver, &(rp_db_options){0});
    int64_t count = count_orders(db);
    repoint_error error = REPOINT_ERROR_INIT;
    repoint_status write_status = insert_order(db, "second", 2, &error);
    repoint_status begin_status = rp_db_begin(db, RP_DB_WRITE, NULL);
    if (begin_status == REPOINT_OK)
        begin_status = insert_order(db, "second", 2, NULL);
    rp_db_close(db);

    if (is_superuser)
        assert_int_equal(seteuid(0), 0);
    g_chmod(folder, 0700);
    g_chmod(path_of(driver->url), 0600);
    assert_int_equal(count, 1);
    assert_int_equal(write_status, REPOINT_FAILED);
    assert_non_null(strstr(error.message, "read-only"));
    assert_int_equal(begin_status, REPOINT_FAILED);
    repoint_error_clear(&error);
}

int driver_statements_run(const driver_under_test *driver)
{
    struct CMUnitTest tests[] = {
        cmocka_unit_test(test_rows_stay_open_while_others_run),
        cmocka_unit_test(test_many_rows_stay_open_while_others_run),
        cmocka_unit_test(test_rows_may_be_closed_early),
        cmocka_unit_test(test_a_query_may_delete_what_it_reads),
        cmocka_unit_test(test_a_key_that_exists_is_a_conflict),
        cmocka_unit_test(test_a_wrong_statement_fails_and_leaves_outputs_alone),
        cmocka_unit_test(test_tables_and_views_are_listed),
        cmocka_unit_test(test_any_name_can_be_quoted),
        cmocka_unit_test(test_without_values_a_question_mark_is_text),
        cmocka_unit_test(test_locking_rows_is_spelled_as_the_database_has_it),
        cmocka_unit_test(test_a_missing_file_is_made_only_when_asked),
        cmocka_unit_test(test_what_is_no_database_is_said_to_be_none),
        cmocka_unit_test(test_a_file_that_may_only_be_read_is_read),
    };
    return driver_run_tests(driver, "statements", tests, G_N_ELEMENTS(tests));
}
