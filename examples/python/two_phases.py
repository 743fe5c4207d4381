"""Slow work between the two phases: checks, people. Whoever else changes prod meanwhile wins, and this one is told."""

import time

from shop import Warehouse, open_store

import repoint


def slow_checks(table: repoint.TableInfo) -> bool:
    time.sleep(0.01)
    return table.version != ""


with open_store() as store:
    draft = store.environment("prod").new_plan(store.environment("dev").snapshots)
    warehouse = Warehouse(*draft.snapshots)

    # Phase 1. Readers still see the old tables; no connection and no lock is held from here on.
    promotion = store.promote(draft)

    failed = [table.name for table in promotion.added if not slow_checks(table)]
    if failed:
        raise SystemExit(f"not finalized, the checks of {', '.join(failed)} fail")
    for table in promotion.added:
        warehouse.show(table)

    # Phase 2.
    try:
        store.finalize(draft)
        print(f"prod is finalized, {len(promotion.added)} views were replaced")
    except repoint.ConflictError as error:
        raise SystemExit(f"prod is at plan {error.plan_id} by now; this one is over") from None
