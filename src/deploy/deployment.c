/*
 * Deployments: their handle, and the steps before the cutover.
 *
 *     begin       the plan is looked at anew; the draft becomes a row that nobody else reads
 *     candidate   views beside those of the environment show the draft
 *     check       (deploy/check.c)
 *     cutover     (deploy/cutover.c)
 *     abandon     draft and candidate go away
 *
 * Invariants:
 *   1. Each step is one write transaction of the state behind the fence of the lease: who lost the lease
 *      changes nothing (guarantee 6), and a crash leaves the step undone or done.
 *   2. What the warehouse has beside the environment's views, the candidates, can be told from the draft's
 *      plan alone: whoever comes later can remove them.
 *   3. The draft's row goes last. As long as it is there, somebody has to resume or abandon.
 */
#include "deploy/deployment.h"

#include <string.h>

#include "deploy/approve.h"
#include "deploy/event.h"
#include "deploy/rehearsal.h"
#include "deploy/tables.h"
#include "state/environments.h"
#include "warehouse/candidates.h"
#include "warehouse/readers.h"

#define DEFAULT_CUTOVER_SECONDS 30

/* ---- the handle ---- */

repoint_deployment *rp_deployment_new(repoint_store *store, const repoint_deploy_options *options)
{
    static const repoint_deploy_options defaults = {0};
    if (options == NULL)
        options = &defaults;
    repoint_deployment *deployment = g_new0(repoint_deployment, 1);
    deployment->store = store;
    deployment->until = options->until;
    deployment->options = *options;
    deployment->message = g_strdup(options->message);
    deployment->wait_seconds = options->wait_seconds;
    deployment->cutover_seconds =
        options->cutover_timeout_seconds > 0 ? options->cutover_timeout_seconds : DEFAULT_CUTOVER_SECONDS;
    deployment->lease.duration_ms =
        (int64_t)((options->lease_seconds > 0 ? options->lease_seconds : RP_LEASE_DEFAULT_SECONDS) * 1000);
    deployment->candidate_readers = g_strdupv((GStrv)options->candidate_readers);
    deployment->warnings = g_ptr_array_new_with_free_func(g_free);
    deployment->rehearsal = store->options.dry_run ? rp_rehearsal_new() : NULL;
    return deployment;
}

void repoint_deployment_close(repoint_deployment *deployment)
{
    if (deployment == NULL)
        return;
    rp_lease_release(deployment->store, &deployment->lease);
    rp_draft_clear(&deployment->draft);
    repoint_plan_free(deployment->plan);
    repoint_environment_free(deployment->record);
    repoint_promotion_free(deployment->promotion);
    g_clear_pointer(&deployment->changes, g_ptr_array_unref);
    g_clear_pointer(&deployment->warnings, g_ptr_array_unref);
    g_free(deployment->author);
    g_free(deployment->digest);
    g_free(deployment->checks_json);
    rp_rehearsal_free(deployment->rehearsal);
    g_free(deployment->message);
    g_strfreev(deployment->candidate_readers);
    g_free(deployment);
}

const char *repoint_deployment_state(const repoint_deployment *deployment)
{
    if (deployment->draft.environment != NULL)
        return rp_draft_state_name(deployment->draft.state);
    return deployment->record != NULL ? rp_draft_state_name(RP_DRAFT_FINALIZED) : NULL;
}

/* ---- steps and the journal ---- */

repoint_status rp_deployment_note(repoint_deployment *deployment, const char *step, gint64 began_us,
                                  const char *detail, repoint_error *error)
{
    rp_journal_entry entry = {deployment->draft.plan_id, step, "done",
                              (g_get_monotonic_time() - began_us) / 1000, detail};
    return rp_journal_append(deployment->store, &deployment->lease, &entry, error);
}

/* A failure that leaves the connection and the lease is worth a row; others cannot be written anyway. */
static bool is_worth_noting(repoint_status status)
{
    return status != REPOINT_OK && status != REPOINT_UNREACHABLE && status != REPOINT_OUTCOME_UNKNOWN &&
           status != REPOINT_INTERRUPTED && status != REPOINT_TIMEOUT;
}

