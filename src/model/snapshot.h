/* A snapshot: one version of a model, whole (SQLMesh: Snapshot). */
#ifndef RP_MODEL_SNAPSHOT_H
#define RP_MODEL_SNAPSHOT_H

#include "base/time.h"
#include "model/naming.h"
#include "model/schedule.h"
#include "model/table.h"

/* Strings point into `json`; NULL means absent. */
struct repoint_snapshot {
    rp_json *json;
    yyjson_val *value;
    const char *name;
    char identifier[RP_HASH_SIZE];
    char own_version[RP_HASH_SIZE]; /* of the fingerprint */
    rp_fingerprint fingerprint;
    const char *version; /* NULL: not categorised */
    const char *dev_version;
    rp_change_category category;
    yyjson_val *node;
    const char *kind_name; /* NULL: a standalone audit */
    rp_kind kind;
    const char *ttl;
    int64_t created_ts;
    int64_t last_altered_ts;
    int64_t dev_last_altered_ts;
    /* What the database keeps in columns and other tables, not in the JSON column: */
    int64_t updated_ts;
    int64_t unpaused_ts; /* RP_TS_NONE: paused */
    int64_t next_auto_restatement_ts;
    bool unrestorable;
    bool forward_only;
    rp_intervals intervals;
    rp_intervals dev_intervals;
    rp_intervals pending_restatement_intervals;
};

/* Reads the object of a state file, or of the column `snapshot` (whose columns the caller then overlays). */
repoint_status rp_snapshot_read(rp_json *json, yyjson_val *value, rp_strictness strictness,
                                repoint_snapshot **ret_snapshot, repoint_error *error);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(repoint_snapshot, repoint_snapshot_free)

const char *rp_snapshot_dev_version(
    const repoint_snapshot *snapshot); /* the fingerprint's when none is stored */
bool rp_snapshot_is_forward_only(const repoint_snapshot *snapshot); /* flag, or the old category */
bool rp_snapshot_is_paused(const repoint_snapshot *snapshot);

/* Fails with REPOINT_INVALID unless it has a version and a category: only then may it be stored. */
repoint_status rp_snapshot_check_categorized(const repoint_snapshot *snapshot, repoint_error *error);

/* Fails with REPOINT_INVALID unless its cron expression and time zone can be understood. */
repoint_status rp_snapshot_check_cron(const repoint_snapshot *snapshot, repoint_error *error);

/* Names of its parents, NULL-terminated; the array is the caller's (g_free()), the strings are not. */
const char **rp_snapshot_parent_names(const repoint_snapshot *snapshot);

/* Its schedule; release with rp_schedule_clear(). */
repoint_status rp_snapshot_schedule(const repoint_snapshot *snapshot, rp_calendar *calendar,
                                    rp_schedule *ret_schedule, repoint_error *error);

/*
 * The text of column `snapshot`: what other columns and tables hold is left out. A seed is written as it
 * came; SQLMesh stores seeds without their content, with column hashes in its place, which only pandas can
 * compute.
 */
void rp_snapshot_write_column(GString *out, const repoint_snapshot *snapshot);

/* The table info by which environments refer to it; it is categorised. */
void rp_snapshot_write_table(rp_json_writer *writer, const repoint_snapshot *snapshot);

/* The object of a state file. */
void rp_snapshot_write(rp_json_writer *writer, const repoint_snapshot *snapshot);

#endif
