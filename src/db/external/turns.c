/* See turns.h. */
#include "db/external/turns.h"

static GMutex lock;
static GCond changed;
static GHashTable *taken; /* the databases that somebody is writing to */

bool rp_turns_take(const char *database, gint64 until_us)
{
    g_mutex_lock(&lock);
    if (taken == NULL)
        taken = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
    bool in_time = true;
    while (g_hash_table_contains(taken, database) && in_time)
        in_time = g_cond_wait_until(&changed, &lock, until_us);
    if (in_time)
        g_hash_table_add(taken, g_strdup(database));
    g_mutex_unlock(&lock);
    return in_time;
}

void rp_turns_give_back(const char *database)
{
    g_mutex_lock(&lock);
    g_hash_table_remove(taken, database);
    g_cond_broadcast(&changed);
    g_mutex_unlock(&lock);
}
