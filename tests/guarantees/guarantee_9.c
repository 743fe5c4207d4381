/*
 * Guarantee 9: merged intervals are the same before and after compaction.
 *
 * Random logs of a shop's days: added, added for development, marked for restatement, taken away from one
 * snapshot or from all of a version. Two things are compared, both as every snapshot is loaded: a store
 * before and right after its compaction; and a store that is compacted now and then with one that never is,
 * after the same history.
 */
#include <stdio.h>
#include <string.h>

#include "story.h"

enum { SNAPSHOT_COUNT = 5, HISTORY = 30 };

typedef struct shop {
    story story;
    repoint_store *store;
    repoint_snapshot *snapshots[SNAPSHOT_COUNT];
} shop;

/* orders in two versions; the first one is written by three snapshots; and customers, another model. */
static repoint_snapshot *snapshot_number(size_t number)
{
    static const struct {
        const char *model;
        unsigned own; /* what tells the snapshots apart */
        const char *version;
    } kinds[SNAPSHOT_COUNT] = {{"orders", 1001, "1001"},
                               {"orders", 1002, "1001"},
                               {"orders", 1003, "1001"},
                               {"orders", 2002, "2002"},
                               {"customers", 1001, "1001"}};
    repoint_error error = REPOINT_ERROR_INIT;
    g_autofree char *text = story_snapshot_json(kinds[number].model, kinds[number].own, 1, 0);
    g_autofree char *own = g_strdup_printf(",\"version\":\"%u\"", kinds[number].own);
    g_autofree char *shared = g_strdup_printf(",\"version\":\"%s\"", kinds[number].version);
    g_auto(GStrv) parts = g_strsplit(text, own, -1);
    assert_int_equal(g_strv_length(parts), 2);
    g_autofree char *json = g_strjoinv(shared, parts);
    repoint_snapshot *snapshot = NULL;
    assert_ok(repoint_snapshot_from_json(json, strlen(json), &snapshot, &error), &error);
    return snapshot;
}

static void shop_open(shop *of)
{
    repoint_error error = REPOINT_ERROR_INIT;
    story_begin(&of->story);
    repoint_store_options options = story_options(&of->story);
    assert_ok(repoint_store_create("memory:", &options, NULL, &of->store, NULL, &error), &error);
    for (size_t i = 0; i < SNAPSHOT_COUNT; i++)
        of->snapshots[i] = snapshot_number(i);
    assert_ok(
        repoint_push(of->store, (const repoint_snapshot *const *)of->snapshots, SNAPSHOT_COUNT, NULL, &error),
        &error);
}

static void shop_close(shop *of)
{
    for (size_t i = 0; i < SNAPSHOT_COUNT; i++)
        repoint_snapshot_free(of->snapshots[i]);
    repoint_store_close(of->store);
    story_end(&of->story);
}

/* Every snapshot as it is loaded. */
static char *load_all(shop *of)
{
    repoint_error error = REPOINT_ERROR_INIT;
    repoint_snapshot_id ids[SNAPSHOT_COUNT];
    for (size_t i = 0; i < SNAPSHOT_COUNT; i++)
        ids[i] = (repoint_snapshot_id){repoint_snapshot_name(of->snapshots[i]),
                                       repoint_snapshot_identifier(of->snapshots[i])};
    repoint_snapshot_list *list = NULL;
    assert_ok(repoint_snapshots_get(of->store, ids, SNAPSHOT_COUNT, &list, &error), &error);
    assert_int_equal(repoint_snapshot_list_count(list), SNAPSHOT_COUNT);
    GString *text = g_string_new(NULL);
    for (size_t i = 0; i < SNAPSHOT_COUNT; i++) {
        char *json = repoint_snapshot_to_json(repoint_snapshot_list_at(list, i));
        g_string_append_printf(text, "%s%s", i > 0 ? "\n" : "", json);
        repoint_free(json);
    }
    repoint_snapshot_list_free(list);
    return g_string_free(text, FALSE);
}

/* ---- what happens ---- */

typedef enum event_kind { ADD, ADD_MORE, ADD_DEV, REMOVE, REMOVE_SHARED, RESTATE, EVENT_KINDS } event_kind;

typedef struct event {
    event_kind kind;
    size_t snapshot;
    int first_day;
    int days;
} event;

static event random_event(uint64_t *chance)
{
    return (event){.kind = (event_kind)story_below(chance, EVENT_KINDS),
                   .snapshot = story_below(chance, SNAPSHOT_COUNT),
                   .first_day = 1 + (int)story_below(chance, 20),
                   .days = 1 + (int)story_below(chance, 6)};
}

