/*
 * The stand-ins with which other people's views are tried (warehouse/postgres_try.h): temporary views that
 * take the places of the environment's own views and of those of others on top of them, while nobody's is
 * touched.
 */
#ifndef RP_WAREHOUSE_POSTGRES_LINK_H
#define RP_WAREHOUSE_POSTGRES_LINK_H

#include "warehouse/postgres.h"

typedef struct pg_stand_in {
    const pg_relation *of;
    rp_view_change *change;
    char *because; /* why a foreign view is tried: "uses the column ..."; NULL: it is the environment's own */
    char *name;    /* of a temporary view */
    char *query;   /* that of a foreign view, once it is linked: it reads stand-ins */
    bool is_linked; /* it reads nothing that has a stand-in any more */
} pg_stand_in;

typedef struct pg_trial {
    pg_comparison *of;
    rp_db *db;            /* where it is tried */
    rp_db *own;           /* the same, when it is a connection of its own; else NULL */
    bool is_inner;        /* in a savepoint of the caller's transaction */
    GPtrArray *stand_ins; /* of pg_stand_in, owned: who stands on another one comes later */
    GPtrArray *made;      /* the names of temporary views, owned */
} pg_trial;

/*
 * Names the stand-ins, and finds the queries of foreign ones, as the deployment will print them. The
 * transaction's search_path is afterwards what it was, and none of the names is in use.
 */
repoint_status rp_pg_trial_link(pg_trial *all, repoint_error *error);

pg_stand_in *rp_pg_stand_in_find(const pg_trial *all, int64_t id);
/* Those that `view` reads, all of them or those of one schema, each once. g_ptr_array_unref() it. */
GPtrArray *rp_pg_stand_ins_read_by(const pg_trial *all, const pg_relation *view, const char *schema);
repoint_status rp_pg_trial_run(const pg_trial *all, const GPtrArray *statements, repoint_error *error);

#endif
