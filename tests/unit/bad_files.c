/*
 * State files that are bad in any place: cut off at every thousandth byte, a wrong type in every field, a
 * text larger than memory; and what a calling program may pass.
 */
#include <glib/gstdio.h>
#include <stdio.h>
#include <string.h>

#include "story.h"

typedef struct shop {
    story story;
    repoint_store *store;
    const char *input;
} shop;

/* ---- every byte, every field ---- */

static void a_file_that_is_cut_off_anywhere_is_refused(void **state G_GNUC_UNUSED)
{
    shop of = {0};
    story_begin(&of.story);
    story_given_shop(&of.story);
    of.store = story_open(&of.story);
    g_autofree char *before = story_dump(&of.story);
    gsize size = 0;
    g_autofree char *good = story_shop_text(&size);
    unsigned refused = 0;
    for (gsize cut = 0; cut < size - 2; cut += 1000, refused++) {
        repoint_error error = REPOINT_ERROR_INIT;
        assert_int_equal(story_import_text(&of.story, of.store, good, (gssize)cut, &error), REPOINT_INVALID);
        assert_non_null(strstr(error.message, "shop.json"));
        repoint_error_clear(&error);
    }
    assert_unchanged(&of.story, before);
    printf("cut off at each of %u places\n", refused);
    assert_true(refused > 40);
    repoint_store_close(of.store);
    story_end(&of.story);
}

/* Writes `value`, with the `left`th value in it replaced by one of another type. */
typedef struct spoiler {
    GString *text;
    int left;
    const char *key; /* the innermost key around what was replaced */
    bool in_node;    /* which is the model's own, whose fields are kept as they are */
} spoiler;

static void write_spoiled(spoiler *of, yyjson_val *value, const char *key, bool in_node);

static void write_spoiled_members(spoiler *of, yyjson_val *object, bool in_node)
{
    size_t index, count;
    yyjson_val *key, *member;
    yyjson_obj_foreach (object, index, count, key, member) {
        const char *name = yyjson_get_str(key);
        g_string_append_printf(of->text, "%s\"", index > 0 ? "," : "");
        g_autofree char *escaped = g_strescape(name, NULL);
        g_string_append_printf(of->text, "%s\":", escaped);
        write_spoiled(of, member, name, in_node || g_str_equal(name, "node"));
    }
}

static void write_spoiled(spoiler *of, yyjson_val *value, const char *key, bool in_node)
{
    if (of->left-- == 0) {
        g_string_append(of->text,
                        yyjson_is_arr(value) || yyjson_is_obj(value) ? "\"spoiled\"" : "[{\"spoiled\":1}]");
        of->key = key;
        of->in_node = in_node;
        return;
    }
    size_t index, count;
    yyjson_val *element;
    if (yyjson_is_obj(value)) {
        g_string_append_c(of->text, '{');
        write_spoiled_members(of, value, in_node);
        g_string_append_c(of->text, '}');
    } else if (yyjson_is_arr(value)) {
        g_string_append_c(of->text, '[');
        yyjson_arr_foreach (value, index, count, element) {
            g_string_append(of->text, index > 0 ? "," : "");
            write_spoiled(of, element, key, in_node);
        }
        g_string_append_c(of->text, ']');
    } else {
        rp_json_value(&RP_JSON_WRITER(of->text, RP_JSON_COMPACT), value);
    }
}

static bool import_spoiled(shop *of, yyjson_val *good, int number, unsigned *refused, unsigned *kept)
{
    spoiler with = {.text = g_string_new(NULL), .left = number};
    write_spoiled(&with, good, "the file", false);
    bool is_spoiled = with.left < 0;
    repoint_error error = REPOINT_ERROR_INIT;
    repoint_status status =
        is_spoiled ? story_import_text(&of->story, of->store, with.text->str, (gssize)with.text->len, &error)
                   : REPOINT_OK;
    if (is_spoiled && status == REPOINT_OK) {
        ++*kept;
        if (!with.in_node)
            printf("kept: a wrong type of %s\n", with.key);
    } else if (is_spoiled) {
        ++*refused;
        if (status != REPOINT_INVALID && status != REPOINT_MISSING_SNAPSHOTS)
            fail_msg("a wrong type of %s: %s: %s", with.key, repoint_status_name(status), error.message);
    }
    repoint_error_clear(&error);
    g_string_free(with.text, TRUE);
    return is_spoiled;
}

