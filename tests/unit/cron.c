/* Crons where they are surprising; the ticks come from croniter 7. And what holds for every cron and unit. */
#include <string.h>

#include "base/cron.h"
#include "base/time.h"
#include "support.h"

static int64_t ts_of(const char *text)
{
    int64_t ts = 0;
    repoint_error error = REPOINT_ERROR_INIT;
    assert_ok(rp_time_to_ts(text, 0, &ts, &error), &error);
    return ts;
}

static rp_cron *parse(const char *expression, const char *zone)
{
    rp_cron *cron = NULL;
    repoint_error error = REPOINT_ERROR_INIT;
    assert_ok(rp_cron_parse(expression, zone, &cron, &error), &error);
    return cron;
}

static const struct {
    const char *title;
    const char *expression;
    const char *zone;
    const char *at;
    const char *prev;
    const char *next;
} ticks[] = {
    {"weekday names wrap around the end of the week", "0 6 * * fri-mon", NULL, "2026-01-06T12:00:00Z",
     "2026-01-05T06:00:00Z", "2026-01-09T06:00:00Z"},
    {"a step is carried over the end of the year", "0 0 1 nov-jun/3 *", NULL, "2026-02-10T00:00:00Z",
     "2025-11-01T00:00:00Z", "2026-03-01T00:00:00Z"},
    {"equal bounds are the whole field", "0 0 * * wed-wed", NULL, "2026-01-06T12:00:00Z",
     "2026-01-06T00:00:00Z", "2026-01-07T00:00:00Z"},
    {"7 is Sunday", "0 0 * * 5-7", NULL, "2026-01-07T00:00:00Z", "2026-01-04T00:00:00Z",
     "2026-01-09T00:00:00Z"},
    {"a start with a step", "50/5 8 * * *", NULL, "2026-01-06T08:52:30Z", "2026-01-06T08:50:00Z",
     "2026-01-06T08:55:00Z"},
    {"a start at the end of the field is one value", "59/20 * * * *", NULL, "2026-01-06T08:52:30Z",
     "2026-01-06T07:59:00Z", "2026-01-06T08:59:00Z"},
    {"either the day or the weekday", "0 0 13 * 5", NULL, "2026-02-08T00:00:00Z", "2026-02-06T00:00:00Z",
     "2026-02-13T00:00:00Z"},
    {"a star in the weekday makes a full list of days one, too", "0 0 1-31 * */2", NULL,
     "2026-02-09T12:00:00Z", "2026-02-08T00:00:00Z", "2026-02-10T00:00:00Z"},
    {"without the star the two are joined by or", "0 0 1-31 * 2", NULL, "2026-02-09T12:00:00Z",
     "2026-02-09T00:00:00Z", "2026-02-10T00:00:00Z"},
    {"a day that never comes, or a weekday", "0 0 30 2 1", NULL, "2026-01-06T00:00:00Z",
     "2025-02-24T00:00:00Z", "2026-02-02T00:00:00Z"},
    {"last day of the month", "30 23 L * *", NULL, "2028-02-28T23:31:00Z", "2028-01-31T23:30:00Z",
     "2028-02-29T23:30:00Z"},
    {"last day among others", "0 0 15,L * *", NULL, "2026-04-20T00:00:00Z", "2026-04-15T00:00:00Z",
     "2026-04-30T00:00:00Z"},
    {"the 31st skips the short months", "0 0 31 * *", NULL, "2026-03-31T00:00:00Z", "2026-01-31T00:00:00Z",
     "2026-05-31T00:00:00Z"},
    {"a leap day over the century", "0 0 29 2 *", NULL, "2098-06-01T00:00:00Z", "2096-02-29T00:00:00Z",
     "2104-02-29T00:00:00Z"},
    {"fifth Friday", "0 9 * * fri#5", NULL, "2026-02-01T00:00:00Z", "2026-01-30T09:00:00Z",
     "2026-05-29T09:00:00Z"},
    {"first and third Monday", "0 9 * * mon#1,mon#3", NULL, "2026-02-03T00:00:00Z", "2026-02-02T09:00:00Z",
     "2026-02-16T09:00:00Z"},
    {"last Friday", "0 17 * * L5", NULL, "2026-02-28T00:00:00Z", "2026-02-27T17:00:00Z",
     "2026-03-27T17:00:00Z"},
    {"day and nth weekday must both hold on their sides", "0 0 8-14 * tue#2", NULL, "2026-03-11T00:00:00Z",
     "2026-03-10T00:00:00Z", "2026-04-14T00:00:00Z"},
    {"the working day nearest to the 1st", "0 8 1W * *", NULL, "2026-07-31T09:00:00Z", "2026-07-01T08:00:00Z",
     "2026-08-03T08:00:00Z"},
    {"the working day nearest to the 31st stays in its month", "0 8 31W * *", NULL, "2026-05-30T09:00:00Z",
     "2026-05-29T08:00:00Z", "2026-06-30T08:00:00Z"},
    {"seconds", "*/20 * * * * 5,35", NULL, "2026-01-06T00:20:05Z", "2026-01-06T00:00:35Z",
     "2026-01-06T00:20:35Z"},
    {"seconds before 1970", "0 0 * * * 30", NULL, "1969-12-31T23:59:59Z", "1969-12-31T00:00:30Z",
     "1970-01-01T00:00:30Z"},
    {"a skipped time fires when the clock resumes", "30 2 * * *", "Europe/Oslo", "2026-03-29T00:30:00Z",
     "2026-03-28T01:30:00Z", "2026-03-29T01:00:00Z"},
    {"every hour: a skipped one does not fire", "30 * * * *", "Europe/Oslo", "2026-03-29T00:30:00Z",
     "2026-03-28T23:30:00Z", "2026-03-29T01:30:00Z"},
    {"a time shown twice fires twice", "30 2 * * *", "Europe/Oslo", "2026-10-25T00:45:00Z",
     "2026-10-25T00:30:00Z", "2026-10-25T01:30:00Z"},
    {"every hour through the hour shown twice", "0 * * * *", "America/New_York", "2026-11-01T05:45:00Z",
     "2026-11-01T05:00:00Z", "2026-11-01T06:00:00Z"},
    {"half an hour of summer time", "*/30 * * * *", "Australia/Lord_Howe", "2026-04-04T14:45:00Z",
     "2026-04-04T14:30:00Z", "2026-04-04T15:00:00Z"},
    {"a quarter past of another zone", "0 0 * * *", "Asia/Kathmandu", "2026-01-06T18:15:00Z",
     "2026-01-05T18:15:00Z", "2026-01-07T18:15:00Z"},
    {"a whole day that a zone skipped", "0 12 * * *", "Pacific/Apia", "2011-12-30T05:00:00Z",
     "2011-12-29T22:00:00Z", "2011-12-30T10:00:00Z"},
    {"midnight that does not exist", "0 0 * * *", "America/Sao_Paulo", "2018-11-04T02:30:00Z",
     "2018-11-03T03:00:00Z", "2018-11-04T03:00:00Z"},
    {"midnight that does not exist, seen from after", "0 0 * * *", "America/Sao_Paulo",
     "2018-11-04T12:00:00Z", "2018-11-04T03:00:00Z", "2018-11-05T02:00:00Z"},
    {"winter is the saving time in Dublin", "30 1 * * *", "Europe/Dublin", "2026-10-25T00:45:00Z",
     "2026-10-25T00:30:00Z", "2026-10-25T01:30:00Z"},
    {"two hours of saving time", "15 2 * * *", "Antarctica/Troll", "2026-03-29T00:30:00Z",
     "2026-03-28T02:15:00Z", "2026-03-29T01:00:00Z"},
    {"a restricted day across a change of the clock", "0 2 * * sun", "America/New_York",
     "2026-03-08T06:59:59Z", "2026-03-01T07:00:00Z", "2026-03-08T07:00:00Z"},
    {"a zone with rules after 2037", "30 2 * * *", "America/New_York", "2045-03-12T06:00:00Z",
     "2045-03-11T07:30:00Z", "2045-03-12T07:00:00Z"},
};

