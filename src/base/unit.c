/*
 * Interval units: what the range that a table covers is counted in. Their ticks are in UTC; those of a month
 * and a year are civil dates, so that their length in rp_unit_seconds() is only the reference's lower bound.
 */
#include "base/cron.h"

#include "base/calendar.h"

static const struct {
    const char *name;
    int64_t seconds;
    int months; /* 0 for the units of fixed length */
} unit_table[] = {
    [RP_UNIT_YEAR] = {"year", 365 * RP_SECONDS_PER_DAY, 12},
    [RP_UNIT_MONTH] = {"month", 28 * RP_SECONDS_PER_DAY, 1},
    [RP_UNIT_DAY] = {"day", RP_SECONDS_PER_DAY, 0},
    [RP_UNIT_HOUR] = {"hour", 3600, 0},
    [RP_UNIT_HALF_HOUR] = {"half_hour", 1800, 0},
    [RP_UNIT_QUARTER_HOUR] = {"quarter_hour", 900, 0},
    [RP_UNIT_FIVE_MINUTE] = {"five_minute", 300, 0},
};

const char *rp_unit_name(rp_interval_unit unit)
{
    return unit_table[unit].name;
}

bool rp_unit_from_name(const char *name, rp_interval_unit *ret_unit)
{
    for (size_t i = 0; i < G_N_ELEMENTS(unit_table); i++) {
        if (g_ascii_strcasecmp(name, unit_table[i].name) == 0) {
            *ret_unit = (rp_interval_unit)i;
            return true;
        }
    }
    return false;
}

int64_t rp_unit_seconds(rp_interval_unit unit)
{
    return unit_table[unit].seconds;
}

bool rp_unit_is_fixed(rp_interval_unit unit)
{
    return unit_table[unit].months == 0;
}

static int64_t ts_of_date(rp_date date)
{
    return rp_date_to_days(date) * RP_SECONDS_PER_DAY * 1000;
}

/* The first day of the month or year that `ts` is in. */
static rp_date first_date(rp_interval_unit unit, int64_t ts)
{
    rp_date date = rp_date_from_days(rp_floor_div(ts, RP_SECONDS_PER_DAY * 1000));
    return (rp_date){date.year, unit == RP_UNIT_YEAR ? 1 : date.month, 1};
}

int64_t rp_unit_floor(rp_interval_unit unit, int64_t ts)
{
    int64_t ms = unit_table[unit].seconds * 1000;
    return rp_unit_is_fixed(unit) ? rp_floor_div(ts, ms) * ms : ts_of_date(first_date(unit, ts));
}

int64_t rp_unit_next(rp_interval_unit unit, int64_t ts)
{
    if (rp_unit_is_fixed(unit))
        return rp_unit_floor(unit, ts) + unit_table[unit].seconds * 1000;
    return ts_of_date(rp_date_add_months(first_date(unit, ts), unit_table[unit].months));
}

int64_t rp_unit_prev(rp_interval_unit unit, int64_t ts)
{
    return rp_unit_floor(unit, ts - 1);
}
