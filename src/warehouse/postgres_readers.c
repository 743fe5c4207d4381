/*
 * Who reads what on PostgreSQL: readers with old snapshots (warehouse/readers.h), and who holds views that
 * should be locked.
 *
 * A snapshot is as old as the oldest transaction that ran when it was taken (backend_xmin). The draft's mark
 * is a transaction id of its own, taken after the tables' rows were committed, and the clock: a snapshot
 * whose oldest running transaction is newer than that id was taken later, and so was every snapshot of a
 * transaction that began later. One of the two is enough; the second keeps long writers, which hold back the
 * first for everybody, from stopping all cutovers.
 *
 * Transaction ids go round. age() must not be used to compare them: inside a transaction that has an id
 * itself it counts from that one, not from now.
 */
#include <inttypes.h>
#include <string.h>

#include "db/sql.h"
#include "warehouse/postgres.h"

repoint_status rp_pg_mark_take(rp_db *db, char **ret_mark, repoint_error *error)
{
    g_autofree char *sql = rp_sql(db, "SELECT pg_catalog.pg_current_xact_id()::TEXT || ' ' || (%c)::TEXT");
    return rp_db_query_text(db, sql, ret_mark, error);
}

/* Is the transaction id `xid` (32 bits) not newer than the mark's? As far from it as half the circle. */
#define NOT_NEWER(xid)                                                                                       \
    "((mark.xid - (" xid ")::TEXT::BIGINT) %% 4294967296 + 4294967296) %% 4294967296 < 2147483648"

/* Whose rows of pg_stat_activity we may not see in full have no xact_start; their backend_xmin is there. A
 * prepared transaction counts as one: it holds back what others see. The mark's clock has milliseconds only,
 * so who began within that one may have begun before. */
#define OLD_SNAPSHOTS                                                                                        \
    "WITH mark AS (SELECT ?1::BIGINT AS xid, pg_catalog.to_timestamp((?2::BIGINT + 1) / 1000.0) AS taken)"   \
    " SELECT 'process ' || a.pid, COALESCE(a.usename::TEXT, '?'),"                                           \
    " COALESCE(EXTRACT(EPOCH FROM pg_catalog.clock_timestamp() - a.xact_start), -1)::BIGINT"                 \
    " FROM pg_catalog.pg_stat_activity a, mark WHERE a.datname = pg_catalog.current_database()"              \
    " AND a.pid <> pg_catalog.pg_backend_pid() AND a.backend_xmin IS NOT NULL"                               \
    " AND COALESCE(a.backend_type, '') NOT IN ('autovacuum worker', 'walsender')"                            \
    " AND " NOT_NEWER(                                                                                       \
        "a.backend_xmin") " AND COALESCE(a.xact_start <= mark.taken, TRUE)"                                  \
                          " UNION ALL SELECT 'prepared transaction ' || p.gid, p.owner::TEXT,"               \
                          " EXTRACT(EPOCH FROM pg_catalog.clock_timestamp() - p.prepared)::BIGINT"           \
                          " FROM pg_catalog.pg_prepared_xacts p, mark WHERE p.database = "                   \
                          "pg_catalog.current_database()"                                                    \
                          " AND " NOT_NEWER("p.transaction") " AND p.prepared <= mark.taken LIMIT 1"

static repoint_status fail_old(const rp_rows *rows, repoint_error *error)
{
    int64_t seconds = rp_rows_integer(rows, 2, -1);
    g_autofree char *age =
        seconds >= 0 ? g_strdup_printf("for %" PRId64 " seconds", seconds) : g_strdup("since a time unknown");
    return rp_fail(error, REPOINT_BUSY, "wait until that transaction is over, or end it",
                   "%s of user %s has read %s in a transaction that is older than the new tables' rows",
                   rp_rows_text(rows, 0), rp_rows_text(rows, 1), age);
}

repoint_status rp_pg_mark_check(rp_db *db, const char *mark, repoint_error *error)
{
    g_auto(GStrv) parts = g_strsplit(mark, " ", 2);
    int64_t xid = g_ascii_strtoll(parts[0], NULL, 10);
    int64_t taken_ts = parts[1] != NULL ? g_ascii_strtoll(parts[1], NULL, 10) : 0;
    g_autofree char *sql = rp_sql(db, OLD_SNAPSHOTS);
    g_autoptr(rp_rows) rows = NULL;
    bool has_row = false;
    repoint_status status =
        rp_db_query(db, sql, RP_VALUES(rp_db_integer(xid), rp_db_integer(taken_ts)), &rows, error);
    if (status == REPOINT_OK)
        status = rp_rows_next(rows, &has_row, error);
    return status == REPOINT_OK && has_row ? fail_old(rows, error) : status;
}

/* ---- who is in the way ---- */

/* Of views everybody who has them locked; of tables, which are only read, who keeps readers away. ?2: only
 * who keeps readers away, of what stands on the views, too. */
