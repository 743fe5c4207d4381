/*
 * The janitor: removes what nothing points to any more, the state first, then the tables and views.
 *
 *     environments   those that have expired; their views go on the garbage list
 *     snapshots      in batches: those that have expired; their tables go on the garbage list
 *     intervals      the log is merged
 *     garbage        what is on the list, one by one (deploy/garbage.h)
 *
 * What an open deployment or a retained revision points to is kept (guarantee 5), beside what every
 * environment does.
 */
#include "deploy/draft.h"
#include "deploy/garbage.h"
#include "deploy/revision.h"
#include "deploy/tables.h"
#include "state/environments.h"
#include "state/snapshots.h"

#include <string.h>

#define BATCH_SIZE 1000 /* snapshots; for each batch all environments are read again */

/* What is told, by the names of told_json(); from TOLD_OUTCOMES on by rp_garbage_outcome, without the last.
 */
enum { TOLD_ENVIRONMENTS, TOLD_SNAPSHOTS, TOLD_OUTCOMES, TOLD_COUNT = TOLD_OUTCOMES + 3 };

typedef struct janitor {
    repoint_store *store;
    rp_db *warehouse;
    const repoint_janitor_options *options;
    bool lists;                /* there is a garbage list, or there may be one */
    GStringChunk *strings;     /* of `keep` */
    GArray *keep;              /* of repoint_snapshot_id */
    GPtrArray *found;          /* of rp_garbage, owned: what this run put on the list */
    GString *told[TOLD_COUNT]; /* what went: the elements of JSON arrays */
    size_t rows_before;
    size_t rows_after;
} janitor;

/* ---- what it tells ---- */

static rp_json_writer begin_telling(janitor *of, int what)
{
    GString *text = of->told[what];
    g_string_append(text, text->len > 0 ? "," : "");
    return RP_JSON_WRITER(text, RP_JSON_COMPACT);
}

static void tell_environment(janitor *of, const repoint_environment *environment)
{
    rp_json_writer writer = begin_telling(of, TOLD_ENVIRONMENTS);
    rp_json_begin_object(&writer);
    rp_json_put_string(&writer, "environment", environment->naming.name);
    rp_json_put_integer(&writer, "expired_ts", environment->expiration_ts);
    rp_json_end_object(&writer);
}

static void tell_snapshots(janitor *of, const repoint_expired *batch)
{
    for (size_t i = 0; i < repoint_expired_count(batch); i++) {
        repoint_snapshot_id id = repoint_expired_at(batch, i);
        rp_json_writer writer = begin_telling(of, TOLD_SNAPSHOTS);
        rp_json_begin_object(&writer);
        rp_json_put_string(&writer, "name", id.name);
        rp_json_put_string(&writer, "identifier", id.identifier);
        rp_json_put_integer(&writer, "expired_ts", repoint_expired_since(batch, i));
        rp_json_end_object(&writer);
    }
}

static void tell_garbage(janitor *of, const rp_garbage *garbage, rp_garbage_outcome outcome)
{
    g_autofree char *object = rp_garbage_display(garbage);
    rp_json_writer writer = begin_telling(of, TOLD_OUTCOMES + (int)outcome);
    rp_json_begin_object(&writer);
    rp_json_put_string(&writer, "object", object);
    rp_json_put_string(&writer, "kind", rp_garbage_kind_name(garbage->kind));
    rp_json_put_string(&writer, "owner", garbage->owner);
    if (outcome == RP_GARBAGE_FAILED) {
        rp_json_put_integer(&writer, "attempts", garbage->attempts);
        rp_json_put_string(&writer, "reason", garbage->failure);
    }
    rp_json_end_object(&writer);
}

static char *told_json(const janitor *of)
{
    static const char *const names[TOLD_COUNT] = {"environments", "snapshots", "dropped", "needed", "failed"};
    GString *text = g_string_new(NULL);
    rp_json_writer writer = RP_JSON_WRITER(text, RP_JSON_COMPACT);
    rp_json_begin_object(&writer);
    for (size_t i = 0; i < TOLD_COUNT; i++) {
        g_autofree char *array = g_strdup_printf("[%s]", of->told[i]->str);
        rp_json_key(&writer, names[i]);
        rp_json_number_text(&writer, array); /* it is JSON already */
    }
    rp_json_put_integer(&writer, "rows_before", (int64_t)of->rows_before);
    rp_json_put_integer(&writer, "rows_after", (int64_t)of->rows_after);
    rp_json_end_object(&writer);
    return g_string_free(text, FALSE);
}

/* ---- what is kept ---- */

static void keep_tables(janitor *of, const rp_tables *tables)
{
    for (size_t i = 0; i < tables->count; i++) {
        repoint_snapshot_id id = {g_string_chunk_insert_const(of->strings, tables->items[i].name),
                                  g_string_chunk_insert_const(of->strings, tables->items[i].identifier)};
        g_array_append_val(of->keep, id);
    }
}

