/* Names for people: see text_name.h. */
#include "cli/text_name.h"

#include <glib.h>
#include <string.h>

#include "cli/text.h"

static gboolean is_plain(gunichar character)
{
    return g_unichar_isalnum(character) || (character < 0x80 && strchr("_-$", (int)character) != NULL);
}

/* Copies the quoted part at `text` without its quotes; returns where it ends, or NULL when it needs them. */
static const char *append_unquoted(GString *out, const char *text)
{
    const char *at = text + 1;
    for (; *at != '\0' && *at != '"'; at = g_utf8_next_char(at))
        if (!is_plain(g_utf8_get_char(at)))
            return NULL;
    if (*at == '\0' || at == text + 1)
        return NULL;
    g_string_append_len(out, text + 1, at - text - 1);
    return at + 1;
}

/* The name without quotes, or NULL when some part needs them or it is written in another way. */
static char *unquoted(const char *full_name)
{
    g_autoptr(GString) out = g_string_new(NULL);
    const char *at = full_name;
    while (*at == '"') {
        at = append_unquoted(out, at);
        if (at == NULL || (*at != '.' && *at != '\0'))
            return NULL;
        if (*at == '\0')
            return g_strdup(out->str);
        g_string_append_c(out, *at++);
    }
    return NULL;
}

char *rp_text_name(const char *full_name)
{
    g_autofree char *printable = rp_text_printable(full_name);
    char *name = unquoted(printable);
    return name != NULL ? name : g_steal_pointer(&printable);
}

char *rp_text_kind(const char *kind_name)
{
    static const char common[] = "INCREMENTAL_";
    if (kind_name == NULL)
        return g_strdup("audit");
    if (g_str_has_prefix(kind_name, common))
        kind_name += strlen(common);
    g_autofree char *lower = g_ascii_strdown(kind_name, -1);
    return rp_text_printable(g_strdelimit(lower, "_", ' '));
}
