/* Table infos of environments: what is required, what is tolerated, what is refused and how it is told. */
#include "support.h"

#include <string.h>

#include "model/table.h"

#define FINGERPRINT "{\"data_hash\": \"849558693\", \"metadata_hash\": \"2088684978\"}"
#define ORDERS                                                                                               \
    "\"name\": \"\\\"shop\\\".\\\"orders\\\"\", \"fingerprint\": " FINGERPRINT                               \
    ", \"dev_table_suffix\": \"dev\", \"version\": \"3850282051\", \"physical_schema\": \"sqlmesh__shop\", " \
    "\"parents\": [{\"name\": \"\\\"shop\\\".\\\"items\\\"\", \"identifier\": \"3721860967\"}]"

static repoint_table *read_table(const char *json)
{
    repoint_error error = REPOINT_ERROR_INIT;
    repoint_table *table = NULL;
    assert_ok(repoint_table_from_json(json, strlen(json), &table, &error), &error);
    return table;
}

static void assert_refused(const char *json, const char *message)
{
    repoint_error error = REPOINT_ERROR_INIT;
    repoint_table *table = NULL;
    assert_int_equal(repoint_table_from_json(json, strlen(json), &table, &error), REPOINT_INVALID);
    assert_null(table);
    assert_string_equal(error.message, message);
    repoint_error_clear(&error);
}

static void test_what_is_absent_or_null_has_its_default(void **state G_GNUC_UNUSED)
{
    repoint_table *table =
        read_table("{" ORDERS ", \"dev_version\": null, \"kind_name\": null, \"node_type\": null}");
    assert_string_equal(repoint_table_name(table), "\"shop\".\"orders\"");
    assert_string_equal(repoint_table_version(table), "3850282051");
    assert_null(repoint_table_kind(table));
    assert_string_equal(rp_table_dev_version(table), table->own_version);
    assert_true(table->is_model);
    assert_true(table->is_virtual_environment_full);
    assert_int_equal(table->naming, RP_NAMING_SCHEMA_AND_TABLE);
    assert_int_equal(table->category, RP_CATEGORY_NONE);
    assert_false(rp_table_is_forward_only(table));
    repoint_table_free(table);
}

static void test_the_order_of_keys_does_not_matter(void **state G_GNUC_UNUSED)
{
    repoint_table *table =
        read_table("{\"virtual_environment_mode\": \"dev_only\", \"kind_name\": \"SEED\", \"forward_only\": "
                   "false, \"change_category\": 3, \"table_naming_convention\": \"hash_md5\", " ORDERS "}");
    assert_false(table->is_virtual_environment_full);
    assert_int_equal(table->kind, RP_KIND_SEED);
    assert_int_equal(table->naming, RP_NAMING_HASH_MD5);
    assert_true(rp_table_is_forward_only(table)); /* the old category says so */
    repoint_table_free(table);
}

static void test_what_this_version_does_not_know_is_written_back_to_the_letter(void **state G_GNUC_UNUSED)
{
    const char *json =
        "{\"name\":\"\\\"o\\\"\",\"fingerprint\":{\"data_hash\":\"1\",\"metadata_hash\":\"2\"},"
        "\"dev_table_suffix\":\"dev\",\"version\":\"3\",\"physical_schema\":\"s\",\"parents\":[],"
        "\"future\":{\"number\":1.50,\"deep\":[null,1e3,\"é\"]},\"dev_version\":null}";
    repoint_table *table = read_table(json);
    char *again = repoint_table_to_json(table);
    assert_string_equal(again, json);
    repoint_free(again);
    repoint_table_free(table);
}

static void test_a_table_without_what_it_needs_is_refused(void **state G_GNUC_UNUSED)
{
    assert_refused("{\"name\": \"orders\", \"fingerprint\": " FINGERPRINT ", \"dev_table_suffix\": \"dev\", "
                   "\"physical_schema\": \"s\", \"parents\": []}",
                   "table orders: \"version\" is missing");
    assert_refused("{\"name\": \"orders\", \"fingerprint\": {\"data_hash\": \"1\"}}",
                   "table orders: fingerprint has no \"metadata_hash\"");
    assert_refused("{\"version\": null}", "a table: \"name\" is missing");
    assert_refused("[]", "a table is not a JSON object");
}

