/* Reading on PostgreSQL. See reader.h. */
#include <libpq-fe.h>
#include <stdlib.h>

#include "reader.h"

static bool fail(const PGconn *connection, const PGresult *result, reader_fault *fault)
{
    const char *sqlstate = result != NULL ? PQresultErrorField(result, PG_DIAG_SQLSTATE) : NULL;
    g_strlcpy(fault->sqlstate, sqlstate != NULL ? sqlstate : "08000", sizeof fault->sqlstate);
    g_strlcpy(fault->message, PQerrorMessage(connection), sizeof fault->message);
    return false;
}

static void *connect(const void *target, reader_fault *fault)
{
    PGconn *connection = PQconnectdb(target);
    if (PQstatus(connection) == CONNECTION_OK)
        return connection;
    fail(connection, NULL, fault);
    PQfinish(connection);
    return NULL;
}

static void disconnect(void *connection)
{
    PQfinish(connection);
}

/* Takes the result. */
static bool take(PGconn *connection, PGresult *result, reader_observation *into, reader_fault *fault)
{
    ExecStatusType status = PQresultStatus(result);
    bool is_good = status == PGRES_TUPLES_OK || status == PGRES_COMMAND_OK;
    if (!is_good)
        fail(connection, result, fault);
    for (int i = 0; is_good && into != NULL && i < PQntuples(result); i++)
        reader_note(into, (unsigned)strtoul(PQgetvalue(result, i, 0), NULL, 10),
                    PQgetisnull(result, i, 1) ? NULL : PQgetvalue(result, i, 1));
    PQclear(result);
    return is_good;
}

static bool execute(void *connection, const char *sql, reader_fault *fault)
{
    return take(connection, PQexec(connection, sql), NULL, fault);
}

static bool query(void *connection, const char *sql, reader_observation *into, reader_fault *fault)
{
    return take(connection, PQexec(connection, sql), into, fault);
}

static void *prepare(void *connection, const char *sql, reader_fault *fault)
{
    static unsigned number;
    g_autofree char *name = g_strdup_printf("reading_%u", number++);
    if (!take(connection, PQprepare(connection, name, sql, 0, NULL), NULL, fault))
        return NULL;
    return g_steal_pointer(&name);
}

static bool query_prepared(void *connection, void *statement, reader_observation *into, reader_fault *fault)
{
    return take(connection, PQexecPrepared(connection, statement, 0, NULL, NULL, NULL, 0), into, fault);
}

static void unprepare(void *connection G_GNUC_UNUSED, void *statement)
{
    g_free(statement); /* the server's goes with the connection */
}

const reader_database reader_postgres = {
    .scheme = "postgresql",
    .select = "SELECT %u, release FROM %s",
    .begin =
        {
            [READER_STATEMENT] = "",
            [READER_READ_COMMITTED] = "BEGIN ISOLATION LEVEL READ COMMITTED",
            [READER_REPEATABLE_READ] = "BEGIN ISOLATION LEVEL REPEATABLE READ",
            [READER_SERIALIZABLE] = "BEGIN ISOLATION LEVEL SERIALIZABLE",
        },
    .snapshot = "SELECT 1",
    .connect = connect,
    .disconnect = disconnect,
    .execute = execute,
    .query = query,
    .prepare = prepare,
    .query_prepared = query_prepared,
    .unprepare = unprepare,
};
