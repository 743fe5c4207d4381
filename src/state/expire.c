/*
 * Expiry: which snapshots nothing points to and nobody will come back for, and deleting them.
 *
 *   protected   what any environment points to, expired ones included, and what an environment that is not
 *               finalized pointed to when it last was: its readers may still see that
 *   candidate   past its time to live, not protected, in the range that is asked for
 *   expired     a candidate; its row goes
 *   task        an expired snapshot whose tables go too: its development table, when no other snapshot of the
 *               development version is left, and its table, when none of the version is left
 *
 * Several expired snapshots may share a table: the last of them has the task. A row that is still stored
 * counts as using its tables, so of two batches the first has to be deleted before the second is computed.
 *
 * Deleting computes the batch again in its own transaction, which keeps everybody else from the environments
 * and from the snapshots: between the looking and the deleting nobody can begin to point to one.
 */
#include <string.h>

#include "base/time.h"
#include "state/environments.h"
#include "state/snapshots.h"

typedef struct expired_task {
    const char *name; /* this and the versions are strings of the batch */
    const char *version;
    const char *dev_version; /* effective */
    bool dev_table_only;
    size_t table; /* index in the batch's tables; NO_TABLE: its snapshot has not been read */
} expired_task;

#define NO_TABLE SIZE_MAX

struct repoint_expired {
    GStringChunk *strings;
    GArray *ids;          /* of repoint_snapshot_id */
    GArray *since;        /* of int64_t: when their time to live ended */
    GArray *tasks;        /* of expired_task */
    GString *table_infos; /* a list, until it is read into `tables` */
    rp_tables tables;
    repoint_row_boundary end;
};

void repoint_expired_free(repoint_expired *batch)
{
    if (batch == NULL)
        return;
    g_array_unref(batch->ids);
    g_array_unref(batch->since);
    g_array_unref(batch->tasks);
    if (batch->table_infos != NULL)
        g_string_free(batch->table_infos, TRUE);
    rp_tables_clear(&batch->tables);
    g_string_chunk_free(batch->strings);
    g_free(batch);
}

static repoint_expired *batch_new(void)
{
    repoint_expired *batch = g_new0(repoint_expired, 1);
    batch->strings = g_string_chunk_new(4096);
    batch->ids = g_array_new(FALSE, FALSE, sizeof(repoint_snapshot_id));
    batch->since = g_array_new(FALSE, FALSE, sizeof(int64_t));
    batch->tasks = g_array_new(FALSE, FALSE, sizeof(expired_task));
    return batch;
}

/* "identifier\nname". */
static char *id_key(const char *name, const char *identifier)
{
    return g_strconcat(identifier, "\n", name, NULL);
}

/* Of the identifier, which is nearly always unique and much shorter than the name. */
static guint hash_id_key(gconstpointer key)
{
    guint hash = 5381;
    for (const char *at = key; *at != '\n'; at++)
        hash = hash * 33 + (guchar)*at;
    return hash;
}

/* ---- protected ---- */

static void protect(void *keys, const char *name, const char *identifier)
{
    g_hash_table_add(keys, id_key(name, identifier));
}

/* ---- candidates ---- */

typedef struct selection {
    repoint_store *store;
    const repoint_expired_options *options;
    int64_t now;
    GHashTable *protected_ids;
    GHashTable *candidates; /* by id_key(), owned -> 1 + the index of its task; 0 while it has none */
    rp_key_list versions;   /* of the candidates; strings in `strings` */
    GStringChunk *strings;  /* each is there once, so that equal ones have the same address */
} selection;

static const char *or_empty(const char *text)
{
    return text != NULL ? text : "";
}

/* Comparing the columns one by one, as SQLMesh does: rows as a whole are compared differently by databases.
 */
#define BEHIND                                                                                               \
    " (updated_ts > ?3 OR (updated_ts = ?3 AND name > ?4)"                                                   \
    " OR (updated_ts = ?3 AND name = ?4 AND identifier > ?5))"
