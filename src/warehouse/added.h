/* Views that no model has, among those of an environment. */
#ifndef RP_WAREHOUSE_ADDED_H
#define RP_WAREHOUSE_ADDED_H

#include "warehouse/views.h"

/*
 * Views beside those of `changes` (of rp_view_change: what the environment should have) that look as if they
 * were the environment's: every view in a schema that is its own (shop__dev), every view whose name ends as
 * its own do (orders__dev), and, of prod, every view in its schemas that reads one of the physical tables.
 * Those in `known` (a set of rp_relation_key(): views of other environments) are left out. Reads only;
 * *ret_views are rp_relation, owned.
 */
repoint_status rp_views_find_added(rp_db *db, const repoint_environment *environment,
                                   const GPtrArray *changes, GHashTable *known, GPtrArray **ret_views,
                                   repoint_error *error);

#endif
