/* Snapshots: pushing, looking up, unpausing. */
#include "state_support.h"

#include <string.h>

#include "model/snapshot.h"
#include "state/promote.h"

/* ---- what is stored ---- */

static char *stored_rows(const world *of)
{
    repoint_error error = REPOINT_ERROR_INIT;
    g_autoptr(rp_rows) rows = NULL;
    GString *text = g_string_new(NULL);
    rp_json_writer writer = RP_JSON_WRITER(text, RP_JSON_COMPACT);
    bool has_row = false;
    assert_ok(
        rp_db_query(
            of->store->db,
            "SELECT name, identifier, version, kind_name, updated_ts, unpaused_ts, ttl_ms, unrestorable,"
            " forward_only, dev_version, fingerprint FROM _snapshots",
            RP_NO_VALUES, &rows, &error),
        &error);
    rp_json_begin_array(&writer);
    while (rp_rows_next(rows, &has_row, &error) == REPOINT_OK && has_row) {
        rp_json_begin_object(&writer);
        rp_json_key(&writer, "key");
        rp_json_string(&writer, key_of_fingerprint(of, rp_rows_text(rows, 0), rp_rows_text(rows, 10)));
        write_text_column(&writer, "name", rows, 0);
        write_text_column(&writer, "identifier", rows, 1);
        write_text_column(&writer, "version", rows, 2);
        write_text_column(&writer, "kind_name", rows, 3);
        write_integer_column(&writer, "updated_ts", rows, 4);
        write_integer_column(&writer, "unpaused_ts", rows, 5);
        write_integer_column(&writer, "ttl_ms", rows, 6);
        write_boolean_column(&writer, "unrestorable", rows, 7);
        write_boolean_column(&writer, "forward_only", rows, 8);
        write_text_column(&writer, "dev_version", rows, 9);
        write_text_column(&writer, "fingerprint", rows, 10);
        rp_json_end_object(&writer);
    }
    rp_json_end_array(&writer);
    return g_string_free(text, FALSE);
}

static char *wrong_rows(const world *of, const char *what, yyjson_val *expected)
{
    g_autofree char *text = stored_rows(of);
    g_autoptr(rp_json) json = NULL;
    assert_ok(rp_json_parse(text, strlen(text), "rows", &json, NULL), NULL);
    g_autoptr(GPtrArray) rows = g_ptr_array_new_with_free_func(g_free);
    size_t index, count;
    yyjson_val *row;
    yyjson_arr_foreach (rp_json_root(json), index, count, row)
        g_ptr_array_add(rows, compact_text(row));
    return wrong_set(what, rows, expected);
}

/* ---- push ---- */

static void free_snapshot(gpointer snapshot)
{
    repoint_snapshot_free(snapshot);
}

/* orders as it was before a plan gave it a version. */
static repoint_snapshot *orders_without_version(const world *of)
{
    repoint_snapshot *orders = snapshot_of_key(of, "orders@a");
    orders->version = NULL;
    return orders;
}

/* A case says what is stored in the end: that is what is pushed; and a new orders where it is to be refused.
 */
static char *check_push(const world *of, yyjson_val *one_case)
{
    g_autoptr(GPtrArray) snapshots = g_ptr_array_new_with_free_func(free_snapshot);
    size_t index, count;
    yyjson_val *row;
    yyjson_arr_foreach (field(one_case, "after"), index, count, row)
        g_ptr_array_add(snapshots, snapshot_of_key(of, text_of(row, "key")));
    if (rp_json_field(one_case, "error") != NULL)
        g_ptr_array_add(snapshots, orders_without_version(of));

    repoint_error error = REPOINT_ERROR_INIT;
    size_t added = 0;
    repoint_status status = repoint_push(of->store, (const repoint_snapshot *const *)snapshots->pdata,
                                         snapshots->len, &added, &error);
    char *wrong = wrong_status(one_case, status, &error);
    repoint_error_clear(&error);
    size_t expected = snapshots->len - yyjson_arr_size(field(one_case, "stored"));
    if (wrong == NULL && status == REPOINT_OK && added != expected)
        wrong = g_strdup_printf("%zu snapshots are said to be new, %zu are", added, expected);
    return wrong;
}

/* ---- looking up ---- */

/* What was asked for: what is found, and one that is not stored; nothing where the case says so. */
static char *check_exist(const world *of, yyjson_val *one_case)
{
    bool none_given = strcmp(text_of(one_case, "title"), "none given") == 0;
    g_autoptr(repoint_snapshot) orders = snapshot_of_key(of, "orders@a");
    g_autoptr(repoint_snapshot) revenue = snapshot_of_key(of, "revenue@a");
    repoint_snapshot_id ids[] = {{revenue->name, revenue->identifier}, {orders->name, orders->identifier}};
    bool exists[G_N_ELEMENTS(ids)] = {true, false};
    repoint_error error = REPOINT_ERROR_INIT;
    assert_ok(repoint_snapshots_exist(of->store, ids, none_given ? 0 : G_N_ELEMENTS(ids), exists, &error),
              &error);
    if (none_given)
        return NULL;
    return wrong_text("what exists", !exists[0] && exists[1] ? "[\"orders@a\"]" : "other",
                      field(one_case, "result"));
}

