/* `repoint deploy ENV SOURCE`: the record and the views, changed at one instant. */
#include <string.h>

#include "cli/change.h"
#include "cli/changes.h"
#include "cli/cmd.h"
#include "cli/document.h"
#include "cli/page.h"
#include "cli/text_time.h"
#include "cli/warehouse.h"

static void print_text(const rp_cli *cli, yyjson_val *deployment)
{
    yyjson_val *views = yyjson_obj_get(deployment, "views");
    g_autofree char *when = rp_text_time(yyjson_get_sint(yyjson_obj_get(deployment, "finalized_ts")));
    rp_print(cli, "%s %s\n", yyjson_get_str(yyjson_obj_get(deployment, "environment")),
             cli->dry_run ? "would be deployed" : "is deployed: its readers see the new tables");
    rp_print_fact(cli, "plan id", yyjson_get_str(yyjson_obj_get(deployment, "plan_id")));
    rp_print_fact(cli, "previous plan", yyjson_get_str(yyjson_obj_get(deployment, "previous_plan_id")));
    rp_print_fact(cli, "finalized", cli->dry_run ? NULL : when);
    rp_print_message(cli);
    rp_print(cli, "\n%s\n", yyjson_arr_size(views) == 0 ? "No view changes" : "Views");
    rp_print_view_changes(cli, views);
    if (cli->dry_run)
        rp_print(cli, "\n");
    rp_print_dry_run(cli);
}

static void print_json(rp_cli *cli, yyjson_doc *deployment)
{
    g_autoptr(yyjson_mut_doc) document = yyjson_doc_mut_copy(deployment, NULL);
    rp_document_add_message(document, cli);
    rp_document_add_dry_run(document, cli);
    rp_print_json(cli, document);
}

repoint_status rp_cmd_deploy(rp_cli *cli, repoint_error *error)
{
    repoint_store *store = NULL;
    g_autoptr(repoint_plan) plan = NULL;
    g_autoptr(repoint_deployment) deployment = NULL;
    /* Deploying examines the plan anew in its own transaction, so here the record is enough. */
    repoint_status status = rp_cli_check_warehouse(cli, error);
    if (status == REPOINT_OK)
        status = rp_cli_plan(cli, true, &store, &plan, error);
    if (status == REPOINT_OK)
        status = repoint_deploy(store, plan, &deployment, error);
    if (status != REPOINT_OK) {
        rp_cli_explain_gaps(cli, error);
        return status;
    }
    g_auto(rp_library_text) json = repoint_deployment_to_json(deployment);
    g_autoptr(yyjson_doc) document = yyjson_read(json, strlen(json), 0);
    if (cli->json)
        print_json(cli, document);
    else
        print_text(cli, yyjson_doc_get_root(document));
    return REPOINT_OK;
}
