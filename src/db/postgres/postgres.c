/*
 * The PostgreSQL driver.
 *
 *     IDLE ──begin──▶ BEGINNING ──first statement──▶ OPEN ──commit, rollback──▶ IDLE
 *       ▲                 │                                                      │
 *       └─────────────────┴────────────── nothing was sent ◀─────────────────────┘
 *
 * Invariants:
 *   1. Statements have parameters and no names, and every setting is local to its transaction: a pooler that
 *      gives each transaction another server connection changes nothing.
 *   2. BEGIN and the settings travel with the first statement: a transaction costs one round trip for each
 *      statement and one for the commit.
 *   3. Nothing has happened before the first answer of a transaction. If the connection turns out to be dead
 *      until then, it is made anew and the statement sent again, once. After that a lost connection means
 *      that the transaction is rolled back; during the commit it means that nobody knows.
 *   4. At most one open query's rows are still arriving; before anything else is sent they are taken into
 *      memory.
 *   5. Statements of a pipeline whose answers are not here yet come last of what was sent: everything that
 *      has an answer to wait for reads theirs first. A commit is sent when all of them are good.
 */
#include "db/postgres/postgres.h"

#include <stdlib.h>
#include <string.h>

#include "db/db.h"
#include "db/postgres/dialect.h"
#include "db/postgres/message.h"
#include "db/postgres/wire.h"
#include "db/sql.h"

#define ROWS_OF_AN_INSERT 5000
#define MAX_UNANSWERED    8

typedef enum pg_phase { PG_IDLE, PG_BEGINNING, PG_OPEN } pg_phase;

typedef struct pg_rows pg_rows;

typedef struct pg_db {
    rp_db base;
    pg_connection connection;
    pg_phase phase;
    rp_db_mode mode;
    bool pipelined;    /* for the rest of the transaction */
    pg_rows *arriving; /* NULL: no rows are under way */
    char has_lz4;      /* rp_pg_compress() */
} pg_db;

struct pg_rows {
    rp_rows base;
    GQueue waiting; /* of PGresult: rows that are here but not asked for yet; a failure may be the last */
    PGresult *current;
};

/* ---- beginning ---- */

static const char *begin_text(rp_db_mode mode)
{
    return mode == RP_DB_READ ? RP_PG_BEGIN_READ : RP_PG_BEGIN_WRITE;
}

static pg_wire *settings_wire(const pg_db *db)
{
    g_autofree char *sql = rp_pg_settings_text(db->connection.busy_us, db->connection.deadline_us);
    return rp_pg_wire_new(sql, NULL, 0);
}

/* Queues what has to come before the first statement of a transaction; how many statements it is. */
static bool queue_beginning(pg_db *db, size_t *ret_count)
{
    *ret_count = 0;
    if (db->phase != PG_BEGINNING)
        return true;
    g_autoptr(pg_wire) begin = rp_pg_wire_new(begin_text(db->mode), NULL, 0);
    g_autoptr(pg_wire) settings = settings_wire(db);
    *ret_count = 2;
    return rp_pg_wire_send(begin, db->connection.libpq) && rp_pg_wire_send(settings, db->connection.libpq);
}

/* ---- rows under way ---- */

/* The rows are all here, or never will be. */
static void rows_arrived(pg_db *db)
{
    db->arriving = NULL;
}

/* Takes one result of the query under way. *ret_more: it was a row, and there may be others. */
static repoint_status take_result(pg_db *db, pg_rows *rows, bool *ret_more, repoint_error *error)
{
    PGresult *result = NULL;
    *ret_more = false;
    repoint_status status = rp_pg_next_result(&db->connection, PG_STATEMENT, &result, error);
    if (status != REPOINT_OK) {
        rows_arrived(db);
        return status;
    }
    if (PQresultStatus(result) == PGRES_SINGLE_TUPLE) {
        g_queue_push_tail(&rows->waiting, result);
        *ret_more = true;
        return REPOINT_OK;
    }
    rows_arrived(db);
    if (rp_pg_is_failure(result))
        return rp_pg_fail_message(&db->connection, result, PG_STATEMENT, error);
    PQclear(result);
    rp_pg_skip_to_sync(&db->connection, PG_STATEMENT);
    return REPOINT_OK;
}

