/* Views that no model has. See warehouse/added.h. */
#include "warehouse/added.h"

#include <string.h>

#include "db/sql.h"

typedef struct search {
    rp_db *db;
    const repoint_environment *environment;
    GHashTable *schemas; /* of the environment's views; "" where there are none */
    GHashTable *known;   /* keys of views that somebody should have */
    GPtrArray *tables;   /* names of physical tables */
    char *suffix;        /* "__dev" */
} search;

static void relation_free(gpointer relation)
{
    rp_relation_clear(relation);
    g_free(relation);
}

/* Where there are no schemas, the part of the name before its dot stands for one. g_free() */
static char *schema_of(const rp_relation *relation)
{
    if (relation->schema != NULL)
        return g_strdup(relation->schema);
    const char *dot = strchr(relation->name, '.');
    return dot != NULL ? g_strndup(relation->name, (gsize)(dot - relation->name)) : g_strdup("");
}

static bool reads_physical_table(const search *in, const char *definition)
{
    for (guint i = 0; definition != NULL && i < in->tables->len; i++) {
        if (strstr(definition, g_ptr_array_index(in->tables, i)) != NULL)
            return true;
    }
    return false;
}

static bool looks_like_its_own(const search *in, const rp_relation *view, const char *definition)
{
    g_autofree char *schema = schema_of(view), *key = rp_relation_key(in->db, view);
    if (!g_hash_table_contains(in->schemas, schema) || g_hash_table_contains(in->known, key))
        return false;
    if (!rp_environment_is_dev(in->environment))
        return reads_physical_table(in, definition);
    return in->environment->naming.suffix_target != RP_SUFFIX_TABLE ||
           g_str_has_suffix(view->name, in->suffix);
}

static search search_new(rp_db *db, const repoint_environment *environment, const GPtrArray *changes,
                         GHashTable *known)
{
    search in = {
        .db = db,
        .environment = environment,
        .schemas = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL),
        .known = known,
        .tables = g_ptr_array_new(),
        .suffix = g_strconcat("__", environment->naming.name, NULL),
    };
    for (guint i = 0; i < changes->len; i++) {
        const rp_view_change *change = g_ptr_array_index(changes, i);
        if (rp_view_change_is_foreign(change))
            continue;
        g_hash_table_add(known, rp_relation_key(db, &change->view));
        g_hash_table_add(in.schemas, schema_of(&change->view));
        g_ptr_array_add(in.tables, change->table.name);
    }
    return in;
}

static void search_clear(search *in)
{
    g_hash_table_unref(in->schemas);
    g_ptr_array_unref(in->tables);
    g_free(in->suffix);
}

static repoint_status look(const search *in, GPtrArray *views, repoint_error *error)
{
    g_autofree char *sql =
        rp_sql(in->db, "SELECT o.schema_name, o.name, o.definition FROM %o o WHERE o.type = 'view'");
    g_autoptr(rp_rows) rows = NULL;
    bool has_row = false;
    repoint_status status = rp_db_query(in->db, sql, RP_NO_VALUES, &rows, error);
    while (status == REPOINT_OK && (status = rp_rows_next(rows, &has_row, error)) == REPOINT_OK && has_row) {
        rp_relation found = {(char *)rp_rows_text(rows, 0), (char *)rp_rows_text(rows, 1)};
        if (!looks_like_its_own(in, &found, rp_rows_text(rows, 2)))
            continue;
        rp_relation *view = g_new(rp_relation, 1);
        *view = (rp_relation){g_strdup(found.schema), g_strdup(found.name)};
        g_ptr_array_add(views, view);
    }
    return status;
}

static int by_name(gconstpointer a, gconstpointer b)
{
    const rp_relation *left = *(rp_relation *const *)a, *right = *(rp_relation *const *)b;
    int by_schema = g_strcmp0(left->schema, right->schema);
    return by_schema != 0 ? by_schema : strcmp(left->name, right->name);
}

repoint_status rp_views_find_added(rp_db *db, const repoint_environment *environment,
                                   const GPtrArray *changes, GHashTable *known, GPtrArray **ret_views,
                                   repoint_error *error)
{
    g_autoptr(GPtrArray) views = g_ptr_array_new_with_free_func(relation_free);
    search in = search_new(db, environment, changes, known);
    repoint_status status = look(&in, views, error);
    search_clear(&in);
    g_ptr_array_sort(views, by_name);
    if (status == REPOINT_OK)
        *ret_views = g_steal_pointer(&views);
    return status;
}
