/*
 * Reading the log of intervals.
 *
 * _intervals is a log: rows that add, remove or mark as pending, replayed in the order of created_ts.
 * Replaying gives accumulators; a snapshot takes its intervals from those of its version (and its development
 * version).
 */
#ifndef RP_STATE_REPLAY_H
#define RP_STATE_REPLAY_H

#include "model/schedule.h"
#include "state/store.h"

/* What the rows of one writer amount to. identifier and dev_version are NULL for rows that belong to the
 * version as a whole: pending restatements, and what deleted snapshots left. */
typedef struct rp_accumulator {
    char *name;
    char *version;
    char *identifier;
    char *dev_version;
    rp_intervals intervals;
    rp_intervals dev_intervals;
    rp_intervals pending;
    int64_t last_altered_ts; /* RP_TS_NONE: never */
    int64_t dev_last_altered_ts;
} rp_accumulator;

typedef struct rp_replay rp_replay;

/* Replays the log of these (name, version) keys. */
repoint_status rp_replay_load(repoint_store *store, const rp_db_keys *name_versions, rp_replay **ret_replay,
                              repoint_error *error);
/* Replays the log of the versions of these snapshots (name, identifier). */
repoint_status rp_replay_load_of(repoint_store *store, const rp_db_keys *ids, rp_replay **ret_replay,
                                 repoint_error *error);
/* Replays every version that has a row which is not compacted, and deletes what it has read: so many rows. */
repoint_status rp_replay_take_uncompacted(repoint_store *store, size_t *ret_rows, rp_replay **ret_replay,
                                          repoint_error *error);
void rp_replay_free(rp_replay *replay);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(rp_replay, rp_replay_free)

/* The newest created_ts of the rows that were replayed; 0 for none. */
int64_t rp_replay_newest_ts(const rp_replay *replay);

/* The accumulators, without empty ones, in the order in which their rows began. */
const GPtrArray *rp_replay_all(const rp_replay *replay);

/* What one snapshot has. Zero-initialise; release with rp_loaded_clear(). */
typedef struct rp_loaded {
    rp_intervals intervals;
    rp_intervals dev_intervals;
    rp_intervals pending;
    int64_t last_altered_ts;
    int64_t dev_last_altered_ts;
} rp_loaded;

void rp_loaded_clear(rp_loaded *loaded);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(rp_loaded, rp_loaded_clear)

/* Who asks: the snapshot whose intervals are wanted. */
typedef struct rp_reader {
    const char *name;
    const char *version;
    const char *identifier;
    const char *dev_version;
    const rp_schedule *schedule;
} rp_reader;

/* Fills `loaded` with what the log says of this snapshot. */
repoint_status rp_replay_hydrate(const rp_replay *replay, const rp_reader *reader, rp_loaded *loaded,
                                 repoint_error *error);

#endif
