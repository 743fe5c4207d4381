/* What SQLMesh finds missing of one snapshot, repoint finds missing. */
#include "schedule_case.h"

static char *check_case(yyjson_val *file, yyjson_val *one_case, void *context)
{
    rp_calendar *calendar = context;
    int64_t now_ts = case_now(file);
    g_auto(rp_schedule) schedule =
        case_schedule(one_case, text_of(one_case, "kind"), "node_start", "node_end", calendar);
    const char *loaded = bool_of(one_case, "representative") ? "intervals" : "dev_intervals";
    g_auto(rp_intervals) have = case_intervals(one_case, loaded);
    rp_time_range range = case_range(one_case, now_ts);
    rp_missing_options options = {
        .has_execution = rp_json_field(one_case, "execution_time") != NULL,
        .execution_ts = case_ts(one_case, "execution_time", now_ts),
        .ignore_cron = bool_of(one_case, "ignore_cron"),
        .end_bounded = bool_of(one_case, "end_bounded"),
    };

    g_autoptr(GArray) missing = NULL;
    repoint_error error = REPOINT_ERROR_INIT;
    repoint_status status = rp_schedule_missing(&schedule, &have, &range, &options, now_ts, &missing, &error);
    const rp_interval *items = missing != NULL ? (const rp_interval *)(void *)missing->data : NULL;
    return check_outcome(one_case, status, &error, items, missing != NULL ? missing->len : 0);
}

static void missing_intervals_are_the_reference(void **state)
{
    (void)state;
    g_autoptr(rp_json) json = golden_load("missing-intervals");
    g_autoptr(rp_calendar) calendar = rp_calendar_new(case_now(rp_json_root(json)));
    golden_run("missing-intervals", check_case, calendar);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(missing_intervals_are_the_reference)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
