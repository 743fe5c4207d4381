/* The fence in the warehouse. See warehouse/fence.h. */
#include "warehouse/fence.h"

#include "db/sql.h"

#define TABLE "_repoint_fences"

static repoint_status create_table(rp_db *db, const rp_fence *fence, repoint_error *error)
{
    g_autofree char *schema = rp_sql(db, "CREATE SCHEMA IF NOT EXISTS %i", fence->schema);
    g_autofree char *table = rp_sql(
        db, "CREATE TABLE IF NOT EXISTS %n (environment %s%s, token BIGINT, plan_id TEXT)", fence->schema,
        TABLE, db->driver->key_text_type, rp_db_can(db, RP_DB_KEYS) ? " PRIMARY KEY" : "");
    repoint_status status = REPOINT_OK;
    if (rp_db_can(db, RP_DB_SCHEMAS))
        status = rp_db_execute(db, schema, RP_NO_VALUES, NULL, error);
    return status == REPOINT_OK ? rp_db_execute(db, table, RP_NO_VALUES, NULL, error) : status;
}

static repoint_status has_table(rp_db *db, const rp_fence *fence, bool *ret_has, repoint_error *error)
{
    g_autofree char *sql = rp_sql(db, "SELECT 1 FROM %o o WHERE o.name = ?1"
                                      " AND (o.schema_name IS NULL OR o.schema_name = ?2)");
    g_autoptr(rp_rows) rows = NULL;
    repoint_status status =
        rp_db_query(db, sql, RP_VALUES(rp_db_text(TABLE), rp_db_text(fence->schema)), &rows, error);
    return status == REPOINT_OK ? rp_rows_next(rows, ret_has, error) : status;
}

static repoint_status fail_shut_out(const rp_fence *fence, repoint_error *error)
{
    return rp_fail(error, REPOINT_CONFLICT, "look at \"repoint status\" before you go on",
                   "the lease on environment %s is lost: somebody else may change its views now",
                   fence->environment);
}

static repoint_status raise_token(rp_db *db, const rp_fence *fence, repoint_error *error)
{
    rp_insert into = {fence->schema, TABLE, "environment, token", 1};
    g_autofree char *sql =
        rp_sql(db, "UPDATE %n SET token = ?1 WHERE environment = ?2 AND token <= ?1", fence->schema, TABLE);
    int64_t changed = 0;
    repoint_status status = rp_db_insert(
        db, &into, (const rp_db_value[]){rp_db_text(fence->environment), rp_db_integer(0)}, 1, NULL, error);
    if (status == REPOINT_OK)
        status = rp_db_execute(
            db, sql, RP_VALUES(rp_db_integer(fence->token), rp_db_text(fence->environment)), &changed, error);
    return status == REPOINT_OK && changed == 0 ? fail_shut_out(fence, error) : status;
}

static repoint_status is_passed(rp_db *db, const rp_fence *fence, bool *ret_is_passed, repoint_error *error)
{
    g_autofree char *sql = rp_sql(db, "SELECT plan_id FROM %n WHERE environment = ?1", fence->schema, TABLE);
    g_autoptr(rp_rows) rows = NULL;
    bool has_row = false;
    repoint_status status = rp_db_query(db, sql, RP_VALUES(rp_db_text(fence->environment)), &rows, error);
    if (status == REPOINT_OK)
        status = rp_rows_next(rows, &has_row, error);
    if (status == REPOINT_OK)
        *ret_is_passed = has_row && g_strcmp0(rp_rows_text(rows, 0), fence->plan_id) == 0;
    return status;
}

static repoint_status claim(rp_db *db, const rp_fence *fence, bool *ret_is_passed, repoint_error *error)
{
    bool has = false;
    repoint_status status = has_table(db, fence, &has, error);
    if (status == REPOINT_OK && !has)
        status = create_table(db, fence, error);
    if (status == REPOINT_OK)
        status = raise_token(db, fence, error);
    return status == REPOINT_OK ? is_passed(db, fence, ret_is_passed, error) : status;
}

repoint_status rp_fence_claim(rp_db *warehouse, const rp_fence *fence, bool *ret_is_passed,
                              repoint_error *error)
{
    bool passed = false;
    repoint_status status = rp_db_begin(warehouse, RP_DB_WRITE, error);
    if (status != REPOINT_OK)
        return status;
    status = claim(warehouse, fence, &passed, error);
    if (status != REPOINT_OK) {
        rp_db_rollback(warehouse);
        return status;
    }
    status = rp_db_commit(warehouse, error);
    if (status == REPOINT_OK)
        *ret_is_passed = passed;
    return status;
}

repoint_status rp_fence_pass(rp_db *warehouse, const rp_fence *fence, repoint_error *error)
{
    g_autofree char *sql = rp_sql(
        warehouse, "UPDATE %n SET plan_id = ?1 WHERE environment = ?2 AND token = ?3", fence->schema, TABLE);
    int64_t changed = 0;
    repoint_status status = rp_db_execute(
        warehouse, sql,
        RP_VALUES(rp_db_text(fence->plan_id), rp_db_text(fence->environment), rp_db_integer(fence->token)),
        &changed, error);
    return status == REPOINT_OK && changed == 0 ? fail_shut_out(fence, error) : status;
}
