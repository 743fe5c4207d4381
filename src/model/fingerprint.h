/* The identity of a snapshot's content (SQLMesh: SnapshotFingerprint). */
#ifndef RP_MODEL_FINGERPRINT_H
#define RP_MODEL_FINGERPRINT_H

#include "base/hash.h"
#include "base/json.h"

/* Strings are borrowed from the document that it was read from. */
typedef struct rp_fingerprint {
    const char *data_hash;
    const char *metadata_hash;
    const char *parent_data_hash;     /* "0" when absent */
    const char *parent_metadata_hash; /* "0" when absent */
} rp_fingerprint;

/* `value` must outlive the fingerprint. */
repoint_status rp_fingerprint_from_json(yyjson_val *value, const char *what, rp_fingerprint *ret_fingerprint,
                                        repoint_error *error);
void rp_fingerprint_write(rp_json_writer *writer, const rp_fingerprint *fingerprint);
bool rp_fingerprint_equal(const rp_fingerprint *a, const rp_fingerprint *b);

void rp_fingerprint_version(const rp_fingerprint *fingerprint, char ret_version[static RP_HASH_SIZE]);
void rp_fingerprint_identifier(const rp_fingerprint *fingerprint, char ret_identifier[static RP_HASH_SIZE]);

/* The parent parts that a node gets from the fingerprints of its direct parents, in any order; "0" for none.
 */
void rp_fingerprint_of_parents(const rp_fingerprint *parents, size_t count,
                               char ret_parent_data_hash[static RP_HASH_SIZE],
                               char ret_parent_metadata_hash[static RP_HASH_SIZE]);

#endif
