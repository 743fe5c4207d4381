"""The package as a Python programmer sees it: values, exceptions by kind, times, streams, state files."""

import json
import pickle
import tempfile
import unittest
from datetime import date, datetime, timedelta, timezone
from pathlib import Path

import repoint

SHOP = Path(__file__).resolve().parents[2] / "examples/shop/state.json"
HISTORY = Path(__file__).resolve().parents[1] / "data/shop-history.json"
ORDERS, REVENUE = '"fix_shop"."shop"."orders"', '"fix_shop"."shop"."daily_revenue"'


def day(number, hour=0):
    return datetime(2026, 1, number, hour, tzinfo=timezone.utc)


class StoreTest(unittest.TestCase):
    def setUp(self):
        self.store = repoint.Store("memory:", now=lambda: 1767866400123)
        self.addCleanup(self.store.close)
        self.store.import_state(SHOP)

    def plan(self, **options):
        return self.store.environment("prod").new_plan(self.store.environment("dev").snapshots, **options)

    def lose_two_days(self):
        table = self.store.environment("dev")[REVENUE]
        [snapshot] = self.store.snapshots([table])
        return self.store.remove_intervals(snapshot, "2026-01-03", "2026-01-04")


class PromoteTest(StoreTest):
    def test_both_phases(self):
        draft = self.plan(plan_id="a" * 32)
        promotion = self.store.promote(draft)
        self.assertEqual([table.name for table in promotion.added][1:2], ['"fix_shop"."shop"."customer_lifetime"'])
        self.assertEqual(promotion.removed, ())
        self.assertIsNone(promotion.removed_naming)
        self.assertIsNone(self.store.environment("prod").finalized_at)

        done = self.store.finalize(draft)
        self.assertEqual(done.finalized_at, datetime(2026, 1, 8, 10, 0, 0, 123000, tzinfo=timezone.utc))
        self.assertIsNone(draft.finalized_at, "a value never changes")
        stored = self.store.environment("prod")
        self.assertEqual((stored.plan_id, stored.finalized_at), ("a" * 32, done.finalized_at))
        self.assertEqual(stored.previous_plan_id, "6f225c8516ae495193a4065379608997")

    def test_gaps(self):
        lost = self.lose_two_days()
        self.assertEqual(lost, repoint.Interval(day(3), day(5)))
        with self.assertRaises(repoint.GapsError) as caught:
            self.store.promote(self.plan(), no_gaps={"orders", "customers", "daily_revenue"})
        self.assertEqual(caught.exception.gaps, (repoint.Gap(REVENUE, (repoint.Interval(day(3), day(5)),)),))
        self.assertEqual(caught.exception.names, (REVENUE,))
        self.assertIn("lacks", str(caught.exception))
        with self.assertRaises(repoint.GapsError):
            self.store.promote(self.plan())
        self.store.promote(self.plan(), no_gaps={"orders"})

    def test_no_gap_check(self):
        self.lose_two_days()
        self.store.promote(self.plan(), no_gaps=set())

    def test_an_unknown_name_is_an_error_unless_names_are_exact(self):
        with self.assertRaises(repoint.NotFoundError):
            self.store.promote(self.plan(), no_gaps={"ordres"})
        self.store.promote(self.plan(), no_gaps={"ordres"}, exact_names=True)

    def test_one_text_is_not_a_set_of_names(self):
        with self.assertRaises(TypeError):
            self.store.promote(self.plan(), no_gaps="orders")

    def test_a_conflict_names_the_other_plan(self):
        mine, theirs = self.plan(), self.plan()
        self.store.promote(theirs)
        with self.assertRaises(repoint.ConflictError) as caught:
            self.store.promote(mine)
        self.assertEqual(caught.exception.plan_id, theirs.plan_id)
        self.assertIsNone(caught.exception.holder)
        with self.assertRaises(repoint.ConflictError) as caught:
            self.store.finalize(mine)
        self.assertEqual(caught.exception.plan_id, theirs.plan_id)

    def test_missing_snapshots(self):
        table = json.loads(self.store.environment("prod")[ORDERS].to_json())
        table["name"] = '"fix_shop"."shop"."returns"'
        returns = repoint.TableInfo.from_json(table)
        with self.assertRaises(repoint.MissingSnapshotsError) as caught:
            self.store.promote(self.store.environment("prod").new_plan([returns]))
        self.assertEqual(caught.exception.snapshots, (returns.snapshot_id,))

    def test_removed(self):
        draft = self.store.environment("prod").new_plan(drop=[ORDERS])
        promotion = self.store.promote(draft)
        self.assertEqual([table.name for table in promotion.removed], [ORDERS])
        self.assertEqual(promotion.removed_naming["name"], "prod")

    def test_statements(self):
        statement = {"before_all": ["CREATE SCHEMA x"], "after_all": [], "python_env": {}}
        self.store.promote(self.plan(), statements=[statement])
        self.assertEqual(self.store.statements("prod")[0]["before_all"], ["CREATE SCHEMA x"])


