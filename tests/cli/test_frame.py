"""The frame of the command line: parsing, help, settings, errors, and the files that the build generates.

REPOINT_PROGRAM is the path of the program.
"""

import json
import os
import pty
import re
import shutil
import signal
import subprocess
import tempfile
import unittest
from pathlib import Path

PROGRAM = os.path.abspath(os.environ.get("REPOINT_PROGRAM", "repoint"))
MESON = Path(__file__).parents[2] / "src/cli/meson.build"


class FrameTest(unittest.TestCase):
    """Each test works in an empty directory, with no repoint variable set."""

    def setUp(self):
        self.directory = Path(tempfile.mkdtemp(prefix="repoint-frame-")).resolve()
        self.addCleanup(shutil.rmtree, self.directory)
        self.environment = {
            name: value for name, value in os.environ.items() if not name.startswith("REPOINT_") and name != "NO_COLOR"
        }

    def run_program(self, *arguments, cwd=None, **environment):
        return subprocess.run(
            [PROGRAM, *arguments],
            cwd=cwd or self.directory,
            env={**self.environment, **environment},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )

    def succeed(self, *arguments, **more):
        result = self.run_program(*arguments, **more)
        self.assertEqual((result.returncode, result.stderr), (0, ""))
        return result.stdout

    def refuse(self, *arguments, **more):
        """Wrong usage or configuration: exit 2, nothing on standard output, and what standard error says."""
        result = self.run_program(*arguments, **more)
        self.assertEqual((result.returncode, result.stdout), (2, ""))
        self.assertRegex(result.stderr, r"\Arepoint: .*[^.]\n(hint: .*\n)?\Z")
        return result.stderr

    def settings(self, *arguments, **more):
        document = json.loads(self.succeed("config", "-o", "json", *arguments, **more))
        return {name: (row["value"], row["from"]) for name, row in document["settings"].items()}

    def write_config(self, text, directory="."):
        path = self.directory / directory / "repoint.yaml"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(text if isinstance(text, bytes) else text.encode())
        return path


class Parsing(FrameTest):
    def test_options_may_stand_anywhere(self):
        for line in (
            ["--state", "memory:", "config", "-o", "json"],
            ["config", "-ojson", "--state=memory:"],
            ["-o", "json", "config", "--state", "memory:"],
            ["-qo", "json", "--state=memory:", "config", "--"],
        ):
            document = json.loads(self.succeed(*line))
            self.assertEqual(document["settings"]["state"]["value"], "memory:", line)

    def test_the_last_of_two_values_counts(self):
        self.assertEqual(self.settings("--schema", "a", "--schema", "b")["schema"], ("b", "flag"))

    def test_double_dash_ends_the_options(self):
        self.assertIn('does not take the argument "--quiet"', self.refuse("config", "--", "--quiet"))

    def test_unknown_command_suggests_the_nearest(self):
        self.assertIn('there is no command "conifg"\nhint: did you mean "config"?', self.refuse("conifg"))
        self.assertIn('"repoint help" lists the commands', self.refuse("zzzzzz"))
        self.assertIn("no command is given", self.refuse())

    def test_unknown_option_suggests_the_nearest(self):
        self.assertIn("config has no option --stae\nhint: did you mean --state?", self.refuse("config", "--stae=x"))
        self.assertIn("repoint has no option --verison\nhint: did you mean --version?", self.refuse("--verison"))
        self.assertIn("config has no option -Z", self.refuse("config", "-qZ"))
        self.assertIn("config has no option -é", self.refuse("config", "-é"))

    def test_a_secret_behind_a_misspelled_option_is_not_repeated(self):
        self.assertNotIn("s3cret", self.refuse("config", "--stae=postgresql://etl:s3cret@db/analytics"))
        self.assertNotIn("s3cret", self.refuse("config", "postgresql://etl:s3cret@db/analytics"))

    def test_values_are_checked(self):
        self.assertIn("--output needs a value\nhint: write --output table|json", self.refuse("config", "--output"))
        self.assertIn("choose one of table|json", self.refuse("config", "-o", "xml"))
        self.assertIn("--yes takes no value", self.refuse("config", "--yes=1"))
        self.assertIn("--state is empty", self.refuse("config", "--state="))
        for seconds in ("0", "-1", "1s", "inf", "nan", "0x10", "", " 1", "1e400"):
            self.assertIn("positive number of seconds", self.refuse("config", "--timeout", seconds), seconds)
        for seconds in ("1", "0.5", "1e3"):
            self.succeed("config", "--timeout", seconds)

    def test_arguments_are_utf8(self):
        result = subprocess.run(
            [os.fsencode(PROGRAM), b"config", b"\xff"], cwd=self.directory, capture_output=True, check=False
        )
        self.assertEqual((result.returncode, result.stderr), (2, b"repoint: argument 2 is not UTF-8\n"))


