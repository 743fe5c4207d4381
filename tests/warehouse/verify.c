/* verify on PostgreSQL: what somebody did to the views of an environment is found, and mended. */
#include "server.h"

#include <stdio.h>
#include <string.h>

static void given_shop(server *on)
{
    static const char *const models[] = {"orders", "payments", "refunds"};
    for (size_t i = 0; i < G_N_ELEMENTS(models); i++) {
        server_given_table(on, models[i], 1, "id int");
        server_given_snapshot(on, models[i], 1, "");
    }
    server_deploy(on, "orders:1 payments:1 refunds:1");
}

/* "shop.orders changed, shop.refunds missing" and " repaired". g_free() */
static char *verify(server *on, const char *environment, bool repair)
{
    repoint_error error = REPOINT_ERROR_INIT;
    char *json = NULL;
    g_autoptr(rp_json) parsed = NULL;
    assert_ok(repoint_verify(on->store, environment, repair, &json, &error), &error);
    assert_int_equal(rp_json_parse(json, strlen(json), "a verification", &parsed, NULL), REPOINT_OK);
    GString *text = g_string_new(NULL);
    size_t index, count;
    yyjson_val *view;
    yyjson_arr_foreach (field(rp_json_root(parsed), "views"), index, count, view)
        g_string_append_printf(text, "%s%s %s", index > 0 ? ", " : "", text_of(view, "view"),
                               text_of(view, "finding"));
    if (bool_of(rp_json_root(parsed), "repaired"))
        g_string_append(text, " repaired");
    repoint_free(json);
    return g_string_free(text, FALSE);
}

static void assert_verified(server *on, const char *environment, bool repair, const char *expected)
{
    g_autofree char *found = verify(on, environment, repair);
    assert_string_equal(found, expected);
}

static void what_somebody_did_is_found_and_mended(void **state)
{
    server *on = *state;
    given_shop(on);
    server_role(on, "bi");
    assert_verified(on, "prod", false, "");
    server_run(on, "GRANT SELECT ON shop.orders TO @bi; CREATE OR REPLACE VIEW shop.orders AS SELECT * FROM"
                   " sqlmesh__shop.shop__orders__1 WHERE id > 7; DROP VIEW shop.refunds;"
                   "CREATE VIEW shop.copy AS SELECT id + 1 AS id FROM sqlmesh__shop.shop__orders__1;"
                   "CREATE VIEW shop.other AS SELECT 1 AS id");
    static const char found[] = "shop.orders changed, shop.refunds missing, shop.copy added";
    assert_verified(on, "prod", false, found);
    assert_verified(on, "prod", true, "shop.orders changed, shop.refunds missing, shop.copy added repaired");
    assert_verified(on, "prod", true, "shop.copy added");
    assert_answer(on,
                  "SELECT has_table_privilege('$bi', 'shop.orders', 'SELECT'),"
                  " pg_get_viewdef('shop.orders'::regclass) LIKE '%WHERE%',"
                  " to_regclass('shop.refunds') IS NOT NULL",
                  "t|f|t");
    assert_answer(on,
                  "SELECT step, outcome, plan_id, detail FROM sqlmesh._repoint_journal"
                  " ORDER BY sequence DESC LIMIT 1",
                  "repair|done|plan-1|{\"views\":2}");
    assert_answer(on, "SELECT count(*) FROM sqlmesh._repoint_leases WHERE holder IS NOT NULL", "0");
}

