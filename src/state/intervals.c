/*
 * Writing the log of intervals: adding, removing, and what is missing.
 *
 * Rows are only ever appended here. Replay goes by created_ts, the clock of whoever wrote, and at equal times
 * adds come before removals. So that what is written now also counts now, whatever other clocks say, a
 * removal is never dated before the newest row of its versions, and an add always after their newest removal.
 */
#include "state/intervals.h"

#include <string.h>

#include "state/replay.h"
#include "state/snapshots.h"

/* ---- lists ---- */

struct repoint_interval_list {
    rp_intervals set;
};

static repoint_interval_list *list_of(const rp_intervals *set)
{
    repoint_interval_list *list = g_new0(repoint_interval_list, 1);
    rp_intervals_copy(&list->set, set);
    return list;
}

/* ---- appending ---- */

#define INSERT_COLUMNS                                                                                       \
    "id, created_ts, name, identifier, version, dev_version, start_ts, end_ts, is_dev, is_removed, "         \
    "is_compacted,"                                                                                          \
    " is_pending_restatement, last_altered_ts"
enum { INSERT_COLUMN_COUNT = 13 };

repoint_status rp_interval_rows_append(repoint_store *store, const rp_interval_row *rows, size_t count,
                                       int64_t created_ts, repoint_error *error)
{
    if (count == 0)
        return REPOINT_OK;
    g_autofree rp_id *ids = rp_store_new_ids(store, count);
    g_autofree rp_db_value *values = g_new(rp_db_value, count * INSERT_COLUMN_COUNT);
    for (size_t i = 0; i < count; i++) {
        const rp_interval_row *row = &rows[i];
        const rp_db_value of_row[INSERT_COLUMN_COUNT] = {
            rp_db_text(ids[i]),
            rp_db_integer(created_ts),
            rp_db_text(row->name),
            rp_db_text(row->identifier),
            rp_db_text(row->version),
            rp_db_text(row->dev_version),
            rp_db_integer(row->interval.start),
            rp_db_integer(row->interval.end),
            rp_db_boolean(row->is_dev),
            rp_db_boolean(row->is_removed),
            rp_db_boolean(row->is_compacted),
            rp_db_boolean(row->is_pending),
            rp_db_integer_or_null(row->last_altered_ts, RP_TS_NONE),
        };
        memcpy(values + i * INSERT_COLUMN_COUNT, of_row, sizeof of_row);
    }
    rp_insert into = {.schema = store->schema, .table = "_intervals", .columns = INSERT_COLUMNS};
    return rp_db_insert(store->db, &into, values, count, NULL, error);
}

static void append_set(GArray *rows, const rp_interval_row *like, const rp_intervals *set)
{
    for (size_t i = 0; i < set->count; i++) {
        rp_interval_row row = *like;
        row.interval = set->items[i];
        g_array_append_val(rows, row);
    }
}

void rp_interval_rows_of(GArray *rows, const repoint_snapshot *snapshot, bool altered)
{
    rp_interval_row row = {
        .name = snapshot->name,
        .identifier = snapshot->identifier,
        .version = snapshot->version,
        .dev_version = rp_snapshot_dev_version(snapshot),
        .last_altered_ts = altered ? snapshot->last_altered_ts : RP_TS_NONE,
    };
    append_set(rows, &row, &snapshot->intervals);
    row.is_dev = true;
    row.last_altered_ts = altered ? snapshot->dev_last_altered_ts : RP_TS_NONE;
    append_set(rows, &row, &snapshot->dev_intervals);
}

void rp_pending_rows_of(GArray *rows, const repoint_snapshot *snapshot, bool altered)
{
    rp_interval_row row = {
        .name = snapshot->name,
        .version = snapshot->version,
        .is_pending = true,
        .last_altered_ts = altered ? snapshot->last_altered_ts : RP_TS_NONE,
    };
    append_set(rows, &row, &snapshot->pending_restatement_intervals);
}

/* ---- when ---- */

typedef enum log_row { LOG_ADD, LOG_REMOVAL } log_row;