class Help(FrameTest):
    def commands(self):
        text = self.succeed("help")
        sections = text.split("\nTopics:\n")[0].split("\n\n", 2)[2]
        return re.findall(r"^  ([a-z][a-z -]*?)(?:  .*)?$", sections, re.MULTILINE)

    def test_every_command_is_explained_and_fits_80_columns(self):
        self.assertLessEqual({"config", "help", "version"}, set(self.commands()))
        for words in ([], ["times"], *(command.split() for command in self.commands())):
            text = self.succeed("help", *words)
            self.assertEqual([line for line in text.splitlines() if len(line) > 80], [])
            if words and words != ["times"]:
                self.assertIn("usage: repoint " + " ".join(words), text)
                self.assertEqual(self.succeed(*words, "--help"), text)

    def test_help_needs_no_valid_configuration(self):
        self.write_config("nonsense: 1\n")
        self.succeed("config", "--help")
        self.succeed("--version")
        self.refuse("config")

    def test_unknown_subject(self):
        self.assertIn('hint: did you mean "config"?', self.refuse("help", "confg"))

    def test_version(self):
        text = self.succeed("version")
        self.assertRegex(text, r"\Arepoint \d+\.\d+\.\d+\n\Z")
        self.assertEqual(self.succeed("--version"), text)
        self.assertEqual(json.loads(self.succeed("-V", "-o", "json")), {"version": text.split()[1]})

    def test_help_as_json_is_one_document(self):
        self.assertEqual(json.loads(self.succeed("help", "-o", "json"))["help"], self.succeed("help"))


