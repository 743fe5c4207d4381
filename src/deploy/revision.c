/* Revisions and holds. See deploy/revision.h. */
#include "deploy/revision.h"

#include <inttypes.h>
#include <string.h>

#include "base/time.h"
#include "deploy/tables.h"
#include "repoint/deploy.h"
#include "state/environments.h"

/* ---- appending ---- */

/* What was finalized before this is a revision of its own. */
static char *record_text(const repoint_environment *record)
{
    repoint_environment alone = *record;
    alone.has_previous_finalized = false;
    GString *text = g_string_sized_new(rp_environment_text_size(&alone));
    rp_environment_write(&RP_JSON_WRITER(text, RP_JSON_PYTHON), &alone);
    return g_string_free(text, FALSE);
}

/* `origin` is how it came to be: "deploy", "rollback", "promote", or "found": another program finalized it.
 */
static repoint_status append(repoint_store *store, const rp_lease *lease, const char *origin,
                             int64_t restores, const char *message, const repoint_environment *record,
                             repoint_error *error)
{
    g_autofree char *statements = NULL;
    g_autofree char *text = record_text(record);
    g_autofree char *sql =
        rp_sql(store->db,
               "INSERT INTO %n (environment, revision, plan_id, origin, restores, author, message,"
               " finalized_ts, record, statements, models) SELECT ?1, COALESCE(MAX(revision), 0) + 1, ?2, ?3,"
               " ?4, ?5, ?6, ?7, ?8, ?9, ?10 FROM %n WHERE environment = ?1",
               store->schema, RP_REVISIONS, store->schema, RP_REVISIONS);
    repoint_status status = repoint_environment_statements(store, record->naming.name, &statements, error);
    if (status != REPOINT_OK)
        return status;
    return rp_db_execute(store->db, sql,
                         RP_VALUES(rp_db_text(record->naming.name), rp_db_text(record->plan_id),
                                   rp_db_text(origin), rp_db_integer(restores), rp_db_text(lease->author),
                                   rp_db_text(message), rp_db_integer(record->finalized_ts), rp_db_text(text),
                                   rp_db_text(statements), rp_db_integer((int64_t)record->tables.count)),
                         NULL, error);
}

repoint_status rp_revision_append(repoint_store *store, const rp_lease *lease, int64_t restores,
                                  const char *message, const repoint_environment *record,
                                  repoint_error *error)
{
    return append(store, lease, restores != 0 ? "rollback" : "deploy", restores, message, record, error);
}

repoint_status rp_revision_adopt(repoint_store *store, const rp_lease *lease, const char *origin,
                                 const repoint_environment *stored, repoint_error *error)
{
    int64_t number = 0, restores = 0;
    if (stored == NULL || !rp_environment_is_finalized(stored))
        return REPOINT_OK;
    repoint_status status =
        rp_revision_of_plan(store, stored->naming.name, stored->plan_id, &number, &restores, error);
    return status == REPOINT_OK && number == 0 ? append(store, lease, origin, 0, NULL, stored, error)
                                               : status;
}

/* ---- reading ---- */

/* The first row of a query with two integers; zeros without one, or without the table. */
static repoint_status read_numbers(repoint_store *store, const char *format, const rp_db_value *values,
                                   size_t count, int64_t ret_numbers[2], repoint_error *error)
{
    bool exists = false, has_row = false;
    ret_numbers[0] = ret_numbers[1] = 0;
    repoint_status status = rp_schema_has_table(store, RP_REVISIONS, &exists, error);
    if (status != REPOINT_OK || !exists)
        return status;
    g_autofree char *sql = rp_sql(store->db, format, store->schema, RP_REVISIONS);
    g_autoptr(rp_rows) rows = NULL;
    status = rp_db_query(store->db, sql, values, count, &rows, error);
    if (status == REPOINT_OK)
        status = rp_rows_next(rows, &has_row, error);
    if (status == REPOINT_OK && has_row) {
        ret_numbers[0] = rp_rows_integer(rows, 0, 0);
        ret_numbers[1] = rp_rows_integer(rows, 1, 0);
    }
    return status;
}

repoint_status rp_revision_newest(repoint_store *store, const char *environment, int64_t *ret_number,
                                  repoint_error *error)
{
    int64_t numbers[2];
    repoint_status status = read_numbers(store, "SELECT MAX(revision), 0 FROM %n WHERE environment = ?1",
                                         RP_VALUES(rp_db_text(environment)), numbers, error);
    *ret_number = numbers[0];
    return status;
}

repoint_status rp_revision_newest_of_all(repoint_store *store, int64_t *ret_number, repoint_error *error)
{
    int64_t numbers[2];
    repoint_status status =
        read_numbers(store, "SELECT MAX(revision), 0 FROM %n", RP_NO_VALUES, numbers, error);
    *ret_number = numbers[0];
    return status;
}

