/* Interrupts and time limits end statements and waits, and leave nothing behind. */
#include "driver_test.h"

/* Work that would take a database hours, though it recurses no deeper than all of them let one. */
#define ENDLESS                                                                                              \
    "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 900) SELECT COUNT(*) "         \
    "FROM n a CROSS JOIN n b CROSS JOIN n c CROSS JOIN n d WHERE a.i + b.i + c.i <> d.i"

/* Longer than any of the suite's short waits takes, even on a slow machine. */
#define LONG_SECONDS 30.0

static gpointer interrupt_soon(gpointer db)
{
    g_usleep(G_USEC_PER_SEC / 20);
    rp_db_interrupt(db);
    return NULL;
}

static repoint_status run_endless(rp_db *db, repoint_error *error)
{
    g_autoptr(rp_rows) rows = NULL;
    bool has_row = false;
    repoint_status status = rp_db_query(db, ENDLESS, RP_NO_VALUES, &rows, error);
    return status == REPOINT_OK ? rp_rows_next(rows, &has_row, error) : status;
}

static void test_an_interrupt_ends_the_statement_in_progress(void **state)
{
    g_autoptr(rp_db) db = open_empty(driver_of(state));
    create_orders(db);
    begin(db, RP_DB_WRITE);
    given_order(db, "first", 1);
    GThread *thread = g_thread_new("interrupt", interrupt_soon, db);
    repoint_error error = REPOINT_ERROR_INIT;
    assert_int_equal(run_endless(db, &error), REPOINT_INTERRUPTED);
    g_thread_join(thread);
    repoint_error_clear(&error);
    rp_db_rollback(db);
    if (driver_of(state)->is_shared)
        assert_int_equal(count_orders_elsewhere(driver_of(state), db), 0);
}

static void test_after_an_interrupt_nothing_more_is_done(void **state)
{
    g_autoptr(rp_db) db = open_empty(driver_of(state));
    create_orders(db);
    rp_db_interrupt(db);
    assert_int_equal(insert_order(db, "first", 1, NULL), REPOINT_INTERRUPTED);
    assert_int_equal(rp_db_begin(db, RP_DB_WRITE, NULL), REPOINT_INTERRUPTED);
    assert_int_equal(run_endless(db, NULL), REPOINT_INTERRUPTED);
    if (driver_of(state)->is_shared)
        assert_int_equal(count_orders_elsewhere(driver_of(state), db), 0);
}

/* Where a connection can take it back; others are closed. */
static void test_an_interrupt_that_is_taken_back_is_forgotten(void **state)
{
    g_autoptr(rp_db) db = open_empty(driver_of(state));
    create_orders(db);
    assert_int_equal(rp_db_begin(db, RP_DB_WRITE, NULL), REPOINT_OK);
    assert_int_equal(insert_order(db, "lost", 1, NULL), REPOINT_OK);
    rp_db_interrupt(db);
    assert_int_equal(rp_db_commit(db, NULL), REPOINT_INTERRUPTED);
    if (!rp_db_proceed(db)) {
        assert_int_equal(insert_order(db, "first", 1, NULL), REPOINT_INTERRUPTED);
        return;
    }
    assert_int_equal(insert_order(db, "first", 1, NULL), REPOINT_OK);
    assert_int_equal(count_orders(db), 1);
}

/* It is either stopped before, and then nothing is written, or it happens; what is said is what is so. */
static void test_an_interrupted_commit_says_what_happened(void **state)
{
    const driver_under_test *driver = driver_of(state);
    g_autoptr(rp_db) db = open_empty(driver);
    create_orders(db);
    begin(db, RP_DB_WRITE);
    given_order(db, "first", 1);
    rp_db_interrupt(db);
    repoint_status status = rp_db_commit(db, NULL);
    assert_true(status == REPOINT_OK || status == REPOINT_INTERRUPTED);
    if (driver->is_shared)
        assert_int_equal(count_orders_elsewhere(driver, db), status == REPOINT_OK);
}

