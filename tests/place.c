/* See place.h. */
#include "place.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "db/sql.h"
#include "warehouse/views.h"

static const char *const models[] = {"orders", "payments", "customers", "refunds"};
enum { MODEL_COUNT = G_N_ELEMENTS(models), COMMON = MODEL_COUNT - 1 };
static const unsigned versions[] = {1001, 2002};
const char *const release_names[] = {"blue", "green"};

/* ---- databases ---- */

static const char *server_of(place_kind kind)
{
    static const char *const variables[] = {
        [PLACE_SQLITE] = NULL,
        [PLACE_POSTGRES] = "REPOINT_TEST_POSTGRES",
        [PLACE_MARIADB] = "REPOINT_TEST_MARIADB",
        [PLACE_DUCKDB] = "REPOINT_DUCKDB_LIBRARY",
    };
    return variables[kind];
}

static void skip_without(place_kind kind)
{
    const char *variable = server_of(kind);
    const char *value = variable != NULL ? g_getenv(variable) : "";
    if (value != NULL && (variable == NULL || *value != '\0'))
        return;
    printf("skipped: %s is not set\n", variable);
    skip();
}

static rp_db *connect(const char *url, bool create)
{
    repoint_error error = REPOINT_ERROR_INIT;
    rp_db *db = NULL;
    rp_db_options options = {.create = create, .busy_seconds = 10};
    assert_ok(rp_db_open(url, &options, &db, &error), &error);
    return db;
}

static void run(rp_db *db, char *sql)
{
    repoint_error error = REPOINT_ERROR_INIT;
    repoint_status status = rp_db_execute(db, sql, RP_NO_VALUES, NULL, &error);
    if (status != REPOINT_OK)
        fail_msg("%s: %s", sql, error.message);
    g_free(sql);
}

static void run_on(const char *url, char *sql)
{
    g_autoptr(rp_db) db = connect(url, false);
    run(db, sql);
}

/* "postgresql://user@/repoint?host=x" with another database. */
static char *url_with_database(const char *url, const char *database)
{
    const char *query = strchr(url, '?');
    g_autofree char *head = query != NULL ? g_strndup(url, (gsize)(query - url)) : g_strdup(url);
    *strrchr(head, '/') = '\0';
    return g_strconcat(head, "/", database, query != NULL ? query : "", NULL);
}

static char *make_database(place *of, place_kind kind, const char *name)
{
    g_autofree char *database = g_strconcat(of->database, name, NULL);
    const char *server = server_of(kind) != NULL ? g_getenv(server_of(kind)) : NULL;
    g_autofree char *file = g_strdup_printf("%s.%s", name, kind == PLACE_DUCKDB ? "duckdb" : "db");
    g_autofree char *path = story_path(&of->story, file);
    char *url;
    switch (kind) {
    case PLACE_POSTGRES:
        run_on(server, g_strdup_printf("CREATE DATABASE %s", database));
        return url_with_database(server, database);
    case PLACE_MARIADB: return g_strdup(server);
    default:
        url = g_strconcat(kind == PLACE_DUCKDB ? "duckdb:" : "sqlite:", path, NULL);
        rp_db_close(connect(url, true));
        return url;
    }
}

static void drop_database(place *of, place_kind kind, const char *name)
{
    if (kind == PLACE_POSTGRES)
        run_on(g_getenv(server_of(kind)),
               g_strdup_printf("DROP DATABASE IF EXISTS %s%s WITH (FORCE)", of->database, name));
    if (kind != PLACE_MARIADB)
        return;
    g_autofree char *physical = g_strconcat("sqlmesh__", of->shop, NULL);
    const char *const schemas[] = {of->schema, of->shop, physical};
    for (size_t i = 0; i < G_N_ELEMENTS(schemas); i++)
        run_on(g_getenv(server_of(kind)), g_strdup_printf("DROP DATABASE IF EXISTS %s", schemas[i]));
}

