"""SQLMesh 0.236.4 running on repoint: a state sync, and the scheduler configuration that hands it to SQLMesh.

    from repoint.sqlmesh import RepointStateSync
    context = Context(paths="project", state_sync=RepointStateSync("postgresql:///state"))

and in a project's `config.py`, for the `sqlmesh` command:

    config = Config(..., default_scheduler=RepointSchedulerConfig())

What is stored is SQLMesh's, row by row, so that a project can go back to SQLMesh's own state sync at any time.
What SQLMesh's state sync raises is raised here: the same classes, and the same words where people match on them.
"""

from __future__ import annotations

import json
import logging
import os
import tempfile
import threading
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import Any, Callable, Optional
from urllib.parse import parse_qsl, quote, urlencode, urlsplit

import sqlglot
import sqlmesh
import sqlmesh.utils.date
from pydantic import Field
from sqlmesh.core.config import ConnectionConfig
from sqlmesh.core.config.scheduler import SCHEDULER_CONFIG_TO_TYPE, BuiltInSchedulerConfig
from sqlmesh.core.console import Console, get_console
from sqlmesh.core.environment import (
    Environment,
    EnvironmentNamingInfo,
    EnvironmentStatements,
    EnvironmentSummary,
)
from sqlmesh.core.model import ModelKindName, SeedModel
from sqlmesh.core.plan import PlanEvaluator
from sqlmesh.core.snapshot import (
    Snapshot,
    SnapshotId,
    SnapshotIdAndVersion,
    SnapshotIdAndVersionLike,
    SnapshotIdLike,
    SnapshotInfoLike,
    SnapshotIntervals,
    SnapshotNameVersion,
    SnapshotTableCleanupTask,
    SnapshotTableInfo,
)
from sqlmesh.core.snapshot.cache import SnapshotCache
from sqlmesh.core.snapshot.definition import Interval
from sqlmesh.core.state_sync.base import SCHEMA_VERSION, StateSync, Versions
from sqlmesh.core.state_sync.common import (
    EnvironmentsChunk,
    EnvironmentWithStatements,
    ExpiredBatchRange,
    ExpiredSnapshotBatch,
    LimitBoundary,
    PromotionResult,
    RowBoundary,
    SnapshotsChunk,
    StateStream,
    VersionsChunk,
)
from sqlmesh.utils.date import TimeLike, time_like_to_str, to_timestamp
from sqlmesh.utils.errors import ConfigError, ConflictingPlanError, SQLMeshError
from sqlmesh.utils.hashing import md5

import repoint
from repoint._dbapi import adapter_of
from repoint.times import from_ms, to_ms

logger = logging.getLogger(__name__)

SQLMESH_VERSION: str = sqlmesh.__version__
SQLGLOT_VERSION: str = sqlglot.__version__  # type: ignore[attr-defined]

# What a snapshot's JSON needs for its intervals alone: its identity, its schedule, its kind.
_SCHEDULE_FIELDS: Any = {
    "name": True,
    "fingerprint": True,
    "version": True,
    "dev_version": True,
    "dev_version_": True,
    "change_category": True,
    "forward_only": True,
    "effective_from": True,
    "parents": True,
    "created_ts": True,
    "updated_ts": True,
    "ttl": True,
    "last_altered_ts": True,
    "dev_last_altered_ts": True,
    "pending_restatement_intervals": True,
    "node": {"name", "cron", "cron_tz", "interval_unit", "interval_unit_", "start", "end", "kind", "source_type"},
}


