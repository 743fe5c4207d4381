/*
 * Guarantee 2: at most one deployment is open on an environment.
 *
 * A deployment is one transaction so far, which is never open to anybody else; leases come with deployments
 * in steps. What can be said already: of two that were planned on the same record, the second finds it
 * changed.
 */
#include "story.h"

static void guarantee_2_of_two_deployments_planned_at_once_one_is_done(void **state G_GNUC_UNUSED)
{
    repoint_error error = REPOINT_ERROR_INIT;
    story of;
    story_begin(&of);
    story_given_shop(&of);
    repoint_store *annas = story_open(&of), *bens = story_open(&of);
    repoint_plan_source source = {.from_environment = "dev"};
    repoint_plan *anna = NULL, *ben = NULL;
    assert_ok(repoint_plan_create(annas, "prod", &source, NULL, &anna, &error), &error);
    assert_ok(repoint_plan_create(bens, "prod", &source, NULL, &ben, &error), &error);

    repoint_deployment *deployment = NULL;
    assert_ok(repoint_deploy(bens, ben, NULL, &deployment, &error), &error);
    g_autofree char *after = story_dump(&of);
    repoint_deployment *none = NULL;
    assert_int_equal(repoint_deploy(annas, anna, NULL, &none, &error), REPOINT_CONFLICT);
    assert_null(none);
    assert_unchanged(&of, after);
    repoint_error_clear(&error);
    repoint_deployment_close(deployment);
    repoint_plan_free(anna);
    repoint_plan_free(ben);
    repoint_store_close(annas);
    repoint_store_close(bens);
    story_end(&of);
}

static void guarantee_2_a_lease_tells_the_second_at_once(void **state G_GNUC_UNUSED)
{
    skip(); /* there are no leases yet */
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(guarantee_2_of_two_deployments_planned_at_once_one_is_done),
        cmocka_unit_test(guarantee_2_a_lease_tells_the_second_at_once),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
