"""The same random steps in repoint and in SQLMesh's own state sync: same results, same refusals, same state after each.

A step knows how each of the two programs is told to do it; `outcome` makes what they answer comparable. REPOINT_SEED
repeats a run, REPOINT_SOAK makes it long. What differs on purpose is not drawn: an added range that ends before it
starts (SQLMesh adds nothing, repoint refuses), a name to be checked for gaps that nobody has (SQLMesh checks nothing).
"""

import copy
import datetime
import json
import os
import random
import tempfile
import unittest
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import Optional

import time_machine
from program import Refused, Repoint
from sqlmesh.core.environment import Environment, EnvironmentStatements
from sqlmesh.core.snapshot import Snapshot
from sqlmesh.utils.errors import ConflictingPlanError, SQLMeshError
from state_file import HISTORY, assert_same, read, write
from state_sync import exported, forget_import, snapshot_rows, state_sync_of

SEED = int(os.environ.get("REPOINT_SEED", "1"))
STEPS_OF_A_STORY = 25
STORIES_SHARE, STORIES = 4, 120
FIRST_MOMENT = datetime.datetime(2026, 1, 8, 12, 0, tzinfo=datetime.timezone.utc)
JANUARY_MS, HOUR_MS, DAY_MS = 1767225600000, 3600 * 1000, 24 * 3600 * 1000


# ---- steps ----


@dataclass
class Promote:
    record: dict
    gap_names: Optional[list]  # None: every model; []: none
    statements: Optional[list]

    def __str__(self):
        snapshots = ", ".join(f"{table['name']} {table['version']}" for table in self.record["snapshots"])
        left_out = ("snapshots", "previous_finalized_snapshots")
        rest = {field: value for field, value in self.record.items() if field not in left_out}
        return f"promote {rest} with {snapshots}; gaps {self.gap_names}; statements {self.statements}"

    def in_repoint(self, repoint):
        record = repoint.folder / "record.json"
        record.write_text(json.dumps(self.record), encoding="utf-8")
        gaps = "all" if self.gap_names is None else ",".join(self.gap_names) or "none"
        words = ["promote", self.record["name"], "--record", str(record), "--check-gaps", gaps]
        if self.statements is not None:
            statements = repoint.folder / "statements.json"
            statements.write_text(json.dumps(self.statements), encoding="utf-8")
            words += ["--statements", str(statements)]
        result = repoint(*words)
        return {
            "added": [(table["name"], table["identifier"]) for table in result["added"]],
            "removed": sorted((table["name"], table["identifier"]) for table in result["removed"]),
            "named as": result["removed_environment_naming_info"],
        }

    def in_sqlmesh(self, state_sync):
        result = state_sync.promote(
            Environment.model_validate(copy.deepcopy(self.record)),
            None if self.gap_names is None else set(self.gap_names),
            None if self.statements is None else [EnvironmentStatements.model_validate(s) for s in self.statements],
        )
        naming = result.removed_environment_naming_info
        return {
            "added": [(table.name, table.identifier) for table in result.added],
            "removed": sorted((table.name, table.identifier) for table in result.removed),
            "named as": naming and json.loads(naming.json()),
        }


@dataclass
class Finalize:
    environment: str
    plan_id: str

    def in_repoint(self, repoint):
        result = repoint("finalize", self.environment, "--expect-plan-id", self.plan_id)
        return result["finalized_ts"]

    def in_sqlmesh(self, state_sync):
        record = Environment(name=self.environment, plan_id=self.plan_id, start_at="2026-01-01", snapshots=[])
        state_sync.finalize(record)
        return record.finalized_ts


@dataclass
class AddIntervals:
    snapshot: Snapshot
    start: str
    end: str
    dev: bool

    def __str__(self):
        return f"add {self.start} .. {self.end} to {self.snapshot.snapshot_id}, dev: {self.dev}"

    def in_repoint(self, repoint):
        words = ["intervals", "add", operand(self.snapshot), "--start", self.start, "--end", self.end]
        repoint(*words, *(["--dev"] if self.dev else []))

    def in_sqlmesh(self, state_sync):
        state_sync.add_interval(self.snapshot, self.start, self.end, is_dev=self.dev)


