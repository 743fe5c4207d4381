/* `repoint environment NAME`: its record, and the models that it points to. */
#include <string.h>

#include "cli/cmd.h"
#include "cli/grid.h"
#include "cli/handles.h"
#include "cli/output.h"
#include "cli/page.h"
#include "cli/text_name.h"
#include "cli/text_time.h"

/* The record as SQLMesh's JSON has facts that have no accessor of their own. */
static const char *text_in(yyjson_val *record, const char *key)
{
    return yyjson_get_str(yyjson_obj_get(record, key));
}

/* "1 of its 6 models" when the environment shows only some of them. */
static char *shown_part(yyjson_val *record)
{
    yyjson_val *promoted = yyjson_obj_get(record, "promoted_snapshot_ids");
    if (!yyjson_is_arr(promoted))
        return NULL;
    return g_strdup_printf("%zu of its %zu models", yyjson_arr_size(promoted),
                           yyjson_arr_size(yyjson_obj_get(record, "snapshots")));
}

static void print_header(const rp_cli *cli, const repoint_environment *environment, const char *json)
{
    g_autoptr(yyjson_doc) document = yyjson_read(json, strlen(json), 0);
    yyjson_val *record = yyjson_doc_get_root(document);
    g_autofree char *finalized = rp_text_time(repoint_environment_finalized_ts(environment));
    g_autofree char *expires = rp_text_time(repoint_environment_expiration_ts(environment));
    g_autofree char *part = shown_part(record);
    rp_print_fact(cli, "environment", repoint_environment_name(environment));
    rp_print_fact(cli, "finalized", finalized == NULL ? "no: it is a draft" : finalized);
    rp_print_fact(cli, "plan id", repoint_environment_plan_id(environment));
    rp_print_fact(cli, "previous plan", repoint_environment_previous_plan_id(environment));
    rp_print_fact(cli, "data starts", text_in(record, "start_at"));
    rp_print_fact(cli, "data ends", text_in(record, "end_at"));
    rp_print_fact(cli, "expires", expires == NULL ? "never" : expires);
    rp_print_fact(cli, "view names", text_in(record, "suffix_target"));
    rp_print_fact(cli, "catalog", text_in(record, "catalog_name_override"));
    rp_print_fact(cli, "shows", part);
}

static void add_table(rp_grid *grid, const repoint_table *table)
{
    g_autofree char *name = rp_text_name(repoint_table_name(table));
    g_autofree char *kind = rp_text_kind(repoint_table_kind(table));
    g_auto(rp_library_text) physical = repoint_table_physical_name(table, false);
    rp_grid_add(grid, (const char *[]){name, kind, repoint_table_version(table), physical});
}

static void print_tables(const rp_cli *cli, const repoint_environment *environment)
{
    static const rp_column columns[] = {
        {.title = "MODEL"}, {.title = "KIND"}, {.title = "VERSION"}, {.title = "TABLE", .shrink = true}, {0}};
    g_autoptr(rp_grid) grid = rp_grid_new(columns);
    for (size_t i = 0; i < repoint_environment_table_count(environment); i++)
        add_table(grid, repoint_environment_table(environment, i));
    rp_print(cli, "\n");
    rp_grid_print(grid, cli);
}

repoint_status rp_cmd_environment(rp_cli *cli, repoint_error *error)
{
    repoint_store *store = NULL;
    g_autoptr(repoint_environment) environment = NULL;
    repoint_status status = rp_cli_store(cli, &store, error);
    if (status == REPOINT_OK)
        status = repoint_environment_get(store, rp_cli_operand(cli, 0), &environment, error);
    if (status != REPOINT_OK)
        return status;

    g_auto(rp_library_text) json = repoint_environment_to_json(environment);
    if (cli->json) {
        rp_print_json_text(cli, json);
        return REPOINT_OK;
    }
    print_header(cli, environment, json);
    print_tables(cli, environment);
    return REPOINT_OK;
}
