/* See given.h. */
#include "given.h"

#include <string.h>

#include "db/external/external.h"

typedef struct given_rows {
    sqlite3_stmt *statement;
    repoint_value *values;
    size_t columns;
} given_rows;

/* ---- breaking ---- */

static repoint_status say(const given *of, repoint_status status, const char *message,
                          repoint_driver_error *error)
{
    return of->gives_no_reason ? status : repoint_driver_fail(error, status, 0, NULL, message);
}

static repoint_status fail_sqlite(const given *of, int code, repoint_driver_error *error)
{
    return of->gives_no_reason
               ? REPOINT_FAILED
               : repoint_driver_fail(error, REPOINT_FAILED, code, NULL, sqlite3_errmsg(of->sqlite));
}

static void lose(given *of)
{
    of->is_lost = true;
    if (!sqlite3_get_autocommit(of->sqlite))
        sqlite3_exec(of->sqlite, "ROLLBACK", NULL, NULL, NULL);
}

/* Before the call takes effect. */
static repoint_status before(given *of, const char *statement, repoint_driver_error *error)
{
    rp_fault *fault = of->fault;
    bool breaks = fault != NULL && ++fault->count == fault->at && fault->kind != RP_FAULT_NONE;
    if (breaks) {
        fault->statement = g_strdup(statement);
        fault->at_commit = strcmp(statement, "COMMIT") == 0;
        if (fault->kind == RP_FAULT_ERROR_BEFORE)
            return say(of, REPOINT_FAILED, "it breaks on purpose", error);
        if (fault->kind == RP_FAULT_DROP_BEFORE)
            lose(of);
    }
    return of->is_lost ? say(of, REPOINT_UNREACHABLE, "the connection broke on purpose", error) : REPOINT_OK;
}

static repoint_status after(given *of, repoint_driver_error *error)
{
    const rp_fault *fault = of->fault;
    if (fault == NULL || fault->count != fault->at || fault->kind != RP_FAULT_DROP_AFTER)
        return REPOINT_OK;
    lose(of);
    return say(of, REPOINT_UNREACHABLE, "the connection broke on purpose", error);
}

/* ---- statements ---- */

/* SQLite has every placeholder but %s. */
static char *own_placeholders(const given *of, const char *sql, size_t count)
{
    if (of->placeholder != REPOINT_PERCENT_S || count == 0)
        return g_strdup(sql);
    GString *text = g_string_new(NULL);
    for (; *sql != '\0'; sql++) {
        if (*sql != '%') {
            g_string_append_c(text, *sql);
            continue;
        }
        sql++;
        assert_true(*sql == 's' || *sql == '%');
        g_string_append_c(text, *sql == 's' ? '?' : '%');
    }
    return g_string_free(text, FALSE);
}

/* Which value a parameter of SQLite's takes: its number, or its place. */
static size_t value_of(sqlite3_stmt *statement, int parameter)
{
    const char *name = sqlite3_bind_parameter_name(statement, parameter);
    return name != NULL ? (size_t)g_ascii_strtoull(name + 1, NULL, 10) - 1 : (size_t)parameter - 1;
}

static void bind(sqlite3_stmt *statement, const repoint_value *values, size_t count)
{
    for (int parameter = 1; parameter <= sqlite3_bind_parameter_count(statement); parameter++) {
        size_t index = value_of(statement, parameter);
        assert_true(index < count);
        const repoint_value *value = &values[index];
        switch (value->type) {
        case REPOINT_NULL: sqlite3_bind_null(statement, parameter); break;
        case REPOINT_TEXT:
            sqlite3_bind_text64(statement, parameter, value->text, value->size, SQLITE_TRANSIENT,
                                SQLITE_UTF8);
            break;
        case REPOINT_INTEGER:
        case REPOINT_BOOLEAN: sqlite3_bind_int64(statement, parameter, value->integer); break;
        }
    }
}

static repoint_status prepare(const given *of, const char *sql, const repoint_value *values, size_t count,
                              sqlite3_stmt **ret_statement, repoint_driver_error *error)
{
    g_autofree char *text = own_placeholders(of, sql, count);
    int code = sqlite3_prepare_v2(of->sqlite, text, -1, ret_statement, NULL);
    if (code != SQLITE_OK)
        return fail_sqlite(of, code, error);
    bind(*ret_statement, values, count);
    return REPOINT_OK;
}

static repoint_status run(const given *of, const char *sql, const repoint_value *values, size_t count,
                          int64_t *ret_changed, repoint_driver_error *error)
{
    sqlite3_stmt *statement = NULL;
    repoint_status status = prepare(of, sql, values, count, &statement, error);
    if (status != REPOINT_OK)
        return status;
    int code;
    do
        code = sqlite3_step(statement);
    while (code == SQLITE_ROW);
    if (code != SQLITE_DONE)
        status = fail_sqlite(of, code, error);
    else if (ret_changed != NULL)
        *ret_changed = sqlite3_changes64(of->sqlite);
    sqlite3_finalize(statement);
    return status;
}

