/*
 * Reading JSON: into shared immutable documents, or piece by piece. See base/json.h; yyjson does the parsing.
 */
#include "base/json.h"

#include <stdlib.h>
#include <string.h>

#include "base/memory.h"

struct rp_json {
    gatomicrefcount references;
    yyjson_doc *document;
    char *text; /* what the document points into when it was parsed in place; else NULL */
};

/* Depth is bounded here so that everything that walks a document may recurse. */
static bool is_too_deep(yyjson_val *value, int depth)
{
    if (!yyjson_is_ctn(value))
        return false;
    if (depth >= RP_JSON_MAX_DEPTH)
        return true;
    size_t index, count;
    yyjson_val *key, *child;
    if (yyjson_is_arr(value)) {
        yyjson_arr_foreach (value, index, count, child) {
            if (is_too_deep(child, depth + 1))
                return true;
        }
    } else {
        yyjson_obj_foreach (value, index, count, key, child) {
            if (is_too_deep(child, depth + 1))
                return true;
        }
    }
    return false;
}

/* ---- reading ---- */

/* What a document is read into. */
static void *allocate(void *context G_GNUC_UNUSED, size_t size)
{
    void *memory = malloc(size);
    if (memory != NULL)
        rp_memory_prefer_huge_pages(memory, size);
    return memory;
}

static void *reallocate(void *context G_GNUC_UNUSED, void *memory, size_t old_size G_GNUC_UNUSED, size_t size)
{
    return realloc(memory, size);
}

static void release(void *context G_GNUC_UNUSED, void *memory)
{
    free(memory);
}

static const yyjson_alc allocator = {allocate, reallocate, release, NULL};

static repoint_status check_size(size_t size, const char *what, repoint_error *error)
{
    return size <= RP_JSON_MAX_SIZE ? REPOINT_OK
                                    : rp_fail(error, REPOINT_INVALID, NULL, "%s is larger than 1 GiB", what);
}

static repoint_status check_depth(yyjson_val *value, int depth, const char *what, repoint_error *error)
{
    return !is_too_deep(value, depth)
               ? REPOINT_OK
               : rp_fail(error, REPOINT_INVALID, NULL, "%s is nested deeper than %d levels", what,
                         RP_JSON_MAX_DEPTH);
}

static repoint_status fail_syntax(const char *what, const char *reason, size_t position, repoint_error *error)
{
    return rp_fail(error, REPOINT_INVALID, NULL, "%s is not valid JSON: %s at byte %zu", what, reason,
                   position);
}

/* Parses `text` (in place when `taken`) and wraps the document; `taken` text is released with it, or on
 * failure. */
static repoint_status parse(char *text, size_t size, bool taken, const char *what, rp_json **ret_json,
                            repoint_error *error)
{
    g_autofree char *own = taken ? text : NULL;
    repoint_status status = check_size(size, what, error);
    if (status != REPOINT_OK)
        return status;
    yyjson_read_err reason;
    yyjson_read_flag flags = YYJSON_READ_NUMBER_AS_RAW | (taken ? YYJSON_READ_INSITU : 0);
    yyjson_doc *document = yyjson_read_opts(text, size, flags, &allocator, &reason);
    if (document == NULL)
        return fail_syntax(what, reason.msg, reason.pos, error);
    status = check_depth(yyjson_doc_get_root(document), 0, what, error);
    if (status != REPOINT_OK) {
        yyjson_doc_free(document);
        return status;
    }
    rp_json *json = g_new(rp_json, 1);
    g_atomic_ref_count_init(&json->references);
    json->document = document;
    json->text = g_steal_pointer(&own);
    *ret_json = json;
    return REPOINT_OK;
}

repoint_status rp_json_parse(const char *text, size_t size, const char *what, rp_json **ret_json,
                             repoint_error *error)
{
    /* yyjson's argument is not const because of its in-place mode, which is not used here. */
    return parse((char *)text, size, false, what, ret_json, error);
}

repoint_status rp_json_parse_taken(GString *text, const char *what, rp_json **ret_json, repoint_error *error)
{
    size_t size = text->len;
    g_string_set_size(text, size + YYJSON_PADDING_SIZE);
    memset(text->str + size, 0, YYJSON_PADDING_SIZE);
    return parse(g_string_free(text, FALSE), size, true, what, ret_json, error);
}

/* ---- piece by piece ---- */

