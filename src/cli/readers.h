/* Who may read the views that change: "grants" and "unread" of repoint_plan_to_json(). */
#ifndef RP_CLI_READERS_H
#define RP_CLI_READERS_H

#include "cli/output.h"

/*
 * Grants that stay, that come (+) and that go (-): a line for each grantee, with how many views they are on,
 * or with --verbose a line for each view. New views that nobody may read are named. Nothing where the
 * database has no grants.
 */
void rp_print_readers(const rp_cli *cli, yyjson_val *plan);

#endif
