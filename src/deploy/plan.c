/*
 * Plans: what a change of an environment would do, and what stands in its way.
 *
 * A plan reads and refuses nothing; deploying examines it again inside its transaction, since the world may
 * have moved.
 */
#include "deploy/plan.h"

#include <inttypes.h>
#include <string.h>

#include "deploy/facts.h"
#include "deploy/statements.h"
#include "model/resolve.h"
#include "state/environments.h"
#include "state/gaps.h"
#include "warehouse/grants.h"
#include "warehouse/manner.h"
#include "warehouse/readers.h"

/* ---- making and freeing ---- */

static GPtrArray *copy_list(const char *const *list)
{
    GPtrArray *copy = g_ptr_array_new_with_free_func(g_free);
    for (size_t i = 0; list != NULL && list[i] != NULL; i++)
        g_ptr_array_add(copy, g_strdup(list[i]));
    g_ptr_array_add(copy, NULL);
    return copy;
}

static void unref_array(GPtrArray **array)
{
    g_clear_pointer(array, g_ptr_array_unref);
}

void repoint_plan_free(repoint_plan *plan)
{
    if (plan == NULL)
        return;
    repoint_environment_free(plan->record);
    repoint_environment_free(plan->stored);
    g_free(plan->statements_json);
    g_free(plan->interval_mark);
    g_strfreev(plan->approval_roles);
    unref_array(&plan->gap_names);
    unref_array(&plan->allow_empty);
    unref_array(&plan->allow_forward_only);
    unref_array(&plan->warnings);
    unref_array(&plan->gaps);
    unref_array(&plan->changes);
    unref_array(&plan->obstacles);
    unref_array(&plan->before_all);
    unref_array(&plan->after_all);
    unref_array(&plan->on_virtual_update);
    g_free(plan);
}

const repoint_environment *repoint_plan_environment(const repoint_plan *plan)
{
    return plan->record;
}

repoint_promote_options rp_plan_promote_options(const repoint_plan *plan)
{
    return (repoint_promote_options){
        .gap_check = plan->gap_check,
        .gap_names = (const char *const *)plan->gap_names->pdata,
        .statements_json = plan->statements_json,
    };
}

/* Names that a user allows something for, as full names of the record. */
static repoint_status resolve_allowed(const repoint_environment *record, GPtrArray *names,
                                      repoint_error *error)
{
    g_autoptr(GPtrArray) known = g_ptr_array_new();
    for (size_t i = 0; i < record->tables.count; i++)
        g_ptr_array_add(known, (gpointer)record->tables.items[i].name);
    for (guint i = 0; i + 1 < names->len; i++) {
        size_t index = 0;
        repoint_status status =
            rp_name_resolve(g_ptr_array_index(names, i), (const char *const *)known->pdata, known->len,
                            "the plan", &index, error);
        if (status != REPOINT_OK)
            return status;
        g_free(names->pdata[i]);
        names->pdata[i] = g_strdup(g_ptr_array_index(known, index));
    }
    return REPOINT_OK;
}

repoint_plan *rp_plan_new(const repoint_plan_options *options)
{
    repoint_plan *plan = g_new0(repoint_plan, 1);
    plan->gap_check = options->gap_check;
    plan->gap_names = copy_list(options->gap_names);
    plan->allow_empty = copy_list(options->allow_empty);
    plan->allow_forward_only = copy_list(options->allow_forward_only);
    plan->drop_foreign_views = options->drop_foreign_views;
    plan->lists_grants = true;
    plan->warnings = g_ptr_array_new_with_free_func(g_free);
    return plan;
}

repoint_status rp_plan_resolve(repoint_plan *plan, repoint_error *error)
{
    repoint_status status = resolve_allowed(plan->record, plan->allow_empty, error);
    return status == REPOINT_OK ? resolve_allowed(plan->record, plan->allow_forward_only, error) : status;
}

