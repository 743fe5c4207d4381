/* An open deployment as the steps of this folder see it. The public side is include/repoint/deploy.h. */
#ifndef RP_DEPLOY_DEPLOYMENT_H
#define RP_DEPLOY_DEPLOYMENT_H

#include "deploy/draft.h"
#include "deploy/journal.h"
#include "deploy/plan.h"
#include "warehouse/fence.h"
#include "warehouse/manner.h"

struct repoint_deployment {
    repoint_store *store;
    rp_db *warehouse;
    rp_manner manner;        /* in which views change */
    bool is_one_transaction; /* state and views change in one; else deploy/apart.c */
    rp_lease lease;
    rp_draft draft;               /* its environment is NULL once the deployment is over */
    repoint_plan *plan;           /* what was decided, and what was found when somebody last looked */
    repoint_environment *record;  /* as it was finalized; NULL before */
    repoint_promotion *promotion; /* NULL before the cutover */
    GPtrArray *changes;           /* the views that the cutover changed */
    GPtrArray *warnings;          /* of char *, owned */
    gint64 held_us;               /* how long the cutover kept readers waiting, at most */
    repoint_deploy_until until;
    repoint_deploy_options options; /* its strings are the caller's */
    char *author;                   /* the draft's, and its digest: also when the deployment is over */
    char *digest;
    gint64 checking_since_us;
    char *checks_json; /* what the checks said that ran last; or NULL */
    bool sees_roles;   /* of others, on MariaDB */
    bool has_moved;    /* time ranges have, since the checks: the cutover gave way */
    bool told_promoted;
    unsigned depth;                 /* of steps within steps: the outermost tells of a failure */
    struct rp_rehearsal *rehearsal; /* of a dry run: what would be done (deploy/rehearsal.h); else NULL */
    char *message;
    double wait_seconds;
    double cutover_seconds;
    GStrv candidate_readers;
};

G_DEFINE_AUTOPTR_CLEANUP_FUNC(repoint_deployment, repoint_deployment_close)

/* A handle without a lease. */
repoint_deployment *rp_deployment_new(repoint_store *store, const repoint_deploy_options *options);
/* Looks at the plan as begin does, and refuses as it does. */
repoint_status rp_deployment_examine_for_reading(repoint_deployment *deployment, repoint_error *error);

/* A step of a deployment, and how it fares in the journal when it fails. */
typedef repoint_status (*rp_deployment_step)(repoint_deployment *deployment, repoint_error *error);
repoint_status rp_deployment_run(repoint_deployment *deployment, const char *name, rp_deployment_step step,
                                 repoint_error *error);

/* A public step: the outermost one tells the hooks when it fails. In a dry run its `rehearsal` takes its
 * place, which reads and tells nobody; NULL: nothing is to be said. */
repoint_status rp_deployment_step_public(repoint_deployment *deployment, rp_deployment_step step,
                                         rp_deployment_step rehearsal, repoint_error *error);

/* Sees to it that the plan has been compared with what is there, without refusing anything. */
repoint_status rp_deployment_look(repoint_deployment *deployment, repoint_error *error);

/* Tells once a handle that there is a draft. */
repoint_status rp_deployment_tell_promoted(repoint_deployment *deployment, repoint_error *error);

/* Marks the draft as reading what is in the tables now, if their time ranges have changed
 * (deploy/cutover.c). */
repoint_status rp_deployment_refresh_mark(repoint_deployment *deployment, repoint_error *error);

/* *ret_moved: what the checks have looked at is not what is there now (deploy/cutover.c). */
repoint_status rp_deployment_find_moved(const repoint_deployment *deployment, bool *ret_moved,
                                        repoint_error *error);

/* From CHECKED back to CANDIDATE, and the checks once more. */
repoint_status rp_deployment_check_again(repoint_deployment *deployment, repoint_error *error);

/* Begins a plan's deployment under the lease of another handle, which loses it. */
repoint_status rp_deployment_begin_after(repoint_deployment *before, const repoint_plan *plan,
                                         const repoint_deploy_options *options,
                                         repoint_deployment **ret_deployment, repoint_error *error);

