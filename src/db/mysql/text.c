/*
 * Statements and their values.
 *
 * Prepared statements would cost a round trip more for each statement, and one that is used once is never
 * worth it. So values become literals here, in one place. The session has NO_BACKSLASH_ESCAPES and speaks
 * utf8mb4: inside single quotes only the quote itself means anything, and no byte of another character looks
 * like one.
 */
#include "db/mysql/text.h"

#include <inttypes.h>
#include <string.h>

#include "db/sql.h"

static void append_quoted(GString *text, const char *bytes, size_t size)
{
    const char *end = bytes + size;
    g_string_append_c(text, '\'');
    while (bytes < end) {
        const char *quote = memchr(bytes, '\'', (size_t)(end - bytes));
        const char *stop = quote != NULL ? quote + 1 : end;
        g_string_append_len(text, bytes, stop - bytes);
        if (quote != NULL)
            g_string_append_c(text, '\'');
        bytes = stop;
    }
    g_string_append_c(text, '\'');
}

/* For JSON_TABLE. */
static void append_keys(GString *text, const rp_db_keys *keys)
{
    g_autoptr(GString) json = rp_sql_keys_json(keys);
    append_quoted(text, json->str, json->len);
}

static void append_value(GString *text, const rp_db_value *value)
{
    if (value->is_null) {
        g_string_append(text, "NULL");
        return;
    }
    switch (value->type) {
    case RP_DB_INTEGER: g_string_append_printf(text, "%" PRId64, value->integer); break;
    case RP_DB_BOOLEAN: g_string_append(text, value->boolean ? "TRUE" : "FALSE"); break;
    case RP_DB_KEY_LIST: append_keys(text, value->keys); break;
    case RP_DB_TEXT: append_quoted(text, value->text.bytes, value->text.size); break;
    }
}

void rp_mysql_append_row(GString *text, const rp_db_value *values, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        g_string_append(text, i == 0 ? "(" : ", ");
        append_value(text, &values[i]);
    }
    g_string_append_c(text, ')');
}

static void write_parameter(void *context, GString *text, size_t index)
{
    append_value(text, (const rp_db_value *)context + index);
}

GString *rp_mysql_text(const char *sql, const rp_db_value *values, size_t count)
{
    GString *text = g_string_new(NULL);
    rp_sql_translate(text, sql, count, write_parameter, (void *)values);
    return text;
}

bool rp_mysql_commits_implicitly(const char *sql)
{
    static const char *const words[] = {"ALTER ",  "CREATE ",   "DROP ",   "GRANT ",  "LOCK ",
                                        "RENAME ", "TRUNCATE ", "REVOKE ", "UNLOCK ", "ANALYZE "};
    while (g_ascii_isspace(*sql))
        sql++;
    if (g_ascii_strncasecmp(sql, "CREATE TEMPORARY ", 17) == 0 ||
        g_ascii_strncasecmp(sql, "DROP TEMPORARY ", 15) == 0)
        return false;
    for (size_t i = 0; i < G_N_ELEMENTS(words); i++) {
        if (g_ascii_strncasecmp(sql, words[i], strlen(words[i])) == 0)
            return true;
    }
    return false;
}
