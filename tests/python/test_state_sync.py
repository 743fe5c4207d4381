"""repoint.sqlmesh.RepointStateSync beside SQLMesh's own state sync: the same objects, exceptions and words.

The random stories of tests/conformance/differential.py compare what the two leave in the tables; this is about what
their callers get.
"""

import copy
import datetime
import inspect
import json
import sys
import tempfile
import unittest
from pathlib import Path

TESTS = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(TESTS / "sqlmesh")]

import time_machine  # noqa: E402
from shop_project import ShopProject  # noqa: E402
from sqlmesh import Context  # noqa: E402
from sqlmesh.core.config.connection import (  # noqa: E402
    DuckDBConnectionConfig,
    MySQLConnectionConfig,
    PostgresConnectionConfig,
)
from sqlmesh.core.console import NoopConsole  # noqa: E402
from sqlmesh.core.environment import Environment, EnvironmentStatements  # noqa: E402
from sqlmesh.core.snapshot import Snapshot, SnapshotId  # noqa: E402
from sqlmesh.core.state_sync import EngineAdapterStateSync, StateSync  # noqa: E402
from sqlmesh.core.state_sync.common import ExpiredBatchRange  # noqa: E402
from sqlmesh.core.state_sync.export_import import import_state  # noqa: E402
from sqlmesh.utils.errors import ConfigError, ConflictingPlanError, SQLMeshError  # noqa: E402
from state_file import HISTORY, SHOP  # noqa: E402
from state_sync import exported, forget_import, state_sync_of  # noqa: E402

import repoint  # noqa: E402
from repoint.sqlmesh import RepointStateSync, url_of  # noqa: E402

NOW = datetime.datetime(2026, 1, 8, 12, 0, 0, 123000, tzinfo=datetime.timezone.utc)
ORDERS = '"fix_shop"."shop"."orders"'


def comparable(value):
    """SQLMesh's objects as JSON, in an order; what differs in class differs here."""
    if isinstance(value, dict):
        return sorted((str(key), comparable(one)) for key, one in value.items())
    if isinstance(value, (list, set, tuple)):
        return type(value).__name__, sorted((comparable(one) for one in value), key=str)
    if hasattr(value, "json"):
        return type(value).__name__, sorted_lists(json.loads(value.json()))
    return value


def sorted_lists(value):
    if isinstance(value, dict):
        return {key: sorted_lists(one) for key, one in value.items()}
    if isinstance(value, list):
        return sorted((sorted_lists(one) for one in value), key=str)
    return value


class StateSyncTest(unittest.TestCase):
    """Each test does everything on both: on SQLMesh's, and on the drop-in."""

    file = SHOP

    def setUp(self):
        folder = tempfile.TemporaryDirectory(prefix="repoint-state-sync-")
        self.addCleanup(folder.cleanup)
        self.folder = Path(folder.name)
        travel = time_machine.travel(NOW, tick=False)
        travel.start()
        self.addCleanup(travel.stop)
        self.reference = state_sync_of(self.folder / "reference", self.file)
        forget_import(self.reference)
        self.addCleanup(self.reference.close)
        self.tested = self.new_drop_in()
        self.tested.migrate()
        import_state(self.tested, self.file)
        self.tested.clear_cache()

    def new_drop_in(self, **options):
        store = RepointStateSync(f"sqlite:{self.folder}/state.db", console=NoopConsole(), **options)
        self.addCleanup(store.close)
        return store

    def both(self, act):
        """What it gives, which is the same for both, or the exception."""
        answers = [self.answer(act, state_sync) for state_sync in (self.reference, self.tested)]
        self.assertEqual(*answers)
        return answers[1]

    @staticmethod
    def answer(act, state_sync):
        try:
            return comparable(act(state_sync))
        except Exception as error:  # noqa: BLE001 - classes and words are compared
            return type(error), str(error)

    def plan(self, state_sync, **fields):
        prod, dev = state_sync.get_environment("prod"), state_sync.get_environment("dev")
        return dev.copy(
            update={
                "name": "prod",
                "plan_id": "a" * 32,
                "previous_plan_id": prod.plan_id,
                "expiration_ts": None,
                "finalized_ts": None,
                **fields,
            }
        )


