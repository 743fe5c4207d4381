/* What was done to an environment, and what is going on: see include/repoint/deploy.h for the documents. */
#include "deploy/draft.h"
#include "deploy/journal.h"
#include "deploy/revision.h"
#include "deploy/tables.h"

/* ---- history ---- */

static repoint_status write_approvals(repoint_store *store, const char *environment, rp_json_writer *writer,
                                      repoint_error *error)
{
    g_autofree char *sql = rp_sql(store->db,
                                  "SELECT plan_id, digest, approver, message, at_ts FROM %n"
                                  " WHERE environment = ?1 ORDER BY at_ts, approver",
                                  store->schema, RP_APPROVALS);
    g_autoptr(rp_rows) rows = NULL;
    bool has_row = false;
    repoint_status status = rp_db_query(store->db, sql, RP_VALUES(rp_db_text(environment)), &rows, error);
    rp_json_begin_array(writer);
    while (status == REPOINT_OK && (status = rp_rows_next(rows, &has_row, error)) == REPOINT_OK && has_row) {
        rp_json_begin_object(writer);
        rp_json_put_string(writer, "plan_id", rp_rows_text(rows, 0));
        rp_json_put_string(writer, "digest", rp_rows_text(rows, 1));
        rp_json_put_string(writer, "approver", rp_rows_text(rows, 2));
        rp_json_put_string(writer, "message", rp_rows_text(rows, 3));
        rp_json_put_integer(writer, "at_ts", rp_rows_integer(rows, 4, 0));
        rp_json_end_object(writer);
    }
    rp_json_end_array(writer);
    return status;
}

typedef repoint_status (*part_writer)(repoint_store *store, const char *environment, rp_json_writer *writer,
                                      repoint_error *error);

/* Without repoint's tables there is nothing to tell. */
static repoint_status write_part(repoint_store *store, bool exist, const char *environment,
                                 rp_json_writer *writer, const char *key, part_writer write,
                                 repoint_error *error)
{
    rp_json_key(writer, key);
    if (exist)
        return write(store, environment, writer, error);
    rp_json_begin_array(writer);
    rp_json_end_array(writer);
    return REPOINT_OK;
}

repoint_status repoint_history(repoint_store *store, const char *environment, char **ret_json,
                               repoint_error *error)
{
    g_auto(rp_transaction) transaction = {0};
    g_autoptr(GString) text = g_string_new(NULL);
    rp_json_writer writer = RP_JSON_WRITER(text, RP_JSON_COMPACT);
    bool exist = false;
    repoint_status status = rp_transaction_begin(&transaction, store, RP_DB_READ, error);
    if (status == REPOINT_OK)
        status = rp_own_tables_exist(store, &exist, error);
    rp_json_begin_object(&writer);
    rp_json_put_string(&writer, "environment", environment);
    if (status == REPOINT_OK)
        status = write_part(store, exist, environment, &writer, "revisions", rp_revisions_write, error);
    if (status == REPOINT_OK)
        status = write_part(store, exist, environment, &writer, "steps", rp_journal_write, error);
    if (status == REPOINT_OK)
        status = write_part(store, exist, environment, &writer, "approvals", write_approvals, error);
    if (status != REPOINT_OK)
        return status;
    rp_json_end_object(&writer);
    *ret_json = g_string_free(g_steal_pointer(&text), FALSE);
    return REPOINT_OK;
}

/* ---- what is going on ---- */

static void write_draft(rp_json_writer *writer, const rp_draft *draft)
{
    if (draft->environment == NULL) {
        rp_json_null(writer);
        return;
    }
    rp_json_begin_object(writer);
    rp_json_put_string(writer, "plan_id", draft->plan_id);
    rp_json_put_string(writer, "state", rp_draft_state_name(draft->state));
    rp_json_put_string(writer, "author", draft->author);
    rp_json_put_string(writer, "message", draft->message);
    rp_json_put_string(writer, "digest", draft->digest);
    rp_json_put_integer(writer, "created_ts", draft->created_ts);
    rp_json_end_object(writer);
}

static repoint_status write_lease(repoint_store *store, const char *environment, rp_json_writer *writer,
                                  repoint_error *error)
{
    g_autofree char *lease = NULL;
    bool exists = false;
    repoint_status status = rp_schema_has_table(store, RP_LEASES, &exists, error);
    if (status == REPOINT_OK && exists)
        status = rp_lease_describe(store, environment, &lease, error);
    if (status == REPOINT_OK)
        rp_json_number_text(writer, lease != NULL ? lease : "null"); /* it is JSON already */
    return status;
}

static repoint_status write_status(repoint_store *store, const char *environment, rp_json_writer *writer,
                                   repoint_error *error)
{
    g_auto(rp_draft) draft = {0};
    repoint_status status = rp_draft_load(store, environment, false, &draft, error);
    rp_json_begin_object(writer);
    rp_json_put_string(writer, "environment", environment);
    rp_json_key(writer, "deployment");
    write_draft(writer, &draft);
    rp_json_key(writer, "lease");
    if (status == REPOINT_OK)
        status = write_lease(store, environment, writer, error);
    rp_json_key(writer, "hold");
    if (status == REPOINT_OK)
        status = rp_hold_write(store, environment, writer, error);
    if (status == REPOINT_OK)
        rp_json_end_object(writer);
    return status;
}

