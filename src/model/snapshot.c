/*
 * Snapshots as values. The object they were read from is kept and written back to the letter; only what a
 * database keeps beside it (updated_ts, intervals, ...) is taken from the struct.
 */
#include "model/snapshot.h"

#include <string.h>

#define USUAL_TABLE_SIZE 2000 /* bytes of JSON: as an environment refers to a snapshot */

/* Every key of the reference's class, in its writing order. */
static const char *const snapshot_keys[] = {
    "name",
    "dev_version",
    "change_category",
    "fingerprint",
    "previous_versions",
    "base_table_name_override",
    "dev_table_suffix",
    "table_naming_convention",
    "forward_only",
    "physical_schema",
    "node",
    "parents",
    "intervals",
    "dev_intervals",
    "pending_restatement_intervals",
    "created_ts",
    "updated_ts",
    "ttl",
    "version",
    "unpaused_ts",
    "effective_from",
    "migrated",
    "unrestorable",
    "next_auto_restatement_ts",
    "last_altered_ts",
    "dev_last_altered_ts",
    NULL,
};
#define KEY_COUNT (G_N_ELEMENTS(snapshot_keys) - 1)

/* Those of them that are columns or tables of their own. */
static const char *const stored_elsewhere[] = {
    "forward_only", "intervals",   "dev_intervals", "pending_restatement_intervals",
    "updated_ts",   "unpaused_ts", "unrestorable",  "next_auto_restatement_ts",
    NULL,
};

/* Every key of the reference's five node classes. */
static const char *const node_keys[] = {
    "allow_partials",
    "audit_definitions",
    "audits",
    "blocking",
    "clustered_by",
    "column_descriptions",
    "column_hashes",
    "columns",
    "cron",
    "cron_tz",
    "dbt_node_info",
    "default_catalog",
    "defaults",
    "depends_on",
    "derived_columns_to_types",
    "description",
    "dialect",
    "enabled",
    "end",
    "entrypoint",
    "expressions",
    "extract_dependencies_from_query",
    "formatting",
    "gateway",
    "grains",
    "grants",
    "grants_target_layer",
    "ignored_rules",
    "interval_unit",
    "is_hydrated",
    "jinja_macros",
    "kind",
    "mapping_schema",
    "name",
    "on_virtual_update",
    "optimize_query",
    "owner",
    "partitioned_by",
    "physical_properties",
    "physical_schema_override",
    "physical_version",
    "post_statements",
    "pre_statements",
    "project",
    "python_env",
    "query",
    "references",
    "retention",
    "seed",
    "session_properties",
    "signals",
    "skip",
    "source_type",
    "stamp",
    "standalone",
    "start",
    "storage_format",
    "table_format",
    "tags",
    "virtual_environment_mode",
    "virtual_properties",
    NULL,
};

/* ---- reading ---- */

static repoint_status read_identity(repoint_snapshot *snapshot, const char *what, repoint_error *error)
{
    yyjson_val *object = snapshot->value, *fingerprint = NULL;
    int64_t category = RP_CATEGORY_NONE;
    repoint_status status =
        rp_json_get_string(object, "name", RP_JSON_REQUIRED, what, &snapshot->name, error);
    if (status == REPOINT_OK)
        status = rp_json_get_object(object, "fingerprint", RP_JSON_REQUIRED, what, &fingerprint, error);
    if (status == REPOINT_OK)
        status = rp_fingerprint_from_json(fingerprint, what, &snapshot->fingerprint, error);
    if (status == REPOINT_OK)
        status = rp_json_get_string(object, "version", RP_JSON_OPTIONAL, what, &snapshot->version, error);
    if (status == REPOINT_OK)
        status =
            rp_json_get_string(object, "dev_version", RP_JSON_OPTIONAL, what, &snapshot->dev_version, error);
    if (status == REPOINT_OK)
        status = rp_json_get_int(object, "change_category", RP_JSON_OPTIONAL, what, &category, error);
    if (status != REPOINT_OK)
        return status;
    if (*snapshot->name == '\0')
        return rp_fail(error, REPOINT_INVALID, NULL, "a snapshot's name is empty");
    if (category < RP_CATEGORY_NONE || category > RP_CATEGORY_METADATA)
        return rp_fail(error, REPOINT_INVALID, NULL, "%s: \"change_category\" is not a number from 1 to 6",
                       what);
    snapshot->category = (rp_change_category)category;
    rp_fingerprint_identifier(&snapshot->fingerprint, snapshot->identifier);
    rp_fingerprint_version(&snapshot->fingerprint, snapshot->own_version);
    return REPOINT_OK;
}