class RepointStateSync(StateSync):
    """SQLMesh's state, kept by repoint.

    It may be used from several threads, and opens its store when it is first needed.

    Args:
        store: The URL of the state store (see `repoint.Store`), SQLMesh's configuration of a connection to it, an
            open connection, or an open `repoint.Store`; these two stay the caller's to close.
        schema: Where the state tables are, on databases that have schemas.
        console: Where migrations are reported; None: SQLMesh's.
        cache_dir: A folder for SQLMesh's cache of parsed snapshots; None: no cache.
        busy_timeout: How long to wait for another writer's lock, in seconds; SQLMesh itself waits for ever.

    Raises:
        SQLMeshError: This SQLMesh writes another schema version than repoint.
    """

    def __init__(
        self,
        store: str | ConnectionConfig | repoint.Store | Any,
        schema: str | None = "sqlmesh",
        console: Console | None = None,
        cache_dir: Path | None = None,
        busy_timeout: float = 60.0,
    ) -> None:
        if SCHEMA_VERSION != 102:
            raise SQLMeshError(
                f"repoint knows schema version 102 of SQLMesh's state, this SQLMesh ({SQLMESH_VERSION}) writes"
                f" {SCHEMA_VERSION}."
            )
        self._given = store if isinstance(store, repoint.Store) else None
        self._connection: Any = None
        if isinstance(store, repoint.Store):
            self._url = store.url
        elif isinstance(store, (str, ConnectionConfig)):
            self._url = url_of(store)
        else:
            self._connection = store
            self._url = f"{adapter_of(store).dialect}:"
        self._schema = schema or "sqlmesh"
        self._busy_timeout = busy_timeout
        self._cache = SnapshotCache(cache_dir) if cache_dir is not None else None
        self._own: repoint.Store | None = None
        self._own_pid = 0
        self._lock = threading.Lock()
        self.console = console or get_console()

    # -- the store --

    @property
    def store(self) -> repoint.Store:
        """The store, opened where it is not."""
        if self._given is not None:
            return self._given
        with self._lock:
            if self._own is None or self._own_pid != os.getpid():
                self._keep(self._open())
            assert self._own is not None
            return self._own

    def _keep(self, store: repoint.Store) -> None:
        self._own, self._own_pid = store, os.getpid()

    def _open(self, **options: Any) -> repoint.Store:
        store = self._url if self._connection is None else self._connection
        return repoint.Store(store, schema=self._schema, busy_timeout=self._busy_timeout, now=_now, **options)

    def close(self) -> None:
        """Closes all open connections; a later call opens them anew."""
        with self._lock:
            own, self._own = self._own, None
        if own is not None:
            own.close()

    def recycle(self) -> None:
        """Closes the connections that no call is using."""
        own = self._own
        if own is not None:
            own.recycle()

    def state_type(self) -> str:
        """SQLMesh's name for the kind of database that the state is in."""
        scheme = self._url.split(":", 1)[0]
        return {"postgresql": "postgres", "memory": "sqlite"}.get(scheme, scheme)

    def clear_cache(self) -> None:
        """Forgets the parsed snapshots of the cache's folder."""
        if self._cache is not None:
            self._cache.clear()

    # -- versions --

    def _get_versions(self) -> Versions:
        try:
            versions = self.store.versions()
        except repoint.NotAStoreError:
            return Versions()
        except repoint.SchemaVersionError as error:
            return Versions(**error.detail)
        except repoint.UnreachableError as error:
            if self._is_file_to_be_made():
                return Versions()
            raise _translated(error) from error
        except repoint.RepointError as error:
            raise _translated(error) from error
        return Versions(**versions._asdict())

    def _is_file_to_be_made(self) -> bool:
        scheme, _, path = self._url.partition(":")
        return self._connection is None and scheme in ("sqlite", "duckdb") and not os.path.exists(path)

    def migrate(self, skip_backup: bool = False, promoted_snapshots_only: bool = True) -> None:
        with _errors():
            if self._get_versions().schema_version == 0:
                self._create()
            else:
                before = self.store.migrate(skip_backup=skip_backup)
                self.store.record_versions(sqlmesh_version=SQLMESH_VERSION, sqlglot_version=SQLGLOT_VERSION)
                if before == SCHEMA_VERSION:
                    return
        self.console.log_migration_status()

    def _create(self) -> None:
        if self._given is not None:
            return  # an open store has its tables
        versions = repoint.Versions(SCHEMA_VERSION, SQLMESH_VERSION, SQLGLOT_VERSION)
        store = self._open(create=True, versions=versions)
        with self._lock:
            self._keep(store)

    def rollback(self) -> None:
        with _errors():
            try:
                self.store.rollback_migration()
            except repoint.NotFoundError:
                raise SQLMeshError("There are no prior migrations to roll back to.") from None

    def remove_state(self, including_backup: bool = False) -> None:
        with _errors():
            self.store.remove(backups=including_backup)
        self.close()
        self.clear_cache()

    def reset(self, default_catalog: str | None = None) -> None:
        """Empties the state."""
        with _errors():
            self.store.reset()
        self.clear_cache()

    # -- snapshots --

    def push_snapshots(self, snapshots: Iterable[Snapshot]) -> None:
        by_id = {}
        for snapshot in snapshots:
            if not snapshot.version:
                raise SQLMeshError(
                    f"Snapshot {snapshot} has not been versioned yet. Create a plan before pushing a snapshot."
                )
            by_id[snapshot.snapshot_id] = snapshot
        with _errors():
            added = self.store.push([repoint.Snapshot.from_json(_stored_form(snapshot)) for snapshot in by_id.values()])
        if added < len(by_id):
            logger.error(
                "%s of these snapshots already exist: %s. This could be due to a concurrent plan or a hash"
                " collision. If this is a hash collision, add a stamp to your model.",
                len(by_id) - added,
                ", ".join(map(str, by_id)),
            )
        if self._cache is not None:
            for snapshot in by_id.values():
                self._cache.put(snapshot)

    def get_snapshots(self, snapshot_ids: Iterable[SnapshotIdLike]) -> dict[SnapshotId, Snapshot]:
        ids = {one.snapshot_id for one in snapshot_ids}
        if not ids:
            return {}
        with _errors():
            stored = self.store.snapshots(map(_id, ids))
        documents: dict[SnapshotId, dict[str, Any]] = {}
        for one in stored:
            document = json.loads(one.to_json())
            documents[SnapshotId(name=one.name, identifier=one.identifier)] = document

        def load(ids_to_load: set[SnapshotId]) -> list[Snapshot]:
            return [Snapshot(**documents[id]) for id in ids_to_load if id in documents]

        if self._cache is None:
            return {snapshot.snapshot_id: _with_hashes(snapshot) for snapshot in load(ids)}
        snapshots, cached_ids = self._cache.get_or_load(ids, load)
        for id in cached_ids:
            if id in documents:
                _update_from(snapshots[id], documents[id])
            else:
                del snapshots[id]
        return snapshots

    def get_snapshots_by_names(
        self,
        snapshot_names: Iterable[str],
        current_ts: int | None = None,
        exclude_expired: bool = True,
    ) -> set[SnapshotIdAndVersion]:
        names = set(snapshot_names)
        if not names:
            return set()
        with _errors():
            rows = self.store.snapshot_rows_by_names(names, exclude_expired=exclude_expired, at=_moment(current_ts))
        return {
            SnapshotIdAndVersion(
                name=row.name,
                identifier=row.identifier,
                version=row.version,
                kind_name=None if not row.kind else ModelKindName(row.kind),
                dev_version=row.dev_version,
                fingerprint=row.fingerprint or "",
            )
            for row in rows
        }

    def snapshots_exist(self, snapshot_ids: Iterable[SnapshotIdLike]) -> set[SnapshotId]:
        with _errors():
            found = self.store.snapshots_exist(_id(one.snapshot_id) for one in snapshot_ids)
        return {SnapshotId(name=name, identifier=identifier) for name, identifier in found}

    def nodes_exist(self, names: Iterable[str], exclude_external: bool = False) -> set[str]:
        with _errors():
            return self.store.models_exist(set(names), exclude_external=exclude_external)

    def delete_snapshots(self, snapshot_ids: Iterable[SnapshotIdLike]) -> None:
        with _errors():
            self.store.delete_snapshots(_id(one.snapshot_id) for one in snapshot_ids)

    def unpause_snapshots(self, snapshots: Iterable[SnapshotInfoLike], unpaused_dt: TimeLike) -> None:
        tables = [repoint.TableInfo.from_json(snapshot.table_info.json()) for snapshot in snapshots]
        with _errors():
            self.store.unpause(tables, from_ms(to_timestamp(unpaused_dt)))

    def update_auto_restatements(self, next_auto_restatement_ts: dict[SnapshotNameVersion, int | None]) -> None:
        with _errors():
            self.store.update_auto_restatements(
                {(one.name, one.version): _moment(ts) for one, ts in next_auto_restatement_ts.items()}
            )

    # -- expiry --

    def get_expired_snapshots(
        self,
        *,
        batch_range: ExpiredBatchRange,
        current_ts: int | None = None,
        ignore_ttl: bool = False,
    ) -> ExpiredSnapshotBatch | None:
        with _errors():
            batch = self.store.expired_snapshots(**_expiry(batch_range, current_ts, ignore_ttl))
        if batch is None:
            return None
        return ExpiredSnapshotBatch(
            expired_snapshot_ids={
                SnapshotId(name=name, identifier=identifier) for name, identifier in batch.snapshot_ids
            },
            cleanup_tasks=[
                SnapshotTableCleanupTask(snapshot=_table_info(task.table), dev_table_only=task.dev_table_only)
                for task in batch.tasks
            ],
            batch_range=ExpiredBatchRange(
                start=batch_range.start,
                end=RowBoundary(updated_ts=batch.end.updated_ms, name=batch.end.name, identifier=batch.end.identifier),
            ),
        )

    def delete_expired_snapshots(
        self,
        batch_range: ExpiredBatchRange,
        ignore_ttl: bool = False,
        current_ts: int | None = None,
    ) -> None:
        with _errors():
            self.store.delete_expired_snapshots(**_expiry(batch_range, current_ts, ignore_ttl))

    def get_expired_environments(self, current_ts: int, name: str | None = None) -> list[EnvironmentSummary]:
        with _errors():
            return [_summary(row) for row in self.store.expired_environments(name, at=_moment(current_ts))]

    def delete_expired_environments(
        self, current_ts: int | None = None, name: str | None = None
    ) -> list[EnvironmentSummary]:
        with _errors():
            return [_summary(row) for row in self.store.delete_expired_environments(name, at=_moment(current_ts))]

    # -- environments --

    def get_environment(self, environment: str) -> Environment | None:
        with _errors():
            try:
                return _environment(self.store.environment(environment))
            except (repoint.NotFoundError, repoint.InvalidError):
                return None

    def get_environments(self) -> list[Environment]:
        with _errors():
            names = [row.name for row in self.store.environments()]
        # One that goes in between is not there.
        return [found for found in map(self.get_environment, names) if found is not None]

    def get_environments_summary(self) -> list[EnvironmentSummary]:
        with _errors():
            return [_summary(row) for row in self.store.environments()]

    def get_environment_statements(self, environment: str) -> list[EnvironmentStatements]:
        with _errors():
            return [EnvironmentStatements.parse_obj(one) for one in self.store.statements(environment)]

    def invalidate_environment(self, name: str, protect_prod: bool = True) -> None:
        with _errors():
            try:
                self.store.invalidate(name, protect_prod=protect_prod)
            except repoint.RefusedError:
                raise SQLMeshError("Cannot invalidate the production environment.") from None

    def max_interval_end_per_model(
        self,
        environment: str,
        models: set[str] | None = None,
        ensure_finalized_snapshots: bool = False,
    ) -> dict[str, int]:
        with _errors():
            ends = self.store.interval_ends(environment, models, finalized=ensure_finalized_snapshots)
        return {name: to_ms(end) for name, end in ends.items()}

    # -- promote and finalize --

    def promote(
        self,
        environment: Environment,
        no_gaps_snapshot_names: set[str] | None = None,
        environment_statements: list[EnvironmentStatements] | None = None,
    ) -> PromotionResult:
        return self._promote(environment, no_gaps_snapshot_names, environment_statements, ahead=False)

    def promote_ahead(
        self,
        environment: Environment,
        no_gaps_snapshot_names: set[str] | None = None,
        environment_statements: list[EnvironmentStatements] | None = None,
    ) -> PromotionResult:
        """As `promote()`; the views follow, and are finalized, with `cut_over()`."""
        return self._promote(environment, no_gaps_snapshot_names, environment_statements, ahead=True)

    def _promote(
        self,
        environment: Environment,
        no_gaps_snapshot_names: set[str] | None,
        environment_statements: list[EnvironmentStatements] | None,
        *,
        ahead: bool,
    ) -> PromotionResult:
        logger.info("Promoting environment '%s'", environment.name)
        statements = None if environment_statements is None else [one.dict() for one in environment_statements]
        with _errors():
            try:
                promotion = self.store.promote(
                    _record(environment),
                    no_gaps=no_gaps_snapshot_names,
                    exact_names=True,
                    statements=statements,
                    ahead=ahead,
                )
            except repoint.ConflictError as error:
                if error.plan_id is None:  # somebody deploys it
                    raise
                raise ConflictingPlanError(_other_plan(error, environment)) from error
            except repoint.MissingSnapshotsError as error:
                missing = {SnapshotId(name=name, identifier=identifier) for name, identifier in error.snapshots}
                raise SQLMeshError(
                    f"Missing snapshots {missing}. Make sure to push and backfill your snapshots."
                ) from error
            except repoint.GapsError as error:
                raise SQLMeshError(
                    f"Detected missing intervals for model {error.gaps[0].name}, interrupting your current plan. "
                    "Please re-apply your plan to resolve this error."
                ) from error
        by_name = {table.name: table for table in environment.promoted_snapshots}
        return PromotionResult(
            added=[by_name[table.name] for table in promotion.added],
            removed=[_table_info(table) for table in promotion.removed],
            removed_environment_naming_info=None
            if promotion.removed_naming is None
            else EnvironmentNamingInfo(**promotion.removed_naming),
        )

    def finalize(self, environment: Environment) -> None:
        logger.info("Finalizing environment '%s'", environment.name)
        # Only its name and its plan count, and the record may be large.
        record = repoint.Environment(environment.name, (), start="1970-01-01", plan_id=environment.plan_id)
        with _errors():
            try:
                finalized = self.store.finalize(record)
            except repoint.ConflictError as error:
                raise SQLMeshError(_other_plan(error, environment)) from error
            except repoint.NotFoundError as error:
                raise SQLMeshError(f"Missing environment '{environment.name}' can't be finalized") from error
        assert finalized.finalized_at is not None
        environment.finalized_ts = to_ms(finalized.finalized_at)

    def cut_over(self, environment: Environment, timeout: float = 30.0) -> None:
        """Changes the views of what was promoted ahead of them and finalizes it, in one transaction.

        `timeout` is how long to try to get in between readers, in seconds.
        """
        logger.info("Changing the views of environment '%s'", environment.name)
        with (
            _errors(),
            self.store.open_deployment(
                environment.name, cutover_timeout=timeout, wait_seconds=self._busy_timeout
            ) as deployment,
        ):
            open_plan_id = deployment.info().plan_id
            if open_plan_id != environment.plan_id:
                other = repoint.ConflictError("another plan", detail={"plan_id": open_plan_id})
                raise ConflictingPlanError(_other_plan(other, environment))
            deployment.cutover()
            finalized_at = deployment.info().finalized_at
        assert finalized_at is not None
        environment.finalized_ts = to_ms(finalized_at)

    # -- intervals --

    def add_snapshots_intervals(self, snapshots_intervals: Sequence[SnapshotIntervals]) -> None:
        rows: list[repoint.IntervalRow] = []
        for one in snapshots_intervals:
            rows += _interval_rows(one, "table", _whole(one.intervals, one, "interval"), one.last_altered_ts)
            rows += _interval_rows(one, "dev", _whole(one.dev_intervals, one, "dev interval"), one.dev_last_altered_ts)
            rows += _interval_rows(one, "pending", one.pending_restatement_intervals, one.last_altered_ts)
        with _errors():
            self.store.append_intervals(rows)

    def remove_intervals(
        self,
        snapshot_intervals: Sequence[tuple[SnapshotIdAndVersionLike, Interval]],
        remove_shared_versions: bool = False,
    ) -> None:
        rows = [row for one, interval in snapshot_intervals for row in _interval_rows(one, "table", [interval], None)]
        with _errors():
            self.store.withdraw_intervals(rows, shared=remove_shared_versions)

    def compact_intervals(self) -> None:
        with _errors():
            self.store.compact_intervals()

    def refresh_snapshot_intervals(self, snapshots: Iterable[Snapshot]) -> list[Snapshot]:
        refreshed = list(snapshots)
        versioned = [snapshot for snapshot in refreshed if snapshot.version]
        for snapshot in refreshed:
            snapshot.intervals, snapshot.dev_intervals = [], []
        if versioned:
            with _errors():
                fresh = self.store.refresh(
                    repoint.Snapshot.from_json(snapshot.json(include=_SCHEDULE_FIELDS)) for snapshot in versioned
                )
            for snapshot, found in zip(versioned, fresh):
                _take_intervals(snapshot, json.loads(found.to_json()))
        return refreshed

    # -- state files --

    def export(self, environment_names: list[str] | None = None) -> StateStream:
        versions = self.get_versions(validate=True)
        with _errors(), tempfile.TemporaryDirectory(prefix="repoint-export-") as folder:
            path = Path(folder) / "state.json"
            try:
                self.store.export_state(path, environment_names or None)
            except repoint.NotFoundError as error:
                name = error.names[0] if error.names else ", ".join(environment_names or ())
                raise SQLMeshError(f"No such environment: {name}") from error
            state = json.loads(path.read_text(encoding="utf-8"))
        return StateStream.from_iterators(
            versions=versions,
            snapshots=(_with_hashes(Snapshot(**one)) for one in state["snapshots"]),
            environments=(EnvironmentWithStatements.parse_obj(one) for one in state["environments"].values()),
        )

    def import_(self, stream: StateStream, clear: bool = True) -> None:
        existing = self.get_versions()
        with _errors(), tempfile.TemporaryDirectory(prefix="repoint-import-") as folder:
            path = Path(folder) / "state.json"
            snapshots: list[Snapshot] = []
            with path.open("w", encoding="utf-8") as file:
                for text in _state_file(stream, existing, snapshots.append if self._cache else None):
                    file.write(text)
            self.store.import_state(path, replace=clear)
        if self._cache is not None:
            self._cache.clear()
            for snapshot in snapshots:
                self._cache.put(snapshot)


