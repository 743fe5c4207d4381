/* Observations, whatever the database: what is read in which order, and what it says. See reader.h. */
#include "reader.h"

#include <string.h>

enum { EXAMPLES = 5 };

struct reader_observation {
    unsigned count;   /* views */
    unsigned *rows;   /* that each has returned */
    char **releases;  /* the first that each has returned */
    GPtrArray *found; /* the different releases of all rows */
};

struct reader {
    reader_options options;
    unsigned count; /* views */
    unsigned *order;
    GRand *chance;
    void *connection;
    GPtrArray *prepared;
    reader_observation now;

    GMutex lock; /* of what follows */
    reader_counts counts;
    GHashTable *whole;  /* release -> observations */
    GHashTable *faults; /* what -> times */
    GPtrArray *examples;
    gint64 longest_us;
};

/* ---- one observation's rows ---- */

void reader_note(reader_observation *of, unsigned view, const char *release)
{
    const char *text = release != NULL ? release : "NULL";
    if (view >= of->count)
        return;
    if (of->rows[view]++ == 0)
        of->releases[view] = g_strdup(text);
    if (!g_ptr_array_find_with_equal_func(of->found, text, g_str_equal, NULL))
        g_ptr_array_add(of->found, g_strdup(text));
}

static void forget(reader_observation *of)
{
    for (unsigned i = 0; i < of->count; i++) {
        of->rows[i] = 0;
        g_clear_pointer(&of->releases[i], g_free);
    }
    g_ptr_array_set_size(of->found, 0);
}

/* The first view that returned fewer rows than it has, or `count`. */
static unsigned first_empty(const reader *of)
{
    unsigned view = 0;
    while (view < of->count && of->now.rows[view] >= of->options.rows)
        view++;
    return view;
}

/* ---- statements ---- */

static bool is_transaction(const reader *of)
{
    return of->options.form != READER_STATEMENT;
}

static void append_select(const reader *of, GString *sql, unsigned view)
{
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
    g_string_append_printf(sql, of->options.database->select, view, of->options.views[view]);
#pragma GCC diagnostic pop
    if (of->options.form == READER_SHARE_LOCK)
        g_string_append(sql, " LOCK IN SHARE MODE");
}

static char *select_one(const reader *of, unsigned view)
{
    GString *sql = g_string_new(NULL);
    append_select(of, sql, view);
    return g_string_free(sql, FALSE);
}

static char *select_all(const reader *of)
{
    GString *sql = g_string_new(NULL);
    for (unsigned i = 0; i < of->count; i++) {
        g_string_append(sql, i > 0 ? " UNION ALL " : "");
        append_select(of, sql, of->order[i]);
    }
    return g_string_free(sql, FALSE);
}

static char *lock_all(const reader *of)
{
    GString *sql = g_string_new("LOCK TABLES ");
    for (unsigned i = 0; i < of->count; i++)
        g_string_append_printf(sql, "%s%s READ", i > 0 ? ", " : "", of->options.views[of->order[i]]);
    return g_string_free(sql, FALSE);
}

static void shuffle(reader *of)
{
    for (unsigned i = of->count; i > 1; i--) {
        unsigned other = (unsigned)g_rand_int_range(of->chance, 0, (gint32)i), view = of->order[i - 1];
        of->order[i - 1] = of->order[other];
        of->order[other] = view;
    }
}

/* ---- connecting ---- */

static void disconnect(reader *of)
{
    for (guint i = 0; i < of->prepared->len; i++)
        of->options.database->unprepare(of->connection, g_ptr_array_index(of->prepared, i));
    g_ptr_array_set_size(of->prepared, 0);
    if (of->connection != NULL)
        of->options.database->disconnect(of->connection);
    of->connection = NULL;
}

static bool prepare(reader *of, const char *sql, reader_fault *fault)
{
    void *statement = of->options.database->prepare(of->connection, sql, fault);
    if (statement == NULL)
        return false;
    g_ptr_array_add(of->prepared, statement);
    return true;
}

/* In a transaction one statement for each view, by its number; else the one over all. */
static bool prepare_all(reader *of, reader_fault *fault)
{
    bool is_done = true;
    if (!is_transaction(of)) {
        g_autofree char *sql = select_all(of);
        return prepare(of, sql, fault);
    }
    for (unsigned i = 0; i < of->count && is_done; i++) {
        g_autofree char *sql = select_one(of, i);
        is_done = prepare(of, sql, fault);
    }
    return is_done;
}

