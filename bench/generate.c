/*
 * Makes the state of a warehouse of N models, as large and as intertwined as real ones are: about 4 kB a
 * snapshot, three parents, two previous versions. SQLMesh takes it (tests/bench).
 *
 * Each model lives through four generations: two are only remembered, the third is in `prod`, the fourth,
 * with another version, in `dev`. Whatever is random is a hash of the seed, the model and the generation, so
 * that the same seed makes the same bytes, and files made by separate calls fit together:
 *
 *     generate 1000 prod      a state file: the third generation and prod, finalized
 *     generate 1000 dev       a state file: the fourth generation and dev
 *     generate 1000 plan      an environment: prod as it would be with every model of dev
 *     generate 1000 plan-one  an environment: prod with one model of dev
 *     generate 1000 plan-whole  as plan, with previous_finalized_snapshots, as SQLMesh's own plans have it
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "model/fingerprint.h"
#include "model/snapshot.h"

enum { GENERATIONS = 4, PROD = 2, DEV = 3, PARENTS = 3, QUERY_COLUMNS = 24 };

#define DAY_TS     INT64_C(86400000)
#define FIRST_TS   INT64_C(1735689600000)    /* 2025-01-01: where data begins */
#define PROD_TS    (FIRST_TS + 365 * DAY_TS) /* where prod's ends */
#define DEV_TS     (PROD_TS + 31 * DAY_TS)   /* dev has more, so that there is no gap */
#define CREATED_TS INT64_C(1767312000000)
#define EXPIRES_TS INT64_C(4102444800000) /* 2100: dev is there whenever this is used */

static const char *const prod_plan = "5f0c1a2b3c4d4e5f8a9b0c1d2e3f4a5b";
static const char *const dev_plan = "6a1d2b3c4d5e4f6a9b0c1d2e3f4a5b6c";
static const char *const next_plan = "7b2e3c4d5e6f4a7b8c1d2e3f4a5b6c7d";

typedef char hash_text[RP_HASH_SIZE];

typedef struct version {
    hash_text data, metadata, parent_data, parent_metadata;
    hash_text identifier, version;
} version;

typedef struct model {
    char *name; /* shop.orders_00001 */
    char *fqn;  /* "warehouse"."shop"."orders_00001" */
    size_t parents[PARENTS];
    size_t parent_count;
    version versions[GENERATIONS];
} model;

typedef struct warehouse {
    uint64_t seed;
    model *models;
    size_t count;
} warehouse;

/* ---- the models ---- */

