/*
 * Reading and writing times, as SQLMesh does. A text is tried as a number, as
 * an expression relative to now, and as a date, in that order. SQLMesh computes milliseconds with floating
 * point and sometimes loses one; repoint counts in whole microseconds and does not.
 */
#include "base/time.h"

#include <string.h>

#include "base/calendar.h"
#include "base/time_text.h"

#define MAX_LENGTH 200 /* bytes; the longest time that makes sense has some forty */
#define MIN_US     (RP_MIN_SECONDS * RP_US_PER_SECOND)
#define MAX_US     (RP_MAX_SECONDS * RP_US_PER_SECOND + RP_US_PER_SECOND - 1)

static const char hint[] = "use an ISO date such as 2026-01-31, or an expression such as \"3 days ago\"";

static bool in_range(int64_t us)
{
    return us >= MIN_US && us <= MAX_US;
}

/* Lower case, without the blanks around it. Free with g_free(). */
static char *normalized(const char *text)
{
    return g_strstrip(g_ascii_strdown(text, -1));
}

/* ---- numbers: YYYYMMDD, else milliseconds ---- */

static int number_of(const char *digits, size_t count)
{
    int number = 0;
    for (size_t i = 0; i < count; i++)
        number = number * 10 + digits[i] - '0';
    return number;
}

/* What Python's "%m%d" makes of digits: a month of two goes before a month of one, so "111" is 1 November. */
static bool split_month_day(const char *digits, size_t count, rp_date *date)
{
    for (size_t month_size = 2; month_size >= 1; month_size--) {
        if (count <= month_size || count > month_size + 2)
            continue;
        date->month = number_of(digits, month_size);
        date->day = number_of(digits + month_size, count - month_size);
        if (rp_date_exists((rp_date){2000, date->month, 1}) && date->day >= 1 && date->day <= 31)
            return true;
    }
    return false;
}

/* "20260131" or, as Python's "%Y%m%d" reads it, with a month or day of one digit; nothing around it. */
static bool read_compact_date(const char *text, rp_date *ret_date)
{
    size_t size = strlen(text);
    if (size < 6 || size > 8 || strspn(text, "0123456789") != size)
        return false;
    ret_date->year = number_of(text, 4);
    return split_month_day(text + 4, size - 4, ret_date) && rp_date_exists(*ret_date);
}

/* A decimal number, as Python's float() takes it, but for "inf", "nan" and "1_000". */
static bool is_number(const char *text)
{
    g_autofree char *trimmed = normalized(text);
    char *end = NULL;
    g_ascii_strtod(trimmed, &end);
    return end != trimmed && *end == '\0' && strspn(trimmed, "+-.0123456789e") == strlen(trimmed);
}

/* Milliseconds; whole ones exactly. */
static bool read_milliseconds(const char *text, int64_t *ret_us)
{
    g_autofree char *trimmed = normalized(text);
    double number = g_ascii_strtod(trimmed, NULL);
    if (!(number >= MIN_US / 1e3 && number <= MAX_US / 1e3))
        return false;
    char *end = NULL;
    int64_t whole = g_ascii_strtoll(trimmed, &end, 10);
    *ret_us = *end == '\0' ? whole * 1000 : rp_text_round(number * 1000);
    return in_range(*ret_us);
}

/* ---- any text ---- */

/* A time on a wall clock, or, when `is_instant` is set, in UTC. */
typedef struct {
    int64_t us;
    bool is_instant;
} reading;

static bool read_number(const char *text, reading *ret)
{
    rp_date date;
    ret->is_instant = !read_compact_date(text, &date);
    if (ret->is_instant)
        return read_milliseconds(text, &ret->us);
    ret->us = rp_date_to_days(date) * RP_US_PER_DAY;
    return true;
}

static bool read_words(const char *text, int64_t base_us, bool to_midnight, reading *ret)
{
    g_autofree char *lower = normalized(text);
    rp_relative relative;
    rp_absolute absolute;
    if (rp_relative_read(lower, &relative)) {
        ret->is_instant = false;
        if (to_midnight && relative.categorical)
            base_us = rp_floor_div(base_us, RP_US_PER_DAY) * RP_US_PER_DAY;
        return rp_relative_apply(&relative, base_us, &ret->us);
    }
    if (!rp_absolute_read(lower, base_us, &absolute))
        return false;
    ret->us = absolute.wall_us - absolute.offset_us;
    ret->is_instant = absolute.has_offset;
    return true;
}

/* As Python: the first of the two when the clock shows this time twice; of a skipped one, by the clock
 * before. */
static int64_t instant_of(const reading *read, GTimeZone *zone)
{
    int64_t offset = 0;
    if (!read->is_instant && zone != NULL)
        rp_zone_wall_offset(zone, rp_floor_div(read->us, RP_US_PER_SECOND), false, &offset);
    return read->us - offset * RP_US_PER_SECOND;
}

