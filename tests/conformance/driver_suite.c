/* See driver_suite.h. */
#include "driver_test.h"

const driver_under_test *driver_of(void **state)
{
    return *state;
}

repoint_status try_open(const driver_under_test *driver, const char *url, const rp_db_options *options,
                        rp_db **ret_db, repoint_error *error)
{
    rp_db *db = NULL;
    repoint_status status =
        driver->open != NULL ? driver->open(url, options, &db, error) : rp_db_open(url, options, &db, error);
    if (status == REPOINT_OK)
        *ret_db = driver->wrap != NULL ? driver->wrap(db) : db;
    return status;
}

rp_db *open_with(const driver_under_test *driver, const rp_db_options *options)
{
    repoint_error error = REPOINT_ERROR_INIT;
    rp_db *db = NULL;
    assert_ok(try_open(driver, driver->url, options, &db, &error), &error);
    return db;
}

rp_db *open_another(const driver_under_test *driver)
{
    return open_with(driver, &(rp_db_options){.create = true, .busy_seconds = 0.05});
}

rp_db *open_empty(const driver_under_test *driver)
{
    if (driver->reset != NULL)
        driver->reset(driver->url);
    return open_another(driver);
}

void execute(rp_db *db, const char *sql)
{
    repoint_error error = REPOINT_ERROR_INIT;
    assert_ok(rp_db_execute(db, sql, RP_NO_VALUES, NULL, &error), &error);
}

void begin(rp_db *db, rp_db_mode mode)
{
    repoint_error error = REPOINT_ERROR_INIT;
    assert_ok(rp_db_begin(db, mode, &error), &error);
}

void commit(rp_db *db)
{
    repoint_error error = REPOINT_ERROR_INIT;
    assert_ok(rp_db_commit(db, &error), &error);
}

rp_rows *query(rp_db *db, const char *sql, const rp_db_value *values, size_t count)
{
    repoint_error error = REPOINT_ERROR_INIT;
    rp_rows *rows = NULL;
    assert_ok(rp_db_query(db, sql, values, count, &rows, &error), &error);
    return rows;
}

bool next(rp_rows *rows)
{
    repoint_error error = REPOINT_ERROR_INIT;
    bool has_row = false;
    assert_ok(rp_rows_next(rows, &has_row, &error), &error);
    return has_row;
}

int64_t integer(rp_db *db, const char *sql)
{
    g_autoptr(rp_rows) rows = query(db, sql, RP_NO_VALUES);
    assert_true(next(rows));
    return rp_rows_integer(rows, 0, INT64_MIN);
}

void create_orders(rp_db *db)
{
    g_autofree char *sql =
        rp_sql(db, "CREATE TABLE %n (name %s, note %s, amount BIGINT, is_paid BOOLEAN%s)%s", NULL, "orders",
               db->driver->key_text_type, db->driver->large_text_type,
               rp_db_can(db, RP_DB_KEYS) ? ", PRIMARY KEY (name)" : "", db->driver->table_options);
    execute(db, sql);
}

repoint_status insert_order(rp_db *db, const char *name, int64_t amount, repoint_error *error)
{
    return rp_db_execute(db, "INSERT INTO orders (name, amount) VALUES (?1, ?2)",
                         RP_VALUES(rp_db_text(name), rp_db_integer(amount)), NULL, error);
}

void given_order(rp_db *db, const char *name, int64_t amount)
{
    repoint_error error = REPOINT_ERROR_INIT;
    assert_ok(insert_order(db, name, amount, &error), &error);
}

int64_t count_orders(rp_db *db)
{
    return integer(db, "SELECT COUNT(*) FROM orders");
}

int64_t count_orders_elsewhere(const driver_under_test *driver, rp_db *db)
{
    if (!driver->is_shared)
        return count_orders(db);
    g_autoptr(rp_db) other = open_another(driver);
    return count_orders(other);
}

repoint_status change_first_order(rp_db *db, repoint_error *error)
{
    repoint_status status = rp_db_begin(db, RP_DB_WRITE, error);
    if (status == REPOINT_OK)
        status =
            rp_db_execute(db, "UPDATE orders SET amount = 3 WHERE name = 'first'", RP_NO_VALUES, NULL, error);
    rp_db_rollback(db);
    return status;
}

int driver_run_tests(const driver_under_test *driver, const char *part, struct CMUnitTest *tests,
                     size_t count)
{
    for (size_t i = 0; i < count; i++)
        tests[i].initial_state = (void *)driver;
    g_autofree char *name = g_strdup_printf("%s: %s", driver->name, part);
    return _cmocka_run_group_tests(name, tests, count, NULL, NULL);
}

int driver_suite_run(const driver_under_test *driver)
{
    return driver_values_run(driver) + driver_transactions_run(driver) + driver_limits_run(driver) +
           driver_statements_run(driver);
}
