/* See state_support.h. */
#include "state_support.h"

#include <glib/gstdio.h>
#include <stdio.h>
#include <string.h>

#include "model/environment.h"
#include "model/snapshot.h"

/* ---- stores ---- */

static struct {
    const char *name;
    golden_case run;
} golden;

static void test_in_memory(void **state G_GNUC_UNUSED)
{
    golden_run(golden.name, golden.run, (void *)"memory:");
}

static void remove_store(const char *path)
{
    static const char *const endings[] = {"", "-wal", "-shm"};
    for (size_t i = 0; i < G_N_ELEMENTS(endings); i++) {
        g_autofree char *file = g_strconcat(path, endings[i], NULL);
        g_unlink(file);
    }
}

static void test_in_a_file(void **state G_GNUC_UNUSED)
{
    g_autofree char *folder = g_dir_make_tmp("repoint-golden-XXXXXX", NULL);
    assert_non_null(folder);
    g_autofree char *url = g_strdup_printf("sqlite:%s/state.db", folder);
    golden_run(golden.name, golden.run, url);
    remove_store(url + strlen("sqlite:"));
    g_rmdir(folder);
}

int golden_state_main(const char *name, golden_case run)
{
    golden.name = name;
    golden.run = run;
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_in_memory), cmocka_unit_test(test_in_a_file)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}

static int64_t clock_of_world(void *context)
{
    return ((const world *)context)->now;
}

void world_open(world *of, const char *url, yyjson_val *file, int64_t now)
{
    of->file = file;
    of->now = now;
    if (g_str_has_prefix(url, "sqlite:"))
        remove_store(url + strlen("sqlite:"));
    repoint_error error = REPOINT_ERROR_INIT;
    repoint_store_options options = {.now = clock_of_world, .context = of};
    bool created = false;
    assert_ok(repoint_store_create(url, &options, NULL, &of->store, &created, &error), &error);
    assert_true(created);
}

void world_close(world *of)
{
    repoint_store_close(of->store);
    of->store = NULL;
}

char *golden_leave(const char *what, const char *reason)
{
    static GHashTable *told;
    if (told == NULL)
        told = g_hash_table_new(g_str_hash, g_str_equal);
    const char *once = g_intern_string(what);
    if (g_hash_table_add(told, (gpointer)once))
        printf("left out: %s: %s\n", what, reason);
    return GOLDEN_SKIP;
}

/* ---- values ---- */

char *compact_text(yyjson_val *value)
{
    GString *text = g_string_new(NULL);
    rp_json_value(&RP_JSON_WRITER(text, RP_JSON_COMPACT), value);
    return g_string_free(text, FALSE);
}

static yyjson_val *object_of_key(const world *of, const char *list, const char *key)
{
    return field(field(of->file, list), key);
}

repoint_snapshot *snapshot_of_key(const world *of, const char *key)
{
    g_autofree char *text = compact_text(object_of_key(of, "snapshots", key));
    repoint_error error = REPOINT_ERROR_INIT;
    repoint_snapshot *snapshot = NULL;
    assert_ok(repoint_snapshot_from_json(text, strlen(text), &snapshot, &error), &error);
    return snapshot;
}

repoint_table *table_of_key(const world *of, const char *key)
{
    g_autofree char *text = compact_text(object_of_key(of, "table_infos", key));
    repoint_error error = REPOINT_ERROR_INIT;
    repoint_table *table = NULL;
    assert_ok(repoint_table_from_json(text, strlen(text), &table, &error), &error);
    return table;
}

repoint_environment *environment_of_text(const char *text)
{
    repoint_error error = REPOINT_ERROR_INIT;
    repoint_environment *environment = NULL;
    assert_ok(repoint_environment_from_json(text, strlen(text), &environment, &error), &error);
    return environment;
}

