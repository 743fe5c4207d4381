/* What the parts of building a record share. See deploy/record.c. */
#ifndef RP_DEPLOY_RECORD_H
#define RP_DEPLOY_RECORD_H

#include "deploy/plan.h"

/* What is at hand while a record is built. */
typedef struct rp_building {
    repoint_store *store;
    const repoint_plan_source *source;
    const repoint_plan_options *options;
    repoint_plan *plan;
    repoint_environment *from; /* the source environment, or NULL */
    int64_t now;
} rp_building;

/* Sets the record's snapshots, promoted_snapshot_ids and requirements from the source
 * (deploy/record_snapshots.c). */
repoint_status rp_record_set_snapshots(rp_building *work, repoint_error *error);

/* Reads a JSON file of at most 64 MiB. */
repoint_status rp_record_read_json(const char *path, rp_json **ret_json, repoint_error *error);

#endif
