/*
 * Tables: an environment's memory of its snapshots. See model/table.h.
 *
 * An environment of a large warehouse holds ten thousand of them, fifteen megabytes of JSON, and a promotion
 * reads several such lists. So a list is not kept as a document, which takes twice as much again: its text is
 * kept, as the database has it, and of each table the fields that are asked for. What is not known here is
 * not lost: the text is what is written back.
 */
#include "model/table.h"

#include <stdlib.h>
#include <string.h>

#include "model/naming.h"

#define STRINGS_BLOCK 65536 /* bytes */

/* ---- what tables share ---- */

struct rp_table_texts {
    gatomicrefcount references;
    GString *json;
    GStringChunk *strings;
};

/* Takes the JSON over. `strings_size`: about how much room the fields will need. */
static rp_table_texts *texts_new(GString *json, size_t strings_size)
{
    rp_table_texts *texts = g_new(rp_table_texts, 1);
    g_atomic_ref_count_init(&texts->references);
    texts->json = json;
    texts->strings = g_string_chunk_new(MIN(strings_size, STRINGS_BLOCK));
    return texts;
}

static rp_table_texts *texts_ref(rp_table_texts *texts)
{
    g_atomic_ref_count_inc(&texts->references);
    return texts;
}

static void texts_unref(rp_table_texts *texts)
{
    if (texts == NULL || !g_atomic_ref_count_dec(&texts->references))
        return;
    g_string_free(texts->json, TRUE);
    g_string_chunk_free(texts->strings);
    g_free(texts);
}

static const char *keep(repoint_table *table, const char *text)
{
    return g_string_chunk_insert(table->texts->strings, text);
}

/* ---- fields ---- */

typedef struct table_field table_field;

struct table_field {
    const char *key;
    size_t key_size;
    /* `table` has its texts already. */
    repoint_status (*read)(const table_field *field, yyjson_val *value, repoint_table *table,
                           repoint_error *error);
    size_t member; /* offset in repoint_table, for the readers that are shared by several keys */
    bool is_required;
};

static repoint_status wrong_type(const table_field *field, const char *expected, repoint_error *error)
{
    return rp_fail(error, REPOINT_INVALID, NULL, "\"%s\" is not %s", field->key, expected);
}

static repoint_status check_text(const table_field *field, yyjson_val *value,
                                 repoint_table *table G_GNUC_UNUSED, repoint_error *error)
{
    if (!yyjson_is_str(value))
        return wrong_type(field, "a string", error);
    return rp_name_check(yyjson_get_str(value), yyjson_get_len(value), field->key, error);
}

static repoint_status read_text(const table_field *field, yyjson_val *value, repoint_table *table,
                                repoint_error *error)
{
    repoint_status status = check_text(field, value, table, error);
    if (status == REPOINT_OK)
        G_STRUCT_MEMBER(const char *, table, field->member) = keep(table, yyjson_get_str(value));
    return status;
}

static repoint_status read_flag(const table_field *field, yyjson_val *value, repoint_table *table,
                                repoint_error *error)
{
    if (!yyjson_is_bool(value))
        return wrong_type(field, "true or false", error);
    G_STRUCT_MEMBER(bool, table, field->member) = yyjson_get_bool(value);
    return REPOINT_OK;
}

static repoint_status read_fingerprint(const table_field *field, yyjson_val *value, repoint_table *table,
                                       repoint_error *error)
{
    rp_fingerprint read;
    repoint_status status = rp_fingerprint_from_json(value, field->key, &read, error);
    if (status == REPOINT_OK)
        table->fingerprint =
            (rp_fingerprint){keep(table, read.data_hash), keep(table, read.metadata_hash),
                             keep(table, read.parent_data_hash), keep(table, read.parent_metadata_hash)};
    return status;
}

static repoint_status read_category(const table_field *field, yyjson_val *value, repoint_table *table,
                                    repoint_error *error)
{
    int64_t category = 0;
    if (!rp_json_int(value, &category) || category < RP_CATEGORY_BREAKING || category > RP_CATEGORY_METADATA)
        return wrong_type(field, "a number from 1 to 6", error);
    table->category = (rp_change_category)category;
    return REPOINT_OK;
}

static repoint_status read_naming(const table_field *field, yyjson_val *value, repoint_table *table,
                                  repoint_error *error)
{
    if (!rp_table_naming_from_name(yyjson_get_str(value), &table->naming))
        return wrong_type(field, "one of schema_and_table, table_only, hash_md5", error);
    return REPOINT_OK;
}

