/*
 * push: adding snapshots.
 *
 * A snapshot that is stored already stays as it is; the reference checks first and inserts later, and two
 * pushes of the same snapshot then fail. Here the check is in the insert itself, so the second push just adds
 * nothing.
 */
#include "state/push.h"

#include <string.h>

#include "state/intervals.h"
#include "state/restatements.h"
#include "state/snapshots.h"

#define BATCH_ROWS  1000
#define BATCH_BYTES (4 * 1024 * 1024)

#define SNAPSHOT_COLUMNS                                                                                     \
    "name, identifier, version, snapshot, kind_name, updated_ts, unpaused_ts, ttl_ms, unrestorable, "        \
    "forward_only, dev_version, fingerprint"
enum { SNAPSHOT_COLUMN_COUNT = 12 };

struct rp_snapshot_batch {
    repoint_store *store;
    rp_snapshot_batch_options options;
    GStringChunk *strings; /* what the rows point to */
    size_t bytes;          /* of documents in `strings` */
    GArray *values;        /* of rp_db_value, row by row */
    GHashTable *ids;       /* "name\nidentifier" of the rows; borrowed from `strings` */
    GArray *intervals;     /* of rp_interval_row */
    GArray *restatements;  /* of rp_auto_restatement */
    size_t added;
};

rp_snapshot_batch *rp_snapshot_batch_new(repoint_store *store, const rp_snapshot_batch_options *options)
{
    rp_snapshot_batch *batch = g_new0(rp_snapshot_batch, 1);
    batch->store = store;
    batch->options = *options;
    batch->strings = g_string_chunk_new(64 * 1024);
    batch->values = g_array_new(FALSE, FALSE, sizeof(rp_db_value));
    batch->ids = g_hash_table_new(g_str_hash, g_str_equal);
    batch->intervals = g_array_new(FALSE, FALSE, sizeof(rp_interval_row));
    batch->restatements = g_array_new(FALSE, FALSE, sizeof(rp_auto_restatement));
    return batch;
}

void rp_snapshot_batch_free(rp_snapshot_batch *batch)
{
    if (batch == NULL)
        return;
    g_hash_table_unref(batch->ids);
    g_array_unref(batch->values);
    g_array_unref(batch->intervals);
    g_array_unref(batch->restatements);
    g_string_chunk_free(batch->strings);
    g_free(batch);
}

/* ---- filling ---- */

static const char *keep(rp_snapshot_batch *batch, const char *text)
{
    return text != NULL ? g_string_chunk_insert(batch->strings, text) : NULL;
}

/* Moves a document into the batch. */
static rp_db_value keep_document(rp_snapshot_batch *batch, GString *document)
{
    const char *kept = g_string_chunk_insert_len(batch->strings, document->str, (gssize)document->len);
    rp_db_value value = rp_db_text_sized(kept, document->len);
    batch->bytes += document->len;
    g_string_free(document, TRUE);
    return value;
}

static rp_db_value snapshot_document(rp_snapshot_batch *batch, const repoint_snapshot *snapshot)
{
    GString *text = g_string_new(NULL);
    rp_snapshot_write_column(text, snapshot);
    return keep_document(batch, text);
}

static rp_db_value fingerprint_document(rp_snapshot_batch *batch, const repoint_snapshot *snapshot)
{
    GString *text = g_string_new(NULL);
    rp_fingerprint_write(&RP_JSON_WRITER(text, RP_JSON_COMPACT), &snapshot->fingerprint);
    return keep_document(batch, text);
}

