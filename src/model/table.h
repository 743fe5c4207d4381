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

/* What tables that were read together share: their JSON and the strings of their fields. Reference-counted,
 * never changed once they are read. */
typedef struct rp_table_texts rp_table_texts;

/* Strings are in `texts`, of which the table holds a reference; NULL means absent. */
struct repoint_table {
    rp_table_texts *texts;
    size_t json_at; /* where the object stands in the JSON, fields of other versions included */
    size_t json_size;
    const char *name; /* fully qualified and quoted: "shop"."orders" */
    char identifier[RP_HASH_SIZE];
    rp_fingerprint fingerprint;
    const char *version;
    const char *dev_version;        /* as stored; see rp_table_dev_version() */
    char own_version[RP_HASH_SIZE]; /* of the fingerprint; empty where a dev_version is stored */
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
 * Reads a table info from text in the spelling of rows, which it takes over, also on failure. Fails with
 * REPOINT_INVALID, naming the table and the key, for a missing key that the reference requires and for a
 * known key with another type or an unknown word.
 */
repoint_status rp_table_parse(GString *text, repoint_table **ret_table, repoint_error *error);
void rp_table_copy(repoint_table *to, const repoint_table *from);
void rp_table_clear(repoint_table *table);
void rp_table_write(rp_json_writer *writer, const repoint_table *table);

const char *rp_table_dev_version(
    const repoint_table *table);                           /* the fingerprint's version when none is stored */
bool rp_table_is_forward_only(const repoint_table *table); /* flag, or the old category */
/* As the reference compares them: by fingerprint (and hashes them by name and fingerprint). */
bool rp_table_equal(const repoint_table *a, const repoint_table *b);

/* A list of tables, as an environment has them. Owned by whoever holds it. */
typedef struct rp_tables {
    repoint_table *items;
    size_t count;
    rp_table_texts *whole; /* the list as it was read, while it is that; else NULL */
} rp_tables;

/* Reads an array of table infos. On failure nothing is kept. */
repoint_status rp_tables_read(yyjson_val *array, rp_tables *ret_tables, repoint_error *error);
/* The same from where a reader stands; `of` is what they belong to, for messages. */
repoint_status rp_tables_take(rp_json_reader *reader, const char *of, rp_tables *ret_tables,
                              repoint_error *error);
/* The same from text, as a row has it: takes it over, also on failure. `what` names it in messages. */
repoint_status rp_tables_parse(GString *text, const char *what, rp_tables *ret_tables, repoint_error *error);
void rp_tables_clear(rp_tables *tables);
rp_tables rp_tables_copy(const rp_tables *tables);
/* Changes a list: a copy of `table` takes the place of the one at `index`, or the end if that is `count`. */
void rp_tables_set(rp_tables *tables, size_t index, const repoint_table *table);
void rp_tables_remove(rp_tables *tables, size_t index);
void rp_tables_write(rp_json_writer *writer, const rp_tables *tables);
/* The list in the spelling of rows: what it was read from if it is still that, and then *ret_own is NULL. */
const GString *rp_tables_text(const rp_tables *tables, GString **ret_own);
size_t rp_tables_text_size(const rp_tables *tables);
/* Are both still as they were read, and spelled alike to the letter? */
bool rp_tables_same_text(const rp_tables *a, const rp_tables *b);
const repoint_table *rp_tables_find(const rp_tables *tables, const char *name); /* NULL when absent; linear */

#endif
