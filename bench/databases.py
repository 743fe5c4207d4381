"""The databases of bench/side_by_side: copies of a store, and the floor, which is bare SQL with every byte ready-made.

A store is a database of PostgreSQL, a schema of MariaDB, a file of DuckDB. A floor is a list of steps:

    ("read", SQL)                       rows are fetched
    ("keyed", SQL, COLUMNS, KEYS, END)  the same, or rows deleted or changed: those whose columns are among the keys
    ("insert", TABLE, STORE, WHERE)     the rows that another store has
    ("record", SQL)                     a statement with the environment's record of the store `after` as its parameter
    ("file", PATH)                      a file written to the disk

In SQL, {s} stands for what is before a table's name.
"""

import os
import shutil
import subprocess
import time
import urllib.parse

import duckdb
import psycopg2
import pymysql

TABLES = ["_snapshots", "_environments", "_intervals", "_environment_statements", "_auto_restatements", "_versions"]
COLUMNS = {
    "_snapshots": "name, identifier, version, snapshot, kind_name, updated_ts, unpaused_ts, ttl_ms, unrestorable,"
    " forward_only, dev_version, fingerprint",
    "_intervals": "id, created_ts, name, identifier, version, dev_version, start_ts, end_ts, is_dev, is_removed,"
    " is_compacted, is_pending_restatement, last_altered_ts",
}
RECORD = "SELECT snapshots FROM {s}_environments WHERE name = 'prod'"


def tuples(keys):
    return ", ".join("(" + ", ".join(f"'{part}'" for part in key) + ")" for key in keys)


class Server:
    def __init__(self, work, url):
        self.work = work
        parts = urllib.parse.urlsplit(url)
        self.parts = parts
        self.login = {"host": parts.hostname, "port": parts.port, "user": parts.username,
                      "password": urllib.parse.unquote(parts.password)}

    def fetch(self, store, sql):
        with self.connect(store) as connection, connection.cursor() as cursor:
            cursor.execute(sql.format(s=self.prefix(store)))
            return cursor.fetchall()

    def file(self, content):
        """A new file of the work folder."""
        self.files = getattr(self, "files", 0) + 1
        path = self.work / f"step-{self.files}"
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        return path

    def run_floor(self, *command):
        result = subprocess.run([str(part) for part in command], check=True, capture_output=True, text=True)
        return int(result.stdout) / 1e6


