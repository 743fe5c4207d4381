"""SQLMesh's own commands on a project whose state repoint keeps, and on its twin, whose state SQLMesh keeps.

Both states are in one PostgreSQL, each in a schema of its own; both warehouses are DuckDB files. The twins do the same
at the same frozen times. What they print of data, and every row that they leave, must be the same. And once more with
each state in its warehouse, where repoint changes the views, too, in one transaction.
"""

import json
import logging
import os
import re
import sys
import tempfile
import unittest
import urllib.parse
from pathlib import Path

TESTS = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(TESTS / "conformance"), str(TESTS / "sqlmesh")]

if not os.environ.get("REPOINT_TEST_POSTGRES_TCP"):
    print("skipped: REPOINT_TEST_POSTGRES_TCP is not set")
    sys.exit(77)

import duckdb  # noqa: E402
import psycopg2  # noqa: E402
import time_machine  # noqa: E402
from click.testing import CliRunner  # noqa: E402
from databases import TABLES, rows_of, unquoted  # noqa: E402
from shop_project import ShopProject  # noqa: E402
from sqlmesh.cli.main import cli  # noqa: E402
from sqlmesh.core.console import NoopConsole, set_console  # noqa: E402
from state_file import assert_same  # noqa: E402

SERVER = urllib.parse.urlsplit(os.environ["REPOINT_TEST_POSTGRES_TCP"])
STATE = {
    "type": "postgres",
    "host": SERVER.hostname,
    "port": SERVER.port,
    "user": unquoted(SERVER.username),
    "password": unquoted(SERVER.password),
    "database": SERVER.path.lstrip("/"),
}
WITH_REPOINT = """
from pathlib import Path

from repoint.sqlmesh import RepointSchedulerConfig
from sqlmesh.core.config import Config
from sqlmesh.core.config.loader import load_config_from_yaml

settings = load_config_from_yaml(Path(__file__).parent / "project.yaml")
config = Config(**settings, default_scheduler=RepointSchedulerConfig())
"""
WITH_ATOMIC_VIEWS = WITH_REPOINT.replace("RepointSchedulerConfig()", "RepointSchedulerConfig(atomic_views=True)")
# The ids and the times that no two runs have in common.
RANDOM_ID = re.compile(r"\b[0-9a-f]{32}\b")


class Twin:
    def __init__(self, folder, schema, with_repoint):
        self.project = ShopProject.create(folder)
        self.folder = folder
        self.schema = schema
        config = folder / "config.yaml"
        text = config.read_text(encoding="utf-8")
        old = f"state_connection: {{type: duckdb, database: {folder}/state.db}}"
        assert old in text
        new = f"state_connection: {json.dumps(STATE)}\n    state_schema: {schema}"
        config.write_text(text.replace(old, new), encoding="utf-8")
        if with_repoint:
            self.configure(WITH_REPOINT)

    def configure(self, text):
        (self.folder / "config.yaml").rename(self.folder / "project.yaml")
        (self.folder / "config.py").write_text(text, encoding="utf-8")

    def do(self, time, *words, input=None):
        with time_machine.travel(time + "+00:00", tick=True):
            result = CliRunner().invoke(cli, ["--paths", str(self.folder), *words], input=input, catch_exceptions=False)
        set_console(NoopConsole())
        return result

    def state(self):
        """Every row of the state; random ids by the order in which they come, times of writing by the second."""
        connection = psycopg2.connect(os.environ["REPOINT_TEST_POSTGRES_TCP"])
        with connection, connection.cursor() as cursor:

            def fetch(sql):
                cursor.execute(sql)
                return cursor.fetchall()

            tables = {table: rows_of(fetch, f"{self.schema}.", table) for table in TABLES}
        connection.close()
        return self.without_chance(tables)

    def without_chance(self, tables):
        ids = {}
        for row in tables["_environments"]:
            for column in ("plan_id", "previous_plan_id"):
                ids.setdefault(row[column], f"id {len(ids)}")
        return {table: sorted((plain(row, ids) for row in rows), key=str) for table, rows in tables.items()}

    def warehouse(self):
        """What readers see: each view's rows."""
        with duckdb.connect(str(self.folder / "warehouse.db")) as connection:
            views = connection.execute(
                "SELECT schema_name, view_name FROM duckdb_views() WHERE NOT internal ORDER BY ALL"
            ).fetchall()
            return {
                f"{schema}.{view}": sorted(
                    map(str, connection.execute(f'SELECT * FROM "{schema}"."{view}"').fetchall())
                )
                for schema, view in views
            }


