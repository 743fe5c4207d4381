"""Checks: what they look at, what their failure does, and that each comes to an end."""

import json
import signal
import subprocess
import time
import unittest

from deployment import DAILY_REVENUE, NEXT_ORDERS, DeploymentTest
from shop import PROGRAM

NEW_TABLE = "sqlmesh__shop.shop__daily_revenue__2090483622"


class OnTheCandidate(DeploymentTest):
    def check(self, text, *options):
        """Deploys with these checks; the results by name."""
        self.configure("checks:\n" + text)
        document = self.document("deploy", "prod", "--from", "dev", *options)
        return {check["name"]: check for check in document["checks"]}

    def check_fails(self, text):
        """The same, refused: the error."""
        self.configure("checks:\n" + text)
        error = self.refusal(3, "deploy", "prod", "--from", "dev")
        self.assertEqual(error["code"], "check_failed")
        return error

    def test_a_query_that_returns_no_rows_passes(self):
        results = self.check("  - {name: none, sql: 'SELECT * FROM {shop.orders} WHERE 1 = 0'}\n")
        none = results["none"]
        self.assertEqual((none["outcome"], none["rows"], none["message"]), ("passed", 0, None))
        self.assertIn("2090483622", self.revenue_of_readers())

    def test_a_query_that_returns_rows_leaves_the_candidate(self):
        error = self.check_fails("  - {name: no orphans, sql: 'SELECT * FROM {orders} LIMIT 3'}\n")
        (check,) = error["detail"]["checks"]
        self.assertEqual((check["outcome"], check["rows"], check["severity"]), ("failed", 3, "error"))
        self.assertIn("no orphans (3 rows, where there should be none)", error["message"])
        self.assertEqual(error["detail"]["draft"]["state"], "candidate")
        self.assertEqual(error["detail"]["next"], "repoint resume prod")
        self.assertEqual(self.state_of(), "candidate")
        self.assertIn("181755734", self.revenue_of_readers())
        failed = self.steps()[-1]
        self.assertEqual((failed["step"], failed["outcome"]), ("check", "failed"))
        self.assertEqual(failed["detail"]["checks"], error["detail"]["checks"])

    def test_what_is_mended_passes_at_the_next_try(self):
        self.execute(f"CREATE TABLE ready (x)")
        self.check_fails("  - {name: ready, sql: 'SELECT 1 WHERE NOT EXISTS (SELECT * FROM ready)'}\n")
        self.execute("INSERT INTO ready VALUES (1)")
        self.assertEqual(self.document("check", "prod")["state"], "checked")
        self.assertEqual(self.document("resume", "prod")["state"], "finalized")

    def test_it_reads_the_candidate_not_what_readers_see(self):
        self.execute(f'DELETE FROM "{NEW_TABLE}"')
        error = self.check_fails("  - {name: filled, sql: 'SELECT 1 WHERE NOT EXISTS (SELECT * FROM {daily_revenue})'}\n")
        self.assertEqual(error["detail"]["checks"][0]["outcome"], "failed")
        self.assertTrue(self.query('SELECT * FROM "shop.daily_revenue"'))

    def test_braces_are_written_twice(self):
        self.check("  - {name: braces, sql: \"SELECT '{{}}' FROM {orders} WHERE '{{' = '}}'\"}\n")

    def test_a_warning_is_told_and_stops_nothing(self):
        self.configure("checks:\n  - {name: late, sql: SELECT 1, severity: warn}\n")
        document = self.document("deploy", "prod", "--from", "dev")
        self.assertEqual(document["state"], "finalized")
        self.assertIn("the check late did not pass: 1 row, where there should be none", document["warnings"])

    def test_rows(self):
        results = self.check(
            "  - {name: some, model: shop.orders, rows: {min: 1, max: 1000, change: 20%}}\n"
            "  - {name: many, model: shop.orders, rows: {min: 1000}, severity: warn}\n"
            "  - {name: few, model: shop.orders, rows: {max: 1}, severity: warn}\n"
        )
        orders = len(self.query('SELECT * FROM "shop.orders"'))
        self.assertEqual((results["some"]["outcome"], results["some"]["rows"]), ("passed", orders))
        self.assertEqual(results["many"]["message"], f"{orders} rows, fewer than 1000")
        self.assertEqual(results["few"]["message"], f"{orders} rows, more than 1")

    def test_rows_against_what_readers_see(self):
        ((before,),) = self.query('SELECT COUNT(*) FROM "shop.daily_revenue"')
        self.execute(f'DELETE FROM "{NEW_TABLE}" WHERE rowid IN (SELECT MIN(rowid) FROM "{NEW_TABLE}")')
        results = self.check("  - {name: same, model: daily_revenue, rows: {change: 0%}, severity: warn}\n")
        self.assertIn(f"{before - 1} rows instead of {before} now", results["same"]["message"])

    def test_freshness(self):
        column = "order_date"
        ((newest,),) = self.query(f'SELECT MAX("{column}") FROM "shop.orders"')
        results = self.check(
            f"  - {{name: fresh, model: orders, freshness: {{column: {column}, within: 400 days, not_older: true}}}}\n"
            f"  - {{name: stale, model: orders, severity: warn, freshness: {{column: {column}, within: 1 hour}}}}\n"
        )
        self.assertEqual(results["fresh"]["outcome"], "passed", results)
        self.assertEqual(results["stale"]["outcome"], "failed")
        self.assertIn(str(newest), results["stale"]["message"])

    def test_freshness_against_what_readers_see(self):
        day = self.query('SELECT name FROM pragma_table_info(?) WHERE name LIKE "%day%" OR name LIKE "%date%"',
                         NEW_TABLE)[0][0]
        self.execute(f'DELETE FROM "{NEW_TABLE}" WHERE "{day}" >= (SELECT MAX("{day}") FROM "{NEW_TABLE}")')
        results = self.check(
            f"  - {{name: newer, model: daily_revenue, severity: warn, freshness: {{column: {day}, not_older: true}}}}\n"
        )
        self.assertIn("older than", results["newer"]["message"])

    def test_sql_only_reads(self):
        self.execute("CREATE TABLE notes (x)")
        self.assertIn("is no query", self.refuse_check("DELETE FROM notes")["message"])
        results = self.check(
            "  - {name: sly, sql: 'WITH x AS (SELECT 1) INSERT INTO notes SELECT 1', severity: warn}\n"
        )
        self.assertEqual(results["sly"]["outcome"], "error")
        self.assertEqual(self.query("SELECT * FROM notes"), [])

    def refuse_check(self, sql):
        self.configure(f"checks:\n  - {{name: broken, sql: '{sql}'}}\n")
        error = self.refusal(2, "deploy", "prod", "--from", "dev")
        self.assertIn('the check "broken"', error["message"])
        self.succeed("abandon", "prod")
        return error

    def test_an_unknown_model(self):
        self.assertIn("ordres", self.refuse_check("SELECT * FROM {ordres}")["message"])
        self.assertIn("a { has no }", self.refuse_check("SELECT * FROM {orders")["message"])

    def test_a_query_that_the_database_refuses(self):
        error = self.check_fails("  - {name: broken, sql: SELECT x FROM nowhere}\n")
        self.assertEqual(error["detail"]["checks"][0]["outcome"], "error")
        self.assertIn("nowhere", error["detail"]["checks"][0]["message"])

    def test_only_the_environments_that_it_names(self):
        results = self.check("  - {name: elsewhere, sql: SELECT 1, environments: [staging]}\n")
        self.assertEqual(results, {})


