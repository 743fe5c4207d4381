/*
 * The open deployment of an environment: one row, whose key is the environment (guarantee 2).
 *
 *     (none) ──begin──▶ DRAFT ──candidate──▶ CANDIDATE ──check──▶ CHECKED ──cutover──▶ FINALIZED ──▶ (none)
 *                         │                      │                   │  ▲                   clean-up
 *                         │                      │                 switch│undo
 *                         │                      │                   ▼  │
 *                         │                      │               SWITCHING
 *                         └───────abandon────────┴──abandon──▶ (none)
 *
 * SWITCHING exists only where state and views cannot change in one transaction: the environment's row is the
 * draft's already, unfinalized, and the warehouse's marker tells whether the views have changed.
 * PROMOTED is the row that the bare promote leaves with `keep_previous`: what it replaced, for abandon. With
 * a plan it was promoted ahead of its views, and the cutover makes it FINALIZED in one transaction.
 */
#ifndef RP_DEPLOY_DRAFT_H
#define RP_DEPLOY_DRAFT_H

#include "deploy/lease.h"
#include "deploy/plan.h"

typedef enum rp_draft_state {
    RP_DRAFT_DRAFT,
    RP_DRAFT_CANDIDATE,
    RP_DRAFT_CHECKED,
    RP_DRAFT_SWITCHING,
    RP_DRAFT_FINALIZED,
    RP_DRAFT_PROMOTED,
} rp_draft_state;

const char *rp_draft_state_name(rp_draft_state state);

typedef struct rp_draft {
    char *environment; /* NULL: there is none */
    char *plan_id;
    rp_draft_state state;
    char *author;
    char *message;
    char *digest; /* of the plan's text: what an approval is for; NULL: it has none */
    int64_t created_ts;
    char *data_mark;     /* warehouse/readers.h: readers with an older snapshot miss rows of the tables */
    char *interval_mark; /* the plan's, at the time of data_mark */
    char *plan_text;     /* deploy/plan_file.c; NULL once it has been read, or stored */
    char *previous_json; /* SWITCHING, PROMOTED: the record and statements that were replaced; or NULL */
} rp_draft;

void rp_draft_clear(rp_draft *draft);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(rp_draft, rp_draft_clear)

/* *ret_draft is untouched when there is none (or no such table yet). Large texts only with `whole`. */
repoint_status rp_draft_load(repoint_store *store, const char *environment, bool whole, rp_draft *ret_draft,
                             repoint_error *error);

/* Each open deployment, whole. */
typedef repoint_status (*rp_draft_visitor)(void *context, const rp_draft *draft, repoint_error *error);
repoint_status rp_drafts_visit(repoint_store *store, rp_draft_visitor visit, void *context,
                               repoint_error *error);

/* REPOINT_CONFLICT: says whose deployment is open, and what to do. */
repoint_status rp_draft_fail_open(const rp_draft *open, repoint_error *error);

/* The five below belong into a write transaction behind rp_lease_fence(). */

/* The promotion that is open gives way to another, which keeps what that one has kept: its previous_json is
 * not looked at. */
repoint_status rp_draft_replace_promoted(repoint_store *store, const rp_draft *open, const rp_draft *draft,
                                         int64_t token, repoint_error *error);
/* REPOINT_CONFLICT, saying whose it is, if one is open already. */
repoint_status rp_draft_insert(repoint_store *store, const rp_draft *draft, int64_t token,
                               repoint_error *error);
/* Moves it on, from `draft->state` only: the state stands in the WHERE. */
repoint_status rp_draft_move(repoint_store *store, rp_draft *draft, rp_draft_state to, repoint_error *error);
repoint_status rp_draft_set_marks(repoint_store *store, rp_draft *draft, repoint_error *error);
repoint_status rp_draft_delete(repoint_store *store, const rp_draft *draft, repoint_error *error);

/* What an environment is now, its record and statements, as previous_json keeps it. g_free() */
repoint_status rp_previous_save(repoint_store *store, const repoint_environment *stored, char **ret_json,
                                repoint_error *error);
/* The record of it; *ret_stored is NULL when there was none. */
repoint_status rp_previous_read(const char *previous_json, repoint_environment **ret_stored,
                                repoint_error *error);
/* Puts it back, if the environment's row is still that of `plan_id`; the row goes if there was none. */
repoint_status rp_previous_restore(repoint_store *store, const char *environment, const char *plan_id,
                                   const char *previous_json, repoint_error *error);

#endif
