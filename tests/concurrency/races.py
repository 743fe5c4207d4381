"""Many processes at one store, on a real server or a real file.

Each scenario lets programs run into one another again and again, and looks afterwards at what must hold whatever the
order was. REPOINT_SOAK makes the counts full. SQLMesh takes part on PostgreSQL and MariaDB.

Usage: races.py DATABASE [SCENARIO...]; postgres, mariadb, duckdb or sqlite
"""

import copy
import json
import os
import random
import subprocess
import sys
import tempfile
import threading
import time
import warnings
from datetime import date, timedelta
from pathlib import Path

TESTS = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(TESTS / "sqlmesh"), str(TESTS / "conformance"), str(TESTS / "servers")]

from databases import find  # noqa: E402
from linearizability import CONFLICT, DONE, UNKNOWN, Operation, is_linearizable  # noqa: E402
from own_servers import MariaDB, Postgres  # noqa: E402
from program import PROGRAM, Repoint, own_environment  # noqa: E402
from sqlmesh.core.environment import Environment  # noqa: E402
from sqlmesh.core.state_sync.common import ExpiredBatchRange  # noqa: E402
from sqlmesh.utils.errors import ConflictingPlanError, SQLMeshError  # noqa: E402
from state_file import HISTORY  # noqa: E402

SKIPPED = 77
KILLED = -9
SEED = int(os.environ.get("REPOINT_SEED", "1"))
SOAK = bool(os.environ.get("REPOINT_SOAK"))
DAYS = [f"2026-03-{day:02}" for day in range(1, 31)]


def times(share, full, what):
    count = full if SOAK else share
    print(f"share: {count} of {full} {what}", flush=True)
    return range(count)


class Answer:
    """What a process did, and between which moments."""

    def __init__(self, start, end, code, output, errors):
        self.start, self.end, self.code = start, end, code
        self.output, self.errors = output, errors

    def check(self, *codes):
        assert self.code in codes, (self.code, self.output[-2000:], self.errors[-2000:])
        return self

    @property
    def document(self):
        return json.loads(self.output)


