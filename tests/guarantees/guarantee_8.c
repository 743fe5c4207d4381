/*
 * Guarantee 8: no deployment moves an incremental model to a version with gaps inside the range that the old
 * one covers, for the names checked.
 */
#include <string.h>

#include "story.h"

/*
 * prod shows orders and customers, both filled from January 1st to 5th, and sales.orders likewise. The next
 * versions: orders lacks the 2nd and 3rd, customers has everything and more, sales.orders lacks the 5th.
 */
typedef struct shop {
    story story;
    repoint_store *store;
    repoint_environment *next;
    char *before;
} shop;

/* A model of another schema, that has the same last name. */
static repoint_snapshot *given_sales_orders(repoint_store *store, unsigned version, int days)
{
    repoint_error error = REPOINT_ERROR_INIT;
    g_autofree char *text = story_snapshot_json("orders", version, 1, days);
    g_auto(GStrv) parts = g_strsplit(text, "\\\"shop\\\"", -1);
    g_autofree char *renamed = g_strjoinv("\\\"sales\\\"", parts);
    repoint_snapshot *snapshot = NULL;
    assert_ok(repoint_snapshot_from_json(renamed, strlen(renamed), &snapshot, &error), &error);
    const repoint_snapshot *list[] = {snapshot};
    assert_ok(repoint_push(store, list, 1, NULL, &error), &error);
    assert_ok(repoint_intervals_add_many(store, list, 1, &error), &error);
    return snapshot;
}

static void given_orders_with_a_hole(repoint_store *store, repoint_snapshot *orders)
{
    repoint_error error = REPOINT_ERROR_INIT;
    repoint_range hole = {"2026-01-02", "2026-01-03"};
    assert_ok(repoint_intervals_remove(store, orders, &hole, false, NULL, &error), &error);
}

static void shop_open(shop *of)
{
    repoint_error error = REPOINT_ERROR_INIT;
    story_begin(&of->story);
    of->store = story_create(&of->story);
    repoint_snapshot *old[] = {story_given_snapshot(of->store, "orders", 1001, 1, 5),
                               story_given_snapshot(of->store, "customers", 1001, 1, 5),
                               given_sales_orders(of->store, 1001, 5)};
    repoint_snapshot *new[] = {story_given_snapshot(of->store, "orders", 2002, 1, 5),
                               story_given_snapshot(of->store, "customers", 2002, 1, 6),
                               given_sales_orders(of->store, 2002, 4)};
    given_orders_with_a_hole(of->store, new[0]);
    repoint_environment *prod = story_record("prod", "first", NULL, old, G_N_ELEMENTS(old));
    assert_ok(repoint_promote(of->store, prod, NULL, NULL, &error), &error);
    assert_ok(repoint_finalize(of->store, prod, &error), &error);
    of->next = story_record("prod", "next", "first", new, G_N_ELEMENTS(new));
    for (size_t i = 0; i < G_N_ELEMENTS(old); i++) {
        repoint_snapshot_free(old[i]);
        repoint_snapshot_free(new[i]);
    }
    repoint_environment_free(prod);
    of->before = story_dump(&of->story);
}

static void shop_close(shop *of)
{
    repoint_environment_free(of->next);
    repoint_store_close(of->store);
    g_free(of->before);
    story_end(&of->story);
}

static repoint_status promote(shop *of, repoint_promote_options options, repoint_error *error)
{
    return repoint_promote(of->store, of->next, &options, NULL, error);
}

static void guarantee_8_promote_names_the_models_and_the_days(void **state G_GNUC_UNUSED)
{
    shop of;
    shop_open(&of);
    repoint_error error = REPOINT_ERROR_INIT;
    assert_int_equal(promote(&of, (repoint_promote_options){.gap_check = REPOINT_GAPS_ALL}, &error),
                     REPOINT_GAPS);
    assert_string_equal(error.names[0], "\"sales\".\"orders\"");
    assert_string_equal(error.names[1], "\"shop\".\"orders\"");
    assert_null(error.names[2]);
    assert_non_null(strstr(error.detail, "[\"2026-01-02T00:00:00Z\",\"2026-01-04T00:00:00Z\"]"));
    assert_non_null(strstr(error.detail, "[\"2026-01-05T00:00:00Z\",\"2026-01-06T00:00:00Z\"]"));
    assert_unchanged(&of.story, of.before);
    assert_int_equal(repoint_promote(of.store, of.next, NULL, NULL, &error),
                     REPOINT_GAPS); /* all is the default */
    assert_unchanged(&of.story, of.before);
    repoint_error_clear(&error);
    shop_close(&of);
}

