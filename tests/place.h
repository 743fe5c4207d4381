/*
 * Where a deployment takes place: a state store and a warehouse, in one database or in two, of any kind; with
 * a shop in it that has two releases, and prod showing one of them.
 *
 * The environments blue and green name the old and the new release; they have no views. Of the models only
 * refunds is in the new release alone. Each physical table has one row, which says of which release it is.
 */
#ifndef TEST_PLACE_H
#define TEST_PLACE_H

#include "db/fault.h"
#include "story.h"

typedef enum place_kind { PLACE_SQLITE, PLACE_POSTGRES, PLACE_MARIADB, PLACE_DUCKDB } place_kind;

typedef struct place {
    story story; /* folder, clock, chance */
    char *state_url;
    char *warehouse_url; /* NULL: that of the state */
    char *schema;        /* of the state's tables */
    char *shop;          /* schema of the models */
    char *database;      /* prefix of the databases made on servers */
    place_kind kinds[2];
    bool one_by_one;      /* the warehouse changes views one after another; false unless it is set */
    unsigned deployments; /* for the plans' ids */
} place;

typedef enum release { BLUE, GREEN } release;
extern const char *const release_names[]; /* "blue", "green": also the environments' names */

/* Skips the test when a server or a library is not there. With `one` the warehouse is in the state's
 * database. prod shows the blue release. */
void place_begin(place *of, place_kind state, place_kind warehouse, bool one);
void place_end(place *of);

rp_db *place_connect(const place *of, bool to_warehouse); /* a plain connection */
repoint_store_options place_options(place *of);
repoint_store *place_open(place *of);
/* The store, every call to its databases counted and broken by `fault`. */
repoint_store *place_open_faulty(place *of, rp_fault *fault);

/* A plan for prod to show a release; *ret_id is its id. g_free() */
repoint_plan *place_plan(place *of, repoint_store *store, release to, char **ret_id);
void place_deploy(place *of, release to); /* a plan and all its steps */

/* As if the time of prod's lease had passed. */
void place_expire_lease(const place *of);
/* Goes on with what is open, or takes it back; either may find nothing. What that said at first: abandoning
 * is refused when the views have changed, and then it goes on. */
repoint_status place_recover(place *of, bool abandon);
/* The same as a dry run; fails the test if that changes anything. */
repoint_status place_foretell(place *of, bool abandon, const char *when);

/* The release that the views show to one statement of a reader; fails the test for a mixture. */
release place_look(const place *of, const char *when);
bool place_is_mixed(const place *of); /* what a reader sees of both releases */
/*
 * Fails the test unless everything is at rest: prod is finalized, its record and its views are of one
 * release, which is returned; nothing is open, nobody has a lease, no candidate and no schema is left over;
 * the journal and the revisions say of plan `id` what is so.
 */
release place_check(place *of, const char *id, release target, const char *when);
/* Everything that is in state and warehouse and is not bookkeeping of leases; g_free() */
char *place_dump(const place *of);

#endif
