/* Turns to write, for databases without keys: one writer at a time in this process. */
#ifndef RP_DB_EXTERNAL_TURNS_H
#define RP_DB_EXTERNAL_TURNS_H

#include "base/error.h"

/* Waits for the turn at `database` until `until_us`; false then. */
bool rp_turns_take(const char *database, gint64 until_us);
void rp_turns_give_back(const char *database);

#endif
