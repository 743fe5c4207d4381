/*
 * Reading SQLMesh's state files as a stream: whatever the number of snapshots, one of them is in memory at a
 * time.
 *
 * The file is scanned once from end to end, which finds its sections in any order and notices one that is cut
 * off before anything is written; then the sections are read by seeking.
 */
#ifndef RP_STATE_STATE_FILE_H
#define RP_STATE_STATE_FILE_H

#include "base/json.h"
#include "model/environment.h"
#include "repoint/store.h"

#define RP_STATE_FILE_MAX_SNAPSHOT    ((size_t)64 << 20)
#define RP_STATE_FILE_MAX_ENVIRONMENT ((size_t)512 << 20)

typedef struct rp_state_file rp_state_file;

/* Opens and scans "PATH", or "-" for standard input, which is copied to a temporary file. Checks `metadata`.
 */
repoint_status rp_state_file_open(const char *path, rp_state_file **ret_file, repoint_error *error);
void rp_state_file_close(rp_state_file *file);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(rp_state_file, rp_state_file_close)

/* What its section `versions` says; an absent version is "0.0.0". */
const repoint_versions *rp_state_file_versions(const rp_state_file *file);

/* Called for each element, which it may keep by taking a reference, with the bytes of the file done so far.
 */
typedef repoint_status (*rp_state_file_visitor)(void *context, rp_json *element, uint64_t done,
                                                uint64_t total, repoint_error *error);

repoint_status rp_state_file_snapshots(rp_state_file *file, rp_state_file_visitor visit, void *context,
                                       repoint_error *error);
/*
 * Elements are {"environment": {...}, "statements": [...]}. Called for each with its environment, NULL if
 * that is no object, and an object of what else it has; both are the visitor's only during the call.
 */
typedef repoint_status (*rp_state_file_environment_visitor)(void *context,
                                                            const repoint_environment *environment,
                                                            yyjson_val *others, uint64_t done, uint64_t total,
                                                            repoint_error *error);
repoint_status rp_state_file_environments(rp_state_file *file, rp_state_file_environment_visitor visit,
                                          void *context, repoint_error *error);

#endif
