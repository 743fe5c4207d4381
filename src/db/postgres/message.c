/* Reading what the server says to a message. See db/postgres/message.h. */
#include "db/postgres/message.h"

void rp_pg_skip_to_sync(pg_connection *connection, pg_patience patience)
{
    PGresult *result = NULL;
    ExecStatusType kind = PGRES_COMMAND_OK;
    while (kind != PGRES_PIPELINE_SYNC && !rp_pg_is_lost(connection)) {
        if (rp_pg_next_result(connection, patience, &result, NULL) != REPOINT_OK)
            return;
        kind = result != NULL ? PQresultStatus(result) : PGRES_COMMAND_OK;
        PQclear(result);
    }
}

bool rp_pg_is_failure(const PGresult *result)
{
    switch (PQresultStatus(result)) {
    case PGRES_COMMAND_OK:
    case PGRES_TUPLES_OK:
    case PGRES_SINGLE_TUPLE: return false;
    default: return true;
    }
}

repoint_status rp_pg_fail_message(pg_connection *connection, PGresult *result, pg_patience patience,
                                  repoint_error *error)
{
    repoint_status status = rp_pg_fail(connection, result, error);
    PQclear(result);
    if (status == REPOINT_UNREACHABLE)
        rp_pg_drop(connection);
    else
        rp_pg_skip_to_sync(connection, patience);
    return status;
}

repoint_status rp_pg_first_result(pg_connection *connection, pg_patience patience, PGresult **ret_result,
                                  repoint_error *error)
{
    PGresult *result = NULL;
    repoint_status status = rp_pg_next_result(connection, patience, &result, error);
    if (status == REPOINT_OK && rp_pg_is_failure(result))
        return rp_pg_fail_message(connection, result, patience, error);
    if (status == REPOINT_OK)
        *ret_result = result;
    return status;
}

repoint_status rp_pg_skip_statements(pg_connection *connection, size_t count, pg_patience patience,
                                     repoint_error *error)
{
    repoint_status status = REPOINT_OK;
    for (size_t i = 0; i < count && status == REPOINT_OK; i++) {
        PGresult *result = NULL, *end = NULL;
        status = rp_pg_first_result(connection, patience, &result, error);
        PQclear(result);
        if (status == REPOINT_OK)
            status = rp_pg_next_result(connection, patience, &end, error);
        PQclear(end); /* NULL */
    }
    return status;
}

repoint_status rp_pg_answer(pg_connection *connection, size_t left, pg_patience patience,
                            repoint_error *error)
{
    repoint_status status = REPOINT_OK;
    while (connection->unsynced > left && status == REPOINT_OK) {
        PGresult *result = NULL;
        status = rp_pg_first_result(connection, patience, &result, error);
        PQclear(result);
        if (status == REPOINT_OK)
            rp_pg_skip_to_sync(connection, patience);
    }
    while (connection->unsynced > 0 && status != REPOINT_OK && !rp_pg_is_lost(connection))
        rp_pg_skip_to_sync(connection, patience);
    return status;
}