class Postgres(Server):
    label = "PostgreSQL"
    sqlmesh_config = "PostgresConnectionConfig"

    def connect(self, store):
        return psycopg2.connect(**self.login, dbname=store)

    def version(self):
        return self.fetch("postgres", "SHOW server_version")[0][0]

    def prefix(self, store):
        return "sqlmesh."

    def url(self, store):
        return urllib.parse.urlunsplit(self.parts._replace(path=f"/{store}"))

    def sqlmesh(self, store):
        return {**self.login, "database": store}, "sqlmesh"

    def execute(self, store, *statements):
        connection = self.connect(store)
        connection.autocommit = True
        with connection.cursor() as cursor:
            for statement in statements:
                cursor.execute(statement)
        connection.close()

    def create(self, store):
        self.drop(store)
        self.execute("postgres", f"CREATE DATABASE {store}")

    def drop(self, store):
        # Who was killed may be connected for a moment longer, and a template must have no sessions.
        for tries_left in reversed(range(10)):
            try:
                self.execute("postgres", f"SELECT pg_terminate_backend(pid, 60000) FROM pg_stat_activity"
                             f" WHERE datname = '{store}'", f"DROP DATABASE IF EXISTS {store} WITH (FORCE)")
                return
            except psycopg2.errors.ObjectInUse:  # it is in the middle of something long
                if tries_left == 0:
                    raise

    def copy(self, source, target):
        self.drop(target)
        self.execute("postgres", "SELECT pg_terminate_backend(pid, 60000) FROM pg_stat_activity"
                     f" WHERE datname = '{source}'", f"CREATE DATABASE {target} TEMPLATE {source}")
        # Into the cache, and with nothing left to be written.
        self.execute(target, "SELECT count(snapshot) FROM sqlmesh._snapshots", "SELECT count(*) FROM sqlmesh._intervals",
                     "SELECT length(snapshots) FROM sqlmesh._environments", "CHECKPOINT")

    def settle(self, store):
        self.execute(store, "VACUUM ANALYZE")

    def floor(self, store, steps):
        lines = [self.line(store, *step) for step in steps]
        script = self.file("\n".join("\t".join(map(str, line)) for line in lines) + "\n")
        return lambda: self.run_floor(self.work.parent / "floor-postgres", self.url(store), script)

    def line(self, store, kind, *rest):
        if kind == "read":
            return ["R", rest[0].format(s="sqlmesh.")]
        if kind == "keyed":
            sql, columns, keys, end = rest
            arrays = [self.file("{" + ",".join('"' + key[i].replace('"', '\\"') + '"' for key in keys) + "}")
                      for i in range(2)]
            where = f" WHERE ({columns}) IN (SELECT * FROM unnest($1::text[], $2::text[])) {end}"
            return ["R", sql.format(s="sqlmesh.") + where, *arrays]
        if kind == "insert":
            table, source, where = rest
            path = self.work / f"{table}.copy"
            with self.connect(source) as connection, connection.cursor() as cursor, path.open("wb") as file:
                cursor.copy_expert(f"COPY (SELECT {COLUMNS[table]} FROM sqlmesh.{table} {where}) TO STDOUT", file)
            return ["C", f"COPY sqlmesh.{table} ({COLUMNS[table]}) FROM STDIN", path]
        if kind == "record":
            return ["R", rest[0].format(s="sqlmesh.", record="$1"), self.file(self.fetch("after", RECORD)[0][0])]
        return ["W", rest[0], self.work / "floor.json"]


class MariaDB(Server):
    label = "MariaDB"
    sqlmesh_config = "MySQLConnectionConfig"

    def connect(self, store):
        return pymysql.connect(**self.login, autocommit=True, charset="utf8mb4", max_allowed_packet=1 << 30)

    def version(self):
        return self.fetch(None, "SELECT version()")[0][0]

    def prefix(self, store):
        return f"bench_{store}."

    def url(self, store):
        return urllib.parse.urlunsplit(self.parts) + f"#bench_{store}"

    def sqlmesh(self, store):
        return dict(self.login), f"bench_{store}"

    def create(self, store):
        self.drop(store)

    def drop(self, store):
        self.fetch(store, f"DROP DATABASE IF EXISTS bench_{store}")

    def copy(self, source, target):
        self.drop(target)
        self.fetch(target, f"CREATE DATABASE bench_{target} DEFAULT CHARACTER SET utf8mb4")
        for table in TABLES:
            self.fetch(target, f"CREATE TABLE bench_{target}.{table} LIKE bench_{source}.{table}")
            self.fetch(target, f"INSERT INTO bench_{target}.{table} SELECT * FROM bench_{source}.{table}")

    def settle(self, store):
        self.fetch(store, "ANALYZE TABLE " + ", ".join(f"bench_{store}.{table}" for table in TABLES))

    def floor(self, store, steps):
        lines = [self.line(store, *step) for step in steps]
        script = self.file("\n".join("\t".join(map(str, line)) for line in lines) + "\n")
        command = [self.work.parent / "floor-mysql", *(self.login[key] for key in ("user", "password", "host", "port")),
                   f"bench_{store}", script]
        return lambda: self.run_floor(*command)

    def line(self, store, kind, *rest):
        if kind == "file":
            return ["W", rest[0], self.work / "floor.json"]
        if kind == "read":
            return ["S", self.file(rest[0].format(s=""))]
        if kind == "keyed":
            sql, columns, keys, end = rest
            return ["S", self.file(f"{sql.format(s='')} WHERE ({columns}) IN ({tuples(keys)}) {end}")]
        with self.connect(store) as connection:
            if kind == "record":
                record = connection.escape(self.fetch("after", RECORD)[0][0])
                return ["S", self.file(rest[0].format(s="", record=record))]
            table, source, where = rest
            rows = self.fetch(source, f"SELECT {COLUMNS[table]} FROM {{s}}{table} {where}")
            values = ", ".join("(" + ", ".join(connection.escape(value) for value in row) + ")" for row in rows)
        return ["S", self.file(f"INSERT INTO {table} ({COLUMNS[table]}) VALUES {values}")]