repoint_status rp_revision_of_plan(repoint_store *store, const char *environment, const char *plan_id,
                                   int64_t *ret_number, int64_t *ret_restores, repoint_error *error)
{
    int64_t numbers[2];
    repoint_status status =
        read_numbers(store, "SELECT revision, restores FROM %n WHERE environment = ?1 AND plan_id = ?2",
                     RP_VALUES(rp_db_text(environment), rp_db_text(plan_id)), numbers, error);
    *ret_number = numbers[0];
    *ret_restores = numbers[1];
    return status;
}

repoint_status rp_revision_restores(repoint_store *store, const char *environment, int64_t number,
                                    int64_t *ret_restores, repoint_error *error)
{
    int64_t numbers[2];
    repoint_status status =
        read_numbers(store, "SELECT revision, restores FROM %n WHERE environment = ?1 AND revision = ?2",
                     RP_VALUES(rp_db_text(environment), rp_db_integer(number)), numbers, error);
    *ret_restores = numbers[1];
    return status;
}

static repoint_status parse_record(const char *text, repoint_environment **ret_record, repoint_error *error)
{
    if (text == NULL)
        return rp_fail(error, REPOINT_FAILED, "restore the row from a backup", "a revision has no record");
    return rp_environment_parse(text, strlen(text), "a revision", RP_TOLERANT, ret_record, error);
}

repoint_status rp_revision_load(repoint_store *store, const char *environment, int64_t number,
                                repoint_environment **ret_record, char **ret_statements, repoint_error *error)
{
    bool exists = false, has_row = false;
    repoint_status status = rp_schema_has_table(store, RP_REVISIONS, &exists, error);
    if (status != REPOINT_OK)
        return status;
    g_autoptr(rp_rows) rows = NULL;
    if (exists) {
        g_autofree char *sql =
            rp_sql(store->db, "SELECT record, statements FROM %n WHERE environment = ?1 AND revision = ?2",
                   store->schema, RP_REVISIONS);
        status = rp_db_query(store->db, sql, RP_VALUES(rp_db_text(environment), rp_db_integer(number)), &rows,
                             error);
        if (status == REPOINT_OK)
            status = rp_rows_next(rows, &has_row, error);
    }
    if (status == REPOINT_OK && !has_row)
        status = rp_fail(error, REPOINT_NOT_FOUND, "\"repoint history\" lists the revisions there are",
                         "environment %s has no revision %" PRId64, environment, number);
    if (status == REPOINT_OK)
        status = parse_record(rp_rows_text(rows, 0), ret_record, error);
    if (status == REPOINT_OK && ret_statements != NULL)
        *ret_statements = g_strdup(rp_rows_text(rows, 1));
    return status;
}

repoint_status repoint_revision_get(repoint_store *store, const char *environment, int64_t revision,
                                    repoint_environment **ret_record, repoint_error *error)
{
    return rp_revision_load(store, environment, revision, ret_record, NULL, error);
}

repoint_status rp_revisions_visit(repoint_store *store, int64_t count, rp_revision_visitor visit,
                                  void *context, repoint_error *error)
{
    bool exists = false, has_row = false;
    repoint_status status = rp_schema_has_table(store, RP_REVISIONS, &exists, error);
    if (status != REPOINT_OK || !exists)
        return status;
    g_autofree char *sql =
        rp_sql(store->db,
               "SELECT r.environment, r.revision, r.record FROM %n r JOIN (SELECT environment,"
               " MAX(revision) AS newest FROM %n GROUP BY environment) m ON m.environment = r.environment"
               " WHERE r.revision > m.newest - ?1 AND r.environment IN (SELECT name FROM %n)"
               " ORDER BY r.environment, r.revision",
               store->schema, RP_REVISIONS, store->schema, RP_REVISIONS, store->schema, "_environments");
    g_autoptr(rp_rows) rows = NULL;
    status = rp_db_query(store->db, sql, RP_VALUES(rp_db_integer(count)), &rows, error);
    while (status == REPOINT_OK && (status = rp_rows_next(rows, &has_row, error)) == REPOINT_OK && has_row) {
        g_autoptr(repoint_environment) record = NULL;
        status = parse_record(rp_rows_text(rows, 2), &record, error);
        if (status == REPOINT_OK)
            status = visit(context, rp_rows_text(rows, 0), rp_rows_integer(rows, 1, 0), record, error);
    }
    return status;
}

static void write_revision(const rp_rows *rows, rp_json_writer *writer)
{
    static const char *const texts[] = {"plan_id", "origin", "author", "message"};
    rp_json_begin_object(writer);
    rp_json_put_integer(writer, "revision", rp_rows_integer(rows, 0, 0));
    for (size_t i = 0; i < G_N_ELEMENTS(texts); i++)
        rp_json_put_string(writer, texts[i], rp_rows_text(rows, i + 1));
    rp_json_put_integer(writer, "finalized_ts", rp_rows_integer(rows, 5, 0));
    rp_json_put_integer(writer, "models", rp_rows_integer(rows, 6, 0));
    rp_json_end_object(writer);
}

