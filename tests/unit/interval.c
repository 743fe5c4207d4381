/* Sets of intervals: the cases by name, then many random ones against a set of single instants. */
#include <string.h>

#include "model/interval.h"
#include "support.h"

static rp_intervals set_of(const char *json)
{
    g_autoptr(rp_json) document = NULL;
    rp_intervals set = {0};
    repoint_error error = REPOINT_ERROR_INIT;
    assert_ok(rp_json_parse(json, strlen(json), "set", &document, &error), &error);
    assert_ok(rp_intervals_from_json(rp_json_root(document), "set", &set, &error), &error);
    return set;
}

static void assert_set(const rp_intervals *set, const char *expected)
{
    g_autoptr(GString) text = g_string_new(NULL);
    rp_json_writer writer = RP_JSON_WRITER(text, RP_JSON_COMPACT);
    rp_intervals_write(&writer, set);
    assert_string_equal(text->str, expected);
}

static void backfill_in_any_order_becomes_one_interval(void **state)
{
    (void)state;
    g_auto(rp_intervals) orders = {0};
    rp_intervals_add(&orders, (rp_interval){20, 30});
    rp_intervals_add(&orders, (rp_interval){0, 10});
    assert_set(&orders, "[[0,10],[20,30]]");
    rp_intervals_add(&orders, (rp_interval){10, 20});
    assert_set(&orders, "[[0,30]]");
    rp_intervals_add(&orders, (rp_interval){5, 8});
    assert_set(&orders, "[[0,30]]");
    rp_intervals_add(&orders, (rp_interval){-5, 40});
    assert_set(&orders, "[[-5,40]]");
}

static void an_interval_without_an_instant_changes_nothing(void **state)
{
    (void)state;
    g_auto(rp_intervals) orders = set_of("[[0,10]]");
    rp_intervals_add(&orders, (rp_interval){20, 20});
    rp_intervals_add(&orders, (rp_interval){30, 20});
    rp_intervals_remove(&orders, (rp_interval){5, 5});
    rp_intervals_remove(&orders, (rp_interval){8, 3});
    assert_set(&orders, "[[0,10]]");
    assert_true(rp_intervals_cover(&orders, (rp_interval){50, 50}));
}

static void a_restatement_cuts_a_hole(void **state)
{
    (void)state;
    g_auto(rp_intervals) orders = set_of("[[0,30],[40,50],[60,70]]");
    rp_intervals_remove(&orders, (rp_interval){10, 20});
    assert_set(&orders, "[[0,10],[20,30],[40,50],[60,70]]");
    rp_intervals_remove(&orders, (rp_interval){25, 65});
    assert_set(&orders, "[[0,10],[20,25],[65,70]]");
    rp_intervals_remove(&orders, (rp_interval){10, 20});
    rp_intervals_remove(&orders, (rp_interval){70, 90});
    assert_set(&orders, "[[0,10],[20,25],[65,70]]");
    rp_intervals_remove(&orders, (rp_interval){0, 70});
    assert_set(&orders, "[]");
    rp_intervals_remove(&orders, (rp_interval){0, 70});
    assert_set(&orders, "[]");
}

static void only_one_interval_covers_a_range(void **state)
{
    (void)state;
    g_auto(rp_intervals) orders = set_of("[[0,10],[11,20]]");
    assert_true(rp_intervals_cover(&orders, (rp_interval){0, 10}));
    assert_true(rp_intervals_cover(&orders, (rp_interval){12, 20}));
    assert_false(rp_intervals_cover(&orders, (rp_interval){9, 12}));
    assert_false(rp_intervals_cover(&orders, (rp_interval){-1, 5}));
    assert_false(rp_intervals_cover(&orders, (rp_interval){15, 21}));
    assert_false(rp_intervals_cover(&orders, (rp_interval){20, 21}));
}

