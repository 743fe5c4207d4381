/* Reading the log of intervals. See state/replay.h. */
#include "state/replay.h"

#include <string.h>

#include "base/time.h"
#include "state/snapshots.h"

struct rp_replay {
    GPtrArray *all; /* of rp_accumulator, owned, in order */
    size_t count;   /* of rows that were read */
    int64_t newest_ts;
    GHashTable *versions; /* "name\nversion" -> GPtrArray of rp_accumulator, borrowed */
    GPtrArray *latest;    /* one of `versions`: the one that the row before belongs to */
};

static void accumulator_free(gpointer data)
{
    rp_accumulator *accumulator = data;
    g_free(accumulator->name);
    g_free(accumulator->version);
    g_free(accumulator->identifier);
    g_free(accumulator->dev_version);
    rp_intervals_clear(&accumulator->intervals);
    rp_intervals_clear(&accumulator->dev_intervals);
    rp_intervals_clear(&accumulator->pending);
    g_free(accumulator);
}

void rp_replay_free(rp_replay *replay)
{
    if (replay == NULL)
        return;
    g_hash_table_unref(replay->versions);
    g_ptr_array_unref(replay->all);
    g_free(replay);
}

int64_t rp_replay_newest_ts(const rp_replay *replay)
{
    return replay->newest_ts;
}

const GPtrArray *rp_replay_all(const rp_replay *replay)
{
    return replay->all;
}

static void unref_array(gpointer array)
{
    g_ptr_array_unref(array);
}

static rp_replay *replay_new(void)
{
    rp_replay *replay = g_new0(rp_replay, 1);
    replay->all = g_ptr_array_new_with_free_func(accumulator_free);
    replay->versions = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, unref_array);
    return replay;
}

/* ---- accumulators ---- */

static bool is_of(const GPtrArray *of_version, const char *name, const char *version)
{
    const rp_accumulator *first = g_ptr_array_index(of_version, 0);
    return strcmp(first->name, name) == 0 && strcmp(first->version, version) == 0;
}

/* Rows come in the order of their versions: nearly always it is the version of the row before. */
static GPtrArray *accumulators_of(rp_replay *replay, const char *name, const char *version)
{
    if (replay->latest != NULL && is_of(replay->latest, name, version))
        return replay->latest;
    char *key = g_strconcat(name, "\n", version, NULL);
    GPtrArray *array = g_hash_table_lookup(replay->versions, key);
    if (array != NULL) {
        g_free(key);
    } else {
        array = g_ptr_array_new();
        g_hash_table_insert(replay->versions, key, array);
    }
    replay->latest = array;
    return array;
}

static rp_accumulator *accumulator_of(rp_replay *replay, GPtrArray *of_version, const char *name,
                                      const char *version, const char *identifier, const char *dev_version)
{
    for (guint i = 0; i < of_version->len; i++) {
        rp_accumulator *known = g_ptr_array_index(of_version, i);
        if (g_strcmp0(known->identifier, identifier) == 0 && g_strcmp0(known->dev_version, dev_version) == 0)
            return known;
    }
    rp_accumulator *accumulator = g_new0(rp_accumulator, 1);
    accumulator->name = g_strdup(name);
    accumulator->version = g_strdup(version);
    accumulator->identifier = g_strdup(identifier);
    accumulator->dev_version = g_strdup(dev_version);
    accumulator->last_altered_ts = accumulator->dev_last_altered_ts = RP_TS_NONE;
    g_ptr_array_add(of_version, accumulator);
    g_ptr_array_add(replay->all, accumulator);
    return accumulator;
}

/* ---- rows ---- */

#define ROW_COLUMNS                                                                                          \
    "i.id, i.name, i.version, i.identifier, i.dev_version, i.start_ts, i.end_ts, i.is_dev, i.is_removed,"    \
    " i.is_pending_restatement, i.last_altered_ts, i.created_ts"
#define REPLAY_ORDER " ORDER BY i.name, i.version, i.created_ts, i.is_removed, i.is_pending_restatement"

enum {
    ROW_ID,
    ROW_NAME,
    ROW_VERSION,
    ROW_IDENTIFIER,
    ROW_DEV_VERSION,
    ROW_START_TS,
    ROW_END_TS,
    ROW_IS_DEV,
    ROW_IS_REMOVED,
    ROW_IS_PENDING,
    ROW_LAST_ALTERED_TS,
    ROW_CREATED_TS,
};