/*
 *      [ {"name": "orders", …}, {"name": "items", …}, … ]
 *        └────── window ───────────────┘
 *
 * A window of the text is copied and parsed in place; yyjson stops behind the first value and says where, so
 * that nobody has to look for its end first. A window is half as large again as the value before; one that is
 * too short is enlarged.
 */
#define FIRST_WINDOW ((size_t)4096)
#define LEAST_WINDOW ((size_t)256)

struct rp_json_reader {
    const char *text;
    size_t size;
    const char *what;
    size_t at; /* in the text */
    int depth; /* of arrays and objects around */
    size_t window;
    char *copy; /* of a window, padded */
    size_t copy_size;
};

static void set_window(rp_json_reader *reader, size_t size)
{
    reader->window = MAX(size, LEAST_WINDOW);
    if (reader->copy_size >= reader->window)
        return;
    g_free(reader->copy);
    reader->copy_size = reader->window;
    reader->copy = g_malloc(reader->window + YYJSON_PADDING_SIZE);
}

static bool is_blank(char byte)
{
    return byte == ' ' || byte == '\n' || byte == '\t' || byte == '\r';
}

char rp_json_reader_peek(rp_json_reader *reader)
{
    while (reader->at < reader->size && is_blank(reader->text[reader->at]))
        reader->at++;
    return reader->at < reader->size ? reader->text[reader->at] : '\0';
}

static const char unexpected_end[] = "unexpected end of data";

/* Parses the value that begins here, into a document that points into the copy. */
static repoint_status parse_value(rp_json_reader *reader, yyjson_doc **ret_document, repoint_error *error)
{
    const yyjson_read_flag flags =
        YYJSON_READ_NUMBER_AS_RAW | YYJSON_READ_INSITU | YYJSON_READ_STOP_WHEN_DONE;
    size_t rest = reader->size - reader->at;
    if (rest == 0)
        return fail_syntax(reader->what, unexpected_end, reader->at, error);
    for (;; set_window(reader, 4 * reader->window)) {
        size_t size = MIN(rest, reader->window);
        memcpy(reader->copy, reader->text + reader->at, size);
        memset(reader->copy + size, 0, YYJSON_PADDING_SIZE);
        yyjson_read_err reason;
        yyjson_doc *document = yyjson_read_opts(reader->copy, size, flags, &allocator, &reason);
        bool is_cut = size < rest && (document == NULL || yyjson_doc_get_read_size(document) == size);
        if (!is_cut) {
            *ret_document = document;
            return document != NULL ? REPOINT_OK
                                    : fail_syntax(reader->what, reason.msg, reader->at + reason.pos, error);
        }
        yyjson_doc_free(document);
    }
}

repoint_status rp_json_reader_value(rp_json_reader *reader, rp_json_visitor visit, void *context,
                                    repoint_error *error)
{
    yyjson_doc *document = NULL;
    rp_json_reader_peek(reader);
    repoint_status status = parse_value(reader, &document, error);
    if (status != REPOINT_OK)
        return status;
    const char *begin = reader->text + reader->at;
    size_t size = yyjson_doc_get_read_size(document);
    yyjson_val *value = yyjson_doc_get_root(document);
    status = check_depth(value, reader->depth, reader->what, error);
    if (status == REPOINT_OK)
        status = visit(context, value, begin, size, error);
    yyjson_doc_free(document);
    reader->at += size;
    set_window(reader, size + size / 2);
    return status;
}

/* Walks an array or an object: `take` takes one element or member. */
static repoint_status walk(rp_json_reader *reader, char closing,
                           repoint_status (*take)(rp_json_reader *reader, void *work, repoint_error *error),
                           void *work, repoint_error *error)
{
    repoint_status status = REPOINT_OK;
    reader->depth++;
    reader->at++;
    while (status == REPOINT_OK && rp_json_reader_peek(reader) != closing) {
        status = take(reader, work, error);
        char next = rp_json_reader_peek(reader);
        if (status != REPOINT_OK || next == closing)
            break;
        if (next != ',')
            return fail_syntax(reader->what,
                               reader->at == reader->size
                                   ? unexpected_end
                                   : "neither a comma nor the end of an array or object",
                               reader->at, error);
        reader->at++;
        if (rp_json_reader_peek(reader) == closing)
            return fail_syntax(reader->what, "trailing comma is not allowed", reader->at, error);
    }
    reader->depth--;
    reader->at++;
    return status;
}

typedef struct element_work {
    rp_json_visitor visit;
    void *context;
} element_work;

