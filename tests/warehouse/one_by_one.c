/*
 * A warehouse that changes views one after another: what readers may see then, and what is left of it.
 *
 * The deployments that end in the middle do so in a process of their own, which stops itself (SIGSTOP) when
 * it has changed its first view, or passed the fence after the last one, and is killed or woken then. The
 * database is the program's argument.
 */
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>

#include "db/sql.h"
#include "place.h"
#include "warehouse/views.h"

static place_kind kind;

/* Those whose views change by statements that commit. */
static bool has_transactions(void)
{
    return kind != PLACE_MARIADB;
}

static void begin(place *of, bool one)
{
    place_begin(of, kind, kind, one);
    of->one_by_one = true;
}

static void run(rp_db *db, char *sql)
{
    repoint_error error = REPOINT_ERROR_INIT;
    repoint_status status = rp_db_execute(db, sql, RP_NO_VALUES, NULL, &error);
    if (status != REPOINT_OK)
        fail_msg("%s: %s", sql, error.message);
    g_free(sql);
}

static void run_on(const place *of, char *sql)
{
    g_autoptr(rp_db) db = place_connect(of, true);
    run(db, sql);
}

/* The first column of all rows, one a line; g_free() */
static char *query(rp_db *db, const char *sql)
{
    repoint_error error = REPOINT_ERROR_INIT;
    GString *text = g_string_new(NULL);
    g_autoptr(rp_rows) rows = NULL;
    bool has_row = false;
    if (rp_db_query(db, sql, RP_NO_VALUES, &rows, &error) != REPOINT_OK)
        fail_msg("%s: %s", sql, error.message);
    for (;;) {
        assert_ok(rp_rows_next(rows, &has_row, &error), &error);
        if (!has_row)
            return g_string_free(text, FALSE);
        g_string_append_printf(text, "%s\n", rp_rows_text(rows, 0));
    }
}

/* "shop.orders" as this database spells it; g_free() */
static char *name_of(const place *of, const char *model)
{
    g_autoptr(rp_db) db = place_connect(of, true);
    rp_relation view = rp_relation_of(db, &(rp_name){.schema = of->shop, .table = (char *)model});
    char *name = rp_sql(db, "%n", view.schema, view.name);
    rp_relation_clear(&view);
    return name;
}

static char *status_of(place *of, const char *environment)
{
    repoint_error error = REPOINT_ERROR_INIT;
    repoint_store *store = place_open(of);
    char *json = NULL;
    assert_ok(repoint_deployment_status(store, environment, &json, &error), &error);
    repoint_store_close(store);
    return json;
}

/* ---- a deployment that stops between two views ---- */

typedef struct stopping {
    place *place;
    const char *environment;
    unsigned steps;
} stopping;

enum { FIRST_VIEW = 1, FENCE = 5 }; /* four views change, then the fence is passed */

static const place *place_of_trace;
static unsigned steps_left;
static bool has_changed_a_view;

static bool changes_a_view(const char *statement)
{
    return strstr(statement, place_of_trace->shop) != NULL && strstr(statement, "VIEW") != NULL &&
           strstr(statement, "__next") == NULL && strstr(statement, "__repoint_next") == NULL &&
           strstr(statement, "CREATE") != NULL;
}

static void stop_after_a_view(void *context G_GNUC_UNUSED, const char *statement,
                              double milliseconds G_GNUC_UNUSED, int64_t rows G_GNUC_UNUSED)
{
    has_changed_a_view = has_changed_a_view || changes_a_view(statement);
    bool is_step = has_transactions()
                       ? strcmp(statement, "COMMIT") == 0
                       : changes_a_view(statement) || strstr(statement, "RENAME TABLE") != NULL;
    if (has_changed_a_view && is_step && steps_left > 0 && --steps_left == 0)
        raise(SIGSTOP);
}

static repoint_plan *make_plan(repoint_store *store, const char *environment)
{
    repoint_error error = REPOINT_ERROR_INIT;
    repoint_plan_source source = {.from_environment = "green"};
    repoint_plan_options options = {.plan_id = "stopped"};
    repoint_plan *plan = NULL;
    assert_ok(repoint_plan_create(store, environment, &source, &options, &plan, &error), &error);
    return plan;
}

