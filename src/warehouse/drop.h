/* Dropping a physical object that nothing uses any more. */
#ifndef RP_WAREHOUSE_DROP_H
#define RP_WAREHOUSE_DROP_H

#include "warehouse/views.h"

/*
 * Drops a table or view, whichever it is; never what depends on it: then it fails, and says what that is.
 * Waits for its readers a short time only (REPOINT_BUSY). *ret_was_there is false when there is none. In the
 * caller's transaction where tables change with it.
 */
repoint_status rp_object_drop(rp_db *db, const rp_relation *object, bool *ret_was_there,
                              repoint_error *error);

/* Drops a schema that is there and has nothing in it. */
repoint_status rp_schema_drop_if_empty(rp_db *db, const char *schema, repoint_error *error);

#endif
