/*
 * finalize: phase 2 of a change. The record becomes what the environment is, if it is still the caller's
 * plan: the plan id stands in the WHERE of the write.
 */
#include <string.h>

#include "state/environments.h"

/* Why no row matched: the environment is gone, or somebody else's plan is there. */
static repoint_status explain(repoint_store *store, const repoint_environment *environment,
                              repoint_error *error)
{
    const char *name = environment->naming.name;
    g_autofree char *sql =
        rp_sql(store->db, "SELECT plan_id FROM %n WHERE name = ?1", store->schema, "_environments");
    g_autoptr(rp_rows) rows = NULL;
    bool has_row = false;
    repoint_status status = rp_db_query(store->db, sql, RP_VALUES(rp_db_text(name)), &rows, error);
    if (status == REPOINT_OK)
        status = rp_rows_next(rows, &has_row, error);
    if (status != REPOINT_OK)
        return status;
    if (!has_row)
        return rp_fail(error, REPOINT_NOT_FOUND, "promote it first",
                       "environment '%s' is missing and cannot be finalized", name);
    return rp_environment_fail_conflict(rp_rows_text(rows, 0), environment, error);
}

static repoint_status finalize(repoint_store *store, const repoint_environment *environment, int64_t now,
                               repoint_error *error)
{
    int64_t changed = 0;
    g_auto(rp_transaction) transaction = {0};
    repoint_status status = rp_transaction_begin(&transaction, store, RP_DB_WRITE, error);
    if (status != REPOINT_OK)
        return status;
    g_autofree char *sql =
        rp_sql(store->db, "UPDATE %n SET finalized_ts = ?1 WHERE name = ?2 AND plan_id = ?3", store->schema,
               "_environments");
    status = rp_db_execute(
        store->db, sql,
        RP_VALUES(rp_db_integer(now), rp_db_text(environment->naming.name), rp_db_text(environment->plan_id)),
        &changed, error);
    if (status == REPOINT_OK && changed == 0)
        status = explain(store, environment, error);
    return status == REPOINT_OK ? rp_transaction_commit(&transaction, error) : status;
}

repoint_status repoint_finalize(repoint_store *store, repoint_environment *environment, repoint_error *error)
{
    int64_t now = 0;
    rp_retry retry = {0};
    repoint_status status;
    do {
        now = rp_store_now(store);
        status = finalize(store, environment, now, error);
    } while (rp_retry_again(&retry, store, status));
    if (status == REPOINT_OK)
        environment->finalized_ts = now;
    return status;
}
