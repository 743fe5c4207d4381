/* Deployments on the command line. See deployment.h. */
#include "cli/deployment.h"

#include <inttypes.h>
#include <string.h>

#include "cli/change.h"
#include "cli/changes.h"
#include "cli/page.h"
#include "cli/rehearsal.h"
#include "cli/text_time.h"

#define FOREVER 1e9 /* seconds */

/* ---- options ---- */

static repoint_deploy_until until(const rp_cli *cli)
{
    static const char *const names[] = {
        [REPOINT_UNTIL_DRAFT] = "draft",
        [REPOINT_UNTIL_CANDIDATE] = "candidate",
        [REPOINT_UNTIL_CHECKED] = "checked",
    };
    const char *text = rp_cli_has_option(cli, "until") ? rp_cli_text(cli, "until") : NULL;
    for (size_t i = 0; text != NULL && i < G_N_ELEMENTS(names); i++) {
        if (names[i] != NULL && strcmp(text, names[i]) == 0)
            return (repoint_deploy_until)i;
    }
    return REPOINT_UNTIL_FINALIZED;
}

static double seconds_or_0(const rp_cli *cli, const char *option)
{
    return rp_cli_has_option(cli, option) ? rp_cli_seconds(cli, option) : 0;
}

/* What checks and hooks write. */
static void print_output(void *context, const char *name, const char *line)
{
    rp_remark(context, "%s: %s", name, line);
}

repoint_deploy_options rp_cli_deploy_options(rp_cli *cli)
{
    bool waits = rp_cli_has_option(cli, "wait") && rp_cli_flag(cli, "wait");
    repoint_deploy_options options = {
        .until = until(cli),
        .message = rp_cli_has_option(cli, "message") ? rp_cli_text(cli, "message") : NULL,
        .lease_seconds = seconds_or_0(cli, "lease"),
        .wait_seconds = waits ? FOREVER : 0,
        .cutover_timeout_seconds = seconds_or_0(cli, "cutover-timeout"),
        .output = print_output,
        .context = cli,
    };
    rp_config_apply(cli->sections, &options);
    return options;
}

repoint_status rp_cli_open_deployment(rp_cli *cli, repoint_deployment **ret_deployment, repoint_error *error)
{
    repoint_store *store = NULL;
    repoint_deploy_options options = rp_cli_deploy_options(cli);
    repoint_status status = rp_cli_store(cli, &store, error);
    if (status == REPOINT_OK)
        status = repoint_deployment_open(store, rp_cli_operand(cli, 0), &options, ret_deployment, error);
    return status;
}

/* ---- results ---- */

static const char *text_at(yyjson_val *object, const char *key)
{
    return yyjson_get_str(yyjson_obj_get(object, key));
}

static void print_warnings(const rp_cli *cli, yyjson_val *warnings)
{
    size_t index, count;
    yyjson_val *warning;
    yyjson_arr_foreach (warnings, index, count, warning)
        rp_print_sentence(cli, yyjson_get_str(warning));
}

static void print_rollback(const rp_cli *cli, const char *environment, int64_t revision)
{
    g_autofree char *release = rp_text_command_on(cli, "release", environment, false);
    rp_print(cli, "%s is back at revision %" PRId64 ": its readers see those tables\n", environment,
             revision);
    rp_print(
        cli,
        "it is on hold: repoint deploys nothing to it until \"%s\"; \"sqlmesh plan\" does not know that\n",
        release);
}

static void print_headline(const rp_cli *cli, const char *environment, const char *state, int64_t rollback_to)
{
    bool is_finalized = state != NULL && strcmp(state, "finalized") == 0;
    if (is_finalized && rollback_to != 0)
        print_rollback(cli, environment, rollback_to);
    else if (state == NULL)
        rp_print(cli, "the deployment of %s is abandoned: its environment is as it was before\n",
                 environment);
    else if (is_finalized)
        rp_print(cli, "%s is deployed: its readers see the new tables\n", environment);
    else
        rp_print(cli, "a deployment of %s is open: %s\n", environment, state);
}

/* "repoint resume prod", with where to work. */
static char *next_command(const rp_cli *cli, const char *environment)
{
    return rp_text_command_on(cli, "resume", environment, false);
}

static void print_checks(const rp_cli *cli, yyjson_val *checks)
{
    size_t index, count;
    yyjson_val *check;
    if (yyjson_arr_size(checks) == 0)
        return;
    rp_print(cli, "\nChecks\n");
    yyjson_arr_foreach (checks, index, count, check) {
        g_autofree char *line = g_strdup_printf("%s %s", text_at(check, "outcome"), text_at(check, "name"));
        rp_print(cli, "  %s\n", line);
    }
}

