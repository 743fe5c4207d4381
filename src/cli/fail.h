/* Reporting failure inside the program: fills a repoint_error as the library does. */
#ifndef RP_CLI_FAIL_H
#define RP_CLI_FAIL_H

#include <glib.h>

#include "repoint/error.h"

/*
 * Fills `error` and returns `status`, so that a function ends with `return rp_cli_fail(...)`. `hint` is what
 * to do about it, or NULL. The message is one sentence without a full stop at its end.
 */
repoint_status rp_cli_fail(repoint_error *error, repoint_status status, const char *hint, const char *format,
                           ...) G_GNUC_PRINTF(4, 5);

#endif
