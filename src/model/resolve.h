/* The names that people type: a full name, or an unambiguous tail of one. */
#ifndef RP_MODEL_RESOLVE_H
#define RP_MODEL_RESOLVE_H

#include "base/error.h"

/*
 * Which of `names` (full quoted names) is meant by `text`: the same text, or the only one whose last parts
 * are the dotted parts of `text` ("orders", "shop.orders", "\"Shop\".orders"). `where` names the place in
 * messages. An unknown name is REPOINT_NOT_FOUND, an ambiguous one REPOINT_INVALID; both list candidates.
 */
repoint_status rp_name_resolve(const char *text, const char *const *names, size_t count, const char *where,
                               size_t *ret_index, repoint_error *error);

#endif