rp_db *place_connect(const place *of, bool to_warehouse)
{
    return connect(to_warehouse && of->warehouse_url != NULL ? of->warehouse_url : of->state_url, false);
}

/* ---- stores ---- */

repoint_store_options place_options(place *of)
{
    repoint_store_options options = story_options(&of->story);
    options.schema = of->schema;
    options.warehouse_url = of->warehouse_url;
    options.views_one_by_one = of->one_by_one;
    return options;
}

repoint_store *place_open(place *of)
{
    repoint_error error = REPOINT_ERROR_INIT;
    repoint_store_options options = place_options(of);
    repoint_store *store = NULL;
    assert_ok(repoint_store_open(of->state_url, &options, &store, &error), &error);
    return store;
}

repoint_store *place_open_faulty(place *of, rp_fault *fault)
{
    repoint_error error = REPOINT_ERROR_INIT;
    repoint_store_options options = place_options(of);
    repoint_store *store = NULL;
    assert_ok(rp_store_open_on(rp_fault_wrap(place_connect(of, false), fault), &options, &store, &error),
              &error);
    if (of->warehouse_url != NULL)
        store->warehouse = rp_fault_wrap(place_connect(of, true), fault);
    return store;
}

/* ---- the shop ---- */

static repoint_snapshot *make_snapshot(const place *of, const char *model, unsigned version)
{
    repoint_error error = REPOINT_ERROR_INIT;
    g_autofree char *json = story_snapshot_json(model, version, 1, 5);
    g_autoptr(GString) text = g_string_new(json);
    g_autofree char *quoted = g_strdup_printf("\\\"%s\\\"", of->shop);
    g_autofree char *dotted = g_strdup_printf("%s.", of->shop);
    g_string_replace(text, "\\\"shop\\\"", quoted, 0);
    g_string_replace(text, "shop.", dotted, 0);
    repoint_snapshot *snapshot = NULL;
    assert_ok(repoint_snapshot_from_json(text->str, text->len, &snapshot, &error), &error);
    return snapshot;
}

static void make_table(rp_db *warehouse, const repoint_snapshot *snapshot, const char *made_for)
{
    repoint_error error = REPOINT_ERROR_INIT;
    repoint_table *table = NULL;
    rp_name name = {0};
    assert_ok(repoint_snapshot_table(snapshot, &table, &error), &error);
    assert_ok(rp_physical_name(table, false, &name, &error), &error);
    rp_relation relation = rp_relation_of(warehouse, &name);
    if (rp_db_can(warehouse, RP_DB_SCHEMAS))
        run(warehouse, rp_sql(warehouse, "CREATE SCHEMA IF NOT EXISTS %i", relation.schema));
    run(warehouse, rp_sql(warehouse, "CREATE TABLE %n AS SELECT %l AS made_for, 1 AS id", relation.schema,
                          relation.name, made_for));
    rp_relation_clear(&relation);
    rp_name_clear(&name);
    repoint_table_free(table);
}

static void make_release(place *of, repoint_store *store, release which)
{
    repoint_error error = REPOINT_ERROR_INIT;
    repoint_snapshot *snapshots[MODEL_COUNT];
    size_t count = which == GREEN ? MODEL_COUNT : COMMON, added = 0;
    g_autoptr(rp_db) warehouse = place_connect(of, true);
    for (size_t i = 0; i < count; i++) {
        snapshots[i] = make_snapshot(of, models[i], versions[which]);
        make_table(warehouse, snapshots[i], release_names[which]);
    }
    const repoint_snapshot *const *list = (const repoint_snapshot *const *)snapshots;
    assert_ok(repoint_push(store, list, count, &added, &error), &error);
    assert_ok(repoint_intervals_add_many(store, list, count, &error), &error);
    repoint_environment *record =
        story_record(release_names[which], release_names[which], NULL, snapshots, count);
    assert_ok(repoint_promote(store, record, NULL, NULL, &error), &error);
    assert_ok(repoint_finalize(store, record, &error), &error);
    repoint_environment_free(record);
    for (size_t i = 0; i < count; i++)
        repoint_snapshot_free(snapshots[i]);
}

