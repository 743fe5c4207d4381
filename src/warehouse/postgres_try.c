/*
 * Trying other people's views with new column types. See warehouse/postgres_try.h.
 *
 * A view that uses a column of another type may well work with it. The server tells when the view's query is
 * made into a view that reads the new table; that this one is not the old, which readers use, is the art:
 *
 *     link     stand-ins with the columns that the views have now, and the queries that read them
 *              (postgres_link.c)
 *     try      the stand-ins anew, on the new tables, with defaults and indexes; what fails is told
 *
 * Nothing is filled, and nobody's function is called: what goes wrong with rows shows when they are read. An
 * index on an expression is left out, since making it may call functions, as whoever plans.
 */
#include "warehouse/postgres_try.h"

#include <string.h>

#include "db/sql.h"
#include "state/store.h"
#include "warehouse/postgres_link.h"

/* Nobody waits for this side, which only waits for whoever has a view locked against everybody. */
#define LOCK_TIMEOUT "1s"

#define NOT_PERMITTED "42501" /* SQLSTATE */

void rp_pg_verdict_free(gpointer data)
{
    pg_verdict *verdict = data;
    g_free(verdict->reason);
    g_free(verdict);
}

static void free_stand_in(gpointer data)
{
    pg_stand_in *one = data;
    g_free(one->name);
    g_free(one->query);
    g_free(one->because);
    g_free(one);
}

/* ---- what is tried ---- */

static void add_stand_in(pg_trial *all, const pg_relation *view, rp_view_change *change, char *because)
{
    pg_stand_in *one = g_new0(pg_stand_in, 1);
    *one = (pg_stand_in){.of = view, .change = change, .because = because};
    g_ptr_array_add(all->stand_ins, one);
}

/* Why a view has to be tried because of one thing that it uses; NULL: it need not. g_free() */
static char *why_try_used(const pg_trial *all, const pg_use *use)
{
    char *retyped = rp_pg_use_retyped(all->of, use);
    const pg_stand_in *under = rp_pg_stand_in_find(all, use->of);
    if (retyped != NULL || under == NULL || under->because == NULL)
        return retyped;
    g_autofree char *name = rp_relation_display(&under->of->name);
    return g_strdup_printf("reads the view %s, which is made again with columns of other types", name);
}

static char *why_try(const pg_trial *all, const pg_relation *view)
{
    const GPtrArray *uses = all->of->catalog.uses;
    char *because = NULL;
    for (guint i = 0; i < uses->len && because == NULL; i++) {
        const pg_use *use = g_ptr_array_index(uses, i);
        if (use->by == view->id)
            because = why_try_used(all, use);
    }
    return because;
}

/* The environment's own views below. */
static void add_under(pg_trial *all, const pg_relation *view)
{
    const GPtrArray *uses = all->of->catalog.uses;
    for (guint i = 0; i < uses->len; i++) {
        const pg_use *use = g_ptr_array_index(uses, i);
        if (use->by != view->id || rp_pg_stand_in_find(all, use->of) != NULL)
            continue;
        const pg_relation *under = g_hash_table_lookup(all->of->catalog.by_id, &use->of);
        rp_view_change *change = g_hash_table_lookup(all->of->by_view, under);
        if (!rp_view_change_is_foreign(change) && change->is_rebuilt)
            add_stand_in(all, under, change, NULL);
    }
}

static void collect(pg_trial *all)
{
    g_autoptr(GPtrArray) changes = rp_pg_changes_by_depth(all->of);
    for (guint i = 0; i < changes->len; i++) {
        rp_view_change *change = g_ptr_array_index(changes, i);
        const pg_relation *view = rp_pg_relation_find(&all->of->catalog, all->of->with->db, &change->view);
        if (!rp_view_change_is_foreign(change) || view == NULL)
            continue;
        g_autofree char *because = why_try(all, view);
        g_autofree char *anyway = because != NULL ? rp_pg_foreign_why_not(all->of, view) : NULL;
        if (because == NULL || anyway != NULL)
            continue;
        add_under(all, view);
        add_stand_in(all, view, change, g_steal_pointer(&because));
    }
}

/* ---- where it is tried ---- */

