/*
 * Deployments that are killed (kill -9) at random moments.
 *
 * A process deploys the release that prod does not show. It is killed; somebody else goes on with what it had
 * begun, or takes it back. Record, views, journal and revisions agree on one of the two releases then, and
 * nothing is left over. The lease of a process that has died on this host need not be waited for.
 */
#include <signal.h>
#include <stdio.h>
#include <time.h>
#include <unistd.h>

#include "place.h"

typedef struct killing {
    place place;
    uint64_t chance;
    release shown;
    release target;
    int started[2]; /* a pipe: closed when the deployment begins */
    int64_t longest_us;
    unsigned landed;
    unsigned taken_back;
} killing;

static int deploy(void *context)
{
    killing *of = context;
    repoint_error error = REPOINT_ERROR_INIT;
    repoint_store *store = place_open(&of->place);
    repoint_plan *plan = place_plan(&of->place, store, of->target, NULL);
    repoint_deployment *deployment = NULL;
    close(of->started[0]);
    close(of->started[1]);
    assert_ok(repoint_deploy(store, plan, NULL, &deployment, &error), &error);
    repoint_deployment_close(deployment);
    repoint_plan_free(plan);
    repoint_store_close(store);
    return 0;
}

/* Starts a process, and returns when it begins to deploy. */
static pid_t start(killing *of)
{
    char none;
    of->target = of->shown == BLUE ? GREEN : BLUE;
    of->place.story.now += 1000;
    of->place.story.chance += UINT64_C(1) << 32;
    assert_int_equal(pipe(of->started), 0);
    pid_t process = story_fork(deploy, of);
    close(of->started[1]);
    assert_int_equal(read(of->started[0], &none, 1), 0);
    close(of->started[0]);
    of->place.deployments++; /* as the process has done */
    of->place.story.chance += UINT64_C(1) << 32;
    return process;
}

static void measure(killing *of)
{
    pid_t process = start(of);
    gint64 since = g_get_monotonic_time();
    assert_int_equal(story_wait(process), 0);
    of->longest_us = g_get_monotonic_time() - since;
    of->shown = of->target;
}

static void wait_until(int64_t moment)
{
    for (int64_t left; (left = moment - g_get_monotonic_time()) > 0;) {
        struct timespec time = {.tv_sec = left / G_USEC_PER_SEC, .tv_nsec = left % G_USEC_PER_SEC * 1000};
        nanosleep(&time, NULL);
    }
}

static void kill_once(killing *of)
{
    pid_t process = start(of);
    int64_t after = (int64_t)story_below(&of->chance, (uint64_t)of->longest_us + 1);
    bool abandon = story_below(&of->chance, 2) == 1;
    release from = of->shown;
    wait_until(g_get_monotonic_time() + after);
    kill(process, SIGKILL);
    int end = story_wait(process);
    assert_true(end == -SIGKILL || end == 0);
    of->landed += end == -SIGKILL;
    g_autofree char *when =
        g_strdup_printf("killed after %d us, then %s", (int)after, abandon ? "abandon" : "resume");
    g_autofree char *id = g_strdup_printf("plan-%u", of->place.deployments);
    place_look(&of->place, when);
    place_recover(&of->place, abandon);
    of->shown = place_check(&of->place, id, of->target, when);
    of->taken_back += of->shown == from;
}

static void kill_often(const char *name, place_kind state, place_kind warehouse, bool one, unsigned share,
                       unsigned full)
{
    killing of = {.shown = BLUE, .chance = story_seed(name)};
    unsigned wanted = story_count(share, full, "kills of a deployment");
    place_begin(&of.place, state, warehouse, one);
    measure(&of);
    for (unsigned tries = 0; of.landed < wanted; tries++) {
        assert_true(tries < 20 * wanted);
        kill_once(&of);
    }
    printf("%s: killed in the middle of a deployment %u times; %u were taken back, or had not begun\n", name,
           of.landed, of.taken_back);
    place_end(&of.place);
}

static void sqlite_alone(void **state G_GNUC_UNUSED)
{
    kill_often("sqlite", PLACE_SQLITE, PLACE_SQLITE, true, 20, 500);
}

static void sqlite_and_sqlite(void **state G_GNUC_UNUSED)
{
    kill_often("sqlite and sqlite", PLACE_SQLITE, PLACE_SQLITE, false, 20, 500);
}

static void postgres_alone(void **state G_GNUC_UNUSED)
{
    kill_often("postgres", PLACE_POSTGRES, PLACE_POSTGRES, true, 20, 500);
}

static void sqlite_and_postgres(void **state G_GNUC_UNUSED)
{
    kill_often("sqlite and postgres", PLACE_SQLITE, PLACE_POSTGRES, false, 20, 500);
}

static void postgres_and_duckdb(void **state G_GNUC_UNUSED)
{
    kill_often("postgres and duckdb", PLACE_POSTGRES, PLACE_DUCKDB, false, 10, 250);
}

static void mariadb_alone(void **state G_GNUC_UNUSED)
{
    kill_often("mariadb", PLACE_MARIADB, PLACE_MARIADB, true, 10, 500);
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        STORY_TEST(sqlite_alone),        STORY_TEST(sqlite_and_sqlite),   STORY_TEST(postgres_alone),
        STORY_TEST(sqlite_and_postgres), STORY_TEST(postgres_and_duckdb), STORY_TEST(mariadb_alone),
    };
    if (argc > 1)
        cmocka_set_test_filter(argv[1]);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
