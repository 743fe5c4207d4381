/* The driver that breaks on purpose: before a call, after it, with the connection or without. */
#include "db/fault.h"

#include <glib/gstdio.h>
#include <string.h>

#include "db/db.h"
#include "support.h"

#define INSERT "INSERT INTO orders (name) VALUES ('first')"

/* A store of orders on a file, so that what really happened can be seen from beside. */
typedef struct shop {
    char *folder;
    char *url;
    rp_fault fault;
    rp_db *db; /* wrapped */
} shop;

static rp_db *connect_to(const shop *of)
{
    repoint_error error = REPOINT_ERROR_INIT;
    rp_db *db = NULL;
    assert_ok(rp_db_open(of->url, &(rp_db_options){.create = true, .busy_seconds = 0.1}, &db, &error),
              &error);
    return db;
}

static void shop_open(shop *of, rp_fault_kind kind, unsigned at)
{
    of->folder = g_dir_make_tmp("repoint-fault-XXXXXX", NULL);
    assert_non_null(of->folder);
    of->url = g_strdup_printf("sqlite:%s/orders.db", of->folder);
    g_autoptr(rp_db) db = connect_to(of);
    repoint_error error = REPOINT_ERROR_INIT;
    assert_ok(rp_db_execute(db, "CREATE TABLE orders (name TEXT)", RP_NO_VALUES, NULL, &error), &error);
    of->fault = (rp_fault){.kind = kind, .at = at};
    of->db = rp_fault_wrap(connect_to(of), &of->fault);
}

