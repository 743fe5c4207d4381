/*
 * repoint/driver.h: a state store on a connection that the caller has already.
 *
 * A program, or the binding of a language, that holds a database connection fills a table of functions,
 * repoint_driver, and opens stores on it with repoint_store_open_driver(). librepoint knows how the database
 * spells SQL, from the table's `dialect`; the table's functions only carry statements there and rows back.
 *
 *     static const repoint_driver driver = {
 *         .version = REPOINT_DRIVER_VERSION, .dialect = "sqlite", .placeholder = REPOINT_QUESTION_MARK,
 *         .execute = execute, .query = query, .rows_next = rows_next, .rows_close = rows_close,
 *         .begin = begin, .commit = commit, .rollback = rollback,
 *     };
 *     status = repoint_store_open_driver(&driver, connection, NULL, &store, &error);
 *
 * What holds for all of the table's functions:
 *   - They are called by the thread that calls librepoint, one at a time, except `interrupt`.
 *   - They may block. Between the calls of librepoint none of them is called.
 *   - Those that return a status report a failure with `return repoint_driver_fail(error, …)`, and leave
 *     their outputs as they are. They must not call librepoint otherwise, nor leave by an exception or
 *     longjmp().
 *   - What librepoint passes (SQL, values, error) is its own, and lives until the function returns.
 *   - A statement outside of begin … commit is its own transaction: it is committed when the function
 *     returns. A connection on which the caller has a transaction open himself must be refused, by every
 *     function, with REPOINT_REFUSED: it would be committed behind his back.
 */
#ifndef REPOINT_DRIVER_H
#define REPOINT_DRIVER_H

#include <stddef.h>
#include <stdint.h>

#include "repoint/store.h"

