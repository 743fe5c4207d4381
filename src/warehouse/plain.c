/*
 * Views where nothing hangs on them: SQLite and DuckDB look other people's views up by name when they are
 * read, and a view has no owner and no grants. The text that made a view is kept, so it tells whether the
 * view is what it should be.
 */
#include <string.h>

#include "db/db.h"
#include "db/sql.h"
#include "warehouse/engine.h"
#include "warehouse/grants.h"
#include "warehouse/mysql_readers.h"

/* What the databases of this file differ in. */
typedef struct plain_dialect {
    const char *columns_of_all; /* schema, relation, column, type; NULL: each relation is asked for its own */
    bool replaces;              /* CREATE OR REPLACE VIEW */
    bool remembers_columns;     /* a view keeps the columns that its table had when it was made */
    bool prints_columns;        /* a view's text is not what made it, but a query that names each column */
    bool has_comments;
} plain_dialect;

/* A comparison under way. */
typedef struct plain_comparison {
    rp_comparison *with;
    const plain_dialect *dialect;
    GHashTable *objects; /* of object, by rp_relation_key() */
    GHashTable *columns; /* of GPtrArray of column, likewise; NULL: not loaded */
} plain_comparison;

typedef struct object {
    bool is_view;
    char *definition;
} object;

static void object_free(gpointer data)
{
    g_free(((object *)data)->definition);
    g_free(data);
}

/* Every table and view, by rp_relation_key(). */
static repoint_status load_objects(rp_db *db, GHashTable **ret_objects, repoint_error *error)
{
    g_autoptr(GHashTable) objects = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, object_free);
    g_autofree char *sql = rp_sql(db, "SELECT o.schema_name, o.name, o.type, o.definition FROM %o o");
    g_autoptr(rp_rows) rows = NULL;
    repoint_status status = rp_db_query(db, sql, RP_NO_VALUES, &rows, error);
    bool has_row = false;
    while (status == REPOINT_OK && (status = rp_rows_next(rows, &has_row, error)) == REPOINT_OK && has_row) {
        rp_relation relation = {(char *)rp_rows_text(rows, 0), (char *)rp_rows_text(rows, 1)};
        object *found = g_new0(object, 1);
        found->is_view = g_strcmp0(rp_rows_text(rows, 2), "view") == 0;
        found->definition = g_strdup(rp_rows_text(rows, 3));
        g_hash_table_replace(objects, rp_relation_key(db, &relation), found);
    }
    if (status == REPOINT_OK)
        *ret_objects = g_steal_pointer(&objects);
    return status;
}

/* ---- columns ---- */

typedef struct column {
    char *name;
    char *type;
} column;

static void column_free(gpointer data)
{
    g_free(((column *)data)->name);
    g_free(((column *)data)->type);
    g_free(data);
}

static void add_column(GPtrArray *columns, const char *name, const char *type)
{
    column *one = g_new(column, 1);
    *one = (column){g_strdup(name), g_strdup(type)};
    g_ptr_array_add(columns, one);
}

static repoint_status load_all_columns(plain_comparison *of, repoint_error *error)
{
    rp_db *db = of->with->db;
    g_autoptr(rp_rows) rows = NULL;
    repoint_status status = rp_db_query(db, of->dialect->columns_of_all, RP_NO_VALUES, &rows, error);
    bool has_row = false;
    of->columns = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, (GDestroyNotify)g_ptr_array_unref);
    while (status == REPOINT_OK && (status = rp_rows_next(rows, &has_row, error)) == REPOINT_OK && has_row) {
        rp_relation relation = {(char *)rp_rows_text(rows, 0), (char *)rp_rows_text(rows, 1)};
        g_autofree char *key = rp_relation_key(db, &relation);
        GPtrArray *columns = g_hash_table_lookup(of->columns, key);
        if (columns == NULL) {
            columns = g_ptr_array_new_with_free_func(column_free);
            g_hash_table_insert(of->columns, g_steal_pointer(&key), columns);
        }
        add_column(columns, rp_rows_text(rows, 2), rp_rows_text(rows, 3));
    }
    return status;
}

/* A view that is in place may be broken already: it has no columns to lose, and that is not ours to report.
 */
static repoint_status load_columns(rp_db *db, const rp_relation *relation, bool may_be_broken,
                                   GPtrArray **ret_columns, repoint_error *error)
{
    g_autoptr(GPtrArray) columns = g_ptr_array_new_with_free_func(column_free);
    g_autoptr(rp_rows) rows = NULL;
    repoint_error failure = REPOINT_ERROR_INIT;
    repoint_status status =
        rp_db_query(db, db->driver->columns_query,
                    RP_VALUES(rp_db_text(relation->schema), rp_db_text(relation->name)), &rows, &failure);
    bool has_row = false;
    while (status == REPOINT_OK && (status = rp_rows_next(rows, &has_row, &failure)) == REPOINT_OK && has_row)
        add_column(columns, rp_rows_text(rows, 0), rp_rows_text(rows, 1));
    if (status == REPOINT_OK)
        *ret_columns = g_steal_pointer(&columns);
    if (status != REPOINT_FAILED || !may_be_broken) {
        rp_error_move(error, &failure);
        return status;
    }
    repoint_error_clear(&failure);
    return REPOINT_OK;
}

