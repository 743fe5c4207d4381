"""The folders of src/ keep to the layout, and the check of it sees what it must."""

import subprocess
import sys
import tempfile
import unittest
from pathlib import Path

CHECK = Path(__file__).resolve().parents[1] / "check-layers"


class LayersTest(unittest.TestCase):
    def check(self, *arguments):
        return subprocess.run(
            [sys.executable, str(CHECK), *arguments], capture_output=True, text=True, check=False, timeout=60
        )

    def check_one(self, folder, line):
        with tempfile.TemporaryDirectory() as src:
            (Path(src) / folder).mkdir(parents=True)
            (Path(src) / folder / "orders.c").write_text(line + "\n", encoding="utf-8")
            return self.check(src)

    def test_sources(self):
        result = self.check()
        self.assertEqual(result.returncode, 0, result.stdout)

    def test_a_folder_uses_itself_those_above_and_the_public_headers(self):
        for folder, line in [
            ("state", '#include "state/store.h"'),
            ("state", '#include "db/driver.h"'),
            ("db/sqlite", '#include "base/error.h"'),
            ("base", '#include "repoint/error.h"'),
            ("cli", '#include "repoint/repoint.h"'),
        ]:
            with self.subTest(folder=folder, line=line):
                self.assertEqual(self.check_one(folder, line).returncode, 0)

    def test_nothing_else(self):
        for folder, line in [
            ("model", '#include "db/driver.h"'),
            ("db/sqlite", '  #  include "state/store.h"'),
            ("state", '#include "warehouse/views.h"'),
            ("cli", '#include "base/error.h"'),
            ("server", '#include "cli/output.h"'),
            ("util", "int orders;"),
        ]:
            with self.subTest(folder=folder, line=line):
                result = self.check_one(folder, line)
                self.assertEqual(result.returncode, 1)
                self.assertIn("orders.c", result.stdout)


if __name__ == "__main__":
    unittest.main()
