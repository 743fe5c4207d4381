/*
 * repoint/deploy.h: changing an environment together with the views that its readers see.
 *
 * A plan is built from a target environment and a source; it says what would change, and refuses nothing.
 * Deploying it writes, in one transaction, the environment's record as promote and finalize leave it, the
 * snapshots that it touches and unpauses, and the views: readers see the old set or the new one. Where the
 * store's options say views_one_by_one they may see a mixture while the views change.
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
    bool drop_foreign_views;               /* drop views of others that cannot stay, instead of refusing */
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
 * [{name, ranges}], views [{view, model, action: create | replace | drop | remake, table, columns_added,
 * columns_removed, columns_retyped, columns_reordered, rebuilt, owner}] (model is null for a view of somebody
 * else that stands on one of these; rebuilt: dropped and made again, with what was set on it), grants [{view,
 * grantee, privilege, column, grantable, now, afterwards, source: own | snapshot | default | schema}] (who
 * may use the views that change; grantee is null for everybody; default: what new views get by themselves;
 * schema: on all that is in it), unread [view] (new views that nobody but their owner may read; both are
 * empty where the database has no grants or does not show them, and null in the plan of a deployment that is
 * open), obstacles [{code, name, message}] (what deploy would refuse), warnings [text]. repoint_free() it.
 */
REPOINT_API char *repoint_plan_to_json(const repoint_plan *plan);
REPOINT_API bool repoint_plan_has_changes(const repoint_plan *plan);

/*
 * Phase 1 of a plan: repoint_promote() of its record. With `keep_previous` the store remembers the record
 * that it replaces, finalized_ts and statements included, until it is finalized: repoint_deployment_open()
 * and repoint_deployment_abandon() put it back. REPOINT_CONFLICT while a deployment of the environment is
 * open.
 */
REPOINT_API repoint_status repoint_plan_promote(repoint_store *store, const repoint_plan *plan,
                                                bool keep_previous, repoint_promotion **ret_promotion,
                                                repoint_error *error);

/* Phase 2 of such a promotion: repoint_finalize(), after which there is nothing to abandon; the history gets
 * a revision. In a store where nothing was deployed or kept it is just that. REPOINT_CONFLICT where the views
 * are still to follow (repoint_promote_ahead()). */
REPOINT_API repoint_status repoint_promoted_finalize(repoint_store *store, repoint_environment *environment,
                                                     repoint_error *error);

/*
 * Phase 1 for who has work to do between record and views, such as altering tables, and wants the views to
 * change all at once: repoint_promote(), and the record that it replaces is kept. repoint_deployment_open()
 * and repoint_deployment_cutover(), or repoint_resume(), then change the views and finalize the record in one
 * transaction; repoint_deployment_abandon() puts back what was there. Whether tables are filled is the
 * caller's to know. REPOINT_REFUSED where state and views cannot change in one transaction; REPOINT_CONFLICT
 * while a deployment of the environment is open; REPOINT_HELD.
 */
REPOINT_API repoint_status repoint_promote_ahead(repoint_store *store, const repoint_environment *environment,
                                                 const repoint_promote_options *options,
                                                 repoint_promotion **ret_promotion, repoint_error *error);

/* The plan as a document that repoint_plan_load() reads; repoint_free() it. */
REPOINT_API char *repoint_plan_save(const repoint_plan *plan);

/*
 * Reads a saved plan (at most 64 MiB) and examines it anew. REPOINT_CONFLICT when the environment, or the
 * time ranges of a snapshot that it is about to show, have changed since it was made.
 */
REPOINT_API repoint_status repoint_plan_load(repoint_store *store, const char *path, repoint_plan **ret_plan,
                                             repoint_error *error);

/*
 * The plan that goes back to an earlier finalized revision; 0 is the one before the present one. `keep`
 * (NULL-terminated, or NULL) are models that stay where they are. Of the options plan_id, the gap check and
 * what is allowed count. REPOINT_NOT_FOUND without such a revision; REPOINT_REFUSED, naming them, for models
 * whose table has been altered since. Deploying it leaves a hold.
 */
