"""What the documents tell a reader to type or to open is there."""

import os
import re
import subprocess
import unittest
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PROGRAM = os.environ.get("REPOINT_PROGRAM", str(ROOT / "build/test/src/cli/repoint"))
DOCUMENTS = sorted([*ROOT.glob("*.md"), *ROOT.glob("docs/*.md"), *ROOT.glob("examples/**/*.md")])

MAKE = re.compile(r"\bmake ([a-z-]+)\b")
SCRIPT = re.compile(r"\b((?:scripts|tests|bench|\.ci)/[\w./-]*[\w-])")
COMMAND = re.compile(r"^\$ repoint (?:-\S+ )*([a-z]+(?: (?:add|remove|list|missing|compact)\b)?)", re.MULTILINE)
LINK = re.compile(r"\]\(([^)#:]+)\)")
CODE = re.compile(r"```.*?```|`[^`\n]*`", re.DOTALL)


def text_of(path):
    return path.read_text(encoding="utf-8")


def code_of(path):
    return "\n".join(CODE.findall(text_of(path)))


class DocumentsTest(unittest.TestCase):
    def each(self, pattern, read=code_of):
        for path in DOCUMENTS:
            for found in sorted(set(pattern.findall(read(path)))):
                with self.subTest(document=str(path.relative_to(ROOT)), found=found):
                    yield path, found

    def test_make_targets(self):
        targets = set(re.findall(r"^([a-z -]+):", text_of(ROOT / "Makefile"), re.MULTILINE))
        targets = {word for line in targets for word in line.split()}
        seen = set()
        for _, target in self.each(MAKE):
            seen.add(target)
            self.assertIn(target, targets)
        self.assertLessEqual({"demo", "test"}, seen)

    def test_help_lists_every_target(self):
        listing = subprocess.run(["make", "-s", "-C", str(ROOT)], capture_output=True, text=True, check=True, timeout=60)
        phony = re.search(r"^\.PHONY: (.*)$", text_of(ROOT / "Makefile"), re.MULTILINE).group(1).split()
        for target in set(phony) - {"help"}:
            self.assertIn(f"make {target} ", listing.stdout)

    def test_scripts(self):
        for _, script in self.each(SCRIPT):
            self.assertTrue((ROOT / script).exists())

    def test_links(self):
        for path, link in self.each(LINK, read=text_of):
            self.assertTrue((path.parent / link).exists())

    def test_commands(self):
        for _, command in self.each(COMMAND):
            result = subprocess.run(
                [PROGRAM, "help", *command.split()], capture_output=True, text=True, check=False, timeout=60
            )
            self.assertEqual(result.returncode, 0, result.stderr)

    def test_the_session_of_the_readme_is_the_demo(self):
        demo = text_of(ROOT / "scripts/demo")
        session = text_of(ROOT / "README.md").partition("## Install")[0]
        commands = re.findall(r"^\$ (repoint .*)$", session, re.MULTILINE)
        self.assertGreater(len(commands), 3)
        for command in commands:
            self.assertIn(command, demo)

    def test_version(self):
        version = re.search(r"version: '([\d.]+)'", text_of(ROOT / "meson.build")).group(1)
        self.assertIn(f"## {version}", text_of(ROOT / "CHANGELOG.md"))


if __name__ == "__main__":
    unittest.main()
