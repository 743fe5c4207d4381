/*
 * A shop on PostgreSQL, for stories about its views: a database of its own, roles of its own, and deployments
 * of prod from one set of versions to another. Physical tables and everything that people do are made on a
 * plain connection, which is not repoint's.
 */
#ifndef TEST_WAREHOUSE_SERVER_H
#define TEST_WAREHOUSE_SERVER_H

#include <libpq-fe.h>

#include "repoint/deploy.h"
#include "story.h"

typedef struct server {
    story of; /* clock, chance, a folder */
    char *name;
    char *url;
    PGconn *people;
    repoint_store *store;
    GPtrArray *roles; /* owned */
    unsigned plans;
} server;

/* NULL where there is no PostgreSQL to test with. */
const char *server_url(void);

int server_begin(void **state); /* *state becomes a server * */
int server_end(void **state);
#define SERVER_TEST(function) cmocka_unit_test_setup_teardown(function, server_begin, server_end)

/* Opens the store again, with what the database's settings are now. */
void server_reopen(server *on);
/* Another connection, as another role (NULL: our own). PQfinish() it. */
PGconn *server_connect(const server *on, const char *role);

/* Statements, on the plain connection or on another; the test fails when they do. In those on the plain one,
 * in expected answers and in snapshots "@bi" is the role bi in quotes, "$bi" its bare name. */
void server_run(const server *on, const char *sql);
void run_on(PGconn *connection, const char *sql);
/* The answer: fields joined by "|", rows by "\n". g_free() */
char *server_ask(const server *on, const char *sql);
char *ask_on(PGconn *connection, const char *sql);
void assert_answer(const server *on, const char *sql, const char *expected);
/* A role, which goes when the test ends; its name is unique in the cluster. Borrowed. */
const char *server_role(server *on, const char *name);

/* The physical table of a version of a model: its name, and such a table with these columns. */
char *server_table(const char *model, unsigned version);
void server_given_table(const server *on, const char *model, unsigned version, const char *columns);

/* A snapshot of it, filled, with these fields at the beginning of its node ("\"description\":\"x\",", or
 * ""). */
void server_given_snapshot(server *on, const char *model, unsigned version, const char *node);

/* "orders:1 payments:2" as the record of an environment: its plan. */
repoint_status server_plan(server *on, const char *environment, const char *versions,
                           const repoint_plan_options *options, repoint_plan **ret_plan,
                           repoint_error *error);
repoint_status server_try(server *on, const char *versions, const repoint_plan_options *options,
                          repoint_error *error);
/* Makes prod that; it must succeed. */
void server_deploy(server *on, const char *versions);
/* Plans prod anew: the plan as JSON. repoint_free() it. */
char *server_plan_json(server *on, const char *versions, const repoint_plan_options *options);

#endif
