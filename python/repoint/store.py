"""The state store: what it holds, and what can be done to it."""

from __future__ import annotations

import json
import os
import threading
import time
import weakref
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import datetime
from types import TracebackType
from typing import Any, Callable

from repoint import _calls
from repoint._calls import Call, Connection, Options, Rows, Texts, take_text, text_in, text_in_or_null, text_out
from repoint._dbapi import adapter_of
from repoint._duckdb import File, opener
from repoint._given import Given
from repoint._native import ffi, lib
from repoint.deploy import (
    ApprovalRule,
    Check,
    DeployArguments,
    Deployment,
    DeploymentInfo,
    EventHandler,
    Hook,
    Kept,
    OutputHandler,
    Plan,
    PlanArguments,
    info_of,
    run_on,
)
from repoint.errors import ClosedError, InvalidError, SnapshotId
from repoint.times import Interval, TimeLike, from_ms, to_ms, to_text
from repoint.values import (
    Counts,
    Environment,
    EnvironmentRow,
    ExpiredSnapshots,
    IntervalRow,
    Promotion,
    RowBoundary,
    Snapshot,
    SnapshotRow,
    TableInfo,
    Versions,
    environment_row,
    expired_of,
    interval_of,
    intervals_of,
    promotion_of,
    snapshot_row,
)

_INTERVAL_KINDS: dict[str, int] = {
    "table": lib.REPOINT_INTERVALS,
    "dev": lib.REPOINT_INTERVALS_DEV,
    "pending": lib.REPOINT_INTERVALS_PENDING,
}


