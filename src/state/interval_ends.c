/*
 * Up to when the models of an environment have data: the latest end of what was added to their versions.
 * Removals are not looked at, as in SQLMesh; what counts for promoting is the replayed log (state/replay.h).
 */
#include "model/environment.h"
#include "state/environments.h"

static GHashTable *set_of(const char *const *models)
{
    if (models == NULL)
        return NULL;
    GHashTable *set = g_hash_table_new(g_str_hash, g_str_equal);
    for (size_t i = 0; models[i] != NULL; i++)
        g_hash_table_add(set, (gpointer)models[i]);
    return set;
}

static void add_versions(const rp_tables *tables, GHashTable *models, rp_key_list *versions)
{
    for (size_t i = 0; i < tables->count; i++) {
        const repoint_table *table = &tables->items[i];
        if (models == NULL || g_hash_table_contains(models, table->name))
            rp_key_list_add(versions, table->name, table->version);
    }
}

static repoint_status query_ends(repoint_store *store, const rp_key_list *versions,
                                 repoint_interval_end_visitor row, void *context, repoint_error *error)
{
    rp_db_keys keys = rp_key_list_keys(versions);
    g_autofree char *sql =
        rp_sql(store->db,
               "SELECT i.name, MAX(i.end_ts) FROM (SELECT DISTINCT name, version FROM %k d) k CROSS JOIN %n i"
               " WHERE i.name = k.name AND i.version = k.version AND NOT COALESCE(i.is_dev, FALSE)"
               " AND NOT COALESCE(i.is_removed, FALSE) AND NOT COALESCE(i.is_pending_restatement, FALSE)"
               " GROUP BY i.name, i.version ORDER BY i.name",
               1U, "name, version", store->schema, "_intervals");
    g_autoptr(rp_rows) rows = NULL;
    bool has_row = false;
    repoint_status status = rp_db_query(store->db, sql, RP_VALUES(rp_db_key_list(&keys)), &rows, error);
    while (status == REPOINT_OK && (status = rp_rows_next(rows, &has_row, error)) == REPOINT_OK && has_row) {
        repoint_interval_end end = {rp_rows_text(rows, 0), rp_rows_integer(rows, 1, 0)};
        if (!row(context, &end))
            break;
    }
    return status;
}

repoint_status repoint_interval_ends(repoint_store *store, const char *environment, const char *const *models,
                                     bool finalized, repoint_interval_end_visitor row, void *context,
                                     repoint_error *error)
{
    g_autoptr(GHashTable) wanted = set_of(models);
    g_autoptr(repoint_environment) of = NULL;
    g_auto(rp_key_list) versions = rp_key_list_new(2);
    g_auto(rp_transaction) transaction = {0};
    repoint_status status = rp_transaction_begin(&transaction, store, RP_DB_READ, error);
    if (status == REPOINT_OK)
        status = rp_environment_load_shown(store, environment, false, &of, error);
    if (status != REPOINT_OK || of == NULL)
        return status;
    add_versions(finalized ? rp_environment_finalized_or_current(of) : &of->tables, wanted, &versions);
    return rp_key_list_count(&versions) > 0 ? query_ends(store, &versions, row, context, error) : REPOINT_OK;
}
