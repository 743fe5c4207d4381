/*
 * Environments in the reference's JSON: the object of a state file and of the library's callers. The columns
 * of a row are src/state/environments.c's business.
 */
#include "model/environment.h"

#include <string.h>

static const char *const known_keys[] = {
    "name",
    "start_at",
    "end_at",
    "plan_id",
    "expiration_ts",
    "finalized_ts",
    "snapshots",
    "previous_plan_id",
    "suffix_target",
    "requirements",
    "promoted_snapshot_ids",
    "catalog_name_override",
    "normalize_name",
    "gateway_managed",
    "previous_finalized_snapshots",
    NULL,
};

/* ---- reading ---- */

/* A time-like value is text, or a number whose digits are kept. */
static repoint_status read_time_like(yyjson_val *object, const char *key, rp_json_presence presence,
                                     const char *what, char **ret_text, bool *ret_is_number,
                                     repoint_error *error)
{
    yyjson_val *value = rp_json_field(object, key);
    if (value != NULL && yyjson_is_raw(value)) {
        *ret_text = g_strndup(yyjson_get_raw(value), yyjson_get_len(value));
        *ret_is_number = true;
        return REPOINT_OK;
    }
    const char *text = NULL;
    repoint_status status = rp_json_get_string(object, key, presence, what, &text, error);
    if (status == REPOINT_OK)
        *ret_text = g_strdup(text);
    return status;
}

static repoint_status read_text(yyjson_val *object, const char *key, rp_json_presence presence,
                                const char *what, char **ret_text, repoint_error *error)
{
    const char *text = NULL;
    repoint_status status = rp_json_get_string(object, key, presence, what, &text, error);
    if (status == REPOINT_OK)
        *ret_text = g_strdup(text);
    return status;
}

/*
 * A list or an object may stand as JSON, or as text that holds JSON (what a database row gives to the
 * reference's class). *ret_json, which is NULL if it is JSON, holds *ret_value.
 */
static repoint_status open_value(yyjson_val *value, const char *key, rp_json **ret_json,
                                 yyjson_val **ret_value, repoint_error *error)
{
    *ret_value = value;
    if (!yyjson_is_str(value))
        return REPOINT_OK;
    repoint_status status = rp_json_parse(yyjson_get_str(value), yyjson_get_len(value), key, ret_json, error);
    if (status == REPOINT_OK)
        *ret_value = rp_json_root(*ret_json);
    return status;
}

/* The same in a document of its own. */
static repoint_status open_document(yyjson_val *value, const char *key, rp_json **ret_json,
                                    repoint_error *error)
{
    repoint_status status = open_value(value, key, ret_json, &value, error);
    if (status == REPOINT_OK && *ret_json == NULL)
        *ret_json = rp_json_copy(value);
    return status;
}

static repoint_status read_tables(yyjson_val *object, const char *key, rp_json_presence presence,
                                  const char *what, bool *ret_present, rp_tables *ret_tables,
                                  repoint_error *error)
{
    yyjson_val *value = rp_json_field(object, key);
    if (value == NULL && presence == RP_JSON_OPTIONAL)
        return REPOINT_OK;
    g_autoptr(rp_json) json = NULL;
    repoint_status status = REPOINT_OK;
    if (!yyjson_is_str(value))
        status = rp_json_get_array(object, key, presence, what, &value, error);
    if (status == REPOINT_OK)
        status = open_value(value, key, &json, &value, error);
    if (status == REPOINT_OK && !yyjson_is_arr(value))
        status = rp_fail(error, REPOINT_INVALID, NULL, "%s: \"%s\" is not an array", what, key);
    if (status != REPOINT_OK)
        return status;
    status = rp_tables_read(value, ret_tables, error);
    if (status != REPOINT_OK)
        rp_error_prefix(error, "%s", what);
    else if (ret_present != NULL)
        *ret_present = true;
    return status;
}