static gboolean has_name(gconstpointer one, gconstpointer name)
{
    return strcmp(((const column *)one)->name, name) == 0;
}

static const column *find_column(const GPtrArray *columns, const char *name)
{
    guint index = 0;
    return g_ptr_array_find_with_equal_func((GPtrArray *)columns, name, has_name, &index)
               ? g_ptr_array_index(columns, index)
               : NULL;
}

static void note_columns(rp_view_change *change, const GPtrArray *before, const GPtrArray *after)
{
    guint place = 0;
    for (guint i = 0; i < before->len; i++) {
        const column *old = g_ptr_array_index(before, i), *new = find_column(after, old->name);
        if (new == NULL)
            g_ptr_array_add(change->columns_removed, g_strdup(old->name));
        else if (strcmp(old->type, new->type) != 0)
            g_ptr_array_add(change->columns_retyped, g_strdup(old->name));
    }
    for (guint i = 0; i < after->len; i++) {
        const column *new = g_ptr_array_index(after, i);
        if (find_column(before, new->name) == NULL) {
            g_ptr_array_add(change->columns_added, g_strdup(new->name));
            continue;
        }
        while (place < before->len && !has_name(g_ptr_array_index(before, place), new->name))
            if (find_column(after, ((column *)g_ptr_array_index(before, place++))->name) != NULL)
                change->is_reordered = true;
        place++;
    }
}

static repoint_status columns_of(const plain_comparison *of, const rp_relation *relation, bool may_be_broken,
                                 GPtrArray **ret_columns, repoint_error *error)
{
    if (of->columns == NULL)
        return load_columns(of->with->db, relation, may_be_broken, ret_columns, error);
    g_autofree char *key = rp_relation_key(of->with->db, relation);
    GPtrArray *columns = g_hash_table_lookup(of->columns, key);
    *ret_columns = columns != NULL ? g_ptr_array_ref(columns) : NULL;
    return REPOINT_OK;
}

static repoint_status compare_columns(const plain_comparison *of, rp_view_change *change, bool *ret_same,
                                      repoint_error *error)
{
    g_autoptr(GPtrArray) before = NULL, after = NULL;
    repoint_status status = columns_of(of, &change->view, true, &before, error);
    if (status == REPOINT_OK)
        status = columns_of(of, &change->table, false, &after, error);
    *ret_same = before != NULL && after != NULL;
    if (status != REPOINT_OK || !*ret_same)
        return status;
    note_columns(change, before, after);
    *ret_same =
        change->columns_added->len + change->columns_removed->len + change->columns_retyped->len == 0 &&
        !change->is_reordered;
    return REPOINT_OK;
}

/* ---- texts ---- */

static bool is_of_a_word(char byte)
{
    return g_ascii_isalnum(byte) || byte == '_' || (byte & 0x80) != 0;
}

static const char *append_quoted(GString *to, const char *from)
{
    for (from++; *from != '\0' && (from[0] != '"' || from[1] == '"'); from++) {
        g_string_append_c(to, *from);
        if (*from == '"')
            from++;
    }
    return *from == '"' ? from + 1 : from;
}

/* A statement without what databases print differently: spaces, quotes where they are not needed, a last
 * semicolon. */
static char *plain_text(const char *sql)
{
    GString *text = g_string_new(NULL);
    while (*sql != '\0') {
        if (g_ascii_isspace(*sql) || (*sql == ';' && sql[1] == '\0')) {
            sql++;
            continue;
        }
        bool is_word = *sql == '"' || is_of_a_word(*sql);
        if (is_word)
            g_string_append_c(text, '\1');
        if (*sql == '"')
            sql = append_quoted(text, sql);
        else
            do
                g_string_append_c(text, *sql++);
            while (is_word && is_of_a_word(*sql));
        if (is_word)
            g_string_append_c(text, '\2');
    }
    return g_string_free(text, FALSE);
}

static bool is_same_statement(const char *a, const char *b)
{
    g_autofree char *left = plain_text(a), *right = b != NULL ? plain_text(b) : NULL;
    return g_strcmp0(left, right) == 0;
}

/* ---- comparing ---- */