class Store:
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
        now: The clock of state times: milliseconds since 1970 UTC. None: the system's.
        trace: Called after each statement with its text, how long it took in milliseconds, and its rows.
        progress: Called during long work with what is done, the steps done, and their number or None.

    Raises:
        NotAStoreError: The database holds no state store, and `create` is false.
        SchemaVersionError: It holds one of an unknown version.
        UnreachableError: It cannot be reached.
        RefusedError: A DuckDB file that something else in this process has open.
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
        now: Callable[[], int] | None = None,
        trace: Callable[[str, float, int], object] | None = None,
        progress: Callable[[str, int, int | None], object] | None = None,
    ) -> None:
        self._is_closed = True  # until it is open, for __del__
        self._file: File | None = None
        given: Given | None = None
        if isinstance(url, str):
            if dialect is not None:
                raise InvalidError("a dialect is said of a connection; a URL says it itself")
            self._file = opener(url, create=create and not dry_run, busy_seconds=busy_timeout)
        else:
            adapter = adapter_of(url, dialect)
            given = Given(adapter, "the given connection")
            url = f"{adapter.dialect}:"
        self._options = Options(
            url,
            schema,
            given_of=(lambda: given) if given is not None else self._file.given if self._file is not None else None,
            warehouse=warehouse,
            busy_timeout=busy_timeout,
            dry_run=dry_run,
            now=now,
            trace=trace,
            progress=progress,
        )
        self._pid = os.getpid()
        self._until = None if timeout is None else time.monotonic() + float(timeout)
        self._lock = threading.Lock()
        self._idle: list[Connection] = []
        self._in_use: set[Connection] = set()
        self._memory = threading.Lock() if self._options.is_memory or given is not None else None
        self._memory_user: int | None = None
        self._was_created = False
        self._deployments: weakref.WeakSet[Deployment] = weakref.WeakSet()
        open_store = self._create_call(versions) if create else lib_open
        try:
            self._idle.append(_calls.connect(self._options, self._time_left(), open_store))
        except BaseException:
            if self._file is not None:
                self._file.close()
            raise
        self._is_closed = False

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
        c_versions = ffi.NULL if versions is None else _c_versions(versions)
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

    @property
    def url(self) -> str:
        return self._options.url.decode()

    @property
    def schema(self) -> str:
        return text_out(self._options.schema)

    # -- connections --

    def _time_left(self) -> float | None:
        # Zero would be "no limit".
        return None if self._until is None else max(self._until - time.monotonic(), 0.001)

    def _take(self) -> Connection:
        if os.getpid() != self._pid:
            raise ClosedError(
                f"the store was opened by process {self._pid}, not by this one", hint="open one in this process"
            )
        if self._memory is not None:
            self._wait_for_memory(self._memory)
        try:
            with self._lock:
                if self._is_closed:
                    raise ClosedError("the store is closed")
                if self._idle:
                    connection = self._idle.pop()
                    self._in_use.add(connection)
                    return connection
            if self._options.is_memory:
                raise ClosedError("the store was in memory, and an interrupt has ended it")
            connection = _calls.connect(self._options, self._time_left(), lib_open)
            with self._lock:
                self._in_use.add(connection)
            return connection
        except BaseException:
            self._leave_memory()
            raise

    def _wait_for_memory(self, memory: threading.Lock) -> None:
        if self._memory_user == threading.get_ident():
            raise ClosedError("a store of one connection cannot be used by what its own call calls back")
        memory.acquire()
        self._memory_user = threading.get_ident()

    def _leave_memory(self) -> None:
        if self._memory is not None and self._memory_user == threading.get_ident():
            self._memory_user = None
            self._memory.release()

    def _give_back(self, connection: Connection) -> None:
        with self._lock:
            self._in_use.discard(connection)
            is_kept = connection.keep() and not self._is_closed
            if is_kept:
                self._idle.append(connection)
        if not is_kept:
            connection.close()
        self._leave_memory()

    def _run(self, call: Call) -> None:
        _calls.run(self._take, self._give_back, call)

    def interrupt(self) -> None:
        """Ends every call that is going on in other threads, unless it is committing: each raises
        InterruptedCallError and has changed nothing. Later calls are not concerned."""
        with self._lock:
            if self._pid == os.getpid():
                for connection in self._in_use:
                    connection.interrupt()

    def close(self) -> None:
        """Closes the connections. A call that is going on in another thread is finished first. May be called
        again, and in a forked process, where it only forgets them. Open deployments give their leases back."""
        for deployment in list(self._deployments):
            deployment.close()
        with self._lock:
            self._is_closed = True
            idle, self._idle = self._idle, []
        for connection in idle:
            connection.close()
        if self._file is not None:
            self._file.close()

    def recycle(self) -> None:
        """Closes the connections that no call is using; later calls open new ones. A store in memory keeps its own."""
        if self._options.is_memory:
            return
        with self._lock:
            idle, self._idle = self._idle, []
        for connection in idle:
            connection.close()

    @property
    def is_closed(self) -> bool:
        return self._is_closed

    def __enter__(self) -> Store:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.close()

    def __repr__(self) -> str:
        scheme = self.url.split(":", 1)[0]  # the rest may have a password
        return f"<Store {scheme} schema={self.schema}{' closed' if self._is_closed else ''}>"

    # -- the store itself --

    def versions(self) -> Versions:
        """What the store records of who uses it."""
        out = ffi.new("repoint_versions *")
        self._run(lambda store, error: lib.repoint_store_versions(store, out, error))
        return _versions(out)

    def record_versions(self, *, sqlmesh_version: str = "", sqlglot_version: str = "") -> None:
        """Records which SQLMesh and SQLGlot use the store from now on; "" leaves what is recorded."""
        versions = _c_versions(Versions(0, sqlmesh_version, sqlglot_version))
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
        return _versions(out)

    def reset(self) -> None:
        """Drops the tables and makes them anew, empty, with the same recorded versions."""
        self._run(lib.repoint_store_reset)

    def remove(self, *, backups: bool = False) -> None:
        """Drops the tables, with `backups` a migration's copies too, and closes the store."""
        self._run(lambda store, error: lib.repoint_store_remove(store, bool(backups), error))
        self.close()

    # -- environments --

    def environment(self, name: str) -> Environment:
        """The environment of this name. Raises NotFoundError."""
        text = text_in(name, "the environment's name")
        out = ffi.new("repoint_environment **")
        self._run(lambda store, error: lib.repoint_environment_get(store, text, out, error))
        return Environment.from_pointer(ffi.gc(out[0], lib.repoint_environment_free))

    def environments(self) -> Iterator[EnvironmentRow]:
        """All environments, by name, expired ones included."""
        rows = self._rows(
            environment_row,
            lambda store, context, error: lib.repoint_environments_list(
                store, lib.repoint_python_environment_row, context, error
            ),
        )
        return iter(rows)

    def expired_environments(self, name: str | None = None, *, at: datetime | None = None) -> Iterator[EnvironmentRow]:
        """The environments, or the one of this name, that have expired at a moment; None: now."""
        text, at_ms = text_in_or_null(name, "the environment's name"), _ms_or_zero(at)
        rows = self._rows(
            environment_row,
            lambda store, context, error: lib.repoint_environments_expired(
                store, text, at_ms, lib.repoint_python_environment_row, context, error
            ),
        )
        return iter(rows)

    def delete_expired_environments(
        self, name: str | None = None, *, at: datetime | None = None
    ) -> Iterator[EnvironmentRow]:
        """Deletes them, with their statements, and gives those that it has deleted. Their views are the caller's."""
        text, at_ms = text_in_or_null(name, "the environment's name"), _ms_or_zero(at)
        rows = self._rows(
            environment_row,
            lambda store, context, error: lib.repoint_environments_delete_expired(
                store, text, at_ms, lib.repoint_python_environment_row, context, error
            ),
        )
        return iter(rows)

    def invalidate(self, name: str, *, protect_prod: bool = True) -> bool:
        """Lets an environment expire now. Is there one? RefusedError for "prod" unless `protect_prod` is false."""
        text = text_in(name, "the environment's name")
        found = ffi.new("bool *")
        self._run(
            lambda store, error: lib.repoint_environment_invalidate(store, text, bool(protect_prod), found, error)
        )
        return bool(found[0])

    def statements(self, name: str) -> list[dict[str, Any]]:
        """The statements of an environment (SQLMesh's objects); [] when it has none."""
        text = text_in(name, "the environment's name")
        out = ffi.new("char **")
        self._run(lambda store, error: lib.repoint_environment_statements(store, text, out, error))
        statements: list[dict[str, Any]] = json.loads(take_text(out[0]))
        return statements

    # -- promote and finalize --

    def promote(
        self,
        environment: Environment,
        *,
        no_gaps: Iterable[str] | None = None,
        exact_names: bool = False,
        statements: Sequence[Mapping[str, Any]] | None = None,
        ahead: bool = False,
    ) -> Promotion:
        """Phase 1 of a change: writes what the environment should point to, as a draft. Views are not touched.

        Args:
            environment: The record to write; see `Environment.new_plan()`.
            no_gaps: The models that must not lose time ranges: full names, or unambiguous ends of them such as
                "orders". None is every model, an empty set is none.
            exact_names: Only full names count, and unknown ones are ignored, as SQLMesh does.
            statements: Replaces the environment's statements; None leaves them.
            ahead: The views will follow, in one transaction with the finalization: `open_deployment()` and `cutover()`,
                or `resume()`. What it replaces is kept, for `Deployment.abandon()`.

        Raises:
            MissingSnapshotsError: It names snapshots that are not stored.
            ConflictError: The stored environment is not at the plan that this one follows; or, `ahead`, somebody
                deploys it.
            HeldError: `ahead`, and it was rolled back, and nobody has released it.
            RefusedError: `ahead`, and state and views cannot change in one transaction.
            GapsError: Models would lose time ranges.
            NotFoundError: `no_gaps` names a model that neither the new nor the stored environment has.
        """
        pointer = _environment(environment)._pointer
        names = Texts(() if no_gaps is None else no_gaps, "no_gaps")
        check = lib.REPOINT_GAPS_ALL if no_gaps is None else lib.REPOINT_GAPS_NAMED
        statements_json = ffi.NULL if statements is None else ffi.new("char[]", _statements_text(statements))
        options = ffi.new(
            "repoint_promote_options *",
            {
                "gap_check": check if no_gaps is None or names.count else lib.REPOINT_GAPS_NONE,
                "gap_names": names.pointer,
                "gap_names_exact": bool(exact_names),
                "statements_json": statements_json,
            },
        )
        out = ffi.new("repoint_promotion **")
        promote = lib.repoint_promote_ahead if ahead else lib.repoint_promote
        self._run(lambda store, error: promote(store, pointer, options, out, error))
        return promotion_of(environment, out[0])

    def finalize(self, environment: Environment) -> Environment:
        """Phase 2 of a change: declares that the environment is what it should be. Gives it, finalized.

        Raises:
            ConflictError: It is at another plan by now.
            NotFoundError: It is gone.
        """
        # C notes the time in the value it gets; nobody else has this one.
        pointer = _environment(environment)._pointer
        finalized = ffi.gc(lib.repoint_environment_copy(pointer), lib.repoint_environment_free)
        self._run(lambda store, error: lib.repoint_finalize(store, finalized, error))
        return Environment.from_pointer(finalized)

    # -- plans and deployments --

    def plan(
        self,
        environment: str,
        *,
        from_environment: str | None = None,
        snapshots_path: str | os.PathLike[str] | None = None,
        record_path: str | os.PathLike[str] | None = None,
        latest: bool = False,
        set: Mapping[str, str] | None = None,
        drop: Iterable[str] = (),
        no_gaps: Iterable[str] | None = None,
        plan_id: str | None = None,
        expect_plan_id: str | None = None,
        start: TimeLike | None = None,
        end: TimeLike | None = None,
        ttl: str | None = None,
        suffix_target: str | None = None,
        allow_empty: Iterable[str] = (),
        allow_forward_only: Iterable[str] = (),
        drop_foreign_views: bool = False,
    ) -> Plan:
        """What a change of an environment would do, and what is in its way. Reads only, and refuses nothing.

        Exactly one source says what the environment should point to.

        Args:
            environment: Its name; it need not exist.
            from_environment: Source: what this one points to.
            snapshots_path: Source: a state file, or a JSON array of {"name", "identifier"}.
            record_path: Source: a whole environment object in JSON, taken as it is.
            latest: Source: of each model that the environment has, the newest snapshot.
            set: Source, with `drop`: identifiers by model's name, which replace or are added.
            drop: Names of models that go.
            no_gaps: The models that must not lose time ranges; None is every model, an empty set is none.
            plan_id: None: a new one.
            expect_plan_id: ConflictError unless the environment is at this plan ("none": must not exist).
            start, end: The range of the environment; None: as it is.
            ttl: The time to live of a new environment.
            suffix_target: Of a new environment: "schema", "table" or "catalog".
            allow_empty: Models whose table may be empty.
            allow_forward_only: Models whose forward-only change was applied by hand.
            drop_foreign_views: Drop views of others that cannot stay, instead of refusing.
        """
        keep = Kept()
        changes = [f"{name}={identifier}" for name, identifier in (set or {}).items()]
        dropped = keep.texts(drop, "drop")
        source = ffi.new(
            "repoint_plan_source *",
            {
                "from_environment": keep.text(from_environment, "an environment"),
                "snapshots_path": keep.text(_path(snapshots_path), "a path"),
                "record_path": keep.text(_path(record_path), "a path"),
                "latest": bool(latest),
                "set": keep.texts_or_null(changes or None, "set"),
                "drop": dropped.pointer if dropped.count else ffi.NULL,
            },
        )
        arguments = PlanArguments(
            no_gaps=no_gaps,
            plan_id=plan_id,
            expect_plan_id=expect_plan_id,
            start=start,
            end=end,
            ttl=ttl,
            suffix_target=suffix_target,
            allow_empty=allow_empty,
            allow_forward_only=allow_forward_only,
            drop_foreign_views=drop_foreign_views,
        )
        name = text_in(environment, "the environment's name")
        out = ffi.new("repoint_plan **")
        self._run(lambda store, error: lib.repoint_plan_create(store, name, source, arguments.pointer, out, error))
        return Plan(out[0])

    def load_plan(self, path: str | os.PathLike[str]) -> Plan:
        """A plan that `Plan.save()` or `repoint plan --out` has written, compared anew with what is there.

        ConflictError when the environment, or the data of what it is about to show, have changed since.
        """
        text = text_in(os.fspath(path), "a path")
        out = ffi.new("repoint_plan **")
        self._run(lambda store, error: lib.repoint_plan_load(store, text, out, error))
        return Plan(out[0])

    def plan_rollback(
        self,
        environment: str,
        *,
        revision: int = 0,
        keep: Iterable[str] | None = None,
        no_gaps: Iterable[str] | None = None,
        plan_id: str | None = None,
        allow_empty: Iterable[str] = (),
        allow_forward_only: Iterable[str] = (),
        drop_foreign_views: bool = False,
    ) -> Plan:
        """The plan that goes back to an earlier finalized revision; 0 is the one before the present one.

        `keep` are models that stay where they are. NotFoundError without such a revision; RefusedError for models
        whose table has been altered since.
        """
        arguments = PlanArguments(
            no_gaps=no_gaps,
            plan_id=plan_id,
            allow_empty=allow_empty,
            allow_forward_only=allow_forward_only,
            drop_foreign_views=drop_foreign_views,
        )
        name = text_in(environment, "the environment's name")
        kept = ffi.NULL if keep is None else Texts(keep, "keep")
        pointer = kept.pointer if isinstance(kept, Texts) else kept
        out = ffi.new("repoint_plan **")
        self._run(
            lambda store, error: lib.repoint_plan_rollback(
                store, name, int(revision), pointer, arguments.pointer, out, error
            )
        )
        return Plan(out[0])

    def deploy(
        self,
        plan: Plan,
        *,
        until: str = "finalized",
        message: str | None = None,
        lease_seconds: float = 60.0,
        wait_seconds: float = 0.0,
        cutover_timeout: float = 30.0,
        candidate_readers: Iterable[str] | None = None,
        checks: Iterable[Check] = (),
        approvals: Iterable[ApprovalRule] = (),
        hooks: Iterable[Hook] = (),
        directory: str | os.PathLike[str] | None = None,
        on_event: EventHandler | None = None,
        on_output: OutputHandler | None = None,
    ) -> DeploymentInfo:
        """Changes the environment and its views, in one transaction where state and views are in one database.

        A deployment that fails after its draft was made stays open: see `resume()` and `open_deployment()`.

        Args:
            plan: What to do.
            until: How far to go: "finalized", or "draft", "candidate", "checked", and then it stays open.
            message: Why; it is kept in the history.
            lease_seconds: How long others wait for a holder that is gone.
            wait_seconds: How long to wait for somebody else's lease; 0: not at all.
            cutover_timeout: How long to try to get in between readers, in seconds.
            candidate_readers: Roles that may read the candidate views.
            checks: What has to be true of the tables that readers are about to see.
            approvals: Who has to approve it.
            hooks: Programs that are told what happens.
            directory: Where commands run; None: the working directory.
            on_event: Called as hooks are.
            on_output: Called with each line that a check's or hook's command writes.

        Raises:
            GapsError, MissingSnapshotsError, MissingTablesError, RefusedError: The plan has gaps or obstacles.
            ConflictError: Somebody holds the environment (`holder`, `since`), another deployment is open, or the
                environment is not what was planned on.
            HeldError: It was rolled back, and nobody has released it.
            CheckFailedError, AwaitingApprovalError: See `Deployment.cutover()`.
        """
        pointer = _plan(plan)._pointer
        arguments = DeployArguments(
            until=until,
            message=message,
            lease_seconds=lease_seconds,
            wait_seconds=wait_seconds,
            cutover_timeout=cutover_timeout,
            candidate_readers=candidate_readers,
            checks=checks,
            approvals=approvals,
            hooks=hooks,
            directory=directory,
            on_event=on_event,
            on_output=on_output,
        )
        return self._deploy(
            arguments, lambda store, out, error: lib.repoint_deploy(store, pointer, arguments.pointer, out, error)
        )

    def resume(self, environment: str, **options: Any) -> DeploymentInfo:
        """Goes on with what is open on the environment, wherever it was left. Takes the options of `deploy()`.

        NotFoundError when nothing is open.
        """
        name = text_in(environment, "the environment's name")
        arguments = DeployArguments(**options)
        return self._deploy(
            arguments, lambda store, out, error: lib.repoint_resume(store, name, arguments.pointer, out, error)
        )

    def rollback(
        self,
        environment: str,
        *,
        revision: int = 0,
        keep: Iterable[str] | None = None,
        message: str | None = None,
        **options: Any,
    ) -> DeploymentInfo:
        """Goes back to an earlier finalized revision, and holds the environment there until `release()`.

        `plan_rollback()` and `deploy()` in one: takes the options of `deploy()` too. Gaps are no obstacle.
        """
        plan = self.plan_rollback(environment, revision=revision, keep=keep, no_gaps=())
        return self.deploy(plan, message=message, **options)

    def begin_deployment(self, plan: Plan, **options: Any) -> Deployment:
        """Opens the deployment of a plan under a lease, or goes on with it if it is open. See `Deployment`.

        Takes the options of `deploy()`, and raises what it raises.
        """
        pointer = _plan(plan)._pointer
        arguments = DeployArguments(**options)
        return self._open_deployment(
            arguments,
            lambda store, out, error: lib.repoint_deployment_begin(store, pointer, arguments.pointer, out, error),
        )

    def open_deployment(self, environment: str, **options: Any) -> Deployment:
        """The deployment that is open on the environment. Takes the options of `deploy()`. Raises NotFoundError."""
        name = text_in(environment, "the environment's name")
        arguments = DeployArguments(**options)
        return self._open_deployment(
            arguments, lambda store, out, error: lib.repoint_deployment_open(store, name, arguments.pointer, out, error)
        )

    def _deploy(self, arguments: DeployArguments, start: Callable[[Any, Any, Any], int]) -> DeploymentInfo:
        out = ffi.new("repoint_deployment **")
        connection = self._take()
        try:
            run_on(connection, lambda store, error: start(store, out, error), arguments)
            return info_of(out[0])
        finally:
            lib.repoint_deployment_close(out[0])
            self._give_back(connection)

    def _open_deployment(self, arguments: DeployArguments, start: Callable[[Any, Any, Any], int]) -> Deployment:
        out = ffi.new("repoint_deployment **")
        connection = self._take()
        is_kept = self._memory is None
        try:
            run_on(connection, lambda store, error: start(store, out, error), arguments)
        except BaseException:
            lib.repoint_deployment_close(out[0])
            is_kept = False
            raise
        finally:
            if not is_kept:
                self._give_back(connection)
        deployment = Deployment(self, connection, out[0], arguments)
        self._deployments.add(deployment)
        return deployment

    @contextmanager
    def _using(self, connection: Connection) -> Iterator[Connection]:
        """A deployment's connection: its own, or the only one that this store has."""
        if self._memory is None:
            if os.getpid() != self._pid:
                raise ClosedError(f"the deployment was opened by process {self._pid}, not by this one")
            yield connection
            return
        only = self._take()
        try:
            if only is not connection:
                raise ClosedError("the connection of the deployment was lost", hint="open the deployment again")
            yield only
        finally:
            self._give_back(only)

    def _close_deployment(self, deployment: Deployment, connection: Connection, pointer: Any) -> None:
        self._deployments.discard(deployment)
        if os.getpid() != self._pid or connection.pointer == ffi.NULL:
            return  # somebody else's, or gone with its connection
        if self._memory is None:
            lib.repoint_deployment_close(pointer)
            self._give_back(connection)
        else:
            with self._using(connection):
                lib.repoint_deployment_close(pointer)

    def approve(self, environment: str, *, plan_id: str | None = None, message: str | None = None) -> dict[str, Any]:
        """Approves the deployment that is open on an environment, as whom the database takes this connection for.

        Gives environment, plan_id, digest, approver, author, is_new, needed and roles. ConflictError if another plan
        than `plan_id` is open; RefusedError to its author, and to who is not in a role that is asked for.
        """
        keep = Kept()
        name = text_in(environment, "the environment's name")
        plan, why = keep.text(plan_id, "a plan id"), keep.text(message, "the message")
        approval: dict[str, Any] = self._json(
            lambda store, out, error: lib.repoint_approve(store, name, plan, why, out, error)
        )
        return approval

    def release(self, environment: str) -> bool:
        """Lifts the hold that a rollback left. Was there one?"""
        name = text_in(environment, "the environment's name")
        out = ffi.new("bool *")
        self._run(lambda store, error: lib.repoint_release(store, name, out, error))
        return bool(out[0])

    def history(self, environment: str) -> dict[str, Any]:
        """What was done to an environment, oldest first: `revisions`, `steps`, `approvals`; see deploy.h."""
        name = text_in(environment, "the environment's name")
        history: dict[str, Any] = self._json(lambda store, out, error: lib.repoint_history(store, name, out, error))
        return history

    def revision(self, environment: str, number: int) -> Environment:
        """The record of a revision. Raises NotFoundError."""
        name = text_in(environment, "the environment's name")
        out = ffi.new("repoint_environment **")
        self._run(lambda store, error: lib.repoint_revision_get(store, name, int(number), out, error))
        return Environment.from_pointer(ffi.gc(out[0], lib.repoint_environment_free))

    def deployment_status(self, environment: str) -> dict[str, Any]:
        """Its open `deployment`, the `lease` on it and the `hold`, each None where there is none; see deploy.h."""
        name = text_in(environment, "the environment's name")
        status: dict[str, Any] = self._json(
            lambda store, out, error: lib.repoint_deployment_status(store, name, out, error)
        )
        return status

    def deployments(self) -> list[dict[str, Any]]:
        """These for all environments with an open deployment, a lease that is held, or a hold."""
        deployments: list[dict[str, Any]] = self._json(lib.repoint_deployments_list)
        return deployments

    def prepare_deployments(self) -> None:
        """Makes the tables that deployments need, so that who deploys needs no right to make tables."""
        self._run(lib.repoint_deployments_prepare)

    def verify(self, environment: str, *, repair: bool = False) -> dict[str, Any]:
        """Does each view show what the record says? Gives `views`, `obstacles` and `repaired`; see deploy.h.

        With `repair` views that are changed or missing are made what they should be. RefusedError: it is not
        finalized, or something is in the way.
        """
        name = text_in(environment, "the environment's name")
        verdict: dict[str, Any] = self._json(
            lambda store, out, error: lib.repoint_verify(store, name, bool(repair), out, error)
        )
        return verdict

    def janitor(
        self, *, environment: str | None = None, ignore_ttl: bool = False, retain: int = 0, limit: int = 0
    ) -> dict[str, Any]:
        """Removes expired environments and snapshots, then drops the tables and views that nothing needs any more.

        Args:
            environment: Only this one, if it has expired; None: everything.
            ignore_ttl: Also what nothing points to, but may still be kept.
            retain: How many revisions of each environment keep their tables; 0: 5.
            limit: How many tables and views to drop at most; 0: all.

        Gives `environments`, `snapshots`, `dropped`, `needed`, `failed`, `rows_before`, `rows_after`; see deploy.h.
        """
        keep = Kept()
        options = ffi.new(
            "repoint_janitor_options *",
            {
                "environment": keep.text(environment, "the environment's name"),
                "ignore_ttl": bool(ignore_ttl),
                "retain": int(retain),
                "limit": int(limit),
            },
        )
        report: dict[str, Any] = self._json(lambda store, out, error: lib.repoint_janitor(store, options, out, error))
        return report

    def _json(self, call: Callable[[Any, Any, Any], int]) -> Any:
        out = ffi.new("char **")
        self._run(lambda store, error: call(store, out, error))
        return json.loads(take_text(out[0]))

    # -- snapshots --

    def snapshot(self, name: str) -> Snapshot:
        """A snapshot, loaded with its intervals, by "NAME@IDENTIFIER", or by "NAME" where its model has only one.

        Raises NotFoundError, or InvalidError when there are several.
        """
        text = text_in(name, "the snapshot's name")
        out = ffi.new("repoint_snapshot **")
        self._run(lambda store, error: lib.repoint_snapshot_find(store, text, out, error))
        return Snapshot(ffi.gc(out[0], lib.repoint_snapshot_free))

    def snapshots(self, ids: Iterable[SnapshotId | TableInfo | Snapshot]) -> list[Snapshot]:
        """The stored ones of these, loaded with their intervals, by name and identifier."""
        keys = _Ids(ids)
        out = ffi.new("repoint_snapshot_list **")
        self._run(lambda store, error: lib.repoint_snapshots_get(store, keys.pointer, keys.count, out, error))
        snapshot_list = ffi.gc(out[0], lib.repoint_snapshot_list_free)
        count = lib.repoint_snapshot_list_count(snapshot_list)
        return [Snapshot(lib.repoint_snapshot_list_at(snapshot_list, index), snapshot_list) for index in range(count)]

    def snapshot_rows(self, name: str | None = None) -> Iterator[SnapshotRow]:
        """All stored snapshots, or those of one model, by name and age."""
        text = text_in_or_null(name, "the model's name")
        rows = self._rows(
            snapshot_row,
            lambda store, context, error: lib.repoint_snapshots_list(
                store, text, lib.repoint_python_snapshot_row, context, error
            ),
        )
        return iter(rows)

    def snapshot_rows_by_names(
        self, names: Iterable[str], *, exclude_expired: bool = True, at: datetime | None = None
    ) -> Iterator[SnapshotRow]:
        """The snapshots of the models of these full names, without those that have expired at a moment (None: now)."""
        texts, at_ms = Texts(names, "names"), _ms_or_zero(at)
        rows = self._rows(
            snapshot_row,
            lambda store, context, error: lib.repoint_snapshots_by_names(
                store,
                texts.pointer,
                texts.count,
                at_ms,
                bool(exclude_expired),
                lib.repoint_python_snapshot_row,
                context,
                error,
            ),
        )
        return iter(rows)

    def snapshots_exist(self, ids: Iterable[SnapshotId | TableInfo | Snapshot]) -> set[SnapshotId]:
        """Those of these ids that are stored."""
        keys = _Ids(ids)
        exists = ffi.new("bool[]", max(keys.count, 1))
        self._run(lambda store, error: lib.repoint_snapshots_exist(store, keys.pointer, keys.count, exists, error))
        return {one for one, found in zip(keys.ids, exists) if found}

    def models_exist(self, names: Iterable[str], *, exclude_external: bool = False) -> set[str]:
        """Those of these full names of which any snapshot is stored."""
        wanted = list(names)
        texts = Texts(wanted, "names")
        exists = ffi.new("bool[]", max(texts.count, 1))
        self._run(
            lambda store, error: lib.repoint_nodes_exist(
                store, texts.pointer, texts.count, bool(exclude_external), exists, error
            )
        )
        return {one for one, found in zip(wanted, exists) if found}

    def push(self, snapshots: Iterable[Snapshot]) -> int:
        """Adds snapshots, without their intervals; how many were new. One that is stored stays as it is."""
        items = _snapshots(snapshots)
        array = _calls.pointers("repoint_snapshot *[]", [one._pointer for one in items])
        added = ffi.new("size_t *")
        self._run(lambda store, error: lib.repoint_push(store, array, len(items), added, error))
        return int(added[0])

    def push_files(self, paths: Iterable[str | os.PathLike[str]]) -> tuple[int, int]:
        """Adds the snapshots of state files: how many were new, of how many."""
        texts = Texts([os.fspath(path) for path in paths], "paths")
        added, total = ffi.new("size_t *"), ffi.new("size_t *")
        self._run(lambda store, error: lib.repoint_push_files(store, texts.pointer, added, total, error))
        return int(added[0]), int(total[0])

    def delete_snapshots(self, ids: Iterable[SnapshotId | TableInfo | Snapshot]) -> None:
        """Deletes snapshots; their intervals stay."""
        keys = _Ids(ids)
        self._run(lambda store, error: lib.repoint_snapshots_delete(store, keys.pointer, keys.count, error))

    def unpause(self, snapshots: Iterable[TableInfo], at: datetime) -> None:
        """From now on these are what scheduled runs load, since `at`; the others of their models are paused."""
        items = list(snapshots)
        array = _calls.pointers("repoint_table *[]", [_table_info(one)._pointer for one in items])
        at_ms = to_ms(at)
        self._run(lambda store, error: lib.repoint_unpause(store, array, len(items), at_ms, error))

    def update_auto_restatements(self, restatements: Mapping[tuple[str, str], datetime | None]) -> None:
        """When versions, by model's name and version, restate themselves next; None: not any more."""
        texts = [
            (ffi.new("char[]", text_in(name, "a name")), ffi.new("char[]", text_in(version, "a version")))
            for name, version in restatements
        ]
        array = ffi.new(
            "repoint_auto_restatement[]",
            [
                {"name": name, "version": version, "next_ts": _ms_or_zero(at)}
                for (name, version), at in zip(texts, restatements.values())
            ],
        )
        self._run(lambda store, error: lib.repoint_auto_restatements_update(store, array, len(texts), error))

    # -- expiry --

    def expired_snapshots(
        self,
        *,
        at: datetime | None = None,
        ignore_ttl: bool = False,
        after: RowBoundary | None = None,
        until: RowBoundary | None = None,
        limit: int | None = None,
    ) -> ExpiredSnapshots | None:
        """The snapshots whose time to live has passed and that nothing points to; None when there are none.

        Args:
            at: The moment; None: now.
            ignore_ttl: Everything that nothing points to, however young.
            after: Only what comes behind this place in the order of expiry.
            until: Only up to this place, inclusive.
            limit: At most so many rows.
        """
        return self._expired(lib.repoint_snapshots_expired, at, ignore_ttl, after, until, limit)

    def delete_expired_snapshots(
        self,
        *,
        at: datetime | None = None,
        ignore_ttl: bool = False,
        after: RowBoundary | None = None,
        until: RowBoundary | None = None,
        limit: int | None = None,
    ) -> ExpiredSnapshots | None:
        """Deletes them, with the intervals of the tables that go, and gives what it has deleted. The tables, which
        `tasks` names, are the caller's to drop."""
        return self._expired(lib.repoint_snapshots_delete_expired, at, ignore_ttl, after, until, limit)

    def _expired(
        self,
        function: Any,
        at: datetime | None,
        ignore_ttl: bool,
        after: RowBoundary | None,
        until: RowBoundary | None,
        limit: int | None,
    ) -> ExpiredSnapshots | None:
        kept: list[Any] = []
        options = ffi.new(
            "repoint_expired_options *",
            {
                "current_ts": _ms_or_zero(at),
                "ignore_ttl": bool(ignore_ttl),
                "after": _boundary(after or RowBoundary(0, "", ""), kept),
                "until": ffi.NULL,
                "limit": int(limit or 0),
            },
        )
        if until is not None:
            kept.append(ffi.new("repoint_row_boundary *", _boundary(until, kept)))
            options.until = kept[-1]
        out = ffi.new("repoint_expired **")

        def call(store: Any, error: Any) -> int:
            out[0] = ffi.NULL
            return int(function(store, options, out, error))

        self._run(call)
        return None if out[0] == ffi.NULL else expired_of(out[0])

    # -- intervals --

    def add_intervals(
        self, snapshot: Snapshot, start: TimeLike, end: TimeLike, *, dev: bool = False
    ) -> tuple[Interval, ...]:
        """Records that a snapshot's table has data for a range, and gives the whole intervals that it holds. An end
        that is a day includes it."""
        pointer, bounds = _snapshot(snapshot)._pointer, _Range(start, end)
        out = ffi.new("repoint_interval_list **")
        self._run(lambda store, error: lib.repoint_intervals_add(store, pointer, bounds.pointer, bool(dev), out, error))
        return intervals_of(out[0])

    def remove_intervals(self, snapshot: Snapshot, start: TimeLike, end: TimeLike, *, shared: bool = False) -> Interval:
        """Takes a range away, widened to whole intervals, and gives it; with `shared` from every snapshot of the
        same version."""
        pointer, bounds = _snapshot(snapshot)._pointer, _Range(start, end)
        out = ffi.new("repoint_interval *")
        self._run(
            lambda store, error: lib.repoint_intervals_remove(store, pointer, bounds.pointer, bool(shared), out, error)
        )
        return interval_of(out[0])

    def missing_intervals(
        self, snapshot: Snapshot, start: TimeLike | None = None, end: TimeLike | None = None, *, dev: bool = False
    ) -> tuple[Interval, ...]:
        """What the snapshot should have of a range and does not; None: since its data begins, until now."""
        pointer, bounds = _snapshot(snapshot)._pointer, _Range(start, end)
        out = ffi.new("repoint_interval_list **")
        self._run(
            lambda store, error: lib.repoint_intervals_missing(store, pointer, bounds.pointer, bool(dev), out, error)
        )
        return intervals_of(out[0])

    def append_intervals(self, rows: Iterable[IntervalRow]) -> None:
        """Appends rows to the log of intervals, as they are."""
        array = _IntervalRows(rows)
        self._run(lambda store, error: lib.repoint_intervals_append(store, array.pointer, array.count, error))

    def withdraw_intervals(self, rows: Iterable[IntervalRow], *, shared: bool = False) -> None:
        """Takes these intervals of the version's tables away, exactly; with `shared` from every snapshot of the
        same version."""
        array = _IntervalRows(rows)
        self._run(
            lambda store, error: lib.repoint_intervals_withdraw(store, array.pointer, array.count, bool(shared), error)
        )

    def refresh(self, snapshots: Iterable[Snapshot]) -> list[Snapshot]:
        """The same snapshots, stored or not, with the intervals that are stored now for their versions."""
        texts = [one.to_json() for one in _snapshots(snapshots)]
        fresh: list[Snapshot] = []

        def call(store: Any, error: Any) -> int:
            fresh[:] = [Snapshot.from_json(text) for text in texts]
            array = _calls.pointers("repoint_snapshot *[]", [one._pointer for one in fresh])
            return int(lib.repoint_snapshots_refresh(store, array, len(fresh), error))

        self._run(call)
        return fresh

    def compact_intervals(self) -> tuple[int, int]:
        """Merges the log of intervals: how many rows there were, and are. What is read afterwards is the same."""
        before, after = ffi.new("size_t *"), ffi.new("size_t *")
        self._run(lambda store, error: lib.repoint_intervals_compact(store, before, after, error))
        return int(before[0]), int(after[0])

    def interval_ends(
        self, environment: str, models: Iterable[str] | None = None, *, finalized: bool = False
    ) -> dict[str, datetime]:
        """Up to when models (None: all) have data in an environment, by full name; with `finalized` as it was when
        it was last finalized."""
        text = text_in(environment, "the environment's name")
        texts = None if models is None else Texts(models, "models")
        names = ffi.NULL if texts is None else texts.pointer
        rows = self._rows(
            lambda row: (text_out(row.name), from_ms(row.end_ts)),
            lambda store, context, error: lib.repoint_interval_ends(
                store, text, names, bool(finalized), lib.repoint_python_interval_end, context, error
            ),
        )
        return dict(rows)

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

    # -- helpers --

    def _rows(self, convert: Callable[[Any], Any], visit: Callable[[Any, Any, Any], int]) -> list[Any]:
        rows: Rows[Any] = Rows(convert)

        def call(store: Any, error: Any) -> int:
            context = rows.begin()
            return int(visit(store, context, error))

        self._run(call)
        return rows.end()


