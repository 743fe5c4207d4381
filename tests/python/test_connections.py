"""Stores on connections that are open already: the same answers through each, and the connection left as it was.

The servers are those of scripts/servers; what is not there is skipped.
"""

import importlib.util
import json
import os
import sqlite3
import tempfile
import threading
import time
import unittest
import urllib.parse
from pathlib import Path

import repoint

SHOP = Path(__file__).resolve().parents[2] / "examples/shop/state.json"
NOW = 1767700800000  # 2026-01-06 12:00 UTC
STRANGE = "Größe 東京 🛒 it's %s %% ? ?1 $1 :1 \\ \\\\' -- /* \n"
DAILY_REVENUE = '"fix_shop"."shop"."daily_revenue"'


def has(module):
    return importlib.util.find_spec(module) is not None


def server(variable):
    """The parts of a server's URL."""
    parts = urllib.parse.urlsplit(os.environ[variable])
    return parts, {key: values[0] for key, values in urllib.parse.parse_qs(parts.query).items()}


class Shop:
    """A database that connections of one module are made to."""

    def __init__(self, connect, in_transaction):
        self.connect = connect
        self.in_transaction = in_transaction


# ---- what can be done, on each ----


class Steps:
    """What a store does; the answers, to be compared."""

    def __init__(self, store):
        self.store = store

    def run(self):
        return [self.imported(), self.promoted(), self.intervals(), self.pushed_again(), self.rows()]

    def imported(self):
        counts = self.store.import_state(SHOP)
        return counts, self.store.versions()

    def promoted(self):
        draft = self.store.environment("prod").new_plan(self.store.environment("dev").snapshots, plan_id="next")
        promotion = self.store.promote(draft)
        before = self.store.environment("prod").finalized_at is not None
        self.store.finalize(draft)
        return (
            [table.name for table in promotion.added],
            [table.name for table in promotion.removed],
            before,
            self.store.environment("prod").finalized_at is not None,
        )

    def snapshot(self):
        new = next(table for table in self.store.environment("dev") if table.name == DAILY_REVENUE)
        [snapshot] = self.store.snapshots([new])
        return snapshot

    def intervals(self):
        self.store.remove_intervals(self.snapshot(), "2026-01-03", "2026-01-04")
        missing = self.store.missing_intervals(self.snapshot(), "2026-01-01", "2026-01-05")
        self.store.add_intervals(self.snapshot(), "2026-01-03", "2026-01-03")
        rest = self.store.missing_intervals(self.snapshot(), "2026-01-01", "2026-01-05")
        return missing, rest, self.store.compact_intervals()[1]

    def pushed_again(self):
        everything = self.store.snapshots(self.store.environment("dev"))
        pushed = self.store.push(everything)
        self.store.delete_snapshots(everything[:2])
        return pushed, self.store.push(everything), len(everything)

    def rows(self):
        return sorted((row.name, row.identifier, row.kind) for row in self.store.snapshot_rows())