static bool connect_if_needed(reader *of, reader_fault *fault)
{
    if (of->options.reconnects)
        disconnect(of);
    if (of->connection != NULL)
        return true;
    of->connection = of->options.database->connect(of->options.target, fault);
    return of->connection != NULL && (!of->options.is_prepared || prepare_all(of, fault));
}

/* ---- the forms ---- */

static void pause_at(reader *of, reader_pause where)
{
    if (of->options.pause_at == where)
        of->options.pause(of->options.context);
}

static bool query(reader *of, const char *sql, guint prepared, reader_fault *fault)
{
    const reader_database *database = of->options.database;
    if (of->options.is_prepared)
        return database->query_prepared(of->connection, g_ptr_array_index(of->prepared, prepared), &of->now,
                                        fault);
    return database->query(of->connection, sql, &of->now, fault);
}

static bool read_in_one_statement(reader *of, reader_fault *fault)
{
    g_autofree char *sql = select_all(of);
    return query(of, sql, 0, fault);
}

static bool begin(reader *of, reader_fault *fault)
{
    g_autofree char *locks = of->options.form == READER_LOCK_TABLES ? lock_all(of) : NULL;
    const reader_database *database = of->options.database;
    if (!database->execute(of->connection, locks != NULL ? locks : database->begin[of->options.form], fault))
        return false;
    if (of->options.pause_at != READER_PAUSE_SNAPSHOT)
        return true;
    if (!database->execute(of->connection, database->snapshot, fault))
        return false;
    pause_at(of, READER_PAUSE_SNAPSHOT);
    return true;
}

static bool read_in_transaction(reader *of, reader_fault *fault)
{
    const reader_database *database = of->options.database;
    bool is_good = begin(of, fault);
    for (unsigned i = 0; i < of->count && is_good; i++) {
        g_autofree char *sql = select_one(of, of->order[i]);
        is_good = query(of, sql, of->order[i], fault);
        if (i == (of->count - 1) / 2)
            pause_at(of, READER_PAUSE_HALF);
    }
    const char *end = of->options.form == READER_LOCK_TABLES ? "UNLOCK TABLES" : "COMMIT";
    return is_good && database->execute(of->connection, end, fault);
}

/* ---- counting ---- */

static void add_one(GHashTable *to, const char *key)
{
    gpointer count = g_hash_table_lookup(to, key);
    g_hash_table_replace(to, g_strdup(key), GSIZE_TO_POINTER(GPOINTER_TO_SIZE(count) + 1));
}

static void keep_example(reader *of, const char *what)
{
    if (of->examples->len >= EXAMPLES)
        return;
    GString *text = g_string_new(what);
    for (unsigned i = 0; i < of->count; i++)
        g_string_append_printf(text, " %s", of->now.rows[i] == 0 ? "-" : of->now.releases[i]);
    g_ptr_array_add(of->examples, g_string_free(text, FALSE));
}

/* Says how the observation ended: "error", "mixed", "empty", or the release. */
static const char *judge(reader *of, bool is_good, const reader_fault *fault)
{
    bool is_mixed = of->now.found->len > 1, is_empty = first_empty(of) < of->count;
    of->counts.observations++;
    if (!is_good) {
        g_autofree char *what = g_strdup_printf("%s: %s", fault->sqlstate, fault->message);
        of->counts.errors++;
        add_one(of->faults, what);
        return "error";
    }
    if (is_mixed)
        keep_example(of, "mixed:");
    else if (is_empty)
        keep_example(of, "empty:");
    of->counts.mixed += is_mixed;
    of->counts.empty += is_empty;
    if (is_mixed || is_empty)
        return is_mixed ? "mixed" : "empty";
    add_one(of->whole, g_ptr_array_index(of->now.found, 0));
    return g_ptr_array_index(of->now.found, 0);
}

static void count(reader *of, bool is_good, const reader_fault *fault, gint64 begun_us)
{
    gint64 ended_us = g_get_monotonic_time();
    g_mutex_lock(&of->lock);
    const char *outcome = judge(of, is_good, fault);
    if (of->options.times != NULL)
        fprintf(of->options.times, "%" G_GINT64_FORMAT " %" G_GINT64_FORMAT " %s\n", begun_us, ended_us,
                outcome);
    of->longest_us = MAX(of->longest_us, ended_us - begun_us);
    g_mutex_unlock(&of->lock);
}

