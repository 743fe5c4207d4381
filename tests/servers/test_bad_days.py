"""Bad days of a state store on a real server: what the program says, and that nothing is lost.

Run by run.py of tests/sqlmesh, whose Python has the servers' drivers. A server that is not there is skipped by name.
"""

import contextlib
import json
import os
import signal
import sqlite3
import subprocess
import sys
import tempfile
import time
import unittest
import urllib.parse
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "sqlmesh"))

from program import PROGRAM, own_environment  # noqa: E402
from state_file import HISTORY  # noqa: E402

SECRET = "geheim-4711"


class BadDays(unittest.TestCase):
    """`run` gives the exit code and the error object; nothing that is printed may hold a password."""

    variable = None
    secrets = (SECRET,)

    def setUp(self):
        if not os.environ.get(self.variable):
            self.skipTest(f"{self.variable} is not set")
        folder = tempfile.TemporaryDirectory(prefix="repoint-bad-days-")
        self.addCleanup(folder.cleanup)
        self.folder = Path(folder.name)

    def run_program(self, *words, url=None):
        command = [PROGRAM, *words, "-o", "json", "--state", url or self.url, "--schema", self.schema]
        result = subprocess.run(
            command,
            cwd=self.folder,
            env=own_environment(),
            capture_output=True,
            text=True,
            check=False,
            timeout=60,
        )
        for secret in self.secrets:
            self.assertNotIn(secret, result.stdout + result.stderr)
        return result

    def succeed(self, *words, url=None):
        result = self.run_program(*words, url=url)
        self.assertEqual(result.returncode, 0, result.stdout + result.stderr)
        return result.stdout

    def refuse(self, code, *words, url=None):
        result = self.run_program(*words, url=url)
        self.assertEqual(result.returncode, code, (words, result.stdout, result.stderr))
        return json.loads(result.stdout)["error"]

    def interrupt_while_it_waits(self, waits, *words):
        """It ends as soon as it is told to, and says that it was; `waits` tells when it waits for a lock."""
        command = [PROGRAM, *words, "-o", "json", "--state", self.url, "--schema", self.schema]
        for number, code in ((signal.SIGINT, 130), (signal.SIGTERM, 143)):
            process = subprocess.Popen(
                command, cwd=self.folder, env=own_environment(), stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
            )
            deadline = time.monotonic() + 30
            while not waits(process):
                self.assertIsNone(process.poll(), "it did not wait")
                self.assertLess(time.monotonic(), deadline)
            process.send_signal(number)
            output, errors = process.communicate(timeout=60)
            self.assertEqual(process.returncode, code, output + errors)
            self.assertEqual(json.loads(output)["error"]["code"], "interrupted")

    def give_up_while_it_waits(self, *words):
        error = self.refuse(6, *words, "--timeout", "0.5")
        self.assertEqual(error["code"], "timeout")

    def fill(self):
        self.succeed("init")
        self.succeed("import", str(HISTORY))
        return self.exported()

    def exported(self):
        path = self.folder / "now.json"
        self.succeed("export", str(path))
        state = json.loads(path.read_text(encoding="utf-8"))
        del state["metadata"]
        return state


