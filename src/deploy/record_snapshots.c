/*
 * Which snapshots the record of a change points to: another environment's, those of a file, the newest of
 * each model, or its own with some set or dropped.
 */
#include <string.h>

#include "deploy/record.h"
#include "model/resolve.h"
#include "state/snapshots.h"
#include "state/state_file.h"

#define MAX_LIST_FILE ((gsize)64 << 20)

/* ---- which snapshots ---- */

/* Full names of the models that the stored environment has. */
static GPtrArray *stored_names(const rp_building *work)
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
static repoint_status add_snapshots(rp_building *work, const GArray *ids, repoint_error *error)
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
static repoint_status parse_set(rp_building *work, const char *text, GStringChunk *strings,
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

static repoint_status apply_set_and_drop(rp_building *work, repoint_error *error)
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

static repoint_status use_latest(rp_building *work, repoint_error *error)
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

repoint_status rp_record_read_file(const char *path, char **ret_text, gsize *ret_size, repoint_error *error)
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

repoint_status rp_record_read_json(const char *path, rp_json **ret_json, repoint_error *error)
{
    g_autofree char *text = NULL;
    gsize size = 0;
    repoint_status status = rp_record_read_file(path, &text, &size, error);
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
    repoint_status status = rp_record_read_json(path, &json, error);
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

static repoint_status use_snapshots_file(rp_building *work, repoint_error *error)
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

/* ---- together ---- */

static void use_tables(repoint_environment *record, const rp_tables *tables)
{
    rp_tables_clear(&record->tables);
    record->tables = rp_tables_copy(tables);
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

repoint_status rp_record_set_snapshots(rp_building *work, repoint_error *error)
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
