/*
 * The DuckDB driver.
 *
 * Invariants:
 *   1. All connections of the process to a file share one instance (duckdb/instance.h), and at most one of
 *      them writes: DuckDB keeps no keys for repoint, so "not there yet" must stay true until the commit.
 *   2. A statement runs in small tasks. Between them the driver looks at the deadline and at the interrupt
 *      flag; the library's own interrupt must not be called from a signal handler. A commit is let through.
 *   3. Lists of keys and rows are parameters, one each, read with unnest(): the text of a statement does not
 *      depend on how many there are.
 *   4. The rows of at most one query are still arriving, about a megabyte ahead of their reader. DuckDB gives
 *      a connection's rows up when another statement runs on it, so before that they are taken into memory.
 */
#include "db/duckdb/duckdb.h"

#include <limits.h>
#include <stdatomic.h>
#include <string.h>

#include "db/db.h"
#include "db/duckdb/dialect.h"
#include "db/duckdb/instance.h"
#include "db/duckdb/values.h"
#include "db/sql.h"

#define ROWS_OF_AN_INSERT 2000
#define WAIT_SLICE_US     (G_USEC_PER_SEC / 50)

typedef struct duck_rows duck_rows;

typedef struct duck_db {
    rp_db base;
    const duck_library *duck;
    duck_instance *instance;
    duck_connection connection;
    gint64 busy_us;
    gint64 deadline_us; /* 0: none */
    atomic_bool interrupted;
    bool in_transaction;
    bool is_writing;     /* it holds the instance's right to write */
    duck_rows *arriving; /* NULL: no rows are under way */
} duck_db;

struct duck_rows {
    rp_rows base;
    duck_result result;
    GQueue waiting;   /* of duck_chunk: rows that were taken before they were asked for */
    char *failure;    /* what came instead of more rows */
    duck_chunk chunk; /* NULL before the first, and after the last */
    uint64_t size;    /* of the chunk */
    uint64_t row;
    bool is_started;
    GStringChunk *texts; /* of the current row: DuckDB's do not end in a zero byte */
};

/* ---- errors ---- */

static repoint_status check(const duck_db *db, repoint_error *error)
{
    if (atomic_load(&db->interrupted))
        return rp_fail(error, REPOINT_INTERRUPTED, NULL, "interrupted");
    if (db->deadline_us != 0 && g_get_monotonic_time() > db->deadline_us)
        return rp_fail(error, REPOINT_TIMEOUT, NULL, "the time limit passed");
    return REPOINT_OK;
}

static repoint_status fail_busy(const duck_db *db, repoint_error *error)
{
    return rp_fail(error, REPOINT_BUSY, "wait for the other writer to finish, then try again",
                   "somebody else in this process is writing to %s", db->instance->path);
}

static repoint_status fail_duck(const duck_db *db, const char *text, repoint_error *error)
{
    if (atomic_load(&db->interrupted))
        return check(db, error);
    return rp_duck_fail(db->instance->path, text, error);
}

/* ---- rows under way ---- */

/* The next chunk of what is under way; NULL after the last, or after a failure. */
static duck_chunk fetch(duck_db *db)
{
    duck_rows *rows = db->arriving;
    duck_chunk chunk = db->duck->fetch_chunk(rows->result);
    if (chunk == NULL) {
        rows->failure = g_strdup(db->duck->result_error(&rows->result));
        db->arriving = NULL;
    }
    return chunk;
}

static void take_arriving(duck_db *db)
{
    duck_rows *rows = db->arriving;
    while (db->arriving != NULL) {
        duck_chunk chunk = fetch(db);
        if (chunk != NULL)
            g_queue_push_tail(&rows->waiting, chunk);
    }
}

/* ---- running ---- */

static void write_parameter(void *context G_GNUC_UNUSED, GString *sql, size_t index)
{
    g_string_append_printf(sql, "$%zu", index + 1);
}

static repoint_status run_tasks(const duck_db *db, duck_pending pending, bool let_through,
                                repoint_error *error)
{
    for (;;) {
        repoint_status status = let_through ? REPOINT_OK : check(db, error);
        if (status != REPOINT_OK)
            return status;
        switch (db->duck->pending_execute_task(pending)) {
        case DUCK_PENDING_READY: return REPOINT_OK;
        case DUCK_PENDING_ERROR: return fail_duck(db, db->duck->pending_error(pending), error);
        case DUCK_PENDING_NO_TASKS: g_thread_yield(); break;
        default: break;
        }
    }
}

