/* The state store's handle, its transactions, and what every verb of this folder shares. */
#ifndef RP_STATE_STORE_H
#define RP_STATE_STORE_H

#include <stdatomic.h>

#include "base/json.h"
#include "db/db.h"
#include "db/sql.h"
#include "repoint/store.h"

#define RP_DEFAULT_SQLMESH_VERSION "0.236.4"
#define RP_OWN_PREFIX              "_repoint_" /* begins the names of tables that SQLMesh does not have */
#define RP_DEFAULT_SQLGLOT_VERSION "30.8.0"

struct repoint_store {
    rp_db *db;
    rp_db *warehouse;   /* NULL: not opened, or none of its own */
    char *url;          /* NULL: nobody else can connect to it (memory, a connection of the caller's) */
    gint64 deadline_us; /* g_get_monotonic_time() when all work has to be over; 0: none */
    atomic_bool interrupted;
    char *schema; /* NULL: names without one */
    repoint_store_options options;
    int transaction_depth;
    rp_db_mode transaction_mode; /* of the outermost one */
    bool transaction_failed;     /* an inner part failed: the outermost must not commit */
    gint64 waited_us;            /* for a transaction that could not begin: it counts against the busy time */
};

G_DEFINE_AUTOPTR_CLEANUP_FUNC(repoint_store, repoint_store_close)

/*
 * A store on a connection, which it owns from now on also on failure. Checks versions as repoint_store_open()
 * does. For tests (fault and trace drivers) and for whoever has a connection already.
 */
repoint_status rp_store_open_on(rp_db *db, const repoint_store_options *options, repoint_store **ret_store,
                                repoint_error *error);
/* As above, creating the tables where there are none. */
repoint_status rp_store_create_on(rp_db *db, const repoint_store_options *options,
                                  const repoint_versions *versions, repoint_store **ret_store,
                                  bool *ret_created, repoint_error *error);

/* The database of tables and views, connected when it is first asked for; the store's own unless options say
 * otherwise. */
repoint_status rp_store_warehouse(repoint_store *store, rp_db **ret_db, repoint_error *error);

/* Another connection to it, for another thread; *ret_db is untouched where there can be none. `deadline_us`
 * is its own, beside the store's. */
repoint_status rp_store_warehouse_again(const repoint_store *store, gint64 deadline_us, rp_db **ret_db,
                                        repoint_error *error);
bool rp_store_has_more_connections(const repoint_store *store);

/* REPOINT_INTERRUPTED, REPOINT_TIMEOUT: for what waits without asking the database. */
repoint_status rp_store_check(const repoint_store *store, repoint_error *error);

/* The clock of state times, in milliseconds; never of leases. */
int64_t rp_store_now(const repoint_store *store);
/* How long other writers are waited for. */
double rp_store_busy_seconds(const repoint_store *store);
/* A fresh random id: 32 hexadecimal digits, a UUID of version 4 without dashes. Free with g_free(). */
typedef char rp_id[33];
char *rp_store_new_id(const repoint_store *store);
rp_id *rp_store_new_ids(const repoint_store *store, size_t count);
void rp_store_progress(const repoint_store *store, const char *what, uint64_t done, uint64_t total);

/*
 * A transaction as a scope: it is rolled back when it goes out of scope without rp_transaction_commit(). One
 * inside another joins it. With the option dry_run the outermost commit rolls back.
 *
 *     g_auto(rp_transaction) transaction = {0};
 *     repoint_status status = rp_transaction_begin(&transaction, store, RP_DB_WRITE, error);
 *     ...
 *     return rp_transaction_commit(&transaction, error);
 */
typedef struct rp_transaction {
    repoint_store *store; /* NULL: not begun, or over */
    rp_db_mode mode;
} rp_transaction;

repoint_status rp_transaction_begin(rp_transaction *transaction, repoint_store *store, rp_db_mode mode,
                                    repoint_error *error);
repoint_status rp_transaction_commit(rp_transaction *transaction, repoint_error *error);
void rp_transaction_end(rp_transaction *transaction); /* rolls back what is not committed */
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(rp_transaction, rp_transaction_end)

