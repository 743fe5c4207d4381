/*
 * Runs one operation of the library on a database and prints the microseconds that it took, and the peak
 * memory of the process in kilobytes; opening the database and getting together what the operation is given
 * are not counted in the time. bench/floor.c does the same work with bare calls.
 *
 *     operation NAME DATABASE [FILE]        DATABASE is a URL, "#SCHEMA" behind it unless it is the usual
 * one, or the path of a SQLite file
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "model/environment.h"
#include "model/snapshot.h"
#include "repoint/repoint.h"
#include "state/snapshots.h"

#define DAY_TS INT64_C(86400000)

static repoint_error error = REPOINT_ERROR_INIT;
static gint64 started_us;

static void check(repoint_status status)
{
    if (status == REPOINT_OK)
        return;
    fprintf(stderr, "operation: %s\n", error.message);
    exit(1);
}

static void start(void)
{
    started_us = g_get_monotonic_time();
}

/* Of this program alone: what getrusage() says begins with the memory of who started it. */
static long peak_kilobytes(void)
{
    g_autofree char *status = NULL;
    g_file_get_contents("/proc/self/status", &status, NULL, NULL);
    const char *line = status != NULL ? strstr(status, "VmHWM:") : NULL;
    return line != NULL ? strtol(line + strlen("VmHWM:"), NULL, 10) : 0;
}

static void stop(void)
{
    gint64 spent_us = g_get_monotonic_time() - started_us;
    printf("%" G_GINT64_FORMAT " %ld\n", spent_us, peak_kilobytes());
}

static repoint_store *open_store(const char *database)
{
    bool is_url = strstr(database, "://") != NULL || g_str_has_prefix(database, "duckdb:");
    g_autofree char *url = is_url ? g_strdup(database) : g_strconcat("sqlite:", database, NULL);
    char *schema = strchr(url, '#');
    if (schema != NULL)
        *schema++ = '\0';
    repoint_store_options options = {.schema = schema};
    repoint_store *store = NULL;
    check(repoint_store_create(url, &options, NULL, &store, NULL, &error));
    return store;
}

/* The snapshots that an environment names, loaded. */
static repoint_snapshot_list *snapshots_of(repoint_store *store, const char *name)
{
    g_autoptr(repoint_environment) environment = NULL;
    check(repoint_environment_get(store, name, &environment, &error));
    size_t count = repoint_environment_table_count(environment);
    g_autofree repoint_snapshot_id *ids = g_new(repoint_snapshot_id, count);
    for (size_t i = 0; i < count; i++) {
        const repoint_table *table = repoint_environment_table(environment, i);
        ids[i] = (repoint_snapshot_id){repoint_table_name(table), repoint_table_identifier(table)};
    }
    repoint_snapshot_list *list = NULL;
    check(repoint_snapshots_get(store, ids, count, &list, &error));
    return list;
}

static const repoint_snapshot *const *items(const repoint_snapshot_list *list)
{
    return (const repoint_snapshot *const *)list->snapshots->pdata;
}

/* ---- the operations ---- */

/* Nothing but what opening does: makes a store where there is none. */
static void create(repoint_store *store, const char *ignored)
{
    (void)store, (void)ignored;
}

/* Adds the snapshots of dev; `source` is a database that has them. */
static void push(repoint_store *store, const char *source)
{
    g_autoptr(repoint_store) from = open_store(source);
    g_autoptr(repoint_snapshot_list) list = snapshots_of(from, "dev");
    start();
    check(repoint_push(store, items(list), repoint_snapshot_list_count(list), NULL, &error));
    stop();
}

static repoint_environment *read_plan(const char *path)
{
    g_autofree char *text = NULL;
    gsize size = 0;
    repoint_environment *plan = NULL;
    if (!g_file_get_contents(path, &text, &size, NULL)) {
        fprintf(stderr, "operation: %s cannot be read\n", path);
        exit(1);
    }
    check(repoint_environment_from_json(text, size, &plan, &error));
    return plan;
}

