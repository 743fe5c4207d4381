/*
 * What a promotion keeps of the tables that were finalized before: what the caller says, in the spelling of
 * the row, which another program may have written.
 */
#include <string.h>

#include "model/environment.h"
#include "story.h"

#define SNAPSHOTS "SELECT snapshots FROM _environments WHERE name = 'prod'"
#define PREVIOUS  "SELECT previous_finalized_snapshots FROM _environments WHERE name = 'prod'"

/* prod's row as a program would have written it that leaves out the blanks behind colons. */
static void given_a_row_without_blanks(const story *of)
{
    story_execute(of, "UPDATE _environments SET snapshots = replace(snapshots, '\": ', '\":')");
}

static void assert_row(const story *of, const char *sql, const char *expected)
{
    g_autofree char *found = story_query(of, sql);
    assert_string_equal(found, expected);
}

/* prod promoted to what dev points to; with another record of before if `drops_one`. */
static char *promote_prod(story *of, const char *plan_id, bool drops_one)
{
    repoint_error error = REPOINT_ERROR_INIT;
    repoint_store *store = story_open(of);
    g_autoptr(repoint_environment) prod = story_prod_like_dev(store, plan_id);
    if (drops_one)
        rp_tables_remove(&prod->previous_finalized, 0);
    GString *own = NULL;
    char *previous = g_strdup(rp_tables_text(&prod->previous_finalized, &own)->str);
    if (own != NULL)
        g_string_free(own, TRUE);
    assert_ok(repoint_promote(store, prod, NULL, NULL, &error), &error);
    repoint_store_close(store);
    return previous;
}

static void test_the_tables_of_before_are_kept_as_the_row_spells_them(void **state G_GNUC_UNUSED)
{
    story of;
    story_begin(&of);
    story_given_shop(&of);
    given_a_row_without_blanks(&of);
    g_autofree char *before = story_query(&of, SNAPSHOTS);
    g_autofree char *said = promote_prod(&of, "autumn", false);
    assert_row(&of, PREVIOUS, before);
    g_autofree char *after = story_query(&of, SNAPSHOTS);
    assert_string_not_equal(after, before);
    story_end(&of);
}

static void test_a_caller_may_say_that_others_were_finalized_before(void **state G_GNUC_UNUSED)
{
    story of;
    story_begin(&of);
    story_given_shop(&of);
    g_autofree char *said = promote_prod(&of, "autumn", true);
    assert_row(&of, PREVIOUS, said);
    story_end(&of);
}

static void test_a_draft_that_is_promoted_over_keeps_what_was_finalized(void **state G_GNUC_UNUSED)
{
    story of;
    story_begin(&of);
    story_given_shop(&of);
    g_autofree char *before = story_query(&of, SNAPSHOTS);
    g_autofree char *autumn = promote_prod(&of, "autumn", false);
    g_autofree char *winter = promote_prod(&of, "winter", false);
    assert_row(&of, PREVIOUS, before);
    story_end(&of);
}

/* ---- what abandon goes back to ---- */

#define ROW                                                                                                  \
    "SELECT plan_id || finalized_ts || snapshots || COALESCE(previous_finalized_snapshots, '-')"             \
    " FROM _environments WHERE name = 'prod'"

/* As the command promotes: what was replaced is kept. */
static void promote_and_keep(story *of, const char *plan_id)
{
    repoint_error error = REPOINT_ERROR_INIT;
    repoint_store *store = story_open(of);
    repoint_plan_source source = {.from_environment = "dev"};
    repoint_plan_options options = {.plan_id = plan_id, .record_only = true};
    repoint_plan *plan = NULL;
    assert_ok(repoint_plan_create(store, "prod", &source, &options, &plan, &error), &error);
    assert_ok(repoint_plan_promote(store, plan, true, NULL, &error), &error);
    repoint_plan_free(plan);
    repoint_store_close(store);
}

static void abandon(story *of)
{
    repoint_error error = REPOINT_ERROR_INIT;
    repoint_store *store = story_open(of);
    repoint_deployment *deployment = NULL;
    assert_ok(repoint_deployment_open(store, "prod", NULL, &deployment, &error), &error);
    assert_ok(repoint_deployment_abandon(deployment, &error), &error);
    repoint_deployment_close(deployment);
    repoint_store_close(store);
}

