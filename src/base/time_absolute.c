/*
 * Dates and times as SQLMesh accepts them: ISO 8601 with an optional fraction and offset, and the few other
 * ways that are not ambiguous between languages, except "01/02/2026", which the reference reads as 2 January.
 * As in time_relative.c, nothing is accepted that the reference would refuse, or read differently.
 */
#include <string.h>

#include <glib.h>

#include "base/calendar.h"
#include "base/time_text.h"

static const rp_text_word month_words[] = {
    {"jan", 1},      {"january", 1}, {"feb", 2},       {"february", 2}, {"mar", 3},       {"march", 3},
    {"apr", 4},      {"april", 4},   {"may", 5},       {"jun", 6},      {"june", 6},      {"jul", 7},
    {"july", 7},     {"aug", 8},     {"august", 8},    {"sep", 9},      {"september", 9}, {"oct", 10},
    {"october", 10}, {"nov", 11},    {"november", 11}, {"dec", 12},     {"december", 12},
};
static const rp_text_word weekday_words[] = {
    {"sun", 0},     {"sunday", 0}, {"mon", 1},       {"monday", 1},   {"tue", 2},
    {"tuesday", 2}, {"wed", 3},    {"wednesday", 3}, {"thu", 4},      {"thursday", 4},
    {"fri", 5},     {"friday", 5}, {"sat", 6},       {"saturday", 6},
};
static const rp_text_word utc_words[] = {{"z", 0}, {"utc", 0}, {"gmt", 0}};

/* The offsets that dateparser knows, in minutes; it refuses all others. */
static const int known_offsets[] = {-720, -660, -600, -570, -540, -480, -420, -360, -300, -270, -240,
                                    -210, -180, -150, -120, -60,  0,    60,   120,  180,  210,  240,
                                    270,  300,  330,  345,  360,  390,  420,  480,  525,  540,  570,
                                    600,  630,  660,  690,  720,  765,  780,  840};

static bool take_month_word(const char **at, int *ret_month)
{
    return rp_text_take_word(at, month_words, G_N_ELEMENTS(month_words), ret_month);
}

/* ---- dates: each form leaves *at and *date as they are when the text is of another form ---- */

typedef bool (*date_form)(const char **at, rp_date *date);

static bool take_year(const char **at, rp_date *date)
{
    int year;
    if (!rp_text_take_digits(at, 4, 4, &year))
        return false;
    date->year = year;
    return true;
}

/* "2026-01-31", "2026/1/31", "2026.01.31"; "2026-02" is the base's day of that month, or its last */
static bool take_iso_date(const char **at, rp_date *date)
{
    const char *p = *at;
    rp_date read = *date;
    if (!take_year(&p, &read) || *p == '\0' || strchr("-/.", *p) == NULL)
        return false;
    const char separator[] = {*p++, '\0'};
    if (!rp_text_take_digits(&p, 1, 2, &read.month))
        return false;
    if (rp_text_take(&p, separator)) {
        if (!rp_text_take_digits(&p, 1, 2, &read.day))
            return false;
    } else if (*p != '\0' || separator[0] == '.' || read.month < 1 || read.month > 12) {
        return false;
    } else {
        read.day = MIN(read.day, rp_month_length(read.year, read.month));
    }
    *at = p;
    *date = read;
    return true;
}

/* "01/31/2026"; "31/01/2026" when the first number cannot be a month */
static bool take_slash_date(const char **at, rp_date *date)
{
    const char *p = *at;
    rp_date read = *date;
    if (!rp_text_take_digits(&p, 1, 2, &read.month) || !rp_text_take(&p, "/") ||
        !rp_text_take_digits(&p, 1, 2, &read.day) || !rp_text_take(&p, "/") || !take_year(&p, &read))
        return false;
    *at = p;
    *date = read.month <= 12 ? read : (rp_date){read.year, read.day, read.month};
    return true;
}

/* The year after a month's name, or the base's. */
static void take_optional_year(const char **at, rp_date *date)
{
    const char *p = *at;
    rp_text_take(&p, ",");
    rp_text_skip_blanks(&p);
    if (p > *at && take_year(&p, date))
        *at = p;
}

/* "Jan 31 2026", "January 31, 2026", "January 31" */
static bool take_month_first_date(const char **at, rp_date *date)
{
    const char *p = *at;
    rp_date read = *date;
    if (!take_month_word(&p, &read.month) || !g_ascii_isspace(*p))
        return false;
    rp_text_skip_blanks(&p);
    if (!rp_text_take_digits(&p, 1, 2, &read.day))
        return false;
    take_optional_year(&p, &read);
    *at = p;
    *date = read;
    return true;
}