static void promote(repoint_store *store, const char *plan_path, repoint_gap_check gap_check)
{
    g_autoptr(repoint_environment) plan = read_plan(plan_path);
    repoint_promote_options options = {.gap_check = gap_check};
    start();
    check(repoint_promote(store, plan, &options, NULL, &error));
    stop();
}

static void promote_all(repoint_store *store, const char *plan_path)
{
    promote(store, plan_path, REPOINT_GAPS_ALL);
}

static void promote_unchecked(repoint_store *store, const char *plan_path)
{
    promote(store, plan_path, REPOINT_GAPS_NONE);
}

static void get(repoint_store *store, const char *ignored)
{
    (void)ignored;
    g_autoptr(repoint_environment) environment = NULL;
    start();
    check(repoint_environment_get(store, "prod", &environment, &error));
    stop();
}

static void finalize(repoint_store *store, const char *ignored)
{
    (void)ignored;
    g_autoptr(repoint_environment) environment = NULL;
    check(repoint_environment_get(store, "prod", &environment, &error));
    start();
    check(repoint_finalize(store, environment, &error));
    stop();
}

/* One more day for each snapshot of prod. */
static void add_intervals(repoint_store *store, const char *ignored)
{
    (void)ignored;
    g_autoptr(repoint_snapshot_list) list = snapshots_of(store, "prod");
    for (guint i = 0; i < list->snapshots->len; i++) {
        rp_intervals *intervals = &((repoint_snapshot *)g_ptr_array_index(list->snapshots, i))->intervals;
        int64_t end_ts = intervals->items[intervals->count - 1].end;
        rp_intervals_clear(intervals);
        rp_intervals_add(intervals, (rp_interval){end_ts, end_ts + DAY_TS});
    }
    start();
    check(repoint_intervals_add_many(store, items(list), repoint_snapshot_list_count(list), &error));
    stop();
}

static void compact(repoint_store *store, const char *ignored)
{
    (void)ignored;
    start();
    check(repoint_intervals_compact(store, NULL, NULL, &error));
    stop();
}

/* Takes dev away, so that its snapshots can expire. */
static void forget(repoint_store *store, const char *ignored)
{
    (void)ignored;
    check(repoint_environment_invalidate(store, "dev", true, NULL, &error));
    check(repoint_environments_delete_expired(store, "dev", 0, NULL, NULL, &error));
}

/* Everything that prod does not point to. */
static void expire(repoint_store *store, const char *ignored)
{
    (void)ignored;
    repoint_expired_options options = {.ignore_ttl = true};
    start();
    check(repoint_snapshots_delete_expired(store, &options, NULL, &error));
    stop();
}

static void export_prod(repoint_store *store, const char *path)
{
    start();
    check(repoint_export(store, path, (const char *const[]){"prod", NULL}, NULL, &error));
    stop();
}

static void import_file(repoint_store *store, const char *path)
{
    start();
    check(repoint_import(store, path, false, NULL, &error));
    stop();
}

int main(int argc, char **argv)
{
    static const struct {
        const char *name;
        void (*run)(repoint_store *store, const char *file);
        bool takes_file;
    } operations[] = {
        {"create", create},
        {"push", push, true},
        {"promote", promote_all, true},
        {"promote-unchecked", promote_unchecked, true},
        {"get", get},
        {"finalize", finalize},
        {"add-intervals", add_intervals},
        {"compact", compact},
        {"forget", forget},
        {"expire", expire},
        {"export", export_prod, true},
        {"import", import_file, true},
    };
    for (size_t i = 0; argc >= 3 && i < G_N_ELEMENTS(operations); i++) {
        if (strcmp(argv[1], operations[i].name) != 0 || argc != (operations[i].takes_file ? 4 : 3))
            continue;
        g_autoptr(repoint_store) store = open_store(argv[2]);
        operations[i].run(store, argv[3]);
        return 0;
    }
    fprintf(stderr, "usage: operation NAME DATABASE [FILE]\n");
    return 2;
}