void reader_observe(reader *of)
{
    reader_fault fault = {0};
    forget(&of->now);
    if (of->options.order == READER_RANDOM)
        shuffle(of);
    gint64 begun_us = g_get_monotonic_time();
    bool is_good = connect_if_needed(of, &fault) &&
                   (is_transaction(of) ? read_in_transaction(of, &fault) : read_in_one_statement(of, &fault));
    count(of, is_good, &fault, begun_us);
    if (!is_good)
        disconnect(of); /* whatever state it is in */
}

reader_counts reader_count(reader *of)
{
    g_mutex_lock(&of->lock);
    reader_counts counts = of->counts;
    counts.releases = g_hash_table_size(of->whole);
    g_mutex_unlock(&of->lock);
    return counts;
}

static void append_json_text(GString *to, const char *text)
{
    g_string_append_c(to, '"');
    for (; *text != '\0'; text++) {
        if (*text == '"' || *text == '\\')
            g_string_append_printf(to, "\\%c", *text);
        else if ((unsigned char)*text < ' ')
            g_string_append_c(to, ' ');
        else
            g_string_append_c(to, *text);
    }
    g_string_append_c(to, '"');
}

static void append_json_table(GString *to, const char *key, GHashTable *table)
{
    GHashTableIter each;
    gpointer name, times;
    bool is_first = true;
    g_string_append_printf(to, ", \"%s\": {", key);
    g_hash_table_iter_init(&each, table);
    for (; g_hash_table_iter_next(&each, &name, &times); is_first = false) {
        g_string_append(to, is_first ? "" : ", ");
        append_json_text(to, name);
        g_string_append_printf(to, ": %" G_GSIZE_FORMAT, GPOINTER_TO_SIZE(times));
    }
    g_string_append_c(to, '}');
}

char *reader_counts_json(reader *of)
{
    GString *text = g_string_new(NULL);
    g_mutex_lock(&of->lock);
    g_string_append_printf(text,
                           "{\"observations\": %" G_GUINT64_FORMAT ", \"mixed\": %" G_GUINT64_FORMAT
                           ", \"empty\": %" G_GUINT64_FORMAT ", \"errors\": %" G_GUINT64_FORMAT
                           ", \"longest_ms\": %.3f",
                           of->counts.observations, of->counts.mixed, of->counts.empty, of->counts.errors,
                           (double)of->longest_us / 1000);
    append_json_table(text, "releases", of->whole);
    append_json_table(text, "faults", of->faults);
    g_string_append(text, ", \"examples\": [");
    for (guint i = 0; i < of->examples->len; i++) {
        g_string_append(text, i > 0 ? ", " : "");
        append_json_text(text, g_ptr_array_index(of->examples, i));
    }
    g_string_append(text, "]}");
    g_mutex_unlock(&of->lock);
    return g_string_free(text, FALSE);
}

/* ---- beginning and end ---- */

reader *reader_new(const reader_options *options)
{
    if (options->database->begin[options->form] == NULL) {
        fprintf(stderr, "reader: %s has no such form\n", options->database->scheme);
        return NULL;
    }
    reader *of = g_new0(reader, 1);
    of->options = *options;
    of->count = g_strv_length(options->views);
    of->order = g_new(unsigned, of->count);
    for (unsigned i = 0; i < of->count; i++)
        of->order[i] = options->order == READER_REVERSE ? of->count - 1 - i : i;
    of->chance = g_rand_new_with_seed(options->seed);
    of->prepared = g_ptr_array_new();
    of->now = (reader_observation){of->count, g_new0(unsigned, of->count), g_new0(char *, of->count),
                                   g_ptr_array_new_with_free_func(g_free)};
    g_mutex_init(&of->lock);
    of->whole = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
    of->faults = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
    of->examples = g_ptr_array_new_with_free_func(g_free);
    return of;
}

void reader_free(reader *of)
{
    if (of == NULL)
        return;
    disconnect(of);
    forget(&of->now);
    g_free(of->now.rows);
    g_free(of->now.releases);
    g_ptr_array_unref(of->now.found);
    g_ptr_array_unref(of->prepared);
    g_ptr_array_unref(of->examples);
    g_hash_table_unref(of->whole);
    g_hash_table_unref(of->faults);
    g_rand_free(of->chance);
    g_free(of->order);
    g_mutex_clear(&of->lock);
    g_free(of);
}
