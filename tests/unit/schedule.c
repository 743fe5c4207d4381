/* Reading schedules from nodes, the calendar that they share, and where the data of related models begins. */
#include <string.h>

#include "base/time.h"
#include "model/schedule.h"
#include "support.h"

#define NOW_TS      INT64_C(1774960496789) /* 2026-03-31 12:34:56.789, a Tuesday */
#define MIDNIGHT_TS INT64_C(1774915200000)

static repoint_status read_schedule(const char *node, rp_calendar *calendar, rp_schedule *ret_schedule,
                                    repoint_error *error)
{
    g_autoptr(rp_json) json = NULL;
    repoint_error parse_error = REPOINT_ERROR_INIT;
    assert_ok(rp_json_parse(node, strlen(node), "node", &json, &parse_error), &parse_error);
    yyjson_val *root = rp_json_root(json);
    return rp_schedule_read(root, rp_json_field(root, "effective_from"), "orders", calendar, ret_schedule,
                            error);
}

static rp_schedule schedule_of(const char *node, rp_calendar *calendar)
{
    rp_schedule schedule = {0};
    repoint_error error = REPOINT_ERROR_INIT;
    assert_ok(read_schedule(node, calendar, &schedule, &error), &error);
    return schedule;
}

static void a_model_that_says_nothing_is_daily(void **state)
{
    (void)state;
    g_autoptr(rp_calendar) calendar = rp_calendar_new(NOW_TS);
    g_auto(rp_schedule) orders =
        schedule_of("{\"kind\":{\"name\":\"FULL\",\"lookback\":7},\"source_type\":\"sql\"}", calendar);
    assert_true(orders.is_model);
    assert_int_equal(orders.kind, RP_KIND_FULL);
    assert_int_equal(orders.unit, RP_UNIT_DAY);
    assert_int_equal(orders.lookback, 0); /* a full model has none, whatever its JSON says */
    assert_false(orders.allow_partials || orders.has_audits || orders.has_start || orders.has_end);
    assert_int_equal(orders.effective_from_ts, 0);
    assert_true(rp_cron_floor(orders.cron, NOW_TS) == MIDNIGHT_TS);
}

static void a_model_may_say_everything(void **state)
{
    (void)state;
    g_autoptr(rp_calendar) calendar = rp_calendar_new(NOW_TS);
    g_auto(rp_schedule) orders =
        schedule_of("{\"kind\":{\"name\":\"INCREMENTAL_BY_TIME_RANGE\",\"lookback\":2},\"cron\":\"@daily\","
                    "\"cron_tz\":\"America/New_York\",\"interval_unit\":\"hour\",\"start\":\"1 week "
                    "ago\",\"end\":\"2026-03-31\","
                    "\"allow_partials\":true,\"audits\":[[\"not_null\",{}]],\"effective_from\":1774960496789,"
                    "\"source_type\":\"python\"}",
                    calendar);
    assert_int_equal(orders.unit, RP_UNIT_HOUR);
    assert_int_equal(orders.lookback, 2);
    assert_true(orders.allow_partials && orders.has_audits && orders.has_start && orders.has_end);
    assert_true(orders.start_ts == MIDNIGHT_TS - 7 * RP_MS_PER_DAY);
    assert_true(orders.end_ts == MIDNIGHT_TS && orders.end_is_date);
    assert_true(orders.end_exclusive_ts == MIDNIGHT_TS + RP_MS_PER_DAY);
    assert_true(orders.effective_from_ts == MIDNIGHT_TS + 12 * INT64_C(3600000));
    /* Midnight in New York is four o'clock UTC. */
    assert_true(rp_cron_floor(orders.cron, NOW_TS) == MIDNIGHT_TS + 4 * INT64_C(3600000));
}

static void a_time_that_python_calls_false_is_absent(void **state)
{
    (void)state;
    g_autoptr(rp_calendar) calendar = rp_calendar_new(NOW_TS);
    g_auto(rp_schedule) orders = schedule_of(
        "{\"kind\":{\"name\":\"VIEW\"},\"start\":0,\"end\":\"\",\"cron_tz\":\"\",\"source_type\":\"sql\"}",
        calendar);
    assert_false(orders.has_start || orders.has_end);
}

static void models_share_their_crons(void **state)
{
    (void)state;
    g_autoptr(rp_calendar) calendar = rp_calendar_new(NOW_TS);
    const char *weekly = "{\"kind\":{\"name\":\"VIEW\"},\"cron\":\"@weekly\",\"source_type\":\"sql\"}";
    const char *weekly_utc =
        "{\"kind\":{\"name\":\"VIEW\"},\"cron\":\"@weekly\",\"cron_tz\":\"UTC\",\"source_type\":\"sql\"}";
    const char *weekly_in_berlin = "{\"kind\":{\"name\":\"VIEW\"},\"cron\":\"@weekly\",\"cron_tz\":\"Europe/"
                                   "Berlin\",\"source_type\":\"sql\"}";
    g_auto(rp_schedule) orders = schedule_of(weekly, calendar);
    g_auto(rp_schedule) items = schedule_of(weekly_utc, calendar);
    g_auto(rp_schedule) customers = schedule_of(weekly_in_berlin, calendar);
    assert_ptr_equal(orders.cron, items.cron);
    assert_ptr_not_equal(orders.cron, customers.cron);
    assert_int_equal(customers.unit, RP_UNIT_DAY);
}