static repoint_status read_promoted(repoint_environment *environment, yyjson_val *object, const char *what,
                                    repoint_error *error)
{
    static const char key[] = "promoted_snapshot_ids";
    yyjson_val *value = rp_json_field(object, key);
    environment->promotes_all = value == NULL;
    if (value == NULL)
        return REPOINT_OK;
    g_autoptr(rp_json) json = NULL;
    repoint_status status = open_document(value, key, &json, error);
    if (status == REPOINT_OK && !yyjson_is_arr(rp_json_root(json)))
        return rp_fail(error, REPOINT_INVALID, NULL, "%s: \"%s\" is not an array", what, key);
    return status == REPOINT_OK
               ? rp_snapshot_ids_read(json, rp_json_root(json), &environment->promoted, error)
               : status;
}

static repoint_status read_requirements(repoint_environment *environment, yyjson_val *object,
                                        const char *what, repoint_error *error)
{
    static const char key[] = "requirements";
    yyjson_val *value = rp_json_field(object, key);
    if (value == NULL)
        return REPOINT_OK;
    repoint_status status = open_document(value, key, &environment->requirements_json, error);
    if (status != REPOINT_OK)
        return status;
    environment->requirements = rp_json_root(environment->requirements_json);
    if (!yyjson_is_obj(environment->requirements))
        return rp_fail(error, REPOINT_INVALID, NULL, "%s: \"%s\" is not an object", what, key);
    return REPOINT_OK;
}

/* The fields that this version does not know, in a document of their own. */
static rp_json *read_unknown(yyjson_val *object)
{
    GString *text = g_string_new(NULL);
    rp_json_writer writer = RP_JSON_WRITER(text, RP_JSON_COMPACT);
    size_t index, count, unknown = 0;
    yyjson_val *key, *value;
    rp_json_begin_object(&writer);
    yyjson_obj_foreach (object, index, count, key, value) {
        if (g_strv_contains(known_keys, yyjson_get_str(key)))
            continue;
        rp_json_put_value(&writer, yyjson_get_str(key), value);
        unknown++;
    }
    rp_json_end_object(&writer);
    rp_json *json = NULL;
    if (unknown == 0)
        g_string_free(text, TRUE);
    else
        rp_json_parse_taken(text, "unknown fields", &json, NULL);
    return json;
}

static repoint_status read_flag(yyjson_val *object, const char *key, bool default_value, bool *ret_flag,
                                repoint_error *error)
{
    return rp_environment_naming_flag(yyjson_obj_get(object, key), key, default_value, ret_flag, error);
}

static repoint_status read_naming(yyjson_val *object, rp_environment_naming *naming, const char *what,
                                  repoint_error *error)
{
    const char *name = NULL, *suffix = "schema", *override = NULL;
    repoint_status status = rp_json_get_string(object, "name", RP_JSON_REQUIRED, what, &name, error);
    if (status == REPOINT_OK)
        status = rp_json_get_string(object, "suffix_target", RP_JSON_OPTIONAL, what, &suffix, error);
    if (status == REPOINT_OK)
        status =
            rp_json_get_string(object, "catalog_name_override", RP_JSON_OPTIONAL, what, &override, error);
    if (status == REPOINT_OK)
        status = read_flag(object, "normalize_name", true, &naming->normalize_name, error);
    if (status == REPOINT_OK)
        status = read_flag(object, "gateway_managed", false, &naming->gateway_managed, error);
    if (status != REPOINT_OK)
        return status;
    if (*name == '\0')
        return rp_fail(error, REPOINT_INVALID, NULL, "an environment's name is empty");
    if (!rp_suffix_target_from_name(suffix, &naming->suffix_target))
        return rp_fail(error, REPOINT_INVALID, "it is schema, table or catalog",
                       "%s: \"%s\" is not a suffix target", what, suffix);
    naming->name = rp_environment_name_sanitize(name);
    naming->catalog_name_override = g_strdup(override);
    return REPOINT_OK;
}