void rp_deployment_note_failure(repoint_deployment *deployment, const char *name, gint64 began_us,
                                const repoint_error *failure)
{
    if (is_worth_noting(failure->status))
        rp_journal_note_failure(deployment->store, &deployment->lease, deployment->draft.plan_id, name,
                                began_us, failure);
}

repoint_status rp_deployment_run(repoint_deployment *deployment, const char *name, rp_deployment_step step,
                                 repoint_error *error)
{
    repoint_error own = REPOINT_ERROR_INIT;
    repoint_error *failure = error != NULL ? error : &own;
    gint64 began_us = g_get_monotonic_time();
    rp_retry retry = {0};
    repoint_status status;
    do
        status = step(deployment, failure);
    while (rp_retry_again(&retry, deployment->store, status));
    if (status != REPOINT_OK)
        rp_deployment_note_failure(deployment, name, began_us, failure);
    repoint_error_clear(&own);
    return status;
}

repoint_status rp_deployment_step_public(repoint_deployment *deployment, rp_deployment_step step,
                                         rp_deployment_step rehearsal, repoint_error *error)
{
    if (deployment->rehearsal != NULL)
        return rehearsal != NULL ? rehearsal(deployment, error) : REPOINT_OK;
    repoint_error own = REPOINT_ERROR_INIT;
    repoint_error *failure = error != NULL ? error : &own;
    deployment->depth++;
    repoint_status status = step(deployment, failure);
    deployment->depth--;
    bool is_failure =
        status != REPOINT_OK && status != REPOINT_AWAITING_APPROVAL && status != REPOINT_INTERRUPTED;
    if (is_failure && deployment->depth == 0)
        rp_event_tell_failure(deployment, failure);
    repoint_error_clear(&own);
    return status;
}

repoint_status rp_deployment_move(repoint_deployment *deployment, rp_draft_state to, gint64 began_us,
                                  repoint_error *error)
{
    repoint_status status = rp_draft_move(deployment->store, &deployment->draft, to, error);
    if (status == REPOINT_OK)
        status = rp_deployment_note(deployment, rp_draft_state_name(to), began_us, NULL, error);
    return status;
}

repoint_status rp_deployment_tell_promoted(repoint_deployment *deployment, repoint_error *error)
{
    if (deployment->told_promoted)
        return REPOINT_OK;
    repoint_status status = rp_event_tell(deployment, "promoted", error);
    deployment->told_promoted = status == REPOINT_OK;
    return status;
}

/* ---- begin ---- */

/* The janitor keeps what a draft names, and reads drafts while nobody inserts one: so first the row, then a
 * look at whether he has been quicker (guarantee 5). */
static repoint_status insert_draft(repoint_deployment *deployment, repoint_error *error)
{
    gint64 began_us = g_get_monotonic_time();
    repoint_store *store = deployment->store;
    g_auto(rp_transaction) transaction = {0};
    repoint_status status = rp_transaction_begin_locked(&transaction, store, 0, error);
    if (status == REPOINT_OK)
        status = rp_lease_fence(store, &deployment->lease, error);
    if (status == REPOINT_OK)
        status = rp_draft_insert(store, &deployment->draft, deployment->lease.token, error);
    if (status == REPOINT_OK)
        status = rp_promote_check_stored(store, deployment->plan->record, error);
    if (status == REPOINT_OK)
        status = rp_deployment_note(deployment, "draft", began_us, NULL, error);
    return status == REPOINT_OK ? rp_transaction_commit(&transaction, error) : status;
}

static void remember_draft(repoint_deployment *deployment)
{
    g_free(deployment->author);
    g_free(deployment->digest);
    deployment->author = g_strdup(deployment->draft.author);
    deployment->digest = g_strdup(deployment->draft.digest);
}

