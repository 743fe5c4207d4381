/*
 * JSON: reading into shared immutable documents, and writing in SQLMesh's two spellings. See base/json.h.
 *
 * yyjson reads; it has no writer for Python's separators and lower-case escapes, so the writer is ours.
 */
#include "base/json.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base/bytes.h"

#define FLUSH_SIZE 65536
#define LARGE_SIZE ((size_t)4 << 20)

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

/*
 * What a document is read into. An environment's takes thirty megabytes, and to get them page by page takes
 * the kernel as long as yyjson needs to read: where there are huge pages on demand, they are asked for.
 */
static void *allocate(void *context G_GNUC_UNUSED, size_t size)
{
    char *memory = malloc(size);
    if (memory != NULL && size >= LARGE_SIZE) {
        size_t page = (size_t)sysconf(_SC_PAGESIZE), before = page - (uintptr_t)memory % page;
        madvise(memory + before, size - before, MADV_HUGEPAGE); /* it is only a wish */
    }
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

/* Parses `text` (in place when `taken`) and wraps the document; `taken` text is released with it, or on
 * failure. */
static repoint_status parse(char *text, size_t size, bool taken, const char *what, rp_json **ret_json,
                            repoint_error *error)
{
    g_autofree char *own = taken ? text : NULL;
    if (size > RP_JSON_MAX_SIZE)
        return rp_fail(error, REPOINT_INVALID, NULL, "%s is larger than 1 GiB", what);
    yyjson_read_err reason;
    yyjson_read_flag flags = YYJSON_READ_NUMBER_AS_RAW | (taken ? YYJSON_READ_INSITU : 0);
    yyjson_doc *document = yyjson_read_opts(text, size, flags, &allocator, &reason);
    if (document == NULL)
        return rp_fail(error, REPOINT_INVALID, NULL, "%s is not valid JSON: %s at byte %zu", what, reason.msg,
                       reason.pos);
    if (is_too_deep(yyjson_doc_get_root(document), 0)) {
        yyjson_doc_free(document);
        return rp_fail(error, REPOINT_INVALID, NULL, "%s is nested deeper than %d levels", what,
                       RP_JSON_MAX_DEPTH);
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

/* ---- writing ---- */

/* As g_string_append_len(), which is too slow for pieces of a few bytes: an environment has a million. */
static inline void append(GString *out, const char *text, size_t size)
{
    if (out->allocated_len - out->len <= size) {
        g_string_append_len(out, text, (gssize)size);
        return;
    }
    memcpy(out->str + out->len, text, size);
    out->len += size;
    out->str[out->len] = '\0';
}

static void write_indentation(rp_json_writer *writer)
{
    append(writer->out, "\n", 1);
    for (int level = 0; level < writer->depth; level++)
        append(writer->out, "  ", 2);
}

/* What stands before a key or an element: a comma, and the line break or blank of the style. */
static void write_separator(rp_json_writer *writer)
{
    if (writer->after_key) {
        writer->after_key = false;
        return;
    }
    if (!writer->empty)
        append(writer->out, ",", 1);
    if (writer->depth > 0) {
        if (writer->style == RP_JSON_PRETTY)
            write_indentation(writer);
        else if (writer->style == RP_JSON_PYTHON && !writer->empty)
            append(writer->out, " ", 1);
    }
    writer->empty = false;
    if (writer->flush != NULL && writer->out->len >= FLUSH_SIZE)
        writer->flush(writer->flush_context, writer->out);
}

static void begin(rp_json_writer *writer, char bracket)
{
    write_separator(writer);
    append(writer->out, &bracket, 1);
    writer->depth++;
    writer->empty = true;
}

static void end(rp_json_writer *writer, char bracket)
{
    writer->depth--;
    if (writer->style == RP_JSON_PRETTY && !writer->empty)
        write_indentation(writer);
    append(writer->out, &bracket, 1);
    writer->empty = false;
}

void rp_json_begin_object(rp_json_writer *writer)
{
    begin(writer, '{');
}

void rp_json_end_object(rp_json_writer *writer)
{
    end(writer, '}');
}

void rp_json_begin_array(rp_json_writer *writer)
{
    begin(writer, '[');
}

void rp_json_end_array(rp_json_writer *writer)
{
    end(writer, ']');
}

/* Appends one escape; `at` points at a character that needs it. Returns the bytes consumed. */
static size_t write_escape(GString *out, const char *at)
{
    static const char *const short_escapes[] = {
        ['"'] = "\\\"", ['\\'] = "\\\\", ['\b'] = "\\b", ['\f'] = "\\f",
        ['\n'] = "\\n", ['\r'] = "\\r",  ['\t'] = "\\t",
    };
    unsigned char byte = (unsigned char)*at;
    if (byte < G_N_ELEMENTS(short_escapes) && short_escapes[byte] != NULL) {
        g_string_append(out, short_escapes[byte]);
        return 1;
    }
    gunichar character = g_utf8_get_char(at);
    if (character >= 0x10000) {
        g_string_append_printf(out, "\\u%04x\\u%04x", 0xd800 + ((character - 0x10000) >> 10),
                               0xdc00 + ((character - 0x10000) & 0x3ff));
    } else {
        g_string_append_printf(out, "\\u%04x", character);
    }
    return (size_t)(g_utf8_next_char(at) - at);
}

/* Bytes that stand for themselves in every style; the others from 0x7f on do where the style is not ASCII. */
static inline bool is_plain_ascii(unsigned char byte)
{
    return byte >= 0x20 && byte < 0x7f && byte != '"' && byte != '\\';
}

/* The index of the first byte from `at` on that may need an escape; it is not looked for to the letter. */
static inline size_t skip_plain(const char *text, size_t at, size_t size)
{
    for (; at + 8 <= size; at += 8) {
        guint64 word = rp_bytes_load(text + at);
        guint64 marks = rp_bytes_below(word, 0x20) | rp_bytes_equal(word, '"') | rp_bytes_equal(word, '\\') |
                        rp_bytes_equal(word, 0x7f) | (word & RP_BYTES_TOP);
        if (marks != 0)
            return at + rp_bytes_first(marks);
    }
    return at;
}

static void write_quoted(GString *out, const char *text, size_t size, bool ascii)
{
    append(out, "\"", 1);
    size_t plain = 0;
    for (size_t i = skip_plain(text, 0, size); i < size;) {
        unsigned char byte = (unsigned char)text[i];
        if (is_plain_ascii(byte) || (byte >= 0x7f && !ascii)) {
            i++;
            continue;
        }
        append(out, text + plain, i - plain);
        i += write_escape(out, text + i);
        plain = i;
        i = skip_plain(text, i, size);
    }
    append(out, text + plain, size - plain);
    append(out, "\"", 1);
}

static void write_text(rp_json_writer *writer, const char *text, size_t size)
{
    write_quoted(writer->out, text, size, writer->style != RP_JSON_COMPACT);
}

static void write_key(rp_json_writer *writer, const char *key, size_t size)
{
    write_separator(writer);
    write_text(writer, key, size);
    append(writer->out, ": ", writer->style == RP_JSON_COMPACT ? 1 : 2);
    writer->after_key = true;
}

void rp_json_key(rp_json_writer *writer, const char *key)
{
    write_key(writer, key, strlen(key));
}

void rp_json_string(rp_json_writer *writer, const char *text)
{
    if (text == NULL) {
        rp_json_null(writer);
        return;
    }
    write_separator(writer);
    write_text(writer, text, strlen(text));
}

void rp_json_integer(rp_json_writer *writer, int64_t number)
{
    write_separator(writer);
    g_string_append_printf(writer->out, "%" PRId64, number);
}

void rp_json_number_text(rp_json_writer *writer, const char *digits)
{
    write_separator(writer);
    g_string_append(writer->out, digits);
}

void rp_json_bool(rp_json_writer *writer, bool value)
{
    write_separator(writer);
    g_string_append(writer->out, value ? "true" : "false");
}

void rp_json_null(rp_json_writer *writer)
{
    write_separator(writer);
    g_string_append(writer->out, "null");
}

static void write_array(rp_json_writer *writer, yyjson_val *array)
{
    size_t index, count;
    yyjson_val *element;
    rp_json_begin_array(writer);
    yyjson_arr_foreach (array, index, count, element)
        rp_json_value(writer, element);
    rp_json_end_array(writer);
}

static void write_object(rp_json_writer *writer, yyjson_val *object)
{
    size_t index, count;
    yyjson_val *key, *value;
    rp_json_begin_object(writer);
    yyjson_obj_foreach (object, index, count, key, value) {
        write_key(writer, yyjson_get_str(key), yyjson_get_len(key));
        rp_json_value(writer, value);
    }
    rp_json_end_object(writer);
}

void rp_json_value(rp_json_writer *writer, yyjson_val *value)
{
    switch (yyjson_get_type(value)) {
    case YYJSON_TYPE_ARR: write_array(writer, value); break;
    case YYJSON_TYPE_OBJ: write_object(writer, value); break;
    case YYJSON_TYPE_STR:
        write_separator(writer);
        write_text(writer, yyjson_get_str(value), yyjson_get_len(value));
        break;
    case YYJSON_TYPE_RAW:
        write_separator(writer);
        append(writer->out, yyjson_get_raw(value), yyjson_get_len(value));
        break;
    case YYJSON_TYPE_BOOL: rp_json_bool(writer, yyjson_get_bool(value)); break;
    default: rp_json_null(writer); break;
    }
}

void rp_json_put_string(rp_json_writer *writer, const char *key, const char *text)
{
    rp_json_key(writer, key);
    rp_json_string(writer, text);
}

void rp_json_put_integer(rp_json_writer *writer, const char *key, int64_t number)
{
    rp_json_key(writer, key);
    rp_json_integer(writer, number);
}

void rp_json_put_bool(rp_json_writer *writer, const char *key, bool value)
{
    rp_json_key(writer, key);
    rp_json_bool(writer, value);
}

void rp_json_put_value(rp_json_writer *writer, const char *key, yyjson_val *value)
{
    rp_json_key(writer, key);
    rp_json_value(writer, value);
}
