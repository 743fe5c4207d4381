/* The list of environments: see environment_entry.h. */
#include "cli/environment_entry.h"

#include "cli/grid.h"
#include "cli/text_time.h"

static void entry_free(gpointer data)
{
    rp_environment_entry *entry = data;
    g_free(entry->name);
    g_free(entry->start_at);
    g_free(entry->end_at);
    g_free(entry->plan_id);
    g_free(entry->previous_plan_id);
    g_free(entry);
}

static bool collect(void *context, const repoint_environment_row *row)
{
    rp_environment_entry *entry = g_new(rp_environment_entry, 1);
    *entry = (rp_environment_entry){.name = g_strdup(row->name),
                                    .start_at = g_strdup(row->start_at),
                                    .end_at = g_strdup(row->end_at),
                                    .plan_id = g_strdup(row->plan_id),
                                    .previous_plan_id = g_strdup(row->previous_plan_id),
                                    .expiration_ts = row->expiration_ts,
                                    .finalized_ts = row->finalized_ts,
                                    .is_expired = row->is_expired};
    g_ptr_array_add(context, entry);
    return true;
}

repoint_status rp_environment_entries_load(repoint_store *store, GPtrArray **ret_entries,
                                           repoint_error *error)
{
    g_autoptr(GPtrArray) entries = g_ptr_array_new_with_free_func(entry_free);
    repoint_status status = repoint_environments_list(store, collect, entries, error);
    if (status == REPOINT_OK)
        *ret_entries = g_steal_pointer(&entries);
    return status;
}

const char *rp_environment_entry_state(const rp_environment_entry *entry)
{
    if (entry->is_expired)
        return "expired";
    return entry->finalized_ts == 0 ? "draft" : "finalized";
}

void rp_environment_entries_print(const rp_cli *cli, const GPtrArray *entries)
{
    static const rp_column columns[] = {{.title = "NAME"},
                                        {.title = "STATE"},
                                        {.title = "SINCE"},
                                        {.title = "EXPIRES"},
                                        {.title = "PLAN ID", .shrink = true},
                                        {0}};
    g_autoptr(rp_grid) grid = rp_grid_new(columns);
    for (guint i = 0; i < entries->len; i++) {
        const rp_environment_entry *entry = g_ptr_array_index(entries, i);
        g_autofree char *since = rp_text_time(entry->finalized_ts);
        g_autofree char *expires = rp_text_day(entry->expiration_ts);
        rp_grid_add(grid, (const char *[]){entry->name, rp_environment_entry_state(entry), since,
                                           expires == NULL ? "never" : expires, entry->plan_id});
    }
    rp_grid_print(grid, cli);
}

static void add_entry(yyjson_mut_doc *document, yyjson_mut_val *array, const rp_environment_entry *entry)
{
    yyjson_mut_val *object = yyjson_mut_arr_add_obj(document, array);
    rp_document_add_text(document, object, "name", entry->name);
    rp_document_add_text(document, object, "state", rp_environment_entry_state(entry));
    rp_document_add_text(document, object, "plan_id", entry->plan_id);
    rp_document_add_text(document, object, "previous_plan_id", entry->previous_plan_id);
    rp_document_add_text(document, object, "start_at", entry->start_at);
    rp_document_add_text(document, object, "end_at", entry->end_at);
    rp_document_add_time(document, object, "finalized_ts", "finalized_at", entry->finalized_ts);
    rp_document_add_time(document, object, "expiration_ts", "expires_at", entry->expiration_ts);
    yyjson_mut_obj_add_bool(document, object, "is_expired", entry->is_expired);
}

void rp_environment_entries_add(yyjson_mut_doc *document, yyjson_mut_val *object, const GPtrArray *entries)
{
    yyjson_mut_val *array = yyjson_mut_obj_add_arr(document, object, "environments");
    for (guint i = 0; i < entries->len; i++)
        add_entry(document, array, g_ptr_array_index(entries, i));
}