repoint_status repoint_plan_create(repoint_store *store, const char *environment,
                                   const repoint_plan_source *source, const repoint_plan_options *options,
                                   repoint_plan **ret_plan, repoint_error *error)
{
    static const repoint_plan_options defaults = {.gap_check = REPOINT_GAPS_ALL};
    if (options == NULL)
        options = &defaults;
    g_autoptr(repoint_plan) plan = rp_plan_new(options);
    g_auto(rp_transaction) transaction = {0};
    repoint_status status = rp_transaction_begin(&transaction, store, RP_DB_READ, error);
    if (status == REPOINT_OK)
        status = rp_record_build(store, environment, source, options, plan, error);
    if (status == REPOINT_OK)
        status = rp_plan_resolve(plan, error);
    if (status == REPOINT_OK && !options->record_only)
        status = rp_plan_examine(store, plan, error);
    if (status == REPOINT_OK)
        status = rp_plan_interval_mark(store, plan, &plan->interval_mark, error);
    if (status == REPOINT_OK)
        *ret_plan = g_steal_pointer(&plan);
    return status;
}

/* ---- examining ---- */

static repoint_status find_gaps(repoint_store *store, repoint_plan *plan, repoint_error *error)
{
    unref_array(&plan->gaps);
    plan->gaps = g_ptr_array_new();
    if (rp_plan_is_new(plan, rp_store_now(store)) || plan->gap_check == REPOINT_GAPS_NONE)
        return REPOINT_OK;
    g_autoptr(GHashTable) names = NULL;
    repoint_status status = REPOINT_OK;
    if (plan->gap_check == REPOINT_GAPS_NAMED)
        status = rp_gap_names_resolve((const char *const *)plan->gap_names->pdata, false, plan->record,
                                      plan->stored, &names, error);
    rp_gap_check check = {plan->stored, plan->record, names};
    g_autoptr(GPtrArray) gaps = NULL;
    if (status == REPOINT_OK)
        status = rp_gaps_find(store, &check, &gaps, error);
    if (status == REPOINT_OK) {
        unref_array(&plan->gaps);
        plan->gaps = g_steal_pointer(&gaps);
    }
    return status;
}

static bool is_allowed(const GPtrArray *names, const char *name)
{
    return g_strv_contains((const char *const *)names->pdata, name);
}

/* Is the snapshot new to the environment? What it shows already is not questioned again. */
static bool is_new_to(const repoint_plan *plan, GHashTable *stored, const repoint_table *table)
{
    const repoint_table *before = plan->stored != NULL ? g_hash_table_lookup(stored, table->name) : NULL;
    return before == NULL || strcmp(before->identifier, table->identifier) != 0;
}

/* repoint moves no data: a table that nobody ever filled, or that has to be altered first, cannot be shown.
 */
static void check_snapshot(const repoint_plan *plan, const rp_facts *facts, const repoint_table *table,
                           const repoint_table *before, GPtrArray *obstacles)
{
    const rp_fact *fact = rp_facts_find(facts, table);
    if (fact == NULL) {
        rp_obstacle_add(obstacles, REPOINT_MISSING_SNAPSHOTS, table->name, "snapshot %s (%s) is not stored",
                        table->name, table->identifier);
        return;
    }
    bool is_filled = rp_facts_is_representative(facts, table) ? fact->has_intervals : fact->has_dev_intervals;
    if (!is_filled && rp_kind_is_materialized(table->kind) && !is_allowed(plan->allow_empty, table->name))
        rp_obstacle_add(obstacles, REPOINT_REFUSED, table->name,
                        "the table of %s (%s) has never been filled; fill it, or allow it with --allow-empty",
                        table->name, table->identifier);
    bool is_prod = !rp_environment_is_dev(plan->record);
    bool shares_version = before != NULL && strcmp(before->version, table->version) == 0;
    if (is_prod && shares_version && fact->is_paused && fact->is_forward_only &&
        !is_allowed(plan->allow_forward_only, table->name))
        rp_obstacle_add(
            obstacles, REPOINT_REFUSED, table->name,
            "%s (%s) is a forward-only change of the table that %s shows now; SQLMesh must apply it, or "
            "allow it with --allow-forward-only if it has been applied by hand",
            table->name, table->identifier, plan->record->naming.name);
    if (is_prod && fact->is_unrestorable)
        rp_obstacle_add(
            obstacles, REPOINT_REFUSED, table->name,
            "%s (%s) cannot be restored: its table has been altered by a later forward-only change",
            table->name, table->identifier);
}

