/* What ends the statements of a connection that is not the driver's own. */
#ifndef RP_DB_EXTERNAL_WATCH_H
#define RP_DB_EXTERNAL_WATCH_H

#include "base/error.h"

typedef struct rp_watch rp_watch;

/* `interrupt` ends a statement of `connection`, called by a thread of the watch's own; NULL: none can be
 * ended. `deadline_us` 0: none. */
rp_watch *rp_watch_new(void (*interrupt)(void *connection), void *connection, gint64 deadline_us);
void rp_watch_free(rp_watch *watch); /* NULL is allowed */

/* Ends the statement that runs; legal in a signal handler. */
void rp_watch_interrupt(rp_watch *watch);

/* REPOINT_INTERRUPTED or REPOINT_TIMEOUT when nothing may run any more. */
repoint_status rp_watch_check(const rp_watch *watch, repoint_error *error);

/* A statement that may be ended runs between the two. */
void rp_watch_enter(rp_watch *watch);
void rp_watch_leave(rp_watch *watch);

#endif
