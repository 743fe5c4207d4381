/*
 * The fence in the warehouse, by itself and where deployments need more of it than crashes show: a state that
 * is a copy, a plan id that is used again; and on MariaDB readers that are in the way.
 */
#include <stdio.h>
#include <string.h>

#include "db/sql.h"
#include "place.h"
#include "warehouse/rename.h"

/* ---- the contract ---- */

static rp_fence fence_of(const place *of, int64_t token, const char *plan_id)
{
    return (rp_fence){of->schema, "staging", token, plan_id};
}

static void claim(rp_db *db, const place *of, int64_t token, repoint_status expected, int64_t expected_newest)
{
    repoint_error error = REPOINT_ERROR_INIT;
    rp_fence fence = fence_of(of, token, "next");
    int64_t newest = -1;
    repoint_status status = rp_fence_claim(db, &fence, &newest, &error);
    if (status != expected)
        assert_ok(status, &error);
    assert_int_equal(status, expected);
    assert_int_equal(newest, expected_newest);
    repoint_error_clear(&error);
}

/* Whoever only looks has no token. */
static void assert_seen(rp_db *db, const place *of, const char *plan_id, bool expected)
{
    repoint_error error = REPOINT_ERROR_INIT;
    rp_fence fence = fence_of(of, 0, plan_id);
    bool is_passed = !expected;
    assert_ok(rp_fence_look(db, &fence, &is_passed, &error), &error);
    assert_int_equal(is_passed, expected);
}

static void assert_passed(rp_db *db, const place *of, int64_t token, const char *plan_id, bool expected)
{
    assert_seen(db, of, plan_id, expected);
    repoint_error error = REPOINT_ERROR_INIT;
    rp_fence fence = fence_of(of, token, plan_id);
    bool is_passed = !expected;
    assert_ok(rp_fence_is_passed(db, &fence, &is_passed, &error), &error);
    assert_int_equal(is_passed, expected);
}

/* Passes with no view to change. */
static repoint_status pass(rp_db *db, const place *of, int64_t token)
{
    rp_fence fence = fence_of(of, token, "next");
    if (rp_rename_is_used(db))
        return rp_name_fence_rename(db, &fence, NULL, true, NULL);
    assert_int_equal(rp_db_begin(db, RP_DB_WRITE, NULL), REPOINT_OK);
    repoint_status status = rp_fence_pass(db, &fence, NULL);
    if (status == REPOINT_OK)
        return rp_db_commit(db, NULL);
    rp_db_rollback(db);
    return status;
}

static void keeps_out_older_tokens(place_kind kind)
{
    place of;
    place_begin(&of, kind, kind, true);
    g_autoptr(rp_db) db = place_connect(&of, true);
    rp_fence old = fence_of(&of, 2, "next"), new = fence_of(&of, 5, "next");
    assert_seen(db, &of, "next", false);
    claim(db, &of, 2, REPOINT_OK, 0);
    assert_passed(db, &of, 2, "next", false);
    claim(db, &of, 5, REPOINT_OK, 0);
    claim(db, &of, 5, REPOINT_OK, 0); /* again */
    claim(db, &of, 2, REPOINT_CONFLICT, 5);
    assert_int_equal(pass(db, &of, 2), REPOINT_CONFLICT);
    assert_int_equal(rp_fence_arm(db, &old, NULL), REPOINT_CONFLICT);
    assert_passed(db, &of, 5, "next", false);

    assert_int_equal(pass(db, &of, 5), REPOINT_OK);
    assert_passed(db, &of, 5, "next", true);
    assert_passed(db, &of, 5, "another", false);
    claim(db, &of, 9, REPOINT_OK, 0); /* what was passed stays known */
    assert_passed(db, &of, 9, "next", true);
    bool is_passed = false;
    assert_int_equal(rp_fence_is_passed(db, &new, &is_passed, NULL), REPOINT_CONFLICT);

    new.token = 9;
    assert_int_equal(rp_fence_arm(db, &new, NULL), REPOINT_OK);
    assert_passed(db, &of, 9, "next", false);
    g_clear_pointer(&db, rp_db_close);
    place_end(&of);
}

static void the_fence_keeps_out_older_tokens_on_sqlite(void **state G_GNUC_UNUSED)
{
    keeps_out_older_tokens(PLACE_SQLITE);
}

