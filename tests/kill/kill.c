/*
 * kill -9 at random moments.
 *
 * A worker process does one change after another on the shop's store and tells through a pipe when it begins
 * and when it has done each. It is killed at a random moment of a random step. What is then in the file must
 * be, to the letter, what it is before that step or after it; what the worker was told is done must be there.
 */
#include <glib/gstdio.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "story.h"

/* ---- the steps ---- */

static repoint_status push(story *of G_GNUC_UNUSED, repoint_store *store, repoint_error *error)
{
    repoint_snapshot *snapshots[40];
    for (unsigned i = 0; i < G_N_ELEMENTS(snapshots); i++)
        snapshots[i] = story_snapshot("orders", 1001 + i, 1, 5);
    size_t added = 0;
    repoint_status status = repoint_push(store, (const repoint_snapshot *const *)snapshots,
                                         G_N_ELEMENTS(snapshots), &added, error);
    for (unsigned i = 0; i < G_N_ELEMENTS(snapshots); i++)
        repoint_snapshot_free(snapshots[i]);
    return status;
}

static repoint_status promote(story *of G_GNUC_UNUSED, repoint_store *store, repoint_error *error)
{
    repoint_environment *prod = story_prod_like_dev(store, "promoted");
    repoint_promote_options options = {
        .statements_json = "[{\"before_all\":[\"SELECT 1\"],\"after_all\":[],\"python_env\":{}}]"};
    repoint_status status = repoint_promote(store, prod, &options, NULL, error);
    repoint_environment_free(prod);
    return status;
}

static repoint_status finalize(story *of G_GNUC_UNUSED, repoint_store *store, repoint_error *error)
{
    repoint_environment *prod = story_environment(store, "prod");
    repoint_status status = repoint_finalize(store, prod, error);
    repoint_environment_free(prod);
    return status;
}

static repoint_snapshot_list *daily_revenue(repoint_store *store)
{
    repoint_error error = REPOINT_ERROR_INIT;
    repoint_environment *dev = story_environment(store, "dev");
    repoint_snapshot_list *list = NULL;
    for (size_t i = 0; i < repoint_environment_table_count(dev); i++) {
        const repoint_table *table = repoint_environment_table(dev, i);
        repoint_snapshot_id id = {repoint_table_name(table), repoint_table_identifier(table)};
        if (g_str_equal(id.name, STORY_SHOP_DAILY_REVENUE))
            assert_ok(repoint_snapshots_get(store, &id, 1, &list, &error), &error);
    }
    repoint_environment_free(dev);
    return list;
}

static const repoint_range two_days = {"2026-01-02", "2026-01-03"};

static repoint_status intervals_remove(story *of G_GNUC_UNUSED, repoint_store *store, repoint_error *error)
{
    repoint_snapshot_list *list = daily_revenue(store);
    repoint_status status =
        repoint_intervals_remove(store, repoint_snapshot_list_at(list, 0), &two_days, true, NULL, error);
    repoint_snapshot_list_free(list);
    return status;
}

static repoint_status intervals_add(story *of G_GNUC_UNUSED, repoint_store *store, repoint_error *error)
{
    repoint_snapshot_list *list = daily_revenue(store);
    repoint_status status =
        repoint_intervals_add(store, repoint_snapshot_list_at(list, 0), &two_days, false, NULL, error);
    repoint_snapshot_list_free(list);
    return status;
}

static repoint_status compact(story *of G_GNUC_UNUSED, repoint_store *store, repoint_error *error)
{
    return repoint_intervals_compact(store, NULL, NULL, error);
}

static repoint_status import(story *of G_GNUC_UNUSED, repoint_store *store, repoint_error *error)
{
    return repoint_import(store, story_shop_file(), false, NULL, error);
}

static repoint_status import_replacing(story *of G_GNUC_UNUSED, repoint_store *store, repoint_error *error)
{
    return repoint_import(store, story_shop_file(), true, NULL, error);
}

static repoint_status export(story *of, repoint_store *store, repoint_error *error)
{
    g_autofree char *path = story_path(of, "export.json");
    return repoint_export(store, path, NULL, NULL, error);
}

static const struct {
    const char *name;
    repoint_status (*run)(story *of, repoint_store *store, repoint_error *error);
} steps[] = {
    {"push", push},
    {"promote", promote},
    {"finalize", finalize},
    {"intervals remove", intervals_remove},
    {"intervals add", intervals_add},
    {"intervals compact", compact},
    {"import", import},
    {"export", export},
    {"import replacing", import_replacing},
};
enum { STEP_COUNT = G_N_ELEMENTS(steps) };

static void take_step(story *of, repoint_store *store, size_t step)
{
    repoint_error error = REPOINT_ERROR_INIT;
    of->now = STORY_NOW + (int64_t)step; /* the same clock and ids in every run */
    of->chance = (uint64_t)(step + 1) << 32;
    assert_ok(steps[step].run(of, store, &error), &error);
}

/* ---- the valid states ---- */

typedef struct shop {
    story story;
    GBytes *contents; /* of the file before the first step */
    char *dumps[STEP_COUNT + 1];
    char *export;
    int64_t microseconds[STEP_COUNT]; /* that each step took a worker */
} shop;

static void take_all_steps(shop *of)
{
    of->dumps[0] = story_dump(&of->story);
    repoint_store *store = story_open(&of->story);
    for (size_t i = 0; i < STEP_COUNT; i++) {
        take_step(&of->story, store, i);
        of->dumps[i + 1] = story_dump(&of->story);
        bool is_same = g_str_equal(of->dumps[i], of->dumps[i + 1]);
        assert_true(is_same == (steps[i].run == export));
    }
    repoint_store_close(store);
    g_autofree char *path = story_path(&of->story, "export.json");
    assert_true(g_file_get_contents(path, &of->export, NULL, NULL));
}

