/*
 * Fingerprints: four hashes that together identify a snapshot's content. See model/fingerprint.h.
 *
 * The version covers the two data hashes only, so that a change of metadata keeps the physical table; the
 * identifier covers all four.
 */
#include "model/fingerprint.h"

#include <stdlib.h>
#include <string.h>

repoint_status rp_fingerprint_from_json(yyjson_val *value, const char *what, rp_fingerprint *ret_fingerprint,
                                        repoint_error *error)
{
    rp_fingerprint fingerprint = {.parent_data_hash = "0", .parent_metadata_hash = "0"};
    const struct {
        const char *key;
        rp_json_presence presence;
        const char **hash;
    } fields[] = {
        {"data_hash", RP_JSON_REQUIRED, &fingerprint.data_hash},
        {"metadata_hash", RP_JSON_REQUIRED, &fingerprint.metadata_hash},
        {"parent_data_hash", RP_JSON_OPTIONAL, &fingerprint.parent_data_hash},
        {"parent_metadata_hash", RP_JSON_OPTIONAL, &fingerprint.parent_metadata_hash},
    };
    for (size_t i = 0; i < G_N_ELEMENTS(fields); i++) {
        repoint_status status =
            rp_json_get_string(value, fields[i].key, fields[i].presence, what, fields[i].hash, error);
        if (status != REPOINT_OK)
            return status;
    }
    *ret_fingerprint = fingerprint;
    return REPOINT_OK;
}

void rp_fingerprint_write(rp_json_writer *writer, const rp_fingerprint *fingerprint)
{
    rp_json_begin_object(writer);
    rp_json_put_string(writer, "data_hash", fingerprint->data_hash);
    rp_json_put_string(writer, "metadata_hash", fingerprint->metadata_hash);
    rp_json_put_string(writer, "parent_data_hash", fingerprint->parent_data_hash);
    rp_json_put_string(writer, "parent_metadata_hash", fingerprint->parent_metadata_hash);
    rp_json_end_object(writer);
}

bool rp_fingerprint_equal(const rp_fingerprint *a, const rp_fingerprint *b)
{
    return strcmp(a->data_hash, b->data_hash) == 0 && strcmp(a->metadata_hash, b->metadata_hash) == 0 &&
           strcmp(a->parent_data_hash, b->parent_data_hash) == 0 &&
           strcmp(a->parent_metadata_hash, b->parent_metadata_hash) == 0;
}

void rp_fingerprint_version(const rp_fingerprint *fingerprint, char ret_version[static RP_HASH_SIZE])
{
    const char *parts[] = {fingerprint->data_hash, fingerprint->parent_data_hash};
    rp_hash_data(parts, G_N_ELEMENTS(parts), ret_version);
}

void rp_fingerprint_identifier(const rp_fingerprint *fingerprint, char ret_identifier[static RP_HASH_SIZE])
{
    const char *parts[] = {fingerprint->data_hash, fingerprint->metadata_hash, fingerprint->parent_data_hash,
                           fingerprint->parent_metadata_hash};
    rp_hash_data(parts, G_N_ELEMENTS(parts), ret_identifier);
}

typedef char hash_text[RP_HASH_SIZE];

static int compare_text(const void *a, const void *b)
{
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

static void hash_sorted(const char **parts, size_t count, char ret_hash[static RP_HASH_SIZE])
{
    if (count > 0)
        qsort(parts, count, sizeof *parts, compare_text);
    rp_hash_data(parts, count, ret_hash);
}

void rp_fingerprint_of_parents(const rp_fingerprint *parents, size_t count,
                               char ret_parent_data_hash[static RP_HASH_SIZE],
                               char ret_parent_metadata_hash[static RP_HASH_SIZE])
{
    g_autofree hash_text *versions = g_new(hash_text, count);
    g_autofree const char **data = g_new(const char *, count);
    g_autofree const char **metadata = g_new(const char *, 2 * count);
    for (size_t i = 0; i < count; i++) {
        rp_fingerprint_version(&parents[i], versions[i]);
        data[i] = versions[i];
        metadata[2 * i] = parents[i].metadata_hash;
        metadata[2 * i + 1] = parents[i].parent_metadata_hash;
    }
    hash_sorted(data, count, ret_parent_data_hash);
    hash_sorted(metadata, 2 * count, ret_parent_metadata_hash);
}
