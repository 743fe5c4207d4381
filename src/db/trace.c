/* The tracing driver. See db/trace.h. */
#include "db/trace.h"

#include "db/db.h"
#include "db/sql.h"

typedef struct trace_db {
    rp_db base;
    rp_db_driver slots; /* ours, with the inner driver's scheme and capabilities */
    rp_db *inner;
    rp_trace trace;
    void *context;
} trace_db;

typedef struct trace_rows {
    rp_rows base;
    rp_rows *inner;
    char *sql;
    gint64 spent_us;
    int64_t count;
} trace_rows;

static void tell(trace_db *db, const char *statement, gint64 began_us, int64_t rows)
{
    db->trace(db->context, statement, (double)(g_get_monotonic_time() - began_us) / 1000.0, rows);
}

static void trace_close(rp_db *base)
{
    rp_db_close(((trace_db *)base)->inner);
    g_free(base);
}

static repoint_status trace_begin(rp_db *base, rp_db_mode mode, repoint_error *error)
{
    trace_db *db = (trace_db *)base;
    gint64 began = g_get_monotonic_time();
    repoint_status status = rp_db_begin(db->inner, mode, error);
    tell(db, mode == RP_DB_WRITE ? "BEGIN (write)" : "BEGIN (read)", began, 0);
    return status;
}

static repoint_status trace_commit(rp_db *base, repoint_error *error)
{
    trace_db *db = (trace_db *)base;
    gint64 began = g_get_monotonic_time();
    repoint_status status = rp_db_commit(db->inner, error);
    tell(db, status == REPOINT_OK ? "COMMIT" : "COMMIT (failed)", began, 0);
    return status;
}

static void trace_rollback(rp_db *base)
{
    trace_db *db = (trace_db *)base;
    gint64 began = g_get_monotonic_time();
    rp_db_rollback(db->inner);
    tell(db, "ROLLBACK", began, 0);
}

static repoint_status trace_execute(rp_db *base, const char *sql, const rp_db_value *values, size_t count,
                                    int64_t *ret_changed, repoint_error *error)
{
    trace_db *db = (trace_db *)base;
    gint64 began = g_get_monotonic_time();
    int64_t changed = 0;
    repoint_status status = rp_db_execute(db->inner, sql, values, count, &changed, error);
    tell(db, sql, began, changed);
    if (status == REPOINT_OK && ret_changed != NULL)
        *ret_changed = changed;
    return status;
}

/* The time of all is told with the last one. */
static repoint_status trace_execute_all(rp_db *base, const char *const *statements, size_t count,
                                        repoint_error *error)
{
    trace_db *db = (trace_db *)base;
    gint64 began = g_get_monotonic_time();
    repoint_status status = rp_db_execute_all(db->inner, statements, count, error);
    for (size_t i = 0; i + 1 < count; i++)
        db->trace(db->context, statements[i], 0, 0);
    tell(db, statements[count - 1], began, 0);
    return status;
}

static repoint_status trace_insert(rp_db *base, const rp_insert *into, const rp_db_value *values, size_t rows,
                                   int64_t *ret_inserted, repoint_error *error)
{
    trace_db *db = (trace_db *)base;
    gint64 began = g_get_monotonic_time();
    int64_t inserted = 0;
    repoint_status status = rp_db_insert(db->inner, into, values, rows, &inserted, error);
    g_autofree char *statement = rp_sql_insert(base, into, 1, into->key_size > 0 ? "(if absent)" : "");
    tell(db, statement, began, inserted);
    if (status == REPOINT_OK && ret_inserted != NULL)
        *ret_inserted = inserted;
    return status;
}

static repoint_status trace_lock_table(rp_db *base, const char *schema, const char *table, rp_db_lock lock,
                                       repoint_error *error)
{
    static const char *const modes[] = {"SHARED", "WRITERS", "ALL"};
    trace_db *db = (trace_db *)base;
    gint64 began = g_get_monotonic_time();
    repoint_status status = rp_db_lock_table(db->inner, schema, table, lock, error);
    g_autofree char *statement = rp_sql(base, "LOCK %n (%s)", schema, table, modes[lock]);
    tell(db, statement, began, 0);
    return status;
}

