/* `repoint export [FILE]`: the state as SQLMesh's file, to a file or to standard output. */
#include <string.h>

#include "cli/cmd.h"
#include "cli/document.h"
#include "cli/page.h"

/* On standard output the state file itself is the result: what would be said about it is a remark. */
static void remark(rp_cli *cli, const repoint_transfer_counts *counts)
{
    g_autofree char *snapshots = rp_text_count(counts->snapshots, "snapshot");
    g_autofree char *environments = rp_text_count(counts->environments, "environment");
    rp_remark(cli, "%s %s and %s", cli->dry_run ? "dry run: would export" : "exported", snapshots,
              environments);
}

static void print_text(const rp_cli *cli, const char *path, const repoint_transfer_counts *counts)
{
    g_autofree char *snapshots = rp_text_count(counts->snapshots, "snapshot");
    g_autofree char *environments = rp_text_count(counts->environments, "environment");
    rp_print(cli, "%s %s and %s to %s\n", cli->dry_run ? "would export" : "exported", snapshots, environments,
             path);
    rp_print_dry_run(cli);
}

static void print_json(rp_cli *cli, const char *path, const repoint_transfer_counts *counts)
{
    g_autoptr(yyjson_mut_doc) document = rp_document_new();
    yyjson_mut_val *root = yyjson_mut_doc_get_root(document);
    rp_document_add_text(document, root, "file", path);
    rp_document_add_transfer(document, root, counts);
    rp_document_add_dry_run(document, cli);
    rp_print_json(cli, document);
}

static repoint_status export(rp_cli *cli, const char *path, repoint_transfer_counts *ret_counts,
                             repoint_error *error)
{
    repoint_store *store = NULL;
    const char *const *environments = rp_cli_list(cli, "environment");
    repoint_status status = rp_cli_store(cli, &store, error);
    if (status != REPOINT_OK)
        return status;
    status = repoint_export(store, path, environments[0] == NULL ? NULL : environments, ret_counts, error);
    /* Environments are looked up before the first byte; whatever fails later leaves part of the file there.
     */
    if (path == NULL && status != REPOINT_NOT_FOUND)
        cli->is_printed = true;
    return status;
}

repoint_status rp_cmd_export(rp_cli *cli, repoint_error *error)
{
    const char *path = rp_cli_operand(cli, 0);
    repoint_transfer_counts counts = {0};
    if (path != NULL && strcmp(path, "-") == 0)
        path = NULL;
    repoint_status status = export(cli, path, &counts, error);
    if (status != REPOINT_OK)
        return status;
    if (path == NULL)
        remark(cli, &counts);
    else if (cli->json)
        print_json(cli, path, &counts);
    else
        print_text(cli, path, &counts);
    return REPOINT_OK;
}
