/* `repoint intervals add`: a snapshot's table has data for a range. */
#include "cli/cmd.h"
#include "cli/page.h"
#include "cli/snapshot_operand.h"
#include "cli/text_time.h"

static void print_text(const rp_cli *cli, const repoint_snapshot *snapshot,
                       const repoint_interval_list *added)
{
    g_autofree char *name = rp_text_snapshot(snapshot);
    g_autofree char *range = rp_text_intervals(added);
    const char *table = rp_cli_flag(cli, "dev") ? "development table" : "table";
    if (repoint_interval_list_count(added) == 0)
        rp_print(cli, "nothing to record: the range holds no whole interval of %s\n", name);
    else
        rp_print(cli, "%s that the %s of %s has %s\n", cli->dry_run ? "would record" : "recorded", table,
                 name, range);
    rp_print_dry_run(cli);
}

static void print_json(rp_cli *cli, const repoint_snapshot *snapshot, const repoint_interval_list *added)
{
    g_autoptr(yyjson_mut_doc) document = rp_document_of_snapshot(snapshot);
    yyjson_mut_val *root = yyjson_mut_doc_get_root(document);
    yyjson_mut_obj_add_bool(document, root, "dev", rp_cli_flag(cli, "dev"));
    rp_document_add_intervals(document, root, "added", added);
    rp_document_add_dry_run(document, cli);
    rp_print_json(cli, document);
}

repoint_status rp_cmd_intervals_add(rp_cli *cli, repoint_error *error)
{
    repoint_store *store = NULL;
    g_autoptr(repoint_snapshot) snapshot = NULL;
    g_autoptr(repoint_interval_list) added = NULL;
    repoint_range range = {0};
    repoint_status status = rp_cli_whole_range(cli, &range, error);
    if (status == REPOINT_OK)
        status = rp_cli_snapshot(cli, &store, &snapshot, error);
    if (status == REPOINT_OK)
        status = repoint_intervals_add(store, snapshot, &range, rp_cli_flag(cli, "dev"), &added, error);
    if (status != REPOINT_OK)
        return status;
    if (cli->json)
        print_json(cli, snapshot, added);
    else
        print_text(cli, snapshot, added);
    return REPOINT_OK;
}
