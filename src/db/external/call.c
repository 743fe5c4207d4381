/* See call.h. */
#include "db/external/call.h"

#include "db/db.h"
#include "db/external/statement.h"
#include "db/external/turns.h"

#define WAIT_SLICE_US (G_USEC_PER_SEC / 50)

/* ---- errors ---- */

repoint_status repoint_driver_fail(repoint_driver_error *error, repoint_status status, int code,
                                   const char *sqlstate, const char *message)
{
    if (error == NULL)
        return status;
    error->code = code;
    g_strlcpy(error->sqlstate, sqlstate != NULL ? sqlstate : "", sizeof error->sqlstate);
    g_free(error->message);
    error->message = message != NULL ? g_utf8_make_valid(message, -1) : NULL;
    return status;
}

void rp_failure_clear(rp_failure *failure)
{
    g_free(failure->message);
}

static bool may_be_reported(repoint_status status)
{
    switch (status) {
    case REPOINT_BUSY:
    case REPOINT_CONFLICT:
    case REPOINT_INVALID:
    case REPOINT_UNREACHABLE:
    case REPOINT_TIMEOUT:
    case REPOINT_INTERRUPTED:
    case REPOINT_REFUSED:
    case REPOINT_OUTCOME_UNKNOWN: return true;
    default: return false;
    }
}

repoint_status rp_external_report(external_db *db, repoint_status said, const rp_failure *failure,
                                  repoint_error *error)
{
    if (said != REPOINT_REFUSED && rp_watch_check(db->watch, error) != REPOINT_OK)
        return rp_watch_check(db->watch, error);
    repoint_status status = said;
    if (may_be_reported(said))
        rp_fail(error, said, NULL, "%s: %s", db->name,
                failure->message != NULL ? failure->message : repoint_status_name(said));
    else
        status = db->dialect->fail(db->name, failure, error);
    if (error != NULL)
        g_strlcpy(error->sqlstate, failure->sqlstate, sizeof error->sqlstate);
    db->is_lost |= status == REPOINT_UNREACHABLE || status == REPOINT_OUTCOME_UNKNOWN;
    return status;
}

repoint_status rp_external_check(const external_db *db, repoint_error *error)
{
    repoint_status status = rp_watch_check(db->watch, error);
    if (status == REPOINT_OK && db->is_lost)
        return rp_fail(error, REPOINT_UNREACHABLE, "open the store on a new connection; nothing was changed",
                       "%s is lost", db->name);
    return status;
}

/* ---- single statements ---- */

repoint_status rp_external_run(external_db *db, const char *sql, const rp_db_value *values, size_t count,
                               int64_t *ret_changed, repoint_error *error)
{
    repoint_status status = rp_external_check(db, error);
    if (status != REPOINT_OK)
        return status;
    g_auto(rp_failure) failure = {0};
    g_auto(rp_statement) statement = {0};
    int64_t changed = 0;
    rp_statement_init(&statement, db->driver.placeholder, db->dialect->types, sql, values, count);
    rp_watch_enter(db->watch);
    status = db->driver.execute(db->connection, statement.sql->str, (repoint_value *)statement.values->data,
                                statement.values->len, &changed, &failure);
    rp_watch_leave(db->watch);
    if (status != REPOINT_OK)
        return rp_external_report(db, status, &failure, error);
    if (ret_changed != NULL)
        *ret_changed = changed;
    return REPOINT_OK;
}

repoint_status rp_external_read(external_db *db, const char *sql, const rp_db_value *values, size_t count,
                                rp_rows **ret_rows, repoint_error *error)
{
    repoint_status status = rp_external_check(db, error);
    if (status != REPOINT_OK)
        return status;
    g_auto(rp_failure) failure = {0};
    g_auto(rp_statement) statement = {0};
    void *inner = NULL;
    size_t columns = 0;
    rp_statement_init(&statement, db->driver.placeholder, db->dialect->types, sql, values, count);
    rp_watch_enter(db->watch);
    status = db->driver.query(db->connection, statement.sql->str, (repoint_value *)statement.values->data,
                              statement.values->len, &inner, &columns, &failure);
    rp_watch_leave(db->watch);
    if (status != REPOINT_OK)
        return rp_external_report(db, status, &failure, error);
    external_rows *rows = g_new0(external_rows, 1);
    rows->base.db = &db->base;
    rows->rows = inner;
    rows->columns = columns;
    rows->texts = g_string_chunk_new(256);
    *ret_rows = &rows->base;
    return REPOINT_OK;
}

/* ---- settings and turns around what is one transaction ---- */

static repoint_status take_turn(external_db *db, repoint_error *error)
{
    gint64 until = g_get_monotonic_time() + db->busy_us;
    while (db->database != NULL && !db->has_turn) {
        repoint_status status = rp_external_check(db, error);
        if (status != REPOINT_OK)
            return status;
        gint64 now = g_get_monotonic_time();
        db->has_turn = rp_turns_take(db->database, MIN(now + WAIT_SLICE_US, until));
        if (!db->has_turn && now >= until)
            return rp_fail(error, REPOINT_BUSY, "wait for the other writer to finish, then try again",
                           "somebody else in this process is writing to the database of %s", db->name);
    }
    return REPOINT_OK;
}

void rp_external_leave(external_db *db)
{
    if (db->dialect->put_back != NULL && !db->is_lost) {
        g_auto(rp_failure) failure = {0};
        int64_t changed = 0;
        db->driver.execute(db->connection, db->dialect->put_back, NULL, 0, &changed, &failure);
    }
    if (db->has_turn)
        rp_turns_give_back(db->database);
    db->has_turn = false;
}

repoint_status rp_external_enter(external_db *db, rp_db_mode mode, repoint_error *error)
{
    repoint_status status = rp_external_check(db, error);
    if (status == REPOINT_OK && mode == RP_DB_WRITE)
        status = take_turn(db, error);
    if (status != REPOINT_OK || db->dialect->prepare == NULL)
        return status;
    g_autofree char *sql = db->dialect->prepare(db->busy_us);
    status = rp_external_run(db, sql, RP_NO_VALUES, NULL, error);
    if (status != REPOINT_OK)
        rp_external_leave(db);
    return status;
}

repoint_status rp_external_enter_single(external_db *db, rp_db_mode mode, repoint_error *error)
{
    return db->in_transaction ? REPOINT_OK : rp_external_enter(db, mode, error);
}

void rp_external_leave_single(external_db *db)
{
    if (!db->in_transaction)
        rp_external_leave(db);
}

bool rp_external_try_again(const external_db *db, rp_external_patience *patience, repoint_status status)
{
    if (status != REPOINT_BUSY || db->in_transaction)
        return false;
    gint64 now = g_get_monotonic_time();
    if (patience->until_us == 0)
        patience->until_us = now + db->busy_us;
    if (now >= patience->until_us)
        return false;
    g_usleep(WAIT_SLICE_US);
    return true;
}
