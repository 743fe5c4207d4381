/*
 * After the cutover. See deploy/after.h.
 *
 * The draft's row stays until the checks have run, so that resume runs them after a crash. The rollback is a
 * deployment like any other, under the same lease: nobody gets in between.
 */
#include "deploy/after.h"

#include "deploy/check.h"
#include "deploy/event.h"
#include "deploy/statements.h"

static void G_GNUC_PRINTF(2, 3) warn(repoint_deployment *deployment, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    g_ptr_array_add(deployment->warnings, g_strdup_vprintf(format, arguments));
    va_end(arguments);
}

/* ---- checks ---- */

static repoint_status note_passed(repoint_deployment *deployment, repoint_error *error)
{
    g_autofree char *detail = g_strdup_printf("{\"checks\":%s}", deployment->checks_json);
    g_auto(rp_transaction) transaction = {0};
    repoint_status status = rp_transaction_begin(&transaction, deployment->store, RP_DB_WRITE, error);
    if (status == REPOINT_OK)
        status = rp_lease_fence(deployment->store, &deployment->lease, error);
    if (status == REPOINT_OK)
        status =
            rp_deployment_note(deployment, "checked_after", deployment->checking_since_us, detail, error);
    return status == REPOINT_OK ? rp_transaction_commit(&transaction, error) : status;
}

static repoint_status run_checks(repoint_deployment *deployment, bool *ret_rolls_back, repoint_error *error)
{
    g_autofree char *before = g_steal_pointer(&deployment->checks_json);
    deployment->checking_since_us = g_get_monotonic_time();
    repoint_status status = rp_deployment_look(deployment, error);
    if (status == REPOINT_OK)
        status = rp_checks_run(deployment, true, ret_rolls_back, error);
    if (status != REPOINT_OK)
        rp_deployment_note_failure(deployment, "check_after", deployment->checking_since_us, error);
    else if (deployment->checks_json != NULL)
        status = rp_deployment_run(deployment, "check_after", note_passed, error);
    if (deployment->checks_json == NULL) /* there are none for this moment */
        deployment->checks_json = g_steal_pointer(&before);
    return status;
}

/* ---- putting away ---- */

/* What is left over is named, and taken away by whoever comes next. */
static void clean_up(repoint_deployment *deployment)
{
    repoint_error failure = REPOINT_ERROR_INIT;
    repoint_status status;
    rp_retry retry = {0};
    do
        status = rp_deployment_clean_up(deployment, "cleanup", &failure);
    while (rp_retry_again(&retry, deployment->store, status));
    if (status != REPOINT_OK)
        warn(deployment, "candidate views are left over, which \"repoint resume %s\" removes: %s",
             deployment->lease.environment, failure.message);
    repoint_error_clear(&failure);
}

static void tell(repoint_deployment *deployment)
{
    const char *event = deployment->plan->rollback_to != 0 ? "rolled_back" : "finalized";
    if (rp_event_tell(deployment, event, NULL) != REPOINT_OK)
        warn(deployment, "not every hook has been told of \"%s\"", event);
}

/* ---- the way back ---- */

static repoint_status deploy_back(repoint_deployment *deployment, const repoint_plan *plan,
                                  const char *reason, repoint_error *error)
{
    repoint_deploy_options options = deployment->options;
    g_autoptr(repoint_deployment) back = NULL;
    options.message = reason;
    repoint_status status = rp_deployment_begin_after(deployment, plan, &options, &back, error);
    return status == REPOINT_OK ? repoint_deployment_cutover(back, error) : status;
}

/* Exactly what was there before; `failed` is the checks' error, which becomes that of the deployment. */
static repoint_status roll_back(repoint_deployment *deployment, repoint_error *failed, repoint_error *error)
{
    const char *environment = deployment->plan->record->naming.name;
    const repoint_plan_options options = {.gap_check = REPOINT_GAPS_NONE};
    g_autoptr(repoint_plan) plan = NULL;
    g_autofree char *reason = g_strndup(failed->message, 1000);
    repoint_status status =
        repoint_plan_rollback(deployment->store, environment, 0, NULL, &options, &plan, error);
    if (status == REPOINT_OK)
        status = deploy_back(deployment, plan, reason, error);
    if (status != REPOINT_OK) {
        rp_error_prefix(error, "%s; readers see the new tables, for it could not be rolled back", reason);
        return status;
    }
    status = rp_fail(error, REPOINT_CHECK_FAILED,
                     "\"repoint history\" shows what happened; \"repoint release\" lifts the hold",
                     "%s; environment %s was rolled back to what it was before, and is on hold", reason,
                     environment);
    if (error != NULL)
        rp_error_take_detail(error, g_strdup_printf("{\"checks\":%s,\"rolled_back\":{\"plan_id\":\"%s\"}}",
                                                    deployment->checks_json, plan->record->plan_id));
    return status;
}

/* The project's own last words; and what could not be run with the views, where these change in no
 * transaction. */
static void run_statements(repoint_deployment *deployment)
{
    repoint_error failure = REPOINT_ERROR_INIT;
    const repoint_plan *plan = deployment->plan;
    repoint_status status = rp_deployment_look(deployment, &failure);
    if (status == REPOINT_OK && deployment->manner != RP_MANNER_TRANSACTION)
        status = rp_statements_run(deployment->warehouse, plan->on_virtual_update, &failure);
    if (status == REPOINT_OK)
        status = rp_statements_run(deployment->warehouse, plan->after_all, &failure);
    if (status != REPOINT_OK)
        warn(deployment, "a statement of the project failed after the cutover: %s", failure.message);
    repoint_error_clear(&failure);
}

repoint_status rp_deployment_conclude(repoint_deployment *deployment, repoint_error *error)
{
    repoint_error failed = REPOINT_ERROR_INIT;
    bool rolls_back = false;
    run_statements(deployment);
    repoint_status checked = run_checks(deployment, &rolls_back, &failed);
    clean_up(deployment);
    tell(deployment);
    repoint_status status = REPOINT_OK;
    if (checked == REPOINT_CHECK_FAILED && rolls_back)
        status = roll_back(deployment, &failed, error);
    else if (checked == REPOINT_CHECK_FAILED)
        warn(deployment, "after the cutover %s", failed.message);
    else if (checked != REPOINT_OK)
        warn(deployment, "the checks after the cutover did not come to an end: %s", failed.message);
    repoint_error_clear(&failed);
    return status;
}
