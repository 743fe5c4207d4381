/*
 * compact: what many rows of the interval log say, said by few.
 *
 * The rows that were read are replaced by what they amount to, in one transaction that excludes other
 * writers, so no row that somebody else adds meanwhile is passed over or brought back. The new rows are dated
 * like the newest row that they stand for: a removal that SQLMesh has dated already, and that waits for this
 * transaction to end, must come after them in the log.
 */
#include "state/intervals.h"
#include "state/replay.h"

static void append_merged(GArray *rows, const rp_accumulator *from, const rp_intervals *set, bool is_dev,
                          bool is_pending)
{
    for (size_t i = 0; i < set->count; i++) {
        rp_interval_row row = {
            .name = from->name,
            .identifier = from->identifier,
            .version = from->version,
            .dev_version = from->dev_version,
            .interval = set->items[i],
            .is_dev = is_dev,
            .is_compacted = true,
            .is_pending = is_pending,
            .last_altered_ts = is_dev ? from->dev_last_altered_ts : from->last_altered_ts,
        };
        g_array_append_val(rows, row);
    }
}

static GArray *merged_rows(const rp_replay *replay)
{
    const GPtrArray *all = rp_replay_all(replay);
    GArray *rows = g_array_new(FALSE, FALSE, sizeof(rp_interval_row));
    for (guint i = 0; i < all->len; i++) {
        const rp_accumulator *accumulator = g_ptr_array_index(all, i);
        append_merged(rows, accumulator, &accumulator->intervals, false, false);
        append_merged(rows, accumulator, &accumulator->dev_intervals, true, false);
    }
    for (guint i = 0; i < all->len; i++) {
        const rp_accumulator *accumulator = g_ptr_array_index(all, i);
        append_merged(rows, accumulator, &accumulator->pending, false, true);
    }
    return rows;
}

static repoint_status delete_rows(repoint_store *store, const GPtrArray *ids, repoint_error *error)
{
    rp_db_keys keys = {.columns = 1, .rows = ids->len, .values = (const char *const *)ids->pdata};
    g_autofree char *sql =
        rp_sql_delete_keyed(store->db, &(rp_keyed_rows){store->schema, "_intervals", "id", .parameter = 1});
    return rp_db_execute(store->db, sql, RP_VALUES(rp_db_key_list(&keys)), NULL, error);
}

static repoint_status compact(repoint_store *store, size_t *ret_before, size_t *ret_after,
                              repoint_error *error)
{
    g_auto(rp_transaction) transaction = {0};
    g_autoptr(GPtrArray) read_ids = g_ptr_array_new_with_free_func(g_free);
    g_autoptr(rp_replay) replay = NULL;
    g_autoptr(GArray) rows = NULL;
    repoint_status status = rp_transaction_begin_locked(&transaction, store, RP_LOCK_INTERVALS, error);
    rp_db_pipeline(store->db);
    if (status == REPOINT_OK)
        status = rp_replay_load_uncompacted(store, read_ids, &replay, error);
    /* While the database deletes what was read, it is merged here. */
    if (status == REPOINT_OK && read_ids->len > 0)
        status = delete_rows(store, read_ids, error);
    if (status == REPOINT_OK && read_ids->len > 0) {
        rows = merged_rows(replay);
        status = rp_interval_rows_append(store, (rp_interval_row *)rows->data, rows->len,
                                         rp_replay_newest_ts(replay), error);
    }
    if (status == REPOINT_OK)
        status = rp_transaction_commit(&transaction, error);
    if (status != REPOINT_OK)
        return status;
    if (ret_before != NULL)
        *ret_before = read_ids->len;
    if (ret_after != NULL)
        *ret_after = rows != NULL ? rows->len : 0;
    return REPOINT_OK;
}

repoint_status repoint_intervals_compact(repoint_store *store, size_t *ret_before, size_t *ret_after,
                                         repoint_error *error)
{
    rp_retry retry = {0};
    repoint_status status;
    do
        status = compact(store, ret_before, ret_after, error);
    while (rp_retry_again(&retry, store, status));
    return status;
}
