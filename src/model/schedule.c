/*
 * Schedules: what a snapshot's node says about when its data is due, read once into a small struct.
 *
 * A state store has thousands of nodes and a handful of cron expressions, so the calendar parses each
 * expression once a time zone and infers its unit once. What follows from a schedule is next door:
 * alignment.c aligns ranges to its unit, missing.c finds what a snapshot lacks, lineage.c where its data
 * begins.
 */
#include "model/schedule.h"

#include <string.h>

#include "base/time.h"

#define MS_PER_MINUTE 60000

typedef struct calendar_entry {
    rp_cron *cron;
    bool has_unit;
    rp_interval_unit unit; /* what the expression stands for; valid when has_unit */
} calendar_entry;

struct rp_calendar {
    int64_t now_ts;
    GHashTable *entries; /* "zone|expression" to calendar_entry; both owned */
};

static void calendar_entry_free(void *entry)
{
    rp_cron_unref(((calendar_entry *)entry)->cron);
    g_free(entry);
}

rp_calendar *rp_calendar_new(int64_t now_ts)
{
    rp_calendar *calendar = g_new(rp_calendar, 1);
    calendar->now_ts = now_ts;
    calendar->entries = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, calendar_entry_free);
    return calendar;
}

void rp_calendar_free(rp_calendar *calendar)
{
    if (calendar == NULL)
        return;
    g_hash_table_unref(calendar->entries);
    g_free(calendar);
}

int64_t rp_calendar_now(const rp_calendar *calendar)
{
    return calendar->now_ts;
}

/* `time_zone` "" is UTC. The entry belongs to the calendar. */
static repoint_status find_entry(rp_calendar *calendar, const char *expression, const char *time_zone,
                                 calendar_entry **ret_entry, repoint_error *error)
{
    g_autofree char *key = g_strconcat(time_zone, "|", expression, NULL);
    calendar_entry *entry = g_hash_table_lookup(calendar->entries, key);
    if (entry == NULL) {
        g_autoptr(rp_cron) cron = NULL;
        repoint_status status =
            rp_cron_parse(expression, *time_zone == '\0' ? NULL : time_zone, &cron, error);
        if (status != REPOINT_OK)
            return status;
        entry = g_new0(calendar_entry, 1);
        entry->cron = g_steal_pointer(&cron);
        g_hash_table_insert(calendar->entries, g_steal_pointer(&key), entry);
    }
    *ret_entry = entry;
    return REPOINT_OK;
}

/* Units are always counted in UTC, whatever zone the node's own ticks are in. */
static repoint_status infer_unit(rp_calendar *calendar, const char *expression, rp_interval_unit *ret_unit,
                                 repoint_error *error)
{
    calendar_entry *entry = NULL;
    repoint_status status = find_entry(calendar, expression, "", &entry, error);
    if (status == REPOINT_OK && !entry->has_unit) {
        status = rp_unit_from_cron(entry->cron, calendar->now_ts, &entry->unit, error);
        entry->has_unit = status == REPOINT_OK;
    }
    if (status == REPOINT_OK)
        *ret_unit = entry->unit;
    return status;
}

/* ---- reading a node ---- */

void rp_schedule_clear(rp_schedule *schedule)
{
    if (schedule == NULL)
        return;
    rp_cron_unref(schedule->cron);
    *schedule = (rp_schedule){0};
}

static repoint_status read_unit(yyjson_val *node, const char *expression, const char *what,
                                rp_calendar *calendar, rp_schedule *schedule, repoint_error *error)
{
    const char *name = NULL;
    repoint_status status = rp_json_get_string(node, "interval_unit", RP_JSON_OPTIONAL, what, &name, error);
    if (status != REPOINT_OK)
        return status;
    if (name == NULL) {
        status = infer_unit(calendar, expression, &schedule->unit, error);
        if (status != REPOINT_OK)
            rp_error_prefix(error, "%s", what);
        return status;
    }
    g_autofree char *lower_case = g_ascii_strdown(name, -1);
    if (!rp_unit_from_name(lower_case, &schedule->unit))
        return rp_fail(error, REPOINT_INVALID, NULL, "%s: \"%s\" is not an interval unit", what, name);
    return REPOINT_OK;
}

