/*
 * What a snapshot lacks, where the rules meet: lookbacks, partial intervals, models that end, cron zones.
 * Each expectation is what SQLMesh 0.236.4 said; they were picked from thousands of random comparisons.
 */
#include <string.h>

#include "base/time.h"
#include "model/schedule.h"
#include "support.h"

#define NOW "2026-03-31 12:34:56"

static int64_t ts_of(const char *text)
{
    int64_t ts = 0;
    repoint_error error = REPOINT_ERROR_INIT;
    assert_ok(rp_time_to_ts(text, 0, &ts, &error), &error);
    return ts;
}

/* "start/end start/end" */
static GArray *ranges_of(const char *text)
{
    GArray *ranges = g_array_new(FALSE, FALSE, sizeof(rp_interval));
    g_auto(GStrv) words = g_strsplit(text, " ", -1);
    for (char **word = words; *word != NULL && **word != '\0'; word++) {
        g_auto(GStrv) ends = g_strsplit(*word, "/", 2);
        rp_interval interval = {ts_of(ends[0]), ts_of(ends[1])};
        g_array_append_val(ranges, interval);
    }
    return ranges;
}

static rp_intervals set_of(const char *text)
{
    g_autoptr(GArray) ranges = ranges_of(text);
    rp_intervals set = {0};
    for (guint i = 0; i < ranges->len; i++)
        rp_intervals_add(&set, g_array_index(ranges, rp_interval, i));
    return set;
}

static rp_schedule schedule_of(const char *node)
{
    g_autoptr(rp_json) json = NULL;
    rp_schedule schedule = {0};
    repoint_error error = REPOINT_ERROR_INIT;
    g_autoptr(rp_calendar) calendar = rp_calendar_new(ts_of(NOW));
    assert_ok(rp_json_parse(node, strlen(node), "node", &json, &error), &error);
    assert_ok(rp_schedule_read(rp_json_root(json), NULL, "orders", calendar, &schedule, &error), &error);
    return schedule;
}

static rp_time_range range_of(const char *start, const char *end)
{
    rp_time_range range = {0};
    repoint_error error = REPOINT_ERROR_INIT;
    assert_ok(rp_time_range_parse(start, end, ts_of(NOW), &range, &error), &error);
    return range;
}

/* ---- what SQLMesh said ---- */

typedef struct comparison {
    const char *title;
    const char *node;
    const char *loaded;
    const char *start;
    const char *end;
    const char *execution;
    bool ignore_cron;
    bool end_bounded;
    const char *missing;
} comparison;

#define BY_TIME(lookback) "\"kind\":{\"name\":\"INCREMENTAL_BY_TIME_RANGE\",\"lookback\":" lookback "}"
#define KIND(name)        "\"kind\":{\"name\":\"" name "\"}"
#define NODE(fields)      "{" fields ",\"source_type\":\"sql\"}"

