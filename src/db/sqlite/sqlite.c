/*
 * The SQLite driver.
 *
 * A file is read as it is found, and put into WAL mode by the first write transaction: in WAL a reader keeps
 * its moment of the database and never waits, and a writer never waits for readers. Every write transaction
 * begins with BEGIN IMMEDIATE, so that it cannot discover half way that somebody else writes. synchronous is
 * FULL: what commit() reports is on the disk. Sorting stays in memory, where no full disk can meet it.
 *
 * Waiting (for a lock) and long statements look at the deadline and at the interrupt flag; a commit does not,
 * so that its outcome is always known.
 */
#include "db/sqlite/sqlite.h"

#include <errno.h>
#include <limits.h>
#include <sqlite3.h>
#include <stdatomic.h>
#include <string.h>

#include "db/sql.h"
#include "db/sqlite/dialect.h"
#include "db/sqlite/keys.h"

#define STEPS_BETWEEN_CHECKS 1000 /* of SQLite's virtual machine */
#define LOCK_RETRY_US        (G_USEC_PER_SEC / 100)

typedef struct sqlite_db {
    rp_db base;
    sqlite3 *connection;
    char *name;             /* for messages: the path, or "memory" */
    GHashTable *statements; /* SQL text -> idle sqlite3_stmt */
    gint64 busy_us;
    gint64 deadline_us; /* 0: none */
    gint64 waiting_since_us;
    atomic_bool interrupted;
    bool committing;
    bool is_wal; /* it is known to be in WAL mode, or needs none */
} sqlite_db;

typedef struct sqlite_rows {
    rp_rows base;
    sqlite3_stmt *statement;
    char *sql;
} sqlite_rows;

/* ---- errors ---- */

static bool is_past_deadline(const sqlite_db *db)
{
    return db->deadline_us != 0 && g_get_monotonic_time() > db->deadline_us;
}

/* SQLite's result code for what just failed on this connection, as ours. */
static repoint_status fail_sqlite(sqlite_db *db, int code, repoint_error *error)
{
    switch (code & 0xff) {
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
        if (atomic_load(&db->interrupted))
            break;
        if (is_past_deadline(db))
            return rp_fail(error, REPOINT_TIMEOUT, NULL,
                           "the time limit passed while waiting for the lock of %s", db->name);
        return rp_sqlite_fail(db->name, code, NULL, error);
    case SQLITE_INTERRUPT:
        if (is_past_deadline(db) && !atomic_load(&db->interrupted))
            return rp_fail(error, REPOINT_TIMEOUT, NULL, "the time limit passed");
        break;
    default: return rp_sqlite_fail(db->name, code, sqlite3_errmsg(db->connection), error);
    }
    return rp_fail(error, REPOINT_INTERRUPTED, NULL, "interrupted");
}

/* What SQLite asks every STEPS_BETWEEN_CHECKS steps: not zero ends the statement. */
static int check_progress(void *context)
{
    sqlite_db *db = context;
    return !db->committing && (atomic_load(&db->interrupted) || is_past_deadline(db));
}

/* What SQLite asks when somebody holds a lock: zero gives up. */
static int wait_for_lock(void *context, int tries)
{
    sqlite_db *db = context;
    gint64 now = g_get_monotonic_time();
    if (tries == 0)
        db->waiting_since_us = now;
    if (check_progress(db) || now - db->waiting_since_us >= db->busy_us)
        return 0;
    g_usleep(LOCK_RETRY_US);
    return 1;
}

/* ---- statements ---- */

static void finalize_statement(gpointer statement)
{
    sqlite3_finalize(statement);
}

/* Takes the statement out of the cache, or prepares it. */
static repoint_status take_statement(sqlite_db *db, const char *sql, sqlite3_stmt **ret_statement,
                                     repoint_error *error)
{
    gpointer key, value;
    if (g_hash_table_steal_extended(db->statements, sql, &key, &value)) {
        g_free(key);
        *ret_statement = value;
        return REPOINT_OK;
    }
    int code = sqlite3_prepare_v3(db->connection, sql, -1, SQLITE_PREPARE_PERSISTENT, ret_statement, NULL);
    return code == SQLITE_OK ? REPOINT_OK : fail_sqlite(db, code, error);
}

static void give_statement_back(sqlite_db *db, const char *sql, sqlite3_stmt *statement)
{
    sqlite3_reset(statement);
    sqlite3_clear_bindings(statement);
    g_hash_table_insert(db->statements, g_strdup(sql), statement);
}