static void test_a_wrong_value_is_refused_by_name(void **state G_GNUC_UNUSED)
{
    static const char *const cases[][2] = {
        {"\"change_category\": 7", "\"change_category\" is not a number from 1 to 6"},
        {"\"change_category\": \"1\"", "\"change_category\" is not a number from 1 to 6"},
        {"\"forward_only\": 1", "\"forward_only\" is not true or false"},
        {"\"dev_version\": 12", "\"dev_version\" is not a string"},
        {"\"dev_version\": \"1\\u00002\"", "\"dev_version\" has a NUL character inside"},
        {"\"kind_name\": \"FUL\"", "\"kind_name\" is not a kind of model"},
        {"\"kind_name\": 1", "\"kind_name\" is not a kind of model"},
        {"\"node_type\": \"seed\"", "\"node_type\" is neither \"model\" nor \"audit\""},
        {"\"virtual_environment_mode\": 1",
         "\"virtual_environment_mode\" is neither \"full\" nor \"dev_only\""},
        {"\"table_naming_convention\": \"x\"",
         "\"table_naming_convention\" is not one of schema_and_table, table_only, hash_md5"},
        {"\"previous_versions\": [1]", "\"previous_versions\" is not an array of objects"},
        {"\"model_gateway\": {}", "\"model_gateway\" is not a string"},
        {"\"version\": \"2\"", "\"version\" is there twice"},
    };
    for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
        g_autofree char *json = g_strdup_printf("{%s, %s}", ORDERS, cases[i][0]);
        g_autofree char *message = g_strdup_printf("table \"shop\".\"orders\": %s", cases[i][1]);
        assert_refused(json, message);
    }
    assert_refused("{\"name\": \"orders\", \"parents\": [{\"name\": \"items\"}]}",
                   "table orders: \"parents\" is not an array of objects with name and identifier");
}

static void test_audits_have_no_physical_table(void **state G_GNUC_UNUSED)
{
    repoint_table *model = read_table("{" ORDERS ", \"kind_name\": \"FULL\"}");
    repoint_table *audit = read_table("{" ORDERS ", \"node_type\": \"audit\"}");
    char *name = repoint_table_physical_name(model, false);
    assert_string_equal(name, "sqlmesh__shop.shop__orders__3850282051");
    assert_null(repoint_table_physical_name(audit, false));
    repoint_free(name);
    repoint_table_free(model);
    repoint_table_free(audit);
}

static void assert_written(const rp_tables *tables, rp_json_style style, const char *expected)
{
    g_autoptr(GString) out = g_string_new(NULL);
    rp_tables_write(&RP_JSON_WRITER(out, style), tables);
    assert_string_equal(out->str, expected);
}

static void assert_text(const rp_tables *tables, const char *expected)
{
    GString *own = NULL;
    assert_string_equal(rp_tables_text(tables, &own)->str, expected);
    if (own != NULL)
        g_string_free(own, TRUE);
}

static void test_a_list_outlives_the_document_that_it_was_read_from(void **state G_GNUC_UNUSED)
{
    const char *text = "[{" ORDERS "}, {" ORDERS ", \"forward_only\": true}]";
    repoint_error error = REPOINT_ERROR_INIT;
    rp_json *json = NULL;
    rp_tables tables = {0};
    assert_ok(rp_json_parse(text, strlen(text), "tables", &json, &error), &error);
    assert_ok(rp_tables_read(rp_json_root(json), &tables, &error), &error);
    rp_json_unref(json);

    assert_ptr_equal(rp_tables_find(&tables, "\"shop\".\"orders\""), &tables.items[0]);
    assert_null(rp_tables_find(&tables, "orders"));
    assert_true(rp_table_equal(&tables.items[0], &tables.items[1])); /* the fingerprint alone counts */
    rp_tables copy = rp_tables_copy(&tables);
    rp_tables_clear(&tables);
    assert_written(&copy, RP_JSON_PYTHON, text);
    rp_tables_remove(&copy, 0);
    assert_written(&copy, RP_JSON_PYTHON, "[{" ORDERS ", \"forward_only\": true}]");
    rp_tables_clear(&copy);
}

