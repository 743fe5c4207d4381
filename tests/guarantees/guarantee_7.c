/*
 * Guarantee 7, in so far as there is nothing yet to be resumed: a crash leaves the store before the
 * deployment or after it, and the deployment can simply be done again.
 *
 * The process is killed by itself right after its 1st statement, its 2nd, and so on. (Random moments:
 * tests/kill.)
 */
#include <signal.h>
#include <stdio.h>
#include <string.h>

#include "story.h"

static unsigned statements_left;

static void die_when_it_is_time(void *context G_GNUC_UNUSED, const char *statement G_GNUC_UNUSED,
                                double milliseconds G_GNUC_UNUSED, int64_t rows G_GNUC_UNUSED)
{
    if (statements_left > 0 && --statements_left == 0)
        raise(SIGKILL);
}

static int deploy(void *context)
{
    story *of = context;
    repoint_error error = REPOINT_ERROR_INIT;
    repoint_store_options options = story_options(of);
    options.trace = die_when_it_is_time;
    repoint_store *store = NULL;
    repoint_plan *plan = NULL;
    repoint_deployment *deployment = NULL;
    repoint_plan_source source = {.from_environment = "dev"};
    repoint_plan_options plan_options = {.plan_id = "next"};
    assert_ok(repoint_store_open(of->url, &options, &store, &error), &error);
    assert_ok(repoint_plan_create(store, "prod", &source, &plan_options, &plan, &error), &error);
    assert_ok(repoint_deploy(store, plan, &deployment, &error), &error);
    repoint_deployment_free(deployment);
    repoint_plan_free(plan);
    repoint_store_close(store);
    return 0;
}

static void guarantee_7_a_crash_after_any_statement_leaves_the_store_before_or_after(
    void **state G_GNUC_UNUSED)
{
    story of;
    story_begin(&of);
    story_given_shop(&of);
    g_autofree char *before = story_dump(&of);
    GBytes *contents = story_save(&of);
    statements_left = 0;
    assert_int_equal(deploy(&of), 0);
    g_autofree char *after = story_dump(&of);

    unsigned crashes = 0, left_before = 0;
    for (int end = -SIGKILL; end == -SIGKILL;) {
        story_restore(&of, contents);
        statements_left = crashes + 1;
        end = story_wait(story_fork(deploy, &of));
        g_autofree char *dump = story_dump(&of);
        if (end != -SIGKILL) {
            assert_int_equal(end, 0);
            assert_string_equal(dump, after);
            break;
        }
        crashes++;
        left_before += g_str_equal(dump, before);
        if (!g_str_equal(dump, before) && !g_str_equal(dump, after))
            fail_msg("killed after statement %u, the store is neither before nor after", crashes);
        if (g_str_equal(dump, before)) {
            statements_left = 0;
            assert_int_equal(deploy(&of), 0);
            assert_unchanged(&of, after);
        }
    }
    printf("deploy: killed after each of %u statements; %u times the store was the one before\n", crashes,
           left_before);
    assert_true(left_before > 0 && left_before < crashes);
    g_bytes_unref(contents);
    story_end(&of);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        STORY_TEST(guarantee_7_a_crash_after_any_statement_leaves_the_store_before_or_after)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
