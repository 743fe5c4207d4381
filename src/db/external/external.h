/* The driver for connections that the caller has already: repoint/driver.h. */
#ifndef RP_DB_EXTERNAL_EXTERNAL_H
#define RP_DB_EXTERNAL_EXTERNAL_H

#include "db/driver.h"
#include "repoint/driver.h"

/* As the driver slot open. When it fails it has closed the connection, unless the table is wrong: then
 * nothing was called. */
repoint_status rp_external_open(const repoint_driver *driver, void *connection, const rp_db_options *options,
                                rp_db **ret_db, repoint_error *error);

#endif
