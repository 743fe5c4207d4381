/* Dropping physical objects. See warehouse/drop.h. */
#include "warehouse/drop.h"

#include <string.h>

#include "db/sql.h"

#define LOCK_TIMEOUT "1s"

/* "DROP TABLE", "DROP VIEW", ...; NULL when there is nothing of that name. */
static repoint_status find_statement(rp_db *db, const rp_relation *object, const char **ret_statement,
                                     repoint_error *error)
{
    g_autofree char *sql = rp_sql(db, "SELECT o.type FROM %o o WHERE o.name = ?1"
                                      " AND (o.schema_name IS NULL OR o.schema_name = ?2)");
    g_autoptr(rp_rows) rows = NULL;
    bool has_row = false;
    repoint_status status =
        rp_db_query(db, sql, RP_VALUES(rp_db_text(object->name), rp_db_text(object->schema)), &rows, error);
    if (status == REPOINT_OK)
        status = rp_rows_next(rows, &has_row, error);
    if (status != REPOINT_OK)
        return status;
    const char *type = has_row ? rp_rows_text(rows, 0) : NULL;
    *ret_statement = type == NULL                             ? NULL
                     : strcmp(type, "view") == 0              ? "DROP VIEW"
                     : strcmp(type, "materialized view") == 0 ? "DROP MATERIALIZED VIEW"
                                                              : "DROP TABLE";
    return REPOINT_OK;
}

repoint_status rp_object_drop(rp_db *db, const rp_relation *object, bool *ret_was_there, repoint_error *error)
{
    const char *statement = NULL;
    repoint_status status = find_statement(db, object, &statement, error);
    *ret_was_there = statement != NULL;
    if (status != REPOINT_OK || statement == NULL)
        return status;
    if (rp_db_can(db, RP_DB_SAVEPOINTS))
        status = rp_db_execute(db, "SET LOCAL lock_timeout = '" LOCK_TIMEOUT "'", RP_NO_VALUES, NULL, error);
    g_autofree char *sql = rp_sql(db, "%s %n", statement, object->schema, object->name);
    return status == REPOINT_OK ? rp_db_execute(db, sql, RP_NO_VALUES, NULL, error) : status;
}

repoint_status rp_schema_drop_if_empty(rp_db *db, const char *schema, repoint_error *error)
{
    g_autofree char *look = rp_sql(db, "SELECT 1 FROM information_schema.schemata s WHERE s.schema_name = ?1"
                                       " AND NOT EXISTS (SELECT 1 FROM %o o WHERE o.schema_name = ?1)");
    g_autofree char *drop = rp_sql(db, "DROP SCHEMA %i", schema);
    g_autoptr(rp_rows) rows = NULL;
    bool is_empty = false;
    repoint_status status = rp_db_query(db, look, RP_VALUES(rp_db_text(schema)), &rows, error);
    if (status == REPOINT_OK)
        status = rp_rows_next(rows, &is_empty, error);
    g_clear_pointer(&rows, rp_rows_close);
    return status == REPOINT_OK && is_empty ? rp_db_execute(db, drop, RP_NO_VALUES, NULL, error) : status;
}
