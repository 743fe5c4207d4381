"""Calls everything that the package has with values that make no sense, many times: told by test_misuse.py.

Usage: misuse.py SEED ROUNDS
An exception is what is wanted; what ends the interpreter is what must not be.
"""

import inspect
import os
import random
import sys
import tempfile
import warnings
from datetime import date, datetime, timezone
from pathlib import Path

import repoint
from repoint import _calls, _inputs, values

SHOP = Path(__file__).resolve().parents[2] / "examples/shop/state.json"


class Liar(str):
    """Text that is not what it says."""

    def encode(self, *_):
        return None

    def __iter__(self):
        raise RuntimeError("no")


class Endless:
    def __iter__(self):
        return iter([self, None, "orders"])

    def __index__(self):
        return -1

    def __bool__(self):
        raise RuntimeError("neither")


def world(folder):
    """A store that is open, one that is closed, and values of each kind."""
    opened = repoint.Store.create(f"sqlite:{folder}/state.db")
    opened.import_state(SHOP)
    closed = repoint.Store("memory:")
    closed.close()
    memory = repoint.Store("memory:")
    memory.import_state(SHOP)
    prod, dev = opened.environment("prod"), opened.environment("dev")
    return opened, closed, memory, prod, dev, opened.snapshot("orders"), prod.snapshots[0]


def junk_of(things):
    opened, closed, memory, prod, dev, snapshot, table = things
    return [
        None, True, 0, -1, 1, 2**31, 2**63, 2**64, -(2**70), 1.5, float("nan"), float("inf"), 1j, "", "prod", "orders",
        "a\0b", "\ud800", "x" * 10000, "prod; DROP TABLE _snapshots", Liar("prod"), b"", b"\xff", bytearray(b"{}"),
        [], [None], ["orders"], [[]], [table], [snapshot], [table, None], {}, {"name": 1}, {"name": "x", "snapshots": 3},
        {None: None}, {("a", "b"): 1}, {("a", "b"): None}, {1: datetime.now(timezone.utc)}, set(), {"orders"}, (), ("a",),
        ("a", "b"), [("a", "b")], [("a", 1)], [("a", "b\0")], object(), Endless(), lambda *_: 1 / 0, repoint, type,
        datetime(2026, 1, 1), datetime.now(timezone.utc), datetime.max.replace(tzinfo=timezone.utc),
        datetime.min.replace(tzinfo=timezone.utc), date(2026, 1, 1), prod, dev, snapshot, table, opened, closed, memory,
        "{", '{"name": "x"}', "[]", "null", prod.to_json(), snapshot.to_json(), table.to_json(),
        _calls.ffi.NULL, prod._pointer, table._pointer, snapshot._pointer, _calls.ffi.new("int *"),
        repoint.SnapshotId(None, None), repoint.RowBoundary(None, None, None), repoint.RowBoundary(2**80, "a", "b"),
        repoint.IntervalRow("a", None, "v", None, "table", 5, 1), repoint.IntervalRow(*[None] * 7),
        [repoint.IntervalRow("a", "b", "v", None, "table", 2**70, 1)],
        [repoint.IntervalRow("a", "b", "v", None, "pending", 1, 5, 3)], repoint.Versions("a", 1, None),
        repoint.Versions(2**40, "x" * 40, ""), Path("/nonexistent/x"), "/nonexistent/x", "memory:", "sqlite:/nonexistent/x",
        "2026-01-01", "1 week ago",
    ]  # fmt: skip


def callables(things):
    """What can be called: methods of live and dead objects, and the types themselves."""
    opened, closed, memory, prod, _, snapshot, table = things
    for owner in (opened, closed, memory, prod, snapshot, table):
        for name, _ in inspect.getmembers(type(owner)):
            if name in (
                "interrupt",
                "close",
                "remove",
                "discover",
                "__exit__",
                "__class__",
                "__new__",
                "__init_subclass__",
            ):
                continue
            if name.startswith("_") and name not in ("__init__", "__getitem__", "__eq__", "__iter__", "__len__"):
                continue
            try:
                member = getattr(owner, name)
            except Exception:
                continue
            if callable(member) and name != "__init__":
                yield f"{type(owner).__name__}.{name}", member
    for kind in (repoint.Store, repoint.Environment, repoint.TableInfo, repoint.Snapshot):
        yield kind.__name__, kind
    for error in (repoint.GapsError, repoint.ConflictError, repoint.MissingSnapshotsError):
        yield error.__name__, error
    yield "Store.half_made", lambda *_a, **_k: repoint.Store.__new__(repoint.Store).environment("prod")
    yield "Environment.half_made", lambda *_a, **_k: repoint.Environment.__new__(repoint.Environment).name
    yield "values._pointer_of", lambda *a, **_k: values._pointer_of("repoint_table", *a)
    yield "_inputs.Ids", lambda *a, **_k: _inputs.Ids(*a)


def arguments(draw, function, junk):
    """As many as it takes, or nearly; some by name."""
    try:
        parameters = list(inspect.signature(function).parameters.values())
    except (TypeError, ValueError):
        parameters = []
    positional = [p for p in parameters if p.kind in (p.POSITIONAL_ONLY, p.POSITIONAL_OR_KEYWORD)]
    count = max(len(positional) + draw.choice([0, 0, 0, 0, -1, 1]), 0)
    named = {p.name: draw.choice(junk) for p in parameters if p.kind == p.KEYWORD_ONLY and draw.random() < 0.5}
    return [draw.choice(junk) for _ in range(count)], named


def main():
    seed, rounds = int(sys.argv[1]), int(sys.argv[2])
    warnings.simplefilter("ignore")
    draw = random.Random(seed)
    raised = calls = 0
    with tempfile.TemporaryDirectory(prefix="repoint-misuse-") as folder:
        os.chdir(folder)
        things = world(folder)
        junk = junk_of(things)
        for _ in range(rounds):
            for name, function in callables(things):
                given, named = arguments(draw, function, junk)
                calls += 1
                try:
                    result = function(*given, **named)
                    repr(result)
                    if isinstance(result, repoint.Store):
                        result.close()
                    elif hasattr(result, "__next__"):
                        list(result)
                except RecursionError:
                    raise
                except Exception:  # noqa: BLE001 - that is what is wanted
                    raised += 1
        # It has not only survived: what it holds is still a store.
        assert things[0].versions().schema_version == 102, name
    print(f"{calls} calls, {raised} raised")


main()