static repoint_status given_execute(void *connection, const char *sql, const repoint_value *values,
                                    size_t count, int64_t *ret_changed, repoint_driver_error *error)
{
    repoint_status status = before(connection, sql, error);
    if (status == REPOINT_OK)
        status = run(connection, sql, values, count, ret_changed, error);
    return status == REPOINT_OK ? after(connection, error) : status;
}

/* ---- rows ---- */

static void given_rows_close(void *connection, void *context)
{
    given_rows *rows = context;
    (void)connection;
    sqlite3_finalize(rows->statement);
    g_free(rows->values);
    g_free(rows);
}

static repoint_status given_query(void *connection, const char *sql, const repoint_value *values,
                                  size_t count, void **ret_rows, size_t *ret_columns,
                                  repoint_driver_error *error)
{
    sqlite3_stmt *statement = NULL;
    repoint_status status = before(connection, sql, error);
    if (status == REPOINT_OK)
        status = prepare(connection, sql, values, count, &statement, error);
    if (status == REPOINT_OK)
        status = after(connection, error);
    if (status != REPOINT_OK) {
        sqlite3_finalize(statement);
        return status;
    }
    given_rows *rows = g_new0(given_rows, 1);
    rows->statement = statement;
    rows->columns = (size_t)sqlite3_column_count(statement);
    rows->values = g_new0(repoint_value, rows->columns + 1);
    *ret_rows = rows;
    *ret_columns = rows->columns;
    return REPOINT_OK;
}

static repoint_value column_of(sqlite3_stmt *statement, int column)
{
    switch (sqlite3_column_type(statement, column)) {
    case SQLITE_NULL: return (repoint_value){.type = REPOINT_NULL};
    case SQLITE_INTEGER:
        return (repoint_value){.type = REPOINT_INTEGER, .integer = sqlite3_column_int64(statement, column)};
    default: {
        const char *text = (const char *)sqlite3_column_text(statement, column);
        return (repoint_value){
            .type = REPOINT_TEXT, .text = text, .size = (size_t)sqlite3_column_bytes(statement, column)};
    }
    }
}

static repoint_status given_rows_next(void *connection, void *context, const repoint_value **ret_values,
                                      repoint_driver_error *error)
{
    const given_rows *rows = context;
    repoint_status status = before(connection, "rows_next", error);
    if (status != REPOINT_OK)
        return status;
    int code = sqlite3_step(rows->statement);
    if (code != SQLITE_ROW && code != SQLITE_DONE)
        return fail_sqlite(connection, code, error);
    status = after(connection, error);
    if (status != REPOINT_OK)
        return status;
    for (size_t i = 0; i < rows->columns && code == SQLITE_ROW; i++)
        rows->values[i] = column_of(rows->statement, (int)i);
    *ret_values = code == SQLITE_ROW ? rows->values : NULL;
    return REPOINT_OK;
}

/* ---- transactions ---- */

static repoint_status given_begin(void *connection, const char *sql, repoint_driver_error *error)
{
    return given_execute(connection, sql, NULL, 0, NULL, error);
}

static repoint_status given_commit(void *connection, repoint_driver_error *error)
{
    return given_execute(connection, "COMMIT", NULL, 0, NULL, error);
}

static void given_rollback(void *connection)
{
    const given *of = connection;
    if (!of->is_lost && !sqlite3_get_autocommit(of->sqlite))
        sqlite3_exec(of->sqlite, "ROLLBACK", NULL, NULL, NULL);
}

static void given_interrupt(void *connection)
{
    sqlite3_interrupt(((given *)connection)->sqlite);
}

static void given_close(void *connection)
{
    given *of = connection;
    if (of->closed != NULL)
        ++*of->closed;
    sqlite3_close(of->sqlite);
    g_free(of);
}

const repoint_driver given_driver = {
    .version = REPOINT_DRIVER_VERSION,
    .dialect = "sqlite",
    .placeholder = REPOINT_QUESTION_MARK,
    .name = "the shop's connection",
    .execute = given_execute,
    .query = given_query,
    .rows_next = given_rows_next,
    .rows_close = given_rows_close,
    .begin = given_begin,
    .commit = given_commit,
    .rollback = given_rollback,
    .interrupt = given_interrupt,
    .close = given_close,
};

/* ---- connecting ---- */

given *given_connect(const char *path, repoint_placeholder placeholder)
{
    given *of = g_new0(given, 1);
    of->placeholder = placeholder;
    assert_int_equal(sqlite3_open(path, &of->sqlite), SQLITE_OK);
    sqlite3_busy_timeout(of->sqlite, 1);
    sqlite3_exec(of->sqlite, "PRAGMA journal_mode = WAL; PRAGMA temp_store = MEMORY", NULL, NULL, NULL);
    return of;
}

repoint_driver given_table(repoint_placeholder placeholder)
{
    repoint_driver table = given_driver;
    table.placeholder = placeholder;
    return table;
}

repoint_status given_open(given *connection, const rp_db_options *options, rp_db **ret_db,
                          repoint_error *error)
{
    repoint_driver table = given_table(connection->placeholder);
    return rp_external_open(&table, connection, options, ret_db, error);
}
