/* The one way to make SQL text. */
#ifndef RP_DB_SQL_H
#define RP_DB_SQL_H

#include "db/driver.h"

/*
 * Makes a statement from `format`, in which
 *   %i  is an identifier          (const char *), quoted
 *   %n  is a qualified identifier (const char *schema or NULL, const char *name), each part quoted
 *   %s  is SQL text made by rp_sql() or written in the source (const char *); never anything from outside
 *   %l  is an SQL string literal  (const char *), for the few places (DDL) that take no parameters
 *   %k  is the relation of a key-list parameter (unsigned parameter, const char *columns)
 *   %o  is the relation of all tables and views (driver.h, objects_relation)
 *   %u  locks the rows that a SELECT read, where the database has row locks
 *   %%  is a percent sign
 * Values are never part of the text: write ?1, ?2 and bind them. Free with g_free().
 */
char *rp_sql(const rp_db *db, const char *format, ...);

/*
 * An INSERT of one row with the values ?1, ?2, ... that inserts nothing when there is a row with the same
 * key: the first `key_size` of `columns` ("name, identifier, version"). Free with g_free().
 */
char *rp_sql_insert_absent(const rp_db *db, const char *schema, const char *table, const char *columns,
                           size_t key_size);

/* "orders" becomes "\"orders\"": quotes doubled. Free with g_free(). */
char *rp_sql_quote(const char *identifier);

#endif
