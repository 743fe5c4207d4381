/* Text on a terminal: see text.h. */
#include "cli/text.h"

#include <stdbool.h>
#include <string.h>

#define LINE_WIDTH 80

static size_t character_width(gunichar character)
{
    if (g_unichar_iszerowidth(character))
        return 0;
    return g_unichar_iswide(character) ? 2 : 1;
}

size_t rp_text_width(const char *text)
{
    size_t width = 0;
    for (; *text != '\0'; text = g_utf8_next_char(text))
        width += character_width(g_utf8_get_char(text));
    return width;
}

char *rp_text_printable(const char *text)
{
    g_autofree char *valid = g_utf8_make_valid(text, -1);
    GString *out = g_string_new(NULL);
    for (const char *at = valid; *at != '\0'; at = g_utf8_next_char(at)) {
        gunichar character = g_utf8_get_char(at);
        if (g_unichar_iscntrl(character))
            g_string_append_printf(out, "\\x%02x", character);
        else
            g_string_append_unichar(out, character);
    }
    return g_string_free(out, FALSE);
}

/* The beginning of the longest end of `text` that takes at most `width` columns. */
static const char *tail(const char *text, size_t width)
{
    const char *at = text + strlen(text);
    while (at > text) {
        const char *before = g_utf8_prev_char(at);
        size_t taken = character_width(g_utf8_get_char(before));
        if (taken > width)
            break;
        width -= taken;
        at = before;
    }
    /* A combining character without the one that it combines with is no beginning. */
    while (*at != '\0' && g_unichar_iszerowidth(g_utf8_get_char(at)))
        at = g_utf8_next_char(at);
    return at;
}

static const char *head_end(const char *text, size_t width)
{
    for (; *text != '\0'; text = g_utf8_next_char(text)) {
        size_t taken = character_width(g_utf8_get_char(text));
        if (taken > width)
            break;
        width -= taken;
    }
    return text;
}

char *rp_text_shorten(const char *text, size_t width)
{
    if (rp_text_width(text) <= width)
        return g_strdup(text);
    size_t end_width = (width - 1) / 2;
    GString *out = g_string_new_len(text, head_end(text, width - 1 - end_width) - text);
    g_string_append(out, "…");
    g_string_append(out, tail(text, end_width));
    return g_string_free(out, FALSE);
}

void rp_text_pad(GString *out, size_t count)
{
    g_string_append_printf(out, "%*s", (int)count, "");
}

/* Appends the words of one line of input. */
static void wrap_line(GString *out, const char *line, size_t indent, size_t column)
{
    g_auto(GStrv) words = g_strsplit(line, " ", -1);
    bool at_start = true;
    for (char **word = words; *word != NULL; word++) {
        size_t width = rp_text_width(*word);
        if (!at_start && column + 1 + width > LINE_WIDTH) {
            g_string_append_c(out, '\n');
            rp_text_pad(out, indent);
            column = indent;
        } else if (!at_start) {
            g_string_append_c(out, ' ');
            column++;
        }
        g_string_append(out, *word);
        column += width;
        at_start = false;
    }
}

void rp_text_wrap(GString *out, const char *text, size_t indent, size_t column)
{
    g_auto(GStrv) lines = g_strsplit(text, "\n", -1);
    for (char **line = lines; *line != NULL; line++) {
        if (line != lines && **line != '\0')
            rp_text_pad(out, indent);
        if (g_str_has_prefix(*line, "  "))
            g_string_append(out, *line);
        else
            wrap_line(out, *line, indent, line == lines ? column : indent);
        g_string_append_c(out, '\n');
    }
}
