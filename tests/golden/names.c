/* Names of models, physical tables and views; what a snapshot gets from its category. */
#include "support.h"

#include <string.h>

#include "model/categorize.h"
#include "model/naming.h"

static char *differs(const char *what, const char *got, const char *expected)
{
    return g_strcmp0(got, expected) == 0 ? NULL : g_strdup_printf("%s is %s, not %s", what, got, expected);
}

static char *run_fqn(yyjson_val *one_case)
{
    repoint_error error = REPOINT_ERROR_INIT;
    g_autofree char *fqn = NULL;
    assert_ok(rp_model_fqn(text_of(one_case, "name"), text_of(one_case, "default_catalog"),
                           text_of(one_case, "dialect"), &fqn, &error),
              &error);
    return differs("name", fqn, text_of(one_case, "result"));
}

/* ---- physical tables ---- */

static repoint_table table_of(yyjson_val *one_case)
{
    repoint_table table = {
        .name = text_of(one_case, "name"),
        .version = text_of(one_case, "version"),
        .dev_version = text_of(one_case, "dev_version"),
        .dev_table_suffix = text_of(one_case, "dev_table_suffix"),
        .physical_schema = text_of(one_case, "physical_schema"),
        .base_table_name_override = text_of(one_case, "base_table_name_override"),
        .is_model = true,
        .is_virtual_environment_full = strcmp(text_of(one_case, "virtual_environment_mode"), "full") == 0,
    };
    assert_true(rp_kind_from_name(text_of(one_case, "kind_name"), &table.kind));
    assert_true(rp_table_naming_from_name(text_of(one_case, "table_naming_convention"), &table.naming));
    return table;
}

static char *run_physical(yyjson_val *one_case)
{
    repoint_table table = table_of(one_case);
    g_autofree char *version_table = repoint_table_physical_name(&table, false);
    g_autofree char *dev_table = repoint_table_physical_name(&table, true);
    char *wrong = differs("table", version_table, text_of(field(one_case, "table"), "result"));
    return wrong != NULL
               ? wrong
               : differs("development table", dev_table, text_of(field(one_case, "dev_table"), "result"));
}

static char *run_physical_schema(yyjson_val *one_case)
{
    rp_name_mapping mappings[4];
    size_t index, count;
    yyjson_val *key, *value;
    yyjson_obj_foreach (field(one_case, "mapping"), index, count, key, value) {
        mappings[index] = (rp_name_mapping){.pattern = yyjson_get_str(key), .name = yyjson_get_str(value)};
    }
    repoint_error error = REPOINT_ERROR_INIT;
    g_autofree char *fqn = NULL, *model_schema = NULL;
    assert_ok(rp_model_fqn(text_of(one_case, "name"), NULL, "", &fqn, &error), &error);
    assert_ok(rp_model_schema(fqn, &model_schema, &error), &error);
    const char *mapped = NULL;
    assert_ok(rp_name_mapping_find(mappings, count, model_schema, &mapped, &error), &error);
    g_autofree char *schema = mapped != NULL ? g_strdup(mapped) : rp_physical_schema(fqn);
    return differs("schema", schema, text_of(one_case, "physical_schema"));
}

/* ---- views ---- */

static rp_environment_naming naming_of(yyjson_val *environment)
{
    rp_environment_naming naming = {
        .name = rp_environment_name_sanitize(text_of(environment, "name")),
        .catalog_name_override = g_strdup(text_of(environment, "catalog_name_override")),
        .normalize_name = bool_of(environment, "normalize_name"),
        .gateway_managed = bool_of(environment, "gateway_managed"),
    };
    assert_true(rp_suffix_target_from_name(text_of(environment, "suffix_target"), &naming.suffix_target));
    return naming;
}

static char *run_view(yyjson_val *one_case)
{
    rp_environment_naming naming = naming_of(field(one_case, "environment"));
    repoint_error error = REPOINT_ERROR_INIT;
    rp_name view = {0};
    repoint_status status =
        rp_view_name(text_of(one_case, "name"), &naming, text_of(one_case, "dialect"), &view, &error);
    rp_environment_naming_clear(&naming);
    if (status != REPOINT_OK) {
        char *wrong = g_strdup(error.message);
        repoint_error_clear(&error);
        return wrong;
    }
    g_autofree char *text = rp_name_to_display(&view);
    rp_name_clear(&view);
    return differs("view", text, text_of(field(one_case, "view"), "result"));
}

/* ---- categories ---- */

