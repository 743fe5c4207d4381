"""Goes back to what prod pointed to when it was last finalized, because a view cannot be made."""

import sqlite3

from shop import Warehouse, open_store

with open_store() as store:
    prod, dev = store.environment("prod"), store.environment("dev")
    warehouse = Warehouse(*prod.snapshots)  # nobody has built the new tables of dev
    draft = prod.new_plan(dev.snapshots)
    promotion = store.promote(draft)
    try:
        for table in promotion.added:
            warehouse.show(table)
        store.finalize(draft)
    except sqlite3.OperationalError as error:
        print(f"going back: {error}")
        way_back = draft.new_plan(draft.previous_finalized_snapshots, replace=True)
        # The old tables need no check: readers had them until now.
        for table in store.promote(way_back, no_gaps=set()).added:
            warehouse.show(table)
        store.finalize(way_back)

    now = store.environment("prod")
    print("prod is what it was" if set(now.snapshots) == set(prod.snapshots) else "prod has changed")