REPOINT_API repoint_status repoint_plan_rollback(repoint_store *store, const char *environment,
                                                 int64_t revision, const char *const *keep,
                                                 const repoint_plan_options *options, repoint_plan **ret_plan,
                                                 repoint_error *error);

/*
 * ---- deployments ----
 *
 *     begin ──▶ DRAFT ──candidate──▶ CANDIDATE ──check──▶ CHECKED ──cutover──▶ (done)
 *                 └──────────────────────┴─────abandon───────┘
 *
 * A deployment is one row of the store, at most one an environment. Until the cutover everybody else sees the
 * environment as it is. Who works on it holds the environment's lease; its handle gives it back when it is
 * closed, and the deployment waits for whoever opens it next. Each step may be repeated: what is done already
 * is left as it is. A step that fails leaves the deployment where it was, unless it says otherwise.
 *
 * With the store's option dry_run each function here writes nothing. Nobody takes a lease, no hook is told
 * and no check runs; a step fails where it would be refused, REPOINT_CONFLICT for a lease that somebody else
 * holds included, and repoint_deployment_to_json() tells under "would" what the steps would have done.
 */
typedef struct repoint_deployment repoint_deployment;

/* How far repoint_deploy() and repoint_resume() go. */
typedef enum repoint_deploy_until {
    REPOINT_UNTIL_FINALIZED,
    REPOINT_UNTIL_DRAFT,
    REPOINT_UNTIL_CANDIDATE,
    REPOINT_UNTIL_CHECKED,
} repoint_deploy_until;

/* ---- what a deployment has to pass, and who is told ---- */

typedef enum repoint_check_kind {
    REPOINT_CHECK_SQL,       /* a query that must return no rows */
    REPOINT_CHECK_ROWS,      /* how many rows a model has */
    REPOINT_CHECK_FRESHNESS, /* how old a model's newest row is */
    REPOINT_CHECK_COMMAND    /* a program that must end with exit status 0 */
} repoint_check_kind;

/*
 * A condition on the tables that readers are about to see. Each runs on a connection of its own, in a
 * transaction that only reads, or as a process of its own, several at a time.
 */
typedef struct repoint_check {
    const char *name;
    repoint_check_kind kind;
    const char *sql;            /* {shop.orders} becomes the view of that model, {{ a brace; a SELECT */
    const char *const *command; /* NULL-terminated; the plan is on its standard input, as JSON */

    const char *model;         /* of rows and freshness */
    int64_t min_rows;          /* 0: no bound */
    int64_t max_rows;          /* 0: no bound */
    bool limits_change;        /* the number of rows may differ from that of the view readers see now ... */
    double max_change_percent; /* ... by this much */
    const char *column;        /* a time, or milliseconds since 1970: the largest counts */
    double within_seconds;     /* not older than this; 0: no bound */
    bool not_older;            /* not older than that of the view readers see now */

    double timeout_seconds;          /* 0: 300 */
    bool is_warning;                 /* its failure is told, and stops nothing */
    bool after_cutover;              /* on the environment's own views, once readers see them */
    bool rolls_back;                 /* then: its failure rolls the environment back */
    const char *const *environments; /* NULL-terminated; NULL: all */
} repoint_check;

/* How many others than its author have to approve a deployment of an environment, and members of which roles
 * of the database they have to be (NULL-terminated; NULL: any). */
typedef struct repoint_approval_rule {
    const char *environment;
    int count;
    const char *const *roles;
} repoint_approval_rule;

/*
 * A program that is told what happens to a deployment: its standard input is {"event", "environment",
 * "plan_id", "previous_plan_id", "author", "message", "digest", "added": [name], "removed": [name], "error":
 * null or {"code", "message"}}. It may be told twice of the same when a deployment is resumed.
 */
