/*
 * The tables of a state store: SQLMesh's six, at schema version 102, and the row that says so.
 *
 * That row comes last and goes last. Where tables do not change with the transaction, whoever dies half way
 * leaves tables without it: no store yet, or no store any more, which the next "init" finishes. Each
 * statement is therefore one that may find its work done.
 *
 * Only `_versions` is ever read by position. The other columns stand as in a database which SQLMesh created
 * and migrated, but for the large ones of `_environments`: they come last, so that a list of environments
 * need not read past them. Nothing but the key columns is NOT NULL, there are no defaults and no foreign
 * keys, as there.
 */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "state/store.h"

#define BACKUP           "_backup" /* ends the name of a copy */
#define MANDATORY_TABLES 3         /* the first ones: without their copies there is no backup */

static const rp_table_layout tables[] = {
    {"_versions", "schema_version:i sqlglot_version:k sqlmesh_version:k", NULL, {{NULL}}},
    {"_snapshots",
     "name:k identifier:k version:k snapshot:l kind_name:k updated_ts:b unpaused_ts:b ttl_ms:b "
     "unrestorable:f "
     "forward_only:f dev_version:k fingerprint:l",
     "name, identifier",
     {{"_snapshots_name_version_idx", "name, version"}}},
    {"_environments",
     "name:k start_at:t end_at:t plan_id:t previous_plan_id:t expiration_ts:b finalized_ts:b suffix_target:t "
     "catalog_name_override:t normalize_name:f gateway_managed:f requirements:l promoted_snapshot_ids:l "
     "snapshots:l "
     "previous_finalized_snapshots:l",
     "name",
     {{NULL}}},
    {"_intervals",
     "id:k created_ts:b name:k identifier:k version:k start_ts:b end_ts:b is_dev:f is_removed:f "
     "is_compacted:f "
     "is_pending_restatement:f dev_version:k last_altered_ts:b",
     "id",
     {{"_intervals_name_identifier_idx", "name, identifier"},
      {"_intervals_name_version_idx", "name, version"}}},
    {"_environment_statements",
     "environment_name:k plan_id:t environment_statements:l",
     "environment_name",
     {{NULL}}},
    {"_auto_restatements",
     "snapshot_name:k snapshot_version:k next_auto_restatement_ts:b",
     "snapshot_name, snapshot_version",
     {{NULL}}},
};

static const char *column_type(const rp_db *db, char letter)
{
    switch (letter) {
    case 'k': return db->driver->key_text_type;
    case 'l': return db->driver->large_text_type;
    case 't': return "TEXT";
    case 'b': return "BIGINT";
    case 'i': return "INT";
    default: return "BOOLEAN";
    }
}

static char *columns_text(const rp_db *db, const char *layout)
{
    GString *text = g_string_new(NULL);
    g_auto(GStrv) columns = g_strsplit(layout, " ", -1);
    for (size_t i = 0; columns[i] != NULL; i++) {
        char *colon = strchr(columns[i], ':');
        *colon = '\0';
        g_autofree char *name = rp_sql_quote(columns[i]);
        g_string_append_printf(text, "%s%s %s", i > 0 ? ", " : "", name, column_type(db, colon[1]));
    }
    return g_string_free(text, FALSE);
}

/* ---- sections of changes ---- */

static bool is_transactional(const repoint_store *store)
{
    return rp_db_can(store->db, RP_DB_TRANSACTIONAL_DDL);
}

repoint_status rp_ddl_begin(rp_transaction *transaction, repoint_store *store, repoint_error *error)
{
    return is_transactional(store) ? rp_transaction_begin(transaction, store, RP_DB_WRITE, error)
                                   : REPOINT_OK;
}

repoint_status rp_ddl_commit(rp_transaction *transaction, repoint_error *error)
{
    return transaction->store != NULL ? rp_transaction_commit(transaction, error) : REPOINT_OK;
}

