/* promote(): what it answers, refuses and writes is what SQLMesh does. */
#include "state_support.h"

#include <string.h>

#include "model/environment.h"
#include "state/promote.h"

static void write_list(rp_json_writer *writer, const char *key, char *list)
{
    repoint_error error = REPOINT_ERROR_INIT;
    g_autoptr(rp_json) json = NULL;
    assert_ok(rp_json_parse(list, strlen(list), key, &json, &error), &error);
    rp_json_key(writer, key);
    rp_json_value(writer, rp_json_root(json));
    g_free(list);
}

/* The record to promote: its fields as they are given, and its lists from their keys. */
static repoint_environment *planned_record(const world *of, yyjson_val *plan)
{
    g_autoptr(GString) text = g_string_new(NULL);
    rp_json_writer writer = RP_JSON_WRITER(text, RP_JSON_COMPACT);
    size_t index, count;
    yyjson_val *key, *value;
    rp_json_begin_object(&writer);
    yyjson_obj_foreach (field(plan, "environment"), index, count, key, value) {
        rp_json_key(&writer, yyjson_get_str(key));
        rp_json_value(&writer, value);
    }
    write_list(&writer, "snapshots", tables_of_keys(of, field(plan, "on")));
    if (rp_json_field(plan, "promoted") != NULL)
        write_list(&writer, "promoted_snapshot_ids", ids_of_keys(of, field(plan, "promoted")));
    if (rp_json_field(plan, "previous_finalized") != NULL)
        write_list(&writer, "previous_finalized_snapshots",
                   tables_of_keys(of, field(plan, "previous_finalized")));
    rp_json_end_object(&writer);
    return environment_of_text(text->str);
}

/* null is every model, an empty list none. */
static const char **gap_names(yyjson_val *names, repoint_gap_check *ret_check)
{
    const char **list = g_new0(const char *, yyjson_arr_size(names) + 1);
    size_t index, count;
    yyjson_val *name;
    yyjson_arr_foreach (names, index, count, name)
        list[index] = yyjson_get_str(name);
    *ret_check = yyjson_is_null(names)         ? REPOINT_GAPS_ALL
                 : yyjson_arr_size(names) == 0 ? REPOINT_GAPS_NONE
                                               : REPOINT_GAPS_NAMED;
    return list;
}

static GPtrArray *keys_of_tables(const world *of, const GPtrArray *tables)
{
    GPtrArray *keys = g_ptr_array_new_with_free_func(g_free);
    for (guint i = 0; i < tables->len; i++)
        g_ptr_array_add(keys, g_strdup_printf("\"%s\"", key_of_table(of, g_ptr_array_index(tables, i))));
    return keys;
}

static char *wrong_promotion(const world *of, const repoint_promotion *promotion, yyjson_val *expected)
{
    g_autoptr(GPtrArray) added = keys_of_tables(of, promotion->added);
    g_autoptr(GPtrArray) removed = keys_of_tables(of, promotion->removed);
    g_ptr_array_add(added, NULL);
    g_autofree char *list = g_strjoinv(",", (char **)added->pdata);
    g_autofree char *in_order = g_strdup_printf("[%s]", list);
    char *wrong = wrong_text("added", in_order, field(expected, "added"));
    if (wrong == NULL)
        wrong = wrong_set("removed", removed, field(expected, "removed"));
    const char *naming = repoint_promotion_removed_naming_json(promotion);
    if (wrong == NULL)
        wrong = wrong_text("the naming of what is removed", naming != NULL ? naming : "null",
                           field(expected, "removed_environment_naming_info"));
    return wrong;
}

/* Touched are the snapshots whose updated_ts is now; all others must have kept theirs. */
static char *wrong_touches(const world *of, yyjson_val *expected)
{
    repoint_error error = REPOINT_ERROR_INIT;
    g_autoptr(rp_rows) rows = NULL;
    g_autoptr(GPtrArray) touched = g_ptr_array_new_with_free_func(g_free);
    bool has_row = false;
    assert_ok(rp_db_query(of->store->db, "SELECT name, fingerprint, updated_ts FROM _snapshots", RP_NO_VALUES,
                          &rows, &error),
              &error);
    while (rp_rows_next(rows, &has_row, &error) == REPOINT_OK && has_row) {
        int64_t updated_ts = rp_rows_integer(rows, 2, 0);
        if (updated_ts == int_of(of->file, "initial_updated_ts"))
            continue;
        const char *key = key_of_fingerprint(of, rp_rows_text(rows, 0), rp_rows_text(rows, 1));
        g_ptr_array_add(touched,
                        g_strdup_printf(updated_ts == of->now ? "\"%s\"" : "\"%s at another time\"", key));
    }
    return wrong_set("touched", touched, expected);
}

static char *run_case(yyjson_val *file, yyjson_val *one_case, void *url)
{
    g_auto(world) of = {0};
    world_open(&of, url, file, int_of(one_case, "now"));
    given_snapshots(&of, field(one_case, "stored_snapshots"));
    given_intervals(&of, field(one_case, "intervals"));
    given_environments(&of, field(one_case, "environments_before"));
    given_statements(&of, field(one_case, "statements_before"));

    g_autoptr(repoint_environment) planned = planned_record(&of, field(one_case, "promote"));
    g_autoptr(repoint_promotion) promotion = NULL;
    repoint_promote_options options = {.gap_names_exact = true};
    g_autofree const char **names = gap_names(field(one_case, "no_gaps_snapshot_names"), &options.gap_check);
    options.gap_names = names;
    yyjson_val *statements = rp_json_field(one_case, "environment_statements");
    g_autofree char *statements_text = statements != NULL ? compact_text(statements) : NULL;
    options.statements_json = statements_text;

    repoint_error error = REPOINT_ERROR_INIT;
    repoint_status status = repoint_promote(of.store, planned, &options, &promotion, &error);
    char *wrong = wrong_status(one_case, status, &error);
    repoint_error_clear(&error);
    if (wrong == NULL && status == REPOINT_OK)
        wrong = wrong_promotion(&of, promotion, field(one_case, "result"));
    if (wrong == NULL)
        wrong = wrong_environments(&of, field(one_case, "environments_after"));
    if (wrong == NULL)
        wrong = wrong_statements(&of, field(one_case, "statements_after"));
    return wrong != NULL ? wrong : wrong_touches(&of, field(one_case, "touched"));
}

int main(void)
{
    return golden_state_main("promotion", run_case);
}
