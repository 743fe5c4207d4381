/*
 * The session: everything that may wait.
 *
 * The client library blocks. A thread of the session's own watches for an interrupt and for the deadline;
 * then it tells the server to kill the statement, through a connection of its own, and shuts the socket, so
 * that the blocked call comes back. After that nothing runs on the session any more: that is what an
 * interrupt and a deadline mean. A commit that has begun is not ended.
 */
#include "db/mysql/session.h"

#include <errno.h>
#include <poll.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

#include "db/mysql/dialect.h"

/* ---- errors ---- */

static void drop(mysql_session *session)
{
    g_mutex_lock(&session->lock);
    if (session->mysql != NULL)
        mysql_close(session->mysql);
    session->mysql = NULL;
    g_mutex_unlock(&session->lock);
}

/* What the server or the client library said last. A lost connection is given up. */
static repoint_status fail_mysql(mysql_session *session, repoint_error *error)
{
    const mysql_meaning *meaning = rp_mysql_meaning(mysql_errno(session->mysql));
    repoint_status status = rp_fail(error, meaning->status, meaning->hint, "%s: %s", session->target.name,
                                    mysql_error(session->mysql));
    if (error != NULL)
        g_strlcpy(error->sqlstate, mysql_sqlstate(session->mysql), sizeof error->sqlstate);
    if (status == REPOINT_UNREACHABLE)
        drop(session);
    return status;
}

repoint_status rp_mysql_session_check(mysql_session *session, repoint_error *error)
{
    if (atomic_load(&session->interrupted))
        return rp_fail(error, REPOINT_INTERRUPTED, NULL, "interrupted");
    if (session->deadline_us != 0 && g_get_monotonic_time() > session->deadline_us)
        return rp_fail(error, REPOINT_TIMEOUT, NULL, "the time limit passed");
    return REPOINT_OK;
}

/* ---- connecting ---- */

static void set_options(MYSQL *mysql, const mysql_target *target)
{
    unsigned no = 0, seconds = target->connect_seconds;
    my_bool yes = 1;
    mysql_options(mysql, MYSQL_OPT_CONNECT_TIMEOUT, &seconds);
    mysql_options(mysql, MYSQL_OPT_LOCAL_INFILE, &no);
    mysql_options(mysql, MYSQL_SET_CHARSET_NAME, "utf8mb4");
    mysql_options(mysql, MYSQL_READ_DEFAULT_GROUP, "client");
    if (target->tls != MYSQL_TLS_ANY)
        mysql_options(mysql, MYSQL_OPT_SSL_ENFORCE, &yes);
    if (target->tls == MYSQL_TLS_VERIFY_FULL)
        mysql_options(mysql, MYSQL_OPT_SSL_VERIFY_SERVER_CERT, &yes);
    if (target->ssl_ca != NULL || target->ssl_cert != NULL)
        mysql_ssl_set(mysql, target->ssl_key, target->ssl_cert, target->ssl_ca, NULL, NULL);
}

/* Asked for TLS, the client library does without it when the server has none. */
static bool is_as_wanted(const mysql_target *target, MYSQL *mysql)
{
    return target->tls == MYSQL_TLS_ANY || mysql_get_ssl_cipher(mysql) != NULL;
}

static MYSQL *connect_target(const mysql_target *target, MYSQL *mysql)
{
    const char *password = target->password != NULL ? target->password : g_getenv("MYSQL_PWD");
    set_options(mysql, target);
    return mysql_real_connect(mysql, target->host, target->user, password, target->database, target->port,
                              target->socket, CLIENT_FOUND_ROWS);
}

static repoint_status read_limits(mysql_session *session, repoint_error *error)
{
    MYSQL_RES *result = NULL;
    static const char sql[] = "SELECT @@max_allowed_packet";
    repoint_status status = rp_mysql_session_run(session, sql, strlen(sql), false, &result, error);
    if (status != REPOINT_OK)
        return status;
    MYSQL_ROW row = mysql_fetch_row(result);
    session->max_packet = row != NULL && row[0] != NULL ? strtoul(row[0], NULL, 10) : 1024 * 1024;
    mysql_free_result(result);
    return REPOINT_OK;
}

static repoint_status prepare_session(mysql_session *session, repoint_error *error)
{
    g_autofree char *sql = rp_mysql_settings_text("SET SESSION ", session->busy_us);
    session->max_packet = 1024 * 1024;
    static const char isolation[] = "SET SESSION TRANSACTION ISOLATION LEVEL READ COMMITTED";
    repoint_status status = rp_mysql_session_run(session, sql, strlen(sql), false, NULL, error);
    if (status == REPOINT_OK)
        status = rp_mysql_session_run(session, isolation, strlen(isolation), false, NULL, error);
    return status == REPOINT_OK ? read_limits(session, error) : status;
}

static repoint_status fail_unencrypted(const mysql_session *session, repoint_error *error)
{
    return rp_fail(error, REPOINT_UNREACHABLE,
                   "have TLS set up on the server, or take ssl-mode and ssl-ca out of the URL",
                   "%s does not offer TLS, which the database URL asks for", session->target.name);
}

