/* See operations.h. */
#include "operations.h"

#include <glib/gstdio.h>
#include <string.h>

#include "model/snapshot.h"

#define STATEMENTS "[{\"before_all\":[],\"after_all\":[\"SELECT 'deployed'\"],\"python_env\":{}}]"

/* ---- given ---- */

static void given_nothing(story *of)
{
    assert_true(g_file_set_contents(of->path, "", 0, NULL)); /* a file without bytes is an empty database */
}

static void given_empty_store(story *of)
{
    repoint_store_close(story_create(of));
}

static void given_old_store(story *of)
{
    story_given_shop(of);
    repoint_error error = REPOINT_ERROR_INIT;
    rp_db *db = operation_connect(of);
    assert_ok(rp_db_execute(db, "UPDATE _versions SET schema_version = 101", RP_NO_VALUES, NULL, &error),
              &error);
    rp_db_close(db);
}

static void given_migrated_store(story *of)
{
    repoint_error error = REPOINT_ERROR_INIT;
    given_old_store(of);
    g_autoptr(repoint_store) store = story_open(of);
    assert_ok(repoint_store_migrate(store, false, NULL, &error), &error);
}

/* dev lets go one day. */
static void given_passing_dev(story *of)
{
    repoint_error error = REPOINT_ERROR_INIT;
    story_given_shop(of);
    g_autoptr(repoint_store) store = story_open(of);
    assert_ok(repoint_environment_invalidate(store, "dev", true, NULL, &error), &error);
}

/* dev is gone, and with it what points to some snapshots. */
static void given_loose_snapshots(story *of)
{
    repoint_error error = REPOINT_ERROR_INIT;
    given_passing_dev(of);
    g_autoptr(repoint_store) store = story_open(of);
    assert_ok(repoint_environments_delete_expired(store, "dev", INT64_MAX, NULL, NULL, &error), &error);
}

static void given_draft(story *of)
{
    story_given_shop(of);
    repoint_error error = REPOINT_ERROR_INIT;
    g_autoptr(repoint_store) store = story_open(of);
    repoint_environment *draft = story_prod_like_dev(store, "draft");
    assert_ok(repoint_promote(store, draft, NULL, NULL, &error), &error);
    repoint_environment_free(draft);
}

static repoint_snapshot_list *dev_daily_revenue(repoint_store *store)
{
    repoint_error error = REPOINT_ERROR_INIT;
    repoint_environment *dev = story_environment(store, "dev");
    repoint_snapshot_list *list = NULL;
    for (size_t i = 0; i < repoint_environment_table_count(dev); i++) {
        const repoint_table *table = repoint_environment_table(dev, i);
        repoint_snapshot_id id = {repoint_table_name(table), repoint_table_identifier(table)};
        if (strcmp(id.name, STORY_SHOP_DAILY_REVENUE) == 0)
            assert_ok(repoint_snapshots_get(store, &id, 1, &list, &error), &error);
    }
    repoint_environment_free(dev);
    assert_int_equal(repoint_snapshot_list_count(list), 1);
    return list;
}

/* A log with something to merge: days added twice, in pieces, and taken away. */
static void given_long_log(story *of)
{
    static const repoint_range days[] = {{"2026-01-06", "2026-01-06"}, {"2026-01-01", "2026-01-03"}};
    static const repoint_range lost = {"2026-01-02", "2026-01-02"};
    story_given_shop(of);
    repoint_error error = REPOINT_ERROR_INIT;
    of->now += STORY_DAY;
    g_autoptr(repoint_store) store = story_open(of);
    repoint_snapshot_list *list = dev_daily_revenue(store);
    const repoint_snapshot *snapshot = repoint_snapshot_list_at(list, 0);
    for (size_t i = 0; i < G_N_ELEMENTS(days); i++) {
        assert_ok(repoint_intervals_add(store, snapshot, &days[i], i == 1, NULL, &error), &error);
        of->now++;
    }
    assert_ok(repoint_intervals_remove(store, snapshot, &lost, true, NULL, &error), &error);
    repoint_snapshot_list_free(list);
}

/* ---- what to work with ---- */

