/*
 * Building the record of a change, field by field, from a target environment and a source.
 *
 * What becomes of each field is the table in docs/architecture.md (*The record of a change*); the reference's
 * plan decides in the same way where it has the case at all.
 */
#include <string.h>

#include "deploy/plan.h"
#include "model/resolve.h"
#include "state/environments.h"
#include "state/snapshots.h"
#include "state/state_file.h"

#define MAX_NAME_SIZE    200
#define CANDIDATE_SUFFIX "__next"
#define DEFAULT_TTL      "in 1 week"
#define MAX_LIST_FILE    ((gsize)64 << 20)

/* What is at hand while the record is built. */
typedef struct building {
    repoint_store *store;
    const repoint_plan_source *source;
    const repoint_plan_options *options;
    repoint_plan *plan;
    repoint_environment *from; /* the source environment, or NULL */
    int64_t now;
} building;

static bool has_items(const char *const *list)
{
    return list != NULL && list[0] != NULL;
}

/* ---- checks of what was asked ---- */

static repoint_status check_source(const repoint_plan_source *source, repoint_error *error)
{
    int kinds = (source->from_environment != NULL) + (source->snapshots_path != NULL) +
                (source->record_path != NULL) + source->latest +
                (has_items(source->set) || has_items(source->drop));
    if (kinds == 1)
        return REPOINT_OK;
    return rp_fail(error, REPOINT_INVALID,
                   "give one of --from, --snapshots, --latest, --record, or --set and --drop together",
                   kinds == 0 ? "nothing says what the environment should point to"
                              : "more than one source says what the environment should point to");
}

static repoint_status check_name(const char *text, char **ret_name, repoint_error *error)
{
    if (*text == '\0')
        return rp_fail(error, REPOINT_INVALID, NULL, "the environment's name is empty");
    if (strlen(text) > MAX_NAME_SIZE)
        return rp_fail(error, REPOINT_INVALID, NULL, "the environment's name is longer than %d bytes: %.40s…",
                       MAX_NAME_SIZE, text);
    if (!g_utf8_validate(text, -1, NULL))
        return rp_fail(error, REPOINT_INVALID, NULL, "the environment's name is not valid UTF-8");
    g_autofree char *name = rp_environment_name_sanitize(text);
    if (g_str_has_suffix(name, CANDIDATE_SUFFIX))
        return rp_fail(error, REPOINT_INVALID, "choose another name",
                       "environment %s would be taken for a candidate: names that end in %s are reserved",
                       name, CANDIDATE_SUFFIX);
    *ret_name = g_steal_pointer(&name);
    return REPOINT_OK;
}

static repoint_status check_expected(const building *work, const char *name, repoint_error *error)
{
    const char *expected = work->options->expect_plan_id;
    const repoint_environment *stored = work->plan->stored;
    if (expected == NULL)
        return REPOINT_OK;
    const char *found = stored != NULL ? stored->plan_id : "none";
    if (strcmp(expected, found) == 0)
        return REPOINT_OK;
    return rp_fail(error, REPOINT_CONFLICT, "look at what it is now, then plan again",
                   "environment %s is at plan id %s, not at %s", name, found, expected);
}

bool rp_plan_is_new(const repoint_plan *plan, int64_t now_ts)
{
    return plan->stored == NULL || rp_environment_is_expired(plan->stored, now_ts);
}

/* ---- which snapshots ---- */

/* Full names of the models that the stored environment has. */
static GPtrArray *stored_names(const building *work)
{
    GPtrArray *names = g_ptr_array_new();
    for (size_t i = 0; work->plan->stored != NULL && i < work->plan->stored->tables.count; i++)
        g_ptr_array_add(names, (gpointer)work->plan->stored->tables.items[i].name);
    return names;
}

static repoint_status fail_not_stored(const char *name, const char *identifier, repoint_error *error)
{
    repoint_status status =
        rp_fail(error, REPOINT_MISSING_SNAPSHOTS, "push it first; \"repoint snapshots\" lists what there is",
                "snapshot %s (%s) is not stored", name, identifier);
    rp_error_add_name(error, name);
    return status;
}