#define UP_TO                                                                                                \
    " (updated_ts < ?6 OR (updated_ts = ?6 AND name < ?7)"                                                   \
    " OR (updated_ts = ?6 AND name = ?7 AND identifier <= ?8))"

static repoint_status query_candidates(const selection *of, rp_rows **ret_rows, repoint_error *error)
{
    static const repoint_row_boundary highest = {INT64_C(253402300799999), "", ""};
    const repoint_expired_options *options = of->options;
    const repoint_row_boundary *until = options->until != NULL ? options->until : &highest;
    g_autofree char *sql = rp_sql(of->store->db,
                                  "SELECT name, identifier, version, updated_ts FROM %n"
                                  " WHERE (?1 OR updated_ts + ttl_ms <= ?2) AND" BEHIND " AND" UP_TO
                                  " ORDER BY updated_ts, name, identifier",
                                  of->store->schema, "_snapshots");
    return rp_db_query(
        of->store->db, sql,
        RP_VALUES(rp_db_boolean(options->ignore_ttl), rp_db_integer(of->now),
                  rp_db_integer(options->after.updated_ts), rp_db_text(or_empty(options->after.name)),
                  rp_db_text(or_empty(options->after.identifier)), rp_db_integer(until->updated_ts),
                  rp_db_text(or_empty(until->name)), rp_db_text(or_empty(until->identifier))),
        ret_rows, error);
}

/* Takes the key over. */
static void take_candidate(selection *of, const rp_rows *rows, char *key, repoint_expired *batch)
{
    const char *name = g_string_chunk_insert_const(of->strings, or_empty(rp_rows_text(rows, 0)));
    const char *identifier = g_string_chunk_insert_const(of->strings, or_empty(rp_rows_text(rows, 1)));
    const char *version = g_string_chunk_insert_const(of->strings, or_empty(rp_rows_text(rows, 2)));
    g_hash_table_insert(of->candidates, key, NULL);
    rp_key_list_add(&of->versions, name, version);
    batch->end = (repoint_row_boundary){
        .updated_ts = rp_rows_integer(rows, 3, 0),
        .name = g_string_chunk_insert(batch->strings, name),
        .identifier = g_string_chunk_insert(batch->strings, identifier),
    };
}

static repoint_status select_candidates(selection *of, repoint_expired *batch, repoint_error *error)
{
    size_t limit = of->options->limit > 0 ? of->options->limit : SIZE_MAX;
    g_autoptr(rp_rows) rows = NULL;
    bool has_row = false;
    repoint_status status = query_candidates(of, &rows, error);
    while (status == REPOINT_OK && g_hash_table_size(of->candidates) < limit &&
           (status = rp_rows_next(rows, &has_row, error)) == REPOINT_OK && has_row) {
        char *key = id_key(or_empty(rp_rows_text(rows, 0)), or_empty(rp_rows_text(rows, 1)));
        if (g_hash_table_contains(of->protected_ids, key))
            g_free(key);
        else
            take_candidate(of, rows, key, batch);
    }
    return status;
}

/* ---- who shares a table ---- */

/* Texts of selection.strings, so that addresses can be compared. */
typedef struct table_key {
    const char *name;
    const char *version; /* or development version */
} table_key;

static guint hash_table_key(gconstpointer key)
{
    const table_key *one = key;
    return g_direct_hash(one->name) * 31 + g_direct_hash(one->version);
}

static gboolean equal_table_keys(gconstpointer a, gconstpointer b)
{
    const table_key *left = a, *right = b;
    return left->name == right->name && left->version == right->version;
}

typedef struct sibling {
    table_key table;
    table_key dev_table; /* with the effective development version */
    const char *identifier;
    int64_t expires_ts;
    bool is_expired;
    bool has_task;
} sibling;

