/* Where the data of models begins, and what several models lack, is what SQLMesh says. */
#include <inttypes.h>
#include <string.h>

#include "schedule_case.h"

/* The models of a case, with what the lineage borrows from them. */
typedef struct model_set {
    rp_lineage *lineage;
    rp_schedule *schedules;
    const char ***parents;
    size_t count;
} model_set;

static model_set read_models(yyjson_val *one_case, rp_calendar *calendar)
{
    yyjson_val *models = field(one_case, "models");
    size_t count = yyjson_arr_size(models);
    model_set set = {rp_lineage_new(), g_new(rp_schedule, count), g_new(const char **, count), count};
    size_t index, max, parent_index, parent_count;
    yyjson_val *one, *parent;
    yyjson_arr_foreach (models, index, max, one) {
        set.schedules[index] = case_schedule(one, "INCREMENTAL_BY_TIME_RANGE", "start", "end", calendar);
        set.parents[index] = g_new0(const char *, yyjson_arr_size(field(one, "parents")) + 1);
        yyjson_arr_foreach (field(one, "parents"), parent_index, parent_count, parent) {
            set.parents[index][parent_index] = yyjson_get_str(parent);
        }
        rp_lineage_add(set.lineage, text_of(one, "name"), &set.schedules[index], set.parents[index]);
    }
    return set;
}

static void model_set_clear(model_set *set)
{
    rp_lineage_free(set->lineage);
    for (size_t i = 0; i < set->count; i++) {
        rp_schedule_clear(&set->schedules[i]);
        g_free(set->parents[i]);
    }
    g_free(set->schedules);
    g_free(set->parents);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(model_set, model_set_clear)

static char *compare_ts(const char *what, int64_t expected_ts, int64_t got_ts)
{
    if (expected_ts == got_ts)
        return NULL;
    return g_strdup_printf("%s: expected %" PRId64 ", got %" PRId64, what, expected_ts, got_ts);
}

static char *check_start_dates(yyjson_val *one_case, rp_calendar *calendar)
{
    g_auto(model_set) set = read_models(one_case, calendar);
    int64_t relative_to_ts = case_ts(one_case, "relative_to", rp_calendar_now(calendar));
    size_t index, count;
    yyjson_val *name, *expected;
    yyjson_obj_foreach (field(one_case, "start_dates"), index, count, name, expected) {
        int64_t expected_ts = 0;
        assert_true(rp_json_int(expected, &expected_ts));
        const char *text = yyjson_get_str(name);
        char *wrong = compare_ts(text, expected_ts, rp_lineage_start(set.lineage, text, relative_to_ts));
        if (wrong != NULL)
            return wrong;
    }
    return compare_ts("earliest", int_of(one_case, "earliest"),
                      rp_lineage_earliest(set.lineage, relative_to_ts));
}

/* The set's range: from the earliest start, unless one is given, to now. */
static rp_time_range set_range(yyjson_val *one_case, rp_lineage *lineage, int64_t now_ts)
{
    g_autofree char *end = case_time(one_case, "end");
    rp_time_range range = {
        .end_ts = case_ts(one_case, "end", now_ts),
        .end_is_date = end != NULL && rp_time_is_date(end),
    };
    range.start_ts = rp_json_field(one_case, "start") != NULL ? case_ts(one_case, "start", now_ts)
                                                              : rp_lineage_earliest(lineage, range.end_ts);
    return range;
}

/* Models that lack nothing are not in the result. */
static char *check_missing(yyjson_val *one_case, rp_calendar *calendar)
{
    int64_t now_ts = rp_calendar_now(calendar);
    g_auto(model_set) set = read_models(one_case, calendar);
    rp_time_range range = set_range(one_case, set.lineage, now_ts);
    rp_missing_options options = {.has_execution = true,
                                  .execution_ts = case_ts(one_case, "execution_time", now_ts)};
    size_t index, count;
    yyjson_val *one;
    yyjson_arr_foreach (field(one_case, "models"), index, count, one) {
        const char *name = text_of(one, "name");
        g_auto(rp_intervals) have = case_intervals(one, "intervals");
        g_autoptr(GArray) missing = NULL;
        repoint_error error = REPOINT_ERROR_INIT;
        assert_ok(rp_lineage_missing(set.lineage, name, &have, &range, &options, now_ts, &missing, &error),
                  &error);
        yyjson_val *expected = yyjson_obj_get(field(one_case, "result"), name);
        if (expected == NULL && missing->len == 0)
            continue;
        if (expected == NULL)
            return g_strdup_printf("%s: nothing should be missing", name);
        char *wrong = compare_intervals(expected, (const rp_interval *)(void *)missing->data, missing->len);
        if (wrong != NULL)
            return wrong;
    }
    return NULL;
}

static char *check_valid_start(yyjson_val *one_case, int64_t now_ts, rp_calendar *calendar)
{
    g_auto(rp_schedule) schedule =
        case_schedule(one_case, "INCREMENTAL_BY_TIME_RANGE", "none", "none", calendar);
    schedule.depends_on_self = bool_of(one_case, "depends_on_self");
    g_auto(rp_intervals) have = case_intervals(one_case, "intervals");
    bool is_valid = false;
    repoint_error error = REPOINT_ERROR_INIT;
    assert_ok(rp_schedule_is_valid_start(&schedule, &have, case_ts(one_case, "start", now_ts),
                                         case_ts(one_case, "snapshot_start", now_ts), NULL, now_ts, &is_valid,
                                         &error),
              &error);
    return is_valid == bool_of(one_case, "result") ? NULL
                                                   : g_strdup_printf("got %s", is_valid ? "true" : "false");
}

static char *check_empty_set(yyjson_val *one_case, int64_t now_ts)
{
    g_autoptr(rp_lineage) lineage = rp_lineage_new();
    return compare_ts("earliest", int_of(one_case, "earliest"), rp_lineage_earliest(lineage, now_ts));
}

static char *check_case(yyjson_val *file, yyjson_val *one_case, void *context)
{
    (void)file;
    rp_calendar *calendar = context;
    int64_t now_ts = rp_calendar_now(calendar);
    const char *op = text_of(one_case, "op");
    if (strcmp(op, "start_date") == 0)
        return check_start_dates(one_case, calendar);
    if (strcmp(op, "missing_intervals") == 0)
        return check_missing(one_case, calendar);
    if (strcmp(op, "earliest_start_date") == 0)
        return check_empty_set(one_case, now_ts);
    if (strcmp(op, "is_valid_start") == 0)
        return check_valid_start(one_case, now_ts, calendar);
    return g_strdup_printf("unknown op %s", op);
}

static void start_dates_are_the_reference(void **state)
{
    (void)state;
    g_autoptr(rp_json) json = golden_load("start-dates");
    g_autoptr(rp_calendar) calendar = rp_calendar_new(case_now(rp_json_root(json)));
    golden_run("start-dates", check_case, calendar);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(start_dates_are_the_reference)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
