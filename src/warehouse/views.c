/*
 * The views of an environment. See warehouse/views.h.
 *
 * A view is always SELECT * FROM one physical table. Its text is made in one place, so that a view which has
 * the text already is left alone; what somebody changed by hand differs, and is replaced.
 */
#include "warehouse/views.h"

#include <string.h>

#include "db/sql.h"
#include "warehouse/rename.h"

/* ---- small values ---- */

static void obstacle_free(gpointer data)
{
    rp_obstacle *obstacle = data;
    g_free(obstacle->name);
    g_free(obstacle->message);
    g_free(obstacle);
}

GPtrArray *rp_obstacles_new(void)
{
    return g_ptr_array_new_with_free_func(obstacle_free);
}

void rp_obstacle_add(GPtrArray *obstacles, repoint_status status, const char *name, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    rp_obstacle *obstacle = g_new0(rp_obstacle, 1);
    obstacle->status = status;
    obstacle->name = g_strdup(name);
    obstacle->message = g_strdup_vprintf(format, arguments);
    va_end(arguments);
    g_ptr_array_add(obstacles, obstacle);
}

const char *rp_view_action_name(rp_view_action action)
{
    static const char *const names[] = {
        [RP_VIEW_KEEP] = "keep",
        [RP_VIEW_CREATE] = "create",
        [RP_VIEW_REPLACE] = "replace",
        [RP_VIEW_DROP] = "drop",
    };
    return names[action];
}

void rp_relation_clear(rp_relation *relation)
{
    g_clear_pointer(&relation->schema, g_free);
    g_clear_pointer(&relation->name, g_free);
}

char *rp_relation_display(const rp_relation *relation)
{
    return relation->schema != NULL ? g_strconcat(relation->schema, ".", relation->name, NULL)
                                    : g_strdup(relation->name);
}

rp_relation rp_relation_of(const rp_db *db, const rp_name *name)
{
    if (rp_db_can(db, RP_DB_SCHEMAS))
        return (rp_relation){g_strdup(name->schema), g_strdup(name->table)};
    char *joined =
        name->schema != NULL ? g_strconcat(name->schema, ".", name->table, NULL) : g_strdup(name->table);
    return (rp_relation){NULL, joined};
}

static void change_free(gpointer data)
{
    rp_view_change *change = data;
    g_free(change->model);
    rp_relation_clear(&change->view);
    rp_relation_clear(&change->table);
    g_clear_pointer(&change->columns_added, g_ptr_array_unref);
    g_clear_pointer(&change->columns_removed, g_ptr_array_unref);
    g_free(change);
}

/* ---- what is there ---- */

char *rp_relation_key(const rp_db *db, const rp_relation *relation)
{
    g_autofree char *display = rp_relation_display(relation);
    return rp_db_can(db, RP_DB_CASELESS_NAMES) ? g_ascii_strdown(display, -1) : g_steal_pointer(&display);
}

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

repoint_status rp_views_load_names(rp_db *db, GHashTable **ret_names, repoint_error *error)
{
    return load_objects(db, ret_names, error);
}

static repoint_status load_columns(rp_db *db, const rp_relation *relation, GPtrArray **ret_columns,
                                   repoint_error *error)
{
    g_autoptr(GPtrArray) columns = g_ptr_array_new_with_free_func(g_free);
    g_autoptr(rp_rows) rows = NULL;
    repoint_status status =
        rp_db_query(db, db->driver->columns_query,
                    RP_VALUES(rp_db_text(relation->schema), rp_db_text(relation->name)), &rows, error);
    bool has_row = false;
    while (status == REPOINT_OK && (status = rp_rows_next(rows, &has_row, error)) == REPOINT_OK && has_row)
        g_ptr_array_add(columns, g_strdup(rp_rows_text(rows, 0)));
    if (status == REPOINT_OK)
        *ret_columns = g_steal_pointer(&columns);
    return status;
}

/* ---- what should be ---- */

static char *view_statement(const rp_db *db, const rp_view_change *change, bool replaces)
{
    return rp_sql(db, "CREATE %sVIEW %n AS SELECT * FROM %n", replaces ? "OR REPLACE " : "",
                  change->view.schema, change->view.name, change->table.schema, change->table.name);
}