/* The marks are taken in this order: what is filled after the first is noticed at the cutover. */
static repoint_status fill_draft(repoint_deployment *deployment, repoint_error *error)
{
    rp_draft *draft = &deployment->draft;
    const repoint_environment *record = deployment->plan->record;
    draft->environment = g_strdup(record->naming.name);
    draft->plan_id = g_strdup(record->plan_id);
    draft->state = RP_DRAFT_DRAFT;
    draft->author = g_strdup(deployment->lease.author);
    draft->message = g_strdup(deployment->message);
    draft->created_ts = rp_store_now(deployment->store);
    rp_approvals_remember(deployment);
    draft->plan_text = repoint_plan_save(deployment->plan);
    draft->digest = g_compute_checksum_for_string(G_CHECKSUM_SHA256, draft->plan_text, -1);
    repoint_status status =
        rp_plan_interval_mark(deployment->store, deployment->plan, &draft->interval_mark, error);
    if (status == REPOINT_OK)
        status = rp_data_mark_take(deployment->warehouse, &draft->data_mark, error);
    return status;
}

static repoint_status begin_new(repoint_deployment *deployment, repoint_error *error)
{
    repoint_status status = rp_deployment_examine_for_reading(deployment, error);
    if (deployment->rehearsal != NULL)
        return status;
    if (status == REPOINT_OK)
        status = fill_draft(deployment, error);
    if (status == REPOINT_OK)
        status = rp_deployment_run(deployment, "draft", insert_draft, error);
    g_clear_pointer(&deployment->draft.plan_text, g_free); /* megabytes, and it is stored now */
    if (status == REPOINT_OK)
        remember_draft(deployment);
    return status;
}

static repoint_status connect(repoint_deployment *deployment, repoint_error *error)
{
    repoint_status status = rp_store_warehouse(deployment->store, &deployment->warehouse, error);
    if (status == REPOINT_OK)
        deployment->manner = rp_manner_of(deployment->store, deployment->warehouse);
    deployment->is_one_transaction =
        deployment->warehouse == deployment->store->db && deployment->manner == RP_MANNER_TRANSACTION;
    return status;
}

static repoint_status take_lease(repoint_deployment *deployment, const char *environment, const char *doing,
                                 repoint_error *error)
{
    repoint_status status = rp_own_tables_create(deployment->store, error);
    if (status == REPOINT_OK && deployment->lease.environment == NULL)
        status = rp_lease_take_within(deployment->store, environment, doing,
                                      (double)deployment->lease.duration_ms / 1000, deployment->wait_seconds,
                                      &deployment->lease, error);
    return status;
}

/* Opens the handle: tables, lease, and what is open on the environment. A dry run makes and takes nothing. */
static repoint_status open_handle(repoint_deployment *deployment, const char *environment, const char *doing,
                                  repoint_error *error)
{
    bool is_dry = deployment->rehearsal != NULL;
    repoint_status status = connect(deployment, error);
    if (status == REPOINT_OK)
        status = is_dry ? rp_rehearse_lease(deployment, environment, error)
                        : take_lease(deployment, environment, doing, error);
    if (status == REPOINT_OK)
        status = rp_draft_load(deployment->store, environment, true, &deployment->draft, error);
    if (status == REPOINT_OK && deployment->draft.environment != NULL)
        remember_draft(deployment);
    if (status == REPOINT_OK && !deployment->is_one_transaction && !is_dry)
        status = rp_apart_claim(deployment, error);
    return status;
}

static repoint_status parse_plan(repoint_deployment *deployment, repoint_error *error)
{
    const char *text = deployment->draft.plan_text;
    if (text == NULL)
        return rp_fail(error, REPOINT_FAILED, "\"repoint abandon\" ends it", "a deployment has no plan");
    g_clear_pointer(&deployment->plan, repoint_plan_free);
    repoint_status status =
        rp_plan_parse(text, strlen(text), "the plan of the open deployment", &deployment->plan, error);
    g_clear_pointer(&deployment->draft.plan_text, g_free);
    return status;
}

/* What is left of a deployment whose cutover is done is put away; another one that is open is in the way. */
static repoint_status make_room(repoint_deployment *deployment, repoint_error *error)
{
    if (deployment->draft.state != RP_DRAFT_FINALIZED)
        return rp_draft_fail_open(&deployment->draft, error);
    repoint_status status = parse_plan(deployment, error);
    if (deployment->rehearsal != NULL)
        rp_draft_clear(&deployment->draft);
    else if (status == REPOINT_OK)
        status = rp_deployment_clean_up(deployment, "cleanup", error);
    g_clear_pointer(&deployment->plan, repoint_plan_free);
    return status;
}