static const char *find_key(const world *of, const char *name, const rp_fingerprint *fingerprint)
{
    size_t index, count;
    yyjson_val *key, *object;
    yyjson_obj_foreach (field(of->file, "table_infos"), index, count, key, object) {
        rp_fingerprint of_object;
        assert_ok(rp_fingerprint_from_json(field(object, "fingerprint"), "test data", &of_object, NULL),
                  NULL);
        if (strcmp(text_of(object, "name"), name) == 0 && rp_fingerprint_equal(&of_object, fingerprint))
            return yyjson_get_str(key);
    }
    return "?";
}

const char *key_of_table(const world *of, const repoint_table *table)
{
    return find_key(of, table->name, &table->fingerprint);
}

const char *key_of_fingerprint(const world *of, const char *name, const char *fingerprint_text)
{
    repoint_error error = REPOINT_ERROR_INIT;
    g_autoptr(rp_json) json = NULL;
    rp_fingerprint fingerprint;
    assert_ok(rp_json_parse(fingerprint_text, strlen(fingerprint_text), "fingerprint", &json, &error),
              &error);
    assert_ok(rp_fingerprint_from_json(rp_json_root(json), "fingerprint", &fingerprint, &error), &error);
    return find_key(of, name, &fingerprint);
}

char *tables_of_keys(const world *of, yyjson_val *keys)
{
    GString *text = g_string_new(NULL);
    rp_json_writer writer = RP_JSON_WRITER(text, RP_JSON_PYTHON);
    size_t index, count;
    yyjson_val *key;
    rp_json_begin_array(&writer);
    yyjson_arr_foreach (keys, index, count, key)
        rp_json_value(&writer, object_of_key(of, "table_infos", yyjson_get_str(key)));
    rp_json_end_array(&writer);
    return g_string_free(text, FALSE);
}

char *ids_of_keys(const world *of, yyjson_val *keys)
{
    GString *text = g_string_new(NULL);
    rp_json_writer writer = RP_JSON_WRITER(text, RP_JSON_PYTHON);
    size_t index, count;
    yyjson_val *key;
    rp_json_begin_array(&writer);
    yyjson_arr_foreach (keys, index, count, key) {
        g_autoptr(repoint_table) table = table_of_key(of, yyjson_get_str(key));
        rp_json_begin_object(&writer);
        rp_json_key(&writer, "name");
        rp_json_string(&writer, table->name);
        rp_json_key(&writer, "identifier");
        rp_json_string(&writer, table->identifier);
        rp_json_end_object(&writer);
    }
    rp_json_end_array(&writer);
    return g_string_free(text, FALSE);
}

/* ---- given ---- */

void given_sql(const world *of, const char *sql, const rp_db_value *values, size_t count)
{
    repoint_error error = REPOINT_ERROR_INIT;
    assert_ok(rp_db_execute(of->store->db, sql, values, count, NULL, &error), &error);
}

static void push_key(const world *of, const char *key)
{
    repoint_error error = REPOINT_ERROR_INIT;
    g_autoptr(repoint_snapshot) snapshot = snapshot_of_key(of, key);
    const repoint_snapshot *list[] = {snapshot};
    assert_ok(repoint_push(of->store, list, 1, NULL, &error), &error);
}

void given_snapshots(const world *of, yyjson_val *keys)
{
    size_t index, count;
    yyjson_val *key, *ignored;
    if (yyjson_equals_str(keys, "all")) {
        yyjson_obj_foreach (field(of->file, "snapshots"), index, count, key, ignored)
            push_key(of, yyjson_get_str(key));
        return;
    }
    yyjson_arr_foreach (keys, index, count, key)
        push_key(of, yyjson_get_str(key));
}

static rp_db_value text_value(yyjson_val *row, const char *key)
{
    return rp_db_text(text_of(row, key));
}

static rp_db_value integer_value(yyjson_val *row, const char *key)
{
    return rp_json_field(row, key) != NULL ? rp_db_integer(int_of(row, key)) : rp_db_null(RP_DB_INTEGER);
}

static rp_db_value boolean_value(yyjson_val *row, const char *key)
{
    return rp_json_field(row, key) != NULL ? rp_db_boolean(bool_of(row, key)) : rp_db_null(RP_DB_BOOLEAN);
}

