/*
 * Words and their case as Python sees them, which is how SQLMesh sees them: Unicode's full mappings, whatever
 * the process's locale says. All text is UTF-8.
 */
#ifndef RP_MODEL_WORD_H
#define RP_MODEL_WORD_H

#include <glib.h>
#include <stdbool.h>

bool rp_is_word_char(gunichar character);     /* \w: a letter, a number of any kind, or "_" */
bool rp_is_safe_identifier(const char *text); /* need not be quoted: [_a-zA-Z]\w* */

/* Free with g_free(). */
char *rp_text_lower(const char *text);
char *rp_text_upper(const char *text);

#endif