static repoint_status is_read_only(rp_db *db, bool *ret_is, repoint_error *error)
{
    g_autofree char *answer = NULL;
    repoint_status status =
        rp_db_query_text(db, "SELECT pg_catalog.current_setting('transaction_read_only')", &answer, error);
    if (status == REPOINT_OK)
        *ret_is = g_strcmp0(answer, "on") == 0;
    return status;
}

/* In a transaction that only reads nothing is made, not even what is temporary: another connection is needed.
 * *ret_may: there is somewhere to try it. */
static repoint_status enter(pg_trial *all, bool *ret_may, repoint_error *error)
{
    const rp_comparison *with = all->of->with;
    bool reads = false;
    all->db = with->db;
    repoint_status status = is_read_only(with->db, &reads, error);
    if (status == REPOINT_OK && reads && with->store != NULL) {
        status = rp_store_warehouse_again(with->store, with->store->deadline_us, &all->own, error);
        all->db = all->own;
    }
    if (status == REPOINT_OK && reads && all->own == NULL) {
        *ret_may = false;
        return REPOINT_OK;
    }
    all->is_inner = with->in_transaction && !reads;
    if (status == REPOINT_OK && all->is_inner)
        status = rp_db_execute(all->db, "SAVEPOINT repoint_try", RP_NO_VALUES, NULL, error);
    else if (status == REPOINT_OK)
        status = rp_db_begin(all->db, RP_DB_WRITE, error);
    if (status == REPOINT_OK)
        status =
            rp_db_execute(all->db, "SET LOCAL lock_timeout = '" LOCK_TIMEOUT "'", RP_NO_VALUES, NULL, error);
    *ret_may = status == REPOINT_OK;
    return status;
}

/* Nothing of it stays. */
static repoint_status leave(pg_trial *all, repoint_error *error)
{
    if (all->db == NULL)
        return REPOINT_OK;
    if (!all->is_inner) {
        rp_db_rollback(all->db);
        return REPOINT_OK;
    }
    static const char *const statements[] = {"ROLLBACK TO SAVEPOINT repoint_try",
                                             "RELEASE SAVEPOINT repoint_try"};
    return rp_db_execute_all(all->db, statements, G_N_ELEMENTS(statements), error);
}

