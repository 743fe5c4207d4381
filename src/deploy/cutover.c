/*
 * The cutover: the instant at which readers see the new set of tables instead of the old one.
 *
 * Where state and views are in one database whose views change with the transaction, it is one transaction:
 *
 *     wait        until nobody reads with a snapshot older than the new tables' rows
 *     begin       the lock that keeps every janitor away; the fence of the lease
 *     examine     everything again: plan id, snapshots, tables, gaps, approvals
 *     record      promoted, added snapshots unpaused, finalized; revision, journal, draft: done
 *     savepoint ◀─────────────────┐
 *     lock        all views       │ a reader is in the way: give way, try again; after a second from the
 *     look        old snapshots?  │ beginning, until the time is over
 *     replace     all views ──────┘
 *     commit      readers see the new set
 *
 * Readers wait from the lock to the commit, and no step before that touches what they use. A crash before the
 * commit leaves the old set, one after it the new set and a draft to clean up.
 *
 * What was promoted ahead of its views (deploy/promoted.c) goes the same way, but for its record, which is
 * there already: what it replaced is compared with it.
 *
 * Elsewhere it is three steps (deploy/switch.c).
 */
#include "deploy/cutover.h"

#include <string.h>

#include "deploy/after.h"
#include "deploy/approve.h"
#include "deploy/event.h"
#include "deploy/rehearsal.h"
#include "deploy/revision.h"
#include "deploy/statements.h"
#include "state/environments.h"
#include "warehouse/readers.h"

#define MOST_RECHECKS     3 /* of what is being filled all the time */
#define SHORTEST_PAUSE_US 5000
#define LONGEST_PAUSE_US  100000

void rp_cutover_pause(unsigned tries)
{
    gint32 longest = MIN(LONGEST_PAUSE_US, SHORTEST_PAUSE_US << MIN(tries, 8));
    g_usleep((gulong)g_random_int_range(longest / 2, longest));
}

/* ---- what no reader sees ---- */

/* In prod the snapshots that are new to it become those that scheduled runs load. */
static repoint_status unpause_added(repoint_deployment *deployment, repoint_error *error)
{
    const repoint_environment *record = deployment->plan->record;
    const GPtrArray *added = deployment->promotion->added;
    if (rp_environment_is_dev(record))
        return REPOINT_OK;
    int64_t unpaused_ts = rp_store_now(deployment->store);
    repoint_status status = REPOINT_OK;
    if (record->end_at != NULL)
        status = rp_time_to_ts(record->end_at, unpaused_ts, &unpaused_ts, error);
    if (status != REPOINT_OK)
        return status;
    return rp_unpause(deployment->store, (const repoint_table *const *)added->pdata, added->len, unpaused_ts,
                      error);
}

/* The record of a rollback is on hold from the moment on at which it is there. */
static repoint_status set_hold(repoint_deployment *deployment, repoint_error *error)
{
    int64_t revision = deployment->plan->rollback_to;
    return revision != 0 ? rp_hold_set(deployment->store, &deployment->lease, revision,
                                       deployment->draft.message, error)
                         : REPOINT_OK;
}

repoint_status rp_cutover_complete(repoint_deployment *deployment, gint64 began_us, repoint_error *error)
{
    repoint_store *store = deployment->store;
    repoint_environment_free(deployment->record);
    deployment->record = repoint_environment_copy(deployment->plan->record);
    repoint_status status = unpause_added(deployment, error);
    if (status == REPOINT_OK)
        status = repoint_finalize(store, deployment->record, error);
    if (status == REPOINT_OK)
        status = rp_revision_append(store, &deployment->lease, deployment->plan->rollback_to,
                                    deployment->draft.message, deployment->record, error);
    if (status == REPOINT_OK)
        status = set_hold(deployment, error);
    return status == REPOINT_OK ? rp_deployment_move(deployment, RP_DRAFT_FINALIZED, began_us, error)
                                : status;
}

void rp_cutover_keep_changes(repoint_deployment *deployment)
{
    g_clear_pointer(&deployment->changes, g_ptr_array_unref);
    if (deployment->plan->changes != NULL)
        deployment->changes = g_ptr_array_ref(deployment->plan->changes);
}

static repoint_status save_previous(repoint_deployment *deployment, repoint_error *error)
{
    g_clear_pointer(&deployment->draft.previous_json, g_free);
    return rp_previous_save(deployment->store, deployment->plan->stored, &deployment->draft.previous_json,
                            error);
}

