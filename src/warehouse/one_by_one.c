/* Views that change one after another. See warehouse/one_by_one.h. */
#include "warehouse/one_by_one.h"

#include "warehouse/name_fence.h"
#include "warehouse/readers.h"

/* ---- the fence ---- */

static repoint_status in_transaction(rp_db *db, repoint_status status, repoint_error *error)
{
    if (status == REPOINT_OK)
        return rp_db_commit(db, error);
    rp_db_rollback(db);
    return status;
}

static repoint_status pass(rp_db *db, const rp_fence *fence, repoint_error *error)
{
    if (!rp_db_can(db, RP_DB_TRANSACTIONAL_DDL))
        return rp_name_fence_rename(db, fence, NULL, true, error);
    repoint_status status = rp_db_begin(db, RP_DB_WRITE, error);
    if (status != REPOINT_OK)
        return status;
    status = rp_views_guard(db, error);
    if (status == REPOINT_OK)
        status = rp_fence_pass(db, fence, error);
    return in_transaction(db, status, error);
}

/* What the fence remembers in the middle: as if it were another plan. g_free() */
static char *begun_plan(const rp_fence *fence)
{
    return g_strconcat("begun ", fence->plan_id, NULL);
}

static rp_fence with_plan(const rp_fence *fence, const char *plan_id)
{
    rp_fence other = *fence;
    other.plan_id = plan_id;
    return other;
}

repoint_status rp_one_by_one_begin(rp_db *db, const rp_fence *fence, repoint_error *error)
{
    g_autofree char *begun = begun_plan(fence);
    rp_fence middle = with_plan(fence, begun);
    return pass(db, &middle, error);
}

repoint_status rp_one_by_one_has_begun(rp_db *db, const rp_fence *fence, bool *ret_has_begun,
                                       repoint_error *error)
{
    g_autofree char *begun = begun_plan(fence);
    rp_fence middle = with_plan(fence, begun);
    return rp_fence_is_passed(db, &middle, ret_has_begun, error);
}

repoint_status rp_one_by_one_end(rp_db *db, const rp_fence *fence, repoint_error *error)
{
    return pass(db, fence, error);
}

/* ---- parts ---- */

static bool has_foreign(const GPtrArray *changes)
{
    for (guint i = 0; i < changes->len; i++) {
        if (rp_view_change_is_foreign(g_ptr_array_index(changes, i)))
            return true;
    }
    return false;
}

/* May other people's views stand on it that have to go for it? */
static bool is_dropped(const rp_view_change *change)
{
    return change->is_rebuilt || change->action == RP_VIEW_DROP || rp_view_change_is_foreign(change);
}

static void add_single(GPtrArray *parts, rp_view_change *change)
{
    GPtrArray *part = g_ptr_array_new();
    g_ptr_array_add(part, change);
    g_ptr_array_add(parts, part);
}

GPtrArray *rp_one_by_one_parts(const GPtrArray *changes)
{
    GPtrArray *parts = g_ptr_array_new_with_free_func((GDestroyNotify)g_ptr_array_unref);
    g_autoptr(GPtrArray) linked = g_ptr_array_new();
    g_autoptr(GPtrArray) leaving = g_ptr_array_new();
    bool are_linked = has_foreign(changes);
    for (guint i = 0; i < changes->len; i++) {
        rp_view_change *change = g_ptr_array_index(changes, i);
        if (change->action == RP_VIEW_KEEP)
            continue;
        if (are_linked && is_dropped(change))
            g_ptr_array_add(linked, change);
        else if (change->action == RP_VIEW_DROP)
            g_ptr_array_add(leaving, change);
        else
            add_single(parts, change);
    }
    if (linked->len > 0)
        g_ptr_array_add(parts, g_ptr_array_ref(linked));
    for (guint i = 0; i < leaving->len; i++)
        add_single(parts, g_ptr_array_index(leaving, i));
    return parts;
}

/* ---- changing ---- */

static repoint_status apply(rp_db *db, const char *mark, const GPtrArray *part, repoint_error *error)
{
    repoint_status status = rp_views_create_schemas(db, part, error);
    if (status == REPOINT_OK)
        status = rp_views_lock(db, part, error);
    if (status == REPOINT_OK)
        status = rp_data_mark_check(db, mark, error);
    return status == REPOINT_OK ? rp_views_apply(db, part, error) : status;
}

static repoint_status hold_and_apply(rp_db *db, const rp_fence *fence, const char *mark,
                                     const GPtrArray *part, repoint_error *error)
{
    repoint_status status = rp_views_guard(db, error);
    if (status == REPOINT_OK)
        status = rp_fence_hold(db, fence, error);
    return status == REPOINT_OK ? apply(db, mark, part, error) : status;
}

/* Between the look and the statement nothing keeps others away. */
static repoint_status look_and_apply(rp_db *db, const rp_fence *fence, const char *mark,
                                     const GPtrArray *part, repoint_error *error)
{
    g_autofree char *begun = begun_plan(fence);
    rp_fence middle = with_plan(fence, begun);
    repoint_status status = rp_name_fence_check_passed(db, &middle, error);
    return status == REPOINT_OK ? apply(db, mark, part, error) : status;
}

repoint_status rp_one_by_one_change(rp_db *db, const rp_fence *fence, const char *mark, const GPtrArray *part,
                                    repoint_error *error)
{
    if (!rp_db_can(db, RP_DB_TRANSACTIONAL_DDL))
        return look_and_apply(db, fence, mark, part, error);
    repoint_status status = rp_db_begin(db, RP_DB_WRITE, error);
    if (status != REPOINT_OK)
        return status;
    return in_transaction(db, hold_and_apply(db, fence, mark, part, error), error);
}
