/* Guarantee 1: an environment names only snapshots that exist. */
#include <string.h>

#include "story.h"

typedef struct shop {
    story story;
    repoint_store *store;
    char *before;
} shop;

static void shop_open(shop *of)
{
    story_begin(&of->story);
    story_given_shop(&of->story);
    of->before = story_dump(&of->story);
    of->store = story_open(&of->story);
}

static void shop_close(shop *of)
{
    assert_unchanged(&of->story, of->before);
    repoint_store_close(of->store);
    g_free(of->before);
    story_end(&of->story);
}

static bool names(const repoint_error *error, const char *name)
{
    return error->names != NULL && g_strv_contains((const char *const *)error->names, name) &&
           strstr(error->message, name) != NULL;
}

static void guarantee_1_promote_refuses_a_snapshot_that_is_not_stored(void **state G_GNUC_UNUSED)
{
    shop of;
    shop_open(&of);
    repoint_error error = REPOINT_ERROR_INIT;
    repoint_snapshot *forgotten = story_snapshot("refunds", 1001, 1, 5);
    repoint_table *table = NULL;
    assert_ok(repoint_snapshot_table(forgotten, &table, &error), &error);
    repoint_environment *prod = story_prod_like_dev(of.store, "next");
    assert_ok(repoint_environment_set_table(prod, table, &error), &error);
    assert_int_equal(repoint_promote(of.store, prod, NULL, NULL, &error), REPOINT_MISSING_SNAPSHOTS);
    assert_true(names(&error, "\"shop\".\"refunds\""));
    assert_non_null(strstr(error.detail, repoint_table_identifier(table)));

    /* Nor may a new environment begin with one. */
    repoint_environment *staging = story_record("staging", "first", NULL, &forgotten, 1);
    assert_int_equal(repoint_promote(of.store, staging, NULL, NULL, &error), REPOINT_MISSING_SNAPSHOTS);
    repoint_error_clear(&error);
    repoint_environment_free(staging);
    repoint_environment_free(prod);
    repoint_table_free(table);
    repoint_snapshot_free(forgotten);
    shop_close(&of);
}

/* The janitor of another program is quicker than the deployment that was planned before. */
static void guarantee_1_deploy_looks_again_at_what_was_planned(void **state G_GNUC_UNUSED)
{
    shop of;
    shop_open(&of);
    repoint_error error = REPOINT_ERROR_INIT;
    repoint_plan *plan = NULL;
    repoint_plan_source source = {.from_environment = "dev"};
    assert_ok(repoint_plan_create(of.store, "prod", &source, NULL, &plan, &error), &error);
    story_execute(&of.story,
                  "DELETE FROM _snapshots WHERE name LIKE '%daily_revenue%' AND version = '2090483622'");
    g_free(of.before);
    of.before = story_dump(&of.story);

    repoint_deployment *deployment = NULL;
    assert_int_equal(repoint_deploy(of.store, plan, NULL, &deployment, &error), REPOINT_MISSING_SNAPSHOTS);
    assert_true(names(&error, STORY_SHOP_DAILY_REVENUE));
    assert_null(deployment);
    repoint_error_clear(&error);
    repoint_plan_free(plan);
    shop_close(&of);
}

/* The shop's state file, in which an environment refers to a snapshot that the file calls otherwise. */
static char *write_incomplete_file(const story *of)
{
    g_autofree char *text = NULL;
    assert_true(g_file_get_contents(story_shop_file(), &text, NULL, NULL));
    char *environments = strstr(text, "\"environments\"");
    assert_non_null(environments);
    char *hash = strstr(environments, "2712985066"); /* the data hash of dev's daily_revenue */
    assert_non_null(hash);
    memcpy(hash, "1111111111", strlen("1111111111"));
    char *path = story_path(of, "incomplete.json");
    assert_true(g_file_set_contents(path, text, -1, NULL));
    return path;
}

static void guarantee_1_import_refuses_an_environment_of_unknown_snapshots(void **state G_GNUC_UNUSED)
{
    shop of;
    shop_open(&of);
    repoint_error error = REPOINT_ERROR_INIT;
    g_autofree char *path = write_incomplete_file(&of.story);
    for (int replace = 0; replace <= 1; replace++) {
        repoint_transfer_counts counts = {0};
        assert_int_equal(repoint_import(of.store, path, replace, &counts, &error), REPOINT_MISSING_SNAPSHOTS);
        assert_true(names(&error, STORY_SHOP_DAILY_REVENUE));
        assert_int_equal(counts.snapshots, 0);
        assert_unchanged(&of.story, of.before);
    }
    repoint_error_clear(&error);
    shop_close(&of);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(guarantee_1_promote_refuses_a_snapshot_that_is_not_stored),
        cmocka_unit_test(guarantee_1_deploy_looks_again_at_what_was_planned),
        cmocka_unit_test(guarantee_1_import_refuses_an_environment_of_unknown_snapshots),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
