/* `repoint intervals remove`: a range is to be processed again. */
#include "cli/cmd.h"
#include "cli/page.h"
#include "cli/snapshot_operand.h"
#include "cli/text_time.h"

static void print_text(const rp_cli *cli, const repoint_snapshot *snapshot, repoint_interval removed)
{
    g_autofree char *name = rp_text_snapshot(snapshot);
    g_autofree char *range = rp_text_interval(removed);
    rp_print(cli, "%s %s from %s%s\n", cli->dry_run ? "would take" : "took", range, name,
             rp_cli_flag(cli, "shared") ? " and every snapshot of the same version" : "");
    rp_print_dry_run(cli);
}

static void print_json(rp_cli *cli, const repoint_snapshot *snapshot, repoint_interval removed)
{
    g_autoptr(yyjson_mut_doc) document = rp_document_of_snapshot(snapshot);
    yyjson_mut_val *root = yyjson_mut_doc_get_root(document);
    yyjson_mut_obj_add_bool(document, root, "shared", rp_cli_flag(cli, "shared"));
    rp_document_append_interval(document, yyjson_mut_obj_add_arr(document, root, "removed"), removed);
    rp_document_add_dry_run(document, cli);
    rp_print_json(cli, document);
}

repoint_status rp_cmd_intervals_remove(rp_cli *cli, repoint_error *error)
{
    repoint_store *store = NULL;
    g_autoptr(repoint_snapshot) snapshot = NULL;
    repoint_range range = {0};
    repoint_interval removed = {0};
    repoint_status status = rp_cli_whole_range(cli, &range, error);
    if (status == REPOINT_OK)
        status = rp_cli_snapshot(cli, &store, &snapshot, error);
    if (status == REPOINT_OK)
        status =
            repoint_intervals_remove(store, snapshot, &range, rp_cli_flag(cli, "shared"), &removed, error);
    if (status != REPOINT_OK)
        return status;
    if (cli->json)
        print_json(cli, snapshot, removed);
    else
        print_text(cli, snapshot, removed);
    return REPOINT_OK;
}
