/*
 * promote and finalize as the commands of these names do them: as the library's, and the record that a
 * promotion replaced is kept, so that abandon can put it back as it was.
 *
 * Until somebody finalizes it, a promoted environment keeps SQLMesh's scheduled runs waiting. Of several
 * promotions one after the other, the first one's is what abandon goes back to.
 *
 * A promotion ahead of its views is the first half of a deployment: its row has a plan, and the second half
 * is the cutover (deploy/cutover.c).
 */
#include <string.h>

#include "deploy/deployment.h"
#include "deploy/revision.h"
#include "deploy/tables.h"
#include "state/environments.h"

/* ---- promote ---- */

typedef struct promoting {
    const repoint_environment *record;
    repoint_promote_options options;
    char *plan_text; /* of a promotion ahead of its views; or NULL */
} promoting;

repoint_status rp_promoted_is_there(repoint_store *store, const rp_draft *draft, bool lock,
                                    bool *ret_is_there, repoint_error *error)
{
    *ret_is_there = false;
    return draft->environment == NULL ? REPOINT_OK
                                      : rp_environment_is_draft_of(store, draft->environment, draft->plan_id,
                                                                   lock, ret_is_there, error);
}

static repoint_status insert_with_stored(repoint_store *store, const rp_lease *lease, rp_draft *draft,
                                         repoint_error *error)
{
    g_autoptr(repoint_environment) stored = NULL;
    repoint_status status = rp_environment_load(store, lease->environment, true, &stored, error);
    if (status == REPOINT_OK)
        status = rp_previous_save(store, stored, &draft->previous_json, error);
    g_clear_pointer(&stored, repoint_environment_free); /* megabytes, and sending needs as many */
    if (status == REPOINT_OK)
        status = rp_draft_insert(store, draft, lease->token, error);
    g_clear_pointer(&draft->previous_json, g_free);
    return status;
}

/* Keeps what abandon is to put back: of the promotion before, if that is what is stored, else what is stored.
 */
static repoint_status keep_previous(repoint_store *store, const rp_lease *lease, const promoting *work,
                                    repoint_error *error)
{
    g_autofree char *digest = work->plan_text != NULL
                                  ? g_compute_checksum_for_string(G_CHECKSUM_SHA256, work->plan_text, -1)
                                  : NULL;
    rp_draft draft = {
        .environment = lease->environment,
        .plan_id = work->record->plan_id,
        .state = RP_DRAFT_PROMOTED,
        .author = lease->author,
        .created_ts = rp_store_now(store),
        .digest = digest,
        .plan_text = work->plan_text,
    };
    g_auto(rp_draft) open = {0};
    bool is_there = false;
    repoint_status status = rp_draft_load(store, lease->environment, false, &open, error);
    if (status == REPOINT_OK && open.environment != NULL && open.state != RP_DRAFT_PROMOTED)
        return rp_draft_fail_open(&open, error);
    if (status == REPOINT_OK)
        status = rp_promoted_is_there(store, &open, true, &is_there, error);
    if (status == REPOINT_OK && is_there)
        return rp_draft_replace_promoted(store, &open, &draft, lease->token, error);
    if (status == REPOINT_OK && open.environment != NULL)
        status = rp_draft_delete(store, &open, error);
    return status == REPOINT_OK ? insert_with_stored(store, lease, &draft, error) : status;
}

static repoint_status note_promotion(repoint_store *store, const rp_lease *lease, const promoting *work,
                                     gint64 began_us, repoint_error *error)
{
    rp_journal_entry entry = {work->record->plan_id, "promote", "done",
                              (g_get_monotonic_time() - began_us) / 1000, NULL};
    return rp_journal_append(store, lease, &entry, error);
}

