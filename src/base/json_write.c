/*
 * Writing JSON in SQLMesh's two spellings. See base/json.h.
 *
 * yyjson has no writer for Python's separators and lower-case escapes, so this one is ours.
 */
#include <inttypes.h>

#include "base/bytes.h"
#include "base/json.h"

#define FLUSH_SIZE 65536

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

void rp_json_raw(rp_json_writer *writer, const char *text, size_t size)
{
    write_separator(writer);
    append(writer->out, text, size);
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