/* Has this model a view in the environment at all? */
static bool is_shown(const repoint_environment *environment, const repoint_table *table)
{
    return table->is_model && !rp_kind_is_symbolic(table->kind) &&
           (rp_environment_is_dev(environment) || table->is_virtual_environment_full);
}

static repoint_status view_of(rp_db *db, const repoint_environment *environment, const repoint_table *table,
                              rp_relation *ret_view, repoint_error *error)
{
    rp_name name = {0};
    repoint_status status = rp_view_name(table->name, &environment->naming, NULL, &name, error);
    if (status == REPOINT_OK)
        *ret_view = rp_relation_of(db, &name);
    rp_name_clear(&name);
    return status;
}

static void relation_free(gpointer relation)
{
    rp_relation_clear(relation);
    g_free(relation);
}

repoint_status rp_views_of(rp_db *db, const repoint_environment *environment, GPtrArray **ret_views,
                           repoint_error *error)
{
    g_autoptr(GPtrArray) views = g_ptr_array_new_with_free_func(relation_free);
    g_autoptr(GPtrArray) tables = rp_environment_promoted_tables(environment);
    repoint_status status = REPOINT_OK;
    for (guint i = 0; i < tables->len && status == REPOINT_OK; i++) {
        const repoint_table *table = g_ptr_array_index(tables, i);
        if (!is_shown(environment, table))
            continue;
        rp_relation *view = g_new0(rp_relation, 1);
        g_ptr_array_add(views, view);
        status = view_of(db, environment, table, view, error);
    }
    if (status == REPOINT_OK)
        *ret_views = g_steal_pointer(&views);
    return status;
}

static repoint_status table_of(rp_db *db, const repoint_table *table, bool dev, rp_relation *ret_table,
                               repoint_error *error)
{
    rp_name name = {0};
    repoint_status status = rp_physical_name(table, dev, &name, error);
    if (status == REPOINT_OK)
        *ret_table = rp_relation_of(db, &name);
    rp_name_clear(&name);
    return status;
}

typedef struct comparison {
    rp_db *db;
    GHashTable *objects; /* what is there, by rp_relation_key() */
    GHashTable *wanted;  /* keys of the views that should be there -> model */
    GPtrArray *obstacles;
    GPtrArray *changes;
} comparison;

/* What stands in the way of one view, whose keys these are. */
static void find_obstacles(comparison *with, const rp_view_change *change, const char *view,
                           const char *table)
{
    const char *other = g_hash_table_lookup(with->wanted, view);
    g_autofree char *display = rp_relation_display(&change->view);
    g_autofree char *physical = rp_relation_display(&change->table);
    if (other != NULL)
        rp_obstacle_add(with->obstacles, REPOINT_REFUSED, change->model,
                        "the views of %s and %s would have the same name %s here", other, change->model,
                        display);
    const object *in_place = g_hash_table_lookup(with->objects, view);
    if (in_place != NULL && !in_place->is_view)
        rp_obstacle_add(with->obstacles, REPOINT_REFUSED, change->model,
                        "a table has the name of the view %s of %s", display, change->model);
    if (!g_hash_table_contains(with->objects, table))
        rp_obstacle_add(with->obstacles, REPOINT_MISSING_TABLES, change->model,
                        "the table %s of %s does not exist in the warehouse", physical, change->model);
}

static bool has_column(const GPtrArray *columns, const char *name)
{
    return g_ptr_array_find_with_equal_func((GPtrArray *)columns, name, g_str_equal, NULL);
}

static GPtrArray *columns_without(const GPtrArray *columns, const GPtrArray *others)
{
    GPtrArray *rest = g_ptr_array_new_with_free_func(g_free);
    for (guint i = 0; i < columns->len; i++) {
        if (!has_column(others, g_ptr_array_index(columns, i)))
            g_ptr_array_add(rest, g_strdup(g_ptr_array_index(columns, i)));
    }
    return rest;
}

static repoint_status compare_columns(rp_db *db, rp_view_change *change, repoint_error *error)
{
    g_autoptr(GPtrArray) before = NULL, after = NULL;
    repoint_error of_view = REPOINT_ERROR_INIT;
    repoint_status status = load_columns(db, &change->view, &before, &of_view);
    if (status != REPOINT_OK && status != REPOINT_FAILED) {
        rp_error_move(error, &of_view);
        return status;
    }
    repoint_error_clear(&of_view);
    if (status == REPOINT_FAILED) /* it is broken already and has no columns to lose: not ours to report */
        return REPOINT_OK;
    status = load_columns(db, &change->table, &after, error);
    if (status != REPOINT_OK)
        return status;
    change->columns_added = columns_without(after, before);
    change->columns_removed = columns_without(before, after);
    return REPOINT_OK;
}

