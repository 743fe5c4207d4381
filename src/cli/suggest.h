/* "Did you mean …?": the word nearest to one that is not known. */
#ifndef RP_CLI_SUGGEST_H
#define RP_CLI_SUGGEST_H

#include <glib.h>

/*
 * The word of `words` (const char *, none NULL) that `typed` was probably meant to be, or NULL when none is
 * near enough. The result belongs to `words`.
 */
const char *rp_suggest(const char *typed, const GPtrArray *words);

#endif
