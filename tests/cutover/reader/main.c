/*
 * The reader as a program. It reads until its standard input ends, prints "reading" after the first
 * observation, its counts (a JSON document on one line) for each line that comes in, and again at the end.
 *
 * With --pause it makes one observation, prints "paused" in the middle of it, goes on when a line comes in or
 * the input ends, and prints its counts.
 *
 *     cutover-reader [OPTION...] URL FILE     FILE has the name of a view, quoted, on each line
 */
#include <poll.h>
#include <string.h>
#include <unistd.h>

#include "reader.h"

static const char *const forms[READER_FORM_COUNT] = {"statement",    "read-committed", "repeatable-read",
                                                     "serializable", "share-lock",     "lock-tables"};
static const char *const orders[READER_ORDER_COUNT] = {"given", "reverse", "random"};
static const char *const pauses[READER_PAUSE_COUNT] = {"none", "snapshot", "half"};
static const reader_database *const databases[] = {&reader_postgres, &reader_mariadb, &reader_sqlite};

static char *form, *order, *pause_at, *times;
static gboolean is_prepared, reconnects;
static int rows = 1, busy = 100, rest_ms, seed = 1;

static const GOptionEntry entries[] = {
    {"form", 0, 0, G_OPTION_ARG_STRING, &form, "how the views are read; statement, unless said", "FORM"},
    {"order", 0, 0, G_OPTION_ARG_STRING, &order, "given, reverse or random", "ORDER"},
    {"prepared", 0, 0, G_OPTION_ARG_NONE, &is_prepared, "with prepared statements", NULL},
    {"reconnect", 0, 0, G_OPTION_ARG_NONE, &reconnects, "on a new connection each time", NULL},
    {"rows", 0, 0, G_OPTION_ARG_INT, &rows, "that each view has; 1, unless said", "N"},
    {"rest", 0, 0, G_OPTION_ARG_INT, &rest_ms, "after each observation; 0, unless said", "MS"},
    {"busy", 0, 0, G_OPTION_ARG_INT, &busy, "of its time it reads, and rests the others; 100, unless said",
     "PERCENT"},
    {"seed", 0, 0, G_OPTION_ARG_INT, &seed, "of the random orders", "N"},
    {"pause", 0, 0, G_OPTION_ARG_STRING, &pause_at, "snapshot or half: one observation, which waits",
     "WHERE"},
    {"times", 0, 0, G_OPTION_ARG_FILENAME, &times, "where the moments of each observation are written",
     "FILE"},
    {0},
};

static void fail(const char *what, const char *why)
{
    fprintf(stderr, "reader: %s: %s\n", what, why);
    _exit(2);
}

static unsigned number_of(const char *const *names, unsigned count, const char *name)
{
    unsigned i = 0;
    while (name != NULL && i < count && !g_str_equal(names[i], name))
        i++;
    if (i == count)
        fail(name, "there is no such form, order or pause");
    return i;
}

static const reader_database *database_of(const char *url)
{
    for (size_t i = 0; i < G_N_ELEMENTS(databases); i++) {
        if (g_str_has_prefix(url, databases[i]->scheme) && url[strlen(databases[i]->scheme)] == ':')
            return databases[i];
    }
    fail(url, "there is no such database");
    return NULL;
}

static char **read_views(const char *path)
{
    g_autofree char *text = NULL;
    if (!g_file_get_contents(path, &text, NULL, NULL))
        fail(path, "cannot be read");
    char **views = g_strsplit(g_strchomp(text), "\n", -1);
    if (*views == NULL)
        fail(path, "names no view");
    return views;
}

static void say(const char *text)
{
    printf("%s\n", text);
    fflush(stdout);
}

static void say_counts(reader *of)
{
    g_autofree char *text = reader_counts_json(of);
    say(text);
}

/* How many lines have come in: waits for something for so long (-1: until it comes). -1 at the input's end.
 */
static int lines_come_in(int wait_ms)
{
    struct pollfd input = {.fd = STDIN_FILENO, .events = POLLIN};
    char bytes[256];
    int lines = 0;
    if (poll(&input, 1, wait_ms) <= 0)
        return 0;
    ssize_t size = read(STDIN_FILENO, bytes, sizeof bytes);
    for (ssize_t i = 0; i < size; i++)
        lines += bytes[i] == '\n';
    return size > 0 ? lines : -1;
}

static void wait_for_a_line(void *context G_GNUC_UNUSED)
{
    say("paused");
    while (lines_come_in(-1) == 0)
        ;
}

/* Says the counts for each line that comes in while it rests; false at the input's end. */
static bool rest(reader *of, gint64 until_us)
{
    int lines;
    do {
        gint64 left_us = MAX(until_us - g_get_monotonic_time(), 0);
        lines = lines_come_in((int)((left_us + 999) / 1000));
        for (int i = 0; i < lines; i++)
            say_counts(of);
    } while (lines >= 0 && g_get_monotonic_time() < until_us);
    return lines >= 0;
}

static void read_until_the_input_ends(reader *of)
{
    gint64 began_us, ended_us = 0;
    do {
        began_us = g_get_monotonic_time();
        reader_observe(of);
        if (ended_us == 0)
            say("reading");
        ended_us = g_get_monotonic_time();
    } while (rest(of, ended_us + (gint64)1000 * rest_ms + (ended_us - began_us) * (100 - busy) / busy));
}

static void parse(int *argc, char ***argv)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(GOptionContext) options = g_option_context_new("URL FILE");
    g_option_context_add_main_entries(options, entries, NULL);
    if (!g_option_context_parse(options, argc, argv, &error))
        fail("usage", error->message);
    if (*argc != 3 || busy < 1 || busy > 100)
        fail("usage", "cutover-reader [OPTION...] URL FILE");
}

int main(int argc, char **argv)
{
    parse(&argc, &argv);
    reader_options options = {
        .database = database_of(argv[1]),
        .target = argv[1],
        .views = read_views(argv[2]),
        .form = number_of(forms, READER_FORM_COUNT, form != NULL ? form : "statement"),
        .order = number_of(orders, READER_ORDER_COUNT, order != NULL ? order : "given"),
        .is_prepared = is_prepared,
        .reconnects = reconnects,
        .rows = (unsigned)rows,
        .seed = (unsigned)seed,
        .pause_at = number_of(pauses, READER_PAUSE_COUNT, pause_at != NULL ? pause_at : "none"),
        .pause = wait_for_a_line,
        .times = times != NULL ? fopen(times, "we") : NULL,
    };
    reader *of = reader_new(&options);
    if (of == NULL)
        return 2;
    if (options.pause_at != READER_NO_PAUSE)
        reader_observe(of);
    else
        read_until_the_input_ends(of);
    say_counts(of);
    reader_free(of);
    g_strfreev(options.views);
    if (options.times != NULL)
        fclose(options.times);
    return 0;
}
