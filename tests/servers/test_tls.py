"""TLS to MariaDB: who asks for it gets it, and from whom it wants, or no connection.

Three servers of the test's own: without TLS, with a certificate of our authority for 127.0.0.1, and with one for
somebody else. Run by run.py of tests/sqlmesh.
"""

import os
import shutil
import subprocess
import sys
import tempfile
import unittest
from pathlib import Path

sys.path[:0] = [str(Path(__file__).resolve().parents[1] / "sqlmesh"), str(Path(__file__).resolve().parent)]

from own_servers import MariaDB, Missing, free_port, give_to_server  # noqa: E402
from program import PROGRAM, own_environment  # noqa: E402

SECRET = "geheim-4711"
REFUSED = "does not offer TLS"


class TLS(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        if not os.environ.get("REPOINT_TEST_MARIADB"):
            raise unittest.SkipTest("REPOINT_TEST_MARIADB is not set")
        if shutil.which("openssl") is None:
            raise unittest.SkipTest("openssl is not installed: no certificates to test with")
        cls.folder = Path(tempfile.mkdtemp(prefix="repoint-tls-", dir="/tmp"))
        cls.addClassCleanup(shutil.rmtree, cls.folder, ignore_errors=True)
        cls.folder.chmod(0o755)
        cls.authority("ours")
        cls.authority("theirs")
        cls.certificate("here", "IP:127.0.0.1")
        cls.certificate("elsewhere", "DNS:elsewhere.example.com")
        try:
            cls.plain = cls.server("plain")
            cls.here = cls.server("here", certificate="here")
            cls.elsewhere = cls.server("elsewhere", certificate="elsewhere")
        except Missing as reason:
            raise unittest.SkipTest(str(reason)) from None

    @classmethod
    def openssl(cls, *words):
        subprocess.run(["openssl", *words], cwd=cls.folder, check=True, capture_output=True)

    @classmethod
    def authority(cls, name):
        cls.openssl("req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", f"/CN={name}",
                    "-keyout", f"{name}.key", "-out", f"{name}.pem")  # fmt: skip

    @classmethod
    def certificate(cls, name, whom):
        (cls.folder / f"{name}.extensions").write_text(f"subjectAltName={whom}\n", encoding="utf-8")
        cls.openssl("req", "-newkey", "rsa:2048", "-nodes", "-subj", f"/CN={name}", "-keyout", f"{name}.key",
                    "-out", f"{name}.request")  # fmt: skip
        cls.openssl("x509", "-req", "-in", f"{name}.request", "-CA", "ours.pem", "-CAkey", "ours.key", "-days", "2",
                    "-CAcreateserial", "-extfile", f"{name}.extensions", "-out", f"{name}.pem")  # fmt: skip
        give_to_server(cls.folder / f"{name}.key")

    @classmethod
    def server(cls, name, certificate=None):
        """Starts one and gives its URL; all its users have a password."""
        folder, port = cls.folder / f"server-{name}", free_port()
        folder.mkdir()
        options = {}
        if certificate:
            files = {"ssl-ca": "ours.pem", "ssl-cert": f"{certificate}.pem", "ssl-key": f"{certificate}.key"}
            options = {option: cls.folder / file for option, file in files.items()}
        server = MariaDB(folder, port=port, **options)
        server.start()
        cls.addClassCleanup(server.kill)
        with server.connect() as connection, connection.cursor() as cursor:
            cursor.execute(f"CREATE USER repoint@127.0.0.1 IDENTIFIED BY '{SECRET}'")
            cursor.execute("GRANT ALL PRIVILEGES ON *.* TO repoint@127.0.0.1")
            cursor.execute("CREATE DATABASE sqlmesh")
        return f"mysql://repoint:{SECRET}@127.0.0.1:{port}/sqlmesh"

    def connect(self, url, **options):
        """The exit code of `init`, and what was said."""
        query = "&".join(f"{name.replace('_', '-')}={value}" for name, value in options.items())
        result = subprocess.run(
            [PROGRAM, "init", "--state", f"{url}?{query}"],
            cwd=self.folder, env=own_environment(), capture_output=True, text=True, check=False, timeout=60,
        )  # fmt: skip
        self.assertNotIn(SECRET, result.stdout + result.stderr)
        return result.returncode, result.stderr

    def refuse(self, url, what, **options):
        code, said = self.connect(url, **options)
        self.assertEqual((code, what in said), (6, True), (options, said))

    def accept(self, url, **options):
        self.assertEqual(self.connect(url, **options), (0, ""), options)

    def file(self, name):
        return self.folder / f"{name}.pem"

    def test_a_server_without_tls(self):
        ours = self.file("ours")
        self.accept(self.plain)
        self.refuse(self.plain, REFUSED, ssl_mode="required")
        self.refuse(self.plain, REFUSED, ssl_mode="REQUIRED")
        self.refuse(self.plain, REFUSED, ssl_ca=ours)
        self.refuse(self.plain, REFUSED, ssl_mode="required", ssl_ca=ours)
        self.refuse(self.plain, REFUSED, ssl_mode="verify-ca", ssl_ca=ours)
        self.refuse(self.plain, REFUSED, ssl_cert=self.file("here"), ssl_key=self.folder / "here.key")
        self.refuse(self.plain, "does not support it", ssl_mode="verify-full", ssl_ca=ours)

    def test_a_server_with_tls(self):
        ours = self.file("ours")
        self.accept(self.here)
        self.accept(self.here, ssl_mode="required")
        self.accept(self.here, ssl_ca=ours)
        self.accept(self.here, ssl_mode="verify-ca", ssl_ca=ours)
        self.accept(self.here, ssl_mode="verify-full", ssl_ca=ours)

    def test_a_certificate_of_another_authority(self):
        for mode in ("required", "verify-ca", "verify-full"):
            self.refuse(self.here, "self-signed certificate", ssl_mode=mode, ssl_ca=self.file("theirs"))
        self.refuse(self.here, "self-signed certificate", ssl_ca=self.file("theirs"))
        self.refuse(self.here, "No such file", ssl_ca=self.file("nowhere"))

    def test_a_certificate_of_another_host(self):
        ours = self.file("ours")
        self.accept(self.elsewhere, ssl_mode="verify-ca", ssl_ca=ours)
        self.refuse(self.elsewhere, "certificate", ssl_mode="verify-full", ssl_ca=ours)

    def test_modes_that_cannot_be(self):
        for options in ({"ssl_mode": "verify-ca"}, {"ssl_mode": "verify-full"}):
            code, said = self.connect(self.here, **options)
            self.assertEqual((code, "ssl-ca=FILE" in said), (2, True), said)
        code, said = self.connect(self.here, ssl_mode="perhaps")
        self.assertEqual((code, "verify-full" in said), (2, True), said)

    def test_the_session_is_encrypted(self):
        """What the server saw, not what the client says."""
        self.accept(self.here, ssl_mode="required")
        import pymysql

        parts = self.here.split("@")[1].split("/")[0].split(":")
        with pymysql.connect(
            host=parts[0], port=int(parts[1]), user="repoint", password=SECRET, ssl={"ca": str(self.file("ours"))},
            autocommit=True,
        ) as connection, connection.cursor() as cursor:  # fmt: skip
            cursor.execute("ALTER USER repoint@127.0.0.1 REQUIRE SSL")
            self.refuse(self.here, "Access denied")
            self.accept(self.here, ssl_mode="required")
            self.accept(self.here, ssl_ca=self.file("ours"))
            cursor.execute("ALTER USER repoint@127.0.0.1 REQUIRE NONE")


if __name__ == "__main__":
    unittest.main()
