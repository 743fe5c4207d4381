/*
 * What the library can do and the command line cannot, for tests that compare it with SQLMesh:
 *
 *     repoint-verbs URL SCHEMA NOW_MS < request.json
 *
 * The request is {"verb": NAME, ...}; printed is {"done": RESULT} or {"refused": KIND, "message": TEXT}.
 */
#include <stdio.h>
#include <string.h>

#include "base/json.h"
#include "model/snapshot.h"
#include "repoint/repoint.h"
#include "state/intervals.h"
#include "support.h"

typedef struct call {
    repoint_store *store;
    rp_json *json;
    yyjson_val *request;
    rp_json_writer *result;
    repoint_error *error;
} call;

static int64_t clock_of_call(void *context)
{
    return *(const int64_t *)context;
}

/* ---- what requests have ---- */

static bool flag(const call *of, const char *key)
{
    return yyjson_get_bool(rp_json_field(of->request, key));
}

static int64_t number(const call *of, const char *key)
{
    int64_t value = 0;
    rp_json_int(rp_json_field(of->request, key), &value);
    return value;
}

static const char *text(const call *of, const char *key)
{
    return yyjson_get_str(rp_json_field(of->request, key));
}

static GPtrArray *texts(const call *of, const char *key)
{
    GPtrArray *array = g_ptr_array_new();
    size_t index, count;
    yyjson_val *element;
    yyjson_arr_foreach (rp_json_field(of->request, key), index, count, element)
        g_ptr_array_add(array, (gpointer)yyjson_get_str(element));
    return array;
}

static GArray *ids(const call *of)
{
    GArray *array = g_array_new(FALSE, FALSE, sizeof(repoint_snapshot_id));
    size_t index, count;
    yyjson_val *element;
    yyjson_arr_foreach (rp_json_field(of->request, "ids"), index, count, element) {
        repoint_snapshot_id id = {yyjson_get_str(yyjson_arr_get(element, 0)),
                                  yyjson_get_str(yyjson_arr_get(element, 1))};
        g_array_append_val(array, id);
    }
    return array;
}

static void free_snapshot(gpointer snapshot)
{
    repoint_snapshot_free(snapshot);
}

/* The snapshots of the request; NULL when one cannot be read. */
static GPtrArray *snapshots(const call *of)
{
    g_autoptr(GPtrArray) array = g_ptr_array_new_with_free_func(free_snapshot);
    size_t index, count;
    yyjson_val *element;
    yyjson_arr_foreach (rp_json_field(of->request, "snapshots"), index, count, element) {
        repoint_snapshot *snapshot = NULL;
        if (rp_snapshot_read(of->json, element, RP_TOLERANT, &snapshot, of->error) != REPOINT_OK)
            return NULL;
        g_ptr_array_add(array, snapshot);
    }
    return g_steal_pointer(&array);
}

/* ---- the verbs ---- */

static repoint_status push(call *of)
{
    g_autoptr(GPtrArray) list = snapshots(of);
    if (list == NULL)
        return REPOINT_INVALID;
    return repoint_push(of->store, (const repoint_snapshot *const *)list->pdata, list->len, NULL, of->error);
}

static repoint_status add_many(call *of)
{
    g_autoptr(GPtrArray) list = snapshots(of);
    if (list == NULL)
        return REPOINT_INVALID;
    return repoint_intervals_add_many(of->store, (const repoint_snapshot *const *)list->pdata, list->len,
                                      of->error);
}

static repoint_status delete_snapshots(call *of)
{
    g_autoptr(GArray) list = ids(of);
    return repoint_snapshots_delete(of->store, (repoint_snapshot_id *)list->data, list->len, of->error);
}

static repoint_status exist(call *of)
{
    g_autoptr(GArray) list = ids(of);
    g_autofree bool *found = g_new0(bool, list->len + 1);
    repoint_status status =
        repoint_snapshots_exist(of->store, (repoint_snapshot_id *)list->data, list->len, found, of->error);
    rp_json_begin_array(of->result);
    for (guint i = 0; i < list->len; i++)
        rp_json_bool(of->result, found[i]);
    rp_json_end_array(of->result);
    return status;
}

