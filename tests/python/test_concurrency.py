"""Threads, forks and signals: what they do to a store, and that none of them ends the interpreter.

Each story that may end it is told by a process of its own, which prints "done" as its last word.
"""

import os
import subprocess
import sys
import tempfile
import textwrap
import threading
import unittest
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import repoint

SHOP = Path(__file__).resolve().parents[2] / "examples/shop/state.json"
LONG_S = 3600

# The store is a file, or a schema of the server; `Blocker` holds what a writer must wait for.
PRELUDE = """
import os, signal, sys, threading
import repoint

URL, SCHEMA = sys.argv[1], sys.argv[2]

class Blocker:
    def __init__(self):
        if URL.startswith("sqlite:"):
            import sqlite3
            self.connection = sqlite3.connect(URL[7:], isolation_level=None, check_same_thread=False)
            self.connection.execute("BEGIN IMMEDIATE")
        else:
            import psycopg2
            self.connection = psycopg2.connect(URL)
            self.connection.cursor().execute(f"LOCK TABLE {SCHEMA}._environments IN ACCESS EXCLUSIVE MODE")
    def let_go(self):
        self.connection.rollback()
        self.connection.close()

in_call = threading.Event()

def now():
    in_call.set()
    return 1767866400123

def plan(store):
    return store.environment("prod").new_plan(store.environment("dev").snapshots)

def signal_when_in_call(number):
    def work():
        in_call.wait()
        os.kill(os.getpid(), number)
    in_call.clear()
    thread = threading.Thread(target=work)
    thread.start()
    return thread
"""


def stores():
    """URL and schema of each kind of store that there is."""
    yield "sqlite", None
    if os.environ.get("REPOINT_TEST_POSTGRES"):
        yield os.environ["REPOINT_TEST_POSTGRES"], f"repoint_python_{os.getpid()}"


class StoriesTest(unittest.TestCase):
    def each_store(self):
        for kind, schema in stores():
            with self.subTest(kind.split(":", 1)[0]), tempfile.TemporaryDirectory(prefix="repoint-threads-") as folder:
                url = f"sqlite:{folder}/state.db" if schema is None else kind
                schema = schema or "sqlmesh"
                with repoint.Store.create(url, schema=schema) as store:
                    store.import_state(SHOP, replace=True)
                    yield url, schema, store
                    if not url.startswith("sqlite:"):
                        self.drop(url, schema)

    def drop(self, url, schema):
        import psycopg2

        connection = psycopg2.connect(url)
        connection.autocommit = True
        connection.cursor().execute(f"DROP SCHEMA {schema} CASCADE")
        connection.close()

    def tell(self, url, schema, story, timeout=120):
        result = subprocess.run(
            [sys.executable, "-c", PRELUDE + textwrap.dedent(story), url, schema],
            capture_output=True,
            text=True,
            timeout=timeout,
            check=False,
        )
        self.assertEqual(result.returncode, 0, result.stdout + result.stderr)
        self.assertEqual(result.stdout.splitlines()[-1], "done", result.stdout + result.stderr)


class ThreadsTest(StoriesTest):
    def test_a_store_is_used_by_many(self):
        for _, _, store in self.each_store():
            with ThreadPoolExecutor(8) as threads:
                read = list(threads.map(lambda _: store.environment("prod").plan_id, range(200)))
            self.assertEqual(len(set(read)), 1)

    def test_in_memory_too(self):
        with repoint.Store("memory:") as store, ThreadPoolExecutor(8) as threads:
            store.import_state(SHOP)
            read = list(threads.map(lambda _: len(list(store.snapshot_rows())), range(200)))
        self.assertEqual(set(read), {9})

    def test_one_of_many_promotes_wins(self):
        for _, _, store in self.each_store():
            drafts = [store.environment("prod").new_plan(store.environment("dev").snapshots) for _ in range(8)]

            def promote(draft, store=store):
                try:
                    store.promote(draft)
                    return "won"
                except repoint.ConflictError:
                    return "conflict"

            with ThreadPoolExecutor(8) as threads:
                self.assertEqual(sorted(threads.map(promote, drafts)), ["conflict"] * 7 + ["won"])

    def test_values_are_shared(self):
        with repoint.Store("memory:") as store:
            store.import_state(SHOP)
            prod, dev = store.environment("prod"), store.environment("dev")

        def change(_):
            draft = prod.new_plan(dev.snapshots)
            return draft.snapshots[0].physical_name(), len(draft.previous_finalized_snapshots), len(prod.document)

        with ThreadPoolExecutor(8) as threads:
            self.assertEqual(len(set(threads.map(change, range(200)))), 1)

    def test_a_store_is_closed_while_it_is_used(self):
        for url, schema, _ in self.each_store():
            for _ in range(20):
                store = repoint.Store(url, schema=schema)
                started = threading.Barrier(5)

                def read(store=store, started=started):
                    started.wait()
                    try:
                        while True:
                            store.environment("prod")
                    except repoint.ClosedError:
                        return True

                with ThreadPoolExecutor(4) as threads:
                    readers = [threads.submit(read) for _ in range(4)]
                    started.wait()
                    store.close()
                    self.assertTrue(all(reader.result() for reader in readers))

    def test_interrupting_the_calls_of_other_threads(self):
        for url, schema, store in self.each_store():
            story = """
            store = repoint.Store(URL, schema=SCHEMA, now=now, busy_timeout=3600)
            draft = plan(store)
            blocker = Blocker()
            kinds = []
            def work():
                try:
                    store.promote(draft)
                except repoint.RepointError as error:
                    kinds.append(error.code)
            in_call.clear()
            thread = threading.Thread(target=work)
            thread.start()
            in_call.wait()
            while thread.is_alive():
                store.interrupt()
                thread.join(0.01)
            assert kinds == ["interrupted"], kinds
            blocker.let_go()
            assert store.environment("prod").plan_id != draft.plan_id
            store.promote(draft)
            print("done")
            """
            self.tell(url, schema, story)

    def test_a_callback_that_uses_its_own_store(self):
        """A store in memory has one connection, which is in use: it says so. Others take another one."""
        with tempfile.TemporaryDirectory(prefix="repoint-callback-") as folder:
            for url in ("memory:", f"sqlite:{folder}/state.db"):
                seen = []

                def trace(*_, seen=seen):
                    if len(seen) == 1:
                        seen.append("asked")
                        seen.append(seen[0].versions().schema_version)

                store = repoint.Store.create(url, trace=trace)
                seen.append(store)
                if url == "memory:":
                    with self.assertRaises(repoint.ClosedError):
                        store.versions()
                else:
                    store.versions()
                    self.assertEqual(seen[2], 102)
                store.close()


