/*
 * Environments as rows: reading, writing under a condition. In brief: environment_list.c.
 *
 * A row is updated in place where the reference deletes and inserts, so that a row lock taken by either
 * program holds for both; and the write itself carries the plan id that it expects.
 */
#include "state/environments.h"

#include <string.h>

#include "base/memory.h"

/* ---- reading ---- */

/* `previous` is the expression for the last column. */
#define READ_COLUMNS(previous)                                                                               \
    "name, start_at, end_at, plan_id, previous_plan_id, expiration_ts, finalized_ts, suffix_target,"         \
    " catalog_name_override, normalize_name, gateway_managed, snapshots, promoted_snapshot_ids,"             \
    " requirements, " previous
#define PREVIOUS         "previous_finalized_snapshots"
#define PREVIOUS_OF_OPEN "CASE WHEN COALESCE(finalized_ts, 0) = 0 THEN " PREVIOUS " END"

enum {
    COLUMN_NAME,
    COLUMN_START_AT,
    COLUMN_END_AT,
    COLUMN_PLAN_ID,
    COLUMN_PREVIOUS_PLAN_ID,
    COLUMN_EXPIRATION_TS,
    COLUMN_FINALIZED_TS,
    COLUMN_SUFFIX_TARGET,
    COLUMN_CATALOG_NAME_OVERRIDE,
    COLUMN_NORMALIZE_NAME,
    COLUMN_GATEWAY_MANAGED,
    COLUMN_SNAPSHOTS,
    COLUMN_PROMOTED_SNAPSHOT_IDS,
    COLUMN_REQUIREMENTS,
    COLUMN_PREVIOUS_FINALIZED_SNAPSHOTS,
    COLUMN_COUNT
};

/*
 * The JSON of a row. With many models it takes megabytes, in the database's result and once more in what is
 * parsed; so it is taken out of the result first, and then the result can go.
 */
typedef struct row_texts {
    GString *column[COLUMN_COUNT]; /* NULL: SQL NULL, or no JSON */
} row_texts;

