/* Every operation of the library on a store, ready to be run on a file that it finds prepared. */
#ifndef TEST_FAULT_OPERATIONS_H
#define TEST_FAULT_OPERATIONS_H

#include "story.h"

/* What an operation is given; made on the prepared file, once. */
typedef struct work {
    char *folder; /* of the story */
    bool is_dry;
    repoint_environment *environment;
    repoint_plan *plan;
    GPtrArray *snapshots; /* of repoint_snapshot, owned */
} work;

typedef struct operation {
    const char *name;
    bool creates;       /* the store itself: there is no other work */
    bool reads;         /* leaves the store as it is */
    bool replaces_view; /* one, whose columns it compares */
    void (*given)(story *of);
    void (*prepare)(story *of, work *with); /* or NULL */
    repoint_status (*run)(repoint_store *store, const work *with, repoint_error *error);
} operation;

extern const operation operations[];
extern const size_t operation_count;

/* Makes the file and the work; work_clear() it. */
void operation_begin(const operation *of, story *in, work *ret_work);
void work_clear(work *with);

/* Opens the store on `db`, which it takes over, and does the work. *ret_store is the handle, NULL if it
 * failed to open. */
repoint_status operation_run(const operation *of, rp_db *db, const repoint_store_options *options,
                             const work *with, repoint_store **ret_store, repoint_error *error);
/* A plain connection to the story's file. */
rp_db *operation_connect(const story *of);

#endif
