"""What the examples work on: the shop of examples/shop, in memory, unless the first argument is the URL of a store.

In the shop there is an environment `dev` with a new version of `daily_revenue`, which `prod` is to get.
"""

import sqlite3
import subprocess
import sys
from pathlib import Path

import repoint

STATE = Path(__file__).resolve().parents[1] / "shop" / "state.json"


def open_store() -> repoint.Store:
    if len(sys.argv) > 1:
        return repoint.Store(sys.argv[1])
    store = repoint.Store("memory:")
    store.import_state(STATE)
    return store


def lose_two_days(store: repoint.Store) -> None:
    """Two days of the new daily_revenue turn out to be wrong, and are taken away."""
    new_version = next(table for table in store.environment("dev") if table.name.endswith('"daily_revenue"'))
    [snapshot] = store.snapshots([new_version])
    store.remove_intervals(snapshot, "2026-01-03", "2026-01-04")


class Warehouse:
    """A database with the tables that the snapshots name, and the views that people read."""

    def __init__(self, *tables: repoint.TableInfo) -> None:
        self.connection = sqlite3.connect(":memory:")
        for table in tables:
            self.connection.execute(f'CREATE TABLE IF NOT EXISTS "{table.physical_name()}" (id INTEGER)')

    def show(self, table: repoint.TableInfo) -> None:
        """Readers of the model get this table from now on."""
        view = table.name.replace('"', "")
        self.connection.execute(f'SELECT * FROM "{table.physical_name()}"')  # a view of a table that is not there fails
        self.connection.execute(f'DROP VIEW IF EXISTS "{view}"')
        self.connection.execute(f'CREATE VIEW "{view}" AS SELECT * FROM "{table.physical_name()}"')

    def hide(self, table: repoint.TableInfo) -> None:
        view = table.name.replace('"', "")
        self.connection.execute(f'DROP VIEW IF EXISTS "{view}"')


def open_shop(path: Path) -> repoint.Store:
    """A store in the database that has the shop's tables and views, all in a new file."""
    subprocess.run([sys.executable, STATE.with_name("load.py"), path], check=True, stdout=subprocess.DEVNULL)
    store = repoint.Store.create(f"sqlite:{path}")
    store.import_state(STATE)
    return store
