"""Approvals on PostgreSQL, as the roles that docs/security.md makes: each does its part, and is refused the others'."""

import contextlib
import json
import os
import unittest
import urllib.parse

from documents import blocks
from shop_server import NEW_REVENUE, OLD_REVENUE, PROGRAM, STATE, ServerTest

DATABASE = "analytics"
GROUPS = ["repoint_janitor", "repoint_deployer", "repoint_author", "repoint_approver", "repoint_reader", "loader"]
PEOPLE = ["anna", "ben", "carla", "release_job", "cleaner", "dora"]
PASSWORD = "choose one"


class Roles(ServerTest):
    variable = "REPOINT_TEST_POSTGRES_TCP"

    def setUp(self):
        super().setUp()
        import psycopg2

        self.psycopg2 = psycopg2
        self.server = os.environ[self.variable]
        self.clean_up()
        self.addCleanup(self.clean_up)
        self.on_server("CREATE ROLE loader", f"CREATE DATABASE {DATABASE}")
        self.succeed(None, "init", "--deployments")
        self.succeed(None, "import", str(STATE))
        self.make_tables()
        for block in blocks("postgresql"):
            self.execute(None, block)
        self.configure("approvals:\n  prod: {count: 2, roles: [repoint_approver]}\n")

    def clean_up(self):
        self.on_server(f"DROP DATABASE IF EXISTS {DATABASE} WITH (FORCE)")
        self.on_server(*(f"DROP ROLE IF EXISTS {role}" for role in PEOPLE + ["max"] + GROUPS))

    def make_tables(self):
        old, new = self.shop_tables()
        statements = ["CREATE SCHEMA shop", "CREATE SCHEMA sqlmesh__shop"]
        for table in sorted({*old.values(), *new.values()}):
            statements += [f"CREATE TABLE {table} (id INT)", f"ALTER TABLE {table} OWNER TO loader"]
            statements += [f"INSERT INTO {table} VALUES (1)"]
        statements += [f"CREATE VIEW {view} AS SELECT * FROM {table}" for view, table in old.items()]
        statements += ["GRANT USAGE ON SCHEMA sqlmesh__shop TO loader"]
        self.execute(None, *statements)

    def url_of(self, user, database=DATABASE):
        parts = urllib.parse.urlsplit(self.server)
        name, password = (user, urllib.parse.quote(PASSWORD)) if user else (parts.username, parts.password)
        return f"postgresql://{name}:{password}@{parts.hostname}:{parts.port}/{database}"

    def on_server(self, *statements):
        with contextlib.closing(self.psycopg2.connect(self.server)) as connection:
            connection.autocommit = True
            for statement in statements:
                connection.cursor().execute(statement)

    def execute(self, user, *statements):
        with contextlib.closing(self.psycopg2.connect(self.url_of(user))) as connection:
            connection.autocommit = True
            cursor = connection.cursor()
            for statement in statements:
                cursor.execute(statement)
            return cursor.fetchall() if cursor.description else None

    def refuse_sql(self, user, statement):
        with self.assertRaises(self.psycopg2.errors.InsufficientPrivilege, msg=(user, statement)):
            self.execute(user, statement)

    def revenue(self):
        return self.execute(None, "SELECT pg_get_viewdef('shop.daily_revenue')")[0][0]

    def begin(self, *more):
        return self.succeed("anna", "deploy", "prod", "--from", "dev", "--until", "checked", *more)

    # -- the whole of it

    def test_each_does_its_part(self):
        begun = self.begin("--message", "new revenue")
        self.assertEqual(begun["state"], "checked")
        (row,) = self.execute("anna", "SELECT count(*) FROM shop__prod__next.daily_revenue")
        self.assertEqual(row, (1,))

        error = self.refuse(3, "release_job", "cutover", "prod")
        self.assertEqual(error["code"], "awaiting_approval")
        self.assertIn("waits for 2 more approvals", error["message"])
        self.assertIn("repoint_approver", error["message"])
        self.assertEqual(error["detail"]["approvals"], {
            "needed": 2, "given": [], "missing": 2, "roles": ["repoint_approver"]})
        self.assertEqual(error["detail"]["draft"]["state"], "checked")
        self.assertRegex(error["detail"]["next"], "^repoint approve prod ")
        self.assertRegex(error["detail"]["then"], "^repoint cutover prod ")

        approval = self.succeed("ben", "approve", "prod", "--message", "looks right")
        self.assertEqual((approval["approver"], approval["author"], approval["is_new"]), ("ben", "anna", True))
        self.assertEqual((approval["digest"], approval["needed"]), (begun["digest"], 2))
        self.assertFalse(self.succeed("ben", "approve", "prod")["is_new"])
        error = self.refuse(3, "release_job", "cutover", "prod")
        self.assertEqual(error["detail"]["approvals"]["given"], ["ben"])
        self.assertIn(OLD_REVENUE, self.revenue())

        self.succeed("carla", "approve", "prod", "--plan-id", begun["plan_id"])
        done = self.succeed("release_job", "cutover", "prod")
        self.assertEqual(done["state"], "finalized")
        self.assertEqual(done["warnings"], [])
        self.assertIn(NEW_REVENUE, self.revenue())
        self.assertEqual(self.execute("dora", "SELECT count(*) FROM shop.daily_revenue"), [(1,)])

        history = self.succeed("release_job", "history", "prod")
        (noted,) = [step for step in history["steps"] if step["step"] == "approved"]
        self.assertEqual(noted["detail"]["given"], ["ben", "carla"])
        self.assertEqual(noted["author"], "release_job")
        self.assertEqual([row["approver"] for row in history["approvals"]], ["ben", "carla"])
        self.assertEqual(history["approvals"][0]["message"], "looks right")
        self.assertEqual(self.execute(None, "SELECT to_regnamespace('shop__prod__next')"), [(None,)])

    def test_a_rollback_needs_none(self):
        self.begin()
        for approver in ("ben", "carla"):
            self.succeed(approver, "approve", "prod")
        self.succeed("release_job", "cutover", "prod")
        self.assertEqual(self.succeed("release_job", "rollback", "prod")["state"], "finalized")
        self.assertIn(OLD_REVENUE, self.revenue())

    def test_the_deployer_stops_by_himself(self):
        error = self.refuse(3, "release_job", "deploy", "prod", "--from", "dev")
        self.assertEqual((error["code"], error["detail"]["draft"]["state"]), ("awaiting_approval", "checked"))

    def test_a_dry_run_counts_them(self):
        planned = self.succeed("anna", "deploy", "prod", "--from", "dev", "--until", "checked", "-n")
        self.assertEqual(planned["would"]["steps"], ["draft", "candidate", "check"])
        planned = self.succeed("release_job", "deploy", "prod", "--from", "dev", "-n")
        self.assertEqual(planned["would"]["approvals"]["missing"], 2)
        self.assertEqual(planned["would"]["steps"], ["draft", "candidate", "check", "approve", "cutover", "cleanup"])
        self.begin()
        self.succeed("ben", "approve", "prod")
        self.execute(None, "ALTER TABLE sqlmesh__shop.shop__orders__551680190 RENAME TO gone")
        error = self.refuse(3, "release_job", "cutover", "prod", "-n")
        self.assertEqual(error["code"], "awaiting_approval")
        would = error["detail"]["would"]
        self.assertEqual((would["approvals"]["given"], would["approvals"]["missing"]), (["ben"], 1))
        self.assertEqual([row["code"] for row in would["obstacles"]], ["missing_tables"])
        self.execute(None, "ALTER TABLE sqlmesh__shop.gone RENAME TO shop__orders__551680190")
        self.assertTrue(self.succeed("carla", "approve", "prod", "-n")["is_new"])
        self.assertEqual(self.refuse(3, "release_job", "resume", "prod", "-n")["code"], "awaiting_approval")
        self.succeed("carla", "approve", "prod")
        foretold = self.succeed("release_job", "cutover", "prod", "-n")
        self.assertEqual((foretold["would"]["steps"], foretold["would"]["approvals"]["missing"]), (["cutover", "cleanup"], 0))
        self.assertIn(OLD_REVENUE, self.revenue())
        self.assertEqual(self.succeed("release_job", "cutover", "prod")["views"], foretold["views"])

    def test_grants_of_people_take_none_away(self):
        """What is approved is the plan's text; who may read the views is no part of it, though `plan` says it."""
        digest = self.begin()["digest"]
        for approver in ("ben", "carla"):
            self.succeed(approver, "approve", "prod")
        self.execute(None, "GRANT SELECT ON shop.daily_revenue TO loader")
        grants = self.succeed("release_job", "plan", "prod", "--from", "dev")["grants"]
        self.assertIn(("loader", True, True), [(row["grantee"], row["now"], row["afterwards"]) for row in grants])
        self.assertEqual(self.succeed("release_job", "cutover", "prod", "-n")["digest"], digest)
        self.succeed("release_job", "cutover", "prod")
        self.assertEqual(self.execute(None, "SELECT has_table_privilege('loader', 'shop.daily_revenue', 'SELECT')"),
                         [(True,)])

    # -- what does not count

    def test_the_authors_own(self):
        self.execute(None, "GRANT repoint_approver TO anna")
        self.execute(None, "ALTER ROLE anna RESET role", "GRANT repoint_author TO anna")
        self.begin()
        self.assertIn("own approval does not count", self.refuse(3, "anna", "approve", "prod")["message"])
        digest = self.execute(None, "SELECT plan_id, digest FROM sqlmesh._repoint_deployments")[0]
        self.execute("anna", f"INSERT INTO sqlmesh._repoint_approvals (environment, plan_id, digest, approver)"
                             f" VALUES ('prod', '{digest[0]}', '{digest[1]}', 'anna')")
        self.succeed("ben", "approve", "prod")
        error = self.refuse(3, "release_job", "cutover", "prod")
        self.assertEqual(error["detail"]["approvals"]["given"], ["ben"])

    def test_one_for_another_plan(self):
        self.begin("--plan-id", "p1")
        for approver in ("ben", "carla"):
            self.succeed(approver, "approve", "prod")
        self.succeed("anna", "abandon", "prod")
        self.begin("--plan-id", "p1", "--end", "2026-01-05")
        error = self.refuse(3, "release_job", "cutover", "prod")
        self.assertEqual(error["detail"]["approvals"]["missing"], 2)
        self.assertEqual(self.refuse(4, "ben", "approve", "prod", "--plan-id", "p2")["code"], "conflict")
        for approver in ("ben", "carla"):
            self.assertTrue(self.succeed(approver, "approve", "prod")["is_new"])
        self.succeed("release_job", "cutover", "prod")

    def test_a_plan_whose_text_was_changed(self):
        """The column says another digest than the text has: what counts is the text."""
        self.begin()
        for approver in ("ben", "carla"):
            self.succeed(approver, "approve", "prod")
        self.execute(None, "UPDATE sqlmesh._repoint_deployments SET plan = replace(plan, '\"all\"', '\"none\"')")
        self.assertEqual(self.refuse(3, "release_job", "cutover", "prod")["code"], "awaiting_approval")

    def test_one_who_has_left_the_role(self):
        self.begin()
        for approver in ("ben", "carla"):
            self.succeed(approver, "approve", "prod")
        self.execute(None, "REVOKE repoint_approver FROM ben")
        error = self.refuse(3, "release_job", "cutover", "prod")
        self.assertEqual(error["detail"]["approvals"]["given"], ["carla"])

    def test_one_of_no_role(self):
        self.execute(None, f"CREATE ROLE max LOGIN PASSWORD '{PASSWORD}'",
                     "GRANT USAGE ON SCHEMA sqlmesh TO max",
                     "GRANT SELECT ON sqlmesh._versions, sqlmesh._repoint_deployments TO max",
                     "GRANT INSERT ON sqlmesh._repoint_approvals TO max")
        self.begin()
        self.assertIn("no member of repoint_approver", self.refuse(3, "max", "approve", "prod")["message"])

    def test_a_configuration_without_the_rule(self):
        """The rule of who began it stays with the draft."""
        self.begin()
        self.configure("")
        self.assertEqual(self.refuse(3, "release_job", "cutover", "prod")["code"], "awaiting_approval")

    def test_the_rule_of_who_cuts_over(self):
        self.configure("")
        self.begin()
        self.configure("approvals:\n  prod: {count: 1}\n")
        self.assertEqual(self.refuse(3, "release_job", "cutover", "prod")["code"], "awaiting_approval")
        self.succeed("carla", "approve", "prod")
        self.succeed("release_job", "cutover", "prod")

    def test_hooks_are_told(self):
        self.configure("approvals:\n  prod: {count: 1}\nhooks:\n"
                       "  - {events: approved, command: cat > told; test -e allowed, required: true}\n")
        self.begin()
        self.succeed("ben", "approve", "prod")
        self.assertEqual(self.refuse(3, "release_job", "cutover", "prod")["code"], "refused")
        self.assertEqual(json.loads((self.folder / "told").read_text())["event"], "approved")
        (self.folder / "allowed").touch()
        self.succeed("release_job", "cutover", "prod")

    def test_tables_that_are_filled_at_the_last_moment(self):
        """Behind the last look of the checks: they run once more, and readers see what they have looked at."""
        fill = f"{PROGRAM} intervals add daily_revenue@2150531761 2026-01-06 2026-01-07 --state {self.url_of(None)}"
        self.configure("approvals:\n  prod: {count: 1}\n"
                       "checks:\n  - {name: count, command: echo run >> runs}\n"
                       f"hooks:\n  - {{events: approved, command: 'test -e filled || {fill} && touch filled'}}\n")
        self.begin()
        self.succeed("ben", "approve", "prod")
        self.assertEqual(self.succeed("release_job", "cutover", "prod")["state"], "finalized")
        self.assertTrue((self.folder / "filled").exists())
        self.assertEqual((self.folder / "runs").read_text(), "run\nrun\n")

    # -- what is refused

    def test_the_author_cannot_cut_over(self):
        self.configure("")
        self.begin()
        self.assertIn("permission denied", self.refuse(1, "anna", "cutover", "prod")["message"])
        self.assertIn(OLD_REVENUE, self.revenue())
        self.refuse(1, "anna", "promote", "prod", "--from", "dev")
        self.refuse_sql("anna", "UPDATE sqlmesh._environments SET plan_id = 'x'")
        self.refuse_sql("anna", "CREATE OR REPLACE VIEW shop.orders AS SELECT 1 AS id")

    def test_the_author_cannot_approve(self):
        self.begin()
        self.refuse_sql("anna", "INSERT INTO sqlmesh._repoint_approvals (environment, approver) VALUES ('prod', 'ben')")

    def test_nobody_changes_what_a_draft_says(self):
        self.begin()
        for user in ("anna", "ben", "release_job"):
            for column in ("plan", "author", "digest", "plan_id"):
                self.refuse_sql(user, f"UPDATE sqlmesh._repoint_deployments SET {column} = 'x'")
        self.refuse_sql("release_job", "UPDATE sqlmesh._repoint_journal SET author = 'x'")
        self.refuse_sql("release_job", "DELETE FROM sqlmesh._repoint_journal")
        self.refuse_sql("release_job", "DELETE FROM sqlmesh._repoint_revisions")

    def test_the_approver_cannot_approve_as_another(self):
        self.begin()
        self.refuse_sql("ben", "INSERT INTO sqlmesh._repoint_approvals (environment, plan_id, digest, approver)"
                               " SELECT environment, plan_id, digest, 'carla' FROM sqlmesh._repoint_deployments")
        self.refuse_sql("ben", "SET SESSION AUTHORIZATION carla")

    def test_the_approver_can_do_nothing_else(self):
        self.begin()
        for words in (["cutover", "prod"], ["abandon", "prod"], ["resume", "prod"], ["rollback", "prod"],
                      ["deploy", "prod", "--from", "dev"]):
            self.refuse(1, "ben", *words)
        for table in ("_environments", "_repoint_approvals", "_repoint_leases"):
            self.refuse_sql("ben", f"SELECT * FROM sqlmesh.{table}")
        self.refuse_sql("ben", "DELETE FROM sqlmesh._repoint_deployments")

    def test_nobody_begins_in_anothers_name(self):
        self.refuse_sql("anna", "INSERT INTO sqlmesh._repoint_deployments (environment, author) VALUES ('prod', 'ben')")
        self.refuse_sql("release_job", "INSERT INTO sqlmesh._repoint_journal (environment, sequence, author)"
                                       " VALUES ('prod', 1000, 'ben')")

    def test_the_reader_reads_views_alone(self):
        self.assertEqual(self.execute("dora", "SELECT count(*) FROM shop.orders"), [(1,)])
        self.begin()
        for relation in ("sqlmesh._environments", "shop__prod__next.orders",
                         f"sqlmesh__shop.shop__daily_revenue__{NEW_REVENUE}"):
            self.refuse_sql("dora", f"SELECT * FROM {relation}")
        self.refuse(1, "dora", "status")

    def test_the_janitor_removes(self):
        self.succeed("cleaner", "janitor", "--now", "2036-02-01")


if __name__ == "__main__":
    unittest.main()
