/* What comes when readers see the new tables: checks on what they see, and the way back. */
#ifndef RP_DEPLOY_AFTER_H
#define RP_DEPLOY_AFTER_H

#include "deploy/deployment.h"

/*
 * Runs the checks that are for after the cutover, puts away what is left of the deployment, and tells the
 * hooks. REPOINT_CHECK_FAILED when a check has rolled the environment back; everything else that goes wrong
 * is a warning, for the environment is what it was to become.
 */
repoint_status rp_deployment_conclude(repoint_deployment *deployment, repoint_error *error);

#endif