/* Adds the change for one model that the environment shows. */
static repoint_status compare_view(comparison *with, const repoint_environment *planned,
                                   const repoint_table *table, rp_view_source source, repoint_error *error)
{
    rp_view_change *change = g_new0(rp_view_change, 1);
    g_ptr_array_add(with->changes, change);
    change->model = g_strdup(table->name);
    repoint_status status = view_of(with->db, planned, table, &change->view, error);
    if (status == REPOINT_OK)
        status =
            table_of(with->db, table, source.reads_dev_table(source.context, table), &change->table, error);
    if (status != REPOINT_OK)
        return status;

    g_autofree char *view = rp_relation_key(with->db, &change->view);
    g_autofree char *physical = rp_relation_key(with->db, &change->table);
    find_obstacles(with, change, view, physical);
    g_hash_table_replace(with->wanted, g_strdup(view), change->model);

    const object *in_place = g_hash_table_lookup(with->objects, view);
    if (in_place == NULL) {
        change->action = RP_VIEW_CREATE;
        return REPOINT_OK;
    }
    g_autofree char *definition = view_statement(with->db, change, false);
    change->action = g_strcmp0(definition, in_place->definition) == 0 ? RP_VIEW_KEEP : RP_VIEW_REPLACE;
    bool comparable = change->action == RP_VIEW_REPLACE && in_place->is_view &&
                      g_hash_table_contains(with->objects, physical);
    return comparable ? compare_columns(with->db, change, error) : REPOINT_OK;
}

/* Adds the drop of a view that the stored record has and the planned one has not, if it is there. */
static repoint_status compare_stored(comparison *with, const repoint_environment *stored,
                                     const repoint_table *table, repoint_error *error)
{
    rp_relation view = {0};
    repoint_status status = view_of(with->db, stored, table, &view, error);
    if (status != REPOINT_OK)
        return status;
    g_autofree char *key = rp_relation_key(with->db, &view);
    const object *in_place = g_hash_table_lookup(with->objects, key);
    if (in_place == NULL || !in_place->is_view || g_hash_table_contains(with->wanted, key)) {
        rp_relation_clear(&view);
        return REPOINT_OK;
    }
    rp_view_change *change = g_new0(rp_view_change, 1);
    change->action = RP_VIEW_DROP;
    change->model = g_strdup(table->name);
    change->view = view;
    g_ptr_array_add(with->changes, change);
    return REPOINT_OK;
}

static int compare_changes(gconstpointer a, gconstpointer b)
{
    const rp_view_change *left = *(rp_view_change *const *)a, *right = *(rp_view_change *const *)b;
    int by_schema = g_strcmp0(left->view.schema, right->view.schema);
    return by_schema != 0 ? by_schema : strcmp(left->view.name, right->view.name);
}

repoint_status rp_views_compare(rp_db *db, const repoint_environment *stored,
                                const repoint_environment *planned, rp_view_source source,
                                GPtrArray *obstacles, GPtrArray **ret_changes, repoint_error *error)
{
    if (!rp_db_can(db, RP_DB_SCHEMAS) && planned->naming.suffix_target == RP_SUFFIX_CATALOG &&
        rp_environment_is_dev(planned)) {
        rp_obstacle_add(
            obstacles, REPOINT_REFUSED, planned->naming.name,
            "environment %s puts its views into a catalog of its own, which this warehouse does not have",
            planned->naming.name);
        *ret_changes = g_ptr_array_new_with_free_func(change_free);
        return REPOINT_OK;
    }
    g_autoptr(GHashTable) objects = NULL;
    g_autoptr(GHashTable) wanted = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
    g_autoptr(GPtrArray) changes = g_ptr_array_new_with_free_func(change_free);
    repoint_status status = load_objects(db, &objects, error);
    comparison with = {db, objects, wanted, obstacles, changes};

    g_autoptr(GPtrArray) planned_tables = rp_environment_promoted_tables(planned);
    for (guint i = 0; i < planned_tables->len && status == REPOINT_OK; i++) {
        const repoint_table *table = g_ptr_array_index(planned_tables, i);
        if (is_shown(planned, table))
            status = compare_view(&with, planned, table, source, error);
    }
    g_autoptr(GPtrArray) stored_tables =
        stored != NULL ? rp_environment_promoted_tables(stored) : g_ptr_array_new();
    for (guint i = 0; i < stored_tables->len && status == REPOINT_OK; i++) {
        const repoint_table *table = g_ptr_array_index(stored_tables, i);
        if (is_shown(stored, table))
            status = compare_stored(&with, stored, table, error);
    }
    if (status != REPOINT_OK)
        return status;
    g_ptr_array_sort(changes, compare_changes);
    rp_rename_check_names(db, changes, obstacles);
    *ret_changes = g_steal_pointer(&changes);
    return REPOINT_OK;
}

