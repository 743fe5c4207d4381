/*
 * Who may use the views that change on PostgreSQL.
 *
 * What is granted on a view that is there has been read with everything else that is set on it, and stays. A
 * new view has what its snapshot names, and what ALTER DEFAULT PRIVILEGES gives to the relations of whoever
 * makes it; in a schema that has to be made, nobody else gets at it either, unless default privileges say so.
 */
#include <string.h>

#include "db/sql.h"
#include "warehouse/grants.h"
#include "warehouse/postgres.h"

/* Does the snapshot name it? */
static bool is_named(const rp_view_change *change, const char *privilege, const char *role)
{
    for (guint i = 0; change->properties != NULL && i < change->properties->grants->len; i++) {
        const rp_view_note *note = g_ptr_array_index(change->properties->grants, i);
        if (strcmp(note->name, privilege) == 0 && g_strcmp0(note->text, role) == 0)
            return true;
    }
    return false;
}

static bool has_grant(const GPtrArray *grants, const char *privilege, const char *role)
{
    for (guint i = 0; i < grants->len; i++) {
        const rp_view_grant *grant = g_ptr_array_index(grants, i);
        if (grant->column == NULL && strcmp(grant->privilege, privilege) == 0 &&
            g_strcmp0(grant->grantee, role) == 0)
            return true;
    }
    return false;
}

/* A column that goes away takes what is granted on it along. */
static bool stays(const rp_view_change *change, const char *column)
{
    bool goes = change->action == RP_VIEW_DROP;
    for (guint i = 0; column != NULL && i < change->columns_removed->len; i++)
        goes = goes || strcmp(g_ptr_array_index(change->columns_removed, i), column) == 0;
    return !goes;
}

static void add_present(rp_view_change *change, const pg_relation *view)
{
    for (guint i = 0; i < view->facts->len; i++) {
        const pg_fact *fact = g_ptr_array_index(view->facts, i);
        if (fact->kind != PG_GRANT)
            continue;
        bool is_snapshots = fact->column == NULL && is_named(change, fact->text, fact->name);
        const rp_view_grant grant = {fact->name,
                                     fact->text,
                                     fact->column,
                                     fact->flag,
                                     true,
                                     stays(change, fact->column),
                                     is_snapshots ? RP_GRANT_SNAPSHOT : RP_GRANT_OWN};
        rp_view_grants_add(change->grants, &grant);
    }
}

/* What the snapshot names and the view does not have (warehouse/postgres_settings.c sets it). */
static void add_snapshots(rp_view_change *change, const pg_relation *view)
{
    if (change->properties == NULL || change->action == RP_VIEW_DROP)
        return;
    for (guint i = 0; i < change->properties->grants->len; i++) {
        const rp_view_note *note = g_ptr_array_index(change->properties->grants, i);
        bool is_owners = view != NULL && g_strcmp0(view->owner, note->text) == 0;
        const rp_view_grant grant = {note->text, note->name, NULL, false, false, true, RP_GRANT_SNAPSHOT};
        if (!is_owners && !has_grant(change->grants, note->name, note->text))
            rp_view_grants_add(change->grants, &grant);
    }
}

/* ---- new views ---- */

/* For each schema what a new relation of ours there gets: schema, may others use it, grantee, privilege. */
#define DEFAULTS                                                                                             \
    "WITH me AS (SELECT u.oid FROM pg_catalog.pg_roles u WHERE u.rolname = CURRENT_USER)"                    \
    " SELECT k.schema_name, n.oid IS NOT NULL OR EXISTS (SELECT 1 FROM me JOIN pg_catalog.pg_default_acl s"  \
    " ON s.defaclrole = me.oid AND s.defaclobjtype = 'n'),"                                                  \
    " CASE WHEN g.grantee <> 0 THEN pg_catalog.pg_get_userbyid(g.grantee)::TEXT END, g.privilege_type,"      \
    " g.is_grantable FROM %k k LEFT JOIN pg_catalog.pg_namespace n ON n.nspname = k.schema_name::NAME"       \
    " LEFT JOIN LATERAL (SELECT DISTINCT a.grantee, a.privilege_type, a.is_grantable FROM me"                \
    " JOIN pg_catalog.pg_default_acl d ON d.defaclrole = me.oid AND d.defaclobjtype = 'r'"                   \
    " AND d.defaclnamespace IN (0, n.oid), pg_catalog.aclexplode(d.defaclacl) a"                             \
    " WHERE a.grantee <> d.defaclrole) g ON TRUE"                                                            \
    " ORDER BY 1, 3 NULLS FIRST, 4"

