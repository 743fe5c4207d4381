/* --warehouse: where tables and views are, when that is not the state store's database. */
#ifndef RP_CLI_WAREHOUSE_H
#define RP_CLI_WAREHOUSE_H

#include "cli/cli.h"

/* The URL of --warehouse, or NULL where it is the database of the state store. */
const char *rp_cli_warehouse(const rp_cli *cli);

#endif
