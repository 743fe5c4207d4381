/* A list of a snapshot's intervals as the whole result of a command. */
#ifndef RP_CLI_INTERVAL_RESULT_H
#define RP_CLI_INTERVAL_RESULT_H

#include "cli/cli.h"

/*
 * Prints one line for each interval, or a sentence "NAME EMPTY" when there are none; with -o json the
 * snapshot's identity and, under `key` (a literal), the list.
 */
void rp_print_interval_result(rp_cli *cli, const repoint_snapshot *snapshot,
                              const repoint_interval_list *list, const char *key, const char *empty);

#endif
