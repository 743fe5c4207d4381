/* deploy and resume: the steps of a deployment one after another, and what it tells. */
#include "deploy/deployment.h"

#include "deploy/rehearsal.h"
#include "deploy/revision.h"

/* ---- all steps ---- */

static repoint_status walk(repoint_deployment *deployment, repoint_error *error)
{
    repoint_deploy_until until = deployment->until;
    repoint_status status = REPOINT_OK;
    if (until == REPOINT_UNTIL_DRAFT)
        return deployment->draft.state == RP_DRAFT_DRAFT
                   ? rp_deployment_step_public(deployment, rp_deployment_tell_promoted, NULL, error)
                   : status;
    status = repoint_deployment_candidate(deployment, error);
    if (status == REPOINT_OK && until != REPOINT_UNTIL_CANDIDATE)
        status = repoint_deployment_check(deployment, error);
    if (status == REPOINT_OK && until == REPOINT_UNTIL_FINALIZED)
        status = repoint_deployment_cutover(deployment, error);
    return status;
}

repoint_status repoint_deploy(repoint_store *store, const repoint_plan *plan,
                              const repoint_deploy_options *options, repoint_deployment **ret_deployment,
                              repoint_error *error)
{
    repoint_deployment *deployment = NULL;
    repoint_status status = repoint_deployment_begin(store, plan, options, &deployment, error);
    if (status != REPOINT_OK)
        return status;
    *ret_deployment = deployment;
    return walk(deployment, error);
}

repoint_status repoint_resume(repoint_store *store, const char *environment,
                              const repoint_deploy_options *options, repoint_deployment **ret_deployment,
                              repoint_error *error)
{
    repoint_deployment *deployment = NULL;
    repoint_status status = repoint_deployment_open(store, environment, options, &deployment, error);
    if (status != REPOINT_OK)
        return status;
    *ret_deployment = deployment;
    return walk(deployment, error);
}

/* ---- telling ---- */

static void write_tables(rp_json_writer *writer, const char *key, const GPtrArray *tables)
{
    rp_json_key(writer, key);
    rp_json_begin_array(writer);
    for (guint i = 0; tables != NULL && i < tables->len; i++) {
        const repoint_table *table = g_ptr_array_index(tables, i);
        rp_json_begin_object(writer);
        rp_json_put_string(writer, "name", table->name);
        rp_json_put_string(writer, "identifier", table->identifier);
        rp_json_put_string(writer, "version", table->version);
        rp_json_end_object(writer);
    }
    rp_json_end_array(writer);
}

/* Those that the cutover changed, or would change; NULL: they are not known. */
static const GPtrArray *changes_of(const repoint_deployment *deployment)
{
    if (deployment->changes != NULL)
        return deployment->changes;
    return deployment->plan != NULL ? deployment->plan->changes : NULL;
}

static void write_views(rp_json_writer *writer, const repoint_deployment *deployment)
{
    const GPtrArray *changes = changes_of(deployment);
    rp_json_key(writer, "views");
    if (changes != NULL) {
        rp_changes_write(writer, changes);
        return;
    }
    rp_json_begin_array(writer);
    rp_json_end_array(writer);
}

static void write_warnings(rp_json_writer *writer, const repoint_deployment *deployment)
{
    const GPtrArray *warnings = deployment->warnings, *changes = changes_of(deployment);
    g_autofree char *mixture =
        changes != NULL ? rp_mixture_describe(deployment->store, deployment->warehouse, changes) : NULL;
    rp_json_key(writer, "warnings");
    rp_json_begin_array(writer);
    if (mixture != NULL)
        rp_json_string(writer, mixture);
    for (guint i = 0; i < warnings->len; i++)
        rp_json_string(writer, g_ptr_array_index(warnings, i));
    rp_json_end_array(writer);
}

char *repoint_deployment_to_json(const repoint_deployment *deployment)
{
    const repoint_plan *plan = deployment->plan;
    const repoint_environment *record = deployment->record;
    const repoint_promotion *promotion = deployment->promotion;
    GString *text = g_string_new(NULL);
    rp_json_writer writer = RP_JSON_WRITER(text, RP_JSON_COMPACT);
    rp_json_begin_object(&writer);
    rp_json_put_string(&writer, "environment",
                       plan != NULL ? plan->record->naming.name : deployment->lease.environment);
    rp_json_put_string(&writer, "plan_id", plan != NULL ? plan->record->plan_id : deployment->draft.plan_id);
    rp_json_put_string(&writer, "previous_plan_id", plan != NULL ? plan->record->previous_plan_id : NULL);
    rp_json_put_string(&writer, "state", repoint_deployment_state(deployment));
    rp_json_key(&writer, "rollback_to");
    if (plan != NULL && plan->rollback_to != 0)
        rp_json_integer(&writer, plan->rollback_to);
    else
        rp_json_null(&writer);
    rp_json_put_string(&writer, "digest", deployment->draft.digest);
    write_tables(&writer, "added", promotion != NULL ? promotion->added : NULL);
    write_tables(&writer, "removed", promotion != NULL ? promotion->removed : NULL);
    write_views(&writer, deployment);
    rp_json_key(&writer, "finalized_ts");
    if (record != NULL && rp_environment_is_finalized(record))
        rp_json_integer(&writer, record->finalized_ts);
    else
        rp_json_null(&writer);
    rp_json_key(&writer, "checks");
    rp_json_number_text(&writer, deployment->checks_json != NULL ? deployment->checks_json : "[]");
    write_warnings(&writer, deployment);
    if (deployment->rehearsal != NULL)
        rp_rehearsal_write(&writer, deployment);
    rp_json_end_object(&writer);
    return g_string_free(text, FALSE);
}
