"""`wait`, and what `status` says about open deployments, leases and holds."""

import json
import signal
import subprocess
import time
import unittest
from pathlib import Path

from deployment import DeploymentTest
from shop import PROGRAM


class BesideOthers(DeploymentTest):
    def start(self, *arguments):
        process = subprocess.Popen(
            [PROGRAM, *arguments], cwd=self.directory, env=self.environment, stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL, text=True,
        )
        self.addCleanup(process.communicate)
        self.addCleanup(process.kill)
        return process

    def wait_for(self, name):
        end = time.monotonic() + 60
        while not (self.directory / name).exists():
            self.assertLess(time.monotonic(), end)
            time.sleep(0.02)


class Waiting(BesideOthers):
    def test_nothing_is_open(self):
        self.assertEqual(self.document("wait", "prod")["state"], "finalized")
        self.assertEqual(self.refusal(5, "wait", "nowhere")["code"], "not_found")
        self.assertEqual(self.refusal(5, "wait", "prod", "--plan-id", "unknown")["code"], "not_found")

    def test_until_it_is_finalized(self):
        self.succeed("deploy", "prod", "--from", "dev", "--plan-id", "p1", "--until", "checked")
        waiting = self.start("wait", "prod", "-o", "json")
        self.succeed("cutover", "prod")
        output, _ = waiting.communicate(timeout=60)
        self.assertEqual((waiting.returncode, json.loads(output)["plan_id"]), (0, "p1"))
        self.succeed("rollback", "prod")
        self.succeed("wait", "prod", "--plan-id", "p1")

    def test_a_promotion_without_a_deployment(self):
        self.succeed("promote", "prod", "--from", "dev")
        self.assertEqual(self.refusal(6, "wait", "prod", "--timeout", "1")["code"], "timeout")
        self.succeed("finalize", "prod")
        self.succeed("wait", "prod")

    def test_it_is_abandoned(self):
        self.succeed("deploy", "prod", "--from", "dev", "--plan-id", "p1", "--until", "draft")
        self.succeed("abandon", "prod")
        error = self.refusal(3, "wait", "prod", "--plan-id", "p1")
        self.assertIn("was abandoned", error["message"])

    def test_it_has_failed(self):
        self.configure("checks:\n  - {name: never, sql: SELECT 1}\n")
        self.refuse(3, "deploy", "prod", "--from", "dev")
        error = self.refusal(3, "wait", "prod")
        self.assertIn("has failed", error["message"])
        self.assertIn("never", error["message"])

    def test_time_is_over(self):
        self.succeed("deploy", "prod", "--from", "dev", "--until", "draft")
        self.assertEqual(self.refusal(6, "wait", "prod", "--timeout", "1")["code"], "timeout")

    def test_interrupted(self):
        self.succeed("deploy", "prod", "--from", "dev", "--until", "draft")
        waiting = self.start("wait", "prod", "--trace")
        self.wait_until_asleep(waiting.pid)
        waiting.send_signal(signal.SIGINT)
        waiting.communicate(timeout=60)
        self.assertEqual(waiting.returncode, 130)

    def wait_until_asleep(self, process):
        end = time.monotonic() + 60
        while "poll" not in Path(f"/proc/{process}/wchan").read_text() and time.monotonic() < end:
            time.sleep(0.02)


class Status(BesideOthers):
    def entry(self):
        (entry,) = self.document("status")["deployments"]
        return entry

    def attention(self):
        return "\n".join(self.document("status")["attention"])

    def test_nothing(self):
        self.assertEqual(self.document("status")["deployments"], [])

    def test_an_open_deployment(self):
        self.succeed("deploy", "prod", "--from", "dev", "--until", "candidate", "--plan-id", "p1")
        entry = self.entry()
        self.assertEqual((entry["deployment"]["state"], entry["lease"], entry["hold"]), ("candidate", None, None))
        self.assertIn('a deployment of prod is open: plan p1 by', self.attention())
        self.assertIn('"repoint resume prod" goes on with it', self.attention())
        self.assertRegex(self.succeed("status"), r"(?m)^prod +candidate .* nobody +no$")

    def test_of_a_new_environment(self):
        self.succeed("deploy", "pr_7", "--from", "dev", "--until", "draft")
        self.assertEqual(self.entry()["environment"], "pr_7")
        self.assertIn("a deployment of pr_7 is open", self.attention())

    def test_somebody_works_on_it_and_dies(self):
        self.configure("checks:\n  - {name: long, command: 'echo > began; exec sleep 1000'}\n")
        working = self.start("deploy", "prod", "--from", "dev")
        self.wait_for("began")
        lease = self.entry()["lease"]
        self.assertEqual((lease["is_dead"], lease["is_expired"]), (False, False))
        self.assertIn("prod is held by", self.attention())
        self.assertIn("somebody works on it", self.attention())
        working.kill()
        working.wait()
        lease = self.entry()["lease"]
        self.assertTrue(lease["is_dead"])
        self.assertIn("whose process has died", self.attention())
        self.configure("")
        self.succeed("resume", "prod")
        self.assertEqual(self.document("status")["attention"], [])

    def test_an_expired_lease(self):
        self.succeed("deploy", "prod", "--from", "dev", "--until", "draft")
        self.execute(
            "UPDATE _repoint_leases SET holder = 'x', author = 'anna', host = 'etl-3', doing = 'deploying',"
            " taken_ts = 1767600000000, expires_ts = 1767600060000"
        )
        self.assertTrue(self.entry()["lease"]["is_expired"])
        self.assertIn("whose lease has expired at 2026-01-05 08:01:00 UTC", self.attention())

    def test_a_hold(self):
        self.succeed("deploy", "prod", "--from", "dev")
        self.succeed("rollback", "prod")
        self.assertIsNotNone(self.entry()["hold"])
        self.assertIn('"repoint release prod" lifts the hold', self.attention())
        self.succeed("release", "prod")
        self.assertEqual(self.document("status")["attention"], [])


if __name__ == "__main__":
    unittest.main()
