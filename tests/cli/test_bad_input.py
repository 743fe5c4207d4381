"""Bad input: each gets a message that names the thing and the exit code of the contract, and changes nothing."""

import contextlib
import copy
import json
import os
import resource
import signal
import sqlite3
import unittest

from shop import SHOP, ShopTest

LONG = "x" * 10_000
SQL = "prod'; DROP TABLE _environments; --"


class BadInputTest(ShopTest):
    def setUp(self):
        super().setUp()
        self.open_shop()
        self.before = self.contents()
        self.good = json.loads((SHOP / "state.json").read_text())

    def tearDown(self):
        self.assertEqual(self.contents(), self.before)

    def write(self, name, contents):
        path = self.directory / name
        path.write_bytes(contents if isinstance(contents, bytes) else json.dumps(contents).encode())
        return name

    def changed(self, change):
        """The shop's state file with something wrong in it."""
        document = copy.deepcopy(self.good)
        change(document)
        return document


class Files(BadInputTest):
    """What `import`, `push` and the options that take a file do not accept. All are exit 2."""

    def refuse_import(self, contents, *words):
        """The message names the file, or the snapshot in it."""
        for command in ("import", "push"):
            message = self.refuse(2, command, self.write("bad.json", contents))
            self.assertRegex(message, "bad.json|snapshot|state file", command)
            for word in words:
                self.assertIn(word, message, command)

    def test_no_file(self):
        for command in ("import", "push"):
            self.assertIn("missing.json", self.refuse(2, command, "missing.json"))
        self.assertIn("missing.json", self.refuse(2, "plan", "prod", "--record", "missing.json"))

    def test_not_json(self):
        self.refuse_import(b"name: prod\n")
        self.refuse_import(b"")
        self.refuse_import(b"[1, 2")

    def test_truncated(self):
        text = (SHOP / "state.json").read_bytes()
        for size in (1, 100, len(text) // 2, len(text) - 3):
            self.refuse_import(text[:size])

    def test_invalid_utf8(self):
        text = (SHOP / "state.json").read_bytes()
        self.refuse_import(text.replace(b'"ttl": "in 1 week"', b'"ttl": "in \xff week"', 1))

    def test_a_nul_inside(self):
        text = (SHOP / "state.json").read_bytes()
        self.refuse_import(text.replace(b"in 1 week", b"in \0 week", 1))
        self.refuse_import(text.replace(b"in 1 week", b"in \\u0000 week", 1))

    def test_nested_ten_thousand_deep(self):
        self.refuse_import(b'{"metadata": ' + b"[" * 10_000 + b"]" * 10_000 + b"}")
        deep = json.dumps(self.good).replace('"metadata": {', '"metadata": {"x": ' + "[" * 10_000 + "]" * 10_000 + ", ", 1)
        self.refuse_import(deep.encode())

    def test_wrong_types(self):
        def number_for_name(document):
            document["snapshots"][0]["name"] = 5

        def text_for_list(document):
            document["snapshots"] = "none"

        def list_for_object(document):
            document["environments"] = []

        def text_for_fingerprint(document):
            document["snapshots"][0]["fingerprint"] = "abc"

        for change in (number_for_name, text_for_list, text_for_fingerprint):
            self.refuse_import(self.changed(change))
        name = self.write("bad.json", self.changed(list_for_object))
        self.assertIn("bad.json", self.refuse(2, "import", name))

    def test_an_unknown_key_where_the_reference_refuses_one(self):
        def unknown(document):
            document["environments"]["prod"]["environment"]["owner"] = "etl"

        name = self.write("bad.json", self.changed(unknown))
        self.assertIn("owner", self.refuse(2, "import", name))

    def test_numbers_out_of_range(self):
        for number in (b"1e400", b"99999999999999999999999"):
            text = json.dumps(self.good).encode()
            created = json.dumps(self.good["snapshots"][0]["created_ts"]).encode()
            self.refuse_import(text.replace(b'"created_ts": ' + created, b'"created_ts": ' + number, 1))

    def test_not_importable(self):
        def not_importable(document):
            document["metadata"]["importable"] = False

        self.refuse_import(self.changed(not_importable))

    def test_another_version(self):
        """The reference looks at SQLMesh's version alone, and so does repoint."""

        def older(document):
            document["versions"]["sqlmesh_version"] = "0.180.0"

        self.refuse_import(self.changed(older), "0.180.0", "0.236.4")

    def test_an_unknown_cron_or_time_zone(self):
        def cron(document):
            document["snapshots"][0]["node"]["cron"] = "every day"

        def zone(document):
            document["snapshots"][0]["node"]["cron_tz"] = "Mars/Olympus"

        self.refuse_import(self.changed(cron), "every day")
        self.refuse_import(self.changed(zone), "Mars/Olympus")

    def test_two_gigabytes_of_one_string(self):
        """Refused when it becomes too long, not when memory is full."""
        path = self.directory / "huge.json"
        with path.open("wb") as file:
            file.write(b'{"metadata": {"timestamp": "')
            file.seek(2 << 30)  # a hole, which costs no disk
            file.write(b'"}}')
        for command in ("import", "push"):
            self.assertIn("huge.json", self.refuse(2, command, "huge.json"))
        self.assertLess(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss, 1 << 20)  # in kB

    def test_records_and_lists_of_snapshots(self):
        broken = self.write("broken.json", b"{")
        for option in ("--record", "--snapshots", "--statements"):
            source = [] if option != "--statements" else ["--from", "dev"]
            self.assertIn("broken.json", self.refuse(2, "promote", "prod", *source, option, broken), option)
        record = self.good["environments"]["dev"]["environment"]
        self.assertIn("dev", self.refuse(2, "promote", "prod", "--record", self.write("dev.json", record)))
        listed = self.write("list.json", [{"name": '"shop"."gone"', "identifier": "1"}])
        self.assertIn('"shop"."gone"', self.refuse(3, "promote", "prod", "--snapshots", listed))


class Stores(BadInputTest):
    """Databases that are not what is needed."""

    def test_no_database(self):
        self.assertIn("gone.db", self.refuse(6, "status", "--state", "sqlite:gone.db"))
        self.assertFalse((self.directory / "gone.db").exists())

    def test_a_url_that_is_none(self):
        for url in ("shop.db", "oracle:db", "sqlite:", "memory:x"):
            self.refuse(2, "status", "--state", url)

    def test_not_a_state_store(self):
        sqlite3.connect(self.directory / "other.db").execute("CREATE TABLE notes (text)").connection.close()
        self.assertIn("repoint init", self.refuse(2, "status", "--state", "sqlite:other.db"))
        self.write("text.db", b"this is not a database, but it is long enough to be looked at" * 20)
        for command in ("status", "init"):
            self.refuse(2, command, "--state", "sqlite:text.db")
        (self.directory / "folder.db").mkdir()
        self.assertIn("folder.db", self.refuse(2, "status", "--state", "sqlite:folder.db"))

    def test_newer_and_older(self):
        for version in (103, 90):
            path = self.directory / f"{version}.db"
            with sqlite3.connect(self.database) as shop, sqlite3.connect(path) as other:
                shop.backup(other)
                other.execute("UPDATE _versions SET schema_version = ?", (version,))
            other.close()
            shop.close()
            for line in (["status"], ["import", str(SHOP / "state.json")], ["migrate"], ["init"]):
                message = self.refuse(2, *line, "--state", f"sqlite:{path}")
                self.assertIn(str(version), message)
                self.assertIn("102", message)

    def test_read_only(self):
        """Root may write everything, so it becomes nobody where it can."""
        more = {"user": "nobody", "group": "nogroup", "extra_groups": []} if os.geteuid() == 0 else {}
        # A coverage build writes its counts beside the objects, where nobody may not.
        self.environment["GCOV_PREFIX"] = str(self.directory)
        self.directory.chmod(0o777)
        self.database.chmod(0o444)
        try:
            try:
                self.run_program("version", **more)
            except PermissionError:
                self.skipTest("nobody may not run the program")
            self.succeed("environments", **more)
            self.assertIn("shop.db", self.refuse(1, "finalize", "prod", **more))
        finally:
            self.database.chmod(0o644)

    def test_a_full_disk(self):
        """Files that may not grow beyond 40 kB stand for one; SQLite's index of its log alone has 32."""

        def limit():
            signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
            resource.setrlimit(resource.RLIMIT_FSIZE, (40 << 10, 40 << 10))

        self.refuse(1, "import", str(SHOP / "state.json"), preexec_fn=limit)
        self.refuse(1, "export", "copy.json", preexec_fn=limit)
        self.assertEqual([path.name for path in self.directory.glob("copy*")], [])

    def test_locked_by_another_process(self):
        with contextlib.closing(self.lock()):
            self.assertIn("shop.db", self.refuse(4, "finalize", "prod"))
            self.succeed("status")

    def test_out_of_time(self):
        with contextlib.closing(self.lock()):
            self.refuse(6, "finalize", "prod", "--timeout", "0.2")


class Warehouses(BadInputTest):
    """Tables and views may be in another database than the state."""

    LINES = (["plan", "prod", "--from", "dev"], ["deploy", "prod", "--from", "dev"])

    def test_one_that_is_not_there(self):
        for line in self.LINES:
            message = self.refuse(6, *line, "--warehouse", "sqlite:missing.db")
            self.assertIn("the warehouse: there is no file missing.db", message)
        self.assertFalse((self.directory / "missing.db").exists())

    def test_one_without_the_tables(self):
        sqlite3.connect(self.directory / "warehouse.db").execute("CREATE TABLE orders (id)").connection.close()
        self.assertIn("does not exist in the warehouse", self.refuse(3, *self.LINES[1], "--warehouse", "sqlite:warehouse.db"))

    def test_wherever_it_is_set(self):
        environment = {"REPOINT_WAREHOUSE": "sqlite:missing.db"}
        self.assertIn("missing.db", self.refuse(6, *self.LINES[0], environment=environment))
        (self.directory / "repoint.yaml").write_text("warehouse:\n  url: sqlite:missing.db\n")
        self.assertIn("missing.db", self.refuse(6, *self.LINES[0]))

    def test_other_names_of_the_same_file(self):
        (self.directory / "link.db").symlink_to("shop.db")
        os.link(self.database, self.directory / "hard.db")
        self.addCleanup((self.directory / "hard.db").unlink)
        for name in (str(self.database), "shop.db", "./shop.db", f"../{self.directory.name}/shop.db", "link.db", "hard.db"):
            self.succeed(*self.LINES[0], "--warehouse", f"sqlite:{name}")

    def test_what_works_on_the_state_alone(self):
        for line in (["status"], ["promote", "prod", "--from", "dev", "-n"]):
            self.succeed(*line, "--warehouse", "sqlite:missing.db")


class Names(BadInputTest):
    """Names that nothing has, or that are none."""

    def test_unknown_environments(self):
        for name in ("nobody", SQL, LONG, "PROD "):
            for line in (["environment", name], ["finalize", name], ["diff", name, "prod"], ["diff", "prod", name]):
                self.refuse(5, *line)
            self.refuse(5, "plan", "prod", "--from", name)
        self.assertIn("dev, prod", self.refuse(5, "environment", "nobody"))

    def test_environments_that_cannot_be(self):
        for name in ("", LONG, "prod__next"):
            for command in ("plan", "promote", "deploy", "gaps"):
                self.refuse(2, command, name, "--from", "dev")

    def test_an_empty_environment_name(self):
        for line in (["environment", ""], ["finalize", ""], ["diff", "", "prod"]):
            self.assertIn(self.run_program(*line).returncode, (2, 5), line)

    def test_unknown_snapshots(self):
        for name in ("nothing", SQL, "nothing@1", "orders@1"):
            for line in (
                ["snapshot", name],
                ["intervals", "list", name],
                ["intervals", "missing", name],
                ["intervals", "add", name, "--start", "2026-01-01", "--end", "2026-01-01"],
                ["intervals", "remove", name, "--start", "2026-01-01", "--end", "2026-01-01"],
            ):
                self.assertIn(name.split("@")[0], self.refuse(5, *line))
        self.refuse(5, "snapshots", "nothing")
        for name in ("", LONG):
            self.refuse(2, "snapshot", name)
            self.refuse(2, "snapshots", name)

    def test_unknown_models_of_a_source(self):
        for source in (["--set", "nothing=1"], ["--drop", "nothing"], ["--from", "dev", "--check-gaps", "nothing"]):
            self.assertIn("nothing", self.refuse(5, "plan", "prod", *source))
        for text in ("orders", "=1", "orders="):
            self.refuse(2, "plan", "prod", "--set", text)
        self.assertIn("orders", self.refuse(3, "promote", "prod", "--set", "orders=1"))

    def test_one_source_and_only_one(self):
        for command in ("plan", "promote", "deploy", "gaps"):
            self.assertIn("--from", self.refuse(2, command, "prod"))
            self.refuse(2, command, "prod", "--from", "dev", "--latest")
            self.refuse(2, command, "prod", "--set", "orders=313037588", "--record", "x.json")


class Expressions(BadInputTest):
    """Times that are none."""

    def test_ranges(self):
        for text in ("2026-02-30", "yesterdayish", "", "12:99", LONG):
            for line in (
                ["intervals", "add", "orders", "--start", text, "--end", "2026-01-02"],
                ["intervals", "remove", "orders", "--start", "2026-01-02", "--end", text],
                ["intervals", "missing", "orders", "--start", text],
                ["promote", "prod", "--from", "dev", "--start", text],
                ["promote", "pr_1", "--from", "dev", "--ttl", text],
            ):
                self.refuse(2, *line)
        self.assertIn("yesterdayish", self.refuse(2, "intervals", "missing", "orders", "--start", "yesterdayish"))

    def test_a_range_that_is_not_complete(self):
        self.assertIn("--end", self.refuse(2, "intervals", "add", "orders", "--start", "2026-01-01"))
        self.assertIn("--start", self.refuse(2, "intervals", "remove", "orders", "--end", "2026-01-01"))
        self.assertIn("END", self.refuse(2, "intervals", "add", "orders", "2026-01-01"))
        self.assertIn("START", self.refuse(2, "intervals", "remove", "orders"))

    def test_a_range_given_both_ways(self):
        for verb in ("add", "remove", "missing"):
            for option in ("--start", "--end"):
                message = self.refuse(2, "intervals", verb, "orders", "2026-01-01", "2026-01-02", option, "2026-01-02")
                self.assertIn("as arguments and as --start or --end", message)
            self.refuse(2, "intervals", verb, "orders", "2026-01-01", "--end", "2026-01-02")
            self.refuse(2, "intervals", verb, "orders", "2026-01-01", "2026-01-02", "2026-01-03")

    def test_a_range_that_ends_before_it_begins(self):
        for verb in ("add", "remove"):
            self.refuse(2, "intervals", verb, "orders", "--start", "2026-01-03", "--end", "2026-01-01")

    def test_prod_never_expires(self):
        self.assertIn("prod", self.refuse(2, "promote", "prod", "--from", "dev", "--ttl", "in 1 week"))

    def test_a_message_that_is_too_long(self):
        for command in ("plan", "promote", "deploy"):
            self.assertIn("1001", self.refuse(2, command, "prod", "--from", "dev", "--message", "é" * 1001))
        self.succeed("plan", "prod", "--from", "dev", "--message", "é" * 1000)

    def test_now(self):
        self.assertIn("--now", self.refuse(2, "status", "--now", "soonish"))


if __name__ == "__main__":
    unittest.main()
