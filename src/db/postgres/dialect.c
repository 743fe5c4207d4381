/* See dialect.h. */
#include "db/postgres/dialect.h"

#include "db/db.h"
#include "db/sql.h"

static const pg_meaning meanings[] = {
    {"23505", REPOINT_CONFLICT, NULL},
    {"40", REPOINT_BUSY, "somebody else was writing the same; try again"},
    {"55P03", REPOINT_BUSY, "wait for the other program to finish, then try again"},
    {"57014", REPOINT_TIMEOUT,
     "raise statement_timeout for this user, or try again when the server is less busy"},
    {"25P04", REPOINT_TIMEOUT, NULL},     /* transaction_timeout */
    {"25P03", REPOINT_UNREACHABLE, NULL}, /* idle_in_transaction_session_timeout */
    {"57P", REPOINT_UNREACHABLE, "try again when the server is up"},
    {"08P01", REPOINT_FAILED, NULL}, /* a message that the server does not understand */
    {"08", REPOINT_UNREACHABLE, NULL},
    {"28", REPOINT_UNREACHABLE, "check user and password; PGPASSWORD and ~/.pgpass work too"},
    {"3D000", REPOINT_UNREACHABLE, "check the name of the database in the URL"},
    {"53100", REPOINT_FAILED, "free some space on the server, then try again"},
    {"53300", REPOINT_UNREACHABLE, "the server allows no more connections; try again"},
    {"53", REPOINT_FAILED, NULL},
    {"42501", REPOINT_FAILED, "grant this user the right, or use another user"},
    {"25006", REPOINT_FAILED, "connect to the primary (target_session_attrs=read-write in the URL)"},
    {"3F000", REPOINT_FAILED, "check --schema, and that the user may use it"},
    {"42P01", REPOINT_FAILED, "the state store is damaged: restore the table from a backup or an export"},
    {"42703", REPOINT_FAILED, "the state store is damaged: restore the table from a backup or an export"},
    {"2BP01", REPOINT_FAILED, "drop or change what depends on it first"},
    {"22021", REPOINT_INVALID, "text must be UTF-8 without zero bytes, in a database that can hold it"},
    {"22P05", REPOINT_INVALID, "the database's encoding cannot hold a character: use UTF8"},
    {"54000", REPOINT_INVALID, NULL},
};

const pg_meaning *rp_pg_meaning(const char *sqlstate)
{
    static const pg_meaning other = {"", REPOINT_FAILED, NULL};
    for (size_t i = 0; i < G_N_ELEMENTS(meanings); i++) {
        if (g_str_has_prefix(sqlstate, meanings[i].sqlstate))
            return &meanings[i];
    }
    return &other;
}

static gint64 milliseconds(gint64 microseconds)
{
    return MAX(microseconds / 1000, 1);
}

char *rp_pg_settings_text(gint64 busy_us, gint64 deadline_us)
{
    GString *sql = g_string_new("SELECT set_config('jit', 'off', true)");
    g_string_append_printf(sql, ", set_config('lock_timeout', '%" G_GINT64_FORMAT "', true)",
                           milliseconds(busy_us));
    if (deadline_us != 0)
        g_string_append_printf(sql, ", set_config('statement_timeout', '%" G_GINT64_FORMAT "', true)",
                               milliseconds(deadline_us - g_get_monotonic_time()));
    return g_string_free(sql, FALSE);
}

char *rp_pg_lock_timeout_text(gint64 microseconds)
{
    return g_strdup_printf("SET LOCAL lock_timeout = %" G_GINT64_FORMAT, milliseconds(microseconds));
}

char *rp_pg_lock_text(const rp_db *db, const char *schema, const char *table, rp_db_lock lock)
{
    static const char *const modes[] = {
        [RP_DB_LOCK_SHARED] = "ROW EXCLUSIVE",
        [RP_DB_LOCK_WRITERS] = "SHARE ROW EXCLUSIVE",
        [RP_DB_LOCK_ALL] = "ACCESS EXCLUSIVE",
    };
    return rp_sql(db, "LOCK TABLE %n IN %s MODE", schema, table, modes[lock]);
}

static repoint_status ask_for_lz4(rp_db *db, char *ret_answer, repoint_error *error)
{
    g_autoptr(rp_rows) rows = NULL;
    bool has_row = false;
    repoint_status status =
        rp_db_query(db,
                    "SELECT 1 FROM pg_catalog.pg_settings WHERE name = 'default_toast_compression'"
                    " AND 'lz4' = ANY(enumvals)",
                    RP_NO_VALUES, &rows, error);
    if (status == REPOINT_OK)
        status = rp_rows_next(rows, &has_row, error);
    if (status == REPOINT_OK)
        *ret_answer = has_row ? 'y' : 'n';
    return status;
}

repoint_status rp_pg_compress(rp_db *db, const char *schema, const char *table, const char *column,
                              char *has_lz4, repoint_error *error)
{
    repoint_status status = *has_lz4 == 0 ? ask_for_lz4(db, has_lz4, error) : REPOINT_OK;
    if (status != REPOINT_OK || *has_lz4 == 'n')
        return status;
    g_autofree char *sql =
        rp_sql(db, "ALTER TABLE %n ALTER COLUMN %i SET COMPRESSION lz4", schema, table, column);
    return rp_db_execute(db, sql, RP_NO_VALUES, NULL, error);
}
