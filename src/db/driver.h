/*
 * The contract that every database driver keeps.
 *
 * A connection (rp_db) is used by one thread at a time. A driver is a table of functions; rp_db_open() finds
 * it by the URL's scheme. Wrappers (db/trace.h, db/fault.h) are drivers too, around any other: callers cannot
 * tell.
 *
 * Statements are SQL text with the parameters ?1, ?2, ... made by rp_sql() (db/sql.h), which hides what
 * databases spell differently. Text is UTF-8; a parameter's memory need only live until the call returns.
 *
 *     begin ──▶ execute / query … ──▶ commit
 *                      │
 *                      └────────────▶ rollback
 *
 * Outside a transaction each statement is its own. After an error inside a transaction only rollback is
 * legal, or, with RP_DB_SAVEPOINTS, going back to a savepoint by a statement.
 *
 * Errors that any slot may report:
 *   REPOINT_BUSY             somebody holds a lock for longer than the busy time, a deadlock, a serialization
 *                            failure: the whole transaction may be tried again
 *   REPOINT_CONFLICT         a key exists already
 *   REPOINT_FAILED           permission, read-only, disk full, anything else the database says
 *   REPOINT_UNREACHABLE      the connection is lost; the transaction is rolled back
 *   REPOINT_TIMEOUT          the deadline passed
 *   REPOINT_INTERRUPTED      rp_db_interrupt()
 *   REPOINT_OUTCOME_UNKNOWN  commit only: it may or may not have happened
 */
#ifndef RP_DB_DRIVER_H
#define RP_DB_DRIVER_H

#include "base/error.h"

/* What databases differ in; asked with rp_db_can(). */
typedef enum rp_db_capability {
    RP_DB_SCHEMAS = 1 << 0,           /* tables live in schemas */
    RP_DB_KEYS = 1 << 1,              /* primary keys and indexes are kept */
    RP_DB_TRANSACTIONAL_DDL = 1 << 2, /* views and tables change with the transaction */
    RP_DB_ROW_LOCKS = 1 << 3,         /* FOR UPDATE; else a write transaction excludes other writers */
    RP_DB_CASELESS_NAMES = 1 << 4,    /* table and view names that differ only in ASCII case are the same */
    RP_DB_SQLMESH_ENGINE = 1 << 5, /* SQLMesh runs on it, so a project's statements may be written for it */
    RP_DB_ATOMIC_VIEWS = 1 << 6,   /* a transaction that replaces views does so for every reader at once */
    RP_DB_INNER_INDEXES = 1 << 7,  /* indexes are made with their table: they have no IF NOT EXISTS */
    RP_DB_SAVEPOINTS = 1 << 8,     /* SAVEPOINT, ROLLBACK TO SAVEPOINT; also after an error */
    RP_DB_JOINED_WRITES = 1 << 9,  /* UPDATE and DELETE may join; a subquery they would run for each row */
    RP_DB_DELETING_QUERIES = 1 << 10, /* WITH gone AS (DELETE … RETURNING …) SELECT … FROM gone */
} rp_db_capability;

typedef enum rp_db_mode {
    RP_DB_READ, /* all statements see one moment of the database; never waits for writers */
    RP_DB_WRITE /* may wait, up to the busy time, for another writer */
} rp_db_mode;

/* A list of text keys, given to a statement as one parameter and read there as a relation: rp_sql()'s %k. */
typedef struct rp_db_keys {
    size_t columns;
    size_t rows;
    const char *const *values; /* row by row; NULL is SQL NULL */
} rp_db_keys;

/* What a transaction keeps others from, on one table, until its end. */
typedef enum rp_db_lock {
    RP_DB_LOCK_SHARED,  /* RP_DB_LOCK_WRITERS; others may hold this one too */
    RP_DB_LOCK_WRITERS, /* every other writer */
    RP_DB_LOCK_ALL,     /* readers too */
} rp_db_lock;

typedef enum rp_db_type { RP_DB_TEXT, RP_DB_INTEGER, RP_DB_BOOLEAN, RP_DB_KEY_LIST } rp_db_type;

