/*
 * The statements that change views on PostgreSQL.
 *
 * Replacing a view in place keeps its object id, grants, comments and dependents, but not its options: they
 * are said again. A view that is dropped and made again gets back what was set on it: options, defaults,
 * comments, indexes, owner, grants; and it does not get what the server gives to every new view of whoever
 * makes it (ALTER DEFAULT PRIVILEGES).
 */
#include <string.h>

#include "db/sql.h"
#include "warehouse/postgres.h"

/* A view that gets back what it had. */
typedef struct rebuilding {
    const rp_db *db;
    const char *me;
    rp_view_change *change;
    const pg_relation *view;  /* as it is */
    const pg_relation *table; /* what it reads from now on; NULL: it keeps its columns */
} rebuilding;

static const char *kind_name(const pg_relation *view)
{
    return view->kind == 'm' ? "MATERIALIZED VIEW" : "VIEW";
}

static bool has_column(const rebuilding *of, const char *column)
{
    return column == NULL || of->table == NULL || rp_pg_column_find(of->table, column) != NULL;
}

/* " WITH (security_barrier='true')", or "". g_free() */
static char *options_text(const rp_db *db, const pg_relation *view)
{
    GString *text = g_string_new(NULL);
    for (guint i = 0; view != NULL && i < view->facts->len; i++) {
        const pg_fact *fact = g_ptr_array_index(view->facts, i);
        if (fact->kind != PG_OPTION)
            continue;
        g_autofree char *option = rp_sql(db, "%i=%l", fact->name, fact->text);
        g_string_append_printf(text, "%s%s", text->len == 0 ? " WITH (" : ", ", option);
    }
    if (text->len > 0)
        g_string_append_c(text, ')');
    return g_string_free(text, FALSE);
}

/* ---- comments ---- */

static char *comment_statement(const rp_db *db, const rp_relation *view, const char *kind, const char *column,
                               const char *text)
{
    return column == NULL
               ? rp_sql(db, "COMMENT ON %s %n IS %l", kind, view->schema, view->name, text)
               : rp_sql(db, "COMMENT ON COLUMN %n.%i IS %l", view->schema, view->name, column, text);
}

/* What the snapshot says, unless the view that stays says it already. */
static void settle_comment(const rp_db *db, rp_view_change *change, const pg_relation *view,
                           const char *column, const char *text)
{
    const pg_fact *now = view != NULL ? rp_pg_fact_find(view, PG_COMMENT, column) : NULL;
    if (text != NULL && (now == NULL || strcmp(now->text, text) != 0))
        rp_view_settle_with(change, comment_statement(db, &change->view, "VIEW", column, text));
}

static void settle_comments(const rp_db *db, rp_view_change *change, const pg_relation *view,
                            const pg_relation *table)
{
    const rp_view_properties *says = change->properties;
    settle_comment(db, change, view, NULL, says->comment);
    for (guint i = 0; table != NULL && i < says->column_comments->len; i++) {
        const rp_view_note *note = g_ptr_array_index(says->column_comments, i);
        if (rp_pg_column_find(table, note->name) != NULL)
            settle_comment(db, change, view, note->name, note->text);
    }
}

/* ---- grants ---- */

/* The privileges come from the server, or were compared with a list. */
static char *grant_statement(const rp_db *db, const rp_relation *view, const pg_fact *grant)
{
    g_autofree char *column = grant->column != NULL ? rp_sql(db, " (%i)", grant->column) : g_strdup("");
    g_autofree char *to = grant->name != NULL ? rp_sql(db, "%i", grant->name) : g_strdup("PUBLIC");
    return rp_sql(db, "GRANT %s%s ON %n TO %s%s", grant->text, column, view->schema, view->name, to,
                  grant->flag ? " WITH GRANT OPTION" : "");
}

static void take_back(const rebuilding *of, const char *privilege, const char *role)
{
    g_autofree char *from = role != NULL ? rp_sql(of->db, "%i", role) : g_strdup("PUBLIC");
    const rp_relation *view = &of->change->view;
    rp_view_make_with(of->change,
                      rp_sql(of->db, "REVOKE %s ON %n FROM %s", privilege, view->schema, view->name, from));
}