class ReadingTest(StateSyncTest):
    file = HISTORY

    def test_it_is_complete(self):
        self.assertIsInstance(self.tested, StateSync)
        self.assertEqual(RepointStateSync.__abstractmethods__, frozenset())

    def test_signatures(self):
        for name in sorted(StateSync.__abstractmethods__ | {"add_interval", "get_versions"}):
            expected = inspect.signature(getattr(EngineAdapterStateSync, name)).parameters
            found = inspect.signature(getattr(RepointStateSync, name)).parameters
            kinds = [[(p.name, p.kind, p.default) for p in parameters.values()] for parameters in (expected, found)]
            self.assertEqual(*kinds, name)

    def test_environments(self):
        self.both(lambda s: s.get_environments())
        self.both(lambda s: s.get_environments_summary())
        for name in ("prod", "dev", "PROD", "absent", ""):
            self.both(lambda s, name=name: s.get_environment(name))
            self.both(lambda s, name=name: s.get_environment_statements(name))
            for finalized in (True, False):
                self.both(
                    lambda s, name=name, f=finalized: s.max_interval_end_per_model(name, ensure_finalized_snapshots=f)
                )
        self.both(lambda s: s.max_interval_end_per_model("prod", set()))
        self.both(lambda s: s.get_environment("prod").snapshots)
        self.both(lambda s: s.get_environment("dev").promoted_snapshots)

    def test_snapshots(self):
        ids = [table.snapshot_id for table in self.reference.get_environment("prod").snapshots]
        self.both(lambda s: s.get_snapshots([*ids, SnapshotId(name="nobody", identifier="1")]))
        self.both(lambda s: s.get_snapshots([]))
        self.both(lambda s: s.snapshots_exist([*ids, SnapshotId(name="nobody", identifier="1")]))
        names = {id.name for id in ids}
        for exclude in (True, False):
            self.both(lambda s, e=exclude: s.nodes_exist([*names, "nobody"], exclude_external=e))
            self.both(lambda s, e=exclude: s.get_snapshots_by_names(names, exclude_expired=e))
        self.both(lambda s: s.get_snapshots_by_names(names, current_ts=1_600_000_000_000))

    def test_snapshots_from_a_cache(self):
        cached = self.new_drop_in(cache_dir=self.folder / "cache")
        ids = [table.snapshot_id for table in self.reference.get_environment("prod").snapshots]
        expected = comparable(self.reference.get_snapshots(ids))
        for _ in range(2):
            self.assertEqual(comparable(cached.get_snapshots(ids)), expected)
        snapshot = next(iter(cached.get_snapshots(ids[:1]).values()))
        for state_sync in (self.reference, cached):
            state_sync.add_interval(snapshot, "2026-01-20", "2026-01-21")
            state_sync.unpause_snapshots([snapshot], "2026-01-08")
        self.assertEqual(comparable(cached.get_snapshots(ids)), comparable(self.reference.get_snapshots(ids)))
        cached.delete_snapshots(ids[:1])
        self.assertEqual(set(cached.get_snapshots(ids)), set(ids[1:]))

    def test_stored_hashes_are_not_computed_anew(self):
        table = self.reference.get_environment("prod").snapshots[0]
        [snapshot] = self.reference.get_snapshots([table]).values()
        fingerprint = snapshot.fingerprint.copy(update={"data_hash": "17"})  # as another release might compute it
        other = Snapshot.parse_raw(snapshot.copy(update={"fingerprint": fingerprint}).json())
        for state_sync in (self.tested, self.new_drop_in(cache_dir=self.folder / "cache")):
            state_sync.push_snapshots([other])
            [found] = state_sync.get_snapshots([other]).values()
            self.assertEqual(found.node.data_hash, "17")

    def test_intervals_are_refreshed(self):
        def refreshed(state_sync):
            tables = state_sync.get_environment("dev").snapshots
            stored = self.reference.get_snapshots(tables)
            snapshots = [copy.deepcopy(stored[id]) for id in sorted(stored, key=str)]
            state_sync.add_interval(snapshots[0], "2026-02-01", "2026-02-03")
            other = snapshots[1].fingerprint.copy(update={"metadata_hash": "1"})  # not stored, of the same version
            snapshots[1] = Snapshot.parse_raw(snapshots[1].copy(update={"fingerprint": other}).json())
            unversioned = snapshots[2]
            unversioned.version, unversioned.change_category = None, None
            return state_sync.refresh_snapshot_intervals(snapshots)

        self.both(refreshed)

    def test_the_kind_of_database(self):
        for url, kind in (
            ("sqlite:x", "sqlite"),
            ("postgresql://x", "postgres"),
            ("mysql://x", "mysql"),
            ("duckdb:x", "duckdb"),
        ):
            self.assertEqual(RepointStateSync(url).state_type(), kind)

    def test_export(self):
        self.assertEqual(exported(self.tested, self.folder), exported(self.reference, self.folder))
        self.both(lambda s: list(s.export(["absent"])))