class Settings(FrameTest):
    def test_defaults(self):
        settings = self.settings()
        self.assertEqual(settings["state"], ("sqlite:repoint.db", "default"))
        self.assertEqual(settings["schema"], ("sqlmesh", "default"))
        self.assertEqual(settings["warehouse"], (None, None))

    def test_flag_over_environment_over_file_over_default(self):
        self.write_config("state:\n  url: memory:file\n  schema: from_file\nwarehouse:\n  url: duckdb:/w.db\n")
        environment = {"REPOINT_STATE": "memory:environment", "REPOINT_SCHEMA": "from_environment"}
        settings = self.settings("--state", "memory:flag", **environment)
        self.assertEqual(settings["state"], ("memory:flag", "flag"))
        self.assertEqual(settings["schema"], ("from_environment", "environment"))
        self.assertEqual(settings["warehouse"], ("duckdb:/w.db", "file"))
        self.assertEqual(settings["color"], ("auto", "default"))

    def test_an_empty_variable_is_not_set(self):
        self.assertEqual(self.settings(REPOINT_STATE="")["state"], ("sqlite:repoint.db", "default"))

    def test_switches_in_the_environment(self):
        self.assertEqual(self.settings(REPOINT_TRACE="yes")["trace"], ("true", "environment"))
        self.assertEqual(self.settings(REPOINT_TRACE="0")["trace"], ("false", "environment"))
        self.assertIn('REPOINT_TRACE is yes or no, not "maybe"', self.refuse("config", REPOINT_TRACE="maybe"))
        self.assertEqual(self.settings(NO_COLOR="1")["color"], ("never", "environment"))
        self.assertEqual(self.settings("--color=always", NO_COLOR="1")["color"], ("always", "flag"))

    def test_the_table_says_where_from(self):
        path = self.write_config("# the shop\nstate:\n  schema: shop\n")
        text = self.succeed("config", REPOINT_WAREHOUSE="memory:")
        self.assertRegex(text, rf"(?m)^schema +shop +{path}, line 3$")
        self.assertRegex(text, r"(?m)^warehouse +memory: +REPOINT_WAREHOUSE$")
        self.assertRegex(text, r"(?m)^state +sqlite:repoint.db +default$")
        self.assertNotIn("\033", text)
        self.assertIn("\033[1m", self.succeed("config", "--color", "always"))

    def test_the_file_is_found_upwards(self):
        self.write_config("state:\n  schema: shop\n")
        (self.directory / "models/staging").mkdir(parents=True)
        self.assertEqual(self.settings(cwd=self.directory / "models/staging")["schema"], ("shop", "file"))
        self.write_config("state:\n  schema: nearer\n", "models")
        self.assertEqual(self.settings(cwd=self.directory / "models/staging")["schema"], ("nearer", "file"))

    def test_a_named_file_and_a_directory(self):
        self.write_config("state:\n  schema: shop\n")
        self.write_config("state:\n  schema: other\n", "other")
        self.assertEqual(self.settings("--config", "other/repoint.yaml")["schema"][0], "other")
        self.assertEqual(self.settings(REPOINT_CONFIG="other/repoint.yaml")["schema"][0], "other")
        self.assertEqual(self.settings("-C", "other")["schema"][0], "other")
        self.assertIn("cannot read nowhere.yaml: No such file", self.refuse("config", "--config", "nowhere.yaml"))
        self.assertIn("cannot read other: Is a directory", self.refuse("config", "--config", "other"))
        self.assertIn("cannot go to nowhere: No such file", self.refuse("-C", "nowhere", "config"))

    def test_a_database_file_lies_where_the_configuration_lies(self):
        self.write_config("state:\n  url: sqlite:state.db\nwarehouse:\n  url: duckdb:/srv/shop.db\n")
        (self.directory / "models").mkdir()
        settings = self.settings(cwd=self.directory / "models")
        self.assertEqual(settings["state"][0], f"sqlite:{self.directory}/state.db")
        self.assertEqual(settings["warehouse"][0], "duckdb:/srv/shop.db")
        self.assertEqual(self.settings()["state"][0], "sqlite:state.db")


class ConfigurationFile(FrameTest):
    def refuse_config(self, text):
        path = self.write_config(text)
        message = self.refuse("config")
        self.assertIn(f"repoint: {path}", message)
        return message

    def test_unknown_keys(self):
        self.assertRegex(
            self.refuse_config("state:\n  schema: shop\n  ulr: x\n"),
            r"line 3: there is no key state\.ulr\nhint: did you mean state\.url\?",
        )
        self.assertRegex(
            self.refuse_config("# shop\nwarehose:\n  url: x\n"),
            r"line 2: there is no key warehose\nhint: did you mean warehouse\?",
        )

    def test_reserved_keys_are_accepted(self):
        self.write_config(
            "snapshots:\n  - {name: orders, identifier: x}\n"
        )
        self.succeed("config")

    def test_what_is_no_yaml(self):
        for text in ("state: [a\n", "state:\n\turl: x\n", "%", "state: {url: x\n", 'state: "x\n'):
            self.assertRegex(self.refuse_config(text), r"repoint\.yaml, line \d+: ", text)
        self.assertIn("line 3: duplicate key", self.refuse_config("state:\n  url: a\n  url: b\n"))
        self.assertIn('such as "memory:", need quotes', self.refuse_config("state:\n  url: memory:\n"))
        self.assertIn("is not UTF-8", self.refuse_config(b"state: \xff\n"))
        self.assertIn("larger than 1 MiB", self.refuse_config("#" * (1 << 20) + "\n"))
        self.assertIn("more than one document", self.refuse_config("retain: 1\n---\nretain: 2\n"))

    def test_values_of_the_wrong_kind(self):
        self.assertIn("line 2: state.url is not a text", self.refuse_config("state:\n  url: [sqlite:a.db]\n"))
        self.assertIn("line 1: state has keys below it", self.refuse_config("state: sqlite:a.db\n"))
        self.assertIn("does not consist of keys and values", self.refuse_config("- state\n"))

    def test_nothing_in_it(self):
        for text in ("", "# only a comment\n\n", "---\n", "state:\n", "state:\n  url:\n", "state:\n  url: ~\n"):
            self.write_config(text)
            self.assertEqual(self.settings()["state"], ("sqlite:repoint.db", "default"), text)

    def test_a_secret_in_it_is_not_repeated(self):
        self.write_config("state:\n  url: postgresql://etl:s3cret@db/analytics\n")
        self.assertNotIn("s3cret", self.succeed("config"))


