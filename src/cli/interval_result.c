/* What `intervals list` and `intervals missing` print: see interval_result.h. */
#include "cli/interval_result.h"

#include "cli/snapshot_operand.h"
#include "cli/text_time.h"

static void print_lines(const rp_cli *cli, const repoint_interval_list *list)
{
    for (size_t i = 0; i < repoint_interval_list_count(list); i++) {
        g_autofree char *line = rp_text_interval(repoint_interval_list_at(list, i));
        rp_print(cli, "%s\n", line);
    }
}

static void print_json(rp_cli *cli, const repoint_snapshot *snapshot, const repoint_interval_list *list,
                       const char *key)
{
    g_autoptr(yyjson_mut_doc) document = rp_document_of_snapshot(snapshot);
    rp_document_add_intervals(document, yyjson_mut_doc_get_root(document), key, list);
    rp_print_json(cli, document);
}

void rp_print_interval_result(rp_cli *cli, const repoint_snapshot *snapshot,
                              const repoint_interval_list *list, const char *key, const char *empty)
{
    if (cli->json) {
        print_json(cli, snapshot, list, key);
    } else if (repoint_interval_list_count(list) == 0) {
        g_autofree char *name = rp_text_snapshot(snapshot);
        rp_print(cli, "%s %s\n", name, empty);
    } else {
        print_lines(cli, list);
    }
}
