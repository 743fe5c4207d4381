/*
 * Views on PostgreSQL.
 *
 *     KEEP      the view is what would be made: it reads that table alone, its text is the one that the
 *               server prints for SELECT * FROM table, and its columns are the table's
 *     REPLACE   in place, where the columns that it has come first in the new table, with their types: object
 *               id, grants, comments and whatever stands on it stay; else it is rebuilt: dropped and made
 *               again, with what stands on it (postgres_foreign.c), and what was set on it
 *               (postgres_settings.c)
 *
 * Everything is read before a lock is taken.
 */
#include <inttypes.h>
#include <string.h>

#include "db/sql.h"
#include "warehouse/postgres_try.h"

#define LOCK_TIMEOUT "50ms" /* well below the server's deadlock_timeout: this side gives way */
#define HUNG         "60s"  /* how long a process that hangs keeps what it holds */
#define HUNG_LOCKED  "2s"   /* likewise while readers wait for it */

#define LOCK_NOT_AVAILABLE "55P03" /* SQLSTATE */

/* ---- is it what it should be? ---- */

/* What the server prints for SELECT * FROM table; it names the table before each column up to version 15. */
static char *printed_query(const pg_relation *table, bool names_table, bool names_schema)
{
    GString *text = g_string_new(" SELECT ");
    for (guint i = 0; i < table->columns->len; i++) {
        const pg_column *column = g_ptr_array_index(table->columns, i);
        g_string_append_printf(text, "%s%s%s%s", i > 0 ? ",\n    " : "",
                               names_table ? table->quoted_name : "", names_table ? "." : "", column->quoted);
    }
    g_string_append_printf(text, "\n   FROM %s%s%s;", names_schema ? table->quoted_schema : "",
                           names_schema ? "." : "", table->quoted_name);
    return g_string_free(text, FALSE);
}

static bool shows_exactly(const pg_relation *view, const pg_relation *table)
{
    if (view->reads != table->id)
        return false;
    for (int names_table = 0; names_table <= 1; names_table++) {
        g_autofree char *text = printed_query(table, names_table, !table->is_visible);
        if (strcmp(text, view->definition) == 0)
            return true;
    }
    return false;
}

static bool is_same_column(const pg_column *a, const pg_column *b)
{
    return strcmp(a->name, b->name) == 0 && a->type_id == b->type_id && strcmp(a->type, b->type) == 0 &&
           a->collation == b->collation;
}

/* Do the columns of the view come first in the table? */
static bool may_replace(const pg_relation *view, const pg_relation *table)
{
    if (view->columns->len > table->columns->len)
        return false;
    for (guint i = 0; i < view->columns->len; i++) {
        if (!is_same_column(g_ptr_array_index(view->columns, i), g_ptr_array_index(table->columns, i)))
            return false;
    }
    return true;
}

static void note_columns(rp_view_change *change, const pg_relation *view, const pg_relation *table)
{
    guint place = 0;
    for (guint i = 0; i < view->columns->len; i++) {
        const pg_column *before = g_ptr_array_index(view->columns, i);
        const pg_column *after = rp_pg_column_find(table, before->name);
        guint found = 0;
        if (after == NULL) {
            g_ptr_array_add(change->columns_removed, g_strdup(before->name));
            continue;
        }
        if (!is_same_column(before, after))
            g_ptr_array_add(change->columns_retyped, g_strdup(before->name));
        g_ptr_array_find(table->columns, after, &found);
        change->is_reordered = change->is_reordered || found < place;
        place = found;
    }
    for (guint i = 0; i < table->columns->len; i++) {
        const pg_column *column = g_ptr_array_index(table->columns, i);
        if (rp_pg_column_find(view, column->name) == NULL)
            g_ptr_array_add(change->columns_added, g_strdup(column->name));
    }
}

/* ---- comparing ---- */

