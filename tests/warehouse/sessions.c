/*
 * Deployments among the sessions of others on PostgreSQL: readers with old snapshots, readers that do not go
 * away, a deployer that hangs, and a server with too little room for locks.
 */
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "db/db.h"
#include "db/trace.h"
#include "server.h"
#include "warehouse/readers.h"
#include "warehouse/views.h"

static rp_db *open_db(const server *on)
{
    repoint_error error = REPOINT_ERROR_INIT;
    rp_db *db = NULL;
    assert_ok(rp_db_open(on->url, &(rp_db_options){.busy_seconds = 30}, &db, &error), &error);
    return db;
}

/* ---- old snapshots ---- */

static char *take_mark(rp_db *db)
{
    repoint_error error = REPOINT_ERROR_INIT;
    char *mark = NULL;
    assert_ok(rp_data_mark_take(db, &mark, &error), &error);
    return mark;
}

static void assert_nobody_old(rp_db *db, const char *mark)
{
    repoint_error error = REPOINT_ERROR_INIT;
    assert_ok(rp_data_mark_check(db, mark, &error), &error);
}

static void assert_old(rp_db *db, const char *mark, const char *said)
{
    repoint_error error = REPOINT_ERROR_INIT;
    assert_int_equal(rp_data_mark_check(db, mark, &error), REPOINT_BUSY);
    if (strstr(error.message, said) == NULL)
        fail_msg("\"%s\" is not in: %s", said, error.message);
    repoint_error_clear(&error);
}

#define READ_ONCE "BEGIN ISOLATION LEVEL REPEATABLE READ; SELECT count(*) FROM pg_class"

static void a_reader_older_than_the_rows_is_waited_for(void **state)
{
    server *on = *state;
    g_autoptr(rp_db) db = open_db(on);
    PGconn *reader = server_connect(on, NULL);
    run_on(reader, READ_ONCE);
    g_autofree char *mark = take_mark(db);
    g_autofree char *said = g_strdup_printf("process %d of user", PQbackendPID(reader));
    assert_old(db, mark, said);
    run_on(reader, "COMMIT; " READ_ONCE);
    assert_nobody_old(db, mark);
    PQfinish(reader);
}

/* Our own transaction has an id from before everything that others do meanwhile. */
static void it_is_seen_from_inside_a_long_transaction(void **state)
{
    server *on = *state;
    repoint_error error = REPOINT_ERROR_INIT;
    g_autoptr(rp_db) db = open_db(on);
    server_run(on, "CREATE TABLE bi.counter (n int)");
    PGconn *reader = server_connect(on, NULL);
    run_on(reader, READ_ONCE);
    g_autofree char *mark = take_mark(db);
    assert_ok(rp_db_begin(db, RP_DB_WRITE, &error), &error);
    assert_ok(rp_db_execute(db, "INSERT INTO bi.counter VALUES (0)", RP_NO_VALUES, NULL, &error), &error);
    for (int i = 0; i < 50; i++)
        server_run(on, "INSERT INTO bi.counter VALUES (1)");
    assert_old(db, mark, "has read for");
    rp_db_rollback(db);
    PQfinish(reader);
}

/* Whoever comes after the mark sees the rows, however long somebody else has been writing. */
static void a_long_writer_stops_nobody(void **state)
{
    server *on = *state;
    g_autoptr(rp_db) db = open_db(on);
    server_run(on, "CREATE TABLE bi.counter (n int)");
    PGconn *before = server_connect(on, NULL), *after = server_connect(on, NULL);
    PGconn *reader = server_connect(on, NULL);
    run_on(before, "BEGIN; INSERT INTO bi.counter VALUES (1)");
    g_autofree char *mark = take_mark(db);
    run_on(after, "BEGIN; INSERT INTO bi.counter VALUES (2)");
    g_auto(GStrv) parts = g_strsplit(mark, " ", 2);
    g_autofree char *ask =
        g_strdup_printf("SELECT extract(epoch FROM clock_timestamp()) * 1000 > %s + 2", parts[1]);
    for (g_autofree char *is_later = NULL; g_strcmp0(is_later, "t") != 0;) {
        g_free(is_later);
        is_later = server_ask(on, ask);
    }
    run_on(reader, READ_ONCE);
    assert_nobody_old(db, mark);
    PQfinish(before);
    PQfinish(after);
    PQfinish(reader);
}

static void a_prepared_transaction_counts(void **state)
{
    server *on = *state;
    g_autofree char *room = server_ask(on, "SHOW max_prepared_transactions");
    if (strcmp(room, "0") == 0) {
        printf("skipped: max_prepared_transactions is 0\n");
        return;
    }
    g_autoptr(rp_db) db = open_db(on);
    server_run(on, "CREATE TABLE bi.counter (n int); BEGIN; INSERT INTO bi.counter VALUES (1);");
    g_autofree char *prepare = g_strdup_printf("PREPARE TRANSACTION 'load %s'", on->name);
    g_autofree char *said = g_strdup_printf("prepared transaction load %s", on->name);
    g_autofree char *undo = g_strdup_printf("ROLLBACK PREPARED 'load %s'", on->name);
    server_run(on, prepare);
    g_autofree char *mark = take_mark(db);
    assert_old(db, mark, said);
    server_run(on, undo);
    assert_nobody_old(db, mark);
}

