/* See driver_suite.h. */
#include "driver_suite.h"

#include <glib/gstdio.h>
#include <string.h>
#include <unistd.h>

#include "db/sql.h"

/* Work that would take a database minutes. */
#define ENDLESS                                                                                                        \
    "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 2000000000) SELECT COUNT(*) FROM n"

/* Longer than any of the suite's short waits takes, even on a slow machine. */
#define LONG_SECONDS 30.0

/* ---- connections ---- */

static const driver_under_test *driver_of(void **state)
{
    return *state;
}

static repoint_status try_open(const driver_under_test *driver, const char *url, const rp_db_options *options,
                               rp_db **ret_db, repoint_error *error)
{
    rp_db *db = NULL;
    repoint_status status = rp_db_open(url, options, &db, error);
    if (status == REPOINT_OK)
        *ret_db = driver->wrap != NULL ? driver->wrap(db) : db;
    return status;
}

static rp_db *open_with(const driver_under_test *driver, const rp_db_options *options)
{
    repoint_error error = REPOINT_ERROR_INIT;
    rp_db *db = NULL;
    assert_ok(try_open(driver, driver->url, options, &db, &error), &error);
    return db;
}

static rp_db *open_another(const driver_under_test *driver)
{
    return open_with(driver, &(rp_db_options){.create = true, .busy_seconds = 0.05});
}

static rp_db *open_empty(const driver_under_test *driver)
{
    if (driver->reset != NULL)
        driver->reset(driver->url);
    return open_another(driver);
}

static void execute(rp_db *db, const char *sql)
{
    repoint_error error = REPOINT_ERROR_INIT;
    assert_ok(rp_db_execute(db, sql, RP_NO_VALUES, NULL, &error), &error);
}

static void begin(rp_db *db, rp_db_mode mode)
{
    repoint_error error = REPOINT_ERROR_INIT;
    assert_ok(rp_db_begin(db, mode, &error), &error);
}

static void commit(rp_db *db)
{
    repoint_error error = REPOINT_ERROR_INIT;
    assert_ok(rp_db_commit(db, &error), &error);
}

static rp_rows *query(rp_db *db, const char *sql, const rp_db_value *values, size_t count)
{
    repoint_error error = REPOINT_ERROR_INIT;
    rp_rows *rows = NULL;
    assert_ok(rp_db_query(db, sql, values, count, &rows, &error), &error);
    return rows;
}

static bool next(rp_rows *rows)
{
    repoint_error error = REPOINT_ERROR_INIT;
    bool has_row = false;
    assert_ok(rp_rows_next(rows, &has_row, &error), &error);
    return has_row;
}

static int64_t integer(rp_db *db, const char *sql)
{
    g_autoptr(rp_rows) rows = query(db, sql, RP_NO_VALUES);
    assert_true(next(rows));
    return rp_rows_integer(rows, 0, INT64_MIN);
}

/* orders(name, note, amount, is_paid), with a primary key where the database has them. */
static void create_orders(rp_db *db)
{
    g_autofree char *sql = rp_sql(db, "CREATE TABLE %n (name %s, note %s, amount BIGINT, is_paid BOOLEAN%s)", NULL,
                                  "orders", db->driver->key_text_type, db->driver->large_text_type,
                                  rp_db_can(db, RP_DB_KEYS) ? ", PRIMARY KEY (name)" : "");
    execute(db, sql);
}

static repoint_status insert_order(rp_db *db, const char *name, int64_t amount, repoint_error *error)
{
    return rp_db_execute(db, "INSERT INTO orders (name, amount) VALUES (?1, ?2)",
                         RP_VALUES(rp_db_text(name), rp_db_integer(amount)), NULL, error);
}

static void given_order(rp_db *db, const char *name, int64_t amount)
{
    repoint_error error = REPOINT_ERROR_INIT;
    assert_ok(insert_order(db, name, amount, &error), &error);
}

static int64_t count_orders(rp_db *db)
{
    return integer(db, "SELECT COUNT(*) FROM orders");
}

/* What other connections see; where there are none, what this one sees. */
static int64_t count_orders_elsewhere(const driver_under_test *driver, rp_db *db)
{
    if (!driver->is_shared)
        return count_orders(db);
    g_autoptr(rp_db) other = open_another(driver);
    return count_orders(other);
}

/* ---- values ---- */