repoint_status rp_ddl_execute(repoint_store *store, char *sql, repoint_error *error)
{
    repoint_status status = REPOINT_OK;
    if (is_transactional(store) || !store->options.dry_run)
        status = rp_db_execute(store->db, sql, RP_NO_VALUES, NULL, error);
    g_free(sql);
    return status;
}

/* ---- creating ---- */

/* ", PRIMARY KEY (...)", and the indexes where they cannot be made by themselves. */
static char *keys_text(const rp_db *db, const rp_table_layout *table, const char *suffix)
{
    GString *text = g_string_new(NULL);
    if (table->key != NULL && rp_db_can(db, RP_DB_KEYS))
        g_string_append_printf(text, ", PRIMARY KEY (%s)", table->key);
    for (size_t i = 0; i < 2 && rp_db_can(db, RP_DB_INNER_INDEXES); i++) {
        const char *const *index = table->indexes[i];
        if (index[0] != NULL)
            g_string_append_printf(text, ", INDEX %s%s (%s)", index[0], suffix, index[1]);
    }
    return g_string_free(text, FALSE);
}

static repoint_status create_indexes(repoint_store *store, const rp_table_layout *table, const char *suffix,
                                     repoint_error *error)
{
    g_autofree char *table_name = g_strconcat(table->name, suffix, NULL);
    repoint_status status = REPOINT_OK;
    if (!rp_db_can(store->db, RP_DB_KEYS) || rp_db_can(store->db, RP_DB_INNER_INDEXES))
        return status;
    for (size_t i = 0; i < 2 && status == REPOINT_OK; i++) {
        const char *const *index = table->indexes[i];
        if (index[0] == NULL)
            continue;
        g_autofree char *name = g_strconcat(index[0], suffix, NULL);
        status = rp_ddl_execute(store,
                                rp_sql(store->db, "CREATE INDEX IF NOT EXISTS %i ON %n (%s)", name,
                                       store->schema, table_name, index[1]),
                                error);
    }
    return status;
}

static repoint_status compress_columns(repoint_store *store, const rp_table_layout *table,
                                       repoint_error *error)
{
    g_auto(GStrv) columns = g_strsplit(table->columns, " ", -1);
    repoint_status status = REPOINT_OK;
    for (size_t i = 0; columns[i] != NULL && status == REPOINT_OK; i++) {
        char *colon = strchr(columns[i], ':');
        if (colon[1] != 'l')
            continue;
        *colon = '\0';
        status = rp_db_compress_column(store->db, store->schema, table->name, columns[i], error);
    }
    return status;
}

/* A table of this layout; the suffix goes behind its name and those of its indexes. */
static repoint_status create_like(repoint_store *store, const rp_table_layout *table, const char *suffix,
                                  repoint_error *error)
{
    g_autofree char *name = g_strconcat(table->name, suffix, NULL);
    g_autofree char *columns = columns_text(store->db, table->columns);
    g_autofree char *keys = keys_text(store->db, table, suffix);
    repoint_status status =
        rp_ddl_execute(store,
                       rp_sql(store->db, "CREATE TABLE IF NOT EXISTS %n (%s%s)%s", store->schema, name,
                              columns, keys, store->db->driver->table_options),
                       error);
    return status == REPOINT_OK ? create_indexes(store, table, suffix, error) : status;
}

repoint_status rp_schema_create_table(repoint_store *store, const rp_table_layout *table,
                                      repoint_error *error)
{
    repoint_status status = create_like(store, table, "", error);
    bool may_change = is_transactional(store) || !store->options.dry_run;
    return status == REPOINT_OK && may_change ? compress_columns(store, table, error) : status;
}

static const char *or_default(const char *text, const char *fallback)
{
    return text != NULL && *text != '\0' ? text : fallback;
}

