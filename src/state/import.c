/*
 * import and push: taking in a state file, streamed, in one transaction.
 *
 * Without `replace`, snapshots and environments of the file replace those of the same id and name, and their
 * intervals are appended to the log, where they unite with what is there. Unlike the reference, an
 * environment whose snapshots are neither in the file nor in the store is refused (guarantee 1).
 */
#include <string.h>

#include "state/environments.h"
#include "state/intervals.h"
#include "state/promote.h"
#include "state/push.h"
#include "state/state_file.h"

typedef struct import {
    repoint_store *store;
    const char *verb; /* for progress */
    rp_snapshot_batch *batch;
    size_t snapshots;
    size_t environments;
} import;

/* "0.236.4" and "0.236.99" are alike. */
static bool same_minor(const char *a, const char *b)
{
    g_auto(GStrv) left = g_strsplit(a, ".", 3), right = g_strsplit(b, ".", 3);
    return g_strcmp0(left[0], right[0]) == 0 && left[0] != NULL && right[0] != NULL &&
           g_strcmp0(left[1], right[1]) == 0;
}

static repoint_status check_versions(import *task, const rp_state_file *file, repoint_error *error)
{
    repoint_versions stored = {0};
    repoint_status status = repoint_store_versions(task->store, &stored, error);
    const char *of_file = rp_state_file_versions(file)->sqlmesh_version;
    if (status == REPOINT_OK && !same_minor(stored.sqlmesh_version, of_file))
        status = rp_fail(error, REPOINT_INVALID,
                         "import it with SQLMesh of the file's version, migrate there, and export again",
                         "the state file was written by SQLMesh %s, the store is at SQLMesh %s", of_file,
                         stored.sqlmesh_version);
    return status;
}

/* ---- snapshots ---- */

static repoint_status read_snapshot(rp_json *element, repoint_snapshot **ret_snapshot, repoint_error *error)
{
    g_autoptr(repoint_snapshot) snapshot = NULL;
    repoint_status status = rp_snapshot_read(element, rp_json_root(element), RP_STRICT, &snapshot, error);
    if (status == REPOINT_OK)
        status = rp_snapshot_check_cron(snapshot, error);
    if (status == REPOINT_OK)
        *ret_snapshot = g_steal_pointer(&snapshot);
    return status;
}

static repoint_status import_snapshot(void *context, rp_json *element, uint64_t done, uint64_t total,
                                      repoint_error *error)
{
    import *task = context;
    g_autoptr(repoint_snapshot) snapshot = NULL;
    repoint_status status = read_snapshot(element, &snapshot, error);
    if (status == REPOINT_OK)
        status = rp_snapshot_batch_add(task->batch, snapshot, error);
    task->snapshots++;
    rp_store_progress(task->store, task->verb, done, total);
    return status;
}

/* ---- environments ---- */

static repoint_status import_environment(void *context, const repoint_environment *environment,
                                         yyjson_val *others, uint64_t done, uint64_t total,
                                         repoint_error *error)
{
    static const char what[] = "an environment of the file";
    static const char *const known[] = {"environment", "statements", NULL};
    import *task = context;
    yyjson_val *statements = NULL;
    repoint_status status = environment != NULL ? REPOINT_OK
                                                : rp_json_get_object(others, "environment", RP_JSON_REQUIRED,
                                                                     what, &(yyjson_val *){NULL}, error);
    if (status == REPOINT_OK)
        status = rp_json_only_keys(others, known, what, error);
    if (status == REPOINT_OK)
        status = rp_json_get_array(others, "statements", RP_JSON_REQUIRED, what, &statements, error);
    if (status == REPOINT_OK)
        status = rp_statements_check(statements, RP_STRICT, error);
    if (status == REPOINT_OK)
        status = rp_promote_check_stored(task->store, environment, error);
    if (status == REPOINT_OK)
        status = rp_environment_overwrite(task->store, environment, error);
    if (status == REPOINT_OK)
        status = rp_statements_store(task->store, environment->naming.name, environment->plan_id, statements,
                                     error);
    task->environments++;
    rp_store_progress(task->store, "import", done, total);
    return status;
}

repoint_status repoint_import(repoint_store *store, const char *path, bool replace,
                              repoint_transfer_counts *ret_counts, repoint_error *error)
{
    /* One time for every interval row: adds sort before pending ones only at equal times. */
    rp_snapshot_batch_options options = {
        .replace = !replace, .intervals = true, .created_ts = rp_store_now(store), .uncounted = true};
    g_autoptr(rp_snapshot_batch) batch = rp_snapshot_batch_new(store, &options);
import task = {.store = store, .verb = "import", .batch = batch };
    g_autoptr(rp_state_file) file = NULL;
    repoint_status status = rp_state_file_open(path, &file, error);
    if (status != REPOINT_OK)
        return status;
    g_auto(rp_transaction) transaction = {0};
    status =
        rp_transaction_begin_locked(&transaction, store, RP_LOCK_ENVIRONMENTS | RP_LOCK_INTERVALS, error);
    if (status == REPOINT_OK)
        status = check_versions(&task, file, error);
    rp_db_pipeline(store->db); /* the next snapshots are read while the database writes these */
    if (status == REPOINT_OK && replace)
        status = rp_schema_empty(store, error);
    if (status == REPOINT_OK)
        status = rp_state_file_snapshots(file, import_snapshot, &task, error);
    if (status == REPOINT_OK)
        status = rp_snapshot_batch_finish(batch, NULL, error);
    if (status == REPOINT_OK)
        status = rp_state_file_environments(file, import_environment, &task, error);
    if (status == REPOINT_OK)
        status = rp_transaction_commit(&transaction, error);
    if (status == REPOINT_OK && ret_counts != NULL)
        *ret_counts =
            (repoint_transfer_counts){.snapshots = task.snapshots, .environments = task.environments};
    return status;
}

/* ---- push ---- */

static repoint_status push_file(import *task, const char *path, repoint_error *error)
{
    g_autoptr(rp_state_file) file = NULL;
    repoint_status status = rp_state_file_open(path, &file, error);
    if (status == REPOINT_OK)
        status = check_versions(task, file, error);
    return status == REPOINT_OK ? rp_state_file_snapshots(file, import_snapshot, task, error) : status;
}

repoint_status repoint_push_files(repoint_store *store, const char *const *paths, size_t *ret_added,
                                  size_t *ret_total, repoint_error *error)
{
    g_autoptr(rp_snapshot_batch) batch = rp_snapshot_batch_new(store, &(rp_snapshot_batch_options){0});
import task = {.store = store, .verb = "push", .batch = batch };
    size_t added = 0;
    g_auto(rp_transaction) transaction = {0};
    repoint_status status = rp_transaction_begin(&transaction, store, RP_DB_WRITE, error);
    for (size_t i = 0; status == REPOINT_OK && paths[i] != NULL; i++)
        status = push_file(&task, paths[i], error);
    if (status == REPOINT_OK)
        status = rp_snapshot_batch_finish(batch, &added, error);
    if (status == REPOINT_OK)
        status = rp_transaction_commit(&transaction, error);
    if (status == REPOINT_OK && ret_added != NULL)
        *ret_added = added;
    if (status == REPOINT_OK && ret_total != NULL)
        *ret_total = task.snapshots;
    return status;
}
