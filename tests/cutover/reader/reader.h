/*
 * A reader of views, as an analyst's program is one: it knows a database, the names of some views, and that
 * all their rows have the same text in the column `release`. It knows nothing of repoint.
 *
 * An observation reads every view once, in one of several forms: one statement, or a transaction of one
 * statement a view. More than one release in one observation is a mixture. A view that returns fewer rows
 * than it has is an empty read. Either, and every error, is what a deployment must never cause.
 *
 *     reader *of = reader_new(&options);      then reader_observe(of) again and again,
 *     reader_counts_json(of)                  at any time, also from another thread
 *
 * A database is a `reader_database`: postgres.c, mariadb.c, sqlite.c, and duckdb.c for the threads of the
 * process that has the file.
 */
#ifndef CUTOVER_READER_H
#define CUTOVER_READER_H

#include <glib.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

typedef enum reader_form {
    READER_STATEMENT,       /* one statement over all views */
    READER_READ_COMMITTED,  /* a statement for each view, in one transaction */
    READER_REPEATABLE_READ, /* the same; on SQLite and DuckDB, what a transaction is */
    READER_SERIALIZABLE,    /* the same */
    READER_SHARE_LOCK,      /* the same with LOCK IN SHARE MODE */
    READER_LOCK_TABLES,     /* the same between LOCK TABLES ... READ of all views and UNLOCK TABLES */
    READER_FORM_COUNT
} reader_form;

typedef enum reader_order { READER_GIVEN, READER_REVERSE, READER_RANDOM, READER_ORDER_COUNT } reader_order;

/* Where an observation waits once for `pause`. */
typedef enum reader_pause {
    READER_NO_PAUSE,
    READER_PAUSE_SNAPSHOT, /* the transaction's snapshot is taken, no view was read */
    READER_PAUSE_HALF,     /* half of the views, one at least, were read */
    READER_PAUSE_COUNT
} reader_pause;

/* Why a call of the database failed. */
typedef struct reader_fault {
    char sqlstate[8];
    char message[256];
} reader_fault;

typedef struct reader_observation reader_observation;

/* A row of the view with this number: NULL is a release too. */
void reader_note(reader_observation *of, unsigned view, const char *release);

/* Every call returns false, or NULL, after saying why in *fault. */
typedef struct reader_database {
    const char *scheme;                   /* of its URLs */
    const char *select;                   /* of one view; takes its number (%u) and its name (%s) */
    const char *begin[READER_FORM_COUNT]; /* NULL where the database has no such form */
    const char *snapshot;                 /* takes the transaction's snapshot, and touches no view */
    void *(*connect)(const void *target, reader_fault *fault);
    void (*disconnect)(void *connection);
    bool (*execute)(void *connection, const char *sql, reader_fault *fault);
    /* Its rows are the number of the view and the release. */
    bool (*query)(void *connection, const char *sql, reader_observation *into, reader_fault *fault);
    void *(*prepare)(void *connection, const char *sql, reader_fault *fault);
    bool (*query_prepared)(void *connection, void *statement, reader_observation *into, reader_fault *fault);
    void (*unprepare)(void *connection, void *statement);
} reader_database;

extern const reader_database reader_postgres, reader_mariadb, reader_sqlite, reader_duckdb;

typedef struct reader_options {
    const reader_database *database;
    const void *target; /* a URL; for DuckDB a reader_duckdb_file */
    char **views;       /* NULL-terminated, quoted as the database wants it */
    reader_form form;
    reader_order order; /* random: another one each time */
    bool is_prepared;   /* the statements are prepared once, when connecting */
    bool reconnects;    /* a new connection for each observation */
    unsigned rows;      /* that each view has */
    unsigned seed;
    reader_pause pause_at;
    void (*pause)(void *context);
    void *context;
    FILE
        *times; /* NULL, or where each observation's beginning, end (monotonic, us) and outcome are written */
} reader_options;

typedef struct reader reader;

/* NULL, having said why on standard error, when the database has no such form. The options' pointers must
 * live on. */
reader *reader_new(const reader_options *options);
void reader_free(reader *of);

/* One observation; connects first where needed. */
void reader_observe(reader *of);

typedef struct reader_counts {
    uint64_t observations; /* all; each is one of the others, or whole */
    uint64_t mixed;
    uint64_t empty; /* also counted as mixed when it is that too */
    uint64_t errors;
    uint64_t releases; /* how many different ones were seen whole */
} reader_counts;

reader_counts reader_count(reader *of);

/*
 * {"observations", "releases": {release: whole observations}, "mixed", "empty", "errors", "faults": {what:
 * times}, "examples": [text], "longest_ms"}. g_free()
 */
char *reader_counts_json(reader *of);

/* ---- DuckDB ---- */

struct duck_library;
struct duck_database;

typedef struct reader_duckdb_file {
    const struct duck_library *library;
    struct duck_database *database;
} reader_duckdb_file;

#endif