/* A snapshot object that carries what a run of it found to be restated. */
static repoint_status restate(shop *of, const event *what, repoint_error *error)
{
    char *text = repoint_snapshot_to_json(of->snapshots[what->snapshot]);
    g_auto(GStrv) parts = g_strsplit(text, "\"pending_restatement_intervals\":[", 2);
    assert_int_equal(g_strv_length(parts), 2);
    int64_t start = STORY_DAY_1 + (what->first_day - 1) * STORY_DAY;
    g_autofree char *json =
        g_strdup_printf("%s\"pending_restatement_intervals\":[[%" G_GINT64_FORMAT ",%" G_GINT64_FORMAT "]%s",
                        parts[0], start, start + what->days * STORY_DAY, parts[1]);
    repoint_snapshot *snapshot = NULL;
    repoint_status status = repoint_snapshot_from_json(json, strlen(json), &snapshot, error);
    const repoint_snapshot *list[] = {snapshot};
    if (status == REPOINT_OK)
        status = repoint_intervals_add_many(of->store, list, 1, error);
    repoint_snapshot_free(snapshot);
    repoint_free(text);
    return status;
}

static void happen(shop *of, const event *what)
{
    repoint_error error = REPOINT_ERROR_INIT;
    const repoint_snapshot *snapshot = of->snapshots[what->snapshot];
    g_autofree char *first = g_strdup_printf("2026-01-%02d", what->first_day);
    g_autofree char *last = g_strdup_printf("2026-01-%02d", what->first_day + what->days - 1);
    repoint_range range = {first, last};
    repoint_status status = REPOINT_OK;
    switch (what->kind) {
    case REMOVE:
    case REMOVE_SHARED:
        status =
            repoint_intervals_remove(of->store, snapshot, &range, what->kind == REMOVE_SHARED, NULL, &error);
        break;
    case RESTATE: status = restate(of, what, &error); break;
    default: status = repoint_intervals_add(of->store, snapshot, &range, what->kind == ADD_DEV, NULL, &error);
    }
    assert_ok(status, &error);
}

/* By how many rows the log gets shorter: by none or less, where one row had taken a day from several ranges.
 */
static int compact(shop *of)
{
    repoint_error error = REPOINT_ERROR_INIT;
    size_t before = 0, after = 0;
    assert_ok(repoint_intervals_compact(of->store, &before, &after, &error), &error);
    return (int)before - (int)after;
}

/* ---- the tests ---- */

static void guarantee_9_compaction_changes_nothing_that_is_read(void **state G_GNUC_UNUSED)
{
    uint64_t seed = story_seed("guarantee 9");
    int saved = 0;
    unsigned histories = story_count(40, 5000, "histories");
    for (unsigned history = 0; history < histories; history++) {
        uint64_t chance = seed + history;
        shop of;
        shop_open(&of);
        for (int i = 0; i < HISTORY; i++) {
            of.story.now += (int64_t)story_below(&chance, 8000) - 3000; /* clocks differ */
            event what = random_event(&chance);
            happen(&of, &what);
            if (story_below(&chance, 5) > 0)
                continue;
            g_autofree char *before = load_all(&of);
            saved += compact(&of);
            g_autofree char *after = load_all(&of);
            g_autofree char *difference = story_difference(before, after);
            if (difference != NULL)
                fail_msg("seed %" G_GUINT64_FORMAT ", event %d:\n%s", seed + history, i, difference);
        }
        shop_close(&of);
    }
    printf("%u histories of %d events, %d rows saved\n", histories, HISTORY, saved);
    assert_true(saved > 0);
}

static void guarantee_9_a_compacted_store_stays_like_one_that_never_is(void **state G_GNUC_UNUSED)
{
    uint64_t seed = story_seed("guarantee 9");
    unsigned histories = story_count(40, 5000, "histories");
    for (unsigned history = 0; history < histories; history++) {
        uint64_t chance = seed + history;
        shop tidy, untidy;
        shop_open(&tidy);
        shop_open(&untidy);
        for (int i = 0; i < HISTORY; i++) {
            tidy.story.now = untidy.story.now += 1 + (int64_t)story_below(&chance, 5000);
            event what = random_event(&chance);
            happen(&tidy, &what);
            happen(&untidy, &what);
            tidy.story.now++;
            if (story_below(&chance, 4) == 0)
                compact(&tidy);
        }
        g_autofree char *left = load_all(&tidy), *right = load_all(&untidy);
        g_autofree char *difference = story_difference(left, right);
        if (difference != NULL)
            fail_msg("seed %" G_GUINT64_FORMAT ":\n%s", seed + history, difference);
        shop_close(&tidy);
        shop_close(&untidy);
    }
    printf("%u histories of %d events with and without compaction\n", histories, HISTORY);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(guarantee_9_compaction_changes_nothing_that_is_read),
        cmocka_unit_test(guarantee_9_a_compacted_store_stays_like_one_that_never_is),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
