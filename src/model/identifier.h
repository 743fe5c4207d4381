/* Taking dotted names apart as a dialect of SQL would. */
#ifndef RP_MODEL_IDENTIFIER_H
#define RP_MODEL_IDENTIFIER_H

#include "model/dialect.h"

typedef struct rp_identifier {
    char *text;     /* without its quotes; never empty */
    bool is_quoted; /* was quoted, or would have to be */
} rp_identifier;

/*
 * The parts of a dotted name, at least one. Fails with REPOINT_INVALID for what is not a name: an open quote,
 * an empty part, a comment, a call. Release with g_array_unref().
 */
repoint_status rp_identifiers_parse(const char *name, const rp_dialect *dialect,
                                    GArray **ret_identifiers /* of rp_identifier */, repoint_error *error);

/* `text` as one identifier, dots and all; what is not one by the rules of `dialect` counts as quoted. */
rp_identifier rp_identifier_of(const char *text, const rp_dialect *dialect);
void rp_identifier_clear(rp_identifier *identifier);

#endif
