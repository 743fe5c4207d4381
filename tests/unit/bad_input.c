/*
 * Bad input: each gets the right status and a message that names the thing, and changes nothing.
 *
 * Every case is one row of the table in docs/errors.md, written from what the library really says; the test
 * fails when the file says something else.
 */
#include <glib/gstdio.h>
#include <sched.h>
#include <signal.h>
#include <sqlite3.h>
#include <stdio.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "story.h"

enum { NOBODY = 65534, LONG = 10000 };

typedef struct shop {
    story story;
    repoint_store *store; /* NULL where the case is about opening one */
    const char *input;
} shop;

typedef struct bad_case {
    const char *group;
    const char *what;
    repoint_status status;
    const char *names; /* what the message must contain */
    repoint_status (*run)(shop *of, repoint_error *error);
    const char *input;    /* of `run` */
    bool may_change_file; /* the case itself prepares the file */
} bad_case;

static GPtrArray *rows; /* of docs/errors.md */

/* ---- state files ---- */

static repoint_status import_whole(shop *of, repoint_error *error)
{
    return story_import_text(&of->story, of->store, of->input, -1, error);
}

/* The shop's state file in which the first "A" of the input "A=>B" is replaced by "B". */
static repoint_status import_changed(shop *of, repoint_error *error)
{
    g_autofree char *good = story_shop_text(NULL);
    g_auto(GStrv) change = g_strsplit(of->input, "=>", 2);
    g_auto(GStrv) halves = g_strsplit(good, change[0], 2);
    assert_int_equal(g_strv_length(halves), 2);
    g_autofree char *text = g_strjoinv(change[1], halves);
    return story_import_text(&of->story, of->store, text, -1, error);
}

static repoint_status import_cut_off(shop *of, repoint_error *error)
{
    gsize size = 0;
    g_autofree char *good = story_shop_text(&size);
    return story_import_text(&of->story, of->store, good, (gssize)size / 2, error);
}

static repoint_status import_nested(shop *of, repoint_error *error)
{
    GString *text = g_string_new("{\"metadata\": ");
    for (int i = 0; i < LONG; i++)
        g_string_append_c(text, '[');
    repoint_status status = story_import_text(&of->story, of->store, text->str, (gssize)text->len, error);
    g_string_free(text, TRUE);
    return status;
}

static repoint_status import_missing(shop *of, repoint_error *error)
{
    return repoint_import(of->store, "nowhere.json", false, NULL, error);
}

static repoint_status import_folder(shop *of, repoint_error *error)
{
    return repoint_import(of->store, of->story.folder, false, NULL, error);
}

/* ---- databases ---- */

static repoint_status open_url(shop *of, const char *url, repoint_error *error)
{
    repoint_store_options options = story_options(&of->story);
    options.busy_seconds = 0.05;
    repoint_store *store = NULL;
    repoint_status status = repoint_store_open(url, &options, &store, error);
    assert_true((status == REPOINT_OK) == (store != NULL));
    repoint_store_close(store);
    return status;
}

static repoint_status open_input(shop *of, repoint_error *error)
{
    return open_url(of, of->input, error);
}

static repoint_status open_folder(shop *of, repoint_error *error)
{
    g_autofree char *url = g_strconcat("sqlite:", of->story.folder, NULL);
    return open_url(of, url, error);
}

static repoint_status open_long_path(shop *of, repoint_error *error)
{
    g_autofree char *name = g_strnfill(LONG, 'x'), *url = g_strconcat("sqlite:", name, NULL);
    return open_url(of, url, error);
}

static repoint_status open_after_sql(shop *of, repoint_error *error)
{
    story_execute(&of->story, of->input);
    return open_url(of, of->story.url, error);
}

static repoint_status open_text_file(shop *of, repoint_error *error)
{
    g_autofree char *path = story_path(&of->story, "notes.txt"), *url = g_strconcat("sqlite:", path, NULL);
    assert_true(g_file_set_contents(path, "Buy milk, and a database that is one.\n", -1, NULL));
    return open_url(of, url, error);
}

/* The library is not where the variable says. */
static repoint_status open_without_library(shop *of, repoint_error *error)
{
    g_autofree char *before = g_strdup(g_getenv("REPOINT_DUCKDB_LIBRARY"));
    g_setenv("REPOINT_DUCKDB_LIBRARY", "nowhere/libduckdb.so", TRUE);
    repoint_status status = open_url(of, of->input, error);
    if (before != NULL)
        g_setenv("REPOINT_DUCKDB_LIBRARY", before, TRUE);
    else
        g_unsetenv("REPOINT_DUCKDB_LIBRARY");
    return status;
}