repoint_status rp_time_parse(const char *text, int64_t now_ts, const char *time_zone, bool to_midnight,
                             int64_t *ret_us, repoint_error *error)
{
    if (strlen(text) > MAX_LENGTH)
        return rp_fail(error, REPOINT_INVALID, hint, "a time is longer than %d bytes", MAX_LENGTH);
    g_autoptr(GTimeZone) zone = NULL;
    repoint_status status = rp_zone_open(time_zone, &zone, error);
    if (status != REPOINT_OK)
        return status;

    int64_t base_us = CLAMP(now_ts, MIN_US / 1000, MAX_US / 1000) * 1000;
    reading read = {0};
    bool readable =
        is_number(text) ? read_number(text, &read) : read_words(text, base_us, to_midnight, &read);
    int64_t us = readable ? instant_of(&read, zone) : 0;
    if (!readable || !in_range(us))
        return rp_fail(error, REPOINT_INVALID, hint, "cannot read \"%s\" as a time", text);
    *ret_us = us;
    return REPOINT_OK;
}

repoint_status rp_time_to_ts(const char *text, int64_t now_ts, int64_t *ret_ts, repoint_error *error)
{
    int64_t us;
    repoint_status status = rp_time_parse(text, now_ts, NULL, true, &us, error);
    if (status == REPOINT_OK)
        *ret_ts = us / 1000; /* towards 1970, as the reference */
    return status;
}

/* ---- what kind of text it is ---- */

bool rp_time_is_date(const char *text)
{
    rp_date date;
    if (strlen(text) > MAX_LENGTH)
        return false;
    g_auto(GStrv) parts = g_strsplit(text, "-", -1);
    g_autofree char *digits = g_strjoinv(NULL, parts);
    return read_compact_date(digits, &date);
}

bool rp_time_is_relative(const char *text)
{
    rp_relative relative;
    if (strlen(text) > MAX_LENGTH)
        return false;
    g_autofree char *lower = normalized(text);
    return rp_relative_read(lower, &relative) && relative.categorical;
}

repoint_status rp_time_exclusive_end(const char *text, int64_t now_ts, int64_t *ret_us, repoint_error *error)
{
    int64_t us;
    repoint_status status = rp_time_parse(text, now_ts, NULL, true, &us, error);
    if (status != REPOINT_OK)
        return status;
    if (rp_time_is_date(text))
        us += RP_US_PER_DAY;
    if (!in_range(us))
        return rp_fail(error, REPOINT_INVALID, "use an earlier end",
                       "the day \"%s\" ends after the year 9999", text);
    *ret_us = us;
    return REPOINT_OK;
}

/* ---- writing ---- */

static char *format(int64_t us, char separator, int fraction_digits, const char *suffix)
{
    int64_t day = rp_floor_div(us, RP_US_PER_DAY);
    int64_t second = rp_floor_div(us - day * RP_US_PER_DAY, RP_US_PER_SECOND);
    int64_t fraction = us - day * RP_US_PER_DAY - second * RP_US_PER_SECOND;
    rp_date date = rp_date_from_days(day);
    GString *text = g_string_new(NULL);
    g_string_printf(text, "%04d-%02d-%02d%c%02d:%02d:%02d", (int)date.year, date.month, date.day, separator,
                    (int)(second / 3600), (int)(second / 60 % 60), (int)(second % 60));
    if (fraction != 0)
        g_string_append_printf(text, ".%0*d", fraction_digits,
                               (int)(fraction_digits == 3 ? fraction / 1000 : fraction));
    g_string_append(text, suffix);
    return g_string_free(text, FALSE);
}

char *rp_time_format_us(int64_t us)
{
    return format(us, ' ', 6, "");
}

char *rp_time_format_iso(int64_t ts)
{
    return format(CLAMP(ts, MIN_US / 1000, MAX_US / 1000) * 1000, 'T', 3, "Z");
}

repoint_status rp_time_like_to_text(const char *text, bool is_number_value, char **ret_text,
                                    repoint_error *error)
{
    if (!is_number_value) {
        *ret_text = g_strdup(text);
        return REPOINT_OK;
    }
    int64_t us;
    repoint_status status = rp_time_parse(text, 0, NULL, true, &us, error);
    if (status != REPOINT_OK)
        return status;
    *ret_text = rp_time_format_us(us);
    if (rp_time_is_date(text))
        (*ret_text)[strlen("YYYY-MM-DD")] = '\0';
    return REPOINT_OK;
}

/* ---- lifetimes ---- */

static int64_t floor_to_minute(int64_t ts)
{
    return rp_floor_div(ts, 60000) * 60000;
}

repoint_status rp_ttl_ms(const char *ttl, int64_t updated_ts, int64_t *ret_ms, repoint_error *error)
{
    /* The reference checks with the midnight of today, so "in 0 days" passes at midnight only. */
    int64_t check_us, us;
    int64_t minute_ts = floor_to_minute(updated_ts);
    repoint_status status = rp_time_parse(ttl, minute_ts, NULL, true, &check_us, error);
    if (status == REPOINT_OK && check_us < minute_ts * 1000)
        return rp_fail(error, REPOINT_INVALID, "say \"in\" for a time to come, such as \"in 1 week\"",
                       "the time to live \"%s\" is in the past", ttl);
    if (status == REPOINT_OK)
        status = rp_time_parse(ttl, updated_ts, NULL, false, &us, error);
    if (status == REPOINT_OK)
        *ret_ms = us / 1000 - updated_ts;
    return status;
}

repoint_status rp_ttl_expiration_ts(const char *ttl, int64_t now_ts, int64_t *ret_ts, repoint_error *error)
{
    return rp_time_to_ts(ttl, floor_to_minute(now_ts), ret_ts, error);
}
