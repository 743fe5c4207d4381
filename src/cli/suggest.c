/*
 * The nearest word, by the number of letters that were left out, added, changed or swapped with their
 * neighbour. A third of the letters may be wrong; a beginning counts as near ("env" for "environments").
 */
#include "cli/suggest.h"

#include <string.h>

/* Words longer than this are never near: the time is quadratic and the text comes from outside. */
#define MAX_LENGTH 64

static unsigned smaller(unsigned a, unsigned b)
{
    return a < b ? a : b;
}

/* Three rows of the usual matrix are enough: a swap looks two rows back. */
static unsigned distance(const char *a, const char *b)
{
    size_t a_length = strlen(a), b_length = strlen(b);
    unsigned rows[3][MAX_LENGTH + 1] = {{0}};
    for (size_t j = 0; j <= b_length; j++)
        rows[0][j] = (unsigned)j;

    for (size_t i = 1; i <= a_length; i++) {
        unsigned *row = rows[i % 3], *above = rows[(i + 2) % 3], *two_above = rows[(i + 1) % 3];
        row[0] = (unsigned)i;
        for (size_t j = 1; j <= b_length; j++) {
            row[j] = smaller(above[j - 1] + (a[i - 1] != b[j - 1]), smaller(above[j], row[j - 1]) + 1);
            if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1])
                row[j] = smaller(row[j], two_above[j - 2] + 1);
        }
    }
    return rows[a_length % 3][b_length];
}

const char *rp_suggest(const char *typed, const GPtrArray *words)
{
    size_t length = strlen(typed);
    if (length == 0 || length > MAX_LENGTH)
        return NULL;

    const char *nearest = NULL, *beginning = NULL;
    unsigned limit = length < 3 ? 1 : (unsigned)(length + 2) / 3, best = limit + 1;
    for (guint i = 0; i < words->len; i++) {
        const char *word = g_ptr_array_index(words, i);
        if (strlen(word) > MAX_LENGTH)
            continue;
        unsigned away = distance(typed, word);
        if (away < best) {
            best = away;
            nearest = word;
        }
        if (beginning == NULL && length >= 2 && g_str_has_prefix(word, typed))
            beginning = word;
    }
    return beginning != NULL && best > 1 ? beginning : nearest;
}