/* The file's second half is lost: a copy that was interrupted. */
static repoint_status read_damaged(shop *of, repoint_error *error)
{
    g_autofree char *path = story_path(&of->story, "state.db"), *contents = NULL;
    gsize size = 0;
    assert_true(g_file_get_contents(path, &contents, &size, NULL));
    memset(contents + 4096, 0x5a, size - 4096);
    assert_true(g_file_set_contents_full(path, contents, (gssize)size, G_FILE_SET_CONTENTS_NONE, 0644, NULL));
    return open_url(of, of->story.url, error);
}

static repoint_status migrate_locked(shop *of, repoint_error *error)
{
    sqlite3 *other = NULL;
    assert_int_equal(sqlite3_open(of->story.path, &other), SQLITE_OK);
    assert_int_equal(sqlite3_exec(other, "BEGIN IMMEDIATE", NULL, NULL, NULL), SQLITE_OK);
    repoint_store_options options = story_options(&of->story);
    options.busy_seconds = 0.05;
    repoint_store *store = NULL;
    assert_ok(repoint_store_open(of->story.url, &options, &store, error),
              error); /* reading is not locked out */
    repoint_status status = repoint_store_migrate(store, false, NULL, error);
    repoint_store_close(store);
    sqlite3_close(other);
    return status;
}

static repoint_status work_in_time(shop *of, repoint_error *error)
{
    repoint_store_options options = story_options(&of->story);
    options.timeout_seconds = 1e-6;
    repoint_store *store = NULL;
    repoint_status status = repoint_store_open(of->story.url, &options, &store, error);
    if (status == REPOINT_OK)
        status = repoint_import(store, story_shop_file(), false, NULL, error);
    repoint_store_close(store);
    return status;
}

static repoint_status work_interrupted(shop *of, repoint_error *error)
{
    repoint_store_interrupt(of->store);
    return repoint_import(of->store, story_shop_file(), false, NULL, error);
}

/* ---- what only another process can try ---- */

static repoint_status import_on_url(shop *of, repoint_error *error)
{
    repoint_store *store = NULL;
    repoint_store_options options = story_options(&of->story);
    repoint_status status = repoint_store_open(of->story.url, &options, &store, error);
    if (status == REPOINT_OK)
        status = repoint_import(store, story_shop_file(), false, NULL, error);
    repoint_store_close(store);
    return status;
}

static repoint_status import_as_nobody(void *context, repoint_error *error)
{
    shop *of = context;
    if (geteuid() == 0)
        assert_int_equal(setgid(NOBODY) | setuid(NOBODY), 0);
    return import_on_url(of, error);
}

static repoint_status work_read_only(shop *of, repoint_error *error)
{
    g_chmod(of->story.path, 0444);
    g_chmod(of->story.folder, 0555);
    repoint_status status = story_try_elsewhere(import_as_nobody, of, NULL, error);
    g_chmod(of->story.folder, 0755);
    g_chmod(of->story.path, 0644);
    return status;
}

static repoint_status open_unreadable(shop *of, repoint_error *error)
{
    g_chmod(of->story.path, 0);
    repoint_status status = story_try_elsewhere(import_as_nobody, of, NULL, error);
    g_chmod(of->story.path, 0644);
    return status;
}

/* A file system of its own, for this process only, just large enough for the store; else a limit on files. */
static repoint_status import_on_small_disk(void *context, repoint_error *error)
{
    shop *of = context;
    g_autofree char *contents = NULL;
    gsize size = 0;
    assert_true(g_file_get_contents(of->story.path, &contents, &size, NULL));
    g_autofree char *room = g_strdup_printf("size=%zuk", size / 1024 + 64);
    if (unshare(CLONE_NEWNS) == 0 && mount("none", "/", NULL, MS_REC | MS_PRIVATE, NULL) == 0 &&
        mount("none", of->story.folder, "tmpfs", 0, room) == 0) {
        FILE *file = g_fopen(of->story.path, "wb");
        assert_int_equal(fwrite(contents, 1, size, file), size);
        assert_int_equal(fclose(file), 0);
    } else {
        signal(SIGXFSZ, SIG_IGN);
        struct rlimit limit = {size + 65536, size + 65536};
        assert_int_equal(setrlimit(RLIMIT_FSIZE, &limit), 0);
    }
    g_autofree char *before = story_dump(&of->story);
    repoint_status status = import_on_url(of, error);
    assert_unchanged(&of->story, before);
    return status;
}

