/*
 * The sections of repoint.yaml that are no single values: checks, approvals, hooks, candidate, retain. What
 * they look like stands in `repoint help configuration` (commands.c).
 */
#ifndef RP_CLI_CONFIG_SECTIONS_H
#define RP_CLI_CONFIG_SECTIONS_H

#include <glib.h>

#include "repoint/deploy.h"

typedef struct rp_config {
    GArray *checks;             /* repoint_check */
    GArray *approvals;          /* repoint_approval_rule */
    GArray *hooks;              /* repoint_hook */
    const char *const *readers; /* NULL-terminated; or NULL */
    int retain;                 /* 0: not given */
    int lines[5];               /* where each stands, in the order of rp_config_names; 0: nowhere */
    GPtrArray *owned;           /* everything that these point to */
    char *directory;            /* of the file: where commands run */
} rp_config;

/* "checks", "approvals", "hooks", "candidate", "retain"; NULL ends them. */
extern const char *const rp_config_names[];

rp_config *rp_config_new(void);
void rp_config_free(rp_config *sections);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(rp_config, rp_config_free)

/* Puts them into the options of a deployment, which point into them from then on. */
void rp_config_apply(const rp_config *sections, repoint_deploy_options *options);

#endif
