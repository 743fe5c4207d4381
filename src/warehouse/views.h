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
#include "repoint/store.h"

/* Why a deployment cannot be done; collected, so that one look shows all of them. */
typedef struct rp_obstacle {
    repoint_status status;
    char *name; /* the model or table concerned */
    char *message;
    bool is_of_role; /* it stands in the way of who is connected now, not of everybody */
} rp_obstacle;

GPtrArray *rp_obstacles_new(void); /* of rp_obstacle, owned */
void rp_obstacle_add(GPtrArray *obstacles, repoint_status status, const char *name, const char *format, ...)
    G_GNUC_PRINTF(4, 5);
/* The one that was added last lacks only a right: who deploys may have it though who plans has not. */
void rp_obstacle_is_of_role(GPtrArray *obstacles);

typedef enum rp_view_action {
    RP_VIEW_KEEP,
    RP_VIEW_CREATE,
    RP_VIEW_REPLACE,
    RP_VIEW_DROP,
    RP_VIEW_REMAKE, /* somebody else's view on top of one that has to be dropped for a moment: made again */
} rp_view_action;

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

/* A name and what is said about it. */
typedef struct rp_view_note {
    char *name;
    char *text;
} rp_view_note;

/* What a snapshot says about its view, beside the table that it reads. */
typedef struct rp_view_properties {
    char *comment;              /* NULL: nothing is said */
    GPtrArray *column_comments; /* of rp_view_note: column, text */
    GPtrArray *grants;          /* of rp_view_note: privilege, role; NULL as a role is everybody */
} rp_view_properties;

rp_view_properties *rp_view_properties_new(void);
void rp_view_properties_free(rp_view_properties *properties); /* NULL is allowed */
void rp_view_note_add(GPtrArray *notes, const char *name, const char *text);

typedef struct rp_view_change {
    rp_view_action action;
    char *model; /* its full name; NULL: the view is none of the environment's, but stands on one that is */
    rp_relation view;
    rp_relation table;            /* what it will read; empty for RP_VIEW_DROP and foreign views */
    char *owner;                  /* of a view that is there, where views have owners; else NULL */
    GPtrArray *columns_added;     /* of char *, owned; of a replaced view */
    GPtrArray *columns_removed;   /* likewise */
    GPtrArray *columns_retyped;   /* likewise; their type is another one */
    bool is_reordered;            /* the columns that stay are in another order */
    bool is_rebuilt;              /* dropped and made anew, with all that was set on it */
    bool is_materialized;         /* a foreign one */
    unsigned depth;               /* dropped before those of a lower depth, and made after them */
    char *catalog_mark;           /* the engine's: what the catalog had of it when it was compared; or NULL */
    GPtrArray *drop_statements;   /* SQL: what goes before anything is made; owned */
    GPtrArray *make_statements;   /* SQL */
    GPtrArray *settle_statements; /* SQL: comments and grants, which no reader waits for */
    const rp_view_properties *properties; /* while it is compared */
    GPtrArray *grants; /* of rp_view_grant (warehouse/grants.h); NULL: not asked for, or not known */
    bool is_shut;      /* with grants: in a new schema that nobody else may use */
} rp_view_change;

bool rp_view_change_is_foreign(const rp_view_change *change);
/* Does it keep readers away while it is made? */
bool rp_view_change_locks(const rp_view_change *change);

/* What is known of a model beside its table. */
typedef struct rp_view_source {
    /* Which physical table its view reads: its development table, or its version's. */
    bool (*reads_dev_table)(void *context, const repoint_table *table);
    /* NULL: nothing is said. Borrowed while views are compared. */
    const rp_view_properties *(*properties)(void *context, const repoint_table *table);
    void *context;
} rp_view_source;

typedef struct rp_view_request {
    const repoint_environment *stored; /* whose views are there now; or NULL */
    const repoint_environment *planned;
    rp_view_source source;
    bool drop_foreign_views; /* other people's views that cannot stay are dropped, instead of refusing */
    bool lists_grants;       /* for people to read */
    /* Whose transaction it is, if any; opens another connection where something has to be tried and a
     * transaction only reads. NULL: there is no transaction. */
    const repoint_store *store;
} rp_view_request;

/* What a comparison has to say. */
typedef struct rp_findings {
    GPtrArray *obstacles; /* of rp_obstacle */
    GPtrArray *warnings;  /* of char *, owned */
} rp_findings;

void rp_findings_warn(const rp_findings *findings, const char *format, ...) G_GNUC_PRINTF(2, 3);

/*
 * What has to change so that the warehouse shows request->planned: by view name, views to keep included, and
 * other people's views that are affected. Views that only request->stored has are dropped. The changes hold
 * the statements that make them: what has to be read for that is read now, before any lock is taken.
 */
repoint_status rp_views_compare(rp_db *db, const rp_view_request *request, const rp_findings *findings,
                                GPtrArray **ret_changes, repoint_error *error);

/*
 * In a write transaction that changes views later: a process that hangs from now on, however hard, is shut
 * out by the server, so that its locks keep nobody waiting for long.
 */
repoint_status rp_views_guard(rp_db *db, repoint_error *error);

/*
 * Keeps readers away from all views that change until the end of the transaction, where the database does
 * not show a reader one moment of it anyway. Waits a short time only: REPOINT_BUSY, and the caller goes back
 * to a savepoint.
 */
repoint_status rp_views_lock(rp_db *db, const GPtrArray *changes, repoint_error *error);

/* Adds to an error that says REPOINT_BUSY who holds those views now, and since when, as far as the database
 * tells. Outside a transaction, or in one that has not failed. */
void rp_views_explain_busy(rp_db *db, const GPtrArray *changes, repoint_error *error);

/* Makes the schemas that views are to be created in and that are not there. */
repoint_status rp_views_create_schemas(rp_db *db, const GPtrArray *changes, repoint_error *error);

/* Makes the changes, in the caller's transaction. */
repoint_status rp_views_apply(rp_db *db, const GPtrArray *changes, repoint_error *error);

#endif