/*
 * What a write transaction keeps other writers from, where writers run side by side: each verb says what it
 * reads that nobody may change before its commit. Always taken in this order.
 *
 *     promote, import, janitor    ENVIRONMENTS: nobody reads or writes an environment meanwhile, SQLMesh's
 *                                 janitor included, so that no environment names what is being deleted
 *     janitor                     SNAPSHOTS: nobody is between looking for a snapshot and naming it
 *     compact, remove, import     INTERVALS: nobody appends to the log of intervals
 *     add intervals               INTERVALS_SHARED: nobody compacts or removes; others may add
 */
typedef enum rp_locks {
    RP_LOCK_ENVIRONMENTS = 1 << 0,
    RP_LOCK_SNAPSHOTS = 1 << 1,
    RP_LOCK_INTERVALS = 1 << 2,
    RP_LOCK_INTERVALS_SHARED = 1 << 3,
} rp_locks;

/* Begins a write transaction that holds these locks; gives way and tries again until the busy time is over.
 * Inside another transaction it takes them there. */
repoint_status rp_transaction_begin_locked(rp_transaction *transaction, repoint_store *store, unsigned locks,
                                           repoint_error *error);

/*
 * Trying a write verb again after a deadlock or a serialization failure, until the busy time is over:
 *
 *     rp_retry retry = {0};
 *     do
 *         status = promote(...);
 *     while (rp_retry_again(&retry, store, status));
 *
 * Never inside another transaction, which is lost as a whole.
 */
typedef struct rp_retry {
    gint64 until_us;
    unsigned tries;
} rp_retry;

/* Waits a little, and says whether to try again after `status`. */
bool rp_retry_again(rp_retry *retry, const repoint_store *store, repoint_status status);

/*
 * Changing tables: one write transaction where tables change with the transaction; elsewhere each statement
 * stands for itself, and whoever writes them in an order that a second call can finish. A dry run changes
 * nothing there.
 */
repoint_status rp_ddl_begin(rp_transaction *transaction, repoint_store *store, repoint_error *error);
repoint_status rp_ddl_commit(rp_transaction *transaction, repoint_error *error);
/* Runs a statement of such a section, and frees it. */
repoint_status rp_ddl_execute(repoint_store *store, char *sql, repoint_error *error);

/* What a table is made of. Column types: k is a key's text, l a large text, t text, b bigint, i int, f flag.
 */
typedef struct rp_table_layout {
    const char *name;
    const char *columns;       /* "name:type ..." */
    const char *key;           /* "column, column", or NULL */
    const char *indexes[2][2]; /* {name, "column, column"} */
} rp_table_layout;

/* Creates a table where there is none; in a section of rp_ddl_begin(). */
repoint_status rp_schema_create_table(repoint_store *store, const rp_table_layout *table,
                                      repoint_error *error);
repoint_status rp_schema_has_table(repoint_store *store, const char *name, bool *ret_has,
                                   repoint_error *error);
/* The same for several at once: are all of them there? */
repoint_status rp_schema_has_tables(repoint_store *store, const rp_key_list *names, bool *ret_has_all,
                                    repoint_error *error);

/* Has none of the tables a row? Then whoever creates a store here may finish what somebody else began. */
repoint_status rp_schema_is_unfinished(repoint_store *store, bool *ret_unfinished, repoint_error *error);
/* Creates the tables that are not there and then records the versions; in a section of rp_ddl_begin(). */
repoint_status rp_schema_create(repoint_store *store, const repoint_versions *versions, repoint_error *error);
/* Drops the tables, and with `backups` the copies that a migration made; likewise. */
repoint_status rp_schema_drop(repoint_store *store, bool backups, repoint_error *error);
/* Copies the tables, as SQLMesh's migration does; likewise. */
repoint_status rp_schema_back_up(repoint_store *store, repoint_error *error);
/* Puts the copies back and uses them up, in a transaction of its own. REPOINT_NOT_FOUND when there are none,
 * REPOINT_REFUSED when their tables are older than what repoint knows. */
repoint_status rp_schema_restore(repoint_store *store, repoint_error *error);
/* Removes every row of the six tables and records the versions anew; inside a write transaction. */
repoint_status rp_schema_empty(repoint_store *store, repoint_error *error);
/* *ret_is_store: the table of versions is there; *ret_versions is then what it says (zeros for no row). */
repoint_status rp_versions_read(repoint_store *store, bool *ret_is_store, repoint_versions *ret_versions,
                                repoint_error *error);

#endif