# ---- errors ----


@contextmanager
def _errors() -> Iterator[None]:
    """SQLMesh's kind of error for what has no words of SQLMesh's own."""
    try:
        yield
    except repoint.RepointError as error:
        raise _translated(error) from error


def _translated(error: repoint.RepointError) -> SQLMeshError:
    kind = ConflictingPlanError if isinstance(error, repoint.ConflictError) else SQLMeshError
    return kind(str(error))


def _other_plan(error: repoint.ConflictError, environment: Environment) -> str:
    return (
        f"Another plan ({error.plan_id}) was applied to the target environment '{environment.name}' while your current"
        f" plan ({environment.plan_id}) was still in progress, interrupting it. Please re-apply your plan to resolve"
        " this error."
    )


# ---- SQLMesh's values in, and out ----


def _now() -> int:
    """Python's clock, frozen or not."""
    return sqlmesh.utils.date.now_timestamp()


def _moment(ts: int | None) -> datetime | None:
    return from_ms(ts) if ts else None


def _id(id: SnapshotId) -> repoint.SnapshotId:
    return repoint.SnapshotId(id.name, id.identifier)


def _stored_form(snapshot: Snapshot) -> str:
    """Its JSON without a seed's content, as SQLMesh stores it."""
    if isinstance(snapshot.node, SeedModel):
        snapshot = snapshot.copy(update={"node": snapshot.node.to_dehydrated()})
    return snapshot.json()


