/*
 * The one place where times become text: see text_time.h. The store's times come from whoever wrote it, so
 * one that no calendar shows is printed as its number rather than hidden.
 */
#include "cli/text_time.h"

#include <glib.h>

#define MS_PER_DAY INT64_C(86400000)

/* Rounds towards the past, also before 1970. */
static int64_t floor_divide(int64_t dividend, int64_t divisor)
{
    return dividend / divisor - (dividend % divisor < 0);
}

static char *format(int64_t ts, const char *pattern)
{
    g_autoptr(GDateTime) time = g_date_time_new_from_unix_utc(floor_divide(ts, 1000));
    return time == NULL ? NULL : g_date_time_format(time, pattern);
}

static char *format_or_number(int64_t ts, const char *pattern)
{
    if (ts == 0)
        return NULL;
    char *text = format(ts, pattern);
    return text != NULL ? text : g_strdup_printf("%" G_GINT64_FORMAT " ms", ts);
}

char *rp_text_time(int64_t ts)
{
    return format_or_number(ts, "%Y-%m-%d %H:%M:%S");
}

char *rp_text_day(int64_t ts)
{
    return format_or_number(ts, "%Y-%m-%d");
}

char *rp_text_time_iso(int64_t ts)
{
    int milliseconds = (int)(ts - floor_divide(ts, 1000) * 1000);
    g_autofree char *seconds = format(ts, "%Y-%m-%dT%H:%M:%S");
    if (seconds == NULL)
        return NULL;
    return milliseconds == 0 ? g_strconcat(seconds, "Z", NULL)
                             : g_strdup_printf("%s.%03dZ", seconds, milliseconds);
}

bool rp_text_time_parse(const char *text, int64_t *ret_ts)
{
    g_autoptr(GTimeZone) utc = g_time_zone_new_utc();
    g_autoptr(GDateTime) time = g_date_time_new_from_iso8601(text, utc);
    if (time == NULL)
        return false;
    *ret_ts = g_date_time_to_unix(time) * 1000 + g_date_time_get_microsecond(time) / 1000;
    return true;
}

static char *whole_days(repoint_interval interval)
{
    int64_t days = (interval.end_ts - interval.start_ts) / MS_PER_DAY;
    g_autofree char *first = format(interval.start_ts, "%Y-%m-%d");
    g_autofree char *last = format(interval.end_ts - MS_PER_DAY, "%Y-%m-%d");
    if (first == NULL || last == NULL)
        return NULL;
    return days == 1 ? g_steal_pointer(&first)
                     : g_strdup_printf("%s through %s (%" G_GINT64_FORMAT " days)", first, last, days);
}

static char *between_instants(repoint_interval interval)
{
    g_autofree char *start = rp_text_time_iso(interval.start_ts);
    g_autofree char *end = rp_text_time_iso(interval.end_ts);
    if (start == NULL || end == NULL)
        return NULL;
    return g_strdup_printf("%s until %s", start, end);
}

char *rp_text_interval(repoint_interval interval)
{
    bool is_whole_days = interval.start_ts % MS_PER_DAY == 0 && interval.end_ts % MS_PER_DAY == 0 &&
                         interval.start_ts < interval.end_ts;
    char *text = is_whole_days ? whole_days(interval) : between_instants(interval);
    if (text == NULL)
        text = g_strdup_printf("%" G_GINT64_FORMAT " ms until %" G_GINT64_FORMAT " ms", interval.start_ts,
                               interval.end_ts);
    return text;
}

char *rp_text_intervals(const repoint_interval_list *list)
{
    GString *text = g_string_new(NULL);
    for (size_t i = 0; i < repoint_interval_list_count(list); i++) {
        g_autofree char *one = rp_text_interval(repoint_interval_list_at(list, i));
        g_string_append_printf(text, "%s%s", i > 0 ? ", " : "", one);
    }
    if (text->len == 0)
        g_string_append(text, "none");
    return g_string_free(text, FALSE);
}
