"""Promotes only if three models lose no time ranges, and tells which ranges they would lose."""

from shop import lose_two_days, open_store

import repoint

with open_store() as store:
    lose_two_days(store)
    draft = store.environment("prod").new_plan(store.environment("dev").snapshots)

    try:
        promotion = store.promote(draft, no_gaps={"orders", "customers", "daily_revenue"})
    except repoint.GapsError as error:
        print("prod stays as it is:")
        for gap in error.gaps:
            for time_range in gap.ranges:
                print(f"  {gap.name} lacks {time_range}")
    else:
        store.finalize(draft)
        print(f"added {len(promotion.added)}, removed {len(promotion.removed)}")
