"""Intervals: for which time ranges the tables of snapshots have data."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from repoint import _calls
from repoint._calls import Texts, text_in, text_out
from repoint._connected import Connected
from repoint._inputs import IntervalRows, Range, checked_snapshot, checked_snapshots
from repoint._native import ffi, lib
from repoint.times import Interval, TimeLike, from_ms
from repoint.values import IntervalRow, Snapshot, interval_of, intervals_of


class Intervals(Connected):
    """The part of `repoint.Store` about intervals."""

    # -- intervals --

    def add_intervals(
        self, snapshot: Snapshot, start: TimeLike, end: TimeLike, *, dev: bool = False
    ) -> tuple[Interval, ...]:
        """Records that a snapshot's table has data for a range, and gives the whole intervals that it holds. An end
        that is a day includes it."""
        pointer, bounds = checked_snapshot(snapshot)._pointer, Range(start, end)
        out = ffi.new("repoint_interval_list **")
        self._run(lambda store, error: lib.repoint_intervals_add(store, pointer, bounds.pointer, bool(dev), out, error))
        return intervals_of(out[0])

    def remove_intervals(self, snapshot: Snapshot, start: TimeLike, end: TimeLike, *, shared: bool = False) -> Interval:
        """Takes a range away, widened to whole intervals, and gives it; with `shared` from every snapshot of the
        same version."""
        pointer, bounds = checked_snapshot(snapshot)._pointer, Range(start, end)
        out = ffi.new("repoint_interval *")
        self._run(
            lambda store, error: lib.repoint_intervals_remove(store, pointer, bounds.pointer, bool(shared), out, error)
        )
        return interval_of(out[0])

    def missing_intervals(
        self, snapshot: Snapshot, start: TimeLike | None = None, end: TimeLike | None = None, *, dev: bool = False
    ) -> tuple[Interval, ...]:
        """What the snapshot should have of a range and does not; None: since its data begins, until now."""
        pointer, bounds = checked_snapshot(snapshot)._pointer, Range(start, end)
        out = ffi.new("repoint_interval_list **")
        self._run(
            lambda store, error: lib.repoint_intervals_missing(store, pointer, bounds.pointer, bool(dev), out, error)
        )
        return intervals_of(out[0])

    def append_intervals(self, rows: Iterable[IntervalRow]) -> None:
        """Appends rows to the log of intervals, as they are."""
        array = IntervalRows(rows)
        self._run(lambda store, error: lib.repoint_intervals_append(store, array.pointer, array.count, error))

    def withdraw_intervals(self, rows: Iterable[IntervalRow], *, shared: bool = False) -> None:
        """Takes these intervals of the version's tables away, exactly; with `shared` from every snapshot of the
        same version."""
        array = IntervalRows(rows)
        self._run(
            lambda store, error: lib.repoint_intervals_withdraw(store, array.pointer, array.count, bool(shared), error)
        )

    def refresh(self, snapshots: Iterable[Snapshot]) -> list[Snapshot]:
        """The same snapshots, stored or not, with the intervals that are stored now for their versions."""
        texts = [one.to_json() for one in checked_snapshots(snapshots)]
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
