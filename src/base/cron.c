/*
 * The ticks of a cron expression, as croniter counts them.
 *
 * A tick is looked for on the wall clock, jumping from month to month and then within the day: no search
 * walks over minutes, and none is longer than fifty years, the distance after which croniter gives up and
 * within which every expression fires that ever does (a fifth Sunday on 29 February comes after 40 at most).
 *
 * Then the wall time becomes an instant of the time zone, by croniter's rules:
 *
 *  - a time that the zone skips becomes the first that exists after it; when that is no progress, or the hour
 * is
 *    "*", the next tick that exists takes its place;
 *  - of a time that the zone shows twice, both are ticks;
 *  - when the zone's offset differs between here and the tick found, a second search starts from where the
 * wall clock would stand with the other offset, and the nearer of the two is the tick.
 *
 * When both the day and the weekday are restricted either will do, and the two are sought one by one.
 */
#include "base/cron.h"

#include "base/calendar.h"
#include "base/cron_fields.h"

#define MAX_MONTHS (50 * 12)
#define NEVER      INT64_MIN

/* Which of the two fields that name days count. */
typedef enum { BY_DAY = 1, BY_WEEKDAY = 2, BY_BOTH = BY_DAY | BY_WEEKDAY } day_rule;

struct rp_cron {
    gint references;
    rp_cron_fields fields;
    GTimeZone *zone;   /* NULL is UTC */
    day_rule rules[2]; /* the nearest tick by any of them is the tick */
    int rule_count;
};

/* ---- days ---- */

/* The set of the days of a month that are this weekday. */
static rp_cron_set weekday_set(int64_t first_day, int length, int weekday)
{
    rp_cron_set set = 0;
    for (int day = 1 + (weekday - rp_weekday_from_days(first_day) + 7) % 7; day <= length; day += 7)
        set |= UINT64_C(1) << day;
    return set;
}

/* "sun#2" and "l5": of the days that are this weekday, those of the wanted ranks. */
static rp_cron_set ranked(rp_cron_set days, rp_cron_set ranks)
{
    rp_cron_set chosen = 0;
    for (int rank = 1; days != 0; rank++) {
        rp_cron_set lowest = days & (~days + 1);
        days &= days - 1;
        bool last = days == 0 && (ranks >> RP_CRON_LAST_WEEKDAY & 1) != 0;
        if (last || (rank <= 5 && (ranks >> rank & 1) != 0))
            chosen |= lowest;
    }
    return chosen;
}

static rp_cron_set days_by_weekday(const rp_cron_fields *fields, int64_t first_day, int length)
{
    rp_cron_set set = 0;
    for (int weekday = 0; weekday < 7; weekday++) {
        rp_cron_set days = weekday_set(first_day, length, weekday);
        if (fields->has_nth_weekdays)
            set |= ranked(days, fields->nth_weekdays[weekday]);
        else if ((fields->weekdays >> weekday & 1) != 0)
            set |= days;
    }
    return set;
}

/* The working day nearest to a day, in the same month. */
static int nearest_working_day(int64_t first_day, int length, int day)
{
    day = MIN(day, length);
    switch (rp_weekday_from_days(first_day + day - 1)) {
    case 6: return day > 1 ? day - 1 : day + 2;
    case 0: return day < length ? day + 1 : day - 2;
    default: return day;
    }
}

static rp_cron_set days_by_day(const rp_cron_fields *fields, int64_t first_day, int length)
{
    if (fields->nearest_weekday != 0)
        return UINT64_C(1) << nearest_working_day(first_day, length, fields->nearest_weekday);
    return fields->days | (fields->last_day ? UINT64_C(1) << length : 0);
}

/* "W" and "#" always count: what a rule leaves out is the plain list of its field. */
static rp_cron_set days_of_month(const rp_cron_fields *fields, day_rule rule, int64_t year, int month)
{
    if ((fields->months >> month & 1) == 0)
        return 0;
    int length = rp_month_length(year, month);
    int64_t first_day = rp_date_to_days((rp_date){year, month, 1});
    rp_cron_set set = (UINT64_C(2) << length) - 2;
    if (fields->nearest_weekday != 0 || ((rule & BY_DAY) != 0 && !fields->any_day))
        set &= days_by_day(fields, first_day, length);
    if (fields->has_nth_weekdays || ((rule & BY_WEEKDAY) != 0 && !fields->any_weekday))
        set &= days_by_weekday(fields, first_day, length);
    return set;
}

/* ---- seeking on the wall clock; `step` is 1 or -1, and where it starts is included ---- */

/* The nearest member at or after (before) n, or -1. */
static int seek_member(rp_cron_set set, int n, int step)
{
    if (n < 0 || n > 63)
        return -1;
    set = step > 0 ? set >> n << n : set << (63 - n) >> (63 - n);
    if (set == 0)
        return -1;
    return step > 0 ? __builtin_ctzll(set) : 63 - __builtin_clzll(set);
}

