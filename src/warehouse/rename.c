/* Views that change by RENAME TABLE. See warehouse/rename.h. */
#include "warehouse/rename.h"

#include <inttypes.h>
#include <string.h>

#include "db/sql.h"
#include "warehouse/candidates.h"

#define NEW     'n'
#define OLD     'o'
#define MARK    "__rp_"
#define AT_ONCE 200 /* views in one DROP */

bool rp_rename_is_used(const rp_db *db)
{
    return !rp_db_can(db, RP_DB_TRANSACTIONAL_DDL) && rp_db_can(db, RP_DB_SCHEMAS);
}

/* ---- names of our own ---- */

static char *own_name(const char *view, char letter, int64_t token)
{
    return g_strdup_printf("%s" MARK "%c%" PRId64, view, letter, token);
}

static char *rename_pair(const rp_db *db, const char *schema, const char *from, const char *to)
{
    return rp_sql(db, "%n TO %n", schema, from, schema, to);
}

/* Whose view is it that has such a name, and which token's is it? */
static char *view_of_own_name(const char *name, int64_t *ret_token)
{
    const char *mark = g_strrstr(name, MARK);
    if (mark == NULL)
        return NULL;
    const char *letter = mark + strlen(MARK);
    char *end = NULL;
    if (*letter != NEW && *letter != OLD)
        return NULL;
    *ret_token = g_ascii_strtoll(letter + 1, &end, 10);
    return end != letter + 1 && *end == '\0' ? g_strndup(name, (gsize)(mark - name)) : NULL;
}

/* ---- dropping ---- */

/* A view that is not there is none to be dropped. `names` are quoted. */
static repoint_status drop_all(rp_db *db, const GPtrArray *names, repoint_error *error)
{
    repoint_status status = REPOINT_OK;
    for (guint done = 0; done < names->len && status == REPOINT_OK; done += AT_ONCE) {
        g_autoptr(GString) sql = g_string_new("DROP VIEW IF EXISTS ");
        for (guint i = done; i < names->len && i < done + AT_ONCE; i++)
            g_string_append_printf(sql, "%s%s", i > done ? ", " : "",
                                   (const char *)g_ptr_array_index(names, i));
        status = rp_db_execute(db, sql->str, RP_NO_VALUES, NULL, error);
    }
    return status;
}

static GHashTable *keys_of(const rp_db *db, const GPtrArray *views)
{
    GHashTable *keys = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
    for (guint i = 0; i < views->len; i++)
        g_hash_table_add(keys, rp_relation_key(db, g_ptr_array_index(views, i)));
    return keys;
}

/* Names, quoted, that this or an earlier token has made beside `views`: no newer one's are touched. */
static repoint_status find_leftovers(rp_db *db, const rp_fence *fence, const GPtrArray *views,
                                     GPtrArray *names, repoint_error *error)
{
    g_autoptr(GHashTable) keys = keys_of(db, views);
    g_autoptr(rp_rows) rows = NULL;
    repoint_status status = rp_db_query(db,
                                        "SELECT table_schema, table_name FROM information_schema.tables"
                                        " WHERE table_type = 'VIEW' AND LOCATE('" MARK "', table_name) > 0",
                                        RP_NO_VALUES, &rows, error);
    bool has_row = false;
    while (status == REPOINT_OK && (status = rp_rows_next(rows, &has_row, error)) == REPOINT_OK && has_row) {
        int64_t token = 0;
        g_autofree char *schema = g_strdup(rp_rows_text(rows, 0));
        g_autofree char *view = view_of_own_name(rp_rows_text(rows, 1), &token);
        if (view == NULL || token > fence->token)
            continue;
        g_autofree char *key = rp_relation_key(db, &(rp_relation){schema, view});
        if (g_hash_table_contains(keys, key))
            g_ptr_array_add(names, rp_sql(db, "%n", schema, rp_rows_text(rows, 1)));
    }
    return status;
}