/* SQL NULL has a type as well: a parameter's type is the column's, or its text. */
typedef struct rp_db_value {
    rp_db_type type;
    bool is_null;
    union {
        int64_t integer;
        bool boolean;
        struct {
            const char *bytes;
            size_t size;
        } text;
        const rp_db_keys *keys;
    };
} rp_db_value;

rp_db_value rp_db_null(rp_db_type type);
rp_db_value rp_db_integer(int64_t number);
rp_db_value rp_db_integer_or_null(int64_t number, int64_t null_number);
rp_db_value rp_db_boolean(bool value);
rp_db_value rp_db_text(const char *text); /* NULL is SQL NULL */
rp_db_value rp_db_text_sized(const char *text, size_t size);
rp_db_value rp_db_key_list(const rp_db_keys *keys);

/* Where rows are inserted. */
typedef struct rp_insert {
    const char *schema; /* or NULL */
    const char *table;
    const char *columns; /* "name, identifier, version" */
    /* Rows whose first `key_size` columns are in the table already, or twice among the rows, are left out. 0:
     * a row that is there already makes the insert fail. */
    size_t key_size;
} rp_insert;

typedef struct rp_db rp_db;
typedef struct rp_rows rp_rows;
typedef struct rp_db_driver rp_db_driver;

typedef struct rp_db_options {
    bool create; /* make the database where there is none */
    double busy_seconds;
    int64_t deadline_us; /* g_get_monotonic_time() after which statements fail; 0: none */
} rp_db_options;

/* Every slot is mandatory, unless its comment says what NULL means: rp_db_open() asserts it. */
struct rp_db_driver {
    const char *scheme; /* of URLs: "sqlite" */
    unsigned capabilities;
    const char *key_text_type;   /* the column type of keys */
    const char *large_text_type; /* the column type of JSON documents */
    const char *table_options;   /* what ends a CREATE TABLE; "" for nothing */

    const char *clock;    /* an expression: milliseconds since 1970 by the database's clock */
    const char *identity; /* an expression: who is connected, as the database has made sure of it; NULL where
                             it does not */

    /* The relation of all tables and views: schema_name (NULL without schemas), name, type ('table',
     * 'view' or 'materialized view'), definition (a view's CREATE statement or its query; on PostgreSQL the
     * names of what it reads). Whoever changes or drops a view meanwhile is neither waited for nor an error.
     * rp_sql()'s %o. */
    const char *objects_relation;
    /* The condition on a row `o` of that relation that its name alone, without a schema, means it. */
    const char *unqualified;
    /* A query for the columns of a table or view, ?1 its schema (or NULL), ?2 its name: name, type, in their
     * order. */
    const char *columns_query;

    /*
     * Connects. `target` is the URL after "scheme:". May block for the time-outs that the URL or options
     * give. Must not write to a database that exists already. The message must not repeat a password.
     */
    repoint_status (*open)(const char *target, const rp_db_options *options, rp_db **ret_db,
                           repoint_error *error);

    /* Rolls back what is open and releases everything. Open rows must be closed before. Never fails. */
    void (*close)(rp_db *db);

    /* Legal outside a transaction only. RP_DB_WRITE takes whatever the database needs for writing now, not
     * later. */
    repoint_status (*begin)(rp_db *db, rp_db_mode mode, repoint_error *error);

    /* After REPOINT_OK the writes are durable. After another status nothing was written, and the transaction
     * is over, except REPOINT_OUTCOME_UNKNOWN: then only close is legal. */
    repoint_status (*commit)(rp_db *db, repoint_error *error);

    /* Legal at any time; outside a transaction it does nothing. A connection that cannot even do that is
     * lost. */
    void (*rollback)(rp_db *db);

    /* Runs a statement without rows. *ret_changed (may be NULL) counts the rows that it inserted, updated or
     * deleted; for an UPDATE those that its WHERE met. */
    repoint_status (*execute)(rp_db *db, const char *sql, const rp_db_value *values, size_t count,
                              int64_t *ret_changed, repoint_error *error);

