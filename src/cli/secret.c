/*
 * Masks two spellings, wherever in a text they stand: user:PASSWORD@ behind "://", and key=PASSWORD where the
 * key speaks of a secret, as a URL's parameter or in a libpq connection string. People put unencoded "/", "?"
 * and "@" into passwords, which no driver accepts, and then read the error message; so a password reaches as
 * far as it might.
 */
#include "cli/secret.h"

#include <glib.h>
#include <stdbool.h>
#include <string.h>

#define MASK "***"

static const char *const secret_words[] = {"password",   "passwd", "pwd",         "passphrase", "secret",
                                           "credential", "token",  "private_key", "api_key",    "apikey"};

static const char *end_of_word(const char *text)
{
    while (*text != '\0' && !g_ascii_isspace(*text))
        text++;
    return text;
}

static const char *last_at(const char *from, const char *to)
{
    while (to > from)
        if (*--to == '@')
            return to;
    return NULL;
}

static const char *first_of(const char *from, const char *to, char wanted)
{
    const char *found = memchr(from, wanted, (size_t)(to - from));
    return found == NULL ? to : found;
}

/* The "@" that ends the user and password at `authority`; NULL when there are none. */
static const char *end_of_user(const char *authority)
{
    const char *end = end_of_word(authority);
    const char *before_path = last_at(authority, first_of(authority, end, '/'));
    const char *before_query = last_at(authority, first_of(authority, end, '?'));
    return before_path > before_query ? before_path : before_query;
}

/* Copies what stands behind "://" up to its host, the password masked; returns where to go on. */
static const char *mask_user(GString *out, const char *authority)
{
    const char *at = end_of_user(authority);
    if (at == NULL)
        return authority;
    const char *colon = first_of(authority, at, ':');
    g_string_append_len(out, authority, colon - authority);
    if (colon != at)
        g_string_append(out, ":" MASK);
    return at;
}

static bool is_key_letter(char letter)
{
    return g_ascii_isalnum(letter) || letter == '_' || letter == '-' || letter == '.';
}

static bool is_secret_key(const char *key, size_t length)
{
    g_autofree char *lower = g_ascii_strdown(key, (gssize)length);
    for (size_t i = 0; i < G_N_ELEMENTS(secret_words); i++)
        if (strstr(lower, secret_words[i]) != NULL)
            return true;
    return false;
}

/* The end of a quoted value, where a backslash protects the next character. */
static const char *end_of_quoted(const char *text)
{
    char quote = *text++;
    for (; *text != '\0'; text++) {
        if (*text == '\\' && text[1] != '\0')
            text++;
        else if (*text == quote)
            return text + 1;
    }
    return text;
}

static const char *end_of_value(const char *text, bool in_url)
{
    if (*text == '\'' || *text == '"')
        return end_of_quoted(text);
    for (; *text != '\0' && !g_ascii_isspace(*text); text++) {
        if (in_url && *text == '&')
            break;
        if (*text == '\\' && text[1] != '\0')
            text++;
    }
    return text;
}

static const char *skip_blanks(const char *text)
{
    while (g_ascii_isspace(*text))
        text++;
    return text;
}

/* Copies a key, and when it is a secret's, "=" and the mask; returns where to go on. */
static const char *mask_key(GString *out, const char *key, bool in_url)
{
    const char *end = key;
    while (is_key_letter(*end))
        end++;
    g_string_append_len(out, key, end - key);

    const char *equals = skip_blanks(end);
    if (*equals != '=' || !is_secret_key(key, (size_t)(end - key)))
        return end;
    const char *value = skip_blanks(equals + 1);
    g_string_append(out, "=" MASK);
    return end_of_value(value, in_url);
}

char *rp_secret_mask(const char *text)
{
    GString *out = g_string_new(NULL);
    bool in_url = false;
    while (*text != '\0') {
        if (g_str_has_prefix(text, "://")) {
            g_string_append(out, "://");
            text = mask_user(out, text + 3);
        } else if (is_key_letter(*text)) {
            text = mask_key(out, text, in_url);
        } else {
            /* Behind a "?" parameters are separated by "&"; elsewhere "&" may be part of a password. */
            in_url = *text == '?' || (in_url && !g_ascii_isspace(*text));
            g_string_append_c(out, *text++);
        }
    }
    return g_string_free(out, FALSE);
}