static repoint_status drop_leftovers(rp_db *db, const rp_fence *fence, const GPtrArray *views,
                                     repoint_error *error)
{
    g_autoptr(GPtrArray) names = g_ptr_array_new_with_free_func(g_free);
    repoint_status status = find_leftovers(db, fence, views, names, error);
    return status == REPOINT_OK ? drop_all(db, names, error) : status;
}

/* ---- making ---- */

static repoint_status make_new(rp_db *db, const rp_fence *fence, const rp_view_change *change,
                               repoint_error *error)
{
    g_autofree char *name = own_name(change->view.name, NEW, fence->token);
    g_autofree char *sql = rp_sql(db, "CREATE OR REPLACE VIEW %n AS SELECT * FROM %n", change->view.schema,
                                  name, change->table.schema, change->table.name);
    return rp_db_execute(db, sql, RP_NO_VALUES, NULL, error);
}

static bool is_made(const rp_view_change *change, bool with_kept)
{
    return change->action == RP_VIEW_CREATE || change->action == RP_VIEW_REPLACE ||
           (with_kept && change->action == RP_VIEW_KEEP);
}

static repoint_status make_all_new(rp_db *db, const rp_fence *fence, const GPtrArray *changes, bool with_kept,
                                   repoint_error *error)
{
    repoint_status status = rp_name_fence_check(db, fence, error);
    for (guint i = 0; i < changes->len && status == REPOINT_OK; i++) {
        const rp_view_change *change = g_ptr_array_index(changes, i);
        if (is_made(change, with_kept))
            status = make_new(db, fence, change, error);
    }
    return status;
}

static void drop_new(rp_db *db, const rp_fence *fence, const GPtrArray *changes)
{
    g_autoptr(GPtrArray) names = g_ptr_array_new_with_free_func(g_free);
    for (guint i = 0; i < changes->len; i++) {
        const rp_view_change *change = g_ptr_array_index(changes, i);
        g_autofree char *name = own_name(change->view.name, NEW, fence->token);
        g_ptr_array_add(names, rp_sql(db, "%n", change->view.schema, name));
    }
    drop_all(db, names, NULL);
}

/* ---- candidates ---- */

/* Adds the pair that takes the candidate of `view` out of the way, if it is there. */
static void add_removal(rp_db *db, const rp_fence *fence, const rp_relation *view, GHashTable *existing,
                        GPtrArray *pairs)
{
    rp_relation candidate = rp_candidate_of(db, view, fence->environment);
    g_autofree char *key = rp_relation_key(db, &candidate);
    g_autofree char *old = own_name(view->name, OLD, fence->token);
    if (g_hash_table_contains(existing, key))
        g_ptr_array_add(pairs, rename_pair(db, view->schema, candidate.name, old));
    rp_relation_clear(&candidate);
}

static void add_arrival(rp_db *db, const rp_fence *fence, const rp_relation *view, GPtrArray *pairs)
{
    rp_relation candidate = rp_candidate_of(db, view, fence->environment);
    g_autofree char *new = own_name(view->name, NEW, fence->token);
    g_ptr_array_add(pairs, rename_pair(db, view->schema, new, candidate.name));
    rp_relation_clear(&candidate);
}

static repoint_status put_candidates(rp_db *db, const rp_fence *fence, const GPtrArray *changes,
                                     repoint_error *error)
{
    g_autoptr(GPtrArray) pairs = g_ptr_array_new_with_free_func(g_free);
    g_autoptr(GHashTable) existing = NULL;
    repoint_status status = rp_views_load_names(db, &existing, error);
    if (status != REPOINT_OK)
        return status;
    for (guint i = 0; i < changes->len; i++) {
        const rp_view_change *change = g_ptr_array_index(changes, i);
        add_removal(db, fence, &change->view, existing, pairs);
        if (is_made(change, true))
            add_arrival(db, fence, &change->view, pairs);
    }
    return rp_name_fence_rename(db, fence, pairs, false, error);
}

