/*
 * Dry runs of a deployment. See deploy/rehearsal.h.
 *
 * The order in which things are looked at is that of the steps, so that the first thing that is in the way is
 * the same one. An approval that is missing is told last, when everything else that would be refused is
 * known.
 */
#include "deploy/rehearsal.h"

#include "deploy/approve.h"
#include "deploy/check.h"
#include "deploy/cutover.h"
#include "deploy/revision.h"
#include "state/environments.h"
#include "warehouse/candidates.h"
#include "warehouse/readers.h"

rp_rehearsal *rp_rehearsal_new(void)
{
    rp_rehearsal *rehearsal = g_new0(rp_rehearsal, 1);
    rehearsal->steps = g_ptr_array_new();
    rehearsal->candidates = g_ptr_array_new_with_free_func(g_free);
    rehearsal->checks = g_ptr_array_new_with_free_func(g_free);
    return rehearsal;
}

void rp_rehearsal_free(rp_rehearsal *rehearsal)
{
    if (rehearsal == NULL)
        return;
    g_ptr_array_unref(rehearsal->steps);
    g_ptr_array_unref(rehearsal->candidates);
    g_ptr_array_unref(rehearsal->checks);
    g_free(rehearsal->approvals_json);
    g_free(rehearsal->restores_json);
    g_free(rehearsal);
}

static void would(repoint_deployment *deployment, const char *step)
{
    g_ptr_array_add(deployment->rehearsal->steps, (gpointer)step);
}

/* Where the deployment is, or would be by now; a plan that nobody has begun to deploy would be begun. */
static rp_draft_state reached(repoint_deployment *deployment)
{
    rp_rehearsal *rehearsal = deployment->rehearsal;
    if (!rehearsal->is_under_way) {
        bool is_open = deployment->draft.environment != NULL;
        rehearsal->is_under_way = true;
        rehearsal->reached = is_open ? deployment->draft.state : RP_DRAFT_DRAFT;
        if (!is_open)
            would(deployment, "draft");
    }
    return rehearsal->reached;
}

repoint_status rp_rehearse_lease(repoint_deployment *deployment, const char *environment,
                                 repoint_error *error)
{
    repoint_error held = REPOINT_ERROR_INIT;
    repoint_status status = rp_lease_look(deployment->store, environment, &deployment->lease, &held);
    if (status == REPOINT_CONFLICT && deployment->wait_seconds > 0) {
        g_ptr_array_add(deployment->warnings, g_strdup_printf("%s: it would be waited for", held.message));
        repoint_error_clear(&held);
        return REPOINT_OK;
    }
    if (status != REPOINT_OK)
        rp_error_move(error, &held);
    return status;
}

/* ---- candidates and checks ---- */

static void add_candidate(repoint_deployment *deployment, const rp_relation *view, GHashTable *existing)
{
    rp_relation candidate =
        rp_candidate_of(deployment->warehouse, view, deployment->plan->record->naming.name);
    g_autofree char *key = rp_relation_key(deployment->warehouse, &candidate);
    if (existing == NULL || g_hash_table_contains(existing, key))
        g_ptr_array_add(deployment->rehearsal->candidates, rp_relation_display(&candidate));
    rp_relation_clear(&candidate);
}

repoint_status rp_rehearse_candidate(repoint_deployment *deployment, repoint_error *error)
{
    if (reached(deployment) != RP_DRAFT_DRAFT)
        return REPOINT_OK;
    repoint_status status =
        deployment->plan->changes == NULL ? rp_deployment_examine_for_reading(deployment, error) : REPOINT_OK;
    if (status != REPOINT_OK)
        return status;
    for (guint i = 0; i < deployment->plan->changes->len; i++) {
        const rp_view_change *change = g_ptr_array_index(deployment->plan->changes, i);
        if (change->action != RP_VIEW_DROP && !rp_view_change_is_foreign(change))
            add_candidate(deployment, &change->view, NULL);
    }
    would(deployment, "candidate");
    deployment->rehearsal->reached = RP_DRAFT_CANDIDATE;
    return REPOINT_OK;
}

