"""A warehouse whose user says that it changes views one by one, as the program shows it."""

import unittest

from deployment import DeploymentTest

MIXTURE = "this warehouse changes views one by one: meanwhile readers may see new tables in some of the "


class OneByOne(DeploymentTest):
    def setUp(self):
        super().setUp()
        self.configure("warehouse:\n  views: one-by-one\n")

    def says_so(self, *arguments):
        """In the warnings and in the text for people."""
        warnings = self.document(*arguments, "--dry-run")["warnings"]
        text = " ".join(self.succeed(*arguments, "--dry-run").split())
        self.assertEqual(any(MIXTURE in warning for warning in warnings), MIXTURE in text)
        return MIXTURE in text

    def test_plan_and_deploy_say_so(self):
        for command in ("plan", "deploy"):
            self.assertTrue(self.says_so(command, "pr_7", "--from", "dev"))
            self.assertFalse(self.says_so(command, "pr_7", "--from", "dev", "--warehouse-views", "together"))
        self.assertIn(MIXTURE, " ".join(self.succeed("deploy", "pr_7", "--from", "dev").split()))
        self.assertEqual(self.document("verify", "pr_7")["views"], [])

    def test_one_view_is_no_mixture(self):
        plan = self.document("plan", "prod", "--from", "dev")
        self.assertEqual(len(plan["views"]), 1)
        self.assertFalse(self.says_so("plan", "prod", "--from", "dev"))
        self.succeed("deploy", "prod", "--from", "dev")
        self.succeed("rollback", "prod")
        self.assertEqual(self.document("verify", "prod")["views"], [])

    def test_the_middle(self):
        self.succeed("deploy", "pr_7", "--from", "dev")
        self.succeed("deploy", "pr_7", "--from", "prod", "--until", "checked")
        self.execute("UPDATE _repoint_deployments SET state = 'switching'")
        self.assertIn(
            "the views of pr_7 change one by one: readers may see new tables in some of them and old ones in others",
            "\n".join(self.document("status")["attention"]),
        )
        error = self.refusal(3, "resume", "pr_7", environment={"REPOINT_WAREHOUSE_VIEWS": "together"})
        self.assertIn("--warehouse-views", error["hint"])

    def test_another_word(self):
        self.configure("warehouse:\n  views: sometimes\n")
        self.assertIn("together|one-by-one", self.refusal(2, "status")["hint"])


if __name__ == "__main__":
    unittest.main()
