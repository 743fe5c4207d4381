/* Events: what happens to a deployment, and who is told. The events are in include/repoint/deploy.h. */
#ifndef RP_DEPLOY_EVENT_H
#define RP_DEPLOY_EVENT_H

#include "deploy/deployment.h"

/* Is something for this environment? NULL is for all. */
bool rp_concerns(const char *const *environments, const char *environment);

/*
 * Tells the caller's callback and the hooks, outside a transaction. REPOINT_REFUSED when one that is required
 * fails before the cutover, and this is no rollback; other failures are warnings. The plan has been examined.
 */
repoint_status rp_event_tell(repoint_deployment *deployment, const char *event, repoint_error *error);

/* The same about a step that failed. */
void rp_event_tell_failure(repoint_deployment *deployment, const repoint_error *failure);

/* Gives what a command wrote to whoever wants to see it, line by line. */
void rp_tell_output(const repoint_deploy_options *options, const char *name, const char *output);

#endif