/* The column, else what the fingerprint says. */
static repoint_status read_dev_version(selection *of, const rp_rows *rows, sibling *one, repoint_error *error)
{
    const char *stored = rp_rows_text(rows, 3), *text = rp_rows_text(rows, 4);
    if (stored != NULL && *stored != '\0') {
        one->dev_table.version = g_string_chunk_insert_const(of->strings, stored);
        return REPOINT_OK;
    }
    if (text == NULL)
        return rp_fail(error, REPOINT_FAILED, "restore the row from a backup or an export",
                       "snapshot %s (%s) has no fingerprint", one->table.name, one->identifier);
    g_autoptr(rp_json) json = NULL;
    rp_fingerprint fingerprint;
    repoint_status status =
        rp_json_parse(text, rp_rows_text_size(rows, 4), "a stored fingerprint", &json, error);
    if (status == REPOINT_OK)
        status = rp_fingerprint_from_json(rp_json_root(json), "fingerprint", &fingerprint, error);
    char version[RP_HASH_SIZE] = "";
    if (status == REPOINT_OK)
        rp_fingerprint_version(&fingerprint, version);
    one->dev_table.version = g_string_chunk_insert_const(of->strings, version);
    return status;
}

static gint compare_siblings(gconstpointer a, gconstpointer b)
{
    const sibling *left = a, *right = b;
    int by_name = left->table.name == right->table.name ? 0 : strcmp(left->table.name, right->table.name);
    return by_name != 0 ? by_name : strcmp(left->identifier, right->identifier);
}

/* In the order of their names and identifiers. */
static repoint_status load_siblings(selection *of, GArray *siblings, repoint_error *error)
{
    rp_db_keys keys = rp_key_list_keys(&of->versions);
    g_autofree char *sql =
        rp_sql(of->store->db,
               "SELECT s.name, s.identifier, s.version, s.dev_version, s.fingerprint, s.updated_ts + s.ttl_ms"
               " FROM (SELECT DISTINCT name, version FROM %k d) k CROSS JOIN %n s"
               " WHERE s.name = k.name AND s.version = k.version",
               1U, "name, version", of->store->schema, "_snapshots");
    g_autoptr(rp_rows) rows = NULL;
    bool has_row = false;
    repoint_status status = rp_db_query(of->store->db, sql, RP_VALUES(rp_db_key_list(&keys)), &rows, error);
    while (status == REPOINT_OK && (status = rp_rows_next(rows, &has_row, error)) == REPOINT_OK && has_row) {
        const char *name = g_string_chunk_insert_const(of->strings, rp_rows_text(rows, 0));
        sibling one = {
            .table = {name, g_string_chunk_insert_const(of->strings, or_empty(rp_rows_text(rows, 2)))},
            .dev_table.name = name,
            .identifier = g_string_chunk_insert_const(of->strings, or_empty(rp_rows_text(rows, 1))),
            .expires_ts = rp_rows_integer(rows, 5, 0),
        };
        g_autofree char *key = id_key(name, one.identifier);
        one.is_expired = g_hash_table_contains(of->candidates, key);
        status = read_dev_version(of, rows, &one, error);
        g_array_append_val(siblings, one);
    }
    g_array_sort(siblings, compare_siblings);
    return status;
}

/* ---- tasks ---- */

static guint count_change(GHashTable *counts, const table_key *table, int change)
{
    guint count = GPOINTER_TO_UINT(g_hash_table_lookup(counts, table)) + (guint)change;
    g_hash_table_insert(counts, (gpointer)table, GUINT_TO_POINTER(count));
    return count;
}

static void add_expired(const sibling *one, repoint_expired *batch)
{
    repoint_snapshot_id id = {g_string_chunk_insert(batch->strings, one->table.name),
                              g_string_chunk_insert(batch->strings, one->identifier)};
    g_array_append_val(batch->ids, id);
    g_array_append_val(batch->since, one->expires_ts);
}

/* For the one that was added last. */
static void add_task(selection *of, sibling *one, bool dev_table_only, repoint_expired *batch)
{
    expired_task task = {
        .name = g_array_index(batch->ids, repoint_snapshot_id, batch->ids->len - 1).name,
        .version = g_string_chunk_insert(batch->strings, one->table.version),
        .dev_version = g_string_chunk_insert(batch->strings, one->dev_table.version),
        .dev_table_only = dev_table_only,
        .table = NO_TABLE,
    };
    g_array_append_val(batch->tasks, task);
    one->has_task = true;
    g_hash_table_insert(of->candidates, id_key(one->table.name, one->identifier),
                        GUINT_TO_POINTER(batch->tasks->len));
}

