/*
 * Reading a cron expression, as croniter 7 does. Its rules that other crons do not have:
 *
 *  - "fri-mon" wraps around the end of the field; "jan-jan", equal bounds, is the whole field;
 *  - "5/20" is "5-59/20";
 *  - a list that names every value counts as "*", except that a full list of days (weekdays) counts only when
 *    the weekday (day) field has a star in it, for else the two fields are joined by "or";
 *  - weekdays with "#" cannot be mixed with weekdays without, unless all seven are named.
 *
 * Not read: croniter's seventh field (years), after whose last year there is no tick, and its "H" and "R",
 * which are hashed or random.
 */
#include "base/cron_fields.h"

#include <string.h>

typedef enum { MINUTE, HOUR, DAY, MONTH, WEEKDAY, SECOND, FIELD_COUNT } field_index;

static const struct {
    const char *title;
    int min;
    int max;
    const char *names; /* of three letters each, the first is for `min` */
} field_table[FIELD_COUNT] = {
    [MINUTE] = {"minute", 0, 59, ""},
    [HOUR] = {"hour", 0, 23, ""},
    [DAY] = {"day of month", 1, 31, ""},
    [MONTH] = {"month", 1, 12, "janfebmaraprmayjunjulaugsepoctnovdec"},
    [WEEKDAY] = {"day of week", 0, 6, "sunmontuewedthufrisat"},
    [SECOND] = {"second", 0, 59, ""},
};

static const struct {
    const char *name;
    const char *expression;
} alias_table[] = {
    {"@midnight", "0 0 * * *"}, {"@hourly", "0 * * * *"},  {"@daily", "0 0 * * *"},
    {"@weekly", "0 0 * * 0"},   {"@monthly", "0 0 1 * *"}, {"@yearly", "0 0 1 1 *"},
    {"@annually", "0 0 1 1 *"},
};

/* One field while its list is read. */
typedef struct {
    field_index index;
    rp_cron_set values;
    bool star;
    bool last_day;
    int nearest_weekday;
    bool has_nth;
    rp_cron_set nth[7];
} field;

static rp_cron_set bit(int n)
{
    return UINT64_C(1) << n;
}

static int count_of(rp_cron_set set)
{
    return __builtin_popcountll(set);
}

/* ---- one value ---- */

/* Digits only; large numbers stop at 9999, which no field allows. */
static bool read_digits(const char *text, int *ret_number)
{
    if (*text == '\0' || strspn(text, "0123456789") != strlen(text))
        return false;
    int number = 0;
    for (; *text != '\0'; text++)
        number = MIN(number * 10 + (*text - '0'), 9999);
    *ret_number = number;
    return true;
}

static bool read_name(field_index index, const char *text, int *ret_value)
{
    const char *names = field_table[index].names;
    for (int i = 0; names[i] != '\0'; i += 3) {
        if (strlen(text) == 3 && strncmp(text, names + i, 3) == 0) {
            *ret_value = field_table[index].min + i / 3;
            return true;
        }
    }
    return false;
}

/* A number or a name. May still be out of the field's range. */
static bool read_value(field_index index, const char *text, int *ret_value)
{
    if (!read_digits(text, ret_value))
        return read_name(index, text, ret_value);
    if (index == WEEKDAY && *ret_value == 7)
        *ret_value = 0;
    return true;
}

static bool add_value(field *f, int value, int nth)
{
    if (value < field_table[f->index].min || value > field_table[f->index].max)
        return false;
    f->values |= bit(value);
    if (nth != 0) {
        f->nth[value] |= bit(nth);
        f->has_nth = true;
    }
    return true;
}

/* ---- ranges ---- */

typedef struct {
    int low;
    int high;
    int step;
    int nth;
} range;

static bool add_steps(field *f, int from, int to, const range *r)
{
    for (int value = from; value <= to; value += r->step) {
        if (!add_value(f, value, r->nth))
            return false;
    }
    return true;
}

/*
 * "fri-mon/2": up to the end of the field, then on from its start. croniter carries the step over the end
 * only when a whole step does not fit behind the last value.
 */
static bool add_wrapped(field *f, const range *r)
{
    int min = field_table[f->index].min;
    int max = field_table[f->index].max;
    int last = r->low + (max - r->low) / r->step * r->step;
    int left_over = max - last;
    bool carry = last - min + r->step > max - min + 1 && left_over < r->step;
    return add_steps(f, r->low, max, r) && add_steps(f, min + (carry ? r->step - left_over : 0), r->high, r);
}

