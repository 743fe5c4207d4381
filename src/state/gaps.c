/*
 * The gap check. See state/gaps.h.
 *
 * It runs inside promote's transaction on up to ten thousand models, so it reads only the snapshots that
 * matter (incremental, version changed, name asked for) and keeps of each just its schedule. The others are
 * read only when some model inherits its start from its parents.
 */
#include "state/gaps.h"

#include <string.h>

#include "model/resolve.h"
#include "state/replay.h"
#include "state/snapshots.h"

/* What the check keeps of a snapshot. */
typedef struct facts {
    char *name;
    char *identifier;
    char *version;
    char *dev_version;
    const char **parents; /* NULL-terminated; the strings are interned */
    bool is_incremental;
    rp_schedule schedule;
    rp_loaded loaded;
} facts;

static void facts_free(gpointer data)
{
    facts *of = data;
    g_free(of->name);
    g_free(of->identifier);
    g_free(of->version);
    g_free(of->dev_version);
    g_free(of->parents);
    rp_schedule_clear(&of->schedule);
    rp_loaded_clear(&of->loaded);
    g_free(of);
}

/* Snapshots by name: one environment's side of the comparison. */
typedef struct side {
    GHashTable *by_name; /* name (owned by the facts) -> facts, owned */
    rp_calendar *calendar;
} side;

static void side_init(side *of, rp_calendar *calendar)
{
    of->by_name = g_hash_table_new_full(g_str_hash, g_str_equal, NULL, facts_free);
    of->calendar = calendar;
}

