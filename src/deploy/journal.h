/* The journal: what was done to an environment, one row a step, appended and never changed (guarantee 10). */
#ifndef RP_DEPLOY_JOURNAL_H
#define RP_DEPLOY_JOURNAL_H

#include "deploy/lease.h"

typedef struct rp_journal_entry {
    const char *plan_id; /* NULL: it is about the environment as such */
    const char *step;    /* draft, candidate, check, switch, cutover, abandon, rollback, hold, release, … */
    const char *outcome; /* "done", or what went wrong */
    int64_t duration_ms;
    const char *detail; /* a JSON object, or NULL */
} rp_journal_entry;

/* Appends a row, in the write transaction of the step itself. */
repoint_status rp_journal_append(repoint_store *store, const rp_lease *lease, const rp_journal_entry *entry,
                                 repoint_error *error);

/* What failed is worth a row too: in a transaction of its own, and only as far as that is possible. */
void rp_journal_note_failure(repoint_store *store, rp_lease *lease, const char *plan_id, const char *step,
                             gint64 began_us, const repoint_error *failure);

/* Writes the array of an environment's rows, oldest first. */
repoint_status rp_journal_write(repoint_store *store, const char *environment, rp_json_writer *writer,
                                repoint_error *error);

#endif