/* Nothing is written before it is known that the plan will not be refused. */
static repoint_status look_first(repoint_deployment *deployment, const char *environment,
                                 repoint_error *error)
{
    g_auto(rp_draft) open = {0};
    repoint_status status = connect(deployment, error);
    if (status == REPOINT_OK)
        status = rp_draft_load(deployment->store, environment, false, &open, error);
    return status == REPOINT_OK && open.environment == NULL
               ? rp_deployment_examine_for_reading(deployment, error)
               : status;
}

static repoint_status begin(repoint_deployment *deployment, const repoint_plan *plan, repoint_error *error)
{
    const char *environment = plan->record->naming.name;
    repoint_status status = rp_approvals_possible(deployment, environment, error);
    if (status == REPOINT_OK)
        status = rp_plan_copy(plan, &deployment->plan, error);
    if (status == REPOINT_OK)
        status = look_first(deployment, environment, error);
    if (status == REPOINT_OK)
        status = open_handle(deployment, environment, "deploying", error);
    if (status != REPOINT_OK || deployment->draft.environment == NULL)
        return status == REPOINT_OK ? begin_new(deployment, error) : status;
    if (deployment->draft.state != RP_DRAFT_PROMOTED &&
        strcmp(deployment->draft.plan_id, plan->record->plan_id) == 0)
        return parse_plan(deployment, error);
    status = make_room(deployment, error);
    if (status == REPOINT_OK)
        status = rp_plan_copy(plan, &deployment->plan, error);
    return status == REPOINT_OK ? begin_new(deployment, error) : status;
}

repoint_status repoint_deployment_begin(repoint_store *store, const repoint_plan *plan,
                                        const repoint_deploy_options *options,
                                        repoint_deployment **ret_deployment, repoint_error *error)
{
    g_autoptr(repoint_deployment) deployment = rp_deployment_new(store, options);
    repoint_status status = begin(deployment, plan, error);
    if (status == REPOINT_OK)
        *ret_deployment = g_steal_pointer(&deployment);
    return status;
}

repoint_status rp_deployment_begin_after(repoint_deployment *before, const repoint_plan *plan,
                                         const repoint_deploy_options *options,
                                         repoint_deployment **ret_deployment, repoint_error *error)
{
    g_autoptr(repoint_deployment) deployment = rp_deployment_new(before->store, options);
    deployment->lease = before->lease;
    before->lease = (rp_lease){0};
    repoint_status status = begin(deployment, plan, error);
    if (status == REPOINT_OK)
        *ret_deployment = g_steal_pointer(&deployment);
    return status;
}

static repoint_status fail_none(const char *environment, repoint_error *error)
{
    return rp_fail(error, REPOINT_NOT_FOUND, "\"repoint deploy\" begins one",
                   "no deployment is open on environment %s", environment);
}

repoint_status repoint_deployment_open(repoint_store *store, const char *environment,
                                       const repoint_deploy_options *options,
                                       repoint_deployment **ret_deployment, repoint_error *error)
{
    bool exist = false;
    repoint_status status = rp_own_tables_exist(store, &exist, error);
    if (status != REPOINT_OK)
        return status;
    if (!exist)
        return fail_none(environment, error);
    g_autoptr(repoint_deployment) deployment = rp_deployment_new(store, options);
    status = rp_approvals_possible(deployment, environment, error);
    if (status == REPOINT_OK)
        status = open_handle(deployment, environment, "going on with a deployment", error);
    if (status == REPOINT_OK && deployment->draft.environment == NULL)
        status = fail_none(environment, error);
    if (status == REPOINT_OK &&
        (deployment->draft.state != RP_DRAFT_PROMOTED || deployment->draft.digest != NULL))
        status = parse_plan(deployment, error);
    if (status == REPOINT_OK)
        *ret_deployment = g_steal_pointer(&deployment);
    return status;
}

/* ---- candidate ---- */

