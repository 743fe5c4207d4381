/* PostgreSQL's catalog. See warehouse/postgres_catalog.h. */
#include "warehouse/postgres_catalog.h"

#include <inttypes.h>
#include <string.h>

#include "db/sql.h"

/* ---- memory ---- */

static void column_free(gpointer data)
{
    pg_column *column = data;
    g_free(column->name);
    g_free(column->quoted);
    g_free(column->type);
    g_free(column);
}

static void fact_free(gpointer data)
{
    pg_fact *fact = data;
    g_free(fact->column);
    g_free(fact->name);
    g_free(fact->text);
    g_free(fact->grantor);
    g_free(fact);
}

static void use_free(gpointer data)
{
    g_free(((pg_use *)data)->column);
    g_free(data);
}

static void relation_free(gpointer data)
{
    pg_relation *relation = data;
    rp_relation_clear(&relation->name);
    g_free(relation->owner);
    g_free(relation->definition);
    g_free(relation->quoted_schema);
    g_free(relation->quoted_name);
    g_free(relation->tablespace);
    g_free(relation->access_method);
    g_ptr_array_unref(relation->columns);
    g_ptr_array_unref(relation->facts);
    g_free(relation);
}

pg_catalog rp_pg_catalog_new(void)
{
    return (pg_catalog){
        .by_id = g_hash_table_new_full(g_int64_hash, g_int64_equal, NULL, relation_free),
        .by_name = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL),
        .uses = g_ptr_array_new_with_free_func(use_free),
    };
}

void rp_pg_catalog_clear(pg_catalog *catalog)
{
    g_clear_pointer(&catalog->by_name, g_hash_table_unref);
    g_clear_pointer(&catalog->by_id, g_hash_table_unref);
    g_clear_pointer(&catalog->uses, g_ptr_array_unref);
}

/* ---- finding ---- */

static pg_relation *find_id(const pg_catalog *catalog, int64_t id)
{
    return g_hash_table_lookup(catalog->by_id, &id);
}

const pg_relation *rp_pg_relation_find(const pg_catalog *catalog, const rp_db *db, const rp_relation *name)
{
    g_autofree char *key = rp_relation_key(db, name);
    return g_hash_table_lookup(catalog->by_name, key);
}

const pg_column *rp_pg_column_find(const pg_relation *relation, const char *name)
{
    for (guint i = 0; i < relation->columns->len; i++) {
        const pg_column *column = g_ptr_array_index(relation->columns, i);
        if (strcmp(column->name, name) == 0)
            return column;
    }
    return NULL;
}

const pg_fact *rp_pg_fact_find(const pg_relation *relation, pg_fact_kind kind, const char *column)
{
    for (guint i = 0; i < relation->facts->len; i++) {
        const pg_fact *fact = g_ptr_array_index(relation->facts, i);
        if (fact->kind == kind && g_strcmp0(fact->column, column) == 0)
            return fact;
    }
    return NULL;
}

#define MOST_TRIES 10

/* ---- lists of relations as parameters ---- */

typedef struct id_list {
    GPtrArray *texts; /* owned */
    rp_key_list keys;
} id_list;