static repoint_status read_kind(const table_field *field, yyjson_val *value, repoint_table *table,
                                repoint_error *error)
{
    if (!yyjson_is_str(value) || !rp_kind_from_name(yyjson_get_str(value), &table->kind))
        return wrong_type(field, "a kind of model", error);
    table->kind_name = keep(table, yyjson_get_str(value));
    return REPOINT_OK;
}

/* Reads a value that is one of two words; *ret_is_first tells which. */
static repoint_status read_choice(const table_field *field, yyjson_val *value, const char *first,
                                  const char *second, bool *ret_is_first, repoint_error *error)
{
    bool is_first = yyjson_equals_str(value, first);
    if (!is_first && !yyjson_equals_str(value, second))
        return rp_fail(error, REPOINT_INVALID, NULL, "\"%s\" is neither \"%s\" nor \"%s\"", field->key, first,
                       second);
    *ret_is_first = is_first;
    return REPOINT_OK;
}

static repoint_status read_node_type(const table_field *field, yyjson_val *value, repoint_table *table,
                                     repoint_error *error)
{
    return read_choice(field, value, "model", "audit", &table->is_model, error);
}

static repoint_status read_environment_mode(const table_field *field, yyjson_val *value, repoint_table *table,
                                            repoint_error *error)
{
    return read_choice(field, value, "full", "dev_only", &table->is_virtual_environment_full, error);
}

static repoint_status check_parents(const table_field *field, yyjson_val *value,
                                    repoint_table *table G_GNUC_UNUSED, repoint_error *error)
{
    size_t index, count;
    yyjson_val *parent;
    if (!yyjson_is_arr(value))
        return wrong_type(field, "an array", error);
    yyjson_arr_foreach (value, index, count, parent) {
        if (!yyjson_is_str(yyjson_obj_get(parent, "name")) ||
            !yyjson_is_str(yyjson_obj_get(parent, "identifier")))
            return wrong_type(field, "an array of objects with name and identifier", error);
    }
    return REPOINT_OK;
}

static repoint_status check_previous_versions(const table_field *field, yyjson_val *value,
                                              repoint_table *table G_GNUC_UNUSED, repoint_error *error)
{
    size_t index, count;
    yyjson_val *version;
    if (!yyjson_is_arr(value))
        return wrong_type(field, "an array", error);
    yyjson_arr_foreach (value, index, count, version) {
        if (!yyjson_is_obj(version))
            return wrong_type(field, "an array of objects", error);
    }
    return REPOINT_OK;
}

#define KEY(text)    (text), sizeof(text) - 1
#define MEMBER(name) offsetof(repoint_table, name)

/* In the order in which SQLMesh writes them: see find_field(). */
static const table_field fields[] = {
    {KEY("name"), read_text, MEMBER(name), .is_required = true},
    {KEY("dev_version"), read_text, MEMBER(dev_version)},
    {KEY("change_category"), read_category},
    {KEY("fingerprint"), read_fingerprint, .is_required = true},
    {KEY("previous_versions"), check_previous_versions},
    {KEY("base_table_name_override"), read_text, MEMBER(base_table_name_override)},
    {KEY("dev_table_suffix"), read_text, MEMBER(dev_table_suffix), .is_required = true},
    {KEY("table_naming_convention"), read_naming},
    {KEY("forward_only"), read_flag, MEMBER(forward_only)},
    {KEY("version"), read_text, MEMBER(version), .is_required = true},
    {KEY("physical_schema"), read_text, MEMBER(physical_schema), .is_required = true},
    {KEY("parents"), check_parents, .is_required = true},
    {KEY("kind_name"), read_kind},
    {KEY("node_type"), read_node_type},
    {KEY("custom_materialization"), check_text},
    {KEY("model_gateway"), read_text, MEMBER(gateway)},
    {KEY("virtual_environment_mode"), read_environment_mode},
};

/*
 * The field of this key, or NULL. The search starts behind the field found last: keys come in the order of
 * the table above nearly always, and then nothing is searched.
 */
static const table_field *find_field(yyjson_val *key, size_t *cursor)
{
    for (size_t i = 0; i < G_N_ELEMENTS(fields); i++) {
        size_t at = (*cursor + i) % G_N_ELEMENTS(fields);
        if (yyjson_equals_strn(key, fields[at].key, fields[at].key_size)) {
            *cursor = at + 1;
            return &fields[at];
        }
    }
    return NULL;
}

