/*
 * Processes, told from one another across hosts, containers and restarts: so that the lease of one that has
 * died on this host need not be waited for.
 */
#ifndef RP_DEPLOY_PROCESS_H
#define RP_DEPLOY_PROCESS_H

#include <glib.h>
#include <stdbool.h>

/* This process: boot, process namespace, number, start. "" where the system does not tell. g_free() */
char *rp_process_id(void);

/* Is it certain that this process has ended? Only of one that ran on this boot of this host, and in our
 * namespace of processes, can that be said. */
bool rp_process_is_dead(const char *id);

#endif