static repoint_status work_on_full_disk(shop *of, repoint_error *error)
{
    return story_try_elsewhere(import_on_small_disk, of, NULL, error);
}

/* ---- names ---- */

static repoint_status get_environment(shop *of, repoint_error *error)
{
    repoint_environment *environment = NULL;
    return repoint_environment_get(of->store, of->input, &environment, error);
}

static repoint_status get_environment_of_long_name(shop *of, repoint_error *error)
{
    g_autofree char *name = g_strnfill(LONG, 'x');
    repoint_environment *environment = NULL;
    return repoint_environment_get(of->store, name, &environment, error);
}

static repoint_status find_snapshot(shop *of, repoint_error *error)
{
    repoint_snapshot *snapshot = NULL;
    return repoint_snapshot_find(of->store, of->input, &snapshot, error);
}

static repoint_status find_snapshot_of_long_name(shop *of, repoint_error *error)
{
    g_autofree char *name = g_strnfill(LONG, 'x');
    repoint_snapshot *snapshot = NULL;
    return repoint_snapshot_find(of->store, name, &snapshot, error);
}

static repoint_status plan_environment(shop *of, repoint_error *error)
{
    repoint_plan *plan = NULL;
    repoint_plan_source source = {.from_environment = "dev"};
    return repoint_plan_create(of->store, of->input, &source, NULL, &plan, error);
}

static repoint_status plan_environment_of_long_name(shop *of, repoint_error *error)
{
    g_autofree char *name = g_strnfill(LONG, 'x');
    repoint_plan *plan = NULL;
    repoint_plan_source source = {.from_environment = "dev"};
    repoint_status status = repoint_plan_create(of->store, name, &source, NULL, &plan, error);
    repoint_plan_free(plan);
    return status;
}

static repoint_status plan_from(shop *of, repoint_error *error)
{
    repoint_plan *plan = NULL;
    repoint_plan_source source = {.from_environment = of->input};
    return repoint_plan_create(of->store, "prod", &source, NULL, &plan, error);
}

static repoint_status plan_setting(shop *of, repoint_error *error)
{
    const char *const set[] = {of->input, NULL};
    repoint_plan *plan = NULL;
    repoint_plan_source source = {.set = set};
    return repoint_plan_create(of->store, "prod", &source, NULL, &plan, error);
}

static repoint_status plan_with_ttl(shop *of, repoint_error *error)
{
    repoint_plan *plan = NULL;
    repoint_plan_source source = {.from_environment = "dev"};
    repoint_plan_options options = {.ttl = of->input};
    return repoint_plan_create(of->store, "staging", &source, &options, &plan, error);
}

static repoint_status promote_checking(shop *of, repoint_error *error)
{
    const char *const names[] = {of->input, NULL};
    repoint_promote_options options = {.gap_check = REPOINT_GAPS_NAMED, .gap_names = names};
    repoint_environment *prod = story_prod_like_dev(of->store, "next");
    repoint_status status = repoint_promote(of->store, prod, &options, NULL, error);
    repoint_environment_free(prod);
    return status;
}

static repoint_status promote_with_statements(shop *of, repoint_error *error)
{
    repoint_promote_options options = {.statements_json = of->input};
    repoint_environment *prod = story_prod_like_dev(of->store, "next");
    repoint_status status = repoint_promote(of->store, prod, &options, NULL, error);
    repoint_environment_free(prod);
    return status;
}

static repoint_status finalize_unknown(shop *of, repoint_error *error)
{
    repoint_environment *staging = story_record("staging", "first", NULL, NULL, 0);
    repoint_status status = repoint_finalize(of->store, staging, error);
    repoint_environment_free(staging);
    return status;
}

/* ---- times ---- */

static repoint_snapshot *one_snapshot(shop *of)
{
    repoint_error error = REPOINT_ERROR_INIT;
    repoint_snapshot *snapshot = NULL;
    assert_ok(repoint_snapshot_find(of->store, "orders", &snapshot, &error), &error);
    return snapshot;
}

