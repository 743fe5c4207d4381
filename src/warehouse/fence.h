/*
 * The fence in the warehouse, where that does not change in the transaction of the state: who may change an
 * environment's views there, and whose plan they show.
 *
 *     claim(token)      from now on nobody with an older token changes anything of this environment in the
 *                       warehouse, candidates included, whatever he believes
 *     arm               before the state announces a switch: what the fence remembers of earlier ones is
 *                       forgotten, so that a plan id that was used before cannot be taken for this one
 *     hold              in a transaction that changes candidates: fails for an older token
 *     pass(plan)        in the transaction that changes the views: fails for an older token; remembers the
 *                       plan, in the same transaction as the views
 *
 * After a crash, claim and is_passed tell whether the views are the plan's. The answer stays true: the claim
 * has shut out everybody who could still change them.
 *
 * Where views change with a transaction the fence is a row. Where they do not (MariaDB) it is the name of a
 * table, and hold and pass are part of the statement that renames the views (warehouse/name_fence.h); claim,
 * arm and is_passed work with both.
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

/* A transaction of its own, as are the next two. REPOINT_CONFLICT when a newer token is there: *ret_newest is
 * it then, and else 0. */
repoint_status rp_fence_claim(rp_db *warehouse, const rp_fence *fence, int64_t *ret_newest,
                              repoint_error *error);

/* REPOINT_CONFLICT for an older token. Only while the state says that no switch is under way. */
repoint_status rp_fence_arm(rp_db *warehouse, const rp_fence *fence, repoint_error *error);

/* Were the views changed for this plan, since the fence was armed? REPOINT_CONFLICT for an older token. */
repoint_status rp_fence_is_passed(rp_db *warehouse, const rp_fence *fence, bool *ret_is_passed,
                                  repoint_error *error);

/* The same without having claimed it, and so only as of now: for a dry run. */
repoint_status rp_fence_look(rp_db *warehouse, const rp_fence *fence, bool *ret_is_passed,
                             repoint_error *error);

/* In a write transaction, before its first change. REPOINT_CONFLICT. */
repoint_status rp_fence_hold(rp_db *warehouse, const rp_fence *fence, repoint_error *error);
repoint_status rp_fence_pass(rp_db *warehouse, const rp_fence *fence, repoint_error *error);

/* REPOINT_CONFLICT: somebody else has the lease by now. */
repoint_status rp_fence_fail_shut_out(const rp_fence *fence, repoint_error *error);

#endif