/* The rows of the interval log that the snapshot carries, their strings kept. */
static void add_intervals(rp_snapshot_batch *batch, const repoint_snapshot *snapshot)
{
    guint first = batch->intervals->len;
    /* Without the time of the last change, which stays in the snapshot's JSON: so does the reference. */
    rp_interval_rows_of(batch->intervals, snapshot, false);
    rp_pending_rows_of(batch->intervals, snapshot, false);
    for (guint i = first; i < batch->intervals->len; i++) {
        rp_interval_row *row = &g_array_index(batch->intervals, rp_interval_row, i);
        row->name = keep(batch, row->name);
        row->identifier = keep(batch, row->identifier);
        row->version = keep(batch, row->version);
        row->dev_version = keep(batch, row->dev_version);
    }
    if (snapshot->next_auto_restatement_ts != RP_TS_NONE) {
        rp_auto_restatement restatement = {keep(batch, snapshot->name), keep(batch, snapshot->version),
                                           snapshot->next_auto_restatement_ts};
        g_array_append_val(batch->restatements, restatement);
    }
}

static repoint_status add_row(rp_snapshot_batch *batch, const repoint_snapshot *snapshot,
                              repoint_error *error)
{
    int64_t updated_ts = snapshot->updated_ts != RP_TS_NONE ? snapshot->updated_ts : snapshot->created_ts;
    int64_t ttl_ms = 0;
    repoint_status status = rp_ttl_ms(snapshot->ttl, updated_ts, &ttl_ms, error);
    if (status != REPOINT_OK)
        return status;
    const rp_db_value row[SNAPSHOT_COLUMN_COUNT] = {
        rp_db_text(keep(batch, snapshot->name)),
        rp_db_text(keep(batch, snapshot->identifier)),
        rp_db_text(keep(batch, snapshot->version)),
        snapshot_document(batch, snapshot),
        rp_db_text(keep(batch, snapshot->kind_name)),
        rp_db_integer(updated_ts),
        rp_db_integer_or_null(snapshot->unpaused_ts, RP_TS_NONE),
        rp_db_integer(ttl_ms),
        rp_db_boolean(snapshot->unrestorable),
        rp_db_boolean(snapshot->forward_only),
        rp_db_text(keep(batch, rp_snapshot_dev_version(snapshot))),
        fingerprint_document(batch, snapshot),
    };
    g_array_append_vals(batch->values, row, SNAPSHOT_COLUMN_COUNT);
    if (batch->options.intervals)
        add_intervals(batch, snapshot);
    return REPOINT_OK;
}

/* ---- writing ---- */

static const rp_db_value *row_at(const rp_snapshot_batch *batch, guint row)
{
    return &g_array_index(batch->values, rp_db_value, row * SNAPSHOT_COLUMN_COUNT);
}

static guint row_count(const rp_snapshot_batch *batch)
{
    return batch->values->len / SNAPSHOT_COLUMN_COUNT;
}

static repoint_status delete_stored(const rp_snapshot_batch *batch, repoint_error *error)
{
    g_auto(rp_key_list) list = rp_key_list_new(2);
    for (guint i = 0; i < row_count(batch); i++)
        rp_key_list_add(&list, row_at(batch, i)[0].text.bytes, row_at(batch, i)[1].text.bytes);
    rp_db_keys keys = rp_key_list_keys(&list);
    return rp_snapshots_delete(batch->store, &keys, NULL, error);
}

static repoint_status flush(rp_snapshot_batch *batch, repoint_error *error)
{
    if (row_count(batch) == 0)
        return REPOINT_OK;
    repoint_store *store = batch->store;
    rp_insert into = {store->schema, "_snapshots", SNAPSHOT_COLUMNS, .key_size = 2};
    int64_t inserted = 0;
    repoint_status status = batch->options.replace ? delete_stored(batch, error) : REPOINT_OK;
    if (status == REPOINT_OK)
        status = rp_db_insert(store->db, &into, (rp_db_value *)batch->values->data, row_count(batch),
                              batch->options.uncounted ? NULL : &inserted, error);
    if (status == REPOINT_OK)
        status = rp_interval_rows_append(store, (rp_interval_row *)batch->intervals->data,
                                         batch->intervals->len, batch->options.created_ts, error);
    if (status == REPOINT_OK)
        status = rp_auto_restatements_store(store, (rp_auto_restatement *)batch->restatements->data,
                                            batch->restatements->len, error);
    batch->added += (size_t)inserted;
    batch->bytes = 0;
    g_array_set_size(batch->values, 0);
    g_array_set_size(batch->intervals, 0);
    g_array_set_size(batch->restatements, 0);
    g_hash_table_remove_all(batch->ids);
    g_string_chunk_clear(batch->strings);
    return status;
}

