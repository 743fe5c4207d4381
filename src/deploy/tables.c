/* repoint's own tables. See deploy/tables.h. */
#include "deploy/tables.h"

#include "repoint/deploy.h"

static const rp_table_layout tables[] = {
    /* One row an environment, which stays when the lease ends: the token only grows. */
    {RP_LEASES,
     "environment:k token:b holder:t host:t process:t author:t doing:t taken_ts:b expires_ts:b",
     "environment",
     {{NULL}}},
    /* The open deployment of an environment: guarantee 2 is the key. */
    {RP_DEPLOYMENTS,
     "environment:k plan_id:k state:t kind:t author:t message:t digest:t token:b created_ts:b data_mark:t "
     "interval_mark:t plan:l previous:l",
     "environment",
     {{NULL}}},
    /* Appended only: guarantee 10. */
    {RP_JOURNAL,
     "environment:k sequence:b plan_id:k step:t outcome:t author:t host:t token:b at_ts:b duration_ms:b "
     "detail:l",
     "environment, sequence",
     {{NULL}}},
    {RP_APPROVALS,
     "environment:k plan_id:k digest:k approver:k message:t at_ts:b",
     "environment, digest, approver",
     {{NULL}}},
    /* What each finalized environment pointed to: guarantee 10. */
    {RP_REVISIONS,
     "environment:k revision:b plan_id:k origin:t restores:b author:t message:t finalized_ts:b models:b "
     "record:l statements:l",
     "environment, revision",
     {{NULL}}},
    {RP_HOLDS, "environment:k revision:b author:t reason:t since_ts:b", "environment", {{NULL}}},
    /* Physical tables and views whose state is gone. */
    {RP_GARBAGE,
     "schema_name:k name:k kind:k owner:t version:t dev_version:t added_ts:b attempts:b tried_ts:b "
     "failure:t",
     "schema_name, name, kind",
     {{NULL}}},
};

repoint_status rp_own_tables_exist(repoint_store *store, bool *ret_exist, repoint_error *error)
{
    g_auto(rp_key_list) names = rp_key_list_new(1);
    for (size_t i = 0; i < G_N_ELEMENTS(tables); i++)
        rp_key_list_add(&names, tables[i].name, NULL);
    return rp_schema_has_tables(store, &names, ret_exist, error);
}

static repoint_status create(repoint_store *store, repoint_error *error)
{
    g_auto(rp_transaction) transaction = {0};
    repoint_status status = rp_ddl_begin(&transaction, store, error);
    for (size_t i = 0; i < G_N_ELEMENTS(tables) && status == REPOINT_OK; i++)
        status = rp_schema_create_table(store, &tables[i], error);
    return status == REPOINT_OK ? rp_ddl_commit(&transaction, error) : status;
}

repoint_status rp_own_tables_create(repoint_store *store, repoint_error *error)
{
    bool exist = false;
    repoint_status status = rp_own_tables_exist(store, &exist, error);
    if (status != REPOINT_OK || exist)
        return status;
    rp_retry retry = {0};
    do
        status = create(store, error);
    while (rp_retry_again(&retry, store, status));
    return status;
}

repoint_status repoint_deployments_prepare(repoint_store *store, repoint_error *error)
{
    return rp_own_tables_create(store, error);
}

repoint_status rp_identity(repoint_store *store, char **ret_identity, repoint_error *error)
{
    if (store->db->driver->identity == NULL) {
        *ret_identity = g_strdup(g_get_user_name());
        return REPOINT_OK;
    }
    g_autofree char *sql = rp_sql(store->db, "SELECT %s", store->db->driver->identity);
    return rp_db_query_text(store->db, sql, ret_identity, error);
}
