/*
 * Other people's views on top of those of prod: they stay, are made again as they were, stop a deployment
 * before it begins, or are dropped where somebody asked for that.
 */
#include "server.h"

#include <stdio.h>
#include <string.h>

static void given_orders(server *on, const char *columns_1, const char *columns_2)
{
    server_given_table(on, "orders", 1, columns_1);
    server_given_table(on, "orders", 2, columns_2);
    server_given_snapshot(on, "orders", 1, "");
    server_given_snapshot(on, "orders", 2, "");
    server_run(on, "INSERT INTO sqlmesh__shop.shop__orders__1 (id) VALUES (1);"
                   "INSERT INTO sqlmesh__shop.shop__orders__2 (id) VALUES (2), (3)");
    server_deploy(on, "orders:1");
}

static void assert_refused(server *on, const char *versions, const char *part)
{
    repoint_error error = REPOINT_ERROR_INIT;
    assert_int_equal(server_try(on, versions, NULL, &error), REPOINT_REFUSED);
    if (strstr(error.message, part) == NULL)
        fail_msg("\"%s\" is not in: %s", part, error.message);
    repoint_error_clear(&error);
    assert_answer(on,
                  "SELECT to_regclass('sqlmesh._repoint_deployments') IS NOT NULL AND"
                  " (SELECT count(*) FROM sqlmesh._repoint_deployments) = 0",
                  "t");
}

#define ALL_OF_IT                                                                                            \
    "SELECT c.oid::regclass, relkind, pg_get_userbyid(relowner), reloptions, relispopulated,"                \
    " pg_get_viewdef(c.oid), obj_description(c.oid), (SELECT string_agg(a::text, ' ' ORDER BY a::text)"      \
    " FROM unnest(relacl) a), (SELECT string_agg(attname || attacl::text, ' ') FROM pg_attribute WHERE"      \
    " attrelid = c.oid AND attacl IS NOT NULL), (SELECT string_agg(pg_get_indexdef(indexrelid) ||"           \
    " indisclustered, ' ' ORDER BY 1) FROM pg_index WHERE indrelid = c.oid) FROM pg_class c"                 \
    " WHERE relnamespace = 'bi'::regnamespace AND relkind IN ('v', 'm') ORDER BY relname"

/* A tower of views of other owners, one of them materialized, on a column that moves. */
static void views_on_top_are_made_again_as_they_were(void **state)
{
    server *on = *state;
    given_orders(on, "id int, old text, amount int", "amount int, id int");
    server_role(on, "anna");
    server_role(on, "bi");
    server_run(on, "GRANT USAGE, CREATE ON SCHEMA bi TO @anna; GRANT USAGE ON SCHEMA shop TO @anna;"
                   "GRANT SELECT ON shop.orders TO @anna; SET ROLE @anna;"
                   "CREATE VIEW bi.zwei WITH (security_barrier) AS SELECT id, amount AS \"Betrag\" FROM"
                   " shop.orders WHERE id > 0 WITH CASCADED CHECK OPTION;"
                   "COMMENT ON VIEW bi.zwei IS 'two'; GRANT SELECT (id) ON bi.zwei TO @bi;"
                   "CREATE MATERIALIZED VIEW bi.drei AS SELECT id, count(*) AS n FROM bi.zwei GROUP BY id;"
                   "CREATE UNIQUE INDEX drei_id ON bi.drei (id); CLUSTER bi.drei USING drei_id;"
                   "CREATE INDEX \"drei n\" ON bi.drei (n) WHERE n > 1;"
                   "GRANT SELECT ON bi.drei TO @bi WITH GRANT OPTION;"
                   "CREATE MATERIALIZED VIEW bi.empty AS SELECT * FROM shop.orders WITH NO DATA;"
                   "CREATE VIEW bi.both AS SELECT o.id, d.n FROM bi.drei d JOIN shop.orders o USING (id);"
                   "RESET ROLE; DROP MATERIALIZED VIEW bi.empty;"
                   "CREATE MATERIALIZED VIEW bi.empty AS SELECT id FROM shop.orders WITH NO DATA");
    g_autofree char *before = server_ask(on, ALL_OF_IT);
    char *plan = server_plan_json(on, "orders:2", NULL);
    assert_non_null(strstr(plan, "\"view\":\"bi.both\",\"model\":null,\"action\":\"remake\""));
    assert_non_null(strstr(plan, "the materialized view bi.drei of anna"));
    repoint_free(plan);
    server_deploy(on, "orders:2");
    assert_answer(on, ALL_OF_IT, before);
    assert_answer(on, "SELECT string_agg(id::text, ',' ORDER BY id) FROM bi.both", "2,3");
    assert_answer(on, "SELECT id, n FROM bi.drei ORDER BY id", "2|1\n3|1");
}