/* `copies`: the value is looked at after the call that gives it has returned. */
static int bind_value(sqlite3_stmt *statement, int parameter, const rp_db_value *value, bool copies)
{
    if (value->is_null)
        return sqlite3_bind_null(statement, parameter);
    switch (value->type) {
    case RP_DB_INTEGER: return sqlite3_bind_int64(statement, parameter, value->integer);
    case RP_DB_BOOLEAN: return sqlite3_bind_int64(statement, parameter, value->boolean);
    case RP_DB_TEXT:
        return sqlite3_bind_text64(statement, parameter, value->text.bytes, value->text.size,
                                   copies ? SQLITE_TRANSIENT : SQLITE_STATIC, SQLITE_UTF8);
    case RP_DB_KEY_LIST: return rp_sqlite_keys_bind(statement, parameter, value->keys, copies);
    }
    return SQLITE_MISUSE;
}

static repoint_status bind_values(sqlite_db *db, sqlite3_stmt *statement, const rp_db_value *values,
                                  size_t count, bool copies, repoint_error *error)
{
    for (size_t i = 0; i < count; i++) {
        int code = bind_value(statement, (int)i + 1, &values[i], copies);
        if (code != SQLITE_OK)
            return fail_sqlite(db, code, error);
    }
    return REPOINT_OK;
}

static repoint_status step_to_end(sqlite_db *db, sqlite3_stmt *statement, repoint_error *error)
{
    if (check_progress(db)) /* SQLite asks only during long statements */
        return fail_sqlite(db, SQLITE_INTERRUPT, error);
    int code;
    do
        code = sqlite3_step(statement);
    while (code == SQLITE_ROW);
    return code == SQLITE_DONE ? REPOINT_OK : fail_sqlite(db, code, error);
}

/* Runs a statement for `rows` lists of `width` values. */
static repoint_status execute_rows(sqlite_db *db, const char *sql, const rp_db_value *values, size_t width,
                                   size_t rows, int64_t *ret_changed, repoint_error *error)
{
    sqlite3_stmt *statement = NULL;
    repoint_status status = take_statement(db, sql, &statement, error);
    if (status != REPOINT_OK)
        return status;

    int64_t changed = 0;
    for (size_t row = 0; row < rows && status == REPOINT_OK; row++) {
        status = bind_values(db, statement, values + row * width, width, false, error);
        if (status == REPOINT_OK)
            status = step_to_end(db, statement, error);
        if (status == REPOINT_OK)
            changed += sqlite3_changes64(db->connection);
        sqlite3_reset(statement);
    }
    give_statement_back(db, sql, statement);
    if (status == REPOINT_OK && ret_changed != NULL)
        *ret_changed = changed;
    return status;
}

static repoint_status sqlite_execute(rp_db *base, const char *sql, const rp_db_value *values, size_t count,
                                     int64_t *ret_changed, repoint_error *error)
{
    return execute_rows((sqlite_db *)base, sql, values, count, 1, ret_changed, error);
}

static repoint_status sqlite_insert(rp_db *base, const rp_insert *into, const rp_db_value *values,
                                    size_t rows, int64_t *ret_inserted, repoint_error *error)
{
    g_autofree char *sql = rp_sql_insert(base, into, 1, into->key_size > 0 ? "ON CONFLICT DO NOTHING" : "");
    return execute_rows((sqlite_db *)base, sql, values, rp_insert_width(into), rows, ret_inserted, error);
}

static repoint_status sqlite_query(rp_db *base, const char *sql, const rp_db_value *values, size_t count,
                                   rp_rows **ret_rows, repoint_error *error)
{
    sqlite_db *db = (sqlite_db *)base;
    sqlite3_stmt *statement = NULL;
    repoint_status status = take_statement(db, sql, &statement, error);
    if (status != REPOINT_OK)
        return status;
    status = bind_values(db, statement, values, count, true, error);
    if (status != REPOINT_OK) {
        give_statement_back(db, sql, statement);
        return status;
    }
    sqlite_rows *rows = g_new0(sqlite_rows, 1);
    rows->base.db = base;
    rows->statement = statement;
    rows->sql = g_strdup(sql);
    *ret_rows = &rows->base;
    return REPOINT_OK;
}