static void test_text_comes_back_to_the_letter(void **state)
{
    g_autoptr(rp_db) db = open_empty(driver_of(state));
    create_orders(db);
    static const char *const notes[] = {"", " ", "Zürich 東京 🛒", "it's \"quoted\" \\ ?1 %i $1 --", "line\nbreak\ttab"};
    for (size_t i = 0; i < G_N_ELEMENTS(notes); i++) {
        repoint_error error = REPOINT_ERROR_INIT;
        execute(db, "DELETE FROM orders");
        assert_ok(rp_db_execute(db, "INSERT INTO orders (name, note) VALUES (?1, ?2)",
                                RP_VALUES(rp_db_text("first"), rp_db_text(notes[i])), NULL, &error),
                  &error);
        g_autoptr(rp_rows) rows = query(db, "SELECT note FROM orders WHERE note = ?1", RP_VALUES(rp_db_text(notes[i])));
        assert_true(next(rows));
        assert_false(rp_rows_is_null(rows, 0));
        assert_string_equal(rp_rows_text(rows, 0), notes[i]);
        assert_int_equal(rp_rows_text_size(rows, 0), strlen(notes[i]));
        assert_false(next(rows));
    }
}

static void test_null_is_neither_empty_nor_zero(void **state)
{
    g_autoptr(rp_db) db = open_empty(driver_of(state));
    create_orders(db);
    repoint_error error = REPOINT_ERROR_INIT;
    assert_ok(rp_db_execute(db, "INSERT INTO orders (name, note, amount, is_paid) VALUES (?1, ?2, ?3, ?4)",
                            RP_VALUES(rp_db_text("first"), rp_db_text(NULL), rp_db_integer_or_null(-1, -1),
                                      rp_db_null()),
                            NULL, &error),
              &error);
    g_autoptr(rp_rows) rows = query(db, "SELECT note, amount, is_paid FROM orders", RP_NO_VALUES);
    assert_true(next(rows));
    for (size_t column = 0; column < 3; column++)
        assert_true(rp_rows_is_null(rows, column));
    assert_null(rp_rows_text(rows, 0));
    assert_int_equal(rp_rows_integer(rows, 1, 42), 42);
    assert_true(rp_rows_boolean(rows, 2, true));
}

static void test_integers_keep_all_64_bits(void **state)
{
    static const int64_t amounts[] = {0, -1, 1, INT64_C(9007199254740993), INT64_MAX, INT64_MIN};
    g_autoptr(rp_db) db = open_empty(driver_of(state));
    create_orders(db);
    for (size_t i = 0; i < G_N_ELEMENTS(amounts); i++) {
        execute(db, "DELETE FROM orders");
        given_order(db, "first", amounts[i]);
        assert_true(integer(db, "SELECT amount FROM orders") == amounts[i]);
    }
}

static void test_booleans_are_true_or_false(void **state)
{
    g_autoptr(rp_db) db = open_empty(driver_of(state));
    create_orders(db);
    repoint_error error = REPOINT_ERROR_INIT;
    const rp_db_value values[] = {rp_db_text("paid"), rp_db_boolean(true), rp_db_text("open"), rp_db_boolean(false)};
    assert_ok(rp_db_execute_many(db, "INSERT INTO orders (name, is_paid) VALUES (?1, ?2)", values, 2, 2, NULL, &error),
              &error);
    g_autoptr(rp_rows) rows =
        query(db, "SELECT name, is_paid FROM orders WHERE is_paid = ?1", RP_VALUES(rp_db_boolean(true)));
    assert_true(next(rows));
    assert_string_equal(rp_rows_text(rows, 0), "paid");
    assert_true(rp_rows_boolean(rows, 1, false));
    assert_false(next(rows));
    assert_int_equal(integer(db, "SELECT COUNT(*) FROM orders WHERE NOT is_paid"), 1);
}

static void test_ten_megabytes_are_one_value(void **state)
{
    const size_t size = 10 * 1024 * 1024;
    g_autoptr(rp_db) db = open_empty(driver_of(state));
    create_orders(db);
    g_autofree char *note = g_malloc(size + 1);
    for (size_t i = 0; i < size; i++)
        note[i] = (char)('a' + i % 23);
    note[size] = '\0';
    repoint_error error = REPOINT_ERROR_INIT;
    assert_ok(rp_db_execute(db, "INSERT INTO orders (name, note) VALUES (?1, ?2)",
                            RP_VALUES(rp_db_text("large"), rp_db_text_sized(note, size)), NULL, &error),
              &error);
    g_autoptr(rp_rows) rows = query(db, "SELECT note FROM orders", RP_NO_VALUES);
    assert_true(next(rows));
    assert_int_equal(rp_rows_text_size(rows, 0), size);
    assert_memory_equal(rp_rows_text(rows, 0), note, size);
}

