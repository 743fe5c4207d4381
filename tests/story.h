/*
 * What tests of whole stories share: a store in a file of its own, the shop's state in it, a clock and a
 * chance that repeat themselves, and looking at everything that a file holds.
 */
#ifndef TEST_STORY_H
#define TEST_STORY_H

#include <sys/types.h>

#include "support.h"

#include "repoint/repoint.h"
#include "state/store.h"

/* 2026-01-06 12:00 UTC. The shop's tables are filled from 2026-01-01 up to the beginning of this day. */
#define STORY_NOW   INT64_C(1767700800000)
#define STORY_DAY   INT64_C(86400000)
#define STORY_DAY_1 INT64_C(1767225600000) /* 2026-01-01 */

typedef struct story {
    char *folder; /* a temporary one */
    char *path;   /* of the store in it; begins without a file */
    char *url;
    int64_t now;     /* the clock of its stores */
    uint64_t chance; /* where their random bytes come from; set it back to repeat them */
} story;

void story_begin(story *of);
void story_end(story *of);                           /* removes the folder with all that is in it */
char *story_path(const story *of, const char *name); /* of a file in the folder; g_free() */

/* The options that every store of the story is opened with. */
repoint_store_options story_options(story *of);
repoint_store *story_create(story *of); /* makes the file an empty store */
repoint_store *story_open(story *of);

/* ---- the shop ---- */

/* The file becomes a store with the state of examples/shop, its tables, and the views of prod and dev. */
void story_given_shop(story *of);
const char *story_shop_file(void);      /* its state file */
char *story_shop_text(gsize *ret_size); /* what is in it; ret_size may be NULL; g_free() */
/* Imports a state file shop.json of this text. */
repoint_status story_import_text(story *of, repoint_store *store, const char *text, gssize size,
                                 repoint_error *error);
#define STORY_SHOP_DAILY_REVENUE "\"fix_shop\".\"shop\".\"daily_revenue\""

/* Puts a physical table with one row, its own name, into the file, unless it is there. */
void story_given_table(const story *of, const char *name);
/* As SQLite names them: "sqlmesh__shop.shop__orders__551680190", "shop__dev.orders". g_free() */
char *story_table_name(const repoint_table *table);
char *story_view_name(const repoint_table *table, const char *schema);
void story_execute(const story *of, const char *sql); /* on a plain connection */
char *story_query(const story *of, const char *sql);  /* first columns, one a line; g_free() */

/* The environment as it is stored, and prod pointing to what dev points to, as plan `plan_id`. */
repoint_environment *story_environment(repoint_store *store, const char *name);
repoint_environment *story_prod_like_dev(repoint_store *store, const char *plan_id);

/* ---- models made up ---- */

/*
 * A version of "shop"."<model>", daily and incremental since 2026-01-01, with data for `days` days from
 * `first_day` (1 is 2026-01-01); no interval for 0 days.
 */
repoint_snapshot *story_snapshot(const char *model, unsigned version, int first_day, int days);
/* The JSON of it, to be made worse. g_free() */
char *story_snapshot_json(const char *model, unsigned version, int first_day, int days);

/* The same, stored with its intervals. */
repoint_snapshot *story_given_snapshot(repoint_store *store, const char *model, unsigned version,
                                       int first_day, int days);

/* The record of an environment that shows these snapshots. previous_plan_id may be NULL. */
repoint_environment *story_record(const char *name, const char *plan_id, const char *previous_plan_id,
                                  repoint_snapshot *const *snapshots, size_t count);

/* ---- the file ---- */

GBytes *story_save(const story *of);                   /* no store may be open */
void story_restore(const story *of, GBytes *contents); /* as story_save() found it */

/* Everything in the file, tables and views, as sorted text, but for repoint's own bookkeeping, which only
 * repoint reads. Checks its integrity. g_free() */
char *story_dump(const story *of);
/* NULL when both are the same; else the lines that only one of them has. g_free() */
char *story_difference(const char *before, const char *after);
void assert_unchanged(const story *of, const char *dump);

/* ---- processes ---- */

/* For tests that fork: a test that fails in a child ends the child there, with exit code 99. */
#define STORY_TEST(function) cmocka_unit_test_setup_teardown(function, story_setup, story_teardown)
int story_setup(void **state);
int story_teardown(void **state);

/* Runs `work` in a process of its own, which exits with what it returns. */
pid_t story_fork(int (*work)(void *context), void *context);
int story_wait(pid_t process); /* its exit code, or minus the signal that ended it */
/* What `run` says in a process of its own, and the most memory, in KiB, that it took there (may be NULL). */
repoint_status story_try_elsewhere(repoint_status (*run)(void *context, repoint_error *error), void *context,
                                   long *ret_kilobytes, repoint_error *error);
void *story_share(size_t size); /* zeroed memory that children forked later share; story_unshare() it */
void story_unshare(void *memory, size_t size);

/* ---- chance ---- */

/* REPOINT_SEED, or 1; printed, so that a failure can be repeated. */
uint64_t story_seed(const char *what);
uint64_t story_random(uint64_t *state);                /* the next number of a sequence */
uint64_t story_below(uint64_t *state, uint64_t limit); /* from 0 to limit - 1 */
/* How many of `what` to do: `share` in make test, `full` with REPOINT_SOAK=1. Prints it for the summary. */
unsigned story_count(unsigned share, unsigned full, const char *what);

#endif