static bool add_range(field *f, range r)
{
    int min = field_table[f->index].min;
    int max = field_table[f->index].max;
    if (r.low > max || r.high > max || r.step == 0)
        return false;
    if (r.low == r.high)
        return add_steps(f, min, max, &r);
    return r.low < r.high ? add_steps(f, r.low, r.high, &r) : add_wrapped(f, &r);
}

/* "1-5" without its step; `text` is cut in two. */
static bool read_bounds(const field *f, char *text, range *r)
{
    char *dash = strchr(text, '-');
    *dash = '\0';
    if (!read_value(f->index, text, &r->low))
        return false;
    if (f->index == DAY && strcmp(dash + 1, "l") == 0) {
        r->high = field_table[DAY].max;
        return true;
    }
    return read_value(f->index, dash + 1, &r->high);
}

/* "5/20" is "5-59/20", but "59/20" is 59 and not the whole field. */
static bool add_start_with_step(field *f, const char *start, int step)
{
    range r = {.high = field_table[f->index].max, .step = step};
    if (!read_value(f->index, start, &r.low))
        return false;
    return r.low == r.high && step > 0 ? add_value(f, r.low, 0) : add_range(f, r);
}

static bool read_stepped(field *f, char *text)
{
    char *slash = strchr(text, '/');
    int step = 1;
    if (slash != NULL) {
        *slash = '\0';
        if (!read_digits(slash + 1, &step))
            return false;
        if (strcmp(text, "*") == 0)
            return add_range(f, (range){field_table[f->index].min, field_table[f->index].max, step, 0});
    }
    if (strchr(text, '-') == NULL)
        return add_start_with_step(f, text, step);
    range r = {.step = step};
    return read_bounds(f, text, &r) && add_range(f, r);
}

/* ---- what only one field has ---- */

/* "sun#2", "5#2", "mon-wed#1"; a range has names on both sides. */
static bool read_nth_weekday(field *f, char *text)
{
    char *hash = strchr(text, '#');
    range r = {.step = 1};
    *hash = '\0';
    if (!read_digits(hash + 1, &r.nth) || r.nth < 1 || r.nth > 5)
        return false;
    if (strchr(text, '-') != NULL)
        return strpbrk(text, "0123456789") == NULL && read_bounds(f, text, &r) && add_range(f, r);
    return read_value(f->index, text, &r.low) && add_value(f, r.low, r.nth);
}

/* "l5": the last Friday of the month. */
static bool read_last_weekday(field *f, const char *text)
{
    int value;
    return read_value(WEEKDAY, text + 1, &value) && add_value(f, value, RP_CRON_LAST_WEEKDAY);
}

/* "15w" or "w15", which must be the whole field; cuts `text`. Returns false when the text is something else.
 */
static bool read_nearest_weekday(field *f, char *text)
{
    size_t size = strlen(text);
    int day;
    if (size < 2 || (text[0] == 'w') == (text[size - 1] == 'w'))
        return false;
    if (text[0] == 'w')
        text++;
    else
        text[size - 1] = '\0';
    if (!read_digits(text, &day) || !add_value(f, day, 0))
        return false;
    f->nearest_weekday = day;
    return true;
}

/* ---- fields ---- */

static bool read_element(field *f, char *text)
{
    int value;
    if (strcmp(text, "*") == 0)
        return f->star = true;
    if (f->index == DAY && strcmp(text, "l") == 0)
        return f->last_day = true;
    if (f->index == WEEKDAY && text[0] == 'l')
        return g_ascii_isdigit(text[1]) && read_last_weekday(f, text);
    if (f->index == WEEKDAY && strchr(text, '#') != NULL)
        return read_nth_weekday(f, text);
    if (strpbrk(text, "-/") != NULL)
        return read_stepped(f, text);
    return read_value(f->index, text, &value) && add_value(f, value, 0);
}

static bool read_field(field *f, const char *text)
{
    if (strcmp(text, "?") == 0 && (f->index == DAY || f->index == WEEKDAY))
        return f->star = true;
    if (f->index == DAY && strchr(text, 'w') != NULL) {
        g_autofree char *copy = g_strdup(text);
        return read_nearest_weekday(f, copy);
    }
    g_auto(GStrv) elements = g_strsplit(text, ",", -1);
    for (char **element = elements; *element != NULL; element++) {
        if (!read_element(f, *element))
            return false;
    }
    return true;
}

/* Does the list have as many members as the field has values? To croniter "L" and "*" are members, too. */
static bool is_full(const field *f)
{
    int size = field_table[f->index].max - field_table[f->index].min + 1;
    return count_of(f->values) + (f->last_day ? 1 : 0) + (f->star ? 1 : 0) == size;
}

