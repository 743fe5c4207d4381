"""Steps, each told to repoint and to SQLMesh's own state sync, and what the two answer; and the drawing of stories.

What differs on purpose is not drawn: an added range that ends before it starts (SQLMesh adds nothing, repoint refuses), a
name to be checked for gaps that nobody has (SQLMesh checks nothing), intervals of a snapshot that is not stored, an
import of an environment whose snapshots are gone, a pending restatement of no time at all (SQLMesh writes a row for it).
"""

import copy
import datetime
import json
from dataclasses import dataclass
from typing import Optional

from program import Refused
from sqlmesh.core.environment import Environment, EnvironmentStatements
from sqlmesh.core.snapshot import Snapshot, SnapshotId, SnapshotIntervals, SnapshotTableInfo
from sqlmesh.core.snapshot.definition import SnapshotNameVersion
from sqlmesh.core.state_sync.common import ExpiredBatchRange
from sqlmesh.core.state_sync.export_import import export_state, import_state
from sqlmesh.utils.errors import ConflictingPlanError, SQLMeshError
from state_file import HISTORY, write
from state_sync import exported, forget_import, state_sync_of

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


@dataclass
class Push:
    snapshots: list  # as in a state file

    def __str__(self):
        return "push " + ", ".join(f"{s['name']} {s['version']}" for s in self.snapshots)

    def in_repoint(self, repoint):
        repoint.verb("push", snapshots=self.snapshots)

    def in_sqlmesh(self, state_sync):
        state_sync.push_snapshots([Snapshot.model_validate(copy.deepcopy(s)) for s in self.snapshots])


@dataclass
class AddMany:
    """Intervals of any kind at once, pending restatements too, without a look at the snapshot's unit."""

    snapshots: list

    def __str__(self):
        kinds = ("intervals", "dev_intervals", "pending_restatement_intervals")
        return "add many " + ", ".join(f"{s['name']} {s['version']} {[s[k] for k in kinds]}" for s in self.snapshots)

    def in_repoint(self, repoint):
        repoint.verb("add_many", snapshots=self.snapshots)

    def in_sqlmesh(self, state_sync):
        state_sync.add_snapshots_intervals([self.intervals_of(snapshot) for snapshot in self.snapshots])

    @staticmethod
    def intervals_of(raw):
        snapshot = Snapshot.model_validate(copy.deepcopy(raw))
        return SnapshotIntervals(
            name=snapshot.name,
            identifier=snapshot.identifier,
            version=snapshot.version,
            dev_version=snapshot.dev_version,
            intervals=snapshot.intervals,
            dev_intervals=snapshot.dev_intervals,
            pending_restatement_intervals=snapshot.pending_restatement_intervals,
            last_altered_ts=snapshot.last_altered_ts,
            dev_last_altered_ts=snapshot.dev_last_altered_ts,
        )


@dataclass
class DeleteSnapshots:
    ids: list

    def in_repoint(self, repoint):
        repoint.verb("delete", ids=self.ids)

    def in_sqlmesh(self, state_sync):
        state_sync.delete_snapshots([SnapshotId(name=name, identifier=identifier) for name, identifier in self.ids])


@dataclass
class Ask:
    """What is stored of these ids and names, and up to when models have data."""

    ids: list
    names: list
    environment: str
    flag: bool

    def in_repoint(self, repoint):
        return {
            "exist": repoint.verb("exist", ids=self.ids),
            "nodes": sorted(repoint.verb("nodes_exist", names=self.names, exclude_external=self.flag)),
            "by names": sorted(repoint.verb("by_names", names=self.names, exclude_expired=self.flag)),
            "ends": repoint.verb("interval_ends", environment=self.environment, finalized=self.flag),
            "some ends": repoint.verb("interval_ends", environment=self.environment, models=self.names),
        }

    def in_sqlmesh(self, state_sync):
        ids = [SnapshotId(name=name, identifier=identifier) for name, identifier in self.ids]
        found = state_sync.snapshots_exist(ids)
        rows = state_sync.get_snapshots_by_names(self.names, exclude_expired=self.flag)
        return {
            "exist": [id in found for id in ids],
            "nodes": sorted(state_sync.nodes_exist(self.names, exclude_external=self.flag)),
            "by names": sorted([row.name, row.identifier, row.version] for row in rows),
            "ends": state_sync.max_interval_end_per_model(self.environment, ensure_finalized_snapshots=self.flag),
            "some ends": state_sync.max_interval_end_per_model(self.environment, set(self.names)),
        }


