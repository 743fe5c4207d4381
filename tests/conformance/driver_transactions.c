/* Transactions: all or nothing, one moment for readers, one writer at a time. */
#include "driver_test.h"

/* Longer than any of the suite's short waits takes, even on a slow machine. */
#define LONG_SECONDS 30.0

static void test_a_commit_is_seen_by_everybody(void **state)
{
    g_autoptr(rp_db) db = open_empty(driver_of(state));
    create_orders(db);
    begin(db, RP_DB_WRITE);
    given_order(db, "first", 1);
    if (driver_of(state)->is_shared)
        assert_int_equal(count_orders_elsewhere(driver_of(state), db), 0);
    commit(db);
    assert_int_equal(count_orders_elsewhere(driver_of(state), db), 1);
}

static void test_a_rollback_undoes_everything(void **state)
{
    g_autoptr(rp_db) db = open_empty(driver_of(state));
    create_orders(db);
    given_order(db, "first", 1);
    begin(db, RP_DB_WRITE);
    given_order(db, "second", 2);
    execute(db, "DELETE FROM orders WHERE name = 'first'");
    if (rp_db_can(db, RP_DB_TRANSACTIONAL_DDL)) {
        execute(db, "CREATE VIEW revenue AS SELECT SUM(amount) AS total FROM orders");
        execute(db, "CREATE TABLE items (name TEXT)");
    }
    rp_db_rollback(db);
    assert_int_equal(integer(db, "SELECT amount FROM orders"), 1);
    g_autofree char *objects = rp_sql(db, "SELECT COUNT(*) FROM %o o WHERE o.name IN ('revenue', 'items')");
    assert_int_equal(integer(db, objects), 0);
}

static void test_a_rollback_outside_a_transaction_does_nothing(void **state)
{
    g_autoptr(rp_db) db = open_empty(driver_of(state));
    create_orders(db);
    given_order(db, "first", 1);
    rp_db_rollback(db);
    rp_db_rollback(db);
    assert_int_equal(count_orders(db), 1);
    begin(db, RP_DB_WRITE);
    rp_db_rollback(db);
    rp_db_rollback(db);
    begin(db, RP_DB_READ);
    commit(db);
}

static void test_closing_rolls_back(void **state)
{
    const driver_under_test *driver = driver_of(state);
    rp_db *db = open_empty(driver);
    create_orders(db);
    begin(db, RP_DB_WRITE);
    given_order(db, "first", 1);
    rp_db_close(db);
    if (!driver->is_shared)
        return;
    g_autoptr(rp_db) other = open_another(driver);
    assert_int_equal(count_orders(other), 0);
    begin(other, RP_DB_WRITE); /* and nothing is locked any more */
    rp_db_rollback(other);
}

static void test_a_reader_keeps_its_moment(void **state)
{
    const driver_under_test *driver = driver_of(state);
    g_autoptr(rp_db) db = open_empty(driver);
    create_orders(db);
    begin(db, RP_DB_WRITE);
    given_order(db, "first", 1);
    commit(db);
    begin(db, RP_DB_READ);
    assert_int_equal(count_orders(db), 1);
    if (driver->is_shared) {
        g_autoptr(rp_db) writer = open_another(driver);
        begin(writer, RP_DB_WRITE); /* a reader does not keep it waiting */
        given_order(writer, "second", 2);
        assert_int_equal(count_orders(db), 1);
        commit(writer);
        assert_int_equal(count_orders(db), 1);
    }
    commit(db);
    assert_int_equal(count_orders(db), driver->is_shared ? 2 : 1);
}

static void test_writers_exclude_one_another(void **state)
{
    const driver_under_test *driver = driver_of(state);
    g_autoptr(rp_db) db = open_empty(driver);
    create_orders(db);
    given_order(db, "first", 1);
    if (!driver->is_shared)
        return;
    begin(db, RP_DB_WRITE);
    execute(db, "UPDATE orders SET amount = 2 WHERE name = 'first'");
    g_autoptr(rp_db) other = open_with(driver, &(rp_db_options){.busy_seconds = 0.2});
    repoint_error error = REPOINT_ERROR_INIT;
    gint64 began = g_get_monotonic_time();
    assert_int_equal(change_first_order(other, &error), REPOINT_BUSY);
    gint64 waited = g_get_monotonic_time() - began;
    assert_true(waited >= G_USEC_PER_SEC / 10);
    assert_true(waited < (gint64)(LONG_SECONDS * G_USEC_PER_SEC));
    assert_non_null(error.message);
    repoint_error_clear(&error);
    commit(db);
    assert_ok(change_first_order(other, &error), &error); /* busy may be tried again */
    assert_int_equal(integer(other, "SELECT amount FROM orders"), 2);
}

/* What commits by itself is refused, before it does. */
static void test_tables_change_with_the_transaction_or_outside_of_one(void **state)
{
    const driver_under_test *driver = driver_of(state);
    g_autoptr(rp_db) db = open_empty(driver);
    create_orders(db);
    begin(db, RP_DB_WRITE);
    given_order(db, "first", 1);
    static const char sql[] = "CREATE TABLE items (name BIGINT)";
    repoint_status status = rp_db_execute(db, sql, RP_NO_VALUES, NULL, NULL);
    assert_int_equal(status == REPOINT_OK, rp_db_can(db, RP_DB_TRANSACTIONAL_DDL));
    rp_db_rollback(db);
    assert_int_equal(count_orders_elsewhere(driver, db), 0);
    execute(db, sql);
    execute(db, "DROP TABLE items");
}

int driver_transactions_run(const driver_under_test *driver)
{
    struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_commit_is_seen_by_everybody),
        cmocka_unit_test(test_a_rollback_undoes_everything),
        cmocka_unit_test(test_a_rollback_outside_a_transaction_does_nothing),
        cmocka_unit_test(test_closing_rolls_back),
        cmocka_unit_test(test_a_reader_keeps_its_moment),
        cmocka_unit_test(test_writers_exclude_one_another),
        cmocka_unit_test(test_tables_change_with_the_transaction_or_outside_of_one),
    };
    return driver_run_tests(driver, "transactions", tests, G_N_ELEMENTS(tests));
}
