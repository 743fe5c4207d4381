/* Environments: finalize, and how rows are read. */
#include "state_support.h"

#include <string.h>

#include "model/environment.h"
#include "state/environments.h"

/* ---- finalize ---- */

/* The caller's plan is p1, of prod where the title says so, else of dev. */
static repoint_environment *record_of_plan_p1(yyjson_val *one_case)
{
    const char *name = strcmp(text_of(one_case, "title"), "prod") == 0 ? "prod" : "dev";
    g_autofree char *text = g_strdup_printf(
        "{\"name\": \"%s\", \"start_at\": \"2026-01-01\", \"plan_id\": \"p1\", \"snapshots\": []}", name);
    return environment_of_text(text);
}

static char *check_finalize(const world *of, yyjson_val *one_case)
{
    repoint_error error = REPOINT_ERROR_INIT;
    g_autoptr(repoint_environment) record = record_of_plan_p1(one_case);
    repoint_status status = repoint_finalize(of->store, record, &error);
    char *wrong = wrong_status(one_case, status, &error);
    repoint_error_clear(&error);
    if (wrong != NULL)
        return wrong;
    int64_t expected = status == REPOINT_OK ? int_of(one_case, "result") : 0;
    if (repoint_environment_finalized_ts(record) != expected)
        return g_strdup("the caller's record has another time than the stored one");
    return NULL;
}

/* ---- reading ---- */

/* The record as SQLMesh would write it, with the number of its snapshots instead of them. */
static char *record_text(const repoint_environment *environment)
{
    g_autofree char *whole = repoint_environment_to_json(environment);
    repoint_error error = REPOINT_ERROR_INIT;
    g_autoptr(rp_json) json = NULL;
    assert_ok(rp_json_parse(whole, strlen(whole), "environment", &json, &error), &error);
    GString *text = g_string_new(NULL);
    rp_json_writer writer = RP_JSON_WRITER(text, RP_JSON_COMPACT);
    size_t index, count;
    yyjson_val *key, *value;
    rp_json_begin_object(&writer);
    yyjson_obj_foreach (rp_json_root(json), index, count, key, value) {
        rp_json_key(&writer, yyjson_get_str(key));
        if (yyjson_equals_str(key, "snapshots"))
            rp_json_integer(&writer, (int64_t)yyjson_arr_size(value));
        else
            rp_json_value(&writer, value);
    }
    rp_json_end_object(&writer);
    return g_string_free(text, FALSE);
}

static char *check_read(const world *of, yyjson_val *one_case)
{
    const char *name = text_of(yyjson_arr_get_first(field(one_case, "after")), "name");
    repoint_error error = REPOINT_ERROR_INIT;
    g_autoptr(repoint_environment) environment = NULL;
    repoint_status status = repoint_environment_get(of->store, name, &environment, &error);
    char *wrong = wrong_status(one_case, status, &error);
    repoint_error_clear(&error);
    if (wrong != NULL || status != REPOINT_OK)
        return wrong;
    g_autofree char *text = record_text(environment);
    return wrong_text("the environment", text, field(one_case, "result"));
}

static char *check_get(const world *of, yyjson_val *one_case)
{
    static const char *const asked[][2] = {
        {"exact", "dev_1"}, {"not sanitised", "dev-1"}, {"not lower-cased", "Dev_1"}};
    const char *name = NULL;
    for (size_t i = 0; i < G_N_ELEMENTS(asked); i++) {
        if (strcmp(asked[i][0], text_of(one_case, "title")) == 0)
            name = asked[i][1];
    }
    if (name == NULL)
        return g_strdup("no name is known for this title");
    const char *expected = text_of(one_case, "result");
    g_autoptr(repoint_environment) environment = NULL;
    repoint_status status = repoint_environment_get(of->store, name, &environment, NULL);
    if (status != (expected != NULL ? REPOINT_OK : REPOINT_NOT_FOUND))
        return g_strdup_printf("%s for %s", repoint_status_name(status), name);
    return NULL;
}

static void write_optional_text(rp_json_writer *writer, const char *key, const char *text)
{
    if (text == NULL)
        return;
    rp_json_key(writer, key);
    rp_json_string(writer, text);
}

