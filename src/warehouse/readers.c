/* Readers with old snapshots. See warehouse/readers.h. */
#include "warehouse/readers.h"

#include <inttypes.h>
#include <string.h>

#include "db/sql.h"

static bool is_postgres(const rp_db *db)
{
    return g_str_has_prefix(db->driver->scheme, "postgres");
}

static bool is_mysql(const rp_db *db)
{
    return strcmp(db->driver->scheme, "mysql") == 0 || strcmp(db->driver->scheme, "mariadb") == 0;
}

static repoint_status take_with(rp_db *db, const char *query, char **ret_mark, repoint_error *error)
{
    g_autoptr(rp_rows) rows = NULL;
    bool has_row = false;
    repoint_status status = rp_db_query(db, query, RP_NO_VALUES, &rows, error);
    if (status == REPOINT_OK)
        status = rp_rows_next(rows, &has_row, error);
    if (status == REPOINT_OK)
        *ret_mark = g_strdup(has_row ? rp_rows_text(rows, 0) : NULL);
    return status;
}

static repoint_status fail_old(const rp_rows *rows, repoint_error *error)
{
    int64_t seconds = rp_rows_integer(rows, 2, -1);
    g_autofree char *age =
        seconds >= 0 ? g_strdup_printf("for %" PRId64 " seconds", seconds) : g_strdup("since a time unknown");
    return rp_fail(error, REPOINT_BUSY, "wait until that transaction is over, or end it",
                   "%s of user %s has read %s in a transaction that is older than the new tables' rows",
                   rp_rows_text(rows, 0), rp_rows_text(rows, 1), age);
}

static repoint_status check_with(rp_db *db, const char *query, const rp_db_value *values, size_t count,
                                 repoint_error *error)
{
    g_autoptr(rp_rows) rows = NULL;
    bool has_row = false;
    repoint_status status = rp_db_query(db, query, values, count, &rows, error);
    if (status == REPOINT_OK)
        status = rp_rows_next(rows, &has_row, error);
    return status == REPOINT_OK && has_row ? fail_old(rows, error) : status;
}

/* ---- PostgreSQL ---- */

/*
 * A transaction id of its own, and the clock: a snapshot whose oldest running transaction is newer than that
 * id was taken later, and so was every snapshot of a transaction that began later. One of the two is enough;
 * the second keeps long writers, which hold back the first for everybody, from stopping all cutovers.
 */
static repoint_status take_of_postgres(rp_db *db, char **ret_mark, repoint_error *error)
{
    g_autofree char *sql = rp_sql(db, "SELECT pg_catalog.pg_current_xact_id()::TEXT || ' ' || (%c)::TEXT");
    return take_with(db, sql, ret_mark, error);
}

/* Whose rows of pg_stat_activity we may not see in full have no xact_start; their backend_xmin is there. A
 * prepared transaction counts as one: it holds back what others see. */
#define OLD_SNAPSHOTS                                                                                        \
    "WITH mark AS (SELECT (pg_catalog.pg_snapshot_xmax(pg_catalog.pg_current_snapshot())::TEXT::BIGINT"      \
    " - ?1::BIGINT) AS age, pg_catalog.to_timestamp(?2::BIGINT / 1000.0) AS taken)"                          \
    " SELECT 'process ' || a.pid, COALESCE(a.usename::TEXT, '?'),"                                           \
    " COALESCE(EXTRACT(EPOCH FROM pg_catalog.clock_timestamp() - a.xact_start), -1)::BIGINT"                 \
    " FROM pg_catalog.pg_stat_activity a, mark WHERE a.datname = pg_catalog.current_database()"              \
    " AND a.pid <> pg_catalog.pg_backend_pid() AND a.backend_xmin IS NOT NULL"                               \
    " AND COALESCE(a.backend_type, '') NOT IN ('autovacuum worker', 'walsender')"                            \
    " AND pg_catalog.age(a.backend_xmin) >= mark.age AND COALESCE(a.xact_start <= mark.taken, TRUE)"         \
    " UNION ALL SELECT 'prepared transaction ' || p.gid, p.owner::TEXT,"                                     \
    " EXTRACT(EPOCH FROM pg_catalog.clock_timestamp() - p.prepared)::BIGINT"                                 \
    " FROM pg_catalog.pg_prepared_xacts p, mark WHERE p.database = pg_catalog.current_database()"            \
    " AND pg_catalog.age(p.transaction) >= mark.age AND p.prepared <= mark.taken LIMIT 1"

