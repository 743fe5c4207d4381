/* What `status` says of the tables that a rollback would need. */
#ifndef RP_CLI_RETAINED_H
#define RP_CLI_RETAINED_H

#include "cli/document.h"
#include "cli/handles.h"

/*
 * The library's list of what is gone or will be, with a sentence for each revision in `attention`. A
 * warehouse that cannot be reached is one of these sentences, not an error.
 */
repoint_status rp_retained_load(const rp_cli *cli, repoint_store *store, yyjson_doc **ret_problems,
                                GPtrArray *attention, repoint_error *error);

#endif
