/*
 * Revisions: what each finalized environment pointed to, appended and never changed (guarantee 10); and the
 * hold that a rollback leaves, so that nothing deploys by itself what was just rolled back.
 */
#ifndef RP_DEPLOY_REVISION_H
#define RP_DEPLOY_REVISION_H

#include "deploy/lease.h"
#include "model/environment.h"

/* How many revisions, the present one included, the janitor leaves their tables. */
#define RP_REVISIONS_RETAINED 5

/* Appends the record, which has just been finalized, with the statements that are stored for it. `restores`
 * is the revision that it goes back to, or 0. In the caller's write transaction, behind the fence. */
repoint_status rp_revision_append(repoint_store *store, const rp_lease *lease, int64_t restores,
                                  const char *message, const repoint_environment *record,
                                  repoint_error *error);

/* Appends what is there, if it is finalized and no revision has its plan: whoever made it, it is what a
 * rollback goes back to. `origin` is "found" when another program finalized it, else "promote". */
repoint_status rp_revision_adopt(repoint_store *store, const rp_lease *lease, const char *origin,
                                 const repoint_environment *stored, repoint_error *error);

/* The number of the newest revision; 0 when there is none. */
repoint_status rp_revision_newest(repoint_store *store, const char *environment, int64_t *ret_number,
                                  repoint_error *error);
/* The same of any environment: is there a revision at all? */
repoint_status rp_revision_newest_of_all(repoint_store *store, int64_t *ret_number, repoint_error *error);
/* The revision that a plan made, and the one that it goes back to; zeros for none. */
repoint_status rp_revision_of_plan(repoint_store *store, const char *environment, const char *plan_id,
                                   int64_t *ret_number, int64_t *ret_restores, repoint_error *error);
repoint_status rp_revision_restores(repoint_store *store, const char *environment, int64_t number,
                                    int64_t *ret_restores, repoint_error *error);

/* Record and statements (NULL is allowed) of a revision. REPOINT_NOT_FOUND. */
repoint_status rp_revision_load(repoint_store *store, const char *environment, int64_t number,
                                repoint_environment **ret_record, char **ret_statements,
                                repoint_error *error);

/* Each of the newest `count` revisions of each environment that there is. */
typedef repoint_status (*rp_revision_visitor)(void *context, const char *environment, int64_t number,
                                              const repoint_environment *record, repoint_error *error);
repoint_status rp_revisions_visit(repoint_store *store, int64_t count, rp_revision_visitor visit,
                                  void *context, repoint_error *error);

/* The array of an environment's revisions, oldest first, without their records. */
repoint_status rp_revisions_write(repoint_store *store, const char *environment, rp_json_writer *writer,
                                  repoint_error *error);

/* REPOINT_HELD while the environment is on hold. */
repoint_status rp_hold_check(repoint_store *store, const char *environment, repoint_error *error);
repoint_status rp_hold_set(repoint_store *store, const rp_lease *lease, int64_t revision, const char *reason,
                           repoint_error *error);
repoint_status rp_hold_lift(repoint_store *store, const char *environment, bool *ret_was_held,
                            repoint_error *error);
/* null, or {revision, author, reason, since_ts}. */
repoint_status rp_hold_write(repoint_store *store, const char *environment, rp_json_writer *writer,
                             repoint_error *error);

#endif
