"""The shop's state and tables on a server, and the program run as one user or another."""

import json
import os
import subprocess
import sys
import tempfile
import unittest
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "sqlmesh"))

from program import PROGRAM, own_environment  # noqa: E402

STATE = Path(__file__).resolve().parents[2] / "examples/shop/state.json"
OLD_REVENUE, NEW_REVENUE = "181755734", "2090483622"


class ServerTest(unittest.TestCase):
    """`url_of(user)` is the subclass's; `words` stand behind every command."""

    variable = None

    def setUp(self):
        if not os.environ.get(self.variable):
            self.skipTest(f"{self.variable} is not set")
        folder = tempfile.TemporaryDirectory(prefix="repoint-roles-")
        self.addCleanup(folder.cleanup)
        self.folder = Path(folder.name)

    def configure(self, text):
        (self.folder / "repoint.yaml").write_text(text, encoding="utf-8")

    def run_as(self, user, *words):
        command = [PROGRAM, *words, "-o", "json", "--state", self.url_of(user)]
        return subprocess.run(
            command, cwd=self.folder, env=own_environment(), capture_output=True, text=True, check=False, timeout=120
        )

    def succeed(self, user, *words):
        result = self.run_as(user, *words)
        self.assertEqual(result.returncode, 0, (user, words, result.stdout, result.stderr))
        return json.loads(result.stdout)

    def refuse(self, code, user, *words):
        result = self.run_as(user, *words)
        self.assertEqual(result.returncode, code, (user, words, result.stdout, result.stderr))
        return json.loads(result.stdout)["error"]

    def shop_tables(self):
        """What prod shows now, and what it would show: {view: table}, without schemas' quotes."""
        views = self.succeed(None, "plan", "prod", "--from", "dev")["views"]
        new = {view["view"]: view["table"] for view in views}
        old = {**new, "shop.daily_revenue": f"sqlmesh__shop.shop__daily_revenue__{OLD_REVENUE}"}
        return old, new