/* Which are expired, and which of those are the last to use a table. */
static void find_expired(selection *of, GArray *siblings, repoint_expired *batch)
{
    g_autoptr(GHashTable) users = g_hash_table_new(hash_table_key, equal_table_keys);
    g_autoptr(GHashTable) dev_users = g_hash_table_new(hash_table_key, equal_table_keys);
    for (guint i = 0; i < siblings->len; i++) {
        const sibling *one = &g_array_index(siblings, sibling, i);
        count_change(users, &one->table, 1);
        count_change(dev_users, &one->dev_table, 1);
    }
    for (guint i = 0; i < siblings->len; i++) {
        sibling *one = &g_array_index(siblings, sibling, i);
        if (!one->is_expired)
            continue;
        add_expired(one, batch);
        guint other_users = count_change(users, &one->table, -1);
        if (count_change(dev_users, &one->dev_table, -1) == 0)
            add_task(of, one, other_users > 0, batch);
    }
}

/* Table infos are written into one list, to be read at once: each alone would need a document of its own. */
typedef struct table_list {
    const selection *of;
    repoint_expired *batch;
    rp_json_writer writer;
    size_t count;
} table_list;

static repoint_status add_table(void *context, repoint_snapshot **snapshot, repoint_error *error)
{
    table_list *list = context;
    g_autofree char *key = id_key((*snapshot)->name, (*snapshot)->identifier);
    guint task = GPOINTER_TO_UINT(g_hash_table_lookup(list->of->candidates, key));
    if (task == 0)
        return REPOINT_OK;
    repoint_status status = rp_snapshot_check_categorized(*snapshot, error);
    if (status != REPOINT_OK)
        return status;
    rp_snapshot_write_table(&list->writer, *snapshot);
    g_array_index(list->batch->tasks, expired_task, task - 1).table = list->count++;
    return REPOINT_OK;
}

static repoint_status write_table_infos(const selection *of, const rp_db_keys *ids, repoint_expired *batch,
                                        repoint_error *error)
{
    batch->table_infos = g_string_new(NULL);
    table_list list = {of, batch, RP_JSON_WRITER(batch->table_infos, RP_JSON_PYTHON), 0};
    rp_json_begin_array(&list.writer);
    repoint_status status = rp_snapshots_visit(of->store, ids, add_table, &list, error);
    rp_json_end_array(&list.writer);
    return status;
}

static repoint_status read_table_infos(repoint_expired *batch, repoint_error *error)
{
    GString *infos = g_steal_pointer(&batch->table_infos);
    return infos == NULL ? REPOINT_OK
                         : rp_tables_parse(infos, "the list of expired snapshots", &batch->tables, error);
}

/* The tables of the tasks, from the snapshots themselves. */
static repoint_status fill_tasks(const selection *of, const GArray *siblings, repoint_expired *batch,
                                 repoint_error *error)
{
    g_auto(rp_key_list) ids = rp_key_list_new(2);
    for (guint i = 0; i < siblings->len; i++) {
        const sibling *one = &g_array_index(siblings, sibling, i);
        if (one->has_task)
            rp_key_list_add(&ids, one->table.name, one->identifier);
    }
    if (rp_key_list_count(&ids) == 0)
        return REPOINT_OK;
    rp_db_keys keys = rp_key_list_keys(&ids);
    return write_table_infos(of, &keys, batch, error);
}

static repoint_status make_tasks(selection *of, repoint_expired *batch, repoint_error *error)
{
    g_autoptr(GArray) siblings = g_array_new(FALSE, FALSE, sizeof(sibling));
    repoint_status status = load_siblings(of, siblings, error);
    if (status != REPOINT_OK)
        return status;
    find_expired(of, siblings, batch);
    return fill_tasks(of, siblings, batch, error);
}