static const comparison comparisons[] = {
    {
        .title = "a day that was loaded up to 00:08 is missing as a whole",
        .node = NODE(KIND("INCREMENTAL_UNMANAGED") ",\"cron\":\"0 12 1,15 * *\",\"allow_partials\":true"),
        .loaded = "2025-10-23/2025-10-26T00:08:02 2025-10-27/2025-11-03",
        .start = "2025-10-24",
        .end = "2025-11-04 00:00:00",
        .execution = "2025-11-01 00:00:00",
        .ignore_cron = true,
        .missing = "2025-10-26/2025-10-27",
    },
    {
        .title = "the last month is cut off at the execution time",
        .node =
            NODE(BY_TIME("1") ",\"cron\":\"@monthly\",\"cron_tz\":\"Europe/Berlin\",\"allow_partials\":true"),
        .loaded = "2026-03-01/2026-05-08T13:43:58 2026-06-01/2026-11-01",
        .start = "2026-04-09",
        .end = "2026-10-22 00:00:00",
        .execution = "2026-08-27",
        .ignore_cron = true,
        .missing = "2026-04-01/2026-05-01 2026-05-01/2026-06-01 2026-08-01/2026-08-27",
    },
    {
        .title = "looking back one day repeats the day before each gap, and the last day",
        .node = NODE(BY_TIME("1") ",\"cron\":\"0 0 * * 1-5\",\"start\":\"20251030\""),
        .loaded = "2025-11-07/2025-11-19 2025-11-22/2025-12-04",
        .start = "2025-11-09 00:00:00",
        .end = "2025-11-26 00:00:00",
        .execution = "2025-11-26",
        .end_bounded = true,
        .missing = "2025-11-18/2025-11-19 2025-11-19/2025-11-20 2025-11-20/2025-11-21 2025-11-21/2025-11-22 "
                   "2025-11-25/2025-11-26",
    },
    {
        .title = "a lookback longer than the range repeats all of it",
        .node = NODE(BY_TIME("30") ",\"cron\":\"*/5 * * * *\""),
        .loaded = "2025-03-08T23:50/2025-03-09T00:25",
        .start = "2025-03-08 23:45:00",
        .end = "2025-03-09 01:25:00",
        .execution = "2025-03-09",
        .missing =
            "2025-03-08T23:45/2025-03-08T23:50 2025-03-08T23:50/2025-03-08T23:55 2025-03-08T23:55/2025-03-09",
    },
    {
        .title = "a model that has ended does not look back from beyond its end",
        .node =
            NODE(BY_TIME("3") ",\"cron\":\"0 7 1 * *\",\"interval_unit\":\"hour\",\"start\":\"2025-03-08\","
                              "\"end\":\"2025-03-09 12:00:00\",\"allow_partials\":true"),
        .loaded = "2025-03-09T04:00/2025-03-10T07:00",
        .start = "20250309",
        .end = "2025-03-10",
        .execution = "2025-03-10 18:00:00",
        .ignore_cron = true,
        .missing = "2025-03-09T00:00/2025-03-09T01:00 2025-03-09T01:00/2025-03-09T02:00 "
                   "2025-03-09T02:00/2025-03-09T03:00 2025-03-09T03:00/2025-03-09T04:00",
    },
    {
        .title = "nothing at or after the model's end is missing",
        .node = NODE(BY_TIME("1") ",\"cron\":\"30 2 * * *\",\"cron_tz\":\"America/Los_Angeles\","
                                  "\"start\":\"2025-03-06\",\"end\":\"2025-03-16 00:00:00\""),
        .loaded = "2025-03-06/2025-03-12",
        .start = "2025-02-27",
        .end = "2025-03-18 00:00:00",
        .execution = "2025-03-17 00:00:00",
        .end_bounded = true,
        .missing = "2025-03-11/2025-03-12 2025-03-12/2025-03-13 2025-03-13/2025-03-14 2025-03-14/2025-03-15 "
                   "2025-03-15/2025-03-16",
    },
    {
        .title = "a range that starts later than the midnight of the model's last day asks for nothing",
        .node = NODE(BY_TIME("0") ",\"start\":\"2026-01-01\",\"end\":\"2026-01-05\""),
        .loaded = "2026-01-01/2026-01-03",
        .start = "2026-01-05 10:00:00",
        .end = "2026-01-08",
        .execution = "2026-01-10",
        .missing = "",
    },
    {
        .title = "the unit in which the model ends is missing as a whole",
        .node = NODE(
            KIND("FULL") ",\"cron\":\"0 12 1,15 * *\",\"interval_unit\":\"month\",\"start\":\"2023-02-16\","
                         "\"end\":\"2025-01-14 00:00:00\",\"allow_partials\":true"),
        .loaded = "2024-09-01/2025-01-01 2025-02-01/2025-04-01",
        .start = "2024-09-23 00:00:00",
        .end = "2025-04-10",
        .execution = "2025-03-13",
        .missing = "2025-01-01/2025-02-01",
    },
    {
        .title = "years, of which the last is not due yet",
        .node = NODE(BY_TIME("5") ",\"cron\":\"@yearly\",\"cron_tz\":\"America/New_York\""),
        .loaded = "2008-01-01/2010-01-01 2012-01-01/2013-01-01",
        .start = "2008-12-22",
        .end = "2012-12-21 00:00:00",
        .execution = "20111222",
        .missing = "2008-01-01/2009-01-01 2009-01-01/2010-01-01 2010-01-01/2011-01-01",
    },
    {
        .title = "a quarterly cron over months: only whole quarters are due",
        .node = NODE(KIND("CUSTOM") ",\"cron\":\"0 0 1 */3 *\",\"cron_tz\":\"Asia/Kolkata\","
                                    "\"start\":\"2023-02-06 20:57:05\""),
        .loaded = "2023-05-01/2023-06-01 2023-07-01/2023-10-01",
        .start = "2023-04-13 00:00:00",
        .end = "2023-08-31",
        .execution = "2023-08-08 02:29:16",
        .missing = "2023-04-01/2023-05-01",
    },
    {
        .title = "a zone whose clock changes by half an hour",
        .node = NODE(KIND("VIEW") ",\"cron\":\"@daily\",\"cron_tz\":\"Australia/Lord_Howe\""),
        .loaded = "2025-03-27/2025-03-28 2025-04-01/2025-04-11",
        .start = "2025-03-29",
        .end = "2025-04-07 00:00:00",
        .execution = "20250406",
        .missing = "2025-03-29/2025-03-30 2025-03-30/2025-03-31 2025-03-31/2025-04-01",
    },
    {
        .title = "ragged ends grow to whole quarters of an hour",
        .node = NODE(
            KIND("INCREMENTAL_BY_PARTITION") ",\"cron\":\"7 * * * *\",\"interval_unit\":\"quarter_hour\""),
        .loaded = "2025-07-14T23:00/2025-07-14T23:45 2025-07-15T01:30/2025-07-15T01:45",
        .start = "2025-07-14 22:45:27",
        .end = "2025-07-15 01:46:12",
        .execution = "2025-07-15",
        .ignore_cron = true,
        .end_bounded = true,
        .missing = "2025-07-14T22:45/2025-07-14T23:00 2025-07-14T23:45/2025-07-15",
    },
};

