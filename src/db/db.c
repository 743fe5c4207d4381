/* Connections: finding a driver by URL, and the thin layer between its slots and everybody else. */
#include "db/db.h"

#include <string.h>

#include "db/duckdb/duckdb.h"
#include "db/mysql/mysql.h"
#include "db/postgres/postgres.h"
#include "db/sqlite/sqlite.h"

static const rp_db_driver *const drivers[] = {
    &rp_sqlite_driver, &rp_memory_driver, &rp_postgresql_driver, &rp_postgres_driver,
    &rp_duckdb_driver, &rp_mysql_driver,  &rp_mariadb_driver,
};

static void assert_complete(const rp_db_driver *driver)
{
    g_assert(driver->open != NULL && driver->close != NULL && driver->begin != NULL &&
             driver->commit != NULL && driver->rollback != NULL && driver->execute != NULL &&
             driver->insert != NULL && driver->query != NULL && driver->rows_next != NULL &&
             driver->rows_value != NULL && driver->rows_close != NULL && driver->interrupt != NULL &&
             driver->write_keys != NULL && driver->objects_relation != NULL && driver->unqualified != NULL &&
             driver->columns_query != NULL && driver->key_text_type != NULL &&
             driver->large_text_type != NULL && driver->table_options != NULL);
}

static char *known_schemes(void)
{
    GString *text = g_string_new("known are: ");
    for (size_t i = 0; i < G_N_ELEMENTS(drivers); i++)
        g_string_append_printf(text, "%s%s:", i > 0 ? ", " : "", drivers[i]->scheme);
    return g_string_free(text, FALSE);
}

repoint_status rp_db_open(const char *url, const rp_db_options *options, rp_db **ret_db, repoint_error *error)
{
    const char *colon = strchr(url, ':');
    size_t scheme_size = colon != NULL ? (size_t)(colon - url) : 0;
    for (size_t i = 0; i < G_N_ELEMENTS(drivers); i++) {
        const rp_db_driver *driver = drivers[i];
        if (colon == NULL || strlen(driver->scheme) != scheme_size ||
            strncmp(driver->scheme, url, scheme_size) != 0)
            continue;
        assert_complete(driver);
        return driver->open(colon + 1, options, ret_db, error);
    }
    g_autofree char *hint = known_schemes();
    if (colon == NULL)
        return rp_fail(error, REPOINT_INVALID, hint, "the database URL has no scheme such as \"sqlite:\"");
    return rp_fail(error, REPOINT_INVALID, hint, "databases of the scheme \"%.*s:\" are not known",
                   (int)MIN(scheme_size, 40), url);
}

void rp_db_close(rp_db *db)
{
    if (db != NULL)
        db->driver->close(db);
}

bool rp_db_can(const rp_db *db, rp_db_capability capability)
{
    return (db->driver->capabilities & capability) != 0;
}

repoint_status rp_db_begin(rp_db *db, rp_db_mode mode, repoint_error *error)
{
    return db->driver->begin(db, mode, error);
}

repoint_status rp_db_commit(rp_db *db, repoint_error *error)
{
    return db->driver->commit(db, error);
}

void rp_db_rollback(rp_db *db)
{
    db->driver->rollback(db);
}

void rp_db_break_off(rp_db *db)
{
    db->driver->interrupt(db);
    if (db->driver->break_off != NULL)
        db->driver->break_off(db);
}

void rp_db_interrupt(rp_db *db)
{
    db->driver->interrupt(db);
}

bool rp_db_proceed(rp_db *db)
{
    if (db->driver->proceed == NULL)
        return false;
    db->driver->proceed(db);
    return true;
}

repoint_status rp_db_execute(rp_db *db, const char *sql, const rp_db_value *values, size_t count,
                             int64_t *ret_changed, repoint_error *error)
{
    return db->driver->execute(db, sql, values, count, ret_changed, error);
}

repoint_status rp_db_execute_all(rp_db *db, const char *const *statements, size_t count, repoint_error *error)
{
    if (count == 0)
        return REPOINT_OK;
    if (db->driver->execute_all != NULL)
        return db->driver->execute_all(db, statements, count, error);
    repoint_status status = REPOINT_OK;
    for (size_t i = 0; i < count && status == REPOINT_OK; i++)
        status = rp_db_execute(db, statements[i], RP_NO_VALUES, NULL, error);
    return status;
}

repoint_status rp_db_insert(rp_db *db, const rp_insert *into, const rp_db_value *values, size_t rows,
                            int64_t *ret_inserted, repoint_error *error)
{
    return db->driver->insert(db, into, values, rows, ret_inserted, error);
}

void rp_db_pipeline(rp_db *db)
{
    if (db->driver->pipeline != NULL)
        db->driver->pipeline(db);
}

repoint_status rp_db_lock_table(rp_db *db, const char *schema, const char *table, rp_db_lock lock,
                                repoint_error *error)
{
    return db->driver->lock_table != NULL ? db->driver->lock_table(db, schema, table, lock, error)
                                          : REPOINT_OK;
}

repoint_status rp_db_compare_keys_as(rp_db *db, const char *schema, const char *table, const char *column,
                                     repoint_error *error)
{
    return db->driver->compare_keys_as != NULL ? db->driver->compare_keys_as(db, schema, table, column, error)
                                               : REPOINT_OK;
}

