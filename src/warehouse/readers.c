/* Readers with old snapshots. See warehouse/readers.h. */
#include "warehouse/readers.h"

#include <inttypes.h>
#include <string.h>

#include "db/sql.h"

static bool is_postgres(const rp_db *db)
{
    return g_str_has_prefix(db->driver->scheme, "postgres");
}

/*
 * A transaction id of its own, and the clock: a snapshot whose oldest running transaction is newer than that
 * id was taken later, and so was every snapshot of a transaction that began later. One of the two is enough;
 * the second keeps long writers, which hold back the first for everybody, from stopping all cutovers.
 */
repoint_status rp_data_mark_take(rp_db *db, char **ret_mark, repoint_error *error)
{
    if (!is_postgres(db)) {
        *ret_mark = NULL;
        return REPOINT_OK;
    }
    g_autofree char *sql = rp_sql(db, "SELECT pg_catalog.pg_current_xact_id()::TEXT || ' ' || (%c)::TEXT");
    g_autoptr(rp_rows) rows = NULL;
    bool has_row = false;
    repoint_status status = rp_db_query(db, sql, RP_NO_VALUES, &rows, error);
    if (status == REPOINT_OK)
        status = rp_rows_next(rows, &has_row, error);
    if (status == REPOINT_OK)
        *ret_mark = g_strdup(has_row ? rp_rows_text(rows, 0) : NULL);
    return status;
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

static repoint_status fail_old(const rp_rows *rows, repoint_error *error)
{
    int64_t seconds = rp_rows_integer(rows, 2, -1);
    g_autofree char *age =
        seconds >= 0 ? g_strdup_printf("for %" PRId64 " seconds", seconds) : g_strdup("since a time unknown");
    return rp_fail(error, REPOINT_BUSY, "wait until that transaction is over, or end it",
                   "%s of user %s has read %s in a transaction that is older than the new tables' rows",
                   rp_rows_text(rows, 0), rp_rows_text(rows, 1), age);
}

repoint_status rp_data_mark_check(rp_db *db, const char *mark, repoint_error *error)
{
    if (mark == NULL || !is_postgres(db))
        return REPOINT_OK;
    g_auto(GStrv) parts = g_strsplit(mark, " ", 2);
    int64_t xid = g_ascii_strtoll(parts[0], NULL, 10);
    int64_t taken_ts = parts[1] != NULL ? g_ascii_strtoll(parts[1], NULL, 10) : 0;
    g_autoptr(rp_rows) rows = NULL;
    bool has_row = false;
    repoint_status status =
        rp_db_query(db, OLD_SNAPSHOTS, RP_VALUES(rp_db_integer(xid), rp_db_integer(taken_ts)), &rows, error);
    if (status == REPOINT_OK)
        status = rp_rows_next(rows, &has_row, error);
    return status == REPOINT_OK && has_row ? fail_old(rows, error) : status;
}
