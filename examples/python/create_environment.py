"""Creates an environment for a pull request: with a start, an end, a plan id, and a week to live."""

from datetime import datetime, timedelta, timezone

from shop import open_store

import repoint

with open_store() as store:
    environment = repoint.Environment(
        "pr_17",
        store.environment("dev").snapshots,
        start=datetime(2026, 1, 1, tzinfo=timezone.utc),
        end=datetime(2026, 1, 6, tzinfo=timezone.utc),
        plan_id="pr-17-build-4",
        expires=datetime.now(timezone.utc) + timedelta(days=7),
    )

    promotion = store.promote(environment)
    store.finalize(environment)

    created = store.environment("pr_17")
    print(f"{created.name} at plan {created.plan_id}: {len(promotion.added)} views, from {created.start_at}")
