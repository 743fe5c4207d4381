/*
 * What every database driver must do (src/db/driver.h), as tests. A driver joins with a few lines:
 *
 *     static const driver_under_test postgres = {
 *         .name = "postgresql", .url = "postgresql:///test", .is_shared = true, .reset = drop_everything,
 *     };
 *     int main(void)
 *     {
 *         return driver_suite_run(&postgres);
 *     }
 *
 * What drivers may do differently they say by their capability bits and by the flags here; no test asks which
 * driver it is.
 */
#ifndef TEST_DRIVER_SUITE_H
#define TEST_DRIVER_SUITE_H

#include "db/db.h"
#include "support.h"

typedef struct driver_under_test {
    const char *name;
    const char *url; /* of a database that the tests may fill */
    void (*reset)(
        const char *url);         /* makes it empty, before each test; NULL: every connection begins empty */
    rp_db *(*wrap)(rp_db *inner); /* around each connection; NULL: none */
    repoint_status (*open)(const char *url, const rp_db_options *options, rp_db **ret_db,
                           repoint_error *error); /* how to connect; NULL: rp_db_open() */
    int64_t (*rows_read)(rp_db *db); /* by this connection's statements so far; NULL: nobody counts them */
    bool is_shared;                  /* all connections see one database */
    bool is_file;                    /* the URL's target is the path of a file */
} driver_under_test;

/* Runs the suite. Returns how many tests failed. */
int driver_suite_run(const driver_under_test *driver);

#endif
