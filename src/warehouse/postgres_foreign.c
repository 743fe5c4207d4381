/*
 * Other people's views on top of views that are dropped, for a moment or for good.
 *
 * PostgreSQL drops no view that another stands on, and repoint never says CASCADE: those that stand on it are
 * dropped first and made again last, each with everything that was set on it. One that cannot be made again
 * as it was (its column goes away, or becomes another type with which its query does not work:
 * postgres_try.c) is an obstacle, found before anything begins.
 */
#include <string.h>

#include "warehouse/postgres_try.h"

/* ---- finding ---- */

static GPtrArray *dropped_views(const pg_comparison *of)
{
    GPtrArray *views = g_ptr_array_new();
    GHashTableIter iterator;
    gpointer view, value;
    g_hash_table_iter_init(&iterator, of->by_view);
    while (g_hash_table_iter_next(&iterator, &view, &value)) {
        const rp_view_change *change = value;
        if (change->is_rebuilt || change->action == RP_VIEW_DROP)
            g_ptr_array_add(views, view);
    }
    return views;
}

static void add_foreign(pg_comparison *of, pg_relation *view)
{
    rp_view_change *change = rp_view_change_new(RP_VIEW_REMAKE, NULL);
    change->view = (rp_relation){g_strdup(view->name.schema), g_strdup(view->name.name)};
    change->owner = g_strdup(view->owner);
    change->is_materialized = view->kind == 'm';
    change->depth = view->depth;
    g_ptr_array_add(of->with->changes, change);
    g_hash_table_insert(of->by_view, view, change);
}

/* One of the environment's own that stands on another of them is dropped with it, and made in its turn. */
static void put_in_turn(rp_view_change *change, const pg_relation *view)
{
    change->depth = view->depth;
    if (change->action == RP_VIEW_DROP)
        return;
    change->action = RP_VIEW_REPLACE;
    change->is_rebuilt = true;
}

repoint_status rp_pg_foreign_find(pg_comparison *of, repoint_error *error)
{
    g_autoptr(GPtrArray) dropped = dropped_views(of);
    if (dropped->len == 0)
        return REPOINT_OK;
    repoint_status status = rp_pg_catalog_load_dependents(of->with->db, &of->catalog, dropped, error);
    if (status != REPOINT_OK)
        return status;
    GHashTableIter iterator;
    gpointer value;
    g_hash_table_iter_init(&iterator, of->catalog.by_id);
    while (g_hash_table_iter_next(&iterator, NULL, &value)) {
        pg_relation *view = value;
        if (view->depth == 0)
            continue;
        rp_view_change *change = g_hash_table_lookup(of->by_view, view);
        if (change != NULL)
            put_in_turn(change, view);
        else
            add_foreign(of, view);
    }
    return REPOINT_OK;
}

/* ---- judging ---- */

/* The table that one of the environment's views reads from now on; NULL for what is foreign, or dropped. */
static const pg_relation *new_table(const pg_comparison *of, const rp_view_change *change)
{
    return rp_view_change_is_foreign(change) || change->action == RP_VIEW_DROP
               ? NULL
               : rp_pg_relation_find(&of->catalog, of->with->db, &change->table);
}

/* Why a view cannot be made again because of one thing that it uses; NULL: it can. g_free() */
static char *why_not_used(const pg_comparison *of, const pg_use *use)
{
    const pg_relation *under = g_hash_table_lookup(of->catalog.by_id, &use->of);
    const rp_view_change *change = g_hash_table_lookup(of->by_view, under);
    g_autofree char *name = rp_relation_display(&under->name);
    if (change->action == RP_VIEW_DROP)
        return g_strdup_printf("reads %s, which is dropped", name);
    const pg_relation *table = new_table(of, change);
    if (table != NULL && use->column != NULL && rp_pg_column_find(table, use->column) == NULL)
        return g_strdup_printf("uses the column %s of %s, which goes away", use->column, name);
    return NULL;
}

/* Who uses no column by name may use them all. */
char *rp_pg_use_retyped(const pg_comparison *of, const pg_use *use)
{
    const pg_relation *under = g_hash_table_lookup(of->catalog.by_id, &use->of);
    const pg_relation *table = new_table(of, g_hash_table_lookup(of->by_view, under));
    g_autofree char *name = rp_relation_display(&under->name);
    for (guint i = 0; table != NULL && i < under->columns->len; i++) {
        const pg_column *before = g_ptr_array_index(under->columns, i);
        const pg_column *after = rp_pg_column_find(table, before->name);
        bool is_used = use->column == NULL || strcmp(use->column, before->name) == 0;
        if (is_used && after != NULL &&
            (before->type_id != after->type_id || before->collation != after->collation))
            return g_strdup_printf("uses the column %s of %s, whose type changes from %s to %s", before->name,
                                   name, before->type, after->type);
    }
    return NULL;
}

