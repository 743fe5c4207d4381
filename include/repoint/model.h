/*
 * repoint/model.h: the values that the library hands out and takes: tables, snapshots, environments.
 *
 * Each has _from_json and _to_json in SQLMesh's JSON, and its own _free (NULL is allowed). A field that this
 * version does not know survives a round trip unchanged. Text is UTF-8. Strings returned as const char *
 * belong to the value they were asked of; strings returned as char * are the caller's, to be released with
 * repoint_free().
 */
#ifndef REPOINT_MODEL_H
#define REPOINT_MODEL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "repoint/error.h"

#ifdef __cplusplus
extern "C" {
#endif

REPOINT_API void repoint_free(void *memory);

/* ---- tables: one version of a model, as an environment remembers it ---- */

typedef struct repoint_table repoint_table;

REPOINT_API repoint_status repoint_table_from_json(const char *text, size_t size, repoint_table **ret_table,
                                                   repoint_error *error);
REPOINT_API char *repoint_table_to_json(const repoint_table *table);
REPOINT_API void repoint_table_free(repoint_table *table);

REPOINT_API const char *repoint_table_name(const repoint_table *table);       /* "\"shop\".\"orders\"" */
REPOINT_API const char *repoint_table_identifier(const repoint_table *table); /* of the snapshot */
REPOINT_API const char *repoint_table_version(const repoint_table *table);    /* of the physical table */
REPOINT_API const char *repoint_table_kind(const repoint_table *table); /* NULL for a standalone audit */
/* Where the data lies: the version's table, or with `dev` its development table. NULL where there is none. */
REPOINT_API char *repoint_table_physical_name(const repoint_table *table, bool dev);

/* ---- snapshots: one version of a model, whole ---- */

typedef struct repoint_snapshot repoint_snapshot;

REPOINT_API repoint_status repoint_snapshot_from_json(const char *text, size_t size,
                                                      repoint_snapshot **ret_snapshot, repoint_error *error);
/* The object of a state file, intervals included. */
REPOINT_API char *repoint_snapshot_to_json(const repoint_snapshot *snapshot);
REPOINT_API void repoint_snapshot_free(repoint_snapshot *snapshot);

REPOINT_API const char *repoint_snapshot_name(const repoint_snapshot *snapshot);
REPOINT_API const char *repoint_snapshot_identifier(const repoint_snapshot *snapshot);
REPOINT_API const char *repoint_snapshot_version(
    const repoint_snapshot *snapshot); /* NULL: not categorised */
/* The snapshot as an environment refers to it. */
REPOINT_API repoint_status repoint_snapshot_table(const repoint_snapshot *snapshot, repoint_table **ret_table,
                                                  repoint_error *error);

/* ---- environments ---- */

typedef struct repoint_environment repoint_environment;

REPOINT_API repoint_status repoint_environment_from_json(const char *text, size_t size,
                                                         repoint_environment **ret_environment,
                                                         repoint_error *error);
REPOINT_API char *repoint_environment_to_json(const repoint_environment *environment);
REPOINT_API repoint_environment *repoint_environment_copy(const repoint_environment *environment);
REPOINT_API void repoint_environment_free(repoint_environment *environment);

REPOINT_API const char *repoint_environment_name(const repoint_environment *environment);
REPOINT_API const char *repoint_environment_plan_id(const repoint_environment *environment);
REPOINT_API const char *repoint_environment_previous_plan_id(
    const repoint_environment *environment); /* or NULL */
/* Milliseconds since 1970 UTC, or 0 when it is not finalized. */
REPOINT_API int64_t repoint_environment_finalized_ts(const repoint_environment *environment);
/* Milliseconds since 1970 UTC, or 0 when it never expires. */
REPOINT_API int64_t repoint_environment_expiration_ts(const repoint_environment *environment);
REPOINT_API size_t repoint_environment_table_count(const repoint_environment *environment);
REPOINT_API const repoint_table *repoint_environment_table(const repoint_environment *environment,
                                                           size_t index);

/*
 * Makes it a new plan on top of what it is: plan_id becomes `plan_id`, previous_plan_id the plan id it had,
 * previous_finalized_snapshots what it pointed to when it was last finalized; it is no longer finalized.
 */
REPOINT_API repoint_status repoint_environment_begin_plan(repoint_environment *environment,
                                                          const char *plan_id, repoint_error *error);
/* Points its model `table`'s name at `table`, or adds the model. */
REPOINT_API repoint_status repoint_environment_set_table(repoint_environment *environment,
                                                         const repoint_table *table, repoint_error *error);
/* Takes the model of this full name out; REPOINT_NOT_FOUND when it has none. */
REPOINT_API repoint_status repoint_environment_drop_table(repoint_environment *environment, const char *name,
                                                          repoint_error *error);

#ifdef __cplusplus
}
#endif

#endif