void place_begin(place *of, place_kind state, place_kind warehouse, bool one)
{
    static unsigned number;
    repoint_error error = REPOINT_ERROR_INIT;
    skip_without(state);
    skip_without(warehouse);
    *of = (place){.kinds = {state, one ? state : warehouse}};
    story_begin(&of->story);
    number++;
    of->database = g_strdup_printf("place_%d_%u_", (int)getpid(), number);
    of->schema = g_strconcat(of->database, "sqlmesh", NULL);
    of->shop = g_strconcat(of->database, "shop", NULL);
    of->state_url = make_database(of, state, "state");
    of->warehouse_url = one ? NULL : make_database(of, warehouse, "warehouse");
    repoint_store_options options = place_options(of);
    repoint_store *store = NULL;
    bool created = false;
    assert_ok(repoint_store_create(of->state_url, &options, NULL, &store, &created, &error), &error);
    make_release(of, store, BLUE);
    make_release(of, store, GREEN);
    repoint_store_close(store);
    place_deploy(of, BLUE);
}

void place_end(place *of)
{
    drop_database(of, of->kinds[0], "state");
    if (of->warehouse_url != NULL)
        drop_database(of, of->kinds[1], "warehouse");
    g_free(of->state_url);
    g_free(of->warehouse_url);
    g_free(of->schema);
    g_free(of->shop);
    g_free(of->database);
    story_end(&of->story);
}

/* ---- deploying ---- */

repoint_plan *place_plan(place *of, repoint_store *store, release to, char **ret_id)
{
    repoint_error error = REPOINT_ERROR_INIT;
    char *id = g_strdup_printf("plan-%u", ++of->deployments);
    repoint_plan_source source = {.from_environment = release_names[to]};
    repoint_plan_options options = {.plan_id = id};
    repoint_plan *plan = NULL;
    assert_ok(repoint_plan_create(store, "prod", &source, &options, &plan, &error), &error);
    if (ret_id != NULL)
        *ret_id = id;
    else
        g_free(id);
    return plan;
}

void place_deploy(place *of, release to)
{
    repoint_error error = REPOINT_ERROR_INIT;
    repoint_store *store = place_open(of);
    repoint_plan *plan = place_plan(of, store, to, NULL);
    repoint_deployment *deployment = NULL;
    assert_ok(repoint_deploy(store, plan, NULL, &deployment, &error), &error);
    repoint_deployment_close(deployment);
    repoint_plan_free(plan);
    repoint_store_close(store);
}

void place_expire_lease(const place *of)
{
    g_autoptr(rp_db) db = place_connect(of, false);
    run(db, rp_sql(db, "UPDATE %n SET expires_ts = 0", of->schema, "_repoint_leases"));
}

static repoint_status try_recovery(repoint_store *store, bool abandon, repoint_error *error)
{
    repoint_deployment *deployment = NULL;
    repoint_status status = abandon ? repoint_deployment_open(store, "prod", NULL, &deployment, error)
                                    : repoint_resume(store, "prod", NULL, &deployment, error);
    if (abandon && status == REPOINT_OK)
        status = repoint_deployment_abandon(deployment, error);
    repoint_deployment_close(deployment);
    return status;
}

repoint_status place_recover(place *of, bool abandon)
{
    repoint_error error = REPOINT_ERROR_INIT;
    repoint_store *store = place_open(of);
    repoint_status status = try_recovery(store, abandon, &error), first = status;
    if (abandon && status == REPOINT_REFUSED) /* the views have changed: only going on is left */
        status = try_recovery(store, false, &error);
    if (status != REPOINT_NOT_FOUND)
        assert_ok(status, &error);
    repoint_error_clear(&error);
    repoint_store_close(store);
    return first;
}

