/* Every text and number that SQLMesh takes for a time is the same time here. */
#include <inttypes.h>
#include <string.h>

#include "base/time.h"
#include "support.h"

/* Python values have no spelling in a state file: these are the texts that name the same time. */
static const struct {
    const char *python;
    const char *text;
} python_values[] = {
    {"datetime.date(2026, 1, 2)", "2026-01-02"},
    {"datetime.datetime(2026, 1, 2, 0, 0)", "2026-01-02 00:00:00"},
    {"datetime.datetime(2026, 1, 2, 3, 4, 5, 6789)", "2026-01-02 03:04:05.006789"},
    {"datetime.datetime(2026, 1, 2, 0, 0, tzinfo=datetime.timezone(datetime.timedelta(seconds=18000)))",
     "2026-01-02T00:00:00+05:00"},
    {"datetime.datetime(1969, 12, 31, 23, 59, 59, 999999)", "1969-12-31 23:59:59.999999"},
};

static const char *text_for_python(const char *python)
{
    for (size_t i = 0; i < G_N_ELEMENTS(python_values); i++) {
        if (strcmp(python, python_values[i].python) == 0)
            return python_values[i].text;
    }
    fail_msg("no text for %s", python);
    return NULL;
}

typedef struct {
    yyjson_val *json;
    const char *text;
    bool is_number;
    bool is_python;
    int64_t base_ts;
} time_case;

static char *check_integer(const time_case *c, const char *key, bool failed, int64_t got)
{
    int64_t expected;
    yyjson_val *value = yyjson_obj_get(c->json, key);
    if (value == NULL)
        return NULL;
    if (!rp_json_int(value, &expected))
        return failed ? NULL
                      : g_strdup_printf("%s of \"%s\": got %" PRId64 ", expected none", key, c->text, got);
    if (failed || got != expected)
        return g_strdup_printf("%s of \"%s\": got %" PRId64 ", expected %" PRId64, key, c->text,
                               failed ? -1 : got, expected);
    return NULL;
}

static char *check_flag(const time_case *c, const char *key, bool got)
{
    yyjson_val *value = yyjson_obj_get(c->json, key);
    if (value == NULL || yyjson_get_bool(value) == got)
        return NULL;
    return g_strdup_printf("%s of \"%s\": got %d", key, c->text, got);
}

static char *check_parse(const time_case *c, const char *key, bool to_midnight)
{
    int64_t us = 0;
    repoint_status status =
        rp_time_parse(c->text, c->base_ts, text_of(c->json, "tz"), to_midnight, &us, NULL);
    return check_integer(c, key, status != REPOINT_OK, us / 1000);
}

static char *check_ends(const time_case *c)
{
    int64_t us = 0;
    bool failed = rp_time_exclusive_end(c->text, c->base_ts, &us, NULL) != REPOINT_OK;
    char *wrong = check_integer(c, "exclusive_end", failed, us / 1000);
    return wrong != NULL ? wrong : check_integer(c, "inclusive_end_us", failed, us - 1);
}

static char *check_text(const time_case *c)
{
    g_autofree char *text = NULL;
    int64_t us;
    if (text_of(c->json, "text") == NULL)
        return NULL;
    if (c->is_python) {
        assert_int_equal(rp_time_parse(c->text, c->base_ts, NULL, true, &us, NULL), REPOINT_OK);
        text = rp_time_format_us(us);
        if (rp_time_is_date(c->text))
            text[10] = '\0';
    } else {
        assert_int_equal(rp_time_like_to_text(c->text, c->is_number, &text, NULL), REPOINT_OK);
    }
    return strcmp(text, text_of(c->json, "text")) == 0 ? NULL : g_strdup_printf("written \"%s\"", text);
}

static char *check_error(const time_case *c)
{
    repoint_error error = REPOINT_ERROR_INIT;
    int64_t us;
    repoint_status status = rp_time_parse(c->text, c->base_ts, NULL, true, &us, &error);
    bool named = error.message != NULL && strstr(error.message, c->text) != NULL;
    repoint_error_clear(&error);
    return status == REPOINT_INVALID && named ? NULL : g_strdup_printf("\"%s\" is not refused", c->text);
}

static time_case read_case(yyjson_val *file, yyjson_val *one_case)
{
    time_case c = {.json = one_case, .base_ts = int_of(file, "base_ms")};
    yyjson_val *in = rp_json_field(one_case, "in");
    c.is_python = in == NULL;
    c.is_number = yyjson_is_raw(in);
    if (c.is_python)
        c.text = text_for_python(text_of(one_case, "python"));
    else
        c.text = c.is_number ? yyjson_get_raw(in) : yyjson_get_str(in);
    return c;
}

static char *check_case(yyjson_val *file, yyjson_val *one_case, void *context)
{
    (void)context;
    time_case c = read_case(file, one_case);
    char *wrong = check_flag(&c, "is_date", rp_time_is_date(c.text));
    if (wrong == NULL)
        wrong = check_flag(&c, "is_relative", rp_time_is_relative(c.text));
    if (wrong == NULL && rp_json_field(one_case, "error") != NULL)
        return check_error(&c);
    if (wrong == NULL)
        wrong = check_parse(&c, "result", true);
    if (wrong == NULL)
        wrong = check_parse(&c, "no_midnight", false);
    if (wrong == NULL)
        wrong = check_ends(&c);
    return wrong != NULL ? wrong : check_text(&c);
}

static void times_are_those_of_the_reference(void **state)
{
    (void)state;
    golden_run("time", check_case, NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(times_are_those_of_the_reference)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