class TwinApart(Twin):
    """Its views are to change in one transaction with its state, which cannot be: they are in two databases."""

    def configure(self, text):
        super().configure(WITH_ATOMIC_VIEWS)


class TwinInOne(Twin):
    """Its state is in the warehouse."""

    def __init__(self, folder, schema, with_repoint):
        self.project = ShopProject.create(folder)
        self.folder = folder
        config = folder / "config.yaml"
        text = config.read_text(encoding="utf-8")
        config.write_text(text.replace(f"state_connection: {{type: duckdb, database: {folder}/state.db}}", ""))
        if with_repoint:
            self.configure(WITH_ATOMIC_VIEWS)

    def state(self):
        with duckdb.connect(str(self.folder / "warehouse.db")) as connection:

            def fetch(sql):
                return connection.execute(sql).fetchall()

            return self.without_chance({table: rows_of(fetch, "sqlmesh.", table) for table in TABLES})


def plain(value, ids):
    if isinstance(value, dict):
        return {key: plain(one, ids) for key, one in value.items()}
    if isinstance(value, list):
        return sorted((plain(one, ids) for one in value), key=str)
    if isinstance(value, str):
        return RANDOM_ID.sub(lambda found: ids.get(found[0], "an id"), value)
    if isinstance(value, int) and not isinstance(value, bool) and value > 1_600_000_000_000 and value % 1000:
        return f"about {value // 60_000} min"  # the clock goes on while a command runs
    return value


class TwinsTest(unittest.TestCase):
    KIND = Twin

    def setUp(self):
        folder = tempfile.TemporaryDirectory(prefix="repoint-programs-")
        self.addCleanup(folder.cleanup)
        self.root = Path(folder.name)
        self.twins = [
            self.KIND(self.root / name / "shop", f"repoint_{os.getpid()}_{name}", with_repoint=name == "dropin")
            for name in ("alone", "dropin")
        ]

    def both(self, time, *words, code=0, input=None, same_output=False):
        """Both do it; the same state comes of it. Gives what the twin with repoint printed."""
        alone, dropin = (twin.do(time, *words, input=input) for twin in self.twins)
        for result in (alone, dropin):
            self.assertEqual(result.exit_code, code, f"{words}: {result.output}")
        if same_output:
            self.assertEqual(alone.output, dropin.output)
        self.compare(" ".join(words))
        return dropin.output

    def compare(self, what):
        expected, found = (twin.state() for twin in self.twins)
        assert_same(self, expected, found, f"the state after {what}")
        expected, found = (twin.warehouse() for twin in self.twins)
        self.assertEqual(expected, found, f"the views after {what}")

    def change(self, file, old, new):
        for twin in self.twins:
            twin.project.change(file, old, new)


class ServerTwinsTest(TwinsTest):
    def tearDown(self):
        connection = psycopg2.connect(os.environ["REPOINT_TEST_POSTGRES_TCP"])
        connection.autocommit = True
        for twin in self.twins:
            connection.cursor().execute(f"DROP SCHEMA IF EXISTS {twin.schema} CASCADE")
        connection.close()


