"""Tables, snapshots, environments and promotions.

They are values: none of them ever changes, so that threads may share them. What is to be different is made anew
(`Environment.new_plan()`, `Environment.replace()`).
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime
from typing import Any, NamedTuple

from repoint._calls import checked, take_text, text_in, text_out, text_out_or_none
from repoint._native import ffi, lib
from repoint.errors import InvalidError, SnapshotId
from repoint.times import Interval, TimeLike, from_ms, to_ms, to_text

_POINTERS = {ctype: ffi.typeof(f"{ctype} *") for ctype in ("repoint_table", "repoint_snapshot", "repoint_environment")}


def _json_of(value: Any, what: str) -> bytes:
    """The JSON text of an object, or of text that is JSON already, for C."""
    if isinstance(value, (bytes, bytearray)):
        return bytes(value)
    if isinstance(value, str):
        return text_in(value, what)
    try:
        return json.dumps(value).encode()
    except (TypeError, ValueError) as error:
        raise InvalidError(f"{what} cannot be written as JSON: {error}") from None


def _parsed(read: Any, free: Any, ctype: str, value: Any, what: str) -> Any:
    text = _json_of(value, what)
    out = ffi.new(ctype)
    checked(read, text, len(text), out)
    return ffi.gc(out[0], free)


class TableInfo:
    """One version of a model, as an environment remembers it: a snapshot without its definition."""

    __slots__ = ("_owner", "_pointer")

    def __init__(self, pointer: Any, owner: object = None) -> None:
        """For the package's own use: `TableInfo.from_json()`, `Environment.snapshots`, `Snapshot.table_info`."""
        self._pointer = _pointer_of("repoint_table", pointer)
        self._owner = owner

    @classmethod
    def from_json(cls, value: str | bytes | Mapping[str, Any]) -> TableInfo:
        """From SQLMesh's JSON, as text or as an object. Raises InvalidError."""
        free = lib.repoint_table_free
        return cls(_parsed(lib.repoint_table_from_json, free, "repoint_table **", value, "a table"))

    def to_json(self) -> str:
        """SQLMesh's JSON."""
        return take_text(lib.repoint_table_to_json(self._pointer))

    @property
    def name(self) -> str:
        """The model's full quoted name, such as `"warehouse"."shop"."orders"`."""
        return text_out(lib.repoint_table_name(self._pointer))

    @property
    def identifier(self) -> str:
        """The snapshot's identifier."""
        return text_out(lib.repoint_table_identifier(self._pointer))

    @property
    def version(self) -> str:
        """The version of the physical table."""
        return text_out(lib.repoint_table_version(self._pointer))

    @property
    def kind(self) -> str | None:
        """The model's kind, such as "INCREMENTAL_BY_TIME_RANGE"; None for a standalone audit."""
        return text_out_or_none(lib.repoint_table_kind(self._pointer))

    @property
    def snapshot_id(self) -> SnapshotId:
        return SnapshotId(self.name, self.identifier)

    def physical_name(self, *, dev: bool = False) -> str | None:
        """Where the data lies: the version's table, or its development table. None where there is none."""
        pointer = lib.repoint_table_physical_name(self._pointer, bool(dev))
        return None if pointer == ffi.NULL else take_text(pointer)

    def __eq__(self, other: object) -> bool:
        return self.snapshot_id == other.snapshot_id if isinstance(other, TableInfo) else NotImplemented

    def __hash__(self) -> int:
        return hash(self.snapshot_id)

    def __repr__(self) -> str:
        return f"<TableInfo {self.name} identifier={self.identifier} version={self.version}>"

    def __reduce__(self) -> tuple[Any, ...]:
        return TableInfo.from_json, (self.to_json(),)


