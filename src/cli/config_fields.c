/* Values of repoint.yaml's sections. See config_section_fields.h. */
#include "cli/config_fields.h"

#include <math.h>
#include <stdarg.h>
#include <string.h>

#include "cli/fail.h"
#include "cli/suggest.h"

#define MOST_WORDS   1000
#define LONGEST_TEXT 100000 /* bytes: a query may be long */

int rp_node_line(struct fy_node *node)
{
    while (node != NULL && !fy_node_is_scalar(node)) {
        if (fy_node_is_mapping(node)) {
            struct fy_node_pair *first = fy_node_mapping_get_by_index(node, 0);
            node = first != NULL ? fy_node_pair_key(first) : NULL;
        } else {
            node = fy_node_sequence_get_by_index(node, 0);
        }
    }
    struct fy_token *token = node != NULL ? fy_node_get_scalar_token(node) : NULL;
    const struct fy_mark *mark = token != NULL ? fy_token_start_mark(token) : NULL;
    return mark != NULL ? mark->line + 1 : 0;
}

repoint_status rp_config_fail(const rp_config_reader *reader, struct fy_node *node, const char *hint,
                              const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    g_autofree char *message = g_strdup_vprintf(format, arguments);
    va_end(arguments);
    int line = rp_node_line(node);
    if (line == 0)
        line = *reader->line;
    return rp_cli_fail(reader->error, REPOINT_INVALID, hint, "%s, line %d: %s", reader->path, line, message);
}

static char *keep(const rp_config_reader *reader, char *memory)
{
    g_ptr_array_add(reader->sections->owned, memory);
    return memory;
}

const char *rp_config_text(const rp_config_reader *reader, struct fy_node *node)
{
    size_t length = 0;
    const char *text =
        fy_node_is_scalar(node) && !fy_node_is_alias(node) ? fy_node_get_scalar(node, &length) : NULL;
    bool is_text = text != NULL && length <= LONGEST_TEXT && g_utf8_validate(text, (gssize)length, NULL);
    return is_text ? keep(reader, g_strndup(text, length)) : NULL;
}

/* ---- one value ---- */

static repoint_status read_flag(const rp_config_reader *reader, struct fy_node *node, const char *what,
                                bool *to)
{
    const char *text = rp_config_text(reader, node);
    bool is_true = g_strcmp0(text, "true") == 0;
    if (!is_true && g_strcmp0(text, "false") != 0)
        return rp_config_fail(reader, node, NULL, "%s is true or false", what);
    *to = is_true;
    return REPOINT_OK;
}

static repoint_status read_count(const rp_config_reader *reader, struct fy_node *node, const char *what,
                                 int64_t *to)
{
    const char *text = rp_config_text(reader, node);
    gint64 number = 0;
    if (text == NULL || !g_ascii_string_to_signed(text, 10, 0, G_MAXINT64, &number, NULL))
        return rp_config_fail(reader, node, NULL, "%s is a whole number, not negative", what);
    *to = number;
    return REPOINT_OK;
}

/* A number that is not negative, and what follows it. */
static bool split_number(const char *text, double *ret_number, const char **ret_unit)
{
    char *end = NULL;
    if (text == NULL || !g_ascii_isdigit(*text))
        return false;
    double number = g_ascii_strtod(text, &end);
    while (*end == ' ')
        end++;
    *ret_unit = end;
    *ret_number = number;
    return isfinite(number) && number >= 0;
}

static repoint_status read_duration(const rp_config_reader *reader, struct fy_node *node, const char *what,
                                    double *to)
{
    static const struct {
        const char *unit;
        double seconds;
    } units[] = {{"", 1},        {"s", 1},     {"second", 1},  {"m", 60},     {"minute", 60},  {"h", 3600},
                 {"hour", 3600}, {"d", 86400}, {"day", 86400}, {"w", 604800}, {"week", 604800}};
    const char *unit = NULL;
    double number = 0;
    if (split_number(rp_config_text(reader, node), &number, &unit) && number > 0) {
        g_autofree char *singular =
            g_strndup(unit, strlen(unit) - (strlen(unit) > 1 && g_str_has_suffix(unit, "s")));
        for (size_t i = 0; i < G_N_ELEMENTS(units); i++) {
            if (strcmp(singular, units[i].unit) == 0) {
                *to = number * units[i].seconds;
                return REPOINT_OK;
            }
        }
    }
    return rp_config_fail(reader, node, "write seconds, or a text such as 90 minutes, 36 hours, 2 days",
                          "%s is no duration", what);
}

static repoint_status read_percent(const rp_config_reader *reader, struct fy_node *node, const char *what,
                                   double *to)
{
    const char *unit = NULL;
    if (split_number(rp_config_text(reader, node), to, &unit) && strcmp(unit, "%") == 0)
        return REPOINT_OK;
    return rp_config_fail(reader, node, "write a percentage such as 20%", "%s is no percentage", what);
}