static int deploy_and_stop(void *context)
{
    const stopping *of = context;
    repoint_error error = REPOINT_ERROR_INIT;
    repoint_store_options options = place_options(of->place);
    repoint_store *store = NULL;
    repoint_deployment *deployment = NULL;
    prctl(PR_SET_PDEATHSIG, SIGKILL); /* should the test fail while it is stopped */
    place_of_trace = of->place;
    steps_left = of->steps;
    options.trace = stop_after_a_view;
    assert_ok(repoint_store_open(of->place->state_url, &options, &store, &error), &error);
    repoint_plan *plan = make_plan(store, of->environment);
    repoint_status status = repoint_deploy(store, plan, NULL, &deployment, &error);
    repoint_deployment_close(deployment);
    repoint_plan_free(plan);
    repoint_store_close(store);
    repoint_error_clear(&error);
    return (int)status;
}

/* The process, stopped after so many steps. */
static pid_t stop_after(place *of, const char *environment, unsigned steps)
{
    stopping it = {of, environment, steps};
    int status = 0;
    of->story.now += 1000;
    of->story.chance += UINT64_C(1) << 32;
    pid_t process = story_fork(deploy_and_stop, &it);
    assert_int_equal(waitpid(process, &status, WUNTRACED), process);
    assert_true(WIFSTOPPED(status));
    of->story.chance += UINT64_C(1) << 32;
    g_autofree char *json = status_of(of, environment);
    assert_non_null(strstr(json, "\"state\":\"switching\""));
    return process;
}

static void kill_after(place *of, const char *environment, unsigned steps)
{
    pid_t process = stop_after(of, environment, steps);
    assert_int_equal(kill(process, SIGKILL), 0);
    assert_int_equal(story_wait(process), -SIGKILL);
}

static repoint_status abandon(place *of, const char *environment, repoint_error *error)
{
    repoint_store *store = place_open(of);
    repoint_deployment *deployment = NULL;
    repoint_status status = repoint_deployment_open(store, environment, NULL, &deployment, error);
    if (status == REPOINT_OK)
        status = repoint_deployment_abandon(deployment, error);
    repoint_deployment_close(deployment);
    repoint_store_close(store);
    return status;
}

static repoint_status resume(place *of, const char *environment, repoint_error *error)
{
    repoint_store *store = place_open(of);
    repoint_deployment *deployment = NULL;
    repoint_status status = repoint_resume(store, environment, NULL, &deployment, error);
    repoint_deployment_close(deployment);
    repoint_store_close(store);
    return status;
}

/* ---- stories ---- */

static void it_says_so(void **state G_GNUC_UNUSED)
{
    place of;
    begin(&of, true);
    for (int i = 0; i < 2; i++) {
        of.one_by_one = i == 0;
        repoint_store *store = place_open(&of);
        repoint_plan *plan = place_plan(&of, store, GREEN, NULL);
        char *json = repoint_plan_to_json(plan);
        bool says = strstr(json, "changes views one by one: meanwhile readers may see new tables in some of "
                                 "the 4 views and old ones in others") != NULL;
        assert_int_equal(says, of.one_by_one);
        repoint_free(json);
        repoint_plan_free(plan);
        repoint_store_close(store);
    }
    place_end(&of);
}

