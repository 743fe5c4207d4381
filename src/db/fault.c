/*
 * The driver that breaks on purpose. See db/fault.h.
 *
 * A dropped connection is made by closing the inner one, so that the real database rolls back as it would.
 * What is called afterwards fails as on any lost connection.
 */
#include "db/fault.h"

#include "db/db.h"

typedef struct fault_db {
    rp_db base;
    rp_db_driver slots;
    rp_db *inner; /* NULL once the connection is dropped and its rows are closed */
    rp_fault *fault;
    bool lost;
    unsigned open_rows;
} fault_db;

typedef struct fault_rows {
    rp_rows base;
    rp_rows *inner;
} fault_rows;

static repoint_status fail_lost(repoint_error *error)
{
    return rp_fail(error, REPOINT_UNREACHABLE, NULL, "the connection to the database is lost");
}

/* The inner connection cannot be closed while it has rows open: the last of them does it. */
static void drop(fault_db *db)
{
    db->lost = true;
    if (db->inner == NULL || db->open_rows > 0)
        return;
    rp_db_close(db->inner);
    db->inner = NULL;
}

static bool is_due(fault_db *db, rp_fault_kind kind)
{
    return db->fault->kind == kind && db->fault->count == db->fault->at;
}

static void remember(fault_db *db, const char *statement)
{
    g_free(db->fault->statement);
    db->fault->statement = g_strdup(statement);
    db->fault->at_commit = g_str_equal(statement, "COMMIT");
}

/* Called before each call: counts it, and breaks it if it is the one. */
static repoint_status before(fault_db *db, const char *statement, repoint_error *error)
{
    if (db->lost)
        return fail_lost(error);
    db->fault->count++;
    if (is_due(db, RP_FAULT_ERROR_BEFORE)) {
        remember(db, statement);
        return rp_fail(error, REPOINT_FAILED, NULL, "fault on purpose at call %u", db->fault->at);
    }
    if (is_due(db, RP_FAULT_DROP_BEFORE)) {
        remember(db, statement);
        drop(db);
        return fail_lost(error);
    }
    return REPOINT_OK;
}

/* Called after a call that succeeded: loses its reply if it is the one. */
static repoint_status after(fault_db *db, const char *statement, repoint_error *error)
{
    if (!is_due(db, RP_FAULT_DROP_AFTER))
        return REPOINT_OK;
    remember(db, statement);
    drop(db);
    return fail_lost(error);
}

static void fault_close(rp_db *base)
{
    rp_db_close(((fault_db *)base)->inner);
    g_free(base);
}

static repoint_status fault_begin(rp_db *base, rp_db_mode mode, repoint_error *error)
{
    fault_db *db = (fault_db *)base;
    repoint_status status = before(db, "BEGIN", error);
    if (status == REPOINT_OK)
        status = rp_db_begin(db->inner, mode, error);
    return status == REPOINT_OK ? after(db, "BEGIN", error) : status;
}

static void fault_rollback(rp_db *base)
{
    fault_db *db = (fault_db *)base;
    if (!db->lost)
        rp_db_rollback(db->inner);
}

static repoint_status fault_commit(rp_db *base, repoint_error *error)
{
    fault_db *db = (fault_db *)base;
    repoint_status status = before(db, "COMMIT", error);
    if (status != REPOINT_OK) {
        fault_rollback(base);
        return status;
    }
    status = rp_db_commit(db->inner, error);
    if (status != REPOINT_OK)
        return status;
    if (after(db, "COMMIT", NULL) == REPOINT_OK)
        return REPOINT_OK;
    return rp_fail(error, REPOINT_OUTCOME_UNKNOWN, NULL, "the connection was lost during the commit");
}

static repoint_status fault_execute(rp_db *base, const char *sql, const rp_db_value *values, size_t count,
                                    int64_t *ret_changed, repoint_error *error)
{
    fault_db *db = (fault_db *)base;
    repoint_status status = before(db, sql, error);
    if (status == REPOINT_OK)
        status = rp_db_execute(db->inner, sql, values, count, ret_changed, error);
    return status == REPOINT_OK ? after(db, sql, error) : status;
}

static repoint_status fault_insert(rp_db *base, const rp_insert *into, const rp_db_value *values, size_t rows,
                                   int64_t *ret_inserted, repoint_error *error)
{
    fault_db *db = (fault_db *)base;
    g_autofree char *statement = g_strdup_printf("INSERT INTO %s", into->table);
    repoint_status status = before(db, statement, error);
    if (status == REPOINT_OK)
        status = rp_db_insert(db->inner, into, values, rows, ret_inserted, error);
    return status == REPOINT_OK ? after(db, statement, error) : status;
}

static void fault_pipeline(rp_db *base)
{
    fault_db *db = (fault_db *)base;
    if (!db->lost)
        rp_db_pipeline(db->inner);
}