static void a_wrong_type_of_any_field_is_refused_or_kept(void **state G_GNUC_UNUSED)
{
    repoint_error error = REPOINT_ERROR_INIT;
    g_autoptr(rp_json) json = golden_load("import-errors");
    yyjson_val *good = field(rp_json_root(json), "good");
    shop of = {0};
    story_begin(&of.story);
    repoint_store_options options = story_options(&of.story);
    assert_ok(repoint_store_create("memory:", &options, NULL, &of.store, NULL, &error), &error);
    unsigned refused = 0, kept = 0;
    for (int number = 0; import_spoiled(&of, good, number, &refused, &kept); number++)
        ;
    printf("a wrong type in each of %u places: %u refused, %u kept as they are\n", refused + kept, refused,
           kept);
    assert_true(refused > 40);
    repoint_store_close(of.store);
    story_end(&of.story);
}

/* ---- the calling program ---- */

static void null_is_taken_where_the_header_says_so(void **state G_GNUC_UNUSED)
{
    repoint_error_clear(NULL);
    repoint_store_close(NULL);
    repoint_environment_free(NULL);
    repoint_snapshot_free(NULL);
    repoint_table_free(NULL);
    repoint_snapshot_list_free(NULL);
    repoint_interval_list_free(NULL);
    repoint_promotion_free(NULL);
    repoint_plan_free(NULL);
    repoint_deployment_close(NULL);
    repoint_free(NULL);
    repoint_store *store = NULL;
    assert_int_equal(repoint_store_open("oracle:analytics", NULL, &store, NULL), REPOINT_INVALID);
    assert_int_equal(repoint_store_open(NULL, NULL, &store, NULL), REPOINT_INVALID);
    assert_null(store);
    assert_int_equal(repoint_store_create("memory:", NULL, NULL, &store, NULL, NULL), REPOINT_OK);
    assert_int_equal(repoint_push(store, NULL, 0, NULL, NULL), REPOINT_OK);
    assert_int_equal(repoint_intervals_add_many(store, NULL, 0, NULL), REPOINT_OK);
    assert_int_equal(repoint_intervals_compact(store, NULL, NULL, NULL), REPOINT_OK);
    repoint_store_close(store);
    assert_string_equal(repoint_status_name((repoint_status)1000), "unknown");
    assert_int_equal(repoint_status_exit_code((repoint_status)1000), 1);
}

/* An error is replaced by the next one and left alone by a success; outputs are untouched on failure. */
static void errors_and_outputs_keep_their_promises(void **state G_GNUC_UNUSED)
{
    repoint_error error = REPOINT_ERROR_INIT;
    shop of = {0};
    story_begin(&of.story);
    story_given_shop(&of.story);
    of.store = story_open(&of.story);
    repoint_environment *untouched = (repoint_environment *)&of, *environment = untouched;
    assert_int_equal(repoint_environment_get(of.store, "staging", &environment, &error), REPOINT_NOT_FOUND);
    assert_ptr_equal(environment, untouched);
    assert_string_equal(error.names[0], "staging");
    assert_non_null(strstr(error.hint, "dev, prod"));
    assert_int_equal(repoint_environment_get(of.store, "", &environment, &error), REPOINT_INVALID);
    assert_null(error.names);

    repoint_transfer_counts counts = {77, 78};
    assert_int_equal(repoint_import(of.store, "nowhere.json", true, &counts, &error), REPOINT_INVALID);
    assert_int_equal(counts.snapshots, 77);
    assert_int_equal(counts.environments, 78);
    g_autofree char *message = g_strdup(error.message);
    assert_ok(repoint_environment_get(of.store, "prod", &environment, &error), &error);
    assert_string_equal(error.message, message);
    assert_int_equal(error.status, REPOINT_INVALID);
    repoint_environment_free(environment);
    repoint_error_clear(&error);
    repoint_error_clear(&error);
    assert_int_equal(error.status, REPOINT_OK);
    repoint_store_close(of.store);
    story_end(&of.story);
}

