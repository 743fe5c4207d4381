/*
 * The cutover where state and views cannot change in one transaction: three steps, with the warehouse's fence
 * (warehouse/fence.h) in the middle one.
 *
 *     state       the record is promoted; the draft is SWITCHING and remembers what was there before
 *     warehouse   the fence is passed and the views change, both or neither
 *     state       the record is finalized
 *
 * The fence is armed before the first, so that it cannot be taken for passed by an earlier plan of the same
 * id. A crash leaves SWITCHING, and the fence tells whether the views have changed: then only the third is
 * left to do; else the second is done again, or the first undone. What the second is made of differs: one
 * transaction, or one statement (warehouse/rename.h); or one view after another with the fence passed last
 * (warehouse/one_by_one.h), and then the views, too, go on or are put back.
 */
#include "deploy/cutover.h"
#include "deploy/one_by_one.h"
#include "warehouse/one_by_one.h"
#include "warehouse/readers.h"
#include "warehouse/rename.h"

/* ---- announcing, and taking that back ---- */

static repoint_status announce(repoint_deployment *deployment, repoint_error *error)
{
    gint64 began_us = g_get_monotonic_time();
    g_auto(rp_transaction) transaction = {0};
    repoint_status status = rp_cutover_promote(deployment, &transaction, error);
    rp_cutover_keep_changes(deployment);
    if (status == REPOINT_OK)
        status = rp_deployment_move(deployment, RP_DRAFT_SWITCHING, began_us, error);
    if (status == REPOINT_OK)
        status = rp_transaction_commit(&transaction, error);
    if (status == REPOINT_OK)
        deployment->draft.state = RP_DRAFT_SWITCHING;
    return status;
}

static repoint_status undo(repoint_deployment *deployment, repoint_error *error)
{
    gint64 began_us = g_get_monotonic_time();
    repoint_store *store = deployment->store;
    const rp_draft *draft = &deployment->draft;
    g_auto(rp_transaction) transaction = {0};
    repoint_status status = rp_transaction_begin_locked(&transaction, store, RP_LOCK_ENVIRONMENTS, error);
    if (status == REPOINT_OK)
        status = rp_lease_fence(store, &deployment->lease, error);
    if (status == REPOINT_OK)
        status = rp_previous_restore(store, draft->environment, draft->plan_id, draft->previous_json, error);
    if (status == REPOINT_OK)
        status = rp_deployment_move(deployment, RP_DRAFT_CHECKED, began_us, error);
    if (status == REPOINT_OK)
        status = rp_transaction_commit(&transaction, error);
    if (status == REPOINT_OK)
        deployment->draft.state = RP_DRAFT_CHECKED;
    return status;
}

static repoint_status undo_all(repoint_deployment *deployment, repoint_error *error)
{
    repoint_status status = rp_switch_put_back(deployment, error);
    return status == REPOINT_OK ? undo(deployment, error) : status;
}

repoint_status rp_switch_undo(repoint_deployment *deployment, repoint_error *error)
{
    return rp_deployment_run(deployment, "undo", undo_all, error);
}

/* ---- switching ---- */

/* One transaction of the warehouse: fence and views. */
static repoint_status switch_in_transaction(repoint_deployment *deployment, gint64 until_us,
                                            repoint_error *error)
{
    rp_fence fence = rp_apart_fence(deployment);
    rp_db *warehouse = deployment->warehouse;
    repoint_status status = rp_db_begin(warehouse, RP_DB_WRITE, error);
    if (status != REPOINT_OK)
        return status;
    status = rp_views_guard(warehouse, error);
    if (status == REPOINT_OK)
        status = rp_fence_pass(warehouse, &fence, error);
    if (status == REPOINT_OK)
        status = rp_cutover_change_views(deployment, until_us, error);
    if (status == REPOINT_OK)
        return rp_db_commit(warehouse, error);
    rp_db_rollback(warehouse);
    return status;
}