@dataclass
class Unpause:
    snapshots: list
    unpaused_ts: int

    def __str__(self):
        return f"unpause at {self.unpaused_ts} " + ", ".join(f"{s['name']} {s['version']}" for s in self.snapshots)

    def in_repoint(self, repoint):
        repoint.verb("unpause", snapshots=self.snapshots, unpaused_ts=self.unpaused_ts)

    def in_sqlmesh(self, state_sync):
        snapshots = [Snapshot.model_validate(copy.deepcopy(s)) for s in self.snapshots]
        state_sync.unpause_snapshots(snapshots, self.unpaused_ts)


@dataclass
class Restatements:
    rows: list  # name, version, ms or None

    def in_repoint(self, repoint):
        repoint.verb("restatements", restatements=self.rows)

    def in_sqlmesh(self, state_sync):
        state_sync.update_auto_restatements(
            {SnapshotNameVersion(name=name, version=version): ts for name, version, ts in self.rows}
        )


@dataclass
class Invalidate:
    name: str

    def in_repoint(self, repoint):
        repoint.verb("invalidate", name=self.name)

    def in_sqlmesh(self, state_sync):
        state_sync.invalidate_environment(self.name)


@dataclass
class DeleteEnvironments:
    name: Optional[str]

    def in_repoint(self, repoint):
        return sorted(repoint.verb("delete_environments", name=self.name))

    def in_sqlmesh(self, state_sync):
        return sorted(environment.name for environment in state_sync.delete_expired_environments(name=self.name))


@dataclass
class DeleteExpired:
    ignore_ttl: bool
    limit: int

    def in_repoint(self, repoint):
        batch = repoint.verb("delete_expired", ignore_ttl=self.ignore_ttl, limit=self.limit)
        return batch and {"ids": sorted(batch["ids"]), "tables": sorted(batch["tables"])}

    def in_sqlmesh(self, state_sync):
        batch_range = ExpiredBatchRange.init_batch_range(self.limit)
        batch = state_sync.get_expired_snapshots(batch_range=batch_range, ignore_ttl=self.ignore_ttl)
        if batch is None:
            return None
        state_sync.delete_expired_snapshots(batch_range=batch.batch_range, ignore_ttl=self.ignore_ttl)
        tables = []
        for task in batch.cleanup_tasks:
            tables.append(task.snapshot.table_name(is_deployable=False))
            if not task.dev_table_only:
                tables.append(task.snapshot.table_name(is_deployable=True))
        ids = sorted([id.name, id.identifier] for id in batch.expired_snapshot_ids)
        return {"ids": ids, "tables": sorted(tables)}


@dataclass
class ExportAndImport:
    """The store is emptied and holds what a state file of these environments holds."""

    environments: list

    def in_repoint(self, repoint):
        words = [word for name in self.environments for word in ("--environment", name)]
        path = repoint.export_state(repoint.folder / "moved.json", *words)
        repoint("import", str(path), "--replace")

    def in_sqlmesh(self, state_sync):
        path = state_sync.repoint_folder / "moved.json"
        export_state(state_sync, path, environment_names=self.environments)
        import_state(state_sync, path, clear=True)
        forget_import(state_sync)


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
        ("Cannot invalidate", "refused"),
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
    raw = {(snapshot["name"], snapshot["version"], i): snapshot for i, snapshot in enumerate(state["snapshots"])}
    return [Snapshot.model_validate(copy.deepcopy(snapshot)) for snapshot in state["snapshots"]], raw


def id_of_table(table):
    info = SnapshotTableInfo.model_validate(copy.deepcopy(table))
    return info.name, info.identifier


def table_of(snapshot):
    return json.loads(Snapshot.model_validate(copy.deepcopy(snapshot)).table_info.json())