typedef struct repoint_hook {
    const char *const
        *events; /* of "promoted", "checked", "approved", "finalized", "failed", "rolled_back" */
    const char *const *command;
    bool required;                   /* its failure stops the deployment, on the first three events */
    double timeout_seconds;          /* 0: 60 */
    const char *const *environments; /* NULL-terminated; NULL: all */
} repoint_hook;

/*
 * What the arrays and callbacks point to is not copied: it has to live until the deployment is closed.
 * Nothing is in the way of a rollback: it runs no checks, needs no approvals (what it goes back to had them),
 * and no hook stops it.
 */
typedef struct repoint_deploy_options {
    repoint_deploy_until until;
    const char *message;            /* why; kept in the history */
    double lease_seconds;           /* how long others wait for a holder that is gone; 0: 60 */
    double wait_seconds;            /* how long to wait for a lease that somebody else holds; 0: not at all */
    double cutover_timeout_seconds; /* how long to try to get in between readers; 0: 30 */
    const char *const *candidate_readers; /* roles that may read the candidates, NULL-terminated; or NULL */

    const repoint_check *checks;
    size_t check_count;
    const repoint_approval_rule *approvals;
    size_t approval_count;
    const repoint_hook *hooks;
    size_t hook_count;
    const char *directory; /* where commands run; NULL: the working directory */

    /* Called, like a hook, with what hooks get; another answer than REPOINT_OK is a required hook's failure.
     * NULL: nobody. */
    repoint_status (*event)(void *context, const char *event, const char *json);
    /* Called with each line that a command has written; `name` is the check's, or the hook's event. */
    void (*output)(void *context, const char *name, const char *line);
    void *context; /* of these two */
} repoint_deploy_options;

/*
 * Takes the lease and opens the deployment of a plan, or continues it if it is open already. Refuses what the
 * plan lists as gaps and obstacles. REPOINT_CONFLICT: somebody holds the lease (the message says who, on
 * which host, since when), another deployment is open, or the environment is not what was planned on.
 * REPOINT_HELD: it was rolled back, and nobody has released it. *ret_deployment is to be closed.
 */
REPOINT_API repoint_status repoint_deployment_begin(repoint_store *store, const repoint_plan *plan,
                                                    const repoint_deploy_options *options,
                                                    repoint_deployment **ret_deployment,
                                                    repoint_error *error);

/* Takes the lease on the deployment that is open on an environment. REPOINT_NOT_FOUND when there is none. */
REPOINT_API repoint_status repoint_deployment_open(repoint_store *store, const char *environment,
                                                   const repoint_deploy_options *options,
                                                   repoint_deployment **ret_deployment, repoint_error *error);

/* Makes the candidate views: shop__prod__next.orders shows what shop.orders would. */
REPOINT_API repoint_status repoint_deployment_candidate(repoint_deployment *deployment, repoint_error *error);

/* Runs the checks against the candidate views. REPOINT_CHECK_FAILED: detail has {"checks": [{"name",
 * "severity": "error" | "warn", "outcome": "passed" | "failed" | "timeout" | "error", "rows", "message",
 * "duration_ms"}]}; the deployment stays where it was. */
REPOINT_API repoint_status repoint_deployment_check(repoint_deployment *deployment, repoint_error *error);

/*
 * Looks again at everything that may have moved meanwhile, changes the environment and its views, and
 * finalizes: in one transaction where state and views are in one database that can do it. Legal in any state.
 * Checks run again if time ranges have been added or removed since. REPOINT_AWAITING_APPROVAL: detail has
 * {"approvals": {"needed", "given": [name], "missing", "roles"}}. REPOINT_CHECK_FAILED with "rolled_back" in
 * its detail: a check after the cutover failed, and the environment is back where it was, on hold.
 * REPOINT_BUSY: readers left no gap until the time was over; REPOINT_CONFLICT: the environment has moved, or
 * the lease is lost; nothing was changed. After REPOINT_OUTCOME_UNKNOWN repoint_resume() finds out.
 */