static repoint_status read_list(const rp_config_reader *reader, struct fy_node *node, const char *what,
                                const char *const **to)
{
    g_autoptr(GPtrArray) words = g_ptr_array_new();
    void *iterator = NULL;
    struct fy_node *item;
    while ((item = fy_node_sequence_iterate(node, &iterator)) != NULL) {
        const char *word = rp_config_text(reader, item);
        if (word == NULL || *word == '\0' || words->len >= MOST_WORDS)
            return rp_config_fail(reader, item, NULL, "%s is a list of at most %d texts", what, MOST_WORDS);
        g_ptr_array_add(words, (char *)word);
    }
    if (words->len == 0)
        return rp_config_fail(reader, node, "leave the key out", "%s is an empty list", what);
    g_ptr_array_add(words, NULL);
    *to = (const char *const *)keep(reader, (char *)g_ptr_array_steal(words, NULL));
    return REPOINT_OK;
}

/* A single text is a list of one; of a command it is a line for the shell. */
static repoint_status read_words(const rp_config_reader *reader, struct fy_node *node, const char *what,
                                 bool is_command, const char *const **to)
{
    if (fy_node_is_sequence(node))
        return read_list(reader, node, what, to);
    const char *text = rp_config_text(reader, node);
    if (text == NULL || *text == '\0')
        return rp_config_fail(reader, node, NULL, "%s is a text or a list of texts", what);
    const char **words = g_new0(const char *, 4);
    size_t count = 0;
    if (is_command) {
        words[count++] = "sh";
        words[count++] = "-c";
    }
    words[count] = text;
    *to = (const char *const *)keep(reader, (char *)words);
    return REPOINT_OK;
}

repoint_status rp_field_read(const rp_config_reader *reader, struct fy_node *node, rp_field_kind kind,
                             const char *what, void *to)
{
    switch (kind) {
    case RP_FIELD_FLAG: return read_flag(reader, node, what, to);
    case RP_FIELD_COUNT: return read_count(reader, node, what, to);
    case RP_FIELD_DURATION: return read_duration(reader, node, what, to);
    case RP_FIELD_PERCENT: return read_percent(reader, node, what, to);
    case RP_FIELD_WORDS: return read_words(reader, node, what, false, to);
    case RP_FIELD_COMMAND: return read_words(reader, node, what, true, to);
    case RP_FIELD_NODE: *(struct fy_node **)to = node; return REPOINT_OK;
    case RP_FIELD_TEXT: break;
    }
    const char *text = rp_config_text(reader, node);
    if (text == NULL || *text == '\0')
        return rp_config_fail(reader, node, NULL, "%s is not a text", what);
    *(const char **)to = text;
    return REPOINT_OK;
}

/* ---- a mapping ---- */

static repoint_status unknown_key(const rp_config_reader *reader, struct fy_node *node, const char *what,
                                  const char *key, const rp_field *fields)
{
    g_autoptr(GPtrArray) keys = g_ptr_array_new();
    for (const rp_field *field = fields; field->key != NULL; field++)
        g_ptr_array_add(keys, (char *)field->key);
    const char *nearest = rp_suggest(key, keys);
    g_ptr_array_add(keys, NULL);
    g_autofree char *all = g_strjoinv(", ", (char **)keys->pdata);
    g_autofree char *hint = nearest != NULL ? g_strdup_printf("did you mean %s?", nearest)
                                            : g_strdup_printf("its keys are %s", all);
    return rp_config_fail(reader, node, hint, "%s has no key %s", what, key);
}

repoint_status rp_fields_read(const rp_config_reader *reader, struct fy_node *mapping, const char *what,
                              const rp_field *fields, void *to)
{
    void *iterator = NULL;
    struct fy_node_pair *pair;
    if (!fy_node_is_mapping(mapping))
        return rp_config_fail(reader, mapping, "\"repoint help configuration\" shows an example",
                              "%s consists of keys and values", what);
    while ((pair = fy_node_mapping_iterate(mapping, &iterator)) != NULL) {
        struct fy_node *key_node = fy_node_pair_key(pair), *node = fy_node_pair_value(pair);
        const char *key = rp_config_text(reader, key_node);
        *reader->line = rp_node_line(key_node);
        const rp_field *field = fields;
        while (field->key != NULL && g_strcmp0(field->key, key) != 0)
            field++;
        if (field->key == NULL)
            return unknown_key(reader, key_node, what, key != NULL ? key : "that is no text", fields);
        g_autofree char *name = g_strdup_printf("%s of %s", key, what);
        repoint_status status = rp_field_read(reader, node, field->kind, name, (char *)to + field->offset);
        if (status != REPOINT_OK)
            return status;
    }
    return REPOINT_OK;
}