/* Takes all rows under way into memory, so that something else can be sent. */
static repoint_status take_arriving(pg_db *db, repoint_error *error)
{
    repoint_status status = REPOINT_OK;
    bool more = true;
    while (db->arriving != NULL && more && status == REPOINT_OK)
        status = take_result(db, db->arriving, &more, error);
    return status;
}

/* Reads everything that is under way, so that the next answer is that of what is sent next. */
static repoint_status settle(pg_db *db, pg_patience patience, repoint_error *error)
{
    repoint_status status = take_arriving(db, error);
    return status == REPOINT_OK ? rp_pg_answer(&db->connection, 0, patience, error) : status;
}

/* ---- statements ---- */

/* Sends the statements, and reads what comes before the results of the last one. */
static repoint_status send_once(pg_db *db, pg_wire *const *wires, size_t count, repoint_error *error)
{
    if (db->phase == PG_OPEN && rp_pg_is_lost(&db->connection))
        return rp_fail(error, REPOINT_UNREACHABLE, "nothing was changed; try again",
                       "the connection to %s is lost", db->connection.name);
    repoint_status status = rp_pg_ensure(&db->connection, error);
    if (status != REPOINT_OK)
        return status;
    size_t before = 0;
    bool queued = queue_beginning(db, &before);
    for (size_t i = 0; i < count && queued; i++)
        queued = rp_pg_wire_send(wires[i], db->connection.libpq);
    if (!queued) {
        rp_pg_drop(&db->connection);
        return rp_fail(error, REPOINT_UNREACHABLE, "try again", "%s: the statement cannot be sent",
                       db->connection.name);
    }
    if (db->phase == PG_BEGINNING)
        db->phase = PG_OPEN;
    status = rp_pg_flush(&db->connection, PG_STATEMENT, error);
    return status == REPOINT_OK
               ? rp_pg_skip_statements(&db->connection, before + count - 1, PG_STATEMENT, error)
               : status;
}

typedef struct pg_call {
    pg_wire *const *wires;
    size_t count;
    bool reads_only;
} pg_call;

/* Sends the statements and gives the first result of the last one; invariant 3. */
static repoint_status send_call(pg_db *db, const pg_call *call, PGresult **ret_result, repoint_error *error)
{
    repoint_status status = rp_pg_check(&db->connection, error);
    if (status == REPOINT_OK)
        status = settle(db, PG_STATEMENT, error);
    if (status != REPOINT_OK)
        return status;
    pg_phase phase = db->phase;
    bool may_repeat = phase == PG_BEGINNING || (phase == PG_IDLE && call->reads_only);
    for (int attempt = 1;; attempt++) {
        bool was_lost = rp_pg_is_lost(&db->connection);
        status = send_once(db, call->wires, call->count, error);
        if (status == REPOINT_OK && call->reads_only)
            PQsetSingleRowMode(db->connection.libpq);
        if (status == REPOINT_OK)
            status = rp_pg_first_result(&db->connection, PG_STATEMENT, ret_result, error);
        if (status != REPOINT_UNREACHABLE || !may_repeat || was_lost || attempt == 2)
            return status;
        rp_pg_drop(&db->connection);
        db->phase = phase;
    }
}

static int64_t changed_rows(PGresult *result)
{
    return g_ascii_strtoll(PQcmdTuples(result), NULL, 10); /* "" for statements that change none */
}

/* Runs statements of which the last one's changed rows count. */
static repoint_status run(pg_db *db, pg_wire *const *wires, size_t count, int64_t *ret_changed,
                          repoint_error *error)
{
    pg_call call = {wires, count, false};
    PGresult *result = NULL;
    repoint_status status = send_call(db, &call, &result, error);
    if (status != REPOINT_OK)
        return status;
    if (ret_changed != NULL)
        *ret_changed = changed_rows(result);
    PQclear(result);
    rp_pg_skip_to_sync(&db->connection, PG_STATEMENT);
    return REPOINT_OK;
}

/* Whether a statement's answer may be left for later: the first one of a transaction may have to be repeated.
 */
