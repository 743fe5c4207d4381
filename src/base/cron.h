/*
 * Cron expressions, the interval units that follow from them, and their ticks, as croniter and SQLMesh
 * count them. A tick is an instant in milliseconds since 1970 UTC.
 */
#ifndef RP_BASE_CRON_H
#define RP_BASE_CRON_H

#include "base/error.h"

typedef struct rp_cron rp_cron; /* immutable, reference-counted */

/*
 * Five fields, or six with seconds last; names, lists, ranges, steps, L, 15W, sun#2, L5 and the @aliases; at
 * most 200 bytes. A day of month and a day of week that are both restricted are joined by "or". `time_zone`
 * (IANA; NULL or "UTC" is UTC) is where its wall clock stands. Fails with REPOINT_INVALID for a malformed
 * expression, one that never fires, or an unknown time zone.
 */
repoint_status rp_cron_parse(const char *expression, const char *time_zone, rp_cron **ret_cron,
                             repoint_error *error);
rp_cron *rp_cron_ref(rp_cron *cron);
void rp_cron_unref(rp_cron *cron);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(rp_cron, rp_cron_unref)

/*
 * Where the zone's clock is set back a tick fires at both times; where it is set forward the ticks skipped
 * fire when it resumes, unless every hour has one. `ts` outside the years 1 to 9999 is taken for the nearer
 * end.
 */
int64_t rp_cron_next(const rp_cron *cron, int64_t ts);  /* first tick after ts */
int64_t rp_cron_prev(const rp_cron *cron, int64_t ts);  /* last tick before ts */
int64_t rp_cron_floor(const rp_cron *cron, int64_t ts); /* last tick at or before ts */

/* The seconds between ticks when five consecutive differences from `now_ts` on are equal, else 0 (UTC). */
int64_t rp_cron_period_seconds(const rp_cron *cron, int64_t now_ts);

typedef enum rp_interval_unit {
    RP_UNIT_YEAR,
    RP_UNIT_MONTH,
    RP_UNIT_DAY,
    RP_UNIT_HOUR,
    RP_UNIT_HALF_HOUR,
    RP_UNIT_QUARTER_HOUR,
    RP_UNIT_FIVE_MINUTE,
} rp_interval_unit;

const char *rp_unit_name(rp_interval_unit unit);
bool rp_unit_from_name(const char *name, rp_interval_unit *ret_unit); /* in any case */
int64_t rp_unit_seconds(rp_interval_unit unit); /* year 365 days, month 28 days, as the reference */
bool rp_unit_is_fixed(rp_interval_unit unit);   /* every tick is rp_unit_seconds() after the one before */

/* Ticks of a unit, always in UTC. */
int64_t rp_unit_next(rp_interval_unit unit, int64_t ts);
int64_t rp_unit_prev(rp_interval_unit unit, int64_t ts);
int64_t rp_unit_floor(rp_interval_unit unit, int64_t ts);

/*
 * The unit that SQLMesh infers from a cron expression: the longest that is not longer than its ticks are
 * apart, sampled from `now_ts` as the reference does. Fails with REPOINT_INVALID when it fires more often
 * than every five minutes.
 */
repoint_status rp_unit_from_cron(const rp_cron *cron, int64_t now_ts, rp_interval_unit *ret_unit,
                                 repoint_error *error);

#endif
