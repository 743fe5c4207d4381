/* `repoint resume ENV`: goes on with what is open on the environment, wherever it was left. */
#include "cli/cmd.h"
#include "cli/deployment.h"

repoint_status rp_cmd_resume(rp_cli *cli, repoint_error *error)
{
    repoint_store *store = NULL;
    g_autoptr(repoint_deployment) deployment = NULL;
    repoint_deploy_options options = rp_cli_deploy_options(cli);
    repoint_status status = rp_cli_store(cli, &store, error);
    if (status == REPOINT_OK)
        status = repoint_resume(store, rp_cli_operand(cli, 0), &options, &deployment, error);
    return rp_cli_report_deployment(cli, deployment, status, error);
}
