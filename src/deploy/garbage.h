/*
 * The garbage list: physical objects whose state is gone, remembered in the transaction that removed it, and
 * dropped afterwards, one by one. What cannot be dropped stays on the list, with its reason, for the next
 * time.
 *
 *     state removed ──same transaction──▶ on the list ──▶ dropped ──same transaction──▶ off the list
 *                                          │   ▲ └─── failed: reason noted ──┐
 *                                          │   └─────────────────────────────┘
 *                                          └─ somebody needs it again: off the list, not dropped
 *
 * Whether somebody needs it again is asked under the locks that keep everybody from beginning to (guarantee
 * 5): a snapshot pushed anew uses the same table.
 */
#ifndef RP_DEPLOY_GARBAGE_H
#define RP_DEPLOY_GARBAGE_H

#include "model/environment.h"
#include "state/store.h"
#include "warehouse/views.h"

typedef enum rp_garbage_kind {
    RP_GARBAGE_TABLE,     /* of a snapshot's version, or its development table */
    RP_GARBAGE_DEV_TABLE, /* a development table */
    RP_GARBAGE_VIEW,      /* of an environment that is gone */
    RP_GARBAGE_SCHEMA,    /* that was made for the views of such an environment */
} rp_garbage_kind;

typedef struct rp_garbage {
    rp_garbage_kind kind;
    rp_relation object; /* of a schema: its name alone, in `schema` */
    char *owner;        /* the model, or the environment */
    char *version;      /* of a table */
    char *dev_version;  /* of a development table */
    int64_t attempts;
    char *failure; /* of the last one, or NULL */
} rp_garbage;

const char *rp_garbage_kind_name(rp_garbage_kind kind);
/* "sqlmesh__shop.shop__orders__3850282051", for people. g_free() */
char *rp_garbage_display(const rp_garbage *garbage);
GPtrArray *rp_garbage_list_new(void); /* of rp_garbage, owned */

/* What a snapshot's table leaves, as `task` says; and what an environment leaves. Appended to `list`. */
repoint_status rp_garbage_of_task(rp_db *warehouse, const repoint_cleanup_task *task, GPtrArray *list,
                                  repoint_error *error);
repoint_status rp_garbage_of_environment(rp_db *warehouse, const repoint_environment *environment,
                                         GPtrArray *list, repoint_error *error);

/* Puts them on the list, in the transaction that removes their state. */
repoint_status rp_garbage_add(repoint_store *store, const GPtrArray *list, repoint_error *error);

/* What is on it; with `environment` only what that one left. At most `limit` (0: all), those tried least
 * first. */
repoint_status rp_garbage_load(repoint_store *store, const char *environment, size_t limit,
                               GPtrArray **ret_list, repoint_error *error);

typedef enum rp_garbage_outcome {
    RP_GARBAGE_DROPPED,
    RP_GARBAGE_NEEDED,
    RP_GARBAGE_FAILED,
    RP_GARBAGE_GONE /* off the list already: another janitor has seen to it */
} rp_garbage_outcome;

/* Drops one, or takes it off the list because it is needed again, or notes why it could not be dropped. */
repoint_status rp_garbage_collect(repoint_store *store, rp_garbage *garbage, rp_garbage_outcome *ret_outcome,
                                  repoint_error *error);

#endif
