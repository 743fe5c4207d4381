"""A full disk: the operation fails and says so, nothing is lost, and it goes on when there is room again.

The disk is a small file system in memory, of the test's own, which only root can mount; without it the test is skipped.
"""

import json
import os
import shutil
import subprocess
import sys
import tempfile
import unittest
from pathlib import Path

sys.path[:0] = [str(Path(__file__).resolve().parents[1] / "sqlmesh"), str(Path(__file__).resolve().parent)]

from own_servers import MariaDB, Missing, Postgres, give_to_server  # noqa: E402
from program import PROGRAM, own_environment  # noqa: E402
from state_file import HISTORY  # noqa: E402

MIB = 1 << 20


class FullDisk(unittest.TestCase):
    """`self.url` is a store on the disk, which is `self.disk`."""

    def mount(self, size):
        self.folder = Path(tempfile.mkdtemp(prefix="repoint-disk-", dir="/tmp"))
        self.addCleanup(shutil.rmtree, self.folder, ignore_errors=True)
        self.disk = self.folder / "disk"
        self.disk.mkdir()
        command = ["mount", "-t", "tmpfs", "-o", f"size={size}", "repoint-test", str(self.disk)]
        try:
            result = subprocess.run(command, capture_output=True, text=True, check=False)
        except OSError as error:
            self.skipTest(f"no file system can be mounted: {error}")
        if result.returncode != 0:
            self.skipTest(f"no file system can be mounted: {result.stderr.strip()}")
        self.addCleanup(subprocess.run, ["umount", "--lazy", str(self.disk)], check=False)

    def fill_disk(self, leave):
        """Takes all room but so many bytes."""
        with (self.disk / "filler").open("wb", buffering=0) as file:
            status = os.statvfs(self.disk)
            left = max(status.f_bavail * status.f_frsize - leave, 0)
            while left > 0:
                left -= file.write(b"\0" * min(left, MIB))

    def make_room(self):
        (self.disk / "filler").unlink()

    def run_program(self, *words):
        command = [PROGRAM, *words, "-o", "json", "--state", self.url]
        return subprocess.run(
            command, cwd=self.folder, env=own_environment(), capture_output=True, text=True, check=False, timeout=120
        )

    def succeed(self, *words):
        result = self.run_program(*words)
        self.assertEqual(result.returncode, 0, (words, result.stdout, result.stderr))

    def refuse(self, codes, *words):
        result = self.run_program(*words)
        self.assertIn(result.returncode, codes, (result.stdout, result.stderr))
        return result.returncode, json.loads(result.stdout)["error"]

    def exported(self):
        path = self.folder / "exported.json"
        self.succeed("export", str(path))
        state = json.loads(path.read_text(encoding="utf-8"))
        del state["metadata"]
        return state

    def big_state(self):
        """Many megabytes of snapshots, which do not compress."""
        state = json.loads(HISTORY.read_text(encoding="utf-8"))
        snapshot = next(s for s in state["snapshots"] if not s["parents"])
        snapshots = []
        for number in range(40):
            one = json.loads(json.dumps(snapshot))
            one["name"] = f'"fix_shop"."shop"."big_{number}"'
            one["node"]["description"] = os.urandom(MIB // 2).hex()
            snapshots.append(one)
        state.update(snapshots=snapshots, environments={})
        path = self.folder / "big.json"
        path.write_text(json.dumps(state), encoding="utf-8")
        return str(path)

    def fill_store(self):
        self.succeed("init")
        self.succeed("import", str(HISTORY))
        return self.exported()

    def fail_and_go_on(self, before, leave, codes, *words):
        """Gives what was said. Afterwards the store is as before, and the same command works."""
        self.fill_disk(leave)
        code, error = self.refuse(codes, "push", self.big_state())
        self.make_room()
        self.after_the_failure()
        self.assertEqual(self.exported(), before)
        self.succeed("promote", "prod", "--from", "dev")
        self.succeed("finalize", "prod")
        return code, error

    def after_the_failure(self):
        """A server recovers by itself, or has to be started."""
        server = getattr(self, "server", None)
        while server is not None and not server.answers():
            if server.process.poll() is not None:
                server.start()

    def of_server(self, server_class, **options):
        try:
            server = server_class(self.folder, self.disk / "data", **options)
        except Missing as reason:
            self.skipTest(str(reason))
        self.addCleanup(server.kill)
        server.start()
        self.url = server.url
        return server

    def needs(self, variable):
        if not os.environ.get(variable):
            self.skipTest(f"{variable} is not set")


class OnPostgres(FullDisk):
    SMALL = {"min_wal_size": "4MB", "max_wal_size": "8MB"}

    def setUp(self):
        self.needs("REPOINT_TEST_POSTGRES")
        self.mount("160m")
        give_to_server(self.disk)

    def test_no_room_for_tables(self):
        """The log is on another disk."""
        self.of_server(Postgres, initdb=["--wal-segsize=1", f"--waldir={self.folder}/wal"], **self.SMALL)
        code, error = self.fail_and_go_on(self.fill_store(), 4 * MIB, (1,))
        self.assertIn("No space left on device", error["message"])
        self.assertIn("space", error["hint"])

    def test_no_room_for_the_log(self):
        """PostgreSQL may then end itself."""
        self.server = self.of_server(Postgres, initdb=["--wal-segsize=1"], **self.SMALL)
        code, error = self.fail_and_go_on(self.fill_store(), 12 * MIB, (1, 6, 8))
        print(f"    exit {code}: {error['message'].splitlines()[0]}", flush=True)


class OnMariaDB(FullDisk):
    def setUp(self):
        self.needs("REPOINT_TEST_MARIADB")
        self.mount("200m")
        give_to_server(self.disk)

    def test_no_room(self):
        """MariaDB 10.11 ends itself when it has no room to undo what it has no room for."""
        self.server = self.of_server(MariaDB)
        code, error = self.fail_and_go_on(self.fill_store(), 4 * MIB, (1, 6))
        print(f"    exit {code}: {error['message'].splitlines()[0]}", flush=True)
        if code == 1:
            self.assertIn("space", error["hint"])


class OnFiles(FullDisk):
    def setUp(self):
        self.mount("32m")

    def test_sqlite(self):
        self.url = f"sqlite:{self.disk}/state.db"
        _, error = self.fail_and_go_on(self.fill_store(), 2 * MIB, (1,))
        self.assertIn("the disk of", error["message"])

    def test_duckdb(self):
        self.needs("REPOINT_DUCKDB_LIBRARY")
        self.url = f"duckdb:{self.disk}/state.db"
        _, error = self.fail_and_go_on(self.fill_store(), 2 * MIB, (1,))
        self.assertIn("the disk of", error["message"])

    def test_no_room_for_a_new_store(self):
        for url in ("sqlite:{}/new.db", "duckdb:{}/new.duckdb"):
            if url.startswith("duckdb") and not os.environ.get("REPOINT_DUCKDB_LIBRARY"):
                continue
            self.url = url.format(self.disk)
            self.fill_disk(0)
            _, error = self.refuse((1,), "init")
            self.assertIn("the disk of", error["message"])
            self.make_room()
            self.fill_store()


if __name__ == "__main__":
    unittest.main()
