/*
 * Environments as values. What a store's row and a state file's object have in common is here; the row's
 * columns are src/state/environments.c's business.
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
 * A list may stand as JSON, or as text that holds JSON (what a database row gives to the reference's class).
 * *ret_json is a new reference.
 */
static repoint_status open_list(rp_json *json, yyjson_val *object, const char *key, rp_json_presence presence,
                                const char *what, rp_json **ret_json, yyjson_val **ret_array,
                                repoint_error *error)
{
    yyjson_val *value = rp_json_field(object, key);
    if (value != NULL && yyjson_is_str(value)) {
        g_autoptr(rp_json) inner = NULL;
        repoint_status status =
            rp_json_parse(yyjson_get_str(value), yyjson_get_len(value), key, &inner, error);
        if (status != REPOINT_OK)
            return status;
        if (!yyjson_is_arr(rp_json_root(inner)))
            return rp_fail(error, REPOINT_INVALID, NULL, "%s: \"%s\" is not an array", what, key);
        *ret_array = rp_json_root(inner);
        *ret_json = g_steal_pointer(&inner);
        return REPOINT_OK;
    }
    yyjson_val *array = NULL;
    repoint_status status = rp_json_get_array(object, key, presence, what, &array, error);
    if (status == REPOINT_OK && array != NULL) {
        *ret_array = array;
        *ret_json = rp_json_ref(json);
    }
    return status;
}

static repoint_status read_tables(rp_json *json, yyjson_val *object, const char *key,
                                  rp_json_presence presence, const char *what, bool *ret_present,
                                  rp_tables *ret_tables, repoint_error *error)
{
    g_autoptr(rp_json) holder = NULL;
    yyjson_val *array = NULL;
    repoint_status status = open_list(json, object, key, presence, what, &holder, &array, error);
    if (status != REPOINT_OK || array == NULL)
        return status;
    status = rp_tables_read(holder, array, ret_tables, error);
    if (status != REPOINT_OK)
        rp_error_prefix(error, "%s", what);
    else if (ret_present != NULL)
        *ret_present = true;
    return status;
}

static repoint_status read_promoted(repoint_environment *environment, rp_json *json, yyjson_val *object,
                                    const char *what, repoint_error *error)
{
    g_autoptr(rp_json) holder = NULL;
    yyjson_val *array = NULL;
    repoint_status status =
        open_list(json, object, "promoted_snapshot_ids", RP_JSON_OPTIONAL, what, &holder, &array, error);
    environment->promotes_all = array == NULL;
    if (status != REPOINT_OK || array == NULL)
        return status;
    return rp_snapshot_ids_read(holder, array, &environment->promoted, error);
}

