"""A connection to PostgreSQL or MariaDB that is lost at every moment, and how often a promotion goes to the server and back.

Between the program and the server stands a proxy that cuts the connection at a message of the program, before or after
the server has seen it. What the exit code says must be what is stored: 0 it happened, 6 it did not, 8 nobody knows.
"""

import copy
import json
import os
import subprocess
import sys
import tempfile
import unittest
import urllib.parse
from pathlib import Path

sys.path[:0] = [str(Path(__file__).resolve().parents[1] / "sqlmesh"), str(Path(__file__).resolve().parent)]

from program import PROGRAM, own_environment  # noqa: E402
from proxy import Proxy  # noqa: E402
from state_file import HISTORY  # noqa: E402


class ConnectionTest:
    def setUp(self):
        self.server = os.environ.get(self.variable)
        if not self.server:
            self.skipTest(f"{self.variable} is not set")
        folder = tempfile.TemporaryDirectory(prefix="repoint-connection-")
        self.addCleanup(folder.cleanup)
        self.folder = Path(folder.name)
        self.schema = f"connection_{os.getpid()}"
        self.addCleanup(self.drop)
        self.succeed("init")
        self.succeed("import", str(HISTORY))

    def run_program(self, *words, url=None):
        command = [PROGRAM, *words, "--state", url or self.server, "--schema", self.schema]
        return subprocess.run(
            command, cwd=self.folder, env=own_environment(), capture_output=True, text=True, check=False, timeout=60
        )

    def succeed(self, *words):
        result = self.run_program(*words)
        self.assertEqual(result.returncode, 0, result.stderr)
        return result

    def plan_of(self, name):
        rows = json.loads(self.succeed("environments", "-o", "json").stdout)["environments"]
        return {row["name"]: row["plan_id"] for row in rows}.get(name)


class OnPostgres(ConnectionTest):
    variable = "REPOINT_TEST_POSTGRES_TCP"
    unencrypted = "sslmode=disable"

    @staticmethod
    def is_commit(_, message):
        return b"COMMIT\0" in message

    def drop(self):
        import psycopg2

        connection = psycopg2.connect(self.server)
        connection.autocommit = True
        with connection.cursor() as cursor:
            cursor.execute(f"DROP SCHEMA IF EXISTS {self.schema} CASCADE")
        connection.close()


class OnMariaDB(ConnectionTest):
    variable = "REPOINT_TEST_MARIADB_TCP"
    unencrypted = ""

    @staticmethod
    def is_commit(_, message):
        return message.endswith(b"\x03COMMIT")

    def drop(self):
        import pymysql

        parts = urllib.parse.urlsplit(self.server)
        with pymysql.connect(
            host=parts.hostname, port=parts.port, user=parts.username, password=parts.password, autocommit=True
        ) as connection, connection.cursor() as cursor:
            cursor.execute(f"DROP DATABASE IF EXISTS {self.schema}")


class LostConnections:
    def promote_through(self, is_due, after):
        """The exit code, whether it happened, and the proxy."""
        before = self.plan_of("prod")
        parts = urllib.parse.urlsplit(self.server)
        proxy = Proxy((parts.hostname, parts.port), is_due, after)
        url = urllib.parse.urlunsplit(
            parts._replace(netloc=f"{parts.username}:{parts.password}@127.0.0.1:{proxy.port}", query=self.unencrypted)
        )
        result = self.run_program("promote", "prod", "--from", "dev", "--check-gaps", "none", url=url)
        proxy.listener.close()
        return result.returncode, self.plan_of("prod") != before, proxy

    def commit_of_the_record(self):
        """The commit behind the write of the environment's record: the lease has commits of its own."""
        written = []

        def is_due(number, message):
            if b"_environments" in message and b"UPDATE " in message:
                written.append(number)
            return bool(written) and self.is_commit(number, message)

        return is_due

    def test_cut_before_the_commit_reaches_the_server(self):
        self.succeed("init", "--deployments")
        code, happened, proxy = self.promote_through(self.commit_of_the_record(), after=False)
        self.assertTrue(proxy.has_cut)
        self.assertEqual((code, happened), (8, False))

    def test_cut_after_the_commit_was_answered(self):
        self.succeed("init", "--deployments")
        code, happened, proxy = self.promote_through(self.commit_of_the_record(), after=True)
        self.assertTrue(proxy.has_cut)
        self.assertEqual((code, happened), (8, True))

    def cut_at_every_message(self, after):
        codes, number, has_cut = set(), 0, True
        while has_cut:  # until there is no message of this number
            number += 1
            code, happened, proxy = self.promote_through(lambda n, _, at=number: n == at, after)
            self.assertIn((code, happened), {(0, True), (6, False), (8, False), (8, True)}, number)
            codes.add(code)
            has_cut = proxy.has_cut
        self.assertEqual(code, 0)
        self.assertGreater(number, 10)
        self.assertLessEqual({6, 8}, codes)

    def test_cut_before_every_message(self):
        self.cut_at_every_message(after=False)

    def test_cut_after_every_answer(self):
        self.cut_at_every_message(after=True)


class LostOnPostgres(LostConnections, OnPostgres, unittest.TestCase):
    pass


class LostOnMariaDB(LostConnections, OnMariaDB, unittest.TestCase):
    pass


class RoundTrips(OnPostgres, unittest.TestCase):
    def statements_of_a_promotion(self, models, *gaps):
        """How many statements, of which each is one round trip, promote so many models from one version to another."""
        state = json.loads(HISTORY.read_text(encoding="utf-8"))
        versions = [s for s in state["snapshots"] if s["name"].endswith('"orders"')][:2]
        tables = [t for e in state["environments"].values() for t in e["environment"]["snapshots"]]
        snapshots, environments = [], [[], []]
        for number in range(models):
            for version, snapshot in enumerate(versions):
                one = copy.deepcopy(snapshot)
                one["name"] = f'"fix_shop"."shop"."model_{number}"'
                snapshots.append(one)
                table = next(t for t in tables if t["name"] == snapshot["name"] and t["version"] == snapshot["version"])
                environments[version].append({**table, "name": one["name"]})
        record = dict(next(iter(state["environments"].values()))["environment"], name="many", plan_id="1")
        for field in ("finalized_ts", "previous_plan_id", "expiration_ts", "promoted_snapshot_ids"):
            record.pop(field, None)
        state.update(snapshots=snapshots, environments={})
        state["environments"]["many"] = {"environment": {**record, "snapshots": environments[0]}, "statements": []}
        (self.folder / "many.json").write_text(json.dumps(state), encoding="utf-8")
        self.succeed("import", "many.json", "--replace")
        record.update(snapshots=environments[1], plan_id="2", previous_plan_id="1")
        (self.folder / "record.json").write_text(json.dumps(record), encoding="utf-8")
        result = self.run_program("promote", "many", "--record", "record.json", "--trace", *gaps)
        self.assertIn(result.returncode, (0, 3), result.stderr)
        return len([line for line in result.stderr.splitlines() if line.startswith("trace:")])

    def test_their_number_does_not_depend_on_the_models(self):
        self.statements_of_a_promotion(5)  # makes repoint's own tables, and leaves a promotion to be replaced
        for gaps in (["--check-gaps", "none"], []):
            few, many = (self.statements_of_a_promotion(models, *gaps) for models in (5, 400))
            self.assertEqual(few, many, gaps)
            self.assertLess(many, 45)


if __name__ == "__main__":
    unittest.main()
