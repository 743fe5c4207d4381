"""Each example runs as it is, on the shop in memory and on a store in a file, and prints what it says."""

import os
import re
import subprocess
import sys
import tempfile
import unittest
from pathlib import Path

import repoint

EXAMPLES = Path(__file__).resolve().parents[2] / "examples/python"
SHOP = EXAMPLES.parent / "shop/state.json"

PRINTS = {
    "promote.py": "added 3, removed 0",
    "check_gaps.py": 'prod stays as it is:\n  "fix_shop"."shop"."daily_revenue" lacks'
    " 2026-01-03 00:00:00 to 2026-01-05 00:00:00",
    "skip_gap_check.py": "added 3, removed 0",
    "inspect_changes.py": '+ "fix_shop"."shop"."active_customers" version 166012704,'
    " in fix_shop.sqlmesh__shop.shop__active_customers__166012704\n"
    '+ "fix_shop"."shop"."daily_revenue" version 2090483622,'
    " in fix_shop.sqlmesh__shop.shop__daily_revenue__2090483622\n"
    '- "fix_shop"."shop"."customer_lifetime" version 649780291',
    "deploy.py": 'metadata: "fix_shop"."shop"."active_customers"\n'
    'metadata: "fix_shop"."shop"."customer_lifetime"\n'
    'changed: "fix_shop"."shop"."daily_revenue"\n'
    "candidate: 51712.0\nprod: 67424.0\nprod: 51712.0 finalized\nprod: 67424.0\n"
    "on hold at revision 1: accounting needs the returns",
    "production.py": r"prod is at plan [0-9a-f]{8}… since 20\d\d-\d\d-\d\d \d\d:\d\d UTC",
    "create_environment.py": "pr_17 at plan pr-17-build-4: 6 views, from 2026-01-01 00:00:00",
    "roll_back.py": "going back: no such table: fix_shop.sqlmesh__shop.shop__daily_revenue__2090483622\n"
    "prod is what it was",
    "two_phases.py": "prod is finalized, 3 views were replaced",
}


class ExamplesTest(unittest.TestCase):
    def run_example(self, name, *arguments):
        result = subprocess.run(
            [sys.executable, "-X", "utf8", str(EXAMPLES / name), *arguments],
            capture_output=True,
            text=True,
            encoding="utf-8",
            timeout=60,
            check=False,
            env={**os.environ, "PYTHONDONTWRITEBYTECODE": "1"},
        )
        self.assertEqual(result.returncode, 0, f"{name}: {result.stderr}")
        return result.stdout.rstrip("\n")

    def check_printed(self, name, printed):
        expected = PRINTS[name]
        if name == "production.py":
            self.assertTrue(re.fullmatch(expected, printed), printed)
        else:
            self.assertEqual(printed, expected)

    def test_every_example_is_tested(self):
        there = {path.name for path in EXAMPLES.glob("*.py")} - {"shop.py"}
        self.assertEqual(there, set(PRINTS))

    def test_on_the_shop_in_memory(self):
        for name in PRINTS:
            with self.subTest(name):
                self.check_printed(name, self.run_example(name))

    def test_on_a_store_in_a_file(self):
        for name in PRINTS:
            with self.subTest(name), tempfile.TemporaryDirectory(prefix="repoint-example-") as folder:
                url = f"sqlite:{folder}/state.db"
                with repoint.Store.create(url) as store:
                    store.import_state(SHOP)
                self.check_printed(name, self.run_example(name, url))


if __name__ == "__main__":
    unittest.main()
