/* Changing an environment's views one after another (warehouse/one_by_one.h), under its lease. */
#ifndef RP_DEPLOY_ONE_BY_ONE_H
#define RP_DEPLOY_ONE_BY_ONE_H

#include "deploy/lease.h"
#include "warehouse/fence.h"
#include "warehouse/views.h"

typedef struct rp_one_by_one {
    repoint_store *store;
    rp_lease *lease;
    rp_db *warehouse;
    rp_fence fence;
    const char *data_mark; /* what readers' snapshots must not be older than (warehouse/readers.h); or NULL */
    gint64 until_us;       /* when to give way to readers for good */
    gint64 held_us;        /* set: how long one view kept its readers waiting, at most */
} rp_one_by_one;

/*
 * Makes all changes but those that keep; the lease is renewed, and the fence looked at, before each view.
 * Fails with REPOINT_BUSY when readers of one view leave no gap for a second: then the views have to be
 * compared again. Whatever the failure, some views may have changed.
 */
repoint_status rp_one_by_one_change_all(rp_one_by_one *run, const GPtrArray *changes, repoint_error *error);

#endif