static repoint_status read_cron(yyjson_val *node, const char *what, rp_calendar *calendar,
                                rp_schedule *schedule, repoint_error *error)
{
    const char *expression = "@daily";
    const char *time_zone = "";
    repoint_status status = rp_json_get_string(node, "cron", RP_JSON_OPTIONAL, what, &expression, error);
    if (status == REPOINT_OK)
        status = rp_json_get_string(node, "cron_tz", RP_JSON_OPTIONAL, what, &time_zone, error);
    if (status != REPOINT_OK)
        return status;
    if (strcmp(time_zone, "UTC") == 0)
        time_zone = "";

    calendar_entry *entry = NULL;
    status = find_entry(calendar, expression, time_zone, &entry, error);
    if (status != REPOINT_OK) {
        rp_error_prefix(error, "%s", what);
        return status;
    }
    schedule->cron = rp_cron_ref(entry->cron);
    return read_unit(node, expression, what, calendar, schedule, error);
}

/* Only these kinds have a lookback; the reference ignores the key in every other. */
static bool has_lookback(rp_kind kind)
{
    return kind == RP_KIND_INCREMENTAL_BY_TIME_RANGE || kind == RP_KIND_INCREMENTAL_BY_UNIQUE_KEY ||
           kind == RP_KIND_CUSTOM;
}

static repoint_status read_kind(yyjson_val *node, const char *what, rp_schedule *schedule,
                                repoint_error *error)
{
    yyjson_val *kind = NULL;
    const char *name = NULL;
    repoint_status status = rp_json_get_object(node, "kind", RP_JSON_REQUIRED, what, &kind, error);
    if (status == REPOINT_OK)
        status = rp_json_get_string(kind, "name", RP_JSON_REQUIRED, what, &name, error);
    if (status != REPOINT_OK)
        return status;
    if (!rp_kind_from_name(name, &schedule->kind))
        return rp_fail(error, REPOINT_INVALID, NULL, "%s: \"%s\" is not a model kind", what, name);
    if (!has_lookback(schedule->kind))
        return REPOINT_OK;

    int64_t lookback = 0;
    status = rp_json_get_int(kind, "lookback", RP_JSON_OPTIONAL, what, &lookback, error);
    if (status != REPOINT_OK)
        return status;
    if (lookback < 0 || lookback > INT_MAX)
        return rp_fail(error, REPOINT_INVALID, NULL, "%s: \"lookback\" is not a number of intervals", what);
    schedule->lookback = (int)lookback;
    return REPOINT_OK;
}

/* What a standalone audit does not have. */
static repoint_status read_model(yyjson_val *node, const char *what, rp_schedule *schedule,
                                 repoint_error *error)
{
    yyjson_val *audits = NULL;
    repoint_status status = read_kind(node, what, schedule, error);
    if (status == REPOINT_OK)
        status = rp_json_get_array(node, "audits", RP_JSON_OPTIONAL, what, &audits, error);
    if (status == REPOINT_OK)
        status = rp_json_get_bool(node, "allow_partials", RP_JSON_OPTIONAL, what, &schedule->allow_partials,
                                  error);
    schedule->has_audits = yyjson_arr_size(audits) > 0;
    return status;
}

/*
 * The text of a time-like value, which JSON has as a string or a number; NULL for one that Python counts as
 * false (absent, "", 0): the reference takes it for absent. Free with g_free().
 */
