/*
 * Stand-ins for views. See warehouse/postgres_link.h.
 *
 *     link     a stand-in for each view concerned, with the columns that it has now; the queries of other
 *              people's views are printed and read again so that they mean the stand-ins
 *     print    those queries once more, as the deployment will print them: but for the stand-ins' names they
 *              are the text that it runs
 *
 * How a query comes to mean stand-ins: it is printed where nothing but one schema is searched, so that the
 * views of that schema stand there without it, and read where temporary views are searched before that
 * schema, and those of it have the names of what they stand for. Functions and operators are never looked for
 * among what is temporary, so they are the same ones, and with old types nothing can be taken for something
 * else. Where a WITH query has a view's name, that of the view keeps its schema in print: it is looked for in
 * the text. Whether a view still reads what it should not the catalog tells in the end.
 */
#include "warehouse/postgres_link.h"

#include <string.h>

#include "db/sql.h"

/* ---- all of them ---- */

pg_stand_in *rp_pg_stand_in_find(const pg_trial *all, int64_t id)
{
    for (guint i = 0; i < all->stand_ins->len; i++) {
        pg_stand_in *one = g_ptr_array_index(all->stand_ins, i);
        if (one->of->id == id)
            return one;
    }
    return NULL;
}

GPtrArray *rp_pg_stand_ins_read_by(const pg_trial *all, const pg_relation *view, const char *schema)
{
    GPtrArray *found = g_ptr_array_new();
    const GPtrArray *uses = all->of->catalog.uses;
    for (guint i = 0; i < uses->len; i++) {
        const pg_use *use = g_ptr_array_index(uses, i);
        pg_stand_in *under = use->by == view->id ? rp_pg_stand_in_find(all, use->of) : NULL;
        if (under != NULL && (schema == NULL || strcmp(under->of->name.schema, schema) == 0) &&
            !g_ptr_array_find(found, under, NULL))
            g_ptr_array_add(found, under);
    }
    return found;
}

repoint_status rp_pg_trial_run(const pg_trial *all, const GPtrArray *statements, repoint_error *error)
{
    return rp_db_execute_all(all->db, (const char *const *)statements->pdata, statements->len, error);
}

static char *fresh_name(pg_trial *all)
{
    char *name = g_strdup_printf("repoint_%u", all->made->len + 1);
    g_ptr_array_add(all->made, name);
    return g_strdup(name);
}

/* ---- linking ---- */

static void rename_all(const pg_trial *all, const GPtrArray *stand_ins, bool back, GPtrArray *statements)
{
    for (guint i = 0; i < stand_ins->len; i++) {
        const pg_stand_in *one = g_ptr_array_index(stand_ins, i);
        const char *from = back ? one->of->name.name : one->name;
        const char *to = back ? one->name : one->of->name.name;
        g_ptr_array_add(statements, rp_sql(all->db, "ALTER VIEW %n RENAME TO %i", "pg_temp", from, to));
    }
}

static repoint_status print_query(const pg_trial *all, char *sql, char **ret_query, repoint_error *error)
{
    g_autofree char *owned = sql;
    g_autofree char *text = NULL;
    repoint_status status = rp_db_query_text(all->db, owned, &text, error);
    if (status == REPOINT_OK && text == NULL)
        status = rp_fail(error, REPOINT_BUSY, "try again", "somebody has just dropped a view");
    if (status == REPOINT_OK)
        *ret_query = rp_pg_query_text(text);
    return status;
}

static char *print_temporary(const pg_trial *all, const char *name)
{
    g_autofree char *qualified = g_strconcat("pg_temp.", name, NULL);
    return rp_sql(all->db, "SELECT pg_catalog.pg_get_viewdef(pg_catalog.to_regclass(%l))", qualified);
}

static char *print_real(const pg_trial *all, const pg_relation *view)
{
    g_autofree char *id = g_strdup_printf("%" G_GINT64_FORMAT, view->id);
    return rp_sql(all->db,
                  "SELECT pg_catalog.pg_get_viewdef(c.oid) FROM pg_catalog.pg_class c WHERE c.oid = %l", id);
}

static bool is_of_name(char letter)
{
    return g_ascii_isalnum(letter) || letter == '_' || letter == '$' || (letter & 0x80) != 0;
}

/* Does `name` stand at `at` as a whole, and not as that of a function? */
static bool is_name_at(const char *query, const char *at, const char *name)
{
    size_t length = strlen(name);
    char before = at > query ? at[-1] : ' ';
    return strncmp(at, name, length) == 0 && !is_of_name(before) && before != '.' &&
           !is_of_name(at[length]) && strchr(".(\"", at[length]) == NULL;
}

/* A query with pg_temp for the schema of `view` where it stands with it. g_free() */
static char *with_temporary(const char *query, const pg_relation *view)
{
    g_autofree char *name = g_strconcat(view->quoted_schema, ".", view->quoted_name, NULL);
    GString *text = g_string_new(NULL);
    char quote = '\0';
    for (const char *at = query; *at != '\0'; at++) {
        if (quote == '\0' && is_name_at(query, at, name)) {
            g_string_append_printf(text, "pg_temp.%s", view->quoted_name);
            at += strlen(name) - 1;
            continue;
        }
        if (quote == *at)
            quote = '\0';
        else if (quote == '\0' && (*at == '\'' || *at == '"'))
            quote = *at;
        g_string_append_c(text, *at);
    }
    return g_string_free(text, FALSE);
}

static void replace_hidden(const GPtrArray *stand_ins, char **query)
{
    for (guint i = 0; i < stand_ins->len; i++) {
        char *text = with_temporary(*query, ((pg_stand_in *)g_ptr_array_index(stand_ins, i))->of);
        g_free(*query);
        *query = text;
    }
}