static void print_text(const rp_cli *cli, yyjson_val *deployment)
{
    const char *environment = text_at(deployment, "environment"), *state = text_at(deployment, "state");
    yyjson_val *views = yyjson_obj_get(deployment, "views");
    g_autofree char *when = rp_text_time(yyjson_get_sint(yyjson_obj_get(deployment, "finalized_ts")));
    bool is_open = state != NULL && strcmp(state, "finalized") != 0 && !cli->dry_run;
    if (cli->dry_run)
        rp_print_rehearsal_headline(cli, deployment);
    else
        print_headline(cli, environment, state, yyjson_get_sint(yyjson_obj_get(deployment, "rollback_to")));
    rp_print_fact(cli, "plan id", text_at(deployment, "plan_id"));
    rp_print_fact(cli, "previous plan", text_at(deployment, "previous_plan_id"));
    rp_print_fact(cli, "finalized", cli->dry_run ? NULL : when);
    if (rp_cli_has_option(cli, "message"))
        rp_print_message(cli);
    if (yyjson_arr_size(views) > 0 || !cli->dry_run)
        rp_print(cli, "\n%s\n", yyjson_arr_size(views) == 0 ? "No view changes" : "Views");
    rp_print_view_changes(cli, views);
    print_checks(cli, yyjson_obj_get(deployment, "checks"));
    if (cli->dry_run)
        rp_print_rehearsal(cli, deployment);
    print_warnings(cli, yyjson_obj_get(deployment, "warnings"));
    if (is_open) {
        g_autofree char *next = next_command(cli, environment);
        rp_print(cli, "\nNext:\n  %s\n", next);
    }
    if (cli->dry_run)
        rp_print(cli, "\n");
    rp_print_dry_run(cli);
}

static void print_json(rp_cli *cli, yyjson_doc *deployment)
{
    g_autoptr(yyjson_mut_doc) document = yyjson_doc_mut_copy(deployment, NULL);
    if (rp_cli_has_option(cli, "message"))
        rp_document_add_message(document, cli);
    rp_document_add_dry_run(document, cli);
    rp_print_json(cli, document);
}

/* ---- errors ---- */

/* What to do next, as a hint and as detail.next; who approves is somebody else, so there is detail.then. */
static char *add_next(const rp_cli *cli, const char *environment, yyjson_mut_doc *document,
                      const repoint_error *error)
{
    yyjson_mut_val *root = yyjson_mut_doc_get_root(document);
    if (error->status == REPOINT_AWAITING_APPROVAL) {
        g_autofree char *approve = rp_text_command_on(cli, "approve", environment, false);
        g_autofree char *cutover = rp_text_command_on(cli, "cutover", environment, false);
        rp_document_add_text(document, root, "next", approve);
        rp_document_add_text(document, root, "then", cutover);
        return g_strdup_printf("\"%s\" by each of them, then \"%s\"", approve, cutover);
    }
    g_autofree char *next = next_command(cli, environment);
    rp_document_add_text(document, root, "next", next);
    return g_strdup_printf("%s%sthe deployment stays open: \"%s\" goes on with it",
                           error->hint != NULL ? error->hint : "", error->hint != NULL ? "; " : "", next);
}

/* detail.draft and detail.next: what is open, and how to go on. In a dry run detail.would too. */
static void tell_what_is_open(const rp_cli *cli, yyjson_val *deployment, repoint_error *error)
{
    const char *state = text_at(deployment, "state");
    if (state == NULL || strcmp(state, "finalized") == 0)
        return;
    const char *detail = error->detail != NULL ? error->detail : "{}";
    g_autoptr(yyjson_doc) parsed = yyjson_read(detail, strlen(detail), 0);
    g_autoptr(yyjson_mut_doc) document = yyjson_doc_mut_copy(parsed, NULL);
    yyjson_mut_val *draft = yyjson_mut_obj_add_obj(document, yyjson_mut_doc_get_root(document), "draft");
    rp_document_add_text(document, draft, "plan_id", text_at(deployment, "plan_id"));
    rp_document_add_text(document, draft, "state", state);
    rp_document_add_text(document, draft, "digest", text_at(deployment, "digest"));
    if (cli->dry_run) {
        yyjson_mut_obj_add_val(document, yyjson_mut_doc_get_root(document), "would",
                               yyjson_val_mut_copy(document, yyjson_obj_get(deployment, "would")));
        rp_document_add_dry_run(document, cli);
    }
    char *hint = add_next(cli, text_at(deployment, "environment"), document, error);
    char *text = yyjson_mut_write(document, 0, NULL);
    g_free(error->detail);
    error->detail = g_strdup(text);
    free(text);
    g_free(error->hint);
    error->hint = hint;
}

/* What would be lost with the result. */
static void warn_of(rp_cli *cli, yyjson_val *warnings)
{
    size_t index, count;
    yyjson_val *warning;
    yyjson_arr_foreach (warnings, index, count, warning)
        rp_warn(cli, "%s", yyjson_get_str(warning));
}

repoint_status rp_cli_report_deployment(rp_cli *cli, const repoint_deployment *deployment,
                                        repoint_status status, repoint_error *error)
{
    if (deployment == NULL)
        return status;
    g_auto(rp_library_text) json = repoint_deployment_to_json(deployment);
    g_autoptr(yyjson_doc) document = yyjson_read(json, strlen(json), 0);
    yyjson_val *root = yyjson_doc_get_root(document);
    if (cli->dry_run && !cli->json)
        print_text(cli, root); /* what would be done, also when it would be refused */
    if (status != REPOINT_OK) {
        if (!cli->dry_run || cli->json)
            warn_of(cli, yyjson_obj_get(root, "warnings"));
        tell_what_is_open(cli, root, error);
    } else if (cli->json)
        print_json(cli, document);
    else if (!cli->dry_run)
        print_text(cli, root);
    return status;
}
