/*
 * What environments make of names: the physical tables of a version, and the views that readers use. See
 * model/naming.h.
 *
 * A physical table's name tells its model and its version, so two versions never share a table by accident; a
 * view's name tells its model and, outside production, its environment. Whoever changes a rule here makes
 * repoint and SQLMesh look for the same data under different names.
 */
#include "model/naming.h"

#include <string.h>

#include "model/identifier.h"
#include "model/word.h"

#define PROD           "prod"
#define DEFAULT_SCHEMA "default"

/* ---- environments ---- */

static char *sanitize_once(const char *name)
{
    g_autoptr(GString) words = g_string_sized_new(strlen(name));
    for (const char *at = name; *at != '\0';) {
        gunichar character = g_utf8_get_char_validated(at, -1);
        bool is_valid = (gint32)character >= 0;
        if (is_valid && rp_is_word_char(character))
            g_string_append_unichar(words, character);
        else
            g_string_append_c(words, '_');
        at = is_valid ? g_utf8_next_char(at) : at + 1;
    }
    return rp_text_lower(words->str);
}

/* Twice, because the lower case of the Turkish dotted I has a combining mark, which is not a word character.
 */
char *rp_environment_name_sanitize(const char *name)
{
    g_autofree char *lower = sanitize_once(name);
    return sanitize_once(lower);
}

static const char *const suffix_target_names[] = {
    [RP_SUFFIX_SCHEMA] = "schema",
    [RP_SUFFIX_TABLE] = "table",
    [RP_SUFFIX_CATALOG] = "catalog",
};

const char *rp_suffix_target_name(rp_suffix_target target)
{
    return suffix_target_names[target];
}

bool rp_suffix_target_from_name(const char *name, rp_suffix_target *ret_target)
{
    for (size_t i = 0; i < G_N_ELEMENTS(suffix_target_names); i++) {
        if (g_strcmp0(suffix_target_names[i], name) == 0) {
            *ret_target = (rp_suffix_target)i;
            return true;
        }
    }
    return false;
}

void rp_environment_naming_copy(rp_environment_naming *to, const rp_environment_naming *from)
{
    *to = *from;
    to->name = g_strdup(from->name);
    to->catalog_name_override = g_strdup(from->catalog_name_override);
}

void rp_environment_naming_clear(rp_environment_naming *naming)
{
    g_free(naming->name);
    g_free(naming->catalog_name_override);
    *naming = (rp_environment_naming){0};
}

void rp_environment_naming_write_fields(rp_json_writer *writer, const rp_environment_naming *naming)
{
    rp_json_put_string(writer, "suffix_target", rp_suffix_target_name(naming->suffix_target));
    if (naming->catalog_name_override != NULL) {
        rp_json_put_string(writer, "catalog_name_override", naming->catalog_name_override);
    }
    rp_json_put_bool(writer, "normalize_name", naming->normalize_name);
    rp_json_put_bool(writer, "gateway_managed", naming->gateway_managed);
}

void rp_environment_naming_write(rp_json_writer *writer, const rp_environment_naming *naming)
{
    rp_json_begin_object(writer);
    rp_json_put_string(writer, "name", naming->name);
    rp_environment_naming_write_fields(writer, naming);
    rp_json_end_object(writer);
}

repoint_status rp_environment_naming_flag(yyjson_val *value, const char *key, bool default_value,
                                          bool *ret_flag, repoint_error *error)
{
    int64_t number = 0;
    if (value == NULL || yyjson_is_null(value))
        *ret_flag = default_value;
    else if (yyjson_is_bool(value))
        *ret_flag = yyjson_get_bool(value);
    else if (rp_json_int(value, &number))
        *ret_flag = number != 0;
    else
        return rp_fail(error, REPOINT_INVALID, NULL, "\"%s\" is not true or false", key);
    return REPOINT_OK;
}

