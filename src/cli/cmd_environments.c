/* `repoint environments`: one line an environment, without reading what they point to. */
#include "cli/cmd.h"
#include "cli/environment_entry.h"

repoint_status rp_cmd_environments(rp_cli *cli, repoint_error *error)
{
    repoint_store *store = NULL;
    g_autoptr(GPtrArray) entries = NULL;
    repoint_status status = rp_cli_store(cli, &store, error);
    if (status == REPOINT_OK)
        status = rp_environment_entries_load(store, &entries, error);
    if (status != REPOINT_OK)
        return status;

    if (cli->json) {
        g_autoptr(yyjson_mut_doc) document = rp_document_new();
        rp_environment_entries_add(document, yyjson_mut_doc_get_root(document), entries);
        rp_print_json(cli, document);
    } else if (entries->len == 0) {
        rp_print(cli, "no environments yet\n");
    } else {
        rp_environment_entries_print(cli, entries);
    }
    return REPOINT_OK;
}