repoint_status rp_revisions_write(repoint_store *store, const char *environment, rp_json_writer *writer,
                                  repoint_error *error)
{
    g_autofree char *sql =
        rp_sql(store->db,
               "SELECT revision, plan_id, origin, author, message, finalized_ts, models FROM %n"
               " WHERE environment = ?1 ORDER BY revision",
               store->schema, RP_REVISIONS);
    g_autoptr(rp_rows) rows = NULL;
    bool has_row = false;
    repoint_status status = rp_db_query(store->db, sql, RP_VALUES(rp_db_text(environment)), &rows, error);
    rp_json_begin_array(writer);
    while (status == REPOINT_OK && (status = rp_rows_next(rows, &has_row, error)) == REPOINT_OK && has_row)
        write_revision(rows, writer);
    rp_json_end_array(writer);
    return status;
}

/* ---- holds ---- */

typedef struct hold {
    int64_t revision;
    char *author;
    char *reason;
    int64_t since_ts;
} hold;

static void hold_clear(hold *of)
{
    g_free(of->author);
    g_free(of->reason);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(hold, hold_clear)

static repoint_status load_hold(repoint_store *store, const char *environment, bool *ret_found,
                                hold *ret_hold, repoint_error *error)
{
    bool exists = false, has_row = false;
    *ret_found = false;
    repoint_status status = rp_schema_has_table(store, RP_HOLDS, &exists, error);
    if (status != REPOINT_OK || !exists)
        return status;
    g_autofree char *sql =
        rp_sql(store->db, "SELECT revision, author, reason, since_ts FROM %n WHERE environment = ?1",
               store->schema, RP_HOLDS);
    g_autoptr(rp_rows) rows = NULL;
    status = rp_db_query(store->db, sql, RP_VALUES(rp_db_text(environment)), &rows, error);
    if (status == REPOINT_OK)
        status = rp_rows_next(rows, &has_row, error);
    if (status != REPOINT_OK || !has_row)
        return status;
    *ret_found = true;
    *ret_hold = (hold){
        .revision = rp_rows_integer(rows, 0, 0),
        .author = g_strdup(rp_rows_text(rows, 1)),
        .reason = g_strdup(rp_rows_text(rows, 2)),
        .since_ts = rp_rows_integer(rows, 3, 0),
    };
    return REPOINT_OK;
}

repoint_status rp_hold_check(repoint_store *store, const char *environment, repoint_error *error)
{
    g_auto(hold) found = {0};
    bool is_held = false;
    repoint_status status = load_hold(store, environment, &is_held, &found, error);
    if (status != REPOINT_OK || !is_held)
        return status;
    g_autofree char *since = rp_time_format_us(found.since_ts * 1000);
    return rp_fail(error, REPOINT_HELD, "\"repoint release\" lifts the hold",
                   "environment %s is on hold since %s UTC: %s rolled it back to revision %" PRId64 "%s%s",
                   environment, since, found.author, found.revision, found.reason != NULL ? ", because " : "",
                   found.reason != NULL ? found.reason : "");
}

repoint_status rp_hold_lift(repoint_store *store, const char *environment, bool *ret_was_held,
                            repoint_error *error)
{
    g_autofree char *sql =
        rp_sql(store->db, "DELETE FROM %n WHERE environment = ?1", store->schema, RP_HOLDS);
    int64_t changed = 0;
    repoint_status status =
        rp_db_execute(store->db, sql, RP_VALUES(rp_db_text(environment)), &changed, error);
    if (status == REPOINT_OK && ret_was_held != NULL)
        *ret_was_held = changed > 0;
    return status;
}

repoint_status rp_hold_set(repoint_store *store, const rp_lease *lease, int64_t revision, const char *reason,
                           repoint_error *error)
{
    rp_insert into = {store->schema, RP_HOLDS, "environment, revision, author, reason, since_ts", 1};
    const rp_db_value values[] = {
        rp_db_text(lease->environment),     rp_db_integer(revision),
        rp_db_text(lease->author),          rp_db_text(reason),
        rp_db_integer(rp_store_now(store)),
    };
    repoint_status status = rp_hold_lift(store, lease->environment, NULL, error);
    return status == REPOINT_OK ? rp_db_insert(store->db, &into, values, 1, NULL, error) : status;
}

repoint_status rp_hold_write(repoint_store *store, const char *environment, rp_json_writer *writer,
                             repoint_error *error)
{
    g_auto(hold) found = {0};
    bool is_held = false;
    repoint_status status = load_hold(store, environment, &is_held, &found, error);
    if (status != REPOINT_OK)
        return status;
    if (!is_held) {
        rp_json_null(writer);
        return REPOINT_OK;
    }
    rp_json_begin_object(writer);
    rp_json_put_integer(writer, "revision", found.revision);
    rp_json_put_string(writer, "author", found.author);
    rp_json_put_string(writer, "reason", found.reason);
    rp_json_put_integer(writer, "since_ts", found.since_ts);
    rp_json_end_object(writer);
    return REPOINT_OK;
}
