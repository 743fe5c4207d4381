/* `repoint import FILE`: a SQLMesh state file, all of it or nothing. */
#include <string.h>

#include "cli/cmd.h"
#include "cli/document.h"
#include "cli/page.h"

static void print_text(const rp_cli *cli, const char *path, const repoint_transfer_counts *counts)
{
    g_autofree char *snapshots = rp_text_count(counts->snapshots, "snapshot");
    g_autofree char *environments = rp_text_count(counts->environments, "environment");
    rp_print(cli, "%s %s and %s from %s%s\n", cli->dry_run ? "would import" : "imported", snapshots,
             environments, strcmp(path, "-") == 0 ? "standard input" : path,
             rp_cli_flag(cli, "replace") ? ", in place of everything that was there" : "");
    rp_print_dry_run(cli);
}

static void print_json(rp_cli *cli, const char *path, const repoint_transfer_counts *counts)
{
    g_autoptr(yyjson_mut_doc) document = rp_document_new();
    yyjson_mut_val *root = yyjson_mut_doc_get_root(document);
    rp_document_add_text(document, root, "file", path);
    yyjson_mut_obj_add_bool(document, root, "replaced", rp_cli_flag(cli, "replace"));
    rp_document_add_transfer(document, root, counts);
    rp_document_add_dry_run(document, cli);
    rp_print_json(cli, document);
}

repoint_status rp_cmd_import(rp_cli *cli, repoint_error *error)
{
    const char *path = rp_cli_operand(cli, 0);
    repoint_store *store = NULL;
    repoint_transfer_counts counts = {0};
    repoint_status status = rp_cli_store(cli, &store, error);
    if (status == REPOINT_OK)
        status = repoint_import(store, path, rp_cli_flag(cli, "replace"), &counts, error);
    if (status != REPOINT_OK)
        return status;
    if (cli->json)
        print_json(cli, path, &counts);
    else
        print_text(cli, path, &counts);
    return REPOINT_OK;
}
