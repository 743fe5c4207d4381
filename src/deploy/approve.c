/* Approvals. See deploy/approve.h. */
#include "deploy/approve.h"

#include <string.h>

#include "deploy/rehearsal.h"
#include "deploy/tables.h"

static bool is_mysql(const rp_db *db)
{
    return g_str_equal(db->driver->scheme, "mysql") || g_str_equal(db->driver->scheme, "mariadb");
}

/*
 * Whose approval it is: on MariaDB the identity also has the host from which somebody connected, and the same
 * person from two hosts is not two. g_free()
 */
static char *person(const rp_db *db, const char *identity)
{
    const char *at = is_mysql(db) ? strrchr(identity, '@') : NULL;
    return at != NULL ? g_strndup(identity, (gsize)(at - identity)) : g_strdup(identity);
}

/* ---- rules ---- */

const repoint_approval_rule *rp_approval_rule_for(const repoint_deploy_options *options,
                                                  const char *environment)
{
    for (size_t i = 0; i < options->approval_count; i++)
        if (options->approvals[i].count > 0 && strcmp(options->approvals[i].environment, environment) == 0)
            return &options->approvals[i];
    return NULL;
}

static repoint_status fail_nobody(const char *environment, repoint_error *error)
{
    return rp_fail(error, REPOINT_INVALID,
                   "keep the state store on PostgreSQL or MariaDB, or take the approvals out of the "
                   "configuration",
                   "environment %s cannot have approvals: the state store's database does not know who its "
                   "users are",
                   environment);
}

repoint_status rp_approvals_possible(const repoint_deployment *deployment, const char *environment,
                                     repoint_error *error)
{
    bool knows_users = deployment->store->db->driver->identity != NULL;
    return rp_approval_rule_for(&deployment->options, environment) == NULL || knows_users
               ? REPOINT_OK
               : fail_nobody(environment, error);
}

void rp_approvals_remember(repoint_deployment *deployment)
{
    repoint_plan *plan = deployment->plan;
    const repoint_approval_rule *rule = rp_approval_rule_for(&deployment->options, plan->record->naming.name);
    if (rule == NULL || plan->rollback_to != 0)
        return;
    plan->approvals_needed = rule->count;
    g_strfreev(plan->approval_roles);
    plan->approval_roles = g_strdupv((GStrv)rule->roles);
}

/* ---- roles ---- */

static rp_db_keys key_list_of(const char *const *words)
{
    return (rp_db_keys){1, words != NULL ? g_strv_length((GStrv)words) : 0, words};
}

static repoint_status count_rows(rp_db *db, const char *sql, const rp_db_value *values, size_t count,
                                 bool *ret_any, repoint_error *error)
{
    g_autoptr(rp_rows) rows = NULL;
    bool has_row = false;
    repoint_status status = rp_db_query(db, sql, values, count, &rows, error);
    if (status == REPOINT_OK)
        status = rp_rows_next(rows, &has_row, error);
    if (status == REPOINT_OK)
        *ret_any = has_row && rp_rows_integer(rows, 0, 0) > 0;
    return status;
}

/* Through other roles as well, as the server sees it. */
static const char in_postgres[] =
    "SELECT COUNT(*) FROM pg_catalog.pg_roles u JOIN pg_catalog.pg_roles r"
    " ON pg_catalog.pg_has_role(u.oid, r.oid, 'MEMBER')"
    " WHERE u.rolname::TEXT = ?1 AND r.rolname::TEXT IN (SELECT role FROM %k k)";
static const char in_mariadb[] =
    "WITH RECURSIVE granted (role) AS (SELECT CONVERT(Role USING utf8mb4) FROM mysql.roles_mapping"
    " WHERE CONVERT(User USING utf8mb4) = ?1 AND Host <> '' UNION SELECT CONVERT(m.Role USING utf8mb4)"
    " FROM granted g JOIN mysql.roles_mapping m ON m.Host = '' AND CONVERT(m.User USING utf8mb4) = g.role)"
    " SELECT COUNT(*) FROM granted WHERE role IN (SELECT role FROM %k k)";

static repoint_status has_role(const repoint_deployment *deployment, const char *who,
                               const char *const *roles, bool *ret_has, repoint_error *error)
{
    rp_db *db = deployment->store->db;
    *ret_has = true;
    if (roles == NULL || roles[0] == NULL || (is_mysql(db) && !deployment->sees_roles))
        return REPOINT_OK; /* when it was given, the approver's own connection was asked */
    rp_db_keys keys = key_list_of(roles);
    g_autofree char *sql = rp_sql(db, is_mysql(db) ? in_mariadb : in_postgres, 2U, "role");
    return count_rows(db, sql, RP_VALUES(rp_db_text(who), rp_db_key_list(&keys)), ret_has, error);
}

