/* --warehouse: where tables and views are, when that is not the state store's database. */
#ifndef RP_CLI_WAREHOUSE_H
#define RP_CLI_WAREHOUSE_H

#include "cli/cli.h"

/*
 * This version changes views only in the database that holds the state. Fails with REPOINT_INVALID when a
 * warehouse is set that is another one; for the commands that look at views, before they look at anything.
 */
repoint_status rp_cli_check_warehouse(const rp_cli *cli, repoint_error *error);

#endif