static repoint_status add_from(shop *of, repoint_error *error)
{
    repoint_snapshot *snapshot = one_snapshot(of);
    repoint_range range = {of->input, "2026-01-05"};
    repoint_status status = repoint_intervals_add(of->store, snapshot, &range, false, NULL, error);
    repoint_snapshot_free(snapshot);
    return status;
}

static repoint_status remove_backwards(shop *of, repoint_error *error)
{
    repoint_snapshot *snapshot = one_snapshot(of);
    repoint_range range = {"2026-01-05", "2026-01-02"};
    repoint_status status = repoint_intervals_remove(of->store, snapshot, &range, false, NULL, error);
    repoint_snapshot_free(snapshot);
    return status;
}

/* An interval for a model whose node says the input instead of its cron. */
static repoint_status add_with_cron(shop *of, repoint_error *error)
{
    g_autofree char *good = story_snapshot_json("orders", 1001, 1, 0);
    g_auto(GStrv) halves = g_strsplit(good, "\"cron\":\"@daily\"", 2);
    g_autofree char *text = g_strjoinv(of->input, halves);
    repoint_snapshot *snapshot = NULL;
    repoint_range range = {"2026-01-01", "2026-01-05"};
    repoint_status status = repoint_snapshot_from_json(text, strlen(text), &snapshot, error);
    if (status == REPOINT_OK)
        status = repoint_intervals_add(of->store, snapshot, &range, false, NULL, error);
    repoint_snapshot_free(snapshot);
    return status;
}

/* ---- values ---- */

static repoint_status environment_of_json(shop *of, repoint_error *error)
{
    repoint_environment *environment = NULL;
    repoint_status status = repoint_environment_from_json(of->input, strlen(of->input), &environment, error);
    repoint_environment_free(environment);
    return status;
}

static repoint_status snapshot_of_json(shop *of, repoint_error *error)
{
    repoint_snapshot *snapshot = NULL;
    repoint_status status = repoint_snapshot_from_json(of->input, strlen(of->input), &snapshot, error);
    repoint_snapshot_free(snapshot);
    return status;
}

static repoint_status push_uncategorized(shop *of, repoint_error *error)
{
    g_autofree char *good = story_snapshot_json("orders", 1001, 1, 0);
    g_auto(GStrv) halves = g_strsplit(good, "\"change_category\":1,", 2);
    g_autofree char *text = g_strjoinv("", halves);
    repoint_snapshot *snapshot = NULL;
    assert_ok(repoint_snapshot_from_json(text, strlen(text), &snapshot, error), error);
    const repoint_snapshot *list[] = {snapshot};
    repoint_status status = repoint_push(of->store, list, 1, NULL, error);
    repoint_snapshot_free(snapshot);
    return status;
}

/* ---- deployments ---- */

static repoint_status deploy_with_approvals(shop *of, repoint_error *error)
{
    const repoint_approval_rule rule = {.environment = "prod", .count = 2};
    repoint_deploy_options options = {.approvals = &rule, .approval_count = 1};
    repoint_plan_source source = {.from_environment = "dev"};
    repoint_plan *plan = NULL;
    repoint_deployment *deployment = NULL;
    assert_ok(repoint_plan_create(of->store, "prod", &source, NULL, &plan, error), error);
    repoint_status status = repoint_deploy(of->store, plan, &options, &deployment, error);
    repoint_deployment_close(deployment);
    repoint_plan_free(plan);
    return status;
}

static repoint_status resume_input(shop *of, repoint_error *error)
{
    repoint_deployment *deployment = NULL;
    return repoint_resume(of->store, of->input, NULL, &deployment, error);
}

#define SQL_NAME "prod'; DROP TABLE _environments; --"

#define FILES    "State files"
#define DATABASE "Databases"
#define SERVERS  "Servers and DuckDB"
#define NAMES    "Names"
#define TIMES    "Times"
#define VALUES   "Values"
#define DEPLOYED "Deployments"

