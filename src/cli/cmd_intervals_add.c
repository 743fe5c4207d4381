/* `repoint intervals add`: a snapshot's table has data for a range. */
#include "cli/cmd.h"
#include "cli/page.h"
#include "cli/snapshot_operand.h"
#include "cli/text_time.h"

typedef struct addition {
    repoint_range range;
    bool dev;
    repoint_interval_list
        *intervals; /* all that it has afterwards; NULL with --dry-run, when there is no afterwards */
} addition;

static repoint_status read_back(repoint_store *store, const repoint_snapshot *snapshot, addition *done,
                                repoint_error *error)
{
    repoint_snapshot_id id = {repoint_snapshot_name(snapshot), repoint_snapshot_identifier(snapshot)};
    repoint_snapshot_list *list = NULL;
    repoint_status status = repoint_snapshots_get(store, &id, 1, &list, error);
    if (status == REPOINT_OK && repoint_snapshot_list_count(list) == 1)
        done->intervals = repoint_snapshot_intervals(repoint_snapshot_list_at(list, 0),
                                                     done->dev ? REPOINT_INTERVALS_DEV : REPOINT_INTERVALS);
    repoint_snapshot_list_free(list);
    return status;
}

static void print_text(const rp_cli *cli, const repoint_snapshot *snapshot, const addition *done)
{
    g_autofree char *name = rp_text_snapshot(snapshot);
    const char *table = done->dev ? "development table" : "table";
    if (done->intervals == NULL) {
        rp_print(cli, "would record that the %s of %s has the whole intervals from %s to %s\n", table, name,
                 done->range.start, done->range.end);
    } else {
        g_autofree char *has = rp_text_intervals(done->intervals);
        rp_print(cli, "the %s of %s now has %s\n", table, name, has);
    }
    rp_print_dry_run(cli);
}

static void print_json(rp_cli *cli, const repoint_snapshot *snapshot, const addition *done)
{
    g_autoptr(yyjson_mut_doc) document = rp_document_of_snapshot(snapshot);
    yyjson_mut_val *root = yyjson_mut_doc_get_root(document);
    rp_document_add_text(document, root, "start", done->range.start);
    rp_document_add_text(document, root, "end", done->range.end);
    yyjson_mut_obj_add_bool(document, root, "dev", done->dev);
    if (done->intervals == NULL)
        yyjson_mut_obj_add_null(document, root, "intervals");
    else
        rp_document_add_intervals(document, root, "intervals", done->intervals);
    rp_document_add_dry_run(document, cli);
    rp_print_json(cli, document);
}

repoint_status rp_cmd_intervals_add(rp_cli *cli, repoint_error *error)
{
    repoint_store *store = NULL;
    g_autoptr(repoint_snapshot) snapshot = NULL;
    addition done = {.dev = rp_cli_flag(cli, "dev")};
    repoint_status status = rp_cli_whole_range(cli, &done.range, error);
    if (status == REPOINT_OK)
        status = rp_cli_snapshot(cli, &store, &snapshot, error);
    if (status == REPOINT_OK)
        status = repoint_intervals_add(store, snapshot, &done.range, done.dev, error);
    if (status == REPOINT_OK && !cli->dry_run)
        status = read_back(store, snapshot, &done, error);
    if (status != REPOINT_OK)
        return status;
    if (cli->json)
        print_json(cli, snapshot, &done);
    else
        print_text(cli, snapshot, &done);
    repoint_interval_list_free(done.intervals);
    return REPOINT_OK;
}