static void set_comments(const plain_comparison *of, rp_view_change *change)
{
    const rp_db *db = of->with->db;
    const rp_view_properties *properties = change->properties;
    const rp_relation *view = &change->view;
    bool has_comments = of->with->has_comments && of->dialect->has_comments;
    if (!has_comments || properties == NULL || change->action == RP_VIEW_KEEP)
        return;
    if (properties->comment != NULL)
        rp_view_settle_with(
            change, rp_sql(db, "COMMENT ON VIEW %n IS %l", view->schema, view->name, properties->comment));
    for (guint i = 0; i < properties->column_comments->len; i++) {
        const rp_view_note *note = g_ptr_array_index(properties->column_comments, i);
        rp_view_settle_with(change, rp_sql(db, "COMMENT ON COLUMN %n.%i IS %l", view->schema, view->name,
                                           note->name, note->text));
    }
}

static void set_statements(const plain_comparison *of, rp_view_change *change)
{
    const rp_db *db = of->with->db;
    const rp_relation *view = &change->view;
    bool replaces = change->action == RP_VIEW_REPLACE, has_replace = of->dialect->replaces;
    if (change->action == RP_VIEW_DROP)
        rp_view_settle_with(change, rp_sql(db, "DROP VIEW %n", view->schema, view->name));
    if (replaces && !has_replace)
        rp_view_drop_with(change, rp_sql(db, "DROP VIEW %n", view->schema, view->name));
    if (replaces || change->action == RP_VIEW_CREATE)
        rp_view_make_with(change, rp_view_statement(db, change, replaces && has_replace, ""));
    set_comments(of, change);
}

/* Databases print names without the catalog. g_free() */
static char *as_made(const rp_db *db, const rp_view_change *change)
{
    rp_db without = *db;
    without.catalog = NULL;
    return rp_view_statement(&without, change, false, "");
}

static void append_backquoted(GString *text, const char *name)
{
    g_auto(GStrv) parts = g_strsplit(name, "`", -1);
    g_autofree char *inside = g_strjoinv("``", parts);
    g_string_append_printf(text, "`%s`", inside);
}

static void append_table(GString *text, const rp_relation *table)
{
    if (table->schema != NULL) {
        append_backquoted(text, table->schema);
        g_string_append_c(text, '.');
    }
    append_backquoted(text, table->name);
}

/* "select `shop`.`orders`.`id` AS `id`,... from `shop`.`orders`"; g_free() */
static char *as_query(const rp_relation *table, const GPtrArray *columns)
{
    GString *text = g_string_new("select ");
    for (guint i = 0; i < columns->len; i++) {
        const char *name = ((const column *)g_ptr_array_index(columns, i))->name;
        g_string_append(text, i > 0 ? "," : "");
        append_table(text, table);
        g_string_append_c(text, '.');
        append_backquoted(text, name);
        g_string_append(text, " AS ");
        append_backquoted(text, name);
    }
    g_string_append(text, " from ");
    append_table(text, table);
    return g_string_free(text, FALSE);
}

/* Is the text of the view that is there what the database prints of the one that is wanted? */
static repoint_status is_printed_so(const plain_comparison *of, const rp_view_change *change,
                                    const char *definition, bool *ret_is, repoint_error *error)
{
    g_autoptr(GPtrArray) columns = NULL;
    g_autofree char *wanted = NULL;
    if (!of->dialect->prints_columns) {
        wanted = as_made(of->with->db, change);
        *ret_is = is_same_statement(wanted, definition);
        return REPOINT_OK;
    }
    repoint_status status = columns_of(of, &change->table, false, &columns, error);
    if (status == REPOINT_OK)
        wanted = as_query(&change->table, columns);
    *ret_is = status == REPOINT_OK && g_strcmp0(wanted, definition) == 0;
    return status;
}

static repoint_status compare_wanted(plain_comparison *of, rp_view_change *change, repoint_error *error)
{
    rp_db *db = of->with->db;
    g_autofree char *view = rp_relation_key(db, &change->view);
    g_autofree char *table = rp_relation_key(db, &change->table);
    const object *in_place = g_hash_table_lookup(of->objects, view);
    bool has_table = g_hash_table_contains(of->objects, table), is_same = false, has_same_columns = true;
    if (in_place != NULL && !in_place->is_view)
        rp_view_is_taken(of->with, change, "table");
    if (!has_table)
        rp_view_misses_table(of->with, change);
    if (in_place == NULL)
        return REPOINT_OK;
    repoint_status status = is_printed_so(of, change, in_place->definition, &is_same, error);
    bool may_differ = !is_same || of->dialect->remembers_columns;
    if (status == REPOINT_OK && in_place->is_view && has_table && may_differ)
        status = compare_columns(of, change, &has_same_columns, error);
    change->action = is_same && has_same_columns ? RP_VIEW_KEEP : RP_VIEW_REPLACE;
    return status;
}