class World:
    """A store with the shop in it."""

    def __init__(self, database, folder):
        self.folder = folder
        self.database = database
        self.side = database.side(folder / "side", "tested")
        self.repoint = self.side.repoint()
        self.repoint("import", str(HISTORY))
        self.state = json.loads(Path(HISTORY).read_text(encoding="utf-8"))
        self.files = 0

    def run(self, *words):
        """Runs the program to its end, as a process of its own."""
        command = [PROGRAM, *words, "-o", "json", "--state", self.repoint.url, "--schema", self.repoint.schema]
        start = time.monotonic()
        while True:
            result = subprocess.run(
                command, env=own_environment(), capture_output=True, text=True, check=False, timeout=120
            )
            # Who has a file is not served in turn: "busy" says that nothing was done, and to try again.
            if not (self.side.is_file and result.returncode == 4 and '"busy"' in result.stdout):
                break
        return Answer(start, time.monotonic(), result.returncode, result.stdout, result.stderr)

    def run_and_kill(self, seconds, *words):
        """The same, killed after so long, if it runs that long: its code is then KILLED, and its end unknown."""
        command = [PROGRAM, *words, "-o", "json", "--state", self.repoint.url, "--schema", self.repoint.schema]
        start = time.monotonic()
        process = subprocess.Popen(
            command, env=own_environment(), stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
        )
        try:
            output, errors = process.communicate(timeout=seconds)
        except subprocess.TimeoutExpired:
            process.kill()
            output, errors = process.communicate()
        end = time.monotonic() if process.returncode != KILLED else float("inf")
        return Answer(start, end, process.returncode, output, errors)

    def at_once(self, *tasks):
        """Lets them all begin together; their results in order."""
        barrier = threading.Barrier(len(tasks))
        results = [None] * len(tasks)

        def begin(i, task):
            barrier.wait()
            try:
                results[i] = task()
            except BaseException as error:
                results[i] = error

        threads = [threading.Thread(target=begin, args=(i, task)) for i, task in enumerate(tasks)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        for result in results:
            if isinstance(result, BaseException):
                raise result
        return results

    def record(self, name, expected, value, snapshots=None):
        """An environment's record like dev's, that goes from one plan id to another."""
        record = copy.deepcopy(self.state["environments"]["dev"]["environment"])
        for field in ("finalized_ts", "expiration_ts", "previous_finalized_snapshots", "previous_plan_id"):
            record.pop(field, None)
        record.update(name=name, plan_id=value)
        if expected:
            record["previous_plan_id"] = expected
        if snapshots is not None:
            record["snapshots"] = snapshots
            record.pop("promoted_snapshot_ids", None)
        return record

    def promote(self, record, kill_after=None):
        self.files += 1
        path = self.folder / f"record-{record['plan_id']}.json"
        path.write_text(json.dumps(record), encoding="utf-8")
        words = ["promote", record["name"], "--record", str(path), "--check-gaps", "none"]
        return self.run_and_kill(kill_after, *words) if kill_after else self.run(*words)

    def promote_by_sqlmesh(self, record):
        """The same by SQLMesh, in a thread with a connection of its own: 0, 3 for missing snapshots, or 4."""
        adapter = self.side.new_adapter()
        with self.side.sqlmesh_on(adapter) as state_sync:
            environment = Environment.model_validate(copy.deepcopy(record))
            start, code = time.monotonic(), 0
            try:
                state_sync.promote(environment, no_gaps_snapshot_names=set())
            except ConflictingPlanError:
                code = 4
            except SQLMeshError as error:
                if not str(error).startswith("Missing snapshots"):
                    raise
                code = 3
            return Answer(start, time.monotonic(), code, "", "")

    def stored(self):
        return self.side.tables()


# ---- scenarios ----


def one_writer_wins(world, draw, writers=8):
    """Each round everybody goes from the same plan id; in the first of a name there is no environment yet."""
    overlapping = 0
    for round_number in times(4, 60, f"rounds of {writers} writers at one environment"):
        name = f"race_{round_number}"
        expected, history = None, []
        for generation in range(3):
            records = [world.record(name, expected, f"{draw.getrandbits(128):032x}") for _ in range(writers)]
            tasks = [lambda record=record: world.promote(record) for record in records]
            # On MariaDB SQLMesh replaces a row that it has not seen, where there was none when it looked.
            is_blind = world.repoint.url.startswith("mysql:") and expected is None
            if world.database.has_sqlmesh and not world.side.is_file and not is_blind:
                tasks[0] = lambda record=records[0]: world.promote_by_sqlmesh(record)
            answers = world.at_once(*tasks, lambda: world.run("environments"))
            history += promotes(records, answers, expected) + reads(name, answers[-1:])
            winners = [record for record, answer in zip(records, answers) if answer.code == 0]
            assert len(winners) == 1, [(answer.code, answer.errors[-300:]) for answer in answers]
            overlapping += max(a.start for a in answers[:-1]) < min(a.end for a in answers[:-1])
            expected = winners[0]["plan_id"]
        history += reads(name, [world.run("environments")])
        assert is_linearizable(history), history
    assert overlapping > 0, "the writers never met"
    print(f"    {overlapping} rounds in which all of them overlapped")


def promotes(records, answers, expected):
    return [
        Operation(a.start, a.end, "promote", expected, r["plan_id"], DONE if a.check(0, 4).code == 0 else CONFLICT)
        for r, a in zip(records, answers)
    ]


def reads(name, answers):
    found = []
    for answer in answers:
        plans = {row["name"]: row["plan_id"] for row in answer.check(0).document["environments"]}
        found.append(Operation(answer.start, answer.end, "read", None, plans.get(name)))
    return found


def promote_against_janitor(world, draw, by_sqlmesh):
    """Nothing points to a snapshot; somebody promotes it while the janitor removes what nothing points to."""
    janitor = "SQLMesh's" if by_sqlmesh else "repoint's"
    old = world.state["environments"]["pr_17"]["environment"]["snapshots"]
    world.run("invalidate", "staging").check(0)
    outcomes = {0: 0, 3: 0}
    for number in times(15, 300, f"races of promote against {janitor} janitor"):
        world.run("janitor").check(0)
        world.run("push", str(HISTORY)).check(0)
        record = world.record("candidate", None, f"{draw.getrandbits(128):032x}", old)
        first = draw.random() * 0.02

        def promote(wait=draw.random() * 0.02, record=record):
            threading.Event().wait(wait)  # where in the other's work it falls is left to chance
            return world.promote(record)

        def clean(wait=first):
            threading.Event().wait(wait)
            return delete_by_sqlmesh(world) if by_sqlmesh else world.run("janitor", "--ignore-ttl")

        answer, _ = world.at_once(promote, clean)
        outcomes[answer.check(0, 3).code] += 1
        tables = world.stored()
        stored = {(row["name"], row["version"]) for row in tables["_snapshots"]}
        for environment in tables["_environments"]:
            gone = [t["name"] for t in environment["snapshots"] if (t["name"], t["version"]) not in stored]
            assert not gone, f"race {number}: {environment['name']} names what is gone: {gone}"
        if answer.code == 0:
            world.run("invalidate", "candidate").check(0)
    print(f"    promoted {outcomes[0]} times, refused for missing snapshots {outcomes[3]} times")


def delete_by_sqlmesh(world):
    with world.side.sqlmesh_on(world.side.new_adapter()) as state_sync:
        state_sync.delete_expired_snapshots(ExpiredBatchRange.all_batch_range(), ignore_ttl=True)


def two_pushes(world, draw):
    for _ in times(6, 60, "races of two pushes of the same snapshots"):
        for name in ("dev", "pr_17", "staging", "candidate"):
            world.run("invalidate", name)
        world.run("janitor", "--ignore-ttl").check(0)
        before = len(world.stored()["_snapshots"])
        answers = world.at_once(*[lambda: world.run("push", str(HISTORY))] * 3)
        added = sum(answer.check(0).document["added"] for answer in answers)
        rows = world.stored()["_snapshots"]
        ids = {(row["name"], row["identifier"]) for row in rows}
        assert len(ids) == len(rows) == len(world.state["snapshots"]), (len(ids), len(rows))
        assert added == len(rows) - before, (added, before, len(rows))


def adds_during_compaction(world, draw, writers=16):
    """What everybody added is what is there in the end (guarantee 9)."""
    snapshots = [s for s in world.run("snapshots").document["snapshots"] if s["name"].endswith('"orders"')]
    operand = f"{snapshots[0]['name']}@{snapshots[0]['identifier']}"
    for number in times(2, 20, f"rounds of {writers} writers of intervals and compaction"):
        year = 2027 + number
        days = [day.replace("2026", str(year)) for day in DAYS]
        draw.shuffle(days)
        shares = [days[i::writers] for i in range(writers)]
        writing = threading.Semaphore(0)
        compactions = []

        def add(share):
            for day in share:
                world.run("intervals", "add", operand, day, day).check(0)
            writing.release()

        def compact():
            left = writers
            while left:
                compactions.append(world.run("intervals", "compact").check(0))
                while left and writing.acquire(blocking=False):
                    left -= 1

        world.at_once(*[lambda share=share: add(share) for share in shares], compact)
        world.run("intervals", "compact").check(0)
        shown = world.run("intervals", "list", operand).check(0).document["intervals"]
        of_year = [(i["start"][:10], i["end"][:10]) for i in shown if i["start"].startswith(str(year))]
        assert of_year == [(f"{year}-03-01", f"{year}-03-31")], of_year
        print(f"    {len(compactions)} compactions meanwhile")


# ---- with processes and servers that die ----


class History:
    """What writers and readers of one environment did, and what came of it."""

    def __init__(self, world, name):
        self.world, self.name = world, name
        self.operations = []
        self.done = self.unknown = 0

    def promote(self, expected, value, kill_after=None):
        answer = self.world.promote(self.world.record(self.name, expected, value), kill_after)
        outcome = outcome_of(answer)
        if outcome is not None:
            self.done += outcome == DONE
            self.unknown += outcome == UNKNOWN
            end = float("inf") if outcome == UNKNOWN else answer.end
            self.operations.append(Operation(answer.start, end, "promote", expected, value, outcome))

    def read(self):
        """The plan id; None where there is no environment; False where there was no answer."""
        answer = self.world.run("environments").check(0, 6)
        if answer.code == 6:
            return False
        operation = reads(self.name, [answer])[0]
        self.operations.append(operation)
        return operation.value

    def write_while(self, goes_on, draw, kill_after=lambda: None):
        while goes_on():
            expected = self.read()
            if expected is not False:
                self.promote(expected, f"{draw.getrandbits(128):032x}", kill_after())

    def check(self):
        self.read()
        assert is_linearizable(self.operations), self.operations


def outcome_of(answer):
    """None: it says that it did nothing, for a reason that is not the environment's."""
    if answer.code == KILLED:
        return UNKNOWN
    answer.check(0, 4, 6, 8)
    if answer.code == 4:
        return CONFLICT if answer.document["error"]["code"] == "conflict" else None
    return {0: DONE, 6: None, 8: UNKNOWN}[answer.code]


def seconds_of(world, writers, *words):
    """How long a command takes when so many run at once: within that time, more or less, they are killed."""
    answers = world.at_once(*[lambda: world.run(*words)] * writers)
    return max(answer.end - answer.start for answer in answers)


def killed_writers(world, draw, writers=4):
    """Some are killed in the middle: what they did is done or not, and nobody else waits for them or is misled."""
    killed = done = 0
    seconds = seconds_of(world, writers, "environments")
    for number in times(4, 60, f"rounds of {writers} writers that are killed"):
        history = History(world, f"killed_{number}")

        def write(one):
            left = iter(range(4))
            history.write_while(lambda: next(left, None) is not None, one, lambda: one.random() * 3 * seconds)

        draws = [random.Random(draw.getrandbits(64)) for _ in range(writers)]
        world.at_once(*[lambda one=one: write(one) for one in draws])
        last = f"{draw.getrandbits(128):032x}"
        history.promote(history.read(), last)
        assert history.read() == last
        history.check()
        killed, done = killed + history.unknown, done + history.done
    assert killed > 0 and done > 0, (killed, done)
    print(f"    {killed} killed, {done} promoted")


def killed_adders(world, draw, writers=6):
    """What was said to be added is there, whoever was killed, adding or compacting; and nothing that nobody added."""
    snapshots = [s for s in world.run("snapshots").document["snapshots"] if s["name"].endswith('"orders"')]
    operand = f"{snapshots[0]['name']}@{snapshots[0]['identifier']}"
    killed = done = 0
    seconds = seconds_of(world, writers, "intervals", "list", operand)
    for number in times(2, 20, f"rounds of {writers} writers of intervals that are killed"):
        year = 2027 + number
        days = [day.replace("2026", str(year)) for day in DAYS]
        added, tried = set(), set()
        shares = [(days[i::writers], random.Random(draw.getrandbits(64))) for i in range(writers)]

        def add(share, one):
            for day in share:
                tried.add(day)
                if world.run_and_kill(one.random() * 3 * seconds, "intervals", "add", operand, day, day).code == 0:
                    added.add(day)

        def compact(one=random.Random(draw.getrandbits(64))):
            for _ in range(10):
                world.run_and_kill(one.random() * 3 * seconds, "intervals", "compact")

        world.at_once(*[lambda share=share: add(*share) for share in shares], compact)
        before = days_of(world, operand, year)
        assert added <= before <= tried, (added - before, before - tried)
        world.run("intervals", "compact").check(0)
        assert days_of(world, operand, year) == before
        killed, done = killed + len(tried - added), done + len(added)
    assert killed > 0 and done > 0, (killed, done)
    print(f"    {killed} killed or turned away, {done} added")


def days_of(world, operand, year):
    shown = world.run("intervals", "list", operand).check(0).document["intervals"]
    starts = [date.fromisoformat(i["start"][:10]) for i in shown if i["start"].startswith(str(year))]
    ends = [date.fromisoformat(i["end"][:10]) for i in shown if i["start"].startswith(str(year))]
    return {str(a + timedelta(days=i)) for a, b in zip(starts, ends) for i in range((b - a).days)}


class OwnSide:
    """A store on a server that the scenario may kill."""

    is_file = False

    def __init__(self, folder, server_class):
        self.folder = folder
        self.server = server_class(folder)
        self.server.start()

    def repoint(self):
        return Repoint(self.folder, self.server.url)

    def drop(self):
        self.server.kill()


class OwnServer:
    has_sqlmesh = False

    def __init__(self, server_class):
        self.server_class = server_class

    def side(self, folder, name):
        folder.mkdir(parents=True)
        folder.parent.chmod(0o755)
        return OwnSide(folder, self.server_class)


def restarted_server(world, draw, writers=4):
    """The server is killed, or shut down at once, and comes back, while everybody writes."""
    server = world.side.server
    done = unknown = 0
    for number in times(2, 30, f"rounds of {writers} writers whose server stops"):
        history = History(world, f"restarted_{number}")
        draws = [random.Random(draw.getrandbits(64)) for _ in range(writers)]
        over = threading.Event()

        def restart(one=random.Random(draw.getrandbits(64))):
            try:
                for stop in one.sample([server.kill, server.stop_at_once], 2):
                    over.wait(0.1 + one.random() * 0.3)  # where in their work it falls is left to chance
                    stop()
                    server.start()
                until = time.monotonic() + 30
                while history.done == 0 and time.monotonic() < until:
                    over.wait(0.1)
            finally:
                over.set()

        world.at_once(*[lambda one=one: history.write_while(lambda: not over.is_set(), one) for one in draws], restart)
        history.check()
        done, unknown = done + history.done, unknown + history.unknown
    assert done > 0
    print(f"    {done} promoted, {unknown} that nobody knows")


def scenarios(name):
    yield one_writer_wins, {"writers": 3 if name == "duckdb" else 8}
    yield promote_against_janitor, {"by_sqlmesh": False}
    if name == "postgres":
        yield promote_against_janitor, {"by_sqlmesh": True}
    yield two_pushes, {}
    yield adds_during_compaction, {"writers": 4 if name == "duckdb" else 16}
    yield killed_writers, {"writers": 2 if name == "duckdb" else 4}
    yield killed_adders, {"writers": 2 if name == "duckdb" else 6}
    if name in OWN_SERVERS:
        yield restarted_server, {}


OWN_SERVERS = {"postgres": Postgres, "mariadb": MariaDB}


def main():
    warnings.filterwarnings("ignore")
    name = sys.argv[1]
    database, reason = find(name)
    if database is None:
        print(f"skipped: {reason}")
        sys.exit(SKIPPED)
    print(f"seed {SEED}", flush=True)
    for scenario, options in scenarios(name):
        if len(sys.argv) > 2 and scenario.__name__ not in sys.argv[2:]:
            continue
        with tempfile.TemporaryDirectory(prefix="repoint-races-", dir="/tmp") as folder:
            own = OwnServer(OWN_SERVERS[name]) if scenario is restarted_server else database
            world = World(own, Path(folder))
            try:
                began = time.monotonic()
                scenario(world, random.Random(f"{SEED} {scenario.__name__} {options}"), **options)
                print(f"    {scenario.__name__} {options}: {time.monotonic() - began:.1f} s", flush=True)
            finally:
                world.side.drop()


if __name__ == "__main__":
    main()