    /*
     * Runs statements without rows or values, in this order, in as few round trips as it can; the first that
     * fails ends it. Only in a write transaction. NULL where one round trip for each is all the same.
     */
    repoint_status (*execute_all)(rp_db *db, const char *const *statements, size_t count,
                                  repoint_error *error);

    /*
     * Inserts `rows` rows, row by row in `values`, in as few round trips as it can; the values of a column
     * have one type. *ret_inserted (may be NULL) counts those that were not left out. Outside a transaction
     * the rows before a failure may stay.
     */
    repoint_status (*insert)(rp_db *db, const rp_insert *into, const rp_db_value *values, size_t rows,
                             int64_t *ret_inserted, repoint_error *error);

    /*
     * From here to the end of the transaction a call may return before the database has answered, so that the
     * caller does something else meanwhile: a query, and an execute or insert that nobody asks for its count.
     * What goes wrong with them is reported by a later call: by rows_next, by commit at the latest. NULL
     * where there is nothing to wait for.
     */
    void (*pipeline)(rp_db *db);

    /*
     * Locks a table for the rest of the write transaction, waiting a short time only: REPOINT_BUSY, and the
     * transaction has to be tried again. NULL where a database cannot: then RP_DB_ROW_LOCKS are what there
     * is, or a write transaction excludes other writers anyway.
     */
    repoint_status (*lock_table)(rp_db *db, const char *schema, const char *table, rp_db_lock lock,
                                 repoint_error *error);

    /*
     * Called when a store is opened, with a column of names: key lists are compared from now on as that
     * column is, whose index would be of no use otherwise. NULL where there is but one way to compare text.
     */
    repoint_status (*compare_keys_as)(rp_db *db, const char *schema, const char *table, const char *column,
                                      repoint_error *error);

    /* Has a column's large values compressed where the database can; where it cannot, that is no error. NULL
     * where none can. */
    repoint_status (*compress_column)(rp_db *db, const char *schema, const char *table, const char *column,
                                      repoint_error *error);

    /* Runs a statement with rows, which are fetched as rows_next is called. The caller closes them. Other
     * statements may run on the connection meanwhile. */
    repoint_status (*query)(rp_db *db, const char *sql, const rp_db_value *values, size_t count,
                            rp_rows **ret_rows, repoint_error *error);

    /* Moves to the next row; *ret_has_row is false after the last. */
    repoint_status (*rows_next)(rp_rows *rows, bool *ret_has_row, repoint_error *error);

    /* The column's value in the current row; text ends in a zero byte, is owned by the rows and lives until
     * the next rows_next or rows_close. Integers, booleans and text as the database has them; a NULL's type
     * means nothing. */
    rp_db_value (*rows_value)(const rp_rows *rows, size_t column);
    void (*rows_close)(rp_rows *rows);

    /* Makes the statement in progress and every later one fail with REPOINT_INTERRUPTED. A commit that
     * has begun is let through; one that begins later fails, rolled back. Called from signal handlers and
     * other threads. */
    void (*interrupt)(rp_db *db);

    /* Takes an interrupt back, between statements. NULL where a connection is closed after one. */
    void (*proceed)(rp_db *db);

    /* Ends the statement in progress even in the middle of a part that `interrupt`, which has to be safe in a
     * signal handler, waits for. Called after it, from another thread, never in a signal handler. NULL where
     * `interrupt` is enough. */
    void (*break_off)(rp_db *db);

    /* Appends the relation of key-list parameter ?`parameter`, its columns named `columns` ("name,
     * identifier"). */
    void (*write_keys)(const rp_db *db, GString *sql, unsigned parameter, const char *columns);
};

/* What every driver's connection and rows begin with. */
struct rp_db {
    const rp_db_driver *driver;
    /* Where a database takes "a.b" for b in the catalog a when there is one, and a schema may have that name,
     * too: the catalog that is worked in, which then stands before the schema. Else NULL. The driver's. */
    char *catalog;
};
struct rp_rows {
    rp_db *db;
};

#endif