static repoint_status fault_lock_table(rp_db *base, const char *schema, const char *table, rp_db_lock lock,
                                       repoint_error *error)
{
    fault_db *db = (fault_db *)base;
    g_autofree char *statement = g_strdup_printf("LOCK %s", table);
    repoint_status status = before(db, statement, error);
    if (status == REPOINT_OK)
        status = rp_db_lock_table(db->inner, schema, table, lock, error);
    return status == REPOINT_OK ? after(db, statement, error) : status;
}

static repoint_status fault_compare_keys_as(rp_db *base, const char *schema, const char *table,
                                            const char *column, repoint_error *error)
{
    fault_db *db = (fault_db *)base;
    return db->lost ? fail_lost(error) : rp_db_compare_keys_as(db->inner, schema, table, column, error);
}

static repoint_status fault_compress_column(rp_db *base, const char *schema, const char *table,
                                            const char *column, repoint_error *error)
{
    fault_db *db = (fault_db *)base;
    return db->lost ? fail_lost(error) : rp_db_compress_column(db->inner, schema, table, column, error);
}

/* Statements are written also after the connection is lost. */
static void fault_write_keys(const rp_db *base, GString *sql, unsigned parameter, const char *columns)
{
    const fault_db *db = (const fault_db *)base;
    if (db->inner != NULL)
        db->inner->driver->write_keys(db->inner, sql, parameter, columns);
}

static repoint_status fault_query(rp_db *base, const char *sql, const rp_db_value *values, size_t count,
                                  rp_rows **ret_rows, repoint_error *error)
{
    fault_db *db = (fault_db *)base;
    repoint_status status = before(db, sql, error);
    if (status != REPOINT_OK)
        return status;
    g_autoptr(rp_rows) inner = NULL;
    status = rp_db_query(db->inner, sql, values, count, &inner, error);
    if (status != REPOINT_OK)
        return status;
    if (is_due(db, RP_FAULT_DROP_AFTER)) { /* the connection cannot be closed before its rows */
        g_clear_pointer(&inner, rp_rows_close);
        return after(db, sql, error);
    }
    fault_rows *rows = g_new0(fault_rows, 1);
    rows->base.db = base;
    rows->inner = g_steal_pointer(&inner);
    db->open_rows++;
    *ret_rows = &rows->base;
    return REPOINT_OK;
}

static repoint_status fault_rows_next(rp_rows *base, bool *ret_has_row, repoint_error *error)
{
    fault_db *db = (fault_db *)base->db;
    repoint_status status = before(db, "next row", error);
    if (status != REPOINT_OK)
        return status;
    bool has_row = false;
    status = rp_rows_next(((fault_rows *)base)->inner, &has_row, error);
    if (status == REPOINT_OK)
        status = after(db, "next row", error);
    if (status == REPOINT_OK)
        *ret_has_row = has_row;
    return status;
}

static rp_db_value fault_rows_value(const rp_rows *base, size_t column)
{
    rp_rows *inner = ((const fault_rows *)base)->inner;
    return inner->db->driver->rows_value(inner, column);
}

static void fault_rows_close(rp_rows *base)
{
    fault_db *db = (fault_db *)base->db;
    rp_rows_close(((fault_rows *)base)->inner);
    g_free(base);
    db->open_rows--;
    if (db->lost)
        drop(db);
}

static void fault_interrupt(rp_db *base)
{
    fault_db *db = (fault_db *)base;
    if (!db->lost)
        rp_db_interrupt(db->inner);
}

rp_db *rp_fault_wrap(rp_db *inner, rp_fault *fault)
{
    fault_db *db = g_new0(fault_db, 1);
    db->slots = *inner->driver;
    db->slots.close = fault_close;
    db->slots.begin = fault_begin;
    db->slots.commit = fault_commit;
    db->slots.rollback = fault_rollback;
    db->slots.execute = fault_execute;
    db->slots.execute_all = NULL; /* so that each statement can fail by itself */
    db->slots.insert = fault_insert;
    db->slots.pipeline = fault_pipeline;
    if (inner->driver->lock_table != NULL)
        db->slots.lock_table = fault_lock_table;
    db->slots.compare_keys_as = fault_compare_keys_as;
    db->slots.compress_column = fault_compress_column;
    db->slots.write_keys = fault_write_keys;
    db->slots.query = fault_query;
    db->slots.rows_next = fault_rows_next;
    db->slots.rows_value = fault_rows_value;
    db->slots.rows_close = fault_rows_close;
    db->slots.interrupt = fault_interrupt;
    db->slots.proceed = NULL; /* after an interrupt it is closed */
    db->base.driver = &db->slots;
    db->base.catalog = inner->catalog;
    db->inner = inner;
    db->fault = fault;
    return &db->base;
}
