/*
 * Taking a long JSON text apart. See state/json_stream.h.
 *
 * yyjson reads whole documents only; a state file of a large warehouse is hundreds of megabytes, of which one
 * element matters at a time.
 */
#include "state/json_stream.h"

#include <errno.h>
#include <string.h>

#include "base/bytes.h"

#define BUFFER_SIZE 65536
#define MAX_STRING  ((size_t)64 << 20) /* one text, where values may be larger */

void rp_json_stream_init(rp_json_stream *stream, FILE *file, const char *name)
{
    *stream = (rp_json_stream){.file = file, .name = name, .buffer = g_malloc(BUFFER_SIZE)};
}

void rp_json_stream_clear(rp_json_stream *stream)
{
    g_clear_pointer(&stream->buffer, g_free);
}

uint64_t rp_json_stream_tell(const rp_json_stream *stream)
{
    return stream->offset + stream->position;
}

static repoint_status fail_reading(const rp_json_stream *stream, repoint_error *error)
{
    return rp_fail(error, REPOINT_FAILED, NULL, "%s cannot be read: %s", stream->name, g_strerror(errno));
}

repoint_status rp_json_stream_seek(rp_json_stream *stream, uint64_t offset, repoint_error *error)
{
    if (fseeko(stream->file, (off_t)offset, SEEK_SET) != 0)
        return fail_reading(stream, error);
    stream->offset = offset;
    stream->filled = stream->position = 0;
    return REPOINT_OK;
}

/* The next byte without taking it; EOF at the end. */
static repoint_status peek_byte(rp_json_stream *stream, int *ret_byte, repoint_error *error)
{
    if (stream->position == stream->filled) {
        stream->offset += stream->filled;
        stream->position = 0;
        stream->filled = fread(stream->buffer, 1, BUFFER_SIZE, stream->file);
        if (stream->filled == 0 && ferror(stream->file))
            return fail_reading(stream, error);
    }
    *ret_byte = stream->filled > 0 ? stream->buffer[stream->position] : EOF;
    return REPOINT_OK;
}

static repoint_status fail_cut_off(const rp_json_stream *stream, repoint_error *error)
{
    return rp_fail(error, REPOINT_INVALID, "it may have been copied incompletely",
                   "%s ends in the middle of its JSON, at byte %" G_GUINT64_FORMAT, stream->name,
                   rp_json_stream_tell(stream));
}

static repoint_status fail_unexpected(const rp_json_stream *stream, int character, repoint_error *error)
{
    if (character == EOF)
        return fail_cut_off(stream, error);
    if (g_ascii_isprint(character))
        return rp_fail(error, REPOINT_INVALID, NULL,
                       "%s is not valid JSON: unexpected '%c' at byte %" G_GUINT64_FORMAT, stream->name,
                       character, rp_json_stream_tell(stream));
    return rp_fail(error, REPOINT_INVALID, NULL,
                   "%s is not valid JSON: unexpected byte 0x%02x at byte %" G_GUINT64_FORMAT, stream->name,
                   (unsigned)character, rp_json_stream_tell(stream));
}

static bool is_blank(int byte)
{
    return byte == ' ' || byte == '\n' || byte == '\r' || byte == '\t';
}

repoint_status rp_json_stream_peek(rp_json_stream *stream, int *ret_character, repoint_error *error)
{
    int byte = EOF;
    repoint_status status;
    while ((status = peek_byte(stream, &byte, error)) == REPOINT_OK && is_blank(byte))
        stream->position++;
    if (status == REPOINT_OK)
        *ret_character = byte;
    return status;
}

repoint_status rp_json_stream_expect(rp_json_stream *stream, char expected, repoint_error *error)
{
    int character = EOF;
    repoint_status status = rp_json_stream_peek(stream, &character, error);
    if (status != REPOINT_OK)
        return status;
    if (character != expected)
        return fail_unexpected(stream, character, error);
    stream->position++;
    return REPOINT_OK;
}

/* Where the text of a value goes while it is taken; with `text` NULL it is skipped. */
typedef struct capture {
    GString *text;
    size_t max_size;
    const char *what;
} capture;

/* Takes the bytes from the buffer's position up to `end` (an index in the buffer). */
static repoint_status take(rp_json_stream *stream, size_t end, const capture *into, repoint_error *error)
{
    size_t size = end - stream->position;
    if (into->text != NULL) {
        if (into->text->len + size > into->max_size)
            return rp_fail(error, REPOINT_INVALID, NULL, "%s: %s is larger than %zu MiB", stream->name,
                           into->what, into->max_size >> 20);
        g_string_append_len(into->text, (const char *)stream->buffer + stream->position, (gssize)size);
    }
    stream->position = end;
    return REPOINT_OK;
}

/* What one pass over a value has seen so far. */
typedef struct scan {
    int depth;
    bool in_string;
    bool escaped; /* the byte before was a backslash inside a string */
    bool in_word; /* inside a number, true, false or null at depth 0 */
    bool done;
} scan;

