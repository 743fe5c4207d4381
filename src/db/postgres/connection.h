/* A connection to PostgreSQL: connecting, waiting, cancelling, and what its errors mean. */
#ifndef RP_DB_POSTGRES_CONNECTION_H
#define RP_DB_POSTGRES_CONNECTION_H

#include <libpq-fe.h>
#include <stdatomic.h>

#include "db/driver.h"

typedef struct pg_connection {
    PGconn *libpq;   /* NULL: not connected, or lost */
    char *url;       /* has the password: never printed */
    char *name;      /* for messages: "database shop on db.example.com" */
    size_t unsynced; /* messages of which not everything has been read */
    gint64 busy_us;
    gint64 deadline_us; /* 0: none */
    int wake_fd;        /* readable once interrupted */
    atomic_bool interrupted;
} pg_connection;

/* Who may end a wait: commits and clean-up are let through, with a bound of their own. */
typedef enum pg_patience {
    PG_STATEMENT, /* ends at an interrupt and at the deadline */
    PG_COMMIT,    /* goes on until the server answers or the connection breaks; past a deadline: a grace */
    PG_CLEAN_UP,  /* goes on for the grace */
} pg_patience;

repoint_status rp_pg_open(const char *url, const rp_db_options *options, pg_connection *ret_connection,
                          repoint_error *error);
void rp_pg_close(pg_connection *connection);

/* Connects again if the connection is lost. Only between transactions. */
repoint_status rp_pg_ensure(pg_connection *connection, repoint_error *error);
bool rp_pg_is_lost(const pg_connection *connection);
/* Gives the connection up: the server rolls back. */
void rp_pg_drop(pg_connection *connection);

void rp_pg_interrupt(pg_connection *connection);
/* REPOINT_INTERRUPTED or REPOINT_TIMEOUT if it is so. */
repoint_status rp_pg_check(const pg_connection *connection, repoint_error *error);

/* Sends what is queued, with a sync behind it. */
repoint_status rp_pg_flush(pg_connection *connection, pg_patience patience, repoint_error *error);
/*
 * The next result; NULL ends those of one statement. A statement that is given up (interrupt, deadline) is
 * cancelled and everything up to the last sync is read, or else the connection is dropped.
 */
repoint_status rp_pg_next_result(pg_connection *connection, pg_patience patience, PGresult **ret_result,
                                 repoint_error *error);

/* What a result that is an error means. */
repoint_status rp_pg_fail(const pg_connection *connection, const PGresult *result, repoint_error *error);

#endif
