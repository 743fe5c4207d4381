/* The tracing driver tells of each statement once, with its rows. */
#include "db/trace.h"

#include <string.h>

#include "db/db.h"
#include "support.h"

/* What was told, one line a statement: "rows statement". */
static void note(void *context, const char *statement, double milliseconds, int64_t rows)
{
    assert_true(milliseconds >= 0);
    g_string_append_printf(context, "%d %s\n", (int)rows, statement);
}

static rp_db *open_traced(GString *told)
{
    repoint_error error = REPOINT_ERROR_INIT;
    rp_db *inner = NULL;
    assert_ok(rp_db_open("memory:", &(rp_db_options){.create = true}, &inner, &error), &error);
    assert_ok(rp_db_execute(inner, "CREATE TABLE orders (name TEXT PRIMARY KEY, amount BIGINT)", RP_NO_VALUES,
                            NULL, &error),
              &error);
    return rp_trace_wrap(inner, note, told);
}

static void insert_three_orders(rp_db *db)
{
    repoint_error error = REPOINT_ERROR_INIT;
    const rp_db_value names[] = {rp_db_text("a"), rp_db_text("b"), rp_db_text("c")};
    assert_ok(rp_db_insert(db, &(rp_insert){NULL, "orders", "name", 0}, names, 3, NULL, &error), &error);
}

static void assert_told(GString *told, const char *expected)
{
    assert_string_equal(told->str, expected);
    g_string_truncate(told, 0);
}

static void test_a_transaction_is_told_statement_by_statement(void **state G_GNUC_UNUSED)
{
    g_autoptr(GString) told = g_string_new(NULL);
    g_autoptr(rp_db) db = open_traced(told);
    repoint_error error = REPOINT_ERROR_INIT;
    assert_ok(rp_db_begin(db, RP_DB_WRITE, &error), &error);
    insert_three_orders(db);
    assert_ok(rp_db_execute(db, "UPDATE orders SET amount = ?1 WHERE name > ?2",
                            RP_VALUES(rp_db_integer(1), rp_db_text("a")), NULL, &error),
              &error);
    assert_ok(rp_db_commit(db, &error), &error);
    assert_told(told, "0 BEGIN (write)\n"
                      "3 INSERT INTO \"orders\" (name) VALUES (?1)\n"
                      "2 UPDATE orders SET amount = ?1 WHERE name > ?2\n"
                      "0 COMMIT\n");
    assert_ok(rp_db_begin(db, RP_DB_READ, &error), &error);
    rp_db_rollback(db);
    assert_told(told, "0 BEGIN (read)\n0 ROLLBACK\n");
}

static void test_a_query_is_told_when_its_rows_are_known(void **state G_GNUC_UNUSED)
{
    g_autoptr(GString) told = g_string_new(NULL);
    g_autoptr(rp_db) db = open_traced(told);
    insert_three_orders(db);
    g_string_truncate(told, 0);
    repoint_error error = REPOINT_ERROR_INIT;
    rp_rows *rows = NULL;
    bool has_row = true;
    assert_ok(rp_db_query(db, "SELECT name FROM orders", RP_NO_VALUES, &rows, &error), &error);
    while (has_row)
        assert_ok(rp_rows_next(rows, &has_row, &error), &error);
    assert_told(told, "");
    rp_rows_close(rows);
    assert_told(told, "3 SELECT name FROM orders\n");

    assert_ok(rp_db_query(db, "SELECT name FROM orders", RP_NO_VALUES, &rows, &error), &error);
    assert_ok(rp_rows_next(rows, &has_row, &error), &error);
    rp_rows_close(rows);
    assert_told(told, "1 SELECT name FROM orders\n");
}

static void test_what_fails_is_told_too(void **state G_GNUC_UNUSED)
{
    g_autoptr(GString) told = g_string_new(NULL);
    g_autoptr(rp_db) db = open_traced(told);
    insert_three_orders(db);
    g_string_truncate(told, 0);
    rp_rows *rows = NULL;
    assert_int_equal(rp_db_execute(db, "INSERT INTO orders (name) VALUES ('a')", RP_NO_VALUES, NULL, NULL),
                     REPOINT_CONFLICT);
    assert_int_equal(rp_db_query(db, "SELECT nothing FROM orders", RP_NO_VALUES, &rows, NULL),
                     REPOINT_FAILED);
    assert_null(rows);
    assert_told(told, "0 INSERT INTO orders (name) VALUES ('a')\n0 SELECT nothing FROM orders\n");
}

static void test_no_value_is_ever_told(void **state G_GNUC_UNUSED)
{
    g_autoptr(GString) told = g_string_new(NULL);
    g_autoptr(rp_db) db = open_traced(told);
    repoint_error error = REPOINT_ERROR_INIT;
    assert_ok(rp_db_execute(db, "INSERT INTO orders (name) VALUES (?1)",
                            RP_VALUES(rp_db_text("confidential")), NULL, &error),
              &error);
    assert_null(strstr(told->str, "confidential"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_transaction_is_told_statement_by_statement),
        cmocka_unit_test(test_a_query_is_told_when_its_rows_are_known),
        cmocka_unit_test(test_what_fails_is_told_too),
        cmocka_unit_test(test_no_value_is_ever_told),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
