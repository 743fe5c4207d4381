/* Promotion as its parts, for who does more than promote (src/deploy). */
#ifndef RP_STATE_PROMOTE_H
#define RP_STATE_PROMOTE_H

#include "model/environment.h"
#include "state/store.h"

struct repoint_promotion {
    GPtrArray *added;          /* of repoint_table, owned, by name */
    GPtrArray *removed;        /* likewise */
    char *removed_naming_json; /* NULL when nothing was removed */
};

G_DEFINE_AUTOPTR_CLEANUP_FUNC(repoint_promotion, repoint_promotion_free)

/* What an environment change adds and removes, by SQLMesh's rule; `stored` may be NULL.
 */
repoint_promotion *rp_promotion_compare(const repoint_environment *stored, const repoint_environment *planned,
                                        int64_t now_ts);

/* REPOINT_MISSING_SNAPSHOTS unless every snapshot that the environment names is stored. */
repoint_status rp_promote_check_stored(repoint_store *store, const repoint_environment *planned,
                                       repoint_error *error);

/*
 * Pauses every other snapshot of these models, unpauses these, and marks as unrestorable what shares a
 * version with them under the opposite forward-only flag (SQLMesh: unpause_snapshots). In the caller's write
 * transaction.
 */
repoint_status rp_unpause(repoint_store *store, const repoint_table *const *tables, size_t count,
                          int64_t unpaused_ts, repoint_error *error);

#endif
