/*
 * promote: phase 1 of a change. The record of an environment is replaced by a new one, unfinalized.
 *
 *            stored record                    new record
 *        plan_id = P, finalized ──promote──▶ plan_id = Q, previous_plan_id = P, not finalized
 *
 * Invariants, all inside one write transaction:
 *   1. Every snapshot that the new record names is stored when it is written (guarantee 1).
 *   2. The record that is replaced is the one that the caller planned on: its plan id stands in the WHERE of
 * the write, and so does "there was none" (guarantee 6). An expired record may be replaced by anybody.
 *   3. No incremental model moves to a version with gaps (guarantee 8), unless the caller asks not to look.
 *   4. Snapshots that drop out are touched, so that their time to live begins anew.
 *   5. Statements change with the record or not at all.
 */
#include "state/promote.h"

#include <string.h>

#include "state/environments.h"
#include "state/gaps.h"
#include "state/snapshots.h"

/* ---- checks ---- */

static repoint_status fail_missing(const GPtrArray *missing, const char *environment, repoint_error *error)
{
    guint others = missing->len / 2 - 1;
    g_autofree char *more = others > 0 ? g_strdup_printf(", and %u more", others) : g_strdup("");
    repoint_status status = rp_fail(
        error, REPOINT_MISSING_SNAPSHOTS, "push and fill what is missing first, then try again",
        "environment %s names a snapshot that is not stored: %s (%s)%s", environment,
        (const char *)g_ptr_array_index(missing, 0), (const char *)g_ptr_array_index(missing, 1), more);
    GString *detail = g_string_new(NULL);
    rp_json_writer writer = RP_JSON_WRITER(detail, RP_JSON_COMPACT);
    rp_json_begin_object(&writer);
    rp_json_key(&writer, "missing_snapshots");
    rp_json_begin_array(&writer);
    for (guint i = 0; i < missing->len; i += 2) {
        rp_error_add_name(error, g_ptr_array_index(missing, i));
        rp_json_begin_object(&writer);
        rp_json_put_string(&writer, "name", g_ptr_array_index(missing, i));
        rp_json_put_string(&writer, "identifier", g_ptr_array_index(missing, i + 1));
        rp_json_end_object(&writer);
    }
    rp_json_end_array(&writer);
    rp_json_end_object(&writer);
    rp_error_take_detail(error, g_string_free(detail, FALSE));
    return status;
}

repoint_status rp_promote_check_stored(repoint_store *store, const repoint_environment *planned,
                                       repoint_error *error)
{
    g_auto(rp_key_list) list = rp_key_list_new(2);
    for (size_t i = 0; i < planned->tables.count; i++)
        rp_key_list_add(&list, planned->tables.items[i].name, planned->tables.items[i].identifier);
    rp_db_keys keys = rp_key_list_keys(&list);
    g_autoptr(GPtrArray) missing = NULL;
    repoint_status status = rp_snapshots_missing(store, &keys, &missing, error);
    if (status == REPOINT_OK && missing->len > 0)
        status = fail_missing(missing, planned->naming.name, error);
    return status;
}

static repoint_status check_plan_id(const repoint_environment *stored, const repoint_environment *planned,
                                    repoint_error *error)
{
    if (g_strcmp0(planned->previous_plan_id, stored->plan_id) == 0)
        return REPOINT_OK;
    return rp_environment_fail_conflict(stored->plan_id, planned, error);
}

static repoint_status check_gaps(repoint_store *store, const repoint_environment *stored,
                                 const repoint_environment *planned, const repoint_promote_options *options,
                                 repoint_error *error)
{
    if (options->gap_check == REPOINT_GAPS_NONE)
        return REPOINT_OK;
    g_autoptr(GHashTable) names = NULL;
    repoint_status status = REPOINT_OK;
    if (options->gap_check == REPOINT_GAPS_NAMED)
        status = rp_gap_names_resolve(options->gap_names, options->gap_names_exact, planned, stored, &names,
                                      error);
    g_autoptr(GPtrArray) gaps = NULL;
    rp_gap_check check = {stored, planned, names};
    if (status == REPOINT_OK)
        status = rp_gaps_find(store, &check, &gaps, error);
    return status == REPOINT_OK ? rp_gaps_fail(gaps, planned->naming.name, error) : status;
}

/* ---- what it writes ---- */

