/* `repoint reset`: an empty store in the place of this one. */
#include <string.h>
#include <unistd.h>

#include "cli/cmd.h"
#include "cli/document.h"
#include "cli/fail.h"
#include "cli/page.h"

/* Asks on a terminal. Without one nobody can be asked: only --yes will do. */
static repoint_status confirm(rp_cli *cli, repoint_error *error)
{
    if (cli->dry_run || rp_cli_flag(cli, "yes"))
        return REPOINT_OK;
    if (isatty(STDIN_FILENO) && isatty(STDERR_FILENO)) {
        char answer[16] = "";
        g_autofree char *store = rp_text_store(cli);
        fprintf(stderr, "Remove every snapshot, interval and environment of %s? [y/N] ", store);
        if (fgets(answer, sizeof answer, stdin) != NULL && (answer[0] == 'y' || answer[0] == 'Y'))
            return REPOINT_OK;
        return rp_cli_fail(error, REPOINT_INVALID, NULL, "nothing was removed");
    }
    return rp_cli_fail(error, REPOINT_INVALID, "add --yes",
                       "reset removes everything, and there is no terminal to ask");
}

repoint_status rp_cmd_reset(rp_cli *cli, repoint_error *error)
{
    repoint_store *store = NULL;
    repoint_status status = rp_cli_store(cli, &store, error);
    if (status == REPOINT_OK)
        status = confirm(cli, error);
    if (status == REPOINT_OK)
        status = repoint_store_reset(store, error);
    if (status != REPOINT_OK)
        return status;
    g_autofree char *name = rp_text_store(cli);
    if (cli->json) {
        g_autoptr(yyjson_mut_doc) document = rp_document_new();
        rp_document_add_text(document, yyjson_mut_doc_get_root(document), "state", name);
        rp_document_add_dry_run(document, cli);
        rp_print_json(cli, document);
    } else {
        rp_print(cli, "%s %s\n", name, cli->dry_run ? "would be emptied" : "is empty");
        rp_print_dry_run(cli);
    }
    return REPOINT_OK;
}
