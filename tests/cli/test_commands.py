"""The commands, as a data engineer meets them: a day in the shop, and what each command prints for a script."""

import contextlib
import json
import sqlite3
import unittest

from shop import DAILY_REVENUE, NEW_REVENUE, SHOP, ShopTest

NOW_TS = 1767693600000
PROD_PLAN = "6f225c8516ae495193a4065379608997"
GAP = [{"name": DAILY_REVENUE, "ranges": [["2026-01-03T00:00:00Z", "2026-01-05T00:00:00Z"]]}]


class ADayInTheShop(ShopTest):
    """dev has a new daily_revenue; by the evening everybody reads it."""

    def test_the_story(self):
        self.open_shop()
        self.assertIn("Nothing needs attention.", self.succeed("status"))

        plan = self.succeed("plan", "prod", "--from", "dev")
        self.assertIn("~ fix_shop.shop.daily_revenue      version 181755734 -> 2090483622", plan)
        self.assertIn("repoint deploy prod --from dev", plan)
        self.assertNotIn("Gaps", plan)

        self.assertEqual(
            self.succeed("intervals", "remove", NEW_REVENUE, "--start", "2026-01-03", "--end", "2026-01-04"),
            f"took 2026-01-03 through 2026-01-04 (2 days) from fix_shop.shop.{NEW_REVENUE}\n",
        )
        plan = self.succeed("plan", "prod", "--from", "dev")
        self.assertIn("fix_shop.shop.daily_revenue\n      2026-01-03 through 2026-01-04 (2 days)\n", plan)
        self.assertIn("Refused as it is", plan)

        before = self.contents()
        message = self.refuse(3, "promote", "prod", "--from", "dev")
        self.assertIn(DAILY_REVENUE, message)
        self.assertIn("2026-01-03", message)
        self.assertIn('"repoint gaps prod --from dev" lists them all', message)
        self.assertEqual(self.refusal(3, "deploy", "prod", "--from", "dev")["detail"]["gaps"], GAP)
        self.assertEqual(self.contents(), before)

        self.succeed("intervals", "add", NEW_REVENUE, "2026-01-03", "2026-01-04")
        self.assertEqual(
            self.succeed("intervals", "list", NEW_REVENUE), "2026-01-01 through 2026-01-05 (5 days)\n"
        )
        self.assertIn("prod is now a draft", self.succeed("promote", "prod", "--from", "dev"))
        self.assertIn("181755734", self.revenue_of_readers())
        self.assertIn("prod is a draft", self.succeed("status"))
        self.assertIn("prod is finalized at 2026-01-06 10:00:00 UTC", self.succeed("finalize", "prod"))
        self.assertIn("point to the same snapshots", self.succeed("diff", "prod", "dev"))

    def test_deploy_moves_the_readers_too(self):
        self.open_shop()
        self.assertIn("181755734", self.revenue_of_readers())
        self.assertIn("its readers see the new tables", self.succeed("deploy", "prod", "--from", "dev"))
        self.assertIn("2090483622", self.revenue_of_readers())
        self.assertIn("Nothing would change", self.succeed("plan", "prod", "--from", "dev", "--exit-code"))

    def test_verify(self):
        self.open_shop()
        self.assertIn("each view of prod shows what its record says", self.succeed("verify", "prod", "--exit-code"))
        with contextlib.closing(sqlite3.connect(self.database)) as database, database:
            database.execute('DROP VIEW "shop.orders"')
            database.execute('DROP VIEW "shop.daily_revenue"')
            database.execute('CREATE VIEW "shop.daily_revenue" AS SELECT 1 AS id')
            database.execute('CREATE VIEW "shop__dev.mine" AS SELECT 1 AS id')
        text = self.succeed("verify", "prod", "--exit-code", code=7)
        self.assertIn("repoint verify prod --repair", text)
        findings = self.document("verify", "prod")["views"]
        self.assertEqual(
            [(view["view"], view["finding"]) for view in findings],
            [("shop.daily_revenue", "changed"), ("shop.orders", "missing")],
        )
        self.assertFalse(self.document("verify", "prod", "--repair", "--dry-run")["repaired"])
        self.assertIn("Repaired", self.succeed("verify", "prod", "--repair"))
        self.assertEqual(self.document("verify", "prod")["views"], [])
        self.assertIn("repair", self.succeed("history", "prod"))
        self.assertEqual(
            [view["finding"] for view in self.document("verify", "dev", "--repair")["views"]], ["added"]
        )
        self.refuse(5, "verify", "nowhere")

    def test_one_model_alone(self):
        self.open_shop()
        self.succeed("deploy", "prod", "--set", "daily_revenue=2150531761")
        changes = {model["name"]: model["change"] for model in self.document("diff", "prod", "dev")["models"]}
        self.assertEqual(changes.pop(DAILY_REVENUE), "unchanged")
        self.assertEqual(changes['"fix_shop"."shop"."customer_lifetime"'], "metadata")

    def test_a_new_environment(self):
        self.open_shop()
        plan = self.document("plan", "pr_1", "--from", "prod")
        self.assertTrue(plan["is_new"])
        self.assertEqual({model["change"] for model in plan["models"]}, {"added"})
        self.assertIsNone(self.document("promote", "pr_1", "--from", "prod", "--ttl", "in 3 days")["previous_plan_id"])
        (entry,) = [row for row in self.document("environments")["environments"] if row["name"] == "pr_1"]
        self.assertEqual((entry["state"], entry["expires_at"]), ("draft", "2026-01-09T00:00:00Z"))