static repoint_status keep_revision(void *context, const char *environment G_GNUC_UNUSED,
                                    int64_t number G_GNUC_UNUSED, const repoint_environment *record,
                                    repoint_error *error G_GNUC_UNUSED)
{
    keep_tables(context, &record->tables);
    return REPOINT_OK;
}

static repoint_status keep_draft(void *context, const rp_draft *draft, repoint_error *error)
{
    janitor *of = context;
    g_autoptr(repoint_plan) plan = NULL;
    g_autoptr(repoint_environment) previous = NULL;
    repoint_status status = REPOINT_OK;
    if (draft->plan_text != NULL)
        status = rp_plan_parse(draft->plan_text, strlen(draft->plan_text), "the plan of an open deployment",
                               &plan, error);
    if (status == REPOINT_OK && draft->previous_json != NULL)
        status = rp_previous_read(draft->previous_json, &previous, error);
    if (plan != NULL)
        keep_tables(of, &plan->record->tables);
    if (previous != NULL)
        keep_tables(of, &previous->tables);
    return status;
}

static repoint_status find_kept(janitor *of, repoint_error *error)
{
    int64_t retained = of->options->retain > 0 ? of->options->retain : RP_REVISIONS_RETAINED;
    g_array_set_size(of->keep, 0);
    repoint_status status = rp_drafts_visit(of->store, keep_draft, of, error);
    return status == REPOINT_OK ? rp_revisions_visit(of->store, retained, keep_revision, of, error) : status;
}

/* Nobody begins a deployment between the look at the open ones and the commit. */
static repoint_status lock_drafts(const janitor *of, repoint_error *error)
{
    rp_db *db = of->store->db;
    return of->lists && db->driver->lock_table != NULL
               ? rp_db_lock_table(db, of->store->schema, RP_DEPLOYMENTS, RP_DB_LOCK_WRITERS, error)
               : REPOINT_OK;
}

/* ---- the state ---- */

static repoint_status visit_expired(void *context, const repoint_environment *environment,
                                    repoint_error *error)
{
    janitor *of = context;
    const char *only = of->options->environment;
    if (!rp_environment_is_expired(environment, rp_store_now(of->store)) ||
        (only != NULL && strcmp(only, environment->naming.name) != 0))
        return REPOINT_OK;
    tell_environment(of, environment);
    return rp_garbage_of_environment(of->warehouse, environment, of->found, error);
}

static repoint_status add_garbage(janitor *of, guint from, repoint_error *error)
{
    g_autoptr(GPtrArray) added = g_ptr_array_new();
    for (guint i = from; i < of->found->len; i++)
        g_ptr_array_add(added, g_ptr_array_index(of->found, i));
    return of->lists ? rp_garbage_add(of->store, added, error) : REPOINT_OK;
}

static repoint_status remove_environments(janitor *of, repoint_error *error)
{
    g_auto(rp_transaction) transaction = {0};
    g_string_truncate(of->told[TOLD_ENVIRONMENTS], 0);
    g_ptr_array_set_size(of->found, 0);
    repoint_status status = rp_transaction_begin_locked(&transaction, of->store, RP_LOCK_ENVIRONMENTS, error);
    if (status == REPOINT_OK)
        status = rp_environments_visit(of->store, visit_expired, of, error);
    if (status == REPOINT_OK && of->told[TOLD_ENVIRONMENTS]->len > 0)
        status =
            repoint_environments_delete_expired(of->store, of->options->environment, 0, NULL, NULL, error);
    if (status == REPOINT_OK)
        status = add_garbage(of, 0, error);
    return status == REPOINT_OK ? rp_transaction_commit(&transaction, error) : status;
}

static repoint_status remove_batch(janitor *of, const repoint_expired_options *expired,
                                   repoint_expired **ret_batch, repoint_error *error)
{
    guint before = of->found->len;
    repoint_expired_options options = *expired;
    repoint_expired *batch = NULL;
    g_auto(rp_transaction) transaction = {0};
    repoint_status status = rp_transaction_begin_locked(
        &transaction, of->store, RP_LOCK_ENVIRONMENTS | RP_LOCK_SNAPSHOTS | RP_LOCK_INTERVALS, error);
    if (status == REPOINT_OK)
        status = lock_drafts(of, error);
    if (status == REPOINT_OK)
        status = find_kept(of, error);
    options.keep = (const repoint_snapshot_id *)of->keep->data;
    options.keep_count = of->keep->len;
    if (status == REPOINT_OK)
        status = repoint_snapshots_delete_expired(of->store, &options, &batch, error);
    for (size_t i = 0; status == REPOINT_OK && batch != NULL && i < repoint_expired_task_count(batch); i++) {
        repoint_cleanup_task task = repoint_expired_task(batch, i);
        status = rp_garbage_of_task(of->warehouse, &task, of->found, error);
    }
    if (status == REPOINT_OK)
        status = add_garbage(of, before, error);
    if (status == REPOINT_OK)
        status = rp_transaction_commit(&transaction, error);
    if (status == REPOINT_OK) {
        *ret_batch = batch;
        return status;
    }
    repoint_expired_free(batch);
    g_ptr_array_set_size(of->found, (gint)before);
    return status;
}