static bool equal_ranges(const GArray *a, const GArray *b)
{
    for (guint i = 0; i < MIN(a->len, b->len); i++) {
        rp_interval left = g_array_index(a, rp_interval, i), right = g_array_index(b, rp_interval, i);
        if (left.start != right.start || left.end != right.end)
            return false;
    }
    return a->len == b->len;
}

static void assert_missing(const comparison *one)
{
    g_auto(rp_schedule) schedule = schedule_of(one->node);
    g_auto(rp_intervals) loaded = set_of(one->loaded);
    rp_time_range range = range_of(one->start, one->end);
    rp_missing_options options = {
        .has_execution = true,
        .execution_ts = ts_of(one->execution),
        .ignore_cron = one->ignore_cron,
        .end_bounded = one->end_bounded,
    };
    g_autoptr(GArray) missing = NULL;
    g_autoptr(GArray) expected = ranges_of(one->missing);
    repoint_error error = REPOINT_ERROR_INIT;
    assert_ok(rp_schedule_missing(&schedule, &loaded, &range, &options, ts_of(NOW), &missing, &error),
              &error);
    if (!equal_ranges(missing, expected))
        fail_msg("%s: expected %u intervals, got %u", one->title, expected->len, missing->len);
}

static void missing_is_what_sqlmesh_said(void **state)
{
    (void)state;
    for (size_t i = 0; i < G_N_ELEMENTS(comparisons); i++)
        assert_missing(&comparisons[i]);
}

/* ---- what repoint decides ---- */

static void nothing_is_due_before_the_cron_fires(void **state)
{
    (void)state;
    assert_missing(&(comparison){
        .title = "a new weekly model, asked for the days since Sunday",
        .node = NODE(BY_TIME("2") ",\"cron\":\"@weekly\""),
        .loaded = "",
        .start = "2026-01-26",
        .end = "2026-01-30",
        .execution = "2026-01-30 12:00:00",
        .missing = "",
    });
}

static void an_audit_that_stands_alone_is_due_daily(void **state)
{
    (void)state;
    assert_missing(&(comparison){
        .title = "a standalone audit has neither kind nor lookback",
        .node = "{\"source_type\":\"audit\"}",
        .loaded = "2026-01-01/2026-01-02",
        .start = "2026-01-01",
        .end = "2026-01-02",
        .execution = "2026-01-10",
        .missing = "2026-01-02/2026-01-03",
    });
}

static repoint_status ask(const char *node, const char *loaded, rp_time_range range, guint *ret_count)
{
    g_auto(rp_schedule) schedule = schedule_of(node);
    g_auto(rp_intervals) have = set_of(loaded);
    g_autoptr(GArray) missing = NULL;
    repoint_error error = REPOINT_ERROR_INIT;
    repoint_status status = rp_schedule_missing(&schedule, &have, &range, NULL, ts_of(NOW), &missing, &error);
    assert_int_equal(status != REPOINT_OK, error.message != NULL);
    repoint_error_clear(&error);
    if (status == REPOINT_OK)
        *ret_count = missing->len;
    return status;
}

static void a_range_of_ages_is_refused_unless_it_is_loaded(void **state)
{
    (void)state;
    const char *node = NODE(BY_TIME("0") ",\"cron\":\"*/5 * * * *\"");
    rp_time_range ages = range_of("0001-01-01", "2026-01-01");
    guint count = 0;
    assert_int_equal(ask(node, "", ages, &count), REPOINT_INVALID);
    assert_int_equal(ask(node, "0001-01-01/2026-01-02", ages, &count), REPOINT_OK);
    assert_int_equal(count, 0);
}

static void a_range_outside_of_the_calendar_is_refused(void **state)
{
    (void)state;
    const char *node = NODE(BY_TIME("0"));
    guint count = 0;
    assert_int_equal(ask(node, "", (rp_time_range){INT64_MIN, 0, false}, &count), REPOINT_INVALID);
    assert_int_equal(ask(node, "", (rp_time_range){0, INT64_MAX, true}, &count), REPOINT_INVALID);
    assert_int_equal(ask(node, "", (rp_time_range){INT64_MIN, INT64_MAX, false}, &count), REPOINT_INVALID);
    assert_int_equal(ask(node, "", (rp_time_range){INT64_MAX, INT64_MIN, false}, &count), REPOINT_INVALID);
}

static void a_long_lookback_is_cheap(void **state)
{
    (void)state;
    guint count = 0;
    rp_time_range january = range_of("2026-01-01", "2026-01-31");
    assert_int_equal(ask(NODE(BY_TIME("2147483647")), "2026-01-01/2026-01-31", january, &count), REPOINT_OK);
    assert_int_equal(count, 31);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(missing_is_what_sqlmesh_said),
        cmocka_unit_test(nothing_is_due_before_the_cron_fires),
        cmocka_unit_test(an_audit_that_stands_alone_is_due_daily),
        cmocka_unit_test(a_range_of_ages_is_refused_unless_it_is_loaded),
        cmocka_unit_test(a_range_outside_of_the_calendar_is_refused),
        cmocka_unit_test(a_long_lookback_is_cheap),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
