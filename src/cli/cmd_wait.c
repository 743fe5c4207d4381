/*
 * `repoint wait ENV`: until a deployment is finalized, for scripts.
 *
 * Which one is waited for is settled at the first look: --plan-id, or the one that is open then. It has
 * failed when it was abandoned, or when its last step failed and nobody works on it any more; waiting for
 * checks, approvals or readers is no failure.
 */
#include <poll.h>
#include <string.h>

#include "cli/cmd.h"
#include "cli/deployment.h"
#include "cli/fail.h"
#include "cli/page.h"

#define LOOK_AGAIN_MS 500

/* What one look has found. */
typedef enum wait_state {
    WAIT_GOES_ON,
    WAIT_FINALIZED,
    WAIT_FAILED,
    WAIT_ABANDONED,
    WAIT_UNKNOWN
} wait_state;

typedef struct waiting {
    const char *environment;
    char *plan_id; /* NULL: none is known, so the environment itself */
    char *reason;  /* of a failure */
} waiting;

static void waiting_clear(waiting *of)
{
    g_free(of->plan_id);
    g_free(of->reason);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(waiting, waiting_clear)

static const char *text_at(yyjson_val *object, const char *key)
{
    return yyjson_get_str(yyjson_obj_get(object, key));
}

/* ---- what there is ---- */

/* Is the environment at that plan, and finalized? *ret_found: there is one. */
static repoint_status look_at_environment(repoint_store *store, const waiting *of, bool *ret_found,
                                          bool *ret_is_done, repoint_error *error)
{
    g_autoptr(repoint_environment) record = NULL;
    repoint_status status = repoint_environment_get(store, of->environment, &record, error);
    *ret_found = status == REPOINT_OK;
    if (status == REPOINT_NOT_FOUND) {
        repoint_error_clear(error);
        return REPOINT_OK;
    }
    if (status == REPOINT_OK)
        *ret_is_done = repoint_environment_finalized_ts(record) != 0 &&
                       (of->plan_id == NULL || strcmp(of->plan_id, repoint_environment_plan_id(record)) == 0);
    return status;
}

/* The last row of the journal about the plan; NULL when there is none. */
static yyjson_val *last_step(yyjson_val *history, const char *plan_id)
{
    yyjson_val *steps = yyjson_obj_get(history, "steps"), *step, *last = NULL;
    size_t index, count;
    yyjson_arr_foreach (steps, index, count, step)
        if (g_strcmp0(text_at(step, "plan_id"), plan_id) == 0)
            last = step;
    return last;
}

static bool has_revision(yyjson_val *history, const char *plan_id)
{
    yyjson_val *revisions = yyjson_obj_get(history, "revisions"), *revision;
    size_t index, count;
    yyjson_arr_foreach (revisions, index, count, revision)
        if (g_strcmp0(text_at(revision, "plan_id"), plan_id) == 0)
            return true;
    return false;
}

static wait_state judge_history(waiting *of, yyjson_val *history, bool is_open)
{
    yyjson_val *last = last_step(history, of->plan_id);
    if (has_revision(history, of->plan_id))
        return WAIT_FINALIZED;
    if (last == NULL)
        return is_open ? WAIT_GOES_ON : WAIT_UNKNOWN;
    if (!is_open)
        return strcmp(text_at(last, "step"), "abandon") == 0 ? WAIT_ABANDONED : WAIT_UNKNOWN;
    if (strcmp(text_at(last, "outcome"), "failed") != 0)
        return WAIT_GOES_ON;
    of->reason = g_strdup(text_at(yyjson_obj_get(last, "detail"), "message"));
    return WAIT_FAILED;
}

static repoint_status look_at_history(repoint_store *store, waiting *of, bool is_open, wait_state *ret_state,
                                      repoint_error *error)
{
    g_auto(rp_library_text) json = NULL;
    repoint_status status = repoint_history(store, of->environment, &json, error);
    if (status != REPOINT_OK)
        return status;
    g_autoptr(yyjson_doc) document = yyjson_read(json, strlen(json), 0);
    *ret_state = judge_history(of, yyjson_doc_get_root(document), is_open);
    return REPOINT_OK;
}

static bool is_held(yyjson_val *lease)
{
    return yyjson_is_obj(lease) && !yyjson_get_bool(yyjson_obj_get(lease, "is_expired")) &&
           !yyjson_get_bool(yyjson_obj_get(lease, "is_dead"));
}

/* Nothing of that plan is open. */
static repoint_status look_at_rest(repoint_store *store, waiting *of, wait_state *ret_state,
                                   repoint_error *error)
{
    bool found = false, is_done = false;
    repoint_status status = look_at_environment(store, of, &found, &is_done, error);
    if (status != REPOINT_OK)
        return status;
    if (is_done)
        *ret_state = WAIT_FINALIZED;
    else if (of->plan_id != NULL)
        return look_at_history(store, of, false, ret_state, error);
    else
        *ret_state = found ? WAIT_GOES_ON : WAIT_UNKNOWN;
    return REPOINT_OK;
}

static repoint_status look(repoint_store *store, waiting *of, wait_state *ret_state, repoint_error *error)
{
    g_auto(rp_library_text) json = NULL;
    repoint_status status = repoint_deployment_status(store, of->environment, &json, error);
    if (status != REPOINT_OK)
        return status;
    g_autoptr(yyjson_doc) document = yyjson_read(json, strlen(json), 0);
    yyjson_val *root = yyjson_doc_get_root(document), *open = yyjson_obj_get(root, "deployment");
    const char *plan_id = text_at(open, "plan_id");
    if (of->plan_id == NULL)
        of->plan_id = g_strdup(plan_id);
    if (plan_id == NULL || g_strcmp0(plan_id, of->plan_id) != 0)
        return look_at_rest(store, of, ret_state, error);
    if (strcmp(text_at(open, "state"), "finalized") == 0) {
        *ret_state = WAIT_FINALIZED;
        return REPOINT_OK;
    }
    return is_held(yyjson_obj_get(root, "lease")) ? REPOINT_OK
                                                  : look_at_history(store, of, true, ret_state, error);
}

/* ---- the command ---- */

static repoint_status fail(const waiting *of, wait_state state, repoint_error *error)
{
    if (state == WAIT_ABANDONED)
        return rp_cli_fail(error, REPOINT_REFUSED, NULL, "the deployment %s of environment %s was abandoned",
                           of->plan_id, of->environment);
    if (state == WAIT_FAILED)
        return rp_cli_fail(error, REPOINT_REFUSED,
                           "\"repoint resume\" goes on with it, \"repoint abandon\" ends it",
                           "the deployment %s of environment %s has failed: %s", of->plan_id, of->environment,
                           of->reason != NULL ? of->reason : "the journal does not say why");
    if (of->plan_id != NULL)
        return rp_cli_fail(error, REPOINT_NOT_FOUND, "\"repoint history\" lists those that there were",
                           "environment %s has no deployment %s", of->environment, of->plan_id);
    return rp_cli_fail(error, REPOINT_NOT_FOUND, "\"repoint environments\" lists those that there are",
                       "there is no environment %s", of->environment);
}

static void print(rp_cli *cli, const waiting *of)
{
    if (!cli->json) {
        rp_print(cli, "%s is finalized\n", of->environment);
        rp_print_fact(cli, "plan id", of->plan_id);
        return;
    }
    g_autoptr(yyjson_mut_doc) document = rp_document_new();
    yyjson_mut_val *root = yyjson_mut_doc_get_root(document);
    rp_document_add_text(document, root, "environment", of->environment);
    rp_document_add_text(document, root, "plan_id", of->plan_id);
    rp_document_add_text(document, root, "state", "finalized");
    rp_print_json(cli, document);
}

repoint_status rp_cmd_wait(rp_cli *cli, repoint_error *error)
{
    repoint_store *store = NULL;
    g_auto(waiting)
        of = {.environment = rp_cli_operand(cli, 0), .plan_id = g_strdup(rp_cli_text(cli, "plan-id"))};
    wait_state state = WAIT_GOES_ON;
    repoint_status status = rp_cli_store(cli, &store, error);
    while (status == REPOINT_OK && (status = look(store, &of, &state, error)) == REPOINT_OK &&
           state == WAIT_GOES_ON)
        poll(NULL, 0, LOOK_AGAIN_MS); /* a signal ends it; the next look fails then, as it does in time */
    if (status != REPOINT_OK || state != WAIT_FINALIZED)
        return status != REPOINT_OK ? status : fail(&of, state, error);
    print(cli, &of);
    return REPOINT_OK;
}
