/* A given connection, and calling the caller's functions for it. */
#ifndef RP_DB_EXTERNAL_CALL_H
#define RP_DB_EXTERNAL_CALL_H

#include "db/external/dialect.h"
#include "db/external/watch.h"
#include "repoint/driver.h"

typedef struct external_db {
    rp_db base;
    rp_db_driver slots; /* base.driver */
    repoint_driver driver;
    void *connection;
    const rp_external_dialect *dialect;
    char *name; /* for messages */
    rp_watch *watch;
    gint64 busy_us;
    gint64 deadline_us; /* 0: none */
    bool in_transaction;
    bool is_lost;
    bool has_turn;
    char *database;  /* what writers take turns at; NULL: they do not */
    char *collation; /* of key lists, where it has to be said */
    char has_lz4;    /* rp_pg_compress() */
} external_db;

typedef struct external_rows {
    rp_rows base;
    void *rows; /* the caller's */
    size_t columns;
    const repoint_value *values; /* of the current row; NULL before the first and after the last */
    GStringChunk *texts;         /* of the current row: the caller's need not end in a zero byte */
} external_rows;

void rp_failure_clear(rp_failure *failure);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(rp_failure, rp_failure_clear)

/* What a function of the caller's said, as ours. */
repoint_status rp_external_report(external_db *db, repoint_status said, const rp_failure *failure,
                                  repoint_error *error);

/* Before everything that may be refused: an interrupt, the deadline, a connection that is no more. */
repoint_status rp_external_check(const external_db *db, repoint_error *error);

/* A statement, inside of what is one transaction. */
repoint_status rp_external_run(external_db *db, const char *sql, const rp_db_value *values, size_t count,
                               int64_t *ret_changed, repoint_error *error);
repoint_status rp_external_read(external_db *db, const char *sql, const rp_db_value *values, size_t count,
                                rp_rows **ret_rows, repoint_error *error);

/* Settings and turns: before and after what is one transaction; and the same for a statement, which is one
 * where none is open. */
repoint_status rp_external_enter(external_db *db, rp_db_mode mode, repoint_error *error);
void rp_external_leave(external_db *db);
repoint_status rp_external_enter_single(external_db *db, rp_db_mode mode, repoint_error *error);
void rp_external_leave_single(external_db *db);

/*
 * A connection of the caller's waits for locks as long as it likes, perhaps not at all. Where nothing has
 * happened yet, a statement that is a transaction or the beginning of one, it is tried again until the busy
 * time is over: waits a little and says whether to. Inside of a transaction it never is.
 */
typedef struct rp_external_patience {
    gint64 until_us;
} rp_external_patience;
bool rp_external_try_again(const external_db *db, rp_external_patience *patience, repoint_status status);

/* The driver slot insert. */
repoint_status rp_external_insert(rp_db *base, const rp_insert *into, const rp_db_value *values, size_t rows,
                                  int64_t *ret_inserted, repoint_error *error);

#endif
