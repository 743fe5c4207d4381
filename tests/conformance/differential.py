"""The same random steps in repoint and in SQLMesh 0.236.4, on one kind of database: same results, same refusals, and the
same rows in the tables after each step.

SQLMesh alone does every step on one store, the reference. On the other store each step is done by repoint, or, in a
story of two hands, by whichever of the two programs the seed says. A story that fails is made as short as it gets, and
printed as the command that replays it.

Usage: differential.py DATABASE [--hand HAND] [--seed N] [--story N] [--keep I,J,…]
DATABASE is postgres, mariadb, duckdb or sqlite, which SQLMesh does not know: its own store is then a DuckDB file.
HAND is repoint, the program; drop-in: repoint.sqlmesh.RepointStateSync, which then answers as SQLMesh does; or given,
the same on a connection of the caller's, each step by another of the modules for the database.
REPOINT_SEED is the default of --seed; REPOINT_SOAK makes the run long.
"""

import argparse
import os
import random
import sys
import tempfile
import time
import warnings
from collections import Counter
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "sqlmesh"))

import time_machine  # noqa: E402
from databases import find  # noqa: E402
from state_file import differences, read  # noqa: E402
from state_sync import exported  # noqa: E402
from steps import FIRST_MOMENT, Story, make_world, outcome  # noqa: E402

SKIPPED = 77
STEPS_OF_A_STORY = 30
STORIES_SHARE, STORIES = {"postgres": 3, "mariadb": 2, "duckdb": 2, "sqlite": 1}, 60
SHRINKING_S = 120


class Different(Exception):
    """The two stores, or the two answers, are not the same."""


def compare(expected, found, what):
    lines = differences(expected, found)
    if lines:
        raise Different(f"{what}:\n" + "\n".join(line[:500] for line in lines[:20]))