class Damage:
    """What somebody, or another program, did to the tables: `in_store` runs SQL there, `{s}` is before a table's name."""

    def test_a_table_or_a_column_is_missing(self):
        self.fill()
        self.in_store("ALTER TABLE {s}_intervals RENAME COLUMN is_dev TO was_dev")
        error = self.refuse(1, "intervals", "compact")
        self.assertIn("is_dev", error["message"])
        self.assertIn("damaged", error["hint"])
        self.in_store("DROP TABLE {s}_intervals")
        error = self.refuse(1, "export", "out.json")
        self.assertIn("_intervals", error["message"])
        self.assertEqual(list(self.folder.glob("out.json*")), [])

    def test_null_where_none_should_be(self):
        self.fill()
        self.in_store(
            "UPDATE {s}_intervals SET is_dev = NULL, is_removed = NULL, is_compacted = NULL,"
            " is_pending_restatement = NULL WHERE NOT is_dev AND NOT is_pending_restatement",
            "UPDATE {s}_environments SET normalize_name = NULL, gateway_managed = NULL, requirements = NULL",
            "UPDATE {s}_snapshots SET forward_only = NULL, unrestorable = NULL, dev_version = NULL",
        )
        self.succeed("promote", "prod", "--from", "dev")
        self.succeed("intervals", "compact")
        self.succeed("janitor", "--ignore-ttl")
        self.in_store("UPDATE {s}_environments SET snapshots = NULL WHERE name = 'prod'")
        self.assertIn("prod has no snapshots column", self.refuse(1, "environment", "prod")["message"])
        self.assertIn("prod", self.refuse(1, "janitor", "--ignore-ttl")["message"])

    def test_intervals_of_a_snapshot_that_is_gone(self):
        before = self.fill()
        self.in_store(
            "INSERT INTO {s}_intervals (id, created_ts, name, identifier, version, start_ts, end_ts,"
            " is_dev, is_removed, is_compacted, is_pending_restatement)"
            " VALUES ('x', 1, 'gone', '1', '1', 0, 86400000, false, false, false, false)"
        )
        self.succeed("intervals", "compact")
        self.assertEqual(self.exported(), before)

    def test_a_view_of_somebody_on_every_state_table(self):
        before = self.fill()
        for table in ("_snapshots", "_environments", "_intervals", "_environment_statements", "_versions"):
            self.in_store(f"CREATE VIEW {{s}}dashboard{table} AS SELECT * FROM {{s}}{table}")
        self.succeed("finalize", "dev")
        self.succeed("promote", "prod", "--from", "dev", "--check-gaps", "none")
        self.succeed("abandon", "prod")
        self.succeed("intervals", "compact")
        self.assertEqual(self.exported()["snapshots"], before["snapshots"])


