/*
 * The driver for connections that the caller has already.
 *
 *     state ──▶ this file ──▶ repoint_driver, the caller's functions ──▶ his connection
 *                   │
 *                   ├── call.h        calls them: errors, settings, turns
 *                   ├── dialect.h     how the database spells SQL, and what its errors mean
 *                   ├── statement.h   placeholders and values as the functions want them
 *                   ├── watch.h       ends a statement at an interrupt and at the deadline
 *                   └── turns.h       one writer at a time where there are no keys
 *
 * Invariants:
 *   1. Outside of prepare … put_back the connection is as the caller left it: the settings that a session
 *      needs last as long as a transaction, or as a statement that is one.
 *   2. Every call that may wait stands between rp_watch_enter() and rp_watch_leave(). Commit and rollback do
 *      not: they are let through.
 *   3. Whatever a function of the caller's returns, this side ends in a state that it knows: a transaction
 *      that failed to begin is not open, and after a commit, whatever it said, none is.
 */
#include "db/external/external.h"

#include <string.h>

#include "db/db.h"
#include "db/external/call.h"
#include "db/mysql/dialect.h"
#include "db/postgres/dialect.h"
#include "db/sql.h"

/* ---- statements ---- */

static repoint_status external_execute(rp_db *base, const char *sql, const rp_db_value *values, size_t count,
                                       int64_t *ret_changed, repoint_error *error)
{
    external_db *db = (external_db *)base;
    const rp_external_dialect *dialect = db->dialect;
    if (db->in_transaction && dialect->commits_implicitly != NULL && dialect->commits_implicitly(sql))
        return rp_fail(error, REPOINT_FAILED, "run it outside of a transaction",
                       "on %s \"%.40s...\" would commit the transaction", db->name, sql);
    repoint_status status = rp_external_enter_single(db, RP_DB_WRITE, error);
    if (status != REPOINT_OK)
        return status;
    rp_external_patience patience = {0};
    do
        status = rp_external_run(db, sql, values, count, ret_changed, error);
    while (rp_external_try_again(db, &patience, status));
    rp_external_leave_single(db);
    return status;
}

static repoint_status external_query(rp_db *base, const char *sql, const rp_db_value *values, size_t count,
                                     rp_rows **ret_rows, repoint_error *error)
{
    external_db *db = (external_db *)base;
    repoint_status status = rp_external_enter_single(db, RP_DB_READ, error);
    if (status != REPOINT_OK)
        return status;
    rp_external_patience patience = {0};
    do
        status = rp_external_read(db, sql, values, count, ret_rows, error);
    while (rp_external_try_again(db, &patience, status));
    rp_external_leave_single(db);
    return status;
}

/* ---- rows ---- */

static repoint_status external_rows_next(rp_rows *base, bool *ret_has_row, repoint_error *error)
{
    external_rows *rows = (external_rows *)base;
    external_db *db = (external_db *)base->db;
    repoint_status status = rp_watch_check(db->watch, error);
    if (status != REPOINT_OK)
        return status;
    g_auto(rp_failure) failure = {0};
    rows->values = NULL;
    g_string_chunk_clear(rows->texts);
    rp_watch_enter(db->watch);
    status = db->driver.rows_next(db->connection, rows->rows, &rows->values, &failure);
    rp_watch_leave(db->watch);
    if (status != REPOINT_OK) {
        rows->values = NULL;
        return rp_external_report(db, status, &failure, error);
    }
    *ret_has_row = rows->values != NULL;
    return REPOINT_OK;
}

static rp_db_value external_rows_value(const rp_rows *base, size_t column)
{
    const external_rows *rows = (const external_rows *)base;
    if (rows->values == NULL || column >= rows->columns)
        return rp_db_null(RP_DB_TEXT);
    const repoint_value *value = &rows->values[column];
    switch (value->type) {
    case REPOINT_INTEGER: return rp_db_integer(value->integer);
    case REPOINT_BOOLEAN: return rp_db_boolean(value->integer != 0);
    case REPOINT_TEXT:
        if (value->text != NULL)
            return rp_db_text_sized(g_string_chunk_insert_len(rows->texts, value->text, (gssize)value->size),
                                    value->size);
        break;
    case REPOINT_NULL: break;
    }
    return rp_db_null(RP_DB_TEXT);
}

static void external_rows_close(rp_rows *base)
{
    external_rows *rows = (external_rows *)base;
    external_db *db = (external_db *)base->db;
    db->driver.rows_close(db->connection, rows->rows);
    g_string_chunk_free(rows->texts);
    g_free(rows);
}

/* ---- transactions ---- */

static repoint_status call_begin(external_db *db, rp_db_mode mode, repoint_error *error)
{
    g_auto(rp_failure) failure = {0};
    repoint_status status = rp_external_check(db, error);
    if (status != REPOINT_OK)
        return status;
    rp_watch_enter(db->watch);
    status = db->driver.begin(db->connection, db->dialect->begin[mode], &failure);
    rp_watch_leave(db->watch);
    return status == REPOINT_OK ? status : rp_external_report(db, status, &failure, error);
}

