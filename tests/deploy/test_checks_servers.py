"""Checks on the servers, and on DuckDB: what differs between databases is the same to who writes a check."""

import contextlib
import json
import os
import unittest
import urllib.parse

from shop_server import NEW_REVENUE, STATE, ServerTest

NOW = "2026-01-06T10:00:00Z"
TABLE = f"sqlmesh__shop.shop__daily_revenue__{NEW_REVENUE}"


class OnAnyDatabase:
    """A subclass has `execute`, `url_of`, and the types of the database."""

    types = {"day": "DATE", "moment": "TIMESTAMP"}
    forever = None  # a query that does not come to its end

    def make_shop(self):
        old, new = self.shop_tables()
        columns = ", ".join(f"{name} {kind}" for name, kind in self.types.items())
        statements = ["CREATE SCHEMA shop", "CREATE SCHEMA sqlmesh__shop"]
        for table in sorted({*old.values(), *new.values()}):
            statements.append(f"CREATE TABLE {table} (id INT, {columns})")
            statements.append(f"INSERT INTO {table} SELECT 1, {self.values('2026-01-05')}")
            statements.append(f"INSERT INTO {table} SELECT 2, {self.values('2026-01-06')}")
        statements += [f"CREATE VIEW {view} AS SELECT * FROM {table}" for view, table in old.items()]
        self.execute(*statements)

    def values(self, day):
        return ", ".join(f"CAST('{day} 00:00:00' AS {kind})" for kind in self.types.values())

    def check(self, *checks):
        self.configure("checks:\n" + "".join(f"  - {check}\n" for check in checks))
        result = self.run_as(None, "deploy", "prod", "--from", "dev", "--until", "checked", "--now", NOW)
        document = json.loads(result.stdout)
        self.succeed(None, "abandon", "prod")
        found = document["checks"] if result.returncode == 0 else document["error"]["detail"]["checks"]
        return {check["name"]: check for check in found}

    def test_passes(self):
        results = self.check(
            "{name: none, sql: 'SELECT * FROM {shop.daily_revenue} WHERE id IS NULL'}",
            "{name: rows, model: daily_revenue, rows: {min: 2, max: 2, change: 0%}}",
            *(f"{{name: {name}, model: daily_revenue, freshness: {{column: {name}, within: 11 hours, not_older: true}}}}"
              for name in self.types),
        )
        self.assertEqual({check["outcome"] for check in results.values()}, {"passed"}, results)
        self.assertEqual((len(results), results["rows"]["rows"]), (2 + len(self.types), 2))

    def test_fails(self):
        self.execute(f"DELETE FROM {TABLE} WHERE id = 2")
        results = self.check(
            "{name: some, sql: 'SELECT * FROM {shop.daily_revenue}'}",
            "{name: rows, model: daily_revenue, rows: {change: 20%}}",
            "{name: broken, sql: SELECT x FROM nowhere}",
            *(f"{{name: {name}, model: daily_revenue, freshness: {{column: {name}, not_older: true}}}}"
              for name in self.types),
            *(f"{{name: {name} late, model: daily_revenue, freshness: {{column: {name}, within: 9 hours}}}}"
              for name in self.types),
        )
        self.assertEqual(results.pop("broken")["outcome"], "error")
        self.assertEqual({check["outcome"] for check in results.values()}, {"failed"}, results)
        self.assertIn("a change of 50.0%", results["rows"]["message"])
        for name in self.types:
            self.assertIn("older than", results[name]["message"])
            self.assertIn("34.0 hours ago", results[f"{name} late"]["message"])

    def test_the_time_limit(self):
        results = self.check(f"{{name: long, timeout: 1, sql: \"{self.forever}\"}}")
        self.assertEqual(
            (results["long"]["outcome"], results["long"]["message"]), ("timeout", "it took longer than 1 seconds")
        )

    def test_it_only_reads(self):
        for name, sql in self.writes.items():
            results = self.check(f"{{name: sly, sql: \"{sql}\"}}")
            self.assertEqual(results["sly"]["outcome"], "error", (name, results))
        self.assertEqual(self.count(), 2)

    writes = {}


