/* What the commands that work on a deployment have in common: their options, and how they tell the result. */
#ifndef RP_CLI_DEPLOYMENT_H
#define RP_CLI_DEPLOYMENT_H

#include "cli/document.h"
#include "cli/handles.h"

/* The options of the command line and of repoint.yaml; what they point to belongs to cli. */
repoint_deploy_options rp_cli_deploy_options(rp_cli *cli);

/*
 * Ends a command on a deployment: prints what it has become, or adds to the error what is open and which
 * command goes on with it. `deployment` may be NULL.
 */
repoint_status rp_cli_report_deployment(rp_cli *cli, const repoint_deployment *deployment,
                                        repoint_status status, repoint_error *error);

/* Opens the deployment that is open on the environment of the first operand. */
repoint_status rp_cli_open_deployment(rp_cli *cli, repoint_deployment **ret_deployment, repoint_error *error);

#endif
