/* Snapshots and environments live as long as SQLMesh lets them. */
#include <inttypes.h>

#include "base/time.h"
#include "support.h"

static char *check(yyjson_val *one_case, const char *value_key, const char *error_key, repoint_status status,
                   int64_t got)
{
    if (rp_json_field(one_case, error_key) != NULL)
        return status == REPOINT_INVALID ? NULL : g_strdup_printf("%s: not refused", value_key);
    int64_t expected = int_of(one_case, value_key);
    if (status == REPOINT_OK && got == expected)
        return NULL;
    return g_strdup_printf("%s of \"%s\": %s %" PRId64 ", expected %" PRId64, value_key,
                           text_of(one_case, "ttl"), repoint_status_name(status), got, expected);
}

static char *check_case(yyjson_val *file, yyjson_val *one_case, void *context)
{
    (void)file;
    (void)context;
    const char *ttl = text_of(one_case, "ttl");
    int64_t updated_ts = int_of(one_case, "updated_ts"), ms = 0, expiration_ts = 0;
    repoint_status snapshot = rp_ttl_ms(ttl, updated_ts, &ms, NULL);
    repoint_status environment = rp_ttl_expiration_ts(ttl, updated_ts, &expiration_ts, NULL);
    char *wrong = check(one_case, "snapshot_ttl_ms", "snapshot_error", snapshot, ms);
    if (wrong != NULL)
        return wrong;
    return check(one_case, "environment_expiration_ts", "environment_error", environment, expiration_ts);
}

static void lifetimes_are_those_of_the_reference(void **state)
{
    (void)state;
    golden_run("ttl", check_case, NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(lifetimes_are_those_of_the_reference)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