static void the_fence_keeps_out_older_tokens_on_postgres(void **state G_GNUC_UNUSED)
{
    keeps_out_older_tokens(PLACE_POSTGRES);
}

static void the_fence_keeps_out_older_tokens_on_duckdb(void **state G_GNUC_UNUSED)
{
    keeps_out_older_tokens(PLACE_DUCKDB);
}

static void the_fence_keeps_out_older_tokens_on_mariadb(void **state G_GNUC_UNUSED)
{
    keeps_out_older_tokens(PLACE_MARIADB);
}

static void run(rp_db *db, char *sql)
{
    repoint_error error = REPOINT_ERROR_INIT;
    assert_ok(rp_db_execute(db, sql, RP_NO_VALUES, NULL, &error), &error);
    g_free(sql);
}

/* The name of the only fence of "staging"; g_free() */
static char *name_of_fence(rp_db *db, const place *of)
{
    repoint_error error = REPOINT_ERROR_INIT;
    g_autofree char *hash = g_compute_checksum_for_string(G_CHECKSUM_SHA256, "staging", -1);
    g_autofree char *prefix = g_strdup_printf("_repoint_fence_%.12s_", hash);
    g_autoptr(rp_rows) rows = NULL;
    bool has_row = false;
    assert_ok(rp_db_query(db,
                          "SELECT table_name FROM information_schema.tables WHERE table_schema = ?1"
                          " AND LOCATE(?2, table_name) = 1",
                          RP_VALUES(rp_db_text(of->schema), rp_db_text(prefix)), &rows, &error),
              &error);
    assert_ok(rp_rows_next(rows, &has_row, &error), &error);
    assert_true(has_row);
    char *name = g_strdup(rp_rows_text(rows, 0));
    assert_ok(rp_rows_next(rows, &has_row, &error), &error);
    assert_false(has_row);
    return name;
}

/* Two who saw none have made one each; the older one has been passed already. */
static void of_two_fences_the_one_that_was_passed_counts(void **state G_GNUC_UNUSED)
{
    place of;
    place_begin(&of, PLACE_MARIADB, PLACE_MARIADB, true);
    g_autoptr(rp_db) db = place_connect(&of, true);
    claim(db, &of, 2, REPOINT_OK, 0);
    assert_int_equal(pass(db, &of, 2), REPOINT_OK);
    g_autofree char *passed = name_of_fence(db, &of);
    g_autofree char *head = g_strndup(passed, strlen(passed) - strlen("2_0123456789ab"));
    g_autofree char *newer = g_strconcat(head, "3", NULL);
    run(db, rp_sql(db, "CREATE TABLE %n (nothing INT)", of.schema, newer));
    claim(db, &of, 2, REPOINT_CONFLICT, 3); /* the older one withdraws */
    run(db, rp_sql(db, "CREATE TABLE %n (nothing INT)", of.schema, passed));
    claim(db, &of, 3, REPOINT_OK, 0);
    assert_passed(db, &of, 3, "next", true);
    g_autofree char *only = name_of_fence(db, &of);
    assert_true(g_str_has_prefix(only + strlen(head), "3_"));
    g_clear_pointer(&db, rp_db_close);
    place_end(&of);
}

/* ---- deployments ---- */

/* The state is a copy of one that has deployed here more often than it knows itself. */
static void a_copied_state_gets_past_the_tokens_of_its_original(void **state G_GNUC_UNUSED)
{
    place of;
    place_begin(&of, PLACE_SQLITE, PLACE_SQLITE, false);
    g_autoptr(rp_db) db = place_connect(&of, true);
    run(db, g_strdup("UPDATE _repoint_fences SET token = 100"));
    g_clear_pointer(&db, rp_db_close);
    place_deploy(&of, GREEN);
    assert_int_equal(place_look(&of, "deployed from a copy"), GREEN);
    db = place_connect(&of, false);
    g_autoptr(rp_rows) rows = NULL;
    bool has_row = false;
    assert_int_equal(rp_db_query(db, "SELECT token FROM _repoint_leases WHERE environment = 'prod'",
                                 RP_NO_VALUES, &rows, NULL),
                     REPOINT_OK);
    assert_int_equal(rp_rows_next(rows, &has_row, NULL), REPOINT_OK);
    assert_int_equal(rp_rows_integer(rows, 0, 0), 101);
    g_clear_pointer(&rows, rp_rows_close);
    g_clear_pointer(&db, rp_db_close);
    place_end(&of);
}