/* Of the sessions of others a role may see that they are there, not since when. */
static void a_reader_whom_we_may_not_look_at_counts(void **state)
{
    server *on = *state;
    server_role(on, "deployer");
    g_autofree char *as = g_strdup_printf("ALTER DATABASE \"%s\" SET role = '$deployer'", on->name);
    server_run(on, as);
    g_autoptr(rp_db) db = open_db(on);
    PGconn *reader = server_connect(on, NULL);
    run_on(reader, "RESET ROLE; " READ_ONCE);
    g_autofree char *mark = take_mark(db);
    assert_old(db, mark, "since a time unknown");
    PQfinish(reader);
}

/* ---- who is in the way ---- */

static void given_orders(server *on)
{
    for (unsigned version = 1; version <= 2; version++) {
        server_given_table(on, "orders", version, "id int");
        server_given_snapshot(on, "orders", version, "");
    }
    server_run(on, "INSERT INTO sqlmesh__shop.shop__orders__1 VALUES (1);"
                   "INSERT INTO sqlmesh__shop.shop__orders__2 VALUES (2)");
    server_deploy(on, "orders:1");
}

static void who_stays_in_the_way_is_named(void **state)
{
    server *on = *state;
    given_orders(on);
    repoint_error error = REPOINT_ERROR_INIT;
    PGconn *reader = server_connect(on, NULL);
    run_on(reader, "SET application_name = 'the dashboard'; BEGIN; SELECT * FROM shop.orders");
    repoint_plan *plan = NULL;
    repoint_deployment *deployment = NULL;
    repoint_deploy_options how = {.cutover_timeout_seconds = 0.3};
    assert_ok(server_plan(on, "prod", "orders:2", NULL, &plan, &error), &error);
    assert_int_equal(repoint_deploy(on->store, plan, &how, &deployment, &error), REPOINT_BUSY);
    g_autofree char *said = g_strdup_printf("process %d of user repoint (the dashboard, idle in transaction,"
                                            " in a transaction for",
                                            PQbackendPID(reader));
    if (strstr(error.message, said) == NULL || strstr(error.message, ": shop.orders") == NULL)
        fail_msg("\"%s\" is not in: %s", said, error.message);
    repoint_error_clear(&error);
    assert_answer(on, "SELECT id FROM shop.orders", "1");
    run_on(reader, "COMMIT");
    assert_ok(repoint_deployment_cutover(deployment, &error), &error);
    assert_answer(on, "SELECT id FROM shop.orders", "2");
    repoint_deployment_close(deployment);
    repoint_plan_free(plan);
    PQfinish(reader);
}

/* ---- a deployer that hangs ---- */

static struct {
    bool is_locked;
    bool has_hung;
} hangs; /* of the child, whose context is the story's */

/* Stops this process at the first statement after the locks. */
static void stop_between_lock_and_commit(void *context, const char *statement, double milliseconds,
                                         int64_t rows)
{
    (void)context, (void)milliseconds, (void)rows;
    if (strstr(statement, "ALTER VIEW \"shop\".\"orders\" SET SCHEMA") != NULL)
        hangs.is_locked = true;
    else if (hangs.is_locked && !hangs.has_hung) {
        hangs.has_hung = true;
        raise(SIGSTOP);
    }
}

static int deploy_and_hang(void *context)
{
    server *on = context;
    repoint_store_options options = story_options(&on->of);
    options.trace = stop_between_lock_and_commit;
    repoint_error error = REPOINT_ERROR_INIT;
    if (repoint_store_open(on->url, &options, &on->store, &error) != REPOINT_OK)
        return 90;
    repoint_status status = server_try(on, "orders:2", NULL, &error);
    return status == REPOINT_OK ? 91 : (int)status;
}

/* Given a deployer that is stopped while it holds all views, readers go on soon, and nothing has changed. */
static void a_deployer_that_hangs_holds_nobody_up(void **state)
{
    server *on = *state;
    given_orders(on);
    repoint_store_close(on->store);
    on->store = NULL;
    pid_t deployer = story_fork(deploy_and_hang, on);
    int how = 0;
    assert_int_equal(waitpid(deployer, &how, WUNTRACED), deployer);
    assert_true(WIFSTOPPED(how));
    PGconn *reader = server_connect(on, NULL);
    run_on(reader, "SET statement_timeout = '30s'");
    g_autofree char *seen = ask_on(reader, "SELECT id FROM shop.orders");
    assert_string_equal(seen, "1");
    kill(deployer, SIGCONT);
    int code = story_wait(deployer);
    assert_int_not_equal(code, 91);
    assert_int_not_equal(code, 90);
    assert_answer(on, "SELECT id FROM shop.orders", "1");
    assert_answer(on, "SELECT plan_id FROM sqlmesh._environments WHERE name = 'prod'", "plan-1");
    server_reopen(on);
    PQfinish(reader);
}

