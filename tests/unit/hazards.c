/*
 * Hazards of a shared store that repoint does not have, by their number in docs/compatibility.md: two
 * programs on one file, and clocks that do not agree.
 */
#include <glib/gstdio.h>
#include <string.h>

#include "model/environment.h"
#include "model/snapshot.h"
#include "state/intervals.h"
#include "state/promote.h"
#include "state/snapshots.h"
#include "support.h"

#define DAY       INT64_C(86400000)
#define JANUARY_1 INT64_C(1767225600000) /* of 2026 */

/* Two programs that have the same store open; each has its own clock. */
typedef struct office {
    char *folder;
    char *path;
    int64_t now[2];
    repoint_store *store[2];
} office;

static int64_t show_clock(void *clock)
{
    return *(int64_t *)clock;
}

static void office_open(office *of)
{
    of->folder = g_dir_make_tmp("repoint-hazards-XXXXXX", NULL);
    assert_non_null(of->folder);
    of->path = g_strdup_printf("%s/state.db", of->folder);
    g_autofree char *url = g_strconcat("sqlite:", of->path, NULL);
    for (size_t i = 0; i < 2; i++) {
        repoint_error error = REPOINT_ERROR_INIT;
        of->now[i] = JANUARY_1 + 10 * DAY;
        repoint_store_options options = {.now = show_clock, .context = &of->now[i]};
        assert_ok(repoint_store_create(url, &options, NULL, &of->store[i], NULL, &error), &error);
    }
}

