/*
 * Statements for the wire.
 *
 * Values travel in binary, so that nothing is escaped and text need not end in a zero byte; their types are
 * given, so that the server never has to guess what a NULL is. Many rows or keys are arrays, one a column:
 * the text of the statement, and the number of its parameters, do not depend on how many there are.
 */
#include "db/postgres/wire.h"

#include <string.h>

#include "db/sql.h"

enum { PG_TEXT = 25, PG_BOOL_ARRAY = 1000, PG_TEXT_ARRAY = 1009, PG_INT8_ARRAY = 1016 };

static pg_wire *wire_new(void)
{
    pg_wire *wire = g_new0(pg_wire, 1);
    wire->sql = g_string_new(NULL);
    wire->types = g_array_new(FALSE, FALSE, sizeof(Oid));
    wire->values = g_ptr_array_new();
    wire->sizes = g_array_new(FALSE, FALSE, sizeof(int));
    wire->formats = g_array_new(FALSE, FALSE, sizeof(int));
    wire->owned = g_ptr_array_new_with_free_func(g_free);
    return wire;
}

void rp_pg_wire_free(pg_wire *wire)
{
    if (wire == NULL)
        return;
    g_string_free(wire->sql, TRUE);
    g_array_unref(wire->types);
    g_ptr_array_unref(wire->values);
    g_array_unref(wire->sizes);
    g_array_unref(wire->formats);
    g_ptr_array_unref(wire->owned);
    g_free(wire);
}

bool rp_pg_wire_send(const pg_wire *wire, PGconn *connection)
{
    return PQsendQueryParams(connection, wire->sql->str, (int)wire->values->len,
                             (const Oid *)wire->types->data, (const char *const *)wire->values->pdata,
                             (const int *)wire->sizes->data, (const int *)wire->formats->data, 0) == 1;
}

/* ---- single values ---- */

static Oid type_of(rp_db_type type)
{
    static const Oid types[] = {[RP_DB_TEXT] = PG_TEXT, [RP_DB_INTEGER] = PG_INT8, [RP_DB_BOOLEAN] = PG_BOOL};
    return types[type];
}

static void add_bytes(pg_wire *wire, Oid type, const void *bytes, size_t size)
{
    int wire_size = (int)size, binary = 1;
    g_array_append_val(wire->types, type);
    g_ptr_array_add(wire->values, (gpointer)bytes);
    g_array_append_val(wire->sizes, wire_size);
    g_array_append_val(wire->formats, binary);
}

/* The bytes of a value that is not NULL; those of a number are put into `buffer`. */
static const void *bytes_of(const rp_db_value *value, guint64 *buffer, size_t *ret_size)
{
    switch (value->type) {
    case RP_DB_INTEGER:
        *buffer = GUINT64_TO_BE((guint64)value->integer);
        *ret_size = 8;
        return buffer;
    case RP_DB_BOOLEAN:
        *(char *)buffer = value->boolean;
        *ret_size = 1;
        return buffer;
    default:
        *ret_size = value->text.size;
        /* libpq takes a NULL pointer for SQL NULL, also where the text is empty. */
        return value->text.bytes != NULL ? value->text.bytes : "";
    }
}

static void add_value(pg_wire *wire, const rp_db_value *value)
{
    if (value->is_null) {
        add_bytes(wire, type_of(value->type), NULL, 0);
        return;
    }
    guint64 buffer = 0;
    size_t size = 0;
    const void *bytes = bytes_of(value, &buffer, &size);
    if (bytes == &buffer) {
        bytes = g_memdup2(&buffer, size);
        g_ptr_array_add(wire->owned, (gpointer)bytes);
    }
    add_bytes(wire, type_of(value->type), bytes, size);
}

/* ---- arrays ---- */

static void put_int32(GByteArray *bytes, gint32 number)
{
    gint32 big_endian = GINT32_TO_BE(number);
    g_byte_array_append(bytes, (const guint8 *)&big_endian, sizeof big_endian);
}

/* An array of one dimension: its head, then the elements, each behind its size (-1 for NULL). */
static void put_array_head(GByteArray *bytes, Oid element_type, size_t count)
{
    put_int32(bytes, count > 0 ? 1 : 0);
    put_int32(bytes, 1); /* there may be NULLs */
    put_int32(bytes, (gint32)element_type);
    if (count > 0) {
        put_int32(bytes, (gint32)count);
        put_int32(bytes, 1); /* the first index */
    }
}

static void put_element(GByteArray *bytes, const void *element, size_t size)
{
    put_int32(bytes, element == NULL ? -1 : (gint32)size);
    if (element != NULL)
        g_byte_array_append(bytes, element, (guint)size);
}

static void add_array(pg_wire *wire, Oid type, GByteArray *bytes)
{
    gsize size = 0;
    guint8 *data = g_byte_array_steal(bytes, &size);
    g_byte_array_unref(bytes);
    g_ptr_array_add(wire->owned, data);
    add_bytes(wire, type, data, size);
}

