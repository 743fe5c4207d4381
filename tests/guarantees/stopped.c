/*
 * Guarantee 6: who has lost his lease changes nothing, at whatever statement he was stopped.
 *
 * A process that deploys stops itself (SIGSTOP) after its 1st statement, its 2nd, and so on. The time of its
 * lease passes; somebody else takes back, or finishes, what it had begun, and deploys the other release. Then
 * the process goes on: it must end without having changed anything, in the state and in the warehouse.
 *
 * Who is stopped inside a transaction holds its locks. A server ends such a session after a while, which is
 * made to happen at once here; with a file nobody else can write until the process goes on, and then it is
 * the one who has the lease.
 */
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "db/sql.h"
#include "place.h"

typedef struct sweep {
    place place;
    release shown;
    release target;
    unsigned at;   /* the statement after which it stops */
    bool abandons; /* who takes over takes back what was begun, rather than finishing it */
    /* Shared: the numbers of the process's connections to state and warehouse, where they have any; and how
     * many transactions it is in. */
    int64_t *connections;
    unsigned stopped;
    unsigned in_the_way; /* stopped where nobody else could write */
    unsigned too_late;   /* stopped when its deployment was done already */
} sweep;

/* ---- the process that stops ---- */

static unsigned statements_left;
static int64_t *transactions;

static void stop_when_it_is_time(void *context G_GNUC_UNUSED, const char *statement,
                                 double milliseconds G_GNUC_UNUSED, int64_t rows G_GNUC_UNUSED)
{
    if (g_str_has_prefix(statement, "BEGIN"))
        (*transactions)++;
    if (g_str_has_prefix(statement, "COMMIT") || g_str_has_prefix(statement, "ROLLBACK"))
        *transactions = 0;
    if (statements_left > 0 && --statements_left == 0)
        raise(SIGSTOP);
}

static bool is_server(place_kind kind)
{
    return kind == PLACE_POSTGRES || kind == PLACE_MARIADB;
}

static int64_t number_of(rp_db *db, place_kind kind)
{
    repoint_error error = REPOINT_ERROR_INIT;
    g_autoptr(rp_rows) rows = NULL;
    bool has_row = false;
    if (!is_server(kind))
        return 0;
    assert_ok(rp_db_query(db, kind == PLACE_POSTGRES ? "SELECT pg_backend_pid()" : "SELECT CONNECTION_ID()",
                          RP_NO_VALUES, &rows, &error),
              &error);
    assert_ok(rp_rows_next(rows, &has_row, &error), &error);
    return rp_rows_integer(rows, 0, 0);
}

static int deploy(void *context)
{
    sweep *of = context;
    repoint_error error = REPOINT_ERROR_INIT;
    repoint_store_options options = place_options(&of->place);
    repoint_store *store = NULL;
    rp_db *warehouse = NULL;
    repoint_deployment *deployment = NULL;
    transactions = &of->connections[2];
    options.trace = stop_when_it_is_time;
    assert_ok(repoint_store_open(of->place.state_url, &options, &store, &error), &error);
    assert_ok(rp_store_warehouse(store, &warehouse, &error), &error);
    repoint_plan *plan = place_plan(&of->place, store, of->target, NULL);
    of->connections[0] = number_of(store->db, of->place.kinds[0]);
    of->connections[1] = number_of(warehouse, of->place.kinds[1]);
    statements_left = of->at;
    *transactions = 0;
    repoint_status status = repoint_deploy(store, plan, NULL, &deployment, &error);
    repoint_deployment_close(deployment);
    statements_left = 0;
    repoint_plan_free(plan);
    repoint_store_close(store);
    repoint_error_clear(&error);
    return status == REPOINT_OK ? 0 : 1;
}

/* ---- meanwhile ---- */

/* What the server's own time-out for sessions that are silent inside a transaction does. */
static void end_session(const sweep *of, int which)
{
    repoint_error error = REPOINT_ERROR_INIT;
    int64_t number = of->connections[which];
    g_autoptr(rp_db) db = place_connect(&of->place, which == 1);
    g_autoptr(rp_rows) rows = NULL;
    g_autofree char *kill_it = g_strdup_printf("KILL %" G_GINT64_FORMAT, number);
    bool has_row = false;
    if (of->place.kinds[which] == PLACE_MARIADB) { /* which does not tell, but with a delay */
        if (of->connections[2] > 0)
            assert_ok(rp_db_execute(db, kill_it, RP_NO_VALUES, NULL, &error), &error);
        return;
    }
    assert_ok(rp_db_query(db,
                          "SELECT pg_terminate_backend(pid, 10000) FROM pg_stat_activity WHERE pid = ?1"
                          " AND state LIKE 'idle in transaction%'",
                          RP_VALUES(rp_db_integer(number)), &rows, &error),
              &error);
    assert_ok(rp_rows_next(rows, &has_row, &error), &error);
}

static bool can_write(const sweep *of, bool to_warehouse)
{
    g_autoptr(rp_db) db = NULL;
    rp_db_options options = {.busy_seconds = 0.001};
    const char *url = to_warehouse ? of->place.warehouse_url : of->place.state_url;
    if (url == NULL || is_server(of->place.kinds[to_warehouse]))
        return true;
    assert_int_equal(rp_db_open(url, &options, &db, NULL), REPOINT_OK);
    repoint_status status = rp_db_begin(db, RP_DB_WRITE, NULL);
    rp_db_rollback(db);
    return status == REPOINT_OK;
}

static release other(release of)
{
    return of == BLUE ? GREEN : BLUE;
}

