/* Candidate views. See warehouse/candidates.h. */
#include "warehouse/candidates.h"

#include <string.h>

#include "db/sql.h"
#include "warehouse/drop.h"
#include "warehouse/engine.h"

#define NEXT "__next"

/* "shop__dev" in dev becomes "shop__dev__next", "shop" in prod "shop__prod__next". */
static char *next_schema(const char *schema, const char *environment)
{
    g_autofree char *suffix = g_strconcat("__", environment, NULL);
    bool has_suffix = g_str_has_suffix(schema, suffix);
    return g_strconcat(schema, has_suffix ? "" : suffix, NEXT, NULL);
}

rp_relation rp_candidate_of(const rp_db *db, const rp_relation *view, const char *environment)
{
    if (rp_db_can(db, RP_DB_SCHEMAS)) {
        if (!rp_db_can(db, RP_DB_TRANSACTIONAL_DDL))
            return (rp_relation){g_strdup(view->schema), g_strconcat(view->name, "__repoint_next", NULL)};
        return (rp_relation){next_schema(view->schema != NULL ? view->schema : "default", environment),
                             g_strdup(view->name)};
    }
    const char *dot = strchr(view->name, '.');
    g_autofree char *schema = dot != NULL ? g_strndup(view->name, (gsize)(dot - view->name)) : NULL;
    g_autofree char *next = next_schema(schema != NULL ? schema : "default", environment);
    return (rp_relation){NULL, g_strconcat(next, ".", dot != NULL ? dot + 1 : view->name, NULL)};
}

static bool has_candidate(const rp_view_change *change)
{
    return change->action != RP_VIEW_DROP && !rp_view_change_is_foreign(change);
}

static void add(GPtrArray *statements, char *sql)
{
    g_ptr_array_add(statements, sql);
}

/* The schemas of the candidates of `views`, each once, but for those that are the views' own. */
static GHashTable *candidate_schemas(const rp_db *db, const GPtrArray *views, const char *environment)
{
    GHashTable *schemas = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
    for (guint i = 0; i < views->len; i++) {
        const rp_relation *view = g_ptr_array_index(views, i);
        rp_relation candidate = rp_candidate_of(db, view, environment);
        bool is_own = candidate.schema != NULL && g_strcmp0(candidate.schema, view->schema) != 0;
        if (is_own)
            g_hash_table_add(schemas, g_steal_pointer(&candidate.schema));
        rp_relation_clear(&candidate);
    }
    return schemas;
}

static void add_grants(const rp_db *db, GPtrArray *statements, const char *kind, const char *privilege,
                       const rp_relation *on, const char *const *readers)
{
    for (size_t i = 0; readers != NULL && readers[i] != NULL; i++) {
        bool is_schema = on->name == NULL;
        g_autofree char *what =
            is_schema ? rp_sql(db, "%i", on->schema) : rp_sql(db, "%n", on->schema, on->name);
        add(statements, rp_sql(db, "GRANT %s ON %s%s TO %i", privilege, kind, what, readers[i]));
    }
}

/* A schema that is there is not made: who may use it need not be allowed to make one. */
static repoint_status add_schemas(rp_db *db, GPtrArray *statements, const GPtrArray *changes,
                                  const char *environment, const char *const *readers, repoint_error *error)
{
    g_autoptr(GPtrArray) views = g_ptr_array_new();
    for (guint i = 0; i < changes->len; i++) {
        rp_view_change *change = g_ptr_array_index(changes, i);
        if (has_candidate(change))
            g_ptr_array_add(views, &change->view);
    }
    g_autoptr(GHashTable) schemas = candidate_schemas(db, views, environment);
    g_autoptr(GHashTable) missing = candidate_schemas(db, views, environment);
    repoint_status status = rp_schemas_keep_missing(db, missing, error);
    GHashTableIter iterator;
    gpointer schema;
    g_hash_table_iter_init(&iterator, schemas);
    while (status == REPOINT_OK && g_hash_table_iter_next(&iterator, &schema, NULL)) {
        if (g_hash_table_contains(missing, schema))
            add(statements, rp_sql(db, "CREATE SCHEMA IF NOT EXISTS %i", (char *)schema));
        add_grants(db, statements, "SCHEMA ", "USAGE", &(rp_relation){schema, NULL}, readers);
    }
    return status;
}

