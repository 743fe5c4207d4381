/* The log of intervals: what is read from it, what compaction leaves, what adding and removing write. */
#include "state_support.h"

#include <string.h>

#include "model/snapshot.h"
#include "state/intervals.h"
#include "state/replay.h"

#define LATER_TS 10 /* when the rows that a test makes itself are to come after others */

/* ---- rows ---- */

static char *row_text(const rp_rows *rows)
{
    GString *text = g_string_new(NULL);
    rp_json_writer writer = RP_JSON_WRITER(text, RP_JSON_COMPACT);
    rp_json_begin_object(&writer);
    write_text_column(&writer, "name", rows, 0);
    write_text_column(&writer, "identifier", rows, 1);
    write_text_column(&writer, "version", rows, 2);
    write_text_column(&writer, "dev_version", rows, 3);
    write_integer_column(&writer, "start_ts", rows, 4);
    write_integer_column(&writer, "end_ts", rows, 5);
    write_boolean_column(&writer, "is_dev", rows, 6);
    write_boolean_column(&writer, "is_removed", rows, 7);
    write_boolean_column(&writer, "is_compacted", rows, 8);
    write_boolean_column(&writer, "is_pending_restatement", rows, 9);
    write_integer_column(&writer, "last_altered_ts", rows, 10);
    rp_json_end_object(&writer);
    return g_string_free(text, FALSE);
}

/* The stored rows whose id is not like `given`: "given-%" for those that the test did not put there, "" for
 * all. */
static GPtrArray *rows_not_like(const world *of, const char *given)
{
    repoint_error error = REPOINT_ERROR_INIT;
    g_autoptr(rp_rows) rows = NULL;
    GPtrArray *texts = g_ptr_array_new_with_free_func(g_free);
    bool has_row = false;
    assert_ok(
        rp_db_query(of->store->db,
                    "SELECT name, identifier, version, dev_version, start_ts, end_ts, is_dev, is_removed,"
                    " is_compacted, is_pending_restatement, last_altered_ts FROM _intervals"
                    " WHERE id NOT LIKE ?1",
                    RP_VALUES(rp_db_text(given)), &rows, &error),
        &error);
    while (rp_rows_next(rows, &has_row, &error) == REPOINT_OK && has_row)
        g_ptr_array_add(texts, row_text(rows));
    return texts;
}

static GPtrArray *written_rows(const world *of)
{
    return rows_not_like(of, "given-%");
}

static rp_key_list versions_of(yyjson_val *rows)
{
    rp_key_list versions = rp_key_list_new(2);
    size_t index, count;
    yyjson_val *row;
    yyjson_arr_foreach (rows, index, count, row)
        rp_key_list_add(&versions, text_of(row, "name"), text_of(row, "version"));
    return versions;
}

static rp_replay *replay_of(const world *of, yyjson_val *rows)
{
    repoint_error error = REPOINT_ERROR_INIT;
    g_auto(rp_key_list) versions = versions_of(rows);
    rp_db_keys keys = rp_key_list_keys(&versions);
    rp_replay *replay = NULL;
    assert_ok(rp_replay_load(of->store, &keys, &replay, &error), &error);
    return replay;
}

/* ---- replay and compact ---- */

static void write_set(rp_json_writer *writer, const char *key, const rp_intervals *set)
{
    rp_json_key(writer, key);
    rp_intervals_write(writer, set);
}

static void write_ts(rp_json_writer *writer, const char *key, int64_t ts)
{
    rp_json_key(writer, key);
    if (ts == RP_TS_NONE)
        rp_json_null(writer);
    else
        rp_json_integer(writer, ts);
}

static char *accumulator_text(const rp_accumulator *accumulator)
{
    GString *text = g_string_new(NULL);
    rp_json_writer writer = RP_JSON_WRITER(text, RP_JSON_COMPACT);
    const char *const words[][2] = {{"name", accumulator->name},
                                    {"identifier", accumulator->identifier},
                                    {"version", accumulator->version},
                                    {"dev_version", accumulator->dev_version}};
    rp_json_begin_object(&writer);
    for (size_t i = 0; i < G_N_ELEMENTS(words); i++) {
        rp_json_key(&writer, words[i][0]);
        rp_json_string(&writer, words[i][1]);
    }
    write_set(&writer, "intervals", &accumulator->intervals);
    write_set(&writer, "dev_intervals", &accumulator->dev_intervals);
    write_set(&writer, "pending_restatement_intervals", &accumulator->pending);
    write_ts(&writer, "last_altered_ts", accumulator->last_altered_ts);
    write_ts(&writer, "dev_last_altered_ts", accumulator->dev_last_altered_ts);
    rp_json_end_object(&writer);
    return g_string_free(text, FALSE);
}

