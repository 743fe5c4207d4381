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
    bool drop_foreign_views;  /* views of others that cannot stay are dropped, instead of refusing */
    bool lists_grants;        /* examining also finds out who may read the views that change */
    int64_t rollback_to;      /* the revision that it goes back to; 0: it is no rollback */
    char *interval_mark;      /* rp_plan_interval_mark() when it was made */
    int64_t approvals_needed; /* by the configuration of who began its deployment; 0: none */
    GStrv approval_roles;     /* of whose members; NULL: anybody's */
    GPtrArray *warnings;      /* of char *, owned */
    /* What rp_plan_examine() found; NULL before. */
    GPtrArray *gaps;       /* of rp_gap */
    GPtrArray *changes;    /* of rp_view_change */
    GPtrArray *obstacles;  /* of rp_obstacle */
    GPtrArray *before_all; /* of char *, owned: statements to run (deploy/statements.h) */
    GPtrArray *after_all;
    GPtrArray *on_virtual_update;
};

G_DEFINE_AUTOPTR_CLEANUP_FUNC(repoint_plan, repoint_plan_free)

/* An empty plan with what the options decide. */
repoint_plan *rp_plan_new(const repoint_plan_options *options);
/* The names of what is allowed as full names of the record. */
repoint_status rp_plan_resolve(repoint_plan *plan, repoint_error *error);

/* Builds the record of `plan` (deploy/record.c), in the caller's transaction. */
repoint_status rp_record_build(repoint_store *store, const char *environment,
                               const repoint_plan_source *source, const repoint_plan_options *options,
                               repoint_plan *plan, repoint_error *error);

/* Fills gaps, changes, obstacles and warnings from what is there now, in the caller's transaction. */
repoint_status rp_plan_examine(repoint_store *store, repoint_plan *plan, repoint_error *error);

/*
 * What the time ranges of the tables that a plan is about to show are, in short: when it differs, intervals
 * have been added or removed since. g_free()
 */
repoint_status rp_plan_interval_mark(repoint_store *store, const repoint_plan *plan, char **ret_mark,
                                     repoint_error *error);

/* What readers have to expect while these views change, for people to read; NULL: nothing. g_free() */
char *rp_mixture_describe(const repoint_store *store, const rp_db *warehouse, const GPtrArray *changes);

/* REPOINT_CONFLICT unless plan->stored is what the plan was made on. */
repoint_status rp_plan_check_basis(repoint_store *store, const repoint_plan *plan, repoint_error *error);

/* Reads a plan that repoint_plan_save() wrote; `what` names it in messages. It is not examined. */
repoint_status rp_plan_parse(const char *text, size_t size, const char *what, repoint_plan **ret_plan,
                             repoint_error *error);

repoint_status rp_plan_copy(const repoint_plan *plan, repoint_plan **ret_plan, repoint_error *error);

/* Reads a whole file of at most 64 MiB. */
repoint_status rp_record_read_file(const char *path, char **ret_text, gsize *ret_size, repoint_error *error);

/* The options of its promotion. */
repoint_promote_options rp_plan_promote_options(const repoint_plan *plan);

/* Was the plan made for an environment that does not exist or has expired? */
bool rp_plan_is_new(const repoint_plan *plan, int64_t now_ts);

/* Writes [{view, model, action, table, columns_added, columns_removed, columns_retyped, columns_reordered,
 * rebuilt, owner}] without the views that stay. */
void rp_changes_write(rp_json_writer *writer, const GPtrArray *changes);
/* Writes [{code, name, message}]. */
void rp_obstacles_write(rp_json_writer *writer, const GPtrArray *obstacles);

#endif