static repoint_status read_node(repoint_snapshot *snapshot, rp_strictness strictness, const char *what,
                                repoint_error *error)
{
    yyjson_val *kind = NULL, *parents = NULL;
    repoint_status status =
        rp_json_get_object(snapshot->value, "node", RP_JSON_REQUIRED, what, &snapshot->node, error);
    if (status == REPOINT_OK && strictness == RP_STRICT)
        status = rp_json_only_keys(snapshot->node, node_keys, what, error);
    if (status == REPOINT_OK)
        status = rp_json_get_object(snapshot->node, "kind", RP_JSON_OPTIONAL, what, &kind, error);
    if (status == REPOINT_OK && kind != NULL)
        status = rp_json_get_string(kind, "name", RP_JSON_REQUIRED, what, &snapshot->kind_name, error);
    if (status == REPOINT_OK)
        status = rp_json_get_array(snapshot->value, "parents", RP_JSON_REQUIRED, what, &parents, error);
    if (status != REPOINT_OK)
        return status;
    if (!rp_kind_from_name(snapshot->kind_name, &snapshot->kind))
        return rp_fail(error, REPOINT_INVALID, NULL, "%s: \"%s\" is not a kind of model", what,
                       snapshot->kind_name);

    size_t index, count;
    yyjson_val *parent;
    yyjson_arr_foreach (parents, index, count, parent) {
        const char *name = NULL;
        status = rp_json_get_string(parent, "name", RP_JSON_REQUIRED, what, &name, error);
        if (status != REPOINT_OK)
            return status;
    }
    return REPOINT_OK;
}

static repoint_status read_times(repoint_snapshot *snapshot, const char *what, repoint_error *error)
{
    const struct {
        const char *key;
        int64_t *value;
        rp_json_presence presence;
    } fields[] = {
        {"created_ts", &snapshot->created_ts, RP_JSON_REQUIRED},
        {"updated_ts", &snapshot->updated_ts, RP_JSON_OPTIONAL},
        {"unpaused_ts", &snapshot->unpaused_ts, RP_JSON_OPTIONAL},
        {"next_auto_restatement_ts", &snapshot->next_auto_restatement_ts, RP_JSON_OPTIONAL},
        {"last_altered_ts", &snapshot->last_altered_ts, RP_JSON_OPTIONAL},
        {"dev_last_altered_ts", &snapshot->dev_last_altered_ts, RP_JSON_OPTIONAL},
    };
    for (size_t i = 0; i < G_N_ELEMENTS(fields); i++) {
        *fields[i].value = RP_TS_NONE;
        repoint_status status =
            rp_json_get_int(snapshot->value, fields[i].key, fields[i].presence, what, fields[i].value, error);
        if (status != REPOINT_OK)
            return status;
    }
    repoint_status status =
        rp_json_get_string(snapshot->value, "ttl", RP_JSON_REQUIRED, what, &snapshot->ttl, error);
    if (status == REPOINT_OK)
        status = rp_json_get_bool(snapshot->value, "unrestorable", RP_JSON_OPTIONAL, what,
                                  &snapshot->unrestorable, error);
    if (status == REPOINT_OK)
        status = rp_json_get_bool(snapshot->value, "forward_only", RP_JSON_OPTIONAL, what,
                                  &snapshot->forward_only, error);
    return status;
}

static repoint_status read_intervals(yyjson_val *object, const char *key, const char *what,
                                     rp_intervals *intervals, repoint_error *error)
{
    yyjson_val *array = NULL;
    repoint_status status = rp_json_get_array(object, key, RP_JSON_OPTIONAL, what, &array, error);
    return status != REPOINT_OK || array == NULL ? status
                                                 : rp_intervals_from_json(array, what, intervals, error);
}

