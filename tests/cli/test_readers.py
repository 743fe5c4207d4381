"""Who may read the views that change, as `plan` tells people and programs."""

import os
import unittest

from shop import PostgresShop, ShopTest


class OnPostgres(PostgresShop):
    def setUp(self):
        super().setUp()
        self.open_shop()
        self.analysts, self.loader = f"analysts_{os.getpid()}", f"loader_{os.getpid()}"
        for role in (self.analysts, self.loader):
            self.psql(f"CREATE ROLE {role}")
            self.addCleanup(self.psql, f"DROP ROLE {role}", url=self.server)
            self.addCleanup(self.psql, f"DROP OWNED BY {role}")
        self.psql(f"GRANT SELECT ON ALL TABLES IN SCHEMA shop TO {self.analysts};"
                  f" GRANT SELECT, INSERT ON shop.orders TO {self.loader};"
                  f" GRANT SELECT ON shop.customers TO PUBLIC")

    def readers(self, *words):
        """The lines of the part."""
        text = self.run_program("plan", *words).stdout
        return text.split("\nReaders\n")[1].split("\n\n")[0].splitlines() if "\nReaders\n" in text else None

    def test_they_are_counted(self):
        drops = ["prod", "--drop", "orders", "--drop", "customers"]
        width = len(self.analysts)
        self.assertEqual(self.readers(*drops), [
            f"  - {self.analysts}  SELECT on 2 views: goes",
            f"  - {'everybody':{width}}  SELECT on 1 view: goes",
            f"  - {self.loader:{width}}  INSERT, SELECT on 1 view: goes",
        ])
        lines = self.readers(*drops, "-v")
        self.assertIn(f"  - {self.analysts}  SELECT on shop.customers: goes", lines)
        self.assertIn(f"  - {self.analysts}  SELECT on shop.orders: goes", lines)

    def test_they_stay(self):
        self.assertEqual(self.readers("prod", "--from", "dev"), [f"    {self.analysts}  SELECT on 1 view"])
        self.assertEqual(self.document("plan", "prod", "--from", "dev")["grants"], [{
            "view": "shop.daily_revenue", "grantee": self.analysts, "privilege": "SELECT", "column": None,
            "grantable": False, "now": True, "afterwards": True, "source": "own",
        }])

    def test_new_views_that_nobody_may_read(self):
        self.assertEqual(self.document("plan", "pr_1", "--from", "prod")["unread"][0], "shop__pr_1.active_customers")
        self.assertEqual(self.readers("pr_1", "--from", "prod"), [
            "  ! nobody but their owner may read the new views shop__pr_1.active_customers,",
            "    shop__pr_1.customer_lifetime, shop__pr_1.customers and 3 more",
        ])
        self.psql(f"CREATE SCHEMA shop__pr_1; ALTER DEFAULT PRIVILEGES IN SCHEMA shop__pr_1 GRANT SELECT ON TABLES"
                  f" TO {self.loader}")
        self.assertEqual(self.readers("pr_1", "--from", "prod"),
                         [f"  + {self.loader}  SELECT on 6 views: granted by default privileges"])
        self.assertEqual(self.document("plan", "pr_1", "--from", "prod")["unread"], [])

    def test_where_nothing_changes(self):
        self.assertIsNone(self.readers("prod", "--from", "prod"))


class OnSQLite(ShopTest):
    def test_there_are_no_grants(self):
        self.open_shop()
        self.assertNotIn("Readers", self.succeed("plan", "pr_1", "--from", "prod"))
        plan = self.document("plan", "pr_1", "--from", "prod")
        self.assertEqual((plan["grants"], plan["unread"]), ([], []))


if __name__ == "__main__":
    unittest.main()
