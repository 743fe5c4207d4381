/*
 * Guarantee 4, on SQLite: no statement and no transaction of a reader sees a mixture of the old and the new
 * views, or gets an error from the cutover.
 *
 * Processes read all the while prod goes from the old tables of all its models to the new ones and back. The
 * same readers then watch the views being replaced one by one: they must see that, or they would see nothing.
 */
#include <sqlite3.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>

#include "story.h"

static const char *const models[] = {"customers", "orders",  "order_items",
                                     "payments",  "refunds", "daily_revenue"};
enum { MODEL_COUNT = G_N_ELEMENTS(models), OLD = 1001, NEW = 2002, READER_COUNT = 3 };

/* ---- readers ---- */

/* What one reader has seen; in memory that the processes share. */
typedef struct sightings {
    atomic_uint old;
    atomic_uint new;
    atomic_uint mixed;
    atomic_uint errors;
    char message[200]; /* of the first error */
} sightings;

typedef struct board {
    atomic_bool is_over;
    sightings of[READER_COUNT];
} board;

typedef struct reader {
    const char *path;
    board *board;
    sightings *sightings;
    sqlite3 *connection;
    bool is_wrong;
} reader;

/* How many of a statement's rows are new; notes an error. */
static int count_new(reader *of, const char *sql)
{
    sqlite3_stmt *row = NULL;
    int code = sqlite3_prepare_v2(of->connection, sql, -1, &row, NULL);
    int count = 0;
    if (code == SQLITE_OK && (code = sqlite3_step(row)) == SQLITE_ROW)
        count = sqlite3_column_int(row, 0);
    if (code != SQLITE_ROW && code != SQLITE_DONE) {
        of->is_wrong = true;
        if (atomic_fetch_add(&of->sightings->errors, 1) == 0)
            g_snprintf(of->sightings->message, sizeof of->sightings->message, "%s: %s", sql,
                       sqlite3_errmsg(of->connection));
    }
    sqlite3_finalize(row);
    return count;
}

static void note(reader *of, int count, int total)
{
    if (of->is_wrong)
        of->is_wrong = false;
    else
        atomic_fetch_add(count == 0       ? &of->sightings->old
                         : count == total ? &of->sightings->new
                                          : &of->sightings->mixed,
                         1);
}

static void read_in_one_statement(reader *of)
{
    GString *sql = g_string_new("SELECT SUM(made_for LIKE '%2002') FROM (");
    for (size_t i = 0; i < MODEL_COUNT; i++)
        g_string_append_printf(sql, "%sSELECT made_for FROM \"shop.%s\"", i > 0 ? " UNION ALL " : "",
                               models[i]);
    g_string_append_c(sql, ')');
    note(of, count_new(of, sql->str), MODEL_COUNT);
    g_string_free(sql, TRUE);
}

static void read_in_one_transaction(reader *of)
{
    int count = 0;
    count_new(of, "BEGIN");
    for (size_t i = 0; i < 2 * MODEL_COUNT; i++) {
        g_autofree char *sql =
            g_strdup_printf("SELECT made_for LIKE '%%2002' FROM \"shop.%s\"", models[i % MODEL_COUNT]);
        count += count_new(of, sql);
    }
    count_new(of, "COMMIT");
    note(of, count, 2 * MODEL_COUNT);
}

static void connect_reader(reader *of)
{
    if (sqlite3_open_v2(of->path, &of->connection, SQLITE_OPEN_READWRITE, NULL) != SQLITE_OK)
        atomic_fetch_add(&of->sightings->errors, 1);
    sqlite3_busy_timeout(of->connection, 5000); /* as most clients have it */
}

static void read_on_a_new_connection(reader *of)
{
    sqlite3_close(of->connection);
    connect_reader(of);
    read_in_one_statement(of);
}

static void (*const ways[READER_COUNT])(reader *of) = {read_in_one_statement, read_in_one_transaction,
                                                       read_on_a_new_connection};

typedef struct start {
    const char *path;
    board *board;
    size_t number;
} start;

static int read_until_it_is_over(void *context)
{
    start *from = context;
    reader of = {.path = from->path, .board = from->board, .sightings = &from->board->of[from->number]};
    connect_reader(&of);
    while (!atomic_load(&of.board->is_over))
        ways[from->number](&of);
    sqlite3_close(of.connection);
    return 0;
}

static void start_readers(const story *of, board *on, pid_t *processes)
{
    for (size_t i = 0; i < READER_COUNT; i++) {
        start from = {of->path, on, i};
        processes[i] = story_fork(read_until_it_is_over, &from);
    }
}

static void stop_readers(board *on, pid_t *processes)
{
    atomic_store(&on->is_over, true);
    for (size_t i = 0; i < READER_COUNT; i++)
        assert_int_equal(story_wait(processes[i]), 0);
}

/* ---- prod and its two sets of tables ---- */

