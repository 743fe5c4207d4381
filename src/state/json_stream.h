/*
 * Taking a long JSON text apart without reading it as a whole: finds where values begin and end, and hands
 * out the text of one at a time. It looks at brackets and strings only; what it hands out is then parsed.
 */
#ifndef RP_STATE_JSON_STREAM_H
#define RP_STATE_JSON_STREAM_H

#include <stdio.h>

#include "base/json.h"

typedef struct rp_json_stream {
    FILE *file;
    const char *name; /* for messages; borrowed */
    unsigned char *buffer;
    size_t filled;
    size_t position; /* in the buffer */
    uint64_t offset; /* of the buffer's beginning in the file */
} rp_json_stream;

/* Begins at the file's current position. Release with rp_json_stream_clear(), which does not close the file.
 */
void rp_json_stream_init(rp_json_stream *stream, FILE *file, const char *name);
void rp_json_stream_clear(rp_json_stream *stream);

uint64_t rp_json_stream_tell(const rp_json_stream *stream);
repoint_status rp_json_stream_seek(rp_json_stream *stream, uint64_t offset, repoint_error *error);

/* The next character that is not white space, without taking it; EOF at the end. */
repoint_status rp_json_stream_peek(rp_json_stream *stream, int *ret_character, repoint_error *error);
/* Takes the next character, which must be `expected`. */
repoint_status rp_json_stream_expect(rp_json_stream *stream, char expected, repoint_error *error);

/* Skips one value of any size. */
repoint_status rp_json_stream_skip(rp_json_stream *stream, repoint_error *error);
/* Takes the text of one value of at most `max_size` bytes; `what` names it in messages. */
repoint_status rp_json_stream_take(rp_json_stream *stream, size_t max_size, const char *what,
                                   GString **ret_text, repoint_error *error);
/* The same, parsed. */
repoint_status rp_json_stream_read(rp_json_stream *stream, size_t max_size, const char *what,
                                   rp_json **ret_json, repoint_error *error);

/*
 * Walks the members of an object or the elements of an array: call after the opening bracket was taken and
 * after each value; *ret_more is false once the closing one is taken. A comma before it is allowed, as in
 * SQLMesh.
 */
repoint_status rp_json_stream_more(rp_json_stream *stream, char closing, bool *ret_more,
                                   repoint_error *error);

#endif
