/*
 * The fence in the warehouse as a row. See warehouse/fence.h.
 *
 * Its condition stands in each UPDATE, which also locks the row until the commit: nobody claims the fence
 * while somebody is between passing it and committing his views.
 */
#include "warehouse/fence.h"

#include "db/sql.h"
#include "warehouse/name_fence.h"
#include "warehouse/views.h"

#define TABLE "_repoint_fences"

static bool is_row(const rp_db *db)
{
    return rp_db_can(db, RP_DB_TRANSACTIONAL_DDL);
}

repoint_status rp_fence_fail_shut_out(const rp_fence *fence, repoint_error *error)
{
    return rp_fail(error, REPOINT_CONFLICT, "look at \"repoint status\" before you go on",
                   "the lease on environment %s is lost: somebody else may change its views now",
                   fence->environment);
}

/* ---- the table ---- */

static repoint_status create_table(rp_db *db, const rp_fence *fence, repoint_error *error)
{
    g_autofree char *schema = rp_sql(db, "CREATE SCHEMA IF NOT EXISTS %i", fence->schema);
    g_autofree char *table = rp_sql(
        db, "CREATE TABLE IF NOT EXISTS %n (environment %s%s, token BIGINT, plan_id TEXT)", fence->schema,
        TABLE, db->driver->key_text_type, rp_db_can(db, RP_DB_KEYS) ? " PRIMARY KEY" : "");
    repoint_status status = REPOINT_OK;
    if (rp_db_can(db, RP_DB_SCHEMAS))
        status = rp_db_execute(db, schema, RP_NO_VALUES, NULL, error);
    if (status == REPOINT_OK)
        status = rp_db_execute(db, table, RP_NO_VALUES, NULL, error);
    if (status == REPOINT_CONFLICT) /* somebody creates it at this moment: PostgreSQL says so */
        status = rp_fail(error, REPOINT_BUSY, "try again", "somebody else is creating the table %s", TABLE);
    return status;
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

/* ---- the row ---- */

static repoint_status read_row(rp_db *db, const rp_fence *fence, int64_t *ret_token, bool *ret_is_passed,
                               repoint_error *error)
{
    g_autofree char *sql =
        rp_sql(db, "SELECT token, plan_id FROM %n WHERE environment = ?1", fence->schema, TABLE);
    g_autoptr(rp_rows) rows = NULL;
    bool has_row = false;
    repoint_status status = rp_db_query(db, sql, RP_VALUES(rp_db_text(fence->environment)), &rows, error);
    if (status == REPOINT_OK)
        status = rp_rows_next(rows, &has_row, error);
    if (status != REPOINT_OK)
        return status;
    *ret_token = has_row ? rp_rows_integer(rows, 0, 0) : 0;
    *ret_is_passed = has_row && g_strcmp0(rp_rows_text(rows, 1), fence->plan_id) == 0;
    return REPOINT_OK;
}

static repoint_status raise_token(rp_db *db, const rp_fence *fence, int64_t *ret_newest, repoint_error *error)
{
    rp_insert into = {fence->schema, TABLE, "environment, token", 1};
    g_autofree char *sql =
        rp_sql(db, "UPDATE %n SET token = ?1 WHERE environment = ?2 AND token <= ?1", fence->schema, TABLE);
    int64_t changed = 0, newest = 0;
    bool is_passed = false;
    repoint_status status = rp_db_insert(
        db, &into, (const rp_db_value[]){rp_db_text(fence->environment), rp_db_integer(0)}, 1, NULL, error);
    if (status == REPOINT_OK)
        status = rp_db_execute(
            db, sql, RP_VALUES(rp_db_integer(fence->token), rp_db_text(fence->environment)), &changed, error);
    if (status != REPOINT_OK || changed > 0)
        return status;
    status = read_row(db, fence, &newest, &is_passed, error);
    if (status == REPOINT_OK)
        *ret_newest = newest;
    return status == REPOINT_OK ? rp_fence_fail_shut_out(fence, error) : status;
}

static repoint_status claim(rp_db *db, const rp_fence *fence, int64_t *ret_newest, repoint_error *error)
{
    bool has = false;
    repoint_status status = has_table(db, fence, &has, error);
    if (status == REPOINT_OK && !has)
        status = create_table(db, fence, error);
    return status == REPOINT_OK ? raise_token(db, fence, ret_newest, error) : status;
}

/* Sets the plan; the token stands in the WHERE. */
static repoint_status set_plan(rp_db *db, const rp_fence *fence, const char *plan_id, repoint_error *error)
{
    g_autofree char *sql =
        rp_sql(db, "UPDATE %n SET plan_id = ?1 WHERE environment = ?2 AND token = ?3", fence->schema, TABLE);
    int64_t changed = 0;
    repoint_status status = rp_db_execute(
        db, sql, RP_VALUES(rp_db_text(plan_id), rp_db_text(fence->environment), rp_db_integer(fence->token)),
        &changed, error);
    return status == REPOINT_OK && changed == 0 ? rp_fence_fail_shut_out(fence, error) : status;
}

/* ---- transactions of their own ---- */

static repoint_status begin(rp_db *db, repoint_error *error)
{
    repoint_status status = rp_db_begin(db, RP_DB_WRITE, error);
    if (status != REPOINT_OK)
        return status;
    status = rp_views_guard(db, error);
    if (status != REPOINT_OK)
        rp_db_rollback(db);
    return status;
}

static repoint_status end(rp_db *db, repoint_status status, repoint_error *error)
{
    if (status == REPOINT_OK)
        return rp_db_commit(db, error);
    rp_db_rollback(db);
    return status;
}

repoint_status rp_fence_claim(rp_db *warehouse, const rp_fence *fence, int64_t *ret_newest,
                              repoint_error *error)
{
    *ret_newest = 0;
    if (!is_row(warehouse))
        return rp_name_fence_claim(warehouse, fence, ret_newest, error);
    repoint_status status = begin(warehouse, error);
    if (status != REPOINT_OK)
        return status;
    return end(warehouse, claim(warehouse, fence, ret_newest, error), error);
}

repoint_status rp_fence_arm(rp_db *warehouse, const rp_fence *fence, repoint_error *error)
{
    if (!is_row(warehouse))
        return rp_name_fence_arm(warehouse, fence, error);
    repoint_status status = begin(warehouse, error);
    if (status != REPOINT_OK)
        return status;
    return end(warehouse, set_plan(warehouse, fence, NULL, error), error);
}

repoint_status rp_fence_is_passed(rp_db *warehouse, const rp_fence *fence, bool *ret_is_passed,
                                  repoint_error *error)
{
    if (!is_row(warehouse))
        return rp_name_fence_is_passed(warehouse, fence, ret_is_passed, error);
    int64_t token = 0;
    bool is_passed = false;
    repoint_status status = read_row(warehouse, fence, &token, &is_passed, error);
    if (status == REPOINT_OK && token != fence->token)
        status = rp_fence_fail_shut_out(fence, error);
    if (status == REPOINT_OK)
        *ret_is_passed = is_passed;
    return status;
}

repoint_status rp_fence_look(rp_db *warehouse, const rp_fence *fence, bool *ret_is_passed,
                             repoint_error *error)
{
    if (!is_row(warehouse))
        return rp_name_fence_look(warehouse, fence, ret_is_passed, error);
    int64_t token = 0;
    bool has = false;
    repoint_status status = has_table(warehouse, fence, &has, error);
    *ret_is_passed = false;
    return status == REPOINT_OK && has ? read_row(warehouse, fence, &token, ret_is_passed, error) : status;
}

/* ---- in the caller's transaction ---- */

repoint_status rp_fence_hold(rp_db *warehouse, const rp_fence *fence, repoint_error *error)
{
    g_autofree char *sql = rp_sql(
        warehouse, "UPDATE %n SET token = token WHERE environment = ?1 AND token = ?2", fence->schema, TABLE);
    int64_t changed = 0;
    repoint_status status =
        rp_db_execute(warehouse, sql, RP_VALUES(rp_db_text(fence->environment), rp_db_integer(fence->token)),
                      &changed, error);
    return status == REPOINT_OK && changed == 0 ? rp_fence_fail_shut_out(fence, error) : status;
}

repoint_status rp_fence_pass(rp_db *warehouse, const rp_fence *fence, repoint_error *error)
{
    return set_plan(warehouse, fence, fence->plan_id, error);
}