static const bad_case cases[] = {
    {FILES, "a file that is not there", REPOINT_INVALID, "nowhere.json", import_missing, NULL},
    {FILES, "a folder", REPOINT_INVALID, "is a folder", import_folder, NULL},
    {FILES, "an empty file", REPOINT_INVALID, "shop.json is empty", import_whole, ""},
    {FILES, "not JSON", REPOINT_INVALID, "shop.json", import_whole, "orders, customers"},
    {FILES, "an array", REPOINT_INVALID, "shop.json", import_whole, "[1, 2]"},
    {FILES, "an object without anything", REPOINT_INVALID, "metadata", import_whole, "{}"},
    {FILES, "cut off in the middle", REPOINT_INVALID, "shop.json", import_cut_off, NULL},
    {FILES, "something after its end", REPOINT_INVALID, "shop.json", import_whole,
     "{\"metadata\": {}, \"versions\": {}, \"snapshots\": [], \"environments\": {}} {}"},
    {FILES, "a wrong type", REPOINT_INVALID, "forward_only", import_changed,
     "\"forward_only\": false=>\"forward_only\": \"no\""},
    {FILES, "an unknown key in a snapshot", REPOINT_INVALID, "colour", import_changed,
     "\"migrated\": false=>\"migrated\": false, \"colour\": 1"},
    {FILES, "an unknown key in an environment", REPOINT_INVALID, "colour", import_changed,
     "\"gateway_managed\": false=>\"gateway_managed\": false, \"colour\": 1"},
    {FILES, "an unknown key in its versions", REPOINT_INVALID, "colour", import_changed,
     "\"schema_version\": 102=>\"schema_version\": 102, \"colour\": 1"},
    {FILES, "a number out of range", REPOINT_INVALID, "created_ts", import_changed,
     "\"created_ts\": =>\"created_ts\": 99999999999999999999"},
    {FILES, "a number with an exponent", REPOINT_INVALID, "created_ts", import_changed,
     "\"created_ts\": =>\"created_ts\": 1e300, \"updated_ts\": "},
    {FILES, "an interval that is not two times", REPOINT_INVALID, "interval 0", import_changed,
     "\"intervals\": [=>\"intervals\": [[1], "},
    {FILES, "a schema version out of range", REPOINT_INVALID, "versions", import_changed,
     "\"schema_version\": 102=>\"schema_version\": 4294967398"},
    {FILES, "invalid UTF-8", REPOINT_INVALID, "shop.json", import_changed,
     "\"ttl\": \"in 1 week\"=>\"ttl\": \"in 1 w\xff\xfe"
     "k\""},
    {FILES, "a NUL inside a text", REPOINT_INVALID, "ttl", import_changed,
     "\"ttl\": \"in 1 week\"=>\"ttl\": \"in 1\\u0000 week\""},
    {FILES, "nesting 10,000 deep", REPOINT_INVALID, "nested deeper", import_nested, NULL},
    {FILES, "marked as not importable", REPOINT_INVALID, "not importable", import_changed,
     "\"importable\": true=>\"importable\": false"},
    {FILES, "another SQLMesh's file", REPOINT_INVALID, "0.1.0", import_changed,
     "\"sqlmesh_version\": \"0.236.4\"=>\"sqlmesh_version\": \"0.1.0\""},
    {FILES, "an environment of snapshots that are not there", REPOINT_MISSING_SNAPSHOTS, "\"nothing\"",
     import_changed,
     "\"environments\": {=>\"environments\": {\"staging\": {\"environment\": {\"name\": \"staging\", "
     "\"start_at\": \"2026-01-01\", \"plan_id\": \"p\", \"snapshots\": [{\"name\": \"\\\"nothing\\\"\", "
     "\"fingerprint\": {\"data_hash\": \"1\", \"metadata_hash\": \"1\"}, \"version\": \"1\", "
     "\"physical_schema\": \"s\", \"kind_name\": \"FULL\", \"parents\": [], \"previous_versions\": [], "
     "\"dev_table_suffix\": \"dev\"}]}, \"statements\": []},"},

    {DATABASE, "no URL", REPOINT_INVALID, "scheme", open_input, "state.db"},
    {DATABASE, "an unknown kind of database", REPOINT_INVALID, "oracle", open_input, "oracle:analytics"},
    {DATABASE, "a URL without a path", REPOINT_INVALID, "names no file", open_input, "sqlite:"},
    {DATABASE, "a path of 10,000 characters", REPOINT_INVALID, "longer than", open_long_path, NULL},
    {DATABASE, "a file that is not there", REPOINT_UNREACHABLE, "nowhere.db", open_input,
     "sqlite:nowhere.db"},
    {DATABASE, "a folder", REPOINT_NOT_A_STORE, "is a folder", open_folder, NULL},
    {DATABASE, "a text file", REPOINT_NOT_A_STORE, "notes.txt", open_text_file, NULL},
    {DATABASE, "a database that is no state store", REPOINT_NOT_A_STORE, "no state store", open_after_sql,
     "DROP TABLE _versions", true},
    {DATABASE, "a newer state store", REPOINT_SCHEMA_VERSION, "103", open_after_sql,
     "UPDATE _versions SET schema_version = 103", true},
    {DATABASE, "an older state store", REPOINT_SCHEMA_VERSION, "100", open_after_sql,
     "UPDATE _versions SET schema_version = 100", true},
    {DATABASE, "a state store that does not say its version", REPOINT_SCHEMA_VERSION, "0", open_after_sql,
     "DELETE FROM _versions", true},
    {DATABASE, "a damaged file", REPOINT_FAILED, "damaged", read_damaged, NULL, true},
    {DATABASE, "a read-only file", REPOINT_FAILED, "read-only", work_read_only, NULL},
    {DATABASE, "a file that may not be read", REPOINT_UNREACHABLE, "state.db", open_unreadable, NULL},
    {DATABASE, "a full disk", REPOINT_FAILED, "full", work_on_full_disk, NULL},
    {DATABASE, "locked by another process", REPOINT_BUSY, "state.db", migrate_locked, NULL},
    {DATABASE, "the time limit passes", REPOINT_TIMEOUT, "time limit", work_in_time, NULL},
    {DATABASE, "interrupted", REPOINT_INTERRUPTED, "interrupted", work_interrupted, NULL},

    {SERVERS, "no PostgreSQL there", REPOINT_UNREACHABLE, "127.0.0.1", open_input,
     "postgresql://repoint:secret@127.0.0.1:1/shop?connect_timeout=2"},
    {SERVERS, "an unknown option for PostgreSQL", REPOINT_INVALID, "libpq", open_input,
     "postgresql://repoint:secret@127.0.0.1:1/shop?colour=blue"},
    {SERVERS, "an unknown option for MariaDB", REPOINT_INVALID, "colour", open_input,
     "mysql://repoint:secret@127.0.0.1:1/shop?colour=blue"},
    {SERVERS, "an unknown TLS mode for MariaDB", REPOINT_INVALID, "ssl-mode", open_input,
     "mysql://repoint:secret@127.0.0.1:1/shop?ssl-mode=perhaps"},
    {SERVERS, "a certificate to be verified by nothing", REPOINT_INVALID, "verified", open_input,
     "mysql://repoint:secret@127.0.0.1:1/shop?ssl-mode=verify-full"},
    {SERVERS, "a URL for MariaDB that is none", REPOINT_INVALID, "understands", open_input,
     "mysql://repoint:sec ret@[127.0.0.1/shop"},
    {SERVERS, "DuckDB without its library", REPOINT_INVALID, "nowhere/libduckdb.so", open_without_library,
     "duckdb:shop.duckdb"},

    {NAMES, "an unknown environment", REPOINT_NOT_FOUND, "staging", get_environment, "staging"},
    {NAMES, "an environment without a name", REPOINT_INVALID, "empty", get_environment, ""},
    {NAMES, "an environment whose name is SQL", REPOINT_NOT_FOUND, "DROP TABLE", get_environment, SQL_NAME},
    {NAMES, "an environment with a name of 10,000 characters", REPOINT_NOT_FOUND, "xxx",
     get_environment_of_long_name, NULL},
    {NAMES, "an unknown environment to finalize", REPOINT_NOT_FOUND, "staging", finalize_unknown, NULL},
    {NAMES, "an unknown environment to plan from", REPOINT_NOT_FOUND, "staging", plan_from, "staging"},
    {NAMES, "a new environment without a name", REPOINT_INVALID, "empty", plan_environment, ""},
    {NAMES, "a new environment with a name of 10,000 characters", REPOINT_INVALID, "xxx",
     plan_environment_of_long_name, NULL},
    {NAMES, "a new environment with the name of a candidate", REPOINT_INVALID, "__next", plan_environment,
     "prod__next"},
    {NAMES, "an unknown snapshot", REPOINT_NOT_FOUND, "ordres", find_snapshot, "ordres"},
    {NAMES, "an unknown identifier", REPOINT_NOT_FOUND, "12345", find_snapshot, "orders@12345"},
    {NAMES, "a model of which there are several snapshots", REPOINT_INVALID, "daily_revenue", find_snapshot,
     "daily_revenue"},
    {NAMES, "a snapshot without a name", REPOINT_INVALID, "empty", find_snapshot, ""},
    {NAMES, "a snapshot whose name is SQL", REPOINT_NOT_FOUND, "DROP TABLE", find_snapshot, SQL_NAME},
    {NAMES, "a snapshot with a name of 10,000 characters", REPOINT_INVALID, "longer than",
     find_snapshot_of_long_name, NULL},
    {NAMES, "an unknown model to check for gaps", REPOINT_NOT_FOUND, "ordres", promote_checking, "ordres"},
    {NAMES, "an unknown model to set", REPOINT_NOT_FOUND, "ordres", plan_setting, "ordres=12345"},
    {NAMES, "a model set to an unknown identifier", REPOINT_MISSING_SNAPSHOTS, "12345", plan_setting,
     "orders=12345"},
    {NAMES, "a model set to nothing", REPOINT_INVALID, "orders", plan_setting, "orders"},

    {TIMES, "an unknown time", REPOINT_INVALID, "the day before the flood", add_from,
     "the day before the flood"},
    {TIMES, "a date that there is not", REPOINT_INVALID, "2026-02-30", add_from, "2026-02-30"},
    {TIMES, "an empty time", REPOINT_INVALID, "\"\" as a time", add_from, ""},
    {TIMES, "an end before its start", REPOINT_INVALID, "2026-01-0", remove_backwards, NULL},
    {TIMES, "an unknown cron", REPOINT_INVALID, "every tuesday", add_with_cron, "\"cron\":\"every tuesday\""},
    {TIMES, "a cron that never comes", REPOINT_INVALID, "0 0 30 2 *", add_with_cron,
     "\"cron\":\"0 0 30 2 *\""},
    {TIMES, "an unknown time zone", REPOINT_INVALID, "Mars/Olympus", add_with_cron,
     "\"cron\":\"@daily\",\"cron_tz\":\"Mars/Olympus\""},
    {TIMES, "an unknown time to live", REPOINT_INVALID, "soon enough", plan_with_ttl, "soon enough"},

    {VALUES, "an environment that is not JSON", REPOINT_INVALID, "environment", environment_of_json, "prod"},
    {VALUES, "an environment without a name", REPOINT_INVALID, "name", environment_of_json,
     "{\"plan_id\": \"p\"}"},
    {VALUES, "a snapshot that is not JSON", REPOINT_INVALID, "snapshot", snapshot_of_json, "{\"name\": "},
    {VALUES, "a snapshot without a fingerprint", REPOINT_INVALID, "fingerprint", snapshot_of_json,
     "{\"name\": \"\\\"orders\\\"\", \"node\": {\"name\": \"orders\"}}"},
    {VALUES, "a snapshot that is not categorised", REPOINT_INVALID, "orders", push_uncategorized, NULL},
    {VALUES, "statements that are not JSON", REPOINT_INVALID, "statements", promote_with_statements,
     "SELECT 1"},
    {VALUES, "statements that are no array", REPOINT_INVALID, "statements", promote_with_statements, "{}"},

    {DEPLOYED, "approvals on a database that does not know its users", REPOINT_INVALID, "users",
     deploy_with_approvals, NULL},
    {DEPLOYED, "nothing to go on with", REPOINT_NOT_FOUND, "no deployment is open", resume_input, "prod"},
};

