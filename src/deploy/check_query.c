/* Checks in SQL. See deploy/check_query.h. */
#include "deploy/check_query.h"

#include <inttypes.h>
#include <string.h>

#include "base/time.h"
#include "model/resolve.h"
#include "warehouse/candidates.h"

#define MOST_ROWS 1000 /* that are counted of a query that should return none */

void rp_check_result_clear(rp_check_result *result)
{
    g_clear_pointer(&result->message, g_free);
}

void rp_check_query_clear(rp_check_query *query)
{
    g_clear_pointer(&query->sql, g_free);
    g_clear_pointer(&query->sql_now, g_free);
    g_clear_pointer(&query->views, g_ptr_array_unref);
}

/* ---- which view ---- */

static repoint_status fail_check(const repoint_check *check, repoint_error *error)
{
    rp_error_prefix(error, "the check \"%s\"", check->name);
    if (error != NULL)
        error->status = REPOINT_INVALID;
    return REPOINT_INVALID;
}

/* The change of the view of a model that somebody named. */
static repoint_status find_view(const repoint_deployment *deployment, const char *name,
                                const rp_view_change **ret_change, repoint_error *error)
{
    g_autoptr(GPtrArray) shown = g_ptr_array_new();
    g_autoptr(GPtrArray) names = g_ptr_array_new();
    size_t index = 0;
    for (guint i = 0; i < deployment->plan->changes->len; i++) {
        rp_view_change *change = g_ptr_array_index(deployment->plan->changes, i);
        if (change->action == RP_VIEW_DROP)
            continue;
        g_ptr_array_add(shown, change);
        g_ptr_array_add(names, change->model);
    }
    repoint_status status = rp_name_resolve(name, (const char *const *)names->pdata, names->len,
                                            deployment->plan->record->naming.name, &index, error);
    if (status == REPOINT_OK)
        *ret_change = g_ptr_array_index(shown, index);
    return status;
}

/* The view as SQL names it: its candidate, or with `now` itself. `views` (or NULL) gets its name, once. */
static char *view_text(const repoint_deployment *deployment, const rp_view_change *change, bool now,
                       GPtrArray *views)
{
    rp_db *db = deployment->warehouse;
    rp_relation candidate = rp_candidate_of(db, &change->view, deployment->plan->record->naming.name);
    const rp_relation *view = now ? &change->view : &candidate;
    char *text = rp_sql(db, "%n", view->schema, view->name);
    g_autofree char *display = rp_relation_display(view);
    if (views != NULL && !g_ptr_array_find_with_equal_func(views, display, g_str_equal, NULL))
        g_ptr_array_add(views, g_steal_pointer(&display));
    rp_relation_clear(&candidate);
    return text;
}

/* ---- writing ---- */

static repoint_status append_view(const repoint_deployment *deployment, const rp_check_query *query,
                                  GString *sql, const char *name, repoint_error *error)
{
    const rp_view_change *change = NULL;
    repoint_status status = find_view(deployment, name, &change, error);
    if (status != REPOINT_OK)
        return status;
    g_autofree char *view = view_text(deployment, change, query->check->after_cutover, query->views);
    g_string_append(sql, view);
    return REPOINT_OK;
}

/* "{shop.orders}" becomes that view; "{{" one brace. */
static repoint_status put_views_in(const repoint_deployment *deployment, const rp_check_query *query,
                                   GString *sql, repoint_error *error)
{
    for (const char *at = query->check->sql; *at != '\0'; at++) {
        const char *end = *at == '{' ? strchr(at, '}') : NULL;
        bool is_doubled = (at[0] == '{' || at[0] == '}') && at[1] == at[0];
        if (is_doubled)
            at++;
        if (is_doubled || *at != '{') {
            g_string_append_c(sql, *at);
            continue;
        }
        if (end == NULL)
            return rp_fail(error, REPOINT_INVALID, "write {{ for a brace", "a { has no }");
        g_autofree char *name = g_strndup(at + 1, (gsize)(end - at - 1));
        repoint_status status = append_view(deployment, query, sql, g_strstrip(name), error);
        if (status != REPOINT_OK)
            return status;
        at = end;
    }
    return REPOINT_OK;
}

/* Blanks and comments of a statement's beginning are skipped. */
static const char *first_word(const char *sql)
{
    for (;;) {
        sql += strspn(sql, " \t\r\n(");
        const char *end = NULL;
        if (g_str_has_prefix(sql, "--"))
            end = strchr(sql, '\n');
        else if (g_str_has_prefix(sql, "/*") && strstr(sql, "*/") != NULL)
            end = strstr(sql, "*/") + 2;
        else
            return sql;
        sql = end != NULL ? end : sql + strlen(sql);
    }
}

static bool is_query(const char *sql)
{
    static const char *const beginnings[] = {"select", "with", "values", "table", "from"};
    const char *word = first_word(sql);
    for (size_t i = 0; i < G_N_ELEMENTS(beginnings); i++) {
        size_t length = strlen(beginnings[i]);
        if (g_ascii_strncasecmp(word, beginnings[i], length) == 0 && !g_ascii_isalnum(word[length]) &&
            word[length] != '_')
            return true;
    }
    return false;
}

