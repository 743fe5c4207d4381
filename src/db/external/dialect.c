/*
 * The dialects of given connections.
 *
 * What a database spells in one way only stands with its driver; here is what depends on plain values: a list
 * of keys is one text of JSON, and parameters are cast where the database would have to guess their type.
 */
#include "db/external/dialect.h"

#include <string.h>

#include "db/duckdb/dialect.h"
#include "db/duckdb/duckdb.h"
#include "db/mysql/dialect.h"
#include "db/mysql/mysql.h"
#include "db/mysql/text.h"
#include "db/postgres/dialect.h"
#include "db/postgres/postgres.h"
#include "db/sqlite/dialect.h"
#include "db/sqlite/sqlite.h"

static const char *message_of(const rp_failure *failure)
{
    return failure->message != NULL ? failure->message : "the connection's driver gives no reason";
}

/* The columns of a relation of keys, each by `format`, of its index and its name. */
static void append_columns(GString *sql, const char *columns, const char *before, const char *after,
                           size_t first)
{
    g_auto(GStrv) names = g_strsplit(columns, ", ", -1);
    for (size_t i = 0; names[i] != NULL; i++)
        g_string_append_printf(sql, "%s%s%zu%s AS %s", i > 0 ? ", " : "", before, i + first, after, names[i]);
}

/* ---- SQLite ---- */

static void sqlite_keys(GString *sql, unsigned parameter, const char *columns,
                        const char *collation G_GNUC_UNUSED)
{
    g_string_append(sql, "(SELECT ");
    append_columns(sql, columns, "json_extract(value, '$[", "]')", 0);
    g_string_append_printf(sql, " FROM json_each(?%u))", parameter);
}

/* A transaction that reads has no lock, and no moment, until it has read something. */
static char *sqlite_settings(gint64 busy_us G_GNUC_UNUSED, gint64 deadline_us G_GNUC_UNUSED)
{
    return g_strdup("SELECT COUNT(*) FROM sqlite_master");
}

/* Some bindings do not tell the result code. */
static int sqlite_code(const rp_failure *failure)
{
    static const struct {
        const char *text;
        int code;
    } known[] = {
        {"is locked", 5},       {"constraint failed", 19}, {"readonly", 8}, {"disk is full", 13},
        {"not a database", 26}, {"malformed", 11},         {"too big", 18}, {"unable to open", 14},
    };
    for (size_t i = 0; failure->code == 0 && i < G_N_ELEMENTS(known); i++) {
        if (strstr(message_of(failure), known[i].text) != NULL)
            return known[i].code;
    }
    return failure->code;
}

static repoint_status sqlite_fail(const char *name, const rp_failure *failure, repoint_error *error)
{
    return rp_sqlite_fail(name, sqlite_code(failure), message_of(failure), error);
}

/* ---- PostgreSQL ---- */

static const char *const postgres_types[] = {[RP_DB_TEXT] = "TEXT",
                                             [RP_DB_INTEGER] = "BIGINT",
                                             [RP_DB_BOOLEAN] = "BOOLEAN",
                                             [RP_DB_KEY_LIST] = "JSON"};

static void postgres_keys(GString *sql, unsigned parameter, const char *columns,
                          const char *collation G_GNUC_UNUSED)
{
    g_string_append(sql, "(SELECT ");
    append_columns(sql, columns, "j.k ->> ", "", 0);
    g_string_append_printf(sql, " FROM json_array_elements(?%u) AS j(k))", parameter);
}

static repoint_status postgres_fail(const char *name, const rp_failure *failure, repoint_error *error)
{
    const pg_meaning *meaning = rp_pg_meaning(failure->sqlstate);
    rp_fail(error, meaning->status, meaning->hint, "%s: %s", name, message_of(failure));
    if (error != NULL)
        g_strlcpy(error->sqlstate, failure->sqlstate, sizeof error->sqlstate);
    return meaning->status;
}

/* ---- DuckDB ---- */