/* ---- looking ---- */

static char *query_text(rp_db *db, const char *sql, const rp_db_value *values, size_t count)
{
    repoint_error error = REPOINT_ERROR_INIT;
    g_autoptr(rp_rows) rows = NULL;
    GString *text = g_string_new(NULL);
    bool has_row = false;
    if (rp_db_query(db, sql, values, count, &rows, &error) != REPOINT_OK)
        fail_msg("%s: %s", sql, error.message);
    for (;;) {
        assert_ok(rp_rows_next(rows, &has_row, &error), &error);
        if (!has_row)
            return g_string_free(text, FALSE);
        rp_db_value value = rows->db->driver->rows_value(rows, 0);
        if (value.type == RP_DB_INTEGER)
            g_string_append_printf(text, "%" G_GINT64_FORMAT "\n", rp_rows_integer(rows, 0, 0));
        else
            g_string_append_printf(text, "%s\n", rp_rows_text(rows, 0));
    }
}

static int64_t count_of(rp_db *db, const char *sql, const rp_db_value *values, size_t count)
{
    g_autofree char *text = query_text(db, sql, values, count);
    return g_ascii_strtoll(text, NULL, 10);
}

static rp_relation view_of(rp_db *db, const place *of, const char *model)
{
    return rp_relation_of(db, &(rp_name){.schema = of->shop, .table = (char *)model});
}

static bool has_view(rp_db *db, const place *of, const char *model)
{
    rp_relation view = view_of(db, of, model);
    g_autofree char *sql = rp_sql(
        db, "SELECT COUNT(*) FROM %o o WHERE o.name = ?1 AND (o.schema_name IS NULL OR o.schema_name = ?2)");
    int64_t count = count_of(db, sql, RP_VALUES(rp_db_text(view.name), rp_db_text(view.schema)));
    rp_relation_clear(&view);
    return count > 0;
}

/* How many of the views that both releases have are green. */
static int64_t count_green(const place *of, rp_db *db)
{
    g_autoptr(GString) sql = g_string_new("SELECT COUNT(*)");
    for (size_t i = 0; i < COMMON; i++) {
        rp_relation view = view_of(db, of, models[i]);
        g_autofree char *from = rp_sql(db, "%n", view.schema, view.name);
        g_string_append_printf(sql, "%s made_for FROM %s", i == 0 ? " FROM (SELECT" : " UNION ALL SELECT",
                               from);
        rp_relation_clear(&view);
    }
    g_string_append(sql, ") all_views WHERE made_for = 'green'");
    return count_of(db, sql->str, RP_NO_VALUES);
}

static bool is_mixture(const place *of, rp_db *db, int64_t green)
{
    return (green != 0 && green != COMMON) || has_view(db, of, "refunds") != (green > 0);
}

bool place_is_mixed(const place *of)
{
    g_autoptr(rp_db) db = place_connect(of, true);
    return is_mixture(of, db, count_green(of, db));
}

release place_look(const place *of, const char *when)
{
    g_autoptr(rp_db) db = place_connect(of, true);
    int64_t green = count_green(of, db);
    if (is_mixture(of, db, green))
        fail_msg("%s: a mixture: %d of %d views are green, refunds %s", when, (int)green, (int)COMMON,
                 has_view(db, of, "refunds") ? "is there" : "is not there");
    return green > 0 ? GREEN : BLUE;
}