class WhatScriptsRead(ShopTest):
    def setUp(self):
        super().setUp()
        self.open_shop()

    def take_two_days(self):
        self.succeed("intervals", "remove", NEW_REVENUE, "--start", "2026-01-03", "--end", "2026-01-04")

    def test_status(self):
        status = self.document("status")
        self.assertEqual(status["state"], f"sqlite:{self.database}")
        self.assertEqual((status["schema_version"], status["sqlmesh_version"]), (102, "0.236.4"))
        self.assertEqual((status["snapshots"], status["expired_unused_snapshots"]), (9, 0))
        self.assertEqual([row["name"] for row in status["environments"]], ["dev", "prod"])
        self.assertEqual(status["attention"], [])
        self.succeed("promote", "prod", "--from", "dev")
        self.assertIn("repoint finalize prod", self.document("status")["attention"][0])

    def test_environments(self):
        dev, prod = self.document("environments")["environments"]
        self.assertEqual(
            prod,
            {
                "name": "prod",
                "state": "finalized",
                "plan_id": PROD_PLAN,
                "previous_plan_id": None,
                "start_at": "2026-01-01 00:00:00",
                "end_at": None,
                "finalized_ts": 1767596405307,
                "finalized_at": "2026-01-05T07:00:05.307Z",
                "expiration_ts": None,
                "expires_at": None,
                "is_expired": False,
            },
        )
        self.assertEqual(dev["end_at"], "2026-01-06 00:00:00")

    def test_an_expired_environment(self):
        self.assertEqual(self.document("environments", "--now", "2036-01-07")["environments"][0]["state"], "expired")
        self.assertIn("dev has expired", self.succeed("status", "--now", "2036-01-07"))

    def test_environment_is_the_object_of_the_state_file(self):
        stored = json.loads((SHOP / "state.json").read_text())["environments"]["prod"]["environment"]
        self.assertEqual(self.document("environment", "prod"), stored)

    def test_environment_for_people(self):
        text = self.succeed("environment", "prod")
        self.assertRegex(text, r"(?m)^plan id +6f225c8516ae495193a4065379608997$")
        self.assertRegex(text, r"(?m)^fix_shop\.shop\.orders +by time range +551680190 +fix_shop\.sqlmesh__shop\.")

    def test_snapshots(self):
        rows = self.document("snapshots", "shop.daily_revenue")["snapshots"]
        self.assertEqual([row["identifier"] for row in rows], ["4164362771", "2150531761"])
        self.assertEqual([row["environments"] for row in rows], [["prod"], ["dev"]])
        self.assertEqual(rows[1]["version"], "2090483622")
        self.assertEqual(rows[1]["unpaused_ts"], None)
        self.assertEqual(rows[0]["kind_name"], "INCREMENTAL_BY_TIME_RANGE")
        self.assertEqual(len(self.document("snapshots")["snapshots"]), 9)
        self.assertRegex(self.succeed("snapshots"), r"fix_shop\.shop\.orders +313037588 +551680190 +dev, prod")

    def test_snapshot(self):
        shown = self.document("snapshot", NEW_REVENUE)
        self.assertEqual(shown["name"], DAILY_REVENUE)
        self.assertEqual(shown["environments"], ["dev"])
        self.assertEqual(shown["table"], "fix_shop.sqlmesh__shop.shop__daily_revenue__2090483622")
        self.assertEqual([row["end"] for row in shown["intervals"]], ["2026-01-06T00:00:00Z"])
        stored = json.loads((SHOP / "state.json").read_text())["snapshots"]
        self.assertIn(shown["snapshot"], stored)
        self.assertIn("4164362771, 2150531761", self.refuse(2, "snapshot", "daily_revenue"))

    def test_intervals(self):
        removed = self.document("intervals", "remove", NEW_REVENUE, "--start", "2026-01-03", "--end", "2026-01-04")
        days = {
            "start": "2026-01-03T00:00:00Z",
            "end": "2026-01-05T00:00:00Z",
            "start_ts": 1767398400000,
            "end_ts": 1767571200000,
        }
        self.assertEqual((removed["identifier"], removed["removed"]), ("2150531761", [days]))
        self.assertEqual(self.document("intervals", "missing", NEW_REVENUE)["missing"], [days])
        self.assertEqual(len(self.document("intervals", "list", NEW_REVENUE)["intervals"]), 2)
        self.assertEqual(self.document("intervals", "list", NEW_REVENUE, "--dev")["intervals"], [])
        self.assertEqual(self.document("intervals", "list", NEW_REVENUE, "--pending")["intervals"], [])
        self.assertEqual(self.document("intervals", "missing", NEW_REVENUE, "2026-01-01", "2026-01-03")["missing"][0]["end"],
                         "2026-01-04T00:00:00Z")
        added = self.document("intervals", "add", NEW_REVENUE, "2026-01-03", "2026-01-04")
        self.assertEqual((added["added"], added["dev"]), ([days], False))
        self.assertIn("misses nothing", self.succeed("intervals", "missing", NEW_REVENUE))
        compacted = self.document("intervals", "compact")
        self.assertEqual(compacted["rows_before"] - compacted["rows_after"], 2)
        (whole,) = self.document("intervals", "list", NEW_REVENUE)["intervals"]
        self.assertEqual((whole["start"], whole["end"]), ("2026-01-01T00:00:00Z", "2026-01-06T00:00:00Z"))

    def test_intervals_that_are_not_whole(self):
        half = ("2026-01-06 06:00:00", "2026-01-06 18:00:00")
        self.assertEqual(self.document("intervals", "add", NEW_REVENUE, *half)["added"], [])
        self.assertIn("nothing to record", self.succeed("intervals", "add", NEW_REVENUE, *half))

    def test_parts_of_days_are_said_to_the_second(self):
        missing = self.document("intervals", "missing", NEW_REVENUE, "--start", "2026-01-06", "--end", "2026-01-07")
        self.assertEqual(missing["missing"], [])
        self.succeed("intervals", "add", "--dev", NEW_REVENUE, "--start", "2026-01-03", "--end", "2026-01-03")
        self.assertEqual(self.succeed("intervals", "list", "--dev", NEW_REVENUE), "2026-01-03\n")

    def test_plan(self):
        plan = self.document("plan", "prod", "--from", "dev", "--exit-code", code=7)
        self.assertEqual((plan["environment"], plan["previous_plan_id"], plan["is_new"]), ("prod", PROD_PLAN, False))
        (revenue,) = [model for model in plan["models"] if model["name"] == DAILY_REVENUE]
        self.assertEqual(revenue["change"], "changed")
        self.assertEqual(revenue["to"], {"identifier": "2150531761", "version": "2090483622"})
        self.assertEqual([(view["view"], view["action"]) for view in plan["views"]], [("shop.daily_revenue", "replace")])
        self.assertEqual((plan["gaps"], plan["obstacles"]), ([], []))

    def test_a_plan_to_drop_a_model(self):
        self.assertIn("- fix_shop.shop.active_customers  version", self.succeed("plan", "prod", "--drop", "active_customers"))

    def test_a_plan_on_a_draft_that_points_there_already(self):
        self.succeed("promote", "prod", "--set", "active_customers=3774504109")
        text = self.succeed("plan", "prod", "--set", "active_customers=3774504109", "--exit-code", code=7)
        self.assertIn("a deployment would finalize it", text)
        self.assertNotIn("Nothing would change", text)
        self.succeed("finalize", "prod")
        self.assertIn("Nothing would change", self.succeed("plan", "prod", "--set", "active_customers=3774504109"))

    def test_messages(self):
        message = "daily revenue in euros: https://example.org/changes/17"
        change = ("prod", "--from", "dev", "--message", message)
        for command in ("plan", "promote", "deploy"):
            dry_run = [] if command == "plan" else ["-n"]
            self.assertEqual(self.document(command, *change, *dry_run)["message"], message)
            self.assertIsNone(self.document(command, *change[:3], *dry_run)["message"])
            text = self.succeed(command, *change, *dry_run)
            self.assertRegex(text, rf"(?m)^message       {message}$")
        self.assertIn(f"repoint deploy prod --from dev --message '{message}'\n", self.succeed("plan", *change))
        lines = self.succeed("plan", *change[:3], "--message", "revenue " * 60).split("Models")[0].splitlines()
        self.assertEqual([line for line in lines if len(line) > 80], [])

    def test_gaps(self):
        self.assertEqual(self.document("gaps", "prod", "--from", "dev", "--exit-code")["gaps"], [])
        self.take_two_days()
        self.assertEqual(self.document("gaps", "prod", "--from", "dev"), {"environment": "prod", "gaps": GAP})
        self.succeed("gaps", "prod", "--from", "dev", "--exit-code", code=7)
        self.assertEqual(self.document("gaps", "prod", "--from", "dev", "--check-gaps", "orders,customers")["gaps"], [])
        self.assertEqual(self.document("gaps", "prod", "--from", "dev", "--check-gaps", "none")["gaps"], [])
        self.assertEqual(self.document("gaps", "prod", "--from", "dev", "--no-gaps", "daily_revenue")["gaps"], GAP)
        self.assertIn("a name in it is empty", self.refuse(2, "gaps", "prod", "--from", "dev", "--check-gaps", "orders,"))

    def test_promote_and_finalize(self):
        promoted = self.document("promote", "prod", "--from", "dev", "--plan-id", "evening")
        self.assertEqual(
            {key: promoted[key] for key in ("environment", "plan_id", "previous_plan_id", "removed", "finalized_ts")},
            {
                "environment": "prod",
                "plan_id": "evening",
                "previous_plan_id": PROD_PLAN,
                "removed": [],
                "finalized_ts": None,
            },
        )
        self.assertIsNone(promoted["removed_environment_naming_info"])
        self.assertIn(
            {"name": DAILY_REVENUE, "identifier": "2150531761", "version": "2090483622"}, promoted["added"]
        )
        self.assertIsNone(self.document("environment", "prod").get("finalized_ts"))
        self.assertIn("evening", self.refuse(4, "finalize", "prod", "--expect-plan-id", PROD_PLAN))
        finalized = self.document("finalize", "prod", "--expect-plan-id", "evening")
        self.assertEqual(
            (finalized["environment"], finalized["plan_id"], finalized["finalized_ts"]), ("prod", "evening", NOW_TS)
        )
        self.assertEqual(self.document("environment", "prod")["finalized_ts"], NOW_TS)

    def test_who_planned_on_something_older_is_told(self):
        before = self.contents()
        self.assertIn(PROD_PLAN, self.refuse(4, "promote", "prod", "--from", "dev", "--expect-plan-id", "older"))
        self.assertIn(PROD_PLAN, self.refuse(4, "deploy", "prod", "--from", "dev", "--expect-plan-id", "none"))
        self.assertEqual(self.contents(), before)

    def test_deploy(self):
        deployed = self.document("deploy", "prod", "--from", "dev")
        self.assertEqual((deployed["previous_plan_id"], deployed["finalized_ts"]), (PROD_PLAN, NOW_TS))
        self.assertEqual([view["view"] for view in deployed["views"]], ["shop.daily_revenue"])
        self.assertEqual(len(deployed["added"]), 3)

    def test_diff(self):
        diff = self.document("diff", "prod", "dev", "--exit-code", code=7)
        self.assertEqual((diff["a"], diff["b"]), ("prod", "dev"))
        changes = [model["change"] for model in diff["models"]]
        self.assertEqual(sorted(changes), ["changed", "metadata", "metadata"] + 3 * ["unchanged"])
        self.document("diff", "prod", "prod", "--exit-code")
        self.assertIn("dev@2", self.refuse(2, "diff", "prod", "dev@2"))

    def test_export_and_import(self):
        exported = self.document("export", "state.json")
        self.assertEqual((exported["file"], exported["snapshots"], exported["environments"]), ("state.json", 9, 2))
        whole = json.loads((self.directory / "state.json").read_text())
        self.assertEqual(set(whole["environments"]), {"prod", "dev"})

        result = self.run_program("export", "--environment", "dev", "-o", "json")
        part = json.loads(result.stdout)
        self.assertEqual((set(part["environments"]), len(part["snapshots"])), ({"dev"}, 6))
        self.assertEqual(result.stderr, "exported 6 snapshots and 1 environment\n")
        self.assertEqual(self.refusal(5, "export", "--environment", "nobody")["code"], "not_found")

        (self.directory / "dev.json").write_text(result.stdout)
        imported = self.document("import", "dev.json", "--replace")
        self.assertEqual((imported["replaced"], imported["snapshots"], imported["environments"]), (True, 6, 1))
        self.assertEqual([row["name"] for row in self.document("environments")["environments"]], ["dev"])

    def test_push(self):
        pushed = self.document("push", str(SHOP / "state.json"))
        self.assertEqual(pushed, {"added": 0, "total": 9, "dry_run": False})
        self.succeed("init", "--state", "sqlite:other.db")
        other = ("--state", "sqlite:other.db", str(SHOP / "state.json"))
        self.assertIn("missing.json", self.refuse(2, "push", *other, "missing.json"))
        self.assertEqual(self.document("snapshots", *other[:2])["snapshots"], [])
        self.assertEqual(self.succeed("push", *other), "added 9 of 9 snapshots\n")
        self.assertEqual(self.succeed("push", *other), "added 0 of 9 snapshots, the others are stored already\n")

    def test_migrate(self):
        self.assertEqual(self.document("migrate")["from_schema_version"], 102)
        self.query_and_commit("UPDATE _versions SET schema_version = 101")
        self.assertIn("repoint migrate", self.document("status")["attention"][0])
        self.assertIn("would migrate", self.succeed("migrate", "-n"))
        self.assertEqual(self.document("migrate")["from_schema_version"], 101)
        self.assertEqual(self.document("status")["schema_version"], 102)

    def test_migrate_and_back(self):
        self.query_and_commit("UPDATE _versions SET schema_version = 101")
        before = self.contents()
        self.succeed("migrate")
        backups = self.query("SELECT count(*) FROM sqlite_master WHERE type = 'table' AND name LIKE '%_backup'")
        self.assertEqual(backups, [(6,)])
        self.succeed("finalize", "prod")
        self.assertIn("would restore", self.succeed("migrate", "--rollback", "-n"))
        self.assertEqual(self.document("migrate", "--rollback")["schema_version"], 101)
        self.assertEqual(self.contents(), before)
        self.assertIn("there is no backup", self.refuse(5, "migrate", "--rollback"))

    def test_an_environment_ends(self):
        self.assertIn("there are: dev, prod", self.refuse(5, "invalidate", "nope"))
        self.assertIn("cannot be invalidated", self.refuse(3, "invalidate", "prod"))
        self.assertEqual(self.document("invalidate", "dev"), {"environment": "dev", "dry_run": False})
        self.assertIn("expired", self.succeed("environments"))
        before = self.contents()
        would_go = self.document("janitor", "--ignore-ttl", "-n")
        self.assertEqual([row["environment"] for row in would_go["environments"]], ["dev"])
        self.assertEqual(self.contents(), before)

        gone = self.document("janitor", "--ignore-ttl")
        self.assertEqual([row["environment"] for row in gone["environments"]], ["dev"])
        self.assertTrue(gone["snapshots"])
        self.assertTrue(gone["dropped"])
        kept = {row["name"] for row in self.document("snapshots")["snapshots"]}
        shown = {table["name"] for table in self.document("environment", "prod")["snapshots"]}
        self.assertEqual(kept, shown)
        self.assertEqual(self.document("janitor")["snapshots"], [])

    def test_reset(self):
        self.assertIn("no terminal to ask", self.refuse(2, "reset"))
        self.assertIn("would be emptied", self.succeed("reset", "-n"))
        self.succeed("reset", "--yes")
        self.assertEqual(self.document("status")["snapshots"], 0)

    def query_and_commit(self, sql):
        connection = sqlite3.connect(self.database)
        with connection:
            connection.execute(sql)
        connection.close()


