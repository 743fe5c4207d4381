/* What the parts of the engine for PostgreSQL share. */
#ifndef RP_WAREHOUSE_POSTGRES_H
#define RP_WAREHOUSE_POSTGRES_H

#include "warehouse/engine.h"
#include "warehouse/postgres_catalog.h"

/* A comparison under way. */
typedef struct pg_comparison {
    rp_comparison *with;
    pg_catalog catalog;
    char *me;            /* CURRENT_USER */
    GHashTable *by_view; /* pg_relation -> rp_view_change, both borrowed */
    /* Foreign views that do not work with new column types: pg_relation -> pg_verdict (postgres_try.h) */
    GHashTable *verdicts;
} pg_comparison;

/* warehouse/postgres_foreign.c: other people's views on top of views that are dropped or rebuilt become
 * changes of their own, or obstacles. */
repoint_status rp_pg_foreign_find(pg_comparison *of, repoint_error *error);
void rp_pg_foreign_judge(const pg_comparison *of);
/* Why a foreign view cannot be made again, whatever the types of its columns; NULL: it can. g_free() */
char *rp_pg_foreign_why_not(const pg_comparison *of, const pg_relation *view);
/* "uses the column amount of shop.orders, whose type changes ..."; NULL: it uses none. g_free() */
char *rp_pg_use_retyped(const pg_comparison *of, const pg_use *use);
/* From below: what stands on another comes later. Borrowed; g_ptr_array_unref() it. */
GPtrArray *rp_pg_changes_by_depth(const pg_comparison *of);

/* warehouse/postgres_settings.c: the statements of a change, which put back what was set on the view. */
/* The server's text of a query, without its semicolon. g_free() */
char *rp_pg_query_text(const char *printed);
void rp_pg_statements_set(const pg_comparison *of, rp_view_change *change, const pg_relation *view,
                          const pg_relation *table);

/* warehouse/postgres_grants.c: sets `grants` of each change. */
repoint_status rp_pg_grants_list(const pg_comparison *of, repoint_error *error);

/* warehouse/postgres_readers.c */
repoint_status rp_pg_mark_take(rp_db *db, char **ret_mark, repoint_error *error);
repoint_status rp_pg_mark_check(rp_db *db, const char *mark, repoint_error *error);
repoint_status rp_pg_holders_describe(rp_db *db, const GPtrArray *changes, char **ret_text,
                                      repoint_error *error);
/* Adds to an error who keeps readers away from those views and their new tables, as far as the server tells.
 */
void rp_pg_explain_unreadable(rp_db *db, const GPtrArray *changes, repoint_error *error);

#endif