static repoint_status check_required(unsigned present, repoint_error *error)
{
    for (size_t i = 0; i < G_N_ELEMENTS(fields); i++) {
        if (fields[i].is_required && (present & 1U << i) == 0)
            return rp_fail(error, REPOINT_INVALID, NULL, "\"%s\" is missing", fields[i].key);
    }
    return REPOINT_OK;
}

static repoint_status read_fields(yyjson_val *object, repoint_table *table, repoint_error *error)
{
    G_STATIC_ASSERT(G_N_ELEMENTS(fields) <= 8 * sizeof(unsigned));
    unsigned present = 0;
    size_t cursor = 0;
    size_t index, count;
    yyjson_val *key, *value;
    yyjson_obj_foreach (object, index, count, key, value) {
        const table_field *field = yyjson_is_null(value) ? NULL : find_field(key, &cursor);
        if (field == NULL)
            continue;
        unsigned bit = 1U << (field - fields);
        if ((present & bit) != 0)
            return rp_fail(error, REPOINT_INVALID, NULL, "\"%s\" is there twice", field->key);
        present |= bit;
        repoint_status status = field->read(field, value, table, error);
        if (status != REPOINT_OK)
            return status;
    }
    return check_required(present, error);
}

/* Puts the table's name, if it has a sane one, in front of what was wrong with it. */
static void name_culprit(yyjson_val *object, repoint_error *error)
{
    yyjson_val *name = yyjson_obj_get(object, "name");
    if (yyjson_is_str(name) &&
        rp_name_check(yyjson_get_str(name), yyjson_get_len(name), "name", NULL) == REPOINT_OK)
        rp_error_prefix(error, "table %s", yyjson_get_str(name));
    else
        rp_error_prefix(error, "a table");
}

/* Reads a table whose JSON stands, or will stand, at `json_at`. */
static repoint_status read_table(rp_table_texts *texts, size_t json_at, size_t json_size, yyjson_val *value,
                                 repoint_table *ret_table, repoint_error *error)
{
    if (!yyjson_is_obj(value))
        return rp_fail(error, REPOINT_INVALID, NULL, "a table is not a JSON object");
    repoint_table table = {
        .texts = texts,
        .json_at = json_at,
        .json_size = json_size,
        .naming = RP_NAMING_SCHEMA_AND_TABLE,
        .is_model = true,
        .is_virtual_environment_full = true,
    };
    repoint_status status = read_fields(value, &table, error);
    if (status != REPOINT_OK) {
        name_culprit(value, error);
        return status;
    }
    rp_fingerprint_identifier(&table.fingerprint, table.identifier);
    if (table.dev_version == NULL || *table.dev_version == '\0')
        rp_fingerprint_version(&table.fingerprint, table.own_version);
    texts_ref(texts);
    *ret_table = table;
    return REPOINT_OK;
}

repoint_status rp_table_parse(GString *text, repoint_table **ret_table, repoint_error *error)
{
    rp_table_texts *texts = texts_new(text, text->len);
    g_autoptr(rp_json) json = NULL;
    g_autofree repoint_table *table = g_new(repoint_table, 1);
    repoint_status status = rp_json_parse(text->str, text->len, "a table", &json, error);
    if (status == REPOINT_OK)
        status = read_table(texts, 0, text->len, rp_json_root(json), table, error);
    if (status == REPOINT_OK)
        *ret_table = g_steal_pointer(&table);
    texts_unref(texts);
    return status;
}

void rp_table_copy(repoint_table *to, const repoint_table *from)
{
    *to = *from;
    texts_ref(to->texts);
}

void rp_table_clear(repoint_table *table)
{
    texts_unref(table->texts);
    *table = (repoint_table){0};
}

void rp_table_write(rp_json_writer *writer, const repoint_table *table)
{
    const char *text = table->texts->json->str + table->json_at;
    if (writer->style == RP_JSON_PYTHON) {
        rp_json_raw(writer, text, table->json_size);
        return;
    }
    g_autoptr(rp_json) json = NULL;
    repoint_status status = rp_json_parse(text, table->json_size, "a table", &json, NULL);
    g_assert(status == REPOINT_OK); /* it was read from this text */
    rp_json_value(writer, rp_json_root(json));
}

