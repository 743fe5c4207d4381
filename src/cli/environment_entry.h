/* Environments as several commands list them: `environments` and `status`. */
#ifndef RP_CLI_ENVIRONMENT_ENTRY_H
#define RP_CLI_ENVIRONMENT_ENTRY_H

#include "cli/document.h"

/* A copy of a repoint_environment_row that outlives the callback. */
typedef struct rp_environment_entry {
    char *name;
    char *start_at;
    char *end_at; /* or NULL */
    char *plan_id;
    char *previous_plan_id; /* or NULL */
    int64_t expiration_ts;  /* 0: never */
    int64_t finalized_ts;   /* 0: a draft */
    bool is_expired;
} rp_environment_entry;

/* All environments, by name: an array of rp_environment_entry, owned. */
repoint_status rp_environment_entries_load(repoint_store *store, GPtrArray **ret_entries,
                                           repoint_error *error);

/* "finalized", "draft" or "expired". */
const char *rp_environment_entry_state(const rp_environment_entry *entry);

/* A table of them. */
void rp_environment_entries_print(const rp_cli *cli, const GPtrArray *entries);
/* "environments": an array of objects. */
void rp_environment_entries_add(yyjson_mut_doc *document, yyjson_mut_val *object, const GPtrArray *entries);

#endif
