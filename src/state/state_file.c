/* Reading SQLMesh's state files. See state/state_file.h. */
#include "state/state_file.h"

#include <errno.h>
#include <glib/gstdio.h>
#include <string.h>
#include <unistd.h>

#include "state/json_stream.h"

#define MAX_HEAD ((size_t)1 << 20) /* of a key, of metadata, of versions */

/* Where a section's value begins; 0 is nowhere, since the file begins with a bracket. */
struct rp_state_file {
    FILE *file;
    char *name;
    uint64_t size;
    rp_json_stream stream;
    rp_json *metadata;
    rp_json *versions_json;
    repoint_versions versions;
    uint64_t snapshots_offset;
    uint64_t environments_offset;
};

void rp_state_file_close(rp_state_file *file)
{
    if (file == NULL)
        return;
    rp_json_stream_clear(&file->stream);
    rp_json_unref(file->metadata);
    rp_json_unref(file->versions_json);
    if (file->file != NULL)
        fclose(file->file);
    g_free(file->name);
    g_free(file);
}

/* ---- opening ---- */

/* A pipe can be read once only, and a state file is read twice: it is kept in a file without a name. */
static repoint_status spool(rp_state_file *file, FILE *from, repoint_error *error)
{
    file->file = tmpfile();
    if (file->file == NULL)
        return rp_fail(error, REPOINT_FAILED, NULL, "a temporary file cannot be made: %s", g_strerror(errno));
    g_autofree char *buffer = g_malloc(1 << 16);
    size_t size;
    while (!ferror(from) && (size = fread(buffer, 1, 1 << 16, from)) > 0) {
        if (fwrite(buffer, 1, size, file->file) != size)
            return rp_fail(error, REPOINT_FAILED, NULL, "%s cannot be kept in a temporary file: %s",
                           file->name, g_strerror(errno));
    }
    if (ferror(from) && errno == EINTR)
        return rp_fail(error, REPOINT_INTERRUPTED, NULL, "interrupted");
    if (ferror(from) || fflush(file->file) != 0)
        return rp_fail(error, REPOINT_FAILED, NULL, "%s cannot be read: %s", file->name, g_strerror(errno));
    rewind(file->file);
    return REPOINT_OK;
}

static bool can_seek(FILE *file)
{
    return fseeko(file, 0, SEEK_END) == 0 && fseeko(file, 0, SEEK_SET) == 0;
}

static repoint_status open_file(rp_state_file *file, const char *path, repoint_error *error)
{
    if (strcmp(path, "-") == 0) {
        file->name = g_strdup("standard input");
        return spool(file, stdin, error);
    }
    file->name = g_path_get_basename(path);
    if (g_file_test(path, G_FILE_TEST_IS_DIR))
        return rp_fail(error, REPOINT_INVALID, NULL, "%s is a folder, not a state file", path);
    FILE *opened = g_fopen(path, "rbe");
    if (opened == NULL)
        return rp_fail(error, REPOINT_INVALID, NULL, "%s cannot be opened: %s", path, g_strerror(errno));
    if (can_seek(opened)) {
        file->file = opened;
        return REPOINT_OK;
    }
    repoint_status status = spool(file, opened, error);
    fclose(opened);
    return status;
}

/* ---- the scan ---- */

static repoint_status scan_member(rp_state_file *file, repoint_error *error)
{
    rp_json_stream *stream = &file->stream;
    g_autoptr(rp_json) key_json = NULL;
    repoint_status status = rp_json_stream_read(stream, MAX_HEAD, "a key", &key_json, error);
    if (status == REPOINT_OK)
        status = rp_json_stream_expect(stream, ':', error);
    int character = EOF;
    if (status == REPOINT_OK)
        status = rp_json_stream_peek(stream, &character, error);
    if (status != REPOINT_OK)
        return status;
    const char *key = yyjson_get_str(rp_json_root(key_json));
    if (key == NULL)
        return rp_fail(error, REPOINT_INVALID, NULL, "%s is not valid JSON: a key is not a string",
                       file->name);

    if (strcmp(key, "metadata") == 0 && file->metadata == NULL)
        return rp_json_stream_read(stream, MAX_HEAD, "\"metadata\"", &file->metadata, error);
    if (strcmp(key, "versions") == 0 && file->versions_json == NULL)
        return rp_json_stream_read(stream, MAX_HEAD, "\"versions\"", &file->versions_json, error);
    if (strcmp(key, "snapshots") == 0)
        file->snapshots_offset = rp_json_stream_tell(stream);
    if (strcmp(key, "environments") == 0)
        file->environments_offset = rp_json_stream_tell(stream);
    return rp_json_stream_skip(stream, error);
}