static repoint_status take_element(rp_json_reader *reader, void *work, repoint_error *error)
{
    const element_work *element = work;
    return rp_json_reader_value(reader, element->visit, element->context, error);
}

repoint_status rp_json_reader_elements(rp_json_reader *reader, rp_json_visitor visit, void *context,
                                       repoint_error *error)
{
    element_work work = {visit, context};
    if (rp_json_reader_peek(reader) != '[')
        return rp_fail(error, REPOINT_INVALID, NULL, "%s is not a JSON array", reader->what);
    return walk(reader, ']', take_element, &work, error);
}

typedef struct member_work {
    rp_json_member_visitor visit;
    void *context;
    char *key;
} member_work;

static repoint_status keep_key(void *context, yyjson_val *value, const char *text G_GNUC_UNUSED,
                               size_t size G_GNUC_UNUSED, repoint_error *error G_GNUC_UNUSED)
{
    member_work *member = context;
    g_free(member->key);
    member->key = g_strdup(yyjson_get_str(value)); /* NULL: it is no string */
    return REPOINT_OK;
}

static repoint_status take_member(rp_json_reader *reader, void *work, repoint_error *error)
{
    member_work *member = work;
    size_t begin = reader->at;
    repoint_status status = rp_json_reader_value(reader, keep_key, member, error);
    if (status != REPOINT_OK)
        return status;
    if (member->key == NULL || rp_json_reader_peek(reader) != ':')
        return fail_syntax(reader->what, "an object's member begins with no key", begin, error);
    reader->at++;
    return member->visit(member->context, member->key, reader, error);
}

repoint_status rp_json_reader_members(rp_json_reader *reader, rp_json_member_visitor visit, void *context,
                                      repoint_error *error)
{
    member_work work = {visit, context, NULL};
    if (rp_json_reader_peek(reader) != '{')
        return rp_fail(error, REPOINT_INVALID, NULL, "%s is not a JSON object", reader->what);
    repoint_status status = walk(reader, '}', take_member, &work, error);
    g_free(work.key);
    return status;
}

repoint_status rp_json_read(const char *text, size_t size, const char *what, rp_json_step step, void *context,
                            repoint_error *error)
{
    rp_json_reader reader = {.text = text, .size = size, .what = what};
    repoint_status status = check_size(size, what, error);
    if (status != REPOINT_OK)
        return status;
    set_window(&reader, FIRST_WINDOW);
    status = step(context, &reader, error);
    g_free(reader.copy);
    rp_json_reader_peek(&reader);
    return status != REPOINT_OK || reader.at == size
               ? status
               : fail_syntax(what, "unexpected content after the document", reader.at, error);
}

static repoint_status read_array(void *context, rp_json_reader *reader, repoint_error *error)
{
    const element_work *each = context;
    return rp_json_reader_elements(reader, each->visit, each->context, error);
}

repoint_status rp_json_each(const char *text, size_t size, const char *what, rp_json_visitor visit,
                            void *context, repoint_error *error)
{
    element_work each = {visit, context};
    return rp_json_read(text, size, what, read_array, &each, error);
}

/* ---- documents ---- */

rp_json *rp_json_ref(rp_json *json)
{
    g_atomic_ref_count_inc(&json->references);
    return json;
}

void rp_json_unref(rp_json *json)
{
    if (json == NULL || !g_atomic_ref_count_dec(&json->references))
        return;
    yyjson_doc_free(json->document);
    g_free(json->text);
    g_free(json);
}

rp_json *rp_json_copy(yyjson_val *value)
{
    GString *text = g_string_new(NULL);
    rp_json_value(&RP_JSON_WRITER(text, RP_JSON_COMPACT), value);
    rp_json *copy = NULL;
    repoint_status status = rp_json_parse_taken(text, "a part of a document", &copy, NULL);
    g_assert(status == REPOINT_OK); /* it was one before */
    return copy;
}

yyjson_val *rp_json_root(const rp_json *json)
{
    return yyjson_doc_get_root(json->document);
}

yyjson_val *rp_json_field(yyjson_val *object, const char *key)
{
    yyjson_val *value = yyjson_obj_get(object, key);
    return value == NULL || yyjson_is_null(value) ? NULL : value;
}

/* Finds a field; *ret_value stays NULL for an optional one that is absent. */
static repoint_status find_field(yyjson_val *object, const char *key, rp_json_presence presence,
                                 const char *what, yyjson_val **ret_value, repoint_error *error)
{
    if (!yyjson_is_obj(object))
        return rp_fail(error, REPOINT_INVALID, NULL, "%s is not a JSON object", what);
    yyjson_val *value = rp_json_field(object, key);
    if (value == NULL && presence == RP_JSON_REQUIRED)
        return rp_fail(error, REPOINT_INVALID, NULL, "%s has no \"%s\"", what, key);
    *ret_value = value;
    return REPOINT_OK;
}