static repoint_status grant_all(rp_db *db, const rp_fence *fence, const GPtrArray *changes,
                                const char *const *readers, repoint_error *error)
{
    repoint_status status = REPOINT_OK;
    for (guint i = 0; i < changes->len && readers != NULL; i++) {
        const rp_view_change *change = g_ptr_array_index(changes, i);
        rp_relation candidate = rp_candidate_of(db, &change->view, fence->environment);
        for (size_t j = 0; readers[j] != NULL && is_made(change, true) && status == REPOINT_OK; j++) {
            g_autofree char *sql =
                rp_sql(db, "GRANT SELECT ON %n TO %i", candidate.schema, candidate.name, readers[j]);
            status = rp_db_execute(db, sql, RP_NO_VALUES, NULL, error);
        }
        rp_relation_clear(&candidate);
    }
    return status;
}

static GPtrArray *views_of(const GPtrArray *changes)
{
    GPtrArray *views = g_ptr_array_new();
    for (guint i = 0; i < changes->len; i++)
        g_ptr_array_add(views, &((rp_view_change *)g_ptr_array_index(changes, i))->view);
    return views;
}

repoint_status rp_rename_create_candidates(rp_db *db, const rp_fence *fence, const GPtrArray *changes,
                                           const char *const *readers, repoint_error *error)
{
    g_autoptr(GPtrArray) views = views_of(changes);
    repoint_status status = drop_leftovers(db, fence, views, error);
    if (status == REPOINT_OK)
        status = make_all_new(db, fence, changes, true, error);
    if (status == REPOINT_OK)
        status = put_candidates(db, fence, changes, error);
    if (status != REPOINT_OK) {
        drop_new(db, fence, changes);
        return status;
    }
    status = drop_leftovers(db, fence, views, error);
    return status == REPOINT_OK ? grant_all(db, fence, changes, readers, error) : status;
}

repoint_status rp_rename_drop_candidates(rp_db *db, const rp_fence *fence, const GPtrArray *views,
                                         repoint_error *error)
{
    g_autoptr(GPtrArray) pairs = g_ptr_array_new_with_free_func(g_free);
    g_autoptr(GHashTable) existing = NULL;
    repoint_status status = drop_leftovers(db, fence, views, error);
    if (status == REPOINT_OK)
        status = rp_views_load_names(db, &existing, error);
    for (guint i = 0; i < views->len && status == REPOINT_OK; i++)
        add_removal(db, fence, g_ptr_array_index(views, i), existing, pairs);
    if (status == REPOINT_OK)
        status = rp_name_fence_rename(db, fence, pairs, false, error);
    return status == REPOINT_OK ? drop_leftovers(db, fence, views, error) : status;
}

/* ---- the switch ---- */

repoint_status rp_rename_prepare(rp_db *db, const rp_fence *fence, const GPtrArray *changes,
                                 repoint_error *error)
{
    g_autoptr(GPtrArray) views = views_of(changes);
    repoint_status status = rp_views_create_schemas(db, changes, error);
    if (status == REPOINT_OK)
        status = drop_leftovers(db, fence, views, error);
    return status == REPOINT_OK ? make_all_new(db, fence, changes, false, error) : status;
}

repoint_status rp_rename_switch(rp_db *db, const rp_fence *fence, const GPtrArray *changes,
                                repoint_error *error)
{
    g_autoptr(GPtrArray) pairs = g_ptr_array_new_with_free_func(g_free);
    for (guint i = 0; i < changes->len; i++) {
        const rp_view_change *change = g_ptr_array_index(changes, i);
        const rp_relation *view = &change->view;
        g_autofree char *new = own_name(view->name, NEW, fence->token);
        g_autofree char *old = own_name(view->name, OLD, fence->token);
        if (change->action == RP_VIEW_REPLACE || change->action == RP_VIEW_DROP)
            g_ptr_array_add(pairs, rename_pair(db, view->schema, view->name, old));
        if (change->action == RP_VIEW_REPLACE || change->action == RP_VIEW_CREATE)
            g_ptr_array_add(pairs, rename_pair(db, view->schema, new, view->name));
    }
    return rp_name_fence_rename(db, fence, pairs, true, error);
}

void rp_rename_tidy(rp_db *db, const rp_fence *fence, const GPtrArray *changes)
{
    g_autoptr(GPtrArray) views = views_of(changes);
    drop_leftovers(db, fence, views, NULL);
}
