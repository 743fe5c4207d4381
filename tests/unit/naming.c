/*
 * Names from outside: odd ones, hostile ones, and what must be refused. The expected names are SQLMesh's,
 * found by comparing a few ten thousand random ones with it, unless a line says otherwise.
 */
#include "support.h"

#include <string.h>

#include "model/dialect.h"
#include "model/naming.h"
#include "model/word.h"

static void test_odd_names_have_the_full_name_that_sqlmesh_stores(void **state G_GNUC_UNUSED)
{
    static const struct {
        const char *name;
        const char *catalog;
        const char *dialect;
        const char *fqn;
    } cases[] = {
        {" shop . orders ", NULL, "", "\"shop\".\"orders\""},
        {"shop.order items", NULL, "snowflake", "\"SHOP\".\"order items\""},
        {"my-project.sales.Orders", NULL, "snowflake", "\"my-project\".\"SALES\".\"ORDERS\""},
        {"`Shop`.`Orders`", NULL, "postgres", "\"`Shop`\".\"`Orders`\""},
        {"[Shop].[Orders]", NULL, "mysql", "\"[Shop]\".\"[Orders]\""},
        {"'Shop'.\"Orders\"", NULL, "mysql", "\"Shop\".\"Orders\""},
        {"[a]]b]", NULL, "tsql", "\"a]b\""},
        {"`Shop.Orders`", NULL, "spark", "\"shop.orders\""},
        {"`p.Shop`.Orders", NULL, "bigquery", "\"p\".\"Shop\".\"Orders\""},
        {"Orders", NULL, "bigquery", "\"orders\""},
        {"Shop.Orders", NULL, "bigquery, normalization_strategy = lowercase", "\"shop\".\"orders\""},
        {"Shop.Orders", NULL, "duckdb, normalization_strategy=case_insensitive_uppercase",
         "\"SHOP\".\"ORDERS\""},
        {"shop.x$Y", NULL, "oracle", "\"SHOP\".\"X$Y\""},
        {"shop.x#Y", NULL, "oracle", "\"SHOP\".\"X#Y\""},
        {"shop.x#Y", NULL, "snowflake", "\"SHOP\".\"x#Y\""},
        {"1Abc.Orders", NULL, "snowflake", "\"1Abc\".\"ORDERS\""},
        {"`orders`.1abc", "cat", "starrocks", "\"cat\".\"orders\".\"1abc\""},
        {"shop.orders", "1c", "snowflake", "\"1C\".\"SHOP\".\"ORDERS\""},
        {"shop.orders", "my-Cat", "snowflake", "\"my-Cat\".\"SHOP\".\"ORDERS\""},
        {"shop.orders", "\"Cat\"", "postgres", "\"Cat\".\"shop\".\"orders\""},
        {"shop.orders", "`Cat`", "mysql", "\"`Cat`\".\"shop\".\"orders\""},
        {"orders", "cat", "postgres", "\"orders\""},
        {"ΟΔΟΣ.x", NULL, "postgres", "\"οδος\".\"x\""},
        {"straße.ﬁ", NULL, "snowflake", "\"STRASSE\".\"FI\""},
        {"İ.Ⅷ", NULL, "duckdb", "\"i̇\".\"ⅷ\""},
        {"😀.x", NULL, "exasol", "\"😀\".\"X\""},
        {"a.b.C.d", "cat", "postgres", "\"a\".\"b\".\"c\".\"d\""},
        /* SQLMesh keeps the quotes beside a reserved word: """Shop"""."select". */
        {"\"Shop\".select", NULL, "postgres", "\"Shop\".\"select\""},
    };
    for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
        repoint_error error = REPOINT_ERROR_INIT;
        g_autofree char *fqn = NULL;
        assert_ok(rp_model_fqn(cases[i].name, cases[i].catalog, cases[i].dialect, &fqn, &error), &error);
        assert_string_equal(fqn, cases[i].fqn);
    }
}

