/* SIGINT and SIGTERM: the command stops at the next safe place. */
#ifndef RP_CLI_INTERRUPT_H
#define RP_CLI_INTERRUPT_H

/*
 * Catches both; from the first one on reading standard input fails. Lets a broken pipe be an error of the
 * write instead of the end of the process.
 */
void rp_interrupt_install(void);

/*
 * What to call from the signal handler, beside setting the flag: it must be safe there
 * (repoint_store_interrupt is). `hook` NULL: nothing any more; after that call it is not running on this
 * thread either, and `context` may go. If a signal came before, the hook is called at once.
 */
void rp_interrupt_set_hook(void (*hook)(void *context), void *context);

/* The signal that came, or 0. */
int rp_interrupt_signal(void);

#endif
