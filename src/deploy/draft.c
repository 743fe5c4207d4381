/* The open deployment of an environment. See deploy/draft.h. */
#include "deploy/draft.h"

#include <string.h>

#include "base/time.h"
#include "deploy/tables.h"
#include "state/environments.h"

static const char *const state_names[] = {
    [RP_DRAFT_DRAFT] = "draft",         [RP_DRAFT_CANDIDATE] = "candidate", [RP_DRAFT_CHECKED] = "checked",
    [RP_DRAFT_SWITCHING] = "switching", [RP_DRAFT_FINALIZED] = "finalized", [RP_DRAFT_PROMOTED] = "promoted",
};

const char *rp_draft_state_name(rp_draft_state state)
{
    return state_names[state];
}

void rp_draft_clear(rp_draft *draft)
{
    g_clear_pointer(&draft->environment, g_free);
    g_clear_pointer(&draft->plan_id, g_free);
    g_clear_pointer(&draft->author, g_free);
    g_clear_pointer(&draft->message, g_free);
    g_clear_pointer(&draft->digest, g_free);
    g_clear_pointer(&draft->data_mark, g_free);
    g_clear_pointer(&draft->interval_mark, g_free);
    g_clear_pointer(&draft->plan_text, g_free);
    g_clear_pointer(&draft->previous_json, g_free);
}

/* ---- reading ---- */

static repoint_status read_state(const char *text, rp_draft_state *ret_state, repoint_error *error)
{
    for (size_t i = 0; i < G_N_ELEMENTS(state_names); i++) {
        if (g_strcmp0(text, state_names[i]) == 0) {
            *ret_state = (rp_draft_state)i;
            return REPOINT_OK;
        }
    }
    return rp_fail(error, REPOINT_FAILED, "use the version of repoint that began it",
                   "a deployment is in the state \"%.40s\", which this version does not know", text);
}

repoint_status rp_draft_load(repoint_store *store, const char *environment, bool whole, rp_draft *ret_draft,
                             repoint_error *error)
{
    bool exists = false;
    repoint_status status = rp_schema_has_table(store, RP_DEPLOYMENTS, &exists, error);
    if (status != REPOINT_OK || !exists)
        return status;
    g_autofree char *sql = rp_sql(store->db,
                                  "SELECT plan_id, state, author, message, digest, created_ts, data_mark,"
                                  " interval_mark%s FROM %n WHERE environment = ?1",
                                  whole ? ", plan, previous" : "", store->schema, RP_DEPLOYMENTS);
    g_autoptr(rp_rows) rows = NULL;
    bool has_row = false;
    rp_draft_state state = RP_DRAFT_DRAFT;
    status = rp_db_query(store->db, sql, RP_VALUES(rp_db_text(environment)), &rows, error);
    if (status == REPOINT_OK)
        status = rp_rows_next(rows, &has_row, error);
    if (status == REPOINT_OK && has_row)
        status = read_state(rp_rows_text(rows, 1), &state, error);
    if (status != REPOINT_OK || !has_row)
        return status;
    *ret_draft = (rp_draft){
        .environment = g_strdup(environment),
        .plan_id = g_strdup(rp_rows_text(rows, 0)),
        .state = state,
        .author = g_strdup(rp_rows_text(rows, 2)),
        .message = g_strdup(rp_rows_text(rows, 3)),
        .digest = g_strdup(rp_rows_text(rows, 4)),
        .created_ts = rp_rows_integer(rows, 5, 0),
        .data_mark = g_strdup(rp_rows_text(rows, 6)),
        .interval_mark = g_strdup(rp_rows_text(rows, 7)),
        .plan_text = whole ? g_strdup(rp_rows_text(rows, 8)) : NULL,
        .previous_json = whole ? g_strdup(rp_rows_text(rows, 9)) : NULL,
    };
    if (ret_draft->plan_text != NULL) { /* whatever the row says */
        g_free(ret_draft->digest);
        ret_draft->digest = g_compute_checksum_for_string(G_CHECKSUM_SHA256, ret_draft->plan_text, -1);
    }
    return REPOINT_OK;
}