/* "31 January 2026", "31 Jan" */
static bool take_day_first_date(const char **at, rp_date *date)
{
    const char *p = *at;
    rp_date read = *date;
    if (!rp_text_take_digits(&p, 1, 2, &read.day) || !g_ascii_isspace(*p))
        return false;
    rp_text_skip_blanks(&p);
    if (!take_month_word(&p, &read.month))
        return false;
    take_optional_year(&p, &read);
    *at = p;
    *date = read;
    return true;
}

/* "monday": the last one, which may be today */
static bool take_weekday(const char **at, rp_date *date)
{
    int weekday;
    if (!rp_text_take_word(at, weekday_words, G_N_ELEMENTS(weekday_words), &weekday))
        return false;
    int64_t days = rp_date_to_days(*date);
    *date = rp_date_from_days(days - (rp_weekday_from_days(days) - weekday + 7) % 7);
    return true;
}

static bool take_date(const char **at, rp_date *date)
{
    static const date_form forms[] = {take_iso_date, take_slash_date, take_month_first_date,
                                      take_day_first_date, take_weekday};
    for (size_t i = 0; i < G_N_ELEMENTS(forms); i++) {
        if (forms[i](at, date))
            return true;
    }
    return false;
}

/* ---- times of day and offsets ---- */

/* ".678901"; what is finer than a microsecond is dropped */
static bool take_fraction(const char **at, int64_t *ret_us)
{
    size_t count = strspn(*at, "0123456789");
    if (count == 0 || count > 9)
        return false;
    int64_t us = 0;
    for (size_t i = 0; i < 6; i++)
        us = us * 10 + (i < count ? (*at)[i] - '0' : 0);
    *at += count;
    *ret_us = us;
    return true;
}

/* "03:04", "03:04:05", "03:04:05.678" */
static bool take_clock(const char **at, int64_t *ret_us)
{
    int hour, minute, second = 0;
    int64_t fraction = 0;
    if (!rp_text_take_digits(at, 1, 2, &hour) || !rp_text_take(at, ":") ||
        !rp_text_take_digits(at, 1, 2, &minute))
        return false;
    if (rp_text_take(at, ":")) {
        if (!rp_text_take_digits(at, 1, 2, &second) ||
            (rp_text_take(at, ".") && !take_fraction(at, &fraction)))
            return false;
    }
    *ret_us = ((hour * INT64_C(60) + minute) * 60 + second) * RP_US_PER_SECOND + fraction;
    return hour < 24 && minute < 60 && second < 60;
}

/* "+05:30", "-0330" */
static bool take_offset(const char **at, int64_t *ret_us)
{
    int sign = **at == '-' ? -1 : 1, hours, minutes;
    if (!rp_text_take(at, "-") && !rp_text_take(at, "+"))
        return false;
    if (rp_text_take_digits(at, 4, 4, &minutes)) {
        hours = minutes / 100;
        minutes %= 100;
    } else if (!rp_text_take_digits(at, 2, 2, &hours) || !rp_text_take(at, ":") ||
               !rp_text_take_digits(at, 2, 2, &minutes)) {
        return false;
    }
    int offset = sign * (hours * 60 + minutes);
    *ret_us = offset * 60 * RP_US_PER_SECOND;
    for (size_t i = 0; i < G_N_ELEMENTS(known_offsets); i++) {
        if (offset == known_offsets[i])
            return minutes < 60;
    }
    return false;
}

static bool take_zone(const char **at, int64_t *ret_us)
{
    int utc;
    rp_text_skip_blanks(at);
    if (!rp_text_take_word(at, utc_words, G_N_ELEMENTS(utc_words), &utc))
        return take_offset(at, ret_us);
    *ret_us = utc;
    return true;
}

/* "12:30", which is today, or what follows a date: "T03:04:05Z", " 03:04 +05:30", nothing */
static bool take_rest(const char **at, bool after_date, rp_absolute *ret)
{
    int64_t clock_us = 0;
    if (!after_date || rp_text_take(at, "t") || g_ascii_isspace(**at)) {
        rp_text_skip_blanks(at);
        if (!take_clock(at, &clock_us))
            return false;
    }
    ret->wall_us += clock_us;
    ret->has_offset = **at != '\0';
    return !ret->has_offset || (take_zone(at, &ret->offset_us) && **at == '\0');
}

bool rp_absolute_read(const char *text, int64_t base_us, rp_absolute *ret_absolute)
{
    rp_date date = rp_date_from_days(rp_floor_div(base_us, RP_US_PER_DAY));
    bool has_date = take_date(&text, &date);
    if (!rp_date_exists(date))
        return false;
    rp_absolute read = {.wall_us = rp_date_to_days(date) * RP_US_PER_DAY};
    if (!take_rest(&text, has_date, &read))
        return false;
    *ret_absolute = read;
    return true;
}