/* Loads these snapshots and appends their tables to the record. Each must be stored. */
static repoint_status add_snapshots(building *work, const GArray *ids, repoint_error *error)
{
    g_autoptr(repoint_snapshot_list) list = NULL;
    const repoint_snapshot_id *wanted = (const repoint_snapshot_id *)ids->data;
    g_autofree bool *exists = g_new0(bool, ids->len + 1);
    repoint_status status = repoint_snapshots_exist(work->store, wanted, ids->len, exists, error);
    for (guint i = 0; i < ids->len && status == REPOINT_OK; i++) {
        if (!exists[i])
            status = fail_not_stored(wanted[i].name, wanted[i].identifier, error);
    }
    if (status == REPOINT_OK)
        status = repoint_snapshots_get(work->store, wanted, ids->len, &list, error);
    for (size_t i = 0; status == REPOINT_OK && i < repoint_snapshot_list_count(list); i++) {
        repoint_table *table = NULL;
        status = repoint_snapshot_table(repoint_snapshot_list_at(list, i), &table, error);
        if (status == REPOINT_OK)
            status = repoint_environment_set_table(work->plan->record, table, error);
        repoint_table_free(table);
    }
    return status;
}

/* "NAME=IDENTIFIER" to the snapshot that is meant. A name of the environment goes before others of the store.
 */
static repoint_status parse_set(building *work, const char *text, GStringChunk *strings,
                                repoint_snapshot_id *ret_id, repoint_error *error)
{
    const char *equals = strrchr(text, '=');
    if (equals == NULL || equals == text || equals[1] == '\0')
        return rp_fail(error, REPOINT_INVALID, "write --set NAME=IDENTIFIER, such as --set orders=1281222509",
                       "\"%.200s\" does not say which snapshot of which model", text);
    g_autofree char *typed = g_strndup(text, (gsize)(equals - text));
    g_autoptr(GPtrArray) names = stored_names(work);
    g_autofree char *name = NULL;
    size_t index = 0;
    repoint_status status = rp_name_resolve(typed, (const char *const *)names->pdata, names->len,
                                            "the environment", &index, error);
    if (status == REPOINT_OK)
        name = g_strdup(g_ptr_array_index(names, index));
    else if (status == REPOINT_NOT_FOUND)
        status = rp_snapshot_name_resolve(work->store, typed, &name, error);
    if (status == REPOINT_OK)
        *ret_id = (repoint_snapshot_id){g_string_chunk_insert(strings, name),
                                        g_string_chunk_insert(strings, equals + 1)};
    return status;
}

static repoint_status apply_set_and_drop(building *work, repoint_error *error)
{
    g_autoptr(GStringChunk) strings = g_string_chunk_new(1024);
    g_autoptr(GArray) ids = g_array_new(FALSE, FALSE, sizeof(repoint_snapshot_id));
    repoint_status status = REPOINT_OK;
    for (size_t i = 0; work->source->set != NULL && work->source->set[i] != NULL && status == REPOINT_OK;
         i++) {
        repoint_snapshot_id id = {0};
        status = parse_set(work, work->source->set[i], strings, &id, error);
        g_array_append_val(ids, id);
    }
    if (status == REPOINT_OK && ids->len > 0)
        status = add_snapshots(work, ids, error);
    g_autoptr(GPtrArray) names = stored_names(work);
    for (size_t i = 0; work->source->drop != NULL && work->source->drop[i] != NULL && status == REPOINT_OK;
         i++) {
        size_t index = 0;
        status = rp_name_resolve(work->source->drop[i], (const char *const *)names->pdata, names->len,
                                 "the environment", &index, error);
        if (status == REPOINT_OK)
            status =
                repoint_environment_drop_table(work->plan->record, g_ptr_array_index(names, index), error);
    }
    return status;
}

/* ---- the newest snapshot of each model ---- */

typedef struct newest {
    GHashTable *by_name; /* name -> snapshot, owned */
} newest;

static void free_snapshot(gpointer snapshot)
{
    repoint_snapshot_free(snapshot);
}

static repoint_status keep_newest(void *context, repoint_snapshot **snapshot, repoint_error *error)
{
    (void)error;
    newest *of = context;
    repoint_snapshot *known = g_hash_table_lookup(of->by_name, (*snapshot)->name);
    if (known == NULL || (*snapshot)->created_ts > known->created_ts)
        g_hash_table_replace(of->by_name, (gpointer)(*snapshot)->name, *snapshot);
    else
        return REPOINT_OK;
    *snapshot = NULL;
    return REPOINT_OK;
}

typedef struct usable {
    GHashTable *models; /* names that the environment has */
    GStringChunk *strings;
    rp_key_list ids;
} usable;