static repoint_status run_prepared(const duck_db *db, duck_statement statement, bool let_through,
                                   duck_result *ret_result, repoint_error *error)
{
    duck_pending pending = NULL;
    repoint_status status = db->duck->pending_prepared_streaming(statement, &pending) == DUCK_OK
                                ? run_tasks(db, pending, let_through, error)
                                : fail_duck(db, db->duck->pending_error(pending), error);
    if (status == REPOINT_OK && db->duck->execute_pending(pending, ret_result) != DUCK_OK) {
        status = fail_duck(db, db->duck->result_error(ret_result), error);
        db->duck->destroy_result(ret_result);
    }
    db->duck->destroy_pending(&pending);
    return status;
}

/* Runs a statement with these values, which it destroys. */
static repoint_status run(duck_db *db, const char *sql, duck_value *values, size_t count, bool let_through,
                          duck_result *ret_result, repoint_error *error)
{
    g_autoptr(GString) text = g_string_new(NULL);
    rp_sql_translate(text, sql, count, write_parameter, NULL);
    duck_statement statement = NULL;
    take_arriving(db);
    repoint_status status = let_through ? REPOINT_OK : check(db, error);
    if (status == REPOINT_OK && db->duck->prepare(db->connection, text->str, &statement) != DUCK_OK)
        status = fail_duck(db, db->duck->prepare_error(statement), error);
    for (size_t i = 0; i < count; i++) {
        if (status == REPOINT_OK && db->duck->bind_value(statement, i + 1, values[i]) != DUCK_OK)
            status = fail_duck(db, db->duck->prepare_error(statement), error);
        db->duck->destroy_value(&values[i]);
    }
    if (status == REPOINT_OK)
        status = run_prepared(db, statement, let_through, ret_result, error);
    if (statement != NULL)
        db->duck->destroy_prepare(&statement);
    return status;
}

static repoint_status run_values(duck_db *db, const char *sql, const rp_db_value *values, size_t count,
                                 duck_result *ret_result, repoint_error *error)
{
    g_autofree duck_value *own = g_new(duck_value, count);
    for (size_t i = 0; i < count; i++)
        own[i] = values[i].type == RP_DB_KEY_LIST ? rp_duck_keys_value(db->duck, values[i].keys)
                                                  : rp_duck_single_value(db->duck, &values[i]);
    return run(db, sql, own, count, false, ret_result, error);
}

static repoint_status run_text(duck_db *db, const char *sql, bool let_through, repoint_error *error)
{
    duck_result result = {0};
    repoint_status status = run(db, sql, NULL, 0, let_through, &result, error);
    if (status == REPOINT_OK)
        db->duck->destroy_result(&result);
    return status;
}

/* ---- the right to write ---- */

static repoint_status begin_writing(duck_db *db, repoint_error *error)
{
    if (db->is_writing)
        return REPOINT_OK;
    repoint_status unshared = rp_duck_instance_check(db->instance, error);
    if (unshared != REPOINT_OK)
        return unshared;
    gint64 until = g_get_monotonic_time() + db->busy_us;
    for (;;) {
        repoint_status status = check(db, error);
        if (status != REPOINT_OK)
            return status;
        gint64 now = g_get_monotonic_time();
        db->is_writing = rp_duck_instance_begin_writing(db->instance, db, MIN(now + WAIT_SLICE_US, until));
        if (db->is_writing)
            return REPOINT_OK;
        if (now >= until)
            return fail_busy(db, error);
    }
}

static void end_writing(duck_db *db)
{
    if (db->is_writing)
        rp_duck_instance_end_writing(db->instance, db);
    db->is_writing = false;
}

/* ---- statements ---- */

static repoint_status duck_execute(rp_db *base, const char *sql, const rp_db_value *values, size_t count,
                                   int64_t *ret_changed, repoint_error *error)
{
    duck_db *db = (duck_db *)base;
    duck_result result = {0};
    repoint_status status = begin_writing(db, error);
    if (status == REPOINT_OK)
        status = run_values(db, sql, values, count, &result, error);
    if (status == REPOINT_OK) {
        if (ret_changed != NULL)
            *ret_changed = (int64_t)db->duck->rows_changed(&result);
        db->duck->destroy_result(&result);
    }
    if (!db->in_transaction)
        end_writing(db);
    return status;
}

/* ---- inserting ---- */

static const char *list_type_name(rp_db_type type)
{
    static const char *const names[] = {
        [RP_DB_TEXT] = "VARCHAR[]", [RP_DB_INTEGER] = "BIGINT[]", [RP_DB_BOOLEAN] = "BOOLEAN[]"};
    return names[type];
}

