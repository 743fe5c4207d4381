"""The databases on which the two programs are compared, and what their tables hold.

A `Side` is one store: a schema of a server, or a file. SQLMesh's connection to a file is closed after each use, because
the file has one owner.
"""

import contextlib
import json
import os
import sqlite3
import subprocess
import urllib.parse
from pathlib import Path

from program import Refused, Repoint, own_environment
from sqlmesh.core.config.connection import DuckDBConnectionConfig, MySQLConnectionConfig, PostgresConnectionConfig
from sqlmesh.core.console import NoopConsole
from sqlmesh.core.state_sync import EngineAdapterStateSync

VERBS = os.environ.get("REPOINT_VERBS", "build/test/tests/repoint-verbs")

TABLES = {
    "_snapshots": "name identifier version snapshot kind_name updated_ts unpaused_ts ttl_ms unrestorable forward_only"
    " dev_version fingerprint",
    "_environments": "name snapshots start_at end_at plan_id previous_plan_id expiration_ts finalized_ts"
    " promoted_snapshot_ids suffix_target catalog_name_override previous_finalized_snapshots normalize_name"
    " requirements gateway_managed",
    # Without id, which is random, and created_ts: in which order rows apply shows in what is exported.
    "_intervals": "name identifier version start_ts end_ts is_dev is_removed is_compacted is_pending_restatement"
    " dev_version last_altered_ts",
    "_environment_statements": "environment_name plan_id environment_statements",
    "_auto_restatements": "snapshot_name snapshot_version next_auto_restatement_ts",
    "_versions": "schema_version sqlglot_version sqlmesh_version",
}
DOCUMENTS = {
    "snapshot",
    "fingerprint",
    "snapshots",
    "promoted_snapshot_ids",
    "previous_finalized_snapshots",
    "requirements",
    "environment_statements",
}
FLAGS = {"unrestorable", "forward_only", "normalize_name", "gateway_managed"}


def value_of(column, value):
    if value is None:
        return None
    if column in DOCUMENTS:
        return json.loads(value)
    return bool(value) if column in FLAGS or column.startswith("is_") else value


def rows_of(fetch, schema, table):
    columns = TABLES[table].split()
    rows = fetch(f"SELECT {', '.join(columns)} FROM {schema}{table}")
    values = [{column: value_of(column, value) for column, value in zip(columns, row)} for row in rows]
    return sorted(values, key=lambda row: json.dumps(row, sort_keys=True))


class Program(Repoint):
    """The program, and the verbs of the library that it does not have."""

    def verb(self, verb, /, **request):
        arguments = [VERBS, self.url, self.schema, str(round(self.now.timestamp() * 1000))]
        text = json.dumps({"verb": verb, **request})
        result = subprocess.run(
            arguments, input=text, capture_output=True, text=True, check=False, timeout=120, env=own_environment()
        )
        if result.returncode != 0:
            raise AssertionError(f"{arguments} {text[:2000]}: {result.returncode}\n{result.stderr}")
        answer = json.loads(result.stdout)
        if "refused" in answer:
            raise Refused(answer["refused"], answer["message"])
        return answer["done"]


class Side:
    """One store, of which SQLMesh and repoint are told the same name."""

    def __init__(self, folder, url, schema, new_adapter, is_file=False):
        self.folder = Path(folder)
        self.url = url
        self.schema = schema
        self.new_adapter = new_adapter
        self.is_file = is_file
        self.adapter = None

    def repoint(self):
        self.close()
        return Program(self.folder, self.url, self.schema)

    def state_sync_on(self, adapter):
        state_sync = EngineAdapterStateSync(
            adapter, schema=self.schema, console=NoopConsole(), cache_dir=self.folder / "cache"
        )
        state_sync.snapshot_state.clear_cache()
        state_sync.repoint_folder = self.folder
        return state_sync

    @contextlib.contextmanager
    def sqlmesh(self):
        """SQLMesh's state sync, on a connection that is kept as long as it may be."""
        if self.adapter is None:
            self.adapter = self.new_adapter()
        try:
            yield self.state_sync_on(self.adapter)
        finally:
            if self.is_file:
                self.close()

    @contextlib.contextmanager
    def sqlmesh_on(self, adapter):
        """The same on a connection of the caller's, which is closed afterwards."""
        try:
            yield self.state_sync_on(adapter)
        finally:
            adapter.close()

    @contextlib.contextmanager
    def drop_in(self):
        """SQLMesh's state sync as the Python package has it."""
        with drop_in_on(self.url, self.schema, self.folder) as state_sync:
            yield state_sync

    @contextlib.contextmanager
    def given(self, choice):
        """The same on a connection of the caller's."""
        with given_on(self.url, self.schema, self.folder, choice) as state_sync:
            yield state_sync

    def close(self):
        if self.adapter is not None:
            self.adapter.close()
        self.adapter = None

    def tables(self):
        with self.sqlmesh() as state_sync:
            return {
                table: rows_of(state_sync.engine_adapter.fetchall, f"{self.schema}.", table) for table in TABLES
            }

    def drop(self):
        with self.sqlmesh() as state_sync:
            state_sync.engine_adapter.drop_schema(self.schema, ignore_if_not_exists=True, cascade=True)
        self.close()