static char *check_get(const world *of, yyjson_val *one_case)
{
    g_autoptr(repoint_snapshot) orders = snapshot_of_key(of, "orders@a");
    g_autoptr(repoint_snapshot) revenue = snapshot_of_key(of, "revenue@a");
    repoint_snapshot_id ids[] = {{revenue->name, revenue->identifier}, {orders->name, orders->identifier}};
    repoint_error error = REPOINT_ERROR_INIT;
    repoint_snapshot_list *list = NULL;
    assert_ok(repoint_snapshots_get(of->store, ids, G_N_ELEMENTS(ids), &list, &error), &error);
    g_autoptr(GPtrArray) keys = g_ptr_array_new_with_free_func(g_free);
    for (size_t i = 0; i < repoint_snapshot_list_count(list); i++) {
        repoint_table *table = NULL;
        assert_ok(repoint_snapshot_table(repoint_snapshot_list_at(list, i), &table, &error), &error);
        g_ptr_array_add(keys, g_strdup_printf("\"%s\"", key_of_table(of, table)));
        repoint_table_free(table);
    }
    repoint_snapshot_list_free(list);
    return wrong_set("what is loaded", keys, field(one_case, "result"));
}

/* ---- unpause ---- */

static void free_table(gpointer table)
{
    repoint_table_free(table);
}

static void unpause(const world *of, GPtrArray *tables, int64_t unpaused_ts)
{
    repoint_error error = REPOINT_ERROR_INIT;
    assert_ok(
        rp_unpause(of->store, (const repoint_table *const *)tables->pdata, tables->len, unpaused_ts, &error),
        &error);
}

static void unpause_orders_on_january_5(world *of)
{
    int64_t now = of->now;
    of->now = INT64_C(1767571200000);
    g_autoptr(GPtrArray) tables = g_ptr_array_new_with_free_func(free_table);
    g_ptr_array_add(tables, table_of_key(of, "orders@a"));
    unpause(of, tables, of->now);
    of->now = now;
}

/* Those that are unpaused in the end are what the call was given. */
static char *check_unpause(world *of, yyjson_val *one_case)
{
    const char *title = text_of(one_case, "title");
    char *wrong = wrong_rows(of, "the rows before", field(one_case, "before"));
    if (wrong != NULL)
        return wrong;
    if (strcmp(title, "the other was unpaused on 01-05") == 0)
        unpause_orders_on_january_5(of);
    g_autoptr(GPtrArray) tables = g_ptr_array_new_with_free_func(free_table);
    if (strcmp(title, "unknown one") == 0)
        g_ptr_array_add(tables, table_of_key(of, "orders@b"));
    int64_t unpaused_ts = of->now;
    size_t index, count;
    yyjson_val *row;
    yyjson_arr_foreach (field(one_case, "after"), index, count, row) {
        if (rp_json_field(row, "unpaused_ts") == NULL)
            continue;
        unpaused_ts = int_of(row, "unpaused_ts");
        g_ptr_array_add(tables, table_of_key(of, text_of(row, "key")));
    }
    unpause(of, tables, unpaused_ts);
    return NULL;
}

/* ---- the cases ---- */

static char *check_case(world *of, yyjson_val *one_case)
{
    const char *op = text_of(one_case, "op");
    if (strcmp(op, "push_snapshots") == 0)
        return check_push(of, one_case);
    if (strcmp(op, "snapshots_exist") == 0)
        return check_exist(of, one_case);
    if (strcmp(op, "get_snapshots") == 0)
        return check_get(of, one_case);
    if (strcmp(op, "unpause_snapshots") == 0)
        return check_unpause(of, one_case);
    return golden_leave(op, "compared by tests/conformance/differential.py");
}

static char *run_case(yyjson_val *file, yyjson_val *one_case, void *url)
{
    if (rp_json_field(one_case, "stored") == NULL)
        return golden_leave(text_of(one_case, "op"), "SQLMesh computes it, not the store");
    g_auto(world) of = {0};
    world_open(&of, url, file, int_of(one_case, "now"));
    given_snapshots(&of, field(one_case, "stored"));
    char *wrong = check_case(&of, one_case);
    return wrong != NULL ? wrong : wrong_rows(&of, "the rows after", field(one_case, "after"));
}

int main(void)
{
    return golden_state_main("snapshots", run_case);
}
