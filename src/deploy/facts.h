/* What a deployment must know of the snapshots that it shows, beside what the environment remembers of them.
 */
#ifndef RP_DEPLOY_FACTS_H
#define RP_DEPLOY_FACTS_H

#include "model/deployability.h"
#include "model/environment.h"
#include "state/store.h"
#include "warehouse/views.h"

typedef struct rp_fact {
    char *name;
    char *identifier;
    bool is_paused;
    bool is_forward_only;
    bool is_unrestorable;
    bool has_intervals;      /* of the version's table */
    bool has_dev_intervals;  /* of the development table */
    GStrv on_virtual_update; /* its statements */
} rp_fact;

typedef struct rp_facts rp_facts;

/*
 * Reads the stored snapshots of these tables. With `index` the deployability index of them all is built, as
 * views outside prod need it.
 */
repoint_status rp_facts_load(repoint_store *store, const rp_tables *tables, bool index, rp_facts **ret_facts,
                             repoint_error *error);
/* How views are compared with what the facts say; as long as they live. */
rp_view_source rp_view_source_of(rp_facts *facts);
void rp_facts_free(rp_facts *facts);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(rp_facts, rp_facts_free)

/* NULL when it is not stored. */
const rp_fact *rp_facts_find(const rp_facts *facts, const repoint_table *table);
/* What it says about its view; NULL: nothing. Lives as long as the facts. */
const rp_view_properties *rp_facts_properties(const rp_facts *facts, const repoint_table *table);
/* Does its view read the version's table? Without an index always. */
bool rp_facts_is_representative(const rp_facts *facts, const repoint_table *table);

#endif