static void add_key_column(pg_wire *wire, const rp_db_keys *keys, size_t column)
{
    GByteArray *bytes = g_byte_array_new();
    put_array_head(bytes, PG_TEXT, keys->rows);
    for (size_t row = 0; row < keys->rows; row++) {
        const char *key = keys->values[row * keys->columns + column];
        put_element(bytes, key, key != NULL ? strlen(key) : 0);
    }
    add_array(wire, PG_TEXT_ARRAY, bytes);
}

static Oid array_type_of(rp_db_type type)
{
    static const Oid types[] = {
        [RP_DB_TEXT] = PG_TEXT_ARRAY, [RP_DB_INTEGER] = PG_INT8_ARRAY, [RP_DB_BOOLEAN] = PG_BOOL_ARRAY};
    return types[type];
}

/* At most so many bytes: growing by doubling would copy megabytes of documents. */
static guint array_size(const rp_db_value *values, size_t width, size_t rows, size_t column)
{
    size_t size = 20;
    for (size_t row = 0; row < rows; row++) {
        const rp_db_value *value = &values[row * width + column];
        size += 4 + (value->type == RP_DB_TEXT && !value->is_null ? value->text.size : 8);
    }
    return (guint)MIN(size, G_MAXINT);
}

/* Column `column` of rows that are `width` wide. */
static void add_value_column(pg_wire *wire, const rp_db_value *values, size_t width, size_t rows,
                             size_t column)
{
    rp_db_type type = values[column].type;
    GByteArray *bytes = g_byte_array_sized_new(array_size(values, width, rows, column));
    put_array_head(bytes, type_of(type), rows);
    for (size_t row = 0; row < rows; row++) {
        const rp_db_value *value = &values[row * width + column];
        guint64 buffer = 0;
        size_t size = 0;
        g_assert(value->type == type);
        const void *element = value->is_null ? NULL : bytes_of(value, &buffer, &size);
        put_element(bytes, element, size);
    }
    add_array(wire, array_type_of(type), bytes);
}

/* ---- statements ---- */

static size_t width_of(const rp_db_value *value)
{
    return value->type == RP_DB_KEY_LIST ? value->keys->columns : 1;
}

/* "$3", or "$3, $4" for a key list of two columns. */
static void write_parameter(void *context, GString *sql, size_t index)
{
    const rp_db_value *values = context;
    size_t first = 1;
    for (size_t i = 0; i < index; i++)
        first += width_of(&values[i]);
    for (size_t i = 0; i < width_of(&values[index]); i++)
        g_string_append_printf(sql, "%s$%zu", i > 0 ? ", " : "", first + i);
}

pg_wire *rp_pg_wire_new(const char *sql, const rp_db_value *values, size_t count)
{
    pg_wire *wire = wire_new();
    rp_sql_translate(wire->sql, sql, count, write_parameter, (void *)values);
    for (size_t i = 0; i < count; i++) {
        if (values[i].type != RP_DB_KEY_LIST) {
            add_value(wire, &values[i]);
            continue;
        }
        for (size_t column = 0; column < values[i].keys->columns; column++)
            add_key_column(wire, values[i].keys, column);
    }
    return wire;
}

static pg_wire *insert_one_row(const rp_db *db, const rp_insert *into, const rp_db_value *values,
                               const char *ending)
{
    g_autofree char *sql = rp_sql_insert(db, into, 1, ending);
    return rp_pg_wire_new(sql, values, rp_insert_width(into));
}

pg_wire *rp_pg_wire_insert(const rp_db *db, const rp_insert *into, const rp_db_value *values, size_t rows)
{
    const char *ending = into->key_size > 0 ? "ON CONFLICT DO NOTHING" : "";
    if (rows == 1) /* it may be large: its values need not be copied into arrays */
        return insert_one_row(db, into, values, ending);
    size_t width = rp_insert_width(into);
    pg_wire *wire = wire_new();
    GString *arrays = g_string_new(NULL);
    for (size_t column = 0; column < width; column++) {
        g_string_append_printf(arrays, "%s$%zu", column > 0 ? ", " : "", column + 1);
        add_value_column(wire, values, width, rows, column);
    }
    g_autofree char *sql = rp_sql(db, "INSERT INTO %n (%s) SELECT * FROM unnest(%s) %s", into->schema,
                                  into->table, into->columns, arrays->str, ending);
    g_string_assign(wire->sql, sql);
    g_string_free(arrays, TRUE);
    return wire;
}

void rp_pg_write_keys(const rp_db *db, GString *sql, unsigned parameter, const char *columns)
{
    (void)db;
    g_string_append_printf(sql, "(SELECT * FROM unnest(?%u) AS u(%s))", parameter, columns);
}
