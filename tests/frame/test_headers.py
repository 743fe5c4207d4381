"""Each public header compiles alone, as C17 and as C++17, without a warning.

CC and CXX are the compilers.
"""

import os
import shlex
import subprocess
import unittest
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
HEADERS = sorted(path.name for path in (ROOT / "include/repoint").glob("*.h"))
STRICT = ["-Wall", "-Wextra", "-pedantic", "-Werror", "-fsyntax-only", "-I", str(ROOT / "include")]


class HeadersTest(unittest.TestCase):
    def compile(self, compiler, language, standard, source):
        command = [*shlex.split(compiler), f"-std={standard}", *STRICT, "-x", language, "-"]
        result = subprocess.run(command, input=source, capture_output=True, text=True, check=False, timeout=120)
        self.assertEqual(result.returncode, 0, result.stderr)

    def compile_each(self, compiler, language, standard):
        self.assertIn("repoint.h", HEADERS)
        for header in HEADERS:
            with self.subTest(header):
                self.compile(compiler, language, standard, f"#include <repoint/{header}>\n#include <repoint/{header}>\n")
        declares_an_error = "#include <repoint/repoint.h>\nrepoint_error error = REPOINT_ERROR_INIT;\n"
        self.compile(compiler, language, standard, declares_an_error)

    def test_as_c(self):
        self.compile_each(os.environ.get("CC", "cc"), "c", "c17")

    def test_as_cpp(self):
        self.compile_each(os.environ.get("CXX", "c++"), "c++", "c++17")


if __name__ == "__main__":
    unittest.main()