static void check_snapshots(const repoint_plan *plan, const rp_facts *facts, GPtrArray *obstacles)
{
    g_autoptr(GHashTable) stored = plan->stored != NULL ? rp_tables_by_name(&plan->stored->tables)
                                                        : g_hash_table_new(g_str_hash, g_str_equal);
    g_autoptr(GPtrArray) shown = rp_environment_promoted_tables(plan->record);
    for (guint i = 0; i < shown->len; i++) {
        const repoint_table *table = g_ptr_array_index(shown, i);
        if (is_new_to(plan, stored, table))
            check_snapshot(plan, facts, table, g_hash_table_lookup(stored, table->name), obstacles);
    }
}

static void warn(repoint_plan *plan, const char *format, ...) G_GNUC_PRINTF(2, 3);
static void warn(repoint_plan *plan, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    g_ptr_array_add(plan->warnings, g_strdup_vprintf(format, arguments));
    va_end(arguments);
}

static repoint_status warn_of_readers(repoint_plan *plan, rp_db *warehouse, repoint_error *error)
{
    g_autofree char *warning = NULL;
    repoint_status status = rp_data_mark_warning(warehouse, &warning, error);
    if (status == REPOINT_OK && warning != NULL)
        warn(plan, "%s", warning);
    return status;
}

char *rp_mixture_describe(const repoint_store *store, const rp_db *warehouse, const GPtrArray *changes)
{
    unsigned count = 0;
    for (guint i = 0; i < changes->len; i++)
        count += ((const rp_view_change *)g_ptr_array_index(changes, i))->action != RP_VIEW_KEEP;
    if (count < 2 || rp_manner_of(store, warehouse) != RP_MANNER_ONE_BY_ONE)
        return NULL;
    return g_strdup_printf("this warehouse changes views one by one: meanwhile readers may see new tables in "
                           "some of the %u views and old ones in others",
                           count);
}

static void warn_of_mixture(repoint_plan *plan, const repoint_store *store, const rp_db *warehouse)
{
    char *text = rp_mixture_describe(store, warehouse, plan->changes);
    if (text != NULL)
        g_ptr_array_add(plan->warnings, text);
}

repoint_status rp_plan_examine(repoint_store *store, repoint_plan *plan, repoint_error *error)
{
    g_autoptr(rp_facts) facts = NULL;
    g_autoptr(GPtrArray) changes = NULL;
    g_autoptr(GPtrArray) obstacles = rp_obstacles_new();
    rp_db *warehouse = NULL;
    g_ptr_array_set_size(plan->warnings, 0);
    repoint_status status = rp_facts_load(store, plan->record, &facts, error);
    if (status == REPOINT_OK)
        status = find_gaps(store, plan, error);
    if (status == REPOINT_OK)
        check_snapshots(plan, facts, obstacles);
    rp_view_request request = {
        .stored = plan->stored,
        .planned = plan->record,
        .source = rp_view_source_of(facts),
        .drop_foreign_views = plan->drop_foreign_views,
        .lists_grants = plan->lists_grants,
        .store = store,
    };
    rp_findings findings = {obstacles, plan->warnings};
    if (status == REPOINT_OK)
        status = rp_store_warehouse(store, &warehouse, error);
    if (status == REPOINT_OK)
        status = rp_views_compare(warehouse, &request, &findings, &changes, error);
    if (status == REPOINT_OK)
        status = warn_of_readers(plan, warehouse, error);
    if (status != REPOINT_OK)
        return status;
    unref_array(&plan->changes);
    unref_array(&plan->obstacles);
    plan->changes = g_steal_pointer(&changes);
    plan->obstacles = g_steal_pointer(&obstacles);
    warn_of_mixture(plan, store, warehouse);
    return rp_statements_find(store, plan, facts, error);
}