repoint_status rp_snapshot_read(rp_json *json, yyjson_val *value, rp_strictness strictness,
                                repoint_snapshot **ret_snapshot, repoint_error *error)
{
    if (!yyjson_is_obj(value))
        return rp_fail(error, REPOINT_INVALID, NULL, "a snapshot is not a JSON object");
    g_autoptr(repoint_snapshot) snapshot = g_new0(repoint_snapshot, 1);
    snapshot->json = rp_json_ref(json);
    snapshot->value = value;

    const char *name = yyjson_get_str(rp_json_field(value, "name"));
    char what[160];
    g_snprintf(what, sizeof what, "snapshot %.100s", name != NULL ? name : "without a name");
    repoint_status status = REPOINT_OK;
    if (strictness == RP_STRICT)
        status = rp_json_only_keys(value, snapshot_keys, what, error);
    if (status == REPOINT_OK)
        status = read_identity(snapshot, what, error);
    if (status == REPOINT_OK)
        status = read_node(snapshot, strictness, what, error);
    if (status == REPOINT_OK)
        status = read_times(snapshot, what, error);
    if (status == REPOINT_OK)
        status = read_intervals(value, "intervals", what, &snapshot->intervals, error);
    if (status == REPOINT_OK)
        status = read_intervals(value, "dev_intervals", what, &snapshot->dev_intervals, error);
    if (status == REPOINT_OK)
        status = read_intervals(value, "pending_restatement_intervals", what,
                                &snapshot->pending_restatement_intervals, error);
    if (status == REPOINT_OK)
        *ret_snapshot = g_steal_pointer(&snapshot);
    return status;
}

/* ---- questions ---- */

const char *rp_snapshot_dev_version(const repoint_snapshot *snapshot)
{
    return snapshot->dev_version != NULL && *snapshot->dev_version != '\0' ? snapshot->dev_version
                                                                           : snapshot->own_version;
}

bool rp_snapshot_is_forward_only(const repoint_snapshot *snapshot)
{
    return snapshot->forward_only || snapshot->category == RP_CATEGORY_FORWARD_ONLY;
}

bool rp_snapshot_is_paused(const repoint_snapshot *snapshot)
{
    return snapshot->unpaused_ts == RP_TS_NONE;
}

repoint_status rp_snapshot_check_categorized(const repoint_snapshot *snapshot, repoint_error *error)
{
    const char *missing = NULL;
    if (snapshot->version == NULL || *snapshot->version == '\0')
        missing = "versioned";
    else if (snapshot->category == RP_CATEGORY_NONE)
        missing = "categorized";
    if (missing == NULL)
        return REPOINT_OK;
    repoint_status status =
        rp_fail(error, REPOINT_INVALID, "a plan of SQLMesh does that; take the state from after it",
                "snapshot %s (%s) has not been %s yet", snapshot->name, snapshot->identifier, missing);
    rp_error_add_name(error, snapshot->name);
    return status;
}

repoint_status rp_snapshot_check_cron(const repoint_snapshot *snapshot, repoint_error *error)
{
    const char *expression = "@daily", *time_zone = NULL;
    g_autoptr(rp_cron) cron = NULL;
    repoint_status status =
        rp_json_get_string(snapshot->node, "cron", RP_JSON_OPTIONAL, snapshot->name, &expression, error);
    if (status == REPOINT_OK)
        status = rp_json_get_string(snapshot->node, "cron_tz", RP_JSON_OPTIONAL, snapshot->name, &time_zone,
                                    error);
    if (status != REPOINT_OK)
        return status;
    status = rp_cron_parse(expression, time_zone, &cron, error);
    if (status != REPOINT_OK)
        rp_error_prefix(error, "snapshot %s", snapshot->name);
    return status;
}

const char **rp_snapshot_parent_names(const repoint_snapshot *snapshot)
{
    yyjson_val *parents = rp_json_field(snapshot->value, "parents");
    const char **names = g_new0(const char *, yyjson_arr_size(parents) + 1);
    size_t index, count;
    yyjson_val *parent;
    yyjson_arr_foreach (parents, index, count, parent)
        names[index] = yyjson_get_str(yyjson_obj_get(parent, "name"));
    return names;
}

repoint_status rp_snapshot_schedule(const repoint_snapshot *snapshot, rp_calendar *calendar,
                                    rp_schedule *ret_schedule, repoint_error *error)
{
    return rp_schedule_read(snapshot->node, rp_json_field(snapshot->value, "effective_from"), snapshot->name,
                            calendar, ret_schedule, error);
}

/* ---- writing ---- */

void rp_snapshot_write_column(GString *out, const repoint_snapshot *snapshot)
{
    rp_json_writer writer = RP_JSON_WRITER(out, RP_JSON_COMPACT);
    size_t index, count;
    yyjson_val *key, *value;
    rp_json_begin_object(&writer);
    yyjson_obj_foreach (snapshot->value, index, count, key, value) {
        const char *name = yyjson_get_str(key);
        if (yyjson_is_null(value) || g_strv_contains(stored_elsewhere, name))
            continue;
        rp_json_put_value(&writer, name, value);
    }
    rp_json_end_object(&writer);
}

