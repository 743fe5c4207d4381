/*
 * The connection: everything that may wait.
 *
 * libpq runs without blocking; waiting is done here, on its socket and on a file descriptor that an interrupt
 * makes readable, until the deadline. What is given up is cancelled on the server, by a thread of its own,
 * because libpq's cancel request blocks; when no answer comes within the grace the connection is dropped, and
 * the server rolls back when it notices.
 */
#include "db/postgres/connection.h"

#include <errno.h>
#include <poll.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "db/postgres/dialect.h"

#define GRACE_US (5 * G_USEC_PER_SEC)

/* Before the URL, so that it may say otherwise. */
#define DEFAULT_CONNECT_SECONDS "10"
#define DEFAULT_USER_TIMEOUT_MS "30000"

/* ---- errors ---- */

static repoint_status fail_interrupted(repoint_error *error)
{
    return rp_fail(error, REPOINT_INTERRUPTED, NULL, "interrupted");
}

static repoint_status fail_timeout(repoint_error *error)
{
    return rp_fail(error, REPOINT_TIMEOUT, NULL, "the time limit passed");
}

static repoint_status fail_lost(const pg_connection *connection, repoint_error *error)
{
    return rp_fail(error, REPOINT_UNREACHABLE, "nothing was changed; try again",
                   "the connection to %s is lost", connection->name);
}

static const char *field(const PGresult *result, int code)
{
    const char *text = PQresultErrorField(result, code);
    return text != NULL ? text : "";
}

repoint_status rp_pg_fail(const pg_connection *connection, const PGresult *result, repoint_error *error)
{
    if (rp_pg_is_lost(connection) && *field(result, PG_DIAG_SQLSTATE) == '\0')
        return fail_lost(connection, error);
    const char *sqlstate = field(result, PG_DIAG_SQLSTATE);
    const char *message = field(result, PG_DIAG_MESSAGE_PRIMARY);
    const pg_meaning *meaning = rp_pg_meaning(sqlstate);
    repoint_status status;
    if (strcmp(sqlstate, "57014") == 0 && atomic_load(&connection->interrupted))
        status = fail_interrupted(error);
    else
        status = rp_fail(error, meaning->status, meaning->hint, "%s: %s", connection->name,
                         *message != '\0' ? message : "the server reports an error without a message");
    if (error != NULL)
        g_strlcpy(error->sqlstate, sqlstate, sizeof error->sqlstate);
    return status;
}

/* ---- connecting ---- */

static char *describe(const PQconninfoOption *options)
{
    const char *database = NULL, *host = NULL, *service = NULL;
    for (; options->keyword != NULL; options++) {
        if (options->val == NULL)
            continue;
        if (strcmp(options->keyword, "dbname") == 0)
            database = options->val;
        else if (strcmp(options->keyword, "host") == 0)
            host = options->val;
        else if (strcmp(options->keyword, "service") == 0)
            service = options->val;
    }
    GString *name = g_string_new("the PostgreSQL database");
    if (database != NULL)
        g_string_append_printf(name, " %s", database);
    else if (service != NULL)
        g_string_append_printf(name, " of service %s", service);
    if (host != NULL)
        g_string_append_printf(name, " on %s", host);
    return g_string_free(name, FALSE);
}

/* libpq's own words for a bad URL repeat parts of it, a password too: they are not passed on. */
static repoint_status parse_url(pg_connection *connection, repoint_error *error)
{
    char *message = NULL;
    PQconninfoOption *options = PQconninfoParse(connection->url, &message);
    PQfreemem(message);
    if (options == NULL)
        return rp_fail(error, REPOINT_INVALID,
                       "write postgresql://user@host:port/database?option=value, special characters as %25",
                       "the database URL is not one that libpq understands");
    connection->name = describe(options);
    PQconninfoFree(options);
    return REPOINT_OK;
}

static void ignore_notice(void *context, const PGresult *notice)
{
    (void)context, (void)notice;
}

