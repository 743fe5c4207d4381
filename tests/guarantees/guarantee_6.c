/*
 * Guarantee 6: a writer that planned against an older plan id changes nothing; "there was no environment" is
 * such a condition too. (The other half of it, leases that are lost: stopped.c.)
 */
#include <stdatomic.h>
#include <stdio.h>
#include <unistd.h>

#include "story.h"

static void guarantee_6_who_planned_on_an_older_plan_changes_nothing(void **state G_GNUC_UNUSED)
{
    repoint_error error = REPOINT_ERROR_INIT;
    story of;
    story_begin(&of);
    story_given_shop(&of);
    repoint_store *annas = story_open(&of), *bens = story_open(&of);
    repoint_environment *anna = story_prod_like_dev(annas, "anna"), *ben = story_prod_like_dev(bens, "ben");
    assert_ok(repoint_promote(annas, anna, NULL, NULL, &error), &error);

    g_autofree char *after = story_dump(&of);
    repoint_promotion *promotion = NULL;
    of.now += 1000;
    assert_int_equal(repoint_promote(bens, ben, NULL, &promotion, &error), REPOINT_CONFLICT);
    assert_null(promotion);
    assert_int_equal(repoint_finalize(bens, ben, &error), REPOINT_CONFLICT);
    assert_int_equal(repoint_environment_finalized_ts(ben), 0);
    assert_unchanged(&of, after);
    repoint_promote_options careless = {.gap_check = REPOINT_GAPS_NONE, .statements_json = "[]"};
    assert_int_equal(repoint_promote(bens, ben, &careless, NULL, &error), REPOINT_CONFLICT);
    assert_unchanged(&of, after);

    assert_ok(repoint_finalize(annas, anna, &error), &error); /* she is not in the least disturbed */
    repoint_error_clear(&error);
    repoint_environment_free(anna);
    repoint_environment_free(ben);
    repoint_store_close(annas);
    repoint_store_close(bens);
    story_end(&of);
}

static void guarantee_6_of_two_first_promotions_one_wins(void **state G_GNUC_UNUSED)
{
    repoint_error error = REPOINT_ERROR_INIT;
    story of;
    story_begin(&of);
    repoint_store *annas = story_create(&of), *bens = story_open(&of);
    repoint_snapshot *orders = story_given_snapshot(annas, "orders", 1001, 1, 5);
    repoint_snapshot *other_orders = story_given_snapshot(annas, "orders", 2002, 1, 5);
    repoint_environment *anna = story_record("staging", "anna", NULL, &orders, 1);
    repoint_environment *ben = story_record("staging", "ben", NULL, &other_orders, 1);
    assert_ok(repoint_promote(annas, anna, NULL, NULL, &error), &error);
    g_autofree char *after = story_dump(&of);
    assert_int_equal(repoint_promote(bens, ben, NULL, NULL, &error), REPOINT_CONFLICT);
    assert_unchanged(&of, after);
    repoint_error_clear(&error);
    repoint_environment_free(anna);
    repoint_environment_free(ben);
    repoint_snapshot_free(orders);
    repoint_snapshot_free(other_orders);
    repoint_store_close(annas);
    repoint_store_close(bens);
    story_end(&of);
}

/* ---- many at once ---- */

enum { WRITERS = 4 };

typedef struct race {
    story *story;
    int start[2]; /* a pipe: closed by the test, it is the shot */
    int round;    /* 0: the environment does not exist yet */
    int writer;
    atomic_int *ready;
    atomic_int *results; /* a repoint_status for each writer */
} race;

static char *plan_id_of(int round, int writer)
{
    return g_strdup_printf("round %d, writer %d", round, writer);
}

/* Everybody plans on what the last round left, then all of them promote at once. Half of them have no
 * patience. */
static int take_part(void *context)
{
    race *of = context;
    repoint_error error = REPOINT_ERROR_INIT;
    repoint_store_options options = story_options(of->story);
    options.busy_seconds = of->writer % 2 == 0 ? 5 : 0.001;
    repoint_store *store = NULL;
    assert_ok(repoint_store_open(of->story->url, &options, &store, &error), &error);
    g_autofree char *plan_id = plan_id_of(of->round, of->writer);
    repoint_environment *record;
    if (of->round == 0) {
        repoint_snapshot *orders = story_snapshot("orders", 1001, 1, 5);
        record = story_record("staging", plan_id, NULL, &orders, 1);
        repoint_snapshot_free(orders);
    } else {
        record = story_environment(store, "staging");
        assert_ok(repoint_environment_begin_plan(record, plan_id, &error), &error);
    }
    close(of->start[1]);
    atomic_fetch_add(of->ready, 1);
    char none;
    assert_int_equal(read(of->start[0], &none, 1), 0);
    of->results[of->writer] = (int)repoint_promote(store, record, NULL, NULL, &error);
    repoint_error_clear(&error);
    repoint_environment_free(record);
    repoint_store_close(store);
    return 0;
}

static int the_winner(const atomic_int *results)
{
    int winner = -1;
    for (int i = 0; i < WRITERS; i++) {
        if (results[i] == REPOINT_OK) {
            assert_int_equal(winner, -1);
            winner = i;
        } else if (results[i] != REPOINT_CONFLICT && results[i] != REPOINT_BUSY) {
            fail_msg("writer %d: %s", i, repoint_status_name((repoint_status)results[i]));
        }
    }
    assert_int_not_equal(winner, -1);
    return winner;
}

static int run_round(story *of, int round, atomic_int *shared)
{
    race in = {.story = of, .round = round, .ready = shared, .results = shared + 1};
    pid_t processes[WRITERS];
    atomic_store(in.ready, 0);
    assert_int_equal(pipe(in.start), 0);
    for (in.writer = 0; in.writer < WRITERS; in.writer++)
        processes[in.writer] = story_fork(take_part, &in);
    while (atomic_load(in.ready) < WRITERS)
        g_thread_yield();
    close(in.start[1]);
    for (int i = 0; i < WRITERS; i++)
        assert_int_equal(story_wait(processes[i]), 0);
    close(in.start[0]);
    return the_winner(in.results);
}

static void guarantee_6_of_many_promotions_at_once_exactly_one_wins(void **state G_GNUC_UNUSED)
{
    story of;
    story_begin(&of);
    repoint_store *store = story_create(&of);
    repoint_snapshot_free(story_given_snapshot(store, "orders", 1001, 1, 5));
    repoint_store_close(store);
    size_t size = (WRITERS + 1) * sizeof(atomic_int);
    atomic_int *shared = story_share(size);
    int rounds = (int)story_count(10, 300, "rounds"), losers[2] = {0};
    for (int round = 0; round < rounds; round++) {
        int winner = run_round(&of, round, shared);
        g_autofree char *plan_id = plan_id_of(round, winner);
        g_autofree char *stored =
            story_query(&of, "SELECT plan_id FROM _environments WHERE name = 'staging'");
        assert_string_equal(stored, plan_id);
        for (int i = 0; i < WRITERS; i++)
            losers[shared[1 + i] == REPOINT_BUSY] += i != winner;
    }
    printf("%d rounds of %d writers: one winner each, %d conflicts, %d busy\n", rounds, WRITERS, losers[0],
           losers[1]);
    story_unshare(shared, size);
    story_end(&of);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(guarantee_6_who_planned_on_an_older_plan_changes_nothing),
        cmocka_unit_test(guarantee_6_of_two_first_promotions_one_wins),
        STORY_TEST(guarantee_6_of_many_promotions_at_once_exactly_one_wins),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
