/*
 * A plan as a JSON document: what `plan --out` saves, and what an open deployment keeps of its plan.
 *
 *     {"repoint_plan": 1, "environment", "record", "statements", "gap_check", "gap_names", "allow_empty",
 *      "allow_forward_only", "drop_foreign_views", "rollback_to", "interval_mark", "approvals"}
 *
 * It holds what was decided, not what was found: a deployment looks at the world anew. An approval is for
 * this text: what snapshots grant is a part of it, by their identifiers; what people grant on the views is
 * not, so that a GRANT in between takes nobody's approval away.
 */
#include <string.h>

#include "deploy/plan.h"
#include "state/environments.h"

#define FORMAT 1

static const char *const gap_checks[] = {
    [REPOINT_GAPS_ALL] = "all",
    [REPOINT_GAPS_NONE] = "none",
    [REPOINT_GAPS_NAMED] = "named",
};

/* ---- writing ---- */

static void write_list(rp_json_writer *writer, const char *key, const GPtrArray *list)
{
    rp_json_key(writer, key);
    rp_json_begin_array(writer);
    for (guint i = 0; i < list->len && g_ptr_array_index(list, i) != NULL; i++)
        rp_json_string(writer, g_ptr_array_index(list, i));
    rp_json_end_array(writer);
}

static void write_approvals(rp_json_writer *writer, const repoint_plan *plan)
{
    rp_json_key(writer, "approvals");
    if (plan->approvals_needed == 0) {
        rp_json_null(writer);
        return;
    }
    rp_json_begin_object(writer);
    rp_json_put_integer(writer, "count", plan->approvals_needed);
    rp_json_key(writer, "roles");
    rp_json_begin_array(writer);
    for (char **role = plan->approval_roles; role != NULL && *role != NULL; role++)
        rp_json_string(writer, *role);
    rp_json_end_array(writer);
    rp_json_end_object(writer);
}

static void write_statements(rp_json_writer *writer, const char *text)
{
    g_autoptr(rp_json) json = NULL;
    rp_json_key(writer, "statements");
    if (text != NULL && rp_json_parse(text, strlen(text), "statements", &json, NULL) == REPOINT_OK)
        rp_json_value(writer, rp_json_root(json));
    else
        rp_json_null(writer);
}

static char *save(const repoint_plan *plan, bool with_record)
{
    GString *text = g_string_new(NULL);
    rp_json_writer writer = RP_JSON_WRITER(text, RP_JSON_COMPACT);
    rp_json_begin_object(&writer);
    rp_json_put_integer(&writer, "repoint_plan", FORMAT);
    rp_json_put_string(&writer, "environment", plan->record->naming.name);
    if (with_record) {
        rp_json_key(&writer, "record");
        rp_environment_write(&writer, plan->record);
    }
    write_statements(&writer, plan->statements_json);
    rp_json_put_string(&writer, "gap_check", gap_checks[plan->gap_check]);
    write_list(&writer, "gap_names", plan->gap_names);
    write_list(&writer, "allow_empty", plan->allow_empty);
    write_list(&writer, "allow_forward_only", plan->allow_forward_only);
    rp_json_put_bool(&writer, "drop_foreign_views", plan->drop_foreign_views);
    rp_json_put_integer(&writer, "rollback_to", plan->rollback_to);
    rp_json_put_string(&writer, "interval_mark", plan->interval_mark);
    write_approvals(&writer, plan);
    rp_json_end_object(&writer);
    return g_string_free(text, FALSE);
}

char *repoint_plan_save(const repoint_plan *plan)
{
    return save(plan, true);
}

/* ---- reading ---- */

