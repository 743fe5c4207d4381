/* Adding snapshots to the store. */
#ifndef RP_STATE_PUSH_H
#define RP_STATE_PUSH_H

#include "model/snapshot.h"
#include "state/store.h"

/*
 * Snapshots on their way into the store: few large statements instead of many small ones. Use it inside one
 * write transaction:
 *
 *     g_autoptr(rp_snapshot_batch) batch = rp_snapshot_batch_new(store, &options);
 *     ... rp_snapshot_batch_add(batch, snapshot, error) ...
 *     rp_snapshot_batch_finish(batch, &added, error)
 */
typedef struct rp_snapshot_batch rp_snapshot_batch;

typedef struct rp_snapshot_batch_options {
    bool replace;       /* a stored snapshot of the same id is replaced; otherwise it stays as it is */
    bool intervals;     /* intervals and restatements that the snapshots carry are written too */
    int64_t created_ts; /* of those interval rows */
    bool uncounted;     /* nobody asks how many were added, so that the inserts may be pipelined */
} rp_snapshot_batch_options;

rp_snapshot_batch *rp_snapshot_batch_new(repoint_store *store, const rp_snapshot_batch_options *options);
/* Copies what it needs. REPOINT_INVALID unless the snapshot is categorised and versioned. */
repoint_status rp_snapshot_batch_add(rp_snapshot_batch *batch, const repoint_snapshot *snapshot,
                                     repoint_error *error);
/* Writes what is left. *ret_added (may be NULL) counts the snapshots that were not stored before. */
repoint_status rp_snapshot_batch_finish(rp_snapshot_batch *batch, size_t *ret_added, repoint_error *error);
void rp_snapshot_batch_free(rp_snapshot_batch *batch);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(rp_snapshot_batch, rp_snapshot_batch_free)

#endif
