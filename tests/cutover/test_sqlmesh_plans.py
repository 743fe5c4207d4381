"""SQLMesh's own plans on a project of forty models, with views that change one by one, or atomically by repoint.

Usage: test_sqlmesh_plans.py postgres|duckdb
"""

import os
import signal
import subprocess
import sys
import tempfile
import threading
import unittest
import urllib.parse
from pathlib import Path

if sys.argv[1] == "postgres" and not os.environ.get("REPOINT_TEST_POSTGRES_TCP"):
    print("skipped: REPOINT_TEST_POSTGRES_TCP is not set")
    sys.exit(77)

import logging  # noqa: E402

import duckdb  # noqa: E402
import psycopg2  # noqa: E402
from readers import Reader, show, whole  # noqa: E402
from sqlmesh import Context  # noqa: E402
from sqlmesh.core.console import NoopConsole, set_console  # noqa: E402
from sqlmesh.utils.errors import SQLMeshError  # noqa: E402

import repoint  # noqa: E402

MODELS = 40
ROWS = 3  # as the readers expect
PROGRAM = os.environ["REPOINT_PROGRAM"]
FORMS = [
    ("statement", ["--order", "random"]),
    ("repeatable-read", ["--form", "repeatable-read", "--order", "random"]),
    ("prepared", ["--prepared", "--order", "random"]),
]
CONFIG = """
import os
import signal

from repoint.sqlmesh import RepointSchedulerConfig, RepointStateSync
from sqlmesh.core.config import Config, GatewayConfig, ModelDefaultsConfig
from sqlmesh.core.config.connection import {kind}

if os.environ.get("DIES_BEFORE_THE_CUTOVER"):
    RepointStateSync.cut_over = lambda *arguments: os.kill(os.getpid(), signal.SIGKILL)

config = Config(
    gateways={{"shop": GatewayConfig(connection={kind}(**{connection!r}))}},
    default_gateway="shop",
    model_defaults=ModelDefaultsConfig(dialect={dialect!r}, start="2026-01-01"),
    default_scheduler=RepointSchedulerConfig(atomic_views={atomic}),
    disable_anonymized_analytics=True,
)
"""
# Those with an even number read a table each, the others a view on the one before.
TABLE = """MODEL (name shop.m{number:02}, kind FULL, description 'model {number}');

SELECT day::DATE AS day, '{release}'::TEXT AS release
FROM (VALUES ('2026-01-01'), ('2026-01-02'), ('2026-01-03')) AS days(day)"""
VIEW = """MODEL (name shop.m{number:02}, kind VIEW);

SELECT day, '{release}'::TEXT AS release FROM shop.m{before:02}"""
NOTES = """;

ON_VIRTUAL_UPDATE_BEGIN;
INSERT INTO public.notes SELECT min(release) || max(release) FROM @this_model;
ON_VIRTUAL_UPDATE_END"""

set_console(NoopConsole())
logging.getLogger("sqlmesh").setLevel(logging.CRITICAL)


class Project:
    def __init__(self, folder, connection, dialect, atomic, models, notes=""):
        self.folder = folder
        self.models = models
        self.notes = notes
        (folder / "models").mkdir(parents=True)
        kind = {"postgres": "PostgresConnectionConfig", "duckdb": "DuckDBConnectionConfig"}[dialect]
        text = CONFIG.format(kind=kind, connection=connection, dialect=dialect, atomic=atomic)
        (folder / "config.py").write_text(text, encoding="utf-8")

    def write(self, release):
        for number in range(self.models):
            text = (VIEW if number % 2 else TABLE).format(number=number, before=number - 1, release=release)
            path = self.folder / f"models/m{number:02}.sql"
            path.write_text(text + (self.notes if number == 0 else ""), encoding="utf-8")

    def context(self):
        return Context(paths=str(self.folder))

    def plan(self, release, environment="prod"):
        self.write(release)
        context = self.context()
        try:
            context.plan(environment, no_prompts=True, auto_apply=True)
        finally:
            context.close()

    def plan_and_die(self, release):
        self.write(release)
        program = "from sqlmesh.cli.main import cli; cli()"
        words = ["--paths", str(self.folder), "plan", "--auto-apply", "--no-prompts"]
        process = subprocess.run(
            [sys.executable, "-c", program, *words],
            env={**os.environ, "DIES_BEFORE_THE_CUTOVER": "1", "MAX_FORK_WORKERS": "1"},
            capture_output=True,
            text=True,
            check=False,
            timeout=240,
        )
        assert process.returncode == -signal.SIGKILL, (process.returncode, process.stdout, process.stderr)


