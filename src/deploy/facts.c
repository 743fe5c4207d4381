/* What a deployment must know of snapshots. See deploy/facts.h. */
#include "deploy/facts.h"

#include "deploy/properties.h"
#include "state/replay.h"
#include "state/snapshots.h"

/* A fact, and what only the building of the index needs. */
typedef struct node {
    rp_fact fact;
    rp_view_properties *properties;
    char *version;
    char *dev_version;
    const char **parents; /* interned strings, NULL-terminated */
    int category;
    bool model_is_forward_only;
    bool has_auto_restatement;
    bool is_virtual_environment_full;
    rp_schedule schedule;
} node;

struct rp_facts {
    GHashTable *by_name;     /* name, owned by the node -> node, owned */
    rp_deployability *index; /* NULL: everything is deployable */
    rp_calendar *calendar;
};

static void node_free(gpointer data)
{
    node *of = data;
    g_free(of->fact.name);
    g_free(of->fact.identifier);
    g_strfreev(of->fact.on_virtual_update);
    rp_view_properties_free(of->properties);
    g_free(of->version);
    g_free(of->dev_version);
    g_free(of->parents);
    rp_schedule_clear(&of->schedule);
    g_free(of);
}

void rp_facts_free(rp_facts *facts)
{
    if (facts == NULL)
        return;
    g_hash_table_unref(facts->by_name);
    rp_deployability_free(facts->index);
    rp_calendar_free(facts->calendar);
    g_free(facts);
}

/* [{"sql": …}], or text alone, as older snapshots have it. */
static GStrv statements_of(yyjson_val *model)
{
    GStrvBuilder *list = g_strv_builder_new();
    size_t index, count;
    yyjson_val *statement;
    yyjson_arr_foreach (rp_json_field(model, "on_virtual_update"), index, count, statement) {
        yyjson_val *sql = yyjson_is_obj(statement) ? rp_json_field(statement, "sql") : statement;
        if (yyjson_is_str(sql))
            g_strv_builder_add(list, yyjson_get_str(sql));
    }
    GStrv statements = g_strv_builder_end(list);
    g_strv_builder_unref(list);
    return statements;
}

static repoint_status keep_node(void *context, repoint_snapshot **visited, repoint_error *error)
{
    rp_facts *facts = context;
    const repoint_snapshot *snapshot = *visited;
    yyjson_val *kind = rp_json_field(snapshot->node, "kind");
    yyjson_val *mode = rp_json_field(snapshot->node, "virtual_environment_mode");
    node *of = g_new0(node, 1);
    of->fact.name = g_strdup(snapshot->name);
    of->fact.identifier = g_strdup(snapshot->identifier);
    of->fact.is_paused = rp_snapshot_is_paused(snapshot);
    of->fact.is_forward_only = rp_snapshot_is_forward_only(snapshot);
    of->fact.is_unrestorable = snapshot->unrestorable;
    of->fact.on_virtual_update = statements_of(snapshot->node);
    of->properties = rp_properties_of(snapshot);
    of->version = g_strdup(snapshot->version != NULL ? snapshot->version : snapshot->own_version);
    of->dev_version = g_strdup(rp_snapshot_dev_version(snapshot));
    of->category = snapshot->category;
    of->model_is_forward_only = yyjson_get_bool(rp_json_field(kind, "forward_only"));
    of->has_auto_restatement = rp_json_field(kind, "auto_restatement_cron") != NULL;
    of->is_virtual_environment_full = mode == NULL || yyjson_equals_str(mode, "full");
    of->parents = rp_snapshot_parent_names(snapshot);
    for (size_t i = 0; of->parents[i] != NULL; i++)
        of->parents[i] = g_intern_string(of->parents[i]);
    g_hash_table_replace(facts->by_name, of->fact.name, of);
    return rp_snapshot_schedule(snapshot, facts->calendar, &of->schedule, error);
}

