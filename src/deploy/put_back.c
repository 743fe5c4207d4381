/*
 * Views that have begun to change one after another, and are to be what they were before: one after another,
 * each what the record says that the deployment's promotion replaced.
 *
 * A crash on the way is as one on the way forward: the fence still says that they have begun to change, so
 * either way can be taken from there.
 */
#include "deploy/cutover.h"
#include "deploy/facts.h"
#include "deploy/one_by_one.h"
#include "warehouse/one_by_one.h"

#define NO_MORE_THAN_US (5 * G_USEC_PER_SEC) /* a try of a step, which is tried again */

/* The record from before; of a new environment one that shows nothing. */
static repoint_status read_before(const repoint_deployment *deployment, repoint_environment **ret_before,
                                  repoint_error *error)
{
    repoint_status status = rp_previous_read(deployment->draft.previous_json, ret_before, error);
    if (status == REPOINT_OK && *ret_before == NULL) {
        *ret_before = repoint_environment_copy(deployment->plan->record);
        rp_tables_clear(&(*ret_before)->tables);
    }
    return status;
}

static repoint_status fail_obstacle(const repoint_deployment *deployment, const GPtrArray *obstacles,
                                    repoint_error *error)
{
    const rp_obstacle *first = g_ptr_array_index(obstacles, 0);
    repoint_status status = rp_fail(
        error, first->status, "\"repoint resume\" goes on instead; \"repoint rollback\" then goes back",
        "the views of environment %s cannot be put back: %s", deployment->lease.environment, first->message);
    for (guint i = 0; i < obstacles->len; i++)
        rp_error_add_name(error, ((rp_obstacle *)g_ptr_array_index(obstacles, i))->name);
    return status;
}

static repoint_status compare(const repoint_deployment *deployment, const repoint_environment *before,
                              GPtrArray **ret_changes, repoint_error *error)
{
    g_autoptr(rp_facts) facts = NULL;
    g_autoptr(GPtrArray) obstacles = rp_obstacles_new();
    g_autoptr(GPtrArray) warnings = g_ptr_array_new_with_free_func(g_free);
    g_auto(rp_transaction) transaction = {0};
    repoint_status status = rp_transaction_begin(&transaction, deployment->store, RP_DB_READ, error);
    if (status == REPOINT_OK)
        status = rp_facts_load(deployment->store, before, &facts, error);
    if (status != REPOINT_OK)
        return status;
    rp_view_request request = {
        .stored = deployment->plan->record,
        .planned = before,
        .source = rp_view_source_of(facts),
        .drop_foreign_views = deployment->plan->drop_foreign_views,
        .store = deployment->store,
    };
    rp_findings findings = {obstacles, warnings};
    status = rp_views_compare(deployment->warehouse, &request, &findings, ret_changes, error);
    return status == REPOINT_OK && obstacles->len > 0 ? fail_obstacle(deployment, obstacles, error) : status;
}

repoint_status rp_switch_put_back(repoint_deployment *deployment, repoint_error *error)
{
    g_autoptr(repoint_environment) before = NULL;
    g_autoptr(GPtrArray) changes = NULL;
    bool has_begun = false;
    rp_fence fence = rp_apart_fence(deployment);
    repoint_status status = rp_one_by_one_has_begun(deployment->warehouse, &fence, &has_begun, error);
    if (status != REPOINT_OK || !has_begun)
        return status;
    status = read_before(deployment, &before, error);
    if (status == REPOINT_OK)
        status = compare(deployment, before, &changes, error);
    rp_one_by_one run = {.store = deployment->store,
                         .lease = &deployment->lease,
                         .warehouse = deployment->warehouse,
                         .fence = fence,
                         .until_us = g_get_monotonic_time() + NO_MORE_THAN_US};
    return status == REPOINT_OK ? rp_one_by_one_change_all(&run, changes, error) : status;
}
