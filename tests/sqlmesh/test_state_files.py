"""State files go from SQLMesh to repoint and back, and nobody can tell.

The files are SQLMesh's own exports: two of a PostgreSQL store, and one of the project of these tests. What SQLMesh does
next, it does in the same way as if the state had never left it.
"""

import json
import re
import tempfile
import time
import unittest
from pathlib import Path

import duckdb
import time_machine
from click.testing import CliRunner
from program import Repoint
from shop_project import apply, make_history
from sqlmesh.cli.main import cli
from sqlmesh.core.console import NoopConsole, set_console
from sqlmesh.core.state_sync.export_import import export_state
from state_file import HISTORY, SHOP, assert_same, read
from state_sync import state_sync_of

NOW = "2026-01-08 09:00:00"
TABLES = ("_snapshots", "_environments", "_intervals", "_environment_statements", "_auto_restatements", "_versions")

FOLDER = tempfile.TemporaryDirectory(prefix="repoint-state-files-")
ROOT = Path(FOLDER.name)
OWN = ROOT / "own.json"
PROJECT = None


def setUpModule():
    global PROJECT
    unittest.addModuleCleanup(FOLDER.cleanup)
    PROJECT = make_history(ROOT / "project")
    PROJECT.export_state(NOW, OWN)


def new_folder(test):
    folder = tempfile.TemporaryDirectory(dir=ROOT)
    test.addCleanup(folder.cleanup)
    return Path(folder.name)


class RoundTripTest(unittest.TestCase):
    """Imported and exported again, a state file is the same JSON value."""

    def check_each_file(self, *imports):
        """Does the imports, each a path (None: the file itself) and options, and compares what is then exported."""
        for path in (SHOP, HISTORY, OWN):
            with self.subTest(file=path.name):
                repoint = Repoint(new_folder(self))
                for other, options in imports:
                    repoint.import_state(other or path, *options)
                copy = repoint.export_state(repoint.folder / "copy.json")
                assert_same(self, read(path), read(copy), "imported and exported")
                self.assertTrue(copy.read_text(encoding="utf-8").isascii(), "as SQLMesh, all else is escaped")

    def test_the_same_value(self):
        self.check_each_file((None, []))

    def test_importing_again_changes_nothing(self):
        self.check_each_file((None, []), (None, []), (None, ["--replace"]))

    def test_replace_leaves_nothing_of_before(self):
        self.check_each_file((SHOP, []), (HISTORY, []), (None, ["--replace"]))

    def test_some_environments(self):
        for path in (SHOP, HISTORY, OWN):
            repoint = Repoint(new_folder(self))
            state_sync = state_sync_of(repoint.folder, path)
            repoint.import_state(path)
            environments = sorted(read(path)["environments"])
            for names in (["prod"], ["dev"], environments[:2], environments[1:]):
                with self.subTest(file=path.name, environments=names):
                    expected, found = repoint.folder / "expected.json", repoint.folder / "found.json"
                    export_state(state_sync, expected, environment_names=names)
                    repoint.export_state(found, *(word for name in names for word in ("--environment", name)))
                    assert_same(self, read(expected), read(found), "exported")

    def test_the_project_has_everything(self):
        """Or the tests above show less than they say."""
        state = read(OWN)
        kinds = {snapshot["node"].get("kind", {}).get("name") for snapshot in state["snapshots"]}
        self.assertLessEqual(
            {"SEED", "INCREMENTAL_BY_TIME_RANGE", "INCREMENTAL_BY_UNIQUE_KEY", "FULL", "VIEW", "EMBEDDED"}
            | {"SCD_TYPE_2_BY_TIME", "EXTERNAL", None},  # a standalone audit has no kind
            kinds,
        )
        languages = {snapshot["node"].get("source_type") for snapshot in state["snapshots"]}
        self.assertLessEqual({"sql", "python", "seed", "external", "audit"}, languages)
        breaking, non_breaking, indirect_breaking, metadata = 1, 2, 4, 6
        categories = {snapshot["change_category"] for snapshot in state["snapshots"]}
        self.assertLessEqual({breaking, non_breaking, indirect_breaking, metadata}, categories)
        for field in ("intervals", "dev_intervals", "pending_restatement_intervals", "forward_only"):
            self.assertTrue(any(snapshot[field] for snapshot in state["snapshots"]), f"no snapshot has {field}")
        for field in ("next_auto_restatement_ts", "last_altered_ts", "unpaused_ts"):
            self.assertTrue(any(field in snapshot for snapshot in state["snapshots"]), f"no snapshot has {field}")
        environments = {name: entry["environment"] for name, entry in state["environments"].items()}
        self.assertEqual(sorted(environments), ["dev", "pr_17", "prod", "staging"])
        self.assertNotIn("finalized_ts", environments["staging"])
        self.assertTrue(state["environments"]["prod"]["statements"][0]["before_all"])


