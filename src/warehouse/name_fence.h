/*
 * The fence (warehouse/fence.h) where statements that change views commit by themselves: MariaDB.
 *
 * There a condition can stand in one statement only: RENAME TABLE renames all tables and views that it lists,
 * or none, also when the server dies in the middle. So the fence is an empty table whose name says it all,
 *
 *     _repoint_fence_<environment>_<token>            nobody has passed since it was armed
 *     _repoint_fence_<environment>_<token>_<plan>     the views are that plan's
 *
 * (environment and plan are hashes), and every change of views renames it too, in the same statement. Who has
 * lost his lease names a table that is not there any more, and nothing of his statement happens.
 */
#ifndef RP_WAREHOUSE_NAME_FENCE_H
#define RP_WAREHOUSE_NAME_FENCE_H

#include "warehouse/fence.h"

repoint_status rp_name_fence_claim(rp_db *db, const rp_fence *fence, int64_t *ret_newest,
                                   repoint_error *error);
repoint_status rp_name_fence_arm(rp_db *db, const rp_fence *fence, repoint_error *error);
repoint_status rp_name_fence_is_passed(rp_db *db, const rp_fence *fence, bool *ret_is_passed,
                                       repoint_error *error);
repoint_status rp_name_fence_look(rp_db *db, const rp_fence *fence, bool *ret_is_passed,
                                  repoint_error *error);

/* Is the fence this token's still? REPOINT_CONFLICT if not. A look, no guard. */
repoint_status rp_name_fence_check(rp_db *db, const rp_fence *fence, repoint_error *error);
/* The same of one that says that the views are the plan's; without listing what is there, so often enough for
 * every view. */
repoint_status rp_name_fence_check_passed(rp_db *db, const rp_fence *fence, repoint_error *error);

/*
 * RENAME TABLE of all `pairs` ("a" TO "b", made by rp_sql()) behind the fence; with `passes` the fence says
 * afterwards that the views are the plan's. All or nothing. Does not wait for readers: REPOINT_BUSY.
 * REPOINT_CONFLICT when shut out. REPOINT_OUTCOME_UNKNOWN when the connection was lost.
 */
repoint_status rp_name_fence_rename(rp_db *db, const rp_fence *fence, const GPtrArray *pairs, bool passes,
                                    repoint_error *error);

#endif
