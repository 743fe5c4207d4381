"""Stores on connections that are open already: the same answers through each, and the connection left as it was.

The servers are those of scripts/servers; what is not there is skipped.
"""

import contextlib
import importlib.util
import json
import os
import re
import signal
import sqlite3
import sys
import tempfile
import threading
import time
import types
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


class TooLong(Exception):
    """What an alarm's handler raises."""


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
    waiting = None  # asks the server whether somebody waits for a lock
    after_ctrl_c = "goes on"

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
        """Where no other thread can end a statement, at its end, to which it comes when the lock is let go."""
        if self.waiting is None:
            self.skipTest("it does not wait for others' locks in statements")
        other = self.connect()
        self.addCleanup(self.close, other)
        with self.open(create=True, busy_timeout=60) as store:
            store.import_state(SHOP)
            draft = store.environment("prod").new_plan(store.environment("dev").snapshots)
            self.hold(other)
            ended = threading.Event()

            def interrupt():
                self.wait_until_it_waits(ended)
                store.interrupt()
                if not self.can_stop:
                    self.end(other)
                while not ended.wait(0.02):
                    store.interrupt()

            thread = threading.Thread(target=interrupt)
            thread.start()
            try:
                with self.assertRaises(repoint.InterruptedCallError):
                    store.promote(draft)
            finally:
                ended.set()
                thread.join()
                self.end(other)
            self.assertEqual(store.environment("prod").plan_id, draft.previous_plan_id)

    def wait_until_it_waits(self, ended):
        watcher = self.connect()
        try:
            while not self.query(watcher, self.waiting)[0][0]:
                self.end(watcher)
                if ended.wait(0.15):  # MariaDB shows who waits a tenth of a second after it was asked last
                    break
        finally:
            self.close(watcher)

    def test_ctrl_c_changes_nothing(self):
        """The lock is let go only where the statement has to come to its end."""
        if self.waiting is None:
            self.skipTest("it does not wait for others' locks in statements")
        for kind in (KeyboardInterrupt, TooLong):
            with self.subTest(kind.__name__):
                self.interrupted_by(kind)

    def interrupted_by(self, kind):
        def handler(number, frame):
            raise kind

        connection, other = self.connect(), self.connect()
        self.addCleanup(self.close, other)
        with self.open(connection, create=True, busy_timeout=60) as store:
            store.import_state(SHOP, replace=True)
            draft = store.environment("prod").new_plan(store.environment("dev").snapshots)
            self.hold(other)
            ended = threading.Event()

            def interrupt():
                self.wait_until_it_waits(ended)
                os.kill(os.getpid(), signal.SIGINT)
                if self.after_ctrl_c == "waits":
                    self.end(other)

            before = signal.signal(signal.SIGINT, handler)
            thread = threading.Thread(target=interrupt)
            thread.start()
            try:
                with self.assertRaises(kind):
                    store.promote(draft)
            finally:
                ended.set()
                thread.join()
                signal.signal(signal.SIGINT, before)
                self.end(other)
            if self.after_ctrl_c == "is closed":
                with self.assertRaises(repoint.UnreachableError):
                    store.versions()
            else:
                self.assertEqual(store.environment("prod").plan_id, draft.previous_plan_id)
                self.close(connection)
        with self.open(other) as store:
            self.assertEqual(store.environment("prod").plan_id, draft.previous_plan_id)
            store.promote(draft)


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
    waiting = "SELECT COUNT(*) > 0 FROM pg_locks WHERE NOT granted"

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


@unittest.skipUnless(has("pg8000") and os.environ.get("REPOINT_TEST_POSTGRES_TCP"), "no pg8000, or no PostgreSQL")
class PG8000Test(Psycopg2Test):
    can_stop = False
    after_ctrl_c = "is closed"

    @property
    def errors(self):
        import pg8000.exceptions

        return pg8000.exceptions.Error

    def connect(self):
        import pg8000.dbapi

        return pg8000.dbapi.connect(**self.place())

    def place(self):
        parts, _ = server("REPOINT_TEST_POSTGRES_TCP")
        return {
            "user": parts.username,
            "password": urllib.parse.unquote(parts.password),
            "host": parts.hostname,
            "port": parts.port,
            "database": parts.path[1:],
        }

    def close(self, connection):
        if connection._sock is not None:
            connection.close()

    def test_the_older_interface_is_known(self):
        import pg8000

        connection = pg8000.connect(**self.place())
        self.addCleanup(self.close, connection)
        pg8000.paramstyle, before = "named", pg8000.paramstyle
        try:
            with self.open(connection, create=True) as store:
                self.assertEqual(Steps(store).run()[0][0].environments, 2)
        finally:
            pg8000.paramstyle = before