class Masking(FrameTest):
    MASKED = {
        "postgresql://etl:s3cret@db.internal/analytics": "postgresql://etl:***@db.internal/analytics",
        "postgresql://etl:s3cret@db:5432/a?sslmode=require": "postgresql://etl:***@db:5432/a?sslmode=require",
        "postgresql://etl@db/analytics": "postgresql://etl@db/analytics",
        "postgresql://db:5432/analytics": "postgresql://db:5432/analytics",
        "postgresql://etl:s3@cr/et@db/a": "postgresql://etl:***@db/a",
        "postgresql://etl:s3?cret@db/a": "postgresql://etl:***@db/a",
        "postgresql://etl:s3cret:x@db/a": "postgresql://etl:***@db/a",
        "postgresql:///a?user=etl&password=s3cret&host=db": "postgresql:///a?user=etl&password=***&host=db",
        "postgresql:///a?sslpassword=s3cret": "postgresql:///a?sslpassword=***",
        "host=db password=s3cret user=etl": "host=db password=*** user=etl",
        "host=db PASSWORD = 's3 cr\\'et' user=etl": "host=db PASSWORD=*** user=etl",
        "host=db password=s3&cret user=etl": "host=db password=*** user=etl",
        "password='s3cret": "password=***",
        "mysql://etl:s3cret@db/a": "mysql://etl:***@db/a",
        "adbc:snowflake?uri=etl://etl:s3cret@db&token=s3cret": "adbc:snowflake?uri=etl://etl:***@db&token=***",
        "sqlite:repoint.db": "sqlite:repoint.db",
    }

    def test_passwords_are_masked(self):
        for url, masked in self.MASKED.items():
            self.assertEqual(self.settings("--state", url)["state"][0], masked, url)


class Output(FrameTest):
    def test_an_error_as_json_is_one_document(self):
        for line in (["-o", "json", "conifg"], ["config", "--nope", "-ojson"], ["--output=json", "config", "extra"]):
            result = self.run_program(*line)
            error = json.loads(result.stdout)["error"]
            self.assertEqual((result.returncode, error["code"], error["exit"]), (2, "invalid", 2))
            self.assertEqual(set(error), {"code", "exit", "message", "hint", "detail"})
            self.assertEqual(error["detail"], {})
            self.assertIn(f"repoint: {error['message']}\n", result.stderr)

    def test_a_hint_may_be_absent(self):
        result = self.run_program("-o", "json", "-C", "nowhere", "config")
        self.assertIsNone(json.loads(result.stdout)["error"]["hint"])

    def test_control_characters_do_not_reach_the_terminal(self):
        self.assertIn(r"\x1b[31m", self.refuse("config", "\033[31m"))
        self.assertIn(r"a\x0ab", self.succeed("config", "--schema", "a\nb"))

    def test_wide_and_combining_characters_stay_aligned(self):
        for schema, blanks in (("表", 15), ("e\u0301", 16), ("x", 16)):
            text = self.succeed("config", "--schema", schema)
            self.assertIn(f"\nschema           {schema}{' ' * blanks}  --schema\n", text)

    def test_a_full_disk_is_an_error(self):
        if not os.path.exists("/dev/full"):
            self.skipTest("no /dev/full")
        with open("/dev/full", "wb") as full:
            result = subprocess.run(
                [PROGRAM, "config"], cwd=self.directory, stdout=full, stderr=subprocess.PIPE, text=True, check=False
            )
        self.assertEqual(result.returncode, 1)
        self.assertIn("cannot write to standard output: No space left on device", result.stderr)

    def test_a_broken_pipe_is_an_error(self):
        reader, writer = os.pipe()
        os.close(reader)
        result = subprocess.run(
            [PROGRAM, "help"],
            stdout=writer,
            stderr=subprocess.PIPE,
            text=True,
            check=False,
            preexec_fn=lambda: signal.signal(signal.SIGPIPE, signal.SIG_DFL),
        )
        os.close(writer)
        self.assertEqual(result.returncode, 1)
        self.assertIn("cannot write to standard output: Broken pipe", result.stderr)

    def test_colours_on_a_terminal(self):
        def on_terminal(**environment):
            main, terminal = pty.openpty()
            subprocess.run(
                [PROGRAM, "config"],
                cwd=self.directory,
                env={**self.environment, **environment},
                stdout=terminal,
                check=True,
            )
            os.close(terminal)
            text = b""
            while True:
                try:
                    text += os.read(main, 65536)
                except OSError:
                    break
            os.close(main)
            return text

        self.assertIn(b"\033[1m", on_terminal())
        self.assertNotIn(b"\033", on_terminal(NO_COLOR="1"))


