/*
 * repoint/store.h: the state store and what can be done to it.
 *
 * Every call is one transaction: when it fails, nothing was written, except that REPOINT_OUTCOME_UNKNOWN says
 * that the connection was lost during the commit. The condition of a write stands in the write, so a call
 * that lost a race fails with REPOINT_CONFLICT and changes nothing.
 */
#ifndef REPOINT_STORE_H
#define REPOINT_STORE_H

#include "repoint/model.h"

#ifdef __cplusplus
extern "C" {
#endif

/* ---- opening ---- */

typedef struct repoint_store repoint_store;

/* What the caller may bring along; a NULL pointer to it, or zero in a field, is the default. */
typedef struct repoint_store_options {
    /* Where the tables are; default "sqlmesh". "": names without a schema, in the connection's own (MariaDB:
     * its database). Databases without schemas ignore it. */
    const char *schema;
    int64_t (*now)(void *context); /* the clock of state times, ms since 1970 UTC; default: the system's */
    void (*random)(void *context, unsigned char *bytes, size_t size); /* default: the system's */
    /* Called after each statement: its text, how long it took, the rows it returned or changed. */
    void (*trace)(void *context, const char *statement, double milliseconds, int64_t rows);
    /* Called during long work (import, export, deploy) with the steps done and, if known (not 0), the total.
     */
    void (*progress)(void *context, const char *what, uint64_t done, uint64_t total);
    void *context;             /* passed to the four above */
    const char *warehouse_url; /* where tables and views are; default: in the store's database */
    double timeout_seconds;    /* upper bound of all the work done with this handle, from its opening on */
    double busy_seconds;       /* how long to wait for somebody else's lock; default 5 */
    bool dry_run;              /* do everything, then roll back instead of committing */
    /* The warehouse cannot change several views at one instant, whatever its database can: deployments change
     * one view after another, and readers may see a mixture meanwhile. */
    bool views_one_by_one;
} repoint_store_options;

/*
 * Opens a state store: "sqlite:PATH", "postgresql://...", "mysql://...", "duckdb:PATH", or "memory:" for an
 * empty one that lives as long as the handle.
 * Checks the schema version (101 and 102 are known) and nothing else; the stored SQLMesh and SQLGlot versions
 * stay as they are. REPOINT_NOT_A_STORE, REPOINT_SCHEMA_VERSION, REPOINT_UNREACHABLE, REPOINT_INVALID (the
 * URL).
 */
REPOINT_API repoint_status repoint_store_open(const char *url, const repoint_store_options *options,
                                              repoint_store **ret_store, repoint_error *error);

#define REPOINT_NEWEST_SCHEMA_VERSION 102 /* what a new store gets */
#define REPOINT_OLDEST_SCHEMA_VERSION 101 /* has the same tables */

typedef struct repoint_versions {
    int schema_version;
    char sqlmesh_version[32];
    char sqlglot_version[32];
} repoint_versions;

/*
 * As repoint_store_open(), but creates the tables where there are none. `versions` is what it then records
 * (NULL or an empty string: 102, 0.236.4 and 30.8.0). *ret_created (may be NULL) says whether it did.
 */
REPOINT_API repoint_status repoint_store_create(const char *url, const repoint_store_options *options,
                                                const repoint_versions *versions, repoint_store **ret_store,
                                                bool *ret_created, repoint_error *error);

REPOINT_API void repoint_store_close(repoint_store *store);

/* Makes the call in progress, and every later one, fail with REPOINT_INTERRUPTED unless it is committing. May
 * be called from a signal handler and from another thread. */
REPOINT_API void repoint_store_interrupt(repoint_store *store);

/* Takes an interrupt back, when the call that it has ended has returned and nobody interrupts any more: later
 * calls work again. For stores in memory, which would be lost with their handle; false: this one stays
 * interrupted, close it and open it anew. */
REPOINT_API bool repoint_store_proceed(repoint_store *store);

REPOINT_API repoint_status repoint_store_versions(repoint_store *store, repoint_versions *ret_versions,
                                                  repoint_error *error);

/* Records which SQLMesh and SQLGlot use the store from now on; an empty string leaves what is recorded. The
 * schema version stays as it is, whatever `versions` says. */
REPOINT_API repoint_status repoint_store_record_versions(repoint_store *store,
                                                         const repoint_versions *versions,
                                                         repoint_error *error);

/*
 * Moves a store of schema version 101 to 102. They have the same tables; where stored Python code would have
 * to be spelled anew, only SQLMesh can do it: REPOINT_REFUSED. Nothing to do at 102. Copies of the tables
 * (`..._backup`) are made before, unless `skip_backup`. *ret_from may be NULL.
 */
REPOINT_API repoint_status repoint_store_migrate(repoint_store *store, bool skip_backup, int *ret_from,
                                                 repoint_error *error);

/*
 * Puts the copies that a migration made back, and uses them up. REPOINT_NOT_FOUND when there are none;
 * REPOINT_REFUSED when their tables are older than 101, which SQLMesh can restore. *ret_versions may be NULL.
 */
REPOINT_API repoint_status repoint_store_rollback(repoint_store *store, repoint_versions *ret_versions,
                                                  repoint_error *error);

/* Drops the tables of the store, and with `backups` a migration's copies too. Of the handle only
 * repoint_store_close() is legal afterwards. */
REPOINT_API repoint_status repoint_store_remove(repoint_store *store, bool backups, repoint_error *error);

/* Drops the tables and makes them anew, empty, with the same recorded versions. A migration's copies stay. */
REPOINT_API repoint_status repoint_store_reset(repoint_store *store, repoint_error *error);

/* ---- snapshots ---- */

typedef struct repoint_snapshot_id {
    const char *name; /* full quoted name */
    const char *identifier;
} repoint_snapshot_id;

typedef struct repoint_snapshot_list repoint_snapshot_list;
REPOINT_API size_t repoint_snapshot_list_count(const repoint_snapshot_list *list);
REPOINT_API const repoint_snapshot *repoint_snapshot_list_at(const repoint_snapshot_list *list, size_t index);
REPOINT_API void repoint_snapshot_list_free(repoint_snapshot_list *list);

/*
 * Adds snapshots; their intervals are not written. One that is stored already stays as it is. *ret_added (may
 * be NULL) counts the new ones. Every snapshot must be categorised and versioned: REPOINT_INVALID.
 */
REPOINT_API repoint_status repoint_push(repoint_store *store, const repoint_snapshot *const *snapshots,
                                        size_t count, size_t *ret_added, repoint_error *error);

/*
 * The snapshots of state files (NULL-terminated paths, "-" is standard input), added likewise, streamed, all
 * files in one transaction. *ret_total counts the snapshots in the files.
 */
REPOINT_API repoint_status repoint_push_files(repoint_store *store, const char *const *paths,
                                              size_t *ret_added, size_t *ret_total, repoint_error *error);

/* Deletes snapshots that are stored; their intervals stay. */
REPOINT_API repoint_status repoint_snapshots_delete(repoint_store *store, const repoint_snapshot_id *ids,
                                                    size_t count, repoint_error *error);

/* Loads snapshots with their intervals. Ids that are not stored are left out; the order is by name and
 * identifier. */
REPOINT_API repoint_status repoint_snapshots_get(repoint_store *store, const repoint_snapshot_id *ids,
                                                 size_t count, repoint_snapshot_list **ret_list,
                                                 repoint_error *error);

/* Sets ret_exists[i] for each id. */
REPOINT_API repoint_status repoint_snapshots_exist(repoint_store *store, const repoint_snapshot_id *ids,
                                                   size_t count, bool *ret_exists, repoint_error *error);

/* Sets ret_exists[i] for each model name of `names` (full, exact): is any snapshot of it stored? With
 * `exclude_external` external models do not count, nor, as in SQLMesh, standalone audits. */
REPOINT_API repoint_status repoint_nodes_exist(repoint_store *store, const char *const *names, size_t count,
                                               bool exclude_external, bool *ret_exists, repoint_error *error);

/* A row of the store's list of snapshots. Strings live until the callback returns. */
typedef struct repoint_snapshot_row {
    const char *name;
    const char *identifier;
    const char *version;
    const char *dev_version; /* or NULL */
    const char *kind_name;   /* NULL: a standalone audit */
    int64_t updated_ts;
    int64_t unpaused_ts; /* 0: paused */
    int64_t ttl_ms;
    bool unrestorable;
    bool forward_only;
    bool is_expired;         /* updated_ts + ttl_ms has passed; it may still be in use */
    const char *fingerprint; /* a JSON object, or NULL where the column has none */
} repoint_snapshot_row;

/* Returns false to stop. */
typedef bool (*repoint_snapshot_visitor)(void *context, const repoint_snapshot_row *snapshot);

/*
 * Calls `row` for each stored snapshot, by name and then age; of one model when `name` (a full name, or an
 * unambiguous tail of one) is given: REPOINT_NOT_FOUND, or REPOINT_INVALID when it is ambiguous.
 */
REPOINT_API repoint_status repoint_snapshots_list(repoint_store *store, const char *name,
                                                  repoint_snapshot_visitor row, void *context,
                                                  repoint_error *error);

/*
 * The same for the snapshots of these models (full names, exact). With `exclude_expired` without those whose
 * time to live had passed at `current_ts` (0: now), used by an environment or not.
 */
REPOINT_API repoint_status repoint_snapshots_by_names(repoint_store *store, const char *const *names,
                                                      size_t count, int64_t current_ts, bool exclude_expired,
                                                      repoint_snapshot_visitor row, void *context,
                                                      repoint_error *error);

/*
 * "NAME" or "NAME@IDENTIFIER" to a snapshot, loaded. NAME alone must have one snapshot that is not
 * unrestorable; otherwise REPOINT_INVALID lists the identifiers.
 */
REPOINT_API repoint_status repoint_snapshot_find(repoint_store *store, const char *text,
                                                 repoint_snapshot **ret_snapshot, repoint_error *error);

/*
 * From now on these snapshots are what scheduled runs load, since `unpaused_ts` (milliseconds): every other
 * snapshot of their models is paused, and one that shares a version with them but went the other way
 * (forward-only or not) can never be restored (SQLMesh: unpause_snapshots).
 */
REPOINT_API repoint_status repoint_unpause(repoint_store *store, const repoint_table *const *tables,
                                           size_t count, int64_t unpaused_ts, repoint_error *error);

/* When a version is restated by itself next. */
typedef struct repoint_auto_restatement {
    const char *name;
    const char *version;
    int64_t next_ts; /* 0: not scheduled any more */
} repoint_auto_restatement;

REPOINT_API repoint_status repoint_auto_restatements_update(repoint_store *store,
                                                            const repoint_auto_restatement *restatements,
                                                            size_t count, repoint_error *error);

/* ---- expiry ---- */

/* A place in the order of expiry: by updated_ts, name, identifier. NULL is "". */
typedef struct repoint_row_boundary {
    int64_t updated_ts;
    const char *name;
    const char *identifier;
} repoint_row_boundary;

typedef struct repoint_expired_options {
    int64_t current_ts;                /* 0: now */
    bool ignore_ttl;                   /* everything that nothing points to, however young */
    repoint_row_boundary after;        /* only what comes behind it; zeros: everything */
    const repoint_row_boundary *until; /* only up to it, inclusive; NULL: no end */
    size_t limit;                      /* 0: no limit */
    const repoint_snapshot_id *keep;   /* these are needed, whatever the environments say */
    size_t keep_count;
} repoint_expired_options;

typedef struct repoint_expired repoint_expired;

/* Tables that nothing uses any more. */
typedef struct repoint_cleanup_task {
    const repoint_table *table;
    bool dev_table_only; /* another snapshot still uses the table of the version */
} repoint_cleanup_task;

/*
 * The snapshots whose time to live has passed and that no environment protects (SQLMesh:
 * get_expired_snapshots), at one moment of the store; *ret_batch is NULL when there are none.
 * repoint_expired_free() it. options NULL: all of them, now.
 */
REPOINT_API repoint_status repoint_snapshots_expired(repoint_store *store,
                                                     const repoint_expired_options *options,
                                                     repoint_expired **ret_batch, repoint_error *error);

/*
 * Finds them anew and deletes them, with the intervals of the tables that go, in one transaction. No table is
 * touched: dropping what the tasks name is the caller's. *ret_batch (may be NULL itself) is what was deleted.
 * Before the next batch is asked for this one must be deleted, or tables that both share get no task.
 */
REPOINT_API repoint_status repoint_snapshots_delete_expired(repoint_store *store,
                                                            const repoint_expired_options *options,
                                                            repoint_expired **ret_batch,
                                                            repoint_error *error);

/* Strings and tables live as long as the batch. */
REPOINT_API size_t repoint_expired_count(const repoint_expired *batch);
REPOINT_API repoint_snapshot_id repoint_expired_at(const repoint_expired *batch, size_t index);
/* When its time to live ended, or will end. */
REPOINT_API int64_t repoint_expired_since(const repoint_expired *batch, size_t index);
REPOINT_API size_t repoint_expired_task_count(const repoint_expired *batch);
REPOINT_API repoint_cleanup_task repoint_expired_task(const repoint_expired *batch, size_t index);
/* Where the batch ends: `after` of the next one. */
REPOINT_API repoint_row_boundary repoint_expired_end(const repoint_expired *batch);
REPOINT_API void repoint_expired_free(repoint_expired *batch);

/* ---- intervals ---- */

typedef struct repoint_interval {
    int64_t start_ts; /* inclusive */
    int64_t end_ts;   /* exclusive */
} repoint_interval;

/* A range as text: anything that `repoint help times` lists. An end that is a date includes its whole day. */
typedef struct repoint_range {
    const char *start;
    const char *end;
} repoint_range;

typedef struct repoint_interval_list repoint_interval_list;
REPOINT_API size_t repoint_interval_list_count(const repoint_interval_list *list);
REPOINT_API repoint_interval repoint_interval_list_at(const repoint_interval_list *list, size_t index);
REPOINT_API void repoint_interval_list_free(repoint_interval_list *list);

typedef enum repoint_interval_kind {
    REPOINT_INTERVALS,         /* of the version's table */
    REPOINT_INTERVALS_DEV,     /* of the development table */
    REPOINT_INTERVALS_PENDING, /* restatements not done yet */
} repoint_interval_kind;

REPOINT_API repoint_interval_list *repoint_snapshot_intervals(const repoint_snapshot *snapshot,
                                                              repoint_interval_kind kind);

/*
 * Records that a snapshot's table has data for a range: whole intervals inside it. *ret_added (may be NULL)
 * is what was recorded, empty when the range holds no whole interval.
 */
REPOINT_API repoint_status repoint_intervals_add(repoint_store *store, const repoint_snapshot *snapshot,
                                                 const repoint_range *range, bool dev,
                                                 repoint_interval_list **ret_added, repoint_error *error);

/*
 * Writes the intervals that these snapshot objects carry (intervals, dev intervals, pending restatements),
 * for many at once.
 */
REPOINT_API repoint_status repoint_intervals_add_many(repoint_store *store,
                                                      const repoint_snapshot *const *snapshots, size_t count,
                                                      repoint_error *error);

/*
 * Takes a range away, widened to whole intervals; models that are only ever rebuilt whole lose everything.
 * `shared` does it for every snapshot of the same version. *ret_removed (may be NULL) is what was taken away.
 */
REPOINT_API repoint_status repoint_intervals_remove(repoint_store *store, const repoint_snapshot *snapshot,
                                                    const repoint_range *range, bool shared,
                                                    repoint_interval *ret_removed, repoint_error *error);

/* A row of the log of intervals: what one snapshot has written for the tables of its version. */
typedef struct repoint_interval_row {
    const char *name;       /* full quoted name */
    const char *identifier; /* NULL: of the version as a whole, as restatements always are */
    const char *version;
    const char *dev_version; /* or NULL */
    repoint_interval_kind kind;
    repoint_interval interval;
    int64_t last_altered_ts; /* when the table was last changed, in milliseconds; 0: not known */
} repoint_interval_row;

/* Appends such rows, for who has intervals without the snapshots; taken as they are, in one transaction. */
REPOINT_API repoint_status repoint_intervals_append(repoint_store *store, const repoint_interval_row *rows,
                                                    size_t count, repoint_error *error);

/*
 * Takes these intervals of the version's tables away, exactly (kind and last_altered_ts do not count). With
 * `shared` from every snapshot of the same version that has written any; of several rows for one version the
 * last counts then.
 */
REPOINT_API repoint_status repoint_intervals_withdraw(repoint_store *store, const repoint_interval_row *rows,
                                                      size_t count, bool shared, repoint_error *error);

/* What the snapshot should have of a range and does not; NULL start or end: since its data begins, until now.
 */
REPOINT_API repoint_status repoint_intervals_missing(repoint_store *store, const repoint_snapshot *snapshot,
                                                     const repoint_range *range, bool dev,
                                                     repoint_interval_list **ret_missing,
                                                     repoint_error *error);

/* Up to when a model has data in an environment. */
typedef struct repoint_interval_end {
    const char *name; /* lives until the callback returns */
    int64_t end_ts;
} repoint_interval_end;

/* Returns false to stop. */
typedef bool (*repoint_interval_end_visitor)(void *context, const repoint_interval_end *end);

/*
 * Calls `row` for each model of an environment that has intervals, of the names in `models` alone unless that
 * is NULL (full, exact; NULL-terminated): the latest end of what was ever added. As in SQLMesh, what was
 * removed since counts until the log is compacted. `finalized`: as the environment was when it was last
 * finalized. An environment that is not there has none.
 */
REPOINT_API repoint_status repoint_interval_ends(repoint_store *store, const char *environment,
                                                 const char *const *models, bool finalized,
                                                 repoint_interval_end_visitor row, void *context,
                                                 repoint_error *error);

/* Replaces the intervals of loaded snapshots by what is stored now. */
REPOINT_API repoint_status repoint_intervals_refresh(repoint_store *store, repoint_snapshot_list *snapshots,
                                                     repoint_error *error);

/* The same for snapshots that need not be stored: by the version that they have. */
REPOINT_API repoint_status repoint_snapshots_refresh(repoint_store *store, repoint_snapshot *const *snapshots,
                                                     size_t count, repoint_error *error);

/* Merges the log of intervals. What is read afterwards is the same. Counts rows before and after (may be
 * NULL). */
REPOINT_API repoint_status repoint_intervals_compact(repoint_store *store, size_t *ret_before,
                                                     size_t *ret_after, repoint_error *error);

/* ---- environments ---- */

/* Exact name, as stored. REPOINT_NOT_FOUND lists what there is. */
REPOINT_API repoint_status repoint_environment_get(repoint_store *store, const char *name,
                                                   repoint_environment **ret_environment,
                                                   repoint_error *error);

/* Strings live until the callback returns. A time of 0 is absent. */
typedef struct repoint_environment_row {
    const char *name;
    const char *start_at;
    const char *end_at; /* or NULL */
    const char *plan_id;
    const char *previous_plan_id; /* or NULL */
    int64_t expiration_ts;
    int64_t finalized_ts;
    bool is_expired;
    const char *suffix_target;         /* "schema", "table" or "catalog" */
    const char *catalog_name_override; /* or NULL */
    bool normalize_name;
    bool gateway_managed;
} repoint_environment_row;

/* Returns false to stop. */
typedef bool (*repoint_environment_visitor)(void *context, const repoint_environment_row *environment);

/* Calls `row` for each environment, by name, expired ones included. */
REPOINT_API repoint_status repoint_environments_list(repoint_store *store, repoint_environment_visitor row,
                                                     void *context, repoint_error *error);

/* Calls `row` for each environment that has expired at `current_ts` (0: now); with `name` only for that one,
 * if it has. */
REPOINT_API repoint_status repoint_environments_expired(repoint_store *store, const char *name,
                                                        int64_t current_ts, repoint_environment_visitor row,
                                                        void *context, repoint_error *error);

/*
 * Deletes them, with their statements, and then calls `row` (may be NULL) for each that it has deleted. What
 * they pointed to expires by itself (repoint_snapshots_expired()); their views are the caller's to drop.
 */
REPOINT_API repoint_status repoint_environments_delete_expired(repoint_store *store, const char *name,
                                                               int64_t current_ts,
                                                               repoint_environment_visitor row, void *context,
                                                               repoint_error *error);

/*
 * Lets an environment expire now; the janitor removes it. The name is lower-cased, and not looked at
 * otherwise. `prod` is refused with REPOINT_REFUSED, if `protect_prod`. *ret_found (may be NULL) says whether
 * there is such an environment: if not, nothing happens.
 */
REPOINT_API repoint_status repoint_environment_invalidate(repoint_store *store, const char *name,
                                                          bool protect_prod, bool *ret_found,
                                                          repoint_error *error);

/* The environment's statements as a JSON array (SQLMesh's objects); "[]" when it has none. repoint_free() it.
 */
REPOINT_API repoint_status repoint_environment_statements(repoint_store *store, const char *name,
                                                          char **ret_json, repoint_error *error);

/* ---- promote and finalize ---- */

typedef enum repoint_gap_check {
    REPOINT_GAPS_ALL,   /* every model (the default) */
    REPOINT_GAPS_NAMED, /* those in gap_names */
    REPOINT_GAPS_NONE,
} repoint_gap_check;

typedef struct repoint_promote_options {
    repoint_gap_check gap_check;
    /* NULL-terminated. A full quoted name or an unambiguous tail of one ("orders"); a name that is in neither
     * the new nor the stored environment is REPOINT_NOT_FOUND. */
    const char *const *gap_names;
    bool gap_names_exact; /* as SQLMesh: full names only, unknown ones are silently ignored */
    const char
        *statements_json; /* a JSON array that replaces the environment's statements; NULL leaves them */
} repoint_promote_options;

typedef struct repoint_promotion repoint_promotion;

/*
 * Phase 1: writes `environment` as the stored record, unfinalized, if
 *   - every snapshot that it names is stored              (REPOINT_MISSING_SNAPSHOTS, error.names)
 *   - the stored record is the one that it was made from  (REPOINT_CONFLICT): its previous_plan_id
 *   - no incremental model goes to a version that lacks time ranges that the old one has, up to where the old
 * one ends                                                 (REPOINT_GAPS, error.detail) in this order. An
 * expired environment is replaced without the last two. Snapshots that drop out get their time to live anew.
 * Views are not touched. options NULL: all gaps are checked, statements stay.
 */
REPOINT_API repoint_status repoint_promote(repoint_store *store, const repoint_environment *environment,
                                           const repoint_promote_options *options,
                                           repoint_promotion **ret_promotion, repoint_error *error);

/* What a promotion changes: views to create or replace (added), and to remove. By name. */
REPOINT_API size_t repoint_promotion_added_count(const repoint_promotion *promotion);
REPOINT_API const repoint_table *repoint_promotion_added(const repoint_promotion *promotion, size_t index);
REPOINT_API size_t repoint_promotion_removed_count(const repoint_promotion *promotion);
REPOINT_API const repoint_table *repoint_promotion_removed(const repoint_promotion *promotion, size_t index);
/* How the environment named the removed views (JSON object); NULL when nothing was removed. */
REPOINT_API const char *repoint_promotion_removed_naming_json(const repoint_promotion *promotion);
REPOINT_API void repoint_promotion_free(repoint_promotion *promotion);

/*
 * Phase 2: the stored record becomes finalized now, if it is still the plan that `environment` has
 * (REPOINT_CONFLICT otherwise; REPOINT_NOT_FOUND when it is gone). Again with the same plan: only the time
 * changes.
 */
REPOINT_API repoint_status repoint_finalize(repoint_store *store, repoint_environment *environment,
                                            repoint_error *error);

/* ---- state files ---- */

typedef struct repoint_transfer_counts {
    size_t snapshots;
    size_t environments;
} repoint_transfer_counts;

/*
 * Writes SQLMesh's state file: the named environments (NULL-terminated; NULL is all) and the snapshots that
 * they point to, at one moment of the store. `path` NULL or "-" is standard output. A file appears under its
 * name only when it is whole.
 */
REPOINT_API repoint_status repoint_export(repoint_store *store, const char *path,
                                          const char *const *environments,
                                          repoint_transfer_counts *ret_counts, repoint_error *error);

/*
 * Reads SQLMesh's state file ("-" is standard input) in one transaction. With `replace` the store is emptied
 * first; without, snapshots and environments of the file replace those of the same id and name, and intervals
 * are united with what is there.
 */
REPOINT_API repoint_status repoint_import(repoint_store *store, const char *path, bool replace,
                                          repoint_transfer_counts *ret_counts, repoint_error *error);

#ifdef __cplusplus
}
#endif

#endif