static void texts_clear(row_texts *texts)
{
    for (size_t i = 0; i < COLUMN_COUNT; i++) {
        if (texts->column[i] != NULL)
            g_string_free(texts->column[i], TRUE);
    }
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(row_texts, texts_clear)

static void take_texts(const rp_rows *rows, row_texts *ret_texts)
{
    static const int columns[] = {COLUMN_SNAPSHOTS, COLUMN_PROMOTED_SNAPSHOT_IDS, COLUMN_REQUIREMENTS,
                                  COLUMN_PREVIOUS_FINALIZED_SNAPSHOTS};
    for (size_t i = 0; i < G_N_ELEMENTS(columns); i++) {
        size_t column = (size_t)columns[i];
        const char *text = rp_rows_text(rows, column);
        if (text != NULL)
            ret_texts->column[column] = rp_string_copy(text, rp_rows_text_size(rows, column));
    }
}

/* Parses a JSON column; *ret_json stays NULL for SQL NULL. */
static repoint_status read_document(row_texts *texts, size_t column, const char *what, rp_json **ret_json,
                                    repoint_error *error)
{
    GString *text = g_steal_pointer(&texts->column[column]);
    return text == NULL ? REPOINT_OK : rp_json_parse_taken(text, what, ret_json, error);
}

static repoint_status read_tables(row_texts *texts, size_t column, const char *what, bool *ret_present,
                                  rp_tables *ret_tables, repoint_error *error)
{
    GString *text = g_steal_pointer(&texts->column[column]);
    *ret_present = text != NULL;
    return text == NULL ? REPOINT_OK : rp_tables_parse(text, what, ret_tables, error);
}

static repoint_status fail_without_snapshots(const char *what, repoint_error *error)
{
    return rp_fail(error, REPOINT_FAILED, NULL, "%s has no snapshots column", what);
}

static char *describe_row(const char *name)
{
    return g_strdup_printf("the row of environment %s", name);
}

static repoint_status read_lists(repoint_environment *environment, row_texts *texts, repoint_error *error)
{
    g_autofree char *what = describe_row(environment->naming.name);
    bool has_tables = false;
    g_autoptr(rp_json) promoted = NULL;
    repoint_status status =
        read_tables(texts, COLUMN_SNAPSHOTS, what, &has_tables, &environment->tables, error);
    if (status == REPOINT_OK && !has_tables)
        status = fail_without_snapshots(what, error);
    if (status == REPOINT_OK)
        status = read_tables(texts, COLUMN_PREVIOUS_FINALIZED_SNAPSHOTS, what,
                             &environment->has_previous_finalized, &environment->previous_finalized, error);
    if (status == REPOINT_OK)
        status = read_document(texts, COLUMN_PROMOTED_SNAPSHOT_IDS, what, &promoted, error);
    environment->promotes_all = promoted == NULL;
    if (status == REPOINT_OK && promoted != NULL)
        status = rp_snapshot_ids_read(promoted, rp_json_root(promoted), &environment->promoted, error);
    if (status == REPOINT_OK)
        status = read_document(texts, COLUMN_REQUIREMENTS, what, &environment->requirements_json, error);
    if (status == REPOINT_OK && environment->requirements_json != NULL)
        environment->requirements = rp_json_root(environment->requirements_json);
    return status;
}

/* All but the lists. */
static repoint_status read_row(const rp_rows *rows, repoint_environment **ret_environment,
                               repoint_error *error)
{
    g_autoptr(repoint_environment) environment = g_new0(repoint_environment, 1);
    environment->naming.name = rp_environment_name_sanitize(rp_rows_text(rows, COLUMN_NAME));
    environment->start_at = g_strdup(rp_rows_text(rows, COLUMN_START_AT));
    environment->end_at = g_strdup(rp_rows_text(rows, COLUMN_END_AT));
    environment->plan_id = g_strdup(rp_rows_text(rows, COLUMN_PLAN_ID));
    environment->previous_plan_id = g_strdup(rp_rows_text(rows, COLUMN_PREVIOUS_PLAN_ID));
    environment->expiration_ts = rp_rows_integer(rows, COLUMN_EXPIRATION_TS, RP_TS_NONE);
    environment->finalized_ts = rp_rows_integer(rows, COLUMN_FINALIZED_TS, RP_TS_NONE);
    environment->naming.catalog_name_override = g_strdup(rp_rows_text(rows, COLUMN_CATALOG_NAME_OVERRIDE));
    environment->naming.normalize_name = rp_rows_boolean(rows, COLUMN_NORMALIZE_NAME, true);
    environment->naming.gateway_managed = rp_rows_boolean(rows, COLUMN_GATEWAY_MANAGED, false);

    const char *suffix = rp_rows_text(rows, COLUMN_SUFFIX_TARGET);
    if (!rp_suffix_target_from_name(suffix != NULL ? suffix : "schema", &environment->naming.suffix_target))
        return rp_fail(error, REPOINT_FAILED, NULL,
                       "the row of environment %s has the unknown suffix target \"%s\"",
                       environment->naming.name, suffix);
    *ret_environment = g_steal_pointer(&environment);
    return REPOINT_OK;
}

/* These columns of an environment's row, if *ret_has_row. */
static repoint_status find_row(repoint_store *store, const char *columns, const char *name, bool lock,
                               rp_rows **ret_rows, bool *ret_has_row, repoint_error *error)
{
    g_autofree char *sql =
        rp_sql(store->db, lock ? "SELECT %s FROM %n WHERE name = ?1%u" : "SELECT %s FROM %n WHERE name = ?1",
               columns, store->schema, "_environments");
    repoint_status status = rp_db_query(store->db, sql, RP_VALUES(rp_db_text(name)), ret_rows, error);
    return status == REPOINT_OK ? rp_rows_next(*ret_rows, ret_has_row, error) : status;
}

/* `columns`: READ_COLUMNS(). */
static repoint_status load(repoint_store *store, const char *columns, const char *name, bool lock,
                           repoint_environment **ret_environment, repoint_error *error)
{
    g_autoptr(repoint_environment) environment = NULL;
    g_auto(row_texts) texts = {0};
    g_autoptr(rp_rows) rows = NULL;
    bool has_row = false;
    repoint_status status = find_row(store, columns, name, lock, &rows, &has_row, error);
    if (status != REPOINT_OK || !has_row)
        return status;
    status = read_row(rows, &environment, error);
    if (status == REPOINT_OK)
        take_texts(rows, &texts);
    g_clear_pointer(&rows, rp_rows_close);
    if (status == REPOINT_OK)
        status = read_lists(environment, &texts, error);
    if (status == REPOINT_OK)
        *ret_environment = g_steal_pointer(&environment);
    return status;
}

/* The other half of a row that stands still. */
static repoint_status load_previous(repoint_store *store, const char *name, repoint_environment *environment,
                                    repoint_error *error)
{
    g_autofree char *what = describe_row(name);
    g_autoptr(rp_rows) rows = NULL;
    GString *text = NULL;
    bool has_row = false;
    repoint_status status = find_row(store, PREVIOUS, name, false, &rows, &has_row, error);
    if (status == REPOINT_OK && has_row && rp_rows_text(rows, 0) != NULL)
        text = rp_string_copy(rp_rows_text(rows, 0), rp_rows_text_size(rows, 0));
    environment->has_previous_finalized = text != NULL;
    g_clear_pointer(&rows, rp_rows_close);
    return text != NULL ? rp_tables_parse(text, what, &environment->previous_finalized, error) : status;
}

/* Two statements find the same row if it is locked, or in a transaction that sees one moment. */
static bool stands_still(const repoint_store *store, bool lock)
{
    return lock || (store->transaction_depth > 0 && store->transaction_mode == RP_DB_READ);
}

/* A client holds what it fetches in several copies for a moment: a half at a time, where that may be. */
static repoint_status load_row(repoint_store *store, const char *name, bool lock, bool shown_only,
                               repoint_environment **ret_environment, repoint_error *error)
{
    g_autoptr(repoint_environment) environment = NULL;
    if (!stands_still(store, lock))
        return load(store, shown_only ? READ_COLUMNS(PREVIOUS_OF_OPEN) : READ_COLUMNS(PREVIOUS), name, lock,
                    ret_environment, error);
    repoint_status status = load(store, READ_COLUMNS("NULL"), name, lock, &environment, error);
    if (status == REPOINT_OK && environment != NULL &&
        !(shown_only && rp_environment_is_finalized(environment)))
        status = load_previous(store, name, environment, error);
    if (status == REPOINT_OK)
        *ret_environment = g_steal_pointer(&environment);
    return status;
}

repoint_status rp_environment_load(repoint_store *store, const char *name, bool lock,
                                   repoint_environment **ret_environment, repoint_error *error)
{
    return load_row(store, name, lock, false, ret_environment, error);
}

repoint_status rp_environment_load_shown(repoint_store *store, const char *name, bool lock,
                                         repoint_environment **ret_environment, repoint_error *error)
{
    return load_row(store, name, lock, true, ret_environment, error);
}

repoint_status rp_environment_is_draft_of(repoint_store *store, const char *name, const char *plan_id,
                                          bool lock, bool *ret_is_draft, repoint_error *error)
{
    g_autoptr(rp_rows) rows = NULL;
    bool has_row = false;
    repoint_status status = find_row(store, "plan_id, finalized_ts", name, lock, &rows, &has_row, error);
    if (status == REPOINT_OK)
        *ret_is_draft =
            has_row && g_strcmp0(rp_rows_text(rows, 0), plan_id) == 0 && rp_rows_integer(rows, 1, 0) == 0;
    return status;
}

static repoint_status visit_row(const rp_rows *rows, rp_environment_visitor visit, void *context,
                                repoint_error *error)
{
    g_autoptr(repoint_environment) environment = NULL;
    g_auto(row_texts) texts = {0};
    repoint_status status = read_row(rows, &environment, error);
    if (status != REPOINT_OK)
        return status;
    take_texts(rows, &texts);
    status = read_lists(environment, &texts, error);
    return status == REPOINT_OK ? visit(context, environment, error) : status;
}

repoint_status rp_environments_visit(repoint_store *store, rp_environment_visitor visit, void *context,
                                     repoint_error *error)
{
    g_autofree char *sql = rp_sql(store->db, "SELECT " READ_COLUMNS(PREVIOUS_OF_OPEN) " FROM %n",
                                  store->schema, "_environments");
    g_autoptr(rp_rows) rows = NULL;
    bool has_row = false;
    repoint_status status = rp_db_query(store->db, sql, RP_NO_VALUES, &rows, error);
    while (status == REPOINT_OK && (status = rp_rows_next(rows, &has_row, error)) == REPOINT_OK && has_row)
        status = visit_row(rows, visit, context, error);
    return status;
}

typedef struct shown_list {
    rp_shown_visitor visit;
    void *context;
} shown_list;

static repoint_status visit_shown(void *context, yyjson_val *element, const char *text G_GNUC_UNUSED,
                                  size_t size G_GNUC_UNUSED, repoint_error *error)
{
    const shown_list *list = context;
    const char *name = NULL;
    rp_fingerprint fingerprint;
    char identifier[RP_HASH_SIZE];
    repoint_status status = rp_json_get_string(element, "name", RP_JSON_REQUIRED, "a table", &name, error);
    if (status == REPOINT_OK)
        status = rp_fingerprint_from_json(rp_json_field(element, "fingerprint"), "a table's fingerprint",
                                          &fingerprint, error);
    if (status != REPOINT_OK)
        return status;
    rp_fingerprint_identifier(&fingerprint, identifier);
    list->visit(list->context, name, identifier);
    return REPOINT_OK;
}

/* A row of name, snapshots, and previous_finalized_snapshots or NULL. */
static repoint_status visit_shown_row(const rp_rows *rows, shown_list *list, repoint_error *error)
{
    g_autofree char *what = describe_row(rp_rows_text(rows, 0));
    const char *snapshots = rp_rows_text(rows, 1), *previous = rp_rows_text(rows, 2);
    if (snapshots == NULL)
        return fail_without_snapshots(what, error);
    repoint_status status =
        rp_json_each(snapshots, rp_rows_text_size(rows, 1), what, visit_shown, list, error);
    return status == REPOINT_OK && previous != NULL
               ? rp_json_each(previous, rp_rows_text_size(rows, 2), what, visit_shown, list, error)
               : status;
}

repoint_status rp_environments_visit_shown(repoint_store *store, rp_shown_visitor visit, void *context,
                                           repoint_error *error)
{
    g_autofree char *sql = rp_sql(store->db, "SELECT name, snapshots, " PREVIOUS_OF_OPEN " FROM %n",
                                  store->schema, "_environments");
    shown_list list = {visit, context};
    g_autoptr(rp_rows) rows = NULL;
    bool has_row = false;
    repoint_status status = rp_db_query(store->db, sql, RP_NO_VALUES, &rows, error);
    while (status == REPOINT_OK && (status = rp_rows_next(rows, &has_row, error)) == REPOINT_OK && has_row)
        status = visit_shown_row(rows, &list, error);
    return status;
}

static bool append_name(void *context, const repoint_environment_row *environment)
{
    GString *names = context;
    g_string_append_printf(names, "%s%s", names->len > 0 ? ", " : "", environment->name);
    return names->len < 1000;
}

repoint_status rp_environment_fail_unknown(repoint_store *store, const char *name, repoint_error *error)
{
    GString *names = g_string_new(NULL);
    repoint_status status = repoint_environments_list(store, append_name, names, error);
    if (status == REPOINT_OK) {
        g_autofree char *hint = names->len > 0 ? g_strdup_printf("there are: %s", names->str)
                                               : g_strdup("the store has no environments yet");
        status = rp_fail(error, REPOINT_NOT_FOUND, hint, "there is no environment %.200s", name);
        rp_error_add_name(error, name);
    }
    g_string_free(names, TRUE);
    return status;
}

repoint_status rp_environment_fail_conflict(const char *stored_plan_id, const repoint_environment *planned,
                                            repoint_error *error)
{
    GString *detail = g_string_new(NULL);
    rp_json_writer writer = RP_JSON_WRITER(detail, RP_JSON_COMPACT);
    rp_json_begin_object(&writer);
    rp_json_put_string(&writer, "environment", planned->naming.name);
    rp_json_put_string(&writer, "plan_id", stored_plan_id);
    rp_json_end_object(&writer);
    repoint_status status = rp_fail(
        error, REPOINT_CONFLICT, "plan again from what it is now, then re-apply the plan",
        "another plan (%s) was applied to the target environment '%s' while your plan (%s) was in progress",
        stored_plan_id, planned->naming.name, planned->plan_id);
    rp_error_take_detail(error, g_string_free(detail, FALSE));
    return status;
}

repoint_status repoint_environment_get(repoint_store *store, const char *name,
                                       repoint_environment **ret_environment, repoint_error *error)
{
    repoint_environment *environment = NULL;
    if (*name == '\0')
        return rp_fail(error, REPOINT_INVALID, NULL, "an environment's name is empty");
    repoint_status status = rp_environment_load(store, name, false, &environment, error);
    if (status != REPOINT_OK)
        return status;
    if (environment == NULL)
        return rp_environment_fail_unknown(store, name, error);
    *ret_environment = environment;
    return REPOINT_OK;
}

/* ---- writing ---- */

/* The columns beside `name`, in the order of the values of row_values(). */
static const char *const written_columns[] = {
    "snapshots",
    "start_at",
    "end_at",
    "plan_id",
    "previous_plan_id",
    "expiration_ts",
    "finalized_ts",
    "promoted_snapshot_ids",
    "suffix_target",
    "catalog_name_override",
    "previous_finalized_snapshots",
    "normalize_name",
    "requirements",
    "gateway_managed",
};

/* A record as the values of a row: what the values point to lives here. */
typedef struct environment_row {
    char *start_at;
    char *end_at;
    GString *snapshots; /* NULL: not ours to release; so is the next but one */
    GString *promoted;  /* NULL: SQL NULL */
    GString *previous_finalized;
    GString *requirements;
    rp_db_value values[1 + G_N_ELEMENTS(written_columns)]; /* name, and the columns */
} environment_row;

static void row_clear(environment_row *row)
{
    g_free(row->start_at);
    g_free(row->end_at);
    GString *texts[] = {row->snapshots, row->promoted, row->previous_finalized, row->requirements};
    for (size_t i = 0; i < G_N_ELEMENTS(texts); i++) {
        if (texts[i] != NULL)
            g_string_free(texts[i], TRUE);
    }
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(environment_row, row_clear)

static rp_db_value text_value(const GString *text)
{
    return text != NULL ? rp_db_text_sized(text->str, text->len) : rp_db_null(RP_DB_TEXT);
}

static repoint_status row_fill(environment_row *row, const repoint_environment *environment,
                               repoint_error *error)
{
    repoint_status status =
        rp_time_like_to_text(environment->start_at, environment->start_is_number, &row->start_at, error);
    if (status == REPOINT_OK && environment->end_at != NULL)
        status = rp_time_like_to_text(environment->end_at, environment->end_is_number, &row->end_at, error);
    if (status != REPOINT_OK)
        return status;

    const GString *snapshots = rp_tables_text(&environment->tables, &row->snapshots), *previous = NULL;
    if (!environment->promotes_all) {
        row->promoted = g_string_new(NULL);
        rp_snapshot_ids_write(&RP_JSON_WRITER(row->promoted, RP_JSON_PYTHON), &environment->promoted);
    }
    if (environment->has_previous_finalized)
        previous = rp_tables_text(&environment->previous_finalized, &row->previous_finalized);
    row->requirements = g_string_new(environment->requirements == NULL ? "{}" : NULL);
    if (environment->requirements != NULL)
        rp_json_value(&RP_JSON_WRITER(row->requirements, RP_JSON_PYTHON), environment->requirements);

    const rp_environment_naming *naming = &environment->naming;
    const rp_db_value values[] = {
        rp_db_text(naming->name),
        text_value(snapshots),
        rp_db_text(row->start_at),
        rp_db_text(row->end_at),
        rp_db_text(environment->plan_id),
        rp_db_text(environment->previous_plan_id),
        rp_db_integer_or_null(environment->expiration_ts, RP_TS_NONE),
        rp_db_integer_or_null(environment->finalized_ts, RP_TS_NONE),
        text_value(row->promoted),
        rp_db_text(rp_suffix_target_name(naming->suffix_target)),
        rp_db_text(naming->catalog_name_override),
        text_value(previous),
        rp_db_boolean(naming->normalize_name),
        text_value(row->requirements),
        rp_db_boolean(naming->gateway_managed),
    };
    G_STATIC_ASSERT(sizeof values == sizeof row->values);
    memcpy(row->values, values, sizeof values);
    return REPOINT_OK;
}

static repoint_status insert_row(repoint_store *store, const environment_row *row, int64_t *ret_changed,
                                 repoint_error *error)
{
    g_autoptr(GString) columns = g_string_new("name");
    for (size_t i = 0; i < G_N_ELEMENTS(written_columns); i++)
        g_string_append_printf(columns, ", %s", written_columns[i]);
    rp_insert into = {store->schema, "_environments", columns->str, .key_size = 1};
    return rp_db_insert(store->db, &into, row->values, 1, ret_changed, error);
}

/*
 * What was finalized before is kept by the database itself where it is to be kept to the letter. It has to be
 * assigned first: in MariaDB an assignment sees those before it.
 */
static repoint_status update_row(repoint_store *store, const environment_row *row,
                                 const rp_replaced *replaced, int64_t *ret_changed, repoint_error *error)
{
    rp_db_value values[G_N_ELEMENTS(row->values) + 1];
    size_t count = 0;
    g_autoptr(GString) set = g_string_new(replaced->becomes_previous ? PREVIOUS " = snapshots" : "");
    values[count++] = row->values[0];
    for (size_t i = 0; i < G_N_ELEMENTS(written_columns); i++) {
        if ((replaced->becomes_previous || replaced->keeps_previous) &&
            strcmp(written_columns[i], PREVIOUS) == 0)
            continue;
        values[count++] = row->values[i + 1];
        g_string_append_printf(set, "%s%s = ?%zu", set->len > 0 ? ", " : "", written_columns[i], count);
    }
    g_autofree char *condition = NULL;
    if (replaced->plan_id != NULL) {
        values[count++] = rp_db_text(replaced->plan_id);
        condition = g_strdup_printf(" AND plan_id = ?%zu", count);
    }
    g_autofree char *sql = rp_sql(store->db, "UPDATE %n SET %s WHERE name = ?1%s", store->schema,
                                  "_environments", set->str, condition != NULL ? condition : "");
    return rp_db_execute(store->db, sql, values, count, ret_changed, error);
}

repoint_status rp_environment_store(repoint_store *store, const repoint_environment *environment,
                                    const rp_replaced *replaced, repoint_error *error)
{
    g_auto(environment_row) row = {0};
    int64_t changed = 0;
    repoint_status status = row_fill(&row, environment, error);
    if (status == REPOINT_OK)
        status = replaced->plan_id != NULL ? update_row(store, &row, replaced, &changed, error)
                                           : insert_row(store, &row, &changed, error);
    if (status == REPOINT_OK && changed == 0)
        status = rp_fail(error, REPOINT_CONFLICT, "plan again from what it is now, then re-apply",
                         "environment %s was changed by somebody else meanwhile", environment->naming.name);
    return status;
}

/* Asked first only because the record is large: whoever sends it for nothing sends megabytes. */
static repoint_status row_exists(repoint_store *store, const char *name, bool *ret_exists,
                                 repoint_error *error)
{
    g_autoptr(rp_rows) rows = NULL;
    return find_row(store, "1", name, false, &rows, ret_exists, error);
}

repoint_status rp_environment_overwrite(repoint_store *store, const repoint_environment *environment,
                                        repoint_error *error)
{
    g_auto(environment_row) row = {0};
    int64_t changed = 0;
    bool exists = false;
    repoint_status status = row_exists(store, environment->naming.name, &exists, error);
    if (status == REPOINT_OK)
        status = row_fill(&row, environment, error);
    if (status == REPOINT_OK && !exists)
        status = insert_row(store, &row, &changed, error);
    if (status == REPOINT_OK && changed == 0)
        status = update_row(store, &row, &(rp_replaced){0}, &changed, error);
    return status;
}
