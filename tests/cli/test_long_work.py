"""Work that takes its time: the progress bar, and the signals that end it before its commit."""

import array
import fcntl
import json
import os
import pty
import signal
import subprocess
import termios
import time
import unittest

from shop import PROGRAM, SHOP, ShopTest

STATE_FILE = SHOP / "state.json"
DEADLINE_S = 60


class LongWork(ShopTest):
    def start(self, *arguments, **more):
        process = subprocess.Popen(
            [PROGRAM, *arguments],
            cwd=self.directory,
            env=self.environment,
            **{"stdin": subprocess.DEVNULL, "stdout": subprocess.PIPE, "stderr": subprocess.PIPE, **more},
        )
        self.addCleanup(self.stop, process)
        return process

    def stop(self, process):
        process.kill()
        process.wait()
        for stream in (process.stdin, process.stdout, process.stderr):
            if stream is not None:
                stream.close()

    def until(self, happened):
        """Looks again and again, for a minute at most."""
        deadline = time.monotonic() + DEADLINE_S
        while not happened():
            self.assertLess(time.monotonic(), deadline)
            time.sleep(0.005)

    def feed(self, process, contents):
        """Gives it all of `contents`; then it waits for more."""
        process.stdin.write(contents)
        process.stdin.flush()
        unread = array.array("i", [0])

        def waits():
            fcntl.ioctl(process.stdin, termios.FIONREAD, unread)
            with open(f"/proc/{process.pid}/stat") as stat:
                return unread[0] == 0 and stat.read().rpartition(")")[2].split()[0] == "S"

        if not os.path.exists("/proc/self/stat"):
            self.skipTest("no /proc to see whether a process waits")
        self.until(waits)


class Signals(LongWork):
    """Nothing is written, and the exit code says which signal it was."""

    def setUp(self):
        super().setUp()
        self.succeed("init")
        self.before = self.contents()

    def long_file(self):
        """A state file with so many environments that the trace of its import is longer than a pipe of 4 kB."""
        state = json.loads(STATE_FILE.read_text(encoding="utf-8"))
        like = next(iter(state["environments"].values()))
        for number in range(60):
            name = f"pr_{number}"
            state["environments"][name] = like | {"environment": like["environment"] | {"name": name}}
        path = self.directory / "long.json"
        path.write_text(json.dumps(state), encoding="utf-8")
        return str(path)

    def end(self, process, code):
        """What it has printed until then."""
        stdout, stderr = process.communicate(timeout=DEADLINE_S)
        self.assertEqual(process.returncode, code, stderr)
        self.assertIn(b"repoint: interrupted\n", stderr)
        self.assertEqual(self.contents(), self.before)
        return stdout

    def test_while_it_waits_for_its_input(self):
        for arguments in (["import", "-"], ["push", str(STATE_FILE), "-"]):
            for number, code in ((signal.SIGINT, 130), (signal.SIGTERM, 143)):
                process = self.start(*arguments, stdin=subprocess.PIPE)
                self.feed(process, STATE_FILE.read_bytes())
                process.send_signal(number)
                pipe, process.stdin = process.stdin, None  # stays open: no end of the input comes to help
                self.assertEqual(self.end(process, code), b"")
                pipe.close()

    def test_in_the_middle_of_a_transaction(self):
        """The trace goes into a pipe too small for it, so that the command cannot get as far as its commit."""
        for number, code in ((signal.SIGINT, 130), (signal.SIGTERM, 143)):
            process = self.start("import", self.long_file(), "--trace", bufsize=0, pipesize=4096)
            self.until(lambda: b"INSERT INTO" in process.stderr.readline())
            process.send_signal(number)
            self.assertEqual(self.end(process, code), b"")

    def test_while_somebody_else_holds_the_lock(self):
        self.succeed("import", str(STATE_FILE))
        self.before = self.contents()
        holder = self.lock()
        process = self.start("finalize", "prod", "--trace", bufsize=0)
        self.until(lambda: process.stderr.readline().startswith(b"trace: "))
        process.send_signal(signal.SIGINT)
        self.assertEqual(self.end(process, 130), b"")
        holder.close()

    def test_as_json(self):
        process = self.start("import", self.long_file(), "--trace", "-o", "json", bufsize=0, pipesize=4096)
        self.until(lambda: b"INSERT INTO" in process.stderr.readline())
        process.send_signal(signal.SIGTERM)
        error = json.loads(self.end(process, 143))["error"]
        self.assertEqual((error["code"], error["exit"]), ("interrupted", 143))


class Progress(LongWork):
    """A bar on a terminal, for work over a second. The work: a push whose second file does not end."""

    BAR = rb"\r\033\[Kpush  \[#* *\] +\d+% \(\d+ of \d+\)"

    def start_push(self, *options, terminal):
        arguments = ["push", "--state", "memory:", str(STATE_FILE), "-", *options]
        if not terminal:
            process = self.start(*arguments, stdin=subprocess.PIPE)
            return process, None
        main, end = pty.openpty()
        self.addCleanup(os.close, main)
        process = self.start(*arguments, stdin=subprocess.PIPE, stderr=end)
        os.close(end)
        return process, main

    def finish(self, process, main):
        """What it wrote to standard error."""
        process.stdin.close()
        process.stdin = None  # for communicate()
        if main is None:
            stderr = process.communicate(timeout=DEADLINE_S)[1]
        else:
            stderr = b""
            while (block := self.read_terminal(main)) != b"":
                stderr += block
        self.assertEqual(process.wait(timeout=DEADLINE_S), 0, stderr)
        return stderr

    @staticmethod
    def read_terminal(main):
        try:
            return os.read(main, 65536)
        except OSError:  # how Linux says that nobody has the other end any more
            return b""

    def test_the_bar(self):
        begun = time.monotonic()
        short = self.start_push(terminal=True)
        self.feed(short[0], STATE_FILE.read_bytes())
        said = self.finish(*short)
        if time.monotonic() - begun < 1:  # not on a machine so busy that it took longer
            self.assertEqual(said, b"")

        on_terminal = self.start_push(terminal=True)
        quiet = self.start_push("-q", terminal=True)
        elsewhere = self.start_push(terminal=False)
        for process, _ in (on_terminal, quiet, elsewhere):
            self.feed(process, STATE_FILE.read_bytes())
        time.sleep(1.1)  # this is the work
        said = self.finish(*on_terminal)
        self.assertRegex(said, self.BAR)
        self.assertTrue(said.endswith(b"\r\033[K"), said)
        self.assertEqual(self.finish(*quiet), b"")
        self.assertEqual(self.finish(*elsewhere), b"")


class WaitingForOthers(LongWork):
    def test_cutover_timeout(self):
        self.open_shop()
        before = self.contents()
        holder = self.lock()
        begun = time.monotonic()
        self.assertIn("shop.db", self.refuse(4, "deploy", "prod", "--from", "dev", "--cutover-timeout", "0.1"))
        waited = time.monotonic() - begun
        holder.close()
        self.assertLess(waited, 5)  # which it would have waited otherwise
        self.assertEqual(self.contents(), before)
        self.refuse(2, "deploy", "prod", "--from", "dev", "--cutover-timeout", "soon")


if __name__ == "__main__":
    unittest.main()