static void id_list_clear(id_list *list)
{
    rp_key_list_clear(&list->keys);
    g_ptr_array_unref(list->texts);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(id_list, id_list_clear)

static id_list id_list_new(void)
{
    return (id_list){g_ptr_array_new_with_free_func(g_free), rp_key_list_new(1)};
}

static void id_list_add(id_list *list, int64_t id)
{
    char *text = g_strdup_printf("%" PRId64, id);
    g_ptr_array_add(list->texts, text);
    rp_key_list_add(&list->keys, text, NULL);
}

static id_list ids_of(const GPtrArray *relations)
{
    id_list list = id_list_new();
    for (guint i = 0; i < relations->len; i++)
        id_list_add(&list, ((const pg_relation *)g_ptr_array_index(relations, i))->id);
    return list;
}

/* Runs a query about `keys`, calling `take` for each row. */
typedef void (*row_taker)(const rp_db *db, pg_catalog *catalog, const rp_rows *row);

static repoint_status visit_rows(rp_db *db, const pg_catalog *catalog, const char *sql,
                                 const rp_key_list *list, row_taker take, repoint_error *error)
{
    rp_db_keys keys = rp_key_list_keys(list);
    g_autoptr(rp_rows) rows = NULL;
    bool has_row = false;
    repoint_status status = rp_db_query(db, sql, RP_VALUES(rp_db_key_list(&keys)), &rows, error);
    while (status == REPOINT_OK && (status = rp_rows_next(rows, &has_row, error)) == REPOINT_OK && has_row)
        take(db, (pg_catalog *)catalog, rows);
    return status;
}

/* The server looks at what is there now when it prints something, not at what the snapshot has. All that
 * these queries name themselves is in pg_catalog: what they miss is what they have found a moment before. */
static bool is_gone(const repoint_error *failure)
{
    static const char *const states[] = {"XX000" /* could not open relation */, "42P01", "42704", NULL};
    return failure->status == REPOINT_FAILED && g_strv_contains(states, failure->sqlstate);
}

static repoint_status try_visit(rp_db *db, const pg_catalog *catalog, const char *sql,
                                const rp_key_list *list, row_taker take, bool *ret_is_gone,
                                repoint_error *error)
{
    repoint_error failure = REPOINT_ERROR_INIT;
    repoint_status status = visit_rows(db, catalog, sql, list, take, &failure);
    *ret_is_gone = is_gone(&failure);
    if (*ret_is_gone)
        status = rp_fail(error, REPOINT_BUSY, "try again",
                         "somebody has just dropped something that is looked at (%s)", failure.message);
    else if (status != REPOINT_OK)
        rp_error_move(error, &failure);
    repoint_error_clear(&failure);
    return status;
}

static repoint_status visit(rp_db *db, const pg_catalog *catalog, const char *sql, const rp_key_list *list,
                            row_taker take, repoint_error *error)
{
    bool ignored = false;
    return try_visit(db, catalog, sql, list, take, &ignored, error);
}

/* The same, again where something has gone away. `take` may meet a row twice. */
static repoint_status visit_again(rp_db *db, const pg_catalog *catalog, const char *sql,
                                  const rp_key_list *list, row_taker take, repoint_error *error)
{
    bool is_gone = false;
    repoint_status status = try_visit(db, catalog, sql, list, take, &is_gone, error);
    for (unsigned tries = 1; is_gone && tries < MOST_TRIES; tries++) {
        repoint_error_clear(error);
        if (catalog->has_savepoint)
            status = rp_db_execute(db, "ROLLBACK TO SAVEPOINT " RP_PG_SAVEPOINT, RP_NO_VALUES, NULL, error);
        if (catalog->has_savepoint && status != REPOINT_OK)
            return status;
        status = try_visit(db, catalog, sql, list, take, &is_gone, error);
    }
    return status;
}

/* ---- relations ---- */

/* What a view reads besides itself: its rule depends on it. */
#define READS                                                                                                \
    "(SELECT CASE WHEN COUNT(DISTINCT d.refobjid) = 1 THEN MIN(d.refobjid::BIGINT) ELSE 0 END"               \
    " FROM pg_catalog.pg_rewrite r JOIN pg_catalog.pg_depend d ON d.objid = r.oid"                           \
    " AND d.classid = 'pg_catalog.pg_rewrite'::pg_catalog.regclass"                                          \
    " AND d.refclassid = 'pg_catalog.pg_class'::pg_catalog.regclass"                                         \
    " WHERE r.ev_class = c.oid AND d.refobjid <> c.oid)"

/* What has been dropped since is neither visible nor invisible; its text would be an error. */
#define RELATIONS                                                                                            \
    "SELECT c.oid::BIGINT, n.nspname, c.relname, c.relkind::TEXT, pg_catalog.pg_get_userbyid(c.relowner),"   \
    " pg_catalog.pg_has_role(c.relowner, 'USAGE'), (SELECT u.rolsuper FROM pg_catalog.pg_roles u"            \
    " WHERE u.rolname = CURRENT_USER) OR pg_catalog.has_schema_privilege(c.relowner, n.oid, 'CREATE'),"      \
    " pg_catalog.pg_table_is_visible(c.oid), c.relispopulated,"                                              \
    " CASE WHEN c.relkind IN ('v', 'm') THEN pg_catalog.pg_get_viewdef(c.oid) END,"                          \
    " CASE WHEN c.relkind IN ('v', 'm') THEN " READS " ELSE 0 END,"                                          \
    " pg_catalog.quote_ident(n.nspname), pg_catalog.quote_ident(c.relname), s.spcname, a.amname,"            \
    " pg_catalog.has_schema_privilege(n.oid, 'CREATE')"                                                      \
    " FROM %k k%s JOIN pg_catalog.pg_class c ON %s JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace" \
    " LEFT JOIN pg_catalog.pg_tablespace s ON s.oid = c.reltablespace"                                       \
    " LEFT JOIN pg_catalog.pg_am a ON a.oid = c.relam"                                                       \
    " WHERE pg_catalog.pg_table_is_visible(c.oid) IS NOT NULL"

static void take_relation(const rp_db *db, pg_catalog *catalog, const rp_rows *row)
{
    pg_relation *relation = g_new0(pg_relation, 1);
    *relation = (pg_relation){
        .id = rp_rows_integer(row, 0, 0),
        .name = {g_strdup(rp_rows_text(row, 1)), g_strdup(rp_rows_text(row, 2))},
        .kind = *rp_rows_text(row, 3),
        .owner = g_strdup(rp_rows_text(row, 4)),
        .is_ours = rp_rows_boolean(row, 5, false),
        .owner_may_create = rp_rows_boolean(row, 6, false),
        .is_visible = rp_rows_boolean(row, 7, false),
        .is_populated = rp_rows_boolean(row, 8, true),
        .definition = g_strdup(rp_rows_text(row, 9)),
        .reads = rp_rows_integer(row, 10, 0),
        .quoted_schema = g_strdup(rp_rows_text(row, 11)),
        .quoted_name = g_strdup(rp_rows_text(row, 12)),
        .tablespace = g_strdup(rp_rows_text(row, 13)),
        .access_method = g_strdup(rp_rows_text(row, 14)),
        .we_may_create = rp_rows_boolean(row, 15, false),
        .columns = g_ptr_array_new_with_free_func(column_free),
        .facts = g_ptr_array_new_with_free_func(fact_free),
    };
    if (find_id(catalog, relation->id) != NULL) {
        relation_free(relation);
        return;
    }
    g_hash_table_insert(catalog->by_name, rp_relation_key(db, &relation->name), relation);
    g_hash_table_insert(catalog->by_id, &relation->id, relation);
}

/* ---- columns ---- */

#define COLUMNS                                                                                              \
    "SELECT a.attrelid::BIGINT, a.attname, pg_catalog.quote_ident(a.attname),"                               \
    " pg_catalog.format_type(a.atttypid, a.atttypmod), a.atttypid::BIGINT, a.attcollation::BIGINT"           \
    " FROM %k k JOIN pg_catalog.pg_attribute a ON a.attrelid = k.id::OID"                                    \
    " WHERE a.attnum > 0 AND NOT a.attisdropped ORDER BY a.attrelid, a.attnum"

static void take_column(const rp_db *db, pg_catalog *catalog, const rp_rows *row)
{
    (void)db;
    pg_column *column = g_new(pg_column, 1);
    *column = (pg_column){
        .name = g_strdup(rp_rows_text(row, 1)),
        .quoted = g_strdup(rp_rows_text(row, 2)),
        .type = g_strdup(rp_rows_text(row, 3)),
        .type_id = rp_rows_integer(row, 4, 0),
        .collation = rp_rows_integer(row, 5, 0),
    };
    g_ptr_array_add(find_id(catalog, rp_rows_integer(row, 0, 0))->columns, column);
}

/* A name that is too long would be cut off, and then be that of another relation. */
static void add_names(rp_key_list *list, const GPtrArray *names)
{
    for (guint i = 0; i < names->len; i++) {
        const rp_relation *name = g_ptr_array_index(names, i);
        if (strlen(name->name) < 64 && (name->schema == NULL || strlen(name->schema) < 64))
            rp_key_list_add(list, name->schema, name->name);
    }
}

repoint_status rp_pg_catalog_load(rp_db *db, pg_catalog *catalog, const GPtrArray *names,
                                  repoint_error *error)
{
    g_auto(rp_key_list) list = rp_key_list_new(2);
    add_names(&list, names);
    g_autofree char *relations = rp_sql(db, RELATIONS, 1U, "schema_name, name",
                                        " JOIN pg_catalog.pg_namespace m ON m.nspname ="
                                        " COALESCE(k.schema_name::NAME, pg_catalog.current_schema())",
                                        "c.relnamespace = m.oid AND c.relname = k.name::NAME");
    repoint_status status = visit_again(db, catalog, relations, &list, take_relation, error);
    if (status != REPOINT_OK)
        return status;
    g_auto(id_list) ids = id_list_new();
    GHashTableIter iterator;
    gpointer relation;
    g_hash_table_iter_init(&iterator, catalog->by_id);
    while (g_hash_table_iter_next(&iterator, NULL, &relation))
        id_list_add(&ids, ((pg_relation *)relation)->id);
    g_autofree char *columns = rp_sql(db, COLUMNS, 1U, "id");
    return visit(db, catalog, columns, &ids.keys, take_column, error);
}

/* ---- dependents ---- */

/* What stands on what; a view that stands on itself, over others, ends it too. */
#define DEPENDENTS                                                                                           \
    "WITH RECURSIVE standing(id, depth) AS (SELECT k.id::OID, 0 FROM %k k"                                   \
    " UNION SELECT r.ev_class, s.depth + 1 FROM standing s JOIN pg_catalog.pg_depend d ON"                   \
    " d.refclassid = 'pg_catalog.pg_class'::pg_catalog.regclass AND d.refobjid = s.id"                       \
    " AND d.classid = 'pg_catalog.pg_rewrite'::pg_catalog.regclass"                                          \
    " JOIN pg_catalog.pg_rewrite r ON r.oid = d.objid JOIN pg_catalog.pg_class c ON c.oid = r.ev_class"      \
    " WHERE c.relkind IN ('v', 'm') AND r.ev_class <> s.id AND s.depth < 100)"                               \
    " SELECT id::BIGINT, MAX(depth)::BIGINT FROM standing GROUP BY id"

#define USES                                                                                                 \
    "SELECT DISTINCT r.ev_class::BIGINT, d.refobjid::BIGINT, a.attname::TEXT FROM %k k"                      \
    " JOIN pg_catalog.pg_depend d ON d.refobjid = k.id::OID"                                                 \
    " AND d.refclassid = 'pg_catalog.pg_class'::pg_catalog.regclass"                                         \
    " AND d.classid = 'pg_catalog.pg_rewrite'::pg_catalog.regclass"                                          \
    " JOIN pg_catalog.pg_rewrite r ON r.oid = d.objid LEFT JOIN pg_catalog.pg_attribute a"                   \
    " ON a.attrelid = d.refobjid AND a.attnum = d.refobjsubid AND d.refobjsubid > 0"                         \
    " WHERE r.ev_class <> d.refobjid ORDER BY 1, 2, 3"

/* What has gone away since has no uses. */
static void take_use(const rp_db *db, pg_catalog *catalog, const rp_rows *row)
{
    (void)db;
    if (find_id(catalog, rp_rows_integer(row, 0, 0)) == NULL ||
        find_id(catalog, rp_rows_integer(row, 1, 0)) == NULL)
        return;
    pg_use *use = g_new(pg_use, 1);
    *use = (pg_use){rp_rows_integer(row, 0, 0), rp_rows_integer(row, 1, 0), g_strdup(rp_rows_text(row, 2))};
    g_ptr_array_add(catalog->uses, use);
}

typedef struct depth_of {
    int64_t id;
    unsigned depth;
} depth_of;

static repoint_status load_depths(rp_db *db, const id_list *under, GArray *depths, repoint_error *error)
{
    g_autofree char *sql = rp_sql(db, DEPENDENTS, 1U, "id");
    rp_db_keys keys = rp_key_list_keys(&under->keys);
    g_autoptr(rp_rows) rows = NULL;
    bool has_row = false;
    repoint_status status = rp_db_query(db, sql, RP_VALUES(rp_db_key_list(&keys)), &rows, error);
    while (status == REPOINT_OK && (status = rp_rows_next(rows, &has_row, error)) == REPOINT_OK && has_row) {
        depth_of one = {rp_rows_integer(rows, 0, 0), (unsigned)rp_rows_integer(rows, 1, 0)};
        g_array_append_val(depths, one);
    }
    return status;
}

repoint_status rp_pg_catalog_load_dependents(rp_db *db, pg_catalog *catalog, const GPtrArray *relations,
                                             repoint_error *error)
{
    g_auto(id_list) under = ids_of(relations);
    g_auto(id_list) all = id_list_new();
    g_autoptr(GArray) depths = g_array_new(FALSE, FALSE, sizeof(depth_of));
    repoint_status status = load_depths(db, &under, depths, error);
    for (guint i = 0; i < depths->len; i++)
        id_list_add(&all, g_array_index(depths, depth_of, i).id);
    g_autofree char *by_id = rp_sql(db, RELATIONS, 1U, "id", "", "c.oid = k.id::OID");
    if (status == REPOINT_OK)
        status = visit_again(db, catalog, by_id, &all.keys, take_relation, error);
    for (guint i = 0; i < depths->len && status == REPOINT_OK; i++) {
        const depth_of *one = &g_array_index(depths, depth_of, i);
        pg_relation *relation = find_id(catalog, one->id);
        if (relation != NULL)
            relation->depth = one->depth;
    }
    g_autofree char *uses = rp_sql(db, USES, 1U, "id");
    return status == REPOINT_OK ? visit(db, catalog, uses, &all.keys, take_use, error) : status;
}

repoint_status rp_pg_catalog_reads_any(rp_db *db, const char *name, const GPtrArray *relations,
                                       bool *ret_reads, repoint_error *error)
{
    g_auto(id_list) ids = ids_of(relations);
    rp_db_keys keys = rp_key_list_keys(&ids.keys);
    g_autofree char *sql = rp_sql(db,
                                  "SELECT 1 FROM %k k JOIN pg_catalog.pg_depend d ON d.refobjid = k.id::OID"
                                  " AND d.refclassid = 'pg_catalog.pg_class'::pg_catalog.regclass"
                                  " AND d.classid = 'pg_catalog.pg_rewrite'::pg_catalog.regclass"
                                  " JOIN pg_catalog.pg_rewrite r ON r.oid = d.objid"
                                  " WHERE r.ev_class = pg_catalog.to_regclass(%l) LIMIT 1",
                                  1U, "id", name);
    g_autoptr(rp_rows) rows = NULL;
    bool has_row = false;
    repoint_status status = rp_db_query(db, sql, RP_VALUES(rp_db_key_list(&keys)), &rows, error);
    if (status == REPOINT_OK)
        status = rp_rows_next(rows, &has_row, error);
    if (status == REPOINT_OK)
        *ret_reads = has_row;
    return status;
}

/* ---- facts ---- */

#define CLASS(name) "'pg_catalog." name "'::pg_catalog.regclass"
#define ROLE(id)    "pg_catalog.pg_get_userbyid(" id ")::TEXT"

/* relation, kind, column, name, text, grantor, flag, is ours */
#define FACTS                                                                                                \
    "WITH c AS MATERIALIZED (SELECT c.* FROM %k k JOIN pg_catalog.pg_class c ON c.oid = k.id::OID),"         \
    " me AS MATERIALIZED (SELECT u.oid FROM pg_catalog.pg_roles u WHERE u.rolname = CURRENT_USER)"           \
    " SELECT c.oid::BIGINT, 'option', NULL, o.option_name, o.option_value, NULL, FALSE, TRUE"                \
    " FROM c, pg_catalog.pg_options_to_table(c.reloptions) o"

#define COMMENTS                                                                                             \
    " UNION ALL SELECT c.oid::BIGINT, 'comment', a.attname::TEXT, NULL, d.description, NULL, FALSE, TRUE"    \
    " FROM c JOIN pg_catalog.pg_description d ON d.classoid = " CLASS(                                       \
        "pg_class") " AND d.objoid = c.oid"                                                                  \
                    " LEFT JOIN pg_catalog.pg_attribute a ON a.attrelid = c.oid AND a.attnum = d.objsubid"   \
                    " AND d.objsubid > 0"

#define GRANT                                                                                                \
    " CASE WHEN g.grantee <> 0 THEN " ROLE("g.grantee") " END, g.privilege_type, " ROLE(                     \
        "g.grantor") ","                                                                                     \
                     " g.is_grantable, pg_catalog.pg_has_role(g.grantor, 'MEMBER')"

#define GRANTS                                                                                               \
    " UNION ALL SELECT c.oid::BIGINT, 'grant', NULL," GRANT                                                  \
    " FROM c, pg_catalog.aclexplode(c.relacl) g WHERE g.grantee <> c.relowner"                               \
    " UNION ALL SELECT c.oid::BIGINT, 'grant', a.attname::TEXT," GRANT                                       \
    " FROM c JOIN pg_catalog.pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped,"  \
    " pg_catalog.aclexplode(a.attacl) g"

#define LACKS                                                                                                \
    " UNION ALL SELECT c.oid::BIGINT, 'owner lacks', NULL, NULL, g.privilege_type, NULL, FALSE, TRUE"        \
    " FROM c, pg_catalog.aclexplode(pg_catalog.acldefault('r', c.relowner)) g"                               \
    " WHERE c.relacl IS NOT NULL AND NOT EXISTS (SELECT 1 FROM pg_catalog.aclexplode(c.relacl) h"            \
    " WHERE h.grantee = c.relowner AND h.privilege_type = g.privilege_type)"

#define DEFAULT_GRANTS                                                                                       \
    " UNION ALL SELECT DISTINCT c.oid::BIGINT, 'default grant', NULL,"                                       \
    " CASE WHEN g.grantee <> 0 THEN " ROLE(                                                                  \
        "g.grantee") " END, NULL, NULL, FALSE, TRUE"                                                         \
                     " FROM c CROSS JOIN me JOIN pg_catalog.pg_default_acl d ON d.defaclrole = me.oid"       \
                     " AND d.defaclobjtype = 'r' AND d.defaclnamespace IN (0, c.relnamespace),"              \
                     " pg_catalog.aclexplode(d.defaclacl) g WHERE g.grantee <> d.defaclrole"

#define DEFAULTS                                                                                             \
    " UNION ALL SELECT c.oid::BIGINT, 'column default', a.attname::TEXT, NULL,"                              \
    " pg_catalog.pg_get_expr(d.adbin, d.adrelid), NULL, FALSE, TRUE FROM c"                                  \
    " JOIN pg_catalog.pg_attrdef d ON d.adrelid = c.oid"                                                     \
    " JOIN pg_catalog.pg_attribute a ON a.attrelid = c.oid AND a.attnum = d.adnum"

#define INDEXES                                                                                              \
    " UNION ALL SELECT c.oid::BIGINT, 'index', NULL, x.relname::TEXT,"                                       \
    " pg_catalog.pg_get_indexdef(i.indexrelid), s.spcname::TEXT, i.indisclustered, TRUE FROM c"              \
    " JOIN pg_catalog.pg_index i ON i.indrelid = c.oid JOIN pg_catalog.pg_class x ON x.oid = i.indexrelid"   \
    " LEFT JOIN pg_catalog.pg_tablespace s ON s.oid = x.reltablespace"

#define PART    " UNION ALL SELECT c.oid::BIGINT, 'part', NULL, NULL, "
#define NOTHING ", NULL, FALSE, TRUE FROM c"

#define PARTS                                                                                                \
    PART "'the trigger ' || t.tgname" NOTHING                                                                \
         " JOIN pg_catalog.pg_trigger t ON t.tgrelid = c.oid AND NOT t.tgisinternal" PART                    \
         "'the rule ' || r.rulename" NOTHING                                                                 \
         " JOIN pg_catalog.pg_rewrite r ON r.ev_class = c.oid AND r.rulename <> '_RETURN'" PART              \
         "'a security label'" NOTHING " JOIN pg_catalog.pg_seclabel l ON l.classoid = " CLASS(               \
             "pg_class") " AND l.objoid = c.oid" PART "'extended statistics'" NOTHING                        \
                         " JOIN pg_catalog.pg_statistic_ext e ON e.stxrelid = c.oid" PART                    \
                         "'a place in ' || pg_catalog.pg_describe_object(d.refclassid, d.refobjid, "         \
                         "0)" NOTHING " JOIN pg_catalog.pg_depend d ON d.classid = " CLASS(                  \
                             "pg_class") " AND d.objid = c.oid"                                              \
                                         " AND d.objsubid = 0 AND d.deptype = 'e'"

/* What else needs a relation, or its row type; rules of tables, but not those of views. */
#define USERS                                                                                                          \
    " UNION ALL SELECT DISTINCT c.oid::BIGINT, 'user', NULL, NULL,"                                                    \
    " pg_catalog.pg_describe_object(d.classid, d.objid, d.objsubid), NULL, FALSE, TRUE FROM c"                         \
    " JOIN pg_catalog.pg_depend d ON d.deptype = 'n' AND (d.refclassid = " CLASS(                                      \
        "pg_class") " AND d.refobjid = c.oid OR d.refclassid = " CLASS("pg_type") " AND d.refobjid IN "                \
                                                                                  "(c.reltype,"                        \
                                                                                  " (SELECT y.typarray "               \
                                                                                  "FROM pg_catalog.pg_type "           \
                                                                                  "y WHERE y.oid = "                   \
                                                                                  "c.reltype)))"                       \
                                                                                  " LEFT JOIN "                        \
                                                                                  "pg_catalog.pg_rewrite r "           \
                                                                                  "ON d.classid = " CLASS(             \
                                                                                      "pg_rewrite") " AND "            \
                                                                                                    "r.oid "           \
                                                                                                    "= "               \
                                                                                                    "d."               \
                                                                                                    "objid"            \
                                                                                                    " LEFT "           \
                                                                                                    "JOIN "            \
                                                                                                    "pg_"              \
                                                                                                    "catalo"           \
                                                                                                    "g.pg_"            \
                                                                                                    "class "           \
                                                                                                    "v ON "            \
                                                                                                    "v.oid "           \
                                                                                                    "= "               \
                                                                                                    "r.ev_"            \
                                                                                                    "class"            \
                                                                                                    " WHERE"           \
                                                                                                    " COALE"           \
                                                                                                    "SCE(v."           \
                                                                                                    "relkin"           \
                                                                                                    "d NOT "           \
                                                                                                    "IN "              \
                                                                                                    "('v', "           \
                                                                                                    "'m') "            \
                                                                                                    "OR "              \
                                                                                                    "d."               \
                                                                                                    "refcla"           \
                                                                                                    "ssid "            \
                                                                                                    "<>"               \
                                                                                                    " " CLASS(         \
                                                                                                        "pg"           \
                                                                                                        "_c"           \
                                                                                                        "la"           \
                                                                                                        "s"            \
                                                                                                        "s") ", TRUE)" \
                                                                                                             " AND COALESCE(v.oid <> c.oid, TRUE)"

static pg_fact_kind kind_of(const char *name)
{
    static const char *const names[] = {
        [PG_OPTION] = "option",
        [PG_COMMENT] = "comment",
        [PG_GRANT] = "grant",
        [PG_OWNER_LACKS] = "owner lacks",
        [PG_DEFAULT_GRANT] = "default grant",
        [PG_COLUMN_DEFAULT] = "column default",
        [PG_INDEX] = "index",
        [PG_PART] = "part",
        [PG_USER] = "user",
    };
    size_t kind = 0;
    while (strcmp(names[kind], name) != 0)
        kind++;
    return (pg_fact_kind)kind;
}

static void take_fact(const rp_db *db, pg_catalog *catalog, const rp_rows *row)
{
    (void)db;
    pg_fact *fact = g_new(pg_fact, 1);
    *fact = (pg_fact){
        .kind = kind_of(rp_rows_text(row, 1)),
        .column = g_strdup(rp_rows_text(row, 2)),
        .name = g_strdup(rp_rows_text(row, 3)),
        .text = g_strdup(rp_rows_text(row, 4)),
        .grantor = g_strdup(rp_rows_text(row, 5)),
        .flag = rp_rows_boolean(row, 6, false),
        .is_ours = rp_rows_boolean(row, 7, false),
    };
    g_ptr_array_add(find_id(catalog, rp_rows_integer(row, 0, 0))->facts, fact);
}

repoint_status rp_pg_catalog_load_facts(rp_db *db, const pg_catalog *catalog, const GPtrArray *relations,
                                        repoint_error *error)
{
    if (relations->len == 0)
        return REPOINT_OK;
    g_auto(id_list) ids = ids_of(relations);
    g_autofree char *sql = rp_sql(db, FACTS COMMENTS GRANTS LACKS DEFAULT_GRANTS DEFAULTS INDEXES "%s%s", 1U,
                                  "id", PARTS, USERS);
    return visit(db, catalog, sql, &ids.keys, take_fact, error);
}