/* Is a deployment of prod in the middle of its switch? */
static bool is_switching(const place *of)
{
    g_autoptr(rp_db) db = place_connect(of, false);
    g_autoptr(rp_rows) rows = NULL;
    bool has_row = false;
    assert_int_equal(rp_db_query(db, "SELECT 1 FROM _repoint_deployments WHERE state = 'switching'",
                                 RP_NO_VALUES, &rows, NULL),
                     REPOINT_OK);
    assert_int_equal(rp_rows_next(rows, &has_row, NULL), REPOINT_OK);
    return has_row;
}

/*
 * The plan id of a deployment that was done once is used again, after somebody else has changed prod; and the
 * new deployment breaks off between state and views. The fence must not say that the views are there already.
 */
static void a_plan_id_used_again_is_not_taken_for_done(void **state G_GNUC_UNUSED)
{
    repoint_error error = REPOINT_ERROR_INIT;
    unsigned switching = 0;
    bool more = true;
    place of;
    place_begin(&of, PLACE_SQLITE, PLACE_SQLITE, false);
    for (unsigned at = 1; more; at++) {
        rp_fault fault = {.kind = RP_FAULT_NONE, .at = at};
        place_deploy(&of, GREEN); /* always of this plan id, as far as the fence is concerned */
        g_autofree char *id = g_strdup_printf("plan-%u", of.deployments);
        place_deploy(&of, BLUE);
        g_autoptr(rp_db) db = place_connect(&of, true);
        run(db, rp_sql(db, "UPDATE _repoint_fences SET plan_id = %l", id)); /* somebody without a fence did */
        g_clear_pointer(&db, rp_db_close);
        repoint_store *store = place_open_faulty(&of, &fault);
        of.deployments -= 2;
        repoint_plan *plan = place_plan(&of, store, GREEN, NULL);
        of.deployments++;
        fault.kind = RP_FAULT_DROP_BEFORE;
        fault.count = 0;
        repoint_deployment *deployment = NULL;
        repoint_deploy(store, plan, NULL, &deployment, &error);
        repoint_error_clear(&error);
        repoint_deployment_close(deployment);
        repoint_plan_free(plan);
        repoint_store_close(store);
        more = fault.statement != NULL;
        g_free(fault.statement);
        place_expire_lease(&of);
        bool was_switching = is_switching(&of);
        switching += was_switching;
        place_recover(&of, false);
        if (was_switching)
            assert_int_equal(place_look(&of, "resumed"), GREEN);
    }
    assert_true(switching > 5);
    place_end(&of);
}

static repoint_status go_on_or_back(place *of, repoint_status (*step)(repoint_deployment *, repoint_error *))
{
    repoint_error error = REPOINT_ERROR_INIT;
    repoint_store *store = place_open(of);
    repoint_deployment *deployment = NULL;
    repoint_status status = repoint_deployment_open(store, "prod", NULL, &deployment, &error);
    assert_ok(status, &error);
    status = step(deployment, &error);
    repoint_error_clear(&error);
    repoint_deployment_close(deployment);
    repoint_store_close(store);
    return status;
}

/* A deployment broke off between state and views. Before anybody goes on with it somebody else's plan is
 * applied: it stays what it is, and so do the views. */