/* ---- the rows ---- */

/* One cell: no folder of this run, nothing that ends the cell, at most 160 characters. */
static char *cell(const story *of, const char *message)
{
    g_autofree char *folder = g_strconcat(of->folder, "/", NULL);
    g_auto(GStrv) without = g_strsplit(message, folder, -1);
    g_autofree char *relative = g_strjoinv("", without);
    g_auto(GStrv) without_folder = g_strsplit(relative, of->folder, -1);
    g_autofree char *named = g_strjoinv("FOLDER", without_folder);
    g_auto(GStrv) bars = g_strsplit(named, "|", -1);
    g_autofree char *escaped = g_strjoinv("\\|", bars);
    g_strdelimit(escaped, "\n", ' ');
    if (g_utf8_strlen(escaped, -1) <= 160)
        return g_steal_pointer(&escaped);
    g_autofree char *begin = g_utf8_substring(escaped, 0, 160);
    return g_strconcat(begin, "…", NULL);
}

static void add_row(const bad_case *one, const story *of, const char *message)
{
    g_autofree char *told = cell(of, message);
    bool is_first = rows->len == 0 || one == cases || !g_str_equal(one[-1].group, one->group);
    if (is_first)
        g_ptr_array_add(rows,
                        g_strdup_printf("\n## %s\n\n| case | exit | status | message |\n| --- | --- | --- | "
                                        "--- |",
                                        one->group));
    g_ptr_array_add(rows, g_strdup_printf("| %s | %d | `%s` | %s |", one->what,
                                          repoint_status_exit_code(one->status),
                                          repoint_status_name(one->status), told));
}

