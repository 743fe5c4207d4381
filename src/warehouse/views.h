/*
 * The views of an environment: what they should be, what they are, and the change between the two.
 *
 * On a database without schemas a view or table has one quoted name, schema and table joined by a dot, the
 * catalog left out ("shop.orders").
 */
#ifndef RP_WAREHOUSE_VIEWS_H
#define RP_WAREHOUSE_VIEWS_H

#include "db/db.h"
#include "model/environment.h"

/* Why a deployment cannot be done; collected, so that one look shows all of them. */
typedef struct rp_obstacle {
    repoint_status status;
    char *name; /* the model or table concerned */
    char *message;
} rp_obstacle;

GPtrArray *rp_obstacles_new(void); /* of rp_obstacle, owned */
void rp_obstacle_add(GPtrArray *obstacles, repoint_status status, const char *name, const char *format, ...)
    G_GNUC_PRINTF(4, 5);

typedef enum rp_view_action { RP_VIEW_KEEP, RP_VIEW_CREATE, RP_VIEW_REPLACE, RP_VIEW_DROP } rp_view_action;

const char *rp_view_action_name(rp_view_action action);

/* A table or view as the database names it. */
typedef struct rp_relation {
    char *schema; /* NULL where there are none */
    char *name;
} rp_relation;

void rp_relation_clear(rp_relation *relation);
/* "schema.name", for people. Free with g_free(). */
char *rp_relation_display(const rp_relation *relation);
/* The relation that a name means on this database: what it cannot have (a catalog) is left out. */
rp_relation rp_relation_of(const rp_db *db, const rp_name *name);

/* What a relation is looked up by: the same for two names that the database takes for one. g_free() */
char *rp_relation_key(const rp_db *db, const rp_relation *relation);

/* The views that an environment has, of rp_relation, owned. */
repoint_status rp_views_of(rp_db *db, const repoint_environment *environment, GPtrArray **ret_views,
                           repoint_error *error);
/* Every table and view that there is: the keys are rp_relation_key(). */
repoint_status rp_views_load_names(rp_db *db, GHashTable **ret_names, repoint_error *error);

typedef struct rp_view_change {
    rp_view_action action;
    char *model; /* its full name */
    rp_relation view;
    rp_relation table;          /* what it will read; empty for RP_VIEW_DROP */
    GPtrArray *columns_added;   /* of char *, owned; of a replaced view */
    GPtrArray *columns_removed; /* likewise */
} rp_view_change;

/* Which physical table a model's view reads: its development table, or its version's. */
typedef struct rp_view_source {
    bool (*reads_dev_table)(void *context, const repoint_table *table);
    void *context;
} rp_view_source;

/*
 * What has to change so that the warehouse shows `planned`: by view name, views to keep included. `stored`
 * (or NULL) is the record whose views are there now; those that `planned` does not have are dropped. What
 * stands in the way is added to `obstacles`.
 */
repoint_status rp_views_compare(rp_db *db, const repoint_environment *stored,
                                const repoint_environment *planned, rp_view_source source,
                                GPtrArray *obstacles, GPtrArray **ret_changes, repoint_error *error);

/*
 * Keeps readers away from all views that change until the end of the transaction, where the database does
 * not show a reader one moment of it anyway. Waits a short time only: REPOINT_BUSY, and the caller goes back
 * to a savepoint.
 */
repoint_status rp_views_lock(rp_db *db, const GPtrArray *changes, repoint_error *error);

/* Makes the schemas that views are to be created in and that are not there. */
repoint_status rp_views_create_schemas(rp_db *db, const GPtrArray *changes, repoint_error *error);

/* Makes the changes: first what is created and replaced, then what is dropped. In the caller's transaction.
 */
repoint_status rp_views_apply(rp_db *db, const GPtrArray *changes, repoint_error *error);

#endif
