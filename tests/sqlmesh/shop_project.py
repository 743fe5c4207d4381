"""A SQLMesh project of the tests' own, and a history for it.

`project/` is the project as it is at first: a model of every kind, with text in many scripts. The history is made by
SQLMesh itself, on DuckDB files in the project's folder, with the clock set to days of January 2026.
"""

import logging
import shutil
import warnings
from contextlib import contextmanager
from pathlib import Path

import time_machine
from sqlmesh import Context
from sqlmesh.core.console import NoopConsole, set_console
from sqlmesh.core.snapshot import SnapshotIntervals
from sqlmesh.core.state_sync.export_import import export_state, import_state

SOURCE = Path(__file__).parent / "project"

set_console(NoopConsole())
logging.disable(logging.CRITICAL)
warnings.simplefilter("ignore")


class ShopProject:
    """The project in a folder; each block `with project.at("2026-01-05 06:00"): …` has a clock and a fresh context."""

    def __init__(self, folder):
        self.folder = Path(folder)

    @classmethod
    def create(cls, folder):
        shutil.copytree(SOURCE, folder)
        config = Path(folder) / "config.yaml"
        config.write_text(config.read_text().replace("FOLDER", str(folder)))
        return cls(folder)

    def copy(self, folder, with_state=True):
        """The same project and warehouse in another folder, without its caches and, if asked, with no state at all."""
        left_out = [".cache", "logs"] + ([] if with_state else ["state.db*"])
        shutil.copytree(self.folder, folder, ignore=shutil.ignore_patterns(*left_out))
        config = Path(folder) / "config.yaml"
        config.write_text(config.read_text().replace(str(self.folder), str(folder)))
        return ShopProject(folder)

    @contextmanager
    def at(self, time):
        with time_machine.travel(time + "+00:00", tick=True):
            context = Context(paths=str(self.folder))
            try:
                yield context
            finally:
                context.close()

    def change(self, file, old, new):
        path = self.folder / file
        text = path.read_text(encoding="utf-8")
        if old not in text:
            raise ValueError(f"{file} has no {old!r}")
        path.write_text(text.replace(old, new), encoding="utf-8")

    def export_state(self, time, path):
        with self.at(time) as context:
            export_state(context.state_sync, path)
        return path

    def import_state(self, time, path, replace=False):
        with self.at(time) as context:
            import_state(context.state_sync, path, clear=replace)


def apply(context, environment, **options):
    return context.plan(environment, no_prompts=True, auto_apply=True, skip_tests=True, **options)


def make_history(folder):
    """prod; runs; dev with a change of every category; a restatement; pr_17 expired; staging not finalized."""
    project = ShopProject.create(folder)
    with project.at("2026-01-05 06:00:00") as context:
        apply(context, "prod")
    with project.at("2026-01-06 07:00:00") as context:
        context.run("prod")

    project.change("models/orders.sql", "12.5::DOUBLE", "13.5::DOUBLE")  # breaking
    project.change("models/last_order.sql", "AS order_date\n", "AS order_date,\n  COUNT(*) AS orders\n")  # non-breaking
    project.change("models/daily_revenue.sql", "'finance'", "'Buchhaltung – 会計'")  # metadata
    project.change("models/order_items.sql", "amount / 2", "amount / 3")  # forward-only
    project.change("models/customer_history.sql", "grain id", "owner 'crm',\n  grain id")  # metadata alone
    with project.at("2026-01-06 09:00:00") as context:
        apply(context, "dev")

    with project.at("2026-01-07 05:30:00") as context:
        context.run("prod")
    with project.at("2026-01-07 06:30:00") as context:
        apply(context, "dev")
        apply(context, "prod", restate_models=["shop.orders"], start="2026-01-03", end="2026-01-04", no_diff=True,
              select_models=[])

    project.change("models/city_names.py", "город", "місто")
    with project.at("2026-01-07 08:00:00") as context:
        apply(context, "pr_17", backfill_models=["shop.city_names"])
        context.state_sync.invalidate_environment("pr_17")
    project.change("models/city_names.py", "місто", "город")

    with project.at("2026-01-08 08:00:00") as context:
        draft = context.state_sync.get_environment("dev")
        draft = draft.copy(update={"name": "staging", "plan_id": "5" * 32, "finalized_ts": None, "expiration_ts": None})
        context.state_sync.promote(draft, environment_statements=[])
        add_pending_restatement(context, "shop.visits", "2026-01-05")
    return project


def add_pending_restatement(context, model, day):
    """What a run leaves that restates a day by its schedule and dies before it has filled it again."""
    snapshot = context.get_snapshot(model)
    start, end = snapshot.inclusive_exclusive(day, day, strict=False)
    context.state_sync.add_snapshots_intervals(
        [
            SnapshotIntervals(
                name=snapshot.name,
                identifier=snapshot.identifier,
                version=snapshot.version,
                dev_version=snapshot.dev_version,
                pending_restatement_intervals=[(start, end)],
            )
        ]
    )
