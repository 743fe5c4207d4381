/* The one way to make SQL text. */
#ifndef RP_DB_SQL_H
#define RP_DB_SQL_H

#include "db/driver.h"

/*
 * Makes a statement from `format`, in which
 *   %i  is an identifier          (const char *), quoted
 *   %n  is a qualified identifier (const char *schema or NULL, const char *name), each part quoted,
 *       with the catalog before it where schema and catalog have one name
 *   %s  is SQL text made by rp_sql() or written in the source (const char *); never anything from outside
 *   %l  is an SQL string literal  (const char *), for the few places (DDL) that take no parameters
 *   %k  is the relation of a key-list parameter (unsigned parameter, const char *columns)
 *   %o  is the relation of all tables and views (driver.h, objects_relation)
 *   %c  is the database's clock, in milliseconds since 1970
 *   %u  locks the rows that a SELECT read, where the database has row locks
 *   %%  is a percent sign
 * Values are never part of the text: write ?1, ?2 and bind them. Free with g_free().
 */
char *rp_sql(const rp_db *db, const char *format, ...);

/* The rows of a table that a key list names, to be changed or deleted. */
typedef struct rp_keyed_rows {
    const char *schema; /* or NULL */
    const char *table;
    const char *columns;   /* "name, identifier": the table's, in the order of the keys */
    unsigned parameter;    /* the key list */
    const char *condition; /* what must be true of a row besides; NULL: nothing */
} rp_keyed_rows;

/* "UPDATE ... SET `assignments`" of these rows, in the way that the database is quick at. Free with g_free().
 */
char *rp_sql_update_keyed(const rp_db *db, const rp_keyed_rows *rows, const char *assignments);
/* "DELETE FROM ..." likewise. */
char *rp_sql_delete_keyed(const rp_db *db, const rp_keyed_rows *rows);

/* How many columns an insert has. */
size_t rp_insert_width(const rp_insert *into);
/* For drivers whose database does not do it: the indexes of the rows that an insert takes, of several with
 * one key the first. Keys are added to `seen`, a set of owned strings. Free with g_array_unref(). */
GArray *rp_insert_distinct(const rp_insert *into, const rp_db_value *values, size_t width, size_t rows,
                           GHashTable *seen);
/* "INSERT INTO ... VALUES (?1, ?2), (?3, ?4) " and `ending`, for `rows` rows. Free with g_free(). */
char *rp_sql_insert(const rp_db *db, const rp_insert *into, size_t rows, const char *ending);

/*
 * For drivers: copies a statement, calling `write` in the place of each of its `count` parameters ?N, with
 * N - 1. What is quoted is copied as it is, and so is every other question mark: a statement without values
 * may be somebody else's text, where it is an operator.
 */
void rp_sql_translate(GString *to, const char *sql, size_t count,
                      void (*write)(void *context, GString *to, size_t index), void *context);

/* For drivers: a key list as JSON, [["orders", "17"], ...]. */
GString *rp_sql_keys_json(const rp_db_keys *keys);

/* "orders" becomes "\"orders\"": quotes doubled. Free with g_free(). */
char *rp_sql_quote(const char *identifier);

#endif
