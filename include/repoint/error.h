/*
 * repoint/error.h: how every call of the library reports failure.
 *
 * A call that can fail returns a repoint_status and takes a repoint_error as its last argument. On
 * failure the error says what happened (message: one sentence that names the thing) and what to do about
 * it (hint). The caller owns the error: start with REPOINT_ERROR_INIT, release with repoint_error_clear().
 * A call that fails replaces what the error held; a call that succeeds leaves it alone. NULL is allowed
 * where only the status matters.
 */
#ifndef REPOINT_ERROR_H
#define REPOINT_ERROR_H

#ifdef __cplusplus
extern "C" {
#endif

#if defined(_WIN32)
#define REPOINT_API
#else
#define REPOINT_API __attribute__((visibility("default")))
#endif

/* Each status belongs to one exit code of the command line (repoint_status_exit_code). */
typedef enum repoint_status {
    REPOINT_OK = 0,
    REPOINT_FAILED,            /* none of the others: permission, read-only, disk full; rolled back */
    REPOINT_INVALID,           /* an argument, expression, configuration or input file is wrong */
    REPOINT_NOT_A_STORE,       /* the database holds no state store */
    REPOINT_SCHEMA_VERSION,    /* a state store of another schema version */
    REPOINT_GAPS,              /* a model would lose time ranges; detail has them */
    REPOINT_MISSING_SNAPSHOTS, /* snapshots that the store does not have; names has them */
    REPOINT_MISSING_TABLES,    /* physical tables that the warehouse does not have; names has them */
    REPOINT_REFUSED,           /* another rule forbids it */
    REPOINT_CONFLICT,          /* somebody else changed it meanwhile; nothing was written */
    REPOINT_BUSY,              /* somebody else holds it (a lock); nothing was written */
    REPOINT_NOT_FOUND,         /* no such environment, snapshot or name */
    REPOINT_UNREACHABLE,       /* the database cannot be reached; nothing was written */
    REPOINT_TIMEOUT,           /* the time limit passed; nothing was written */
    REPOINT_OUTCOME_UNKNOWN,   /* the connection was lost during the commit */
    REPOINT_INTERRUPTED,       /* repoint_store_interrupt() before the commit; nothing was written */
    REPOINT_HELD,              /* the environment was rolled back, and nobody has released it */
    REPOINT_AWAITING_APPROVAL, /* a deployment waits for somebody to approve it */
    REPOINT_CHECK_FAILED       /* a check of a deployment failed */
} repoint_status;

typedef struct repoint_error {
    repoint_status status;
    char *message;    /* one sentence; NULL when status is REPOINT_OK */
    char *hint;       /* what to do about it, or NULL */
    char *detail;     /* a JSON object with the facts, or NULL */
    char **names;     /* the names concerned, NULL-terminated, or NULL */
    char sqlstate[6]; /* the database's code, or "" */
} repoint_error;

#ifdef __cplusplus
#define REPOINT_ERROR_INIT repoint_error()
#else
#define REPOINT_ERROR_INIT                                                                                   \
    {                                                                                                        \
        .status = REPOINT_OK                                                                                 \
    }
#endif

/* Frees what the error holds and sets it back to REPOINT_ERROR_INIT. NULL is allowed. */
REPOINT_API void repoint_error_clear(repoint_error *error);

/* A stable lower-case name such as "gaps" or "not_found"; never NULL. */
REPOINT_API const char *repoint_status_name(repoint_status status);

/* The exit code of the command line for this status: 0, 1, 2, 3, 4, 5, 6, 8 or 130. */
REPOINT_API int repoint_status_exit_code(repoint_status status);

#ifdef __cplusplus
}
#endif

#endif
