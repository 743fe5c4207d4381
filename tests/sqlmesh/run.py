"""Runs a test of this folder with the Python that has SQLMesh.

REPOINT_TEST_PYTHON, which scripts/test sets, is the path of that Python. Without one the test is skipped: the reason is
printed, and the exit status 77 tells Meson.
Usage: run.py test_….py
"""

import os
import subprocess
import sys
from pathlib import Path

SKIPPED = 77


def skip(reason):
    print(f"skipped: {reason}")
    sys.exit(SKIPPED)


def main():
    python = os.environ.get("REPOINT_TEST_PYTHON")
    if not python:
        skip("REPOINT_TEST_PYTHON is not set: no Python environment with SQLMesh")
    if not os.access(python, os.X_OK):
        skip(f"{python} is no program")
    if subprocess.run([python, "-c", "import sqlmesh"], check=False, capture_output=True).returncode != 0:
        skip(f"{python} has no SQLMesh")
    test = Path(__file__).resolve().parent / sys.argv[1]
    os.execv(python, [python, "-B", str(test), *sys.argv[2:]])


main()