def _with_hashes(snapshot: Snapshot) -> Snapshot:
    """A stored fingerprint is not computed anew."""
    SnapshotCache._update_node_hash_cache(snapshot)
    return snapshot


def _update_from(snapshot: Snapshot, document: dict[str, Any]) -> None:
    """What a parsed snapshot of the cache cannot know."""
    snapshot.updated_ts = document["updated_ts"]
    snapshot.unpaused_ts = document.get("unpaused_ts")
    snapshot.unrestorable = document.get("unrestorable", False)
    snapshot.forward_only = document.get("forward_only", False)
    snapshot.next_auto_restatement_ts = document.get("next_auto_restatement_ts")
    _take_intervals(snapshot, document)


def _take_intervals(snapshot: Snapshot, document: dict[str, Any]) -> None:
    snapshot.intervals = [tuple(one) for one in document.get("intervals", ())]
    snapshot.dev_intervals = [tuple(one) for one in document.get("dev_intervals", ())]
    snapshot.pending_restatement_intervals = [tuple(one) for one in document.get("pending_restatement_intervals", ())]
    snapshot.last_altered_ts = document.get("last_altered_ts")
    snapshot.dev_last_altered_ts = document.get("dev_last_altered_ts")


def _table_info(table: repoint.TableInfo) -> SnapshotTableInfo:
    return SnapshotTableInfo.parse_raw(table.to_json())