class Snapshot:
    """One version of a model, whole, with the intervals that it had when it was loaded."""

    __slots__ = ("_owner", "_pointer")

    def __init__(self, pointer: Any, owner: object = None) -> None:
        """For the package's own use: `Snapshot.from_json()`, `Store.snapshot()`."""
        self._pointer = _pointer_of("repoint_snapshot", pointer)
        self._owner = owner

    @classmethod
    def from_json(cls, value: str | bytes | Mapping[str, Any]) -> Snapshot:
        """From the object of SQLMesh's state file, as text or as an object. Raises InvalidError."""
        free = lib.repoint_snapshot_free
        return cls(_parsed(lib.repoint_snapshot_from_json, free, "repoint_snapshot **", value, "a snapshot"))

    def to_json(self) -> str:
        """The object of SQLMesh's state file, intervals included."""
        return take_text(lib.repoint_snapshot_to_json(self._pointer))

    @property
    def name(self) -> str:
        """The model's full quoted name."""
        return text_out(lib.repoint_snapshot_name(self._pointer))

    @property
    def identifier(self) -> str:
        return text_out(lib.repoint_snapshot_identifier(self._pointer))

    @property
    def version(self) -> str | None:
        """The version of the physical table; None while the change is not categorised."""
        return text_out_or_none(lib.repoint_snapshot_version(self._pointer))

    @property
    def snapshot_id(self) -> SnapshotId:
        return SnapshotId(self.name, self.identifier)

    @property
    def table_info(self) -> TableInfo:
        """The snapshot as an environment refers to it. Raises InvalidError when it is not categorised."""
        out = ffi.new("repoint_table **")
        checked(lib.repoint_snapshot_table, self._pointer, out)
        return TableInfo(ffi.gc(out[0], lib.repoint_table_free))

    @property
    def intervals(self) -> tuple[Interval, ...]:
        """What the version's table has data for."""
        return self._intervals(lib.REPOINT_INTERVALS)

    @property
    def dev_intervals(self) -> tuple[Interval, ...]:
        """What the development table has data for."""
        return self._intervals(lib.REPOINT_INTERVALS_DEV)

    @property
    def pending_restatements(self) -> tuple[Interval, ...]:
        """What has to be computed again and has not been."""
        return self._intervals(lib.REPOINT_INTERVALS_PENDING)

    def _intervals(self, kind: int) -> tuple[Interval, ...]:
        return intervals_of(lib.repoint_snapshot_intervals(self._pointer, kind))

    def __eq__(self, other: object) -> bool:
        return self.snapshot_id == other.snapshot_id if isinstance(other, Snapshot) else NotImplemented

    def __hash__(self) -> int:
        return hash(self.snapshot_id)

    def __repr__(self) -> str:
        return f"<Snapshot {self.name} identifier={self.identifier} version={self.version}>"

    def __reduce__(self) -> tuple[Any, ...]:
        return Snapshot.from_json, (self.to_json(),)


def intervals_of(interval_list: Any) -> tuple[Interval, ...]:
    """The intervals of a list of C, which is freed."""
    try:
        count = lib.repoint_interval_list_count(interval_list)
        return tuple(interval_of(lib.repoint_interval_list_at(interval_list, index)) for index in range(count))
    finally:
        lib.repoint_interval_list_free(interval_list)


def interval_of(interval: Any) -> Interval:
    return Interval(from_ms(interval.start_ts), from_ms(interval.end_ts))