static repoint_status make_views(repoint_deployment *deployment, repoint_error *error)
{
    const repoint_plan *plan = deployment->plan;
    repoint_status status = rp_views_create_schemas(deployment->warehouse, plan->changes, error);
    if (status == REPOINT_OK)
        status = rp_candidates_create(deployment->warehouse, plan->changes, plan->record->naming.name,
                                      (const char *const *)deployment->candidate_readers, error);
    return status;
}

static repoint_status candidate(repoint_deployment *deployment, repoint_error *error)
{
    gint64 began_us = g_get_monotonic_time();
    repoint_store *store = deployment->store;
    g_auto(rp_transaction) transaction = {0};
    repoint_status status = rp_lease_renew(store, &deployment->lease, error);
    if (status == REPOINT_OK && !deployment->is_one_transaction)
        status = rp_apart_make_candidates(deployment, error);
    if (status == REPOINT_OK)
        status = rp_transaction_begin(&transaction, store, RP_DB_WRITE, error);
    if (status == REPOINT_OK)
        status = rp_lease_fence(store, &deployment->lease, error);
    if (status == REPOINT_OK && deployment->is_one_transaction)
        status = make_views(deployment, error);
    if (status == REPOINT_OK)
        status = rp_deployment_move(deployment, RP_DRAFT_CANDIDATE, began_us, error);
    return status == REPOINT_OK ? rp_transaction_commit(&transaction, error) : status;
}

static repoint_status candidate_step(repoint_deployment *deployment, repoint_error *error)
{
    if (deployment->draft.state != RP_DRAFT_DRAFT)
        return REPOINT_OK;
    repoint_status status =
        deployment->plan->changes == NULL ? rp_deployment_examine_for_reading(deployment, error) : REPOINT_OK;
    if (status == REPOINT_OK)
        status = rp_deployment_tell_promoted(deployment, error);
    if (status == REPOINT_OK)
        status = rp_deployment_run(deployment, "candidate", candidate, error);
    if (status == REPOINT_OK)
        deployment->draft.state = RP_DRAFT_CANDIDATE;
    return status;
}

repoint_status repoint_deployment_candidate(repoint_deployment *deployment, repoint_error *error)
{
    return rp_deployment_step_public(deployment, candidate_step, rp_rehearse_candidate, error);
}

/* ---- putting away ---- */

static repoint_status drop_candidates(repoint_deployment *deployment, repoint_error *error)
{
    const repoint_environment *record = deployment->plan->record;
    g_autoptr(GPtrArray) views = NULL;
    repoint_status status = rp_views_of(deployment->warehouse, record, &views, error);
    return status == REPOINT_OK ? rp_candidates_drop(deployment->warehouse, views, record->naming.name, error)
                                : status;
}

/* The row goes, and the journal says why; in the caller's transaction, behind the fence. */
static repoint_status end_draft(repoint_deployment *deployment, const char *step, gint64 began_us,
                                repoint_error *error)
{
    g_autofree char *detail = deployment->held_us > 0 ? g_strdup_printf("{\"readers_held_ms\":%.1f}",
                                                                        (double)deployment->held_us / 1000.0)
                                                      : NULL;
    repoint_status status = rp_draft_delete(deployment->store, &deployment->draft, error);
    return status == REPOINT_OK ? rp_deployment_note(deployment, step, began_us, detail, error) : status;
}

repoint_status rp_deployment_clean_up(repoint_deployment *deployment, const char *step, repoint_error *error)
{
    gint64 began_us = g_get_monotonic_time();
    repoint_store *store = deployment->store;
    g_auto(rp_transaction) transaction = {0};
    repoint_status status = REPOINT_OK;
    if (!deployment->is_one_transaction)
        status = rp_apart_drop_candidates(deployment, error);
    if (status == REPOINT_OK)
        status = rp_transaction_begin(&transaction, store, RP_DB_WRITE, error);
    if (status == REPOINT_OK)
        status = rp_lease_fence(store, &deployment->lease, error);
    if (status == REPOINT_OK && deployment->is_one_transaction)
        status = drop_candidates(deployment, error);
    if (status == REPOINT_OK)
        status = end_draft(deployment, step, began_us, error);
    if (status == REPOINT_OK)
        status = rp_transaction_commit(&transaction, error);
    if (status == REPOINT_OK)
        rp_draft_clear(&deployment->draft);
    return status;
}

