/*
 * Whatever call to the database fails, and however: the store afterwards is the one before the operation or
 * the one after it, and the operation has said which.
 *
 * For each operation the calls are counted; then it is run again with the 1st of them failing, the 2nd, and
 * so on, in three ways: the database says no; the connection is lost before the call took effect; it is lost
 * after. What the file holds is read by another connection and compared to the letter.
 *
 * With the argument "given" the connection is the caller's, and it is his functions that fail.
 */
#include "operations.h"

#include <stdio.h>
#include <string.h>

#include "db/db.h"
#include "db/fault.h"
#include "given.h"

static bool is_given; /* the connection is the caller's */

static const char *const kind_names[] = {
    [RP_FAULT_ERROR_BEFORE] = "an error",
    [RP_FAULT_DROP_BEFORE] = "a connection lost before",
    [RP_FAULT_DROP_AFTER] = "a connection lost after",
};

typedef struct sweep {
    const operation *operation;
    story story;
    work work;
    GBytes *contents; /* of the file before */
    char *before;
    char *after;
    unsigned calls;
    unsigned faults;
    unsigned unknown;   /* outcomes that the caller could not know */
    unsigned tolerated; /* errors that the operation could do without */
} sweep;

static rp_db *connect_given(const story *of, rp_fault *fault)
{
    repoint_error error = REPOINT_ERROR_INIT;
    rp_db *db = NULL;
    given *connection = given_connect(of->path, REPOINT_QUESTION_MARK);
    connection->fault = fault;
    assert_ok(given_open(connection, &(rp_db_options){.busy_seconds = 1}, &db, &error), &error);
    return db;
}

static repoint_status run(sweep *of, rp_fault *fault, repoint_store **ret_store, repoint_error *error)
{
    repoint_store_options options = story_options(&of->story);
    of->story.chance = UINT64_C(1) << 32; /* every run draws the same ids */
    rp_db *db =
        is_given ? connect_given(&of->story, fault) : rp_fault_wrap(operation_connect(&of->story), fault);
    return operation_run(of->operation, db, &options, &of->work, ret_store, error);
}

/* Without a fault: how many calls are there, and what is the store afterwards? */
static void run_undisturbed(sweep *of)
{
    repoint_error error = REPOINT_ERROR_INIT;
    rp_fault none = {.kind = RP_FAULT_NONE};
    repoint_store *store = NULL;
    assert_ok(run(of, &none, &store, &error), &error);
    repoint_store_close(store);
    of->calls = none.count;
    of->after = story_dump(&of->story);
    g_autofree char *difference = story_difference(of->before, of->after);
    if (of->operation->reads != (difference == NULL))
        fail_msg("%s has %s", of->operation->name, difference != NULL ? difference : "changed nothing");
}

static repoint_status expected_status(const rp_fault *fault)
{
    if (fault->kind == RP_FAULT_ERROR_BEFORE)
        return REPOINT_FAILED;
    /* Of a connection of the caller's nobody knows whether it was lost before. */
    bool is_unknown = fault->kind == RP_FAULT_DROP_AFTER || is_given;
    return is_unknown && fault->at_commit ? REPOINT_OUTCOME_UNKNOWN : REPOINT_UNREACHABLE;
}

/* A view that the database cannot even describe is replaced all the same: one query and its rows. */
static bool may_be_tolerated(const sweep *of, const rp_fault *fault)
{
    return of->operation->replaces_view && fault->kind == RP_FAULT_ERROR_BEFORE && of->tolerated < 3;
}

static void check_store(sweep *of, const rp_fault *fault, const char *when, const char *expected)
{
    g_autofree char *dump = story_dump(&of->story);
    g_autofree char *difference = story_difference(expected, dump);
    if (difference != NULL)
        fail_msg("%s, %s at call %u of %u (%s), %s:\n%s", of->operation->name, kind_names[fault->kind],
                 fault->at, of->calls, fault->statement, when, difference);
}

