/* Values go in and come out as they are; key lists are relations; changed rows are counted. */
#include "driver_test.h"

/* ---- values ---- */

static void test_text_comes_back_to_the_letter(void **state)
{
    g_autoptr(rp_db) db = open_empty(driver_of(state));
    create_orders(db);
    static const char *const notes[] = {"", " ", "Zürich 東京 🛒", "it's \"quoted\" \\ ?1 %i $1 --",
                                        "line\nbreak\ttab"};
    for (size_t i = 0; i < G_N_ELEMENTS(notes); i++) {
        repoint_error error = REPOINT_ERROR_INIT;
        execute(db, "DELETE FROM orders");
        assert_ok(rp_db_execute(db, "INSERT INTO orders (name, note) VALUES (?1, ?2)",
                                RP_VALUES(rp_db_text("first"), rp_db_text(notes[i])), NULL, &error),
                  &error);
        g_autoptr(rp_rows) rows =
            query(db, "SELECT note FROM orders WHERE note = ?1", RP_VALUES(rp_db_text(notes[i])));
        assert_true(next(rows));
        assert_false(rp_rows_is_null(rows, 0));
        assert_string_equal(rp_rows_text(rows, 0), notes[i]);
        assert_int_equal(rp_rows_text_size(rows, 0), strlen(notes[i]));
        assert_false(next(rows));
    }
}

/* Whatever lies behind it in memory: the next row's text, for example. */
static void test_text_ends_in_a_zero_byte(void **state)
{
    static const char *const names[] = {"1234", "123456789012", "1234567890123",
                                        "56b95e76374e4c8fa797f9317d7d0eb7"};
    g_autoptr(rp_db) db = open_empty(driver_of(state));
    create_orders(db);
    for (size_t i = 0; i < G_N_ELEMENTS(names); i++)
        given_order(db, names[i], (int64_t)i);
    g_autoptr(rp_rows) rows = query(db, "SELECT name, name FROM orders ORDER BY amount", RP_NO_VALUES);
    for (size_t i = 0; i < G_N_ELEMENTS(names); i++) {
        assert_true(next(rows));
        assert_string_equal(rp_rows_text(rows, 0), names[i]);
        assert_string_equal(rp_rows_text(rows, 1), names[i]);
        assert_int_equal(rp_rows_text_size(rows, 0), strlen(names[i]));
    }
}

