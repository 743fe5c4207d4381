/* The garbage list. See deploy/garbage.h. */
#include "deploy/garbage.h"

#include <string.h>

#include "deploy/tables.h"
#include "state/environments.h"
#include "warehouse/drop.h"

static const char *const kind_names[] = {
    [RP_GARBAGE_TABLE] = "table",
    [RP_GARBAGE_DEV_TABLE] = "dev table",
    [RP_GARBAGE_VIEW] = "view",
    [RP_GARBAGE_SCHEMA] = "schema",
};

const char *rp_garbage_kind_name(rp_garbage_kind kind)
{
    return kind_names[kind];
}

char *rp_garbage_display(const rp_garbage *garbage)
{
    return garbage->kind == RP_GARBAGE_SCHEMA ? g_strdup(garbage->object.schema)
                                              : rp_relation_display(&garbage->object);
}

static void garbage_free(gpointer data)
{
    rp_garbage *garbage = data;
    rp_relation_clear(&garbage->object);
    g_free(garbage->owner);
    g_free(garbage->version);
    g_free(garbage->dev_version);
    g_free(garbage->failure);
    g_free(garbage);
}

GPtrArray *rp_garbage_list_new(void)
{
    return g_ptr_array_new_with_free_func(garbage_free);
}

/* ---- what is left behind ---- */

static rp_garbage *append(GPtrArray *list, rp_garbage_kind kind, const char *owner)
{
    rp_garbage *garbage = g_new0(rp_garbage, 1);
    garbage->kind = kind;
    garbage->owner = g_strdup(owner);
    g_ptr_array_add(list, garbage);
    return garbage;
}

/* A model whose table is the model itself (dev_only, external) leaves that alone: it is not ours to drop. */
static bool is_ours(const rp_name *physical, const repoint_table *table)
{
    return g_strcmp0(physical->schema, table->physical_schema) == 0;
}

static repoint_status add_table(rp_db *warehouse, const repoint_table *table, bool dev, GPtrArray *list,
                                repoint_error *error)
{
    rp_name name = {0};
    repoint_status status = rp_physical_name(table, dev, &name, error);
    if (status == REPOINT_OK && is_ours(&name, table)) {
        rp_garbage *garbage = append(list, dev ? RP_GARBAGE_DEV_TABLE : RP_GARBAGE_TABLE, table->name);
        garbage->object = rp_relation_of(warehouse, &name);
        garbage->version = g_strdup(table->version);
        garbage->dev_version = g_strdup(rp_table_dev_version(table));
    }
    rp_name_clear(&name);
    return status;
}

repoint_status rp_garbage_of_task(rp_db *warehouse, const repoint_cleanup_task *task, GPtrArray *list,
                                  repoint_error *error)
{
    const repoint_table *table = task->table;
    if (table == NULL || !table->is_model || rp_kind_is_symbolic(table->kind))
        return REPOINT_OK;
    repoint_status status = add_table(warehouse, table, true, list, error);
    return status == REPOINT_OK && !task->dev_table_only ? add_table(warehouse, table, false, list, error)
                                                         : status;
}

repoint_status rp_garbage_of_environment(rp_db *warehouse, const repoint_environment *environment,
                                         GPtrArray *list, repoint_error *error)
{
    g_autoptr(GPtrArray) views = NULL;
    g_autoptr(GHashTable) schemas = g_hash_table_new(g_str_hash, g_str_equal);
    bool owns_schemas = rp_db_can(warehouse, RP_DB_SCHEMAS) && rp_environment_is_dev(environment) &&
                        environment->naming.suffix_target == RP_SUFFIX_SCHEMA;
    repoint_status status = rp_views_of(warehouse, environment, &views, error);
    if (status != REPOINT_OK)
        return status;
    for (guint i = 0; i < views->len; i++) {
        rp_relation *view = g_ptr_array_index(views, i);
        rp_garbage *garbage = append(list, RP_GARBAGE_VIEW, environment->naming.name);
        garbage->object = (rp_relation){g_strdup(view->schema), g_strdup(view->name)};
        if (owns_schemas && view->schema != NULL)
            g_hash_table_add(schemas, view->schema);
    }
    GHashTableIter iterator;
    gpointer schema;
    g_hash_table_iter_init(&iterator, schemas);
    while (g_hash_table_iter_next(&iterator, &schema, NULL))
        append(list, RP_GARBAGE_SCHEMA, environment->naming.name)->object.schema = g_strdup(schema);
    return REPOINT_OK;
}

