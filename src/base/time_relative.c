/*
 * Times relative to now. The reference leaves them to dateparser, which reads two hundred languages and
 * guesses; this is the part of it that people write, in English, and nothing that dateparser would refuse: a
 * text that repoint stores must be one that SQLMesh can read back.
 */
#include "base/time_text.h"

#include <stdlib.h>
#include <string.h>

#include <glib.h>

#include "base/calendar.h"

/* ---- small readers ---- */

void rp_text_skip_blanks(const char **at)
{
    while (g_ascii_isspace(**at))
        ++*at;
}

int64_t rp_text_round(double number)
{
    return (int64_t)(number < 0 ? number - 0.5 : number + 0.5);
}

bool rp_text_take(const char **at, const char *literal)
{
    size_t size = strlen(literal);
    if (strncmp(*at, literal, size) != 0)
        return false;
    *at += size;
    return true;
}

bool rp_text_take_digits(const char **at, int min, int max, int *ret_number)
{
    int count = (int)strspn(*at, "0123456789");
    if (count < min || count > max)
        return false;
    int number = 0;
    for (int i = 0; i < count; i++)
        number = number * 10 + (*at)[i] - '0';
    *at += count;
    *ret_number = number;
    return true;
}

bool rp_text_take_word(const char **at, const rp_text_word *words, size_t count, int *ret_value)
{
    size_t size = strspn(*at, "abcdefghijklmnopqrstuvwxyz");
    for (size_t i = 0; i < count; i++) {
        if (strlen(words[i].word) == size && strncmp(*at, words[i].word, size) == 0) {
            *at += size;
            *ret_value = words[i].value;
            return true;
        }
    }
    return false;
}

/* ---- tables ---- */

typedef enum { DECADE, YEAR, MONTH, WEEK, DAY, HOUR, MINUTE, SECOND, UNIT_COUNT } unit;

static const struct {
    double years;
    double months;
    double us;
} unit_table[UNIT_COUNT] = {
    [DECADE] = {.years = 10},       [YEAR] = {.years = 1},   [MONTH] = {.months = 1},
    [WEEK] = {.us = 7.0 * 86400e6}, [DAY] = {.us = 86400e6}, [HOUR] = {.us = 3600e6},
    [MINUTE] = {.us = 60e6},        [SECOND] = {.us = 1e6},
};

/* dateparser's words of English. Only these make an expression categorical: its "1d" is not. */
static const rp_text_word whole_units[] = {
    {"decade", DECADE}, {"decades", DECADE}, {"year", YEAR},     {"years", YEAR},
    {"month", MONTH},   {"months", MONTH},   {"week", WEEK},     {"weeks", WEEK},
    {"day", DAY},       {"days", DAY},       {"hour", HOUR},     {"hours", HOUR},
    {"minute", MINUTE}, {"minutes", MINUTE}, {"second", SECOND}, {"seconds", SECOND},
};
static const rp_text_word short_units[] = {
    {"yr", YEAR},  {"y", YEAR},     {"mo", MONTH},    {"wk", WEEK},    {"d", DAY},
    {"hr", HOUR},  {"hrs", HOUR},   {"h", HOUR},      {"min", MINUTE}, {"mins", MINUTE},
    {"m", MINUTE}, {"sec", SECOND}, {"secs", SECOND}, {"s", SECOND},
};
static const rp_text_word count_words[] = {
    {"a", 1},   {"an", 1},    {"one", 1},   {"two", 2},  {"three", 3}, {"four", 4},    {"five", 5},
    {"six", 6}, {"seven", 7}, {"eight", 8}, {"nine", 9}, {"ten", 10},  {"eleven", 11}, {"twelve", 12},
};

static const struct {
    const char *phrase;
    rp_relative relative;
} phrase_table[] = {
    {"now", {.us = 0}},
    {"just now", {.us = 0}},
    {"today", {.categorical = true}},
    {"yesterday", {.us = 86400e6, .categorical = true}},
    {"tomorrow", {.us = 86400e6, .future = true, .categorical = true}},
    {"last week", {.us = 7 * 86400e6}},
    {"last month", {.months = 1}},
    {"last year", {.years = 1}},
    {"next week", {.us = 7 * 86400e6, .future = true}},
    {"next month", {.months = 1, .future = true}},
    {"next year", {.years = 1, .future = true}},
};

/* ---- "1 week, 2 days" ---- */

/* The amounts by unit: a unit named twice counts once, with its last amount, as in the reference. */
typedef struct {
    double amounts[UNIT_COUNT];
    bool in_figures; /* some amount is in figures and its unit a whole word */
    bool in_hours;   /* and some such unit is shorter than a day */
} sum;

