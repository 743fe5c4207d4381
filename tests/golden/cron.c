/* Crons tick, and interval units follow from them, as in SQLMesh. */
#include <inttypes.h>
#include <string.h>

#include "base/cron.h"
#include "base/time.h"
#include "support.h"

static int64_t now_of(yyjson_val *file)
{
    int64_t now_ts = 0;
    assert_int_equal(rp_time_to_ts(text_of(file, "now"), 0, &now_ts, NULL), REPOINT_OK);
    return now_ts;
}

/* Where the reference names an error, `status` must be one; otherwise it must be none. */
static char *check_status(yyjson_val *one_case, repoint_status status)
{
    bool refused = rp_json_field(one_case, "error") != NULL;
    if (refused == (status == REPOINT_INVALID))
        return NULL;
    return g_strdup_printf("\"%s\": %s", text_of(one_case, "cron"), repoint_status_name(status));
}

static char *check_unit(yyjson_val *file, yyjson_val *one_case)
{
    g_autoptr(rp_cron) cron = NULL;
    rp_interval_unit unit = RP_UNIT_YEAR;
    repoint_status status = rp_cron_parse(text_of(one_case, "cron"), NULL, &cron, NULL);
    if (status == REPOINT_OK)
        status = rp_unit_from_cron(cron, now_of(file), &unit, NULL);
    if (status != REPOINT_OK || rp_json_field(one_case, "error") != NULL)
        return check_status(one_case, status);

    yyjson_val *result = field(one_case, "result");
    int64_t period = rp_cron_period_seconds(cron, now_of(file));
    if (strcmp(rp_unit_name(unit), text_of(result, "interval_unit")) == 0 &&
        period == int_of(result, "interval_seconds"))
        return NULL;
    return g_strdup_printf("\"%s\": %s, every %" PRId64 " s", text_of(one_case, "cron"), rp_unit_name(unit),
                           period);
}

/* A text without an offset is in the zone of the cron. */
static int64_t instant_of(yyjson_val *one_case)
{
    int64_t us = 0;
    yyjson_val *at = field(one_case, "at");
    if (!yyjson_is_str(at))
        return int_of(one_case, "at");
    assert_int_equal(rp_time_parse(yyjson_get_str(at), 0, text_of(one_case, "tz"), true, &us, NULL),
                     REPOINT_OK);
    return us / 1000;
}

static char *check_ticks(yyjson_val *one_case, int64_t floor_ts, int64_t next_ts, int64_t prev_ts)
{
    if (floor_ts == int_of(one_case, "floor") && next_ts == int_of(one_case, "next") &&
        prev_ts == int_of(one_case, "prev"))
        return NULL;
    return g_strdup_printf("floor %" PRId64 " next %" PRId64 " prev %" PRId64 ", expected %" PRId64
                           " %" PRId64 " %" PRId64,
                           floor_ts, next_ts, prev_ts, int_of(one_case, "floor"), int_of(one_case, "next"),
                           int_of(one_case, "prev"));
}

static char *check_node(yyjson_val *file, yyjson_val *one_case)
{
    (void)file;
    g_autoptr(rp_cron) cron = NULL;
    repoint_error error = REPOINT_ERROR_INIT;
    assert_ok(rp_cron_parse(text_of(one_case, "cron"), text_of(one_case, "tz"), &cron, &error), &error);
    int64_t at_ts = instant_of(one_case);
    return check_ticks(one_case, rp_cron_floor(cron, at_ts), rp_cron_next(cron, at_ts),
                       rp_cron_prev(cron, at_ts));
}

static char *check_interval_unit(yyjson_val *file, yyjson_val *one_case)
{
    (void)file;
    rp_interval_unit unit;
    assert_true(rp_unit_from_name(text_of(one_case, "unit"), &unit));
    assert_int_equal(rp_unit_seconds(unit), int_of(one_case, "seconds"));
    int64_t at_ts = int_of(one_case, "at");
    return check_ticks(one_case, rp_unit_floor(unit, at_ts), rp_unit_next(unit, at_ts),
                       rp_unit_prev(unit, at_ts));
}

/* A unit that a model names must not be longer than the one its cron has, unless it allows partial intervals.
 */
static char *check_explicit_unit(yyjson_val *file, yyjson_val *one_case)
{
    g_autoptr(rp_cron) cron = NULL;
    rp_interval_unit named, inferred;
    if (!rp_unit_from_name(text_of(one_case, "interval_unit"), &named))
        return check_status(one_case, REPOINT_INVALID);
    assert_int_equal(rp_cron_parse(text_of(one_case, "cron"), NULL, &cron, NULL), REPOINT_OK);
    assert_int_equal(rp_unit_from_cron(cron, now_of(file), &inferred, NULL), REPOINT_OK);
    bool fits = bool_of(one_case, "allow_partials") || rp_unit_seconds(named) <= rp_unit_seconds(inferred);
    if (fits && strcmp(rp_unit_name(named), text_of(one_case, "result")) != 0)
        return g_strdup_printf("unit %s", rp_unit_name(named));
    return check_status(one_case, fits ? REPOINT_OK : REPOINT_INVALID);
}

static const struct {
    const char *kind;
    char *(*check)(yyjson_val *file, yyjson_val *one_case);
} kinds[] = {
    {"unit", check_unit},
    {"node", check_node},
    {"interval_unit", check_interval_unit},
    {"explicit_unit", check_explicit_unit},
};

static char *check_case(yyjson_val *file, yyjson_val *one_case, void *context)
{
    (void)context;
    for (size_t i = 0; i < G_N_ELEMENTS(kinds); i++) {
        if (strcmp(text_of(one_case, "kind"), kinds[i].kind) == 0)
            return kinds[i].check(file, one_case);
    }
    return g_strdup_printf("unknown kind %s", text_of(one_case, "kind"));
}

static void crons_are_those_of_the_reference(void **state)
{
    (void)state;
    golden_run("cron", check_case, NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(crons_are_those_of_the_reference)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
