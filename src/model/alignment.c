/*
 * Ranges that people ask for, and the whole interval units that they mean.
 *
 * Two conventions meet here. An asked range ends with a whole day when its end is a date, and just before its
 * end otherwise; an interval never contains its end. Expanding serves questions ("is anything missing in this
 * month?"); shrinking serves records, because a unit that was loaded in part is not loaded.
 */
#include "base/calendar.h"
#include "base/time.h"
#include "model/schedule.h"

#define MS_PER_SECOND 1000
#define MS_PER_MINUTE 60000

repoint_status rp_time_range_parse(const char *start, const char *end, int64_t now_ts,
                                   rp_time_range *ret_range, repoint_error *error)
{
    int64_t base_ts = now_ts - now_ts % MS_PER_MINUTE;
    rp_time_range range = {.end_is_date = rp_time_is_date(end)};
    repoint_status status = rp_time_to_ts(start, base_ts, &range.start_ts, error);
    if (status == REPOINT_OK)
        status = rp_time_to_ts(end, base_ts, &range.end_ts, error);
    if (status == REPOINT_OK)
        *ret_range = range;
    return status;
}

/* The reference's clock has no other years; it also keeps every sum below away from overflow. */
static bool is_in_calendar(int64_t ts)
{
    return ts >= RP_MIN_SECONDS * MS_PER_SECOND && ts <= RP_MAX_SECONDS * MS_PER_SECOND;
}

static int64_t align_start(rp_interval_unit unit, int64_t start_ts, rp_alignment alignment)
{
    int64_t aligned_ts = rp_unit_floor(unit, start_ts);
    if (!alignment.expand && !alignment.allow_partial && aligned_ts < start_ts)
        return rp_unit_next(unit, aligned_ts);
    return aligned_ts;
}

static int64_t align_end(rp_interval_unit unit, int64_t end_ts, rp_alignment alignment)
{
    if (alignment.allow_partial)
        return end_ts;
    int64_t aligned_ts = rp_unit_floor(unit, end_ts);
    if (alignment.expand && aligned_ts < end_ts)
        return rp_unit_next(unit, aligned_ts);
    return aligned_ts;
}

repoint_status rp_align(rp_interval_unit unit, const rp_time_range *range, rp_alignment alignment,
                        rp_interval *ret_interval, repoint_error *error)
{
    if (!is_in_calendar(range->start_ts) || !is_in_calendar(range->end_ts))
        return rp_fail(error, REPOINT_INVALID, NULL,
                       "the range from %" G_GINT64_FORMAT " to %" G_GINT64_FORMAT
                       " (milliseconds since 1970) is not within the years 1 to 9999",
                       range->start_ts, range->end_ts);

    int64_t end_ts = range->end_ts + (range->end_is_date ? RP_MS_PER_DAY : 0);
    rp_interval interval = {
        .start = align_start(unit, range->start_ts, alignment),
        .end = align_end(unit, end_ts, alignment),
    };
    if (alignment.strict && interval.start >= interval.end) {
        g_autofree char *start_text = rp_time_format_iso(interval.start);
        g_autofree char *end_text = rp_time_format_iso(interval.end);
        return rp_fail(error, REPOINT_INVALID, "give an end that is later than the start",
                       "the range in units of a %s would start at %s and end at %s", rp_unit_name(unit),
                       start_text, end_text);
    }
    *ret_interval = interval;
    return REPOINT_OK;
}

repoint_status rp_schedule_add_interval(const rp_schedule *schedule, const rp_time_range *range,
                                        rp_intervals *intervals, repoint_error *error)
{
    if (range->start_ts > range->end_ts) {
        g_autofree char *start_text = rp_time_format_iso(range->start_ts);
        g_autofree char *end_text = rp_time_format_iso(range->end_ts);
        return rp_fail(error, REPOINT_INVALID, NULL, "an interval cannot start at %s and end at %s",
                       start_text, end_text);
    }
    rp_interval interval;
    rp_alignment inward = {.allow_partial = schedule->allow_partials};
    repoint_status status = rp_align(schedule->unit, range, inward, &interval, error);
    if (status == REPOINT_OK)
        rp_intervals_add(intervals, interval);
    return status;
}

repoint_status rp_schedule_removal(const rp_schedule *schedule, const rp_intervals *intervals,
                                   const rp_time_range *range, const rp_time_range *execution, bool strict,
                                   bool is_preview, int64_t now_ts, rp_interval *ret_interval,
                                   repoint_error *error)
{
    /* What comes later was computed from what is removed: all of it goes. */
    rp_time_range removed = *range;
    if (rp_schedule_depends_on_past(schedule)) {
        removed.end_ts = execution != NULL ? execution->end_ts : now_ts;
        removed.end_is_date = execution != NULL && execution->end_is_date;
    }

    rp_alignment outward = {.strict = strict, .allow_partial = schedule->allow_partials, .expand = true};
    rp_interval interval;
    repoint_status status = rp_align(schedule->unit, &removed, outward, &interval, error);
    bool is_whole_history =
        !is_preview && rp_kind_is_full_history_restatement_only(schedule->kind) && intervals->count > 0;
    if (status == REPOINT_OK && is_whole_history) {
        removed.start_ts = intervals->items[0].start;
        status = rp_align(schedule->unit, &removed, outward, &interval, error);
    }
    if (status == REPOINT_OK)
        *ret_interval = interval;
    return status;
}