@unittest.skipUnless(has("pymysql") and os.environ.get("REPOINT_TEST_MARIADB"), "no pymysql, or no MariaDB")
class PyMySQLTest(ConnectionTest, unittest.TestCase):
    can_stop = False
    waiting = "SELECT COUNT(*) > 0 FROM information_schema.innodb_trx WHERE trx_state = 'LOCK WAIT'"
    after_ctrl_c = "is closed"

    @property
    def errors(self):
        import pymysql

        return pymysql.err.Error

    def connect(self, flags=2, charset="utf8mb4"):
        import pymysql

        return pymysql.connect(**self.place(), client_flag=flags, charset=charset)

    def place(self):
        parts, options = server("REPOINT_TEST_MARIADB")
        return {"user": parts.username, "unix_socket": options["socket"], "database": parts.path[1:]}

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

    def test_a_connection_that_has_not_every_character_is_refused(self):
        connection = self.connect(charset="latin1")
        self.addCleanup(self.close, connection)
        with self.assertRaises(repoint.InvalidError) as caught:
            self.open(connection, create=True)
        self.assertIn("utf8mb4", str(caught.exception))

    def test_a_connection_that_the_server_ends_is_unreachable(self):
        connection, other = self.connect(), self.connect()
        self.addCleanup(self.close, other)
        with self.open(connection, create=True) as store:
            id = self.query(connection, "SELECT CONNECTION_ID()")[0][0]
            self.commit(connection)
            self.query(other, f"KILL {id}")
            with self.assertRaises(repoint.UnreachableError) as caught:
                store.versions()
            self.assertIsInstance(caught.exception.__cause__, self.errors)


@unittest.skipUnless(has("MySQLdb") and os.environ.get("REPOINT_TEST_MARIADB"), "no mysqlclient, or no MariaDB")
class MySQLClientTest(PyMySQLTest):
    after_ctrl_c = "waits"

    @property
    def errors(self):
        import MySQLdb

        return MySQLdb.Error

    def connect(self, flags=2, charset="utf8mb4"):
        import MySQLdb

        return MySQLdb.connect(**self.place(), client_flag=flags, charset=charset)

    def test_the_answer_of_a_statement_that_was_interrupted_is_not_the_next_ones(self):
        connection = self.connect()
        self.addCleanup(self.close, connection)
        with self.open(connection, create=True) as store:
            self.query(connection, "CREATE OR REPLACE VIEW sqlmesh.slow AS SELECT SLEEP(0.2) AS waited, 102 AS answer")
            self.commit(connection)
            adapter = store._idle[0].given.adapter
            threading.Timer(0.1, os.kill, (os.getpid(), signal.SIGINT)).start()
            with self.assertRaises(KeyboardInterrupt):
                adapter.read("SELECT waited, answer FROM sqlmesh.slow", [])
            self.assertEqual(store.versions().schema_version, 102)


@unittest.skipUnless(
    has("mysql") and has("mysql.connector") and os.environ.get("REPOINT_TEST_MARIADB"),
    "no mysql-connector-python, or no MariaDB",
)
class ConnectorTest(PyMySQLTest):
    @property
    def errors(self):
        import mysql.connector

        return mysql.connector.Error

    def connect(self, flags=2, charset="utf8mb4"):
        import mysql.connector

        flags = [flags] if flags else None
        return mysql.connector.connect(**self.place(), client_flags=flags, charset=charset, use_pure=True)

    def close(self, connection):
        connection.close()

    def test_a_connection_of_a_pool_is_known(self):
        from mysql.connector.pooling import MySQLConnectionPool

        pool = MySQLConnectionPool(pool_size=1, pool_name="shop", client_flags=[2], use_pure=True, **self.place())
        connection = pool.get_connection()
        self.assertFalse(connection.autocommit)
        with self.open(connection, create=True) as store:
            self.assertEqual(store.versions().schema_version, 102)
        self.assertFalse(connection.autocommit)
        connection.close()


# ---- modules that nobody has heard of ----


def strange(inner, error, interface_error, paramstyle, **attributes):
    """A connection of a module of its own, which hands everything to another one's."""
    name = "strange_" + paramstyle
    module = sys.modules[name] = types.ModuleType(name)
    module.paramstyle, module.Error, module.InterfaceError = paramstyle, error, interface_error

    class Connection:
        __module__ = name

        def cursor(self):
            return inner.cursor()

        def execute(self, sql):
            return inner.execute(sql)

        def commit(self):
            inner.commit()

        def rollback(self):
            inner.rollback()

        def close(self):
            inner.close()

    connection = Connection()
    vars(connection).update(attributes)
    return connection


class StrangeTest:
    """Its connections are in autocommit mode, and the store is told their database."""

    can_stop = False
    waiting = None

    def open(self, connection=None, **options):
        return super().open(connection, dialect=self.dialect, **options)

    def close(self, connection):
        with contextlib.suppress(self.errors):
            connection.close()

    def end(self, connection):
        with contextlib.suppress(self.errors):
            self.query(connection, "ROLLBACK")

    def commit(self, connection):
        pass

    def test_what_the_caller_has_set_is_set_afterwards(self):
        self.skipTest("nothing is changed")