class OnPostgres(Damage, BadDays):
    variable = "REPOINT_TEST_POSTGRES_TCP"
    schema = "bad_days"

    def setUp(self):
        super().setUp()
        import psycopg2

        self.server = os.environ[self.variable]
        self.secrets = (SECRET, urllib.parse.urlsplit(self.server).password)
        self.database = f"bad_days_{os.getpid()}"
        self.administrator = psycopg2.connect(self.server)
        self.administrator.autocommit = True
        self.addCleanup(self.administrator.close)
        self.execute(f"DROP DATABASE IF EXISTS {self.database} WITH (FORCE)", f"CREATE DATABASE {self.database}")
        self.addCleanup(self.execute, f"DROP DATABASE {self.database} WITH (FORCE)")
        self.url = self.url_of(database=self.database)
        self.store = psycopg2.connect(self.url)
        self.store.autocommit = True
        self.addCleanup(self.store.close)

    def url_of(self, database=None, user=None, password=None):
        parts = urllib.parse.urlsplit(self.server)
        user, password = user or parts.username, password or parts.password
        return f"postgresql://{user}:{password}@{parts.hostname}:{parts.port}/{database or self.database}"

    def execute(self, *statements):
        with self.administrator.cursor() as cursor:
            for statement in statements:
                cursor.execute(statement)

    def in_store(self, *statements):
        with self.store.cursor() as cursor:
            for statement in statements:
                cursor.execute(statement.replace("{s}", f"{self.schema}."))

    def new_user(self):
        user = f"reader_{os.getpid()}"
        self.execute(f"DROP ROLE IF EXISTS {user}", f"CREATE ROLE {user} LOGIN PASSWORD '{SECRET}'")
        self.addCleanup(self.execute, f"DROP ROLE {user}")
        self.addCleanup(self.in_store, f"DROP OWNED BY {user}")
        return user

    def test_a_wrong_password(self):
        error = self.refuse(6, "environments", url=self.url_of(password=SECRET))
        self.assertIn("password authentication failed", error["message"])

    def test_an_unknown_database(self):
        error = self.refuse(6, "environments", url=self.url_of(database="nowhere"))
        self.assertIn('"nowhere" does not exist', error["message"])

    def test_no_store_there(self):
        self.assertIn("repoint init", self.refuse(2, "environments")["hint"])

    def test_no_permission(self):
        before = self.fill()
        user = self.new_user()
        url = self.url_of(user=user, password=SECRET)
        self.assertIn("permission denied for schema", self.refuse(1, "environments", url=url)["message"])
        self.in_store(
            f"GRANT USAGE ON SCHEMA {self.schema} TO {user}",
            f"GRANT SELECT ON ALL TABLES IN SCHEMA {self.schema} TO {user}",
        )
        self.succeed("environments", url=url)
        error = self.refuse(1, "finalize", "prod", url=url)
        self.assertIn("permission denied for table _environments", error["message"])
        self.assertIn("grant", error["hint"])
        self.assertEqual(self.exported(), before)

    def test_a_user_who_may_use_the_schema_and_not_make_one(self):
        user = self.new_user()
        self.in_store(
            f"CREATE SCHEMA {self.schema}", f"GRANT CREATE, USAGE ON SCHEMA {self.schema} TO {user}"
        )
        self.succeed("init", url=self.url_of(user=user, password=SECRET))

    def test_a_view_of_somebody_on_a_state_table(self):
        before = self.fill()
        self.in_store(f"CREATE VIEW public.dashboard AS SELECT name FROM {self.schema}._environments")
        self.succeed("finalize", "dev")
        before = self.exported()
        error = self.refuse(1, "reset", "--yes")
        self.assertIn("depend", error["message"])
        self.assertEqual(self.exported(), before)
        self.in_store("DROP VIEW public.dashboard")
        self.succeed("reset", "--yes")

    def test_a_statement_timeout_of_the_server(self):
        before = self.fill()
        self.execute(f"ALTER DATABASE {self.database} SET statement_timeout = '1ms'")
        big = f"INSERT INTO {self.schema}._intervals (id, created_ts, name, version, start_ts, end_ts) SELECT i::text, 1," \
            " 'a', i::text, 1, 2 FROM generate_series(1, 50000) i"
        self.in_store(big)
        error = self.refuse(6, "intervals", "compact")
        self.assertIn("timeout", error["message"])
        self.execute(f"ALTER DATABASE {self.database} RESET statement_timeout")
        self.in_store(f"DELETE FROM {self.schema}._intervals WHERE name = 'a'")
        self.assertEqual(self.exported(), before)

    def test_somebody_holds_the_environments(self):
        before = self.fill()
        self.store.autocommit = False
        with self.store.cursor() as cursor:
            cursor.execute(f"SELECT 1 FROM {self.schema}._environments")
            error = self.refuse(4, "promote", "prod", "--from", "dev")
            self.assertEqual(error["code"], "busy")
        self.store.rollback()
        self.store.autocommit = True
        self.assertEqual(self.exported(), before)

    def waits_for_a_lock(self, _):
        with self.administrator.cursor() as cursor:
            cursor.execute(
                "SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock'"
                f" AND datname = '{self.database}'"
            )
            return cursor.fetchone()[0] > 0

    def test_ctrl_c_while_waiting_for_a_table(self):
        before = self.fill()
        self.store.autocommit = False
        with self.store.cursor() as cursor:
            cursor.execute(f"SELECT 1 FROM {self.schema}._environments")
            self.interrupt_while_it_waits(self.waits_for_a_lock, "promote", "prod", "--from", "dev")
            self.give_up_while_it_waits("promote", "prod", "--from", "dev")
        self.store.rollback()
        self.store.autocommit = True
        self.assertEqual(self.exported(), before)

    def test_ctrl_c_while_waiting_for_a_row(self):
        self.fill()
        self.succeed("promote", "prod", "--from", "dev", "--check-gaps", "none")
        before = self.exported()
        self.store.autocommit = False
        with self.store.cursor() as cursor:
            cursor.execute(f"SELECT 1 FROM {self.schema}._environments WHERE name = 'prod' FOR UPDATE")
            self.interrupt_while_it_waits(self.waits_for_a_lock, "finalize", "prod")
            self.give_up_while_it_waits("finalize", "prod")
        self.store.rollback()
        self.store.autocommit = True
        self.assertEqual(self.exported(), before)
        self.succeed("finalize", "prod")

    def test_the_server_ends_the_session(self):
        """Whoever is connected, and for how long it goes on, is for the next command to find out."""
        before = self.fill()
        self.execute(f"ALTER DATABASE {self.database} ALLOW_CONNECTIONS false")
        error = self.refuse(6, "finalize", "prod")
        self.assertIn("not currently accepting connections", error["message"])
        self.execute(f"ALTER DATABASE {self.database} ALLOW_CONNECTIONS true")
        self.assertEqual(self.exported(), before)


