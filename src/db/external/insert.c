/*
 * Inserting rows through a given connection: many rows a statement, each value a parameter; or, where that is
 * slow, all of them one, a list of JSON. Rows with one key among them are sorted out here, and where the
 * count of a statement says nothing, it counts itself what it has met.
 */
#include <string.h>

#include "db/db.h"
#include "db/duckdb/dialect.h"
#include "db/external/call.h"
#include "db/sql.h"

#define ROWS_OF_A_LIST      2000
#define VALUES_OF_AN_INSERT 900 /* what the most modest of the databases takes as parameters is 999 */

static char *first_column(const rp_insert *into)
{
    return g_strndup(into->columns, strcspn(into->columns, ","));
}

static char *insert_text(const external_db *db, const rp_insert *into, size_t rows)
{
    if (into->key_size == 0)
        return rp_sql_insert(&db->base, into, rows, "");
    switch (db->dialect->leave_out) {
    case RP_LEAVE_OUT_UPDATES: {
        g_autofree char *first = first_column(into);
        g_autofree char *ending = g_strdup_printf(
            "ON DUPLICATE KEY UPDATE %s = IF((@repoint_met := @repoint_met + 1) IS NULL, %s, %s)", first,
            first, first);
        return rp_sql_insert(&db->base, into, rows, ending);
    }
    default: break;
    }
    return rp_sql_insert(&db->base, into, rows, "ON CONFLICT DO NOTHING");
}

/* How many rows the statement before has met: set to 0, counted by insert_text()'s ending. */
static repoint_status read_met(external_db *db, int64_t *ret_count, repoint_error *error)
{
    g_autoptr(rp_rows) rows = NULL;
    bool has_row = false;
    repoint_status status = rp_external_read(db, "SELECT @repoint_met", RP_NO_VALUES, &rows, error);
    if (status == REPOINT_OK)
        status = rp_rows_next(rows, &has_row, error);
    if (status == REPOINT_OK)
        *ret_count = has_row ? rp_rows_integer(rows, 0, 0) : 0;
    return status;
}

static repoint_status insert_some(external_db *db, const rp_insert *into, const rp_db_value *values,
                                  size_t rows, int64_t *inserted, repoint_error *error)
{
    int64_t met = 0, changed = 0;
    repoint_status status = REPOINT_OK;
    bool counts_all = db->dialect->leave_out == RP_LEAVE_OUT_UPDATES && into->key_size > 0;
    if (counts_all)
        status = rp_external_run(db, "SET @repoint_met = 0", RP_NO_VALUES, NULL, error);
    g_autofree char *sql = insert_text(db, into, rows);
    if (status == REPOINT_OK)
        status = rp_external_run(db, sql, values, rows * rp_insert_width(into), &changed, error);
    if (status == REPOINT_OK && counts_all)
        status = read_met(db, &met, error);
    if (status == REPOINT_OK)
        *inserted += counts_all ? (int64_t)rows - met : changed;
    return status;
}

/* ---- all rows as one list ---- */

/* What a list has of a value: its text, NULL for SQL NULL. Added to `texts`. */
static void add_text(GPtrArray *texts, const rp_db_value *value)
{
    char *text = NULL;
    if (!value->is_null && value->type == RP_DB_INTEGER)
        text = g_strdup_printf("%" G_GINT64_FORMAT, value->integer);
    else if (!value->is_null && value->type == RP_DB_BOOLEAN)
        text = g_strdup(value->boolean ? "true" : "false");
    else if (!value->is_null)
        text = g_strndup(value->text.size > 0 ? value->text.bytes : "", value->text.size);
    g_ptr_array_add(texts, text);
}

/*
 * INSERT INTO t (a, b) SELECT a, b FROM (SELECT CAST(r[1] AS VARCHAR) AS a, ... FROM (SELECT unnest(?1) AS
 * r)) v WHERE NOT EXISTS (...)
 */
static char *insert_list_text(const external_db *db, const rp_insert *into, const rp_db_value *values)
{
    g_auto(GStrv) columns = g_strsplit(into->columns, ", ", -1);
    g_autoptr(GString) list = g_string_new(NULL);
    for (size_t i = 0; columns[i] != NULL; i++)
        g_string_append_printf(list, "%sCAST(r[%zu] AS %s) AS %s", i > 0 ? ", " : "", i + 1,
                               db->dialect->types[values[i].type], columns[i]);
    g_autofree char *absent = rp_duck_absent_text(&db->base, into);
    return rp_sql(&db->base,
                  "INSERT INTO %n (%s) SELECT %s FROM (SELECT %s FROM"
                  " (SELECT unnest(CAST(?1 AS VARCHAR[][])) AS r)) v%s",
                  into->schema, into->table, into->columns, into->columns, list->str, absent);
}

static repoint_status insert_list(external_db *db, const rp_insert *into, const rp_db_value *values,
                                  size_t rows, int64_t *inserted, repoint_error *error)
{
    size_t width = rp_insert_width(into);
    g_autoptr(GPtrArray) texts = g_ptr_array_new_with_free_func(g_free);
    for (size_t i = 0; i < rows * width; i++)
        add_text(texts, &values[i]);
    rp_db_keys list = {.columns = width, .rows = rows, .values = (const char *const *)texts->pdata};
    g_autofree char *sql = insert_list_text(db, into, values);
    int64_t changed = 0;
    repoint_status status = rp_external_run(db, sql, RP_VALUES(rp_db_key_list(&list)), &changed, error);
    if (status == REPOINT_OK)
        *inserted += changed;
    return status;
}

/* ---- any number of rows ---- */

/* The rows to insert, of several with one key the first. Free with g_free(). */
static rp_db_value *distinct_rows(const rp_insert *into, const rp_db_value *values, size_t *rows)
{
    size_t width = rp_insert_width(into);
    g_autoptr(GHashTable) seen = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
    g_autoptr(GArray) taken = rp_insert_distinct(into, values, width, *rows, seen);
    rp_db_value *distinct = g_new(rp_db_value, taken->len * width);
    for (guint i = 0; i < taken->len; i++)
        memcpy(distinct + i * width, values + g_array_index(taken, size_t, i) * width,
               width * sizeof *values);
    *rows = taken->len;
    return distinct;
}

repoint_status rp_external_insert(rp_db *base, const rp_insert *into, const rp_db_value *values, size_t rows,
                                  int64_t *ret_inserted, repoint_error *error)
{
    external_db *db = (external_db *)base;
    bool is_list = db->dialect->leave_out == RP_LEAVE_OUT_PRESENT;
    size_t width = rp_insert_width(into),
           some = is_list ? ROWS_OF_A_LIST : MAX(VALUES_OF_AN_INSERT / width, 1);
    repoint_status (*insert)(external_db *, const rp_insert *, const rp_db_value *, size_t, int64_t *,
                             repoint_error *) = is_list ? insert_list : insert_some;
    int64_t inserted = 0;
    g_autofree rp_db_value *distinct = NULL;
    if (into->key_size > 0)
        values = distinct = distinct_rows(into, values, &rows);
    repoint_status status = rp_external_enter_single(db, RP_DB_WRITE, error);
    if (status != REPOINT_OK)
        return status;
    for (size_t done = 0; done < rows && status == REPOINT_OK; done += some)
        status = insert(db, into, values + done * width, MIN(some, rows - done), &inserted, error);
    rp_external_leave_single(db);
    if (status == REPOINT_OK && ret_inserted != NULL)
        *ret_inserted = inserted;
    return status;
}