static void test_waiting_for_a_lock_can_be_interrupted(void **state)
{
    const driver_under_test *driver = driver_of(state);
    g_autoptr(rp_db) db = open_empty(driver);
    create_orders(db);
    given_order(db, "first", 1);
    if (!driver->is_shared)
        return;
    begin(db, RP_DB_WRITE);
    execute(db, "UPDATE orders SET amount = 2");
    g_autoptr(rp_db) waiting = open_with(driver, &(rp_db_options){.busy_seconds = LONG_SECONDS});
    GThread *thread = g_thread_new("interrupt", interrupt_soon, waiting);
    gint64 began = g_get_monotonic_time();
    assert_int_equal(change_first_order(waiting, NULL), REPOINT_INTERRUPTED);
    assert_true(g_get_monotonic_time() - began < (gint64)(LONG_SECONDS / 2 * G_USEC_PER_SEC));
    g_thread_join(thread);
}

static rp_db *open_for_a_moment(const driver_under_test *driver)
{
    gint64 deadline = g_get_monotonic_time() + G_USEC_PER_SEC / 2;
    return open_with(driver,
                     &(rp_db_options){.create = true, .busy_seconds = LONG_SECONDS, .deadline_us = deadline});
}

static void test_a_deadline_ends_everything_but_undoing(void **state)
{
    const driver_under_test *driver = driver_of(state);
    if (driver->reset != NULL)
        driver->reset(driver->url);
    g_autoptr(rp_db) db = open_for_a_moment(driver);
    create_orders(db);
    begin(db, RP_DB_WRITE);
    given_order(db, "first", 1);
    assert_int_equal(run_endless(db, NULL), REPOINT_TIMEOUT);
    assert_int_equal(insert_order(db, "second", 2, NULL), REPOINT_TIMEOUT);
    rp_db_rollback(db);
    assert_int_equal(rp_db_begin(db, RP_DB_WRITE, NULL), REPOINT_TIMEOUT);
    if (driver->is_shared)
        assert_int_equal(count_orders_elsewhere(driver, db), 0);
}

static void test_a_commit_after_the_deadline_writes_nothing(void **state)
{
    const driver_under_test *driver = driver_of(state);
    if (driver->reset != NULL)
        driver->reset(driver->url);
    g_autoptr(rp_db) db = open_for_a_moment(driver);
    create_orders(db);
    begin(db, RP_DB_WRITE);
    given_order(db, "first", 1);
    g_usleep(G_USEC_PER_SEC * 6 / 10);
    assert_int_equal(rp_db_commit(db, NULL), REPOINT_TIMEOUT);
    if (driver->is_shared)
        assert_int_equal(count_orders_elsewhere(driver, db), 0);
}

static void test_waiting_for_a_lock_ends_at_the_deadline(void **state)
{
    const driver_under_test *driver = driver_of(state);
    g_autoptr(rp_db) db = open_empty(driver);
    create_orders(db);
    given_order(db, "first", 1);
    if (!driver->is_shared)
        return;
    begin(db, RP_DB_WRITE);
    execute(db, "UPDATE orders SET amount = 2");
    g_autoptr(rp_db) waiting = open_for_a_moment(driver);
    assert_int_equal(change_first_order(waiting, NULL), REPOINT_TIMEOUT);
}

int driver_limits_run(const driver_under_test *driver)
{
    struct CMUnitTest tests[] = {
        cmocka_unit_test(test_an_interrupt_ends_the_statement_in_progress),
        cmocka_unit_test(test_after_an_interrupt_nothing_more_is_done),
        cmocka_unit_test(test_an_interrupt_that_is_taken_back_is_forgotten),
        cmocka_unit_test(test_an_interrupted_commit_says_what_happened),
        cmocka_unit_test(test_waiting_for_a_lock_can_be_interrupted),
        cmocka_unit_test(test_a_deadline_ends_everything_but_undoing),
        cmocka_unit_test(test_a_commit_after_the_deadline_writes_nothing),
        cmocka_unit_test(test_waiting_for_a_lock_ends_at_the_deadline),
    };
    return driver_run_tests(driver, "limits", tests, G_N_ELEMENTS(tests));
}