static repoint_status nodes_exist(call *of)
{
    g_autoptr(GPtrArray) names = texts(of, "names");
    g_autofree bool *found = g_new0(bool, names->len + 1);
    repoint_status status = repoint_nodes_exist(of->store, (const char *const *)names->pdata, names->len,
                                                flag(of, "exclude_external"), found, of->error);
    rp_json_begin_array(of->result);
    for (guint i = 0; i < names->len; i++) {
        if (found[i])
            rp_json_string(of->result, g_ptr_array_index(names, i));
    }
    rp_json_end_array(of->result);
    return status;
}

static bool write_snapshot_row(void *context, const repoint_snapshot_row *row)
{
    rp_json_writer *result = context;
    rp_json_begin_array(result);
    rp_json_string(result, row->name);
    rp_json_string(result, row->identifier);
    rp_json_string(result, row->version);
    rp_json_end_array(result);
    return true;
}

static repoint_status by_names(call *of)
{
    g_autoptr(GPtrArray) names = texts(of, "names");
    rp_json_begin_array(of->result);
    repoint_status status = repoint_snapshots_by_names(
        of->store, (const char *const *)names->pdata, names->len, number(of, "current_ts"),
        flag(of, "exclude_expired"), write_snapshot_row, of->result, of->error);
    rp_json_end_array(of->result);
    return status;
}

static bool write_end(void *context, const repoint_interval_end *end)
{
    rp_json_put_integer(context, end->name, end->end_ts);
    return true;
}

static repoint_status interval_ends(call *of)
{
    g_autoptr(GPtrArray) models = texts(of, "models");
    bool is_limited = rp_json_field(of->request, "models") != NULL;
    g_ptr_array_add(models, NULL);
    rp_json_begin_object(of->result);
    repoint_status status = repoint_interval_ends(of->store, text(of, "environment"),
                                                  is_limited ? (const char *const *)models->pdata : NULL,
                                                  flag(of, "finalized"), write_end, of->result, of->error);
    rp_json_end_object(of->result);
    return status;
}

static void free_table(gpointer table)
{
    repoint_table_free(table);
}

static repoint_status unpause(call *of)
{
    g_autoptr(GPtrArray) list = snapshots(of);
    g_autoptr(GPtrArray) tables = g_ptr_array_new_with_free_func(free_table);
    for (guint i = 0; list != NULL && i < list->len; i++) {
        repoint_table *table = NULL;
        repoint_status status = repoint_snapshot_table(g_ptr_array_index(list, i), &table, of->error);
        if (status != REPOINT_OK)
            return status;
        g_ptr_array_add(tables, table);
    }
    return repoint_unpause(of->store, (const repoint_table *const *)tables->pdata, tables->len,
                           number(of, "unpaused_ts"), of->error);
}

static repoint_status restatements(call *of)
{
    g_autoptr(GArray) list = g_array_new(FALSE, FALSE, sizeof(repoint_auto_restatement));
    size_t index, count;
    yyjson_val *element;
    yyjson_arr_foreach (rp_json_field(of->request, "restatements"), index, count, element) {
        repoint_auto_restatement one = {yyjson_get_str(yyjson_arr_get(element, 0)),
                                        yyjson_get_str(yyjson_arr_get(element, 1)), 0};
        rp_json_int(yyjson_arr_get(element, 2), &one.next_ts);
        g_array_append_val(list, one);
    }
    return repoint_auto_restatements_update(of->store, (repoint_auto_restatement *)list->data, list->len,
                                            of->error);
}

static bool write_environment_row(void *context, const repoint_environment_row *row)
{
    rp_json_string(context, row->name);
    return true;
}

static repoint_status delete_environments(call *of)
{
    rp_json_begin_array(of->result);
    repoint_status status = repoint_environments_delete_expired(of->store, text(of, "name"), 0,
                                                                write_environment_row, of->result, of->error);
    rp_json_end_array(of->result);
    return status;
}

static repoint_status invalidate(call *of)
{
    return repoint_environment_invalidate(of->store, text(of, "name"), true, NULL, of->error);
}

