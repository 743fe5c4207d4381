/*
 * deploy: the environment's record and its views, changed at one instant.
 *
 * One write transaction:
 *
 *     promote     the record, with all its checks (state/promote.c)
 *     examine     the plan again: snapshots, tables and views as they are now
 *     unpause     in prod, what is added: scheduled runs go on from there
 *     views       created and replaced, then dropped
 *     finalize    the record
 *     commit      readers see the new set
 *
 * Before the commit nothing is visible to anybody; a crash leaves the old set. Guarantees 3 and 4 follow from
 * the database's own: its DDL is transactional, and a reader keeps the moment it began with. A database that
 * cannot do that is refused here.
 */
#include "deploy/plan.h"
#include "state/environments.h"

struct repoint_deployment {
    repoint_environment *record;
    repoint_promotion *promotion;
    GPtrArray *changes;
};

G_DEFINE_AUTOPTR_CLEANUP_FUNC(repoint_deployment, repoint_deployment_free)

void repoint_deployment_free(repoint_deployment *deployment)
{
    if (deployment == NULL)
        return;
    repoint_environment_free(deployment->record);
    repoint_promotion_free(deployment->promotion);
    g_clear_pointer(&deployment->changes, g_ptr_array_unref);
    g_free(deployment);
}

/* The first obstacle is the error; the names of all are in it. */
static repoint_status fail_obstacles(const GPtrArray *obstacles, const char *environment,
                                     repoint_error *error)
{
    if (obstacles->len == 0)
        return REPOINT_OK;
    const rp_obstacle *first = g_ptr_array_index(obstacles, 0);
    repoint_status status =
        rp_fail(error, first->status, "\"repoint plan\" lists everything that is in the way",
                "environment %s cannot be deployed: %s", environment, first->message);
    for (guint i = 0; i < obstacles->len; i++)
        rp_error_add_name(error, ((rp_obstacle *)g_ptr_array_index(obstacles, i))->name);
    return status;
}

/* In prod the snapshots that are new to it become those that scheduled runs load. */
static repoint_status unpause_added(repoint_store *store, const repoint_environment *record,
                                    const repoint_promotion *promotion, repoint_error *error)
{
    if (rp_environment_is_dev(record))
        return REPOINT_OK;
    int64_t unpaused_ts = rp_store_now(store);
    repoint_status status = REPOINT_OK;
    if (record->end_at != NULL)
        status = rp_time_to_ts(record->end_at, unpaused_ts, &unpaused_ts, error);
    if (status != REPOINT_OK)
        return status;
    return rp_unpause(store, (const repoint_table *const *)promotion->added->pdata, promotion->added->len,
                      unpaused_ts, error);
}

/* The transaction's work. `plan` is examined anew, against what is stored now. */
static repoint_status run(repoint_store *store, repoint_plan *plan, repoint_deployment *deployment,
                          repoint_error *error)
{
    repoint_promote_options options = rp_plan_promote_options(plan);
    repoint_status status = rp_environment_load(store, plan->record->naming.name, true, &plan->stored, error);
    if (status == REPOINT_OK)
        status = rp_plan_examine(store, plan, error);
    if (status == REPOINT_OK)
        status = repoint_promote(store, plan->record, &options, &deployment->promotion, error);
    if (status == REPOINT_OK)
        status = fail_obstacles(plan->obstacles, plan->record->naming.name, error);
    if (status == REPOINT_OK)
        status = unpause_added(store, plan->record, deployment->promotion, error);
    if (status == REPOINT_OK)
        status = rp_views_apply(store->db, plan->changes, error);
    if (status == REPOINT_OK)
        status = repoint_finalize(store, deployment->record, error);
    return status;
}

repoint_status repoint_deploy(repoint_store *store, const repoint_plan *plan,
                              repoint_deployment **ret_deployment, repoint_error *error)
{
    if (!rp_db_can(store->db, RP_DB_ATOMIC_VIEWS))
        return rp_fail(error, REPOINT_REFUSED,
                       "\"repoint promote\", change the views yourself, then \"repoint finalize\"",
                       "repoint cannot change the views of a %s database all at once",
                       store->db->driver->scheme);
    repoint_plan current = *plan; /* what is found anew is its own; the rest is shared */
    current.stored = NULL;
    current.gaps = current.changes = current.obstacles = NULL;
    current.warnings = g_ptr_array_new_with_free_func(g_free);
    g_autoptr(repoint_deployment) deployment = g_new0(repoint_deployment, 1);
    deployment->record = repoint_environment_copy(plan->record);

    g_auto(rp_transaction) transaction = {0};
    repoint_status status = rp_transaction_begin(&transaction, store, RP_DB_WRITE, error);
    if (status == REPOINT_OK)
        status = run(store, &current, deployment, error);
    if (status == REPOINT_OK)
        status = rp_transaction_commit(&transaction, error);
    repoint_environment_free(current.stored);
    g_clear_pointer(&current.gaps, g_ptr_array_unref);
    g_clear_pointer(&current.obstacles, g_ptr_array_unref);
    g_clear_pointer(&current.warnings, g_ptr_array_unref);
    deployment->changes = g_steal_pointer(&current.changes);
    if (status == REPOINT_OK)
        *ret_deployment = g_steal_pointer(&deployment);
    return status;
}

static void write_tables(rp_json_writer *writer, const GPtrArray *tables)
{
    rp_json_begin_array(writer);
    for (guint i = 0; i < tables->len; i++) {
        const repoint_table *table = g_ptr_array_index(tables, i);
        rp_json_begin_object(writer);
        rp_json_put_string(writer, "name", table->name);
        rp_json_put_string(writer, "identifier", table->identifier);
        rp_json_put_string(writer, "version", table->version);
        rp_json_end_object(writer);
    }
    rp_json_end_array(writer);
}

char *repoint_deployment_to_json(const repoint_deployment *deployment)
{
    const repoint_environment *record = deployment->record;
    GString *text = g_string_new(NULL);
    rp_json_writer writer = RP_JSON_WRITER(text, RP_JSON_COMPACT);
    rp_json_begin_object(&writer);
    rp_json_put_string(&writer, "environment", record->naming.name);
    rp_json_put_string(&writer, "plan_id", record->plan_id);
    rp_json_put_string(&writer, "previous_plan_id", record->previous_plan_id);
    rp_json_key(&writer, "added");
    write_tables(&writer, deployment->promotion->added);
    rp_json_key(&writer, "removed");
    write_tables(&writer, deployment->promotion->removed);
    rp_json_key(&writer, "views");
    rp_changes_write(&writer, deployment->changes);
    rp_json_put_integer(&writer, "finalized_ts", record->finalized_ts);
    rp_json_end_object(&writer);
    return g_string_free(text, FALSE);
}
