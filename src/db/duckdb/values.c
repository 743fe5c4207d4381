/* Parameters as DuckDB's library takes them. See db/duckdb/values.h. */
#include "db/duckdb/values.h"

#include <string.h>

static int duck_type_of(rp_db_type type)
{
    static const int types[] = {
        [RP_DB_TEXT] = DUCK_VARCHAR, [RP_DB_INTEGER] = DUCK_BIGINT, [RP_DB_BOOLEAN] = DUCK_BOOLEAN};
    return types[type];
}

static duck_value text_value(const duck_library *duck, const char *text)
{
    return text != NULL ? duck->create_varchar_length(text, strlen(text)) : duck->create_null_value();
}

duck_value rp_duck_single_value(const duck_library *duck, const rp_db_value *value)
{
    if (value->is_null)
        return duck->create_null_value();
    switch (value->type) {
    case RP_DB_INTEGER: return duck->create_int64(value->integer);
    case RP_DB_BOOLEAN: return duck->create_bool(value->boolean);
    default: return duck->create_varchar_length(value->text.bytes, value->text.size);
    }
}

/* A list of `values`, which it destroys. */
static duck_value list_value(const duck_library *duck, duck_type type, duck_value *values, size_t count)
{
    duck_value list = duck->create_list_value(type, values, count);
    for (size_t i = 0; i < count; i++)
        duck->destroy_value(&values[i]);
    return list;
}

duck_value rp_duck_keys_value(const duck_library *duck, const rp_db_keys *keys)
{
    g_autofree duck_value *rows = g_new(duck_value, keys->rows + 1); /* an empty list has an address too */
    duck_type text = duck->create_logical_type(DUCK_VARCHAR);
    duck_type texts = duck->create_list_type(text);
    for (size_t row = 0; row < keys->rows; row++) {
        duck_value columns[2] = {NULL, NULL};
        g_assert(keys->columns <= G_N_ELEMENTS(columns));
        for (size_t column = 0; column < keys->columns; column++)
            columns[column] = text_value(duck, keys->values[row * keys->columns + column]);
        rows[row] = list_value(duck, text, columns, keys->columns);
    }
    duck_value list = list_value(duck, texts, rows, keys->rows);
    duck->destroy_logical_type(&texts);
    duck->destroy_logical_type(&text);
    return list;
}

duck_value rp_duck_column_value(const duck_library *duck, const rp_db_value *values, size_t width,
                                size_t column, const GArray *taken)
{
    g_autofree duck_value *cells = g_new(duck_value, taken->len + 1);
    duck_type type = duck->create_logical_type(duck_type_of(values[column].type));
    for (guint i = 0; i < taken->len; i++)
        cells[i] = rp_duck_single_value(duck, &values[g_array_index(taken, size_t, i) * width + column]);
    duck_value list = list_value(duck, type, cells, taken->len);
    duck->destroy_logical_type(&type);
    return list;
}
