/*
 * Environments that end: let to expire, and removed when they have.
 *
 * prod has no special protection from being removed, only from being let to expire: its expiration is NULL.
 */
#include <string.h>

#include "model/environment.h"
#include "state/environments.h"

static repoint_status expire_now(repoint_store *store, const char *name, int64_t *ret_changed,
                                 repoint_error *error)
{
    g_auto(rp_transaction) transaction = {0};
    g_autofree char *sql =
        rp_sql(store->db, "UPDATE %n SET expiration_ts = ?1 WHERE name = ?2", store->schema, "_environments");
    repoint_status status = rp_transaction_begin(&transaction, store, RP_DB_WRITE, error);
    if (status == REPOINT_OK)
        status =
            rp_db_execute(store->db, sql, RP_VALUES(rp_db_integer(rp_store_now(store)), rp_db_text(name)),
                          ret_changed, error);
    return status == REPOINT_OK ? rp_transaction_commit(&transaction, error) : status;
}

repoint_status repoint_environment_invalidate(repoint_store *store, const char *name, bool protect_prod,
                                              bool *ret_found, repoint_error *error)
{
    g_autofree char *lower_name = g_utf8_strdown(name, -1);
    if (protect_prod && strcmp(lower_name, RP_PROD) == 0)
        return rp_fail(error, REPOINT_REFUSED, NULL, "the production environment %s cannot be invalidated",
                       lower_name);
    int64_t changed = 0;
    rp_retry retry = {0};
    repoint_status status;
    do
        status = expire_now(store, lower_name, &changed, error);
    while (rp_retry_again(&retry, store, status));
    if (status == REPOINT_OK && ret_found != NULL)
        *ret_found = changed > 0;
    return status;
}

/* ---- removing ---- */

/* A list of rows that outlives the query. */
typedef struct row_list {
    GStringChunk *strings;
    GArray *rows; /* of repoint_environment_row */
} row_list;

static void row_list_clear(row_list *list)
{
    g_string_chunk_free(list->strings);
    g_array_unref(list->rows);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(row_list, row_list_clear)

static const char *keep(row_list *list, const char *text)
{
    return text != NULL ? g_string_chunk_insert(list->strings, text) : NULL;
}

static bool keep_row(void *context, const repoint_environment_row *row)
{
    row_list *list = context;
    repoint_environment_row kept = *row;
    kept.name = keep(list, row->name);
    kept.start_at = keep(list, row->start_at);
    kept.end_at = keep(list, row->end_at);
    kept.plan_id = keep(list, row->plan_id);
    kept.previous_plan_id = keep(list, row->previous_plan_id);
    kept.suffix_target = keep(list, row->suffix_target);
    kept.catalog_name_override = keep(list, row->catalog_name_override);
    g_array_append_val(list->rows, kept);
    return true;
}

/* Only those that still have expired: the condition stands in the write. */
static repoint_status delete_rows(repoint_store *store, const row_list *list, int64_t now,
                                  repoint_error *error)
{
    g_auto(rp_key_list) names = rp_key_list_new(1);
    for (guint i = 0; i < list->rows->len; i++)
        rp_key_list_add(&names, g_array_index(list->rows, repoint_environment_row, i).name, NULL);
    rp_db_keys keys = rp_key_list_keys(&names);
    g_autofree char *delete_sql =
        rp_sql_delete_keyed(store->db, &(rp_keyed_rows){store->schema, "_environments", "name",
                                                        .parameter = 2, "expiration_ts <= ?1"});
    g_autofree char *statements_sql =
        rp_sql_delete_keyed(store->db, &(rp_keyed_rows){store->schema, "_environment_statements",
                                                        "environment_name", .parameter = 1});
    repoint_status status = rp_db_execute(store->db, delete_sql,
                                          RP_VALUES(rp_db_integer(now), rp_db_key_list(&keys)), NULL, error);
    if (status == REPOINT_OK)
        status = rp_db_execute(store->db, statements_sql, RP_VALUES(rp_db_key_list(&keys)), NULL, error);
    return status;
}

static repoint_status delete_expired(repoint_store *store, const char *name, int64_t now, row_list *list,
                                     repoint_error *error)
{
    g_auto(rp_transaction) transaction = {0};
    repoint_status status = rp_transaction_begin_locked(&transaction, store, RP_LOCK_ENVIRONMENTS, error);
    if (status == REPOINT_OK)
        status = repoint_environments_expired(store, name, now, keep_row, list, error);
    if (status == REPOINT_OK && list->rows->len > 0)
        status = delete_rows(store, list, now, error);
    return status == REPOINT_OK ? rp_transaction_commit(&transaction, error) : status;
}

repoint_status repoint_environments_delete_expired(repoint_store *store, const char *name, int64_t current_ts,
                                                   repoint_environment_visitor row, void *context,
                                                   repoint_error *error)
{
    int64_t now = current_ts != 0 ? current_ts : rp_store_now(store);
    g_auto(row_list)
        list = {g_string_chunk_new(1024), g_array_new(FALSE, FALSE, sizeof(repoint_environment_row))};
    rp_retry retry = {0};
    repoint_status status;
    do {
        g_array_set_size(list.rows, 0);
        status = delete_expired(store, name, now, &list, error);
    } while (rp_retry_again(&retry, store, status));
    for (guint i = 0; status == REPOINT_OK && row != NULL && i < list.rows->len; i++) {
        if (!row(context, &g_array_index(list.rows, repoint_environment_row, i)))
            break;
    }
    return status;
}
