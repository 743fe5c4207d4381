/*
 * Ending statements.
 *
 * The thread that calls librepoint is inside the statement, and a signal handler may do next to nothing. So a
 * thread waits for the interrupt and for the deadline. Then it ends the statement, again and again until that
 * has returned: a database that is told too early, before the statement has begun, does not remember it.
 * It holds the lock while it does so; the statement's end takes it too, so that the next thing to run on the
 * connection, the caller's own perhaps, is never ended instead.
 */
#include "db/external/watch.h"

#include <poll.h>
#include <stdatomic.h>
#include <sys/eventfd.h>
#include <unistd.h>

#define AGAIN_US (G_USEC_PER_SEC / 50)

struct rp_watch {
    void (*interrupt)(void *connection);
    void *connection;
    gint64 deadline_us;
    atomic_bool interrupted;
    int wake_fd;     /* readable after an interrupt, and at the end */
    GThread *thread; /* NULL: nothing can be ended */
    pid_t process;   /* the thread's: a forked process has none */
    GMutex lock;     /* of what follows */
    GCond changed;
    bool is_running;
    bool is_closing;
};

static int wait_ms(const rp_watch *watch)
{
    if (watch->deadline_us == 0)
        return -1;
    gint64 left = watch->deadline_us - g_get_monotonic_time();
    return left <= 0 ? 0 : (int)MIN(left / 1000 + 1, G_MAXINT);
}

static void end_statements(rp_watch *watch)
{
    g_mutex_lock(&watch->lock);
    while (!watch->is_closing) {
        if (!watch->is_running) {
            g_cond_wait(&watch->changed, &watch->lock);
            continue;
        }
        watch->interrupt(watch->connection);
        g_cond_wait_until(&watch->changed, &watch->lock, g_get_monotonic_time() + AGAIN_US);
    }
    g_mutex_unlock(&watch->lock);
}

static gpointer run(gpointer context)
{
    rp_watch *watch = context;
    struct pollfd wake = {.fd = watch->wake_fd, .events = POLLIN};
    while (rp_watch_check(watch, NULL) == REPOINT_OK && wake.revents == 0)
        poll(&wake, 1, wait_ms(watch));
    end_statements(watch);
    return NULL;
}

rp_watch *rp_watch_new(void (*interrupt)(void *connection), void *connection, gint64 deadline_us)
{
    rp_watch *watch = g_new0(rp_watch, 1);
    watch->interrupt = interrupt;
    watch->connection = connection;
    watch->deadline_us = deadline_us;
    watch->process = getpid();
    watch->wake_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    atomic_init(&watch->interrupted, false);
    g_mutex_init(&watch->lock);
    g_cond_init(&watch->changed);
    if (interrupt != NULL && watch->wake_fd >= 0)
        watch->thread = g_thread_new("repoint-watch", run, watch);
    return watch;
}

static void wake(const rp_watch *watch)
{
    const uint64_t one = 1;
    ssize_t written = write(watch->wake_fd, &one, sizeof one);
    (void)written; /* a full counter is readable as well */
}

void rp_watch_free(rp_watch *watch)
{
    if (watch == NULL)
        return;
    if (watch->thread != NULL && watch->process == getpid()) {
        g_mutex_lock(&watch->lock);
        watch->is_closing = true;
        g_cond_signal(&watch->changed);
        g_mutex_unlock(&watch->lock);
        wake(watch);
        g_thread_join(watch->thread);
    }
    if (watch->wake_fd >= 0)
        close(watch->wake_fd);
    g_mutex_clear(&watch->lock);
    g_cond_clear(&watch->changed);
    g_free(watch);
}

void rp_watch_interrupt(rp_watch *watch)
{
    atomic_store(&watch->interrupted, true);
    wake(watch);
}

repoint_status rp_watch_check(const rp_watch *watch, repoint_error *error)
{
    if (atomic_load(&watch->interrupted))
        return rp_fail(error, REPOINT_INTERRUPTED, NULL, "interrupted");
    if (watch->deadline_us != 0 && g_get_monotonic_time() > watch->deadline_us)
        return rp_fail(error, REPOINT_TIMEOUT, NULL, "the time limit passed");
    return REPOINT_OK;
}

static void set_running(rp_watch *watch, bool is_running)
{
    g_mutex_lock(&watch->lock);
    watch->is_running = is_running;
    g_cond_signal(&watch->changed);
    g_mutex_unlock(&watch->lock);
}

void rp_watch_enter(rp_watch *watch)
{
    set_running(watch, true);
}

void rp_watch_leave(rp_watch *watch)
{
    set_running(watch, false);
}