static void given_environment(const world *of, yyjson_val *row)
{
    yyjson_val *promoted_keys = rp_json_field(row, "promoted");
    yyjson_val *previous_keys = rp_json_field(row, "previous_finalized");
    g_autofree char *snapshots = tables_of_keys(of, field(row, "on"));
    g_autofree char *promoted = promoted_keys != NULL ? ids_of_keys(of, promoted_keys) : NULL;
    g_autofree char *previous = previous_keys != NULL ? tables_of_keys(of, previous_keys) : NULL;
    given_sql(
        of,
        "INSERT INTO _environments (name, start_at, end_at, plan_id, previous_plan_id, expiration_ts,"
        " finalized_ts, suffix_target, catalog_name_override, normalize_name, gateway_managed, requirements,"
        " snapshots, promoted_snapshot_ids, previous_finalized_snapshots)"
        " VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15)",
        RP_VALUES(text_value(row, "name"), text_value(row, "start_at"), text_value(row, "end_at"),
                  text_value(row, "plan_id"), text_value(row, "previous_plan_id"),
                  integer_value(row, "expiration_ts"), integer_value(row, "finalized_ts"),
                  text_value(row, "suffix_target"), text_value(row, "catalog_name_override"),
                  boolean_value(row, "normalize_name"), boolean_value(row, "gateway_managed"),
                  text_value(row, "requirements"), rp_db_text(snapshots), rp_db_text(promoted),
                  rp_db_text(previous)));
}

void given_environments(const world *of, yyjson_val *rows)
{
    size_t index, count;
    yyjson_val *row;
    yyjson_arr_foreach (rows, index, count, row)
        given_environment(of, row);
}

void given_statements(const world *of, yyjson_val *rows)
{
    size_t index, count;
    yyjson_val *row;
    yyjson_arr_foreach (rows, index, count, row)
        given_sql(of,
                  "INSERT INTO _environment_statements (environment_name, plan_id, environment_statements)"
                  " VALUES (?1, ?2, ?3)",
                  RP_VALUES(text_value(row, "environment_name"), text_value(row, "plan_id"),
                            text_value(row, "environment_statements")));
}

void given_intervals(const world *of, yyjson_val *rows)
{
    size_t index, count;
    yyjson_val *row;
    yyjson_arr_foreach (rows, index, count, row) {
        g_autofree char *id = g_strdup_printf("given-%zu", index);
        given_sql(of,
                  "INSERT INTO _intervals (id, created_ts, name, identifier, version, dev_version, start_ts, "
                  "end_ts,"
                  " is_dev, is_removed, is_compacted, is_pending_restatement, last_altered_ts)"
                  " VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13)",
                  RP_VALUES(rp_db_text(id),
                            rp_json_field(row, "created_ts") != NULL ? integer_value(row, "created_ts")
                                                                     : rp_db_integer(1),
                            text_value(row, "name"), text_value(row, "identifier"),
                            text_value(row, "version"), text_value(row, "dev_version"),
                            integer_value(row, "start_ts"), integer_value(row, "end_ts"),
                            boolean_value(row, "is_dev"), boolean_value(row, "is_removed"),
                            boolean_value(row, "is_compacted"), boolean_value(row, "is_pending_restatement"),
                            integer_value(row, "last_altered_ts")));
    }
}

/* ---- then ---- */

char *wrong_text(const char *what, const char *actual, yyjson_val *expected)
{
    g_autofree char *text = compact_text(expected);
    if (strcmp(actual, text) == 0)
        return NULL;
    return g_strdup_printf("%s\n  is     %s\n  not    %s", what, actual, text);
}