static repoint_status make_sql(const repoint_deployment *deployment, const repoint_check *check,
                               rp_check_query *query, repoint_error *error)
{
    g_autoptr(GString) sql = g_string_new(NULL);
    if (!is_query(check->sql))
        return rp_fail(error, REPOINT_INVALID, "a check only reads: write a SELECT that returns no rows",
                       "its SQL is no query");
    repoint_status status = put_views_in(deployment, query, sql, error);
    while (sql->len > 0 && strchr("; \t\r\n", sql->str[sql->len - 1]) != NULL)
        g_string_truncate(sql, sql->len - 1);
    if (status != REPOINT_OK)
        return status;
    /* DuckDB's driver reads the types that state needs, and only the number of rows is wanted. */
    if (strcmp(deployment->warehouse->driver->scheme, "duckdb") == 0) {
        g_string_prepend(sql, "SELECT 1 FROM (");
        g_string_append(sql, "\n) repoint_check");
    }
    query->sql = g_string_free(g_steal_pointer(&sql), FALSE);
    return REPOINT_OK;
}

/* Text in one form, whatever the type of the column is. */
static char *newest_of(const rp_db *db, const char *view, const char *column)
{
    bool is_mysql = rp_db_can(db, RP_DB_SCHEMAS) && !rp_db_can(db, RP_DB_TRANSACTIONAL_DDL);
    const char *type = is_mysql ? "CHAR" : "TEXT";
    return rp_sql(db, "SELECT CAST(MAX(%i) AS %s) FROM %s", column, type, view);
}

static char *count_of(const rp_db *db, const char *view)
{
    return rp_sql(db, "SELECT COUNT(*) FROM %s", view);
}

static repoint_status make_measure(const repoint_deployment *deployment, const repoint_check *check,
                                   rp_check_query *query, repoint_error *error)
{
    const rp_db *db = deployment->warehouse;
    const rp_view_change *change = NULL;
    repoint_status status = find_view(deployment, check->model, &change, error);
    if (status != REPOINT_OK)
        return status;
    bool counts = check->kind == REPOINT_CHECK_ROWS;
    bool compares = (counts ? check->limits_change : check->not_older) && !check->after_cutover;
    bool is_there = change->action == RP_VIEW_KEEP || change->action == RP_VIEW_REPLACE;
    g_autofree char *view = view_text(deployment, change, check->after_cutover, query->views);
    g_autofree char *now = view_text(deployment, change, true, NULL);
    query->sql = counts ? count_of(db, view) : newest_of(db, view, check->column);
    if (compares && is_there)
        query->sql_now = counts ? count_of(db, now) : newest_of(db, now, check->column);
    return REPOINT_OK;
}

repoint_status rp_check_query_make(const repoint_deployment *deployment, const repoint_check *check,
                                   rp_check_query *ret_query, repoint_error *error)
{
    g_auto(rp_check_query) query = {.check = check,
                                    .now_ts = rp_store_now(deployment->store),
                                    .views = g_ptr_array_new_with_free_func(g_free)};
    repoint_status status = check->kind == REPOINT_CHECK_SQL ? make_sql(deployment, check, &query, error)
                                                             : make_measure(deployment, check, &query, error);
    if (status != REPOINT_OK)
        return fail_check(check, error);
    *ret_query = query;
    query = (rp_check_query){0};
    return REPOINT_OK;
}

/* ---- asking ---- */

static void G_GNUC_PRINTF(2, 3) fail(rp_check_result *result, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    result->outcome = RP_CHECK_FAILED;
    result->message = g_strdup_vprintf(format, arguments);
    va_end(arguments);
}

static repoint_status ask_sql(const rp_check_query *query, rp_db *db, rp_check_result *result,
                              repoint_error *error)
{
    g_autoptr(rp_rows) rows = NULL;
    bool has_row = true;
    repoint_status status = rp_db_query(db, query->sql, RP_NO_VALUES, &rows, error);
    result->rows = 0;
    while (status == REPOINT_OK && result->rows <= MOST_ROWS) {
        status = rp_rows_next(rows, &has_row, error);
        if (status != REPOINT_OK || !has_row)
            break;
        result->rows++;
    }
    if (status == REPOINT_OK && result->rows > MOST_ROWS)
        fail(result, "more than %d rows, where there should be none", MOST_ROWS);
    else if (status == REPOINT_OK && result->rows > 0)
        fail(result, "%" PRId64 " row%s, where there should be none", result->rows,
             result->rows == 1 ? "" : "s");
    return status;
}

static void judge_change(const rp_check_query *query, int64_t now, rp_check_result *result)
{
    double difference = (double)(result->rows > now ? result->rows - now : now - result->rows);
    double percent = now > 0 ? difference * 100 / (double)now : result->rows > 0 ? 100 : 0;
    if (percent > query->check->max_change_percent)
        fail(result,
             "%" PRId64 " rows instead of %" PRId64 " now: a change of %.1f%%, at most %g%% are allowed",
             result->rows, now, percent, query->check->max_change_percent);
}

