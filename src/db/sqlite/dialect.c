/* See dialect.h. */
#include "db/sqlite/dialect.h"

#include <sqlite3.h>
#include <string.h>

/* SQLite has no code of their own for these. */
static const char *hint_of(const char *text)
{
    bool is_damaged = strstr(text, "no such table") != NULL || strstr(text, "no such column") != NULL;
    return is_damaged ? "the state store is damaged: restore the table from a backup or an export" : NULL;
}

repoint_status rp_sqlite_fail(const char *name, int code, const char *text, repoint_error *error)
{
    switch (code & 0xff) {
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
        return rp_fail(error, REPOINT_BUSY, "wait for the other program to finish, then try again",
                       "%s is locked by another process", name);
    case SQLITE_CONSTRAINT:
        return rp_fail(error, REPOINT_CONFLICT, NULL, "%s refuses the write: %s", name, text);
    case SQLITE_READONLY:
        return rp_fail(error, REPOINT_FAILED, "check the permissions of the file and of its folder",
                       "%s is read-only", name);
    case SQLITE_FULL:
        return rp_fail(error, REPOINT_FAILED, "free some space, then try again", "the disk of %s is full",
                       name);
    case SQLITE_NOTADB:
        return rp_fail(error, REPOINT_NOT_A_STORE, NULL, "%s is not an SQLite database", name);
    case SQLITE_CORRUPT:
        return rp_fail(error, REPOINT_FAILED, "restore it from a backup or from an export",
                       "%s is damaged: %s", name, text);
    case SQLITE_TOOBIG:
        return rp_fail(error, REPOINT_INVALID, NULL, "a value is larger than SQLite can hold (1 GB)");
    case SQLITE_CANTOPEN:
        return rp_fail(error, REPOINT_UNREACHABLE, NULL, "%s cannot be opened: %s", name, text);
    default: return rp_fail(error, REPOINT_FAILED, hint_of(text), "%s: %s", name, text);
    }
}
