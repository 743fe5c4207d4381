/*
 * Views of PostgreSQL that change: what is left alone, what is replaced in place, and what is put back on a
 * view that has to be dropped and made again.
 */
#include "server.h"

#include <stdio.h>
#include <string.h>

#define ID   "SELECT 'shop.orders'::regclass::oid"
#define ACL  "SELECT relacl FROM pg_class WHERE oid = 'shop.orders'::regclass"
#define FROM "SELECT pg_get_viewdef('shop.orders'::regclass)"

static void given_orders(server *on, const char *columns_1, const char *columns_2)
{
    server_given_table(on, "orders", 1, columns_1);
    server_given_table(on, "orders", 2, columns_2);
    server_given_snapshot(on, "orders", 1, "");
    server_given_snapshot(on, "orders", 2, "");
    server_deploy(on, "orders:1");
}

/* The action that a plan has for the view, and "rebuilt" if it is; "none". g_free() */
static char *action_of(server *on, const char *versions)
{
    char *json = server_plan_json(on, versions, NULL);
    g_autoptr(rp_json) parsed = NULL;
    assert_int_equal(rp_json_parse(json, strlen(json), "a plan", &parsed, NULL), REPOINT_OK);
    yyjson_val *view = yyjson_arr_get(field(rp_json_root(parsed), "views"), 0);
    char *action = view == NULL ? g_strdup("none")
                                : g_strconcat(text_of(view, "action"),
                                              bool_of(view, "rebuilt") ? ", rebuilt" : "", NULL);
    repoint_free(json);
    return action;
}

static void assert_action(server *on, const char *versions, const char *expected)
{
    g_autofree char *action = action_of(on, versions);
    assert_string_equal(action, expected);
}

/* Given a view that is what it should be, nothing is done; but whoever changed it is seen. */
static void a_view_is_left_alone_until_somebody_changes_it(void **state)
{
    server *on = *state;
    given_orders(on, "id int, amount numeric(10,2), note text", "id int, amount numeric(10,2), note text");
    assert_action(on, "orders:1", "none");
    static const char *const changes[] = {
        "CREATE OR REPLACE VIEW shop.orders AS SELECT * FROM sqlmesh__shop.shop__orders__1 WHERE id > 0",
        "CREATE OR REPLACE VIEW shop.orders AS SELECT id, amount, upper(note) AS note"
        " FROM sqlmesh__shop.shop__orders__1",
        "CREATE OR REPLACE VIEW shop.orders AS SELECT * FROM sqlmesh__shop.shop__orders__1 LIMIT 10",
        "CREATE OR REPLACE VIEW shop.orders AS SELECT * FROM sqlmesh__shop.shop__orders__2",
        "CREATE OR REPLACE VIEW shop.orders AS SELECT DISTINCT * FROM sqlmesh__shop.shop__orders__1",
        "CREATE SCHEMA other; CREATE TABLE other.shop__orders__1 (id int, amount numeric(10,2), note text);"
        "CREATE OR REPLACE VIEW shop.orders AS SELECT * FROM other.shop__orders__1",
        "CREATE OR REPLACE VIEW shop.orders AS SELECT a.* FROM sqlmesh__shop.shop__orders__1 a",
    };
    for (size_t i = 0; i < G_N_ELEMENTS(changes); i++) {
        server_run(on, changes[i]);
        assert_action(on, "orders:1", "replace");
    }
    server_deploy(on, "orders:1");
    assert_action(on, "orders:1", "none");
    server_run(on, "ALTER TABLE sqlmesh__shop.shop__orders__1 ADD COLUMN channel text");
    assert_action(on, "orders:1", "replace");
    server_run(on, "DROP VIEW shop.orders");
    assert_action(on, "orders:1", "create");
}

