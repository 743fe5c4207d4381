/* Views one after another. See deploy/one_by_one.h. */
#include "deploy/one_by_one.h"

#include "deploy/cutover.h"
#include "warehouse/one_by_one.h"

static repoint_status change(rp_one_by_one *run, const GPtrArray *part, repoint_error *error)
{
    gint64 began_us = g_get_monotonic_time();
    gint64 until_us = MIN(run->until_us, began_us + RP_CUTOVER_TRIES_IN_A_ROW_US);
    for (unsigned tries = 0;; tries++) {
        gint64 tried_us = g_get_monotonic_time();
        repoint_status status =
            rp_one_by_one_change(run->warehouse, &run->fence, run->data_mark, part, error);
        if (status == REPOINT_OK)
            run->held_us = MAX(run->held_us, g_get_monotonic_time() - tried_us);
        if (status != REPOINT_BUSY || g_get_monotonic_time() >= until_us)
            return status;
        rp_cutover_pause(tries);
    }
}

repoint_status rp_one_by_one_change_all(rp_one_by_one *run, const GPtrArray *changes, repoint_error *error)
{
    g_autoptr(GPtrArray) parts = rp_one_by_one_parts(changes);
    repoint_status status = rp_one_by_one_begin(run->warehouse, &run->fence, error);
    for (guint i = 0; i < parts->len && status == REPOINT_OK; i++) {
        rp_store_progress(run->store, "views", i, parts->len);
        status = rp_lease_renew(run->store, run->lease, error);
        if (status == REPOINT_OK)
            status = change(run, g_ptr_array_index(parts, i), error);
    }
    return status;
}
