/*
 * Importing state files with one thing wrong: what SQLMesh refuses is refused, and leaves the store as it
 * was; what it takes is taken, with as many snapshots and environments.
 *
 * `changed` has the top-level keys that differ from the good file; four cases are described by their title
 * only.
 */
#include <glib/gstdio.h>
#include <string.h>

#include "repoint/repoint.h"
#include "support.h"

/* ---- the file ---- */

static void write_member(rp_json_writer *writer, const char *key, yyjson_val *value)
{
    rp_json_key(writer, key);
    rp_json_value(writer, value);
}

static bool is_missing(yyjson_val *one_case, const char *key)
{
    size_t index, count;
    yyjson_val *missing;
    yyjson_arr_foreach (field(one_case, "missing_keys"), index, count, missing) {
        if (yyjson_equals_str(missing, key))
            return true;
    }
    return false;
}

/* The good file's members with the case's changes; the last member first for another order. */
static char *changed_file(yyjson_val *good, yyjson_val *one_case, bool other_order)
{
    static const char *const keys[] = {"metadata", "versions", "snapshots", "environments"};
    static const char *const other_keys[] = {"environments", "snapshots", "versions", "metadata"};
    yyjson_val *changed = field(one_case, "changed");
    GString *text = g_string_new(NULL);
    rp_json_writer writer = RP_JSON_WRITER(text, RP_JSON_COMPACT);
    rp_json_begin_object(&writer);
    for (size_t i = 0; i < G_N_ELEMENTS(keys); i++) {
        const char *key = other_order ? other_keys[i] : keys[i];
        yyjson_val *change = yyjson_obj_get(changed, key);
        if (!is_missing(one_case, key))
            write_member(&writer, key, change != NULL ? change : field(good, key));
    }
    if (yyjson_obj_get(changed, "more") != NULL)
        write_member(&writer, "more", field(changed, "more"));
    rp_json_end_object(&writer);
    return g_string_free(text, FALSE);
}

static char *replace_once(const char *text, const char *from, const char *to)
{
    g_auto(GStrv) halves = g_strsplit(text, from, 2);
    assert_int_equal(g_strv_length(halves), 2);
    return g_strjoinv(to, halves);
}

/* What the titles of the cases without `changed` say. */
static char *apply_title(const char *title, const char *good)
{
    static const struct {
        const char *title;
        const char *from;
        const char *to;
    } edits[] = {
        {"metadata keys in another order",
         "{\"timestamp\":\"2026-03-31 12:34:00+00:00\",\"file_version\":1,\"importable\":true}",
         "{\"importable\":true,\"file_version\":1,\"timestamp\":\"2026-03-31 12:34:00+00:00\"}"},
        {"unknown key in a snapshot", "\"snapshots\":[{", "\"snapshots\":[{\"more\":1,"},
        {"snapshot without version", "\"version\":\"1653823869\",\"migrated\"", "\"migrated\""},
        {"snapshot without category", "\"change_category\":1,", ""},
    };
    for (size_t i = 0; i < G_N_ELEMENTS(edits); i++) {
        if (strcmp(edits[i].title, title) == 0)
            return replace_once(good, edits[i].from, edits[i].to);
    }
    return g_strdup(good);
}

static char *without_snapshots(const char *text)
{
    const char *begin = strstr(text, "\"snapshots\":["), *end = strstr(text, "],\"environments\":");
    assert_true(begin != NULL && end != NULL);
    return g_strdup_printf("%.*s%s", (int)(begin + strlen("\"snapshots\":[") - text), text, end);
}

static char *text_of_case(yyjson_val *file, yyjson_val *one_case)
{
    const char *title = text_of(one_case, "title");
    if (text_of(one_case, "file") != NULL)
        return g_strdup(text_of(one_case, "file"));
    g_autofree char *text =
        changed_file(field(file, "good"), one_case, strcmp(title, "keys in another order") == 0);
    if (strcmp(title, "environment of an unknown snapshot") == 0)
        return without_snapshots(text);
    return apply_title(title, text);
}

/* ---- the store ---- */

static bool count_snapshot(void *context, const repoint_snapshot_row *row G_GNUC_UNUSED)
{
    ++*(int64_t *)context;
    return true;
}

static bool count_environment(void *context, const repoint_environment_row *row G_GNUC_UNUSED)
{
    ++*(int64_t *)context;
    return true;
}

static char *wrong_counts(repoint_store *store, yyjson_val *one_case)
{
    repoint_error error = REPOINT_ERROR_INIT;
    int64_t snapshots = 0, environments = 0;
    assert_ok(repoint_snapshots_list(store, NULL, count_snapshot, &snapshots, &error), &error);
    assert_ok(repoint_environments_list(store, count_environment, &environments, &error), &error);
    if (snapshots == int_of(one_case, "snapshots") && environments == int_of(one_case, "environments"))
        return NULL;
    return g_strdup_printf("%" G_GINT64_FORMAT " snapshots and %" G_GINT64_FORMAT " environments", snapshots,
                           environments);
}

static char *import_case(yyjson_val *file, yyjson_val *one_case, void *context)
{
    const char *path = context;
    g_autofree char *text = text_of_case(file, one_case);
    assert_true(g_file_set_contents(path, text, -1, NULL));
    repoint_error error = REPOINT_ERROR_INIT;
    repoint_store *store = NULL;
    assert_ok(repoint_store_create("memory:", NULL, NULL, &store, NULL, &error), &error);
    repoint_status status = repoint_import(store, path, false, NULL, &error);
    bool is_refused = rp_json_field(one_case, "error") != NULL;
    char *wrong = NULL;
    if ((status == REPOINT_OK) == is_refused)
        wrong = g_strdup_printf("%s (%s)", repoint_status_name(status),
                                error.message != NULL ? error.message : "-");
    else if (is_refused && status != REPOINT_INVALID)
        wrong = g_strdup_printf("%s: %s", repoint_status_name(status), error.message);
    else
        wrong = wrong_counts(store, one_case);
    repoint_error_clear(&error);
    repoint_store_close(store);
    return wrong;
}

static void test_import_errors(void **state G_GNUC_UNUSED)
{
    g_autofree char *folder = g_dir_make_tmp("repoint-import-XXXXXX", NULL);
    g_autofree char *path = g_build_filename(folder, "state.json", NULL);
    golden_run("import-errors", import_case, path);
    g_unlink(path);
    g_rmdir(folder);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_import_errors)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