def _environment(environment: repoint.Environment) -> Environment:
    return Environment(**json.loads(environment.to_json()))


def _record(environment: Environment) -> repoint.Environment:
    """Times as SQLMesh stores them, whatever they are in Python."""
    times = {"start_at": time_like_to_str(environment.start_at)}
    if environment.end_at:
        times["end_at"] = time_like_to_str(environment.end_at)
    return repoint.Environment.from_json(environment.copy(update=times).json())


def _summary(row: repoint.EnvironmentRow) -> EnvironmentSummary:
    return EnvironmentSummary(
        name=row.name,
        start_at=row.start_at,
        end_at=row.end_at,
        plan_id=row.plan_id,
        previous_plan_id=row.previous_plan_id,
        expiration_ts=None if row.expires_at is None else to_ms(row.expires_at),
        finalized_ts=None if row.finalized_at is None else to_ms(row.finalized_at),
    )


def _expiry(batch_range: ExpiredBatchRange, current_ts: int | None, ignore_ttl: bool) -> dict[str, Any]:
    end = batch_range.end
    is_limit = isinstance(end, LimitBoundary)
    return {
        "at": _moment(current_ts),
        "ignore_ttl": ignore_ttl,
        "after": _boundary(batch_range.start),
        "until": None if isinstance(end, LimitBoundary) else _boundary(end),
        "limit": end.batch_size if isinstance(end, LimitBoundary) and is_limit else None,
    }