/* One row of the log: what it does to its own accumulator, and to the pending restatements of its version. */
static void replay_row(rp_replay *replay, const rp_rows *rows)
{
    const char *name = rp_rows_text(rows, ROW_NAME), *version = rp_rows_text(rows, ROW_VERSION);
    if (name == NULL || version == NULL)
        return; /* it cannot belong to any snapshot */
    GPtrArray *of_version = accumulators_of(replay, name, version);
    rp_accumulator *own =
        accumulator_of(replay, of_version, name, version, rp_rows_text(rows, ROW_IDENTIFIER),
                       rp_rows_text(rows, ROW_DEV_VERSION));
    rp_accumulator *shared = accumulator_of(replay, of_version, name, version, NULL, NULL);
    rp_interval interval = {rp_rows_integer(rows, ROW_START_TS, 0), rp_rows_integer(rows, ROW_END_TS, 0)};
    int64_t last_altered_ts = rp_rows_integer(rows, ROW_LAST_ALTERED_TS, RP_TS_NONE);
    bool is_dev = rp_rows_boolean(rows, ROW_IS_DEV, false);

    if (rp_rows_boolean(rows, ROW_IS_REMOVED, false)) {
        rp_intervals_remove(is_dev ? &own->dev_intervals : &own->intervals, interval);
    } else if (rp_rows_boolean(rows, ROW_IS_PENDING, false)) {
        rp_intervals_add(&shared->pending, interval);
    } else if (is_dev) {
        rp_intervals_add(&own->dev_intervals, interval);
        own->dev_last_altered_ts = MAX(own->dev_last_altered_ts, last_altered_ts);
    } else {
        rp_intervals_add(&own->intervals, interval);
        own->last_altered_ts = MAX(own->last_altered_ts, last_altered_ts);
        rp_intervals_remove(&shared->pending, interval);
    }
}

static bool is_empty(const rp_accumulator *accumulator)
{
    return accumulator->intervals.count == 0 && accumulator->dev_intervals.count == 0 &&
           accumulator->pending.count == 0;
}

static void drop_empty(rp_replay *replay)
{
    GHashTableIter versions;
    gpointer of_version;
    g_hash_table_iter_init(&versions, replay->versions);
    while (g_hash_table_iter_next(&versions, NULL, &of_version)) {
        GPtrArray *array = of_version;
        for (guint i = array->len; i-- > 0;) {
            if (is_empty(g_ptr_array_index(array, i)))
                g_ptr_array_remove_index(array, i);
        }
    }
    guint kept = 0;
    for (guint i = 0; i < replay->all->len; i++) {
        rp_accumulator *accumulator = replay->all->pdata[i];
        if (is_empty(accumulator))
            accumulator_free(accumulator);
        else
            replay->all->pdata[kept++] = accumulator;
    }
    replay->all->len = kept;
}

/* `row_ids`, if not NULL, receives the ids of the rows. */
static repoint_status replay_rows(rp_rows *rows, GPtrArray *row_ids, rp_replay **ret_replay,
                                  repoint_error *error)
{
    g_autoptr(rp_replay) replay = replay_new();
    repoint_status status;
    bool has_row = false;
    while ((status = rp_rows_next(rows, &has_row, error)) == REPOINT_OK && has_row) {
        replay_row(replay, rows);
        replay->count++;
        replay->newest_ts = MAX(replay->newest_ts, rp_rows_integer(rows, ROW_CREATED_TS, 0));
        if (row_ids != NULL)
            g_ptr_array_add(row_ids, g_strdup(rp_rows_text(rows, ROW_ID)));
    }
    if (status != REPOINT_OK)
        return status;
    drop_empty(replay);
    *ret_replay = g_steal_pointer(&replay);
    return REPOINT_OK;
}

repoint_status rp_replay_load(repoint_store *store, const rp_db_keys *name_versions, rp_replay **ret_replay,
                              repoint_error *error)
{
    g_autofree char *sql =
        rp_sql(store->db,
               "SELECT " ROW_COLUMNS
               " FROM (SELECT DISTINCT name, version FROM %k k ORDER BY name, version) k CROSS JOIN %n i"
               " WHERE i.name = k.name AND i.version = k.version" REPLAY_ORDER,
               1U, "name, version", store->schema, "_intervals");
    g_autoptr(rp_rows) rows = NULL;
    repoint_status status =
        rp_db_query(store->db, sql, RP_VALUES(rp_db_key_list(name_versions)), &rows, error);
    return status == REPOINT_OK ? replay_rows(rows, NULL, ret_replay, error) : status;
}

