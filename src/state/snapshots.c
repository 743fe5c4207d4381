/* Reading snapshots: by id, one at a time, and the list of what is stored. */
#include "state/snapshots.h"

#include <string.h>

#include "model/resolve.h"
#include "state/replay.h"

/* ---- by id ---- */

/* The columns that rp_row_to_snapshot() reads, of _snapshots s LEFT JOIN _auto_restatements a. */
#define SNAPSHOT_COLUMNS                                                                                     \
    "s.snapshot, s.updated_ts, s.unpaused_ts, s.unrestorable, s.forward_only, a.next_auto_restatement_ts"

static repoint_status row_to_snapshot(const rp_rows *rows, repoint_snapshot **ret_snapshot,
                                      repoint_error *error)
{
    const char *text = rp_rows_text(rows, 0);
    if (text == NULL)
        return rp_fail(error, REPOINT_FAILED, "restore the row from a backup or an export",
                       "a row of _snapshots has no snapshot");
    g_autoptr(rp_json) json = NULL;
    g_autoptr(repoint_snapshot) snapshot = NULL;
    repoint_status status =
        rp_json_parse(text, rp_rows_text_size(rows, 0), "a stored snapshot", &json, error);
    if (status == REPOINT_OK)
        status = rp_snapshot_read(json, rp_json_root(json), RP_TOLERANT, &snapshot, error);
    if (status != REPOINT_OK)
        return status;
    snapshot->updated_ts = rp_rows_integer(rows, 1, RP_TS_NONE);
    snapshot->unpaused_ts = rp_rows_integer(rows, 2, RP_TS_NONE);
    snapshot->unrestorable = rp_rows_boolean(rows, 3, false);
    snapshot->forward_only = rp_rows_boolean(rows, 4, false);
    snapshot->next_auto_restatement_ts = rp_rows_integer(rows, 5, RP_TS_NONE);
    *ret_snapshot = g_steal_pointer(&snapshot);
    return REPOINT_OK;
}

repoint_status rp_snapshots_query(repoint_store *store, const rp_db_keys *ids, rp_rows **ret_rows,
                                  repoint_error *error)
{
    g_autofree char *sql =
        rp_sql(store->db,
               "SELECT " SNAPSHOT_COLUMNS " FROM %k k CROSS JOIN %n s"
               " LEFT JOIN %n a ON a.snapshot_name = s.name AND a.snapshot_version = s.version"
               " WHERE s.name = k.name AND s.identifier = k.identifier",
               1U, "name, identifier", store->schema, "_snapshots", store->schema, "_auto_restatements");
    return rp_db_query(store->db, sql, RP_VALUES(rp_db_key_list(ids)), ret_rows, error);
}

static repoint_status visit_rows(rp_rows *rows, rp_snapshot_visitor visit, void *context,
                                 repoint_error *error)
{
    repoint_status status;
    bool has_row = false;
    while ((status = rp_rows_next(rows, &has_row, error)) == REPOINT_OK && has_row) {
        g_autoptr(repoint_snapshot) snapshot = NULL;
        status = row_to_snapshot(rows, &snapshot, error);
        if (status == REPOINT_OK)
            status = visit(context, &snapshot, error);
        if (status != REPOINT_OK)
            break;
    }
    return status;
}

repoint_status rp_snapshots_visit(repoint_store *store, const rp_db_keys *ids, rp_snapshot_visitor visit,
                                  void *context, repoint_error *error)
{
    g_autoptr(rp_rows) rows = NULL;
    repoint_status status = rp_snapshots_query(store, ids, &rows, error);
    return status == REPOINT_OK ? visit_rows(rows, visit, context, error) : status;
}

static repoint_status keep_snapshot(void *context, repoint_snapshot **snapshot, repoint_error *error)
{
    (void)error;
    g_ptr_array_add(context, g_steal_pointer(snapshot));
    return REPOINT_OK;
}

