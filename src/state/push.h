/* Adding snapshots to the store. */
#ifndef RP_STATE_PUSH_H
#define RP_STATE_PUSH_H

#include "model/snapshot.h"
#include "state/store.h"

/* Adds one snapshot, in the caller's transaction; *ret_added is false when it is stored already. */
repoint_status rp_snapshot_insert(repoint_store *store, const repoint_snapshot *snapshot, bool *ret_added,
                                  repoint_error *error);

#endif
