/* `repoint check ENV`: the checks of the open deployment, against its candidate views. */
#include "cli/cmd.h"
#include "cli/deployment.h"

repoint_status rp_cmd_check(rp_cli *cli, repoint_error *error)
{
    g_autoptr(repoint_deployment) deployment = NULL;
    repoint_status status = rp_cli_open_deployment(cli, &deployment, error);
    if (status == REPOINT_OK)
        status = repoint_deployment_check(deployment, error);
    return rp_cli_report_deployment(cli, deployment, status, error);
}
