/* A plan: the record of a change, and what it would do. */
#ifndef RP_DEPLOY_PLAN_H
#define RP_DEPLOY_PLAN_H

#include "model/environment.h"
#include "repoint/deploy.h"
#include "state/promote.h"
#include "warehouse/views.h"

struct repoint_plan {
    repoint_environment *record;
    repoint_environment *stored; /* what it is planned on, expired or not; NULL: the environment is new */
    char *statements_json;       /* NULL: the environment's stay */
    repoint_gap_check gap_check;
    GPtrArray *gap_names; /* NULL-terminated, owned; NULL without REPOINT_GAPS_NAMED */
    GPtrArray *allow_empty;
    GPtrArray *allow_forward_only;
    GPtrArray *warnings; /* of char *, owned */
    /* What rp_plan_examine() found; NULL before. */
    GPtrArray *gaps;      /* of rp_gap */
    GPtrArray *changes;   /* of rp_view_change */
    GPtrArray *obstacles; /* of rp_obstacle */
};

G_DEFINE_AUTOPTR_CLEANUP_FUNC(repoint_plan, repoint_plan_free)

/* Builds the record of `plan` (deploy/record.c), in the caller's transaction. */
repoint_status rp_record_build(repoint_store *store, const char *environment,
                               const repoint_plan_source *source, const repoint_plan_options *options,
                               repoint_plan *plan, repoint_error *error);

/* Fills gaps, changes, obstacles and warnings from what is there now, in the caller's transaction. */
repoint_status rp_plan_examine(repoint_store *store, repoint_plan *plan, repoint_error *error);

/* The options of its promotion. */
repoint_promote_options rp_plan_promote_options(const repoint_plan *plan);

/* Was the plan made for an environment that does not exist or has expired? */
bool rp_plan_is_new(const repoint_plan *plan, int64_t now_ts);

/* Writes [{view, model, action, table, columns_added, columns_removed}] without the views that stay. */
void rp_changes_write(rp_json_writer *writer, const GPtrArray *changes);

#endif
