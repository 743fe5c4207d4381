/* How DuckDB spells things and what its errors mean, whoever holds the connection. */
#ifndef RP_DB_DUCKDB_DIALECT_H
#define RP_DB_DUCKDB_DIALECT_H

#include "db/driver.h"

/* Reports DuckDB's error, a text that begins with its kind (NULL: it gave none), about the database `path`.
 */
repoint_status rp_duck_fail(const char *path, const char *text, repoint_error *error);

/* " WHERE NOT EXISTS (...)": rows of the relation `v` whose key the table does not have; "" for an insert
 * without a key. Free with g_free(). */
char *rp_duck_absent_text(const rp_db *db, const rp_insert *into);

#endif
