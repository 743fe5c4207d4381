/* SQLite: the embedded state store and warehouse. "sqlite:PATH" and "memory:". */
#ifndef RP_DB_SQLITE_SQLITE_H
#define RP_DB_SQLITE_SQLITE_H

#include "db/driver.h"

extern const rp_db_driver rp_sqlite_driver;
extern const rp_db_driver rp_memory_driver;

#endif
