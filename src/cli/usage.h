/* Which environments point to a snapshot. */
#ifndef RP_CLI_USAGE_H
#define RP_CLI_USAGE_H

#include <glib.h>

#include "repoint/store.h"

typedef struct rp_usage rp_usage;

/* Reads every environment of the store, expired ones too: their tables are there until somebody removes them.
 */
repoint_status rp_usage_load(repoint_store *store, rp_usage **ret_usage, repoint_error *error);
void rp_usage_free(rp_usage *usage);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(rp_usage, rp_usage_free)

/* The names of the environments, NULL-terminated, by name; they live as long as `usage`. */
const char *const *rp_usage_of(const rp_usage *usage, const char *name, const char *identifier);

#endif