static void test_of_two_promotions_abandon_goes_back_to_before_the_first(void **state G_GNUC_UNUSED)
{
    story of;
    story_begin(&of);
    story_given_shop(&of);
    g_autofree char *before = story_query(&of, ROW);
    promote_and_keep(&of, "autumn");
    g_autofree char *kept = story_query(&of, "SELECT previous FROM _repoint_deployments");
    promote_and_keep(&of, "winter");
    assert_row(&of, "SELECT previous FROM _repoint_deployments", kept);
    assert_row(&of, "SELECT plan_id FROM _repoint_deployments", "winter");
    abandon(&of);
    assert_row(&of, ROW, before);
    story_end(&of);
}

/* What another program wrote over the first promotion is what the second one takes the place of. */
static void test_what_somebody_else_wrote_in_between_is_kept(void **state G_GNUC_UNUSED)
{
    story of;
    story_begin(&of);
    story_given_shop(&of);
    promote_and_keep(&of, "autumn");
    story_execute(&of, "UPDATE _environments SET plan_id = 'theirs', finalized_ts = 5 WHERE name = 'prod'");
    g_autofree char *theirs = story_query(&of, ROW);
    promote_and_keep(&of, "winter");
    abandon(&of);
    assert_row(&of, ROW, theirs);
    story_end(&of);
}

static void test_a_promotion_ahead_of_its_views_is_to_be_resumed(void **state G_GNUC_UNUSED)
{
    repoint_error error = REPOINT_ERROR_INIT;
    story of;
    story_begin(&of);
    story_given_shop(&of);
    repoint_store *store = story_open(&of);
    g_autoptr(repoint_environment) prod = story_prod_like_dev(store, "autumn");
    assert_ok(repoint_promote_ahead(store, prod, NULL, NULL, &error), &error);
    assert_int_equal(repoint_promoted_finalize(store, prod, &error), REPOINT_CONFLICT);
    assert_non_null(strstr(error.hint, "\"repoint resume\" changes its views"));
    repoint_error_clear(&error);
    repoint_store_close(store);
    story_end(&of);
}

/* ---- what does not expire ---- */

static size_t count_expired(story *of)
{
    repoint_error error = REPOINT_ERROR_INIT;
    repoint_store *store = story_open(of);
    repoint_expired_options options = {.ignore_ttl = true};
    repoint_expired *batch = NULL;
    assert_ok(repoint_snapshots_expired(store, &options, &batch, &error), &error);
    size_t count = batch != NULL ? repoint_expired_count(batch) : 0;
    repoint_expired_free(batch);
    repoint_store_close(store);
    return count;
}

/* In SQLMesh's eyes a finalized_ts of 0 is none. */
static void test_what_readers_of_a_draft_see_does_not_expire(void **state G_GNUC_UNUSED)
{
    story of;
    story_begin(&of);
    story_given_shop(&of);
    g_autofree char *said = promote_prod(&of, "autumn", false);
    size_t of_a_draft = count_expired(&of);
    story_execute(&of, "UPDATE _environments SET finalized_ts = 0 WHERE name = 'prod'");
    assert_int_equal(count_expired(&of), of_a_draft);
    story_execute(&of, "UPDATE _environments SET finalized_ts = 1 WHERE name = 'prod'");
    assert_true(count_expired(&of) > of_a_draft);
    story_end(&of);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_the_tables_of_before_are_kept_as_the_row_spells_them),
        cmocka_unit_test(test_a_caller_may_say_that_others_were_finalized_before),
        cmocka_unit_test(test_a_draft_that_is_promoted_over_keeps_what_was_finalized),
        cmocka_unit_test(test_of_two_promotions_abandon_goes_back_to_before_the_first),
        cmocka_unit_test(test_what_somebody_else_wrote_in_between_is_kept),
        cmocka_unit_test(test_a_promotion_ahead_of_its_views_is_to_be_resumed),
        cmocka_unit_test(test_what_readers_of_a_draft_see_does_not_expire),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