static int compare_by_id(gconstpointer a, gconstpointer b)
{
    const repoint_snapshot *left = *(repoint_snapshot *const *)a, *right = *(repoint_snapshot *const *)b;
    int by_name = strcmp(left->name, right->name);
    return by_name != 0 ? by_name : strcmp(left->identifier, right->identifier);
}

static void free_snapshot(gpointer snapshot)
{
    repoint_snapshot_free(snapshot);
}

static rp_key_list keys_of_ids(const repoint_snapshot_id *ids, size_t count)
{
    rp_key_list keys = rp_key_list_new(2);
    for (size_t i = 0; i < count; i++)
        rp_key_list_add(&keys, ids[i].name, ids[i].identifier);
    return keys;
}

repoint_status rp_snapshots_read(repoint_store *store, rp_rows *rows, const rp_replay *replay,
                                 repoint_snapshot_list **ret_list, repoint_error *error)
{
    g_autoptr(GPtrArray) snapshots = g_ptr_array_new_with_free_func(free_snapshot);
    repoint_status status = visit_rows(rows, keep_snapshot, snapshots, error);
    if (status == REPOINT_OK)
        status = replay != NULL ? rp_snapshots_fill(store, replay, snapshots, error)
                                : rp_snapshots_hydrate(store, snapshots, error);
    if (status != REPOINT_OK)
        return status;
    g_ptr_array_sort(snapshots, compare_by_id);
    repoint_snapshot_list *result = g_new0(repoint_snapshot_list, 1);
    result->snapshots = g_steal_pointer(&snapshots);
    *ret_list = result;
    return REPOINT_OK;
}

repoint_status repoint_snapshots_get(repoint_store *store, const repoint_snapshot_id *ids, size_t count,
                                     repoint_snapshot_list **ret_list, repoint_error *error)
{
    g_auto(rp_transaction) transaction = {0};
    repoint_status status = rp_transaction_begin(&transaction, store, RP_DB_READ, error);
    if (status != REPOINT_OK)
        return status;
    g_auto(rp_key_list) list = keys_of_ids(ids, count);
    rp_db_keys keys = rp_key_list_keys(&list);
    g_autoptr(rp_rows) rows = NULL;
    status = rp_snapshots_query(store, &keys, &rows, error);
    return status == REPOINT_OK ? rp_snapshots_read(store, rows, NULL, ret_list, error) : status;
}

size_t repoint_snapshot_list_count(const repoint_snapshot_list *list)
{
    return list->snapshots->len;
}

const repoint_snapshot *repoint_snapshot_list_at(const repoint_snapshot_list *list, size_t index)
{
    return index < list->snapshots->len ? g_ptr_array_index(list->snapshots, index) : NULL;
}

void repoint_snapshot_list_free(repoint_snapshot_list *list)
{
    if (list == NULL)
        return;
    g_ptr_array_unref(list->snapshots);
    g_free(list);
}

/* ---- existence ---- */

/* Keys whose row is there; `ordinals` receives the indexes of those that are not. */
repoint_status rp_snapshots_missing(repoint_store *store, const rp_db_keys *ids, GPtrArray **ret_missing_rows,
                                    repoint_error *error)
{
    g_autofree char *sql = rp_sql(store->db,
                                  "SELECT k.name, k.identifier FROM %k k WHERE NOT EXISTS (SELECT 1 FROM %n s"
                                  " WHERE s.name = k.name AND s.identifier = k.identifier)",
                                  1U, "name, identifier", store->schema, "_snapshots");
    g_autoptr(GPtrArray) missing = g_ptr_array_new_with_free_func(g_free);
    g_autoptr(rp_rows) rows = NULL;
    repoint_status status = rp_db_query(store->db, sql, RP_VALUES(rp_db_key_list(ids)), &rows, error);
    bool has_row = false;
    while (status == REPOINT_OK && (status = rp_rows_next(rows, &has_row, error)) == REPOINT_OK && has_row) {
        g_ptr_array_add(missing, g_strdup(rp_rows_text(rows, 0)));
        g_ptr_array_add(missing, g_strdup(rp_rows_text(rows, 1)));
    }
    if (status == REPOINT_OK)
        *ret_missing_rows = g_steal_pointer(&missing);
    return status;
}

