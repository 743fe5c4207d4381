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
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

import sqlglot
import sqlmesh
import sqlmesh.utils.date
from sqlmesh.core.config import ConnectionConfig
from sqlmesh.core.console import Console, get_console
from sqlmesh.core.environment import (
    Environment,
    EnvironmentNamingInfo,
    EnvironmentStatements,
    EnvironmentSummary,
)
from sqlmesh.core.model import ModelKindName
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
)
from sqlmesh.core.snapshot.cache import SnapshotCache
from sqlmesh.core.snapshot.definition import Interval
from sqlmesh.core.state_sync.base import SCHEMA_VERSION, StateSync, Versions
from sqlmesh.core.state_sync.common import (
    EnvironmentWithStatements,
    ExpiredBatchRange,
    ExpiredSnapshotBatch,
    PromotionResult,
    RowBoundary,
    StateStream,
)
from sqlmesh.utils.date import TimeLike, to_timestamp
from sqlmesh.utils.errors import ConflictingPlanError, SQLMeshError

import repoint
from repoint._dbapi import adapter_of
from repoint._sqlmesh_config import RepointSchedulerConfig, url_of
from repoint._sqlmesh_values import (
    SCHEDULE_FIELDS,
    environment_of,
    expiry_of,
    id_of,
    interval_rows_of,
    moment_of,
    now_ms,
    other_plan,
    record_of,
    sqlmesh_errors,
    state_file_text,
    stored_form,
    summary_of,
    table_info_of,
    take_intervals,
    translated,
    update_from,
    whole_intervals,
    with_hashes,
)
from repoint.times import from_ms, to_ms

__all__ = ["RepointSchedulerConfig", "RepointStateSync", "url_of"]

logger = logging.getLogger(__name__)

