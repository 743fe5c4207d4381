/* The statements of environments: one row each, a JSON array. See state/environments.h. */
#include "state/environments.h"

repoint_status rp_statements_check(yyjson_val *array, rp_strictness strictness, repoint_error *error)
{
    static const char *const known[] = {"before_all",   "after_all", "python_env",
                                        "jinja_macros", "project",   NULL};
    if (!yyjson_is_arr(array))
        return rp_fail(error, REPOINT_INVALID, NULL, "environment statements are not a JSON array");
    const char *what = "environment statements";
    size_t index, count;
    yyjson_val *statements, *ignored = NULL;
    yyjson_arr_foreach (array, index, count, statements) {
        repoint_status status =
            rp_json_get_array(statements, "before_all", RP_JSON_REQUIRED, what, &ignored, error);
        if (status == REPOINT_OK)
            status = rp_json_get_array(statements, "after_all", RP_JSON_REQUIRED, what, &ignored, error);
        if (status == REPOINT_OK)
            status = rp_json_get_object(statements, "python_env", RP_JSON_REQUIRED, what, &ignored, error);
        if (status == REPOINT_OK && strictness == RP_STRICT)
            status = rp_json_only_keys(statements, known, what, error);
        if (status != REPOINT_OK)
            return status;
    }
    return REPOINT_OK;
}

repoint_status rp_statements_store(repoint_store *store, const char *environment, const char *plan_id,
                                   yyjson_val *array, repoint_error *error)
{
    g_autofree char *delete_sql = rp_sql(store->db, "DELETE FROM %n WHERE environment_name = ?1",
                                         store->schema, "_environment_statements");
    repoint_status status =
        rp_db_execute(store->db, delete_sql, RP_VALUES(rp_db_text(environment)), NULL, error);
    if (status != REPOINT_OK || yyjson_arr_size(array) == 0)
        return status;

    GString *text = g_string_new(NULL);
    rp_json_value(&RP_JSON_WRITER(text, RP_JSON_PYTHON), array);
    g_autofree char *sql = rp_sql(
        store->db, "INSERT INTO %n (environment_name, plan_id, environment_statements) VALUES (?1, ?2, ?3)",
        store->schema, "_environment_statements");
    status = rp_db_execute(
        store->db, sql,
        RP_VALUES(rp_db_text(environment), rp_db_text(plan_id), rp_db_text_sized(text->str, text->len)), NULL,
        error);
    g_string_free(text, TRUE);
    return status;
}

repoint_status rp_statements_load(repoint_store *store, const char *environment, char **ret_json,
                                  char **ret_plan_id, repoint_error *error)
{
    g_autofree char *sql =
        rp_sql(store->db, "SELECT environment_statements, plan_id FROM %n WHERE environment_name = ?1",
               store->schema, "_environment_statements");
    g_autoptr(rp_rows) rows = NULL;
    bool has_row = false;
    repoint_status status = rp_db_query(store->db, sql, RP_VALUES(rp_db_text(environment)), &rows, error);
    if (status == REPOINT_OK)
        status = rp_rows_next(rows, &has_row, error);
    if (status != REPOINT_OK)
        return status;
    const char *text = has_row ? rp_rows_text(rows, 0) : NULL;
    *ret_json = g_strdup(text != NULL && *text != '\0' ? text : "[]");
    if (ret_plan_id != NULL)
        *ret_plan_id = g_strdup(has_row ? rp_rows_text(rows, 1) : NULL);
    return REPOINT_OK;
}

repoint_status repoint_environment_statements(repoint_store *store, const char *name, char **ret_json,
                                              repoint_error *error)
{
    return rp_statements_load(store, name, ret_json, NULL, error);
}
