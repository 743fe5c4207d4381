"""A store and warehouse in which the program deploys: models in releases A and B, and environments that name them."""

import json
import subprocess
import sys
import tempfile
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "sqlmesh"))

from program import PROGRAM, own_environment  # noqa: E402

OLD_AND_NEW = {"A": "blue", "B": "green"}  # release -> an environment that names it
DONE, GAVE_WAY, NOT_FOUND = 0, 4, 5
GAPS_WAITED_FOR = 5  # minutes, on a machine that has much else to do


class Answer:
    def __init__(self, command, code, output, errors, seconds):
        self.command, self.code, self.output, self.errors = command, code, output, errors
        self.seconds = seconds

    def check(self, *codes):
        assert self.code in codes, f"{self.command[:4]}: exit {self.code}\n{self.output[-2000:]}{self.errors[-2000:]}"
        return self

    @property
    def document(self):
        return json.loads(self.output)


class World:
    def __init__(self, on, folder):
        self.on = on
        self.folder = Path(folder)
        self.typical_s = 0  # that a deployment takes: where kills are drawn from

    # -- the program

    def command(self, words):
        return [PROGRAM, *words, "-o", "json", "--state", self.on.url, "--schema", self.on.state_schema]

    def run(self, *words, kill_after=None):
        """Runs the program to its end, or kills it after so many seconds: then the code is negative."""
        command = self.command(words)
        began = time.monotonic()
        with tempfile.TemporaryFile("w+") as output, tempfile.TemporaryFile("w+") as errors:
            process = subprocess.Popen(command, cwd=self.folder, stdout=output, stderr=errors, env=own_environment())
            try:
                process.wait(kill_after)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
            seconds = time.monotonic() - began
            output.seek(0)
            errors.seek(0)
            return Answer(command, process.returncode, output.read(), errors.read(), seconds)

    # -- what is there

    def given_releases(self):
        """Tables and state of A and B; prod shows A, and other people have put views on it."""
        for release in OLD_AND_NEW:
            self.on.create_tables(release)
            self.on.fill_tables(release)
        self.run("init").check(DONE)
        self.given_snapshots(*OLD_AND_NEW)
        for release, name in OLD_AND_NEW.items():
            self.run("promote", name, "--snapshots", str(self.ids(release))).check(DONE)
            self.run("finalize", name).check(DONE)
        self.typical_s = self.run("deploy", "prod", "--from", "blue").check(DONE).seconds
        self.on.create_other_views()

    def given_snapshots(self, *releases):
        path = self.folder / "state.json"
        self.on.models.write_state(path, releases)
        self.run("import", str(path)).check(DONE)

    def ids(self, release):
        path = self.folder / f"{release}.json"
        if not path.exists():
            self.on.models.write_ids(path, release)
        return path

    # -- deployments

    def source(self, release, draw):
        """Any of the ways to say which snapshots."""
        every = [f"{one['name']}={one['identifier']}" for one in self.on.models.ids(release)]
        return draw.choice(
            [
                ["--from", OLD_AND_NEW[release]],
                ["--snapshots", str(self.ids(release))],
                [word for one in every for word in ("--set", one)],
            ]
        )

    def deploy(self, environment, release, draw, timeout_s=60, kill=False):
        words = ["deploy", environment, *self.source(release, draw), "--cutover-timeout", str(timeout_s)]
        kill_after = draw.random() * 1.1 * self.typical_s if kill else None
        answer = self.run(*words, kill_after=kill_after)
        if answer.code == DONE:
            self.typical_s = (self.typical_s * 3 + answer.seconds) / 4
        return answer

    def recover(self, environment):
        """After a kill: what began is finished, or was nothing. State and views agree, also while readers leave no gap."""
        for _ in range(GAPS_WAITED_FOR):
            answer = self.run("resume", environment, "--cutover-timeout", "60").check(DONE, NOT_FOUND, GAVE_WAY)
            release = self.agreed_release(environment)
            if answer.code != GAVE_WAY:
                return release
        raise AssertionError(answer.output)

    def record(self, environment):
        return self.run("environment", environment).check(DONE).document

    def recorded_releases(self, environment):
        record = self.record(environment)
        assert record["finalized_ts"] is not None, record["plan_id"]
        models = self.on.models
        releases = {models.version(name, release): release for release in ("A", "B", "C") for name in models.names}
        return {releases[table["version"]] for table in record["snapshots"]}

    def agreed_release(self, environment):
        recorded, shown = self.recorded_releases(environment), self.on.releases(environment)
        assert recorded == shown and len(shown) == 1, (environment, recorded, shown)
        return shown.pop()