static void prepare_environment(story *of, work *with)
{
    g_autoptr(repoint_store) store = story_open(of);
    with->environment = story_prod_like_dev(store, "next");
}

static void prepare_draft(story *of, work *with)
{
    g_autoptr(repoint_store) store = story_open(of);
    with->environment = story_environment(store, "prod");
}

static void prepare_all_snapshots(story *of G_GNUC_UNUSED, work *with)
{
    repoint_error error = REPOINT_ERROR_INIT;
    g_autofree char *text = NULL;
    gsize size = 0;
    g_autoptr(rp_json) json = NULL;
    assert_true(g_file_get_contents(story_shop_file(), &text, &size, NULL));
    assert_ok(rp_json_parse(text, size, "the shop", &json, &error), &error);
    size_t index, count;
    yyjson_val *one;
    with->snapshots = g_ptr_array_new_with_free_func((GDestroyNotify)repoint_snapshot_free);
    yyjson_arr_foreach (field(rp_json_root(json), "snapshots"), index, count, one) {
        repoint_snapshot *snapshot = NULL;
        assert_ok(rp_snapshot_read(json, one, RP_STRICT, &snapshot, &error), &error);
        g_ptr_array_add(with->snapshots, snapshot);
    }
}

static void prepare_daily_revenue(story *of, work *with)
{
    repoint_error error = REPOINT_ERROR_INIT;
    g_autoptr(repoint_store) store = story_open(of);
    repoint_snapshot_list *list = dev_daily_revenue(store);
    char *text = repoint_snapshot_to_json(repoint_snapshot_list_at(list, 0));
    repoint_snapshot *copy = NULL;
    assert_ok(repoint_snapshot_from_json(text, strlen(text), &copy, &error), &error);
    with->snapshots = g_ptr_array_new_with_free_func((GDestroyNotify)repoint_snapshot_free);
    g_ptr_array_add(with->snapshots, copy);
    repoint_free(text);
    repoint_snapshot_list_free(list);
}

/* ---- the work ---- */

static const repoint_snapshot *first_snapshot(const work *with)
{
    return g_ptr_array_index(with->snapshots, 0);
}

static repoint_status push(repoint_store *store, const work *with, repoint_error *error)
{
    return repoint_push(store, (const repoint_snapshot *const *)with->snapshots->pdata, with->snapshots->len,
                        NULL, error);
}

static repoint_status push_file(repoint_store *store, const work *with G_GNUC_UNUSED, repoint_error *error)
{
    const char *const paths[] = {story_shop_file(), NULL};
    return repoint_push_files(store, paths, NULL, NULL, error);
}

static repoint_status promote(repoint_store *store, const work *with, repoint_error *error)
{
    repoint_promotion *promotion = NULL;
    repoint_promote_options options = {.gap_check = REPOINT_GAPS_ALL, .statements_json = STATEMENTS};
    repoint_status status = repoint_promote(store, with->environment, &options, &promotion, error);
    assert_true((status == REPOINT_OK) == (promotion != NULL));
    repoint_promotion_free(promotion);
    return status;
}

static repoint_status finalize(repoint_store *store, const work *with, repoint_error *error)
{
    return repoint_finalize(store, with->environment, error);
}

static repoint_status intervals_add(repoint_store *store, const work *with, repoint_error *error)
{
    return repoint_intervals_add(store, first_snapshot(with), &(repoint_range){"2025-12-30", "2025-12-31"},
                                 false, NULL, error);
}

static repoint_status intervals_add_many(repoint_store *store, const work *with, repoint_error *error)
{
    return repoint_intervals_add_many(store, (const repoint_snapshot *const *)with->snapshots->pdata,
                                      with->snapshots->len, error);
}

static repoint_status intervals_remove(repoint_store *store, const work *with, repoint_error *error)
{
    repoint_interval removed = {0};
    return repoint_intervals_remove(store, first_snapshot(with), &(repoint_range){"2026-01-02", "2026-01-03"},
                                    false, &removed, error);
}

static repoint_status intervals_remove_shared(repoint_store *store, const work *with, repoint_error *error)
{
    return repoint_intervals_remove(store, first_snapshot(with), &(repoint_range){"2026-01-02", "2026-01-03"},
                                    true, NULL, error);
}

