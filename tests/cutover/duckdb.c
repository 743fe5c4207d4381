/*
 * Readers while views change, on DuckDB.
 *
 * A DuckDB file belongs to one process, so that here the readers are threads, on connections of the instance
 * that repoint deploys on. First the same two halves as test_readers.py: views that are replaced one by one
 * are seen mixed in every form, and never when one transaction replaces them all. Then deployments.
 *
 *     cutover-duckdb readers | deployments MODELS
 */
#include <glib/gstdio.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "db/duckdb/instance.h"
#include "reader/reader.h"
#include "story.h"

enum { ROWS = 3, SKIPPED = 77, MAX_SWITCHES = 2000, OLD = 1001, NEW = 2002 };

/* ---- the shop ---- */

typedef struct shop {
    story story;
    char *path;
    char *url;
    unsigned count;
    char **models;
    char **views;  /* of prod */
    char **others; /* other people's, on those */
    duck_instance *instance;
    void *connection; /* for what is done by hand */
    reader_duckdb_file file;
    repoint_store *store;
} shop;

static shop the; /* one a program */

static void by_hand(const char *format, ...)
{
    reader_fault fault = {0};
    va_list arguments;
    va_start(arguments, format);
    g_autofree char *sql = g_strdup_vprintf(format, arguments);
    va_end(arguments);
    if (!reader_duckdb.execute(the.connection, sql, &fault))
        fail_msg("%s: %s", sql, fault.message);
}

static void given_table(const char *model, unsigned version)
{
    by_hand("CREATE TABLE IF NOT EXISTS sqlmesh__shop.shop__%s__%u AS "
            "SELECT i AS row, '%u' AS release FROM range(%d) AS t(i)",
            model, version, version, ROWS);
}

static void name_models(unsigned count)
{
    the.count = count;
    the.models = g_new0(char *, count + 1);
    the.views = g_new0(char *, count + 1);
    the.others = g_new0(char *, count + 1);
    for (unsigned i = 0; i < count; i++) {
        the.models[i] = g_strdup_printf("orders_%03u", i);
        the.views[i] = g_strdup_printf("\"shop\".\"orders_%03u\"", i);
        the.others[i] = g_strdup_printf("\"reports\".\"orders_%03u\"", i);
    }
}

static void open_file(void)
{
    repoint_error error = REPOINT_ERROR_INIT;
    reader_fault fault = {0};
    assert_ok(rp_duck_instance_take(the.path, &(rp_db_options){.create = true}, &the.instance, &error),
              &error);
    the.file = (reader_duckdb_file){the.instance->duck, the.instance->database};
    the.connection = reader_duckdb.connect(&the.file, &fault);
    assert_non_null(the.connection);
}

static void given_shop(unsigned count)
{
    repoint_error error = REPOINT_ERROR_INIT;
    story_begin(&the.story);
    the.path = story_path(&the.story, "warehouse.duckdb");
    the.url = g_strconcat("duckdb:", the.path, NULL);
    name_models(count);
    open_file();
    assert_ok(repoint_store_create(the.url, NULL, NULL, &the.store, NULL, &error), &error);
    static const char *const schemas[] = {"shop", "sqlmesh__shop", "reports"};
    for (size_t i = 0; i < G_N_ELEMENTS(schemas); i++)
        by_hand("CREATE SCHEMA IF NOT EXISTS %s", schemas[i]);
    for (unsigned i = 0; i < count; i++) {
        given_table(the.models[i], OLD);
        given_table(the.models[i], NEW);
    }
}

static void end_shop(void)
{
    repoint_store_close(the.store);
    reader_duckdb.disconnect(the.connection);
    rp_duck_instance_give_back(the.instance);
    g_strfreev(the.models);
    g_strfreev(the.views);
    g_strfreev(the.others);
    g_free(the.path);
    g_free(the.url);
    story_end(&the.story);
}

static void replace_view(unsigned model, unsigned version)
{
    by_hand("CREATE OR REPLACE VIEW %s AS SELECT * FROM sqlmesh__shop.shop__%s__%u", the.views[model],
            the.models[model], version);
}

static void one_by_one(unsigned version)
{
    for (unsigned i = 0; i < the.count; i++)
        replace_view(i, version);
}

static void at_once(unsigned version)
{
    by_hand("BEGIN TRANSACTION");
    one_by_one(version);
    by_hand("COMMIT");
}

static void given_other_views(void)
{
    for (unsigned i = 0; i < the.count; i++)
        by_hand("CREATE OR REPLACE VIEW %s AS SELECT release FROM %s", the.others[i], the.views[i]);
}

/* ---- readers ---- */

