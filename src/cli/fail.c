/*
 * Reporting failure: see fail.h. The program has its own function because the library's is not public; both
 * allocate with GLib, so that repoint_error_clear() releases either's.
 */
#include "cli/fail.h"

repoint_status rp_cli_fail(repoint_error *error, repoint_status status, const char *hint, const char *format,
                           ...)
{
    va_list arguments;
    va_start(arguments, format);
    char *message = g_strdup_vprintf(format, arguments);
    va_end(arguments);
    char *own_hint = g_strdup(hint);

    repoint_error_clear(error);
    error->status = status;
    error->message = message;
    error->hint = own_hint;
    return status;
}