static char *wrong_reading(const world *of, const char *when, yyjson_val *rows, yyjson_val *expected)
{
    g_autoptr(rp_replay) replay = replay_of(of, rows);
    g_autoptr(GPtrArray) texts = g_ptr_array_new_with_free_func(g_free);
    const GPtrArray *all = rp_replay_all(replay);
    for (guint i = 0; i < all->len; i++)
        g_ptr_array_add(texts, accumulator_text(g_ptr_array_index(all, i)));
    return wrong_set(when, texts, expected);
}

static char *check_replay(const world *of, yyjson_val *one_case)
{
    yyjson_val *rows = field(one_case, "rows");
    given_intervals(of, rows);
    char *wrong = wrong_reading(of, "what is read", rows, field(one_case, "read"));
    if (wrong != NULL)
        return wrong;

    repoint_error error = REPOINT_ERROR_INIT;
    size_t before = 0, after = 0;
    assert_ok(repoint_intervals_compact(of->store, &before, &after, &error), &error);
    g_autoptr(GPtrArray) left = rows_not_like(of, "");
    g_autoptr(GPtrArray) merged = written_rows(of); /* without the versions that were compact already */
    wrong = wrong_set("the rows after compaction", left, field(one_case, "rows_after_compaction"));
    if (wrong == NULL && (merged->len != after || left->len - merged->len + before != yyjson_arr_size(rows)))
        wrong = g_strdup_printf("%zu rows are said to be %zu now, %u are", before, after, merged->len);
    return wrong != NULL ? wrong
                         : wrong_reading(of, "what is read afterwards", rows, field(one_case, "read"));
}

/* ---- hydration ---- */

static void read_schedule(yyjson_val *one_case, rp_calendar *calendar, const char *unit,
                          rp_schedule *ret_schedule)
{
    const char *cron = strcmp(unit, "month") == 0  ? "@monthly"
                       : strcmp(unit, "hour") == 0 ? "@hourly"
                                                   : "@daily";
    g_autofree char *node = g_strdup_printf("{\"cron\": \"%s\", \"source_type\": \"sql\","
                                            " \"kind\": {\"name\": \"INCREMENTAL_BY_TIME_RANGE\"}}",
                                            cron);
    repoint_error error = REPOINT_ERROR_INIT;
    g_autoptr(rp_json) json = NULL;
    assert_ok(rp_json_parse(node, strlen(node), "node", &json, &error), &error);
    assert_ok(rp_schedule_read(rp_json_root(json), rp_json_field(one_case, "effective_from"), "the model",
                               calendar, ret_schedule, &error),
              &error);
}

static void append_set(GArray *rows, rp_interval_row row, yyjson_val *set)
{
    rp_intervals intervals = {0};
    assert_ok(rp_intervals_from_json(set, "test data", &intervals, NULL), NULL);
    for (size_t i = 0; i < intervals.count; i++) {
        row.interval = intervals.items[i];
        g_array_append_val(rows, row);
    }
    rp_intervals_clear(&intervals);
}

static int64_t ts_of(yyjson_val *object, const char *key)
{
    return rp_json_field(object, key) != NULL ? int_of(object, key) : RP_TS_NONE;
}

/* Writes rows that amount to this accumulator; pending ones last, since an add would reduce them. */
static void given_accumulator(const world *of, yyjson_val *accumulator)
{
    repoint_error error = REPOINT_ERROR_INIT;
    g_autoptr(GArray) rows = g_array_new(FALSE, FALSE, sizeof(rp_interval_row));
    g_autoptr(GArray) pending = g_array_new(FALSE, FALSE, sizeof(rp_interval_row));
    rp_interval_row row = {
        .name = text_of(accumulator, "name"),
        .identifier = text_of(accumulator, "identifier"),
        .version = text_of(accumulator, "version"),
        .dev_version = text_of(accumulator, "dev_version"),
        .last_altered_ts = ts_of(accumulator, "last_altered_ts"),
    };
    append_set(rows, row, field(accumulator, "intervals"));
    row.is_dev = true;
    row.last_altered_ts = ts_of(accumulator, "dev_last_altered_ts");
    append_set(rows, row, field(accumulator, "dev_intervals"));
    row.is_dev = false;
    row.is_pending = true;
    append_set(pending, row, field(accumulator, "pending_restatement_intervals"));
    assert_ok(rp_interval_rows_append(of->store, (rp_interval_row *)rows->data, rows->len, 1, &error),
              &error);
    assert_ok(
        rp_interval_rows_append(of->store, (rp_interval_row *)pending->data, pending->len, LATER_TS, &error),
        &error);
}