static void office_close(office *of)
{
    static const char *const endings[] = {"", "-wal", "-shm"};
    for (size_t i = 0; i < 2; i++)
        repoint_store_close(of->store[i]);
    for (size_t i = 0; i < G_N_ELEMENTS(endings); i++) {
        g_autofree char *file = g_strconcat(of->path, endings[i], NULL);
        g_unlink(file);
    }
    g_rmdir(of->folder);
    g_free(of->folder);
    g_free(of->path);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(office, office_close)

/* A daily model; `fields` are further ones of the object, each with a comma in front. */
static repoint_snapshot *model(const char *name, const char *fields)
{
    g_autofree char *text = g_strdup_printf("{\"name\": \"\\\"shop\\\".\\\"%s\\\"\", \"fingerprint\": "
                                            "{\"data_hash\": \"1\", \"metadata_hash\": \"2\"},"
                                            " \"node\": {\"name\": \"shop.%s\", \"cron\": \"@daily\", "
                                            "\"start\": \"2026-01-01\", \"source_type\": \"sql\","
                                            " \"kind\": {\"name\": \"INCREMENTAL_BY_TIME_RANGE\"}}, "
                                            "\"parents\": [], \"created_ts\": 1767225600000,"
                                            " \"updated_ts\": 1767225600000, \"ttl\": \"in 1 week\", "
                                            "\"version\": \"7\", \"change_category\": 1%s}",
                                            name, name, fields);
    repoint_error error = REPOINT_ERROR_INIT;
    repoint_snapshot *snapshot = NULL;
    assert_ok(repoint_snapshot_from_json(text, strlen(text), &snapshot, &error), &error);
    return snapshot;
}

static size_t push(repoint_store *store, const repoint_snapshot *const *snapshots, size_t count)
{
    repoint_error error = REPOINT_ERROR_INIT;
    size_t added = 0;
    assert_ok(repoint_push(store, snapshots, count, &added, &error), &error);
    return added;
}

static repoint_snapshot *given_orders(repoint_store *store)
{
    repoint_snapshot *orders = model("orders", "");
    const repoint_snapshot *list[] = {orders};
    push(store, list, 1);
    return orders;
}

static repoint_status promote(repoint_store *store, const repoint_snapshot *snapshot, const char *plan,
                              const char *further)
{
    repoint_error error = REPOINT_ERROR_INIT;
    g_autoptr(repoint_environment) dev = NULL;
    repoint_table *table = NULL;
    g_autofree char *text =
        g_strdup_printf("{\"name\": \"dev\", \"start_at\": \"2026-01-01\", \"plan_id\": \"%s\","
                        " \"snapshots\": []%s}",
                        plan, further);
    assert_ok(repoint_environment_from_json(text, strlen(text), &dev, &error), &error);
    assert_ok(repoint_snapshot_table(snapshot, &table, &error), &error);
    assert_ok(repoint_environment_set_table(dev, table, &error), &error);
    repoint_table_free(table);
    return repoint_promote(store, dev, NULL, NULL, NULL);
}

static void assert_plan_of_dev(repoint_store *store, const char *plan)
{
    repoint_error error = REPOINT_ERROR_INIT;
    g_autoptr(repoint_environment) dev = NULL;
    assert_ok(repoint_environment_get(store, "dev", &dev, &error), &error);
    assert_string_equal(repoint_environment_plan_id(dev), plan);
}

/* ---- environments ---- */

static void test_h2_only_one_of_two_creates_an_environment(void **state G_GNUC_UNUSED)
{
    g_auto(office) of = {0};
    office_open(&of);
    g_autoptr(repoint_snapshot) orders = given_orders(of.store[0]);
    assert_int_equal(promote(of.store[0], orders, "ours", ""), REPOINT_OK);
    assert_int_equal(promote(of.store[1], orders, "theirs", ""), REPOINT_CONFLICT);
    assert_plan_of_dev(of.store[1], "ours");
}

static void test_h3_only_one_of_two_replaces_an_expired_environment(void **state G_GNUC_UNUSED)
{
    g_auto(office) of = {0};
    office_open(&of);
    g_autoptr(repoint_snapshot) orders = given_orders(of.store[0]);
    assert_int_equal(promote(of.store[0], orders, "old", ", \"expiration_ts\": 5"), REPOINT_OK);
    assert_int_equal(promote(of.store[0], orders, "ours", ""), REPOINT_OK);
    assert_int_equal(promote(of.store[1], orders, "theirs", ", \"previous_plan_id\": \"old\""),
                     REPOINT_CONFLICT);
    assert_plan_of_dev(of.store[1], "ours");
}

/* ---- snapshots ---- */

static void test_h23_a_second_push_adds_what_is_new(void **state G_GNUC_UNUSED)
{
    g_auto(office) of = {0};
    office_open(&of);
    g_autoptr(repoint_snapshot) orders = given_orders(of.store[0]);
    g_autoptr(repoint_snapshot) items = model("items", "");
    const repoint_snapshot *both[] = {orders, items};
    assert_int_equal(push(of.store[1], both, 2), 1);
    assert_int_equal(push(of.store[0], both, 2), 0);
}

/* ---- intervals ---- */

static void add_days(repoint_store *store, const repoint_snapshot *snapshot, const char *start,
                     const char *end)
{
    repoint_error error = REPOINT_ERROR_INIT;
    assert_ok(repoint_intervals_add(store, snapshot, &(repoint_range){start, end}, false, NULL, &error), &error);
}

static void remove_day(repoint_store *store, const repoint_snapshot *snapshot, const char *day)
{
    repoint_error error = REPOINT_ERROR_INIT;
    assert_ok(repoint_intervals_remove(store, snapshot, &(repoint_range){day, day}, false, NULL, &error),
              &error);
}

static repoint_snapshot_list *load(repoint_store *store, const repoint_snapshot *snapshot)
{
    repoint_error error = REPOINT_ERROR_INIT;
    repoint_snapshot_list *list = NULL;
    repoint_snapshot_id id = {repoint_snapshot_name(snapshot), repoint_snapshot_identifier(snapshot)};
    assert_ok(repoint_snapshots_get(store, &id, 1, &list, &error), &error);
    assert_int_equal(repoint_snapshot_list_count(list), 1);
    return list;
}

static size_t count_intervals(const repoint_snapshot_list *list, repoint_interval_kind kind)
{
    repoint_interval_list *intervals = repoint_snapshot_intervals(repoint_snapshot_list_at(list, 0), kind);
    size_t count = repoint_interval_list_count(intervals);
    repoint_interval_list_free(intervals);
    return count;
}

/* January 3 is missing between what is before and after it. */
static void assert_third_is_removed(repoint_store *store, const repoint_snapshot *snapshot)
{
    g_autoptr(repoint_snapshot_list) list = load(store, snapshot);
    const rp_intervals *intervals = &repoint_snapshot_list_at(list, 0)->intervals;
    assert_int_equal(intervals->count, 2);
    assert_true(intervals->items[0].end == JANUARY_1 + 2 * DAY);
    assert_true(intervals->items[1].start == JANUARY_1 + 3 * DAY);
}

static void test_h12_a_removal_by_a_slow_clock_removes(void **state G_GNUC_UNUSED)
{
    g_auto(office) of = {0};
    office_open(&of);
    g_autoptr(repoint_snapshot) orders = given_orders(of.store[0]);
    add_days(of.store[0], orders, "2026-01-01", "2026-01-05");
    of.now[1] = of.now[0] - 2000;
    remove_day(of.store[1], orders, "2026-01-03");
    assert_third_is_removed(of.store[0], orders);
}

static void test_h9_a_removal_survives_compaction_by_any_clock(void **state G_GNUC_UNUSED)
{
    g_auto(office) of = {0};
    office_open(&of);
    repoint_error error = REPOINT_ERROR_INIT;
    g_autoptr(repoint_snapshot) orders = given_orders(of.store[0]);
    add_days(of.store[0], orders, "2026-01-01", "2026-01-05");
    assert_ok(repoint_intervals_compact(of.store[0], NULL, NULL, &error), &error);
    of.now[1] = of.now[0] - DAY;
    remove_day(of.store[1], orders, "2026-01-03");
    assert_third_is_removed(of.store[0], orders);
    assert_ok(repoint_intervals_compact(of.store[1], NULL, NULL, &error), &error);
    assert_third_is_removed(of.store[0], orders);
}

static void test_h11_a_second_compaction_finds_nothing_to_do(void **state G_GNUC_UNUSED)
{
    g_auto(office) of = {0};
    office_open(&of);
    repoint_error error = REPOINT_ERROR_INIT;
    g_autoptr(repoint_snapshot) orders = given_orders(of.store[0]);
    add_days(of.store[0], orders, "2026-01-01", "2026-01-02");
    add_days(of.store[0], orders, "2026-01-03", "2026-01-04");
    size_t before = 0, after = 0;
    assert_ok(repoint_intervals_compact(of.store[0], &before, &after, &error), &error);
    assert_int_equal(before, 2);
    assert_int_equal(after, 1);
    assert_ok(repoint_intervals_compact(of.store[1], &before, &after, &error), &error);
    assert_int_equal(before, 0);
    assert_int_equal(after, 0);
}

static void test_h48_a_refresh_forgets_what_has_been_restated(void **state G_GNUC_UNUSED)
{
    g_auto(office) of = {0};
    office_open(&of);
    repoint_error error = REPOINT_ERROR_INIT;
    g_autoptr(repoint_snapshot) orders = given_orders(of.store[0]);
    g_autoptr(repoint_snapshot) restated =
        model("orders", ", \"pending_restatement_intervals\": [[1767225600000, 1767312000000]]");
    const repoint_snapshot *pending[] = {restated};
    assert_ok(repoint_intervals_add_many(of.store[0], pending, 1, &error), &error);
    g_autoptr(repoint_snapshot_list) loaded = load(of.store[0], orders);
    assert_int_equal(count_intervals(loaded, REPOINT_INTERVALS_PENDING), 1);

    of.now[1] = of.now[0] + 1;
    add_days(of.store[1], orders, "2026-01-01", "2026-01-01");
    assert_ok(repoint_intervals_refresh(of.store[0], loaded, &error), &error);
    assert_int_equal(count_intervals(loaded, REPOINT_INTERVALS_PENDING), 0);
    assert_int_equal(count_intervals(loaded, REPOINT_INTERVALS), 1);
}

/* ---- unpausing ---- */

static int64_t unpaused_ts_of(repoint_store *store, const repoint_snapshot *snapshot)
{
    g_autoptr(repoint_snapshot_list) list = load(store, snapshot);
    return repoint_snapshot_list_at(list, 0)->unpaused_ts;
}

static void test_h28_unpausing_is_undone_with_its_transaction(void **state G_GNUC_UNUSED)
{
    g_auto(office) of = {0};
    office_open(&of);
    repoint_error error = REPOINT_ERROR_INIT;
    g_autoptr(repoint_snapshot) orders = given_orders(of.store[0]);
    repoint_table *table = NULL;
    assert_ok(repoint_snapshot_table(orders, &table, &error), &error);
    const repoint_table *tables[] = {table};
    {
        g_auto(rp_transaction) transaction = {0};
        assert_ok(rp_transaction_begin(&transaction, of.store[0], RP_DB_WRITE, &error), &error);
        assert_ok(rp_unpause(of.store[0], tables, 1, JANUARY_1, &error), &error);
        assert_true(unpaused_ts_of(of.store[0], orders) == JANUARY_1);
    }
    assert_true(unpaused_ts_of(of.store[0], orders) == RP_TS_NONE);
    repoint_table_free(table);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_h2_only_one_of_two_creates_an_environment),
        cmocka_unit_test(test_h3_only_one_of_two_replaces_an_expired_environment),
        cmocka_unit_test(test_h23_a_second_push_adds_what_is_new),
        cmocka_unit_test(test_h12_a_removal_by_a_slow_clock_removes),
        cmocka_unit_test(test_h9_a_removal_survives_compaction_by_any_clock),
        cmocka_unit_test(test_h11_a_second_compaction_finds_nothing_to_do),
        cmocka_unit_test(test_h48_a_refresh_forgets_what_has_been_restated),
        cmocka_unit_test(test_h28_unpausing_is_undone_with_its_transaction),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