static repoint_status read_list(yyjson_val *object, const char *key, GPtrArray **ret_list,
                                repoint_error *error)
{
    yyjson_val *array = NULL, *item;
    size_t index, count;
    repoint_status status = rp_json_get_array(object, key, RP_JSON_REQUIRED, "a plan", &array, error);
    if (status != REPOINT_OK)
        return status;
    g_autoptr(GPtrArray) list = g_ptr_array_new_with_free_func(g_free);
    yyjson_arr_foreach (array, index, count, item) {
        if (!yyjson_is_str(item))
            return rp_fail(error, REPOINT_INVALID, NULL, "a plan: %s is not a list of names", key);
        g_ptr_array_add(list, g_strdup(yyjson_get_str(item)));
    }
    g_ptr_array_add(list, NULL);
    *ret_list = g_steal_pointer(&list);
    return REPOINT_OK;
}

static repoint_status read_gap_check(yyjson_val *object, repoint_gap_check *ret_check, repoint_error *error)
{
    const char *text = NULL;
    repoint_status status = rp_json_get_string(object, "gap_check", RP_JSON_REQUIRED, "a plan", &text, error);
    if (status != REPOINT_OK)
        return status;
    for (size_t i = 0; i < G_N_ELEMENTS(gap_checks); i++) {
        if (strcmp(text, gap_checks[i]) == 0) {
            *ret_check = (repoint_gap_check)i;
            return REPOINT_OK;
        }
    }
    return rp_fail(error, REPOINT_INVALID, NULL, "a plan: gap_check cannot be \"%.40s\"", text);
}

static repoint_status read_statements(yyjson_val *object, char **ret_text, repoint_error *error)
{
    yyjson_val *array = rp_json_field(object, "statements");
    if (array == NULL)
        return REPOINT_OK;
    repoint_status status = rp_statements_check(array, RP_TOLERANT, error);
    if (status != REPOINT_OK)
        return status;
    GString *text = g_string_new(NULL);
    rp_json_value(&RP_JSON_WRITER(text, RP_JSON_PYTHON), array);
    *ret_text = g_string_free(text, FALSE);
    return REPOINT_OK;
}

static repoint_status read_approvals(yyjson_val *object, repoint_plan *plan, repoint_error *error)
{
    g_autoptr(GPtrArray) roles = NULL;
    yyjson_val *rule = rp_json_field(object, "approvals");
    if (rule == NULL)
        return REPOINT_OK;
    repoint_status status =
        rp_json_get_int(rule, "count", RP_JSON_REQUIRED, "a plan", &plan->approvals_needed, error);
    if (status == REPOINT_OK)
        status = read_list(rule, "roles", &roles, error);
    if (status == REPOINT_OK)
        plan->approval_roles = g_strdupv((GStrv)roles->pdata);
    return status;
}

static repoint_status check_format(yyjson_val *root, const char *what, repoint_error *error)
{
    int64_t format = 0;
    if (yyjson_is_obj(root) && rp_json_int(rp_json_field(root, "repoint_plan"), &format) && format == FORMAT)
        return REPOINT_OK;
    return rp_fail(error, REPOINT_INVALID, "\"repoint plan --out FILE\" makes one",
                   "%s is not a plan that this version can read", what);
}

/* The strings of `root`'s fields that are simple. */
static repoint_status read_fields(yyjson_val *root, repoint_plan *plan, repoint_error *error)
{
    const char *mark = NULL;
    repoint_status status = read_gap_check(root, &plan->gap_check, error);
    if (status == REPOINT_OK)
        status = read_list(root, "gap_names", &plan->gap_names, error);
    if (status == REPOINT_OK)
        status = read_list(root, "allow_empty", &plan->allow_empty, error);
    if (status == REPOINT_OK)
        status = read_list(root, "allow_forward_only", &plan->allow_forward_only, error);
    if (status == REPOINT_OK)
        status = rp_json_get_bool(root, "drop_foreign_views", RP_JSON_REQUIRED, "a plan",
                                  &plan->drop_foreign_views, error);
    if (status == REPOINT_OK)
        status = rp_json_get_int(root, "rollback_to", RP_JSON_REQUIRED, "a plan", &plan->rollback_to, error);
    if (status == REPOINT_OK)
        status = rp_json_get_string(root, "interval_mark", RP_JSON_OPTIONAL, "a plan", &mark, error);
    if (status == REPOINT_OK)
        status = read_statements(root, &plan->statements_json, error);
    if (status == REPOINT_OK)
        status = read_approvals(root, plan, error);
    plan->interval_mark = g_strdup(mark);
    return status;
}

