/*
 * What the build calls: `repoint --generate-man COMMAND|all DIR` writes manual pages into DIR, and
 * `repoint --generate-completion SHELL` prints a completion script.
 */
#ifndef RP_CLI_GENERATE_H
#define RP_CLI_GENERATE_H

#include <stdbool.h>

#include "repoint/error.h"

/* Is this such a command line? */
bool rp_generate_is_asked(char *const *argv);
repoint_status rp_generate(char *const *argv, repoint_error *error);

#endif