/* Snapshots that the new record no longer names get their time to live anew. */
static repoint_status touch_demoted(repoint_store *store, const repoint_environment *stored,
                                    const repoint_environment *planned, repoint_error *error)
{
    g_autoptr(GHashTable) kept = rp_table_set_new();
    for (size_t i = 0; i < planned->tables.count; i++)
        g_hash_table_add(kept, &planned->tables.items[i]);
    g_auto(rp_key_list) demoted = rp_key_list_new(2);
    for (size_t i = 0; i < stored->tables.count; i++) {
        repoint_table *table = &stored->tables.items[i];
        if (!g_hash_table_contains(kept, table))
            rp_key_list_add(&demoted, table->name, table->identifier);
    }
    if (rp_key_list_count(&demoted) == 0)
        return REPOINT_OK;
    rp_db_keys keys = rp_key_list_keys(&demoted);
    g_autofree char *sql = rp_sql_update_keyed(
        store->db, &(rp_keyed_rows){store->schema, "_snapshots", "name, identifier", .parameter = 2},
        "updated_ts = ?1");
    return rp_db_execute(store->db, sql, RP_VALUES(rp_db_integer(rp_store_now(store)), rp_db_key_list(&keys)),
                         NULL, error);
}

static repoint_status store_statements(repoint_store *store, const repoint_environment *planned,
                                       const char *text, repoint_error *error)
{
    if (text == NULL)
        return REPOINT_OK;
    g_autoptr(rp_json) json = NULL;
    repoint_status status = rp_json_parse(text, strlen(text), "the environment statements", &json, error);
    if (status == REPOINT_OK)
        status = rp_statements_check(rp_json_root(json), RP_TOLERANT, error);
    if (status == REPOINT_OK)
        status =
            rp_statements_store(store, planned->naming.name, planned->plan_id, rp_json_root(json), error);
    return status;
}

static repoint_status promote(repoint_store *store, const repoint_environment *environment,
                              const repoint_promote_options *options, repoint_promotion **ret_promotion,
                              repoint_error *error)
{
    int64_t now = rp_store_now(store);
    g_auto(rp_transaction) transaction = {0};
    g_autoptr(repoint_environment) stored = NULL;
    g_autoptr(repoint_promotion) promotion = NULL;
    g_autofree char *replaced_plan_id = NULL;
    rp_replaced replaced = {0};

    repoint_status status = rp_transaction_begin_locked(&transaction, store, RP_LOCK_ENVIRONMENTS, error);
    if (status == REPOINT_OK)
        status = rp_promote_check_stored(store, environment, error);
    if (status == REPOINT_OK)
        status = rp_environment_load_shown(store, environment->naming.name, true, &stored, error);
    if (status == REPOINT_OK && stored != NULL && !rp_environment_is_expired(stored, now)) {
        status = check_plan_id(stored, environment, error);
        if (status == REPOINT_OK)
            status = check_gaps(store, stored, environment, options, error);
    }
    if (status == REPOINT_OK && stored != NULL)
        status = touch_demoted(store, stored, environment, error);
    if (status == REPOINT_OK)
        promotion = rp_promotion_compare(stored, environment, now);
    if (stored != NULL) {
        /* It has been compared; writing needs the room that it takes. */
        const rp_tables *previous = &environment->previous_finalized;
        replaced.plan_id = replaced_plan_id = g_steal_pointer(&stored->plan_id);
        replaced.becomes_previous = rp_tables_same_text(&stored->tables, previous);
        replaced.keeps_previous = !rp_environment_is_finalized(stored) &&
                                  rp_tables_same_text(&stored->previous_finalized, previous);
        g_clear_pointer(&stored, repoint_environment_free);
    }
    if (status == REPOINT_OK)
        status = rp_environment_store(store, environment, &replaced, error);
    if (status == REPOINT_OK)
        status = store_statements(store, environment, options->statements_json, error);
    if (status == REPOINT_OK)
        status = rp_transaction_commit(&transaction, error);
    if (status == REPOINT_OK && ret_promotion != NULL)
        *ret_promotion = g_steal_pointer(&promotion);
    return status;
}

repoint_status repoint_promote(repoint_store *store, const repoint_environment *environment,
                               const repoint_promote_options *options, repoint_promotion **ret_promotion,
                               repoint_error *error)
{
    static const repoint_promote_options defaults = {.gap_check = REPOINT_GAPS_ALL};
    rp_retry retry = {0};
    repoint_status status;
    do
        status = promote(store, environment, options != NULL ? options : &defaults, ret_promotion, error);
    while (rp_retry_again(&retry, store, status));
    return status;
}
