/* `repoint migrate`: the store at the newest schema version. */
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

repoint_status rp_cmd_migrate(rp_cli *cli, repoint_error *error)
{
    repoint_store *store = NULL;
    int from = 0;
    repoint_status status = rp_cli_store(cli, &store, error);
    if (status == REPOINT_OK)
        status = repoint_store_migrate(store, false, &from, error);
    if (status != REPOINT_OK)
        return status;
    if (cli->json)
        print_json(cli, from);
    else
        print_text(cli, from);
    return REPOINT_OK;
}
