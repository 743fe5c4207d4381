/* The names that people type. See model/resolve.h. */
#include "model/resolve.h"

#include <string.h>

#define MAX_PARTS      8
#define MAX_CANDIDATES 10 /* that a message lists */
#define MAX_NAME_SIZE  4096

/*
 * Takes a dotted name apart, from the end: parts[0] is the table. Quoted parts lose their quotes. Returns the
 * number of parts, or 0 for text that is no name.
 */
static size_t split_from_end(const char *text, char *parts[MAX_PARTS])
{
    size_t count = 0;
    const char *at = text;
    while (count < MAX_PARTS) {
        GString *part = g_string_new(NULL);
        if (*at == '"') {
            for (at++; *at != '\0' && (*at != '"' || at[1] == '"'); at++) {
                at += *at == '"';
                g_string_append_c(part, *at);
            }
            at += *at == '"';
        } else {
            for (; *at != '\0' && *at != '.'; at++)
                g_string_append_c(part, *at);
        }
        parts[count++] = g_string_free(part, FALSE);
        if (*at != '.')
            break;
        at++;
    }
    for (size_t i = 0; i < count / 2; i++) {
        char *other = parts[i];
        parts[i] = parts[count - 1 - i];
        parts[count - 1 - i] = other;
    }
    return count;
}

static void free_parts(char *parts[], size_t count)
{
    for (size_t i = 0; i < count; i++)
        g_free(parts[i]);
}

static bool ends_with(const char *name, char *tail[], size_t tail_count)
{
    char *parts[MAX_PARTS];
    size_t count = split_from_end(name, parts);
    bool equal = tail_count <= count;
    for (size_t i = 0; i < tail_count && equal; i++)
        equal = strcmp(parts[i], tail[i]) == 0;
    free_parts(parts, count);
    return equal;
}

static void append_candidate(GString *list, size_t number, const char *name)
{
    if (number < MAX_CANDIDATES)
        g_string_append_printf(list, "%s%s", number > 0 ? ", " : "", name);
    else if (number == MAX_CANDIDATES)
        g_string_append(list, ", …");
}

static repoint_status fail_unknown(const char *text, const char *const *names, size_t count,
                                   const char *where, repoint_error *error)
{
    GString *hint = g_string_new(count > 0 ? "it has " : "it has none");
    for (size_t i = 0; i < count; i++)
        append_candidate(hint, i, names[i]);
    repoint_status status =
        rp_fail(error, REPOINT_NOT_FOUND, hint->str, "%s has no model %.200s", where, text);
    rp_error_add_name(error, text);
    g_string_free(hint, TRUE);
    return status;
}

repoint_status rp_name_resolve(const char *text, const char *const *names, size_t count, const char *where,
                               size_t *ret_index, repoint_error *error)
{
    if (*text == '\0')
        return rp_fail(error, REPOINT_INVALID, NULL, "a model's name is empty");
    if (strlen(text) > MAX_NAME_SIZE)
        return rp_fail(error, REPOINT_INVALID, NULL, "a model's name is longer than %d bytes: %.40s…",
                       MAX_NAME_SIZE, text);
    char *tail[MAX_PARTS];
    size_t tail_count = split_from_end(text, tail);
    GString *matching = g_string_new(NULL);
    size_t found = 0, index = 0;
    bool exact = false;
    for (size_t i = 0; i < count && !exact; i++) {
        exact = strcmp(names[i], text) == 0;
        if (!exact && !ends_with(names[i], tail, tail_count))
            continue;
        append_candidate(matching, found++, names[i]);
        index = i;
    }
    free_parts(tail, tail_count);

    repoint_status status = REPOINT_OK;
    if (exact || found == 1) {
        *ret_index = index;
    } else if (found == 0) {
        status = fail_unknown(text, names, count, where, error);
    } else {
        g_autofree char *hint = g_strdup_printf("write more of the name; it may be %s", matching->str);
        status = rp_fail(error, REPOINT_INVALID, hint, "the name %.200s is ambiguous", text);
        rp_error_add_name(error, text);
    }
    g_string_free(matching, TRUE);
    return status;
}