/* Somebody else ends what is open, and deploys what prod does not show then. */
static void take_over(sweep *of)
{
    for (int i = 0; i < 2; i++) {
        bool is_same = i == 1 && of->place.warehouse_url == NULL;
        if (is_server(of->place.kinds[i]) && !is_same)
            end_session(of, i);
    }
    place_expire_lease(&of->place);
    of->place.deployments += 10; /* not the ids of the other process */
    place_recover(&of->place, of->abandons);
    release found = place_look(&of->place, "after the recovery");
    of->too_late += found == of->target;
    place_deploy(&of->place, other(found));
    of->shown = other(found);
}

/* ---- each statement ---- */

static void check_changed_nothing(const sweep *of, const char *before)
{
    g_autofree char *after = place_dump(&of->place);
    g_autofree char *difference = story_difference(before, after);
    if (difference != NULL)
        fail_msg("stopped after statement %u, then woken after a%s, it has changed:\n%s", of->at,
                 of->abandons ? "n abandon" : " resume", difference);
}

/* The process is stopped: what others do now, and what it does afterwards. */
static void while_it_sleeps(sweep *of, pid_t process)
{
    bool in_the_way = !can_write(of, false) || !can_write(of, true);
    g_autofree char *before = NULL;
    of->stopped++;
    of->in_the_way += in_the_way;
    if (!in_the_way) {
        take_over(of);
        before = place_dump(&of->place);
    }
    assert_int_equal(kill(process, SIGCONT), 0);
    int end = story_wait(process);
    if (in_the_way) {
        assert_int_equal(end, 0);
        of->shown = of->target;
    } else {
        assert_true(end == 0 || end == 1);
        check_changed_nothing(of, before);
    }
}

/* Returns false when there are fewer statements than that. */
static bool stop_once(sweep *of)
{
    int status = 0;
    of->target = other(of->shown);
    of->place.story.now += 1000;
    of->place.deployments += 10;
    of->place.story.chance += UINT64_C(1) << 32; /* a process that is forked draws what we draw */
    pid_t process = story_fork(deploy, of);
    assert_int_equal(waitpid(process, &status, WUNTRACED), process);
    of->place.story.chance += UINT64_C(1) << 32;
    if (!WIFSTOPPED(status)) {
        assert_true(WIFEXITED(status) && WEXITSTATUS(status) == 0);
        of->shown = of->target;
        return false;
    }
    while_it_sleeps(of, process);
    return true;
}

/* Every day one of `parts` parts of the statements. */
static void stop_views_everywhere(const char *name, place_kind state, place_kind warehouse, bool one,
                                  bool one_by_one, unsigned parts)
{
    sweep of = {.shown = BLUE};
    uint64_t chance = story_seed(name);
    unsigned stride = parts / story_count(1, parts, "parts of the statements");
    place_begin(&of.place, state, warehouse, one);
    of.place.one_by_one = one_by_one;
    of.connections = story_share(3 * sizeof(int64_t));
    for (int i = 0; i < 2; i++) {
        of.abandons = i == 1;
        for (of.at = 1 + (unsigned)story_below(&chance, stride); stop_once(&of); of.at += stride)
            ;
    }
    printf(
        "%s: stopped after %u statements; %u times nobody else could write; %u times it was done already\n",
        name, of.stopped, of.in_the_way, of.too_late);
    assert_true(of.stopped > 0 && of.in_the_way < of.stopped);
    story_unshare(of.connections, 3 * sizeof(int64_t));
    place_end(&of.place);
}

static void stop_everywhere(const char *name, place_kind state, place_kind warehouse, bool one,
                            unsigned parts)
{
    stop_views_everywhere(name, state, warehouse, one, false, parts);
}

static void sqlite_alone(void **state G_GNUC_UNUSED)
{
    stop_everywhere("sqlite", PLACE_SQLITE, PLACE_SQLITE, true, 1);
}

static void sqlite_and_sqlite(void **state G_GNUC_UNUSED)
{
    stop_everywhere("sqlite and sqlite", PLACE_SQLITE, PLACE_SQLITE, false, 1);
}

static void postgres_alone(void **state G_GNUC_UNUSED)
{
    stop_everywhere("postgres", PLACE_POSTGRES, PLACE_POSTGRES, true, 4);
}

static void postgres_and_postgres(void **state G_GNUC_UNUSED)
{
    stop_everywhere("postgres and postgres", PLACE_POSTGRES, PLACE_POSTGRES, false, 4);
}

static void mariadb_alone(void **state G_GNUC_UNUSED)
{
    stop_everywhere("mariadb", PLACE_MARIADB, PLACE_MARIADB, true, 12);
}

static void mariadb_and_postgres(void **state G_GNUC_UNUSED)
{
    stop_everywhere("mariadb and postgres", PLACE_MARIADB, PLACE_POSTGRES, false, 8);
}

static void sqlite_one_by_one(void **state G_GNUC_UNUSED)
{
    stop_views_everywhere("sqlite, one by one", PLACE_SQLITE, PLACE_SQLITE, true, true, 1);
}

/* Each view in a transaction that holds the fence. On MariaDB there is none, and no such promise. */
static void postgres_one_by_one(void **state G_GNUC_UNUSED)
{
    stop_views_everywhere("postgres, one by one", PLACE_POSTGRES, PLACE_POSTGRES, true, true, 4);
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        STORY_TEST(sqlite_alone),          STORY_TEST(sqlite_and_sqlite),   STORY_TEST(postgres_alone),
        STORY_TEST(postgres_and_postgres), STORY_TEST(mariadb_alone),       STORY_TEST(mariadb_and_postgres),
        STORY_TEST(sqlite_one_by_one),     STORY_TEST(postgres_one_by_one),
    };
    if (argc > 1)
        cmocka_set_test_filter(argv[1]);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
