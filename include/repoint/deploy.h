/*
 * repoint/deploy.h: changing an environment together with the views that its readers see.
 *
 * A plan is built from a target environment and a source; it says what would change, and refuses nothing.
 * Deploying it writes, in one transaction, the environment's record as promote and finalize leave it, the
 * snapshots that it touches and unpauses, and the views: readers see the old set or the new one.
 */
#ifndef REPOINT_DEPLOY_H
#define REPOINT_DEPLOY_H

#include "repoint/store.h"

#ifdef __cplusplus
extern "C" {
#endif

/* What the environment should point to: exactly one of from, snapshots_path, latest, record_path, or
 * set/drop. */
typedef struct repoint_plan_source {
    const char *from_environment;
    const char *snapshots_path; /* a state file, or a JSON array of {"name", "identifier"} */
    const char *record_path;    /* a whole environment object, taken as it is */
    bool latest;                /* of each model that it has, the newest snapshot */
    const char *const *set;     /* NULL-terminated "NAME=IDENTIFIER" */
    const char *const *drop;    /* NULL-terminated names */
} repoint_plan_source;

typedef struct repoint_plan_options {
    repoint_gap_check gap_check;
    const char *const *gap_names;
    const char *plan_id; /* NULL: a new one */
    const char
        *expect_plan_id; /* the environment must be at this plan id ("none": must not exist); NULL: any */
    const char *start;
    const char *end;
    const char *ttl;
    const char *suffix_target;             /* for a new environment: "schema", "table" or "catalog" */
    const char *statements_path;           /* a JSON array of statement objects */
    const char *const *allow_empty;        /* models whose table may be empty */
    const char *const *allow_forward_only; /* models whose forward-only change was applied by hand */
    bool record_only; /* build the record and compare nothing: all that repoint_plan_promote() needs */
} repoint_plan_options;

typedef struct repoint_plan repoint_plan;

/* Builds the record of a change and compares it with the environment. Reads only. */
REPOINT_API repoint_status repoint_plan_create(repoint_store *store, const char *environment,
                                               const repoint_plan_source *source,
                                               const repoint_plan_options *options, repoint_plan **ret_plan,
                                               repoint_error *error);
REPOINT_API void repoint_plan_free(repoint_plan *plan);

/* The record that would be promoted. */
REPOINT_API const repoint_environment *repoint_plan_environment(const repoint_plan *plan);

/*
 * The plan as a JSON object: environment, plan_id, previous_plan_id, is_new, models [{name, change: added |
 * changed | metadata | removed | unchanged, kind, from, to}] (identifiers and versions, null where there is
 * none), gaps
 * [{name, ranges}], views [{view, model, action: create | replace | drop, table, columns_added,
 * columns_removed}], obstacles [{code, name, message}] (what deploy would refuse), warnings [text].
 * repoint_free() it.
 */
REPOINT_API char *repoint_plan_to_json(const repoint_plan *plan);
REPOINT_API bool repoint_plan_has_changes(const repoint_plan *plan);

/* Phase 1 of a plan: repoint_promote() of its record. */
REPOINT_API repoint_status repoint_plan_promote(repoint_store *store, const repoint_plan *plan,
                                                repoint_promotion **ret_promotion, repoint_error *error);

typedef struct repoint_deployment repoint_deployment;

/*
 * Record and views in one transaction (see the top). Refuses, before anything is written, what the plan lists
 * as an obstacle.
 */
REPOINT_API repoint_status repoint_deploy(repoint_store *store, const repoint_plan *plan,
                                          repoint_deployment **ret_deployment, repoint_error *error);
/* environment, plan_id, previous_plan_id, added, removed ([{name, identifier, version}]), views (as the plan
 * has them), finalized_ts. repoint_free() it. */
REPOINT_API char *repoint_deployment_to_json(const repoint_deployment *deployment);
REPOINT_API void repoint_deployment_free(repoint_deployment *deployment);

#ifdef __cplusplus
}
#endif

#endif