static int compare_texts(gconstpointer a, gconstpointer b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

char *wrong_set(const char *what, GPtrArray *actual, yyjson_val *expected)
{
    g_autoptr(GPtrArray) wanted = g_ptr_array_new_with_free_func(g_free);
    size_t index, count;
    yyjson_val *element;
    yyjson_arr_foreach (expected, index, count, element)
        g_ptr_array_add(wanted, compact_text(element));
    g_ptr_array_sort(wanted, compare_texts);
    g_ptr_array_sort(actual, compare_texts);
    g_ptr_array_add(wanted, NULL);
    g_ptr_array_add(actual, NULL);
    g_autofree char *left = g_strjoinv("\n         ", (char **)actual->pdata);
    g_autofree char *right = g_strjoinv("\n         ", (char **)wanted->pdata);
    g_ptr_array_set_size(actual, (int)actual->len - 1);
    if (strcmp(left, right) == 0)
        return NULL;
    return g_strdup_printf("%s\n  is     %s\n  not    %s", what, left, right);
}

static repoint_status status_of_error(yyjson_val *expected)
{
    static const struct {
        const char *kind;
        repoint_status status;
    } kinds[] = {
        {"missing_snapshots", REPOINT_MISSING_SNAPSHOTS},
        {"conflicting_plan", REPOINT_CONFLICT},
        {"gaps", REPOINT_GAPS},
        {"missing_environment", REPOINT_NOT_FOUND},
        {"other", REPOINT_INVALID},
    };
    const char *kind = text_of(expected, "kind");
    for (size_t i = 0; i < G_N_ELEMENTS(kinds); i++) {
        if (g_strcmp0(kind, kinds[i].kind) == 0)
            return kinds[i].status;
    }
    return g_strcmp0(text_of(expected, "class"), "ConflictingPlanError") == 0 ? REPOINT_CONFLICT
                                                                              : REPOINT_INVALID;
}

/* The first name that an error of gaps or missing snapshots names is one that SQLMesh names too. */
static bool names_the_same(const repoint_error *error, const char *message)
{
    for (char **name = error->names; name != NULL && *name != NULL; name++) {
        if (strstr(message, *name) != NULL)
            return true;
    }
    return false;
}

char *wrong_status(yyjson_val *one_case, repoint_status status, const repoint_error *error)
{
    yyjson_val *expected = rp_json_field(one_case, "error");
    repoint_status wanted = expected != NULL ? status_of_error(expected) : REPOINT_OK;
    if (status != wanted)
        return g_strdup_printf("%s instead of %s (%s)", repoint_status_name(status),
                               repoint_status_name(wanted),
                               error->message != NULL ? error->message : "no message");
    bool is_about_names = wanted == REPOINT_GAPS || wanted == REPOINT_MISSING_SNAPSHOTS;
    if (is_about_names && !names_the_same(error, text_of(expected, "message")))
        return g_strdup_printf("\"%s\" names other models than \"%s\"", error->message,
                               text_of(expected, "message"));
    return NULL;
}

void write_text_column(rp_json_writer *writer, const char *key, const rp_rows *rows, size_t column)
{
    rp_json_key(writer, key);
    rp_json_string(writer, rp_rows_text(rows, column));
}

void write_integer_column(rp_json_writer *writer, const char *key, const rp_rows *rows, size_t column)
{
    rp_json_key(writer, key);
    if (rp_rows_is_null(rows, column))
        rp_json_null(writer);
    else
        rp_json_integer(writer, rp_rows_integer(rows, column, 0));
}

void write_boolean_column(rp_json_writer *writer, const char *key, const rp_rows *rows, size_t column)
{
    rp_json_key(writer, key);
    if (rp_rows_is_null(rows, column))
        rp_json_null(writer);
    else
        rp_json_bool(writer, rp_rows_boolean(rows, column, false));
}

/*
 * An expected row, its lists of keys replaced by the text of the column: a list that is spelled in another
 * way is wrong too.
 */
static char *expected_row(const world *of, yyjson_val *row)
{
    GString *text = g_string_new(NULL);
    rp_json_writer writer = RP_JSON_WRITER(text, RP_JSON_COMPACT);
    size_t index, count;
    yyjson_val *key, *value;
    rp_json_begin_object(&writer);
    yyjson_obj_foreach (row, index, count, key, value) {
        rp_json_key(&writer, yyjson_get_str(key));
        if (yyjson_is_arr(value)) {
            g_autofree char *list =
                yyjson_equals_str(key, "promoted") ? ids_of_keys(of, value) : tables_of_keys(of, value);
            rp_json_string(&writer, list);
        } else {
            rp_json_value(&writer, value);
        }
    }
    rp_json_end_object(&writer);
    return g_string_free(text, FALSE);
}

static char *stored_row(const rp_rows *rows)
{
    GString *text = g_string_new(NULL);
    rp_json_writer writer = RP_JSON_WRITER(text, RP_JSON_COMPACT);
    rp_json_begin_object(&writer);
    write_text_column(&writer, "name", rows, 0);
    write_text_column(&writer, "start_at", rows, 1);
    write_text_column(&writer, "end_at", rows, 2);
    write_text_column(&writer, "plan_id", rows, 3);
    write_text_column(&writer, "previous_plan_id", rows, 4);
    write_integer_column(&writer, "expiration_ts", rows, 5);
    write_integer_column(&writer, "finalized_ts", rows, 6);
    write_text_column(&writer, "suffix_target", rows, 7);
    write_text_column(&writer, "catalog_name_override", rows, 8);
    write_boolean_column(&writer, "normalize_name", rows, 9);
    write_boolean_column(&writer, "gateway_managed", rows, 10);
    write_text_column(&writer, "requirements", rows, 11);
    write_text_column(&writer, "on", rows, 12);
    write_text_column(&writer, "promoted", rows, 13);
    write_text_column(&writer, "previous_finalized", rows, 14);
    rp_json_end_object(&writer);
    return g_string_free(text, FALSE);
}

char *wrong_environments(const world *of, yyjson_val *expected)
{
    repoint_error error = REPOINT_ERROR_INIT;
    g_autoptr(rp_rows) rows = NULL;
    assert_ok(
        rp_db_query(of->store->db,
                    "SELECT name, start_at, end_at, plan_id, previous_plan_id, expiration_ts, finalized_ts,"
                    " suffix_target, catalog_name_override, normalize_name, gateway_managed, requirements,"
                    " snapshots, promoted_snapshot_ids, previous_finalized_snapshots FROM _environments"
                    " ORDER BY name",
                    RP_NO_VALUES, &rows, &error),
        &error);
    bool has_row = false;
    size_t index, count;
    yyjson_val *row;
    yyjson_arr_foreach (expected, index, count, row) {
        assert_ok(rp_rows_next(rows, &has_row, &error), &error);
        if (!has_row)
            return g_strdup_printf("environment %s is not there", text_of(row, "name"));
        g_autofree char *wanted = expected_row(of, row);
        g_autofree char *stored = stored_row(rows);
        if (strcmp(wanted, stored) != 0)
            return g_strdup_printf("the stored row\n  is     %s\n  not    %s", stored, wanted);
    }
    assert_ok(rp_rows_next(rows, &has_row, &error), &error);
    return has_row ? g_strdup_printf("environment %s should not be there", rp_rows_text(rows, 0)) : NULL;
}

char *wrong_statements(const world *of, yyjson_val *expected)
{
    repoint_error error = REPOINT_ERROR_INIT;
    g_autoptr(rp_rows) rows = NULL;
    g_autoptr(GString) text = g_string_new(NULL);
    rp_json_writer writer = RP_JSON_WRITER(text, RP_JSON_COMPACT);
    bool has_row = false;
    assert_ok(
        rp_db_query(of->store->db,
                    "SELECT environment_name, plan_id, environment_statements FROM _environment_statements"
                    " ORDER BY environment_name",
                    RP_NO_VALUES, &rows, &error),
        &error);
    rp_json_begin_array(&writer);
    while (rp_rows_next(rows, &has_row, &error) == REPOINT_OK && has_row) {
        rp_json_begin_object(&writer);
        write_text_column(&writer, "environment_name", rows, 0);
        write_text_column(&writer, "plan_id", rows, 1);
        write_text_column(&writer, "environment_statements", rows, 2);
        rp_json_end_object(&writer);
    }
    rp_json_end_array(&writer);
    return wrong_text("the stored statements", text->str, expected);
}