static repoint_status list_checks(repoint_deployment *deployment, bool after_cutover, repoint_error *error)
{
    GPtrArray *checks = deployment->rehearsal->checks;
    guint before = checks->len;
    repoint_status status = rp_deployment_look(deployment, error);
    if (status == REPOINT_OK)
        status = rp_checks_describe(deployment, after_cutover, checks, error);
    if (status == REPOINT_OK && (checks->len > before || !after_cutover)) /* it becomes checked anyway */
        would(deployment, after_cutover ? "check_after" : "check");
    return status;
}

repoint_status rp_rehearse_check(repoint_deployment *deployment, repoint_error *error)
{
    repoint_status status = rp_rehearse_candidate(deployment, error);
    if (status != REPOINT_OK || deployment->rehearsal->reached != RP_DRAFT_CANDIDATE)
        return status;
    status = list_checks(deployment, false, error);
    if (status == REPOINT_OK)
        deployment->rehearsal->reached = RP_DRAFT_CHECKED;
    return status;
}

/* ---- the cutover ---- */

static repoint_status check_is_ours(repoint_deployment *deployment, const char *hint, repoint_error *error)
{
    bool is_overtaken = false;
    repoint_status status = rp_switch_is_overtaken(deployment, &is_overtaken, error);
    return status == REPOINT_OK && is_overtaken ? rp_switch_fail_overtaken(deployment, hint, error) : status;
}

/* What the transaction would look at again. */
static repoint_status examine(repoint_deployment *deployment, repoint_error *error)
{
    const repoint_plan *plan = deployment->plan;
    if (deployment->draft.environment == NULL)
        return REPOINT_OK; /* it has just been examined */
    repoint_status status = rp_deployment_examine_for_reading(deployment, error);
    return status == REPOINT_OK
               ? rp_deployment_fail_obstacles(plan->obstacles, false, plan->record->naming.name, error)
               : status;
}

/* Approvals that a deployment lacks which nobody has begun yet refuse nothing: it would be begun. */
static repoint_status count_approvals(repoint_deployment *deployment, repoint_error *error)
{
    bool is_needed = false;
    if (deployment->draft.environment != NULL)
        return rp_approvals_look(deployment, &is_needed, error);
    rp_approvals_remember(deployment);
    deployment->rehearsal->approvals_json = rp_approvals_awaited(deployment);
    return REPOINT_OK;
}

static repoint_status warn_of_old_readers(repoint_deployment *deployment, repoint_error *error)
{
    repoint_error busy = REPOINT_ERROR_INIT;
    const char *mark = deployment->draft.data_mark;
    repoint_status status =
        mark != NULL ? rp_data_mark_check(deployment->warehouse, mark, &busy) : REPOINT_OK;
    if (status == REPOINT_BUSY) {
        g_ptr_array_add(deployment->warnings, g_strdup_printf("the cutover would wait: %s", busy.message));
        repoint_error_clear(&busy);
        return REPOINT_OK;
    }
    if (status != REPOINT_OK)
        rp_error_move(error, &busy);
    return status;
}

/* Time ranges that have moved since the checks ran have them run once more. */
static repoint_status look_at_moved(repoint_deployment *deployment, repoint_error *error)
{
    bool has_moved = false, is_open = deployment->draft.environment != NULL;
    repoint_status status = rp_deployment_look(deployment, error);
    if (status == REPOINT_OK && is_open && deployment->draft.state == RP_DRAFT_CHECKED)
        status = rp_deployment_find_moved(deployment, &has_moved, error);
    return status == REPOINT_OK && has_moved ? list_checks(deployment, false, error) : status;
}

static repoint_status examine_and_count(repoint_deployment *deployment, repoint_error *error)
{
    repoint_error awaited = REPOINT_ERROR_INIT;
    repoint_status approved = count_approvals(deployment, &awaited);
    repoint_status status = examine(deployment, approved == REPOINT_OK ? error : NULL);
    if (approved == REPOINT_OK)
        return status;
    rp_error_move(error, &awaited);
    return approved;
}