static void guarantee_8_deploy_refuses_what_promote_refuses(void **state G_GNUC_UNUSED)
{
    shop of;
    shop_open(&of);
    repoint_error error = REPOINT_ERROR_INIT;
    for (size_t i = 0; i < repoint_environment_table_count(of.next); i++) {
        g_autofree char *name = story_table_name(repoint_environment_table(of.next, i));
        story_given_table(&of.story, name);
    }
    g_autofree char *before = story_dump(&of.story);
    char *json = repoint_environment_to_json(of.next);
    g_autofree char *path = story_path(&of.story, "record.json");
    assert_true(g_file_set_contents(path, json, -1, NULL));
    repoint_plan *plan = NULL;
    repoint_plan_source source = {.record_path = path};
    assert_ok(repoint_plan_create(of.store, "prod", &source, NULL, &plan, &error), &error);
    char *told = repoint_plan_to_json(plan);
    assert_non_null(strstr(told, "2026-01-02T00:00:00Z"));
    assert_int_equal(repoint_deploy(of.store, plan, NULL, NULL, &error), REPOINT_GAPS);
    assert_unchanged(&of.story, before);
    repoint_error_clear(&error);
    repoint_free(told);
    repoint_free(json);
    repoint_plan_free(plan);
    shop_close(&of);
}

static void guarantee_8_holds_for_the_names_that_are_checked(void **state G_GNUC_UNUSED)
{
    static const struct {
        const char *names[3];
        bool exact;
        repoint_status status;
        const char *says; /* in the message */
    } cases[] = {
        {{"customers"}, false, REPOINT_OK, NULL},
        {{"shop.orders"}, false, REPOINT_GAPS, "\"shop\".\"orders\""},
        {{"\"shop\".\"orders\""}, false, REPOINT_GAPS, "\"shop\".\"orders\""},
        {{"customers", "sales.orders"}, false, REPOINT_GAPS, "\"sales\".\"orders\""},
        {{"orders"}, false, REPOINT_INVALID, "orders"}, /* which one? */
        {{"ordres"}, false, REPOINT_NOT_FOUND, "ordres"},
        {{"customers", "ordres"}, false, REPOINT_NOT_FOUND, "ordres"},
        {{""}, false, REPOINT_INVALID, ""},
        {{NULL}, false, REPOINT_OK, NULL},
        {{"orders"}, true, REPOINT_OK, NULL}, /* SQLMesh checks nothing then */
        {{"\"shop\".\"orders\""}, true, REPOINT_GAPS, "\"shop\".\"orders\""},
    };
    for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
        shop of;
        shop_open(&of);
        repoint_error error = REPOINT_ERROR_INIT;
        repoint_status status = promote(&of,
                                        (repoint_promote_options){.gap_check = REPOINT_GAPS_NAMED,
                                                                  .gap_names = cases[i].names,
                                                                  .gap_names_exact = cases[i].exact},
                                        &error);
        if (status != cases[i].status)
            fail_msg("case %zu: %s (%s) instead of %s", i, repoint_status_name(status),
                     error.message != NULL ? error.message : "", repoint_status_name(cases[i].status));
        if (status != REPOINT_OK) {
            assert_non_null(strstr(error.message, cases[i].says));
            assert_unchanged(&of.story, of.before);
        }
        repoint_error_clear(&error);
        shop_close(&of);
    }
}

static void guarantee_8_is_the_callers_to_give_up(void **state G_GNUC_UNUSED)
{
    shop of;
    shop_open(&of);
    repoint_error error = REPOINT_ERROR_INIT;
    assert_ok(promote(&of, (repoint_promote_options){.gap_check = REPOINT_GAPS_NONE}, &error), &error);
    shop_close(&of);
}

static void guarantee_8_is_kept_once_the_gaps_are_filled(void **state G_GNUC_UNUSED)
{
    shop of;
    shop_open(&of);
    repoint_error error = REPOINT_ERROR_INIT;
    for (size_t i = 0; i < repoint_environment_table_count(of.next); i++) {
        const repoint_table *table = repoint_environment_table(of.next, i);
        repoint_snapshot_id id = {repoint_table_name(table), repoint_table_identifier(table)};
        repoint_snapshot_list *list = NULL;
        assert_ok(repoint_snapshots_get(of.store, &id, 1, &list, &error), &error);
        repoint_range days = {"2026-01-02", "2026-01-05"};
        assert_ok(
            repoint_intervals_add(of.store, repoint_snapshot_list_at(list, 0), &days, false, NULL, &error),
            &error);
        repoint_snapshot_list_free(list);
    }
    assert_ok(repoint_promote(of.store, of.next, NULL, NULL, &error), &error);
    shop_close(&of);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(guarantee_8_promote_names_the_models_and_the_days),
        cmocka_unit_test(guarantee_8_deploy_refuses_what_promote_refuses),
        cmocka_unit_test(guarantee_8_holds_for_the_names_that_are_checked),
        cmocka_unit_test(guarantee_8_is_the_callers_to_give_up),
        cmocka_unit_test(guarantee_8_is_kept_once_the_gaps_are_filled),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
