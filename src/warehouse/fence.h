/*
 * The fence in the warehouse, where that is not the database of the state: who may change an environment's
 * views, and whose plan they show.
 *
 *     claim(token)      from now on nobody with an older token changes the views, whatever he believes
 *     pass(plan)        in the transaction that changes the views: fails for an older token; remembers the
 *                       plan, in the same transaction as the views
 *
 * After a crash, claim tells whether the views are the plan's. The answer stays true: the claim has shut out
 * everybody who could still change them.
 */
#ifndef RP_WAREHOUSE_FENCE_H
#define RP_WAREHOUSE_FENCE_H

#include "db/db.h"

typedef struct rp_fence {
    const char *schema; /* where the warehouse keeps it: as that of the state */
    const char *environment;
    int64_t token; /* of the lease */
    const char *plan_id;
} rp_fence;

/* Transactions of its own. *ret_is_passed: the views were changed for this plan. REPOINT_CONFLICT when a
 * newer token is there. */
repoint_status rp_fence_claim(rp_db *warehouse, const rp_fence *fence, bool *ret_is_passed,
                              repoint_error *error);

/* In the transaction that changes the views, before they change. REPOINT_CONFLICT. */
repoint_status rp_fence_pass(rp_db *warehouse, const rp_fence *fence, repoint_error *error);

#endif
