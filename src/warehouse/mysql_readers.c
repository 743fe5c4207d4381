/*
 * Who reads what on MariaDB: readers with old snapshots, and who holds views that should be renamed. See
 * warehouse/mysql_readers.h.
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

/* ---- who is in the way ---- */

/* Until when a transaction has lasted, and in what the connection is now. */
#define WHO                                                                                                  \
    "p.id, p.user, p.command, p.time,"                                                                       \
    " TIMESTAMPDIFF(SECOND, CONVERT_TZ(t.trx_started, 'SYSTEM', @@time_zone), NOW()) AS seconds"
#define OTHERS                                                                                               \
    " LEFT JOIN information_schema.innodb_trx t ON t.trx_mysql_thread_id = p.id"                             \
    " WHERE p.id <> CONNECTION_ID()"
#define LONGEST_FIRST " ORDER BY seconds DESC, p.id"

/* Who has which table or view locked: with MariaDB's plugin metadata_lock_info, and where performance_schema
 * watches metadata locks, as MySQL's does. */
#define LOCKS_BY_PLUGIN                                                                                      \
    "SELECT m.table_schema, m.table_name, " WHO " FROM information_schema.metadata_lock_info m"              \
    " JOIN information_schema.processlist p ON p.id = m.thread_id" OTHERS LONGEST_FIRST
#define LOCKS_BY_SCHEMA                                                                                      \
    "SELECT m.object_schema, m.object_name, " WHO " FROM performance_schema.metadata_locks m"                \
    " JOIN performance_schema.threads h ON h.thread_id = m.owner_thread_id"                                  \
    " JOIN information_schema.processlist p ON p.id = h.processlist_id" OTHERS                               \
    " AND m.object_type = 'TABLE' AND m.lock_status = 'GRANTED'" LONGEST_FIRST

/* Else only who is in a transaction is known: not of what. */
#define CANDIDATES                                                                                           \
    "SELECT NULL, NULL, " WHO " FROM information_schema.processlist p" OTHERS                                \
    " AND t.trx_mysql_thread_id IS NOT NULL" LONGEST_FIRST

#define MOST_HOLDERS 5

static void append_holder(GString *text, const rp_rows *row, const char *view)
{
    int64_t seconds = rp_rows_integer(row, 6, -1);
    if (text->len > 0)
        g_string_append(text, ", ");
    else
        g_string_append(text, view != NULL ? "held by " : "possibly held by ");
    g_string_append_printf(text, "connection %" PRId64 " of user %s (", rp_rows_integer(row, 2, 0),
                           rp_rows_text(row, 3));
    if (seconds >= 0)
        g_string_append_printf(text, "in a transaction for %" PRId64 " seconds)", seconds);
    else
        g_string_append_printf(text, "%s for %" PRId64 " seconds)", rp_rows_text(row, 4),
                               rp_rows_integer(row, 5, 0));
    if (view != NULL)
        g_string_append_printf(text, ": %s", view);
}

/* Each connection once, with one view of `keys` that it holds. */
static repoint_status describe(rp_db *db, const char *sql, GHashTable *keys, GString *text,
                               repoint_error *error)
{
    g_autoptr(GHashTable) named = g_hash_table_new(NULL, NULL);
    g_autoptr(rp_rows) rows = NULL;
    bool has_row = false;
    repoint_status status = rp_db_query(db, sql, RP_NO_VALUES, &rows, error);
    while (status == REPOINT_OK && g_hash_table_size(named) < MOST_HOLDERS &&
           (status = rp_rows_next(rows, &has_row, error)) == REPOINT_OK && has_row) {
        rp_relation relation = {g_strdup(rp_rows_text(rows, 0)), g_strdup(rp_rows_text(rows, 1))};
        bool is_known = relation.schema != NULL && relation.name != NULL;
        g_autofree char *key = is_known ? rp_relation_key(db, &relation) : NULL;
        g_autofree char *view = is_known ? rp_relation_display(&relation) : NULL;
        rp_relation_clear(&relation);
        if ((key == NULL || g_hash_table_contains(keys, key)) &&
            g_hash_table_add(named, GSIZE_TO_POINTER((gsize)rp_rows_integer(rows, 2, 0))))
            append_holder(text, rows, view);
    }
    return status;
}

/* A server that does not have one of these tables, or does not show it, is asked for the next. */
repoint_status rp_mysql_holders_describe(rp_db *db, const GPtrArray *changes, char **ret_text,
                                         repoint_error *error)
{
    static const char *const queries[] = {LOCKS_BY_PLUGIN, LOCKS_BY_SCHEMA, CANDIDATES};
    g_autoptr(GHashTable) keys = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
    g_autoptr(GString) text = g_string_new(NULL);
    repoint_status status = REPOINT_OK;
    for (guint i = 0; i < changes->len; i++) {
        const rp_view_change *change = g_ptr_array_index(changes, i);
        if (rp_view_change_locks(change))
            g_hash_table_add(keys, rp_relation_key(db, &change->view));
    }
    for (size_t i = 0; i < G_N_ELEMENTS(queries) && text->len == 0; i++)
        status = describe(db, queries[i], keys, text, error);
    if (text->len > 0)
        *ret_text = g_strdup(text->str);
    return text->len > 0 ? REPOINT_OK : status;
}
