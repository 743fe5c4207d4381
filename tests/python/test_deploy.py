"""Plans and deployments from Python: the shop with its tables and views in a SQLite file."""

import contextlib
import gc
import os
import re
import sqlite3
import subprocess
import sys
import tempfile
import threading
import time
import unittest
from datetime import datetime, timedelta, timezone
from pathlib import Path

import repoint
from repoint.errors import _KINDS

ROOT = Path(__file__).resolve().parents[2]
SHOP = ROOT / "examples/shop"
DAILY = '"fix_shop"."shop"."daily_revenue"'
FAILS = repoint.Check("nothing there", sql="SELECT * FROM {shop.daily_revenue}")


class DeployTest(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory(prefix="repoint-deploy-")
        self.addCleanup(folder.cleanup)
        self.folder = Path(folder.name)
        self.path = self.folder / "shop.db"
        command = [sys.executable, SHOP / "load.py", self.path]
        subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
        self.store = repoint.Store.create(f"sqlite:{self.path}")
        self.addCleanup(self.store.close)
        self.store.import_state(SHOP / "state.json")

    def revenue(self, view="shop.daily_revenue"):
        with contextlib.closing(sqlite3.connect(self.path)) as reader:
            return reader.execute(f'SELECT sum(revenue) FROM "{view}"').fetchone()[0]

    def plan(self, **options):
        return self.store.plan("prod", from_environment="dev", **options)

    def second(self):
        store = repoint.Store(f"sqlite:{self.path}")
        self.addCleanup(store.close)
        return store

    # -- plans --

    def test_a_plan_says_what_it_would_do(self):
        plan = self.plan(plan_id="p2")
        self.assertEqual((plan.environment, plan.plan_id, plan.is_new), ("prod", "p2", False))
        self.assertEqual(plan.previous_plan_id, self.store.environment("prod").plan_id)
        self.assertEqual(plan.record.plan_id, "p2")
        changed = next(model for model in plan.changes if model.name == DAILY)
        self.assertEqual((changed.change, changed.kind), ("changed", "INCREMENTAL_BY_TIME_RANGE"))
        self.assertEqual(changed.new, repoint.SnapshotId(DAILY, changed.new.identifier))
        self.assertNotEqual(changed.old, changed.new)
        view = next(view for view in plan.views if view.model == DAILY)
        self.assertEqual((view.view, view.action), ("shop.daily_revenue", "replace"))
        self.assertTrue(plan.has_changes)
        self.assertEqual((plan.gaps, plan.obstacles), ((), ()))

    def test_gaps_are_values_and_refuse_the_deployment(self):
        [snapshot] = self.store.snapshots([t for t in self.store.environment("dev") if t.name == DAILY])
        self.store.remove_intervals(snapshot, "2026-01-03", "2026-01-04")
        plan = self.plan()
        self.assertEqual([str(gap.ranges[0]) for gap in plan.gaps], ["2026-01-03 00:00:00 to 2026-01-05 00:00:00"])
        with self.assertRaises(repoint.GapsError) as caught:
            self.store.deploy(plan)
        self.assertEqual(caught.exception.gaps, plan.gaps)
        self.assertEqual(self.plan(no_gaps=()).gaps, ())

    def test_a_saved_plan_comes_back_until_the_environment_moves(self):
        path = self.folder / "plan.json"
        plan = self.plan()
        plan.save(path)
        self.assertEqual(self.store.load_plan(path).models, plan.models)
        self.store.deploy(plan)
        self.assertRaises(repoint.ConflictError, self.store.load_plan, path)

    def test_names_are_set_and_dropped(self):
        new = next(table for table in self.store.environment("dev") if table.name == DAILY)
        plan = self.store.plan("prod", set={"daily_revenue": new.identifier}, drop=["active_customers"])
        self.assertEqual({model.change for model in plan.changes}, {"changed", "removed"})

    def test_wrong_arguments_are_refused(self):
        self.assertRaises(repoint.InvalidError, self.store.plan, "prod")
        self.assertRaises(TypeError, self.store.plan, 7, latest=True)
        self.assertRaises(TypeError, self.store.plan, "prod", drop="orders")
        self.assertRaises(TypeError, self.store.deploy, "a plan")
        self.assertRaises(TypeError, self.store.deploy, self.plan(), unknown=1)
        with self.assertRaises(repoint.InvalidError):
            self.store.deploy(self.plan(), until="tomorrow")
        with self.assertRaises(repoint.InvalidError):
            self.store.deploy(self.plan(), checks=[repoint.Check("c", kind="odd")])

    # -- deployments --

    def test_deploy_changes_record_and_views(self):
        before = self.revenue()
        info = self.store.deploy(self.plan(), message="why not")
        self.assertEqual(info.state, "finalized")
        self.assertEqual({one.name for one in info.added} & {DAILY}, {DAILY})
        self.assertLess(datetime.now(timezone.utc) - info.finalized_at, timedelta(minutes=5))
        self.assertNotEqual(self.revenue(), before)
        self.assertEqual(self.store.environment("prod").plan_id, info.plan_id)
        history = self.store.history("prod")
        self.assertEqual(history["revisions"][-1]["message"], "why not")
        self.assertEqual(self.store.revision("prod", history["revisions"][-1]["revision"]).plan_id, info.plan_id)
        self.assertEqual(self.store.verify("prod")["views"], [])
        self.assertIsNone(self.store.deployment_status("prod")["deployment"])

    def test_steps(self):
        before = self.revenue()
        with self.store.begin_deployment(self.plan()) as deployment:
            self.assertEqual(deployment.state, "draft")
            deployment.candidate()
            candidate = self.revenue("shop__prod__next.daily_revenue")
            deployment.candidate()
            deployment.check()
            self.assertEqual((deployment.state, self.revenue()), ("checked", before))
            deployment.cutover()
            self.assertEqual((deployment.state, self.revenue()), ("finalized", candidate))
            deployment.cutover()

    def test_what_is_left_open_is_gone_on_with(self):
        self.store.deploy(self.plan(), until="candidate")
        self.assertEqual([one["deployment"]["state"] for one in self.store.deployments()], ["candidate"])
        self.assertEqual(self.second().resume("prod").state, "finalized")
        self.assertRaises(repoint.NotFoundError, self.store.resume, "prod")

    def test_abandon(self):
        before, record = self.revenue(), self.store.environment("prod").to_json()
        self.store.deploy(self.plan(), until="candidate")
        with self.store.open_deployment("prod") as deployment:
            deployment.abandon()
            self.assertIsNone(deployment.state)
        self.assertEqual((self.revenue(), self.store.environment("prod").to_json()), (before, record))

    def test_who_holds_the_lease_and_since_when(self):
        with (
            self.store.begin_deployment(self.plan()),
            self.assertRaises(repoint.ConflictError) as caught,
        ):
            self.second().open_deployment("prod")
        self.assertIn(str(os.getpid()), caught.exception.holder)
        self.assertLess(abs(datetime.now(timezone.utc) - caught.exception.since), timedelta(minutes=5))
        self.second().open_deployment("prod").close()

    def test_a_rollback_leaves_a_hold(self):
        before = self.revenue()
        self.store.deploy(self.plan())
        self.assertEqual(self.store.rollback("prod", message="wrong").state, "finalized")
        self.assertEqual(self.revenue(), before)
        with self.assertRaises(repoint.HeldError):
            self.store.deploy(self.plan())
        self.assertTrue(self.store.release("prod"))
        self.assertFalse(self.store.release("prod"))
        self.store.deploy(self.plan())

    def test_a_failed_check(self):
        before = self.revenue()
        with self.assertRaises(repoint.CheckFailedError) as caught:
            self.store.deploy(self.plan(), checks=[FAILS, repoint.Check("rows", kind="rows", model="orders")])
        outcomes = {check["name"]: check["outcome"] for check in caught.exception.checks}
        self.assertEqual(outcomes["nothing there"], "failed")
        self.assertFalse(caught.exception.rolled_back)
        self.assertEqual(self.revenue(), before)
        self.assertEqual(self.store.deployment_status("prod")["deployment"]["state"], "candidate")

    def test_a_check_after_the_cutover_rolls_back(self):
        before = self.revenue()
        with self.assertRaises(repoint.CheckFailedError) as caught:
            self.store.deploy(self.plan(), checks=[FAILS._replace(after_cutover=True, rolls_back=True)])
        self.assertTrue(caught.exception.rolled_back)
        self.assertEqual(self.revenue(), before)

    def test_events_and_output(self):
        events, lines = [], []
        say = repoint.Hook(["finalized"], [sys.executable, "-c", "print('hello')"])
        self.store.deploy(
            self.plan(plan_id="p2"),
            hooks=[say],
            on_event=lambda event, facts: events.append((event, facts["plan_id"])),
            on_output=lambda name, line: lines.append(line),
        )
        self.assertEqual(events[0], ("promoted", "p2"))
        self.assertEqual(events[-1], ("finalized", "p2"))
        self.assertEqual(lines, ["hello"])

    def test_what_an_event_handler_raises_stops_the_deployment(self):
        before = self.revenue()

        def refuse(event, facts):
            if event == "checked":
                raise ZeroDivisionError(event)

        with self.assertRaises(ZeroDivisionError):
            self.store.deploy(self.plan(), on_event=refuse)
        self.assertEqual(self.revenue(), before)
        self.assertEqual(self.store.resume("prod").state, "finalized")

    def test_approvals_need_a_database_that_knows_its_users(self):
        with self.assertRaises(repoint.InvalidError):
            self.store.deploy(self.plan(), approvals=[repoint.ApprovalRule("prod", 1)])

    def test_dry_run(self):
        before = self.revenue()
        with repoint.Store(f"sqlite:{self.path}", dry_run=True) as store:
            info = store.deploy(store.plan("prod", from_environment="dev"))
            self.assertIn(DAILY, {one.name for one in info.added})
        self.assertEqual(self.revenue(), before)

    def test_janitor(self):
        self.store.invalidate("dev")
        report = self.store.janitor()
        self.assertEqual([one["environment"] for one in report["environments"]], ["dev"])
        self.assertIn("dropped", report)

    # -- a record ahead of its views --

    def draft(self):
        return self.store.environment("prod").new_plan(self.store.environment("dev").snapshots)

    def test_a_dry_run_of_its_cutover(self):
        before = self.revenue()
        self.store.promote(self.draft(), ahead=True)
        with repoint.Store(f"sqlite:{self.path}", dry_run=True) as store:
            info = store.resume("prod")
            self.assertEqual([view.view for view in info.views], ["shop.daily_revenue"])
            self.assertIn(DAILY, {one.name for one in info.added})
        self.assertEqual(self.revenue(), before)
        self.assertEqual(self.store.resume("prod").views, info.views)

    def test_a_record_is_promoted_ahead_of_its_views(self):
        before, draft = self.revenue(), self.draft()
        promotion = self.store.promote(draft, ahead=True)
        self.assertIn(DAILY, {table.name for table in promotion.added})
        self.assertEqual(self.store.environment("prod").plan_id, draft.plan_id)
        self.assertIsNone(self.store.environment("prod").finalized_at)
        self.assertEqual(self.revenue(), before)
        self.assertRaises(repoint.ConflictError, self.store.deploy, self.store.plan("prod", from_environment="dev"))

        info = self.second().resume("prod")
        self.assertEqual((info.state, info.plan_id), ("finalized", draft.plan_id))
        self.assertIn(DAILY, {one.name for one in info.added})
        self.assertNotEqual(self.revenue(), before)
        self.assertIsNotNone(self.store.environment("prod").finalized_at)
        self.assertIsNone(self.store.deployment_status("prod")["deployment"])
        [unpaused] = [row for row in self.store.snapshot_rows(DAILY) if row.unpaused_at]
        self.assertEqual(unpaused.identifier, next(t.identifier for t in draft.snapshots if t.name == DAILY))
        self.assertEqual(self.store.verify("prod")["views"], [])
        self.store.rollback("prod")
        self.assertEqual(self.revenue(), before)

    def test_what_was_promoted_ahead_is_abandoned(self):
        before, record = self.revenue(), self.store.environment("prod").to_json()
        self.store.promote(self.draft(), ahead=True)
        with self.store.open_deployment("prod") as deployment:
            self.assertEqual(deployment.state, "promoted")
            deployment.abandon()
        self.assertEqual((self.revenue(), self.store.environment("prod").to_json()), (before, record))

    def test_another_plan_takes_its_place_and_abandon_goes_back_to_the_first(self):
        record = self.store.environment("prod").to_json()
        self.store.promote(self.draft(), ahead=True)
        second = self.draft()
        self.store.promote(second, ahead=True)
        self.assertEqual(self.store.deployment_status("prod")["deployment"]["plan_id"], second.plan_id)
        with self.store.open_deployment("prod") as deployment:
            deployment.abandon()
        self.assertEqual(self.store.environment("prod").to_json(), record)

    def test_the_command_finalize_does_not_leave_the_views_behind(self):
        self.store.promote(self.draft(), ahead=True)
        command = [os.environ["REPOINT_PROGRAM"], "--state", f"sqlite:{self.path}", "finalize", "prod"]
        result = subprocess.run(command, capture_output=True, text=True, check=False, timeout=60)
        self.assertNotEqual(result.returncode, 0)
        self.assertIn("repoint resume", result.stderr)
        self.assertIsNone(self.store.environment("prod").finalized_at)

    def test_a_record_that_somebody_else_has_replaced_is_left_alone(self):
        before = self.revenue()
        self.store.promote(self.draft(), ahead=True)
        other = self.draft()
        self.store.promote(other)
        self.assertRaises(repoint.ConflictError, self.store.resume, "prod")
        self.assertEqual((self.revenue(), self.store.environment("prod").plan_id), (before, other.plan_id))

    def test_a_table_that_is_missing_stops_the_cutover(self):
        before = self.revenue()
        self.store.promote(self.draft(), ahead=True)
        with contextlib.closing(sqlite3.connect(self.path)) as connection:
            connection.execute('DROP TABLE "sqlmesh__shop.shop__daily_revenue__2090483622"')
        self.assertRaises(repoint.MissingTablesError, self.store.resume, "prod")
        self.assertEqual(self.revenue(), before)
        self.assertIsNone(self.store.environment("prod").finalized_at)

    def test_nothing_is_promoted_ahead_where_it_is_not_one_transaction(self):
        with repoint.Store.create(f"sqlite:{self.folder}/state.db", warehouse=f"sqlite:{self.path}") as store:
            store.import_state(SHOP / "state.json")
            draft = store.environment("prod").new_plan(store.environment("dev").snapshots)
            self.assertRaises(repoint.RefusedError, store.promote, draft, ahead=True)

    def test_nor_while_a_rollback_holds_the_environment(self):
        self.store.deploy(self.plan())
        self.store.rollback("prod")
        self.assertRaises(repoint.HeldError, self.store.promote, self.draft(), ahead=True)

    # -- connections and lifetimes --

    def test_on_a_connection_of_the_callers(self):
        with contextlib.closing(sqlite3.connect(self.path)) as connection, repoint.Store(connection) as store:
            before = self.revenue()
            with store.begin_deployment(store.plan("prod", from_environment="dev")) as deployment:
                store.environment("prod")
                deployment.cutover()
                store.environment("prod")
            self.assertNotEqual(self.revenue(), before)

    def test_with_the_warehouse_in_another_file(self):
        state = self.folder / "state.db"
        url, warehouse = f"sqlite:{state}", f"sqlite:{self.path}"
        with repoint.Store.create(url, warehouse=warehouse) as store:
            store.import_state(SHOP / "state.json")
            before = self.revenue()
            self.assertEqual(store.deploy(store.plan("prod", from_environment="dev")).state, "finalized")
            self.assertNotEqual(self.revenue(), before)

    def test_with_views_that_change_one_by_one(self):
        with repoint.Store(f"sqlite:{self.path}", views_one_by_one=True) as store:
            before = self.revenue()
            self.assertEqual(store.deploy(store.plan("prod", from_environment="dev")).state, "finalized")
            self.assertNotEqual(self.revenue(), before)
        with contextlib.closing(sqlite3.connect(self.path)) as connection:  # in one transaction there is no fence
            fences = connection.execute("SELECT environment FROM _repoint_fences").fetchall()
        self.assertEqual(fences, [("prod",)])

    def test_after_closing(self):
        deployment = self.store.begin_deployment(self.plan())
        deployment.close()
        deployment.close()
        self.assertRaises(repoint.ClosedError, deployment.cutover)
        self.assertRaises(repoint.ClosedError, deployment.info)
        self.assertIn("closed", repr(deployment))

    def test_a_closed_store_closes_its_deployments(self):
        store = self.second()
        deployment = store.begin_deployment(self.plan())
        store.close()
        self.assertRaises(repoint.ClosedError, deployment.cutover)
        self.assertIsNone(self.store.deployment_status("prod")["lease"])

    def test_one_that_is_forgotten_gives_its_lease_back(self):
        self.store.begin_deployment(self.plan())
        gc.collect()
        self.assertIsNone(self.store.deployment_status("prod")["lease"])

    def test_a_fork_neither_uses_nor_closes_it(self):
        with self.store.begin_deployment(self.plan()) as deployment:
            child = os.fork()
            if child == 0:
                code = 1
                try:
                    deployment.cutover()
                except repoint.ClosedError:
                    deployment.close()
                    code = 0
                finally:
                    os._exit(code)
            self.assertEqual(os.waitpid(child, 0)[1], 0)
            deployment.cutover()
            self.assertEqual(deployment.state, "finalized")

    def test_threads_share_a_deployment(self):
        failures = []

        def work(deployment):
            try:
                deployment.candidate()
                deployment.cutover()
            except BaseException as failure:
                failures.append(failure)

        with self.store.begin_deployment(self.plan()) as deployment:
            threads = [threading.Thread(target=work, args=(deployment,)) for _ in range(4)]
            for thread in threads:
                thread.start()
            for thread in threads:
                thread.join()
            self.assertEqual((failures, deployment.state), ([], "finalized"))

    def test_interrupt_ends_a_long_check(self):
        endless = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT i FROM n WHERE i < 0"
        started = threading.Event()

        def stop():
            started.wait(60)
            while not done.is_set():
                self.store.interrupt()
                time.sleep(0.05)

        done = threading.Event()
        thread = threading.Thread(target=stop)
        thread.start()
        try:
            with self.assertRaises(repoint.InterruptedCallError):
                self.store.deploy(
                    self.plan(),
                    checks=[repoint.Check("endless", sql=endless)],
                    on_event=lambda event, facts: started.set(),
                    lease_seconds=1.0,  # it could not be given back
                )
        finally:
            done.set()
            started.set()
            thread.join()
        self.assertEqual(self.store.resume("prod", wait_seconds=60.0).state, "finalized")


@unittest.skipUnless(os.environ.get("REPOINT_TEST_POSTGRES"), "REPOINT_TEST_POSTGRES is not set")
class ApprovalTest(unittest.TestCase):
    def test_a_deployment_waits_for_approval(self):
        schema = f"repoint_approval_{os.getpid()}"
        with repoint.Store.create(os.environ["REPOINT_TEST_POSTGRES"], schema=schema) as store:
            self.addCleanup(self.remove, schema)
            store.import_state(SHOP / "state.json")
            draft = store.environment("prod").replace(name="empty", snapshots=[], previous_plan_id=None)
            record = Path(self.enterContext(tempfile.TemporaryDirectory())) / "record.json"
            record.write_text(draft.to_json(), encoding="utf-8")
            plan = store.plan("empty", record_path=record)
            with self.assertRaises(repoint.AwaitingApprovalError) as caught:
                store.deploy(plan, approvals=[repoint.ApprovalRule("empty", 1)])
            error = caught.exception
            self.assertEqual((error.needed, error.missing, error.given), (1, 1, ()))
            self.assertRaises(repoint.RefusedError, store.approve, "empty")  # its author

    @staticmethod
    def remove(schema):
        with repoint.Store(os.environ["REPOINT_TEST_POSTGRES"], schema=schema) as store:
            store.remove(backups=True)


class StatusTest(unittest.TestCase):
    def test_every_status_has_its_exception(self):
        from repoint._native import ffi, lib

        header = (ROOT / "include/repoint/error.h").read_text(encoding="utf-8")
        statuses = re.findall(r"^    (REPOINT_[A-Z_]+),?", header.split("typedef enum repoint_status")[1], re.M)
        names = [ffi.string(lib.repoint_status_name(getattr(lib, status))).decode() for status in statuses[1:]]
        self.assertGreater(len(names), 15)
        self.assertEqual([name for name in names if name not in _KINDS], [])
        self.assertEqual([kind.__name__ for kind in _KINDS.values() if kind.__name__ not in repoint.__all__], [])


if __name__ == "__main__":
    unittest.main()
