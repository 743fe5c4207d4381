"""Runs a test of the Python package, as it is in the build folder, with the Python that it was built for.

Without one the test is skipped: the reason is printed, and the exit status 77 tells Meson.
Usage: run.py PYTHON PACKAGE-FOLDER test_….py [ARGUMENT…]
"""

import os
import subprocess
import sys
from pathlib import Path

SKIPPED = 77


def skip(reason):
    print(f"skipped: {reason}")
    sys.exit(SKIPPED)


def sanitizer():
    """An extension that was built with the address sanitizer needs it in the interpreter, too; Python itself leaks."""
    # Modules in C++, such as DuckDB's, throw: the sanitizer looks for how when it starts.
    libraries = [
        subprocess.run(["cc", f"-print-file-name={name}"], capture_output=True, text=True, check=True).stdout.strip()
        for name in ("libasan.so", "libstdc++.so.6")
    ]
    return {"LD_PRELOAD": " ".join(libraries), "ASAN_OPTIONS": "detect_leaks=0", "PYTHONMALLOC": "malloc"}


def main():
    python, package, test, *arguments = sys.argv[1:]
    if python == "none":
        skip("the Python package is not built: the option python names no Python with cffi")
    path = [package, *filter(None, [os.environ.get("PYTHONPATH")])]
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(path), "PYTHONDONTWRITEBYTECODE": "1"}
    if os.environ.get("REPOINT_SANITIZED"):
        environment.update(sanitizer())
    script = Path(__file__).resolve().parent / test
    os.execve(python, [python, str(script), *arguments], environment)


main()
