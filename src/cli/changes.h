/* Parts of a plan as people read it. The arrays are those of repoint_plan_to_json(). */
#ifndef RP_CLI_CHANGES_H
#define RP_CLI_CHANGES_H

#include "cli/output.h"

/* "models": what is added (+), changed (~) and removed (-); unchanged ones are counted. */
void rp_print_model_changes(const rp_cli *cli, yyjson_val *models);
/* "gaps": each model with its ranges. */
void rp_print_gaps(const rp_cli *cli, yyjson_val *gaps);
/* "views": what is created, replaced and dropped, and which columns that changes. */
void rp_print_view_changes(const rp_cli *cli, yyjson_val *views);

#endif