static const char *const naming_names[] = {
    [RP_NAMING_SCHEMA_AND_TABLE] = "schema_and_table",
    [RP_NAMING_TABLE_ONLY] = "table_only",
    [RP_NAMING_HASH_MD5] = "hash_md5",
};

const char *rp_table_naming_name(rp_table_naming naming)
{
    return naming_names[naming];
}

bool rp_table_naming_from_name(const char *name, rp_table_naming *ret_naming)
{
    for (size_t i = 0; i < G_N_ELEMENTS(naming_names); i++) {
        if (g_strcmp0(naming_names[i], name) == 0) {
            *ret_naming = (rp_table_naming)i;
            return true;
        }
    }
    return false;
}

const char *rp_table_dev_version(const repoint_table *table)
{
    bool is_stored = table->dev_version != NULL && *table->dev_version != '\0';
    return is_stored ? table->dev_version : table->own_version;
}

bool rp_table_is_forward_only(const repoint_table *table)
{
    return table->forward_only || table->category == RP_CATEGORY_FORWARD_ONLY;
}

bool rp_table_equal(const repoint_table *a, const repoint_table *b)
{
    return rp_fingerprint_equal(&a->fingerprint, &b->fingerprint);
}

/* ---- lists ---- */

typedef struct list_reader {
    rp_table_texts *texts;
    GArray *items;  /* of repoint_table */
    const char *of; /* what names itself in front of a message; or NULL */
} list_reader;

static list_reader begin_list(GString *text)
{
    return (list_reader){.texts = texts_new(text, STRINGS_BLOCK),
                         .items = g_array_new(FALSE, FALSE, sizeof(repoint_table))};
}

static repoint_status add_table(list_reader *reader, size_t json_at, size_t json_size, yyjson_val *value,
                                repoint_error *error)
{
    repoint_table table;
    repoint_status status = read_table(reader->texts, json_at, json_size, value, &table, error);
    if (status == REPOINT_OK)
        g_array_append_val(reader->items, table);
    else if (reader->of != NULL)
        rp_error_prefix(error, "%s", reader->of);
    return status;
}

/* What has been read becomes a list, or goes. */
static repoint_status end_list(list_reader *reader, repoint_status status, rp_tables *ret_tables)
{
    rp_tables tables = {.count = reader->items->len, .whole = reader->texts};
    tables.items = (repoint_table *)(void *)g_array_free(reader->items, FALSE);
    if (status == REPOINT_OK)
        *ret_tables = tables;
    else
        rp_tables_clear(&tables);
    return status;
}

/* The element's own text is part of the list's. */
static repoint_status keep_element(void *context, yyjson_val *element, const char *text, size_t size,
                                   repoint_error *error)
{
    list_reader *reader = context;
    return add_table(reader, (size_t)(text - reader->texts->json->str), size, element, error);
}

repoint_status rp_tables_parse(GString *text, const char *what, rp_tables *ret_tables, repoint_error *error)
{
    list_reader reader = begin_list(text);
    repoint_status status = rp_json_each(text->str, text->len, what, keep_element, &reader, error);
    return end_list(&reader, status, ret_tables);
}

/* The element is spelled anew, as rows have it. */
static repoint_status respell_element(void *context, yyjson_val *element, const char *text G_GNUC_UNUSED,
                                      size_t size G_GNUC_UNUSED, repoint_error *error)
{
    list_reader *reader = context;
    GString *json = reader->texts->json;
    g_string_append(json, reader->items->len > 0 ? ", " : "");
    size_t at = json->len;
    rp_json_value(&RP_JSON_WRITER(json, RP_JSON_PYTHON), element);
    return add_table(reader, at, json->len - at, element, error);
}

repoint_status rp_tables_take(rp_json_reader *from, const char *of, rp_tables *ret_tables,
                              repoint_error *error)
{
    list_reader reader = begin_list(g_string_new("["));
    reader.of = of;
    repoint_status status = rp_json_reader_elements(from, respell_element, &reader, error);
    g_string_append_c(reader.texts->json, ']');
    return end_list(&reader, status, ret_tables);
}