class EnvironmentTest(StoreTest):
    def test_a_new_one(self):
        environment = repoint.Environment(
            "PR-17",
            self.store.environment("dev").snapshots,
            start=day(1),
            end=date(2026, 1, 6),
            plan_id="p",
            expires=day(20),
            requirements={"pandas": "2.3.3"},
        )
        self.assertEqual((environment.name, environment.plan_id), ("pr_17", "p"))
        self.assertEqual((environment.start_at, environment.end_at), ("2026-01-01 00:00:00", "2026-01-06"))
        self.store.promote(environment)
        stored = self.store.environment("pr_17")
        self.assertEqual(stored.expires_at, day(20))
        self.assertEqual(stored.requirements, {"pandas": "2.3.3"})
        self.assertEqual(set(stored.snapshots), set(environment.snapshots))

    def test_times_without_a_zone_are_refused(self):
        for wrong in ({"start": datetime(2026, 1, 1)}, {"start": day(1), "expires": datetime(2026, 1, 1)}):
            with self.assertRaises(repoint.InvalidError):
                repoint.Environment("dev", (), **wrong)

    def test_times_of_other_zones_are_moments(self):
        tokyo = timezone(timedelta(hours=9))
        environment = repoint.Environment("dev", (), start=datetime(2026, 1, 1, 9, tzinfo=tokyo))
        self.assertEqual(environment.start_at, "2026-01-01 00:00:00")

    def test_a_plan_replaces_and_drops(self):
        prod = self.store.environment("prod")
        self.assertEqual([t.name for t in prod.new_plan([prod[ORDERS]], replace=True)], [ORDERS])
        self.assertEqual(len(prod.new_plan(drop=[ORDERS])), len(prod) - 1)
        self.assertEqual(set(prod.new_plan().previous_finalized_snapshots), set(prod.snapshots))
        with self.assertRaises(repoint.NotFoundError):
            prod.new_plan(drop=["orders"])
        with self.assertRaises(KeyError):
            prod["orders"]

    def test_what_is_unknown_stays(self):
        document = {**self.store.environment("prod").document, "colour": "blue"}
        self.assertEqual(repoint.Environment.from_json(document).document["colour"], "blue")

    def test_values_can_be_pickled(self):
        prod = self.store.environment("prod")
        self.assertEqual(pickle.loads(pickle.dumps(prod)).to_json(), prod.to_json())
        self.assertEqual(pickle.loads(pickle.dumps(prod[ORDERS])), prod[ORDERS])
        error = repoint.GapsError("m", hint="h", names=["a"], detail={"gaps": []})
        self.assertEqual(pickle.loads(pickle.dumps(error)).names, ("a",))

    def test_a_table_outlives_its_environment(self):
        table = self.store.environment("prod").snapshots[0]
        self.assertTrue(table.name)
        self.assertTrue(table.physical_name())
        self.assertTrue(table.physical_name(dev=True).endswith("__dev"))

    def test_lists(self):
        rows = list(self.store.environments())
        self.assertEqual([row.name for row in rows], ["dev", "prod"])
        self.assertIsNone(rows[1].expires_at)
        self.assertTrue(self.store.invalidate("dev"))
        self.assertFalse(self.store.invalidate("nobody"))
        self.assertEqual([row.name for row in self.store.expired_environments()], ["dev"])
        self.assertEqual([row.name for row in self.store.delete_expired_environments()], ["dev"])
        with self.assertRaises(repoint.RefusedError):
            self.store.invalidate("prod")


