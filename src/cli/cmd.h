/* The run function of each command: cmd_<name>.c. The contract is rp_command.run's. */
#ifndef RP_CLI_CMD_H
#define RP_CLI_CMD_H

#include "cli/command.h"

repoint_status rp_cmd_abandon(rp_cli *cli, repoint_error *error);
repoint_status rp_cmd_approve(rp_cli *cli, repoint_error *error);
repoint_status rp_cmd_check(rp_cli *cli, repoint_error *error);
repoint_status rp_cmd_config(rp_cli *cli, repoint_error *error);
repoint_status rp_cmd_cutover(rp_cli *cli, repoint_error *error);
repoint_status rp_cmd_deploy(rp_cli *cli, repoint_error *error);
repoint_status rp_cmd_diff(rp_cli *cli, repoint_error *error);
repoint_status rp_cmd_environment(rp_cli *cli, repoint_error *error);
repoint_status rp_cmd_environments(rp_cli *cli, repoint_error *error);
repoint_status rp_cmd_export(rp_cli *cli, repoint_error *error);
repoint_status rp_cmd_finalize(rp_cli *cli, repoint_error *error);
repoint_status rp_cmd_gaps(rp_cli *cli, repoint_error *error);
repoint_status rp_cmd_help(rp_cli *cli, repoint_error *error);
repoint_status rp_cmd_history(rp_cli *cli, repoint_error *error);
repoint_status rp_cmd_import(rp_cli *cli, repoint_error *error);
repoint_status rp_cmd_init(rp_cli *cli, repoint_error *error);
repoint_status rp_cmd_intervals_add(rp_cli *cli, repoint_error *error);
repoint_status rp_cmd_intervals_compact(rp_cli *cli, repoint_error *error);
repoint_status rp_cmd_intervals_list(rp_cli *cli, repoint_error *error);
repoint_status rp_cmd_intervals_missing(rp_cli *cli, repoint_error *error);
repoint_status rp_cmd_intervals_remove(rp_cli *cli, repoint_error *error);
repoint_status rp_cmd_invalidate(rp_cli *cli, repoint_error *error);
repoint_status rp_cmd_janitor(rp_cli *cli, repoint_error *error);
repoint_status rp_cmd_migrate(rp_cli *cli, repoint_error *error);
repoint_status rp_cmd_plan(rp_cli *cli, repoint_error *error);
repoint_status rp_cmd_promote(rp_cli *cli, repoint_error *error);
repoint_status rp_cmd_push(rp_cli *cli, repoint_error *error);
repoint_status rp_cmd_release(rp_cli *cli, repoint_error *error);
repoint_status rp_cmd_reset(rp_cli *cli, repoint_error *error);
repoint_status rp_cmd_resume(rp_cli *cli, repoint_error *error);
repoint_status rp_cmd_rollback(rp_cli *cli, repoint_error *error);
repoint_status rp_cmd_snapshot(rp_cli *cli, repoint_error *error);
repoint_status rp_cmd_snapshots(rp_cli *cli, repoint_error *error);
repoint_status rp_cmd_status(rp_cli *cli, repoint_error *error);
repoint_status rp_cmd_verify(rp_cli *cli, repoint_error *error);
repoint_status rp_cmd_version(rp_cli *cli, repoint_error *error);
repoint_status rp_cmd_wait(rp_cli *cli, repoint_error *error);

#endif
