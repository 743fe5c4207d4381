/*
 * The MariaDB and MySQL driver.
 *
 * Invariants:
 *   1. A write transaction reads what is committed (READ COMMITTED): without gap locks two writers that add
 *      different rows do not wait for one another. A read transaction sees one moment (REPEATABLE READ).
 *   2. Statements that commit implicitly are refused inside a transaction: nobody loses one unawares.
 *   3. Keys travel as one JSON document, read with JSON_TABLE, and are compared by the collation of the
 *      state's own columns (compare_keys_as): by another one their indexes are of no use. UPDATE and DELETE
 *      join with them (RP_DB_JOINED_WRITES): a subquery would read the document again for each row.
 *   4. Nothing has happened before the first statement of a transaction is answered: if the connection turns
 *      out to be dead until then, it is made anew, once.
 */
#include "db/mysql/mysql.h"

#include <stdio.h>
#include <string.h>

#include "db/db.h"
#include "db/mysql/dialect.h"
#include "db/mysql/session.h"
#include "db/mysql/text.h"
#include "db/sql.h"

#define INSERT_BYTES (1024 * 1024)
#define INSERT_ROWS  1000

typedef struct mysql_db {
    rp_db base;
    mysql_session session;
    bool in_transaction;
    char *collation; /* of key lists */
} mysql_db;

typedef struct mysql_rows {
    rp_rows base;
    MYSQL_RES *result;
    MYSQL_ROW row;
    unsigned long *sizes;
} mysql_rows;

/* ---- statements ---- */

static repoint_status fail_lost(const mysql_db *db, repoint_error *error)
{
    return rp_fail(error, REPOINT_UNREACHABLE, "nothing was changed; try again",
                   "the connection to %s is lost", db->session.target.name);
}

/* Runs a statement that may be given up. */
static repoint_status run(mysql_db *db, const char *sql, size_t size, MYSQL_RES **ret_result,
                          repoint_error *error)
{
    repoint_status status = rp_mysql_session_check(&db->session, error);
    if (status != REPOINT_OK)
        return status;
    if (db->session.mysql == NULL && db->in_transaction)
        return fail_lost(db, error);
    status = rp_mysql_session_ensure(&db->session, error);
    return status == REPOINT_OK ? rp_mysql_session_run(&db->session, sql, size, false, ret_result, error)
                                : status;
}

/* The same, once more on a new connection when the old one was dead: for what changes nothing. */
static repoint_status run_again(mysql_db *db, const char *sql, size_t size, MYSQL_RES **ret_result,
                                repoint_error *error)
{
    bool was_connected = db->session.mysql != NULL && !db->in_transaction;
    repoint_status status = run(db, sql, size, ret_result, error);
    return status == REPOINT_UNREACHABLE && was_connected ? run(db, sql, size, ret_result, error) : status;
}

static repoint_status mysql_driver_execute(rp_db *base, const char *sql, const rp_db_value *values,
                                           size_t count, int64_t *ret_changed, repoint_error *error)
{
    mysql_db *db = (mysql_db *)base;
    if (db->in_transaction && rp_mysql_commits_implicitly(sql))
        return rp_fail(error, REPOINT_FAILED, "run it outside of a transaction",
                       "on MariaDB \"%.40s...\" would commit the transaction", sql);
    g_autoptr(GString) text = rp_mysql_text(sql, values, count);
    repoint_status status = run(db, text->str, text->len, NULL, error);
    if (status == REPOINT_OK && ret_changed != NULL)
        *ret_changed = (int64_t)mysql_affected_rows(db->session.mysql);
    return status;
}

/* ---- inserting ---- */

/* "Records: 3  Duplicates: 1  Warnings: 0": how many rows are new. */
static int64_t inserted_rows(MYSQL *mysql)
{
    const char *information = mysql_info(mysql);
    long long records = 0, duplicates = 0;
    if (information == NULL ||
        sscanf(information, "Records: %lld  Duplicates: %lld", &records, &duplicates) != 2)
        return (int64_t)mysql_affected_rows(mysql);
    return records - duplicates;
}

