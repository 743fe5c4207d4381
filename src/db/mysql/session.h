/* A session on a MariaDB or MySQL server: connecting, running a statement, giving it up. */
#ifndef RP_DB_MYSQL_SESSION_H
#define RP_DB_MYSQL_SESSION_H

#include <mysql.h>
#include <stdatomic.h>

#include "db/driver.h"

/* What the connection must be. Without a word in the URL the client library decides. */
typedef enum mysql_tls {
    MYSQL_TLS_ANY,
    MYSQL_TLS_REQUIRED,    /* encrypted, to whomever */
    MYSQL_TLS_VERIFY_CA,   /* by somebody with a certificate of ssl_ca */
    MYSQL_TLS_VERIFY_FULL, /* by the host of the URL, by its certificate */
} mysql_tls;

/* Where a URL points to. Owned strings; NULL: not given. */
typedef struct mysql_target {
    char *host;
    unsigned port;
    char *user;
    char *password; /* never printed */
    char *database;
    char *socket;
    char *ssl_ca;
    char *ssl_cert;
    char *ssl_key;
    mysql_tls tls;
    unsigned connect_seconds;
    char *name; /* for messages: "the MariaDB server on db.example.com" */
} mysql_target;

typedef struct mysql_session {
    mysql_target target;
    MYSQL *mysql; /* NULL: not connected, or lost */
    gint64 busy_us;
    gint64 deadline_us;       /* 0: none */
    unsigned long max_packet; /* the longest statement that the server takes */
    atomic_bool interrupted;  /* somebody asked for it */
    int wake_fd;              /* readable then, and when the session closes */
    GThread *watcher;         /* ends what runs too long, or is not wanted any more */
    GMutex lock;              /* of what follows */
    bool is_closing;
    bool may_be_ended; /* a statement runs that may be given up */
    bool was_ended;    /* the watcher has done its work: nothing runs any more */
} mysql_session;

repoint_status rp_mysql_target_parse(const char *scheme, const char *target, mysql_target *ret_target,
                                     repoint_error *error);
void rp_mysql_target_clear(mysql_target *target);

/* `session` has its target already. */
repoint_status rp_mysql_session_open(mysql_session *session, const rp_db_options *options,
                                     repoint_error *error);
void rp_mysql_session_close(mysql_session *session);
void rp_mysql_session_interrupt(mysql_session *session);

/* Connects again if the connection is lost. Only between transactions. */
repoint_status rp_mysql_session_ensure(mysql_session *session, repoint_error *error);
/* REPOINT_INTERRUPTED or REPOINT_TIMEOUT if it is so. */
repoint_status rp_mysql_session_check(mysql_session *session, repoint_error *error);

/* Runs a statement. *ret_result is NULL for one without rows; mysql_free_result() it. With `let_through`
 * nobody ends it: a commit, a rollback. */
repoint_status rp_mysql_session_run(mysql_session *session, const char *sql, size_t size, bool let_through,
                                    MYSQL_RES **ret_result, repoint_error *error);

#endif
