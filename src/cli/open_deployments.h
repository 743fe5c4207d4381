/* What is going on with environments, for `repoint status`: open deployments, leases, holds. */
#ifndef RP_CLI_OPEN_DEPLOYMENTS_H
#define RP_CLI_OPEN_DEPLOYMENTS_H

#include "cli/document.h"

/* Reads repoint_deployments_list(). */
repoint_status rp_open_deployments_load(repoint_store *store, yyjson_doc **ret_list, repoint_error *error);

/* Sentences about what somebody should look at, added to `attention`. */
void rp_open_deployments_attend(const rp_cli *cli, yyjson_doc *list, GPtrArray *attention);

/* A table of them; nothing when there are none. */
void rp_open_deployments_print(const rp_cli *cli, yyjson_doc *list);

#endif