def lib_open(arguments: Any, error: Any) -> int:
    target, options, ret_store = arguments
    if isinstance(target, Given):
        return int(lib.repoint_store_open_driver(target.table, target.handle, options, ret_store, error))
    return int(lib.repoint_store_open(target, options, ret_store, error))


# ---- what goes in ----


def _environment(value: Environment) -> Environment:
    if not isinstance(value, Environment):
        raise TypeError(f"an Environment is needed, not {type(value).__name__}")
    return value


def _plan(value: Plan) -> Plan:
    if not isinstance(value, Plan):
        raise TypeError(f"a Plan is needed, not {type(value).__name__}")
    return value


def _path(path: str | os.PathLike[str] | None) -> str | None:
    return None if path is None else os.fspath(path)


def _snapshot(value: Snapshot) -> Snapshot:
    if not isinstance(value, Snapshot):
        raise TypeError(f"a Snapshot is needed, not {type(value).__name__}")
    return value


def _table_info(value: TableInfo) -> TableInfo:
    if not isinstance(value, TableInfo):
        raise TypeError(f"a TableInfo is needed, not {type(value).__name__}")
    return value


def _snapshots(values: Iterable[Snapshot]) -> list[Snapshot]:
    return [_snapshot(value) for value in values]


def _ms_or_zero(moment: datetime | None) -> int:
    return 0 if moment is None else to_ms(moment)