/* There and back, and a view that somebody has changed by hand. */
static void deployments_are_what_they_are_elsewhere(void **state G_GNUC_UNUSED)
{
    repoint_error error = REPOINT_ERROR_INIT;
    place of;
    char *json = NULL;
    begin(&of, true);
    repoint_store *store = place_open(&of);
    repoint_plan *plan = place_plan(&of, store, GREEN, NULL);
    repoint_deployment *deployment = NULL;
    assert_ok(repoint_deploy(store, plan, NULL, &deployment, &error), &error);
    json = repoint_deployment_to_json(deployment);
    assert_non_null(strstr(json, "changes views one by one"));
    repoint_free(json);
    repoint_deployment_close(deployment);
    repoint_plan_free(plan);
    assert_int_equal(place_check(&of, "plan-2", GREEN, "deployed"), GREEN);

    g_autofree char *orders = name_of(&of, "orders"), *payments = name_of(&of, "payments");
    run_on(&of, g_strdup_printf("DROP VIEW %s", orders));
    run_on(&of, g_strdup_printf("DROP VIEW %s", payments));
    run_on(&of, g_strdup_printf("CREATE VIEW %s AS SELECT 'blue' AS made_for, 1 AS id", payments));
    assert_ok(repoint_verify(store, "prod", true, &json, &error), &error);
    assert_non_null(strstr(json, "\"repaired\":true"));
    repoint_free(json);
    assert_int_equal(place_check(&of, "none", BLUE, "repaired"), GREEN);

    plan = NULL;
    deployment = NULL;
    assert_ok(repoint_plan_rollback(store, "prod", 0, NULL, NULL, &plan, &error), &error);
    assert_ok(repoint_deploy(store, plan, NULL, &deployment, &error), &error);
    repoint_deployment_close(deployment);
    repoint_plan_free(plan);
    assert_ok(repoint_release(store, "prod", NULL, &error), &error);
    repoint_store_close(store);
    assert_int_equal(place_check(&of, "none", GREEN, "rolled back"), BLUE);
    place_end(&of);
}

static void killed_between_views_it_is_finished(void **state G_GNUC_UNUSED)
{
    repoint_error error = REPOINT_ERROR_INIT;
    for (int one = 0; one < 2; one++) {
        place of;
        if (!one && kind == PLACE_MARIADB) /* one server, whose schemas are the same in both */
            continue;
        begin(&of, one);
        kill_after(&of, "prod", FIRST_VIEW);
        assert_true(place_is_mixed(&of));
        assert_ok(resume(&of, "prod", &error), &error);
        assert_int_equal(place_check(&of, "stopped", GREEN, "resumed"), GREEN);
        place_end(&of);
    }
}

static void killed_between_views_it_is_taken_back(void **state G_GNUC_UNUSED)
{
    repoint_error error = REPOINT_ERROR_INIT;
    place of;
    begin(&of, true);
    kill_after(&of, "prod", FIRST_VIEW);
    assert_true(place_is_mixed(&of));
    assert_ok(abandon(&of, "prod", &error), &error);
    assert_int_equal(place_check(&of, "stopped", GREEN, "abandoned"), BLUE);
    place_deploy(&of, GREEN);
    assert_int_equal(place_check(&of, "plan-2", GREEN, "deployed"), GREEN);
    place_end(&of);
}

/* Readers see the new release: there is nothing to be taken back any more. */
static void killed_after_the_last_view_it_can_only_go_on(void **state G_GNUC_UNUSED)
{
    repoint_error error = REPOINT_ERROR_INIT;
    place of;
    begin(&of, true);
    kill_after(&of, "prod", FENCE);
    assert_int_equal(place_look(&of, "killed"), GREEN);
    assert_int_equal(abandon(&of, "prod", &error), REPOINT_REFUSED);
    repoint_error_clear(&error);
    assert_ok(resume(&of, "prod", &error), &error);
    assert_int_equal(place_check(&of, "stopped", GREEN, "resumed"), GREEN);
    place_end(&of);
}

static unsigned count_views_of_staging(const place *of)
{
    g_autoptr(rp_db) db = place_connect(of, true);
    g_autofree char *schema = g_strconcat(of->shop, "__staging", NULL);
    g_autofree char *start = g_strconcat(schema, ".%", NULL);
    g_autofree char *sql =
        rp_sql(db, "SELECT o.name FROM %o o WHERE o.type = 'view' AND (o.schema_name = %l OR o.name LIKE %l)",
               schema, start);
    g_autofree char *names = query(db, sql);
    unsigned count = 0;
    for (const char *at = names; (at = strchr(at, '\n')) != NULL; at++)
        count++;
    return count;
}

/* Of a new environment nothing is left. */
static void a_new_environment_is_taken_back(void **state G_GNUC_UNUSED)
{
    repoint_error error = REPOINT_ERROR_INIT;
    repoint_environment *staging = NULL;
    place of;
    begin(&of, true);
    kill_after(&of, "staging", FIRST_VIEW);
    assert_true(count_views_of_staging(&of) > 0);
    assert_ok(abandon(&of, "staging", &error), &error);
    assert_int_equal(count_views_of_staging(&of), 0);
    repoint_store *store = place_open(&of);
    assert_int_equal(repoint_environment_get(store, "staging", &staging, &error), REPOINT_NOT_FOUND);
    repoint_error_clear(&error);
    repoint_store_close(store);
    if (kind == PLACE_MARIADB) /* where the place is not a database of its own */
        run_on(&of, g_strdup_printf("DROP SCHEMA %s__staging", of.shop));
    place_end(&of);
}