static void a_record_of_somebody_else_is_not_shown_other_views(void **state G_GNUC_UNUSED)
{
    unsigned overtaken = 0;
    bool more = true;
    for (unsigned at = 1; more; at++) {
        place of;
        rp_fault fault = {.kind = RP_FAULT_NONE, .at = at};
        place_begin(&of, PLACE_SQLITE, PLACE_SQLITE, false);
        repoint_store *store = place_open_faulty(&of, &fault);
        repoint_plan *plan = place_plan(&of, store, GREEN, NULL);
        repoint_deployment *deployment = NULL;
        fault.kind = RP_FAULT_DROP_BEFORE;
        fault.count = 0;
        repoint_deploy(store, plan, NULL, &deployment, NULL);
        repoint_deployment_close(deployment);
        repoint_plan_free(plan);
        repoint_store_close(store);
        more = fault.statement != NULL;
        g_free(fault.statement);
        if (is_switching(&of) && place_look(&of, "broken off") == BLUE) {
            g_autoptr(rp_db) db = place_connect(&of, false);
            run(db, rp_sql(db, "UPDATE _environments SET plan_id = 'theirs' WHERE name = 'prod'"));
            place_expire_lease(&of);
            assert_int_equal(go_on_or_back(&of, repoint_deployment_cutover), REPOINT_CONFLICT);
            assert_int_equal(place_look(&of, "not gone on with"), BLUE);
            place_expire_lease(&of);
            assert_int_equal(go_on_or_back(&of, repoint_deployment_abandon), REPOINT_CONFLICT);
            assert_int_equal(place_look(&of, "ended"), BLUE);
            assert_false(is_switching(&of));
            overtaken++;
        }
        place_end(&of);
    }
    assert_true(overtaken > 2);
}

/* ---- MariaDB's readers ---- */

static repoint_status try_to_deploy(place *of, release to, double seconds, char **ret_message)
{
    repoint_error error = REPOINT_ERROR_INIT;
    repoint_store *store = place_open(of);
    repoint_plan *plan = place_plan(of, store, to, NULL);
    repoint_deployment *deployment = NULL;
    repoint_deploy_options options = {.cutover_timeout_seconds = seconds};
    repoint_status status = repoint_deploy(store, plan, &options, &deployment, &error);
    *ret_message = g_strdup(error.message);
    repoint_error_clear(&error);
    if (status != REPOINT_OK)
        assert_ok(repoint_deployment_abandon(deployment, &error), &error);
    repoint_deployment_close(deployment);
    repoint_plan_free(plan);
    repoint_store_close(store);
    return status;
}

static rp_db *read_in_transaction(const place *of, const char *sql)
{
    rp_db *db = place_connect(of, true);
    run(db, g_strdup("SET SESSION TRANSACTION ISOLATION LEVEL REPEATABLE READ"));
    run(db, g_strdup("START TRANSACTION"));
    g_autoptr(rp_rows) rows = NULL;
    bool has_row = false;
    assert_int_equal(rp_db_query(db, sql, RP_NO_VALUES, &rows, NULL), REPOINT_OK);
    assert_int_equal(rp_rows_next(rows, &has_row, NULL), REPOINT_OK);
    return db;
}

/* Which view it is the server tells only where it is set up for that. */
static void assert_holder(rp_db *reader, const char *view, const char *message)
{
    int64_t id = 0;
    assert_int_equal(rp_db_query_integer(reader, "SELECT CONNECTION_ID()", &id, NULL), REPOINT_OK);
    g_autofree char *said =
        g_strdup_printf("held by connection %d of user repoint (in a transaction for ", (int)id);
    if (strstr(message, said) == NULL)
        fail_msg("\"%s\" is not in: %s", said, message);
    if ((strstr(message, view) != NULL) == (strstr(message, "; possibly held by ") != NULL))
        fail_msg("it is not said what is held, or that it may be: %s", message);
}

/* One that read a view keeps it; one that has a snapshot from before the tables' rows must not see them. */
static void mariadb_waits_for_readers(void **state G_GNUC_UNUSED)
{
    g_autofree char *in_the_way = NULL, *too_old = NULL, *nobody = NULL;
    place of;
    place_begin(&of, PLACE_MARIADB, PLACE_MARIADB, true);
    g_autofree char *view = g_strdup_printf("SELECT * FROM %s.orders", of.shop);
    g_autofree char *table = g_strdup_printf("SELECT * FROM %s._versions", of.schema);
    rp_db *reader = read_in_transaction(&of, table);
    assert_int_equal(try_to_deploy(&of, GREEN, 0.2, &too_old), REPOINT_BUSY);
    assert_non_null(strstr(too_old, "older than the new tables' rows"));
    rp_db_close(reader);

    reader = place_connect(&of, true);
    run(reader, g_strdup("START TRANSACTION")); /* READ COMMITTED: a snapshot for each statement */
    g_autoptr(rp_rows) rows = NULL;
    bool has_row = false;
    assert_int_equal(rp_db_query(reader, view, RP_NO_VALUES, &rows, NULL), REPOINT_OK);
    assert_int_equal(rp_rows_next(rows, &has_row, NULL), REPOINT_OK);
    g_clear_pointer(&rows, rp_rows_close);
    do { /* the server's other readers, of other tests, may be in the way before ours is */
        g_clear_pointer(&in_the_way, g_free);
        assert_int_equal(try_to_deploy(&of, GREEN, 0.2, &in_the_way), REPOINT_BUSY);
    } while (strstr(in_the_way, "older than the new tables' rows") != NULL);
    g_autofree char *name = g_strdup_printf(" seconds): %s.orders", of.shop);
    assert_holder(reader, name, in_the_way);
    assert_int_equal(place_look(&of, "given up"), BLUE);
    rp_db_close(reader);
    assert_int_equal(try_to_deploy(&of, GREEN, 10, &nobody), REPOINT_OK);
    assert_int_equal(place_look(&of, "deployed"), GREEN);
    place_end(&of);
}