/* Where the table can be seen without its schema, the server prints it so. */
static void a_view_is_left_alone_whatever_the_search_path(void **state)
{
    server *on = *state;
    given_orders(on, "id int, \"Größe\" int, \"a.b\"\"c\" int", "id int");
    g_autofree char *path =
        g_strdup_printf("ALTER DATABASE \"%s\" SET search_path = sqlmesh__shop, shop", on->name);
    server_run(on, path);
    server_reopen(on);
    assert_action(on, "orders:1", "none");
}

static void a_view_keeps_its_id_where_columns_allow(void **state)
{
    server *on = *state;
    given_orders(on, "id int, amount numeric", "id int, amount numeric, channel text");
    server_role(on, "bi");
    server_run(on, "GRANT SELECT ON shop.orders TO @bi; ALTER VIEW shop.orders SET (security_barrier = true);"
                   "COMMENT ON VIEW shop.orders IS 'all of them'");
    server_run(on, "CREATE VIEW bi.top AS SELECT id FROM shop.orders");
    g_autofree char *id = server_ask(on, ID), *acl = server_ask(on, ACL);
    assert_action(on, "orders:2", "replace");
    server_deploy(on, "orders:2");
    assert_answer(on, ID, id);
    assert_answer(on, ACL, acl);
    assert_answer(on, "SELECT reloptions FROM pg_class WHERE oid = 'shop.orders'::regclass",
                  "{security_barrier=true}");
    assert_answer(on, "SELECT obj_description('shop.orders'::regclass)", "all of them");
    assert_answer(on,
                  "SELECT string_agg(attname, ',' ORDER BY attnum) FROM pg_attribute WHERE attrelid = "
                  "'shop.orders'::regclass",
                  "id,amount,channel");
}

/* Given a view with everything that can be set on one, then all of it is there after a rebuild. */
static void what_was_set_on_a_view_is_put_back(void **state)
{
    server *on = *state;
    given_orders(on, "id int, secret text, amount int", "amount bigint, id int, \"ne w\" text");
    static const char *const roles[] = {"Anna", "bi", "etl", "Besitzer"};
    for (size_t i = 0; i < G_N_ELEMENTS(roles); i++)
        server_role(on, roles[i]);
    server_run(on, "GRANT USAGE ON SCHEMA shop TO PUBLIC; GRANT CREATE ON SCHEMA shop TO @Besitzer;"
                   "ALTER VIEW shop.orders OWNER TO @Besitzer; SET ROLE @Besitzer;"
                   "GRANT SELECT ON shop.orders TO @Anna WITH GRANT OPTION;"
                   "GRANT SELECT (id), UPDATE (secret) ON shop.orders TO @etl;"
                   "GRANT INSERT ON shop.orders TO PUBLIC; REVOKE DELETE ON shop.orders FROM @Besitzer;"
                   "SET ROLE @Anna; GRANT SELECT ON shop.orders TO @bi WITH GRANT OPTION;"
                   "SET ROLE @bi; GRANT SELECT (id) ON shop.orders TO @etl; RESET ROLE;"
                   "ALTER VIEW shop.orders SET (security_barrier = true, check_option = local);"
                   "COMMENT ON VIEW shop.orders IS 'it''s all'; COMMENT ON COLUMN shop.orders.id IS 'key';"
                   "COMMENT ON COLUMN shop.orders.secret IS 'gone';"
                   "ALTER VIEW shop.orders ALTER id SET DEFAULT 7;"
                   "ALTER DEFAULT PRIVILEGES GRANT SELECT ON TABLES TO @etl");
    static const char sorted[] = "SELECT string_agg(a::text, ' ' ORDER BY a::text) FROM pg_class,"
                                 " unnest(relacl) a WHERE oid = 'shop.orders'::regclass";
    static const char of_columns[] =
        "SELECT attname, string_agg(a::text, ' ' ORDER BY a::text) FROM pg_attribute, unnest(attacl) a"
        " WHERE attrelid = 'shop.orders'::regclass GROUP BY 1";
    g_autofree char *acl = server_ask(on, sorted);
    g_autofree char *of_id = server_ask(
        on, "SELECT 'id', string_agg(a::text, ' ' ORDER BY a::text) FROM pg_attribute, unnest(attacl) a"
            " WHERE attrelid = 'shop.orders'::regclass AND attname = 'id'");
    assert_action(on, "orders:2", "replace, rebuilt");
    server_deploy(on, "orders:2");
    assert_answer(on, sorted, acl);
    assert_answer(on, of_columns, of_id);
    assert_answer(on,
                  "SELECT pg_get_userbyid(relowner), reloptions FROM pg_class WHERE oid ="
                  " 'shop.orders'::regclass",
                  "$Besitzer|{security_barrier=true,check_option=local}");
    assert_answer(on,
                  "SELECT obj_description('shop.orders'::regclass), col_description("
                  "'shop.orders'::regclass, 2), (SELECT count(*) FROM pg_description WHERE objoid ="
                  " 'shop.orders'::regclass)",
                  "it's all|key|2");
    assert_answer(on,
                  "SELECT column_default FROM information_schema.columns WHERE table_schema = 'shop'"
                  " AND column_name = 'id'",
                  "7");
    server_run(on, "ALTER DEFAULT PRIVILEGES REVOKE SELECT ON TABLES FROM @etl");
}

