/*
 * What `plan`, `promote`, `deploy` and `gaps` have in common: ENV and SOURCE with their options become a plan of the
 * library.
 */
#ifndef RP_CLI_CHANGE_H
#define RP_CLI_CHANGE_H

#include "cli/cli.h"
#include "cli/handles.h"

/* Opens the store and plans the change that the command line describes. */
repoint_status rp_cli_plan(rp_cli *cli, repoint_store **ret_store, repoint_plan **ret_plan, repoint_error *error);

#endif