static void write_ts(rp_json_writer *writer, const char *key, int64_t ts)
{
    if (ts == RP_TS_NONE)
        return;
    rp_json_put_integer(writer, key, ts);
}

static void write_set(rp_json_writer *writer, const char *key, const rp_intervals *intervals)
{
    rp_json_key(writer, key);
    rp_intervals_write(writer, intervals);
}

/* One field, from the struct where the struct is what counts, else the value that was read, if there is one.
 */
static void write_field(rp_json_writer *writer, const repoint_snapshot *snapshot, const char *key,
                        yyjson_val *value)
{
    if (g_str_equal(key, "forward_only"))
        rp_json_put_bool(writer, key, snapshot->forward_only);
    else if (g_str_equal(key, "unrestorable"))
        rp_json_put_bool(writer, key, snapshot->unrestorable);
    else if (g_str_equal(key, "intervals"))
        write_set(writer, key, &snapshot->intervals);
    else if (g_str_equal(key, "dev_intervals"))
        write_set(writer, key, &snapshot->dev_intervals);
    else if (g_str_equal(key, "pending_restatement_intervals"))
        write_set(writer, key, &snapshot->pending_restatement_intervals);
    else if (g_str_equal(key, "updated_ts"))
        write_ts(writer, key, snapshot->updated_ts);
    else if (g_str_equal(key, "unpaused_ts"))
        write_ts(writer, key, snapshot->unpaused_ts);
    else if (g_str_equal(key, "next_auto_restatement_ts"))
        write_ts(writer, key, snapshot->next_auto_restatement_ts);
    else if (g_str_equal(key, "last_altered_ts"))
        write_ts(writer, key, snapshot->last_altered_ts);
    else if (g_str_equal(key, "dev_last_altered_ts"))
        write_ts(writer, key, snapshot->dev_last_altered_ts);
    else if (value != NULL && !yyjson_is_null(value))
        rp_json_put_value(writer, key, value);
}

/* Where a key stands among snapshot_keys; KEY_COUNT if it does not. The search starts behind the key found
 * last: they come in that order nearly always, and then nothing is searched. */
static size_t find_key(yyjson_val *key, size_t *cursor)
{
    for (size_t i = 0; i < KEY_COUNT; i++) {
        size_t at = (*cursor + i) % KEY_COUNT;
        if (yyjson_equals_str(key, snapshot_keys[at])) {
            *cursor = at + 1;
            return at;
        }
    }
    return KEY_COUNT;
}

void rp_snapshot_write(rp_json_writer *writer, const repoint_snapshot *snapshot)
{
    yyjson_val *values[KEY_COUNT] = {0};
    g_autoptr(GPtrArray) unknown = g_ptr_array_new(); /* keys */
    size_t cursor = 0, index, count;
    yyjson_val *key, *value;
    yyjson_obj_foreach (snapshot->value, index, count, key, value) {
        size_t at = find_key(key, &cursor);
        if (at == KEY_COUNT)
            g_ptr_array_add(unknown, key);
        else if (values[at] == NULL)
            values[at] = value;
    }
    rp_json_begin_object(writer);
    for (size_t i = 0; i < KEY_COUNT; i++)
        write_field(writer, snapshot, snapshot_keys[i], values[i]);
    for (guint i = 0; i < unknown->len; i++) {
        key = g_ptr_array_index(unknown, i);
        rp_json_put_value(writer, yyjson_get_str(key), yyjson_obj_iter_get_val(key));
    }
    rp_json_end_object(writer);
}

/* ---- as an environment refers to it ---- */

static void copy_field(rp_json_writer *writer, yyjson_val *object, const char *key, const char *as)
{
    yyjson_val *value = rp_json_field(object, key);
    if (value == NULL)
        return;
    rp_json_put_value(writer, as, value);
}

/* Where its physical tables are: as stored, else the node's own, else derived from the name; audits have
 * none. */
static char *physical_schema_of(const repoint_snapshot *snapshot)
{
    const char *stored = yyjson_get_str(rp_json_field(snapshot->value, "physical_schema"));
    if (stored != NULL)
        return g_strdup(stored);
    if (snapshot->kind == RP_KIND_NONE)
        return g_strdup("");
    const char *override = yyjson_get_str(rp_json_field(snapshot->node, "physical_schema_override"));
    return override != NULL ? g_strdup(override) : rp_physical_schema(snapshot->name);
}