class ChangingTest(StateSyncTest):
    def check_the_same_is_stored(self):
        self.assertEqual(exported(self.tested, self.folder), exported(self.reference, self.folder))

    def test_promote_and_finalize(self):
        def promote(state_sync):
            environment = self.plan(state_sync)
            statements = [EnvironmentStatements(before_all=["SELECT 1"], after_all=[], python_env={})]
            return state_sync.promote(environment, environment_statements=statements)

        def finalize(state_sync):
            environment = self.plan(state_sync)
            state_sync.finalize(environment)
            return environment.finalized_ts

        self.both(promote)
        self.check_the_same_is_stored()
        self.assertEqual(self.both(finalize), round(NOW.timestamp() * 1000))
        self.check_the_same_is_stored()

    def test_times_of_python(self):
        """Whatever says when an environment begins, the same text is stored."""
        for start in (datetime.date(2026, 1, 1), NOW, "1 week ago", 1767225600000, "2026-01-01"):

            def promote(state_sync, start=start):
                plan = {
                    "start_at": start,
                    "end_at": start,
                    "previous_plan_id": state_sync.get_environment("prod").plan_id,
                }
                state_sync.promote(self.plan(state_sync, **plan))
                return state_sync.get_environment("prod").start_at

            with self.subTest(start=start):
                self.both(promote)

    def test_what_is_removed(self):
        def promote(state_sync):
            plan = self.plan(state_sync)
            return state_sync.promote(plan.copy(update={"snapshots_": plan.snapshots[:2]}))

        self.assertIn("removed", str(self.both(promote)))

    def test_conflicts(self):
        promoted = lambda s: s.promote(self.plan(s, previous_plan_id="f" * 32))  # noqa: E731
        self.assertIs(self.both(promoted)[0], ConflictingPlanError)
        self.assertIs(self.both(lambda s: s.finalize(self.plan(s)))[0], SQLMeshError)
        self.assertIs(self.both(lambda s: s.finalize(self.plan(s, name="absent")))[0], SQLMeshError)

    def test_missing_snapshots(self):
        def promote(state_sync):
            plan = self.plan(state_sync)
            table = plan.snapshots[0].copy(update={"name": '"nobody"'})
            return state_sync.promote(plan.copy(update={"snapshots_": [*plan.snapshots, table]}))

        self.assertIs(self.both(promote)[0], SQLMeshError)

    def test_gaps(self):
        def lose(state_sync):
            [table] = [t for t in state_sync.get_environment("dev").snapshots if t.name.endswith('"daily_revenue"')]
            [snapshot] = state_sync.get_snapshots([table]).values()
            interval = snapshot.get_removal_interval("2026-01-03", "2026-01-04")
            state_sync.remove_intervals([(snapshot, interval)])

        self.both(lose)
        for names in (None, {'"fix_shop"."shop"."daily_revenue"'}):
            refused = self.both(lambda s, names=names: s.promote(self.plan(s), names))
            self.assertIn("Detected missing intervals", refused[1])
        self.both(lambda s: s.promote(self.plan(s), {"daily_revenue"}))  # no full name: nobody is checked

    def test_push(self):
        table = self.reference.get_environment("prod").snapshots[0]
        [snapshot] = self.reference.get_snapshots([table]).values()
        fingerprint = snapshot.fingerprint.copy(update={"metadata_hash": "17"})
        snapshot = Snapshot.parse_raw(snapshot.copy(update={"fingerprint": fingerprint}).json())
        self.both(lambda s: s.push_snapshots([snapshot]))
        self.both(lambda s: s.push_snapshots([snapshot]))
        self.both(lambda s: s.get_snapshots([snapshot]))
        unversioned = snapshot.copy(update={"version": None})
        self.both(lambda s: s.push_snapshots([unversioned]))
        self.both(lambda s: s.add_interval(unversioned, "2026-01-01", "2026-01-02"))

    def test_shared_removals(self):
        def remove(state_sync):
            tables = [t for t in state_sync.get_environment("prod").snapshots if t.name == ORDERS]
            snapshots = list(state_sync.get_snapshots(tables).values())
            pairs = [
                (s, s.get_removal_interval(start, "2026-01-05"))
                for s in snapshots
                for start in ("2026-01-02", "2026-01-04")
            ]
            state_sync.remove_intervals(pairs, remove_shared_versions=True)

        self.both(remove)
        self.check_the_same_is_stored()

    def test_invalidate(self):
        self.both(lambda s: s.invalidate_environment("prod"))
        self.both(lambda s: s.invalidate_environment("DEV"))
        now_ms = round(NOW.timestamp() * 1000)
        self.both(lambda s: s.get_expired_environments(now_ms))
        self.both(lambda s: s.get_expired_environments(now_ms, name="prod"))
        self.both(lambda s: s.delete_expired_environments())
        self.both(lambda s: s.get_expired_snapshots(batch_range=ExpiredBatchRange.all_batch_range()))
        expired = {"batch_range": ExpiredBatchRange.init_batch_range(2), "ignore_ttl": True}
        self.both(lambda s: s.get_expired_snapshots(**expired))
        self.both(lambda s: s.delete_expired_snapshots(**expired))
        self.check_the_same_is_stored()

    def test_time_is_frozen_for_both(self):
        for moment in (NOW, NOW + datetime.timedelta(days=3)):
            with time_machine.travel(moment, tick=False):
                self.both(
                    lambda s: (s.invalidate_environment("prod", protect_prod=False), s.get_environment("prod"))[1]
                )


