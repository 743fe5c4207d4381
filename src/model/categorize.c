/*
 * Categorising: from the category of a change to the tables that hold its data. See model/categorize.h.
 *
 * Breaking and non-breaking changes get a table of their own. The others, and all that is applied going
 * forward only, keep the table of the version before, under that version's naming.
 */
#include "model/categorize.h"

#include <string.h>

#define UNVERSIONED "novde"   /* the version of models that have no virtual environments */
#define OLD_SCHEMA  "sqlmesh" /* where tables lay before their schemas were recorded */

repoint_status rp_previous_version_from_json(yyjson_val *value, const char *what,
                                             rp_previous_version *ret_previous, repoint_error *error)
{
    rp_previous_version previous = {.physical_schema = OLD_SCHEMA};
    const char *naming = rp_table_naming_name(RP_NAMING_SCHEMA_AND_TABLE);
    const struct {
        const char *key;
        rp_json_presence presence;
        const char **text;
    } texts[] = {
        {"version", RP_JSON_REQUIRED, &previous.version},
        {"dev_version", RP_JSON_OPTIONAL, &previous.dev_version},
        {"physical_schema", RP_JSON_OPTIONAL, &previous.physical_schema},
        {"dev_table_suffix", RP_JSON_REQUIRED, &previous.dev_table_suffix},
        {"table_naming_convention", RP_JSON_OPTIONAL, &naming},
    };
    for (size_t i = 0; i < G_N_ELEMENTS(texts); i++) {
        repoint_status status =
            rp_json_get_string(value, texts[i].key, texts[i].presence, what, texts[i].text, error);
        if (status != REPOINT_OK)
            return status;
    }
    if (!rp_table_naming_from_name(naming, &previous.naming))
        return rp_fail(error, REPOINT_INVALID, NULL, "%s: unknown table_naming_convention %s", what, naming);
    repoint_status status =
        rp_fingerprint_from_json(rp_json_field(value, "fingerprint"), what, &previous.fingerprint, error);
    if (status == REPOINT_OK)
        *ret_previous = previous;
    return status;
}

bool rp_category_is_no_rebuild(rp_change_category category, bool forward_only)
{
    return forward_only || category == RP_CATEGORY_FORWARD_ONLY ||
           category == RP_CATEGORY_INDIRECT_NON_BREAKING || category == RP_CATEGORY_METADATA;
}

static char *version_of(const rp_fingerprint *fingerprint)
{
    char version[RP_HASH_SIZE];
    rp_fingerprint_version(fingerprint, version);
    return g_strdup(version);
}

/* Forward-only from its beginning: a version that later changes of the query do not change. */
static char *version_of_new_forward_only_model(const rp_uncategorized *snapshot)
{
    g_autofree const char **parts = g_new(const char *, snapshot->kind_hash_value_count + 1);
    parts[0] = snapshot->name;
    for (size_t i = 0; i < snapshot->kind_hash_value_count; i++)
        parts[i + 1] = snapshot->kind_hash_values[i];
    char version[RP_HASH_SIZE];
    rp_hash_data(parts, snapshot->kind_hash_value_count + 1, version);
    return g_strdup(version);
}

static char *choose_version(const rp_uncategorized *snapshot, bool no_rebuild)
{
    bool is_model = snapshot->kind != RP_KIND_NONE;
    if (is_model && !snapshot->is_virtual_environment_full)
        return g_strdup(UNVERSIONED);
    if (is_model && snapshot->physical_version != NULL && *snapshot->physical_version != '\0')
        return g_strdup(snapshot->physical_version);
    if (no_rebuild && snapshot->previous != NULL)
        return g_strdup(snapshot->previous->version);
    if (is_model && snapshot->model_is_forward_only && snapshot->previous == NULL)
        return version_of_new_forward_only_model(snapshot);
    return version_of(&snapshot->fingerprint);
}

static char *previous_dev_version(const rp_previous_version *previous)
{
    bool is_stored = previous->dev_version != NULL && *previous->dev_version != '\0';
    return is_stored ? g_strdup(previous->dev_version) : version_of(&previous->fingerprint);
}

repoint_status rp_categorize(const rp_uncategorized *snapshot, rp_change_category category, bool forward_only,
                             rp_categorized *ret_result, repoint_error *error)
{
    if (category == RP_CATEGORY_NONE || category == RP_CATEGORY_FORWARD_ONLY)
        return rp_fail(error, REPOINT_INVALID, NULL, "%s cannot be given category %d", snapshot->name,
                       (int)category);
    const rp_previous_version *previous = snapshot->previous;
    bool no_rebuild = rp_category_is_no_rebuild(category, forward_only);
    bool keeps_table = no_rebuild && previous != NULL;
    bool is_indirect = category == RP_CATEGORY_INDIRECT_NON_BREAKING || category == RP_CATEGORY_METADATA;
    bool keeps_dev_table = keeps_table && is_indirect && rp_kind_is_materialized(snapshot->kind);
    *ret_result = (rp_categorized){
        .version = choose_version(snapshot, no_rebuild),
        .dev_version = keeps_dev_table ? previous_dev_version(previous) : version_of(&snapshot->fingerprint),
        .physical_schema = keeps_table ? previous->physical_schema : snapshot->physical_schema,
        .naming = keeps_table ? previous->naming : snapshot->naming,
        .dev_table_suffix = keeps_dev_table ? previous->dev_table_suffix : snapshot->dev_table_suffix,
    };
    return REPOINT_OK;
}

void rp_categorized_clear(rp_categorized *categorized)
{
    g_free(categorized->version);
    g_free(categorized->dev_version);
    *categorized = (rp_categorized){0};
}