repoint_status repoint_snapshots_exist(repoint_store *store, const repoint_snapshot_id *ids, size_t count,
                                       bool *ret_exists, repoint_error *error)
{
    g_auto(rp_key_list) list = keys_of_ids(ids, count);
    rp_db_keys keys = rp_key_list_keys(&list);
    g_autoptr(GPtrArray) missing = NULL;
    repoint_status status = rp_snapshots_missing(store, &keys, &missing, error);
    if (status != REPOINT_OK)
        return status;
    g_autoptr(GHashTable) absent = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
    for (guint i = 0; i < missing->len; i += 2)
        g_hash_table_add(absent, g_strconcat(g_ptr_array_index(missing, i), "\n",
                                             (const char *)g_ptr_array_index(missing, i + 1), NULL));
    for (size_t i = 0; i < count; i++) {
        g_autofree char *key = g_strconcat(ids[i].name, "\n", ids[i].identifier, NULL);
        ret_exists[i] = !g_hash_table_contains(absent, key);
    }
    return REPOINT_OK;
}

repoint_status rp_snapshots_delete(repoint_store *store, const rp_db_keys *ids, int64_t *ret_deleted,
                                   repoint_error *error)
{
    g_autofree char *sql = rp_sql_delete_keyed(
        store->db, &(rp_keyed_rows){store->schema, "_snapshots", "name, identifier", .parameter = 1});
    return rp_db_execute(store->db, sql, RP_VALUES(rp_db_key_list(ids)), ret_deleted, error);
}

repoint_status repoint_snapshots_delete(repoint_store *store, const repoint_snapshot_id *ids, size_t count,
                                        repoint_error *error)
{
    if (count == 0)
        return REPOINT_OK;
    g_auto(rp_key_list) list = keys_of_ids(ids, count);
    rp_db_keys keys = rp_key_list_keys(&list);
    g_auto(rp_transaction) transaction = {0};
    repoint_status status = rp_transaction_begin_locked(&transaction, store, RP_LOCK_SNAPSHOTS, error);
    if (status == REPOINT_OK)
        status = rp_snapshots_delete(store, &keys, NULL, error);
    return status == REPOINT_OK ? rp_transaction_commit(&transaction, error) : status;
}

/* An audit has no kind, and so is left out together with what is external: SQL's NULL, and SQLMesh's rule. */
repoint_status repoint_nodes_exist(repoint_store *store, const char *const *names, size_t count,
                                   bool exclude_external, bool *ret_exists, repoint_error *error)
{
    g_auto(rp_key_list) list = rp_key_list_new(1);
    for (size_t i = 0; i < count; i++)
        rp_key_list_add(&list, names[i], NULL);
    rp_db_keys keys = rp_key_list_keys(&list);
    g_autofree char *sql = rp_sql(
        store->db, "SELECT DISTINCT name FROM %n WHERE name IN (SELECT name FROM %k k)%s", store->schema,
        "_snapshots", 1U, "name", exclude_external ? " AND kind_name <> 'EXTERNAL'" : "");
    g_autoptr(GHashTable) found = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
    g_autoptr(rp_rows) rows = NULL;
    bool has_row = false;
    repoint_status status = rp_db_query(store->db, sql, RP_VALUES(rp_db_key_list(&keys)), &rows, error);
    while (status == REPOINT_OK && (status = rp_rows_next(rows, &has_row, error)) == REPOINT_OK && has_row)
        g_hash_table_add(found, g_strdup(rp_rows_text(rows, 0)));
    for (size_t i = 0; i < count && status == REPOINT_OK; i++)
        ret_exists[i] = g_hash_table_contains(found, names[i]);
    return status;
}