static void assert_tick(const char *title, const char *which, const char *expected, int64_t got_ts)
{
    g_autofree char *got = rp_time_format_iso(got_ts);
    if (strcmp(got, expected) != 0)
        fail_msg("%s: %s is %s, expected %s", title, which, got, expected);
}

static void crons_tick_as_croniter_does(void **state)
{
    (void)state;
    for (size_t i = 0; i < G_N_ELEMENTS(ticks); i++) {
        g_autoptr(rp_cron) cron = parse(ticks[i].expression, ticks[i].zone);
        int64_t at_ts = ts_of(ticks[i].at);
        assert_tick(ticks[i].title, "prev", ticks[i].prev, rp_cron_prev(cron, at_ts));
        assert_tick(ticks[i].title, "next", ticks[i].next, rp_cron_next(cron, at_ts));
    }
}

/* Walking forward and looking back from every instant between must agree, also around changes of the clock.
 */
static void a_tick_is_its_own_floor(void **state)
{
    (void)state;
    for (size_t i = 0; i < G_N_ELEMENTS(ticks); i++) {
        g_autoptr(rp_cron) cron = parse(ticks[i].expression, ticks[i].zone);
        int64_t ts = ts_of(ticks[i].at);
        for (int step = 0; step < 50; step++) {
            int64_t next_ts = rp_cron_next(cron, ts);
            assert_true(next_ts > ts);
            assert_int_equal(rp_cron_floor(cron, next_ts), next_ts);
            assert_true(rp_cron_floor(cron, next_ts - 1) < next_ts);
            assert_true(rp_cron_prev(cron, next_ts) < next_ts);
            ts = next_ts;
        }
    }
}

