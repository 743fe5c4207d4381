/*
 * `repoint janitor`: removes from the store what nothing points to any more: expired environments, expired
 * snapshots and the intervals of their tables; and merges the log of intervals. Views and tables are not
 * dropped: the command lists those that nothing uses any more.
 */
#include "cli/cmd.h"
#include "cli/document.h"
#include "cli/grid.h"
#include "cli/page.h"
#include "cli/text_name.h"
#include "cli/text_time.h"

#define BATCH_SIZE 1000

typedef struct janitor {
    rp_cli *cli;
    repoint_store *store;
    GPtrArray *environments; /* their names, owned */
    GArray *expirations;     /* of int64_t */
    GPtrArray *batches;      /* of repoint_expired, owned */
    size_t rows_before;
    size_t rows_after;
} janitor;

static void free_batch(gpointer batch)
{
    repoint_expired_free(batch);
}

static void janitor_clear(janitor *of)
{
    g_ptr_array_unref(of->environments);
    g_array_unref(of->expirations);
    g_ptr_array_unref(of->batches);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(janitor, janitor_clear)

/* ---- the work ---- */

static bool note_environment(void *context, const repoint_environment_row *environment)
{
    janitor *of = context;
    g_ptr_array_add(of->environments, g_strdup(environment->name));
    g_array_append_val(of->expirations, environment->expiration_ts);
    return true;
}

/* Each batch is deleted before the next is looked for, so that shared tables are found unused. A dry run
 * deletes nothing, so it looks for everything at once. */
static repoint_status delete_snapshots(janitor *of, repoint_error *error)
{
    repoint_expired_options options = {
        .ignore_ttl = rp_cli_flag(of->cli, "ignore-ttl"),
        .limit = of->cli->dry_run ? 0 : BATCH_SIZE,
    };
    repoint_status status = REPOINT_OK;
    for (;;) {
        repoint_expired *batch = NULL;
        status = repoint_snapshots_delete_expired(of->store, &options, &batch, error);
        if (status != REPOINT_OK || batch == NULL)
            return status;
        g_ptr_array_add(of->batches, batch);
        if (of->cli->dry_run)
            return status;
        options.after = repoint_expired_end(batch);
    }
}

static repoint_status clean(janitor *of, repoint_error *error)
{
    const char *name = rp_cli_text(of->cli, "environment");
    repoint_status status =
        repoint_environments_delete_expired(of->store, name, 0, note_environment, of, error);
    if (status == REPOINT_OK && name == NULL)
        status = delete_snapshots(of, error);
    if (status == REPOINT_OK && name == NULL)
        status = repoint_intervals_compact(of->store, &of->rows_before, &of->rows_after, error);
    return status;
}

/* ---- what it says ---- */

static size_t count_snapshots(const janitor *of)
{
    size_t count = 0;
    for (guint i = 0; i < of->batches->len; i++)
        count += repoint_expired_count(g_ptr_array_index(of->batches, i));
    return count;
}

/* Calls `tell` for each physical table of the tasks. */
static void visit_tables(const janitor *of,
                         void (*tell)(void *context, const char *table, const repoint_table *info, bool dev),
                         void *context)
{
    for (guint i = 0; i < of->batches->len; i++) {
        const repoint_expired *batch = g_ptr_array_index(of->batches, i);
        for (size_t j = 0; j < repoint_expired_task_count(batch); j++) {
            repoint_cleanup_task task = repoint_expired_task(batch, j);
            for (int dev = task.dev_table_only ? 1 : 0; dev <= 1 && task.table != NULL; dev++) {
                char *table = repoint_table_physical_name(task.table, dev == 1);
                if (table != NULL)
                    tell(context, table, task.table, dev == 1);
                repoint_free(table);
            }
        }
    }
}

typedef struct table_list {
    yyjson_mut_doc *document;
    yyjson_mut_val *array;
    rp_grid *grid;
} table_list;

static void add_table(void *context, const char *table, const repoint_table *info, bool dev)
{
    table_list *list = context;
    yyjson_mut_val *object = yyjson_mut_arr_add_obj(list->document, list->array);
    rp_document_add_text(list->document, object, "table", table);
    rp_document_add_text(list->document, object, "name", repoint_table_name(info));
    rp_document_add_text(list->document, object, "identifier", repoint_table_identifier(info));
    yyjson_mut_obj_add_bool(list->document, object, "dev", dev);
}

static void add_snapshots(yyjson_mut_doc *document, yyjson_mut_val *array, const repoint_expired *batch)
{
    for (size_t i = 0; i < repoint_expired_count(batch); i++) {
        repoint_snapshot_id id = repoint_expired_at(batch, i);
        yyjson_mut_val *object = yyjson_mut_arr_add_obj(document, array);
        rp_document_add_text(document, object, "name", id.name);
        rp_document_add_text(document, object, "identifier", id.identifier);
        rp_document_add_time(document, object, "expired_ts", "expired_at", repoint_expired_since(batch, i));
    }
}

static void print_json(const janitor *of)
{
    g_autoptr(yyjson_mut_doc) document = rp_document_new();
    yyjson_mut_val *root = yyjson_mut_doc_get_root(document);
    yyjson_mut_val *environments = yyjson_mut_obj_add_arr(document, root, "environments");
    for (guint i = 0; i < of->environments->len; i++) {
        yyjson_mut_val *object = yyjson_mut_arr_add_obj(document, environments);
        rp_document_add_text(document, object, "environment", g_ptr_array_index(of->environments, i));
        rp_document_add_time(document, object, "expired_ts", "expired_at",
                             g_array_index(of->expirations, int64_t, i));
    }
    yyjson_mut_val *snapshots = yyjson_mut_obj_add_arr(document, root, "snapshots");
    for (guint i = 0; i < of->batches->len; i++)
        add_snapshots(document, snapshots, g_ptr_array_index(of->batches, i));
    table_list list = {document, yyjson_mut_obj_add_arr(document, root, "tables"), NULL};
    visit_tables(of, add_table, &list);
    yyjson_mut_obj_add_uint(document, root, "rows_before", of->rows_before);
    yyjson_mut_obj_add_uint(document, root, "rows_after", of->rows_after);
    rp_document_add_dry_run(document, of->cli);
    rp_print_json(of->cli, document);
}

static void print_what_goes(const janitor *of)
{
    static const rp_column columns[] = {{"WHAT"}, {"NAME"}, {"WHY"}, {NULL}};
    g_autoptr(rp_grid) grid = rp_grid_new(columns);
    for (guint i = 0; i < of->environments->len; i++) {
        g_autofree char *when = rp_text_time(g_array_index(of->expirations, int64_t, i));
        g_autofree char *why = g_strdup_printf("expired %s", when);
        rp_grid_add(grid, (const char *const[]){"environment", g_ptr_array_index(of->environments, i), why});
    }
    for (guint i = 0; i < of->batches->len; i++) {
        const repoint_expired *batch = g_ptr_array_index(of->batches, i);
        for (size_t j = 0; j < repoint_expired_count(batch); j++) {
            repoint_snapshot_id id = repoint_expired_at(batch, j);
            g_autofree char *name = rp_text_name(id.name);
            g_autofree char *who = g_strdup_printf("%s@%s", name, id.identifier);
            g_autofree char *when = rp_text_time(repoint_expired_since(batch, j));
            g_autofree char *why = g_strdup_printf("no environment points to it, kept until %s", when);
            rp_grid_add(grid, (const char *const[]){"snapshot", who, why});
        }
    }
    rp_grid_print(grid, of->cli);
}

static void add_table_row(void *context, const char *table, const repoint_table *info G_GNUC_UNUSED, bool dev)
{
    rp_grid_add(((table_list *)context)->grid,
                (const char *const[]){table, dev ? "development table" : "table"});
}

static void print_tables(const janitor *of)
{
    static const rp_column columns[] = {{"NOTHING USES ANY MORE"}, {""}, {NULL}};
    table_list list = {.grid = rp_grid_new(columns)};
    visit_tables(of, add_table_row, &list);
    rp_grid_print(list.grid, of->cli);
    rp_grid_free(list.grid);
}

static void print_text(const janitor *of)
{
    size_t count = count_snapshots(of);
    g_autofree char *environments = rp_text_count(of->environments->len, "environment");
    g_autofree char *snapshots = rp_text_count(count, "snapshot");
    print_what_goes(of);
    print_tables(of);
    rp_print(of->cli, "%s %s and %s; %zu rows of the interval log %s %zu\n",
             of->cli->dry_run ? "would remove" : "removed", environments, snapshots, of->rows_before,
             of->cli->dry_run ? "would become" : "became", of->rows_after);
    if (of->cli->dry_run && of->environments->len > 0)
        rp_print(of->cli, "what these environments alone point to may go as well, once they are gone\n");
    if (count > 0 || of->environments->len > 0)
        rp_print(of->cli, "views and tables are left as they are: drop those that you do not need\n");
    rp_print_dry_run(of->cli);
}

repoint_status rp_cmd_janitor(rp_cli *cli, repoint_error *error)
{
    g_auto(janitor) of = {
        .cli = cli,
        .environments = g_ptr_array_new_with_free_func(g_free),
        .expirations = g_array_new(FALSE, FALSE, sizeof(int64_t)),
        .batches = g_ptr_array_new_with_free_func(free_batch),
    };
    repoint_status status = rp_cli_store(cli, &of.store, error);
    if (status == REPOINT_OK)
        status = clean(&of, error);
    if (status != REPOINT_OK)
        return status;
    if (cli->json)
        print_json(&of);
    else
        print_text(&of);
    return REPOINT_OK;
}
