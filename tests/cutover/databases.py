"""The databases in which views change while they are read: tables of each release, views, and two ways to switch.

`one_by_one` is how a mixture is made. `at_once` is the bare technique that makes none, written here a second time so
that a reader can be seen to find nothing where there is nothing, before any of repoint's own code is looked at.
"""

import contextlib
import os
import random
import sqlite3
import time
import urllib.parse

from models import Models

ROWS = 3  # of each table


class Database:
    """A store and warehouse of its own with `count` models; everything in it goes with `drop`."""

    state_schema = "sqlmesh"
    other_schema = "reports"  # other people's views

    def __init__(self, models):
        self.models = models

    def quote(self, *parts):
        return ".".join(f'"{part}"' for part in parts)

    def table(self, name, release):
        return self.quote(*self.models.table(name, release))

    def view_schema(self, environment="prod"):
        return self.models.schema if environment == "prod" else f"{self.models.schema}__{environment}"

    def view(self, name, environment="prod"):
        return self.quote(self.view_schema(environment), name)

    def views(self, environment="prod"):
        return [self.view(name, environment) for name in self.models.names]

    def schemas(self):
        return [self.models.physical_schema, self.models.schema, self.other_schema]

    def create_schemas(self):
        self.execute(*[f"CREATE SCHEMA {self.quote(schema)}" for schema in self.schemas()])

    def create_tables(self, release):
        self.execute(
            *[f"CREATE TABLE {self.table(n, release)} (day VARCHAR(10), `release` VARCHAR(16))".replace("`", self.mark)
              for n in self.models.names]
        )

    def fill_tables(self, release):
        rows = ", ".join(f"('2026-01-0{i + 1}', '{release}')" for i in range(ROWS))
        self.execute(*[f"INSERT INTO {self.table(n, release)} VALUES {rows}" for n in self.models.names])

    def replace_view(self, name, release):
        return [f"CREATE OR REPLACE VIEW {self.view(name)} AS SELECT * FROM {self.table(name, release)}"]

    def create_views(self, release):
        """The views of prod, made by hand."""
        self.execute(*[sql for name in self.models.names for sql in self.replace_view(name, release)])

    def other_view(self, name):
        return self.quote(self.other_schema, name)

    def create_other_views(self):
        """What other people have put on prod's views: one on each, and one on all of them."""
        release = "`release`".replace("`", self.mark)
        selects = [f"SELECT {release} FROM {view}" for view in self.views()]
        self.execute(
            *[f"CREATE VIEW {self.other_view(n)} AS {s}" for n, s in zip(self.models.names, selects)],
            f"CREATE VIEW {self.other_view('everything')} AS {' UNION ALL '.join(selects)}",
        )

    def other_views(self):
        return [self.other_view(name) for name in self.models.names]

    def one_by_one(self, release):
        """In another order for each release: who reads in the same order as the views change sees little."""
        for name in self.models.names if release == "A" else reversed(self.models.names):
            self.execute(*self.replace_view(name, release))

    def releases(self, environment="prod"):
        """What the views of an environment show now, all of it."""
        release = "`release`".replace("`", self.mark)
        selects = [f"SELECT {release} FROM {view}" for view in self.views(environment)]
        return {row[0] for row in self.fetch(" UNION ALL ".join(selects))}


class Sqlite(Database):
    mark = '"'

    def __init__(self, folder, count):
        super().__init__(Models(count))
        self.path = folder / "shop.db"
        self.url = f"sqlite:{self.path}"
        self.connection = sqlite3.connect(self.path, isolation_level=None, timeout=60)
        self.connection.execute("PRAGMA journal_mode = WAL")

    def quote(self, *parts):
        return f'"{".".join(parts)}"'

    def create_schemas(self):
        pass  # the schema is a part of the name

    def replace_view(self, name, release):
        view = self.view(name)
        return [f"DROP VIEW IF EXISTS {view}", f"CREATE VIEW {view} AS SELECT * FROM {self.table(name, release)}"]

    def execute(self, *statements):
        self.connection.execute("BEGIN IMMEDIATE")
        for statement in statements:
            self.connection.execute(statement)
        self.connection.execute("COMMIT")

    def fetch(self, sql):
        return self.connection.execute(sql).fetchall()

    at_once = Database.create_views

    def drop(self):
        self.connection.close()


