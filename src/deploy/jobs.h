/* Work that takes its time, in threads of its own, while this one keeps the lease. */
#ifndef RP_DEPLOY_JOBS_H
#define RP_DEPLOY_JOBS_H

#include <stdatomic.h>

#include "deploy/lease.h"

typedef struct rp_job rp_job;

/* The first member of whatever a job works on. */
struct rp_job {
    void (*work)(rp_job *job);      /* in another thread: it touches neither store nor lease */
    void (*cut_short)(rp_job *job); /* from this thread, at any time, also twice: `work` ends soon */
    _Atomic gint64
        until_us; /* g_get_monotonic_time() at which it is cut short, which `work` sets; 0: never */
};

/*
 * Runs the jobs, at most `at_most` at a time, and returns when all have ended. Renews the lease meanwhile,
 * and looks for repoint_store_interrupt() and the store's time limit: then, or when the lease is lost, the
 * jobs are cut short, and that is the status.
 */
repoint_status rp_jobs_run(repoint_store *store, rp_lease *lease, rp_job *const *jobs, size_t count,
                           size_t at_most, repoint_error *error);

#endif
