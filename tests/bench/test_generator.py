"""SQLMesh takes what bench/generate makes: each snapshot means what it says, and state files can be imported."""

import os
import subprocess
import sys
import tempfile
import unittest
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "sqlmesh"))

from sqlmesh.core.snapshot import Snapshot, SnapshotTableInfo  # noqa: E402
from state_file import read  # noqa: E402
from state_sync import state_sync_of  # noqa: E402

MODELS = 30


def generate(folder, what):
    path = Path(folder) / f"{what}.json"
    with path.open("wb") as file:
        subprocess.run([os.environ["REPOINT_GENERATE"], str(MODELS), what], stdout=file, check=True)
    return path


class GeneratorTest(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory(prefix="repoint-generator-")
        self.addCleanup(folder.cleanup)
        self.folder = Path(folder.name)

    def test_sqlmesh_imports_it(self):
        for environment in ("prod", "dev"):
            with self.subTest(environment=environment):
                state = read(generate(self.folder, environment))
                state_sync = state_sync_of(self.folder, self.folder / f"{environment}.json")
                stored = state_sync.get_environment(environment)
                self.assertEqual(len(state_sync.get_snapshots(stored.snapshots)), MODELS)
                self.assertTrue(stored.finalized_ts)
                self.check_snapshots(state, environment)

    def check_snapshots(self, state, environment):
        """Fingerprints, versions, parents and the environment's own memory of a snapshot agree."""
        snapshots = {raw["name"]: Snapshot.parse_obj(raw) for raw in state["snapshots"]}
        ids = {snapshot.snapshot_id for snapshot in snapshots.values()}
        for raw in state["environments"][environment]["environment"]["snapshots"]:
            snapshot = snapshots[raw["name"]]
            self.assertEqual(snapshot.version, snapshot.fingerprint.to_version())
            self.assertEqual(len(snapshot.previous_versions), 2)
            self.assertLessEqual(set(snapshot.parents), ids)
            self.assertEqual(snapshot.table_info, SnapshotTableInfo.parse_obj(raw))

    def test_the_same_seed_makes_the_same_bytes(self):
        first = generate(self.folder, "plan").read_bytes()
        self.assertEqual(first, generate(self.folder, "plan").read_bytes())


if __name__ == "__main__":
    unittest.main()