/* What was left as it was can be done again: on the same handle if its connection lives, else on another. */
static void try_again(sweep *of, const rp_fault *fault, repoint_store *store)
{
    repoint_error error = REPOINT_ERROR_INIT;
    rp_fault none = {.kind = RP_FAULT_NONE};
    if (store != NULL && fault->kind == RP_FAULT_ERROR_BEFORE) {
        of->story.chance = UINT64_C(1) << 32;
        assert_ok(of->operation->run(store, &of->work, &error), &error);
    } else {
        repoint_store_close(store);
        assert_ok(run(of, &none, &store, &error), &error);
    }
    repoint_store_close(store);
    check_store(of, fault, "tried again", of->after);
}

/* Returns false when the operation has fewer calls than that. */
static bool run_with_fault(sweep *of, rp_fault *fault)
{
    repoint_error error = REPOINT_ERROR_INIT;
    repoint_store *store = NULL;
    story_restore(&of->story, of->contents);
    repoint_status status = run(of, fault, &store, &error);
    if (fault->statement == NULL) {
        assert_true(fault->count < fault->at);
        assert_ok(status, &error);
        repoint_store_close(store);
        check_store(of, fault, "undisturbed", of->after);
        return false;
    }
    of->faults++;
    if (status == REPOINT_OK && may_be_tolerated(of, fault)) {
        of->tolerated++;
        repoint_store_close(store);
        check_store(of, fault, "tolerated", of->after);
        return true;
    }
    if (status != expected_status(fault))
        fail_msg("%s, %s at call %u (%s): %s, not %s", of->operation->name, kind_names[fault->kind],
                 fault->at, fault->statement, repoint_status_name(status),
                 repoint_status_name(expected_status(fault)));
    assert_int_equal(error.status, status);
    assert_non_null(error.message);
    repoint_error_clear(&error);
    if (status == REPOINT_OUTCOME_UNKNOWN && fault->kind == RP_FAULT_DROP_AFTER) {
        of->unknown++;
        repoint_store_close(store);
        check_store(of, fault, "outcome unknown", of->after);
        return true;
    }
    check_store(of, fault, "the handle still open", of->before);
    try_again(of, fault, store);
    return true;
}

static void sweep_operation(void **state)
{
    sweep of = {.operation = *state};
    story_begin(&of.story);
    operation_begin(of.operation, &of.story, &of.work);
    of.contents = story_save(&of.story);
    of.before = story_dump(&of.story);
    run_undisturbed(&of);
    for (rp_fault_kind kind = RP_FAULT_ERROR_BEFORE; kind <= RP_FAULT_DROP_AFTER; kind++) {
        bool more = true;
        for (unsigned at = 1; more; at++) {
            rp_fault fault = {.kind = kind, .at = at};
            more = run_with_fault(&of, &fault);
            g_free(fault.statement);
        }
    }
    printf("%s: %u calls, %u faults, %u of them at a commit that took effect, %u tolerated\n",
           of.operation->name, of.calls, of.faults, of.unknown, of.tolerated);
    assert_true(of.calls > 0 && of.faults == 3 * of.calls);
    assert_true(of.operation->reads || of.unknown == 1);
    g_bytes_unref(of.contents);
    g_free(of.before);
    g_free(of.after);
    work_clear(&of.work);
    story_end(&of.story);
}

int main(int count, char **arguments)
{
    is_given = count > 1 && strcmp(arguments[1], "given") == 0;
    if (g_file_test("/dev/shm",
                    G_FILE_TEST_IS_DIR)) /* nothing here depends on a disk, which is slow to commit */
        g_setenv("TMPDIR", "/dev/shm", false);
    g_autofree struct CMUnitTest *tests = g_new0(struct CMUnitTest, operation_count);
    for (size_t i = 0; i < operation_count; i++)
        tests[i] = (struct CMUnitTest){.name = operations[i].name,
                                       .test_func = sweep_operation,
                                       .initial_state = (void *)&operations[i]};
    return _cmocka_run_group_tests("sweep", tests, operation_count, NULL, NULL);
}
