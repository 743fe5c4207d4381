/* `repoint history ENV`: its revisions, and what was done to it, by whom, and how long it took. */
#include <inttypes.h>
#include <string.h>

#include "cli/cmd.h"
#include "cli/document.h"
#include "cli/grid.h"
#include "cli/handles.h"
#include "cli/page.h"
#include "cli/text_time.h"

static const char *text_at(yyjson_val *object, const char *key)
{
    return yyjson_get_str(yyjson_obj_get(object, key));
}

static int64_t number_at(yyjson_val *object, const char *key)
{
    return yyjson_get_sint(yyjson_obj_get(object, key));
}

static void print_revisions(const rp_cli *cli, yyjson_val *revisions)
{
    static const rp_column columns[] = {{"revision", .right = true},
                                        {"finalized (UTC)"},
                                        {"by"},
                                        {"how"},
                                        {"models", .right = true},
                                        {"plan id"},
                                        {"why", .shrink = true},
                                        {0}};
    g_autoptr(rp_grid) grid = rp_grid_new(columns);
    size_t index, count;
    yyjson_val *revision;
    yyjson_arr_foreach (revisions, index, count, revision) {
        g_autofree char *number = g_strdup_printf("%" PRId64, number_at(revision, "revision"));
        g_autofree char *when = rp_text_time(number_at(revision, "finalized_ts"));
        g_autofree char *models = g_strdup_printf("%" PRId64, number_at(revision, "models"));
        rp_grid_add(grid,
                    (const char *[]){number, when, text_at(revision, "author"), text_at(revision, "origin"),
                                     models, text_at(revision, "plan_id"), text_at(revision, "message")});
    }
    rp_grid_print(grid, cli);
}

static void print_steps(const rp_cli *cli, yyjson_val *steps)
{
    static const rp_column columns[] = {{"at (UTC)"}, {"step"},    {"outcome"}, {"took", .right = true},
                                        {"by"},       {"plan id"}, {0}};
    g_autoptr(rp_grid) grid = rp_grid_new(columns);
    size_t index, count;
    yyjson_val *step;
    yyjson_arr_foreach (steps, index, count, step) {
        g_autofree char *when = rp_text_time(number_at(step, "at_ts"));
        g_autofree char *took = g_strdup_printf("%" PRId64 " ms", number_at(step, "duration_ms"));
        rp_grid_add(grid, (const char *[]){when, text_at(step, "step"), text_at(step, "outcome"), took,
                                           text_at(step, "author"), text_at(step, "plan_id")});
    }
    rp_grid_print(grid, cli);
}

static void print_text(const rp_cli *cli, yyjson_val *history)
{
    yyjson_val *revisions = yyjson_obj_get(history, "revisions"), *steps = yyjson_obj_get(history, "steps");
    if (yyjson_arr_size(revisions) == 0 && yyjson_arr_size(steps) == 0) {
        rp_print(cli, "nothing has been deployed to %s with repoint yet\n", text_at(history, "environment"));
        return;
    }
    print_revisions(cli, revisions);
    rp_print(cli, "\n");
    print_steps(cli, steps);
}

repoint_status rp_cmd_history(rp_cli *cli, repoint_error *error)
{
    repoint_store *store = NULL;
    g_auto(rp_library_text) json = NULL;
    repoint_status status = rp_cli_store(cli, &store, error);
    if (status == REPOINT_OK)
        status = repoint_history(store, rp_cli_operand(cli, 0), &json, error);
    if (status != REPOINT_OK)
        return status;
    if (cli->json) {
        rp_print_json_text(cli, json);
        return REPOINT_OK;
    }
    g_autoptr(yyjson_doc) document = yyjson_read(json, strlen(json), 0);
    print_text(cli, yyjson_doc_get_root(document));
    return REPOINT_OK;
}
