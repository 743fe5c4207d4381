/*
 * A warehouse whose views do not change in the transaction of the state: because it is another database, or
 * one whose statements about views commit by themselves.
 *
 * Whoever takes the lease claims the fence in the warehouse before he looks at anything there, and changes
 * nothing there but behind it. The fence is claimed after the lease: in between, one who held the lease
 * before may still change the warehouse, but the state tells of everything that he had begun, because a
 * draft's row comes before its candidates and goes after them.
 */
#include <string.h>

#include "deploy/deployment.h"
#include "state/environments.h"
#include "warehouse/candidates.h"
#include "warehouse/rename.h"

rp_fence rp_apart_fence(const repoint_deployment *deployment)
{
    return (rp_fence){
        .schema = deployment->store->schema,
        .environment = deployment->lease.environment,
        .token = deployment->lease.token,
        .plan_id = deployment->draft.plan_id,
    };
}

/* ---- claiming ---- */

static repoint_status try_claim(repoint_deployment *deployment, int64_t *ret_newest, repoint_error *error)
{
    rp_fence fence = rp_apart_fence(deployment);
    rp_retry retry = {0};
    repoint_status status;
    do
        status = rp_fence_claim(deployment->warehouse, &fence, ret_newest, error);
    while (rp_retry_again(&retry, deployment->store, status));
    return status;
}

/* The lease is ours, yet the warehouse knows a newer one: of the store that this one was copied from. If the
 * lease is lost in truth, raising it fails. */
repoint_status rp_apart_claim(repoint_deployment *deployment, repoint_error *error)
{
    int64_t newest = 0;
    repoint_status status = try_claim(deployment, &newest, error);
    if (status != REPOINT_CONFLICT || newest == 0)
        return status;
    repoint_error_clear(error);
    status = rp_lease_raise(deployment->store, &deployment->lease, newest, error);
    return status == REPOINT_OK ? try_claim(deployment, &newest, error) : status;
}

/* ---- candidates ---- */

typedef repoint_status (*fenced_step)(repoint_deployment *deployment, const rp_fence *fence,
                                      repoint_error *error);

static repoint_status in_transaction(repoint_deployment *deployment, fenced_step step, repoint_error *error)
{
    rp_fence fence = rp_apart_fence(deployment);
    rp_db *warehouse = deployment->warehouse;
    repoint_status status = rp_db_begin(warehouse, RP_DB_WRITE, error);
    if (status != REPOINT_OK)
        return status;
    status = rp_views_guard(warehouse, error);
    if (status == REPOINT_OK)
        status = rp_fence_hold(warehouse, &fence, error);
    if (status == REPOINT_OK)
        status = step(deployment, &fence, error);
    if (status == REPOINT_OK)
        return rp_db_commit(warehouse, error);
    rp_db_rollback(warehouse);
    return status;
}

/* Where views change in no transaction a RENAME TABLE holds the fence by itself; else it is looked at. */
static repoint_status behind_fence(repoint_deployment *deployment, fenced_step step, repoint_error *error)
{
    rp_fence fence = rp_apart_fence(deployment);
    repoint_status status = REPOINT_OK;
    if (rp_db_can(deployment->warehouse, RP_DB_TRANSACTIONAL_DDL))
        return in_transaction(deployment, step, error);
    if (deployment->manner != RP_MANNER_RENAME)
        status = rp_name_fence_check(deployment->warehouse, &fence, error);
    return status == REPOINT_OK ? step(deployment, &fence, error) : status;
}

static repoint_status make(repoint_deployment *deployment, const rp_fence *fence, repoint_error *error)
{
    rp_db *warehouse = deployment->warehouse;
    const GPtrArray *changes = deployment->plan->changes;
    const char *const *readers = (const char *const *)deployment->candidate_readers;
    repoint_status status = rp_views_create_schemas(warehouse, changes, error);
    if (status != REPOINT_OK)
        return status;
    return deployment->manner == RP_MANNER_RENAME
               ? rp_rename_create_candidates(warehouse, fence, changes, readers, error)
               : rp_candidates_create(warehouse, changes, fence->environment, readers, error);
}