/* ---- the worker ---- */

typedef struct worker {
    shop *shop;
    int pipe[2];
} worker;

static void tell(const worker *of, char what)
{
    assert_int_equal(write(of->pipe[1], &what, 1), 1);
}

static int work(void *context)
{
    worker *of = context;
    close(of->pipe[0]);
    repoint_store *store = story_open(&of->shop->story);
    for (size_t i = 0; i < STEP_COUNT; i++) {
        tell(of, 'b');
        take_step(&of->shop->story, store, i);
        tell(of, 'd');
    }
    repoint_store_close(store);
    return 0;
}

static pid_t start(worker *of, shop *in)
{
    g_autofree char *path = story_path(&in->story, "export.json");
    g_unlink(path);
    story_restore(&in->story, in->contents);
    of->shop = in;
    assert_int_equal(pipe(of->pipe), 0);
    pid_t process = story_fork(work, of);
    close(of->pipe[1]);
    return process;
}

/* What the worker has told: how many steps it has begun and done. Returns false at the end. */
static bool listen_once(const worker *of, size_t *begun, size_t *done)
{
    char what;
    ssize_t size = read(of->pipe[0], &what, 1);
    assert_true(size >= 0);
    *begun += size > 0 && what == 'b';
    *done += size > 0 && what == 'd';
    return size > 0;
}

static void measure(shop *in)
{
    worker of;
    pid_t process = start(&of, in);
    size_t begun = 0, done = 0;
    int64_t since = 0;
    while (listen_once(&of, &begun, &done)) {
        if (begun == done)
            in->microseconds[done - 1] = g_get_monotonic_time() - since;
        else
            since = g_get_monotonic_time();
    }
    close(of.pipe[0]);
    assert_int_equal(story_wait(process), 0);
    assert_int_equal(done, STEP_COUNT);
}

/* ---- the kill ---- */

static void check_file(shop *in, size_t begun, size_t done)
{
    g_autofree char *dump = story_dump(&in->story);
    if (g_str_equal(dump, in->dumps[done]) || g_str_equal(dump, in->dumps[begun]))
        return;
    g_autofree char *before = story_difference(in->dumps[done], dump);
    g_autofree char *after = story_difference(dump, in->dumps[begun]);
    fail_msg("killed in %s, the store is neither what it was:\n%sbut, nor what it should become:\n%s",
             steps[done].name, before, after);
}

/* An exported file is whole, or not there; a left-over has another name. */
static void check_export(shop *in)
{
    g_autofree char *path = story_path(&in->story, "export.json");
    g_autofree char *text = NULL;
    if (g_file_get_contents(path, &text, NULL, NULL))
        assert_string_equal(text, in->export);
}

static void wait_until(int64_t moment)
{
    for (int64_t left; (left = moment - g_get_monotonic_time()) > 0;) {
        struct timespec time = {.tv_sec = left / G_USEC_PER_SEC, .tv_nsec = left % G_USEC_PER_SEC * 1000};
        ppoll(NULL, 0, &time, NULL);
    }
}

/* Kills a worker in `step`, `after` its beginning. Returns false when the worker was faster. */
static bool kill_once(shop *in, size_t step, int64_t after)
{
    worker of;
    pid_t process = start(&of, in);
    size_t begun = 0, done = 0;
    while (begun <= step)
        assert_true(listen_once(&of, &begun, &done));
    wait_until(g_get_monotonic_time() + after);
    assert_int_equal(kill(process, SIGKILL), 0);
    while (listen_once(&of, &begun, &done))
        ;
    close(of.pipe[0]);
    int end = story_wait(process);
    assert_true(end == -SIGKILL || (end == 0 && done == STEP_COUNT));
    check_file(in, begun, done);
    check_export(in);
    return end == -SIGKILL && begun > done;
}

static void killed_at_any_moment_the_store_is_the_one_before_or_after(void **state G_GNUC_UNUSED)
{
    uint64_t chance = story_seed("kill");
    unsigned wanted = story_count(20, 200, "kills"), landed = 0, in_step[STEP_COUNT] = {0};
    shop in = {0};
    story_begin(&in.story);
    story_given_shop(&in.story);
    in.contents = story_save(&in.story);
    take_all_steps(&in);
    measure(&in);
    for (unsigned tries = 0; landed < wanted; tries++) {
        assert_true(tries < 20 * wanted);
        size_t step = story_below(&chance, STEP_COUNT);
        if (kill_once(&in, step, (int64_t)story_below(&chance, (uint64_t)in.microseconds[step] + 1))) {
            landed++;
            in_step[step]++;
        }
    }
    printf("killed in the middle of a step %u times:", landed);
    for (size_t i = 0; i < STEP_COUNT; i++)
        printf(" %s %u%s", steps[i].name, in_step[i], i + 1 < STEP_COUNT ? "," : "\n");
    assert_true(landed > 0);
    for (size_t i = 0; i <= STEP_COUNT; i++)
        g_free(in.dumps[i]);
    g_free(in.export);
    g_bytes_unref(in.contents);
    story_end(&in.story);
}

int main(void)
{
    const struct CMUnitTest tests[] = {STORY_TEST(killed_at_any_moment_the_store_is_the_one_before_or_after)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