static repoint_status promote(repoint_store *store, rp_lease *lease, const promoting *work,
                              repoint_promotion **ret_promotion, repoint_error *error)
{
    gint64 began_us = g_get_monotonic_time();
    g_autoptr(repoint_promotion) promotion = NULL;
    g_auto(rp_transaction) transaction = {0};
    repoint_status status = rp_transaction_begin_locked(&transaction, store, RP_LOCK_ENVIRONMENTS, error);
    if (status == REPOINT_OK)
        status = rp_lease_fence(store, lease, error);
    if (status == REPOINT_OK && work->plan_text != NULL)
        status = rp_hold_check(store, lease->environment, error);
    if (status == REPOINT_OK)
        status = keep_previous(store, lease, work, error);
    if (status == REPOINT_OK)
        status = repoint_promote(store, work->record, &work->options, &promotion, error);
    if (status == REPOINT_OK)
        status = note_promotion(store, lease, work, began_us, error);
    if (status == REPOINT_OK)
        status = rp_transaction_commit(&transaction, error);
    if (status == REPOINT_OK && ret_promotion != NULL)
        *ret_promotion = g_steal_pointer(&promotion);
    return status;
}

/* What would be refused is refused before repoint's tables are made. */
static repoint_status rehearse(repoint_store *store, const promoting *work, repoint_promotion **ret_promotion,
                               repoint_error *error)
{
    g_auto(rp_transaction) transaction = {0};
    repoint_status status = rp_transaction_begin_locked(&transaction, store, RP_LOCK_ENVIRONMENTS, error);
    return status == REPOINT_OK ? repoint_promote(store, work->record, &work->options, ret_promotion, error)
                                : status;
}

/* A dry run: what holds the environment, or is open on it, is in the way as it would be. */
static repoint_status rehearse_kept(repoint_store *store, const promoting *work,
                                    repoint_promotion **ret_promotion, repoint_error *error)
{
    const char *environment = work->record->naming.name;
    rp_lease lease = {0};
    g_auto(rp_draft) open = {0};
    bool exist = false;
    repoint_status status = rp_own_tables_exist(store, &exist, error);
    if (status == REPOINT_OK && exist)
        status = rp_lease_look(store, environment, &lease, error);
    rp_lease_release(store, &lease);
    if (status == REPOINT_OK && exist && work->plan_text != NULL)
        status = rp_hold_check(store, environment, error);
    if (status == REPOINT_OK && exist)
        status = rp_draft_load(store, environment, false, &open, error);
    if (status == REPOINT_OK && open.environment != NULL && open.state != RP_DRAFT_PROMOTED)
        return rp_draft_fail_open(&open, error);
    return status == REPOINT_OK ? rehearse(store, work, ret_promotion, error) : status;
}

/* Other promotions take a moment; they are waited for as other writers are. */
static repoint_status take_lease(repoint_store *store, const char *environment, const char *doing,
                                 rp_lease *ret_lease, repoint_error *error)
{
    return rp_lease_take_within(store, environment, doing, 0, rp_store_busy_seconds(store), ret_lease, error);
}

static repoint_status promote_and_keep(repoint_store *store, const promoting *work,
                                       repoint_promotion **ret_promotion, repoint_error *error)
{
    rp_lease lease = {0};
    rp_retry retry = {0};
    bool exist = false;
    if (store->options.dry_run)
        return rehearse_kept(store, work, ret_promotion, error);
    repoint_status status = rp_own_tables_exist(store, &exist, error);
    if (status == REPOINT_OK && !exist)
        status = rehearse(store, work, NULL, error);
    if (status == REPOINT_OK && !exist)
        status = rp_own_tables_create(store, error);
    if (status == REPOINT_OK)
        status = take_lease(store, work->record->naming.name, "promoting", &lease, error);
    if (status == REPOINT_OK) {
        do
            status = promote(store, &lease, work, ret_promotion, error);
        while (rp_retry_again(&retry, store, status));
    }
    rp_lease_release(store, &lease);
    return status;
}