static void test_a_parameter_may_be_used_twice(void **state)
{
    g_autoptr(rp_db) db = open_empty(driver_of(state));
    create_orders(db);
    repoint_error error = REPOINT_ERROR_INIT;
    assert_ok(rp_db_execute(db,
                            "INSERT INTO orders (name, amount) SELECT ?1, ?2"
                            " WHERE NOT EXISTS (SELECT 1 FROM orders WHERE name = ?1)",
                            RP_VALUES(rp_db_text("first"), rp_db_integer(1)), NULL, &error),
              &error);
    assert_int_equal(count_orders(db), 1);
}

/* ---- key lists ---- */

static int64_t count_of_keys(rp_db *db, const char *format, const rp_db_keys *keys)
{
    g_autofree char *sql = rp_sql(db, format, 1U, "name");
    g_autoptr(rp_rows) rows = query(db, sql, RP_VALUES(rp_db_key_list(keys)));
    assert_true(next(rows));
    return rp_rows_integer(rows, 0, -1);
}

static void test_key_lists_of_none_one_and_ten_thousand(void **state)
{
    static const size_t sizes[] = {0, 1, 10000};
    g_autoptr(rp_db) db = open_empty(driver_of(state));
    create_orders(db);
    given_order(db, "order-0", 1);
    given_order(db, "elsewhere", 1);
    for (size_t i = 0; i < G_N_ELEMENTS(sizes); i++) {
        g_auto(rp_key_list) list = rp_key_list_new(1);
        g_autoptr(GPtrArray) names = g_ptr_array_new_with_free_func(g_free);
        for (size_t row = 0; row < sizes[i]; row++) {
            g_ptr_array_add(names, g_strdup_printf("order-%zu", row));
            rp_key_list_add(&list, g_ptr_array_index(names, row), NULL);
        }
        rp_db_keys keys = rp_key_list_keys(&list);
        assert_int_equal(count_of_keys(db, "SELECT COUNT(*) FROM %k k", &keys), sizes[i]);
        assert_int_equal(
            count_of_keys(db, "SELECT COUNT(*) FROM orders WHERE name IN (SELECT name FROM %k k)", &keys),
            sizes[i] > 0);
    }
}

static void test_keys_of_two_columns_belong_together(void **state)
{
    g_autoptr(rp_db) db = open_empty(driver_of(state));
    create_orders(db);
    repoint_error error = REPOINT_ERROR_INIT;
    const rp_db_value values[] = {rp_db_text("a"), rp_db_text("1"), rp_db_text("b"), rp_db_text("2")};
    assert_ok(rp_db_execute_many(db, "INSERT INTO orders (name, note) VALUES (?1, ?2)", values, 2, 2, NULL, &error),
              &error);
    static const char *const pairs[] = {"a", "2", "b", "1", "b", "2", "c", NULL};
    rp_db_keys keys = {.columns = 2, .rows = 4, .values = pairs};
    g_autofree char *sql = rp_sql(db, "SELECT o.name FROM %k k CROSS JOIN %n o WHERE o.name = k.name AND o.note = k.note",
                                  1U, "name, note", NULL, "orders");
    g_autoptr(rp_rows) rows = query(db, sql, RP_VALUES(rp_db_key_list(&keys)));
    assert_true(next(rows));
    assert_string_equal(rp_rows_text(rows, 0), "b");
    assert_false(next(rows));

    g_autofree char *null_sql = rp_sql(db, "SELECT COUNT(*) FROM %k k WHERE k.note IS NULL", 1U, "name, note");
    g_autoptr(rp_rows) null_rows = query(db, null_sql, RP_VALUES(rp_db_key_list(&keys)));
    assert_true(next(null_rows));
    assert_int_equal(rp_rows_integer(null_rows, 0, -1), 1);
}