/* Makes the view that reads the stand-ins of one schema instead of what they stand for. `hidden`: also where
 * their schema is in print. */
static repoint_status link_schema(pg_trial *all, pg_stand_in *view, const char *schema, bool hidden,
                                  repoint_error *error)
{
    g_autoptr(GPtrArray) under = rp_pg_stand_ins_read_by(all, view->of, schema);
    g_autoptr(GPtrArray) before = g_ptr_array_new_with_free_func(g_free),
                         after = g_ptr_array_new_with_free_func(g_free);
    g_autofree char *query = NULL, *from = g_steal_pointer(&view->name);
    rename_all(all, under, false, before);
    g_ptr_array_add(before, rp_sql(all->db, "SET LOCAL search_path = %i, pg_temp", schema));
    repoint_status status = rp_pg_trial_run(all, before, error);
    if (status == REPOINT_OK)
        status = print_query(all, from == NULL ? print_real(all, view->of) : print_temporary(all, from),
                             &query, error);
    if (status != REPOINT_OK)
        return status;
    if (hidden)
        replace_hidden(under, &query);
    view->name = fresh_name(all);
    g_ptr_array_add(after, rp_sql(all->db, "SET LOCAL search_path = pg_temp, %i", schema));
    g_ptr_array_add(after, rp_sql(all->db, "CREATE TEMPORARY VIEW %i AS %s", view->name, query));
    rename_all(all, under, true, after);
    return rp_pg_trial_run(all, after, error);
}

/* Does it still read something that has a stand-in? */
static repoint_status check_link(const pg_trial *all, const pg_stand_in *view, bool *ret_reads,
                                 repoint_error *error)
{
    g_autoptr(GPtrArray) relations = g_ptr_array_new();
    g_autofree char *name = g_strconcat("pg_temp.", view->name, NULL);
    for (guint i = 0; i < all->stand_ins->len; i++)
        g_ptr_array_add(relations, (gpointer)((pg_stand_in *)g_ptr_array_index(all->stand_ins, i))->of);
    return rp_pg_catalog_reads_any(all->db, name, relations, ret_reads, error);
}

static repoint_status link_schemas(pg_trial *all, pg_stand_in *view, bool hidden, bool *ret_reads,
                                   repoint_error *error)
{
    g_autoptr(GPtrArray) under = rp_pg_stand_ins_read_by(all, view->of, NULL);
    g_autoptr(GHashTable) schemas = g_hash_table_new(g_str_hash, g_str_equal);
    repoint_status status = REPOINT_OK;
    for (guint i = 0; i < under->len && status == REPOINT_OK; i++) {
        const char *schema = ((pg_stand_in *)g_ptr_array_index(under, i))->of->name.schema;
        if (g_hash_table_add(schemas, (gpointer)schema))
            status = link_schema(all, view, schema, hidden, error);
    }
    return status == REPOINT_OK ? check_link(all, view, ret_reads, error) : status;
}

static repoint_status link_foreign(pg_trial *all, pg_stand_in *view, repoint_error *error)
{
    bool reads = false;
    repoint_status status = link_schemas(all, view, false, &reads, error);
    if (status == REPOINT_OK && reads)
        status = link_schemas(all, view, true, &reads, error);
    view->is_linked = status == REPOINT_OK && !reads;
    return status;
}

static repoint_status link_own(pg_trial *all, pg_stand_in *view, repoint_error *error)
{
    view->name = fresh_name(all);
    g_autofree char *sql = rp_sql(all->db, "CREATE TEMPORARY VIEW %i AS SELECT * FROM %n", view->name,
                                  view->of->name.schema, view->of->name.name);
    return rp_db_execute(all->db, sql, RP_NO_VALUES, NULL, error);
}

static repoint_status set_path(const pg_trial *all, const char *path, repoint_error *error)
{
    g_autofree char *ignored = NULL;
    g_autofree char *sql = rp_sql(all->db, "SELECT pg_catalog.set_config('search_path', %l, TRUE)", path);
    return rp_db_query_text(all->db, sql, &ignored, error);
}

/* ---- printing ---- */

/* The queries as the deployment runs them; then everything temporary goes. */
static repoint_status print_all(const pg_trial *all, repoint_error *error)
{
    repoint_status status = REPOINT_OK;
    for (guint i = 0; i < all->stand_ins->len && status == REPOINT_OK; i++) {
        pg_stand_in *one = g_ptr_array_index(all->stand_ins, i);
        if (one->is_linked)
            status = print_query(all, print_temporary(all, one->name), &one->query, error);
    }
    g_autoptr(GString) drop = g_string_new("DROP VIEW ");
    for (guint i = 0; i < all->made->len; i++)
        g_string_append_printf(drop, "%spg_temp.%s", i > 0 ? ", " : "",
                               (const char *)g_ptr_array_index(all->made, i));
    return status == REPOINT_OK ? rp_db_execute(all->db, drop->str, RP_NO_VALUES, NULL, error) : status;
}

repoint_status rp_pg_trial_link(pg_trial *all, repoint_error *error)
{
    g_autofree char *path = NULL;
    repoint_status status =
        rp_db_query_text(all->db, "SELECT pg_catalog.current_setting('search_path')", &path, error);
    for (guint i = 0; i < all->stand_ins->len && status == REPOINT_OK; i++) {
        pg_stand_in *one = g_ptr_array_index(all->stand_ins, i);
        status = one->because != NULL ? link_foreign(all, one, error) : link_own(all, one, error);
    }
    if (status == REPOINT_OK)
        status = set_path(all, path, error);
    return status == REPOINT_OK ? print_all(all, error) : status;
}
