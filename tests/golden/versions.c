/*
 * Which stores open. repoint looks at the schema number alone: it writes what any SQLMesh of that schema
 * reads, and which SQLMesh may use the store is recorded for SQLMesh to check.
 */
#include "state_support.h"

#include <glib/gstdio.h>
#include <string.h>

/* A store whose table of versions says this; none at all where the case has none. */
static void given_versions(const char *url, yyjson_val *file, yyjson_val *stored)
{
    g_auto(world) of = {0};
    world_open(&of, url, file, 0);
    if (yyjson_is_null(stored)) {
        given_sql(&of, "DROP TABLE _versions", RP_NO_VALUES);
        return;
    }
    bool has_number = rp_json_field(stored, "schema_version") != NULL;
    given_sql(&of, "UPDATE _versions SET schema_version = ?1, sqlglot_version = ?2, sqlmesh_version = ?3",
              RP_VALUES(has_number ? rp_db_integer(int_of(stored, "schema_version")) : rp_db_null(RP_DB_INTEGER),
                        rp_db_text(text_of(stored, "sqlglot_version")),
                        rp_db_text(text_of(stored, "sqlmesh_version"))));
}

static char *wrong_versions(repoint_store *store, yyjson_val *expected)
{
    repoint_error error = REPOINT_ERROR_INIT;
    repoint_versions versions;
    assert_ok(repoint_store_versions(store, &versions, &error), &error);
    g_autofree char *text =
        g_strdup_printf("{\"schema_version\":%d,\"sqlglot_version\":\"%s\",\"sqlmesh_version\":\"%s\"}",
                        versions.schema_version, versions.sqlglot_version, versions.sqlmesh_version);
    return wrong_text("the versions", text, expected);
}

/* Does SQLMesh refuse for the schema number, and not for its own or SQLGlot's version? */
static bool is_about_the_number(yyjson_val *file, yyjson_val *one_case)
{
    yyjson_val *stored = field(one_case, "stored"), *local = field(file, "local");
    if (rp_json_field(one_case, "error") == NULL || yyjson_is_null(stored))
        return true;
    bool is_other_sqlmesh =
        g_strcmp0(text_of(stored, "sqlmesh_version"), text_of(local, "sqlmesh_version")) != 0;
    bool is_other_number = rp_json_field(stored, "schema_version") == NULL ||
                           int_of(stored, "schema_version") != int_of(local, "schema_version");
    return is_other_number && !is_other_sqlmesh;
}

static char *check_open(const char *url, yyjson_val *file, yyjson_val *one_case)
{
    yyjson_val *stored = field(one_case, "stored");
    given_versions(url, file, stored);
    repoint_error error = REPOINT_ERROR_INIT;
    g_autoptr(repoint_store) store = NULL;
    repoint_status status = repoint_store_open(url, NULL, &store, &error);
    char *message = g_strdup_printf("%s: %s", repoint_status_name(status), error.message);
    repoint_error_clear(&error);
    g_autofree char *told = message;

    char *wrong = store != NULL ? wrong_versions(store, field(one_case, "unvalidated")) : NULL;
    if (wrong != NULL)
        return wrong;
    if (!is_about_the_number(file, one_case)) {
        if (status != REPOINT_OK)
            return g_strdup_printf("a store of another SQLMesh does not open: %s", told);
        return golden_leave("another version of SQLMesh or SQLGlot", "not checked when opening");
    }
    if (rp_json_field(one_case, "error") == NULL)
        return status == REPOINT_OK ? NULL : g_steal_pointer(&told);
    repoint_status expected = yyjson_is_null(stored) ? REPOINT_NOT_A_STORE : REPOINT_SCHEMA_VERSION;
    return status == expected ? NULL : g_strdup_printf("it opens, or fails otherwise: %s", told);
}

static char *run_case(yyjson_val *file, yyjson_val *one_case, void *url)
{
    if (strcmp(text_of(one_case, "op"), "migrate") == 0)
        return golden_leave("migrate", "another test");
    return check_open(url, file, one_case);
}

static void test_which_stores_open(void **state G_GNUC_UNUSED)
{
    g_autofree char *folder = g_dir_make_tmp("repoint-versions-XXXXXX", NULL);
    assert_non_null(folder);
    g_autofree char *url = g_strdup_printf("sqlite:%s/state.db", folder);
    golden_run("versions", run_case, url);
    g_unlink(url + strlen("sqlite:"));
    g_rmdir(folder);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_which_stores_open)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
