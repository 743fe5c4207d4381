"""What a promotion adds and removes, with names and versions."""

from shop import open_store

with open_store() as store:
    dev = store.environment("dev")
    leaving = '"fix_shop"."shop"."customer_lifetime"'
    draft = store.environment("prod").new_plan(
        [table for table in dev.snapshots if table.name != leaving], drop=[leaving]
    )

    promotion = store.promote(draft)
    store.finalize(draft)

    for table in promotion.added:
        print(f"+ {table.name} version {table.version}, in {table.physical_name()}")
    for table in promotion.removed:
        print(f"- {table.name} version {table.version}")