/* Grants and views of other people go by the name of a view. */
static void mariadb_keeps_what_hangs_on_a_name(void **state G_GNUC_UNUSED)
{
    repoint_error error = REPOINT_ERROR_INIT;
    place of;
    place_begin(&of, PLACE_MARIADB, PLACE_MARIADB, true);
    g_autoptr(rp_db) db = place_connect(&of, true);
    g_autofree char *user = g_strdup_printf("%.20s_anna", of.database);
    run(db, g_strdup_printf("CREATE USER %s@localhost", user));
    run(db, g_strdup_printf("GRANT SELECT ON %s.orders TO %s@localhost", of.shop, user));
    run(db, g_strdup_printf("CREATE VIEW %s.hers AS SELECT made_for FROM %s.orders", of.shop, of.shop));
    place_deploy(&of, GREEN);

    g_autofree char *sql = g_strdup_printf("SELECT made_for FROM %s.hers", of.shop);
    g_autofree char *hers = NULL, *granted = NULL;
    g_autoptr(rp_rows) rows = NULL;
    bool has_row = false;
    assert_ok(rp_db_query(db, sql, RP_NO_VALUES, &rows, &error), &error);
    assert_ok(rp_rows_next(rows, &has_row, &error), &error);
    assert_string_equal(rp_rows_text(rows, 0), "green");
    g_clear_pointer(&rows, rp_rows_close);

    const char *server = strchr(g_getenv("REPOINT_TEST_MARIADB"), '@');
    g_autofree char *url = g_strconcat("mysql://", user, "@localhost/", of.shop, strchr(server, '?'), NULL);
    g_autoptr(rp_db) annas = NULL;
    assert_ok(rp_db_open(url, &(rp_db_options){.busy_seconds = 5}, &annas, &error), &error);
    assert_ok(rp_db_query(annas, "SELECT made_for FROM orders", RP_NO_VALUES, &rows, &error), &error);
    assert_ok(rp_rows_next(rows, &has_row, &error), &error);
    assert_string_equal(rp_rows_text(rows, 0), "green");
    g_clear_pointer(&rows, rp_rows_close);
    g_clear_pointer(&annas, rp_db_close);
    run(db, g_strdup_printf("DROP USER %s@localhost", user));
    g_clear_pointer(&db, rp_db_close);
    place_end(&of);
}

static void assert_verified(repoint_store *store, bool repair, const char *expected)
{
    repoint_error error = REPOINT_ERROR_INIT;
    char *json = NULL;
    assert_ok(repoint_verify(store, "prod", repair, &json, &error), &error);
    if (strstr(json, expected) == NULL)
        fail_msg("%s is not in %s", expected, json);
    repoint_free(json);
}

static void add_column_to_payments(rp_db *db, const place *of)
{
    repoint_error error = REPOINT_ERROR_INIT;
    g_autofree char *schema = g_strconcat("sqlmesh__", of->shop, NULL);
    g_autoptr(rp_rows) rows = NULL;
    bool has_row = false;
    assert_ok(rp_db_query(db,
                          "SELECT table_name FROM information_schema.tables WHERE table_schema = ?1"
                          " AND table_name LIKE '%payments!_!_1001' ESCAPE '!'",
                          RP_VALUES(rp_db_text(schema)), &rows, &error),
              &error);
    assert_ok(rp_rows_next(rows, &has_row, &error), &error);
    assert_true(has_row);
    g_autofree char *table = g_strdup(rp_rows_text(rows, 0));
    g_clear_pointer(&rows, rp_rows_close);
    run(db, rp_sql(db, "ALTER TABLE %n ADD COLUMN \"a `b`\" INT", schema, table));
}