static void write_batch(rp_json_writer *result, const repoint_expired *batch)
{
    rp_json_begin_object(result);
    rp_json_key(result, "ids");
    rp_json_begin_array(result);
    for (size_t i = 0; i < repoint_expired_count(batch); i++) {
        rp_json_begin_array(result);
        rp_json_string(result, repoint_expired_at(batch, i).name);
        rp_json_string(result, repoint_expired_at(batch, i).identifier);
        rp_json_end_array(result);
    }
    rp_json_end_array(result);
    rp_json_key(result, "tables");
    rp_json_begin_array(result);
    for (size_t i = 0; i < repoint_expired_task_count(batch); i++) {
        repoint_cleanup_task task = repoint_expired_task(batch, i);
        g_autofree char *version = repoint_table_physical_name(task.table, false);
        g_autofree char *dev = repoint_table_physical_name(task.table, true);
        if (!task.dev_table_only)
            rp_json_string(result, version);
        rp_json_string(result, dev);
    }
    rp_json_end_array(result);
    rp_json_end_object(result);
}

static repoint_status delete_expired(call *of)
{
    repoint_expired_options options = {.ignore_ttl = flag(of, "ignore_ttl"),
                                       .limit = (size_t)number(of, "limit")};
    repoint_expired *batch = NULL;
    repoint_status status = repoint_snapshots_delete_expired(of->store, &options, &batch, of->error);
    if (status == REPOINT_OK && batch != NULL)
        write_batch(of->result, batch);
    repoint_expired_free(batch);
    return status;
}

static const struct {
    const char *name;
    repoint_status (*run)(call *of);
} verbs[] = {
    {"push", push},
    {"add_many", add_many},
    {"delete", delete_snapshots},
    {"exist", exist},
    {"nodes_exist", nodes_exist},
    {"by_names", by_names},
    {"interval_ends", interval_ends},
    {"unpause", unpause},
    {"restatements", restatements},
    {"invalidate", invalidate},
    {"delete_environments", delete_environments},
    {"delete_expired", delete_expired},
};

/* ---- the program ---- */

static repoint_status run_verb(call *of)
{
    const char *name = text(of, "verb");
    for (size_t i = 0; i < G_N_ELEMENTS(verbs); i++) {
        if (strcmp(verbs[i].name, name) == 0)
            return verbs[i].run(of);
    }
    fprintf(stderr, "repoint-verbs: there is no verb %s\n", name);
    exit(2);
}

static char *read_input(size_t *ret_size)
{
    GString *input = g_string_new(NULL);
    char buffer[65536];
    size_t size;
    while ((size = fread(buffer, 1, sizeof buffer, stdin)) > 0)
        g_string_append_len(input, buffer, (gssize)size);
    *ret_size = input->len;
    return g_string_free(input, FALSE);
}

static void print_refusal(const repoint_error *error)
{
    GString *out = g_string_new(NULL);
    rp_json_writer writer = RP_JSON_WRITER(out, RP_JSON_COMPACT);
    rp_json_begin_object(&writer);
    rp_json_put_string(&writer, "refused", repoint_status_name(error->status));
    rp_json_put_string(&writer, "message", error->message);
    rp_json_end_object(&writer);
    puts(out->str);
    g_string_free(out, TRUE);
}

int main(int count, char **arguments)
{
    g_assert(count == 4);
    int64_t now = g_ascii_strtoll(arguments[3], NULL, 10);
    repoint_store_options options = {.schema = arguments[2], .now = clock_of_call, .context = &now};
    repoint_error error = REPOINT_ERROR_INIT;
    GString *result = g_string_new(NULL);
    rp_json_writer writer = RP_JSON_WRITER(result, RP_JSON_COMPACT);
    call of = {.result = &writer, .error = &error};
    size_t size = 0;
    g_autofree char *input = read_input(&size);
    repoint_status status = rp_json_parse(input, size, "the request", &of.json, &error);
    if (status == REPOINT_OK)
        status = repoint_store_open(arguments[1], &options, &of.store, &error);
    if (status == REPOINT_OK) {
        of.request = rp_json_root(of.json);
        status = run_verb(&of);
    }
    if (status == REPOINT_OK)
        printf("{\"done\":%s}\n", result->len > 0 ? result->str : "null");
    else
        print_refusal(&error);
    repoint_store_close(of.store);
    rp_json_unref(of.json);
    repoint_error_clear(&error);
    g_string_free(result, TRUE);
    return 0;
}