static repoint_status read_plan(yyjson_val *object, repoint_environment *environment, const char *what,
                                repoint_error *error)
{
    repoint_status status = read_time_like(object, "start_at", RP_JSON_REQUIRED, what, &environment->start_at,
                                           &environment->start_is_number, error);
    if (status == REPOINT_OK)
        status = read_time_like(object, "end_at", RP_JSON_OPTIONAL, what, &environment->end_at,
                                &environment->end_is_number, error);
    if (status == REPOINT_OK)
        status = read_text(object, "plan_id", RP_JSON_REQUIRED, what, &environment->plan_id, error);
    if (status == REPOINT_OK)
        status = read_text(object, "previous_plan_id", RP_JSON_OPTIONAL, what, &environment->previous_plan_id,
                           error);
    if (status == REPOINT_OK)
        status = rp_json_get_int(object, "expiration_ts", RP_JSON_OPTIONAL, what, &environment->expiration_ts,
                                 error);
    if (status == REPOINT_OK)
        status = rp_json_get_int(object, "finalized_ts", RP_JSON_OPTIONAL, what, &environment->finalized_ts,
                                 error);
    return status;
}

static repoint_status read_fields(yyjson_val *value, rp_strictness strictness,
                                  repoint_environment **ret_environment, repoint_error *error)
{
    g_autoptr(repoint_environment) environment = g_new0(repoint_environment, 1);
    environment->unknown = read_unknown(value);
    environment->expiration_ts = environment->finalized_ts = RP_TS_NONE;
    environment->naming.normalize_name = true;

    const char *name = yyjson_get_str(rp_json_field(value, "name"));
    g_autofree char *what = g_strdup_printf("environment %.100s", name != NULL ? name : "without a name");
    repoint_status status = REPOINT_OK;
    if (strictness == RP_STRICT && yyjson_is_obj(value))
        status = rp_json_only_keys(value, known_keys, what, error);
    if (status == REPOINT_OK)
        status = read_naming(value, &environment->naming, what, error);
    if (status == REPOINT_OK)
        status = read_plan(value, environment, what, error);
    if (status == REPOINT_OK)
        status = read_tables(value, "snapshots", RP_JSON_REQUIRED, what, NULL, &environment->tables, error);
    if (status == REPOINT_OK)
        status = read_promoted(environment, value, what, error);
    if (status == REPOINT_OK)
        status = read_tables(value, "previous_finalized_snapshots", RP_JSON_OPTIONAL, what,
                             &environment->has_previous_finalized, &environment->previous_finalized, error);
    if (status == REPOINT_OK)
        status = read_requirements(environment, value, what, error);
    if (status == REPOINT_OK)
        *ret_environment = g_steal_pointer(&environment);
    return status;
}

/* ---- reading piece by piece ---- */

/* An object without those of its members that are read for themselves. */
typedef struct rest {
    GString *text;
    rp_json_writer writer;
} rest;

static void rest_begin(rest *of)
{
    of->text = g_string_new(NULL);
    of->writer = RP_JSON_WRITER(of->text, RP_JSON_COMPACT);
    rp_json_begin_object(&of->writer);
}

static repoint_status copy_value(void *context, yyjson_val *value G_GNUC_UNUSED, const char *text,
                                 size_t size, repoint_error *error G_GNUC_UNUSED)
{
    rp_json_raw(&((rest *)context)->writer, text, size);
    return REPOINT_OK;
}

/* Parses it, unless something has failed before. */
static repoint_status rest_end(rest *of, repoint_status status, const char *what, rp_json **ret_json,
                               repoint_error *error)
{
    rp_json_end_object(&of->writer);
    if (status == REPOINT_OK)
        return rp_json_parse_taken(of->text, what, ret_json, error);
    g_string_free(of->text, TRUE);
    return status;
}

typedef struct parts {
    char *what;  /* for messages */
    rest fields; /* with an empty list for each that has been read */
    rp_tables snapshots;
    rp_tables previous_finalized;
} parts;

static repoint_status keep_name(void *context, yyjson_val *value, const char *text, size_t size,
                                repoint_error *error)
{
    parts *of = context;
    if (yyjson_is_str(value)) {
        g_free(of->what);
        of->what = g_strdup_printf("environment %.100s", yyjson_get_str(value));
    }
    return copy_value(&of->fields, value, text, size, error);
}