/* The first line of libpq's message, which has no password in it. */
static repoint_status fail_connect(const pg_connection *connection, PGconn *libpq, repoint_error *error)
{
    g_auto(GStrv) lines = g_strsplit(PQerrorMessage(libpq), "\n", 2);
    const char *hint = PQconnectionNeedsPassword(libpq) ? "give a password: PGPASSWORD, ~/.pgpass, or the URL"
                                                        : "check the URL, and that the server is up";
    repoint_status status = rp_fail(error, REPOINT_UNREACHABLE, hint, "%s cannot be reached: %s",
                                    connection->name, lines[0] != NULL ? lines[0] : "no reason given");
    PQfinish(libpq);
    return status;
}

repoint_status rp_pg_ensure(pg_connection *connection, repoint_error *error)
{
    if (!rp_pg_is_lost(connection))
        return REPOINT_OK;
    rp_pg_drop(connection);
    static const char *const keywords[] = {"fallback_application_name",
                                           "connect_timeout",
                                           "tcp_user_timeout",
                                           "keepalives_idle",
                                           "keepalives_interval",
                                           "keepalives_count",
                                           "dbname",
                                           "client_encoding",
                                           NULL};
    const char *const values[] = {
        "repoint", DEFAULT_CONNECT_SECONDS, DEFAULT_USER_TIMEOUT_MS, "30", "10", "3", connection->url, "UTF8",
        NULL};
    PGconn *libpq = PQconnectdbParams(keywords, values, 1);
    if (PQstatus(libpq) != CONNECTION_OK)
        return fail_connect(connection, libpq, error);
    PQsetNoticeReceiver(libpq, ignore_notice, NULL);
    if (PQsetnonblocking(libpq, 1) != 0 || PQenterPipelineMode(libpq) != 1)
        return fail_connect(connection, libpq, error);
    connection->libpq = libpq;
    return REPOINT_OK;
}

repoint_status rp_pg_open(const char *url, const rp_db_options *options, pg_connection *ret_connection,
                          repoint_error *error)
{
    pg_connection *connection = ret_connection;
    connection->url = g_strdup(url);
    connection->busy_us = (gint64)(options->busy_seconds * G_USEC_PER_SEC);
    connection->deadline_us = options->deadline_us;
    connection->wake_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    atomic_init(&connection->interrupted, false);
    if (connection->wake_fd < 0)
        return rp_fail(error, REPOINT_FAILED, NULL, "no event descriptor: %s", g_strerror(errno));
    repoint_status status = parse_url(connection, error);
    return status == REPOINT_OK ? rp_pg_ensure(connection, error) : status;
}

bool rp_pg_is_lost(const pg_connection *connection)
{
    return connection->libpq == NULL || PQstatus(connection->libpq) != CONNECTION_OK;
}

void rp_pg_drop(pg_connection *connection)
{
    PQfinish(connection->libpq); /* NULL is allowed */
    connection->libpq = NULL;
    connection->unsynced = 0;
}

void rp_pg_close(pg_connection *connection)
{
    rp_pg_drop(connection);
    if (connection->wake_fd >= 0)
        close(connection->wake_fd);
    g_free(connection->url);
    g_free(connection->name);
}

/* ---- waiting ---- */

/* Only what is allowed in a signal handler. */
void rp_pg_interrupt(pg_connection *connection)
{
    atomic_store(&connection->interrupted, true);
    const uint64_t one = 1;
    ssize_t written = write(connection->wake_fd, &one, sizeof one);
    (void)written; /* a full counter is readable as well */
}

repoint_status rp_pg_check(const pg_connection *connection, repoint_error *error)
{
    if (atomic_load(&connection->interrupted))
        return fail_interrupted(error);
    if (connection->deadline_us != 0 && g_get_monotonic_time() > connection->deadline_us)
        return fail_timeout(error);
    return REPOINT_OK;
}

/* When to give up, 0 for never. `began` is when the wait began. */
static gint64 wait_until(const pg_connection *connection, pg_patience patience, gint64 began)
{
    switch (patience) {
    case PG_STATEMENT: return connection->deadline_us;
    case PG_COMMIT: return connection->deadline_us != 0 ? MAX(connection->deadline_us, began) + GRACE_US : 0;
    default: return began + GRACE_US;
    }
}

