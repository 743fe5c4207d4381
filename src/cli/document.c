/*
 * Building the document of -o json: see document.h. Text comes from databases and files; what is not UTF-8 in
 * it is replaced, so that a document can always be written.
 */
#include "cli/document.h"

#include <string.h>

#include "cli/text_time.h"

yyjson_mut_doc *rp_document_new(void)
{
    yyjson_mut_doc *document = yyjson_mut_doc_new(NULL);
    yyjson_mut_doc_set_root(document, yyjson_mut_obj(document));
    return document;
}

static yyjson_mut_val *text_value(yyjson_mut_doc *document, const char *text)
{
    g_autofree char *valid = g_utf8_make_valid(text, -1);
    return yyjson_mut_strcpy(document, valid);
}

void rp_document_add_text(yyjson_mut_doc *document, yyjson_mut_val *object, const char *key, const char *text)
{
    yyjson_mut_obj_add_val(document, object, key,
                           text == NULL ? yyjson_mut_null(document) : text_value(document, text));
}

void rp_document_add_list(yyjson_mut_doc *document, yyjson_mut_val *object, const char *key,
                          const char *const *texts)
{
    yyjson_mut_val *array = yyjson_mut_obj_add_arr(document, object, key);
    for (; *texts != NULL; texts++)
        yyjson_mut_arr_append(array, text_value(document, *texts));
}

void rp_document_add_time(yyjson_mut_doc *document, yyjson_mut_val *object, const char *ts_key,
                          const char *text_key, int64_t ts)
{
    g_autofree char *text = ts == 0 ? NULL : rp_text_time_iso(ts);
    yyjson_mut_obj_add_val(document, object, ts_key,
                           ts == 0 ? yyjson_mut_null(document) : yyjson_mut_sint(document, ts));
    rp_document_add_text(document, object, text_key, text);
}

void rp_document_add_json(yyjson_mut_doc *document, yyjson_mut_val *object, const char *key, const char *json)
{
    g_autoptr(yyjson_doc) value = yyjson_read(json, strlen(json), YYJSON_READ_NUMBER_AS_RAW);
    g_assert(value != NULL);
    yyjson_mut_obj_add_val(document, object, key, yyjson_val_mut_copy(document, yyjson_doc_get_root(value)));
}

void rp_document_append_interval(yyjson_mut_doc *document, yyjson_mut_val *array, repoint_interval interval)
{
    yyjson_mut_val *object = yyjson_mut_arr_add_obj(document, array);
    g_autofree char *start = rp_text_time_iso(interval.start_ts);
    g_autofree char *end = rp_text_time_iso(interval.end_ts);
    rp_document_add_text(document, object, "start", start);
    rp_document_add_text(document, object, "end", end);
    yyjson_mut_obj_add_sint(document, object, "start_ts", interval.start_ts);
    yyjson_mut_obj_add_sint(document, object, "end_ts", interval.end_ts);
}

void rp_document_add_intervals(yyjson_mut_doc *document, yyjson_mut_val *object, const char *key,
                               const repoint_interval_list *list)
{
    yyjson_mut_val *array = yyjson_mut_obj_add_arr(document, object, key);
    for (size_t i = 0; i < repoint_interval_list_count(list); i++)
        rp_document_append_interval(document, array, repoint_interval_list_at(list, i));
}

void rp_document_add_dry_run(yyjson_mut_doc *document, const rp_cli *cli)
{
    yyjson_mut_obj_add_bool(document, yyjson_mut_doc_get_root(document), "dry_run", cli->dry_run);
}

void rp_document_add_versions(yyjson_mut_doc *document, yyjson_mut_val *object,
                              const repoint_versions *versions)
{
    yyjson_mut_obj_add_int(document, object, "schema_version", versions->schema_version);
    rp_document_add_text(document, object, "sqlmesh_version", versions->sqlmesh_version);
    rp_document_add_text(document, object, "sqlglot_version", versions->sqlglot_version);
}

void rp_document_add_transfer(yyjson_mut_doc *document, yyjson_mut_val *object,
                              const repoint_transfer_counts *counts)
{
    yyjson_mut_obj_add_uint(document, object, "snapshots", counts->snapshots);
    yyjson_mut_obj_add_uint(document, object, "environments", counts->environments);
}
