/*
 * Whether other people's views still work when columns that they use get another type: found out by trying.
 *
 * Nobody's view is touched or locked: what is tried are temporary stand-ins, in a transaction that is rolled
 * back.
 */
#ifndef RP_WAREHOUSE_POSTGRES_TRY_H
#define RP_WAREHOUSE_POSTGRES_TRY_H

#include "warehouse/postgres.h"

typedef struct pg_verdict {
    char *reason;    /* why the view cannot be made again */
    bool is_of_role; /* we may not even try: somebody else may */
} pg_verdict;

void rp_pg_verdict_free(gpointer verdict);

/* Fills of->verdicts, and the retyped columns of foreign views. REPOINT_BUSY: somebody has a view locked. */
repoint_status rp_pg_foreign_try(pg_comparison *of, repoint_error *error);

#endif
