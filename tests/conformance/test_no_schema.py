"""State tables without a schema, which SQLMesh calls `state_schema: ''`: where names without one go.

A database of the test's own on each server, so that nobody else's tables are there.
"""

import contextlib
import datetime
import json
import os
import subprocess
import sys
import tempfile
import unittest
import urllib.parse
import warnings
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "sqlmesh"))

from databases import Program, Side, find, unquoted  # noqa: E402
from program import PROGRAM, Refused, own_environment  # noqa: E402
from sqlmesh.core.config.connection import (  # noqa: E402
    DuckDBConnectionConfig,
    MySQLConnectionConfig,
    PostgresConnectionConfig,
)
from sqlmesh.core.state_sync.export_import import import_state  # noqa: E402
from state_file import HISTORY, read  # noqa: E402

TABLES = {"_auto_restatements", "_environment_statements", "_environments", "_intervals", "_snapshots", "_versions"}
TABLES_IN = "SELECT table_name FROM information_schema.tables WHERE table_schema = '{}'"


class WithoutSchema:
    """What holds on each database. `side` is a store without a schema, in which there is nothing yet."""

    def setUp(self):
        warnings.filterwarnings("ignore")
        database, reason = find(self.name)
        if database is None:
            self.skipTest(reason)
        folder = tempfile.TemporaryDirectory(prefix="repoint-no-schema-")
        self.addCleanup(folder.cleanup)
        self.folder = Path(folder.name)
        self.side = self.new_side(database)
        self.addCleanup(self.side.close)

    def tables_in(self, schema):
        """SQLMesh's: the command promote makes repoint's own beside them."""
        with self.side.sqlmesh() as state_sync:
            rows = state_sync.engine_adapter.fetchall(TABLES_IN.format(schema))
        return {row[0] for row in rows if not row[0].startswith("_repoint_")}

    def plans_by_sqlmesh(self):
        with self.side.sqlmesh() as state_sync:
            return {environment.name: environment.plan_id for environment in state_sync.get_environments()}

    def plans_by_repoint(self, repoint):
        self.side.close()
        return {row["name"]: row["plan_id"] for row in repoint("environments")["environments"]}

    def test_a_store_of_ours(self):
        repoint = self.side.repoint()
        repoint("import", str(HISTORY))
        self.assertEqual(self.tables_in(self.own_schema), TABLES)
        self.assertEqual(self.tables_in("sqlmesh"), set())
        plans = self.plans_by_repoint(repoint)
        self.assertEqual(self.plans_by_sqlmesh(), plans)
        self.side.close()
        self.assertFalse(repoint("init")["created"])
        for words in (["promote", "prod", "--from", "dev"], ["finalize", "prod"], ["intervals", "compact"],
                      ["janitor", "--ignore-ttl"], ["invalidate", "dev"]):  # fmt: skip
            repoint(*words)
        exported = read(repoint.export_state(self.folder / "exported.json"))
        self.assertEqual(exported["environments"]["prod"]["environment"]["plan_id"], self.plans_by_sqlmesh()["prod"])

    def test_a_store_of_sqlmesh(self):
        with self.side.sqlmesh() as state_sync:
            state_sync.migrate()
            import_state(state_sync, HISTORY)
        repoint = self.side.repoint()
        plans = self.plans_by_repoint(repoint)
        self.assertEqual(plans, self.plans_by_sqlmesh())
        self.side.close()
        repoint("promote", "prod", "--from", "dev")
        self.assertNotEqual(self.plans_by_sqlmesh()["prod"], plans["prod"])
        self.assertEqual(self.tables_in(self.own_schema), TABLES)

    def test_the_default_schema_is_another_store(self):
        self.side.repoint()
        result = self.run_program("environments", "-o", "json", "--state", self.side.url)
        self.assertEqual(json.loads(result.stdout)["error"]["code"], "not_a_store")

    def run_program(self, *words):
        return subprocess.run(
            [PROGRAM, *words], cwd=self.folder, env=own_environment(), capture_output=True, text=True, check=False
        )

    def test_in_the_configuration_file(self):
        self.side.repoint()("import", str(HISTORY))
        for empty in ("''", '""'):
            settings = f"state:\n  url: {json.dumps(self.side.url)}\n  schema: {empty}\n"
            (self.folder / "repoint.yaml").write_text(settings, encoding="utf-8")
            result = self.run_program("environment", "prod", "-o", "json")
            self.assertEqual(result.returncode, 0, result.stdout + result.stderr)

    def test_through_the_library(self):
        repoint = self.side.repoint()
        repoint("import", str(HISTORY))
        repoint.now = datetime.datetime(2026, 1, 1, tzinfo=datetime.timezone.utc)
        name = json.loads(HISTORY.read_text(encoding="utf-8"))["snapshots"][0]["name"]
        answer = repoint.verb("nodes_exist", names=[name, "nothing"], exclude_external=False)
        self.assertEqual(answer, [name])

    def test_reset_and_rollback_find_their_tables(self):
        repoint = self.side.repoint()
        repoint("import", str(HISTORY))
        with self.assertRaises(Refused):
            repoint("migrate", "--rollback")
        repoint("reset", "--yes")
        self.assertEqual(self.plans_by_repoint(repoint), {})
        self.assertEqual(self.tables_in(self.own_schema), TABLES)


