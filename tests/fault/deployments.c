/*
 * Deployments with every call to the databases failing, and what comes after it.
 *
 * prod goes from one release to the other and back. Each time one call fails: the database says no, or the
 * connection is lost before the call took effect, or after it. Somebody else then goes on with the
 * deployment, or takes it back. Right after the failure readers see one of the two releases, and in the end
 * record, views, journal and revisions agree on one, and nothing is left over. A dry run of that, just
 * before, foretells what it says, and changes nothing. Where state and warehouse are two, the calls to both
 * are counted as one sequence. Where views change one by one readers may see a mixture right after a lost
 * connection, and then somebody must.
 */
#include <stdio.h>

#include "place.h"

static const char *const kind_names[] = {
    [RP_FAULT_ERROR_BEFORE] = "an error",
    [RP_FAULT_DROP_BEFORE] = "a connection lost before",
    [RP_FAULT_DROP_AFTER] = "a connection lost after",
};

typedef struct sweep {
    place place;
    release shown;
    unsigned stride; /* of the calls each stride-th is broken; where that begins is drawn */
    uint64_t chance;
    unsigned faults;
    unsigned taken_back; /* deployments that ended as they began */
    unsigned done;       /* those that were reported as done in spite of the failure */
    unsigned mixed;      /* those that readers saw a mixture after */
} sweep;

/* Has the caller been told that nothing was changed? */
static bool says_unchanged(repoint_status status)
{
    return status == REPOINT_FAILED || status == REPOINT_BUSY || status == REPOINT_CONFLICT;
}

static repoint_status deploy(sweep *of, rp_fault *fault, release to, char **ret_id, repoint_error *error)
{
    rp_fault_kind kind = fault->kind;
    fault->kind = RP_FAULT_NONE; /* opening and planning are not what is swept */
    repoint_store *store = place_open_faulty(&of->place, fault);
    repoint_plan *plan = place_plan(&of->place, store, to, ret_id);
    repoint_deployment *deployment = NULL;
    fault->kind = kind;
    fault->count = 0;
    repoint_status status = repoint_deploy(store, plan, NULL, &deployment, error);
    repoint_deployment_close(deployment);
    repoint_plan_free(plan);
    repoint_store_close(store);
    return status;
}

/* What readers see right after a deployment that ended with `status`. */
static void look(sweep *of, repoint_status status, release from, release to, const char *when)
{
    if (of->place.one_by_one && place_is_mixed(&of->place)) {
        of->mixed++;
        if (status == REPOINT_OK || says_unchanged(status))
            fail_msg("%s: but the views are a mixture", when);
        return;
    }
    release seen = place_look(&of->place, when);
    if ((status == REPOINT_OK && seen != to) || (says_unchanged(status) && seen != from))
        fail_msg("%s: but the views are %s", when, release_names[seen]);
    of->shown = seen;
}

/* Returns false when there are fewer calls than that. */
static bool deploy_with_fault(sweep *of, rp_fault *fault, bool abandon)
{
    repoint_error error = REPOINT_ERROR_INIT;
    release from = of->shown, to = from == BLUE ? GREEN : BLUE;
    g_autofree char *id = NULL;
    of->place.story.now += 1000;
    repoint_status status = deploy(of, fault, to, &id, &error);
    g_autofree char *when =
        g_strdup_printf("%s at call %u (%.200s), %s: %s, then %s",
                        fault->statement != NULL ? kind_names[fault->kind] : "no fault", fault->at,
                        fault->statement != NULL ? fault->statement : "", repoint_status_name(status),
                        error.message != NULL ? error.message : "", abandon ? "abandon" : "resume");
    look(of, status, from, to, when);
    release seen = of->shown;
    place_expire_lease(&of->place);
    repoint_status foretold = place_foretell(&of->place, abandon, when);
    repoint_status found = place_recover(&of->place, abandon);
    if (foretold != found)
        fail_msg("%s: a dry run said %s, and it was %s", when, repoint_status_name(foretold),
                 repoint_status_name(found));
    of->shown = place_check(&of->place, id, to, when);
    if (abandon && of->shown != seen && !of->place.one_by_one)
        fail_msg("%s: abandoning has changed the views to %s", when, release_names[of->shown]);
    bool has_happened = fault->statement != NULL;
    of->faults += has_happened;
    of->taken_back += has_happened && of->shown == from;
    of->done += has_happened && status == REPOINT_OK;
    repoint_error_clear(&error);
    return has_happened;
}

static void sweep_kind(sweep *of, rp_fault_kind kind, bool abandon)
{
    bool more = true;
    for (unsigned at = 1 + (unsigned)story_below(&of->chance, of->stride); more; at += of->stride) {
        rp_fault fault = {.kind = kind, .at = at};
        more = deploy_with_fault(of, &fault, abandon);
        g_free(fault.statement);
    }
}