static bool opens_itself(const bad_case *one)
{
    return g_str_equal(one->group, SERVERS) ||
           (g_str_equal(one->group, DATABASE) && one->run != work_interrupted);
}

static void bad_input_is_refused_and_changes_nothing(void **state)
{
    const bad_case *one = *state;
    repoint_error error = REPOINT_ERROR_INIT;
    shop of = {.input = one->input};
    story_begin(&of.story);
    story_given_shop(&of.story);
    g_chmod(of.story.folder, 0755);
    g_autofree char *before = story_dump(&of.story);
    of.store = opens_itself(one) ? NULL : story_open(&of.story);

    repoint_status status = one->run(&of, &error);
    if (status != one->status)
        fail_msg("%s: %s (%s), not %s", one->what, repoint_status_name(status),
                 error.message != NULL ? error.message : "no message", repoint_status_name(one->status));
    assert_int_equal(error.status, status);
    assert_non_null(error.message);
    if (strstr(error.message, one->names) == NULL)
        fail_msg("%s: the message does not name \"%s\": %s", one->what, one->names, error.message);
    assert_true(strlen(error.message) < 2000);
    if (error.message[strlen(error.message) - 1] == '.')
        fail_msg("%s: the message ends with a full stop: %s", one->what, error.message);
    add_row(one, &of.story, error.message);

    repoint_store_close(of.store);
    if (!one->may_change_file)
        assert_unchanged(&of.story, before);
    repoint_error_clear(&error);
    story_end(&of.story);
}