class Environment:
    """A named set of pointers to snapshots, which readers see as views.

    It is the record of one plan: what the environment is at (`Store.environment()`), or what it is to become
    (`new_plan()`, or `Environment(...)` for a new one), which `Store.promote()` then writes.

    Args:
        name: The environment's name; other characters than letters, digits and `_` become `_`.
        snapshots: What its models point to.
        start: The beginning of the time that it covers.
        end: The end of that time, or None: it is open.
        plan_id: The identity of the change; None makes a new one.
        previous_plan_id: The plan that it follows: the one that the stored environment is at, None for a new one.
        expires: When it may be removed, or None: never.
        promoted: The snapshots that have views, by id; None is all of them.
        previous_finalized_snapshots: What it pointed to when it was last finalized.
        suffix_target: Where the environment's name stands in those of its views: "schema", "table" or "catalog".
        catalog_name_override: The catalog of its views, instead of the models' own.
        requirements: Versions of the Python packages that its models need.
    """

    __slots__ = ("_document", "_pointer", "_snapshots")

    def __init__(
        self,
        name: str,
        snapshots: Iterable[TableInfo],
        *,
        start: TimeLike,
        end: TimeLike | None = None,
        plan_id: str | None = None,
        previous_plan_id: str | None = None,
        expires: datetime | None = None,
        promoted: Iterable[SnapshotId] | None = None,
        previous_finalized_snapshots: Iterable[TableInfo] | None = None,
        suffix_target: str = "schema",
        catalog_name_override: str | None = None,
        requirements: Mapping[str, str] | None = None,
    ) -> None:
        document: dict[str, Any] = {
            "name": name,
            "start_at": to_text(start),
            "end_at": None if end is None else to_text(end),
            "plan_id": new_plan_id() if plan_id is None else plan_id,
            "previous_plan_id": previous_plan_id,
            "expiration_ts": None if expires is None else to_ms(expires),
            "suffix_target": suffix_target,
            "catalog_name_override": catalog_name_override,
            "normalize_name": True,
            "gateway_managed": False,
            "requirements": dict(requirements or {}),
            "snapshots": _documents(snapshots, "snapshots"),
            "promoted_snapshot_ids": _id_documents(promoted),
            "previous_finalized_snapshots": None
            if previous_finalized_snapshots is None
            else _documents(previous_finalized_snapshots, "previous_finalized_snapshots"),
        }
        self._set(_environment_pointer({key: value for key, value in document.items() if value is not None}))

    def _set(self, pointer: Any) -> None:
        self._pointer = pointer
        self._snapshots: tuple[TableInfo, ...] | None = None
        self._document: dict[str, Any] | None = None

    @classmethod
    def from_pointer(cls, pointer: Any) -> Environment:
        """For the package's own use."""
        environment = cls.__new__(cls)
        environment._set(_pointer_of("repoint_environment", pointer))
        return environment

    @classmethod
    def from_json(cls, value: str | bytes | Mapping[str, Any]) -> Environment:
        """From SQLMesh's JSON, as text or as an object. Raises InvalidError."""
        return cls.from_pointer(_environment_pointer(value))

    def to_json(self) -> str:
        """SQLMesh's JSON."""
        return take_text(lib.repoint_environment_to_json(self._pointer))

    @property
    def document(self) -> dict[str, Any]:
        """A copy of the record as SQLMesh's JSON object."""
        parsed: dict[str, Any] = json.loads(self.to_json())
        return parsed

    def _field(self, key: str) -> Any:
        if self._document is None:
            self._document = self.document
        return self._document.get(key)

    @property
    def name(self) -> str:
        return text_out(lib.repoint_environment_name(self._pointer))

    @property
    def plan_id(self) -> str:
        """The identity of the change that this record is."""
        return text_out(lib.repoint_environment_plan_id(self._pointer))

    @property
    def previous_plan_id(self) -> str | None:
        """The plan that this one follows."""
        return text_out_or_none(lib.repoint_environment_previous_plan_id(self._pointer))

    @property
    def start_at(self) -> str:
        """The beginning of the time that it covers, as it is stored."""
        return str(self._field("start_at"))

    @property
    def end_at(self) -> str | None:
        """The end of that time, as it is stored; None: it is open."""
        end = self._field("end_at")
        return None if end is None else str(end)

    @property
    def finalized_at(self) -> datetime | None:
        """Since when it is finalized; None while it is a draft."""
        ms = lib.repoint_environment_finalized_ts(self._pointer)
        return from_ms(ms) if ms else None

    @property
    def expires_at(self) -> datetime | None:
        """When it may be removed; None: never."""
        ms = lib.repoint_environment_expiration_ts(self._pointer)
        return from_ms(ms) if ms else None

    @property
    def suffix_target(self) -> str:
        """Where its name stands in the names of its views: "schema", "table" or "catalog"."""
        return str(self._field("suffix_target") or "schema")

    @property
    def catalog_name_override(self) -> str | None:
        override = self._field("catalog_name_override")
        return None if override is None else str(override)

    @property
    def requirements(self) -> dict[str, str]:
        return dict(self._field("requirements") or {})

    @property
    def snapshots(self) -> tuple[TableInfo, ...]:
        """What its models point to."""
        if self._snapshots is None:
            count = lib.repoint_environment_table_count(self._pointer)
            self._snapshots = tuple(
                TableInfo(lib.repoint_environment_table(self._pointer, index), self._pointer) for index in range(count)
            )
        return self._snapshots

    @property
    def promoted_snapshots(self) -> tuple[TableInfo, ...]:
        """Those of `snapshots` that have views."""
        ids = self._field("promoted_snapshot_ids")
        if ids is None:
            return self.snapshots
        promoted = {SnapshotId(one["name"], one["identifier"]) for one in ids}
        return tuple(table for table in self.snapshots if table.snapshot_id in promoted)

    @property
    def previous_finalized_snapshots(self) -> tuple[TableInfo, ...]:
        """What it pointed to when it was last finalized: the way back."""
        return tuple(map(TableInfo.from_json, self._field("previous_finalized_snapshots") or ()))

    def __getitem__(self, name: str) -> TableInfo:
        """What the model of this full name points to. Raises KeyError."""
        for table in self.snapshots:
            if table.name == name:
                return table
        raise KeyError(name)

    def __iter__(self) -> Iterator[TableInfo]:
        return iter(self.snapshots)

    def __len__(self) -> int:
        return int(lib.repoint_environment_table_count(self._pointer))

    def new_plan(
        self,
        snapshots: Iterable[TableInfo] = (),
        *,
        drop: Iterable[str] = (),
        replace: bool = False,
        plan_id: str | None = None,
    ) -> Environment:
        """A new plan on top of what it is, to be promoted.

        It follows this record's plan and remembers as `previous_finalized_snapshots` what the environment pointed
        to when it was last finalized.

        Args:
            snapshots: What models are to point to; the others stay as they are.
            drop: Full names of models to take out. NotFoundError when it has not got one.
            replace: `snapshots` are all that it is to have.
            plan_id: The identity of the change; None makes a new one.
        """
        tables = list(snapshots)
        planned = ffi.gc(lib.repoint_environment_copy(self._pointer), lib.repoint_environment_free)
        checked(lib.repoint_environment_begin_plan, planned, text_in(plan_id or new_plan_id(), "the plan id"))
        names = list(drop)
        if replace:
            kept = {_table(table).name for table in tables}
            names += [table.name for table in self.snapshots if table.name not in kept]
        for name in names:
            checked(lib.repoint_environment_drop_table, planned, text_in(name, "a model's name"))
        for table in tables:
            checked(lib.repoint_environment_set_table, planned, _table(table)._pointer)
        return Environment.from_pointer(planned)

    def replace(self, **fields: Any) -> Environment:
        """The same record with other values of these fields (names and values as in SQLMesh's JSON)."""
        return Environment.from_json({**self.document, **fields})

    def __repr__(self) -> str:
        state = "draft" if self.finalized_at is None else f"finalized {self.finalized_at:%Y-%m-%d %H:%M:%S}"
        return f"<Environment {self.name} plan={self.plan_id} {len(self)} snapshots, {state}>"

    def __reduce__(self) -> tuple[Any, ...]:
        return Environment.from_json, (self.to_json(),)


