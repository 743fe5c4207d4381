/*
 * export: the state as SQLMesh's file, streamed, at one moment of the store.
 *
 * Everything is read in one read transaction, so that the environments and the snapshots that they point to
 * belong together. The file is written beside its place and renamed when it is whole and on the disk.
 */
#include <errno.h>
#include <glib/gstdio.h>
#include <string.h>
#include <unistd.h>

#include "state/environments.h"
#include "state/snapshots.h"

/* Snapshots in memory at a time: not many, and not so few that a database that reads its whole table for each
 * such query would read it again and again. */
#define CHUNK_SIZE 1000

typedef struct export_file {
    FILE *file; /* NULL: a dry run, which reads everything and writes nothing */
    char *path; /* the final name; NULL for standard output */
    char *partial_path;
    bool failed;
    int failure; /* errno of the first failed write */
} export_file;

static repoint_status export_file_open(export_file *to, const char *path, repoint_error *error)
{
    if (path == NULL || strcmp(path, "-") == 0) {
        to->file = stdout;
        return REPOINT_OK;
    }
    if (g_file_test(path, G_FILE_TEST_IS_DIR))
        return rp_fail(error, REPOINT_INVALID, NULL, "%s is a folder", path);
    to->path = g_strdup(path);
    to->partial_path = g_strconcat(path, ".partial", NULL);
    to->file = g_fopen(to->partial_path, "wbe");
    if (to->file == NULL)
        return rp_fail(error, REPOINT_FAILED, NULL, "%s cannot be written: %s", to->partial_path,
                       g_strerror(errno));
    return REPOINT_OK;
}

/* The writer's flush: failures are remembered and reported once, at the end. */
static void export_file_write(void *context, GString *text)
{
    export_file *to = context;
    if (to->file != NULL && !to->failed && fwrite(text->str, 1, text->len, to->file) != text->len) {
        to->failed = true;
        to->failure = errno;
    }
    g_string_truncate(text, 0);
}

/* Makes the file whole under its own name. */
static repoint_status export_file_finish(export_file *to, repoint_error *error)
{
    if (to->file == NULL)
        return REPOINT_OK;
    if (!to->failed && (fflush(to->file) != 0 || (to->path != NULL && fsync(fileno(to->file)) != 0))) {
        to->failed = true;
        to->failure = errno;
    }
    if (to->path != NULL) {
        if (fclose(g_steal_pointer(&to->file)) != 0 && !to->failed) {
            to->failed = true;
            to->failure = errno;
        }
        if (!to->failed && g_rename(to->partial_path, to->path) != 0) {
            to->failed = true;
            to->failure = errno;
        }
    }
    if (!to->failed)
        return REPOINT_OK;
    return rp_fail(error, REPOINT_FAILED, NULL, "%s cannot be written: %s",
                   to->path != NULL ? to->path : "standard output", g_strerror(to->failure));
}

