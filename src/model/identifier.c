/*
 * Taking dotted names apart. See model/identifier.h.
 *
 * A name is words and quoted parts with dots between them. SQLGlot, which the reference uses, falls back to
 * splitting the text at its dots when it cannot parse a name, which is how `my-project.sales.orders` becomes
 * three parts without quotes; so does this. It does not do so when there are quotes in the text, where the
 * result would have the quotes as part of the name.
 */
#include "model/identifier.h"

#include <string.h>

#include "model/word.h"

typedef enum token_kind {
    TOKEN_END,
    TOKEN_DOT,
    TOKEN_WORD,
    TOKEN_QUOTED,
    TOKEN_OTHER,        /* a character that no name has */
    TOKEN_UNTERMINATED, /* a quote that is not closed */
} token_kind;

typedef struct scanner {
    const char *at;
    const rp_dialect *dialect;
    GString *text; /* of the last word or quoted part */
} scanner;

/* The character that closes a quotation opened by `open`, or NUL when that opens none. */
static char closing_quote(const rp_dialect *dialect, char open)
{
    if (open == '\0')
        return '\0';
    if (strchr(dialect->string_quotes, open) != NULL)
        return open;
    for (const char *pair = dialect->quotes; *pair != '\0'; pair += 2) {
        if (*pair == open)
            return pair[1];
    }
    return '\0';
}

static token_kind scan_quoted(scanner *scan, char close)
{
    for (scan->at++; *scan->at != '\0'; scan->at++) {
        if (*scan->at == close && *++scan->at != close)
            return TOKEN_QUOTED;
        g_string_append_c(scan->text, *scan->at);
    }
    return TOKEN_UNTERMINATED;
}

/* Beyond ASCII everything that is not a blank makes words, emoji included. */
static bool continues_word(const rp_dialect *dialect, const char *at)
{
    if ((guchar)*at >= 0x80)
        return !g_unichar_isspace(g_utf8_get_char(at));
    if (g_ascii_isalnum(*at) || *at == '_' || *at == '$')
        return true;
    return *at != '\0' && dialect->word_extras != NULL && strchr(dialect->word_extras, *at) != NULL;
}

static bool starts_word(const rp_dialect *dialect, const char *at)
{
    return continues_word(dialect, at) && (dialect->words_may_start_with_digit || !g_ascii_isdigit(*at));
}

static token_kind scan_word(scanner *scan)
{
    const char *start = scan->at;
    while (continues_word(scan->dialect, scan->at))
        scan->at = g_utf8_next_char(scan->at);
    g_string_append_len(scan->text, start, scan->at - start);
    return TOKEN_WORD;
}

static bool is_blank(const char *at)
{
    return *at != '\0' && g_unichar_isspace(g_utf8_get_char(at));
}

static token_kind next_token(scanner *scan)
{
    g_string_truncate(scan->text, 0);
    while (is_blank(scan->at))
        scan->at = g_utf8_next_char(scan->at);
    if (*scan->at == '\0')
        return TOKEN_END;
    char close = closing_quote(scan->dialect, *scan->at);
    if (close != '\0')
        return scan_quoted(scan, close);
    if (starts_word(scan->dialect, scan->at))
        return scan_word(scan);
    return *scan->at++ == '.' ? TOKEN_DOT : TOKEN_OTHER;
}

void rp_identifier_clear(rp_identifier *identifier)
{
    g_free(identifier->text);
    *identifier = (rp_identifier){0};
}

static void clear_element(gpointer identifier)
{
    rp_identifier_clear(identifier);
}

static GArray *new_identifiers(void)
{
    GArray *identifiers = g_array_new(FALSE, FALSE, sizeof(rp_identifier));
    g_array_set_clear_func(identifiers, clear_element);
    return identifiers;
}

static void append(GArray *identifiers, const char *text, bool is_quoted)
{
    rp_identifier identifier = {.text = g_strdup(text), .is_quoted = is_quoted};
    g_array_append_val(identifiers, identifier);
}

typedef enum outcome {
    PARSED,
    NOT_STRICTLY_A_NAME, /* but it may be split at its dots */
    NO_NAME,
} outcome;