/* ---- size ---- */

static size_t text_size;

static repoint_status import_long_text(void *context, repoint_error *error)
{
    shop *of = context;
    g_autofree char *path = story_path(&of->story, "long.json"), *good = story_shop_text(NULL);
    g_auto(GStrv) change = g_strsplit(of->input, "=>", 2);
    g_auto(GStrv) halves = g_strsplit(good, change[0], 2);
    g_auto(GStrv) quotes = g_strsplit(change[1], "LONG", 2);
    assert_true(g_strv_length(halves) == 2 && g_strv_length(quotes) == 2);
    FILE *file = g_fopen(path, "wb");
    assert_non_null(file);
    fprintf(file, "%s%s", halves[0], quotes[0]);
    g_autofree char *piece = g_strnfill(1 << 20, 'x');
    for (size_t done = 0; done < text_size; done += 1 << 20)
        assert_int_equal(fwrite(piece, 1, 1 << 20, file), 1 << 20);
    fprintf(file, "%s%s", quotes[1], halves[1]);
    assert_int_equal(fclose(file), 0);
    repoint_status status = repoint_import(of->store, path, false, NULL, error);
    g_unlink(path);
    return status;
}

#if defined(__SANITIZE_ADDRESS__)
#define MAX_KILOBYTES 400000 /* the sanitizer keeps what was freed */
#else
#define MAX_KILOBYTES 150000
#endif

static void a_text_of_any_size_takes_little_memory(void **state G_GNUC_UNUSED)
{
    static const struct {
        const char *where;
        const char *change;
        repoint_status status;
    } places[] = {
        {"an unknown section", "\"environments\": {=>\"more\": \"LONG\", \"environments\": {", REPOINT_OK},
        {"a key", "\"environments\": {=>\"LONG\": 1, \"environments\": {", REPOINT_INVALID},
        {"the metadata", "\"importable\": true=>\"importable\": true, \"more\": \"LONG\"", REPOINT_INVALID},
        {"a snapshot", "\"migrated\": false=>\"migrated\": false, \"stamp\": \"LONG\"", REPOINT_INVALID},
        {"an environment", "\"plan_id\": \"=>\"plan_id\": \"LONG", REPOINT_INVALID},
    };
    text_size = (size_t)story_count(200, 2048, "MiB of text") << 20;
    for (size_t i = 0; i < G_N_ELEMENTS(places); i++) {
        repoint_error error = REPOINT_ERROR_INIT;
        long kilobytes = 0;
        shop of = {.input = places[i].change};
        repoint_store_options options;
        story_begin(&of.story);
        options = story_options(&of.story);
        assert_ok(repoint_store_create("memory:", &options, NULL, &of.store, NULL, &error), &error);
        repoint_status status = story_try_elsewhere(import_long_text, &of, &kilobytes, &error);
        printf("a text of %zu MiB in %s: %s, %ld MiB of memory%s%s\n", text_size >> 20, places[i].where,
               repoint_status_name(status), kilobytes / 1024, error.message != NULL ? ": " : "",
               error.message != NULL ? error.message : "");
        assert_int_equal(status, places[i].status);
        assert_true(kilobytes < MAX_KILOBYTES);
        repoint_error_clear(&error);
        repoint_store_close(of.store);
        story_end(&of.story);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_file_that_is_cut_off_anywhere_is_refused),
        cmocka_unit_test(a_wrong_type_of_any_field_is_refused_or_kept),
        cmocka_unit_test(null_is_taken_where_the_header_says_so),
        cmocka_unit_test(errors_and_outputs_keep_their_promises),
        STORY_TEST(a_text_of_any_size_takes_little_memory),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