class SnapshotTest(StoreTest):
    def test_finding(self):
        snapshot = self.store.snapshot("orders")
        self.assertEqual((snapshot.name, snapshot.version), (ORDERS, "551680190"))
        self.assertEqual(snapshot.intervals, (repoint.Interval(day(1), day(6)),))
        self.assertEqual(snapshot.table_info, self.store.environment("prod")[ORDERS])
        with self.assertRaises(repoint.InvalidError):
            self.store.snapshot("daily_revenue")
        with self.assertRaises(LookupError):
            self.store.snapshot("ordres")

    def test_intervals(self):
        snapshot = self.store.snapshot("orders")
        self.assertEqual(
            self.store.add_intervals(snapshot, date(2026, 1, 6), day(8)), (repoint.Interval(day(6), day(8)),)
        )
        [fresh] = self.store.refresh([snapshot])
        self.assertEqual(fresh.intervals, (repoint.Interval(day(1), day(8)),))
        self.assertEqual(snapshot.intervals, (repoint.Interval(day(1), day(6)),))
        self.assertEqual(self.store.missing_intervals(fresh, day(1), day(8)), ())
        self.assertEqual(self.store.interval_ends("prod", [ORDERS]), {ORDERS: day(8)})
        before, after = self.store.compact_intervals()
        self.assertLess(after, before)

    def test_rows_of_the_log(self):
        snapshot = self.store.snapshot("orders")
        row = repoint.IntervalRow(
            snapshot.name,
            snapshot.identifier,
            snapshot.version,
            snapshot.version,
            "table",
            1767657600000,
            1767744000000,
        )
        self.store.append_intervals([row])
        self.assertEqual(self.store.interval_ends("prod", [ORDERS]), {ORDERS: day(7)})
        self.store.withdraw_intervals([row._replace(start_ms=1767225600000)])
        self.assertEqual(self.store.refresh([snapshot])[0].intervals, ())
        with self.assertRaises(repoint.InvalidError):
            self.store.append_intervals([row._replace(kind="nonsense")])

    def test_the_last_of_shared_removals_counts(self):
        snapshot = self.store.snapshot("orders")
        row = repoint.IntervalRow(snapshot.name, "x", snapshot.version, None, "table", 1767225600000, 1767312000000)
        last = row._replace(start_ms=1767571200000, end_ms=1767657600000)
        self.store.withdraw_intervals([row, last], shared=True)
        self.assertEqual(self.store.refresh([snapshot])[0].intervals, (repoint.Interval(day(1), day(5)),))

    def test_push_and_delete(self):
        orders = self.store.snapshot("orders")
        with repoint.Store("memory:") as other:
            self.assertEqual(other.push([orders, orders]), 1)
            self.assertEqual(other.push([orders]), 0)
            self.assertEqual(other.snapshots_exist([orders, ("nobody", "1")]), {orders.snapshot_id})
            self.assertEqual(other.models_exist([ORDERS, "nobody"]), {ORDERS})
            self.assertEqual(other.push_files([SHOP]), (8, 9))
            other.delete_snapshots([orders])
            self.assertEqual(other.snapshots([orders]), [])

    def test_rows(self):
        rows = list(self.store.snapshot_rows("daily_revenue"))
        self.assertEqual({row.name for row in rows}, {REVENUE})
        self.assertEqual(json.loads(rows[0].fingerprint)["data_hash"], "1941037198")
        by_names = self.store.snapshot_rows_by_names([REVENUE], exclude_expired=False)
        self.assertEqual({row.snapshot_id for row in by_names}, {row.snapshot_id for row in rows})

    def test_unpause(self):
        table = self.store.environment("dev")[REVENUE]
        self.store.unpause([table], day(7))
        unpaused = [row for row in self.store.snapshot_rows(REVENUE) if row.unpaused_at is not None]
        self.assertEqual([(row.identifier, row.unpaused_at) for row in unpaused], [(table.identifier, day(7))])

    def test_expiry(self):
        self.assertIsNone(self.store.expired_snapshots())
        self.store.invalidate("dev")
        list(self.store.delete_expired_environments())
        batch = self.store.expired_snapshots(ignore_ttl=True)
        self.assertEqual(len(batch.snapshot_ids), 3)
        first = self.store.expired_snapshots(ignore_ttl=True, limit=1)
        self.assertEqual(len(first.snapshot_ids), 1)
        rest = self.store.expired_snapshots(ignore_ttl=True, after=first.end)
        self.assertEqual(len(rest.snapshot_ids), 2)
        gone = self.store.delete_expired_snapshots(ignore_ttl=True, until=batch.end)
        self.assertEqual(set(gone.snapshot_ids), set(batch.snapshot_ids))


