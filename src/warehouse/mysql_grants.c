/*
 * Who may use the views that change on MariaDB and MySQL, as far as the server shows it.
 *
 * Grants go by the name there: they stay when a view is replaced, and are there before a view of the name is.
 * What is granted on a whole schema counts too. Without the right to read the database mysql a user sees
 * nobody's grants but his own, and nothing is said.
 */
#include <string.h>

#include "db/sql.h"
#include "warehouse/grants.h"

/* grantee, schema, view (NULL: all in it), column, privilege, grantable; a schema may be a pattern. */
#define GRANTS                                                                                               \
    "SELECT p.GRANTEE, p.TABLE_SCHEMA, p.TABLE_NAME, NULL, p.PRIVILEGE_TYPE, p.IS_GRANTABLE = 'YES'"         \
    " FROM information_schema.TABLE_PRIVILEGES p JOIN %k k ON"                                               \
    " CONVERT(p.TABLE_SCHEMA USING utf8mb4) = k.schema_name AND CONVERT(p.TABLE_NAME USING utf8mb4) = "      \
    "k.name"                                                                                                 \
    " UNION ALL SELECT p.GRANTEE, p.TABLE_SCHEMA, p.TABLE_NAME, p.COLUMN_NAME, p.PRIVILEGE_TYPE,"            \
    " p.IS_GRANTABLE = 'YES' FROM information_schema.COLUMN_PRIVILEGES p JOIN %k k ON"                       \
    " CONVERT(p.TABLE_SCHEMA USING utf8mb4) = k.schema_name AND CONVERT(p.TABLE_NAME USING utf8mb4) = "      \
    "k.name"                                                                                                 \
    " UNION ALL SELECT p.GRANTEE, k.schema_name, NULL, NULL, p.PRIVILEGE_TYPE, p.IS_GRANTABLE = 'YES'"       \
    " FROM information_schema.SCHEMA_PRIVILEGES p JOIN (SELECT DISTINCT schema_name FROM %k s) k ON"         \
    " k.schema_name LIKE CONVERT(p.TABLE_SCHEMA USING utf8mb4)"                                              \
    " WHERE p.PRIVILEGE_TYPE IN ('SELECT', 'INSERT', 'UPDATE', 'DELETE')"                                    \
    " ORDER BY 1, 2, 3, 4, 5"

static bool is_listed(const rp_view_change *change)
{
    return change->action != RP_VIEW_KEEP && change->action != RP_VIEW_REMAKE && change->view.schema != NULL;
}

static void add(rp_view_change *change, const rp_rows *row)
{
    const char *view = rp_rows_text(row, 2);
    const rp_view_grant grant = {
        .grantee = (char *)rp_rows_text(row, 0),
        .privilege = (char *)rp_rows_text(row, 4),
        .column = (char *)rp_rows_text(row, 3),
        .is_grantable = rp_rows_boolean(row, 5, false),
        .is_now = change->action != RP_VIEW_CREATE,
        .is_afterwards = change->action != RP_VIEW_DROP,
        .source = view != NULL ? RP_GRANT_OWN : RP_GRANT_SCHEMA,
    };
    rp_view_grants_add(change->grants, &grant);
}

static void take(const rp_comparison *with, GHashTable *by_name, const rp_rows *row)
{
    char *schema = (char *)rp_rows_text(row, 1), *view = (char *)rp_rows_text(row, 2);
    if (view != NULL) {
        g_autofree char *key = rp_relation_key(with->db, &(rp_relation){schema, view});
        rp_view_change *change = g_hash_table_lookup(by_name, key);
        if (change != NULL)
            add(change, row);
        return;
    }
    for (guint i = 0; i < with->changes->len; i++) {
        rp_view_change *change = g_ptr_array_index(with->changes, i);
        if (change->grants != NULL && strcmp(change->view.schema, schema) == 0)
            add(change, row);
    }
}

/* May we see what others are granted? */
static bool sees_all(rp_db *db)
{
    g_autoptr(rp_rows) rows = NULL;
    return rp_db_query(db, "SELECT 1 FROM mysql.tables_priv WHERE 1 = 0", RP_NO_VALUES, &rows, NULL) ==
           REPOINT_OK;
}

repoint_status rp_mysql_grants_list(const rp_comparison *with, repoint_error *error)
{
    g_autoptr(GHashTable) by_name = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
    g_auto(rp_key_list) list = rp_key_list_new(2);
    if (!sees_all(with->db))
        return REPOINT_OK;
    for (guint i = 0; i < with->changes->len; i++) {
        rp_view_change *change = g_ptr_array_index(with->changes, i);
        if (!is_listed(change))
            continue;
        change->grants = rp_view_grants_new();
        g_hash_table_insert(by_name, rp_relation_key(with->db, &change->view), change);
        rp_key_list_add(&list, change->view.schema, change->view.name);
    }
    if (rp_key_list_count(&list) == 0)
        return REPOINT_OK;
    rp_db_keys keys = rp_key_list_keys(&list);
    g_autofree char *sql =
        rp_sql(with->db, GRANTS, 1U, "schema_name, name", 1U, "schema_name, name", 1U, "schema_name, name");
    g_autoptr(rp_rows) rows = NULL;
    bool has_row = false;
    repoint_status status = rp_db_query(with->db, sql, RP_VALUES(rp_db_key_list(&keys)), &rows, error);
    while (status == REPOINT_OK && (status = rp_rows_next(rows, &has_row, error)) == REPOINT_OK && has_row)
        take(with, by_name, rows);
    return status;
}
