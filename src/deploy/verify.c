/*
 * verify: does each view of an environment show what its finalized record says?
 *
 *     look      the views that should be there, and those that look as if they were the environment's, are
 *               compared with the record; nothing is written
 *     repair    changed and missing views are made what they should be, as in a cutover: under the lease, all
 *               of them locked, in one transaction with a row of the journal; or in the manner of the
 * warehouse
 *
 * A view that somebody added is told, and never dropped: repoint did not make it.
 */
#include <string.h>

#include "deploy/facts.h"
#include "deploy/journal.h"
#include "deploy/one_by_one.h"
#include "deploy/plan.h"
#include "deploy/tables.h"
#include "state/environments.h"
#include "warehouse/added.h"
#include "warehouse/manner.h"
#include "warehouse/one_by_one.h"
#include "warehouse/rename.h"

#define LOCKING_SECONDS 30
#define PAUSE_US        20000

typedef struct verification {
    repoint_store *store;
    rp_db *warehouse;
    const char *name;
    repoint_environment *stored;
    GPtrArray *changes;   /* of rp_view_change */
    GPtrArray *obstacles; /* of rp_obstacle */
    GPtrArray *warnings;  /* of char * */
    GPtrArray *added;     /* of rp_relation */
    bool is_repaired;
} verification;