static const char *what_is_there(const pg_relation *relation)
{
    switch (relation->kind) {
    case 'm': return "materialized view";
    case 'S': return "sequence";
    case 'i':
    case 'I': return "index";
    case 'c': return "composite type";
    default: return "table";
    }
}

static bool can_be_read(const pg_relation *relation)
{
    return relation != NULL && strchr("rpfvm", relation->kind) != NULL;
}

static void compare_wanted(pg_comparison *of, rp_view_change *change)
{
    const rp_db *db = of->with->db;
    const pg_relation *view = rp_pg_relation_find(&of->catalog, db, &change->view);
    const pg_relation *table = rp_pg_relation_find(&of->catalog, db, &change->table);
    if (!can_be_read(table))
        rp_view_misses_table(of->with, change);
    if (view != NULL && view->kind != 'v')
        rp_view_is_taken(of->with, change, what_is_there(view));
    if (view == NULL || view->kind != 'v' || !can_be_read(table))
        return;
    change->owner = g_strdup(view->owner);
    bool may_stay = may_replace(view, table);
    bool is_same = may_stay && view->columns->len == table->columns->len && shows_exactly(view, table);
    change->action = is_same ? RP_VIEW_KEEP : RP_VIEW_REPLACE;
    change->is_rebuilt = !may_stay;
    note_columns(change, view, table);
    g_hash_table_insert(of->by_view, (gpointer)view, change);
    if (!is_same && !change->is_rebuilt && !view->is_ours) {
        g_autofree char *name = rp_relation_display(&change->view);
        rp_obstacle_add(of->with->findings->obstacles, REPOINT_REFUSED, change->model,
                        "the view %s belongs to %s, and the role %s has not its owner's rights", name,
                        view->owner, of->me);
        rp_obstacle_is_of_role(of->with->findings->obstacles);
    }
}

static void compare_all(pg_comparison *of)
{
    GPtrArray *changes = of->with->changes;
    for (guint i = 0; i < changes->len;) {
        rp_view_change *change = g_ptr_array_index(changes, i);
        const pg_relation *view = rp_pg_relation_find(&of->catalog, of->with->db, &change->view);
        if (change->action != RP_VIEW_DROP) {
            compare_wanted(of, change);
        } else if (view == NULL || view->kind != 'v') {
            g_ptr_array_remove_index(changes, i);
            continue;
        } else {
            change->owner = g_strdup(view->owner);
            g_hash_table_insert(of->by_view, (gpointer)view, change);
        }
        i++;
    }
}

static repoint_status load_relations(pg_comparison *of, repoint_error *error)
{
    g_autoptr(GPtrArray) names = g_ptr_array_new();
    for (guint i = 0; i < of->with->changes->len; i++) {
        rp_view_change *change = g_ptr_array_index(of->with->changes, i);
        g_ptr_array_add(names, &change->view);
        if (change->table.name != NULL)
            g_ptr_array_add(names, &change->table);
    }
    return rp_pg_catalog_load(of->with->db, &of->catalog, names, error);
}

static repoint_status load_facts(pg_comparison *of, repoint_error *error)
{
    g_autoptr(GPtrArray) views = g_ptr_array_new();
    GHashTableIter iterator;
    gpointer view, value;
    g_hash_table_iter_init(&iterator, of->by_view);
    while (g_hash_table_iter_next(&iterator, &view, &value)) {
        const rp_view_change *change = value;
        if (change->action != RP_VIEW_KEEP || change->properties != NULL)
            g_ptr_array_add(views, view);
    }
    return rp_pg_catalog_load_facts(of->with->db, &of->catalog, views, error);
}

static void set_statements(const pg_comparison *of)
{
    for (guint i = 0; i < of->with->changes->len; i++) {
        rp_view_change *change = g_ptr_array_index(of->with->changes, i);
        const pg_relation *table = change->table.name != NULL
                                       ? rp_pg_relation_find(&of->catalog, of->with->db, &change->table)
                                       : NULL;
        const pg_relation *view = rp_pg_relation_find(&of->catalog, of->with->db, &change->view);
        rp_pg_statements_set(of, change, view != NULL && strchr("vm", view->kind) != NULL ? view : NULL,
                             table);
    }
}

