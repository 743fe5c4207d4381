/* The hashes that name tables: SQLMesh's own examples. */
#include "base/hash.h"
#include "support.h"

static void assert_data_hash(const char *const *parts, size_t count, const char *expected)
{
    char hash[RP_HASH_SIZE];
    rp_hash_data(parts, count, hash);
    assert_string_equal(hash, expected);
}

static void parts_are_joined_and_an_absent_one_is_empty(void **state)
{
    (void)state;
    assert_data_hash(NULL, 0, "0");
    assert_data_hash((const char *const[]){"a", NULL, "b"}, 3, "367962695");
    assert_data_hash((const char *const[]){"a;;b"}, 1, "367962695");
    assert_data_hash((const char *const[]){"1", "1"}, 2, "3078928823");
}

static void a_fingerprint_becomes_a_version_and_an_identifier(void **state)
{
    (void)state;
    assert_data_hash((const char *const[]){"849558693", "2705906012"}, 2, "3850282051");
    assert_data_hash((const char *const[]){"849558693", "2088684978", "2705906012", "665080906"}, 4,
                     "1341746752");
}

static void md5_is_of_the_same_text(void **state)
{
    (void)state;
    g_autofree char *joined = rp_hash_md5((const char *const[]){"a", NULL, "b"}, 3);
    g_autofree char *whole = rp_hash_md5((const char *const[]){"a;;b"}, 1);
    g_autofree char *empty = rp_hash_md5(NULL, 0);
    assert_string_equal(joined, whole);
    assert_string_equal(empty, "d41d8cd98f00b204e9800998ecf8427e");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(parts_are_joined_and_an_absent_one_is_empty),
        cmocka_unit_test(a_fingerprint_becomes_a_version_and_an_identifier),
        cmocka_unit_test(md5_is_of_the_same_text),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