/* *ret_batch is NULL when nothing expires. Its table infos are not read yet. In the caller's transaction. */
static repoint_status compute(repoint_store *store, const repoint_expired_options *options,
                              repoint_expired **ret_batch, repoint_error *error)
{
    g_autoptr(GHashTable) protected_ids = g_hash_table_new_full(hash_id_key, g_str_equal, g_free, NULL);
    g_autoptr(GHashTable) candidates = g_hash_table_new_full(hash_id_key, g_str_equal, g_free, NULL);
    g_autoptr(GStringChunk) strings = g_string_chunk_new(4096);
    g_auto(rp_key_list) versions = rp_key_list_new(2);
    g_autoptr(repoint_expired) batch = batch_new();
    selection of = {
        .store = store,
        .options = options,
        .now = options->current_ts != 0 ? options->current_ts : rp_store_now(store),
        .protected_ids = protected_ids,
        .candidates = candidates,
        .versions = versions,
        .strings = strings,
    };
    for (size_t i = 0; i < options->keep_count; i++)
        protect(protected_ids, options->keep[i].name, options->keep[i].identifier);
    repoint_status status = rp_environments_visit_shown(store, protect, protected_ids, error);
    if (status == REPOINT_OK)
        status = select_candidates(&of, batch, error);
    if (status == REPOINT_OK && g_hash_table_size(candidates) > 0)
        status = make_tasks(&of, batch, error);
    if (status == REPOINT_OK)
        *ret_batch = batch->ids->len > 0 ? g_steal_pointer(&batch) : NULL;
    return status;
}

static const repoint_expired_options everything = {0};

repoint_status repoint_snapshots_expired(repoint_store *store, const repoint_expired_options *options,
                                         repoint_expired **ret_batch, repoint_error *error)
{
    g_auto(rp_transaction) transaction = {0};
    g_autoptr(repoint_expired) batch = NULL;
    repoint_status status = rp_transaction_begin(&transaction, store, RP_DB_READ, error);
    if (status == REPOINT_OK)
        status = compute(store, options != NULL ? options : &everything, &batch, error);
    if (status == REPOINT_OK && batch != NULL)
        status = read_table_infos(batch, error);
    if (status == REPOINT_OK)
        *ret_batch = g_steal_pointer(&batch);
    return status;
}

/* ---- deleting ---- */

/* Intervals of tables that go: `columns` name them. */
static repoint_status delete_intervals(repoint_store *store, const rp_key_list *list, const char *columns,
                                       const char *condition, repoint_error *error)
{
    if (rp_key_list_count(list) == 0)
        return REPOINT_OK;
    rp_db_keys keys = rp_key_list_keys(list);
    g_autofree char *sql = rp_sql_delete_keyed(
        store->db, &(rp_keyed_rows){store->schema, "_intervals", columns, .parameter = 1, condition});
    return rp_db_execute(store->db, sql, RP_VALUES(rp_db_key_list(&keys)), NULL, error);
}

/* Rows that deleted snapshots wrote for tables that live on belong to nobody from now on. */
static repoint_status disown_intervals(repoint_store *store, const rp_db_keys *ids, repoint_error *error)
{
    g_autofree char *sql = rp_sql_update_keyed(
        store->db, &(rp_keyed_rows){store->schema, "_intervals", "name, identifier", .parameter = 1},
        "identifier = NULL, dev_version = CASE WHEN is_dev THEN dev_version END, is_compacted = FALSE");
    return rp_db_execute(store->db, sql, RP_VALUES(rp_db_key_list(ids)), NULL, error);
}

