/* A shop on PostgreSQL. See server.h. */
#include "server.h"

#include <stdio.h>
#include <string.h>

const char *server_url(void)
{
    return g_getenv("REPOINT_TEST_POSTGRES");
}

/* ---- plain connections ---- */

void run_on(PGconn *connection, const char *sql)
{
    PGresult *result = PQexec(connection, sql);
    if (PQresultStatus(result) != PGRES_COMMAND_OK && PQresultStatus(result) != PGRES_TUPLES_OK)
        fail_msg("%s\n%s", sql, PQerrorMessage(connection));
    PQclear(result);
}

char *ask_on(PGconn *connection, const char *sql)
{
    PGresult *result = PQexec(connection, sql);
    if (PQresultStatus(result) != PGRES_TUPLES_OK)
        fail_msg("%s\n%s", sql, PQerrorMessage(connection));
    GString *text = g_string_new(NULL);
    for (int row = 0; row < PQntuples(result); row++)
        for (int column = 0; column < PQnfields(result); column++)
            g_string_append_printf(text, "%s%s",
                                   column > 0 ? "|"
                                   : row > 0  ? "\n"
                                              : "",
                                   PQgetvalue(result, row, column));
    PQclear(result);
    return g_string_free(text, FALSE);
}

/* "@bi" becomes the name of the role bi in quotes, "$bi" the bare name. g_free() */
static char *with_roles(const server *on, const char *sql)
{
    GString *text = g_string_new(sql);
    for (guint i = 0; i < on->roles->len; i++) {
        const char *role = g_ptr_array_index(on->roles, i);
        g_autofree char *name = g_strndup(role, strlen(role) - strlen(on->name) - 1);
        g_autofree char *quoted = g_strdup_printf("@%s", name), *bare = g_strdup_printf("$%s", name);
        g_autofree char *identifier = g_strdup_printf("\"%s\"", role);
        g_string_replace(text, quoted, identifier, 0);
        g_string_replace(text, bare, role, 0);
    }
    return g_string_free(text, FALSE);
}

void server_run(const server *on, const char *sql)
{
    g_autofree char *text = with_roles(on, sql);
    run_on(on->people, text);
}

char *server_ask(const server *on, const char *sql)
{
    g_autofree char *text = with_roles(on, sql);
    return ask_on(on->people, text);
}

void assert_answer(const server *on, const char *sql, const char *expected)
{
    g_autofree char *answer = server_ask(on, sql), *wanted = with_roles(on, expected);
    assert_string_equal(answer, wanted);
}

static char *url_of(const char *name)
{
    g_autofree char *slash = g_strdup_printf("/%s?", name);
    g_auto(GStrv) parts = g_strsplit(server_url(), "/repoint?", 2);
    return g_strjoinv(slash, parts);
}

static PGconn *connect_plainly(const char *url)
{
    PGconn *connection = PQconnectdb(url);
    if (PQstatus(connection) != CONNECTION_OK)
        fail_msg("%s", PQerrorMessage(connection));
    run_on(connection, "SET client_min_messages = error");
    return connection;
}

PGconn *server_connect(const server *on, const char *role)
{
    PGconn *connection = connect_plainly(on->url);
    if (role != NULL) {
        g_autofree char *sql = g_strdup_printf("SET SESSION AUTHORIZATION \"%s\"", role);
        run_on(connection, sql);
    }
    return connection;
}

/* ---- beginning and ending ---- */

static void run_elsewhere(const char *sql)
{
    PGconn *connection = connect_plainly(server_url());
    run_on(connection, sql);
    PQfinish(connection);
}

int server_begin(void **state)
{
    static unsigned count;
    server *on = g_new0(server, 1);
    repoint_error error = REPOINT_ERROR_INIT;
    story_begin(&on->of);
    on->name = g_strdup_printf("views_%d_%u", (int)getpid(), ++count);
    on->url = url_of(on->name);
    on->roles = g_ptr_array_new_with_free_func(g_free);
    g_autofree char *create = g_strdup_printf("CREATE DATABASE \"%s\"", on->name);
    run_elsewhere(create);
    on->people = connect_plainly(on->url);
    server_run(on, "CREATE SCHEMA sqlmesh__shop; CREATE SCHEMA bi");
    repoint_store_options options = story_options(&on->of);
    assert_ok(repoint_store_create(on->url, &options, NULL, &on->store, NULL, &error), &error);
    *state = on;
    return story_setup(state);
}

int server_end(void **state)
{
    server *on = *state;
    repoint_store_close(on->store);
    PQfinish(on->people);
    g_autofree char *drop = g_strdup_printf("DROP DATABASE \"%s\" WITH (FORCE)", on->name);
    run_elsewhere(drop);
    for (guint i = 0; i < on->roles->len; i++) {
        g_autofree char *sql = g_strdup_printf("DROP ROLE \"%s\"", (char *)g_ptr_array_index(on->roles, i));
        run_elsewhere(sql);
    }
    g_ptr_array_unref(on->roles);
    g_free(on->name);
    g_free(on->url);
    story_end(&on->of);
    g_free(on);
    return story_teardown(state);
}

void server_reopen(server *on)
{
    repoint_store_options options = story_options(&on->of);
    repoint_error error = REPOINT_ERROR_INIT;
    repoint_store_close(on->store);
    assert_ok(repoint_store_open(on->url, &options, &on->store, &error), &error);
}