static void check_leftovers(const place *of, const char *when)
{
    g_autoptr(rp_db) db = place_connect(of, true);
    g_autofree char *objects = rp_sql(
        db, "SELECT o.name FROM %o o WHERE (o.schema_name IS NULL OR o.schema_name LIKE ?1) AND"
            " (o.name LIKE '%%!_!_next.%%' ESCAPE '!' OR o.name LIKE '%%!_!_repoint!_%%' ESCAPE '!'"
            " OR o.name LIKE '%%!_!_rp!_%%' ESCAPE '!' OR o.schema_name LIKE '%%!_!_next' ESCAPE '!')");
    g_autofree char *pattern = g_strconcat(of->database, "%", NULL);
    g_autofree char *found = query_text(db, objects, RP_VALUES(rp_db_text(pattern)));
    if (*found != '\0')
        fail_msg("%s: left over: %s", when, found);
    if (!rp_db_can(db, RP_DB_SCHEMAS))
        return;
    g_autofree char *schemas =
        query_text(db,
                   "SELECT schema_name FROM information_schema.schemata WHERE schema_name LIKE ?1"
                   " AND schema_name LIKE '%!_!_next' ESCAPE '!'",
                   RP_VALUES(rp_db_text(pattern)));
    if (*schemas != '\0')
        fail_msg("%s: left over: schema %s", when, schemas);
}

/* Which release prod's record is of; it must be finalized, and at plan `id` if it is of the plan's target. */
static release check_record(place *of, repoint_store *store, const char *when)
{
    repoint_environment *prod = story_environment(store, "prod");
    size_t count = repoint_environment_table_count(prod), green = 0;
    if (repoint_environment_finalized_ts(prod) == 0)
        fail_msg("%s: prod is not finalized", when);
    for (size_t i = 0; i < count; i++)
        green += g_str_equal(repoint_table_version(repoint_environment_table(prod, i)), "2002");
    assert_true((green == 0 && count == COMMON) || green == MODEL_COUNT);
    repoint_environment_free(prod);
    (void)of;
    return green > 0 ? GREEN : BLUE;
}

static void check_nothing_is_open(repoint_store *store, const char *when)
{
    repoint_error error = REPOINT_ERROR_INIT;
    char *json = NULL;
    assert_ok(repoint_deployment_status(store, "prod", &json, &error), &error);
    if (strstr(json, "\"deployment\":null") == NULL || strstr(json, "\"lease\":null") == NULL ||
        strstr(json, "\"hold\":null") == NULL)
        fail_msg("%s: %s", when, json);
    repoint_free(json);
}

static void check_history(const place *of, const char *id, bool is_done, const char *when)
{
    g_autoptr(rp_db) db = place_connect(of, false);
    g_autofree char *steps =
        rp_sql(db, "SELECT step FROM %n WHERE plan_id = ?1 AND outcome = 'done' ORDER BY sequence",
               of->schema, "_repoint_journal");
    g_autofree char *finalized =
        rp_sql(db, "SELECT COUNT(*) FROM %n WHERE plan_id = ?1 AND outcome = 'done' AND step = 'finalized'",
               of->schema, "_repoint_journal");
    g_autofree char *revisions =
        rp_sql(db, "SELECT COUNT(*) FROM %n WHERE plan_id = ?1", of->schema, "_repoint_revisions");
    g_autofree char *text = query_text(db, steps, RP_VALUES(rp_db_text(id)));
    if (count_of(db, finalized, RP_VALUES(rp_db_text(id))) != is_done ||
        count_of(db, revisions, RP_VALUES(rp_db_text(id))) != is_done)
        fail_msg("%s: the plan %s, but its history says: %s", when, is_done ? "is done" : "is not done",
                 text);
    bool is_closed = g_str_has_suffix(text, is_done ? "cleanup\n" : "abandon\n");
    if (!is_closed && *text != '\0')
        fail_msg("%s: the journal ends in the middle: %s", when, text);
}

release place_check(place *of, const char *id, release target, const char *when)
{
    repoint_store *store = place_open(of);
    release seen = place_look(of, when), recorded = check_record(of, store, when);
    if (seen != recorded)
        fail_msg("%s: the views are %s, the record is %s", when, release_names[seen],
                 release_names[recorded]);
    check_nothing_is_open(store, when);
    repoint_store_close(store);
    check_leftovers(of, when);
    check_history(of, id, seen == target, when);
    return seen;
}

