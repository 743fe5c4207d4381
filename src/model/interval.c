/*
 * Merged sets of time ranges: what a table has data for.
 *
 * Invariant of every set: items[i].start < items[i].end < items[i + 1].start. It makes each question a binary
 * search and each change one splice. Ranges nearly always arrive in order, so that adding one is mostly a
 * step at the end of the array; documents are sorted once instead.
 */
#include "model/interval.h"

#include <stdlib.h>
#include <string.h>

void rp_intervals_clear(rp_intervals *set)
{
    if (set == NULL)
        return;
    g_free(set->items);
    *set = (rp_intervals){0};
}

void rp_intervals_copy(rp_intervals *to, const rp_intervals *from)
{
    *to = (rp_intervals){
        .items = g_memdup2(from->items, from->count * sizeof(rp_interval)),
        .count = from->count,
        .capacity = from->count,
    };
}

static void reserve(rp_intervals *set, size_t count)
{
    if (count <= set->capacity)
        return;
    set->capacity = MAX(count, MAX(set->capacity * 2, 4));
    set->items = g_renew(rp_interval, set->items, set->capacity);
}

/* The first interval that ends after `ts`; the number of intervals when none does. */
static size_t first_ending_after(const rp_intervals *set, int64_t ts)
{
    size_t low = 0, high = set->count;
    if (high > 0 && set->items[high - 1].end <= ts)
        return high;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (set->items[middle].end > ts)
            high = middle;
        else
            low = middle + 1;
    }
    return low;
}

/* The first interval from `low` on that starts at or after `ts`; the number of intervals when none does. */
static size_t first_starting_at(const rp_intervals *set, size_t low, int64_t ts)
{
    size_t high = set->count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (set->items[middle].start >= ts)
            high = middle;
        else
            low = middle + 1;
    }
    return low;
}

/* Puts `pieces` where the intervals from `first` up to, but without, `last` are. */
static void splice(rp_intervals *set, size_t first, size_t last, const rp_interval *pieces,
                   size_t piece_count)
{
    size_t count = set->count - (last - first) + piece_count;
    reserve(set, count);
    if (count == 0) {
        set->count = 0;
        return;
    }
    memmove(&set->items[first + piece_count], &set->items[last], (set->count - last) * sizeof(rp_interval));
    for (size_t i = 0; i < piece_count; i++)
        set->items[first + i] = pieces[i];
    set->count = count;
}

void rp_intervals_add(rp_intervals *set, rp_interval interval)
{
    if (interval.start >= interval.end)
        return;

    /* Those that overlap or touch it: one that ends where it starts, or starts where it ends, is joined too.
     */
    size_t first = first_ending_after(set, interval.start);
    if (first > 0 && set->items[first - 1].end == interval.start)
        first--;
    size_t last = first_starting_at(set, first, interval.end);
    if (last < set->count && set->items[last].start == interval.end)
        last++;

    if (first < last) {
        interval.start = MIN(interval.start, set->items[first].start);
        interval.end = MAX(interval.end, set->items[last - 1].end);
    }
    splice(set, first, last, &interval, 1);
}

void rp_intervals_remove(rp_intervals *set, rp_interval interval)
{
    size_t first = first_ending_after(set, interval.start);
    size_t last = first_starting_at(set, first, interval.end);
    if (interval.start >= interval.end || first == last)
        return;

    rp_interval kept[2];
    size_t kept_count = 0;
    if (set->items[first].start < interval.start)
        kept[kept_count++] = (rp_interval){set->items[first].start, interval.start};
    if (set->items[last - 1].end > interval.end)
        kept[kept_count++] = (rp_interval){interval.end, set->items[last - 1].end};
    splice(set, first, last, kept, kept_count);
}

/* Adds an interval that starts no earlier than any in the set. */
static void append(rp_intervals *set, rp_interval interval)
{
    if (interval.start >= interval.end)
        return;
    rp_interval *previous = set->count > 0 ? &set->items[set->count - 1] : NULL;
    if (previous != NULL && interval.start <= previous->end) {
        previous->end = MAX(previous->end, interval.end);
        return;
    }
    reserve(set, set->count + 1);
    set->items[set->count++] = interval;
}

void rp_intervals_merge(rp_intervals *set, const rp_intervals *other)
{
    rp_intervals merged = {0};
    reserve(&merged, set->count + other->count);
    size_t mine = 0, theirs = 0;
    while (mine < set->count || theirs < other->count) {
        bool take_mine = theirs == other->count ||
                         (mine < set->count && set->items[mine].start <= other->items[theirs].start);
        append(&merged, take_mine ? set->items[mine++] : other->items[theirs++]);
    }
    rp_intervals_clear(set);
    *set = merged;
}

bool rp_intervals_cover(const rp_intervals *set, rp_interval interval)
{
    if (interval.start >= interval.end)
        return true;
    size_t first = first_ending_after(set, interval.start);
    return first < set->count && set->items[first].start <= interval.start &&
           set->items[first].end >= interval.end;
}

/* ---- JSON ---- */

static int compare_starts(const void *a, const void *b)
{
    const rp_interval *left = a, *right = b;
    return (left->start > right->start) - (left->start < right->start);
}

static bool read_pair(yyjson_val *pair, rp_interval *ret_interval)
{
    return yyjson_is_arr(pair) && yyjson_arr_size(pair) == 2 &&
           rp_json_int(yyjson_arr_get(pair, 0), &ret_interval->start) &&
           rp_json_int(yyjson_arr_get(pair, 1), &ret_interval->end);
}

repoint_status rp_intervals_from_json(yyjson_val *array, const char *what, rp_intervals *ret_set,
                                      repoint_error *error)
{
    if (array != NULL && !yyjson_is_arr(array))
        return rp_fail(error, REPOINT_INVALID, NULL, "%s: intervals are not a list", what);

    size_t count = yyjson_arr_size(array);
    g_autofree rp_interval *read = g_new(rp_interval, count);
    bool in_order = true;
    size_t index, max;
    yyjson_val *pair;
    yyjson_arr_foreach (array, index, max, pair) {
        if (!read_pair(pair, &read[index]))
            return rp_fail(error, REPOINT_INVALID, NULL,
                           "%s: interval %zu is not a pair of times in milliseconds", what, index);
        in_order = in_order && (index == 0 || read[index - 1].start <= read[index].start);
    }
    if (!in_order)
        qsort(read, count, sizeof(*read), compare_starts);

    rp_intervals set = {0};
    reserve(&set, count);
    for (size_t i = 0; i < count; i++)
        append(&set, read[i]);
    *ret_set = set;
    return REPOINT_OK;
}

void rp_intervals_write(rp_json_writer *writer, const rp_intervals *set)
{
    rp_json_begin_array(writer);
    for (size_t i = 0; i < set->count; i++) {
        rp_json_begin_array(writer);
        rp_json_integer(writer, set->items[i].start);
        rp_json_integer(writer, set->items[i].end);
        rp_json_end_array(writer);
    }
    rp_json_end_array(writer);
}
