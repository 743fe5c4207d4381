/*
 * The fence as a table's name. See warehouse/name_fence.h.
 *
 * There is one such table an environment, but for the moment in which it is made: two who see none make one
 * each. Who makes one looks again before he uses it: the newer token removes the older one's table, the older
 * one withdraws. What has been passed is never forgotten: of several it is the one that counts.
 */
#include "warehouse/name_fence.h"

#include <inttypes.h>
#include <string.h>

#include "db/sql.h"

#define PREFIX        "_repoint_fence_"
#define HASH_SIZE     12 /* characters: with the longest token the name is within the server's 64 */
#define LONGEST_CLAIM 20 /* times that the fence may move under us */

/* Does not wait: who waits for a view keeps everybody behind him waiting, and a reader who holds another one
 * would be told of a deadlock. */
#define RENAME "/*M! SET STATEMENT lock_wait_timeout = 0 FOR */ RENAME TABLE "

typedef struct found_fence {
    char *name;
    int64_t token;
    const char *plan; /* in the name; NULL: not passed */
} found_fence;

static void clear_found(gpointer data)
{
    g_free(((found_fence *)data)->name);
}

/* ---- names ---- */

static char *hash_of(const char *text)
{
    g_autofree char *hash = g_compute_checksum_for_string(G_CHECKSUM_SHA256, text, -1);
    return g_strndup(hash, HASH_SIZE);
}

static char *prefix_of(const rp_fence *fence)
{
    g_autofree char *hash = hash_of(fence->environment);
    return g_strconcat(PREFIX, hash, "_", NULL);
}

/* `plan` is a hash, or NULL. */
static char *name_of(const rp_fence *fence, int64_t token, const char *plan)
{
    g_autofree char *prefix = prefix_of(fence);
    return g_strdup_printf("%s%" PRId64 "%s%s", prefix, token, plan != NULL ? "_" : "",
                           plan != NULL ? plan : "");
}

/* "7" or "7_0123456789ab"; other names are none of ours. */
static bool read_name(const char *name, size_t prefix_size, found_fence *ret_found)
{
    char *end = NULL;
    const char *number = name + prefix_size;
    int64_t token = g_ascii_strtoll(number, &end, 10);
    bool has_plan = *end == '_' && strlen(end + 1) == HASH_SIZE;
    if (end == number || (*end != '\0' && !has_plan))
        return false;
    ret_found->name = g_strdup(name);
    ret_found->token = token;
    ret_found->plan = has_plan ? ret_found->name + (end + 1 - name) : NULL;
    return true;
}

/* ---- what is there ---- */

static repoint_status look(rp_db *db, const rp_fence *fence, GArray **ret_found, repoint_error *error)
{
    g_autofree char *prefix = prefix_of(fence);
    g_autoptr(GArray) found = g_array_new(FALSE, TRUE, sizeof(found_fence));
    g_array_set_clear_func(found, clear_found);
    g_autoptr(rp_rows) rows = NULL;
    repoint_status status = rp_db_query(
        db,
        "SELECT table_name FROM information_schema.tables WHERE table_schema = ?1"
        " AND LEFT(table_name, ?2) = ?3",
        RP_VALUES(rp_db_text(fence->schema), rp_db_integer((int64_t)strlen(prefix)), rp_db_text(prefix)),
        &rows, error);
    bool has_row = false;
    while (status == REPOINT_OK && (status = rp_rows_next(rows, &has_row, error)) == REPOINT_OK && has_row) {
        found_fence one = {0};
        if (read_name(rp_rows_text(rows, 0), strlen(prefix), &one))
            g_array_append_val(found, one);
    }
    if (status == REPOINT_OK)
        *ret_found = g_steal_pointer(&found);
    return status;
}

/* The server lists a folder: a table that is being renamed may be missing from it under both names. What is
 * not there is therefore looked for twice. */
static repoint_status find(rp_db *db, const rp_fence *fence, GArray **ret_found, repoint_error *error)
{
    g_autoptr(GArray) found = NULL;
    repoint_status status = look(db, fence, &found, error);
    if (status != REPOINT_OK || found->len > 0) {
        *ret_found = g_steal_pointer(&found);
        return status;
    }
    return look(db, fence, ret_found, error);
}

/* The one that counts: what was passed, else the newest. NULL when there is none. */
static const found_fence *choose(const GArray *found, int64_t *ret_newest)
{
    const found_fence *chosen = NULL;
    int64_t newest = 0;
    for (guint i = 0; i < found->len; i++) {
        const found_fence *one = &g_array_index(found, found_fence, i);
        newest = MAX(newest, one->token);
        if (chosen == NULL || (one->plan != NULL) > (chosen->plan != NULL) ||
            ((one->plan != NULL) == (chosen->plan != NULL) && one->token > chosen->token))
            chosen = one;
    }
    *ret_newest = newest;
    return chosen;
}

