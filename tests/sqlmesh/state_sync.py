"""SQLMesh's own state sync, on a DuckDB in memory: what repoint is compared with."""

import logging
from pathlib import Path

import duckdb
from sqlmesh.core.console import NoopConsole
from sqlmesh.core.engine_adapter import create_engine_adapter
from sqlmesh.core.state_sync import EngineAdapterStateSync
from sqlmesh.core.state_sync.export_import import export_state, import_state
from state_file import read

logging.disable(logging.CRITICAL)


def state_sync_of(folder, path):
    """A state sync that holds what a state file holds; its caches and scratch files are in the folder."""
    connection = duckdb.connect(config={"threads": 1})
    state_sync = EngineAdapterStateSync(
        create_engine_adapter(lambda: connection, "duckdb"),
        schema="sqlmesh",
        console=NoopConsole(),
        cache_dir=Path(folder) / "cache",
    )
    state_sync.migrate()
    import_state(state_sync, Path(path))
    return state_sync


def exported(state_sync, folder):
    """What SQLMesh exports, as a value."""
    path = Path(folder) / "by-sqlmesh.json"
    export_state(state_sync, path)
    return read(path)


def forget_import(state_sync):
    """From now on snapshots are read as the tables have them: SQLMesh's cache keeps what an import brought, with the
    content of seeds (the tables have its hashes) and with restatements that are done since."""
    getattr(state_sync, "snapshot_state", state_sync).clear_cache()


def snapshot_rows(state_sync):
    """Every stored snapshot, whether an environment has it or not, with what promote and its like may change."""
    rows = state_sync.engine_adapter.fetchall(
        "SELECT name, identifier, version, updated_ts, unpaused_ts, ttl_ms, unrestorable FROM sqlmesh._snapshots"
    )
    return sorted(list(row) for row in rows)