static repoint_status sqlite_rows_next(rp_rows *base, bool *ret_has_row, repoint_error *error)
{
    sqlite_db *db = (sqlite_db *)base->db;
    if (check_progress(db))
        return fail_sqlite(db, SQLITE_INTERRUPT, error);
    int code = sqlite3_step(((sqlite_rows *)base)->statement);
    if (code != SQLITE_ROW && code != SQLITE_DONE)
        return fail_sqlite(db, code, error);
    *ret_has_row = code == SQLITE_ROW;
    return REPOINT_OK;
}

static rp_db_value sqlite_rows_value(const rp_rows *base, size_t column)
{
    sqlite3_stmt *statement = ((const sqlite_rows *)base)->statement;
    switch (sqlite3_column_type(statement, (int)column)) {
    case SQLITE_NULL: return rp_db_null(RP_DB_TEXT);
    case SQLITE_INTEGER: return rp_db_integer(sqlite3_column_int64(statement, (int)column));
    default: {
        const char *text = (const char *)sqlite3_column_text(statement, (int)column);
        return rp_db_text_sized(text, (size_t)sqlite3_column_bytes(statement, (int)column));
    }
    }
}

static void sqlite_rows_close(rp_rows *base)
{
    sqlite_rows *rows = (sqlite_rows *)base;
    give_statement_back((sqlite_db *)base->db, rows->sql, rows->statement);
    g_free(rows->sql);
    g_free(rows);
}

/* ---- transactions ---- */

/* The file becomes a WAL database for good. Fails when somebody holds it in another mode. */
static repoint_status ensure_wal(sqlite_db *db, repoint_error *error)
{
    if (db->is_wal)
        return REPOINT_OK;
    sqlite3_stmt *statement = NULL;
    int code = sqlite3_prepare_v2(db->connection, "PRAGMA journal_mode = WAL", -1, &statement, NULL);
    if (code == SQLITE_OK)
        code = sqlite3_step(statement);
    db->is_wal = code == SQLITE_ROW;
    repoint_status status = db->is_wal ? REPOINT_OK : fail_sqlite(db, code, error);
    sqlite3_finalize(statement);
    return status;
}

static repoint_status sqlite_begin(rp_db *base, rp_db_mode mode, repoint_error *error)
{
    sqlite_db *db = (sqlite_db *)base;
    if (mode == RP_DB_READ)
        return sqlite_execute(base, "BEGIN", NULL, 0, NULL, error);
    repoint_status status = ensure_wal(db, error);
    if (status != REPOINT_OK)
        return status;
    return sqlite_execute(base, "BEGIN IMMEDIATE", NULL, 0, NULL, error);
}

static void sqlite_rollback(rp_db *base)
{
    sqlite_db *db = (sqlite_db *)base;
    if (sqlite3_get_autocommit(db->connection))
        return;
    db->committing = true; /* neither a deadline nor an interrupt may stop it */
    sqlite_execute(base, "ROLLBACK", NULL, 0, NULL, NULL);
    db->committing = false;
}

static repoint_status sqlite_commit(rp_db *base, repoint_error *error)
{
    sqlite_db *db = (sqlite_db *)base;
    if (check_progress(db)) {
        sqlite_rollback(base);
        return fail_sqlite(db, SQLITE_INTERRUPT, error);
    }
    db->committing = true;
    repoint_status status = sqlite_execute(base, "COMMIT", NULL, 0, NULL, error);
    db->committing = false;
    if (status == REPOINT_OK)
        return status;
    if (sqlite3_get_autocommit(db->connection)) /* it is over, and not by us: SQLite rolled back by itself */
        return status;
    sqlite_rollback(base);
    return status;
}

static void sqlite_interrupt(rp_db *base)
{
    atomic_store(&((sqlite_db *)base)->interrupted, true);
}

static void sqlite_proceed(rp_db *base)
{
    atomic_store(&((sqlite_db *)base)->interrupted, false);
}

/* ---- connecting ---- */

static void sqlite_close(rp_db *base)
{
    sqlite_db *db = (sqlite_db *)base;
    if (db->connection != NULL)
        sqlite_rollback(base);
    g_hash_table_unref(db->statements);
    sqlite3_close(db->connection);
    g_free(db->name);
    g_free(db);
}

