/* Building the document of -o json. Keys must be literals; values are copied. */
#ifndef RP_CLI_DOCUMENT_H
#define RP_CLI_DOCUMENT_H

#include "cli/output.h"

/* A document whose root is an empty object. */
yyjson_mut_doc *rp_document_new(void);

/* NULL becomes null. */
void rp_document_add_text(yyjson_mut_doc *document, yyjson_mut_val *object, const char *key,
                          const char *text);
/* A list of strings, NULL-terminated. */
void rp_document_add_list(yyjson_mut_doc *document, yyjson_mut_val *object, const char *key,
                          const char *const *texts);
/* The same moment as milliseconds since 1970 and as ISO text; both null for 0. */
void rp_document_add_time(yyjson_mut_doc *document, yyjson_mut_val *object, const char *ts_key,
                          const char *text_key, int64_t ts);
/* A value of the library, which is JSON text. */
void rp_document_add_json(yyjson_mut_doc *document, yyjson_mut_val *object, const char *key,
                          const char *json);

/* {"start", "end", "start_ts", "end_ts"}, as an element of an array, and a whole list of them. */
void rp_document_append_interval(yyjson_mut_doc *document, yyjson_mut_val *array, repoint_interval interval);
void rp_document_add_intervals(yyjson_mut_doc *document, yyjson_mut_val *object, const char *key,
                               const repoint_interval_list *list);

/* "schema_version", "sqlmesh_version", "sqlglot_version". */
void rp_document_add_versions(yyjson_mut_doc *document, yyjson_mut_val *object,
                              const repoint_versions *versions);

/* "snapshots" and "environments". */
void rp_document_add_transfer(yyjson_mut_doc *document, yyjson_mut_val *object,
                              const repoint_transfer_counts *counts);

/* What every command that writes says last: "dry_run". */
void rp_document_add_dry_run(yyjson_mut_doc *document, const rp_cli *cli);

#endif
