"""Approvals on MariaDB, with the SQL of docs/security.md: users, roles, and the trigger that writes who approves.

The state is on MariaDB; the views are in a file, which is quick.
"""

import contextlib
import os
import sqlite3
import subprocess
import sys
import unittest
import urllib.parse

from documents import blocks
from shop_server import NEW_REVENUE, STATE, ServerTest

PASSWORD = "choose one"
LOAD = STATE.parent / "load.py"
ROLES = ["repoint_approver", "repoint_deployer"]
USERS = ["ben", "carla", "ben@localhost", "release_job"]


class Approvals(ServerTest):
    variable = "REPOINT_TEST_MARIADB_TCP"

    def setUp(self):
        super().setUp()
        import pymysql

        self.pymysql = pymysql
        self.server = os.environ[self.variable]
        self.clean_up()
        self.addCleanup(self.clean_up)
        self.execute(None, "CREATE DATABASE sqlmesh")
        self.succeed(None, "init", "--deployments")
        self.succeed(None, "import", str(STATE))
        subprocess.run([sys.executable, str(LOAD), str(self.folder / "shop.db")], check=True)
        for block in blocks("mariadb"):
            self.execute(None, *(statement for statement in block.split(";\n") if statement.strip()))
        self.execute(
            None,
            f"CREATE USER release_job IDENTIFIED BY '{PASSWORD}'",
            "GRANT repoint_deployer TO release_job",
            "SET DEFAULT ROLE repoint_deployer FOR release_job",
        )
        self.configure(
            "warehouse: {url: 'sqlite:shop.db'}\napprovals:\n  prod: {count: 2, roles: [repoint_approver]}\n"
        )

    def clean_up(self):
        self.execute(None, "DROP DATABASE IF EXISTS sqlmesh",
                     *(f"DROP USER IF EXISTS {user}" for user in USERS),
                     *(f"DROP ROLE IF EXISTS {role}" for role in ROLES))

    def url_of(self, user):
        parts = urllib.parse.urlsplit(self.server)
        name, password = (user, urllib.parse.quote(PASSWORD)) if user else (parts.username, parts.password)
        return f"mysql://{name}:{password}@{parts.hostname}:{parts.port}/sqlmesh"

    def execute(self, user, *statements):
        parts = urllib.parse.urlsplit(self.server)
        name, password = (user, PASSWORD) if user else (parts.username, parts.password)
        connection = self.pymysql.connect(
            host=parts.hostname, port=parts.port, user=name, password=password, autocommit=True
        )
        with contextlib.closing(connection):
            cursor = connection.cursor()
            for statement in statements:
                cursor.execute(statement)
            return cursor.fetchall()

    def begin(self):
        return self.succeed(None, "deploy", "prod", "--from", "dev", "--until", "checked")

    def refuse_sql(self, user, statement):
        with self.assertRaises(self.pymysql.err.OperationalError, msg=(user, statement)):
            self.execute(user, statement)

    def test_two_approve(self):
        begun = self.begin()
        error = self.refuse(3, "release_job", "cutover", "prod")
        self.assertEqual((error["code"], error["detail"]["approvals"]["missing"]), ("awaiting_approval", 2))
        approval = self.succeed("ben", "approve", "prod")
        self.assertRegex(approval["approver"], "^ben@")
        self.assertEqual(approval["digest"], begun["digest"])
        self.assertFalse(self.succeed("ben", "approve", "prod")["is_new"])
        self.succeed("carla", "approve", "prod")
        self.assertEqual(self.succeed("release_job", "cutover", "prod")["state"], "finalized")
        with contextlib.closing(sqlite3.connect(self.folder / "shop.db")) as warehouse:
            ((view,),) = warehouse.execute("SELECT sql FROM sqlite_master WHERE name = 'shop.daily_revenue'")
        self.assertIn(NEW_REVENUE, view)

    def test_one_person_from_two_hosts(self):
        self.begin()
        self.succeed("ben", "approve", "prod")
        self.execute(None, "DROP TRIGGER sqlmesh._repoint_own_name",
                     "INSERT INTO sqlmesh._repoint_approvals (environment, plan_id, digest, approver)"
                     " SELECT environment, plan_id, digest, 'ben@elsewhere' FROM sqlmesh._repoint_approvals")
        error = self.refuse(3, "release_job", "cutover", "prod")
        self.assertEqual(error["detail"]["approvals"]["given"], ["ben"])

    def test_the_trigger_writes_who_it_is(self):
        self.begin()
        self.execute("ben", "INSERT INTO sqlmesh._repoint_approvals (environment, plan_id, digest, approver)"
                            " SELECT environment, plan_id, digest, 'carla@%' FROM sqlmesh._repoint_deployments")
        ((approver,),) = self.execute(None, "SELECT approver FROM sqlmesh._repoint_approvals")
        self.assertRegex(approver, "^ben@")

    def test_one_who_has_left_the_role(self):
        self.begin()
        for approver in ("ben", "carla"):
            self.succeed(approver, "approve", "prod")
        self.execute(None, "REVOKE repoint_approver FROM ben")
        error = self.refuse(3, "release_job", "cutover", "prod")
        self.assertEqual(error["detail"]["approvals"]["given"], ["carla"])

    def test_members_of_a_role_in_the_role(self):
        self.execute(None, "CREATE ROLE repoint_deputies", "GRANT repoint_approver TO repoint_deputies",
                     "REVOKE repoint_approver FROM ben", "GRANT repoint_deputies TO ben",
                     "SET DEFAULT ROLE repoint_deputies FOR ben")
        self.addCleanup(self.execute, None, "DROP ROLE repoint_deputies")
        self.begin()
        self.succeed("ben", "approve", "prod")
        error = self.refuse(3, "release_job", "cutover", "prod")
        self.assertEqual(error["detail"]["approvals"]["given"], ["ben"])

    def test_one_of_no_role(self):
        self.begin()
        error = self.refuse(3, "release_job", "approve", "prod")
        self.assertIn("no member of repoint_approver", error["message"])

    def test_the_author(self):
        self.begin()
        self.assertIn("own approval does not count", self.refuse(3, None, "approve", "prod")["message"])

    def test_without_a_look_at_others_roles(self):
        """What the approver's own connection was asked stands."""
        self.execute(None, "REVOKE SELECT ON mysql.roles_mapping FROM repoint_deployer")
        self.begin()
        for approver in ("ben", "carla"):
            self.succeed(approver, "approve", "prod")
        self.assertEqual(self.succeed("release_job", "cutover", "prod")["state"], "finalized")

    def test_the_approver_can_do_nothing_else(self):
        self.begin()
        for words in (["cutover", "prod"], ["abandon", "prod"], ["deploy", "prod", "--from", "dev"]):
            result = self.run_as("ben", *words)
            self.assertIn(result.returncode, (1, 5), result.stdout)  # it does not see what it may not read
        self.refuse_sql("ben", "UPDATE sqlmesh._repoint_deployments SET digest = 'x'")
        self.refuse_sql("ben", "SELECT * FROM sqlmesh._environments")


if __name__ == "__main__":
    unittest.main()