static void test_a_key_list_stands_beside_other_parameters(void **state)
{
    g_autoptr(rp_db) db = open_empty(driver_of(state));
    create_orders(db);
    given_order(db, "first", 1);
    given_order(db, "second", 1);
    static const char *const names[] = {"second", "third"};
    rp_db_keys keys = {.columns = 1, .rows = 2, .values = names};
    g_autofree char *sql =
        rp_sql(db, "UPDATE orders SET amount = ?1 WHERE name IN (SELECT name FROM %k k)", 2U, "name");
    repoint_error error = REPOINT_ERROR_INIT;
    int64_t changed = -1;
    assert_ok(rp_db_execute(db, sql, RP_VALUES(rp_db_integer(9), rp_db_key_list(&keys)), &changed, &error), &error);
    assert_int_equal(changed, 1);
    assert_int_equal(integer(db, "SELECT amount FROM orders WHERE name = 'second'"), 9);
}

/* ---- counting ---- */

static void test_changed_rows_are_those_that_the_condition_met(void **state)
{
    g_autoptr(rp_db) db = open_empty(driver_of(state));
    create_orders(db);
    given_order(db, "first", 1);
    given_order(db, "second", 2);
    static const struct {
        const char *sql;
        int64_t changed;
    } cases[] = {
        {"UPDATE orders SET amount = 1", 2}, /* also the one that had it already */
        {"UPDATE orders SET amount = 5 WHERE name = 'third'", 0},
        {"INSERT INTO orders (name) SELECT name || '!' FROM orders", 2},
        {"DELETE FROM orders WHERE name = 'first'", 1},
        {"DELETE FROM orders WHERE name = 'first'", 0},
    };
    for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
        repoint_error error = REPOINT_ERROR_INIT;
        int64_t changed = -1;
        assert_ok(rp_db_execute(db, cases[i].sql, RP_NO_VALUES, &changed, &error), &error);
        assert_int_equal(changed, cases[i].changed);
    }
}

static void test_many_rows_are_counted_together(void **state)
{
    g_autoptr(rp_db) db = open_empty(driver_of(state));
    create_orders(db);
    const rp_db_value values[] = {rp_db_text("a"), rp_db_integer(1), rp_db_text("b"),
                                  rp_db_integer(2), rp_db_text("c"), rp_db_integer(3)};
    repoint_error error = REPOINT_ERROR_INIT;
    int64_t changed = -1;
    assert_ok(rp_db_execute_many(db, "INSERT INTO orders (name, amount) VALUES (?1, ?2)", values, 2, 3, &changed,
                                 &error),
              &error);
    assert_int_equal(changed, 3);
    assert_int_equal(integer(db, "SELECT SUM(amount) FROM orders"), 6);
    changed = -1;
    assert_ok(rp_db_execute_many(db, "INSERT INTO orders (name, amount) VALUES (?1, ?2)", values, 2, 0, &changed,
                                 &error),
              &error);
    assert_int_equal(changed, 0);
}

static void test_many_rows_stop_at_the_first_failure(void **state)
{
    g_autoptr(rp_db) db = open_empty(driver_of(state));
    create_orders(db);
    if (!rp_db_can(db, RP_DB_KEYS))
        return;
    const rp_db_value names[] = {rp_db_text("a"), rp_db_text("a"), rp_db_text("b")};
    int64_t changed = 77;
    begin(db, RP_DB_WRITE);
    assert_int_equal(
        rp_db_execute_many(db, "INSERT INTO orders (name) VALUES (?1)", names, 1, 3, &changed, NULL),
        REPOINT_CONFLICT);
    assert_int_equal(changed, 77);
    rp_db_rollback(db);
    assert_int_equal(count_orders(db), 0);
}

/* ---- transactions ---- */

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

