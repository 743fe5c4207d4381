/* What the two kinds of cutover share: that in one transaction (cutover.c) and that in three steps
 * (switch.c). */
#ifndef RP_DEPLOY_CUTOVER_H
#define RP_DEPLOY_CUTOVER_H

#include "deploy/deployment.h"

/* How long to try to get in between readers before everything is looked at again: so long other writers of
 * environments wait for ours. */
#define RP_CUTOVER_TRIES_IN_A_ROW_US G_USEC_PER_SEC

/* Lets readers through: longer with each try, at random. */
void rp_cutover_pause(unsigned tries);

/* Begins the transaction, looks at everything again, and promotes the record. */
repoint_status rp_cutover_promote(repoint_deployment *deployment, rp_transaction *transaction,
                                  repoint_error *error);
/* What makes a promoted record the environment; in the caller's transaction. */
repoint_status rp_cutover_complete(repoint_deployment *deployment, gint64 began_us, repoint_error *error);

/* Compares the views as they are now with what they should be. */
repoint_status rp_cutover_compare(repoint_deployment *deployment, repoint_error *error);
/* What was found when the views were compared is what the deployment tells of itself. */
void rp_cutover_keep_changes(repoint_deployment *deployment);

/* Changes all views in the warehouse's transaction: tries for a second at most to get in between the readers.
 */
repoint_status rp_cutover_change_views(repoint_deployment *deployment, gint64 until_us, repoint_error *error);
/* Readers need not wait any more. */
void rp_cutover_note_held(repoint_deployment *deployment);
/* Readers left no gap until the time was over: the error says who they are. */
void rp_cutover_explain(repoint_deployment *deployment, repoint_status status, repoint_error *error);

/* ---- three steps (deploy/switch.c) ---- */

repoint_status rp_switch_cut_over(repoint_deployment *deployment, gint64 until_us, repoint_error *error);
/* From SWITCHING on, after a crash. */
repoint_status rp_switch_go_on(repoint_deployment *deployment, gint64 until_us, repoint_error *error);

/* Where views have begun to change one after another: makes them what they were before (deploy/put_back.c).
 */
repoint_status rp_switch_put_back(repoint_deployment *deployment, repoint_error *error);

#endif