/* Making an index may call functions: as the view's owner, never as whoever deploys. */
static void functions_of_others_are_called_as_their_owner(void **state)
{
    server *on = *state;
    given_orders(on, "id int, amount int", "amount int, id int");
    server_role(on, "anna");
    server_run(on, "GRANT USAGE, CREATE ON SCHEMA bi TO @anna; GRANT USAGE ON SCHEMA shop TO @anna;"
                   "GRANT SELECT ON shop.orders TO @anna; SET ROLE @anna;"
                   "CREATE TABLE bi.called (by text);"
                   "CREATE FUNCTION bi.note() RETURNS int LANGUAGE sql AS 'INSERT INTO bi.called VALUES"
                   " (current_user) RETURNING 1';"
                   "CREATE FUNCTION bi.one(int) RETURNS int IMMUTABLE LANGUAGE plpgsql AS 'BEGIN RETURN"
                   " bi.note(); END';"
                   "CREATE MATERIALIZED VIEW bi.kept AS SELECT id FROM shop.orders;"
                   "CREATE INDEX ON bi.kept ((id + bi.one(1)));"
                   "DELETE FROM bi.called; RESET ROLE");
    server_deploy(on, "orders:2");
    assert_answer(on, "SELECT DISTINCT by FROM bi.called", "$anna");
    assert_answer(on, "SELECT count(*) FROM pg_index WHERE indrelid = 'bi.kept'::regclass", "1");
}

/* In place nothing happens to them. */
static void views_on_top_stay_where_columns_allow(void **state)
{
    server *on = *state;
    given_orders(on, "id int", "id int, amount int");
    server_run(on, "CREATE VIEW bi.top AS SELECT id FROM shop.orders");
    g_autofree char *id = server_ask(on, "SELECT 'bi.top'::regclass::oid");
    server_deploy(on, "orders:2");
    assert_answer(on, "SELECT 'bi.top'::regclass::oid", id);
    assert_answer(on, "SELECT count(*) FROM bi.top", "2");
}

static void a_view_that_cannot_stay_is_named_before_anything_begins(void **state)
{
    server *on = *state;
    given_orders(on, "id int, amount int, note varchar(5)", "id int, note varchar(20)");
    server_role(on, "anna");
    server_run(on, "CREATE VIEW bi.top AS SELECT sum(amount) AS s FROM shop.orders;"
                   "ALTER VIEW bi.top OWNER TO @anna; CREATE VIEW bi.notes AS SELECT note FROM shop.orders;"
                   "CREATE VIEW bi.over AS SELECT s FROM bi.top");
    g_autofree char *said = g_strdup_printf(
        "the view bi.top of anna %s uses the column amount of shop.orders, which goes away", on->name);
    assert_refused(on, "orders:2", said);
    assert_answer(on, "SELECT count(*) FROM shop.orders", "1");

    repoint_error error = REPOINT_ERROR_INIT;
    repoint_plan_options options = {.gap_check = REPOINT_GAPS_ALL, .drop_foreign_views = true};
    char *plan = server_plan_json(on, "orders:2", &options);
    assert_non_null(strstr(plan, "the view bi.over of"));
    assert_non_null(strstr(plan, "is dropped: it uses the column amount of shop.orders, which goes away"));
    repoint_free(plan);
    assert_ok(server_try(on, "orders:2", &options, &error), &error);
    assert_answer(on,
                  "SELECT string_agg(relname, ',') FROM pg_class WHERE relnamespace = 'bi'::regnamespace"
                  " AND relkind = 'v'",
                  "notes");
    assert_answer(on,
                  "SELECT format_type(atttypid, atttypmod) FROM pg_attribute WHERE attrelid ="
                  " 'bi.notes'::regclass AND attnum > 0",
                  "character varying(20)");
}

static void a_view_whose_column_changes_its_type_is_named(void **state)
{
    server *on = *state;
    given_orders(on, "id int, amount int", "id int, amount text");
    server_run(on, "CREATE VIEW bi.ids AS SELECT id FROM shop.orders");
    server_deploy(on, "orders:2");
    server_deploy(on, "orders:1");
    server_run(on, "CREATE VIEW bi.top AS SELECT amount + 1 AS next FROM shop.orders");
    assert_refused(on, "orders:2",
                   "uses the column amount of shop.orders, whose type changes from integer to"
                   " text");
}

