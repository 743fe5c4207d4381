/* `repoint migrate`: the store at the newest schema version, or with --rollback back to its backup. */
#include "cli/cmd.h"
#include "cli/document.h"
#include "cli/page.h"

static void print_text(const rp_cli *cli, int from)
{
    if (from == REPOINT_NEWEST_SCHEMA_VERSION)
        rp_print(cli, "nothing to do: the store has schema version %d\n", from);
    else
        rp_print(cli, "%s the store from schema version %d to %d\n",
                 cli->dry_run ? "would migrate" : "migrated", from, REPOINT_NEWEST_SCHEMA_VERSION);
    rp_print_dry_run(cli);
}

static void print_json(rp_cli *cli, int from)
{
    g_autoptr(yyjson_mut_doc) document = rp_document_new();
    yyjson_mut_val *root = yyjson_mut_doc_get_root(document);
    yyjson_mut_obj_add_int(document, root, "from_schema_version", from);
    yyjson_mut_obj_add_int(document, root, "to_schema_version", REPOINT_NEWEST_SCHEMA_VERSION);
    rp_document_add_dry_run(document, cli);
    rp_print_json(cli, document);
}

static repoint_status migrate(rp_cli *cli, repoint_store *store, repoint_error *error)
{
    int from = 0;
    repoint_status status = repoint_store_migrate(store, rp_cli_flag(cli, "skip-backup"), &from, error);
    if (status != REPOINT_OK)
        return status;
    if (cli->json)
        print_json(cli, from);
    else
        print_text(cli, from);
    return REPOINT_OK;
}

static repoint_status roll_back(rp_cli *cli, repoint_store *store, repoint_error *error)
{
    repoint_versions versions = {0};
    repoint_status status = repoint_store_rollback(store, &versions, error);
    if (status != REPOINT_OK)
        return status;
    if (cli->json) {
        g_autoptr(yyjson_mut_doc) document = rp_document_new();
        rp_document_add_versions(document, yyjson_mut_doc_get_root(document), &versions);
        rp_document_add_dry_run(document, cli);
        rp_print_json(cli, document);
    } else {
        rp_print(cli, "%s the store as it was before it was migrated\n",
                 cli->dry_run ? "would restore" : "restored");
        rp_print_dry_run(cli);
    }
    return REPOINT_OK;
}

repoint_status rp_cmd_migrate(rp_cli *cli, repoint_error *error)
{
    repoint_store *store = NULL;
    repoint_status status = rp_cli_store(cli, &store, error);
    if (status != REPOINT_OK)
        return status;
    return rp_cli_flag(cli, "rollback") ? roll_back(cli, store, error) : migrate(cli, store, error);
}