class ContinueTest(unittest.TestCase):
    """SQLMesh continues on what repoint exported as on what it exported itself."""

    def setUp(self):
        self.folder = new_folder(self)
        repoint = Repoint(self.folder)
        repoint.import_state(OWN)
        self.by_repoint = repoint.export_state(self.folder / "by-repoint.json")

    def project_with(self, name, path, *options):
        """The project with a fresh state, into which the command of SQLMesh imports a file."""
        project = PROJECT.copy(self.folder / name, with_state=False)
        if "--replace" in options:
            self.run_sqlmesh(project, "state", "import", "-i", str(HISTORY), "--no-confirm")
        self.run_sqlmesh(project, "state", "import", "-i", str(path), "--no-confirm", *options)
        return project

    def run_sqlmesh(self, project, *words):
        with time_machine.travel(NOW + "+00:00", tick=True):
            result = CliRunner().invoke(cli, ["--paths", str(project.folder), *words], catch_exceptions=False)
        set_console(NoopConsole())
        self.assertEqual(result.exit_code, 0, result.output)
        self.assertIn("imported successfully", result.output)

    def rows(self, project):
        """Every row of the state. Ids and times that are younger than the import are left out: no two runs agree."""
        known_ids = set(re.findall(r"\b[0-9a-f]{32}\b", OWN.read_text(encoding="utf-8")))
        with time_machine.travel(NOW + "+00:00"):
            import_ms = int(time.time() * 1000)

        def in_order(column):
            """SQLMesh writes the snapshots of an environment in the order of a set: no two runs agree on that either."""
            if not (isinstance(column, str) and column.startswith("[{")):
                return column
            return json.dumps(sorted(json.loads(column), key=lambda item: json.dumps(item, sort_keys=True)))

        def without_news(row):
            row = tuple(in_order(column) for column in row)
            text = re.sub(r"\b[0-9a-f]{32}\b", lambda id: id[0] if id[0] in known_ids else "new id", repr(row))
            return re.sub(r"\b17\d{11}\b", lambda ms: ms[0] if int(ms[0]) < import_ms else "later", text)

        with duckdb.connect(project.folder / "state.db", read_only=True) as state:
            return {
                table: sorted(without_news(row) for row in state.execute(f"SELECT * FROM sqlmesh.{table}").fetchall())
                for table in TABLES
            }

    def check_continues(self, *options):
        alone = self.project_with("alone", OWN, *options)
        through_repoint = self.project_with("through-repoint", self.by_repoint, *options)
        assert_same(self, self.rows(alone), self.rows(through_repoint), "after the import")

        with through_repoint.at("2026-01-08 09:10:00") as context:
            self.assertFalse(context.diff("dev"), "SQLMesh sees changes where there are none")
        for project in (alone, through_repoint):
            project.change("models/orders.sql", "13.5", "14.5")
            with project.at("2026-01-08 09:20:00") as context:
                self.assertTrue(context.diff("dev"))
                apply(context, "dev")
            with project.at("2026-01-09 07:00:00") as context:
                apply(context, "prod")
        assert_same(self, self.rows(alone), self.rows(through_repoint), "after a change was planned and applied")

    def test_into_an_empty_state(self):
        self.check_continues()

    def test_in_place_of_another_state(self):
        self.check_continues("--replace")


if __name__ == "__main__":
    unittest.main()