/* Is the one who is connected in one of the roles? */
static repoint_status i_have_role(repoint_store *store, const char *me, const char *const *roles,
                                  bool *ret_has, repoint_error *error)
{
    static const char of_mine[] = "SELECT COUNT(*) FROM information_schema.APPLICABLE_ROLES"
                                  " WHERE CONVERT(ROLE_NAME USING utf8mb4) IN (SELECT role FROM %k k)";
    rp_db_keys keys = key_list_of(roles);
    *ret_has = true;
    if (roles == NULL || roles[0] == NULL)
        return REPOINT_OK;
    if (is_mysql(store->db)) {
        g_autofree char *sql = rp_sql(store->db, of_mine, 1U, "role");
        return count_rows(store->db, sql, RP_VALUES(rp_db_key_list(&keys)), ret_has, error);
    }
    g_autofree char *sql = rp_sql(store->db, in_postgres, 2U, "role");
    return count_rows(store->db, sql, RP_VALUES(rp_db_text(me), rp_db_key_list(&keys)), ret_has, error);
}

/* ---- counting ---- */

/* Everybody but the author who has approved this text, each once; persons, owned. */
static repoint_status load_approvers(const repoint_deployment *deployment, GPtrArray **ret_persons,
                                     repoint_error *error)
{
    const rp_draft *draft = &deployment->draft;
    rp_db *db = deployment->store->db;
    g_autoptr(GPtrArray) persons = g_ptr_array_new_with_free_func(g_free);
    g_autofree char *author = person(db, draft->author);
    g_autofree char *sql = rp_sql(db,
                                  "SELECT approver FROM %n WHERE environment = ?1 AND plan_id = ?2"
                                  " AND digest = ?3 ORDER BY approver",
                                  deployment->store->schema, RP_APPROVALS);
    g_autoptr(rp_rows) rows = NULL;
    bool has_row = false;
    repoint_status status = rp_db_query(
        db, sql,
        RP_VALUES(rp_db_text(draft->environment), rp_db_text(draft->plan_id), rp_db_text(draft->digest)),
        &rows, error);
    while (status == REPOINT_OK && (status = rp_rows_next(rows, &has_row, error)) == REPOINT_OK && has_row) {
        g_autofree char *who = person(db, rp_rows_text(rows, 0));
        if (strcmp(who, author) != 0 && !g_ptr_array_find_with_equal_func(persons, who, g_str_equal, NULL))
            g_ptr_array_add(persons, g_steal_pointer(&who));
    }
    if (status == REPOINT_OK)
        *ret_persons = g_steal_pointer(&persons);
    return status;
}

/* Those of them who are in one of the rule's roles; they belong to `persons`. */
static repoint_status who_may(const repoint_deployment *deployment, const GPtrArray *persons,
                              const char *const *roles, GPtrArray *ret_who, repoint_error *error)
{
    repoint_status status = REPOINT_OK;
    for (guint i = 0; i < persons->len && status == REPOINT_OK; i++) {
        char *who = g_ptr_array_index(persons, i);
        bool has = false;
        status = has_role(deployment, who, roles, &has, error);
        if (status == REPOINT_OK && has)
            g_ptr_array_add(ret_who, who);
    }
    return status;
}

static void write_words(rp_json_writer *writer, const char *key, const char *const *words, size_t count)
{
    rp_json_key(writer, key);
    rp_json_begin_array(writer);
    for (size_t i = 0; i < count; i++)
        rp_json_string(writer, words[i]);
    rp_json_end_array(writer);
}

/* {"needed", "given", "missing", "roles"} */
static char *count_to_json(int needed, const GPtrArray *who, const char *const *roles)
{
    GString *text = g_string_new(NULL);
    rp_json_writer writer = RP_JSON_WRITER(text, RP_JSON_COMPACT);
    rp_json_begin_object(&writer);
    rp_json_put_integer(&writer, "needed", needed);
    write_words(&writer, "given", (const char *const *)who->pdata, who->len);
    rp_json_put_integer(&writer, "missing", MAX(0, needed - (int)who->len));
    write_words(&writer, "roles", roles, key_list_of(roles).rows);
    rp_json_end_object(&writer);
    return g_string_free(text, FALSE);
}

char *rp_approvals_awaited(const repoint_deployment *deployment)
{
    const repoint_plan *plan = deployment->plan;
    g_autoptr(GPtrArray) nobody = g_ptr_array_new();
    return plan->approvals_needed > 0
               ? count_to_json((int)plan->approvals_needed, nobody, (const char *const *)plan->approval_roles)
               : NULL;
}