static bool collect_usable(void *context, const repoint_snapshot_row *row)
{
    usable *of = context;
    if (!row->is_expired && !row->unrestorable && g_hash_table_contains(of->models, row->name))
        rp_key_list_add(&of->ids, g_string_chunk_insert(of->strings, row->name),
                        g_string_chunk_insert(of->strings, row->identifier));
    return true;
}

static repoint_status use_latest(building *work, repoint_error *error)
{
    if (work->plan->stored == NULL)
        return rp_fail(
            error, REPOINT_INVALID, "name its models with --set, or take another environment's with --from",
            "--latest needs an environment that exists: it takes the newest snapshot of each model it has");
    g_autoptr(GHashTable) models = g_hash_table_new(g_str_hash, g_str_equal);
    g_autoptr(GStringChunk) strings = g_string_chunk_new(4096);
    newest found = {g_hash_table_new_full(g_str_hash, g_str_equal, NULL, free_snapshot)};
    usable candidates = {models, strings, rp_key_list_new(2)};
    for (size_t i = 0; i < work->plan->stored->tables.count; i++)
        g_hash_table_add(models, (gpointer)work->plan->stored->tables.items[i].name);

    repoint_status status = repoint_snapshots_list(work->store, NULL, collect_usable, &candidates, error);
    rp_db_keys keys = rp_key_list_keys(&candidates.ids);
    if (status == REPOINT_OK)
        status = rp_snapshots_visit(work->store, &keys, keep_newest, &found, error);
    GHashTableIter iterator;
    gpointer snapshot;
    g_hash_table_iter_init(&iterator, found.by_name);
    while (status == REPOINT_OK && g_hash_table_iter_next(&iterator, NULL, &snapshot)) {
        repoint_table *table = NULL;
        status = repoint_snapshot_table(snapshot, &table, error);
        if (status == REPOINT_OK)
            status = repoint_environment_set_table(work->plan->record, table, error);
        repoint_table_free(table);
    }
    g_hash_table_unref(found.by_name);
    rp_key_list_clear(&candidates.ids);
    return status;
}

/* ---- a file that lists snapshots ---- */

static repoint_status read_file(const char *path, char **ret_text, gsize *ret_size, repoint_error *error)
{
    g_autoptr(GMappedFile) mapped = NULL;
    g_autoptr(GError) failure = NULL;
    mapped = g_mapped_file_new(path, FALSE, &failure);
    if (mapped == NULL)
        return rp_fail(error, REPOINT_INVALID, NULL, "%s cannot be read: %s", path, failure->message);
    gsize size = g_mapped_file_get_length(mapped);
    if (size > MAX_LIST_FILE)
        return rp_fail(error, REPOINT_INVALID, NULL, "%s is larger than 64 MiB", path);
    *ret_text = g_strndup(size > 0 ? g_mapped_file_get_contents(mapped) : "", size);
    *ret_size = size;
    return REPOINT_OK;
}

static repoint_status read_json_file(const char *path, rp_json **ret_json, repoint_error *error)
{
    g_autofree char *text = NULL;
    gsize size = 0;
    repoint_status status = read_file(path, &text, &size, error);
    return status == REPOINT_OK ? rp_json_parse(text, size, path, ret_json, error) : status;
}

typedef struct listed {
    GStringChunk *strings;
    GArray *ids;
} listed;

static repoint_status list_snapshot(void *context, rp_json *element, uint64_t done, uint64_t total,
                                    repoint_error *error)
{
    (void)done, (void)total;
    listed *into = context;
    g_autoptr(repoint_snapshot) snapshot = NULL;
    repoint_status status = rp_snapshot_read(element, rp_json_root(element), RP_TOLERANT, &snapshot, error);
    if (status != REPOINT_OK)
        return status;
    repoint_snapshot_id id = {g_string_chunk_insert(into->strings, snapshot->name),
                              g_string_chunk_insert(into->strings, snapshot->identifier)};
    g_array_append_val(into->ids, id);
    return REPOINT_OK;
}

/* Is the first thing in the file a bracket of an array? Then it lists ids; a state file is an object. */
static bool is_array_file(const char *path)
{
    FILE *file = fopen(path, "rbe");
    int byte = EOF;
    while (file != NULL && (byte = getc(file)) != EOF && g_ascii_isspace(byte))
        ;
    if (file != NULL)
        fclose(file);
    return byte == '[';
}

