/* Time ranges [start, end) in milliseconds, and merged sets of them (SQLMesh: merge_intervals and
 * remove_interval). */
#ifndef RP_MODEL_INTERVAL_H
#define RP_MODEL_INTERVAL_H

#include "base/json.h"

typedef struct rp_interval {
    int64_t start; /* inclusive */
    int64_t end;   /* exclusive */
} rp_interval;

/*
 * A sorted set without overlaps; touching ranges are joined. Zero-initialise; release with
 * rp_intervals_clear().
 */
typedef struct rp_intervals {
    rp_interval *items;
    size_t count;
    size_t capacity;
} rp_intervals;

void rp_intervals_clear(rp_intervals *set);
void rp_intervals_copy(rp_intervals *to, const rp_intervals *from); /* `to` is uninitialised */
void rp_intervals_add(rp_intervals *set, rp_interval interval);     /* an empty or reversed one is ignored */
void rp_intervals_remove(rp_intervals *set, rp_interval interval);  /* likewise */
void rp_intervals_merge(rp_intervals *set, const rp_intervals *other);
/* Is every instant of it in the set? True for an empty one. */
bool rp_intervals_cover(const rp_intervals *set, rp_interval interval);

/* Arrays of [start, end] pairs, in any order, merged while reading. NULL is an empty array. */
repoint_status rp_intervals_from_json(yyjson_val *array, const char *what, rp_intervals *ret_set,
                                      repoint_error *error);
void rp_intervals_write(rp_json_writer *writer, const rp_intervals *set);

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(rp_intervals, rp_intervals_clear)

#endif
