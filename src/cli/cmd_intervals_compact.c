/* `repoint intervals compact`: fewer rows that say the same. */
#include "cli/cmd.h"
#include "cli/document.h"
#include "cli/page.h"

static void print_json(rp_cli *cli, size_t before, size_t after)
{
    g_autoptr(yyjson_mut_doc) document = rp_document_new();
    yyjson_mut_val *root = yyjson_mut_doc_get_root(document);
    yyjson_mut_obj_add_uint(document, root, "rows_before", before);
    yyjson_mut_obj_add_uint(document, root, "rows_after", after);
    rp_document_add_dry_run(document, cli);
    rp_print_json(cli, document);
}

repoint_status rp_cmd_intervals_compact(rp_cli *cli, repoint_error *error)
{
    repoint_store *store = NULL;
    size_t before = 0, after = 0;
    repoint_status status = rp_cli_store(cli, &store, error);
    if (status == REPOINT_OK)
        status = repoint_intervals_compact(store, &before, &after, error);
    if (status != REPOINT_OK)
        return status;
    if (cli->json) {
        print_json(cli, before, after);
    } else {
        g_autofree char *rows = rp_text_count(before, "row");
        rp_print(cli, "%s of the interval log %s %zu\n", rows, cli->dry_run ? "would become" : "became",
                 after);
        rp_print_dry_run(cli);
    }
    return REPOINT_OK;
}
