/* The run function of each command: cmd_<name>.c. The contract is rp_command.run's. */
#ifndef RP_CLI_CMD_H
#define RP_CLI_CMD_H

#include "cli/command.h"

repoint_status rp_cmd_config(rp_cli *cli, repoint_error *error);
repoint_status rp_cmd_help(rp_cli *cli, repoint_error *error);
repoint_status rp_cmd_version(rp_cli *cli, repoint_error *error);

#endif
