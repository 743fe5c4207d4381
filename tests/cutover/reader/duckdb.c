/* Reading on DuckDB, on connections of an instance that somebody else has opened. See reader.h. */
#include <string.h>

#include "db/duckdb/library.h"
#include "reader.h"

typedef struct connection {
    const duck_library *duck;
    duck_connection handle;
} connection;

static bool fail(const char *message, reader_fault *fault)
{
    g_strlcpy(fault->sqlstate, "HY000", sizeof fault->sqlstate);
    g_strlcpy(fault->message, message != NULL ? message : "no reason given", sizeof fault->message);
    return false;
}

static void *connect(const void *target, reader_fault *fault)
{
    const reader_duckdb_file *file = target;
    connection *made = g_new0(connection, 1);
    made->duck = file->library;
    if (made->duck->connect(file->database, &made->handle) == DUCK_OK)
        return made;
    fail("no connection", fault);
    g_free(made);
    return NULL;
}

static void disconnect(void *from)
{
    connection *of = from;
    of->duck->disconnect(&of->handle);
    g_free(of);
}

static bool is_valid(const uint64_t *validity, uint64_t row)
{
    return validity == NULL || (validity[row / 64] >> (row % 64) & 1) != 0;
}

static char *text_of(const duck_string *text)
{
    bool is_inside = text->inside.size <= sizeof text->inside.bytes;
    return g_strndup(is_inside ? text->inside.bytes : text->outside.bytes, text->inside.size);
}

static void note_chunk(const duck_library *duck, duck_chunk chunk, reader_observation *into)
{
    duck_vector views = duck->data_chunk_get_vector(chunk, 0);
    duck_vector releases = duck->data_chunk_get_vector(chunk, 1);
    const int64_t *view = duck->vector_get_data(views);
    const duck_string *release = duck->vector_get_data(releases);
    const uint64_t *validity = duck->vector_get_validity(releases);
    for (uint64_t i = 0; i < duck->data_chunk_get_size(chunk); i++) {
        g_autofree char *text = is_valid(validity, i) ? text_of(&release[i]) : NULL;
        reader_note(into, (unsigned)view[i], text);
    }
}

static bool take(connection *of, duck_pending pending, reader_observation *into, reader_fault *fault)
{
    duck_result result = {0};
    bool is_good = of->duck->execute_pending(pending, &result) == DUCK_OK ||
                   fail(of->duck->result_error(&result), fault);
    for (duck_chunk chunk; is_good && into != NULL && (chunk = of->duck->fetch_chunk(result)) != NULL;) {
        note_chunk(of->duck, chunk, into);
        of->duck->destroy_data_chunk(&chunk);
    }
    const char *late = is_good ? of->duck->result_error(&result) : NULL; /* what a stream meets on its way */
    if (late != NULL)
        is_good = fail(late, fault);
    of->duck->destroy_result(&result);
    return is_good;
}

static bool query_prepared(void *with, void *statement, reader_observation *into, reader_fault *fault)
{
    connection *of = with;
    duck_pending pending = NULL;
    bool is_good = of->duck->pending_prepared_streaming(statement, &pending) == DUCK_OK
                       ? take(of, pending, into, fault)
                       : fail(of->duck->pending_error(pending), fault);
    of->duck->destroy_pending(&pending);
    return is_good;
}

static void unprepare(void *with, void *statement)
{
    ((connection *)with)->duck->destroy_prepare((duck_statement *)&statement);
}

static void *prepare(void *with, const char *sql, reader_fault *fault)
{
    connection *of = with;
    duck_statement statement = NULL;
    if (of->duck->prepare(of->handle, sql, &statement) == DUCK_OK)
        return statement;
    fail(of->duck->prepare_error(statement), fault);
    of->duck->destroy_prepare(&statement);
    return NULL;
}

static bool query(void *with, const char *sql, reader_observation *into, reader_fault *fault)
{
    void *statement = prepare(with, sql, fault);
    if (statement == NULL)
        return false;
    bool is_good = query_prepared(with, statement, into, fault);
    unprepare(with, statement);
    return is_good;
}

static bool execute(void *with, const char *sql, reader_fault *fault)
{
    return query(with, sql, NULL, fault);
}

const reader_database reader_duckdb = {
    .scheme = "duckdb",
    .select = "SELECT CAST(%u AS BIGINT), CAST(release AS VARCHAR) FROM %s",
    .begin = {[READER_STATEMENT] = "", [READER_REPEATABLE_READ] = "BEGIN TRANSACTION"},
    .snapshot = "SELECT count(*) FROM duckdb_tables()",
    .connect = connect,
    .disconnect = disconnect,
    .execute = execute,
    .query = query,
    .prepare = prepare,
    .query_prepared = query_prepared,
    .unprepare = unprepare,
};
