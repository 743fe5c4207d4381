"""The package's types are right (mypy --strict), its style is the project's (ruff), and its import is short."""

import os
import subprocess
import sys
import tempfile
import unittest
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]


class QualityTest(unittest.TestCase):
    def run_tool(self, *words):
        with tempfile.TemporaryDirectory(prefix="repoint-quality-") as cache:
            environment = {
                **{name: value for name, value in os.environ.items() if name != "PYTHONPATH"},
                "MYPY_CACHE_DIR": cache,
                "RUFF_CACHE_DIR": cache,
            }
            command = [sys.executable, "-m", *words]
            result = subprocess.run(
                command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False, timeout=280
            )
        self.assertEqual(result.returncode, 0, result.stdout + result.stderr)

    def test_types(self):
        self.run_tool("mypy", "--strict")

    def test_style(self):
        self.run_tool("ruff", "check", "python", "examples/python")

    def test_format(self):
        self.run_tool("ruff", "format", "--check", "python", "examples/python", "tests/python")

    def test_what_the_import_brings(self):
        """The import is short because it brings in little: nothing of cffi's parser, nothing of SQLMesh."""
        code = "import sys, repoint; print(*sys.modules, sep='\\n')"
        result = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=60)
        modules = set(result.stdout.split())
        self.assertIn("repoint._native", modules)
        for heavy in ("cffi", "pycparser", "sqlmesh", "sqlglot", "pydantic", "inspect", "dataclasses", "asyncio"):
            self.assertNotIn(heavy, modules)


if __name__ == "__main__":
    unittest.main()
