/* Writing the log of intervals. */
#ifndef RP_STATE_INTERVALS_H
#define RP_STATE_INTERVALS_H

#include "model/snapshot.h"
#include "state/store.h"

/* A row to append. Strings are borrowed; NULL is SQL NULL. */
typedef struct rp_interval_row {
    const char *name;
    const char *identifier;
    const char *version;
    const char *dev_version;
    rp_interval interval;
    bool is_dev;
    bool is_removed;
    bool is_compacted;
    bool is_pending;
    int64_t last_altered_ts; /* RP_TS_NONE: NULL */
} rp_interval_row;

/*
 * Adds to `rows` (of rp_interval_row) what a snapshot object says that it has: its intervals and development
 * intervals; and its pending restatements, which belong to the version as a whole. `altered` is whether the
 * time of the last change goes along.
 */
void rp_interval_rows_of(GArray *rows, const repoint_snapshot *snapshot, bool altered);
void rp_pending_rows_of(GArray *rows, const repoint_snapshot *snapshot, bool altered);

/* Appends rows with fresh ids, created `created_ts`; in the caller's write transaction. */
repoint_status rp_interval_rows_append(repoint_store *store, const rp_interval_row *rows, size_t count,
                                       int64_t created_ts, repoint_error *error);

/* One removal for each of `count` snapshots; with `shared` for every writer of its version (SQLMesh:
 * remove_shared_versions).
 */
typedef struct rp_removal {
    const char *name;
    const char *identifier;
    const char *version;
    const char *dev_version;
    rp_interval interval;
} rp_removal;

repoint_status rp_intervals_remove_many(repoint_store *store, const rp_removal *removals, size_t count,
                                        bool shared, repoint_error *error);

#endif