static void shop_close(shop *of)
{
    static const char *const endings[] = {"", "-wal", "-shm"};
    rp_db_close(of->db);
    for (size_t i = 0; i < G_N_ELEMENTS(endings); i++) {
        g_autofree char *path = g_strconcat(strchr(of->url, ':') + 1, endings[i], NULL);
        g_unlink(path);
    }
    g_rmdir(of->folder);
    g_free(of->folder);
    g_free(of->url);
    g_free(of->fault.statement);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(shop, shop_close)

static int64_t stored_orders(const shop *of)
{
    g_autoptr(rp_db) db = connect_to(of);
    g_autoptr(rp_rows) rows = NULL;
    repoint_error error = REPOINT_ERROR_INIT;
    bool has_row = false;
    assert_ok(rp_db_query(db, "SELECT COUNT(*) FROM orders", RP_NO_VALUES, &rows, &error), &error);
    assert_ok(rp_rows_next(rows, &has_row, &error), &error);
    return rp_rows_integer(rows, 0, -1);
}

static repoint_status insert(shop *of)
{
    return rp_db_execute(of->db, INSERT, RP_NO_VALUES, NULL, NULL);
}

/* begin, insert, commit: the calls 1, 2 and 3. */
static repoint_status insert_in_transaction(shop *of)
{
    repoint_status status = rp_db_begin(of->db, RP_DB_WRITE, NULL);
    if (status == REPOINT_OK)
        status = insert(of);
    if (status == REPOINT_OK)
        return rp_db_commit(of->db, NULL);
    rp_db_rollback(of->db);
    return status;
}

static void test_without_a_fault_calls_are_only_counted(void **state G_GNUC_UNUSED)
{
    g_auto(shop) of = {0};
    shop_open(&of, RP_FAULT_NONE, 1);
    assert_int_equal(insert_in_transaction(&of), REPOINT_OK);
    assert_int_equal(of.fault.count, 3);
    assert_null(of.fault.statement);
    assert_int_equal(stored_orders(&of), 1);
}

static void test_an_error_before_leaves_the_connection(void **state G_GNUC_UNUSED)
{
    g_auto(shop) of = {0};
    shop_open(&of, RP_FAULT_ERROR_BEFORE, 2);
    assert_int_equal(insert_in_transaction(&of), REPOINT_FAILED);
    assert_string_equal(of.fault.statement, INSERT);
    assert_false(of.fault.at_commit);
    assert_int_equal(stored_orders(&of), 0);
    assert_int_equal(insert_in_transaction(&of), REPOINT_OK);
    assert_int_equal(stored_orders(&of), 1);
}

static void test_an_error_before_the_commit_rolls_back(void **state G_GNUC_UNUSED)
{
    g_auto(shop) of = {0};
    shop_open(&of, RP_FAULT_ERROR_BEFORE, 3);
    assert_int_equal(insert_in_transaction(&of), REPOINT_FAILED);
    assert_true(of.fault.at_commit);
    assert_int_equal(stored_orders(&of), 0);
    assert_int_equal(insert(&of), REPOINT_OK); /* the transaction is over */
    assert_int_equal(stored_orders(&of), 1);
}

static void test_a_connection_lost_before_did_nothing(void **state G_GNUC_UNUSED)
{
    for (unsigned at = 1; at <= 3; at++) {
        g_auto(shop) of = {0};
        shop_open(&of, RP_FAULT_DROP_BEFORE, at);
        assert_int_equal(insert_in_transaction(&of), REPOINT_UNREACHABLE);
        assert_int_equal(of.fault.at_commit, at == 3);
        assert_int_equal(stored_orders(&of), 0);
        assert_int_equal(insert(&of), REPOINT_UNREACHABLE);
        assert_int_equal(rp_db_begin(of.db, RP_DB_READ, NULL), REPOINT_UNREACHABLE);
        assert_int_equal(of.fault.count, at); /* what never reached the database is not counted */
    }
}

static void test_a_connection_lost_after_did_it(void **state G_GNUC_UNUSED)
{
    g_auto(shop) of = {0};
    shop_open(&of, RP_FAULT_DROP_AFTER, 1);
    assert_int_equal(insert(&of), REPOINT_UNREACHABLE);
    assert_string_equal(of.fault.statement, INSERT);
    assert_int_equal(stored_orders(&of), 1);
}

static void test_lost_inside_a_transaction_nothing_stays(void **state G_GNUC_UNUSED)
{
    g_auto(shop) of = {0};
    shop_open(&of, RP_FAULT_DROP_AFTER, 2);
    assert_int_equal(insert_in_transaction(&of), REPOINT_UNREACHABLE);
    assert_int_equal(stored_orders(&of), 0);
}

static void test_lost_after_the_commit_the_outcome_is_unknown(void **state G_GNUC_UNUSED)
{
    g_auto(shop) of = {0};
    shop_open(&of, RP_FAULT_DROP_AFTER, 3);
    assert_int_equal(insert_in_transaction(&of), REPOINT_OUTCOME_UNKNOWN);
    assert_true(of.fault.at_commit);
    assert_int_equal(stored_orders(&of), 1);
}

/* The calls of a query: the query itself, and each row. */
static void test_rows_break_in_the_middle(void **state G_GNUC_UNUSED)
{
    static const rp_fault_kind kinds[] = {RP_FAULT_ERROR_BEFORE, RP_FAULT_DROP_BEFORE, RP_FAULT_DROP_AFTER};
    for (size_t i = 0; i < G_N_ELEMENTS(kinds); i++) {
        g_auto(shop) of = {0};
        shop_open(&of, kinds[i], 5);
        assert_int_equal(insert(&of), REPOINT_OK);
        assert_int_equal(insert(&of), REPOINT_OK);
        rp_rows *rows = NULL;
        bool has_row = false;
        assert_int_equal(rp_db_query(of.db, "SELECT name FROM orders", RP_NO_VALUES, &rows, NULL),
                         REPOINT_OK);
        assert_int_equal(rp_rows_next(rows, &has_row, NULL), REPOINT_OK);
        assert_true(has_row);
        assert_int_equal(rp_rows_next(rows, &has_row, NULL),
                         kinds[i] == RP_FAULT_ERROR_BEFORE ? REPOINT_FAILED : REPOINT_UNREACHABLE);
        assert_string_equal(of.fault.statement, "next row");
        rp_rows_close(rows);
        assert_int_equal(insert(&of), kinds[i] == RP_FAULT_ERROR_BEFORE ? REPOINT_OK : REPOINT_UNREACHABLE);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_without_a_fault_calls_are_only_counted),
        cmocka_unit_test(test_an_error_before_leaves_the_connection),
        cmocka_unit_test(test_an_error_before_the_commit_rolls_back),
        cmocka_unit_test(test_a_connection_lost_before_did_nothing),
        cmocka_unit_test(test_a_connection_lost_after_did_it),
        cmocka_unit_test(test_lost_inside_a_transaction_nothing_stays),
        cmocka_unit_test(test_lost_after_the_commit_the_outcome_is_unknown),
        cmocka_unit_test(test_rows_break_in_the_middle),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
