/*
 * Readers whose snapshot is older than the rows of the new tables.
 *
 * On PostgreSQL and MariaDB a view's definition is always read fresh, but the rows of its table as of the
 * reader's snapshot: a transaction that began before the tables were filled would read, through the new
 * views, tables that are empty to it. A cutover therefore waits until there is no such transaction. SQLite
 * and DuckDB give a reader views and rows of the same moment; there is nothing to wait for.
 */
#ifndef RP_WAREHOUSE_READERS_H
#define RP_WAREHOUSE_READERS_H

#include "db/db.h"

/* Takes note of this moment: every snapshot taken from now on sees the rows that are committed by now. NULL
 * where no reader can have that problem. Free with g_free(). */
repoint_status rp_data_mark_take(rp_db *db, char **ret_mark, repoint_error *error);

/* REPOINT_BUSY, saying who it is and since when, while somebody reads with a snapshot from before `mark`. */
repoint_status rp_data_mark_check(rp_db *db, const char *mark, repoint_error *error);

/* What keeps readers with old snapshots from being waited for here, for people to read; NULL for nothing.
 * g_free() */
repoint_status rp_data_mark_warning(rp_db *db, char **ret_warning, repoint_error *error);

#endif