/* The created_ts of a row that is appended to the logs of these versions now. */
static repoint_status log_ts(repoint_store *store, const rp_db_keys *name_versions, log_row row,
                             int64_t *ret_ts, repoint_error *error)
{
    g_autofree char *sql =
        rp_sql(store->db,
               "SELECT MAX(i.created_ts) FROM %k k CROSS JOIN %n i WHERE i.name = k.name AND i.version = "
               "k.version%s",
               1U, "name, version", store->schema, "_intervals", row == LOG_ADD ? " AND i.is_removed" : "");
    g_autoptr(rp_rows) rows = NULL;
    bool has_row = false;
    repoint_status status =
        rp_db_query(store->db, sql, RP_VALUES(rp_db_key_list(name_versions)), &rows, error);
    if (status == REPOINT_OK)
        status = rp_rows_next(rows, &has_row, error);
    if (status != REPOINT_OK)
        return status;
    int64_t newest = has_row ? rp_rows_integer(rows, 0, 0) : 0;
    *ret_ts = MAX(rp_store_now(store), row == LOG_ADD ? newest + 1 : newest);
    return REPOINT_OK;
}

/* ---- adding ---- */

static repoint_status append_adds_once(repoint_store *store, const GArray *rows, repoint_error *error)
{
    g_auto(rp_key_list) versions = rp_key_list_new(2);
    for (guint i = 0; i < rows->len; i++) {
        const rp_interval_row *row = &g_array_index(rows, rp_interval_row, i);
        rp_key_list_add(&versions, row->name, row->version);
    }
    rp_db_keys keys = rp_key_list_keys(&versions);
    int64_t created_ts = 0;
    g_auto(rp_transaction) transaction = {0};
    repoint_status status = rp_transaction_begin_locked(&transaction, store, RP_LOCK_INTERVALS_SHARED, error);
    if (status == REPOINT_OK)
        status = log_ts(store, &keys, LOG_ADD, &created_ts, error);
    rp_db_pipeline(store->db);
    if (status == REPOINT_OK)
        status = rp_interval_rows_append(store, (rp_interval_row *)rows->data, rows->len, created_ts, error);
    return status == REPOINT_OK ? rp_transaction_commit(&transaction, error) : status;
}

static repoint_status append_adds(repoint_store *store, const GArray *rows, repoint_error *error)
{
    rp_retry retry = {0};
    repoint_status status;
    do
        status = append_adds_once(store, rows, error);
    while (rp_retry_again(&retry, store, status));
    return status;
}

static repoint_status check_versioned(const repoint_snapshot *snapshot, repoint_error *error)
{
    if (snapshot->version != NULL && *snapshot->version != '\0')
        return REPOINT_OK;
    return rp_fail(error, REPOINT_INVALID, NULL, "snapshot %s (%s) has no version to record intervals for",
                   snapshot->name, snapshot->identifier);
}

repoint_status repoint_intervals_add_many(repoint_store *store, const repoint_snapshot *const *snapshots,
                                          size_t count, repoint_error *error)
{
    g_autoptr(GArray) rows = g_array_new(FALSE, FALSE, sizeof(rp_interval_row));
    for (size_t i = 0; i < count; i++) {
        repoint_status status = check_versioned(snapshots[i], error);
        if (status != REPOINT_OK)
            return status;
        rp_interval_rows_of(rows, snapshots[i], true);
    }
    for (size_t i = 0; i < count; i++)
        rp_pending_rows_of(rows, snapshots[i], true);
    return append_adds(store, rows, error);
}

repoint_status repoint_intervals_add(repoint_store *store, const repoint_snapshot *snapshot,
                                     const repoint_range *range, bool dev, repoint_interval_list **ret_added,
                                     repoint_error *error)
{
    int64_t now = rp_store_now(store);
    g_autoptr(rp_calendar) calendar = rp_calendar_new(now);
    g_auto(rp_schedule) schedule = {0};
    g_auto(rp_intervals) added = {0};
    rp_time_range parsed = {0};
    repoint_status status = check_versioned(snapshot, error);
    if (status == REPOINT_OK)
        status = rp_time_range_parse(range->start, range->end, now, &parsed, error);
    if (status == REPOINT_OK)
        status = rp_snapshot_schedule(snapshot, calendar, &schedule, error);
    if (status == REPOINT_OK)
        status = rp_schedule_add_interval(&schedule, &parsed, &added, error);
    if (status != REPOINT_OK)
        return status;

    rp_interval_row row = {
        .name = snapshot->name,
        .identifier = snapshot->identifier,
        .version = snapshot->version,
        .dev_version = rp_snapshot_dev_version(snapshot),
        .is_dev = dev,
        .last_altered_ts = RP_TS_NONE,
    };
    g_autoptr(GArray) rows = g_array_new(FALSE, FALSE, sizeof(rp_interval_row));
    append_set(rows, &row, &added);
    status = append_adds(store, rows, error);
    if (status == REPOINT_OK && ret_added != NULL)
        *ret_added = list_of(&added);
    return status;
}

