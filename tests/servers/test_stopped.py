"""A server that stops in the middle of an operation: killed, or shut down at once.

The server is the test's own. Between it and the program stands a proxy that stops it at one of the program's messages,
when the message has just been handed over, so that the server dies somewhere in its work. After it has started again the
store is what it was before or what the operation makes of it, and the exit code has said which: 0 it happened, 6 it did
not, 8 nobody knows. REPOINT_SOAK stops it at every message; otherwise at those that REPOINT_SEED draws, and at the commit.
"""

import json
import os
import random
import shutil
import subprocess
import sys
import tempfile
import unittest
from pathlib import Path

sys.path[:0] = [str(Path(__file__).resolve().parents[1] / "sqlmesh"), str(Path(__file__).resolve().parent)]

from own_servers import MariaDB, Missing, Postgres  # noqa: E402
from program import PROGRAM, own_environment  # noqa: E402
from proxy import Proxy  # noqa: E402
from state_file import HISTORY  # noqa: E402

SEED = int(os.environ.get("REPOINT_SEED", "1"))
SOAK = bool(os.environ.get("REPOINT_SOAK"))
SHARE = 3
OUTCOMES = {(0, True), (6, False), (8, False), (8, True)}


class Stopped:
    """`server_class`, `variable`, and how its messages look, come from the class that has a database."""

    def setUp(self):
        if not os.environ.get(self.variable):
            self.skipTest(f"{self.variable} is not set")
        self.folder = Path(tempfile.mkdtemp(prefix="repoint-stopped-", dir="/tmp"))
        self.addCleanup(shutil.rmtree, self.folder, ignore_errors=True)
        try:
            self.server = self.server_class(self.folder)
        except Missing as reason:
            self.skipTest(str(reason))
        self.addCleanup(self.server.kill)
        self.server.start()
        self.succeed("init")
        self.succeed("import", str(HISTORY))

    def run_program(self, *words, url=None):
        command = [PROGRAM, *words, "-o", "json", "--state", url or self.server.url]
        return subprocess.run(command, env=own_environment(), capture_output=True, text=True, check=False, timeout=60)

    def succeed(self, *words):
        result = self.run_program(*words)
        self.assertEqual(result.returncode, 0, (words, result.stdout, result.stderr))
        return json.loads(result.stdout)

    def exported(self):
        path = self.folder / "state.json"
        self.succeed("export", str(path))
        state = json.loads(path.read_text(encoding="utf-8"))
        del state["metadata"]
        return state

    def promotion(self):
        """What to run, and what it writes."""
        return ["promote", "prod", "--from", "dev", "--check-gaps", "none"]

    def push(self):
        """Snapshots that are not there: nothing points to those of these environments any more."""
        for name in ("dev", "staging", "pr_17"):
            self.run_program("invalidate", name)
        self.succeed("janitor", "--ignore-ttl")
        return ["push", str(HISTORY)]

    def stop_during(self, words, is_due, stop, forward=True):
        """The exit code, whether anything changed, whether it was stopped, and how many messages there were."""
        before = self.contents()
        proxy = Proxy(self.server.socket, is_due, act=stop, forward=forward)
        result = self.run_program(*words, url=self.url_through(proxy.port))
        proxy.listener.close()
        if proxy.has_cut:
            proxy.acted.wait(60)
            self.server.start()
        return result.returncode, self.contents() != before, proxy.has_cut, proxy.messages

    def contents(self):
        """Everything, but for the moments at which snapshots were written."""
        state = self.exported()
        rows = self.succeed("snapshots")["snapshots"]
        return state, sorted((row["name"], row["identifier"]) for row in rows)

    def stop_at_messages(self, prepare, stop):
        words = prepare()
        _, happened, _, messages = self.stop_during(words, lambda *_: False, stop)
        self.assertTrue(happened)
        numbers = list(range(1, messages + 1))
        if not SOAK:
            numbers = sorted(random.Random(f"{SEED} {self.id()}").sample(numbers, SHARE))
        print(f"share: {len(numbers)} of {messages} messages, seed {SEED}", flush=True)
        for due in [lambda n, _, at=number: n == at for number in numbers] + [self.is_commit]:
            code, happened, _, _ = self.stop_during(prepare(), due, stop)
            self.assertIn((code, happened), OUTCOMES, numbers)
        code, happened, has_cut, _ = self.stop_during(prepare(), self.is_commit, stop, forward=False)
        self.assertTrue(has_cut)
        self.assertEqual((code, happened), (8, False))

    def test_killed_during_a_promotion(self):
        self.stop_at_messages(self.promotion, self.server.kill)

    def test_killed_during_a_push(self):
        self.stop_at_messages(self.push, self.server.kill)

    def test_shut_down_during_a_promotion(self):
        self.stop_at_messages(self.promotion, self.server.stop_at_once)


class OnPostgres(Stopped, unittest.TestCase):
    variable = "REPOINT_TEST_POSTGRES"
    server_class = Postgres

    @staticmethod
    def is_commit(_, message):
        return b"COMMIT\0" in message

    @staticmethod
    def url_through(port):
        return f"postgresql://repoint@127.0.0.1:{port}/postgres?sslmode=disable"


class OnMariaDB(Stopped, unittest.TestCase):
    variable = "REPOINT_TEST_MARIADB"
    server_class = MariaDB

    @staticmethod
    def is_commit(_, message):
        return message.endswith(b"\x03COMMIT")

    @staticmethod
    def url_through(port):
        return f"mysql://root@127.0.0.1:{port}/mysql"


if __name__ == "__main__":
    unittest.main()