static void write_optional_ts(rp_json_writer *writer, const char *key, int64_t ts)
{
    if (ts == 0)
        return;
    rp_json_key(writer, key);
    rp_json_integer(writer, ts);
}

static bool write_summary(void *context, const repoint_environment_row *row)
{
    rp_json_writer *writer = context;
    rp_json_begin_object(writer);
    write_optional_text(writer, "name", row->name);
    write_optional_text(writer, "start_at", row->start_at);
    write_optional_text(writer, "end_at", row->end_at);
    write_optional_text(writer, "plan_id", row->plan_id);
    write_optional_text(writer, "previous_plan_id", row->previous_plan_id);
    write_optional_ts(writer, "expiration_ts", row->expiration_ts);
    write_optional_ts(writer, "finalized_ts", row->finalized_ts);
    rp_json_end_object(writer);
    return true;
}

static char *check_summary(const world *of, yyjson_val *one_case)
{
    repoint_error error = REPOINT_ERROR_INIT;
    g_autoptr(GString) text = g_string_new(NULL);
    rp_json_writer writer = RP_JSON_WRITER(text, RP_JSON_COMPACT);
    rp_json_begin_array(&writer);
    assert_ok(repoint_environments_list(of->store, write_summary, &writer, &error), &error);
    rp_json_end_array(&writer);
    return wrong_text("the list", text->str, field(one_case, "result"));
}

/* ---- how environments end ---- */

/* What a case is told by its title: which name, and whether prod is protected. */
static char *check_invalidate(const world *of, yyjson_val *one_case)
{
    static const struct {
        const char *title;
        const char *name;
    } names[] = {{"upper case", "DEV"},         {"not sanitised", "dev-1"},   {"prod is protected", "prod"},
                 {"Prod is protected", "Prod"}, {"prod unprotected", "prod"}, {"absent", "nope"}};
    const char *title = text_of(one_case, "title"), *name = "dev";
    for (size_t i = 0; i < G_N_ELEMENTS(names); i++) {
        if (strcmp(names[i].title, title) == 0)
            name = names[i].name;
    }
    repoint_error error = REPOINT_ERROR_INIT;
    repoint_status status =
        repoint_environment_invalidate(of->store, name, strcmp(title, "prod unprotected") != 0, NULL, &error);
    bool is_refused = rp_json_field(one_case, "error") != NULL;
    repoint_error_clear(&error);
    return status == (is_refused ? REPOINT_REFUSED : REPOINT_OK) ? NULL : g_strdup("another status");
}

static bool write_name(void *context, const repoint_environment_row *environment)
{
    rp_json_string(context, environment->name);
    return true;
}

/* These cases say of which environments there are statements, and which are left. */
static void given_statements_of(const world *of, yyjson_val *names)
{
    size_t index, count;
    yyjson_val *name;
    yyjson_arr_foreach (names, index, count, name)
        given_sql(of,
                  "INSERT INTO _environment_statements (environment_name, plan_id, environment_statements)"
                  " VALUES (?1, 'p', '[]')",
                  RP_VALUES(rp_db_text(yyjson_get_str(name))));
}

static char *wrong_statements_of(const world *of, yyjson_val *expected)
{
    repoint_error error = REPOINT_ERROR_INIT;
    g_autoptr(GPtrArray) names = g_ptr_array_new_with_free_func(g_free);
    g_autoptr(rp_rows) rows = NULL;
    bool has_row = false;
    assert_ok(rp_db_query(of->store->db, "SELECT environment_name FROM _environment_statements", RP_NO_VALUES,
                          &rows, &error),
              &error);
    while (rp_rows_next(rows, &has_row, &error) == REPOINT_OK && has_row)
        g_ptr_array_add(names, g_strdup_printf("\"%s\"", rp_rows_text(rows, 0)));
    return wrong_set("the statements left", names, expected);
}

