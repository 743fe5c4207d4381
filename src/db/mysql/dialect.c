/* See dialect.h. */
#include "db/mysql/dialect.h"

#include <errmsg.h>
#include <mysql.h>
#include <mysqld_error.h>
#include <string.h>

#include "db/db.h"

static const mysql_meaning meanings[] = {
    {ER_DUP_ENTRY, REPOINT_CONFLICT, NULL},
    {ER_LOCK_WAIT_TIMEOUT, REPOINT_BUSY, "wait for the other program to finish, then try again"},
    {ER_LOCK_DEADLOCK, REPOINT_BUSY, "somebody else was writing the same; try again"},
    {ER_CHECKREAD, REPOINT_BUSY, "somebody else was writing the same; try again"},
    {ER_STATEMENT_TIMEOUT, REPOINT_TIMEOUT, "raise max_statement_time for this user"},
    {ER_QUERY_INTERRUPTED, REPOINT_TIMEOUT, "somebody killed the statement; try again"},
    {ER_ACCESS_DENIED_ERROR, REPOINT_UNREACHABLE, "check user and password; MYSQL_PWD works too"},
    {ER_DBACCESS_DENIED_ERROR, REPOINT_UNREACHABLE, "check the database, and that the user may use it"},
    {ER_BAD_DB_ERROR, REPOINT_UNREACHABLE, "check the name of the database, and --schema"},
    {ER_NO_DB_ERROR, REPOINT_FAILED, "name the database in the URL, or give --schema"},
    {ER_CON_COUNT_ERROR, REPOINT_UNREACHABLE, "the server allows no more connections; try again"},
    {ER_TABLEACCESS_DENIED_ERROR, REPOINT_FAILED, "grant this user the right, or use another user"},
    {ER_COLUMNACCESS_DENIED_ERROR, REPOINT_FAILED, "grant this user the right, or use another user"},
    {ER_SPECIFIC_ACCESS_DENIED_ERROR, REPOINT_FAILED, "grant this user the right, or use another user"},
    {ER_NO_SUCH_TABLE, REPOINT_FAILED,
     "the state store is damaged: restore the table from a backup or an export"},
    {ER_BAD_FIELD_ERROR, REPOINT_FAILED,
     "the state store is damaged: restore the table from a backup or an export"},
    {ER_DATA_TOO_LONG, REPOINT_INVALID, "a key has 250 characters at most on MariaDB"},
    {ER_TRUNCATED_WRONG_VALUE_FOR_FIELD, REPOINT_INVALID, "text must be UTF-8"},
    {ER_NET_PACKET_TOO_LARGE, REPOINT_INVALID, "raise the server's max_allowed_packet"},
    {ER_DISK_FULL, REPOINT_FAILED, "free some space on the server, then try again"},
    {ER_RECORD_FILE_FULL, REPOINT_FAILED, "free some space on the server, then try again"},
    {ER_OPTION_PREVENTS_STATEMENT, REPOINT_FAILED, "connect to the primary server"},
    {ER_SERVER_SHUTDOWN, REPOINT_UNREACHABLE, "try again when the server is up"},
    {ER_CONNECTION_KILLED, REPOINT_UNREACHABLE, "nothing was changed; try again"},
    {CR_SSL_CONNECTION_ERROR, REPOINT_UNREACHABLE,
     "check ssl-ca and ssl-mode in the URL, and the server's certificate"},
    {CR_SERVER_LOST, REPOINT_UNREACHABLE, "nothing was changed; try again"},
    {CR_SERVER_GONE_ERROR, REPOINT_UNREACHABLE, "nothing was changed; try again"},
};

const mysql_meaning *rp_mysql_meaning(unsigned code)
{
    static const mysql_meaning other = {0, REPOINT_FAILED, NULL};
    static const mysql_meaning client = {0, REPOINT_UNREACHABLE, "check the URL, and that the server is up"};
    for (size_t i = 0; i < G_N_ELEMENTS(meanings); i++) {
        if (meanings[i].code == code)
            return &meanings[i];
    }
    return code >= CR_MIN_ERROR && code <= CR_MAX_ERROR ? &client : &other;
}

/* Quotes, ||, and no truncation; and a backslash is a backslash (db/mysql/text.c relies on it). */
char *rp_mysql_settings_text(const char *start, gint64 busy_us)
{
    unsigned seconds = (unsigned)MAX((busy_us + G_USEC_PER_SEC - 1) / G_USEC_PER_SEC, 1);
    return g_strdup_printf("%ssql_mode = 'ANSI_QUOTES,PIPES_AS_CONCAT,NO_BACKSLASH_ESCAPES,STRICT_ALL_TABLES,"
                           "NO_ZERO_DATE,ERROR_FOR_DIVISION_BY_ZERO,NO_ENGINE_SUBSTITUTION', "
                           "SESSION innodb_lock_wait_timeout = %u, SESSION lock_wait_timeout = %u",
                           start, seconds, seconds);
}

repoint_status rp_mysql_read_collation(rp_db *db, const char *schema, const char *table, const char *column,
                                       char **collation, repoint_error *error)
{
    g_autoptr(rp_rows) rows = NULL;
    bool has_row = false;
    repoint_status status = rp_db_query(
        db,
        "SELECT collation_name FROM information_schema.columns WHERE table_schema = COALESCE(?1, DATABASE())"
        " AND table_name = ?2 AND column_name = ?3",
        RP_VALUES(rp_db_text(schema), rp_db_text(table), rp_db_text(column)), &rows, error);
    if (status == REPOINT_OK)
        status = rp_rows_next(rows, &has_row, error);
    const char *found = has_row ? rp_rows_text(rows, 0) : NULL;
    if (status == REPOINT_OK && found != NULL) {
        g_free(*collation);
        *collation = g_strdup(found);
    }
    return status;
}

/* "utf8mb4_bin" is a collation of "utf8mb4". */
static void append_key_column(GString *sql, const char *name, size_t index, const char *collation)
{
    g_string_append_printf(sql, "%s%s VARCHAR(1000) CHARACTER SET %.*s COLLATE %s PATH '$[%zu]'",
                           index > 0 ? ", " : "", name, (int)strcspn(collation, "_"), collation, collation,
                           index);
}

void rp_mysql_keys_text(GString *sql, unsigned parameter, const char *columns, const char *collation)
{
    g_auto(GStrv) names = g_strsplit(columns, ", ", -1);
    g_string_append_printf(sql, "(SELECT %s FROM JSON_TABLE(?%u, '$[*]' COLUMNS (", columns, parameter);
    for (size_t i = 0; names[i] != NULL; i++)
        append_key_column(sql, names[i], i, collation);
    g_string_append(sql, ")) AS j)");
}
