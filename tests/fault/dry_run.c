/*
 * The option dry_run: every operation does all its work, says what it would have said, and leaves the file as
 * it was; beside another handle on the same file, and again and again on one handle.
 */
#include "operations.h"

static void dry_run_leaves_the_file_as_it_was(void **state)
{
    const operation *of = *state;
    repoint_error error = REPOINT_ERROR_INIT;
    story in;
    work with;
    story_begin(&in);
    operation_begin(of, &in, &with);
    g_autofree char *before = story_dump(&in);

    repoint_store_options options = story_options(&in);
    options.dry_run = with.is_dry = true;
    repoint_store *store = NULL;
    assert_ok(operation_run(of, operation_connect(&in), &options, &with, &store, &error), &error);
    assert_unchanged(&in, before);
    if (!of->creates) {
        assert_ok(of->run(store, &with, &error), &error); /* nothing is left over that it would trip over */
        assert_unchanged(&in, before);
    }

    /* Somebody else does it in earnest while the handle is open; it is then seen by the handle. */
    options.dry_run = with.is_dry = false;
    repoint_store *other = NULL;
    assert_ok(operation_run(of, operation_connect(&in), &options, &with, &other, &error), &error);
    repoint_store_close(other);
    g_autofree char *after = story_dump(&in);
    assert_true(of->reads == g_str_equal(before, after));
    repoint_store_close(store);
    assert_unchanged(&in, after);
    work_clear(&with);
    story_end(&in);
}

static void a_dry_run_that_fails_says_so(void **state G_GNUC_UNUSED)
{
    repoint_error error = REPOINT_ERROR_INIT;
    story in;
    story_begin(&in);
    story_given_shop(&in);
    g_autofree char *before = story_dump(&in);
    repoint_store_options options = story_options(&in);
    options.dry_run = true;
    repoint_store *store = NULL;
    assert_ok(repoint_store_open(in.url, &options, &store, &error), &error);

    repoint_environment *prod = story_prod_like_dev(store, "next");
    assert_ok(repoint_environment_begin_plan(prod, "one after the next", &error), &error);
    assert_int_equal(repoint_promote(store, prod, NULL, NULL, &error), REPOINT_CONFLICT);
    assert_int_equal(repoint_finalize(store, prod, &error), REPOINT_CONFLICT);
    repoint_environment_free(prod);

    repoint_environment *next = story_prod_like_dev(store, "next"); /* the handle is none the worse */
    assert_ok(repoint_promote(store, next, NULL, NULL, &error), &error);
    repoint_environment_free(next);
    repoint_error_clear(&error);
    repoint_store_close(store);
    assert_unchanged(&in, before);
    story_end(&in);
}

int main(void)
{
    g_autofree struct CMUnitTest *tests = g_new0(struct CMUnitTest, operation_count + 1);
    for (size_t i = 0; i < operation_count; i++)
        tests[i] = (struct CMUnitTest){.name = operations[i].name,
                                       .test_func = dry_run_leaves_the_file_as_it_was,
                                       .initial_state = (void *)&operations[i]};
    tests[operation_count] = (struct CMUnitTest)cmocka_unit_test(a_dry_run_that_fails_says_so);
    return _cmocka_run_group_tests("dry run", tests, operation_count + 1, NULL, NULL);
}
