/*
 * A table: what an environment remembers of a snapshot (SQLMesh: SnapshotTableInfo). Enough to name its
 * physical tables and its views, without the snapshot itself.
 */
#ifndef RP_MODEL_TABLE_H
#define RP_MODEL_TABLE_H

#include "model/fingerprint.h"
#include "model/kind.h"
#include "repoint/model.h"

typedef enum rp_table_naming {
    RP_NAMING_SCHEMA_AND_TABLE,
    RP_NAMING_TABLE_ONLY,
    RP_NAMING_HASH_MD5,
} rp_table_naming;

const char *rp_table_naming_name(rp_table_naming naming);
bool rp_table_naming_from_name(const char *name, rp_table_naming *ret_naming); /* NULL is not a name */

/* Strings point into `json`, of which the table holds a reference; NULL means absent. */
struct repoint_table {
    rp_json *json;
    yyjson_val *value; /* the object inside `json`, fields of other versions included */
    const char *name;  /* fully qualified and quoted: "shop"."orders" */
    char identifier[RP_HASH_SIZE];
    rp_fingerprint fingerprint;
    const char *version;
    const char *dev_version;        /* as stored; see rp_table_dev_version() */
    char own_version[RP_HASH_SIZE]; /* of the fingerprint */
    const char *physical_schema;
    const char *dev_table_suffix;
    const char *base_table_name_override;
    const char *kind_name;
    rp_kind kind;
    rp_change_category category;
    rp_table_naming naming;
    bool forward_only;                /* as stored; see rp_table_is_forward_only() */
    bool is_model;                    /* false: a standalone audit */
    bool is_virtual_environment_full; /* virtual_environment_mode is "full" */
    const char *gateway;              /* model_gateway */
};

/*
 * Reads a table info; `value` is inside `json`. Fails with REPOINT_INVALID, naming the table and the key, for
 * a missing key that the reference requires and for a known key with another type or an unknown word.
 */
repoint_status rp_table_read(rp_json *json, yyjson_val *value, repoint_table *ret_table,
                             repoint_error *error);
/* A table of its own from the root of a document. */
repoint_status rp_table_new(rp_json *json, repoint_table **ret_table, repoint_error *error);
void rp_table_copy(repoint_table *to, const repoint_table *from);
void rp_table_clear(repoint_table *table);

const char *rp_table_dev_version(
    const repoint_table *table);                           /* the fingerprint's version when none is stored */
bool rp_table_is_forward_only(const repoint_table *table); /* flag, or the old category */
/* As the reference compares them: by fingerprint (and hashes them by name and fingerprint). */
bool rp_table_equal(const repoint_table *a, const repoint_table *b);

/* An array of tables that share one document, as an environment has them. Owned by whoever holds it. */
typedef struct rp_tables {
    repoint_table *items;
    size_t count;
} rp_tables;

/* Reads an array of table infos. On failure nothing is kept. */
repoint_status rp_tables_read(rp_json *json, yyjson_val *array, rp_tables *ret_tables, repoint_error *error);
void rp_tables_clear(rp_tables *tables);
/* A new list of copies of `count` tables, in this order. */
rp_tables rp_tables_of(const repoint_table *const *tables, size_t count);
void rp_tables_write(rp_json_writer *writer, const rp_tables *tables);
const repoint_table *rp_tables_find(const rp_tables *tables, const char *name); /* NULL when absent; linear */

#endif
