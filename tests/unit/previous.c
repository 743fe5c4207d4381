/*
 * What a promotion keeps of the tables that were finalized before: what the caller says, in the spelling of
 * the row, which another program may have written.
 */
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

static void test_the_tables_of_before_are_kept_as_the_row_spells_them(void **state G_GNUC_UNUSED)
{
    repoint_error error = REPOINT_ERROR_INIT;
    story of;
    story_begin(&of);
    story_given_shop(&of);
    given_a_row_without_blanks(&of);
    g_autofree char *before = story_query(&of, SNAPSHOTS);
    repoint_store *store = story_open(&of);
    g_autoptr(repoint_environment) prod = story_prod_like_dev(store, "autumn");
    assert_ok(repoint_promote(store, prod, NULL, NULL, &error), &error);
    repoint_store_close(store);
    assert_row(&of, PREVIOUS, before);
    g_autofree char *after = story_query(&of, SNAPSHOTS);
    assert_string_not_equal(after, before);
    story_end(&of);
}

static void test_a_caller_may_say_that_others_were_finalized_before(void **state G_GNUC_UNUSED)
{
    repoint_error error = REPOINT_ERROR_INIT;
    story of;
    story_begin(&of);
    story_given_shop(&of);
    repoint_store *store = story_open(&of);
    g_autoptr(repoint_environment) prod = story_prod_like_dev(store, "autumn");
    rp_tables_remove(&prod->previous_finalized, 0);
    GString *own = NULL;
    const GString *said = rp_tables_text(&prod->previous_finalized, &own);
    assert_ok(repoint_promote(store, prod, NULL, NULL, &error), &error);
    repoint_store_close(store);
    assert_row(&of, PREVIOUS, said->str);
    g_string_free(own, TRUE);
    story_end(&of);
}

static void test_a_draft_that_is_promoted_over_keeps_what_was_finalized(void **state G_GNUC_UNUSED)
{
    repoint_error error = REPOINT_ERROR_INIT;
    story of;
    story_begin(&of);
    story_given_shop(&of);
    g_autofree char *before = story_query(&of, SNAPSHOTS);
    repoint_store *store = story_open(&of);
    for (int i = 0; i < 2; i++) {
        g_autoptr(repoint_environment) prod = story_prod_like_dev(store, i == 0 ? "autumn" : "winter");
        assert_ok(repoint_promote(store, prod, NULL, NULL, &error), &error);
    }
    repoint_store_close(store);
    assert_row(&of, PREVIOUS, before);
    story_end(&of);
}

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
    repoint_error error = REPOINT_ERROR_INIT;
    story of;
    story_begin(&of);
    story_given_shop(&of);
    repoint_store *store = story_open(&of);
    g_autoptr(repoint_environment) prod = story_prod_like_dev(store, "autumn");
    assert_ok(repoint_promote(store, prod, NULL, NULL, &error), &error);
    repoint_store_close(store);
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
        cmocka_unit_test(test_what_readers_of_a_draft_see_does_not_expire),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