repoint_status rp_drafts_visit(repoint_store *store, rp_draft_visitor visit, void *context,
                               repoint_error *error)
{
    bool exists = false, has_row = false;
    repoint_status status = rp_schema_has_table(store, RP_DEPLOYMENTS, &exists, error);
    if (status != REPOINT_OK || !exists)
        return status;
    g_autoptr(GPtrArray) names = g_ptr_array_new_with_free_func(g_free);
    g_autofree char *sql = rp_sql(store->db, "SELECT environment FROM %n", store->schema, RP_DEPLOYMENTS);
    g_autoptr(rp_rows) rows = NULL;
    status = rp_db_query(store->db, sql, RP_NO_VALUES, &rows, error);
    while (status == REPOINT_OK && (status = rp_rows_next(rows, &has_row, error)) == REPOINT_OK && has_row)
        g_ptr_array_add(names, g_strdup(rp_rows_text(rows, 0)));
    for (guint i = 0; i < names->len && status == REPOINT_OK; i++) {
        g_auto(rp_draft) draft = {0};
        status = rp_draft_load(store, g_ptr_array_index(names, i), true, &draft, error);
        if (status == REPOINT_OK)
            status = visit(context, &draft, error);
    }
    return status;
}

/* ---- writing ---- */

repoint_status rp_draft_fail_open(const rp_draft *open, repoint_error *error)
{
    g_autofree char *since = rp_time_format_us(open->created_ts * 1000);
    if (open->state == RP_DRAFT_PROMOTED)
        return rp_fail(error, REPOINT_CONFLICT,
                       open->digest != NULL
                           ? "\"repoint resume\" changes its views, \"repoint abandon\" takes it back"
                           : "\"repoint finalize\" declares it ready, \"repoint abandon\" takes it back",
                       "environment %s was promoted to plan %s by %s, at %s UTC, and not finalized yet",
                       open->environment, open->plan_id, open->author, since);
    return rp_fail(error, REPOINT_CONFLICT, "\"repoint resume\" continues it, \"repoint abandon\" ends it",
                   "a deployment of environment %s is open already: plan %s by %s, since %s UTC, state %s",
                   open->environment, open->plan_id, open->author, since, rp_draft_state_name(open->state));
}

repoint_status rp_draft_replace_promoted(repoint_store *store, const rp_draft *open, const rp_draft *draft,
                                         int64_t token, repoint_error *error)
{
    g_autofree char *sql = rp_sql(
        store->db,
        "UPDATE %n SET plan_id = ?3, author = ?4, message = ?5, digest = ?6, token = ?7, created_ts = ?8,"
        " data_mark = NULL, interval_mark = NULL, plan = ?9 WHERE environment = ?1 AND plan_id = ?2"
        " AND state = ?10",
        store->schema, RP_DEPLOYMENTS);
    int64_t changed = 0;
    repoint_status status = rp_db_execute(
        store->db, sql,
        RP_VALUES(rp_db_text(open->environment), rp_db_text(open->plan_id), rp_db_text(draft->plan_id),
                  rp_db_text(draft->author), rp_db_text(draft->message), rp_db_text(draft->digest),
                  rp_db_integer(token), rp_db_integer(draft->created_ts), rp_db_text(draft->plan_text),
                  rp_db_text(state_names[RP_DRAFT_PROMOTED])),
        &changed, error);
    if (status == REPOINT_OK && changed == 0)
        return rp_fail(error, REPOINT_BUSY, "try again", "another promotion of environment %s is ending",
                       open->environment);
    return status;
}

