"""In a wheel SQLite is there twice, and the locks of one copy are nothing to the other: checked by scripts/check-wheel."""

import sqlite3
import sys
import tempfile
from pathlib import Path

import repoint
from repoint import _sqlite


def main():
    if not _sqlite.has_own_copy():
        sys.exit("the wheel has no SQLite of its own")
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "state.db"
        url = f"sqlite:{path}"
        with repoint.Store(url, create=True), repoint.Store(url) as second:  # its own do not count
            second.versions()
        connection = sqlite3.connect(path, isolation_level=None)
        connection.execute("BEGIN IMMEDIATE")
        try:
            repoint.Store(url)
            sys.exit("a file that the process has open was opened once more")
        except repoint.RefusedError:
            connection.execute("COMMIT")
        with repoint.Store(connection) as given:
            given.versions()
        connection.close()
        repoint.Store(url).close()


main()
