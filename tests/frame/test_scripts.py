"""The scripts behind make: how tests are counted, what servers they get, and that a bad word is refused."""

import json
import os
import signal
import socket
import subprocess
import sys
import tempfile
import time
import unittest
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

ROOT = Path(__file__).resolve().parents[2]


def run(script, *arguments):
    return subprocess.run(
        [str(ROOT / script), *arguments],
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )


class SummaryTest(unittest.TestCase):
    """The last line of make test."""

    def summary(self, *tests):
        with tempfile.TemporaryDirectory() as directory:
            log = Path(directory) / "testlog.json"
            lines = [json.dumps({"name": name, "result": result, "stdout": out}) for name, result, out in tests]
            log.write_text("".join(line + "\n" for line in lines), encoding="utf-8")
            result = run("scripts/test-summary", str(log))
        return result.returncode, result.stdout.splitlines()

    def test_all_passed(self):
        self.assertEqual(self.summary(("promote", "OK", ""), ("cron", "OK", "")), (0, ["2 passed, 0 failed"]))

    def test_failures_are_named(self):
        for result in ["FAIL", "TIMEOUT", "ERROR", "INTERRUPT", "UNEXPECTEDPASS"]:
            status, lines = self.summary(("promote", "OK", ""), ("cron", result, ""))
            self.assertEqual((status, lines), (1, ["failed: cron", "1 passed, 1 failed"]))

    def test_skipped_is_told(self):
        status, lines = self.summary(("promote", "OK", ""), ("sqlmesh", "SKIP", ""))
        self.assertEqual((status, lines[-1]), (0, "1 passed, 0 failed, 1 skipped"))

    def test_nothing_ran(self):
        self.assertEqual(self.summary(), (1, ["no test ran", "0 passed, 0 failed"]))
        self.assertEqual(self.summary(("sqlmesh", "SKIP", ""))[0], 1)

    def test_no_log(self):
        result = run("scripts/test-summary", "/nonexistent/testlog.json")
        self.assertEqual((result.returncode, result.stdout.splitlines()[-1]), (1, "0 passed, 0 failed"))

    def test_share(self):
        share = "share: 20 of 200 kills, seed 1"
        status, lines = self.summary(("kill", "OK", f"before\n{share}\nafter\n"))
        self.assertEqual((status, lines), (0, [f"kill: {share}", "1 passed, 0 failed"]))

    def test_a_share_of_nothing_fails(self):
        status, lines = self.summary(("kill", "OK", "share: 0 of 200 kills, seed 1\n"), ("cron", "OK", ""))
        self.assertEqual((status, lines[-1]), (1, "1 passed, 1 failed"))


# Ends with exit status 3 when its standard input does; until then the servers are there.
TENANT = "import json, os, sys; print(json.dumps(dict(os.environ)), flush=True); sys.stdin.read(); sys.exit(3)"


class Servers:
    """One `scripts/servers run`, with a command that tells its variables and waits."""

    def __init__(self, **variables):
        own = {name: value for name, value in os.environ.items() if not name.startswith("REPOINT_TEST_")}
        self.process = subprocess.Popen(
            [str(ROOT / "scripts/servers"), "run", sys.executable, "-c", TENANT],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            env=own | {"REPOINT_DUCKDB_LIBRARY": ""} | variables,
            text=True,
        )

    def urls(self):
        """What the command is told, once the servers answer."""
        variables = json.loads(self.process.stdout.readline())
        return {name: url for name, url in variables.items() if name.startswith("REPOINT_TEST_")}

    def end(self, how=None):
        """Ends the command, or sends the signal; returns the exit status."""
        if how:
            self.process.send_signal(how)
        else:
            self.process.stdin.close()
        return self.process.wait(timeout=60)

    def close(self):
        self.process.kill()
        self.process.wait()
        self.process.stdin.close()
        self.process.stdout.close()


def address(url):
    """Where a server listens: a port, or the path of a socket."""
    parts = urlsplit(url)
    query = parse_qs(parts.query)
    if "socket" in query:
        return query["socket"][0]
    return f"{query['host'][0]}/.s.PGSQL.{query['port'][0]}" if "host" in query else (parts.hostname, parts.port)


def listens(url):
    where = address(url)
    with socket.socket(socket.AF_UNIX if isinstance(where, str) else socket.AF_INET) as connection:
        try:
            connection.connect(where)
        except OSError:
            return False
    return True


class ServersTest(unittest.TestCase):
    """The servers that tests are given."""

    EVERY = {f"REPOINT_TEST_{name}" for name in ["POSTGRES", "POSTGRES_TCP", "PGBOUNCER", "MARIADB", "MARIADB_TCP"]}

    def servers(self, **variables):
        servers = Servers(**variables)
        self.addCleanup(servers.close)
        return servers

    def assert_gone(self, urls):
        deadline = time.monotonic() + 20
        while any(map(listens, urls.values())) and time.monotonic() < deadline:
            time.sleep(0.05)
        self.assertEqual([url for url in urls.values() if listens(url)], [])

    def test_two_runs_have_their_own_servers(self):
        runs = [self.servers(), self.servers()]
        first, second = [run.urls() for run in runs]
        if set(first) != self.EVERY:
            self.skipTest(f"this machine has not every server: {', '.join(self.EVERY - set(first))}")
        addresses = [address(url) for url in [*first.values(), *second.values()]]
        # PostgreSQL has one address in each way, and so has MariaDB; PgBouncer has a socket.
        self.assertEqual(len(set(addresses)), 10, addresses)
        self.assertEqual(runs[0].end(), 3, "the exit status of the command")
        self.assert_gone(first)
        self.assertFalse(Path(address(first["REPOINT_TEST_MARIADB"])).parent.exists())
        self.assertTrue(all(map(listens, second.values())), "one run ended the servers of the other")
        self.assertEqual(runs[1].end(signal.SIGTERM), 143)
        self.assert_gone(second)

    def test_servers_go_when_the_script_is_killed(self):
        servers = self.servers()
        urls = servers.urls()
        if not urls:
            self.skipTest("this machine has none of the servers")
        servers.end(signal.SIGKILL)
        self.assert_gone(urls)

    def test_what_is_set_is_left(self):
        chosen = {"REPOINT_TEST_POSTGRES": "postgresql://elsewhere/repoint", "REPOINT_TEST_MARIADB": ""}
        servers = self.servers(**chosen)
        self.assertEqual(servers.urls(), chosen)
        self.assertEqual(servers.end(), 3)


class UsageTest(unittest.TestCase):
    def test_unknown_words(self):
        for script in ["install-deps", "build", "test", "servers"]:
            with self.subTest(script):
                result = run(f"scripts/{script}", "nonsense")
                self.assertEqual(result.returncode, 2)
                self.assertIn("nonsense", result.stderr)


if __name__ == "__main__":
    unittest.main()