static repoint_status clean_intervals(repoint_store *store, const repoint_expired *batch,
                                      const rp_db_keys *ids, repoint_error *error)
{
    g_auto(rp_key_list) whole = rp_key_list_new(2);
    g_auto(rp_key_list) dev_only = rp_key_list_new(2);
    for (guint i = 0; i < batch->tasks->len; i++) {
        const expired_task *task = &g_array_index(batch->tasks, expired_task, i);
        if (task->dev_table_only)
            rp_key_list_add(&dev_only, task->name, task->dev_version);
        else
            rp_key_list_add(&whole, task->name, task->version);
    }
    /* The reference compacts first; of what goes nothing is left either way, and so it is not merged before.
     */
    repoint_status status = delete_intervals(store, &whole, "name, version", NULL, error);
    if (status == REPOINT_OK)
        status = delete_intervals(store, &dev_only, "name, dev_version", "is_dev", error);
    if (status == REPOINT_OK)
        status = repoint_intervals_compact(store, NULL, NULL, error);
    return status == REPOINT_OK ? disown_intervals(store, ids, error) : status;
}

static repoint_status delete_batch(repoint_store *store, const repoint_expired *batch, repoint_error *error)
{
    g_auto(rp_key_list) list = rp_key_list_new(2);
    for (guint i = 0; i < batch->ids->len; i++) {
        const repoint_snapshot_id *id = &g_array_index(batch->ids, repoint_snapshot_id, i);
        rp_key_list_add(&list, id->name, id->identifier);
    }
    rp_db_keys ids = rp_key_list_keys(&list);
    repoint_status status = rp_snapshots_delete(store, &ids, NULL, error);
    return status == REPOINT_OK ? clean_intervals(store, batch, &ids, error) : status;
}

static repoint_status delete_expired(repoint_store *store, const repoint_expired_options *options,
                                     repoint_expired **ret_batch, repoint_error *error)
{
    g_autoptr(repoint_expired) batch = NULL;
    g_auto(rp_transaction) transaction = {0};
    repoint_status status = rp_transaction_begin_locked(
        &transaction, store, RP_LOCK_ENVIRONMENTS | RP_LOCK_SNAPSHOTS | RP_LOCK_INTERVALS, error);
    rp_db_pipeline(store->db);
    if (status == REPOINT_OK)
        status = compute(store, options, &batch, error);
    if (status == REPOINT_OK && batch != NULL)
        status = delete_batch(store, batch, error);
    /* Read now, while the database does what it was told last. */
    if (status == REPOINT_OK && batch != NULL)
        status = read_table_infos(batch, error);
    if (status == REPOINT_OK)
        status = rp_transaction_commit(&transaction, error);
    if (status == REPOINT_OK && ret_batch != NULL)
        *ret_batch = g_steal_pointer(&batch);
    return status;
}

repoint_status repoint_snapshots_delete_expired(repoint_store *store, const repoint_expired_options *options,
                                                repoint_expired **ret_batch, repoint_error *error)
{
    rp_retry retry = {0};
    repoint_status status;
    do
        status = delete_expired(store, options != NULL ? options : &everything, ret_batch, error);
    while (rp_retry_again(&retry, store, status));
    return status;
}

/* ---- looking at a batch ---- */

size_t repoint_expired_count(const repoint_expired *batch)
{
    return batch->ids->len;
}

repoint_snapshot_id repoint_expired_at(const repoint_expired *batch, size_t index)
{
    g_return_val_if_fail(index < batch->ids->len, (repoint_snapshot_id){0});
    return g_array_index(batch->ids, repoint_snapshot_id, index);
}

int64_t repoint_expired_since(const repoint_expired *batch, size_t index)
{
    g_return_val_if_fail(index < batch->since->len, 0);
    return g_array_index(batch->since, int64_t, index);
}

repoint_row_boundary repoint_expired_end(const repoint_expired *batch)
{
    return batch->end;
}

size_t repoint_expired_task_count(const repoint_expired *batch)
{
    return batch->tasks->len;
}

repoint_cleanup_task repoint_expired_task(const repoint_expired *batch, size_t index)
{
    g_return_val_if_fail(index < batch->tasks->len, (repoint_cleanup_task){0});
    const expired_task *task = &g_array_index(batch->tasks, expired_task, index);
    const repoint_table *table = task->table != NO_TABLE ? &batch->tables.items[task->table] : NULL;
    return (repoint_cleanup_task){table, task->dev_table_only};
}
