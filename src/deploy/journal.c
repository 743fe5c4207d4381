/* The journal of an environment. See deploy/journal.h. */
#include "deploy/journal.h"

#include <string.h>

#include "deploy/tables.h"

repoint_status rp_journal_append(repoint_store *store, const rp_lease *lease, const rp_journal_entry *entry,
                                 repoint_error *error)
{
    g_autofree char *host = rp_lease_host();
    g_autofree char *sql =
        rp_sql(store->db,
               "INSERT INTO %n (environment, sequence, plan_id, step, outcome, author, host, token, at_ts,"
               " duration_ms, detail) SELECT ?1, COALESCE(MAX(sequence), 0) + 1, ?2, ?3, ?4, ?5, ?6, ?7, ?8,"
               " ?9, ?10 FROM %n WHERE environment = ?1",
               store->schema, RP_JOURNAL, store->schema, RP_JOURNAL);
    return rp_db_execute(store->db, sql,
                         RP_VALUES(rp_db_text(lease->environment), rp_db_text(entry->plan_id),
                                   rp_db_text(entry->step), rp_db_text(entry->outcome),
                                   rp_db_text(lease->author), rp_db_text(host), rp_db_integer(lease->token),
                                   rp_db_integer(rp_store_now(store)), rp_db_integer(entry->duration_ms),
                                   rp_db_text(entry->detail)),
                         NULL, error);
}

/* The facts of an error stand beside its message. */
static void write_facts(rp_json_writer *writer, const char *detail)
{
    g_autoptr(rp_json) json = NULL;
    size_t index, count;
    yyjson_val *key, *value;
    if (detail == NULL || rp_json_parse(detail, strlen(detail), "facts", &json, NULL) != REPOINT_OK)
        return;
    yyjson_obj_foreach (rp_json_root(json), index, count, key, value)
        rp_json_put_value(writer, yyjson_get_str(key), value);
}

static char *failure_to_json(const repoint_error *failure)
{
    GString *text = g_string_new(NULL);
    rp_json_writer writer = RP_JSON_WRITER(text, RP_JSON_COMPACT);
    rp_json_begin_object(&writer);
    rp_json_put_string(&writer, "code", repoint_status_name(failure->status));
    rp_json_put_string(&writer, "message", failure->message);
    write_facts(&writer, failure->detail);
    rp_json_end_object(&writer);
    return g_string_free(text, FALSE);
}

static repoint_status note(repoint_store *store, rp_lease *lease, const rp_journal_entry *entry)
{
    g_auto(rp_transaction) transaction = {0};
    repoint_status status = rp_transaction_begin(&transaction, store, RP_DB_WRITE, NULL);
    if (status == REPOINT_OK)
        status = rp_lease_fence(store, lease, NULL);
    if (status == REPOINT_OK)
        status = rp_journal_append(store, lease, entry, NULL);
    return status == REPOINT_OK ? rp_transaction_commit(&transaction, NULL) : status;
}

void rp_journal_note_failure(repoint_store *store, rp_lease *lease, const char *plan_id, const char *step,
                             gint64 began_us, const repoint_error *failure)
{
    g_autofree char *detail = failure != NULL ? failure_to_json(failure) : NULL;
    rp_journal_entry entry = {plan_id, step, "failed", (g_get_monotonic_time() - began_us) / 1000, detail};
    rp_retry retry = {0};
    while (rp_retry_again(&retry, store, note(store, lease, &entry)))
        ;
}

/* ---- reading ---- */

static void write_row(rp_json_writer *writer, const rp_rows *rows)
{
    static const char *const texts[] = {"plan_id", "step", "outcome", "author", "host"};
    const char *detail = rp_rows_text(rows, 9);
    g_autoptr(rp_json) json = NULL;
    rp_json_begin_object(writer);
    rp_json_put_integer(writer, "sequence", rp_rows_integer(rows, 0, 0));
    for (size_t i = 0; i < G_N_ELEMENTS(texts); i++)
        rp_json_put_string(writer, texts[i], rp_rows_text(rows, i + 1));
    rp_json_put_integer(writer, "token", rp_rows_integer(rows, 6, 0));
    rp_json_put_integer(writer, "at_ts", rp_rows_integer(rows, 7, 0));
    rp_json_put_integer(writer, "duration_ms", rp_rows_integer(rows, 8, 0));
    rp_json_key(writer, "detail");
    if (detail != NULL && rp_json_parse(detail, strlen(detail), "a journal row", &json, NULL) == REPOINT_OK)
        rp_json_value(writer, rp_json_root(json));
    else
        rp_json_null(writer);
    rp_json_end_object(writer);
}

repoint_status rp_journal_write(repoint_store *store, const char *environment, rp_json_writer *writer,
                                repoint_error *error)
{
    g_autofree char *sql =
        rp_sql(store->db,
               "SELECT sequence, plan_id, step, outcome, author, host, token, at_ts, duration_ms, detail"
               " FROM %n WHERE environment = ?1 ORDER BY sequence",
               store->schema, RP_JOURNAL);
    g_autoptr(rp_rows) rows = NULL;
    bool has_row = false;
    repoint_status status = rp_db_query(store->db, sql, RP_VALUES(rp_db_text(environment)), &rows, error);
    rp_json_begin_array(writer);
    while (status == REPOINT_OK && (status = rp_rows_next(rows, &has_row, error)) == REPOINT_OK && has_row)
        write_row(writer, rows);
    rp_json_end_array(writer);
    return status;
}