static repoint_status compact(repoint_store *store, const work *with G_GNUC_UNUSED, repoint_error *error)
{
    size_t before = 0, after = 0;
    repoint_status status = repoint_intervals_compact(store, &before, &after, error);
    assert_true(status != REPOINT_OK || after < before);
    return status;
}

static repoint_status import(repoint_store *store, const work *with G_GNUC_UNUSED, repoint_error *error)
{
    return repoint_import(store, story_shop_file(), false, NULL, error);
}

static repoint_status import_replacing(repoint_store *store, const work *with G_GNUC_UNUSED,
                                       repoint_error *error)
{
    return repoint_import(store, story_shop_file(), true, NULL, error);
}

static repoint_status migrate(repoint_store *store, const work *with G_GNUC_UNUSED, repoint_error *error)
{
    int from = 0;
    repoint_status status = repoint_store_migrate(store, false, &from, error);
    assert_true(status != REPOINT_OK || from == 101);
    return status;
}

static repoint_status roll_back(repoint_store *store, const work *with G_GNUC_UNUSED, repoint_error *error)
{
    return repoint_store_rollback(store, NULL, error);
}

static repoint_status reset(repoint_store *store, const work *with G_GNUC_UNUSED, repoint_error *error)
{
    return repoint_store_reset(store, error);
}

static repoint_status invalidate(repoint_store *store, const work *with G_GNUC_UNUSED, repoint_error *error)
{
    return repoint_environment_invalidate(store, "dev", true, NULL, error);
}

static repoint_status delete_environments(repoint_store *store, const work *with G_GNUC_UNUSED,
                                          repoint_error *error)
{
    return repoint_environments_delete_expired(store, "dev", INT64_MAX, NULL, NULL, error);
}

static repoint_status delete_expired(repoint_store *store, const work *with G_GNUC_UNUSED,
                                     repoint_error *error)
{
    repoint_expired_options options = {.ignore_ttl = true};
    return repoint_snapshots_delete_expired(store, &options, NULL, error);
}

static repoint_status unpause(repoint_store *store, const work *with, repoint_error *error)
{
    repoint_table *table = NULL;
    repoint_status status = repoint_snapshot_table(first_snapshot(with), &table, error);
    const repoint_table *tables[] = {table};
    if (status == REPOINT_OK)
        status = repoint_unpause(store, tables, 1, 1, error);
    repoint_table_free(table);
    return status;
}

static repoint_status restate(repoint_store *store, const work *with, repoint_error *error)
{
    const repoint_snapshot *one = first_snapshot(with);
    repoint_auto_restatement row = {repoint_snapshot_name(one), repoint_snapshot_version(one), 1};
    return repoint_auto_restatements_update(store, &row, 1, error);
}

static repoint_status read_plan(repoint_store *store, const work *with G_GNUC_UNUSED, repoint_error *error)
{
    repoint_plan *made = NULL;
    repoint_plan_source source = {.from_environment = "dev"};
    repoint_status status = repoint_plan_create(store, "prod", &source, NULL, &made, error);
    assert_true((status == REPOINT_OK) == (made != NULL));
    repoint_plan_free(made);
    return status;
}

static bool take_row(void *context, const repoint_snapshot_row *row G_GNUC_UNUSED)
{
    ++*(size_t *)context;
    return true;
}

static repoint_status read_snapshots(repoint_store *store, const work *with, repoint_error *error)
{
    size_t rows = 0;
    repoint_snapshot_list *list = NULL;
    repoint_interval_list *missing = NULL;
    const repoint_snapshot *one = first_snapshot(with);
    repoint_snapshot_id id = {repoint_snapshot_name(one), repoint_snapshot_identifier(one)};
    repoint_status status = repoint_snapshots_list(store, NULL, take_row, &rows, error);
    if (status == REPOINT_OK)
        status = repoint_snapshots_get(store, &id, 1, &list, error);
    if (status == REPOINT_OK)
        status = repoint_intervals_refresh(store, list, error);
    if (status == REPOINT_OK)
        status = repoint_intervals_missing(store, one, NULL, false, &missing, error);
    assert_true(status != REPOINT_OK || (rows == 9 && repoint_snapshot_list_count(list) == 1));
    repoint_interval_list_free(missing);
    repoint_snapshot_list_free(list);
    return status;
}