repoint_status rp_db_compress_column(rp_db *db, const char *schema, const char *table, const char *column,
                                     repoint_error *error)
{
    return db->driver->compress_column != NULL ? db->driver->compress_column(db, schema, table, column, error)
                                               : REPOINT_OK;
}

repoint_status rp_db_query(rp_db *db, const char *sql, const rp_db_value *values, size_t count,
                           rp_rows **ret_rows, repoint_error *error)
{
    return db->driver->query(db, sql, values, count, ret_rows, error);
}

repoint_status rp_rows_next(rp_rows *rows, bool *ret_has_row, repoint_error *error)
{
    return rows->db->driver->rows_next(rows, ret_has_row, error);
}

void rp_rows_close(rp_rows *rows)
{
    if (rows != NULL)
        rows->db->driver->rows_close(rows);
}

static rp_db_value row_value(const rp_rows *rows, size_t column)
{
    return rows->db->driver->rows_value(rows, column);
}

static repoint_status query_first_row(rp_db *db, const char *sql, rp_rows **ret_rows, bool *ret_has_row,
                                      repoint_error *error)
{
    repoint_status status = rp_db_query(db, sql, RP_NO_VALUES, ret_rows, error);
    return status == REPOINT_OK ? rp_rows_next(*ret_rows, ret_has_row, error) : status;
}

repoint_status rp_db_query_text(rp_db *db, const char *sql, char **ret_text, repoint_error *error)
{
    g_autoptr(rp_rows) rows = NULL;
    bool has_row = false;
    repoint_status status = query_first_row(db, sql, &rows, &has_row, error);
    if (status == REPOINT_OK)
        *ret_text = has_row ? g_strdup(rp_rows_text(rows, 0)) : NULL;
    return status;
}

repoint_status rp_db_query_integer(rp_db *db, const char *sql, int64_t *ret_integer, repoint_error *error)
{
    g_autoptr(rp_rows) rows = NULL;
    bool has_row = false;
    repoint_status status = query_first_row(db, sql, &rows, &has_row, error);
    if (status == REPOINT_OK)
        *ret_integer = has_row ? rp_rows_integer(rows, 0, 0) : 0;
    return status;
}

bool rp_rows_is_null(const rp_rows *rows, size_t column)
{
    return row_value(rows, column).is_null;
}

const char *rp_rows_text(const rp_rows *rows, size_t column)
{
    rp_db_value value = row_value(rows, column);
    return value.type == RP_DB_TEXT && !value.is_null ? value.text.bytes : NULL;
}

size_t rp_rows_text_size(const rp_rows *rows, size_t column)
{
    rp_db_value value = row_value(rows, column);
    return value.type == RP_DB_TEXT && !value.is_null ? value.text.size : 0;
}

int64_t rp_rows_integer(const rp_rows *rows, size_t column, int64_t if_null)
{
    rp_db_value value = row_value(rows, column);
    if (value.is_null)
        return if_null;
    if (value.type == RP_DB_BOOLEAN)
        return value.boolean;
    return value.type == RP_DB_INTEGER ? value.integer : if_null;
}

bool rp_rows_boolean(const rp_rows *rows, size_t column, bool if_null)
{
    return rp_rows_integer(rows, column, if_null) != 0;
}

/* ---- values ---- */

rp_db_value rp_db_null(rp_db_type type)
{
    return (rp_db_value){.type = type, .is_null = true};
}

rp_db_value rp_db_integer(int64_t number)
{
    return (rp_db_value){.type = RP_DB_INTEGER, .integer = number};
}

rp_db_value rp_db_integer_or_null(int64_t number, int64_t null_number)
{
    return number == null_number ? rp_db_null(RP_DB_INTEGER) : rp_db_integer(number);
}

rp_db_value rp_db_boolean(bool value)
{
    return (rp_db_value){.type = RP_DB_BOOLEAN, .boolean = value};
}

rp_db_value rp_db_text(const char *text)
{
    return text != NULL ? rp_db_text_sized(text, strlen(text)) : rp_db_null(RP_DB_TEXT);
}

rp_db_value rp_db_text_sized(const char *text, size_t size)
{
    return (rp_db_value){.type = RP_DB_TEXT, .text = {text, size}};
}

rp_db_value rp_db_key_list(const rp_db_keys *keys)
{
    return (rp_db_value){.type = RP_DB_KEY_LIST, .keys = keys};
}

/* ---- key lists ---- */

rp_key_list rp_key_list_new(size_t columns)
{
    return (rp_key_list){.values = g_ptr_array_new(), .columns = columns};
}

void rp_key_list_add(rp_key_list *list, const char *first, const char *second)
{
    g_ptr_array_add(list->values, (gpointer)first);
    if (list->columns == 2)
        g_ptr_array_add(list->values, (gpointer)second);
}

size_t rp_key_list_count(const rp_key_list *list)
{
    return list->values->len / list->columns;
}

rp_db_keys rp_key_list_keys(const rp_key_list *list)
{
    return (rp_db_keys){
        .columns = list->columns,
        .rows = rp_key_list_count(list),
        .values = (const char *const *)list->values->pdata,
    };
}

void rp_key_list_clear(rp_key_list *list)
{
    g_clear_pointer(&list->values, g_ptr_array_unref);
}