@dataclass
class RemoveIntervals:
    snapshot: Snapshot
    start: str
    end: str
    shared: bool

    def __str__(self):
        return f"remove {self.start} .. {self.end} from {self.snapshot.snapshot_id}, shared: {self.shared}"

    def in_repoint(self, repoint):
        words = ["intervals", "remove", operand(self.snapshot), "--start", self.start, "--end", self.end]
        repoint(*words, *(["--shared"] if self.shared else []))

    def in_sqlmesh(self, state_sync):
        stored = state_sync.get_snapshots([self.snapshot])[self.snapshot.snapshot_id]
        interval = stored.get_removal_interval(self.start, self.end)
        state_sync.remove_intervals([(stored, interval)], remove_shared_versions=self.shared)


@dataclass
class Compact:
    def in_repoint(self, repoint):
        repoint("intervals", "compact")

    def in_sqlmesh(self, state_sync):
        state_sync.compact_intervals()


def operand(snapshot):
    return f"{snapshot.name}@{snapshot.identifier}"


# ---- what the two answer ----


def kind_of_error(error):
    """repoint's code for an exception of SQLMesh."""
    text = str(error)
    if isinstance(error, ConflictingPlanError) or "Another plan" in text:
        return "conflict"
    if isinstance(error, ValueError):
        return "invalid"
    for beginning, code in (
        ("Missing snapshots", "missing_snapshots"),
        ("Missing environment", "not_found"),
        ("Detected missing intervals", "gaps"),
    ):
        if text.startswith(beginning):
            return code
    return f"{type(error).__name__}: {text}"


def outcome(step, program):
    try:
        return {"done": step(program)}
    except Refused as refusal:
        return {"refused": refusal.code}
    except (SQLMeshError, ValueError) as error:
        return {"refused": kind_of_error(error)}


# ---- the world in which a story happens ----


def make_variant(snapshot, number, node):
    """Another version of a model, as if its SQL had been changed. Nobody recomputes a fingerprint that is stored."""
    variant = copy.deepcopy(snapshot)
    variant["fingerprint"]["data_hash"] = str(number)
    variant["version"] = variant["dev_version"] = str(number + 1)
    variant["node"].update(node)
    variant["intervals"], variant["dev_intervals"] = [], []
    variant["pending_restatement_intervals"] = [[JANUARY_MS + 3 * DAY_MS, JANUARY_MS + 5 * DAY_MS]]
    return variant


def make_world(path):
    """The shop with more versions of its incremental models; archives point to all, so that an export has them all."""
    state_sync = state_sync_of(path.parent, HISTORY)
    forget_import(state_sync)
    state = exported(state_sync, path.parent)
    by_name = {}
    for snapshot in state["snapshots"]:
        by_name.setdefault(snapshot["name"], []).append(snapshot)
    for name, node in (
        ("orders", {"start": "2026-01-03"}),
        ("orders", {"cron": "0 */6 * * *", "interval_unit": "hour"}),
        ("daily_revenue", {"cron": "@weekly"}),
        ("order_items", {"cron_tz": "America/New_York"}),
    ):
        versions = by_name[f'"fix_shop"."shop"."{name}"']
        versions.append(make_variant(versions[0], 1000 * len(versions) + len(name), node))

    state["snapshots"] = [snapshot for versions in by_name.values() for snapshot in versions]
    state["environments"] = {}
    for i in range(max(map(len, by_name.values()))):
        tables = [table_of(versions[i]) for versions in by_name.values() if i < len(versions)]
        record = {"name": f"archive_{i}", "plan_id": f"{i:032x}", "start_at": "2026-01-01", "snapshots": tables}
        record = json.loads(Environment.model_validate(record).json())
        state["environments"][record["name"]] = {"environment": record, "statements": []}
    write(path, state)
    return [Snapshot.model_validate(snapshot) for snapshot in state["snapshots"]]


