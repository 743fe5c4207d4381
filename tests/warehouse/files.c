/* Views in files, SQLite's and DuckDB's: what is left alone, and what is made again. */
#include <stdio.h>
#include <string.h>

#include "db/db.h"
#include "story.h"
#include "warehouse/views.h"

typedef struct shop {
    rp_db *db;
    repoint_environment *prod;
    rp_view_properties *says;
} shop;

static void run(const shop *in, const char *sql)
{
    repoint_error error = REPOINT_ERROR_INIT;
    assert_ok(rp_db_execute(in->db, sql, RP_NO_VALUES, NULL, &error), &error);
}

static bool reads_version(void *context, const repoint_table *table)
{
    (void)context, (void)table;
    return false;
}

static const rp_view_properties *says(void *context, const repoint_table *table)
{
    (void)table;
    return ((shop *)context)->says;
}

/* The actions of all views, in their order, and "*" for columns that differ. g_free() */
static char *compare(shop *in, bool apply)
{
    repoint_error error = REPOINT_ERROR_INIT;
    g_autoptr(GPtrArray) obstacles = rp_obstacles_new(), changes = NULL;
    g_autoptr(GPtrArray) warnings = g_ptr_array_new_with_free_func(g_free);
    rp_view_request request = {
        .planned = in->prod,
        .source = {.reads_dev_table = reads_version, .properties = says, .context = in},
    };
    rp_findings findings = {obstacles, warnings};
    assert_ok(rp_views_compare(in->db, &request, &findings, &changes, &error), &error);
    assert_int_equal(obstacles->len, 0);
    GString *text = g_string_new(NULL);
    for (guint i = 0; i < changes->len; i++) {
        const rp_view_change *change = g_ptr_array_index(changes, i);
        bool differs =
            change->columns_added->len + change->columns_removed->len + change->columns_retyped->len > 0 ||
            change->is_reordered;
        g_string_append_printf(text, "%s%s%s", i > 0 ? " " : "", rp_view_action_name(change->action),
                               differs ? "*" : "");
    }
    if (apply) {
        assert_ok(rp_db_begin(in->db, RP_DB_WRITE, &error), &error);
        assert_ok(rp_views_create_schemas(in->db, changes, &error), &error);
        assert_ok(rp_views_apply(in->db, changes, &error), &error);
        assert_ok(rp_db_commit(in->db, &error), &error);
    }
    return g_string_free(text, FALSE);
}

static void assert_compared(shop *in, const char *expected)
{
    g_autofree char *actions = compare(in, false);
    assert_string_equal(actions, expected);
}

static shop shop_new(const char *url, repoint_error *error)
{
    shop in = {0};
    repoint_snapshot *snapshots[] = {story_snapshot("orders", 1, 1, 1), story_snapshot("select", 1, 1, 1)};
    assert_ok(rp_db_open(url, &(rp_db_options){.create = true, .busy_seconds = 5}, &in.db, error), error);
    in.prod = story_record("prod", "plan-1", NULL, snapshots, 2);
    repoint_snapshot_free(snapshots[0]);
    repoint_snapshot_free(snapshots[1]);
    return in;
}

static void shop_end(shop *in)
{
    repoint_environment_free(in->prod);
    rp_view_properties_free(in->says);
    rp_db_close(in->db);
}

static void views_of_sqlite(void **state)
{
    (void)state;
    repoint_error error = REPOINT_ERROR_INIT;
    shop in = shop_new("memory:", &error);
    run(&in, "CREATE TABLE \"sqlmesh__shop.shop__orders__1\" (id INT)");
    run(&in, "CREATE TABLE \"sqlmesh__shop.shop__select__1\" (id INT)");
    g_free(compare(&in, true));
    assert_compared(&in, "keep keep");
    run(&in, "DROP VIEW \"shop.orders\"");
    run(&in, "create  view \"shop.orders\" as select * from \"sqlmesh__shop.shop__orders__1\"");
    assert_compared(&in, "replace keep"); /* not repoint's own text: to be sure, it is made again */
    run(&in, "DROP VIEW \"shop.orders\"");
    run(&in, "CREATE VIEW \"shop.orders\" AS SELECT id + 1 AS more FROM \"sqlmesh__shop.shop__orders__1\"");
    assert_compared(&in, "replace* keep");
    g_free(compare(&in, true));
    assert_compared(&in, "keep keep");
    shop_end(&in);
}