/* ---- the list ---- */

/* The key columns of a row: none of them is NULL. */
static const char *schema_key(const rp_garbage *garbage)
{
    return garbage->object.schema != NULL ? garbage->object.schema : "";
}

static const char *name_key(const rp_garbage *garbage)
{
    return garbage->object.name != NULL ? garbage->object.name : "";
}

repoint_status rp_garbage_add(repoint_store *store, const GPtrArray *list, repoint_error *error)
{
    enum { WIDTH = 8 };
    rp_insert into = {store->schema, RP_GARBAGE,
                      "schema_name, name, kind, owner, version, dev_version, added_ts, attempts", 3};
    g_autoptr(GArray) values = g_array_new(FALSE, FALSE, sizeof(rp_db_value));
    if (list->len == 0)
        return REPOINT_OK;
    for (guint i = 0; i < list->len; i++) {
        const rp_garbage *garbage = g_ptr_array_index(list, i);
        const rp_db_value row[WIDTH] = {
            rp_db_text(schema_key(garbage)),       rp_db_text(name_key(garbage)),
            rp_db_text(kind_names[garbage->kind]), rp_db_text(garbage->owner),
            rp_db_text(garbage->version),          rp_db_text(garbage->dev_version),
            rp_db_integer(rp_store_now(store)),    rp_db_integer(0),
        };
        g_array_append_vals(values, row, WIDTH);
    }
    return rp_db_insert(store->db, &into, (const rp_db_value *)values->data, list->len, NULL, error);
}

static bool read_kind(const char *text, rp_garbage_kind *ret_kind)
{
    for (size_t i = 0; i < G_N_ELEMENTS(kind_names); i++) {
        if (g_strcmp0(text, kind_names[i]) == 0) {
            *ret_kind = (rp_garbage_kind)i;
            return true;
        }
    }
    return false; /* a later version's: it is not ours to drop */
}

static char *none_if_empty(const char *text)
{
    return text != NULL && *text != '\0' ? g_strdup(text) : NULL;
}

repoint_status rp_garbage_load(repoint_store *store, const char *environment, size_t limit,
                               GPtrArray **ret_list, repoint_error *error)
{
    g_autoptr(GPtrArray) list = rp_garbage_list_new();
    g_autofree char *sql = rp_sql(store->db,
                                  "SELECT schema_name, name, kind, owner, version, dev_version, attempts,"
                                  " failure FROM %n WHERE ?1 IS NULL OR (owner = ?1 AND kind IN ('view',"
                                  " 'schema')) ORDER BY attempts, CASE kind WHEN 'schema' THEN 1 ELSE 0 END,"
                                  " schema_name, name",
                                  store->schema, RP_GARBAGE);
    g_autoptr(rp_rows) rows = NULL;
    bool has_row = false;
    repoint_status status = rp_db_query(store->db, sql, RP_VALUES(rp_db_text(environment)), &rows, error);
    while (status == REPOINT_OK && (limit == 0 || list->len < limit) &&
           (status = rp_rows_next(rows, &has_row, error)) == REPOINT_OK && has_row) {
        rp_garbage_kind kind;
        if (!read_kind(rp_rows_text(rows, 2), &kind))
            continue;
        rp_garbage *garbage = append(list, kind, rp_rows_text(rows, 3));
        garbage->object.schema = none_if_empty(rp_rows_text(rows, 0));
        garbage->object.name = none_if_empty(rp_rows_text(rows, 1));
        garbage->version = g_strdup(rp_rows_text(rows, 4));
        garbage->dev_version = g_strdup(rp_rows_text(rows, 5));
        garbage->attempts = rp_rows_integer(rows, 6, 0);
        garbage->failure = g_strdup(rp_rows_text(rows, 7));
    }
    if (status == REPOINT_OK)
        *ret_list = g_steal_pointer(&list);
    return status;
}

