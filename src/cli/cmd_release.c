/* `repoint release ENV`: lifts the hold that a rollback left. */
#include "cli/cmd.h"
#include "cli/document.h"
#include "cli/handles.h"
#include "cli/page.h"

repoint_status rp_cmd_release(rp_cli *cli, repoint_error *error)
{
    repoint_store *store = NULL;
    g_autoptr(repoint_environment) environment = NULL;
    const char *name = rp_cli_operand(cli, 0);
    bool was_held = false;
    repoint_status status = rp_cli_store(cli, &store, error);
    if (status == REPOINT_OK) /* an environment that is not there is an error, which lists those that are */
        status = repoint_environment_get(store, name, &environment, error);
    if (status == REPOINT_OK)
        status = repoint_release(store, name, &was_held, error);
    if (status != REPOINT_OK)
        return status;
    if (!cli->json) {
        if (was_held)
            rp_print(cli,
                     cli->dry_run ? "%s would be released from its hold\n" : "%s may be deployed again\n",
                     name);
        else
            rp_print(cli, cli->dry_run ? "%s is not on hold\n" : "%s was not on hold\n", name);
        rp_print_dry_run(cli);
        return REPOINT_OK;
    }
    g_autoptr(yyjson_mut_doc) document = rp_document_new();
    yyjson_mut_val *root = yyjson_mut_doc_get_root(document);
    rp_document_add_text(document, root, "environment", name);
    yyjson_mut_obj_add_bool(document, root, "was_held", was_held);
    rp_document_add_dry_run(document, cli);
    rp_print_json(cli, document);
    return REPOINT_OK;
}