def _pointer_of(ctype: str, pointer: Any) -> Any:
    """Only what came from the library: a wrong pointer would end the interpreter."""
    if not isinstance(pointer, ffi.CData) or ffi.typeof(pointer) is not _POINTERS[ctype] or not pointer:
        raise TypeError(f"not a {ctype}")
    return pointer


def _environment_pointer(value: Any) -> Any:
    free = lib.repoint_environment_free
    return _parsed(lib.repoint_environment_from_json, free, "repoint_environment **", value, "an environment")


def _table(table: TableInfo) -> TableInfo:
    if not isinstance(table, TableInfo):
        raise TypeError(f"a snapshot of an environment is a TableInfo, not {type(table).__name__}")
    return table


def _documents(tables: Iterable[TableInfo], what: str) -> list[Any]:
    if isinstance(tables, TableInfo):
        raise TypeError(f"{what} are several TableInfo, not one")
    return [json.loads(_table(table).to_json()) for table in tables]


def _id_documents(ids: Iterable[SnapshotId] | None) -> list[dict[str, str]] | None:
    return None if ids is None else [{"name": name, "identifier": identifier} for name, identifier in ids]


def new_plan_id() -> str:
    """A new identity for a change: 32 hexadecimal digits."""
    return os.urandom(16).hex()


class Promotion(NamedTuple):
    """What a promotion changes, in terms of views: which to create or replace, and which to remove."""

    environment: Environment
    """The record that was written: a draft until it is finalized."""
    added: tuple[TableInfo, ...]
    """Snapshots whose views are to be created or replaced, by name."""
    removed: tuple[TableInfo, ...]
    """Snapshots whose views are to be removed, by name."""
    removed_naming: dict[str, Any] | None
    """How the environment named the removed views (SQLMesh's EnvironmentNamingInfo); None when none were."""


def promotion_of(environment: Environment, pointer: Any) -> Promotion:
    promotion = ffi.gc(pointer, lib.repoint_promotion_free)
    naming = text_out_or_none(lib.repoint_promotion_removed_naming_json(promotion))
    return Promotion(
        environment,
        tuple(
            TableInfo(lib.repoint_promotion_added(promotion, index), promotion)
            for index in range(lib.repoint_promotion_added_count(promotion))
        ),
        tuple(
            TableInfo(lib.repoint_promotion_removed(promotion, index), promotion)
            for index in range(lib.repoint_promotion_removed_count(promotion))
        ),
        json.loads(naming) if naming else None,
    )