/* ---- collecting ---- */

static repoint_status exists(repoint_store *store, const char *sql, const rp_db_value *values, size_t count,
                             bool *ret_exists, repoint_error *error)
{
    g_autoptr(rp_rows) rows = NULL;
    repoint_status status = rp_db_query(store->db, sql, values, count, &rows, error);
    return status == REPOINT_OK ? rp_rows_next(rows, ret_exists, error) : status;
}

#define THIS_ROW " WHERE schema_name = ?1 AND name = ?2 AND kind = ?3"

static repoint_status is_listed(repoint_store *store, const rp_garbage *garbage, bool *ret_listed,
                                repoint_error *error)
{
    g_autofree char *sql = rp_sql(store->db, "SELECT 1 FROM %n" THIS_ROW, store->schema, RP_GARBAGE);
    return exists(store, sql,
                  RP_VALUES(rp_db_text(schema_key(garbage)), rp_db_text(name_key(garbage)),
                            rp_db_text(kind_names[garbage->kind])),
                  ret_listed, error);
}

/* Does a stored snapshot have this table, or the environment exist again? A development table whose version
 * is not recorded is left alone as long as any snapshot of the model is. */
static repoint_status is_needed(repoint_store *store, const rp_garbage *garbage, bool *ret_needed,
                                repoint_error *error)
{
    bool is_table = garbage->kind == RP_GARBAGE_TABLE || garbage->kind == RP_GARBAGE_DEV_TABLE;
    if (!is_table) {
        g_autofree char *sql =
            rp_sql(store->db, "SELECT 1 FROM %n WHERE name = ?1", store->schema, "_environments");
        return exists(store, sql, RP_VALUES(rp_db_text(garbage->owner)), ret_needed, error);
    }
    g_autofree char *sql =
        rp_sql(store->db,
               garbage->kind == RP_GARBAGE_TABLE
                   ? "SELECT 1 FROM %n WHERE name = ?1 AND version = ?2"
                   : "SELECT 1 FROM %n WHERE name = ?1 AND COALESCE(NULLIF(dev_version, ''), ?2) = ?2",
               store->schema, "_snapshots");
    return exists(
        store, sql,
        RP_VALUES(rp_db_text(garbage->owner),
                  rp_db_text(garbage->kind == RP_GARBAGE_TABLE ? garbage->version : garbage->dev_version)),
        ret_needed, error);
}

static repoint_status take_off(repoint_store *store, const rp_garbage *garbage, repoint_error *error)
{
    g_autofree char *sql = rp_sql(store->db, "DELETE FROM %n" THIS_ROW, store->schema, RP_GARBAGE);
    return rp_db_execute(store->db, sql,
                         RP_VALUES(rp_db_text(schema_key(garbage)), rp_db_text(name_key(garbage)),
                                   rp_db_text(kind_names[garbage->kind])),
                         NULL, error);
}

static repoint_status drop(rp_db *warehouse, const rp_garbage *garbage, repoint_error *error)
{
    bool was_there = false;
    return garbage->kind == RP_GARBAGE_SCHEMA
               ? rp_schema_drop_if_empty(warehouse, garbage->object.schema, error)
               : rp_object_drop(warehouse, &garbage->object, &was_there, error);
}

/* In a warehouse of its own: there in a transaction, while that of the state keeps its locks. */
static repoint_status drop_apart(rp_db *warehouse, const rp_garbage *garbage, repoint_error *error)
{
    repoint_status status = rp_db_begin(warehouse, RP_DB_WRITE, error);
    if (status != REPOINT_OK)
        return status;
    status = drop(warehouse, garbage, error);
    if (status == REPOINT_OK)
        return rp_db_commit(warehouse, error);
    rp_db_rollback(warehouse);
    return status;
}