class ForkTest(StoriesTest):
    def test_a_forked_process_is_refused_and_harms_nobody(self):
        for url, schema, _ in self.each_store():
            story = """
            store = repoint.Store(URL, schema=SCHEMA)
            draft = plan(store)
            child = os.fork()
            if child == 0:
                try:
                    store.environment("prod")
                except repoint.ClosedError as error:
                    assert "process" in str(error), error
                else:
                    os._exit(3)
                with repoint.Store(URL, schema=SCHEMA) as own:
                    own.environment("prod")
                store.interrupt()
                store.close()
                sys.exit(0)  # with every destructor
            assert os.waitpid(child, 0)[1] == 0
            child = os.fork()
            if child == 0:
                del store
                sys.exit(0)
            assert os.waitpid(child, 0)[1] == 0
            store.promote(draft)
            store.finalize(draft)
            print("done")
            """
            self.tell(url, schema, story)

    def test_multiprocessing(self):
        for url, schema, _ in self.each_store():
            story = """
            import multiprocessing
            store = repoint.Store(URL, schema=SCHEMA)
            def work(_):
                try:
                    store.environments()
                except repoint.ClosedError:
                    return True
            with multiprocessing.get_context("fork").Pool(2) as pool:
                assert pool.map(work, range(4)) == [True] * 4
            assert len(list(store.environments())) == 2
            print("done")
            """
            self.tell(url, schema, story)