static void external_rollback(rp_db *base)
{
    external_db *db = (external_db *)base;
    if (!db->in_transaction)
        return;
    db->in_transaction = false;
    if (!db->is_lost)
        db->driver.rollback(db->connection);
    rp_external_leave(db);
}

static repoint_status run_settings(external_db *db, repoint_error *error)
{
    if (db->dialect->settings == NULL)
        return REPOINT_OK;
    g_autofree char *sql = db->dialect->settings(db->busy_us, db->deadline_us);
    g_autoptr(rp_rows) rows = NULL;
    bool has_row = false;
    repoint_status status = rp_external_read(db, sql, RP_NO_VALUES, &rows, error);
    return status == REPOINT_OK ? rp_rows_next(rows, &has_row, error) : status;
}

static repoint_status begin_once(external_db *db, rp_db_mode mode, repoint_error *error)
{
    repoint_status status = call_begin(db, mode, error);
    if (status != REPOINT_OK)
        return status;
    status = run_settings(db, error);
    if (status != REPOINT_OK && !db->is_lost)
        db->driver.rollback(db->connection);
    return status;
}

static repoint_status external_begin(rp_db *base, rp_db_mode mode, repoint_error *error)
{
    external_db *db = (external_db *)base;
    rp_external_patience patience = {0};
    repoint_status status = rp_external_enter(db, mode, error);
    if (status != REPOINT_OK)
        return status;
    do
        status = begin_once(db, mode, error);
    while (rp_external_try_again(db, &patience, status));
    db->in_transaction = status == REPOINT_OK;
    if (status != REPOINT_OK)
        rp_external_leave(db);
    return status;
}

/* What a commit that failed means. Whoever lost the connection does not know what became of it. */
static repoint_status report_commit(external_db *db, repoint_status said, const rp_failure *failure,
                                    repoint_error *error)
{
    repoint_status status =
        said == REPOINT_OUTCOME_UNKNOWN ? said : rp_external_report(db, said, failure, error);
    if (status != REPOINT_UNREACHABLE && status != REPOINT_OUTCOME_UNKNOWN)
        return status;
    db->is_lost = true;
    return rp_fail(error, REPOINT_OUTCOME_UNKNOWN, "look whether the change is there before trying again",
                   "%s was lost during the commit", db->name);
}

static repoint_status external_commit(rp_db *base, repoint_error *error)
{
    external_db *db = (external_db *)base;
    repoint_status status = rp_external_check(db, error);
    if (status != REPOINT_OK || !db->in_transaction) {
        external_rollback(base);
        return status;
    }
    g_auto(rp_failure) failure = {0};
    status = db->driver.commit(db->connection, &failure);
    if (status != REPOINT_OK) {
        status = report_commit(db, status, &failure, error);
        external_rollback(base);
        return status;
    }
    db->in_transaction = false;
    rp_external_leave(db);
    return REPOINT_OK;
}

static void external_interrupt(rp_db *base)
{
    rp_watch_interrupt(((external_db *)base)->watch);
}

/* ---- what some databases have ---- */

static repoint_status postgres_lock_table(rp_db *base, const char *schema, const char *table, rp_db_lock lock,
                                          repoint_error *error)
{
    external_db *db = (external_db *)base;
    g_autofree char *lock_table = rp_pg_lock_text(base, schema, table, lock);
    g_autofree char *short_wait = rp_pg_lock_timeout_text(MIN(RP_PG_TABLE_LOCK_WAIT_US, db->busy_us));
    g_autofree char *long_wait = rp_pg_lock_timeout_text(db->busy_us);
    const char *const statements[] = {short_wait, lock_table, long_wait};
    repoint_status status = REPOINT_OK;
    for (size_t i = 0; i < G_N_ELEMENTS(statements) && status == REPOINT_OK; i++)
        status = rp_external_run(db, statements[i], RP_NO_VALUES, NULL, error);
    return status;
}

static repoint_status postgres_compress_column(rp_db *base, const char *schema, const char *table,
                                               const char *column, repoint_error *error)
{
    return rp_pg_compress(base, schema, table, column, &((external_db *)base)->has_lz4, error);
}

static repoint_status mysql_compare_keys_as(rp_db *base, const char *schema, const char *table,
                                            const char *column, repoint_error *error)
{
    return rp_mysql_read_collation(base, schema, table, column, &((external_db *)base)->collation, error);
}

static void external_write_keys(const rp_db *base, GString *sql, unsigned parameter, const char *columns)
{
    const external_db *db = (const external_db *)base;
    db->dialect->write_keys(sql, parameter, columns, db->collation);
}

/* Stores of one file take turns with one another; databases in memory cannot be told apart, and all do. The
 * catalog is what the connection works in when the store is opened. */