/* ---- all of it ---- */

static void dump_query(GString *text, rp_db *db, char *sql)
{
    g_autofree char *rows = query_text(db, sql, RP_NO_VALUES);
    g_string_append(text, rows);
    g_free(sql);
}

static char *dump_once(const place *of)
{
    GString *text = g_string_new(NULL);
    g_autoptr(rp_db) state = place_connect(of, false);
    g_autoptr(rp_db) warehouse = place_connect(of, true);
    g_auto(GStrv) words = g_strsplit(of->database, "_", -1);
    g_autofree char *escaped = g_strjoinv("!_", words);
    g_autofree char *own_schemas = g_strdup_printf("%%%s%%", escaped); /* other tests use the server too */
    dump_query(text, state,
               rp_sql(state,
                      "SELECT name || ' ' || plan_id || ' ' || CAST(finalized_ts AS CHAR(20)) FROM %n"
                      " ORDER BY name",
                      of->schema, "_environments"));
    dump_query(text, state,
               rp_sql(state, "SELECT plan_id || ' ' || state FROM %n", of->schema, "_repoint_deployments"));
    dump_query(text, state,
               rp_sql(state, "SELECT plan_id || ' ' || step || ' ' || outcome FROM %n ORDER BY sequence",
                      of->schema, "_repoint_journal"));
    dump_query(text, state,
               rp_sql(state, "SELECT plan_id FROM %n ORDER BY revision", of->schema, "_repoint_revisions"));
    dump_query(
        text, warehouse,
        rp_sql(warehouse,
               "SELECT COALESCE(o.schema_name, '') || '.' || o.name || ' ' || COALESCE(o.definition, '')"
               " FROM %o o WHERE o.name NOT LIKE '!_repoint!_fence!_%%' ESCAPE '!' AND"
               " (o.schema_name IS NULL OR o.schema_name LIKE %l ESCAPE '!')"
               " ORDER BY 1",
               own_schemas));
    return g_string_free(text, FALSE);
}

/* MariaDB's information_schema has been seen to leave out a table, once in a thousand looks. */
char *place_dump(const place *of)
{
    char *dump = dump_once(of);
    for (;;) {
        g_autofree char *before = dump;
        dump = dump_once(of);
        if (g_str_equal(before, dump))
            return dump;
    }
}

/* ---- dry runs ---- */

/* The bookkeeping that place_dump() leaves out: who holds what, and up to which token. */
static char *dump_leases(const place *of)
{
    g_autoptr(rp_db) db = place_connect(of, false);
    g_autofree char *sql = rp_sql(db,
                                  "SELECT CAST(token AS CHAR(20)) || ' ' || COALESCE(holder, '') || ' ' ||"
                                  " CAST(expires_ts AS CHAR(20)) FROM %n ORDER BY environment",
                                  of->schema, "_repoint_leases");
    return query_text(db, sql, RP_NO_VALUES);
}

repoint_status place_foretell(place *of, bool abandon, const char *when)
{
    repoint_error error = REPOINT_ERROR_INIT;
    repoint_store_options options = place_options(of);
    repoint_store *store = NULL;
    g_autofree char *before = place_dump(of), *leases = dump_leases(of);
    options.dry_run = true;
    assert_ok(repoint_store_open(of->state_url, &options, &store, &error), &error);
    repoint_status status = try_recovery(store, abandon, &error);
    repoint_error_clear(&error);
    repoint_store_close(store);
    g_autofree char *after = place_dump(of), *leases_after = dump_leases(of);
    if (!g_str_equal(before, after) || !g_str_equal(leases, leases_after))
        fail_msg("%s: the dry run has changed something:\n%s\nwas\n%s", when, after, before);
    return status;
}