static rp_cron_set all_of(field_index index)
{
    return bit(field_table[index].max + 1) - bit(field_table[index].min);
}

/* See the rule about full lists at the top. */
static bool is_any(const field *fields, field_index index, char *const *texts)
{
    const field *f = &fields[index];
    if (f->star || !is_full(f))
        return f->star;
    if (index == DAY || index == WEEKDAY)
        return strchr(texts[index == DAY ? WEEKDAY : DAY], '*') != NULL;
    return true;
}

static bool is_mixed(const field *weekday)
{
    rp_cron_set with_nth = 0;
    for (int i = 0; i < 7; i++)
        with_nth |= weekday->nth[i] != 0 ? bit(i) : 0;
    return weekday->has_nth && weekday->values != with_nth && !is_full(weekday);
}

static rp_cron_set values_of(const field *f)
{
    return f->star ? all_of(f->index) : f->values;
}

static void fill(rp_cron_fields *ret, const field *fields, guint count, char *const *texts)
{
    *ret = (rp_cron_fields){
        .seconds = count > SECOND ? values_of(&fields[SECOND]) : bit(0),
        .minutes = values_of(&fields[MINUTE]),
        .hours = values_of(&fields[HOUR]),
        .days = values_of(&fields[DAY]),
        .months = values_of(&fields[MONTH]),
        .weekdays = values_of(&fields[WEEKDAY]),
        .any_hour = is_any(fields, HOUR, texts),
        .any_day = is_any(fields, DAY, texts),
        .any_weekday = is_any(fields, WEEKDAY, texts),
        .last_day = fields[DAY].last_day,
        .nearest_weekday = fields[DAY].nearest_weekday,
        .has_nth_weekdays = fields[WEEKDAY].has_nth,
    };
    memcpy(ret->nth_weekdays, fields[WEEKDAY].nth, sizeof ret->nth_weekdays);
}

/* ---- the expression ---- */

static const char hint[] =
    "use minute, hour, day of month, month and day of week, such as \"30 4 * * mon-fri\", or @daily";

static repoint_status read_fields(const char *expression, char *const *texts, rp_cron_fields *ret_fields,
                                  repoint_error *error)
{
    field fields[FIELD_COUNT] = {0};
    guint count = g_strv_length((char **)texts);
    if (count != SECOND && count != FIELD_COUNT)
        return rp_fail(error, REPOINT_INVALID, hint,
                       "the cron expression \"%s\" has %u fields instead of 5 or 6", expression, count);
    for (guint i = 0; i < count; i++) {
        fields[i].index = (field_index)i;
        if (!read_field(&fields[i], texts[i]))
            return rp_fail(error, REPOINT_INVALID, hint,
                           "\"%s\" cannot be the %s of the cron expression \"%s\"", texts[i],
                           field_table[i].title, expression);
    }
    if (is_mixed(&fields[WEEKDAY]))
        return rp_fail(error, REPOINT_INVALID, "give every weekday its \"#\", or none",
                       "\"%s\" mixes weekdays with and without \"#\" in the cron expression \"%s\"",
                       texts[WEEKDAY], expression);
    fill(ret_fields, fields, count, texts);
    return REPOINT_OK;
}

static const char *expand_alias(const char *text)
{
    for (size_t i = 0; i < G_N_ELEMENTS(alias_table); i++) {
        if (strcmp(text, alias_table[i].name) == 0)
            return alias_table[i].expression;
    }
    return text;
}

static char **split_at_blanks(const char *text)
{
    static const char blanks[] = " \t\n\v\f\r";
    g_autoptr(GPtrArray) words = g_ptr_array_new();
    for (text += strspn(text, blanks); *text != '\0'; text += strspn(text, blanks)) {
        size_t size = strcspn(text, blanks);
        g_ptr_array_add(words, g_strndup(text, size));
        text += size;
    }
    g_ptr_array_add(words, NULL);
    return (char **)g_ptr_array_free(g_steal_pointer(&words), FALSE);
}

repoint_status rp_cron_fields_read(const char *expression, rp_cron_fields *ret_fields, repoint_error *error)
{
    if (strlen(expression) > RP_CRON_MAX_LENGTH)
        return rp_fail(error, REPOINT_INVALID, hint, "the cron expression is longer than %d bytes",
                       RP_CRON_MAX_LENGTH);
    g_autofree char *lower = g_ascii_strdown(expression, -1);
    g_auto(GStrv) texts = split_at_blanks(expand_alias(lower));
    return read_fields(expression, texts, ret_fields, error);
}
