/* The operand NAME[@IDENTIFIER] of several commands, and how they name the snapshot that it means. */
#ifndef RP_CLI_SNAPSHOT_OPERAND_H
#define RP_CLI_SNAPSHOT_OPERAND_H

#include "cli/document.h"
#include "cli/handles.h"

/* Opens the store and loads the snapshot that the first operand means. */
repoint_status rp_cli_snapshot(rp_cli *cli, repoint_store **ret_store, repoint_snapshot **ret_snapshot,
                               repoint_error *error);

/* "shop.orders@1281222509", as every command takes it; g_free() it. */
char *rp_text_snapshot(const repoint_snapshot *snapshot);

/* A document that begins with "name", "identifier" and "version". */
yyjson_mut_doc *rp_document_of_snapshot(const repoint_snapshot *snapshot);

/*
 * The range of the operands START and END or of --start and --end, NULL where it is open. Fails with
 * REPOINT_INVALID when it is given both ways.
 */
repoint_status rp_cli_range(const rp_cli *cli, repoint_range *ret_range, repoint_error *error);

/* The same, but neither end may be open: what `intervals add` and `remove` change must be said, not guessed.
 */
repoint_status rp_cli_whole_range(const rp_cli *cli, repoint_range *ret_range, repoint_error *error);

#endif
