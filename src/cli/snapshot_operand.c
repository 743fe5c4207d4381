/* One snapshot, as the command line names it: see snapshot_operand.h. */
#include "cli/snapshot_operand.h"

#include "cli/fail.h"
#include "cli/text_name.h"

repoint_status rp_cli_snapshot(rp_cli *cli, repoint_store **ret_store, repoint_snapshot **ret_snapshot,
                               repoint_error *error)
{
    repoint_store *store = NULL;
    repoint_status status = rp_cli_store(cli, &store, error);
    if (status == REPOINT_OK)
        status = repoint_snapshot_find(store, rp_cli_operand(cli, 0), ret_snapshot, error);
    if (status == REPOINT_OK)
        *ret_store = store;
    return status;
}

char *rp_text_snapshot(const repoint_snapshot *snapshot)
{
    g_autofree char *name = rp_text_name(repoint_snapshot_name(snapshot));
    return g_strdup_printf("%s@%s", name, repoint_snapshot_identifier(snapshot));
}

yyjson_mut_doc *rp_document_of_snapshot(const repoint_snapshot *snapshot)
{
    yyjson_mut_doc *document = rp_document_new();
    yyjson_mut_val *root = yyjson_mut_doc_get_root(document);
    rp_document_add_text(document, root, "name", repoint_snapshot_name(snapshot));
    rp_document_add_text(document, root, "identifier", repoint_snapshot_identifier(snapshot));
    rp_document_add_text(document, root, "version", repoint_snapshot_version(snapshot));
    return document;
}

repoint_status rp_cli_range(const rp_cli *cli, repoint_range *ret_range, repoint_error *error)
{
    repoint_range operands = {rp_cli_operand(cli, 1), rp_cli_operand(cli, 2)};
    repoint_range options = {rp_cli_text(cli, "start"), rp_cli_text(cli, "end")};
    bool has_options = options.start != NULL || options.end != NULL;
    if (operands.start != NULL && has_options)
        return rp_cli_fail(error, REPOINT_INVALID, "give it in one of the two ways",
                           "%s has a range as arguments and as --start or --end",
                           cli->arguments->command->name);
    *ret_range = has_options ? options : operands;
    return REPOINT_OK;
}

repoint_status rp_cli_whole_range(const rp_cli *cli, repoint_range *ret_range, repoint_error *error)
{
    repoint_range range = {0};
    repoint_status status = rp_cli_range(cli, &range, error);
    if (status != REPOINT_OK)
        return status;
    if (range.start == NULL || range.end == NULL)
        return rp_cli_fail(error, REPOINT_INVALID, "say which range, such as 2026-01-01 2026-01-31",
                           "%s needs %s", cli->arguments->command->name,
                           range.start == NULL ? "START (or --start)" : "END (or --end)");
    *ret_range = range;
    return REPOINT_OK;
}