const char *server_role(server *on, const char *name)
{
    char *role = g_strdup_printf("%s %s", name, on->name);
    g_autofree char *sql = g_strdup_printf("CREATE ROLE \"%s\"", role);
    server_run(on, sql);
    g_ptr_array_add(on->roles, role);
    return role;
}

/* ---- tables and snapshots ---- */

char *server_table(const char *model, unsigned version)
{
    g_autofree char *part = g_strdup(model);
    for (char *at = part; *at != '\0'; at++)
        if (!g_ascii_isalnum(*at))
            *at = '_';
    return g_strdup_printf("sqlmesh__shop.\"shop__%s__%u\"", part, version);
}

void server_given_table(const server *on, const char *model, unsigned version, const char *columns)
{
    g_autofree char *table = server_table(model, version);
    g_autofree char *sql = g_strdup_printf("CREATE TABLE %s (%s)", table, columns);
    server_run(on, sql);
}

static char *snapshot_json(const char *model, unsigned version, const char *node)
{
    g_autofree char *json = story_snapshot_json(model, version, 1, 5);
    g_auto(GStrv) parts = g_strsplit(json, "\"node\":{", 2);
    g_autofree char *between = g_strconcat("\"node\":{", node, NULL);
    return g_strjoinv(between, parts);
}

void server_given_snapshot(server *on, const char *model, unsigned version, const char *node)
{
    repoint_error error = REPOINT_ERROR_INIT;
    g_autofree char *fields = with_roles(on, node);
    g_autofree char *json = snapshot_json(model, version, fields);
    repoint_snapshot *snapshot = NULL;
    size_t added = 0;
    assert_ok(repoint_snapshot_from_json(json, strlen(json), &snapshot, &error), &error);
    const repoint_snapshot *list[] = {snapshot};
    assert_ok(repoint_push(on->store, list, 1, &added, &error), &error);
    assert_ok(repoint_intervals_add_many(on->store, list, 1, &error), &error);
    repoint_snapshot_free(snapshot);
}

/* ---- deployments ---- */

/* "orders:1" as the snapshot that was pushed. */
static repoint_snapshot *snapshot_of(const char *text)
{
    repoint_error error = REPOINT_ERROR_INIT;
    g_auto(GStrv) parts = g_strsplit(text, ":", 2);
    g_autofree char *json = snapshot_json(parts[0], (unsigned)atoi(parts[1]), "");
    repoint_snapshot *snapshot = NULL;
    assert_ok(repoint_snapshot_from_json(json, strlen(json), &snapshot, &error), &error);
    return snapshot;
}

static char *record_path(server *on, const char *environment, const char *versions)
{
    repoint_environment *stored = NULL;
    g_autofree char *previous = NULL;
    if (repoint_environment_get(on->store, environment, &stored, NULL) == REPOINT_OK)
        previous = g_strdup(repoint_environment_plan_id(stored));
    repoint_environment_free(stored);
    g_autoptr(GPtrArray) snapshots = g_ptr_array_new_with_free_func((GDestroyNotify)repoint_snapshot_free);
    g_auto(GStrv) words = g_strsplit(versions, " ", -1);
    for (size_t i = 0; words[i] != NULL && *words[i] != '\0'; i++)
        g_ptr_array_add(snapshots, snapshot_of(words[i]));
    g_autofree char *plan_id = g_strdup_printf("plan-%u", ++on->plans);
    repoint_environment *record = story_record(environment, plan_id, previous,
                                               (repoint_snapshot *const *)snapshots->pdata, snapshots->len);
    char *json = repoint_environment_to_json(record);
    char *path = story_path(&on->of, plan_id);
    assert_true(g_file_set_contents(path, json, -1, NULL));
    repoint_free(json);
    repoint_environment_free(record);
    return path;
}

repoint_status server_plan(server *on, const char *environment, const char *versions,
                           const repoint_plan_options *options, repoint_plan **ret_plan, repoint_error *error)
{
    g_autofree char *path = record_path(on, environment, versions);
    repoint_plan_source source = {.record_path = path};
    return repoint_plan_create(on->store, environment, &source, options, ret_plan, error);
}

repoint_status server_try(server *on, const char *versions, const repoint_plan_options *options,
                          repoint_error *error)
{
    repoint_plan *plan = NULL;
    repoint_deployment *deployment = NULL;
    repoint_deploy_options how = {.cutover_timeout_seconds = 5};
    repoint_status status = server_plan(on, "prod", versions, options, &plan, error);
    if (status == REPOINT_OK)
        status = repoint_deploy(on->store, plan, &how, &deployment, error);
    if (status != REPOINT_OK && deployment != NULL)
        repoint_deployment_abandon(deployment, NULL);
    repoint_deployment_close(deployment);
    repoint_plan_free(plan);
    return status;
}

void server_deploy(server *on, const char *versions)
{
    repoint_error error = REPOINT_ERROR_INIT;
    assert_ok(server_try(on, versions, NULL, &error), &error);
}

char *server_plan_json(server *on, const char *versions, const repoint_plan_options *options)
{
    repoint_error error = REPOINT_ERROR_INIT;
    repoint_plan *plan = NULL;
    assert_ok(server_plan(on, "prod", versions, options, &plan, &error), &error);
    char *json = repoint_plan_to_json(plan);
    repoint_plan_free(plan);
    return json;
}