static repoint_status read_requirements(repoint_environment *environment, rp_json *json, yyjson_val *object,
                                        const char *what, repoint_error *error)
{
    yyjson_val *value = rp_json_field(object, "requirements");
    if (value == NULL)
        return REPOINT_OK;
    if (yyjson_is_str(value)) {
        repoint_status status = rp_json_parse(yyjson_get_str(value), yyjson_get_len(value), "requirements",
                                              &environment->requirements_json, error);
        if (status != REPOINT_OK)
            return status;
        value = rp_json_root(environment->requirements_json);
    } else {
        environment->requirements_json = rp_json_ref(json);
    }
    if (!yyjson_is_obj(value))
        return rp_fail(error, REPOINT_INVALID, NULL, "%s: \"requirements\" is not an object", what);
    environment->requirements = value;
    return REPOINT_OK;
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

repoint_status rp_environment_read(rp_json *json, yyjson_val *value, rp_strictness strictness,
                                   repoint_environment **ret_environment, repoint_error *error)
{
    g_autoptr(repoint_environment) environment = g_new0(repoint_environment, 1);
    environment->json = rp_json_ref(json);
    environment->value = value;
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
        status =
            read_tables(json, value, "snapshots", RP_JSON_REQUIRED, what, NULL, &environment->tables, error);
    if (status == REPOINT_OK)
        status = read_promoted(environment, json, value, what, error);
    if (status == REPOINT_OK)
        status = read_tables(json, value, "previous_finalized_snapshots", RP_JSON_OPTIONAL, what,
                             &environment->has_previous_finalized, &environment->previous_finalized, error);
    if (status == REPOINT_OK)
        status = read_requirements(environment, json, value, what, error);
    if (status == REPOINT_OK)
        *ret_environment = g_steal_pointer(&environment);
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
    rp_json_key(writer, key);
    rp_json_integer(writer, ts);
}

static void write_unknown_keys(rp_json_writer *writer, yyjson_val *object)
{
    size_t index, count;
    yyjson_val *key, *value;
    yyjson_obj_foreach (object, index, count, key, value) {
        if (g_strv_contains(known_keys, yyjson_get_str(key)))
            continue;
        rp_json_key(writer, yyjson_get_str(key));
        rp_json_value(writer, value);
    }
}

void rp_environment_write(rp_json_writer *writer, const repoint_environment *environment)
{
    rp_json_begin_object(writer);
    rp_json_key(writer, "name");
    rp_json_string(writer, environment->naming.name);
    write_time_like(writer, "start_at", environment->start_at, environment->start_is_number);
    write_time_like(writer, "end_at", environment->end_at, environment->end_is_number);
    rp_json_key(writer, "plan_id");
    rp_json_string(writer, environment->plan_id);
    if (environment->previous_plan_id != NULL) {
        rp_json_key(writer, "previous_plan_id");
        rp_json_string(writer, environment->previous_plan_id);
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
    if (environment->value != NULL)
        write_unknown_keys(writer, environment->value);
    rp_json_end_object(writer);
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
        rp_json_key(writer, "name");
        rp_json_string(writer, ids->items[i].name);
        rp_json_key(writer, "identifier");
        rp_json_string(writer, ids->items[i].identifier);
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

/* ---- questions ---- */

bool rp_environment_is_dev(const repoint_environment *environment)
{
    return strcmp(environment->naming.name, RP_PROD) != 0;
}

bool rp_environment_is_finalized(const repoint_environment *environment)
{
    return environment->finalized_ts != RP_TS_NONE && environment->finalized_ts != 0;
}

bool rp_environment_is_expired(const repoint_environment *environment, int64_t now_ts)
{
    return environment->expiration_ts != RP_TS_NONE && environment->expiration_ts <= now_ts;
}

static guint hash_id(gconstpointer key)
{
    const rp_snapshot_id *id = key;
    return g_str_hash(id->name) * 31 + g_str_hash(id->identifier);
}

static gboolean equal_ids(gconstpointer a, gconstpointer b)
{
    const rp_snapshot_id *left = a, *right = b;
    return g_str_equal(left->identifier, right->identifier) && g_str_equal(left->name, right->name);
}

GPtrArray *rp_environment_promoted_tables(const repoint_environment *environment)
{
    GPtrArray *promoted = g_ptr_array_sized_new((guint)environment->tables.count);
    g_autoptr(GHashTable) ids = g_hash_table_new(hash_id, equal_ids);
    for (size_t i = 0; i < environment->promoted.count; i++)
        g_hash_table_add(ids, &environment->promoted.items[i]);
    for (size_t i = 0; i < environment->tables.count; i++) {
        repoint_table *table = &environment->tables.items[i];
        rp_snapshot_id id = {table->name, table->identifier};
        if (environment->promotes_all || g_hash_table_contains(ids, &id))
            g_ptr_array_add(promoted, table);
    }
    return promoted;
}

const rp_tables *rp_environment_finalized_or_current(const repoint_environment *environment)
{
    if (rp_environment_is_finalized(environment) || environment->previous_finalized.count == 0)
        return &environment->tables;
    return &environment->previous_finalized;
}

static guint hash_table_info(gconstpointer key)
{
    const repoint_table *table = key;
    return g_str_hash(table->name) * 31 + g_str_hash(table->identifier);
}

static gboolean equal_table_infos(gconstpointer a, gconstpointer b)
{
    const repoint_table *left = a, *right = b;
    return g_str_equal(left->name, right->name) && rp_table_equal(left, right);
}

GHashTable *rp_table_set_new(void)
{
    return g_hash_table_new(hash_table_info, equal_table_infos);
}

GHashTable *rp_tables_by_name(const rp_tables *tables)
{
    GHashTable *by_name = g_hash_table_new(g_str_hash, g_str_equal);
    for (size_t i = 0; i < tables->count; i++)
        g_hash_table_insert(by_name, (gpointer)tables->items[i].name, &tables->items[i]);
    return by_name;
}

/* ---- the public type ---- */

repoint_status repoint_environment_from_json(const char *text, size_t size,
                                             repoint_environment **ret_environment, repoint_error *error)
{
    g_autoptr(rp_json) json = NULL;
    repoint_status status = rp_json_parse(text, size, "the environment", &json, error);
    if (status != REPOINT_OK)
        return status;
    return rp_environment_read(json, rp_json_root(json), RP_TOLERANT, ret_environment, error);
}

char *repoint_environment_to_json(const repoint_environment *environment)
{
    GString *text = g_string_new(NULL);
    rp_environment_write(&RP_JSON_WRITER(text, RP_JSON_COMPACT), environment);
    return g_string_free(text, FALSE);
}

static rp_tables copy_tables(const rp_tables *tables)
{
    rp_tables copy = {.items = g_new0(repoint_table, tables->count), .count = tables->count};
    for (size_t i = 0; i < tables->count; i++)
        rp_table_copy(&copy.items[i], &tables->items[i]);
    return copy;
}

repoint_environment *repoint_environment_copy(const repoint_environment *environment)
{
    repoint_environment *copy = g_new0(repoint_environment, 1);
    *copy = *environment; /* the plain fields; what is owned follows */
    copy->json = environment->json != NULL ? rp_json_ref(environment->json) : NULL;
    rp_environment_naming_copy(&copy->naming, &environment->naming);
    copy->start_at = g_strdup(environment->start_at);
    copy->end_at = g_strdup(environment->end_at);
    copy->plan_id = g_strdup(environment->plan_id);
    copy->previous_plan_id = g_strdup(environment->previous_plan_id);
    copy->tables = copy_tables(&environment->tables);
    copy->previous_finalized = copy_tables(&environment->previous_finalized);
    copy->promoted.json = environment->promoted.json != NULL ? rp_json_ref(environment->promoted.json) : NULL;
    copy->promoted.items =
        g_memdup2(environment->promoted.items, environment->promoted.count * sizeof(rp_snapshot_id));
    copy->requirements_json =
        environment->requirements_json != NULL ? rp_json_ref(environment->requirements_json) : NULL;
    return copy;
}

void repoint_environment_free(repoint_environment *environment)
{
    if (environment == NULL)
        return;
    rp_json_unref(environment->json);
    rp_environment_naming_clear(&environment->naming);
    g_free(environment->start_at);
    g_free(environment->end_at);
    g_free(environment->plan_id);
    g_free(environment->previous_plan_id);
    rp_tables_clear(&environment->tables);
    rp_snapshot_ids_clear(&environment->promoted);
    rp_tables_clear(&environment->previous_finalized);
    rp_json_unref(environment->requirements_json);
    g_free(environment);
}

const char *repoint_environment_name(const repoint_environment *environment)
{
    return environment->naming.name;
}

const char *repoint_environment_plan_id(const repoint_environment *environment)
{
    return environment->plan_id;
}

const char *repoint_environment_previous_plan_id(const repoint_environment *environment)
{
    return environment->previous_plan_id;
}

int64_t repoint_environment_finalized_ts(const repoint_environment *environment)
{
    return environment->finalized_ts == RP_TS_NONE ? 0 : environment->finalized_ts;
}

int64_t repoint_environment_expiration_ts(const repoint_environment *environment)
{
    return environment->expiration_ts == RP_TS_NONE ? 0 : environment->expiration_ts;
}

size_t repoint_environment_table_count(const repoint_environment *environment)
{
    return environment->tables.count;
}

const repoint_table *repoint_environment_table(const repoint_environment *environment, size_t index)
{
    return index < environment->tables.count ? &environment->tables.items[index] : NULL;
}

repoint_status repoint_environment_begin_plan(repoint_environment *environment, const char *plan_id,
                                              repoint_error *error)
{
    if (plan_id == NULL || *plan_id == '\0')
        return rp_fail(error, REPOINT_INVALID, NULL, "a plan id is empty");
    if (rp_environment_is_finalized(environment)) {
        rp_tables_clear(&environment->previous_finalized);
        environment->previous_finalized = copy_tables(&environment->tables);
        environment->has_previous_finalized = true;
    }
    g_free(environment->previous_plan_id);
    environment->previous_plan_id = environment->plan_id;
    environment->plan_id = g_strdup(plan_id);
    environment->finalized_ts = RP_TS_NONE;
    return REPOINT_OK;
}

/* In an environment that promotes a subset, a model that changes keeps being promoted or not. */
static void replace_promoted_id(repoint_environment *environment, const char *name,
                                const repoint_table *table)
{
    if (environment->promotes_all)
        return;
    GString *text = g_string_new(NULL);
    rp_json_writer writer = RP_JSON_WRITER(text, RP_JSON_COMPACT);
    rp_json_begin_array(&writer);
    for (size_t i = 0; i < environment->promoted.count; i++) {
        const rp_snapshot_id *id = &environment->promoted.items[i];
        bool is_it = g_str_equal(id->name, name);
        if (is_it && table == NULL)
            continue;
        rp_json_begin_object(&writer);
        rp_json_key(&writer, "name");
        rp_json_string(&writer, id->name);
        rp_json_key(&writer, "identifier");
        rp_json_string(&writer, is_it ? table->identifier : id->identifier);
        rp_json_end_object(&writer);
    }
    rp_json_end_array(&writer);

    g_autoptr(rp_json) json = NULL;
    rp_snapshot_ids ids = {0};
    if (rp_json_parse(text->str, text->len, "promoted snapshot ids", &json, NULL) == REPOINT_OK &&
        rp_snapshot_ids_read(json, rp_json_root(json), &ids, NULL) == REPOINT_OK) {
        rp_snapshot_ids_clear(&environment->promoted);
        environment->promoted = ids;
    }
    g_string_free(text, TRUE);
}

repoint_status repoint_environment_set_table(repoint_environment *environment, const repoint_table *table,
                                             repoint_error *error)
{
    if (table == NULL)
        return rp_fail(error, REPOINT_INVALID, NULL, "there is no table to set");
    for (size_t i = 0; i < environment->tables.count; i++) {
        if (!g_str_equal(environment->tables.items[i].name, table->name))
            continue;
        replace_promoted_id(environment, table->name, table);
        repoint_table copy = {0};
        rp_table_copy(&copy, table);
        rp_table_clear(&environment->tables.items[i]);
        environment->tables.items[i] = copy;
        return REPOINT_OK;
    }
    environment->tables.items =
        g_renew(repoint_table, environment->tables.items, environment->tables.count + 1);
    rp_table_copy(&environment->tables.items[environment->tables.count++], table);
    return REPOINT_OK;
}

repoint_status repoint_environment_drop_table(repoint_environment *environment, const char *name,
                                              repoint_error *error)
{
    for (size_t i = 0; i < environment->tables.count; i++) {
        repoint_table *table = &environment->tables.items[i];
        if (!g_str_equal(table->name, name))
            continue;
        replace_promoted_id(environment, name, NULL);
        rp_table_clear(table);
        environment->tables.count--;
        memmove(table, table + 1, (environment->tables.count - i) * sizeof *table);
        return REPOINT_OK;
    }
    return rp_fail(error, REPOINT_NOT_FOUND, NULL, "environment %s has no model %s", environment->naming.name,
                   name);
}