/* ---- has the world moved? ---- */

repoint_status rp_plan_check_basis(repoint_store *store, const repoint_plan *plan, repoint_error *error)
{
    const char *planned = plan->record->previous_plan_id;
    const char *found = rp_plan_is_new(plan, rp_store_now(store)) ? NULL : plan->stored->plan_id;
    if (g_strcmp0(planned, found) == 0)
        return REPOINT_OK;
    return rp_fail(error, REPOINT_CONFLICT, "plan again from what it is now, then deploy",
                   "environment %s is at plan %s by now, and plan %s was made on %s",
                   plan->record->naming.name, found != NULL ? found : "none", plan->record->plan_id,
                   planned != NULL ? planned : "none");
}

repoint_status rp_plan_interval_mark(repoint_store *store, const repoint_plan *plan, char **ret_mark,
                                     repoint_error *error)
{
    g_autoptr(GHashTable) stored = plan->stored != NULL ? rp_tables_by_name(&plan->stored->tables)
                                                        : g_hash_table_new(g_str_hash, g_str_equal);
    g_auto(rp_key_list) versions = rp_key_list_new(2);
    for (size_t i = 0; i < plan->record->tables.count; i++) {
        const repoint_table *table = &plan->record->tables.items[i];
        if (is_new_to(plan, stored, table))
            rp_key_list_add(&versions, table->name, table->version);
    }
    rp_db_keys keys = rp_key_list_keys(&versions);
    g_autofree char *sql =
        rp_sql(store->db,
               "SELECT COUNT(*), MAX(created_ts), SUM(end_ts - start_ts) FROM %n WHERE (name, version) IN"
               " (SELECT name, version FROM %k k)",
               store->schema, "_intervals", 1U, "name, version");
    g_autoptr(rp_rows) rows = NULL;
    bool has_row = false;
    repoint_status status = rp_db_query(store->db, sql, RP_VALUES(rp_db_key_list(&keys)), &rows, error);
    if (status == REPOINT_OK)
        status = rp_rows_next(rows, &has_row, error);
    if (status == REPOINT_OK)
        *ret_mark = g_strdup_printf("%" PRId64 " %" PRId64 " %" PRId64, rp_rows_integer(rows, 0, 0),
                                    rp_rows_integer(rows, 1, 0), rp_rows_integer(rows, 2, 0));
    return status;
}

/* ---- telling ---- */

static const char *change_of_model(const repoint_table *before, const repoint_table *after)
{
    if (before == NULL)
        return "added";
    if (after == NULL)
        return "removed";
    if (strcmp(before->identifier, after->identifier) == 0)
        return "unchanged";
    return strcmp(before->version, after->version) == 0 ? "metadata" : "changed";
}

static void write_side(rp_json_writer *writer, const char *key, const repoint_table *table)
{
    rp_json_key(writer, key);
    if (table == NULL) {
        rp_json_null(writer);
        return;
    }
    rp_json_begin_object(writer);
    rp_json_put_string(writer, "identifier", table->identifier);
    rp_json_put_string(writer, "version", table->version);
    rp_json_end_object(writer);
}

static void write_model(rp_json_writer *writer, const repoint_table *before, const repoint_table *after)
{
    const repoint_table *either = after != NULL ? after : before;
    rp_json_begin_object(writer);
    rp_json_put_string(writer, "name", either->name);
    rp_json_put_string(writer, "change", change_of_model(before, after));
    rp_json_put_string(writer, "kind", either->kind_name);
    write_side(writer, "from", before);
    write_side(writer, "to", after);
    rp_json_end_object(writer);
}