/* A view that somebody has changed by hand, and one that he has dropped, are mended behind the fence; what is
 * as it should be is found so, also when a column's name needs quotes. */
static void mariadb_repairs_views(void **state G_GNUC_UNUSED)
{
    place of;
    place_begin(&of, PLACE_MARIADB, PLACE_MARIADB, true);
    repoint_store *store = place_open(&of);
    assert_verified(store, false, "\"views\":[]");
    g_autoptr(rp_db) db = place_connect(&of, true);
    run(db, g_strdup_printf("CREATE OR REPLACE VIEW %s.orders AS SELECT 'green' AS made_for", of.shop));
    run(db, g_strdup_printf("DROP VIEW %s.payments", of.shop));
    add_column_to_payments(db, &of);
    g_clear_pointer(&db, rp_db_close);
    assert_verified(store, true, "\"repaired\":true");
    assert_verified(store, false, "\"views\":[]");
    repoint_store_close(store);
    assert_int_equal(place_check(&of, "none", GREEN, "repaired"), BLUE);
    place_end(&of);
}

/* Who may not see the transactions of others is told by the plan. */
static void mariadb_says_when_old_readers_cannot_be_seen(void **state G_GNUC_UNUSED)
{
    repoint_error error = REPOINT_ERROR_INIT;
    place of;
    place_begin(&of, PLACE_MARIADB, PLACE_MARIADB, true);
    g_autoptr(rp_db) db = place_connect(&of, true);
    g_autofree char *user = g_strdup_printf("%.20s_ben", of.database);
    run(db, g_strdup_printf("CREATE USER %s@localhost", user));
    run(db, g_strdup_printf("GRANT ALL ON %s.* TO %s@localhost", of.schema, user));
    const char *server = strchr(g_getenv("REPOINT_TEST_MARIADB"), '@');
    g_autofree char *url = g_strconcat("mysql://", user, "@localhost/", of.schema, strchr(server, '?'), NULL);
    repoint_store_options options = place_options(&of);
    repoint_store *store = NULL;
    assert_ok(repoint_store_open(url, &options, &store, &error), &error);
    repoint_plan *plan = place_plan(&of, store, GREEN, NULL);
    char *json = repoint_plan_to_json(plan);
    assert_non_null(strstr(json, "needs the PROCESS privilege"));
    repoint_free(json);
    repoint_plan_free(plan);
    repoint_store_close(store);
    store = place_open(&of);
    plan = place_plan(&of, store, GREEN, NULL);
    json = repoint_plan_to_json(plan);
    assert_null(strstr(json, "needs the PROCESS privilege"));
    repoint_free(json);
    repoint_plan_free(plan);
    repoint_store_close(store);
    run(db, g_strdup_printf("DROP USER %s@localhost", user));
    g_clear_pointer(&db, rp_db_close);
    place_end(&of);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_fence_keeps_out_older_tokens_on_sqlite),
        cmocka_unit_test(the_fence_keeps_out_older_tokens_on_postgres),
        cmocka_unit_test(the_fence_keeps_out_older_tokens_on_duckdb),
        cmocka_unit_test(the_fence_keeps_out_older_tokens_on_mariadb),
        cmocka_unit_test(of_two_fences_the_one_that_was_passed_counts),
        cmocka_unit_test(a_copied_state_gets_past_the_tokens_of_its_original),
        cmocka_unit_test(a_plan_id_used_again_is_not_taken_for_done),
        cmocka_unit_test(a_record_of_somebody_else_is_not_shown_other_views),
        cmocka_unit_test(mariadb_waits_for_readers),
        cmocka_unit_test(mariadb_keeps_what_hangs_on_a_name),
        cmocka_unit_test(mariadb_repairs_views),
        cmocka_unit_test(mariadb_says_when_old_readers_cannot_be_seen),
    };
    if (g_file_test("/dev/shm", G_FILE_TEST_IS_DIR)) /* nothing here depends on a disk */
        g_setenv("TMPDIR", "/dev/shm", false);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
