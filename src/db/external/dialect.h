/* What librepoint knows of a database whose connection is the caller's. */
#ifndef RP_DB_EXTERNAL_DIALECT_H
#define RP_DB_EXTERNAL_DIALECT_H

#include "db/driver.h"

/* What repoint_driver_fail() was told. */
struct repoint_driver_error {
    int code;
    char sqlstate[6];
    char *message; /* NULL: none */
};
typedef struct repoint_driver_error rp_failure;

/* How a row is left out whose key is there. */
typedef enum rp_leave_out {
    RP_LEAVE_OUT_CONFLICTS, /* ON CONFLICT DO NOTHING */
    RP_LEAVE_OUT_UPDATES,   /* ON DUPLICATE KEY UPDATE, which counts them too */
    RP_LEAVE_OUT_PRESENT,   /* WHERE NOT EXISTS: there are no keys */
} rp_leave_out;

typedef struct rp_external_dialect {
    const char *name;
    const rp_db_driver *native; /* capabilities, types and relations are those of the driver of our own */
    const char *begin[2];       /* by rp_db_mode */
    const char *const *types;   /* to which parameters are cast, by rp_db_type; NULL: they are not */
    rp_leave_out leave_out;
    bool takes_turns; /* writers of this process wait for one another (external/turns.h) */

    /* A query that goes before everything in a transaction, and may be tried again with its beginning; free
     * with g_free(). NULL: none. */
    char *(*settings)(gint64 busy_us, gint64 deadline_us);
    /* Statements before and after a transaction, or a statement that is one. NULL: none. */
    char *(*prepare)(gint64 busy_us);
    const char *put_back;
    /* Does a statement commit the transaction in which it runs? NULL: none does. */
    bool (*commits_implicitly)(const char *sql);
    void (*write_keys)(GString *sql, unsigned parameter, const char *columns, const char *collation);
    repoint_status (*fail)(const char *name, const rp_failure *failure, repoint_error *error);
} rp_external_dialect;

/* NULL: unknown. */
const rp_external_dialect *rp_external_dialect_find(const char *name);
/* "known are: sqlite, ...". Free with g_free(). */
char *rp_external_dialect_names(void);

#endif