/* Where there are no versions yet: two programs that create a store at once leave one row. */
static repoint_status record_versions(repoint_store *store, const repoint_versions *versions,
                                      repoint_error *error)
{
    int number = versions != NULL && versions->schema_version != 0 ? versions->schema_version
                                                                   : REPOINT_NEWEST_SCHEMA_VERSION;
    const char *sqlglot =
        or_default(versions != NULL ? versions->sqlglot_version : NULL, RP_DEFAULT_SQLGLOT_VERSION);
    const char *sqlmesh =
        or_default(versions != NULL ? versions->sqlmesh_version : NULL, RP_DEFAULT_SQLMESH_VERSION);
    if (!is_transactional(store) && store->options.dry_run)
        return REPOINT_OK;
    g_autofree char *sql =
        rp_sql(store->db,
               "INSERT INTO %n (schema_version, sqlglot_version, sqlmesh_version) SELECT v.a, v.b, v.c FROM"
               " (SELECT ?1 AS a, ?2 AS b, ?3 AS c) v WHERE NOT EXISTS (SELECT 1 FROM %n)",
               store->schema, "_versions", store->schema, "_versions");
    return rp_db_execute(store->db, sql,
                         RP_VALUES(rp_db_integer(number), rp_db_text(sqlglot), rp_db_text(sqlmesh)), NULL,
                         error);
}

static repoint_status has_row(repoint_store *store, const char *sql, const rp_db_value *values, size_t count,
                              bool *ret_has, repoint_error *error)
{
    g_autoptr(rp_rows) rows = NULL;
    repoint_status status = rp_db_query(store->db, sql, values, count, &rows, error);
    return status == REPOINT_OK ? rp_rows_next(rows, ret_has, error) : status;
}

repoint_status rp_schema_has_tables(repoint_store *store, const rp_key_list *names, bool *ret_has_all,
                                    repoint_error *error)
{
    bool has_schema = store->schema != NULL && rp_db_can(store->db, RP_DB_SCHEMAS), has_counted = false;
    const char *where = has_schema ? "o.schema_name = ?2" : store->db->driver->unqualified;
    rp_db_keys keys = rp_key_list_keys(names);
    g_autofree char *sql =
        rp_sql(store->db,
               "SELECT COUNT(DISTINCT o.name) FROM %o o WHERE o.type = 'table' AND o.name IN"
               " (SELECT name FROM %k k) AND (%s)",
               1U, "name", where);
    const rp_db_value values[] = {rp_db_key_list(&keys), rp_db_text(store->schema)};
    g_autoptr(rp_rows) rows = NULL;
    repoint_status status = rp_db_query(store->db, sql, values, has_schema ? 2 : 1, &rows, error);
    if (status == REPOINT_OK)
        status = rp_rows_next(rows, &has_counted, error);
    if (status == REPOINT_OK)
        *ret_has_all = has_counted && rp_rows_integer(rows, 0, 0) == (int64_t)rp_key_list_count(names);
    return status;
}

repoint_status rp_schema_has_table(repoint_store *store, const char *name, bool *ret_has,
                                   repoint_error *error)
{
    bool has_schema = store->schema != NULL && rp_db_can(store->db, RP_DB_SCHEMAS);
    const char *where = has_schema ? "o.schema_name = ?2" : store->db->driver->unqualified;
    g_autofree char *sql =
        rp_sql(store->db, "SELECT 1 FROM %o o WHERE o.type = 'table' AND o.name = ?1 AND (%s)", where);
    const rp_db_value values[] = {rp_db_text(name), rp_db_text(store->schema)};
    return has_row(store, sql, values, has_schema ? 2 : 1, ret_has, error);
}

/* Not by IF NOT EXISTS: who may use a schema need not be allowed to make one. */
static repoint_status create_schema(repoint_store *store, repoint_error *error)
{
    bool exists = false;
    repoint_status status = has_row(store, "SELECT 1 FROM information_schema.schemata WHERE schema_name = ?1",
                                    RP_VALUES(rp_db_text(store->schema)), &exists, error);
    if (status != REPOINT_OK || exists)
        return status;
    return rp_ddl_execute(store, rp_sql(store->db, "CREATE SCHEMA IF NOT EXISTS %i", store->schema), error);
}

