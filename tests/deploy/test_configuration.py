"""The sections of repoint.yaml: what they may say, and that what is wrong touches nothing."""

import textwrap
import unittest

from deployment import DeploymentTest

GOOD = """\
deploy: {lease: 45, cutover_timeout: 12}
retain: 7
candidate: {readers: [analysts, auditors]}
checks:
  - name: no orphans
    sql: SELECT * FROM {shop.orders} WHERE customer_id IS NULL
  - name: rows
    model: shop.orders
    rows: {min: 1, change: 20%}
    severity: warn
  - name: fresh
    model: shop.orders
    freshness: {column: order_date, within: 2 days}
    environments: [prod]
  - name: after
    command: ./smoke.sh
    after_cutover: true
    on_failure: rollback
approvals:
  prod: {count: 2, roles: [release_managers]}
  staging: {count: 1}
hooks:
  - events: [finalized, failed]
    command: [./tell.sh, loudly]
  - events: checked
    command: ./ticket.sh
    required: true
    environments: prod
"""


class WhatIsUnderstood(DeploymentTest):
    def test_config_prints_it(self):
        self.configure(GOOD)
        document = self.document("config")
        self.assertEqual([check["kind"] for check in document["checks"]], ["sql", "rows", "freshness", "command"])
        self.assertEqual([check["severity"] for check in document["checks"]], ["error", "warn", "error", "error"])
        self.assertEqual(document["checks"][2]["environments"], ["prod"])
        self.assertEqual(
            (document["checks"][3]["after_cutover"], document["checks"][3]["on_failure"]), (True, "rollback")
        )
        self.assertEqual(document["approvals"]["prod"], {"count": 2, "roles": ["release_managers"]})
        self.assertEqual(document["approvals"]["staging"], {"count": 1, "roles": None})
        self.assertEqual(document["hooks"][0]["command"], ["./tell.sh", "loudly"])
        self.assertEqual(document["hooks"][1]["command"], ["sh", "-c", "./ticket.sh"])
        self.assertEqual(document["candidate"], {"readers": ["analysts", "auditors"]})
        self.assertEqual(document["retain"], 7)
        self.assertEqual(document["settings"]["lease"]["value"], "45")
        self.assertEqual(document["settings"]["cutover-timeout"]["value"], "12")
        text = self.succeed("config")
        self.assertRegex(text, r"(?m)^checks +4 checks +.*repoint\.yaml, line 4$")
        self.assertRegex(text, r"(?m)^approvals +2 environments +")

    def test_every_command_reads_it(self):
        self.configure(GOOD)
        self.succeed("status")
        self.succeed("environments")

    def test_the_example_of_the_help_and_of_init(self):
        """It is YAML that is understood, and both show the same."""
        help_text = self.succeed("help", "configuration")
        example = textwrap.dedent(help_text[help_text.index("  deploy:\n") : help_text.index("\nChecks run")]).splitlines()
        start = next(i for i, line in enumerate(example) if line.startswith("deploy:"))
        self.configure("\n".join(example[start:]) + "\n")
        self.assertEqual(len(self.document("config")["checks"]), 5)
        (self.directory / "repoint.yaml").unlink()
        self.succeed("init")
        text = (self.directory / "repoint.yaml").read_text()
        commented = [line[2:] for line in text.splitlines() if line.startswith("# ")]
        start = commented.index(next(line for line in commented if line.startswith("deploy:")))
        self.configure("\n".join(commented[start:]) + "\n")
        self.assertEqual(len(self.document("config")["checks"]), 5)

    def test_empty_sections(self):
        self.configure("checks:\napprovals:\nhooks: ~\nretain:\ncandidate:\nsnapshots: []\n")
        self.assertEqual(self.document("config")["checks"], [])


