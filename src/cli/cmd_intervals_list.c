/* `repoint intervals list`: the ranges that a snapshot's table has data for. */
#include "cli/cmd.h"
#include "cli/fail.h"
#include "cli/interval_result.h"
#include "cli/snapshot_operand.h"

static repoint_status take_kind(const rp_cli *cli, repoint_interval_kind *ret_kind, repoint_error *error)
{
    bool dev = rp_cli_flag(cli, "dev"), pending = rp_cli_flag(cli, "pending");
    if (dev && pending)
        return rp_cli_fail(error, REPOINT_INVALID, "ask for one of them",
                           "--dev and --pending exclude each other");
    *ret_kind = dev ? REPOINT_INTERVALS_DEV : pending ? REPOINT_INTERVALS_PENDING : REPOINT_INTERVALS;
    return REPOINT_OK;
}

repoint_status rp_cmd_intervals_list(rp_cli *cli, repoint_error *error)
{
    repoint_store *store = NULL;
    g_autoptr(repoint_snapshot) snapshot = NULL;
    repoint_interval_kind kind = REPOINT_INTERVALS;
    repoint_status status = take_kind(cli, &kind, error);
    if (status == REPOINT_OK)
        status = rp_cli_snapshot(cli, &store, &snapshot, error);
    if (status != REPOINT_OK)
        return status;
    g_autoptr(repoint_interval_list) list = repoint_snapshot_intervals(snapshot, kind);
    rp_print_interval_result(cli, snapshot, list, "intervals", "has none");
    return REPOINT_OK;
}
