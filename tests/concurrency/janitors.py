"""The janitor in races, with views and tables: against deployments, against itself, and killed (guarantee 5).

Each race has a release of its own, which nothing points to yet: its snapshots are stored, its tables are filled. After
it, whatever the order was: what environments, open deployments and retained revisions name is stored and has its table,
views show what the record says, and a janitor that is left alone finds no table without a snapshot.

Usage: janitors.py [SCENARIO...]
"""

import json
import os
import random
import sys
import tempfile
import threading
import time
from pathlib import Path

TESTS = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(TESTS / "cutover")]

from databases import database, why_not  # noqa: E402
from world import DONE, GAVE_WAY, NOT_FOUND, World  # noqa: E402

SKIPPED = 77
MODELS = 3
MISSING = 3
SEED = int(os.environ.get("REPOINT_SEED", "1"))
SOAK = bool(os.environ.get("REPOINT_SOAK"))
JANITOR = ["janitor", "--ignore-ttl"]


def times(share, full, what):
    count = full if SOAK else share
    print(f"share: {count} of {full} {what}, seed {SEED}", flush=True)
    return range(count)


class Shop(World):
    """A store and warehouse, and releases that are told from the versions of their tables."""

    def __init__(self, on, folder):
        super().__init__(on, folder)
        self.names = {}  # of a physical table: its release
        self.released = 0
        self.run("init", "--deployments").check(DONE)
        self.given("A")
        self.run(*self.deployment("A")).check(DONE)

    def given(self, release):
        """Snapshots that nothing points to, and their tables."""
        self.names.update({self.on.models.table(name, release)[1]: release for name in self.on.models.names})
        self.on.create_tables(release)
        self.on.fill_tables(release)
        self.given_snapshots(release)

    def given_another(self):
        self.released += 1
        self.given(f"R{self.released}")
        return f"R{self.released}"

    def tables_of(self, release):
        return {self.on.models.table(name, release)[1] for name in self.on.models.names}

    def deployment(self, release):
        return ["deploy", "prod", "--snapshots", str(self.ids(release))]

    # -- what is there, read past repoint

    def rows(self, sql):
        return self.on.fetch(sql.replace("STATE", self.on.state_schema))

    def stored(self):
        return set(self.rows("SELECT name, version FROM STATE._snapshots"))

    def tables(self):
        sql = f"SELECT tablename FROM pg_tables WHERE schemaname = '{self.on.models.physical_schema}'"
        return {row[0] for row in self.rows(sql)}

    def named(self):
        """Who names which snapshots: environments, open deployments, the five newest revisions."""
        for name, snapshots in self.rows("SELECT name, snapshots FROM STATE._environments"):
            yield f"environment {name}", json.loads(snapshots)
        for name, plan in self.rows("SELECT environment, plan FROM STATE._repoint_deployments WHERE plan IS NOT NULL"):
            yield f"deployment of {name}", json.loads(plan)["record"]["snapshots"]
        newest = "SELECT environment, revision, record FROM STATE._repoint_revisions ORDER BY revision DESC LIMIT 5"
        for name, number, record in self.rows(newest):
            yield f"revision {number} of {name}", json.loads(record)["snapshots"]

    def check_named(self):
        stored, tables = self.stored(), self.tables()
        for who, snapshots in self.named():
            gone = [s["name"] for s in snapshots if (s["name"], s["version"]) not in stored]
            assert not gone, f"{who} names snapshots that are gone: {gone}"
            gone = [s["name"] for s in snapshots if self.table_of(s) not in tables]
            assert not gone, f"{who} names tables that are gone: {gone}"

    def table_of(self, snapshot):
        models = self.on.models
        name = next(name for name in models.names if models.full_name(name) == snapshot["name"])
        return f"{models.schema}__{name}__{snapshot['version']}"

    def shown(self):
        """What prod shows, which is what its record says."""
        recorded = {self.names[self.table_of(one)] for one in self.record("prod")["snapshots"]}
        assert self.on.releases() == recorded and len(recorded) == 1, (self.on.releases(), recorded)
        return recorded.pop()

    def check_clean(self):
        """A janitor that is left alone leaves a table for each snapshot, no other, and nothing on its list."""
        self.run(*JANITOR).check(DONE)
        needed = {self.table_of({"name": n, "version": v})
                  for n, v in self.rows("SELECT name, version FROM STATE._snapshots")}
        assert self.tables() == needed, self.tables() ^ needed
        assert self.rows("SELECT name FROM STATE._repoint_garbage") == []
        assert self.rows("SELECT environment FROM STATE._repoint_leases WHERE holder IS NOT NULL") == []

    def at_once(self, *commands):
        """Runs each, after a wait of its own, killed after so long: their answers."""
        barrier, answers = threading.Barrier(len(commands)), [None] * len(commands)

        def begin(i, wait_s, kill_after, words):
            barrier.wait()
            threading.Event().wait(wait_s)  # where in the others' work it falls is left to chance
            answers[i] = self.run(*words, kill_after=kill_after)

        threads = [threading.Thread(target=begin, args=(i, *command)) for i, command in enumerate(commands)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        return answers


def deploy_against_janitor(shop, draw):
    """Somebody deploys what nothing points to yet while the janitor removes what nothing points to."""
    outcomes = {DONE: 0, MISSING: 0, GAVE_WAY: 0}
    alone_s = shop.run(*shop.deployment(shop.given_another())).check(DONE).seconds
    for _ in times(15, 300, "races of deploy against the janitor"):
        before, release = shop.shown(), shop.given_another()
        # By how much the deployment is first: from too late to be saved to done before the janitor begins.
        lead_s = draw.uniform(-0.5, 1.5) * alone_s
        deployed, cleaned = shop.at_once(
            (max(0, -lead_s), None, shop.deployment(release)), (max(0, lead_s), None, JANITOR)
        )
        cleaned.check(DONE)
        outcomes[deployed.check(*outcomes).code] += 1
        shop.check_named()
        if deployed.code != DONE:
            shop.run("abandon", "prod").check(DONE, NOT_FOUND)
        assert shop.shown() == (release if deployed.code == DONE else before)
        shop.check_clean()
        shop.check_named()
    print(f"    deployed {outcomes[DONE]} times, refused for what is missing {outcomes[MISSING]}, "
          f"busy {outcomes[GAVE_WAY]}")
    assert outcomes[DONE] > 0 and outcomes[MISSING] > 0, outcomes


def janitor_against_janitor(shop, draw, janitors=3):
    """Each object is dropped by one of them."""
    for _ in times(5, 60, f"races of {janitors} janitors"):
        garbage = {table for _ in range(2) for table in shop.tables_of(shop.given_another())}
        answers = shop.at_once(*[(draw.random() * 0.03, None, JANITOR) for _ in range(janitors)])
        dropped = [one["object"].split(".")[-1] for a in answers for one in a.check(DONE).document["dropped"]]
        assert sorted(set(dropped) & garbage) == sorted(name for name in dropped if name in garbage), dropped
        assert garbage <= set(dropped), garbage - set(dropped)
        shop.check_named()
        shop.check_clean()


def killed_janitor(shop, draw):
    """Nothing is lost: what one has taken off the state, another one drops."""
    killed, typical_s = 0, shop.run(*JANITOR).seconds
    for _ in times(10, 200, "janitors that are killed"):
        shop.given_another()
        [answer] = shop.at_once((0, draw.random() * 2 * typical_s, JANITOR))
        killed += answer.code < 0
        typical_s = typical_s if answer.code < 0 else (typical_s * 3 + answer.seconds) / 4
        shop.check_named()
        shop.check_clean()
    print(f"    killed {killed} times")
    assert killed > 0


SCENARIOS = (deploy_against_janitor, janitor_against_janitor, killed_janitor)


def main():
    reason = why_not("postgres")
    if reason is not None:
        print(f"skipped: {reason}")
        sys.exit(SKIPPED)
    for scenario in SCENARIOS:
        if len(sys.argv) > 1 and scenario.__name__ not in sys.argv[1:]:
            continue
        began = time.monotonic()
        with tempfile.TemporaryDirectory(prefix="repoint-janitors-") as folder, \
                database("postgres", Path(folder), MODELS) as on:
            scenario(Shop(on, folder), random.Random(f"{SEED} {scenario.__name__}"))
        print(f"    {scenario.__name__}: {time.monotonic() - began:.1f} s", flush=True)


if __name__ == "__main__":
    main()
