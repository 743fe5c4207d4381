/* What the C tests share. See support.h. */
#include "support.h"

#include <stdio.h>
#include <string.h>

char GOLDEN_SKIP[] = "skip";

void assert_ok(repoint_status status, const repoint_error *error)
{
    if (status != REPOINT_OK)
        fail_msg("%s: %s", repoint_status_name(status), error->message);
}

static rp_json *load_json(const char *path)
{
    g_autofree char *text = NULL;
    gsize size = 0;
    if (!g_file_get_contents(path, &text, &size, NULL))
        fail_msg("cannot read %s", path);
    repoint_error error = REPOINT_ERROR_INIT;
    rp_json *json = NULL;
    assert_ok(rp_json_parse(text, size, path, &json, &error), &error);
    return json;
}

rp_json *golden_load(const char *name)
{
    g_autofree char *path = g_strdup_printf("%s/golden/data/%s.json", TEST_DATA, name);
    return load_json(path);
}

/*
 * The rows of docs/compatibility.md that name golden cases look like
 *     | golden `promotion` | `title of the case` | reason |
 * with the case's "title", or its number from 0, in the second column.
 */
static GHashTable *deliberate_differences(const char *name)
{
    g_autofree char *path = g_strdup_printf("%s/../docs/compatibility.md", TEST_DATA);
    g_autofree char *text = NULL;
    GHashTable *set = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
    if (!g_file_get_contents(path, &text, NULL, NULL))
        return set;
    g_autofree char *prefix = g_strdup_printf("| golden `%s` | `", name);
    g_auto(GStrv) lines = g_strsplit(text, "\n", -1);
    for (char **line = lines; *line != NULL; line++) {
        if (!g_str_has_prefix(*line, prefix))
            continue;
        const char *title = *line + strlen(prefix);
        const char *end = strstr(title, "` |");
        if (end != NULL)
            g_hash_table_add(set, g_strndup(title, (gsize)(end - title)));
    }
    return set;
}

void golden_run(const char *name, golden_case run, void *context)
{
    g_autoptr(rp_json) json = golden_load(name);
    g_autoptr(GHashTable) different = deliberate_differences(name);
    yyjson_val *file = rp_json_root(json);
    size_t held = 0, differed = 0, skipped = 0, failed = 0;
    size_t index, count;
    yyjson_val *one_case;
    yyjson_arr_foreach (field(file, "cases"), index, count, one_case) {
        g_autofree char *number = g_strdup_printf("%zu", index);
        const char *title = text_of(one_case, "title");
        bool expected_different = g_hash_table_contains(different, number) ||
                                  (title != NULL && g_hash_table_contains(different, title));
        char *wrong = run(file, one_case, context);
        if (wrong == GOLDEN_SKIP) {
            skipped++;
        } else if (wrong == NULL && !expected_different) {
            held++;
        } else if (wrong != NULL && expected_different) {
            differed++;
        } else {
            failed++;
            printf("%s case %zu (%s): %s\n", name, index, title != NULL ? title : "-",
                   wrong != NULL ? wrong : "listed as different, but it is the same");
        }
        if (wrong != GOLDEN_SKIP)
            g_free(wrong);
    }
    printf("golden %s: %zu as the reference, %zu deliberately different, %zu for other tests, %zu wrong\n",
           name, held, differed, skipped, failed);
    assert_int_equal(failed, 0);
    assert_true(held > 0);
}

yyjson_val *field(yyjson_val *object, const char *key)
{
    yyjson_val *value = yyjson_obj_get(object, key);
    if (value == NULL)
        fail_msg("test data has no \"%s\"", key);
    return value;
}

const char *text_of(yyjson_val *object, const char *key)
{
    return yyjson_get_str(rp_json_field(object, key));
}

int64_t int_of(yyjson_val *object, const char *key)
{
    int64_t number = 0;
    if (!rp_json_int(field(object, key), &number))
        fail_msg("\"%s\" is not an integer", key);
    return number;
}

bool bool_of(yyjson_val *object, const char *key)
{
    return yyjson_get_bool(rp_json_field(object, key));
}