repoint_status rp_name_mapping_find(const rp_name_mapping *mappings, size_t count, const char *text,
                                    const char **ret_name, repoint_error *error)
{
    const char *name = NULL;
    for (size_t i = 0; i < count && name == NULL; i++) {
        GError *reason = NULL;
        g_autoptr(GRegex) expression = g_regex_new(mappings[i].pattern, G_REGEX_ANCHORED, 0, &reason);
        bool matches = expression != NULL && g_regex_match_full(expression, text, -1, 0, 0, NULL, &reason);
        if (reason != NULL) {
            rp_fail(error, REPOINT_INVALID, NULL, "the regular expression %s cannot be used: %s",
                    mappings[i].pattern, reason->message);
            g_error_free(reason);
            return REPOINT_INVALID;
        }
        if (matches)
            name = mappings[i].name;
    }
    *ret_name = name;
    return REPOINT_OK;
}

/* ---- views ---- */

static bool is_dev(const rp_environment_naming *naming)
{
    return g_ascii_strcasecmp(naming->name, PROD) != 0;
}

/* `text` as an identifier that a user wrote, resolved by the dialect if the environment wants that. */
static char *normalize(const char *text, const rp_environment_naming *naming, const rp_dialect *dialect)
{
    if (!naming->normalize_name)
        return g_strdup(text);
    rp_identifier identifier = rp_identifier_of(text, dialect);
    char *folded = rp_dialect_fold(dialect, identifier.text, identifier.is_quoted);
    rp_identifier_clear(&identifier);
    return folded;
}

/* "part__dev", where the model's own part is as it should be already. */
static char *with_suffix(const char *part, const rp_environment_naming *naming, const rp_dialect *dialect)
{
    g_autofree char *suffix = normalize(naming->name, naming, dialect);
    return g_strconcat(part, "__", suffix, NULL);
}

static bool has_suffix(const rp_environment_naming *naming, rp_suffix_target target)
{
    return is_dev(naming) && naming->suffix_target == target;
}

static char *view_catalog(const char *catalog, const rp_environment_naming *naming, const rp_dialect *dialect)
{
    if (has_suffix(naming, RP_SUFFIX_CATALOG)) {
        g_autofree char *suffixed = g_strconcat(catalog, "__", naming->name, NULL);
        return normalize(suffixed, naming, dialect);
    }
    if (naming->catalog_name_override != NULL && *naming->catalog_name_override != '\0')
        return normalize(naming->catalog_name_override, naming, dialect);
    return g_strdup(catalog);
}

static char *view_schema(const char *schema, const rp_environment_naming *naming, const rp_dialect *dialect)
{
    g_autofree char *own = schema != NULL ? g_strdup(schema) : normalize(DEFAULT_SCHEMA, naming, dialect);
    return has_suffix(naming, RP_SUFFIX_SCHEMA) ? with_suffix(own, naming, dialect) : g_steal_pointer(&own);
}

static char *view_table(const char *table, const rp_environment_naming *naming, const rp_dialect *dialect)
{
    return has_suffix(naming, RP_SUFFIX_TABLE) ? with_suffix(table, naming, dialect) : g_strdup(table);
}

repoint_status rp_view_name(const char *fqn, const rp_environment_naming *naming, const char *dialect_text,
                            rp_name *ret_view, repoint_error *error)
{
    rp_dialect dialect;
    rp_name model = {0};
    repoint_status status = rp_dialect_find(dialect_text == NULL ? "" : dialect_text, &dialect, error);
    if (status == REPOINT_OK)
        status = rp_name_from_fqn(fqn, &model, error);
    if (status != REPOINT_OK)
        return status;
    if (model.catalog == NULL && has_suffix(naming, RP_SUFFIX_CATALOG)) {
        rp_name_clear(&model);
        return rp_fail(error, REPOINT_INVALID,
                       "Give the model a catalog, or let the environment's suffix go to schema or table.",
                       "%s has no catalog that environment %s could add its suffix to", fqn, naming->name);
    }
    *ret_view = (rp_name){
        .catalog = view_catalog(model.catalog, naming, &dialect),
        .schema = view_schema(model.schema, naming, &dialect),
        .table = view_table(model.table, naming, &dialect),
    };
    rp_name_clear(&model);
    return REPOINT_OK;
}
