/* The library's values freed at the end of a scope, as GLib does it: g_autoptr(repoint_plan),
 * g_auto(rp_library_text). */
#ifndef RP_CLI_HANDLES_H
#define RP_CLI_HANDLES_H

#include <glib.h>

#include "repoint/repoint.h"

G_DEFINE_AUTOPTR_CLEANUP_FUNC(repoint_environment, repoint_environment_free)
G_DEFINE_AUTOPTR_CLEANUP_FUNC(repoint_snapshot, repoint_snapshot_free)
G_DEFINE_AUTOPTR_CLEANUP_FUNC(repoint_table, repoint_table_free)
G_DEFINE_AUTOPTR_CLEANUP_FUNC(repoint_interval_list, repoint_interval_list_free)
G_DEFINE_AUTOPTR_CLEANUP_FUNC(repoint_promotion, repoint_promotion_free)
G_DEFINE_AUTOPTR_CLEANUP_FUNC(repoint_plan, repoint_plan_free)
G_DEFINE_AUTOPTR_CLEANUP_FUNC(repoint_deployment, repoint_deployment_close)

/* A string that is to be released with repoint_free(). */
typedef char *rp_library_text;
G_DEFINE_AUTO_CLEANUP_FREE_FUNC(rp_library_text, repoint_free, NULL)

#endif