static bool may_go_on(const pg_db *db)
{
    return db->pipelined && db->phase == PG_OPEN;
}

/* Sends a statement and leaves its answer for later; of many such the oldest is waited for. */
static repoint_status send_unanswered(pg_db *db, pg_wire *wire, repoint_error *error)
{
    repoint_status status = rp_pg_check(&db->connection, error);
    if (status == REPOINT_OK)
        status = take_arriving(db, error);
    if (status == REPOINT_OK)
        status = rp_pg_answer(&db->connection, MAX_UNANSWERED - 1, PG_STATEMENT, error);
    return status == REPOINT_OK ? send_once(db, &wire, 1, error) : status;
}

static repoint_status run_one(pg_db *db, pg_wire *wire, int64_t *ret_changed, repoint_error *error)
{
    return may_go_on(db) && ret_changed == NULL ? send_unanswered(db, wire, error)
                                                : run(db, &wire, 1, ret_changed, error);
}

static repoint_status pg_execute(rp_db *base, const char *sql, const rp_db_value *values, size_t count,
                                 int64_t *ret_changed, repoint_error *error)
{
    g_autoptr(pg_wire) wire = rp_pg_wire_new(sql, values, count);
    return run_one((pg_db *)base, wire, ret_changed, error);
}

static repoint_status pg_execute_all(rp_db *base, const char *const *statements, size_t count,
                                     repoint_error *error)
{
    g_autoptr(GPtrArray) wires = g_ptr_array_new_with_free_func((GDestroyNotify)rp_pg_wire_free);
    for (size_t i = 0; i < count; i++)
        g_ptr_array_add(wires, rp_pg_wire_new(statements[i], NULL, 0));
    return run((pg_db *)base, (pg_wire *const *)wires->pdata, wires->len, NULL, error);
}

static repoint_status pg_insert(rp_db *base, const rp_insert *into, const rp_db_value *values, size_t rows,
                                int64_t *ret_inserted, repoint_error *error)
{
    size_t width = rp_insert_width(into);
    int64_t total = 0;
    repoint_status status = REPOINT_OK;
    for (size_t done = 0; done < rows && status == REPOINT_OK;) {
        size_t some = MIN(rows - done, ROWS_OF_AN_INSERT);
        int64_t inserted = 0;
        g_autoptr(pg_wire) wire = rp_pg_wire_insert(base, into, values + done * width, some);
        status = run_one((pg_db *)base, wire, ret_inserted != NULL ? &inserted : NULL, error);
        total += inserted;
        done += some;
    }
    if (status == REPOINT_OK && ret_inserted != NULL)
        *ret_inserted = total;
    return status;
}

/* ---- rows ---- */

static void pg_rows_close(rp_rows *base)
{
    pg_rows *rows = (pg_rows *)base;
    pg_db *db = (pg_db *)base->db;
    if (db->arriving == rows) {
        rp_pg_skip_to_sync(&db->connection, PG_STATEMENT);
        rows_arrived(db);
    }
    g_queue_clear_full(&rows->waiting, (GDestroyNotify)PQclear);
    PQclear(rows->current);
    g_free(rows);
}

static pg_rows *rows_new(pg_db *db)
{
    pg_rows *rows = g_new0(pg_rows, 1);
    rows->base.db = &db->base;
    g_queue_init(&rows->waiting);
    return rows;
}

static repoint_status query_unanswered(pg_db *db, pg_wire *wire, rp_rows **ret_rows, repoint_error *error)
{
    repoint_status status = rp_pg_check(&db->connection, error);
    if (status == REPOINT_OK)
        status = settle(db, PG_STATEMENT, error);
    if (status == REPOINT_OK)
        status = send_once(db, &wire, 1, error);
    if (status != REPOINT_OK)
        return status;
    PQsetSingleRowMode(db->connection.libpq);
    db->arriving = rows_new(db);
    *ret_rows = &db->arriving->base;
    return REPOINT_OK;
}

