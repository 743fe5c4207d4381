/* What a cron expression says, field by field: between the reader (cron_fields.c) and the clockwork (cron.c).
 */
#ifndef RP_BASE_CRON_FIELDS_H
#define RP_BASE_CRON_FIELDS_H

#include "base/error.h"

#define RP_CRON_MAX_LENGTH 200 /* bytes of an expression */

/* A set of small numbers: bit n stands for n. */
typedef uint64_t rp_cron_set;

#define RP_CRON_LAST_WEEKDAY 6 /* in nth_weekdays: the last such weekday of the month */

typedef struct rp_cron_fields {
    rp_cron_set seconds; /* of a five-field expression: 0 only */
    rp_cron_set minutes;
    rp_cron_set hours;
    rp_cron_set days;     /* of the month, 1 to 31 */
    rp_cron_set months;   /* 1 to 12 */
    rp_cron_set weekdays; /* 0 to 6, Sunday is 0 */

    bool any_hour;               /* the field restricts nothing */
    bool any_day;                /* likewise; decides whether day and weekday are joined by "or" */
    bool any_weekday;            /* likewise */
    bool last_day;               /* "L": the last day of the month, besides `days` */
    int nearest_weekday;         /* "15W": the working day nearest to the 15th, instead of `days`; else 0 */
    bool has_nth_weekdays;       /* nth_weekdays takes the place of `weekdays` */
    rp_cron_set nth_weekdays[7]; /* "sun#2" is bit 2 of [0] */
} rp_cron_fields;

/* Fails with REPOINT_INVALID, naming the field that cannot be read. */
repoint_status rp_cron_fields_read(const char *expression, rp_cron_fields *ret_fields, repoint_error *error);

#endif
