"""Readers in processes of their own (tests/cutover/reader), and the forms in which they read."""

import contextlib
import json
import os
import subprocess
from pathlib import Path

from databases import ROWS

PROGRAM = os.environ.get("CUTOVER_READER", "build/test/tests/cutover/reader/cutover-reader")
ORDERS = ("given", "reverse", "random")
TRANSACTIONS = {
    "postgres": ("read-committed", "repeatable-read", "serializable"),
    "mariadb": ("read-committed", "repeatable-read", "share-lock", "lock-tables"),
    "sqlite": ("repeatable-read",),
}


def forms(database):
    """Label, and what the reader is told. "others" reads other people's views, "everything" the one on all of them."""
    yield from ((f"statement, {order}", ["--order", order]) for order in ORDERS)
    for form in TRANSACTIONS[database]:
        yield from ((f"{form}, {order}", ["--form", form, "--order", order]) for order in ORDERS)
    yield "prepared statement", ["--prepared"]
    yield "prepared statement, random", ["--prepared", "--order", "random"]
    for form in TRANSACTIONS[database][:2]:
        yield f"prepared, {form}, random", ["--prepared", "--form", form, "--order", "random"]
    yield "new connections", ["--reconnect", "--order", "random"]
    yield "others, statement", ["--order", "random"]
    yield "others, repeatable-read", ["--form", "repeatable-read", "--order", "random"]
    yield "everything, statement", []
    yield "everything, prepared", ["--prepared"]


class Reader:
    def __init__(self, folder, database, label, words, environment="prod", busy=100, rest_ms=0, seed=1):
        self.label = f"{environment}: {label}"
        views, rows = database.views(environment), ROWS
        if label.startswith("others"):
            views = database.other_views()
        elif label.startswith("everything"):
            views, rows = [database.other_view("everything")], ROWS * len(views)
        path = Path(folder) / f"{label}, {environment}.views"
        path.write_text("\n".join(views), encoding="utf-8")
        numbers = {"--rows": rows, "--busy": busy, "--rest": rest_ms, "--seed": seed}
        options = [text for pair in numbers.items() for text in pair]
        command = [PROGRAM, *words, *options, database.url, path]
        self.process = subprocess.Popen(
            list(map(str, command)), stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, encoding="utf-8"
        )
        self.expect("paused" if "--pause" in words else "reading")

    def expect(self, word):
        line = self.process.stdout.readline()
        assert line == f"{word}\n", (self.label, line)

    def go_on(self):
        """After a pause."""
        self.process.stdin.write("\n")
        self.process.stdin.flush()

    def counts(self):
        self.go_on()
        return json.loads(self.process.stdout.readline())

    def stop(self):
        """Its counts at the end."""
        self.process.stdin.close()
        counts = json.loads(self.process.stdout.readline())
        assert self.process.wait() == 0, self.label
        return counts

    def end(self):
        """Whatever it is doing."""
        if self.process.poll() is None:
            self.process.kill()
        self.process.wait()
        for pipe in (self.process.stdin, self.process.stdout):
            with contextlib.suppress(OSError):
                pipe.close()


def show(label, counts):
    releases = ", ".join(f"{count} {release}" for release, count in sorted(counts["releases"].items()))
    print(f"    {label}: {releases}; MIXED {counts['mixed']}, empty {counts['empty']}, errors {counts['errors']}"
          f" of {counts['observations']}; longest {counts['longest_ms']:.0f} ms", flush=True)


def whole(label, counts):
    """Nothing but whole sets, and both releases."""
    wrong = counts["mixed"] or counts["empty"] or counts["errors"]
    assert not wrong, (label, counts["faults"], counts["examples"])
    assert set(counts["releases"]) == {"A", "B"}, (label, counts["releases"])
