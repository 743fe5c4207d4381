"""Servers of a test's own, which it may kill, stop and start again: PostgreSQL and MariaDB.

They are reached over a Unix socket in the folder that they are given; MariaDB also over TCP, for who asks for a port.
When root runs the tests they run as nobody. They end with the test, however it ends.
"""

import glob
import os
import pwd
import shutil
import signal
import socket
import subprocess
import time
from pathlib import Path

NOBODY = pwd.getpwnam("nobody")
IS_ROOT = os.getuid() == 0


class Missing(Exception):
    """The server's programs are not installed."""


def program(name, *folders):
    found = shutil.which(name, path=os.pathsep.join([*folders, os.environ["PATH"], "/usr/sbin", "/sbin"]))
    if found is None:
        raise Missing(f"{name} is not installed")
    return found


def as_server(*command):
    identity = ["--reuid", str(NOBODY.pw_uid), "--regid", str(NOBODY.pw_gid), "--clear-groups"] if IS_ROOT else []
    return [program("setpriv"), *identity, "--pdeathsig", "KILL", "--", *command]


def give_to_server(path):
    if IS_ROOT:
        os.chown(path, NOBODY.pw_uid, NOBODY.pw_gid)


def free_port():
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return listener.getsockname()[1]


def children_of(pid):
    found = []
    for path in glob.glob("/proc/[0-9]*/stat"):
        try:
            fields = Path(path).read_text(encoding="ascii", errors="replace").rpartition(")")[2].split()
        except OSError:
            continue  # it has ended
        if int(fields[1]) == pid:
            found.append(int(path.split("/")[2]))
    return found


def wait_until_gone(pids):
    while any(os.path.exists(f"/proc/{pid}") for pid in pids):
        time.sleep(0.01)


class Server:
    """`folder` is short, since the path of a socket is; `data` is where the database lies."""

    def __init__(self, folder, data=None, **options):
        self.folder = Path(folder)
        self.data = Path(data or self.folder / "data")
        self.options = options
        self.process = None
        self.log = self.folder / "server.log"
        os.chmod(self.folder, 0o755)
        give_to_server(self.folder)

    def run(self, *command):
        result = subprocess.run(
            as_server(*command), cwd=self.folder, stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False
        )
        assert result.returncode == 0, (command, result.stdout[-2000:], result.stderr[-2000:])

    def start(self):
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(
                as_server(*self.command()), cwd=self.folder, stdin=subprocess.DEVNULL, stdout=log, stderr=log
            )
        deadline = time.monotonic() + 60
        while not self.answers():
            if self.process.poll() is not None or time.monotonic() > deadline:
                raise AssertionError(self.log.read_text(encoding="utf-8", errors="replace")[-3000:])
            time.sleep(0.02)

    def end(self, number):
        """Sends a signal and waits for the end; true if the server was running."""
        if self.process is None or self.process.poll() is not None:
            return False
        children = children_of(self.process.pid)
        self.process.send_signal(number)
        if number == signal.SIGKILL:
            for pid in children:
                try:
                    os.kill(pid, number)
                except ProcessLookupError:
                    pass
        self.process.wait(60)
        wait_until_gone(children)
        return True

    def kill(self):
        return self.end(signal.SIGKILL)


class Postgres(Server):
    scheme = "postgresql"

    def __init__(self, folder, data=None, initdb=(), **options):
        super().__init__(folder, data, **options)
        newest = sorted(glob.glob("/usr/lib/postgresql/*/bin"), key=lambda path: int(path.split("/")[4]), reverse=True)
        self.server = program("postgres", *newest)
        self.run(program("initdb", *newest), *initdb, "--pgdata", str(self.data), "--username=repoint", "--auth=trust", "--encoding=UTF8",
                 "--locale=C.UTF-8", "--no-sync")  # fmt: skip
        self.url = f"postgresql://repoint@/postgres?host={self.folder}"
        self.socket = self.folder / ".s.PGSQL.5432"

    def command(self):
        settings = {"listen_addresses": "", "unix_socket_directories": self.folder, "fsync": "off", **self.options}
        return [self.server, "-D", str(self.data), *[f"-c{name}={value}" for name, value in settings.items()]]

    def connect(self):
        import psycopg2

        connection = psycopg2.connect(self.url)
        connection.autocommit = True
        return connection

    def answers(self):
        import psycopg2

        try:
            self.connect().close()
        except psycopg2.OperationalError:
            return False
        return True

    def stop_at_once(self):
        """An immediate shutdown: the server throws its sessions out, and recovers when it starts again."""
        return self.end(signal.SIGQUIT)


class MariaDB(Server):
    scheme = "mysql"

    def __init__(self, folder, data=None, **options):
        super().__init__(folder, data, **options)
        self.server = program("mariadbd")
        self.socket = self.folder / "mariadb.sock"
        (self.folder / "tmp").mkdir()
        give_to_server(self.folder / "tmp")
        self.run(program("mariadb-install-db"), "--no-defaults", f"--datadir={self.data}",
                 f"--tmpdir={self.folder}/tmp", "--auth-root-authentication-method=normal", "--skip-test-db",
                 "--skip-name-resolve", "--innodb-log-file-size=4M",
                 *[f"--{name}={value}" for name, value in options.items() if name.startswith("innodb")])  # fmt: skip
        self.url = f"mysql://root@localhost/mysql?socket={self.socket}"

    def command(self):
        settings = {"port": 0, "bind-address": "127.0.0.1", "max-connections": 50, **self.options}
        if not settings["port"]:
            settings["skip-networking"] = 1
        return [self.server, "--no-defaults", f"--datadir={self.data}", f"--tmpdir={self.folder}/tmp",
                f"--socket={self.socket}", "--skip-log-bin", "--skip-name-resolve", "--innodb-log-file-size=4M",
                "--innodb-buffer-pool-size=16M", "--character-set-server=utf8mb4",
                *[f"--{name}={value}" for name, value in settings.items()]]  # fmt: skip

    def connect(self):
        import pymysql

        return pymysql.connect(unix_socket=str(self.socket), user="root", autocommit=True)

    def answers(self):
        import pymysql

        with socket.socket(socket.AF_UNIX) as listener:
            if listener.connect_ex(str(self.socket)) != 0:
                return False
        try:
            self.connect().close()
        except pymysql.err.OperationalError:
            return False
        return True

    def stop_at_once(self):
        """It has no immediate shutdown; an orderly one ends what runs, and rolls it back."""
        return self.end(signal.SIGTERM)