static repoint_status time_text(yyjson_val *value, const char *key, const char *what, char **ret_text,
                                repoint_error *error)
{
    *ret_text = NULL;
    if (value == NULL || yyjson_is_null(value))
        return REPOINT_OK;
    bool is_number = yyjson_is_raw(value);
    if (!is_number && !yyjson_is_str(value))
        return rp_fail(error, REPOINT_INVALID, NULL, "%s: \"%s\" is neither a string nor a number", what,
                       key);

    const char *text = is_number ? yyjson_get_raw(value) : yyjson_get_str(value);
    size_t size = yyjson_get_len(value);
    if (memchr(text, '\0', size) != NULL)
        return rp_fail(error, REPOINT_INVALID, NULL, "%s: \"%s\" has a NUL character inside", what, key);
    int64_t number = 0;
    bool is_zero = is_number && rp_json_int(value, &number) && number == 0;
    if (size > 0 && !is_zero)
        *ret_text = g_strndup(text, size);
    return REPOINT_OK;
}

/* The base of expressions such as "3 hours ago": the reference's clock for them has no seconds. */
static int64_t minute_of(int64_t now_ts)
{
    return now_ts - now_ts % MS_PER_MINUTE;
}

/* Reads a time-like value; *ret_is_set tells whether there is one, *ret_is_date whether it names a whole day.
 */
static repoint_status read_time(yyjson_val *value, const char *key, const char *what, int64_t now_ts,
                                bool *ret_is_set, int64_t *ret_ts, bool *ret_is_date, repoint_error *error)
{
    g_autofree char *text = NULL;
    repoint_status status = time_text(value, key, what, &text, error);
    if (status != REPOINT_OK || text == NULL)
        return status;
    int64_t ts = 0;
    status = rp_time_to_ts(text, minute_of(now_ts), &ts, error);
    if (status != REPOINT_OK) {
        rp_error_prefix(error, "%s: \"%s\"", what, key);
        return status;
    }
    *ret_is_set = true;
    *ret_ts = ts;
    *ret_is_date = rp_time_is_date(text);
    return REPOINT_OK;
}

static repoint_status read_times(yyjson_val *node, yyjson_val *effective_from, const char *what,
                                 int64_t now_ts, rp_schedule *schedule, repoint_error *error)
{
    bool is_date = false, is_effective = false;
    int64_t effective_ts = 0;
    repoint_status status = read_time(rp_json_field(node, "start"), "start", what, now_ts,
                                      &schedule->has_start, &schedule->start_ts, &is_date, error);
    if (status == REPOINT_OK)
        status = read_time(rp_json_field(node, "end"), "end", what, now_ts, &schedule->has_end,
                           &schedule->end_ts, &schedule->end_is_date, error);
    if (status == REPOINT_OK)
        status = read_time(effective_from, "effective_from", what, now_ts, &is_effective, &effective_ts,
                           &is_date, error);
    if (status != REPOINT_OK)
        return status;
    schedule->end_exclusive_ts = schedule->end_ts + (schedule->end_is_date ? RP_MS_PER_DAY : 0);
    if (is_effective)
        schedule->effective_from_ts = rp_unit_floor(schedule->unit, effective_ts);
    return REPOINT_OK;
}

repoint_status rp_schedule_read(yyjson_val *node, yyjson_val *effective_from, const char *what,
                                rp_calendar *calendar, rp_schedule *ret_schedule, repoint_error *error)
{
    g_auto(rp_schedule) schedule = {.kind = RP_KIND_NONE};
    const char *source_type = NULL;
    repoint_status status =
        rp_json_get_string(node, "source_type", RP_JSON_REQUIRED, what, &source_type, error);
    if (status != REPOINT_OK)
        return status;
    schedule.is_model = strcmp(source_type, "audit") != 0;
    status = read_cron(node, what, calendar, &schedule, error);
    if (status == REPOINT_OK && schedule.is_model)
        status = read_model(node, what, &schedule, error);
    if (status == REPOINT_OK)
        status = read_times(node, effective_from, what, calendar->now_ts, &schedule, error);
    if (status != REPOINT_OK)
        return status;
    *ret_schedule = schedule;
    schedule.cron = NULL; /* the caller's now */
    return REPOINT_OK;
}
