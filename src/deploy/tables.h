/*
 * repoint's own tables, beside SQLMesh's: made when the first deployment needs them, ignored by SQLMesh.
 * Who only promotes and finalizes never gets any.
 */
#ifndef RP_DEPLOY_TABLES_H
#define RP_DEPLOY_TABLES_H

#include "state/store.h"

#define RP_LEASES      RP_OWN_PREFIX "leases"
#define RP_DEPLOYMENTS RP_OWN_PREFIX "deployments"
#define RP_JOURNAL     RP_OWN_PREFIX "journal"
#define RP_APPROVALS   RP_OWN_PREFIX "approvals"
#define RP_REVISIONS   RP_OWN_PREFIX "revisions"
#define RP_HOLDS       RP_OWN_PREFIX "holds"
#define RP_GARBAGE     RP_OWN_PREFIX "garbage"

/* Creates those that are missing; outside a transaction. Reads only when all are there, so that who deploys
 * needs no right to create tables. */
repoint_status rp_own_tables_create(repoint_store *store, repoint_error *error);

/* Who is connected: as the database has made sure of it, where it does; else the system's user. g_free() */
repoint_status rp_identity(repoint_store *store, char **ret_identity, repoint_error *error);

/* Are they there? */
repoint_status rp_own_tables_exist(repoint_store *store, bool *ret_exist, repoint_error *error);

#endif
