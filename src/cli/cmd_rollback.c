/* `repoint rollback ENV`: a deployment to an earlier finalized revision, with a hold afterwards. */
#include "cli/change.h"
#include "cli/cmd.h"
#include "cli/deployment.h"
#include "cli/fail.h"

static repoint_status read_revision(const rp_cli *cli, int64_t *ret_revision, repoint_error *error)
{
    const char *text = rp_cli_text(cli, "to");
    if (text == NULL || g_ascii_string_to_signed(text, 10, 1, G_MAXINT64, ret_revision, NULL))
        return REPOINT_OK;
    return rp_cli_fail(error, REPOINT_INVALID, "\"repoint history\" lists the revisions there are",
                       "--to cannot be \"%s\": a revision is a number", text);
}

repoint_status rp_cmd_rollback(rp_cli *cli, repoint_error *error)
{
    repoint_store *store = NULL;
    g_autoptr(repoint_plan) plan = NULL;
    g_autoptr(repoint_deployment) deployment = NULL;
    g_autoptr(GPtrArray) gap_names = NULL;
    repoint_deploy_options options = rp_cli_deploy_options(cli);
    repoint_plan_options plan_options;
    int64_t revision = 0;
    repoint_status status = read_revision(cli, &revision, error);
    if (status == REPOINT_OK)
        status = rp_cli_plan_options(cli, &plan_options, &gap_names, error);
    if (status == REPOINT_OK)
        status = rp_cli_store(cli, &store, error);
    if (status == REPOINT_OK)
        status = repoint_plan_rollback(store, rp_cli_operand(cli, 0), revision, rp_cli_list(cli, "keep"),
                                       &plan_options, &plan, error);
    if (status == REPOINT_OK)
        status = repoint_deploy(store, plan, &options, &deployment, error);
    return rp_cli_report_deployment(cli, deployment, status, error);
}