/* Takes the record over. */
static repoint_status read_plan(yyjson_val *root, const char *what, repoint_environment *record,
                                repoint_plan **ret_plan, repoint_error *error)
{
    g_autoptr(repoint_plan) plan = g_new0(repoint_plan, 1);
    plan->warnings = g_ptr_array_new_with_free_func(g_free);
    plan->record = record;
    repoint_status status = check_format(root, what, error);
    if (status == REPOINT_OK && record == NULL)
        status = rp_fail(error, REPOINT_INVALID, NULL, "%s has no \"record\"", what);
    if (status == REPOINT_OK)
        status = read_fields(root, plan, error);
    if (status == REPOINT_OK)
        *ret_plan = g_steal_pointer(&plan);
    return status;
}

repoint_status rp_plan_parse(const char *text, size_t size, const char *what, repoint_plan **ret_plan,
                             repoint_error *error)
{
    g_autoptr(rp_json) json = NULL;
    repoint_environment *record = NULL;
    repoint_status status =
        rp_environment_parse_member(text, size, what, "record", RP_TOLERANT, &json, &record, error);
    return status == REPOINT_OK ? read_plan(rp_json_root(json), what, record, ret_plan, error) : status;
}

repoint_status rp_plan_copy(const repoint_plan *plan, repoint_plan **ret_plan, repoint_error *error)
{
    static const char what[] = "the plan";
    g_autofree char *text = save(plan, false);
    g_autoptr(rp_json) json = NULL;
    repoint_status status = rp_json_parse(text, strlen(text), what, &json, error);
    return status == REPOINT_OK
               ? read_plan(rp_json_root(json), what, repoint_environment_copy(plan->record), ret_plan, error)
               : status;
}

/* ---- has the world moved? ---- */

static repoint_status check_interval_mark(repoint_store *store, const repoint_plan *plan,
                                          repoint_error *error)
{
    g_autofree char *mark = NULL;
    repoint_status status = rp_plan_interval_mark(store, plan, &mark, error);
    if (status != REPOINT_OK || g_strcmp0(mark, plan->interval_mark) == 0)
        return status;
    return rp_fail(error, REPOINT_CONFLICT, "plan again from what it is now",
                   "the time ranges of the snapshots in the plan of environment %s have changed since",
                   plan->record->naming.name);
}

repoint_status repoint_plan_load(repoint_store *store, const char *path, repoint_plan **ret_plan,
                                 repoint_error *error)
{
    g_autofree char *text = NULL;
    gsize size = 0;
    g_autoptr(repoint_plan) plan = NULL;
    g_auto(rp_transaction) transaction = {0};
    repoint_status status = rp_record_read_file(path, &text, &size, error);
    if (status == REPOINT_OK)
        status = rp_plan_parse(text, size, path, &plan, error);
    if (status == REPOINT_OK)
        status = rp_transaction_begin(&transaction, store, RP_DB_READ, error);
    if (status == REPOINT_OK)
        plan->lists_grants = true;
    if (status == REPOINT_OK)
        status = rp_environment_load(store, plan->record->naming.name, false, &plan->stored, error);
    if (status == REPOINT_OK)
        status = rp_plan_check_basis(store, plan, error);
    if (status == REPOINT_OK)
        status = check_interval_mark(store, plan, error);
    if (status == REPOINT_OK)
        status = rp_plan_examine(store, plan, error);
    if (status == REPOINT_OK)
        *ret_plan = g_steal_pointer(&plan);
    return status;
}
