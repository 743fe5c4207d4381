/*
 * The lease: who may change an environment, until when.
 *
 *     free ──take──▶ held (token n) ──release──▶ free
 *                      │      ▲
 *                      │ renew┘
 *                      └──its time passes, or its process has died──▶ anybody may take it: token n + 1
 *
 * The token only grows. Every write of a deployment stands behind rp_lease_fence() in its transaction, which
 * fails for a token that is not the newest: who lost the lease, however long he was stopped, writes nothing
 * (guarantee 6). The fence also locks the lease's row until the commit, so nobody takes it meanwhile.
 *
 * Its clock is the database's, so that the clocks of hosts do not matter.
 */
#ifndef RP_DEPLOY_LEASE_H
#define RP_DEPLOY_LEASE_H

#include "state/store.h"

#define RP_LEASE_DEFAULT_SECONDS 60

typedef struct rp_lease {
    char *environment; /* NULL: no lease */
    char *holder;      /* a random id: the process may hold others; NULL: rp_lease_look() */
    char *author;      /* rp_identity() */
    int64_t token;
    int64_t duration_ms;
    gint64 renewed_us; /* g_get_monotonic_time() */
} rp_lease;

/*
 * Takes the lease. REPOINT_CONFLICT at once when somebody else holds it: the message says who, on which host,
 * since when, doing what. `doing` is for others to read ("deploy").
 */
repoint_status rp_lease_take(repoint_store *store, const char *environment, const char *doing, double seconds,
                             rp_lease *ret_lease, repoint_error *error);

/* The same, and tries again for `wait_seconds` while somebody else holds it. */
repoint_status rp_lease_take_within(repoint_store *store, const char *environment, const char *doing,
                                    double seconds, double wait_seconds, rp_lease *ret_lease,
                                    repoint_error *error);

/* For a dry run: whether it could be taken. REPOINT_CONFLICT as taking it would have. *ret_lease is set
 * either way: it has the newest token, and is not held. */
repoint_status rp_lease_look(repoint_store *store, const char *environment, rp_lease *ret_lease,
                             repoint_error *error);

/* In a write transaction, before its first write: REPOINT_CONFLICT if the lease is lost. Renews it. From then
 * on the database ends the session of a process that hangs inside the transaction, where it can: the lock of
 * the lease's row must not outlast the lease. */
repoint_status rp_lease_fence(repoint_store *store, rp_lease *lease, repoint_error *error);

/* Renews it when a third of its time is over; a transaction of its own. REPOINT_CONFLICT if it is lost. */
repoint_status rp_lease_renew(repoint_store *store, rp_lease *lease, repoint_error *error);

/*
 * Gives a lease that is still held a token above `token`; a transaction of its own. For a warehouse that has
 * seen larger tokens than this state has given out: it served the state's original before this copy of it.
 */
repoint_status rp_lease_raise(repoint_store *store, rp_lease *lease, int64_t token, repoint_error *error);

/* Ends it, if it is still held, in the caller's write transaction. */
repoint_status rp_lease_end(repoint_store *store, rp_lease *lease, repoint_error *error);

/* Ends it, as far as that can be done, in a transaction of its own, and frees what it holds. */
void rp_lease_release(repoint_store *store, rp_lease *lease);

/* Who holds a lease, as JSON {holder, host, author, doing, since_ts, expires_ts, is_expired, is_dead};
 * *ret_json is NULL when nobody does. g_free() */
repoint_status rp_lease_describe(repoint_store *store, const char *environment, char **ret_json,
                                 repoint_error *error);

/* "anna@etl-3 (4711)": this process, for others to read. g_free() */
char *rp_lease_host(void);

#endif