repoint_status repoint_plan_promote(repoint_store *store, const repoint_plan *plan, bool keep_previous,
                                    repoint_promotion **ret_promotion, repoint_error *error)
{
    promoting work = {plan->record, rp_plan_promote_options(plan), NULL};
    return keep_previous ? promote_and_keep(store, &work, ret_promotion, error)
                         : repoint_promote(store, work.record, &work.options, ret_promotion, error);
}

/* ---- promote ahead of the views ---- */

static void allow_all(const repoint_environment *record, GPtrArray *names)
{
    g_ptr_array_set_size(names, 0);
    for (size_t i = 0; i < record->tables.count; i++)
        g_ptr_array_add(names, g_strdup(record->tables.items[i].name));
    g_ptr_array_add(names, NULL);
}

/* The plan of the cutover to come: who promotes ahead sees to tables and data by himself. */
static char *plan_ahead(const repoint_environment *record, const repoint_promote_options *options)
{
    const repoint_plan_options nothing_checked = {.gap_check = REPOINT_GAPS_NONE};
    g_autoptr(repoint_plan) plan = rp_plan_new(&nothing_checked);
    plan->record = repoint_environment_copy(record);
    plan->statements_json = g_strdup(options->statements_json);
    allow_all(record, plan->allow_empty);
    allow_all(record, plan->allow_forward_only);
    return repoint_plan_save(plan);
}

static repoint_status fail_apart(const char *environment, repoint_error *error)
{
    return rp_fail(error, REPOINT_REFUSED, "promote and finalize, and change the views in between",
                   "the record of environment %s and its views cannot change in one transaction here",
                   environment);
}

repoint_status repoint_promote_ahead(repoint_store *store, const repoint_environment *environment,
                                     const repoint_promote_options *options,
                                     repoint_promotion **ret_promotion, repoint_error *error)
{
    static const repoint_promote_options defaults = {.gap_check = REPOINT_GAPS_ALL};
    if (options == NULL)
        options = &defaults;
    rp_db *warehouse = NULL;
    repoint_status status = rp_store_warehouse(store, &warehouse, error);
    if (status != REPOINT_OK)
        return status;
    if (warehouse != store->db || rp_manner_of(store, warehouse) != RP_MANNER_TRANSACTION)
        return fail_apart(environment->naming.name, error);
    g_autofree char *plan_text = plan_ahead(environment, options);
    promoting work = {environment, *options, plan_text};
    return promote_and_keep(store, &work, ret_promotion, error);
}

/* ---- the cutover of what was promoted ---- */

repoint_status rp_promoted_check_place(const repoint_deployment *deployment, repoint_error *error)
{
    if (deployment->is_one_transaction)
        return REPOINT_OK;
    return rp_fail(error, REPOINT_REFUSED, "leave out --warehouse and --warehouse-views",
                   "environment %s was promoted for a warehouse in the state's own database",
                   deployment->lease.environment);
}

repoint_status rp_promoted_recall(repoint_deployment *deployment, repoint_error *error)
{
    repoint_plan *plan = deployment->plan;
    g_clear_pointer(&plan->stored, repoint_environment_free);
    g_clear_pointer(&deployment->promotion, repoint_promotion_free);
    repoint_status status = rp_previous_read(deployment->draft.previous_json, &plan->stored, error);
    if (status == REPOINT_OK)
        deployment->promotion =
            rp_promotion_compare(plan->stored, plan->record, rp_store_now(deployment->store));
    return status;
}

