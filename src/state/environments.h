/* Environments as rows of the store. */
#ifndef RP_STATE_ENVIRONMENTS_H
#define RP_STATE_ENVIRONMENTS_H

#include "model/environment.h"
#include "state/store.h"

/*
 * Reads the row of this exact name, locking it where the database has row locks and `lock` is set.
 * *ret_environment is NULL when there is none.
 */
repoint_status rp_environment_load(repoint_store *store, const char *name, bool lock,
                                   repoint_environment **ret_environment, repoint_error *error);

/* The same without what a finalized environment pointed to before, which nobody sees any more. */
repoint_status rp_environment_load_shown(repoint_store *store, const char *name, bool lock,
                                         repoint_environment **ret_environment, repoint_error *error);

/* Is the record that of this plan, and not finalized? False when there is none. */
repoint_status rp_environment_is_draft_of(repoint_store *store, const char *name, const char *plan_id,
                                          bool lock, bool *ret_is_draft, repoint_error *error);

/* Called for each environment as rp_environment_load_shown() has it, expired ones included, in any order; one
 * in memory at a time. */
typedef repoint_status (*rp_environment_visitor)(void *context, const repoint_environment *environment,
                                                 repoint_error *error);
repoint_status rp_environments_visit(repoint_store *store, rp_environment_visitor visit, void *context,
                                     repoint_error *error);

/* Called for each snapshot that readers of an environment may see: those that it points to and, while it is
 * not finalized, those that it pointed to before. The strings are the callee's during the call only. */
typedef void (*rp_shown_visitor)(void *context, const char *name, const char *identifier);
repoint_status rp_environments_visit_shown(repoint_store *store, rp_shown_visitor visit, void *context,
                                           repoint_error *error);

/* The row that a record takes the place of, as it was read and locked in this transaction. */
typedef struct rp_replaced {
    const char *plan_id; /* NULL: there is none */
    /* To the letter, the record's previous_finalized_snapshots are */
    bool becomes_previous; /* its tables, */
    bool keeps_previous;   /* or its own. */
} rp_replaced;

/* Writes the row if the stored one is still the one that is replaced; else REPOINT_CONFLICT. The condition is
 * part of the write. */
repoint_status rp_environment_store(repoint_store *store, const repoint_environment *environment,
                                    const rp_replaced *replaced, repoint_error *error);

/* Writes the row whatever is there (import). */
repoint_status rp_environment_overwrite(repoint_store *store, const repoint_environment *environment,
                                        repoint_error *error);

/* The statements as a JSON array, and the plan that they came with (may be NULL). Free both with g_free(). */
repoint_status rp_statements_load(repoint_store *store, const char *environment, char **ret_json,
                                  char **ret_plan_id, repoint_error *error);
/* Replaces the statements: `array` is a JSON array of statement objects; an empty one deletes the row. */
repoint_status rp_statements_store(repoint_store *store, const char *environment, const char *plan_id,
                                   yyjson_val *array, repoint_error *error);
/* Fails with REPOINT_INVALID unless it is an array of the reference's statement objects. */
repoint_status rp_statements_check(yyjson_val *array, rp_strictness strictness, repoint_error *error);

/* REPOINT_CONFLICT: the stored record is at another plan than the one that `planned` was made from, or is. */
repoint_status rp_environment_fail_conflict(const char *stored_plan_id, const repoint_environment *planned,
                                            repoint_error *error);
/* REPOINT_NOT_FOUND, listing the environments that there are. */
repoint_status rp_environment_fail_unknown(repoint_store *store, const char *name, repoint_error *error);

#endif
