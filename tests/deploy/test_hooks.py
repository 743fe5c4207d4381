"""Hooks: who is told what, and which of them can stop a deployment."""

import json
import unittest

from deployment import DAILY_REVENUE, DeploymentTest

EVERYTHING = "promoted, checked, approved, finalized, failed, rolled_back"
REMEMBER = "cat >> events.jsonl; echo >> events.jsonl"


class Hooks(DeploymentTest):
    def events(self):
        return [event["event"] for event in self.told()]

    def configure_hooks(self, *hooks, more=""):
        lines = "".join(f"  - {hook}\n" for hook in hooks)
        self.configure(f"hooks:\n  - {{events: [{EVERYTHING}], command: '{REMEMBER}'}}\n{lines}{more}")

    def test_a_deployment(self):
        self.configure_hooks()
        document = self.document("deploy", "prod", "--from", "dev", "--message", "new revenue")
        self.assertEqual(self.events(), ["promoted", "checked", "finalized"])
        told = self.told()[-1]
        self.assertEqual(told["environment"], "prod")
        self.assertEqual(told["plan_id"], document["plan_id"])
        self.assertEqual(told["previous_plan_id"], document["previous_plan_id"])
        self.assertEqual(told["message"], "new revenue")
        self.assertEqual(told["digest"], document["digest"] or told["digest"])
        self.assertIn(DAILY_REVENUE, told["added"])
        self.assertEqual((told["removed"], told["error"]), ([], None))

    def test_a_rollback(self):
        self.succeed("deploy", "prod", "--from", "dev")
        self.configure_hooks("{events: [promoted, checked], command: 'false', required: true}")
        document = self.document("rollback", "prod")
        self.assertEqual(self.events(), ["promoted", "checked", "rolled_back"])
        self.assertEqual(len(document["warnings"]), 2)

    def test_a_failure(self):
        self.configure_hooks(more="checks:\n  - {name: never, sql: SELECT 1}\n")
        self.refuse(3, "deploy", "prod", "--from", "dev")
        self.assertEqual(self.events(), ["promoted", "failed"])
        self.assertEqual(self.told()[-1]["error"]["code"], "check_failed")
        self.assertIn("never", self.told()[-1]["error"]["message"])

    def test_one_that_must_succeed(self):
        for event, state in (("promoted", "draft"), ("checked", "candidate")):
            with self.subTest(event):
                self.configure_hooks(f"{{events: {event}, command: [sh, -c, 'test -e allowed'], required: true}}")
                error = self.refusal(3, "deploy", "prod", "--from", "dev")
                self.assertEqual((error["code"], self.state_of()), ("refused", state))
                self.assertIn("exit status 1", error["message"])
                self.assertEqual(self.refusal(3, "resume", "prod")["code"], "refused")
                self.succeed("abandon", "prod")
        (self.directory / "allowed").touch()
        self.assertEqual(self.document("deploy", "prod", "--from", "dev")["state"], "finalized")

    def test_the_others_stop_nothing(self):
        self.configure_hooks(
            "{events: [promoted, checked, finalized], command: 'echo oh no; exit 4'}",
            "{events: finalized, command: sleep 1000, timeout: 1}",
            "{events: finalized, command: [./nowhere]}",
        )
        result = self.run_program("deploy", "prod", "--from", "dev", "-o", "json")
        self.assertEqual(result.returncode, 0)
        self.assertEqual(result.stderr, "promoted: oh no\nchecked: oh no\nfinalized: oh no\n")
        warnings = json.loads(result.stdout)["warnings"]
        self.assertEqual(len(warnings), 5)
        self.assertIn("exit status 4", warnings[0])
        self.assertIn("it took longer than 1 seconds", warnings[3])

    def test_only_its_environments(self):
        self.configure(f"hooks:\n  - {{events: finalized, command: '{REMEMBER}', environments: staging}}\n")
        self.succeed("deploy", "prod", "--from", "dev")
        self.assertEqual(self.told(), [])

    def test_nothing_is_held_meanwhile(self):
        """A hook can read and write the store: no transaction is open while it runs."""
        self.execute("CREATE TABLE notes (x)")
        script = "import sqlite3; c = sqlite3.connect('shop.db', timeout=0); c.execute('INSERT INTO notes VALUES (1)'); c.commit()"
        (self.directory / "note.py").write_text(script)
        self.configure(
            "hooks:\n  - {events: [promoted, checked], command: [python3, note.py], required: true}\n"
            "  - {events: finalized, command: [python3, note.py]}\n"
            "checks:\n  - {name: writes, command: [python3, note.py]}\n"
        )
        self.assertEqual(self.document("deploy", "prod", "--from", "dev")["warnings"], [])
        self.assertEqual(len(self.query("SELECT * FROM notes")), 4)

    def test_they_may_be_told_again(self):
        self.configure_hooks()
        self.succeed("deploy", "prod", "--from", "dev", "--until", "draft")
        self.assertEqual(self.events(), ["promoted"])
        self.succeed("resume", "prod")
        self.assertEqual(self.events(), ["promoted", "promoted", "checked", "finalized"])


if __name__ == "__main__":
    unittest.main()
