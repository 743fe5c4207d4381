/*
 * The two ways to write a time in words: relative to now, or as a date. Texts come here in lower case,
 * without blanks around them, and short (time.c sees to it). A wall time is microseconds as a UTC clock would
 * show them.
 */
#ifndef RP_BASE_TIME_TEXT_H
#define RP_BASE_TIME_TEXT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define RP_US_PER_SECOND INT64_C(1000000)
#define RP_US_PER_DAY    (86400 * RP_US_PER_SECOND)

/* ---- small readers: each moves *at and returns true, or leaves it where it is ---- */

bool rp_text_take(const char **at, const char *literal);
/* Between `min` and `max` digits, and not one more; `max` is at most 9. */
bool rp_text_take_digits(const char **at, int min, int max, int *ret_number);
typedef struct rp_text_word {
    const char *word;
    int value;
} rp_text_word;
/* A run of letters that is one of `words`. */
bool rp_text_take_word(const char **at, const rp_text_word *words, size_t count, int *ret_value);
void rp_text_skip_blanks(const char **at);

int64_t rp_text_round(double number); /* to the nearest; the number must fit */

/* ---- relative: "3 days ago", "in 1 week and 2 days", "yesterday" ---- */

typedef struct rp_relative {
    double years; /* and decades; the calendar counts these two, and only whole ones */
    double months;
    double us; /* weeks and shorter */
    bool future;
    bool categorical; /* counted in days or longer, in figures and whole words: SQLMesh starts it at midnight
                       */
} rp_relative;

bool rp_relative_read(const char *text, rp_relative *ret_relative);
/* Fails for a fraction of a year or month and for what leaves the years 1 to 9999. */
bool rp_relative_apply(const rp_relative *relative, int64_t base_us, int64_t *ret_us);

/* ---- absolute: ISO dates and times, "Jan 2 2026", "01/02/2026", "12:30", "monday" ---- */

typedef struct rp_absolute {
    int64_t wall_us;
    bool has_offset;
    int64_t offset_us;
} rp_absolute;

/* What the text leaves out (the year, the day, the whole date) is taken from `base_us`. */
bool rp_absolute_read(const char *text, int64_t base_us, rp_absolute *ret_absolute);

#endif
