/*
 * The gap check: would a model lose time ranges that its readers have now?
 *
 * For each incremental model whose version changes, the new version must have everything from where its data
 * begins up to where the old one's ends.
 */
#ifndef RP_STATE_GAPS_H
#define RP_STATE_GAPS_H

#include "model/environment.h"
#include "model/interval.h"
#include "state/store.h"

typedef struct rp_gap {
    char *name;             /* the model */
    rp_intervals intervals; /* what is missing, contiguous ones joined */
} rp_gap;

/* What is stored of the new environment's snapshots: identifier by name, version by name. Borrowed by the
 * check. */
typedef struct rp_gap_check {
    const repoint_environment *stored;  /* the environment as it is */
    const repoint_environment *planned; /* as it would be */
    GHashTable *names;                  /* set of full names to check; NULL: all */
} rp_gap_check;

/* *ret_gaps: array of rp_gap, owned, by name. Reads only; in the caller's transaction. */
repoint_status rp_gaps_find(repoint_store *store, const rp_gap_check *check, GPtrArray **ret_gaps,
                            repoint_error *error);

/* REPOINT_GAPS with the models in names and the ranges in detail; REPOINT_OK for an empty array. */
repoint_status rp_gaps_fail(const GPtrArray *gaps, const char *environment, repoint_error *error);

/* [{"name", "ranges": [[start, end], ...]}, ...] with ISO times. */
void rp_gaps_write(rp_json_writer *writer, const GPtrArray *gaps);

/*
 * The set of names that a caller's list means: each resolved among the models of both environments, or taken
 * as it is with `exact`. `names` is NULL-terminated; `stored` may be NULL.
 */
repoint_status rp_gap_names_resolve(const char *const *names, bool exact, const repoint_environment *planned,
                                    const repoint_environment *stored, GHashTable **ret_names,
                                    repoint_error *error);

#endif
