/* Reporting failure inside the library: the one way to fill a repoint_error. */
#ifndef RP_BASE_ERROR_H
#define RP_BASE_ERROR_H

#include <glib.h>
#include <stdbool.h>
#include <stdint.h>

#include "repoint/error.h"

/*
 * Fills `error` (NULL: only the status is wanted) and returns `status`, so that a function ends with
 * `return rp_fail(...)`. `hint` is what to do about it, or NULL. The message is one sentence without a
 * full stop at its end. Arguments may point into what `error` holds already.
 */
repoint_status rp_fail(repoint_error *error, repoint_status status, const char *hint, const char *format, ...)
    G_GNUC_PRINTF(4, 5);

/* Adds one name concerned to an error that rp_fail() has filled. */
void rp_error_add_name(repoint_error *error, const char *name);

/* Sets the JSON object with the facts; takes ownership of `detail`. */
void rp_error_take_detail(repoint_error *error, char *detail);

/* Puts "context: " in front of the message of an error that rp_fail() has filled. */
void rp_error_prefix(repoint_error *error, const char *format, ...) G_GNUC_PRINTF(2, 3);

/* Makes `to` hold what `from` holds and leaves `from` empty. `to` may be NULL. */
void rp_error_move(repoint_error *to, repoint_error *from);

#endif
