/* The one way to make SQL text. See db/sql.h. */
#include "db/sql.h"

#include <string.h>

#include "base/json.h"
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
        if (db->catalog != NULL && g_ascii_strcasecmp(db->catalog, schema) == 0) {
            append_doubled(sql, db->catalog, '"');
            g_string_append_c(sql, '.');
        }
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
            db->driver->write_keys(db, sql, parameter, va_arg(arguments, const char *));
            break;
        }
        case 'o': g_string_append(sql, db->driver->objects_relation); break;
        case 'c': g_string_append(sql, db->driver->clock); break;
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

size_t rp_insert_width(const rp_insert *into)
{
    size_t width = 1;
    for (const char *at = into->columns; *at != '\0'; at++)
        width += *at == ',';
    return width;
}

/* What the key columns say, as one text: lengths keep "a", "bc" and "ab", "c" apart. */
static char *key_text(const rp_db_value *row, size_t key_size)
{
    GString *text = g_string_new(NULL);
    for (size_t i = 0; i < key_size; i++)
        g_string_append_printf(text, "%zu:%.*s", row[i].text.size, (int)row[i].text.size,
                               row[i].is_null ? "" : row[i].text.bytes);
    return g_string_free(text, FALSE);
}

GArray *rp_insert_distinct(const rp_insert *into, const rp_db_value *values, size_t width, size_t rows,
                           GHashTable *seen)
{
    GArray *taken = g_array_new(FALSE, FALSE, sizeof(size_t));
    for (size_t i = 0; i < rows; i++) {
        if (into->key_size == 0 || g_hash_table_add(seen, key_text(values + i * width, into->key_size)))
            g_array_append_val(taken, i);
    }
    return taken;
}

/* "(?3, ?4)" */
static void append_row(GString *sql, size_t first, size_t width)
{
    for (size_t i = 0; i < width; i++)
        g_string_append_printf(sql, "%s?%zu", i == 0 ? "(" : ", ", first + i);
    g_string_append_c(sql, ')');
}

char *rp_sql_insert(const rp_db *db, const rp_insert *into, size_t rows, const char *ending)
{
    size_t width = rp_insert_width(into);
    g_autoptr(GString) values = g_string_new(NULL);
    for (size_t row = 0; row < rows; row++) {
        g_string_append(values, row > 0 ? ", " : "");
        append_row(values, row * width + 1, width);
    }
    return rp_sql(db, "INSERT INTO %n (%s) VALUES %s%s%s", into->schema, into->table, into->columns,
                  values->str, *ending != '\0' ? " " : "", ending);
}

/* ---- writing rows that a key list names ---- */

/* The keys' own names: no table has them. */
static const char *key_names(const rp_keyed_rows *rows)
{
    return strchr(rows->columns, ',') == NULL ? "key_1" : "key_1, key_2";
}

/* "t.name = k.key_1 AND t.identifier = k.key_2" */
static char *join_condition(const rp_keyed_rows *rows)
{
    GString *text = g_string_new(NULL);
    g_auto(GStrv) columns = g_strsplit(rows->columns, ", ", -1);
    for (size_t i = 0; columns[i] != NULL; i++)
        g_string_append_printf(text, "%st.%s = k.key_%zu", i > 0 ? " AND " : "", columns[i], i + 1);
    return g_string_free(text, FALSE);
}

/* The keys come first: each finds its rows by the table's index. */
static char *joined_rows(const rp_db *db, const rp_keyed_rows *rows)
{
    const char *keys = key_names(rows);
    g_autofree char *condition = join_condition(rows);
    return rp_sql(db, "(SELECT DISTINCT %s FROM %k d) k STRAIGHT_JOIN %n t ON %s", keys, rows->parameter,
                  keys, rows->schema, rows->table, condition);
}

static char *keyed_condition(const rp_db *db, const rp_keyed_rows *rows)
{
    const char *keys = key_names(rows);
    bool has_more = rows->condition != NULL;
    return rp_sql(db, "(%s) IN (SELECT %s FROM %k k)%s%s", rows->columns, keys, rows->parameter, keys,
                  has_more ? " AND " : "", has_more ? rows->condition : "");
}

char *rp_sql_update_keyed(const rp_db *db, const rp_keyed_rows *rows, const char *assignments)
{
    if (rp_db_can(db, RP_DB_JOINED_WRITES)) {
        g_autofree char *joined = joined_rows(db, rows);
        return rp_sql(db, "UPDATE %s SET %s WHERE %s", joined, assignments,
                      rows->condition != NULL ? rows->condition : "TRUE");
    }
    g_autofree char *condition = keyed_condition(db, rows);
    return rp_sql(db, "UPDATE %n SET %s WHERE %s", rows->schema, rows->table, assignments, condition);
}

char *rp_sql_delete_keyed(const rp_db *db, const rp_keyed_rows *rows)
{
    if (rp_db_can(db, RP_DB_JOINED_WRITES)) {
        g_autofree char *joined = joined_rows(db, rows);
        return rp_sql(db, "DELETE t FROM %s WHERE %s", joined,
                      rows->condition != NULL ? rows->condition : "TRUE");
    }
    g_autofree char *condition = keyed_condition(db, rows);
    return rp_sql(db, "DELETE FROM %n WHERE %s", rows->schema, rows->table, condition);
}

/* ---- for drivers ---- */

/* The end of the quoted text or identifier that begins at `at`. A doubled quote ends one and begins another.
 */
static const char *quoted_end(const char *at)
{
    const char *end = strchr(at + 1, *at);
    return end != NULL ? end + 1 : at + strlen(at);
}

/* The number behind a question mark if it is that of a parameter, else 0. */
static size_t parameter_at(const char *mark, size_t count, const char **ret_end)
{
    char *end = NULL;
    guint64 number = g_ascii_isdigit(mark[1]) ? g_ascii_strtoull(mark + 1, &end, 10) : 0;
    *ret_end = end;
    return number <= count ? (size_t)number : 0;
}

void rp_sql_translate(GString *to, const char *sql, size_t count,
                      void (*write)(void *context, GString *to, size_t index), void *context)
{
    while (*sql != '\0') {
        const char *end = sql + 1;
        size_t parameter = *sql == '?' ? parameter_at(sql, count, &end) : 0;
        if (parameter > 0) {
            write(context, to, parameter - 1);
            sql = end;
            continue;
        }
        end = *sql == '\'' || *sql == '"' ? quoted_end(sql) : sql + 1;
        g_string_append_len(to, sql, end - sql);
        sql = end;
    }
}

GString *rp_sql_keys_json(const rp_db_keys *keys)
{
    GString *json = g_string_new(NULL);
    rp_json_writer writer = RP_JSON_WRITER(json, RP_JSON_COMPACT);
    rp_json_begin_array(&writer);
    for (size_t row = 0; row < keys->rows; row++) {
        rp_json_begin_array(&writer);
        for (size_t column = 0; column < keys->columns; column++)
            rp_json_string(&writer, keys->values[row * keys->columns + column]);
        rp_json_end_array(&writer);
    }
    rp_json_end_array(&writer);
    return json;
}