/* New views get what the server gives to new views. */
static void a_new_view_gets_the_default_privileges(void **state)
{
    server *on = *state;
    server_role(on, "bi");
    server_run(on, "ALTER DEFAULT PRIVILEGES GRANT SELECT ON TABLES TO @bi");
    given_orders(on, "id int", "id int");
    assert_answer(on, "SELECT has_table_privilege('$bi', 'shop.orders', 'SELECT')", "t");
    server_run(on, "ALTER DEFAULT PRIVILEGES REVOKE SELECT ON TABLES FROM @bi");
}

/* ---- what snapshots say ---- */

#define SAYS                                                                                                 \
    "\"description\":\"All orders; it's a lot\",\"column_descriptions\":{\"id\":\"The "                      \
    "key\",\"gone\":\"x\"},"

static void comments_and_grants_of_snapshots_are_set(void **state)
{
    server *on = *state;
    server_role(on, "bi");
    server_role(on, "hand");
    static const char node[] = SAYS "\"grants\":\"('select' = ['\\\"$bi\\\"', 'public'], 'insert' = "
                                    "ARRAY('\\\"$bi\\\"'))\",";
    server_given_table(on, "orders", 1, "id int");
    server_given_table(on, "orders", 2, "id int");
    server_given_table(on, "orders", 3, "id text");
    server_given_snapshot(on, "orders", 1, "");
    server_given_snapshot(on, "orders", 2, node);
    server_given_snapshot(on, "orders", 3, node);
    server_deploy(on, "orders:1");
    server_run(on, "GRANT SELECT ON shop.orders TO @hand");
    static const char rights[] =
        "SELECT has_table_privilege('$bi', 'shop.orders', 'SELECT'), has_table_privilege('$bi',"
        " 'shop.orders', 'INSERT'), has_table_privilege('$hand', 'shop.orders', 'SELECT'),"
        " (SELECT count(*) FROM pg_class, aclexplode(relacl) a WHERE pg_class.oid = 'shop.orders'::regclass"
        " AND grantee = 0), obj_description('shop.orders'::regclass), col_description("
        "'shop.orders'::regclass, 1)";
    assert_answer(on, rights, "f|f|t|0||");
    server_deploy(on, "orders:2");
    assert_answer(on, rights, "t|t|t|1|All orders; it's a lot|The key");
    server_run(on, "COMMENT ON VIEW shop.orders IS 'by hand'");
    server_deploy(on, "orders:3");
    assert_answer(on, rights, "t|t|t|1|All orders; it's a lot|The key");
}