/* "name a" asks for one, "current_ts later" for what will have expired. */
static char *check_expired(const world *of, yyjson_val *one_case)
{
    const char *title = text_of(one_case, "title");
    bool has_name = g_str_has_prefix(title, "name ") && strcmp(title, "name None") != 0;
    const char *name = has_name ? title + strlen("name ") : NULL;
    int64_t current_ts = strcmp(title, "current_ts later") == 0 ? of->now + 1 : 0;
    bool deletes = strcmp(text_of(one_case, "op"), "delete_expired_environments") == 0;
    repoint_error error = REPOINT_ERROR_INIT;
    g_autoptr(GString) text = g_string_new(NULL);
    rp_json_writer writer = RP_JSON_WRITER(text, RP_JSON_COMPACT);
    rp_json_begin_array(&writer);
    assert_ok((deletes ? repoint_environments_delete_expired : repoint_environments_expired)(
                  of->store, name, current_ts, write_name, &writer, &error),
              &error);
    rp_json_end_array(&writer);
    return wrong_text("what has expired", text->str, field(one_case, "result"));
}

/* ---- which snapshots ---- */

static repoint_environment *load_dev(const world *of)
{
    repoint_error error = REPOINT_ERROR_INIT;
    repoint_environment *environment = NULL;
    assert_ok(rp_environment_load(of->store, "dev", false, &environment, &error), &error);
    assert_non_null(environment);
    return environment;
}

static char *check_finalized_or_current(const world *of, yyjson_val *one_case)
{
    g_autoptr(repoint_environment) environment = load_dev(of);
    const rp_tables *tables = rp_environment_finalized_or_current(environment);
    g_autoptr(GPtrArray) keys = g_ptr_array_new_with_free_func(g_free);
    for (size_t i = 0; i < tables->count; i++)
        g_ptr_array_add(keys, g_strdup_printf("\"%s\"", key_of_table(of, &tables->items[i])));
    return wrong_set("the snapshots", keys, field(one_case, "result"));
}

static char *check_promoted(const world *of, yyjson_val *one_case)
{
    g_autoptr(repoint_environment) environment = load_dev(of);
    g_autoptr(GPtrArray) tables = rp_environment_promoted_tables(environment);
    g_autoptr(GPtrArray) keys = g_ptr_array_new_with_free_func(g_free);
    for (guint i = 0; i < tables->len; i++)
        g_ptr_array_add(keys, g_strdup_printf("\"%s\"", key_of_table(of, g_ptr_array_index(tables, i))));
    return wrong_set("the promoted snapshots", keys, field(one_case, "result"));
}

/* ---- the cases ---- */

typedef char *(*check)(const world *of, yyjson_val *one_case);

static check check_of(const char *op)
{
    static const struct {
        const char *op;
        check function;
    } checks[] = {
        {"finalize", check_finalize},
        {"read", check_read},
        {"get_environment", check_get},
        {"get_environments_summary", check_summary},
        {"finalized_or_current_snapshots", check_finalized_or_current},
        {"promoted_snapshots", check_promoted},
        {"invalidate", check_invalidate},
        {"get_expired_environments", check_expired},
        {"delete_expired_environments", check_expired},
    };
    for (size_t i = 0; i < G_N_ELEMENTS(checks); i++) {
        if (strcmp(checks[i].op, op) == 0)
            return checks[i].function;
    }
    return NULL;
}

static char *run_case(yyjson_val *file, yyjson_val *one_case, void *url)
{
    const char *op = text_of(one_case, "op");
    check function = check_of(op);
    if (function == NULL)
        return golden_leave(op, "compared by tests/conformance/differential.py");
    g_auto(world) of = {0};
    world_open(&of, url, file, int_of(one_case, "now"));
    /* A case of reading says in "after" how the row looked. */
    given_environments(&of, field(one_case, strcmp(op, "read") == 0 ? "after" : "before"));
    bool deletes = strcmp(op, "delete_expired_environments") == 0;
    if (deletes)
        given_statements_of(&of, field(one_case, "statements_before"));
    else
        given_statements(&of, field(one_case, "statements_before"));

    char *wrong = function(&of, one_case);
    if (wrong == NULL)
        wrong = wrong_environments(&of, field(one_case, "after"));
    if (wrong != NULL)
        return wrong;
    yyjson_val *statements = field(one_case, "statements_after");
    return deletes ? wrong_statements_of(&of, statements) : wrong_statements(&of, statements);
}

int main(void)
{
    return golden_state_main("environments", run_case);
}
