/* An open DuckDB file: one instance for all connections of this process. */
#ifndef RP_DB_DUCKDB_INSTANCE_H
#define RP_DB_DUCKDB_INSTANCE_H

#include <sys/stat.h>

#include "db/driver.h"
#include "db/duckdb/library.h"

typedef struct duck_instance {
    const duck_library *duck;
    duck_database database;
    char *path;
    dev_t device;
    ino_t inode;
    unsigned own_files;   /* how often the process had the file open when this had opened it */
    unsigned connections; /* under the lock of all instances */
    GMutex lock;          /* of what follows */
    GCond changed;
    const void *writer; /* who writes now, or NULL */
} duck_instance;

/*
 * The file's instance, opened or shared. REPOINT_REFUSED when this process has the file open otherwise, for
 * example through Python's duckdb: DuckDB does not notice a second instance, and loses what one of them
 * commits. REPOINT_BUSY when another process holds it.
 */
repoint_status rp_duck_instance_take(const char *path, const rp_db_options *options,
                                     duck_instance **ret_instance, repoint_error *error);
void rp_duck_instance_give_back(duck_instance *instance);

/* REPOINT_REFUSED when something else in this process has opened the file meanwhile: before anything is
 * written. */
repoint_status rp_duck_instance_check(const duck_instance *instance, repoint_error *error);

/* DuckDB has no keys and lets two writers insert the same row: writers of an instance queue here. Waits until
 * `until_us`; false then. `writer` may ask again while it has it. */
bool rp_duck_instance_begin_writing(duck_instance *instance, const void *writer, gint64 until_us);
void rp_duck_instance_end_writing(duck_instance *instance, const void *writer);

#endif
