/* The PostgreSQL driver: "postgresql://..." and "postgres://...", everything that libpq accepts. */
#ifndef RP_DB_POSTGRES_POSTGRES_H
#define RP_DB_POSTGRES_POSTGRES_H

#include "db/driver.h"

extern const rp_db_driver rp_postgresql_driver;
extern const rp_db_driver rp_postgres_driver;

#endif
