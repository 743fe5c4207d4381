"""The shop of examples/shop as a place to run commands in: the tables, the views and the state of a real morning.

REPOINT_PROGRAM is the path of the program.
"""

import json
import os
import shutil
import sqlite3
import subprocess
import sys
import tempfile
import unittest
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
