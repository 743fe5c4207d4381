/*
 * Times as people and SQLMesh write them. Inside repoint a time is an int64_t: milliseconds since
 * 1970-01-01T00:00:00Z (names end in _ts), or microseconds where the reference keeps them (_us).
 */
#ifndef RP_BASE_TIME_H
#define RP_BASE_TIME_H

#include "base/error.h"

#define RP_MS_PER_DAY INT64_C(86400000)

/* A time that is absent where 0 is a time too. */
#define RP_TS_NONE INT64_MIN

/*
 * The instant that `text` names, in any case, at most 200 bytes:
 *
 *  - an ISO date or date-time, "2026-01-31T03:04:05.678+05:30"; YYYYMMDD; epoch milliseconds;
 *  - now, today, yesterday, tomorrow, or a sum such as "1 week, 2 days": before now, or after it behind "in";
 *  - "Jan 31 2026", "31 January", "01/31/2026" (month first), "2026-01", "12:30", "monday", "2h ago".
 *
 * SQLMesh reads all of these alike; it reads more, which is refused. `now_ts` is the base of what the text
 * leaves out (floor it to the minute where the reference does); `time_zone` (IANA, NULL is UTC) is where text
 * without an offset lives, though the base is the wall clock of UTC, as in the reference. Categorical
 * expressions (today, 3 days ago) are floored to midnight of the base when `to_midnight` is set. Fails with
 * REPOINT_INVALID, naming the text.
 */
repoint_status rp_time_parse(const char *text, int64_t now_ts, const char *time_zone, bool to_midnight,
                             int64_t *ret_us, repoint_error *error);

/* As above in milliseconds, UTC, with flooring: what nearly every caller wants. */
repoint_status rp_time_to_ts(const char *text, int64_t now_ts, int64_t *ret_ts, repoint_error *error);

/* Is it a whole day ("2026-01-01", "20260101")? Is it categorical: today/yesterday/tomorrow or "3 days ago"?
 */
bool rp_time_is_date(const char *text);
bool rp_time_is_relative(const char *text);

/* The end of a range given as `text`: a date includes its whole day, anything else is exclusive as it is. */
repoint_status rp_time_exclusive_end(const char *text, int64_t now_ts, int64_t *ret_us, repoint_error *error);

/* "2026-01-03 00:00:00", with ".ffffff" when the microseconds are not zero. Free with g_free(). */
char *rp_time_format_us(int64_t us);
/* "2026-01-03T00:00:00Z", with milliseconds when there are some. Free with g_free(). */
char *rp_time_format_iso(int64_t ts);

/*
 * What SQLMesh stores for a start or end given as a JSON number or string (time_like_to_str): strings stay,
 * numbers become a date or a date-time. `is_number` says which it was. Free with g_free().
 */
repoint_status rp_time_like_to_text(const char *text, bool is_number, char **ret_text, repoint_error *error);

/* A snapshot's TTL such as "in 1 week", in milliseconds from `updated_ts`; one in the past is refused. */
repoint_status rp_ttl_ms(const char *ttl, int64_t updated_ts, int64_t *ret_ms, repoint_error *error);
/* When an environment with this TTL, planned at `now_ts`, expires. One in the past is allowed, as in the
 * reference. */
repoint_status rp_ttl_expiration_ts(const char *ttl, int64_t now_ts, int64_t *ret_ts, repoint_error *error);

#endif
