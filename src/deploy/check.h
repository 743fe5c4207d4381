/*
 * Checks: what has to hold before readers see the new tables, or after they do.
 *
 * Those before the cutover read the candidate views, those after it the environment's own. Each runs in a
 * thread: SQL on a connection of its own, in a transaction that only reads; a command as a process. Where
 * nobody else can connect to the warehouse (memory:) they run one after another on its only connection,
 * without time limits.
 */
#ifndef RP_DEPLOY_CHECK_H
#define RP_DEPLOY_CHECK_H

#include "deploy/deployment.h"

/*
 * Runs the checks that are for this moment and environment, outside a transaction, and keeps what they say in
 * `deployment->checks_json`; failures of severity warn go to its warnings. REPOINT_CHECK_FAILED when others
 * failed; *ret_rolls_back (or NULL): one of those wants the environment rolled back. A model that a check
 * names and that there is not is REPOINT_INVALID.
 */
repoint_status rp_checks_run(repoint_deployment *deployment, bool after_cutover, bool *ret_rolls_back,
                             repoint_error *error);

/*
 * The same checks, not run: appends a JSON object of each to `texts`, {"name", "severity", "kind",
 * "after_cutover", "views": [text], "expects", "timeout_seconds"}. The plan has been examined.
 */
repoint_status rp_checks_describe(repoint_deployment *deployment, bool after_cutover, GPtrArray *texts,
                                  repoint_error *error);

#endif
