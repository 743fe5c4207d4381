/* Environments as JSON: what is read piece by piece means what it would mean as a whole. */
#include "support.h"

#include <string.h>

#include "model/environment.h"

#define ORDERS(version)                                                                                      \
    "{\"name\":\"\\\"shop\\\".\\\"orders\\\"\",\"fingerprint\":{\"data_hash\":\"1\",\"metadata_hash\":"      \
    "\"2\"},"                                                                                                \
    "\"dev_table_suffix\":\"dev\",\"version\":\"" version "\",\"physical_schema\":\"s\",\"parents\":[]}"

static repoint_environment *read_environment(const char *json)
{
    repoint_error error = REPOINT_ERROR_INIT;
    repoint_environment *environment = NULL;
    assert_ok(repoint_environment_from_json(json, strlen(json), &environment, &error), &error);
    return environment;
}

static void assert_refused(const char *json, const char *message)
{
    repoint_error error = REPOINT_ERROR_INIT;
    repoint_environment *environment = NULL;
    assert_int_equal(repoint_environment_from_json(json, strlen(json), &environment, &error),
                     REPOINT_INVALID);
    assert_null(environment);
    assert_string_equal(error.message, message);
    repoint_error_clear(&error);
}

static void test_what_is_written_is_read_again(void **state G_GNUC_UNUSED)
{
    const char *json =
        "{\"name\":\"dev\",\"start_at\":\"2026-01-01\",\"plan_id\":\"autumn\","
        "\"suffix_target\":\"schema\",\"normalize_name\":true,\"gateway_managed\":false,"
        "\"snapshots\":[" ORDERS(
            "3") "],\"promoted_snapshot_ids\":[],"
                 "\"previous_finalized_snapshots\":[" ORDERS("4") "," ORDERS(
                     "5") "],"
                          "\"requirements\":{\"pandas\":\"2.1\"},\"future\":[1.50,{\"a\":null}]}";
    g_autoptr(repoint_environment) environment = read_environment(json);
    char *again = repoint_environment_to_json(environment);
    assert_string_equal(again, json);
    repoint_free(again);
}

static void test_the_order_of_fields_does_not_matter(void **state G_GNUC_UNUSED)
{
    g_autoptr(repoint_environment) environment = read_environment(" { \"snapshots\" : [ " ORDERS(
        "3") " ] , \"previous_finalized_snapshots\":null,"
             "\"plan_id\":\"autumn\",\"start_at\":20260101,\"name\":\"dev\"}\n");
    assert_string_equal(repoint_environment_name(environment), "dev");
    assert_int_equal(repoint_environment_table_count(environment), 1);
    assert_string_equal(repoint_table_version(repoint_environment_table(environment, 0)), "3");
    assert_false(environment->has_previous_finalized);
    assert_true(environment->promotes_all);
}

/* As a database row gives lists to SQLMesh's class; and of a field that is there twice the first one counts.
 */
static void test_a_list_may_be_text_and_counts_once(void **state G_GNUC_UNUSED)
{
    g_autoptr(repoint_environment) environment =
        read_environment("{\"name\":\"dev\",\"start_at\":\"1\",\"plan_id\":\"p\",\"snapshots\":[" ORDERS(
            "3") "],"
                 "\"snapshots\":[],\"previous_finalized_snapshots\":\"[]\"}");
    assert_int_equal(repoint_environment_table_count(environment), 1);
    assert_true(environment->has_previous_finalized);
    assert_int_equal(environment->previous_finalized.count, 0);
}

static void test_what_is_no_environment_is_refused(void **state G_GNUC_UNUSED)
{
    assert_refused("[]", "the environment is not a JSON object");
    assert_refused("", "the environment is not a JSON object");
    assert_refused("{\"name\":\"dev\",\"plan_id\":\"p\",\"start_at\":\"1\"}",
                   "environment dev has no \"snapshots\"");
    assert_refused("{\"name\":\"dev\",\"plan_id\":\"p\",\"start_at\":\"1\",\"snapshots\":{}}",
                   "environment dev: \"snapshots\" is not an array");
    assert_refused("{\"name\":\"dev\",\"plan_id\":\"p\",\"start_at\":\"1\",\"snapshots\":\"{}\"}",
                   "environment dev: \"snapshots\" is not an array");
    assert_refused("{\"name\":\"dev\",\"snapshots\":[{\"name\":\"orders\"}]}",
                   "environment dev: table orders: \"fingerprint\" is missing");
    assert_refused("{\"name\":\"dev\",\"snapshots\":[" ORDERS("3"),
                   "the environment is not valid JSON: unexpected end of data at byte 183");
    assert_refused("{\"name\" \"dev\"}",
                   "the environment is not valid JSON: an object's member begins with no key at byte 1");
    assert_refused("{1: 2}",
                   "the environment is not valid JSON: an object's member begins with no key at byte 1");
    assert_refused("{\"name\":\"dev\",}",
                   "the environment is not valid JSON: trailing comma is not allowed at byte 14");
    assert_refused("{\"name\":\"dev\",\"plan_id\":\"p\",\"start_at\":\"1\",\"snapshots\":[]} x",
                   "the environment is not valid JSON: unexpected content after the document at byte 59");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_what_is_written_is_read_again),
        cmocka_unit_test(test_the_order_of_fields_does_not_matter),
        cmocka_unit_test(test_a_list_may_be_text_and_counts_once),
        cmocka_unit_test(test_what_is_no_environment_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
