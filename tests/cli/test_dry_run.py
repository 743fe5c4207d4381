"""--dry-run: what it says is what the command would do, and nothing is written, in whatever state things are."""

import contextlib
import json
import sqlite3
import unittest

from shop import DAILY_REVENUE, NEW_REVENUE, SHOP, PostgresShop, ShopTest

STEPS = ("check", "cutover", "resume", "abandon")
NEW_TABLE = "sqlmesh__shop.shop__daily_revenue__2090483622"
CHECKS = """\
checks:
  - {name: orphans, sql: 'SELECT * FROM {shop.orders} WHERE order_id IS NULL', timeout: 20}
  - {name: enough, model: orders, rows: {min: 1, change: 20%}, severity: warn}
  - {name: program, command: echo run >> told}
  - {name: sales, model: daily_revenue, rows: {min: 1}, after_cutover: true, on_failure: rollback}
hooks:
  - {events: [promoted, checked, approved, finalized, failed], command: echo hook >> told}
"""


class DryRuns:
    """What is the same on SQLite and PostgreSQL; a subclass is a shop, and has `everything`."""

    def setUp(self):
        super().setUp()
        self.open_shop()

    def configure(self, text):
        (self.directory / "repoint.yaml").write_text(text, encoding="utf-8")

    def rehearse(self, *words, code=0):
        """A dry run, as text and as JSON; the document, or the error. Nothing has changed, and nobody was told."""
        before = self.everything()
        told = (self.directory / "told").exists()
        text = self.run_program(*words, "-n")
        result = self.run_program(*words, "-n", "-o", "json")
        self.assertEqual((text.returncode, result.returncode), (code, code), (words, text.stderr, result.stdout))
        self.assertEqual(self.everything(), before, words)
        self.assertEqual((self.directory / "told").exists(), told, words)
        document = json.loads(result.stdout)
        if code == 0:
            self.assertEqual(text.stderr, "", words)
            self.assertTrue(text.stdout.endswith("dry run: nothing was written\n"), (words, text.stdout))
            self.assertIs(document["dry_run"], True, words)
        self.text = text.stdout
        return document if code == 0 else document["error"]

    def steps(self, *words, **more):
        return self.rehearse(*words, **more)["would"]["steps"]

    # -- a deployment, step by step

    def test_the_steps_of_a_deployment(self):
        self.configure(CHECKS)
        self.assertEqual(self.steps("deploy", "prod", "--from", "dev"),
                         ["draft", "candidate", "check", "cutover", "check_after", "cleanup"])
        self.assertIn("prod would be deployed\n", self.text)
        self.assertEqual(self.steps("deploy", "prod", "--from", "dev", "--until", "candidate"), ["draft", "candidate"])
        self.assertIn("a deployment of prod would be open\n", self.text)

        self.succeed("deploy", "prod", "--from", "dev", "--until", "draft")
        self.assertEqual(self.steps("check", "prod"), ["candidate", "check"])
        self.assertEqual(self.steps("resume", "prod"), ["candidate", "check", "cutover", "check_after", "cleanup"])
        self.assertEqual(self.steps("abandon", "prod"), ["abandon"])

        (self.directory / "told").unlink()
        would = self.rehearse("check", "prod")["would"]
        self.assertIn("shop__prod__next.orders", would["candidates"])
        self.assertEqual(
            [(check["name"], check["severity"], check["views"]) for check in would["checks"]],
            [("orphans", "error", ["shop__prod__next.orders"]), ("enough", "warn", ["shop__prod__next.orders"]),
             ("program", "error", [])],
        )
        orphans, enough, program = would["checks"]
        self.assertEqual((orphans["expects"], orphans["timeout_seconds"]), ("no rows", 20))
        self.assertEqual(enough["expects"], "at least 1 rows, at most 20% more or fewer rows than now")
        self.assertIn("echo run >> told", program["expects"])

        self.succeed("check", "prod")
        self.assertEqual(self.steps("check", "prod"), [])
        self.assertIn("Nothing would be done", self.text)
        cutover = self.rehearse("cutover", "prod")
        self.assertEqual(cutover["would"]["steps"], ["cutover", "check_after", "cleanup"])
        self.assertEqual([view["view"] for view in cutover["views"]], ["shop.daily_revenue"])
        self.assertEqual(len(cutover["added"]), 3)
        (sales,) = cutover["would"]["checks"]
        self.assertEqual((sales["after_cutover"], sales["views"]), (True, ["shop.daily_revenue"]))
        self.assertIn("shop__prod__next.daily_revenue", self.rehearse("abandon", "prod")["would"]["candidates"])
        self.assertIn("181755734", self.revenue_of_readers())

        done = self.document("cutover", "prod")
        self.assertEqual((done["views"], done["added"]), (cutover["views"], cutover["added"]))
        self.assertNotIn("would", done)
        for command in STEPS:
            self.assertEqual(self.rehearse(command, "prod", code=5)["code"], "not_found")

    def test_without_checks_it_becomes_checked(self):
        self.succeed("deploy", "prod", "--from", "dev", "--until", "candidate")
        self.assertEqual(self.steps("check", "prod"), ["check"])
        self.assertIn("there are no checks", self.text)

    # -- what is refused

    def test_what_is_in_the_way(self):
        self.succeed("deploy", "prod", "--from", "dev", "--until", "checked")
        self.change(f"DROP TABLE {self.name(NEW_TABLE)} CASCADE")
        error = self.rehearse("cutover", "prod", code=3)
        self.assertEqual((error["code"], error["detail"]["names"]), ("missing_tables", [DAILY_REVENUE]))
        self.assertIs(error["detail"]["dry_run"], True)
        (obstacle,) = error["detail"]["would"]["obstacles"]
        self.assertIn(NEW_TABLE, obstacle["message"])
        self.assertIn("In the way\n", self.text)
        self.assertEqual(self.refusal(3, "cutover", "prod")["message"], error["message"])
        self.assertEqual(self.steps("abandon", "prod"), ["abandon"])

    def test_what_has_moved(self):
        self.configure("checks:\n  - {name: program, command: 'true'}\n")
        self.succeed("deploy", "prod", "--from", "dev", "--until", "checked")
        self.succeed("intervals", "add", NEW_REVENUE, "2026-01-06", "2026-01-07")
        self.assertEqual(self.steps("cutover", "prod"), ["check", "cutover", "cleanup"])
        self.change(f"UPDATE {self.state('_environments')} SET plan_id = 'other' WHERE name = 'prod'")
        self.assertEqual(self.rehearse("cutover", "prod", code=4)["code"], "conflict")
        self.assertEqual(self.refusal(4, "cutover", "prod")["code"], "conflict")

    def test_gaps(self):
        self.succeed("deploy", "prod", "--from", "dev", "--until", "checked")
        self.succeed("intervals", "remove", NEW_REVENUE, "--start", "2026-01-03", "--end", "2026-01-04")
        self.assertEqual(self.rehearse("cutover", "prod", code=3)["detail"]["gaps"][0]["name"], DAILY_REVENUE)
        self.assertEqual(self.rehearse("resume", "prod", code=3)["code"], "gaps")

    def test_somebody_holds_the_environment(self):
        self.succeed("deploy", "prod", "--from", "dev", "--until", "draft")
        self.change(f"UPDATE {self.state('_repoint_leases')} SET expires_ts = 4102444800000, holder = 'x',"
                    " author = 'anna', host = 'etl', doing = 'deploying', process = NULL, taken_ts = 0")
        for command in STEPS:
            error = self.rehearse(command, "prod", code=4)
            self.assertIn("held by anna on etl", error["message"])
        self.assertEqual(self.rehearse("deploy", "prod", "--from", "dev", code=4)["code"], "conflict")
        self.assertEqual(self.rehearse("promote", "prod", "--from", "dev", code=4)["code"], "conflict")
        self.assertEqual(self.rehearse("release", "prod", code=4)["code"], "conflict")
        waiting = self.rehearse("cutover", "prod", "--wait")
        self.assertIn("it would be waited for", waiting["warnings"][0])

    def test_what_is_open_already(self):
        self.succeed("deploy", "prod", "--from", "dev", "--until", "draft")
        for words in (["deploy", "prod", "--from", "dev"], ["promote", "prod", "--from", "dev"]):
            self.assertIn("is open already", self.rehearse(*words, code=4)["message"])

    # -- what was promoted

    def test_a_promotion(self):
        plan_id = self.document("environment", "prod")["plan_id"]
        self.succeed("promote", "prod", "--from", "dev")
        document = self.rehearse("abandon", "prod")
        self.assertEqual((document["state"], document["would"]["steps"]), ("promoted", ["restore", "abandon"]))
        self.assertEqual(document["would"]["restores"]["plan_id"], plan_id)
        self.assertIn(f"put back the record of plan {plan_id}, finalized", self.text)
        for command in ("cutover", "resume"):
            self.assertEqual(self.rehearse(command, "prod", code=4)["code"], "conflict")
        self.rehearse("finalize", "prod")
        self.change(f"UPDATE {self.state('_environments')} SET plan_id = 'other' WHERE name = 'prod'")
        error = self.rehearse("abandon", "prod", code=4)
        self.assertEqual(self.refusal(4, "abandon", "prod")["message"], error["message"])

    def test_a_new_environment_that_was_promoted(self):
        self.succeed("promote", "pr_1", "--from", "prod")
        self.assertIsNone(self.rehearse("abandon", "pr_1")["would"]["restores"]["plan_id"])
        self.assertIn("was not there before", self.text)

    # -- the others

    def test_a_rollback_and_its_hold(self):
        self.succeed("deploy", "prod", "--from", "dev")
        self.assertEqual(self.steps("rollback", "prod"), ["draft", "candidate", "check", "cutover", "cleanup"])
        self.assertIs(self.rehearse("release", "prod")["was_held"], False)
        self.succeed("rollback", "prod")
        self.assertIs(self.rehearse("release", "prod")["was_held"], True)
        self.assertIn("would be released", self.text)
        self.assertEqual(self.rehearse("deploy", "prod", "--from", "dev", code=3)["code"], "held")
        self.assertIs(self.document("release", "prod")["was_held"], True)

    def test_a_repair(self):
        self.change(f"DROP VIEW {self.name('shop.orders')}")
        self.assertIs(self.rehearse("verify", "prod", "--repair")["repaired"], False)
        self.assertIn("1 view would be made", self.text)
        self.succeed("promote", "prod", "--from", "dev")
        self.assertEqual(self.rehearse("verify", "prod", "--repair", code=3)["code"], "refused")

    def test_the_state(self):
        state = str(SHOP / "state.json")
        self.rehearse("init", "--deployments")
        for line in (
            ["import", state, "--replace"],
            ["push", state],
            ["intervals", "remove", NEW_REVENUE, "--start", "2026-01-03", "--end", "2026-01-04"],
            ["intervals", "add", NEW_REVENUE, "--start", "2026-01-06", "--end", "2026-01-06"],
            ["intervals", "compact"],
            ["invalidate", "dev"],
            ["janitor", "--ignore-ttl"],
            ["migrate"],
            ["reset"],
        ):
            self.rehearse(*line)

    def test_a_plan_that_is_saved(self):
        self.assertIn("dry run", self.succeed("plan", "prod", "--from", "dev", "--out", "plan.json", "-n"))
        self.assertFalse((self.directory / "plan.json").exists())


