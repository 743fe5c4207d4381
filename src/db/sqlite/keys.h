/* Key lists as a table-valued function of SQLite: SELECT c0, c1 FROM repoint_keys(?1). */
#ifndef RP_DB_SQLITE_KEYS_H
#define RP_DB_SQLITE_KEYS_H

#include <sqlite3.h>

#include "db/driver.h"

/* Makes the function known to a connection. Returns an SQLite result code. */
int rp_sqlite_keys_register(sqlite3 *connection);

/* Binds `keys`: a copy, or they must live until the statement is reset. */
int rp_sqlite_keys_bind(sqlite3_stmt *statement, int parameter, const rp_db_keys *keys, bool copies);

/* The driver slot write_keys. */
void rp_sqlite_keys_write(const rp_db *db, GString *sql, unsigned parameter, const char *columns);

#endif