/* ---- what the snapshots ask for ---- */

static bool is_privilege(const char *name)
{
    static const char *const known[] = {"SELECT",     "INSERT",  "UPDATE",   "DELETE", "TRUNCATE",
                                        "REFERENCES", "TRIGGER", "MAINTAIN", "ALL",    NULL};
    return g_strv_contains(known, name);
}

/* Roles and privileges that there are not, before a deployment finds out. */
static repoint_status check_grants(const pg_comparison *of, repoint_error *error)
{
    g_auto(rp_key_list) list = rp_key_list_new(2);
    for (guint i = 0; i < of->with->changes->len; i++) {
        const rp_view_change *change = g_ptr_array_index(of->with->changes, i);
        for (guint j = 0; change->properties != NULL && j < change->properties->grants->len; j++) {
            const rp_view_note *grant = g_ptr_array_index(change->properties->grants, j);
            if (!is_privilege(grant->name))
                rp_obstacle_add(of->with->findings->obstacles, REPOINT_REFUSED, change->model,
                                "%s grants \"%.40s\", which is no privilege on a view", change->model,
                                grant->name);
            if (grant->text != NULL)
                rp_key_list_add(&list, change->model, grant->text);
        }
    }
    if (rp_key_list_count(&list) == 0)
        return REPOINT_OK;
    rp_db_keys keys = rp_key_list_keys(&list);
    g_autofree char *sql = rp_sql(of->with->db,
                                  "SELECT k.model, k.role FROM %k k WHERE NOT EXISTS (SELECT 1 FROM"
                                  " pg_catalog.pg_roles r WHERE r.rolname = k.role)",
                                  1U, "model, role");
    g_autoptr(rp_rows) rows = NULL;
    bool has_row = false;
    repoint_status status = rp_db_query(of->with->db, sql, RP_VALUES(rp_db_key_list(&keys)), &rows, error);
    while (status == REPOINT_OK && (status = rp_rows_next(rows, &has_row, error)) == REPOINT_OK && has_row)
        rp_obstacle_add(of->with->findings->obstacles, REPOINT_REFUSED, rp_rows_text(rows, 0),
                        "%s grants to the role %s, which does not exist", rp_rows_text(rows, 0),
                        rp_rows_text(rows, 1));
    return status;
}

/* Clients that have prepared SELECT * get an error, once, when the columns of a view change. */
static void warn_of_columns(const pg_comparison *of)
{
    const char *first = NULL;
    unsigned count = 0;
    for (guint i = 0; i < of->with->changes->len; i++) {
        const rp_view_change *change = g_ptr_array_index(of->with->changes, i);
        bool differs =
            change->columns_added->len + change->columns_removed->len + change->columns_retyped->len > 0;
        if (rp_view_change_is_foreign(change) || (!differs && !change->is_reordered))
            continue;
        first = first != NULL ? first : change->model;
        count++;
    }
    if (count > 0)
        rp_findings_warn(of->with->findings,
                         "the columns of %s%s change: statements prepared as SELECT * fail until they are "
                         "prepared again, and functions that return its rows may",
                         first, count > 1 ? " and others" : "");
}

/* ---- is there room? ---- */

/* A view that changes takes a lock of its own, one of its new table, and, since its text is read, one of its
 * old table; they are kept in memory of a fixed size. */
static void check_room(const pg_comparison *of, int64_t per_transaction, int64_t transactions, int64_t held)
{
    int64_t needed = 0;
    for (guint i = 0; i < of->with->changes->len; i++) {
        const rp_view_change *change = g_ptr_array_index(of->with->changes, i);
        if (change->action != RP_VIEW_KEEP)
            needed += change->action == RP_VIEW_REPLACE ? 3 : 2;
    }
    if (needed + held <= per_transaction * transactions)
        return;
    rp_obstacle_add(
        of->with->findings->obstacles, REPOINT_REFUSED, "max_locks_per_transaction",
        "the change takes %" PRId64 " locks, others hold %" PRId64 ", and the server has room for %" PRId64
        ": set max_locks_per_transaction to %" PRId64 " at least (now %" PRId64 ") and restart it",
        needed, held, per_transaction * transactions, (needed + held) / transactions + 1, per_transaction);
}