def _boundary(boundary: RowBoundary) -> repoint.RowBoundary:
    return repoint.RowBoundary(boundary.updated_ts, boundary.name, boundary.identifier)


def _whole(intervals: Sequence[Interval], of: SnapshotIntervals, what: str) -> list[Interval]:
    kept = []
    for start_ts, end_ts in intervals:
        if start_ts < end_ts:
            logger.info(
                "Adding %s (%s, %s) for snapshot %s",
                what,
                time_like_to_str(start_ts),
                time_like_to_str(end_ts),
                of.snapshot_id,
            )
            kept.append((start_ts, end_ts))
        else:
            logger.info("Skipping partial interval (%s, %s) for snapshot %s", start_ts, end_ts, of.snapshot_id)
    return kept


def _interval_rows(
    of: SnapshotIdAndVersionLike | SnapshotIntervals,
    kind: str,
    intervals: Iterable[Interval],
    last_altered_ts: int | None,
) -> list[repoint.IntervalRow]:
    assert of.version is not None
    return [
        repoint.IntervalRow(of.name, of.identifier, of.version, of.dev_version, kind, start, end, last_altered_ts)
        for start, end in intervals
    ]


def _state_file(
    stream: StateStream, existing: Versions, see_snapshot: Callable[[Snapshot], None] | None
) -> Iterator[str]:
    """The text of SQLMesh's state file for a stream, piece by piece."""
    yield '{"metadata": {"timestamp": "1970-01-01 00:00:00+00:00", "file_version": 1, "importable": true}'
    for chunk in stream:
        if isinstance(chunk, VersionsChunk):
            _check_minor_version(chunk.versions, existing)
            yield f', "versions": {chunk.versions.json()}'
        elif isinstance(chunk, SnapshotsChunk):
            yield ', "snapshots": ['
            for index, snapshot in enumerate(chunk):
                if see_snapshot is not None:
                    see_snapshot(snapshot)
                yield (", " if index else "") + _stored_form(snapshot)
            yield "]"
        elif isinstance(chunk, EnvironmentsChunk):
            yield ', "environments": {'
            for index, one in enumerate(chunk):
                yield (", " if index else "") + f"{json.dumps(one.environment.name)}: {one.json()}"
            yield "}"
    yield "}"