repoint_status rp_snapshot_batch_add(rp_snapshot_batch *batch, const repoint_snapshot *snapshot,
                                     repoint_error *error)
{
    repoint_status status = rp_snapshot_check_categorized(snapshot, error);
    g_autofree char *id = g_strconcat(snapshot->name, "\n", snapshot->identifier, NULL);
    /* A second one of the same id must find the first one stored. */
    bool is_full = row_count(batch) >= BATCH_ROWS || batch->bytes >= BATCH_BYTES;
    if (status == REPOINT_OK && (is_full || g_hash_table_contains(batch->ids, id)))
        status = flush(batch, error);
    if (status == REPOINT_OK)
        status = add_row(batch, snapshot, error);
    if (status == REPOINT_OK)
        g_hash_table_add(batch->ids, (gpointer)keep(batch, id));
    return status;
}

repoint_status rp_snapshot_batch_finish(rp_snapshot_batch *batch, size_t *ret_added, repoint_error *error)
{
    repoint_status status = flush(batch, error);
    if (status == REPOINT_OK && ret_added != NULL)
        *ret_added = batch->added;
    return status;
}

/* ---- the verb ---- */

static bool same_id(const repoint_snapshot *a, const repoint_snapshot *b)
{
    return strcmp(a->name, b->name) == 0 && strcmp(a->identifier, b->identifier) == 0;
}

static gboolean ids_equal(gconstpointer a, gconstpointer b)
{
    return same_id(a, b);
}

static guint id_hash(gconstpointer snapshot)
{
    const repoint_snapshot *of = snapshot;
    return g_str_hash(of->name) * 31 + g_str_hash(of->identifier);
}

/* Of several with one id the last one counts, as in the reference. */
static GHashTable *last_ones(const repoint_snapshot *const *snapshots, size_t count)
{
    GHashTable *set = g_hash_table_new(id_hash, ids_equal);
    for (size_t i = 0; i < count; i++)
        g_hash_table_replace(set, (gpointer)snapshots[i], (gpointer)snapshots[i]);
    return set;
}

static repoint_status push(repoint_store *store, const repoint_snapshot *const *snapshots, size_t count,
                           size_t *ret_added, repoint_error *error)
{
    g_autoptr(GHashTable) counted = last_ones(snapshots, count);
    g_auto(rp_transaction) transaction = {0};
    g_autoptr(rp_snapshot_batch) batch = rp_snapshot_batch_new(store, &(rp_snapshot_batch_options){0});
    repoint_status status = rp_transaction_begin(&transaction, store, RP_DB_WRITE, error);
    for (size_t i = 0; i < count && status == REPOINT_OK; i++) {
        if (g_hash_table_lookup(counted, snapshots[i]) == snapshots[i])
            status = rp_snapshot_batch_add(batch, snapshots[i], error);
    }
    if (status == REPOINT_OK)
        status = rp_snapshot_batch_finish(batch, ret_added, error);
    return status == REPOINT_OK ? rp_transaction_commit(&transaction, error) : status;
}

repoint_status repoint_push(repoint_store *store, const repoint_snapshot *const *snapshots, size_t count,
                            size_t *ret_added, repoint_error *error)
{
    rp_retry retry = {0};
    size_t added = 0;
    repoint_status status = REPOINT_OK;
    for (size_t i = 0; i < count && status == REPOINT_OK; i++)
        status = rp_snapshot_check_categorized(snapshots[i], error);
    if (status != REPOINT_OK)
        return status;
    do
        status = push(store, snapshots, count, &added, error);
    while (rp_retry_again(&retry, store, status));
    if (status == REPOINT_OK && ret_added != NULL)
        *ret_added = added;
    return status;
}
