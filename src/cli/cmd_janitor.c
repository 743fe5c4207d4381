/* `repoint janitor`: removes what nothing points to any more, from the store and from the warehouse. */
#include <string.h>

#include "cli/cmd.h"
#include "cli/document.h"
#include "cli/grid.h"
#include "cli/handles.h"
#include "cli/page.h"
#include "cli/text_name.h"
#include "cli/text_time.h"

static const char *text_at(yyjson_val *object, const char *key)
{
    return yyjson_get_str(yyjson_obj_get(object, key));
}

static int64_t number_at(yyjson_val *object, const char *key)
{
    return yyjson_get_sint(yyjson_obj_get(object, key));
}

/* ---- for programs ---- */

/* Each object of the array gets its "expired_ts" as text beside it. */
static void add_times(yyjson_mut_doc *document, yyjson_mut_val *array)
{
    size_t index, count;
    yyjson_mut_val *object;
    yyjson_mut_arr_foreach(array, index, count, object)
    {
        int64_t ts = yyjson_mut_get_sint(yyjson_mut_obj_get(object, "expired_ts"));
        g_autofree char *text = rp_text_time_iso(ts);
        rp_document_add_text(document, object, "expired_at", text);
    }
}

static void print_json(rp_cli *cli, yyjson_doc *report)
{
    g_autoptr(yyjson_mut_doc) document = yyjson_doc_mut_copy(report, NULL);
    yyjson_mut_val *root = yyjson_mut_doc_get_root(document);
    add_times(document, yyjson_mut_obj_get(root, "environments"));
    add_times(document, yyjson_mut_obj_get(root, "snapshots"));
    rp_document_add_dry_run(document, cli);
    rp_print_json(cli, document);
}

/* ---- for people ---- */

static void add_environments(rp_grid *grid, yyjson_val *environments)
{
    size_t index, count;
    yyjson_val *environment;
    yyjson_arr_foreach (environments, index, count, environment) {
        g_autofree char *when = rp_text_time(number_at(environment, "expired_ts"));
        g_autofree char *why = g_strdup_printf("expired %s", when);
        rp_grid_add(grid, (const char *const[]){"environment", text_at(environment, "environment"), why});
    }
}

static void add_snapshots(rp_grid *grid, yyjson_val *snapshots)
{
    size_t index, count;
    yyjson_val *snapshot;
    yyjson_arr_foreach (snapshots, index, count, snapshot) {
        g_autofree char *name = rp_text_name(text_at(snapshot, "name"));
        g_autofree char *who = g_strdup_printf("%s@%s", name, text_at(snapshot, "identifier"));
        g_autofree char *when = rp_text_time(number_at(snapshot, "expired_ts"));
        g_autofree char *why = g_strdup_printf("nothing points to it, kept until %s", when);
        rp_grid_add(grid, (const char *const[]){"snapshot", who, why});
    }
}

static void add_objects(rp_grid *grid, yyjson_val *objects, const char *why)
{
    size_t index, count;
    yyjson_val *object;
    yyjson_arr_foreach (objects, index, count, object) {
        const char *reason = text_at(object, "reason");
        rp_grid_add(grid, (const char *const[]){text_at(object, "kind"), text_at(object, "object"),
                                                reason != NULL ? reason : why});
    }
}

static void print_what_goes(const rp_cli *cli, yyjson_val *report)
{
    static const rp_column columns[] = {{"WHAT"}, {"NAME"}, {"WHY"}, {NULL}};
    g_autoptr(rp_grid) grid = rp_grid_new(columns);
    add_environments(grid, yyjson_obj_get(report, "environments"));
    add_snapshots(grid, yyjson_obj_get(report, "snapshots"));
    add_objects(grid, yyjson_obj_get(report, "dropped"), "nothing uses it any more");
    rp_grid_print(grid, cli);
}

static void print_what_stays(const rp_cli *cli, yyjson_val *report)
{
    static const rp_column columns[] = {{"STAYS"}, {"NAME"}, {"WHY"}, {NULL}};
    g_autoptr(rp_grid) grid = rp_grid_new(columns);
    add_objects(grid, yyjson_obj_get(report, "needed"), "it is used again");
    add_objects(grid, yyjson_obj_get(report, "failed"), NULL);
    rp_grid_print(grid, cli);
}

static void print_text(const rp_cli *cli, yyjson_val *report)
{
    size_t failed = yyjson_arr_size(yyjson_obj_get(report, "failed"));
    size_t gone = yyjson_arr_size(yyjson_obj_get(report, "environments"));
    g_autofree char *environments = rp_text_count(gone, "environment");
    g_autofree char *snapshots =
        rp_text_count(yyjson_arr_size(yyjson_obj_get(report, "snapshots")), "snapshot");
    g_autofree char *objects =
        rp_text_count(yyjson_arr_size(yyjson_obj_get(report, "dropped")), "table or view");
    print_what_goes(cli, report);
    print_what_stays(cli, report);
    rp_print(cli, "%s %s and %s, %s %s; %zd rows of the interval log %s %zd\n",
             cli->dry_run ? "would remove" : "removed", environments, snapshots,
             cli->dry_run ? "would drop" : "dropped", objects, (ssize_t)number_at(report, "rows_before"),
             cli->dry_run ? "would become" : "became", (ssize_t)number_at(report, "rows_after"));
    if (cli->dry_run && gone > 0)
        rp_print(cli, "what these environments alone point to may go as well, once they are gone\n");
    if (failed > 0)
        rp_print(cli, "what could not be dropped is tried again by the next run\n");
    rp_print_dry_run(cli);
}

repoint_status rp_cmd_janitor(rp_cli *cli, repoint_error *error)
{
    repoint_store *store = NULL;
    g_auto(rp_library_text) json = NULL;
    repoint_janitor_options options = {
        .environment = rp_cli_text(cli, "environment"),
        .ignore_ttl = rp_cli_flag(cli, "ignore-ttl"),
        .retain = cli->sections->retain,
    };
    repoint_status status = rp_cli_store(cli, &store, error);
    if (status == REPOINT_OK)
        status = repoint_janitor(store, &options, &json, error);
    if (status != REPOINT_OK)
        return status;
    g_autoptr(yyjson_doc) document = yyjson_read(json, strlen(json), 0);
    if (cli->json)
        print_json(cli, document);
    else
        print_text(cli, yyjson_doc_get_root(document));
    return REPOINT_OK;
}