class Story:
    """Draws steps that make sense now and then: `stored` is what each environment's record was last promoted to."""

    def __init__(self, draw, snapshots, raw):
        self.draw = draw
        self.raw = raw
        self.known = {(snapshot.name, snapshot.identifier) for snapshot in snapshots}
        self.snapshots = snapshots
        self.names = sorted({snapshot.name for snapshot in snapshots})
        self.tables = {snapshot.snapshot_id: json.loads(snapshot.table_info.json()) for snapshot in snapshots}
        self.stored = {}
        self.environments = {}
        self.now = FIRST_MOMENT

    def chance(self, percent):
        return self.draw.random() < percent / 100

    def next_step(self):
        self.now += datetime.timedelta(milliseconds=self.draw.choice([1, 1000, HOUR_MS, self.draw.randrange(DAY_MS)]))
        kinds = {
            self.promote: 24,
            self.finalize: 15,
            self.add: 12,
            self.remove: 6,
            self.compact: 4,
            self.push: 8,
            self.add_many: 6,
            self.ask: 6,
            self.unpause: 5,
            self.restatements: 3,
            self.invalidate: 3,
            self.delete_environments: 3,
            self.delete_expired: 4,
            self.delete_snapshots: 1,
            self.export_and_import: 1,
        }
        if self.chance(3):
            self.now += datetime.timedelta(days=self.draw.randrange(4, 12))
        step = None
        while step is None:
            step = self.draw.choices(list(kinds), list(kinds.values()))[0]()
        return step

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

    def stored_snapshots(self):
        return [s for s in self.snapshots if (s.name, s.identifier) in self.known]

    def add(self):
        start, end = self.choose_range([0, 5, 24, 50, 200])
        stored = self.stored_snapshots()
        return AddIntervals(self.draw.choice(stored), start, end, self.chance(20)) if stored else None

    def remove(self):
        start, end = self.choose_range([0, 5, 24, 50, 200, -30])
        stored = self.stored_snapshots()
        return RemoveIntervals(self.draw.choice(stored), start, end, self.chance(40)) if stored else None

    def some_raw(self, least=1, most=4):
        keys = sorted(self.raw)
        return [copy.deepcopy(self.raw[key]) for key in self.draw.sample(keys, self.draw.randint(least, most))]

    def push(self):
        return Push(self.some_raw())

    def add_many(self):
        snapshots = self.some_raw()
        for snapshot in snapshots:
            for kind in ("intervals", "dev_intervals", "pending_restatement_intervals"):
                start = JANUARY_MS + self.draw.randrange(200) * HOUR_MS
                is_pending = kind == "pending_restatement_intervals"
                many = [[start, start + self.draw.choice([24 if is_pending else 0, 6, 24, 72]) * HOUR_MS]]
                snapshot[kind] = many if self.chance(50) else []
        return AddMany(snapshots)

    def some_ids(self):
        some = self.draw.sample(self.snapshots, self.draw.randint(1, 4))
        return [[snapshot.name, snapshot.identifier] for snapshot in some]

    def ask(self):
        names = self.draw.sample(self.names, self.draw.randint(1, 3)) + ['"fix_shop"."shop"."returns"']
        environment = self.draw.choice(["prod", "dev", "pr_17", "absent"])
        return Ask([*self.some_ids(), ["nobody", "1"]], names, environment, self.chance(50))

    def unpause(self):
        by_name = {snapshot["name"]: snapshot for snapshot in self.some_raw(1, 5)}
        return Unpause(list(by_name.values()), self.now_ms() - self.draw.choice([0, HOUR_MS, DAY_MS]))

    def restatements(self):
        rows = {(s["name"], s["version"]): self.draw.choice([None, self.now_ms() + DAY_MS]) for s in self.some_raw()}
        return Restatements([[name, version, ts] for (name, version), ts in rows.items()])

    def invalidate(self):
        return Invalidate(self.draw.choice(["dev", "pr_17", "PR_17", "prod", "archive_0", "archive_1", "absent"]))

    def delete_environments(self):
        return DeleteEnvironments(self.draw.choice([None, None, "dev", "pr_17"]))

    def delete_expired(self):
        return DeleteExpired(self.chance(30), self.draw.choice([1, 2, 3, 200]))

    def delete_snapshots(self):
        return DeleteSnapshots(self.some_ids())

    def export_and_import(self):
        whole = [name for name in sorted(self.environments) if self.environments[name] <= self.known]
        return ExportAndImport(self.draw.sample(whole, min(len(whole), 2))) if whole else None

    def compact(self):
        return Compact()

    def choose_range(self, hours):
        first = datetime.datetime(2025, 12, 30) + datetime.timedelta(hours=self.draw.randrange(13 * 24))
        last = first + datetime.timedelta(hours=self.draw.choice(hours))
        form = "%Y-%m-%d" if self.chance(70) else "%Y-%m-%d %H:%M:%S"
        return first.strftime(form), last.strftime(form)

    def happened(self, step, answer, tables):
        """`tables` is what is stored now."""
        if isinstance(step, Promote) and "done" in answer:
            self.stored[step.record["name"]] = step.record
        self.learn(tables)

    def learn(self, tables):
        self.known = {(row["name"], row["identifier"]) for row in tables["_snapshots"]}
        self.environments = {
            row["name"]: {id_of_table(table) for table in row["snapshots"]} for row in tables["_environments"]
        }
        for name in set(self.stored) - set(self.environments):
            del self.stored[name]