/* Who we are, and how much room there is. */
static repoint_status ask_server(pg_comparison *of, int64_t *ret_per_transaction, int64_t *ret_transactions,
                                 int64_t *ret_held, repoint_error *error)
{
    g_autoptr(rp_rows) rows = NULL;
    bool has_row = false;
    repoint_status status = rp_db_query(
        of->with->db,
        "SELECT CURRENT_USER::TEXT, pg_catalog.current_setting('max_locks_per_transaction')::BIGINT,"
        " pg_catalog.current_setting('max_connections')::BIGINT"
        " + pg_catalog.current_setting('max_prepared_transactions')::BIGINT,"
        " (SELECT COUNT(*) FROM pg_catalog.pg_locks l WHERE NOT l.fastpath"
        " AND l.pid IS DISTINCT FROM pg_catalog.pg_backend_pid())",
        RP_NO_VALUES, &rows, error);
    if (status == REPOINT_OK)
        status = rp_rows_next(rows, &has_row, error);
    if (status != REPOINT_OK)
        return status;
    of->me = g_strdup(rp_rows_text(rows, 0));
    *ret_per_transaction = rp_rows_integer(rows, 1, 64);
    *ret_transactions = MAX(rp_rows_integer(rows, 2, 100), 1);
    *ret_held = rp_rows_integer(rows, 3, 0);
    return REPOINT_OK;
}

/* ---- has somebody changed it meanwhile? ---- */

/* The versions of all rows that a view's properties are in, and how many things depend on it. */
#define MARKS                                                                                                \
    "SELECT n.nspname, c.relname, c.oid || ' ' || c.xmin::TEXT || ' ' ||"                                    \
    " (SELECT COALESCE(pg_catalog.string_agg(a.xmin::TEXT, ' ' ORDER BY a.attnum), '')"                      \
    " FROM pg_catalog.pg_attribute a WHERE a.attrelid = c.oid) || ';' ||"                                    \
    " (SELECT COALESCE(pg_catalog.string_agg(r.oid || ' ' || r.xmin::TEXT, ' ' ORDER BY r.oid), '')"         \
    " FROM pg_catalog.pg_rewrite r WHERE r.ev_class = c.oid) || ';' ||"                                      \
    " (SELECT COALESCE(pg_catalog.string_agg(d.xmin::TEXT, ' ' ORDER BY d.objsubid), '')"                    \
    " FROM pg_catalog.pg_description d WHERE d.classoid = 'pg_catalog.pg_class'::pg_catalog.regclass"        \
    " AND d.objoid = c.oid) || ';' || (SELECT COUNT(*) FROM pg_catalog.pg_depend d"                          \
    " WHERE d.refclassid = 'pg_catalog.pg_class'::pg_catalog.regclass AND d.refobjid = c.oid)"               \
    " FROM %k k JOIN pg_catalog.pg_namespace n ON n.nspname = k.schema_name"                                 \
    " JOIN pg_catalog.pg_class c ON c.relnamespace = n.oid AND c.relname = k.name"

static bool needs_mark(const rp_view_change *change)
{
    return change->is_rebuilt || change->action == RP_VIEW_REMAKE;
}

/* The marks of the views that are dropped and made again, by rp_relation_key(); no query when there are none.
 */
