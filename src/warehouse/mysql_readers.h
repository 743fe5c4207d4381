/* Readers with old snapshots (warehouse/readers.h) on MariaDB and MySQL, and those who hold views. */
#ifndef RP_WAREHOUSE_MYSQL_READERS_H
#define RP_WAREHOUSE_MYSQL_READERS_H

#include "warehouse/views.h"

repoint_status rp_mysql_mark_take(rp_db *db, char **ret_mark, repoint_error *error);
repoint_status rp_mysql_mark_check(rp_db *db, const char *mark, repoint_error *error);
repoint_status rp_mysql_mark_warning(rp_db *db, char **ret_warning, repoint_error *error);
/* The slot describe_holders of warehouse/engine.h. */
repoint_status rp_mysql_holders_describe(rp_db *db, const GPtrArray *changes, char **ret_text,
                                         repoint_error *error);

#endif
