"""The shop of examples/shop as a place to run commands in: the tables, the views and the state of a real morning.

REPOINT_PROGRAM is the path of the program.
"""

import csv
import importlib.machinery
import importlib.util
import json
import os
import shutil
import sqlite3
import subprocess
import sys
import tempfile
import unittest
import urllib.parse
from pathlib import Path

PROGRAM = os.path.abspath(os.environ.get("REPOINT_PROGRAM", "repoint"))
SHOP = Path(__file__).parents[2] / "examples/shop"
NOW = "2026-01-06T10:00:00Z"

NEW_REVENUE = "daily_revenue@2150531761"
DAILY_REVENUE = '"fix_shop"."shop"."daily_revenue"'


class ShopTest(unittest.TestCase):
    """Each test has a directory of its own with shop.db: the warehouse, and once `open_shop` was called the state."""

    def setUp(self):
        self.directory = Path(tempfile.mkdtemp(prefix="repoint-shop-")).resolve()
        self.addCleanup(shutil.rmtree, self.directory)
        self.database = self.directory / "shop.db"
        self.environment = {
            name: value for name, value in os.environ.items() if not name.startswith("REPOINT_") and name != "NO_COLOR"
        }
        self.environment["REPOINT_STATE"] = f"sqlite:{self.database}"
        self.environment["REPOINT_NOW"] = NOW

    def open_shop(self):
        subprocess.run([sys.executable, str(SHOP / "load.py"), str(self.database)], check=True)
        self.succeed("init")
        self.succeed("import", str(SHOP / "state.json"))

    def run_program(self, *arguments, **more):
        return subprocess.run(
            [PROGRAM, *arguments],
            cwd=self.directory,
            env={**self.environment, **more.pop("environment", {})},
            stdin=more.pop("stdin", subprocess.DEVNULL),
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
            **more,
        )

    def succeed(self, *arguments, code=0, **more):
        result = self.run_program(*arguments, **more)
        self.assertEqual((result.returncode, result.stderr), (code, ""), arguments)
        return result.stdout

    def document(self, *arguments, **more):
        """What the command prints with -o json: exactly one document."""
        return json.loads(self.succeed(*arguments, "-o", "json", **more))

    def refuse(self, code, *arguments, **more):
        """What the command says on standard error; it exits with `code` and prints nothing on standard output."""
        result = self.run_program(*arguments, **more)
        self.assertEqual((result.returncode, result.stdout), (code, ""), (arguments, result.stderr))
        self.assertRegex(result.stderr, r"repoint: [^\n]*[^.\n]\n(hint: [^\n]*\n)?\Z")
        return result.stderr

    def refusal(self, code, *arguments, **more):
        """The same with -o json: the error object."""
        result = self.run_program(*arguments, "-o", "json", **more)
        self.assertEqual(result.returncode, code, (arguments, result.stderr))
        error = json.loads(result.stdout)["error"]
        self.assertEqual(error["exit"], code)
        return error

    def query(self, sql, *values):
        connection = sqlite3.connect(self.database)
        try:
            return connection.execute(sql, values).fetchall()
        finally:
            connection.close()

    def lock(self):
        """Another writer, who does not finish until it is closed."""
        holder = sqlite3.connect(self.database, isolation_level=None)
        self.addCleanup(holder.close)
        holder.execute("BEGIN IMMEDIATE")
        return holder

    def contents(self):
        """Everything that the database says, whatever its pages look like."""
        connection = sqlite3.connect(self.database)
        try:
            return list(connection.iterdump())
        finally:
            connection.close()

    def revenue_of_readers(self):
        return self.query('SELECT sql FROM sqlite_master WHERE name = ?', "shop.daily_revenue")[0][0]


class PostgresShop(ShopTest):
    """The same in a PostgreSQL database of its own; skipped, with the reason, where there is no server."""

    def setUp(self):
        super().setUp()
        server = os.environ.get("REPOINT_TEST_POSTGRES")
        if not server:
            print(f"skipped {self.id()}: REPOINT_TEST_POSTGRES is not set", file=sys.stderr)
            self.skipTest("REPOINT_TEST_POSTGRES is not set")
        self.server = server
        name = f"shop_{os.getpid()}_{self.id().rsplit('.', 1)[-1][:40]}".lower()
        self.psql(f'CREATE DATABASE "{name}"', url=server)
        self.addCleanup(self.psql, f'DROP DATABASE "{name}" WITH (FORCE)', url=server)
        parts = urllib.parse.urlsplit(server)
        self.url = urllib.parse.urlunsplit(parts._replace(path=f"/{name}"))
        self.environment["REPOINT_STATE"] = self.url

    def psql(self, sql, url=None):
        """The rows of the last statement, as lists of text."""
        result = subprocess.run(
            ["psql", "-XqAtF", "\t", "-v", "ON_ERROR_STOP=1", url or self.url],
            input=sql, capture_output=True, text=True, check=False, timeout=60,
        )
        self.assertEqual(result.returncode, 0, result.stderr)
        return [line.split("\t") for line in result.stdout.splitlines()]

    def query(self, sql):
        return self.psql(sql)

    def open_shop(self):
        loader = importlib.machinery.SourceFileLoader("load", str(SHOP / "load.py"))
        load = importlib.util.module_from_spec(importlib.util.spec_from_loader("load", loader))
        loader.exec_module(load)
        self.psql("\n".join(postgres_statements(load)))
        self.succeed("init")
        self.succeed("import", str(SHOP / "state.json"))

    def revenue_of_readers(self):
        return self.psql("SELECT pg_get_viewdef('shop.daily_revenue')")[0][0]


def postgres_statements(load):
    """What makes the shop of load.py in PostgreSQL, whose schemas are real."""
    yield "BEGIN; CREATE SCHEMA sqlmesh__shop; CREATE SCHEMA shop; CREATE SCHEMA shop__dev;"
    for table, columns in load.TABLES.items():
        yield f"CREATE TABLE sqlmesh__shop.{table} ({columns});"
        with (SHOP / "tables" / f"{table}.csv").open(encoding="utf-8", newline="") as file:
            _, *rows = csv.reader(file)
        for row in rows:
            values = ", ".join("NULL" if value == "" else "'" + value.replace("'", "''") + "'" for value in row)
            yield f"INSERT INTO sqlmesh__shop.{table} VALUES ({values});"
    yield load.ACTIVE_CUSTOMERS.replace('"sqlmesh__shop.', 'sqlmesh__shop."') + ";"
    for schema, tables in (("shop", load.PROD), ("shop__dev", load.DEV)):
        for model, table in tables.items():
            yield f"CREATE VIEW {schema}.{model} AS SELECT * FROM sqlmesh__shop.{table};"
    yield "COMMIT;"