static repoint_status list_from_array(const char *path, listed *into, repoint_error *error)
{
    g_autoptr(rp_json) json = NULL;
    rp_snapshot_ids ids = {0};
    repoint_status status = read_json_file(path, &json, error);
    if (status == REPOINT_OK)
        status = rp_snapshot_ids_read(json, rp_json_root(json), &ids, error);
    for (size_t i = 0; i < ids.count; i++) {
        repoint_snapshot_id id = {g_string_chunk_insert(into->strings, ids.items[i].name),
                                  g_string_chunk_insert(into->strings, ids.items[i].identifier)};
        g_array_append_val(into->ids, id);
    }
    rp_snapshot_ids_clear(&ids);
    return status;
}

static repoint_status list_from_state_file(const char *path, listed *into, repoint_error *error)
{
    g_autoptr(rp_state_file) file = NULL;
    repoint_status status = rp_state_file_open(path, &file, error);
    return status == REPOINT_OK ? rp_state_file_snapshots(file, list_snapshot, into, error) : status;
}

static repoint_status check_one_per_model(const listed *list, const char *path, repoint_error *error)
{
    g_autoptr(GHashTable) seen = g_hash_table_new(g_str_hash, g_str_equal);
    for (guint i = 0; i < list->ids->len; i++) {
        const repoint_snapshot_id *id = &g_array_index(list->ids, repoint_snapshot_id, i);
        if (!g_hash_table_add(seen, (gpointer)id->name))
            return rp_fail(error, REPOINT_INVALID, "list each model once, or export a single environment",
                           "%s has several snapshots of %s", path, id->name);
    }
    return REPOINT_OK;
}

static repoint_status use_snapshots_file(building *work, repoint_error *error)
{
    const char *path = work->source->snapshots_path;
    g_autoptr(GStringChunk) strings = g_string_chunk_new(4096);
    g_autoptr(GArray) ids = g_array_new(FALSE, FALSE, sizeof(repoint_snapshot_id));
    listed list = {strings, ids};
    repoint_status status =
        is_array_file(path) ? list_from_array(path, &list, error) : list_from_state_file(path, &list, error);
    if (status == REPOINT_OK)
        status = check_one_per_model(&list, path, error);
    if (status == REPOINT_OK) {
        rp_tables_clear(&work->plan->record->tables);
        status = add_snapshots(work, ids, error);
    }
    return status;
}

/* ---- the fields beside the snapshots ---- */

static void use_tables(repoint_environment *record, const rp_tables *tables)
{
    g_autofree const repoint_table **items = g_new(const repoint_table *, tables->count + 1);
    for (size_t i = 0; i < tables->count; i++)
        items[i] = &tables->items[i];
    rp_tables_clear(&record->tables);
    record->tables = rp_tables_of(items, tables->count);
}

static void use_promoted(repoint_environment *record, const repoint_environment *like)
{
    rp_snapshot_ids_clear(&record->promoted);
    record->promotes_all = like->promotes_all;
    if (like->promotes_all)
        return;
    record->promoted.json = rp_json_ref(like->promoted.json);
    record->promoted.items = g_memdup2(like->promoted.items, like->promoted.count * sizeof(rp_snapshot_id));
    record->promoted.count = like->promoted.count;
}

static void use_requirements(repoint_environment *record, const repoint_environment *like)
{
    if (like->requirements_json == NULL)
        return;
    record->requirements_json = rp_json_ref(like->requirements_json);
    record->requirements = like->requirements;
}

/* What the environment pointed to when it was last finalized; a new one starts from prod's, as the reference.
 */
static repoint_status set_previous_finalized(building *work, repoint_error *error)
{
    repoint_environment *record = work->plan->record;
    g_autoptr(repoint_environment) prod = NULL;
    const rp_tables *previous = NULL;
    if (!rp_plan_is_new(work->plan, work->now)) {
        previous = rp_environment_is_finalized(work->plan->stored) ? &work->plan->stored->tables
                                                                   : &work->plan->stored->previous_finalized;
    } else {
        repoint_status status = rp_environment_load(work->store, RP_PROD, false, &prod, error);
        if (status != REPOINT_OK)
            return status;
        previous = prod != NULL ? &prod->tables : NULL;
    }
    record->has_previous_finalized = true;
    g_autofree const repoint_table **items =
        g_new(const repoint_table *, previous != NULL ? previous->count + 1 : 1);
    for (size_t i = 0; previous != NULL && i < previous->count; i++)
        items[i] = &previous->items[i];
    record->previous_finalized = rp_tables_of(items, previous != NULL ? previous->count : 0);
    return REPOINT_OK;
}

