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

static repoint_status compact(repoint_store *store, size_t *ret_before, size_t *ret_after,
                              repoint_error *error)
{
    g_auto(rp_transaction) transaction = {0};
    g_autoptr(rp_replay) replay = NULL;
    g_autoptr(GArray) rows = NULL;
    size_t before = 0;
    repoint_status status = rp_transaction_begin_locked(&transaction, store, RP_LOCK_INTERVALS, error);
    rp_db_pipeline(store->db);
    if (status == REPOINT_OK)
        status = rp_replay_take_uncompacted(store, &before, &replay, error);
    if (status == REPOINT_OK && before > 0) {
        rows = merged_rows(replay);
        status = rp_interval_rows_append(store, (rp_interval_row *)rows->data, rows->len,
                                         rp_replay_newest_ts(replay), error);
    }
    if (status == REPOINT_OK)
        status = rp_transaction_commit(&transaction, error);
    if (status != REPOINT_OK)
        return status;
    if (ret_before != NULL)
        *ret_before = before;
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
