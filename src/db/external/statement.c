/* See statement.h. */
#include "db/external/statement.h"

#include <string.h>

#include "db/sql.h"

typedef struct writing {
    rp_statement *statement;
    repoint_placeholder placeholder;
    const char *const *types;
    const rp_db_value *from;
    const repoint_value *plain; /* the values, in the order of their numbers */
} writing;

static repoint_value plain_value(rp_statement *statement, const rp_db_value *value)
{
    if (value->is_null)
        return (repoint_value){.type = REPOINT_NULL};
    switch (value->type) {
    case RP_DB_INTEGER: return (repoint_value){.type = REPOINT_INTEGER, .integer = value->integer};
    case RP_DB_BOOLEAN: return (repoint_value){.type = REPOINT_BOOLEAN, .integer = value->boolean};
    case RP_DB_KEY_LIST: {
        GString *json = rp_sql_keys_json(value->keys);
        g_ptr_array_add(statement->owned, json);
        return (repoint_value){.type = REPOINT_TEXT, .text = json->str, .size = json->len};
    }
    case RP_DB_TEXT: break;
    }
    return (repoint_value){.type = REPOINT_TEXT,
                           .text = value->text.bytes != NULL ? value->text.bytes : "",
                           .size = value->text.size};
}

static bool is_numbered(repoint_placeholder placeholder)
{
    return placeholder == REPOINT_DOLLAR_NUMBER || placeholder == REPOINT_COLON_NUMBER;
}

static void write_placeholder(const writing *now, GString *sql, size_t index)
{
    switch (now->placeholder) {
    case REPOINT_QUESTION_MARK: g_string_append_c(sql, '?'); break;
    case REPOINT_PERCENT_S: g_string_append(sql, "%s"); break;
    case REPOINT_DOLLAR_NUMBER: g_string_append_printf(sql, "$%zu", index + 1); break;
    case REPOINT_COLON_NUMBER: g_string_append_printf(sql, ":%zu", index + 1); break;
    }
}

static void write_parameter(void *context, GString *sql, size_t index)
{
    const writing *now = context;
    if (!is_numbered(now->placeholder))
        g_array_append_val(now->statement->values, now->plain[index]);
    if (now->types != NULL)
        g_string_append(sql, "CAST(");
    write_placeholder(now, sql, index);
    if (now->types != NULL)
        g_string_append_printf(sql, " AS %s)", now->types[now->from[index].type]);
}

/* Also inside of quotes: whoever replaces %s does not know them. */
static char *double_percent_signs(const char *sql)
{
    g_auto(GStrv) parts = g_strsplit(sql, "%", -1);
    return g_strjoinv("%%", parts);
}

static void free_string(gpointer string)
{
    g_string_free(string, TRUE);
}

void rp_statement_init(rp_statement *statement, repoint_placeholder placeholder, const char *const *types,
                       const char *sql, const rp_db_value *values, size_t count)
{
    statement->sql = g_string_new(NULL);
    statement->values = g_array_new(FALSE, FALSE, sizeof(repoint_value));
    statement->owned = g_ptr_array_new_with_free_func(free_string);
    g_autofree repoint_value *plain = g_new(repoint_value, count);
    for (size_t i = 0; i < count; i++)
        plain[i] = plain_value(statement, &values[i]);
    if (count > 0 && is_numbered(placeholder))
        g_array_append_vals(statement->values, plain, (guint)count);
    writing now = {statement, placeholder, types, values, plain};
    g_autofree char *doubled =
        placeholder == REPOINT_PERCENT_S && count > 0 ? double_percent_signs(sql) : NULL;
    rp_sql_translate(statement->sql, doubled != NULL ? doubled : sql, count, write_parameter, &now);
}

void rp_statement_clear(rp_statement *statement)
{
    g_string_free(statement->sql, TRUE);
    g_array_unref(statement->values);
    g_ptr_array_unref(statement->owned);
}
