/* `repoint gaps ENV SOURCE`: which models would lose which time ranges. */
#include <string.h>

#include "cli/change.h"
#include "cli/changes.h"
#include "cli/cmd.h"
#include "cli/document.h"

static void print_text(const rp_cli *cli, const char *environment, yyjson_val *gaps)
{
    if (yyjson_arr_size(gaps) == 0) {
        rp_print(cli, "no gaps: %s would lose nothing\n", environment);
        return;
    }
    rp_print(cli, "%s would lose\n", environment);
    rp_print_gaps(cli, gaps);
}

static void print_json(rp_cli *cli, const char *environment, yyjson_val *gaps)
{
    g_autoptr(yyjson_mut_doc) document = rp_document_new();
    yyjson_mut_val *root = yyjson_mut_doc_get_root(document);
    rp_document_add_text(document, root, "environment", environment);
    yyjson_mut_obj_add_val(document, root, "gaps", yyjson_val_mut_copy(document, gaps));
    rp_print_json(cli, document);
}

repoint_status rp_cmd_gaps(rp_cli *cli, repoint_error *error)
{
    repoint_store *store = NULL;
    g_autoptr(repoint_plan) plan = NULL;
    repoint_status status = rp_cli_plan(cli, false, &store, &plan, error);
    if (status != REPOINT_OK)
        return status;

    g_auto(rp_library_text) json = repoint_plan_to_json(plan);
    g_autoptr(yyjson_doc) document = yyjson_read(json, strlen(json), 0);
    yyjson_val *gaps = yyjson_obj_get(yyjson_doc_get_root(document), "gaps");
    const char *environment = repoint_environment_name(repoint_plan_environment(plan));
    if (cli->json)
        print_json(cli, environment, gaps);
    else
        print_text(cli, environment, gaps);
    if (rp_cli_flag(cli, "exit-code") && yyjson_arr_size(gaps) > 0)
        cli->exit_code = RP_EXIT_FOUND;
    return REPOINT_OK;
}