/* The fields are in the reference's order. */
void rp_snapshot_write_table(rp_json_writer *writer, const repoint_snapshot *snapshot)
{
    yyjson_val *object = snapshot->value, *node = snapshot->node;
    g_autofree char *physical_schema = physical_schema_of(snapshot);
    const char *suffix = yyjson_get_str(rp_json_field(object, "dev_table_suffix"));
    const char *convention = yyjson_get_str(rp_json_field(object, "table_naming_convention"));
    const char *mode = yyjson_get_str(rp_json_field(node, "virtual_environment_mode"));

    rp_json_begin_object(writer);
    rp_json_put_string(writer, "name", snapshot->name);
    rp_json_put_string(writer, "dev_version", rp_snapshot_dev_version(snapshot));
    copy_field(writer, object, "change_category", "change_category");
    rp_json_key(writer, "fingerprint");
    rp_fingerprint_write(writer, &snapshot->fingerprint);
    if (rp_json_field(object, "previous_versions") != NULL) {
        copy_field(writer, object, "previous_versions", "previous_versions");
    } else {
        rp_json_key(writer, "previous_versions");
        rp_json_begin_array(writer);
        rp_json_end_array(writer);
    }
    rp_json_put_string(writer, "dev_table_suffix", suffix != NULL ? suffix : "dev");
    rp_json_put_string(writer, "table_naming_convention",
                       convention != NULL ? convention : "schema_and_table");
    rp_json_put_bool(writer, "forward_only", snapshot->forward_only);
    rp_json_put_string(writer, "version", snapshot->version);
    rp_json_put_string(writer, "physical_schema", physical_schema);
    copy_field(writer, object, "parents", "parents");
    if (snapshot->kind_name != NULL)
        rp_json_put_string(writer, "kind_name", snapshot->kind_name);
    rp_json_put_string(writer, "node_type", snapshot->kind == RP_KIND_NONE ? "audit" : "model");
    if (snapshot->kind == RP_KIND_CUSTOM)
        copy_field(writer, rp_json_field(node, "kind"), "materialization", "custom_materialization");
    copy_field(writer, node, "gateway", "model_gateway");
    rp_json_put_string(writer, "virtual_environment_mode", mode != NULL ? mode : "full");
    rp_json_end_object(writer);
}

repoint_status repoint_snapshot_table(const repoint_snapshot *snapshot, repoint_table **ret_table,
                                      repoint_error *error)
{
    repoint_status status = rp_snapshot_check_categorized(snapshot, error);
    if (status != REPOINT_OK)
        return status;
    GString *text = g_string_sized_new(USUAL_TABLE_SIZE);
    rp_snapshot_write_table(&RP_JSON_WRITER(text, RP_JSON_PYTHON), snapshot);
    return rp_table_parse(text, ret_table, error);
}

/* ---- the public type ---- */

repoint_status repoint_snapshot_from_json(const char *text, size_t size, repoint_snapshot **ret_snapshot,
                                          repoint_error *error)
{
    g_autoptr(rp_json) json = NULL;
    repoint_status status = rp_json_parse(text, size, "the snapshot", &json, error);
    if (status != REPOINT_OK)
        return status;
    return rp_snapshot_read(json, rp_json_root(json), RP_TOLERANT, ret_snapshot, error);
}

char *repoint_snapshot_to_json(const repoint_snapshot *snapshot)
{
    GString *text = g_string_new(NULL);
    rp_snapshot_write(&RP_JSON_WRITER(text, RP_JSON_COMPACT), snapshot);
    return g_string_free(text, FALSE);
}

void repoint_snapshot_free(repoint_snapshot *snapshot)
{
    if (snapshot == NULL)
        return;
    rp_json_unref(snapshot->json);
    rp_intervals_clear(&snapshot->intervals);
    rp_intervals_clear(&snapshot->dev_intervals);
    rp_intervals_clear(&snapshot->pending_restatement_intervals);
    g_free(snapshot);
}

const char *repoint_snapshot_name(const repoint_snapshot *snapshot)
{
    return snapshot->name;
}

const char *repoint_snapshot_identifier(const repoint_snapshot *snapshot)
{
    return snapshot->identifier;
}

const char *repoint_snapshot_version(const repoint_snapshot *snapshot)
{
    return snapshot->version;
}
