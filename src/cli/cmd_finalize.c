/* `repoint finalize ENV`: phase 2, the record becomes what the environment is. */
#include <string.h>

#include "cli/cmd.h"
#include "cli/document.h"
#include "cli/fail.h"
#include "cli/handles.h"
#include "cli/page.h"
#include "cli/text_time.h"

/* The check is for the caller's sake; the write repeats the plan id that was read. */
static repoint_status check_expected(const rp_cli *cli, const repoint_environment *environment,
                                     repoint_error *error)
{
    const char *expected = rp_cli_text(cli, "expect-plan-id");
    const char *found = repoint_environment_plan_id(environment);
    if (expected == NULL || strcmp(expected, found) == 0)
        return REPOINT_OK;
    return rp_cli_fail(
        error, REPOINT_CONFLICT, "somebody else has changed it: plan again from what it is now",
        "environment %s is at plan %s, not %s", repoint_environment_name(environment), found, expected);
}

static void print_text(const rp_cli *cli, const repoint_environment *environment)
{
    g_autofree char *when = rp_text_time(repoint_environment_finalized_ts(environment));
    rp_print(cli, "%s %s finalized at %s UTC\n", repoint_environment_name(environment),
             cli->dry_run ? "would be" : "is", when);
    rp_print_fact(cli, "plan id", repoint_environment_plan_id(environment));
    rp_print_dry_run(cli);
}

static void print_json(rp_cli *cli, const repoint_environment *environment)
{
    g_autoptr(yyjson_mut_doc) document = rp_document_new();
    yyjson_mut_val *root = yyjson_mut_doc_get_root(document);
    rp_document_add_text(document, root, "environment", repoint_environment_name(environment));
    rp_document_add_text(document, root, "plan_id", repoint_environment_plan_id(environment));
    rp_document_add_time(document, root, "finalized_ts", "finalized_at",
                         repoint_environment_finalized_ts(environment));
    rp_document_add_dry_run(document, cli);
    rp_print_json(cli, document);
}

repoint_status rp_cmd_finalize(rp_cli *cli, repoint_error *error)
{
    repoint_store *store = NULL;
    g_autoptr(repoint_environment) environment = NULL;
    repoint_status status = rp_cli_store(cli, &store, error);
    if (status == REPOINT_OK)
        status = repoint_environment_get(store, rp_cli_operand(cli, 0), &environment, error);
    if (status == REPOINT_OK)
        status = check_expected(cli, environment, error);
    if (status == REPOINT_OK)
        status = repoint_promoted_finalize(store, environment, error);
    if (status != REPOINT_OK)
        return status;
    if (cli->json)
        print_json(cli, environment);
    else
        print_text(cli, environment);
    return REPOINT_OK;
}