/* Changes the same order as somebody who has not finished: where it waits depends on what the database locks. */
static repoint_status change_first_order(rp_db *db, repoint_error *error)
{
    repoint_status status = rp_db_begin(db, RP_DB_WRITE, error);
    if (status == REPOINT_OK)
        status = rp_db_execute(db, "UPDATE orders SET amount = 3 WHERE name = 'first'", RP_NO_VALUES, NULL, error);
    rp_db_rollback(db);
    return status;
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

/* ---- interrupts and time limits ---- */

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
    return open_with(driver, &(rp_db_options){.create = true, .busy_seconds = LONG_SECONDS, .deadline_us = deadline});
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
    assert_int_equal(rp_db_execute(db, "DELETE FROM no_such_table", RP_NO_VALUES, &changed, &error), REPOINT_FAILED);
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
    g_autofree char *sql = rp_sql(
        db, "SELECT o.name, o.type, o.definition FROM %o o WHERE o.name IN ('orders', 'revenue') ORDER BY o.name");
    g_autoptr(rp_rows) rows = query(db, sql, RP_NO_VALUES);
    assert_true(next(rows));
    assert_string_equal(rp_rows_text(rows, 0), "orders");
    assert_string_equal(rp_rows_text(rows, 1), "table");
    assert_true(next(rows));
    assert_string_equal(rp_rows_text(rows, 0), "revenue");
    assert_string_equal(rp_rows_text(rows, 1), "view");
    assert_non_null(strstr(rp_rows_text(rows, 2), "amount"));
    assert_false(next(rows));
    g_clear_pointer(&rows, rp_rows_close);

    g_autofree char *schemas =
        rp_sql(db, "SELECT COUNT(*) FROM %o o WHERE o.name = 'orders' AND o.schema_name IS NOT NULL");
    assert_int_equal(integer(db, schemas), rp_db_can(db, RP_DB_SCHEMAS));
}

static void test_any_name_can_be_quoted(void **state)
{
    static const char *const names[] = {"select", "with \"quotes\"", "it's", "shop.orders", "Größe 東京",
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

/* ---- the suite ---- */

int driver_suite_run(const driver_under_test *driver)
{
    struct CMUnitTest tests[] = {
        cmocka_unit_test(test_text_comes_back_to_the_letter),
        cmocka_unit_test(test_null_is_neither_empty_nor_zero),
        cmocka_unit_test(test_integers_keep_all_64_bits),
        cmocka_unit_test(test_booleans_are_true_or_false),
        cmocka_unit_test(test_ten_megabytes_are_one_value),
        cmocka_unit_test(test_a_parameter_may_be_used_twice),
        cmocka_unit_test(test_key_lists_of_none_one_and_ten_thousand),
        cmocka_unit_test(test_keys_of_two_columns_belong_together),
        cmocka_unit_test(test_a_key_list_stands_beside_other_parameters),
        cmocka_unit_test(test_changed_rows_are_those_that_the_condition_met),
        cmocka_unit_test(test_many_rows_are_counted_together),
        cmocka_unit_test(test_many_rows_stop_at_the_first_failure),
        cmocka_unit_test(test_a_commit_is_seen_by_everybody),
        cmocka_unit_test(test_a_rollback_undoes_everything),
        cmocka_unit_test(test_a_rollback_outside_a_transaction_does_nothing),
        cmocka_unit_test(test_closing_rolls_back),
        cmocka_unit_test(test_a_reader_keeps_its_moment),
        cmocka_unit_test(test_writers_exclude_one_another),
        cmocka_unit_test(test_an_interrupt_ends_the_statement_in_progress),
        cmocka_unit_test(test_after_an_interrupt_nothing_more_is_done),
        cmocka_unit_test(test_an_interrupted_commit_says_what_happened),
        cmocka_unit_test(test_waiting_for_a_lock_can_be_interrupted),
        cmocka_unit_test(test_a_deadline_ends_everything_but_undoing),
        cmocka_unit_test(test_a_commit_after_the_deadline_writes_nothing),
        cmocka_unit_test(test_waiting_for_a_lock_ends_at_the_deadline),
        cmocka_unit_test(test_rows_stay_open_while_others_run),
        cmocka_unit_test(test_rows_may_be_closed_early),
        cmocka_unit_test(test_a_key_that_exists_is_a_conflict),
        cmocka_unit_test(test_a_wrong_statement_fails_and_leaves_outputs_alone),
        cmocka_unit_test(test_tables_and_views_are_listed),
        cmocka_unit_test(test_any_name_can_be_quoted),
        cmocka_unit_test(test_locking_rows_is_spelled_as_the_database_has_it),
        cmocka_unit_test(test_a_missing_file_is_made_only_when_asked),
        cmocka_unit_test(test_what_is_no_database_is_said_to_be_none),
        cmocka_unit_test(test_a_file_that_may_only_be_read_is_read),
    };
    for (size_t i = 0; i < G_N_ELEMENTS(tests); i++)
        tests[i].initial_state = (void *)driver;
    return cmocka_run_group_tests_name(driver->name, tests, NULL, NULL);
}