static repoint_status set_naming(building *work, const char *name, repoint_error *error)
{
    repoint_environment *record = work->plan->record;
    const char *suffix = work->options->suffix_target;
    if (work->plan->stored != NULL) {
        rp_environment_naming_copy(&record->naming, &work->plan->stored->naming);
        if (suffix == NULL || strcmp(suffix, rp_suffix_target_name(record->naming.suffix_target)) == 0)
            return REPOINT_OK;
        return rp_fail(error, REPOINT_INVALID,
                       "leave --suffix out: an environment keeps what it was made with",
                       "environment %s has the suffix target %s", name,
                       rp_suffix_target_name(record->naming.suffix_target));
    }
    record->naming.name = g_strdup(name);
    record->naming.normalize_name = true;
    if (suffix != NULL && !rp_suffix_target_from_name(suffix, &record->naming.suffix_target))
        return rp_fail(error, REPOINT_INVALID, "it is schema, table or catalog",
                       "\"%.100s\" is not a suffix target", suffix);
    return REPOINT_OK;
}

/* Is `text` a time at all? What is stored is the text itself. */
static repoint_status check_time(const building *work, const char *option, const char *text,
                                 repoint_error *error)
{
    int64_t ts = 0;
    repoint_status status = text != NULL ? rp_time_to_ts(text, work->now, &ts, error) : REPOINT_OK;
    if (status != REPOINT_OK)
        rp_error_prefix(error, "%s", option);
    return status;
}

/* The earliest interval that any snapshot of the store has, as text; today without any. */
static repoint_status earliest_interval(const building *work, char **ret_text, repoint_error *error)
{
    g_autofree char *sql =
        rp_sql(work->store->db, "SELECT MIN(start_ts) FROM %n", work->store->schema, "_intervals");
    g_autoptr(rp_rows) rows = NULL;
    bool has_row = false;
    repoint_status status = rp_db_query(work->store->db, sql, RP_NO_VALUES, &rows, error);
    if (status == REPOINT_OK)
        status = rp_rows_next(rows, &has_row, error);
    if (status == REPOINT_OK)
        *ret_text = rp_time_format_us(rp_rows_integer(rows, 0, work->now - work->now % RP_MS_PER_DAY) * 1000);
    return status;
}

static repoint_status set_times(building *work, repoint_error *error)
{
    repoint_environment *record = work->plan->record;
    const repoint_environment *like = work->plan->stored != NULL ? work->plan->stored : work->from;
    repoint_status status = check_time(work, "--start", work->options->start, error);
    if (status == REPOINT_OK)
        status = check_time(work, "--end", work->options->end, error);
    if (status != REPOINT_OK)
        return status;
    record->end_at = g_strdup(work->options->end);
    if (work->options->start != NULL) {
        record->start_at = g_strdup(work->options->start);
    } else if (like != NULL) {
        record->start_at = g_strdup(like->start_at);
        record->start_is_number = like->start_is_number;
    } else {
        return earliest_interval(work, &record->start_at, error);
    }
    return REPOINT_OK;
}

static repoint_status set_expiration(building *work, repoint_error *error)
{
    repoint_environment *record = work->plan->record;
    const char *ttl = work->options->ttl;
    record->expiration_ts = RP_TS_NONE;
    if (!rp_environment_is_dev(record)) {
        if (ttl != NULL)
            return rp_fail(error, REPOINT_INVALID, "leave --ttl out", "environment %s never expires",
                           RP_PROD);
        return REPOINT_OK;
    }
    bool never_expires = work->plan->stored != NULL && work->plan->stored->expiration_ts == RP_TS_NONE;
    if (ttl == NULL && never_expires)
        return REPOINT_OK;
    return rp_ttl_expiration_ts(ttl != NULL ? ttl : DEFAULT_TTL, work->now, &record->expiration_ts, error);
}

static repoint_status set_statements(building *work, repoint_error *error)
{
    if (work->options->statements_path != NULL) {
        g_autoptr(rp_json) json = NULL;
        repoint_status status = read_json_file(work->options->statements_path, &json, error);
        if (status == REPOINT_OK)
            status = rp_statements_check(rp_json_root(json), RP_STRICT, error);
        if (status != REPOINT_OK)
            return status;
        GString *text = g_string_new(NULL);
        rp_json_value(&RP_JSON_WRITER(text, RP_JSON_PYTHON), rp_json_root(json));
        work->plan->statements_json = g_string_free(text, FALSE);
        return REPOINT_OK;
    }
    if (work->from == NULL)
        return REPOINT_OK;
    return repoint_environment_statements(work->store, work->from->naming.name, &work->plan->statements_json,
                                          error);
}

