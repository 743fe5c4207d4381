"""The reader finds mixtures where there are some, in every form, and none where there are none.

Neither half uses repoint. Without the first, a count of no mixtures would say nothing.
Usage: test_readers.py DATABASE; postgres, mariadb or sqlite
"""

import os
import sys
import tempfile
import time
from pathlib import Path

from databases import database, why_not
from readers import Reader, forms, show, whole

SKIPPED = 77
SEED = int(os.environ.get("REPOINT_SEED", "1"))
SOAK = bool(os.environ.get("REPOINT_SOAK"))
MODELS = 40
LIMIT = 500  # switches after which a mixture must have been seen
TOGETHER = 4  # readers at once: more and a switch finds no gap on a small machine


def mixtures_are_found(name, on, folder):
    """Views that are replaced one by one: each form sees it."""
    for label, words in forms(name):
        reader = Reader(folder, on, label, words, seed=SEED)
        try:
            switches, mixed = 0, 0
            while not mixed and switches < LIMIT:
                switches += 1
                on.one_by_one("AB"[switches % 2])
                mixed = reader.counts()["mixed"]
            counts = reader.stop()
        finally:
            reader.end()
        show(f"one by one, {switches} switches, {label}", counts)
        for fault, times in counts["faults"].items():
            print(f"        {times} times {fault}")
        assert counts["mixed"] > 0, f"{label} saw no mixture in {switches} switches of views one by one"


def nothing_is_found(name, on, folder, switches):
    """The same readers, several at once, while all views are switched at once by the bare technique."""
    every = list(forms(name))
    on.create_views("A")
    for first in range(0, len(every), TOGETHER):
        readers = []
        try:
            for label, words in every[first : first + TOGETHER]:
                readers.append(Reader(folder, on, label, words, busy=50, seed=SEED))
            done = 0
            while done < switches or not all({"A", "B"} <= set(r.counts()["releases"]) for r in readers):
                assert done < 20 * switches, "somebody never saw both releases"
                done += 1
                on.at_once("AB"[done % 2])
            for reader in readers:
                counts = reader.stop()
                show(f"at once, {done} switches, {reader.label}", counts)
                whole(reader.label, counts)
        finally:
            for reader in readers:
                reader.end()


def an_old_snapshot_reads_nothing(name, on, folder):
    """It meets the new views, but not their tables' rows, which are newer: the hole that a deployment must close."""
    on.create_views("A")
    on.create_tables("C")
    words = ["--form", "repeatable-read", "--pause", "snapshot"]
    reader = Reader(folder, on, "snapshot", words)
    try:
        on.fill_tables("C")
        on.at_once("C")
        reader.go_on()
        counts = reader.stop()
    finally:
        reader.end()
    show("a snapshot older than the new rows", counts)
    has_hole = name != "sqlite"  # there a snapshot keeps its views too
    assert counts["empty"] == (1 if has_hole else 0), counts
    assert counts["releases"] == ({} if has_hole else {"A": 1}), counts


def reading(on, folder, label):
    reader = Reader(folder, on, label, [])
    try:
        return reader.stop()
    finally:
        reader.end()


def empty_reads_and_errors_are_found(on, folder):
    """Rows that are gone, and a view that is gone."""
    last = on.models.names[-1]
    on.create_views("A")
    on.execute(f"DELETE FROM {on.table(last, 'A')}")
    counts = reading(on, folder, "statement")
    assert counts["empty"] == counts["observations"] > 0 and not counts["releases"], counts
    on.execute(f"DROP VIEW {on.other_view('everything')}", f"DROP VIEW {on.other_view(last)}")
    counts = reading(on, folder, "others")
    assert counts["errors"] == counts["observations"] > 0, counts
    print(f"    an error as the reader has it: {counts['faults']}")


def main():
    name = sys.argv[1]
    reason = why_not(name)
    if reason:
        print(f"skipped: {reason}")
        sys.exit(SKIPPED)
    switches = 100 if SOAK else 5
    print(f"share: {switches} of 100 switches at once, seed {SEED}", flush=True)
    with tempfile.TemporaryDirectory(prefix="repoint-readers-") as folder:
        folder = Path(folder)
        with database(name, folder, MODELS) as on:
            for release in ("A", "B"):
                on.create_tables(release)
                on.fill_tables(release)
            on.create_views("A")
            on.create_other_views()
            began = time.monotonic()
            mixtures_are_found(name, on, folder)
            nothing_is_found(name, on, folder, switches)
            an_old_snapshot_reads_nothing(name, on, folder)
            empty_reads_and_errors_are_found(on, folder)
            print(f"    {time.monotonic() - began:.1f} s", flush=True)


if __name__ == "__main__":
    main()
