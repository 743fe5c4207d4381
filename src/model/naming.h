/* The names of models, physical tables and views (SQLMesh: normalize_model_name, QualifiedViewName,
 * table_name). */
#ifndef RP_MODEL_NAMING_H
#define RP_MODEL_NAMING_H

#include "model/table.h"

/* The longest name, in bytes, that is taken from outside; every database has a lower limit. */
#define RP_NAME_MAX 4096

/* Fails with REPOINT_INVALID for one that is longer, is not UTF-8 or has a NUL inside. `what` names it in
 * messages. */
repoint_status rp_name_check(const char *name, size_t size, const char *what, repoint_error *error);

/* The parts of a dotted name, unquoted. catalog and schema may be NULL. Free with rp_name_clear(). */
typedef struct rp_name {
    char *catalog;
    char *schema;
    char *table;
} rp_name;

void rp_name_clear(rp_name *name);
bool rp_name_equal(const rp_name *a, const rp_name *b);

/* Takes a quoted full name such as "db"."orders" apart; more than three parts: the rest goes into catalog,
 * dotted. */
repoint_status rp_name_from_fqn(const char *fqn, rp_name *ret_name, repoint_error *error);

/* Puts every part in double quotes: the full name as SQLMesh stores it. Free with g_free(). */
char *rp_name_to_fqn(const rp_name *name);

/* Prints the parts joined by dots, quoting only those that are not plain identifiers. Free with g_free(). */
char *rp_name_to_display(const rp_name *name);

/* The full name of a model that a user wrote as `text` in `dialect` ("" is the default one). Free with
 * g_free(). */
repoint_status rp_model_fqn(const char *text, const char *default_catalog, const char *dialect,
                            char **ret_fqn, repoint_error *error);

/* Every character that is not a word character becomes "_", then lower case: an environment's name. g_free().
 */
char *rp_environment_name_sanitize(const char *name);

typedef enum rp_suffix_target { RP_SUFFIX_SCHEMA, RP_SUFFIX_TABLE, RP_SUFFIX_CATALOG } rp_suffix_target;

const char *rp_suffix_target_name(rp_suffix_target target);
bool rp_suffix_target_from_name(const char *name, rp_suffix_target *ret_target);

/* How an environment names its views (the reference's EnvironmentNamingInfo). */
typedef struct rp_environment_naming {
    char *name; /* sanitised */
    rp_suffix_target suffix_target;
    char *catalog_name_override; /* NULL: none */
    bool normalize_name;
    bool gateway_managed;
} rp_environment_naming;

void rp_environment_naming_copy(rp_environment_naming *to, const rp_environment_naming *from);
void rp_environment_naming_clear(rp_environment_naming *naming);
/* The fields suffix_target, catalog_name_override, normalize_name, gateway_managed, in this order. */
void rp_environment_naming_write_fields(rp_json_writer *writer, const rp_environment_naming *naming);
/* The object of SQLMesh's EnvironmentNamingInfo: the name and those fields. */
void rp_environment_naming_write(rp_json_writer *writer, const rp_environment_naming *naming);

/*
 * normalize_name (default true) and gateway_managed (default false) as databases and files have them: absent
 * or null is the default, a number is true unless it is 0. Anything else is REPOINT_INVALID.
 */
repoint_status rp_environment_naming_flag(yyjson_val *value, const char *key, bool default_value,
                                          bool *ret_flag, repoint_error *error);

/* One entry of the settings environment_catalog_mapping and physical_schema_mapping. */
typedef struct rp_name_mapping {
    const char *pattern; /* a regular expression, matched from the start of the text */
    const char *name;    /* what it maps to */
} rp_name_mapping;

/*
 * The name of the first entry that matches `text`, or NULL: the catalog override of an environment (its name
 * as the user wrote it, not sanitised), the physical schema of a model (rp_model_schema()). Fails with
 * REPOINT_INVALID, naming it, for an expression that is malformed or too costly to match.
 */
repoint_status rp_name_mapping_find(const rp_name_mapping *mappings, size_t count, const char *text,
                                    const char **ret_name, repoint_error *error);

/*
 * The view of model `fqn` in an environment. `dialect` NULL is the default dialect, "". Fails with
 * REPOINT_INVALID when the environment's suffix goes to the catalog and the model has none.
 */
repoint_status rp_view_name(const char *fqn, const rp_environment_naming *naming, const char *dialect,
                            rp_name *ret_view, repoint_error *error);

/* The physical table: the version's, or the development one. Fails for audits and unversioned tables.
 */
repoint_status rp_physical_name(const repoint_table *table, bool dev, rp_name *ret_name,
                                repoint_error *error);

/* A part of a model's name inside the name of a physical table: all but ASCII letters and digits becomes "_".
 */
char *rp_physical_part_sanitize(const char *part);

/* The schema part of a full name, "default" when it has none. Free with g_free(). */
repoint_status rp_model_schema(const char *fqn, char **ret_schema, repoint_error *error);

/* The schema that a model's physical tables go to when no mapping says otherwise: sqlmesh__<schema>.
 * g_free(). */
char *rp_physical_schema(const char *fqn);

#endif
