"""Promotes whatever time ranges are missing: the empty set of models is checked."""

from shop import lose_two_days, open_store

with open_store() as store:
    lose_two_days(store)
    draft = store.environment("prod").new_plan(store.environment("dev").snapshots)

    promotion = store.promote(draft, no_gaps=set())
    store.finalize(draft)

    print(f"added {len(promotion.added)}, removed {len(promotion.removed)}")