def _statements_text(statements: Sequence[Mapping[str, Any]]) -> bytes:
    try:
        return json.dumps(list(statements)).encode()
    except (TypeError, ValueError) as error:
        raise InvalidError(f"the statements cannot be written as JSON: {error}") from None


def _boundary(boundary: RowBoundary, kept: list[Any]) -> dict[str, Any]:
    name = ffi.new("char[]", text_in(boundary.name, "a name"))
    identifier = ffi.new("char[]", text_in(boundary.identifier, "an identifier"))
    kept += [name, identifier]
    return {"updated_ts": int(boundary.updated_ms), "name": name, "identifier": identifier}


def _c_versions(versions: Versions) -> Any:
    sqlmesh = text_in(versions.sqlmesh_version, "the SQLMesh version")
    sqlglot = text_in(versions.sqlglot_version, "the SQLGlot version")
    if max(len(sqlmesh), len(sqlglot)) > 31:
        raise InvalidError("a version is longer than 31 bytes")
    return ffi.new(
        "repoint_versions *",
        {"schema_version": versions.schema_version, "sqlmesh_version": sqlmesh, "sqlglot_version": sqlglot},
    )


def _versions(out: Any) -> Versions:
    return Versions(out.schema_version, text_out(out.sqlmesh_version), text_out(out.sqlglot_version))


