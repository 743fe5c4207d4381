/*
 * Dry runs of a deployment: what its steps would do, and what they would refuse.
 *
 * A handle of a store with the option dry_run has a rehearsal, and neither a lease nor a claim on the
 * warehouse's fence. Each public step has a counterpart here, which only reads: it notes what the step would
 * do, in the order in which it would, and fails as the step would. What only doing can tell, it does not:
 * whether checks pass, whether readers leave a gap.
 */
#ifndef RP_DEPLOY_REHEARSAL_H
#define RP_DEPLOY_REHEARSAL_H

#include "deploy/deployment.h"

typedef struct rp_rehearsal {
    bool is_under_way;      /* `reached` has been set */
    rp_draft_state reached; /* the state that the deployment would be in by now */
    GPtrArray *steps;       /* of const char *: "draft", "candidate", "check", ...; see repoint/deploy.h */
    GPtrArray *candidates;  /* of char *, owned: views that would be made, or dropped */
    GPtrArray *checks;      /* of char *, owned: JSON objects */
    char *approvals_json;   /* NULL: none are needed */
    char *restores_json;    /* what abandon would put back; or NULL */
} rp_rehearsal;

rp_rehearsal *rp_rehearsal_new(void);
void rp_rehearsal_free(rp_rehearsal *rehearsal); /* NULL is allowed */

/* In the place of taking the lease: REPOINT_CONFLICT where it is held; a warning where it would be waited
 * for.
 */
repoint_status rp_rehearse_lease(repoint_deployment *deployment, const char *environment,
                                 repoint_error *error);

repoint_status rp_rehearse_candidate(repoint_deployment *deployment, repoint_error *error);
repoint_status rp_rehearse_check(repoint_deployment *deployment, repoint_error *error);
repoint_status rp_rehearse_cutover(repoint_deployment *deployment, repoint_error *error);
repoint_status rp_rehearse_abandon(repoint_deployment *deployment, repoint_error *error);

/* Writes the key "would": {steps, candidates, checks, approvals, obstacles, restores}. */
void rp_rehearsal_write(rp_json_writer *writer, const repoint_deployment *deployment);

#endif
