"""What the tests of this folder share: the shop of tests/cli, with a repoint.yaml that each test writes."""

import contextlib
import json
import os
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "cli"))

from shop import DAILY_REVENUE, NEW_REVENUE, ShopTest  # noqa: E402, F401

NEXT_ORDERS = "shop__prod__next.orders"


class DeploymentTest(ShopTest):
    def setUp(self):
        super().setUp()
        self.open_shop()

    def configure(self, text):
        (self.directory / "repoint.yaml").write_text(text, encoding="utf-8")

    def state_of(self, environment="prod"):
        """draft, candidate, checked, …; None when nothing is open."""
        for entry in self.document("status")["deployments"]:
            if entry["environment"] == environment and entry["deployment"]:
                return entry["deployment"]["state"]
        return None

    def steps(self, environment="prod"):
        return self.document("history", environment)["steps"]

    def told(self, name="events.jsonl"):
        """What a hook that appends its input to this file has been told."""
        path = self.directory / name
        return [json.loads(line) for line in path.read_text().splitlines() if line] if path.exists() else []

    def execute(self, *statements):
        import sqlite3

        with contextlib.closing(sqlite3.connect(self.database)) as connection:
            for statement in statements:
                connection.execute(statement)
            connection.commit()

    def is_running(self, process):
        """Is the process still there, and not just waiting to be noticed as dead?"""
        try:
            status = Path(f"/proc/{process}/stat").read_text()
        except FileNotFoundError:
            return False
        return status.rpartition(")")[2].split()[0] not in ("Z", "X") and os.path.exists(f"/proc/{process}")
