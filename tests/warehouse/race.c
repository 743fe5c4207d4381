/*
 * Readers on PostgreSQL while views are dropped and made again under them, because their columns demand it,
 * and with them a view of somebody else on top: no reader sees a mixture, an error or an empty table.
 *
 * The same readers then watch the views being replaced one by one: they must see that, or they would see
 * nothing.
 */
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>

#include "server.h"

enum { READER_COUNT = 3 };

typedef struct board {
    atomic_bool is_over;
    atomic_uint seen, mixed, empty, errors;
    char message[300]; /* of the first error */
} board;

typedef struct reader {
    const server *on;
    board *board;
    int number;
} reader;

/* The releases that a reader sees, as "1|1|1"; NULL after an error, which is noted. g_free() */
static char *look(const reader *of, PGconn *connection, const char *sql)
{
    PGresult *result = PQexec(connection, sql);
    char *seen = NULL;
    if (PQresultStatus(result) == PGRES_TUPLES_OK)
        seen = g_strdup(PQgetvalue(result, 0, 0));
    else if (PQresultStatus(result) != PGRES_COMMAND_OK && atomic_fetch_add(&of->board->errors, 1) == 0)
        g_snprintf(of->board->message, sizeof of->board->message, "%s", PQerrorMessage(connection));
    PQclear(result);
    return seen;
}

static void note(const reader *of, const char *first, const char *second, const char *third)
{
    if (first == NULL || second == NULL || third == NULL)
        return;
    atomic_fetch_add(&of->board->seen, 1);
    if (*first == '\0' || *second == '\0' || *third == '\0')
        atomic_fetch_add(&of->board->empty, 1);
    else if (strcmp(first, second) != 0 || strcmp(second, third) != 0)
        atomic_fetch_add(&of->board->mixed, 1);
}

#define ORDERS  "SELECT max(release) FROM shop.orders"
#define REFUNDS "SELECT max(release) FROM shop.refunds"
#define TOP     "SELECT max(release) FROM bi.top"

static void read_in_one_statement(const reader *of, PGconn *connection)
{
    g_autofree char *all =
        look(of, connection, "SELECT concat_ws('|', (" TOP "), (" REFUNDS "), (" ORDERS "))");
    g_auto(GStrv) parts = g_strsplit(all != NULL ? all : "", "|", 3);
    if (all != NULL)
        note(of, g_strv_length(parts) == 3 ? parts[0] : "", g_strv_length(parts) == 3 ? parts[1] : "",
             g_strv_length(parts) == 3 ? parts[2] : "");
}

static void read_in_a_transaction(const reader *of, PGconn *connection, const char *begin)
{
    g_free(look(of, connection, begin));
    g_autofree char *orders = look(of, connection, ORDERS), *top = look(of, connection, TOP);
    g_autofree char *refunds = look(of, connection, REFUNDS);
    g_free(look(of, connection, "COMMIT"));
    note(of, orders, refunds, top);
}

static int read_until_it_is_over(void *context)
{
    const reader *of = context;
    PGconn *connection = PQconnectdb(of->on->url);
    while (!atomic_load(&of->board->is_over)) {
        if (of->number == 0)
            read_in_one_statement(of, connection);
        else
            read_in_a_transaction(of, connection,
                                  of->number == 1 ? "BEGIN" : "BEGIN ISOLATION LEVEL REPEATABLE READ");
    }
    PQfinish(connection);
    return 0;
}

static void given_shop(server *on)
{
    static const char *const models[] = {"orders", "refunds"};
    for (size_t i = 0; i < G_N_ELEMENTS(models); i++) {
        for (unsigned version = 1; version <= 2; version++) {
            server_given_table(on, models[i], version,
                               version == 1 ? "release int, old text" : "new int, release int");
            server_given_snapshot(on, models[i], version, "");
            g_autofree char *table = server_table(models[i], version);
            g_autofree char *sql = g_strdup_printf("INSERT INTO %s (release) VALUES (%u)", table, version);
            server_run(on, sql);
        }
    }
    server_deploy(on, "orders:1 refunds:1");
    server_run(on, "CREATE VIEW bi.top AS SELECT release FROM shop.orders");
}

static void start(const server *on, board *to, pid_t *processes)
{
    for (int i = 0; i < READER_COUNT; i++)
        processes[i] = story_fork(read_until_it_is_over, &(reader){on, to, i});
}

static void stop(board *of, const pid_t *processes)
{
    atomic_store(&of->is_over, true);
    for (int i = 0; i < READER_COUNT; i++)
        assert_int_equal(story_wait(processes[i]), 0);
}

static void replace_one_by_one(server *on, unsigned version)
{
    g_autofree char *orders = g_strdup_printf("CREATE OR REPLACE VIEW shop.orders AS SELECT NULL::int AS new,"
                                              " %u AS release",
                                              version);
    g_autofree char *refunds = g_strdup_printf(
        "CREATE OR REPLACE VIEW shop.refunds AS SELECT NULL::int AS new, %u AS release", version);
    server_run(on, orders);
    server_run(on, refunds);
}

static void readers_see_one_set_or_the_other(void **state)
{
    server *on = *state;
    unsigned count = story_count(10, 200, "rebuilding deployments among readers");
    board *on_board = story_share(sizeof *on_board), *control = story_share(sizeof *control);
    pid_t processes[READER_COUNT];
    given_shop(on);
    start(on, on_board, processes);
    for (unsigned i = 0; i < count; i++)
        server_deploy(on, i % 2 == 0 ? "orders:2 refunds:2" : "orders:1 refunds:1");
    stop(on_board, processes);
    printf("%u readings, %u mixed, %u empty, %u errors %s\n", on_board->seen, on_board->mixed,
           on_board->empty, on_board->errors, on_board->message);
    assert_true(on_board->seen > count);
    assert_int_equal(on_board->mixed + on_board->empty + on_board->errors, 0);

    server_deploy(on, "orders:2 refunds:2");
    start(on, control, processes);
    for (unsigned i = 0; i < 2000 && control->mixed == 0; i++)
        replace_one_by_one(on, 1 + i % 2);
    stop(control, processes);
    assert_true(control->mixed > 0);
    story_unshare(on_board, sizeof *on_board);
    story_unshare(control, sizeof *control);
}

int main(void)
{
    if (server_url() == NULL) {
        printf("skipped: REPOINT_TEST_POSTGRES is not set: no PostgreSQL to test with\n");
        return 77;
    }
    const struct CMUnitTest tests[] = {SERVER_TEST(readers_see_one_set_or_the_other)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
