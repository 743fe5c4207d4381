/* What a dry run of a deployment's steps says: the object "would" of repoint_deployment_to_json(). */
#ifndef RP_CLI_REHEARSAL_H
#define RP_CLI_REHEARSAL_H

#include "cli/output.h"

/* "prod would be deployed", or in which state it is and stays. */
void rp_print_rehearsal_headline(const rp_cli *cli, yyjson_val *deployment);
/* What would be done, in order; checks, approvals, and what is in the way. */
void rp_print_rehearsal(const rp_cli *cli, yyjson_val *deployment);

#endif