class OnMariaDB(Damage, BadDays):
    variable = "REPOINT_TEST_MARIADB_TCP"

    def setUp(self):
        super().setUp()
        self.url = os.environ[self.variable]
        self.schema = f"bad_days_{os.getpid()}"
        self.secrets = (SECRET, urllib.parse.urlsplit(self.url).password)
        self.connection = self.new_connection()
        self.addCleanup(self.connection.close)
        self.addCleanup(self.execute, f"DROP DATABASE IF EXISTS {self.schema}")

    def new_connection(self):
        import pymysql

        parts = urllib.parse.urlsplit(self.url)
        return pymysql.connect(
            host=parts.hostname, port=parts.port, user=parts.username, password=parts.password, autocommit=True
        )

    def execute(self, *statements):
        with self.connection.cursor() as cursor:
            for statement in statements:
                cursor.execute(statement)

    def in_store(self, *statements):
        self.execute(*(statement.replace("{s}", f"{self.schema}.") for statement in statements))

    def test_a_wrong_password(self):
        parts = urllib.parse.urlsplit(self.url)
        url = f"mysql://{parts.username}:{SECRET}@{parts.hostname}:{parts.port}/repoint"
        self.assertIn("Access denied", self.refuse(6, "environments", url=url)["message"])

    def test_an_unknown_database(self):
        self.assertIn("nowhere", self.refuse(6, "environments", url=self.url.replace("/repoint", "/nowhere"))["message"])

    def test_a_name_of_251_characters(self):
        self.fill()
        state = json.loads(HISTORY.read_text(encoding="utf-8"))
        long_name = '"shop"."' + "o" * 242 + '"'
        self.assertEqual(len(long_name), 251)
        snapshot = next(s for s in state["snapshots"] if not s["parents"])
        snapshot["name"] = long_name
        state.update(snapshots=[snapshot], environments={})
        path = self.folder / "long.json"
        path.write_text(json.dumps(state), encoding="utf-8")
        before = self.exported()
        error = self.refuse(2, "push", str(path))
        self.assertIn("250", error["hint"])
        self.assertEqual(self.exported(), before)

    def hold(self, query):
        """Somebody else's transaction, that has made this query and goes on."""
        holder = self.new_connection()
        self.addCleanup(holder.close)
        with holder.cursor() as cursor:
            cursor.execute("BEGIN")
            cursor.execute(query)
        return holder

    def waits_for_a_lock(self, _):
        time.sleep(0.2)  # InnoDB looks anew only for who has not asked for a tenth of a second
        with self.connection.cursor() as cursor:
            cursor.execute("SELECT COUNT(*) FROM information_schema.innodb_trx WHERE trx_state = 'LOCK WAIT'")
            return cursor.fetchone()[0] > 0

    def test_ctrl_c_while_waiting_for_a_row(self):
        self.fill()
        self.succeed("promote", "prod", "--from", "dev", "--check-gaps", "none")
        before = self.exported()
        for table, words in (
            ("_versions", ["promote", "prod", "--from", "dev", "--check-gaps", "none"]),
            ("_environments", ["finalize", "prod"]),
        ):
            holder = self.hold(f"SELECT 1 FROM {self.schema}.{table} FOR UPDATE")
            self.interrupt_while_it_waits(self.waits_for_a_lock, *words)
            self.give_up_while_it_waits(*words)
            holder.rollback()
            self.assertEqual(self.exported(), before)
        self.succeed("finalize", "prod")

    def test_somebody_holds_the_environments(self):
        self.fill()
        self.succeed("promote", "prod", "--from", "dev", "--check-gaps", "none")
        before = self.exported()
        holder = self.hold(f"SELECT 1 FROM {self.schema}._environments FOR UPDATE")
        self.assertEqual(self.refuse(4, "finalize", "prod")["code"], "busy")
        holder.rollback()
        self.assertEqual(self.exported(), before)

    def test_a_statement_timeout_of_the_server(self):
        before = self.fill()
        user = f"hasty_{os.getpid()}"
        self.execute(
            f"CREATE OR REPLACE USER {user}@127.0.0.1 IDENTIFIED BY '{SECRET}' WITH MAX_STATEMENT_TIME 0.01",
            f"GRANT ALL PRIVILEGES ON *.* TO {user}@127.0.0.1",
            f"INSERT INTO {self.schema}._intervals (id, created_ts, name, version, start_ts, end_ts)"
            f" SELECT seq, 1, 'a', seq, 1, 2 FROM {self.schema}.seq_1_to_50000",
        )
        self.addCleanup(self.execute, f"DROP USER {user}@127.0.0.1")
        parts = urllib.parse.urlsplit(self.url)
        url = f"mysql://{user}:{SECRET}@{parts.hostname}:{parts.port}/repoint"
        error = self.refuse(6, "intervals", "compact", url=url)
        self.assertEqual(error["code"], "timeout")
        self.assertIn("max_statement_time", error["hint"])
        self.execute(f"DELETE FROM {self.schema}._intervals WHERE name = 'a'")
        self.assertEqual(self.exported(), before)

    def test_no_permission(self):
        before = self.fill()
        user = f"reader_{os.getpid()}"
        self.execute(
            f"CREATE OR REPLACE USER {user}@127.0.0.1 IDENTIFIED BY '{SECRET}'",
            f"GRANT SELECT ON {self.schema}.* TO {user}@127.0.0.1",
        )
        self.addCleanup(self.execute, f"DROP USER {user}@127.0.0.1")
        parts = urllib.parse.urlsplit(self.url)
        url = f"mysql://{user}:{SECRET}@{parts.hostname}:{parts.port}/{self.schema}"
        self.succeed("environments", url=url)
        error = self.refuse(1, "finalize", "prod", url=url)
        self.assertIn("denied", error["message"])
        self.assertIn("grant", error["hint"])
        self.assertEqual(self.exported(), before)

    def test_a_creation_that_was_cut_is_finished(self):
        self.succeed("init")
        self.execute(f"DELETE FROM {self.schema}._versions", f"DROP TABLE {self.schema}._auto_restatements")
        self.execute(f"DROP TABLE {self.schema}._versions")
        self.assertTrue(json.loads(self.succeed("init"))["created"])
        self.succeed("import", str(HISTORY))