static int compare_names(gconstpointer a, gconstpointer b)
{
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

/* Names of both records, each once, sorted. */
static GPtrArray *all_names(GHashTable *before, GHashTable *after)
{
    GPtrArray *names = g_ptr_array_new();
    GHashTableIter iterator;
    gpointer name;
    g_hash_table_iter_init(&iterator, after);
    while (g_hash_table_iter_next(&iterator, &name, NULL))
        g_ptr_array_add(names, name);
    g_hash_table_iter_init(&iterator, before);
    while (g_hash_table_iter_next(&iterator, &name, NULL)) {
        if (!g_hash_table_contains(after, name))
            g_ptr_array_add(names, name);
    }
    g_ptr_array_sort(names, compare_names);
    return names;
}

static void write_models(rp_json_writer *writer, const repoint_plan *plan)
{
    static const rp_tables none = {0};
    g_autoptr(GHashTable) before = rp_tables_by_name(plan->stored != NULL ? &plan->stored->tables : &none);
    g_autoptr(GHashTable) after = rp_tables_by_name(&plan->record->tables);
    g_autoptr(GPtrArray) names = all_names(before, after);
    rp_json_begin_array(writer);
    for (guint i = 0; i < names->len; i++) {
        const char *name = g_ptr_array_index(names, i);
        write_model(writer, g_hash_table_lookup(before, name), g_hash_table_lookup(after, name));
    }
    rp_json_end_array(writer);
}

static void write_strings(rp_json_writer *writer, const char *key, const GPtrArray *strings)
{
    rp_json_key(writer, key);
    rp_json_begin_array(writer);
    for (guint i = 0; strings != NULL && i < strings->len; i++)
        rp_json_string(writer, g_ptr_array_index(strings, i));
    rp_json_end_array(writer);
}

void rp_changes_write(rp_json_writer *writer, const GPtrArray *changes)
{
    rp_json_begin_array(writer);
    for (guint i = 0; i < changes->len; i++) {
        const rp_view_change *change = g_ptr_array_index(changes, i);
        if (change->action == RP_VIEW_KEEP)
            continue;
        g_autofree char *view = rp_relation_display(&change->view);
        g_autofree char *table = change->table.name != NULL ? rp_relation_display(&change->table) : NULL;
        rp_json_begin_object(writer);
        rp_json_put_string(writer, "view", view);
        rp_json_put_string(writer, "model", change->model);
        rp_json_put_string(writer, "action", rp_view_action_name(change->action));
        rp_json_put_string(writer, "table", table);
        write_strings(writer, "columns_added", change->columns_added);
        write_strings(writer, "columns_removed", change->columns_removed);
        write_strings(writer, "columns_retyped", change->columns_retyped);
        rp_json_put_bool(writer, "columns_reordered", change->is_reordered);
        rp_json_put_bool(writer, "rebuilt", change->is_rebuilt);
        rp_json_put_string(writer, "owner", change->owner);
        rp_json_end_object(writer);
    }
    rp_json_end_array(writer);
}

static void write_grant(rp_json_writer *writer, const char *view, const rp_view_grant *grant)
{
    rp_json_begin_object(writer);
    rp_json_put_string(writer, "view", view);
    rp_json_put_string(writer, "grantee", grant->grantee);
    rp_json_put_string(writer, "privilege", grant->privilege);
    rp_json_put_string(writer, "column", grant->column);
    rp_json_put_bool(writer, "grantable", grant->is_grantable);
    rp_json_put_bool(writer, "now", grant->is_now);
    rp_json_put_bool(writer, "afterwards", grant->is_afterwards);
    rp_json_put_string(writer, "source", rp_grant_source_name(grant->source));
    rp_json_end_object(writer);
}

static void write_grants(rp_json_writer *writer, const GPtrArray *changes)
{
    rp_json_begin_array(writer);
    for (guint i = 0; i < changes->len; i++) {
        const rp_view_change *change = g_ptr_array_index(changes, i);
        g_autofree char *view = rp_relation_display(&change->view);
        for (guint j = 0; change->grants != NULL && j < change->grants->len; j++)
            write_grant(writer, view, g_ptr_array_index(change->grants, j));
    }
    rp_json_end_array(writer);
}

/* New views that nobody but their owner may read. */
static void write_unread(rp_json_writer *writer, const GPtrArray *changes)
{
    rp_json_begin_array(writer);
    for (guint i = 0; i < changes->len; i++) {
        const rp_view_change *change = g_ptr_array_index(changes, i);
        g_autofree char *view = rp_relation_display(&change->view);
        if (change->action == RP_VIEW_CREATE && change->grants != NULL &&
            (change->is_shut || !rp_view_grants_let_read(change->grants)))
            rp_json_string(writer, view);
    }
    rp_json_end_array(writer);
}

static void write_readers(rp_json_writer *writer, const repoint_plan *plan)
{
    rp_json_key(writer, "grants");
    if (plan->lists_grants)
        write_grants(writer, plan->changes);
    else
        rp_json_null(writer);
    rp_json_key(writer, "unread");
    if (plan->lists_grants)
        write_unread(writer, plan->changes);
    else
        rp_json_null(writer);
}

void rp_obstacles_write(rp_json_writer *writer, const GPtrArray *obstacles)
{
    rp_json_begin_array(writer);
    for (guint i = 0; i < obstacles->len; i++) {
        const rp_obstacle *obstacle = g_ptr_array_index(obstacles, i);
        rp_json_begin_object(writer);
        rp_json_put_string(writer, "code", repoint_status_name(obstacle->status));
        rp_json_put_string(writer, "name", obstacle->name);
        rp_json_put_string(writer, "message", obstacle->message);
        rp_json_end_object(writer);
    }
    rp_json_end_array(writer);
}

char *repoint_plan_to_json(const repoint_plan *plan)
{
    g_return_val_if_fail(plan->changes != NULL, NULL); /* made with record_only: there is nothing to tell */
    GString *text = g_string_new(NULL);
    rp_json_writer writer = RP_JSON_WRITER(text, RP_JSON_COMPACT);
    rp_json_begin_object(&writer);
    rp_json_put_string(&writer, "environment", plan->record->naming.name);
    rp_json_put_string(&writer, "plan_id", plan->record->plan_id);
    rp_json_put_string(&writer, "previous_plan_id", plan->record->previous_plan_id);
    rp_json_put_bool(&writer, "is_new", plan->stored == NULL);
    rp_json_key(&writer, "models");
    write_models(&writer, plan);
    rp_json_key(&writer, "gaps");
    rp_gaps_write(&writer, plan->gaps);
    rp_json_key(&writer, "views");
    rp_changes_write(&writer, plan->changes);
    write_readers(&writer, plan);
    rp_json_key(&writer, "obstacles");
    rp_obstacles_write(&writer, plan->obstacles);
    write_strings(&writer, "warnings", plan->warnings);
    rp_json_end_object(&writer);
    return g_string_free(text, FALSE);
}

static bool same_tables(const rp_tables *a, const rp_tables *b)
{
    g_autoptr(GHashTable) by_name = rp_tables_by_name(a);
    for (size_t i = 0; i < b->count; i++) {
        const repoint_table *other = g_hash_table_lookup(by_name, b->items[i].name);
        if (other == NULL || strcmp(other->identifier, b->items[i].identifier) != 0)
            return false;
    }
    return a->count == b->count;
}

bool repoint_plan_has_changes(const repoint_plan *plan)
{
    if (plan->stored == NULL || !rp_environment_is_finalized(plan->stored) ||
        !same_tables(&plan->stored->tables, &plan->record->tables))
        return true;
    for (guint i = 0; plan->changes != NULL && i < plan->changes->len; i++) {
        if (((rp_view_change *)g_ptr_array_index(plan->changes, i))->action != RP_VIEW_KEEP)
            return true;
    }
    return false;
}