#define HOLDERS                                                                                              \
    "WITH RECURSIVE concerned(id) AS (SELECT c.oid FROM %k k"                                                \
    " JOIN pg_catalog.pg_namespace n ON n.nspname = k.schema_name"                                           \
    " JOIN pg_catalog.pg_class c ON c.relnamespace = n.oid AND c.relname = k.name"                           \
    " UNION SELECT r.ev_class FROM concerned s JOIN pg_catalog.pg_depend d ON d.refobjid = s.id"             \
    " AND d.refclassid = 'pg_catalog.pg_class'::pg_catalog.regclass"                                         \
    " AND d.classid = 'pg_catalog.pg_rewrite'::pg_catalog.regclass"                                          \
    " JOIN pg_catalog.pg_rewrite r ON r.oid = d.objid WHERE ?2::BOOLEAN)"                                    \
    " SELECT DISTINCT ON (l.pid) l.pid::BIGINT, COALESCE(a.usename::TEXT, '?'),"                             \
    " COALESCE(NULLIF(a.application_name, ''), '?'), COALESCE(a.state, 'state unknown'),"                    \
    " COALESCE(EXTRACT(EPOCH FROM pg_catalog.clock_timestamp() - a.xact_start), -1)::BIGINT,"                \
    " n.nspname || '.' || c.relname FROM concerned k JOIN pg_catalog.pg_class c ON c.oid = k.id"             \
    " JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace"                                              \
    " JOIN pg_catalog.pg_locks l ON l.locktype = 'relation' AND l.relation = c.oid AND l.granted"            \
    " AND l.database = (SELECT d.oid FROM pg_catalog.pg_database d"                                          \
    " WHERE d.datname = pg_catalog.current_database())"                                                      \
    " LEFT JOIN pg_catalog.pg_stat_activity a ON a.pid = l.pid"                                              \
    " WHERE l.pid IS DISTINCT FROM pg_catalog.pg_backend_pid() AND (l.mode = 'AccessExclusiveLock'"          \
    " OR NOT ?2::BOOLEAN AND c.relkind IN ('v', 'm')) ORDER BY l.pid, 6 LIMIT 5"

static void append_holder(GString *text, const rp_rows *row)
{
    int64_t seconds = rp_rows_integer(row, 4, -1);
    g_string_append(text, text->len == 0 ? "held by " : ", ");
    if (rp_rows_is_null(row, 0))
        g_string_append(text, "a prepared transaction");
    else
        g_string_append_printf(text, "process %" PRId64 " of user %s (%s, %s", rp_rows_integer(row, 0, 0),
                               rp_rows_text(row, 1), rp_rows_text(row, 2), rp_rows_text(row, 3));
    if (!rp_rows_is_null(row, 0) && seconds >= 0)
        g_string_append_printf(text, ", in a transaction for %" PRId64 " seconds", seconds);
    g_string_append_printf(text, "%s: %s", rp_rows_is_null(row, 0) ? "" : ")", rp_rows_text(row, 5));
}

static repoint_status describe(rp_db *db, const GPtrArray *changes, bool exclusive, char **ret_text,
                               repoint_error *error)
{
    g_auto(rp_key_list) list = rp_key_list_new(2);
    for (guint i = 0; i < changes->len; i++) {
        const rp_view_change *change = g_ptr_array_index(changes, i);
        if (exclusive || rp_view_change_locks(change))
            rp_key_list_add(&list, change->view.schema, change->view.name);
        if (change->table.name != NULL)
            rp_key_list_add(&list, change->table.schema, change->table.name);
    }
    rp_db_keys keys = rp_key_list_keys(&list);
    g_autofree char *sql = rp_sql(db, HOLDERS, 1U, "schema_name, name");
    g_autoptr(GString) text = g_string_new(NULL);
    g_autoptr(rp_rows) rows = NULL;
    bool has_row = false;
    repoint_status status =
        rp_db_query(db, sql, RP_VALUES(rp_db_key_list(&keys), rp_db_boolean(exclusive)), &rows, error);
    while (status == REPOINT_OK && (status = rp_rows_next(rows, &has_row, error)) == REPOINT_OK && has_row)
        append_holder(text, rows);
    if (status == REPOINT_OK && text->len > 0)
        *ret_text = g_strdup(text->str);
    return status;
}

repoint_status rp_pg_holders_describe(rp_db *db, const GPtrArray *changes, char **ret_text,
                                      repoint_error *error)
{
    return describe(db, changes, false, ret_text, error);
}

void rp_pg_explain_unreadable(rp_db *db, const GPtrArray *changes, repoint_error *error)
{
    g_autofree char *holders = NULL;
    if (describe(db, changes, true, &holders, NULL) == REPOINT_OK && holders != NULL)
        rp_fail(error, error->status, error->hint, "%s; %s", error->message, holders);
}