class ConnectionTest:
    """For each module; `connect()` is another connection to the same, empty database."""

    takes_turns = False
    can_stop = True

    def setUp(self):
        self.connection = self.connect()
        self.addCleanup(self.close, self.connection)
        self.make_empty()

    def close(self, connection):
        connection.close()

    def open(self, connection=None, **options):
        options = {"now": lambda: NOW, "busy_timeout": 0.3, **options}
        return repoint.Store(self.connection if connection is None else connection, **options)

    def begin(self, connection):
        self.query(connection, "BEGIN")

    def query(self, connection, sql):
        cursor = connection.cursor()
        cursor.execute(sql)
        return cursor.fetchall() if cursor.description else []

    def end(self, connection):
        connection.rollback()

    def table(self, name):
        return f"sqlmesh.{name}"

    # -- tests --

    def test_the_answers_are_those_of_a_store_in_memory(self):
        with repoint.Store("memory:", now=lambda: NOW) as memory, self.open(create=True) as store:
            self.assertTrue(store.was_created)
            self.assertEqual(Steps(store).run(), Steps(memory).run())
        with self.open() as again:
            self.assertFalse(again.was_created)
            self.assertEqual(again.environment("prod").plan_id, "next")

    def test_many_and_strange_snapshots_come_back_to_the_letter(self):
        """More rows than a statement takes, more keys than parameters, and text that looks like SQL."""
        document = json.loads(SHOP.read_text())["snapshots"][0]
        description = STRANGE * 100
        snapshots = []
        for number in range(1200):
            document["name"] = f'"shop"."{STRANGE} {number}"'
            document["fingerprint"]["data_hash"] = str(number)
            document["node"]["description"] = description
            document["unpaused_ts"] = None if number % 2 else NOW
            snapshots.append(repoint.Snapshot.from_json(json.dumps(document)))
        large = dict(document, name='"shop"."large"', node=dict(document["node"], description=STRANGE * 50000))
        snapshots.append(repoint.Snapshot.from_json(json.dumps(large)))
        with repoint.Store("memory:", now=lambda: NOW) as memory, self.open(create=True) as store:
            self.assertEqual((memory.push(snapshots), store.push(snapshots)), (len(snapshots), len(snapshots)))
            self.assertEqual((memory.push(snapshots), store.push(snapshots)), (0, 0))
            self.assertEqual(store.snapshots_exist(snapshots), memory.snapshots_exist(snapshots))
            stored, expected = store.snapshots(snapshots), memory.snapshots(snapshots)
            # Not assertEqual(): it would describe megabytes of differences.
            self.assertTrue([one.to_json() for one in stored] == [one.to_json() for one in expected])
            rows = sorted(store.snapshot_rows(), key=lambda row: row.name)  # the server sorts as it likes
            self.assertTrue(rows == sorted(memory.snapshot_rows(), key=lambda row: row.name))
            store.delete_snapshots(snapshots[:1000])
            self.assertEqual(len(list(store.snapshot_rows())), len(snapshots) - 1000)

    def test_the_connection_sees_what_was_written_and_stays_open(self):
        with self.open(create=True) as store:
            store.import_state(SHOP)
            names = self.query(self.connection, f"SELECT name FROM {self.table('_environments')} ORDER BY name")
            self.end(self.connection)
            self.assertEqual([row[0] for row in names], ["dev", "prod"])
        self.assertEqual(list(self.query(self.connection, "SELECT 1")[0]), [1])
        self.end(self.connection)

    def test_a_transaction_of_the_callers_is_not_committed(self):
        with self.open(create=True) as store:
            store.import_state(SHOP)
            prod = store.environment("prod")
            self.begin(self.connection)
            self.query(self.connection, f"DELETE FROM {self.table('_environments')}")
            for call in (store.versions, lambda: store.invalidate("dev"), lambda: store.finalize(prod)):
                with self.assertRaises(repoint.RefusedError) as caught:
                    call()
                self.assertIn("transaction open", str(caught.exception))
            with self.assertRaises(repoint.RefusedError):
                self.open()
            self.end(self.connection)
            self.assertEqual(store.environment("prod").plan_id, prod.plan_id)
            self.assertEqual(len(list(store.environments())), 2)

    def test_what_the_database_says_is_the_cause(self):
        with self.open(create=True) as store:
            self.query(self.connection, f"DROP TABLE {self.table('_intervals')}")
            self.commit(self.connection)
            with self.assertRaises(repoint.RepointError) as caught:
                store.compact_intervals()
        self.assertIsInstance(caught.exception.__cause__, self.errors)
        self.assertIn("_intervals", str(caught.exception))

    def commit(self, connection):
        connection.commit()

    def test_a_closed_connection_is_unreachable(self):
        connection = self.connect()
        store = self.open(connection, create=True)
        self.close(connection)
        for _ in range(2):
            with self.assertRaises(repoint.UnreachableError):
                store.versions()
        store.close()

    def test_another_writer_is_waited_for_and_then_said_to_be_busy(self):
        if self.takes_turns:
            self.skipTest("writers take turns, and nobody else's are noticed")
        other = self.connect()
        self.addCleanup(self.close, other)
        with self.open(create=True) as store:
            store.import_state(SHOP)
            self.hold(other)
            with self.assertRaises(repoint.BusyError):
                store.promote(store.environment("prod").new_plan(store.environment("dev").snapshots))
            self.end(other)
            store.promote(store.environment("prod").new_plan(store.environment("dev").snapshots))

    def hold(self, connection):
        """Keeps others from writing environments."""
        self.begin(connection)
        self.query(connection, f"UPDATE {self.table('_environments')} SET plan_id = plan_id")

    def test_two_stores_and_two_writers_lose_nothing(self):
        """Each thread has a connection and promotes; whoever is beaten tries again. Every plan was once the newest."""
        with self.open(create=True) as store:
            store.import_state(SHOP)
        plans, failures = [], []

        def work(number):
            connection = self.connect()
            try:
                with self.open(connection, busy_timeout=30) as store:
                    for turn in range(5):
                        self.promote(store, f"{number}-{turn}", plans)
            except BaseException as failure:  # noqa: BLE001 - told below
                failures.append(failure)
            finally:
                self.close(connection)

        threads = [threading.Thread(target=work, args=(number,)) for number in range(3)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        self.assertEqual(failures, [])
        after = dict(plans)
        with self.open() as store:
            plan, chain = store.environment("prod").plan_id, []
            while plan in after:
                chain.append(plan)
                plan = after[plan]
        self.assertEqual(sorted(chain), sorted(f"{number}-{turn}" for number in range(3) for turn in range(5)))

    def test_the_same_snapshots_pushed_at_once_are_stored_once(self):
        with repoint.Store("memory:") as memory:
            memory.import_state(SHOP)
            snapshots = memory.snapshots(memory.environment("dev"))
        with self.open(create=True) as store:
            for turn in range(10):
                pushed, start = [], threading.Barrier(3)
                threads = [threading.Thread(target=self.push, args=(snapshots, start, pushed)) for _ in range(3)]
                for thread in threads:
                    thread.start()
                for thread in threads:
                    thread.join()
                self.assertEqual(sum(pushed), len(snapshots), pushed)
                self.assertEqual(len(list(store.snapshot_rows())), len(snapshots))
                store.delete_snapshots(snapshots)

    def push(self, snapshots, start, pushed):
        connection = self.connect()
        try:
            with self.open(connection, busy_timeout=30) as store:
                start.wait()
                pushed.append(store.push(snapshots))
        finally:
            self.close(connection)

    def promote(self, store, plan_id, plans):
        while True:
            prod = store.environment("prod")
            draft = prod.new_plan(store.environment("dev").snapshots, plan_id=plan_id)
            try:
                store.promote(draft)
            except repoint.ConflictError:
                continue
            plans.append((plan_id, prod.plan_id))
            return

    def test_calls_of_threads_wait_for_one_another(self):
        if isinstance(self, SqliteTest):
            self.skipTest("a connection of sqlite3 belongs to its thread")
        with self.open(create=True) as store:
            store.import_state(SHOP)
            found = []
            threads = [
                threading.Thread(target=lambda: found.append(store.environment("prod").plan_id)) for _ in range(8)
            ]
            for thread in threads:
                thread.start()
            for thread in threads:
                thread.join()
            self.assertEqual(len(found), 8)

    def test_an_interrupt_ends_the_wait_and_the_store_goes_on(self):
        if not self.can_stop or isinstance(self, SqliteTest):
            self.skipTest("its statements cannot be ended by another thread")
        other = self.connect()
        self.addCleanup(self.close, other)
        with self.open(create=True, busy_timeout=60) as store:
            store.import_state(SHOP)
            draft = store.environment("prod").new_plan(store.environment("dev").snapshots)
            if self.takes_turns:
                self.skipTest("it does not wait for others")
            self.hold(other)
            began = threading.Event()
            ended = threading.Event()

            def interrupt():
                began.wait()
                while not ended.is_set():
                    store.interrupt()
                    time.sleep(0.02)

            thread = threading.Thread(target=interrupt)
            thread.start()
            began.set()
            try:
                with self.assertRaises(repoint.InterruptedCallError):
                    store.promote(draft)
            finally:
                ended.set()
                thread.join()
                self.end(other)
            self.assertEqual(store.environment("prod").plan_id, draft.previous_plan_id)


# ---- modules ----


class SqliteTest(ConnectionTest, unittest.TestCase):
    errors = sqlite3.Error

    def connect(self):
        if not hasattr(self, "folder"):
            self.folder = tempfile.TemporaryDirectory()
            self.addCleanup(self.folder.cleanup)
        return sqlite3.connect(Path(self.folder.name) / "shop.db", timeout=0.1)

    def make_empty(self):
        pass

    def table(self, name):
        return name

    def test_what_the_caller_has_set_is_set_afterwards(self):
        self.connection.row_factory = sqlite3.Row
        self.connection.isolation_level = "EXCLUSIVE"
        with self.open(create=True) as store:
            store.import_state(SHOP)
            self.assertEqual(self.connection.isolation_level, "EXCLUSIVE")
            self.assertEqual(store.environment("prod").name, "prod")
        self.assertIs(self.connection.row_factory, sqlite3.Row)

    def test_another_thread_is_refused_as_sqlite3_does(self):
        with self.open(create=True) as store:
            caught = []

            def work():
                try:
                    store.versions()
                except repoint.RepointError as error:
                    caught.append(error)

            thread = threading.Thread(target=work)
            thread.start()
            thread.join()
            self.assertIsInstance(caught[0], repoint.RefusedError)
            self.assertIsInstance(caught[0].__cause__, sqlite3.ProgrammingError)
            self.assertEqual(store.versions().schema_version, 102)


@unittest.skipUnless(has("duckdb"), "the module duckdb is not installed")
class DuckDBTest(ConnectionTest, unittest.TestCase):
    takes_turns = True

    @property
    def errors(self):
        import duckdb

        return duckdb.Error

    def connect(self):
        import duckdb

        if not hasattr(self, "folder"):
            self.folder = tempfile.TemporaryDirectory()
            self.addCleanup(self.folder.cleanup)
        return duckdb.connect(str(Path(self.folder.name) / "shop.db"))

    def make_empty(self):
        pass

    def query(self, connection, sql):
        connection.execute(sql)
        return connection.fetchall() if connection.description else []

    def end(self, connection):
        try:
            connection.rollback()
        except self.errors:
            pass  # none was open

    def commit(self, connection):
        pass


@unittest.skipUnless(has("psycopg2") and os.environ.get("REPOINT_TEST_POSTGRES"), "no psycopg2, or no PostgreSQL")
class Psycopg2Test(ConnectionTest, unittest.TestCase):
    @property
    def errors(self):
        import psycopg2

        return psycopg2.Error

    def connect(self):
        import psycopg2

        return psycopg2.connect(os.environ["REPOINT_TEST_POSTGRES"])

    def make_empty(self):
        self.query(self.connection, "DROP SCHEMA IF EXISTS sqlmesh CASCADE")
        self.connection.commit()

    def begin(self, connection):
        pass  # the module does

    def test_what_the_caller_has_set_is_set_afterwards(self):
        for autocommit in (True, False):
            self.connection.autocommit = autocommit
            self.query(self.connection, "SET lock_timeout = '7s'")
            self.commit(self.connection)
            with self.open(create=True) as store:
                store.import_state(SHOP)
                self.assertEqual(self.connection.autocommit, autocommit)
            self.assertEqual(self.query(self.connection, "SHOW lock_timeout")[0][0], "7s")
            self.assertEqual(self.query(self.connection, "SHOW jit")[0][0], self.jit())
            self.commit(self.connection)

    def jit(self):
        other = self.connect()
        self.addCleanup(self.close, other)
        return self.query(other, "SHOW jit")[0][0]

    def test_a_connection_that_the_server_ends_is_unreachable(self):
        connection, other = self.connect(), self.connect()
        self.addCleanup(self.close, other)
        with self.open(connection, create=True) as store:
            pid = self.query(connection, "SELECT pg_backend_pid()")[0][0]
            self.commit(connection)
            self.query(other, f"SELECT pg_terminate_backend({pid})")
            self.commit(other)
            with self.assertRaises(repoint.UnreachableError) as caught:
                store.versions()
            self.assertIsInstance(caught.exception.__cause__, self.errors)


@unittest.skipUnless(has("psycopg2") and os.environ.get("REPOINT_TEST_PGBOUNCER"), "no psycopg2, or no PgBouncer")
class PoolerTest(Psycopg2Test):
    """PgBouncer gives each transaction another connection to the server."""

    def connect(self):
        import psycopg2

        return psycopg2.connect(os.environ["REPOINT_TEST_PGBOUNCER"])

    def test_what_the_caller_has_set_is_set_afterwards(self):
        self.skipTest("through a pooler a session has no settings")

    def test_a_connection_that_the_server_ends_is_unreachable(self):
        self.skipTest("whose it is, the pooler alone knows")


@unittest.skipUnless(has("psycopg") and os.environ.get("REPOINT_TEST_POSTGRES"), "no psycopg, or no PostgreSQL")
class PsycopgTest(Psycopg2Test):
    @property
    def errors(self):
        import psycopg

        return psycopg.Error

    def connect(self):
        import psycopg

        return psycopg.connect(os.environ["REPOINT_TEST_POSTGRES"])


@unittest.skipUnless(has("pymysql") and os.environ.get("REPOINT_TEST_MARIADB"), "no pymysql, or no MariaDB")
class PyMySQLTest(ConnectionTest, unittest.TestCase):
    can_stop = False

    @property
    def errors(self):
        import pymysql

        return pymysql.err.Error

    def connect(self, flags=2):
        import pymysql

        parts, options = server("REPOINT_TEST_MARIADB")
        return pymysql.connect(
            user=parts.username, unix_socket=options["socket"], database=parts.path[1:], client_flag=flags
        )

    def close(self, connection):
        if connection.open:
            connection.close()

    def make_empty(self):
        self.query(self.connection, "DROP SCHEMA IF EXISTS sqlmesh")

    def test_what_the_caller_has_set_is_set_afterwards(self):
        ask = "SELECT @@sql_mode, @@autocommit, @@innodb_lock_wait_timeout, @@lock_wait_timeout, @@tx_isolation"
        before = self.query(self.connection, ask)
        self.commit(self.connection)
        with self.open(create=True) as store:
            store.import_state(SHOP)
            self.assertEqual(self.query(self.connection, ask), before)

    def test_a_connection_that_counts_otherwise_is_refused(self):
        connection = self.connect(flags=0)
        self.addCleanup(self.close, connection)
        with self.assertRaises(repoint.InvalidError) as caught:
            self.open(connection, create=True)
        self.assertIn("FOUND_ROWS", str(caught.exception))


class StrangersTest(unittest.TestCase):
    def test_what_is_no_connection_is_refused(self):
        for stranger in (None, 7, object(), b"sqlite:shop.db", sqlite3, Path("shop.db")):
            with self.assertRaises((repoint.InvalidError, TypeError)):
                repoint.Store(stranger)

    def test_a_class_of_the_callers_own_is_known_by_what_it_is_derived_from(self):
        class Connection(sqlite3.Connection):
            pass

        connection = sqlite3.connect(":memory:", factory=Connection)
        with repoint.Store(connection, create=True) as store:
            self.assertEqual(store.versions().schema_version, 102)
        connection.close()


if __name__ == "__main__":
    unittest.main()