/* ---- together ---- */

static repoint_status set_snapshots(building *work, repoint_error *error)
{
    repoint_environment *record = work->plan->record;
    const repoint_environment *like = work->from != NULL ? work->from : work->plan->stored;
    record->promotes_all = true;
    if (like != NULL)
        use_tables(record, &like->tables);
    if (like != NULL && rp_environment_is_dev(record))
        use_promoted(record, like);
    if (like != NULL)
        use_requirements(record, like);
    if (work->from != NULL)
        return REPOINT_OK;
    if (work->source->snapshots_path != NULL) {
        use_promoted(record, &(repoint_environment){.promotes_all = true});
        return use_snapshots_file(work, error);
    }
    if (work->source->latest) {
        use_promoted(record, &(repoint_environment){.promotes_all = true});
        return use_latest(work, error);
    }
    return apply_set_and_drop(work, error);
}

static repoint_status build_fields(building *work, const char *name, repoint_error *error)
{
    repoint_plan *plan = work->plan;
    plan->record = g_new0(repoint_environment, 1);
    plan->record->finalized_ts = RP_TS_NONE;
    plan->record->plan_id =
        work->options->plan_id != NULL ? g_strdup(work->options->plan_id) : rp_store_new_id(work->store);
    if (!rp_plan_is_new(plan, work->now))
        plan->record->previous_plan_id = g_strdup(plan->stored->plan_id);
    repoint_status status = set_naming(work, name, error);
    if (status == REPOINT_OK)
        status = set_snapshots(work, error);
    if (status == REPOINT_OK)
        status = set_times(work, error);
    if (status == REPOINT_OK)
        status = set_expiration(work, error);
    if (status == REPOINT_OK)
        status = set_previous_finalized(work, error);
    return status == REPOINT_OK ? set_statements(work, error) : status;
}

/* --record: the object as it is; only its name must be the one that was asked for. */
static repoint_status take_record(building *work, const char *name, repoint_error *error)
{
    g_autoptr(rp_json) json = NULL;
    repoint_status status = read_json_file(work->source->record_path, &json, error);
    if (status == REPOINT_OK)
        status = rp_environment_read(json, rp_json_root(json), RP_STRICT, &work->plan->record, error);
    if (status == REPOINT_OK && strcmp(work->plan->record->naming.name, name) != 0)
        status = rp_fail(error, REPOINT_INVALID, NULL, "%s is the record of environment %s, not of %s",
                         work->source->record_path, work->plan->record->naming.name, name);
    return status == REPOINT_OK ? set_statements(work, error) : status;
}

static repoint_status load_source_environment(building *work, repoint_error *error)
{
    const char *name = work->source->from_environment;
    repoint_status status = rp_environment_load(work->store, name, false, &work->from, error);
    if (status == REPOINT_OK && work->from == NULL)
        status = rp_environment_fail_unknown(work->store, name, error);
    return status;
}

repoint_status rp_record_build(repoint_store *store, const char *environment,
                               const repoint_plan_source *source, const repoint_plan_options *options,
                               repoint_plan *plan, repoint_error *error)
{
    building work = {store, source, options, plan, NULL, rp_store_now(store)};
    g_autofree char *name = NULL;
    repoint_status status = check_source(source, error);
    if (status == REPOINT_OK)
        status = check_name(environment, &name, error);
    if (status == REPOINT_OK && options->plan_id != NULL &&
        (*options->plan_id == '\0' || strlen(options->plan_id) > 200))
        status = rp_fail(error, REPOINT_INVALID, NULL, "the plan id is empty or longer than 200 bytes");
    if (status == REPOINT_OK)
        status = rp_environment_load(store, name, false, &plan->stored, error);
    if (status == REPOINT_OK)
        status = check_expected(&work, name, error);
    if (status == REPOINT_OK && source->from_environment != NULL)
        status = load_source_environment(&work, error);
    if (status == REPOINT_OK)
        status =
            source->record_path != NULL ? take_record(&work, name, error) : build_fields(&work, name, error);
    repoint_environment_free(work.from);
    return status;
}
