/*
 * Views that change one after another, for a warehouse that can change them together in no way.
 *
 *     begin     the fence remembers that some views may be the plan's by now
 *     change    one view after another, behind the fence
 *     end       the fence is passed: all views are the plan's
 *
 * Readers may see a mixture from the first change to the last. After a crash in between the views are
 * compared again, and those that have changed are left as they are. That they have begun to change the fence
 * tells, whatever manner whoever comes next has in mind.
 *
 * Where views change with a transaction, each change holds the fence in one of its own. Where a statement
 * about a view commits by itself, the fence is looked at before each view: between that look and the
 * statement somebody else may have taken it.
 */
#ifndef RP_WAREHOUSE_ONE_BY_ONE_H
#define RP_WAREHOUSE_ONE_BY_ONE_H

#include "warehouse/fence.h"
#include "warehouse/views.h"

/* Transactions of their own. REPOINT_CONFLICT for an older token. */
repoint_status rp_one_by_one_begin(rp_db *db, const rp_fence *fence, repoint_error *error);
repoint_status rp_one_by_one_end(rp_db *db, const rp_fence *fence, repoint_error *error);
/* Has it begun, and not ended? */
repoint_status rp_one_by_one_has_begun(rp_db *db, const rp_fence *fence, bool *ret_has_begun,
                                       repoint_error *error);

/* The changes that are to be made, in parts: of GPtrArray of rp_view_change, which are borrowed. A part is
 * one view, but for views that other people's views stand on and that are dropped, for a moment or for good:
 * they and those on top of them are one. What leaves the environment goes last. */
GPtrArray *rp_one_by_one_parts(const GPtrArray *changes);

/*
 * Makes a part, once it has begun, behind the fence: REPOINT_CONFLICT for an older token. REPOINT_BUSY when a
 * reader is in the way, one whose snapshot is older than `mark` (warehouse/readers.h; or NULL) too.
 */
repoint_status rp_one_by_one_change(rp_db *db, const rp_fence *fence, const char *mark, const GPtrArray *part,
                                    repoint_error *error);

#endif
