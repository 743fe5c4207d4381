/*
 * Guarantee 7: a crash leaves readers with what was before the deployment or with what is after it, and what
 * is left of the deployment can be finished or taken back.
 *
 * The process is killed by itself right after its 1st statement, its 2nd, and so on. (Random moments, and
 * other databases: tests/kill.)
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
    assert_ok(repoint_deploy(store, plan, NULL, &deployment, &error), &error);
    repoint_deployment_close(deployment);
    repoint_plan_free(plan);
    repoint_store_close(store);
    return 0;
}

/* What readers and other programs see: candidates are nobody's yet. */
static char *without_candidates(const char *dump)
{
    g_auto(GStrv) lines = g_strsplit(dump, "\n", -1);
    GString *rest = g_string_new(NULL);
    for (size_t i = 0; lines[i] != NULL; i++) {
        if (strstr(lines[i], "__next.") == NULL)
            g_string_append_printf(rest, "%s\n", lines[i]);
    }
    return g_string_free(rest, FALSE);
}

/* Continues what the crash left, or takes it back; then there is nothing open. */
static repoint_status recover(story *of, bool abandon)
{
    repoint_error error = REPOINT_ERROR_INIT;
    repoint_store *store = NULL;
    repoint_deployment *deployment = NULL;
    repoint_store_options options = story_options(of);
    assert_ok(repoint_store_open(of->url, &options, &store, &error), &error);
    repoint_status status = abandon ? repoint_deployment_open(store, "prod", NULL, &deployment, &error)
                                    : repoint_resume(store, "prod", NULL, &deployment, &error);
    if (abandon && status == REPOINT_OK)
        status = repoint_deployment_abandon(deployment, &error);
    if (status != REPOINT_OK && status != REPOINT_NOT_FOUND && status != REPOINT_REFUSED)
        assert_ok(status, &error);
    repoint_error_clear(&error);
    repoint_deployment_close(deployment);
    if (status == REPOINT_REFUSED) { /* the views have changed: only going on is left */
        deployment = NULL;
        assert_ok(repoint_resume(store, "prod", NULL, &deployment, &error), &error);
        repoint_deployment_close(deployment);
    }
    char *json = NULL;
    assert_ok(repoint_deployment_status(store, "prod", &json, &error), &error);
    assert_non_null(strstr(json, "\"deployment\":null"));
    assert_non_null(strstr(json, "\"lease\":null"));
    repoint_free(json);
    repoint_store_close(store);
    return status;
}

static void crash_everywhere(bool abandon)
{
    story of;
    story_begin(&of);
    story_given_shop(&of);
    g_autofree char *before = story_dump(&of);
    g_autofree char *seen_before = without_candidates(before);
    GBytes *contents = story_save(&of);
    statements_left = 0;
    assert_int_equal(deploy(&of), 0);
    g_autofree char *after = story_dump(&of);
    g_autofree char *seen_after = without_candidates(after);

    unsigned crashes = 0, left_before = 0;
    for (int end = -SIGKILL; end == -SIGKILL; crashes++) {
        story_restore(&of, contents);
        statements_left = crashes + 1;
        end = story_wait(story_fork(deploy, &of));
        g_autofree char *dump = story_dump(&of);
        g_autofree char *seen = without_candidates(dump);
        bool is_before = g_str_equal(seen, seen_before);
        if (!is_before && !g_str_equal(seen, seen_after))
            fail_msg("killed after statement %u, readers see neither what was before nor what is after",
                     crashes + 1);
        left_before += is_before;
        recover(&of, abandon);
        g_autofree char *recovered = story_dump(&of);
        if (!g_str_equal(recovered, before) && !g_str_equal(recovered, after))
            fail_msg("killed after statement %u and recovered, something is left over", crashes + 1);
        if (abandon)
            assert_true(g_str_equal(recovered, is_before ? before : after));
        if (end != -SIGKILL)
            assert_int_equal(end, 0);
    }
    printf("deploy: killed after each of %u statements; %u times readers saw what was before\n", crashes - 1,
           left_before);
    assert_true(left_before > 0 && left_before < crashes);
    g_bytes_unref(contents);
    story_end(&of);
}

static void guarantee_7_a_crash_after_any_statement_can_be_resumed(void **state G_GNUC_UNUSED)
{
    crash_everywhere(false);
}

static void guarantee_7_a_crash_after_any_statement_can_be_taken_back(void **state G_GNUC_UNUSED)
{
    crash_everywhere(true);
}

int main(void)
{
    const struct CMUnitTest tests[] = {STORY_TEST(guarantee_7_a_crash_after_any_statement_can_be_resumed),
                                       STORY_TEST(guarantee_7_a_crash_after_any_statement_can_be_taken_back)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