static repoint_status scan_file(rp_state_file *file, repoint_error *error)
{
    int character = EOF;
    repoint_status status = rp_json_stream_peek(&file->stream, &character, error);
    if (status != REPOINT_OK)
        return status;
    if (character == EOF)
        return rp_fail(error, REPOINT_INVALID, NULL, "%s is empty", file->name);
    if (character != '{')
        return rp_fail(error, REPOINT_INVALID, "\"repoint export\" and \"sqlmesh state export\" write one",
                       "%s is not a state file: it is not a JSON object", file->name);
    status = rp_json_stream_expect(&file->stream, '{', error);
    bool more = false;
    while (status == REPOINT_OK &&
           (status = rp_json_stream_more(&file->stream, '}', &more, error)) == REPOINT_OK && more)
        status = scan_member(file, error);
    if (status != REPOINT_OK)
        return status;
    file->size = rp_json_stream_tell(&file->stream);
    status = rp_json_stream_peek(&file->stream, &character, error);
    if (status == REPOINT_OK && character != EOF)
        status = rp_fail(error, REPOINT_INVALID, NULL, "%s has something after its JSON object", file->name);
    return status;
}

/* ---- what the head must say ---- */

/* Any number, or text that is one: the reference accepts every version. */
static bool is_version_number(yyjson_val *value)
{
    if (yyjson_is_raw(value))
        return true;
    const char *text = yyjson_get_str(value);
    return text != NULL && g_ascii_string_to_signed(text, 10, 0, G_MAXINT, NULL, NULL);
}

static repoint_status check_metadata(const rp_state_file *file, repoint_error *error)
{
    if (file->metadata == NULL)
        return rp_fail(error, REPOINT_INVALID, NULL, "%s is not a state file: it has no \"metadata\"",
                       file->name);
    yyjson_val *metadata = rp_json_root(file->metadata);
    g_autofree char *what = g_strdup_printf("\"metadata\" of %s", file->name);
    const char *timestamp = NULL;
    bool importable = false;
    repoint_status status =
        rp_json_get_string(metadata, "timestamp", RP_JSON_REQUIRED, what, &timestamp, error);
    if (status == REPOINT_OK && !is_version_number(rp_json_field(metadata, "file_version")))
        status = rp_fail(error, REPOINT_INVALID, NULL, "%s does not say its \"file_version\"", what);
    if (status == REPOINT_OK)
        status = rp_json_get_bool(metadata, "importable", RP_JSON_REQUIRED, what, &importable, error);
    if (status == REPOINT_OK && !importable)
        status =
            rp_fail(error, REPOINT_INVALID, "export it from a state store, not from a project's local files",
                    "%s is marked as not importable", file->name);
    return status;
}

static repoint_status check_versions(rp_state_file *file, repoint_error *error)
{
    static const char *const known[] = {"schema_version", "sqlglot_version", "sqlmesh_version", NULL};
    if (file->versions_json == NULL)
        return rp_fail(error, REPOINT_INVALID, NULL, "%s is not a state file: it has no \"versions\"",
                       file->name);
    yyjson_val *versions = rp_json_root(file->versions_json);
    g_autofree char *what = g_strdup_printf("\"versions\" of %s", file->name);
    const char *sqlmesh = "0.0.0", *sqlglot = "0.0.0";
    int64_t schema = 0;
    repoint_status status =
        rp_json_get_string(versions, "sqlmesh_version", RP_JSON_OPTIONAL, what, &sqlmesh, error);
    if (status == REPOINT_OK)
        status = rp_json_get_string(versions, "sqlglot_version", RP_JSON_OPTIONAL, what, &sqlglot, error);
    if (status == REPOINT_OK)
        status = rp_json_get_int(versions, "schema_version", RP_JSON_OPTIONAL, what, &schema, error);
    if (status == REPOINT_OK)
        status = rp_json_only_keys(versions, known, what, error);
    if (status != REPOINT_OK)
        return status;
    if (schema < 0 || schema > G_MAXINT || strlen(sqlmesh) >= sizeof file->versions.sqlmesh_version ||
        strlen(sqlglot) >= sizeof file->versions.sqlglot_version)
        return rp_fail(error, REPOINT_INVALID, NULL, "%s are out of range", what);
    file->versions.schema_version = (int)schema;
    strcpy(file->versions.sqlmesh_version, sqlmesh);
    strcpy(file->versions.sqlglot_version, sqlglot);
    return REPOINT_OK;
}