/* The reference's floor is neither: it subtracts what it takes for the period of the cron from the next tick.
 */
static void a_floor_is_a_tick_and_not_in_the_future(void **state)
{
    (void)state;
    g_autoptr(rp_cron) office_hours = parse("15,45 9-17 * * mon-fri", NULL);
    assert_tick("on Sunday", "floor", "2026-03-06T17:45:00Z",
                rp_cron_floor(office_hours, ts_of("2026-03-08T07:00:00Z")));
    g_autoptr(rp_cron) nightly = parse("30 2 * * *", "America/New_York");
    assert_tick("in the gap", "floor", "2026-03-08T07:00:00Z",
                rp_cron_floor(nightly, ts_of("2026-03-08T07:15:00Z")));
}

static const struct {
    const char *expression;
    const char *word; /* that the message has */
} refused[] = {
    {"", "0 fields"},
    {"0 0 * *", "4 fields"},
    {" @daily", "1 fields"},
    {"@reboot", "1 fields"},
    {"0 0 * * * 0 2030", "7 fields"},
    {"60 * * * *", "\"60\" cannot be the minute of"},
    {"* 24 * * *", "\"24\" cannot be the hour"},
    {"* * 0 * *", "day of month"},
    {"* * 0-5 * *", "day of month"},
    {"* * * 13 *", "month"},
    {"* * * * 8", "day of week"},
    {"* * * * * 60", "second"},
    {"99999999999999999999 * * * *", "minute"},
    {"*/0 * * * *", "minute"},
    {"1-5/0 * * * *", "minute"},
    {"1- * * * *", "minute"},
    {"-1 * * * *", "minute"},
    {"1-2-3 * * * *", "minute"},
    {"1/2/3 * * * *", "minute"},
    {"/5 * * * *", "minute"},
    {"1,,2 * * * *", "minute"},
    {"? * * * *", "minute"},
    {"H * * * *", "minute"},
    {"R * * * *", "minute"},
    {"sun * * * *", "minute"},
    {"* * L-5 * *", "day of month"},
    {"* * 15W,L * *", "day of month"},
    {"* * 32W * *", "day of month"},
    {"* * * * L", "day of week"},
    {"* * * * 5L", "day of week"},
    {"* * * * sun#0", "day of week"},
    {"* * * * sun#6", "day of week"},
    {"* * * * 1-3#2", "day of week"},
    {"* * * * sunday", "day of week"},
    {"* * * * sun#1,mon", "mixes weekdays"},
    {"0 0 30 2 *", "never fires"},
    {"0 0 31 4,6,9,11 *", "never fires"},
    {"0 0 1 * sun#2", "never fires"},
    {"0 0 15W * sat", "never fires"},
};