class Views:
    """What a Reader asks of a database."""

    def __init__(self, url, schema="shop"):
        self.url = url
        self.schema = schema

    def views(self, environment):
        return [f'"{self.schema}"."m{number:02}"' for number in range(MODELS)]


class PostgresTest(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory(prefix="repoint-plans-")
        self.addCleanup(folder.cleanup)
        self.folder = Path(folder.name)
        server = urllib.parse.urlsplit(os.environ["REPOINT_TEST_POSTGRES_TCP"])
        self.name = f"repoint_plans_{os.getpid()}_{self._testMethodName[-20:]}"
        self.admin = psycopg2.connect(server.geturl())
        self.admin.autocommit = True
        self.admin.cursor().execute(f"CREATE DATABASE {self.name}")
        self.addCleanup(self.drop)
        self.url = server._replace(path=f"/{self.name}").geturl()
        self.connection = {
            "host": server.hostname,
            "port": server.port,
            "user": urllib.parse.unquote(server.username),
            "password": urllib.parse.unquote(server.password),
            "database": self.name,
            "concurrent_tasks": 4,
        }

    def drop(self):
        self.admin.cursor().execute(f"DROP DATABASE {self.name} WITH (FORCE)")
        self.admin.close()

    def project(self, atomic, **options):
        return Project(self.folder / "project", self.connection, "postgres", atomic, MODELS, **options)

    def ask(self, sql):
        with psycopg2.connect(self.url) as connection, connection.cursor() as cursor:
            cursor.execute(sql)
            rows = cursor.fetchall() if cursor.description else None
        connection.close()
        return rows

    def releases(self):
        union = " UNION ".join(f"SELECT release FROM {view}" for view in Views(self.url).views("prod"))
        return {release for (release,) in self.ask(union)}

    def objects(self):
        """The oid and the privileges of each view, and its comment."""
        return self.ask(
            "SELECT relname, oid, relacl::text, obj_description(oid) FROM pg_class"
            " WHERE relnamespace = 'shop'::regnamespace ORDER BY relname"
        )

    def program(self, *words):
        command = [PROGRAM, "--state", self.url, *words]
        return subprocess.run(command, capture_output=True, text=True, check=True, timeout=60).stdout

    def is_finalized(self):
        with repoint.Store(self.url) as store:
            return store.environment("prod").finalized_at is not None

    def read(self, work, forms=FORMS):
        """What readers saw while `work` was done."""
        readers = [Reader(self.folder, Views(self.url), label, words, busy=50) for label, words in forms]
        try:
            work()
            counts = [reader.stop() for reader in readers]
        finally:
            for reader in readers:
                reader.end()
        for (label, _), one in zip(forms, counts):
            show(label, one)
        return counts

    def test_readers_never_see_a_mixture(self):
        project = self.project(atomic=True)
        project.plan("A")
        self.ask("GRANT SELECT ON ALL TABLES IN SCHEMA shop TO PUBLIC")
        before = self.objects()
        self.assertEqual(before[0][3], "model 0")

        def plans():
            for release in "BABA":
                project.plan(release)

        for (label, _), counts in zip(FORMS, self.read(plans)):
            whole(label, counts)
        self.assertEqual(self.releases(), {"A"})
        self.assertEqual(self.objects(), before)
        self.assertTrue(self.is_finalized())
        with repoint.Store(self.url) as store:
            self.assertEqual(store.verify("prod")["views"], [])
            self.assertEqual(len(store.history("prod")["revisions"]), 5)

    def test_without_the_option_they_do(self):
        project = self.project(atomic=False)
        project.plan("A")
        self.ask("GRANT SELECT ON ALL TABLES IN SCHEMA shop TO PUBLIC")
        before = self.objects()
        for release in "BABABABABA":
            [counts] = self.read(lambda: project.plan(release), FORMS[:1])  # noqa: B023 - it runs at once
            if counts["mixed"] or counts["errors"]:
                break
        else:
            self.fail("views that change one by one were never seen to")
        self.assertNotEqual(self.objects(), before)

    def test_statements_run_when_all_views_have_changed(self):
        self.ask("CREATE TABLE public.notes (note TEXT)")
        project = self.project(atomic=True, notes=NOTES)
        project.plan("A")
        project.plan("B")
        self.assertEqual(self.ask("SELECT note FROM public.notes"), [("AA",), ("BB",)])

    def test_a_development_environment_and_a_model_that_goes(self):
        project = self.project(atomic=True)
        project.plan("A")
        project.plan("B", "dev")
        self.assertEqual(self.ask("SELECT DISTINCT release FROM shop__dev.m39"), [("B",)])
        self.assertEqual(self.releases(), {"A"})
        project.models = MODELS - 1
        (project.folder / f"models/m{MODELS - 1:02}.sql").unlink()
        project.plan("B")
        self.assertEqual(self.ask("SELECT to_regclass('shop.m39')"), [(None,)])
        self.assertEqual(self.ask("SELECT DISTINCT release FROM shop.m38"), [("B",)])
        unpaused = "SELECT count(*), count(DISTINCT name) FROM sqlmesh._snapshots WHERE unpaused_ts IS NOT NULL"
        self.assertEqual(self.ask(unpaused), [(MODELS, MODELS)])  # that of a model that goes stays as it is

    def test_killed_before_the_cutover(self):
        project = self.project(atomic=True)
        project.plan("A")
        before = self.objects()
        with repoint.Store(self.url) as store:
            record = store.environment("prod").to_json()

        project.plan_and_die("B")  # and abandoned
        self.assertEqual((self.releases(), self.is_finalized()), ({"A"}, False))
        self.assertRegex(self.program("status"), "state promoted; .*repoint resume prod")
        self.program("abandon", "prod")
        with repoint.Store(self.url) as store:
            self.assertEqual(store.environment("prod").to_json(), record)
            self.assertEqual(store.verify("prod")["views"], [])

        project.plan_and_die("B")  # and resumed
        self.assertEqual((self.releases(), self.is_finalized()), ({"A"}, False))
        self.program("resume", "prod")
        self.assertEqual((self.releases(), self.is_finalized()), ({"B"}, True))
        self.assertEqual(self.objects(), before)

        self.program("rollback", "prod")  # and rolled back, which holds the environment
        self.assertEqual(self.releases(), {"A"})
        with self.assertRaisesRegex(SQLMeshError, "on hold"):
            project.plan("B")
        self.assertEqual(self.releases(), {"A"})
        self.program("release", "prod")

        project.plan_and_die("B")  # and planned anew
        project.plan("B")
        self.assertEqual((self.releases(), self.is_finalized()), ({"B"}, True))
        with repoint.Store(self.url) as store:
            self.assertIsNone(store.deployment_status("prod")["deployment"])


class DuckDBTest(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory(prefix="repoint-plans-")
        self.addCleanup(folder.cleanup)
        self.folder = Path(folder.name)
        self.file = self.folder / "warehouse.db"

    def mixtures(self, atomic):
        """How often a thread with a connection of its own saw more than one release, and which it saw."""
        project = Project(
            self.folder / "project", {"database": str(self.file)}, "duckdb", atomic, MODELS if not atomic else MODELS
        )
        project.plan("A")
        views = " UNION ".join(f"SELECT release FROM shop.m{number:02}" for number in range(MODELS))
        done, seen, failures = threading.Event(), [], []
        connection = duckdb.connect(str(self.file))

        def read():
            try:
                while not done.is_set():
                    seen.append("".join(sorted(row[0] for row in connection.execute(views).fetchall())))
            except BaseException as failure:
                failures.append(failure)

        thread = threading.Thread(target=read)
        thread.start()
        try:
            for release in "BA":
                project.plan(release)
        finally:
            done.set()
            thread.join()
            connection.close()
        print(f"    {len(seen)} reads: {sorted(set(seen))}, failures {failures[:1]}", flush=True)
        return sum(len(one) != 1 for one in seen) + len(failures), set(seen)

    def test_readers_never_see_a_mixture(self):
        mixed, seen = self.mixtures(atomic=True)
        self.assertEqual((mixed, seen), (0, {"A", "B"}))
        with repoint.Store(f"duckdb:{self.file}") as store:
            self.assertEqual(store.verify("prod")["views"], [])
            self.assertEqual(len(store.history("prod")["revisions"]), 3)


if __name__ == "__main__":
    case = {"postgres": PostgresTest, "duckdb": DuckDBTest}[sys.argv.pop(1)]
    suite = unittest.defaultTestLoader.loadTestsFromTestCase(case)
    if sys.argv[1:]:
        suite = unittest.TestSuite(map(case, sys.argv[1:]))
    sys.exit(not unittest.TextTestRunner(verbosity=2).run(suite).wasSuccessful())
