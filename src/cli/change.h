/*
 * What `plan`, `promote`, `deploy` and `gaps` have in common: ENV and SOURCE with their options become a plan
 * of the library, and one of these commands leads to the next.
 */
#ifndef RP_CLI_CHANGE_H
#define RP_CLI_CHANGE_H

#include "cli/document.h"
#include "cli/handles.h"

/* Opens the store and plans the change that the command line describes; `record_only` as in
 * repoint_plan_options. */
repoint_status rp_cli_plan(rp_cli *cli, bool record_only, repoint_store **ret_store, repoint_plan **ret_plan,
                           repoint_error *error);

/* What the command line says of a plan beside its source. The names in *ret_options live in *ret_gap_names.
 */
repoint_status rp_cli_plan_options(const rp_cli *cli, repoint_plan_options *ret_options,
                                   GPtrArray **ret_gap_names, repoint_error *error);

/* Echoes --message, null or no line when there is none: in the document of -o json, and for people. */
void rp_document_add_message(yyjson_mut_doc *document, const rp_cli *cli);
void rp_print_message(const rp_cli *cli);

/* Lets the hint of a refusal because of gaps name the command that lists them; leaves other errors alone. */
void rp_cli_explain_gaps(const rp_cli *cli, repoint_error *error);

/*
 * Another command on the same environment as it has to be typed; with `same_change` it has the options of
 * this one that it knows. Free with g_free().
 */
char *rp_text_command(const rp_cli *cli, const char *command, bool same_change);
/* The same on an environment that the command line need not name. */
char *rp_text_command_on(const rp_cli *cli, const char *command, const char *environment, bool same_change);

#endif
