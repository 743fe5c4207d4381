/* The DuckDB driver: "duckdb:PATH". DuckDB's C library is loaded when the first URL asks for it. */
#ifndef RP_DB_DUCKDB_DUCKDB_H
#define RP_DB_DUCKDB_DUCKDB_H

#include "db/driver.h"

extern const rp_db_driver rp_duckdb_driver;

#endif