static void a_grant_to_nobody_is_an_obstacle(void **state)
{
    server *on = *state;
    repoint_error error = REPOINT_ERROR_INIT;
    server_given_table(on, "orders", 1, "id int");
    server_given_snapshot(on, "orders", 1, "\"grants\":\"('select' = ['nobody_at_all'])\",");
    assert_int_equal(server_try(on, "orders:1", NULL, &error), REPOINT_REFUSED);
    assert_non_null(strstr(error.message, "nobody_at_all, which does not exist"));
    repoint_error_clear(&error);
}

/* ---- what is in the way ---- */

static void assert_refused(server *on, const char *versions, const char *part)
{
    repoint_error error = REPOINT_ERROR_INIT;
    assert_int_equal(server_try(on, versions, NULL, &error), REPOINT_REFUSED);
    if (strstr(error.message, part) == NULL)
        fail_msg("\"%s\" is not in: %s", part, error.message);
    repoint_error_clear(&error);
}

static void things_that_are_no_views_are_in_the_way(void **state)
{
    server *on = *state;
    static const struct {
        const char *make, *drop, *said;
    } things[] = {
        {"CREATE TABLE shop.orders (id int)", "DROP TABLE shop.orders", "a table has the name of the view"},
        {"CREATE MATERIALIZED VIEW shop.orders AS SELECT 1 AS id", "DROP MATERIALIZED VIEW shop.orders",
         "a materialized view has the name of the view"},
        {"CREATE SEQUENCE shop.orders", "DROP SEQUENCE shop.orders", "a sequence has the name of the view"},
    };
    given_orders(on, "id int", "id int");
    server_run(on, "DROP VIEW shop.orders");
    for (size_t i = 0; i < G_N_ELEMENTS(things); i++) {
        server_run(on, things[i].make);
        assert_refused(on, "orders:2", things[i].said);
        server_run(on, things[i].drop);
    }
    server_deploy(on, "orders:2");
}

static void names_that_are_too_long_are_in_the_way(void **state)
{
    server *on = *state;
    g_autofree char *longest = g_strnfill(63, 'm');
    g_autofree char *longer = g_strnfill(64, 'm');
    server_given_snapshot(on, longest, 1, "");
    server_given_snapshot(on, longer, 1, "");
    g_autofree char *plan = g_strconcat(longer, ":1", NULL);
    char *json = server_plan_json(on, plan, NULL);
    assert_non_null(strstr(json, "is 64 bytes long; this database takes 63 at most"));
    repoint_free(json);
    g_autofree char *shorter = g_strconcat(longest, ":1", NULL);
    json = server_plan_json(on, shorter, NULL);
    assert_null(strstr(json, "bytes long"));
    repoint_free(json);
}

/* Rules and triggers would be lost: they are named. */
static void what_cannot_be_put_back_is_in_the_way(void **state)
{
    server *on = *state;
    given_orders(on, "id int", "id text");
    server_run(on, "CREATE RULE \"keep it\" AS ON DELETE TO shop.orders DO INSTEAD NOTHING");
    assert_refused(on, "orders:2", "has the rule keep it, which would be lost");
    server_run(on, "DROP RULE \"keep it\" ON shop.orders");
    server_run(on, "CREATE FUNCTION bi.first() RETURNS SETOF shop.orders LANGUAGE sql AS"
                   " 'SELECT * FROM shop.orders LIMIT 1'");
    assert_refused(on, "orders:2", "cannot be dropped: function bi.first() needs it");
    server_run(on, "DROP FUNCTION bi.first()");
    server_deploy(on, "orders:2");
}