static repoint_status take_field(void *context, const char *key, rp_json_reader *reader, repoint_error *error)
{
    parts *of = context;
    rp_tables *list = g_str_equal(key, "snapshots")                      ? &of->snapshots
                      : g_str_equal(key, "previous_finalized_snapshots") ? &of->previous_finalized
                                                                         : NULL;
    rp_json_key(&of->fields.writer, key);
    if (g_str_equal(key, "name"))
        return rp_json_reader_value(reader, keep_name, of, error);
    if (list == NULL || list->whole != NULL || rp_json_reader_peek(reader) != '[')
        return rp_json_reader_value(reader, copy_value, &of->fields, error);
    rp_json_raw(&of->fields.writer, "[]", 2);
    return rp_tables_take(reader, of->what, list, error);
}

static void replace(rp_tables *list, rp_tables *by)
{
    if (by->whole == NULL)
        return;
    rp_tables_clear(list);
    *list = *by;
    *by = (rp_tables){0};
}

static repoint_status take(rp_json_reader *reader, rp_strictness strictness,
                           repoint_environment **ret_environment, repoint_error *error)
{
    parts of = {.what = g_strdup("environment without a name")};
    g_autoptr(rp_json) fields = NULL;
    g_autoptr(repoint_environment) environment = NULL;
    rest_begin(&of.fields);
    repoint_status status = rp_json_reader_members(reader, take_field, &of, error);
    status = rest_end(&of.fields, status, "an environment", &fields, error);
    if (status == REPOINT_OK)
        status = read_fields(rp_json_root(fields), strictness, &environment, error);
    if (status == REPOINT_OK) {
        replace(&environment->tables, &of.snapshots);
        replace(&environment->previous_finalized, &of.previous_finalized);
        *ret_environment = g_steal_pointer(&environment);
    }
    rp_tables_clear(&of.snapshots);
    rp_tables_clear(&of.previous_finalized);
    g_free(of.what);
    return status;
}

typedef struct record_step {
    rp_strictness strictness;
    const char *key; /* of the environment in an object */
    rest others;
    repoint_environment *environment;
} record_step;

static repoint_status take_environment(void *context, rp_json_reader *reader, repoint_error *error)
{
    record_step *step = context;
    return take(reader, step->strictness, &step->environment, error);
}

repoint_status rp_environment_parse(const char *text, size_t size, const char *what, rp_strictness strictness,
                                    repoint_environment **ret_environment, repoint_error *error)
{
    record_step step = {.strictness = strictness};
    repoint_status status = rp_json_read(text, size, what, take_environment, &step, error);
    if (status == REPOINT_OK)
        *ret_environment = step.environment;
    else
        repoint_environment_free(step.environment);
    return status;
}

static repoint_status take_other(void *context, const char *key, rp_json_reader *reader, repoint_error *error)
{
    record_step *step = context;
    if (g_str_equal(key, step->key) && rp_json_reader_peek(reader) == '{' && step->environment == NULL)
        return take_environment(step, reader, error);
    rp_json_key(&step->others.writer, key);
    return rp_json_reader_value(reader, copy_value, &step->others, error);
}

static repoint_status take_others(void *context, rp_json_reader *reader, repoint_error *error)
{
    return rp_json_reader_members(reader, take_other, context, error);
}

repoint_status rp_environment_parse_member(const char *text, size_t size, const char *what, const char *key,
                                           rp_strictness strictness, rp_json **ret_others,
                                           repoint_environment **ret_environment, repoint_error *error)
{
    record_step step = {.strictness = strictness, .key = key};
    rest_begin(&step.others);
    repoint_status status = rp_json_read(text, size, what, take_others, &step, error);
    status = rest_end(&step.others, status, what, ret_others, error);
    if (status == REPOINT_OK)
        *ret_environment = step.environment;
    else
        repoint_environment_free(step.environment);
    return status;
}

/* ---- writing ---- */

static void write_time_like(rp_json_writer *writer, const char *key, const char *text, bool is_number)
{
    if (text == NULL)
        return;
    rp_json_key(writer, key);
    if (is_number)
        rp_json_number_text(writer, text);
    else
        rp_json_string(writer, text);
}

