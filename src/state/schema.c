/*
 * The tables of a state store: SQLMesh's six, at schema version 102, and the row that says so.
 *
 * Only `_versions` is ever read by position. The other columns stand as in a database which SQLMesh created
 * and migrated, but for the large ones of `_environments`: they come last, so that a list of environments
 * need not read past them. Nothing but the key columns is NOT NULL, there are no defaults and no foreign
 * keys, as there.
 */
#include <stdlib.h>
#include <string.h>

#include "state/store.h"

/* Column types: k is a key's text, l a large text, t text, b bigint, i int, f flag. */
typedef struct table_layout {
    const char *name;
    const char *columns;       /* "name:type ..." */
    const char *key;           /* "column, column", or NULL */
    const char *indexes[2][2]; /* {name, "column, column"} */
} table_layout;

static const table_layout tables[] = {
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

static repoint_status execute(repoint_store *store, char *sql, repoint_error *error)
{
    repoint_status status = rp_db_execute(store->db, sql, RP_NO_VALUES, NULL, error);
    g_free(sql);
    return status;
}

static repoint_status create_table(repoint_store *store, const table_layout *table, repoint_error *error)
{
    bool has_key = table->key != NULL && rp_db_can(store->db, RP_DB_KEYS);
    g_autofree char *columns = columns_text(store->db, table->columns);
    g_autofree char *key = has_key ? g_strdup_printf(", PRIMARY KEY (%s)", table->key) : g_strdup("");
    repoint_status status = execute(
        store,
        rp_sql(store->db, "CREATE TABLE IF NOT EXISTS %n (%s%s)%s", store->schema, table->name, columns, key,
               store->db->driver->table_options),
        error);
    for (size_t i = 0; i < 2 && status == REPOINT_OK && rp_db_can(store->db, RP_DB_KEYS); i++) {
        const char *const *index = table->indexes[i];
        if (index[0] != NULL)
            status = execute(store,
                             rp_sql(store->db, "CREATE INDEX IF NOT EXISTS %i ON %n (%s)", index[0],
                                    store->schema, table->name, index[1]),
                             error);
    }
    return status;
}

static const char *or_default(const char *text, const char *fallback)
{
    return text != NULL && *text != '\0' ? text : fallback;
}

static repoint_status record_versions(repoint_store *store, const repoint_versions *versions,
                                      repoint_error *error)
{
    int number = versions != NULL && versions->schema_version != 0 ? versions->schema_version
                                                                   : REPOINT_NEWEST_SCHEMA_VERSION;
    const char *sqlglot =
        or_default(versions != NULL ? versions->sqlglot_version : NULL, RP_DEFAULT_SQLGLOT_VERSION);
    const char *sqlmesh =
        or_default(versions != NULL ? versions->sqlmesh_version : NULL, RP_DEFAULT_SQLMESH_VERSION);
    g_autofree char *sql = rp_sql(
        store->db, "INSERT INTO %n (schema_version, sqlglot_version, sqlmesh_version) VALUES (?1, ?2, ?3)",
        store->schema, "_versions");
    return rp_db_execute(store->db, sql,
                         RP_VALUES(rp_db_integer(number), rp_db_text(sqlglot), rp_db_text(sqlmesh)), NULL,
                         error);
}

repoint_status rp_schema_create(repoint_store *store, const repoint_versions *versions, repoint_error *error)
{
    repoint_status status = REPOINT_OK;
    if (rp_db_can(store->db, RP_DB_SCHEMAS))
        status = execute(store, rp_sql(store->db, "CREATE SCHEMA IF NOT EXISTS %i", store->schema), error);
    for (size_t i = 0; i < G_N_ELEMENTS(tables) && status == REPOINT_OK; i++)
        status = create_table(store, &tables[i], error);
    return status == REPOINT_OK ? record_versions(store, versions, error) : status;
}

repoint_status rp_schema_empty(repoint_store *store, repoint_error *error)
{
    bool is_store = false;
    repoint_versions versions = {0};
    repoint_status status = rp_versions_read(store, &is_store, &versions, error);
    for (size_t i = 0; i < G_N_ELEMENTS(tables) && status == REPOINT_OK; i++)
        status = execute(store, rp_sql(store->db, "DELETE FROM %n", store->schema, tables[i].name), error);
    return status == REPOINT_OK ? record_versions(store, &versions, error) : status;
}

/* ---- reading the versions ---- */

static repoint_status has_versions_table(repoint_store *store, bool *ret_has, repoint_error *error)
{
    g_autofree char *sql = rp_sql(store->db, "SELECT 1 FROM %o o WHERE o.type = 'table' AND o.name = ?1 "
                                             "AND (o.schema_name IS NULL OR o.schema_name = ?2)");
    g_autoptr(rp_rows) rows = NULL;
    repoint_status status = rp_db_query(
        store->db, sql, RP_VALUES(rp_db_text("_versions"), rp_db_text(store->schema)), &rows, error);
    return status == REPOINT_OK ? rp_rows_next(rows, ret_has, error) : status;
}

static void copy_version(char *to, size_t size, const char *text)
{
    g_strlcpy(to, text != NULL ? text : "0.0.0", size);
}

repoint_status rp_versions_read(repoint_store *store, bool *ret_is_store, repoint_versions *ret_versions,
                                repoint_error *error)
{
    bool is_store = false;
    repoint_status status = has_versions_table(store, &is_store, error);
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
