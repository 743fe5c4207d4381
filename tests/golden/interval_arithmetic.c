/* Merging, removing and aligning ranges gives what SQLMesh gives. */
#include <inttypes.h>
#include <string.h>

#include "schedule_case.h"

static char *check_merge(yyjson_val *one_case)
{
    g_auto(rp_intervals) read_at_once = case_intervals(one_case, "in");
    g_auto(rp_intervals) added = {0};
    size_t index, count;
    yyjson_val *pair;
    yyjson_arr_foreach (field(one_case, "in"), index, count, pair) {
        rp_interval interval;
        assert_true(rp_json_int(yyjson_arr_get(pair, 0), &interval.start));
        assert_true(rp_json_int(yyjson_arr_get(pair, 1), &interval.end));
        rp_intervals_add(&added, interval);
    }
    yyjson_val *expected = field(one_case, "out");
    char *wrong = compare_intervals(expected, read_at_once.items, read_at_once.count);
    return wrong != NULL ? wrong : compare_intervals(expected, added.items, added.count);
}

static char *check_remove(yyjson_val *one_case)
{
    g_auto(rp_intervals) set = case_intervals(one_case, "in");
    rp_interval removed;
    assert_true(rp_json_int(yyjson_arr_get(field(one_case, "range"), 0), &removed.start));
    assert_true(rp_json_int(yyjson_arr_get(field(one_case, "range"), 1), &removed.end));
    rp_intervals_remove(&set, removed);
    return compare_intervals(field(one_case, "out"), set.items, set.count);
}

static rp_interval_unit unit_of(yyjson_val *one_case)
{
    rp_interval_unit unit = RP_UNIT_DAY;
    assert_true(rp_unit_from_name(text_of(one_case, "unit"), &unit));
    return unit;
}

/* A single pair stands in "result" without a list around it. */
static char *check_pair(yyjson_val *one_case, repoint_status status, repoint_error *error,
                        rp_interval interval)
{
    yyjson_val *expected = rp_json_field(one_case, "result");
    if (expected == NULL || status != REPOINT_OK)
        return check_outcome(one_case, status, error, NULL, 0);
    int64_t start_ts = 0, end_ts = 0;
    assert_true(rp_json_int(yyjson_arr_get(expected, 0), &start_ts));
    assert_true(rp_json_int(yyjson_arr_get(expected, 1), &end_ts));
    if (interval.start == start_ts && interval.end == end_ts)
        return NULL;
    return g_strdup_printf("expected [%" PRId64 ",%" PRId64 "], got [%" PRId64 ",%" PRId64 "]", start_ts,
                           end_ts, interval.start, interval.end);
}

static char *check_align(yyjson_val *one_case, int64_t now_ts)
{
    rp_time_range range = case_range(one_case, now_ts);
    rp_alignment alignment = {
        .strict = bool_of(one_case, "strict"),
        .allow_partial = bool_of(one_case, "allow_partial"),
        .expand = bool_of(one_case, "expand"),
    };
    rp_interval interval = {0};
    repoint_error error = REPOINT_ERROR_INIT;
    repoint_status status = rp_align(unit_of(one_case), &range, alignment, &interval, &error);
    return check_pair(one_case, status, &error, interval);
}

static char *check_add(yyjson_val *one_case, int64_t now_ts)
{
    rp_schedule schedule = {
        .kind = RP_KIND_INCREMENTAL_BY_TIME_RANGE, .is_model = true, .unit = unit_of(one_case)};
    rp_time_range range = case_range(one_case, now_ts);
    g_auto(rp_intervals) set = {0};
    repoint_error error = REPOINT_ERROR_INIT;
    repoint_status status = rp_schedule_add_interval(&schedule, &range, &set, &error);
    return check_outcome(one_case, status, &error, set.items, set.count);
}

static char *check_removal(yyjson_val *one_case, int64_t now_ts)
{
    rp_schedule schedule = {
        .is_model = true, .unit = RP_UNIT_DAY, .depends_on_self = bool_of(one_case, "depends_on_self")};
    assert_true(rp_kind_from_name(text_of(one_case, "kind"), &schedule.kind));
    g_auto(rp_intervals) have = case_intervals(one_case, "intervals");
    rp_time_range range = case_range(one_case, now_ts);

    g_autofree char *execution_text = case_time(one_case, "execution_time");
    rp_time_range execution = {0};
    repoint_error error = REPOINT_ERROR_INIT;
    if (execution_text != NULL)
        assert_ok(rp_time_range_parse(execution_text, execution_text, now_ts, &execution, &error), &error);

    rp_interval interval = {0};
    repoint_status status = rp_schedule_removal(
        &schedule, &have, &range, execution_text != NULL ? &execution : NULL, bool_of(one_case, "strict"),
        bool_of(one_case, "is_preview"), now_ts, &interval, &error);
    return check_pair(one_case, status, &error, interval);
}

static char *check_case(yyjson_val *file, yyjson_val *one_case, void *context)
{
    (void)context;
    int64_t now_ts = case_now(file);
    const char *op = text_of(one_case, "op");
    if (strcmp(op, "merge") == 0)
        return check_merge(one_case);
    if (strcmp(op, "remove") == 0)
        return check_remove(one_case);
    if (strcmp(op, "inclusive_exclusive") == 0)
        return check_align(one_case, now_ts);
    if (strcmp(op, "snapshot_add_interval") == 0)
        return check_add(one_case, now_ts);
    if (strcmp(op, "get_removal_interval") == 0)
        return check_removal(one_case, now_ts);
    return g_strdup_printf("unknown op %s", op);
}

static void interval_arithmetic_is_the_reference(void **state)
{
    (void)state;
    golden_run("interval-arithmetic", check_case, NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(interval_arithmetic_is_the_reference)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
