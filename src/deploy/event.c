/* Hooks and the event callback. See deploy/event.h. */
#include "deploy/event.h"

#include <string.h>

#include "base/child.h"
#include "deploy/jobs.h"

#define DEFAULT_SECONDS 60

bool rp_concerns(const char *const *environments, const char *environment)
{
    return environments == NULL || g_strv_contains(environments, environment);
}

void rp_tell_output(const repoint_deploy_options *options, const char *name, const char *output)
{
    if (options->output == NULL || *output == '\0')
        return;
    g_autofree char *text = g_strchomp(g_strdup(output));
    g_auto(GStrv) lines = g_strsplit(text, "\n", -1);
    for (char **line = lines; *line != NULL; line++)
        options->output(options->context, name, *line);
}

/* ---- what is told ---- */

static void write_names(rp_json_writer *writer, const char *key, const GPtrArray *tables)
{
    rp_json_key(writer, key);
    rp_json_begin_array(writer);
    for (guint i = 0; i < tables->len; i++)
        rp_json_string(writer, ((const repoint_table *)g_ptr_array_index(tables, i))->name);
    rp_json_end_array(writer);
}

static void write_error(rp_json_writer *writer, const repoint_error *failure)
{
    rp_json_key(writer, "error");
    if (failure == NULL) {
        rp_json_null(writer);
        return;
    }
    rp_json_begin_object(writer);
    rp_json_put_string(writer, "code", repoint_status_name(failure->status));
    rp_json_put_string(writer, "message", failure->message);
    rp_json_end_object(writer);
}

static char *event_to_json(const repoint_deployment *deployment, const char *event,
                           const repoint_error *failure)
{
    const repoint_plan *plan = deployment->plan;
    g_autoptr(repoint_promotion) compared = NULL;
    const repoint_promotion *promotion = deployment->promotion;
    if (promotion == NULL)
        promotion = compared =
            rp_promotion_compare(plan->stored, plan->record, rp_store_now(deployment->store));
    GString *text = g_string_new(NULL);
    rp_json_writer writer = RP_JSON_WRITER(text, RP_JSON_COMPACT);
    rp_json_begin_object(&writer);
    rp_json_put_string(&writer, "event", event);
    rp_json_put_string(&writer, "environment", plan->record->naming.name);
    rp_json_put_string(&writer, "plan_id", plan->record->plan_id);
    rp_json_put_string(&writer, "previous_plan_id", plan->record->previous_plan_id);
    rp_json_put_string(&writer, "author", deployment->author);
    rp_json_put_string(&writer, "message", deployment->message);
    rp_json_put_string(&writer, "digest", deployment->digest);
    write_names(&writer, "added", promotion->added);
    write_names(&writer, "removed", promotion->removed);
    write_error(&writer, failure);
    rp_json_end_object(&writer);
    return g_string_free(text, FALSE);
}

/* ---- hooks ---- */

typedef struct hook_job {
    rp_job job;
    rp_child child;
    atomic_bool is_stopped;
    rp_child_end end;
    char *output;
    char *reason;
} hook_job;

static void hook_work(rp_job *job)
{
    hook_job *of = (hook_job *)job;
    of->end = rp_child_run(&of->child, &of->output, &of->reason);
}

static void hook_cut_short(rp_job *job)
{
    atomic_store(&((hook_job *)job)->is_stopped, true);
}

/* Runs a hook; *ret_reason is why it failed, or NULL. */
static repoint_status run_hook(repoint_deployment *deployment, const repoint_hook *hook, const char *event,
                               const char *json, char **ret_reason, repoint_error *error)
{
    hook_job of = {
        .job = {.work = hook_work, .cut_short = hook_cut_short},
        .child = {.argv = hook->command,
                  .directory = deployment->options.directory,
                  .input = json,
                  .timeout_seconds = hook->timeout_seconds > 0 ? hook->timeout_seconds : DEFAULT_SECONDS},
    };
    atomic_init(&of.is_stopped, false);
    of.child.stop = &of.is_stopped;
    rp_job *const jobs[] = {&of.job};
    repoint_status status = rp_jobs_run(deployment->store, &deployment->lease, jobs, 1, 1, error);
    if (of.output != NULL)
        rp_tell_output(&deployment->options, event, of.output);
    if (of.end != RP_CHILD_SUCCEEDED)
        *ret_reason = g_steal_pointer(&of.reason);
    g_free(of.output);
    g_free(of.reason);
    return status;
}

static bool can_stop(const repoint_deployment *deployment, const char *event)
{
    static const char *const before_cutover[] = {"promoted", "checked", "approved", NULL};
    return g_strv_contains(before_cutover, event) && deployment->plan->rollback_to == 0;
}

static repoint_status fail_hook(const char *who, const char *event, const char *reason, repoint_error *error)
{
    return rp_fail(error, REPOINT_REFUSED, "mend it, then go on with the deployment",
                   "%s, which must succeed when a deployment is %s, failed: %s", who, event, reason);
}

static repoint_status tell_hook(repoint_deployment *deployment, const repoint_hook *hook, const char *event,
                                const char *json, repoint_error *error)
{
    g_autofree char *reason = NULL;
    repoint_status status = run_hook(deployment, hook, event, json, &reason, error);
    if (status != REPOINT_OK || reason == NULL)
        return status;
    g_autofree char *who = g_strdup_printf("the hook %s", hook->command[0]);
    if (hook->required && can_stop(deployment, event))
        return fail_hook(who, event, reason, error);
    g_ptr_array_add(deployment->warnings,
                    g_strdup_printf("%s failed when told of \"%s\": %s", who, event, reason));
    return REPOINT_OK;
}

static repoint_status tell_callback(const repoint_deployment *deployment, const char *event, const char *json,
                                    repoint_error *error)
{
    const repoint_deploy_options *options = &deployment->options;
    if (options->event == NULL)
        return REPOINT_OK;
    repoint_status status = options->event(options->context, event, json);
    if (status == REPOINT_OK || !can_stop(deployment, event))
        return REPOINT_OK;
    return fail_hook("the program's own hook", event, repoint_status_name(status), error);
}

static repoint_status tell(repoint_deployment *deployment, const char *event, const repoint_error *failure,
                           repoint_error *error)
{
    const repoint_deploy_options *options = &deployment->options;
    const char *environment = deployment->plan->record->naming.name;
    if (options->event == NULL && options->hook_count == 0)
        return REPOINT_OK;
    g_autofree char *json = event_to_json(deployment, event, failure);
    repoint_status status = tell_callback(deployment, event, json, error);
    for (size_t i = 0; i < options->hook_count && status == REPOINT_OK; i++) {
        const repoint_hook *hook = &options->hooks[i];
        if (g_strv_contains(hook->events, event) && rp_concerns(hook->environments, environment))
            status = tell_hook(deployment, hook, event, json, error);
    }
    return status;
}

repoint_status rp_event_tell(repoint_deployment *deployment, const char *event, repoint_error *error)
{
    return tell(deployment, event, NULL, error);
}

/* Nothing comes after it that it could stop; a lease that was lost is the caller's business. */
void rp_event_tell_failure(repoint_deployment *deployment, const repoint_error *failure)
{
    if (deployment->plan != NULL)
        (void)tell(deployment, "failed", failure, NULL);
}