/* INSERT INTO t (a, b) SELECT a, b FROM (SELECT unnest(?1::VARCHAR[]) AS a, ...) v WHERE NOT EXISTS (...) */
static char *insert_text(const rp_db *base, const rp_insert *into, const rp_db_value *values)
{
    g_auto(GStrv) columns = g_strsplit(into->columns, ", ", -1);
    g_autoptr(GString) lists = g_string_new(NULL);
    for (size_t i = 0; columns[i] != NULL; i++)
        g_string_append_printf(lists, "%sunnest(?%zu::%s) AS %s", i > 0 ? ", " : "", i + 1,
                               list_type_name(values[i].type), columns[i]);
    g_autofree char *absent = rp_duck_absent_text(base, into);
    return rp_sql(base, "INSERT INTO %n (%s) SELECT %s FROM (SELECT %s) v%s", into->schema, into->table,
                  into->columns, into->columns, lists->str, absent);
}

static repoint_status insert_rows(duck_db *db, const char *sql, const rp_db_value *values, size_t width,
                                  const GArray *taken, int64_t *ret_inserted, repoint_error *error)
{
    duck_result result = {0};
    g_autofree duck_value *columns = g_new(duck_value, width);
    for (size_t i = 0; i < width; i++)
        columns[i] = rp_duck_column_value(db->duck, values, width, i, taken);
    repoint_status status = run(db, sql, columns, width, false, &result, error);
    if (status != REPOINT_OK)
        return status;
    *ret_inserted += (int64_t)db->duck->rows_changed(&result);
    db->duck->destroy_result(&result);
    return REPOINT_OK;
}

static repoint_status duck_insert(rp_db *base, const rp_insert *into, const rp_db_value *values, size_t rows,
                                  int64_t *ret_inserted, repoint_error *error)
{
    duck_db *db = (duck_db *)base;
    size_t width = rp_insert_width(into);
    int64_t inserted = 0;
    g_autoptr(GHashTable) seen = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
    g_autofree char *sql = rows > 0 ? insert_text(base, into, values) : NULL;
    repoint_status status = begin_writing(db, error);
    for (size_t done = 0; done < rows && status == REPOINT_OK;) {
        size_t some = MIN(rows - done, ROWS_OF_AN_INSERT);
        g_autoptr(GArray) taken = rp_insert_distinct(into, values + done * width, width, some, seen);
        status = insert_rows(db, sql, values + done * width, width, taken, &inserted, error);
        done += some;
    }
    if (!db->in_transaction)
        end_writing(db);
    if (status == REPOINT_OK && ret_inserted != NULL)
        *ret_inserted = inserted;
    return status;
}

/* ---- rows ---- */

static bool is_known_type(int type)
{
    return (type >= DUCK_BOOLEAN && type <= DUCK_BIGINT) || type == DUCK_HUGEINT || type == DUCK_VARCHAR ||
           type == DUCK_SQLNULL;
}

static repoint_status duck_query(rp_db *base, const char *sql, const rp_db_value *values, size_t count,
                                 rp_rows **ret_rows, repoint_error *error)
{
    duck_db *db = (duck_db *)base;
    duck_result result = {0};
    repoint_status status = run_values(db, sql, values, count, &result, error);
    if (status != REPOINT_OK)
        return status;
    for (uint64_t i = 0; i < db->duck->column_count(&result); i++) {
        int type = db->duck->column_type(&result, i);
        if (is_known_type(type))
            continue;
        db->duck->destroy_result(&result);
        return rp_fail(error, REPOINT_FAILED, "cast it in the query",
                       "%s: column %" G_GUINT64_FORMAT " is of a type (%d) that repoint does not read",
                       db->instance->path, i + 1, type);
    }
    duck_rows *rows = g_new0(duck_rows, 1);
    rows->base.db = base;
    rows->result = result;
    g_queue_init(&rows->waiting);
    db->arriving = rows;
    rows->texts = g_string_chunk_new(256);
    *ret_rows = &rows->base;
    return REPOINT_OK;
}

static repoint_status duck_rows_next(rp_rows *base, bool *ret_has_row, repoint_error *error)
{
    duck_rows *rows = (duck_rows *)base;
    duck_db *db = (duck_db *)base->db;
    repoint_status status = check(db, error);
    if (status != REPOINT_OK)
        return status;
    g_string_chunk_clear(rows->texts);
    rows->row++;
    while (!rows->is_started || (rows->chunk != NULL && rows->row >= rows->size)) {
        rows->is_started = true;
        if (rows->chunk != NULL)
            db->duck->destroy_data_chunk(&rows->chunk);
        rows->chunk = g_queue_pop_head(&rows->waiting);
        if (rows->chunk == NULL && db->arriving == rows)
            rows->chunk = fetch(db);
        rows->size = rows->chunk != NULL ? db->duck->data_chunk_get_size(rows->chunk) : 0;
        rows->row = 0;
    }
    if (rows->chunk == NULL && rows->failure != NULL)
        return fail_duck(db, rows->failure, error);
    *ret_has_row = rows->chunk != NULL;
    return REPOINT_OK;
}

