/*
 * Retained revisions: are the tables there that a rollback would need?
 *
 * repoint's janitor leaves them alone. SQLMesh's asks nobody: once a snapshot's time to live has passed and
 * no environment points to it, its row and its table go. That cannot be prevented from here, but it can be
 * told in time.
 */
#include "deploy/revision.h"
#include "repoint/deploy.h"
#include "state/environments.h"
#include "warehouse/views.h"

#define SOON_MS (2 * RP_MS_PER_DAY)

typedef struct retention {
    repoint_store *store;
    rp_db *warehouse;
    GHashTable *objects;     /* what the warehouse has, by rp_relation_key() */
    GHashTable *in_use;      /* set of "name\nidentifier" that environments point to */
    GHashTable *expirations; /* "name\nidentifier" -> GINT_TO_POINTER into `times` + 1 */
    GArray *times;           /* of int64_t */
    rp_json_writer *writer;
} retention;

static char *key_of(const char *name, const char *identifier)
{
    return g_strconcat(name, "\n", identifier, NULL);
}

/* ---- what is known ---- */

static repoint_status note_in_use(void *context, const repoint_environment *environment,
                                  repoint_error *error G_GNUC_UNUSED)
{
    retention *of = context;
    for (size_t i = 0; i < environment->tables.count; i++)
        g_hash_table_add(of->in_use,
                         key_of(environment->tables.items[i].name, environment->tables.items[i].identifier));
    return REPOINT_OK;
}

static repoint_status load_expirations(retention *of, repoint_error *error)
{
    g_autofree char *sql = rp_sql(of->store->db, "SELECT name, identifier, updated_ts + ttl_ms FROM %n",
                                  of->store->schema, "_snapshots");
    g_autoptr(rp_rows) rows = NULL;
    bool has_row = false;
    repoint_status status = rp_db_query(of->store->db, sql, RP_NO_VALUES, &rows, error);
    while (status == REPOINT_OK && (status = rp_rows_next(rows, &has_row, error)) == REPOINT_OK && has_row) {
        int64_t expires_ts = rp_rows_integer(rows, 2, 0);
        g_array_append_val(of->times, expires_ts);
        g_hash_table_insert(of->expirations, key_of(rp_rows_text(rows, 0), rp_rows_text(rows, 1)),
                            GUINT_TO_POINTER(of->times->len));
    }
    return status;
}

/* ---- what is wrong ---- */

static void write_problem(retention *of, const char *environment, int64_t number, const repoint_table *table,
                          const char *problem, int64_t expires_ts)
{
    rp_json_begin_object(of->writer);
    rp_json_put_string(of->writer, "environment", environment);
    rp_json_put_integer(of->writer, "revision", number);
    rp_json_put_string(of->writer, "name", table->name);
    rp_json_put_string(of->writer, "identifier", table->identifier);
    rp_json_put_string(of->writer, "problem", problem);
    rp_json_key(of->writer, "expires_ts");
    if (expires_ts != 0)
        rp_json_integer(of->writer, expires_ts);
    else
        rp_json_null(of->writer);
    rp_json_end_object(of->writer);
}

/* A version's table: a development table that a revision of another environment shows is made again at need.
 */
static bool has_table(const retention *of, const repoint_table *table)
{
    rp_name name = {0};
    bool is_named = table->is_model && !rp_kind_is_symbolic(table->kind) &&
                    rp_physical_name(table, false, &name, NULL) == REPOINT_OK;
    rp_relation relation = is_named ? rp_relation_of(of->warehouse, &name) : (rp_relation){0};
    g_autofree char *key = is_named ? rp_relation_key(of->warehouse, &relation) : NULL;
    bool has = !is_named || g_hash_table_contains(of->objects, key);
    rp_relation_clear(&relation);
    rp_name_clear(&name);
    return has;
}

static repoint_status look_at(void *context, const char *environment, int64_t number,
                              const repoint_environment *record, repoint_error *error G_GNUC_UNUSED)
{
    retention *of = context;
    int64_t soon_ts = rp_store_now(of->store) + SOON_MS;
    for (size_t i = 0; i < record->tables.count; i++) {
        const repoint_table *table = &record->tables.items[i];
        g_autofree char *key = key_of(table->name, table->identifier);
        guint index = GPOINTER_TO_UINT(g_hash_table_lookup(of->expirations, key));
        int64_t expires_ts = index > 0 ? g_array_index(of->times, int64_t, index - 1) : 0;
        if (g_hash_table_contains(of->in_use, key))
            continue;
        if (index == 0 || (!rp_environment_is_dev(record) && !has_table(of, table)))
            write_problem(of, environment, number, table, "gone", 0);
        else if (expires_ts <= soon_ts)
            write_problem(of, environment, number, table, "expiring", expires_ts);
    }
    return REPOINT_OK;
}

static repoint_status look(retention *of, int64_t retain, repoint_error *error)
{
    g_auto(rp_transaction) transaction = {0};
    int64_t count = retain > 0 ? retain : RP_REVISIONS_RETAINED;
    repoint_status status = rp_transaction_begin(&transaction, of->store, RP_DB_READ, error);
    if (status == REPOINT_OK)
        status = rp_store_warehouse(of->store, &of->warehouse, error);
    if (status == REPOINT_OK)
        status = rp_views_load_names(of->warehouse, &of->objects, error);
    if (status == REPOINT_OK)
        status = rp_environments_visit(of->store, note_in_use, of, error);
    if (status == REPOINT_OK)
        status = load_expirations(of, error);
    return status == REPOINT_OK ? rp_revisions_visit(of->store, count, look_at, of, error) : status;
}

repoint_status repoint_retained_check(repoint_store *store, int64_t retain, char **ret_json,
                                      repoint_error *error)
{
    int64_t newest = 0;
    g_autoptr(GString) text = g_string_new(NULL);
    rp_json_writer writer = RP_JSON_WRITER(text, RP_JSON_COMPACT);
    retention of = {
        .store = store,
        .in_use = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL),
        .expirations = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL),
        .times = g_array_new(FALSE, FALSE, sizeof(int64_t)),
        .writer = &writer,
    };
    rp_json_begin_array(&writer);
    repoint_status status = rp_revision_newest_of_all(store, &newest, error);
    if (status == REPOINT_OK && newest > 0)
        status = look(&of, retain, error);
    rp_json_end_array(&writer);
    g_hash_table_unref(of.in_use);
    g_hash_table_unref(of.expirations);
    g_array_unref(of.times);
    g_clear_pointer(&of.objects, g_hash_table_unref);
    if (status == REPOINT_OK)
        *ret_json = g_string_free(g_steal_pointer(&text), FALSE);
    return status;
}
