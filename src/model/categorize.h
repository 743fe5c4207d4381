/* What a snapshot gets from the category of its change (SQLMesh: Snapshot.categorize_as). */
#ifndef RP_MODEL_CATEGORIZE_H
#define RP_MODEL_CATEGORIZE_H

#include "model/table.h"

/* The last element of a snapshot's previous_versions (SQLMesh: SnapshotDataVersion). Strings are borrowed
 * from the document. */
typedef struct rp_previous_version {
    rp_fingerprint fingerprint;
    const char *version;
    const char *dev_version; /* NULL: absent */
    const char *physical_schema;
    const char *dev_table_suffix;
    rp_table_naming naming;
} rp_previous_version;

repoint_status rp_previous_version_from_json(yyjson_val *value, const char *what,
                                             rp_previous_version *ret_previous, repoint_error *error);

/* A snapshot that is about to be categorised. Strings are borrowed. */
typedef struct rp_uncategorized {
    const char *name;
    rp_kind kind; /* RP_KIND_NONE: a standalone audit, to which the fields of models below do not apply */
    rp_fingerprint fingerprint;
    const char *physical_schema; /* its own; NULL: derived from the name */
    const char *dev_table_suffix;
    rp_table_naming naming;
    bool is_virtual_environment_full;
    const char *physical_version; /* pinned by the model; NULL: not */
    bool model_is_forward_only;
    const char *const *kind_hash_values; /* the kind's part of the data hash, for a new forward-only model */
    size_t kind_hash_value_count;
    const rp_previous_version *previous; /* NULL: a new model */
} rp_uncategorized;

/* Release with rp_categorized_clear(). */
typedef struct rp_categorized {
    char *version;
    char *dev_version;
    const char *physical_schema; /* borrowed from the snapshot or its previous version; NULL: derived */
    const char *dev_table_suffix;
    rp_table_naming naming;
} rp_categorized;

/* Does a change of this category go into the table that there is already? */
bool rp_category_is_no_rebuild(rp_change_category category, bool forward_only);

/* Fails with REPOINT_INVALID for the categories that nobody may assign any more: none, and forward-only. */
repoint_status rp_categorize(const rp_uncategorized *snapshot, rp_change_category category, bool forward_only,
                             rp_categorized *ret_result, repoint_error *error);
void rp_categorized_clear(rp_categorized *categorized);

#endif