static rp_db_value text_at(const duck_rows *rows, const duck_string *text)
{
    bool is_inside = text->inside.size <= sizeof text->inside.bytes;
    const char *bytes = is_inside ? text->inside.bytes : text->outside.bytes;
    return rp_db_text_sized(g_string_chunk_insert_len(rows->texts, bytes, text->inside.size),
                            text->inside.size);
}

static rp_db_value duck_rows_value(const rp_rows *base, size_t column)
{
    const duck_rows *rows = (const duck_rows *)base;
    const duck_library *duck = ((const duck_db *)base->db)->duck;
    int type = duck->column_type((duck_result *)&rows->result, column);
    duck_vector vector = duck->data_chunk_get_vector(rows->chunk, column);
    const uint64_t *validity = duck->vector_get_validity(vector);
    const void *data = duck->vector_get_data(vector);
    uint64_t row = rows->row;
    if (type == DUCK_SQLNULL || (validity != NULL && (validity[row / 64] >> (row % 64) & 1) == 0))
        return rp_db_null(RP_DB_TEXT);
    switch (type) {
    case DUCK_BOOLEAN: return rp_db_boolean(((const bool *)data)[row]);
    case DUCK_TINYINT: return rp_db_integer(((const int8_t *)data)[row]);
    case DUCK_SMALLINT: return rp_db_integer(((const int16_t *)data)[row]);
    case DUCK_INTEGER: return rp_db_integer(((const int32_t *)data)[row]);
    case DUCK_BIGINT: return rp_db_integer(((const int64_t *)data)[row]);
    case DUCK_HUGEINT:
        return rp_db_integer(((const int64_t *)data)[2 * row]); /* its lower half comes first */
    default: return text_at(rows, (const duck_string *)data + row);
    }
}

static void duck_rows_close(rp_rows *base)
{
    duck_rows *rows = (duck_rows *)base;
    duck_db *db = (duck_db *)base->db;
    if (db->arriving == rows)
        db->arriving = NULL;
    if (rows->chunk != NULL)
        g_queue_push_tail(&rows->waiting, rows->chunk);
    for (duck_chunk chunk; (chunk = g_queue_pop_head(&rows->waiting)) != NULL;)
        db->duck->destroy_data_chunk(&chunk);
    db->duck->destroy_result(&rows->result);
    g_free(rows->failure);
    g_string_chunk_free(rows->texts);
    g_free(rows);
}

/* ---- transactions ---- */

static repoint_status duck_begin(rp_db *base, rp_db_mode mode, repoint_error *error)
{
    duck_db *db = (duck_db *)base;
    repoint_status status = mode == RP_DB_WRITE ? begin_writing(db, error) : REPOINT_OK;
    if (status == REPOINT_OK)
        status = run_text(db, "BEGIN TRANSACTION", false, error);
    db->in_transaction = status == REPOINT_OK;
    if (status != REPOINT_OK)
        end_writing(db);
    return status;
}

static void duck_rollback(rp_db *base)
{
    duck_db *db = (duck_db *)base;
    if (db->in_transaction)
        run_text(db, "ROLLBACK", true, NULL);
    db->in_transaction = false;
    end_writing(db);
}

static repoint_status duck_commit(rp_db *base, repoint_error *error)
{
    duck_db *db = (duck_db *)base;
    repoint_status status = check(db, error);
    if (status == REPOINT_OK)
        status = run_text(db, "COMMIT", true, error);
    if (status != REPOINT_OK) {
        duck_rollback(base);
        return status;
    }
    db->in_transaction = false;
    end_writing(db);
    return REPOINT_OK;
}

static void duck_interrupt(rp_db *base)
{
    atomic_store(&((duck_db *)base)->interrupted, true);
}

static void duck_break_off(rp_db *base)
{
    duck_db *db = (duck_db *)base;
    db->duck->interrupt(db->connection);
}

/* ---- the driver ---- */

static void duck_close(rp_db *base)
{
    duck_db *db = (duck_db *)base;
    if (db->connection != NULL) {
        duck_rollback(base);
        db->duck->disconnect(&db->connection);
    }
    if (db->instance != NULL)
        rp_duck_instance_give_back(db->instance);
    g_free(db->base.catalog);
    g_free(db);
}

