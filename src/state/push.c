/*
 * push: adding snapshots.
 *
 * A snapshot that is stored already stays as it is; the reference checks first and inserts later, and two
 * pushes of the same snapshot then fail. Here the check is in the insert itself, so the second push just adds
 * nothing.
 */
#include "state/push.h"

#include <string.h>

#define INSERT_COLUMNS                                                                                       \
    "name, identifier, version, snapshot, kind_name, updated_ts, unpaused_ts, ttl_ms, unrestorable, "        \
    "forward_only,"                                                                                          \
    " dev_version, fingerprint"

repoint_status rp_snapshot_insert(repoint_store *store, const repoint_snapshot *snapshot, bool *ret_added,
                                  repoint_error *error)
{
    int64_t updated_ts = snapshot->updated_ts != RP_TS_NONE ? snapshot->updated_ts : snapshot->created_ts;
    int64_t ttl_ms = 0, changed = 0;
    repoint_status status = rp_snapshot_check_categorized(snapshot, error);
    if (status == REPOINT_OK)
        status = rp_ttl_ms(snapshot->ttl, updated_ts, &ttl_ms, error);
    if (status != REPOINT_OK)
        return status;

    GString *column = g_string_new(NULL), *fingerprint = g_string_new(NULL);
    rp_fingerprint_write(&RP_JSON_WRITER(fingerprint, RP_JSON_COMPACT), &snapshot->fingerprint);
    rp_snapshot_write_column(column, snapshot);
    g_autofree char *sql = rp_sql_insert_absent(store->db, store->schema, "_snapshots", INSERT_COLUMNS, 2);
    status = rp_db_execute(
        store->db, sql,
        RP_VALUES(rp_db_text(snapshot->name), rp_db_text(snapshot->identifier), rp_db_text(snapshot->version),
                  rp_db_text_sized(column->str, column->len), rp_db_text(snapshot->kind_name),
                  rp_db_integer(updated_ts), rp_db_integer_or_null(snapshot->unpaused_ts, RP_TS_NONE),
                  rp_db_integer(ttl_ms), rp_db_boolean(snapshot->unrestorable),
                  rp_db_boolean(snapshot->forward_only), rp_db_text(rp_snapshot_dev_version(snapshot)),
                  rp_db_text_sized(fingerprint->str, fingerprint->len)),
        &changed, error);
    g_string_free(column, TRUE);
    g_string_free(fingerprint, TRUE);
    if (status == REPOINT_OK)
        *ret_added = changed > 0;
    return status;
}

repoint_status repoint_push(repoint_store *store, const repoint_snapshot *const *snapshots, size_t count,
                            size_t *ret_added, repoint_error *error)
{
    for (size_t i = 0; i < count; i++) {
        repoint_status status = rp_snapshot_check_categorized(snapshots[i], error);
        if (status != REPOINT_OK)
            return status;
    }
    g_auto(rp_transaction) transaction = {0};
    repoint_status status = rp_transaction_begin(&transaction, store, RP_DB_WRITE, error);
    size_t total = 0;
    for (size_t i = 0; i < count && status == REPOINT_OK; i++) {
        bool added = false;
        status = rp_snapshot_insert(store, snapshots[i], &added, error);
        total += added;
    }
    if (status == REPOINT_OK)
        status = rp_transaction_commit(&transaction, error);
    if (status == REPOINT_OK && ret_added != NULL)
        *ret_added = total;
    return status;
}
