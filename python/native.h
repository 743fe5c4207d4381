/* What the Python package needs besides librepoint: signals during a call, and closing. See native.c. */
#ifndef REPOINT_PYTHON_NATIVE_H
#define REPOINT_PYTHON_NATIVE_H

#include <repoint/repoint.h>

/*
 * From now on a signal that Python has a handler for also interrupts `store`, so that a long call ends and
 * Python runs its handler. In the main thread alone. Returns who was guarded before, NULL for nobody: guards
 * nest, because a callback may use another store.
 */
repoint_store *repoint_python_guard(repoint_store *store);

/* Ends the guard and begins that of `outer` (may be NULL) again. Has a signal come since the outermost guard
 * began? */
bool repoint_python_unguard(repoint_store *outer);

/* repoint_store_close(), and no signal reaches the store any more. */
void repoint_python_close(repoint_store *store);

#endif
