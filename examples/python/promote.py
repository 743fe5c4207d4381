"""Points prod at the tables of dev, in two phases, and prints how many were added and removed."""

from shop import open_store

with open_store() as store:
    dev = store.environment("dev")
    draft = store.environment("prod").new_plan(dev.snapshots)

    promotion = store.promote(draft)
    store.finalize(draft)

    print(f"added {len(promotion.added)}, removed {len(promotion.removed)}")