static int poll_ms(gint64 until)
{
    if (until == 0)
        return -1;
    gint64 left = until - g_get_monotonic_time();
    return left <= 0 ? 0 : (int)MIN(left / 1000 + 1, G_MAXINT);
}

/* Waits for `events` on the socket. REPOINT_TIMEOUT, REPOINT_INTERRUPTED or REPOINT_UNREACHABLE otherwise. */
static repoint_status wait_for(pg_connection *connection, short events, pg_patience patience, gint64 until,
                               repoint_error *error)
{
    struct pollfd fds[] = {
        {.fd = PQsocket(connection->libpq), .events = events},
        {.fd = patience == PG_STATEMENT ? connection->wake_fd : -1, .events = POLLIN},
    };
    int ready = poll(fds, G_N_ELEMENTS(fds), poll_ms(until));
    if (ready < 0 && errno != EINTR)
        return fail_lost(connection, error);
    if (fds[1].revents != 0)
        return fail_interrupted(error);
    if (ready == 0 && until != 0 && g_get_monotonic_time() >= until)
        return fail_timeout(error);
    if (fds[0].revents != 0 && PQconsumeInput(connection->libpq) != 1)
        return fail_lost(connection, error);
    return REPOINT_OK;
}

static gpointer send_cancel(gpointer cancel)
{
    char message[256];
    PQcancel(cancel, message, sizeof message);
    PQfreeCancel(cancel);
    return NULL;
}

static PGresult *get_result(pg_connection *connection)
{
    PGresult *result = PQgetResult(connection->libpq);
    if (PQresultStatus(result) == PGRES_PIPELINE_SYNC) /* of NULL: a fatal error, which is no sync */
        connection->unsynced--;
    return result;
}

/* Reads results until the last sync; false when it does not come. */
static bool drain(pg_connection *connection)
{
    gint64 until = g_get_monotonic_time() + GRACE_US;
    while (connection->unsynced > 0 && !rp_pg_is_lost(connection)) {
        while (PQisBusy(connection->libpq)) {
            if (wait_for(connection, POLLIN, PG_CLEAN_UP, until, NULL) != REPOINT_OK)
                return false;
        }
        PQclear(get_result(connection));
    }
    return connection->unsynced == 0;
}

static void give_up(pg_connection *connection)
{
    PGcancel *cancel = PQgetCancel(connection->libpq);
    if (cancel != NULL)
        g_thread_unref(g_thread_new("cancel", send_cancel, cancel));
    if (cancel == NULL || !drain(connection))
        rp_pg_drop(connection);
}

/* Ends a wait that failed: the connection is usable afterwards, or lost. */
static repoint_status after_wait(pg_connection *connection, pg_patience patience, repoint_status status)
{
    if (status == REPOINT_OK)
        return status;
    if (patience == PG_STATEMENT && status != REPOINT_UNREACHABLE)
        give_up(connection);
    else
        rp_pg_drop(connection);
    return status;
}

repoint_status rp_pg_flush(pg_connection *connection, pg_patience patience, repoint_error *error)
{
    if (PQpipelineSync(connection->libpq) != 1)
        return fail_lost(connection, error);
    connection->unsynced++;
    gint64 until = wait_until(connection, patience, g_get_monotonic_time());
    int unsent;
    while ((unsent = PQflush(connection->libpq)) == 1) {
        repoint_status status = wait_for(connection, POLLIN | POLLOUT, patience, until, error);
        if (status != REPOINT_OK) { /* half a statement cannot be cancelled */
            rp_pg_drop(connection);
            return status;
        }
    }
    return unsent == 0 ? REPOINT_OK : fail_lost(connection, error);
}

repoint_status rp_pg_next_result(pg_connection *connection, pg_patience patience, PGresult **ret_result,
                                 repoint_error *error)
{
    repoint_status status = REPOINT_OK;
    if (PQisBusy(connection->libpq)) {
        gint64 until = wait_until(connection, patience, g_get_monotonic_time());
        do
            status = wait_for(connection, POLLIN, patience, until, error);
        while (status == REPOINT_OK && PQisBusy(connection->libpq));
    }
    if (status != REPOINT_OK)
        return after_wait(connection, patience, status);
    *ret_result = get_result(connection);
    return REPOINT_OK;
}
