/* Reporting failure: see base/error.h and repoint/error.h. */
#include "base/error.h"

#include <string.h>

static const struct {
    const char *name;
    int exit_code;
} status_table[] = {
    [REPOINT_OK] = {"ok", 0},
    [REPOINT_FAILED] = {"failed", 1},
    [REPOINT_INVALID] = {"invalid", 2},
    [REPOINT_NOT_A_STORE] = {"not_a_store", 2},
    [REPOINT_SCHEMA_VERSION] = {"schema_version", 2},
    [REPOINT_GAPS] = {"gaps", 3},
    [REPOINT_MISSING_SNAPSHOTS] = {"missing_snapshots", 3},
    [REPOINT_MISSING_TABLES] = {"missing_tables", 3},
    [REPOINT_REFUSED] = {"refused", 3},
    [REPOINT_CONFLICT] = {"conflict", 4},
    [REPOINT_BUSY] = {"busy", 4},
    [REPOINT_NOT_FOUND] = {"not_found", 5},
    [REPOINT_UNREACHABLE] = {"unreachable", 6},
    [REPOINT_TIMEOUT] = {"timeout", 6},
    [REPOINT_OUTCOME_UNKNOWN] = {"outcome_unknown", 8},
    [REPOINT_INTERRUPTED] = {"interrupted", 130},
    [REPOINT_HELD] = {"held", 3},
    [REPOINT_AWAITING_APPROVAL] = {"awaiting_approval", 3},
    [REPOINT_CHECK_FAILED] = {"check_failed", 3},
};

static bool is_known(repoint_status status)
{
    return (size_t)status < G_N_ELEMENTS(status_table);
}

const char *repoint_status_name(repoint_status status)
{
    return is_known(status) ? status_table[status].name : "unknown";
}

int repoint_status_exit_code(repoint_status status)
{
    return is_known(status) ? status_table[status].exit_code : 1;
}

void repoint_error_clear(repoint_error *error)
{
    if (error == NULL)
        return;
    g_free(error->message);
    g_free(error->hint);
    g_free(error->detail);
    g_strfreev(error->names);
    *error = (repoint_error)REPOINT_ERROR_INIT;
}

repoint_status rp_fail(repoint_error *error, repoint_status status, const char *hint, const char *format, ...)
{
    if (error == NULL)
        return status;

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

void rp_error_add_name(repoint_error *error, const char *name)
{
    if (error == NULL)
        return;
    size_t count = error->names == NULL ? 0 : g_strv_length(error->names);
    error->names = g_renew(char *, error->names, count + 2);
    error->names[count] = g_strdup(name);
    error->names[count + 1] = NULL;
}

void rp_error_take_detail(repoint_error *error, char *detail)
{
    if (error == NULL) {
        g_free(detail);
        return;
    }
    g_free(error->detail);
    error->detail = detail;
}

void rp_error_prefix(repoint_error *error, const char *format, ...)
{
    if (error == NULL || error->message == NULL)
        return;
    va_list arguments;
    va_start(arguments, format);
    g_autofree char *context = g_strdup_vprintf(format, arguments);
    va_end(arguments);
    char *message = g_strconcat(context, ": ", error->message, NULL);
    g_free(error->message);
    error->message = message;
}

void rp_error_move(repoint_error *to, repoint_error *from)
{
    if (to == NULL) {
        repoint_error_clear(from);
        return;
    }
    repoint_error_clear(to);
    *to = *from;
    *from = (repoint_error)REPOINT_ERROR_INIT;
}
