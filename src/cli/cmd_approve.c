/* `repoint approve ENV`: agrees to the open deployment, as whom the database takes this connection for. */
#include <string.h>

#include "cli/change.h"
#include "cli/cmd.h"
#include "cli/deployment.h"
#include "cli/fail.h"
#include "cli/page.h"

#define MAX_MESSAGE_LENGTH 1000 /* characters */

static const char *text_at(yyjson_val *object, const char *key)
{
    return yyjson_get_str(yyjson_obj_get(object, key));
}

static void print_text(const rp_cli *cli, yyjson_val *approval)
{
    bool is_new = yyjson_get_bool(yyjson_obj_get(approval, "is_new"));
    const char *environment = text_at(approval, "environment");
    g_autofree char *next = rp_text_command_on(cli, "cutover", environment, false);
    rp_print(cli, "%s %s the deployment of %s\n", text_at(approval, "approver"),
             is_new ? "approves" : "has approved already", environment);
    rp_print_fact(cli, "plan id", text_at(approval, "plan_id"));
    rp_print_fact(cli, "author", text_at(approval, "author"));
    rp_print_fact(cli, "digest", text_at(approval, "digest"));
    rp_print(cli, "\nWhen all have approved:\n  %s\n", next);
    rp_print_dry_run(cli);
}

static void print_json(rp_cli *cli, yyjson_doc *approval)
{
    g_autoptr(yyjson_mut_doc) document = yyjson_doc_mut_copy(approval, NULL);
    rp_document_add_message(document, cli);
    rp_document_add_dry_run(document, cli);
    rp_print_json(cli, document);
}

repoint_status rp_cmd_approve(rp_cli *cli, repoint_error *error)
{
    repoint_store *store = NULL;
    g_auto(rp_library_text) json = NULL;
    const char *message = rp_cli_text(cli, "message");
    if (message != NULL && g_utf8_strlen(message, -1) > MAX_MESSAGE_LENGTH)
        return rp_cli_fail(error, REPOINT_INVALID, "say it shorter, or link to where the rest stands",
                           "--message has more than %d characters", MAX_MESSAGE_LENGTH);
    repoint_status status = rp_cli_store(cli, &store, error);
    if (status == REPOINT_OK)
        status = repoint_approve(store, rp_cli_operand(cli, 0), rp_cli_text(cli, "plan-id"), message, &json,
                                 error);
    if (status != REPOINT_OK)
        return status;
    g_autoptr(yyjson_doc) document = yyjson_read(json, strlen(json), 0);
    if (cli->json)
        print_json(cli, document);
    else
        print_text(cli, yyjson_doc_get_root(document));
    return REPOINT_OK;
}
