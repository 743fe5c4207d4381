/*
 * Programs. See base/child.h.
 *
 * One loop writes, reads and looks at the clock, so that a program that does not read its input, or never
 * stops talking, holds up nobody. A program that has ended is done, also if something that it left in the
 * background still holds its output.
 */
#include "base/child.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#define TICK_MS  20
#define GRACE_US (2 * G_USEC_PER_SEC)

typedef struct running {
    const rp_child *child;
    GPid pid;
    int input;  /* -1: closed */
    int output; /* likewise; both of its streams */
    size_t written;
    GString *text;
    gint64 until_us;
    gint64 kill_us; /* when SIGTERM has had its time; 0: not sent */
    rp_child_end end;
} running;

/* In the child, between fork and exec: a group of its own, and no signal blocked. Its output and its errors
 * are one stream. */
static void set_up(gpointer context G_GNUC_UNUSED)
{
    sigset_t none;
    sigemptyset(&none);
    sigprocmask(SIG_SETMASK, &none, NULL);
    setpgid(0, 0);
    dup2(STDOUT_FILENO, STDERR_FILENO);
}

static bool start(running *of, char **ret_reason)
{
    g_autoptr(GError) failure = NULL;
    if (!g_spawn_async_with_pipes(of->child->directory, (char **)of->child->argv, NULL,
                                  G_SPAWN_DO_NOT_REAP_CHILD | G_SPAWN_SEARCH_PATH, set_up, NULL, &of->pid,
                                  &of->input, &of->output, NULL, &failure)) {
        *ret_reason = g_strdup(failure->message);
        return false;
    }
    setpgid(of->pid, of->pid); /* whoever of the two comes first */
    fcntl(of->input, F_SETFL, O_NONBLOCK);
    fcntl(of->output, F_SETFL, O_NONBLOCK);
    return true;
}

static void close_stream(int *stream)
{
    if (*stream >= 0)
        close(*stream);
    *stream = -1;
}

static void feed(running *of)
{
    const char *input = of->child->input != NULL ? of->child->input : "";
    size_t left = strlen(input) - of->written;
    ssize_t size = left > 0 ? write(of->input, input + of->written, left) : 0;
    if (size > 0)
        of->written += (size_t)size;
    bool may_come = size < 0 && (errno == EAGAIN || errno == EINTR);
    if (!may_come && (size <= 0 || (size_t)size == left))
        close_stream(&of->input);
}

static void listen_to(running *of)
{
    char buffer[4096];
    ssize_t size;
    while ((size = read(of->output, buffer, sizeof buffer)) > 0) {
        size_t room = RP_CHILD_MAX_OUTPUT - of->text->len;
        g_string_append_len(of->text, buffer, (gssize)MIN((size_t)size, room));
    }
    if (size == 0 || (errno != EAGAIN && errno != EINTR))
        close_stream(&of->output);
}

static void look_at_clock(running *of)
{
    gint64 now = g_get_monotonic_time();
    bool is_stopped = of->child->stop != NULL && atomic_load(of->child->stop);
    if (of->kill_us == 0 && (is_stopped || now >= of->until_us)) {
        of->end = is_stopped ? RP_CHILD_STOPPED : RP_CHILD_TIMED_OUT;
        of->kill_us = now + GRACE_US;
        kill(-of->pid, SIGTERM);
    } else if (of->kill_us != 0 && now >= of->kill_us) {
        kill(-of->pid, SIGKILL);
    }
}

/* A write to a program that has closed its input must not end this one. */
static void block_sigpipe(sigset_t *before)
{
    sigset_t pipe_signal;
    sigemptyset(&pipe_signal);
    sigaddset(&pipe_signal, SIGPIPE);
    pthread_sigmask(SIG_BLOCK, &pipe_signal, before);
}

/* Takes back the one that came meanwhile, if any. */
static void restore_sigpipe(const sigset_t *before)
{
    sigset_t pipe_signal;
    sigemptyset(&pipe_signal);
    sigaddset(&pipe_signal, SIGPIPE);
    if (!sigismember(before, SIGPIPE))
        while (sigtimedwait(&pipe_signal, NULL, &(struct timespec){0}) > 0)
            ;
    pthread_sigmask(SIG_SETMASK, before, NULL);
}

/* Until it has ended; its wait status, or -1 when somebody else has taken that. */
static int attend(running *of)
{
    for (;;) {
        struct pollfd streams[] = {{of->input, POLLOUT, 0}, {of->output, POLLIN, 0}};
        poll(streams, G_N_ELEMENTS(streams), TICK_MS);
        if (streams[0].revents != 0)
            feed(of);
        if (streams[1].revents != 0)
            listen_to(of);
        int wait_status = 0;
        pid_t ended = waitpid(of->pid, &wait_status, WNOHANG);
        if (ended == of->pid)
            return wait_status;
        if (ended < 0 && errno != EINTR)
            return -1;
        look_at_clock(of);
    }
}

static char *reason_of(const running *of, int wait_status)
{
    if (of->end == RP_CHILD_TIMED_OUT)
        return g_strdup_printf("it took longer than %g seconds", of->child->timeout_seconds);
    if (of->end == RP_CHILD_STOPPED)
        return g_strdup("it was stopped");
    if (wait_status == -1)
        return g_strdup("its exit status is not known");
    if (WIFSIGNALED(wait_status))
        return g_strdup_printf("signal %d", WTERMSIG(wait_status));
    return WEXITSTATUS(wait_status) != 0 ? g_strdup_printf("exit status %d", WEXITSTATUS(wait_status)) : NULL;
}

rp_child_end rp_child_run(const rp_child *child, char **ret_output, char **ret_reason)
{
    running of = {.child = child, .input = -1, .output = -1, .text = g_string_new(NULL)};
    of.until_us = g_get_monotonic_time() + (gint64)(child->timeout_seconds * G_USEC_PER_SEC);
    *ret_reason = NULL;
    if (start(&of, ret_reason)) {
        sigset_t before;
        block_sigpipe(&before);
        int wait_status = attend(&of);
        if (of.output >= 0)
            listen_to(&of);
        if (of.kill_us != 0)
            kill(-of.pid, SIGKILL); /* those of its group that SIGTERM did not end */
        restore_sigpipe(&before);
        *ret_reason = reason_of(&of, wait_status);
        g_spawn_close_pid(of.pid);
    }
    close_stream(&of.input);
    close_stream(&of.output);
    *ret_output = g_utf8_make_valid(of.text->str, (gssize)of.text->len);
    g_string_free(of.text, TRUE);
    return *ret_reason != NULL && of.end == RP_CHILD_SUCCEEDED ? RP_CHILD_FAILED : of.end;
}