static const char *const duckdb_types[] = {[RP_DB_TEXT] = "VARCHAR",
                                           [RP_DB_INTEGER] = "BIGINT",
                                           [RP_DB_BOOLEAN] = "BOOLEAN",
                                           [RP_DB_KEY_LIST] = "JSON"};

static void duckdb_keys(GString *sql, unsigned parameter, const char *columns,
                        const char *collation G_GNUC_UNUSED)
{
    g_string_append(sql, "(SELECT ");
    append_columns(sql, columns, "k[", "]", 1);
    g_string_append_printf(sql, " FROM (SELECT unnest(CAST(?%u AS VARCHAR[][])) AS k))", parameter);
}

static repoint_status duckdb_fail(const char *name, const rp_failure *failure, repoint_error *error)
{
    return rp_duck_fail(name, message_of(failure), error);
}

/* ---- MariaDB and MySQL ---- */

static char *mysql_prepare(gint64 busy_us)
{
    return rp_mysql_settings_text("SET @repoint_mode = @@SESSION.sql_mode,"
                                  " @repoint_row_wait = @@SESSION.innodb_lock_wait_timeout,"
                                  " @repoint_lock_wait = @@SESSION.lock_wait_timeout, SESSION ",
                                  busy_us);
}

static repoint_status mysql_fail(const char *name, const rp_failure *failure, repoint_error *error)
{
    const mysql_meaning *meaning = rp_mysql_meaning((unsigned)failure->code);
    return rp_fail(error, meaning->status, meaning->hint, "%s: %s", name, message_of(failure));
}

#define MYSQL_SPELLING                                                                                       \
    .begin = {"START TRANSACTION WITH CONSISTENT SNAPSHOT, READ ONLY", "START TRANSACTION READ WRITE"},      \
    .leave_out = RP_LEAVE_OUT_UPDATES, .prepare = mysql_prepare,                                             \
    .put_back = "SET SESSION sql_mode = @repoint_mode,"                                                      \
                " SESSION innodb_lock_wait_timeout = @repoint_row_wait,"                                     \
                " SESSION lock_wait_timeout = @repoint_lock_wait",                                           \
    .commits_implicitly = rp_mysql_commits_implicitly, .write_keys = rp_mysql_keys_text, .fail = mysql_fail

/* ---- all of them ---- */

static const rp_external_dialect dialects[] = {
    {.name = "sqlite",
     .native = &rp_sqlite_driver,
     .begin = {"BEGIN", "BEGIN IMMEDIATE"},
     .settings = sqlite_settings,
     .write_keys = sqlite_keys,
     .fail = sqlite_fail},
    {.name = "postgres",
     .native = &rp_postgresql_driver,
     .begin = {RP_PG_BEGIN_READ, RP_PG_BEGIN_WRITE},
     .types = postgres_types,
     .settings = rp_pg_settings_text,
     .write_keys = postgres_keys,
     .fail = postgres_fail},
    {.name = "duckdb",
     .native = &rp_duckdb_driver,
     .begin = {"BEGIN TRANSACTION", "BEGIN TRANSACTION"},
     .types = duckdb_types,
     .leave_out = RP_LEAVE_OUT_PRESENT,
     .takes_turns = true,
     .write_keys = duckdb_keys,
     .fail = duckdb_fail},
    {.name = "mysql", .native = &rp_mysql_driver, MYSQL_SPELLING},
    {.name = "mariadb", .native = &rp_mariadb_driver, MYSQL_SPELLING},
};

const rp_external_dialect *rp_external_dialect_find(const char *name)
{
    for (size_t i = 0; i < G_N_ELEMENTS(dialects); i++) {
        if (g_strcmp0(dialects[i].name, name) == 0)
            return &dialects[i];
    }
    return NULL;
}

char *rp_external_dialect_names(void)
{
    GString *text = g_string_new("known are: ");
    for (size_t i = 0; i < G_N_ELEMENTS(dialects); i++)
        g_string_append_printf(text, "%s%s", i > 0 ? ", " : "", dialects[i].name);
    return g_string_free(text, FALSE);
}