class OnPostgres(OnAnyDatabase, ServerTest):
    variable = "REPOINT_TEST_POSTGRES_TCP"
    types = {"day": "DATE", "moment": "TIMESTAMP", "instant": "TIMESTAMPTZ"}
    forever = "SELECT pg_sleep(1000)"
    writes = {"with": f"WITH gone AS (DELETE FROM {TABLE} RETURNING *) SELECT * FROM gone"}

    def setUp(self):
        super().setUp()
        import psycopg2

        self.psycopg2 = psycopg2
        self.server = os.environ[self.variable]
        self.database = f"checks_{os.getpid()}"
        self.on_server(f"DROP DATABASE IF EXISTS {self.database} WITH (FORCE)", f"CREATE DATABASE {self.database}")
        self.addCleanup(self.on_server, f"DROP DATABASE {self.database} WITH (FORCE)")
        # An offset that is no whole hour, so that text of a moment without one would be read wrongly.
        self.on_server(f"ALTER DATABASE {self.database} SET timezone = 'Asia/Kolkata'")
        self.succeed(None, "init")
        self.succeed(None, "import", str(STATE))
        self.make_shop()

    def values(self, day):
        return f"DATE '{day}', TIMESTAMP '{day} 00:00:00', TIMESTAMPTZ '{day} 00:00:00+00'"

    def url_of(self, user):
        return urllib.parse.urlsplit(self.server)._replace(path=f"/{self.database}").geturl()

    def connect(self, url):
        connection = self.psycopg2.connect(url)
        connection.autocommit = True
        return contextlib.closing(connection)

    def on_server(self, *statements):
        with self.connect(self.server) as connection:
            for statement in statements:
                connection.cursor().execute(statement)

    def execute(self, *statements):
        with self.connect(self.url_of(None)) as connection:
            for statement in statements:
                connection.cursor().execute(statement)

    def count(self):
        with self.connect(self.url_of(None)) as connection:
            cursor = connection.cursor()
            cursor.execute(f"SELECT count(*) FROM {TABLE}")
            return cursor.fetchone()[0]


class OnMariaDB(OnAnyDatabase, ServerTest):
    variable = "REPOINT_TEST_MARIADB_TCP"
    types = {"day": "DATE", "moment": "DATETIME"}
    forever = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 0 FROM n) SELECT SLEEP(1000)"

    def setUp(self):
        super().setUp()
        import pymysql

        self.pymysql = pymysql
        self.server = os.environ[self.variable]
        self.clean_up()
        self.addCleanup(self.clean_up)
        self.execute("CREATE DATABASE sqlmesh")
        self.succeed(None, "init")
        self.succeed(None, "import", str(STATE))
        self.make_shop()

    def clean_up(self):
        self.execute(*(f"DROP DATABASE IF EXISTS {name}" for name in ("shop", "sqlmesh__shop", "sqlmesh")))

    def url_of(self, user):
        return urllib.parse.urlsplit(self.server)._replace(path="/sqlmesh").geturl()

    def execute(self, *statements):
        parts = urllib.parse.urlsplit(self.server)
        connection = self.pymysql.connect(
            host=parts.hostname, port=parts.port, user=parts.username, password=parts.password, autocommit=True
        )
        with contextlib.closing(connection):
            cursor = connection.cursor()
            for statement in statements:
                cursor.execute(statement)
            return cursor.fetchall()

    def count(self):
        return self.execute(f"SELECT COUNT(*) FROM {TABLE}")[0][0]


class OnDuckDB(OnAnyDatabase, ServerTest):
    variable = "REPOINT_DUCKDB_LIBRARY"
    types = {"day": "DATE", "moment": "TIMESTAMP", "instant": "TIMESTAMPTZ"}
    # One part of it does not come to its end: looking at the clock in between is not enough.
    forever = "SELECT count(*) FROM range(2000) a, range(1000000) b, range(1000000) c WHERE a.range + b.range + c.range < 0"

    def setUp(self):
        super().setUp()
        self.path = self.folder / "warehouse.duckdb"
        self.succeed(None, "init")
        self.succeed(None, "import", str(STATE))
        self.make_shop()

    def url_of(self, user):
        return f"duckdb:{self.path}"

    def values(self, day):
        return f"DATE '{day}', TIMESTAMP '{day} 00:00:00', TIMESTAMPTZ '{day} 00:00:00+00'"

    def execute(self, *statements):
        import duckdb

        with contextlib.closing(duckdb.connect(str(self.path))) as connection:
            for statement in statements:
                connection.execute(statement)
            return connection.execute(f"SELECT count(*) FROM {TABLE}").fetchone()[0] if not statements else None

    def count(self):
        return self.execute()


if __name__ == "__main__":
    unittest.main()