static const struct {
    const char *label;
    reader_form form;
    reader_order order;
    bool is_prepared;
    bool reconnects;
    bool others;
} forms[] = {
    {.label = "statement, given"},
    {.label = "statement, reverse", .order = READER_REVERSE},
    {.label = "statement, random", .order = READER_RANDOM},
    {.label = "transaction, given", .form = READER_REPEATABLE_READ},
    {.label = "transaction, reverse", .form = READER_REPEATABLE_READ, .order = READER_REVERSE},
    {.label = "transaction, random", .form = READER_REPEATABLE_READ, .order = READER_RANDOM},
    {.label = "prepared statement", .is_prepared = true},
    {.label = "prepared, transaction", .form = READER_REPEATABLE_READ, .is_prepared = true},
    {.label = "new connections", .order = READER_RANDOM, .reconnects = true},
    {.label = "others, statement", .others = true},
    {.label = "others, transaction", .form = READER_REPEATABLE_READ, .others = true},
};
enum { FORMS = G_N_ELEMENTS(forms), TOGETHER = 3 };

typedef struct running {
    const char *label;
    reader *reader;
    GThread *thread;
    atomic_bool is_over;
} running;

static gpointer read_until_it_is_over(gpointer context)
{
    running *of = context;
    do
        reader_observe(of->reader);
    while (!atomic_load(&of->is_over));
    return NULL;
}

static reader_options options_of(size_t form)
{
    return (reader_options){
        .database = &reader_duckdb,
        .target = &the.file,
        .views = forms[form].others ? the.others : the.views,
        .form = forms[form].form,
        .order = forms[form].order,
        .is_prepared = forms[form].is_prepared,
        .reconnects = forms[form].reconnects,
        .rows = ROWS,
        .seed = 1,
    };
}

static running *start(size_t form)
{
    running *of = g_new0(running, 1);
    reader_options options = options_of(form);
    of->label = forms[form].label;
    of->reader = reader_new(&options);
    assert_non_null(of->reader);
    of->thread = g_thread_new("reader", read_until_it_is_over, of);
    while (reader_count(of->reader).observations == 0)
        g_thread_yield();
    return of;
}

/* Prints what it has seen. */
static reader_counts stop(running *of, const char *what, unsigned switches)
{
    atomic_store(&of->is_over, true);
    g_thread_join(of->thread);
    reader_counts counts = reader_count(of->reader);
    g_autofree char *text = reader_counts_json(of->reader);
    printf("    %s, %u switches, %s: %s\n", what, switches, of->label, text);
    reader_free(of->reader);
    g_free(of);
    return counts;
}

static void assert_whole(reader_counts counts)
{
    assert_int_equal(counts.mixed, 0);
    assert_int_equal(counts.empty, 0);
    assert_int_equal(counts.errors, 0);
    assert_int_equal(counts.releases, 2);
}

/* ---- the reader itself ---- */

static void each_form_sees_views_that_are_replaced_one_by_one(void **state G_GNUC_UNUSED)
{
    for (size_t i = 0; i < FORMS; i++) {
        one_by_one(OLD);
        running *of = start(i);
        unsigned switches = 0;
        while (reader_count(of->reader).mixed == 0 && switches < MAX_SWITCHES)
            one_by_one(++switches % 2 == 1 ? NEW : OLD);
        assert_true(stop(of, "one by one", switches).mixed > 0);
    }
}

static bool all_have_seen_both(running *const *of, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        if (reader_count(of[i]->reader).releases < 2)
            return false;
    }
    return true;
}

/* Some readers at a time, of the first `limit` forms, while `change` makes prod show this release or that. */
static void watch(const char *what, size_t limit, unsigned wanted, void (*change)(unsigned version))
{
    for (size_t first = 0; first < limit; first += TOGETHER) {
        running *of[TOGETHER];
        size_t count = MIN(TOGETHER, limit - first);
        unsigned switches = 0;
        change(OLD);
        for (size_t i = 0; i < count; i++)
            of[i] = start(first + i);
        while ((switches < wanted || !all_have_seen_both(of, count)) && switches < MAX_SWITCHES)
            change(++switches % 2 == 1 ? NEW : OLD);
        for (size_t i = 0; i < count; i++)
            assert_whole(stop(of[i], what, switches));
    }
}

static void no_form_sees_a_mixture_where_there_is_none(void **state G_GNUC_UNUSED)
{
    watch("at once", FORMS, story_count(5, 100, "switches at once"), at_once);
}

/* ---- deployments ---- */

static void promote(const char *name, unsigned version)
{
    repoint_error error = REPOINT_ERROR_INIT;
    g_autofree repoint_snapshot **snapshots = g_new(repoint_snapshot *, the.count);
    for (unsigned i = 0; i < the.count; i++)
        snapshots[i] = story_given_snapshot(the.store, the.models[i], version, 1, 5);
    repoint_environment *record = story_record(name, name, NULL, snapshots, the.count);
    assert_ok(repoint_promote(the.store, record, NULL, NULL, &error), &error);
    assert_ok(repoint_finalize(the.store, record, &error), &error);
    repoint_environment_free(record);
    for (unsigned i = 0; i < the.count; i++)
        repoint_snapshot_free(snapshots[i]);
}