/* ---- names ---- */

repoint_status rp_snapshot_name_resolve(repoint_store *store, const char *text, char **ret_name,
                                        repoint_error *error)
{
    g_autofree char *sql =
        rp_sql(store->db, "SELECT DISTINCT name FROM %n ORDER BY name", store->schema, "_snapshots");
    g_autoptr(GPtrArray) names = g_ptr_array_new_with_free_func(g_free);
    g_autoptr(rp_rows) rows = NULL;
    repoint_status status = rp_db_query(store->db, sql, RP_NO_VALUES, &rows, error);
    bool has_row = false;
    while (status == REPOINT_OK && (status = rp_rows_next(rows, &has_row, error)) == REPOINT_OK && has_row)
        g_ptr_array_add(names, g_strdup(rp_rows_text(rows, 0)));
    size_t index = 0;
    if (status == REPOINT_OK)
        status =
            rp_name_resolve(text, (const char *const *)names->pdata, names->len, "the store", &index, error);
    if (status == REPOINT_OK)
        *ret_name = g_strdup(g_ptr_array_index(names, index));
    return status;
}

/* ---- the list ---- */

#define LIST_COLUMNS                                                                                         \
    "name, identifier, version, dev_version, kind_name, updated_ts, unpaused_ts, ttl_ms, unrestorable,"      \
    " forward_only, fingerprint"
#define LIST_ORDER " ORDER BY name, updated_ts, identifier"

static repoint_snapshot_row listed_row(const rp_rows *rows, int64_t now)
{
    repoint_snapshot_row snapshot = {
        .name = rp_rows_text(rows, 0),
        .identifier = rp_rows_text(rows, 1),
        .version = rp_rows_text(rows, 2),
        .dev_version = rp_rows_text(rows, 3),
        .kind_name = rp_rows_text(rows, 4),
        .updated_ts = rp_rows_integer(rows, 5, 0),
        .unpaused_ts = rp_rows_integer(rows, 6, 0),
        .ttl_ms = rp_rows_integer(rows, 7, 0),
        .unrestorable = rp_rows_boolean(rows, 8, false),
        .forward_only = rp_rows_boolean(rows, 9, false),
        .fingerprint = rp_rows_text(rows, 10),
    };
    snapshot.is_expired = snapshot.updated_ts + snapshot.ttl_ms <= now;
    return snapshot;
}

static repoint_status list_rows(rp_rows *rows, int64_t now, repoint_snapshot_visitor row, void *context,
                                repoint_error *error)
{
    bool has_row = false;
    repoint_status status;
    while ((status = rp_rows_next(rows, &has_row, error)) == REPOINT_OK && has_row) {
        repoint_snapshot_row snapshot = listed_row(rows, now);
        if (!row(context, &snapshot))
            break;
    }
    return status;
}

repoint_status repoint_snapshots_list(repoint_store *store, const char *name, repoint_snapshot_visitor row,
                                      void *context, repoint_error *error)
{
    g_autofree char *full_name = NULL;
    repoint_status status =
        name != NULL ? rp_snapshot_name_resolve(store, name, &full_name, error) : REPOINT_OK;
    if (status != REPOINT_OK)
        return status;

    g_autofree char *sql =
        rp_sql(store->db, "SELECT " LIST_COLUMNS " FROM %n WHERE ?1 IS NULL OR name = ?1" LIST_ORDER,
               store->schema, "_snapshots");
    g_autoptr(rp_rows) rows = NULL;
    status = rp_db_query(store->db, sql, RP_VALUES(rp_db_text(full_name)), &rows, error);
    return status == REPOINT_OK ? list_rows(rows, rp_store_now(store), row, context, error) : status;
}

static rp_key_list keys_of_names(const char *const *names, size_t count)
{
    rp_key_list keys = rp_key_list_new(1);
    for (size_t i = 0; i < count; i++)
        rp_key_list_add(&keys, names[i], NULL);
    return keys;
}