static repoint_status find_database(external_db *db, repoint_error *error)
{
    g_autoptr(rp_rows) rows = NULL;
    bool has_row = false;
    if (!db->dialect->takes_turns)
        return REPOINT_OK;
    repoint_status status = rp_external_read(db,
                                             "SELECT path, database_name FROM duckdb_databases()"
                                             " WHERE database_name = current_database()",
                                             RP_NO_VALUES, &rows, error);
    if (status == REPOINT_OK)
        status = rp_rows_next(rows, &has_row, error);
    if (status == REPOINT_OK) {
        const char *path = has_row ? rp_rows_text(rows, 0) : NULL;
        db->database = g_strdup(path != NULL ? path : "");
        db->base.catalog = has_row ? g_strdup(rp_rows_text(rows, 1)) : NULL;
    }
    return status;
}

/* ---- the driver ---- */

static void external_close(rp_db *base)
{
    external_db *db = (external_db *)base;
    external_rollback(base);
    rp_watch_free(db->watch);
    if (db->driver.close != NULL)
        db->driver.close(db->connection);
    g_free(db->name);
    g_free(db->database);
    g_free(db->base.catalog);
    g_free(db->collation);
    g_free(db);
}

/* How the database spells things is its own driver's; every function is this file's. */
static void fill_slots(external_db *db)
{
    const rp_db_driver *native = db->dialect->native;
    db->slots = (rp_db_driver){
        .scheme = native->scheme,
        .capabilities = native->capabilities,
        .key_text_type = native->key_text_type,
        .large_text_type = native->large_text_type,
        .table_options = native->table_options,
        .clock = native->clock,
        .identity = native->identity,
        .objects_relation = native->objects_relation,
        .unqualified = native->unqualified,
        .columns_query = native->columns_query,
        .close = external_close,
        .begin = external_begin,
        .commit = external_commit,
        .rollback = external_rollback,
        .execute = external_execute,
        .insert = rp_external_insert,
        .query = external_query,
        .rows_next = external_rows_next,
        .rows_value = external_rows_value,
        .rows_close = external_rows_close,
        .interrupt = external_interrupt,
        .write_keys = external_write_keys,
        .lock_table = native->lock_table != NULL ? postgres_lock_table : NULL,
        .compress_column = native->compress_column != NULL ? postgres_compress_column : NULL,
        .compare_keys_as = native->compare_keys_as != NULL ? mysql_compare_keys_as : NULL,
    };
    db->base.driver = &db->slots;
}

static repoint_status check_table(const repoint_driver *driver, repoint_error *error)
{
    if (driver == NULL)
        return rp_fail(error, REPOINT_INVALID, NULL, "no table of driver functions is given");
    if (driver->version != REPOINT_DRIVER_VERSION)
        return rp_fail(error, REPOINT_INVALID, "fill in REPOINT_DRIVER_VERSION and build the binding anew",
                       "the table of driver functions is of version %d, this librepoint knows %d",
                       driver->version, REPOINT_DRIVER_VERSION);
    g_autofree char *names = rp_external_dialect_names();
    if (rp_external_dialect_find(driver->dialect) == NULL)
        return rp_fail(error, REPOINT_INVALID, names, "the dialect \"%.40s\" is not known",
                       driver->dialect != NULL ? driver->dialect : "");
    if (driver->placeholder < REPOINT_QUESTION_MARK || driver->placeholder > REPOINT_COLON_NUMBER)
        return rp_fail(error, REPOINT_INVALID, NULL, "placeholders of kind %d are not known",
                       (int)driver->placeholder);
    if (driver->execute == NULL || driver->query == NULL || driver->rows_next == NULL ||
        driver->rows_close == NULL || driver->begin == NULL || driver->commit == NULL ||
        driver->rollback == NULL)
        return rp_fail(error, REPOINT_INVALID, "only interrupt and close may be left out",
                       "a function of the table of driver functions is missing");
    return REPOINT_OK;
}

repoint_status rp_external_open(const repoint_driver *driver, void *connection, const rp_db_options *options,
                                rp_db **ret_db, repoint_error *error)
{
    repoint_status status = check_table(driver, error);
    if (status != REPOINT_OK)
        return status;
    external_db *db = g_new0(external_db, 1);
    db->driver = *driver;
    db->connection = connection;
    db->dialect = rp_external_dialect_find(driver->dialect);
    db->name = g_strdup(driver->name != NULL ? driver->name : "the given connection");
    db->collation = g_strdup(RP_MYSQL_COLLATION);
    db->busy_us = (gint64)(options->busy_seconds * G_USEC_PER_SEC);
    db->deadline_us = options->deadline_us;
    db->watch = rp_watch_new(driver->interrupt, connection, options->deadline_us);
    db->driver.name = db->driver.dialect = NULL; /* the caller's strings may be gone */
    fill_slots(db);
    status = find_database(db, error);
    if (status != REPOINT_OK) {
        external_close(&db->base);
        return status;
    }
    *ret_db = &db->base;
    return REPOINT_OK;
}
