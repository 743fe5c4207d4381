/*
 * Dates of the proleptic Gregorian calendar, and the wall clocks of time zones.
 * A wall clock is a count of seconds as a UTC clock would show them: 1970-01-01 00:00 on the wall is 0.
 */
#ifndef RP_BASE_CALENDAR_H
#define RP_BASE_CALENDAR_H

#include "base/error.h"

#define RP_SECONDS_PER_DAY INT64_C(86400)

/* The years that Python, and so the reference, can name: 0001-01-01 to 9999-12-31T23:59:59. */
#define RP_MIN_SECONDS INT64_C(-62135596800)
#define RP_MAX_SECONDS INT64_C(253402300799)

typedef struct rp_date {
    int64_t year;
    int month; /* 1 to 12 */
    int day;   /* 1 to 31 */
} rp_date;

int64_t rp_date_to_days(rp_date date); /* since 1970-01-01 */
rp_date rp_date_from_days(int64_t days);
bool rp_date_exists(rp_date date); /* in the years 1 to 9999 */
/* The same day `months` later (or earlier), or the last day of that month where it has no such day. */
rp_date rp_date_add_months(rp_date date, int64_t months);
int rp_month_length(int64_t year, int month);
int rp_weekday_from_days(int64_t days); /* 0 is Sunday */

/* Quotient rounded down, for instants before 1970. `divisor` is positive. */
int64_t rp_floor_div(int64_t number, int64_t divisor);

/*
 * The zone of an IANA name, or NULL for NULL and "UTC": the functions below take NULL as UTC. Release with
 * g_time_zone_unref(). Fails with REPOINT_INVALID for a name that the zone database does not have.
 */
repoint_status rp_zone_open(const char *name, GTimeZone **ret_zone, repoint_error *error);

/* The seconds that the zone's wall clock is ahead of UTC at an instant. */
int64_t rp_zone_offset(GTimeZone *zone, int64_t instant);

/*
 * The offset in force when the wall clock shows `wall`. A time that the clock shows twice has the earlier
 * offset, or the later one when `second` is set. Returns false for a time that the clock skips; *ret_offset
 * is then the offset before the gap, or after it when `second` is set (as Python's `fold`).
 */
bool rp_zone_wall_offset(GTimeZone *zone, int64_t wall, bool second, int64_t *ret_offset);

#endif