repoint_status rp_schema_create(repoint_store *store, const repoint_versions *versions, repoint_error *error)
{
    repoint_status status = REPOINT_OK;
    if (rp_db_can(store->db, RP_DB_SCHEMAS) && store->schema != NULL)
        status = create_schema(store, error);
    for (size_t i = G_N_ELEMENTS(tables); i-- > 0 && status == REPOINT_OK;) /* `_versions` last */
        status = rp_schema_create_table(store, &tables[i], error);
    return status == REPOINT_OK ? record_versions(store, versions, error) : status;
}

/* A table that is not there has no row. */
static repoint_status has_rows(repoint_store *store, const char *table, bool *ret_has, repoint_error *error)
{
    g_autofree char *sql = rp_sql(store->db, "SELECT 1 FROM %n LIMIT 1", store->schema, table);
    bool exists = false;
    repoint_status status = rp_schema_has_table(store, table, &exists, error);
    return status == REPOINT_OK && exists ? has_row(store, sql, RP_NO_VALUES, ret_has, error) : status;
}

repoint_status rp_schema_is_unfinished(repoint_store *store, bool *ret_unfinished, repoint_error *error)
{
    bool has = false;
    repoint_status status = REPOINT_OK;
    for (size_t i = 0; i < G_N_ELEMENTS(tables) && !has && status == REPOINT_OK; i++)
        status = has_rows(store, tables[i].name, &has, error);
    if (status == REPOINT_OK)
        *ret_unfinished = !has;
    return status;
}

repoint_status rp_schema_empty(repoint_store *store, repoint_error *error)
{
    bool is_store = false;
    repoint_versions versions = {0};
    repoint_status status = rp_versions_read(store, &is_store, &versions, error);
    for (size_t i = 0; i < G_N_ELEMENTS(tables) && status == REPOINT_OK; i++) {
        g_autofree char *sql = rp_sql(store->db, "DELETE FROM %n", store->schema, tables[i].name);
        status = rp_db_execute(store->db, sql, RP_NO_VALUES, NULL, error);
    }
    return status == REPOINT_OK ? record_versions(store, &versions, error) : status;
}

/* ---- dropping, putting by and restoring ---- */

static char *backup_name(const rp_table_layout *table)
{
    return g_strconcat(table->name, BACKUP, NULL);
}

static repoint_status drop_table(repoint_store *store, const char *name, repoint_error *error)
{
    return rp_ddl_execute(store, rp_sql(store->db, "DROP TABLE IF EXISTS %n", store->schema, name), error);
}

/* Optional tables first, `_versions` last: until its copy is gone, dropping can be finished by a second call.
 */
static repoint_status drop_backups(repoint_store *store, repoint_error *error)
{
    repoint_status status = REPOINT_OK;
    for (size_t i = G_N_ELEMENTS(tables); i-- > 0 && status == REPOINT_OK;) {
        g_autofree char *backup = backup_name(&tables[i]);
        status = drop_table(store, backup, error);
    }
    return status;
}

/* repoint's own tables: deployments, their journal, what is to be dropped. */
static repoint_status drop_own_tables(repoint_store *store, repoint_error *error)
{
    g_autoptr(GPtrArray) names = g_ptr_array_new_with_free_func(g_free);
    g_autofree char *sql = rp_sql(store->db, "SELECT o.name FROM %o o WHERE o.type = 'table'"
                                             " AND substr(o.name, 1, 9) = '" RP_OWN_PREFIX "'"
                                             " AND (o.schema_name IS NULL OR o.schema_name = ?1)");
    g_autoptr(rp_rows) rows = NULL;
    bool has_row = false;
    repoint_status status = rp_db_query(store->db, sql, RP_VALUES(rp_db_text(store->schema)), &rows, error);
    while (status == REPOINT_OK && (status = rp_rows_next(rows, &has_row, error)) == REPOINT_OK && has_row)
        g_ptr_array_add(names, g_strdup(rp_rows_text(rows, 0)));
    g_clear_pointer(&rows, rp_rows_close);
    for (guint i = 0; i < names->len && status == REPOINT_OK; i++)
        status = drop_table(store, g_ptr_array_index(names, i), error);
    return status;
}