static repoint_status export(repoint_store *store, const work *with, repoint_error *error)
{
    g_autofree char *path = g_build_filename(with->folder, "export.json", NULL);
    repoint_transfer_counts counts = {0};
    g_unlink(path);
    repoint_status status = repoint_export(store, path, NULL, &counts, error);
    assert_true((status == REPOINT_OK && !with->is_dry) == g_file_test(path, G_FILE_TEST_EXISTS));
    assert_int_equal(counts.snapshots, status == REPOINT_OK ? 9 : 0);
    return status;
}

const operation operations[] = {
    {.name = "init", .creates = true, .given = given_nothing},
    {.name = "push", .given = given_empty_store, .prepare = prepare_all_snapshots, .run = push},
    {.name = "push of a file", .given = given_empty_store, .run = push_file},
    {.name = "promote", .given = story_given_shop, .prepare = prepare_environment, .run = promote},
    {.name = "finalize", .given = given_draft, .prepare = prepare_draft, .run = finalize},
    {.name = "intervals add",
     .given = story_given_shop,
     .prepare = prepare_daily_revenue,
     .run = intervals_add},
    {.name = "intervals add many",
     .given = story_given_shop,
     .prepare = prepare_daily_revenue,
     .run = intervals_add_many},
    {.name = "intervals remove",
     .given = story_given_shop,
     .prepare = prepare_daily_revenue,
     .run = intervals_remove},
    {.name = "intervals remove shared",
     .given = given_long_log,
     .prepare = prepare_daily_revenue,
     .run = intervals_remove_shared},
    {.name = "intervals compact", .given = given_long_log, .run = compact},
    {.name = "import", .given = given_draft, .run = import},
    {.name = "import replacing", .given = given_draft, .run = import_replacing},
    {.name = "migrate", .given = given_old_store, .run = migrate},
    {.name = "migrate --rollback", .given = given_migrated_store, .run = roll_back},
    {.name = "reset", .given = story_given_shop, .run = reset},
    {.name = "invalidate", .given = story_given_shop, .run = invalidate},
    {.name = "expired environments", .given = given_passing_dev, .run = delete_environments},
    {.name = "expired snapshots", .given = given_loose_snapshots, .run = delete_expired},
    {.name = "unpause", .given = story_given_shop, .prepare = prepare_daily_revenue, .run = unpause},
    {.name = "auto restatements",
     .given = story_given_shop,
     .prepare = prepare_daily_revenue,
     .run = restate},
    {.name = "plan", .reads = true, .replaces_view = true, .given = story_given_shop, .run = read_plan},
    {.name = "reading snapshots",
     .reads = true,
     .given = story_given_shop,
     .prepare = prepare_daily_revenue,
     .run = read_snapshots},
    {.name = "export", .reads = true, .given = story_given_shop, .run = export},
};
const size_t operation_count = G_N_ELEMENTS(operations);

/* ---- running ---- */

void operation_begin(const operation *of, story *in, work *ret_work)
{
    *ret_work = (work){.folder = g_strdup(in->folder)};
    of->given(in);
    if (of->prepare != NULL)
        of->prepare(in, ret_work);
}

void work_clear(work *with)
{
    g_free(with->folder);
    repoint_environment_free(with->environment);
    repoint_plan_free(with->plan);
    g_clear_pointer(&with->snapshots, g_ptr_array_unref);
}

rp_db *operation_connect(const story *of)
{
    repoint_error error = REPOINT_ERROR_INIT;
    rp_db_options options = {.busy_seconds = 5};
    rp_db *db = NULL;
    assert_ok(rp_db_open(of->url, &options, &db, &error), &error);
    return db;
}

repoint_status operation_run(const operation *of, rp_db *db, const repoint_store_options *options,
                             const work *with, repoint_store **ret_store, repoint_error *error)
{
    *ret_store = NULL;
    if (of->creates)
        return rp_store_create_on(db, options, NULL, ret_store, NULL, error);
    repoint_status status = rp_store_open_on(db, options, ret_store, error);
    return status == REPOINT_OK ? of->run(*ret_store, with, error) : status;
}