/* Whoever comes next does not know how the views were being changed; the fence does. */
static void the_manner_is_another_one_afterwards(void **state G_GNUC_UNUSED)
{
    repoint_error error = REPOINT_ERROR_INIT;
    for (int goes_on = 0; goes_on < 2; goes_on++) {
        place of;
        begin(&of, true);
        kill_after(&of, "prod", FIRST_VIEW);
        of.one_by_one = false;
        if (has_transactions()) { /* together they would change with the state */
            assert_int_equal(goes_on ? resume(&of, "prod", &error) : abandon(&of, "prod", &error),
                             REPOINT_REFUSED);
            assert_non_null(strstr(error.hint, "--warehouse-views"));
            repoint_error_clear(&error);
            assert_true(place_is_mixed(&of));
            of.one_by_one = true;
        }
        assert_ok(goes_on ? resume(&of, "prod", &error) : abandon(&of, "prod", &error), &error);
        assert_int_equal(place_check(&of, "stopped", GREEN, "after another manner"), goes_on ? GREEN : BLUE);
        place_end(&of);
    }
}

static void in_another_database_too(void **state G_GNUC_UNUSED)
{
    repoint_error error = REPOINT_ERROR_INIT;
    for (int goes_on = 0; goes_on < 2 && has_transactions(); goes_on++) {
        place of;
        begin(&of, false);
        kill_after(&of, "prod", FIRST_VIEW);
        of.one_by_one = false;
        assert_ok(goes_on ? resume(&of, "prod", &error) : abandon(&of, "prod", &error), &error);
        assert_int_equal(place_check(&of, "stopped", GREEN, "after another manner"), goes_on ? GREEN : BLUE);
        place_end(&of);
    }
}

/* Stopped past his lease, he has lost it to somebody who finishes his work and deploys something else. */
static void who_lost_the_lease_changes_no_further_view(void **state G_GNUC_UNUSED)
{
    repoint_error error = REPOINT_ERROR_INIT;
    for (int goes_on = 0; goes_on < 2; goes_on++) {
        place of;
        begin(&of, true);
        pid_t process = stop_after(&of, "prod", FIRST_VIEW);
        place_expire_lease(&of);
        assert_ok(goes_on ? resume(&of, "prod", &error) : abandon(&of, "prod", &error), &error);
        place_deploy(&of, goes_on ? BLUE : GREEN);
        g_autofree char *before = place_dump(&of);
        assert_int_equal(kill(process, SIGCONT), 0);
        assert_int_equal(story_wait(process), REPOINT_CONFLICT);
        g_autofree char *after = place_dump(&of);
        assert_string_equal(before, after);
        assert_int_equal(place_look(&of, "woken"), goes_on ? BLUE : GREEN);
        place_end(&of);
    }
}

/* ---- readers in the way, on servers ---- */

/* Holds the view that is third in order. */
static rp_db *hold_payments(const place *of)
{
    g_autofree char *payments = name_of(of, "payments");
    g_autofree char *sql = g_strdup_printf("SELECT made_for FROM %s", payments);
    rp_db *db = place_connect(of, true);
    run(db, g_strdup("START TRANSACTION")); /* a snapshot for each statement */
    g_autofree char *read = query(db, sql);
    assert_string_equal(read, "blue\n");
    return db;
}