/* A grant by somebody who was himself granted it. */
static void grant_as(const rebuilding *of, const pg_fact *grant)
{
    bool is_owners = strcmp(grant->grantor, of->view->owner) == 0;
    if (!is_owners)
        rp_view_make_with(of->change, rp_sql(of->db, "SET LOCAL ROLE %i", grant->grantor));
    rp_view_make_with(of->change, grant_statement(of->db, &of->change->view, grant));
    if (!is_owners)
        rp_view_make_with(of->change, rp_sql(of->db, "SET LOCAL ROLE %i", of->me));
}

/* May its grantor give it by now: as the owner, or by a grant among those made? */
static bool is_grantable(const rebuilding *of, const GPtrArray *made, const pg_fact *grant)
{
    if (strcmp(grant->grantor, of->view->owner) == 0)
        return true;
    for (guint i = 0; i < made->len; i++) {
        const pg_fact *before = g_ptr_array_index(made, i);
        bool covers = before->column == NULL || g_strcmp0(before->column, grant->column) == 0;
        if (before->flag && covers && g_strcmp0(before->name, grant->grantor) == 0 &&
            strcmp(before->text, grant->text) == 0)
            return true;
    }
    return false;
}

/* In the order in which they could have been given. */
static void grant_again(const rebuilding *of)
{
    g_autoptr(GPtrArray) made = g_ptr_array_new();
    guint before;
    do {
        before = made->len;
        for (guint i = 0; i < of->view->facts->len; i++) {
            const pg_fact *fact = g_ptr_array_index(of->view->facts, i);
            if (fact->kind != PG_GRANT || !has_column(of, fact->column) ||
                g_ptr_array_find(made, fact, NULL) || !is_grantable(of, made, fact))
                continue;
            grant_as(of, fact);
            g_ptr_array_add(made, (gpointer)fact);
        }
    } while (made->len > before);
}

/* Those that the snapshot names and the view does not have; whatever else people gave stays. */
static void settle_grants(const rp_db *db, rp_view_change *change, const pg_relation *view)
{
    for (guint i = 0; i < change->properties->grants->len; i++) {
        const rp_view_note *note = g_ptr_array_index(change->properties->grants, i);
        const pg_fact wanted = {.kind = PG_GRANT, .name = note->text, .text = note->name};
        bool has = view != NULL && g_strcmp0(view->owner, note->text) == 0;
        for (guint j = 0; view != NULL && j < view->facts->len && !has; j++) {
            const pg_fact *fact = g_ptr_array_index(view->facts, j);
            has = fact->kind == PG_GRANT && fact->column == NULL && strcmp(fact->text, note->name) == 0 &&
                  g_strcmp0(fact->name, note->text) == 0;
        }
        if (!has)
            rp_view_settle_with(change, grant_statement(db, &change->view, &wanted));
    }
}

/* ---- rebuilding ---- */

static void put_back_texts(const rebuilding *of)
{
    const rp_relation *view = &of->change->view;
    for (guint i = 0; i < of->view->facts->len; i++) {
        const pg_fact *fact = g_ptr_array_index(of->view->facts, i);
        if (fact->kind == PG_COMMENT && has_column(of, fact->column))
            rp_view_make_with(of->change,
                              comment_statement(of->db, view, kind_name(of->view), fact->column, fact->text));
        if (fact->kind == PG_COLUMN_DEFAULT && has_column(of, fact->column))
            rp_view_make_with(of->change, rp_sql(of->db, "ALTER VIEW %n ALTER COLUMN %i SET DEFAULT %s",
                                                 view->schema, view->name, fact->column, fact->text));
    }
}

static void put_back_indexes(const rebuilding *of)
{
    const rp_relation *view = &of->change->view;
    for (guint i = 0; i < of->view->facts->len; i++) {
        const pg_fact *fact = g_ptr_array_index(of->view->facts, i);
        if (fact->kind != PG_INDEX)
            continue;
        rp_view_make_with(of->change, g_strdup(fact->text));
        if (fact->grantor != NULL)
            rp_view_make_with(of->change, rp_sql(of->db, "ALTER INDEX %n SET TABLESPACE %i", view->schema,
                                                 fact->name, fact->grantor));
        if (fact->flag)
            rp_view_make_with(of->change, rp_sql(of->db, "ALTER MATERIALIZED VIEW %n CLUSTER ON %i",
                                                 view->schema, view->name, fact->name));
    }
}

