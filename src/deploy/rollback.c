/*
 * Rolling back: the plan that goes back to an earlier finalized revision.
 *
 *     revisions   1 deploy   2 deploy   3 rollback to 1   4 deploy
 *     before it   -          1          -                 3, that is 1
 *
 * "The revision before" is the one before what the environment shows: going back twice goes two steps back,
 * not there and here again.
 *
 * A model whose table has been altered since, by a forward-only change, has nothing to go back to: the old
 * snapshot names the same table. That is refused, unless the model is kept where it is.
 */
#include <inttypes.h>
#include <string.h>

#include "deploy/plan.h"
#include "deploy/revision.h"
#include "model/resolve.h"
#include "state/environments.h"

/* ---- which revision ---- */

/* The number of the revision whose set of tables the environment shows: its own, or the one that it went back
 * to. 0: none has its plan. */
static repoint_status find_shown(repoint_store *store, const repoint_environment *stored, int64_t *ret_number,
                                 repoint_error *error)
{
    int64_t number = 0, restores = 0;
    repoint_status status =
        rp_revision_of_plan(store, stored->naming.name, stored->plan_id, &number, &restores, error);
    while (status == REPOINT_OK && restores != 0) {
        number = restores;
        status = rp_revision_restores(store, stored->naming.name, number, &restores, error);
    }
    *ret_number = number;
    return status;
}

static repoint_status find_before(repoint_store *store, const repoint_environment *stored,
                                  int64_t *ret_number, repoint_error *error)
{
    int64_t shown = 0, newest = 0;
    repoint_status status = find_shown(store, stored, &shown, error);
    if (status == REPOINT_OK && shown == 0)
        status = rp_revision_newest(store, stored->naming.name, &newest, error);
    if (status != REPOINT_OK)
        return status;
    *ret_number = shown != 0 ? shown - 1 : newest;
    if (*ret_number > 0)
        return REPOINT_OK;
    return rp_fail(error, REPOINT_NOT_FOUND, "\"repoint history\" lists the revisions there are",
                   "environment %s has no revision before the present one", stored->naming.name);
}

/* ---- what it may take back ---- */

static bool is_altered(const repoint_table *now, const repoint_table *then)
{
    return strcmp(now->identifier, then->identifier) != 0 && strcmp(now->version, then->version) == 0 &&
           rp_table_is_forward_only(now) != rp_table_is_forward_only(then);
}

static repoint_status fail_altered(const GPtrArray *names, const repoint_environment *record, int64_t number,
                                   repoint_error *error)
{
    repoint_status status =
        rp_fail(error, REPOINT_REFUSED, "keep them where they are with --keep, or restore their data first",
                "environment %s cannot go back to revision %" PRId64
                ": a forward-only change has altered the table of %s%s",
                record->naming.name, number, (const char *)g_ptr_array_index(names, 0),
                names->len > 1 ? " and of others" : "");
    for (guint i = 0; i < names->len; i++)
        rp_error_add_name(error, g_ptr_array_index(names, i));
    return status;
}

static repoint_status check_altered(const repoint_plan *plan, repoint_error *error)
{
    g_autoptr(GHashTable) now = rp_tables_by_name(&plan->stored->tables);
    g_autoptr(GPtrArray) names = g_ptr_array_new();
    for (size_t i = 0; i < plan->record->tables.count; i++) {
        const repoint_table *then = &plan->record->tables.items[i];
        const repoint_table *table = g_hash_table_lookup(now, then->name);
        if (table != NULL && is_altered(table, then))
            g_ptr_array_add(names, (gpointer)then->name);
    }
    return names->len > 0 ? fail_altered(names, plan->record, plan->rollback_to, error) : REPOINT_OK;
}

/* ---- what stays ---- */