static void take_default(const GPtrArray *changes, const rp_rows *row)
{
    const char *schema = rp_rows_text(row, 0), *privilege = rp_rows_text(row, 3);
    for (guint i = 0; i < changes->len; i++) {
        rp_view_change *change = g_ptr_array_index(changes, i);
        if (change->action != RP_VIEW_CREATE || g_strcmp0(change->view.schema, schema) != 0)
            continue;
        change->is_shut = !rp_rows_boolean(row, 1, true);
        const rp_view_grant grant = {(char *)rp_rows_text(row, 2),
                                     (char *)privilege,
                                     NULL,
                                     rp_rows_boolean(row, 4, false),
                                     false,
                                     true,
                                     RP_GRANT_DEFAULT};
        if (privilege != NULL && !has_grant(change->grants, privilege, grant.grantee))
            rp_view_grants_add(change->grants, &grant);
    }
}

static repoint_status add_defaults(const rp_comparison *with, repoint_error *error)
{
    g_autoptr(GHashTable) schemas = g_hash_table_new(g_str_hash, g_str_equal);
    g_auto(rp_key_list) list = rp_key_list_new(1);
    for (guint i = 0; i < with->changes->len; i++) {
        const rp_view_change *change = g_ptr_array_index(with->changes, i);
        if (change->action == RP_VIEW_CREATE && change->view.schema != NULL &&
            g_hash_table_add(schemas, change->view.schema))
            rp_key_list_add(&list, change->view.schema, NULL);
    }
    if (rp_key_list_count(&list) == 0)
        return REPOINT_OK;
    rp_db_keys keys = rp_key_list_keys(&list);
    g_autofree char *sql = rp_sql(with->db, DEFAULTS, 1U, "schema_name");
    g_autoptr(rp_rows) rows = NULL;
    bool has_row = false;
    repoint_status status = rp_db_query(with->db, sql, RP_VALUES(rp_db_key_list(&keys)), &rows, error);
    while (status == REPOINT_OK && (status = rp_rows_next(rows, &has_row, error)) == REPOINT_OK && has_row)
        take_default(with->changes, rows);
    return status;
}

/* Of a view that stays only what comes is worth a word. */
static void remove_present(GPtrArray *grants)
{
    for (guint i = grants->len; i-- > 0;) {
        if (((rp_view_grant *)g_ptr_array_index(grants, i))->is_now)
            g_ptr_array_remove_index(grants, i);
    }
}

/* Other people's views that are made again have what they had. */
repoint_status rp_pg_grants_list(const pg_comparison *of, repoint_error *error)
{
    for (guint i = 0; i < of->with->changes->len; i++) {
        rp_view_change *change = g_ptr_array_index(of->with->changes, i);
        const pg_relation *view = rp_pg_relation_find(&of->catalog, of->with->db, &change->view);
        if (change->action == RP_VIEW_REMAKE)
            continue;
        change->grants = rp_view_grants_new();
        if (view != NULL && change->action != RP_VIEW_CREATE)
            add_present(change, view);
        add_snapshots(change, view);
        if (change->action == RP_VIEW_KEEP)
            remove_present(change->grants);
    }
    return add_defaults(of->with, error);
}