static void put_back_rights(const rebuilding *of)
{
    const rp_relation *view = &of->change->view;
    for (guint i = 0; i < of->view->facts->len; i++) {
        const pg_fact *fact = g_ptr_array_index(of->view->facts, i);
        if (fact->kind == PG_DEFAULT_GRANT)
            take_back(of, "ALL", fact->name);
    }
    if (strcmp(of->view->owner, of->me) != 0)
        rp_view_make_with(of->change, rp_sql(of->db, "ALTER %s %n OWNER TO %i", kind_name(of->view),
                                             view->schema, view->name, of->view->owner));
    for (guint i = 0; i < of->view->facts->len; i++) {
        const pg_fact *fact = g_ptr_array_index(of->view->facts, i);
        if (fact->kind == PG_OWNER_LACKS)
            take_back(of, fact->text, of->view->owner);
    }
    grant_again(of);
}

static void drop(const rp_db *db, rp_view_change *change, const pg_relation *view)
{
    rp_view_drop_with(change, rp_sql(db, "DROP %s %n", kind_name(view), view->name.schema, view->name.name));
}

char *rp_pg_query_text(const char *printed)
{
    char *query = g_strdup(printed);
    g_strchomp(query);
    if (g_str_has_suffix(query, ";"))
        query[strlen(query) - 1] = '\0';
    return query;
}

/* A materialized view is filled by its owner, as REFRESH does it. */
static void remake(const rebuilding *of)
{
    const pg_relation *view = of->view;
    const rp_relation *name = &view->name;
    g_autofree char *options = options_text(of->db, view), *query = rp_pg_query_text(view->definition);
    if (view->kind == 'v') {
        rp_view_make_with(of->change,
                          rp_sql(of->db, "CREATE VIEW %n%s AS %s", name->schema, name->name, options, query));
        put_back_texts(of);
        put_back_rights(of);
        return;
    }
    g_autofree char *method = rp_sql(of->db, " USING %i", view->access_method);
    g_autofree char *place =
        view->tablespace != NULL ? rp_sql(of->db, " TABLESPACE %i", view->tablespace) : g_strdup("");
    rp_view_make_with(of->change, rp_sql(of->db, "CREATE MATERIALIZED VIEW %n%s%s%s AS %s WITH NO DATA",
                                         name->schema, name->name, method, options, place, query));
    put_back_texts(of);
    put_back_rights(of);
    put_back_indexes(of); /* by now functions in them are called as the owner, too */
    if (view->is_populated)
        rp_view_make_with(of->change,
                          rp_sql(of->db, "REFRESH MATERIALIZED VIEW %n", name->schema, name->name));
}

/* ---- all of them ---- */

static void set_drop(const rp_db *db, rp_view_change *change, const pg_relation *view)
{
    if (change->depth > 0 || rp_view_change_is_foreign(change))
        drop(db, change, view);
    else
        rp_view_settle_with(change, rp_sql(db, "DROP VIEW %n", view->name.schema, view->name.name));
}

static void set_replace(const pg_comparison *of, rp_view_change *change, const pg_relation *view,
                        const pg_relation *table)
{
    const rp_db *db = of->with->db;
    g_autofree char *options = options_text(db, view);
    rebuilding again = {db, of->me, change, view, table};
    if (change->is_rebuilt)
        drop(db, change, view);
    rp_view_make_with(change, rp_view_statement(db, change, !change->is_rebuilt, options));
    if (change->is_rebuilt) {
        put_back_texts(&again);
        put_back_rights(&again);
    }
}

void rp_pg_statements_set(const pg_comparison *of, rp_view_change *change, const pg_relation *view,
                          const pg_relation *table)
{
    const rp_db *db = of->with->db;
    rebuilding again = {db, of->me, change, view, NULL};
    switch (change->action) {
    case RP_VIEW_KEEP: break;
    case RP_VIEW_CREATE: rp_view_make_with(change, rp_view_statement(db, change, false, "")); break;
    case RP_VIEW_REPLACE: set_replace(of, change, view, table); break;
    case RP_VIEW_DROP: set_drop(db, change, view); break;
    case RP_VIEW_REMAKE:
        drop(db, change, view);
        remake(&again);
        break;
    }
    if (change->properties == NULL || change->action == RP_VIEW_DROP)
        return;
    if (of->with->has_comments)
        settle_comments(db, change, view, table);
    settle_grants(db, change, view);
}
