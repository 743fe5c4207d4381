/* The SQL of a check, and what its answer means. */
#ifndef RP_DEPLOY_CHECK_QUERY_H
#define RP_DEPLOY_CHECK_QUERY_H

#include "deploy/deployment.h"

/* What a check has found. */
typedef enum rp_check_outcome {
    RP_CHECK_PASSED,
    RP_CHECK_FAILED,
    RP_CHECK_TIMED_OUT,
    RP_CHECK_BROKEN, /* it could not be done */
} rp_check_outcome;

typedef struct rp_check_result {
    rp_check_outcome outcome;
    int64_t rows;  /* -1: it does not count rows */
    char *message; /* why it did not pass; NULL when it did */
    gint64 duration_us;
} rp_check_result;

void rp_check_result_clear(rp_check_result *result);

/* Everything that is needed to ask, so that it can be asked in another thread. */
typedef struct rp_check_query {
    const repoint_check *check;
    char *sql;
    char *sql_now;    /* the same of the view that readers see now; NULL: it is not compared with that */
    GPtrArray *views; /* that it reads, for people: of char *, owned */
    int64_t now_ts;
} rp_check_query;

void rp_check_query_clear(rp_check_query *query);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(rp_check_query, rp_check_query_clear)

/* Writes the SQL; the plan has been examined. REPOINT_INVALID, naming the check, for a model that the
 * environment does not have, and for SQL that does not begin as a query does. */
repoint_status rp_check_query_make(const repoint_deployment *deployment, const repoint_check *check,
                                   rp_check_query *ret_query, repoint_error *error);

/* Asks, in a transaction that only reads and is rolled back. */
void rp_check_query_ask(const rp_check_query *query, rp_db *db, rp_check_result *ret_result);

#endif