class Generated(FrameTest):
    def pages(self):
        self.succeed("--generate-man", "all", str(self.directory))
        return sorted(self.directory.glob("*.1"))

    def test_the_build_installs_every_page(self):
        declared = re.search(r"cli_pages = \[(.*?)\]", MESON.read_text(), re.DOTALL).group(1)
        names = ["repoint" if name == "repoint" else f"repoint-{name.replace(' ', '-')}"
                 for name in re.findall(r"'([^']+)'", declared)]
        self.assertEqual(sorted(page.stem for page in self.pages()), sorted(names))

    def test_manual_pages_are_well_formed(self):
        for page in self.pages():
            text = page.read_text()
            self.assertTrue(text.startswith(".TH REPOINT"), page)
            for heading in ("NAME", "SYNOPSIS", "OPTIONS", "EXIT STATUS"):
                self.assertIn(f"\n.SH {heading}\n", text)
            self.assertEqual(text.count("\n.nf\n"), text.count("\n.fi\n"))

    def test_groff_has_nothing_to_say(self):
        if shutil.which("groff") is None:
            self.skipTest("no groff")
        for page in self.pages():
            result = subprocess.run(
                ["groff", "-K", "utf8", "-man", "-T", "utf8", "-ww", "-z", str(page)],
                capture_output=True, text=True, check=False,
            )
            if "preconv" in result.stderr:
                self.skipTest("groff without preconv")
            self.assertEqual((result.returncode, result.stderr), (0, ""), page)

    def test_one_page(self):
        self.succeed("--generate-man", "config", str(self.directory))
        self.assertEqual([page.name for page in self.directory.glob("*.1")], ["repoint-config.1"])
        self.assertIn("there is no command", self.refuse("--generate-man", "nope", str(self.directory)))

    def test_completions(self):
        for shell in ("bash", "zsh", "fish"):
            script = self.succeed("--generate-completion", shell)
            self.assertIn("config", script)
            self.assertIn("timeout", script)
            if shutil.which(shell):
                subprocess.run([shell, "-n"], input=script, text=True, check=True)
        self.assertIn("bash|zsh|fish", self.refuse("--generate-completion", "csh"))

    def complete(self, *words):
        script = self.succeed("--generate-completion", "bash")
        listing = " ".join(f"'{word}'" for word in words)
        script += f"\nCOMP_WORDS=({listing})\nCOMP_CWORD={len(words) - 1}\n_repoint\nprintf '%s\\n' \"${{COMPREPLY[@]}}\"\n"
        return subprocess.run(
            ["bash", "--norc"], input=script, text=True, check=True, capture_output=True, cwd=self.directory
        ).stdout.split()

    def test_bash_completes(self):
        self.assertEqual(self.complete("repoint", "conf"), ["config"])
        self.assertIn("config", self.complete("repoint", "help", ""))
        self.assertEqual(self.complete("repoint", "config", "--sch"), ["--schema"])
        self.assertEqual(self.complete("repoint", "-o", ""), ["table", "json"])
        self.assertEqual(self.complete("repoint", "--color", "=", "al"), ["always"])


if __name__ == "__main__":
    unittest.main()
