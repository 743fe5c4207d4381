/* A statement as a given connection takes it: its own placeholders, plain values. */
#ifndef RP_DB_EXTERNAL_STATEMENT_H
#define RP_DB_EXTERNAL_STATEMENT_H

#include "db/driver.h"
#include "repoint/driver.h"

typedef struct rp_statement {
    GString *sql;
    GArray *values;   /* of repoint_value */
    GPtrArray *owned; /* of GString: key lists as JSON */
} rp_statement;

/* `types` are the names of the types of each rp_db_type, to which parameters are cast; NULL: they are not.
 * The values' texts are not copied. */
void rp_statement_init(rp_statement *statement, repoint_placeholder placeholder, const char *const *types,
                       const char *sql, const rp_db_value *values, size_t count);
void rp_statement_clear(rp_statement *statement);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(rp_statement, rp_statement_clear)

#endif
