/* `repoint intervals missing`: the ranges that a snapshot should have data for and has not. */
#include "cli/cmd.h"
#include "cli/interval_result.h"
#include "cli/snapshot_operand.h"

repoint_status rp_cmd_intervals_missing(rp_cli *cli, repoint_error *error)
{
    repoint_store *store = NULL;
    g_autoptr(repoint_snapshot) snapshot = NULL;
    g_autoptr(repoint_interval_list) missing = NULL;
    repoint_range range = {0};
    repoint_status status = rp_cli_range(cli, &range, error);
    if (status == REPOINT_OK)
        status = rp_cli_snapshot(cli, &store, &snapshot, error);
    if (status == REPOINT_OK)
        status = repoint_intervals_missing(store, snapshot, &range, rp_cli_flag(cli, "dev"), &missing, error);
    if (status == REPOINT_OK)
        rp_print_interval_result(cli, snapshot, missing, "missing", "misses nothing");
    return status;
}