static repoint_status pg_query(rp_db *base, const char *sql, const rp_db_value *values, size_t count,
                               rp_rows **ret_rows, repoint_error *error)
{
    pg_db *db = (pg_db *)base;
    g_autoptr(pg_wire) wire = rp_pg_wire_new(sql, values, count);
    if (may_go_on(db))
        return query_unanswered(db, wire, ret_rows, error);
    pg_call call = {&wire, 1, true};
    PGresult *first = NULL;
    repoint_status status = send_call(db, &call, &first, error);
    if (status != REPOINT_OK)
        return status;
    pg_rows *rows = rows_new(db);
    if (PQresultStatus(first) == PGRES_SINGLE_TUPLE) {
        g_queue_push_tail(&rows->waiting, first);
        db->arriving = rows;
    } else { /* no rows */
        PQclear(first);
        rp_pg_skip_to_sync(&db->connection, PG_STATEMENT);
    }
    *ret_rows = &rows->base;
    return REPOINT_OK;
}

static repoint_status pg_rows_next(rp_rows *base, bool *ret_has_row, repoint_error *error)
{
    pg_rows *rows = (pg_rows *)base;
    pg_db *db = (pg_db *)base->db;
    bool more = false;
    repoint_status status = rp_pg_check(&db->connection, error);
    if (status == REPOINT_OK && g_queue_is_empty(&rows->waiting) && db->arriving == rows)
        status = take_result(db, rows, &more, error);
    if (status != REPOINT_OK)
        return status;
    g_clear_pointer(&rows->current, PQclear);
    rows->current = g_queue_pop_head(&rows->waiting);
    *ret_has_row = rows->current != NULL;
    return REPOINT_OK;
}

static rp_db_value pg_rows_value(const rp_rows *base, size_t column)
{
    const PGresult *row = ((const pg_rows *)base)->current;
    if (row == NULL || PQgetisnull(row, 0, (int)column))
        return rp_db_null(RP_DB_TEXT);
    const char *text = PQgetvalue(row, 0, (int)column);
    switch (PQftype(row, (int)column)) {
    case PG_BOOL: return rp_db_boolean(*text == 't');
    case PG_INT2:
    case PG_INT4:
    case PG_INT8:
    case PG_OID: return rp_db_integer(g_ascii_strtoll(text, NULL, 10));
    case PG_NUMERIC: /* what SUM() makes of integers */
        if (strchr(text, '.') == NULL)
            return rp_db_integer(g_ascii_strtoll(text, NULL, 10));
        break;
    default: break;
    }
    return rp_db_text_sized(text, (size_t)PQgetlength(row, 0, (int)column));
}

/* ---- transactions ---- */

static repoint_status pg_begin(rp_db *base, rp_db_mode mode, repoint_error *error)
{
    pg_db *db = (pg_db *)base;
    repoint_status status = rp_pg_check(&db->connection, error);
    if (status == REPOINT_OK)
        status = take_arriving(db, error);
    if (status != REPOINT_OK)
        return status;
    db->phase = PG_BEGINNING;
    db->mode = mode;
    db->pipelined = false;
    return REPOINT_OK;
}

/* Sends COMMIT or ROLLBACK and waits for the answer. */
static repoint_status end_transaction(pg_db *db, const char *sql, pg_patience patience, PGresult **ret_result,
                                      repoint_error *error)
{
    g_autoptr(pg_wire) wire = rp_pg_wire_new(sql, NULL, 0);
    if (rp_pg_is_lost(&db->connection) || !rp_pg_wire_send(wire, db->connection.libpq))
        return rp_fail(error, REPOINT_UNREACHABLE, NULL, "the connection is lost");
    repoint_status status = rp_pg_flush(&db->connection, patience, error);
    return status == REPOINT_OK ? rp_pg_first_result(&db->connection, patience, ret_result, error) : status;
}

static void pg_rollback(rp_db *base)
{
    pg_db *db = (pg_db *)base;
    pg_phase phase = db->phase;
    db->phase = PG_IDLE;
    if (phase != PG_OPEN || rp_pg_is_lost(&db->connection))
        return;
    PGresult *result = NULL;
    repoint_status status = settle(db, PG_CLEAN_UP, NULL);
    if (status == REPOINT_OK || !rp_pg_is_lost(&db->connection))
        status = end_transaction(db, "ROLLBACK", PG_CLEAN_UP, &result, NULL);
    if (status == REPOINT_OK) {
        PQclear(result);
        rp_pg_skip_to_sync(&db->connection, PG_CLEAN_UP);
    } else {
        rp_pg_drop(&db->connection);
    }
}