static void a_view_on_a_model_that_goes_is_named(void **state)
{
    server *on = *state;
    given_orders(on, "id int", "id int");
    server_given_table(on, "refunds", 1, "id int");
    server_given_snapshot(on, "refunds", 1, "");
    server_deploy(on, "orders:1 refunds:1");
    server_run(on, "CREATE VIEW bi.back AS SELECT * FROM shop.refunds");
    assert_refused(on, "orders:1", "reads shop.refunds, which is dropped");
    server_run(on, "DROP VIEW bi.back");
    server_deploy(on, "orders:1");
    assert_answer(on, "SELECT to_regclass('shop.refunds') IS NULL", "t");
}

/* Two views of prod, of which somebody made one stand on the other. */
static void views_of_prod_that_stand_on_each_other_come_apart(void **state)
{
    server *on = *state;
    given_orders(on, "id int", "id text");
    server_given_table(on, "refunds", 1, "id int");
    server_given_table(on, "refunds", 2, "id int, more int");
    server_given_snapshot(on, "refunds", 1, "");
    server_given_snapshot(on, "refunds", 2, "");
    server_deploy(on, "orders:1 refunds:1");
    server_run(on, "CREATE OR REPLACE VIEW shop.refunds AS SELECT id FROM shop.orders");
    server_deploy(on, "orders:2 refunds:2");
    assert_answer(on, "SELECT pg_get_viewdef('shop.refunds'::regclass)",
                  " SELECT shop__refunds__2.id,\n    shop__refunds__2.more\n   FROM"
                  " sqlmesh__shop.shop__refunds__2;");
}

/* Rules of tables, triggers, and extensions: never CASCADE. */
static void a_rule_of_a_table_is_in_the_way(void **state)
{
    server *on = *state;
    given_orders(on, "id int", "id text");
    server_run(on, "CREATE TABLE bi.log (n bigint); CREATE RULE count AS ON INSERT TO bi.log DO ALSO"
                   " UPDATE bi.log SET n = (SELECT count(*) FROM shop.orders)");
    assert_refused(on, "orders:2", "rule count on table bi.log needs it");
    server_run(on,
               "DROP TABLE bi.log; CREATE VIEW bi.top AS SELECT 1 AS x FROM shop.orders;"
               "CREATE FUNCTION bi.nothing() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NULL; END';"
               "CREATE TRIGGER t INSTEAD OF INSERT ON bi.top FOR EACH ROW EXECUTE FUNCTION bi.nothing()");
    assert_refused(on, "orders:2", "has the trigger t, which would be lost");
}

/* What somebody does between the moment a view is looked at and the one it is locked: seen, and kept. */
static server *racing;

static void meddle_once(void *context, const char *statement, double milliseconds, int64_t rows)
{
    static int savepoints;
    (void)context, (void)milliseconds, (void)rows;
    if (strcmp(statement, "SAVEPOINT repoint_views") == 0 && savepoints++ == 0)
        server_run(racing, "GRANT SELECT ON shop.orders TO @late; CREATE VIEW bi.late AS SELECT id FROM"
                           " shop.orders");
}

static void what_comes_in_between_is_kept(void **state)
{
    server *on = racing = *state;
    repoint_error error = REPOINT_ERROR_INIT;
    given_orders(on, "id int, amount int", "amount int, id int");
    server_role(on, "late");
    repoint_store_options options = story_options(&on->of);
    options.trace = meddle_once;
    repoint_store_close(on->store);
    assert_ok(repoint_store_open(on->url, &options, &on->store, &error), &error);
    server_deploy(on, "orders:2");
    assert_answer(on, "SELECT has_table_privilege('$late', 'shop.orders', 'SELECT')", "t");
    assert_answer(on, "SELECT count(*) FROM bi.late", "2");
}

/* A plan in a thread of its own, while the test does something else. */
typedef struct planning {
    server *on;
    char *json; /* NULL: error says why */
    repoint_error error;
} planning;

static gpointer plan_orders_2(gpointer data)
{
    planning *of = data;
    repoint_plan *plan = NULL;
    if (server_plan(of->on, "prod", "orders:2", NULL, &plan, &of->error) == REPOINT_OK)
        of->json = repoint_plan_to_json(plan);
    repoint_plan_free(plan);
    return NULL;
}

static void wait_for_waiting(const server *on, const char *relation)
{
    g_autofree char *sql = g_strdup_printf(
        "SELECT count(*) FROM pg_locks WHERE NOT granted AND relation = '%s'::regclass", relation);
    for (;;) {
        g_autofree char *count = server_ask(on, sql);
        if (strcmp(count, "0") != 0)
            return;
        g_usleep(1000);
    }
}

