/* See story.h. */
#include "story.h"

#include <glib/gstdio.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

/* ---- chance ---- */

uint64_t story_random(uint64_t *state) /* splitmix64 */
{
    uint64_t mixed = *state += UINT64_C(0x9e3779b97f4a7c15);
    mixed = (mixed ^ (mixed >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
    mixed = (mixed ^ (mixed >> 27)) * UINT64_C(0x94d049bb133111eb);
    return mixed ^ (mixed >> 31);
}

uint64_t story_below(uint64_t *state, uint64_t limit)
{
    return story_random(state) % limit;
}

static uint64_t seed_of_tests(void)
{
    const char *text = g_getenv("REPOINT_SEED");
    return text != NULL && *text != '\0' ? g_ascii_strtoull(text, NULL, 10) : 1;
}

uint64_t story_seed(const char *what)
{
    uint64_t seed = seed_of_tests();
    printf("%s: REPOINT_SEED=%" G_GUINT64_FORMAT "\n", what, seed);
    return seed;
}

unsigned story_count(unsigned share, unsigned full, const char *what)
{
    unsigned count = g_strcmp0(g_getenv("REPOINT_SOAK"), "1") == 0 ? full : share;
    printf("share: %u of %u %s, seed %" G_GUINT64_FORMAT "\n", count, full, what, seed_of_tests());
    assert_true(count > 0);
    return count;
}

/* ---- processes ---- */

static pid_t process_of_tests;

int story_setup(void **state G_GNUC_UNUSED)
{
    process_of_tests = getpid();
    return 0;
}

int story_teardown(void **state G_GNUC_UNUSED)
{
    if (getpid() != process_of_tests)
        _exit(99);
    return 0;
}

pid_t story_fork(int (*work)(void *context), void *context)
{
    fflush(NULL);
    pid_t process = fork();
    assert_true(process >= 0);
    if (process > 0)
        return process;
    int code = work(context);
    fflush(NULL);
    _exit(code);
}

int story_wait(pid_t process)
{
    int status = 0;
    assert_int_equal(waitpid(process, &status, 0), process);
    return WIFSIGNALED(status) ? -WTERMSIG(status) : WEXITSTATUS(status);
}

void *story_share(size_t size)
{
    void *memory = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    assert_true(memory != MAP_FAILED);
    return memory;
}

void story_unshare(void *memory, size_t size)
{
    munmap(memory, size);
}

typedef struct outcome {
    repoint_status status;
    char message[1000];
    long kilobytes;
} outcome;

typedef struct attempt {
    repoint_status (*run)(void *context, repoint_error *error);
    void *context;
    outcome *outcome;
} attempt;

static int try_here(void *context)
{
    attempt *of = context;
    repoint_error error = REPOINT_ERROR_INIT;
    of->outcome->status = of->run(of->context, &error);
    g_strlcpy(of->outcome->message, error.message != NULL ? error.message : "", sizeof of->outcome->message);
    repoint_error_clear(&error);
    struct rusage usage;
    getrusage(RUSAGE_SELF, &usage);
    of->outcome->kilobytes = usage.ru_maxrss;
    return 0;
}

repoint_status story_try_elsewhere(repoint_status (*run)(void *context, repoint_error *error), void *context,
                                   long *ret_kilobytes, repoint_error *error)
{
    outcome *shared = story_share(sizeof *shared);
    attempt there = {run, context, shared};
    assert_int_equal(story_wait(story_fork(try_here, &there)), 0);
    repoint_status status = shared->status;
    if (status != REPOINT_OK)
        rp_fail(error, status, NULL, "%s", shared->message);
    if (ret_kilobytes != NULL)
        *ret_kilobytes = shared->kilobytes;
    story_unshare(shared, sizeof *shared);
    return status;
}

/* ---- the folder ---- */

void story_begin(story *of)
{
    *of = (story){.now = STORY_NOW};
    of->folder = g_dir_make_tmp("repoint-story-XXXXXX", NULL);
    assert_non_null(of->folder);
    of->path = story_path(of, "state.db");
    of->url = g_strconcat("sqlite:", of->path, NULL);
}

char *story_path(const story *of, const char *name)
{
    return g_build_filename(of->folder, name, NULL);
}

void story_end(story *of)
{
    GDir *folder = g_dir_open(of->folder, 0, NULL);
    const char *name;
    while (folder != NULL && (name = g_dir_read_name(folder)) != NULL) {
        g_autofree char *path = story_path(of, name);
        g_remove(path);
    }
    g_clear_pointer(&folder, g_dir_close);
    g_rmdir(of->folder);
    g_clear_pointer(&of->folder, g_free);
    g_clear_pointer(&of->path, g_free);
    g_clear_pointer(&of->url, g_free);
}

/* ---- stores ---- */

static int64_t clock_of_story(void *context)
{
    return ((const story *)context)->now;
}

static void chance_of_story(void *context, unsigned char *bytes, size_t size)
{
    for (size_t i = 0; i < size; i++)
        bytes[i] = (unsigned char)story_random(&((story *)context)->chance);
}

repoint_store_options story_options(story *of)
{
    return (repoint_store_options){.now = clock_of_story, .random = chance_of_story, .context = of};
}

repoint_store *story_create(story *of)
{
    repoint_error error = REPOINT_ERROR_INIT;
    repoint_store_options options = story_options(of);
    repoint_store *store = NULL;
    bool created = false;
    assert_ok(repoint_store_create(of->url, &options, NULL, &store, &created, &error), &error);
    assert_true(created);
    return store;
}

repoint_store *story_open(story *of)
{
    repoint_error error = REPOINT_ERROR_INIT;
    repoint_store_options options = story_options(of);
    repoint_store *store = NULL;
    assert_ok(repoint_store_open(of->url, &options, &store, &error), &error);
    return store;
}

/* ---- the file ---- */

static sqlite3 *connect_plainly(const story *of)
{
    sqlite3 *connection = NULL;
    assert_int_equal(sqlite3_open_v2(of->path, &connection, SQLITE_OPEN_READWRITE, NULL), SQLITE_OK);
    sqlite3_busy_timeout(connection, 5000);
    return connection;
}

static void execute(sqlite3 *connection, const char *sql)
{
    char *message = NULL;
    if (sqlite3_exec(connection, sql, NULL, NULL, &message) != SQLITE_OK)
        fail_msg("%s: %s", sql, message);
}

static void remove_logs(const story *of)
{
    static const char *const endings[] = {"-wal", "-shm", "-journal"};
    for (size_t i = 0; i < G_N_ELEMENTS(endings); i++) {
        g_autofree char *file = g_strconcat(of->path, endings[i], NULL);
        g_unlink(file);
    }
}

GBytes *story_save(const story *of)
{
    g_autofree char *log = g_strconcat(of->path, "-wal", NULL);
    assert_false(g_file_test(log, G_FILE_TEST_EXISTS));
    char *contents = NULL;
    gsize size = 0;
    assert_true(g_file_get_contents(of->path, &contents, &size, NULL));
    return g_bytes_new_take(contents, size);
}

void story_restore(const story *of, GBytes *contents)
{
    remove_logs(of);
    gsize size = 0;
    const void *bytes = g_bytes_get_data(contents, &size);
    FILE *file = g_fopen(of->path, "wb");
    assert_non_null(file);
    assert_int_equal(fwrite(bytes, 1, size, file), size);
    assert_int_equal(fclose(file), 0);
}

static void append_value(GString *line, sqlite3_stmt *row, int column)
{
    g_string_append(line, column > 0 ? " | " : "");
    g_string_append(line, sqlite3_column_name(row, column));
    g_string_append_c(line, '=');
    const char *text = (const char *)sqlite3_column_text(row, column);
    g_autofree char *escaped = g_strescape(text != NULL ? text : "NULL", NULL);
    g_string_append(line, escaped);
}

static void append_rows(sqlite3 *connection, const char *what, const char *sql, GPtrArray *lines)
{
    sqlite3_stmt *row = NULL;
    if (sqlite3_prepare_v2(connection, sql, -1, &row, NULL) != SQLITE_OK)
        fail_msg("%s: %s", sql, sqlite3_errmsg(connection));
    int code;
    while ((code = sqlite3_step(row)) == SQLITE_ROW) {
        GString *line = g_string_new(what);
        g_string_append(line, ": ");
        for (int i = 0; i < sqlite3_column_count(row); i++)
            append_value(line, row, i);
        g_ptr_array_add(lines, g_string_free(line, FALSE));
    }
    assert_int_equal(code, SQLITE_DONE);
    sqlite3_finalize(row);
}

static void append_tables(sqlite3 *connection, GPtrArray *lines)
{
    sqlite3_stmt *table = NULL;
    const char *sql =
        "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE '\\_repoint\\_%' ESCAPE '\\'";
    assert_int_equal(sqlite3_prepare_v2(connection, sql, -1, &table, NULL), SQLITE_OK);
    while (sqlite3_step(table) == SQLITE_ROW) {
        const char *name = (const char *)sqlite3_column_text(table, 0);
        g_autofree char *select = g_strdup_printf("SELECT * FROM \"%s\"", name);
        append_rows(connection, name, select, lines);
    }
    sqlite3_finalize(table);
}

static int compare_lines(gconstpointer a, gconstpointer b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

char *story_dump(const story *of)
{
    sqlite3 *connection = connect_plainly(of);
    g_autoptr(GPtrArray) lines = g_ptr_array_new_with_free_func(g_free);
    append_rows(connection, "integrity", "PRAGMA integrity_check", lines);
    assert_string_equal(g_ptr_array_index(lines, 0), "integrity: integrity_check=ok");
    append_rows(
        connection, "schema",
        "SELECT type, name, sql FROM sqlite_master WHERE tbl_name NOT LIKE '\\_repoint\\_%' ESCAPE '\\'",
        lines);
    append_tables(connection, lines);
    sqlite3_close(connection);
    g_ptr_array_sort(lines, compare_lines);
    g_ptr_array_add(lines, NULL);
    return g_strjoinv("\n", (char **)lines->pdata);
}

static void append_missing(GString *out, char mark, const char *const *lines, const char *const *others)
{
    g_autoptr(GHashTable) set = g_hash_table_new(g_str_hash, g_str_equal);
    for (; *others != NULL; others++)
        g_hash_table_add(set, (gpointer)*others);
    for (; *lines != NULL; lines++) {
        if (!g_hash_table_contains(set, *lines))
            g_string_append_printf(out, "%c %.400s\n", mark, *lines);
    }
}

char *story_difference(const char *before, const char *after)
{
    if (strcmp(before, after) == 0)
        return NULL;
    g_auto(GStrv) left = g_strsplit(before, "\n", -1), right = g_strsplit(after, "\n", -1);
    GString *out = g_string_new(NULL);
    append_missing(out, '-', (const char *const *)left, (const char *const *)right);
    append_missing(out, '+', (const char *const *)right, (const char *const *)left);
    return g_string_free(out, FALSE);
}

void assert_unchanged(const story *of, const char *dump)
{
    g_autofree char *now = story_dump(of);
    g_autofree char *difference = story_difference(dump, now);
    if (difference != NULL)
        fail_msg("the store has changed:\n%s", difference);
}

/* ---- the shop ---- */

const char *story_shop_file(void)
{
    return TEST_DATA "/../examples/shop/state.json";
}

char *story_shop_text(gsize *ret_size)
{
    char *text = NULL;
    assert_true(g_file_get_contents(story_shop_file(), &text, ret_size, NULL));
    return text;
}

repoint_status story_import_text(story *of, repoint_store *store, const char *text, gssize size,
                                 repoint_error *error)
{
    g_autofree char *path = story_path(of, "shop.json");
    assert_true(g_file_set_contents_full(path, text, size, G_FILE_SET_CONTENTS_NONE, 0644, NULL));
    repoint_transfer_counts counts = {0};
    repoint_status status = repoint_import(store, path, false, &counts, error);
    assert_true(status == REPOINT_OK || (counts.snapshots == 0 && counts.environments == 0));
    return status;
}

/* "shop.orders": the last two parts of a name as SQLite has it, or the last alone. */
static char *last_parts(const char *display, guint count)
{
    g_auto(GStrv) parts = g_strsplit(display, ".", -1);
    guint length = g_strv_length(parts);
    assert_true(length >= count);
    return g_strjoinv(".", parts + length - count);
}

char *story_table_name(const repoint_table *table)
{
    g_autofree char *display = repoint_table_physical_name(table, false);
    return last_parts(display, 2);
}

char *story_view_name(const repoint_table *table, const char *schema)
{
    g_auto(GStrv) unquoted = g_strsplit(repoint_table_name(table), "\"", -1);
    g_autofree char *display = g_strjoinv("", unquoted);
    g_autofree char *model = last_parts(display, 1);
    return g_strconcat(schema, ".", model, NULL);
}

void story_execute(const story *of, const char *sql)
{
    sqlite3 *connection = connect_plainly(of);
    execute(connection, sql);
    sqlite3_close(connection);
}

char *story_query(const story *of, const char *sql)
{
    sqlite3 *connection = connect_plainly(of);
    sqlite3_stmt *row = NULL;
    if (sqlite3_prepare_v2(connection, sql, -1, &row, NULL) != SQLITE_OK)
        fail_msg("%s: %s", sql, sqlite3_errmsg(connection));
    GString *text = g_string_new(NULL);
    while (sqlite3_step(row) == SQLITE_ROW) {
        const char *value = (const char *)sqlite3_column_text(row, 0);
        g_string_append_printf(text, "%s%s", text->len > 0 ? "\n" : "", value != NULL ? value : "NULL");
    }
    sqlite3_finalize(row);
    sqlite3_close(connection);
    return g_string_free(text, FALSE);
}

void story_given_table(const story *of, const char *name)
{
    g_autofree char *sql =
        g_strdup_printf("CREATE TABLE IF NOT EXISTS \"%s\" AS SELECT '%s' AS made_for", name, name);
    story_execute(of, sql);
}

/* What one environment shows: physical tables and the views on them. */
static void given_views(story *of, const repoint_environment *environment, const char *schema)
{
    for (size_t i = 0; i < repoint_environment_table_count(environment); i++) {
        const repoint_table *table = repoint_environment_table(environment, i);
        g_autofree char *name = story_table_name(table), *view = story_view_name(table, schema);
        g_autofree char *sql = g_strdup_printf("CREATE VIEW \"%s\" AS SELECT * FROM \"%s\"", view, name);
        story_given_table(of, name);
        story_execute(of, sql);
    }
}

repoint_environment *story_environment(repoint_store *store, const char *name)
{
    repoint_error error = REPOINT_ERROR_INIT;
    repoint_environment *environment = NULL;
    assert_ok(repoint_environment_get(store, name, &environment, &error), &error);
    return environment;
}

static void make_shop(story *of)
{
    repoint_error error = REPOINT_ERROR_INIT;
    repoint_store *store = story_create(of);
    repoint_transfer_counts counts = {0};
    assert_ok(repoint_import(store, story_shop_file(), true, &counts, &error), &error);
    assert_int_equal(counts.snapshots, 9);
    assert_int_equal(counts.environments, 2);
    repoint_environment *prod = story_environment(store, "prod"), *dev = story_environment(store, "dev");
    given_views(of, prod, "shop");
    given_views(of, dev, "shop__dev");
    repoint_environment_free(prod);
    repoint_environment_free(dev);
    repoint_store_close(store);
}

void story_given_shop(story *of)
{
    static GBytes *made; /* once in a process */
    if (made == NULL) {
        make_shop(of);
        made = story_save(of);
    } else {
        story_restore(of, made);
    }
    of->chance = UINT64_C(1) << 40; /* other ids than those in it */
}

repoint_environment *story_prod_like_dev(repoint_store *store, const char *plan_id)
{
    repoint_error error = REPOINT_ERROR_INIT;
    repoint_environment *prod = story_environment(store, "prod"), *dev = story_environment(store, "dev");
    assert_ok(repoint_environment_begin_plan(prod, plan_id, &error), &error);
    for (size_t i = 0; i < repoint_environment_table_count(dev); i++)
        assert_ok(repoint_environment_set_table(prod, repoint_environment_table(dev, i), &error), &error);
    repoint_environment_free(dev);
    return prod;
}

/* ---- models made up ---- */

char *story_snapshot_json(const char *model, unsigned version, int first_day, int days)
{
    int64_t start = STORY_DAY_1 + (first_day - 1) * STORY_DAY;
    g_autofree char *intervals = days == 0 ? g_strdup("")
                                           : g_strdup_printf("[%" G_GINT64_FORMAT ",%" G_GINT64_FORMAT "]",
                                                             start, start + days * STORY_DAY);
    return g_strdup_printf(
        "{\"name\":\"\\\"shop\\\".\\\"%s\\\"\",\"dev_version\":\"%u\",\"change_category\":1,"
        "\"fingerprint\":{\"data_hash\":\"%u\",\"metadata_hash\":\"7\",\"parent_data_hash\":\"0\","
        "\"parent_metadata_hash\":\"0\"},\"previous_versions\":[],\"dev_table_suffix\":\"dev\","
        "\"table_naming_convention\":\"schema_and_table\",\"forward_only\":false,"
        "\"node\":{\"name\":\"shop.%s\",\"project\":\"\",\"start\":\"2026-01-01\",\"cron\":\"@daily\","
        "\"tags\":[],"
        "\"dialect\":\"\",\"kind\":{\"name\":\"INCREMENTAL_BY_TIME_RANGE\",\"forward_only\":false,"
        "\"disable_restatement\":false,\"time_column\":{\"column\":\"\\\"ds\\\"\"}},\"audits\":[],"
        "\"virtual_environment_mode\":\"full\",\"python_env\":{},\"query\":{\"sql\":\"SELECT 1 AS ds\"},"
        "\"source_type\":\"sql\"},\"parents\":[],\"intervals\":[%s],\"dev_intervals\":[],"
        "\"pending_restatement_intervals\":[],\"created_ts\":1767225600000,\"updated_ts\":1767225600000,"
        "\"ttl\":\"in 1 week\",\"version\":\"%u\",\"migrated\":false,\"unrestorable\":false}",
        model, version, version, model, intervals, version);
}

repoint_snapshot *story_snapshot(const char *model, unsigned version, int first_day, int days)
{
    repoint_error error = REPOINT_ERROR_INIT;
    g_autofree char *text = story_snapshot_json(model, version, first_day, days);
    repoint_snapshot *snapshot = NULL;
    assert_ok(repoint_snapshot_from_json(text, strlen(text), &snapshot, &error), &error);
    return snapshot;
}

repoint_snapshot *story_given_snapshot(repoint_store *store, const char *model, unsigned version,
                                       int first_day, int days)
{
    repoint_error error = REPOINT_ERROR_INIT;
    repoint_snapshot *snapshot = story_snapshot(model, version, first_day, days);
    const repoint_snapshot *list[] = {snapshot};
    size_t added = 0;
    assert_ok(repoint_push(store, list, 1, &added, &error), &error);
    assert_int_equal(added, 1);
    assert_ok(repoint_intervals_add_many(store, list, 1, &error), &error);
    return snapshot;
}

static char *optional_text(const char *key, const char *text)
{
    return text != NULL ? g_strdup_printf("\"%s\":\"%s\",", key, text) : g_strdup("");
}

repoint_environment *story_record(const char *name, const char *plan_id, const char *previous_plan_id,
                                  repoint_snapshot *const *snapshots, size_t count)
{
    repoint_error error = REPOINT_ERROR_INIT;
    g_autofree char *previous = optional_text("previous_plan_id", previous_plan_id);
    GString *text = g_string_new(NULL);
    g_string_append_printf(text,
                           "{\"name\":\"%s\",\"start_at\":\"2026-01-01\",\"plan_id\":\"%s\",%s"
                           "\"suffix_target\":\"schema\",\"normalize_name\":true,\"gateway_managed\":false,"
                           "\"requirements\":{},\"snapshots\":[",
                           name, plan_id, previous);
    for (size_t i = 0; i < count; i++) {
        repoint_table *table = NULL;
        assert_ok(repoint_snapshot_table(snapshots[i], &table, &error), &error);
        char *json = repoint_table_to_json(table);
        g_string_append_printf(text, "%s%s", i > 0 ? "," : "", json);
        repoint_free(json);
        repoint_table_free(table);
    }
    g_string_append(text, "]}");
    repoint_environment *record = NULL;
    assert_ok(repoint_environment_from_json(text->str, text->len, &record, &error), &error);
    g_string_free(text, TRUE);
    return record;
}
