/* `repoint plan ENV SOURCE`: what a change would do and what stands in its way. Changes nothing, refuses
 * nothing. */
#include <string.h>

#include "cli/change.h"
#include "cli/changes.h"
#include "cli/cmd.h"
#include "cli/fail.h"
#include "cli/page.h"
#include "cli/readers.h"

static void print_header(const rp_cli *cli, yyjson_val *plan)
{
    const char *previous = yyjson_get_str(yyjson_obj_get(plan, "previous_plan_id"));
    bool is_new = yyjson_get_bool(yyjson_obj_get(plan, "is_new"));
    rp_print_fact(cli, "environment", yyjson_get_str(yyjson_obj_get(plan, "environment")));
    rp_print_fact(cli, "now at plan",
                  is_new             ? "none: it would be new"
                  : previous == NULL ? "none: it has expired"
                                     : previous);
    rp_print_message(cli);
}

/* A heading that is followed by one of the lists of changes.h, unless the list is empty. */
static void print_part(const rp_cli *cli, yyjson_val *plan, const char *key, const char *heading,
                       void (*print)(const rp_cli *cli, yyjson_val *list))
{
    yyjson_val *list = yyjson_obj_get(plan, key);
    if (yyjson_arr_size(list) == 0)
        return;
    rp_print(cli, "\n%s\n", heading);
    print(cli, list);
}

static void print_obstacles(const rp_cli *cli, yyjson_val *obstacles)
{
    size_t index, count;
    yyjson_val *obstacle;
    yyjson_arr_foreach (obstacles, index, count, obstacle)
        rp_print_sentence(cli, yyjson_get_str(yyjson_obj_get(obstacle, "message")));
}

static void print_warnings(const rp_cli *cli, yyjson_val *warnings)
{
    size_t index, count;
    yyjson_val *warning;
    yyjson_arr_foreach (warnings, index, count, warning)
        rp_print_sentence(cli, yyjson_get_str(warning));
}

/* Is it only that what the environment points to was promoted and never finalized? */
static bool only_finalizes(yyjson_val *plan)
{
    size_t index, count;
    yyjson_val *model;
    if (yyjson_get_bool(yyjson_obj_get(plan, "is_new")) || yyjson_arr_size(yyjson_obj_get(plan, "views")) > 0)
        return false;
    yyjson_arr_foreach (yyjson_obj_get(plan, "models"), index, count, model)
        if (!yyjson_equals_str(yyjson_obj_get(model, "change"), "unchanged"))
            return false;
    return true;
}

static void print_next(const rp_cli *cli, yyjson_val *plan, bool has_changes)
{
    g_autofree char *deploy = rp_text_command(cli, "deploy", true);
    g_autofree char *promote = rp_text_command(cli, "promote", true);
    if (yyjson_arr_size(yyjson_obj_get(plan, "gaps")) > 0)
        rp_print(cli, "\nRefused as it is: fill the gaps of the new versions, then plan again.\n");
    else if (yyjson_arr_size(yyjson_obj_get(plan, "obstacles")) > 0)
        rp_print(cli, "\nA deployment is refused as it is. The state alone:\n  %s\n", promote);
    else if (!has_changes)
        rp_print(cli, "\nNothing would change.\n");
    else if (only_finalizes(plan))
        rp_print(cli, "\nA draft that points there already; a deployment would finalize it:\n  %s\n", deploy);
    else
        rp_print(cli, "\nNext, with the views:\n  %s\nor the state alone:\n  %s\n", deploy, promote);
}

static void print_text(const rp_cli *cli, yyjson_val *plan, bool has_changes)
{
    print_header(cli, plan);
    print_part(cli, plan, "models", "Models", rp_print_model_changes);
    print_part(cli, plan, "views", "Views", rp_print_view_changes);
    rp_print_readers(cli, plan);
    print_part(cli, plan, "gaps", "Gaps: readers would lose", rp_print_gaps);
    print_part(cli, plan, "obstacles", "In the way of a deployment", print_obstacles);
    print_part(cli, plan, "warnings", "Warnings", print_warnings);
    print_next(cli, plan, has_changes);
    rp_print_dry_run(cli);
}

static void print_json(rp_cli *cli, yyjson_doc *plan)
{
    g_autoptr(yyjson_mut_doc) document = yyjson_doc_mut_copy(plan, NULL);
    rp_document_add_message(document, cli);
    rp_print_json(cli, document);
}

static repoint_status save(const repoint_plan *plan, const char *path, repoint_error *error)
{
    g_auto(rp_library_text) text = repoint_plan_save(plan);
    g_autoptr(GError) failure = NULL;
    if (g_file_set_contents(path, text, -1, &failure))
        return REPOINT_OK;
    return rp_cli_fail(error, REPOINT_FAILED, NULL, "the plan cannot be saved: %s", failure->message);
}

repoint_status rp_cmd_plan(rp_cli *cli, repoint_error *error)
{
    repoint_store *store = NULL;
    g_autoptr(repoint_plan) plan = NULL;
    repoint_status status = rp_cli_plan(cli, false, &store, &plan, error);
    if (status == REPOINT_OK && rp_cli_is_given(cli, "out") && !cli->dry_run)
        status = save(plan, rp_cli_text(cli, "out"), error);
    if (status != REPOINT_OK)
        return status;

    g_auto(rp_library_text) json = repoint_plan_to_json(plan);
    g_autoptr(yyjson_doc) document = yyjson_read(json, strlen(json), 0);
    bool has_changes = repoint_plan_has_changes(plan);
    if (cli->json)
        print_json(cli, document);
    else
        print_text(cli, yyjson_doc_get_root(document), has_changes);
    if (rp_cli_flag(cli, "exit-code") && has_changes)
        cli->exit_code = RP_EXIT_FOUND;
    return REPOINT_OK;
}
