/*
 * Other people's views on top of columns that get another type: made again where they work with it, and named
 * before anything begins where they do not. Whether they do is the server's to say.
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

static void assert_in(const char *text, const char *part)
{
    assert_non_null(text);
    if (strstr(text, part) == NULL)
        fail_msg("\"%s\" is not in: %s", part, text);
}

static void assert_not_in(const char *text, const char *part)
{
    assert_non_null(text);
    if (strstr(text, part) != NULL)
        fail_msg("\"%s\" is in: %s", part, text);
}

/* Everything that is set on the views of others, and what they read. */
#define ALL_OF_IT                                                                                            \
    "SELECT c.oid::regclass, relkind, pg_get_userbyid(relowner), reloptions, relispopulated,"                \
    " pg_get_viewdef(c.oid), obj_description(c.oid), (SELECT string_agg(a::text, ' ' ORDER BY a::text)"      \
    " FROM unnest(relacl) a), (SELECT string_agg(attname || attacl::text, ' ') FROM pg_attribute WHERE"      \
    " attrelid = c.oid AND attacl IS NOT NULL), (SELECT string_agg(pg_get_indexdef(indexrelid) ||"           \
    " indisclustered, ' ' ORDER BY 1) FROM pg_index WHERE indrelid = c.oid) FROM pg_class c"                 \
    " WHERE relnamespace = 'bi'::regnamespace AND relkind IN ('v', 'm') ORDER BY relname"
#define IDENTITIES                                                                                           \
    "SELECT string_agg(oid || ' ' || relname, ',' ORDER BY oid) FROM pg_class WHERE relkind IN ('v', 'm')"   \
    " AND relnamespace IN ('bi'::regnamespace, 'shop'::regnamespace)"

static void assert_refused(server *on, const char *part)
{
    repoint_error error = REPOINT_ERROR_INIT;
    g_autofree char *all = server_ask(on, ALL_OF_IT), *before = server_ask(on, IDENTITIES);
    assert_int_equal(server_try(on, "orders:2", NULL, &error), REPOINT_REFUSED);
    assert_in(error.message, part);
    repoint_error_clear(&error);
    assert_answer(on, ALL_OF_IT, all);
    assert_answer(on, IDENTITIES, before);
    assert_answer(on, "SELECT count(*) FROM sqlmesh._repoint_deployments", "0");
    assert_answer(on, "SELECT count(*) FROM shop.orders", "1");
}

static char *type_of(const server *on, const char *view, const char *column)
{
    g_autofree char *sql = g_strdup_printf("SELECT atttypid::regtype FROM pg_attribute WHERE attrelid ="
                                           " '%s'::regclass AND attname = '%s'",
                                           view, column);
    return server_ask(on, sql);
}

/* int becomes bigint, under a tower of views of anna's with everything that can be set on them. */
static void a_wider_number_is_put_under_everything(void **state)
{
    server *on = *state;
    given_orders(on, "id int, amount int", "id bigint, amount bigint");
    server_role(on, "anna");
    server_role(on, "bi");
    server_run(on, "GRANT USAGE, CREATE ON SCHEMA bi TO @anna; GRANT USAGE ON SCHEMA shop TO @anna;"
                   "GRANT SELECT ON shop.orders TO @anna; SET ROLE @anna;"
                   "CREATE VIEW bi.zwei WITH (security_barrier) AS SELECT id, amount AS \"Betrag\" FROM"
                   " shop.orders WHERE id > 0 WITH CASCADED CHECK OPTION;"
                   "ALTER VIEW bi.zwei ALTER COLUMN \"Betrag\" SET DEFAULT 7;"
                   "COMMENT ON VIEW bi.zwei IS 'two'; COMMENT ON COLUMN bi.zwei.id IS 'its id';"
                   "GRANT SELECT (id) ON bi.zwei TO @bi;"
                   "CREATE MATERIALIZED VIEW bi.drei AS SELECT id, count(*) AS n FROM bi.zwei GROUP BY id;"
                   "CREATE UNIQUE INDEX drei_id ON bi.drei (id); CLUSTER bi.drei USING drei_id;"
                   "GRANT SELECT ON bi.drei TO @bi WITH GRANT OPTION;"
                   "CREATE VIEW bi.vier AS SELECT o.id + 1 AS next, d.n FROM bi.drei d JOIN shop.orders o"
                   " USING (id); RESET ROLE");
    g_autofree char *before = server_ask(on, ALL_OF_IT);
    char *plan = server_plan_json(on, "orders:2", NULL);
    assert_in(plan, "\"obstacles\":[]");
    assert_in(plan, "\"view\":\"bi.zwei\",\"model\":null,\"action\":\"remake\",\"table\":null,"
                    "\"columns_added\":[],\"columns_removed\":[],\"columns_retyped\":[\"id\",\"Betrag\"]");
    assert_in(plan, "\"view\":\"bi.vier\",\"model\":null,\"action\":\"remake\",\"table\":null,"
                    "\"columns_added\":[],\"columns_removed\":[],\"columns_retyped\":[\"next\"]");
    repoint_free(plan);
    assert_answer(on, ALL_OF_IT, before);
    server_deploy(on, "orders:2");
    assert_answer(on, ALL_OF_IT, before);
    assert_answer(on, "SELECT col_description('bi.zwei'::regclass, 1)", "its id");
    assert_answer(on, "SELECT id, n FROM bi.drei ORDER BY id", "2|1\n3|1");
    g_autofree char *type = type_of(on, "bi.vier", "next");
    assert_string_equal(type, "bigint");
}