static void side_clear(side *of)
{
    g_clear_pointer(&of->by_name, g_hash_table_unref);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(side, side_clear)

static repoint_status keep_facts(void *context, repoint_snapshot **visited, repoint_error *error)
{
    side *of = context;
    const repoint_snapshot *snapshot = *visited;
    facts *kept = g_new0(facts, 1);
    kept->name = g_strdup(snapshot->name);
    kept->identifier = g_strdup(snapshot->identifier);
    kept->version = g_strdup(snapshot->version != NULL ? snapshot->version : snapshot->own_version);
    kept->dev_version = g_strdup(rp_snapshot_dev_version(snapshot));
    kept->is_incremental = rp_kind_is_incremental(snapshot->kind);
    kept->parents = rp_snapshot_parent_names(snapshot);
    for (size_t i = 0; kept->parents[i] != NULL; i++)
        kept->parents[i] = g_intern_string(kept->parents[i]);
    repoint_status status = rp_snapshot_schedule(snapshot, of->calendar, &kept->schedule, error);
    if (status != REPOINT_OK) {
        facts_free(kept);
        return status;
    }
    g_hash_table_replace(of->by_name, kept->name, kept);
    return REPOINT_OK;
}

static repoint_status load_side(repoint_store *store, const rp_key_list *list, side *of, repoint_error *error)
{
    if (rp_key_list_count(list) == 0)
        return REPOINT_OK;
    rp_db_keys keys = rp_key_list_keys(list);
    return rp_snapshots_visit(store, &keys, keep_facts, of, error);
}

/* ---- which models ---- */

static bool may_be_incremental(const repoint_table *table)
{
    return table->kind_name == NULL ? table->is_model : rp_kind_is_incremental(table->kind);
}

/*
 * The pairs worth loading. Versions are compared again on what is stored: an environment's own memory of a
 * version is not what the check goes by.
 */
static void select_pairs(const rp_gap_check *check, rp_key_list *before, rp_key_list *after)
{
    g_autoptr(GHashTable) planned = rp_tables_by_name(&check->planned->tables);
    for (size_t i = 0; i < check->stored->tables.count; i++) {
        const repoint_table *old_table = &check->stored->tables.items[i];
        const repoint_table *new_table = g_hash_table_lookup(planned, old_table->name);
        if (new_table == NULL || !may_be_incremental(old_table) || !may_be_incremental(new_table))
            continue;
        if (check->names != NULL && !g_hash_table_contains(check->names, old_table->name))
            continue;
        if (strcmp(old_table->identifier, new_table->identifier) == 0 &&
            strcmp(old_table->version, new_table->version) == 0)
            continue;
        rp_key_list_add(before, old_table->name, old_table->identifier);
        rp_key_list_add(after, new_table->name, new_table->identifier);
    }
}

/* Leaves the models whose stored versions differ. Versions of the old side are the environment's. */
static void drop_unchanged(const rp_gap_check *check, side *before, side *after)
{
    g_autoptr(GHashTable) stored = rp_tables_by_name(&check->stored->tables);
    GHashTableIter iterator;
    gpointer name, value;
    g_hash_table_iter_init(&iterator, before->by_name);
    while (g_hash_table_iter_next(&iterator, &name, &value)) {
        const facts *old_facts = value, *new_facts = g_hash_table_lookup(after->by_name, name);
        const repoint_table *table = g_hash_table_lookup(stored, name);
        bool is_changed = new_facts != NULL && strcmp(table->version, new_facts->version) != 0;
        if (!is_changed || !old_facts->is_incremental || !new_facts->is_incremental)
            g_hash_table_iter_remove(&iterator);
    }
}

/* ---- intervals ---- */

static void add_versions(const side *of, rp_key_list *versions)
{
    GHashTableIter iterator;
    gpointer value;
    g_hash_table_iter_init(&iterator, of->by_name);
    while (g_hash_table_iter_next(&iterator, NULL, &value))
        rp_key_list_add(versions, ((facts *)value)->name, ((facts *)value)->version);
}

static repoint_status hydrate_side(const rp_replay *replay, side *of, repoint_error *error)
{
    GHashTableIter iterator;
    gpointer value;
    repoint_status status = REPOINT_OK;
    g_hash_table_iter_init(&iterator, of->by_name);
    while (status == REPOINT_OK && g_hash_table_iter_next(&iterator, NULL, &value)) {
        facts *one = value;
        rp_reader reader = {one->name, one->version, one->identifier, one->dev_version, &one->schedule};
        status = rp_replay_hydrate(replay, &reader, &one->loaded, error);
    }
    return status;
}

static repoint_status load_intervals(repoint_store *store, side *before, side *after, repoint_error *error)
{
    g_auto(rp_key_list) versions = rp_key_list_new(2);
    add_versions(before, &versions);
    add_versions(after, &versions);
    rp_db_keys keys = rp_key_list_keys(&versions);
    g_autoptr(rp_replay) replay = NULL;
    repoint_status status = rp_replay_load(store, &keys, &replay, error);
    if (status == REPOINT_OK)
        status = hydrate_side(replay, before, error);
    return status == REPOINT_OK ? hydrate_side(replay, after, error) : status;
}

/* ---- start dates ---- */

static bool some_start_is_inherited(const side *before, const side *after)
{
    GHashTableIter iterator;
    gpointer name;
    g_hash_table_iter_init(&iterator, before->by_name);
    while (g_hash_table_iter_next(&iterator, &name, NULL)) {
        if (!((facts *)g_hash_table_lookup(after->by_name, name))->schedule.has_start)
            return true;
    }
    return false;
}

static repoint_status load_whole_environment(repoint_store *store, const rp_gap_check *check, side *after,
                                             repoint_error *error)
{
    g_auto(rp_key_list) rest = rp_key_list_new(2);
    for (size_t i = 0; i < check->planned->tables.count; i++) {
        const repoint_table *table = &check->planned->tables.items[i];
        if (!g_hash_table_contains(after->by_name, table->name))
            rp_key_list_add(&rest, table->name, table->identifier);
    }
    return load_side(store, &rest, after, error);
}

static rp_lineage *lineage_of(const side *of)
{
    rp_lineage *lineage = rp_lineage_new();
    GHashTableIter iterator;
    gpointer value;
    g_hash_table_iter_init(&iterator, of->by_name);
    while (g_hash_table_iter_next(&iterator, NULL, &value)) {
        facts *one = value;
        rp_lineage_add(lineage, one->name, &one->schedule, one->parents);
    }
    return lineage;
}

/* ---- the check ---- */

static void gap_free(gpointer data)
{
    rp_gap *gap = data;
    g_free(gap->name);
    rp_intervals_clear(&gap->intervals);
    g_free(gap);
}

static repoint_status check_model(const facts *before, const facts *after, rp_lineage *lineage, int64_t now,
                                  GPtrArray *gaps, repoint_error *error)
{
    const rp_intervals *had = &before->loaded.intervals;
    if (had->count == 0)
        return REPOINT_OK; /* readers have nothing that they could lose */
    rp_time_range range = {
        .start_ts = rp_lineage_start(lineage, after->name, now),
        .end_ts = had->items[had->count - 1].end,
    };
    if (range.start_ts >= range.end_ts)
        return REPOINT_OK;
    g_autoptr(GArray) missing = NULL;
    rp_missing_options options = {.end_bounded = true};
    repoint_status status = rp_schedule_missing(&after->schedule, &after->loaded.intervals, &range, &options,
                                                now, &missing, error);
    if (status != REPOINT_OK || missing->len == 0)
        return status;
    rp_gap *gap = g_new0(rp_gap, 1);
    gap->name = g_strdup(after->name);
    for (guint i = 0; i < missing->len; i++)
        rp_intervals_add(&gap->intervals, g_array_index(missing, rp_interval, i));
    g_ptr_array_add(gaps, gap);
    return REPOINT_OK;
}

static int compare_gaps(gconstpointer a, gconstpointer b)
{
    return strcmp((*(rp_gap *const *)a)->name, (*(rp_gap *const *)b)->name);
}

static repoint_status check_models(repoint_store *store, const side *before, const side *after,
                                   GPtrArray *gaps, repoint_error *error)
{
    int64_t now = rp_store_now(store);
    g_autoptr(rp_lineage) lineage = lineage_of(after);
    GHashTableIter iterator;
    gpointer name, old_facts;
    repoint_status status = REPOINT_OK;
    g_hash_table_iter_init(&iterator, before->by_name);
    while (status == REPOINT_OK && g_hash_table_iter_next(&iterator, &name, &old_facts))
        status = check_model(old_facts, g_hash_table_lookup(after->by_name, name), lineage, now, gaps, error);
    g_ptr_array_sort(gaps, compare_gaps);
    return status;
}

repoint_status rp_gaps_find(repoint_store *store, const rp_gap_check *check, GPtrArray **ret_gaps,
                            repoint_error *error)
{
    g_autoptr(rp_calendar) calendar = rp_calendar_new(rp_store_now(store));
    g_autoptr(GPtrArray) gaps = g_ptr_array_new_with_free_func(gap_free);
    g_auto(rp_key_list) before_ids = rp_key_list_new(2);
    g_auto(rp_key_list) after_ids = rp_key_list_new(2);
    g_auto(side) before = {0}, after = {0};
    side_init(&before, calendar);
    side_init(&after, calendar);

    select_pairs(check, &before_ids, &after_ids);
    repoint_status status = load_side(store, &before_ids, &before, error);
    if (status == REPOINT_OK)
        status = load_side(store, &after_ids, &after, error);
    if (status == REPOINT_OK)
        drop_unchanged(check, &before, &after);
    if (status == REPOINT_OK && g_hash_table_size(before.by_name) > 0) {
        status = load_intervals(store, &before, &after, error);
        if (status == REPOINT_OK && some_start_is_inherited(&before, &after))
            status = load_whole_environment(store, check, &after, error);
        if (status == REPOINT_OK)
            status = check_models(store, &before, &after, gaps, error);
    }
    if (status == REPOINT_OK)
        *ret_gaps = g_steal_pointer(&gaps);
    return status;
}

/* ---- reporting ---- */

void rp_gaps_write(rp_json_writer *writer, const GPtrArray *gaps)
{
    rp_json_begin_array(writer);
    for (guint i = 0; i < gaps->len; i++) {
        const rp_gap *gap = g_ptr_array_index(gaps, i);
        rp_json_begin_object(writer);
        rp_json_put_string(writer, "name", gap->name);
        rp_json_key(writer, "ranges");
        rp_json_begin_array(writer);
        for (size_t j = 0; j < gap->intervals.count; j++) {
            g_autofree char *start = rp_time_format_iso(gap->intervals.items[j].start);
            g_autofree char *end = rp_time_format_iso(gap->intervals.items[j].end);
            rp_json_begin_array(writer);
            rp_json_string(writer, start);
            rp_json_string(writer, end);
            rp_json_end_array(writer);
        }
        rp_json_end_array(writer);
        rp_json_end_object(writer);
    }
    rp_json_end_array(writer);
}

static char *first_range(const rp_gap *gap)
{
    const rp_interval *first = &gap->intervals.items[0];
    g_autofree char *start = rp_time_format_iso(first->start);
    g_autofree char *end = rp_time_format_iso(first->end);
    if (gap->intervals.count == 1)
        return g_strdup_printf("%s to %s", start, end);
    return g_strdup_printf("%s to %s and %zu more ranges", start, end, gap->intervals.count - 1);
}

repoint_status rp_gaps_fail(const GPtrArray *gaps, const char *environment, repoint_error *error)
{
    if (gaps->len == 0)
        return REPOINT_OK;
    const rp_gap *first = g_ptr_array_index(gaps, 0);
    g_autofree char *range = first_range(first);
    g_autofree char *others =
        gaps->len > 1 ? g_strdup_printf(", and %u more models have gaps", gaps->len - 1) : NULL;
    repoint_status status =
        rp_fail(error, REPOINT_GAPS, "fill these ranges of the new version, then plan again",
                "environment %s would lose time ranges: %s lacks %s%s", environment, first->name, range,
                others != NULL ? others : "");
    for (guint i = 0; i < gaps->len; i++)
        rp_error_add_name(error, ((rp_gap *)g_ptr_array_index(gaps, i))->name);
    GString *detail = g_string_new(NULL);
    rp_json_writer writer = RP_JSON_WRITER(detail, RP_JSON_COMPACT);
    rp_json_begin_object(&writer);
    rp_json_key(&writer, "gaps");
    rp_gaps_write(&writer, gaps);
    rp_json_end_object(&writer);
    rp_error_take_detail(error, g_string_free(detail, FALSE));
    return status;
}

/* ---- names ---- */

static void add_names(const repoint_environment *environment, GHashTable *seen, GPtrArray *names)
{
    for (size_t i = 0; environment != NULL && i < environment->tables.count; i++) {
        char *name = (char *)environment->tables.items[i].name;
        if (g_hash_table_add(seen, name))
            g_ptr_array_add(names, name);
    }
}

repoint_status rp_gap_names_resolve(const char *const *names, bool exact, const repoint_environment *planned,
                                    const repoint_environment *stored, GHashTable **ret_names,
                                    repoint_error *error)
{
    g_autoptr(GHashTable) set = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
    g_autoptr(GHashTable) seen = g_hash_table_new(g_str_hash, g_str_equal);
    g_autoptr(GPtrArray) known = g_ptr_array_new();
    add_names(planned, seen, known);
    add_names(stored, seen, known);
    for (size_t i = 0; names != NULL && names[i] != NULL; i++) {
        size_t index = 0;
        if (exact) {
            g_hash_table_add(set, g_strdup(names[i]));
            continue;
        }
        repoint_status status = rp_name_resolve(names[i], (const char *const *)known->pdata, known->len,
                                                planned->naming.name, &index, error);
        if (status != REPOINT_OK)
            return status;
        g_hash_table_add(set, g_strdup(g_ptr_array_index(known, index)));
    }
    *ret_names = g_steal_pointer(&set);
    return REPOINT_OK;
}
