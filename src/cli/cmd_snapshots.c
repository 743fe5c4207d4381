/* `repoint snapshots [NAME]`: one line a snapshot, without loading the snapshots themselves. */
#include "cli/cmd.h"
#include "cli/document.h"
#include "cli/grid.h"
#include "cli/text_name.h"
#include "cli/text_time.h"
#include "cli/usage.h"

typedef struct listing {
    const rp_usage *usage;
    rp_grid *grid;            /* for people */
    yyjson_mut_doc *document; /* for -o json */
    yyjson_mut_val *array;
    bool is_empty;
} listing;

/* What is worth a word beside the usual. */
static char *notes(const repoint_snapshot_row *row, bool is_used)
{
    const char *words[5] = {0};
    size_t count = 0;
    if (row->unpaused_ts == 0)
        words[count++] = "paused";
    if (row->forward_only)
        words[count++] = "forward-only";
    if (row->unrestorable)
        words[count++] = "unrestorable";
    if (row->is_expired && !is_used) /* one that is in use stays, however old */
        words[count++] = "expired";
    return g_strjoinv(", ", (char **)words);
}

static bool add_line(void *context, const repoint_snapshot_row *row)
{
    listing *list = context;
    const char *const *environments = rp_usage_of(list->usage, row->name, row->identifier);
    g_autofree char *name = rp_text_name(row->name);
    g_autofree char *used = g_strjoinv(", ", (char **)environments);
    g_autofree char *note = notes(row, environments[0] != NULL);
    rp_grid_add(list->grid, (const char *[]){name, row->identifier, row->version, used, note});
    list->is_empty = false;
    return true;
}

static bool add_object(void *context, const repoint_snapshot_row *row)
{
    listing *list = context;
    yyjson_mut_val *object = yyjson_mut_arr_add_obj(list->document, list->array);
    rp_document_add_text(list->document, object, "name", row->name);
    rp_document_add_text(list->document, object, "identifier", row->identifier);
    rp_document_add_text(list->document, object, "version", row->version);
    rp_document_add_text(list->document, object, "dev_version", row->dev_version);
    rp_document_add_text(list->document, object, "kind_name", row->kind_name);
    rp_document_add_time(list->document, object, "updated_ts", "updated_at", row->updated_ts);
    rp_document_add_time(list->document, object, "unpaused_ts", "unpaused_at", row->unpaused_ts);
    yyjson_mut_obj_add_sint(list->document, object, "ttl_ms", row->ttl_ms);
    yyjson_mut_obj_add_bool(list->document, object, "is_expired", row->is_expired);
    yyjson_mut_obj_add_bool(list->document, object, "unrestorable", row->unrestorable);
    yyjson_mut_obj_add_bool(list->document, object, "forward_only", row->forward_only);
    rp_document_add_list(list->document, object, "environments",
                         rp_usage_of(list->usage, row->name, row->identifier));
    return true;
}

static repoint_status print_text(rp_cli *cli, repoint_store *store, const rp_usage *usage,
                                 repoint_error *error)
{
    static const rp_column columns[] = {{.title = "NAME"},
                                        {.title = "IDENTIFIER"},
                                        {.title = "VERSION"},
                                        {.title = "USED BY", .shrink = true},
                                        {.title = "NOTES", .shrink = true},
                                        {0}};
    g_autoptr(rp_grid) grid = rp_grid_new(columns);
    listing list = {.usage = usage, .grid = grid, .is_empty = true};
    repoint_status status = repoint_snapshots_list(store, rp_cli_operand(cli, 0), add_line, &list, error);
    if (status != REPOINT_OK)
        return status;
    if (list.is_empty)
        rp_print(cli, "no snapshots yet\n");
    rp_grid_print(grid, cli);
    return REPOINT_OK;
}

static repoint_status print_json(rp_cli *cli, repoint_store *store, const rp_usage *usage,
                                 repoint_error *error)
{
    g_autoptr(yyjson_mut_doc) document = rp_document_new();
    listing list = {.usage = usage, .document = document};
    list.array = yyjson_mut_obj_add_arr(document, yyjson_mut_doc_get_root(document), "snapshots");
    repoint_status status = repoint_snapshots_list(store, rp_cli_operand(cli, 0), add_object, &list, error);
    if (status == REPOINT_OK)
        rp_print_json(cli, document);
    return status;
}

repoint_status rp_cmd_snapshots(rp_cli *cli, repoint_error *error)
{
    repoint_store *store = NULL;
    g_autoptr(rp_usage) usage = NULL;
    repoint_status status = rp_cli_store(cli, &store, error);
    if (status == REPOINT_OK)
        status = rp_usage_load(store, &usage, error);
    if (status != REPOINT_OK)
        return status;
    return cli->json ? print_json(cli, store, usage, error) : print_text(cli, store, usage, error);
}