def _check_minor_version(incoming: Versions, existing: Versions) -> None:
    if incoming.minor_sqlmesh_version != existing.minor_sqlmesh_version:
        raise SQLMeshError(
            f"SQLMesh version mismatch. You are running '{existing.sqlmesh_version}' but the state file was created"
            f" with '{incoming.sqlmesh_version}'.\n"
            "Please upgrade/downgrade your SQLMesh version to match the state file before performing the import."
        )


# ---- configuration ----


def url_of(connection: str | ConnectionConfig) -> str:
    """The URL of the database that SQLMesh's configuration of a connection names; a URL stays as it is.

    Raises:
        ConfigError: repoint keeps no state on this kind of database.
    """
    if isinstance(connection, str):
        return connection
    if not isinstance(connection, ConnectionConfig):
        raise TypeError(f"a URL or a connection's configuration is needed, not {type(connection).__name__}")
    of_kind = {"postgres": _postgres_url, "mysql": _mysql_url, "duckdb": _duckdb_url}.get(connection.type_)
    if of_kind is None:
        raise ConfigError(f"repoint keeps no state on {connection.type_}; name a state_connection that it can use.")
    return of_kind(connection)


def _server_url(scheme: str, connection: Any, parameters: dict[str, Any]) -> str:
    login = quote(str(connection.user), safe="")
    if connection.password:
        login += ":" + quote(str(connection.password), safe="")
    host = str(connection.host)
    is_folder = host.startswith("/")  # of a socket
    if is_folder:
        parameters = {"host" if scheme == "postgresql" else "socket": host, **parameters}
    elif ":" in host:
        host = f"[{host}]"
    port = f":{connection.port}" if connection.port else ""
    given = {key: value for key, value in parameters.items() if value is not None}
    query = urlencode(given, quote_via=quote)
    return f"{scheme}://{login}@{'' if is_folder else host}{port}/{quote(connection.database or '', safe='')}" + (
        f"?{query}" if query else ""
    )