static char *loaded_text(const rp_loaded *loaded)
{
    GString *text = g_string_new(NULL);
    rp_json_writer writer = RP_JSON_WRITER(text, RP_JSON_COMPACT);
    rp_json_begin_object(&writer);
    write_set(&writer, "intervals", &loaded->intervals);
    write_set(&writer, "dev_intervals", &loaded->dev_intervals);
    write_set(&writer, "pending_restatement_intervals", &loaded->pending);
    write_ts(&writer, "last_altered_ts", loaded->last_altered_ts);
    write_ts(&writer, "dev_last_altered_ts", loaded->dev_last_altered_ts);
    rp_json_end_object(&writer);
    return g_string_free(text, FALSE);
}

/* The fields of the case that say what the snapshot has, as loaded_text() writes them. */
static char *expected_text(yyjson_val *one_case)
{
    static const char *const keys[] = {"intervals", "dev_intervals", "pending_restatement_intervals",
                                       "last_altered_ts", "dev_last_altered_ts"};
    GString *text = g_string_new(NULL);
    rp_json_writer writer = RP_JSON_WRITER(text, RP_JSON_COMPACT);
    rp_json_begin_object(&writer);
    for (size_t i = 0; i < G_N_ELEMENTS(keys); i++) {
        rp_json_key(&writer, keys[i]);
        rp_json_value(&writer, field(one_case, keys[i]));
    }
    rp_json_end_object(&writer);
    return g_string_free(text, FALSE);
}

static char *check_hydrate(const world *of, yyjson_val *one_case)
{
    yyjson_val *accumulators = field(one_case, "accumulators");
    size_t index, count;
    yyjson_val *accumulator;
    yyjson_arr_foreach (accumulators, index, count, accumulator)
        given_accumulator(of, accumulator);

    repoint_error error = REPOINT_ERROR_INIT;
    g_autoptr(rp_replay) replay = replay_of(of, accumulators);
    g_autoptr(rp_calendar) calendar = rp_calendar_new(of->now);
    g_auto(rp_schedule) schedule = {0};
    read_schedule(one_case, calendar, text_of(one_case, "interval_unit"), &schedule);
    rp_reader reader = {text_of(yyjson_arr_get_first(accumulators), "name"), text_of(one_case, "version"),
                        text_of(one_case, "identifier"), text_of(one_case, "dev_version"), &schedule};
    g_auto(rp_loaded) loaded = {0};
    assert_ok(rp_replay_hydrate(replay, &reader, &loaded, &error), &error);
    g_autofree char *actual = loaded_text(&loaded);
    g_autofree char *expected = expected_text(one_case);
    if (strcmp(actual, expected) == 0)
        return NULL;
    return g_strdup_printf("the snapshot has\n  is     %s\n  not    %s", actual, expected);
}

/* ---- removals ---- */

static rp_removal removal_of(yyjson_val *pair)
{
    rp_intervals range = {0};
    g_autofree char *text = compact_text(field(pair, "range"));
    g_autofree char *list = g_strdup_printf("[%s]", text);
    g_autoptr(rp_json) json = NULL;
    assert_ok(rp_json_parse(list, strlen(list), "range", &json, NULL), NULL);
    assert_ok(rp_intervals_from_json(rp_json_root(json), "range", &range, NULL), NULL);
    rp_removal removal = {text_of(pair, "name"), text_of(pair, "identifier"), text_of(pair, "version"),
                          text_of(pair, "dev_version"), range.items[0]};
    rp_intervals_clear(&range);
    return removal;
}

/* The row, among those given and those to remove, that says to which version an identifier belongs. */
static yyjson_val *row_of_identifier(yyjson_val *one_case, const char *identifier)
{
    static const char *const lists[] = {"rows", "remove"};
    for (size_t i = 0; i < G_N_ELEMENTS(lists); i++) {
        size_t index, count;
        yyjson_val *row;
        yyjson_arr_foreach (field(one_case, lists[i]), index, count, row) {
            if (g_strcmp0(text_of(row, "identifier"), identifier) == 0)
                return row;
        }
    }
    return NULL;
}

static char *wrong_snapshot(const world *of, const rp_replay *replay, yyjson_val *row, yyjson_val *expected)
{
    repoint_error error = REPOINT_ERROR_INIT;
    g_autoptr(rp_calendar) calendar = rp_calendar_new(of->now);
    g_auto(rp_schedule) schedule = {0};
    read_schedule(NULL, calendar, "day", &schedule);
    rp_reader reader = {text_of(row, "name"), text_of(row, "version"), text_of(row, "identifier"),
                        text_of(row, "dev_version"), &schedule};
    g_auto(rp_loaded) loaded = {0};
    assert_ok(rp_replay_hydrate(replay, &reader, &loaded, &error), &error);
    g_autoptr(GString) text = g_string_new(NULL);
    rp_json_writer writer = RP_JSON_WRITER(text, RP_JSON_COMPACT);
    rp_json_begin_object(&writer);
    write_set(&writer, "intervals", &loaded.intervals);
    write_set(&writer, "dev_intervals", &loaded.dev_intervals);
    rp_json_end_object(&writer);
    return wrong_text(reader.identifier, text->str, expected);
}

