/*
 * When a model's data is due: what of a snapshot's node decides which time ranges it should have, and which
 * of them it has not (SQLMesh: Snapshot.missing_intervals and what it stands on). No JSON document is kept,
 * so that thousands of schedules are small.
 */
#ifndef RP_MODEL_SCHEDULE_H
#define RP_MODEL_SCHEDULE_H

#include "base/cron.h"
#include "model/interval.h"
#include "model/kind.h"

/* Cron expressions that were parsed already, and the unit that each stands for; most models share a few. */
typedef struct rp_calendar rp_calendar;

/* `now_ts` is the clock of everything that is counted from "now": units, default ends, execution time. */
rp_calendar *rp_calendar_new(int64_t now_ts);
void rp_calendar_free(rp_calendar *calendar);
int64_t rp_calendar_now(const rp_calendar *calendar);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(rp_calendar, rp_calendar_free)

typedef struct rp_schedule {
    rp_kind kind;
    bool is_model;   /* false: a standalone audit */
    bool has_audits; /* a symbolic model with audits is evaluated too */
    rp_cron *cron;   /* owned reference */
    rp_interval_unit unit;
    int lookback;
    bool allow_partials;
    bool depends_on_self; /* not stored by SQLMesh: only who knows the query can set it */
    bool has_start;
    int64_t start_ts;
    bool has_end;
    bool end_is_date;
    int64_t end_ts;
    int64_t end_exclusive_ts;
    int64_t effective_from_ts; /* 0: none; already floored to the unit */
} rp_schedule;

/*
 * Reads a snapshot's "node" object (and `effective_from`, the snapshot's, or NULL). `what` names it in
 * messages. Cron expressions go through `calendar`. Release with rp_schedule_clear().
 */
repoint_status rp_schedule_read(yyjson_val *node, yyjson_val *effective_from, const char *what,
                                rp_calendar *calendar, rp_schedule *ret_schedule, repoint_error *error);
void rp_schedule_clear(rp_schedule *schedule);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(rp_schedule, rp_schedule_clear)

/* Must earlier intervals be there before later ones? It reads itself, or is only ever loaded as a whole. */
bool rp_schedule_depends_on_past(const rp_schedule *schedule);
/* Has it anything to load or to check? Embedded and external models only with audits. */
bool rp_schedule_is_evaluatable(const rp_schedule *schedule);

/* A range as somebody asks for it: instants, and whether the end was given as a whole day. */
typedef struct rp_time_range {
    int64_t start_ts;
    int64_t end_ts;
    bool end_is_date; /* end_ts is a day's midnight and the day is meant */
} rp_time_range;

/* "start" and "end" as text (rp_time_parse) to a range. */
repoint_status rp_time_range_parse(const char *start, const char *end, int64_t now_ts,
                                   rp_time_range *ret_range, repoint_error *error);

typedef struct rp_alignment {
    bool strict;        /* an empty result is an error (REPOINT_INVALID) */
    bool allow_partial; /* the end need not be on a boundary */
    bool expand;        /* outward to boundaries; else inward */
} rp_alignment;

/*
 * Aligns a requested range to an interval unit (SQLMesh: inclusive_exclusive). Without `strict` the result
 * may have start >= end. A range outside of the years 1 to 9999 is REPOINT_INVALID.
 */
repoint_status rp_align(rp_interval_unit unit, const rp_time_range *range, rp_alignment alignment,
                        rp_interval *ret_interval, repoint_error *error);

/* Adds a range to a snapshot's intervals as its own add_interval does: aligned inward, ignored when empty. */
repoint_status rp_schedule_add_interval(const rp_schedule *schedule, const rp_time_range *range,
                                        rp_intervals *intervals, repoint_error *error);

/*
 * What a removal of `range` takes away (SQLMesh: get_removal_interval). `execution` is the execution time:
 * its end counts, an end that is a date means the whole day; NULL is now.
 */
repoint_status rp_schedule_removal(const rp_schedule *schedule, const rp_intervals *intervals,
                                   const rp_time_range *range, const rp_time_range *execution, bool strict,
                                   bool is_preview, int64_t now_ts, rp_interval *ret_interval,
                                   repoint_error *error);

typedef struct rp_missing_options {
    bool has_execution;
    int64_t execution_ts; /* upper bound of what can be due; now when not given */
    bool ignore_cron;
    bool end_bounded; /* as in the reference, where it changes nothing: the aligned end bounds every result */
} rp_missing_options;

/*
 * The ranges, one an interval unit, that `have` lacks of `range` (SQLMesh: missing_intervals), in order;
 * contiguous ones are not joined. `options` may be NULL; *ret_missing is never NULL. A range that starts
 * after it ends, or that has more than 20 million missing units to look for, is REPOINT_INVALID. Differs from
 * the reference in one point: where it would report a reversed pair (Q3 of docs/compatibility.md), nothing is
 * missing.
 */
repoint_status rp_schedule_missing(const rp_schedule *schedule, const rp_intervals *have,
                                   const rp_time_range *range, const rp_missing_options *options,
                                   int64_t now_ts, GArray **ret_missing /* of rp_interval */,
                                   repoint_error *error);

/*
 * May a load begin at `start_ts`? Not when the snapshot depends on its past and would be left with a
 * hole before it. `snapshot_start_ts` is where its data begins (rp_lineage_start).
 */
repoint_status rp_schedule_is_valid_start(const rp_schedule *schedule, const rp_intervals *have,
                                          int64_t start_ts, int64_t snapshot_start_ts,
                                          const rp_missing_options *options, int64_t now_ts, bool *ret_valid,
                                          repoint_error *error);

/* A set of models that know their parents: where start dates come from (SQLMesh: start_date). */
typedef struct rp_lineage rp_lineage;

rp_lineage *rp_lineage_new(void);
void rp_lineage_free(rp_lineage *lineage);
/* `schedule` and the strings must outlive the lineage. `parents` is NULL-terminated. */
void rp_lineage_add(rp_lineage *lineage, const char *name, const rp_schedule *schedule,
                    const char *const *parents);
/*
 * When the data of `name`, which must have been added, begins: its own start, else its parents' earliest,
 * else the tick before the last one of its cron, seen from `relative_to_ts`. (That is an instant. Where the
 * reference is given text without an offset instead, it reads it in the time zone of each model's cron.)
 */
int64_t rp_lineage_start(rp_lineage *lineage, const char *name, int64_t relative_to_ts);
/* The earliest of all; the midnight one day before that of relative_to for an empty set. */
int64_t rp_lineage_earliest(rp_lineage *lineage, int64_t relative_to_ts);
/*
 * What `name` lacks of a range that is asked of the whole set: as rp_schedule_missing(), but never
 * from before its data begins, nor beyond its own end, and nothing when it begins after the range.
 */
repoint_status rp_lineage_missing(rp_lineage *lineage, const char *name, const rp_intervals *have,
                                  const rp_time_range *range, const rp_missing_options *options,
                                  int64_t now_ts, GArray **ret_missing /* of rp_interval */,
                                  repoint_error *error);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(rp_lineage, rp_lineage_free)

#endif