static repoint_status keep_one(repoint_plan *plan, const char *typed, repoint_error *error)
{
    g_autoptr(GHashTable) names = g_hash_table_new(g_str_hash, g_str_equal);
    for (size_t i = 0; i < plan->stored->tables.count; i++)
        g_hash_table_add(names, (gpointer)plan->stored->tables.items[i].name);
    for (size_t i = 0; i < plan->record->tables.count; i++)
        g_hash_table_add(names, (gpointer)plan->record->tables.items[i].name);
    guint count = 0;
    g_autofree gpointer *known = g_hash_table_get_keys_as_array(names, &count);
    size_t index = 0;
    repoint_status status =
        rp_name_resolve(typed, (const char *const *)known, count, "the environment", &index, error);
    if (status != REPOINT_OK)
        return status;
    g_autofree char *name = g_strdup(known[index]);
    const repoint_table *now = rp_tables_find(&plan->stored->tables, name);
    return now != NULL ? repoint_environment_set_table(plan->record, now, error)
                       : repoint_environment_drop_table(plan->record, name, error);
}

/* ---- the record ---- */

static void set_previous(repoint_environment *record, const repoint_environment *stored)
{
    const rp_tables *previous =
        rp_environment_is_finalized(stored) ? &stored->tables : &stored->previous_finalized;
    rp_tables_clear(&record->previous_finalized);
    record->has_previous_finalized = true;
    record->previous_finalized = rp_tables_copy(previous);
}

/* The revision's record as a change of what is there now. */
static void rebase(repoint_store *store, repoint_plan *plan, const char *plan_id)
{
    repoint_environment *record = plan->record;
    const repoint_environment *stored = plan->stored;
    g_free(record->plan_id);
    g_free(record->previous_plan_id);
    record->plan_id = plan_id != NULL ? g_strdup(plan_id) : rp_store_new_id(store);
    record->previous_plan_id = rp_plan_is_new(plan, rp_store_now(store)) ? NULL : g_strdup(stored->plan_id);
    record->expiration_ts = stored->expiration_ts;
    record->finalized_ts = RP_TS_NONE;
    set_previous(record, stored);
}

static repoint_status load_present(repoint_store *store, const char *environment, repoint_plan *plan,
                                   repoint_error *error)
{
    repoint_status status = rp_environment_load_shown(store, environment, false, &plan->stored, error);
    if (status == REPOINT_OK && plan->stored == NULL)
        status = rp_environment_fail_unknown(store, environment, error);
    return status;
}

static repoint_status build(repoint_store *store, const char *environment, int64_t revision,
                            const char *const *keep, repoint_plan *plan, const char *plan_id,
                            repoint_error *error)
{
    repoint_status status = load_present(store, environment, plan, error);
    if (status == REPOINT_OK && revision == 0)
        status = find_before(store, plan->stored, &revision, error);
    if (status == REPOINT_OK)
        status = rp_revision_load(store, environment, revision, &plan->record, &plan->statements_json, error);
    if (status != REPOINT_OK)
        return status;
    plan->rollback_to = revision;
    rebase(store, plan, plan_id);
    for (size_t i = 0; keep != NULL && keep[i] != NULL && status == REPOINT_OK; i++)
        status = keep_one(plan, keep[i], error);
    return status == REPOINT_OK ? check_altered(plan, error) : status;
}

repoint_status repoint_plan_rollback(repoint_store *store, const char *environment, int64_t revision,
                                     const char *const *keep, const repoint_plan_options *options,
                                     repoint_plan **ret_plan, repoint_error *error)
{
    static const repoint_plan_options defaults = {.gap_check = REPOINT_GAPS_ALL};
    g_autoptr(repoint_plan) plan = rp_plan_new(options != NULL ? options : &defaults);
    g_auto(rp_transaction) transaction = {0};
    repoint_status status = rp_transaction_begin(&transaction, store, RP_DB_READ, error);
    if (status == REPOINT_OK)
        status =
            build(store, environment, revision, keep, plan, options != NULL ? options->plan_id : NULL, error);
    if (status == REPOINT_OK)
        status = rp_plan_resolve(plan, error);
    if (status == REPOINT_OK)
        status = rp_plan_examine(store, plan, error);
    if (status == REPOINT_OK)
        status = rp_plan_interval_mark(store, plan, &plan->interval_mark, error);
    if (status == REPOINT_OK)
        *ret_plan = g_steal_pointer(&plan);
    return status;
}
