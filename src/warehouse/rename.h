/*
 * Views that change by RENAME TABLE, where statements that change views commit by themselves: MariaDB.
 *
 * Nobody changes a name that others use but by a RENAME TABLE behind the fence (warehouse/name_fence.h). What
 * is to come there is made, and what was there is dropped, under names that belong to one token alone:
 *
 *     shop.orders                       the view
 *     shop.orders__repoint_next         its candidate
 *     shop.orders__rp_n7                made by the holder of token 7, to be renamed to one of the two
 *     shop.orders__rp_o7                renamed away by him, to be dropped
 *
 * (no longer than the candidate's name, which plan checks). Leftovers of a crash are told from their names,
 * and dropped by whoever comes next.
 */
#ifndef RP_WAREHOUSE_RENAME_H
#define RP_WAREHOUSE_RENAME_H

#include "warehouse/name_fence.h"
#include "warehouse/views.h"

/* Do the views of this database change so? */
bool rp_rename_is_used(const rp_db *db);

/* As rp_candidates_create() and rp_candidates_drop(), behind the fence. Dropping also removes what earlier
 * tokens, or this one, have left beside `views`. */
repoint_status rp_rename_create_candidates(rp_db *db, const rp_fence *fence, const GPtrArray *changes,
                                           const char *const *readers, repoint_error *error);
repoint_status rp_rename_drop_candidates(rp_db *db, const rp_fence *fence, const GPtrArray *views,
                                         repoint_error *error);

/* Makes what rp_rename_switch() renames into place; nobody sees it. */
repoint_status rp_rename_prepare(rp_db *db, const rp_fence *fence, const GPtrArray *changes,
                                 repoint_error *error);

/*
 * All changes at once, and the fence passed with them. A statement that holds all views at one moment has met
 * no transaction that read any of them. REPOINT_BUSY at once when a reader is in the way; else as
 * rp_name_fence_rename(). The views that were there before are left to rp_rename_drop_candidates().
 */
repoint_status rp_rename_switch(rp_db *db, const rp_fence *fence, const GPtrArray *changes,
                                repoint_error *error);

/* Drops, as far as that is possible, what is left beside the views: what rp_rename_prepare() made and was not
 * needed, and what rp_rename_switch() took away. */
void rp_rename_tidy(rp_db *db, const rp_fence *fence, const GPtrArray *changes);

#endif