static void a_cron_that_cannot_be_is_refused_by_name(void **state)
{
    (void)state;
    for (size_t i = 0; i < G_N_ELEMENTS(refused); i++) {
        rp_cron *cron = NULL;
        repoint_error error = REPOINT_ERROR_INIT;
        assert_int_equal(rp_cron_parse(refused[i].expression, NULL, &cron, &error), REPOINT_INVALID);
        assert_null(cron);
        if (strstr(error.message, refused[i].word) == NULL)
            fail_msg("\"%s\": %s", refused[i].expression, error.message);
        assert_non_null(error.hint);
        repoint_error_clear(&error);
    }
}

static void a_long_cron_is_refused_unread(void **state)
{
    (void)state;
    g_autofree char *minutes = g_strnfill(199, '1');
    g_autofree char *expression = g_strdup_printf("%s * * * *", minutes);
    rp_cron *cron = NULL;
    repoint_error error = REPOINT_ERROR_INIT;
    assert_int_equal(rp_cron_parse(expression, NULL, &cron, &error), REPOINT_INVALID);
    assert_string_equal(error.message, "the cron expression is longer than 200 bytes");
    repoint_error_clear(&error);
}

static void only_zones_of_the_database_are_opened(void **state)
{
    (void)state;
    const char *zones[] = {"Europe/Atlantis", "/etc/passwd", "../zoneinfo/UTC", "+05:00", "", "Europe/Oslo "};
    for (size_t i = 0; i < G_N_ELEMENTS(zones); i++) {
        rp_cron *cron = NULL;
        repoint_error error = REPOINT_ERROR_INIT;
        assert_int_equal(rp_cron_parse("@daily", zones[i], &cron, &error), REPOINT_INVALID);
        assert_non_null(strstr(error.message, zones[i]));
        repoint_error_clear(&error);
    }
}

static void the_end_of_time_is_no_trap(void **state)
{
    (void)state;
    g_autoptr(rp_cron) leap_days = parse("0 0 29 2 *", "Europe/Oslo");
    assert_true(rp_cron_next(leap_days, INT64_MAX) > ts_of("9999-12-31"));
    assert_true(rp_cron_prev(leap_days, INT64_MIN) < ts_of("0001-01-01"));
}

static void a_cron_is_shared(void **state)
{
    (void)state;
    g_autoptr(rp_cron) cron = parse("@hourly", "Europe/Oslo");
    g_autoptr(rp_cron) shared = rp_cron_ref(cron);
    g_clear_pointer(&cron, rp_cron_unref);
    assert_tick("@hourly", "next", "2026-01-01T01:00:00Z", rp_cron_next(shared, ts_of("2026-01-01")));
}

/* ---- units ---- */

static const char *unit_at(const char *expression, const char *now)
{
    g_autoptr(rp_cron) cron = parse(expression, NULL);
    rp_interval_unit unit;
    repoint_error error = REPOINT_ERROR_INIT;
    if (rp_unit_from_cron(cron, ts_of(now), &unit, &error) == REPOINT_OK)
        return rp_unit_name(unit);
    assert_int_equal(error.status, REPOINT_INVALID);
    repoint_error_clear(&error);
    return "none";
}

/* A cron of every seven minutes is one of five until the short last step of the hour is among its next ticks.
 */
static void an_irregular_cron_changes_its_unit_with_the_hour(void **state)
{
    (void)state;
    assert_string_equal(unit_at("*/7 * * * *", "2026-03-31 12:01"), "five_minute");
    assert_string_equal(unit_at("*/7 * * * *", "2026-03-31 12:34"), "none");
    assert_string_equal(unit_at("0 0 1-7 * 1", "2026-04-01 12:00"), "day");
    assert_string_equal(unit_at("0 0 29 2 *", "2026-03-31"), "year");
    assert_string_equal(unit_at("0 0 1 */3 *", "2026-03-31"), "month");
}

