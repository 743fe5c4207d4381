/*
 * What a snapshot lacks: the interval units of a range that are due and not loaded.
 *
 * First the range is cut down to what can be due; most snapshots have all of that, which one binary search
 * tells. Otherwise the units and the loaded intervals, both in order, are walked side by side once, in one
 * stride over what is loaded. A lookback makes a unit missing again when the one `lookback` units later is
 * missing or not yet there: a second walk runs that far ahead, so that no list of units is ever built.
 */
#include "base/time.h"
#include "model/schedule.h"

/* A range of more units than this is a mistake: 190 years of five minutes. */
#define MAX_UNITS 20000000

#define MS_PER_SECOND 1000
#define MS_PER_MINUTE 60000

bool rp_schedule_depends_on_past(const rp_schedule *schedule)
{
    return schedule->depends_on_self || rp_kind_is_full_history_restatement_only(schedule->kind);
}

bool rp_schedule_is_evaluatable(const rp_schedule *schedule)
{
    return !rp_kind_is_symbolic(schedule->kind) || schedule->has_audits;
}

static int64_t unit_ms(rp_interval_unit unit)
{
    return rp_unit_seconds(unit) * MS_PER_SECOND;
}

/* ---- what can be due ---- */

/* Nothing beyond this instant is due: the last tick of the cron, on a unit's boundary unless partial ones
 * count. */
static int64_t due_until(const rp_schedule *schedule, const rp_missing_options *options, int64_t asked_end_ts,
                         int64_t now_ts)
{
    int64_t bound_ts = options->has_execution ? options->execution_ts : now_ts;
    if (!options->ignore_cron)
        bound_ts = rp_cron_floor(schedule->cron, bound_ts);
    if (!schedule->allow_partials)
        bound_ts = rp_unit_floor(schedule->unit, bound_ts);
    return MIN(bound_ts, asked_end_ts);
}

static bool is_outside_of_model(const rp_schedule *schedule, const rp_time_range *range)
{
    return (schedule->has_end && range->start_ts > schedule->end_ts) ||
           (schedule->has_start && schedule->start_ts > range->end_ts);
}

static bool is_shorter_than_unit(const rp_schedule *schedule, const rp_time_range *range)
{
    /* Unsigned, because the calendar's bounds are checked only later; the start is not after the end. */
    uint64_t length_ms = (uint64_t)range->end_ts - (uint64_t)range->start_ts;
    return !range->end_is_date && !schedule->allow_partials && length_ms < (uint64_t)unit_ms(schedule->unit);
}

/* A seed is loaded as a whole; what has no table is not loaded at all. */
static bool is_never_missing(const rp_schedule *schedule, const rp_intervals *have)
{
    return !rp_schedule_is_evaluatable(schedule) || (schedule->kind == RP_KIND_SEED && have->count > 0);
}

static repoint_status start_after_end(const rp_time_range *range, repoint_error *error)
{
    g_autofree char *start_text = rp_time_format_iso(range->start_ts);
    g_autofree char *end_text = rp_time_format_iso(range->end_ts);
    return rp_fail(error, REPOINT_INVALID, "give an end that is not before the start",
                   "the range starts at %s, which is after its end at %s", start_text, end_text);
}

/*
 * The part of the range that the model should have at some time, in whole units; empty when it should have
 * none. The order of the tests matters: it decides which ranges are errors.
 */
static repoint_status wanted_interval(const rp_schedule *schedule, const rp_intervals *have,
                                      const rp_time_range *range, rp_interval *ret_interval,
                                      repoint_error *error)
{
    static const rp_interval nothing = {0, 0};
    if (is_outside_of_model(schedule, range)) {
        *ret_interval = nothing;
        return REPOINT_OK;
    }
    rp_time_range asked = *range;
    if (schedule->has_start)
        asked.start_ts = MAX(asked.start_ts, schedule->start_ts);
    if (asked.start_ts > asked.end_ts)
        return start_after_end(&asked, error);
    if (is_shorter_than_unit(schedule, &asked) || is_never_missing(schedule, have)) {
        *ret_interval = nothing;
        return REPOINT_OK;
    }

    rp_alignment outward = {.strict = true, .allow_partial = schedule->allow_partials, .expand = true};
    return rp_align(schedule->unit, &asked, outward, ret_interval, error);
}

/* ---- which of it is missing ---- */

/* Steps through [at, end) unit by unit, the last one cut off at the end, and through `have` beside it. */
typedef struct unit_walk {
    rp_interval_unit unit;
    int64_t fixed_ms; /* 0: the unit's length varies */
    int64_t at;
    int64_t end;
    const rp_intervals *have;
    size_t next_have; /* the first loaded interval that ends after `at` */
} unit_walk;

static unit_walk unit_walk_over(rp_interval_unit unit, rp_interval interval, const rp_intervals *have)
{
    return (unit_walk){
        .unit = unit,
        .fixed_ms = rp_unit_is_fixed(unit) ? unit_ms(unit) : 0,
        .at = interval.start,
        .end = interval.end,
        .have = have,
    };
}

/* The next unit, and whether it is missing: a unit that is loaded in part, or in two parts, is. */
static bool unit_walk_next(unit_walk *walk, rp_interval *ret_interval, bool *ret_missing)
{
    if (walk->at >= walk->end)
        return false;
    int64_t next_ts = walk->fixed_ms > 0 ? walk->at + walk->fixed_ms : rp_unit_next(walk->unit, walk->at);
    rp_interval interval = {walk->at, MIN(next_ts, walk->end)};
    walk->at = interval.end;

    const rp_intervals *have = walk->have;
    while (walk->next_have < have->count && have->items[walk->next_have].end <= interval.start)
        walk->next_have++;
    *ret_missing = walk->next_have == have->count || interval.start < have->items[walk->next_have].start ||
                   interval.end > have->items[walk->next_have].end;
    *ret_interval = interval;
    return true;
}

