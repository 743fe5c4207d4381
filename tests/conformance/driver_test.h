/* What the parts of the suite share: connections, and a table of orders. */
#ifndef TEST_DRIVER_TEST_H
#define TEST_DRIVER_TEST_H

#include <string.h>

#include "db/sql.h"
#include "driver_suite.h"

/* The parts. Each returns how many of its tests failed. */
int driver_values_run(const driver_under_test *driver);
int driver_transactions_run(const driver_under_test *driver);
int driver_limits_run(const driver_under_test *driver);
int driver_statements_run(const driver_under_test *driver);
int driver_run_tests(const driver_under_test *driver, const char *part, struct CMUnitTest *tests,
                     size_t count);

const driver_under_test *driver_of(void **state);
/* Connects, in the wrapper if there is one. */
repoint_status try_open(const driver_under_test *driver, const char *url, const rp_db_options *options,
                        rp_db **ret_db, repoint_error *error);
/* A connection; the test fails without one. */
rp_db *open_with(const driver_under_test *driver, const rp_db_options *options);
/* Another one, that waits a twentieth of a second for locks. */
rp_db *open_another(const driver_under_test *driver);
/* The first one, to an empty database. */
rp_db *open_empty(const driver_under_test *driver);
void execute(rp_db *db, const char *sql);
void begin(rp_db *db, rp_db_mode mode);
void commit(rp_db *db);
rp_rows *query(rp_db *db, const char *sql, const rp_db_value *values, size_t count);
bool next(rp_rows *rows);
int64_t integer(rp_db *db, const char *sql);
/* orders(name, note, amount, is_paid), with a primary key where the database has them. */
void create_orders(rp_db *db);
repoint_status insert_order(rp_db *db, const char *name, int64_t amount, repoint_error *error);
void given_order(rp_db *db, const char *name, int64_t amount);
int64_t count_orders(rp_db *db);
/* What other connections see; where there are none, what this one sees. */
int64_t count_orders_elsewhere(const driver_under_test *driver, rp_db *db);
/* Changes the same order as somebody who has not finished: where it waits depends on what the database locks.
 */
repoint_status change_first_order(rp_db *db, repoint_error *error);

#endif