static repoint_status load_intervals(repoint_store *store, rp_facts *facts, repoint_error *error)
{
    g_auto(rp_key_list) versions = rp_key_list_new(2);
    GHashTableIter iterator;
    gpointer value;
    g_hash_table_iter_init(&iterator, facts->by_name);
    while (g_hash_table_iter_next(&iterator, NULL, &value))
        rp_key_list_add(&versions, ((node *)value)->fact.name, ((node *)value)->version);
    rp_db_keys keys = rp_key_list_keys(&versions);
    g_autoptr(rp_replay) replay = NULL;
    repoint_status status = rp_replay_load(store, &keys, &replay, error);
    g_hash_table_iter_init(&iterator, facts->by_name);
    while (status == REPOINT_OK && g_hash_table_iter_next(&iterator, NULL, &value)) {
        node *of = value;
        g_auto(rp_loaded) loaded = {0};
        rp_reader reader = {of->fact.name, of->version, of->fact.identifier, of->dev_version, &of->schedule};
        status = rp_replay_hydrate(replay, &reader, &loaded, error);
        of->fact.has_intervals = loaded.intervals.count > 0;
        of->fact.has_dev_intervals = loaded.dev_intervals.count > 0;
    }
    return status;
}

static repoint_status build_index(rp_facts *facts, repoint_error *error)
{
    g_autoptr(GArray) nodes = g_array_new(FALSE, FALSE, sizeof(rp_deployability_node));
    GHashTableIter iterator;
    gpointer value;
    g_hash_table_iter_init(&iterator, facts->by_name);
    while (g_hash_table_iter_next(&iterator, NULL, &value)) {
        const node *of = value;
        rp_deployability_node one = {
            .name = of->fact.name,
            .identifier = of->fact.identifier,
            .parents = of->parents,
            .category = of->category,
            .is_forward_only = of->fact.is_forward_only,
            .model_is_forward_only = of->model_is_forward_only,
            .has_auto_restatement = of->has_auto_restatement,
            .is_virtual_environment_full = of->is_virtual_environment_full,
            .is_paused = of->fact.is_paused,
            .has_intervals = of->fact.has_intervals,
            .has_valid_start = true,
        };
        g_array_append_val(nodes, one);
    }
    return rp_deployability_create((rp_deployability_node *)nodes->data, nodes->len, &facts->index, error);
}

repoint_status rp_facts_load(repoint_store *store, const rp_tables *tables, bool index, rp_facts **ret_facts,
                             repoint_error *error)
{
    g_autoptr(rp_facts) facts = g_new0(rp_facts, 1);
    facts->by_name = g_hash_table_new_full(g_str_hash, g_str_equal, NULL, node_free);
    facts->calendar = rp_calendar_new(rp_store_now(store));
    g_auto(rp_key_list) ids = rp_key_list_new(2);
    for (size_t i = 0; i < tables->count; i++)
        rp_key_list_add(&ids, tables->items[i].name, tables->items[i].identifier);
    rp_db_keys keys = rp_key_list_keys(&ids);
    repoint_status status = rp_snapshots_visit(store, &keys, keep_node, facts, error);
    if (status == REPOINT_OK)
        status = load_intervals(store, facts, error);
    if (status == REPOINT_OK && index)
        status = build_index(facts, error);
    if (status == REPOINT_OK)
        *ret_facts = g_steal_pointer(&facts);
    return status;
}

const rp_fact *rp_facts_find(const rp_facts *facts, const repoint_table *table)
{
    const node *of = g_hash_table_lookup(facts->by_name, table->name);
    return of != NULL && g_str_equal(of->fact.identifier, table->identifier) ? &of->fact : NULL;
}

const rp_view_properties *rp_facts_properties(const rp_facts *facts, const repoint_table *table)
{
    const node *of = g_hash_table_lookup(facts->by_name, table->name);
    return of != NULL && g_str_equal(of->fact.identifier, table->identifier) ? of->properties : NULL;
}

bool rp_facts_is_representative(const rp_facts *facts, const repoint_table *table)
{
    return facts->index == NULL ||
           rp_deployability_is_representative(facts->index, table->name, table->identifier);
}

/* ---- for comparing views ---- */

static bool reads_dev_table(void *context, const repoint_table *table)
{
    return !rp_facts_is_representative(context, table);
}

static const rp_view_properties *properties_of(void *context, const repoint_table *table)
{
    return rp_facts_properties(context, table);
}

/* A view reads the table that the facts say, and has the comments and grants of its snapshot. */
rp_view_source rp_view_source_of(rp_facts *facts)
{
    return (rp_view_source){reads_dev_table, properties_of, facts};
}
