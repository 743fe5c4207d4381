/*
 * Words and their case. See model/word.h.
 *
 * g_utf8_strdown() and g_utf8_strup() follow the locale for Turkish and Lithuanian, and SQLMesh does not: an
 * environment must not be called otherwise on a Turkish laptop. So text is mapped one character at a time,
 * where the locale has no say, with the mappings that GLib lacks or makes depend on it done here.
 */
#include "model/word.h"

#include <string.h>

#define CAPITAL_I_WITH_DOT 0x0130
#define CAPITAL_SIGMA      0x03A3
#define SMALL_SIGMA        0x03C3
#define SMALL_FINAL_SIGMA  0x03C2
#define COMBINING_IOTA     0x0345
#define CAPITAL_IOTA       0x0399
#define FEMININE_ORDINAL   0x00AA
#define MASCULINE_ORDINAL  0x00BA

bool rp_is_word_char(gunichar character)
{
    return character == '_' || g_unichar_isalnum(character);
}

bool rp_is_safe_identifier(const char *text)
{
    if (*text != '_' && !g_ascii_isalpha(*text))
        return false;
    for (const char *at = text; *at != '\0'; at = g_utf8_next_char(at)) {
        if (!rp_is_word_char(g_utf8_get_char(at)))
            return false;
    }
    return true;
}

/* Unicode's Case_Ignorable: what may stand between a sigma and the letters that decide its form. */
static bool is_case_ignorable(gunichar character)
{
    switch (g_unichar_type(character)) {
    case G_UNICODE_NON_SPACING_MARK:
    case G_UNICODE_ENCLOSING_MARK:
    case G_UNICODE_FORMAT:
    case G_UNICODE_MODIFIER_LETTER:
    case G_UNICODE_MODIFIER_SYMBOL: return true;
    default: break;
    }
    static const gunichar inside_words[] = {'\'',   '.',    ':',    0x00B7, 0x0387, 0x055F,
                                            0x05F4, 0x2018, 0x2019, 0x2024, 0x2027, 0xFE13,
                                            0xFE52, 0xFE55, 0xFF07, 0xFF0E, 0xFF1A};
    for (size_t i = 0; i < G_N_ELEMENTS(inside_words); i++) {
        if (character == inside_words[i])
            return true;
    }
    return false;
}

/* Numerals and symbols that have a case although they are no letters; GLib maps letters only. */
static const struct {
    gunichar first_upper;
    gunichar first_lower;
    gunichar count;
} cased_signs[] = {
    {0x2160, 0x2170, 16}, /* Roman numerals */
    {0x24B6, 0x24D0, 26}, /* letters in circles */
};

static gunichar sign_to_lower(gunichar character)
{
    for (size_t i = 0; i < G_N_ELEMENTS(cased_signs); i++) {
        if (character - cased_signs[i].first_upper < cased_signs[i].count)
            return character - cased_signs[i].first_upper + cased_signs[i].first_lower;
    }
    return character;
}

static gunichar sign_to_upper(gunichar character)
{
    for (size_t i = 0; i < G_N_ELEMENTS(cased_signs); i++) {
        if (character - cased_signs[i].first_lower < cased_signs[i].count)
            return character - cased_signs[i].first_lower + cased_signs[i].first_upper;
    }
    return character;
}

static bool is_cased(gunichar character)
{
    bool is_letter =
        g_unichar_isupper(character) || g_unichar_islower(character) || g_unichar_istitle(character);
    bool is_sign = sign_to_lower(character) != character || sign_to_upper(character) != character;
    return is_letter || is_sign || character == FEMININE_ORDINAL || character == MASCULINE_ORDINAL;
}

static bool follows_letter(const char *text, const char *at)
{
    while (at > text) {
        at = g_utf8_prev_char(at);
        gunichar character = g_utf8_get_char(at);
        if (!is_case_ignorable(character))
            return is_cased(character);
    }
    return false;
}

static bool precedes_letter(const char *at)
{
    for (; *at != '\0'; at = g_utf8_next_char(at)) {
        gunichar character = g_utf8_get_char(at);
        if (!is_case_ignorable(character))
            return is_cased(character);
    }
    return false;
}

static gunichar lower_sigma(const char *text, const char *at)
{
    bool is_final = follows_letter(text, at) && !precedes_letter(g_utf8_next_char(at));
    return is_final ? SMALL_FINAL_SIGMA : SMALL_SIGMA;
}

char *rp_text_lower(const char *text)
{
    GString *lower = g_string_sized_new(strlen(text));
    for (const char *at = text; *at != '\0'; at = g_utf8_next_char(at)) {
        gunichar character = g_utf8_get_char(at);
        if (character < 0x80)
            g_string_append_c(lower, g_ascii_tolower((char)character));
        else if (character == CAPITAL_I_WITH_DOT)
            g_string_append(lower, "i\xCC\x87"); /* the only letter whose lower case is two characters */
        else if (character == CAPITAL_SIGMA)
            g_string_append_unichar(lower, lower_sigma(text, at));
        else
            g_string_append_unichar(lower, sign_to_lower(g_unichar_tolower(character)));
    }
    return g_string_free(lower, FALSE);
}

char *rp_text_upper(const char *text)
{
    GString *upper = g_string_sized_new(strlen(text));
    for (const char *at = text; *at != '\0'; at = g_utf8_next_char(at)) {
        gunichar character = g_utf8_get_char(at);
        if (character < 0x80) {
            g_string_append_c(upper, g_ascii_toupper((char)character));
        } else if (character == COMBINING_IOTA) {
            g_string_append_unichar(upper, CAPITAL_IOTA); /* GLib would keep the mark beside it */
        } else if (sign_to_upper(character) != character) {
            g_string_append_unichar(upper, sign_to_upper(character));
        } else {
            g_autofree char *mapped = g_utf8_strup(at, g_utf8_next_char(at) - at);
            g_string_append(upper, mapped);
        }
    }
    return g_string_free(upper, FALSE);
}
