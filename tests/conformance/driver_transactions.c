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

/* ---- pipelines: answers may come later than the calls return ---- */

#define MANY 20 /* more than a driver leaves unanswered */

/* A transaction with one statement behind it: the first one is answered in any case. */
static void begin_pipeline(rp_db *db, rp_db_mode mode)
{
    begin(db, mode);
    integer(db, "SELECT COUNT(*) FROM orders");
    rp_db_pipeline(db);
}

/* Adds orders that nobody counts, until one of the calls fails. */
static repoint_status add_orders(rp_db *db, int from, int count, repoint_error *error)
{
    repoint_status status = REPOINT_OK;
    for (int i = from; i < from + count && status == REPOINT_OK; i++) {
        g_autofree char *name = g_strdup_printf("order %d", i);
        status = rp_db_execute(db, "INSERT INTO orders (name, amount) VALUES (?1, ?2)",
                               RP_VALUES(rp_db_text(name), rp_db_integer(i)), NULL, error);
    }
    return status;
}

static void test_a_pipeline_is_committed_whole(void **state)
{
    g_autoptr(rp_db) db = open_empty(driver_of(state));
    repoint_error error = REPOINT_ERROR_INIT;
    create_orders(db);
    begin_pipeline(db, RP_DB_WRITE);
    assert_ok(add_orders(db, 0, MANY, &error), &error);
    assert_int_equal(count_orders(db), MANY);
    assert_ok(add_orders(db, MANY, MANY, &error), &error);
    int64_t changed = 0;
    assert_ok(rp_db_execute(db, "DELETE FROM orders WHERE amount < 5", RP_NO_VALUES, &changed, &error),
              &error);
    assert_int_equal(changed, 5);
    commit(db);
    assert_int_equal(count_orders_elsewhere(driver_of(state), db), 2 * MANY - 5);
}

/* Wherever in it something goes wrong, a later call says so, the commit at the latest. */
static void test_a_pipeline_that_fails_writes_nothing(void **state)
{
    g_autoptr(rp_db) db = open_empty(driver_of(state));
    create_orders(db);
    for (int behind = 0; behind <= MANY; behind += 5) {
        repoint_error error = REPOINT_ERROR_INIT;
        begin_pipeline(db, RP_DB_WRITE);
        repoint_status status = add_orders(db, 0, 3, &error);
        if (status == REPOINT_OK)
            status =
                rp_db_execute(db, "INSERT INTO nowhere (name) VALUES ('lost')", RP_NO_VALUES, NULL, &error);
        if (status == REPOINT_OK)
            status = add_orders(db, 3, behind, &error);
        if (status == REPOINT_OK)
            status = rp_db_commit(db, &error);
        assert_int_equal(status, REPOINT_FAILED);
        assert_non_null(strstr(error.message, "nowhere")); /* the first failure, not what follows from it */
        repoint_error_clear(&error);
        rp_db_rollback(db);
        assert_int_equal(count_orders(db), 0);
    }
    given_order(db, "first", 1); /* the connection is as good as before */
    assert_int_equal(count_orders_elsewhere(driver_of(state), db), 1);
}

static void test_a_pipeline_is_rolled_back_before_its_answers(void **state)
{
    const driver_under_test *driver = driver_of(state);
    rp_db *db = open_empty(driver);
    create_orders(db);
    begin_pipeline(db, RP_DB_WRITE);
    assert_ok(add_orders(db, 0, 3, NULL), &(repoint_error){0});
    rp_db_rollback(db);
    assert_int_equal(count_orders(db), 0);
    begin_pipeline(db, RP_DB_WRITE);
    assert_ok(add_orders(db, 0, 3, NULL), &(repoint_error){0});
    rp_db_interrupt(db);
    assert_int_equal(rp_db_commit(db, NULL), REPOINT_INTERRUPTED);
    rp_db_close(db);
    if (!driver->is_shared)
        return;
    g_autoptr(rp_db) other = open_another(driver);
    assert_int_equal(count_orders(other), 0);
}

static void test_queries_of_a_pipeline_are_read_in_any_order(void **state)
{
    g_autoptr(rp_db) db = open_empty(driver_of(state));
    create_orders(db);
    begin(db, RP_DB_WRITE);
    assert_ok(add_orders(db, 0, MANY, NULL), &(repoint_error){0});
    commit(db);
    begin_pipeline(db, RP_DB_READ);
    static const char sql[] = "SELECT name FROM orders ORDER BY amount";
    g_autoptr(rp_rows) first = query(db, sql, RP_NO_VALUES);
    g_autoptr(rp_rows) second = query(db, sql, RP_NO_VALUES);
    assert_true(next(second));
    assert_string_equal(rp_rows_text(second, 0), "order 0");
    for (int i = 0; i < MANY; i++)
        assert_true(next(first));
    assert_string_equal(rp_rows_text(first, 0), "order 19");
    assert_false(next(first));
    assert_int_equal(count_orders(db), MANY);
    assert_true(next(second));
    assert_string_equal(rp_rows_text(second, 0), "order 1");
    g_clear_pointer(&first, rp_rows_close);
    g_clear_pointer(&second, rp_rows_close);
    commit(db);
}

static void test_a_query_of_a_pipeline_fails_when_it_is_read_at_the_latest(void **state)
{
    g_autoptr(rp_db) db = open_empty(driver_of(state));
    create_orders(db);
    begin_pipeline(db, RP_DB_READ);
    repoint_error error = REPOINT_ERROR_INIT;
    g_autoptr(rp_rows) rows = NULL;
    bool has_row = false;
    repoint_status status = rp_db_query(db, "SELECT name FROM nowhere", RP_NO_VALUES, &rows, &error);
    if (status == REPOINT_OK)
        status = rp_rows_next(rows, &has_row, &error);
    assert_int_equal(status, REPOINT_FAILED);
    assert_non_null(strstr(error.message, "nowhere"));
    repoint_error_clear(&error);
    g_clear_pointer(&rows, rp_rows_close);
    rp_db_rollback(db);
    assert_int_equal(count_orders(db), 0);
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
        cmocka_unit_test(test_a_pipeline_is_committed_whole),
        cmocka_unit_test(test_a_pipeline_that_fails_writes_nothing),
        cmocka_unit_test(test_a_pipeline_is_rolled_back_before_its_answers),
        cmocka_unit_test(test_queries_of_a_pipeline_are_read_in_any_order),
        cmocka_unit_test(test_a_query_of_a_pipeline_fails_when_it_is_read_at_the_latest),
    };
    return driver_run_tests(driver, "transactions", tests, G_N_ELEMENTS(tests));
}