static void write_ts(rp_json_writer *writer, const char *key, int64_t ts)
{
    if (ts == RP_TS_NONE)
        return;
    rp_json_put_integer(writer, key, ts);
}

static void write_members(rp_json_writer *writer, yyjson_val *object)
{
    size_t index, count;
    yyjson_val *key, *value;
    yyjson_obj_foreach (object, index, count, key, value)
        rp_json_put_value(writer, yyjson_get_str(key), value);
}

void rp_environment_write(rp_json_writer *writer, const repoint_environment *environment)
{
    rp_json_begin_object(writer);
    rp_json_put_string(writer, "name", environment->naming.name);
    write_time_like(writer, "start_at", environment->start_at, environment->start_is_number);
    write_time_like(writer, "end_at", environment->end_at, environment->end_is_number);
    rp_json_put_string(writer, "plan_id", environment->plan_id);
    if (environment->previous_plan_id != NULL) {
        rp_json_put_string(writer, "previous_plan_id", environment->previous_plan_id);
    }
    write_ts(writer, "expiration_ts", environment->expiration_ts);
    write_ts(writer, "finalized_ts", environment->finalized_ts);
    rp_environment_naming_write_fields(writer, &environment->naming);
    rp_json_key(writer, "snapshots");
    rp_tables_write(writer, &environment->tables);
    if (!environment->promotes_all) {
        rp_json_key(writer, "promoted_snapshot_ids");
        rp_snapshot_ids_write(writer, &environment->promoted);
    }
    if (environment->has_previous_finalized) {
        rp_json_key(writer, "previous_finalized_snapshots");
        rp_tables_write(writer, &environment->previous_finalized);
    }
    rp_json_key(writer, "requirements");
    if (environment->requirements != NULL) {
        rp_json_value(writer, environment->requirements);
    } else {
        rp_json_begin_object(writer);
        rp_json_end_object(writer);
    }
    if (environment->unknown != NULL)
        write_members(writer, rp_json_root(environment->unknown));
    rp_json_end_object(writer);
}

size_t rp_environment_text_size(const repoint_environment *environment)
{
    static const size_t fields_size = 1024, id_size = 128;
    size_t size =
        fields_size + environment->promoted.count * id_size + rp_tables_text_size(&environment->tables);
    if (environment->has_previous_finalized)
        size += rp_tables_text_size(&environment->previous_finalized);
    return size;
}

/* ---- snapshot ids ---- */

repoint_status rp_snapshot_ids_read(rp_json *json, yyjson_val *array, rp_snapshot_ids *ret_ids,
                                    repoint_error *error)
{
    rp_snapshot_ids ids = {.json = rp_json_ref(json),
                           .items = g_new0(rp_snapshot_id, yyjson_arr_size(array))};
    size_t index, count;
    yyjson_val *element;
    yyjson_arr_foreach (array, index, count, element) {
        rp_snapshot_id *id = &ids.items[ids.count++];
        repoint_status status =
            rp_json_get_string(element, "name", RP_JSON_REQUIRED, "a snapshot id", &id->name, error);
        if (status == REPOINT_OK)
            status = rp_json_get_string(element, "identifier", RP_JSON_REQUIRED, "a snapshot id",
                                        &id->identifier, error);
        if (status != REPOINT_OK) {
            rp_snapshot_ids_clear(&ids);
            return status;
        }
    }
    *ret_ids = ids;
    return REPOINT_OK;
}

void rp_snapshot_ids_write(rp_json_writer *writer, const rp_snapshot_ids *ids)
{
    rp_json_begin_array(writer);
    for (size_t i = 0; i < ids->count; i++) {
        rp_json_begin_object(writer);
        rp_json_put_string(writer, "name", ids->items[i].name);
        rp_json_put_string(writer, "identifier", ids->items[i].identifier);
        rp_json_end_object(writer);
    }
    rp_json_end_array(writer);
}

void rp_snapshot_ids_clear(rp_snapshot_ids *ids)
{
    rp_json_unref(ids->json);
    g_free(ids->items);
    *ids = (rp_snapshot_ids){0};
}
