/*
 * Environments as values: what can be asked of one, and how a caller changes one. Its JSON is in
 * model/environment_json.c.
 */
#include "model/environment.h"

#include <string.h>

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
    return rp_environment_parse(text, size, "the environment", RP_TOLERANT, ret_environment, error);
}

char *repoint_environment_to_json(const repoint_environment *environment)
{
    GString *text = g_string_new(NULL);
    rp_environment_write(&RP_JSON_WRITER(text, RP_JSON_COMPACT), environment);
    return g_string_free(text, FALSE);
}

repoint_environment *repoint_environment_copy(const repoint_environment *environment)
{
    repoint_environment *copy = g_new0(repoint_environment, 1);
    *copy = *environment; /* the plain fields; what is owned follows */
    copy->unknown = environment->unknown != NULL ? rp_json_ref(environment->unknown) : NULL;
    rp_environment_naming_copy(&copy->naming, &environment->naming);
    copy->start_at = g_strdup(environment->start_at);
    copy->end_at = g_strdup(environment->end_at);
    copy->plan_id = g_strdup(environment->plan_id);
    copy->previous_plan_id = g_strdup(environment->previous_plan_id);
    copy->tables = rp_tables_copy(&environment->tables);
    copy->previous_finalized = rp_tables_copy(&environment->previous_finalized);
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
    rp_json_unref(environment->unknown);
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
        environment->previous_finalized = rp_tables_copy(&environment->tables);
        environment->has_previous_finalized = true;
    }
    g_free(environment->previous_plan_id);
    environment->previous_plan_id = environment->plan_id;
    environment->plan_id = g_strdup(plan_id);
    environment->finalized_ts = RP_TS_NONE;
    return REPOINT_OK;
}

static void write_id(rp_json_writer *writer, const char *name, const char *identifier)
{
    rp_json_begin_object(writer);
    rp_json_put_string(writer, "name", name);
    rp_json_put_string(writer, "identifier", identifier);
    rp_json_end_object(writer);
}

/*
 * In an environment that promotes a subset, a model that changes stays in it or outside of it, one that is
 * new joins it, and one that goes (`table` NULL) leaves it.
 */
static void change_promoted(repoint_environment *environment, const char *name, const repoint_table *table,
                            bool is_new)
{
    if (environment->promotes_all)
        return;
    g_autoptr(GString) text = g_string_new(NULL);
    rp_json_writer writer = RP_JSON_WRITER(text, RP_JSON_COMPACT);
    rp_json_begin_array(&writer);
    for (size_t i = 0; i < environment->promoted.count; i++) {
        const rp_snapshot_id *id = &environment->promoted.items[i];
        if (!g_str_equal(id->name, name))
            write_id(&writer, id->name, id->identifier);
        else if (table != NULL)
            write_id(&writer, name, table->identifier);
    }
    if (is_new)
        write_id(&writer, name, table->identifier);
    rp_json_end_array(&writer);

    g_autoptr(rp_json) json = NULL;
    rp_snapshot_ids ids = {0};
    if (rp_json_parse(text->str, text->len, "promoted snapshot ids", &json, NULL) == REPOINT_OK &&
        rp_snapshot_ids_read(json, rp_json_root(json), &ids, NULL) == REPOINT_OK) {
        rp_snapshot_ids_clear(&environment->promoted);
        environment->promoted = ids;
    }
}

repoint_status repoint_environment_set_table(repoint_environment *environment, const repoint_table *table,
                                             repoint_error *error)
{
    if (table == NULL)
        return rp_fail(error, REPOINT_INVALID, NULL, "there is no table to set");
    for (size_t i = 0; i < environment->tables.count; i++) {
        if (!g_str_equal(environment->tables.items[i].name, table->name))
            continue;
        change_promoted(environment, table->name, table, false);
        rp_tables_set(&environment->tables, i, table);
        return REPOINT_OK;
    }
    change_promoted(environment, table->name, table, true);
    rp_tables_set(&environment->tables, environment->tables.count, table);
    return REPOINT_OK;
}

repoint_status repoint_environment_drop_table(repoint_environment *environment, const char *name,
                                              repoint_error *error)
{
    for (size_t i = 0; i < environment->tables.count; i++) {
        if (!g_str_equal(environment->tables.items[i].name, name))
            continue;
        change_promoted(environment, name, NULL, false);
        rp_tables_remove(&environment->tables, i);
        return REPOINT_OK;
    }
    return rp_fail(error, REPOINT_NOT_FOUND, NULL, "environment %s has no model %s", environment->naming.name,
                   name);
}