static int64_t seek_day(const rp_cron_fields *fields, day_rule rule, int64_t day, int step)
{
    rp_date date = rp_date_from_days(day);
    for (int i = 0; i < MAX_MONTHS; i++) {
        int found = seek_member(days_of_month(fields, rule, date.year, date.month), date.day, step);
        if (found >= 0)
            return rp_date_to_days((rp_date){date.year, date.month, found});
        date = rp_date_add_months((rp_date){date.year, date.month, 1}, step);
        date.day = step > 0 ? 1 : 31;
    }
    return NEVER;
}

/* A second of the day, or -1. */
static int seek_second(const rp_cron_fields *fields, int from, int step)
{
    int edge = step > 0 ? 0 : 59;
    int from_hour = from / 3600, from_minute = from / 60 % 60;
    for (int hour = seek_member(fields->hours, from_hour, step); hour >= 0;
         hour = seek_member(fields->hours, hour + step, step)) {
        int first = hour == from_hour ? from_minute : edge;
        for (int minute = seek_member(fields->minutes, first, step); minute >= 0;
             minute = seek_member(fields->minutes, minute + step, step)) {
            bool here = hour == from_hour && minute == from_minute;
            int second = seek_member(fields->seconds, here ? from % 60 : edge, step);
            if (second >= 0)
                return (hour * 60 + minute) * 60 + second;
        }
    }
    return -1;
}

/* One look for a tick: which days, in which zone, in which direction. */
typedef struct {
    const rp_cron_fields *fields;
    GTimeZone *zone;
    day_rule rule;
    int step;
} search;

/* The nearest wall time, in seconds, strictly after (before) one in milliseconds. */
static int64_t seek_wall(const search *s, int64_t wall_ms)
{
    int64_t wall = s->step > 0 ? rp_floor_div(wall_ms, 1000) + 1 : rp_floor_div(wall_ms - 1, 1000);
    int64_t today = rp_floor_div(wall, RP_SECONDS_PER_DAY);
    int64_t day = seek_day(s->fields, s->rule, today, s->step);
    if (day == today) {
        int second = seek_second(s->fields, (int)(wall - today * RP_SECONDS_PER_DAY), s->step);
        if (second >= 0)
            return today * RP_SECONDS_PER_DAY + second;
        day = seek_day(s->fields, s->rule, today + s->step, s->step);
    }
    return day * RP_SECONDS_PER_DAY +
           seek_second(s->fields, s->step > 0 ? 0 : RP_SECONDS_PER_DAY - 1, s->step);
}

/* ---- from the wall clock to an instant ---- */

typedef struct {
    int64_t wall_ms;
    int64_t ts;
} moment;

static moment moment_at(int64_t wall, int64_t offset)
{
    return (moment){.wall_ms = wall * 1000, .ts = (wall - offset) * 1000};
}

static bool is_beyond(const search *s, moment a, moment b)
{
    return s->step > 0 ? a.ts > b.ts : a.ts < b.ts;
}

/*
 * The instant of a wall time: of two the nearer to `now` that is beyond it; of none the next minute that
 * exists. Returns whether the zone shows that wall time at all.
 */
static bool place(const search *s, moment now, int64_t wall, moment *ret)
{
    int64_t offset;
    bool exists = rp_zone_wall_offset(s->zone, wall, s->step < 0, &offset);
    if (exists) {
        *ret = moment_at(wall, offset);
        if (!is_beyond(s, *ret, now)) {
            rp_zone_wall_offset(s->zone, wall, s->step > 0, &offset);
            *ret = moment_at(wall, offset);
        }
        return true;
    }
    while (!rp_zone_wall_offset(s->zone, wall, false, &offset))
        wall += 60;
    *ret = moment_at(wall, offset);
    return false;
}

static moment seek_place(const search *s, moment now)
{
    int64_t wall = seek_wall(s, now.wall_ms);
    moment found;
    bool exists = place(s, now, wall, &found);
    if (!exists && (!is_beyond(s, found, now) || s->fields->any_hour)) {
        while (!exists) {
            wall = seek_wall(s, wall * 1000);
            exists = place(s, now, wall, &found);
        }
    }
    return found;
}

static moment seek(const search *s, moment now)
{
    moment found = seek_place(s, now);
    int64_t shift = (found.wall_ms - found.ts) - (now.wall_ms - now.ts);
    if (shift == 0)
        return found;
    moment other;
    if (!place(s, now, seek_wall(s, now.wall_ms + shift), &other))
        return found;
    return is_beyond(s, other, now) && is_beyond(s, found, other) ? other : found;
}

/* ---- expressions ---- */

/*
 * With "or" between day and weekday, one of them may be impossible (30 February, or a Monday). With "W" or
 * "#", which hold on both sides, croniter fails unless both are possible.
 */