/* Looks at one byte. Returns false when it is not part of the value any more. */
static bool scan_byte(scan *state, unsigned char byte)
{
    if (state->in_string) {
        if (state->escaped)
            state->escaped = false;
        else if (byte == '\\')
            state->escaped = true;
        else if (byte == '"')
            state->in_string = false;
        state->done = !state->in_string && state->depth == 0;
        return true;
    }
    switch (byte) {
    case '"':
        if (state->in_word)
            return false;
        state->in_string = true;
        return true;
    case '{':
    case '[': state->depth++; return true;
    case '}':
    case ']':
        if (state->depth == 0)
            return false;
        state->done = --state->depth == 0;
        return true;
    default:
        if (state->depth > 0)
            return true;
        if (is_blank(byte) || byte == ',' || byte == ':')
            return false;
        state->in_word = true;
        return true;
    }
}

/* Passes over bytes that scan_byte() would do nothing about: nearly all of a file's hundreds of millions. */
static size_t skip_uneventful(const scan *state, const unsigned char *buffer, size_t at, size_t end)
{
    if (state->escaped || (!state->in_string && state->depth == 0))
        return at;
    for (; at + 8 <= end; at += 8) {
        guint64 word = rp_bytes_load(buffer + at), folded = word | RP_BYTES_ALL(0x20);
        guint64 marks = rp_bytes_equal(word, '"');
        if (state->in_string)
            marks |= rp_bytes_equal(word, '\\');
        else
            marks |= rp_bytes_equal(folded, '{') | rp_bytes_equal(folded, '}'); /* and '[', ']' */
        if (marks != 0)
            return at + rp_bytes_first(marks);
    }
    return at;
}

static repoint_status take_value(rp_json_stream *stream, const capture *into, repoint_error *error)
{
    int character = EOF;
    repoint_status status = rp_json_stream_peek(stream, &character, error);
    if (status != REPOINT_OK)
        return status;
    if (character == EOF || strchr(",:]}", character) != NULL)
        return fail_unexpected(stream, character, error);

    scan state = {0};
    size_t string_size = 0; /* of the text that runs on from buffer to buffer */
    for (;;) {
        size_t end = stream->position;
        bool is_part = true;
        while (!state.done && state.depth <= RP_JSON_MAX_DEPTH) {
            end = skip_uneventful(&state, stream->buffer, end, stream->filled);
            if (end == stream->filled || !(is_part = scan_byte(&state, stream->buffer[end])))
                break;
            end++;
        }
        if (state.depth > RP_JSON_MAX_DEPTH)
            return rp_fail(error, REPOINT_INVALID, NULL,
                           "%s is nested deeper than %d levels at byte %" G_GUINT64_FORMAT, stream->name,
                           RP_JSON_MAX_DEPTH, stream->offset + end);
        status = take(stream, end, into, error);
        if (status != REPOINT_OK || state.done || !is_part)
            return status;
        string_size = state.in_string ? string_size + stream->filled : 0;
        if (into->text != NULL && string_size > MAX_STRING)
            return rp_fail(error, REPOINT_INVALID, NULL, "%s: a text in %s is larger than %zu MiB",
                           stream->name, into->what, MAX_STRING >> 20);
        status = peek_byte(stream, &character, error);
        if (status != REPOINT_OK)
            return status;
        if (character == EOF)
            return state.in_word ? REPOINT_OK : fail_cut_off(stream, error);
    }
}

repoint_status rp_json_stream_skip(rp_json_stream *stream, repoint_error *error)
{
    return take_value(stream, &(capture){0}, error);
}

repoint_status rp_json_stream_take(rp_json_stream *stream, size_t max_size, const char *what,
                                   GString **ret_text, repoint_error *error)
{
    GString *text = g_string_new(NULL);
    repoint_status status = take_value(stream, &(capture){text, max_size, what}, error);
    if (status == REPOINT_OK)
        *ret_text = text;
    else
        g_string_free(text, TRUE);
    return status;
}

repoint_status rp_json_stream_read(rp_json_stream *stream, size_t max_size, const char *what,
                                   rp_json **ret_json, repoint_error *error)
{
    GString *text = NULL;
    repoint_status status = rp_json_stream_take(stream, max_size, what, &text, error);
    if (status != REPOINT_OK)
        return status;
    g_autofree char *place = g_strdup_printf("%s in %s", what, stream->name);
    return rp_json_parse_taken(text, place, ret_json, error);
}

repoint_status rp_json_stream_more(rp_json_stream *stream, char closing, bool *ret_more, repoint_error *error)
{
    int character = EOF;
    repoint_status status = rp_json_stream_peek(stream, &character, error);
    if (status == REPOINT_OK && character == ',') {
        stream->position++;
        status = rp_json_stream_peek(stream, &character, error);
    }
    if (status != REPOINT_OK)
        return status;
    *ret_more = character != closing;
    if (character == EOF)
        return fail_cut_off(stream, error);
    if (character == closing)
        stream->position++;
    return REPOINT_OK;
}
