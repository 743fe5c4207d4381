/* Lists of grants. See warehouse/grants.h. */
#include "warehouse/grants.h"

#include <string.h>

const char *rp_grant_source_name(rp_grant_source source)
{
    static const char *const names[] = {
        [RP_GRANT_OWN] = "own",
        [RP_GRANT_SNAPSHOT] = "snapshot",
        [RP_GRANT_DEFAULT] = "default",
        [RP_GRANT_SCHEMA] = "schema",
    };
    return names[source];
}

static void grant_free(gpointer data)
{
    rp_view_grant *grant = data;
    g_free(grant->grantee);
    g_free(grant->privilege);
    g_free(grant->column);
    g_free(grant);
}

GPtrArray *rp_view_grants_new(void)
{
    return g_ptr_array_new_with_free_func(grant_free);
}

void rp_view_grants_add(GPtrArray *grants, const rp_view_grant *grant)
{
    rp_view_grant *copy = g_new(rp_view_grant, 1);
    *copy = *grant;
    copy->grantee = g_strdup(grant->grantee);
    copy->privilege = g_strdup(grant->privilege);
    copy->column = g_strdup(grant->column);
    g_ptr_array_add(grants, copy);
}

bool rp_view_grants_let_read(const GPtrArray *grants)
{
    for (guint i = 0; i < grants->len; i++) {
        const rp_view_grant *grant = g_ptr_array_index(grants, i);
        bool reads = strcmp(grant->privilege, "SELECT") == 0 || strcmp(grant->privilege, "ALL") == 0;
        if (reads && grant->is_afterwards)
            return true;
    }
    return false;
}