static repoint_status ask_rows(const rp_check_query *query, rp_db *db, rp_check_result *result,
                               repoint_error *error)
{
    const repoint_check *check = query->check;
    int64_t now = 0;
    repoint_status status = rp_db_query_integer(db, query->sql, &result->rows, error);
    if (status == REPOINT_OK && query->sql_now != NULL)
        status = rp_db_query_integer(db, query->sql_now, &now, error);
    if (status != REPOINT_OK)
        return status;
    if (check->min_rows > 0 && result->rows < check->min_rows)
        fail(result, "%" PRId64 " rows, fewer than %" PRId64, result->rows, check->min_rows);
    else if (check->max_rows > 0 && result->rows > check->max_rows)
        fail(result, "%" PRId64 " rows, more than %" PRId64, result->rows, check->max_rows);
    else if (query->sql_now != NULL)
        judge_change(query, now, result);
    return REPOINT_OK;
}

/* Databases write an offset of whole hours as "+00". */
static repoint_status read_time(const char *text, int64_t now_ts, int64_t *ret_ts, repoint_error *error)
{
    size_t length = strlen(text);
    bool is_short =
        length > 13 && (text[length - 3] == '+' || text[length - 3] == '-') && strchr(text, ':') != NULL;
    g_autofree char *whole = g_strconcat(text, is_short ? ":00" : "", NULL);
    return rp_time_to_ts(whole, now_ts, ret_ts, error);
}

static void judge_age(const rp_check_query *query, int64_t newest_ts, const char *newest,
                      rp_check_result *result)
{
    double age = (double)(query->now_ts - newest_ts) / 1000;
    if (query->check->within_seconds > 0 && age > query->check->within_seconds)
        fail(result, "the newest %s is %.60s, which is %.1f hours ago; at most %.1f are allowed",
             query->check->column, newest, age / 3600, query->check->within_seconds / 3600);
}

static repoint_status ask_freshness(const rp_check_query *query, rp_db *db, rp_check_result *result,
                                    repoint_error *error)
{
    g_autofree char *newest = NULL, *newest_now = NULL;
    int64_t newest_ts = 0, now_ts = 0;
    repoint_status status = rp_db_query_text(db, query->sql, &newest, error);
    if (status == REPOINT_OK && query->sql_now != NULL)
        status = rp_db_query_text(db, query->sql_now, &newest_now, error);
    if (status == REPOINT_OK && newest == NULL)
        fail(result, "no row has a %s", query->check->column);
    if (status != REPOINT_OK || newest == NULL)
        return status;
    status = read_time(newest, query->now_ts, &newest_ts, error);
    if (status == REPOINT_OK && newest_now != NULL)
        status = read_time(newest_now, query->now_ts, &now_ts, error);
    if (status != REPOINT_OK)
        return status;
    judge_age(query, newest_ts, newest, result);
    if (result->outcome == RP_CHECK_PASSED && newest_now != NULL && newest_ts < now_ts)
        fail(result, "the newest %s is %.60s, older than %.60s now", query->check->column, newest,
             newest_now);
    return REPOINT_OK;
}

static repoint_status ask(const rp_check_query *query, rp_db *db, rp_check_result *result,
                          repoint_error *error)
{
    repoint_status status = rp_db_begin(db, RP_DB_READ, error);
    if (status != REPOINT_OK)
        return status;
    switch (query->check->kind) {
    case REPOINT_CHECK_ROWS: status = ask_rows(query, db, result, error); break;
    case REPOINT_CHECK_FRESHNESS: status = ask_freshness(query, db, result, error); break;
    default: status = ask_sql(query, db, result, error); break;
    }
    rp_db_rollback(db); /* whatever it was, it leaves nothing */
    return status;
}

/* A file's read transaction does not keep anybody from writing. */
static repoint_status only_read(rp_db *db, bool only, repoint_error *error)
{
    bool is_sqlite = !rp_db_can(db, RP_DB_SCHEMAS);
    return is_sqlite ? rp_db_execute(db, only ? "PRAGMA query_only = ON" : "PRAGMA query_only = OFF",
                                     RP_NO_VALUES, NULL, error)
                     : REPOINT_OK;
}

void rp_check_query_ask(const rp_check_query *query, rp_db *db, rp_check_result *ret_result)
{
    repoint_error failure = REPOINT_ERROR_INIT;
    ret_result->rows = -1;
    repoint_status status = only_read(db, true, &failure);
    if (status == REPOINT_OK)
        status = ask(query, db, ret_result, &failure);
    only_read(db, false, NULL);
    if (status != REPOINT_OK) {
        ret_result->outcome = status == REPOINT_TIMEOUT ? RP_CHECK_TIMED_OUT : RP_CHECK_BROKEN;
        g_free(ret_result->message);
        ret_result->message = g_strdup(failure.message);
    }
    repoint_error_clear(&failure);
}