@contextlib.contextmanager
def drop_in_on(store, schema, folder):
    from repoint.sqlmesh import RepointStateSync

    state_sync = RepointStateSync(store, schema, console=NoopConsole(), cache_dir=folder / "cache-of-drop-in")
    state_sync.clear_cache()
    state_sync.repoint_folder = folder
    try:
        yield state_sync
    finally:
        state_sync.close()


def _server_of(url):
    parts = urllib.parse.urlsplit(url)
    place = {"host": parts.hostname, "port": parts.port, "user": parts.username, "database": parts.path[1:]}
    return {**place, "password": unquoted(parts.password)}


def _psycopg2(url):
    import psycopg2

    return psycopg2.connect(url)


def _psycopg(url):
    import psycopg

    return psycopg.connect(url)


def _pg8000(url):
    import pg8000.dbapi

    return pg8000.dbapi.connect(**_server_of(url))


def _pymysql(url):
    import pymysql

    return pymysql.connect(**_server_of(url), client_flag=pymysql.constants.CLIENT.FOUND_ROWS)


def _mysqlclient(url):
    import MySQLdb
    from MySQLdb.constants import CLIENT

    return MySQLdb.connect(**_server_of(url), client_flag=CLIENT.FOUND_ROWS, charset="utf8mb4")


def _connector(url):
    import mysql.connector

    return mysql.connector.connect(**_server_of(url), client_flags=[mysql.connector.ClientFlag.FOUND_ROWS])


def _duckdb(url):
    import duckdb

    return duckdb.connect(url.partition(":")[2])


# The modules that people use for each database.
MODULES = {
    "sqlite": [lambda url: sqlite3.connect(url.partition(":")[2])],
    "duckdb": [_duckdb],
    "postgresql": [_psycopg2, _psycopg, _pg8000],
    "mysql": [_pymysql, _mysqlclient, _connector],
}


@contextlib.contextmanager
def given_on(url, schema, folder, choice):
    """On a connection of one of the modules, whichever the choice, a number, says."""
    modules = MODULES[url.partition(":")[0]]
    connection = modules[choice % len(modules)](url)
    try:
        with drop_in_on(connection, schema, folder) as state_sync:
            yield state_sync
    finally:
        connection.close()


def unquoted(text):
    return urllib.parse.unquote(text or "")


class Server:
    """A database server: sides are schemas of it."""

    has_sqlmesh = True

    def __init__(self, url, config):
        parts = urllib.parse.urlsplit(url)
        self.url = url
        self.new_adapter = config(
            host=parts.hostname,
            port=parts.port,
            user=unquoted(parts.username),
            password=unquoted(parts.password),
            database=parts.path.lstrip("/"),
        ).create_engine_adapter

    def side(self, folder, name):
        folder.mkdir(parents=True, exist_ok=True)
        return Side(folder, self.url, f"repoint_{os.getpid()}_{name}", self.new_adapter)


class Files:
    """DuckDB: sides are files."""

    has_sqlmesh = True

    def side(self, folder, name):
        folder.mkdir(parents=True, exist_ok=True)
        path = folder / f"{name}.db"
        config = DuckDBConnectionConfig(database=str(path), concurrent_tasks=1)
        return Side(folder, f"duckdb:{path}", "sqlmesh", config.create_engine_adapter, is_file=True)


class EmbeddedSide:
    """A SQLite file, which only repoint knows as a store."""

    is_file = True

    def __init__(self, folder, path):
        self.folder = folder
        self.path = path

    def repoint(self):
        return Program(self.folder, f"sqlite:{self.path}")

    @contextlib.contextmanager
    def drop_in(self):
        with drop_in_on(f"sqlite:{self.path}", "sqlmesh", self.folder) as state_sync:
            yield state_sync

    @contextlib.contextmanager
    def given(self, choice):
        with given_on(f"sqlite:{self.path}", "sqlmesh", self.folder, choice) as state_sync:
            yield state_sync

    def tables(self):
        with contextlib.closing(sqlite3.connect(self.path)) as connection:
            return {table: rows_of(connection.execute, "", table) for table in TABLES}

    def close(self):
        pass

    def drop(self):
        pass


class EmbeddedFiles(Files):
    """The reference is SQLMesh on DuckDB."""

    has_sqlmesh = False

    def side(self, folder, name):
        if name == "reference":
            return super().side(folder, name)
        folder.mkdir(parents=True, exist_ok=True)
        return EmbeddedSide(folder, folder / "repoint.db")


def find(name):
    """The database of this name, or why there is none."""
    if name == "sqlite":
        return EmbeddedFiles(), None
    variable = {
        "postgres": "REPOINT_TEST_POSTGRES_TCP",
        "mariadb": "REPOINT_TEST_MARIADB_TCP",
        "duckdb": "REPOINT_DUCKDB_LIBRARY",
    }[name]
    if not os.environ.get(variable):
        return None, f"{variable} is not set"
    if name == "duckdb":
        return Files(), None
    config = PostgresConnectionConfig if name == "postgres" else MySQLConnectionConfig
    return Server(os.environ[variable], config), None
