"""The state store of a project is the one that SQLMesh would use."""

import json
import os
import subprocess
import sys
import tempfile
import unittest
import warnings
from pathlib import Path
from unittest import mock

import repoint

POSTGRES = "{type: postgres, host: db, port: 5432, user: me, password: 'p@ss', database: state}"
PROJECT = "name: shop\nprofile: shop\n"
POSTGRES_URL = "postgresql://me:p%40ss@db:5432/state"


class DiscoveryTest(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory(prefix="repoint-project-")
        self.addCleanup(folder.cleanup)
        self.folder = Path(folder.name)
        home = mock.patch.dict(os.environ, {"HOME": folder.name, "STATE_PASSWORD": "s3cret"})
        home.start()
        self.addCleanup(home.stop)
        os.environ.pop("DBT_PROFILES_DIR", None)

    def find(self, files):
        for name, text in files.items():
            (self.folder / name).write_text(text, encoding="utf-8")
        return repoint.find_store(self.folder)

    def sqlmesh(self, text):
        return self.find({"config.yaml": text})

    def test_the_state_connection_of_the_default_gateway(self):
        found = self.sqlmesh(
            f"""
gateways:
  Local: {{connection: {{type: duckdb, database: local.db}}}}
  prod:
    connection: {{type: snowflake}}
    state_connection: {POSTGRES}
    state_schema: state_of_prod
default_gateway: PROD
"""
        )
        self.assertEqual(found, repoint.FoundStore(POSTGRES_URL, "state_of_prod", str(self.folder / "config.yaml")))

    def test_the_first_gateway_and_its_connection(self):
        found = self.sqlmesh("gateways:\n  a: {connection: {type: duckdb, database: w.db}}\n  b: {}\n")
        self.assertEqual((found.url, found.schema), (f"duckdb:{self.folder}/w.db", "sqlmesh"))

    def test_the_gateway_without_a_name(self):
        text = f"gateways:\n  a: {{connection: {{type: duckdb}}}}\n  '': {{connection: {POSTGRES}}}\n"
        self.assertEqual(self.sqlmesh(text).url, POSTGRES_URL)

    def test_one_gateway_alone(self):
        self.assertEqual(self.sqlmesh(f"gateways: {{connection: {POSTGRES}}}\n").url, POSTGRES_URL)
        self.assertEqual(self.sqlmesh(f"default_connection: {POSTGRES}\n").url, POSTGRES_URL)

    def test_variables_are_filled_in(self):
        text = """
gateways:
  prod:
    state_connection:
      type: postgres
      host: "{{ env_var('STATE_HOST', 'localhost') }}"
      port: 5432
      user: me
      password: {{ env_var('STATE_PASSWORD') }}
      database: state
      sslmode: require
before_all:
  - "{% if x %} {{ this_is_not_ours }} {% endif %}"
"""
        self.assertEqual(self.sqlmesh(text).url, "postgresql://me:s3cret@localhost:5432/state?sslmode=require")
        with self.assertRaises(repoint.InvalidError) as caught:
            self.sqlmesh(text.replace("{{ env_var('STATE_PASSWORD') }}", "\"{{ env_var('NOT_THERE') }}\""))
        self.assertIn("NOT_THERE", str(caught.exception))

    def test_an_alias(self):
        text = f"x: &state {POSTGRES}\ngateways: {{a: {{state_connection: *state}}}}\n"
        self.assertEqual(self.sqlmesh(text).url, POSTGRES_URL)

    def test_nothing_is_printed(self):
        code = "import repoint, sys; repoint.find_store(sys.argv[1])"
        for text in ("gateways: [", "- a", "", "\x00", "gateways: &a {x: *a}", "gateways: {x: *nobody}", "a: b: c"):
            (self.folder / "config.yaml").write_text(text, encoding="utf-8")
            command = [sys.executable, "-c", code, self.folder]
            result = subprocess.run(command, capture_output=True, text=True, check=False)
            self.assertTrue(result.stderr.startswith("Traceback"), f"{text!r}: {result.stderr}")

    def test_mysql(self):
        text = "gateways: {a: {connection: {type: mysql, host: '::1', user: me, password: x, database: state}}}"
        self.assertEqual(self.sqlmesh(text).url, "mysql://me:x@[::1]/state")

    def test_what_sqlmesh_makes_of_it(self):
        """Its own reader and repoint.sqlmesh.url_of() end at the same URL."""
        warnings.simplefilter("ignore")
        from sqlmesh.core.config import Config
        from sqlmesh.core.config.loader import load_config_from_paths

        from repoint.sqlmesh import url_of

        text = f"gateways: {{x: {{state_connection: {POSTGRES}}}}}\nmodel_defaults: {{dialect: postgres}}\n"
        found = self.sqlmesh(text)
        config = load_config_from_paths(Config, project_paths=[self.folder / "config.yaml"], load_from_env=False)
        self.assertEqual(url_of(config.get_state_connection("x")).split("?")[0], found.url)

    def test_dbt(self):
        profiles = """
shop:
  target: prod
  outputs:
    dev: {type: duckdb, path: dev.duckdb}
    prod: {type: postgres, host: db, port: 5432, user: me, pass: "{{ env_var('STATE_PASSWORD') }}", dbname: shop, schema: x}
"""
        found = self.find({"dbt_project.yml": PROJECT, "profiles.yml": profiles})
        self.assertEqual(found.url, "postgresql://me:s3cret@db:5432/shop")
        self.assertEqual(found.file, str(self.folder / "profiles.yml"))
        found = self.find({"dbt_project.yml": PROJECT, "profiles.yml": profiles.replace("prod\n", "dev\n", 1)})
        self.assertEqual(found.url, f"duckdb:{self.folder}/dev.duckdb")

    def test_what_cannot_be_found(self):
        with self.assertRaises(repoint.NotFoundError):
            repoint.find_store(self.folder)
        (self.folder / "config.py").write_text("config = None")
        with self.assertRaises(repoint.RefusedError):
            repoint.find_store(self.folder)
        for text, kind in (
            ("gateways: {a: {connection: {type: snowflake}}}", repoint.RefusedError),
            ("gateways: {a: {connection: {type: duckdb}}}", repoint.RefusedError),
            ("gateways: {a: {}}", repoint.InvalidError),
            ("default_gateway: b\ngateways: {a: {connection: {type: duckdb, database: x}}}", repoint.InvalidError),
            ("gateways: [", repoint.InvalidError),
            ("- a", repoint.InvalidError),
            ("", repoint.InvalidError),
            ("\x00", repoint.InvalidError),
            ("gateways: &a {x: *a}", repoint.InvalidError),
            ("gateways: {x: *nobody}", repoint.InvalidError),
        ):
            with self.subTest(text), self.assertRaises(kind):
                self.sqlmesh(text)

    def test_on_the_command_line(self):
        """The project says it, unless a flag, a variable or repoint.yaml does."""
        (self.folder / "config.yaml").write_text(f"gateways: {{a: {{connection: {POSTGRES}, state_schema: here}}}}")

        def settings(*words):
            command = [os.environ["REPOINT_PROGRAM"], "-C", str(self.folder), "config", "--output", "json", *words]
            environment = {name: value for name, value in os.environ.items() if not name.startswith("REPOINT_")}
            result = subprocess.run(command, capture_output=True, text=True, check=True, env=environment)
            found = json.loads(result.stdout)["settings"]
            return [(found[name]["value"], found[name]["from"]) for name in ("state", "schema")]

        masked = "postgresql://me:***@db:5432/state"
        self.assertEqual(settings(), [(masked, "project"), ("here", "project")])
        self.assertEqual(settings("--schema", "x"), [(masked, "project"), ("x", "flag")])
        self.assertEqual(settings("--state", "memory:"), [("memory:", "flag"), ("sqlmesh", "default")])
        (self.folder / "repoint.yaml").write_text("state:\n  url: 'memory:'\n")
        self.assertEqual(settings()[0], ("memory:", "file"))
        (self.folder / "repoint.yaml").unlink()
        (self.folder / "config.yaml").write_text("gateways: {a: {connection: {type: snowflake}}}")
        self.assertEqual(settings()[0], ("sqlite:repoint.db", "default"))

    def test_opening_it(self):
        repoint.Store.create(f"sqlite:{self.folder}/x.db").close()
        with self.assertRaises(repoint.UnreachableError):
            text = "gateways: {a: {connection: {type: postgres, host: 127.0.0.1, port: 1, user: u, password: p, database: d}}}"
            self.sqlmesh(text)
            repoint.Store.discover(self.folder)


if __name__ == "__main__":
    unittest.main()
