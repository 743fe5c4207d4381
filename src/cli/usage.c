/* The environments of each snapshot: see usage.h. */
#include "cli/usage.h"

#include "cli/handles.h"

struct rp_usage {
    GPtrArray *environments; /* names, owned */
    GHashTable *by_snapshot; /* "name\nidentifier", owned, to a GPtrArray of names of `environments`, owned */
};

static char *key_of(const char *name, const char *identifier)
{
    return g_strconcat(name, "\n", identifier, NULL);
}

/* The list of a snapshot, NULL-terminated at all times so that it can be handed out. */
static GPtrArray *list_for(rp_usage *usage, const repoint_table *table)
{
    char *key = key_of(repoint_table_name(table), repoint_table_identifier(table));
    GPtrArray *list = g_hash_table_lookup(usage->by_snapshot, key);
    if (list != NULL) {
        g_free(key);
        return list;
    }
    list = g_ptr_array_new();
    g_ptr_array_add(list, NULL);
    g_hash_table_insert(usage->by_snapshot, key, list);
    return list;
}

static void add_environment(rp_usage *usage, const repoint_environment *environment, const char *name)
{
    for (size_t i = 0; i < repoint_environment_table_count(environment); i++) {
        GPtrArray *list = list_for(usage, repoint_environment_table(environment, i));
        g_ptr_array_insert(list, (int)list->len - 1, (char *)name);
    }
}

static bool collect_name(void *context, const repoint_environment_row *environment)
{
    g_ptr_array_add(((rp_usage *)context)->environments, g_strdup(environment->name));
    return true;
}

repoint_status rp_usage_load(repoint_store *store, rp_usage **ret_usage, repoint_error *error)
{
    g_autoptr(rp_usage) usage = g_new0(rp_usage, 1);
    usage->environments = g_ptr_array_new_with_free_func(g_free);
    usage->by_snapshot =
        g_hash_table_new_full(g_str_hash, g_str_equal, g_free, (GDestroyNotify)g_ptr_array_unref);
    repoint_status status = repoint_environments_list(store, collect_name, usage, error);
    for (guint i = 0; status == REPOINT_OK && i < usage->environments->len; i++) {
        const char *name = g_ptr_array_index(usage->environments, i);
        g_autoptr(repoint_environment) environment = NULL;
        status = repoint_environment_get(store, name, &environment, error);
        if (status == REPOINT_OK)
            add_environment(usage, environment, name);
        if (status == REPOINT_NOT_FOUND) { /* somebody removed it since the list was read */
            repoint_error_clear(error);
            status = REPOINT_OK;
        }
    }
    if (status == REPOINT_OK)
        *ret_usage = g_steal_pointer(&usage);
    return status;
}

void rp_usage_free(rp_usage *usage)
{
    if (usage == NULL)
        return;
    g_ptr_array_unref(usage->environments);
    g_hash_table_unref(usage->by_snapshot);
    g_free(usage);
}

const char *const *rp_usage_of(const rp_usage *usage, const char *name, const char *identifier)
{
    static const char *const nothing[] = {NULL};
    g_autofree char *key = key_of(name, identifier);
    const GPtrArray *list = g_hash_table_lookup(usage->by_snapshot, key);
    return list == NULL ? nothing : (const char *const *)list->pdata;
}
