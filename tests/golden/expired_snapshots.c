/* Expired snapshots: in which batches they are found, which tables go, and what is left after the deletion.
 */
#include "state_support.h"

#include <string.h>

#include "model/snapshot.h"

/* ---- given ---- */

static void given_stored(const world *of, yyjson_val *rows)
{
    size_t index, count;
    yyjson_val *row;
    yyjson_arr_foreach (rows, index, count, row) {
        repoint_error error = REPOINT_ERROR_INIT;
        g_autoptr(repoint_snapshot) snapshot = snapshot_of_key(of, text_of(row, "key"));
        const repoint_snapshot *list[] = {snapshot};
        assert_ok(repoint_push(of->store, list, 1, NULL, &error), &error);
        given_sql(of,
                  "UPDATE _snapshots SET updated_ts = ?1, ttl_ms = ?2, version = ?3, dev_version = ?4"
                  " WHERE name = ?5 AND identifier = ?6",
                  RP_VALUES(rp_db_integer(int_of(row, "updated_ts")), rp_db_integer(int_of(row, "ttl_ms")),
                            rp_db_text(text_of(row, "version")), rp_db_text(text_of(row, "dev_version")),
                            rp_db_text(snapshot->name), rp_db_text(snapshot->identifier)));
    }
}

static rp_db_value integer_or_null(yyjson_val *row, const char *key)
{
    return rp_json_field(row, key) != NULL ? rp_db_integer(int_of(row, key)) : rp_db_null(RP_DB_INTEGER);
}

static void given_pointing(const world *of, yyjson_val *rows)
{
    size_t index, count;
    yyjson_val *row;
    yyjson_arr_foreach (rows, index, count, row) {
        yyjson_val *previous_keys = rp_json_field(row, "previous_finalized");
        g_autofree char *snapshots = tables_of_keys(of, field(row, "on"));
        g_autofree char *previous = previous_keys != NULL ? tables_of_keys(of, previous_keys) : NULL;
        given_sql(of,
                  "INSERT INTO _environments (name, start_at, plan_id, expiration_ts, finalized_ts,"
                  " suffix_target, snapshots, previous_finalized_snapshots, requirements)"
                  " VALUES (?1, '2026-01-01', 'p', ?2, ?3, 'schema', ?4, ?5, '{}')",
                  RP_VALUES(rp_db_text(text_of(row, "name")), integer_or_null(row, "expiration_ts"),
                            integer_or_null(row, "finalized_ts"), rp_db_text(snapshots),
                            rp_db_text(previous)));
    }
}

/* ---- what a batch says ---- */

static void write_boundary(rp_json_writer *writer, const char *key, const repoint_row_boundary *at)
{
    rp_json_key(writer, key);
    rp_json_begin_object(writer);
    rp_json_put_integer(writer, "updated_ts", at->updated_ts);
    rp_json_put_string(writer, "name", at->name != NULL ? at->name : "");
    rp_json_put_string(writer, "identifier", at->identifier != NULL ? at->identifier : "");
    rp_json_end_object(writer);
}

