/*
 * Approvals: who, other than its author, has agreed to the very text of a deployment's plan.
 *
 * The rule that an author's configuration had is a part of the plan's text, and so of the digest; whoever
 * cuts over has to meet that rule, and the one of his own configuration as well. What makes an approval worth
 * something is the database: its row names whom the server knows the connection as (docs/security.md).
 */
#ifndef RP_DEPLOY_APPROVE_H
#define RP_DEPLOY_APPROVE_H

#include "deploy/deployment.h"

/* The rule of the caller's configuration for an environment, or NULL. */
const repoint_approval_rule *rp_approval_rule_for(const repoint_deploy_options *options,
                                                  const char *environment);

/* REPOINT_INVALID when the configuration wants approvals on a database that does not know its users. */
repoint_status rp_approvals_possible(const repoint_deployment *deployment, const char *environment,
                                     repoint_error *error);

/* Puts the rule of the configuration into the plan, before its text is kept. */
void rp_approvals_remember(repoint_deployment *deployment);

/* Before the cutover begins, outside a transaction: finds out what this connection may know of others'
 * roles, and counts, so that nobody waits for readers in vain. *ret_needed: there is a rule. */
repoint_status rp_approvals_look(repoint_deployment *deployment, bool *ret_needed, repoint_error *error);

/* What a deployment that is not begun yet would wait for: {"needed", "given", "missing", "roles"}; NULL:
 * nothing. g_free() */
char *rp_approvals_awaited(const repoint_deployment *deployment);

/* In the cutover's transaction: counts, and writes rule and approvers into the journal.
 * REPOINT_AWAITING_APPROVAL. */
repoint_status rp_approvals_count(repoint_deployment *deployment, repoint_error *error);

#endif