class Commands(DeploymentTest):
    def test_exit_status_and_the_plan_on_standard_input(self):
        script = self.directory / "checks" / "smoke.sh"
        script.parent.mkdir()
        script.write_text("#!/bin/sh\ncat > plan.json\necho looks good\n")
        script.chmod(0o755)
        self.configure("checks:\n  - {name: smoke, command: [./checks/smoke.sh]}\n")
        result = self.run_program("deploy", "prod", "--from", "dev", "-o", "json")
        self.assertEqual((result.returncode, result.stderr), (0, "smoke: looks good\n"))
        plan = json.loads((self.directory / "plan.json").read_text())
        self.assertEqual(plan["environment"], "prod")
        self.assertIn(DAILY_REVENUE, {model["name"] for model in plan["models"]})
        self.assertEqual(plan["candidates"]['"fix_shop"."shop"."orders"'], NEXT_ORDERS)

    def test_failure_says_the_last_line(self):
        self.configure("checks:\n  - {name: smoke, command: 'echo looking; echo no data; exit 3'}\n")
        result = self.run_program("deploy", "prod", "--from", "dev", "-o", "json")
        (check,) = json.loads(result.stdout)["error"]["detail"]["checks"]
        self.assertEqual((result.returncode, check["message"]), (3, "exit status 3: no data"))
        self.assertIn("smoke: looking\n", result.stderr)

    def test_one_that_is_not_there(self):
        self.configure("checks:\n  - {name: smoke, command: [./nowhere.sh]}\n")
        error = self.refusal(3, "deploy", "prod", "--from", "dev")
        self.assertIn("nowhere.sh", error["message"])

    def test_one_that_reads_nothing_and_says_much(self):
        self.configure("checks:\n  - {name: loud, command: 'head -c 3000000 /dev/zero | tr \"\\0\" x; exit 1'}\n")
        error = self.refusal(3, "deploy", "prod", "--from", "dev")
        self.assertLess(len(json.dumps(error)), 5000)

    def test_the_time_limit_ends_the_whole_group(self):
        """The child of the shell too, which ignores the first signal."""
        self.configure(
            "checks:\n"
            "  - {name: hangs, timeout: 1, command: \"trap '' TERM; sleep 1000 & echo $! > child; wait; sleep 1000\"}\n"
        )
        error = self.refusal(3, "deploy", "prod", "--from", "dev")
        (check,) = error["detail"]["checks"]
        self.assertEqual((check["outcome"], check["message"]), ("timeout", "it took longer than 1 seconds"))
        self.assertFalse(self.is_running(int((self.directory / "child").read_text())))

    def test_what_a_command_leaves_behind_is_ended_too(self):
        """The shell ends at the first signal; what it began does not."""
        (self.directory / "stubborn.sh").write_text("trap '' TERM\necho $$ > child\nexec sleep 1000\n")
        self.configure("checks:\n  - {name: hangs, timeout: 1, command: 'sh stubborn.sh & wait'}\n")
        (check,) = self.refusal(3, "deploy", "prod", "--from", "dev")["detail"]["checks"]
        self.assertEqual(check["outcome"], "timeout")
        self.wait_until(lambda: not self.is_running(int((self.directory / "child").read_text())))

    def test_it_can_put_its_things_away(self):
        """The first signal asks."""
        (self.directory / "tidy.sh").write_text("trap 'echo > tidied; exit 1' TERM\nsleep 1000 &\nwait\n")
        self.configure("checks:\n  - {name: hangs, timeout: 1, command: [sh, tidy.sh]}\n")
        self.refuse(3, "deploy", "prod", "--from", "dev")
        self.assertTrue((self.directory / "tidied").exists())

    def test_the_time_limit_of_a_query(self):
        self.configure(
            "checks:\n  - {name: long, timeout: 1, sql: 'WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n)"
            " SELECT i FROM n WHERE i < 0'}\n"
        )
        (check,) = self.refusal(3, "deploy", "prod", "--from", "dev")["detail"]["checks"]
        self.assertEqual((check["outcome"], check["message"]), ("timeout", "it took longer than 1 seconds"))

    def test_they_run_at_the_same_time(self):
        """Each waits for what the other does."""
        self.configure(
            "checks:\n"
            "  - {name: a, timeout: 60, command: 'echo > from_a; until [ -e from_b ]; do sleep 0.05; done'}\n"
            "  - {name: b, timeout: 60, command: 'echo > from_b; until [ -e from_a ]; do sleep 0.05; done'}\n"
        )
        self.succeed("deploy", "prod", "--from", "dev")

    def test_the_lease_lives_on(self):
        """A check takes longer than the lease; nobody else gets in."""
        self.configure(
            "deploy: {lease: 1}\n"
            "checks:\n  - {name: long, command: 'echo > began; until [ -e end ]; do sleep 0.05; done'}\n"
        )
        first = self.start("deploy", "prod", "--from", "dev")
        self.wait_for("began")
        self.wait_until(lambda: self.lease()["expires_ts"] - self.lease()["since_ts"] > 2000)
        self.assertEqual(self.refusal(4, "check", "prod")["code"], "conflict")
        (self.directory / "end").touch()
        self.assertEqual(first.wait(60), 0)

    def test_an_interrupt_ends_them(self):
        self.configure("checks:\n  - {name: hangs, command: 'echo $$ > began; exec sleep 1000'}\n")
        first = self.start("deploy", "prod", "--from", "dev")
        self.wait_for("began")
        process = int(self.wait_for_text("began"))
        first.send_signal(signal.SIGINT)
        self.assertEqual(first.wait(60), 130)
        self.assertFalse(self.is_running(process))

    def start(self, *arguments):
        process = subprocess.Popen(
            [PROGRAM, *arguments], cwd=self.directory, env=self.environment, stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        self.addCleanup(process.wait)
        self.addCleanup(process.kill)
        return process

    def lease(self):
        return self.document("status")["deployments"][0]["lease"]

    def wait_until(self, is_so):
        end = time.monotonic() + 60
        while not is_so():
            self.assertLess(time.monotonic(), end)
            time.sleep(0.02)

    def wait_for(self, name):
        self.wait_until((self.directory / name).exists)

    def wait_for_text(self, name):
        self.wait_until(lambda: (self.directory / name).read_text().endswith("\n"))
        return (self.directory / name).read_text()


class WhenTimeRangesMove(DeploymentTest):
    """Checks look at what readers will see: if tables were filled since, they look again."""

    CHECKS = (
        "checks:\n  - {name: count, command: 'echo run >> runs'}\n"
        "  - {name: stop, command: 'test ! -e stop'}\n"
    )

    def runs(self):
        return len((self.directory / "runs").read_text().splitlines())

    def test_nothing_moved(self):
        self.configure(self.CHECKS)
        self.succeed("deploy", "prod", "--from", "dev", "--until", "checked")
        self.succeed("cutover", "prod")
        self.assertEqual(self.runs(), 1)

    def test_checked_again(self):
        self.configure(self.CHECKS)
        self.succeed("deploy", "prod", "--from", "dev", "--until", "checked")
        self.succeed("intervals", "add", "daily_revenue@2150531761", "2026-01-06", "2026-01-07")
        (self.directory / "stop").touch()
        for _ in range(2):
            error = self.refusal(3, "cutover", "prod")
            self.assertEqual((error["code"], self.state_of()), ("check_failed", "candidate"))
        (self.directory / "stop").unlink()
        self.succeed("cutover", "prod")
        self.assertEqual(self.runs(), 4)


class AfterTheCutover(DeploymentTest):
    def test_a_failure_rolls_back(self):
        self.configure(
            "checks:\n"
            "  - {name: before, sql: 'SELECT * FROM {orders} WHERE 1 = 0'}\n"
            "  - {name: sales, sql: 'SELECT 1 FROM {daily_revenue} LIMIT 1', after_cutover: true, on_failure: rollback}\n"
            "hooks:\n"
            "  - {events: [finalized, rolled_back, failed], command: cat >> events.jsonl; echo >> events.jsonl}\n"
        )
        error = self.refusal(3, "deploy", "prod", "--from", "dev")
        self.assertEqual(error["code"], "check_failed")
        self.assertIn("was rolled back", error["message"])
        self.assertEqual(error["detail"]["checks"][0]["name"], "sales")
        self.assertIn("181755734", self.revenue_of_readers())
        history = self.document("history", "prod")
        self.assertEqual([row["origin"] for row in history["revisions"]], ["found", "deploy", "rollback"])
        self.assertEqual(error["detail"]["rolled_back"]["plan_id"], history["revisions"][-1]["plan_id"])
        self.assertIn("sales", history["revisions"][-1]["message"])
        self.assertEqual(self.refusal(3, "deploy", "prod", "--from", "dev")["code"], "held")
        self.assertEqual([event["event"] for event in self.told()], ["finalized", "rolled_back", "failed"])
        self.assertIsNone(self.state_of())

    def test_a_failure_is_told(self):
        self.configure("checks:\n  - {name: sales, sql: SELECT 1, after_cutover: true}\n")
        document = self.document("deploy", "prod", "--from", "dev")
        self.assertEqual((document["state"], document["checks"][0]["outcome"]), ("finalized", "failed"))
        self.assertIn("sales", document["warnings"][0])
        self.assertIn("2090483622", self.revenue_of_readers())
        self.assertIn(("check_after", "failed"), [(step["step"], step["outcome"]) for step in self.steps()])

    def test_it_sees_the_environment(self):
        self.configure(
            "checks:\n  - {name: views, after_cutover: true, sql: \"SELECT 1 FROM sqlite_master WHERE name ="
            " 'shop.daily_revenue' AND sql NOT LIKE '%2090483622%'\"}\n"
            "  - {name: rows, after_cutover: true, model: daily_revenue, rows: {min: 1}}\n"
        )
        document = self.document("deploy", "prod", "--from", "dev")
        self.assertEqual([check["outcome"] for check in document["checks"]], ["passed", "passed"])
        self.assertEqual(document["warnings"], [])

    def test_a_rollback_runs_none(self):
        self.succeed("deploy", "prod", "--from", "dev")
        self.configure("checks:\n  - {name: never, sql: SELECT 1}\n  - {name: nor, sql: SELECT 1, after_cutover: true}\n")
        document = self.document("rollback", "prod")
        self.assertEqual((document["state"], document["checks"]), ("finalized", []))


if __name__ == "__main__":
    unittest.main()