/* DuckDB calls the catalog after the file. */
static void a_schema_with_the_name_of_its_file(void **state)
{
    story *of = *state;
    repoint_error error = REPOINT_ERROR_INIT;
    g_autofree char *path = story_path(of, "Shop.duckdb");
    g_autofree char *url = g_strconcat("duckdb:", path, NULL);
    shop in = shop_new(url, &error);
    run(&in, "CREATE SCHEMA sqlmesh__shop");
    run(&in, "CREATE TABLE sqlmesh__shop.shop__orders__1 (id INT)");
    run(&in, "CREATE TABLE sqlmesh__shop.shop__select__1 (id INT)");
    g_free(compare(&in, true));
    assert_compared(&in, "keep keep");
    run(&in, "CREATE OR REPLACE VIEW shop.shop.orders AS SELECT 1 AS id");
    assert_compared(&in, "replace keep");
    g_free(compare(&in, true));
    assert_compared(&in, "keep keep");
    shop_end(&in);
}

static void views_of_duckdb(void **state)
{
    story *of = *state;
    repoint_error error = REPOINT_ERROR_INIT;
    g_autofree char *path = story_path(of, "tables.duckdb");
    g_autofree char *url = g_strconcat("duckdb:", path, NULL);
    shop in = shop_new(url, &error);
    run(&in, "CREATE SCHEMA sqlmesh__shop");
    run(&in, "CREATE TABLE sqlmesh__shop.shop__orders__1 (id INT, \"Gr\"\"o.ß'e\" INT)");
    run(&in, "CREATE TABLE sqlmesh__shop.shop__select__1 (id INT)");
    g_free(compare(&in, true));
    assert_compared(&in, "keep keep");
    static const char *const changes[] = {
        "CREATE OR REPLACE VIEW shop.orders AS SELECT * FROM sqlmesh__shop.shop__orders__1 WHERE id > 0",
        "CREATE OR REPLACE VIEW shop.orders AS SELECT * FROM sqlmesh__shop.shop__orders__1 LIMIT 1",
        "CREATE OR REPLACE VIEW shop.orders AS SELECT DISTINCT * FROM sqlmesh__shop.shop__orders__1",
    };
    for (size_t i = 0; i < G_N_ELEMENTS(changes); i++) {
        run(&in, changes[i]);
        assert_compared(&in, "replace keep");
    }
    g_free(compare(&in, true));
    run(&in, "ALTER TABLE sqlmesh__shop.shop__orders__1 ADD COLUMN more INT");
    assert_compared(&in, "replace* keep");
    in.says = rp_view_properties_new();
    in.says->comment = g_strdup("it's all");
    rp_view_note_add(in.says->column_comments, "id", "key");
    g_free(compare(&in, true));
    assert_compared(&in, "keep keep");
    g_autoptr(rp_rows) rows = NULL;
    bool has_row = false;
    assert_ok(rp_db_query(in.db, "SELECT comment FROM duckdb_views() WHERE view_name = 'orders'",
                          RP_NO_VALUES, &rows, &error),
              &error);
    assert_ok(rp_rows_next(rows, &has_row, &error), &error);
    assert_string_equal(rp_rows_text(rows, 0), "it's all");
    g_clear_pointer(&rows, rp_rows_close);
    run(&in, "CREATE VIEW main.broken AS SELECT * FROM sqlmesh__shop.shop__select__1");
    run(&in, "DROP TABLE sqlmesh__shop.shop__select__1");
    run(&in, "CREATE TABLE sqlmesh__shop.shop__select__1 (other TEXT)");
    assert_compared(&in, "keep replace*");
    shop_end(&in);
}

static int begin(void **state)
{
    story *of = g_new0(story, 1);
    story_begin(of);
    *state = of;
    return 0;
}

static int end(void **state)
{
    story_end(*state);
    g_free(*state);
    return 0;
}

int main(void)
{
    const struct CMUnitTest sqlite[] = {cmocka_unit_test(views_of_sqlite)};
    const struct CMUnitTest duckdb[] = {
        cmocka_unit_test_setup_teardown(views_of_duckdb, begin, end),
        cmocka_unit_test_setup_teardown(a_schema_with_the_name_of_its_file, begin, end),
    };
    int failures = cmocka_run_group_tests(sqlite, NULL, NULL);
    if (g_getenv("REPOINT_DUCKDB_LIBRARY") == NULL) {
        printf("skipped: DuckDB: REPOINT_DUCKDB_LIBRARY is not set\n");
        return failures;
    }
    return failures + cmocka_run_group_tests(duckdb, NULL, NULL);
}