/* DuckDB calls a file's catalog after the file. */
static repoint_status find_catalog(duck_db *db, repoint_error *error)
{
    g_autoptr(rp_rows) rows = NULL;
    bool has_row = false;
    repoint_status status = duck_query(&db->base, "SELECT current_database()", RP_NO_VALUES, &rows, error);
    if (status == REPOINT_OK)
        status = rp_rows_next(rows, &has_row, error);
    if (status == REPOINT_OK && has_row)
        db->base.catalog = g_strdup(rp_rows_text(rows, 0));
    return status;
}

static repoint_status duck_open(const char *target, const rp_db_options *options, rp_db **ret_db,
                                repoint_error *error)
{
    if (*target == '\0' || *target == ':')
        return rp_fail(error, REPOINT_INVALID, "write duckdb:PATH, such as duckdb:state.db",
                       "the database URL \"duckdb:%.20s\" names no file", target);
    if (strlen(target) >= PATH_MAX)
        return rp_fail(error, REPOINT_INVALID, NULL, "the path in the database URL is longer than %d bytes",
                       PATH_MAX);
    duck_db *db = g_new0(duck_db, 1);
    db->base.driver = &rp_duckdb_driver;
    db->busy_us = (gint64)(options->busy_seconds * G_USEC_PER_SEC);
    db->deadline_us = options->deadline_us;
    atomic_init(&db->interrupted, false);
    repoint_status status = rp_duck_instance_take(target, options, &db->instance, error);
    if (status == REPOINT_OK) {
        db->duck = db->instance->duck;
        if (db->duck->connect(db->instance->database, &db->connection) != DUCK_OK)
            status = rp_fail(error, REPOINT_FAILED, NULL, "%s: no connection can be made", target);
    }
    if (status == REPOINT_OK)
        status = find_catalog(db, error);
    if (status != REPOINT_OK) {
        duck_close(&db->base);
        return status;
    }
    *ret_db = &db->base;
    return REPOINT_OK;
}

/* (SELECT k[1] AS name, k[2] AS identifier FROM (SELECT unnest(?1::VARCHAR[][]) AS k)) */
static void duck_write_keys(const rp_db *db G_GNUC_UNUSED, GString *sql, unsigned parameter,
                            const char *columns)
{
    g_auto(GStrv) names = g_strsplit(columns, ", ", -1);
    g_string_append(sql, "(SELECT ");
    for (size_t i = 0; names[i] != NULL; i++)
        g_string_append_printf(sql, "%sk[%zu] AS %s", i > 0 ? ", " : "", i + 1, names[i]);
    g_string_append_printf(sql, " FROM (SELECT unnest(?%u::VARCHAR[][]) AS k))", parameter);
}

#define OBJECTS                                                                                              \
    "(SELECT schema_name, table_name AS name, 'table' AS type, CAST(NULL AS VARCHAR) AS definition"          \
    " FROM duckdb_tables() WHERE database_name = current_database() AND NOT internal"                        \
    " UNION ALL SELECT schema_name, view_name, 'view', sql FROM duckdb_views()"                              \
    " WHERE database_name = current_database() AND NOT internal)"

#define COLUMNS                                                                                              \
    "SELECT column_name, data_type FROM duckdb_columns() WHERE database_name = current_database()"           \
    " AND schema_name = COALESCE(?1, current_schema()) AND table_name = ?2 ORDER BY column_index"

const rp_db_driver rp_duckdb_driver = {
    .scheme = "duckdb",
    .capabilities = RP_DB_SCHEMAS | RP_DB_TRANSACTIONAL_DDL | RP_DB_CASELESS_NAMES | RP_DB_SQLMESH_ENGINE |
                    RP_DB_ATOMIC_VIEWS,
    .key_text_type = "TEXT",
    .large_text_type = "TEXT",
    .table_options = "",
    .clock = "epoch_ms(get_current_timestamp())",
    .objects_relation = OBJECTS,
    .unqualified = "o.schema_name = current_schema()",
    .columns_query = COLUMNS,
    .open = duck_open,
    .close = duck_close,
    .begin = duck_begin,
    .commit = duck_commit,
    .rollback = duck_rollback,
    .execute = duck_execute,
    .insert = duck_insert,
    .query = duck_query,
    .rows_next = duck_rows_next,
    .rows_value = duck_rows_value,
    .rows_close = duck_rows_close,
    .interrupt = duck_interrupt,
    .break_off = duck_break_off,
    .write_keys = duck_write_keys,
};
