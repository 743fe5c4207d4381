/* Guarantee 3: when a deployment finalizes an environment, each of its views points at its snapshot's table.
 */
#include "story.h"

static void deploy(story *of, const char *environment, const char *from)
{
    repoint_error error = REPOINT_ERROR_INIT;
    repoint_store *store = story_open(of);
    repoint_plan *plan = NULL;
    repoint_deployment *deployment = NULL;
    repoint_plan_source source = {.from_environment = from};
    assert_ok(repoint_plan_create(store, environment, &source, NULL, &plan, &error), &error);
    assert_ok(repoint_deploy(store, plan, NULL, &deployment, &error), &error);
    repoint_deployment_close(deployment);
    repoint_plan_free(plan);
    repoint_store_close(store);
}

/* Each view's text, and what a reader gets from it; and there is no other view in the schema. */
static void assert_views_show(story *of, const char *environment, const char *schema)
{
    repoint_store *store = story_open(of);
    repoint_environment *record = story_environment(store, environment);
    assert_int_equal(repoint_environment_finalized_ts(record), of->now);
    size_t count = repoint_environment_table_count(record);
    for (size_t i = 0; i < count; i++) {
        g_autofree char *table = story_table_name(repoint_environment_table(record, i));
        g_autofree char *view = story_view_name(repoint_environment_table(record, i), schema);
        g_autofree char *wanted = g_strdup_printf("CREATE VIEW \"%s\" AS SELECT * FROM \"%s\"", view, table);
        g_autofree char *find = g_strdup_printf("SELECT sql FROM sqlite_master WHERE name = '%s'", view);
        g_autofree char *read = g_strdup_printf("SELECT * FROM \"%s\"", view);
        g_autofree char *definition = story_query(of, find), *content = story_query(of, read);
        assert_string_equal(definition, wanted);
        assert_string_equal(content, table);
    }
    g_autofree char *find_all = g_strdup_printf(
        "SELECT COUNT(*) FROM sqlite_master WHERE type = 'view' AND name LIKE '%s.%%'", schema);
    g_autofree char *found = story_query(of, find_all), *wanted = g_strdup_printf("%zu", count);
    assert_string_equal(found, wanted);
    repoint_environment_free(record);
    repoint_store_close(store);
}

static void guarantee_3_after_a_deployment_every_view_reads_its_snapshots_table(void **state G_GNUC_UNUSED)
{
    story of;
    story_begin(&of);
    story_given_shop(&of);
    of.now += 1000;
    deploy(&of, "prod", "dev");
    assert_views_show(&of, "prod", "shop");
    deploy(&of, "staging", "prod");
    assert_views_show(&of, "staging", "shop__staging");
    assert_views_show(&of, "prod", "shop");
    story_end(&of);
}

static void guarantee_3_what_somebody_did_to_the_views_by_hand_is_put_right(void **state G_GNUC_UNUSED)
{
    story of;
    story_begin(&of);
    story_given_shop(&of);
    story_execute(&of, "DROP VIEW \"shop.orders\";"
                       "DROP VIEW \"shop.customers\";"
                       "CREATE VIEW \"shop.customers\" AS SELECT 'somebody else''s' AS made_for;"
                       "DROP VIEW \"shop.daily_revenue\";"
                       "CREATE VIEW \"shop.daily_revenue\" AS SELECT * FROM a_table_that_is_gone");
    of.now += 1000;
    deploy(&of, "prod", "dev");
    assert_views_show(&of, "prod", "shop");
    story_end(&of);
}

/* A table that is gone is a refusal; no view is left that reads nothing. */
static void guarantee_3_a_table_that_is_gone_is_refused(void **state G_GNUC_UNUSED)
{
    repoint_error error = REPOINT_ERROR_INIT;
    story of;
    story_begin(&of);
    story_given_shop(&of);
    repoint_store *store = story_open(&of);
    repoint_plan *plan = NULL;
    repoint_plan_source source = {.from_environment = "dev"};
    assert_ok(repoint_plan_create(store, "prod", &source, NULL, &plan, &error), &error);
    story_execute(&of, "DROP TABLE \"sqlmesh__shop.shop__daily_revenue__2090483622\"");
    g_autofree char *before = story_dump(&of);
    assert_int_equal(repoint_deploy(store, plan, NULL, NULL, &error), REPOINT_MISSING_TABLES);
    assert_string_equal(error.names[0], STORY_SHOP_DAILY_REVENUE);
    assert_unchanged(&of, before);
    repoint_error_clear(&error);
    repoint_plan_free(plan);
    repoint_store_close(store);
    story_end(&of);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(guarantee_3_after_a_deployment_every_view_reads_its_snapshots_table),
        cmocka_unit_test(guarantee_3_what_somebody_did_to_the_views_by_hand_is_put_right),
        cmocka_unit_test(guarantee_3_a_table_that_is_gone_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