/* A deployer that is no superuser, may make no schemas, and is not the owner of a view. */
static void a_view_of_somebody_else_is_in_the_way(void **state)
{
    server *on = *state;
    given_orders(on, "id int", "id int");
    server_role(on, "deployer");
    server_role(on, "anna");
    server_run(on, "ALTER SCHEMA shop OWNER TO @deployer; ALTER SCHEMA sqlmesh OWNER TO @deployer;"
                   "GRANT USAGE ON SCHEMA sqlmesh__shop TO @deployer;"
                   "GRANT SELECT ON ALL TABLES IN SCHEMA sqlmesh__shop TO @deployer;"
                   "ALTER VIEW shop.orders OWNER TO @anna");
    g_autofree char *as = g_strdup_printf("CREATE SCHEMA shop__prod__next AUTHORIZATION @deployer;"
                                          "GRANT ALL ON ALL TABLES IN SCHEMA sqlmesh TO @deployer;"
                                          "ALTER DATABASE \"%s\" SET role = '$deployer'",
                                          on->name);
    server_run(on, as);
    server_reopen(on);
    g_autofree char *said = g_strdup_printf("the view shop.orders belongs to anna %s", on->name);
    assert_refused(on, "orders:2", said);
    server_run(on, "GRANT @anna TO @deployer; GRANT CREATE ON SCHEMA shop TO @anna");
    server_deploy(on, "orders:2");
    assert_answer(on, "SELECT pg_get_userbyid(relowner) FROM pg_class WHERE oid = 'shop.orders'::regclass",
                  "$anna");
    server_deploy(on,
                  "orders:1"); /* the schema of the candidates, which somebody made for us, is still there */
}

/* Names are quoted, whatever they contain. */
static void odd_names_are_quoted(void **state)
{
    server *on = *state;
    static const char odd[] = "Größe;-.x'y", table[] = "Gr__e___x_y";
    server_given_table(on, table, 1, "\"a.b\" int, \"Ü \"\"q\"\" '\" int");
    server_given_table(on, table, 2, "\"Ü \"\"q\"\" '\" int, \"a.b\" int");
    static const char node[] = "\"description\":\"it's \\\\ odd\",\"column_descriptions\":{\"a.b\":\"'\"},";
    server_given_snapshot(on, odd, 1, node);
    server_given_snapshot(on, odd, 2, node);
    g_autofree char *first = g_strconcat(odd, ":1", NULL), *second = g_strconcat(odd, ":2", NULL);
    server_role(on, "o'hara; x");
    server_deploy(on, first);
    assert_action(on, first, "none");
    server_run(on, "GRANT SELECT (\"a.b\") ON shop.\"Größe;-.x'y\" TO @o'hara; x;"
                   "CREATE VIEW bi.\"T.o\"\"p\" AS SELECT \"a.b\" AS \"c '\" FROM shop.\"Größe;-.x'y\"");
    server_deploy(on, second);
    assert_answer(on,
                  "SELECT obj_description(c.oid), col_description(c.oid, 2), attacl IS NOT NULL FROM"
                  " pg_class c JOIN pg_attribute a ON attrelid = c.oid AND attnum = 2 WHERE relname ="
                  " 'Größe;-.x''y'",
                  "it's \\ odd|'|t");
    assert_answer(on, "SELECT count(*) FROM bi.\"T.o\"\"p\"", "0");
}

int main(void)
{
    if (server_url() == NULL) {
        printf("skipped: REPOINT_TEST_POSTGRES is not set: no PostgreSQL to test with\n");
        return 77;
    }
    const struct CMUnitTest tests[] = {
        SERVER_TEST(a_view_is_left_alone_until_somebody_changes_it),
        SERVER_TEST(a_view_is_left_alone_whatever_the_search_path),
        SERVER_TEST(a_view_keeps_its_id_where_columns_allow),
        SERVER_TEST(what_was_set_on_a_view_is_put_back),
        SERVER_TEST(a_new_view_gets_the_default_privileges),
        SERVER_TEST(comments_and_grants_of_snapshots_are_set),
        SERVER_TEST(a_grant_to_nobody_is_an_obstacle),
        SERVER_TEST(things_that_are_no_views_are_in_the_way),
        SERVER_TEST(names_that_are_too_long_are_in_the_way),
        SERVER_TEST(what_cannot_be_put_back_is_in_the_way),
        SERVER_TEST(a_view_of_somebody_else_is_in_the_way),
        SERVER_TEST(odd_names_are_quoted),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