static void a_wrong_node_is_refused_by_name(void **state)
{
    (void)state;
    static const char *const wrong[] = {
        "[]",
        "{\"kind\":{\"name\":\"FULL\"}}",
        "{\"source_type\":\"sql\"}",
        "{\"kind\":{\"name\":\"BIG\"},\"source_type\":\"sql\"}",
        "{\"kind\":{\"name\":\"FULL\"},\"cron\":\"sometimes\",\"source_type\":\"sql\"}",
        "{\"kind\":{\"name\":\"FULL\"},\"cron\":\"* * * * *\",\"source_type\":\"sql\"}",
        "{\"kind\":{\"name\":\"FULL\"},\"cron_tz\":\"Mars/Base\",\"source_type\":\"sql\"}",
        "{\"kind\":{\"name\":\"FULL\"},\"interval_unit\":\"week\",\"source_type\":\"sql\"}",
        "{\"kind\":{\"name\":\"FULL\"},\"start\":\"some day\",\"source_type\":\"sql\"}",
        "{\"kind\":{\"name\":\"FULL\"},\"start\":\"2026-01-01\\u0000\",\"source_type\":\"sql\"}",
        "{\"kind\":{\"name\":\"FULL\"},\"end\":[],\"source_type\":\"sql\"}",
        "{\"kind\":{\"name\":\"FULL\"},\"audits\":1,\"source_type\":\"sql\"}",
        "{\"kind\":{\"name\":\"CUSTOM\",\"lookback\":-1},\"source_type\":\"sql\"}",
        "{\"kind\":{\"name\":\"CUSTOM\",\"lookback\":9999999999},\"source_type\":\"sql\"}",
    };
    g_autoptr(rp_calendar) calendar = rp_calendar_new(NOW_TS);
    for (size_t i = 0; i < G_N_ELEMENTS(wrong); i++) {
        rp_schedule schedule = {.lookback = 42};
        repoint_error error = REPOINT_ERROR_INIT;
        if (read_schedule(wrong[i], calendar, &schedule, &error) != REPOINT_INVALID)
            fail_msg("accepted: %s", wrong[i]);
        assert_true(g_str_has_prefix(error.message, "orders"));
        assert_null(strstr(error.message, "orders: orders"));
        assert_int_equal(schedule.lookback, 42);
        repoint_error_clear(&error);
    }
}

/* ---- lineage ---- */

#define DAILY             "{\"kind\":{\"name\":\"FULL\"},\"source_type\":\"sql\"}"
#define DAILY_SINCE_MARCH "{\"kind\":{\"name\":\"FULL\"},\"start\":\"2026-03-01\",\"source_type\":\"sql\"}"

static void data_begins_with_the_earliest_ancestor(void **state)
{
    (void)state;
    g_autoptr(rp_calendar) calendar = rp_calendar_new(NOW_TS);
    g_auto(rp_schedule) daily = schedule_of(DAILY, calendar);
    g_auto(rp_schedule) since_march = schedule_of(DAILY_SINCE_MARCH, calendar);
    g_autoptr(rp_lineage) lineage = rp_lineage_new();
    rp_lineage_add(lineage, "orders", &since_march, (const char *[]){NULL});
    rp_lineage_add(lineage, "customers", &daily, (const char *[]){"elsewhere", NULL});
    rp_lineage_add(lineage, "revenue", &daily, (const char *[]){"customers", "orders", NULL});
    rp_lineage_add(lineage, "report", &daily, (const char *[]){"revenue", "customers", NULL});

    assert_true(rp_lineage_start(lineage, "report", NOW_TS) == since_march.start_ts);
    assert_true(rp_lineage_start(lineage, "customers", NOW_TS) == MIDNIGHT_TS - RP_MS_PER_DAY);
    assert_true(rp_lineage_earliest(lineage, NOW_TS) == since_march.start_ts);

    /* Seen from February, the customers that have no start of their own begin before the orders. */
    int64_t february_ts = since_march.start_ts - 10 * RP_MS_PER_DAY;
    assert_true(rp_lineage_start(lineage, "report", february_ts) == february_ts - RP_MS_PER_DAY);
    assert_true(rp_lineage_start(lineage, "report", NOW_TS) == since_march.start_ts);

    rp_lineage_add(lineage, "orders", &daily, (const char *[]){NULL});
    assert_true(rp_lineage_start(lineage, "report", NOW_TS) == MIDNIGHT_TS - RP_MS_PER_DAY);
}