class Init(ShopTest):
    def test_a_store_and_a_configuration(self):
        text = self.succeed("init")
        self.assertIn(f"created the state store sqlite:{self.database}\ncreated repoint.yaml\n", text)
        config = (self.directory / "repoint.yaml").read_text()
        self.assertIn(f"\n  url: 'sqlite:{self.database}'\n", config)
        del self.environment["REPOINT_STATE"]
        self.assertEqual(self.document("config")["settings"]["state"]["from"], "file")
        self.assertEqual(self.document("status")["sqlmesh_version"], "0.236.4")

        again = self.document("init")
        self.assertEqual((again["created"], again["config_file_created"]), (False, False))
        self.assertEqual((self.directory / "repoint.yaml").read_text(), config)

    def test_without_a_url_the_file_says_what_the_default_is(self):
        del self.environment["REPOINT_STATE"]
        self.succeed("init")
        self.assertIn("\n  # url: 'sqlite:repoint.db'\n", (self.directory / "repoint.yaml").read_text())
        self.succeed("status")

    def test_versions(self):
        self.succeed("init", "--sqlmesh-version", "0.230.1", "--sqlglot-version", "27.0.0")
        status = self.document("status")
        self.assertEqual((status["sqlmesh_version"], status["sqlglot_version"]), ("0.230.1", "27.0.0"))
        self.assertIn("--sqlmesh-version cannot be", self.refuse(2, "init", "--sqlmesh-version", "1" * 40))

    def test_dry_run(self):
        self.assertIn("would create", self.succeed("init", "-n"))
        self.assertEqual(list(self.directory.iterdir()), [])


