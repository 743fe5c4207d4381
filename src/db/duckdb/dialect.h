/* How DuckDB spells things and what its errors mean, whoever holds the connection. */
#ifndef RP_DB_DUCKDB_DIALECT_H
#define RP_DB_DUCKDB_DIALECT_H

#include "db/driver.h"

/* Reports DuckDB's error, a text that begins with its kind (NULL: it gave none), about the database `path`.
 */
repoint_status rp_duck_fail(const char *path, const char *text, repoint_error *error);

/* The indexes of the rows that an insert takes: of several with one key the first. Keys are added to `seen`,
 * a set of owned strings. Free with g_array_unref(). */
GArray *rp_duck_take_rows(const rp_insert *into, const rp_db_value *values, size_t width, size_t rows,
                          GHashTable *seen);

/* " WHERE NOT EXISTS (...)": rows of the relation `v` whose key the table does not have; "" for an insert
 * without a key. Free with g_free(). */
char *rp_duck_absent_text(const rp_db *db, const rp_insert *into);

#endif
