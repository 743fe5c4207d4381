/* `repoint invalidate ENV`: the environment expires now; the janitor removes it. */
#include "cli/cmd.h"
#include "cli/document.h"
#include "cli/handles.h"
#include "cli/page.h"

static void print_json(rp_cli *cli, const char *name)
{
    g_autoptr(yyjson_mut_doc) document = rp_document_new();
    rp_document_add_text(document, yyjson_mut_doc_get_root(document), "environment", name);
    rp_document_add_dry_run(document, cli);
    rp_print_json(cli, document);
}

repoint_status rp_cmd_invalidate(rp_cli *cli, repoint_error *error)
{
    repoint_store *store = NULL;
    g_autoptr(repoint_environment) environment = NULL;
    const char *name = rp_cli_operand(cli, 0);
    repoint_status status = rp_cli_store(cli, &store, error);
    if (status == REPOINT_OK) /* an environment that is not there is an error, which lists those that are */
        status = repoint_environment_get(store, name, &environment, error);
    if (status == REPOINT_OK)
        status = repoint_environment_invalidate(store, name, true, NULL, error);
    if (status != REPOINT_OK)
        return status;
    if (cli->json) {
        print_json(cli, name);
    } else {
        rp_print(cli, "%s %s now; its views stay until somebody drops them\n", name,
                 cli->dry_run ? "would expire" : "expires");
        if (!cli->dry_run)
            rp_print(cli, "next: \"repoint janitor\" removes it from the store\n");
        rp_print_dry_run(cli);
    }
    return REPOINT_OK;
}