static void in_a_schema_of_its_own_every_view_counts(void **state)
{
    server *on = *state;
    repoint_error error = REPOINT_ERROR_INIT;
    repoint_plan *plan = NULL;
    repoint_deployment *deployment = NULL;
    given_shop(on);
    assert_ok(server_plan(on, "dev", "orders:1", NULL, &plan, &error), &error);
    assert_ok(repoint_deploy(on->store, plan, NULL, &deployment, &error), &error);
    repoint_deployment_close(deployment);
    repoint_plan_free(plan);
    assert_verified(on, "dev", false, "");
    server_run(on, "CREATE VIEW shop__dev.mine AS SELECT 1 AS id; CREATE MATERIALIZED VIEW shop__dev.big AS"
                   " SELECT 1 AS id");
    assert_verified(on, "dev", true, "shop__dev.big added, shop__dev.mine added");
    assert_verified(on, "prod", false, "");
    server_run(on, "DROP SCHEMA shop__dev CASCADE");
    assert_verified(on, "dev", true, "shop__dev.orders missing repaired");
}

/* Mended with what others put on top, as a deployment would. */
static void a_repair_is_all_or_nothing(void **state)
{
    server *on = *state;
    repoint_error error = REPOINT_ERROR_INIT;
    char *json = NULL;
    given_shop(on);
    server_run(on, "DROP VIEW shop.orders; CREATE VIEW shop.orders AS SELECT id, 1 AS more FROM"
                   " sqlmesh__shop.shop__orders__1; CREATE VIEW bi.top AS SELECT id FROM shop.orders;"
                   "DROP VIEW shop.refunds; CREATE TABLE shop.refunds (id int)");
    assert_int_equal(repoint_verify(on->store, "prod", true, &json, &error), REPOINT_REFUSED);
    assert_non_null(strstr(error.message, "a table has the name of the view shop.refunds"));
    repoint_error_clear(&error);
    assert_answer(on,
                  "SELECT count(*) FROM pg_attribute WHERE attrelid = 'shop.orders'::regclass"
                  " AND attnum > 0",
                  "2");
    server_run(on, "DROP TABLE shop.refunds");
    assert_verified(on, "prod", true, "shop.orders changed, shop.refunds missing repaired");
    assert_answer(on, "SELECT count(*) FROM bi.top", "0");
}

static void what_is_not_finalized_is_not_repaired(void **state)
{
    server *on = *state;
    repoint_error error = REPOINT_ERROR_INIT;
    char *json = NULL;
    given_shop(on);
    server_run(on, "DROP VIEW shop.orders; UPDATE sqlmesh._environments SET finalized_ts = NULL");
    assert_verified(on, "prod", false, "shop.orders missing");
    assert_int_equal(repoint_verify(on->store, "prod", true, &json, &error), REPOINT_REFUSED);
    assert_non_null(strstr(error.message, "prod is not finalized"));
    repoint_error_clear(&error);
    assert_answer(on, "SELECT to_regclass('shop.orders') IS NULL", "t");
}

/* Another environment is being deployed: its views are locked, and some of them are about to go. */
static void it_waits_for_nobody_elses_views(void **state)
{
    server *on = *state;
    given_shop(on);
    server_run(on, "CREATE VIEW bi.busy AS SELECT id FROM shop.orders");
    PGconn *somebody = server_connect(on, NULL);
    run_on(somebody, "BEGIN; ALTER VIEW bi.busy SET SCHEMA bi");
    g_autofree char *impatient = g_strdup_printf("ALTER DATABASE \"%s\" SET lock_timeout = '1ms'", on->name);
    server_run(on, impatient);
    server_reopen(on);
    assert_verified(on, "prod", false, "");
    run_on(somebody, "DROP VIEW bi.busy; COMMIT");
    PQfinish(somebody);
}

int main(void)
{
    if (server_url() == NULL) {
        printf("skipped: REPOINT_TEST_POSTGRES is not set: no PostgreSQL to test with\n");
        return 77;
    }
    const struct CMUnitTest tests[] = {
        SERVER_TEST(what_somebody_did_is_found_and_mended),
        SERVER_TEST(in_a_schema_of_its_own_every_view_counts),
        SERVER_TEST(a_repair_is_all_or_nothing),
        SERVER_TEST(what_is_not_finalized_is_not_repaired),
        SERVER_TEST(it_waits_for_nobody_elses_views),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