repoint_status rp_replay_load_of(repoint_store *store, const rp_db_keys *ids, rp_replay **ret_replay,
                                 repoint_error *error)
{
    g_autofree char *sql =
        rp_sql(store->db,
               "SELECT " ROW_COLUMNS " FROM (SELECT DISTINCT s.name, s.version FROM %k d CROSS JOIN %n s"
               " WHERE s.name = d.name AND s.identifier = d.identifier) k CROSS JOIN %n i"
               " WHERE i.name = k.name AND i.version = k.version" REPLAY_ORDER,
               1U, "name, identifier", store->schema, "_snapshots", store->schema, "_intervals");
    g_autoptr(rp_rows) rows = NULL;
    repoint_status status = rp_db_query(store->db, sql, RP_VALUES(rp_db_key_list(ids)), &rows, error);
    return status == REPOINT_OK ? replay_rows(rows, NULL, ret_replay, error) : status;
}

/* ---- taking rows out of the log ---- */

/* Versions with a row that is not compacted, as `k`; takes the name of the table. */
#define UNCOMPACTED "(SELECT DISTINCT name, version FROM %n WHERE NOT COALESCE(is_compacted, FALSE)) k"

/* In one statement: what is read is what goes. */
static repoint_status take_at_once(repoint_store *store, rp_replay **ret_replay, repoint_error *error)
{
    g_autofree char *sql = rp_sql(store->db,
                                  "WITH i AS (DELETE FROM %n AS i USING " UNCOMPACTED
                                  " WHERE i.name = k.name AND i.version = k.version RETURNING i.*)"
                                  " SELECT " ROW_COLUMNS " FROM i" REPLAY_ORDER,
                                  store->schema, "_intervals", store->schema, "_intervals");
    g_autoptr(rp_rows) rows = NULL;
    repoint_status status = rp_db_query(store->db, sql, RP_NO_VALUES, &rows, error);
    return status == REPOINT_OK ? replay_rows(rows, NULL, ret_replay, error) : status;
}

/* By their ids, so that a row that somebody else adds meanwhile is not deleted unread. */
static repoint_status take_by_id(repoint_store *store, rp_replay **ret_replay, repoint_error *error)
{
    g_autofree char *sql =
        rp_sql(store->db,
               "SELECT " ROW_COLUMNS " FROM " UNCOMPACTED
               " CROSS JOIN %n i WHERE i.name = k.name AND i.version = k.version" REPLAY_ORDER,
               store->schema, "_intervals", store->schema, "_intervals");
    g_autofree char *delete_sql =
        rp_sql_delete_keyed(store->db, &(rp_keyed_rows){store->schema, "_intervals", "id", .parameter = 1});
    g_autoptr(GPtrArray) ids = g_ptr_array_new_with_free_func(g_free);
    g_autoptr(rp_replay) replay = NULL;
    g_autoptr(rp_rows) rows = NULL;
    repoint_status status = rp_db_query(store->db, sql, RP_NO_VALUES, &rows, error);
    if (status == REPOINT_OK)
        status = replay_rows(rows, ids, &replay, error);
    rp_db_keys keys = {.columns = 1, .rows = ids->len, .values = (const char *const *)ids->pdata};
    if (status == REPOINT_OK && ids->len > 0)
        status = rp_db_execute(store->db, delete_sql, RP_VALUES(rp_db_key_list(&keys)), NULL, error);
    if (status == REPOINT_OK)
        *ret_replay = g_steal_pointer(&replay);
    return status;
}

repoint_status rp_replay_take_uncompacted(repoint_store *store, size_t *ret_rows, rp_replay **ret_replay,
                                          repoint_error *error)
{
    repoint_status status = rp_db_can(store->db, RP_DB_DELETING_QUERIES)
                                ? take_at_once(store, ret_replay, error)
                                : take_by_id(store, ret_replay, error);
    if (status == REPOINT_OK)
        *ret_rows = (*ret_replay)->count;
    return status;
}

/* ---- hydration ---- */

void rp_loaded_clear(rp_loaded *loaded)
{
    rp_intervals_clear(&loaded->intervals);
    rp_intervals_clear(&loaded->dev_intervals);
    rp_intervals_clear(&loaded->pending);
}

/* Adds intervals as the snapshot's own unit counts them: whole units inside each range. */
static repoint_status add_aligned(const rp_schedule *schedule, const rp_intervals *from, int64_t cut_ts,
                                  rp_intervals *to, repoint_error *error)
{
    for (size_t i = 0; i < from->count; i++) {
        rp_time_range range = {.start_ts = from->items[i].start, .end_ts = from->items[i].end};
        if (cut_ts != RP_TS_NONE) {
            if (range.start_ts < cut_ts)
                range.end_ts = MIN(range.end_ts, cut_ts);
            if (range.end_ts > cut_ts)
                continue;
        }
        repoint_status status = rp_schedule_add_interval(schedule, &range, to, error);
        if (status != REPOINT_OK)
            return status;
    }
    return REPOINT_OK;
}