static void test_what_is_not_a_name_is_refused(void **state G_GNUC_UNUSED)
{
    static const char *const names[] = {
        "",
        ".",
        "shop.",
        ".orders",
        "shop..orders",
        "\"shop\".\"\"",
        "\"shop",
        "shop's",
        "shop.orders -- x",
        "shop/**/.orders",
        "drop();",
        "@this_env.orders",
        "f(x)",
        "\"cat\".shop-x",
        "a.b.c.d-e",
        "\"shop\" orders",
        "\xff.orders",
        "shop.\xc3",
    };
    for (size_t i = 0; i < G_N_ELEMENTS(names); i++) {
        repoint_error error = REPOINT_ERROR_INIT;
        char *fqn = NULL;
        assert_int_equal(rp_model_fqn(names[i], NULL, "", &fqn, &error), REPOINT_INVALID);
        assert_null(fqn);
        assert_non_null(error.message);
        repoint_error_clear(&error);
    }
    char *fqn = NULL;
    assert_int_equal(rp_model_fqn("shop.orders", NULL, "oracel", &fqn, NULL), REPOINT_INVALID);
    assert_int_equal(rp_model_fqn("o", NULL, "mysql, normalization_strategy = title", &fqn, NULL),
                     REPOINT_INVALID);
}

static void test_a_name_of_unreasonable_length_is_refused_without_repeating_it(void **state G_GNUC_UNUSED)
{
    g_autofree char *name = g_strnfill(RP_NAME_MAX + 1, 'o');
    repoint_error error = REPOINT_ERROR_INIT;
    char *fqn = NULL;
    assert_int_equal(rp_model_fqn(name, NULL, "", &fqn, &error), REPOINT_INVALID);
    assert_non_null(strstr(error.message, "4097 bytes"));
    assert_true(strlen(error.message) < 200);
    repoint_error_clear(&error);

    name[RP_NAME_MAX] = '\0';
    assert_ok(rp_model_fqn(name, NULL, "", &fqn, &error), &error);
    g_free(fqn);
    assert_int_equal(rp_name_check("shop\0orders", 11, "name", NULL), REPOINT_INVALID);
}

static void test_a_full_name_survives_being_taken_apart(void **state G_GNUC_UNUSED)
{
    static const char *const names[] = {"\"o\"", "\"shop\".\"orders\"", "\"c\".\"sp ace\".\"na\"\"me\"",
                                        "\"a.b\".\"c\"", "\"c\".\"select\".\"名前\""};
    for (size_t i = 0; i < G_N_ELEMENTS(names); i++) {
        repoint_error error = REPOINT_ERROR_INIT;
        rp_name name = {0};
        assert_ok(rp_name_from_fqn(names[i], &name, &error), &error);
        g_autofree char *again = rp_name_to_fqn(&name);
        assert_string_equal(again, names[i]);
        rp_name_clear(&name);
    }
    repoint_error error = REPOINT_ERROR_INIT;
    rp_name four = {0};
    assert_ok(rp_name_from_fqn("\"a\".\"b\".\"c\".\"d\"", &four, &error), &error);
    rp_name expected = {.catalog = (char *)"a.b", .schema = (char *)"c", .table = (char *)"d"};
    assert_true(rp_name_equal(&four, &expected));
    rp_name_clear(&four);
}

static void test_a_display_name_quotes_only_what_needs_it(void **state G_GNUC_UNUSED)
{
    rp_name name = {.catalog = (char *)"my-cat", .schema = (char *)"Sales_2026", .table = (char *)"na\"me"};
    g_autofree char *text = rp_name_to_display(&name);
    assert_string_equal(text, "\"my-cat\".Sales_2026.\"na\"\"me\"");
}

static void test_views_of_odd_models_and_environments(void **state G_GNUC_UNUSED)
{
    static const struct {
        const char *fqn;
        const char *environment;
        rp_suffix_target target;
        const char *override;
        const char *dialect;
        const char *view;
    } cases[] = {
        {"\"c\".\"Db\".\"M\"", "12foo", RP_SUFFIX_SCHEMA, NULL, "snowflake", "c.Db__12FOO.M"},
        {"\"c\".\"Db\".\"M\"", "1e5", RP_SUFFIX_TABLE, NULL, "snowflake", "c.Db.M__1E5"},
        {"\"c\".\"db\".\"m\"", "föö", RP_SUFFIX_TABLE, "Over-1", "snowflake", "\"Over-1\".db.m__FÖÖ"},
        {"\"my-c\".\"db\".\"m\"", "dev", RP_SUFFIX_CATALOG, "over", "postgres", "\"my-c__dev\".db.m"},
        {"\"C\".\"db\".\"m\"", "dev", RP_SUFFIX_CATALOG, NULL, NULL, "c__dev.db.m"},
        {"\"m\"", "select", RP_SUFFIX_SCHEMA, NULL, "oracle", "DEFAULT__SELECT.m"},
        {"\"db\".\"m\"", "prod", RP_SUFFIX_CATALOG, "over", "oracle", "OVER.db.m"},
        {"\"db\".\"m\"", "prod", RP_SUFFIX_CATALOG, NULL, "", "db.m"},
    };
    for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
        rp_environment_naming naming = {.name = (char *)cases[i].environment,
                                        .suffix_target = cases[i].target,
                                        .catalog_name_override = (char *)cases[i].override,
                                        .normalize_name = true};
        repoint_error error = REPOINT_ERROR_INIT;
        rp_name view = {0};
        assert_ok(rp_view_name(cases[i].fqn, &naming, cases[i].dialect, &view, &error), &error);
        g_autofree char *text = rp_name_to_display(&view);
        assert_string_equal(text, cases[i].view);
        rp_name_clear(&view);
    }
}