class VersionsTest(StateSyncTest):
    def test_a_store_that_is_not_there(self):
        empty = RepointStateSync(f"sqlite:{self.folder}/new.db", console=NoopConsole())
        self.addCleanup(empty.close)
        self.assertEqual(empty.get_versions(validate=False).schema_version, 0)
        with self.assertRaises(SQLMeshError) as caught:
            empty.get_versions()
        self.assertIn("run a migration", str(caught.exception))
        empty.migrate()
        self.assertEqual(comparable(empty.get_versions()), comparable(self.reference.get_versions()))

    def test_a_store_that_is_behind_or_ahead(self):
        import sqlite3

        for schema_version in (90, 101, 103):
            with sqlite3.connect(self.folder / "state.db") as connection:
                connection.execute("UPDATE _versions SET schema_version = ?", [schema_version])
            self.reference.version_state.update_versions(schema_version=schema_version)
            self.tested.close()
            self.assertIs(self.both(lambda s: s.get_versions())[0], SQLMeshError)
            self.both(lambda s: s.get_versions(validate=False))

    def test_migrating_a_store_of_another_release(self):
        self.tested.store.record_versions(sqlmesh_version="0.235.1", sqlglot_version="29.0.0")
        with self.assertRaises(SQLMeshError):
            self.tested.get_versions()
        self.tested.migrate()
        self.both(lambda s: s.get_versions())

    def test_rollback(self):
        self.both(lambda s: s.rollback())

    def test_remove_and_reset(self):
        self.tested.reset()
        self.assertEqual(self.tested.get_environments(), [])
        self.tested.remove_state(including_backup=True)
        self.assertEqual(self.tested.get_versions(validate=False).schema_version, 0)
        self.tested.migrate()
        import_state(self.tested, SHOP)
        self.both(lambda s: s.get_environments())

    def test_it_opens_again_after_close(self):
        self.tested.close()
        self.assertIsNotNone(self.tested.get_environment("prod"))
        self.tested.recycle()
        self.assertIsNotNone(self.tested.get_environment("prod"))

    def test_an_open_store_stays_open(self):
        with repoint.Store(f"sqlite:{self.folder}/state.db") as store:
            state_sync = RepointStateSync(store)
            state_sync.get_environments()
            state_sync.close()
            self.assertFalse(store.is_closed)


class ConfigurationTest(unittest.TestCase):
    def test_urls(self):
        postgres = {"host": "db.example", "port": 5432, "user": "a b", "password": "p@ss/word", "database": "state"}
        found = url_of(PostgresConnectionConfig(**postgres, sslmode="require", role="owner"))
        self.assertEqual(
            found,
            "postgresql://a%20b:p%40ss%2Fword@db.example:5432/state?sslmode=require&connect_timeout=10"
            "&options=-c%20role%3Downer",
        )
        self.assertEqual(
            url_of(MySQLConnectionConfig(host="::1", user="me", password="x", port=3306, database="state")),
            "mysql://me:x@[::1]:3306/state",
        )
        self.assertEqual(url_of(DuckDBConnectionConfig(database="state.db")), "duckdb:state.db")
        self.assertEqual(url_of("memory:"), "memory:")
        with self.assertRaises(ConfigError):
            url_of(DuckDBConnectionConfig())
        with self.assertRaises(TypeError):
            url_of(17)

    def test_a_context_takes_it(self):
        with tempfile.TemporaryDirectory(prefix="repoint-context-") as folder:
            project = ShopProject.create(Path(folder) / "shop")
            state_sync = RepointStateSync(f"sqlite:{folder}/state.db")
            with time_machine.travel(NOW, tick=True):
                context = Context(paths=str(project.folder), state_sync=state_sync)
                context.plan("prod", no_prompts=True, auto_apply=True, skip_tests=True)
                context.close()
            with repoint.Store(f"sqlite:{folder}/state.db") as store:
                self.assertGreater(len(store.environment("prod")), 5)
            self.assertFalse((project.folder / "state.db").exists())


if __name__ == "__main__":
    unittest.main()