SQLMESH_VERSION: str = sqlmesh.__version__
SQLGLOT_VERSION: str = sqlglot.__version__  # type: ignore[attr-defined]


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
        return repoint.Store(store, schema=self._schema, busy_timeout=self._busy_timeout, now=now_ms, **options)

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
            raise translated(error) from error
        except repoint.RepointError as error:
            raise translated(error) from error
        return Versions(**versions._asdict())

    def _is_file_to_be_made(self) -> bool:
        scheme, _, path = self._url.partition(":")
        return self._connection is None and scheme in ("sqlite", "duckdb") and not os.path.exists(path)

    def migrate(self, skip_backup: bool = False, promoted_snapshots_only: bool = True) -> None:
        with sqlmesh_errors():
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
        with sqlmesh_errors():
            try:
                self.store.rollback_migration()
            except repoint.NotFoundError:
                raise SQLMeshError("There are no prior migrations to roll back to.") from None

    def remove_state(self, including_backup: bool = False) -> None:
        with sqlmesh_errors():
            self.store.remove(backups=including_backup)
        self.close()
        self.clear_cache()

    def reset(self, default_catalog: str | None = None) -> None:
        """Empties the state."""
        with sqlmesh_errors():
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
        with sqlmesh_errors():
            added = self.store.push([repoint.Snapshot.from_json(stored_form(snapshot)) for snapshot in by_id.values()])
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
        with sqlmesh_errors():
            stored = self.store.snapshots(map(id_of, ids))
        documents: dict[SnapshotId, dict[str, Any]] = {}
        for one in stored:
            document = json.loads(one.to_json())
            documents[SnapshotId(name=one.name, identifier=one.identifier)] = document

        def load(ids_to_load: set[SnapshotId]) -> list[Snapshot]:
            return [Snapshot(**documents[id]) for id in ids_to_load if id in documents]

        if self._cache is None:
            return {snapshot.snapshot_id: with_hashes(snapshot) for snapshot in load(ids)}
        snapshots, cached_ids = self._cache.get_or_load(ids, load)
        for id in cached_ids:
            if id in documents:
                update_from(snapshots[id], documents[id])
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
        with sqlmesh_errors():
            rows = self.store.snapshot_rows_by_names(names, exclude_expired=exclude_expired, at=moment_of(current_ts))
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
        with sqlmesh_errors():
            found = self.store.snapshots_exist(id_of(one.snapshot_id) for one in snapshot_ids)
        return {SnapshotId(name=name, identifier=identifier) for name, identifier in found}

    def nodes_exist(self, names: Iterable[str], exclude_external: bool = False) -> set[str]:
        with sqlmesh_errors():
            return self.store.models_exist(set(names), exclude_external=exclude_external)

    def delete_snapshots(self, snapshot_ids: Iterable[SnapshotIdLike]) -> None:
        with sqlmesh_errors():
            self.store.delete_snapshots(id_of(one.snapshot_id) for one in snapshot_ids)

    def unpause_snapshots(self, snapshots: Iterable[SnapshotInfoLike], unpaused_dt: TimeLike) -> None:
        tables = [repoint.TableInfo.from_json(snapshot.table_info.json()) for snapshot in snapshots]
        with sqlmesh_errors():
            self.store.unpause(tables, from_ms(to_timestamp(unpaused_dt)))

    def update_auto_restatements(self, next_auto_restatement_ts: dict[SnapshotNameVersion, int | None]) -> None:
        with sqlmesh_errors():
            self.store.update_auto_restatements(
                {(one.name, one.version): moment_of(ts) for one, ts in next_auto_restatement_ts.items()}
            )

    # -- expiry --

    def get_expired_snapshots(
        self,
        *,
        batch_range: ExpiredBatchRange,
        current_ts: int | None = None,
        ignore_ttl: bool = False,
    ) -> ExpiredSnapshotBatch | None:
        with sqlmesh_errors():
            batch = self.store.expired_snapshots(**expiry_of(batch_range, current_ts, ignore_ttl))
        if batch is None:
            return None
        return ExpiredSnapshotBatch(
            expired_snapshot_ids={
                SnapshotId(name=name, identifier=identifier) for name, identifier in batch.snapshot_ids
            },
            cleanup_tasks=[
                SnapshotTableCleanupTask(snapshot=table_info_of(task.table), dev_table_only=task.dev_table_only)
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
        with sqlmesh_errors():
            self.store.delete_expired_snapshots(**expiry_of(batch_range, current_ts, ignore_ttl))

    def get_expired_environments(self, current_ts: int, name: str | None = None) -> list[EnvironmentSummary]:
        with sqlmesh_errors():
            return [summary_of(row) for row in self.store.expired_environments(name, at=moment_of(current_ts))]

    def delete_expired_environments(
        self, current_ts: int | None = None, name: str | None = None
    ) -> list[EnvironmentSummary]:
        with sqlmesh_errors():
            return [summary_of(row) for row in self.store.delete_expired_environments(name, at=moment_of(current_ts))]

    # -- environments --

    def get_environment(self, environment: str) -> Environment | None:
        with sqlmesh_errors():
            try:
                return environment_of(self.store.environment(environment))
            except (repoint.NotFoundError, repoint.InvalidError):
                return None

    def get_environments(self) -> list[Environment]:
        with sqlmesh_errors():
            names = [row.name for row in self.store.environments()]
        # One that goes in between is not there.
        return [found for found in map(self.get_environment, names) if found is not None]

    def get_environments_summary(self) -> list[EnvironmentSummary]:
        with sqlmesh_errors():
            return [summary_of(row) for row in self.store.environments()]

    def get_environment_statements(self, environment: str) -> list[EnvironmentStatements]:
        with sqlmesh_errors():
            return [EnvironmentStatements.parse_obj(one) for one in self.store.statements(environment)]

    def invalidate_environment(self, name: str, protect_prod: bool = True) -> None:
        with sqlmesh_errors():
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
        with sqlmesh_errors():
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
        with sqlmesh_errors():
            try:
                promotion = self.store.promote(
                    record_of(environment),
                    no_gaps=no_gaps_snapshot_names,
                    exact_names=True,
                    statements=statements,
                    ahead=ahead,
                )
            except repoint.ConflictError as error:
                if error.plan_id is None:  # somebody deploys it
                    raise
                raise ConflictingPlanError(other_plan(error, environment)) from error
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
            removed=[table_info_of(table) for table in promotion.removed],
            removed_environment_naming_info=None
            if promotion.removed_naming is None
            else EnvironmentNamingInfo(**promotion.removed_naming),
        )

    def finalize(self, environment: Environment) -> None:
        logger.info("Finalizing environment '%s'", environment.name)
        # Only its name and its plan count, and the record may be large.
        record = repoint.Environment(environment.name, (), start="1970-01-01", plan_id=environment.plan_id)
        with sqlmesh_errors():
            try:
                finalized = self.store.finalize(record)
            except repoint.ConflictError as error:
                raise SQLMeshError(other_plan(error, environment)) from error
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
            sqlmesh_errors(),
            self.store.open_deployment(
                environment.name, cutover_timeout=timeout, wait_seconds=self._busy_timeout
            ) as deployment,
        ):
            open_plan_id = deployment.info().plan_id
            if open_plan_id != environment.plan_id:
                other = repoint.ConflictError("another plan", detail={"plan_id": open_plan_id})
                raise ConflictingPlanError(other_plan(other, environment))
            deployment.cutover()
            finalized_at = deployment.info().finalized_at
        assert finalized_at is not None
        environment.finalized_ts = to_ms(finalized_at)

    # -- intervals --

    def add_snapshots_intervals(self, snapshots_intervals: Sequence[SnapshotIntervals]) -> None:
        rows: list[repoint.IntervalRow] = []
        for one in snapshots_intervals:
            rows += interval_rows_of(one, "table", whole_intervals(one.intervals, one, "interval"), one.last_altered_ts)
            rows += interval_rows_of(
                one, "dev", whole_intervals(one.dev_intervals, one, "dev interval"), one.dev_last_altered_ts
            )
            rows += interval_rows_of(one, "pending", one.pending_restatement_intervals, one.last_altered_ts)
        with sqlmesh_errors():
            self.store.append_intervals(rows)

    def remove_intervals(
        self,
        snapshot_intervals: Sequence[tuple[SnapshotIdAndVersionLike, Interval]],
        remove_shared_versions: bool = False,
    ) -> None:
        rows = [row for one, interval in snapshot_intervals for row in interval_rows_of(one, "table", [interval], None)]
        with sqlmesh_errors():
            self.store.withdraw_intervals(rows, shared=remove_shared_versions)

    def compact_intervals(self) -> None:
        with sqlmesh_errors():
            self.store.compact_intervals()

    def refresh_snapshot_intervals(self, snapshots: Iterable[Snapshot]) -> list[Snapshot]:
        refreshed = list(snapshots)
        versioned = [snapshot for snapshot in refreshed if snapshot.version]
        for snapshot in refreshed:
            snapshot.intervals, snapshot.dev_intervals = [], []
        if versioned:
            with sqlmesh_errors():
                fresh = self.store.refresh(
                    repoint.Snapshot.from_json(snapshot.json(include=SCHEDULE_FIELDS)) for snapshot in versioned
                )
            for snapshot, found in zip(versioned, fresh):
                take_intervals(snapshot, json.loads(found.to_json()))
        return refreshed

    # -- state files --

    def export(self, environment_names: list[str] | None = None) -> StateStream:
        versions = self.get_versions(validate=True)
        with sqlmesh_errors(), tempfile.TemporaryDirectory(prefix="repoint-export-") as folder:
            path = Path(folder) / "state.json"
            try:
                self.store.export_state(path, environment_names or None)
            except repoint.NotFoundError as error:
                name = error.names[0] if error.names else ", ".join(environment_names or ())
                raise SQLMeshError(f"No such environment: {name}") from error
            state = json.loads(path.read_text(encoding="utf-8"))
        return StateStream.from_iterators(
            versions=versions,
            snapshots=(with_hashes(Snapshot(**one)) for one in state["snapshots"]),
            environments=(EnvironmentWithStatements.parse_obj(one) for one in state["environments"].values()),
        )

    def import_(self, stream: StateStream, clear: bool = True) -> None:
        existing = self.get_versions()
        with sqlmesh_errors(), tempfile.TemporaryDirectory(prefix="repoint-import-") as folder:
            path = Path(folder) / "state.json"
            snapshots: list[Snapshot] = []
            with path.open("w", encoding="utf-8") as file:
                for text in state_file_text(stream, existing, snapshots.append if self._cache else None):
                    file.write(text)
            self.store.import_state(path, replace=clear)
        if self._cache is not None:
            self._cache.clear()
            for snapshot in snapshots:
                self._cache.put(snapshot)