repoint_status rp_draft_insert(repoint_store *store, const rp_draft *draft, int64_t token,
                               repoint_error *error)
{
    rp_insert into = {store->schema, RP_DEPLOYMENTS,
                      "environment, plan_id, state, author, message, digest, token, created_ts, data_mark,"
                      " interval_mark, plan, previous",
                      1};
    const rp_db_value values[] = {
        rp_db_text(draft->environment),
        rp_db_text(draft->plan_id),
        rp_db_text(state_names[draft->state]),
        rp_db_text(draft->author),
        rp_db_text(draft->message),
        rp_db_text(draft->digest),
        rp_db_integer(token),
        rp_db_integer(draft->created_ts),
        rp_db_text(draft->data_mark),
        rp_db_text(draft->interval_mark),
        rp_db_text(draft->plan_text),
        rp_db_text(draft->previous_json),
    };
    int64_t inserted = 0;
    repoint_status status = rp_db_insert(store->db, &into, values, 1, &inserted, error);
    if (status != REPOINT_OK || inserted == 1)
        return status;
    g_auto(rp_draft) open = {0};
    status = rp_draft_load(store, draft->environment, false, &open, error);
    if (status == REPOINT_OK && open.environment == NULL) /* it has just gone */
        return rp_fail(error, REPOINT_BUSY, "try again", "another deployment of environment %s is ending",
                       draft->environment);
    return status == REPOINT_OK ? rp_draft_fail_open(&open, error) : status;
}

static repoint_status fail_moved(const rp_draft *draft, repoint_error *error)
{
    return rp_fail(error, REPOINT_CONFLICT, "look at \"repoint status\"",
                   "the deployment %s of environment %s is no longer in the state %s", draft->plan_id,
                   draft->environment, rp_draft_state_name(draft->state));
}

repoint_status rp_draft_move(repoint_store *store, rp_draft *draft, rp_draft_state to, repoint_error *error)
{
    g_autofree char *sql = rp_sql(store->db,
                                  "UPDATE %n SET state = ?1, previous = ?2 WHERE environment = ?3"
                                  " AND plan_id = ?4 AND state = ?5",
                                  store->schema, RP_DEPLOYMENTS);
    int64_t changed = 0;
    repoint_status status =
        rp_db_execute(store->db, sql,
                      RP_VALUES(rp_db_text(state_names[to]), rp_db_text(draft->previous_json),
                                rp_db_text(draft->environment), rp_db_text(draft->plan_id),
                                rp_db_text(state_names[draft->state])),
                      &changed, error);
    if (status == REPOINT_OK && changed == 0)
        status = fail_moved(draft, error);
    return status;
}

repoint_status rp_draft_set_marks(repoint_store *store, rp_draft *draft, repoint_error *error)
{
    g_autofree char *sql = rp_sql(store->db,
                                  "UPDATE %n SET data_mark = ?1, interval_mark = ?2 WHERE environment = ?3"
                                  " AND plan_id = ?4 AND state = ?5",
                                  store->schema, RP_DEPLOYMENTS);
    int64_t changed = 0;
    repoint_status status =
        rp_db_execute(store->db, sql,
                      RP_VALUES(rp_db_text(draft->data_mark), rp_db_text(draft->interval_mark),
                                rp_db_text(draft->environment), rp_db_text(draft->plan_id),
                                rp_db_text(state_names[draft->state])),
                      &changed, error);
    if (status == REPOINT_OK && changed == 0)
        status = fail_moved(draft, error);
    return status;
}

repoint_status rp_draft_delete(repoint_store *store, const rp_draft *draft, repoint_error *error)
{
    g_autofree char *sql = rp_sql(store->db, "DELETE FROM %n WHERE environment = ?1 AND plan_id = ?2",
                                  store->schema, RP_DEPLOYMENTS);
    return rp_db_execute(store->db, sql,
                         RP_VALUES(rp_db_text(draft->environment), rp_db_text(draft->plan_id)), NULL, error);
}

/* ---- what was there before ---- */