static bool has_checks(const repoint_deployment *deployment)
{
    return deployment->options.check_count > 0 && deployment->plan->rollback_to == 0;
}

repoint_status rp_deployment_find_moved(const repoint_deployment *deployment, bool *ret_moved,
                                        repoint_error *error)
{
    g_autofree char *mark = NULL;
    *ret_moved = false;
    if (!has_checks(deployment))
        return REPOINT_OK;
    repoint_status status = rp_plan_interval_mark(deployment->store, deployment->plan, &mark, error);
    *ret_moved = status == REPOINT_OK && g_strcmp0(mark, deployment->draft.interval_mark) != 0;
    return status;
}

/* In the transaction; the caller has the checks run once more then. */
static repoint_status fail_if_moved(repoint_deployment *deployment, repoint_error *error)
{
    repoint_status status = rp_deployment_find_moved(deployment, &deployment->has_moved, error);
    if (status != REPOINT_OK || !deployment->has_moved)
        return status;
    return rp_fail(error, REPOINT_CONFLICT, "wait until the tables are filled, then go on",
                   "time ranges of the tables of environment %s change while it is being deployed",
                   deployment->lease.environment);
}

repoint_status rp_cutover_promote(repoint_deployment *deployment, rp_transaction *transaction,
                                  repoint_error *error)
{
    repoint_store *store = deployment->store;
    repoint_plan *plan = deployment->plan;
    repoint_promote_options options = rp_plan_promote_options(plan);
    options.gap_check = REPOINT_GAPS_NONE; /* examining has looked for them */
    g_clear_pointer(&deployment->promotion, repoint_promotion_free);
    repoint_status status = rp_transaction_begin_locked(transaction, store, RP_LOCK_ENVIRONMENTS, error);
    if (status == REPOINT_OK)
        status = rp_lease_fence(store, &deployment->lease, error);
    if (status == REPOINT_OK && plan->rollback_to == 0)
        status = rp_hold_check(store, plan->record->naming.name, error);
    if (status == REPOINT_OK)
        status = rp_deployment_examine(deployment, true, error);
    if (status == REPOINT_OK)
        status = fail_if_moved(deployment, error);
    if (status == REPOINT_OK)
        status = rp_approvals_count(deployment, error);
    if (status == REPOINT_OK)
        status = rp_revision_adopt(store, &deployment->lease, "found", plan->stored, error);
    if (status == REPOINT_OK && !deployment->is_one_transaction)
        status = save_previous(deployment, error);
    if (status == REPOINT_OK)
        status = repoint_promote(store, plan->record, &options, &deployment->promotion, error);
    return status;
}

/* ---- what readers see ---- */

static repoint_status lock_look_replace(repoint_deployment *deployment, repoint_error *error)
{
    rp_db *warehouse = deployment->warehouse;
    repoint_status status = rp_views_lock(warehouse, deployment->changes, error);
    if (status == REPOINT_OK)
        status = rp_data_mark_check(warehouse, deployment->draft.data_mark, error);
    if (status == REPOINT_OK)
        status = rp_views_apply(warehouse, deployment->changes, error);
    const GPtrArray *statements = deployment->plan->on_virtual_update;
    return status == REPOINT_OK
               ? rp_db_execute_all(warehouse, (const char *const *)statements->pdata, statements->len, error)
               : status;
}

static repoint_status go_back(rp_db *warehouse)
{
    return rp_db_execute(warehouse, "ROLLBACK TO SAVEPOINT repoint_views", RP_NO_VALUES, NULL, NULL);
}

repoint_status rp_cutover_change_views(repoint_deployment *deployment, gint64 until_us, repoint_error *error)
{
    rp_db *warehouse = deployment->warehouse;
    if (!rp_db_can(warehouse, RP_DB_SAVEPOINTS))
        return lock_look_replace(deployment, error);
    until_us = MIN(until_us, g_get_monotonic_time() + RP_CUTOVER_TRIES_IN_A_ROW_US);
    repoint_status status = rp_db_execute(warehouse, "SAVEPOINT repoint_views", RP_NO_VALUES, NULL, error);
    for (unsigned tries = 0; status == REPOINT_OK; tries++) {
        deployment->held_us = g_get_monotonic_time();
        status = lock_look_replace(deployment, error);
        if (status != REPOINT_BUSY || g_get_monotonic_time() >= until_us)
            return status;
        status = go_back(warehouse);
        rp_cutover_pause(tries);
    }
    return status;
}