/* What cannot be finished in time is taken back: nothing has changed then. */
static void a_reader_in_the_way_gets_the_old_views_back(void **state G_GNUC_UNUSED)
{
    repoint_error error = REPOINT_ERROR_INIT;
    place of;
    if (kind != PLACE_POSTGRES && kind != PLACE_MARIADB)
        return;
    begin(&of, true);
    rp_db *reader = hold_payments(&of);
    repoint_store *store = place_open(&of);
    repoint_plan *plan = place_plan(&of, store, GREEN, NULL);
    repoint_deployment *deployment = NULL;
    repoint_deploy_options options = {.cutover_timeout_seconds = 0.3};
    assert_int_equal(repoint_deploy(store, plan, &options, &deployment, &error), REPOINT_BUSY);
    repoint_error_clear(&error);
    assert_string_equal(repoint_deployment_state(deployment), "checked");
    assert_int_equal(place_look(&of, "given up"), BLUE);
    rp_db_close(reader);
    assert_ok(repoint_deployment_cutover(deployment, &error), &error);
    repoint_deployment_close(deployment);
    repoint_plan_free(plan);
    repoint_store_close(store);
    assert_int_equal(place_check(&of, "plan-2", GREEN, "deployed"), GREEN);
    place_end(&of);
}

/* ---- other people's views, on PostgreSQL ---- */

/* A view that has to be made anew, and somebody's view on top of it, change together. */
static void what_others_built_on_it_changes_with_it(void **state G_GNUC_UNUSED)
{
    place of;
    if (kind != PLACE_POSTGRES)
        return;
    begin(&of, true);
    g_autofree char *orders = name_of(&of, "orders"), *customers = name_of(&of, "customers");
    g_autoptr(rp_db) db = place_connect(&of, true);
    g_autofree char *find = g_strdup_printf("SELECT n.nspname || '.' || c.relname FROM pg_class c JOIN"
                                            " pg_namespace n ON n.oid = c.relnamespace WHERE n.nspname ="
                                            " 'sqlmesh__%s' AND c.relname LIKE '%%orders\\_\\_2002'",
                                            of.shop);
    g_autofree char *table = query(db, find);
    g_strchomp(table);
    run(db, g_strdup_printf("DROP TABLE %s", table));
    run(db, g_strdup_printf("CREATE TABLE %s AS SELECT 1 AS id, 'green'::TEXT AS made_for", table));
    run(db, g_strdup_printf("CREATE VIEW %s.hers AS SELECT o.made_for || c.made_for AS both_of_them"
                            " FROM %s o JOIN %s c ON o.id = c.id",
                            of.shop, orders, customers));
    place_deploy(&of, GREEN);
    g_autofree char *sql = g_strdup_printf("SELECT both_of_them FROM %s.hers", of.shop);
    g_autofree char *hers = query(db, sql);
    assert_string_equal(hers, "greengreen\n");
    g_clear_pointer(&db, rp_db_close);
    assert_int_equal(place_check(&of, "plan-2", GREEN, "deployed"), GREEN);
    place_end(&of);
}

int main(int argc, char **argv)
{
    static const char *const names[] = {
        [PLACE_SQLITE] = "sqlite",
        [PLACE_POSTGRES] = "postgres",
        [PLACE_MARIADB] = "mariadb",
        [PLACE_DUCKDB] = "duckdb",
    };
    const struct CMUnitTest for_all[] = {
        cmocka_unit_test(it_says_so),
        cmocka_unit_test(deployments_are_what_they_are_elsewhere),
    };
    const struct CMUnitTest with_processes[] = {
        cmocka_unit_test(killed_between_views_it_is_finished),
        cmocka_unit_test(killed_between_views_it_is_taken_back),
        cmocka_unit_test(killed_after_the_last_view_it_can_only_go_on),
        cmocka_unit_test(a_new_environment_is_taken_back),
        cmocka_unit_test(the_manner_is_another_one_afterwards),
        cmocka_unit_test(in_another_database_too),
        cmocka_unit_test(who_lost_the_lease_changes_no_further_view),
        cmocka_unit_test(a_reader_in_the_way_gets_the_old_views_back),
        cmocka_unit_test(what_others_built_on_it_changes_with_it),
    };
    for (size_t i = 0; argc > 1 && i < G_N_ELEMENTS(names); i++)
        kind = strcmp(argv[1], names[i]) == 0 ? (place_kind)i : kind;
    if (argc > 2)
        cmocka_set_test_filter(argv[2]);
    int failed = cmocka_run_group_tests(for_all, NULL, NULL);
    if (kind != PLACE_DUCKDB) /* whose file one process has for itself */
        failed += cmocka_run_group_tests(with_processes, NULL, NULL);
    return failed;
}
