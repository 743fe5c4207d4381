/* How MariaDB and MySQL spell things and what their errors mean, whoever holds the connection. */
#ifndef RP_DB_MYSQL_DIALECT_H
#define RP_DB_MYSQL_DIALECT_H

#include "db/driver.h"

#define RP_MYSQL_COLLATION "utf8mb4_bin" /* of key lists, until a store's own is known */

typedef struct mysql_meaning {
    unsigned code;
    repoint_status status;
    const char *hint; /* or NULL */
} mysql_meaning;

/* Of an error number of the server or of its client library. Never NULL. */
const mysql_meaning *rp_mysql_meaning(unsigned code);

/* The settings that every statement of repoint needs, behind `start` ("SET SESSION "). Free with g_free(). */
char *rp_mysql_settings_text(const char *start, gint64 busy_us);

/* Replaces *collation by the column's, if there is such a column. */
repoint_status rp_mysql_read_collation(rp_db *db, const char *schema, const char *table, const char *column,
                                       char **collation, repoint_error *error);

/* The driver slot write_keys, with the collation in which keys are compared. */
void rp_mysql_keys_text(GString *sql, unsigned parameter, const char *columns, const char *collation);

#endif