class DryRun(ShopTest):
    """-n says what would be written, and writes nothing."""

    def test_every_command_that_writes(self):
        self.open_shop()
        before = self.contents()
        for line in (
            ["import", str(SHOP / "state.json"), "--replace"],
            ["push", str(SHOP / "state.json")],
            ["intervals", "remove", NEW_REVENUE, "--start", "2026-01-03", "--end", "2026-01-04"],
            ["intervals", "add", NEW_REVENUE, "--start", "2026-01-06", "--end", "2026-01-06"],
            ["intervals", "compact"],
            ["invalidate", "dev"],
            ["janitor", "--ignore-ttl"],
            ["reset"],
            ["promote", "prod", "--from", "dev"],
            ["finalize", "prod"],
            ["deploy", "prod", "--from", "dev"],
        ):
            text = self.succeed(*line, "-n")
            self.assertIn("would", text, line)
            self.assertTrue(text.endswith("dry run: nothing was written\n"), line)
            self.assertIs(self.document(*line, "-n")["dry_run"], True, line)
            self.assertEqual(self.contents(), before, line)

    def test_export(self):
        self.open_shop()
        self.assertIn("would export 9 snapshots", self.succeed("export", "state.json", "-n"))
        self.assertFalse((self.directory / "state.json").exists())


class TheNextCommand(ShopTest):
    def test_it_repeats_what_is_needed(self):
        self.open_shop()
        del self.environment["REPOINT_STATE"]
        (self.directory / "repoint.yaml").unlink()
        text = self.succeed(
            "plan", "pr_1", "--state", f"sqlite:{self.database}", "--from", "prod", "--ttl", "in 3 days", "--exit-code",
            code=7,
        )
        self.assertIn(f"repoint promote pr_1 --state sqlite:{self.database} --from prod --ttl 'in 3 days'\n", text)


if __name__ == "__main__":
    unittest.main()