static void test_an_environment_has_the_name_that_it_is_read_with(void **state G_GNUC_UNUSED)
{
    static const char *const names[][2] = {
        {"İstanbul", "i_stanbul"},
        {"ΟΔΟΣ", "οδος"},
        {"ΣΑΣ-ΑΣ", "σας_ας"},
        {"Ⅷ", "ⅷ"},
        {"x²", "x²"},
        {"Ⓐ", "_"},
        {"\xff", "_"},
        {"a\xc3", "a_"},
    };
    for (size_t i = 0; i < G_N_ELEMENTS(names); i++) {
        g_autofree char *once = rp_environment_name_sanitize(names[i][0]);
        g_autofree char *twice = rp_environment_name_sanitize(once);
        assert_string_equal(once, names[i][1]);
        assert_string_equal(twice, once);
    }
}

static void test_case_is_pythons(void **state G_GNUC_UNUSED)
{
    static const struct {
        const char *text;
        const char *lower;
        const char *upper;
    } cases[] = {
        {"Σ", "σ", "Σ"},    {"ΑΣ'", "ας'", "ΑΣ'"}, {"ΑΣ'Β", "ασ'β", "ΑΣ'Β"}, {"ªΣ", "ªς", "ªΣ"},
        {"1Σ", "1σ", "1Σ"}, {"ŉ", "ŉ", "ʼN"},      {"ǅ", "ǆ", "Ǆ"},          {"ⓐⅷ", "ⓐⅷ", "ⒶⅧ"},
        {"ı", "ı", "I"},    {"i", "i", "I"},       {"ᾳ", "ᾳ", "ΑΙ"},         {"α\u0345", "α\u0345", "ΑΙ"},
    };
    for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
        g_autofree char *lower = rp_text_lower(cases[i].text);
        g_autofree char *upper = rp_text_upper(cases[i].text);
        assert_string_equal(lower, cases[i].lower);
        assert_string_equal(upper, cases[i].upper);
    }
}

static void test_an_expression_that_cannot_be_used_is_named(void **state G_GNUC_UNUSED)
{
    rp_name_mapping malformed[] = {{.pattern = "pr(od", .name = "warehouse"}};
    repoint_error error = REPOINT_ERROR_INIT;
    const char *catalog = NULL;
    assert_int_equal(rp_name_mapping_find(malformed, 1, "prod", &catalog, &error), REPOINT_INVALID);
    assert_non_null(strstr(error.message, "pr(od"));
    repoint_error_clear(&error);

    /* Backtracks without end unless it is stopped. */
    rp_name_mapping costly[] = {{.pattern = "(a|aa)+$", .name = "warehouse"}};
    assert_int_equal(rp_name_mapping_find(costly, 1,
                                          "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaac",
                                          &catalog, &error),
                     REPOINT_INVALID);
    repoint_error_clear(&error);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_odd_names_have_the_full_name_that_sqlmesh_stores),
        cmocka_unit_test(test_what_is_not_a_name_is_refused),
        cmocka_unit_test(test_a_name_of_unreasonable_length_is_refused_without_repeating_it),
        cmocka_unit_test(test_a_full_name_survives_being_taken_apart),
        cmocka_unit_test(test_a_display_name_quotes_only_what_needs_it),
        cmocka_unit_test(test_views_of_odd_models_and_environments),
        cmocka_unit_test(test_an_environment_has_the_name_that_it_is_read_with),
        cmocka_unit_test(test_case_is_pythons),
        cmocka_unit_test(test_an_expression_that_cannot_be_used_is_named),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
