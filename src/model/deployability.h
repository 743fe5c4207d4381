/*
 * Which snapshots' data may be shown as it is (SQLMesh: DeployabilityIndex): a development environment
 * reads a snapshot's version table when it is representative, its development table otherwise.
 */
#ifndef RP_MODEL_DEPLOYABILITY_H
#define RP_MODEL_DEPLOYABILITY_H

#include "base/error.h"

/* What the index needs to know of one snapshot. Strings must outlive the call that builds the index. */
typedef struct rp_deployability_node {
    const char *name;
    const char *identifier;
    const char *const *parents; /* names (of the set; others are ignored), NULL-terminated */
    int category;               /* rp_change_category */
    bool is_forward_only;       /* rp_snapshot_is_forward_only() */
    bool model_is_forward_only; /* the kind's own forward_only */
    bool has_auto_restatement;
    bool is_virtual_environment_full;
    bool is_paused;
    bool has_intervals;
    bool has_valid_start; /* is_valid_start() for the plan's start; true when no start is given */
} rp_deployability_node;

typedef struct rp_deployability rp_deployability;

/* The index of these snapshots; they may come in any order. A cycle of parents is REPOINT_INVALID. */
repoint_status rp_deployability_create(const rp_deployability_node *nodes, size_t count,
                                       rp_deployability **ret_index, repoint_error *error);
/* Everything is deployable: what prod uses. */
rp_deployability *rp_deployability_all(void);
void rp_deployability_free(rp_deployability *index);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(rp_deployability, rp_deployability_free)

bool rp_deployability_is_deployable(const rp_deployability *index, const char *name, const char *identifier);
bool rp_deployability_is_representative(const rp_deployability *index, const char *name,
                                        const char *identifier);

#endif
