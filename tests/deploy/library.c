/* Deployments as a C program has them: checks on a store that nobody else can connect to, and the callbacks.
 */
#include <string.h>

#include "db/db.h"
#include "story.h"

typedef struct shop {
    story story;
    repoint_store *store; /* in memory, with the shop's state and tables */
    repoint_plan *plan;
    GString *events; /* "promoted checked " */
    GString *output;
    const char *refused; /* the event that the program's own hook does not like */
} shop;

static void given_tables(shop *of, const char *environment)
{
    repoint_environment *record = story_environment(of->store, environment);
    for (size_t i = 0; i < repoint_environment_table_count(record); i++) {
        g_autofree char *name = story_table_name(repoint_environment_table(record, i));
        g_autofree char *sql = rp_sql(of->store->db, "CREATE TABLE IF NOT EXISTS %i AS SELECT 1 AS id", name);
        assert_int_equal(rp_db_execute(of->store->db, sql, RP_NO_VALUES, NULL, NULL), REPOINT_OK);
    }
    repoint_environment_free(record);
}

static void shop_open(shop *of)
{
    repoint_error error = REPOINT_ERROR_INIT;
    repoint_plan_source source = {.from_environment = "dev"};
    story_begin(&of->story);
    repoint_store_options options = story_options(&of->story);
    assert_ok(repoint_store_open("memory:", &options, &of->store, &error), &error);
    assert_ok(repoint_import(of->store, story_shop_file(), NULL, NULL, &error), &error);
    given_tables(of, "prod");
    given_tables(of, "dev");
    assert_ok(repoint_plan_create(of->store, "prod", &source, NULL, &of->plan, &error), &error);
    of->events = g_string_new(NULL);
    of->output = g_string_new(NULL);
}

static void shop_close(shop *of)
{
    repoint_plan_free(of->plan);
    repoint_store_close(of->store);
    g_string_free(of->events, TRUE);
    g_string_free(of->output, TRUE);
    story_end(&of->story);
}

static repoint_status on_event(void *context, const char *event, const char *json)
{
    shop *of = context;
    assert_non_null(strstr(json, "\"environment\":\"prod\""));
    g_string_append_printf(of->events, "%s ", event);
    return g_strcmp0(event, of->refused) == 0 ? REPOINT_REFUSED : REPOINT_OK;
}

static void on_output(void *context, const char *name, const char *line)
{
    g_string_append_printf(((shop *)context)->output, "%s: %s\n", name, line);
}

static repoint_status deploy(shop *of, const repoint_check *checks, size_t count,
                             repoint_deployment **ret_deployment, repoint_error *error)
{
    repoint_deploy_options options = {
        .checks = checks, .check_count = count, .event = on_event, .output = on_output, .context = of};
    return repoint_deploy(of->store, of->plan, &options, ret_deployment, error);
}

static void checks_in_memory_use_the_only_connection(void **state G_GNUC_UNUSED)
{
    shop of = {0};
    shop_open(&of);
    repoint_error error = REPOINT_ERROR_INIT;
    repoint_deployment *deployment = NULL;
    const repoint_check checks[] = {
        {.name = "none", .kind = REPOINT_CHECK_SQL, .sql = "SELECT * FROM {orders} WHERE id IS NULL"},
        {.name = "one", .kind = REPOINT_CHECK_ROWS, .model = "shop.orders", .min_rows = 1, .max_rows = 1},
        {.name = "says", .kind = REPOINT_CHECK_COMMAND, .command = (const char *[]){"echo", "hello", NULL}},
    };
    assert_ok(deploy(&of, checks, G_N_ELEMENTS(checks), &deployment, &error), &error);
    char *json = repoint_deployment_to_json(deployment);
    assert_non_null(
        strstr(json, "\"name\":\"one\",\"severity\":\"error\",\"outcome\":\"passed\",\"rows\":1"));
    assert_string_equal(of.output->str, "says: hello\n");
    assert_string_equal(of.events->str, "promoted checked finalized ");
    repoint_free(json);
    repoint_deployment_close(deployment);
    shop_close(&of);
}

static void a_check_in_memory_leaves_the_connection_as_it_was(void **state G_GNUC_UNUSED)
{
    shop of = {0};
    shop_open(&of);
    repoint_error error = REPOINT_ERROR_INIT;
    repoint_deployment *deployment = NULL;
    const repoint_check checks[] = {
        {.name = "sly", .kind = REPOINT_CHECK_SQL, .sql = "WITH x AS (SELECT 2) INSERT INTO notes SELECT 2"}};
    assert_int_equal(rp_db_execute(of.store->db, "CREATE TABLE notes (x)", RP_NO_VALUES, NULL, NULL),
                     REPOINT_OK);
    assert_int_equal(deploy(&of, checks, 1, &deployment, &error), REPOINT_CHECK_FAILED);
    assert_string_equal(of.events->str, "promoted failed ");
    assert_string_equal(repoint_deployment_state(deployment), "candidate");
    repoint_error_clear(&error);
    assert_ok(repoint_deployment_abandon(deployment, &error), &error); /* it can write again */
    repoint_deployment_close(deployment);
    shop_close(&of);
}

static void the_programs_own_hook_stops_it(void **state G_GNUC_UNUSED)
{
    shop of = {.refused = "checked"};
    shop_open(&of);
    repoint_error error = REPOINT_ERROR_INIT;
    repoint_deployment *deployment = NULL;
    assert_int_equal(deploy(&of, NULL, 0, &deployment, &error), REPOINT_REFUSED);
    assert_string_equal(repoint_deployment_state(deployment), "candidate");
    assert_string_equal(of.events->str, "promoted checked failed ");
    repoint_error_clear(&error);
    of.refused = "finalized"; /* too late */
    assert_ok(repoint_deployment_cutover(deployment, &error), &error);
    assert_string_equal(repoint_deployment_state(deployment), "finalized");
    repoint_deployment_close(deployment);
    shop_close(&of);
}

static void approvals_need_a_database_that_knows_its_users(void **state G_GNUC_UNUSED)
{
    shop of = {0};
    shop_open(&of);
    repoint_error error = REPOINT_ERROR_INIT;
    repoint_deployment *deployment = NULL;
    const repoint_approval_rule rule = {.environment = "prod", .count = 1};
    repoint_deploy_options options = {.approvals = &rule, .approval_count = 1};
    assert_int_equal(repoint_deploy(of.store, of.plan, &options, &deployment, &error), REPOINT_INVALID);
    assert_null(deployment);
    repoint_error_clear(&error);
    assert_int_equal(repoint_approve(of.store, "prod", NULL, NULL, NULL, &error), REPOINT_INVALID);
    repoint_error_clear(&error);
    shop_close(&of);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        STORY_TEST(checks_in_memory_use_the_only_connection),
        STORY_TEST(a_check_in_memory_leaves_the_connection_as_it_was),
        STORY_TEST(the_programs_own_hook_stops_it),
        STORY_TEST(approvals_need_a_database_that_knows_its_users),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