static repoint_status load_marks(rp_db *db, const GPtrArray *changes, GHashTable *marks, repoint_error *error)
{
    g_auto(rp_key_list) list = rp_key_list_new(2);
    for (guint i = 0; i < changes->len; i++) {
        const rp_view_change *change = g_ptr_array_index(changes, i);
        if (needs_mark(change))
            rp_key_list_add(&list, change->view.schema, change->view.name);
    }
    if (rp_key_list_count(&list) == 0)
        return REPOINT_OK;
    rp_db_keys keys = rp_key_list_keys(&list);
    g_autofree char *sql = rp_sql(db, MARKS, 1U, "schema_name, name");
    g_autoptr(rp_rows) rows = NULL;
    bool has_row = false;
    repoint_status status = rp_db_query(db, sql, RP_VALUES(rp_db_key_list(&keys)), &rows, error);
    while (status == REPOINT_OK && (status = rp_rows_next(rows, &has_row, error)) == REPOINT_OK && has_row) {
        rp_relation relation = {(char *)rp_rows_text(rows, 0), (char *)rp_rows_text(rows, 1)};
        g_hash_table_insert(marks, rp_relation_key(db, &relation), g_strdup(rp_rows_text(rows, 2)));
    }
    return status;
}

static const char *mark_of(const rp_db *db, GHashTable *marks, const rp_view_change *change)
{
    g_autofree char *key = rp_relation_key(db, &change->view);
    return g_hash_table_lookup(marks, key);
}

static GHashTable *new_marks(void)
{
    return g_hash_table_new_full(g_str_hash, g_str_equal, g_free, g_free);
}

/* Before what is set on the views is read: whatever changes after this is noticed. */
static repoint_status set_marks(rp_comparison *with, repoint_error *error)
{
    g_autoptr(GHashTable) marks = new_marks();
    repoint_status status = load_marks(with->db, with->changes, marks, error);
    for (guint i = 0; status == REPOINT_OK && i < with->changes->len; i++) {
        rp_view_change *change = g_ptr_array_index(with->changes, i);
        if (needs_mark(change))
            change->catalog_mark = g_strdup(mark_of(with->db, marks, change));
    }
    return status;
}

/* Behind the locks: what somebody set on a view after it was compared would be lost. */
static repoint_status check_marks(rp_db *db, const GPtrArray *changes, repoint_error *error)
{
    g_autoptr(GHashTable) marks = new_marks();
    repoint_status status = load_marks(db, changes, marks, error);
    for (guint i = 0; status == REPOINT_OK && i < changes->len; i++) {
        const rp_view_change *change = g_ptr_array_index(changes, i);
        g_autofree char *name = rp_relation_display(&change->view);
        if (needs_mark(change) && g_strcmp0(change->catalog_mark, mark_of(db, marks, change)) != 0)
            status = rp_fail(error, REPOINT_BUSY, "try again",
                             "somebody has just changed the view %s, or what stands on it", name);
    }
    return status;
}

static repoint_status compare_with(pg_comparison *of, repoint_error *error)
{
    int64_t per_transaction = 0, transactions = 0, held = 0;
    repoint_status status = ask_server(of, &per_transaction, &transactions, &held, error);
    if (status == REPOINT_OK)
        status = load_relations(of, error);
    if (status != REPOINT_OK)
        return status;
    compare_all(of);
    status = rp_pg_foreign_find(of, error);
    if (status == REPOINT_OK)
        status = set_marks(of->with, error);
    if (status == REPOINT_OK)
        status = load_facts(of, error);
    if (status == REPOINT_OK)
        status = check_grants(of, error);
    if (status == REPOINT_OK)
        status = rp_pg_foreign_try(of, error);
    if (status != REPOINT_OK)
        return status;
    rp_pg_foreign_judge(of);
    set_statements(of);
    warn_of_columns(of);
    check_room(of, per_transaction, transactions, held);
    return of->with->lists_grants ? rp_pg_grants_list(of, error) : REPOINT_OK;
}

static repoint_status savepoint(const rp_comparison *with, const char *verb, repoint_error *error)
{
    g_autofree char *sql = rp_sql(with->db, "%s SAVEPOINT " RP_PG_SAVEPOINT, verb);
    return with->in_transaction ? rp_db_execute(with->db, sql, RP_NO_VALUES, NULL, error) : REPOINT_OK;
}