static repoint_status wrong_type(const char *key, const char *expected, const char *what,
                                 repoint_error *error)
{
    return rp_fail(error, REPOINT_INVALID, NULL, "%s: \"%s\" is not %s", what, key, expected);
}

repoint_status rp_json_get_string(yyjson_val *object, const char *key, rp_json_presence presence,
                                  const char *what, const char **ret, repoint_error *error)
{
    yyjson_val *value = NULL;
    repoint_status status = find_field(object, key, presence, what, &value, error);
    if (status != REPOINT_OK || value == NULL)
        return status;
    if (!yyjson_is_str(value))
        return wrong_type(key, "a string", what, error);
    if (strlen(yyjson_get_str(value)) != yyjson_get_len(value))
        return rp_fail(error, REPOINT_INVALID, NULL, "%s: \"%s\" has a NUL character inside", what, key);
    *ret = yyjson_get_str(value);
    return REPOINT_OK;
}

repoint_status rp_json_get_int(yyjson_val *object, const char *key, rp_json_presence presence,
                               const char *what, int64_t *ret, repoint_error *error)
{
    yyjson_val *value = NULL;
    repoint_status status = find_field(object, key, presence, what, &value, error);
    if (status != REPOINT_OK || value == NULL)
        return status;
    return rp_json_int(value, ret) ? REPOINT_OK : wrong_type(key, "a 64-bit integer", what, error);
}

repoint_status rp_json_get_bool(yyjson_val *object, const char *key, rp_json_presence presence,
                                const char *what, bool *ret, repoint_error *error)
{
    yyjson_val *value = NULL;
    repoint_status status = find_field(object, key, presence, what, &value, error);
    if (status != REPOINT_OK || value == NULL)
        return status;
    if (!yyjson_is_bool(value))
        return wrong_type(key, "true or false", what, error);
    *ret = yyjson_get_bool(value);
    return REPOINT_OK;
}

repoint_status rp_json_get_array(yyjson_val *object, const char *key, rp_json_presence presence,
                                 const char *what, yyjson_val **ret, repoint_error *error)
{
    yyjson_val *value = NULL;
    repoint_status status = find_field(object, key, presence, what, &value, error);
    if (status != REPOINT_OK || value == NULL)
        return status;
    if (!yyjson_is_arr(value))
        return wrong_type(key, "an array", what, error);
    *ret = value;
    return REPOINT_OK;
}

repoint_status rp_json_get_object(yyjson_val *object, const char *key, rp_json_presence presence,
                                  const char *what, yyjson_val **ret, repoint_error *error)
{
    yyjson_val *value = NULL;
    repoint_status status = find_field(object, key, presence, what, &value, error);
    if (status != REPOINT_OK || value == NULL)
        return status;
    if (!yyjson_is_obj(value))
        return wrong_type(key, "an object", what, error);
    *ret = value;
    return REPOINT_OK;
}

bool rp_json_int(yyjson_val *value, int64_t *ret)
{
    if (!yyjson_is_raw(value))
        return false;
    g_autofree char *text = g_strndup(yyjson_get_raw(value), yyjson_get_len(value));
    return g_ascii_string_to_signed(text, 10, INT64_MIN, INT64_MAX, ret, NULL);
}

/* Whether the key is known. Keys come in the order of the list nearly always: the search goes on behind the
 * one found last. */
static bool find_key(const char *const *known, const char *key, size_t *cursor)
{
    for (size_t at = *cursor; known[at] != NULL; at++) {
        if (strcmp(known[at], key) == 0) {
            *cursor = at + 1;
            return true;
        }
    }
    return g_strv_contains(known, key);
}

repoint_status rp_json_only_keys(yyjson_val *object, const char *const *known, const char *what,
                                 repoint_error *error)
{
    size_t index, count, cursor = 0;
    yyjson_val *key, *value;
    yyjson_obj_foreach (object, index, count, key, value) {
        if (!find_key(known, yyjson_get_str(key), &cursor))
            return rp_fail(error, REPOINT_INVALID, NULL, "%s has an unknown key \"%s\"", what,
                           yyjson_get_str(key));
    }
    return REPOINT_OK;
}