static repoint_status trace_compare_keys_as(rp_db *base, const char *schema, const char *table,
                                            const char *column, repoint_error *error)
{
    return rp_db_compare_keys_as(((trace_db *)base)->inner, schema, table, column, error);
}

static repoint_status trace_compress_column(rp_db *base, const char *schema, const char *table,
                                            const char *column, repoint_error *error)
{
    return rp_db_compress_column(((trace_db *)base)->inner, schema, table, column, error);
}

static void trace_write_keys(const rp_db *base, GString *sql, unsigned parameter, const char *columns)
{
    const rp_db *inner = ((const trace_db *)base)->inner;
    inner->driver->write_keys(inner, sql, parameter, columns);
}

static repoint_status trace_query(rp_db *base, const char *sql, const rp_db_value *values, size_t count,
                                  rp_rows **ret_rows, repoint_error *error)
{
    trace_db *db = (trace_db *)base;
    gint64 began = g_get_monotonic_time();
    rp_rows *inner = NULL;
    repoint_status status = rp_db_query(db->inner, sql, values, count, &inner, error);
    if (status != REPOINT_OK) {
        tell(db, sql, began, 0);
        return status;
    }
    trace_rows *rows = g_new0(trace_rows, 1);
    rows->base.db = base;
    rows->inner = inner;
    rows->sql = g_strdup(sql);
    rows->spent_us = g_get_monotonic_time() - began;
    *ret_rows = &rows->base;
    return REPOINT_OK;
}

static repoint_status trace_rows_next(rp_rows *base, bool *ret_has_row, repoint_error *error)
{
    trace_rows *rows = (trace_rows *)base;
    gint64 began = g_get_monotonic_time();
    bool has_row = false;
    repoint_status status = rp_rows_next(rows->inner, &has_row, error);
    rows->spent_us += g_get_monotonic_time() - began;
    if (status != REPOINT_OK)
        return status;
    rows->count += has_row;
    *ret_has_row = has_row;
    return REPOINT_OK;
}

static rp_db_value trace_rows_value(const rp_rows *base, size_t column)
{
    rp_rows *inner = ((const trace_rows *)base)->inner;
    return inner->db->driver->rows_value(inner, column);
}

/* A query is told when its rows are closed: only then are its time and its rows known. */
static void trace_rows_close(rp_rows *base)
{
    trace_rows *rows = (trace_rows *)base;
    trace_db *db = (trace_db *)base->db;
    rp_rows_close(rows->inner);
    db->trace(db->context, rows->sql, (double)rows->spent_us / 1000.0, rows->count);
    g_free(rows->sql);
    g_free(rows);
}

static void trace_interrupt(rp_db *base)
{
    rp_db_interrupt(((trace_db *)base)->inner);
}

static void trace_proceed(rp_db *base)
{
    rp_db_proceed(((trace_db *)base)->inner);
}

rp_db *rp_trace_wrap(rp_db *inner, rp_trace trace, void *context)
{
    trace_db *db = g_new0(trace_db, 1);
    db->slots = *inner->driver; /* scheme, capabilities, types */
    db->slots.close = trace_close;
    db->slots.begin = trace_begin;
    db->slots.commit = trace_commit;
    db->slots.rollback = trace_rollback;
    db->slots.execute = trace_execute;
    if (inner->driver->execute_all != NULL)
        db->slots.execute_all = trace_execute_all;
    db->slots.insert = trace_insert;
    db->slots.pipeline = NULL; /* each statement is told with its own time */
    if (inner->driver->lock_table != NULL)
        db->slots.lock_table = trace_lock_table;
    db->slots.compare_keys_as = trace_compare_keys_as;
    db->slots.compress_column = trace_compress_column;
    db->slots.write_keys = trace_write_keys;
    db->slots.query = trace_query;
    db->slots.rows_next = trace_rows_next;
    db->slots.rows_value = trace_rows_value;
    db->slots.rows_close = trace_rows_close;
    db->slots.interrupt = trace_interrupt;
    db->slots.proceed = inner->driver->proceed != NULL ? trace_proceed : NULL;
    db->base.driver = &db->slots;
    db->base.catalog = inner->catalog;
    db->inner = inner;
    db->trace = trace;
    db->context = context;
    return &db->base;
}