/* A number that looks random and depends on its arguments alone (splitmix64). */
static uint64_t mix(uint64_t seed, uint64_t a, uint64_t b)
{
    uint64_t z = seed + a * UINT64_C(0x9e3779b97f4a7c15) + b * UINT64_C(0xd1b54a32d192ed03);
    z = (z ^ (z >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
    z = (z ^ (z >> 27)) * UINT64_C(0x94d049bb133111eb);
    return z ^ (z >> 31);
}

static void make_names(model *of, size_t index)
{
    static const char *const schemas[] = {"shop", "finance", "logistics", "marketing", "support"};
    static const char *const nouns[] = {"orders",   "customers", "payments", "shipments", "sessions",
                                        "invoices", "campaigns", "tickets",  "refunds"};
    const char *schema = schemas[index % G_N_ELEMENTS(schemas)], *noun = nouns[index % G_N_ELEMENTS(nouns)];
    of->name = g_strdup_printf("%s.%s_%05zu", schema, noun, index);
    of->fqn = g_strdup_printf("\"warehouse\".\"%s\".\"%s_%05zu\"", schema, noun, index);
}

/* Three different earlier models, so that there are no cycles; the first models have fewer. */
static void choose_parents(const warehouse *in, model *of, size_t index)
{
    for (uint64_t attempt = 0; of->parent_count < MIN(index, PARENTS); attempt++) {
        size_t candidate = mix(in->seed, index, 100 + attempt) % index;
        bool is_new = true;
        for (size_t i = 0; i < of->parent_count; i++)
            is_new = is_new && of->parents[i] != candidate;
        if (is_new)
            of->parents[of->parent_count++] = candidate;
    }
}

static rp_fingerprint fingerprint_of(const version *of)
{
    return (rp_fingerprint){of->data, of->metadata, of->parent_data, of->parent_metadata};
}

static void make_version(const warehouse *in, model *of, size_t index, size_t generation)
{
    version *made = &of->versions[generation];
    snprintf(made->data, RP_HASH_SIZE, "%u", (unsigned)mix(in->seed, index, 2 * generation));
    snprintf(made->metadata, RP_HASH_SIZE, "%u", (unsigned)mix(in->seed, index, 2 * generation + 1));
    rp_fingerprint parents[PARENTS];
    for (size_t i = 0; i < of->parent_count; i++)
        parents[i] = fingerprint_of(&in->models[of->parents[i]].versions[generation]);
    rp_fingerprint_of_parents(parents, of->parent_count, made->parent_data, made->parent_metadata);
    rp_fingerprint fingerprint = fingerprint_of(made);
    rp_fingerprint_identifier(&fingerprint, made->identifier);
    rp_fingerprint_version(&fingerprint, made->version);
}

static warehouse make_warehouse(size_t count, uint64_t seed)
{
    warehouse made = {.seed = seed, .models = g_new0(model, count), .count = count};
    for (size_t i = 0; i < count; i++) {
        make_names(&made.models[i], i);
        choose_parents(&made, &made.models[i], i);
        for (size_t generation = 0; generation < GENERATIONS; generation++)
            make_version(&made, &made.models[i], i, generation);
    }
    return made;
}

/* ---- a snapshot's JSON ---- */

static void write_text(rp_json_writer *writer, const char *key, const char *text)
{
    rp_json_key(writer, key);
    rp_json_string(writer, text);
}

static void write_number(rp_json_writer *writer, const char *key, int64_t number)
{
    rp_json_key(writer, key);
    rp_json_integer(writer, number);
}

static void write_flag(rp_json_writer *writer, const char *key, bool flag)
{
    rp_json_key(writer, key);
    rp_json_bool(writer, flag);
}

static void write_empty(rp_json_writer *writer, const char *key, bool is_array)
{
    rp_json_key(writer, key);
    is_array ? rp_json_begin_array(writer) : rp_json_begin_object(writer);
    is_array ? rp_json_end_array(writer) : rp_json_end_object(writer);
}

static void write_fingerprint(rp_json_writer *writer, const version *of)
{
    rp_fingerprint fingerprint = fingerprint_of(of);
    rp_json_key(writer, "fingerprint");
    rp_fingerprint_write(writer, &fingerprint);
}

static void write_previous_versions(rp_json_writer *writer, const model *of, size_t generation)
{
    rp_json_key(writer, "previous_versions");
    rp_json_begin_array(writer);
    for (size_t i = generation - 2; i < generation; i++) {
        rp_json_begin_object(writer);
        write_fingerprint(writer, &of->versions[i]);
        write_text(writer, "version", of->versions[i].version);
        write_text(writer, "dev_version", of->versions[i].version);
        write_number(writer, "change_category", 1);
        write_text(writer, "physical_schema", "sqlmesh__shop");
        write_text(writer, "dev_table_suffix", "dev");
        write_text(writer, "table_naming_convention", "schema_and_table");
        write_text(writer, "virtual_environment_mode", "full");
        rp_json_end_object(writer);
    }
    rp_json_end_array(writer);
}

static void write_kind(rp_json_writer *writer)
{
    rp_json_key(writer, "kind");
    rp_json_begin_object(writer);
    write_text(writer, "name", "INCREMENTAL_BY_TIME_RANGE");
    write_text(writer, "on_destructive_change", "ERROR");
    write_text(writer, "on_additive_change", "ALLOW");
    write_text(writer, "dialect", "postgres");
    write_flag(writer, "forward_only", false);
    write_flag(writer, "disable_restatement", false);
    rp_json_key(writer, "time_column");
    rp_json_begin_object(writer);
    write_text(writer, "column", "\"day\"");
    write_text(writer, "format", "%Y-%m-%d");
    rp_json_end_object(writer);
    write_flag(writer, "partition_by_time_column", true);
    rp_json_end_object(writer);
}

static void write_jinja_macros(rp_json_writer *writer)
{
    rp_json_key(writer, "jinja_macros");
    rp_json_begin_object(writer);
    write_empty(writer, "packages", false);
    write_empty(writer, "root_macros", false);
    write_empty(writer, "global_objs", false);
    write_text(writer, "create_builtins_module", "sqlmesh.utils.jinja");
    write_empty(writer, "top_level_packages", true);
    rp_json_end_object(writer);
}

static void write_query(rp_json_writer *writer, const warehouse *in, const model *of, size_t generation)
{
    GString *sql = g_string_new("SELECT\n  t0.day::DATE AS day");
    for (size_t i = 0; i < QUERY_COLUMNS; i++)
        g_string_append_printf(sql, ",\n  COALESCE(t0.measure_%02zu, %zu)::DECIMAL(18, 2) AS measure_%02zu",
                               i, generation, i);
    for (size_t i = 0; i < of->parent_count; i++)
        g_string_append_printf(sql, "\n%s %s AS t%zu%s", i == 0 ? "FROM" : "JOIN",
                               in->models[of->parents[i]].name, i, i == 0 ? "" : " USING (day)");
    if (of->parent_count == 0)
        g_string_append(sql, "\nFROM raw.events AS t0");
    g_string_append(sql, "\nWHERE t0.day BETWEEN @start_date AND @end_date");
    rp_json_key(writer, "query");
    rp_json_begin_object(writer);
    write_text(writer, "sql", sql->str);
    rp_json_end_object(writer);
    g_string_free(sql, TRUE);
}

static void write_node(rp_json_writer *writer, const warehouse *in, const model *of, size_t generation)
{
    rp_json_key(writer, "node");
    rp_json_begin_object(writer);
    write_text(writer, "name", of->name);
    write_text(writer, "project", "");
    write_text(writer, "owner", "nora");
    write_text(writer, "start", "2025-01-01");
    write_text(writer, "cron", "@daily");
    write_empty(writer, "tags", true);
    write_text(writer, "dialect", "postgres");
    write_kind(writer);
    write_empty(writer, "partitioned_by", true);
    write_empty(writer, "clustered_by", true);
    write_text(writer, "default_catalog", "warehouse");
    write_empty(writer, "audits", true);
    write_empty(writer, "grains", true);
    write_empty(writer, "references", true);
    write_flag(writer, "allow_partials", false);
    write_empty(writer, "signals", true);
    write_flag(writer, "enabled", true);
    write_text(writer, "virtual_environment_mode", "full");
    write_text(writer, "grants_target_layer", "virtual");
    write_empty(writer, "python_env", false);
    write_jinja_macros(writer);
    write_empty(writer, "audit_definitions", false);
    write_empty(writer, "mapping_schema", false);
    write_flag(writer, "extract_dependencies_from_query", true);
    write_empty(writer, "pre_statements", true);
    write_empty(writer, "post_statements", true);
    write_empty(writer, "on_virtual_update", true);
    write_query(writer, in, of, generation);
    write_text(writer, "source_type", "sql");
    rp_json_end_object(writer);
}

static void write_parents(rp_json_writer *writer, const warehouse *in, const model *of, size_t generation)
{
    rp_json_key(writer, "parents");
    rp_json_begin_array(writer);
    for (size_t i = 0; i < of->parent_count; i++) {
        const model *parent = &in->models[of->parents[i]];
        rp_json_begin_object(writer);
        write_text(writer, "name", parent->fqn);
        write_text(writer, "identifier", parent->versions[generation].identifier);
        rp_json_end_object(writer);
    }
    rp_json_end_array(writer);
}

static void write_intervals(rp_json_writer *writer, size_t generation)
{
    rp_json_key(writer, "intervals");
    rp_json_begin_array(writer);
    rp_json_begin_array(writer);
    rp_json_integer(writer, FIRST_TS);
    rp_json_integer(writer, generation == PROD ? PROD_TS : DEV_TS);
    rp_json_end_array(writer);
    rp_json_end_array(writer);
    write_empty(writer, "dev_intervals", true);
    write_empty(writer, "pending_restatement_intervals", true);
}

static void write_snapshot(rp_json_writer *writer, const warehouse *in, const model *of, size_t generation)
{
    const version *own = &of->versions[generation];
    rp_json_begin_object(writer);
    write_text(writer, "name", of->fqn);
    write_text(writer, "dev_version", own->version);
    write_number(writer, "change_category", 1);
    write_fingerprint(writer, own);
    write_previous_versions(writer, of, generation);
    write_text(writer, "dev_table_suffix", "dev");
    write_text(writer, "table_naming_convention", "schema_and_table");
    write_flag(writer, "forward_only", false);
    write_text(writer, "physical_schema", "sqlmesh__shop");
    write_node(writer, in, of, generation);
    write_parents(writer, in, of, generation);
    write_intervals(writer, generation);
    write_number(writer, "created_ts", CREATED_TS + (int64_t)generation);
    write_number(writer, "updated_ts", CREATED_TS + (int64_t)generation);
    write_text(writer, "ttl", "in 1 week");
    write_text(writer, "version", own->version);
    if (generation == PROD)
        write_number(writer, "unpaused_ts", PROD_TS);
    write_flag(writer, "migrated", false);
    write_flag(writer, "unrestorable", false);
    rp_json_end_object(writer);
}

/* ---- an environment's JSON ---- */

static void fail(const char *what, const repoint_error *error)
{
    fprintf(stderr, "generate: %s: %s\n", what, error->message);
    exit(1);
}

/* What an environment remembers of the snapshot: the library makes it from the snapshot's JSON. */
static void write_table(rp_json_writer *writer, const warehouse *in, const model *of, size_t generation)
{
    repoint_error error = REPOINT_ERROR_INIT;
    repoint_snapshot *snapshot = NULL;
    repoint_table *table = NULL;
    GString *text = g_string_new(NULL);
    write_snapshot(&RP_JSON_WRITER(text, RP_JSON_COMPACT), in, of, generation);
    if (repoint_snapshot_from_json(text->str, text->len, &snapshot, &error) != REPOINT_OK ||
        repoint_snapshot_table(snapshot, &table, &error) != REPOINT_OK)
        fail(of->name, &error);
    rp_table_write(writer, table);
    repoint_table_free(table);
    repoint_snapshot_free(snapshot);
    g_string_free(text, TRUE);
}

/* The first `changed` models as dev has them, the others as prod does. */
static void write_tables(rp_json_writer *writer, const char *key, const warehouse *in, size_t changed)
{
    rp_json_key(writer, key);
    rp_json_begin_array(writer);
    for (size_t i = 0; i < in->count; i++)
        write_table(writer, in, &in->models[i], i < changed ? DEV : PROD);
    rp_json_end_array(writer);
}

typedef struct record {
    const char *name;
    const char *plan_id;
    const char *previous_plan_id;
    bool is_finalized;
    bool expires;
    size_t changed; /* how many models are dev's */
    bool has_previous;
} record;

static void write_environment(rp_json_writer *writer, const warehouse *in, const record *of)
{
    rp_json_begin_object(writer);
    write_text(writer, "name", of->name);
    write_text(writer, "start_at", "2025-01-01");
    write_text(writer, "end_at", "2026-01-01");
    write_text(writer, "plan_id", of->plan_id);
    if (of->previous_plan_id != NULL)
        write_text(writer, "previous_plan_id", of->previous_plan_id);
    if (of->expires)
        write_number(writer, "expiration_ts", EXPIRES_TS);
    if (of->is_finalized)
        write_number(writer, "finalized_ts", CREATED_TS);
    write_text(writer, "suffix_target", "schema");
    write_flag(writer, "normalize_name", true);
    write_flag(writer, "gateway_managed", false);
    write_tables(writer, "snapshots", in, of->changed);
    if (of->has_previous)
        write_tables(writer, "previous_finalized_snapshots", in, 0);
    write_empty(writer, "requirements", false);
    rp_json_end_object(writer);
}

/* ---- the files ---- */

static void write_state_file(rp_json_writer *writer, const warehouse *in, const record *environment)
{
    size_t generation = environment->changed > 0 ? DEV : PROD;
    rp_json_begin_object(writer);
    rp_json_key(writer, "metadata");
    rp_json_begin_object(writer);
    write_text(writer, "timestamp", "2026-01-02 00:00:00+00:00");
    write_number(writer, "file_version", 1);
    write_flag(writer, "importable", true);
    rp_json_end_object(writer);
    rp_json_key(writer, "versions");
    rp_json_begin_object(writer);
    write_number(writer, "schema_version", 102);
    write_text(writer, "sqlglot_version", "30.8.0");
    write_text(writer, "sqlmesh_version", "0.236.4");
    rp_json_end_object(writer);

    rp_json_key(writer, "snapshots");
    rp_json_begin_array(writer);
    for (size_t i = 0; i < in->count; i++)
        write_snapshot(writer, in, &in->models[i], generation);
    rp_json_end_array(writer);

    rp_json_key(writer, "environments");
    rp_json_begin_object(writer);
    rp_json_key(writer, environment->name);
    rp_json_begin_object(writer);
    rp_json_key(writer, "environment");
    write_environment(writer, in, environment);
    write_empty(writer, "statements", true);
    rp_json_end_object(writer);
    rp_json_end_object(writer);
    rp_json_end_object(writer);
}

static void print_text(void *context, GString *text)
{
    (void)context;
    fwrite(text->str, 1, text->len, stdout);
    g_string_truncate(text, 0);
}

int main(int argc, char **argv)
{
    size_t count = argc > 2 ? strtoul(argv[1], NULL, 10) : 0;
    const char *what = argc > 2 ? argv[2] : "";
    const struct {
        const char *what;
        bool is_state_file;
        record environment;
    } files[] = {
        {"prod", true, {.name = "prod", .plan_id = prod_plan, .is_finalized = true}},
        {"dev",
         true,
         {.name = "dev", .plan_id = dev_plan, .is_finalized = true, .expires = true, .changed = count}},
        {"plan", false, {"prod", next_plan, prod_plan, .changed = count}},
        {"plan-one", false, {"prod", next_plan, prod_plan, .changed = 1}},
        {"plan-whole", false, {"prod", next_plan, prod_plan, .changed = count, .has_previous = true}},
    };
    for (size_t i = 0; i < G_N_ELEMENTS(files) && count > 0; i++) {
        if (strcmp(files[i].what, what) != 0)
            continue;
        warehouse made = make_warehouse(count, argc > 3 ? strtoull(argv[3], NULL, 10) : 1);
        rp_json_style style = files[i].is_state_file ? RP_JSON_PRETTY : RP_JSON_PYTHON; /* as SQLMesh */
        rp_json_writer writer = RP_JSON_WRITER(g_string_new(NULL), style);
        writer.flush = print_text;
        if (files[i].is_state_file)
            write_state_file(&writer, &made, &files[i].environment);
        else
            write_environment(&writer, &made, &files[i].environment);
        print_text(NULL, writer.out);
        return fflush(stdout) == 0 ? 0 : 1;
    }
    fprintf(stderr, "usage: generate COUNT prod|dev|plan|plan-one|plan-whole [SEED]\n");
    return 2;
}
