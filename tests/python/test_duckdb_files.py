"""DuckDB files in one process: nothing that the package offers loses a row, in whatever order it is done."""

import os
import random
import subprocess
import sys
import tempfile
import unittest
from pathlib import Path

import repoint
from repoint._calls import exception_of
from repoint._native import ffi, lib

try:
    import duckdb
except ImportError:
    print("skipped: the module duckdb is not installed")
    sys.exit(77)

SHOP = Path(__file__).resolve().parents[2] / "examples/shop/state.json"
LIBRARY = os.environ.get("REPOINT_DUCKDB_LIBRARY")


class FilesTest(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.path = str(Path(folder.name) / "shop.db")
        self.url = f"duckdb:{self.path}"

    def given_shop(self):
        with repoint.Store(self.url, create=True) as store:
            store.import_state(SHOP)

    def plan_ids(self):
        with duckdb.connect(self.path) as connection:
            return dict(connection.execute("SELECT name, plan_id FROM sqlmesh._environments").fetchall())

    def promote(self, store, plan_id):
        store.promote(store.environment("prod").new_plan(store.environment("dev").snapshots, plan_id=plan_id))

    # -- open before --

    def test_a_file_that_python_has_open_is_refused(self):
        self.given_shop()
        connection = duckdb.connect(self.path)
        connection.execute("CREATE TABLE orders AS SELECT 1 AS id")
        for _ in range(2):
            with self.assertRaises(repoint.RefusedError) as caught:
                repoint.Store(self.url)
            self.assertIn(self.path, str(caught.exception))
            self.assertIn("Store(connection)", str(caught.exception))
        with repoint.Store(connection) as store:
            self.promote(store, "next")
        connection.execute("INSERT INTO orders VALUES (2)")
        connection.close()
        with repoint.Store(self.url) as store:
            self.assertEqual(store.environment("prod").plan_id, "next")
        self.assertEqual(self.plan_ids()["prod"], "next")

    def test_whatever_it_is_called(self):
        self.given_shop()
        link = self.path + ".link"
        os.symlink(self.path, link)
        with duckdb.connect(self.path):
            for name in (link, os.path.relpath(self.path), f"{os.path.dirname(self.path)}/./shop.db"):
                with self.assertRaises(repoint.RefusedError):
                    repoint.Store(f"duckdb:{name}")
        with repoint.Store(f"duckdb:{link}") as one, repoint.Store(self.url) as two:
            self.promote(one, "first")
            self.assertEqual(two.environment("prod").plan_id, "first")

    def test_the_library_refuses_it_too(self):
        if not LIBRARY:
            self.skipTest("REPOINT_DUCKDB_LIBRARY names no library of DuckDB")
        self.given_shop()
        error, store = ffi.new("repoint_error *"), ffi.new("repoint_store **")
        with duckdb.connect(self.path):
            status = lib.repoint_store_open(self.url.encode(), ffi.NULL, store, error)
            self.assertEqual(status, lib.REPOINT_REFUSED)
            self.assertIsInstance(exception_of(error), repoint.RefusedError)
        self.assertEqual(lib.repoint_store_open(self.url.encode(), ffi.NULL, store, error), lib.REPOINT_OK)
        lib.repoint_store_close(store[0])

    # -- opened afterwards --

    def test_a_connection_made_afterwards_shares_the_file(self):
        for store_closes_first in (True, False):
            self.given_shop()
            store = repoint.Store(self.url)
            connection = duckdb.connect(self.path)
            connection.execute("CREATE OR REPLACE TABLE orders AS SELECT 1 AS id")
            self.promote(store, f"next {store_closes_first}")
            seen = connection.execute("SELECT plan_id FROM sqlmesh._environments WHERE name = 'prod'").fetchall()
            self.assertEqual(seen, [(f"next {store_closes_first}",)])
            connection.execute("INSERT INTO orders VALUES (2)")
            if store_closes_first:
                store.close()
                connection.execute("INSERT INTO orders VALUES (3)")
                connection.close()
            else:
                connection.close()
                self.promote(store, "the last")
                store.close()
            with duckdb.connect(self.path) as after:
                orders = after.execute("SELECT count(*) FROM orders").fetchall()
            self.assertEqual(orders, [(3 if store_closes_first else 2,)])
            self.assertEqual(
                self.plan_ids()["prod"], f"next {store_closes_first}" if store_closes_first else "the last"
            )

    def test_the_library_stops_writing_when_another_instance_has_the_file(self):
        """Who uses the library below the package, and then opens the file by Python's module."""
        if not LIBRARY:
            self.skipTest("REPOINT_DUCKDB_LIBRARY names no library of DuckDB")
        self.given_shop()
        error, store, found = ffi.new("repoint_error *"), ffi.new("repoint_store **"), ffi.new("bool *")
        self.assertEqual(lib.repoint_store_open(self.url.encode(), ffi.NULL, store, error), lib.REPOINT_OK)
        with duckdb.connect(self.path):
            status = lib.repoint_environment_invalidate(store[0], b"dev", False, found, error)
            self.assertEqual(status, lib.REPOINT_REFUSED)
            self.assertIn(self.path, str(exception_of(error)))
        status = lib.repoint_environment_invalidate(store[0], b"dev", False, found, error)
        self.assertEqual(status, lib.REPOINT_OK)
        lib.repoint_store_close(store[0])

    # -- what is wrong with a file --

    def test_what_is_wrong_with_a_file_is_said_as_the_library_says_it(self):
        with self.assertRaises(repoint.UnreachableError):
            repoint.Store(self.url)
        self.assertFalse(os.path.exists(self.path))
        with self.assertRaises(repoint.NotAStoreError):
            repoint.Store(f"duckdb:{os.path.dirname(self.path)}")
        Path(self.path).write_text("order;amount\n" * 100)
        with self.assertRaises(repoint.NotAStoreError):
            repoint.Store(self.url)
        self.assertTrue(Path(self.path).read_text().startswith("order"))
        for url in ("duckdb:", "duckdb::memory:"):
            with self.assertRaises(repoint.InvalidError):
                repoint.Store(url)

    def test_a_file_that_another_process_has_open_is_busy(self):
        self.given_shop()
        program = f"import duckdb; c = duckdb.connect({self.path!r}); print('open', flush=True); input()"
        with subprocess.Popen(
            [sys.executable, "-c", program], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        ) as other:
            self.assertEqual(other.stdout.readline(), "open\n")
            with self.assertRaises(repoint.BusyError) as caught:
                repoint.Store(self.url, busy_timeout=0.1)
            self.assertIn(str(other.pid), str(caught.exception))
            other.communicate("\n")
        repoint.Store(self.url).close()

    # -- at random --

    def test_whatever_is_done_in_whatever_order_every_row_is_there(self):
        seed = int(os.environ.get("REPOINT_SEED") or 1)
        rounds = 200 if os.environ.get("REPOINT_SOAK") else 10
        for number in range(rounds):
            with self.subTest(seed=seed, round=number):
                Story(self, random.Random(f"{seed} {number}")).run(40)
        print(f"share: {rounds} of 200 stories of 40 steps with DuckDB files, seed {seed}")


class Story:
    """Somebody who opens, writes and closes one file in every way there is, and notes what was acknowledged."""

    def __init__(self, test, chance):
        self.test = test
        self.chance = chance
        self.stores, self.connections, self.given = [], [], []
        self.orders, self.plan, self.refused = set(), None, 0

    def run(self, steps):
        for name in (self.test.path, self.test.path + ".wal"):
            Path(name).unlink(missing_ok=True)
        self.test.given_shop()
        with duckdb.connect(self.test.path) as connection:
            connection.execute("CREATE TABLE orders (id INTEGER)")
        actions = (self.open_store, self.connect, self.open_given, self.close_one, self.write_order, self.write_plan)
        for step in range(steps):
            self.chance.choice(actions)(step)
        while self.close_one(None):
            pass
        with duckdb.connect(self.test.path) as connection:
            orders = {row[0] for row in connection.execute("SELECT id FROM orders").fetchall()}
        self.test.assertEqual(orders, self.orders)
        if self.plan is not None:
            self.test.assertEqual(self.test.plan_ids()["prod"], self.plan)

    def open_store(self, _):
        try:
            self.stores.append(repoint.Store(self.test.url))
        except repoint.RefusedError:
            self.test.assertTrue(self.connections)
            self.refused += 1

    def connect(self, _):
        self.connections.append(duckdb.connect(self.test.path))

    def open_given(self, _):
        if self.connections:
            self.given.append(repoint.Store(self.chance.choice(self.connections)))

    def close_one(self, _):
        kinds = [kind for kind in (self.given, self.stores, self.connections) if kind]
        if not kinds:
            return False
        kind = self.chance.choice(kinds)
        closing = kind.pop(self.chance.randrange(len(kind)))
        if kind is self.connections:
            for store in self.given:  # which may be on it
                store.close()
            self.given.clear()
        closing.close()
        return True

    def write_order(self, step):
        if self.connections:
            self.chance.choice(self.connections).execute("INSERT INTO orders VALUES (?)", [step])
            self.orders.add(step)

    def write_plan(self, step):
        if self.stores or self.given:
            plan = f"plan {step}"
            self.test.promote(self.chance.choice(self.stores + self.given), plan)
            self.plan = plan


if __name__ == "__main__":
    unittest.main()
