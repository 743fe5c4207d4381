/* Messages to PostgreSQL: some statements with a sync behind them, whose results are read in their order. */
#ifndef RP_DB_POSTGRES_MESSAGE_H
#define RP_DB_POSTGRES_MESSAGE_H

#include "db/postgres/connection.h"

/* Reads the rest of a message; the connection is lost when that fails. */
void rp_pg_skip_to_sync(pg_connection *connection, pg_patience patience);

bool rp_pg_is_failure(const PGresult *result);
/* Reports the failure, releases the result, and leaves the message behind. */
repoint_status rp_pg_fail_message(pg_connection *connection, PGresult *result, pg_patience patience,
                                  repoint_error *error);

/* The first result of the statement whose turn it is; failures are reported. */
repoint_status rp_pg_first_result(pg_connection *connection, pg_patience patience, PGresult **ret_result,
                                  repoint_error *error);
/* Reads the results of `count` statements that return nothing of interest. */
repoint_status rp_pg_skip_statements(pg_connection *connection, size_t count, pg_patience patience,
                                     repoint_error *error);

/*
 * Reads what has come of messages that were sent without waiting, each of one statement that returns nothing
 * of interest, until `left` are unread. After a failure, which is reported, all of them are.
 */
repoint_status rp_pg_answer(pg_connection *connection, size_t left, pg_patience patience,
                            repoint_error *error);

#endif
