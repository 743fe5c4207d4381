/* Environments in brief: what is read of a row without its lists. */
#include "state/environments.h"

#define SUMMARY_COLUMNS                                                                                      \
    "name, start_at, end_at, plan_id, previous_plan_id, expiration_ts, finalized_ts, suffix_target,"         \
    " catalog_name_override, normalize_name, gateway_managed"

static repoint_environment_row summary_of(const rp_rows *rows, int64_t now)
{
    int64_t expiration_ts = rp_rows_integer(rows, 5, RP_TS_NONE);
    const char *suffix_target = rp_rows_text(rows, 7);
    return (repoint_environment_row){
        .name = rp_rows_text(rows, 0),
        .start_at = rp_rows_text(rows, 1),
        .end_at = rp_rows_text(rows, 2),
        .plan_id = rp_rows_text(rows, 3),
        .previous_plan_id = rp_rows_text(rows, 4),
        .expiration_ts = expiration_ts == RP_TS_NONE ? 0 : expiration_ts,
        .finalized_ts = rp_rows_integer(rows, 6, 0),
        .is_expired = expiration_ts != RP_TS_NONE && expiration_ts <= now,
        .suffix_target = suffix_target != NULL ? suffix_target : "schema",
        .catalog_name_override = rp_rows_text(rows, 8),
        .normalize_name = rp_rows_boolean(rows, 9, true),
        .gateway_managed = rp_rows_boolean(rows, 10, false),
    };
}

static repoint_status list_rows(rp_rows *rows, int64_t now, repoint_environment_visitor row, void *context,
                                repoint_error *error)
{
    bool has_row = false;
    repoint_status status;
    while ((status = rp_rows_next(rows, &has_row, error)) == REPOINT_OK && has_row) {
        repoint_environment_row environment = summary_of(rows, now);
        if (!row(context, &environment))
            break;
    }
    return status;
}

repoint_status repoint_environments_list(repoint_store *store, repoint_environment_visitor row, void *context,
                                         repoint_error *error)
{
    g_autofree char *sql =
        rp_sql(store->db, "SELECT " SUMMARY_COLUMNS " FROM %n ORDER BY name", store->schema, "_environments");
    g_autoptr(rp_rows) rows = NULL;
    repoint_status status = rp_db_query(store->db, sql, RP_NO_VALUES, &rows, error);
    return status == REPOINT_OK ? list_rows(rows, rp_store_now(store), row, context, error) : status;
}

repoint_status repoint_environments_expired(repoint_store *store, const char *name, int64_t current_ts,
                                            repoint_environment_visitor row, void *context,
                                            repoint_error *error)
{
    g_autofree char *sql = rp_sql(store->db,
                                  "SELECT " SUMMARY_COLUMNS " FROM %n WHERE expiration_ts <= ?1"
                                  " AND (?2 IS NULL OR name = ?2) ORDER BY name",
                                  store->schema, "_environments");
    g_autoptr(rp_rows) rows = NULL;
    int64_t now = current_ts != 0 ? current_ts : rp_store_now(store);
    repoint_status status =
        rp_db_query(store->db, sql, RP_VALUES(rp_db_integer(now), rp_db_text(name)), &rows, error);
    return status == REPOINT_OK ? list_rows(rows, now, row, context, error) : status;
}