static void a_period_is_fixed_when_five_ticks_are_apart_alike(void **state)
{
    (void)state;
    g_autoptr(rp_cron) weekly = parse("@weekly", "Europe/Oslo");
    g_autoptr(rp_cron) monthly = parse("@monthly", NULL);
    g_autoptr(rp_cron) nightly_in_oslo = parse("30 2 * * *", "Europe/Oslo");
    assert_int_equal(rp_cron_period_seconds(weekly, ts_of("2026-03-20")), 7 * 86400);
    assert_int_equal(rp_cron_period_seconds(monthly, ts_of("2026-03-20")), 0);
    assert_int_equal(rp_cron_period_seconds(nightly_in_oslo, ts_of("2026-03-28")), 86400);
}

static void units_are_calendar_months_and_years(void **state)
{
    (void)state;
    int64_t leap_day_ts = ts_of("2024-02-29 12:00");
    assert_tick("month", "floor", "2024-02-01T00:00:00Z", rp_unit_floor(RP_UNIT_MONTH, leap_day_ts));
    assert_tick("month", "next", "2024-03-01T00:00:00Z", rp_unit_next(RP_UNIT_MONTH, leap_day_ts));
    assert_tick("year", "next", "2025-01-01T00:00:00Z", rp_unit_next(RP_UNIT_YEAR, leap_day_ts));
    assert_tick("year", "prev", "2023-01-01T00:00:00Z", rp_unit_prev(RP_UNIT_YEAR, ts_of("2024-01-01")));
    assert_tick("day", "floor", "1969-12-31T00:00:00Z", rp_unit_floor(RP_UNIT_DAY, -1));
    assert_tick("month", "floor", "1969-12-01T00:00:00Z", rp_unit_floor(RP_UNIT_MONTH, -1));
}

/* A unit's ticks are those of its cron. */
static void units_tick_as_their_crons(void **state)
{
    (void)state;
    const char *crons[] = {"@yearly",      "@monthly",     "@daily",     "@hourly",
                           "*/30 * * * *", "*/15 * * * *", "*/5 * * * *"};
    for (rp_interval_unit unit = RP_UNIT_YEAR; unit <= RP_UNIT_FIVE_MINUTE; unit++) {
        g_autoptr(rp_cron) cron = parse(crons[unit], NULL);
        int64_t ts = ts_of("1967-11-30 23:58:59.999");
        for (int i = 0; i < 100; i++) {
            assert_int_equal(rp_unit_floor(unit, ts), rp_cron_floor(cron, ts));
            assert_int_equal(rp_unit_prev(unit, ts), rp_cron_prev(cron, ts));
            assert_int_equal(rp_unit_next(unit, ts), rp_cron_next(cron, ts));
            ts = i % 2 == 0 ? rp_unit_next(unit, ts) : ts + INT64_C(40000000001);
        }
    }
}

static void units_have_names(void **state)
{
    (void)state;
    for (rp_interval_unit unit = RP_UNIT_YEAR; unit <= RP_UNIT_FIVE_MINUTE; unit++) {
        rp_interval_unit found = RP_UNIT_YEAR;
        assert_true(rp_unit_from_name(rp_unit_name(unit), &found));
        assert_int_equal(found, unit);
    }
    rp_interval_unit untouched = RP_UNIT_DAY;
    assert_false(rp_unit_from_name("fortnight", &untouched));
    assert_int_equal(untouched, RP_UNIT_DAY);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(crons_tick_as_croniter_does),
        cmocka_unit_test(a_tick_is_its_own_floor),
        cmocka_unit_test(a_floor_is_a_tick_and_not_in_the_future),
        cmocka_unit_test(a_cron_that_cannot_be_is_refused_by_name),
        cmocka_unit_test(a_long_cron_is_refused_unread),
        cmocka_unit_test(only_zones_of_the_database_are_opened),
        cmocka_unit_test(the_end_of_time_is_no_trap),
        cmocka_unit_test(a_cron_is_shared),
        cmocka_unit_test(an_irregular_cron_changes_its_unit_with_the_hour),
        cmocka_unit_test(a_period_is_fixed_when_five_ticks_are_apart_alike),
        cmocka_unit_test(units_are_calendar_months_and_years),
        cmocka_unit_test(units_tick_as_their_crons),
        cmocka_unit_test(units_have_names),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