static repoint_status connect_file(sqlite_db *db, const char *path, int flags, repoint_error *error)
{
    int code = sqlite3_open_v2(path, &db->connection, flags, NULL);
    if (code != SQLITE_OK)
        return fail_sqlite(db, code, error);
    sqlite3_extended_result_codes(db->connection, 1);
    sqlite3_busy_handler(db->connection, wait_for_lock, db);
    sqlite3_progress_handler(db->connection, STEPS_BETWEEN_CHECKS, check_progress, db);
    /* A file is not trusted to call functions from its schema, nor to hold deviant ones. */
    sqlite3_db_config(db->connection, SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0, NULL);
    code = rp_sqlite_keys_register(db->connection);
    if (code == SQLITE_OK)
        code = sqlite3_exec(db->connection, "PRAGMA synchronous = FULL; PRAGMA temp_store = MEMORY", NULL,
                            NULL, NULL);
    return code == SQLITE_OK ? REPOINT_OK : fail_sqlite(db, code, error);
}

static repoint_status open_path(const rp_db_driver *driver, const char *path, const char *name, int flags,
                                const rp_db_options *options, rp_db **ret_db, repoint_error *error)
{
    sqlite_db *db = g_new0(sqlite_db, 1);
    db->base.driver = driver;
    db->name = g_strdup(name);
    db->statements = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, finalize_statement);
    db->busy_us = (gint64)(options->busy_seconds * G_USEC_PER_SEC);
    db->deadline_us = options->deadline_us;
    db->is_wal = driver == &rp_memory_driver;
    atomic_init(&db->interrupted, false);

    repoint_status status = connect_file(db, path, flags, error);
    if (status != REPOINT_OK) {
        sqlite_close(&db->base);
        return status;
    }
    *ret_db = &db->base;
    return REPOINT_OK;
}

static repoint_status sqlite_open(const char *target, const rp_db_options *options, rp_db **ret_db,
                                  repoint_error *error)
{
    if (*target == '\0')
        return rp_fail(error, REPOINT_INVALID, "write sqlite:PATH, such as sqlite:repoint.db",
                       "the database URL \"sqlite:\" names no file");
    if (strlen(target) >= PATH_MAX)
        return rp_fail(error, REPOINT_INVALID, NULL, "the path in the database URL is longer than %d bytes",
                       PATH_MAX);
    bool exists = g_file_test(target, G_FILE_TEST_EXISTS);
    if (!exists && !options->create)
        return rp_fail(error, REPOINT_UNREACHABLE, "create a state store there with \"repoint init\"",
                       "there is no file %s", target);
    if (g_file_test(target, G_FILE_TEST_IS_DIR))
        return rp_fail(error, REPOINT_NOT_A_STORE, NULL, "%s is a folder, not a database", target);
    int flags = SQLITE_OPEN_READWRITE | (options->create ? SQLITE_OPEN_CREATE : 0);
    return open_path(&rp_sqlite_driver, target, target, flags, options, ret_db, error);
}

static repoint_status memory_open(const char *target, const rp_db_options *options, rp_db **ret_db,
                                  repoint_error *error)
{
    if (*target != '\0')
        return rp_fail(error, REPOINT_INVALID, NULL, "\"memory:\" takes no path");
    return open_path(&rp_memory_driver, ":memory:", "memory", SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE,
                     options, ret_db, error);
}

#define SQLITE_SLOTS                                                                                         \
    .capabilities = RP_DB_KEYS | RP_DB_TRANSACTIONAL_DDL | RP_DB_CASELESS_NAMES | RP_DB_ATOMIC_VIEWS,        \
    .key_text_type = "TEXT", .large_text_type = "TEXT", .table_options = "",                                 \
    .clock = "CAST((julianday('now') - 2440587.5) * 86400000 AS INTEGER)",                                   \
    .objects_relation = "(SELECT NULL AS schema_name, name, type, sql AS definition FROM sqlite_master"      \
                        " WHERE type IN ('table', 'view'))",                                                 \
    .unqualified = "TRUE",                                                                                   \
    .columns_query = "SELECT name, type FROM pragma_table_info(?2) WHERE ?1 IS NULL ORDER BY cid",           \
    .close = sqlite_close, .begin = sqlite_begin, .commit = sqlite_commit, .rollback = sqlite_rollback,      \
    .execute = sqlite_execute, .insert = sqlite_insert, .query = sqlite_query,                               \
    .rows_next = sqlite_rows_next, .rows_value = sqlite_rows_value, .rows_close = sqlite_rows_close,         \
    .interrupt = sqlite_interrupt, .proceed = sqlite_proceed, .write_keys = rp_sqlite_keys_write

const rp_db_driver rp_sqlite_driver = {.scheme = "sqlite", .open = sqlite_open, SQLITE_SLOTS};
const rp_db_driver rp_memory_driver = {.scheme = "memory", .open = memory_open, SQLITE_SLOTS};