/* Numbers, too, can be put together with text; they have no regular expressions. */
static void the_server_says_what_an_operator_takes(void **state)
{
    server *on = *state;
    given_orders(on, "id int, note text", "id int, note int");
    server_role(on, "anna");
    server_run(on, "CREATE VIEW bi.loud AS SELECT note || '!' AS note FROM shop.orders");
    server_deploy(on, "orders:2");
    server_deploy(on, "orders:1");
    server_run(on, "CREATE VIEW bi.good AS SELECT id FROM shop.orders WHERE note ~ 'good';"
                   "ALTER VIEW bi.good OWNER TO @anna");
    g_autofree char *said = g_strdup_printf(
        "the view bi.good of anna %s uses the column note of shop.orders, whose type changes from text to"
        " integer: operator does not exist: integer ~ text",
        on->name);
    assert_refused(on, said);

    repoint_error error = REPOINT_ERROR_INIT;
    repoint_plan_options options = {.gap_check = REPOINT_GAPS_ALL, .drop_foreign_views = true};
    char *plan = server_plan_json(on, "orders:2", &options);
    assert_in(plan, "is dropped: it uses the column note of shop.orders");
    assert_not_in(plan, "view bi.loud");
    repoint_free(plan);
    assert_ok(server_try(on, "orders:2", &options, &error), &error);
    assert_answer(on, "SELECT to_regclass('bi.good') IS NULL, to_regclass('bi.loud') IS NULL", "t|f");
    assert_answer(on, "SELECT count(*) FROM shop.orders", "2");
}

/* Each of a chain is tried on those below it, which have new types themselves. */
static void a_chain_is_tried_from_below(void **state)
{
    server *on = *state;
    given_orders(on, "id int, amount int", "id int, amount text");
    server_run(on, "CREATE VIEW bi.one AS SELECT id, amount AS a FROM shop.orders;"
                   "CREATE VIEW bi.two AS SELECT a AS b FROM bi.one; CREATE VIEW bi.other AS SELECT id FROM"
                   " bi.one; CREATE VIEW bi.three AS SELECT b + 1 AS c FROM bi.two;"
                   "CREATE VIEW bi.four AS SELECT c FROM bi.three");
    assert_refused(on, "bi.three of repoint reads the view bi.two, which is made again with columns of other"
                       " types: operator does not exist: text + integer");
    char *plan = server_plan_json(on, "orders:2", NULL);
    assert_in(plan, "bi.four of repoint reads the view bi.three, which is made again with columns of other"
                    " types, and that one cannot be");
    assert_not_in(plan, "the view bi.two of");
    assert_not_in(plan, "the view bi.other of");
    repoint_free(plan);
    server_run(on, "DROP VIEW bi.four, bi.three");
    server_deploy(on, "orders:2");
    g_autofree char *type = type_of(on, "bi.two", "b");
    assert_string_equal(type, "text");
}

/* What is set on a view has to work with the type as well. */
static void indexes_and_defaults_are_tried(void **state)
{
    server *on = *state;
    given_orders(on, "id int, amount int", "id int, amount json");
    server_run(on, "CREATE MATERIALIZED VIEW bi.kept AS SELECT id, amount FROM shop.orders;"
                   "CREATE INDEX \"on USING (amount)\" ON bi.kept (id)");
    server_deploy(on, "orders:2");
    assert_answer(on, "SELECT count(*) FROM bi.kept", "2");
    server_deploy(on, "orders:1");
    server_run(on, "CREATE INDEX ON bi.kept (amount)");
    assert_refused(on, "the materialized view bi.kept of repoint uses the column amount of shop.orders, whose"
                       " type changes from integer to json: data type json has no default operator class");
    server_run(on, "DROP MATERIALIZED VIEW bi.kept; CREATE VIEW bi.top AS SELECT id, amount FROM shop.orders;"
                   "ALTER VIEW bi.top ALTER COLUMN amount SET DEFAULT 7");
    assert_refused(on, "but default expression is of type integer");
}