/* How many units from here on are loaded for certain and need not be looked at one by one. */
static int64_t loaded_units(const unit_walk *walk)
{
    if (walk->fixed_ms == 0 || walk->next_have == walk->have->count)
        return 0;
    rp_interval loaded = walk->have->items[walk->next_have];
    if (walk->at < loaded.start || walk->at >= loaded.end)
        return 0;
    return (MIN(loaded.end, walk->end) - walk->at) / walk->fixed_ms;
}

/* Takes both walks past what is loaded at once: hourly models have years of it, and gaps of days. */
static void skip_loaded(unit_walk *walk, unit_walk *ahead, bool looks_ahead)
{
    int64_t units = loaded_units(walk);
    if (looks_ahead)
        units = MIN(units, loaded_units(ahead));
    walk->at += units * walk->fixed_ms;
    ahead->at += units * ahead->fixed_ms;
}

/* A model that has ended does not look back from beyond its end: one unit less for each unit since. */
static int lookback_until(const rp_schedule *schedule, int64_t end_ts)
{
    int lookback = schedule->lookback;
    if (!schedule->has_end)
        return lookback;
    int64_t fixed_ms = rp_unit_is_fixed(schedule->unit) ? unit_ms(schedule->unit) : 0;
    for (;;) {
        end_ts = fixed_ms > 0 ? end_ts - fixed_ms : rp_unit_prev(schedule->unit, end_ts);
        if (lookback == 0 || end_ts <= schedule->end_exclusive_ts)
            return lookback;
        lookback--;
    }
}

/* Called only when something is missing: a lookback alone never makes it so. */
static void collect_missing(const rp_schedule *schedule, const rp_intervals *have, rp_interval due,
                            GArray *missing)
{
    int lookback = schedule->is_model ? lookback_until(schedule, due.end) : 0;
    int64_t model_end_ts = schedule->is_model && schedule->has_end ? schedule->end_exclusive_ts : INT64_MAX;
    unit_walk walk = unit_walk_over(schedule->unit, due, have);
    unit_walk ahead = walk;
    rp_interval interval, later;
    bool is_missing, later_missing;
    for (int i = 0; i < lookback && unit_walk_next(&ahead, &later, &later_missing); i++)
        continue;

    for (;;) {
        skip_loaded(&walk, &ahead, lookback > 0);
        if (!unit_walk_next(&walk, &interval, &is_missing) || interval.start >= model_end_ts)
            return;
        if (lookback > 0 && (!unit_walk_next(&ahead, &later, &later_missing) || later_missing))
            is_missing = true;
        if (is_missing)
            g_array_append_val(missing, interval);
    }
}

repoint_status rp_schedule_missing(const rp_schedule *schedule, const rp_intervals *have,
                                   const rp_time_range *range, const rp_missing_options *options,
                                   int64_t now_ts, GArray **ret_missing, repoint_error *error)
{
    static const rp_missing_options defaults = {0};
    rp_interval due;
    repoint_status status = wanted_interval(schedule, have, range, &due, error);
    if (status != REPOINT_OK)
        return status;

    g_autoptr(GArray) missing = g_array_new(FALSE, FALSE, sizeof(rp_interval));
    /* Asking the cron is the dearest part, and needless when even what is not due yet is there. */
    if (!rp_intervals_cover(have, due))
        due.end = due_until(schedule, options != NULL ? options : &defaults, due.end, now_ts);
    if (!rp_intervals_cover(have, due)) {
        if ((due.end - due.start) / unit_ms(schedule->unit) > MAX_UNITS)
            return rp_fail(error, REPOINT_INVALID, "ask for a shorter range",
                           "the range has more than %d intervals of a %s", MAX_UNITS,
                           rp_unit_name(schedule->unit));
        collect_missing(schedule, have, due, missing);
    }
    *ret_missing = g_steal_pointer(&missing);
    return REPOINT_OK;
}

/* ---- where a load may start ---- */

repoint_status rp_schedule_is_valid_start(const rp_schedule *schedule, const rp_intervals *have,
                                          int64_t start_ts, int64_t snapshot_start_ts,
                                          const rp_missing_options *options, int64_t now_ts, bool *ret_valid,
                                          repoint_error *error)
{
    if (!rp_schedule_depends_on_past(schedule)) {
        *ret_valid = true;
        return REPOINT_OK;
    }
    int64_t load_ts = rp_unit_floor(schedule->unit, start_ts);
    if (have->count == 0) {
        int64_t first_ts = rp_unit_floor(schedule->unit, snapshot_start_ts);
        if (first_ts < snapshot_start_ts)
            first_ts = rp_unit_next(schedule->unit, first_ts);
        *ret_valid = first_ts >= load_ts;
        return REPOINT_OK;
    }

    rp_time_range until_now = {.start_ts = snapshot_start_ts, .end_ts = now_ts - now_ts % MS_PER_MINUTE};
    g_autoptr(GArray) missing = NULL;
    repoint_status status = rp_schedule_missing(schedule, have, &until_now, options, now_ts, &missing, error);
    if (status == REPOINT_OK)
        *ret_valid = missing->len == 0 || g_array_index(missing, rp_interval, 0).start >= load_ts;
    return status;
}