class DuckDB:
    label = "DuckDB"
    sqlmesh_config = "DuckDBConnectionConfig"

    def __init__(self, work, _):
        self.work = work

    def path(self, store):
        return self.work / f"{store}.duckdb"

    def version(self):
        return duckdb.__version__

    def url(self, store):
        return f"duckdb:{self.path(store)}"

    def sqlmesh(self, store):
        return {"database": str(self.path(store)), "concurrent_tasks": 1}, "sqlmesh"

    def fetch(self, store, sql):
        with duckdb.connect(str(self.path(store))) as connection:
            return connection.execute(sql.format(s="sqlmesh.")).fetchall()

    def create(self, store):
        self.drop(store)

    def drop(self, store):
        self.path(store).unlink(missing_ok=True)
        self.work.joinpath(f"{store}.duckdb.wal").unlink(missing_ok=True)  # of who was stopped

    def copy(self, source, target):
        self.drop(target)
        self.settle(source)
        shutil.copyfile(self.path(source), self.path(target))
        with self.path(target).open("rb+") as file:
            os.fsync(file)

    def settle(self, store):
        self.fetch(store, "CHECKPOINT")

    def floor(self, store, steps):
        """In this process; what is inserted comes from a table in memory."""
        ready = duckdb.connect(":memory:")
        record = None
        for number, (kind, *rest) in enumerate(steps):
            if kind == "record":
                record = self.fetch("after", RECORD)[0][0]
            if kind == "insert":
                ready.execute(f"ATTACH '{self.path(rest[1])}' AS source (READ_ONLY)")
                ready.execute(f"CREATE TABLE ready_{number} AS SELECT {COLUMNS[rest[0]]} FROM source.sqlmesh.{rest[0]}"
                              f" {rest[2].format(s='source.sqlmesh.')}")
                ready.execute("DETACH source")
        return lambda: self.run(ready, store, steps, record)

    def run(self, ready, store, steps, record):
        ready.execute(f"ATTACH '{self.path(store)}' AS store")
        prefix = {"s": "store.sqlmesh.", "record": "?"}
        began = time.perf_counter()
        ready.execute("BEGIN")
        for number, (kind, *rest) in enumerate(steps):
            if kind == "read":
                ready.execute(rest[0].format(**prefix)).fetchall()
            elif kind == "keyed":
                sql, columns, keys, end = rest
                ready.execute(f"{sql.format(**prefix)} WHERE ({columns}) IN (SELECT (unnest(?::VARCHAR[]),"
                              f" unnest(?::VARCHAR[]))) {end}", [list(column) for column in zip(*keys)]).fetchall()
            elif kind == "insert":
                ready.execute(f"INSERT INTO store.sqlmesh.{rest[0]} ({COLUMNS[rest[0]]}) FROM ready_{number}")
            elif kind == "record":
                ready.execute(rest[0].format(**prefix), [record])
            else:
                with open(self.work / "floor.json", "wb") as file, open(rest[0], "rb") as source:
                    file.write(source.read())
                    os.fsync(file)
        ready.execute("COMMIT")
        spent = time.perf_counter() - began
        ready.execute("DETACH store")
        return spent
