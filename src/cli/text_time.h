/* Times and ranges of time as the program prints them: always UTC. Results are to be freed with g_free(). */
#ifndef RP_CLI_TEXT_TIME_H
#define RP_CLI_TEXT_TIME_H

#include "repoint/store.h"

/* "2026-01-05 07:00:05", to the second, for people; NULL for 0, which is no time. */
char *rp_text_time(int64_t ts);
/* "2026-01-05"; NULL for 0. */
char *rp_text_day(int64_t ts);
/* "2026-01-05T07:00:05Z", with milliseconds when there are some; NULL for what no calendar shows. */
char *rp_text_time_iso(int64_t ts);
/* An ISO time such as rp_text_time_iso() writes, UTC unless it says otherwise; false when it is something
 * else. */
bool rp_text_time_parse(const char *text, int64_t *ret_ts);

/*
 * An interval in words that cannot be misread, and that --start and --end take as they stand: whole days as
 * "2026-01-03 through 2026-01-04 (2 days)", others as "2026-01-03T08:00:00Z until 2026-01-03T10:00:00Z".
 */
char *rp_text_interval(repoint_interval interval);
/* All of a list, separated by commas; "none" when it is empty. */
char *rp_text_intervals(const repoint_interval_list *list);

#endif
