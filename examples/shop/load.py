#!/usr/bin/env python3
"""Puts the shop's physical tables, and the views of prod and dev on them, into a new SQLite file.

Usage: load.py FILE
"""

import csv
import sqlite3
import sys
from pathlib import Path

# SQLite has no schemas: schema and table are one quoted name, joined by a dot.
TABLES = {
    "shop__customers__910979799": "customer_id INTEGER, name TEXT, country TEXT, signed_up DATE",
    "shop__orders__551680190": "order_id INTEGER, customer_id INTEGER, status TEXT, order_date DATE",
    "shop__order_items__1146676648": (
        "order_id INTEGER, line INTEGER, quantity INTEGER, price NUMERIC, order_date DATE"
    ),
    "shop__customer_lifetime__649780291": "customer_id INTEGER, revenue NUMERIC, orders INTEGER",
    "shop__daily_revenue__181755734": "order_date DATE, revenue NUMERIC",
    "shop__daily_revenue__2090483622": "order_date DATE, revenue NUMERIC",
}

ACTIVE_CUSTOMERS = """
CREATE VIEW "sqlmesh__shop.shop__active_customers__166012704" AS
SELECT c.customer_id, c.name, l.revenue
FROM "sqlmesh__shop.shop__customers__910979799" AS c
JOIN "sqlmesh__shop.shop__customer_lifetime__649780291" AS l ON c.customer_id = l.customer_id
"""

# The table that each model's view reads.
PROD = {
    "customers": "shop__customers__910979799",
    "orders": "shop__orders__551680190",
    "order_items": "shop__order_items__1146676648",
    "customer_lifetime": "shop__customer_lifetime__649780291",
    "daily_revenue": "shop__daily_revenue__181755734",
    "active_customers": "shop__active_customers__166012704",
}
DEV = {**PROD, "daily_revenue": "shop__daily_revenue__2090483622"}


def load_table(connection, table, columns):
    connection.execute(f'CREATE TABLE "sqlmesh__shop.{table}" ({columns})')
    path = Path(__file__).parent / "tables" / f"{table}.csv"
    with path.open(encoding="utf-8", newline="") as file:
        header, *rows = csv.reader(file)
    marks = ", ".join("?" * len(header))
    connection.executemany(f'INSERT INTO "sqlmesh__shop.{table}" VALUES ({marks})', rows)


def create_views(connection, schema, tables):
    for model, table in tables.items():
        connection.execute(f'CREATE VIEW "{schema}.{model}" AS SELECT * FROM "sqlmesh__shop.{table}"')


def main():
    if len(sys.argv) != 2:
        sys.exit("usage: load.py FILE")
    connection = sqlite3.connect(sys.argv[1])
    connection.execute("PRAGMA journal_mode = WAL")
    with connection:
        for table, columns in TABLES.items():
            load_table(connection, table, columns)
        connection.execute(ACTIVE_CUSTOMERS)
        create_views(connection, "shop", PROD)
        create_views(connection, "shop__dev", DEV)
    connection.close()


if __name__ == "__main__":
    main()
