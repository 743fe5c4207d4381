/*
 * unpause: from now on these snapshots are what scheduled runs load.
 *
 * Every other snapshot of the same models is paused. A snapshot that shares a version with one of these but
 * went the other way (forward-only or not) can never be restored: its table has been altered.
 */
#include "state/promote.h"

static repoint_status pause_models(repoint_store *store, const repoint_table *const *tables, size_t count,
                                   repoint_error *error)
{
    g_auto(rp_key_list) names = rp_key_list_new(1);
    for (size_t i = 0; i < count; i++)
        rp_key_list_add(&names, tables[i]->name, NULL);
    rp_db_keys keys = rp_key_list_keys(&names);
    g_autofree char *sql =
        rp_sql_update_keyed(store->db, &(rp_keyed_rows){store->schema, "_snapshots", "name", .parameter = 1},
                            "unpaused_ts = NULL");
    return rp_db_execute(store->db, sql, RP_VALUES(rp_db_key_list(&keys)), NULL, error);
}

static repoint_status unpause_tables(repoint_store *store, const repoint_table *const *tables, size_t count,
                                     int64_t unpaused_ts, int64_t now, repoint_error *error)
{
    g_auto(rp_key_list) ids = rp_key_list_new(2);
    for (size_t i = 0; i < count; i++)
        rp_key_list_add(&ids, tables[i]->name, tables[i]->identifier);
    rp_db_keys keys = rp_key_list_keys(&ids);
    g_autofree char *sql = rp_sql_update_keyed(
        store->db, &(rp_keyed_rows){store->schema, "_snapshots", "name, identifier", .parameter = 3},
        "unpaused_ts = ?1, updated_ts = ?2");
    return rp_db_execute(store->db, sql,
                         RP_VALUES(rp_db_integer(unpaused_ts), rp_db_integer(now), rp_db_key_list(&keys)),
                         NULL, error);
}

static repoint_status mark_unrestorable(repoint_store *store, const repoint_table *const *tables,
                                        size_t count, bool forward_only, int64_t now, repoint_error *error)
{
    g_auto(rp_key_list) versions = rp_key_list_new(2);
    for (size_t i = 0; i < count; i++) {
        if (rp_table_is_forward_only(tables[i]) == forward_only)
            rp_key_list_add(&versions, tables[i]->name, tables[i]->version);
    }
    if (rp_key_list_count(&versions) == 0)
        return REPOINT_OK;
    rp_db_keys keys = rp_key_list_keys(&versions);
    g_autofree char *sql = rp_sql_update_keyed(
        store->db,
        &(rp_keyed_rows){store->schema, "_snapshots", "name, version", .parameter = 3, "forward_only = ?2"},
        "unrestorable = TRUE, updated_ts = ?1");
    return rp_db_execute(store->db, sql,
                         RP_VALUES(rp_db_integer(now), rp_db_boolean(!forward_only), rp_db_key_list(&keys)),
                         NULL, error);
}

repoint_status rp_unpause(repoint_store *store, const repoint_table *const *tables, size_t count,
                          int64_t unpaused_ts, repoint_error *error)
{
    if (count == 0)
        return REPOINT_OK;
    int64_t now = rp_store_now(store);
    repoint_status status = pause_models(store, tables, count, error);
    if (status == REPOINT_OK)
        status = unpause_tables(store, tables, count, unpaused_ts, now, error);
    if (status == REPOINT_OK)
        status = mark_unrestorable(store, tables, count, true, now, error);
    if (status == REPOINT_OK)
        status = mark_unrestorable(store, tables, count, false, now, error);
    return status;
}

static repoint_status unpause(repoint_store *store, const repoint_table *const *tables, size_t count,
                              int64_t unpaused_ts, repoint_error *error)
{
    g_auto(rp_transaction) transaction = {0};
    repoint_status status = rp_transaction_begin(&transaction, store, RP_DB_WRITE, error);
    if (status == REPOINT_OK)
        status = rp_unpause(store, tables, count, unpaused_ts, error);
    return status == REPOINT_OK ? rp_transaction_commit(&transaction, error) : status;
}

repoint_status repoint_unpause(repoint_store *store, const repoint_table *const *tables, size_t count,
                               int64_t unpaused_ts, repoint_error *error)
{
    rp_retry retry = {0};
    repoint_status status;
    do
        status = unpause(store, tables, count, unpaused_ts, error);
    while (rp_retry_again(&retry, store, status));
    return status;
}