/* Every day one of `parts` parts of the calls is broken; where a commit is slow, a smaller one. */
static void sweep_views(const char *name, place_kind state, place_kind warehouse, bool one, bool one_by_one)
{
    bool is_slow = state == PLACE_MARIADB || warehouse == PLACE_MARIADB;
    bool is_duckdb = state == PLACE_DUCKDB || warehouse == PLACE_DUCKDB;
    bool is_file = state == PLACE_SQLITE && warehouse == PLACE_SQLITE;
    unsigned parts = is_slow ? 96 : is_duckdb ? 48 : is_file ? 8 : 24;
    sweep of = {.shown = BLUE, .chance = story_seed(name)};
    of.stride = parts / story_count(1, parts, "parts of the calls");
    place_begin(&of.place, state, warehouse, one);
    of.place.one_by_one = one_by_one;
    for (rp_fault_kind kind = RP_FAULT_ERROR_BEFORE; kind <= RP_FAULT_DROP_AFTER; kind++) {
        sweep_kind(&of, kind, false);
        sweep_kind(&of, kind, true);
    }
    printf("%s: %u faults; %u deployments taken back, %u reported as done all the same\n", name, of.faults,
           of.taken_back, of.done);
    assert_true(of.faults >= 6 && of.taken_back > 0 && of.taken_back < of.faults);
    if (one_by_one)
        printf("%s: a mixture after %u faults\n", name, of.mixed);
    assert_true(of.mixed > 0 || !one_by_one || of.stride > 1);
    place_end(&of.place);
}

static void sweep_place(const char *name, place_kind state, place_kind warehouse, bool one)
{
    sweep_views(name, state, warehouse, one, false);
}

static void sqlite_alone(void **state G_GNUC_UNUSED)
{
    sweep_place("sqlite", PLACE_SQLITE, PLACE_SQLITE, true);
}

static void postgres_alone(void **state G_GNUC_UNUSED)
{
    sweep_place("postgres", PLACE_POSTGRES, PLACE_POSTGRES, true);
}

static void mariadb_alone(void **state G_GNUC_UNUSED)
{
    sweep_place("mariadb", PLACE_MARIADB, PLACE_MARIADB, true);
}

static void duckdb_alone(void **state G_GNUC_UNUSED)
{
    sweep_place("duckdb", PLACE_DUCKDB, PLACE_DUCKDB, true);
}

static void sqlite_and_sqlite(void **state G_GNUC_UNUSED)
{
    sweep_place("sqlite and sqlite", PLACE_SQLITE, PLACE_SQLITE, false);
}

static void sqlite_and_postgres(void **state G_GNUC_UNUSED)
{
    sweep_place("sqlite and postgres", PLACE_SQLITE, PLACE_POSTGRES, false);
}

static void postgres_and_postgres(void **state G_GNUC_UNUSED)
{
    sweep_place("postgres and postgres", PLACE_POSTGRES, PLACE_POSTGRES, false);
}

static void postgres_and_duckdb(void **state G_GNUC_UNUSED)
{
    sweep_place("postgres and duckdb", PLACE_POSTGRES, PLACE_DUCKDB, false);
}

static void mariadb_and_postgres(void **state G_GNUC_UNUSED)
{
    sweep_place("mariadb and postgres", PLACE_MARIADB, PLACE_POSTGRES, false);
}

static void sqlite_and_mariadb(void **state G_GNUC_UNUSED)
{
    sweep_place("sqlite and mariadb", PLACE_SQLITE, PLACE_MARIADB, false);
}

static void sqlite_one_by_one(void **state G_GNUC_UNUSED)
{
    sweep_views("sqlite, one by one", PLACE_SQLITE, PLACE_SQLITE, true, true);
}

static void postgres_one_by_one(void **state G_GNUC_UNUSED)
{
    sweep_views("postgres, one by one", PLACE_POSTGRES, PLACE_POSTGRES, true, true);
}

static void mariadb_one_by_one(void **state G_GNUC_UNUSED)
{
    sweep_views("mariadb, one by one", PLACE_MARIADB, PLACE_MARIADB, true, true);
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(sqlite_alone),         cmocka_unit_test(postgres_alone),
        cmocka_unit_test(mariadb_alone),        cmocka_unit_test(duckdb_alone),
        cmocka_unit_test(sqlite_and_sqlite),    cmocka_unit_test(sqlite_and_postgres),
        cmocka_unit_test(postgres_and_duckdb),  cmocka_unit_test(postgres_and_postgres),
        cmocka_unit_test(mariadb_and_postgres), cmocka_unit_test(sqlite_and_mariadb),
        cmocka_unit_test(sqlite_one_by_one),    cmocka_unit_test(postgres_one_by_one),
        cmocka_unit_test(mariadb_one_by_one),
    };
    if (g_file_test("/dev/shm", G_FILE_TEST_IS_DIR)) /* nothing here depends on a disk */
        g_setenv("TMPDIR", "/dev/shm", false);
    if (argc > 1)
        cmocka_set_test_filter(argv[1]);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
