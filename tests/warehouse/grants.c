/*
 * Who may read the views that change: what a plan says of it, before and after people have granted something;
 * on PostgreSQL as the shop of server.h, elsewhere as that of place.h.
 */
#include "place.h"
#include "server.h"

#include "base/json.h"

/* "shop.orders anna SELECT(id) yes>no own", a line each, as the plan lists them; then "unread: shop.refunds".
 */
static char *readers_of(const char *plan_json)
{
    repoint_error error = REPOINT_ERROR_INIT;
    g_autoptr(rp_json) json = NULL;
    assert_ok(rp_json_parse(plan_json, strlen(plan_json), "the plan", &json, &error), &error);
    GString *text = g_string_new(NULL);
    size_t index, count;
    yyjson_val *grant, *view;
    yyjson_arr_foreach (yyjson_obj_get(rp_json_root(json), "grants"), index, count, grant) {
        const char *grantee = yyjson_get_str(yyjson_obj_get(grant, "grantee"));
        const char *column = yyjson_get_str(yyjson_obj_get(grant, "column"));
        bool now = yyjson_get_bool(yyjson_obj_get(grant, "now"));
        bool afterwards = yyjson_get_bool(yyjson_obj_get(grant, "afterwards"));
        g_string_append_printf(
            text, "%s %s %s%s%s%s %s>%s %s\n", yyjson_get_str(yyjson_obj_get(grant, "view")),
            grantee != NULL ? grantee : "everybody", yyjson_get_str(yyjson_obj_get(grant, "privilege")),
            column != NULL ? "(" : "", column != NULL ? column : "", column != NULL ? ")" : "",
            now ? "yes" : "no", afterwards ? "yes" : "no", yyjson_get_str(yyjson_obj_get(grant, "source")));
    }
    yyjson_arr_foreach (yyjson_obj_get(rp_json_root(json), "unread"), index, count, view)
        g_string_append_printf(text, "unread: %s\n", yyjson_get_str(view));
    return g_string_free(text, FALSE);
}

/* "@bi" and "@hand" in the expected text are the roles of given_shop(). */
static void assert_readers(server *on, const char *versions, const char *expected)
{
    char *json = server_plan_json(on, versions, NULL);
    g_autofree char *found = readers_of(json);
    g_autoptr(GString) seen = g_string_new(found);
    g_string_replace(seen, g_ptr_array_index(on->roles, 0), "@bi", 0);
    g_string_replace(seen, g_ptr_array_index(on->roles, 1), "@hand", 0);
    assert_string_equal(seen->str, expected);
    repoint_free(json);
}

#define GRANTS "\"grants\":\"('select' = ['\\\"$bi\\\"', 'public'])\","

static void given_shop(server *on, const char *second_columns)
{
    server_role(on, "bi");
    server_role(on, "hand");
    server_given_table(on, "orders", 1, "id int, amount int");
    server_given_table(on, "orders", 2, second_columns);
    server_given_table(on, "payments", 1, "id int");
    server_given_table(on, "refunds", 1, "id int");
    server_given_snapshot(on, "orders", 1, "");
    server_given_snapshot(on, "orders", 2, GRANTS);
    server_given_snapshot(on, "payments", 1, "");
    server_given_snapshot(on, "refunds", 1, "");
    server_deploy(on, "orders:1 payments:1");
    server_run(on, "GRANT SELECT ON shop.orders TO @hand");
    server_run(on, "GRANT SELECT (amount) ON shop.orders TO @bi");
    server_run(on, "GRANT SELECT, DELETE ON shop.payments TO @hand WITH GRANT OPTION");
}

static void peoples_grants_stay_and_the_models_come(void **state)
{
    server *on = *state;
    given_shop(on, "id int, amount int");
    assert_readers(on, "orders:2 payments:1",
                   "shop.orders @hand SELECT yes>yes own\nshop.orders @bi SELECT(amount) yes>yes own\n"
                   "shop.orders @bi SELECT no>yes snapshot\nshop.orders everybody SELECT no>yes snapshot\n");
    server_deploy(on, "orders:2 payments:1");
    assert_readers(on, "orders:2 payments:1", ""); /* nothing changes */
    assert_readers(on, "orders:1 payments:1",
                   "shop.orders @hand SELECT yes>yes own\nshop.orders @bi SELECT yes>yes own\n"
                   "shop.orders everybody SELECT yes>yes own\nshop.orders @bi SELECT(amount) yes>yes own\n");
}

static void a_column_and_a_view_that_go_take_theirs_along(void **state)
{
    server *on = *state;
    given_shop(on, "id int");
    assert_readers(on, "orders:2",
                   "shop.orders @hand SELECT yes>yes own\nshop.orders @bi SELECT(amount) yes>no own\n"
                   "shop.orders @bi SELECT no>yes snapshot\nshop.orders everybody SELECT no>yes snapshot\n"
                   "shop.payments @hand SELECT yes>no own\nshop.payments @hand DELETE yes>no own\n");
}