/* ---- making the changes ---- */

#define LOCK_TIMEOUT "50ms" /* well below the server's deadlock_timeout: this side gives way */

static repoint_status run_all(rp_db *db, const GPtrArray *statements, repoint_error *error)
{
    return rp_db_execute_all(db, (const char *const *)statements->pdata, statements->len, error);
}

/*
 * Setting a view's schema to what it is locks the view alone, and writes nothing; LOCK TABLE would lock the
 * tables below too. All views first, in the order of their names: what holds them all at one moment has met
 * no transaction that read any of them.
 */
repoint_status rp_views_lock(rp_db *db, const GPtrArray *changes, repoint_error *error)
{
    if (!rp_db_can(db, RP_DB_SAVEPOINTS))
        return REPOINT_OK;
    g_autoptr(GPtrArray) statements = g_ptr_array_new_with_free_func(g_free);
    g_ptr_array_add(statements, g_strdup("SET LOCAL lock_timeout = '" LOCK_TIMEOUT "'"));
    for (guint i = 0; i < changes->len; i++) {
        const rp_view_change *change = g_ptr_array_index(changes, i);
        if (change->action == RP_VIEW_REPLACE || change->action == RP_VIEW_DROP)
            g_ptr_array_add(statements, rp_sql(db, "ALTER VIEW %n SET SCHEMA %i", change->view.schema,
                                               change->view.name, change->view.schema));
    }
    return run_all(db, statements, error);
}

repoint_status rp_views_create_schemas(rp_db *db, const GPtrArray *changes, repoint_error *error)
{
    g_autoptr(GHashTable) schemas = g_hash_table_new(g_str_hash, g_str_equal);
    g_autoptr(GPtrArray) statements = g_ptr_array_new_with_free_func(g_free);
    for (guint i = 0; i < changes->len && rp_db_can(db, RP_DB_SCHEMAS); i++) {
        const rp_view_change *change = g_ptr_array_index(changes, i);
        if (change->action == RP_VIEW_CREATE && change->view.schema != NULL &&
            g_hash_table_add(schemas, change->view.schema))
            g_ptr_array_add(statements, rp_sql(db, "CREATE SCHEMA IF NOT EXISTS %i", change->view.schema));
    }
    return run_all(db, statements, error);
}

static void add_change(const rp_db *db, GPtrArray *statements, const rp_view_change *change)
{
    bool replaces = change->action == RP_VIEW_REPLACE;
    if (change->action == RP_VIEW_DROP || (replaces && !rp_db_can(db, RP_DB_SCHEMAS)))
        g_ptr_array_add(statements, rp_sql(db, "DROP VIEW %n", change->view.schema, change->view.name));
    if (change->action == RP_VIEW_CREATE || replaces)
        g_ptr_array_add(statements, view_statement(db, change, replaces && rp_db_can(db, RP_DB_SCHEMAS)));
}

repoint_status rp_views_apply(rp_db *db, const GPtrArray *changes, repoint_error *error)
{
    g_autoptr(GPtrArray) statements = g_ptr_array_new_with_free_func(g_free);
    for (int drops = 0; drops <= 1; drops++) {
        for (guint i = 0; i < changes->len; i++) {
            const rp_view_change *change = g_ptr_array_index(changes, i);
            if ((change->action == RP_VIEW_DROP) == (drops == 1))
                add_change(db, statements, change);
        }
    }
    return run_all(db, statements, error);
}
