"""A project's statements: what needs no macros runs when SQLMesh would run it, the rest is stored and told."""

import json
import sys
import unittest
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "cli"))

from shop import SHOP, PostgresShop  # noqa: E402

NEW_VERSION = "2090483622"


class Statements(PostgresShop):
    def setUp(self):
        super().setUp()
        self.open_shop()
        self.psql("CREATE TABLE shop.log (id SERIAL, note TEXT)")

    def deploy_with(self, before, after, *words, code=0):
        statements = [{"before_all": before, "after_all": after, "python_env": {}}]
        path = self.directory / "statements.json"
        path.write_text(json.dumps(statements), encoding="utf-8")
        line = ["deploy", "prod", "--from", "dev", "--check-gaps", "none", "--statements", str(path), *words]
        return self.document(*line) if code == 0 else self.refusal(code, *line)

    def log(self):
        return [note for (note,) in self.psql("SELECT note FROM shop.log ORDER BY id")]

    def test_before_and_after(self):
        revenue = "SELECT 'paid orders: ' || (pg_get_viewdef('shop.daily_revenue') LIKE '%2090483622%')"
        self.deploy_with([f"INSERT INTO shop.log (note) {revenue}"], [f"INSERT INTO shop.log (note) {revenue}"])
        self.assertEqual(self.log(), ["paid orders: false", "paid orders: true"])

    def test_what_needs_macros_is_told(self):
        path = self.directory / "statements.json"
        path.write_text(json.dumps([{"before_all": ["@grant()"], "after_all": ["{{ log() }}"], "python_env": {}}]))
        plan = self.document("plan", "prod", "--from", "dev", "--statements", str(path))
        told = [warning for warning in plan["warnings"] if "not run here" in warning]
        self.assertEqual([warning.split(" of ")[0] for warning in told], ["1 before_all statement", "1 after_all statement"])
        self.deploy_with(["@grant()"], ["{{ log() }}"])
        self.assertEqual(self.log(), [])

    def test_one_that_fails_before_changes_nothing(self):
        before = self.revenue_of_readers()
        error = self.deploy_with(["INSERT INTO shop.log (note) VALUES ('begun')", "SELECT 1 / 0"], [], code=1)
        self.assertIn("division by zero", error["message"])
        self.assertEqual((self.revenue_of_readers(), self.log()), (before, []))
        self.succeed("abandon", "prod")

    def test_one_that_fails_afterwards_is_a_warning(self):
        result = self.deploy_with([], ["SELECT 1 / 0"])
        self.assertEqual(result["state"], "finalized")
        self.assertTrue(any("division by zero" in warning for warning in result["warnings"]))

    def test_a_models_statement_runs_with_its_view(self):
        state = json.loads((SHOP / "state.json").read_text(encoding="utf-8"))
        (snapshot,) = [s for s in state["snapshots"] if "daily_revenue" in s["name"] and s["version"] == NEW_VERSION]
        snapshot["node"]["on_virtual_update"] = [{"sql": "COMMENT ON VIEW shop.daily_revenue IS 'is this?'"}]
        path = self.directory / "state.json"
        path.write_text(json.dumps(state), encoding="utf-8")
        self.succeed("import", str(path), "--replace")
        self.deploy_with([], [])
        self.assertEqual(self.psql("SELECT obj_description('shop.daily_revenue'::regclass)"), [["is this?"]])


if __name__ == "__main__":
    unittest.main()