/* One statement. Who reads with an old snapshot by now did so before: nobody can come to be one of them. */
static repoint_status switch_by_rename(repoint_deployment *deployment, repoint_error *error)
{
    rp_fence fence = rp_apart_fence(deployment);
    rp_db *warehouse = deployment->warehouse;
    repoint_status status = rp_data_mark_check(warehouse, deployment->draft.data_mark, error);
    if (status != REPOINT_OK)
        return status;
    deployment->held_us = g_get_monotonic_time();
    return rp_rename_switch(warehouse, &fence, deployment->changes, error);
}

/* View by view. What has changed in a try before is kept. */
static repoint_status switch_one_by_one(repoint_deployment *deployment, bool is_first, gint64 until_us,
                                        repoint_error *error)
{
    rp_one_by_one run = {.store = deployment->store,
                         .lease = &deployment->lease,
                         .warehouse = deployment->warehouse,
                         .fence = rp_apart_fence(deployment),
                         .data_mark = deployment->draft.data_mark,
                         .until_us = until_us};
    repoint_status status = is_first ? REPOINT_OK : rp_cutover_compare(deployment, error);
    if (status == REPOINT_OK)
        status = rp_one_by_one_change_all(&run, deployment->plan->changes, error);
    deployment->held_us = MAX(deployment->held_us, run.held_us);
    return status == REPOINT_OK ? rp_one_by_one_end(deployment->warehouse, &run.fence, error) : status;
}

static repoint_status switch_once(repoint_deployment *deployment, bool is_first, gint64 until_us,
                                  repoint_error *error)
{
    if (deployment->manner == RP_MANNER_ONE_BY_ONE)
        return switch_one_by_one(deployment, is_first, until_us, error);
    return deployment->manner == RP_MANNER_RENAME ? switch_by_rename(deployment, error)
                                                  : switch_in_transaction(deployment, until_us, error);
}

static repoint_status try_switch(repoint_deployment *deployment, gint64 until_us, repoint_error *error)
{
    for (unsigned tries = 0;; tries++) {
        repoint_status status = switch_once(deployment, tries == 0, until_us, error);
        if (status != REPOINT_BUSY || g_get_monotonic_time() >= until_us)
            return status;
        status = rp_lease_renew(deployment->store, &deployment->lease, error);
        if (status != REPOINT_OK)
            return status;
        rp_cutover_pause(tries);
    }
}

static bool may_have_happened(repoint_status status)
{
    return status == REPOINT_OK || status == REPOINT_OUTCOME_UNKNOWN || status == REPOINT_UNREACHABLE ||
           status == REPOINT_INTERRUPTED || status == REPOINT_TIMEOUT;
}

static repoint_status switch_views(repoint_deployment *deployment, gint64 until_us, repoint_error *error)
{
    rp_fence fence = rp_apart_fence(deployment);
    rp_db *warehouse = deployment->warehouse;
    bool renames = deployment->manner == RP_MANNER_RENAME;
    repoint_status status = REPOINT_OK;
    if (renames)
        status = rp_rename_prepare(warehouse, &fence, deployment->changes, error);
    if (status == REPOINT_OK)
        status = try_switch(deployment, until_us, error);
    if (deployment->manner != RP_MANNER_ONE_BY_ONE)
        rp_cutover_note_held(deployment);
    if (renames && !may_have_happened(status))
        rp_rename_tidy(warehouse, &fence, deployment->changes);
    return status;
}

/* ---- concluding ---- */

static repoint_status conclude(repoint_deployment *deployment, repoint_error *error)
{
    gint64 began_us = g_get_monotonic_time();
    repoint_store *store = deployment->store;
    g_auto(rp_transaction) transaction = {0};
    repoint_status status = rp_transaction_begin(&transaction, store, RP_DB_WRITE, error);
    if (status == REPOINT_OK)
        status = rp_lease_fence(store, &deployment->lease, error);
    if (status == REPOINT_OK)
        status = rp_cutover_complete(deployment, began_us, error);
    if (status == REPOINT_OK)
        status = rp_transaction_commit(&transaction, error);
    if (status == REPOINT_OK)
        deployment->draft.state = RP_DRAFT_FINALIZED;
    return status;
}