repoint_status repoint_intervals_append(repoint_store *store, const repoint_interval_row *rows, size_t count,
                                        repoint_error *error)
{
    g_autoptr(GArray) log = g_array_sized_new(FALSE, FALSE, sizeof(rp_interval_row), (guint)count);
    for (size_t i = 0; i < count; i++) {
        bool is_pending = rows[i].kind == REPOINT_INTERVALS_PENDING;
        rp_interval_row row = {
            .name = rows[i].name,
            .identifier = is_pending ? NULL : rows[i].identifier,
            .version = rows[i].version,
            .dev_version = is_pending ? NULL : rows[i].dev_version,
            .interval = {rows[i].interval.start_ts, rows[i].interval.end_ts},
            .is_dev = rows[i].kind == REPOINT_INTERVALS_DEV,
            .is_pending = is_pending,
            .last_altered_ts = rows[i].last_altered_ts != 0 ? rows[i].last_altered_ts : RP_TS_NONE,
        };
        g_array_append_val(log, row);
    }
    return count > 0 ? append_adds(store, log, error) : REPOINT_OK;
}

/* ---- removing ---- */

/* The writers of a version, one removal row for each; strings are kept in `strings`. */
static repoint_status append_shared(repoint_store *store, const rp_removal *removal, GArray *rows,
                                    GPtrArray *strings, repoint_error *error)
{
    g_autofree char *sql = rp_sql(store->db,
                                  "SELECT DISTINCT identifier, dev_version FROM %n WHERE name = ?1 AND "
                                  "version = ?2 ORDER BY identifier, dev_version",
                                  store->schema, "_intervals");
    g_autoptr(rp_rows) writers = NULL;
    repoint_status status = rp_db_query(
        store->db, sql, RP_VALUES(rp_db_text(removal->name), rp_db_text(removal->version)), &writers, error);
    bool has_row = false;
    while (status == REPOINT_OK && (status = rp_rows_next(writers, &has_row, error)) == REPOINT_OK &&
           has_row) {
        rp_interval_row row = {
            .name = removal->name,
            .identifier = g_strdup(rp_rows_text(writers, 0)),
            .version = removal->version,
            .dev_version = g_strdup(rp_rows_text(writers, 1)),
            .interval = removal->interval,
            .is_removed = true,
            .last_altered_ts = RP_TS_NONE,
        };
        g_ptr_array_add(strings, (gpointer)row.identifier);
        g_ptr_array_add(strings, (gpointer)row.dev_version);
        g_array_append_val(rows, row);
    }
    return status;
}

static void append_own(const rp_removal *removal, GArray *rows)
{
    rp_interval_row row = {
        .name = removal->name,
        .identifier = removal->identifier,
        .version = removal->version,
        .dev_version = removal->dev_version,
        .interval = removal->interval,
        .is_removed = true,
        .last_altered_ts = RP_TS_NONE,
    };
    g_array_append_val(rows, row);
}

repoint_status rp_intervals_remove_many(repoint_store *store, const rp_removal *removals, size_t count,
                                        bool shared, repoint_error *error)
{
    g_auto(rp_transaction) transaction = {0};
    repoint_status status = rp_transaction_begin_locked(&transaction, store, RP_LOCK_INTERVALS, error);
    g_autoptr(GArray) rows = g_array_new(FALSE, FALSE, sizeof(rp_interval_row));
    g_autoptr(GPtrArray) strings = g_ptr_array_new_with_free_func(g_free);
    g_auto(rp_key_list) versions = rp_key_list_new(2);
    for (size_t i = 0; i < count && status == REPOINT_OK; i++) {
        rp_key_list_add(&versions, removals[i].name, removals[i].version);
        if (shared)
            status = append_shared(store, &removals[i], rows, strings, error);
        else
            append_own(&removals[i], rows);
    }
    rp_db_keys keys = rp_key_list_keys(&versions);
    int64_t created_ts = 0;
    if (status == REPOINT_OK)
        status = log_ts(store, &keys, LOG_REMOVAL, &created_ts, error);
    if (status == REPOINT_OK)
        status = rp_interval_rows_append(store, (rp_interval_row *)rows->data, rows->len, created_ts, error);
    return status == REPOINT_OK ? rp_transaction_commit(&transaction, error) : status;
}