static void forget(verification *work)
{
    g_clear_pointer(&work->stored, repoint_environment_free);
    g_clear_pointer(&work->changes, g_ptr_array_unref);
    g_clear_pointer(&work->obstacles, g_ptr_array_unref);
    g_clear_pointer(&work->warnings, g_ptr_array_unref);
    g_clear_pointer(&work->added, g_ptr_array_unref);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(verification, forget)

/* ---- looking ---- */

static repoint_status compare(verification *work, repoint_error *error)
{
    g_autoptr(rp_facts) facts = NULL;
    work->obstacles = rp_obstacles_new();
    work->warnings = g_ptr_array_new_with_free_func(g_free);
    repoint_status status = rp_facts_load(work->store, work->stored, &facts, error);
    if (status != REPOINT_OK)
        return status;
    rp_view_request request = {
        .planned = work->stored, .source = rp_view_source_of(facts), .store = work->store};
    rp_findings findings = {work->obstacles, work->warnings};
    return rp_views_compare(work->warehouse, &request, &findings, &work->changes, error);
}

/* In the caller's transaction. */
static repoint_status examine(verification *work, bool lock, repoint_error *error)
{
    forget(work);
    repoint_status status = rp_environment_load_shown(work->store, work->name, lock, &work->stored, error);
    if (status == REPOINT_OK && work->stored == NULL)
        return rp_environment_fail_unknown(work->store, work->name, error);
    return status == REPOINT_OK ? compare(work, error) : status;
}

typedef struct collection {
    verification *work;
    GHashTable *known;
} collection;

static repoint_status collect_views(void *context, const repoint_environment *environment,
                                    repoint_error *error)
{
    collection *to = context;
    g_autoptr(GPtrArray) views = NULL;
    if (strcmp(environment->naming.name, to->work->name) == 0)
        return REPOINT_OK;
    repoint_status status = rp_views_of(to->work->warehouse, environment, &views, error);
    for (guint i = 0; status == REPOINT_OK && i < views->len; i++)
        g_hash_table_add(to->known, rp_relation_key(to->work->warehouse, g_ptr_array_index(views, i)));
    return status;
}

static repoint_status find_added(verification *work, repoint_error *error)
{
    g_autoptr(GHashTable) known = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
    collection to = {work, known};
    repoint_status status = rp_environments_visit(work->store, collect_views, &to, error);
    return status == REPOINT_OK
               ? rp_views_find_added(work->warehouse, work->stored, work->changes, known, &work->added, error)
               : status;
}

static repoint_status look(verification *work, repoint_error *error)
{
    g_auto(rp_transaction) transaction = {0};
    repoint_status status = rp_transaction_begin(&transaction, work->store, RP_DB_READ, error);
    if (status == REPOINT_OK)
        status = examine(work, false, error);
    return status == REPOINT_OK ? find_added(work, error) : status;
}

static bool is_wrong(const rp_view_change *change)
{
    return !rp_view_change_is_foreign(change) && change->action != RP_VIEW_KEEP;
}

static unsigned count_wrong(const verification *work)
{
    unsigned count = 0;
    for (guint i = 0; i < work->changes->len; i++)
        count += is_wrong(g_ptr_array_index(work->changes, i));
    return count;
}

/* ---- repairing ---- */

static repoint_status check_repairable(const verification *work, repoint_error *error)
{
    if (!rp_environment_is_finalized(work->stored))
        return rp_fail(error, REPOINT_REFUSED, "\"repoint resume\", \"finalize\" or \"abandon\" ends that",
                       "environment %s is not finalized: what its views should be is not decided",
                       work->name);
    if (work->obstacles->len == 0)
        return REPOINT_OK;
    const rp_obstacle *first = g_ptr_array_index(work->obstacles, 0);
    repoint_status status =
        rp_fail(error, first->status, NULL, "the views of environment %s cannot be repaired: %s", work->name,
                first->message);
    for (guint i = 0; i < work->obstacles->len; i++)
        rp_error_add_name(error, ((rp_obstacle *)g_ptr_array_index(work->obstacles, i))->name);
    return status;
}

static repoint_status change_views(verification *work, repoint_error *error)
{
    repoint_status status = rp_views_guard(work->warehouse, error);
    if (status == REPOINT_OK)
        status = rp_views_create_schemas(work->warehouse, work->changes, error);
    if (status == REPOINT_OK)
        status = rp_views_lock(work->warehouse, work->changes, error);
    return status == REPOINT_OK ? rp_views_apply(work->warehouse, work->changes, error) : status;
}

/* Whoever had the lease before, and changes views in a database of their own, is shut out there too. */
static repoint_status claim(verification *work, rp_lease *lease, rp_fence *ret_fence, repoint_error *error)
{
    int64_t newest = 0;
    *ret_fence = (rp_fence){work->store->schema, work->name, lease->token, work->stored->plan_id};
    repoint_status status = rp_fence_claim(work->warehouse, ret_fence, &newest, error);
    if (status != REPOINT_CONFLICT || newest == 0)
        return status;
    status = rp_lease_raise(work->store, lease, newest, error); /* the state is a copy: deploy/apart.c */
    ret_fence->token = lease->token;
    return status == REPOINT_OK ? rp_fence_claim(work->warehouse, ret_fence, &newest, error) : status;
}

static repoint_status change_views_apart(verification *work, rp_lease *lease, repoint_error *error)
{
    rp_fence fence;
    repoint_status status = claim(work, lease, &fence, error);
    if (status == REPOINT_OK)
        status = rp_db_begin(work->warehouse, RP_DB_WRITE, error);
    if (status != REPOINT_OK)
        return status;
    status = rp_fence_pass(work->warehouse, &fence, error);
    if (status == REPOINT_OK)
        status = change_views(work, error);
    if (status == REPOINT_OK)
        return rp_db_commit(work->warehouse, error);
    rp_db_rollback(work->warehouse);
    return status;
}

static repoint_status note_repair(verification *work, const rp_lease *lease, gint64 began_us,
                                  repoint_error *error)
{
    g_autofree char *detail = g_strdup_printf("{\"views\":%u}", count_wrong(work));
    rp_journal_entry entry = {work->stored->plan_id, "repair", "done",
                              (g_get_monotonic_time() - began_us) / 1000, detail};
    return rp_journal_append(work->store, lease, &entry, error);
}

static repoint_status look_again(verification *work, rp_transaction *transaction, rp_lease *lease,
                                 repoint_error *error)
{
    repoint_status status =
        rp_transaction_begin_locked(transaction, work->store, RP_LOCK_ENVIRONMENTS, error);
    if (status == REPOINT_OK)
        status = rp_lease_fence(work->store, lease, error);
    if (status == REPOINT_OK)
        status = examine(work, true, error);
    return status == REPOINT_OK ? check_repairable(work, error) : status;
}

static repoint_status repair_once(verification *work, rp_lease *lease, repoint_error *error)
{
    gint64 began_us = g_get_monotonic_time();
    g_auto(rp_transaction) transaction = {0};
    repoint_status status = look_again(work, &transaction, lease, error);
    if (status == REPOINT_OK)
        status = work->warehouse == work->store->db ? change_views(work, error)
                                                    : change_views_apart(work, lease, error);
    if (status == REPOINT_OK)
        status = note_repair(work, lease, began_us, error);
    return status == REPOINT_OK ? rp_transaction_commit(&transaction, error) : status;
}

static repoint_status look_again_alone(verification *work, rp_lease *lease, repoint_error *error)
{
    g_auto(rp_transaction) transaction = {0};
    repoint_status status = look_again(work, &transaction, lease, error);
    return status == REPOINT_OK ? rp_transaction_commit(&transaction, error) : status;
}

static repoint_status note_alone(verification *work, rp_lease *lease, gint64 began_us, repoint_error *error)
{
    g_auto(rp_transaction) transaction = {0};
    repoint_status status = rp_transaction_begin(&transaction, work->store, RP_DB_WRITE, error);
    if (status == REPOINT_OK)
        status = rp_lease_fence(work->store, lease, error);
    if (status == REPOINT_OK)
        status = note_repair(work, lease, began_us, error);
    return status == REPOINT_OK ? rp_transaction_commit(&transaction, error) : status;
}

/* Where statements about views commit by themselves: all views by one of them, behind the fence. */
static repoint_status repair_by_rename(verification *work, rp_lease *lease, repoint_error *error)
{
    gint64 began_us = g_get_monotonic_time();
    rp_fence fence;
    repoint_status status = look_again_alone(work, lease, error);
    if (status == REPOINT_OK)
        status = claim(work, lease, &fence, error);
    if (status == REPOINT_OK)
        status = rp_rename_prepare(work->warehouse, &fence, work->changes, error);
    if (status != REPOINT_OK)
        return status;
    status = rp_rename_switch(work->warehouse, &fence, work->changes, error);
    if (status == REPOINT_OK)
        status = note_alone(work, lease, began_us, error);
    rp_rename_tidy(work->warehouse, &fence, work->changes);
    return status;
}

static repoint_status repair_one_by_one(verification *work, rp_lease *lease, gint64 until_us,
                                        repoint_error *error)
{
    gint64 began_us = g_get_monotonic_time();
    rp_one_by_one run = {
        .store = work->store, .lease = lease, .warehouse = work->warehouse, .until_us = until_us};
    repoint_status status = look_again_alone(work, lease, error);
    if (status == REPOINT_OK)
        status = claim(work, lease, &run.fence, error);
    if (status == REPOINT_OK)
        status = rp_one_by_one_change_all(&run, work->changes, error);
    if (status == REPOINT_OK)
        status = rp_one_by_one_end(work->warehouse, &run.fence, error);
    return status == REPOINT_OK ? note_alone(work, lease, began_us, error) : status;
}

static repoint_status repair(verification *work, rp_lease *lease, gint64 until_us, repoint_error *error)
{
    switch (rp_manner_of(work->store, work->warehouse)) {
    case RP_MANNER_RENAME: return repair_by_rename(work, lease, error);
    case RP_MANNER_ONE_BY_ONE: return repair_one_by_one(work, lease, until_us, error);
    default: return repair_once(work, lease, error);
    }
}

static repoint_status repair_until(verification *work, rp_lease *lease, repoint_error *error)
{
    gint64 until_us = g_get_monotonic_time() + LOCKING_SECONDS * G_USEC_PER_SEC;
    for (;;) {
        repoint_status status = repair(work, lease, until_us, error);
        bool is_over = g_get_monotonic_time() >= until_us;
        if (status == REPOINT_BUSY && is_over)
            rp_views_explain_busy(work->warehouse, work->changes, error);
        if (status == REPOINT_OK && error != NULL)
            repoint_error_clear(error); /* of a try that gave way */
        if (status != REPOINT_BUSY || is_over)
            return status;
        g_usleep((gulong)(PAUSE_US + g_random_int_range(0, PAUSE_US)));
    }
}

static repoint_status mend(verification *work, repoint_error *error)
{
    rp_lease lease = {0};
    repoint_status status = rp_own_tables_create(work->store, error);
    if (status == REPOINT_OK)
        status = rp_lease_take(work->store, work->name, "repairing its views", 0, &lease, error);
    if (status != REPOINT_OK)
        return status;
    status = repair_until(work, &lease, error);
    rp_lease_release(work->store, &lease);
    work->is_repaired = status == REPOINT_OK;
    return status;
}

/* A dry run: what would refuse a repair does. */
static repoint_status rehearse(const verification *work, repoint_error *error)
{
    rp_lease lease = {0};
    repoint_status status = rp_lease_look(work->store, work->name, &lease, error);
    rp_lease_release(work->store, &lease);
    return status == REPOINT_OK ? check_repairable(work, error) : status;
}

/* ---- telling ---- */

static void write_finding(rp_json_writer *writer, const rp_relation *view, const char *finding,
                          const rp_view_change *change)
{
    g_autofree char *name = rp_relation_display(view);
    g_autofree char *table = change != NULL ? rp_relation_display(&change->table) : NULL;
    rp_json_begin_object(writer);
    rp_json_put_string(writer, "view", name);
    rp_json_put_string(writer, "finding", finding);
    rp_json_put_string(writer, "model", change != NULL ? change->model : NULL);
    rp_json_put_string(writer, "table", table);
    rp_json_put_string(writer, "owner", change != NULL ? change->owner : NULL);
    rp_json_end_object(writer);
}

static void write_findings(rp_json_writer *writer, const verification *work)
{
    rp_json_begin_array(writer);
    for (guint i = 0; i < work->changes->len; i++) {
        const rp_view_change *change = g_ptr_array_index(work->changes, i);
        if (is_wrong(change))
            write_finding(writer, &change->view, change->action == RP_VIEW_CREATE ? "missing" : "changed",
                          change);
    }
    for (guint i = 0; work->added != NULL && i < work->added->len; i++)
        write_finding(writer, g_ptr_array_index(work->added, i), "added", NULL);
    rp_json_end_array(writer);
}

static char *to_json(const verification *work)
{
    GString *text = g_string_new(NULL);
    rp_json_writer writer = RP_JSON_WRITER(text, RP_JSON_COMPACT);
    rp_json_begin_object(&writer);
    rp_json_put_string(&writer, "environment", work->name);
    rp_json_put_string(&writer, "plan_id", work->stored->plan_id);
    rp_json_put_bool(&writer, "is_finalized", rp_environment_is_finalized(work->stored));
    rp_json_key(&writer, "views");
    write_findings(&writer, work);
    rp_json_key(&writer, "obstacles");
    rp_obstacles_write(&writer, work->obstacles);
    rp_json_put_bool(&writer, "repaired", work->is_repaired);
    rp_json_end_object(&writer);
    return g_string_free(text, FALSE);
}

repoint_status repoint_verify(repoint_store *store, const char *environment, bool repair, char **ret_json,
                              repoint_error *error)
{
    g_auto(verification) work = {.store = store, .name = environment};
    repoint_status status = rp_store_warehouse(store, &work.warehouse, error);
    if (status == REPOINT_OK)
        status = look(&work, error);
    if (status != REPOINT_OK)
        return status;
    bool mends = repair && count_wrong(&work) > 0;
    if (mends && store->options.dry_run) {
        status = rehearse(&work, error);
    } else if (mends) {
        GPtrArray *added = g_ptr_array_ref(work.added);
        status = mend(&work, error);
        if (status == REPOINT_OK)
            work.added = added;
        else
            g_ptr_array_unref(added);
    }
    if (status != REPOINT_OK)
        return status;
    *ret_json = to_json(&work);
    return REPOINT_OK;
}
