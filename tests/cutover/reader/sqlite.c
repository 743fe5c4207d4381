/* Reading on SQLite. See reader.h. */
#include <sqlite3.h>
#include <string.h>

#include "reader.h"

enum { BUSY_MS = 5000 }; /* as most clients have it */

static bool fail(sqlite3 *connection, reader_fault *fault)
{
    g_snprintf(fault->sqlstate, sizeof fault->sqlstate, "%d", sqlite3_extended_errcode(connection));
    g_strlcpy(fault->message, sqlite3_errmsg(connection), sizeof fault->message);
    return false;
}

static void *connect(const void *target, reader_fault *fault)
{
    sqlite3 *connection = NULL;
    const char *path = (const char *)target + strlen("sqlite:");
    if (sqlite3_open_v2(path, &connection, SQLITE_OPEN_READWRITE, NULL) == SQLITE_OK) {
        sqlite3_busy_timeout(connection, BUSY_MS);
        return connection;
    }
    fail(connection, fault);
    sqlite3_close(connection);
    return NULL;
}

static void disconnect(void *connection)
{
    sqlite3_close(connection);
}

static bool run(sqlite3 *connection, sqlite3_stmt *statement, reader_observation *into, reader_fault *fault)
{
    int code;
    while ((code = sqlite3_step(statement)) == SQLITE_ROW && into != NULL)
        reader_note(into, (unsigned)sqlite3_column_int(statement, 0),
                    (const char *)sqlite3_column_text(statement, 1));
    bool is_good = code == SQLITE_DONE || code == SQLITE_ROW || fail(connection, fault);
    sqlite3_reset(statement);
    return is_good;
}

static void *prepare(void *connection, const char *sql, reader_fault *fault)
{
    sqlite3_stmt *statement = NULL;
    if (sqlite3_prepare_v2(connection, sql, -1, &statement, NULL) != SQLITE_OK)
        fail(connection, fault);
    return statement;
}

static bool query(void *connection, const char *sql, reader_observation *into, reader_fault *fault)
{
    sqlite3_stmt *statement = prepare(connection, sql, fault);
    if (statement == NULL)
        return false;
    bool is_good = run(connection, statement, into, fault);
    sqlite3_finalize(statement);
    return is_good;
}

static bool execute(void *connection, const char *sql, reader_fault *fault)
{
    return query(connection, sql, NULL, fault);
}

static bool query_prepared(void *connection, void *statement, reader_observation *into, reader_fault *fault)
{
    return run(connection, statement, into, fault);
}

static void unprepare(void *connection G_GNUC_UNUSED, void *statement)
{
    sqlite3_finalize(statement);
}

const reader_database reader_sqlite = {
    .scheme = "sqlite",
    .select = "SELECT %u, release FROM %s",
    .begin = {[READER_STATEMENT] = "", [READER_REPEATABLE_READ] = "BEGIN"},
    .snapshot = "SELECT count(*) FROM sqlite_master",
    .connect = connect,
    .disconnect = disconnect,
    .execute = execute,
    .query = query,
    .prepare = prepare,
    .query_prepared = query_prepared,
    .unprepare = unprepare,
};