/* The fence as this token has it: its name and plan. REPOINT_CONFLICT when it is not there. */
static repoint_status find_own(rp_db *db, const rp_fence *fence, char **ret_name, char **ret_plan,
                               repoint_error *error)
{
    g_autoptr(GArray) found = NULL;
    repoint_status status = find(db, fence, &found, error);
    if (status != REPOINT_OK)
        return status;
    for (guint i = 0; i < found->len; i++) {
        const found_fence *one = &g_array_index(found, found_fence, i);
        if (one->token == fence->token) {
            *ret_name = g_strdup(one->name);
            *ret_plan = g_strdup(one->plan);
            return REPOINT_OK;
        }
    }
    return rp_fence_fail_shut_out(fence, error);
}

repoint_status rp_name_fence_check(rp_db *db, const rp_fence *fence, repoint_error *error)
{
    g_autofree char *name = NULL, *plan = NULL;
    return find_own(db, fence, &name, &plan, error);
}

static bool is_missing_table(repoint_status status, const repoint_error *failure)
{
    return status == REPOINT_FAILED && strcmp(failure->sqlstate, "42S02") == 0;
}

repoint_status rp_name_fence_check_passed(rp_db *db, const rp_fence *fence, repoint_error *error)
{
    g_autofree char *plan = hash_of(fence->plan_id);
    g_autofree char *name = name_of(fence, fence->token, plan);
    g_autofree char *sql = rp_sql(db, "SELECT nothing FROM %n", fence->schema, name);
    g_autoptr(rp_rows) rows = NULL;
    repoint_error failure = REPOINT_ERROR_INIT;
    repoint_status status = rp_db_query(db, sql, RP_NO_VALUES, &rows, &failure);
    if (status == REPOINT_OK)
        return REPOINT_OK;
    if (!is_missing_table(status, &failure)) {
        rp_error_move(error, &failure);
        return status;
    }
    repoint_error_clear(&failure);
    return rp_fence_fail_shut_out(fence, error);
}

repoint_status rp_name_fence_is_passed(rp_db *db, const rp_fence *fence, bool *ret_is_passed,
                                       repoint_error *error)
{
    g_autofree char *name = NULL, *plan = NULL, *wanted = hash_of(fence->plan_id);
    repoint_status status = find_own(db, fence, &name, &plan, error);
    if (status == REPOINT_OK)
        *ret_is_passed = g_strcmp0(plan, wanted) == 0;
    return status;
}

repoint_status rp_name_fence_look(rp_db *db, const rp_fence *fence, bool *ret_is_passed, repoint_error *error)
{
    g_autoptr(GArray) found = NULL;
    g_autofree char *wanted = hash_of(fence->plan_id);
    int64_t newest = 0;
    repoint_status status = find(db, fence, &found, error);
    if (status != REPOINT_OK)
        return status;
    const found_fence *chosen = choose(found, &newest);
    *ret_is_passed = chosen != NULL && g_strcmp0(chosen->plan, wanted) == 0;
    return REPOINT_OK;
}

/* ---- claiming ---- */

static repoint_status create(rp_db *db, const rp_fence *fence, repoint_error *error)
{
    g_autofree char *name = name_of(fence, fence->token, NULL);
    g_autofree char *schema = rp_sql(db, "CREATE SCHEMA IF NOT EXISTS %i", fence->schema);
    g_autofree char *comment =
        g_strdup_printf("repoint: who may change the views of environment %.100s", fence->environment);
    g_autofree char *table =
        rp_sql(db, "CREATE TABLE IF NOT EXISTS %n (nothing INT) ENGINE=InnoDB COMMENT=%l", fence->schema,
               name, comment);
    repoint_status status = rp_db_execute(db, schema, RP_NO_VALUES, NULL, error);
    return status == REPOINT_OK ? rp_db_execute(db, table, RP_NO_VALUES, NULL, error) : status;
}

/* Removes those of `found` that do not count, and that are not newer than ours. */
static repoint_status remove_others(rp_db *db, const rp_fence *fence, const GArray *found,
                                    const found_fence *counts, repoint_error *error)
{
    repoint_status status = REPOINT_OK;
    for (guint i = 0; i < found->len && status == REPOINT_OK; i++) {
        const found_fence *one = &g_array_index(found, found_fence, i);
        if (one == counts || one->token > fence->token)
            continue;
        g_autofree char *sql = rp_sql(db, "DROP TABLE IF EXISTS %n", fence->schema, one->name);
        status = rp_db_execute(db, sql, RP_NO_VALUES, NULL, error);
    }
    return status;
}

/* Another one was faster, or has made a newer fence: ours, if it is there, must not stand beside it. */
static repoint_status withdraw(rp_db *db, const rp_fence *fence, const GArray *found, repoint_error *error)
{
    repoint_status status = remove_others(db, fence, found, NULL, error);
    return status == REPOINT_OK ? rp_fence_fail_shut_out(fence, error) : status;
}

/* Gives the fence our token. *ret_moved: it was not there any more under the name that we know. */
static repoint_status take_over(rp_db *db, const rp_fence *fence, const found_fence *from, bool *ret_moved,
                                repoint_error *error)
{
    g_autofree char *name = name_of(fence, fence->token, from->plan);
    g_autofree char *sql =
        rp_sql(db, "RENAME TABLE %n TO %n", fence->schema, from->name, fence->schema, name);
    repoint_error failure = REPOINT_ERROR_INIT;
    repoint_status status = rp_db_execute(db, sql, RP_NO_VALUES, NULL, &failure);
    *ret_moved = is_missing_table(status, &failure);
    if (status == REPOINT_OK || *ret_moved) {
        repoint_error_clear(&failure);
        return REPOINT_OK;
    }
    rp_error_move(error, &failure);
    return status;
}