REPOINT_API repoint_status repoint_deployment_cutover(repoint_deployment *deployment, repoint_error *error);

/* Puts draft and candidate away; the environment is as it was before. Views that change one by one, and have
 * not all changed, are put back. REPOINT_REFUSED when all of them have: then only going on is left. */
REPOINT_API repoint_status repoint_deployment_abandon(repoint_deployment *deployment, repoint_error *error);

/* "draft", "candidate", "checked", "switching", "promoted" (ahead of its views) or "finalized"; NULL after it
 * was abandoned. */
REPOINT_API const char *repoint_deployment_state(const repoint_deployment *deployment);

/* environment, plan_id, previous_plan_id, state, rollback_to (a revision, or null), digest, added, removed
 * ([{name, identifier, version}]), views (as the plan has them), checks (as above, those that ran),
 * finalized_ts, warnings. In a dry run also would: {steps, candidates, checks, approvals, obstacles,
 * restores}. Its steps, in order: "draft", "candidate", "check", "approve" (it would wait for others),
 * "cutover", "switch" (in the middle of a switch whose views are the old ones still), "finalize" (whose views
 * are the new ones), "check_after", "cleanup", "restore", "abandon". candidates: the views that would be
 * made, or dropped. checks:
 * [{name, severity, kind, after_cutover, views, expects, timeout_seconds}]. approvals: as in
 * REPOINT_AWAITING_APPROVAL, or null. restores: {plan_id, finalized_ts} of what abandon would put back, or
 * null. repoint_free() it.
 */
REPOINT_API char *repoint_deployment_to_json(const repoint_deployment *deployment);

/* Gives the lease back and frees the handle. NULL is allowed. */
REPOINT_API void repoint_deployment_close(repoint_deployment *deployment);

/* All steps, as far as options->until says; *ret_deployment is to be closed. It is also set when a step after
 * the draft fails: the deployment is open then. */
REPOINT_API repoint_status repoint_deploy(repoint_store *store, const repoint_plan *plan,
                                          const repoint_deploy_options *options,
                                          repoint_deployment **ret_deployment, repoint_error *error);

/* Goes on with what is open on the environment, wherever it was left, likewise. */
REPOINT_API repoint_status repoint_resume(repoint_store *store, const char *environment,
                                          const repoint_deploy_options *options,
                                          repoint_deployment **ret_deployment, repoint_error *error);

/*
 * Approves the deployment that is open on an environment, as whom the database takes this connection for. The
 * approval is for the very text of its plan. `plan_id` (or NULL) is the one that is meant: REPOINT_CONFLICT
 * if it is another. REPOINT_REFUSED to its author, and to who is not in a role that the rule names.
 * REPOINT_INVALID where the database does not know its users. Approving twice is no error. It needs the
 * rights to read the store's version and the open deployment, and to insert an approval; no lease. *ret_json:
 * {"environment", "plan_id", "digest", "approver", "author", "is_new", "needed", "roles"}; repoint_free() it.
 */
REPOINT_API repoint_status repoint_approve(repoint_store *store, const char *environment, const char *plan_id,
                                           const char *message, char **ret_json, repoint_error *error);

/* Makes the tables that deployments need, so that who deploys needs no right to make tables. */
REPOINT_API repoint_status repoint_deployments_prepare(repoint_store *store, repoint_error *error);

/* ---- history ---- */

/* Lifts the hold that a rollback left. *ret_was_held (may be NULL). */
REPOINT_API repoint_status repoint_release(repoint_store *store, const char *environment, bool *ret_was_held,
                                           repoint_error *error);

/*
 * {"environment", "revisions": [{"revision", "plan_id", "origin", "author", "message", "finalized_ts",
 * "models"}], "steps": [{"sequence", "plan_id", "step", "outcome", "author", "host", "token", "at_ts",
 * "duration_ms", "detail"}], "approvals": [{"plan_id", "digest", "approver", "message", "at_ts"}]}, oldest
 * first. repoint_free() it.
 */
