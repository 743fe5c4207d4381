/*
 * A connection of the caller's: include/repoint/driver.h filled by functions around SQLite's own, as a
 * binding would. It can speak every kind of placeholder, and break on purpose.
 */
#ifndef TEST_GIVEN_H
#define TEST_GIVEN_H

#include <sqlite3.h>

#include "db/fault.h"
#include "repoint/driver.h"
#include "support.h"

typedef struct given {
    sqlite3 *sqlite; /* closed by the driver's close */
    repoint_placeholder placeholder;
    rp_fault *fault;      /* NULL: none. Its calls are execute, query, rows_next, begin, commit */
    bool gives_no_reason; /* what fails does not call repoint_driver_fail() */
    bool is_lost;
    unsigned *closed; /* NULL, or where close counts */
} given;

extern const repoint_driver given_driver; /* its placeholder is REPOINT_QUESTION_MARK */

/* A connection to the file, in WAL mode as repoint's own are. The driver's close releases it. */
given *given_connect(const char *path, repoint_placeholder placeholder);
/* given_driver with this placeholder. */
repoint_driver given_table(repoint_placeholder placeholder);
/* The internal connection on it. */
repoint_status given_open(given *connection, const rp_db_options *options, rp_db **ret_db,
                          repoint_error *error);

#endif
