/* `repoint status`: one page about the store, and what somebody should look at. */
#include "cli/cmd.h"
#include "cli/environment_entry.h"
#include "cli/open_deployments.h"
#include "cli/page.h"
#include "cli/retained.h"
#include "cli/usage.h"

typedef struct page {
    repoint_versions versions;
    GPtrArray *environments; /* of rp_environment_entry */
    size_t snapshots;
    size_t removable; /* snapshots past their time to live that no environment uses */
    rp_usage *usage;
    yyjson_doc *deployments;
    yyjson_doc *retained;
    GPtrArray *attention; /* of sentences, owned */
} page;

static void page_clear(page *status)
{
    g_clear_pointer(&status->usage, rp_usage_free);
    g_clear_pointer(&status->environments, g_ptr_array_unref);
    yyjson_doc_free(status->deployments);
    yyjson_doc_free(status->retained);
    g_clear_pointer(&status->attention, g_ptr_array_unref);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(page, page_clear)

static bool count_snapshot(void *context, const repoint_snapshot_row *snapshot)
{
    page *status = context;
    status->snapshots++;
    if (snapshot->is_expired && rp_usage_of(status->usage, snapshot->name, snapshot->identifier)[0] == NULL)
        status->removable++;
    return true;
}

static void find_attention_of(const rp_environment_entry *entry, GPtrArray *attention)
{
    if (entry->is_expired)
        g_ptr_array_add(attention,
                        g_strdup_printf("%s has expired: its views and tables may be removed", entry->name));
    else if (entry->finalized_ts == 0)
        g_ptr_array_add(attention,
                        g_strdup_printf("%s is a draft: its views may show what it pointed to before; "
                                        "\"repoint finalize %s\" declares it ready",
                                        entry->name, entry->name));
}

static void find_attention(page *status)
{
    if (status->versions.schema_version < REPOINT_NEWEST_SCHEMA_VERSION)
        g_ptr_array_add(status->attention,
                        g_strdup_printf("the store has schema version %d; \"repoint migrate\" "
                                        "moves it to %d",
                                        status->versions.schema_version, REPOINT_NEWEST_SCHEMA_VERSION));
    for (guint i = 0; i < status->environments->len; i++)
        find_attention_of(g_ptr_array_index(status->environments, i), status->attention);
}

static repoint_status read_page(rp_cli *cli, page *status, repoint_error *error)
{
    repoint_store *store = NULL;
    repoint_status result = rp_cli_store(cli, &store, error);
    if (result == REPOINT_OK)
        result = repoint_store_versions(store, &status->versions, error);
    if (result == REPOINT_OK)
        result = rp_usage_load(store, &status->usage, error);
    if (result == REPOINT_OK)
        result = repoint_snapshots_list(store, NULL, count_snapshot, status, error);
    if (result == REPOINT_OK)
        result = rp_environment_entries_load(store, &status->environments, error);
    if (result == REPOINT_OK)
        result = rp_open_deployments_load(store, &status->deployments, error);
    if (result != REPOINT_OK)
        return result;
    find_attention(status);
    rp_open_deployments_attend(cli, status->deployments, status->attention);
    return rp_retained_load(cli, store, &status->retained, status->attention, error);
}

static void print_text(const rp_cli *cli, const page *status)
{
    g_autofree char *url = rp_text_store(cli);
    g_autofree char *versions = rp_text_versions(&status->versions);
    g_autofree char *snapshots =
        g_strdup_printf("%zu, of which %zu past their time to live", status->snapshots, status->removable);
    rp_print_fact(cli, "state store", url);
    rp_print_fact(cli, "versions", versions);
    rp_print_fact(cli, "snapshots", snapshots);
    if (status->environments->len == 0)
        rp_print_fact(cli, "environments", "none");
    else
        rp_print(cli, "\n");
    rp_environment_entries_print(cli, status->environments);
    rp_open_deployments_print(cli, status->deployments);
    rp_print(cli, "\n");
    rp_print(cli, "%s\n", status->attention->len == 0 ? "Nothing needs attention." : "Needs attention:");
    for (guint i = 0; i < status->attention->len; i++)
        rp_print_sentence(cli, g_ptr_array_index(status->attention, i));
}

static void print_json(rp_cli *cli, const page *status)
{
    g_autofree char *url = rp_text_store(cli);
    g_autoptr(yyjson_mut_doc) document = rp_document_new();
    yyjson_mut_val *root = yyjson_mut_doc_get_root(document);
    rp_document_add_text(document, root, "state", url);
    rp_document_add_versions(document, root, &status->versions);
    yyjson_mut_obj_add_uint(document, root, "snapshots", status->snapshots);
    yyjson_mut_obj_add_uint(document, root, "expired_unused_snapshots", status->removable);
    rp_environment_entries_add(document, root, status->environments);
    yyjson_mut_obj_add_val(document, root, "deployments",
                           yyjson_val_mut_copy(document, yyjson_doc_get_root(status->deployments)));
    yyjson_mut_obj_add_val(document, root, "retained",
                           yyjson_val_mut_copy(document, yyjson_doc_get_root(status->retained)));
    rp_document_add_list(document, root, "attention", (const char *const *)status->attention->pdata);
    rp_print_json(cli, document);
}

repoint_status rp_cmd_status(rp_cli *cli, repoint_error *error)
{
    g_auto(page) status = {.attention = g_ptr_array_new_with_free_func(g_free)};
    repoint_status result = read_page(cli, &status, error);
    if (result != REPOINT_OK)
        return result;
    if (cli->json) {
        g_ptr_array_add(status.attention, NULL);
        print_json(cli, &status);
    } else {
        print_text(cli, &status);
    }
    return REPOINT_OK;
}
