/* `repoint cutover ENV`: the moment at which readers see the new tables. */
#include "cli/cmd.h"
#include "cli/deployment.h"

repoint_status rp_cmd_cutover(rp_cli *cli, repoint_error *error)
{
    g_autoptr(repoint_deployment) deployment = NULL;
    repoint_status status = rp_cli_open_deployment(cli, &deployment, error);
    if (status == REPOINT_OK)
        status = repoint_deployment_cutover(deployment, error);
    return rp_cli_report_deployment(cli, deployment, status, error);
}
