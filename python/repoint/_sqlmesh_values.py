"""SQLMesh's objects and errors, from repoint's and back."""

from __future__ import annotations

import json
import logging
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from typing import Any, Callable

import sqlmesh
import sqlmesh.utils.date
from sqlmesh.core.environment import (
    Environment,
    EnvironmentSummary,
)
from sqlmesh.core.model import SeedModel
from sqlmesh.core.snapshot import (
    Snapshot,
    SnapshotId,
    SnapshotIdAndVersionLike,
    SnapshotIntervals,
    SnapshotTableInfo,
)
from sqlmesh.core.snapshot.cache import SnapshotCache
from sqlmesh.core.snapshot.definition import Interval
from sqlmesh.core.state_sync.base import Versions
from sqlmesh.core.state_sync.common import (
    EnvironmentsChunk,
    ExpiredBatchRange,
    LimitBoundary,
    RowBoundary,
    SnapshotsChunk,
    StateStream,
    VersionsChunk,
)
from sqlmesh.utils.date import time_like_to_str
from sqlmesh.utils.errors import ConflictingPlanError, SQLMeshError

import repoint
from repoint.times import from_ms, to_ms

logger = logging.getLogger("repoint.sqlmesh")

# What a snapshot's JSON needs for its intervals alone: its identity, its schedule, its kind.
SCHEDULE_FIELDS: Any = {
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


# ---- errors ----


@contextmanager
def sqlmesh_errors() -> Iterator[None]:
    """SQLMesh's kind of error for what has no words of SQLMesh's own."""
    try:
        yield
    except repoint.RepointError as error:
        raise translated(error) from error


def translated(error: repoint.RepointError) -> SQLMeshError:
    kind = ConflictingPlanError if isinstance(error, repoint.ConflictError) else SQLMeshError
    return kind(str(error))


def other_plan(error: repoint.ConflictError, environment: Environment) -> str:
    return (
        f"Another plan ({error.plan_id}) was applied to the target environment '{environment.name}' while your current"
        f" plan ({environment.plan_id}) was still in progress, interrupting it. Please re-apply your plan to resolve"
        " this error."
    )


# ---- SQLMesh's values in, and out ----


def now_ms() -> int:
    """Python's clock, frozen or not."""
    return sqlmesh.utils.date.now_timestamp()


def moment_of(ts: int | None) -> datetime | None:
    return from_ms(ts) if ts else None


def id_of(id: SnapshotId) -> repoint.SnapshotId:
    return repoint.SnapshotId(id.name, id.identifier)


def stored_form(snapshot: Snapshot) -> str:
    """Its JSON without a seed's content, as SQLMesh stores it."""
    if isinstance(snapshot.node, SeedModel):
        snapshot = snapshot.copy(update={"node": snapshot.node.to_dehydrated()})
    return snapshot.json()


def with_hashes(snapshot: Snapshot) -> Snapshot:
    """A stored fingerprint is not computed anew."""
    SnapshotCache._update_node_hash_cache(snapshot)
    return snapshot


def update_from(snapshot: Snapshot, document: dict[str, Any]) -> None:
    """What a parsed snapshot of the cache cannot know."""
    snapshot.updated_ts = document["updated_ts"]
    snapshot.unpaused_ts = document.get("unpaused_ts")
    snapshot.unrestorable = document.get("unrestorable", False)
    snapshot.forward_only = document.get("forward_only", False)
    snapshot.next_auto_restatement_ts = document.get("next_auto_restatement_ts")
    take_intervals(snapshot, document)


def take_intervals(snapshot: Snapshot, document: dict[str, Any]) -> None:
    snapshot.intervals = [tuple(one) for one in document.get("intervals", ())]
    snapshot.dev_intervals = [tuple(one) for one in document.get("dev_intervals", ())]
    snapshot.pending_restatement_intervals = [tuple(one) for one in document.get("pending_restatement_intervals", ())]
    snapshot.last_altered_ts = document.get("last_altered_ts")
    snapshot.dev_last_altered_ts = document.get("dev_last_altered_ts")


def table_info_of(table: repoint.TableInfo) -> SnapshotTableInfo:
    return SnapshotTableInfo.parse_raw(table.to_json())


def environment_of(environment: repoint.Environment) -> Environment:
    return Environment(**json.loads(environment.to_json()))


def record_of(environment: Environment) -> repoint.Environment:
    """Times as SQLMesh stores them, whatever they are in Python."""
    times = {"start_at": time_like_to_str(environment.start_at)}
    if environment.end_at:
        times["end_at"] = time_like_to_str(environment.end_at)
    return repoint.Environment.from_json(environment.copy(update=times).json())


def summary_of(row: repoint.EnvironmentRow) -> EnvironmentSummary:
    return EnvironmentSummary(
        name=row.name,
        start_at=row.start_at,
        end_at=row.end_at,
        plan_id=row.plan_id,
        previous_plan_id=row.previous_plan_id,
        expiration_ts=None if row.expires_at is None else to_ms(row.expires_at),
        finalized_ts=None if row.finalized_at is None else to_ms(row.finalized_at),
    )


def expiry_of(batch_range: ExpiredBatchRange, current_ts: int | None, ignore_ttl: bool) -> dict[str, Any]:
    end = batch_range.end
    is_limit = isinstance(end, LimitBoundary)
    return {
        "at": moment_of(current_ts),
        "ignore_ttl": ignore_ttl,
        "after": boundary_of(batch_range.start),
        "until": None if isinstance(end, LimitBoundary) else boundary_of(end),
        "limit": end.batch_size if isinstance(end, LimitBoundary) and is_limit else None,
    }


def boundary_of(boundary: RowBoundary) -> repoint.RowBoundary:
    return repoint.RowBoundary(boundary.updated_ts, boundary.name, boundary.identifier)


def whole_intervals(intervals: Sequence[Interval], of: SnapshotIntervals, what: str) -> list[Interval]:
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


def interval_rows_of(
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


def state_file_text(
    stream: StateStream, existing: Versions, see_snapshot: Callable[[Snapshot], None] | None
) -> Iterator[str]:
    """The text of SQLMesh's state file for a stream, piece by piece."""
    yield '{"metadata": {"timestamp": "1970-01-01 00:00:00+00:00", "file_version": 1, "importable": true}'
    for chunk in stream:
        if isinstance(chunk, VersionsChunk):
            check_minor_version(chunk.versions, existing)
            yield f', "versions": {chunk.versions.json()}'
        elif isinstance(chunk, SnapshotsChunk):
            yield ', "snapshots": ['
            for index, snapshot in enumerate(chunk):
                if see_snapshot is not None:
                    see_snapshot(snapshot)
                yield (", " if index else "") + stored_form(snapshot)
            yield "]"
        elif isinstance(chunk, EnvironmentsChunk):
            yield ', "environments": {'
            for index, one in enumerate(chunk):
                yield (", " if index else "") + f"{json.dumps(one.environment.name)}: {one.json()}"
            yield "}"
    yield "}"


def check_minor_version(incoming: Versions, existing: Versions) -> None:
    if incoming.minor_sqlmesh_version != existing.minor_sqlmesh_version:
        raise SQLMeshError(
            f"SQLMesh version mismatch. You are running '{existing.sqlmesh_version}' but the state file was created"
            f" with '{incoming.sqlmesh_version}'.\n"
            "Please upgrade/downgrade your SQLMesh version to match the state file before performing the import."
        )
