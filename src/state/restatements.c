/* Rows of _auto_restatements are replaced without a scratch table, so that nothing commits by itself (on
 * MariaDB SQLMesh's way does). */
#include "state/restatements.h"

#include "base/time.h"

static repoint_status delete_rows(repoint_store *store, const rp_auto_restatement *restatements, size_t count,
                                  repoint_error *error)
{
    g_auto(rp_key_list) list = rp_key_list_new(2);
    for (size_t i = 0; i < count; i++)
        rp_key_list_add(&list, restatements[i].name, restatements[i].version);
    rp_db_keys keys = rp_key_list_keys(&list);
    g_autofree char *sql =
        rp_sql_delete_keyed(store->db, &(rp_keyed_rows){store->schema, "_auto_restatements",
                                                        "snapshot_name, snapshot_version", .parameter = 1});
    return rp_db_execute(store->db, sql, RP_VALUES(rp_db_key_list(&keys)), NULL, error);
}

repoint_status rp_auto_restatements_store(repoint_store *store, const rp_auto_restatement *restatements,
                                          size_t count, repoint_error *error)
{
    if (count == 0)
        return REPOINT_OK;
    g_autoptr(GArray) values = g_array_new(FALSE, FALSE, sizeof(rp_db_value));
    g_autoptr(GHashTable) seen = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
    for (size_t i = count; i-- > 0;) {
        const rp_auto_restatement *one = &restatements[i];
        bool is_last = g_hash_table_add(seen, g_strconcat(one->name, "\n", one->version, NULL));
        if (!is_last || one->next_ts == RP_TS_NONE)
            continue;
        const rp_db_value row[] = {rp_db_text(one->name), rp_db_text(one->version),
                                   rp_db_integer(one->next_ts)};
        g_array_append_vals(values, row, G_N_ELEMENTS(row));
    }
    repoint_status status = delete_rows(store, restatements, count, error);
    if (status != REPOINT_OK || values->len == 0)
        return status;
    rp_insert into = {store->schema, "_auto_restatements",
                      "snapshot_name, snapshot_version, next_auto_restatement_ts", .key_size = 0};
    return rp_db_insert(store->db, &into, (rp_db_value *)values->data, values->len / 3, NULL, error);
}

static repoint_status update(repoint_store *store, const rp_auto_restatement *restatements, size_t count,
                             repoint_error *error)
{
    g_auto(rp_transaction) transaction = {0};
    repoint_status status = rp_transaction_begin(&transaction, store, RP_DB_WRITE, error);
    if (status == REPOINT_OK)
        status = rp_auto_restatements_store(store, restatements, count, error);
    return status == REPOINT_OK ? rp_transaction_commit(&transaction, error) : status;
}

repoint_status repoint_auto_restatements_update(repoint_store *store,
                                                const repoint_auto_restatement *restatements, size_t count,
                                                repoint_error *error)
{
    g_autofree rp_auto_restatement *rows = g_new(rp_auto_restatement, count);
    for (size_t i = 0; i < count; i++) {
        const repoint_auto_restatement *one = &restatements[i];
        rows[i] =
            (rp_auto_restatement){one->name, one->version, one->next_ts != 0 ? one->next_ts : RP_TS_NONE};
    }
    rp_retry retry = {0};
    repoint_status status;
    do
        status = update(store, rows, count, error);
    while (rp_retry_again(&retry, store, status));
    return status;
}