repoint_status rp_mysql_session_ensure(mysql_session *session, repoint_error *error)
{
    if (session->mysql != NULL)
        return REPOINT_OK;
    MYSQL *mysql = mysql_init(NULL);
    g_assert(mysql != NULL);
    bool is_connected = connect_target(&session->target, mysql) != NULL;
    g_mutex_lock(&session->lock);
    session->mysql = mysql;
    g_mutex_unlock(&session->lock);
    if (is_connected && is_as_wanted(&session->target, mysql))
        return prepare_session(session, error);
    repoint_status status = is_connected ? fail_unencrypted(session, error) : fail_mysql(session, error);
    drop(session);
    return status;
}

/* ---- watching ---- */

/* Through a connection of its own: the one that is to be ended is busy. */
static void kill_statement(const mysql_session *session)
{
    g_autofree char *sql = g_strdup_printf("KILL %lu", mysql_thread_id(session->mysql));
    mysql_target target = session->target;
    target.connect_seconds = 2;
    MYSQL *mysql = mysql_init(NULL);
    if (mysql != NULL && connect_target(&target, mysql) != NULL && is_as_wanted(&target, mysql))
        mysql_real_query(mysql, sql, strlen(sql));
    if (mysql != NULL)
        mysql_close(mysql);
}

static void end_statement(mysql_session *session)
{
    g_mutex_lock(&session->lock);
    session->was_ended = true;
    if (session->may_be_ended && session->mysql != NULL) {
        kill_statement(session);
        shutdown(mysql_get_socket(session->mysql), SHUT_RDWR);
    }
    g_mutex_unlock(&session->lock);
}

static gpointer watch(gpointer data)
{
    mysql_session *session = data;
    struct pollfd fd = {.fd = session->wake_fd, .events = POLLIN};
    mysql_thread_init();
    for (;;) {
        gint64 left = session->deadline_us - g_get_monotonic_time();
        int timeout = session->deadline_us == 0 ? -1 : (int)CLAMP(left / 1000 + 1, 0, G_MAXINT);
        int ready = poll(&fd, 1, timeout);
        if (ready > 0 || (ready == 0 && session->deadline_us != 0))
            break;
    }
    g_mutex_lock(&session->lock);
    bool is_closing = session->is_closing;
    g_mutex_unlock(&session->lock);
    if (!is_closing)
        end_statement(session);
    mysql_thread_end();
    return NULL;
}

static void wake(mysql_session *session)
{
    const uint64_t one = 1;
    ssize_t written = write(session->wake_fd, &one, sizeof one);
    (void)written; /* a full counter is readable as well */
}

/* Only what is allowed in a signal handler. */
void rp_mysql_session_interrupt(mysql_session *session)
{
    atomic_store(&session->interrupted, true);
    wake(session);
}

repoint_status rp_mysql_session_open(mysql_session *session, const rp_db_options *options,
                                     repoint_error *error)
{
    session->busy_us = (gint64)(options->busy_seconds * G_USEC_PER_SEC);
    session->deadline_us = options->deadline_us;
    session->wake_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    atomic_init(&session->interrupted, false);
    g_mutex_init(&session->lock);
    if (session->wake_fd < 0)
        return rp_fail(error, REPOINT_FAILED, NULL, "no event descriptor: %s", g_strerror(errno));
    session->watcher = g_thread_new("repoint-watch", watch, session);
    return rp_mysql_session_ensure(session, error);
}

void rp_mysql_session_close(mysql_session *session)
{
    if (session->watcher != NULL) {
        g_mutex_lock(&session->lock);
        session->is_closing = true;
        g_mutex_unlock(&session->lock);
        wake(session);
        g_thread_join(session->watcher);
    }
    drop(session);
    if (session->wake_fd >= 0)
        close(session->wake_fd);
    g_mutex_clear(&session->lock);
    rp_mysql_target_clear(&session->target);
}

/* ---- running ---- */

/* From here to leave() the watcher may end the statement. False when it has done its work already. */
static bool enter(mysql_session *session, bool let_through)
{
    g_mutex_lock(&session->lock);
    bool may_run = let_through || !session->was_ended;
    session->may_be_ended = !let_through;
    g_mutex_unlock(&session->lock);
    return may_run;
}

static bool leave(mysql_session *session)
{
    g_mutex_lock(&session->lock);
    bool was_ended = session->may_be_ended && session->was_ended;
    session->may_be_ended = false;
    g_mutex_unlock(&session->lock);
    return was_ended;
}

repoint_status rp_mysql_session_run(mysql_session *session, const char *sql, size_t size, bool let_through,
                                    MYSQL_RES **ret_result, repoint_error *error)
{
    if (size + 64 > session->max_packet)
        return rp_fail(error, REPOINT_INVALID, "raise the server's max_allowed_packet",
                       "a statement of %zu bytes is more than %s takes (%lu)", size, session->target.name,
                       session->max_packet);
    if (!enter(session, let_through))
        return rp_mysql_session_check(session, error);
    MYSQL_RES *result = NULL;
    bool is_done = mysql_real_query(session->mysql, sql, size) == 0;
    if (is_done && mysql_field_count(session->mysql) > 0) {
        result = mysql_store_result(session->mysql);
        is_done = result != NULL;
    }
    if (leave(session) && !is_done) {
        drop(session);
        return rp_mysql_session_check(session, error);
    }
    if (!is_done)
        return fail_mysql(session, error);
    if (ret_result != NULL)
        *ret_result = result;
    else
        mysql_free_result(result);
    return REPOINT_OK;
}
