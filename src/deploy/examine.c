/* Looking at a plan anew: what a deployment refuses before it goes on. See deploy/deployment.h. */
#include "deploy/deployment.h"
#include "deploy/revision.h"
#include "state/environments.h"
#include "state/gaps.h"

/* The first obstacle is the error; the names of all are in it. Rights that whoever does the cutover needs are
 * not asked of who only prepares it. */
repoint_status rp_deployment_fail_obstacles(const GPtrArray *obstacles, bool prepares,
                                            const char *environment, repoint_error *error)
{
    repoint_status status = REPOINT_OK;
    for (guint i = 0; i < obstacles->len; i++) {
        const rp_obstacle *obstacle = g_ptr_array_index(obstacles, i);
        if (prepares && obstacle->is_of_role)
            continue;
        if (status == REPOINT_OK)
            status = rp_fail(error, obstacle->status, "\"repoint plan\" lists everything that is in the way",
                             "environment %s cannot be deployed: %s", environment, obstacle->message);
        rp_error_add_name(error, obstacle->name);
    }
    return status;
}

repoint_status rp_deployment_examine(repoint_deployment *deployment, bool lock, repoint_error *error)
{
    repoint_plan *plan = deployment->plan;
    const char *name = plan->record->naming.name;
    g_clear_pointer(&plan->stored, repoint_environment_free);
    repoint_status status = rp_environment_load(deployment->store, name, lock, &plan->stored, error);
    if (status == REPOINT_OK)
        status = rp_plan_check_basis(deployment->store, plan, error);
    if (status == REPOINT_OK)
        status = rp_promote_check_stored(deployment->store, plan->record, error);
    if (status == REPOINT_OK)
        status = rp_plan_examine(deployment->store, plan, error);
    if (status == REPOINT_OK)
        status = rp_gaps_fail(plan->gaps, name, error);
    bool is_open = deployment->draft.environment != NULL;
    bool prepares = !lock && (is_open || deployment->until != REPOINT_UNTIL_FINALIZED);
    return status == REPOINT_OK ? rp_deployment_fail_obstacles(plan->obstacles, prepares, name, error)
                                : status;
}

repoint_status rp_deployment_examine_for_reading(repoint_deployment *deployment, repoint_error *error)
{
    g_auto(rp_transaction) transaction = {0};
    repoint_status status = rp_transaction_begin(&transaction, deployment->store, RP_DB_READ, error);
    if (status == REPOINT_OK && deployment->plan->rollback_to == 0)
        status = rp_hold_check(deployment->store, deployment->plan->record->naming.name, error);
    return status == REPOINT_OK ? rp_deployment_examine(deployment, false, error) : status;
}

repoint_status rp_deployment_look(repoint_deployment *deployment, repoint_error *error)
{
    repoint_plan *plan = deployment->plan;
    g_auto(rp_transaction) transaction = {0};
    if (plan->changes != NULL)
        return REPOINT_OK;
    repoint_status status = rp_transaction_begin(&transaction, deployment->store, RP_DB_READ, error);
    if (status == REPOINT_OK && plan->stored == NULL)
        status =
            rp_environment_load(deployment->store, plan->record->naming.name, false, &plan->stored, error);
    return status == REPOINT_OK ? rp_plan_examine(deployment->store, plan, error) : status;
}
