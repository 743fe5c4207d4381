/* How PostgreSQL spells things and what its errors mean, whoever holds the connection. */
#ifndef RP_DB_POSTGRES_DIALECT_H
#define RP_DB_POSTGRES_DIALECT_H

#include "db/driver.h"

typedef struct pg_meaning {
    const char *sqlstate; /* or the class: its first two letters */
    repoint_status status;
    const char *hint; /* or NULL */
} pg_meaning;

/* Never NULL. */
const pg_meaning *rp_pg_meaning(const char *sqlstate);

#define RP_PG_BEGIN_READ  "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY"
#define RP_PG_BEGIN_WRITE "BEGIN ISOLATION LEVEL READ COMMITTED READ WRITE"

/*
 * The settings of a transaction, as a query. The server gives up by itself at the deadline (0: none); short
 * statements are not worth compiling. Free with g_free().
 */
char *rp_pg_settings_text(gint64 busy_us, gint64 deadline_us);
/* What is waited for locks from here to the transaction's end, as a statement. Free with g_free(). */
char *rp_pg_lock_timeout_text(gint64 microseconds);

/*
 * A table lock is waited for a short time only: whoever waits for a strong lock keeps all who come later
 * waiting behind it. Well below the server's deadlock_timeout, it is also this side that gives way.
 */
#define RP_PG_TABLE_LOCK_WAIT_US (G_USEC_PER_SEC / 10)
/* Free with g_free(). */
char *rp_pg_lock_text(const rp_db *db, const char *schema, const char *table, rp_db_lock lock);

/* The driver slot compress_column. *has_lz4 is 0 before the first time, then 'y' or 'n'. */
repoint_status rp_pg_compress(rp_db *db, const char *schema, const char *table, const char *column,
                              char *has_lz4, repoint_error *error);

#endif
