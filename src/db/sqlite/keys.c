/*
 * Key lists as a table-valued function of SQLite.
 *
 * A statement that names ten thousand rows gets them as one bound pointer, not as text: nothing is parsed,
 * quoted or copied, and the number of parameters does not depend on the number of keys. It is an eponymous
 * virtual table with the hidden column `list`, which the planner must constrain by equality.
 */
#include "db/sqlite/keys.h"

#include <string.h>

#define POINTER_TYPE "repoint-keys"
#define MAX_COLUMNS  2
#define LIST_COLUMN  MAX_COLUMNS /* after the visible ones */

typedef struct keys_cursor {
    sqlite3_vtab_cursor base;
    const rp_db_keys *keys; /* NULL: no rows */
    size_t row;
} keys_cursor;

static int keys_connect(sqlite3 *connection, void *context, int count, const char *const *arguments,
                        sqlite3_vtab **ret_table, char **ret_message)
{
    (void)context, (void)count, (void)arguments, (void)ret_message;
    int code = sqlite3_declare_vtab(connection, "CREATE TABLE keys(c0, c1, list HIDDEN)");
    if (code != SQLITE_OK)
        return code;
    sqlite3_vtab *table = sqlite3_malloc(sizeof *table);
    if (table == NULL)
        return SQLITE_NOMEM;
    memset(table, 0, sizeof *table);
    *ret_table = table;
    return SQLITE_OK;
}

static int keys_disconnect(sqlite3_vtab *table)
{
    sqlite3_free(table);
    return SQLITE_OK;
}

/* Only one plan exists: read the whole list. Refusing every other makes the planner put it on the outside. */
static int keys_best_index(sqlite3_vtab *table, sqlite3_index_info *info)
{
    (void)table;
    for (int i = 0; i < info->nConstraint; i++) {
        const struct sqlite3_index_constraint *constraint = &info->aConstraint[i];
        if (constraint->iColumn != LIST_COLUMN || constraint->op != SQLITE_INDEX_CONSTRAINT_EQ ||
            !constraint->usable)
            continue;
        info->aConstraintUsage[i].argvIndex = 1;
        info->aConstraintUsage[i].omit = 1;
        info->estimatedCost = 100;
        info->estimatedRows = 100;
        return SQLITE_OK;
    }
    return SQLITE_CONSTRAINT;
}

static int keys_open(sqlite3_vtab *table, sqlite3_vtab_cursor **ret_cursor)
{
    (void)table;
    keys_cursor *cursor = sqlite3_malloc(sizeof *cursor);
    if (cursor == NULL)
        return SQLITE_NOMEM;
    memset(cursor, 0, sizeof *cursor);
    *ret_cursor = &cursor->base;
    return SQLITE_OK;
}

static int keys_close(sqlite3_vtab_cursor *cursor)
{
    sqlite3_free(cursor);
    return SQLITE_OK;
}

static int keys_filter(sqlite3_vtab_cursor *base, int plan, const char *plan_text, int count,
                       sqlite3_value **values)
{
    (void)plan, (void)plan_text, (void)count;
    keys_cursor *cursor = (keys_cursor *)base;
    cursor->keys = sqlite3_value_pointer(values[0], POINTER_TYPE);
    cursor->row = 0;
    return SQLITE_OK;
}

static int keys_next(sqlite3_vtab_cursor *base)
{
    ((keys_cursor *)base)->row++;
    return SQLITE_OK;
}

static int keys_eof(sqlite3_vtab_cursor *base)
{
    const keys_cursor *cursor = (const keys_cursor *)base;
    return cursor->keys == NULL || cursor->row >= cursor->keys->rows;
}

static int keys_column(sqlite3_vtab_cursor *base, sqlite3_context *result, int column)
{
    const keys_cursor *cursor = (const keys_cursor *)base;
    if (column >= (int)cursor->keys->columns)
        return SQLITE_OK; /* NULL */
    const char *text = cursor->keys->values[cursor->row * cursor->keys->columns + (size_t)column];
    if (text != NULL)
        sqlite3_result_text(result, text, -1, SQLITE_STATIC);
    return SQLITE_OK;
}

static int keys_rowid(sqlite3_vtab_cursor *base, sqlite3_int64 *ret_rowid)
{
    *ret_rowid = (sqlite3_int64)((keys_cursor *)base)->row;
    return SQLITE_OK;
}

static const sqlite3_module keys_module = {
    .xConnect = keys_connect, /* no xCreate: the function is just there */
    .xBestIndex = keys_best_index,
    .xDisconnect = keys_disconnect,
    .xOpen = keys_open,
    .xClose = keys_close,
    .xFilter = keys_filter,
    .xNext = keys_next,
    .xEof = keys_eof,
    .xColumn = keys_column,
    .xRowid = keys_rowid,
};

int rp_sqlite_keys_register(sqlite3 *connection)
{
    return sqlite3_create_module(connection, "repoint_keys", &keys_module, NULL);
}

/* A key list with its keys, in one piece of memory. */
static rp_db_keys *copy_keys(const rp_db_keys *keys)
{
    size_t count = keys->columns * keys->rows, size = 0;
    for (size_t i = 0; i < count; i++)
        size += keys->values[i] != NULL ? strlen(keys->values[i]) + 1 : 0;
    rp_db_keys *copy = g_malloc(sizeof *copy + count * sizeof(char *) + size);
    const char **values = (const char **)(copy + 1);
    char *text = (char *)(values + count);
    for (size_t i = 0; i < count; i++) {
        values[i] = keys->values[i] != NULL ? text : NULL;
        if (keys->values[i] != NULL)
            text = g_stpcpy(text, keys->values[i]) + 1;
    }
    *copy = (rp_db_keys){keys->columns, keys->rows, values};
    return copy;
}

int rp_sqlite_keys_bind(sqlite3_stmt *statement, int parameter, const rp_db_keys *keys, bool copies)
{
    g_assert(keys->columns <= MAX_COLUMNS);
    return copies ? sqlite3_bind_pointer(statement, parameter, copy_keys(keys), POINTER_TYPE, g_free)
                  : sqlite3_bind_pointer(statement, parameter, (void *)keys, POINTER_TYPE, NULL);
}

void rp_sqlite_keys_write(const rp_db *db, GString *sql, unsigned parameter, const char *columns)
{
    (void)db;
    g_auto(GStrv) names = g_strsplit(columns, ", ", MAX_COLUMNS);
    g_string_append(sql, "(SELECT ");
    for (size_t i = 0; names[i] != NULL; i++)
        g_string_append_printf(sql, "%sc%zu AS %s", i > 0 ? ", " : "", i, names[i]);
    g_string_append_printf(sql, " FROM repoint_keys(?%u))", parameter);
}