#ifdef __cplusplus
extern "C" {
#endif

#define REPOINT_DRIVER_VERSION 1

/* How a statement names its values. */
typedef enum repoint_placeholder {
    REPOINT_QUESTION_MARK, /* ?, ?: one value for each, in the order of the text */
    REPOINT_PERCENT_S,     /* %s, %s: likewise; another percent sign is doubled, if there are values at all */
    REPOINT_DOLLAR_NUMBER, /* $1, $2: the number is the value's, from 1; one may stand twice */
    REPOINT_COLON_NUMBER   /* :1, :2: likewise */
} repoint_placeholder;

typedef enum repoint_value_type {
    REPOINT_NULL,
    REPOINT_TEXT,
    REPOINT_INTEGER,
    REPOINT_BOOLEAN
} repoint_value_type;

typedef struct repoint_value {
    repoint_value_type type;
    int64_t integer;  /* of a boolean 0 or 1 */
    const char *text; /* UTF-8, `size` bytes; it may not end in a zero byte */
    size_t size;
} repoint_value;

typedef struct repoint_driver_error repoint_driver_error;

/*
 * Reports a failure, and returns the status for the function to return. `status` is
 *   REPOINT_FAILED           whatever the database says: librepoint finds out from `sqlstate`, `code` and
 *                            `message` whether that is a lock (REPOINT_BUSY), a key that exists
 *                            (REPOINT_CONFLICT), or another of these
 *   REPOINT_BUSY             a lock, a deadlock or a serialization failure: the transaction may be tried
 * again REPOINT_CONFLICT         a key exists REPOINT_INVALID          a value that the database cannot hold
 *   REPOINT_UNREACHABLE      the connection is lost, and the transaction with it
 *   REPOINT_TIMEOUT, REPOINT_INTERRUPTED
 *                            the statement was ended
 *   REPOINT_REFUSED          the caller has a transaction open, or uses the connection in another thread
 *   REPOINT_OUTCOME_UNKNOWN  `commit` only: the connection was lost while it waited for the answer
 * and any other counts as REPOINT_FAILED. `code` is the database's own number: SQLite's result code,
 * MariaDB's or MySQL's error number; 0 for none. `sqlstate` and `message` are copied, and may be NULL.
 */
REPOINT_API repoint_status repoint_driver_fail(repoint_driver_error *error, repoint_status status, int code,
                                               const char *sqlstate, const char *message);

/* Later versions append members, which are not looked at in a table of an earlier version. */
typedef struct repoint_driver {
    int version;         /* REPOINT_DRIVER_VERSION */
    const char *dialect; /* "sqlite", "postgres", "duckdb", "mysql" or "mariadb" */
    repoint_placeholder placeholder;
    const char *name; /* for messages, such as "the connection to shop"; NULL: "the given connection" */

    /* Runs a statement without rows. *ret_changed is how many rows it inserted, updated or deleted; of an
     * UPDATE those that its WHERE met, whether they differ afterwards or not. */
    repoint_status (*execute)(void *connection, const char *sql, const repoint_value *values, size_t count,
                              int64_t *ret_changed, repoint_driver_error *error);

    /* Runs a statement with rows, each of *ret_columns values. *ret_rows is the function's own, and lives
     * until rows_close. Others may be run before: a database that cannot do that gets its rows here. */
    repoint_status (*query)(void *connection, const char *sql, const repoint_value *values, size_t count,
                            void **ret_rows, size_t *ret_columns, repoint_driver_error *error);

    /* The next row in *ret_values, NULL after the last. The values, and their texts, are the function's own,
     * and live until the next rows_next or rows_close of these rows. A decimal number without a fraction is
     * an integer; what is neither text nor number comes as text. */
    repoint_status (*rows_next)(void *connection, void *rows, const repoint_value **ret_values,
                                repoint_driver_error *error);

    /* Called once for what `query` gave, at the end, after a failure of rows_next, or earlier. */
    void (*rows_close)(void *connection, void *rows);

    /* Begins a transaction by the statement `sql` ("BEGIN IMMEDIATE"). */
    repoint_status (*begin)(void *connection, const char *sql, repoint_driver_error *error);

    /* After REPOINT_OK the transaction is durable; after another status, except REPOINT_OUTCOME_UNKNOWN, it
     * was rolled back, or `rollback` will do it. */
    repoint_status (*commit)(void *connection, repoint_driver_error *error);

    /* Called after `begin` has succeeded, or after a commit that failed. What keeps it from working is the
     * connection's end: nothing is reported. */
    void (*rollback)(void *connection);

    /* Ends the statement that is running, which then fails; does nothing when none is. Called by a thread of
     * librepoint's own, while another is inside `execute`, `query`, `rows_next` or `begin`, again and again
     * until that returns. NULL: statements run to their end, and an interrupt is noticed after them. */
    void (*interrupt)(void *connection);

    /* The store is done with the connection: the last call. NULL: nothing is to be done. */
    void (*close)(void *connection);
} repoint_driver;

/*
 * Opens a store on the caller's connection, as repoint_store_open() does by a URL. The table is copied, its
 * strings too. `connection` is passed to its functions, and must live until `close`, which is called by
 * repoint_store_close(), or before this function fails. REPOINT_INVALID, and nothing called at all, for a
 * table of another version, of an unknown dialect, or with a function missing.
 *
 * The connection is left in peace: nothing of it is changed for longer than a call of librepoint lasts. The
 * caller may use it between the calls, not during them. For a database of DuckDB, which has no keys that
 * repoint could rely on, the stores of this process take turns to write.
 */
REPOINT_API repoint_status repoint_store_open_driver(const repoint_driver *driver, void *connection,
                                                     const repoint_store_options *options,
                                                     repoint_store **ret_store, repoint_error *error);

/* As above, but creates the tables where there are none: see repoint_store_create(). */
REPOINT_API repoint_status repoint_store_create_driver(const repoint_driver *driver, void *connection,
                                                       const repoint_store_options *options,
                                                       const repoint_versions *versions,
                                                       repoint_store **ret_store, bool *ret_created,
                                                       repoint_error *error);

#ifdef __cplusplus
}
#endif

#endif
