/* What a snapshot says about the view that shows it: comments and grants. */
#ifndef RP_DEPLOY_PROPERTIES_H
#define RP_DEPLOY_PROPERTIES_H

#include "model/snapshot.h"
#include "warehouse/views.h"

/* NULL when it says nothing. Free with rp_view_properties_free(). */
rp_view_properties *rp_properties_of(const repoint_snapshot *snapshot);

#endif
