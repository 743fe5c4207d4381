/*
 * Comments and grants of a snapshot. See deploy/properties.h.
 *
 * SQLMesh keeps grants as the text of an SQL tuple: ('select' = ['anna', 'bi'], 'insert' = ['etl']), printed
 * in the model's dialect: lists may be ARRAY['anna'] or ARRAY('anna') too. A name before "=" is a privilege,
 * the strings after it are roles: as they are in double quotes inside the string, else in lower case.
 */
#include "deploy/properties.h"

#include <string.h>

static bool is_of_a_word(char byte)
{
    return g_ascii_isalnum(byte) || byte == '_';
}

/* Moves past a word or a quoted text, and gives it without its quotes; NULL where there is neither. */
static char *take_word(const char **text, bool *ret_is_quoted)
{
    const char *at = *text;
    GString *word = g_string_new(NULL);
    char quote = *at == '\'' || *at == '"' ? *at : '\0';
    *ret_is_quoted = quote != '\0';
    if (quote == '\0')
        while (is_of_a_word(*at))
            g_string_append_c(word, *at++);
    else
        for (at++; *at != '\0' && (at[0] != quote || at[1] == quote); at++) {
            g_string_append_c(word, *at);
            if (*at == quote)
                at++;
        }
    bool has_end = quote != '\0' && *at == quote;
    if (at == *text) {
        g_string_free(word, TRUE);
        return NULL;
    }
    *text = has_end ? at + 1 : at;
    return g_string_free(word, FALSE);
}

/* A role as it was written: "Bi Team" in double quotes keeps its case. NULL is everybody. g_free() */
static char *role_of(const char *written)
{
    size_t size = strlen(written);
    if (size >= 2 && written[0] == '"' && written[size - 1] == '"')
        return g_strndup(written + 1, size - 2);
    return g_ascii_strcasecmp(written, "public") == 0 ? NULL : g_ascii_strdown(written, -1);
}

static void read_grants(GPtrArray *grants, const char *text)
{
    g_autofree char *privilege = NULL;
    while (*text != '\0') {
        bool is_quoted = false;
        g_autofree char *word = take_word(&text, &is_quoted);
        if (word == NULL) {
            text++;
            continue;
        }
        while (g_ascii_isspace(*text))
            text++;
        if (*text == '=') {
            g_free(privilege);
            privilege = g_ascii_strup(word, -1);
        } else if (is_quoted && privilege != NULL) {
            g_autofree char *role = role_of(word);
            rp_view_note_add(grants, privilege, role);
        }
    }
}

static void read_column_comments(GPtrArray *comments, yyjson_val *columns)
{
    size_t index, count;
    yyjson_val *name, *text;
    yyjson_obj_foreach (columns, index, count, name, text) {
        if (yyjson_is_str(text))
            rp_view_note_add(comments, yyjson_get_str(name), yyjson_get_str(text));
    }
}

rp_view_properties *rp_properties_of(const repoint_snapshot *snapshot)
{
    const char *comment = yyjson_get_str(rp_json_field(snapshot->node, "description"));
    const char *grants = yyjson_get_str(rp_json_field(snapshot->node, "grants"));
    const char *layer = yyjson_get_str(rp_json_field(snapshot->node, "grants_target_layer"));
    yyjson_val *columns = rp_json_field(snapshot->node, "column_descriptions");
    bool has_grants = grants != NULL && g_strcmp0(layer, "physical") != 0;
    if (comment == NULL && !has_grants && yyjson_obj_size(columns) == 0)
        return NULL;
    rp_view_properties *properties = rp_view_properties_new();
    properties->comment = g_strdup(comment);
    read_column_comments(properties->column_comments, columns);
    if (has_grants)
        read_grants(properties->grants, grants);
    return properties;
}