static int compare_texts(gconstpointer a, gconstpointer b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

static void write_sorted(rp_json_writer *writer, GPtrArray *texts)
{
    g_ptr_array_sort(texts, compare_texts);
    rp_json_begin_array(writer);
    for (guint i = 0; i < texts->len; i++) {
        g_autoptr(rp_json) json = NULL;
        const char *text = g_ptr_array_index(texts, i);
        assert_ok(rp_json_parse(text, strlen(text), "text", &json, NULL), NULL);
        rp_json_value(writer, rp_json_root(json));
    }
    rp_json_end_array(writer);
}

/* The key under which the file has the snapshot of this id. */
static char *key_of_id(const world *of, repoint_snapshot_id id)
{
    size_t index, count;
    yyjson_val *key, *object;
    yyjson_obj_foreach (field(of->file, "table_infos"), index, count, key, object) {
        g_autoptr(repoint_table) table = table_of_key(of, yyjson_get_str(key));
        if (strcmp(table->name, id.name) == 0 && strcmp(table->identifier, id.identifier) == 0)
            return g_strdup(yyjson_get_str(key));
    }
    return g_strdup("?");
}

static void write_batch(const world *of, rp_json_writer *writer, const repoint_row_boundary *start,
                        const repoint_expired *batch)
{
    g_autoptr(GPtrArray) ids = g_ptr_array_new_with_free_func(g_free);
    g_autoptr(GPtrArray) tasks = g_ptr_array_new_with_free_func(g_free);
    for (size_t i = 0; i < repoint_expired_count(batch); i++) {
        g_autofree char *key = key_of_id(of, repoint_expired_at(batch, i));
        g_ptr_array_add(ids, g_strdup_printf("\"%s\"", key));
    }
    for (size_t i = 0; i < repoint_expired_task_count(batch); i++) {
        repoint_cleanup_task task = repoint_expired_task(batch, i);
        g_ptr_array_add(tasks, g_strdup_printf("{\"snapshot\": \"%s\", \"dev_table_only\": %s}",
                                               key_of_table(of, task.table),
                                               task.dev_table_only ? "true" : "false"));
    }
    repoint_row_boundary end = repoint_expired_end(batch);
    rp_json_begin_object(writer);
    rp_json_key(writer, "expired_snapshot_ids");
    write_sorted(writer, ids);
    rp_json_key(writer, "cleanup_tasks");
    write_sorted(writer, tasks);
    write_boundary(writer, "start", start);
    write_boundary(writer, "end", &end);
    rp_json_end_object(writer);
}

/* All batches, one after the other, as the janitor takes them. */
static char *batches_text(const world *of, yyjson_val *one_case)
{
    yyjson_val *batch_size = rp_json_field(one_case, "batch_size");
    bool deletes_between = bool_of(one_case, "deleted_between_batches");
    repoint_expired_options options = {
        .ignore_ttl = bool_of(one_case, "ignore_ttl"),
        .limit = batch_size != NULL ? (size_t)int_of(one_case, "batch_size") : 0,
    };
    GString *text = g_string_new(NULL);
    rp_json_writer writer = RP_JSON_WRITER(text, RP_JSON_COMPACT);
    g_autoptr(GPtrArray) batches = g_ptr_array_new_with_free_func((GDestroyNotify)repoint_expired_free);
    rp_json_begin_array(&writer);
    for (;;) {
        repoint_error error = REPOINT_ERROR_INIT;
        repoint_expired *batch = NULL;
        repoint_status status = deletes_between
                                    ? repoint_snapshots_delete_expired(of->store, &options, &batch, &error)
                                    : repoint_snapshots_expired(of->store, &options, &batch, &error);
        assert_ok(status, &error);
        if (batch == NULL)
            break;
        g_ptr_array_add(batches, batch);
        write_batch(of, &writer, &options.after, batch);
        options.after = repoint_expired_end(batch);
    }
    rp_json_end_array(&writer);
    return g_string_free(text, FALSE);
}

/* ---- what is left ---- */

static void delete_the_rest(const world *of, yyjson_val *one_case)
{
    repoint_error error = REPOINT_ERROR_INIT;
    repoint_expired_options options = {.ignore_ttl = bool_of(one_case, "ignore_ttl")};
    assert_ok(repoint_snapshots_delete_expired(of->store, &options, NULL, &error), &error);
}

static char *wrong_snapshots_left(const world *of, yyjson_val *expected)
{
    repoint_error error = REPOINT_ERROR_INIT;
    g_autoptr(GPtrArray) keys = g_ptr_array_new_with_free_func(g_free);
    g_autoptr(rp_rows) rows = NULL;
    bool has_row = false;
    assert_ok(
        rp_db_query(of->store->db, "SELECT name, fingerprint FROM _snapshots", RP_NO_VALUES, &rows, &error),
        &error);
    while (rp_rows_next(rows, &has_row, &error) == REPOINT_OK && has_row)
        g_ptr_array_add(keys, g_strdup_printf("\"%s\"", key_of_fingerprint(of, rp_rows_text(rows, 0),
                                                                           rp_rows_text(rows, 1))));
    return wrong_set("the snapshots left", keys, expected);
}

static void write_interval(rp_json_writer *writer, const rp_rows *rows)
{
    static const char *const flags[] = {"is_dev", "is_removed", "is_compacted", "is_pending_restatement"};
    rp_json_begin_object(writer);
    write_text_column(writer, "name", rows, 0);
    write_text_column(writer, "identifier", rows, 1);
    write_text_column(writer, "version", rows, 2);
    write_text_column(writer, "dev_version", rows, 3);
    write_integer_column(writer, "start_ts", rows, 4);
    write_integer_column(writer, "end_ts", rows, 5);
    for (size_t i = 0; i < G_N_ELEMENTS(flags); i++)
        write_boolean_column(writer, flags[i], rows, 6 + i);
    write_integer_column(writer, "last_altered_ts", rows, 10);
    rp_json_end_object(writer);
}

static char *wrong_intervals_left(const world *of, yyjson_val *expected)
{
    repoint_error error = REPOINT_ERROR_INIT;
    g_autoptr(GPtrArray) found = g_ptr_array_new_with_free_func(g_free);
    g_autoptr(rp_rows) rows = NULL;
    bool has_row = false;
    assert_ok(
        rp_db_query(of->store->db,
                    "SELECT name, identifier, version, dev_version, start_ts, end_ts, is_dev, is_removed,"
                    " is_compacted, is_pending_restatement, last_altered_ts FROM _intervals",
                    RP_NO_VALUES, &rows, &error),
        &error);
    while (rp_rows_next(rows, &has_row, &error) == REPOINT_OK && has_row) {
        GString *text = g_string_new(NULL);
        write_interval(&RP_JSON_WRITER(text, RP_JSON_COMPACT), rows);
        g_ptr_array_add(found, g_string_free(text, FALSE));
    }
    return wrong_set("the intervals left", found, expected);
}

static char *check_case(yyjson_val *file, yyjson_val *one_case, void *url)
{
    g_auto(world) of = {0};
    world_open(&of, url, file, int_of(one_case, "now"));
    given_stored(&of, field(one_case, "snapshots_stored"));
    given_pointing(&of, field(one_case, "environments"));
    given_intervals(&of, field(one_case, "intervals_before"));

    g_autofree char *batches = batches_text(&of, one_case);
    char *wrong = wrong_text("the batches", batches, field(one_case, "batches"));
    if (wrong == NULL && !bool_of(one_case, "deleted_between_batches"))
        delete_the_rest(&of, one_case);
    if (wrong == NULL)
        wrong = wrong_snapshots_left(&of, field(one_case, "snapshots_left"));
    if (wrong == NULL)
        wrong = wrong_intervals_left(&of, field(one_case, "intervals_left"));
    return wrong;
}

int main(void)
{
    return golden_state_main("expired-snapshots", check_case);
}
