/* Text on a terminal: its width in columns, wrapping, and keeping control characters out. */
#ifndef RP_CLI_TEXT_H
#define RP_CLI_TEXT_H

#include <glib.h>

/* The columns that UTF-8 text takes: wide characters two, combining ones none. */
size_t rp_text_width(const char *text);

/* A copy in which control characters, such as those that a terminal would obey, are spelled "\x1b". g_free()
 * it. */
char *rp_text_printable(const char *text);

/* A copy of at most `width` (at least 3) columns, its middle replaced by "…" when it is too wide. g_free()
 * it. */
char *rp_text_shorten(const char *text, size_t width);

/* Appends `count` blanks. */
void rp_text_pad(GString *out, size_t count);

/*
 * Appends prose wrapped at 80 columns and ended by a line break. Its first line goes on at column `column`;
 * the others start at `indent`. Blank lines separate paragraphs; a line that starts with two blanks stands as
 * it is.
 */
void rp_text_wrap(GString *out, const char *text, size_t indent, size_t column);

#endif