/* ---- many views ---- */

static unsigned queries;

static void count_queries(void *context, const char *statement, double milliseconds, int64_t rows)
{
    (void)context, (void)statement, (void)milliseconds, (void)rows;
    queries++;
}

static repoint_environment *prod_of(unsigned count)
{
    g_autoptr(GPtrArray) snapshots = g_ptr_array_new_with_free_func((GDestroyNotify)repoint_snapshot_free);
    for (unsigned i = 0; i < count; i++) {
        g_autofree char *model = g_strdup_printf("m%u", i);
        g_ptr_array_add(snapshots, story_snapshot(model, 1, 1, 1));
    }
    return story_record("prod", "plan-1", NULL, (repoint_snapshot *const *)snapshots->pdata, snapshots->len);
}

static bool reads_version(void *context, const repoint_table *table)
{
    (void)context, (void)table;
    return false;
}

static void compare_prod(rp_db *db, const repoint_environment *prod, GPtrArray *obstacles,
                         GPtrArray **ret_changes)
{
    repoint_error error = REPOINT_ERROR_INIT;
    g_autoptr(GPtrArray) warnings = g_ptr_array_new_with_free_func(g_free);
    rp_view_request request = {.planned = prod, .source = {.reads_dev_table = reads_version}};
    rp_findings findings = {obstacles, warnings};
    assert_ok(rp_views_compare(db, &request, &findings, ret_changes, &error), &error);
}

static void a_server_without_room_for_locks_is_in_the_way(void **state)
{
    server *on = *state;
    g_autoptr(rp_db) db = open_db(on);
    repoint_environment *prod = prod_of(5000);
    g_autoptr(GPtrArray) obstacles = rp_obstacles_new(), changes = NULL;
    compare_prod(db, prod, obstacles, &changes);
    const rp_obstacle *last = g_ptr_array_index(obstacles, obstacles->len - 1);
    assert_string_equal(last->name, "max_locks_per_transaction");
    assert_non_null(strstr(last->message, "the change takes 10000 locks"));
    assert_int_equal(obstacles->len, 5001); /* no table is there */
    repoint_environment_free(prod);
}

/* Fifteen hundred views in one message, and looked at in as many queries as one. */
static void many_views_take_no_more_messages_than_one(void **state)
{
    enum { MANY = 1500 };
    server *on = *state;
    repoint_error error = REPOINT_ERROR_INIT;
    g_autofree char *tables = g_strdup_printf(
        "DO $$ BEGIN FOR i IN 0..%d LOOP EXECUTE format('CREATE TABLE sqlmesh__shop.shop__m%%s__1 (id int)',"
        " i); IF i %% 500 = 0 THEN COMMIT; END IF; END LOOP; END $$",
        MANY - 1);
    server_run(on, tables);
    g_autoptr(rp_db) db = rp_trace_wrap(open_db(on), count_queries, NULL);
    repoint_environment *prod = prod_of(MANY), *small = prod_of(1);
    g_autoptr(GPtrArray) obstacles = rp_obstacles_new(), changes = NULL, again = NULL, one = NULL;
    compare_prod(db, prod, obstacles, &changes);
    assert_int_equal(obstacles->len, 0);
    assert_int_equal(changes->len, MANY);
    assert_ok(rp_db_begin(db, RP_DB_WRITE, &error), &error);
    assert_ok(rp_views_create_schemas(db, changes, &error), &error);
    assert_ok(rp_views_apply(db, changes, &error), &error);
    assert_ok(rp_db_commit(db, &error), &error);
    queries = 0;
    compare_prod(db, prod, obstacles, &again);
    unsigned for_many = queries;
    for (guint i = 0; i < again->len; i++)
        assert_int_equal(((rp_view_change *)g_ptr_array_index(again, i))->action, RP_VIEW_KEEP);
    queries = 0;
    compare_prod(db, small, obstacles, &one);
    assert_int_equal(queries, for_many);
    repoint_environment_free(prod);
    repoint_environment_free(small);
}

int main(void)
{
    if (server_url() == NULL) {
        printf("skipped: REPOINT_TEST_POSTGRES is not set: no PostgreSQL to test with\n");
        return 77;
    }
    const struct CMUnitTest tests[] = {
        SERVER_TEST(a_reader_older_than_the_rows_is_waited_for),
        SERVER_TEST(it_is_seen_from_inside_a_long_transaction),
        SERVER_TEST(a_long_writer_stops_nobody),
        SERVER_TEST(a_prepared_transaction_counts),
        SERVER_TEST(a_reader_whom_we_may_not_look_at_counts),
        SERVER_TEST(who_stays_in_the_way_is_named),
        SERVER_TEST(a_deployer_that_hangs_holds_nobody_up),
        SERVER_TEST(a_server_without_room_for_locks_is_in_the_way),
        SERVER_TEST(many_views_take_no_more_messages_than_one),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