def table_of(snapshot):
    return json.loads(Snapshot.model_validate(copy.deepcopy(snapshot)).table_info.json())


class Story:
    """Draws steps that make sense now and then: `stored` is what each environment's record was last promoted to."""

    def __init__(self, draw, snapshots):
        self.draw = draw
        self.snapshots = snapshots
        self.names = sorted({snapshot.name for snapshot in snapshots})
        self.tables = {snapshot.snapshot_id: json.loads(snapshot.table_info.json()) for snapshot in snapshots}
        self.stored = {}
        self.now = FIRST_MOMENT

    def chance(self, percent):
        return self.draw.random() < percent / 100

    def next_step(self):
        self.now += datetime.timedelta(milliseconds=self.draw.choice([1, 1000, HOUR_MS, self.draw.randrange(DAY_MS)]))
        kinds = {self.promote: 40, self.finalize: 25, self.add: 20, self.remove: 10, self.compact: 5}
        return self.draw.choices(list(kinds), list(kinds.values()))[0]()

    def now_ms(self):
        return round(self.now.timestamp() * 1000)

    # -- promote --

    def promote(self):
        name = self.draw.choice(["prod", "prod", "prod", "dev", "pr_17"])
        stored = self.stored.get(name)
        chosen = self.choose_snapshots(stored)
        record = {
            "name": name,
            "start_at": self.draw.choice(["2026-01-01", "2026-01-02 00:00:00", "1 week ago"]),
            "plan_id": f"{self.draw.getrandbits(128):032x}",
            "suffix_target": "table" if self.chance(15) else "schema",
            "normalize_name": not self.chance(15),
            "gateway_managed": self.chance(25),
            "snapshots": [self.tables[snapshot.snapshot_id] for snapshot in chosen],
            "requirements": {"pandas": "2.3.3"} if self.chance(20) else {},
        }
        if self.chance(20):
            record["end_at"] = "2026-01-08"
        if self.chance(15):
            record["catalog_name_override"] = self.draw.choice(["other", "Otherwise"])
        if stored and not self.chance(12):
            record["previous_plan_id"] = stored["plan_id"]
        elif self.chance(50):
            record["previous_plan_id"] = "e" * 32
        if self.chance(50):
            previous = self.choose_snapshots(None)
            record["previous_finalized_snapshots"] = [self.tables[snapshot.snapshot_id] for snapshot in previous]
        if name != "prod":
            self.add_dev_fields(record, chosen)
        if self.chance(5):
            record["snapshots"] = record["snapshots"] + [self.unknown_table()]
        return Promote(record, self.choose_gap_names(record, stored), self.choose_statements())

    def choose_snapshots(self, stored):
        """Of most models one version, mostly the one that the environment has."""
        now = {(table["name"], table["version"]) for table in stored["snapshots"]} if stored else set()
        chosen = []
        for name in self.names:
            versions = [snapshot for snapshot in self.snapshots if snapshot.name == name]
            kept = [snapshot for snapshot in versions if (name, snapshot.version) in now]
            if not self.chance(10):
                chosen.append(self.draw.choice(kept if kept and self.chance(60) else versions))
        self.draw.shuffle(chosen)
        return chosen

    def add_dev_fields(self, record, chosen):
        if self.chance(50):
            days = self.draw.choice([-1, 0, 1, 3, 100])
            record["expiration_ts"] = self.now_ms() + days * DAY_MS
        if self.chance(50):
            promoted = [snapshot for snapshot in chosen if self.chance(60)]
            promoted += [self.draw.choice(self.snapshots)] if self.chance(10) else []
            ids = {(snapshot.name, snapshot.identifier): snapshot for snapshot in promoted}
            record["promoted_snapshot_ids"] = [{"name": name, "identifier": id} for name, id in ids]

    def unknown_table(self):
        table = copy.deepcopy(self.tables[self.snapshots[0].snapshot_id])
        table["name"] = '"fix_shop"."shop"."returns"'
        return table

    def choose_gap_names(self, record, stored):
        tables = record["snapshots"] + (stored["snapshots"] if stored else [])
        names = sorted({table["name"] for table in tables})
        some = [name for name in names if self.chance(30)]
        return self.draw.choice([None, some, some, []])

    def choose_statements(self):
        statement = {"before_all": ["CREATE SCHEMA x"], "after_all": ["-- für alle"], "python_env": {}, "project": ""}
        return self.draw.choice([None, None, [], [statement]])

    # -- the others --

    def finalize(self):
        name = self.draw.choice(["prod", "prod", "prod", "dev", "pr_17"])
        stored = self.stored.get(name)
        plan_id = stored["plan_id"] if stored and not self.chance(15) else "f" * 32
        return Finalize(name, plan_id)

    def add(self):
        start, end = self.choose_range([0, 5, 24, 50, 200])
        return AddIntervals(self.draw.choice(self.snapshots), start, end, self.chance(20))

    def remove(self):
        start, end = self.choose_range([0, 5, 24, 50, 200, -30])
        return RemoveIntervals(self.draw.choice(self.snapshots), start, end, self.chance(40))

    def compact(self):
        return Compact()

    def choose_range(self, hours):
        first = datetime.datetime(2025, 12, 30) + datetime.timedelta(hours=self.draw.randrange(13 * 24))
        last = first + datetime.timedelta(hours=self.draw.choice(hours))
        form = "%Y-%m-%d" if self.chance(70) else "%Y-%m-%d %H:%M:%S"
        return first.strftime(form), last.strftime(form)

    def happened(self, step, answer):
        if isinstance(step, Promote) and "done" in answer:
            self.stored[step.record["name"]] = step.record


