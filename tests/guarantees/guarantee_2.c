/*
 * Guarantee 2: at most one deployment is open on an environment.
 *
 * Of two that were planned on the same record, the second finds it changed. Of two at once, the second is
 * told so at once, and by whom; who comes when the time of a lease has passed takes it, and its holder is
 * out.
 */
#include <string.h>

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

static repoint_plan *plan_dev_for_prod(repoint_store *store, const char *plan_id)
{
    repoint_error error = REPOINT_ERROR_INIT;
    repoint_plan_source source = {.from_environment = "dev"};
    repoint_plan_options options = {.plan_id = plan_id};
    repoint_plan *plan = NULL;
    assert_ok(repoint_plan_create(store, "prod", &source, &options, &plan, &error), &error);
    return plan;
}

static void guarantee_2_a_lease_tells_the_second_at_once(void **state G_GNUC_UNUSED)
{
    repoint_error error = REPOINT_ERROR_INIT;
    story of;
    story_begin(&of);
    story_given_shop(&of);
    repoint_store *annas = story_open(&of), *bens = story_open(&of);
    repoint_plan *anna = plan_dev_for_prod(annas, "anna"), *ben = plan_dev_for_prod(bens, "ben");
    repoint_deployment *deployment = NULL, *none = NULL;
    assert_ok(repoint_deployment_begin(annas, anna, NULL, &deployment, &error), &error);

    assert_int_equal(repoint_deployment_begin(bens, ben, NULL, &none, &error), REPOINT_CONFLICT);
    assert_null(none);
    assert_non_null(strstr(error.message, "environment prod is held by "));
    assert_non_null(strstr(error.message, g_get_host_name()));
    assert_non_null(strstr(error.message, "deploying"));
    assert_non_null(strstr(error.detail, "\"lease\":{\"holder\":"));
    assert_int_equal(repoint_deployment_open(bens, "prod", NULL, &none, &error), REPOINT_CONFLICT);
    assert_null(none);

    assert_ok(repoint_deployment_cutover(deployment, &error), &error); /* she is not disturbed */
    repoint_deployment_close(deployment);
    assert_int_equal(repoint_deployment_begin(bens, ben, NULL, &none, &error), REPOINT_CONFLICT);
    assert_non_null(strstr(error.message, "environment prod is at plan anna"));
    repoint_error_clear(&error);
    repoint_plan_free(anna);
    repoint_plan_free(ben);
    repoint_store_close(annas);
    repoint_store_close(bens);
    story_end(&of);
}

static void guarantee_2_who_takes_an_expired_lease_shuts_its_holder_out(void **state G_GNUC_UNUSED)
{
    repoint_error error = REPOINT_ERROR_INIT;
    story of;
    story_begin(&of);
    story_given_shop(&of);
    repoint_store *annas = story_open(&of), *bens = story_open(&of);
    repoint_plan *anna = plan_dev_for_prod(annas, "anna"), *ben = plan_dev_for_prod(bens, "ben");
    repoint_deployment *hers = NULL, *his = NULL;
    assert_ok(repoint_deployment_begin(annas, anna, NULL, &hers, &error), &error);
    story_execute(&of, "UPDATE _repoint_leases SET expires_ts = 1");

    assert_int_equal(repoint_deployment_begin(bens, ben, NULL, &his, &error), REPOINT_CONFLICT);
    assert_non_null(strstr(error.message, "a deployment of environment prod is open already"));
    assert_ok(repoint_deployment_open(bens, "prod", NULL, &his, &error), &error);
    g_autofree char *before = story_dump(&of);
    assert_int_equal(repoint_deployment_candidate(hers, &error), REPOINT_CONFLICT);
    assert_int_equal(repoint_deployment_cutover(hers, &error), REPOINT_CONFLICT);
    assert_int_equal(repoint_deployment_abandon(hers, &error), REPOINT_CONFLICT);
    repoint_deployment_close(hers); /* gives nothing back that is his */
    assert_unchanged(&of, before);

    assert_ok(repoint_deployment_cutover(his, &error), &error);
    repoint_deployment_close(his);
    repoint_error_clear(&error);
    repoint_plan_free(anna);
    repoint_plan_free(ben);
    repoint_store_close(annas);
    repoint_store_close(bens);
    story_end(&of);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(guarantee_2_of_two_deployments_planned_at_once_one_is_done),
        cmocka_unit_test(guarantee_2_a_lease_tells_the_second_at_once),
        cmocka_unit_test(guarantee_2_who_takes_an_expired_lease_shuts_its_holder_out),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
