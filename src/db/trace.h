/* A driver around any other that tells of each statement: its text, its time, its rows. */
#ifndef RP_DB_TRACE_H
#define RP_DB_TRACE_H

#include "db/driver.h"

/* Called after each statement. Values are never part of the text, so no secret is. */
typedef void (*rp_trace)(void *context, const char *statement, double milliseconds, int64_t rows);

/* Wraps `inner`, which the wrapper owns from now on. */
rp_db *rp_trace_wrap(rp_db *inner, rp_trace trace, void *context);

#endif