static repoint_status check_sections(const rp_state_file *file, repoint_error *error)
{
    const char *missing = file->snapshots_offset == 0      ? "snapshots"
                          : file->environments_offset == 0 ? "environments"
                                                           : NULL;
    if (missing == NULL)
        return REPOINT_OK;
    return rp_fail(error, REPOINT_INVALID, NULL, "%s is not a state file: it has no \"%s\"", file->name,
                   missing);
}

repoint_status rp_state_file_open(const char *path, rp_state_file **ret_file, repoint_error *error)
{
    g_autoptr(rp_state_file) file = g_new0(rp_state_file, 1);
    repoint_status status = open_file(file, path, error);
    if (status != REPOINT_OK)
        return status;
    rp_json_stream_init(&file->stream, file->file, file->name);
    status = scan_file(file, error);
    if (status == REPOINT_OK)
        status = check_metadata(file, error);
    if (status == REPOINT_OK)
        status = check_versions(file, error);
    if (status == REPOINT_OK)
        status = check_sections(file, error);
    if (status == REPOINT_OK)
        *ret_file = g_steal_pointer(&file);
    return status;
}

const repoint_versions *rp_state_file_versions(const rp_state_file *file)
{
    return &file->versions;
}

/* ---- the sections ---- */

static repoint_status visit_snapshot(rp_state_file *file, rp_state_file_visitor visit, void *context,
                                     repoint_error *error)
{
    g_autoptr(rp_json) element = NULL;
    repoint_status status =
        rp_json_stream_read(&file->stream, RP_STATE_FILE_MAX_SNAPSHOT, "a snapshot", &element, error);
    if (status != REPOINT_OK)
        return status; /* it names the file already */
    status = visit(context, element, rp_json_stream_tell(&file->stream), file->size, error);
    if (status == REPOINT_INVALID)
        rp_error_prefix(error, "%s", file->name);
    return status;
}

repoint_status rp_state_file_snapshots(rp_state_file *file, rp_state_file_visitor visit, void *context,
                                       repoint_error *error)
{
    bool more = false;
    repoint_status status = rp_json_stream_seek(&file->stream, file->snapshots_offset, error);
    if (status == REPOINT_OK)
        status = rp_json_stream_expect(&file->stream, '[', error);
    while (status == REPOINT_OK &&
           (status = rp_json_stream_more(&file->stream, ']', &more, error)) == REPOINT_OK && more)
        status = visit_snapshot(file, visit, context, error);
    return status;
}

static repoint_status visit_environment(rp_state_file *file, rp_state_file_environment_visitor visit,
                                        void *context, repoint_error *error)
{
    static const char what[] = "an environment";
    GString *text = NULL;
    g_autoptr(rp_json) others = NULL;
    g_autoptr(repoint_environment) environment = NULL;
    repoint_status status =
        rp_json_stream_take(&file->stream, RP_STATE_FILE_MAX_ENVIRONMENT, what, &text, error);
    if (status != REPOINT_OK)
        return status; /* it names the file already */
    status = rp_environment_parse_member(text->str, text->len, what, "environment", RP_STRICT, &others,
                                         &environment, error);
    g_string_free(text, TRUE);
    if (status == REPOINT_OK)
        status = visit(context, environment, rp_json_root(others), rp_json_stream_tell(&file->stream),
                       file->size, error);
    if (status == REPOINT_INVALID)
        rp_error_prefix(error, "%s", file->name);
    return status;
}

repoint_status rp_state_file_environments(rp_state_file *file, rp_state_file_environment_visitor visit,
                                          void *context, repoint_error *error)
{
    bool more = false;
    repoint_status status = rp_json_stream_seek(&file->stream, file->environments_offset, error);
    if (status == REPOINT_OK)
        status = rp_json_stream_expect(&file->stream, '{', error);
    while (status == REPOINT_OK &&
           (status = rp_json_stream_more(&file->stream, '}', &more, error)) == REPOINT_OK && more) {
        status = rp_json_stream_skip(&file->stream, error); /* the name stands in the environment too */
        if (status == REPOINT_OK)
            status = rp_json_stream_expect(&file->stream, ':', error);
        if (status == REPOINT_OK)
            status = visit_environment(file, visit, context, error);
    }
    return status;
}
