/* Reading snapshots from the store. */
#ifndef RP_STATE_SNAPSHOTS_H
#define RP_STATE_SNAPSHOTS_H

#include "model/snapshot.h"
#include "state/replay.h"
#include "state/store.h"

struct repoint_snapshot_list {
    GPtrArray *snapshots; /* of repoint_snapshot, owned */
};

G_DEFINE_AUTOPTR_CLEANUP_FUNC(repoint_snapshot_list, repoint_snapshot_list_free)
G_DEFINE_AUTOPTR_CLEANUP_FUNC(repoint_expired, repoint_expired_free)

/*
 * Called for each snapshot found, without its intervals. It may keep the snapshot by stealing *snapshot;
 * otherwise it is freed. A failure ends the visit.
 */
typedef repoint_status (*rp_snapshot_visitor)(void *context, repoint_snapshot **snapshot,
                                              repoint_error *error);

/* Visits the stored ones of `ids` (name, identifier), one row in memory at a time. */
repoint_status rp_snapshots_visit(repoint_store *store, const rp_db_keys *ids, rp_snapshot_visitor visit,
                                  void *context, repoint_error *error);

/*
 * The same in two steps, so that the database can work on the query while the caller does something else;
 * the list is sorted. Intervals come from `replay`, or are read too if it is NULL.
 */
repoint_status rp_snapshots_query(repoint_store *store, const rp_db_keys *ids, rp_rows **ret_rows,
                                  repoint_error *error);
repoint_status rp_snapshots_read(repoint_store *store, rp_rows *rows, const rp_replay *replay,
                                 repoint_snapshot_list **ret_list, repoint_error *error);

/* The ids among `ids` that are not stored; the strings are those of `ids`. */
repoint_status rp_snapshots_missing(repoint_store *store, const rp_db_keys *ids, GPtrArray **ret_missing_rows,
                                    repoint_error *error);

/* Deletes snapshots, not their intervals; in the caller's write transaction. *ret_deleted may be NULL. */
repoint_status rp_snapshots_delete(repoint_store *store, const rp_db_keys *ids, int64_t *ret_deleted,
                                   repoint_error *error);

/* Puts into these snapshots what the log says of them. */
repoint_status rp_snapshots_fill(repoint_store *store, const rp_replay *replay, GPtrArray *snapshots,
                                 repoint_error *error);
/* The same, and reads the log of their versions for it. */
repoint_status rp_snapshots_hydrate(repoint_store *store, GPtrArray *snapshots, repoint_error *error);

/* Resolves a user's name among the names of all stored snapshots. Free with g_free(). */
repoint_status rp_snapshot_name_resolve(repoint_store *store, const char *text, char **ret_name,
                                        repoint_error *error);

#endif