/* Under the locks, from which on nobody begins to need it. */
static repoint_status look(repoint_store *store, const rp_garbage *garbage, rp_garbage_outcome *ret_outcome,
                           repoint_error *error)
{
    bool is_there = false, needed = false;
    repoint_status status = is_listed(store, garbage, &is_there, error);
    if (status == REPOINT_OK && is_there)
        status = is_needed(store, garbage, &needed, error);
    *ret_outcome = !is_there ? RP_GARBAGE_GONE : needed ? RP_GARBAGE_NEEDED : RP_GARBAGE_DROPPED;
    return status;
}

/* Where dropping commits, it comes after the look, and the row goes after it: who dies between them leaves a
 * row whose object is gone, which the next run takes off. */
static repoint_status collect(repoint_store *store, const rp_garbage *garbage,
                              rp_garbage_outcome *ret_outcome, repoint_error *error)
{
    rp_db *warehouse = NULL;
    g_auto(rp_transaction) transaction = {0};
    repoint_status status = rp_store_warehouse(store, &warehouse, error);
    if (status == REPOINT_OK)
        status =
            rp_transaction_begin_locked(&transaction, store, RP_LOCK_ENVIRONMENTS | RP_LOCK_SNAPSHOTS, error);
    if (status == REPOINT_OK)
        status = look(store, garbage, ret_outcome, error);
    if (status != REPOINT_OK || *ret_outcome == RP_GARBAGE_GONE)
        return status;
    bool drops = *ret_outcome == RP_GARBAGE_DROPPED;
    if (warehouse == store->db && !rp_db_can(warehouse, RP_DB_TRANSACTIONAL_DDL)) {
        status = rp_transaction_commit(&transaction, error);
        if (status == REPOINT_OK && drops)
            status = drop(warehouse, garbage, error);
        return status == REPOINT_OK ? take_off(store, garbage, error) : status;
    }
    if (drops)
        status =
            warehouse == store->db ? drop(warehouse, garbage, error) : drop_apart(warehouse, garbage, error);
    if (status == REPOINT_OK)
        status = take_off(store, garbage, error);
    return status == REPOINT_OK ? rp_transaction_commit(&transaction, error) : status;
}

static repoint_status note_failure(repoint_store *store, rp_garbage *garbage, const char *message,
                                   repoint_error *error)
{
    g_autofree char *sql =
        rp_sql(store->db, "UPDATE %n SET attempts = attempts + 1, tried_ts = ?4, failure = ?5" THIS_ROW,
               store->schema, RP_GARBAGE);
    g_auto(rp_transaction) transaction = {0};
    repoint_status status = rp_transaction_begin(&transaction, store, RP_DB_WRITE, error);
    if (status == REPOINT_OK)
        status = rp_db_execute(store->db, sql,
                               RP_VALUES(rp_db_text(schema_key(garbage)), rp_db_text(name_key(garbage)),
                                         rp_db_text(kind_names[garbage->kind]),
                                         rp_db_integer(rp_store_now(store)), rp_db_text(message)),
                               NULL, error);
    if (status == REPOINT_OK)
        status = rp_transaction_commit(&transaction, error);
    g_free(garbage->failure);
    garbage->failure = g_strdup(message);
    garbage->attempts++;
    return status;
}

repoint_status rp_garbage_collect(repoint_store *store, rp_garbage *garbage, rp_garbage_outcome *ret_outcome,
                                  repoint_error *error)
{
    repoint_error failure = REPOINT_ERROR_INIT;
    repoint_status status = collect(store, garbage, ret_outcome, &failure);
    bool is_refused = status == REPOINT_FAILED || status == REPOINT_BUSY || status == REPOINT_CONFLICT ||
                      status == REPOINT_REFUSED;
    if (is_refused) {
        *ret_outcome = RP_GARBAGE_FAILED;
        status = note_failure(store, garbage, failure.message, error);
        repoint_error_clear(&failure);
    } else if (status != REPOINT_OK) {
        rp_error_move(error, &failure);
    }
    return status;
}
