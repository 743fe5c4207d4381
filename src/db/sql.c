/* The one way to make SQL text. See db/sql.h. */
#include "db/sql.h"

#include <string.h>

#include "db/db.h"

static void append_doubled(GString *sql, const char *text, char quote)
{
    g_string_append_c(sql, quote);
    for (; *text != '\0'; text++) {
        if (*text == quote)
            g_string_append_c(sql, quote);
        g_string_append_c(sql, *text);
    }
    g_string_append_c(sql, quote);
}

static void append_qualified(const rp_db *db, GString *sql, const char *schema, const char *name)
{
    if (schema != NULL && rp_db_can(db, RP_DB_SCHEMAS)) {
        append_doubled(sql, schema, '"');
        g_string_append_c(sql, '.');
    }
    append_doubled(sql, name, '"');
}

char *rp_sql_quote(const char *identifier)
{
    GString *sql = g_string_new(NULL);
    append_doubled(sql, identifier, '"');
    return g_string_free(sql, FALSE);
}

char *rp_sql(const rp_db *db, const char *format, ...)
{
    GString *sql = g_string_new(NULL);
    va_list arguments;
    va_start(arguments, format);
    for (const char *at = format; *at != '\0'; at++) {
        if (*at != '%') {
            g_string_append_c(sql, *at);
            continue;
        }
        switch (*++at) {
        case 'i': append_doubled(sql, va_arg(arguments, const char *), '"'); break;
        case 'n': {
            const char *schema = va_arg(arguments, const char *);
            append_qualified(db, sql, schema, va_arg(arguments, const char *));
            break;
        }
        case 's': g_string_append(sql, va_arg(arguments, const char *)); break;
        case 'l': append_doubled(sql, va_arg(arguments, const char *), '\''); break;
        case 'k': {
            unsigned parameter = va_arg(arguments, unsigned);
            db->driver->write_keys(sql, parameter, va_arg(arguments, const char *));
            break;
        }
        case 'o': g_string_append(sql, db->driver->objects_relation); break;
        case 'u':
            if (rp_db_can(db, RP_DB_ROW_LOCKS))
                g_string_append(sql, " FOR UPDATE");
            break;
        case '%': g_string_append_c(sql, '%'); break;
        default: g_assert_not_reached();
        }
    }
    va_end(arguments);
    return g_string_free(sql, FALSE);
}

/* "?1, ?2, ?3" */
static char *parameters_text(guint count)
{
    GString *text = g_string_new("?1");
    for (guint i = 2; i <= count; i++)
        g_string_append_printf(text, ", ?%u", i);
    return g_string_free(text, FALSE);
}

/* "name = ?1 AND identifier = ?2" */
static char *key_condition(char *const *columns, size_t key_size)
{
    GString *text = g_string_new(NULL);
    for (size_t i = 0; i < key_size; i++)
        g_string_append_printf(text, "%s%s = ?%zu", i > 0 ? " AND " : "", columns[i], i + 1);
    return g_string_free(text, FALSE);
}

/*
 * A condition that reads the table would do everywhere. But there SQLite makes the row in a temporary table
 * first, and an environment's row is so large that three more copies of it count.
 */
char *rp_sql_insert_absent(const rp_db *db, const char *schema, const char *table, const char *columns,
                           size_t key_size)
{
    g_auto(GStrv) names = g_strsplit(columns, ", ", -1);
    g_autofree char *parameters = parameters_text(g_strv_length(names));
    if (db->driver->skip_existing != NULL)
        return rp_sql(db, "INSERT INTO %n (%s) VALUES (%s) %s", schema, table, columns, parameters,
                      db->driver->skip_existing);
    g_autofree char *has_key = key_condition(names, key_size);
    return rp_sql(db, "INSERT INTO %n (%s) SELECT %s WHERE NOT EXISTS (SELECT 1 FROM %n WHERE %s)", schema,
                  table, columns, parameters, schema, table, has_key);
}