class SignalsTest(StoriesTest):
    def test_ctrl_c_ends_a_call_that_waits(self):
        """The lock is never let go, and the call would wait for an hour: only an interrupt can end it."""
        for url, schema, store in self.each_store():
            before = store.environment("prod").to_json()
            story = """
            store = repoint.Store(URL, schema=SCHEMA, now=now, busy_timeout=3600)
            draft = plan(store)
            handler = signal.getsignal(signal.SIGINT)
            for _ in range(5):
                blocker = Blocker()
                thread = signal_when_in_call(signal.SIGINT)
                try:
                    store.promote(draft)
                except KeyboardInterrupt:
                    pass
                else:
                    sys.exit("no KeyboardInterrupt")
                thread.join()
                blocker.let_go()
                assert signal.getsignal(signal.SIGINT) is handler
            assert store.environment("prod").plan_id != draft.plan_id
            print("done")
            """
            self.tell(url, schema, story)
            self.assertEqual(store.environment("prod").to_json(), before)

    def test_ctrl_c_ends_a_connection_attempt(self):
        """The server accepts and never says a word."""
        import socket

        with socket.create_server(("127.0.0.1", 0)) as server:
            story = f"""
            import socket
            def work():
                signal.pthread_kill(threading.main_thread().ident, signal.SIGINT)
            threading.Timer(0.2, work).start()
            try:
                repoint.Store("postgresql://127.0.0.1:{server.getsockname()[1]}/nowhere")
            except KeyboardInterrupt:
                print("done", flush=True)
                os._exit(0)
            """
            self.tell("sqlite:none", "none", story)

    def test_another_handler_raises_its_own(self):
        for url, schema, _ in self.each_store():
            story = """
            class TooLong(Exception): pass
            def ring(number, frame): raise TooLong
            signal.signal(signal.SIGALRM, ring)
            store = repoint.Store(URL, schema=SCHEMA, now=now, busy_timeout=3600)
            draft = plan(store)
            blocker = Blocker()
            thread = signal_when_in_call(signal.SIGALRM)
            try:
                store.promote(draft)
            except TooLong:
                print("done")
            thread.join()
            """
            self.tell(url, schema, story)

    def test_a_handler_that_raises_nothing_changes_nothing(self):
        """The call goes on after it. The handler lets the lock go, so that it can end."""
        for url, schema, _ in self.each_store():
            story = """
            store = repoint.Store(URL, schema=SCHEMA, now=now, busy_timeout=3600)
            draft = plan(store)
            blocker = Blocker()
            signal.signal(signal.SIGTERM, lambda number, frame: blocker.let_go())
            thread = signal_when_in_call(signal.SIGTERM)
            store.promote(draft)
            thread.join()
            assert store.environment("prod").plan_id == draft.plan_id
            print("done")
            """
            self.tell(url, schema, story)

    def test_a_signal_that_ends_the_process_still_does(self):
        with tempfile.TemporaryDirectory(prefix="repoint-signal-") as folder:
            url = f"sqlite:{folder}/state.db"
            repoint.Store.create(url).close()
            with repoint.Store(url) as store:
                store.import_state(SHOP)
            story = """
            signal.signal(signal.SIGINT, signal.SIG_DFL)
            store = repoint.Store(URL, schema=SCHEMA, now=now, busy_timeout=3600)
            draft = plan(store)
            blocker = Blocker()
            signal_when_in_call(signal.SIGINT)
            store.promote(draft)
            """
            code = PRELUDE + textwrap.dedent(story)
            result = subprocess.run([sys.executable, "-c", code, url, "sqlmesh"], timeout=120, check=False)
            self.assertEqual(result.returncode, -2)

    # A store in memory with 400 copies of the shop's models, whose import takes long enough to be interrupted.
    MEMORY = """
    import json
    class Stop(BaseException): pass
    def work(number, frame): raise Stop
    signal.signal(signal.SIGINT, work)
    state = json.load(open(URL))
    for number in range(400):
        for one in state["snapshots"][:9]:
            copy = json.loads(json.dumps(one))
            copy["name"] = copy["name"].replace("shop", f"shop{number}")
            state["snapshots"].append(copy)
    path = os.path.join(SCHEMA, "large.json")
    json.dump(state, open(path, "w"))
    store = repoint.Store("memory:", progress=lambda *_: in_call.set())
    store.import_state(URL)
    names = sorted((row.name, row.identifier) for row in store.snapshot_rows())
    def unchanged():
        return sorted((row.name, row.identifier) for row in store.snapshot_rows()) == names
    """

    def tell_in_memory(self, story):
        with tempfile.TemporaryDirectory(prefix="repoint-memory-") as folder:
            self.tell(str(SHOP), folder, textwrap.dedent(self.MEMORY) + textwrap.dedent(story))

    def test_ctrl_c_ends_a_call_on_a_store_in_memory_which_stays_what_it_was(self):
        """There is no callback in which it could be noticed, and the call takes longer than it takes to come."""
        self.tell_in_memory("""
        store = repoint.Store("memory:")
        ended = 0
        for _ in range(10):
            store.import_state(URL, replace=True)
            thread = signal_when_in_call(signal.SIGINT)
            try:
                in_call.set()
                store.import_state(path, replace=True)
                sys.exit("it was not ended")
            except Stop:
                pass
            thread.join()
            ended += unchanged()
        assert ended >= 8, ended
        draft = plan(store)
        store.promote(draft)
        store.finalize(draft)
        assert store.environment("prod").plan_id == draft.plan_id
        print("done")
        """)

    def test_an_interrupt_by_another_thread_leaves_a_store_in_memory_what_it_was(self):
        self.tell_in_memory("""
        kinds = []
        def work():
            try:
                store.import_state(path, replace=True)
            except repoint.RepointError as error:
                kinds.append(error.code)
        for _ in range(5):
            in_call.clear()
            thread = threading.Thread(target=work)
            thread.start()
            in_call.wait()
            while thread.is_alive():
                store.interrupt()
                thread.join(0.01)
            assert unchanged()
        assert kinds == ["interrupted"] * 5, kinds
        print("done")
        """)

    def test_a_clock_that_raises_leaves_a_store_in_memory_what_it_was(self):
        self.tell_in_memory("""
        broken = [False]
        def now():
            if broken[0]:
                raise ValueError("no time")
            return 1767866400123
        store = repoint.Store("memory:", now=now)
        store.import_state(URL)
        draft = plan(store)
        broken[0] = True
        try:
            store.promote(draft)
        except ValueError:
            broken[0] = False
        assert unchanged() and store.environment("prod").plan_id != draft.plan_id
        store.promote(draft)
        print("done")
        """)


if __name__ == "__main__":
    unittest.main()
