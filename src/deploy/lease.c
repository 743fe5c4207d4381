/* The lease of an environment. See deploy/lease.h. */
#include "deploy/lease.h"

#include <inttypes.h>
#include <string.h>
#include <unistd.h>

#include "base/time.h"
#include "deploy/process.h"
#include "deploy/tables.h"
#include "warehouse/views.h"

#define SHORTEST_PAUSE_US 2000
#define LONGEST_PAUSE_US  300000

char *rp_lease_host(void)
{
    return g_strdup_printf("%s@%s (process %d)", g_get_user_name(), g_get_host_name(), (int)getpid());
}

/* ---- reading ---- */

typedef struct lease_row {
    char *holder;
    char *host;
    char *author;
    char *doing;
    char *process;
    int64_t token;
    int64_t taken_ts;
    int64_t expires_ts;
    bool is_expired;
} lease_row;

static void lease_row_clear(lease_row *row)
{
    g_free(row->holder);
    g_free(row->host);
    g_free(row->author);
    g_free(row->doing);
    g_free(row->process);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(lease_row, lease_row_clear)

static repoint_status read_row(repoint_store *store, const char *environment, bool *ret_found,
                               lease_row *ret_row, repoint_error *error)
{
    g_autofree char *sql = rp_sql(
        store->db,
        "SELECT holder, host, author, doing, token, taken_ts, expires_ts, expires_ts <= %c, process FROM %n"
        " WHERE environment = ?1",
        store->schema, RP_LEASES);
    g_autoptr(rp_rows) rows = NULL;
    bool has_row = false;
    repoint_status status = rp_db_query(store->db, sql, RP_VALUES(rp_db_text(environment)), &rows, error);
    if (status == REPOINT_OK)
        status = rp_rows_next(rows, &has_row, error);
    if (status != REPOINT_OK)
        return status;
    *ret_found = has_row;
    if (has_row)
        *ret_row = (lease_row){
            .holder = g_strdup(rp_rows_text(rows, 0)),
            .host = g_strdup(rp_rows_text(rows, 1)),
            .author = g_strdup(rp_rows_text(rows, 2)),
            .doing = g_strdup(rp_rows_text(rows, 3)),
            .token = rp_rows_integer(rows, 4, 0),
            .taken_ts = rp_rows_integer(rows, 5, 0),
            .expires_ts = rp_rows_integer(rows, 6, 0),
            .is_expired = rp_rows_boolean(rows, 7, true),
            .process = g_strdup(rp_rows_text(rows, 8)),
        };
    return REPOINT_OK;
}

static char *row_to_json(const lease_row *row)
{
    GString *text = g_string_new(NULL);
    rp_json_writer writer = RP_JSON_WRITER(text, RP_JSON_COMPACT);
    rp_json_begin_object(&writer);
    rp_json_put_string(&writer, "holder", row->holder);
    rp_json_put_string(&writer, "host", row->host);
    rp_json_put_string(&writer, "author", row->author);
    rp_json_put_string(&writer, "doing", row->doing);
    rp_json_put_integer(&writer, "since_ts", row->taken_ts);
    rp_json_put_integer(&writer, "expires_ts", row->expires_ts);
    rp_json_put_bool(&writer, "is_expired", row->is_expired);
    rp_json_put_bool(&writer, "is_dead", rp_process_is_dead(row->process));
    rp_json_end_object(&writer);
    return g_string_free(text, FALSE);
}

repoint_status rp_lease_describe(repoint_store *store, const char *environment, char **ret_json,
                                 repoint_error *error)
{
    g_auto(lease_row) row = {0};
    bool found = false;
    repoint_status status = read_row(store, environment, &found, &row, error);
    if (status == REPOINT_OK)
        *ret_json = found && row.holder != NULL ? row_to_json(&row) : NULL;
    return status;
}

/* ---- taking ---- */

static repoint_status fail_held(const char *environment, const lease_row *row, repoint_error *error)
{
    g_autofree char *since = rp_time_format_us(row->taken_ts * 1000);
    g_autofree char *until = rp_time_format_us(row->expires_ts * 1000);
    repoint_status status =
        rp_fail(error, REPOINT_CONFLICT, "wait until it is over (--wait), or until the lease expires",
                "environment %s is held by %s on %s since %s UTC (%s, lease until %s UTC)", environment,
                row->author, row->host, since, row->doing, until);
    g_autofree char *lease = row_to_json(row);
    rp_error_take_detail(error, g_strdup_printf("{\"lease\":%s}", lease));
    return status;
}

/* A row that nobody holds, where there is none. */
static repoint_status make_row(repoint_store *store, const char *environment, repoint_error *error)
{
    rp_insert into = {store->schema, RP_LEASES, "environment, token, expires_ts", 1};
    return rp_db_insert(store->db, &into,
                        (const rp_db_value[]){rp_db_text(environment), rp_db_integer(0), rp_db_integer(0)}, 1,
                        NULL, error);
}

/* Takes the row if it is free, or if it still has the token `of_dead` (-1: none), whose process has ended. */
static repoint_status update_row(repoint_store *store, const char *doing, const rp_lease *lease,
                                 int64_t of_dead, int64_t *ret_changed, repoint_error *error)
{
    g_autofree char *host = rp_lease_host();
    g_autofree char *process = rp_process_id();
    g_autofree char *sql = rp_sql(
        store->db,
        "UPDATE %n SET token = token + 1, holder = ?2, host = ?3, process = ?4, author = ?5, doing = ?6,"
        " taken_ts = %c, expires_ts = %c + ?7 WHERE environment = ?1"
        " AND (expires_ts <= %c OR token = ?8)",
        store->schema, RP_LEASES);
    return rp_db_execute(store->db, sql,
                         RP_VALUES(rp_db_text(lease->environment), rp_db_text(lease->holder),
                                   rp_db_text(host), rp_db_text(process), rp_db_text(lease->author),
                                   rp_db_text(doing), rp_db_integer(lease->duration_ms),
                                   rp_db_integer(of_dead)),
                         ret_changed, error);
}

static repoint_status take(repoint_store *store, const char *doing, rp_lease *lease, repoint_error *error)
{
    g_auto(rp_transaction) transaction = {0};
    g_auto(lease_row) row = {0};
    bool found = false;
    int64_t changed = 0;
    repoint_status status = rp_transaction_begin(&transaction, store, RP_DB_WRITE, error);
    if (status == REPOINT_OK)
        status = rp_views_guard(store->db, error);
    if (status == REPOINT_OK)
        status = make_row(store, lease->environment, error);
    if (status == REPOINT_OK)
        status = read_row(store, lease->environment, &found, &row, error);
    if (status == REPOINT_OK)
        status = update_row(store, doing, lease, rp_process_is_dead(row.process) ? row.token : -1, &changed,
                            error);
    if (status == REPOINT_OK && changed == 0)
        status = fail_held(lease->environment, &row, error);
    lease_row_clear(&row);
    row = (lease_row){0};
    if (status == REPOINT_OK)
        status = read_row(store, lease->environment, &found, &row, error);
    if (status != REPOINT_OK)
        return status;
    lease->token = row.token;
    return rp_transaction_commit(&transaction, error);
}

static void clear(rp_lease *lease)
{
    g_clear_pointer(&lease->environment, g_free);
    g_clear_pointer(&lease->holder, g_free);
    g_clear_pointer(&lease->author, g_free);
}

repoint_status rp_lease_take(repoint_store *store, const char *environment, const char *doing, double seconds,
                             rp_lease *ret_lease, repoint_error *error)
{
    rp_lease lease = {
        .environment = g_strdup(environment),
        .holder = rp_store_new_id(store),
        .duration_ms = (int64_t)((seconds > 0 ? seconds : RP_LEASE_DEFAULT_SECONDS) * 1000),
        .renewed_us = g_get_monotonic_time(),
    };
    rp_retry retry = {0};
    repoint_status status = rp_identity(store, &lease.author, error);
    if (status == REPOINT_OK) {
        do
            status = take(store, doing, &lease, error);
        while (rp_retry_again(&retry, store, status));
    }
    if (status == REPOINT_OK)
        *ret_lease = lease;
    else
        clear(&lease);
    return status;
}

repoint_status rp_lease_take_within(repoint_store *store, const char *environment, const char *doing,
                                    double seconds, double wait_seconds, rp_lease *ret_lease,
                                    repoint_error *error)
{
    gint64 until_us = g_get_monotonic_time() + (gint64)(wait_seconds * G_USEC_PER_SEC);
    for (unsigned tries = 0;; tries++) {
        repoint_status status = rp_lease_take(store, environment, doing, seconds, ret_lease, error);
        if (status != REPOINT_CONFLICT || g_get_monotonic_time() >= until_us)
            return status;
        gint32 longest = MIN(LONGEST_PAUSE_US, SHORTEST_PAUSE_US << MIN(tries, 10));
        g_usleep((gulong)g_random_int_range(longest / 2, longest));
    }
}

repoint_status rp_lease_look(repoint_store *store, const char *environment, rp_lease *ret_lease,
                             repoint_error *error)
{
    g_auto(lease_row) row = {0};
    bool exists = false, found = false;
    repoint_status status = rp_schema_has_table(store, RP_LEASES, &exists, error);
    if (status == REPOINT_OK && exists)
        status = read_row(store, environment, &found, &row, error);
    if (status != REPOINT_OK)
        return status;
    *ret_lease = (rp_lease){.environment = g_strdup(environment), .token = row.token};
    bool is_free = !found || row.is_expired || rp_process_is_dead(row.process);
    return is_free ? REPOINT_OK : fail_held(environment, &row, error);
}

/* ---- holding ---- */

static repoint_status set_expiry(repoint_store *store, const rp_lease *lease, int64_t *ret_changed,
                                 repoint_error *error)
{
    g_autofree char *sql = rp_sql(store->db,
                                  "UPDATE %n SET expires_ts = %c + ?1 WHERE environment = ?2 AND token = ?3"
                                  " AND holder = ?4",
                                  store->schema, RP_LEASES);
    return rp_db_execute(store->db, sql,
                         RP_VALUES(rp_db_integer(lease->duration_ms), rp_db_text(lease->environment),
                                   rp_db_integer(lease->token), rp_db_text(lease->holder)),
                         ret_changed, error);
}

static repoint_status fail_lost(const rp_lease *lease, repoint_error *error)
{
    return rp_fail(error, REPOINT_CONFLICT, "look at \"repoint status\" before you go on",
                   "the lease on environment %s is lost: it expired, and somebody else took it",
                   lease->environment);
}

repoint_status rp_lease_fence(repoint_store *store, rp_lease *lease, repoint_error *error)
{
    int64_t changed = 0;
    gint64 now_us = g_get_monotonic_time();
    repoint_status status = rp_views_guard(store->db, error);
    if (status == REPOINT_OK)
        status = set_expiry(store, lease, &changed, error);
    if (status == REPOINT_OK && changed == 0)
        status = fail_lost(lease, error);
    if (status == REPOINT_OK)
        lease->renewed_us = now_us;
    return status;
}

static repoint_status renew(repoint_store *store, rp_lease *lease, repoint_error *error)
{
    g_auto(rp_transaction) transaction = {0};
    repoint_status status = rp_transaction_begin(&transaction, store, RP_DB_WRITE, error);
    if (status == REPOINT_OK)
        status = rp_lease_fence(store, lease, error);
    return status == REPOINT_OK ? rp_transaction_commit(&transaction, error) : status;
}

repoint_status rp_lease_renew(repoint_store *store, rp_lease *lease, repoint_error *error)
{
    if (g_get_monotonic_time() - lease->renewed_us < lease->duration_ms * 1000 / 3)
        return REPOINT_OK;
    rp_retry retry = {0};
    repoint_status status;
    do
        status = renew(store, lease, error);
    while (rp_retry_again(&retry, store, status));
    return status;
}

static repoint_status raise_token(repoint_store *store, rp_lease *lease, int64_t to, repoint_error *error)
{
    g_autofree char *sql = rp_sql(store->db,
                                  "UPDATE %n SET token = ?1 WHERE environment = ?2 AND token = ?3"
                                  " AND holder = ?4 AND token < ?1",
                                  store->schema, RP_LEASES);
    int64_t changed = 0;
    g_auto(rp_transaction) transaction = {0};
    repoint_status status = rp_transaction_begin(&transaction, store, RP_DB_WRITE, error);
    if (status == REPOINT_OK)
        status = rp_db_execute(store->db, sql,
                               RP_VALUES(rp_db_integer(to), rp_db_text(lease->environment),
                                         rp_db_integer(lease->token), rp_db_text(lease->holder)),
                               &changed, error);
    if (status == REPOINT_OK && changed == 0)
        status = fail_lost(lease, error);
    if (status == REPOINT_OK)
        status = rp_transaction_commit(&transaction, error);
    if (status == REPOINT_OK)
        lease->token = to;
    return status;
}

repoint_status rp_lease_raise(repoint_store *store, rp_lease *lease, int64_t token, repoint_error *error)
{
    rp_retry retry = {0};
    repoint_status status;
    do
        status = raise_token(store, lease, token + 1, error);
    while (rp_retry_again(&retry, store, status));
    return status;
}

repoint_status rp_lease_end(repoint_store *store, rp_lease *lease, repoint_error *error)
{
    g_autofree char *sql = rp_sql(store->db,
                                  "UPDATE %n SET expires_ts = 0, holder = NULL, doing = NULL, process = NULL"
                                  " WHERE environment = ?1 AND token = ?2 AND holder = ?3",
                                  store->schema, RP_LEASES);
    return rp_db_execute(
        store->db, sql,
        RP_VALUES(rp_db_text(lease->environment), rp_db_integer(lease->token), rp_db_text(lease->holder)),
        NULL, error);
}

static repoint_status end_alone(repoint_store *store, rp_lease *lease)
{
    g_auto(rp_transaction) transaction = {0};
    repoint_status status = rp_transaction_begin(&transaction, store, RP_DB_WRITE, NULL);
    if (status == REPOINT_OK)
        status = rp_lease_end(store, lease, NULL);
    return status == REPOINT_OK ? rp_transaction_commit(&transaction, NULL) : status;
}

void rp_lease_release(repoint_store *store, rp_lease *lease)
{
    rp_retry retry = {0};
    while (lease->holder != NULL && rp_retry_again(&retry, store, end_alone(store, lease)))
        ;
    clear(lease);
}