repoint_status repoint_deployment_status(repoint_store *store, const char *environment, char **ret_json,
                                         repoint_error *error)
{
    g_auto(rp_transaction) transaction = {0};
    g_autoptr(GString) text = g_string_new(NULL);
    rp_json_writer writer = RP_JSON_WRITER(text, RP_JSON_COMPACT);
    repoint_status status = rp_transaction_begin(&transaction, store, RP_DB_READ, error);
    if (status == REPOINT_OK)
        status = write_status(store, environment, &writer, error);
    if (status == REPOINT_OK)
        *ret_json = g_string_free(g_steal_pointer(&text), FALSE);
    return status;
}

/* The environments that something is going on with; names, owned. */
static repoint_status load_busy(repoint_store *store, GPtrArray *names, repoint_error *error)
{
    g_autofree char *sql =
        rp_sql(store->db,
               "SELECT environment FROM %n UNION SELECT environment FROM %n"
               " UNION SELECT environment FROM %n WHERE holder IS NOT NULL ORDER BY 1",
               store->schema, RP_DEPLOYMENTS, store->schema, RP_HOLDS, store->schema, RP_LEASES);
    g_autoptr(rp_rows) rows = NULL;
    bool has_row = false;
    repoint_status status = rp_db_query(store->db, sql, RP_NO_VALUES, &rows, error);
    while (status == REPOINT_OK && (status = rp_rows_next(rows, &has_row, error)) == REPOINT_OK && has_row)
        g_ptr_array_add(names, g_strdup(rp_rows_text(rows, 0)));
    return status;
}

repoint_status repoint_deployments_list(repoint_store *store, char **ret_json, repoint_error *error)
{
    g_auto(rp_transaction) transaction = {0};
    g_autoptr(GPtrArray) names = g_ptr_array_new_with_free_func(g_free);
    g_autoptr(GString) text = g_string_new(NULL);
    rp_json_writer writer = RP_JSON_WRITER(text, RP_JSON_COMPACT);
    bool exist = false;
    repoint_status status = rp_transaction_begin(&transaction, store, RP_DB_READ, error);
    if (status == REPOINT_OK)
        status = rp_own_tables_exist(store, &exist, error);
    if (status == REPOINT_OK && exist)
        status = load_busy(store, names, error);
    rp_json_begin_array(&writer);
    for (guint i = 0; i < names->len && status == REPOINT_OK; i++)
        status = write_status(store, g_ptr_array_index(names, i), &writer, error);
    if (status != REPOINT_OK)
        return status;
    rp_json_end_array(&writer);
    *ret_json = g_string_free(g_steal_pointer(&text), FALSE);
    return REPOINT_OK;
}

/* ---- lifting a hold ---- */

static repoint_status release(repoint_store *store, rp_lease *lease, bool *ret_was_held, repoint_error *error)
{
    gint64 began_us = g_get_monotonic_time();
    g_auto(rp_transaction) transaction = {0};
    repoint_status status = rp_transaction_begin(&transaction, store, RP_DB_WRITE, error);
    if (status == REPOINT_OK)
        status = rp_lease_fence(store, lease, error);
    if (status == REPOINT_OK)
        status = rp_hold_lift(store, lease->environment, ret_was_held, error);
    if (status == REPOINT_OK && *ret_was_held) {
        rp_journal_entry entry = {NULL, "release", "done", (g_get_monotonic_time() - began_us) / 1000, NULL};
        status = rp_journal_append(store, lease, &entry, error);
    }
    return status == REPOINT_OK ? rp_transaction_commit(&transaction, error) : status;
}

static repoint_status release_leased(repoint_store *store, const char *environment, bool *ret_was_held,
                                     repoint_error *error)
{
    rp_lease lease = {0};
    rp_retry retry = {0};
    repoint_status status = rp_lease_take(store, environment, "releasing a hold", 0, &lease, error);
    if (status != REPOINT_OK)
        return status;
    do
        status = release(store, &lease, ret_was_held, error);
    while (rp_retry_again(&retry, store, status));
    rp_lease_release(store, &lease);
    return status;
}

/* A dry run: the hold is lifted, and that rolled back. */
static repoint_status rehearse_release(repoint_store *store, const char *environment, bool *ret_was_held,
                                       repoint_error *error)
{
    rp_lease lease = {0};
    g_auto(rp_transaction) transaction = {0};
    repoint_status status = rp_lease_look(store, environment, &lease, error);
    rp_lease_release(store, &lease);
    if (status == REPOINT_OK)
        status = rp_transaction_begin(&transaction, store, RP_DB_WRITE, error);
    return status == REPOINT_OK ? rp_hold_lift(store, environment, ret_was_held, error) : status;
}

repoint_status repoint_release(repoint_store *store, const char *environment, bool *ret_was_held,
                               repoint_error *error)
{
    bool exist = false, was_held = false;
    repoint_status status = rp_own_tables_exist(store, &exist, error);
    if (status == REPOINT_OK && exist)
        status = store->options.dry_run ? rehearse_release(store, environment, &was_held, error)
                                        : release_leased(store, environment, &was_held, error);
    if (status == REPOINT_OK && ret_was_held != NULL)
        *ret_was_held = was_held;
    return status;
}
