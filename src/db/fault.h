/*
 * A driver around any other that breaks on purpose: at the Nth call that reaches the database, before or
 * after it took effect. For tests: N counts over every statement of an operation.
 */
#ifndef RP_DB_FAULT_H
#define RP_DB_FAULT_H

#include "db/driver.h"

typedef enum rp_fault_kind {
    RP_FAULT_NONE,
    RP_FAULT_ERROR_BEFORE, /* the call fails, the connection lives */
    RP_FAULT_DROP_BEFORE,  /* the connection is lost before the call took effect */
    RP_FAULT_DROP_AFTER,   /* the call took effect, its reply is lost with the connection */
} rp_fault_kind;

/* Shared by the test and the wrapper; must outlive it. */
typedef struct rp_fault {
    rp_fault_kind kind;
    unsigned at;     /* the call that breaks, from 1; calls are begin, commit, execute, insert, lock_table,
                        query, rows_next */
    unsigned count;  /* calls so far: set to 0 to begin */
    bool at_commit;  /* set when the call that broke was a commit */
    char *statement; /* set to what broke; free with g_free() */
} rp_fault;

/* Wraps `inner`, which the wrapper owns from now on. */
rp_db *rp_fault_wrap(rp_db *inner, rp_fault *fault);

#endif