static repoint_status rehearse_checked(repoint_deployment *deployment, repoint_error *error)
{
    const repoint_plan *plan = deployment->plan;
    repoint_status status = look_at_moved(deployment, error);
    if (status != REPOINT_OK)
        return status;
    status = examine_and_count(deployment, error);
    deployment->promotion = rp_promotion_compare(plan->stored, plan->record, rp_store_now(deployment->store));
    rp_cutover_keep_changes(deployment);
    if (status == REPOINT_OK)
        status = warn_of_old_readers(deployment, error);
    if (status != REPOINT_OK)
        return status;
    if (deployment->rehearsal->approvals_json != NULL && deployment->draft.environment == NULL)
        would(deployment, "approve");
    would(deployment, "cutover");
    return REPOINT_OK;
}

/* In the middle of a switch: the views are the new ones already, or they would be changed now. */
static repoint_status rehearse_switching(repoint_deployment *deployment, repoint_error *error)
{
    bool is_passed = false;
    repoint_status status = check_is_ours(deployment, "\"repoint abandon\" ends this deployment", error);
    if (status == REPOINT_OK)
        status = rp_switch_is_passed(deployment, &is_passed, error);
    if (status == REPOINT_OK)
        status = rp_promoted_recall(deployment, error);
    if (status == REPOINT_OK && !is_passed)
        status = rp_deployment_look(deployment, error);
    if (status != REPOINT_OK)
        return status;
    if (!is_passed)
        would(deployment, "switch");
    would(deployment, "finalize");
    rp_cutover_keep_changes(deployment);
    return status;
}

static repoint_status rehearse_promoted(repoint_deployment *deployment, repoint_error *error)
{
    repoint_plan *plan = deployment->plan;
    if (plan == NULL)
        return rp_draft_fail_open(&deployment->draft, error);
    repoint_status status = rp_promoted_check_place(deployment, error);
    if (status == REPOINT_OK)
        status = check_is_ours(deployment, "\"repoint abandon\" ends this deployment", error);
    if (status == REPOINT_OK)
        status = rp_promoted_recall(deployment, error);
    if (status == REPOINT_OK)
        status = rp_deployment_look(deployment, error);
    if (status == REPOINT_OK)
        status = rp_promote_check_stored(deployment->store, plan->record, error);
    rp_cutover_keep_changes(deployment);
    if (status == REPOINT_OK)
        status = rp_deployment_fail_obstacles(plan->obstacles, false, plan->record->naming.name, error);
    if (status == REPOINT_OK)
        would(deployment, "cutover");
    return status;
}

repoint_status rp_rehearse_cutover(repoint_deployment *deployment, repoint_error *error)
{
    repoint_status status = REPOINT_OK;
    switch (reached(deployment)) {
    case RP_DRAFT_DRAFT:
    case RP_DRAFT_CANDIDATE:
        status = rp_rehearse_check(deployment, error);
        if (status == REPOINT_OK)
            status = rehearse_checked(deployment, error);
        break;
    case RP_DRAFT_CHECKED: status = rehearse_checked(deployment, error); break;
    case RP_DRAFT_SWITCHING: status = rehearse_switching(deployment, error); break;
    case RP_DRAFT_PROMOTED: status = rehearse_promoted(deployment, error); break;
    case RP_DRAFT_FINALIZED: break;
    }
    if (status == REPOINT_OK)
        status = list_checks(deployment, true, error);
    if (status == REPOINT_OK)
        would(deployment, "cleanup");
    return status;
}

/* ---- abandon ---- */

static repoint_status describe_previous(repoint_deployment *deployment, repoint_error *error)
{
    g_autoptr(repoint_environment) previous = NULL;
    repoint_status status = rp_previous_read(deployment->draft.previous_json, &previous, error);
    if (status != REPOINT_OK)
        return status;
    GString *text = g_string_new(NULL);
    rp_json_writer writer = RP_JSON_WRITER(text, RP_JSON_COMPACT);
    rp_json_begin_object(&writer);
    rp_json_put_string(&writer, "plan_id", previous != NULL ? previous->plan_id : NULL);
    rp_json_key(&writer, "finalized_ts");
    if (previous != NULL && rp_environment_is_finalized(previous))
        rp_json_integer(&writer, previous->finalized_ts);
    else
        rp_json_null(&writer);
    rp_json_end_object(&writer);
    deployment->rehearsal->restores_json = g_string_free(text, FALSE);
    would(deployment, "restore");
    return REPOINT_OK;
}