static void test_a_row_s_list_is_kept_as_it_is_spelled_until_it_is_changed(void **state G_GNUC_UNUSED)
{
    repoint_error error = REPOINT_ERROR_INIT;
    rp_tables tables = {0};
    const char *row = " [ {" ORDERS ",\"forward_only\":true} ,{" ORDERS ", \"more\": 1.50} ] ";
    assert_ok(rp_tables_parse(g_string_new(row), "the row", &tables, &error), &error);
    assert_text(&tables, row);

    rp_tables copy = rp_tables_copy(&tables);
    rp_tables_set(&copy, 2, &tables.items[0]);
    rp_tables_set(&copy, 0, &tables.items[1]);
    rp_tables_clear(&tables);
    assert_text(&copy, "[{" ORDERS ", \"more\": 1.50}, {" ORDERS ", \"more\": 1.50}, {" ORDERS
                       ",\"forward_only\":true}]");
    rp_tables_remove(&copy, 2);
    rp_tables_remove(&copy, 0);
    g_autoptr(GString) compact = g_string_new(NULL);
    rp_tables_write(&RP_JSON_WRITER(compact, RP_JSON_COMPACT), &copy);
    assert_true(g_str_has_suffix(compact->str, "\"identifier\":\"3721860967\"}],\"more\":1.50}]"));
    rp_tables_clear(&copy);
}

static void test_a_row_that_is_no_list_of_tables_is_refused(void **state G_GNUC_UNUSED)
{
    g_autofree char *deep = g_strdup_printf("[{\"name\": %0*d}]", 200, 0);
    memset(strchr(deep, '0'), '[', 100);
    memset(strchr(deep, '0'), ']', 100);
    const struct {
        const char *row, *message;
    } cases[] = {
        {"", "the row is not a JSON array"},
        {"{}", "the row is not a JSON array"},
        {"[", "the row is not valid JSON: unexpected end of data at byte 1"},
        {"[{" ORDERS "}", "the row is not valid JSON: unexpected end of data at byte 267"},
        {"[{" ORDERS "} {}]",
         "the row is not valid JSON: neither a comma nor the end of an array or object at byte 268"},
        {"[{" ORDERS "},]", "the row is not valid JSON: trailing comma is not allowed at byte 268"},
        {"[{" ORDERS "}] x", "the row is not valid JSON: unexpected content after the document at byte 269"},
        {"[12]", "a table is not a JSON object"},
        {"[{\"name\": \"orders\", \"version\": \"\xff\"}]",
         "the row is not valid JSON: invalid UTF-8 encoding in string at byte 32"},
        {deep, "the row is nested deeper than 100 levels"},
    };
    for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
        repoint_error error = REPOINT_ERROR_INIT;
        rp_tables tables = {0};
        assert_int_equal(rp_tables_parse(g_string_new(cases[i].row), "the row", &tables, &error),
                         REPOINT_INVALID);
        assert_string_equal(error.message, cases[i].message);
        assert_null(tables.items);
        repoint_error_clear(&error);
    }
}

/* Sizes around those of the window through which a list is read, which grows fourfold. */
static void test_a_table_may_be_of_any_size(void **state G_GNUC_UNUSED)
{
    static const size_t sizes[] = {1, 3700, 3800, 3820, 3840, 4096, 16000, 16384, 70000, 3 << 20};
    g_autoptr(GString) row = g_string_new("[");
    for (size_t i = 0; i < G_N_ELEMENTS(sizes); i++) {
        g_string_append_printf(row, "%s{" ORDERS ", \"note\": \"", i > 0 ? ", " : "");
        size_t begin = row->len;
        g_string_set_size(row, begin + sizes[i]);
        memset(row->str + begin, 'x', sizes[i]);
        g_string_append(row, "\"}");
    }
    g_string_append(row, "]");
    repoint_error error = REPOINT_ERROR_INIT;
    rp_tables tables = {0};
    assert_ok(rp_tables_parse(g_string_new(row->str), "the row", &tables, &error), &error);
    assert_int_equal(tables.count, G_N_ELEMENTS(sizes));
    assert_written(&tables, RP_JSON_PYTHON, row->str);
    rp_tables_clear(&tables);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_what_is_absent_or_null_has_its_default),
        cmocka_unit_test(test_the_order_of_keys_does_not_matter),
        cmocka_unit_test(test_what_this_version_does_not_know_is_written_back_to_the_letter),
        cmocka_unit_test(test_a_table_without_what_it_needs_is_refused),
        cmocka_unit_test(test_a_wrong_value_is_refused_by_name),
        cmocka_unit_test(test_audits_have_no_physical_table),
        cmocka_unit_test(test_a_list_outlives_the_document_that_it_was_read_from),
        cmocka_unit_test(test_a_row_s_list_is_kept_as_it_is_spelled_until_it_is_changed),
        cmocka_unit_test(test_a_row_that_is_no_list_of_tables_is_refused),
        cmocka_unit_test(test_a_table_may_be_of_any_size),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
