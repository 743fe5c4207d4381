"""Readers see the old set or the new one while the program deploys, again and again, and is killed now and then.

Usage: test_deployments.py DATABASE MODELS; postgres, mariadb or sqlite
"""

import os
import random
import sys
import tempfile
import threading
import time
from pathlib import Path

from databases import database, why_not
from readers import TRANSACTIONS, Reader, forms, show, whole
from world import DONE, GAVE_WAY, World

SKIPPED = 77
SEED = int(os.environ.get("REPOINT_SEED", "1"))
SOAK = bool(os.environ.get("REPOINT_SOAK"))
# Readers at once, and how much of its time each of them reads, in percent. On the servers a switch waits for a moment in
# which nobody is in the middle of a transaction: readers that leave none are starved by nobody, and starve it.
TOGETHER = 4
BUSY = {"sqlite": {40: 100, 400: 100}, "postgres": {40: 50, 400: 25}, "mariadb": {40: 50, 400: 25}}
KILL_EVERY = 4  # that so many deployments are begun
# Deployments for each group of readers: in the daily tests, and all. On the servers there are six groups.
SHARE = {("sqlite", 40): 12, ("sqlite", 400): 2, ("postgres", 40): 3, ("mariadb", 40): 2}
FULL = {40: 200, 400: 40}
FULL_HERE = {("mariadb", 40): 40, ("mariadb", 400): 4}  # a RENAME TABLE of 400 views takes seconds
OTHER = {"A": "B", "B": "A"}
DOES_NOT_WAIT = {"sqlite"}  # a reader's open transaction keeps its own views, and holds nobody up


def full(name, models):
    return FULL_HERE.get((name, models), FULL[models])


def count(name, models):
    return full(name, models) if SOAK else SHARE.get((name, models), 1)


def stop_all(readers, what):
    for reader in readers:
        counts = reader.stop()
        show(f"{what}, {reader.label}", counts)
        whole(reader.label, counts)


def groups(name, models):
    """Forms of reading, a few at a time; every day a third of them at the larger size, chosen by the seed."""
    every = list(forms(name))
    found = [every[first : first + TOGETHER] for first in range(0, len(every), TOGETHER)]
    return found if SOAK or models < 400 else found[SEED % 3 :: 3]


def everybody_has_seen_both(readers):
    return all({"A", "B"} <= set(reader.counts()["releases"]) for reader in readers)


def begin_readers(world, name, forms_of, environment, readers):
    busy = BUSY[name][len(world.on.models.names)]
    for label, words in forms_of:
        readers.append(Reader(world.folder, world.on, label, words, environment, busy, seed=SEED))


def back_and_forth(world, name, draw, wanted):
    """Every form of reading, a few at a time, while prod goes to the other release and back. Returns the kills.

    A deployment that found no gap between the readers has changed nothing, and is resumed like one that was killed.
    """
    begun, killed, gave_way = 0, 0, 0
    shown = world.agreed_release("prod")
    for group in groups(name, len(world.on.models.names)):
        readers, done = [], 0
        try:
            begin_readers(world, name, group, "prod", readers)
            while done < wanted or killed == 0 or not everybody_has_seen_both(readers):
                assert done < wanted + 50, "somebody never saw both releases"
                begun += 1
                answer = world.deploy("prod", OTHER[shown], draw, kill=begun % KILL_EVERY == 2)
                if answer.code < 0 or answer.code == GAVE_WAY:
                    killed += answer.code < 0
                    gave_way += answer.code == GAVE_WAY
                    shown = world.recover("prod")
                    continue
                answer.check(DONE)
                done += 1
                shown = OTHER[shown]
            stop_all(readers, f"{done} deployments")
        finally:
            for reader in readers:
                reader.end()
        assert world.agreed_release("prod") == shown
    print(f"    {begun} deployments begun, {killed} killed, {gave_way} found no gap between readers", flush=True)
    return killed


class Deployer(threading.Thread):
    """One environment, deployed back and forth in a process at a time, with readers of its own."""

    forms = (("statement", ["--order", "random"]), ("transaction", ["--form", "repeatable-read"]))

    def __init__(self, world, name, environment, draw, wanted):
        super().__init__()
        self.world, self.environment, self.draw, self.wanted = world, environment, draw, wanted
        self.shown = world.agreed_release(environment)
        self.answers, self.readers = [], []
        begin_readers(world, name, self.forms, environment, self.readers)

    def run(self):
        while len(self.answers) < self.wanted or not everybody_has_seen_both(self.readers):
            self.shown = OTHER[self.shown]
            self.answers.append(self.world.deploy(self.environment, self.shown, self.draw))
            if self.answers[-1].code != DONE or len(self.answers) > self.wanted + 50:
                return

    def end(self):
        for reader in self.readers:
            reader.end()