static const char head[] =
    "# What repoint says about what is wrong\n\n"
    "Made by the tests from what the library really says: after a change, run the test `bad-input` with\n"
    "`REPOINT_WRITE_ERRORS=1` (`REPOINT_WRITE_ERRORS=1 meson test -C build/test bad-input`). It fails while "
    "this file\n"
    "says something else. The exit code is that of the command line; nothing was written in any of these "
    "cases.\n";

static void the_table_of_errors_is_what_the_library_says(void **state G_GNUC_UNUSED)
{
    g_ptr_array_add(rows, NULL);
    g_autofree char *table = g_strjoinv("\n", (char **)rows->pdata);
    g_autofree char *page = g_strconcat(head, table, "\n", NULL);
    const char *path = TEST_DATA "/../docs/errors.md";
    if (g_strcmp0(g_getenv("REPOINT_WRITE_ERRORS"), "1") == 0)
        assert_true(g_file_set_contents_full(path, page, -1, G_FILE_SET_CONTENTS_CONSISTENT, 0644, NULL));
    g_autofree char *written = NULL;
    assert_true(g_file_get_contents(path, &written, NULL, NULL));
    g_autofree char *difference = story_difference(written, page);
    if (difference != NULL)
        fail_msg("docs/errors.md is out of date:\n%s", difference);
}

int main(void)
{
    const size_t count = G_N_ELEMENTS(cases) + 1;
    rows = g_ptr_array_new_with_free_func(g_free);
    g_autofree struct CMUnitTest *tests = g_new0(struct CMUnitTest, count);
    for (size_t i = 0; i < G_N_ELEMENTS(cases); i++)
        tests[i] = (struct CMUnitTest){.name = cases[i].what,
                                       .test_func = bad_input_is_refused_and_changes_nothing,
                                       .setup_func = story_setup,
                                       .teardown_func = story_teardown,
                                       .initial_state = (void *)&cases[i]};
    tests[count - 1] = (struct CMUnitTest)cmocka_unit_test(the_table_of_errors_is_what_the_library_says);
    int failed = _cmocka_run_group_tests("bad input", tests, count, NULL, NULL);
    g_ptr_array_unref(rows);
    return failed;
}
