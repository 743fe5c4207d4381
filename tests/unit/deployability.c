/* Sets of snapshots that have no index, and questions about snapshots that an index does not know. */
#include "support.h"

#include <string.h>

#include "model/deployability.h"
#include "model/kind.h"

static rp_deployability_node snapshot(const char *name, const char *const *parents)
{
    return (rp_deployability_node){.name = name,
                                   .identifier = "1",
                                   .parents = parents,
                                   .category = RP_CATEGORY_BREAKING,
                                   .is_virtual_environment_full = true,
                                   .is_paused = true,
                                   .has_valid_start = true};
}

static void test_parents_in_a_circle_are_refused(void **state G_GNUC_UNUSED)
{
    const char *of_orders[] = {"items", NULL}, *of_items[] = {"orders", NULL};
    rp_deployability_node nodes[] = {snapshot("orders", of_orders), snapshot("items", of_items)};
    repoint_error error = REPOINT_ERROR_INIT;
    rp_deployability *index = NULL;
    assert_int_equal(rp_deployability_create(nodes, 2, &index, &error), REPOINT_INVALID);
    assert_null(index);
    assert_non_null(strstr(error.message, "orders"));
    repoint_error_clear(&error);
}

static void test_two_snapshots_of_one_model_are_refused(void **state G_GNUC_UNUSED)
{
    rp_deployability_node nodes[] = {snapshot("orders", NULL), snapshot("orders", NULL)};
    rp_deployability *index = NULL;
    assert_int_equal(rp_deployability_create(nodes, 2, &index, NULL), REPOINT_INVALID);
}

static void test_a_model_may_read_itself_and_parents_elsewhere(void **state G_GNUC_UNUSED)
{
    const char *parents[] = {"orders", "elsewhere", NULL};
    rp_deployability_node node = snapshot("orders", parents);
    repoint_error error = REPOINT_ERROR_INIT;
    g_autoptr(rp_deployability) index = NULL;
    assert_ok(rp_deployability_create(&node, 1, &index, &error), &error);
    assert_true(rp_deployability_is_deployable(index, "orders", "1"));
    assert_false(rp_deployability_is_deployable(index, "orders", "2"));
    assert_false(rp_deployability_is_representative(index, "elsewhere", "1"));
}

static void test_in_production_everything_is_deployable(void **state G_GNUC_UNUSED)
{
    g_autoptr(rp_deployability) index = rp_deployability_all();
    assert_true(rp_deployability_is_deployable(index, "orders", "1"));
    assert_true(rp_deployability_is_representative(index, "items", "2"));
}

/* Every model but the first reads the one before it: no recursion may go as deep as that. */
static void test_a_chain_of_ten_thousand_models_follows_its_first(void **state G_GNUC_UNUSED)
{
    enum { COUNT = 10000 };
    g_autofree rp_deployability_node *nodes = g_new(rp_deployability_node, COUNT);
    g_auto(GStrv) names = g_new0(char *, COUNT + 1);
    const char *(*parents)[2] = g_malloc0(COUNT * sizeof *parents);
    for (int i = 0; i < COUNT; i++) {
        names[i] = g_strdup_printf("model_%d", i);
        parents[i][0] = i == 0 ? NULL : names[i - 1];
        nodes[COUNT - 1 - i] = snapshot(names[i], parents[i]);
    }
    nodes[COUNT - 1].is_forward_only = true; /* the first of the chain, paused */
    repoint_error error = REPOINT_ERROR_INIT;
    g_autoptr(rp_deployability) index = NULL;
    assert_ok(rp_deployability_create(nodes, COUNT, &index, &error), &error);
    assert_false(rp_deployability_is_deployable(index, names[COUNT - 1], "1"));
    g_free(parents);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_parents_in_a_circle_are_refused),
        cmocka_unit_test(test_two_snapshots_of_one_model_are_refused),
        cmocka_unit_test(test_a_model_may_read_itself_and_parents_elsewhere),
        cmocka_unit_test(test_in_production_everything_is_deployable),
        cmocka_unit_test(test_a_chain_of_ten_thousand_models_follows_its_first),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