/* "3", "1.5". Not "1,5", whose comma dateparser takes for a joint more often than not. */
static bool take_figures(const char **at, double *ret_amount)
{
    size_t size = strspn(*at, "0123456789.");
    char figures[32] = "";
    if (!g_ascii_isdigit(**at) || size >= sizeof figures)
        return false;
    memcpy(figures, *at, size);
    char *end = NULL;
    *ret_amount = g_ascii_strtod(figures, &end);
    *at += size;
    return *end == '\0';
}

static bool take_amount(const char **at, double *ret_amount, bool *ret_figures)
{
    int count;
    *ret_figures = take_figures(at, ret_amount);
    if (*ret_figures)
        return true;
    if (!rp_text_take_word(at, count_words, G_N_ELEMENTS(count_words), &count))
        return false;
    *ret_amount = count;
    return true;
}

/* "3d", "3 d", "3 days"; not "3days", since dateparser takes "in 3decades" for the past. */
static bool take_unit(const char **at, int *ret_unit, bool *ret_whole)
{
    bool apart = g_ascii_isspace(**at);
    rp_text_skip_blanks(at);
    *ret_whole = rp_text_take_word(at, whole_units, G_N_ELEMENTS(whole_units), ret_unit);
    if (*ret_whole)
        return apart;
    return rp_text_take_word(at, short_units, G_N_ELEMENTS(short_units), ret_unit);
}

static bool take_term(const char **at, sum *s)
{
    double amount;
    int u;
    bool figures, whole;
    if (!take_amount(at, &amount, &figures) || !take_unit(at, &u, &whole))
        return false;
    s->amounts[u] = amount;
    s->in_figures |= figures && whole;
    s->in_hours |= figures && whole && u >= HOUR;
    return true;
}

/* What stands between two terms: blanks, a comma, "and". */
static bool take_joint(const char **at)
{
    const char *start = *at;
    rp_text_skip_blanks(at);
    if (!rp_text_take(at, ","))
        rp_text_take(at, "and ");
    rp_text_skip_blanks(at);
    return *at > start;
}

static bool take_terms(const char **at, bool future, sum *s)
{
    while (take_term(at, s)) {
        if (**at == '\0')
            return true;
        if (!take_joint(at))
            return false;
        if (!future && strcmp(*at, "ago") == 0)
            return true;
    }
    return false;
}

/* "3 days ago"; "3 days" is in the past, too. "in 3 days" is not. */
static bool read_sum(const char *text, rp_relative *ret)
{
    sum s = {0};
    bool future = rp_text_take(&text, "in ");
    rp_text_skip_blanks(&text);
    if (!take_terms(&text, future, &s))
        return false;
    *ret = (rp_relative){.future = future, .categorical = s.in_figures && !s.in_hours};
    for (int u = 0; u < UNIT_COUNT; u++) {
        ret->years += s.amounts[u] * unit_table[u].years;
        ret->months += s.amounts[u] * unit_table[u].months;
        ret->us += s.amounts[u] * unit_table[u].us;
    }
    return true;
}

bool rp_relative_read(const char *text, rp_relative *ret_relative)
{
    for (size_t i = 0; i < G_N_ELEMENTS(phrase_table); i++) {
        if (strcmp(text, phrase_table[i].phrase) == 0) {
            *ret_relative = phrase_table[i].relative;
            return true;
        }
    }
    return read_sum(text, ret_relative);
}

/* Python names no others, and no instant in them is further than this from another. */
#define MAX_YEARS 9999.0

static bool is_whole(double count, double most)
{
    return count <= most && count == (double)(int64_t)count;
}

bool rp_relative_apply(const rp_relative *relative, int64_t base_us, int64_t *ret_us)
{
    if (!is_whole(relative->years, MAX_YEARS) || !is_whole(relative->months, 12 * MAX_YEARS) ||
        relative->us > 366 * MAX_YEARS * 86400e6)
        return false;
    int sign = relative->future ? 1 : -1;
    int64_t day = rp_floor_div(base_us, RP_US_PER_DAY);
    int64_t months = 12 * (int64_t)relative->years + (int64_t)relative->months;
    rp_date date = rp_date_add_months(rp_date_from_days(day), sign * months);
    *ret_us = rp_date_to_days(date) * RP_US_PER_DAY + (base_us - day * RP_US_PER_DAY) +
              sign * rp_text_round(relative->us);
    return true;
}
