/*
 * Who may use the views that change, now and afterwards: what a plan tells its readers. Nothing here changes
 * a grant; what is set and put back is the engine's (warehouse/postgres_settings.c).
 */
#ifndef RP_WAREHOUSE_GRANTS_H
#define RP_WAREHOUSE_GRANTS_H

#include "warehouse/engine.h"

typedef enum rp_grant_source {
    RP_GRANT_OWN,      /* somebody has given it */
    RP_GRANT_SNAPSHOT, /* the snapshot names it */
    RP_GRANT_DEFAULT,  /* the database gives it to every new view of whoever makes it */
    RP_GRANT_SCHEMA,   /* it is of all that is in the schema */
} rp_grant_source;

typedef struct rp_view_grant {
    char *grantee; /* NULL: everybody */
    char *privilege;
    char *column; /* NULL: the whole view */
    bool is_grantable;
    bool is_now;
    bool is_afterwards;
    rp_grant_source source;
} rp_view_grant;

const char *rp_grant_source_name(rp_grant_source source);

GPtrArray *rp_view_grants_new(void); /* of rp_view_grant, owned */
/* Adds a copy. */
void rp_view_grants_add(GPtrArray *grants, const rp_view_grant *grant);
/* May anybody but its owner read a view, by these grants, when all is done? */
bool rp_view_grants_let_read(const GPtrArray *grants);

/* warehouse/mysql_grants.c: sets `grants` of the changes of a comparison. */
repoint_status rp_mysql_grants_list(const rp_comparison *with, repoint_error *error);

#endif
