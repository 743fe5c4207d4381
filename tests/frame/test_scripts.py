"""The scripts behind make: how tests are counted, and that a bad word is refused."""

import json
import subprocess
import tempfile
import unittest
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]


def run(script, *arguments):
    return subprocess.run(
        [str(ROOT / script), *arguments],
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )


class SummaryTest(unittest.TestCase):
    """The last line of make test."""

    def summary(self, *tests):
        with tempfile.TemporaryDirectory() as directory:
            log = Path(directory) / "testlog.json"
            lines = [json.dumps({"name": name, "result": result, "stdout": out}) for name, result, out in tests]
            log.write_text("".join(line + "\n" for line in lines), encoding="utf-8")
            result = run("scripts/test-summary", str(log))
        return result.returncode, result.stdout.splitlines()

    def test_all_passed(self):
        self.assertEqual(self.summary(("promote", "OK", ""), ("cron", "OK", "")), (0, ["2 passed, 0 failed"]))

    def test_failures_are_named(self):
        for result in ["FAIL", "TIMEOUT", "ERROR", "INTERRUPT", "UNEXPECTEDPASS"]:
            status, lines = self.summary(("promote", "OK", ""), ("cron", result, ""))
            self.assertEqual((status, lines), (1, ["failed: cron", "1 passed, 1 failed"]))

    def test_skipped_is_told(self):
        status, lines = self.summary(("promote", "OK", ""), ("sqlmesh", "SKIP", ""))
        self.assertEqual((status, lines[-1]), (0, "1 passed, 0 failed, 1 skipped"))

    def test_nothing_ran(self):
        self.assertEqual(self.summary(), (1, ["no test ran", "0 passed, 0 failed"]))
        self.assertEqual(self.summary(("sqlmesh", "SKIP", ""))[0], 1)

    def test_no_log(self):
        result = run("scripts/test-summary", "/nonexistent/testlog.json")
        self.assertEqual((result.returncode, result.stdout.splitlines()[-1]), (1, "0 passed, 0 failed"))

    def test_share(self):
        share = "share: 20 of 200 kills, seed 1"
        status, lines = self.summary(("kill", "OK", f"before\n{share}\nafter\n"))
        self.assertEqual((status, lines), (0, [f"kill: {share}", "1 passed, 0 failed"]))

    def test_a_share_of_nothing_fails(self):
        status, lines = self.summary(("kill", "OK", "share: 0 of 200 kills, seed 1\n"), ("cron", "OK", ""))
        self.assertEqual((status, lines[-1]), (1, "1 passed, 1 failed"))


class UsageTest(unittest.TestCase):
    def test_unknown_words(self):
        for script in ["install-deps", "build", "test"]:
            with self.subTest(script):
                result = run(f"scripts/{script}", "nonsense")
                self.assertEqual(result.returncode, 2)
                self.assertIn("nonsense", result.stderr)


if __name__ == "__main__":
    unittest.main()
