/* `repoint deploy ENV SOURCE`: a whole deployment, or as much of it as was asked for. */
#include <string.h>

#include "cli/change.h"
#include "cli/cmd.h"
#include "cli/deployment.h"
#include "cli/fail.h"

static repoint_status check_environment(const rp_cli *cli, const repoint_plan *plan, repoint_error *error)
{
    const char *name = rp_cli_operand(cli, 0);
    const char *planned = repoint_environment_name(repoint_plan_environment(plan));
    if (name == NULL || strcmp(name, planned) == 0)
        return REPOINT_OK;
    return rp_cli_fail(error, REPOINT_INVALID, NULL, "%s is a plan of environment %s, not of %s",
                       rp_cli_text(cli, "plan-file"), planned, name);
}

static repoint_status load_plan(rp_cli *cli, repoint_store **ret_store, repoint_plan **ret_plan,
                                repoint_error *error)
{
    repoint_status status = rp_cli_store(cli, ret_store, error);
    if (status == REPOINT_OK)
        status = repoint_plan_load(*ret_store, rp_cli_text(cli, "plan-file"), ret_plan, error);
    return status == REPOINT_OK ? check_environment(cli, *ret_plan, error) : status;
}

static repoint_status make_plan(rp_cli *cli, repoint_store **ret_store, repoint_plan **ret_plan,
                                repoint_error *error)
{
    if (rp_cli_is_given(cli, "plan-file"))
        return load_plan(cli, ret_store, ret_plan, error);
    if (rp_cli_operand(cli, 0) == NULL)
        return rp_cli_fail(error, REPOINT_INVALID, "name it, or give a plan with --plan-file",
                           "no environment is named");
    /* Deploying examines the plan itself, so here the record is enough. */
    return rp_cli_plan(cli, true, ret_store, ret_plan, error);
}

repoint_status rp_cmd_deploy(rp_cli *cli, repoint_error *error)
{
    repoint_store *store = NULL;
    g_autoptr(repoint_plan) plan = NULL;
    g_autoptr(repoint_deployment) deployment = NULL;
    repoint_deploy_options options = rp_cli_deploy_options(cli);
    repoint_status status = make_plan(cli, &store, &plan, error);
    if (status == REPOINT_OK)
        status = repoint_deploy(store, plan, &options, &deployment, error);
    if (status != REPOINT_OK && plan != NULL)
        rp_cli_explain_gaps(cli, error);
    return rp_cli_report_deployment(cli, deployment, status, error);
}