class _Range:
    """A range for C."""

    def __init__(self, start: TimeLike | None, end: TimeLike | None) -> None:
        self._texts = [
            ffi.NULL if time is None else ffi.new("char[]", text_in(to_text(time), "a time")) for time in (start, end)
        ]
        self.pointer = ffi.new("repoint_range *", {"start": self._texts[0], "end": self._texts[1]})


class _Ids:
    """Ids of snapshots for C."""

    def __init__(self, ids: Iterable[SnapshotId | TableInfo | Snapshot]) -> None:
        self.ids = [self._id(one) for one in ids]
        self._texts = [
            (
                ffi.new("char[]", text_in(one.name, "a name")),
                ffi.new("char[]", text_in(one.identifier, "an identifier")),
            )
            for one in self.ids
        ]
        self.count = len(self.ids)
        self.pointer = ffi.new("repoint_snapshot_id[]", self._texts)

    @staticmethod
    def _id(one: SnapshotId | TableInfo | Snapshot) -> SnapshotId:
        if isinstance(one, (TableInfo, Snapshot)):
            return one.snapshot_id
        if isinstance(one, tuple) and len(one) == 2:
            return SnapshotId(*one)
        raise TypeError(f"an id is a SnapshotId, a TableInfo or a Snapshot, not {type(one).__name__}")