/* The removals of these rows; of those for one version, if they are `shared`, the last one alone. */
static GArray *removals_of(const repoint_interval_row *rows, size_t count, bool shared)
{
    GArray *removals = g_array_sized_new(FALSE, FALSE, sizeof(rp_removal), (guint)count);
    g_autoptr(GHashTable) versions = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
    for (size_t i = 0; i < count; i++) {
        rp_removal removal = {rows[i].name, rows[i].identifier, rows[i].version, rows[i].dev_version,
                              .interval = {rows[i].interval.start_ts, rows[i].interval.end_ts}};
        char *version = g_strconcat(removal.name, "\n", removal.version, NULL);
        guint place = GPOINTER_TO_UINT(g_hash_table_lookup(versions, version)); /* counted from 1 */
        if (shared && place > 0)
            g_array_index(removals, rp_removal, place - 1) = removal;
        else
            g_array_append_val(removals, removal);
        g_hash_table_insert(versions, version, GUINT_TO_POINTER(place > 0 ? place : removals->len));
    }
    return removals;
}

repoint_status repoint_intervals_withdraw(repoint_store *store, const repoint_interval_row *rows,
                                          size_t count, bool shared, repoint_error *error)
{
    if (count == 0)
        return REPOINT_OK;
    g_autoptr(GArray) removals = removals_of(rows, count, shared);
    rp_retry retry = {0};
    repoint_status status;
    do
        status = rp_intervals_remove_many(store, (rp_removal *)removals->data, removals->len, shared, error);
    while (rp_retry_again(&retry, store, status));
    return status;
}

/* The snapshot as it is stored now: what a removal takes away may depend on what it has. */
static repoint_status reload(repoint_store *store, const repoint_snapshot *snapshot,
                             repoint_snapshot_list **ret_list, repoint_error *error)
{
    repoint_snapshot_id id = {snapshot->name, snapshot->identifier};
    g_autoptr(repoint_snapshot_list) list = NULL;
    repoint_status status = repoint_snapshots_get(store, &id, 1, &list, error);
    if (status == REPOINT_OK && repoint_snapshot_list_count(list) == 0)
        status = rp_fail(error, REPOINT_NOT_FOUND, NULL, "snapshot %s (%s) is not stored", snapshot->name,
                         snapshot->identifier);
    if (status == REPOINT_OK)
        *ret_list = g_steal_pointer(&list);
    return status;
}

static repoint_status remove_range(repoint_store *store, const repoint_snapshot *snapshot,
                                   const repoint_range *range, bool shared, repoint_interval *ret_removed,
                                   repoint_error *error)
{
    int64_t now = rp_store_now(store);
    g_autoptr(rp_calendar) calendar = rp_calendar_new(now);
    g_auto(rp_schedule) schedule = {0};
    rp_time_range parsed = {0};
    repoint_status status = check_versioned(snapshot, error);
    if (status == REPOINT_OK)
        status = rp_time_range_parse(range->start, range->end, now, &parsed, error);
    if (status == REPOINT_OK)
        status = rp_snapshot_schedule(snapshot, calendar, &schedule, error);
    if (status != REPOINT_OK)
        return status;

    g_auto(rp_transaction) transaction = {0};
    g_autoptr(repoint_snapshot_list) list = NULL;
    rp_removal removal = {
        snapshot->name, snapshot->identifier, snapshot->version, rp_snapshot_dev_version(snapshot), {0}};
    status = rp_transaction_begin_locked(&transaction, store, RP_LOCK_INTERVALS, error);
    if (status == REPOINT_OK)
        status = reload(store, snapshot, &list, error);
    if (status == REPOINT_OK)
        status = rp_schedule_removal(&schedule, &repoint_snapshot_list_at(list, 0)->intervals, &parsed, NULL,
                                     true, false, now, &removal.interval, error);
    if (status == REPOINT_OK)
        status = rp_intervals_remove_many(store, &removal, 1, shared, error);
    if (status == REPOINT_OK)
        status = rp_transaction_commit(&transaction, error);
    if (status == REPOINT_OK && ret_removed != NULL)
        *ret_removed = (repoint_interval){removal.interval.start, removal.interval.end};
    return status;
}

