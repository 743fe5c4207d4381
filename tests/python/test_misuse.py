"""Whatever is passed to the package, the interpreter lives on, and says what is wrong."""

import os
import subprocess
import sys
import unittest
from pathlib import Path

ROUNDS_SHARE, ROUNDS = 200, 5000
SEED = int(os.environ.get("REPOINT_SEED", "1"))


class MisuseTest(unittest.TestCase):
    def test_values_that_make_no_sense(self):
        rounds = ROUNDS if os.environ.get("REPOINT_SOAK") else ROUNDS_SHARE
        print(f"share: {rounds} of {ROUNDS} rounds of misuse, seed {SEED}", flush=True)
        program = [
            sys.executable,
            "-X",
            "faulthandler",
            str(Path(__file__).parent / "misuse.py"),
            str(SEED),
            str(rounds),
        ]
        result = subprocess.run(
            program, capture_output=True, text=True, timeout=3000, check=False, stdin=subprocess.DEVNULL
        )
        self.assertEqual(result.returncode, 0, result.stderr[-4000:])
        self.assertIn(" raised", result.stdout)
        self.assertNotIn("cffi callback", result.stderr)
        print(result.stdout)


if __name__ == "__main__":
    unittest.main()