static repoint_status fail_awaiting(const repoint_deployment *deployment, int needed, const GPtrArray *who,
                                    const char *const *roles, repoint_error *error)
{
    const rp_draft *draft = &deployment->draft;
    int missing = needed - (int)who->len;
    g_autofree char *names = roles != NULL ? g_strjoinv(" or ", (GStrv)roles) : g_strdup("");
    repoint_status status = rp_fail(
        error, REPOINT_AWAITING_APPROVAL, "\"repoint approve\" by each of them, then \"repoint cutover\"",
        "environment %s waits for %d more approval%s of plan %s, by %s%s other than its author %s",
        draft->environment, missing, missing == 1 ? "" : "s", draft->plan_id,
        *names != '\0' ? "members of " : "users", names, draft->author);
    g_autofree char *count = count_to_json(needed, who, roles);
    if (error != NULL)
        rp_error_take_detail(error, g_strdup_printf("{\"approvals\":%s}", count));
    return status;
}

/* One rule; with `note` it goes into the journal. */
static repoint_status meet(repoint_deployment *deployment, const GPtrArray *persons, int needed,
                           const char *const *roles, bool note, repoint_error *error)
{
    g_autoptr(GPtrArray) who = g_ptr_array_new();
    if (needed <= 0)
        return REPOINT_OK;
    repoint_status status = who_may(deployment, persons, roles, who, error);
    if (status == REPOINT_OK && deployment->rehearsal != NULL) {
        g_free(deployment->rehearsal->approvals_json);
        deployment->rehearsal->approvals_json = count_to_json(needed, who, roles);
    }
    if (status == REPOINT_OK && (int)who->len < needed)
        return fail_awaiting(deployment, needed, who, roles, error);
    if (status != REPOINT_OK || !note)
        return status;
    g_autofree char *count = count_to_json(needed, who, roles);
    return rp_deployment_note(deployment, "approved", g_get_monotonic_time(), count, error);
}

static repoint_status meet_rules(repoint_deployment *deployment, bool note, bool *ret_needed,
                                 repoint_error *error)
{
    const repoint_plan *plan = deployment->plan;
    const repoint_approval_rule *own = rp_approval_rule_for(&deployment->options, plan->record->naming.name);
    g_autoptr(GPtrArray) persons = NULL;
    *ret_needed = plan->rollback_to == 0 && (own != NULL || plan->approvals_needed > 0);
    if (!*ret_needed)
        return REPOINT_OK;
    repoint_status status = load_approvers(deployment, &persons, error);
    if (status == REPOINT_OK)
        status = meet(deployment, persons, plan->approvals_needed, (const char *const *)plan->approval_roles,
                      note, error);
    bool is_other =
        own != NULL && (own->count != plan->approvals_needed ||
                        !g_strv_equal(own->roles != NULL ? own->roles : (const char *const[]){NULL},
                                      plan->approval_roles != NULL ? (const char *const *)plan->approval_roles
                                                                   : (const char *const[]){NULL}));
    if (status == REPOINT_OK && is_other)
        status = meet(deployment, persons, own->count, own->roles, note, error);
    return status;
}

repoint_status rp_approvals_look(repoint_deployment *deployment, bool *ret_needed, repoint_error *error)
{
    rp_db *db = deployment->store->db;
    bool any = false;
    deployment->sees_roles =
        is_mysql(db) && count_rows(db, "SELECT COUNT(*) FROM mysql.roles_mapping WHERE 1 = 0", RP_NO_VALUES,
                                   &any, NULL) == REPOINT_OK;
    g_auto(rp_transaction) transaction = {0};
    repoint_status status = rp_transaction_begin(&transaction, deployment->store, RP_DB_READ, error);
    return status == REPOINT_OK ? meet_rules(deployment, false, ret_needed, error) : status;
}

repoint_status rp_approvals_count(repoint_deployment *deployment, repoint_error *error)
{
    bool needed = false;
    return meet_rules(deployment, true, &needed, error);
}

/* ---- approving ---- */

typedef struct approval {
    rp_draft draft;
    repoint_plan *plan;
    char *digest;
    char *approver;
    bool is_new;
} approval;

