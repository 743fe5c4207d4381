"""The state store: what it holds, and what can be done to it."""

from __future__ import annotations

import os
from collections.abc import Iterable
from typing import Any, Callable

from repoint._calls import Call, Options, Texts, text_in
from repoint._connected import lib_open
from repoint._dbapi import adapter_of
from repoint._deployments import Deployments
from repoint._duckdb import File, opener
from repoint._environments import Environments
from repoint._given import Given
from repoint._inputs import versions_in, versions_out
from repoint._intervals import Intervals
from repoint._native import ffi, lib
from repoint._snapshots import Snapshots
from repoint._sqlite import Claim, claim
from repoint.errors import InvalidError
from repoint.values import Counts, Versions


class Store(Environments, Deployments, Snapshots, Intervals):
    """A state store, in SQLMesh's format.

    Each call is one transaction: one that raises has written nothing (but see `OutcomeUnknownError`). A store may be
    used from several threads at once; each call then has a connection of its own, kept for later ones. A store in
    memory is one connection, so its calls wait for one another. A forked process opens its own store.

    Args:
        url: "sqlite:PATH", "postgresql://…", "mysql://…", "duckdb:PATH", or "memory:" for an empty store that
            lives as long as this object. Or an open connection of the DB-API, which stays the caller's: it is not
            closed, calls wait for one another, and between them it is as the caller left it. During a call nobody
            else may use it, and with a transaction open on it a call is refused (RefusedError). Known are sqlite3,
            duckdb, psycopg, psycopg2, pg8000, pymysql, mysqlclient and mysql-connector-python.
        dialect: The database of a connection of any other module, which must be in autocommit mode: "postgres",
            "mysql", "mariadb", "sqlite" or "duckdb".
        schema: Where the tables are, on databases that have schemas.
        warehouse: The URL of the database that has the tables and views; None: the store's own.
        create: Creates the tables where there are none.
        versions: What a new store records; None: the versions that this release was made for.
        busy_timeout: How long to wait for somebody else's lock, in seconds.
        timeout: A limit of all the work done with this store, from its opening on, in seconds; None: no limit.
        dry_run: Does everything and then rolls it back.
        views_one_by_one: The warehouse cannot change several views at one instant, whatever its database can:
            deployments change one view after another, and readers may see a mixture meanwhile.
        now: The clock of state times: milliseconds since 1970 UTC. None: the system's.
        trace: Called after each statement with its text, how long it took in milliseconds, and its rows.
        progress: Called during long work with what is done, the steps done, and their number or None.

    Raises:
        NotAStoreError: The database holds no state store, and `create` is false.
        SchemaVersionError: It holds one of an unknown version.
        UnreachableError: It cannot be reached.
        RefusedError: A DuckDB file that something else in this process has open; or a SQLite file, where the package
            has a SQLite of its own.
        InvalidError: The URL is wrong, or the connection is none that can be used; its hint says why.

    A callback that raises ends the call, which changes nothing and raises the same. Ctrl-C, too, ends a call
    of the main thread at once, unless its commit has begun.
    """

    def __init__(
        self,
        url: str | Any,
        *,
        dialect: str | None = None,
        schema: str = "sqlmesh",
        warehouse: str | None = None,
        create: bool = False,
        versions: Versions | None = None,
        busy_timeout: float = 5.0,
        timeout: float | None = None,
        dry_run: bool = False,
        views_one_by_one: bool = False,
        now: Callable[[], int] | None = None,
        trace: Callable[[str, float, int], object] | None = None,
        progress: Callable[[str, int, int | None], object] | None = None,
    ) -> None:
        file: File | None = None
        claims: list[Claim] = []
        given: Given | None = None
        if isinstance(url, str):
            if dialect is not None:
                raise InvalidError("a dialect is said of a connection; a URL says it itself")
            claims = claim(url, warehouse)
            file = opener(url, create=create and not dry_run, busy_seconds=busy_timeout)
        else:
            adapter = adapter_of(url, dialect)
            given = Given(adapter, "the given connection")
            url = f"{adapter.dialect}:"
        options = Options(
            url,
            schema,
            given_of=(lambda: given) if given is not None else file.given if file is not None else None,
            warehouse=warehouse,
            busy_timeout=busy_timeout,
            dry_run=dry_run,
            views_one_by_one=views_one_by_one,
            now=now,
            trace=trace,
            progress=progress,
        )
        self._was_created = False
        open_store = self._create_call(versions) if create else lib_open
        files: list[File | Claim] = [*claims]
        if file is not None:
            files.append(file)
        self._connect(options, open_store, files=files, is_one=given is not None, timeout=timeout)
        for one in claims:
            one.opened()

    @classmethod
    def create(cls, url: str, **options: Any) -> Store:
        """Opens a store whose tables are created where there are none. Takes what `Store()` takes."""
        return cls(url, create=True, **options)

    @classmethod
    def discover(cls, folder: str | os.PathLike[str] = ".", **options: Any) -> Store:
        """The state store of the SQLMesh or dbt project in a folder. See `repoint.find_store()`."""
        from repoint.discovery import find_store

        found = find_store(folder)
        return cls(found.url, **{"schema": found.schema, **options})

    def _create_call(self, versions: Versions | None) -> Call:
        c_versions = ffi.NULL if versions is None else versions_in(versions)
        created = ffi.new("bool *")

        def call(arguments: Any, error: Any) -> int:
            target, options, ret_store = arguments
            rest = (options, c_versions, ret_store, created, error)
            if isinstance(target, Given):
                status = lib.repoint_store_create_driver(target.table, target.handle, *rest)
            else:
                status = lib.repoint_store_create(target, *rest)
            self._was_created = bool(created[0])
            return int(status)

        return call

    @property
    def was_created(self) -> bool:
        """Whether opening this store has created its tables."""
        return self._was_created

    # -- the store itself --

    def versions(self) -> Versions:
        """What the store records of who uses it."""
        out = ffi.new("repoint_versions *")
        self._run(lambda store, error: lib.repoint_store_versions(store, out, error))
        return versions_out(out)

    def record_versions(self, *, sqlmesh_version: str = "", sqlglot_version: str = "") -> None:
        """Records which SQLMesh and SQLGlot use the store from now on; "" leaves what is recorded."""
        versions = versions_in(Versions(0, sqlmesh_version, sqlglot_version))
        self._run(lambda store, error: lib.repoint_store_record_versions(store, versions, error))

    def migrate(self, *, skip_backup: bool = False) -> int:
        """Moves the store to the newest schema version; gives the one it had. RefusedError where only SQLMesh can."""
        out = ffi.new("int *")
        self._run(lambda store, error: lib.repoint_store_migrate(store, bool(skip_backup), out, error))
        return int(out[0])

    def rollback_migration(self) -> Versions:
        """Puts the copies that a migration made back. NotFoundError when there are none."""
        out = ffi.new("repoint_versions *")
        self._run(lambda store, error: lib.repoint_store_rollback(store, out, error))
        return versions_out(out)

    def reset(self) -> None:
        """Drops the tables and makes them anew, empty, with the same recorded versions."""
        self._run(lib.repoint_store_reset)

    def remove(self, *, backups: bool = False) -> None:
        """Drops the tables, with `backups` a migration's copies too, and closes the store."""
        self._run(lambda store, error: lib.repoint_store_remove(store, bool(backups), error))
        self.close()

    # -- state files --

    def export_state(self, path: str | os.PathLike[str], environments: Iterable[str] | None = None) -> Counts:
        """Writes SQLMesh's state file of these environments (None: all) and their snapshots, at one moment."""
        text = text_in(os.fspath(path), "the path")
        texts = None if environments is None else Texts(environments, "environments")
        names = ffi.NULL if texts is None else texts.pointer
        counts = ffi.new("repoint_transfer_counts *")
        self._run(lambda store, error: lib.repoint_export(store, text, names, counts, error))
        return Counts(counts.snapshots, counts.environments)

    def import_state(self, path: str | os.PathLike[str], *, replace: bool = False) -> Counts:
        """Reads SQLMesh's state file, all of it or nothing; with `replace` the store is emptied first."""
        text = text_in(os.fspath(path), "the path")
        counts = ffi.new("repoint_transfer_counts *")
        self._run(lambda store, error: lib.repoint_import(store, text, bool(replace), counts, error))
        return Counts(counts.snapshots, counts.environments)
