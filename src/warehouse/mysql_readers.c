/*
 * Readers with old snapshots on MariaDB. See warehouse/mysql_readers.h.
 *
 * The mark is the server's clock. A transaction's snapshot is at least as old as its start, which the server
 * tells in seconds of its own time zone: one that began in the second of the mark is waited for too. READ
 * COMMITTED takes a new snapshot for each statement, and a statement that is running keeps the views that it
 * reads.
 *
 * The server shows a copy of its transactions, and makes a new one only when nobody has looked for a tenth of
 * a second: who looks again sooner sees the old one, which may lack somebody as well as show who has gone.
 * repoint's processes therefore take turns, and each waits for that tenth before it looks.
 */
#include "warehouse/mysql_readers.h"

#include <inttypes.h>
#include <string.h>

#include "db/sql.h"

#define OLD_TRANSACTIONS                                                                                     \
    "SELECT t.trx_mysql_thread_id, COALESCE(p.user, '?'),"                                                   \
    " TIMESTAMPDIFF(SECOND, CONVERT_TZ(t.trx_started, 'SYSTEM', @@time_zone), NOW())"                        \
    " FROM information_schema.innodb_trx t"                                                                  \
    " JOIN information_schema.processlist p ON p.id = t.trx_mysql_thread_id"                                 \
    " WHERE t.trx_mysql_thread_id NOT IN (0, CONNECTION_ID())"                                               \
    " AND t.trx_isolation_level IN ('REPEATABLE READ', 'SERIALIZABLE')"                                      \
    " AND COALESCE(UNIX_TIMESTAMP(CONVERT_TZ(t.trx_started, 'SYSTEM', @@time_zone)) * 1000 <= ?1, TRUE)"     \
    " LIMIT 1"

#define COPY_LASTS_US 110000

#define NOT_PERMITTED "42000" /* SQLSTATE: access denied; PROCESS is the privilege that is missing */

/* ---- taking turns ---- */

/* Whoever has the turn and was stopped is not waited for: he does not look either. */
static repoint_status take_turn(rp_db *db, repoint_error *error)
{
    int64_t ignored = 0;
    return rp_db_query_integer(db, "SELECT GET_LOCK('repoint_innodb_trx', 1)", &ignored, error);
}

static void end_turn(rp_db *db)
{
    int64_t ignored = 0;
    rp_db_query_integer(db, "SELECT RELEASE_LOCK('repoint_innodb_trx')", &ignored, NULL);
}

static repoint_status try_to_look(rp_db *db, bool *ret_may, repoint_error *error)
{
    repoint_error failure = REPOINT_ERROR_INIT;
    int64_t ignored = 0;
    repoint_status status = rp_db_query_integer(
        db, "SELECT COUNT(*) FROM information_schema.innodb_trx LIMIT 1", &ignored, &failure);
    *ret_may = status == REPOINT_OK;
    if (status == REPOINT_FAILED && strcmp(failure.sqlstate, NOT_PERMITTED) == 0)
        status = REPOINT_OK;
    if (status != REPOINT_OK)
        rp_error_move(error, &failure);
    repoint_error_clear(&failure);
    return status;
}

static repoint_status may_look(rp_db *db, bool *ret_may, repoint_error *error)
{
    repoint_status status = take_turn(db, error);
    if (status != REPOINT_OK)
        return status;
    status = try_to_look(db, ret_may, error);
    end_turn(db);
    return status;
}

/* ---- marks ---- */

/* Who may not look takes no mark, and waits for nobody; plan has warned of it. */
repoint_status rp_mysql_mark_take(rp_db *db, char **ret_mark, repoint_error *error)
{
    g_autofree char *sql = rp_sql(db, "SELECT %c");
    g_autoptr(rp_rows) rows = NULL;
    bool may = false, has_row = false;
    repoint_status status = may_look(db, &may, error);
    if (status != REPOINT_OK || !may)
        return status;
    status = rp_db_query(db, sql, RP_NO_VALUES, &rows, error);
    if (status == REPOINT_OK)
        status = rp_rows_next(rows, &has_row, error);
    if (status == REPOINT_OK)
        *ret_mark = g_strdup_printf("%" PRId64, rp_rows_integer(rows, 0, 0));
    return status;
}

static repoint_status fail_old(const rp_rows *rows, repoint_error *error)
{
    return rp_fail(error, REPOINT_BUSY, "wait until that transaction is over, or end it",
                   "connection %" PRId64 " of user %s has been for %" PRId64 " seconds in a transaction that "
                   "is older than the new tables' rows",
                   rp_rows_integer(rows, 0, 0), rp_rows_text(rows, 1), rp_rows_integer(rows, 2, 0));
}

static repoint_status look(rp_db *db, const char *mark, repoint_error *error)
{
    int64_t taken_ts = g_ascii_strtoll(mark, NULL, 10);
    g_autoptr(rp_rows) rows = NULL;
    bool has_row = false;
    repoint_status status =
        rp_db_query(db, OLD_TRANSACTIONS, RP_VALUES(rp_db_integer(taken_ts)), &rows, error);
    if (status == REPOINT_OK)
        status = rp_rows_next(rows, &has_row, error);
    return status == REPOINT_OK && has_row ? fail_old(rows, error) : status;
}

repoint_status rp_mysql_mark_check(rp_db *db, const char *mark, repoint_error *error)
{
    repoint_status status = take_turn(db, error);
    if (status != REPOINT_OK)
        return status;
    g_usleep(COPY_LASTS_US);
    status = look(db, mark, error);
    end_turn(db);
    return status;
}

repoint_status rp_mysql_mark_warning(rp_db *db, char **ret_warning, repoint_error *error)
{
    bool may = true;
    repoint_status status = may_look(db, &may, error);
    if (status == REPOINT_OK && !may)
        *ret_warning =
            g_strdup("readers in transactions older than the new tables' rows cannot be waited for, and "
                     "would read none: the warehouse's user needs the PROCESS privilege for that");
    return status;
}
