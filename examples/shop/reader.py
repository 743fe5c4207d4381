#!/usr/bin/env python3
"""A reader of prod that never rests: does it ever see a mixture of old and new tables?

A reading is one transaction, in which one statement over all six views is run twice. Everything that it returns
must be what the old tables hold, or all of it what the new ones hold. It says when it begins, and reads again and
again until it is told to stop (SIGTERM). Then it prints the counts; exit 1 when a reading was mixed or failed.

Usage: reader.py FILE
"""

import signal
import sqlite3
import sys

VIEWS = {
    "customers": "customer_id, name",
    "orders": "order_id, status",
    "order_items": "order_id, quantity * price",
    "customer_lifetime": "customer_id, revenue",
    "daily_revenue": "order_date, revenue",
    "active_customers": "customer_id, revenue",
}
OLD, NEW = "shop__daily_revenue__181755734", "shop__daily_revenue__2090483622"


def statement(relation_of):
    selects = [f"SELECT '{model}', {columns} FROM {relation_of(model)}" for model, columns in VIEWS.items()]
    return " UNION ALL ".join(selects) + " ORDER BY 1, 2, 3"


def view(model):
    return f'"shop.{model}"'


def expected(connection, daily_revenue):
    """What a reading is when daily_revenue, the model that changes, is in this table."""
    table = f'"sqlmesh__shop.{daily_revenue}"'
    return connection.execute(statement(lambda model: table if model == "daily_revenue" else view(model))).fetchall()


def read(connection):
    connection.execute("BEGIN")
    try:
        return [connection.execute(statement(view)).fetchall() for _ in range(2)]
    finally:
        connection.execute("ROLLBACK")


def main():
    running = True

    def stop(_signal, _frame):
        nonlocal running
        running = False

    signal.signal(signal.SIGTERM, stop)
    connection = sqlite3.connect(sys.argv[1], isolation_level=None)
    old, new = expected(connection, OLD), expected(connection, NEW)
    counts = {"old": 0, "new": 0, "mixed": 0, "failed": 0}
    print("reading", flush=True)
    while running:
        try:
            reading = read(connection)
        except sqlite3.Error as error:
            print(f"a reading failed: {error}", file=sys.stderr)
            counts["failed"] += 1
            continue
        counts["old" if reading == [old, old] else "new" if reading == [new, new] else "mixed"] += 1
    total = sum(counts.values())
    print(f"old: {counts['old']}, new: {counts['new']}, failed: {counts['failed']}")
    print(f"mixed: {counts['mixed']} of {total} readings")
    return 1 if counts["mixed"] or counts["failed"] else 0


if __name__ == "__main__":
    sys.exit(main())
