"""The janitor: what nothing points to any more goes, from the state and from the warehouse, and nothing else."""

import sqlite3
import unittest

from shop import PostgresShop, ShopTest

OLD_REVENUE = "shop__daily_revenue__181755734"
NEW_REVENUE = "shop__daily_revenue__2090483622"


class Janitor:
    """Stories that go the same way on every database; `relations()` are its tables and views."""

    def setUp(self):
        super().setUp()
        self.open_shop()

    def deploy(self):
        self.succeed("deploy", "prod", "--from", "dev", "--check-gaps", "none")

    def names(self, report, key="dropped"):
        return sorted(row["object"] for row in report[key])

    def test_the_tables_of_the_last_revisions_stay(self):
        self.deploy()
        report = self.document("janitor", "--ignore-ttl")
        self.assertEqual(report["snapshots"], [])
        self.assertIn(OLD_REVENUE, self.relations())
        self.succeed("rollback", "prod", "--check-gaps", "none")
        self.assertIn(OLD_REVENUE, self.revenue_of_readers())

    def test_how_many_revisions_keep_their_tables_is_configured(self):
        self.deploy()
        (self.directory / "repoint.yaml").write_text("retain: 1\n", encoding="utf-8")
        self.succeed("janitor", "--ignore-ttl")
        self.assertNotIn(OLD_REVENUE, self.relations())

    def test_what_nothing_points_to_goes_with_its_table(self):
        self.succeed("invalidate", "dev")
        before = self.relations()
        would_go = self.document("janitor", "--ignore-ttl", "-n")
        self.assertEqual(self.relations(), before)
        self.assertEqual([row["environment"] for row in would_go["environments"]], ["dev"])

        report = self.document("janitor", "--ignore-ttl")
        self.assertIn(f"sqlmesh__shop.{NEW_REVENUE}", self.names(report))
        self.assertIn("shop__dev.daily_revenue", self.names(report))
        self.assertNotIn(NEW_REVENUE, self.relations())
        self.assertIn(OLD_REVENUE, self.relations())
        self.assertEqual(report["failed"], [])
        again = self.document("janitor", "--ignore-ttl")
        self.assertEqual((again["dropped"], again["snapshots"], again["environments"]), ([], [], []))

    def test_an_open_deployment_keeps_its_tables(self):
        self.succeed("deploy", "prod", "--from", "dev", "--check-gaps", "none", "--until", "draft")
        self.succeed("invalidate", "dev")
        self.succeed("janitor", "--ignore-ttl")
        self.assertIn(NEW_REVENUE, self.relations())
        self.succeed("resume", "prod")
        self.assertIn(NEW_REVENUE, self.revenue_of_readers())

    def test_a_promotion_that_may_be_taken_back_keeps_what_it_replaced(self):
        self.succeed("promote", "prod", "--from", "dev", "--check-gaps", "none")
        self.succeed("janitor", "--ignore-ttl")
        self.assertIn(OLD_REVENUE, self.relations())
        self.succeed("abandon", "prod")
        self.assertIn(OLD_REVENUE, self.revenue_of_readers())

    def test_status_tells_what_a_rollback_would_miss(self):
        self.deploy()
        self.assertEqual(self.document("status")["retained"], [])
        expiring = self.document("status", environment={"REPOINT_NOW": "2026-01-13T00:00:00Z"})
        self.assertEqual({row["problem"] for row in expiring["retained"]}, {"expiring"})
        self.assertIn("SQLMesh's janitor may drop from", " ".join(expiring["attention"]))
        self.drop_old_revenue()
        gone = self.document("status")
        self.assertEqual([(row["revision"], row["problem"]) for row in gone["retained"]], [(1, "gone")])
        self.assertIn("prod cannot go back to revision 1", " ".join(gone["attention"]))
        self.assertIn("does not exist in the warehouse", self.refuse(3, "rollback", "prod", "--check-gaps", "none"))

    def test_of_one_environment_alone_only_its_views_go(self):
        self.succeed("invalidate", "dev")
        report = self.document("janitor", "--environment", "dev", "--ignore-ttl")
        self.assertEqual({row["kind"] for row in report["dropped"]} - {"schema"}, {"view"})
        self.assertIn(NEW_REVENUE, self.relations())


class OnSqlite(Janitor, ShopTest):
    def drop_old_revenue(self):
        connection = sqlite3.connect(self.database)
        connection.execute(f'DROP TABLE "sqlmesh__shop.{OLD_REVENUE}"').connection.commit()
        connection.close()

    def relations(self):
        return {name.split(".")[-1] for (name,) in self.query("SELECT name FROM sqlite_master")}


class OnPostgres(Janitor, PostgresShop):
    def drop_old_revenue(self):
        self.psql(f"DROP TABLE sqlmesh__shop.{OLD_REVENUE}")

    def relations(self):
        return {name for (name,) in self.psql("SELECT relname FROM pg_class WHERE relkind IN ('r', 'v')")}

    def test_a_table_that_somebody_reads_stays_on_the_list(self):
        self.psql(f"CREATE VIEW shop.annas AS SELECT * FROM sqlmesh__shop.{NEW_REVENUE}")
        self.succeed("invalidate", "dev")
        for attempts in (1, 2):
            report = self.document("janitor", "--ignore-ttl")
            (failed,) = report["failed"]
            self.assertEqual((failed["object"], failed["attempts"]), (f"sqlmesh__shop.{NEW_REVENUE}", attempts))
            self.assertIn("depend", failed["reason"])
            self.assertIn("annas", self.relations())
        self.psql("DROP VIEW shop.annas")
        self.assertEqual(self.names(self.document("janitor")), [f"sqlmesh__shop.{NEW_REVENUE}"])
        self.assertNotIn(NEW_REVENUE, self.relations())

    def test_a_table_that_is_used_again_is_not_dropped(self):
        """Its snapshot is pushed anew between two runs of the janitor: the version is the same, and so is the table."""
        exported = str(self.directory / "dev.json")
        self.succeed("export", exported, "--environment", "dev")
        self.psql(f"CREATE VIEW shop.annas AS SELECT * FROM sqlmesh__shop.{NEW_REVENUE}")
        self.succeed("invalidate", "dev")
        self.succeed("janitor", "--ignore-ttl")
        self.psql("DROP VIEW shop.annas")
        self.succeed("push", exported)
        report = self.document("janitor")
        self.assertEqual(self.names(report, "needed"), [f"sqlmesh__shop.{NEW_REVENUE}"])
        self.assertIn(NEW_REVENUE, self.relations())

    def test_a_schema_of_an_environment_goes_when_it_is_empty(self):
        self.psql("CREATE TABLE shop__dev.annas_notes (note TEXT)")
        self.succeed("invalidate", "dev")
        self.succeed("janitor")
        schemas = "SELECT nspname FROM pg_namespace WHERE nspname = 'shop__dev'"
        self.assertEqual(self.psql(schemas), [["shop__dev"]])


if __name__ == "__main__":
    unittest.main()