repoint_status rp_previous_save(repoint_store *store, const repoint_environment *stored, char **ret_json,
                                repoint_error *error)
{
    g_autofree char *statements = NULL, *statements_plan_id = NULL;
    g_autoptr(rp_json) json = NULL;
    if (stored == NULL) {
        *ret_json = g_strdup("{\"record\":null}");
        return REPOINT_OK;
    }
    repoint_status status =
        rp_statements_load(store, stored->naming.name, &statements, &statements_plan_id, error);
    if (status == REPOINT_OK)
        status = rp_json_parse(statements, strlen(statements), "environment statements", &json, error);
    if (status != REPOINT_OK)
        return status;
    GString *text = g_string_sized_new(rp_environment_text_size(stored) + strlen(statements));
    rp_json_writer writer = RP_JSON_WRITER(text, RP_JSON_PYTHON);
    rp_json_begin_object(&writer);
    rp_json_key(&writer, "record");
    rp_environment_write(&writer, stored);
    rp_json_put_value(&writer, "statements", rp_json_root(json));
    rp_json_put_string(&writer, "statements_plan_id", statements_plan_id);
    rp_json_end_object(&writer);
    *ret_json = g_string_free(text, FALSE);
    return REPOINT_OK;
}

/* The environment was new: its row goes, and its statements. */
static repoint_status remove_row(repoint_store *store, const char *environment, const char *plan_id,
                                 repoint_error *error)
{
    g_autofree char *statements = rp_sql(store->db, "DELETE FROM %n WHERE environment_name = ?1",
                                         store->schema, "_environment_statements");
    g_autofree char *row =
        rp_sql(store->db, "DELETE FROM %n WHERE name = ?1 AND plan_id = ?2", store->schema, "_environments");
    int64_t changed = 0;
    repoint_status status = rp_db_execute(
        store->db, row, RP_VALUES(rp_db_text(environment), rp_db_text(plan_id)), &changed, error);
    if (status == REPOINT_OK && changed == 0)
        status = rp_fail(error, REPOINT_CONFLICT, "plan again from what it is now",
                         "environment %s was changed by somebody else meanwhile", environment);
    if (status == REPOINT_OK)
        status = rp_db_execute(store->db, statements, RP_VALUES(rp_db_text(environment)), NULL, error);
    return status;
}

static repoint_status put_back(repoint_store *store, const repoint_environment *previous, yyjson_val *others,
                               const char *plan_id, repoint_error *error)
{
    const char *statements_plan_id = NULL;
    repoint_status status = rp_environment_store(store, previous, &(rp_replaced){plan_id}, error);
    if (status == REPOINT_OK)
        status = rp_json_get_string(others, "statements_plan_id", RP_JSON_OPTIONAL, "what was there before",
                                    &statements_plan_id, error);
    if (status == REPOINT_OK)
        status = rp_statements_store(store, previous->naming.name, statements_plan_id,
                                     rp_json_field(others, "statements"), error);
    return status;
}

static repoint_status parse_previous(const char *text, rp_json **ret_others,
                                     repoint_environment **ret_previous, repoint_error *error)
{
    if (text == NULL)
        return rp_fail(error, REPOINT_FAILED, NULL, "what the environment was before is not known");
    return rp_environment_parse_member(text, strlen(text), "what the environment was before", "record",
                                       RP_TOLERANT, ret_others, ret_previous, error);
}

repoint_status rp_previous_read(const char *previous_json, repoint_environment **ret_stored,
                                repoint_error *error)
{
    g_autoptr(rp_json) others = NULL;
    return parse_previous(previous_json, &others, ret_stored, error);
}

repoint_status rp_previous_restore(repoint_store *store, const char *environment, const char *plan_id,
                                   const char *previous_json, repoint_error *error)
{
    g_autoptr(rp_json) others = NULL;
    g_autoptr(repoint_environment) previous = NULL;
    repoint_status status = parse_previous(previous_json, &others, &previous, error);
    if (status != REPOINT_OK)
        return status;
    return previous == NULL ? remove_row(store, environment, plan_id, error)
                            : put_back(store, previous, rp_json_root(others), plan_id, error);
}