/* A row in the journal about a failed step, where one can still be written. */
void rp_deployment_note_failure(repoint_deployment *deployment, const char *name, gint64 began_us,
                                const repoint_error *failure);

/* Appends a row about this deployment, in the step's own transaction. */
repoint_status rp_deployment_note(repoint_deployment *deployment, const char *step, gint64 began_us,
                                  const char *detail, repoint_error *error);

/* Moves the draft on in the caller's transaction; the handle follows with rp_deployment_moved() after its
 * commit. */
repoint_status rp_deployment_move(repoint_deployment *deployment, rp_draft_state to, gint64 began_us,
                                  repoint_error *error);

/* Looks anew at the plan against what is stored now, in the caller's transaction, and refuses gaps and
 * obstacles. `lock` locks the environment's row. */
repoint_status rp_deployment_examine(repoint_deployment *deployment, bool lock, repoint_error *error);

/* Refuses what stands in the way: the first is the error. Rights that whoever does the cutover needs are not
 * asked of who only `prepares` it. */
repoint_status rp_deployment_fail_obstacles(const GPtrArray *obstacles, bool prepares,
                                            const char *environment, repoint_error *error);

/* Drops the candidates and closes the deployment; the journal says `step`. */
repoint_status rp_deployment_clean_up(repoint_deployment *deployment, const char *step, repoint_error *error);

/* Why a deployment cannot be abandoned: its views have changed; somebody else has changed the environment
 * since it was promoted. */
repoint_status rp_abandon_fail_too_late(const repoint_deployment *deployment, repoint_error *error);
repoint_status rp_abandon_fail_changed(const repoint_deployment *deployment, repoint_error *error);
/* Somebody else has changed the environment in the middle of the switch: it goes neither on nor back. */
repoint_status rp_switch_fail_overtaken(const repoint_deployment *deployment, const char *hint,
                                        repoint_error *error);

/* ---- a record that is promoted already (deploy/promoted.c) ---- */

/* Is the record that is stored the one which this promotion wrote? */
repoint_status rp_promoted_is_there(repoint_store *store, const rp_draft *draft, bool lock,
                                    bool *ret_is_there, repoint_error *error);
/* REPOINT_REFUSED where record and views cannot change in one transaction. */
repoint_status rp_promoted_check_place(const repoint_deployment *deployment, repoint_error *error);

/* What its promotion replaced and added, from what the draft remembers. */
repoint_status rp_promoted_recall(repoint_deployment *deployment, repoint_error *error);
/* Begins the transaction of a cutover whose record was promoted ahead, and looks at everything again. */
repoint_status rp_promoted_look_again(repoint_deployment *deployment, rp_transaction *transaction,
                                      repoint_error *error);

/* ---- a warehouse whose views do not change with the state (deploy/apart.c) ---- */

/* What the warehouse's fence is asked with. */
rp_fence rp_apart_fence(const repoint_deployment *deployment);
/* Shuts out of the warehouse everybody who held the lease before. */
repoint_status rp_apart_claim(repoint_deployment *deployment, repoint_error *error);
/* Makes and drops the candidates, behind the fence. */
repoint_status rp_apart_make_candidates(repoint_deployment *deployment, repoint_error *error);
repoint_status rp_apart_drop_candidates(repoint_deployment *deployment, repoint_error *error);

/* In the middle of a switch, what the fence says: *ret_is_passed: the views are the new ones. */
repoint_status rp_switch_is_passed(repoint_deployment *deployment, bool *ret_is_passed, repoint_error *error);
/* Has somebody else replaced the environment's record in the middle of a switch? */
repoint_status rp_switch_is_overtaken(repoint_deployment *deployment, bool *ret_is_overtaken,
                                      repoint_error *error);
/* Puts the environment's row back as it was before the switch, which has not changed the views; or not all of
 * them, and then these before. */
repoint_status rp_switch_undo(repoint_deployment *deployment, repoint_error *error);

#endif
