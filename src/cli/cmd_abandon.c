/* `repoint abandon ENV`: draft and candidates of the open deployment go away. */
#include "cli/cmd.h"
#include "cli/deployment.h"

repoint_status rp_cmd_abandon(rp_cli *cli, repoint_error *error)
{
    g_autoptr(repoint_deployment) deployment = NULL;
    repoint_status status = rp_cli_open_deployment(cli, &deployment, error);
    if (status == REPOINT_OK)
        status = repoint_deployment_abandon(deployment, error);
    return rp_cli_report_deployment(cli, deployment, status, error);
}