def two_environments(world, name, draw, wanted):
    """prod and staging, deployed by two processes at the same time."""
    world.deploy("staging", world.agreed_release("prod"), draw).check(DONE)
    deployers = []
    try:
        for environment in ("prod", "staging"):
            deployers.append(Deployer(world, name, environment, random.Random(draw.random()), wanted))
        for deployer in deployers:
            deployer.start()
        for deployer in deployers:
            deployer.join()
        for deployer in deployers:
            for answer in deployer.answers:
                answer.check(DONE)
            stop_all(deployer.readers, f"two environments, {len(deployer.answers)} deployments")
            assert world.agreed_release(deployer.environment) == deployer.shown
    finally:
        for deployer in deployers:
            deployer.end()


def one_observation(reader, release):
    """What a reader that was paused has seen: all of it the release that it began with."""
    reader.go_on()
    counts = reader.stop()
    show(reader.label, counts)
    assert counts["releases"] == {release: 1}, (counts, release)


def deploy_beside(world, name, reader, environment, source, shown):
    """A deployment that meets a reader in the middle of a transaction gives way, unless neither holds the other up."""
    before = world.record(environment)
    answer = world.run("deploy", environment, *source, "--cutover-timeout", "1")
    if name in DOES_NOT_WAIT:
        answer.check(DONE)
        one_observation(reader, shown)
        return
    print(f"    {answer.check(GAVE_WAY).document['error']['message']}")
    assert world.record(environment) == before, "something was changed"
    assert world.on.releases(environment) == {shown}
    one_observation(reader, shown)
    world.run("resume", environment).check(DONE)


def long_reader(world, name, form):
    """In READ COMMITTED it has no snapshot while it rests, only locks."""
    shown = world.agreed_release("prod")
    source = ["--snapshots", str(world.ids(OTHER[shown]))]
    words = ["--form", form, "--pause", "half"]
    reader = Reader(world.folder, world.on, f"a reader that stays in its transaction, {form}", words)
    try:
        deploy_beside(world, name, reader, "prod", source, shown)
    finally:
        reader.end()
    assert world.agreed_release("prod") == OTHER[shown]


def old_snapshot(world, name):
    """A snapshot from before the new tables were filled must not read them: it would find no rows."""
    shown = world.agreed_release("prod")
    world.on.create_tables("C")
    words = ["--form", "repeatable-read", "--pause", "snapshot"]
    reader = Reader(world.folder, world.on, "a snapshot older than the new rows", words)
    try:
        world.on.fill_tables("C")
        world.given_snapshots("C")
        deploy_beside(world, name, reader, "prod", ["--snapshots", str(world.ids("C"))], shown)
    finally:
        reader.end()
    assert world.agreed_release("prod") == "C"


def run(name, models, wanted):
    draw = random.Random(f"{SEED} {name} {models}")
    with tempfile.TemporaryDirectory(prefix="repoint-cutover-") as folder, database(name, Path(folder), models) as on:
        world = World(on, folder)
        world.given_releases()
        began = time.monotonic()
        killed = back_and_forth(world, name, draw, wanted)
        print(f"    a deployment takes {world.typical_s:.2f} s", flush=True)
        assert killed > 0, "every deployment was faster than its end"
        two_environments(world, name, draw, wanted)
        for form in TRANSACTIONS[name][:2]:
            long_reader(world, name, form)
        old_snapshot(world, name)
        print(f"    {time.monotonic() - began:.1f} s", flush=True)


def main():
    name, models = sys.argv[1], int(sys.argv[2])
    reason = why_not(name)
    if reason is not None:
        print(f"skipped: {reason}")
        sys.exit(SKIPPED)
    wanted = count(name, models)
    print(
        f"share: {wanted} of {full(name, models)} deployments of {models} models for each {TOGETHER} readers, seed {SEED}",
        flush=True,
    )
    run(name, models, wanted)


if __name__ == "__main__":
    main()