/* The server rolled back: COMMIT of a transaction in which a statement had failed. */
static repoint_status fail_rolled_back(pg_db *db, repoint_error *error)
{
    return rp_fail(error, REPOINT_FAILED, NULL, "%s rolled the transaction back", db->connection.name);
}

static repoint_status pg_commit(rp_db *base, repoint_error *error)
{
    pg_db *db = (pg_db *)base;
    repoint_status status = rp_pg_check(&db->connection, error);
    if (status == REPOINT_OK && db->phase == PG_OPEN)
        status = settle(db, PG_STATEMENT, error);
    if (status == REPOINT_OK && db->phase == PG_OPEN && rp_pg_is_lost(&db->connection))
        status = rp_fail(error, REPOINT_UNREACHABLE, "nothing was changed; try again",
                         "the connection to %s is lost", db->connection.name);
    if (status != REPOINT_OK || db->phase != PG_OPEN) {
        pg_rollback(base);
        return status;
    }
    PGresult *result = NULL;
    status = end_transaction(db, "COMMIT", PG_COMMIT, &result, error);
    db->phase = PG_IDLE;
    if (status != REPOINT_OK) {
        if (!rp_pg_is_lost(&db->connection)) /* the server answered: it refused */
            return status;
        return rp_fail(error, REPOINT_OUTCOME_UNKNOWN, "look whether the change is there before trying again",
                       "the connection to %s was lost during the commit", db->connection.name);
    }
    bool is_committed = strcmp(PQcmdStatus(result), "COMMIT") == 0;
    PQclear(result);
    rp_pg_skip_to_sync(&db->connection, PG_COMMIT);
    return is_committed ? REPOINT_OK : fail_rolled_back(db, error);
}

static void pg_pipeline(rp_db *base)
{
    pg_db *db = (pg_db *)base;
    db->pipelined = db->phase != PG_IDLE;
}

static void pg_interrupt(rp_db *base)
{
    rp_pg_interrupt(&((pg_db *)base)->connection);
}

/* ---- locks and storage ---- */

static pg_wire *lock_timeout_wire(gint64 microseconds)
{
    g_autofree char *sql = rp_pg_lock_timeout_text(microseconds);
    return rp_pg_wire_new(sql, NULL, 0);
}

static repoint_status pg_lock_table(rp_db *base, const char *schema, const char *table, rp_db_lock lock,
                                    repoint_error *error)
{
    pg_db *db = (pg_db *)base;
    g_autofree char *sql = rp_pg_lock_text(base, schema, table, lock);
    g_autoptr(pg_wire) short_wait = lock_timeout_wire(MIN(RP_PG_TABLE_LOCK_WAIT_US, db->connection.busy_us));
    g_autoptr(pg_wire) lock_table = rp_pg_wire_new(sql, NULL, 0);
    g_autoptr(pg_wire) long_wait = lock_timeout_wire(db->connection.busy_us);
    pg_wire *const wires[] = {short_wait, lock_table, long_wait};
    return run(db, wires, G_N_ELEMENTS(wires), NULL, error);
}

static repoint_status pg_compress_column(rp_db *base, const char *schema, const char *table,
                                         const char *column, repoint_error *error)
{
    return rp_pg_compress(base, schema, table, column, &((pg_db *)base)->has_lz4, error);
}

/* ---- the driver ---- */

static void pg_close(rp_db *base)
{
    pg_db *db = (pg_db *)base;
    pg_rollback(base);
    rp_pg_close(&db->connection);
    g_free(db);
}

static repoint_status open_url(const rp_db_driver *driver, const char *target, const rp_db_options *options,
                               rp_db **ret_db, repoint_error *error)
{
    pg_db *db = g_new0(pg_db, 1);
    db->base.driver = driver;
    g_autofree char *url = g_strconcat("postgresql:", target, NULL);
    repoint_status status = rp_pg_open(url, options, &db->connection, error);
    if (status != REPOINT_OK) {
        pg_close(&db->base);
        return status;
    }
    *ret_db = &db->base;
    return REPOINT_OK;
}