class OnSQLite(DryRuns, ShopTest):
    def everything(self):
        return self.contents()

    def name(self, name):
        return f'"{name}"'

    def state(self, table):
        return f'"{table}"'

    def change(self, statement):
        with contextlib.closing(sqlite3.connect(self.database)) as connection, connection:
            connection.execute(statement.removesuffix(" CASCADE"))


class OnPostgres(DryRuns, PostgresShop):
    def everything(self):
        """Every row of every table, what each view is, and the schemas, in one look."""
        return self.psql(
            "SELECT schemaname, tablename, query_to_xml(format('SELECT t::TEXT FROM %I.%I t ORDER BY 1', schemaname,"
            " tablename), FALSE, FALSE, '')::TEXT FROM pg_tables WHERE schemaname NOT IN ('pg_catalog',"
            " 'information_schema') UNION ALL SELECT schemaname, viewname, definition FROM pg_views"
            " WHERE schemaname LIKE 'shop%' UNION ALL SELECT nspname, '', '' FROM pg_namespace"
            " WHERE nspname NOT LIKE 'pg%' ORDER BY 1, 2, 3"
        )

    def name(self, name):
        return name

    def state(self, table):
        return f"sqlmesh.{table}"

    def change(self, statement):
        self.psql(statement + ";")


if __name__ == "__main__":
    unittest.main()
