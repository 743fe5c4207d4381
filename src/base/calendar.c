/*
 * Dates and wall clocks. Dates are computed with the well-known count of days from 1 March, by which a leap
 * day is the last of its year; GLib knows the zones. What Python does with a wall time that a zone skips or
 * shows twice is rebuilt here, since GLib chooses differently.
 */
#include "base/calendar.h"

#include <string.h>

#define MAX_ZONE_NAME 100

#define DAYS_PER_ERA INT64_C(146097) /* 400 years, after which the calendar repeats */
#define EPOCH_DAYS   INT64_C(719468) /* from 0000-03-01 to 1970-01-01 */

int64_t rp_floor_div(int64_t number, int64_t divisor)
{
    return number / divisor - (number % divisor < 0 ? 1 : 0);
}

int64_t rp_date_to_days(rp_date date)
{
    int64_t year = date.year - (date.month <= 2 ? 1 : 0);
    int64_t era = rp_floor_div(year, 400);
    int64_t year_of_era = year - era * 400;
    int64_t day_of_year = (153 * (date.month + (date.month > 2 ? -3 : 9)) + 2) / 5 + date.day - 1;
    return era * DAYS_PER_ERA + year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year -
           EPOCH_DAYS;
}

rp_date rp_date_from_days(int64_t days)
{
    days += EPOCH_DAYS;
    int64_t era = rp_floor_div(days, DAYS_PER_ERA);
    int64_t day_of_era = days - era * DAYS_PER_ERA;
    int64_t year_of_era = (day_of_era - day_of_era / 1460 + day_of_era / 36524 - day_of_era / 146096) / 365;
    int64_t day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    int64_t month_from_march = (5 * day_of_year + 2) / 153;
    int month = (int)(month_from_march < 10 ? month_from_march + 3 : month_from_march - 9);
    int day = (int)(day_of_year - (153 * month_from_march + 2) / 5 + 1);
    return (rp_date){.year = era * 400 + year_of_era + (month <= 2 ? 1 : 0), .month = month, .day = day};
}

int rp_month_length(int64_t year, int month)
{
    static const int lengths[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    bool leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
    return lengths[month - 1] + (leap && month == 2 ? 1 : 0);
}

bool rp_date_exists(rp_date date)
{
    return date.year >= 1 && date.year <= 9999 && date.month >= 1 && date.month <= 12 && date.day >= 1 &&
           date.day <= rp_month_length(date.year, date.month);
}

rp_date rp_date_add_months(rp_date date, int64_t months)
{
    int64_t count = date.year * 12 + date.month - 1 + months;
    int64_t year = rp_floor_div(count, 12);
    int month = (int)(count - year * 12) + 1;
    return (rp_date){.year = year, .month = month, .day = MIN(date.day, rp_month_length(year, month))};
}

int rp_weekday_from_days(int64_t days)
{
    const int64_t thursday = 4; /* 1970-01-01 */
    return (int)(days + thursday - rp_floor_div(days + thursday, 7) * 7);
}

/*
 * ---- time zones ----
 *
 * GLib (2.74) has Dublin's summers wrong after 2037, whose rule calls winter the saving time; no other zone
 * differs from what Python has.
 */

/* GLib would read any file of the machine that it is given the path of, and POSIX rules such as "+05:00". */
static bool is_zone_name(const char *name)
{
    static const char allowed[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_+-/";
    return g_ascii_isalpha(name[0]) && name[strspn(name, allowed)] == '\0';
}

repoint_status rp_zone_open(const char *name, GTimeZone **ret_zone, repoint_error *error)
{
    if (name == NULL || strcmp(name, "UTC") == 0) {
        *ret_zone = NULL;
        return REPOINT_OK;
    }
    if (strlen(name) > MAX_ZONE_NAME)
        return rp_fail(error, REPOINT_INVALID, NULL, "a time zone has a name longer than %d bytes",
                       MAX_ZONE_NAME);
    GTimeZone *zone = is_zone_name(name) ? g_time_zone_new_identifier(name) : NULL;
    if (zone == NULL)
        return rp_fail(error, REPOINT_INVALID, "use a name of the IANA database such as \"Europe/Oslo\"",
                       "there is no time zone \"%s\"", name);
    *ret_zone = zone;
    return REPOINT_OK;
}

int64_t rp_zone_offset(GTimeZone *zone, int64_t instant)
{
    if (zone == NULL)
        return 0;
    int interval = g_time_zone_find_interval(zone, G_TIME_TYPE_UNIVERSAL, instant);
    return interval < 0 ? 0 : g_time_zone_get_offset(zone, interval);
}

bool rp_zone_wall_offset(GTimeZone *zone, int64_t wall, bool second, int64_t *ret_offset)
{
    /* No zone changes its clock twice within two days. */
    int64_t before = rp_zone_offset(zone, wall - RP_SECONDS_PER_DAY);
    int64_t after = rp_zone_offset(zone, wall + RP_SECONDS_PER_DAY);
    bool before_holds = rp_zone_offset(zone, wall - before) == before;
    bool after_holds = rp_zone_offset(zone, wall - after) == after;
    if (before_holds == after_holds)
        *ret_offset = second ? after : before;
    else
        *ret_offset = before_holds ? before : after;
    return before_holds || after_holds;
}