void rp_cutover_note_held(repoint_deployment *deployment)
{
    if (deployment->held_us > 0)
        deployment->held_us = g_get_monotonic_time() - deployment->held_us;
}

void rp_cutover_explain(repoint_deployment *deployment, repoint_status status, repoint_error *error)
{
    if (status == REPOINT_BUSY)
        rp_views_explain_busy(deployment->warehouse, deployment->changes, error);
}

repoint_status rp_cutover_compare(repoint_deployment *deployment, repoint_error *error)
{
    g_auto(rp_transaction) transaction = {0};
    repoint_status status = rp_transaction_begin(&transaction, deployment->store, RP_DB_READ, error);
    return status == REPOINT_OK ? rp_plan_examine(deployment->store, deployment->plan, error) : status;
}

/* ---- one transaction ---- */

static repoint_status cut_over_in_one(repoint_deployment *deployment, gint64 until_us, repoint_error *error)
{
    gint64 began_us = g_get_monotonic_time();
    g_auto(rp_transaction) transaction = {0};
    repoint_status status = deployment->draft.state == RP_DRAFT_PROMOTED
                                ? rp_promoted_look_again(deployment, &transaction, error)
                                : rp_cutover_promote(deployment, &transaction, error);
    rp_cutover_keep_changes(deployment);
    if (status == REPOINT_OK)
        status = rp_cutover_complete(deployment, began_us, error);
    if (status == REPOINT_OK)
        status = rp_cutover_change_views(deployment, until_us, error);
    if (status == REPOINT_OK)
        status = rp_transaction_commit(&transaction, error);
    rp_cutover_note_held(deployment);
    if (status == REPOINT_OK)
        deployment->draft.state = RP_DRAFT_FINALIZED;
    return status;
}

/* ---- waiting and trying ---- */

/* Rows that were filled after the draft was made are newer than its mark. */
repoint_status rp_deployment_refresh_mark(repoint_deployment *deployment, repoint_error *error)
{
    rp_draft *draft = &deployment->draft;
    g_autofree char *interval_mark = NULL;
    g_autofree char *data_mark = NULL;
    g_auto(rp_transaction) transaction = {0};
    repoint_status status = rp_plan_interval_mark(deployment->store, deployment->plan, &interval_mark, error);
    if (status != REPOINT_OK || g_strcmp0(interval_mark, draft->interval_mark) == 0)
        return status;
    status = rp_data_mark_take(deployment->warehouse, &data_mark, error);
    if (status == REPOINT_OK)
        status = rp_transaction_begin(&transaction, deployment->store, RP_DB_WRITE, error);
    if (status == REPOINT_OK)
        status = rp_lease_fence(deployment->store, &deployment->lease, error);
    if (status != REPOINT_OK)
        return status;
    g_free(draft->interval_mark);
    g_free(draft->data_mark);
    draft->interval_mark = g_steal_pointer(&interval_mark);
    draft->data_mark = g_steal_pointer(&data_mark);
    status = rp_draft_set_marks(deployment->store, draft, error);
    return status == REPOINT_OK ? rp_transaction_commit(&transaction, error) : status;
}

static repoint_status wait_for_old_readers(repoint_deployment *deployment, gint64 until_us,
                                           repoint_error *error)
{
    for (unsigned tries = 0;; tries++) {
        repoint_status status = rp_data_mark_check(deployment->warehouse, deployment->draft.data_mark, error);
        if (status != REPOINT_BUSY || g_get_monotonic_time() >= until_us)
            return status;
        status = rp_lease_renew(deployment->store, &deployment->lease, error);
        if (status != REPOINT_OK)
            return status;
        rp_cutover_pause(tries);
    }
}

static gint64 deadline_of(const repoint_deployment *deployment)
{
    return g_get_monotonic_time() + (gint64)(deployment->cutover_seconds * G_USEC_PER_SEC);
}

static repoint_status try_until(repoint_deployment *deployment, gint64 until_us, repoint_error *error)
{
    for (unsigned tries = 0;; tries++) {
        repoint_status status = deployment->is_one_transaction
                                    ? cut_over_in_one(deployment, until_us, error)
                                    : rp_switch_cut_over(deployment, until_us, error);
        bool is_over = g_get_monotonic_time() >= until_us;
        if (is_over && deployment->is_one_transaction)
            rp_cutover_explain(deployment, status, error);
        if (status != REPOINT_BUSY || is_over)
            return status;
        rp_cutover_pause(tries);
    }
}

