/* `repoint push FILE…`: adds the snapshots of files that the store does not have. */
#include "cli/cmd.h"
#include "cli/document.h"
#include "cli/page.h"

static void print_text(const rp_cli *cli, size_t added, size_t total)
{
    g_autofree char *snapshots = rp_text_count(total, "snapshot");
    rp_print(cli, "%s %zu of %s%s\n", cli->dry_run ? "would add" : "added", added, snapshots,
             added == total ? "" : ", the others are stored already");
    rp_print_dry_run(cli);
}

static void print_json(rp_cli *cli, size_t added, size_t total)
{
    g_autoptr(yyjson_mut_doc) document = rp_document_new();
    yyjson_mut_val *root = yyjson_mut_doc_get_root(document);
    yyjson_mut_obj_add_uint(document, root, "added", added);
    yyjson_mut_obj_add_uint(document, root, "total", total);
    rp_document_add_dry_run(document, cli);
    rp_print_json(cli, document);
}

repoint_status rp_cmd_push(rp_cli *cli, repoint_error *error)
{
    repoint_store *store = NULL;
    size_t added = 0, total = 0;
    repoint_status status = rp_cli_store(cli, &store, error);
    if (status == REPOINT_OK)
        status = repoint_push_files(store, rp_cli_operands(cli, 0), &added, &total, error);
    if (status != REPOINT_OK)
        return status;
    if (cli->json)
        print_json(cli, added, total);
    else
        print_text(cli, added, total);
    return REPOINT_OK;
}
