/* Parameters as DuckDB's library takes them; who gets one destroys it. */
#ifndef RP_DB_DUCKDB_VALUES_H
#define RP_DB_DUCKDB_VALUES_H

#include "db/driver.h"
#include "db/duckdb/library.h"

/* A text, a number or a truth value, or NULL. */
duck_value rp_duck_single_value(const duck_library *duck, const rp_db_value *value);
/* A list of lists, one a key. */
duck_value rp_duck_keys_value(const duck_library *duck, const rp_db_keys *keys);
/* A list: a column of rows that are `width` wide, only of those whose index is in `taken` (of size_t). */
duck_value rp_duck_column_value(const duck_library *duck, const rp_db_value *values, size_t width,
                                size_t column, const GArray *taken);

#endif