class Postgres(Database):
    mark = '"'

    def __init__(self, _folder, count):
        import psycopg2

        self.error = psycopg2.OperationalError
        self.name = f"cutover_{os.getpid()}"
        super().__init__(Models(count, catalog=self.name))
        server = os.environ["REPOINT_TEST_POSTGRES"]
        self.server = psycopg2.connect(server)
        self.server.autocommit = True
        self.run(self.server, f"CREATE DATABASE {self.name}")
        self.url = urllib.parse.urlsplit(server)._replace(path=f"/{self.name}").geturl()
        self.connection = psycopg2.connect(self.url)
        self.connection.autocommit = True

    @staticmethod
    def run(connection, sql):
        with connection.cursor() as cursor:
            cursor.execute(sql)

    def execute(self, *statements):
        self.run(self.connection, "; ".join(statements))

    def fetch(self, sql):
        with self.connection.cursor() as cursor:
            cursor.execute(sql)
            return cursor.fetchall()

    def at_once(self, release):
        """Returns the seconds of the try that was not given up."""
        locks = [f"ALTER VIEW {view} SET SCHEMA {self.quote(self.models.schema)}" for view in self.views()]
        replaced = [sql for name in self.models.names for sql in self.replace_view(name, release)]
        while True:
            began = time.monotonic()
            try:
                self.execute("BEGIN", "SET LOCAL lock_timeout = '50ms'", *locks, *replaced, "COMMIT")
                return time.monotonic() - began
            except self.error:
                self.execute("ROLLBACK")
                time.sleep(random.uniform(0, 0.05))

    def drop(self):
        self.connection.close()
        self.run(self.server, f"DROP DATABASE {self.name} WITH (FORCE)")
        self.server.close()


class Mariadb(Database):
    mark = "`"

    def __init__(self, _folder, count):
        import pymysql

        prefix = f"cutover_{os.getpid()}"
        super().__init__(Models(count, f"{prefix}_shop", f"{prefix}_sqlmesh__shop"))
        self.other_schema = f"{prefix}_reports"
        self.state_schema = f"{prefix}_state"
        self.prefix = prefix
        self.error = pymysql.err.OperationalError
        self.url = os.environ["REPOINT_TEST_MARIADB"]
        parts = urllib.parse.urlsplit(self.url)
        socket = urllib.parse.parse_qs(parts.query)["socket"][0]
        self.connection = pymysql.connect(unix_socket=socket, user=parts.username, autocommit=True)

    def quote(self, *parts):
        return ".".join(f"`{part}`" for part in parts)

    def execute(self, *statements):
        with self.connection.cursor() as cursor:
            for statement in statements:
                cursor.execute(statement)

    def fetch(self, sql):
        with self.connection.cursor() as cursor:
            cursor.execute(sql)
            return cursor.fetchall()

    def at_once(self, release):
        names = self.models.names
        new, old = ({n: self.view(f"{n}__{which}") for n in names} for which in ("new", "old"))
        self.execute(*[f"CREATE OR REPLACE VIEW {new[n]} AS SELECT * FROM {self.table(n, release)}" for n in names])
        moves = ", ".join(f"{self.view(n)} TO {old[n]}, {new[n]} TO {self.view(n)}" for n in names)
        while not self.rename(moves):
            time.sleep(random.uniform(0, 0.02))
        self.execute(f"DROP VIEW {', '.join(old.values())}")

    def rename(self, moves):
        try:
            self.execute(f"SET STATEMENT lock_wait_timeout = 0 FOR RENAME TABLE {moves}")
        except self.error:
            return False
        return True

    def drop(self):
        for (schema,) in self.fetch(f"SELECT schema_name FROM information_schema.schemata "
                                    f"WHERE schema_name LIKE '{self.prefix}\\_%'"):
            self.execute(f"DROP DATABASE {self.quote(schema)}")
        self.connection.close()


KINDS = {"sqlite": (Sqlite, None), "postgres": (Postgres, "REPOINT_TEST_POSTGRES"),
         "mariadb": (Mariadb, "REPOINT_TEST_MARIADB")}


def why_not(name):
    """Why the database of this name cannot be had, or None."""
    variable = KINDS[name][1]
    return f"{variable} is not set" if variable and not os.environ.get(variable) else None


@contextlib.contextmanager
def database(name, folder, count):
    made = KINDS[name][0](folder, count)
    try:
        made.create_schemas()
        yield made
    finally:
        made.drop()