/* What the plan says is what is so after it. */
static void a_new_view_has_what_default_privileges_give(void **state)
{
    server *on = *state;
    static const char rights[] = "SELECT has_table_privilege('$hand', 'shop.refunds', 'SELECT')";
    given_shop(on, "id int, amount int");
    assert_readers(on, "orders:1 payments:1 refunds:1", "unread: shop.refunds\n");
    server_run(on, "ALTER DEFAULT PRIVILEGES IN SCHEMA shop GRANT INSERT ON TABLES TO @hand");
    assert_readers(on, "orders:1 payments:1 refunds:1",
                   "shop.refunds @hand INSERT no>yes default\nunread: shop.refunds\n");
    server_run(on, "ALTER DEFAULT PRIVILEGES GRANT SELECT ON TABLES TO @hand");
    assert_readers(on, "orders:1 payments:1 refunds:1",
                   "shop.refunds @hand INSERT no>yes default\nshop.refunds @hand SELECT no>yes default\n");
    server_deploy(on, "orders:1 payments:1 refunds:1");
    assert_answer(on, rights, "t");
    server_run(on, "ALTER DEFAULT PRIVILEGES IN SCHEMA shop REVOKE INSERT ON TABLES FROM @hand");
    server_run(on, "ALTER DEFAULT PRIVILEGES REVOKE SELECT ON TABLES FROM @hand");
}

static void nobody_gets_into_a_new_schema(void **state)
{
    server *on = *state;
    repoint_error error = REPOINT_ERROR_INIT;
    repoint_plan *plan = NULL;
    given_shop(on, "id int, amount int");
    server_run(on, "ALTER DEFAULT PRIVILEGES GRANT SELECT ON TABLES TO @hand");
    assert_ok(server_plan(on, "pr_1", "payments:1", NULL, &plan, &error), &error);
    char *json = repoint_plan_to_json(plan);
    g_autofree char *found = readers_of(json);
    assert_true(g_str_has_suffix(found, "SELECT no>yes default\nunread: shop__pr_1.payments\n"));
    repoint_free(json);
    repoint_plan_free(plan);
    server_run(on, "ALTER DEFAULT PRIVILEGES REVOKE SELECT ON TABLES FROM @hand");
}

/* ---- elsewhere ---- */

static char *readers_in(place *of)
{
    repoint_store *store = place_open(of);
    repoint_plan *plan = place_plan(of, store, GREEN, NULL);
    char *json = repoint_plan_to_json(plan);
    char *found = readers_of(json);
    repoint_free(json);
    repoint_plan_free(plan);
    repoint_store_close(store);
    return found;
}

static void execute(const place *of, char *sql)
{
    repoint_error error = REPOINT_ERROR_INIT;
    g_autoptr(rp_db) db = place_connect(of, true);
    assert_ok(rp_db_execute(db, sql, RP_NO_VALUES, NULL, &error), &error);
    g_free(sql);
}

/* Grants go by the name: that of a view which is not there yet too. */
static void on_mariadb(void **state G_GNUC_UNUSED)
{
    place of;
    place_begin(&of, PLACE_MARIADB, PLACE_MARIADB, true);
    g_autofree char *user = g_strdup_printf("%sbi", of.database);
    g_autofree char *nobody = readers_in(&of);
    g_autofree char *unread = g_strdup_printf("unread: %s.refunds\n", of.shop);
    assert_string_equal(nobody, unread);
    execute(&of, g_strdup_printf("CREATE USER %s", user));
    execute(&of, g_strdup_printf("GRANT SELECT ON %s.orders TO %s", of.shop, user));
    execute(&of, g_strdup_printf("GRANT SELECT (id) ON %s.payments TO %s", of.shop, user));
    execute(&of, g_strdup_printf("GRANT DELETE ON `%s`.* TO %s", of.shop, user));
    g_autofree char *found = readers_in(&of);
    static const char wanted[] =
        "@shop.customers @bi DELETE yes>yes schema\n@shop.orders @bi DELETE yes>yes schema\n"
        "@shop.orders @bi SELECT yes>yes own\n@shop.payments @bi DELETE yes>yes schema\n"
        "@shop.payments @bi SELECT(id) yes>yes own\n@shop.refunds @bi DELETE no>yes schema\n"
        "unread: @shop.refunds\n";
    g_autoptr(GString) seen = g_string_new(found);
    g_autofree char *grantee = g_strdup_printf("'%s'@'%%'", user);
    g_string_replace(seen, grantee, "@bi", 0);
    g_string_replace(seen, of.shop, "@shop", 0);
    assert_string_equal(seen->str, wanted);
    execute(&of, g_strdup_printf("DROP USER %s", user));
    place_end(&of);
}

static void where_there_are_none(place_kind kind)
{
    place of;
    place_begin(&of, kind, kind, true);
    g_autofree char *found = readers_in(&of);
    assert_string_equal(found, "");
    place_end(&of);
}

static void on_sqlite(void **state G_GNUC_UNUSED)
{
    where_there_are_none(PLACE_SQLITE);
}

static void on_duckdb(void **state G_GNUC_UNUSED)
{
    where_there_are_none(PLACE_DUCKDB);
}

int main(void)
{
    const struct CMUnitTest on_postgres[] = {
        SERVER_TEST(peoples_grants_stay_and_the_models_come),
        SERVER_TEST(a_column_and_a_view_that_go_take_theirs_along),
        SERVER_TEST(a_new_view_has_what_default_privileges_give),
        SERVER_TEST(nobody_gets_into_a_new_schema),
    };
    const struct CMUnitTest elsewhere[] = {
        cmocka_unit_test(on_mariadb),
        cmocka_unit_test(on_sqlite),
        cmocka_unit_test(on_duckdb),
    };
    int failed = cmocka_run_group_tests(elsewhere, NULL, NULL);
    if (server_url() == NULL)
        printf("skipped: REPOINT_TEST_POSTGRES is not set: no PostgreSQL to test with\n");
    else
        failed += cmocka_run_group_tests(on_postgres, NULL, NULL);
    return failed;
}