static void clear_trial(pg_trial *all)
{
    g_ptr_array_unref(all->stand_ins);
    g_ptr_array_unref(all->made);
    rp_db_close(all->own);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(pg_trial, clear_trial)

/* ---- trying ---- */

static void judge(const pg_trial *all, const pg_stand_in *view, bool is_of_role, const char *format, ...)
    G_GNUC_PRINTF(4, 5);
static void judge(const pg_trial *all, const pg_stand_in *view, bool is_of_role, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    g_autofree char *text = g_strdup_vprintf(format, arguments);
    va_end(arguments);
    pg_verdict *verdict = g_new(pg_verdict, 1);
    *verdict = (pg_verdict){g_strconcat(view->because, text, NULL), is_of_role};
    g_hash_table_replace(all->of->verdicts, (gpointer)view->of, verdict);
}

/* The statements of a materialized view's indexes, behind what names index and view. */
#define INDEXES                                                                                              \
    "SELECT CASE WHEN i.indisunique THEN 'UNIQUE ' ELSE '' END, pg_catalog.substr("                          \
    "pg_catalog.pg_get_indexdef(i.indexrelid), pg_catalog.length(pg_catalog.format('CREATE %%sINDEX %%I ON"  \
    " %%I.%%I ', CASE WHEN i.indisunique THEN 'UNIQUE ' ELSE '' END, x.relname, n.nspname, c.relname)) + 1)" \
    " FROM pg_catalog.pg_index i JOIN pg_catalog.pg_class x ON x.oid = i.indexrelid"                         \
    " JOIN pg_catalog.pg_class c ON c.oid = i.indrelid"                                                      \
    " JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace"                                              \
    " WHERE c.oid = %l AND i.indexprs IS NULL AND i.indpred IS NULL"

static repoint_status add_indexes(const pg_trial *all, const pg_stand_in *view, GPtrArray *statements,
                                  repoint_error *error)
{
    g_autofree char *id = g_strdup_printf("%" G_GINT64_FORMAT, view->of->id);
    g_autofree char *sql = rp_sql(all->db, INDEXES, id);
    g_autoptr(rp_rows) rows = NULL;
    bool has_row = false;
    repoint_status status = rp_db_query(all->db, sql, RP_NO_VALUES, &rows, error);
    while (status == REPOINT_OK && (status = rp_rows_next(rows, &has_row, error)) == REPOINT_OK && has_row)
        g_ptr_array_add(statements, rp_sql(all->db, "CREATE %sINDEX ON %n %s", rp_rows_text(rows, 0),
                                           "pg_temp", view->name, rp_rows_text(rows, 1)));
    return status;
}

/* A materialized view is a table that is not filled. */
static repoint_status add_statements(const pg_trial *all, const pg_stand_in *view, GPtrArray *statements,
                                     repoint_error *error)
{
    if (view->because == NULL) {
        const rp_relation *table = &view->change->table;
        g_ptr_array_add(statements, rp_sql(all->db, "CREATE TEMPORARY VIEW %i AS SELECT * FROM %n",
                                           view->name, table->schema, table->name));
        return REPOINT_OK;
    }
    if (view->of->kind == 'm') {
        g_ptr_array_add(statements, rp_sql(all->db, "CREATE TEMPORARY TABLE %i AS %s WITH NO DATA",
                                           view->name, view->query));
        return add_indexes(all, view, statements, error);
    }
    g_ptr_array_add(statements, rp_sql(all->db, "CREATE TEMPORARY VIEW %i AS %s", view->name, view->query));
    for (guint i = 0; i < view->of->facts->len; i++) {
        const pg_fact *fact = g_ptr_array_index(view->of->facts, i);
        if (fact->kind == PG_COLUMN_DEFAULT)
            g_ptr_array_add(statements, rp_sql(all->db, "ALTER VIEW %n ALTER COLUMN %i SET DEFAULT %s",
                                               "pg_temp", view->name, fact->column, fact->text));
    }
    return REPOINT_OK;
}

#define RETYPED                                                                                              \
    "SELECT a.attname FROM pg_catalog.pg_attribute a JOIN pg_catalog.pg_attribute b"                         \
    " ON b.attrelid = pg_catalog.to_regclass(%l) AND b.attnum = a.attnum"                                    \
    " WHERE a.attrelid = %l AND a.attnum > 0 AND NOT a.attisdropped"                                         \
    " AND (a.atttypid, a.atttypmod, a.attcollation) <> (b.atttypid, b.atttypmod, b.attcollation)"            \
    " ORDER BY a.attnum"

/* Which of its own columns get another type. */
static repoint_status note_retyped(const pg_trial *all, const pg_stand_in *view, repoint_error *error)
{
    g_autofree char *name = g_strconcat("pg_temp.", view->name, NULL);
    g_autofree char *id = g_strdup_printf("%" G_GINT64_FORMAT, view->of->id);
    g_autofree char *sql = rp_sql(all->db, RETYPED, name, id);
    g_autoptr(rp_rows) rows = NULL;
    bool has_row = false;
    repoint_status status = rp_db_query(all->db, sql, RP_NO_VALUES, &rows, error);
    while (status == REPOINT_OK && (status = rp_rows_next(rows, &has_row, error)) == REPOINT_OK && has_row)
        g_ptr_array_add(view->change->columns_retyped, g_strdup(rp_rows_text(rows, 0)));
    return status;
}

/* Does the server say that it cannot be done, rather than that it cannot do it now? */
static bool is_answer(repoint_status status)
{
    return status == REPOINT_FAILED || status == REPOINT_INVALID || status == REPOINT_CONFLICT;
}

/* What the server says, without who says it. */
static const char *said(const repoint_error *failure)
{
    const char *colon = strstr(failure->message, ": ");
    return colon != NULL ? colon + 2 : failure->message;
}

static bool stands_on_failed(const pg_trial *all, const pg_stand_in *view)
{
    g_autoptr(GPtrArray) under = rp_pg_stand_ins_read_by(all, view->of, NULL);
    for (guint i = 0; i < under->len; i++) {
        if (g_hash_table_contains(all->of->verdicts, ((pg_stand_in *)g_ptr_array_index(under, i))->of))
            return true;
    }
    return false;
}

static repoint_status make(const pg_trial *all, const pg_stand_in *view, repoint_error *error)
{
    g_autoptr(GPtrArray) statements = g_ptr_array_new_with_free_func(g_free);
    g_ptr_array_add(statements, g_strdup("SAVEPOINT repoint_try_one"));
    repoint_status status = add_statements(all, view, statements, error);
    return status == REPOINT_OK ? rp_pg_trial_run(all, statements, error) : status;
}

static repoint_status try_one(const pg_trial *all, const pg_stand_in *view, repoint_error *error)
{
    repoint_error failure = REPOINT_ERROR_INIT;
    repoint_status status = make(all, view, &failure);
    if (status == REPOINT_OK)
        return view->because != NULL ? note_retyped(all, view, error) : REPOINT_OK;
    if (is_answer(status) && view->because != NULL) {
        judge(all, view, strcmp(failure.sqlstate, NOT_PERMITTED) == 0, ": %s", said(&failure));
        status = rp_db_execute(all->db, "ROLLBACK TO SAVEPOINT repoint_try_one", RP_NO_VALUES, NULL, error);
    } else {
        rp_error_move(error, &failure);
    }
    repoint_error_clear(&failure);
    return status;
}

static repoint_status try_all(pg_trial *all, repoint_error *error)
{
    repoint_status status = rp_pg_trial_link(all, error);
    for (guint i = 0; i < all->stand_ins->len && status == REPOINT_OK; i++) {
        const pg_stand_in *one = g_ptr_array_index(all->stand_ins, i);
        if (g_hash_table_contains(all->of->verdicts, one->of))
            continue;
        if (one->because != NULL && !one->is_linked)
            judge(all, one, false, ", and cannot be tried with it");
        else if (one->because != NULL && stands_on_failed(all, one))
            judge(all, one, false, ", and that one cannot be");
        else
            status = try_one(all, one, error);
    }
    return status;
}

/* Not one could be tried: whoever plans may not, or the server cannot. */
static void judge_untried(const pg_trial *all, const repoint_error *failure)
{
    bool is_of_role = strcmp(failure->sqlstate, NOT_PERMITTED) == 0;
    for (guint i = 0; i < all->stand_ins->len; i++) {
        const pg_stand_in *one = g_ptr_array_index(all->stand_ins, i);
        if (one->because != NULL)
            judge(all, one, is_of_role, "; whether it works then the role %s cannot try: %s", all->of->me,
                  said(failure));
    }
}

/* On a connection of the caller's there is no other one, and this transaction only reads. */
static void warn_untried(const pg_trial *all)
{
    for (guint i = 0; i < all->stand_ins->len; i++) {
        const pg_stand_in *one = g_ptr_array_index(all->stand_ins, i);
        g_autofree char *name = rp_relation_display(&one->of->name);
        if (one->because != NULL)
            rp_findings_warn(all->of->with->findings,
                             "the view %s of %s %s; whether it works then is tried at the cutover", name,
                             one->of->owner, one->because);
    }
}

repoint_status rp_pg_foreign_try(pg_comparison *of, repoint_error *error)
{
    g_auto(pg_trial) all = {
        .of = of,
        .stand_ins = g_ptr_array_new_with_free_func(free_stand_in),
        .made = g_ptr_array_new_with_free_func(g_free),
    };
    repoint_error failure = REPOINT_ERROR_INIT;
    bool may = false;
    collect(&all);
    if (all.stand_ins->len == 0)
        return REPOINT_OK;
    repoint_status status = enter(&all, &may, &failure);
    if (status == REPOINT_OK && !may)
        warn_untried(&all);
    if (status == REPOINT_OK && may)
        status = try_all(&all, &failure);
    repoint_status left = leave(&all, error);
    if (is_answer(status)) {
        judge_untried(&all, &failure);
        status = REPOINT_OK;
    }
    if (status != REPOINT_OK)
        rp_error_move(error, &failure);
    repoint_error_clear(&failure);
    return status != REPOINT_OK ? status : left;
}
