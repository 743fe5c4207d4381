/* Jobs. See deploy/jobs.h. */
#include "deploy/jobs.h"

#include <signal.h>

#define LOOK_US (G_USEC_PER_SEC / 20)

typedef struct crew {
    rp_job *const *jobs;
    size_t count;
    GMutex lock; /* of what follows */
    GCond ended;
    size_t next;    /* the first job that nobody works on yet */
    size_t working; /* threads that have not come to their end */
} crew;

static rp_job *take_job(crew *of)
{
    g_mutex_lock(&of->lock);
    rp_job *job = of->next < of->count ? of->jobs[of->next++] : NULL;
    g_mutex_unlock(&of->lock);
    return job;
}

static gpointer work(gpointer context)
{
    crew *of = context;
    rp_job *job;
    while ((job = take_job(of)) != NULL)
        job->work(job);
    g_mutex_lock(&of->lock);
    of->working--;
    g_cond_signal(&of->ended);
    g_mutex_unlock(&of->lock);
    return NULL;
}

/* Signals are for the thread that the caller has them handled in. */
static void start(crew *of, GPtrArray *threads, size_t at_most)
{
    sigset_t all, before;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    of->working = MIN(of->count, at_most);
    for (size_t i = 0; i < MIN(of->count, at_most); i++)
        g_ptr_array_add(threads, g_thread_new("repoint-job", work, of));
    pthread_sigmask(SIG_SETMASK, &before, NULL);
}

/* False when all have ended. */
static bool wait_a_little(crew *of)
{
    gint64 until_us = g_get_monotonic_time() + LOOK_US;
    g_mutex_lock(&of->lock);
    while (of->working > 0 && g_cond_wait_until(&of->ended, &of->lock, until_us))
        ;
    bool is_working = of->working > 0;
    g_mutex_unlock(&of->lock);
    return is_working;
}

static void cut_late_short(const crew *of)
{
    gint64 now = g_get_monotonic_time();
    for (size_t i = 0; i < of->count; i++) {
        gint64 until_us = atomic_load(&of->jobs[i]->until_us);
        if (until_us != 0 && now > until_us)
            of->jobs[i]->cut_short(of->jobs[i]);
    }
}

static void cut_all_short(crew *of)
{
    g_mutex_lock(&of->lock);
    of->next = of->count;
    g_mutex_unlock(&of->lock);
    for (size_t i = 0; i < of->count; i++)
        of->jobs[i]->cut_short(of->jobs[i]);
}

repoint_status rp_jobs_run(repoint_store *store, rp_lease *lease, rp_job *const *jobs, size_t count,
                           size_t at_most, repoint_error *error)
{
    crew of = {.jobs = jobs, .count = count};
    g_autoptr(GPtrArray) threads = g_ptr_array_new();
    repoint_status status = REPOINT_OK;
    g_mutex_init(&of.lock);
    g_cond_init(&of.ended);
    start(&of, threads, at_most);
    while (wait_a_little(&of)) {
        if (status == REPOINT_OK)
            status = rp_store_check(store, error);
        if (status == REPOINT_OK)
            status = rp_lease_renew(store, lease, error);
        if (status != REPOINT_OK)
            cut_all_short(&of);
        else
            cut_late_short(&of);
    }
    for (guint i = 0; i < threads->len; i++)
        g_thread_join(g_ptr_array_index(threads, i));
    g_mutex_clear(&of.lock);
    g_cond_clear(&of.ended);
    return status;
}
