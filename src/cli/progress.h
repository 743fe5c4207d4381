/* The progress bar on standard error: only on a terminal, only for work that takes over a second, never with
 * -q. */
#ifndef RP_CLI_PROGRESS_H
#define RP_CLI_PROGRESS_H

#include "cli/cli.h"

/* repoint_store_options.progress, with the rp_cli as its context: done of total (0: unknown) of `what`. */
void rp_progress_update(void *cli, const char *what, uint64_t done, uint64_t total);

/* Takes the bar away before something else is printed; it comes back with the next update. */
void rp_progress_clear(rp_cli *cli);

#endif