class StrangeSqliteTest(StrangeTest, SqliteTest):
    dialect = "sqlite"
    paramstyle = "qmark"

    def connect(self):
        inner = super().connect()
        inner.isolation_level = None
        return strange(inner, sqlite3.Error, sqlite3.InterfaceError, self.paramstyle)

    def test_another_thread_is_refused_as_sqlite3_does(self):
        self.skipTest("how the module says it, nobody knows")


class NumericCursor(sqlite3.Cursor):
    """sqlite3 itself takes :2 for a name."""

    def execute(self, sql, values=()):
        return super().execute(re.sub(r":(\d+)", r"?\1", sql), values)


class StrangeNumericTest(StrangeSqliteTest):
    paramstyle = "numeric"

    def connect(self):
        connection = super().connect()
        cursor = connection.cursor().connection.cursor
        connection.cursor = lambda: cursor(NumericCursor)
        return connection


class StrangeNamedTest(StrangeSqliteTest):
    paramstyle = "named"


class DuckDBCursor:
    """DuckDB's own cursors are connections."""

    rowcount = -1

    def __init__(self, connection):
        self.execute = connection.execute
        self.fetchall = connection.fetchall
        self.connection = connection

    @property
    def description(self):
        return self.connection.description

    def close(self):
        pass


class StrangeDuckDBTest(StrangeTest, DuckDBTest):
    dialect = "duckdb"

    def connect(self):
        inner = super().connect()
        connection = strange(inner, self.errors, self.errors, "numeric_dollar")
        connection.cursor = lambda: DuckDBCursor(inner)
        return connection

    def query(self, connection, sql):
        return DuckDBTest.query(self, connection.cursor(), sql)


class StrangePostgresTest(StrangeTest, Psycopg2Test):
    dialect = "postgres"

    def connect(self):
        import psycopg2

        inner = super().connect()
        inner.autocommit = True
        return strange(inner, psycopg2.Error, psycopg2.InterfaceError, "pyformat")

    def begin(self, connection):
        self.query(connection, "BEGIN")

    def test_an_error_of_the_callers_transaction_is_not_rolled_back(self):
        with self.open(create=True) as store:
            self.begin(self.connection)
            with self.assertRaises(self.errors):
                self.query(self.connection, "SELECT 1 / 0")
            with self.assertRaises(repoint.RefusedError):
                store.versions()
            self.end(self.connection)
            self.assertEqual(store.versions().schema_version, 102)


class StrangeMariaDBTest(StrangeTest, PyMySQLTest):
    dialect = "mariadb"

    def connect(self, flags=2, charset="utf8mb4"):
        import pymysql

        inner = super().connect(flags, charset)
        inner.autocommit(True)
        return strange(inner, pymysql.err.Error, pymysql.err.InterfaceError, "format")

    def test_a_connection_that_counts_otherwise_is_refused(self):
        self.skipTest("a connection does not tell")

    def test_a_connection_that_has_not_every_character_is_refused(self):
        self.skipTest("a connection does not tell")


class StrangersTest(unittest.TestCase):
    def test_what_is_no_connection_is_refused(self):
        for stranger in (None, 7, object(), b"sqlite:shop.db", sqlite3, Path("shop.db")):
            with self.assertRaises((repoint.InvalidError, TypeError)):
                repoint.Store(stranger)

    def refused(self, connection, **options):
        with self.assertRaises(repoint.InvalidError) as caught:
            repoint.Store(connection, **options)
        return f"{caught.exception} {caught.exception.hint}"

    def test_of_a_module_that_is_not_known_the_dialect_is_asked_for(self):
        inner = sqlite3.connect(":memory:")
        self.addCleanup(inner.close)
        connection = strange(inner, sqlite3.Error, sqlite3.InterfaceError, "qmark")
        self.assertIn('dialect="postgres"', self.refused(connection))
        self.assertIn("oracle", self.refused(connection, dialect="oracle"))
        self.assertIn("to sqlite", self.refused(inner, dialect="postgres"))
        self.assertIn("URL", self.refused("memory:", dialect="sqlite"))
        self.assertIn(
            "in autocommit",
            self.refused(strange(inner, sqlite3.Error, sqlite3.Error, "qmark", autocommit=False), dialect="sqlite"),
        )
        self.assertIn(
            "paramstyle 'stars'", self.refused(strange(inner, sqlite3.Error, sqlite3.Error, "stars"), dialect="sqlite")
        )
        self.assertIn("no paramstyle", self.refused(types.SimpleNamespace(cursor=inner.cursor), dialect="sqlite"))

    def test_a_class_of_the_callers_own_is_known_by_what_it_is_derived_from(self):
        class Connection(sqlite3.Connection):
            pass

        connection = sqlite3.connect(":memory:", factory=Connection)
        with repoint.Store(connection, create=True) as store:
            self.assertEqual(store.versions().schema_version, 102)
        connection.close()


if __name__ == "__main__":
    unittest.main()