class RandomStepsTest(unittest.TestCase):
    def test_the_same_in_both(self):
        stories = STORIES if os.environ.get("REPOINT_SOAK") else STORIES_SHARE
        total = stories * STEPS_OF_A_STORY
        print(f"share: {total} of {STORIES * STEPS_OF_A_STORY} steps, seed {SEED}", flush=True)
        self.counts = Counter()
        for number in range(stories):
            with self.subTest(seed=SEED, story=number), tempfile.TemporaryDirectory(prefix="repoint-random-") as folder:
                self.tell(random.Random(f"{SEED} {number}"), Path(folder))
        print(", ".join(f"{count} {what}" for what, count in sorted(self.counts.items())))

    def tell(self, draw, folder):
        world = folder / "world.json"
        story = Story(draw, make_world(world))
        with time_machine.travel(FIRST_MOMENT, tick=False):
            state_sync = state_sync_of(folder, world)
        forget_import(state_sync)
        repoint = Repoint(folder)
        repoint.now = FIRST_MOMENT
        repoint.import_state(world)

        told = []
        for _ in range(STEPS_OF_A_STORY):
            step = story.next_step()
            told.append(f"{story.now.isoformat()} {step}")
            so_far = "\n".join(["after these steps:", *told])
            repoint.now = story.now
            with time_machine.travel(story.now, tick=False):
                expected = outcome(step.in_sqlmesh, state_sync)
                state = exported(state_sync, folder)
            found = outcome(step.in_repoint, repoint)
            assert_same(self, expected, found, so_far)
            assert_same(self, state, read(repoint.export_state(folder / "by-repoint.json")), so_far)
            self.assertEqual(snapshot_rows(state_sync), repoint.snapshot_rows(), so_far)
            told[-1] += f"\n    {next(iter(found))}: {next(iter(found.values()))}"
            story.happened(step, found)
            self.counts[f"{type(step).__name__} {found.get('refused', 'done')}"] += 1


if __name__ == "__main__":
    unittest.main()