repoint_status repoint_snapshots_by_names(repoint_store *store, const char *const *names, size_t count,
                                          int64_t current_ts, bool exclude_expired,
                                          repoint_snapshot_visitor row, void *context, repoint_error *error)
{
    if (count == 0)
        return REPOINT_OK;
    int64_t now = current_ts != 0 ? current_ts : rp_store_now(store);
    g_auto(rp_key_list) list = keys_of_names(names, count);
    rp_db_keys keys = rp_key_list_keys(&list);
    g_autofree char *sql = rp_sql(store->db,
                                  "SELECT " LIST_COLUMNS " FROM %n WHERE name IN (SELECT name FROM %k k)"
                                  " AND (NOT ?2 OR updated_ts + ttl_ms > ?3)" LIST_ORDER,
                                  store->schema, "_snapshots", 1U, "name");
    g_autoptr(rp_rows) rows = NULL;
    repoint_status status = rp_db_query(
        store->db, sql, RP_VALUES(rp_db_key_list(&keys), rp_db_boolean(exclude_expired), rp_db_integer(now)),
        &rows, error);
    return status == REPOINT_OK ? list_rows(rows, now, row, context, error) : status;
}

/* ---- one, by what a user types ---- */

typedef struct candidates {
    GPtrArray *identifiers; /* of snapshots that may be meant, owned */
} candidates;

static bool collect_candidate(void *context, const repoint_snapshot_row *snapshot)
{
    if (!snapshot->unrestorable)
        g_ptr_array_add(((candidates *)context)->identifiers, g_strdup(snapshot->identifier));
    return true;
}

static repoint_status only_identifier(repoint_store *store, const char *name, char **ret_identifier,
                                      repoint_error *error)
{
    candidates found = {g_ptr_array_new_with_free_func(g_free)};
    repoint_status status = repoint_snapshots_list(store, name, collect_candidate, &found, error);
    if (status == REPOINT_OK && found.identifiers->len == 1) {
        *ret_identifier = g_strdup(g_ptr_array_index(found.identifiers, 0));
    } else if (status == REPOINT_OK) {
        g_ptr_array_add(found.identifiers, NULL);
        g_autofree char *list = g_strjoinv(", ", (char **)found.identifiers->pdata);
        g_autofree char *hint = g_strdup_printf("say which: %s@IDENTIFIER; it has %s", name, list);
        status =
            rp_fail(error, REPOINT_INVALID, hint, "%s has %u snapshots", name, found.identifiers->len - 1);
    }
    g_ptr_array_unref(found.identifiers);
    return status;
}

repoint_status repoint_snapshot_find(repoint_store *store, const char *text, repoint_snapshot **ret_snapshot,
                                     repoint_error *error)
{
    const char *at = strrchr(text, '@');
    g_autofree char *typed_name = at != NULL ? g_strndup(text, (gsize)(at - text)) : g_strdup(text);
    g_autofree char *name = NULL;
    g_autofree char *identifier = at != NULL ? g_strdup(at + 1) : NULL;
    repoint_status status = rp_snapshot_name_resolve(store, typed_name, &name, error);
    if (status == REPOINT_OK && identifier == NULL)
        status = only_identifier(store, name, &identifier, error);
    if (status != REPOINT_OK)
        return status;

    g_autoptr(repoint_snapshot_list) list = NULL;
    repoint_snapshot_id id = {name, identifier};
    status = repoint_snapshots_get(store, &id, 1, &list, error);
    if (status != REPOINT_OK)
        return status;
    if (list->snapshots->len == 0)
        return rp_fail(error, REPOINT_NOT_FOUND, "\"repoint snapshots NAME\" lists what there is",
                       "%s has no snapshot %s", name, identifier);
    *ret_snapshot = g_ptr_array_steal_index(list->snapshots, 0);
    return REPOINT_OK;
}
