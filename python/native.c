/*
 * Signals during a call.
 *
 * Python's own C handler only notes that a signal has come; the handler in Python, which raises
 * KeyboardInterrupt, runs when the call into C has returned. So that the call returns at once, it is
 * interrupted from here: during a call of the main thread a handler of ours stands before Python's. It does
 * two things that are legal in a signal handler: repoint_store_interrupt(), and calling the handler that it
 * stands before.
 *
 * Invariants: only a handler of somebody else's is ever remembered, never ours; a store that is closed is not
 * guarded any more; where the signal has no handler (SIG_DFL, SIG_IGN) nothing is changed.
 */
#include "native.h"

#include <signal.h>
#include <stdatomic.h>
#include <string.h>

/* Those whose handlers raise, as a rule: Ctrl-C, a polite end, an alarm clock. */
static const int numbers[] = {SIGINT, SIGTERM, SIGALRM};
#define COUNT (sizeof numbers / sizeof numbers[0])

static struct sigaction before[COUNT];
static bool stands[COUNT]; /* ours stands before before[i] */
static _Atomic(repoint_store *) guarded;
static atomic_bool came;

static void pass_on(const struct sigaction *action, int number, siginfo_t *info, void *context)
{
    if (action->sa_flags & SA_SIGINFO)
        action->sa_sigaction(number, info, context);
    else if (action->sa_handler != SIG_DFL && action->sa_handler != SIG_IGN && action->sa_handler != NULL)
        action->sa_handler(number);
}

static void on_signal(int number, siginfo_t *info, void *context)
{
    repoint_store *store = atomic_load(&guarded);
    atomic_store(&came, true);
    if (store != NULL)
        repoint_store_interrupt(store);
    for (size_t i = 0; i < COUNT; i++) {
        if (numbers[i] == number)
            pass_on(&before[i], number, info, context);
    }
}

static bool is_ours(const struct sigaction *action)
{
    return (action->sa_flags & SA_SIGINFO) && action->sa_sigaction == on_signal;
}

static bool has_handler(const struct sigaction *action)
{
    return (action->sa_flags & SA_SIGINFO) ||
           (action->sa_handler != SIG_DFL && action->sa_handler != SIG_IGN);
}

static void stand_before(size_t i)
{
    struct sigaction now;
    if (sigaction(numbers[i], NULL, &now) != 0 || is_ours(&now) || !has_handler(&now))
        return;
    before[i] = now;
    struct sigaction ours = {
        .sa_sigaction = on_signal, .sa_flags = now.sa_flags | SA_SIGINFO, .sa_mask = now.sa_mask};
    stands[i] = sigaction(numbers[i], &ours, NULL) == 0;
}

/* Whoever has set another one meanwhile keeps it. */
static void stand_back(size_t i)
{
    struct sigaction now;
    if (!stands[i])
        return;
    stands[i] = false;
    if (sigaction(numbers[i], &before[i], &now) == 0 && !is_ours(&now))
        sigaction(numbers[i], &now, NULL);
}

repoint_store *repoint_python_guard(repoint_store *store)
{
    repoint_store *outer = atomic_exchange(&guarded, store);
    if (outer == NULL) {
        atomic_store(&came, false);
        for (size_t i = 0; i < COUNT; i++)
            stand_before(i);
    }
    return outer;
}

bool repoint_python_unguard(repoint_store *outer)
{
    atomic_store(&guarded, outer);
    if (outer == NULL) {
        for (size_t i = 0; i < COUNT; i++)
            stand_back(i);
    }
    return atomic_load(&came);
}

void repoint_python_close(repoint_store *store)
{
    repoint_store *closing = store;
    atomic_compare_exchange_strong(&guarded, &closing, NULL);
    repoint_store_close(store);
}
