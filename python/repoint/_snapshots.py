"""Snapshots: what a store has, and what has expired."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime
from typing import Any

from repoint import _calls
from repoint._calls import Texts, text_in, text_in_or_null
from repoint._connected import Connected
from repoint._inputs import Ids, boundary_in, checked_snapshots, checked_table_info, ms_or_zero
from repoint._native import ffi, lib
from repoint.errors import SnapshotId
from repoint.times import to_ms
from repoint.values import ExpiredSnapshots, RowBoundary, Snapshot, SnapshotRow, TableInfo, expired_of, snapshot_row


class Snapshots(Connected):
    """The part of `repoint.Store` about snapshots."""

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
        keys = Ids(ids)
        out = ffi.new("repoint_snapshot_list **")
        self._run(lambda store, error: lib.repoint_snapshots_get(store, keys.pointer, keys.count, out, error))
        snapshot_list = ffi.gc(out[0], lib.repoint_snapshot_list_free)
        count = lib.repoint_snapshot_list_count(snapshot_list)
        return [Snapshot(lib.repoint_snapshot_list_at(snapshot_list, index), snapshot_list) for index in range(count)]

    def snapshot_rows(self, name: str | None = None) -> Iterator[SnapshotRow]:
        """All stored snapshots, or those of one model, by name and age; read at one moment, as `environments()` is."""
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
        texts, at_ms = Texts(names, "names"), ms_or_zero(at)
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
        keys = Ids(ids)
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
        items = checked_snapshots(snapshots)
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
        keys = Ids(ids)
        self._run(lambda store, error: lib.repoint_snapshots_delete(store, keys.pointer, keys.count, error))

    def unpause(self, snapshots: Iterable[TableInfo], at: datetime) -> None:
        """From now on these are what scheduled runs load, since `at`; the others of their models are paused."""
        items = list(snapshots)
        array = _calls.pointers("repoint_table *[]", [checked_table_info(one)._pointer for one in items])
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
                {"name": name, "version": version, "next_ts": ms_or_zero(at)}
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
                "current_ts": ms_or_zero(at),
                "ignore_ttl": bool(ignore_ttl),
                "after": boundary_in(after or RowBoundary(0, "", ""), kept),
                "until": ffi.NULL,
                "limit": int(limit or 0),
            },
        )
        if until is not None:
            kept.append(ffi.new("repoint_row_boundary *", boundary_in(until, kept)))
            options.until = kept[-1]
        out = ffi.new("repoint_expired **")

        def call(store: Any, error: Any) -> int:
            out[0] = ffi.NULL
            return int(function(store, options, out, error))

        self._run(call)
        return None if out[0] == ffi.NULL else expired_of(out[0])