static char *why_not_put_back(const pg_comparison *of, const pg_relation *view)
{
    const pg_fact *part = rp_pg_fact_find(view, PG_PART, NULL);
    if (part != NULL)
        return g_strdup_printf("has %s, which would be lost", part->text);
    if (!view->owner_may_create && strcmp(view->owner, of->me) != 0)
        return g_strdup_printf("cannot be given back to its owner, who may not create views in the schema %s",
                               view->name.schema);
    for (guint i = 0; i < view->facts->len; i++) {
        const pg_fact *fact = g_ptr_array_index(view->facts, i);
        if (fact->kind == PG_GRANT && !fact->is_ours && strcmp(fact->grantor, view->owner) != 0)
            return g_strdup_printf("has a grant of the role %s, which %s cannot give again", fact->grantor,
                                   of->me);
    }
    return NULL;
}

char *rp_pg_foreign_why_not(const pg_comparison *of, const pg_relation *view)
{
    for (guint i = 0; i < of->catalog.uses->len; i++) {
        const pg_use *use = g_ptr_array_index(of->catalog.uses, i);
        char *reason = use->by == view->id ? why_not_used(of, use) : NULL;
        if (reason != NULL)
            return reason;
    }
    return why_not_put_back(of, view);
}

static const char *what_it_is(const pg_relation *view)
{
    return view->kind == 'm' ? "materialized view" : "view";
}

static void oppose(const pg_comparison *of, const pg_relation *view, const char *reason)
{
    g_autofree char *name = rp_relation_display(&view->name);
    rp_obstacle_add(of->with->findings->obstacles, REPOINT_REFUSED, name, "the %s %s of %s %s",
                    what_it_is(view), name, view->owner, reason);
}

static void judge_foreign(const pg_comparison *of, rp_view_change *change, const pg_relation *view)
{
    const pg_verdict *verdict = g_hash_table_lookup(of->verdicts, view);
    g_autofree char *reason = rp_pg_foreign_why_not(of, view);
    g_autofree char *name = rp_relation_display(&view->name);
    bool is_of_role = reason == NULL && verdict != NULL && verdict->is_of_role;
    if (reason == NULL && verdict != NULL)
        reason = g_strdup(verdict->reason);
    if (reason != NULL && of->with->drop_foreign_views) {
        change->action = RP_VIEW_DROP;
        rp_findings_warn(of->with->findings, "the %s %s of %s is dropped: it %s", what_it_is(view), name,
                         view->owner, reason);
    } else if (reason != NULL) {
        oppose(of, view, reason);
        if (is_of_role)
            rp_obstacle_is_of_role(of->with->findings->obstacles);
    } else if (view->kind == 'm' && view->is_populated) {
        rp_findings_warn(of->with->findings,
                         "the materialized view %s of %s is filled again while readers wait", name,
                         view->owner);
    }
}

/* What holds for everything that is dropped, for a moment or for good. */
static void judge_drop(const pg_comparison *of, const rp_view_change *change, const pg_relation *view)
{
    if (!view->is_ours) {
        g_autofree char *reason =
            g_strdup_printf("is in the way, and the role %s has not its owner's rights", of->me);
        oppose(of, view, reason);
        rp_obstacle_is_of_role(of->with->findings->obstacles);
    }
    if (!view->we_may_create && change->action != RP_VIEW_DROP) {
        g_autofree char *reason =
            g_strdup_printf("cannot be made again: the role %s may not create views in the schema %s", of->me,
                            view->name.schema);
        oppose(of, view, reason);
        rp_obstacle_is_of_role(of->with->findings->obstacles);
    }
    const pg_fact *user = rp_pg_fact_find(view, PG_USER, NULL);
    if (user != NULL) {
        g_autofree char *reason = g_strdup_printf("cannot be dropped: %s needs it", user->text);
        oppose(of, view, reason);
    }
}

static int by_depth(gconstpointer a, gconstpointer b)
{
    const rp_view_change *left = *(rp_view_change *const *)a, *right = *(rp_view_change *const *)b;
    if (left->depth != right->depth)
        return left->depth < right->depth ? -1 : 1;
    int by_schema = g_strcmp0(left->view.schema, right->view.schema);
    return by_schema != 0 ? by_schema : strcmp(left->view.name, right->view.name);
}

GPtrArray *rp_pg_changes_by_depth(const pg_comparison *of)
{
    GPtrArray *changes = g_ptr_array_new();
    for (guint i = 0; i < of->with->changes->len; i++)
        g_ptr_array_add(changes, g_ptr_array_index(of->with->changes, i));
    g_ptr_array_sort(changes, by_depth);
    return changes;
}

/* From below: what stands on a view that is dropped for good knows it. */
void rp_pg_foreign_judge(const pg_comparison *of)
{
    g_autoptr(GPtrArray) changes = rp_pg_changes_by_depth(of);
    for (guint i = 0; i < changes->len; i++) {
        rp_view_change *change = g_ptr_array_index(changes, i);
        const pg_relation *view = rp_pg_relation_find(&of->catalog, of->with->db, &change->view);
        bool is_foreign = rp_view_change_is_foreign(change);
        if (view == NULL || (!is_foreign && !change->is_rebuilt && change->action != RP_VIEW_DROP))
            continue;
        judge_drop(of, change, view);
        g_autofree char *reason = change->is_rebuilt ? why_not_put_back(of, view) : NULL;
        if (reason != NULL)
            oppose(of, view, reason);
        if (is_foreign)
            judge_foreign(of, change, view);
    }
}