/* `_versions` goes last: a store that was half dropped says what is missing, and is dropped again. */
repoint_status rp_schema_drop(repoint_store *store, bool backups, repoint_error *error)
{
    repoint_status status = drop_own_tables(store, error);
    if (status == REPOINT_OK && backups)
        status = drop_backups(store, error);
    for (size_t i = G_N_ELEMENTS(tables); i-- > 0 && status == REPOINT_OK;)
        status = drop_table(store, tables[i].name, error);
    return status;
}

/* "name, identifier, ..." */
static char *column_names(const rp_table_layout *table)
{
    GString *text = g_string_new(NULL);
    g_auto(GStrv) columns = g_strsplit(table->columns, " ", -1);
    for (size_t i = 0; columns[i] != NULL; i++)
        g_string_append_printf(text, "%s%.*s", i > 0 ? ", " : "", (int)strcspn(columns[i], ":"), columns[i]);
    return g_string_free(text, FALSE);
}

static repoint_status copy_rows(repoint_store *store, const rp_table_layout *table, const char *from,
                                const char *to, repoint_error *error)
{
    g_autofree char *columns = column_names(table);
    return rp_ddl_execute(store,
                          rp_sql(store->db, "INSERT INTO %n (%s) SELECT %s FROM %n", store->schema, to,
                                 columns, columns, store->schema, from),
                          error);
}

/* The copy of `_versions` is made last: only with it the others are a backup. */
repoint_status rp_schema_back_up(repoint_store *store, repoint_error *error)
{
    repoint_status status = drop_backups(store, error);
    for (size_t i = G_N_ELEMENTS(tables); i-- > 0 && status == REPOINT_OK;) {
        g_autofree char *backup = backup_name(&tables[i]);
        status = create_like(store, &tables[i], BACKUP, error);
        if (status == REPOINT_OK)
            status = copy_rows(store, &tables[i], tables[i].name, backup, error);
    }
    return status;
}

/* The schema version that the backup has; 0 when there is none. */
static repoint_status backup_version(repoint_store *store, int64_t *ret_version, repoint_error *error)
{
    bool has_backup = true;
    repoint_status status = REPOINT_OK;
    for (size_t i = 0; i < MANDATORY_TABLES && has_backup && status == REPOINT_OK; i++) {
        g_autofree char *backup = backup_name(&tables[i]);
        status = rp_schema_has_table(store, backup, &has_backup, error);
    }
    if (status != REPOINT_OK || !has_backup)
        return status;
    g_autofree char *sql =
        rp_sql(store->db, "SELECT schema_version FROM %n LIMIT 1", store->schema, "_versions" BACKUP);
    g_autoptr(rp_rows) rows = NULL;
    bool has_version = false;
    status = rp_db_query(store->db, sql, RP_NO_VALUES, &rows, error);
    if (status == REPOINT_OK)
        status = rp_rows_next(rows, &has_version, error);
    if (status == REPOINT_OK && has_version)
        *ret_version = rp_rows_integer(rows, 0, 0);
    return status;
}

static repoint_status check_backup(repoint_store *store, repoint_error *error)
{
    int64_t version = 0;
    repoint_status status = backup_version(store, &version, error);
    if (status != REPOINT_OK)
        return status;
    if (version == 0)
        return rp_fail(error, REPOINT_NOT_FOUND, "only \"migrate\" makes a backup, and a rollback uses it up",
                       "there is no backup of the state to go back to");
    if (version < REPOINT_OLDEST_SCHEMA_VERSION)
        return rp_fail(error, REPOINT_REFUSED, "run \"sqlmesh rollback\"",
                       "the backup has schema version %" PRId64 ", whose tables only SQLMesh can restore",
                       version);
    return REPOINT_OK;
}