def _postgres_url(connection: Any) -> str:
    return _server_url(
        "postgresql",
        connection,
        {
            "sslmode": connection.sslmode,
            "connect_timeout": connection.connect_timeout,
            "keepalives_idle": connection.keepalives_idle,
            "application_name": connection.application_name,
            "options": f"-c role={connection.role}" if connection.role else None,
        },
    )


def _mysql_url(connection: Any) -> str:
    return _server_url("mysql", connection, {})


def _duckdb_url(connection: Any) -> str:
    if not connection.database or connection.database == ":memory:":
        raise ConfigError("repoint needs a file for state on DuckDB, not a database in memory.")
    return f"duckdb:{connection.database}"


class RepointSchedulerConfig(BuiltInSchedulerConfig):
    """SQLMesh's own scheduler, with the state kept by repoint.

    Args:
        url: The state store; None: the gateway's `state_connection`, else its connection.
        schema: Where the state tables are; None: the gateway's `state_schema`.
        atomic_views: A plan changes the views of its environment in one transaction, together with the record,
            where the state is in the warehouse's own database and that is PostgreSQL or DuckDB.
        cutover_timeout: How long that tries to get in between readers, in seconds.
    """

    type_: Any = Field(alias="type", default="repoint")
    # Pydantic reads these, and Python 3.9 has no other way to say it.
    url: Optional[str] = None  # noqa: UP045
    state_schema: Optional[str] = None  # noqa: UP045
    atomic_views: bool = False
    cutover_timeout: float = 30.0

    def create_state_sync(self, context: Any) -> StateSync:
        """The state sync of a context."""
        return RepointStateSync(
            self._state(context),
            schema=self.state_schema or context.config.get_state_schema(context.gateway) or "sqlmesh",
            console=context.console,
            cache_dir=context.cache_dir,
        )

    def create_plan_evaluator(self, context: Any) -> PlanEvaluator:
        """What applies the plans of a context."""
        if not self.atomic_views:
            return super().create_plan_evaluator(context)
        from repoint._virtual_layer import AtomicPlanEvaluator

        return AtomicPlanEvaluator(
            state_sync=context.state_sync,
            snapshot_evaluator=context.snapshot_evaluator,
            create_scheduler=context.create_scheduler,
            default_catalog=context.default_catalog,
            console=context.console,
            why_not=self._why_not(context),
            timeout=self.cutover_timeout,
        )

    def _state(self, context: Any) -> Any:
        """A URL, or a connection to the DuckDB that SQLMesh has open."""
        shared = self.atomic_views and self.url is None and context.connection_config.type_ == "duckdb"
        if shared and self._is_warehouse(context):
            return context.engine_adapter.connection.cursor()
        return self._url(context)

    def _url(self, context: Any) -> str:
        return self.url if self.url is not None else url_of(self._state_connection(context))

    def _state_connection(self, context: Any) -> Any:
        return context.config.get_state_connection(context.gateway) or context.connection_config

    def _is_warehouse(self, context: Any) -> bool:
        """Is the state in the warehouse's own database?"""
        state, warehouse = self._state_connection(context), context.connection_config
        if self.url is None and state.type_ == warehouse.type_ == "duckdb":
            return bool(state.database == warehouse.database)
        try:
            return _place_of(self._url(context)) == _place_of(url_of(warehouse))
        except ConfigError:
            return False

    def _why_not(self, context: Any) -> str | None:
        if context.connection_config.type_ not in ("postgres", "duckdb"):
            return f"views do not change in one transaction on {context.connection_config.type_}"
        return None if self._is_warehouse(context) else "the state is in another database than the views"

    def state_sync_fingerprint(self, context: Any) -> str:
        """Which state it is, without passwords."""
        return super().state_sync_fingerprint(context) if self.url is None else md5([self.url.split("@")[-1]])


def _place_of(url: str) -> tuple[str, str, str, str]:
    """The database of a URL, whoever connects to it."""
    parts = urlsplit(url)
    words = dict(parse_qsl(parts.query))
    host = parts.hostname or words.get("host") or "localhost"
    return (
        parts.scheme.replace("postgres:", "postgresql:"),
        host,
        str(parts.port or words.get("port", 5432)),
        parts.path,
    )


SCHEDULER_CONFIG_TO_TYPE.setdefault("repoint", RepointSchedulerConfig)