/* One name in two schemas and in the query itself; a function whose name the catalog has, too. */
static void names_mean_what_they_meant(void **state)
{
    server *on = *state;
    given_orders(on, "id int, amount int", "id bigint, amount bigint");
    server_run(on, "CREATE VIEW bi.orders AS SELECT * FROM shop.orders;"
                   "CREATE TABLE public.orders (id text); CREATE TABLE bi.\"a\"\"b.c\" (id int);"
                   "CREATE VIEW bi.\"shop\" AS WITH own AS (SELECT id AS orders FROM shop.orders)"
                   " SELECT shop.orders, o.amount, s.id, p.id || '' AS t, x.id AS \"x y\" FROM own shop"
                   " JOIN bi.orders o ON o.id = shop.orders JOIN shop.orders s ON s.id = o.id"
                   " LEFT JOIN public.orders p ON p.id = '' LEFT JOIN bi.\"a\"\"b.c\" x ON x.id = s.id;"
                   "CREATE VIEW bi.imported AS WITH orders AS (SELECT * FROM shop.orders WHERE 'shop.orders'"
                   " <> 'it''s shop.orders'), others AS (SELECT * FROM shop.orders s JOIN bi.orders o"
                   " USING (id)) SELECT orders.id, 'shop.orders' AS \"shop.orders\" FROM orders JOIN others"
                   " USING (id);"
                   "CREATE VIEW bi.rows AS SELECT row_to_json(o) AS j FROM shop.orders o");
    g_autofree char *before = server_ask(on, ALL_OF_IT);
    server_deploy(on, "orders:2");
    assert_answer(on, ALL_OF_IT, before);
    assert_answer(on, "SELECT orders FROM bi.shop ORDER BY 1", "2\n3");
    assert_answer(on, "SELECT * FROM bi.imported ORDER BY 1", "2|shop.orders\n3|shop.orders");
    server_deploy(on, "orders:1");
    server_run(on, "CREATE FUNCTION shop.pg_size_pretty(int) RETURNS text LANGUAGE sql AS 'SELECT $1::text';"
                   "CREATE VIEW bi.own AS WITH orders AS (SELECT shop.pg_size_pretty(amount) AS a FROM"
                   " shop.orders) SELECT a FROM orders");
    assert_refused(on, "function shop.pg_size_pretty(bigint) does not exist");
}

/* Who reads, however long, and who waits behind nobody. */
static void nobody_is_waited_for_but_who_shuts_out_readers(void **state)
{
    server *on = *state;
    repoint_error error = REPOINT_ERROR_INIT;
    given_orders(on, "id int", "id bigint");
    server_run(on, "CREATE VIEW bi.top AS SELECT id + 1 AS next FROM shop.orders");
    PGconn *reader = server_connect(on, NULL);
    run_on(reader, "BEGIN; SELECT * FROM bi.top; SELECT * FROM shop.orders");
    char *plan = server_plan_json(on, "orders:2", NULL);
    assert_in(plan, "\"obstacles\":[]");
    repoint_free(plan);
    /* The locks that are left are those of the reader. */
    assert_answer(on,
                  "SELECT count(*) FROM pg_locks WHERE mode = 'AccessExclusiveLock' AND relation IN"
                  " ('bi.top'::regclass, 'shop.orders'::regclass)",
                  "0");
    run_on(reader, "ROLLBACK; BEGIN; LOCK sqlmesh__shop.shop__orders__2");
    repoint_plan *none = NULL;
    assert_int_equal(server_plan(on, "prod", "orders:2", NULL, &none, &error), REPOINT_BUSY);
    g_autofree char *said = g_strdup_printf("held by process %d of user", PQbackendPID(reader));
    assert_in(error.message, said);
    assert_in(error.message, "sqlmesh__shop.shop__orders__2");
    repoint_error_clear(&error);
    PQfinish(reader);
    server_deploy(on, "orders:2");
}

