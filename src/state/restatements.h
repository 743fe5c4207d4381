/* When models are restated by themselves: the rows of _auto_restatements. */
#ifndef RP_STATE_RESTATEMENTS_H
#define RP_STATE_RESTATEMENTS_H

#include "state/store.h"

typedef struct rp_auto_restatement {
    const char *name;
    const char *version;
    int64_t next_ts; /* RP_TS_NONE: not scheduled any more */
} rp_auto_restatement;

/* Replaces the rows of these versions; of several for one version the last counts. In the caller's write
 * transaction. */
repoint_status rp_auto_restatements_store(repoint_store *store, const rp_auto_restatement *restatements,
                                          size_t count, repoint_error *error);

#endif
