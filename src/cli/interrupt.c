/*
 * The signal handler. It may run between any two instructions of the main thread, the only one that sets the
 * hook; signals are blocked while hook and context change, so that it never sees half of a pair. A second
 * signal does no more than the first: the command is stopping, and killing it in the middle of a commit would
 * only hide the outcome.
 */
#include "cli/interrupt.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stddef.h>
#include <unistd.h>

static volatile sig_atomic_t caught_signal;
static void (*volatile current_hook)(void *context);
static void *volatile current_context;

/*
 * From now on reading standard input fails. Otherwise a read that begins right after the signal would wait
 * for input that may never come, and stdio, which has some already, reads on after one that the signal cut
 * short.
 */
static void end_input(void)
{
    int nowhere = open("/dev/null", O_WRONLY | O_CLOEXEC);
    if (nowhere < 0)
        return;
    dup2(nowhere, STDIN_FILENO);
    close(nowhere);
}

static void handle(int signal_number)
{
    int errno_before = errno;
    if (caught_signal == 0)
        caught_signal = signal_number;
    if (current_hook != NULL)
        current_hook(current_context);
    end_input();
    errno = errno_before;
}

static void both_signals(sigset_t *set)
{
    sigemptyset(set);
    sigaddset(set, SIGINT);
    sigaddset(set, SIGTERM);
}

void rp_interrupt_install(void)
{
    struct sigaction action = {.sa_handler = handle};
    both_signals(&action.sa_mask);
    sigaction(SIGINT, &action, NULL);
    sigaction(SIGTERM, &action, NULL);

    struct sigaction ignore = {.sa_handler = SIG_IGN};
    sigemptyset(&ignore.sa_mask);
    sigaction(SIGPIPE, &ignore, NULL);
}

void rp_interrupt_set_hook(void (*hook)(void *context), void *context)
{
    sigset_t both, before;
    both_signals(&both);
    sigprocmask(SIG_BLOCK, &both, &before);
    current_hook = hook;
    current_context = context;
    if (hook != NULL && caught_signal != 0)
        hook(context);
    sigprocmask(SIG_SETMASK, &before, NULL);
}

int rp_interrupt_signal(void)
{
    return caught_signal;
}
