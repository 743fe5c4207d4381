/* Using a database connection, whatever the driver. The slots' contracts are in db/driver.h. */
#ifndef RP_DB_DB_H
#define RP_DB_DB_H

#include "db/driver.h"

/*
 * Connects to "scheme:target" ("sqlite:/var/lib/state.db", "memory:"). REPOINT_INVALID for an unknown scheme,
 * listing the known ones.
 */
repoint_status rp_db_open(const char *url, const rp_db_options *options, rp_db **ret_db,
                          repoint_error *error);
void rp_db_close(rp_db *db); /* NULL is allowed */
G_DEFINE_AUTOPTR_CLEANUP_FUNC(rp_db, rp_db_close)

bool rp_db_can(const rp_db *db, rp_db_capability capability);

repoint_status rp_db_begin(rp_db *db, rp_db_mode mode, repoint_error *error);
repoint_status rp_db_commit(rp_db *db, repoint_error *error);
void rp_db_rollback(rp_db *db);
void rp_db_interrupt(rp_db *db);
/* Takes an interrupt back; false: the connection has to be closed. */
bool rp_db_proceed(rp_db *db);
/* Interrupts at once, from another thread; not in a signal handler. */
void rp_db_break_off(rp_db *db);

/* A statement with its values written out: rp_db_execute(db, sql, RP_VALUES(rp_db_text(name)), &changed,
 * error). */
#define RP_VALUES(...)                                                                                       \
    (const rp_db_value[]){__VA_ARGS__}, sizeof((const rp_db_value[]){__VA_ARGS__}) / sizeof(rp_db_value)
#define RP_NO_VALUES NULL, 0

repoint_status rp_db_execute(rp_db *db, const char *sql, const rp_db_value *values, size_t count,
                             int64_t *ret_changed, repoint_error *error);
repoint_status rp_db_execute_all(rp_db *db, const char *const *statements, size_t count,
                                 repoint_error *error);
repoint_status rp_db_insert(rp_db *db, const rp_insert *into, const rp_db_value *values, size_t rows,
                            int64_t *ret_inserted, repoint_error *error);
/* Does nothing where the database has no such locks. */
void rp_db_pipeline(rp_db *db);
repoint_status rp_db_lock_table(rp_db *db, const char *schema, const char *table, rp_db_lock lock,
                                repoint_error *error);
repoint_status rp_db_compare_keys_as(rp_db *db, const char *schema, const char *table, const char *column,
                                     repoint_error *error);
repoint_status rp_db_compress_column(rp_db *db, const char *schema, const char *table, const char *column,
                                     repoint_error *error);
repoint_status rp_db_query(rp_db *db, const char *sql, const rp_db_value *values, size_t count,
                           rp_rows **ret_rows, repoint_error *error);
/* The first column of the first row of a query without values; without a row NULL (else owned) or 0. */
repoint_status rp_db_query_text(rp_db *db, const char *sql, char **ret_text, repoint_error *error);
repoint_status rp_db_query_integer(rp_db *db, const char *sql, int64_t *ret_integer, repoint_error *error);

repoint_status rp_rows_next(rp_rows *rows, bool *ret_has_row, repoint_error *error);
void rp_rows_close(rp_rows *rows); /* NULL is allowed */
G_DEFINE_AUTOPTR_CLEANUP_FUNC(rp_rows, rp_rows_close)

/* Columns of the current row, from 0. Text is NULL for SQL NULL and lives until the next row. */
bool rp_rows_is_null(const rp_rows *rows, size_t column);
const char *rp_rows_text(const rp_rows *rows, size_t column);
size_t rp_rows_text_size(const rp_rows *rows, size_t column);
int64_t rp_rows_integer(const rp_rows *rows, size_t column, int64_t if_null);
bool rp_rows_boolean(const rp_rows *rows, size_t column, bool if_null);

/* A list of keys that grows: for statements that name many rows at once. Does not copy the strings. */
typedef struct rp_key_list {
    GPtrArray *values;
    size_t columns; /* 1 or 2 */
} rp_key_list;

rp_key_list rp_key_list_new(size_t columns);
void rp_key_list_add(rp_key_list *list, const char *first,
                     const char *second); /* second: NULL for one column */
size_t rp_key_list_count(const rp_key_list *list);
rp_db_keys rp_key_list_keys(const rp_key_list *list);
void rp_key_list_clear(rp_key_list *list);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(rp_key_list, rp_key_list_clear)

#endif
