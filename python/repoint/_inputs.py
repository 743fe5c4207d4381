"""What goes into the calls of a store: checked, and as C has it."""

from __future__ import annotations

import json
import os
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

from repoint._calls import text_in, text_out
from repoint._native import ffi, lib
from repoint.deploy import Plan
from repoint.errors import InvalidError, SnapshotId
from repoint.times import TimeLike, to_ms, to_text
from repoint.values import Environment, IntervalRow, RowBoundary, Snapshot, TableInfo, Versions

_INTERVAL_KINDS: dict[str, int] = {
    "table": lib.REPOINT_INTERVALS,
    "dev": lib.REPOINT_INTERVALS_DEV,
    "pending": lib.REPOINT_INTERVALS_PENDING,
}


def checked_environment(value: Environment) -> Environment:
    if not isinstance(value, Environment):
        raise TypeError(f"an Environment is needed, not {type(value).__name__}")
    return value


def checked_plan(value: Plan) -> Plan:
    if not isinstance(value, Plan):
        raise TypeError(f"a Plan is needed, not {type(value).__name__}")
    return value


def path_text(path: str | os.PathLike[str] | None) -> str | None:
    return None if path is None else os.fspath(path)


def checked_snapshot(value: Snapshot) -> Snapshot:
    if not isinstance(value, Snapshot):
        raise TypeError(f"a Snapshot is needed, not {type(value).__name__}")
    return value


def checked_table_info(value: TableInfo) -> TableInfo:
    if not isinstance(value, TableInfo):
        raise TypeError(f"a TableInfo is needed, not {type(value).__name__}")
    return value


def checked_snapshots(values: Iterable[Snapshot]) -> list[Snapshot]:
    return [checked_snapshot(value) for value in values]


def ms_or_zero(moment: datetime | None) -> int:
    return 0 if moment is None else to_ms(moment)


def statements_text(statements: Sequence[Mapping[str, Any]]) -> bytes:
    try:
        return json.dumps(list(statements)).encode()
    except (TypeError, ValueError) as error:
        raise InvalidError(f"the statements cannot be written as JSON: {error}") from None


def boundary_in(boundary: RowBoundary, kept: list[Any]) -> dict[str, Any]:
    name = ffi.new("char[]", text_in(boundary.name, "a name"))
    identifier = ffi.new("char[]", text_in(boundary.identifier, "an identifier"))
    kept += [name, identifier]
    return {"updated_ts": int(boundary.updated_ms), "name": name, "identifier": identifier}


def versions_in(versions: Versions) -> Any:
    sqlmesh = text_in(versions.sqlmesh_version, "the SQLMesh version")
    sqlglot = text_in(versions.sqlglot_version, "the SQLGlot version")
    if max(len(sqlmesh), len(sqlglot)) > 31:
        raise InvalidError("a version is longer than 31 bytes")
    return ffi.new(
        "repoint_versions *",
        {"schema_version": versions.schema_version, "sqlmesh_version": sqlmesh, "sqlglot_version": sqlglot},
    )


def versions_out(out: Any) -> Versions:
    return Versions(out.schema_version, text_out(out.sqlmesh_version), text_out(out.sqlglot_version))


class Range:
    """A range for C."""

    def __init__(self, start: TimeLike | None, end: TimeLike | None) -> None:
        self._texts = [
            ffi.NULL if time is None else ffi.new("char[]", text_in(to_text(time), "a time")) for time in (start, end)
        ]
        self.pointer = ffi.new("repoint_range *", {"start": self._texts[0], "end": self._texts[1]})


class Ids:
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


class IntervalRows:
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
