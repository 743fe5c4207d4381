/* What the golden tests of schedules share: nodes, ranges and results as the golden files write them. */
#ifndef TEST_GOLDEN_SCHEDULE_CASE_H
#define TEST_GOLDEN_SCHEDULE_CASE_H

#include "base/time.h"
#include "model/schedule.h"
#include "support.h"

/* A time-like value, a string or a number of milliseconds, as text; NULL for null or absent. Free with
 * g_free(). */
static inline char *case_time(yyjson_val *one_case, const char *key)
{
    yyjson_val *value = rp_json_field(one_case, key);
    if (yyjson_is_raw(value))
        return g_strndup(yyjson_get_raw(value), yyjson_get_len(value));
    return g_strdup(yyjson_get_str(value));
}

/* The clock of the file. */
static inline int64_t case_now(yyjson_val *file)
{
    int64_t now_ts = 0;
    repoint_error error = REPOINT_ERROR_INIT;
    assert_ok(rp_time_to_ts(text_of(file, "now"), 0, &now_ts, &error), &error);
    return now_ts;
}

/* NULL is now. */
static inline int64_t case_ts(yyjson_val *one_case, const char *key, int64_t now_ts)
{
    g_autofree char *text = case_time(one_case, key);
    int64_t ts = now_ts;
    repoint_error error = REPOINT_ERROR_INIT;
    if (text != NULL)
        assert_ok(rp_time_to_ts(text, now_ts, &ts, &error), &error);
    return ts;
}

static inline rp_time_range case_range(yyjson_val *one_case, int64_t now_ts)
{
    g_autofree char *start = case_time(one_case, "start");
    g_autofree char *end = case_time(one_case, "end");
    rp_time_range range = {0};
    repoint_error error = REPOINT_ERROR_INIT;
    assert_ok(rp_time_range_parse(start, end, now_ts, &range, &error), &error);
    return range;
}

static inline rp_intervals case_intervals(yyjson_val *one_case, const char *key)
{
    rp_intervals set = {0};
    repoint_error error = REPOINT_ERROR_INIT;
    assert_ok(rp_intervals_from_json(rp_json_field(one_case, key), key, &set, &error), &error);
    return set;
}

static inline void copy_field(rp_json_writer *writer, yyjson_val *from, const char *from_key, const char *key)
{
    yyjson_val *value = rp_json_field(from, from_key);
    if (value == NULL)
        return;
    rp_json_key(writer, key);
    rp_json_value(writer, value);
}

/* Writes the node that SQLMesh would store for the case; `start` and `end` are the names of the case's keys.
 */
static inline void write_node(GString *out, yyjson_val *one_case, const char *kind, const char *start,
                              const char *end)
{
    rp_json_writer writer = RP_JSON_WRITER(out, RP_JSON_COMPACT);
    rp_json_begin_object(&writer);
    rp_json_key(&writer, "kind");
    rp_json_begin_object(&writer);
    rp_json_key(&writer, "name");
    rp_json_string(&writer, kind);
    copy_field(&writer, one_case, "lookback", "lookback");
    rp_json_end_object(&writer);
    copy_field(&writer, one_case, start, "start");
    copy_field(&writer, one_case, end, "end");
    copy_field(&writer, one_case, "cron", "cron");
    copy_field(&writer, one_case, "cron_tz", "cron_tz");
    copy_field(&writer, one_case, "interval_unit", "interval_unit");
    copy_field(&writer, one_case, "allow_partials", "allow_partials");
    rp_json_key(&writer, "audits");
    rp_json_begin_array(&writer);
    if (bool_of(one_case, "has_audits"))
        rp_json_string(&writer, "not_null");
    rp_json_end_array(&writer);
    rp_json_key(&writer, "source_type");
    rp_json_string(&writer, "sql");
    rp_json_end_object(&writer);
}

/* The schedule of that node. Release with rp_schedule_clear(). */
static inline rp_schedule case_schedule(yyjson_val *one_case, const char *kind, const char *start,
                                        const char *end, rp_calendar *calendar)
{
    g_autoptr(GString) text = g_string_new(NULL);
    write_node(text, one_case, kind, start, end);
    g_autoptr(rp_json) json = NULL;
    rp_schedule schedule = {0};
    repoint_error error = REPOINT_ERROR_INIT;
    assert_ok(rp_json_parse(text->str, text->len, "node", &json, &error), &error);
    assert_ok(rp_schedule_read(rp_json_root(json), NULL, "node", calendar, &schedule, &error), &error);
    return schedule;
}

/* NULL when the intervals are what the golden file expects, else what was wrong. */
static inline char *compare_intervals(yyjson_val *expected, const rp_interval *items, size_t count)
{
    g_autoptr(GString) expected_text = g_string_new(NULL);
    g_autoptr(GString) got_text = g_string_new(NULL);
    rp_json_writer expected_writer = RP_JSON_WRITER(expected_text, RP_JSON_COMPACT);
    rp_json_writer got_writer = RP_JSON_WRITER(got_text, RP_JSON_COMPACT);
    rp_json_value(&expected_writer, expected);
    rp_intervals_write(&got_writer, &(rp_intervals){.items = (rp_interval *)items, .count = count});
    if (g_string_equal(expected_text, got_text))
        return NULL;
    return g_strdup_printf("expected %s, got %s", expected_text->str, got_text->str);
}

/* Compares with "result", or with an "error": then the call must have been refused as invalid. */
static inline char *check_outcome(yyjson_val *one_case, repoint_status status, repoint_error *error,
                                  const rp_interval *items, size_t count)
{
    bool is_error = rp_json_field(one_case, "error") != NULL;
    char *wrong = NULL;
    if (is_error && status != REPOINT_INVALID)
        wrong = g_strdup("expected an error");
    else if (!is_error && status != REPOINT_OK)
        wrong = g_strdup(error->message);
    else if (!is_error)
        wrong = compare_intervals(field(one_case, "result"), items, count);
    repoint_error_clear(error);
    return wrong;
}

#endif