class OnAServer(WithoutSchema):
    """In a database of its own."""

    def new_side(self, database):
        self.database = f"repoint_no_schema_{os.getpid()}"
        self.administer(database, f"DROP DATABASE IF EXISTS {self.database}", f"CREATE DATABASE {self.database}")
        self.addCleanup(self.administer, database, f"DROP DATABASE {self.database}")
        parts = urllib.parse.urlsplit(database.url)
        url = urllib.parse.urlunsplit(parts._replace(path=f"/{self.database}"))
        config = self.config(
            host=parts.hostname,
            port=parts.port,
            user=unquoted(parts.username),
            password=unquoted(parts.password),
            database=self.database,
        )
        return Side(self.folder, url, "", config.create_engine_adapter)

    def administer(self, database, *statements):
        adapter = database.new_adapter()
        with contextlib.closing(adapter):
            if self.name == "postgres":
                adapter.connection.autocommit = True
            for statement in statements:
                adapter.cursor.execute(statement)


class OnPostgres(OnAServer, unittest.TestCase):
    name = "postgres"
    own_schema = "public"
    config = PostgresConnectionConfig

    def test_tables_further_down_the_search_path(self):
        """An unqualified name means the first table of the path, not one of its first schema."""
        self.side.repoint()("import", str(HISTORY))
        with self.side.sqlmesh() as state_sync:
            cursor = state_sync.engine_adapter.cursor
            cursor.execute("CREATE SCHEMA first")
            cursor.execute(f"ALTER DATABASE {self.database} SET search_path = first, public")
            state_sync.engine_adapter.connection.commit()
        repoint = self.side.repoint()
        self.assertEqual(self.plans_by_repoint(repoint), self.plans_by_sqlmesh())
        self.assertIn("prod", self.plans_by_repoint(repoint))
        self.assertEqual(self.tables_in("first"), set())


class OnMariaDB(OnAServer, unittest.TestCase):
    name = "mariadb"
    config = MySQLConnectionConfig

    @property
    def own_schema(self):
        return self.database

    def test_no_database_either(self):
        url = self.side.url.replace("/" + self.database, "/")
        for words in (["init"], ["environments"]):
            result = self.run_program(*words, "-o", "json", "--state", url, "--schema", "")
            self.assertNotEqual(result.returncode, 0)
            self.assertIn(json.loads(result.stdout)["error"]["code"], ("failed", "not_a_store"))
            if words == ["init"]:
                self.assertIn("--schema", result.stdout)


class OnDuckDB(WithoutSchema, unittest.TestCase):
    name = "duckdb"
    own_schema = "main"

    def new_side(self, database):
        path = self.folder / "state.db"
        config = DuckDBConnectionConfig(database=str(path), concurrent_tasks=1)
        return Side(self.folder, f"duckdb:{path}", "", config.create_engine_adapter, is_file=True)


class OnSQLite(unittest.TestCase):
    def test_there_are_no_schemas_anyway(self):
        with tempfile.TemporaryDirectory(prefix="repoint-no-schema-") as folder:
            named = Program(folder)
            named("import", str(HISTORY))
            unnamed = Program(folder, schema="")
            self.assertEqual(unnamed("environments"), named("environments"))


if __name__ == "__main__":
    unittest.main()