static char *wrong_readers(const world *of, yyjson_val *one_case)
{
    g_autoptr(rp_replay) replay = replay_of(of, field(one_case, "rows"));
    size_t index, count;
    yyjson_val *identifier, *expected;
    char *wrong = NULL;
    yyjson_obj_foreach (field(one_case, "read"), index, count, identifier, expected) {
        yyjson_val *row = row_of_identifier(one_case, yyjson_get_str(identifier));
        if (wrong == NULL && row != NULL)
            wrong = wrong_snapshot(of, replay, row, expected);
    }
    return wrong;
}

static char *check_remove(const world *of, yyjson_val *one_case)
{
    given_intervals(of, field(one_case, "rows"));
    g_autoptr(GArray) removals = g_array_new(FALSE, FALSE, sizeof(rp_removal));
    size_t index, count;
    yyjson_val *pair;
    yyjson_arr_foreach (field(one_case, "remove"), index, count, pair) {
        rp_removal removal = removal_of(pair);
        g_array_append_val(removals, removal);
    }
    repoint_error error = REPOINT_ERROR_INIT;
    assert_ok(rp_intervals_remove_many(of->store, (rp_removal *)removals->data, removals->len,
                                       bool_of(one_case, "remove_shared_versions"), &error),
              &error);
    g_autoptr(GPtrArray) written = written_rows(of);
    char *wrong = wrong_set("the new rows", written, field(one_case, "new_rows"));
    return wrong != NULL ? wrong : wrong_readers(of, one_case);
}

/* ---- adding ---- */

/* A snapshot of model "db"."a", version v1, with the intervals that the case gives it. */
static repoint_snapshot *snapshot_with_intervals(yyjson_val *given)
{
    g_autoptr(GString) text = g_string_new(
        "{\"name\":\"\\\"db\\\".\\\"a\\\"\",\"fingerprint\":{\"data_hash\":\"1\",\"metadata_hash\":\"2\"},"
        "\"node\":{\"cron\":\"@daily\",\"kind\":{\"name\":\"INCREMENTAL_BY_TIME_RANGE\"}},\"parents\":[],"
        "\"created_ts\":1,\"ttl\":\"in 1 "
        "week\",\"version\":\"v1\",\"dev_version\":\"d1\",\"change_category\":1");
    size_t index, count;
    yyjson_val *key, *value;
    yyjson_obj_foreach (given, index, count, key, value) {
        g_autofree char *value_text = compact_text(value);
        if (!yyjson_equals_str(key, "identifier"))
            g_string_append_printf(text, ",\"%s\":%s", yyjson_get_str(key), value_text);
    }
    g_string_append_c(text, '}');
    repoint_error error = REPOINT_ERROR_INIT;
    repoint_snapshot *snapshot = NULL;
    assert_ok(repoint_snapshot_from_json(text->str, text->len, &snapshot, &error), &error);
    g_strlcpy(snapshot->identifier, text_of(given, "identifier"), sizeof snapshot->identifier);
    return snapshot;
}

static void free_snapshot(gpointer snapshot)
{
    repoint_snapshot_free(snapshot);
}

static char *check_add(const world *of, yyjson_val *one_case)
{
    g_autoptr(GPtrArray) snapshots = g_ptr_array_new_with_free_func(free_snapshot);
    size_t index, count;
    yyjson_val *given;
    yyjson_arr_foreach (field(one_case, "in"), index, count, given)
        g_ptr_array_add(snapshots, snapshot_with_intervals(given));
    repoint_error error = REPOINT_ERROR_INIT;
    assert_ok(repoint_intervals_add_many(of->store, (const repoint_snapshot *const *)snapshots->pdata,
                                         snapshots->len, &error),
              &error);
    g_autoptr(GPtrArray) written = written_rows(of);
    return wrong_set("the new rows", written, field(one_case, "rows"));
}

/* ---- the cases ---- */

static char *run_case(yyjson_val *file, yyjson_val *one_case, void *url)
{
    const char *op = text_of(one_case, "op");
    g_auto(world) of = {0};
    world_open(&of, url, file, INT64_C(1775000000000));
    if (strcmp(op, "replay_and_compact") == 0)
        return check_replay(&of, one_case);
    if (strcmp(op, "hydrate") == 0)
        return check_hydrate(&of, one_case);
    if (strcmp(op, "remove_intervals") == 0)
        return check_remove(&of, one_case);
    if (strcmp(op, "add_snapshots_intervals") == 0)
        return check_add(&of, one_case);
    return g_strdup_printf("operation %s is not known", op);
}

int main(void)
{
    return golden_state_main("intervals", run_case);
}