repoint_status rp_tables_read(yyjson_val *array, rp_tables *ret_tables, repoint_error *error)
{
    if (!yyjson_is_arr(array))
        return rp_fail(error, REPOINT_INVALID, NULL, "the list of tables is not a JSON array");
    list_reader reader = begin_list(g_string_new("["));
    repoint_status status = REPOINT_OK;
    size_t index, count;
    yyjson_val *value;
    yyjson_arr_foreach (array, index, count, value) {
        status = respell_element(&reader, value, NULL, 0, error);
        if (status != REPOINT_OK)
            break;
    }
    g_string_append_c(reader.texts->json, ']');
    return end_list(&reader, status, ret_tables);
}

void rp_tables_clear(rp_tables *tables)
{
    for (size_t i = 0; i < tables->count; i++)
        rp_table_clear(&tables->items[i]);
    g_free(tables->items);
    texts_unref(tables->whole);
    *tables = (rp_tables){0};
}

rp_tables rp_tables_copy(const rp_tables *tables)
{
    rp_tables copy = {g_new(repoint_table, tables->count), tables->count, tables->whole};
    for (size_t i = 0; i < tables->count; i++)
        rp_table_copy(&copy.items[i], &tables->items[i]);
    if (copy.whole != NULL)
        texts_ref(copy.whole);
    return copy;
}

void rp_tables_set(rp_tables *tables, size_t index, const repoint_table *table)
{
    repoint_table copy;
    rp_table_copy(&copy, table);
    if (index == tables->count)
        tables->items = g_renew(repoint_table, tables->items, ++tables->count);
    else
        rp_table_clear(&tables->items[index]);
    tables->items[index] = copy;
    g_clear_pointer(&tables->whole, texts_unref);
}

void rp_tables_remove(rp_tables *tables, size_t index)
{
    repoint_table *table = &tables->items[index];
    rp_table_clear(table);
    tables->count--;
    memmove(table, table + 1, (tables->count - index) * sizeof *table);
    g_clear_pointer(&tables->whole, texts_unref);
}

void rp_tables_write(rp_json_writer *writer, const rp_tables *tables)
{
    rp_json_begin_array(writer);
    for (size_t i = 0; i < tables->count; i++)
        rp_table_write(writer, &tables->items[i]);
    rp_json_end_array(writer);
}

size_t rp_tables_text_size(const rp_tables *tables)
{
    size_t size = 2; /* brackets, and commas with a blank */
    for (size_t i = 0; i < tables->count; i++)
        size += tables->items[i].json_size + 2;
    return size;
}

bool rp_tables_same_text(const rp_tables *a, const rp_tables *b)
{
    return a->whole != NULL && b->whole != NULL && g_string_equal(a->whole->json, b->whole->json);
}

const GString *rp_tables_text(const rp_tables *tables, GString **ret_own)
{
    *ret_own = NULL;
    if (tables->whole != NULL)
        return tables->whole->json;
    *ret_own = g_string_sized_new(rp_tables_text_size(tables));
    rp_tables_write(&RP_JSON_WRITER(*ret_own, RP_JSON_PYTHON), tables);
    return *ret_own;
}

const repoint_table *rp_tables_find(const rp_tables *tables, const char *name)
{
    for (size_t i = 0; i < tables->count; i++) {
        if (strcmp(tables->items[i].name, name) == 0)
            return &tables->items[i];
    }
    return NULL;
}

/* ---- the public face ---- */

repoint_status repoint_table_from_json(const char *text, size_t size, repoint_table **ret_table,
                                       repoint_error *error)
{
    g_autoptr(rp_json) json = NULL;
    repoint_status status = rp_json_parse(text, size, "table", &json, error);
    if (status != REPOINT_OK)
        return status;
    GString *spelled = g_string_new(NULL);
    rp_json_value(&RP_JSON_WRITER(spelled, RP_JSON_PYTHON), rp_json_root(json));
    return rp_table_parse(spelled, ret_table, error);
}

char *repoint_table_to_json(const repoint_table *table)
{
    GString *text = g_string_new(NULL);
    rp_table_write(&RP_JSON_WRITER(text, RP_JSON_COMPACT), table);
    return g_string_free(text, FALSE);
}

void repoint_table_free(repoint_table *table)
{
    if (table == NULL)
        return;
    rp_table_clear(table);
    g_free(table);
}

const char *repoint_table_name(const repoint_table *table)
{
    return table->name;
}

const char *repoint_table_identifier(const repoint_table *table)
{
    return table->identifier;
}

const char *repoint_table_version(const repoint_table *table)
{
    return table->version;
}

const char *repoint_table_kind(const repoint_table *table)
{
    return table->kind_name;
}