# ---- rows ----


class EnvironmentRow(NamedTuple):
    """An environment in a list, without its snapshots."""

    name: str
    plan_id: str
    previous_plan_id: str | None
    start_at: str
    end_at: str | None
    expires_at: datetime | None
    finalized_at: datetime | None
    is_expired: bool
    suffix_target: str
    catalog_name_override: str | None


def environment_row(row: Any) -> EnvironmentRow:
    return EnvironmentRow(
        name=text_out(row.name),
        plan_id=text_out(row.plan_id),
        previous_plan_id=text_out_or_none(row.previous_plan_id),
        start_at=text_out(row.start_at),
        end_at=text_out_or_none(row.end_at),
        expires_at=from_ms(row.expiration_ts) if row.expiration_ts else None,
        finalized_at=from_ms(row.finalized_ts) if row.finalized_ts else None,
        is_expired=bool(row.is_expired),
        suffix_target=text_out(row.suffix_target),
        catalog_name_override=text_out_or_none(row.catalog_name_override),
    )


class SnapshotRow(NamedTuple):
    """A snapshot in a list, without its definition."""

    name: str
    identifier: str
    version: str
    dev_version: str | None
    kind: str | None
    updated_at: datetime
    unpaused_at: datetime | None
    ttl_ms: int
    is_unrestorable: bool
    is_forward_only: bool
    is_expired: bool
    fingerprint: str | None
    """A JSON object."""

    @property
    def snapshot_id(self) -> SnapshotId:
        return SnapshotId(self.name, self.identifier)


def snapshot_row(row: Any) -> SnapshotRow:
    return SnapshotRow(
        name=text_out(row.name),
        identifier=text_out(row.identifier),
        version=text_out(row.version),
        dev_version=text_out_or_none(row.dev_version),
        kind=text_out_or_none(row.kind_name),
        updated_at=from_ms(row.updated_ts),
        unpaused_at=from_ms(row.unpaused_ts) if row.unpaused_ts else None,
        ttl_ms=row.ttl_ms,
        is_unrestorable=bool(row.unrestorable),
        is_forward_only=bool(row.forward_only),
        is_expired=bool(row.is_expired),
        fingerprint=text_out_or_none(row.fingerprint),
    )


class Versions(NamedTuple):
    """What a store records of who uses it."""

    schema_version: int
    sqlmesh_version: str
    sqlglot_version: str


class IntervalRow(NamedTuple):
    """A row of the log of intervals: what one snapshot has written for the tables of its version."""

    name: str
    identifier: str | None
    version: str
    dev_version: str | None
    kind: str
    """"table", "dev" or "pending"."""
    start_ms: int
    end_ms: int
    last_altered_ms: int | None = None


class CleanupTask(NamedTuple):
    """A table that nothing uses any more."""

    table: TableInfo
    dev_table_only: bool
    """Another snapshot still uses the table of the version: only its development table goes."""


class RowBoundary(NamedTuple):
    """A place in the order of expiry."""

    updated_ms: int
    name: str
    identifier: str


class ExpiredSnapshots(NamedTuple):
    """Snapshots whose time to live has passed and that nothing points to."""

    snapshot_ids: tuple[SnapshotId, ...]
    tasks: tuple[CleanupTask, ...]
    end: RowBoundary
    """Where the batch ends: `after` of the next one."""


def expired_of(pointer: Any) -> ExpiredSnapshots:
    batch = ffi.gc(pointer, lib.repoint_expired_free)
    ids = (lib.repoint_expired_at(batch, index) for index in range(lib.repoint_expired_count(batch)))
    tasks = (lib.repoint_expired_task(batch, index) for index in range(lib.repoint_expired_task_count(batch)))
    end = lib.repoint_expired_end(batch)
    return ExpiredSnapshots(
        tuple(SnapshotId(text_out(one.name), text_out(one.identifier)) for one in ids),
        tuple(CleanupTask(TableInfo(task.table, batch), bool(task.dev_table_only)) for task in tasks),
        RowBoundary(end.updated_ts, text_out(end.name), text_out(end.identifier)),
    )


class Counts(NamedTuple):
    """How much a state file brought or took."""

    snapshots: int
    environments: int
