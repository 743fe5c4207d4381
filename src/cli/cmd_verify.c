/* `repoint verify ENV`: does each view show what the state says? */
#include <string.h>

#include "cli/change.h"
#include "cli/cmd.h"
#include "cli/document.h"
#include "cli/grid.h"
#include "cli/handles.h"
#include "cli/page.h"

static const char *text_at(yyjson_val *object, const char *key)
{
    return yyjson_get_str(yyjson_obj_get(object, key));
}

static void print_views(const rp_cli *cli, yyjson_val *views)
{
    static const rp_column columns[] = {{"view"}, {"finding"}, {"should read", .shrink = true}, {0}};
    g_autoptr(rp_grid) grid = rp_grid_new(columns);
    size_t index, count;
    yyjson_val *view;
    yyjson_arr_foreach (views, index, count, view)
        rp_grid_add(
            grid, (const char *[]){text_at(view, "view"), text_at(view, "finding"), text_at(view, "table")});
    rp_grid_print(grid, cli);
}

/* What somebody added is not touched. */
static size_t count_to_repair(yyjson_val *views)
{
    size_t index, count, found = 0;
    yyjson_val *view;
    yyjson_arr_foreach (views, index, count, view)
        found += !yyjson_equals_str(yyjson_obj_get(view, "finding"), "added");
    return found;
}

static void print_text(const rp_cli *cli, yyjson_val *verification)
{
    const char *environment = text_at(verification, "environment");
    yyjson_val *views = yyjson_obj_get(verification, "views");
    yyjson_val *obstacles = yyjson_obj_get(verification, "obstacles"), *obstacle;
    size_t index, count;
    if (!yyjson_get_bool(yyjson_obj_get(verification, "is_finalized")))
        rp_print(cli, "%s is not finalized: compared with what it was promoted to\n", environment);
    if (yyjson_arr_size(views) == 0)
        rp_print(cli, "each view of %s shows what its record says\n", environment);
    else
        print_views(cli, views);
    yyjson_arr_foreach (obstacles, index, count, obstacle)
        rp_print_sentence(cli, text_at(obstacle, "message"));
    if (yyjson_get_bool(yyjson_obj_get(verification, "repaired"))) {
        rp_print(cli, "\nRepaired: what was changed or missing is as it should be.\n");
    } else if (count_to_repair(views) > 0 && rp_cli_flag(cli, "repair")) {
        g_autofree char *wrong = rp_text_count(count_to_repair(views), "view");
        rp_print(cli, "\n%s would be made what the record says\n", wrong);
    } else if (count_to_repair(views) > 0) {
        g_autofree char *next = rp_text_command_on(cli, "verify", environment, false);
        rp_print(cli, "\nNext:\n  %s --repair\n", next);
    }
    rp_print_dry_run(cli);
}

repoint_status rp_cmd_verify(rp_cli *cli, repoint_error *error)
{
    repoint_store *store = NULL;
    g_auto(rp_library_text) json = NULL;
    repoint_status status = rp_cli_store(cli, &store, error);
    if (status == REPOINT_OK)
        status = repoint_verify(store, rp_cli_operand(cli, 0), rp_cli_flag(cli, "repair"), &json, error);
    if (status != REPOINT_OK)
        return status;
    g_autoptr(yyjson_doc) document = yyjson_read(json, strlen(json), 0);
    yyjson_val *root = yyjson_doc_get_root(document);
    bool found = yyjson_arr_size(yyjson_obj_get(root, "views")) > 0;
    if (cli->json) {
        g_autoptr(yyjson_mut_doc) copy = yyjson_doc_mut_copy(document, NULL);
        rp_document_add_dry_run(copy, cli);
        rp_print_json(cli, copy);
    } else {
        print_text(cli, root);
    }
    if (rp_cli_flag(cli, "exit-code") && found)
        cli->exit_code = RP_EXIT_FOUND;
    return REPOINT_OK;
}