static void a_stored_list_may_be_unordered(void **state)
{
    (void)state;
    g_auto(rp_intervals) orders = set_of("[[20,30],[0,10],[5,12],[30,31],[7,7]]");
    assert_set(&orders, "[[0,12],[20,31]]");
    g_auto(rp_intervals) copy;
    rp_intervals_copy(&copy, &orders);
    rp_intervals_clear(&orders);
    assert_set(&copy, "[[0,12],[20,31]]");
    assert_set(&orders, "[]");
}

static void what_is_no_list_of_pairs_is_refused(void **state)
{
    (void)state;
    static const char *const wrong[] = {"{}",          "[1]",       "[[1]]",     "[[1,2,3]]",
                                        "[[1,\"2\"]]", "[[1,2.5]]", "[[1,1e30]]"};
    for (size_t i = 0; i < G_N_ELEMENTS(wrong); i++) {
        g_autoptr(rp_json) document = NULL;
        rp_intervals set = {0};
        repoint_error error = REPOINT_ERROR_INIT;
        assert_ok(rp_json_parse(wrong[i], strlen(wrong[i]), "set", &document, &error), &error);
        assert_int_equal(rp_intervals_from_json(rp_json_root(document), "orders", &set, &error),
                         REPOINT_INVALID);
        assert_non_null(strstr(error.message, "orders"));
        assert_null(set.items);
        repoint_error_clear(&error);
    }
}

/* ---- against a set of instants ---- */

#define INSTANTS 48

static void mark(bool *instants, rp_interval interval, bool value)
{
    for (int64_t at = interval.start; at < interval.end; at++)
        instants[at] = value;
}

static void assert_same(const rp_intervals *set, const bool *instants)
{
    bool marked[INSTANTS] = {false};
    for (size_t i = 0; i < set->count; i++) {
        assert_true(set->items[i].start < set->items[i].end);
        assert_true(i == 0 || set->items[i - 1].end < set->items[i].start);
        mark(marked, set->items[i], true);
    }
    assert_memory_equal(marked, instants, sizeof(marked));
}

static rp_interval random_interval(GRand *dice)
{
    int64_t start = g_rand_int_range(dice, 0, INSTANTS);
    return (rp_interval){start, g_rand_int_range(dice, 0, (int)MIN(INSTANTS, start + 10))};
}

static void assert_covers_as(const rp_intervals *set, const bool *instants, rp_interval interval)
{
    bool all = true;
    for (int64_t at = interval.start; at < interval.end; at++)
        all = all && instants[at];
    assert_int_equal(rp_intervals_cover(set, interval), all);
}

static void random_changes_keep_the_set_exact(void **state)
{
    (void)state;
    g_autoptr(GRand) dice = g_rand_new_with_seed(20260101);
    for (int round = 0; round < 500; round++) {
        g_auto(rp_intervals) set = {0};
        g_auto(rp_intervals) other = {0};
        bool instants[INSTANTS] = {false};
        for (int step = 0; step < 40; step++) {
            rp_interval interval = random_interval(dice);
            bool add = g_rand_int_range(dice, 0, 5) < 3;
            if (add)
                rp_intervals_add(&set, interval);
            else
                rp_intervals_remove(&set, interval);
            mark(instants, interval, add);
            assert_same(&set, instants);
            assert_covers_as(&set, instants, random_interval(dice));
        }
        for (int step = 0; step < 5; step++) {
            rp_interval interval = random_interval(dice);
            rp_intervals_add(&other, interval);
            mark(instants, interval, true);
        }
        rp_intervals_merge(&set, &other);
        assert_same(&set, instants);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(backfill_in_any_order_becomes_one_interval),
        cmocka_unit_test(an_interval_without_an_instant_changes_nothing),
        cmocka_unit_test(a_restatement_cuts_a_hole),
        cmocka_unit_test(only_one_interval_covers_a_range),
        cmocka_unit_test(a_stored_list_may_be_unordered),
        cmocka_unit_test(what_is_no_list_of_pairs_is_refused),
        cmocka_unit_test(random_changes_keep_the_set_exact),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
