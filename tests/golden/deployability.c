/* Which snapshots a development environment may show as they are, and the tables that its views then read. */
#include "support.h"

#include <stdio.h>
#include <string.h>

#include "model/deployability.h"
#include "model/kind.h"
#include "model/table.h"

#define MAX_SNAPSHOTS 8

/* The snapshots of one case. The file calls them by short names, "a" for "db"."a". */
typedef struct snapshot_set {
    rp_deployability_node nodes[MAX_SNAPSHOTS];
    const char *parents[MAX_SNAPSHOTS][MAX_SNAPSHOTS];
    char identifiers[MAX_SNAPSHOTS][16];
    size_t count;
} snapshot_set;

static int64_t midnight_of(const char *day)
{
    int year, month, day_of_month;
    assert_int_equal(sscanf(day, "%d-%d-%d", &year, &month, &day_of_month), 3);
    g_autoptr(GDateTime) midnight = g_date_time_new_utc(year, month, day_of_month, 0, 0, 0);
    return g_date_time_to_unix(midnight) * 1000;
}

/* A model that reads its own past must start where its data begins, or go on where it ends. */
static bool has_valid_start(yyjson_val *snapshot, const char *start)
{
    if (start == NULL || !bool_of(snapshot, "depends_on_past") || text_of(snapshot, "node_start") == NULL)
        return true;
    yyjson_val *first = yyjson_arr_get_first(field(snapshot, "intervals"));
    int64_t begins_ts = midnight_of(text_of(snapshot, "node_start"));
    if (first != NULL)
        assert_true(rp_json_int(yyjson_arr_get(first, 1), &begins_ts));
    return begins_ts >= midnight_of(start);
}

static void add_snapshot(snapshot_set *set, yyjson_val *snapshot, const char *start)
{
    size_t at = set->count++;
    assert_true(set->count <= MAX_SNAPSHOTS);
    size_t index, count;
    yyjson_val *parent;
    yyjson_arr_foreach (field(snapshot, "parents"), index, count, parent) {
        set->parents[at][index] = yyjson_get_str(parent);
    }
    snprintf(set->identifiers[at], sizeof set->identifiers[at], "id-%s", text_of(snapshot, "name"));
    set->nodes[at] = (rp_deployability_node){
        .name = text_of(snapshot, "name"),
        .identifier = set->identifiers[at],
        .parents = set->parents[at],
        .category = rp_json_field(snapshot, "category") == NULL ? RP_CATEGORY_NONE
                                                                : (int)int_of(snapshot, "category"),
        .is_forward_only = bool_of(snapshot, "forward_only"),
        .model_is_forward_only = bool_of(snapshot, "model_forward_only"),
        .has_auto_restatement = bool_of(snapshot, "auto_restatement"),
        .is_virtual_environment_full = strcmp(text_of(snapshot, "virtual_environment_mode"), "full") == 0,
        .is_paused = !bool_of(snapshot, "unpaused"),
        .has_intervals = yyjson_arr_size(field(snapshot, "intervals")) > 0,
        .has_valid_start = has_valid_start(snapshot, start),
    };
}

static bool contains(yyjson_val *names, const char *name)
{
    size_t index, count;
    yyjson_val *element;
    yyjson_arr_foreach (names, index, count, element) {
        if (yyjson_equals_str(element, name))
            return true;
    }
    return false;
}

static char *check_verdicts(yyjson_val *one_case, const snapshot_set *set, const rp_deployability *index)
{
    for (size_t i = 0; i < set->count; i++) {
        const rp_deployability_node *node = &set->nodes[i];
        if (rp_deployability_is_deployable(index, node->name, node->identifier) !=
            contains(field(one_case, "deployable"), node->name))
            return g_strdup_printf("%s is deployable or is not", node->name);
        if (rp_deployability_is_representative(index, node->name, node->identifier) !=
            contains(field(one_case, "representative"), node->name))
            return g_strdup_printf("%s is representative or is not", node->name);
    }
    return NULL;
}

static char *check_table(yyjson_val *snapshot, const char *expected, bool representative)
{
    g_autofree char *json = yyjson_val_write(field(snapshot, "table_info"), 0, NULL);
    repoint_error error = REPOINT_ERROR_INIT;
    repoint_table *table = NULL;
    assert_ok(repoint_table_from_json(json, strlen(json), &table, &error), &error);
    g_autofree char *got = repoint_table_physical_name(table, !representative);
    repoint_table_free(table);
    return g_strcmp0(got, expected) == 0 ? NULL : g_strdup_printf("a view reads %s, not %s", got, expected);
}

static char *check_tables(yyjson_val *one_case, const rp_deployability *index)
{
    size_t at, count;
    yyjson_val *snapshot;
    yyjson_arr_foreach (field(one_case, "snapshots"), at, count, snapshot) {
        const char *name = text_of(snapshot, "name");
        const char *expected = text_of(field(one_case, "tables"), name);
        if (expected == NULL)
            continue;
        g_autofree char *identifier = g_strdup_printf("id-%s", name);
        char *wrong =
            check_table(snapshot, expected, rp_deployability_is_representative(index, name, identifier));
        if (wrong != NULL)
            return wrong;
    }
    return NULL;
}

static char *run_case(yyjson_val *file G_GNUC_UNUSED, yyjson_val *one_case, void *context G_GNUC_UNUSED)
{
    snapshot_set set = {0};
    size_t at, count;
    yyjson_val *snapshot;
    yyjson_arr_foreach (field(one_case, "snapshots"), at, count, snapshot) {
        if (bool_of(snapshot, "in_set"))
            add_snapshot(&set, snapshot, text_of(one_case, "start"));
    }
    repoint_error error = REPOINT_ERROR_INIT;
    g_autoptr(rp_deployability) index = NULL;
    assert_ok(rp_deployability_create(set.nodes, set.count, &index, &error), &error);
    char *wrong = check_verdicts(one_case, &set, index);
    return wrong != NULL ? wrong : check_tables(one_case, index);
}

static void test_deployability(void **state G_GNUC_UNUSED)
{
    golden_run("deployability", run_case, NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_deployability)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