/* A row that is there stays as it is: its key is set to what it is. INSERT IGNORE would ignore other errors
 * too. */
static void append_ending(const rp_db *base, GString *text, const rp_insert *into)
{
    if (into->key_size == 0)
        return;
    g_autofree char *first = g_strndup(into->columns, strcspn(into->columns, ","));
    g_autofree char *table = rp_sql(base, "%n", into->schema, into->table);
    g_string_append_printf(text, " ON DUPLICATE KEY UPDATE %s.%s = %s.%s", table, first, table, first);
}

/* Of one row the server tells how many are new only when they are selected. */
static GString *insert_text(const rp_db *base, const rp_insert *into, const rp_db_value *values, size_t rows,
                            size_t *ret_taken)
{
    size_t width = rp_insert_width(into), taken = 0;
    g_autofree char *head = rp_sql(base, "INSERT INTO %n (%s) ", into->schema, into->table, into->columns);
    GString *text = g_string_new(head);
    if (rows == 1) {
        gsize start = text->len;
        rp_mysql_append_row(text, values, width);
        text->str[start] = ' '; /* "(a, b)" becomes " a, b" */
        g_string_truncate(text, text->len - 1);
        g_string_insert(text, (gssize)start, "SELECT");
        taken = 1;
    }
    for (; taken < rows && taken < INSERT_ROWS && text->len < INSERT_BYTES; taken++) {
        g_string_append(text, taken == 0 ? "VALUES " : ", ");
        rp_mysql_append_row(text, values + taken * width, width);
    }
    append_ending(base, text, into);
    *ret_taken = taken;
    return text;
}

static repoint_status mysql_driver_insert(rp_db *base, const rp_insert *into, const rp_db_value *values,
                                          size_t rows, int64_t *ret_inserted, repoint_error *error)
{
    mysql_db *db = (mysql_db *)base;
    size_t width = rp_insert_width(into);
    int64_t inserted = 0;
    repoint_status status = REPOINT_OK;
    for (size_t done = 0; done < rows && status == REPOINT_OK;) {
        size_t taken = 0;
        g_autoptr(GString) text = insert_text(base, into, values + done * width, rows - done, &taken);
        status = run(db, text->str, text->len, NULL, error);
        if (status == REPOINT_OK)
            inserted += inserted_rows(db->session.mysql);
        done += taken;
    }
    if (status == REPOINT_OK && ret_inserted != NULL)
        *ret_inserted = inserted;
    return status;
}

/* ---- rows ---- */

static repoint_status mysql_driver_query(rp_db *base, const char *sql, const rp_db_value *values,
                                         size_t count, rp_rows **ret_rows, repoint_error *error)
{
    mysql_db *db = (mysql_db *)base;
    MYSQL_RES *result = NULL;
    g_autoptr(GString) text = rp_mysql_text(sql, values, count);
    repoint_status status = run_again(db, text->str, text->len, &result, error);
    if (status != REPOINT_OK)
        return status;
    mysql_rows *rows = g_new0(mysql_rows, 1);
    rows->base.db = base;
    rows->result = result;
    *ret_rows = &rows->base;
    return REPOINT_OK;
}

static repoint_status mysql_rows_next(rp_rows *base, bool *ret_has_row, repoint_error *error)
{
    mysql_rows *rows = (mysql_rows *)base;
    repoint_status status = rp_mysql_session_check(&((mysql_db *)base->db)->session, error);
    if (status != REPOINT_OK)
        return status;
    rows->row = rows->result != NULL ? mysql_fetch_row(rows->result) : NULL;
    rows->sizes = rows->row != NULL ? mysql_fetch_lengths(rows->result) : NULL;
    *ret_has_row = rows->row != NULL;
    return REPOINT_OK;
}

