/* An environment: a named set of pointers to snapshots (SQLMesh: Environment). */
#ifndef RP_MODEL_ENVIRONMENT_H
#define RP_MODEL_ENVIRONMENT_H

#include "base/time.h"
#include "model/naming.h"
#include "model/table.h"

#define RP_PROD "prod"

typedef struct rp_snapshot_id {
    const char *name;
    const char *identifier;
} rp_snapshot_id;

/* Snapshot ids that share one document, which the list holds. */
typedef struct rp_snapshot_ids {
    rp_json *json;
    rp_snapshot_id *items;
    size_t count;
} rp_snapshot_ids;

struct repoint_environment {
    rp_json *unknown; /* an object of the fields that this version does not know; NULL: there are none */
    rp_environment_naming naming;
    char *start_at; /* a time-like value: text as it is, or the digits of a number */
    bool start_is_number;
    char *end_at; /* NULL: absent */
    bool end_is_number;
    char *plan_id;
    char *previous_plan_id; /* NULL: absent */
    int64_t expiration_ts;  /* RP_TS_NONE: never */
    int64_t finalized_ts;   /* RP_TS_NONE: not finalized */
    rp_tables tables;       /* "snapshots" */
    bool promotes_all;      /* promoted_snapshot_ids is absent */
    rp_snapshot_ids promoted;
    bool has_previous_finalized;
    rp_tables previous_finalized; /* "previous_finalized_snapshots" */
    rp_json *requirements_json;
    yyjson_val *requirements; /* an object in requirements_json, or NULL */
};

G_DEFINE_AUTOPTR_CLEANUP_FUNC(repoint_environment, repoint_environment_free)

/* Reads an environment object. The name is sanitised. The lists of tables are read one by one, so that there
 * is no document of the size of the whole. */
repoint_status rp_environment_parse(const char *text, size_t size, const char *what, rp_strictness strictness,
                                    repoint_environment **ret_environment, repoint_error *error);
/* Reads an object of which the member `key` is an environment; the others are given as an object of their
 * own. *ret_environment is NULL when it is no object; then it is one of the others. */
repoint_status rp_environment_parse_member(const char *text, size_t size, const char *what, const char *key,
                                           rp_strictness strictness, rp_json **ret_others,
                                           repoint_environment **ret_environment, repoint_error *error);
void rp_environment_write(rp_json_writer *writer, const repoint_environment *environment);
/* About how many bytes that is with RP_JSON_PYTHON, in which the tables need not be spelled anew. */
size_t rp_environment_text_size(const repoint_environment *environment);

/* Reads an array of {"name", "identifier"}; `array` is inside `json`. */
repoint_status rp_snapshot_ids_read(rp_json *json, yyjson_val *array, rp_snapshot_ids *ret_ids,
                                    repoint_error *error);
void rp_snapshot_ids_write(rp_json_writer *writer, const rp_snapshot_ids *ids);
void rp_snapshot_ids_clear(rp_snapshot_ids *ids);

bool rp_environment_is_dev(const repoint_environment *environment);
bool rp_environment_is_finalized(const repoint_environment *environment);
bool rp_environment_is_expired(const repoint_environment *environment, int64_t now_ts);

/* The tables that it shows as views, borrowed: all of them, or those in promoted_snapshot_ids. */
GPtrArray *rp_environment_promoted_tables(const repoint_environment *environment);

/* What it pointed to when it was last finalized: its tables, or previous_finalized_snapshots, as the
 * reference. */
const rp_tables *rp_environment_finalized_or_current(const repoint_environment *environment);

/* Sets of tables, equal by name and fingerprint, and tables by name; keys and values are borrowed. */
GHashTable *rp_table_set_new(void);
GHashTable *rp_tables_by_name(const rp_tables *tables);

#endif