static bool choose_rules(rp_cron *cron)
{
    const rp_cron_fields *fields = &cron->fields;
    bool joined_by_or = !fields->any_day && !fields->any_weekday;
    const day_rule both[] = {BY_BOTH}, either[] = {BY_DAY, BY_WEEKDAY};
    const day_rule *candidates = joined_by_or ? either : both;
    int count = joined_by_or ? 2 : 1;
    for (int i = 0; i < count; i++) {
        if (seek_day(fields, candidates[i], 0, 1) != NEVER)
            cron->rules[cron->rule_count++] = candidates[i];
    }
    bool all_needed = fields->nearest_weekday != 0 || fields->has_nth_weekdays;
    return cron->rule_count == count || (cron->rule_count > 0 && !all_needed);
}

repoint_status rp_cron_parse(const char *expression, const char *time_zone, rp_cron **ret_cron,
                             repoint_error *error)
{
    g_autoptr(rp_cron) cron = g_new0(rp_cron, 1);
    cron->references = 1;
    repoint_status status = rp_cron_fields_read(expression, &cron->fields, error);
    if (status == REPOINT_OK)
        status = rp_zone_open(time_zone, &cron->zone, error);
    if (status != REPOINT_OK)
        return status;
    if (!choose_rules(cron))
        return rp_fail(error, REPOINT_INVALID, "name a day that its months have",
                       "the cron expression \"%s\" never fires", expression);
    *ret_cron = g_steal_pointer(&cron);
    return REPOINT_OK;
}

rp_cron *rp_cron_ref(rp_cron *cron)
{
    g_atomic_int_inc(&cron->references);
    return cron;
}

void rp_cron_unref(rp_cron *cron)
{
    if (cron == NULL || !g_atomic_int_dec_and_test(&cron->references))
        return;
    g_clear_pointer(&cron->zone, g_time_zone_unref);
    g_free(cron);
}

/* ---- ticks ---- */

static int64_t tick(const rp_cron *cron, GTimeZone *zone, int64_t ts, int step)
{
    ts = CLAMP(ts, RP_MIN_SECONDS * 1000, RP_MAX_SECONDS * 1000);
    moment now = {.wall_ms = ts + rp_zone_offset(zone, rp_floor_div(ts, 1000)) * 1000, .ts = ts};
    moment nearest = {0};
    for (int i = 0; i < cron->rule_count; i++) {
        search s = {.fields = &cron->fields, .zone = zone, .rule = cron->rules[i], .step = step};
        moment found = seek(&s, now);
        /* croniter compares what the wall clock shows. */
        if (i == 0 || (found.wall_ms - nearest.wall_ms) * step <= 0)
            nearest = found;
    }
    return nearest.ts;
}

int64_t rp_cron_next(const rp_cron *cron, int64_t ts)
{
    return tick(cron, cron->zone, ts, 1);
}

int64_t rp_cron_prev(const rp_cron *cron, int64_t ts)
{
    return tick(cron, cron->zone, ts, -1);
}

int64_t rp_cron_floor(const rp_cron *cron, int64_t ts)
{
    return rp_cron_prev(cron, ts + 1);
}

/* ---- periods and units: the reference counts these in UTC, whatever the zone ---- */

#define SAMPLES 5

int64_t rp_cron_period_seconds(const rp_cron *cron, int64_t now_ts)
{
    int64_t at = tick(cron, NULL, now_ts, 1);
    int64_t period = 0;
    for (int i = 0; i < SAMPLES; i++) {
        int64_t next = tick(cron, NULL, at, 1);
        if (i > 0 && next - at != period)
            return 0;
        period = next - at;
        at = next;
    }
    return period / 1000;
}

/* The shortest of the distances between the next five ticks. */
static int64_t shortest_seconds(const rp_cron *cron, int64_t now_ts)
{
    int64_t at = tick(cron, NULL, now_ts, 1);
    int64_t shortest = INT64_MAX;
    for (int i = 1; i < SAMPLES; i++) {
        int64_t next = tick(cron, NULL, at, 1);
        shortest = MIN(shortest, next - at);
        at = next;
    }
    return shortest / 1000;
}

repoint_status rp_unit_from_cron(const rp_cron *cron, int64_t now_ts, rp_interval_unit *ret_unit,
                                 repoint_error *error)
{
    int64_t seconds = rp_cron_period_seconds(cron, now_ts);
    if (seconds == 0) /* the reference samples from the start of the minute */
        seconds = shortest_seconds(cron, rp_floor_div(now_ts, 60000) * 60000);
    for (rp_interval_unit unit = RP_UNIT_YEAR; unit <= RP_UNIT_FIVE_MINUTE; unit++) {
        if (rp_unit_seconds(unit) <= seconds) {
            *ret_unit = unit;
            return REPOINT_OK;
        }
    }
    return rp_fail(error, REPOINT_INVALID, "let it run every five minutes or less often",
                   "the cron expression fires every %" G_GINT64_FORMAT " seconds", seconds);
}
