"""promote and finalize, given to repoint's program and to SQLMesh's own state sync: the same state comes of it."""

import datetime
import json
import math
import tempfile
import unittest
from pathlib import Path

import time_machine
from program import Repoint
from sqlmesh.core.environment import Environment
from sqlmesh.utils.date import to_timestamp
from state_file import HISTORY, SHOP, TESTS, assert_same, read
from state_sync import exported, snapshot_rows, state_sync_of

REAL_PROMOTION = TESTS / "data/promote-dev-to-prod.json"
PLAN_ID = "0123456789abcdef0123456789abcdef"
PROMOTED_AT = datetime.datetime(2026, 1, 8, 10, 0, 0, 123000, datetime.timezone.utc)
FINALIZED_AT = PROMOTED_AT + datetime.timedelta(minutes=5)
PROMOTED_TS, FINALIZED_TS = 1767866400123, 1767866700123  # the same in ms


class PromotionTest(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory(prefix="repoint-promotion-")
        self.addCleanup(folder.cleanup)
        self.folder = Path(folder.name)

    def store_of(self, path):
        repoint = Repoint(self.folder)
        repoint.import_state(path)
        return repoint

    def state_of(self, repoint):
        return read(repoint.export_state(self.folder / "by-repoint.json"))


class RealPromotionTest(PromotionTest):
    """The promotion of the shop's dev to prod that SQLMesh did on PostgreSQL, written down in tests/data."""

    def setUp(self):
        super().setUp()
        self.real = json.loads(REAL_PROMOTION.read_text(encoding="utf-8"))
        self.repoint = self.store_of(SHOP)
        self.repoint.now = self.real["now"]

    def check_rows(self, expected):
        environments = self.state_of(self.repoint)["environments"]
        self.assertEqual(sorted(environments), sorted(row["name"] for row in expected))
        for row in expected:
            record = environments[row["name"]]["environment"]
            self.assertEqual({field: record.get(field) for field in row}, row)

    def check_touched(self):
        rows = self.repoint.snapshot_rows()
        touched = [[name, identifier] for name, identifier, _, updated_ts, *_ in rows if updated_ts == self.real["now"]]
        self.assertEqual(touched, sorted(self.real["touched"]))

    def test_the_same_promotion(self):
        result = self.repoint("promote", "prod", "--from", "dev", "--plan-id", self.real["plan_id"])
        self.assertEqual(result["previous_plan_id"], self.real["previous_plan_id"])
        added = [{field: table[field] for field in ("name", "identifier", "version")} for table in self.real["added"]]
        self.assertEqual(result["added"], added)
        self.assertEqual(result["removed"], self.real["removed"])
        self.assertEqual(result["removed_environment_naming_info"], self.real["removed_environment_naming_info"])
        self.check_rows(self.real["rows_after_promote"])
        self.check_touched()
        self.assertEqual(self.repoint("finalize", "prod")["finalized_ts"], self.real["now"])
        self.check_rows(self.real["rows_after_finalize"])


class StateSyncTest(PromotionTest):
    """The same promotion, by the command line and by SQLMesh's state sync, ends in equal states."""

    def record_as_designed(self, state, target, source):
        """The record of `promote TARGET --from SOURCE`, field by field as docs/architecture.md has it."""
        environments = {name: entry["environment"] for name, entry in state["environments"].items()}
        stored, given = environments.get(target), environments[source]
        record = {**(stored or {"suffix_target": "schema", "normalize_name": True, "gateway_managed": False})}
        for field in ("end_at", "finalized_ts", "expiration_ts", "previous_plan_id", "promoted_snapshot_ids"):
            record.pop(field, None)
        record["name"] = target
        record["plan_id"] = PLAN_ID
        record["snapshots"] = given["snapshots"]
        record["requirements"] = given["requirements"]
        record["start_at"] = (stored or given)["start_at"]
        is_new = stored is None or stored.get("expiration_ts", math.inf) <= PROMOTED_TS
        if not is_new:
            record["previous_plan_id"] = stored["plan_id"]
        never_expires = target == "prod" or (stored is not None and "expiration_ts" not in stored)
        if not never_expires:
            record["expiration_ts"] = to_timestamp("in 1 week", relative_base=PROMOTED_AT)
        if target != "prod" and "promoted_snapshot_ids" in given:
            record["promoted_snapshot_ids"] = given["promoted_snapshot_ids"]
        if is_new or "finalized_ts" in stored:
            record["previous_finalized_snapshots"] = (environments["prod"] if is_new else stored)["snapshots"]
        return Environment.model_validate(record)

    def check_same(self, path, target, source, check_gaps="all"):
        state_sync, repoint = state_sync_of(self.folder, path), self.store_of(path)
        with time_machine.travel(PROMOTED_AT, tick=False):
            record = self.record_as_designed(read(path), target, source)
            statements = state_sync.get_environment_statements(source)
            expected = state_sync.promote(record, {"all": None, "none": set()}[check_gaps], statements)
        repoint.now = PROMOTED_AT
        found = repoint("promote", target, "--from", source, "--plan-id", PLAN_ID, "--check-gaps", check_gaps)

        self.assertEqual([table["name"] for table in found["added"]], [table.name for table in expected.added])
        removed = sorted(table.name for table in expected.removed)
        self.assertEqual([table["name"] for table in found["removed"]], removed)
        self.check_states(state_sync, repoint, "after promote")

        with time_machine.travel(FINALIZED_AT, tick=False):
            state_sync.finalize(record)
        repoint.now = FINALIZED_AT
        repoint("finalize", target)
        self.check_states(state_sync, repoint, "after finalize")
        return repoint

    def check_states(self, state_sync, repoint, when):
        assert_same(self, exported(state_sync, self.folder), self.state_of(repoint), when)
        self.assertEqual(snapshot_rows(state_sync), repoint.snapshot_rows(), when)

    def test_dev_to_prod(self):
        repoint = self.check_same(SHOP, "prod", "dev")
        state_sync = state_sync_of(self.folder, repoint.export_state(self.folder / "afterwards.json"))
        prod, dev = state_sync.get_environment("prod"), state_sync.get_environment("dev")
        self.assertEqual(set(prod.snapshots), set(dev.snapshots))
        self.assertEqual(prod.plan_id, PLAN_ID)
        self.assertEqual(prod.finalized_ts, FINALIZED_TS)

    def test_prod_to_dev(self):
        self.check_same(SHOP, "dev", "prod")

    def test_forward_only_changes_to_prod(self):
        self.check_same(HISTORY, "prod", "dev", "none")

    def test_from_an_expired_environment_that_shows_some_models(self):
        self.check_same(HISTORY, "dev", "pr_17", "none")

    def test_to_an_expired_environment(self):
        self.check_same(HISTORY, "pr_17", "dev")

    def test_from_an_unfinished_environment(self):
        self.check_same(HISTORY, "prod", "staging", "none")

    def test_to_an_unfinished_environment(self):
        self.check_same(HISTORY, "staging", "prod", "none")

    def test_a_new_environment(self):
        self.check_same(SHOP, "preview", "dev")


if __name__ == "__main__":
    unittest.main()