static rp_uncategorized snapshot_of(yyjson_val *one_case)
{
    static const char *const kind_hash_values[] = {"INCREMENTAL_BY_TIME_RANGE", NULL, NULL, "\"ds\"", NULL};
    static const struct {
        const char *short_name;
        rp_kind kind;
    } kinds[] = {
        {"TIME", RP_KIND_INCREMENTAL_BY_TIME_RANGE},
        {"VIEW", RP_KIND_VIEW},
        {"FULL", RP_KIND_FULL},
    };
    yyjson_val *model = rp_json_field(one_case, "model");
    rp_uncategorized snapshot = {
        .name = "\"db\".\"a\"",
        .kind = RP_KIND_INCREMENTAL_BY_TIME_RANGE,
        .physical_schema = "sqlmesh__db",
        .dev_table_suffix = "dev",
        .naming = RP_NAMING_SCHEMA_AND_TABLE,
        .is_virtual_environment_full = text_of(model, "virtual_environment_mode") == NULL,
        .physical_version = text_of(model, "physical_version"),
        .model_is_forward_only = bool_of(rp_json_field(one_case, "kind_args"), "forward_only"),
        .kind_hash_values = kind_hash_values,
        .kind_hash_value_count = G_N_ELEMENTS(kind_hash_values),
    };
    for (size_t i = 0; i < G_N_ELEMENTS(kinds); i++) {
        if (g_strcmp0(kinds[i].short_name, text_of(one_case, "model_kind")) == 0)
            snapshot.kind = kinds[i].kind;
    }
    const char *naming = text_of(one_case, "own_table_naming_convention");
    if (naming != NULL)
        assert_true(rp_table_naming_from_name(naming, &snapshot.naming));
    return snapshot;
}

/* The tables of the snapshot once it is categorised. */
static char *check_tables(yyjson_val *one_case, const rp_uncategorized *snapshot,
                          const rp_categorized *result)
{
    repoint_table table = {
        .name = snapshot->name,
        .version = result->version,
        .dev_version = result->dev_version,
        .dev_table_suffix = result->dev_table_suffix,
        .physical_schema = result->physical_schema,
        .naming = result->naming,
        .kind = snapshot->kind,
        .is_model = true,
        .is_virtual_environment_full = snapshot->is_virtual_environment_full,
    };
    g_autofree char *version_table = repoint_table_physical_name(&table, false);
    g_autofree char *dev_table = repoint_table_physical_name(&table, true);
    char *wrong = differs("table", version_table, text_of(one_case, "table"));
    return wrong != NULL ? wrong : differs("development table", dev_table, text_of(one_case, "dev_table"));
}

static char *check_fields(yyjson_val *one_case, const rp_categorized *result)
{
    const struct {
        const char *key;
        const char *got;
    } fields[] = {
        {"version", result->version},
        {"dev_version", result->dev_version},
        {"physical_schema", result->physical_schema},
        {"dev_table_suffix", result->dev_table_suffix},
        {"table_naming_convention", rp_table_naming_name(result->naming)},
    };
    for (size_t i = 0; i < G_N_ELEMENTS(fields); i++) {
        const char *expected = text_of(one_case, fields[i].key);
        char *wrong = expected == NULL ? NULL : differs(fields[i].key, fields[i].got, expected);
        if (wrong != NULL)
            return wrong;
    }
    return NULL;
}

static char *run_categorized(yyjson_val *one_case)
{
    repoint_error error = REPOINT_ERROR_INIT;
    rp_uncategorized snapshot = snapshot_of(one_case);
    rp_previous_version previous;
    assert_ok(
        rp_fingerprint_from_json(field(one_case, "fingerprint"), "snapshot", &snapshot.fingerprint, &error),
        &error);
    if (rp_json_field(one_case, "previous_version") != NULL) {
        assert_ok(
            rp_previous_version_from_json(field(one_case, "previous_version"), "version", &previous, &error),
            &error);
        snapshot.previous = &previous;
    }
    rp_change_category category = (rp_change_category)int_of(one_case, "category");
    bool forward_only = bool_of(one_case, "forward_only");
    rp_categorized result;
    assert_ok(rp_categorize(&snapshot, category, forward_only, &result, &error), &error);
    char *wrong = check_fields(one_case, &result);
    if (wrong == NULL)
        wrong = check_tables(one_case, &snapshot, &result);
    if (wrong == NULL && rp_json_field(one_case, "is_no_rebuild") != NULL &&
        bool_of(one_case, "is_no_rebuild") != rp_category_is_no_rebuild(category, forward_only))
        wrong = g_strdup("rebuilds or does not");
    rp_categorized_clear(&result);
    return wrong;
}

static char *run_case(yyjson_val *file G_GNUC_UNUSED, yyjson_val *one_case, void *context G_GNUC_UNUSED)
{
    static const struct {
        const char *kind;
        char *(*run)(yyjson_val *one_case);
    } runners[] = {
        {"fqn", run_fqn},   {"physical", run_physical},       {"physical_schema", run_physical_schema},
        {"view", run_view}, {"categorized", run_categorized},
    };
    for (size_t i = 0; i < G_N_ELEMENTS(runners); i++) {
        if (strcmp(runners[i].kind, text_of(one_case, "kind")) == 0)
            return runners[i].run(one_case);
    }
    return g_strdup_printf("unknown kind of case %s", text_of(one_case, "kind"));
}

static void test_names(void **state G_GNUC_UNUSED)
{
    golden_run("names", run_case, NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_names)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
