"""A deployment waits two days for somebody, while `sqlmesh run` goes on loading prod: the cutover notices (guarantee 8).

State and warehouse are one PostgreSQL database, of SQLMesh's and repoint's at once.
"""

import datetime
import json
import os
import sys
import tempfile
import unittest
import urllib.parse
from pathlib import Path

if not os.environ.get("REPOINT_TEST_POSTGRES_TCP"):
    print("skipped: REPOINT_TEST_POSTGRES_TCP is not set")
    sys.exit(77)

import psycopg2
import time_machine
from click.testing import CliRunner
from program import Refused, Repoint
from shop_project import ShopProject
from sqlmesh.cli.main import cli
from sqlmesh.core.console import NoopConsole, set_console

SERVER = os.environ["REPOINT_TEST_POSTGRES_TCP"]
CONFIG = """
gateways:
  local:
    connection: CONNECTION
default_gateway: local
model_defaults: {dialect: postgres, start: 2026-01-01}
plan:
  auto_categorize_changes: {sql: full}
disable_anonymized_analytics: true
"""
ORDERS = """
MODEL (
  name shop.orders,
  kind INCREMENTAL_BY_TIME_RANGE (time_column order_date),
  cron '@daily'
);

SELECT day::DATE AS order_date, 12::INT AS amount
FROM GENERATE_SERIES(@start_ds::TIMESTAMP, @end_ds::TIMESTAMP, INTERVAL '1 DAY') AS days(day)
"""


class Shop:
    """The project, its database, and both programs on it."""

    def __init__(self, folder):
        self.name = f"waiting_{os.getpid()}"
        self.server = psycopg2.connect(SERVER)
        self.server.autocommit = True
        self.server.cursor().execute(f"CREATE DATABASE {self.name}")
        url = urllib.parse.urlsplit(SERVER)._replace(path=f"/{self.name}")
        self.url = url.geturl()
        self.project = ShopProject(folder / "project")
        (self.project.folder / "models").mkdir(parents=True)
        connection = {"type": "postgres", "host": url.hostname, "port": url.port, "database": self.name,
                      "user": urllib.parse.unquote(url.username), "password": urllib.parse.unquote(url.password)}
        config = CONFIG.replace("CONNECTION", json.dumps(connection))
        (self.project.folder / "config.yaml").write_text(config, encoding="utf-8")
        (self.project.folder / "models/orders.sql").write_text(ORDERS, encoding="utf-8")
        self.repoint = Repoint(folder, self.url)

    def drop(self):
        self.server.cursor().execute(f"DROP DATABASE {self.name} WITH (FORCE)")
        self.server.close()

    def sqlmesh(self, time, *words):
        with time_machine.travel(time + "+00:00", tick=True):
            result = CliRunner().invoke(cli, ["--paths", str(self.project.folder), *words], catch_exceptions=False)
        set_console(NoopConsole())
        assert result.exit_code == 0, result.output

    def deploy(self, time, *words):
        self.repoint.now = datetime.datetime.fromisoformat(time + "+00:00")
        return self.repoint(*words)

    def amounts(self):
        """What readers of prod see: each amount, and of how many days."""
        with psycopg2.connect(self.url) as connection, connection.cursor() as cursor:
            cursor.execute("SELECT amount, COUNT(*) FROM shop.orders GROUP BY amount")
            found = dict(cursor.fetchall())
        connection.close()
        return found


class WaitingDeploymentTest(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory(prefix="repoint-waiting-")
        self.addCleanup(folder.cleanup)
        self.shop = Shop(Path(folder.name))
        self.addCleanup(self.shop.drop)

    def test_days_that_were_loaded_while_it_waited(self):
        shop = self.shop
        shop.sqlmesh("2026-01-05 06:00:00", "plan", "--no-prompts", "--auto-apply")
        shop.project.change("models/orders.sql", "12::INT", "13::INT")
        shop.sqlmesh("2026-01-05 06:30:00", "plan", "dev", "--no-prompts", "--auto-apply")
        waiting = shop.deploy("2026-01-05 07:00:00", "deploy", "prod", "--from", "dev", "--until", "checked")
        self.assertEqual(shop.amounts(), {12: 4})

        shop.sqlmesh("2026-01-06 07:00:00", "run")
        shop.sqlmesh("2026-01-07 07:00:00", "run")
        self.assertEqual(shop.amounts(), {12: 6}, "sqlmesh run did not load prod")
        with self.assertRaises(Refused) as refused:
            shop.deploy("2026-01-07 07:30:00", "cutover", "prod")
        self.assertEqual(refused.exception.code, "gaps")
        self.assertIn("orders", str(refused.exception))
        self.assertIn("2026-01-05", str(refused.exception))
        self.assertEqual(shop.amounts(), {12: 6})
        self.assertNotEqual(shop.repoint("environment", "prod")["plan_id"], waiting["plan_id"])

        shop.sqlmesh("2026-01-07 08:00:00", "run", "dev")
        shop.deploy("2026-01-07 08:30:00", "cutover", "prod")
        self.assertEqual(shop.amounts(), {13: 6})
        self.assertEqual(shop.repoint("environment", "prod")["plan_id"], waiting["plan_id"])

        shop.sqlmesh("2026-01-08 07:00:00", "run")
        self.assertEqual(shop.amounts(), {13: 7}, "sqlmesh run did not go on")


if __name__ == "__main__":
    unittest.main(verbosity=2)
