/* Readers with old snapshots (warehouse/readers.h) on MariaDB and MySQL. */
#ifndef RP_WAREHOUSE_MYSQL_READERS_H
#define RP_WAREHOUSE_MYSQL_READERS_H

#include "db/db.h"

repoint_status rp_mysql_mark_take(rp_db *db, char **ret_mark, repoint_error *error);
repoint_status rp_mysql_mark_check(rp_db *db, const char *mark, repoint_error *error);
repoint_status rp_mysql_mark_warning(rp_db *db, char **ret_warning, repoint_error *error);

#endif