static void approval_clear(approval *of)
{
    rp_draft_clear(&of->draft);
    repoint_plan_free(of->plan);
    g_free(of->digest);
    g_free(of->approver);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(approval, approval_clear)

static repoint_status load_open(repoint_store *store, const char *environment, const char *plan_id,
                                approval *of, repoint_error *error)
{
    rp_draft *draft = &of->draft;
    repoint_status status = rp_draft_load(store, environment, true, draft, error);
    if (status != REPOINT_OK)
        return status;
    if (draft->environment == NULL || draft->state == RP_DRAFT_PROMOTED || draft->plan_text == NULL)
        return rp_fail(error, REPOINT_NOT_FOUND, "\"repoint deploy\" begins one",
                       "no deployment is open on environment %s", environment);
    if (plan_id != NULL && strcmp(plan_id, draft->plan_id) != 0)
        return rp_fail(error, REPOINT_CONFLICT, "look at \"repoint status\" before you approve that one",
                       "the open deployment of environment %s is plan %s, not %s", environment,
                       draft->plan_id, plan_id);
    of->digest = g_strdup(draft->digest);
    return rp_plan_parse(draft->plan_text, strlen(draft->plan_text), "the plan of the open deployment",
                         &of->plan, error);
}

static repoint_status check_approver(repoint_store *store, const approval *of, repoint_error *error)
{
    g_autofree char *author = person(store->db, of->draft.author);
    g_autofree char *me = person(store->db, of->approver);
    const char *const *roles = (const char *const *)of->plan->approval_roles;
    bool has = false;
    if (strcmp(author, me) == 0)
        return rp_fail(error, REPOINT_REFUSED, "ask somebody else",
                       "%s is the author of the deployment of environment %s: an author's own approval does "
                       "not count",
                       me, of->draft.environment);
    repoint_status status = i_have_role(store, me, roles, &has, error);
    if (status != REPOINT_OK || has)
        return status;
    g_autofree char *names = g_strjoinv(" or ", (GStrv)roles);
    return rp_fail(error, REPOINT_REFUSED, "ask one of them", "%s is no member of %s, who may approve", me,
                   names);
}

/* The row says who it is by an expression of the database, in the statement itself. */
static repoint_status insert(repoint_store *store, const char *message, approval *of, repoint_error *error)
{
    const rp_draft *draft = &of->draft;
    g_autofree char *sql = rp_sql(store->db,
                                  "INSERT INTO %n (environment, plan_id, digest, approver, message, at_ts)"
                                  " VALUES (?1, ?2, ?3, %s, ?4, %c)",
                                  store->schema, RP_APPROVALS, store->db->driver->identity);
    g_auto(rp_transaction) transaction = {0};
    repoint_status status = rp_transaction_begin(&transaction, store, RP_DB_WRITE, error);
    if (status == REPOINT_OK)
        status = rp_db_execute(store->db, sql,
                               RP_VALUES(rp_db_text(draft->environment), rp_db_text(draft->plan_id),
                                         rp_db_text(of->digest), rp_db_text(message)),
                               NULL, error);
    of->is_new = status == REPOINT_OK;
    if (status == REPOINT_CONFLICT) { /* the key is there: it is approved */
        repoint_error_clear(error);
        return REPOINT_OK;
    }
    return status == REPOINT_OK ? rp_transaction_commit(&transaction, error) : status;
}

static char *approval_to_json(const approval *of)
{
    const char *const *roles = (const char *const *)of->plan->approval_roles;
    GString *text = g_string_new(NULL);
    rp_json_writer writer = RP_JSON_WRITER(text, RP_JSON_COMPACT);
    rp_json_begin_object(&writer);
    rp_json_put_string(&writer, "environment", of->draft.environment);
    rp_json_put_string(&writer, "plan_id", of->draft.plan_id);
    rp_json_put_string(&writer, "digest", of->digest);
    rp_json_put_string(&writer, "approver", of->approver);
    rp_json_put_string(&writer, "author", of->draft.author);
    rp_json_put_bool(&writer, "is_new", of->is_new);
    rp_json_put_integer(&writer, "needed", of->plan->approvals_needed);
    write_words(&writer, "roles", roles, key_list_of(roles).rows);
    rp_json_end_object(&writer);
    return g_string_free(text, FALSE);
}

repoint_status repoint_approve(repoint_store *store, const char *environment, const char *plan_id,
                               const char *message, char **ret_json, repoint_error *error)
{
    g_auto(approval) of = {0};
    if (store->db->driver->identity == NULL)
        return fail_nobody(environment, error);
    rp_retry retry = {0};
    repoint_status status = load_open(store, environment, plan_id, &of, error);
    if (status == REPOINT_OK)
        status = rp_identity(store, &of.approver, error);
    if (status == REPOINT_OK)
        status = check_approver(store, &of, error);
    if (status != REPOINT_OK)
        return status;
    do
        status = insert(store, message, &of, error);
    while (rp_retry_again(&retry, store, status));
    if (status == REPOINT_OK && ret_json != NULL)
        *ret_json = approval_to_json(&of);
    return status;
}