/* Words and quoted parts, dots between them. */
static outcome parse_strictly(const char *name, const rp_dialect *dialect, GArray *identifiers)
{
    g_autoptr(GString) text = g_string_new(NULL);
    scanner scan = {.at = name, .dialect = dialect, .text = text};
    bool has_quotes = false;
    for (;;) {
        token_kind part = next_token(&scan);
        has_quotes |= part == TOKEN_QUOTED || part == TOKEN_UNTERMINATED;
        if ((part != TOKEN_WORD && part != TOKEN_QUOTED) || text->len == 0)
            return has_quotes ? NO_NAME : NOT_STRICTLY_A_NAME;
        append(identifiers, text->str, part == TOKEN_QUOTED);
        token_kind separator = next_token(&scan);
        has_quotes |= separator == TOKEN_QUOTED || separator == TOKEN_UNTERMINATED;
        if (separator == TOKEN_END)
            return PARSED;
        if (separator != TOKEN_DOT)
            return has_quotes ? NO_NAME : NOT_STRICTLY_A_NAME;
    }
}

/* Text that means something else than a name to SQL: comments, calls, statements, macros, quotes further on.
 */
static bool is_other_sql(const char *name, const rp_dialect *dialect)
{
    if (strstr(name, "--") != NULL || strstr(name, "/*") != NULL || strpbrk(name, "();@") != NULL)
        return true;
    for (const char *at = name; *at != '\0'; at++) {
        if (closing_quote(dialect, *at) != '\0')
            return true;
    }
    return false;
}

static outcome split_at_dots(const char *name, const rp_dialect *dialect, GArray *identifiers)
{
    g_auto(GStrv) parts = g_strsplit(name, ".", -1);
    if (is_other_sql(name, dialect) || g_strv_length(parts) > 3)
        return NO_NAME;
    for (char **part = parts; *part != NULL; part++) {
        if (**part == '\0')
            return NO_NAME;
        append(identifiers, *part, !rp_is_safe_identifier(*part));
    }
    return identifiers->len > 0 ? PARSED : NO_NAME;
}

static bool has_dotted_part(const GArray *identifiers)
{
    for (guint i = 0; i < identifiers->len; i++) {
        if (strchr(g_array_index(identifiers, rp_identifier, i).text, '.') != NULL)
            return true;
    }
    return false;
}

/* `a.b`.c is a.b.c, each of its parts quoted. */
static outcome split_dotted_parts(GArray *identifiers)
{
    g_autoptr(GString) joined = g_string_new(NULL);
    for (guint i = 0; i < identifiers->len; i++)
        g_string_append_printf(joined, "%s%s", i > 0 ? "." : "",
                               g_array_index(identifiers, rp_identifier, i).text);
    g_auto(GStrv) parts = g_strsplit(joined->str, ".", -1);
    g_array_set_size(identifiers, 0);
    for (char **part = parts; *part != NULL; part++) {
        if (**part == '\0')
            return NO_NAME;
        append(identifiers, *part, true);
    }
    return PARSED;
}

repoint_status rp_identifiers_parse(const char *name, const rp_dialect *dialect, GArray **ret_identifiers,
                                    repoint_error *error)
{
    g_autoptr(GArray) identifiers = new_identifiers();
    outcome result = parse_strictly(name, dialect, identifiers);
    if (result == NOT_STRICTLY_A_NAME) {
        g_array_set_size(identifiers, 0);
        result = split_at_dots(name, dialect, identifiers);
    }
    if (result == PARSED && dialect->splits_quoted_dots && has_dotted_part(identifiers))
        result = split_dotted_parts(identifiers);
    if (result != PARSED)
        return rp_fail(error, REPOINT_INVALID,
                       "Write catalog.schema.table, and quote parts that are not plain words.",
                       "%s is not the name of a table", name);
    *ret_identifiers = g_steal_pointer(&identifiers);
    return REPOINT_OK;
}

rp_identifier rp_identifier_of(const char *text, const rp_dialect *dialect)
{
    /* Alone, an identifier may begin with a digit: nothing before it makes it a number. */
    rp_dialect lenient = *dialect;
    lenient.words_may_start_with_digit = true;
    g_autoptr(GString) part = g_string_new(NULL);
    scanner scan = {.at = text, .dialect = &lenient, .text = part};
    token_kind kind = next_token(&scan);
    g_autofree char *found = g_strdup(part->str);
    bool is_single = (kind == TOKEN_WORD || kind == TOKEN_QUOTED) && next_token(&scan) == TOKEN_END;
    if (is_single && *found != '\0')
        return (rp_identifier){.text = g_steal_pointer(&found), .is_quoted = kind == TOKEN_QUOTED};
    return (rp_identifier){.text = g_strdup(text), .is_quoted = !rp_is_safe_identifier(text)};
}