static repoint_status try_deploy(repoint_store *store, const char *environment, unsigned version,
                                 repoint_error *error)
{
    repoint_plan *plan = NULL;
    repoint_deployment *deployment = NULL;
    repoint_plan_source source = {.from_environment = version == OLD ? "blue" : "green"};
    repoint_status status = repoint_plan_create(store, environment, &source, NULL, &plan, error);
    if (status == REPOINT_OK)
        status = repoint_deploy(store, plan, NULL, &deployment, error);
    repoint_deployment_close(deployment);
    repoint_plan_free(plan);
    return status;
}

static void deploy(unsigned version)
{
    repoint_error error = REPOINT_ERROR_INIT;
    assert_ok(try_deploy(the.store, "prod", version, &error), &error);
}

static unsigned deployments_wanted(void)
{
    g_autofree char *what =
        g_strdup_printf("deployments of %u models for each %u readers", the.count, TOGETHER);
    return the.count > 100 ? story_count(1, 40, what) : story_count(2, 200, what);
}

static void no_reader_sees_a_mixture_while_prod_goes_back_and_forth(void **state G_GNUC_UNUSED)
{
    bool is_long = the.count > 100 && g_getenv("REPOINT_SOAK") == NULL; /* one of these takes seconds */
    watch("deployments", is_long ? TOGETHER : FORMS, deployments_wanted(), deploy);
}

typedef struct other_deployer {
    unsigned wanted;
    repoint_status status;
    repoint_error error;
} other_deployer;

static gpointer deploy_staging(gpointer context)
{
    other_deployer *of = context;
    repoint_store *store = NULL;
    of->status = repoint_store_open(the.url, NULL, &store, &of->error);
    for (unsigned i = 0; i < of->wanted && of->status == REPOINT_OK; i++)
        of->status = try_deploy(store, "staging", i % 2 == 0 ? NEW : OLD, &of->error);
    repoint_store_close(store);
    return NULL;
}

static void two_environments_at_once(void **state G_GNUC_UNUSED)
{
    other_deployer other = {.wanted = the.count > 100 ? 2 : 10, .error = REPOINT_ERROR_INIT};
    deploy(OLD);
    running *of = start(5);
    GThread *thread = g_thread_new("staging", deploy_staging, &other);
    unsigned switches = 0;
    while (switches < other.wanted || (reader_count(of->reader).releases < 2 && switches < MAX_SWITCHES))
        deploy(++switches % 2 == 1 ? NEW : OLD);
    g_thread_join(thread);
    reader_counts counts = stop(of, "two environments", switches);
    assert_ok(other.status, &other.error);
    assert_whole(counts);
}

static void deploy_while_it_pauses(void *context)
{
    *(bool *)context = true;
    deploy(NEW);
}

/* Deploys in the middle of a reader's transaction: it goes on reading what it began with. */
static void check_paused(reader_pause where)
{
    bool has_paused = false;
    deploy(OLD);
    reader_options options = options_of(3);
    options.pause_at = where;
    options.pause = deploy_while_it_pauses;
    options.context = &has_paused;
    reader *of = reader_new(&options);
    reader_observe(of);
    g_autofree char *text = reader_counts_json(of);
    reader_free(of);
    assert_true(has_paused);
    g_autofree char *whole = g_strdup_printf("\"releases\": {\"%u\": 1}", OLD);
    if (strstr(text, whole) == NULL)
        fail_msg("%s", text);
}

static void a_transaction_keeps_the_views_that_it_began_with(void **state G_GNUC_UNUSED)
{
    check_paused(READER_PAUSE_HALF);
    check_paused(READER_PAUSE_SNAPSHOT);
}

/* ---- the program ---- */

static int given_views_by_hand(void **state G_GNUC_UNUSED)
{
    given_shop(40);
    one_by_one(OLD);
    given_other_views();
    return 0;
}

static unsigned models;

static int given_prod(void **state G_GNUC_UNUSED)
{
    given_shop(models);
    promote("blue", OLD);
    promote("green", NEW);
    deploy(OLD);
    given_other_views();
    return 0;
}

static int end(void **state G_GNUC_UNUSED)
{
    end_shop();
    return 0;
}

int main(int argc, char **argv)
{
    const struct CMUnitTest of_readers[] = {
        cmocka_unit_test(each_form_sees_views_that_are_replaced_one_by_one),
        cmocka_unit_test(no_form_sees_a_mixture_where_there_is_none),
    };
    const struct CMUnitTest of_deployments[] = {
        cmocka_unit_test(no_reader_sees_a_mixture_while_prod_goes_back_and_forth),
        cmocka_unit_test(a_transaction_keeps_the_views_that_it_began_with),
        cmocka_unit_test(two_environments_at_once),
    };
    const char *library = g_getenv("REPOINT_DUCKDB_LIBRARY");
    if (library == NULL || *library == '\0') {
        printf("skipped: REPOINT_DUCKDB_LIBRARY is not set\n");
        return SKIPPED;
    }
    if (argc == 2)
        return cmocka_run_group_tests(of_readers, given_views_by_hand, end);
    models = (unsigned)atoi(argv[2]);
    return cmocka_run_group_tests(of_deployments, given_prod, end);
}
