"""The program under test, with a state store in a SQLite file of its own."""

import datetime
import json
import os
import subprocess
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PROGRAM = os.environ.get("REPOINT_PROGRAM", str(ROOT / "build/test/src/cli/repoint"))


class Refused(Exception):
    """The program ended with another status than 0; `code` is the kind of error, as in docs/errors.md."""

    def __init__(self, code, message):
        super().__init__(f"{code}: {message}")
        self.code = code


def own_environment():
    """Without settings of the caller's; the library that DuckDB needs is none."""
    kept = "REPOINT_DUCKDB_LIBRARY"
    return {name: value for name, value in os.environ.items() if name == kept or not name.startswith("REPOINT_")}


def clock_text(now):
    """A moment (aware, or ms since 1970 UTC) as --now takes it."""
    if isinstance(now, int):
        now = datetime.datetime.fromtimestamp(now / 1000, datetime.timezone.utc)
    return now.isoformat(timespec="milliseconds")


class Repoint:
    """`repoint("promote", "prod", "--from", "dev")` runs that command and gives its JSON document.

    `now`, if it is set, is the clock of every command. The store is a SQLite file unless a URL is given.
    """

    def __init__(self, folder, url=None, schema="sqlmesh"):
        self.folder = Path(folder)
        self.now = None
        self.url = url or f"sqlite:{self.folder}/repoint.db"
        self.schema = schema
        self("init")

    def __call__(self, *words):
        command = [PROGRAM, *words, "--output", "json", "--state", self.url, "--schema", self.schema]
        if self.now is not None:
            command += ["--now", clock_text(self.now)]
        environment = own_environment()
        result = subprocess.run(
            command, cwd=self.folder, env=environment, capture_output=True, text=True, check=False, timeout=120
        )
        if result.returncode == 0:
            return json.loads(result.stdout)
        try:
            error = json.loads(result.stdout)["error"]
        except (ValueError, KeyError):
            raise AssertionError(f"{command}: exit {result.returncode}\n{result.stdout}{result.stderr}") from None
        raise Refused(error["code"], error["message"])

    def import_state(self, path, *options):
        return self("import", str(path), *options)

    def export_state(self, path, *options):
        """Writes a state file and gives its path."""
        self("export", str(path), *options)
        return path

    def snapshot_rows(self):
        """As state_sync.snapshot_rows(): every stored snapshot, whether an environment has it or not."""
        fields = ("name", "identifier", "version", "updated_ts", "unpaused_ts", "ttl_ms", "unrestorable")
        return sorted([row[field] for field in fields] for row in self("snapshots")["snapshots"])