REPOINT_API repoint_status repoint_history(repoint_store *store, const char *environment, char **ret_json,
                                           repoint_error *error);

/*
 * {"environment", "deployment": null or {"plan_id", "state", "author", "message", "digest", "created_ts"},
 * "lease": null or {"holder", "host", "author", "doing", "since_ts", "expires_ts", "is_expired", "is_dead"},
 * "hold": null or {"revision", "author", "reason", "since_ts"}}. repoint_free() it.
 */
REPOINT_API repoint_status repoint_deployment_status(repoint_store *store, const char *environment,
                                                     char **ret_json, repoint_error *error);

/*
 * Does each view show what the environment's record says? {"environment", "plan_id", "is_finalized", "views":
 * [{"view", "finding": changed | missing | added, "model", "table", "owner"}], "obstacles": [{"code", "name",
 * "message"}], "repaired"}. A view counts as added when no model has it and it is in a schema of the
 * environment's own (or, with the suffix on tables, has its suffix), or, for prod, in one of its schemas and
 * reads a physical table of its models. With `repair` those that are changed or missing are made what they
 * should be, in one transaction under the environment's lease; added ones stay. REPOINT_REFUSED: it is not
 * finalized, or something is in the way. repoint_free() the text.
 */
REPOINT_API repoint_status repoint_verify(repoint_store *store, const char *environment, bool repair,
                                          char **ret_json, repoint_error *error);

/* The array of these for all environments with an open deployment, a lease that is held, or a hold.
 * repoint_free() it. */
REPOINT_API repoint_status repoint_deployments_list(repoint_store *store, char **ret_json,
                                                    repoint_error *error);

/*
 * What a rollback would miss, or will soon, because SQLMesh's janitor asks nobody: [{"environment",
 * "revision", "name", "identifier", "problem": gone | expiring, "expires_ts": null or when SQLMesh's janitor
 * may take it}], for the last `retain` revisions (0: 5) of each environment. Expiring is what expires within
 * two days. repoint_free() it.
 */
REPOINT_API repoint_status repoint_retained_check(repoint_store *store, int64_t retain, char **ret_json,
                                                  repoint_error *error);

/* ---- the janitor ---- */

typedef struct repoint_janitor_options {
    const char *environment; /* only this one, if it has expired, and its views; NULL: everything */
    bool ignore_ttl;         /* also what nothing points to, but may still be kept */
    int64_t retain;          /* how many revisions of each environment keep their tables; 0: 5 */
    size_t limit;            /* how many tables and views to drop at most; 0: all */
} repoint_janitor_options;

/*
 * Removes expired environments, expired snapshots that neither an environment, an open deployment nor a
 * retained revision points to, and merges the log of intervals; then drops the tables and views that nothing
 * needs any more, never with what depends on them. What cannot be dropped is tried again the next time. With
 * the store's option dry_run it tells what would go.
 *
 * {"environments": [{"environment", "expired_ts"}], "snapshots": [{"name", "identifier", "expired_ts"}],
 * "dropped": [{"object", "kind": table | dev table | view | schema, "owner"}], "needed": likewise (somebody
 * uses it again), "failed": likewise, with "attempts" and "reason", "rows_before", "rows_after"}.
 * repoint_free() it.
 */
REPOINT_API repoint_status repoint_janitor(repoint_store *store, const repoint_janitor_options *options,
                                           char **ret_json, repoint_error *error);

/* The record of a revision; free with repoint_environment_free(). REPOINT_NOT_FOUND. */
REPOINT_API repoint_status repoint_revision_get(repoint_store *store, const char *environment,
                                                int64_t revision, repoint_environment **ret_record,
                                                repoint_error *error);

#ifdef __cplusplus
}
#endif

#endif