static bool is_gone(const plain_comparison *of, const rp_view_change *change)
{
    g_autofree char *key = rp_relation_key(of->with->db, &change->view);
    const object *in_place = g_hash_table_lookup(of->objects, key);
    return in_place == NULL || !in_place->is_view;
}

static repoint_status compare_changes(plain_comparison *of, repoint_error *error)
{
    GPtrArray *changes = of->with->changes;
    repoint_status status = load_objects(of->with->db, &of->objects, error);
    if (status == REPOINT_OK && of->dialect->columns_of_all != NULL)
        status = load_all_columns(of, error);
    for (guint i = 0; i < changes->len && status == REPOINT_OK;) {
        rp_view_change *change = g_ptr_array_index(changes, i);
        if (change->action == RP_VIEW_DROP && is_gone(of, change)) {
            g_ptr_array_remove_index(changes, i);
            continue;
        }
        if (change->action != RP_VIEW_DROP)
            status = compare_wanted(of, change, error);
        set_statements(of, change);
        i++;
    }
    return status;
}

static repoint_status compare(rp_comparison *with, const plain_dialect *dialect, repoint_error *error)
{
    plain_comparison of = {.with = with, .dialect = dialect};
    repoint_status status = compare_changes(&of, error);
    g_clear_pointer(&of.objects, g_hash_table_unref);
    g_clear_pointer(&of.columns, g_hash_table_unref);
    return status;
}

/* ---- the databases ---- */

static repoint_status compare_sqlite(rp_comparison *with, repoint_error *error)
{
    static const plain_dialect sqlite = {0};
    return compare(with, &sqlite, error);
}

static repoint_status compare_duckdb(rp_comparison *with, repoint_error *error)
{
    static const plain_dialect duckdb = {
        .columns_of_all = "SELECT schema_name, table_name, column_name, data_type FROM duckdb_columns()"
                          " WHERE database_name = current_database() AND NOT internal"
                          " ORDER BY schema_name, table_name, column_index",
        .replaces = true,
        .remembers_columns = true,
        .has_comments = true,
    };
    return compare(with, &duckdb, error);
}

static repoint_status compare_mysql(rp_comparison *with, repoint_error *error)
{
    static const plain_dialect mysql = {.replaces = true, .prints_columns = true};
    repoint_status status = compare(with, &mysql, error);
    return status == REPOINT_OK && with->lists_grants ? rp_mysql_grants_list(with, error) : status;
}

/* As on PostgreSQL (postgres_views.c); MySQL has no such setting. */
static repoint_status guard_mysql(rp_db *db, repoint_error *error)
{
    return rp_db_execute(db, "SET /*M! SESSION idle_transaction_timeout = 60, */ @repoint_guard = 1",
                         RP_NO_VALUES, NULL, error);
}

static repoint_status apply_at_once(rp_db *db, const GPtrArray *statements, repoint_error *error)
{
    repoint_status status = REPOINT_OK;
    for (guint i = 0; i < statements->len && status == REPOINT_OK; i++) {
        g_autofree char *sql = g_strconcat("/*M! SET STATEMENT lock_wait_timeout = 0 FOR */ ",
                                           g_ptr_array_index(statements, i), NULL);
        status = rp_db_execute(db, sql, RP_NO_VALUES, NULL, error);
    }
    return status;
}

/* Without waiting, as in name_fence.c: REPOINT_BUSY when a reader holds a view. Nothing is dropped in order
 * to be made again. */
static repoint_status apply_mysql(rp_db *db, const GPtrArray *changes, repoint_error *error)
{
    repoint_status status = REPOINT_OK;
    for (guint i = 0; i < changes->len && status == REPOINT_OK; i++) {
        const rp_view_change *change = g_ptr_array_index(changes, i);
        status = apply_at_once(db, change->make_statements, error);
        if (status == REPOINT_OK)
            status = apply_at_once(db, change->settle_statements, error);
    }
    return status;
}

const rp_view_engine rp_sqlite_views = {.compare = compare_sqlite};

const rp_view_engine rp_duckdb_views = {
    .schemas_query = "SELECT schema_name FROM duckdb_schemas() WHERE database_name = current_database()",
    .compare = compare_duckdb,
};

const rp_view_engine rp_mysql_views = {
    .name_limit = 64,
    .limit_is_of_characters = true,
    .schemas_query = "SELECT schema_name FROM information_schema.schemata",
    .compare = compare_mysql,
    .guard = guard_mysql,
    .describe_holders = rp_mysql_holders_describe,
    .apply = apply_mysql,
    .take_mark = rp_mysql_mark_take,
    .check_mark = rp_mysql_mark_check,
    .mark_warning = rp_mysql_mark_warning,
};
