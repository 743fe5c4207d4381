/* The MariaDB and MySQL driver: "mysql://user@host:port/database?option=value", or "mariadb:". */
#ifndef RP_DB_MYSQL_MYSQL_H
#define RP_DB_MYSQL_MYSQL_H

#include "db/driver.h"

extern const rp_db_driver rp_mysql_driver;
extern const rp_db_driver rp_mariadb_driver;

#endif