static repoint_status undo_promote(repoint_deployment *deployment, repoint_error *error)
{
    const rp_draft *draft = &deployment->draft;
    bool is_there = false;
    repoint_status status = rp_promoted_is_there(deployment->store, draft, false, &is_there, error);
    if (status == REPOINT_OK && !is_there)
        status = rp_abandon_fail_changed(deployment, error);
    return status == REPOINT_OK ? describe_previous(deployment, error) : status;
}

static repoint_status undo_switch(repoint_deployment *deployment, repoint_error *error)
{
    bool is_passed = false;
    repoint_status status = check_is_ours(deployment, "see that its views are those of its record", error);
    if (status == REPOINT_OK)
        status = rp_switch_is_passed(deployment, &is_passed, error);
    if (status == REPOINT_OK && is_passed)
        status = rp_abandon_fail_too_late(deployment, error);
    return status == REPOINT_OK ? describe_previous(deployment, error) : status;
}

static repoint_status list_candidates(repoint_deployment *deployment, repoint_error *error)
{
    rp_db *warehouse = deployment->warehouse;
    g_autoptr(GPtrArray) views = NULL;
    g_autoptr(GHashTable) existing = NULL;
    repoint_status status = rp_views_of(warehouse, deployment->plan->record, &views, error);
    if (status == REPOINT_OK)
        status = rp_views_load_names(warehouse, &existing, error);
    for (guint i = 0; status == REPOINT_OK && i < views->len; i++)
        add_candidate(deployment, g_ptr_array_index(views, i), existing);
    return status;
}

repoint_status rp_rehearse_abandon(repoint_deployment *deployment, repoint_error *error)
{
    repoint_status status = REPOINT_OK;
    if (deployment->draft.state == RP_DRAFT_PROMOTED)
        status = undo_promote(deployment, error);
    else if (deployment->draft.state == RP_DRAFT_FINALIZED)
        status = rp_abandon_fail_too_late(deployment, error);
    else if (deployment->draft.state == RP_DRAFT_SWITCHING)
        status = undo_switch(deployment, error);
    if (status == REPOINT_OK && deployment->draft.state != RP_DRAFT_PROMOTED)
        status = list_candidates(deployment, error);
    if (status == REPOINT_OK)
        would(deployment, "abandon");
    return status;
}

/* ---- telling ---- */

static void write_texts(rp_json_writer *writer, const char *key, const GPtrArray *texts)
{
    rp_json_key(writer, key);
    rp_json_begin_array(writer);
    for (guint i = 0; i < texts->len; i++)
        rp_json_string(writer, g_ptr_array_index(texts, i));
    rp_json_end_array(writer);
}

static void write_json_or_null(rp_json_writer *writer, const char *key, const char *json)
{
    rp_json_key(writer, key);
    if (json != NULL)
        rp_json_number_text(writer, json);
    else
        rp_json_null(writer);
}

void rp_rehearsal_write(rp_json_writer *writer, const repoint_deployment *deployment)
{
    const rp_rehearsal *rehearsal = deployment->rehearsal;
    g_autoptr(GPtrArray) none = rp_obstacles_new();
    const repoint_plan *plan = deployment->plan;
    rp_json_key(writer, "would");
    rp_json_begin_object(writer);
    write_texts(writer, "steps", rehearsal->steps);
    write_texts(writer, "candidates", rehearsal->candidates);
    rp_json_key(writer, "checks");
    rp_json_begin_array(writer);
    for (guint i = 0; i < rehearsal->checks->len; i++)
        rp_json_number_text(writer, g_ptr_array_index(rehearsal->checks, i));
    rp_json_end_array(writer);
    write_json_or_null(writer, "approvals", rehearsal->approvals_json);
    rp_json_key(writer, "obstacles");
    rp_obstacles_write(writer, plan != NULL && plan->obstacles != NULL ? plan->obstacles : none);
    write_json_or_null(writer, "restores", rehearsal->restores_json);
    rp_json_end_object(writer);
}