/* One look, and one step towards there being one fence, with our token. */
static repoint_status approach(rp_db *db, const rp_fence *fence, bool *ret_done, int64_t *ret_newest,
                               repoint_error *error)
{
    g_autoptr(GArray) found = NULL;
    bool moved = false;
    int64_t newest = 0;
    repoint_status status = find(db, fence, &found, error);
    if (status != REPOINT_OK)
        return status;
    const found_fence *counts = choose(found, &newest);
    if (counts == NULL)
        return create(db, fence, error);
    if (newest > fence->token) {
        *ret_newest = newest;
        return withdraw(db, fence, found, error);
    }
    *ret_done = found->len == 1 && counts->token == fence->token;
    status = remove_others(db, fence, found, counts, error);
    if (status == REPOINT_OK && counts->token < fence->token)
        status = take_over(db, fence, counts, &moved, error);
    return status;
}

repoint_status rp_name_fence_claim(rp_db *db, const rp_fence *fence, int64_t *ret_newest,
                                   repoint_error *error)
{
    bool is_done = false;
    repoint_status status = REPOINT_OK;
    for (int i = 0; i < LONGEST_CLAIM && status == REPOINT_OK && !is_done; i++)
        status = approach(db, fence, &is_done, ret_newest, error);
    if (status == REPOINT_OK && !is_done)
        status = rp_fail(error, REPOINT_BUSY, "try again",
                         "others claim environment %s in the warehouse at the same time", fence->environment);
    return status;
}

/* ---- renaming behind the fence ---- */

static void append_pair(const rp_db *db, GString *sql, const char *schema, const char *from, const char *to)
{
    g_autofree char *pair = rp_sql(db, "%n TO %n", schema, from, schema, to);
    g_string_append_printf(sql, "%s%s", g_str_has_suffix(sql->str, "TABLE ") ? "" : ", ", pair);
}

/* To another name and back, or to the one that says what was passed: either fails when it is not there. */
static void append_fence(const rp_db *db, GString *sql, const rp_fence *fence, const char *from,
                         const char *to)
{
    g_autofree char *aside = g_strconcat(from, "_aside", NULL);
    if (strcmp(from, to) != 0) {
        append_pair(db, sql, fence->schema, from, to);
        return;
    }
    append_pair(db, sql, fence->schema, from, aside);
    append_pair(db, sql, fence->schema, aside, to);
}

static repoint_status run_rename(rp_db *db, const char *sql, repoint_error *error)
{
    repoint_status status = rp_db_execute(db, sql, RP_NO_VALUES, NULL, error);
    if (status != REPOINT_UNREACHABLE)
        return status;
    return rp_fail(error, REPOINT_OUTCOME_UNKNOWN, "\"repoint resume\" finds out",
                   "the connection to the warehouse was lost while views were being renamed");
}

/* A statement that found something missing: the fence, or one of the views? */
static repoint_status tell_missing(rp_db *db, const rp_fence *fence, repoint_status status,
                                   repoint_error *error)
{
    return rp_name_fence_check(db, fence, NULL) == REPOINT_CONFLICT ? rp_fence_fail_shut_out(fence, error)
                                                                    : status;
}

static repoint_status rename_all(rp_db *db, const rp_fence *fence, const GPtrArray *pairs, const char *from,
                                 const char *to, repoint_error *error)
{
    g_autoptr(GString) sql = g_string_new(RENAME);
    append_fence(db, sql, fence, from, to);
    for (guint i = 0; pairs != NULL && i < pairs->len; i++)
        g_string_append_printf(sql, ", %s", (const char *)g_ptr_array_index(pairs, i));
    repoint_status status = run_rename(db, sql->str, error);
    return status == REPOINT_FAILED ? tell_missing(db, fence, status, error) : status;
}

repoint_status rp_name_fence_rename(rp_db *db, const rp_fence *fence, const GPtrArray *pairs, bool passes,
                                    repoint_error *error)
{
    g_autofree char *name = NULL, *plan = NULL, *hash = hash_of(fence->plan_id);
    repoint_status status = find_own(db, fence, &name, &plan, error);
    if (status != REPOINT_OK)
        return status;
    g_autofree char *passed = name_of(fence, fence->token, hash);
    return rename_all(db, fence, pairs, name, passes ? passed : name, error);
}

repoint_status rp_name_fence_arm(rp_db *db, const rp_fence *fence, repoint_error *error)
{
    g_autofree char *name = NULL, *plan = NULL;
    repoint_status status = find_own(db, fence, &name, &plan, error);
    if (status != REPOINT_OK || plan == NULL)
        return status;
    g_autofree char *armed = name_of(fence, fence->token, NULL);
    return rename_all(db, fence, NULL, name, armed, error);
}