static void damaged_lineage_that_runs_in_a_circle_still_has_a_start(void **state)
{
    (void)state;
    g_autoptr(rp_calendar) calendar = rp_calendar_new(NOW_TS);
    g_auto(rp_schedule) daily = schedule_of(DAILY, calendar);
    g_autoptr(rp_lineage) lineage = rp_lineage_new();
    rp_lineage_add(lineage, "orders", &daily, (const char *[]){"revenue", "orders", NULL});
    rp_lineage_add(lineage, "revenue", &daily, (const char *[]){"orders", NULL});
    assert_true(rp_lineage_start(lineage, "orders", NOW_TS) == MIDNIGHT_TS - RP_MS_PER_DAY);
    assert_true(rp_lineage_start(lineage, "revenue", NOW_TS) == MIDNIGHT_TS - RP_MS_PER_DAY);
}

#define CHAIN_LENGTH 200000

static void a_chain_of_any_length_fits_the_stack(void **state)
{
    (void)state;
    g_autoptr(rp_calendar) calendar = rp_calendar_new(NOW_TS);
    g_auto(rp_schedule) daily = schedule_of(DAILY, calendar);
    g_auto(rp_schedule) since_march = schedule_of(DAILY_SINCE_MARCH, calendar);
    g_autoptr(rp_lineage) lineage = rp_lineage_new();
    g_autoptr(GPtrArray) names = g_ptr_array_new_with_free_func(g_free);
    g_autofree const char **parents = g_new0(const char *, 2 * CHAIN_LENGTH);
    for (int i = 0; i < CHAIN_LENGTH; i++) {
        g_ptr_array_add(names, g_strdup_printf("step %d", i));
        parents[2 * i] = i > 0 ? g_ptr_array_index(names, i - 1) : NULL;
        rp_lineage_add(lineage, g_ptr_array_index(names, i), i > 0 ? &daily : &since_march, &parents[2 * i]);
    }
    const char *last = g_ptr_array_index(names, CHAIN_LENGTH - 1);
    assert_true(rp_lineage_start(lineage, last, NOW_TS) == since_march.start_ts);
}

/* ---- intervals ---- */

static void part_of_a_day_is_recorded_only_where_partials_are_allowed(void **state)
{
    (void)state;
    rp_time_range until_noon = {MIDNIGHT_TS, MIDNIGHT_TS + RP_MS_PER_DAY / 2, false};
    rp_schedule orders = {.is_model = true, .unit = RP_UNIT_DAY};
    g_auto(rp_intervals) loaded = {0};
    repoint_error error = REPOINT_ERROR_INIT;
    assert_ok(rp_schedule_add_interval(&orders, &until_noon, &loaded, &error), &error);
    assert_int_equal(loaded.count, 0);
    orders.allow_partials = true;
    assert_ok(rp_schedule_add_interval(&orders, &until_noon, &loaded, &error), &error);
    assert_int_equal(loaded.count, 1);
    assert_true(loaded.items[0].end == until_noon.end_ts);
}

static guint count_missing(rp_lineage *lineage, const char *name, int64_t start_ts, int64_t end_ts)
{
    g_autoptr(GArray) missing = NULL;
    rp_intervals nothing = {0};
    rp_time_range range = {start_ts, end_ts, false};
    repoint_error error = REPOINT_ERROR_INIT;
    assert_ok(rp_lineage_missing(lineage, name, &nothing, &range, NULL, NOW_TS, &missing, &error), &error);
    return missing->len;
}

static void a_model_lacks_only_what_lies_within_its_life(void **state)
{
    (void)state;
    g_autoptr(rp_calendar) calendar = rp_calendar_new(NOW_TS);
    g_auto(rp_schedule) campaign = schedule_of("{\"kind\":{\"name\":\"FULL\"},\"start\":\"2026-03-01\","
                                               "\"end\":\"2026-03-05\",\"source_type\":\"sql\"}",
                                               calendar);
    g_autoptr(rp_lineage) lineage = rp_lineage_new();
    rp_lineage_add(lineage, "campaign", &campaign, (const char *[]){NULL});
    int64_t start_ts = campaign.start_ts;
    assert_int_equal(count_missing(lineage, "campaign", start_ts - 9 * RP_MS_PER_DAY, NOW_TS), 5);
    assert_int_equal(count_missing(lineage, "campaign", start_ts + 3 * RP_MS_PER_DAY, NOW_TS), 2);
    assert_int_equal(
        count_missing(lineage, "campaign", start_ts - 9 * RP_MS_PER_DAY, start_ts - RP_MS_PER_DAY), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_model_that_says_nothing_is_daily),
        cmocka_unit_test(a_model_may_say_everything),
        cmocka_unit_test(a_time_that_python_calls_false_is_absent),
        cmocka_unit_test(models_share_their_crons),
        cmocka_unit_test(a_wrong_node_is_refused_by_name),
        cmocka_unit_test(data_begins_with_the_earliest_ancestor),
        cmocka_unit_test(damaged_lineage_that_runs_in_a_circle_still_has_a_start),
        cmocka_unit_test(a_chain_of_any_length_fits_the_stack),
        cmocka_unit_test(part_of_a_day_is_recorded_only_where_partials_are_allowed),
        cmocka_unit_test(a_model_lacks_only_what_lies_within_its_life),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