/* ---- abandon ---- */

repoint_status rp_abandon_fail_too_late(const repoint_deployment *deployment, repoint_error *error)
{
    return rp_fail(error, REPOINT_REFUSED, "\"repoint resume\" ends it; \"repoint rollback\" goes back",
                   "the views of environment %s have changed already", deployment->draft.environment);
}

repoint_status rp_abandon_fail_changed(const repoint_deployment *deployment, repoint_error *error)
{
    return rp_fail(error, REPOINT_CONFLICT, NULL,
                   "environment %s was finalized or changed since it was promoted; it stays as it is",
                   deployment->lease.environment);
}

repoint_status rp_switch_fail_overtaken(const repoint_deployment *deployment, const char *hint,
                                        repoint_error *error)
{
    return rp_fail(error, REPOINT_CONFLICT, hint,
                   "environment %s was changed by somebody else since its views began to change; "
                   "it stays as it is",
                   deployment->lease.environment);
}

/* A bare promote is undone if it is still what the environment is. */
static repoint_status undo_promote(repoint_deployment *deployment, repoint_error *error)
{
    gint64 began_us = g_get_monotonic_time();
    repoint_store *store = deployment->store;
    const rp_draft *draft = &deployment->draft;
    bool is_there = false;
    g_auto(rp_transaction) transaction = {0};
    repoint_status status = rp_transaction_begin_locked(&transaction, store, RP_LOCK_ENVIRONMENTS, error);
    if (status == REPOINT_OK)
        status = rp_lease_fence(store, &deployment->lease, error);
    if (status == REPOINT_OK)
        status = rp_promoted_is_there(store, draft, true, &is_there, error);
    if (status == REPOINT_OK && is_there)
        status = rp_previous_restore(store, draft->environment, draft->plan_id, draft->previous_json, error);
    if (status == REPOINT_OK)
        status = end_draft(deployment, "abandon", began_us, error);
    if (status == REPOINT_OK)
        status = rp_transaction_commit(&transaction, error);
    if (status != REPOINT_OK)
        return status;
    rp_draft_clear(&deployment->draft);
    return is_there ? status : rp_abandon_fail_changed(deployment, error);
}

/* In the middle of a switch, but somebody else has changed the environment since: his views are to be seen
 * there, and nothing of this deployment is left to be gone back to. */
static repoint_status leave_overtaken(repoint_deployment *deployment, repoint_error *error)
{
    repoint_status status = rp_deployment_clean_up(deployment, "abandon", error);
    return status == REPOINT_OK
               ? rp_switch_fail_overtaken(deployment, "see that its views are those of its record", error)
               : status;
}

static repoint_status abandon_switch(repoint_deployment *deployment, repoint_error *error)
{
    bool is_passed = false, is_overtaken = false;
    repoint_status status = rp_switch_is_overtaken(deployment, &is_overtaken, error);
    if (status == REPOINT_OK && is_overtaken)
        return leave_overtaken(deployment, error);
    if (status == REPOINT_OK)
        status = rp_switch_is_passed(deployment, &is_passed, error);
    if (status == REPOINT_OK && is_passed)
        return rp_abandon_fail_too_late(deployment, error);
    return status == REPOINT_OK ? rp_switch_undo(deployment, error) : status;
}

static repoint_status abandon(repoint_deployment *deployment, repoint_error *error)
{
    repoint_status status = REPOINT_OK;
    if (deployment->draft.state == RP_DRAFT_PROMOTED)
        return undo_promote(deployment, error);
    if (deployment->draft.state == RP_DRAFT_FINALIZED)
        return rp_abandon_fail_too_late(deployment, error);
    if (deployment->draft.state == RP_DRAFT_SWITCHING)
        status = abandon_switch(deployment, error);
    return status == REPOINT_OK && deployment->draft.environment != NULL
               ? rp_deployment_clean_up(deployment, "abandon", error)
               : status;
}

repoint_status repoint_deployment_abandon(repoint_deployment *deployment, repoint_error *error)
{
    if (deployment->rehearsal != NULL)
        return rp_rehearse_abandon(deployment, error);
    return rp_deployment_run(deployment, "abandon", abandon, error);
}