/* Each batch is deleted before the next is looked for, so that shared tables are found unused. A dry run
 * deletes nothing, so it looks for everything at once. */
static repoint_status remove_snapshots(janitor *of, repoint_error *error)
{
    bool is_dry = of->store->options.dry_run;
    repoint_expired_options options = {.ignore_ttl = of->options->ignore_ttl,
                                       .limit = is_dry ? 0 : BATCH_SIZE};
    g_autoptr(repoint_expired) last = NULL; /* options.after is its end */
    for (;;) {
        g_autoptr(repoint_expired) batch = NULL;
        rp_retry retry = {0};
        repoint_status status;
        do
            status = remove_batch(of, &options, &batch, error);
        while (rp_retry_again(&retry, of->store, status));
        if (status != REPOINT_OK || batch == NULL)
            return status;
        tell_snapshots(of, batch);
        if (is_dry)
            return status;
        options.after = repoint_expired_end(batch);
        repoint_expired_free(last);
        last = g_steal_pointer(&batch);
    }
}

static repoint_status clean_state(janitor *of, repoint_error *error)
{
    rp_retry retry = {0};
    repoint_status status;
    do
        status = remove_environments(of, error);
    while (rp_retry_again(&retry, of->store, status));
    if (status == REPOINT_OK && of->options->environment == NULL)
        status = remove_snapshots(of, error);
    if (status == REPOINT_OK && of->options->environment == NULL)
        status = repoint_intervals_compact(of->store, &of->rows_before, &of->rows_after, error);
    return status;
}

/* ---- the garbage list ---- */

static repoint_status collect_all(janitor *of, repoint_error *error)
{
    g_autoptr(GPtrArray) list = NULL;
    repoint_status status =
        rp_garbage_load(of->store, of->options->environment, of->options->limit, &list, error);
    for (guint i = 0; status == REPOINT_OK && i < list->len; i++) {
        rp_garbage *garbage = g_ptr_array_index(list, i);
        rp_garbage_outcome outcome = RP_GARBAGE_FAILED;
        status = rp_garbage_collect(of->store, garbage, &outcome, error);
        if (status == REPOINT_OK && outcome != RP_GARBAGE_GONE)
            tell_garbage(of, garbage, outcome);
        rp_store_progress(of->store, "dropping", i + 1, list->len);
    }
    return status;
}

/* A dry run tells what this run would put on the list, and what is on it already. */
static repoint_status list_all(janitor *of, repoint_error *error)
{
    g_autoptr(GPtrArray) list = NULL;
    bool exist = false;
    for (guint i = 0; i < of->found->len; i++)
        tell_garbage(of, g_ptr_array_index(of->found, i), RP_GARBAGE_DROPPED);
    repoint_status status = rp_own_tables_exist(of->store, &exist, error);
    if (status == REPOINT_OK && exist)
        status = rp_garbage_load(of->store, of->options->environment, 0, &list, error);
    for (guint i = 0; status == REPOINT_OK && exist && i < list->len; i++)
        tell_garbage(of, g_ptr_array_index(list, i), RP_GARBAGE_DROPPED);
    return status;
}

/* ---- together ---- */

static void janitor_clear(janitor *of)
{
    g_string_chunk_free(of->strings);
    g_array_unref(of->keep);
    g_ptr_array_unref(of->found);
    for (size_t i = 0; i < TOLD_COUNT; i++)
        g_string_free(of->told[i], TRUE);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(janitor, janitor_clear)

repoint_status repoint_janitor(repoint_store *store, const repoint_janitor_options *options, char **ret_json,
                               repoint_error *error)
{
    static const repoint_janitor_options defaults = {0};
    bool is_dry = store->options.dry_run;
    g_auto(janitor) of = {
        .store = store,
        .options = options != NULL ? options : &defaults,
        .lists = !is_dry,
        .strings = g_string_chunk_new(4096),
        .keep = g_array_new(FALSE, FALSE, sizeof(repoint_snapshot_id)),
        .found = rp_garbage_list_new(),
    };
    for (size_t i = 0; i < TOLD_COUNT; i++)
        of.told[i] = g_string_new(NULL);
    repoint_status status = rp_store_warehouse(store, &of.warehouse, error);
    if (status == REPOINT_OK && !is_dry)
        status = rp_own_tables_create(store, error);
    if (status == REPOINT_OK)
        status = clean_state(&of, error);
    if (status == REPOINT_OK)
        status = is_dry ? list_all(&of, error) : collect_all(&of, error);
    if (status == REPOINT_OK)
        *ret_json = told_json(&of);
    return status;
}