class OnDuckDB(Damage, BadDays):
    variable = "REPOINT_DUCKDB_LIBRARY"
    schema = "sqlmesh"

    def setUp(self):
        super().setUp()
        self.path = self.folder / "state.db"
        self.url = f"duckdb:{self.path}"

    def in_store(self, *statements):
        import duckdb

        with contextlib.closing(duckdb.connect(str(self.path))) as connection:
            for statement in statements:
                connection.execute(statement.replace("{s}", "sqlmesh."))

    def test_another_process_has_the_file(self):
        import duckdb

        self.fill()
        with contextlib.closing(duckdb.connect(str(self.path))):
            error = self.refuse(4, "environments")
        self.assertIn(str(self.path), error["message"])
        self.assertIn(str(os.getpid()), error["message"])
        self.succeed("environments")

    def test_a_duplicate_environment_row(self):
        before = self.fill()
        self.in_store("INSERT INTO {s}_environments SELECT * FROM {s}_environments WHERE name = 'prod'")
        self.assertEqual(json.loads(self.succeed("environment", "prod"))["name"], "prod")
        self.succeed("promote", "prod", "--from", "dev")
        self.succeed("finalize", "prod")
        self.assertEqual(set(self.exported()["environments"]), set(before["environments"]))

    def test_a_snapshot_row_without_its_key(self):
        self.fill()
        columns = "version, snapshot, kind_name, updated_ts, ttl_ms, fingerprint"
        self.in_store(f"INSERT INTO {{s}}_snapshots (name, {columns}) SELECT name, {columns} FROM {{s}}_snapshots LIMIT 1",
                      f"INSERT INTO {{s}}_snapshots ({columns}) SELECT {columns} FROM {{s}}_snapshots LIMIT 1")
        self.succeed("janitor", "--ignore-ttl", "-n")
        self.succeed("janitor", "--ignore-ttl")
        self.assertEqual(self.exported()["snapshots"][0]["name"][0], '"')

    def test_ctrl_c_while_another_process_has_the_file(self):
        import duckdb

        before = self.fill()
        with contextlib.closing(duckdb.connect(str(self.path))):
            self.interrupt_while_it_waits(is_asleep, "promote", "prod", "--from", "dev")
        self.assertEqual(self.exported(), before)


def is_asleep(process):
    """It has opened the library, or the file, and waits for somebody else."""
    with open(f"/proc/{process.pid}/wchan", encoding="ascii") as wchan:
        return "nanosleep" in wchan.read()


class OnSQLite(Damage, BadDays):
    variable = "PATH"
    schema = "sqlmesh"

    def setUp(self):
        super().setUp()
        self.url = f"sqlite:{self.folder}/state.db"

    def in_store(self, *statements):
        with contextlib.closing(sqlite3.connect(self.folder / "state.db", isolation_level=None)) as connection:
            for statement in statements:
                connection.execute(statement.replace("{s}", ""))

    def test_ctrl_c_while_another_process_writes(self):
        before = self.fill()
        connection = sqlite3.connect(self.folder / "state.db", isolation_level=None)
        connection.execute("BEGIN IMMEDIATE")
        self.interrupt_while_it_waits(is_asleep, "promote", "prod", "--from", "dev")
        self.give_up_while_it_waits("promote", "prod", "--from", "dev")
        connection.close()
        self.assertEqual(self.exported(), before)


if __name__ == "__main__":
    unittest.main()