class HandleTest(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory(prefix="repoint-python-")
        self.addCleanup(folder.cleanup)
        self.folder = Path(folder.name)
        self.url = f"sqlite:{self.folder}/state.db"

    def test_opening(self):
        with self.assertRaises(repoint.UnreachableError):
            repoint.Store(self.url)
        with repoint.Store.create(self.url) as store:
            self.assertTrue(store.was_created)
            self.assertEqual(store.versions(), repoint.Versions(102, "0.236.4", "30.8.0"))
            store.record_versions(sqlmesh_version="0.236.5")
            self.assertEqual(store.versions().sqlmesh_version, "0.236.5")
        (self.folder / "notes.db").write_text("notes")
        with self.assertRaises(repoint.NotAStoreError):
            repoint.Store(f"sqlite:{self.folder}/notes.db")
        with self.assertRaises(ValueError):
            repoint.Store("oracle:nowhere")

    def test_another_schema_version(self):
        import sqlite3

        repoint.Store.create(self.url).close()
        with sqlite3.connect(self.folder / "state.db") as connection:
            connection.execute("UPDATE _versions SET schema_version = 103")
        with self.assertRaises(repoint.SchemaVersionError) as caught:
            repoint.Store(self.url)
        self.assertEqual(caught.exception.detail["schema_version"], 103)

    def test_use_after_close(self):
        store = repoint.Store.create(self.url)
        store.close()
        store.close()
        self.assertTrue(store.is_closed)
        with self.assertRaises(repoint.ClosedError):
            store.environment("prod")

    def test_dry_run(self):
        repoint.Store.create(self.url).close()
        with repoint.Store(self.url, dry_run=True) as store:
            store.import_state(SHOP)
            self.assertEqual(list(store.environments()), [])

    def test_callbacks(self):
        statements, steps = [], []
        trace = lambda text, milliseconds, rows: statements.append(text)  # noqa: E731
        progress = lambda what, done, total: steps.append((what, done, total))  # noqa: E731
        with repoint.Store("memory:", trace=trace, progress=progress) as store:
            store.import_state(HISTORY)
        self.assertTrue(any("INSERT" in text for text in statements))
        self.assertTrue(steps)

    def test_a_callback_that_raises_ends_the_call(self):
        repoint.Store.create(self.url).close()
        state = {"bad": False}

        def now():
            if state["bad"]:
                raise ZeroDivisionError("no clock")
            return 1767866400123

        with repoint.Store(self.url, now=now) as store:
            store.import_state(SHOP)
            draft = store.environment("prod").new_plan(store.environment("dev").snapshots)
            state["bad"] = True
            with self.assertRaises(ZeroDivisionError):
                store.promote(draft)
            state["bad"] = False
            self.assertNotEqual(store.environment("prod").plan_id, draft.plan_id)

    def test_a_time_limit(self):
        repoint.Store.create(self.url).close()
        with self.assertRaises(TimeoutError), repoint.Store(self.url, timeout=0.000001) as store:
            while True:
                store.import_state(HISTORY)

    def test_state_files(self):
        with repoint.Store.create(self.url) as store:
            self.assertEqual(store.import_state(SHOP), repoint.Counts(9, 2))
            self.assertEqual(store.export_state(self.folder / "prod.json", ["prod"]), repoint.Counts(6, 1))
            self.assertEqual(store.import_state(self.folder / "prod.json", replace=True).environments, 1)
            with self.assertRaises(repoint.InvalidError):
                store.import_state(self.folder / "nowhere.json")
            store.reset()
            self.assertEqual(list(store.environments()), [])
            store.remove()
        with self.assertRaises(repoint.NotAStoreError):
            repoint.Store(self.url)

    def test_a_password_is_not_shown(self):
        with self.assertRaises(repoint.RepointError):
            repoint.Store("postgresql://me:secret@127.0.0.1:1/nowhere")
        with repoint.Store("memory:") as store:
            self.assertEqual(repr(store), "<Store memory schema=sqlmesh>")


if __name__ == "__main__":
    unittest.main()