repoint_status repoint_intervals_remove(repoint_store *store, const repoint_snapshot *snapshot,
                                        const repoint_range *range, bool shared,
                                        repoint_interval *ret_removed, repoint_error *error)
{
    rp_retry retry = {0};
    repoint_status status;
    do
        status = remove_range(store, snapshot, range, shared, ret_removed, error);
    while (rp_retry_again(&retry, store, status));
    return status;
}

/* ---- reading ---- */

size_t repoint_interval_list_count(const repoint_interval_list *list)
{
    return list->set.count;
}

repoint_interval repoint_interval_list_at(const repoint_interval_list *list, size_t index)
{
    g_return_val_if_fail(index < list->set.count, (repoint_interval){0});
    return (repoint_interval){list->set.items[index].start, list->set.items[index].end};
}

void repoint_interval_list_free(repoint_interval_list *list)
{
    if (list == NULL)
        return;
    rp_intervals_clear(&list->set);
    g_free(list);
}

repoint_interval_list *repoint_snapshot_intervals(const repoint_snapshot *snapshot,
                                                  repoint_interval_kind kind)
{
    switch (kind) {
    case REPOINT_INTERVALS_DEV: return list_of(&snapshot->dev_intervals);
    case REPOINT_INTERVALS_PENDING: return list_of(&snapshot->pending_restatement_intervals);
    default: return list_of(&snapshot->intervals);
    }
}

/* Where a snapshot's data begins when nobody says: its own start, its first interval, the tick before the
 * last. */
static int64_t default_start(const repoint_snapshot *snapshot, const rp_schedule *schedule, int64_t now)
{
    if (schedule->has_start)
        return schedule->start_ts;
    if (snapshot->intervals.count > 0)
        return snapshot->intervals.items[0].start;
    return rp_cron_prev(schedule->cron, rp_cron_floor(schedule->cron, now));
}

repoint_status repoint_intervals_missing(repoint_store *store, const repoint_snapshot *snapshot,
                                         const repoint_range *range, bool dev,
                                         repoint_interval_list **ret_missing, repoint_error *error)
{
    int64_t now = rp_store_now(store);
    g_autoptr(rp_calendar) calendar = rp_calendar_new(now);
    g_auto(rp_schedule) schedule = {0};
    g_autofree char *now_text = rp_time_format_iso(now);
    repoint_status status = rp_snapshot_schedule(snapshot, calendar, &schedule, error);
    if (status != REPOINT_OK)
        return status;
    g_autofree char *start_text = rp_time_format_iso(default_start(snapshot, &schedule, now));
    rp_time_range parsed = {0};
    status =
        rp_time_range_parse(range != NULL && range->start != NULL ? range->start : start_text,
                            range != NULL && range->end != NULL ? range->end : now_text, now, &parsed, error);
    g_autoptr(GArray) missing = NULL;
    if (status == REPOINT_OK)
        status = rp_schedule_missing(&schedule, dev ? &snapshot->dev_intervals : &snapshot->intervals,
                                     &parsed, NULL, now, &missing, error);
    if (status != REPOINT_OK)
        return status;
    g_auto(rp_intervals) joined = {0};
    for (guint i = 0; i < missing->len; i++)
        rp_intervals_add(&joined, g_array_index(missing, rp_interval, i));
    *ret_missing = list_of(&joined);
    return REPOINT_OK;
}

repoint_status repoint_snapshots_refresh(repoint_store *store, repoint_snapshot *const *snapshots,
                                         size_t count, repoint_error *error)
{
    g_autoptr(GPtrArray) list = g_ptr_array_sized_new((guint)count);
    for (size_t i = 0; i < count; i++)
        g_ptr_array_add(list, snapshots[i]);
    return rp_snapshots_hydrate(store, list, error);
}

repoint_status repoint_intervals_refresh(repoint_store *store, repoint_snapshot_list *snapshots,
                                         repoint_error *error)
{
    return rp_snapshots_hydrate(store, snapshots->snapshots, error);
}
