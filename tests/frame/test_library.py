"""The library as it is installed: what it exports, and a program that is built with it.

REPOINT_BUILD is the build directory, REPOINT_PROGRAM the program, CC the compiler, REPOINT_CFLAGS what a program
needs that is linked with this build (sanitizers, coverage).
"""

import os
import re
import shlex
import subprocess
import tempfile
import unittest
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
BUILD = Path(os.environ.get("REPOINT_BUILD", ROOT / "build/test"))
LIBRARY = BUILD / "src/librepoint.so"
PROGRAM = os.environ.get("REPOINT_PROGRAM", str(BUILD / "src/cli/repoint"))
COMPILER = shlex.split(os.environ.get("CC", "cc"))
CFLAGS = shlex.split(os.environ.get("REPOINT_CFLAGS", ""))

DECLARATION = re.compile(r"^REPOINT_API\s[^;(]*?\b(repoint_\w+)\(", re.MULTILINE)


def run(*command, **environment):
    result = subprocess.run(
        [str(word) for word in command],
        env={**os.environ, **environment},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )
    if result.returncode != 0:
        raise AssertionError(f"{shlex.join(result.args)}: exit {result.returncode}\n{result.stdout}{result.stderr}")
    return result.stdout


class SymbolsTest(unittest.TestCase):
    def test_exported_is_what_the_headers_declare(self):
        listing = run("nm", "--dynamic", "--defined-only", "--format=posix", LIBRARY)
        exported = {line.split()[0] for line in listing.splitlines()}
        declared = set()
        for header in (ROOT / "include/repoint").glob("*.h"):
            declared.update(DECLARATION.findall(header.read_text(encoding="utf-8")))
        self.assertEqual(exported - declared, set(), "exported, and in no public header")
        self.assertEqual(declared - exported, set(), "in a public header, and not exported")

    def test_soname(self):
        self.assertRegex(run("objdump", "-p", LIBRARY), r"SONAME\s+librepoint\.so\.0\n")


class InstalledTest(unittest.TestCase):
    """What a user of the library does: install, ask pkg-config, compile, link, run."""

    @classmethod
    def setUpClass(cls):
        directory = tempfile.TemporaryDirectory(prefix="repoint-installed-")
        cls.addClassCleanup(directory.cleanup)
        cls.directory = Path(directory.name)
        run("meson", "install", "-C", BUILD, "--no-rebuild", "--destdir", cls.directory / "root")
        cls.package = next((cls.directory / "root").rglob("repoint.pc"))
        cls.prefix = next(path for path in cls.package.parents if (path / "include/repoint").is_dir())

    def pkg_config(self, *arguments):
        return shlex.split(
            run(
                "pkg-config",
                f"--define-variable=prefix={self.prefix}",
                *arguments,
                "repoint",
                PKG_CONFIG_PATH=str(self.package.parent),
            )
        )

    def compile_example(self, *link):
        program = self.directory / "promote"
        strict = ["-std=c17", "-Wall", "-Wextra", "-pedantic", "-Werror"]
        run(
            *COMPILER,
            *strict,
            *CFLAGS,
            ROOT / "examples/promote.c",
            "-o",
            program,
            *self.pkg_config("--cflags"),
            *(link or self.pkg_config("--libs")),
        )
        return program

    def library_path(self):
        return {"LD_LIBRARY_PATH": str(self.package.parent.parent)}

    def new_store(self):
        path = Path(tempfile.mkdtemp(dir=self.directory)) / "shop.db"
        url = f"sqlite:{path}"
        run(PROGRAM, "-C", path.parent, "--state", url, "init")
        run(PROGRAM, "--state", url, "import", ROOT / "examples/shop/state.json")
        return url

    def test_version(self):
        self.assertEqual(run(PROGRAM, "--version").split()[-1], self.pkg_config("--modversion")[0])

    def test_headers(self):
        sources = {path.name for path in (ROOT / "include/repoint").glob("*.h")}
        self.assertEqual({path.name for path in (self.prefix / "include/repoint").iterdir()}, sources)

    def test_example(self):
        program = self.compile_example()
        output = run(program, self.new_store(), "dev", "daily_revenue", **self.library_path())
        self.assertIn("daily_revenue", output)

    def test_example_with_the_static_library(self):
        libraries = self.pkg_config("--static", "--libs")
        link = [str(self.package.parent.parent / "librepoint.a") if word == "-lrepoint" else word for word in libraries]
        output = run(self.compile_example(*link), self.new_store(), "dev", "daily_revenue")
        self.assertIn("daily_revenue", output)

    def test_example_says_what_is_wrong(self):
        program = self.compile_example()
        result = subprocess.run(
            [program, "sqlite:" + str(self.directory / "absent.db"), "dev", "daily_revenue"],
            env={**os.environ, **self.library_path()},
            capture_output=True,
            text=True,
            check=False,
            timeout=60,
        )
        self.assertNotEqual(result.returncode, 0)
        self.assertIn("absent.db", result.stderr)


if __name__ == "__main__":
    unittest.main()