/* The views have changed: whatever stands in the way now is for resume to get past, unless somebody else has
 * the lease or the environment by now. */
static repoint_status conclude_or_say(repoint_deployment *deployment, repoint_error *error)
{
    repoint_status status = rp_deployment_run(deployment, "finalize", conclude, error);
    if (status == REPOINT_OK)
        return status;
    rp_error_prefix(error, "the views of environment %s have changed, but its record is not finalized",
                    deployment->lease.environment);
    if (status == REPOINT_CONFLICT)
        return status;
    if (error != NULL)
        error->status = REPOINT_OUTCOME_UNKNOWN;
    return REPOINT_OUTCOME_UNKNOWN;
}

/* ---- all of it ---- */

static void say_mixed(const char *environment, repoint_error *error)
{
    rp_error_prefix(error,
                    "some views of environment %s may have changed and others not, until \"repoint resume\" "
                    "goes on, or \"repoint abandon\" puts them back",
                    environment);
}

static void say_unfinished(const repoint_deployment *deployment, repoint_error *error)
{
    if (deployment->manner == RP_MANNER_ONE_BY_ONE)
        say_mixed(deployment->lease.environment, error);
    else
        rp_error_prefix(error, "the environment's record waits for its views: run \"repoint resume\"");
}

static void say_unknown(const repoint_deployment *deployment, repoint_error *error)
{
    const char *environment = deployment->lease.environment;
    if (deployment->manner == RP_MANNER_ONE_BY_ONE)
        say_mixed(environment, error);
    else
        rp_error_prefix(error,
                        "whether the views of environment %s have changed \"repoint resume\" finds out",
                        environment);
}

/* From SWITCHING on, with views that are known not to have changed; or not all of them. */
static repoint_status switch_and_conclude(repoint_deployment *deployment, gint64 until_us,
                                          repoint_error *error)
{
    repoint_status status = switch_views(deployment, until_us, error);
    rp_cutover_explain(deployment, status, error);
    if (status == REPOINT_OK)
        return conclude_or_say(deployment, error);
    if (may_have_happened(status)) {
        say_unknown(deployment, error);
        return status;
    }
    if (rp_switch_undo(deployment, NULL) != REPOINT_OK)
        say_unfinished(deployment, error);
    return status;
}

repoint_status rp_switch_cut_over(repoint_deployment *deployment, gint64 until_us, repoint_error *error)
{
    rp_fence fence = rp_apart_fence(deployment);
    repoint_status status = rp_fence_arm(deployment->warehouse, &fence, error);
    if (status == REPOINT_OK)
        status = announce(deployment, error);
    return status == REPOINT_OK ? switch_and_conclude(deployment, until_us, error) : status;
}

/* Days may have passed: where somebody else's record is stored by now, his views are to be seen. */
static repoint_status compare_again(repoint_deployment *deployment, repoint_error *error)
{
    bool is_overtaken = false;
    repoint_status status = rp_switch_is_overtaken(deployment, &is_overtaken, error);
    if (status != REPOINT_OK)
        return status;
    return is_overtaken
               ? rp_switch_fail_overtaken(deployment, "\"repoint abandon\" ends this deployment", error)
               : rp_cutover_compare(deployment, error);
}

repoint_status rp_switch_go_on(repoint_deployment *deployment, gint64 until_us, repoint_error *error)
{
    bool is_passed = false;
    repoint_status status = rp_switch_is_passed(deployment, &is_passed, error);
    if (status == REPOINT_OK)
        status = rp_promoted_recall(deployment, error);
    if (status == REPOINT_OK && is_passed)
        return conclude_or_say(deployment, error);
    if (status == REPOINT_OK)
        status = compare_again(deployment, error);
    if (status != REPOINT_OK)
        return status;
    rp_cutover_keep_changes(deployment);
    return switch_and_conclude(deployment, until_us, error);
}