static rp_db_value mysql_rows_value(const rp_rows *base, size_t column)
{
    const mysql_rows *rows = (const mysql_rows *)base;
    if (rows->row == NULL || rows->row[column] == NULL)
        return rp_db_null(RP_DB_TEXT);
    const char *text = rows->row[column];
    const MYSQL_FIELD *field = mysql_fetch_field_direct(rows->result, (unsigned)column);
    switch (field->type) {
    case MYSQL_TYPE_TINY:
    case MYSQL_TYPE_SHORT:
    case MYSQL_TYPE_INT24:
    case MYSQL_TYPE_LONG:
    case MYSQL_TYPE_LONGLONG: return rp_db_integer(g_ascii_strtoll(text, NULL, 10));
    case MYSQL_TYPE_NEWDECIMAL: /* what SUM() makes of integers */
        if (field->decimals == 0)
            return rp_db_integer(g_ascii_strtoll(text, NULL, 10));
        break;
    default: break;
    }
    return rp_db_text_sized(text, rows->sizes[column]);
}

static void mysql_rows_close(rp_rows *base)
{
    mysql_free_result(((mysql_rows *)base)->result); /* NULL is allowed */
    g_free(base);
}

/* ---- transactions ---- */

static repoint_status run_text(mysql_db *db, const char *sql, repoint_error *error)
{
    return run_again(db, sql, strlen(sql), NULL, error);
}

static repoint_status mysql_driver_begin(rp_db *base, rp_db_mode mode, repoint_error *error)
{
    mysql_db *db = (mysql_db *)base;
    repoint_status status = REPOINT_OK;
    if (mode == RP_DB_READ)
        status = run_text(db, "SET TRANSACTION ISOLATION LEVEL REPEATABLE READ", error);
    if (status == REPOINT_OK)
        status = run_text(db,
                          mode == RP_DB_READ ? "START TRANSACTION WITH CONSISTENT SNAPSHOT, READ ONLY"
                                             : "START TRANSACTION READ WRITE",
                          error);
    db->in_transaction = status == REPOINT_OK;
    return status;
}

static void mysql_driver_rollback(rp_db *base)
{
    mysql_db *db = (mysql_db *)base;
    static const char sql[] = "ROLLBACK";
    if (db->in_transaction && db->session.mysql != NULL)
        rp_mysql_session_run(&db->session, sql, strlen(sql), true, NULL, NULL);
    db->in_transaction = false;
}

static repoint_status mysql_driver_commit(rp_db *base, repoint_error *error)
{
    mysql_db *db = (mysql_db *)base;
    static const char sql[] = "COMMIT";
    repoint_status status = rp_mysql_session_check(&db->session, error);
    if (status == REPOINT_OK && db->session.mysql == NULL)
        status = fail_lost(db, error);
    if (status != REPOINT_OK) {
        mysql_driver_rollback(base);
        return status;
    }
    status = rp_mysql_session_run(&db->session, sql, strlen(sql), true, NULL, error);
    db->in_transaction = false;
    if (status == REPOINT_UNREACHABLE)
        return rp_fail(error, REPOINT_OUTCOME_UNKNOWN, "look whether the change is there before trying again",
                       "the connection to %s was lost during the commit", db->session.target.name);
    return status;
}

static void mysql_driver_interrupt(rp_db *base)
{
    rp_mysql_session_interrupt(&((mysql_db *)base)->session);
}

/* ---- keys ---- */

static repoint_status mysql_compare_keys_as(rp_db *base, const char *schema, const char *table,
                                            const char *column, repoint_error *error)
{
    return rp_mysql_read_collation(base, schema, table, column, &((mysql_db *)base)->collation, error);
}

static void mysql_write_keys(const rp_db *base, GString *sql, unsigned parameter, const char *columns)
{
    rp_mysql_keys_text(sql, parameter, columns, ((const mysql_db *)base)->collation);
}