static repoint_status restore_rows(repoint_store *store, const rp_table_layout *table, repoint_error *error)
{
    g_autofree char *backup = backup_name(table);
    g_autofree char *delete_sql = rp_sql(store->db, "DELETE FROM %n", store->schema, table->name);
    bool has_backup = false;
    repoint_status status = rp_schema_has_table(store, backup, &has_backup, error);
    if (status != REPOINT_OK || !has_backup)
        return status;
    status = rp_db_execute(store->db, delete_sql, RP_NO_VALUES, NULL, error);
    return status == REPOINT_OK ? copy_rows(store, table, backup, table->name, error) : status;
}

/*
 * The rows are put back in one transaction, in which the backup also stops being one: its row of versions is
 * deleted. The tables of both versions are alike, so they keep their keys; the copies are dropped afterwards.
 */
repoint_status rp_schema_restore(repoint_store *store, repoint_error *error)
{
    g_auto(rp_transaction) transaction = {0};
    repoint_status status = rp_transaction_begin_locked(
        &transaction, store, RP_LOCK_ENVIRONMENTS | RP_LOCK_SNAPSHOTS | RP_LOCK_INTERVALS, error);
    if (status == REPOINT_OK)
        status = check_backup(store, error);
    for (size_t i = 0; i < G_N_ELEMENTS(tables) && status == REPOINT_OK; i++)
        status = restore_rows(store, &tables[i], error);
    g_autofree char *consume = rp_sql(store->db, "DELETE FROM %n", store->schema, "_versions" BACKUP);
    if (status == REPOINT_OK)
        status = rp_db_execute(store->db, consume, RP_NO_VALUES, NULL, error);
    if (status == REPOINT_OK && is_transactional(store))
        status = drop_backups(store, error);
    if (status == REPOINT_OK)
        status = rp_transaction_commit(&transaction, error);
    if (status == REPOINT_OK && !is_transactional(store))
        status = drop_backups(store, error);
    return status;
}

/* ---- reading the versions ---- */

static void copy_version(char *to, size_t size, const char *text)
{
    g_strlcpy(to, text != NULL ? text : "0.0.0", size);
}

repoint_status rp_versions_read(repoint_store *store, bool *ret_is_store, repoint_versions *ret_versions,
                                repoint_error *error)
{
    bool is_store = false;
    repoint_status status = rp_schema_has_table(store, "_versions", &is_store, error);
    if (status != REPOINT_OK)
        return status;
    repoint_versions versions = {0};
    copy_version(versions.sqlmesh_version, sizeof versions.sqlmesh_version, NULL);
    copy_version(versions.sqlglot_version, sizeof versions.sqlglot_version, NULL);
    if (is_store) {
        g_autofree char *sql =
            rp_sql(store->db, "SELECT schema_version, sqlglot_version, sqlmesh_version FROM %n LIMIT 1",
                   store->schema, "_versions");
        g_autoptr(rp_rows) rows = NULL;
        bool has_row = false;
        status = rp_db_query(store->db, sql, RP_NO_VALUES, &rows, error);
        if (status == REPOINT_OK)
            status = rp_rows_next(rows, &has_row, error);
        if (status != REPOINT_OK)
            return status;
        if (has_row) {
            versions.schema_version = (int)rp_rows_integer(rows, 0, 0);
            copy_version(versions.sqlglot_version, sizeof versions.sqlglot_version, rp_rows_text(rows, 1));
            copy_version(versions.sqlmesh_version, sizeof versions.sqlmesh_version, rp_rows_text(rows, 2));
        }
    }
    *ret_is_store = is_store;
    *ret_versions = versions;
    return REPOINT_OK;
}