static repoint_status postgresql_open(const char *target, const rp_db_options *options, rp_db **ret_db,
                                      repoint_error *error)
{
    return open_url(&rp_postgresql_driver, target, options, ret_db, error);
}

static repoint_status postgres_open(const char *target, const rp_db_options *options, rp_db **ret_db,
                                    repoint_error *error)
{
    return open_url(&rp_postgres_driver, target, options, ret_db, error);
}

/* What a view reads: its rule depends on it. Not the view's text: pg_get_viewdef() waits for whoever has the
 * view locked, and fails when it is dropped meanwhile, and here every view of the database is looked at. */
#define READS                                                                                                \
    "(SELECT pg_catalog.string_agg(t.relname, ' ') FROM pg_catalog.pg_rewrite r"                             \
    " JOIN pg_catalog.pg_depend d ON d.objid = r.oid"                                                        \
    " AND d.classid = 'pg_catalog.pg_rewrite'::pg_catalog.regclass"                                          \
    " AND d.refclassid = 'pg_catalog.pg_class'::pg_catalog.regclass"                                         \
    " JOIN pg_catalog.pg_class t ON t.oid = d.refobjid WHERE r.ev_class = c.oid AND t.oid <> c.oid)"

#define OBJECTS                                                                                              \
    "(SELECT n.nspname AS schema_name, c.relname AS name,"                                                   \
    " CASE c.relkind WHEN 'v' THEN 'view' WHEN 'm' THEN 'materialized view' ELSE 'table' END AS type,"       \
    " CASE WHEN c.relkind IN ('v', 'm') THEN " READS " END AS definition"                                    \
    " FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace"                   \
    " WHERE c.relkind IN ('r', 'p', 'f', 'v', 'm') AND n.nspname !~ '^pg_'"                                  \
    " AND n.nspname <> 'information_schema')"

#define COLUMNS                                                                                              \
    "SELECT a.attname, pg_catalog.format_type(a.atttypid, a.atttypmod) FROM pg_catalog.pg_attribute a"       \
    " JOIN pg_catalog.pg_class c ON c.oid = a.attrelid"                                                      \
    " JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace"                                              \
    " WHERE n.nspname = COALESCE(?1, current_schema()) AND c.relname = ?2 AND a.attnum > 0"                  \
    " AND NOT a.attisdropped ORDER BY a.attnum"

#define POSTGRES_SLOTS                                                                                       \
    .capabilities = RP_DB_SCHEMAS | RP_DB_KEYS | RP_DB_TRANSACTIONAL_DDL | RP_DB_ROW_LOCKS |                 \
                    RP_DB_SQLMESH_ENGINE | RP_DB_ATOMIC_VIEWS | RP_DB_SAVEPOINTS | RP_DB_DELETING_QUERIES,   \
    .clock = "(EXTRACT(EPOCH FROM clock_timestamp()) * 1000)::BIGINT", .identity = "session_user",           \
    .key_text_type = "TEXT", .large_text_type = "TEXT", .table_options = "", .objects_relation = OBJECTS,    \
    .unqualified = "o.schema_name = ANY (current_schemas(FALSE))", .columns_query = COLUMNS,                 \
    .close = pg_close, .begin = pg_begin, .commit = pg_commit, .rollback = pg_rollback,                      \
    .execute = pg_execute, .execute_all = pg_execute_all, .insert = pg_insert, .pipeline = pg_pipeline,      \
    .lock_table = pg_lock_table, .compress_column = pg_compress_column, .query = pg_query,                   \
    .rows_next = pg_rows_next, .rows_value = pg_rows_value, .rows_close = pg_rows_close,                     \
    .interrupt = pg_interrupt, .write_keys = rp_pg_write_keys

const rp_db_driver rp_postgresql_driver = {.scheme = "postgresql", .open = postgresql_open, POSTGRES_SLOTS};
const rp_db_driver rp_postgres_driver = {.scheme = "postgres", .open = postgres_open, POSTGRES_SLOTS};