repoint_status rp_promoted_look_again(repoint_deployment *deployment, rp_transaction *transaction,
                                      repoint_error *error)
{
    repoint_store *store = deployment->store;
    repoint_plan *plan = deployment->plan;
    repoint_status status = rp_promoted_recall(deployment, error);
    if (status == REPOINT_OK)
        status = rp_transaction_begin_locked(transaction, store, RP_LOCK_ENVIRONMENTS, error);
    if (status == REPOINT_OK)
        status = rp_lease_fence(store, &deployment->lease, error);
    if (status == REPOINT_OK)
        status = rp_promote_check_stored(store, plan->record, error);
    if (status == REPOINT_OK)
        status = rp_plan_examine(store, plan, error);
    if (status == REPOINT_OK)
        status = rp_deployment_fail_obstacles(plan->obstacles, false, plan->record->naming.name, error);
    if (status == REPOINT_OK)
        status = rp_revision_adopt(store, &deployment->lease, "found", plan->stored, error);
    return status == REPOINT_OK ? rp_views_create_schemas(deployment->warehouse, plan->changes, error)
                                : status;
}

/* ---- finalize ---- */

/* What is open on the environment: REPOINT_CONFLICT where its views are those of before. */
static repoint_status load_promoted(repoint_store *store, const repoint_environment *record, rp_draft *draft,
                                    repoint_error *error)
{
    repoint_status status = rp_draft_load(store, record->naming.name, false, draft, error);
    bool is_ahead = draft->environment != NULL && draft->state == RP_DRAFT_PROMOTED &&
                    draft->digest != NULL && strcmp(draft->plan_id, record->plan_id) == 0;
    return status == REPOINT_OK && is_ahead ? rp_draft_fail_open(draft, error) : status;
}

static repoint_status finalize(repoint_store *store, rp_lease *lease, repoint_environment *record,
                               repoint_error *error)
{
    gint64 began_us = g_get_monotonic_time();
    g_auto(rp_draft) draft = {0};
    g_auto(rp_transaction) transaction = {0};
    repoint_status status = rp_transaction_begin(&transaction, store, RP_DB_WRITE, error);
    if (status == REPOINT_OK)
        status = rp_lease_fence(store, lease, error);
    if (status == REPOINT_OK)
        status = repoint_finalize(store, record, error);
    if (status == REPOINT_OK)
        status = load_promoted(store, record, &draft, error);
    bool is_promoted = draft.environment != NULL && draft.state == RP_DRAFT_PROMOTED;
    if (status == REPOINT_OK && is_promoted)
        status = rp_draft_delete(store, &draft, error);
    if (status == REPOINT_OK)
        status = rp_revision_adopt(store, lease, "promote", record, error);
    rp_journal_entry entry = {record->plan_id, "finalize", "done", (g_get_monotonic_time() - began_us) / 1000,
                              NULL};
    if (status == REPOINT_OK)
        status = rp_journal_append(store, lease, &entry, error);
    return status == REPOINT_OK ? rp_transaction_commit(&transaction, error) : status;
}

static repoint_status rehearse_finalize(repoint_store *store, repoint_environment *record,
                                        repoint_error *error)
{
    rp_lease lease = {0};
    g_auto(rp_draft) draft = {0};
    repoint_status status = rp_lease_look(store, record->naming.name, &lease, error);
    rp_lease_release(store, &lease);
    if (status == REPOINT_OK)
        status = repoint_finalize(store, record, error);
    return status == REPOINT_OK ? load_promoted(store, record, &draft, error) : status;
}

static repoint_status finalize_leased(repoint_store *store, repoint_environment *record, repoint_error *error)
{
    rp_lease lease = {0};
    rp_retry retry = {0};
    repoint_status status = take_lease(store, record->naming.name, "finalizing", &lease, error);
    if (status != REPOINT_OK)
        return status;
    do
        status = finalize(store, &lease, record, error);
    while (rp_retry_again(&retry, store, status));
    rp_lease_release(store, &lease);
    return status;
}

repoint_status repoint_promoted_finalize(repoint_store *store, repoint_environment *environment,
                                         repoint_error *error)
{
    bool exist = false;
    repoint_status status = rp_own_tables_exist(store, &exist, error);
    if (status != REPOINT_OK)
        return status;
    if (!exist)
        return repoint_finalize(store, environment, error);
    return store->options.dry_run ? rehearse_finalize(store, environment, error)
                                  : finalize_leased(store, environment, error);
}
