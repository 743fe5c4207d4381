/* Fingerprints and hashes as SQLMesh computes them. */
#include "support.h"

#include <string.h>

#include "model/fingerprint.h"

static char *differs(const char *what, const char *got, const char *expected)
{
    return g_strcmp0(got, expected) == 0 ? NULL : g_strdup_printf("%s is %s, not %s", what, got, expected);
}

static char *run_fingerprint(yyjson_val *one_case)
{
    repoint_error error = REPOINT_ERROR_INIT;
    rp_fingerprint fingerprint;
    assert_ok(rp_fingerprint_from_json(field(one_case, "in"), "fingerprint", &fingerprint, &error), &error);

    char version[RP_HASH_SIZE], identifier[RP_HASH_SIZE];
    rp_fingerprint_version(&fingerprint, version);
    rp_fingerprint_identifier(&fingerprint, identifier);
    char *wrong = differs("version", version, text_of(one_case, "version"));
    if (wrong == NULL)
        wrong = differs("identifier", identifier, text_of(one_case, "identifier"));
    if (wrong != NULL)
        return wrong;
    g_autoptr(GString) json = g_string_new(NULL);
    rp_json_writer writer = RP_JSON_WRITER(json, RP_JSON_COMPACT);
    rp_fingerprint_write(&writer, &fingerprint);
    return differs("JSON", json->str, text_of(one_case, "json"));
}

static char *run_hash(yyjson_val *one_case)
{
    const char *parts[16] = {0};
    size_t index, count;
    yyjson_val *part;
    yyjson_arr_foreach (field(one_case, "in"), index, count, part) {
        assert_true(index < G_N_ELEMENTS(parts));
        parts[index] = yyjson_get_str(part);
    }
    char hash[RP_HASH_SIZE];
    rp_hash_data(parts, count, hash);
    g_autofree char *md5 = rp_hash_md5(parts, count);
    char *wrong = differs("CRC-32", hash, text_of(one_case, "hash"));
    return wrong != NULL ? wrong : differs("MD5", md5, text_of(one_case, "md5"));
}

static char *run_md5(yyjson_val *one_case)
{
    const char *text = text_of(one_case, "in");
    g_autofree char *md5 = rp_hash_md5(&text, 1);
    return differs("MD5", md5, text_of(one_case, "md5"));
}

/* A node's parent hashes come from its direct dependencies; models embedded in those are parents, but not
 * hashed. */
static char *run_with_parents(yyjson_val *one_case)
{
    repoint_error error = REPOINT_ERROR_INIT;
    rp_fingerprint parents[16];
    size_t parent_count = 0;
    size_t index, count;
    yyjson_val *name;
    yyjson_arr_foreach (field(one_case, "direct_dependencies"), index, count, name) {
        yyjson_val *parent = yyjson_obj_get(field(one_case, "parent_fingerprints"), yyjson_get_str(name));
        if (parent != NULL)
            assert_ok(rp_fingerprint_from_json(parent, "parent", &parents[parent_count++], &error), &error);
    }
    rp_fingerprint expected;
    assert_ok(rp_fingerprint_from_json(field(one_case, "fingerprint"), "child", &expected, &error), &error);

    char data_hash[RP_HASH_SIZE], metadata_hash[RP_HASH_SIZE];
    rp_fingerprint_of_parents(parents, parent_count, data_hash, metadata_hash);
    char *wrong = differs("parent data hash", data_hash, expected.parent_data_hash);
    return wrong != NULL ? wrong
                         : differs("parent metadata hash", metadata_hash, expected.parent_metadata_hash);
}

static char *run_case(yyjson_val *file G_GNUC_UNUSED, yyjson_val *one_case, void *context G_GNUC_UNUSED)
{
    const char *kind = text_of(one_case, "kind");
    if (strcmp(kind, "fingerprint") == 0)
        return run_fingerprint(one_case);
    if (strcmp(kind, "hash_data") == 0)
        return run_hash(one_case);
    if (strcmp(kind, "md5_of_string") == 0)
        return run_md5(one_case);
    if (strcmp(kind, "with_parents") == 0)
        return run_with_parents(one_case);
    return g_strdup_printf("unknown kind of case %s", kind);
}

static void test_fingerprints(void **state G_GNUC_UNUSED)
{
    golden_run("fingerprint", run_case, NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_fingerprints)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
