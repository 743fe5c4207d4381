/* Names of environments, the catalogs that they are mapped to, and parts of physical names. */
#include "support.h"

#include <string.h>

#include "model/naming.h"

static char *differs(const char *what, const char *got, const char *expected)
{
    return g_strcmp0(got, expected) == 0 ? NULL : g_strdup_printf("%s is %s, not %s", what, got, expected);
}

static char *run_sanitize(yyjson_val *one_case)
{
    const char *name = text_of(one_case, "in");
    if (name == NULL)
        return GOLDEN_SKIP; /* values that are not strings: the type system refuses them */
    g_autofree char *sanitized = rp_environment_name_sanitize(name);
    return differs("name", sanitized, text_of(one_case, "name"));
}

static char *run_catalog_mapping(yyjson_val *one_case)
{
    rp_name_mapping mappings[8];
    size_t index, count;
    yyjson_val *key, *value;
    yyjson_obj_foreach (field(one_case, "mapping"), index, count, key, value) {
        mappings[index] = (rp_name_mapping){.pattern = yyjson_get_str(key), .name = yyjson_get_str(value)};
    }
    repoint_error error = REPOINT_ERROR_INIT;
    const char *catalog = NULL;
    assert_ok(rp_name_mapping_find(mappings, count, text_of(one_case, "in"), &catalog, &error), &error);
    rp_environment_naming naming = {
        .name = rp_environment_name_sanitize(text_of(one_case, "in")),
        .suffix_target = RP_SUFFIX_TABLE,
        .catalog_name_override = g_strdup(catalog),
        .normalize_name = true,
    };
    g_autoptr(GString) got = g_string_new(NULL), expected = g_string_new(NULL);
    rp_json_writer got_writer = RP_JSON_WRITER(got, RP_JSON_COMPACT);
    rp_json_writer expected_writer = RP_JSON_WRITER(expected, RP_JSON_COMPACT);
    rp_environment_naming_write(&got_writer, &naming);
    rp_json_value(&expected_writer, field(one_case, "out"));
    rp_environment_naming_clear(&naming);
    return differs("naming", got->str, expected->str);
}

static char *run_booleans(yyjson_val *one_case)
{
    repoint_error error = REPOINT_ERROR_INIT;
    bool normalize_name = false, gateway_managed = true;
    assert_ok(rp_environment_naming_flag(field(one_case, "normalize_name"), "normalize_name", true,
                                         &normalize_name, &error),
              &error);
    assert_ok(rp_environment_naming_flag(field(one_case, "gateway_managed"), "gateway_managed", false,
                                         &gateway_managed, &error),
              &error);
    yyjson_val *out = field(one_case, "out");
    bool holds = normalize_name == yyjson_get_bool(yyjson_arr_get(out, 0)) &&
                 gateway_managed == yyjson_get_bool(yyjson_arr_get(out, 1));
    return holds ? NULL : g_strdup_printf("read as %d, %d", normalize_name, gateway_managed);
}

static char *run_sanitize_table_part(yyjson_val *one_case)
{
    g_autofree char *part = rp_physical_part_sanitize(text_of(one_case, "in"));
    return differs("part", part, text_of(one_case, "out"));
}

static char *run_case(yyjson_val *file G_GNUC_UNUSED, yyjson_val *one_case, void *context G_GNUC_UNUSED)
{
    const char *kind = text_of(one_case, "kind");
    if (strcmp(kind, "sanitize") == 0)
        return run_sanitize(one_case);
    if (strcmp(kind, "catalog_mapping") == 0)
        return run_catalog_mapping(one_case);
    if (strcmp(kind, "booleans") == 0)
        return run_booleans(one_case);
    if (strcmp(kind, "sanitize_table_part") == 0)
        return run_sanitize_table_part(one_case);
    return g_strdup_printf("unknown kind of case %s", kind);
}

static void test_environment_naming(void **state G_GNUC_UNUSED)
{
    golden_run("env-naming", run_case, NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_environment_naming)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