class Stage:
    """Two stores that begin alike: SQLMesh's own, and the one that is put to the test."""

    def __init__(self, database, folder, world):
        self.reference = database.side(folder / "reference", "reference")
        self.tested = database.side(folder / "tested", "tested")
        self.repoint = self.tested.repoint()
        self.repoint.now = FIRST_MOMENT
        self.repoint.import_state(world)
        from sqlmesh.core.state_sync.export_import import import_state

        with time_machine.travel(FIRST_MOMENT, tick=False), self.reference.sqlmesh() as state_sync:
            state_sync.migrate()
            import_state(state_sync, world)
        self.check("the beginning", FIRST_MOMENT)

    def close(self):
        for side in (self.reference, self.tested):
            side.drop()

    def take(self, step, who, now):
        """What SQLMesh answers; raises Different."""
        with time_machine.travel(now, tick=False), self.reference.sqlmesh() as state_sync:
            expected = outcome(step.in_sqlmesh, state_sync)
        found = self.done_by(who, step, now)
        compare(expected, found, "the answer")
        self.check("what is stored", now)
        return expected

    def done_by(self, who, step, now):
        if who in ("drop-in", "given"):
            self.tested.close()
            # By the moment, so that a story which is made shorter has the same modules.
            hand = self.tested.drop_in() if who == "drop-in" else self.tested.given(int(now.timestamp()) // 7)
            with time_machine.travel(now, tick=False), hand as state_sync:
                return outcome(step.in_sqlmesh, state_sync)
        if who == "repoint":
            self.tested.close()
            self.repoint.now = now
            return outcome(step.in_repoint, self.repoint)
        with time_machine.travel(now, tick=False), self.tested.sqlmesh() as state_sync:
            return outcome(step.in_sqlmesh, state_sync)

    def check(self, what, now):
        self.stored = self.reference.tables()
        compare(self.stored, self.tested.tables(), what)
        with time_machine.travel(now, tick=False), self.reference.sqlmesh() as state_sync:
            expected = exported(state_sync, self.reference.folder)
        self.tested.close()
        compare(expected, read(self.repoint.export_state(self.tested.folder / "by-repoint.json")), "the export")


class Teller:
    """Tells stories on one kind of database."""

    def __init__(self, name, database, seed, hand):
        self.name = name
        self.database = database
        self.seed = seed
        self.hand = hand
        self.counts = Counter()

    def draw(self, number):
        return random.Random(f"{self.seed} {self.name} {number}")

    def draw_hand(self, draw, number):
        """Every second story has two hands, where SQLMesh can use the store at all."""
        return "sqlmesh" if self.database.has_sqlmesh and number % 2 == 1 and draw.random() < 0.5 else self.hand

    def tell(self, number):
        """All steps of a story until it ends or fails: [(step, who, moment)], and what is different or None."""
        taken = []
        with tempfile.TemporaryDirectory(prefix="repoint-differential-") as folder:
            folder = Path(folder)
            draw = self.draw(number)
            with time_machine.travel(FIRST_MOMENT, tick=False):
                snapshots, raw = make_world(folder / "world.json")
            story = Story(draw, snapshots, raw)
            stage = Stage(self.database, folder, folder / "world.json")
            try:
                story.learn(stage.stored)
                for _ in range(STEPS_OF_A_STORY):
                    step = story.next_step()
                    who = self.draw_hand(draw, number)
                    taken.append((step, who, story.now))
                    answer = stage.take(step, who, story.now)
                    story.happened(step, answer, stage.stored)
                    self.counts[f"{type(step).__name__} {answer.get('refused', 'done')} by {who}"] += 1
            except Different as difference:
                return taken, str(difference)
            finally:
                stage.close()
        return taken, None

    def replay(self, number, taken):
        """What is different when only these steps are taken."""
        with tempfile.TemporaryDirectory(prefix="repoint-differential-") as folder:
            folder = Path(folder)
            with time_machine.travel(FIRST_MOMENT, tick=False):
                make_world(folder / "world.json")
            stage = Stage(self.database, folder, folder / "world.json")
            try:
                for step, who, now in taken:
                    stage.take(step, who, now)
            except Different as difference:
                return str(difference)
            finally:
                stage.close()
        return None

    def shrink(self, number, taken):
        """The indexes of fewer steps that still fail; the last one always does."""
        kept = list(range(len(taken)))
        deadline = time.monotonic() + SHRINKING_S
        size = max(len(kept) // 2, 1)
        while size >= 1 and time.monotonic() < deadline:
            start = 0
            while start < len(kept) - 1 and time.monotonic() < deadline:
                fewer = kept[:start] + kept[min(start + size, len(kept) - 1) :]
                if len(fewer) < len(kept) and self.replay(number, [taken[i] for i in fewer]):
                    kept = fewer
                else:
                    start += size
            size //= 2
        return kept

    def report(self, number, taken, difference):
        kept = self.shrink(number, taken)
        difference = self.replay(number, [taken[i] for i in kept]) or difference
        print(f"story {number} on {self.name} differs after these steps:")
        for i in kept:
            step, who, now = taken[i]
            print(f"  {i}: {now.isoformat()} {who}: {str(step)[:1500]}")
        print(difference)
        keep = ",".join(str(i) for i in kept)
        hand = "" if self.hand == "repoint" else f" --hand {self.hand}"
        print(f"replay: differential.py {self.name}{hand} --seed {self.seed} --story {number} --keep {keep}", flush=True)


def main():
    warnings.filterwarnings("ignore")
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("database", choices=["postgres", "mariadb", "duckdb", "sqlite"])
    parser.add_argument("--hand", choices=["repoint", "drop-in", "given"], default="repoint")
    parser.add_argument("--seed", type=int, default=int(os.environ.get("REPOINT_SEED", "1")))
    parser.add_argument("--story", type=int)
    parser.add_argument("--keep")
    options = parser.parse_args()
    database, reason = find(options.database)
    if database is None:
        print(f"skipped: {reason}")
        sys.exit(SKIPPED)
    teller = Teller(options.database, database, options.seed, options.hand)
    if options.keep:
        taken, _ = teller.tell(options.story)
        difference = teller.replay(options.story, [taken[int(i)] for i in options.keep.split(",")])
        print(difference or "no difference")
        sys.exit(difference is not None)

    stories = STORIES if os.environ.get("REPOINT_SOAK") else STORIES_SHARE[options.database]
    total = stories * STEPS_OF_A_STORY
    print(f"share: {total} of {STORIES * STEPS_OF_A_STORY} steps on {options.database}, seed {options.seed}", flush=True)
    failed = 0
    for number in [options.story] if options.story is not None else range(stories):
        taken, difference = teller.tell(number)
        if difference is not None:
            failed += 1
            teller.report(number, taken, difference)
    print(", ".join(f"{count} {what}" for what, count in sorted(teller.counts.items())))
    sys.exit(failed > 0)


if __name__ == "__main__":
    main()
