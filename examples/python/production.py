"""The production pattern: every model is checked, then the views change, then prod is finalized; or it fails."""

import sys

from shop import Warehouse, open_store

import repoint


def deploy(store: repoint.Store, warehouse: Warehouse) -> None:
    prod, dev = store.environment("prod"), store.environment("dev")
    draft = prod.new_plan(dev.snapshots)

    promotion = store.promote(draft)  # no_gaps is not given: every model is checked
    for table in promotion.added:
        warehouse.show(table)
    for table in promotion.removed:
        warehouse.hide(table)
    done = store.finalize(draft)

    print(f"prod is at plan {done.plan_id[:8]}… since {done.finalized_at:%Y-%m-%d %H:%M} UTC")


with open_store() as store:
    try:
        deploy(store, Warehouse(*store.environment("dev").snapshots))
    except repoint.GapsError as error:
        sys.exit(f"not deployed, {len(error.gaps)} models have gaps: {error}")
    except repoint.ConflictError as error:
        sys.exit(f"not deployed, somebody else was faster: {error}")
    except repoint.RepointError as error:
        sys.exit(f"not deployed: {error}")
