/*
 * The views of an environment. See warehouse/views.h.
 *
 * A view is always SELECT * FROM one physical table. Its text is made in one place, so that a view which is
 * that already is left alone; what somebody changed by hand differs, and is replaced. How to tell, and what
 * has to be done about it, is the engine's (warehouse/engine.h).
 */
#include "warehouse/views.h"

#include <string.h>

#include "db/sql.h"
#include "state/store.h"
#include "warehouse/candidates.h"
#include "warehouse/engine.h"

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

void rp_obstacle_is_of_role(GPtrArray *obstacles)
{
    rp_obstacle *last = g_ptr_array_index(obstacles, obstacles->len - 1);
    last->is_of_role = true;
}

const char *rp_view_action_name(rp_view_action action)
{
    static const char *const names[] = {
        [RP_VIEW_KEEP] = "keep", [RP_VIEW_CREATE] = "create", [RP_VIEW_REPLACE] = "replace",
        [RP_VIEW_DROP] = "drop", [RP_VIEW_REMAKE] = "remake",
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

void rp_findings_warn(const rp_findings *findings, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    g_ptr_array_add(findings->warnings, g_strdup_vprintf(format, arguments));
    va_end(arguments);
}

static void note_free(gpointer data)
{
    rp_view_note *note = data;
    g_free(note->name);
    g_free(note->text);
    g_free(note);
}

rp_view_properties *rp_view_properties_new(void)
{
    rp_view_properties *properties = g_new0(rp_view_properties, 1);
    properties->column_comments = g_ptr_array_new_with_free_func(note_free);
    properties->grants = g_ptr_array_new_with_free_func(note_free);
    return properties;
}

void rp_view_properties_free(rp_view_properties *properties)
{
    if (properties == NULL)
        return;
    g_free(properties->comment);
    g_ptr_array_unref(properties->column_comments);
    g_ptr_array_unref(properties->grants);
    g_free(properties);
}

void rp_view_note_add(GPtrArray *notes, const char *name, const char *text)
{
    rp_view_note *note = g_new(rp_view_note, 1);
    *note = (rp_view_note){g_strdup(name), g_strdup(text)};
    g_ptr_array_add(notes, note);
}

/* ---- changes ---- */

static GPtrArray *new_texts(void)
{
    return g_ptr_array_new_with_free_func(g_free);
}

rp_view_change *rp_view_change_new(rp_view_action action, const char *model)
{
    rp_view_change *change = g_new0(rp_view_change, 1);
    change->action = action;
    change->model = g_strdup(model);
    change->columns_added = new_texts();
    change->columns_removed = new_texts();
    change->columns_retyped = new_texts();
    change->drop_statements = new_texts();
    change->make_statements = new_texts();
    change->settle_statements = new_texts();
    return change;
}

static void change_free(gpointer data)
{
    rp_view_change *change = data;
    g_free(change->model);
    g_free(change->owner);
    g_free(change->catalog_mark);
    rp_relation_clear(&change->view);
    rp_relation_clear(&change->table);
    g_clear_pointer(&change->grants, g_ptr_array_unref);
    GPtrArray *const lists[] = {change->columns_added,   change->columns_removed, change->columns_retyped,
                                change->drop_statements, change->make_statements, change->settle_statements};
    for (size_t i = 0; i < G_N_ELEMENTS(lists); i++)
        g_ptr_array_unref(lists[i]);
    g_free(change);
}

bool rp_view_change_is_foreign(const rp_view_change *change)
{
    return change->model == NULL;
}

bool rp_view_change_locks(const rp_view_change *change)
{
    return change->action == RP_VIEW_REPLACE || change->action == RP_VIEW_DROP ||
           change->action == RP_VIEW_REMAKE;
}

void rp_view_drop_with(rp_view_change *change, char *sql)
{
    g_ptr_array_add(change->drop_statements, sql);
}

void rp_view_make_with(rp_view_change *change, char *sql)
{
    g_ptr_array_add(change->make_statements, sql);
}

void rp_view_settle_with(rp_view_change *change, char *sql)
{
    g_ptr_array_add(change->settle_statements, sql);
}

char *rp_view_statement(const rp_db *db, const rp_view_change *change, bool replaces, const char *options)
{
    return rp_sql(db, "CREATE %sVIEW %n%s AS SELECT * FROM %n", replaces ? "OR REPLACE " : "",
                  change->view.schema, change->view.name, options, change->table.schema, change->table.name);
}

/* ---- names ---- */

char *rp_relation_key(const rp_db *db, const rp_relation *relation)
{
    g_autofree char *display = rp_relation_display(relation);
    return rp_db_can(db, RP_DB_CASELESS_NAMES) ? g_ascii_strdown(display, -1) : g_steal_pointer(&display);
}

repoint_status rp_views_load_names(rp_db *db, GHashTable **ret_names, repoint_error *error)
{
    g_autoptr(GHashTable) names = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
    g_autofree char *sql = rp_sql(db, "SELECT o.schema_name, o.name FROM %o o");
    g_autoptr(rp_rows) rows = NULL;
    repoint_status status = rp_db_query(db, sql, RP_NO_VALUES, &rows, error);
    bool has_row = false;
    while (status == REPOINT_OK && (status = rp_rows_next(rows, &has_row, error)) == REPOINT_OK && has_row) {
        rp_relation relation = {(char *)rp_rows_text(rows, 0), (char *)rp_rows_text(rows, 1)};
        g_hash_table_add(names, rp_relation_key(db, &relation));
    }
    if (status == REPOINT_OK)
        *ret_names = g_steal_pointer(&names);
    return status;
}

/* ---- what should be ---- */

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

/* ---- obstacles that engines share ---- */

void rp_view_misses_table(const rp_comparison *with, const rp_view_change *change)
{
    g_autofree char *physical = rp_relation_display(&change->table);
    rp_obstacle_add(with->findings->obstacles, REPOINT_MISSING_TABLES, change->model,
                    "the table %s of %s does not exist in the warehouse", physical, change->model);
}

void rp_view_is_taken(const rp_comparison *with, const rp_view_change *change, const char *by)
{
    g_autofree char *display = rp_relation_display(&change->view);
    rp_obstacle_add(with->findings->obstacles, REPOINT_REFUSED, change->model,
                    "a %s has the name of the view %s of %s", by, display, change->model);
}

static void check_length(const rp_comparison *with, const char *model, const char *what, const char *name)
{
    const rp_view_engine *engine = rp_view_engine_of(with->db);
    size_t length = engine->limit_is_of_characters ? (size_t)g_utf8_strlen(name, -1) : strlen(name);
    if (engine->name_limit != 0 && length > engine->name_limit)
        rp_obstacle_add(with->findings->obstacles, REPOINT_REFUSED, model,
                        "the name of the %s %s is %zu %s long; this database takes %zu at most", what, name,
                        length, engine->limit_is_of_characters ? "characters" : "bytes", engine->name_limit);
}

/* Candidates have names of their own, which are longer. */
static void check_names(const rp_comparison *with, const rp_view_change *change, const char *environment,
                        GHashTable *schemas)
{
    rp_relation candidate = rp_candidate_of(with->db, &change->view, environment);
    const char *const found[] = {change->view.schema, candidate.schema};
    check_length(with, change->model, "view", change->view.name);
    if (strcmp(candidate.name, change->view.name) != 0)
        check_length(with, change->model, "candidate view", candidate.name);
    for (size_t i = 0; i < G_N_ELEMENTS(found); i++) {
        if (found[i] != NULL && g_hash_table_add(schemas, g_strdup(found[i])))
            check_length(with, change->model, "schema", found[i]);
    }
    rp_relation_clear(&candidate);
}

/* ---- comparing ---- */

static repoint_status add_wanted(rp_comparison *with, const rp_view_request *request,
                                 const repoint_table *table, GHashTable *wanted, repoint_error *error)
{
    rp_view_change *change = rp_view_change_new(RP_VIEW_CREATE, table->name);
    g_ptr_array_add(with->changes, change);
    bool dev = request->source.reads_dev_table(request->source.context, table);
    repoint_status status = view_of(with->db, request->planned, table, &change->view, error);
    if (status == REPOINT_OK)
        status = table_of(with->db, table, dev, &change->table, error);
    if (status != REPOINT_OK)
        return status;
    if (request->source.properties != NULL)
        change->properties = request->source.properties(request->source.context, table);
    char *key = rp_relation_key(with->db, &change->view);
    const char *other = g_hash_table_lookup(wanted, key);
    g_autofree char *display = rp_relation_display(&change->view);
    if (other != NULL)
        rp_obstacle_add(with->findings->obstacles, REPOINT_REFUSED, change->model,
                        "the views of %s and %s would have the same name %s here", other, change->model,
                        display);
    g_hash_table_replace(wanted, key, change->model);
    return REPOINT_OK;
}

static repoint_status add_unwanted(rp_comparison *with, const repoint_environment *stored,
                                   const repoint_table *table, GHashTable *wanted, repoint_error *error)
{
    rp_relation view = {0};
    repoint_status status = view_of(with->db, stored, table, &view, error);
    if (status != REPOINT_OK)
        return status;
    g_autofree char *key = rp_relation_key(with->db, &view);
    if (g_hash_table_contains(wanted, key)) {
        rp_relation_clear(&view);
        return REPOINT_OK;
    }
    rp_view_change *change = rp_view_change_new(RP_VIEW_DROP, table->name);
    change->view = view;
    g_hash_table_replace(wanted, g_steal_pointer(&key), change->model);
    g_ptr_array_add(with->changes, change);
    return REPOINT_OK;
}

static repoint_status list_views(rp_comparison *with, const rp_view_request *request, repoint_error *error)
{
    g_autoptr(GHashTable) wanted = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
    g_autoptr(GHashTable) schemas = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
    g_autoptr(GPtrArray) planned = rp_environment_promoted_tables(request->planned);
    g_autoptr(GPtrArray) stored =
        request->stored != NULL ? rp_environment_promoted_tables(request->stored) : g_ptr_array_new();
    repoint_status status = REPOINT_OK;
    for (guint i = 0; i < planned->len && status == REPOINT_OK; i++) {
        const repoint_table *table = g_ptr_array_index(planned, i);
        if (is_shown(request->planned, table))
            status = add_wanted(with, request, table, wanted, error);
    }
    for (guint i = 0; i < with->changes->len && status == REPOINT_OK; i++)
        check_names(with, g_ptr_array_index(with->changes, i), request->planned->naming.name, schemas);
    for (guint i = 0; i < stored->len && status == REPOINT_OK; i++) {
        const repoint_table *table = g_ptr_array_index(stored, i);
        if (is_shown(request->stored, table))
            status = add_unwanted(with, request->stored, table, wanted, error);
    }
    return status;
}

static int compare_changes(gconstpointer a, gconstpointer b)
{
    const rp_view_change *left = *(rp_view_change *const *)a, *right = *(rp_view_change *const *)b;
    int by_schema = g_strcmp0(left->view.schema, right->view.schema);
    return by_schema != 0 ? by_schema : strcmp(left->view.name, right->view.name);
}

static bool misses_catalog(rp_db *db, const repoint_environment *planned, const rp_findings *findings)
{
    if (rp_db_can(db, RP_DB_SCHEMAS) || planned->naming.suffix_target != RP_SUFFIX_CATALOG ||
        !rp_environment_is_dev(planned))
        return false;
    rp_obstacle_add(
        findings->obstacles, REPOINT_REFUSED, planned->naming.name,
        "environment %s puts its views into a catalog of its own, which this warehouse does not have",
        planned->naming.name);
    return true;
}

/* The order by name is the order of locks: the same for everybody. */
repoint_status rp_views_compare(rp_db *db, const rp_view_request *request, const rp_findings *findings,
                                GPtrArray **ret_changes, repoint_error *error)
{
    g_autoptr(GPtrArray) changes = g_ptr_array_new_with_free_func(change_free);
    rp_comparison with = {
        .db = db,
        .changes = changes,
        .findings = findings,
        .drop_foreign_views = request->drop_foreign_views,
        .lists_grants = request->lists_grants,
        .has_comments = strcmp(request->planned->naming.name, RP_PROD) == 0,
        .in_transaction =
            request->store != NULL && request->store->db == db && request->store->transaction_depth > 0,
        .store = request->store,
    };
    if (misses_catalog(db, request->planned, findings)) {
        *ret_changes = g_steal_pointer(&changes);
        return REPOINT_OK;
    }
    repoint_status status = list_views(&with, request, error);
    if (status == REPOINT_OK)
        g_ptr_array_sort(changes, compare_changes);
    if (status == REPOINT_OK)
        status = rp_view_engine_of(db)->compare(&with, error);
    if (status != REPOINT_OK)
        return status;
    for (guint i = 0; i < changes->len; i++)
        ((rp_view_change *)g_ptr_array_index(changes, i))->properties = NULL;
    g_ptr_array_sort(changes, compare_changes);
    *ret_changes = g_steal_pointer(&changes);
    return REPOINT_OK;
}

/* ---- making the changes ---- */

repoint_status rp_views_guard(rp_db *db, repoint_error *error)
{
    const rp_view_engine *engine = rp_view_engine_of(db);
    return engine->guard != NULL ? engine->guard(db, error) : REPOINT_OK;
}

repoint_status rp_views_lock(rp_db *db, const GPtrArray *changes, repoint_error *error)
{
    const rp_view_engine *engine = rp_view_engine_of(db);
    return engine->lock != NULL ? engine->lock(db, changes, error) : REPOINT_OK;
}

void rp_views_explain_busy(rp_db *db, const GPtrArray *changes, repoint_error *error)
{
    const rp_view_engine *engine = rp_view_engine_of(db);
    g_autofree char *holders = NULL;
    if (error == NULL || changes == NULL || engine->describe_holders == NULL ||
        engine->describe_holders(db, changes, &holders, NULL) != REPOINT_OK || holders == NULL)
        return;
    g_autofree char *message = g_strconcat(error->message, "; ", holders, NULL);
    g_free(error->message);
    error->message = g_steal_pointer(&message);
}

repoint_status rp_schemas_keep_missing(rp_db *db, GHashTable *schemas, repoint_error *error)
{
    const char *query = rp_view_engine_of(db)->schemas_query;
    g_autoptr(rp_rows) rows = NULL;
    if (query == NULL || g_hash_table_size(schemas) == 0)
        return REPOINT_OK;
    repoint_status status = rp_db_query(db, query, RP_NO_VALUES, &rows, error);
    bool has_row = false;
    while (status == REPOINT_OK && (status = rp_rows_next(rows, &has_row, error)) == REPOINT_OK && has_row)
        g_hash_table_remove(schemas, rp_rows_text(rows, 0));
    return status;
}

static repoint_status run_all(rp_db *db, const GPtrArray *statements, repoint_error *error)
{
    return rp_db_execute_all(db, (const char *const *)statements->pdata, statements->len, error);
}

/* Who may use a schema that is there need not be allowed to make one: it is made only where there is none. */
repoint_status rp_views_create_schemas(rp_db *db, const GPtrArray *changes, repoint_error *error)
{
    g_autoptr(GHashTable) schemas = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
    g_autoptr(GPtrArray) statements = g_ptr_array_new_with_free_func(g_free);
    for (guint i = 0; i < changes->len && rp_db_can(db, RP_DB_SCHEMAS); i++) {
        const rp_view_change *change = g_ptr_array_index(changes, i);
        if (change->action == RP_VIEW_CREATE && change->view.schema != NULL)
            g_hash_table_add(schemas, g_strdup(change->view.schema));
    }
    repoint_status status = rp_schemas_keep_missing(db, schemas, error);
    GHashTableIter iterator;
    gpointer schema;
    g_hash_table_iter_init(&iterator, schemas);
    while (status == REPOINT_OK && g_hash_table_iter_next(&iterator, &schema, NULL))
        g_ptr_array_add(statements, rp_sql(db, "CREATE SCHEMA IF NOT EXISTS %i", (char *)schema));
    return status == REPOINT_OK ? run_all(db, statements, error) : status;
}

static void append_texts(GPtrArray *to, const GPtrArray *from)
{
    for (guint i = 0; i < from->len; i++)
        g_ptr_array_add(to, g_ptr_array_index(from, i));
}

static unsigned deepest(const GPtrArray *changes)
{
    unsigned depth = 0;
    for (guint i = 0; i < changes->len; i++)
        depth = MAX(depth, ((rp_view_change *)g_ptr_array_index(changes, i))->depth);
    return depth;
}

/* The statements of one kind of the changes of one depth. */
static void append_of_depth(GPtrArray *to, const GPtrArray *changes, unsigned depth, size_t list)
{
    for (guint i = 0; i < changes->len; i++) {
        const rp_view_change *change = g_ptr_array_index(changes, i);
        if (change->depth == depth)
            append_texts(to, G_STRUCT_MEMBER(GPtrArray *, change, list));
    }
}

/* What stands on others goes first and comes back last; what leaves the environment goes when nothing reads
 * it any more. */
static GPtrArray *statements_in_order(const GPtrArray *changes)
{
    GPtrArray *statements = g_ptr_array_new();
    unsigned depth = deepest(changes);
    for (unsigned i = depth + 1; i-- > 0;)
        append_of_depth(statements, changes, i, G_STRUCT_OFFSET(rp_view_change, drop_statements));
    for (unsigned i = 0; i <= depth; i++)
        append_of_depth(statements, changes, i, G_STRUCT_OFFSET(rp_view_change, make_statements));
    for (unsigned i = 0; i <= depth; i++)
        append_of_depth(statements, changes, i, G_STRUCT_OFFSET(rp_view_change, settle_statements));
    return statements;
}

repoint_status rp_views_apply(rp_db *db, const GPtrArray *changes, repoint_error *error)
{
    const rp_view_engine *engine = rp_view_engine_of(db);
    if (engine->apply != NULL)
        return engine->apply(db, changes, error);
    g_autoptr(GPtrArray) statements = statements_in_order(changes);
    return run_all(db, statements, error);
}
