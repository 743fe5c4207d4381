/*
 * migrate: from schema version 101 to 102; and back, and to nothing.
 *
 * The tables are the same. SQLMesh's own migration spells stored Python code anew, and with it fingerprints;
 * that only SQLMesh can do. Where no snapshot carries such code, the version number is all that changes.
 */
#include "model/snapshot.h"
#include "state/store.h"

/* Does the node carry Python code as a definition, whose spelling the migration would change? */
static bool has_python_definition(yyjson_val *snapshot)
{
    yyjson_val *environment = rp_json_field(rp_json_field(snapshot, "node"), "python_env");
    size_t index, count;
    yyjson_val *name, *executable;
    yyjson_obj_foreach (environment, index, count, name, executable) {
        yyjson_val *kind = rp_json_field(executable, "kind");
        if (kind == NULL || yyjson_equals_str(kind, "definition")) /* the default */
            return true;
    }
    return false;
}

static repoint_status check_no_python(repoint_store *store, repoint_error *error)
{
    g_autofree char *sql = rp_sql(store->db, "SELECT name, snapshot FROM %n", store->schema, "_snapshots");
    g_autoptr(rp_rows) rows = NULL;
    repoint_status status = rp_db_query(store->db, sql, RP_NO_VALUES, &rows, error);
    bool has_row = false;
    while (status == REPOINT_OK && (status = rp_rows_next(rows, &has_row, error)) == REPOINT_OK && has_row) {
        g_autoptr(rp_json) json = NULL;
        const char *text = rp_rows_text(rows, 1);
        if (text == NULL)
            continue;
        status = rp_json_parse(text, rp_rows_text_size(rows, 1), "a stored snapshot", &json, error);
        if (status == REPOINT_OK && has_python_definition(rp_json_root(json)))
            status =
                rp_fail(error, REPOINT_REFUSED, "run \"sqlmesh migrate\" of SQLMesh 0.236, then try again",
                        "snapshot %s carries Python code that only SQLMesh can migrate to schema version %d",
                        rp_rows_text(rows, 0), REPOINT_NEWEST_SCHEMA_VERSION);
    }
    return status;
}

static repoint_status move_to_newest(repoint_store *store, int from, repoint_error *error)
{
    g_autofree char *sql = rp_sql(store->db, "UPDATE %n SET schema_version = ?1 WHERE schema_version = ?2",
                                  store->schema, "_versions");
    return rp_db_execute(store->db, sql,
                         RP_VALUES(rp_db_integer(REPOINT_NEWEST_SCHEMA_VERSION), rp_db_integer(from)), NULL,
                         error);
}

/* The backup first: where tables do not change with the transaction it is whole before anything is changed.
 */
repoint_status repoint_store_migrate(repoint_store *store, bool skip_backup, int *ret_from,
                                     repoint_error *error)
{
    repoint_versions versions = {0};
    g_auto(rp_transaction) transaction = {0};
    repoint_status status = rp_ddl_begin(&transaction, store, error);
    if (status == REPOINT_OK)
        status = repoint_store_versions(store, &versions, error);
    if (status == REPOINT_OK && versions.schema_version != REPOINT_NEWEST_SCHEMA_VERSION) {
        status = check_no_python(store, error);
        if (status == REPOINT_OK && !skip_backup)
            status = rp_schema_back_up(store, error);
        if (status == REPOINT_OK && !(store->options.dry_run && transaction.store == NULL))
            status = move_to_newest(store, versions.schema_version, error);
    }
    if (status == REPOINT_OK)
        status = rp_ddl_commit(&transaction, error);
    if (status == REPOINT_OK && ret_from != NULL)
        *ret_from = versions.schema_version;
    return status;
}

repoint_status repoint_store_rollback(repoint_store *store, repoint_versions *ret_versions,
                                      repoint_error *error)
{
    repoint_status status = rp_schema_restore(store, error);
    return status == REPOINT_OK && ret_versions != NULL ? repoint_store_versions(store, ret_versions, error)
                                                        : status;
}

repoint_status repoint_store_remove(repoint_store *store, bool backups, repoint_error *error)
{
    g_auto(rp_transaction) transaction = {0};
    repoint_status status = rp_ddl_begin(&transaction, store, error);
    if (status == REPOINT_OK)
        status = rp_schema_drop(store, backups, error);
    return status == REPOINT_OK ? rp_ddl_commit(&transaction, error) : status;
}

repoint_status repoint_store_reset(repoint_store *store, repoint_error *error)
{
    repoint_versions versions = {0};
    g_auto(rp_transaction) transaction = {0};
    repoint_status status = rp_ddl_begin(&transaction, store, error);
    if (status == REPOINT_OK)
        status = repoint_store_versions(store, &versions, error);
    versions.schema_version = REPOINT_NEWEST_SCHEMA_VERSION;
    if (status == REPOINT_OK)
        status = rp_schema_drop(store, false, error);
    if (status == REPOINT_OK)
        status = rp_schema_create(store, &versions, error);
    return status == REPOINT_OK ? rp_ddl_commit(&transaction, error) : status;
}
