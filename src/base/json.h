/*
 * JSON as repoint needs it: documents that are read once, shared by reference and never changed, so that
 * what this version does not know survives to the letter; and a writer for the two spellings that SQLMesh
 * uses: pydantic's compact one, and Python's json.dumps.
 *
 * Numbers are kept as they were spelled (yyjson's raw numbers); read them with rp_json_int().
 */
#ifndef RP_BASE_JSON_H
#define RP_BASE_JSON_H

#include <yyjson.h>

#include "base/error.h"

/* Documents deeper than this, or larger than 1 GiB, are refused: they come from outside. */
#define RP_JSON_MAX_DEPTH 100
#define RP_JSON_MAX_SIZE  ((size_t)1 << 30)

typedef struct rp_json rp_json; /* a document, reference-counted, immutable; safe to share between threads */

/* Reads `size` bytes of text (copied). `what` names the document in messages, e.g. "state file". */
repoint_status rp_json_parse(const char *text, size_t size, const char *what, rp_json **ret_json,
                             repoint_error *error);
/* The same without a copy: takes `text` over, also on failure. */
repoint_status rp_json_parse_taken(GString *text, const char *what, rp_json **ret_json, repoint_error *error);
rp_json *rp_json_ref(rp_json *json);
void rp_json_unref(rp_json *json); /* NULL is allowed */
yyjson_val *rp_json_root(const rp_json *json);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(rp_json, rp_json_unref)

/* The value alone, in a document of its own: what a small part of a large one is kept in. */
rp_json *rp_json_copy(yyjson_val *value);

/*
 * Reading a long text piece by piece, each value into the same small document: that of the whole would be
 * twice as large as its text. A step is at a value and takes it by one of the functions below; rp_json_read()
 * begins at the text's first one, and fails with REPOINT_INVALID where more follows. `what` names the text in
 * messages; what a step or a visitor says ends the reading.
 */
typedef struct rp_json_reader rp_json_reader;
typedef repoint_status (*rp_json_step)(void *context, rp_json_reader *reader, repoint_error *error);
repoint_status rp_json_read(const char *text, size_t size, const char *what, rp_json_step step, void *context,
                            repoint_error *error);

/* The first byte of the value, 0 at the end of the text. */
char rp_json_reader_peek(rp_json_reader *reader);

/* Any value, and its text as it was spelled. Both are the visitor's only during the call. */
typedef repoint_status (*rp_json_visitor)(void *context, yyjson_val *value, const char *text, size_t size,
                                          repoint_error *error);
repoint_status rp_json_reader_value(rp_json_reader *reader, rp_json_visitor visit, void *context,
                                    repoint_error *error);
/* An array, element by element; fails with REPOINT_INVALID where there is none. */
repoint_status rp_json_reader_elements(rp_json_reader *reader, rp_json_visitor visit, void *context,
                                       repoint_error *error);
/* A text that is one array. */
repoint_status rp_json_each(const char *text, size_t size, const char *what, rp_json_visitor visit,
                            void *context, repoint_error *error);
/* An object, member by member: the visitor is a step at the member's value. */
typedef repoint_status (*rp_json_member_visitor)(void *context, const char *key, rp_json_reader *reader,
                                                 repoint_error *error);
repoint_status rp_json_reader_members(rp_json_reader *reader, rp_json_member_visitor visit, void *context,
                                      repoint_error *error);

/* Strict reading refuses keys that the reference does not know (state files); tolerant reading carries them
 * along. */
typedef enum rp_strictness { RP_TOLERANT, RP_STRICT } rp_strictness;

/* Fields of an object. An absent field and a null are the same to the reference, and here. */
typedef enum rp_json_presence { RP_JSON_REQUIRED, RP_JSON_OPTIONAL } rp_json_presence;

yyjson_val *rp_json_field(yyjson_val *object, const char *key); /* NULL when absent or null */

/*
 * Each fails with REPOINT_INVALID, naming `what` and the key, when a required field is absent or a present
 * one has another type. An optional field that is absent leaves *ret untouched: set the default before.
 * Strings stay owned by the document. A string with a NUL character inside is refused.
 */
repoint_status rp_json_get_string(yyjson_val *object, const char *key, rp_json_presence presence,
                                  const char *what, const char **ret, repoint_error *error);
repoint_status rp_json_get_int(yyjson_val *object, const char *key, rp_json_presence presence,
                               const char *what, int64_t *ret, repoint_error *error);
repoint_status rp_json_get_bool(yyjson_val *object, const char *key, rp_json_presence presence,
                                const char *what, bool *ret, repoint_error *error);
repoint_status rp_json_get_array(yyjson_val *object, const char *key, rp_json_presence presence,
                                 const char *what, yyjson_val **ret, repoint_error *error);
repoint_status rp_json_get_object(yyjson_val *object, const char *key, rp_json_presence presence,
                                  const char *what, yyjson_val **ret, repoint_error *error);

/* An integer that fits; false for anything else ("1.5", "1e3", a string). */
bool rp_json_int(yyjson_val *value, int64_t *ret);

/* Fails with REPOINT_INVALID, naming the first key of `object` that is not in `known` (NULL-terminated). */
repoint_status rp_json_only_keys(yyjson_val *object, const char *const *known, const char *what,
                                 repoint_error *error);

/* ---- writing ---- */

typedef enum rp_json_style {
    RP_JSON_COMPACT, /* {"a":1,"b":"é"}      as pydantic writes */
    RP_JSON_PYTHON,  /* {"a": 1, "b": "\u00e9"} as json.dumps writes */
    RP_JSON_PRETTY   /* as RP_JSON_PYTHON, indented by two blanks: state files and terminals */
} rp_json_style;

/*
 * Writes one value after another into `out`; commas, blanks and line breaks are its business.
 * Start with RP_JSON_WRITER(out, style). Begin and end must pair.
 */
typedef struct rp_json_writer {
    GString *out;
    rp_json_style style;
    int depth;
    bool empty;     /* nothing written yet in the innermost object or array */
    bool after_key; /* the next value belongs to the key just written */
    /* For long documents: called between values once `out` is long; it empties `out`. NULL: never. */
    void (*flush)(void *context, GString *out);
    void *flush_context;
} rp_json_writer;

#define RP_JSON_WRITER(string, json_style)                                                                   \
    ((rp_json_writer){.out = (string), .style = (json_style), .empty = true})

void rp_json_begin_object(rp_json_writer *writer);
void rp_json_end_object(rp_json_writer *writer);
void rp_json_begin_array(rp_json_writer *writer);
void rp_json_end_array(rp_json_writer *writer);
void rp_json_key(rp_json_writer *writer, const char *key);
void rp_json_string(rp_json_writer *writer, const char *text); /* NULL writes null */
void rp_json_integer(rp_json_writer *writer, int64_t number);
void rp_json_number_text(rp_json_writer *writer, const char *digits); /* a number as it was spelled */
void rp_json_bool(rp_json_writer *writer, bool value);
void rp_json_null(rp_json_writer *writer);
void rp_json_value(rp_json_writer *writer, yyjson_val *value);           /* any value, copied to the letter */
void rp_json_raw(rp_json_writer *writer, const char *text, size_t size); /* JSON that is spelled already */

/* A key and its value at once. */
void rp_json_put_string(rp_json_writer *writer, const char *key, const char *text); /* NULL writes null */
void rp_json_put_integer(rp_json_writer *writer, const char *key, int64_t number);
void rp_json_put_bool(rp_json_writer *writer, const char *key, bool value);
void rp_json_put_value(rp_json_writer *writer, const char *key, yyjson_val *value);

#endif