class _IntervalRows:
    """Rows of the log of intervals for C."""

    def __init__(self, rows: Iterable[IntervalRow]) -> None:
        self._texts: list[Any] = []
        values = [self._value(row) for row in rows]
        self.count = len(values)
        self.pointer = ffi.new("repoint_interval_row[]", values)

    def _text(self, text: str | None, what: str) -> Any:
        if text is None:
            return ffi.NULL
        self._texts.append(ffi.new("char[]", text_in(text, what)))
        return self._texts[-1]

    def _value(self, row: IntervalRow) -> dict[str, Any]:
        if not isinstance(row, IntervalRow):
            raise TypeError(f"an IntervalRow is needed, not {type(row).__name__}")
        if row.kind not in _INTERVAL_KINDS:
            raise InvalidError(f"intervals are of kind {', '.join(_INTERVAL_KINDS)}, not {row.kind!r}")
        if row.name is None or row.version is None:
            raise TypeError("a row of intervals has a name and a version")
        return {
            "name": self._text(row.name, "a name"),
            "identifier": self._text(row.identifier, "an identifier"),
            "version": self._text(row.version, "a version"),
            "dev_version": self._text(row.dev_version, "a version"),
            "kind": _INTERVAL_KINDS[row.kind],
            "interval": {"start_ts": row.start_ms, "end_ts": row.end_ms},
            "last_altered_ts": row.last_altered_ms or 0,
        }
