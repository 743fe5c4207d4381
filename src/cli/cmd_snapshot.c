/* `repoint snapshot NAME[@IDENTIFIER]`: everything about one snapshot. */
#include <string.h>

#include "cli/cmd.h"
#include "cli/page.h"
#include "cli/snapshot_operand.h"
#include "cli/text_name.h"
#include "cli/text_time.h"
#include "cli/usage.h"

/* Where its data lies; both may be NULL, as for a view or a seed that was never built. */
typedef struct physical {
    rp_library_text table;
    rp_library_text dev_table;
    char *kind;
} physical;

static void physical_clear(physical *of)
{
    repoint_free(of->table);
    repoint_free(of->dev_table);
    g_free(of->kind);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(physical, physical_clear)

/* One that is not categorised yet has no place: that is no failure here. */
static void find_physical(const repoint_snapshot *snapshot, physical *ret_physical)
{
    g_autoptr(repoint_table) table = NULL;
    if (repoint_snapshot_version(snapshot) == NULL ||
        repoint_snapshot_table(snapshot, &table, NULL) != REPOINT_OK)
        return;
    ret_physical->table = repoint_table_physical_name(table, false);
    ret_physical->dev_table = repoint_table_physical_name(table, true);
    ret_physical->kind = g_strdup(repoint_table_kind(table));
}

static int64_t time_in(yyjson_val *object, const char *key)
{
    return yyjson_get_sint(yyjson_obj_get(object, key));
}

static void print_intervals(const rp_cli *cli, const repoint_snapshot *snapshot, repoint_interval_kind kind,
                            const char *label, bool also_when_empty)
{
    g_autoptr(repoint_interval_list) list = repoint_snapshot_intervals(snapshot, kind);
    g_autofree char *text = rp_text_intervals(list);
    if (also_when_empty || repoint_interval_list_count(list) > 0)
        rp_print_fact(cli, label, text);
}

static void print_facts(const rp_cli *cli, const repoint_snapshot *snapshot, yyjson_val *object)
{
    g_autofree char *created = rp_text_time(time_in(object, "created_ts"));
    g_autofree char *unpaused = rp_text_time(time_in(object, "unpaused_ts"));
    rp_print_fact(cli, "created", created);
    rp_print_fact(cli, "unpaused", unpaused == NULL ? "no: it is paused" : unpaused);
    rp_print_fact(cli, "time to live", yyjson_get_str(yyjson_obj_get(object, "ttl")));
    if (yyjson_get_bool(yyjson_obj_get(object, "forward_only")))
        rp_print_fact(cli, "forward-only", "yes");
    if (yyjson_get_bool(yyjson_obj_get(object, "unrestorable")))
        rp_print_fact(cli, "unrestorable", "yes: a later snapshot has changed its table");
    print_intervals(cli, snapshot, REPOINT_INTERVALS, "intervals", true);
    print_intervals(cli, snapshot, REPOINT_INTERVALS_DEV, "dev intervals", false);
    print_intervals(cli, snapshot, REPOINT_INTERVALS_PENDING, "to restate", false);
}

static void print_text(const rp_cli *cli, const repoint_snapshot *snapshot, const physical *where,
                       const char *const *environments, const char *json)
{
    g_autoptr(yyjson_doc) document = yyjson_read(json, strlen(json), 0);
    g_autofree char *name = rp_text_snapshot(snapshot);
    g_autofree char *kind = rp_text_kind(where->kind);
    rp_print_fact(cli, "snapshot", name);
    rp_print_fact(cli, "kind", kind);
    rp_print_fact(cli, "version", repoint_snapshot_version(snapshot));
    rp_print_fact(cli, "table", where->table);
    rp_print_fact(cli, "dev table", where->dev_table);
    print_facts(cli, snapshot, yyjson_doc_get_root(document));
    rp_print_facts(cli, "used by", environments);
}

static void add_intervals(yyjson_mut_doc *document, yyjson_mut_val *root, const char *key,
                          const repoint_snapshot *snapshot, repoint_interval_kind kind)
{
    g_autoptr(repoint_interval_list) list = repoint_snapshot_intervals(snapshot, kind);
    rp_document_add_intervals(document, root, key, list);
}

static void print_json(rp_cli *cli, const repoint_snapshot *snapshot, const physical *where,
                       const char *const *environments, const char *json)
{
    g_autoptr(yyjson_mut_doc) document = rp_document_of_snapshot(snapshot);
    yyjson_mut_val *root = yyjson_mut_doc_get_root(document);
    rp_document_add_text(document, root, "kind_name", where->kind);
    rp_document_add_text(document, root, "table", where->table);
    rp_document_add_text(document, root, "dev_table", where->dev_table);
    add_intervals(document, root, "intervals", snapshot, REPOINT_INTERVALS);
    add_intervals(document, root, "dev_intervals", snapshot, REPOINT_INTERVALS_DEV);
    add_intervals(document, root, "pending_restatement_intervals", snapshot, REPOINT_INTERVALS_PENDING);
    rp_document_add_list(document, root, "environments", environments);
    rp_document_add_json(document, root, "snapshot", json);
    rp_print_json(cli, document);
}

repoint_status rp_cmd_snapshot(rp_cli *cli, repoint_error *error)
{
    repoint_store *store = NULL;
    g_autoptr(repoint_snapshot) snapshot = NULL;
    g_autoptr(rp_usage) usage = NULL;
    repoint_status status = rp_cli_snapshot(cli, &store, &snapshot, error);
    if (status == REPOINT_OK)
        status = rp_usage_load(store, &usage, error);
    if (status != REPOINT_OK)
        return status;

    const char *const *environments =
        rp_usage_of(usage, repoint_snapshot_name(snapshot), repoint_snapshot_identifier(snapshot));
    g_auto(rp_library_text) json = repoint_snapshot_to_json(snapshot);
    g_auto(physical) where = {0};
    find_physical(snapshot, &where);
    if (cli->json)
        print_json(cli, snapshot, &where, environments, json);
    else
        print_text(cli, snapshot, &where, environments, json);
    return REPOINT_OK;
}