static repoint_status check_of_postgres(rp_db *db, const char *mark, repoint_error *error)
{
    g_auto(GStrv) parts = g_strsplit(mark, " ", 2);
    int64_t xid = g_ascii_strtoll(parts[0], NULL, 10);
    int64_t taken_ts = parts[1] != NULL ? g_ascii_strtoll(parts[1], NULL, 10) : 0;
    return check_with(db, OLD_SNAPSHOTS, RP_VALUES(rp_db_integer(xid), rp_db_integer(taken_ts)), error);
}

/* ---- MariaDB ---- */

/*
 * A transaction's snapshot is at least as old as its start, which the server tells in seconds of its own time
 * zone: one that began in the second of the mark is waited for too. READ COMMITTED takes a new snapshot for
 * each statement, and a statement that is running keeps the views that it reads.
 */
#define INNODB_TRX                                                                                           \
    "SELECT CONCAT('connection ', t.trx_mysql_thread_id), COALESCE(p.user, '?'),"                            \
    " TIMESTAMPDIFF(SECOND, CONVERT_TZ(t.trx_started, 'SYSTEM', @@time_zone), NOW())"                        \
    " FROM information_schema.innodb_trx t"                                                                  \
    " LEFT JOIN information_schema.processlist p ON p.id = t.trx_mysql_thread_id"                            \
    " WHERE t.trx_mysql_thread_id NOT IN (0, CONNECTION_ID())"                                               \
    " AND t.trx_isolation_level IN ('REPEATABLE READ', 'SERIALIZABLE')"                                      \
    " AND COALESCE(UNIX_TIMESTAMP(CONVERT_TZ(t.trx_started, 'SYSTEM', @@time_zone)) * 1000 <= ?1, TRUE)"     \
    " LIMIT 1"

/* A user without the PROCESS privilege may not look: then there is no mark, and nobody is waited for. */
static repoint_status may_look(rp_db *db, bool *ret_may, repoint_error *error)
{
    g_autoptr(rp_rows) rows = NULL;
    repoint_error failure = REPOINT_ERROR_INIT;
    repoint_status status =
        rp_db_query(db, "SELECT 1 FROM information_schema.innodb_trx LIMIT 1", RP_NO_VALUES, &rows, &failure);
    *ret_may = status == REPOINT_OK;
    if (status == REPOINT_OK || (status == REPOINT_FAILED && strcmp(failure.sqlstate, "42000") == 0)) {
        repoint_error_clear(&failure);
        return REPOINT_OK;
    }
    rp_error_move(error, &failure);
    return status;
}

static repoint_status take_of_mysql(rp_db *db, char **ret_mark, repoint_error *error)
{
    g_autofree char *sql = rp_sql(db, "SELECT CAST(%c AS CHAR)");
    bool may = false;
    *ret_mark = NULL;
    repoint_status status = may_look(db, &may, error);
    return status == REPOINT_OK && may ? take_with(db, sql, ret_mark, error) : status;
}

static repoint_status check_of_mysql(rp_db *db, const char *mark, repoint_error *error)
{
    int64_t taken_ts = g_ascii_strtoll(mark, NULL, 10);
    return check_with(db, INNODB_TRX, RP_VALUES(rp_db_integer(taken_ts)), error);
}

/* ---- all ---- */

repoint_status rp_data_mark_take(rp_db *db, char **ret_mark, repoint_error *error)
{
    if (is_postgres(db))
        return take_of_postgres(db, ret_mark, error);
    if (is_mysql(db))
        return take_of_mysql(db, ret_mark, error);
    *ret_mark = NULL;
    return REPOINT_OK;
}

repoint_status rp_data_mark_check(rp_db *db, const char *mark, repoint_error *error)
{
    if (mark == NULL)
        return REPOINT_OK;
    if (is_postgres(db))
        return check_of_postgres(db, mark, error);
    return is_mysql(db) ? check_of_mysql(db, mark, error) : REPOINT_OK;
}

repoint_status rp_data_mark_warning(rp_db *db, char **ret_warning, repoint_error *error)
{
    bool may = true;
    repoint_status status = is_mysql(db) ? may_look(db, &may, error) : REPOINT_OK;
    *ret_warning =
        may ? NULL
            : g_strdup("readers in transactions older than the new tables' rows cannot be waited for, and "
                       "would read none: the user of the warehouse needs the PROCESS privilege for that");
    return status;
}