/* What others wrote before a snapshot took effect is its own too; what they wrote for later is not. */
static int64_t inherited_until(const rp_reader *reader, const rp_accumulator *accumulator)
{
    bool is_own = g_strcmp0(accumulator->identifier, reader->identifier) == 0;
    return is_own || reader->schedule->effective_from_ts <= 0 ? RP_TS_NONE
                                                              : reader->schedule->effective_from_ts;
}

repoint_status rp_replay_hydrate(const rp_replay *replay, const rp_reader *reader, rp_loaded *loaded,
                                 repoint_error *error)
{
    loaded->last_altered_ts = loaded->dev_last_altered_ts = RP_TS_NONE;
    g_autofree char *key = g_strconcat(reader->name, "\n", reader->version, NULL);
    const GPtrArray *of_version = g_hash_table_lookup(replay->versions, key);
    for (guint i = 0; of_version != NULL && i < of_version->len; i++) {
        const rp_accumulator *from = g_ptr_array_index(of_version, i);
        repoint_status status = add_aligned(reader->schedule, &from->intervals, inherited_until(reader, from),
                                            &loaded->intervals, error);
        loaded->last_altered_ts = MAX(loaded->last_altered_ts, from->last_altered_ts);
        if (status == REPOINT_OK && g_strcmp0(from->dev_version, reader->dev_version) == 0) {
            status = add_aligned(reader->schedule, &from->dev_intervals, RP_TS_NONE, &loaded->dev_intervals,
                                 error);
            loaded->dev_last_altered_ts = MAX(loaded->dev_last_altered_ts, from->dev_last_altered_ts);
        }
        if (status != REPOINT_OK) {
            rp_error_prefix(error, "intervals of %s", reader->name);
            return status;
        }
        rp_intervals_merge(&loaded->pending, &from->pending);
    }
    return REPOINT_OK;
}

static void take_loaded(repoint_snapshot *snapshot, rp_loaded *loaded)
{
    rp_intervals_clear(&snapshot->intervals);
    rp_intervals_clear(&snapshot->dev_intervals);
    rp_intervals_clear(&snapshot->pending_restatement_intervals);
    snapshot->intervals = loaded->intervals;
    snapshot->dev_intervals = loaded->dev_intervals;
    snapshot->pending_restatement_intervals = loaded->pending;
    snapshot->last_altered_ts = MAX(snapshot->last_altered_ts, loaded->last_altered_ts);
    snapshot->dev_last_altered_ts = MAX(snapshot->dev_last_altered_ts, loaded->dev_last_altered_ts);
    *loaded = (rp_loaded){0};
}

static const char *version_of(const repoint_snapshot *snapshot)
{
    return snapshot->version != NULL ? snapshot->version : snapshot->own_version;
}

static repoint_status fill(repoint_snapshot *snapshot, const rp_replay *replay, rp_calendar *calendar,
                           repoint_error *error)
{
    g_auto(rp_schedule) schedule = {0};
    g_auto(rp_loaded) loaded = {0};
    repoint_status status = rp_snapshot_schedule(snapshot, calendar, &schedule, error);
    if (status != REPOINT_OK)
        return status;
    rp_reader reader = {snapshot->name, version_of(snapshot), snapshot->identifier,
                        rp_snapshot_dev_version(snapshot), &schedule};
    status = rp_replay_hydrate(replay, &reader, &loaded, error);
    if (status == REPOINT_OK)
        take_loaded(snapshot, &loaded);
    return status;
}

repoint_status rp_snapshots_fill(repoint_store *store, const rp_replay *replay, GPtrArray *snapshots,
                                 repoint_error *error)
{
    g_autoptr(rp_calendar) calendar = rp_calendar_new(rp_store_now(store));
    repoint_status status = REPOINT_OK;
    for (guint i = 0; i < snapshots->len && status == REPOINT_OK; i++)
        status = fill(g_ptr_array_index(snapshots, i), replay, calendar, error);
    return status;
}

repoint_status rp_snapshots_hydrate(repoint_store *store, GPtrArray *snapshots, repoint_error *error)
{
    if (snapshots->len == 0)
        return REPOINT_OK;
    g_auto(rp_key_list) list = rp_key_list_new(2);
    for (guint i = 0; i < snapshots->len; i++) {
        const repoint_snapshot *snapshot = g_ptr_array_index(snapshots, i);
        rp_key_list_add(&list, snapshot->name, version_of(snapshot));
    }
    rp_db_keys keys = rp_key_list_keys(&list);
    g_autoptr(rp_replay) replay = NULL;
    repoint_status status = rp_replay_load(store, &keys, &replay, error);
    return status == REPOINT_OK ? rp_snapshots_fill(store, replay, snapshots, error) : status;
}
