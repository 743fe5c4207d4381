/* See dialect.h. */
#include "db/duckdb/dialect.h"

#include <string.h>

#include "db/sql.h"

repoint_status rp_duck_fail(const char *path, const char *text, repoint_error *error)
{
    g_auto(GStrv) lines = g_strsplit(text != NULL ? text : "no reason given", "\n", 2);
    const char *reason = lines[0];
    if (strstr(reason, "onflict") != NULL)
        return rp_fail(error, REPOINT_BUSY, "somebody else was writing the same; try again", "%s: %s", path,
                       reason);
    if (g_str_has_prefix(reason, "Constraint Error"))
        return rp_fail(error, REPOINT_CONFLICT, NULL, "%s refuses the write: %s", path, reason);
    if (strstr(reason, "No space left") != NULL || strstr(reason, "disk full") != NULL)
        return rp_fail(error, REPOINT_FAILED, "free some space, then try again", "the disk of %s is full",
                       path);
    if (strstr(reason, "Table with name") != NULL ||
        strstr(reason, "Binder Error: Referenced column") != NULL ||
        strstr(reason, "does not have a column named") != NULL)
        return rp_fail(error, REPOINT_FAILED,
                       "the state store is damaged: restore the table from a backup or an export", "%s: %s",
                       path, reason);
    if (strstr(reason, "Cannot drop") != NULL || strstr(reason, "depend on it") != NULL)
        return rp_fail(error, REPOINT_FAILED, "drop or change what depends on it first", "%s: %s", path,
                       reason);
    return rp_fail(error, REPOINT_FAILED, NULL, "%s: %s", path, reason);
}

char *rp_duck_absent_text(const rp_db *db, const rp_insert *into)
{
    if (into->key_size == 0)
        return g_strdup("");
    g_auto(GStrv) columns = g_strsplit(into->columns, ", ", -1);
    g_autoptr(GString) condition = g_string_new(NULL);
    for (size_t i = 0; i < into->key_size; i++)
        g_string_append_printf(condition, "%st.%s = v.%s", i > 0 ? " AND " : "", columns[i], columns[i]);
    return rp_sql(db, " WHERE NOT EXISTS (SELECT 1 FROM %n t WHERE %s)", into->schema, into->table,
                  condition->str);
}