/* Plans while somebody drops a view that the plan has found and is about to look at. */
static char *plan_while_dropping(server *on, const char *relation, const char *drop)
{
    planning of = {.on = on, .error = REPOINT_ERROR_INIT};
    g_autofree char *sql = g_strconcat("BEGIN; ", drop, NULL);
    PGconn *other = server_connect(on, NULL);
    run_on(other, sql);
    GThread *thread = g_thread_new("plan", plan_orders_2, &of);
    wait_for_waiting(on, relation);
    run_on(other, "COMMIT");
    g_thread_join(thread);
    PQfinish(other);
    assert_ok(of.error.status, &of.error);
    return of.json;
}

static void a_view_that_goes_away_meanwhile_is_no_error(void **state)
{
    server *on = *state;
    given_orders(on, "id int, amount int", "amount int, id int");
    server_run(on, "CREATE VIEW bi.stays AS SELECT id FROM shop.orders;"
                   "CREATE VIEW bi.goes AS SELECT id FROM shop.orders");
    char *plan = plan_while_dropping(on, "bi.goes", "DROP VIEW bi.goes");
    assert_non_null(strstr(plan, "bi.stays"));
    assert_null(strstr(plan, "bi.goes"));
    repoint_free(plan);
    plan = plan_while_dropping(on, "shop.orders", "DROP VIEW bi.stays, shop.orders");
    assert_non_null(strstr(plan,
                           "\"view\":\"shop.orders\",\"model\":\"\\\"shop\\\".\\\"orders\\\"\",\"action\":"
                           "\"create\""));
    assert_null(strstr(plan, "bi.stays"));
    repoint_free(plan);
    server_deploy(on, "orders:2");
    assert_answer(on, "SELECT count(*) FROM shop.orders", "2");
}

/* Who has a view locked against everybody is not waited for longer than for other writers, and named. */
static void who_shuts_out_even_a_look_is_named(void **state)
{
    server *on = *state;
    repoint_error error = REPOINT_ERROR_INIT;
    repoint_plan *none = NULL;
    given_orders(on, "id int, amount int", "amount int, id int");
    repoint_store_options options = story_options(&on->of);
    options.busy_seconds = 0.2;
    repoint_store_close(on->store);
    assert_ok(repoint_store_open(on->url, &options, &on->store, &error), &error);
    PGconn *other = server_connect(on, NULL);
    server_run(on, "CREATE VIEW bi.top AS SELECT id FROM shop.orders");
    static const char *const views[] = {"shop.orders", "bi.top"};
    for (size_t i = 0; i < G_N_ELEMENTS(views); i++) {
        g_autofree char *lock = g_strdup_printf("BEGIN; ALTER VIEW %s OWNER TO CURRENT_USER", views[i]);
        g_autofree char *said = g_strdup_printf("held by process %d of user repoint", PQbackendPID(other));
        run_on(other, lock);
        assert_int_equal(server_plan(on, "prod", "orders:2", NULL, &none, &error), REPOINT_BUSY);
        if (strstr(error.message, said) == NULL || strstr(error.message, views[i]) == NULL)
            fail_msg("\"%s: %s\" is not in: %s", said, views[i], error.message);
        repoint_error_clear(&error);
        run_on(other, "ROLLBACK");
    }
    PQfinish(other);
}

int main(void)
{
    if (server_url() == NULL) {
        printf("skipped: REPOINT_TEST_POSTGRES is not set: no PostgreSQL to test with\n");
        return 77;
    }
    const struct CMUnitTest tests[] = {
        SERVER_TEST(views_on_top_are_made_again_as_they_were),
        SERVER_TEST(functions_of_others_are_called_as_their_owner),
        SERVER_TEST(views_on_top_stay_where_columns_allow),
        SERVER_TEST(a_view_that_cannot_stay_is_named_before_anything_begins),
        SERVER_TEST(a_view_whose_column_changes_its_type_is_named),
        SERVER_TEST(a_view_on_a_model_that_goes_is_named),
        SERVER_TEST(views_of_prod_that_stand_on_each_other_come_apart),
        SERVER_TEST(a_rule_of_a_table_is_in_the_way),
        SERVER_TEST(what_comes_in_between_is_kept),
        SERVER_TEST(a_view_that_goes_away_meanwhile_is_no_error),
        SERVER_TEST(who_shuts_out_even_a_look_is_named),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
