/* A program that is run, fed, listened to, and ended in time. */
#ifndef RP_BASE_CHILD_H
#define RP_BASE_CHILD_H

#include <glib.h>
#include <stdatomic.h>
#include <stdbool.h>

#define RP_CHILD_MAX_OUTPUT 65536 /* bytes that are kept; what comes later is read and forgotten */

typedef enum rp_child_end {
    RP_CHILD_SUCCEEDED,
    RP_CHILD_FAILED, /* another exit status than 0, a signal, or it could not be started */
    RP_CHILD_TIMED_OUT,
    RP_CHILD_STOPPED, /* `stop` was set */
} rp_child_end;

typedef struct rp_child {
    const char *const *argv; /* NULL-terminated; looked for in PATH */
    const char *directory;   /* where it runs; NULL: here */
    const char *input;       /* what it finds on standard input */
    double timeout_seconds;
    const atomic_bool *stop; /* ends it from another thread; or NULL */
} rp_child;

/*
 * Runs it in a process group of its own, and waits. When its time is over, or it is stopped, the whole group
 * gets SIGTERM, and two seconds later SIGKILL. *ret_output is what it wrote to standard output and error, as
 * UTF-8; *ret_reason says why it did not succeed ("exit status 3"), NULL when it did. Both: g_free().
 */
rp_child_end rp_child_run(const rp_child *child, char **ret_output, char **ret_reason);

#endif