class ProgramsTest(ServerTwinsTest):
    def test_a_projects_life(self):
        plan = ("plan", "--auto-apply", "--no-prompts", "--skip-tests")
        self.both("2026-01-05 06:00:00", *plan)
        self.both("2026-01-06 07:00:00", "run")

        self.change("models/orders.sql", "12.5::DOUBLE", "13.5::DOUBLE")
        self.change("models/order_items.sql", "amount / 2", "amount / 3")
        self.both("2026-01-06 09:00:00", "plan", "dev", *plan[1:])
        self.both("2026-01-06 09:10:00", "table_diff", "prod:dev", "shop.orders", "--on", "order_id", same_output=True)
        printed = self.both("2026-01-06 09:20:00", "environments")
        self.assertIn("dev", printed)
        self.both("2026-01-06 10:00:00", *plan)

        for twin in self.twins:
            result = twin.do(
                "2026-01-07 05:00:00", "state", "export", "-o", str(twin.folder / "state.json"), "--no-confirm"
            )
            self.assertEqual(result.exit_code, 0, result.output)
        self.both("2026-01-07 06:00:00", "run")
        self.both("2026-01-07 07:00:00", "invalidate", "dev")
        self.both("2026-01-07 08:00:00", "janitor")
        self.both("2026-01-20 08:00:00", "janitor")

        for twin in self.twins:
            path = str(twin.folder / "state.json")
            result = twin.do("2026-01-20 09:00:00", "state", "import", "-i", path, "--replace", "--no-confirm")
            self.assertEqual(result.exit_code, 0, result.output)
            self.assertIn("imported successfully", result.output)
        self.compare("state import")


class ApartTest(ServerTwinsTest):
    KIND = TwinApart

    def test_views_change_as_sqlmesh_changes_them_which_is_said_once(self):
        plan = ("plan", "--auto-apply", "--no-prompts", "--skip-tests")
        disabled = logging.root.manager.disable
        logging.disable(logging.NOTSET)
        self.addCleanup(logging.disable, disabled)
        with self.assertLogs("repoint.sqlmesh", "WARNING") as logs:
            self.both("2026-01-05 06:00:00", *plan)
            self.change("models/orders.sql", "12.5::DOUBLE", "13.5::DOUBLE")
            self.both("2026-01-06 09:00:00", "plan", "dev", *plan[1:])
            self.both("2026-01-06 10:00:00", *plan)
        warnings = [record.getMessage() for record in logs.records if record.levelno == logging.WARNING]
        self.assertEqual(len(warnings), 1, warnings)
        self.assertIn("one by one", warnings[0])
        self.assertIn("the state is in another database than the views", warnings[0])


class AtomicViewsTest(TwinsTest):
    KIND = TwinInOne

    def test_plans_leave_what_those_of_sqlmesh_leave(self):
        plan = ("plan", "--auto-apply", "--no-prompts", "--skip-tests")
        self.both("2026-01-05 06:00:00", *plan)
        self.both("2026-01-06 07:00:00", "run")

        self.change("models/orders.sql", "12.5::DOUBLE", "13.5::DOUBLE")  # breaking
        self.change("models/last_order.sql", "AS order_date\n", "AS order_date,\n  COUNT(*) AS orders\n")
        self.change("models/daily_revenue.sql", "'finance'", "'Buchhaltung'")  # metadata
        self.change("models/order_items.sql", "amount / 2", "amount / 3")  # forward-only
        self.both("2026-01-06 09:00:00", "plan", "dev", *plan[1:])
        self.both("2026-01-06 10:00:00", *plan)

        for twin in self.twins:
            (twin.folder / "models/visits.sql").unlink()
        self.both("2026-01-07 05:00:00", *plan)
        self.both("2026-01-07 06:00:00", "run")
        self.both("2026-01-07 07:00:00", *plan, "--restate-model", "shop.orders", "--start", "2026-01-03")
        self.both("2026-01-07 08:00:00", "invalidate", "dev")
        self.both("2026-01-20 08:00:00", "janitor")


if __name__ == "__main__":
    unittest.main()