static void given_prod(story *of)
{
    repoint_error error = REPOINT_ERROR_INIT;
    repoint_store *store = story_create(of);
    repoint_snapshot *snapshots[2 * MODEL_COUNT];
    for (size_t i = 0; i < 2 * MODEL_COUNT; i++) {
        unsigned version = i < MODEL_COUNT ? OLD : NEW;
        snapshots[i] = story_given_snapshot(store, models[i % MODEL_COUNT], version, 1, 5);
        g_autofree char *table =
            g_strdup_printf("sqlmesh__shop.shop__%s__%u", models[i % MODEL_COUNT], version);
        story_given_table(of, table);
    }
    repoint_environment *blue = story_record("blue", "blue", NULL, snapshots, MODEL_COUNT);
    repoint_environment *green = story_record("green", "green", NULL, snapshots + MODEL_COUNT, MODEL_COUNT);
    assert_ok(repoint_promote(store, blue, NULL, NULL, &error), &error);
    assert_ok(repoint_promote(store, green, NULL, NULL, &error), &error);
    for (size_t i = 0; i < 2 * MODEL_COUNT; i++)
        repoint_snapshot_free(snapshots[i]);
    repoint_environment_free(blue);
    repoint_environment_free(green);
    repoint_store_close(store);
}

static void deploy(repoint_store *store, const char *from)
{
    repoint_error error = REPOINT_ERROR_INIT;
    repoint_plan *plan = NULL;
    repoint_deployment *deployment = NULL;
    repoint_plan_source source = {.from_environment = from};
    assert_ok(repoint_plan_create(store, "prod", &source, NULL, &plan, &error), &error);
    assert_ok(repoint_deploy(store, plan, NULL, &deployment, &error), &error);
    repoint_deployment_close(deployment);
    repoint_plan_free(plan);
}

static bool everybody_has_seen_both(board *on)
{
    for (size_t i = 0; i < READER_COUNT; i++) {
        if (atomic_load(&on->of[i].old) == 0 || atomic_load(&on->of[i].new) == 0)
            return false;
    }
    return true;
}

static void print_sightings(const char *what, unsigned changes, board *on)
{
    static const char *const names[READER_COUNT] = {"one statement", "one transaction", "new connections"};
    for (size_t i = 0; i < READER_COUNT; i++) {
        sightings *seen = &on->of[i];
        printf("%s, %u changes, %s: %u old, %u new, mixed: %u, errors: %u%s%s\n", what, changes, names[i],
               atomic_load(&seen->old), atomic_load(&seen->new), atomic_load(&seen->mixed),
               atomic_load(&seen->errors), seen->message[0] != '\0' ? ", the first: " : "", seen->message);
    }
}

static void guarantee_4_no_reader_sees_a_mixture_or_an_error(void **state G_GNUC_UNUSED)
{
    story of;
    story_begin(&of);
    given_prod(&of);
    repoint_store *store = story_open(&of);
    deploy(store, "blue");
    repoint_store_close(store); /* a connection must not be carried over a fork */

    board *on = story_share(sizeof *on);
    pid_t processes[READER_COUNT];
    unsigned wanted = story_count(100, 5000, "deployments"), changes = 0;
    start_readers(&of, on, processes);
    store = story_open(&of);
    while ((changes < wanted || !everybody_has_seen_both(on)) && changes < 100 * wanted)
        deploy(store, ++changes % 2 == 1 ? "green" : "blue");
    stop_readers(on, processes);
    repoint_store_close(store);

    print_sightings("deployments", changes, on);
    assert_true(everybody_has_seen_both(on));
    for (size_t i = 0; i < READER_COUNT; i++) {
        assert_int_equal(on->of[i].mixed, 0);
        assert_int_equal(on->of[i].errors, 0);
    }
    story_unshare(on, sizeof *on);
    story_end(&of);
}

/* ---- the control ---- */

static void replace_one_by_one(const story *of, unsigned version)
{
    for (size_t i = 0; i < MODEL_COUNT; i++) {
        g_autofree char *sql =
            g_strdup_printf("BEGIN IMMEDIATE; DROP VIEW IF EXISTS \"shop.%s\";"
                            "CREATE VIEW \"shop.%s\" AS SELECT * FROM \"sqlmesh__shop.shop__%s__%u\"; COMMIT",
                            models[i], models[i], models[i], version);
        story_execute(of, sql);
    }
}

static bool everybody_has_seen_mixtures(board *on)
{
    for (size_t i = 0; i < READER_COUNT; i++) {
        if (atomic_load(&on->of[i].mixed) == 0)
            return false;
    }
    return true;
}

static void the_same_readers_see_views_that_are_replaced_one_by_one(void **state G_GNUC_UNUSED)
{
    story of;
    story_begin(&of);
    given_prod(&of);
    replace_one_by_one(&of, OLD);
    board *on = story_share(sizeof *on);
    pid_t processes[READER_COUNT];
    unsigned changes = 0;
    start_readers(&of, on, processes);
    while (!everybody_has_seen_mixtures(on) && changes < 10000)
        replace_one_by_one(&of, ++changes % 2 == 1 ? NEW : OLD);
    stop_readers(on, processes);
    print_sightings("one by one", changes, on);
    assert_true(everybody_has_seen_mixtures(on));
    story_unshare(on, sizeof *on);
    story_end(&of);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        STORY_TEST(guarantee_4_no_reader_sees_a_mixture_or_an_error),
        STORY_TEST(the_same_readers_see_views_that_are_replaced_one_by_one),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