static void export_file_clear(export_file *to)
{
    if (to->path != NULL) {
        if (to->file != NULL)
            fclose(to->file);
        if (to->partial_path != NULL)
            g_unlink(to->partial_path); /* gone already when it was renamed */
    }
    g_free(to->path);
    g_free(to->partial_path);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(export_file, export_file_clear)

/* ---- what is exported ---- */

typedef struct export
{
    repoint_store *store;
    rp_json_writer *writer;
    GPtrArray *environments; /* names, owned */
    GHashTable *ids;         /* set of "name\nidentifier", owned */
    repoint_transfer_counts counts;
}
export;

static bool collect_name(void *context, const repoint_environment_row *environment)
{
    g_ptr_array_add(context, g_strdup(environment->name));
    return true;
}

static repoint_status select_environments(export *task, const char *const *names, repoint_error *error)
{
    g_autoptr(GPtrArray) all = g_ptr_array_new_with_free_func(g_free);
    repoint_status status = repoint_environments_list(task->store, collect_name, all, error);
    if (status != REPOINT_OK)
        return status;
    if (names == NULL || names[0] == NULL) {
        g_ptr_array_extend_and_steal(task->environments, g_steal_pointer(&all));
        return REPOINT_OK;
    }
    for (size_t i = 0; names[i] != NULL; i++) {
        if (!g_ptr_array_find_with_equal_func(all, names[i], g_str_equal, NULL))
            return rp_environment_fail_unknown(task->store, names[i], error);
        if (!g_ptr_array_find_with_equal_func(task->environments, names[i], g_str_equal, NULL))
            g_ptr_array_add(task->environments, g_strdup(names[i]));
    }
    return REPOINT_OK;
}

static repoint_status collect_ids(export *task, repoint_error *error)
{
    for (guint i = 0; i < task->environments->len; i++) {
        g_autoptr(repoint_environment) environment = NULL;
        repoint_status status = rp_environment_load_shown(
            task->store, g_ptr_array_index(task->environments, i), false, &environment, error);
        if (status != REPOINT_OK)
            return status;
        for (size_t j = 0; environment != NULL && j < environment->tables.count; j++) {
            const repoint_table *table = &environment->tables.items[j];
            g_hash_table_add(task->ids, g_strconcat(table->name, "\n", table->identifier, NULL));
        }
    }
    return REPOINT_OK;
}

/* ---- writing ---- */

/* "2026-01-06 10:00:00+00:00": now, floored to the minute. */
static char *timestamp_text(int64_t now_ts)
{
    g_autoptr(GDateTime) now = g_date_time_new_from_unix_utc(now_ts / 60000 * 60);
    return g_date_time_format(now, "%Y-%m-%d %H:%M:%S+00:00");
}

static void write_head(export *task, const repoint_versions *versions)
{
    rp_json_writer *writer = task->writer;
    g_autofree char *timestamp = timestamp_text(rp_store_now(task->store));
    rp_json_key(writer, "metadata");
    rp_json_begin_object(writer);
    rp_json_put_string(writer, "timestamp", timestamp);
    rp_json_key(writer, "file_version"); /* SQLMesh reads it before "importable" or not at all */
    rp_json_integer(writer, 1);
    rp_json_put_bool(writer, "importable", true);
    rp_json_end_object(writer);
    rp_json_key(writer, "versions");
    rp_json_begin_object(writer);
    rp_json_put_integer(writer, "schema_version", versions->schema_version);
    rp_json_put_string(writer, "sqlglot_version", versions->sqlglot_version);
    rp_json_put_string(writer, "sqlmesh_version", versions->sqlmesh_version);
    rp_json_end_object(writer);
}

static repoint_status query_chunk(export *task, const rp_db_keys *ids, size_t first, rp_rows **ret_rows,
                                  repoint_error *error)
{
    rp_db_keys chunk = {
        .columns = ids->columns,
        .rows = MIN(ids->rows - first, CHUNK_SIZE),
        .values = ids->values + first * ids->columns,
    };
    return rp_snapshots_query(task->store, &chunk, ret_rows, error);
}

/* The next chunk is asked for before this one is written: the database works on it meanwhile. The intervals
 * of all chunks are read before, so that nothing comes between. */
static repoint_status write_chunks(export *task, const rp_db_keys *ids, repoint_error *error)
{
    g_autoptr(rp_rows) rows = NULL;
    g_autoptr(rp_replay) replay = NULL;
    rp_db_pipeline(task->store->db);
    repoint_status status = rp_replay_load_of(task->store, ids, &replay, error);
    if (status == REPOINT_OK && ids->rows > 0)
        status = query_chunk(task, ids, 0, &rows, error);
    for (size_t next = CHUNK_SIZE; status == REPOINT_OK && rows != NULL; next += CHUNK_SIZE) {
        g_autoptr(repoint_snapshot_list) list = NULL;
        status = rp_snapshots_read(task->store, rows, replay, &list, error);
        g_clear_pointer(&rows, rp_rows_close);
        if (status == REPOINT_OK && next < ids->rows)
            status = query_chunk(task, ids, next, &rows, error);
        for (size_t i = 0; status == REPOINT_OK && i < repoint_snapshot_list_count(list); i++)
            rp_snapshot_write(task->writer, repoint_snapshot_list_at(list, i));
        if (status == REPOINT_OK)
            rp_store_progress(task->store, "export", MIN(next, ids->rows), ids->rows);
    }
    return status;
}

static int compare_keys(gconstpointer a, gconstpointer b)
{
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

/* In the order of their names, so that two exports of the same state are the same text. */
static repoint_status write_snapshots(export *task, repoint_error *error)
{
    guint total = 0;
    g_autofree gpointer *keys = g_hash_table_get_keys_as_array(task->ids, &total);
    if (total > 0)
        qsort(keys, total, sizeof *keys, compare_keys);
    g_auto(rp_key_list) list = rp_key_list_new(2);
    for (guint i = 0; i < total; i++) {
        char *separator = strchr(keys[i], '\n');
        *separator = '\0'; /* the set is not used as a set any more */
        rp_key_list_add(&list, keys[i], separator + 1);
    }
    rp_db_keys ids = rp_key_list_keys(&list);
    rp_json_key(task->writer, "snapshots");
    rp_json_begin_array(task->writer);
    repoint_status status = write_chunks(task, &ids, error);
    rp_json_end_array(task->writer);
    task->counts.snapshots = total;
    return status;
}

static repoint_status write_environment(export *task, const char *name, repoint_error *error)
{
    g_autoptr(repoint_environment) environment = NULL;
    g_autoptr(rp_json) statements = NULL;
    g_autofree char *text = NULL;
    repoint_status status = rp_environment_load(task->store, name, false, &environment, error);
    if (status == REPOINT_OK)
        status = repoint_environment_statements(task->store, name, &text, error);
    if (status == REPOINT_OK)
        status = rp_json_parse(text, strlen(text), "stored environment statements", &statements, error);
    if (status != REPOINT_OK || environment == NULL)
        return status;
    rp_json_key(task->writer, name);
    rp_json_begin_object(task->writer);
    rp_json_key(task->writer, "environment");
    rp_environment_write(task->writer, environment);
    rp_json_put_value(task->writer, "statements", rp_json_root(statements));
    rp_json_end_object(task->writer);
    task->counts.environments++;
    return REPOINT_OK;
}

static repoint_status write_environments(export *task, repoint_error *error)
{
    repoint_status status = REPOINT_OK;
    rp_json_key(task->writer, "environments");
    rp_json_begin_object(task->writer);
    for (guint i = 0; i < task->environments->len && status == REPOINT_OK; i++)
        status = write_environment(task, g_ptr_array_index(task->environments, i), error);
    rp_json_end_object(task->writer);
    return status;
}

static repoint_status write_all(export *task, repoint_error *error)
{
    repoint_versions versions = {0};
    repoint_status status = repoint_store_versions(task->store, &versions, error);
    if (status != REPOINT_OK)
        return status;
    rp_json_begin_object(task->writer);
    write_head(task, &versions);
    status = write_snapshots(task, error);
    if (status == REPOINT_OK)
        status = write_environments(task, error);
    rp_json_end_object(task->writer);
    return status;
}

repoint_status repoint_export(repoint_store *store, const char *path, const char *const *environments,
                              repoint_transfer_counts *ret_counts, repoint_error *error)
{
    g_autoptr(GPtrArray) names = g_ptr_array_new_with_free_func(g_free);
    g_autoptr(GHashTable) ids = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
    g_autoptr(GString) text = g_string_new(NULL);
    g_auto(export_file) file = {0};
    rp_json_writer writer = RP_JSON_WRITER(text, RP_JSON_PRETTY);
    writer.flush = export_file_write;
    writer.flush_context = &file;
    export task = {.store = store, .writer = &writer, .environments = names, .ids = ids};

    g_auto(rp_transaction) transaction = {0};
    repoint_status status = rp_transaction_begin(&transaction, store, RP_DB_READ, error);
    if (status == REPOINT_OK)
        status = select_environments(&task, environments, error);
    if (status == REPOINT_OK)
        status = collect_ids(&task, error);
    if (status == REPOINT_OK && !store->options.dry_run)
        status = export_file_open(&file, path, error);
    if (status == REPOINT_OK)
        status = write_all(&task, error);
    if (status != REPOINT_OK)
        return status;
    g_string_append_c(text, '\n');
    export_file_write(&file, text);
    status = export_file_finish(&file, error);
    if (status == REPOINT_OK && ret_counts != NULL)
        *ret_counts = task.counts;
    return status;
}