/* Who keeps even this side from looking is told while the connection can be asked. */
static repoint_status compare_in_savepoint(pg_comparison *of, repoint_error *error)
{
    repoint_error failure = REPOINT_ERROR_INIT;
    repoint_status status = savepoint(of->with, "", error);
    if (status != REPOINT_OK)
        return status;
    status = compare_with(of, &failure);
    if (status == REPOINT_OK)
        return savepoint(of->with, "RELEASE", error);
    if (strcmp(failure.sqlstate, LOCK_NOT_AVAILABLE) == 0 &&
        savepoint(of->with, "ROLLBACK TO", NULL) == REPOINT_OK)
        rp_pg_explain_unreadable(of->with->db, of->with->changes, &failure);
    rp_error_move(error, &failure);
    return status;
}

static repoint_status compare(rp_comparison *with, repoint_error *error)
{
    pg_comparison of = {
        .with = with,
        .catalog = rp_pg_catalog_new(),
        .by_view = g_hash_table_new(NULL, NULL),
        .verdicts = g_hash_table_new_full(NULL, NULL, NULL, rp_pg_verdict_free),
    };
    of.catalog.has_savepoint = with->in_transaction;
    repoint_status status = compare_in_savepoint(&of, error);
    g_hash_table_unref(of.verdicts);
    g_hash_table_unref(of.by_view);
    rp_pg_catalog_clear(&of.catalog);
    g_free(of.me);
    return status;
}

/* ---- locking ---- */

/* The server ends a session that is silent for so long inside a transaction, whatever its process does. */
static repoint_status guard(rp_db *db, repoint_error *error)
{
    return rp_db_execute(db, "SET LOCAL idle_in_transaction_session_timeout = '" HUNG "'", RP_NO_VALUES, NULL,
                         error);
}

/*
 * Setting a view's schema to what it is locks the view alone, and writes nothing; LOCK TABLE would lock the
 * tables below too. All views first, in the order of their names: what holds them all at one moment has met
 * no transaction that read any of them.
 */
static repoint_status lock(rp_db *db, const GPtrArray *changes, repoint_error *error)
{
    g_autoptr(GPtrArray) statements = g_ptr_array_new_with_free_func(g_free);
    g_ptr_array_add(statements, g_strdup("SET LOCAL lock_timeout = '" LOCK_TIMEOUT "'"));
    g_ptr_array_add(statements,
                    g_strdup("SET LOCAL idle_in_transaction_session_timeout = '" HUNG_LOCKED "'"));
    g_ptr_array_add(statements, g_strdup("SET LOCAL tcp_user_timeout = '" HUNG_LOCKED "'"));
    for (guint i = 0; i < changes->len; i++) {
        const rp_view_change *change = g_ptr_array_index(changes, i);
        if (rp_view_change_locks(change))
            g_ptr_array_add(statements, rp_sql(db, "ALTER %sVIEW %n SET SCHEMA %i",
                                               change->is_materialized ? "MATERIALIZED " : "",
                                               change->view.schema, change->view.name, change->view.schema));
    }
    repoint_status status =
        rp_db_execute_all(db, (const char *const *)statements->pdata, statements->len, error);
    return status == REPOINT_OK ? check_marks(db, changes, error) : status;
}

const rp_view_engine rp_postgres_views = {
    .name_limit = 63,
    .schemas_query = "SELECT n.nspname FROM pg_catalog.pg_namespace n",
    .may_make_schemas = "SELECT pg_catalog.has_database_privilege(pg_catalog.current_database(), 'CREATE')",
    .compare = compare,
    .guard = guard,
    .lock = lock,
    .describe_holders = rp_pg_holders_describe,
    .take_mark = rp_pg_mark_take,
    .check_mark = rp_pg_mark_check,
};