static void test_null_is_neither_empty_nor_zero(void **state)
{
    g_autoptr(rp_db) db = open_empty(driver_of(state));
    create_orders(db);
    repoint_error error = REPOINT_ERROR_INIT;
    assert_ok(rp_db_execute(db, "INSERT INTO orders (name, note, amount, is_paid) VALUES (?1, ?2, ?3, ?4)",
                            RP_VALUES(rp_db_text("first"), rp_db_text(NULL), rp_db_integer_or_null(-1, -1),
                                      rp_db_null(RP_DB_BOOLEAN)),
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
    const rp_db_value values[] = {rp_db_text("paid"), rp_db_boolean(true), rp_db_text("open"),
                                  rp_db_boolean(false)};
    assert_ok(rp_db_insert(db, &(rp_insert){NULL, "orders", "name, is_paid", 0}, values, 2, NULL, &error),
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
    assert_ok(rp_db_insert(db, &(rp_insert){NULL, "orders", "name, note", 0}, values, 2, NULL, &error),
              &error);
    static const char *const pairs[] = {"a", "2", "b", "1", "b", "2", "c", NULL};
    rp_db_keys keys = {.columns = 2, .rows = 4, .values = pairs};
    g_autofree char *sql =
        rp_sql(db, "SELECT o.name FROM %k k CROSS JOIN %n o WHERE o.name = k.name AND o.note = k.note", 1U,
               "name, note", NULL, "orders");
    g_autoptr(rp_rows) rows = query(db, sql, RP_VALUES(rp_db_key_list(&keys)));
    assert_true(next(rows));
    assert_string_equal(rp_rows_text(rows, 0), "b");
    assert_false(next(rows));

    g_autofree char *null_sql =
        rp_sql(db, "SELECT COUNT(*) FROM %k k WHERE k.note IS NULL", 1U, "name, note");
    g_autoptr(rp_rows) null_rows = query(db, null_sql, RP_VALUES(rp_db_key_list(&keys)));
    assert_true(next(null_rows));
    assert_int_equal(rp_rows_integer(null_rows, 0, -1), 1);
}

/* Rows are read after the call that was given the parameters: by then their memory may be gone. */
static void test_parameters_need_not_outlive_the_call(void **state)
{
    g_autoptr(rp_db) db = open_empty(driver_of(state));
    create_orders(db);
    given_order(db, "first", 1);
    given_order(db, "second", 2);
    g_autofree char *sql =
        rp_sql(db, "SELECT o.name, ?2 FROM %k k CROSS JOIN %n o WHERE o.name = k.name ORDER BY o.name", 1U,
               "name", NULL, "orders");
    char *names[] = {g_strdup("first"), g_strdup("second")}, *text = g_strdup("paid");
    const char **values = g_memdup2(names, sizeof names);
    rp_db_keys *keys = g_new(rp_db_keys, 1);
    *keys = (rp_db_keys){.columns = 1, .rows = 2, .values = values};
    g_autoptr(rp_rows) rows = query(db, sql, RP_VALUES(rp_db_key_list(keys), rp_db_text(text)));
    memset(names[0], '?', strlen(names[0]));
    memset(names[1], '?', strlen(names[1]));
    memset(text, '?', strlen(text));
    g_free(names[0]);
    g_free(names[1]);
    g_free(text);
    g_free(values);
    g_free(keys);
    assert_true(next(rows));
    assert_string_equal(rp_rows_text(rows, 0), "first");
    assert_string_equal(rp_rows_text(rows, 1), "paid");
    assert_true(next(rows));
    assert_string_equal(rp_rows_text(rows, 0), "second");
    assert_false(next(rows));
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
    assert_ok(rp_db_execute(db, sql, RP_VALUES(rp_db_integer(9), rp_db_key_list(&keys)), &changed, &error),
              &error);
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

/* ---- inserting ---- */

static void test_many_rows_are_counted_together(void **state)
{
    g_autoptr(rp_db) db = open_empty(driver_of(state));
    create_orders(db);
    const rp_db_value values[] = {rp_db_text("a"),  rp_db_integer(1), rp_db_text("b"),
                                  rp_db_integer(2), rp_db_text("c"),  rp_db_integer(3)};
    repoint_error error = REPOINT_ERROR_INIT;
    int64_t changed = -1;
    rp_insert into = {NULL, "orders", "name, amount", 0};
    assert_ok(rp_db_insert(db, &into, values, 3, &changed, &error), &error);
    assert_int_equal(changed, 3);
    assert_int_equal(integer(db, "SELECT SUM(amount) FROM orders"), 6);
    changed = -1;
    assert_ok(rp_db_insert(db, &into, values, 0, &changed, &error), &error);
    assert_int_equal(changed, 0);
}

static void test_rows_whose_key_is_there_are_left_out(void **state)
{
    g_autoptr(rp_db) db = open_empty(driver_of(state));
    create_orders(db);
    given_order(db, "b", 1);
    const rp_db_value values[] = {rp_db_text("a"), rp_db_integer(2), rp_db_text("b"), rp_db_integer(2),
                                  rp_db_text("a"), rp_db_integer(3), rp_db_text("c"), rp_db_integer(2)};
    repoint_error error = REPOINT_ERROR_INIT;
    int64_t changed = -1;
    rp_insert into = {NULL, "orders", "name, amount", .key_size = 1};
    assert_ok(rp_db_insert(db, &into, values, 4, &changed, &error), &error);
    assert_int_equal(changed, 2);
    assert_int_equal(count_orders(db), 3);
    assert_int_equal(integer(db, "SELECT amount FROM orders WHERE name = 'b'"), 1);
    assert_ok(rp_db_insert(db, &into, values, 4, &changed, &error), &error);
    assert_int_equal(changed, 0);
}

/* Every column of every type as NULL, from the first row to the last. */
static void test_a_column_of_nulls_is_inserted(void **state)
{
    enum { ROWS = 3000 };
    g_autoptr(rp_db) db = open_empty(driver_of(state));
    create_orders(db);
    g_autofree rp_db_value *values = g_new(rp_db_value, ROWS * 4);
    g_autoptr(GStringChunk) names = g_string_chunk_new(1024);
    for (size_t i = 0; i < ROWS; i++) {
        g_autofree char *name = g_strdup_printf("order %zu", i);
        values[i * 4] = rp_db_text(g_string_chunk_insert(names, name));
        values[i * 4 + 1] = rp_db_null(RP_DB_TEXT);
        values[i * 4 + 2] = rp_db_null(RP_DB_INTEGER);
        values[i * 4 + 3] = rp_db_null(RP_DB_BOOLEAN);
    }
    repoint_error error = REPOINT_ERROR_INIT;
    rp_insert into = {NULL, "orders", "name, note, amount, is_paid", .key_size = 1};
    begin(db, RP_DB_WRITE);
    assert_ok(rp_db_insert(db, &into, values, ROWS, NULL, &error), &error);
    commit(db);
    assert_int_equal(integer(db, "SELECT COUNT(*) FROM orders WHERE note IS NULL AND amount IS NULL AND "
                                 "is_paid IS NULL"),
                     ROWS);
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
    assert_int_equal(rp_db_insert(db, &(rp_insert){NULL, "orders", "name", 0}, names, 3, &changed, NULL),
                     REPOINT_CONFLICT);
    assert_int_equal(changed, 77);
    rp_db_rollback(db);
    assert_int_equal(count_orders(db), 0);
}

/* ---- rows that keys name ---- */

static int64_t write_keyed(rp_db *db, char *sql, const rp_db_keys *keys, int64_t amount)
{
    repoint_error error = REPOINT_ERROR_INIT;
    int64_t changed = -1;
    assert_ok(
        rp_db_execute(db, sql, RP_VALUES(rp_db_integer(amount), rp_db_key_list(keys)), &changed, &error),
        &error);
    g_free(sql);
    return changed;
}

/* Those that are named twice count once; the condition is on the table's columns. */
static void test_rows_that_keys_name_are_changed_or_deleted(void **state)
{
    static const char *const names[] = {"a", "c", "a", "d", "nobody", "it's", NULL};
    const rp_db_keys keys = {.columns = 1, .rows = G_N_ELEMENTS(names), .values = names};
    const rp_keyed_rows rows = {NULL, "orders", "name", .parameter = 2, "amount < ?1"};
    g_autoptr(rp_db) db = open_empty(driver_of(state));
    create_orders(db);
    given_order(db, "a", 1);
    given_order(db, "b", 2);
    given_order(db, "c", 3);
    given_order(db, "d", 4);
    given_order(db, "it's", 1);
    assert_int_equal(write_keyed(db, rp_sql_update_keyed(db, &rows, "amount = amount + 10"), &keys, 4), 3);
    assert_int_equal(integer(db, "SELECT SUM(amount) FROM orders"), 41);
    assert_int_equal(integer(db, "SELECT SUM(amount) FROM orders WHERE name IN ('b', 'd')"), 6);
    assert_int_equal(write_keyed(db, rp_sql_delete_keyed(db, &rows), &keys, 13), 3);
    assert_int_equal(integer(db, "SELECT COUNT(*) FROM orders WHERE name IN ('b', 'c')"), 2);
    assert_int_equal(count_orders(db), 2);
}

/* The key is what is changed, and pairs belong together. */
static void test_rows_that_pairs_name_lose_half_of_their_key(void **state)
{
    static const char *const pairs[] = {"a", "x", "b", "x", "c", NULL};
    const rp_db_keys keys = {.columns = 2, .rows = 3, .values = pairs};
    const rp_keyed_rows rows = {NULL, "orders", "name, note", .parameter = 2, NULL};
    g_autoptr(rp_db) db = open_empty(driver_of(state));
    create_orders(db);
    execute(db,
            "INSERT INTO orders (name, note, amount) VALUES ('a', 'x', 1), ('b', 'y', 2), ('c', NULL, 3)");
    assert_int_equal(write_keyed(db, rp_sql_update_keyed(db, &rows, "note = NULL, amount = ?1"), &keys, 9),
                     1);
    assert_int_equal(integer(db, "SELECT SUM(amount) FROM orders WHERE note IS NULL"), 12);
    assert_int_equal(integer(db, "SELECT amount FROM orders WHERE note = 'y'"), 2);
}

/* Each key finds its row by the index: the rows that are read grow with the keys, not with their square. */
static void test_ten_thousand_keys_are_written_without_reading_all_for_each(void **state)
{
    enum { ROWS = 10000 };
    const driver_under_test *driver = driver_of(state);
    g_autoptr(rp_db) db = open_empty(driver);
    create_orders(db);
    g_autoptr(GPtrArray) names = g_ptr_array_new_with_free_func(g_free);
    g_autofree rp_db_value *values = g_new(rp_db_value, 2 * ROWS);
    for (size_t i = 0; i < ROWS; i++) {
        g_ptr_array_add(names, g_strdup_printf("order %zu", i));
        values[2 * i] = rp_db_text(names->pdata[i]);
        values[2 * i + 1] = rp_db_integer(0);
    }
    const rp_db_keys keys = {.columns = 1, .rows = ROWS, .values = (const char *const *)names->pdata};
    const rp_keyed_rows rows = {NULL, "orders", "name", .parameter = 2, "amount < ?1"};
    repoint_error error = REPOINT_ERROR_INIT;
    begin(db, RP_DB_WRITE);
    assert_ok(rp_db_insert(db, &(rp_insert){NULL, "orders", "name, amount", 0}, values, ROWS, NULL, &error),
              &error);
    int64_t before = driver->rows_read != NULL ? driver->rows_read(db) : 0;
    assert_int_equal(write_keyed(db, rp_sql_update_keyed(db, &rows, "amount = 1"), &keys, 1), ROWS);
    assert_int_equal(write_keyed(db, rp_sql_delete_keyed(db, &rows), &keys, 2), ROWS);
    if (driver->rows_read != NULL)
        assert_true(driver->rows_read(db) - before < 20 * ROWS);
    commit(db);
    assert_int_equal(count_orders(db), 0);
}

int driver_values_run(const driver_under_test *driver)
{
    struct CMUnitTest tests[] = {
        cmocka_unit_test(test_text_comes_back_to_the_letter),
        cmocka_unit_test(test_text_ends_in_a_zero_byte),
        cmocka_unit_test(test_null_is_neither_empty_nor_zero),
        cmocka_unit_test(test_integers_keep_all_64_bits),
        cmocka_unit_test(test_booleans_are_true_or_false),
        cmocka_unit_test(test_ten_megabytes_are_one_value),
        cmocka_unit_test(test_a_parameter_may_be_used_twice),
        cmocka_unit_test(test_key_lists_of_none_one_and_ten_thousand),
        cmocka_unit_test(test_keys_of_two_columns_belong_together),
        cmocka_unit_test(test_parameters_need_not_outlive_the_call),
        cmocka_unit_test(test_a_key_list_stands_beside_other_parameters),
        cmocka_unit_test(test_changed_rows_are_those_that_the_condition_met),
        cmocka_unit_test(test_many_rows_are_counted_together),
        cmocka_unit_test(test_rows_whose_key_is_there_are_left_out),
        cmocka_unit_test(test_a_column_of_nulls_is_inserted),
        cmocka_unit_test(test_many_rows_stop_at_the_first_failure),
        cmocka_unit_test(test_rows_that_keys_name_are_changed_or_deleted),
        cmocka_unit_test(test_rows_that_pairs_name_lose_half_of_their_key),
        cmocka_unit_test(test_ten_thousand_keys_are_written_without_reading_all_for_each),
    };
    return driver_run_tests(driver, "values", tests, G_N_ELEMENTS(tests));
}
