/* What SQLite's errors mean, whoever holds the connection. */
#ifndef RP_DB_SQLITE_DIALECT_H
#define RP_DB_SQLITE_DIALECT_H

#include "db/driver.h"

/* Reports SQLite's result code (an extended one too) and message, about the database `name`. */
repoint_status rp_sqlite_fail(const char *name, int code, const char *text, repoint_error *error);

#endif
