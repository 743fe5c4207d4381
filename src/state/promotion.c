/*
 * What a promotion adds and removes: the difference of two records in terms of views.
 *
 * The rules are the reference's, its oddities included: in a finalized prod a model whose snapshot stays is
 * not "added" even if its view moves elsewhere (Q1 of docs/compatibility.md); deploy compares views instead
 * of trusting this (src/warehouse).
 */
#include <string.h>

#include "state/promote.h"

static void table_free(gpointer table)
{
    repoint_table_free(table);
}

static void add_table(GPtrArray *tables, const repoint_table *table)
{
    repoint_table *copy = g_new0(repoint_table, 1);
    rp_table_copy(copy, table);
    g_ptr_array_add(tables, copy);
}

static int compare_names(gconstpointer a, gconstpointer b)
{
    return strcmp((*(repoint_table *const *)a)->name, (*(repoint_table *const *)b)->name);
}

/* prod, finalized and unexpired, with the same gateways: what it shows already need not be made again. */
static bool is_partial(const repoint_environment *stored, const repoint_environment *planned, int64_t now_ts)
{
    return stored != NULL && rp_environment_is_finalized(stored) &&
           !rp_environment_is_expired(stored, now_ts) &&
           stored->naming.gateway_managed == planned->naming.gateway_managed &&
           !rp_environment_is_dev(stored);
}

static void find_added(const repoint_environment *stored, const repoint_environment *planned,
                       const GPtrArray *stored_tables, const GPtrArray *planned_tables, int64_t now_ts,
                       GPtrArray *added)
{
    g_autoptr(GHashTable) shown = rp_table_set_new();
    if (is_partial(stored, planned, now_ts)) {
        for (guint i = 0; i < stored_tables->len; i++)
            g_hash_table_add(shown, g_ptr_array_index(stored_tables, i));
    }
    for (guint i = 0; i < planned_tables->len; i++) {
        repoint_table *table = g_ptr_array_index(planned_tables, i);
        if (g_hash_table_add(shown, table))
            add_table(added, table);
    }
}

static bool names_views_alike(const rp_environment_naming *a, const rp_environment_naming *b)
{
    return a->suffix_target == b->suffix_target && a->normalize_name == b->normalize_name &&
           strcmp(a->name, b->name) == 0 &&
           g_strcmp0(a->catalog_name_override, b->catalog_name_override) == 0;
}

/*
 * Does the model's view have another name under the new naming? Where one of the two namings gives it none (a
 * suffix for the catalog, and no catalog), it has: a record that says so must be one that can be promoted
 * away.
 */
static bool has_moved(const char *fqn, const rp_environment_naming *before,
                      const rp_environment_naming *after)
{
    rp_name old_view = {0}, new_view = {0};
    bool had_view = rp_view_name(fqn, before, NULL, &old_view, NULL) == REPOINT_OK;
    bool gets_view = rp_view_name(fqn, after, NULL, &new_view, NULL) == REPOINT_OK;
    bool moved = had_view != gets_view || (had_view && !rp_name_equal(&old_view, &new_view));
    rp_name_clear(&old_view);
    rp_name_clear(&new_view);
    return moved;
}

static void find_removed(const repoint_environment *stored, const repoint_environment *planned,
                         const GPtrArray *stored_tables, const GPtrArray *planned_tables, GPtrArray *removed)
{
    g_autoptr(GHashTable) planned_names = g_hash_table_new(g_str_hash, g_str_equal);
    for (guint i = 0; i < planned_tables->len; i++)
        g_hash_table_add(planned_names,
                         (gpointer)((repoint_table *)g_ptr_array_index(planned_tables, i))->name);
    bool alike = names_views_alike(&stored->naming, &planned->naming);
    for (guint i = 0; i < stored_tables->len; i++) {
        const repoint_table *table = g_ptr_array_index(stored_tables, i);
        bool is_gone = !g_hash_table_contains(planned_names, table->name);
        if (is_gone || (!alike && has_moved(table->name, &stored->naming, &planned->naming)))
            add_table(removed, table);
    }
}

static void set_removed_naming(repoint_promotion *promotion, const rp_environment_naming *naming)
{
    GString *text = g_string_new(NULL);
    rp_environment_naming_write(&RP_JSON_WRITER(text, RP_JSON_COMPACT), naming);
    promotion->removed_naming_json = g_string_free(text, FALSE);
}

repoint_promotion *rp_promotion_compare(const repoint_environment *stored, const repoint_environment *planned,
                                        int64_t now_ts)
{
    repoint_promotion *promotion = g_new0(repoint_promotion, 1);
    promotion->added = g_ptr_array_new_with_free_func(table_free);
    promotion->removed = g_ptr_array_new_with_free_func(table_free);
    g_autoptr(GPtrArray) planned_tables = rp_environment_promoted_tables(planned);
    g_autoptr(GPtrArray) stored_tables =
        stored != NULL ? rp_environment_promoted_tables(stored) : g_ptr_array_new();

    find_added(stored, planned, stored_tables, planned_tables, now_ts, promotion->added);
    if (stored != NULL)
        find_removed(stored, planned, stored_tables, planned_tables, promotion->removed);
    if (promotion->removed->len > 0)
        set_removed_naming(promotion, &stored->naming);
    g_ptr_array_sort(promotion->added, compare_names);
    g_ptr_array_sort(promotion->removed, compare_names);
    return promotion;
}

/* ---- the public type ---- */

size_t repoint_promotion_added_count(const repoint_promotion *promotion)
{
    return promotion->added->len;
}

const repoint_table *repoint_promotion_added(const repoint_promotion *promotion, size_t index)
{
    return index < promotion->added->len ? g_ptr_array_index(promotion->added, index) : NULL;
}

size_t repoint_promotion_removed_count(const repoint_promotion *promotion)
{
    return promotion->removed->len;
}

const repoint_table *repoint_promotion_removed(const repoint_promotion *promotion, size_t index)
{
    return index < promotion->removed->len ? g_ptr_array_index(promotion->removed, index) : NULL;
}

const char *repoint_promotion_removed_naming_json(const repoint_promotion *promotion)
{
    return promotion->removed_naming_json;
}

void repoint_promotion_free(repoint_promotion *promotion)
{
    if (promotion == NULL)
        return;
    g_ptr_array_unref(promotion->added);
    g_ptr_array_unref(promotion->removed);
    g_free(promotion->removed_naming_json);
    g_free(promotion);
}