class WhatIsRefused(DeploymentTest):
    def setUp(self):
        super().setUp()
        self.before = self.contents()

    def refuse_text(self, text, *words, line):
        self.configure(text)
        for command in (["config"], ["deploy", "prod", "--from", "dev"]):
            message = self.refuse(2, *command)
            self.assertRegex(message, rf"repoint\.yaml, line {line}: ", text)
            for word in words:
                self.assertIn(word, message, text)
        self.assertEqual(self.contents(), self.before)

    def check(self, text, *words, line=2):
        self.refuse_text("checks:\n" + text, *words, line=line)

    def test_unknown_keys(self):
        self.check("  - nmae: x\n", "a check has no key nmae", "did you mean name?")
        self.check("  - name: x\n    model: m\n    rows: {mni: 3}\n", "rows has no key mni", line=4)
        self.refuse_text("approvals: {prod: {cuont: 2}}\n", "cuont", "did you mean count?", line=1)
        self.refuse_text("hooks:\n  - event: finalized\n", "a hook has no key event", "events", line=2)
        self.refuse_text("candidate: {roles: [x]}\n", "candidate has no key roles", line=1)
        self.refuse_text("deploy: {lesae: 3}\n", "deploy.lesae", "did you mean deploy.lease?", line=1)
        self.refuse_text("check: []\n", "there is no key check", "did you mean checks?", line=1)

    def test_shapes(self):
        self.refuse_text("checks: {name: x}\n", "checks is a list", line=1)
        self.refuse_text("checks: [x]\n", "a check consists of keys and values", line=1)
        self.refuse_text("approvals: [prod]\n", "approvals has environments below it", line=1)
        self.refuse_text("approvals: {prod: 2}\n", "approvals for prod consists of keys and values", line=1)
        self.refuse_text("hooks: {events: checked}\n", "hooks is a list", line=1)
        self.refuse_text("retain: many\n", "retain is a whole number", line=1)
        self.refuse_text("retain: 0\n", "retain is from 1 to 1000", line=1)
        self.refuse_text("candidate: {readers: []}\n", "readers of candidate is an empty list", line=1)

    def test_checks(self):
        self.check("  - sql: SELECT 1\n", "a check has no name")
        self.check("  - name: x\n", "the check x has nothing to do")
        self.check("  - {name: x, sql: SELECT 1, command: [a]}\n", "the check x has several things to do")
        self.check("  - {name: x, sql: SELECT 1, model: m}\n", "has a model")
        self.check("  - {name: x, rows: {min: 3}}\n", "has no model")
        self.check("  - {name: x, model: m, rows: {min: -3}}\n", "min of rows is a whole number")
        self.check("  - {name: x, model: m, rows: {change: 20}}\n", "change of rows is no percentage", "20%")
        self.check("  - {name: x, model: m, rows: {}}\n", "rows has no bound")
        self.check("  - {name: x, model: m, rows: {min: 9, max: 3}}\n", "a min above its max")
        self.check("  - {name: x, model: m, freshness: {column: c}}\n", "freshness has no bound")
        self.check("  - {name: x, model: m, freshness: {within: 2 days}}\n", "freshness has no column")
        self.check("  - {name: x, model: m, freshness: {column: c, within: soon}}\n", "no duration", "2 days")
        self.check("  - {name: x, sql: SELECT 1, timeout: -3}\n", "timeout of a check is no duration")
        self.check("  - {name: x, sql: SELECT 1, severity: fatal}\n", "severity is error or warn")
        self.check("  - {name: x, sql: SELECT 1, after_cutover: maybe}\n", "is true or false")
        self.check("  - {name: x, sql: SELECT 1, on_failure: rollback}\n", "runs before the cutover")
        self.check(
            "  - {name: x, sql: SELECT 1, after_cutover: true, on_failure: rollback, severity: warn}\n", "never"
        )
        self.check("  - {name: x, model: m, rows: {change: 2%}, after_cutover: true}\n", "to compare with")
        self.check("  - {name: x, sql: [SELECT 1]}\n", "sql of a check is not a text")
        self.check("  - {name: x, sql: SELECT 1}\n  - {name: x, sql: SELECT 2}\n", "two checks", line=3)
        self.check(f"  - {{name: x, sql: '{'x' * 200000}'}}\n", "sql of a check is not a text")
        self.check("  - {name: x, sql: SELECT 1}\n" * 1 + "".join(
            f"  - {{name: n{i}, sql: SELECT 1}}\n" for i in range(1000)), "more than 1000", line=1002)

    def test_approvals(self):
        self.refuse_text("approvals:\n  prod: {count: 0}\n", "from 1 to 100", line=2)
        self.refuse_text("approvals:\n  prod: {roles: [[x]]}\n", "roles of approvals for prod", line=2)

    def test_hooks(self):
        self.refuse_text("hooks:\n  - {events: finalized}\n", "a hook has no command", line=2)
        self.refuse_text("hooks:\n  - {command: x}\n", "a hook has no events", line=2)
        self.refuse_text("hooks:\n  - {events: done, command: x}\n", "there is no event done", line=2)
        self.refuse_text(
            "hooks:\n  - {events: finalized, command: x, required: true}\n", "cannot be required", line=2
        )

    def test_approvals_where_the_database_does_not_know_its_users(self):
        self.configure("approvals: {prod: {count: 1}}\n")
        error = self.refusal(2, "deploy", "prod", "--from", "dev")
        self.assertIn("does not know who its users are", error["message"])
        self.assertEqual(self.contents(), self.before)
        self.refuse(2, "approve", "prod")
        self.configure("approvals: {staging: {count: 1}}\n")
        self.succeed("deploy", "prod", "--from", "dev")


if __name__ == "__main__":
    unittest.main()
