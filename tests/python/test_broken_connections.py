"""Connections whose statements raise: at every call once, before it took effect or after, by whatever exception."""

import contextlib
import os
import signal
import sqlite3
import tempfile
import threading
import unittest
from pathlib import Path

import repoint

SHOP = Path(__file__).resolve().parents[2] / "examples/shop/state.json"
NOW = 1767700800000  # 2026-01-06 12:00 UTC


class Boom(Exception):
    pass


class Cursor(sqlite3.Cursor):
    def execute(self, sql, *values):
        connection = self.connection
        connection.count += 1
        breaks = connection.count == connection.at
        if breaks and not connection.after:
            connection.broke = sql
            raise connection.exception("it broke on purpose")
        result = super().execute(sql, *values)
        if breaks:
            connection.broke = sql
            raise connection.exception("it broke on purpose")
        return result


class Connection(sqlite3.Connection):
    count, at, after, exception, broke = 0, 0, False, Boom, None

    def cursor(self, factory=Cursor):
        return super().cursor(factory)


def dump(path):
    with contextlib.closing(sqlite3.connect(path)) as connection:
        return list(connection.iterdump())


class BrokenTest(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.path = Path(folder.name) / "shop.db"
        with repoint.Store(f"sqlite:{self.path}", create=True, now=lambda: NOW) as store:
            store.import_state(SHOP)
        self.contents = self.path.read_bytes()
        self.before = dump(self.path)
        self.connections = []

    def connect(self, factory=Connection):
        connection = sqlite3.connect(self.path, factory=factory, timeout=1)
        self.addCleanup(connection.close)
        self.connections.append(connection)
        return connection

    def restore(self):
        while self.connections:
            self.connections.pop().close()
        for ending in ("-wal", "-shm"):
            Path(f"{self.path}{ending}").unlink(missing_ok=True)
        self.path.write_bytes(self.contents)

    def promote(self, store):
        store.promote(store.environment("prod").new_plan(store.environment("dev").snapshots, plan_id="next"))

    def run_once(self, exception, at, after):
        """Gives the exception that came out, None for none, and the connection."""
        self.restore()
        connection = self.connect()
        with repoint.Store(connection, now=lambda: NOW) as store:
            connection.count, connection.at, connection.after, connection.exception = 0, at, after, exception
            try:
                self.promote(store)
                return None, connection
            except BaseException as caught:  # noqa: BLE001 - it is looked at
                connection.at = 0
                self.assertFalse(connection.in_transaction)
                self.assertEqual(connection.isolation_level, "")
                at_commit = after and connection.broke == "COMMIT"
                plan_id = store.environment("prod").plan_id  # the store goes on
                self.assertEqual(plan_id == "next", at_commit, connection.broke)
                self.assertEqual(dump(self.path) == self.before, not at_commit)
                return caught, connection

    def sweep(self, exception, check):
        for after in (False, True):
            at = 1
            while True:
                caught, connection = self.run_once(exception, at, after)
                if connection.broke is None:
                    self.assertIsNone(caught)
                    break
                check(caught, connection)
                at += 1
            self.assertGreater(at, 8)

    def test_an_exception_is_the_cause_of_the_librarys(self):
        def check(caught, connection):
            self.assertIsInstance(caught, repoint.RepointError, connection.broke)
            self.assertIsInstance(caught.__cause__, Boom)
            self.assertIn("it broke on purpose", str(caught))

        self.sweep(Boom, check)

    def test_an_error_of_the_module_too(self):
        def check(caught, connection):
            self.assertIsInstance(caught, repoint.RepointError, connection.broke)
            self.assertIsInstance(caught.__cause__, sqlite3.OperationalError)

        self.sweep(sqlite3.OperationalError, check)

    def test_what_is_to_end_the_program_comes_out_as_it_is(self):
        for exception in (KeyboardInterrupt, SystemExit):
            self.sweep(exception, lambda caught, connection, kind=exception: self.assertIsInstance(caught, kind))

    def test_a_key_that_exists_is_a_conflict(self):
        class Duplicate(sqlite3.IntegrityError):
            sqlite_errorcode = sqlite3.SQLITE_CONSTRAINT if hasattr(sqlite3, "SQLITE_CONSTRAINT") else 19

        caught, _ = self.run_once(Duplicate, 5, False)
        self.assertIsInstance(caught, repoint.ConflictError)

    def test_a_value_that_is_no_text_comes_as_text(self):
        connection = self.connect(sqlite3.Connection)
        connection.text_factory = bytes
        with repoint.Store(connection) as store:
            self.assertEqual(store.environment("prod").name, "prod")

    def test_ctrl_c_ends_a_long_statement(self):
        connection = self.connect(sqlite3.Connection)
        with repoint.Store(connection) as store:
            connection.execute("ALTER TABLE _environments RENAME TO _stored")
            connection.execute(
                "CREATE VIEW _environments AS"
                " WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 900)"
                " SELECT e.* FROM _stored e, n a, n b, n c, n d WHERE a.i + b.i + c.i + d.i < 0"
            )
            connection.commit()
            began = threading.Event()

            def interrupt():
                began.wait()
                while not ended.is_set():
                    os.kill(os.getpid(), signal.SIGINT)
                    ended.wait(0.2)

            ended = threading.Event()
            thread = threading.Thread(target=interrupt)
            thread.start()
            try:
                began.set()
                store.environment("prod")
                self.fail("it has ended by itself")
            except KeyboardInterrupt:
                pass
            finally:
                while True:
                    try:
                        ended.set()
                        thread.join()
                        break
                    except KeyboardInterrupt:
                        continue
            self.assertEqual(store.versions().schema_version, 102)


if __name__ == "__main__":
    unittest.main()