static bool has_grants(const rp_db *db)
{
    return rp_db_can(db, RP_DB_ROW_LOCKS); /* the servers; a file has no roles */
}

static repoint_status run_all(rp_db *db, GPtrArray *statements, repoint_error *error)
{
    return rp_db_execute_all(db, (const char *const *)statements->pdata, statements->len, error);
}

repoint_status rp_candidates_create(rp_db *db, const GPtrArray *changes, const char *environment,
                                    const char *const *readers, repoint_error *error)
{
    g_autoptr(GPtrArray) statements = g_ptr_array_new_with_free_func(g_free);
    if (!has_grants(db))
        readers = NULL;
    repoint_status status = add_schemas(db, statements, changes, environment, readers, error);
    for (guint i = 0; i < changes->len && status == REPOINT_OK; i++) {
        const rp_view_change *change = g_ptr_array_index(changes, i);
        if (!has_candidate(change))
            continue;
        rp_relation candidate = rp_candidate_of(db, &change->view, environment);
        add(statements, rp_sql(db, "DROP VIEW IF EXISTS %n", candidate.schema, candidate.name));
        add(statements, rp_sql(db, "CREATE VIEW %n AS SELECT * FROM %n", candidate.schema, candidate.name,
                               change->table.schema, change->table.name));
        add_grants(db, statements, "", "SELECT", &candidate, readers);
        rp_relation_clear(&candidate);
    }
    return status == REPOINT_OK ? run_all(db, statements, error) : status;
}

/* ---- dropping ---- */

/* A schema that somebody made for us, because we may make none, will be needed again. */
static repoint_status may_make_schemas(rp_db *db, bool *ret_may, repoint_error *error)
{
    const char *query = rp_view_engine_of(db)->may_make_schemas;
    g_autoptr(rp_rows) rows = NULL;
    bool has_row = false;
    *ret_may = true;
    if (query == NULL)
        return REPOINT_OK;
    repoint_status status = rp_db_query(db, query, RP_NO_VALUES, &rows, error);
    if (status == REPOINT_OK)
        status = rp_rows_next(rows, &has_row, error);
    if (status == REPOINT_OK)
        *ret_may = has_row && rp_rows_boolean(rows, 0, true);
    return status;
}

static repoint_status drop_empty_schemas(rp_db *db, const GPtrArray *views, const char *environment,
                                         repoint_error *error)
{
    g_autoptr(GHashTable) schemas = candidate_schemas(db, views, environment);
    GHashTableIter iterator;
    gpointer schema;
    bool may_make = false;
    repoint_status status = may_make_schemas(db, &may_make, error);
    g_hash_table_iter_init(&iterator, schemas);
    while (status == REPOINT_OK && may_make && g_hash_table_iter_next(&iterator, &schema, NULL))
        status = rp_schema_drop_if_empty(db, schema, error);
    return status;
}

repoint_status rp_candidates_drop(rp_db *db, const GPtrArray *views, const char *environment,
                                  repoint_error *error)
{
    g_autoptr(GPtrArray) statements = g_ptr_array_new_with_free_func(g_free);
    g_autoptr(GHashTable) existing = NULL;
    repoint_status status = rp_views_load_names(db, &existing, error);
    for (guint i = 0; i < views->len && status == REPOINT_OK; i++) {
        rp_relation candidate = rp_candidate_of(db, g_ptr_array_index(views, i), environment);
        g_autofree char *key = rp_relation_key(db, &candidate);
        if (g_hash_table_contains(existing, key))
            add(statements, rp_sql(db, "DROP VIEW %n", candidate.schema, candidate.name));
        rp_relation_clear(&candidate);
    }
    if (status == REPOINT_OK)
        status = run_all(db, statements, error);
    return status == REPOINT_OK ? drop_empty_schemas(db, views, environment, error) : status;
}