/* Who only plans needs no rights on the views to be told, but one to make something temporary. */
static void who_plans_without_rights_is_told(void **state)
{
    server *on = *state;
    given_orders(on, "id int", "id text");
    server_run(on, "CREATE VIEW bi.top AS SELECT id + 1 AS next FROM shop.orders");
    server_role(on, "planner");
    g_autofree char *as_planner = g_strdup_printf(
        "ALTER DATABASE \"%s\" SET role = '$planner'; GRANT USAGE ON SCHEMA sqlmesh, sqlmesh__shop, shop, bi"
        " TO @planner; GRANT SELECT ON ALL TABLES IN SCHEMA sqlmesh TO @planner",
        on->name);
    server_run(on, as_planner);
    server_reopen(on);
    char *plan = server_plan_json(on, "orders:2", NULL);
    assert_in(plan, "has not its owner's rights");
    assert_in(plan, "operator does not exist: text + integer");
    repoint_free(plan);
    g_autofree char *not_temporary =
        g_strdup_printf("REVOKE TEMPORARY ON DATABASE \"%s\" FROM PUBLIC", on->name);
    server_run(on, not_temporary);
    plan = server_plan_json(on, "orders:2", NULL);
    assert_in(plan, "whose type changes from integer to text; whether it works then the role planner");
    assert_in(plan, "cannot try: permission denied to create temporary tables in database");
    repoint_free(plan);
    g_autofree char *as_before = g_strdup_printf("ALTER DATABASE \"%s\" RESET role;"
                                                 "DROP OWNED BY @planner",
                                                 on->name);
    server_run(on, as_before);
    server_reopen(on);
}

/* A view that somebody makes while the deployment is on its way is tried in the cutover's own transaction. */
static server *racing;
static const char *meddling;

static void meddle_once(void *context, const char *statement, double milliseconds, int64_t rows)
{
    (void)context, (void)milliseconds, (void)rows;
    if (meddling == NULL || strcmp(statement, "SAVEPOINT repoint_views") != 0)
        return;
    server_run(racing, meddling);
    meddling = NULL;
}

static void what_comes_in_between_is_tried(void **state)
{
    server *on = racing = *state;
    repoint_error error = REPOINT_ERROR_INIT;
    given_orders(on, "id int, amount int", "id int, amount text");
    repoint_store_options options = story_options(&on->of);
    options.trace = meddle_once;
    repoint_store_close(on->store);
    assert_ok(repoint_store_open(on->url, &options, &on->store, &error), &error);
    meddling = "CREATE VIEW bi.late AS SELECT amount + 1 AS next FROM shop.orders";
    assert_int_equal(server_try(on, "orders:2", NULL, &error), REPOINT_REFUSED);
    assert_in(error.message, "bi.late of repoint uses the column amount of shop.orders");
    assert_in(error.message, "operator does not exist: text + integer");
    repoint_error_clear(&error);
    assert_answer(on, "SELECT count(*) FROM shop.orders", "1");
    server_run(on, "DROP VIEW bi.late");
    meddling = "CREATE VIEW bi.late AS SELECT amount AS next FROM shop.orders";
    server_deploy(on, "orders:2");
    assert_null(meddling);
    assert_answer(on, "SELECT count(*) FROM bi.late", "2");
    assert_answer(on, "SELECT count(*) FROM pg_class WHERE relname LIKE 'repoint%' AND relkind = 'v'", "0");
}

/* There the comparison is in no transaction at all. */
static void a_warehouse_of_its_own_is_tried_in(void **state)
{
    server *on = *state;
    repoint_error error = REPOINT_ERROR_INIT;
    given_orders(on, "id int, amount int", "id int, amount text");
    repoint_store_options options = story_options(&on->of);
    options.warehouse_url = on->url;
    repoint_store_close(on->store);
    assert_ok(repoint_store_open(on->url, &options, &on->store, &error), &error);
    server_run(on, "CREATE VIEW bi.top AS SELECT amount + 1 AS next FROM shop.orders");
    assert_refused(on, "operator does not exist: text + integer");
    server_run(on, "DROP VIEW bi.top; CREATE VIEW bi.top AS SELECT amount FROM shop.orders");
    server_deploy(on, "orders:2");
    assert_answer(on, "SELECT count(*) FROM bi.top", "2");
}

int main(void)
{
    if (server_url() == NULL) {
        printf("skipped: REPOINT_TEST_POSTGRES is not set: no PostgreSQL to test with\n");
        return 77;
    }
    const struct CMUnitTest tests[] = {
        SERVER_TEST(a_wider_number_is_put_under_everything),
        SERVER_TEST(the_server_says_what_an_operator_takes),
        SERVER_TEST(a_chain_is_tried_from_below),
        SERVER_TEST(indexes_and_defaults_are_tried),
        SERVER_TEST(names_mean_what_they_meant),
        SERVER_TEST(nobody_is_waited_for_but_who_shuts_out_readers),
        SERVER_TEST(who_plans_without_rights_is_told),
        SERVER_TEST(what_comes_in_between_is_tried),
        SERVER_TEST(a_warehouse_of_its_own_is_tried_in),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
