"""A deployment in steps: views beside those of prod show what these would, then prod's change, then all goes back.

State and tables are in one database, so that record and views change in one transaction.
"""

import sqlite3
import tempfile
from pathlib import Path

from shop import open_shop


def revenue(path: Path, view: str) -> float:
    """What a reader sees."""
    reader = sqlite3.connect(path)
    [(total,)] = reader.execute(f'SELECT sum(revenue) FROM "{view}"')
    reader.close()
    return float(total)


with tempfile.TemporaryDirectory() as folder:
    path = Path(folder) / "shop.db"
    with open_shop(path) as store:
        plan = store.plan("prod", from_environment="dev")
        for change in plan.changes:
            print(f"{change.change}: {change.name}")

        with store.begin_deployment(plan, message="revenue without returns") as deployment:
            deployment.candidate()
            print("candidate:", revenue(path, "shop__prod__next.daily_revenue"))
            print("prod:", revenue(path, "shop.daily_revenue"))
            deployment.cutover()
            print("prod:", revenue(path, "shop.daily_revenue"), deployment.state)

        store.rollback("prod", message="accounting needs the returns")
        print("prod:", revenue(path, "shop.daily_revenue"))
        hold = store.deployment_status("prod")["hold"]
        print(f"on hold at revision {hold['revision']}: {hold['reason']}")
        store.release("prod")