/* ---- the driver ---- */

static void mysql_driver_close(rp_db *base)
{
    mysql_db *db = (mysql_db *)base;
    rp_mysql_session_close(&db->session); /* which rolls back */
    g_free(db->collation);
    g_free(db);
}

static repoint_status open_target(const rp_db_driver *driver, const char *target,
                                  const rp_db_options *options, rp_db **ret_db, repoint_error *error)
{
    mysql_db *db = g_new0(mysql_db, 1);
    db->base.driver = driver;
    db->session.wake_fd = -1;
    db->collation = g_strdup(RP_MYSQL_COLLATION);
    repoint_status status = rp_mysql_target_parse(driver->scheme, target, &db->session.target, error);
    if (status == REPOINT_OK)
        status = rp_mysql_session_open(&db->session, options, error);
    if (status != REPOINT_OK) {
        mysql_driver_close(&db->base);
        return status;
    }
    *ret_db = &db->base;
    return REPOINT_OK;
}

static repoint_status mysql_driver_open(const char *target, const rp_db_options *options, rp_db **ret_db,
                                        repoint_error *error)
{
    return open_target(&rp_mysql_driver, target, options, ret_db, error);
}

static repoint_status mariadb_driver_open(const char *target, const rp_db_options *options, rp_db **ret_db,
                                          repoint_error *error)
{
    return open_target(&rp_mariadb_driver, target, options, ret_db, error);
}

#define OBJECTS                                                                                              \
    "(SELECT t.table_schema AS schema_name, t.table_name AS name,"                                           \
    " CASE WHEN t.table_type LIKE '%VIEW' THEN 'view' ELSE 'table' END AS type, v.view_definition AS "       \
    "definition"                                                                                             \
    " FROM information_schema.tables t LEFT JOIN information_schema.views v"                                 \
    " ON v.table_schema = t.table_schema AND v.table_name = t.table_name"                                    \
    " WHERE t.table_schema NOT IN ('information_schema', 'mysql', 'performance_schema', 'sys'))"

#define COLUMNS                                                                                              \
    "SELECT column_name, column_type FROM information_schema.columns"                                        \
    " WHERE table_schema = COALESCE(?1, DATABASE()) AND table_name = ?2 ORDER BY ordinal_position"

#define MYSQL_SLOTS                                                                                          \
    .capabilities = RP_DB_SCHEMAS | RP_DB_KEYS | RP_DB_ROW_LOCKS | RP_DB_SQLMESH_ENGINE |                    \
                    RP_DB_INNER_INDEXES | RP_DB_JOINED_WRITES,                                               \
    .key_text_type = "VARCHAR(250)", .large_text_type = "LONGTEXT",                                          \
    .table_options = " ENGINE=InnoDB CHARACTER SET utf8mb4 COLLATE utf8mb4_bin",                             \
    .clock = "CAST(UNIX_TIMESTAMP(SYSDATE(3)) * 1000 AS SIGNED)", .identity = "USER()",                      \
    .objects_relation = OBJECTS, .unqualified = "o.schema_name = DATABASE()", .columns_query = COLUMNS,      \
    .close = mysql_driver_close, .begin = mysql_driver_begin, .commit = mysql_driver_commit,                 \
    .rollback = mysql_driver_rollback, .execute = mysql_driver_execute, .insert = mysql_driver_insert,       \
    .compare_keys_as = mysql_compare_keys_as, .query = mysql_driver_query, .rows_next = mysql_rows_next,     \
    .rows_value = mysql_rows_value, .rows_close = mysql_rows_close, .interrupt = mysql_driver_interrupt,     \
    .write_keys = mysql_write_keys

const rp_db_driver rp_mysql_driver = {.scheme = "mysql", .open = mysql_driver_open, MYSQL_SLOTS};
const rp_db_driver rp_mariadb_driver = {.scheme = "mariadb", .open = mariadb_driver_open, MYSQL_SLOTS};