/* Its tables may have been filled until a moment ago. */
static repoint_status cut_over_promoted(repoint_deployment *deployment, gint64 until_us, repoint_error *error)
{
    repoint_status status = rp_promoted_check_place(deployment, error);
    g_clear_pointer(&deployment->draft.data_mark, g_free);
    if (status == REPOINT_OK)
        status = rp_promoted_recall(deployment, error);
    if (status == REPOINT_OK)
        status = rp_cutover_compare(deployment, error);
    if (status == REPOINT_OK)
        status = rp_data_mark_take(deployment->warehouse, &deployment->draft.data_mark, error);
    if (status == REPOINT_OK)
        status = wait_for_old_readers(deployment, until_us, error);
    return status == REPOINT_OK ? try_until(deployment, until_us, error) : status;
}

static repoint_status cut_over(repoint_deployment *deployment, repoint_error *error)
{
    gint64 until_us = deadline_of(deployment);
    if (deployment->draft.state == RP_DRAFT_SWITCHING)
        return rp_switch_go_on(deployment, until_us, error);
    if (deployment->draft.state == RP_DRAFT_PROMOTED)
        return cut_over_promoted(deployment, until_us, error);
    /* With checks the mark is theirs: what comes later is looked at by them first. */
    repoint_status status =
        has_checks(deployment) ? REPOINT_OK : rp_deployment_refresh_mark(deployment, error);
    if (status == REPOINT_OK)
        status = wait_for_old_readers(deployment, until_us, error);
    return status == REPOINT_OK ? try_until(deployment, until_us, error) : status;
}

static repoint_status cut_over_noted(repoint_deployment *deployment, repoint_error *error)
{
    gint64 began_us = g_get_monotonic_time();
    repoint_error failure = REPOINT_ERROR_INIT;
    repoint_status status = cut_over(deployment, &failure);
    if (status == REPOINT_OK) {
        repoint_error_clear(&failure); /* of a try that gave way */
        return status;
    }
    rp_deployment_note_failure(deployment, "cutover", began_us, &failure);
    rp_error_move(error, &failure);
    return status;
}

static repoint_status check_what_moved(repoint_deployment *deployment, repoint_error *error)
{
    bool has_moved = false;
    repoint_status status = rp_deployment_find_moved(deployment, &has_moved, error);
    return status == REPOINT_OK && has_moved ? rp_deployment_check_again(deployment, error) : status;
}

/* Everything that has to be so before anybody waits for readers, hooks included: no transaction is open. */
static repoint_status get_ready(repoint_deployment *deployment, repoint_error *error)
{
    bool needs_approval = false;
    repoint_status status = rp_deployment_look(deployment, error);
    if (status == REPOINT_OK)
        status = check_what_moved(deployment, error);
    if (status == REPOINT_OK)
        status = rp_approvals_look(deployment, &needs_approval, error);
    if (status == REPOINT_OK && needs_approval)
        status = rp_event_tell(deployment, "approved", error);
    if (status == REPOINT_OK)
        status = rp_statements_run(deployment->warehouse, deployment->plan->before_all, error);
    return status;
}

static repoint_status cutover_step(repoint_deployment *deployment, repoint_error *error)
{
    repoint_status status = REPOINT_OK;
    if (deployment->draft.environment == NULL)
        return REPOINT_OK;
    if (deployment->draft.state == RP_DRAFT_PROMOTED && deployment->plan == NULL)
        return rp_draft_fail_open(&deployment->draft, error);
    if (deployment->draft.state == RP_DRAFT_DRAFT || deployment->draft.state == RP_DRAFT_CANDIDATE)
        status = repoint_deployment_check(deployment, error);
    for (unsigned tries = 0; status == REPOINT_OK && deployment->draft.state != RP_DRAFT_FINALIZED; tries++) {
        deployment->has_moved = false;
        if (deployment->draft.state == RP_DRAFT_CHECKED)
            status = get_ready(deployment, error);
        if (status == REPOINT_OK)
            status = cut_over_noted(deployment, error);
        if (deployment->has_moved && status == REPOINT_CONFLICT && tries < MOST_RECHECKS) {
            repoint_error_clear(error); /* and once more from the checks */
            status = REPOINT_OK;
        }
    }
    return status == REPOINT_OK ? rp_deployment_conclude(deployment, error) : status;
}

repoint_status repoint_deployment_cutover(repoint_deployment *deployment, repoint_error *error)
{
    return rp_deployment_step_public(deployment, cutover_step, rp_rehearse_cutover, error);
}
