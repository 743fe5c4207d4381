/* Reading on MariaDB. See reader.h. */
#include <mysql.h>
#include <stdlib.h>
#include <string.h>

#include "reader.h"

enum { COLUMNS = 2, MAX_RELEASE = 64 };

static bool fail(const char *sqlstate, unsigned number, const char *message, reader_fault *fault)
{
    g_strlcpy(fault->sqlstate, sqlstate, sizeof fault->sqlstate);
    g_snprintf(fault->message, sizeof fault->message, "%u %s", number, message);
    return false;
}

static bool fail_connection(MYSQL *connection, reader_fault *fault)
{
    return fail(mysql_sqlstate(connection), mysql_errno(connection), mysql_error(connection), fault);
}

static bool fail_statement(MYSQL_STMT *statement, reader_fault *fault)
{
    return fail(mysql_stmt_sqlstate(statement), mysql_stmt_errno(statement), mysql_stmt_error(statement),
                fault);
}

static MYSQL *connect_to(GUri *url, reader_fault *fault)
{
    MYSQL *connection = mysql_init(NULL);
    const char *query = g_uri_get_query(url), *path = g_uri_get_path(url), *socket = NULL;
    g_autoptr(GHashTable) parameters =
        g_uri_parse_params(query != NULL ? query : "", -1, "&", G_URI_PARAMS_NONE, NULL);
    if (parameters != NULL)
        socket = g_hash_table_lookup(parameters, "socket");
    unsigned port = g_uri_get_port(url) > 0 ? (unsigned)g_uri_get_port(url) : 0;
    mysql_options(connection, MYSQL_SET_CHARSET_NAME, "utf8mb4");
    if (mysql_real_connect(connection, g_uri_get_host(url), g_uri_get_user(url), g_uri_get_password(url),
                           *path == '/' ? path + 1 : path, port, socket, CLIENT_MULTI_STATEMENTS) != NULL)
        return connection;
    fail_connection(connection, fault);
    mysql_close(connection);
    return NULL;
}

static void *connect(const void *target, reader_fault *fault)
{
    g_autoptr(GUri) url = g_uri_parse(target, G_URI_FLAGS_HAS_PASSWORD, NULL);
    if (url != NULL)
        return connect_to(url, fault);
    fail("08001", 0, "not a URL", fault);
    return NULL;
}

static void disconnect(void *connection)
{
    mysql_close(connection);
}

static bool take_rows(MYSQL *connection, reader_observation *into, reader_fault *fault)
{
    MYSQL_RES *rows = mysql_store_result(connection);
    if (rows == NULL)
        return mysql_errno(connection) == 0 || fail_connection(connection, fault);
    for (MYSQL_ROW row; (row = mysql_fetch_row(rows)) != NULL && into != NULL;)
        reader_note(into, (unsigned)strtoul(row[0], NULL, 10), row[1]);
    mysql_free_result(rows);
    return true;
}

/* The text may be several statements. */
static bool query(void *connection, const char *sql, reader_observation *into, reader_fault *fault)
{
    if (mysql_query(connection, sql) != 0)
        return fail_connection(connection, fault);
    int next = 0;
    bool is_good = true;
    while (next == 0 && is_good) {
        is_good = take_rows(connection, into, fault);
        next = mysql_next_result(connection);
    }
    return is_good && (next < 0 || fail_connection(connection, fault));
}

static bool execute(void *connection, const char *sql, reader_fault *fault)
{
    return query(connection, sql, NULL, fault);
}

static void *prepare(void *connection, const char *sql, reader_fault *fault)
{
    MYSQL_STMT *statement = mysql_stmt_init(connection);
    if (mysql_stmt_prepare(statement, sql, strlen(sql)) == 0)
        return statement;
    fail_statement(statement, fault);
    mysql_stmt_close(statement);
    return NULL;
}

static bool fetch(MYSQL_STMT *statement, reader_observation *into, reader_fault *fault)
{
    uint32_t view = 0;
    char release[MAX_RELEASE];
    unsigned long size = 0;
    my_bool is_null = 0;
    MYSQL_BIND columns[COLUMNS] = {
        {.buffer_type = MYSQL_TYPE_LONG, .buffer = &view, .is_unsigned = 1},
        {.buffer_type = MYSQL_TYPE_STRING,
         .buffer = release,
         .buffer_length = sizeof release - 1,
         .length = &size,
         .is_null = &is_null},
    };
    int code = 1;
    if (mysql_stmt_bind_result(statement, columns) == 0 && mysql_stmt_store_result(statement) == 0) {
        while ((code = mysql_stmt_fetch(statement)) == 0) {
            release[MIN(size, sizeof release - 1)] = '\0';
            reader_note(into, view, is_null ? NULL : release);
        }
    }
    bool is_good = code == MYSQL_NO_DATA || fail_statement(statement, fault);
    mysql_stmt_free_result(statement);
    return is_good;
}

static bool query_prepared(void *connection G_GNUC_UNUSED, void *statement, reader_observation *into,
                           reader_fault *fault)
{
    if (mysql_stmt_execute(statement) != 0)
        return fail_statement(statement, fault);
    return fetch(statement, into, fault);
}

static void unprepare(void *connection G_GNUC_UNUSED, void *statement)
{
    mysql_stmt_close(statement);
}

const reader_database reader_mariadb = {
    .scheme = "mysql",
    .select = "SELECT %u, `release` FROM %s",
    .begin =
        {
            [READER_STATEMENT] = "",
            [READER_READ_COMMITTED] = "SET TRANSACTION ISOLATION LEVEL READ COMMITTED; START TRANSACTION",
            [READER_REPEATABLE_READ] = "SET TRANSACTION ISOLATION LEVEL REPEATABLE READ; START TRANSACTION",
            [READER_SERIALIZABLE] = "SET TRANSACTION ISOLATION LEVEL SERIALIZABLE; START TRANSACTION",
            [READER_SHARE_LOCK] = "START TRANSACTION",
            [READER_LOCK_TABLES] = "",
        },
    .snapshot = "START TRANSACTION WITH CONSISTENT SNAPSHOT",
    .connect = connect,
    .disconnect = disconnect,
    .execute = execute,
    .query = query,
    .prepare = prepare,
    .query_prepared = query_prepared,
    .unprepare = unprepare,
};
