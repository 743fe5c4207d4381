/*
 * What databases do differently about views: one table of functions for each.
 *
 * A new engine is a file of its own and a row in engine.c; nothing else asks which database it is. Slots that
 * say so may be NULL: then there is nothing to do.
 */
#ifndef RP_WAREHOUSE_ENGINE_H
#define RP_WAREHOUSE_ENGINE_H

#include "warehouse/views.h"

/* A comparison under way. */
typedef struct rp_comparison {
    rp_db *db;
    /* of rp_view_change: RP_VIEW_CREATE for each view that should be there, RP_VIEW_DROP for each that should
     * not */
    GPtrArray *changes;
    const rp_findings *findings;
    bool drop_foreign_views;
    bool has_comments;   /* the environment is one whose views have comments */
    bool lists_grants;   /* each change that is more than KEEP gets its grants, where there are grants */
    bool in_transaction; /* of the caller's, on this connection */
    const repoint_store *store; /* rp_view_request's */
} rp_comparison;

typedef struct rp_view_engine {
    size_t name_limit;           /* of an identifier; 0: none */
    bool limit_is_of_characters; /* else of bytes */
    const char *schemas_query;   /* the names of all schemas; NULL where there are none */
    const char
        *may_make_schemas; /* a query for whether we may; NULL: whoever may drop one may make it again */

    /*
     * Looks at what is there. Sets each change's action, its columns and statements; takes away drops of what
     * is not there; adds other people's views that are affected, and obstacles. In a number of queries that
     * does not grow with the number of views, unless a query costs nothing.
     */
    repoint_status (*compare)(rp_comparison *with, repoint_error *error);

    /* See rp_views_guard(), rp_views_lock(), rp_views_explain_busy(); each may be NULL. */
    repoint_status (*guard)(rp_db *db, repoint_error *error);
    repoint_status (*lock)(rp_db *db, const GPtrArray *changes, repoint_error *error);
    repoint_status (*describe_holders)(rp_db *db, const GPtrArray *changes, char **ret_text,
                                       repoint_error *error);

    /* Makes the changes; NULL: their statements, one after another (rp_views_apply()). */
    repoint_status (*apply)(rp_db *db, const GPtrArray *changes, repoint_error *error);

    /* See warehouse/readers.h; both or neither are NULL. */
    repoint_status (*take_mark)(rp_db *db, char **ret_mark, repoint_error *error);
    repoint_status (*check_mark)(rp_db *db, const char *mark, repoint_error *error);
    repoint_status (*mark_warning)(rp_db *db, char **ret_warning, repoint_error *error); /* or NULL */
} rp_view_engine;

extern const rp_view_engine rp_postgres_views; /* warehouse/postgres_views.c */
extern const rp_view_engine rp_sqlite_views;   /* warehouse/plain.c */
extern const rp_view_engine rp_duckdb_views;   /* likewise */
extern const rp_view_engine rp_mysql_views;    /* likewise */

/* The engine of a connection; never NULL. */
const rp_view_engine *rp_view_engine_of(const rp_db *db);

/* ---- what engines share ---- */

/* "CREATE [OR REPLACE] VIEW ... AS SELECT * FROM ...", the one text that a view is made by. `options` is what
 * stands behind the name, or "". g_free() */
char *rp_view_statement(const rp_db *db, const rp_view_change *change, bool replaces, const char *options);

/* A change of a foreign view, or of none yet; rp_view_change's own memory. */
rp_view_change *rp_view_change_new(rp_view_action action, const char *model);
/* Adds a statement, which the list owns from now on. */
void rp_view_drop_with(rp_view_change *change, char *sql);
void rp_view_make_with(rp_view_change *change, char *sql);
void rp_view_settle_with(rp_view_change *change, char *sql);

/* Adds the obstacle that no such physical table is there; that a thing that is no view has the view's name.
 */
void rp_view_misses_table(const rp_comparison *with, const rp_view_change *change);
void rp_view_is_taken(const rp_comparison *with, const rp_view_change *change, const char *by);

/* Which of these names of schemas (a set) are missing: they are left in it, the others are removed. */
repoint_status rp_schemas_keep_missing(rp_db *db, GHashTable *schemas, repoint_error *error);

#endif