repoint_status rp_apart_make_candidates(repoint_deployment *deployment, repoint_error *error)
{
    return behind_fence(deployment, make, error);
}

/* Appends those of `others` that are not among `views` yet. */
static void add_others(const rp_db *db, GPtrArray *views, GPtrArray *others)
{
    g_autoptr(GHashTable) known = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
    for (guint i = 0; i < views->len; i++)
        g_hash_table_add(known, rp_relation_key(db, g_ptr_array_index(views, i)));
    while (others->len > 0) {
        g_autofree char *key = rp_relation_key(db, g_ptr_array_index(others, 0));
        if (g_hash_table_contains(known, key))
            g_ptr_array_remove_index_fast(others, 0);
        else
            g_ptr_array_add(views, g_ptr_array_steal_index_fast(others, 0));
    }
}

/* The views that the deployment is about: those that it brings, and those that it may have taken away. */
static repoint_status find_views(repoint_deployment *deployment, GPtrArray **ret_views, repoint_error *error)
{
    rp_db *warehouse = deployment->warehouse;
    g_autoptr(repoint_environment) previous = NULL;
    g_autoptr(GPtrArray) views = NULL, before = NULL;
    repoint_status status = rp_views_of(warehouse, deployment->plan->record, &views, error);
    if (status == REPOINT_OK && deployment->draft.previous_json != NULL)
        status = rp_previous_read(deployment->draft.previous_json, &previous, error);
    if (status == REPOINT_OK && previous != NULL)
        status = rp_views_of(warehouse, previous, &before, error);
    if (status != REPOINT_OK)
        return status;
    if (before != NULL)
        add_others(warehouse, views, before);
    *ret_views = g_steal_pointer(&views);
    return REPOINT_OK;
}

static repoint_status drop(repoint_deployment *deployment, const rp_fence *fence, repoint_error *error)
{
    rp_db *warehouse = deployment->warehouse;
    g_autoptr(GPtrArray) views = NULL;
    repoint_status status = find_views(deployment, &views, error);
    if (status != REPOINT_OK)
        return status;
    return deployment->manner == RP_MANNER_RENAME
               ? rp_rename_drop_candidates(warehouse, fence, views, error)
               : rp_candidates_drop(warehouse, views, fence->environment, error);
}

repoint_status rp_apart_drop_candidates(repoint_deployment *deployment, repoint_error *error)
{
    return behind_fence(deployment, drop, error);
}

/* ---- in the middle of a switch ---- */

repoint_status rp_switch_is_passed(repoint_deployment *deployment, bool *ret_is_passed, repoint_error *error)
{
    rp_fence fence = rp_apart_fence(deployment);
    if (deployment->is_one_transaction)
        return rp_fail(error, REPOINT_REFUSED,
                       "give --warehouse or --warehouse-views as they were when the deployment began",
                       "the views of environment %s are being changed apart from its record",
                       deployment->lease.environment);
    return deployment->rehearsal != NULL
               ? rp_fence_look(deployment->warehouse, &fence, ret_is_passed, error)
               : rp_fence_is_passed(deployment->warehouse, &fence, ret_is_passed, error);
}

repoint_status rp_switch_is_overtaken(repoint_deployment *deployment, bool *ret_is_overtaken,
                                      repoint_error *error)
{
    repoint_store *store = deployment->store;
    g_autoptr(repoint_environment) stored = NULL;
    g_auto(rp_transaction) transaction = {0};
    repoint_status status = rp_transaction_begin(&transaction, store, RP_DB_READ, error);
    if (status == REPOINT_OK)
        status = rp_environment_load(store, deployment->draft.environment, false, &stored, error);
    if (status == REPOINT_OK)
        *ret_is_overtaken = stored == NULL || strcmp(stored->plan_id, deployment->draft.plan_id) != 0;
    return status;
}
