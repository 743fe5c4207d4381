/* The statements of a project. See deploy/statements.h. */
#include "deploy/statements.h"

#include <string.h>

static bool needs_macros(const char *sql)
{
    return strchr(sql, '@') != NULL || strstr(sql, "{{") != NULL || strstr(sql, "{%") != NULL;
}

/* Takes a statement that can be run here; counts another one. */
static void take(const rp_db *warehouse, const char *sql, GPtrArray *to, size_t *left_out)
{
    if (rp_db_can(warehouse, RP_DB_SQLMESH_ENGINE) && !needs_macros(sql))
        g_ptr_array_add(to, g_strdup(sql));
    else
        (*left_out)++;
}

static GPtrArray *list_new(void)
{
    return g_ptr_array_new_with_free_func(g_free);
}

static void warn(repoint_plan *plan, size_t left_out, const char *kind, const char *of)
{
    if (left_out > 0)
        g_ptr_array_add(
            plan->warnings,
            g_strdup_printf("%zu %s statement%s of %s %s stored, but not run here: only SQLMesh can",
                            left_out, kind, left_out > 1 ? "s" : "", of, left_out > 1 ? "are" : "is"));
}

/* ---- of the environment ---- */

/* Those of one kind, in the order in which they stand. */
static void take_kind(repoint_plan *plan, const rp_db *warehouse, yyjson_val *array, const char *kind,
                      GPtrArray *to)
{
    size_t index, count, i, n, left_out = 0;
    yyjson_val *statements, *sql;
    yyjson_arr_foreach (array, index, count, statements) {
        yyjson_arr_foreach (rp_json_field(statements, kind), i, n, sql) {
            if (yyjson_is_str(sql))
                take(warehouse, yyjson_get_str(sql), to, &left_out);
        }
    }
    warn(plan, left_out, kind, plan->record->naming.name);
}

static repoint_status find_of_environment(repoint_store *store, repoint_plan *plan, const rp_db *warehouse,
                                          repoint_error *error)
{
    g_autofree char *text = g_strdup(plan->statements_json);
    g_autoptr(rp_json) json = NULL;
    repoint_status status = REPOINT_OK;
    if (text == NULL)
        status = repoint_environment_statements(store, plan->record->naming.name, &text, error);
    if (status == REPOINT_OK)
        status = rp_json_parse(text, strlen(text), "environment statements", &json, error);
    if (status != REPOINT_OK)
        return status;
    take_kind(plan, warehouse, rp_json_root(json), "before_all", plan->before_all);
    take_kind(plan, warehouse, rp_json_root(json), "after_all", plan->after_all);
    return REPOINT_OK;
}

/* ---- of models ---- */

static void find_of_model(repoint_plan *plan, const rp_db *warehouse, const rp_facts *facts,
                          const rp_view_change *change)
{
    bool is_made = change->action == RP_VIEW_CREATE || change->action == RP_VIEW_REPLACE;
    const repoint_table *table =
        is_made && change->model != NULL ? rp_tables_find(&plan->record->tables, change->model) : NULL;
    const rp_fact *fact = table != NULL ? rp_facts_find(facts, table) : NULL;
    size_t left_out = 0;
    for (size_t i = 0; fact != NULL && fact->on_virtual_update[i] != NULL; i++)
        take(warehouse, fact->on_virtual_update[i], plan->on_virtual_update, &left_out);
    warn(plan, left_out, "on_virtual_update", change->model);
}

repoint_status rp_statements_find(repoint_store *store, repoint_plan *plan, const rp_facts *facts,
                                  repoint_error *error)
{
    rp_db *warehouse = NULL;
    repoint_status status = rp_store_warehouse(store, &warehouse, error);
    GPtrArray **lists[] = {&plan->before_all, &plan->after_all, &plan->on_virtual_update};
    for (size_t i = 0; i < G_N_ELEMENTS(lists); i++) {
        g_clear_pointer(lists[i], g_ptr_array_unref);
        *lists[i] = list_new();
    }
    if (status == REPOINT_OK)
        status = find_of_environment(store, plan, warehouse, error);
    for (guint i = 0; status == REPOINT_OK && i < plan->changes->len; i++)
        find_of_model(plan, warehouse, facts, g_ptr_array_index(plan->changes, i));
    return status;
}

/* ---- running ---- */

static repoint_status run_in_transaction(rp_db *warehouse, const GPtrArray *statements, repoint_error *error)
{
    repoint_status status = rp_db_begin(warehouse, RP_DB_WRITE, error);
    if (status != REPOINT_OK)
        return status;
    status = rp_db_execute_all(warehouse, (const char *const *)statements->pdata, statements->len, error);
    if (status == REPOINT_OK)
        return rp_db_commit(warehouse, error);
    rp_db_rollback(warehouse);
    return status;
}

/* Where statements about tables commit by themselves, each stands for itself. */
repoint_status rp_statements_run(rp_db *warehouse, const GPtrArray *statements, repoint_error *error)
{
    if (statements == NULL || statements->len == 0)
        return REPOINT_OK;
    if (rp_db_can(warehouse, RP_DB_TRANSACTIONAL_DDL))
        return run_in_transaction(warehouse, statements, error);
    return rp_db_execute_all(warehouse, (const char *const *)statements->pdata, statements->len, error);
}
